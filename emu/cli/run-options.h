/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of photon-emu run, read and checked as far as that goes without opening a file. */
#ifndef EMU_CLI_RUN_OPTIONS_H
#define EMU_CLI_RUN_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "boards/board.h"
#include "emu/cli/schedule.h"
#include "images/set.h"

enum trace { TRACE_MMIO = 1, TRACE_EXCEPTIONS = 2, TRACE_FLASH = 4 };

struct run_options {
    bool help;

    const struct board *board;
    char *set;                /* NULL: not given */
    unsigned only;            /* parts, a bit each; 0: not given */
    char *parts[IMAGE_PARTS]; /* a file, or "none"; NULL: not given */
    char **loads;             /* ADDR=FILE */
    char *device;             /* NULL: no device file */
    bool vbat;

    bool has_seed;
    uint64_t seed;
    uint32_t cpi_num, cpi_den;

    ticks_t duration;  /* TICKS_NEVER: without end */
    GPtrArray *stages; /* char *: conditions to come about one after the other */
    GArray *schedule;
    double speed; /* virtual seconds a host second at most; 0: as fast as it goes */

    bool strict, strict_stored;
    char *events; /* a file, "-", or NULL */
    unsigned trace;
    bool quiet;
};

/* NULL with an error of one sentence, without a full stop, that names the option. */
struct run_options *run_options_parse(int argc, char **argv, GError **error);
void run_options_free(struct run_options *options);

extern const char run_help[];

#endif
