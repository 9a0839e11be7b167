/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image sets: the files that make up what a device was shipped with.
 *
 * A set is a folder with bootloader.bin, system-part1.bin, system-part2.bin and perhaps user.bin and factory.bin.
 * scripts/fetch-images lays out sets of real images by version; those of other boards than the Photon end in the board's name
 * (1.5.0-p1).
 *
 * Sets are looked for by name in: the folder that the caller gives, the folder in PHOTON_EMU_SETS,
 * $XDG_DATA_HOME/photon-emu/sets,
 * ./image-sets, and image-sets beside the program or in one of the three folders above it (a program in its build folder).
 */
#ifndef IMAGES_SET_H
#define IMAGES_SET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "images/layout.h"

enum image_part {
    IMAGE_BOOTLOADER,
    IMAGE_SYSTEM_PART1,
    IMAGE_SYSTEM_PART2,
    IMAGE_USER,
    IMAGE_FACTORY,
    IMAGE_PARTS,
};

enum { IMAGE_ALL_PARTS = (1 << IMAGE_PARTS) - 1 };

struct image_place {
    const char *name; /* "system-part1": in options, in events, and with .bin as the name of the file */
    uint32_t address; /* where it lies in flash ... */
    uint32_t size;    /* ... and how much room it has */
    uint32_t start;   /* the start address in its header; not where it lies for a factory image */
    uint8_t function, index;
};

extern const struct image_place image_places[IMAGE_PARTS];

struct image_options {
    const char *sets;              /* a folder of sets, looked at first; NULL: none */
    const char *set;               /* a name, or a folder; NULL: the newest set for the platform */
    uint16_t platform;             /* of the board */
    unsigned only;                 /* parts wanted, a bit each; 0: all */
    const char *file[IMAGE_PARTS]; /* instead of the set's: a file, or "none"; NULL: the set's */
};

struct image_set {
    char *name;                 /* "1.5.0"; for a folder its path; "none" if every part came from elsewhere */
    char *folder;               /* NULL if none was needed */
    GBytes *parts[IMAGE_PARTS]; /* NULL: the area stays erased */
    char *files[IMAGE_PARTS];   /* where each came from */
};

/* Read and check everything; NULL with an error of one sentence. */
struct image_set *image_set_load(const struct image_options *options, GError **error);
void image_set_free(struct image_set *set);

/* Put the parts into flash (IMAGE_FLASH_SIZE bytes) and claim their places; what else is in flash stays. */
bool image_set_apply(const struct image_set *set, uint8_t *flash, struct image_layout *layout, GError **error);

/* Parse "bootloader,user" into a bit each; 0 with an error. */
unsigned image_parts_parse(const char *text, GError **error);

/* ---- finding sets ---- */

/* The folder of a set: by name, then as a path; NULL with an error that lists what there is. A set for the platform goes first:
   for a P1, "1.5.0" finds 1.5.0-p1. */
char *image_set_find(const char *sets, const char *name, uint16_t platform, GError **error);
/* The name of the newest set for the platform; NULL with an error if there is none. */
char *image_set_newest(const char *sets, uint16_t platform, GError **error);
/* Names of all sets that can be found, oldest first. Free with g_strfreev. */
char **image_set_names(const char *sets);
/* Below, equal or above zero as version a is older than, the same as or newer than b: "1.5.0-rc.1" < "1.5.0" < "1.10.0". */
int image_version_compare(const char *a, const char *b);

#endif
