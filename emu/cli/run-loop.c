/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/run-loop.h"

#include <signal.h>
#include <string.h>

#include "emu/cli/schedule.h"
#include "emu/observe/condition.h"

/* The machine comes back this often, at multiples of it, to look for a signal. Small enough for a prompt end even of a run
   slower than real time, large enough to cost nothing; what the guest sees does not depend on it. */
#define SLICE (100 * TICKS_PER_MS)
/* With pacing: a frame of a screen, so that nothing looks jerky. */
#define PACED_SLICE (10 * TICKS_PER_MS)

/* ---- signals ---- */

static volatile sig_atomic_t signalled;

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
}

static void catch_signals(void)
{
    /* A second one ends the process at once. */
    struct sigaction end = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
}

/* ---- listening ---- */

static void note_state(struct run_loop *loop, const struct event *event)
{
    if (strcmp(event->kind, "reset") == 0) {
        loop->lockup = TICKS_NEVER;
        loop->watchdog = false;
    } else if (strcmp(event->kind, "watchdog") == 0) {
        loop->watchdog = true;
    } else if (strcmp(event->kind, "fault") == 0) {
        const struct event_field *type = event_field(event, "type"), *pc = event_field(event, "pc");
        if (type && type->type == EVENT_STRING && strcmp(type->string, "lockup") == 0) {
            loop->lockup = event->ticks;
            loop->lockup_pc = pc ? (uint32_t)pc->hex : 0;
            machine_stop(loop->machine);
        }
    } else if (loop->strict && !loop->missing && strcmp(event->kind, "unmodelled") == 0) {
        const struct event_field *field = event_field(event, "field"), *text = event_field(event, "text"),
                                 *pc = event_field(event, "pc");
        uint32_t at = pc ? (uint32_t)pc->hex : 0;
        loop->missing = field ? g_strdup_printf("%s, used at PC 0x%08X, is not modelled", field->string, at)
                              : g_strdup_printf("%s (PC 0x%08X)", text ? text->string : "something is not modelled", at);
        machine_stop(loop->machine);
    }
}

static bool at_break(const struct run_loop *loop)
{
    return loop->break_at > 0 && loop->stage == loop->break_at;
}

static void listen(const struct event *event, void *data)
{
    struct run_loop *loop = data;
    note_state(loop, event);
    user_watch_follow(&loop->user, event);
    if (user_watch_is_stale(&loop->user, event) || loop->free || at_break(loop))
        return;
    if (loop->stage < loop->stages->len && condition_feed(g_ptr_array_index(loop->stages, loop->stage), event)) {
        loop->stage++;
        if (loop->stage < loop->stages->len)
            condition_reset(g_ptr_array_index(loop->stages, loop->stage));
        if (loop->stage == loop->stages->len)
            loop->met = event->ticks;
        if (loop->stage == loop->stages->len || at_break(loop))
            machine_stop(loop->machine);
    }
}

void run_loop_begin(struct run_loop *loop)
{
    loop->stage = 0;
    loop->next_action = 0;
    loop->lockup = TICKS_NEVER;
    signalled = 0;
    catch_signals();
    loop->user.machine = loop->machine;
    loop->user.code = true; /* for the explanation; the same events whether it is wanted or not */
    for (unsigned i = 0; i < loop->stages->len; i++)
        user_watch_for(&loop->user, g_ptr_array_index(loop->stages, i));
    user_watch_update(&loop->user);
    machine_subscribe(loop->machine, listen, loop);
}

void run_loop_end(struct run_loop *loop)
{
    machine_unsubscribe(loop->machine, listen, loop);
    g_free(loop->missing);
    loop->missing = NULL;
}

void run_loop_stop(struct run_loop *loop)
{
    loop->stop = true;
    machine_stop(loop->machine);
}

bool run_loop_signalled(void)
{
    return signalled != 0;
}

/* ---- running ---- */

/* Where host time and virtual time met. */
struct pace {
    int64_t host; /* microseconds */
    ticks_t virtual;
};

/* The host time before which virtual time must not go on from now; speed 0: none. */
static int64_t pace_time(const struct pace *pace, double speed, ticks_t now)
{
    if (speed <= 0)
        return 0;
    double virtual_us = (double)(now - pace->virtual) / (double)TICKS_PER_US;
    return pace->host + (int64_t)(virtual_us / speed);
}

/* Serve the outside, and let host time pass as far as it has to; a signal ends that early. True if the machine was held. */
static bool serve(struct run_loop *loop, int64_t not_before)
{
    bool held = false;
    do {
        bridges_serve(loop->bridges, not_before);
        held |= bridges_hold(loop->bridges);
    } while (!signalled && !loop->stop && (bridges_hold(loop->bridges) || g_get_monotonic_time() < not_before));
    return held;
}

static bool debugged(const struct run_loop *loop)
{
    return loop->debugger != NULL && gdb_server_attached(loop->debugger);
}

/* Everything that is due. */
static bool do_actions(struct run_loop *loop, ticks_t now, enum run_end *end, GError **error)
{
    while (loop->next_action < loop->schedule->len) {
        const struct action *a = &g_array_index(loop->schedule, struct action, loop->next_action);
        if (a->when > now)
            return true;
        loop->next_action++;
        if (a->power_cycle) {
            loop->watchdog = false;
            if (!loop->power_cycle(loop->data)) {
                *end = RUN_END_STOPPED;
                return false;
            }
        } else if (!board_input(loop->machine, loop->board, a->name, a->value, error)) {
            *end = RUN_END_INPUT;
            return false;
        }
    }
    return true;
}

/* Has it come to an end by itself? */
static bool ended(struct run_loop *loop, enum run_end *end)
{
    if (!loop->free && at_break(loop))
        *end = RUN_END_BREAK;
    else if (!loop->free && loop->stages->len > 0 && loop->stage == loop->stages->len)
        *end = RUN_END_MET;
    else if (loop->missing)
        *end = RUN_END_MISSING;
    else if (loop->stop || signalled)
        *end = RUN_END_STOPPED;
    else if (loop->lockup != TICKS_NEVER && !loop->watchdog && loop->next_action == loop->schedule->len &&
             !bridges_attached(loop->bridges) && !debugged(loop))
        *end = RUN_END_DEAD;
    else if (machine_now(loop->machine) >= loop->end)
        *end = RUN_END_TIME;
    else
        return false;
    return true;
}

enum run_end run_loop_run(struct run_loop *loop, GError **error)
{
    struct machine *m = loop->machine;
    struct pace pace = {g_get_monotonic_time(), machine_now(m)};
    double speed = loop->speed;
    enum run_end end;
    if (bridges_hold(loop->bridges) && serve(loop, 0))
        pace.host = g_get_monotonic_time();
    for (;;) {
        ticks_t now = machine_now(m);
        if (ended(loop, &end) || !do_actions(loop, now, &end, error) || ended(loop, &end))
            return end;
        ticks_t next_action = loop->next_action < loop->schedule->len
                                  ? g_array_index(loop->schedule, struct action, loop->next_action).when
                                  : TICKS_NEVER;
        ticks_t slice = loop->speed > 0 ? PACED_SLICE : SLICE;
        ticks_t until = MIN(MIN((now / slice + 1) * slice, loop->end), next_action);
        /* Whom nothing but an input or a peer can wake may wait for one. */
        bool dead = machine_run(m, bridges_horizon(loop->bridges, until)) == RUN_DEAD && next_action == TICKS_NEVER &&
                    !bridges_attached(loop->bridges);
        if (dead && debugged(loop))
            gdb_server_dead(loop->debugger); /* which can look into it, and reset it */
        else if (dead)
            return ended(loop, &end) && end != RUN_END_TIME ? end : RUN_END_DEAD;
        now = machine_now(m);
        /* what a debugger took or changed is not caught up with */
        if (serve(loop, pace_time(&pace, loop->speed, now)) || loop->speed != speed)
            pace = (struct pace){g_get_monotonic_time(), machine_now(m)};
        speed = loop->speed;
        loop->pause(now, loop->data);
    }
}
