/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/checks.h"

#include <string.h>

enum { ALIAS_SIZE = IMAGE_FLASH_SIZE, FLASH_END = IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE };

/* The byte at an address, or NULL. */
static const uint8_t *at(const struct flash_view *view, uint32_t address, uint32_t size)
{
    uint32_t offset = address < ALIAS_SIZE ? address : address - IMAGE_FLASH_BASE;
    return offset < IMAGE_FLASH_SIZE && size <= IMAGE_FLASH_SIZE - offset ? view->flash + offset : NULL;
}

uint16_t view_u16(const struct flash_view *view, uint32_t address)
{
    const uint8_t *p = at(view, address, 2);
    return p != NULL ? (uint16_t)(p[0] | p[1] << 8) : 0;
}

uint32_t view_u32(const struct flash_view *view, uint32_t address)
{
    return view_u16(view, address) | (uint32_t)view_u16(view, address + 2) << 16;
}

bool view_erased(const struct flash_view *view, uint32_t address, uint32_t size)
{
    const uint8_t *p = at(view, address, size);
    return p == NULL || size == 0 || (p[0] == 0xFF && memcmp(p, p + 1, size - 1) == 0);
}

struct module_header view_header(const struct flash_view *view, uint32_t address)
{
    const uint8_t *p = at(view, address + module_header_offset(view_u32(view, address)), MODULE_HEADER_SIZE);
    return p != NULL ? module_header_read(p) : (struct module_header){0};
}

enum module_reason view_header_fault(const struct flash_view *view, uint32_t address, uint32_t expected)
{
    struct module_header h = view_header(view, address);
    if (h.start != expected)
        return REASON_WRONG_START;
    if (h.end > FLASH_END)
        return REASON_WRONG_END;
    return h.platform == view->platform ? REASON_GOOD : REASON_WRONG_PLATFORM;
}

enum check_result view_crc(const struct flash_view *view, uint32_t address, uint32_t length)
{
    if (length == 0)
        return CHECK_FAILED;
    const uint8_t *data = at(view, address, length);
    const uint8_t *stored = at(view, address + length, 4);
    if (data == NULL || stored == NULL)
        return CHECK_FAULTS;
    uint32_t crc = (uint32_t)stored[0] << 24 | (uint32_t)stored[1] << 16 | (uint32_t)stored[2] << 8 | stored[3];
    return module_crc32(data, length) == crc ? CHECK_PASSED : CHECK_FAILED;
}

const struct image_place *view_place(unsigned function, unsigned index)
{
    for (unsigned part = 0; part < IMAGE_PARTS; part++)
        if (image_places[part].function == function && image_places[part].index == index)
            return &image_places[part];
    return NULL;
}

struct verdict_dependency view_dependency(const struct flash_view *view, const struct module_dependency *needed,
                                          const struct system_rules *rules)
{
    struct verdict_dependency d = {.needed = *needed, .looked_at = true};
    if (needed->function == MODULE_NONE)
        return (struct verdict_dependency){.met = true};
    const struct image_place *place = view_place(needed->function, needed->index);
    d.has_place = place != NULL;
    if (place == NULL && rules->refuses_unknown)
        return d;
    /* Without a place, older systems take the pointer to it, which is null, for one: the address that they read from its second
       word is the reset vector. */
    d.present = view_header(view, place != NULL ? place->address : view_u32(view, 4)).version;
    d.met = d.present >= needed->version;
    return d;
}

/* Would every other system part still have what it needs, with this module in its place? */
static bool others_satisfied(const struct flash_view *view, uint32_t address, const struct system_rules *rules)
{
    struct module_header new = view_header(view, address);
    if (new.function != MODULE_SYSTEM_PART)
        return true;
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        struct module_header h = view_header(view, image_places[part].address);
        const struct image_place *place = view_place(h.function, h.index);
        if (place == NULL || h.end < place->address || h.end > place->address + place->size)
            continue; /* no module at all to the system */
        if (h.function != MODULE_SYSTEM_PART || (h.start == new.start &&h.index == new.index))
            continue;
        for (unsigned i = 0; i < (rules->second_dependency ? 2 : 1); i++)
            if (h.dependency[i].function == new.function &&
                h.dependency[i].index == new.index &&h.dependency[i].version > new.version)
                return false;
    }
    return true;
}

enum module_reason view_dependencies(const struct flash_view *view, uint32_t address, const struct system_rules *rules,
                                     bool update, struct verdict_dependency *dependency)
{
    struct module_header h = view_header(view, address);
    bool none = h.dependency[0].function == MODULE_NONE || (update && h.function == MODULE_USER_PART);
    for (unsigned i = 0; i < 2; i++) {
        dependency[i] = view_dependency(view, &h.dependency[i], rules);
        /* no first one: the second is not looked at either */
        dependency[i].looked_at = h.dependency[i].function != MODULE_NONE && !none && (i == 0 || rules->second_dependency) &&
                                  !(i == 1 && update && h.dependency[i].function == MODULE_BOOTLOADER);
    }
    for (unsigned i = 0; i < 2; i++)
        if (dependency[i].looked_at && !dependency[i].met)
            return i == 0 ? REASON_DEPENDENCY : REASON_DEPENDENCY2;
    if (update && rules->keeps_others_satisfied && !others_satisfied(view, address, rules))
        return REASON_BREAKS_OTHERS;
    return REASON_GOOD;
}

enum module_reason view_system_check(const struct flash_view *view, uint32_t address, const struct system_rules *rules,
                                     bool update, struct verdict_dependency *dependency)
{
    struct verdict_dependency unwanted[2];
    struct module_header h = view_header(view, address);
    enum module_reason reason = view_dependencies(view, address, rules, update, dependency != NULL ? dependency : unwanted);
    const struct image_place *place = view_place(h.function, h.index);
    if (place == NULL)
        return view_erased(view, address, MODULE_HEADER_SIZE) ? REASON_ERASED : REASON_NO_HEADER;
    if (h.end < place->address || h.end > place->address + place->size)
        return REASON_WRONG_END;
    if (h.platform != view->platform)
        return REASON_WRONG_PLATFORM;
    if (reason != REASON_GOOD)
        return reason;
    return view_crc(view, address, h.end - h.start) == CHECK_PASSED ? REASON_GOOD : REASON_WRONG_CRC;
}
