/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What concerns debugging itself. */
#include "emu/debug/fault-report.h"
#include "emu/debug/monitor.h"

static void why(const struct monitor_call *call)
{
    monitor_say(call, "%s%s\n", call->server->halted ? "" : "it runs; last, ", call->server->why->str);
}

static void faults(const struct monitor_call *call)
{
    GArray *threads = gdb_threads(call->server);
    fault_report(call->machine, threads->len > 0 ? g_array_index(threads, struct rtos_thread, 0).name : NULL, call->out);
}

static void threads(const struct monitor_call *call)
{
    GArray *all = gdb_threads(call->server);
    if (all->len == 0)
        monitor_say(call, "no FreeRTOS kernel runs yet\n");
    for (unsigned i = 0; i < all->len; i++) {
        const struct rtos_thread *t = &g_array_index(all, struct rtos_thread, i);
        g_autofree char *state = freertos_state_text(t);
        monitor_say(call, "0x%08X %-16s priority %u, %s; stack: %u left, %u never used\n", t->tcb, t->name, t->priority, state,
                    t->stack_free, t->stack_spare);
    }
}

static void interrupts(const struct monitor_call *call)
{
    monitor_switch(call, "a step ends in the handler of an interrupt that comes first", &call->server->into_interrupts);
}

static void catch (const struct monitor_call *call)
{
    struct monitor_call rest = *call;
    if (rest.args[0] != NULL && strcmp(rest.args[0], "faults") == 0)
        rest.args++;
    monitor_switch(&rest, "stop at the handler of every fault", &call->server->catch_faults);
}

static void semihosting(const struct monitor_call *call)
{
    monitor_switch(call, "BKPT 0xAB is a semihosting call", &call->server->semihosting);
}

const struct monitor_command monitor_debug_commands[] = {
    {"help", "", "this list", NULL},
    {"why", "", "why it stopped", why},
    {"faults", "", "the last fault in words: causes, address, frame, calls", faults},
    {"threads", "", "threads of FreeRTOS", threads},
    {"interrupts", "on|off", "whether a step may end in an interrupt's handler (off)", interrupts},
    {"catch", "[faults] on|off", "stop where a fault's handler begins (off)", catch},
    {"semihosting", "on|off", "whether BKPT 0xAB is a call (on)", semihosting},
    {NULL, NULL, NULL, NULL},
};
