/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a device in words. */
#include "emu/cli/device-report.h"
#include "images/module.h"
#include "images/rules.h"
#include "images/set.h"

static const uint8_t *area(const struct board_persistent *device, const struct image_place *place)
{
    return device->flash + (place->address - IMAGE_FLASH_BASE);
}

bool device_flags_in_backup(const struct board_persistent *device)
{
    struct module module;
    const struct image_place *place = &image_places[IMAGE_BOOTLOADER];
    return module_parse(area(device, place), place->size, &module) && bootloader_rules(module.header.version).flags_in_backup;
}

struct verdict_facts device_facts(const struct device_look *look)
{
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    facts.platform = look->board->platform;
    dct_facts(look->device->flash, look->device->has_backup ? look->device->backup_registers : NULL, &facts);
    return facts;
}

/* ---- modules ---- */

static void append_needs(GString *text, const struct module_header *h)
{
    const char *word = ", needs ";
    char name[48];
    for (unsigned i = 0; i < 2; i++) {
        const struct module_dependency *d = &h->dependency[i];
        if (d->function == MODULE_NONE)
            continue;
        g_string_append_printf(text, "%s%s version %u", word, module_name(d->function, d->index, name, sizeof name),
                               d->version);
        word = " and ";
    }
}

char *device_describe_module(const struct board_persistent *device, unsigned part)
{
    struct module module;
    const struct image_place *place = &image_places[part];
    const struct module_header *h = &module.header;
    if (!module_parse(area(device, place), place->size, &module))
        return g_strdup(device_module_state(device, part));
    const char *platform = module_platform_name(h->platform);
    const char *release = h->platform != PLATFORM_PHOTON && h->platform != PLATFORM_P1 ? NULL
                          : h->function == MODULE_SYSTEM_PART                          ? system_release(h->version)
                          : h->function == MODULE_BOOTLOADER                           ? bootloader_release(h->version)
                                                                                       : NULL;
    char name[48];
    GString *text = g_string_new(NULL);
    if (module.core)
        g_string_append(text, "Core firmware, ");
    else if (h->function != place->function || h->index != place->index)
        g_string_append_printf(text, "%s, ", module_name(h->function, h->index, name, sizeof name));
    g_string_append_printf(text, "version %u", h->version);
    if (release != NULL)
        g_string_append_printf(text, " (%s)", release);
    if (platform != NULL)
        g_string_append_printf(text, " for the %s", platform);
    else
        g_string_append_printf(text, " for platform %u", h->platform);
    append_needs(text, h);
    if (!module.core)
        g_string_append_printf(text, ", %s", device_module_state(device, part));
    return g_string_free(text, FALSE);
}

uint32_t device_programmed(const struct board_persistent *device, unsigned sector)
{
    const uint8_t *bytes = device->flash + (board_sector_address(sector) - IMAGE_FLASH_BASE);
    uint32_t n = 0;
    for (uint32_t i = 0; i < board_sector_size(sector); i++)
        n += bytes[i] != 0xFF;
    return n;
}

/* ---- option bytes: PM0059, 2.5.1; laid out as FLASH_OPTCR ---- */

enum { OPTION_WRP = 16, OPTION_RDP = 8 };

static void append_sectors(GString *text, unsigned mask)
{
    const char *word = "";
    for (unsigned first = 0; first < BOARD_SECTORS; first++) {
        unsigned last = first;
        if (!(mask >> first & 1))
            continue;
        while (last + 1 < BOARD_SECTORS && mask >> (last + 1) & 1)
            last++;
        if (last > first)
            g_string_append_printf(text, "%s%u to %u", word, first, last);
        else
            g_string_append_printf(text, "%s%u", word, first);
        word = ", ";
        first = last;
    }
}

char *device_describe_option_bytes(uint32_t option_bytes)
{
    unsigned protected = ~(option_bytes >> OPTION_WRP) & 0xFFF, readout = option_bytes >> OPTION_RDP & 0xFF;
    GString *text = g_string_new(NULL);
    if (protected != 0) {
        g_string_append_printf(text, "write-protected sectors: ");
        append_sectors(text, protected);
    } else {
        g_string_append(text, "no sector is write-protected");
    }
    g_string_append(text, readout == 0xAA   ? "; no readout protection"
                          : readout == 0xCC ? "; readout protection for ever"
                                            : "; readout protection");
    return g_string_free(text, FALSE);
}

/* ---- backup registers: Device OS, core_hal.h, syshealth_hal.h, system_flags_impl.c ---- */

static char *describe_health(uint32_t value)
{
    static const struct {
        uint32_t value;
        const char *name;
    } states[] = {{1, "starting"},
                  {2, "second try after a watchdog reset"},
                  {3, "third try after a watchdog reset"},
                  {4, "system: config"},
                  {5, "system: main"},
                  {6, "system: network loop"},
                  {7, "user: setup"},
                  {8, "user: loop"},
                  {9, "user: loop has run"},
                  {10, "preserve app"},
                  {0xEDFA, "DFU mode is asked for"},
                  {0x5AFE, "safe mode is asked for"},
                  {0xFFFF, "healthy"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(states); i++)
        if (states[i].value == value)
            return g_strdup(states[i].name);
    return NULL;
}

static char *describe_reason(uint32_t value)
{
    static const struct {
        uint32_t value;
        const char *name;
    } reasons[] = {
        {10, "unknown"},    {20, "pin"},       {30, "power management"}, {40, "power-down"},     {50, "brown-out"},
        {60, "watchdog"},   {70, "update"},    {80, "update error"},     {90, "update timeout"}, {100, "factory reset"},
        {110, "safe mode"}, {120, "DFU mode"}, {130, "panic"},           {140, "user"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (reasons[i].value == value)
            return g_strdup_printf("reset reason: %s", reasons[i].name);
    return NULL;
}

char *device_describe_backup(unsigned number, uint32_t value)
{
    switch (number) {
    case 0:
        return value == 0xC1C1 ? g_strdup("the RTC is set up") : NULL;
    case 1:
        return describe_health(value);
    case 2:
        return describe_reason(value);
    case 4:
        return value == 0x1ADEACC0 ? g_strdup("the system flags in DR5 to DR9 count") : NULL;
    case 5:
        return g_strdup_printf("bootloader version %u%s", value & 0xFFFF,
                               value >> 16 == 1 ? ", networks are to be deleted" : "");
    case 6:
        return g_strdup_printf("OTA update 0x%04X, flashed 0x%04X", value & 0xFFFF, value >> 16);
    case 7:
        return g_strdup_printf("factory reset 0x%04X%s, watchdog 0x%04X%s", value & 0xFFFF,
                               (value & 0xFFFF) == 0xAAAA ? " (requested)" : "", value >> 16,
                               value >> 16 == 0xD001 ? " (at the next start)" : "");
    case 8:
        return g_strdup_printf("startup mode 0x%02X%s, factory reset done 0x%02X, features 0x%02X", value >> 16 & 0xFF,
                               value >> 16 & 1 && (value >> 16 & 0xFF) != 0xFF ? " (safe mode)" : "", value >> 8 & 0xFF,
                               value >> 24);
    case 9:
        return g_strdup("copy of RCC_CSR");
    case 10:
        return value == 0x5000 ? g_strdup("an update is finished") : NULL;
    default:
        return NULL;
    }
}
