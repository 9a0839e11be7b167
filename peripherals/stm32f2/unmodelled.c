/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/unmodelled.h"

#include <glib.h>

static bool bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    (void)offset;
    (void)size;
    *value = 0;
    if (side_effects)
        machine_report(dev->machine, "unmodelled", "%s is not modelled: it reads 0 and ignores writes", dev->name);
    return true;
}

static bool bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    (void)offset;
    (void)size;
    (void)value;
    machine_report(dev->machine, "unmodelled", "%s is not modelled: it reads 0 and ignores writes", dev->name);
    return true;
}

#define UNMODELLED(NAME, WINDOW)                                                                                               \
    const struct device_class NAME = {                                                                                         \
        .name = "block that is not modelled", .window = (WINDOW), .bus_read = bus_read, .bus_write = bus_write}

UNMODELLED(stm32f2_unmodelled_1k_class, 0x400);
UNMODELLED(stm32f2_unmodelled_4k_class, 0x1000);
UNMODELLED(stm32f2_unmodelled_boot_rom_class, 0x7800);
