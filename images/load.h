/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --load ADDR=FILE: any bytes into flash or RAM, outside all rules for modules.
 *
 * FILE is a raw binary, an Intel HEX file or an ARM ELF file (its loadable segments, by physical address). The latter two carry
 * their addresses: for them ADDR may be left out (--load FILE), and if it is given it must be the lowest of them.
 */
#ifndef IMAGES_LOAD_H
#define IMAGES_LOAD_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "images/layout.h"

struct image_segment {
    uint32_t address;
    GBytes *bytes;
    char *label; /* the file's name, for messages */
};

void image_segment_free(struct image_segment *segment);

/* The segments of one --load argument; NULL with an error. Free with g_ptr_array_unref. */
GPtrArray *image_load(const char *argument, GError **error);

/*
 * Put segments into flash (IMAGE_FLASH_SIZE bytes; also by its alias at 0), and append those for RAM to ram, which the owner
 * writes once the machine has power; ram NULL: RAM is not allowed. On an error neither flash nor ram has changed.
 */
bool image_segments_apply(const GPtrArray *segments, uint8_t *flash, struct image_layout *layout, GPtrArray *ram,
                          GError **error);

#endif
