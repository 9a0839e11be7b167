/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Module images made up by a test, after the description of the format alone. */
#ifndef TESTS_UNIT_MODULE_FIXTURE_H
#define TESTS_UNIT_MODULE_FIXTURE_H

#include <glib.h>
#include <string.h>

struct fixture {
    uint32_t start;
    uint32_t length; /* without the CRC */
    uint16_t version, platform;
    uint8_t function, index;
    uint8_t needs_function, needs_index;
    uint16_t needs_version;
    uint32_t header; /* 0, 0x184 or 0x10C */
    uint16_t suffix; /* 0: 40 */
    uint16_t product, product_version;
};

static inline void fixture_u16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void fixture_u32(uint8_t *p, uint32_t value)
{
    fixture_u16(p, value & 0xFFFF);
    fixture_u16(p + 2, value >> 16);
}

/* Bit by bit, from the polynomial. */
static inline uint32_t fixture_crc(const uint8_t *data, size_t size)
{
    uint32_t crc = 0xFFFFFFFF;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
    }
    return ~crc;
}

/* Trailer and CRC anew, after a change. */
static inline void fixture_sign(const struct fixture *f, GByteArray *image)
{
    uint8_t *data = image->data, *end = data + f->length;
    fixture_u16(end - 2, f->suffix != 0 ? f->suffix : 40);
    GChecksum *sha = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sha, data, (gssize)f->length - 34);
    gsize size = 32;
    g_checksum_get_digest(sha, end - 34, &size);
    g_checksum_free(sha);
    uint32_t crc = fixture_crc(data, f->length);
    for (unsigned i = 0; i < 4; i++)
        end[i] = (uint8_t)(crc >> (24 - 8 * i));
}

static inline GByteArray *fixture_image(const struct fixture *f)
{
    GByteArray *image = g_byte_array_new();
    g_byte_array_set_size(image, f->length + 4);
    for (uint32_t i = 0; i < image->len; i++)
        image->data[i] = (uint8_t)(i * 7 + 3);
    fixture_u32(image->data, f->header != 0 ? 0x20020000 : f->start);
    if (f->header != 0)
        fixture_u32(image->data + 4, f->start + 0x201);
    uint8_t *h = image->data + f->header;
    fixture_u32(h, f->start);
    fixture_u32(h + 4, f->start + f->length);
    h[8] = h[9] = 0;
    fixture_u16(h + 10, f->version);
    fixture_u16(h + 12, f->platform);
    h[14] = f->function;
    h[15] = f->index;
    memset(h + 16, 0, 8);
    h[16] = f->needs_function;
    h[17] = f->needs_index;
    fixture_u16(h + 18, f->needs_version);
    fixture_u16(image->data + f->length - 40, f->product);
    fixture_u16(image->data + f->length - 38, f->product_version);
    fixture_u16(image->data + f->length - 36, 0);
    fixture_sign(f, image);
    return image;
}

#define FIXTURE_USER                                                                                                           \
    ((struct fixture){.start = 0x080A0000,                                                                                     \
                      .length = 1000,                                                                                          \
                      .version = 3,                                                                                            \
                      .platform = 6,                                                                                           \
                      .function = 5,                                                                                           \
                      .index = 1,                                                                                              \
                      .needs_function = 4,                                                                                     \
                      .needs_index = 2,                                                                                        \
                      .needs_version = 108,                                                                                    \
                      .product = 6,                                                                                            \
                      .product_version = 2})
#define FIXTURE_BOOTLOADER                                                                                                     \
    ((struct fixture){.start = 0x08000000,                                                                                     \
                      .length = 2000,                                                                                          \
                      .version = 501,                                                                                          \
                      .platform = 6,                                                                                           \
                      .function = 2,                                                                                           \
                      .header = 0x184,                                                                                         \
                      .product = 0xFFFF,                                                                                       \
                      .product_version = 0xFFFF})
#define FIXTURE_PART(N)                                                                                                        \
    ((struct fixture){.start = (N) == 1 ? 0x08020000 : 0x08060000,                                                             \
                      .length = 3000,                                                                                          \
                      .version = 1502,                                                                                         \
                      .platform = 6,                                                                                           \
                      .function = 4,                                                                                           \
                      .index = (N),                                                                                            \
                      .header = 0x184,                                                                                         \
                      .product = 0xFFFF,                                                                                       \
                      .product_version = 0xFFFF})

#endif
