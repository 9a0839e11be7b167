/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of a run: lets the machine execute, does what is scheduled, keeps to real time if asked to, and notices the end. */
#ifndef EMU_CLI_RUN_LOOP_H
#define EMU_CLI_RUN_LOOP_H

#include <glib.h>
#include <stdbool.h>

#include "boards/board.h"

struct run_loop {
    struct machine *machine;
    const struct board *board;
    ticks_t end;       /* TICKS_NEVER: none */
    GArray *schedule;  /* struct action, sorted */
    GPtrArray *stages; /* struct condition *, to come about one after the other; may be empty */
    double speed;      /* 0: as fast as it goes */
    bool strict;

    /* Cut the power and restore it; false: stop the run, for a reason that the callback has kept. */
    bool (*power_cycle)(void *data);
    /* Now and then, at least once a tenth of a virtual second. */
    void (*pause)(ticks_t now, void *data);
    void *data;

    /* how it stands */
    unsigned stage; /* the one that is waited for */
    unsigned next_action;
    ticks_t met;    /* when the last stage came about */
    ticks_t lockup; /* when the CPU locked up; TICKS_NEVER: it did not */
    uint32_t lockup_pc;
    bool watchdog;      /* one is running that may yet reset it */
    uint32_t user_loop; /* the address that is watched; 0: none */
    char *missing;      /* what --strict found */
    bool stop;          /* asked for from outside, see run_loop_stop */
};

enum run_end {
    RUN_END_TIME,    /* the time is over */
    RUN_END_MET,     /* every stage came about */
    RUN_END_DEAD,    /* no instruction can ever run again; lockup tells which way */
    RUN_END_MISSING, /* --strict: something is not modelled */
    RUN_END_STOPPED, /* a signal, or run_loop_stop */
    RUN_END_INPUT,   /* the board refused a scheduled input; the error says why */
};

/* Begin to listen; before anything is published that a condition may be about. */
void run_loop_begin(struct run_loop *loop);
/* To be called when the board has power. */
enum run_end run_loop_run(struct run_loop *loop, GError **error);
void run_loop_end(struct run_loop *loop);

/* End the run as soon as possible; from subscribers. */
void run_loop_stop(struct run_loop *loop);

#endif
