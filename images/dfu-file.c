/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/dfu-file.h"

#include <string.h>

#include "images/module.h"

enum { PREFIX_SIZE = 11, TARGET_SIZE = 274, ELEMENT_SIZE = 8, MOST_ELEMENTS = 4096 };

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

/* ---- suffix ---- */

/* CRC-32 without the final inversion. */
static uint32_t suffix_crc(const uint8_t *data, size_t size)
{
    return ~module_crc32(data, size);
}

static bool parse_suffix(const uint8_t *data, size_t size, struct dfu_suffix *suffix)
{
    if (size < DFU_SUFFIX_SIZE)
        return false;
    const uint8_t *p = data + size - DFU_SUFFIX_SIZE;
    if (memcmp(p + 8, "UFD", 3) != 0 || p[11] < DFU_SUFFIX_SIZE || p[11] > size)
        return false;
    *suffix = (struct dfu_suffix){.device = u16(p),
                                  .product = u16(p + 2),
                                  .vendor = u16(p + 4),
                                  .version = u16(p + 6),
                                  .length = p[11],
                                  .crc = u32(p + 12)};
    suffix->crc_good = suffix_crc(data, size - 4) == suffix->crc;
    return true;
}

bool dfu_suffix_fits(const struct dfu_suffix *suffix, uint16_t vendor, uint16_t product)
{
    return (suffix->vendor == DFU_ANY || suffix->vendor == vendor) &&
           (suffix->product == DFU_ANY || suffix->product == product);
}

void dfu_suffix_append(GByteArray *data, uint16_t vendor, uint16_t product)
{
    uint8_t p[DFU_SUFFIX_SIZE] = {0xFF,
                                  0xFF,
                                  (uint8_t)product,
                                  (uint8_t)(product >> 8),
                                  (uint8_t)vendor,
                                  (uint8_t)(vendor >> 8),
                                  (uint8_t)DFU_VERSION,
                                  DFU_VERSION >> 8,
                                  'U',
                                  'F',
                                  'D',
                                  DFU_SUFFIX_SIZE};
    g_byte_array_append(data, p, DFU_SUFFIX_SIZE - 4);
    uint32_t crc = GUINT32_TO_LE(suffix_crc(data->data, data->len));
    g_byte_array_append(data, (const uint8_t *)&crc, sizeof crc);
}

/* ---- boards ---- */

static const struct {
    unsigned platform;
    uint16_t vendor, product;
} boards[] = {{PLATFORM_CORE, 0x1D50, 0x607F},
              {PLATFORM_PHOTON, 0x2B04, 0xD006},
              {PLATFORM_P1, 0x2B04, 0xD008},
              {PLATFORM_ELECTRON, 0x2B04, 0xD00A}};

bool dfu_ids_of_platform(unsigned platform, uint16_t *vendor, uint16_t *product)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++)
        if (boards[i].platform == platform) {
            *vendor = boards[i].vendor;
            *product = boards[i].product;
            return true;
        }
    return false;
}

const char *dfu_board_name(uint16_t vendor, uint16_t product)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++)
        if (boards[i].vendor == vendor && boards[i].product == product)
            return module_platform_name(boards[i].platform);
    return NULL;
}

/* ---- DfuSe ---- */

/* One target: a prefix and its elements. Returns where it ends; 0 with a problem. */
static size_t parse_target(const uint8_t *data, size_t at, struct dfu_file *file, unsigned number)
{
    if (file->payload - at < TARGET_SIZE || memcmp(data + at, "Target", 6) != 0) {
        file->problem =
            g_strdup_printf("Target %u of the DfuSe container, at offset %zu, is missing or has no prefix.", number, at);
        return 0;
    }
    uint8_t alternate = data[at + 6];
    uint32_t size = u32(data + at + 266), elements = u32(data + at + 270);
    at += TARGET_SIZE;
    if (size > file->payload - at) {
        file->problem = g_strdup_printf("Target %u of the DfuSe container is cut short.", number);
        return 0;
    }
    size_t end = at + size;
    for (uint32_t i = 0; i < elements; i++) {
        if (end - at < ELEMENT_SIZE || u32(data + at + 4) > end - at - ELEMENT_SIZE || file->elements->len == MOST_ELEMENTS) {
            file->problem =
                g_strdup_printf("Element %u of target %u of the DfuSe container does not fit into its target.", i + 1, number);
            return 0;
        }
        struct dfu_element element = {.alternate = alternate,
                                      .address = u32(data + at),
                                      .size = u32(data + at + 4),
                                      .offset = (uint32_t)(at + ELEMENT_SIZE)};
        g_array_append_val(file->elements, element);
        at += ELEMENT_SIZE + element.size;
    }
    return end;
}

static void parse_dfuse(const uint8_t *data, struct dfu_file *file)
{
    unsigned targets = data[10];
    size_t at = PREFIX_SIZE;
    if (data[5] != 1)
        file->problem = g_strdup_printf("The DfuSe container has format %u; only format 1 is known.", data[5]);
    else if (u32(data + 6) != file->payload)
        file->problem =
            g_strdup_printf("The DfuSe container says that it is %u bytes long, and it is %zu.", u32(data + 6), file->payload);
    for (unsigned i = 0; i < targets && file->problem == NULL; i++)
        at = parse_target(data, at, file, i + 1);
}

bool dfu_file_parse(const uint8_t *data, size_t size, struct dfu_file *file)
{
    *file = (struct dfu_file){.payload = size};
    file->has_suffix = parse_suffix(data, size, &file->suffix);
    if (file->has_suffix)
        file->payload = size - file->suffix.length;
    file->dfuse = file->payload >= PREFIX_SIZE && memcmp(data, "DfuSe", 5) == 0;
    if (!file->has_suffix && !file->dfuse)
        return false;
    file->elements = g_array_new(FALSE, FALSE, sizeof(struct dfu_element));
    if (file->dfuse)
        parse_dfuse(data, file);
    return true;
}

void dfu_file_clear(struct dfu_file *file)
{
    if (file->elements != NULL)
        g_array_unref(file->elements);
    g_free(file->problem);
    *file = (struct dfu_file){0};
}
