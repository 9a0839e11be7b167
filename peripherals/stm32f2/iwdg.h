/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_IWDG_H
#define PERIPHERALS_STM32F2_IWDG_H

#include "emu/core/device.h"

/*
 * Independent watchdog. No config.
 *
 * Clocks: "lsi" (LSI).
 * Lines in:
 *   hardware       1: the option bytes ask for a hardware watchdog (WDG_SW is 0): it starts by itself at each reset
 *   debug_freeze   1: the counter stands still (core halted and DBG_IWDG_STOP set)
 * Lines out:
 *   lsi_request    1 while it runs: the LSI must be on
 *
 * Publishes watchdog {name "IWDG", op "start", timeout_ms} when it begins to count, and again when its settings change while
 * it runs. On expiry it asks for a system reset with the cause "iwdg".
 */
extern const struct device_class stm32f2_iwdg_class;

#endif
