/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_RNG_H
#define PERIPHERALS_STM32F2_RNG_H

#include "emu/core/device.h"

/*
 * Random number generator. No config.
 *
 * Clocks: "bus" (HCLK), "rng" (PLL48CLK).
 * Lines out:
 *   irq   level: enabled, and a number is ready or an error was latched
 *
 * The noise source is seeded from the machine's seed. Its state survives every reset; it belongs to what a device keeps with
 * its power off.
 */
extern const struct device_class stm32f2_rng_class;

uint64_t stm32f2_rng_noise_get(const struct device *dev);
void stm32f2_rng_noise_set(struct device *dev, uint64_t noise);

#endif
