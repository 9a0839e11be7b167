/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Making modules and changing them: header, trailer and both checksums, right or wrong on purpose.
 *
 * Data is a GByteArray that begins with the module; what follows the module in it (a DFU suffix) stays as it is. On an error
 * nothing has changed.
 */
#ifndef IMAGES_EDIT_H
#define IMAGES_EDIT_H

#include <glib.h>
#include <stdbool.h>

#include "images/module.h"

/* ---- what is to become of a header ---- */

enum {
    CHANGE_VERSION = 1,
    CHANGE_PLATFORM = 2,
    CHANGE_FUNCTION = 4,
    CHANGE_INDEX = 8,
    CHANGE_START = 16, /* the end moves with it */
    CHANGE_DEPENDENCY = 32,
    CHANGE_DEPENDENCY2 = 64,
    CHANGE_PRODUCT = 128, /* id and version */
    CHANGE_FLAGS = 256,
};

struct module_change {
    unsigned what; /* CHANGE_ */
    uint16_t version, platform;
    uint8_t function, index, flags;
    uint32_t start;
    struct module_dependency dependency[2];
    uint16_t product, product_version;
};

/* Change the header, then compute SHA-256 and CRC anew. Nothing to change: only that. */
bool module_edit(GByteArray *image, const struct module_change *change, GError **error);

/* ---- damage ---- */

enum module_damage {
    DAMAGE_CRC,        /* one bit of the stored CRC */
    DAMAGE_SHA,        /* one bit of the stored SHA-256; the CRC is right over it */
    DAMAGE_BODY,       /* one bit in the middle: both are wrong */
    DAMAGE_HEADER,     /* the 24 bytes of the header are erased */
    DAMAGE_PLATFORM,   /* for a Photon: a P1's; for all others: a Photon's */
    DAMAGE_FUNCTION,   /* resource, which no code runs */
    DAMAGE_START,      /* 0x20000 further on, end included */
    DAMAGE_END,        /* at 0x08100000, the end of flash */
    DAMAGE_DEPENDENCY, /* the first one: version 65535 */
    DAMAGE_CUT,        /* the second half is missing */
    DAMAGES,
};

/* By name: "crc", "sha", "body", ...; DAMAGES if there is none of that name. */
enum module_damage module_damage_parse(const char *name);
const char *module_damage_name(enum module_damage damage);

/* From PLATFORM to DEPENDENCY, SHA-256 and CRC are right afterwards: the header's field alone is wrong. */
bool module_damage(GByteArray *image, enum module_damage damage, GError **error);

/* ---- making one ---- */

/*
 * Wrap a raw binary: header, trailer (40 bytes, with a product) and CRC. change->what must have function, platform and start;
 * what is left out is 0, or for the product 0xFFFF.
 *
 * A binary that begins with a vector table must leave the 24 bytes at 0x184 free (all 0 or all 0xFF), for the header. For any
 * other the header is put in front, so that the binary begins at start + 24. NULL with an error. max: the room there is, with
 * CRC.
 */
GByteArray *module_make(const uint8_t *binary, size_t size, const struct module_change *change, uint32_t max, GError **error);

#endif
