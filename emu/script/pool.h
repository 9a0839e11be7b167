/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work done by several processes: each is a copy of this one that serves one request after the other. One that dies or is
 * silent for too long costs the job that it had; another takes its place.
 */
#ifndef EMU_SCRIPT_POOL_H
#define EMU_SCRIPT_POOL_H

#include <glib.h>
#include <signal.h>
#include <stdbool.h>

/* All jobs; called in this process but for serve. */
struct pool_work {
    unsigned jobs;
    unsigned processes;
    unsigned watchdog;                        /* seconds that a job may take on the host */
    const volatile sig_atomic_t *interrupted; /* not 0: end as soon as possible; NULL: never */
    void *data;
    /* In one of the processes: do the job and return the answer. state: kept between jobs of a process, NULL at first. */
    GVariant *(*serve)(unsigned job, void **state, void *data);
    /* The answer, or NULL and why there is none: a sentence. */
    void (*done)(unsigned job, GVariant *answer, const char *why, void *data);
    /* Jobs of one group are best done by the same process, which has what they need; NULL: all are alike. */
    unsigned (*group)(unsigned job, void *data);
};

/* Until all jobs are done; false with an error if no process can be made, or on an interruption. */
bool pool_run(const struct pool_work *work, GError **error);

#endif
