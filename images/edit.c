/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/edit.h"

#include <string.h>

#include "images/file.h"

enum { SHA_FROM_END = 34, SUFFIX_FROM_END = 2, PRODUCT_FROM_END = 40, TRAILER_SIZE = 40, CRC_SIZE = 4 };

static void put16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *p, uint32_t value)
{
    put16(p, value & 0xFFFF);
    put16(p + 2, value >> 16);
}

/* ---- checksums ---- */

static void put_crc(uint8_t *data, uint32_t length)
{
    uint32_t crc = module_crc32(data, length);
    for (unsigned i = 0; i < CRC_SIZE; i++)
        data[length + i] = (uint8_t)(crc >> (24 - 8 * i));
}

static void sign(uint8_t *data, uint32_t length)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    gsize size = 32;
    g_checksum_update(sum, data, (gssize)length - SHA_FROM_END);
    g_checksum_get_digest(sum, data + length - SHA_FROM_END, &size);
    put_crc(data, length);
}

/* ---- header ---- */

static void put_dependency(uint8_t *p, const struct module_dependency *d)
{
    p[0] = d->function;
    p[1] = d->index;
    put16(p + 2, d->version);
}

/* header: the 24 bytes; length: of the module without its CRC */
static void put_fields(uint8_t *header, uint32_t length, const struct module_change *c)
{
    if (c->what & CHANGE_START) {
        put32(header, c->start);
        put32(header + 4, c->start + length);
    }
    if (c->what & CHANGE_FLAGS)
        header[9] = c->flags;
    if (c->what & CHANGE_VERSION)
        put16(header + 10, c->version);
    if (c->what & CHANGE_PLATFORM)
        put16(header + 12, c->platform);
    if (c->what & CHANGE_FUNCTION)
        header[14] = c->function;
    if (c->what & CHANGE_INDEX)
        header[15] = c->index;
    if (c->what & CHANGE_DEPENDENCY)
        put_dependency(header + 16, &c->dependency[0]);
    if (c->what & CHANGE_DEPENDENCY2)
        put_dependency(header + 20, &c->dependency[1]);
}

static bool find_module(const GByteArray *image, struct module *module, GError **error)
{
    if (!module_parse(image->data, image->len, module)) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT, "there is no module header in it");
        return false;
    }
    if (!module->complete) {
        char is[32], should[32];
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED,
                    "it is cut short, with %s bytes of the %s that its header promises",
                    image_count_string(image->len, is, sizeof is), image_count_string(module->size, should, sizeof should));
        return false;
    }
    return true;
}

static bool check_change(const struct module *module, const struct module_change *c, GError **error)
{
    if ((c->what & CHANGE_PRODUCT) && !module->has_product) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT, "its trailer is too short to hold a product");
        return false;
    }
    if ((c->what & CHANGE_START) && c->start > UINT32_MAX - module->size) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_ADDRESS, "a module of that size does not fit behind 0x%08X", c->start);
        return false;
    }
    return true;
}

bool module_edit(GByteArray *image, const struct module_change *change, GError **error)
{
    struct module module;
    if (!find_module(image, &module, error) || !check_change(&module, change, error))
        return false;
    uint32_t length = module.size - CRC_SIZE;
    put_fields(image->data + module.header_offset, length, change);
    if (change->what & CHANGE_PRODUCT) {
        put16(image->data + length - PRODUCT_FROM_END, change->product);
        put16(image->data + length - PRODUCT_FROM_END + 2, change->product_version);
    }
    sign(image->data, length);
    return true;
}

/* ---- damage ---- */

static const char *const damage_names[DAMAGES] = {"crc",      "sha",   "body", "header",     "platform",
                                                  "function", "start", "end",  "dependency", "cut"};

enum module_damage module_damage_parse(const char *name)
{
    unsigned i = 0;
    while (i < DAMAGES && strcmp(damage_names[i], name) != 0)
        i++;
    return i;
}

const char *module_damage_name(enum module_damage damage)
{
    return damage < DAMAGES ? damage_names[damage] : "unknown";
}

/* Damage to one field of the header, as a change. */
static bool field_damage(const struct module *module, enum module_damage damage, struct module_change *change)
{
    const struct module_header *h = &module->header;
    switch (damage) {
    case DAMAGE_PLATFORM:
        *change = (struct module_change){.what = CHANGE_PLATFORM,
                                         .platform = h->platform == PLATFORM_PHOTON ? PLATFORM_P1 : PLATFORM_PHOTON};
        return true;
    case DAMAGE_FUNCTION:
        *change = (struct module_change){.what = CHANGE_FUNCTION, .function = MODULE_RESOURCE};
        return true;
    case DAMAGE_START:
        *change = (struct module_change){.what = CHANGE_START, .start = h->start + 0x20000};
        return true;
    case DAMAGE_DEPENDENCY:
        *change = (struct module_change){.what = CHANGE_DEPENDENCY, .dependency = {h->dependency[0]}};
        change->dependency[0].version = UINT16_MAX;
        if (change->dependency[0].function == MODULE_NONE)
            change->dependency[0] = (struct module_dependency){MODULE_SYSTEM_PART, 2, UINT16_MAX};
        return true;
    default:
        return false;
    }
}

bool module_damage(GByteArray *image, enum module_damage damage, GError **error)
{
    struct module module;
    struct module_change change;
    if (!find_module(image, &module, error))
        return false;
    if (field_damage(&module, damage, &change))
        return module_edit(image, &change, error);
    uint32_t length = module.size - CRC_SIZE;
    uint8_t *header = image->data + module.header_offset;
    switch (damage) {
    case DAMAGE_CRC:
        image->data[length] ^= 1;
        break;
    case DAMAGE_SHA:
        image->data[length - SHA_FROM_END] ^= 1;
        put_crc(image->data, length);
        break;
    case DAMAGE_BODY: /* between header and trailer, if there is anything */
        image->data[MAX(length / 2, MIN(module.header_offset + MODULE_HEADER_SIZE, length - 1))] ^= 1;
        break;
    case DAMAGE_HEADER:
        memset(header, 0xFF, MODULE_HEADER_SIZE);
        break;
    case DAMAGE_END:
        put32(header + 4, 0x08100000);
        sign(image->data, length);
        break;
    case DAMAGE_CUT:
        g_byte_array_set_size(image, module.size / 2);
        break;
    default:
        break;
    }
    return true;
}

/* ---- making ---- */

static bool all(const uint8_t *p, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++)
        if (p[i] != value)
            return false;
    return true;
}

static bool room_for_header(const uint8_t *binary, size_t size, uint32_t offset, GError **error)
{
    if (offset == 0)
        return true;
    if (size < offset + MODULE_HEADER_SIZE)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED,
                    "it begins with a vector table, and ends before offset 0x%X, where the header goes", offset);
    else if (!all(binary + offset, MODULE_HEADER_SIZE, 0) && !all(binary + offset, MODULE_HEADER_SIZE, 0xFF))
        g_set_error(
            error, IMAGE_ERROR, IMAGE_ERROR_OVERLAP,
            "it begins with a vector table, and the %d bytes at offset 0x%X, where the header goes, are not free (all 0 "
            "or all 0xFF)",
            MODULE_HEADER_SIZE, offset);
    else
        return true;
    return false;
}

GByteArray *module_make(const uint8_t *binary, size_t size, const struct module_change *change, uint32_t max, GError **error)
{
    uint32_t first = size >= 4 ? binary[0] | binary[1] << 8 | binary[2] << 16 | (uint32_t)binary[3] << 24 : 0;
    uint32_t offset = module_header_offset(first), front = offset == 0 ? MODULE_HEADER_SIZE : 0;
    if (size > max || front + ((size + 3) & ~(size_t)3) + TRAILER_SIZE + CRC_SIZE > max || change->start > UINT32_MAX - max) {
        char is[32], room[32];
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE,
                    "it is too large: with header, trailer and CRC its %s bytes do not fit into the %s there are at 0x%08X",
                    image_count_string(size, is, sizeof is), image_count_string(max, room, sizeof room), change->start);
        return NULL;
    }
    if (!room_for_header(binary, size, offset, error))
        return NULL;
    GByteArray *image = g_byte_array_new();
    uint32_t body = front + (uint32_t)((size + 3) & ~(size_t)3), length = body + TRAILER_SIZE;
    g_byte_array_set_size(image, length + CRC_SIZE);
    memset(image->data, 0, image->len);
    memcpy(image->data + front, binary, size);
    memset(image->data + offset, 0, MODULE_HEADER_SIZE);
    put_fields(image->data + offset, length, change);
    bool product = (change->what & CHANGE_PRODUCT) != 0;
    put16(image->data + length - PRODUCT_FROM_END, product ? change->product : 0xFFFF);
    put16(image->data + length - PRODUCT_FROM_END + 2, product ? change->product_version : 0xFFFF);
    put16(image->data + length - SUFFIX_FROM_END, TRAILER_SIZE);
    sign(image->data, length);
    return image;
}
