/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flash of a device before its first power-up: what was put where, so that two files never end up in the same place. */
#ifndef IMAGES_LAYOUT_H
#define IMAGES_LAYOUT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum { IMAGE_FLASH_BASE = 0x08000000, IMAGE_FLASH_SIZE = 0x100000, IMAGE_RAM_BASE = 0x20000000, IMAGE_RAM_SIZE = 0x20000 };

/* Remembers ranges of addresses and what lies there. */
struct image_layout *image_layout_new(void);
void image_layout_free(struct image_layout *layout);

/* Claim a range. label names it in messages ("file user.bin"); remedy says how the one that is there already is left out
   ("--user none"), or NULL. False with an error if something else was given a byte of it. */
bool image_layout_claim(struct image_layout *layout, uint32_t address, uint32_t size, const char *label, const char *remedy,
                        GError **error);

#endif
