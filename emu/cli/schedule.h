/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a run does to the board at given virtual times: inputs and power cycles, in order. */
#ifndef EMU_CLI_SCHEDULE_H
#define EMU_CLI_SCHEDULE_H

#include <glib.h>
#include <stdbool.h>

#include "emu/core/frequency.h"

struct action {
    ticks_t when;
    unsigned order; /* in which it was given */
    bool power_cycle;
    char *name, *value; /* of an input, as board_input takes them */
};

/* Of struct action; free with g_array_unref. */
GArray *schedule_new(void);

/* Values of the options of that name, added to the schedule; the error is a sentence that names the option. */
bool schedule_hold(GArray *schedule, const char *text, GError **error);  /* setup@0s..4s */
bool schedule_press(GArray *schedule, const char *text, GError **error); /* setup@3s: down for 100 ms */
bool schedule_input(GArray *schedule, const char *text, GError **error); /* NAME=VALUE@TIME */
bool schedule_power_cycle(GArray *schedule, const char *text, GError **error);

/* By time; what was given first comes first among equals. */
void schedule_sort(GArray *schedule);

#endif
