/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --trace: single accesses, exceptions, programmed words, commands and frames as lines of text, each with its time and exact
 * PC. */
#ifndef EMU_CLI_TRACE_H
#define EMU_CLI_TRACE_H

#include <stdio.h>

#include "emu/core/cpu.h"

struct trace_printer {
    struct machine *machine;
    FILE *file;
    unsigned what; /* of enum trace */
};

/* To be subscribed: machine_subscribe(m, trace_event, printer). */
void trace_event(const struct event *event, void *printer);

#endif
