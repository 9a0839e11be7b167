/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options of photon-emu run, read and checked as far as that goes without opening a file. */
#ifndef EMU_CLI_RUN_OPTIONS_H
#define EMU_CLI_RUN_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "boards/board.h"
#include "emu/cli/schedule.h"
#include "emu/cli/shape.h"
#include "emu/host/network-options.h"
#include "emu/host/usb-doors.h"

enum trace { TRACE_MMIO = 1, TRACE_EXCEPTIONS = 2, TRACE_FLASH = 4, TRACE_SDIO = 8, TRACE_WLAN = 16, TRACE_USB = 32 };

struct run_options {
    bool help;

    struct shape shape; /* what the device holds; its seed is also that of all noise */
    char *device;       /* NULL: no device file */
    bool vbat;

    bool wifi_absent;
    GPtrArray *wifi; /* char *: networks on the air, as board_network_set takes them */
    struct network_options *network;
    struct usb_options usb;

    uint32_t cpi_num, cpi_den;

    ticks_t duration;  /* TICKS_NEVER: without end */
    GPtrArray *stages; /* char *: conditions to come about one after the other */
    GArray *schedule;
    double speed; /* virtual seconds a host second at most; 0: as fast as it goes */

    char *gdb; /* [HOST:]PORT, or NULL */
    bool gdb_wait;

    bool strict, strict_stored;
    char *events; /* a file, "-", or NULL */
    unsigned trace;
    bool quiet;
    bool explain; /* at length */
};

/* NULL with an error of one sentence, without a full stop, that names the option. */
struct run_options *run_options_parse(int argc, char **argv, GError **error);
/* Those of photon-emu with-usb: --when instead of --until. The first stage is always there: what its program waits for. */
struct run_options *run_options_parse_errand(int argc, char **argv, GError **error);
void run_options_free(struct run_options *options);

extern const char run_help[];

#endif
