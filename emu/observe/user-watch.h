/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches the user module for conditions that ask about it: its events "user-code" (its first functions begin: it was accepted,
 * whatever it waits for then) and "user-loop" (its loop function begins) cost time and are published only if asked for.
 */
#ifndef EMU_OBSERVE_USER_WATCH_H
#define EMU_OBSERVE_USER_WATCH_H

#include "emu/core/machine.h"
#include "emu/observe/condition.h"

enum { USER_WATCH_FUNCTIONS = 3 };

struct user_watch {
    struct machine *machine;
    bool code, loop;                        /* wanted now */
    uint32_t address[USER_WATCH_FUNCTIONS]; /* where the functions are now; 0: none */
    bool changed;                           /* flash there has, since they were looked for */
};

/* Want what the condition asks about, besides what is wanted already. */
void user_watch_for(struct user_watch *w, const struct condition *condition);
/* Look where the functions are now: at power-on, and when more is wanted. */
void user_watch_update(struct user_watch *w);
/* Show it each event: after a reset, and after the user area was programmed (the bootloader goes on without a reset then), the
   functions may be somewhere else. */
void user_watch_follow(struct user_watch *w, const struct event *event);
/* A watched address outlives the module and the question: is this event one that is not meant any more? */
bool user_watch_is_stale(const struct user_watch *w, const struct event *event);

#endif
