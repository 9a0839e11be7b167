/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a module image: what image inspect says of them, alone and on a device; every edit and every damage; and a
 * device that has them where a user module, the factory image, an update and a system part belong.
 *
 * Checksums hide most of that from random bytes: each input is looked at once as it is, and once more with its checksums
 * corrected.
 */
#include <stdio.h>
#include <string.h>

#include "emu/cli/image-report.h"
#include "images/edit.h"
#include "images/forecast.h"
#include "tests/unit/verdict-device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *nowhere;
static uint8_t *devices[TEST_GENERATIONS]; /* their flash */
static uint8_t scratch[IMAGE_FLASH_SIZE];

static void inspect(const uint8_t *data, size_t size, const struct image_host *host)
{
    struct image_report *report = image_report_new("input", data, size, host);
    image_report_print(report, nowhere);
    g_autoptr(GPtrArray) reports = g_ptr_array_new();
    g_ptr_array_add(reports, report);
    g_free(image_reports_json(reports));
    image_report_free(report);
}

static void edit(const GByteArray *image)
{
    static const struct module_change change = {.what = UINT32_MAX, .version = 1, .start = 0x080A0000};
    for (unsigned i = 0; i <= DAMAGES; i++) {
        g_autoptr(GByteArray) copy = g_byte_array_new();
        g_byte_array_append(copy, image->data, image->len);
        if (i == DAMAGES)
            module_edit(copy, &change, NULL);
        else
            module_damage(copy, i, NULL);
        struct module module;
        if (module_parse(copy->data, copy->len, &module))
            g_free(module_describe(&module));
    }
}

static void make(const uint8_t *data, size_t size)
{
    static const struct module_change change = {.what = CHANGE_START | CHANGE_FUNCTION | CHANGE_PLATFORM,
                                                .start = 0x080A0000,
                                                .function = MODULE_USER_PART,
                                                .platform = PLATFORM_PHOTON};
    GByteArray *made = module_make(data, size, &change, 0x20000, NULL);
    struct module module;
    if (made == NULL)
        return;
    g_assert_true(module_parse(made->data, made->len, &module));
    g_assert_true(module.complete && module.crc_good && module.sha256_good && module.size == made->len);
    g_byte_array_unref(made);
}

/* The first bytes, as what the DCT and the backup registers hold. */
static struct verdict_facts facts_of(const uint8_t *data, size_t size)
{
    uint8_t bytes[32 + MODULE_SLOTS * MODULE_SLOT_SIZE] = {0};
    if (size != 0)
        memcpy(bytes, data, MIN(size, sizeof bytes));
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    facts.dct.startup_mode = bytes[0];
    facts.backup.startup_mode = bytes[1];
    facts.request = (uint16_t)(bytes[2] & 3);
    facts.watchdog_reset = (bytes[2] & 4) != 0;
    facts.setup_held_ms = bytes[3] * 64U;
    facts.update_flag = bytes[4];
    facts.dct.factory_reset = bytes[5] & 1 ? 0xAAAA : 0xFFFF;
    for (unsigned i = 0; i < MODULE_SLOTS; i++) {
        facts.slot[i] = module_slot_read(bytes + 32 + i * MODULE_SLOT_SIZE);
        if (bytes[6] & 1 << i)
            facts.slot[i].magic = i == 0 ? SLOT_FACTORY : SLOT_PENDING;
    }
    return facts;
}

static void install(const uint8_t *data, size_t size, unsigned generation)
{
    static const uint32_t places[] = {0x080A0000, 0x080E0000, 0x080C0000, 0x08020000, 0x08060000, 0x08000000};
    g_autofree uint8_t *flash = g_memdup2(devices[generation], IMAGE_FLASH_SIZE);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        if (size > 0 && !(data[size - 1] & 1 << i))
            continue;
        if (size != 0)
            memcpy(device_at(flash, places[i]), data, MIN(size, i == 5 ? 0x4000 : 0x20000));
    }
    struct verdict_facts facts = facts_of(data, size);
    struct forecast *forecast = forecast_new(flash, &facts);
    g_assert_cmpuint(forecast->steps->len, >, 0);
    forecast_free(forecast);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (unsigned i = 0; nowhere == NULL && i < TEST_GENERATIONS; i++)
        devices[i] = device_new(&test_generations[i]);
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "w");
    unsigned kind = size == 0 ? 0 : data[size / 2] % 3;
    struct image_host host = {.name = (char *)"made-up", .platform = PLATFORM_PHOTON};
    host.flash = devices[kind];
    host.scratch = scratch;
    inspect(data, size, size % 4 == 0 ? &host : NULL); /* a device is a megabyte to be copied */
    make(data, size);
    g_autoptr(GByteArray) image = g_byte_array_new();
    static const struct module_change nothing;
    g_byte_array_append(image, data, (guint)size);
    if (module_edit(image, &nothing, NULL)) {
        struct module module;
        g_assert_true(module_parse(image->data, image->len, &module));
        g_assert_true(module.crc_good && module.sha256_good);
        inspect(image->data, image->len, size % 4 == 1 ? &host : NULL);
        edit(image);
    }
    if (size % 8 == 3)
        install(image->data, image->len, kind);
    return 0;
}
