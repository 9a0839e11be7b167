/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test firmware on a Photon in this process, its console caught. */
#ifndef FIRMWARE_RUN_H
#define FIRMWARE_RUN_H

#include <glib.h>

#include "boards/board.h"

struct firmware {
    struct machine *machine; /* powered on */
    GString *console;        /* what it wrote, without the end mark */
    bool ended;              /* it called finish ... */
    int status;              /* ... with this */
    bool end_mark;           /* seen; the status is next */
};

struct firmware_options {
    uint32_t cpi_num, cpi_den; /* cycles an instruction takes */
    const char *const *loads;  /* ADDR=FILE or FILE (ELF, Intel HEX), NULL at the end */
};

/* NULL and an error if a file cannot be used. */
struct firmware *firmware_new(const struct firmware_options *options, GError **error);
void firmware_free(struct firmware *f);

/* Run until it ends or for that much virtual time; false if it did neither, but locked up or fell asleep for ever. */
bool firmware_run(struct firmware *f, ticks_t time);

#endif
