/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_EXTI_H
#define PERIPHERALS_STM32F2_EXTI_H

#include "emu/core/device.h"

/*
 * External interrupt/event controller.
 *
 * In:  line0..line15    pins, by way of SYSCFG.exti0..15
 *      line16           PVD output            line17  RTC alarm          line18  USB OTG FS wake-up
 *      line19           Ethernet wake-up      line20  USB OTG HS wake-up line21  RTC tamper and time-stamp
 *      line22           RTC wake-up
 * Out: irq0..irq22      1 while the line is pending and unmasked
 *      irq9_5, irq15_10 those lines together, as the NVIC has them
 *      event            a pulse for each edge on a line whose bit in EMR is set: wakes a CPU that waits for an event
 *
 * A line that carries a wave makes no edges: its last constant level counts until it is constant again.
 */
extern const struct device_class stm32f2_exti_class;

#endif
