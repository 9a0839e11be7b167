/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules inside other images: systems before 0.7.0 carry their bootloader inside part 2 and put it in place of an older one.
 */
#ifndef IMAGES_EMBEDDED_H
#define IMAGES_EMBEDDED_H

#include "images/module.h"

/*
 * The next module with a good CRC that begins in data behind *offset, at a multiple of 4; data's own module, at 0, is none.
 * *offset becomes where it begins. Begin with 0, go on with the offset found. The work is bounded, whatever data holds.
 */
bool module_find_embedded(const uint8_t *data, size_t size, uint32_t *offset, struct module *module);

#endif
