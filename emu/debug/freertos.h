/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The threads of a FreeRTOS kernel, read from a machine that stands still.
 *
 * The kernel is found by its symbols if the caller knows them, else by its structure, which the port and the API promise: the
 * PendSV handler of the Cortex-M3 port loads the address of pxCurrentTCB from a literal behind its MRS of PSP, and a task
 * control block begins with the top of the stack, two list items, the priority, the stack's lower end and the name. Lists are
 * recognised by their end marks and by items that point back to them; no address of any build is known here.
 */
#ifndef EMU_DEBUG_FREERTOS_H
#define EMU_DEBUG_FREERTOS_H

#include <glib.h>

#include "emu/core/debug.h"

enum rtos_state { RTOS_RUNNING, RTOS_READY, RTOS_BLOCKED, RTOS_SUSPENDED };

struct rtos_thread {
    uint32_t tcb; /* address of its control block: its id */
    char name[24];
    unsigned priority;
    enum rtos_state state;
    uint32_t wakes_at;    /* tick count, with a timeout; 0: none */
    uint32_t waits_for;   /* event list (in a queue, semaphore or mutex) that it waits in; 0: none */
    uint32_t stack;       /* lower end */
    uint32_t stack_free;  /* bytes below the stack pointer now */
    uint32_t stack_spare; /* bytes that were never used */
    uint32_t registers[DEBUG_XPSR + 1];
};

struct rtos_symbols {
    uint32_t current; /* address of pxCurrentTCB; 0: not known */
};

/* The running thread first, then the others by address; empty if no kernel is running. Of struct rtos_thread; g_array_unref. */
GArray *freertos_threads(struct machine *m, const struct rtos_symbols *symbols);

/* "blocked until tick 5000, waits for 0x2000210C" */
char *freertos_state_text(const struct rtos_thread *thread);

#endif
