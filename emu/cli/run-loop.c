/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/run-loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "emu/cli/schedule.h"
#include "emu/observe/condition.h"

/* The machine comes back this often, at multiples of it, to look for a signal. Small enough for a prompt end even of a run
   slower than real time, large enough to cost nothing; what the guest sees does not depend on it. */
#define SLICE (100 * TICKS_PER_MS)
/* With pacing: a frame of a screen, so that nothing looks jerky. */
#define PACED_SLICE (10 * TICKS_PER_MS)

/* Where a user module keeps the pointer to its table of functions, and loop's place in that. */
#define USER_MODULE_TABLE UINT32_C(0x080A0018)
enum { USER_MODULE_LOOP = 3 };

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

/* Tell the machine where the user module's loop function is now. */
static void watch_user_loop(struct run_loop *loop)
{
    bool wanted = false;
    for (unsigned i = 0; i < loop->stages->len; i++)
        wanted |= condition_wants_user_loop(g_ptr_array_index(loop->stages, i));
    uint32_t table, address;
    if (!wanted || !machine_peek(loop->machine, USER_MODULE_TABLE, 4, &table) ||
        !machine_peek(loop->machine, table + 4 * USER_MODULE_LOOP, 4, &address))
        return;
    /* An erased or broken module has no such function; a real one has it in its own area. */
    if ((address & 1) && address - UINT32_C(0x080A0000) < UINT32_C(0x20000) && address != loop->user_loop) {
        machine_watch_fetch(loop->machine, address, "user-loop");
        loop->user_loop = address;
    }
}

static void note_state(struct run_loop *loop, const struct event *event)
{
    if (strcmp(event->kind, "reset") == 0) {
        loop->lockup = TICKS_NEVER;
        loop->watchdog = false;
        watch_user_loop(loop);
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

static void listen(const struct event *event, void *data)
{
    struct run_loop *loop = data;
    note_state(loop, event);
    if (loop->stage < loop->stages->len && condition_feed(g_ptr_array_index(loop->stages, loop->stage), event)) {
        loop->stage++;
        if (loop->stage < loop->stages->len) {
            condition_reset(g_ptr_array_index(loop->stages, loop->stage));
        } else {
            loop->met = event->ticks;
            machine_stop(loop->machine);
        }
    }
}

void run_loop_begin(struct run_loop *loop)
{
    loop->stage = 0;
    loop->next_action = 0;
    loop->lockup = TICKS_NEVER;
    signalled = 0;
    catch_signals();
    watch_user_loop(loop);
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

/* ---- running ---- */

/* Where host time and virtual time met. */
struct pace {
    int64_t host; /* microseconds */
    ticks_t virtual;
};

static void keep_pace(const struct pace *pace, double speed, ticks_t now)
{
    double virtual_us = (double)(now - pace->virtual) / (double)TICKS_PER_US;
    int64_t due = pace->host + (int64_t)(virtual_us / speed);
    while (!signalled) {
        int64_t left = due - g_get_monotonic_time();
        if (left <= 0)
            return;
        struct timespec pause = {.tv_sec = (time_t)(left / G_USEC_PER_SEC), .tv_nsec = (long)(left % G_USEC_PER_SEC) * 1000};
        nanosleep(&pause, NULL); /* a signal ends it early */
    }
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
    if (loop->stages->len > 0 && loop->stage == loop->stages->len)
        *end = RUN_END_MET;
    else if (loop->missing)
        *end = RUN_END_MISSING;
    else if (loop->stop || signalled)
        *end = RUN_END_STOPPED;
    else if (loop->lockup != TICKS_NEVER && !loop->watchdog && loop->next_action == loop->schedule->len)
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
    const ticks_t slice = loop->speed > 0 ? PACED_SLICE : SLICE;
    const struct pace pace = {g_get_monotonic_time(), machine_now(m)};
    enum run_end end;
    for (;;) {
        ticks_t now = machine_now(m);
        if (ended(loop, &end) || !do_actions(loop, now, &end, error) || ended(loop, &end))
            return end;
        ticks_t next_action = loop->next_action < loop->schedule->len
                                  ? g_array_index(loop->schedule, struct action, loop->next_action).when
                                  : TICKS_NEVER;
        ticks_t until = MIN(MIN((now / slice + 1) * slice, loop->end), next_action);
        /* Whom nothing but an input can wake may wait for one. */
        if (machine_run(m, until) == RUN_DEAD && next_action == TICKS_NEVER)
            return ended(loop, &end) && end != RUN_END_TIME ? end : RUN_END_DEAD;
        now = machine_now(m);
        if (loop->speed > 0)
            keep_pace(&pace, loop->speed, now);
        loop->pause(now, loop->data);
    }
}
