/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_WWDG_H
#define PERIPHERALS_STM32F2_WWDG_H

#include "emu/core/device.h"

/*
 * Window watchdog. No config.
 *
 * Clocks: "bus" (PCLK1), which it counts.
 * Lines in:
 *   debug_freeze   1: the counter stands still (core halted and DBG_WWDG_STOP set)
 * Lines out:
 *   irq            level: early wake-up flag set and enabled
 *
 * Publishes watchdog {name "WWDG", op "start"} when it is activated. It asks for a system reset with the cause "wwdg".
 */
extern const struct device_class stm32f2_wwdg_class;

#endif
