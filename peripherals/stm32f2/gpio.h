/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_GPIO_H
#define PERIPHERALS_STM32F2_GPIO_H

#include "emu/core/device.h"

/* What the outside does to a pad (lines ext0..ext15). The weak ones are resistors and LEDs: they lose against any driver,
   without that being a conflict, and win against the port's own pull-up and pull-down. */
enum gpio_external { EXT_LOW, EXT_HIGH, EXT_OPEN, EXT_WEAK_LOW, EXT_WEAK_HIGH };

/* Level of an af line: the peripheral does not drive the pad. */
enum { AF_RELEASED = 2 };

/*
 * One port of 16 pins. The device's name ends in the port's letter: "GPIOA".
 *
 * In:  ext0..ext15     enum gpio_external, or a wave; a line that is not connected counts as EXT_OPEN
 *      af0.0..af15.15  function n's output for pin p, "af<n>.<p>": 0, 1, AF_RELEASED or a wave. A pin in alternate-function
 * mode whose line is not connected is not driven. Out: pin0..pin15     what the pad carries: what the chip drives, else the
 * outside, else the pull, else 0 in0..in15       what the input buffer lets through: the same, but 0 in analog mode
 *
 * Events, when what the chip drives on a pad changes (a pad that was never driven since power-on makes none):
 *      pin {pin "PA13", level, drive "output"}   a constant level
 *      pwm {pin, frequency_hz, duty}             a wave, duty 0..1 of the time high
 *      pin {pin, drive "open"}                   an open-drain output (or its function) lets go
 *      pin {pin, drive "input"}                  not an output any more
 */
struct stm32f2_gpio_config {
    uint32_t moder, ospeedr, pupdr; /* reset values: ports A and B have the debug port's pins set up */
};

extern const struct device_class stm32f2_gpio_class;

#endif
