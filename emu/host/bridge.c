/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/bridge.h"

#include <errno.h>

/* While a peer outside is attached the machine comes back this often to look at it: a fraction of a TCP round trip. */
#define ATTACHED_SLICE TICKS_PER_MS
/* How far (microseconds) idle time may be ahead, so that not every slice costs a sleep, and how much of a delay it may catch
 * up. */
enum { SLACK_US = 2000 };
/* The longest wait, so that the caller can look for other reasons to go on. */
enum { LONGEST_WAIT_US = 100000 };

struct bridges {
    struct machine *machine;
    GPtrArray *all;  /* struct bridge * */
    GArray *fds;     /* struct pollfd */
    GArray *counts;  /* unsigned: how many of them are each bridge's */
    ticks_t idle;    /* the machine's idle time when it was last looked at */
    int64_t allowed; /* host time that idle virtual time has come to */
    bool owed;       /* when the machine was last let go */
};

struct bridges *bridges_new(struct machine *m)
{
    struct bridges *b = g_new0(struct bridges, 1);
    b->machine = m;
    b->all = g_ptr_array_new();
    b->fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    b->counts = g_array_new(FALSE, FALSE, sizeof(unsigned));
    return b;
}

void bridges_free(struct bridges *b)
{
    if (b == NULL)
        return;
    for (unsigned i = b->all->len; i-- > 0;) {
        struct bridge *bridge = g_ptr_array_index(b->all, i);
        bridge->class->free(bridge);
    }
    g_ptr_array_unref(b->all);
    g_array_unref(b->fds);
    g_array_unref(b->counts);
    g_free(b);
}

void bridges_add(struct bridges *b, struct bridge *bridge)
{
    g_ptr_array_add(b->all, bridge);
}

static bool any(const struct bridges *b, size_t function)
{
    for (unsigned i = 0; i < b->all->len; i++) {
        const struct bridge *bridge = g_ptr_array_index(b->all, i);
        bool (*const *f)(const struct bridge *) = G_STRUCT_MEMBER_P(bridge->class, function);
        if (*f != NULL && (*f)(bridge))
            return true;
    }
    return false;
}

bool bridges_attached(const struct bridges *b)
{
    return any(b, offsetof(struct bridge_class, attached));
}

static bool owed(const struct bridges *b)
{
    return any(b, offsetof(struct bridge_class, owed));
}

bool bridges_hold(const struct bridges *b)
{
    return any(b, offsetof(struct bridge_class, holds));
}

void bridges_replug(struct bridges *b)
{
    for (unsigned i = 0; i < b->all->len; i++) {
        struct bridge *bridge = g_ptr_array_index(b->all, i);
        if (bridge->class->replug != NULL)
            bridge->class->replug(bridge);
    }
}

ticks_t bridges_horizon(struct bridges *b, ticks_t until)
{
    ticks_t now = machine_now(b->machine);
    for (unsigned i = 0; i < b->all->len; i++) {
        const struct bridge *bridge = g_ptr_array_index(b->all, i);
        if (bridge->class->due != NULL)
            until = MIN(until, MAX(bridge->class->due(bridge), now));
    }
    if (bridges_attached(b))
        until = MIN(until, now + ATTACHED_SLICE);
    b->owed = owed(b);
    return until;
}

/* Poll for at most so many microseconds and serve what there is; false: a signal came. */
static bool poll_once(struct bridges *b, int64_t wait)
{
    g_array_set_size(b->fds, 0);
    g_array_set_size(b->counts, 0);
    for (unsigned i = 0; i < b->all->len; i++) {
        struct bridge *bridge = g_ptr_array_index(b->all, i);
        unsigned before = b->fds->len;
        if (bridge->class->poll_fill != NULL)
            bridge->class->poll_fill(bridge, b->fds);
        unsigned count = b->fds->len - before;
        g_array_append_val(b->counts, count);
    }
    int ready = 0;
    if (b->fds->len > 0 || wait > 0) {
        int64_t ms = (CLAMP(wait, 0, LONGEST_WAIT_US) + 999) / 1000;
        ready = poll((struct pollfd *)(void *)b->fds->data, b->fds->len, (int)ms);
    }
    bool interrupted = ready < 0 && errno == EINTR;
    if (ready <= 0)
        for (unsigned i = 0; i < b->fds->len; i++)
            g_array_index(b->fds, struct pollfd, i).revents = 0;
    unsigned first = 0;
    for (unsigned i = 0; i < b->counts->len; i++) {
        struct bridge *bridge = g_ptr_array_index(b->all, i);
        unsigned count = g_array_index(b->counts, unsigned, i);
        if (bridge->class->dispatch != NULL)
            bridge->class->dispatch(bridge, (const struct pollfd *)(void *)b->fds->data + first, count);
        first += count;
    }
    return !interrupted;
}

/* How long peers outside want the machine to wait, in microseconds. */
static int64_t lead(struct bridges *b, int64_t host)
{
    ticks_t idle = machine_idle_time(b->machine);
    int64_t passed = (int64_t)((idle - b->idle) / TICKS_PER_US);
    b->idle += (ticks_t)passed * TICKS_PER_US;
    if (b->owed || !bridges_attached(b))
        b->allowed = host;
    else
        b->allowed = MAX(b->allowed + passed, host - SLACK_US);
    return b->allowed - host;
}

void bridges_serve(struct bridges *b, int64_t not_before)
{
    int64_t begin = g_get_monotonic_time(), now = begin;
    int64_t ahead = lead(b, now);
    int64_t until = not_before;
    if (ahead > SLACK_US)
        until = MAX(until, now + ahead);
    bool go_on = poll_once(b, 0);
    while (go_on && now - begin < LONGEST_WAIT_US) {
        now = g_get_monotonic_time();
        bool hold = bridges_hold(b);
        /* What came in meanwhile is not made to wait for idle time's sake. */
        int64_t wait = (owed(b) ? not_before : until) - now;
        if (wait <= 0 && !hold)
            return;
        go_on = poll_once(b, hold ? LONGEST_WAIT_US - (now - begin) : wait);
    }
}
