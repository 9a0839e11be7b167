/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Module images: what Particle's bootloader and system know about a binary, read by their own rules.
 *
 * An image that begins with a vector table has its header behind that, at 0x184; any other has it at 0. Whether there is a
 * vector table is told by the first word, the initial stack pointer. A Core image has its header at 0x10C, behind the shorter
 * vector table of the Core's chip; a Photon looks for it at 0x184 and finds code.
 */
#ifndef IMAGES_MODULE_H
#define IMAGES_MODULE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum module_function {
    MODULE_NONE,
    MODULE_RESOURCE,
    MODULE_BOOTLOADER,
    MODULE_MONOLITHIC,
    MODULE_SYSTEM_PART,
    MODULE_USER_PART,
    MODULE_SETTINGS,
    MODULE_NCP,
    MODULE_RADIO,
};

enum module_platform { PLATFORM_CORE = 0, PLATFORM_PHOTON = 6, PLATFORM_P1 = 8, PLATFORM_ELECTRON = 10 };

enum {
    MODULE_HEADER_SIZE = 24,
    MODULE_HEADER_BEHIND_VECTORS = 0x184,
    MODULE_HEADER_OF_CORE = 0x10C,
    MODULE_SMALLEST_TRAILER = 36, /* reserved word, SHA-256, size of the suffix */
};

struct module_dependency {
    uint8_t function; /* MODULE_NONE: none */
    uint8_t index;
    uint16_t version; /* at least */
};

struct module_header {
    uint32_t start;
    uint32_t end; /* exclusive; the CRC lies here */
    uint8_t reserved;
    uint8_t flags;
    uint16_t version;
    uint16_t platform;
    uint8_t function;
    uint8_t index;
    struct module_dependency dependency[2];
};

struct module {
    struct module_header header;
    uint32_t header_offset;
    bool core;     /* the header was found where a Core looks for it */
    uint32_t size; /* of the module with its CRC: end - start + 4 */
    bool complete; /* all of it is there; nothing below counts otherwise */
    uint32_t crc;  /* as stored */
    bool crc_good;
    uint8_t sha256[32]; /* as stored */
    bool sha256_good;
    uint16_t suffix; /* its size: 40, or 36 without a product */
    bool has_product;
    uint16_t product; /* 0xFFFF: none given */
    uint16_t product_version;
    bool has_vectors;
    uint32_t stack; /* initial stack pointer and reset vector, if has_vectors */
    uint32_t entry;
};

/* Where a Photon looks for the header of an image with that first word. */
uint32_t module_header_offset(uint32_t first_word);

/* The 24 bytes as they are, without judging them. */
struct module_header module_header_read(const uint8_t *bytes);

/*
 * Look for a module at the start of data; size may be larger than the module (a flash area). False if there is no header that
 * could be one. A module that is cut off is found, with complete false.
 */
bool module_parse(const uint8_t *data, size_t size, struct module *module);

/* CRC-32 as in zlib; stored behind a module with its first byte first. */
uint32_t module_crc32(const uint8_t *data, size_t size);

/* "system part", "user part", ...; "function 9" for unknown ones is left to the caller: NULL. */
const char *module_function_name(unsigned function);
/* "Photon"; NULL for unknown ones. */
const char *module_platform_name(unsigned platform);
/* "bootloader", "system part 2", "user part 1", into buffer; returns the buffer. */
const char *module_name(unsigned function, unsigned index, char *buffer, size_t size);

/* One line: "system part 2, version 1502 for the Photon, 0x08060000 to 0x0809FBB4, needs system part 1 version 1502 and
   bootloader version 400, CRC good". */
char *module_describe(const struct module *module);

struct machine;
/* Publish what lies in an area of flash as a "module" event: place is "bootloader", "system-part1", "system-part2", "user" or
   "factory", area its contents and address the start of the area. Nothing for an erased area. */
void module_publish(struct machine *m, const char *place, const uint8_t *area, size_t size, uint32_t address);

#endif
