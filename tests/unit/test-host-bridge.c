/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who waits for whom: how far a machine may run, and how long the host waits, with bridges of all kinds. */
#include "emu/host/bridge.h"

#include <string.h>
#include <unistd.h>

struct fake {
    struct bridge bridge;
    struct machine *m;
    ticks_t due;
    bool attached, owed, holds;
    int fd; /* -1: none */
    unsigned dispatched, readable, replugged, *freed;
    ticks_t last; /* time of the last dispatch */
};

static void fake_fill(struct bridge *b, GArray *fds)
{
    struct pollfd p = {.fd = ((struct fake *)b)->fd, .events = POLLIN};
    if (p.fd >= 0)
        g_array_append_val(fds, p);
}

static void fake_dispatch(struct bridge *b, const struct pollfd *fds, unsigned n)
{
    struct fake *f = (struct fake *)b;
    f->dispatched++;
    f->last = machine_now(f->m);
    if (f->due <= f->last)
        f->due = TICKS_NEVER;
    g_assert_cmpuint(n, ==, f->fd >= 0);
    if (n > 0 && (fds->revents & POLLIN)) {
        char c;
        g_assert_cmpint(fds->fd, ==, f->fd);
        g_assert_cmpint(read(f->fd, &c, 1), ==, 1);
        f->readable++;
        f->holds = false;
        f->owed = true;
    }
}

static ticks_t fake_due(const struct bridge *b)
{
    return ((const struct fake *)b)->due;
}
static bool fake_attached(const struct bridge *b)
{
    return ((const struct fake *)b)->attached;
}
static bool fake_owed(const struct bridge *b)
{
    return ((const struct fake *)b)->owed;
}
static bool fake_holds(const struct bridge *b)
{
    return ((const struct fake *)b)->holds;
}
static void fake_replug(struct bridge *b)
{
    ((struct fake *)b)->replugged++;
}
static void fake_free(struct bridge *b)
{
    (*((struct fake *)b)->freed)++;
    g_free(b);
}

static const struct bridge_class fake_class = {"fake",    fake_fill,  fake_dispatch, fake_due, fake_attached,
                                               fake_owed, fake_holds, fake_replug,   fake_free};
static const struct bridge_class bare_class = {.name = "bare", .free = fake_free};

struct fixture {
    struct machine *m;
    struct bridges *b;
    struct fake *f;
    unsigned freed;
};

/* A board with nothing in its flash: it locks up at once, and all its time is idle. */
static void set_up(struct fixture *x)
{
    const struct board_options options = BOARD_OPTIONS_DEFAULT;
    x->m = board_machine(board_find("photon"), &options);
    board_power_on(x->m, false);
    machine_run(x->m, TICKS_PER_MS);
    x->b = bridges_new(x->m);
    x->freed = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct fake *f = g_new0(struct fake, 1);
        f->bridge.class = i == 0 ? &bare_class : &fake_class;
        f->m = x->m;
        f->due = TICKS_NEVER;
        f->fd = -1;
        f->freed = &x->freed;
        bridges_add(x->b, &f->bridge);
        x->f = f;
    }
}

static void tear_down(struct fixture *x)
{
    bridges_free(x->b);
    g_assert_cmpuint(x->freed, ==, 2);
    machine_free(x->m);
}

/* As a run loop does it; returns the milliseconds of the host that it took. */
static int64_t run(struct fixture *x, ticks_t ticks)
{
    int64_t begin = g_get_monotonic_time();
    ticks_t until = machine_now(x->m) + ticks;
    while (machine_now(x->m) < until) {
        machine_run(x->m, bridges_horizon(x->b, until));
        do
            bridges_serve(x->b, 0);
        while (bridges_hold(x->b));
    }
    return (g_get_monotonic_time() - begin) / 1000;
}

static void test_free(void)
{
    struct fixture x;
    set_up(&x);
    g_assert_cmpuint(bridges_horizon(x.b, 12345 * TICKS_PER_SECOND), ==, 12345 * TICKS_PER_SECOND);
    g_assert_false(bridges_attached(x.b));
    g_assert_cmpint(run(&x, 60 * TICKS_PER_SECOND), <, 500);
    g_assert_cmpuint(x.f->dispatched, ==, 1);
    bridges_replug(x.b);
    g_assert_cmpuint(x.f->replugged, ==, 1);
    tear_down(&x);
}

static void test_due(void)
{
    struct fixture x;
    set_up(&x);
    ticks_t when = machine_now(x.m) + 3 * TICKS_PER_SECOND;
    x.f->due = when;
    g_assert_cmpuint(bridges_horizon(x.b, when + 5), ==, when);
    run(&x, 4 * TICKS_PER_SECOND);
    g_assert_cmpuint(x.f->dispatched, ==, 2); /* then, and at the end */
    x.f->due = 0;                             /* long ago */
    g_assert_cmpuint(bridges_horizon(x.b, TICKS_NEVER), ==, machine_now(x.m));
    tear_down(&x);
}

/* Idle time passes with the host's while somebody is attached, and is not made up for. */
static void test_attached(void)
{
    struct fixture x;
    set_up(&x);
    x.f->attached = true;
    g_assert_true(bridges_attached(x.b));
    run(&x, TICKS_PER_MS);
    int64_t took = run(&x, 100 * TICKS_PER_MS);
    g_assert_cmpint(took, >=, 90);
    g_usleep(100000);
    took = run(&x, 100 * TICKS_PER_MS);
    g_assert_cmpint(took, >=, 90);
    /* the device owes an answer: as fast as it goes */
    x.f->owed = true;
    took = run(&x, 2 * TICKS_PER_SECOND);
    g_assert_cmpint(took, <, 1000);
    g_assert_cmpuint(x.f->dispatched, >, 2000); /* and still looked at in every slice */
    tear_down(&x);
}

/* What comes in during a wait ends it. */
static void test_wakes(void)
{
    struct fixture x;
    int ends[2];
    set_up(&x);
    g_assert_cmpint(pipe(ends), ==, 0);
    x.f->fd = ends[0];
    x.f->holds = true;
    int64_t begin = g_get_monotonic_time();
    bridges_serve(x.b, 0);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 90000); /* held, and back to look around */
    g_assert_true(bridges_hold(x.b));
    g_assert_cmpint(write(ends[1], "x", 1), ==, 1);
    begin = g_get_monotonic_time();
    bridges_serve(x.b, 0);
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 90000);
    g_assert_false(bridges_hold(x.b));
    g_assert_cmpuint(x.f->readable, ==, 1);
    /* the caller's own wait is kept whatever comes */
    g_assert_cmpint(write(ends[1], "x", 1), ==, 1);
    begin = g_get_monotonic_time();
    bridges_serve(x.b, begin + 30000);
    g_assert_cmpint(g_get_monotonic_time() - begin, >=, 30000);
    g_assert_cmpuint(x.f->readable, ==, 2);
    close(ends[0]);
    close(ends[1]);
    tear_down(&x);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/bridge/free", test_free);
    g_test_add_func("/host/bridge/due", test_due);
    g_test_add_func("/host/bridge/attached", test_attached);
    g_test_add_func("/host/bridge/wakes", test_wakes);
    return g_test_run();
}
