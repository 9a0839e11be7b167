/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands of photon-emu device share. Each runs with its own name in argv[0] and returns an exit status. */
#ifndef EMU_CLI_DEVICE_H
#define EMU_CLI_DEVICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "boards/board.h"
#include "boards/device-file.h"

int device_new(int argc, char **argv);
int device_keys(int argc, char **argv);
int device_info(int argc, char **argv);
int device_explain(int argc, char **argv);
int device_diff(int argc, char **argv);
int device_dct(int argc, char **argv);
int device_slot(int argc, char **argv);
int device_write(int argc, char **argv);
int device_erase(int argc, char **argv);
int device_corrupt(int argc, char **argv);

/* ---- arguments ---- */

struct device_usage {
    const char *command, *help;
    int least, most;       /* arguments besides options; most -1: any number */
    const char *arguments; /* "FILE ADDR IMAGE", for messages */
};

/* Parse options; the arguments are left in argv[1] to argv[*argc - 1]. False if the command is done with *status: after --help
   or a complaint. entries and group may be NULL. */
bool device_arguments(const struct device_usage *usage, const GOptionEntry *entries, GOptionGroup *group, int *argc,
                      char ***argv, int *status);

/* ---- the device ---- */

/* One that is changed: locked from begin to end. */
struct device_change {
    struct device_file *file;
    struct board_persistent *device;
};
/* False after a complaint. */
bool device_change_begin(struct device_change *change, const char *path);
/* Written if status is EXIT_OK; returns the status of the command. */
int device_change_end(struct device_change *change, int status);

/* One that is looked at. */
struct device_look {
    struct board_persistent *device;
    struct device_names names;
    const struct board *board;
};
/* False after a complaint. */
bool device_look_begin(struct device_look *look, const char *path);
void device_look_end(struct device_look *look);

/* Flush what was printed. */
int device_finish(int status);

/* ---- words ---- */

/* An address of flash; also by its alias at 0. Complains. */
bool device_address(const char *text, uint32_t *address);
/* A text of several lines behind a label, at most 80 columns wide. */
void device_print(FILE *out, unsigned indent, unsigned values, const char *label, const char *text);
/* What is in a sector, in a few words: "system part 1", "settings (DCT), copy 2". Static text. */
const char *device_sector_use(unsigned sector);
/* Is a module's CRC good; "erased", "no module", "CRC good", "CRC wrong", ... Static text. */
const char *device_module_state(const struct board_persistent *device, unsigned part);

/* ---- keys ---- */

/* Let the device's own firmware run until it has made its keys and has started again with them; *took becomes the virtual
   time. False with an error; then the device has not changed. */
bool device_make_keys(const struct board *board, struct board_persistent *device, ticks_t *took, GError **error);
bool device_has_keys(const struct board_persistent *device);

#endif
