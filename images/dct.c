/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of the DCT: which is current, how one is made, and the CRC. */
#include "images/dct.h"

#include <string.h>

#include "images/layout.h"
#include "images/module.h"

/* Header of a copy. */
enum {
    HEADER_SIZE = 0x184, /* with the table of the platform's own images, which the Photon does not use */
    WRITE_INCOMPLETE = 8,
    IS_CURRENT = 9,
    APP_VALID = 10,
    MAGIC = 12,
};
/* Version block. */
enum { VERSION_MAGIC = 0, VERSION_SDK = 4, VERSION_CRC = 8, VERSION_SEQUENCE = 13, VERSION_SIZE = 16 };

#define COPY_MAGIC  UINT32_C(0x4D435242) /* "BRCM" */
#define BLOCK_MAGIC UINT32_C(0xDC0200CD)
#define SDK_3_7     UINT32_C(0x03700000)

/* The first system with the library 3.7 and its version block: 0.7.0-rc.1. */
enum { FIRST_VERSIONED_SYSTEM = 200 };
#define SYSTEM_PART2 UINT32_C(0x08060000)

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put32(uint8_t *p, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(value >> 8 * i);
}

static bool has_version(const uint8_t *copy)
{
    return get32(copy + DCT_VERSION_BLOCK + VERSION_MAGIC) == BLOCK_MAGIC;
}

/*
 * Not one CRC over all, but the exclusive or of many: of the header, of pieces of 32 bytes, and of the version block with a
 * zero in the CRC's place; each begins anew and is not inverted at its end. It is that of the copy as it was when it became
 * current: the mark that a later one sets to 0 counts as 1.
 */
uint32_t dct_crc(const uint8_t *copy)
{
    uint8_t header[HEADER_SIZE], block[VERSION_SIZE];
    memcpy(header, copy, sizeof header);
    if (header[IS_CURRENT] == 0)
        header[IS_CURRENT] = 1;
    memcpy(block, copy + DCT_VERSION_BLOCK, sizeof block);
    put32(block + VERSION_CRC, 0);
    uint32_t crc = UINT32_MAX ^ ~module_crc32(header, sizeof header) ^ ~module_crc32(block, sizeof block);
    for (unsigned at = HEADER_SIZE; at < DCT_VERSION_BLOCK; at += 32)
        crc ^= ~module_crc32(copy + at, MIN(32, DCT_VERSION_BLOCK - at));
    return crc;
}

void dct_sum(uint8_t *copy)
{
    if (has_version(copy))
        put32(copy + DCT_VERSION_BLOCK + VERSION_CRC, dct_crc(copy));
}

static const uint8_t *copy_at(const uint8_t *flash, unsigned number)
{
    return flash + DCT_FLASH_OFFSET + number * DCT_COPY_SIZE;
}

static bool erased(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0xFF)
            return false;
    return true;
}

struct dct_copy dct_copy_read(const uint8_t *flash, unsigned number)
{
    const uint8_t *copy = copy_at(flash, number), *block = copy + DCT_VERSION_BLOCK;
    struct dct_copy c = {.address = IMAGE_FLASH_BASE + (uint32_t)(copy - flash),
                         .erased = erased(copy, DCT_COPY_SIZE),
                         .magic = get32(copy + MAGIC) == COPY_MAGIC,
                         .write_incomplete = copy[WRITE_INCOMPLETE],
                         .is_current = copy[IS_CURRENT]};
    c.complete = c.magic && c.write_incomplete == 0;
    c.has_version = c.magic && has_version(copy);
    if (c.has_version) {
        c.sdk_version = get32(block + VERSION_SDK);
        c.sequence = block[VERSION_SEQUENCE];
        c.crc = get32(block + VERSION_CRC);
        c.computed_crc = dct_crc(copy);
        c.crc_good = c.crc == c.computed_crc;
    }
    return c;
}

/* ---- which is current ---- */

enum dct_generation dct_generation(const uint8_t *flash)
{
    uint32_t offset = SYSTEM_PART2 - IMAGE_FLASH_BASE;
    struct module_header header = module_header_read(flash + offset + MODULE_HEADER_BEHIND_VECTORS);
    if (header.start == SYSTEM_PART2 && header.function == MODULE_SYSTEM_PART)
        return header.version >= FIRST_VERSIONED_SYSTEM ? DCT_VERSIONED : DCT_PLAIN;
    bool plain = false;
    for (unsigned i = 0; i < DCT_COPIES; i++) {
        struct dct_copy c = dct_copy_read(flash, i);
        if (c.has_version)
            return DCT_VERSIONED;
        plain |= c.magic;
    }
    return plain ? DCT_PLAIN : DCT_VERSIONED;
}

static int first_complete(const struct dct_copy c[DCT_COPIES], bool marked)
{
    for (int i = 0; i < DCT_COPIES; i++)
        if (c[i].complete && (!marked || c[i].is_current == 1))
            return i;
    return -1;
}

static int current_versioned(const struct dct_copy c[DCT_COPIES])
{
    bool usable[DCT_COPIES];
    for (unsigned i = 0; i < DCT_COPIES; i++)
        usable[i] = c[i].complete && c[i].has_version;
    if (!usable[0] && !usable[1])
        return first_complete(c, false);
    if (!usable[0] || !usable[1])
        return usable[0] ? 0 : 1;
    if (!c[0].is_current || !c[1].is_current)
        return c[0].is_current ? 0 : 1;
    return c[1].crc_good && (!c[0].crc_good || c[1].sequence > c[0].sequence) ? 1 : 0;
}

int dct_current_number(const uint8_t *flash)
{
    struct dct_copy copies[DCT_COPIES];
    for (unsigned i = 0; i < DCT_COPIES; i++)
        copies[i] = dct_copy_read(flash, i);
    return dct_generation(flash) == DCT_PLAIN ? first_complete(copies, true) : current_versioned(copies);
}

const uint8_t *dct_current(const uint8_t *flash)
{
    int number = dct_current_number(flash);
    return number < 0 ? NULL : copy_at(flash, (unsigned)number);
}

/* ---- a new one ---- */

/* What the system writes over an erased sector at its first start: a header, nearly all of it zeros, and the version block. */
static void format(uint8_t *copy, enum dct_generation generation)
{
    memset(copy, 0, HEADER_SIZE);
    copy[IS_CURRENT] = copy[APP_VALID] = 1;
    put32(copy + MAGIC, COPY_MAGIC);
    if (generation == DCT_PLAIN)
        return;
    /* The platform's table of images: what the firmware is loaded from (1), and eight places in external flash (2), of which a
       Photon has none. */
    enum { BOOT_SOURCE = 0x34, PLACES = 8, FIRST_PLACE = 0x60, PLACE_SIZE = 36, PLACE_STEP = 34 };
    copy[BOOT_SOURCE] = 1;
    for (unsigned i = 0; i < PLACES; i++) {
        put32(copy + FIRST_PLACE + PLACE_SIZE * i, 2);
        put32(copy + FIRST_PLACE + PLACE_SIZE * i + 4, PLACE_STEP * i);
    }
    uint8_t *block = copy + DCT_VERSION_BLOCK;
    memset(block, 0, VERSION_SIZE);
    put32(block + VERSION_MAGIC, BLOCK_MAGIC);
    put32(block + VERSION_SDK, SDK_3_7);
    block[VERSION_SEQUENCE] = 1;
    dct_sum(copy);
}

uint8_t *dct_edit(uint8_t *flash)
{
    int number = dct_current_number(flash);
    if (number < 0) {
        enum dct_generation generation = dct_generation(flash);
        number = 0;
        memset(flash + DCT_FLASH_OFFSET, 0xFF, DCT_COPIES * DCT_COPY_SIZE);
        format(flash + DCT_FLASH_OFFSET, generation);
    }
    return flash + DCT_FLASH_OFFSET + (unsigned)number * DCT_COPY_SIZE;
}
