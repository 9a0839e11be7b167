/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_PWR_H
#define PERIPHERALS_STM32F2_PWR_H

#include "emu/core/device.h"

/*
 * Power control. No config, no clocks.
 *
 * Lines in:
 *   deepsleep    1 while the core waits (WFI, WFE) with SCR.SLEEPDEEP set
 *   wkup_pin     level of PA0; a wave counts as its last constant level
 *   rtc_wakeup   level: RTC alarm, wake-up, tamper or time-stamp flag that may wake the chip
 * Lines out:
 *   dbp          CR.DBP: 1 = the backup domain may be written
 *   stop         1 in Stop and in Standby mode: the main oscillators are off
 *   standby      1 in Standby mode: the 1.2 V domain has no power; only a reset leaves it
 *   regulator    CSR.BRE: 1 = the backup SRAM keeps its contents in Standby mode and on the battery
 *   pvd          PVD output for EXTI line 16: always 0, the supply never sags
 */
extern const struct device_class stm32f2_pwr_class;

/* CSR.BRE, which lives on the battery, for keeping it while the power is off and for putting it back before power-on. */
bool stm32f2_pwr_backup_get(const struct device *dev);
void stm32f2_pwr_backup_set(struct device *dev, bool backup_regulator);

#endif
