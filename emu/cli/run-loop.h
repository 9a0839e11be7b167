/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop of a run: lets the machine execute, does what is scheduled, keeps to real time if asked to, and notices the end. */
#ifndef EMU_CLI_RUN_LOOP_H
#define EMU_CLI_RUN_LOOP_H

#include <glib.h>
#include <stdbool.h>

#include "boards/board.h"
#include "emu/debug/gdb-server.h"
#include "emu/host/bridge.h"
#include "emu/observe/user-watch.h"

struct run_loop {
    struct machine *machine;
    const struct board *board;
    ticks_t end;       /* TICKS_NEVER: none */
    GArray *schedule;  /* struct action, sorted */
    GPtrArray *stages; /* struct condition *, to come about one after the other; may be empty */
    double speed;      /* 0: as fast as it goes; may change while it runs */
    struct bridges *bridges;
    struct gdb_server *debugger; /* one of them; NULL: none */
    bool strict;
    bool free;         /* for now, run on whatever comes about */
    unsigned break_at; /* come back, with RUN_END_BREAK, when this stage is the next one; 0: no */

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
    bool watchdog; /* one is running that may yet reset it */
    struct user_watch user;
    char *missing; /* what --strict found */
    bool stop;     /* asked for from outside, see run_loop_stop */
};

enum run_end {
    RUN_END_TIME,    /* the time is over */
    RUN_END_MET,     /* every stage came about */
    RUN_END_DEAD,    /* no instruction can ever run again; lockup tells which way */
    RUN_END_MISSING, /* --strict: something is not modelled */
    RUN_END_STOPPED, /* a signal, or run_loop_stop */
    RUN_END_INPUT,   /* the board refused a scheduled input; the error says why */
    RUN_END_BREAK,   /* break_at is reached */
};

/* Begin to listen; before anything is published that a condition may be about. */
void run_loop_begin(struct run_loop *loop);
/* To be called when the board has power; again, to go on after RUN_END_BREAK or, with stop taken back, RUN_END_STOPPED. */
enum run_end run_loop_run(struct run_loop *loop, GError **error);
void run_loop_end(struct run_loop *loop);

/* End the run as soon as possible; from subscribers. */
void run_loop_stop(struct run_loop *loop);
/* Did a signal ask for the end? */
bool run_loop_signalled(void);

#endif
