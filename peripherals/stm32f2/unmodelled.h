/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_UNMODELLED_H
#define PERIPHERALS_STM32F2_UNMODELLED_H

#include "emu/core/device.h"

/*
 * Blocks that the chip has and this emulator has not: they read 0 and ignore writes, and the first access is reported as
 * "unmodelled". No lines, no clocks. The classes differ in the size of their window.
 */
extern const struct device_class stm32f2_unmodelled_1k_class;
extern const struct device_class stm32f2_unmodelled_4k_class;
extern const struct device_class stm32f2_unmodelled_boot_rom_class; /* 30 KB */

#endif
