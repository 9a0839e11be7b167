/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What photon-emu image inspect has found out about a file, before it is put into words or JSON. */
#ifndef EMU_CLI_IMAGE_REPORT_H
#define EMU_CLI_IMAGE_REPORT_H

#include <stdio.h>

#include "images/dfu-file.h"
#include "images/verdict.h"

/* An installed image set. */
struct image_host {
    char *name;
    uint16_t platform;
    uint8_t *flash;       /* IMAGE_FLASH_SIZE bytes */
    uint8_t *scratch;     /* as many, to try files in */
    bool flags_in_backup; /* by its bootloader: see images/rules.h */
};

/* By name or folder; board NULL: the one that the set is for. NULL with an error of one sentence. */
struct image_host *image_host_new(const char *set, const char *board, GError **error);
void image_host_free(struct image_host *host);

/* A module somewhere in the file. */
struct image_found {
    uint32_t offset;
    struct module module;
};

struct image_report {
    const char *path;
    const uint8_t *data;
    size_t size;
    bool is_module; /* at the file's beginning */
    struct module module;
    char *content;    /* without one: a sentence about what else it is */
    GArray *embedded; /* struct image_found: modules further in */
    bool is_dfu;
    struct dfu_file dfu;
    GArray *elements; /* struct image_found with a module, of the elements of a DfuSe container */
    /* with a host */
    const struct image_host *host;
    enum module_place place;    /* where it would be put */
    char *no_room;              /* a sentence: it does not fit there; NULL */
    struct verdicts *installed; /* with the file in its place; NULL if it does not fit */
    struct verdicts *update;    /* with the file in the OTA area, likewise */
};

/* data must outlive the report; host may be NULL. */
struct image_report *image_report_new(const char *path, const uint8_t *data, size_t size, const struct image_host *host);
void image_report_free(struct image_report *report);

/* Where a module would be valid: "0x080A0000 (user) and 0x080E0000 (factory) of a Photon". Always a text. */
char *image_report_valid_at(const struct module *module);

void image_report_print(const struct image_report *report, FILE *out);
/* Of several reports, an array. */
char *image_reports_json(GPtrArray *reports);

#endif
