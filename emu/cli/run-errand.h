/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run with something to be done in its middle: what with-usb adds to run. */
#ifndef EMU_CLI_RUN_ERRAND_H
#define EMU_CLI_RUN_ERRAND_H

#include "emu/cli/run-loop.h"
#include "emu/cli/run-options.h"
#include "emu/host/listen-socket.h"
#include "emu/host/usb-host.h"

struct run_errand {
    struct listen_address door; /* a place where the run is to serve USB/IP */
    /* To be called before the machine has power. */
    void (*open)(struct run_errand *errand, struct usb_host *host, struct bridges *bridges);
    /* Instead of run_loop_run. */
    enum run_end (*drive)(struct run_errand *errand, struct run_loop *loop, GError **error);
    int status; /* how it ended, if the run itself ends well */
};

/* Run with these options, which are freed; errand may be NULL. Returns the exit status. */
int run_with_errand(struct run_options *options, struct run_errand *errand);

#endif
