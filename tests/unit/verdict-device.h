/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices for the tests of verdicts and forecasts: flash with made-up modules of a generation in their places. */
#ifndef TESTS_UNIT_VERDICT_DEVICE_H
#define TESTS_UNIT_VERDICT_DEVICE_H

#include <glib.h>

#include "images/forecast.h"
#include "tests/unit/module-fixture.h"

struct test_generation {
    uint16_t bootloader, system;
    uint16_t needs_bootloader; /* 0: none */
};

/* As the real ones: 0.5.2, 1.5.0 and 2.3.1. */
static const struct test_generation test_generations[] = {{7, 17, 0}, {501, 1502, 400}, {1006, 2302, 1003}};
enum { OLD, MIDDLE, NEW, TEST_GENERATIONS };

static inline uint8_t *device_at(uint8_t *flash, uint32_t address)
{
    return flash + (address - 0x08000000);
}

/* Erase the place, then put the module there; where: other than its start address for factory and OTA area. */
static inline void device_put(uint8_t *flash, uint32_t where, uint32_t size, const struct fixture *f)
{
    g_autoptr(GByteArray) image = fixture_image(f);
    memset(device_at(flash, where), 0xFF, size);
    memcpy(device_at(flash, where), image->data, image->len);
}

static inline void device_put_user(uint8_t *flash, const struct fixture *f)
{
    device_put(flash, 0x080A0000, 0x20000, f);
}

static inline void device_put_factory(uint8_t *flash, const struct fixture *f)
{
    device_put(flash, 0x080E0000, 0x20000, f);
}

static inline void device_put_bootloader(uint8_t *flash, uint16_t version)
{
    struct fixture f = FIXTURE_BOOTLOADER;
    f.version = version;
    device_put(flash, 0x08000000, 0x4000, &f);
}

/* A second dependency is put in afterwards: the fixture has one. */
static inline void device_put_part(uint8_t *flash, unsigned index, uint16_t version, uint16_t needs_part1,
                                   uint16_t needs_bootloader)
{
    struct fixture f = FIXTURE_PART(index);
    f.version = version;
    if (needs_part1 != 0) {
        f.needs_function = MODULE_SYSTEM_PART;
        f.needs_index = 1;
        f.needs_version = needs_part1;
    }
    g_autoptr(GByteArray) image = fixture_image(&f);
    if (needs_bootloader != 0) {
        image->data[0x184 + 20] = MODULE_BOOTLOADER;
        fixture_u16(image->data + 0x184 + 22, needs_bootloader);
        fixture_sign(&f, image);
    }
    memset(device_at(flash, f.start), 0xFF, 0x40000);
    memcpy(device_at(flash, f.start), image->data, image->len);
}

/* Bootloader and parts, and an app that needs system part 2 version 17, in user and factory area. */
static inline uint8_t *device_new(const struct test_generation *g)
{
    uint8_t *flash = g_malloc(0x100000);
    memset(flash, 0xFF, 0x100000);
    device_put_bootloader(flash, g->bootloader);
    device_put_part(flash, 1, g->system, 0, 0);
    device_put_part(flash, 2, g->system, g->system, g->needs_bootloader);
    struct fixture app = FIXTURE_USER;
    app.needs_version = 17;
    device_put_user(flash, &app);
    device_put_factory(flash, &app);
    return flash;
}

#endif
