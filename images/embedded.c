/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/embedded.h"

/* Headers that look good enough for their CRC to be computed: more than that, and somebody made them up. */
enum { CANDIDATES = 64 };

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

/* Cheap tests first: this runs at every word of a file. */
static bool likely(const uint8_t *data, size_t size)
{
    uint32_t first = u16(data) | (uint32_t)u16(data + 2) << 16;
    uint32_t offset = module_header_offset(first);
    if (size < offset + MODULE_HEADER_SIZE)
        return false;
    struct module_header h = module_header_read(data + offset);
    if (h.start < 0x08000000 || h.start >= 0x08100000 || h.end <= h.start || (h.start & 3) != 0)
        return false;
    uint32_t length = h.end - h.start;
    if (length < offset + MODULE_HEADER_SIZE + MODULE_SMALLEST_TRAILER || length > size || size - length < 4)
        return false;
    uint16_t suffix = u16(data + length - 2);
    return suffix >= MODULE_SMALLEST_TRAILER && suffix <= length;
}

bool module_find_embedded(const uint8_t *data, size_t size, uint32_t *offset, struct module *module)
{
    unsigned candidates = 0;
    size_t begin = *offset;
    struct module here;
    /* Behind the one found last; the outer module does not end where the search begins. */
    if (begin != 0 && module_parse(data + begin, size - begin, &here) && here.complete)
        begin += here.size & ~3u;
    else
        begin += 4;
    for (size_t at = begin; at + MODULE_HEADER_SIZE <= size && candidates < CANDIDATES; at += 4) {
        if (!likely(data + at, size - at))
            continue;
        candidates++;
        if (module_parse(data + at, size - at, module) && !module->core && module->complete && module->crc_good) {
            *offset = (uint32_t)at;
            return true;
        }
    }
    return false;
}
