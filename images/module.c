/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/module.h"

#include <string.h>

#include "emu/core/event.h"

static uint16_t u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | (uint32_t)u16(p + 2) << 16;
}

static bool begins_with_vectors(uint32_t first_word)
{
    return (first_word & 0x2FF10000) == 0x20000000;
}

uint32_t module_header_offset(uint32_t first_word)
{
    return begins_with_vectors(first_word) ? MODULE_HEADER_BEHIND_VECTORS : 0;
}

static struct module_dependency dependency_read(const uint8_t *p)
{
    return (struct module_dependency){.function = p[0], .index = p[1], .version = u16(p + 2)};
}

struct module_header module_header_read(const uint8_t *p)
{
    return (struct module_header){.start = u32(p),
                                  .end = u32(p + 4),
                                  .reserved = p[8],
                                  .flags = p[9],
                                  .version = u16(p + 10),
                                  .platform = u16(p + 12),
                                  .function = p[14],
                                  .index = p[15],
                                  .dependency = {dependency_read(p + 16), dependency_read(p + 20)}};
}

/* Could it be one? Addresses in the flash of an STM32 (the first megabyte), room for header and trailer, a known function. */
static bool plausible(const struct module_header *h, uint32_t header_offset)
{
    return h->start >= 0x08000000 && h->end <= 0x08100000 && h->start < h->end &&
           h->end - h->start >= header_offset + MODULE_HEADER_SIZE + MODULE_SMALLEST_TRAILER &&
           h->function >= MODULE_RESOURCE && h->function <= MODULE_RADIO;
}

static bool find_header(const uint8_t *data, size_t size, struct module *module)
{
    if (size < MODULE_HEADER_SIZE)
        return false;
    uint32_t offsets[] = {module_header_offset(u32(data)), MODULE_HEADER_OF_CORE};
    bool vectors = begins_with_vectors(u32(data));
    for (unsigned i = 0; i < (vectors ? 2 : 1); i++) {
        if (size < offsets[i] + MODULE_HEADER_SIZE)
            continue;
        struct module_header h = module_header_read(data + offsets[i]);
        bool core = i == 1;
        if (!plausible(&h, offsets[i]) || (core && (h.platform != PLATFORM_CORE || h.function != MODULE_MONOLITHIC)))
            continue;
        *module = (struct module){.header = h, .header_offset = offsets[i], .core = core, .has_vectors = vectors};
        return true;
    }
    return false;
}

bool module_parse(const uint8_t *data, size_t size, struct module *module)
{
    if (!find_header(data, size, module))
        return false;
    uint32_t length = module->header.end - module->header.start;
    module->size = length + 4;
    if (module->has_vectors) {
        module->stack = u32(data);
        module->entry = u32(data + 4);
    }
    if (size < module->size)
        return true;
    module->complete = true;
    const uint8_t *end = data + length;
    module->crc = (uint32_t)end[0] << 24 | (uint32_t)end[1] << 16 | (uint32_t)end[2] << 8 | end[3];
    module->crc_good = module_crc32(data, length) == module->crc;
    memcpy(module->sha256, end - 34, sizeof module->sha256);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, data, (gssize)length - 34);
    uint8_t digest[32];
    gsize digest_size = sizeof digest;
    g_checksum_get_digest(checksum, digest, &digest_size);
    module->sha256_good = memcmp(digest, module->sha256, sizeof digest) == 0;
    module->suffix = u16(end - 2);
    module->has_product = module->suffix >= 40 && length >= module->header_offset + MODULE_HEADER_SIZE + 40;
    if (module->has_product) {
        module->product = u16(end - 40);
        module->product_version = u16(end - 38);
    }
    return true;
}

uint32_t module_crc32(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        /* four bits at a time: the table of a reflected CRC with polynomial 0x04C11DB7 */
        static const uint32_t table[16] = {0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
                                           0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
                                           0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C};
        crc ^= data[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* ---- names ---- */

const char *module_function_name(unsigned function)
{
    static const char *const names[] = {"none",     "resource", "bootloader", "monolithic firmware", "system part", "user part",
                                        "settings", "NCP",      "radio"};
    return function < G_N_ELEMENTS(names) ? names[function] : NULL;
}

const char *module_platform_name(unsigned platform)
{
    static const struct {
        unsigned id;
        const char *name;
    } names[] = {{PLATFORM_CORE, "Core"},
                 {3, "GCC"},
                 {PLATFORM_PHOTON, "Photon"},
                 {PLATFORM_P1, "P1"},
                 {PLATFORM_ELECTRON, "Electron"},
                 {12, "Argon"},
                 {13, "Boron"},
                 {14, "Xenon"},
                 {22, "A SoM"},
                 {23, "B SoM"},
                 {24, "X SoM"},
                 {25, "B5 SoM"},
                 {26, "Tracker"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (names[i].id == platform)
            return names[i].name;
    return NULL;
}

const char *module_name(unsigned function, unsigned index, char *buffer, size_t size)
{
    const char *name = module_function_name(function);
    if (name == NULL)
        g_snprintf(buffer, size, "function %u, index %u", function, index);
    else if (function == MODULE_SYSTEM_PART || (function == MODULE_USER_PART && index != 1) || index > 1)
        g_snprintf(buffer, size, "%s %u", name, index);
    else
        g_strlcpy(buffer, name, size);
    return buffer;
}

/* ---- for people ---- */

static void append_needs(GString *text, const struct module_header *h)
{
    const char *word = ", needs ";
    for (unsigned i = 0; i < 2; i++) {
        if (h->dependency[i].function == MODULE_NONE)
            continue;
        char name[48];
        g_string_append_printf(text, "%s%s version %u", word,
                               module_name(h->dependency[i].function, h->dependency[i].index, name, sizeof name),
                               h->dependency[i].version);
        word = " and ";
    }
}

static void append_version(GString *text, const struct module_header *h)
{
    const char *platform = module_platform_name(h->platform);
    g_string_append_printf(text, "version %u for ", h->version);
    if (platform != NULL)
        g_string_append_printf(text, "the %s", platform);
    else
        g_string_append_printf(text, "platform %u", h->platform);
}

static void append_checks(GString *text, const struct module *module)
{
    append_needs(text, &module->header);
    if (!module->complete) {
        g_string_append(text, ", cut off before its end");
        return;
    }
    if (module->has_product && module->product != 0xFFFF && module->product != module->header.platform)
        g_string_append_printf(text, ", product %u version %u", module->product, module->product_version);
    g_string_append(text, module->crc_good ? ", CRC good" : ", CRC wrong");
    if (!module->sha256_good)
        g_string_append(text, ", SHA-256 wrong");
}

char *module_describe(const struct module *module)
{
    const struct module_header *h = &module->header;
    char name[48];
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s, ",
                           module->core ? "Core firmware" : module_name(h->function, h->index, name, sizeof name));
    append_version(text, h);
    g_string_append_printf(text, ", 0x%08X to 0x%08X", h->start, h->end);
    append_checks(text, module);
    return g_string_free(text, FALSE);
}

/* Without what goes without saying where its place is known. */
static char *describe_in_place(const struct module *module)
{
    GString *text = g_string_new(module->core ? "Core firmware, " : "");
    append_version(text, &module->header);
    append_checks(text, module);
    return g_string_free(text, FALSE);
}

/* ---- in the event stream ---- */

static bool erased(const uint8_t *area, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (area[i] != 0xFF)
            return false;
    return true;
}

void module_publish(struct machine *m, const char *place, const uint8_t *area, size_t size, uint32_t address)
{
    struct module module;
    if (!module_parse(area, size, &module)) {
        if (!erased(area, size))
            machine_publish(m, "module", FIELD_STRING("place", place), FIELD_HEX("address", address),
                            FIELD_STRING("check", "no header"), FIELD_STRING("text", "no module header"));
        return;
    }
    const struct module_header *h = &module.header;
    g_autofree char *text = describe_in_place(&module);
    const char *check = module.core ? "core" : !module.complete ? "cut off" : module.crc_good ? "good" : "wrong CRC";
    machine_publish(m, "module", FIELD_STRING("place", place), FIELD_HEX("address", address), FIELD_STRING("check", check),
                    FIELD_INT("function", h->function), FIELD_INT("index", h->index), FIELD_INT("version", h->version),
                    FIELD_INT("platform", h->platform), FIELD_HEX("start", h->start), FIELD_HEX("end", h->end),
                    FIELD_STRING("text", text));
}
