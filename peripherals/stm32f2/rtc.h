/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_RTC_H
#define PERIPHERALS_STM32F2_RTC_H

#include "emu/core/device.h"

/*
 * Real-time clock with backup registers. No config.
 *
 * Clocks: "rtc" (RTCCLK).
 * Lines in:
 *   dbp            1: registers may be written (PWR_CR.DBP); else all writes are dropped
 *   debug_freeze   1: the calendar and the wake-up timer stand still (core halted and DBG_RTC_STOP set)
 *   af1, af2       pins RTC_AF1 (PC13) and RTC_AF2 (PI8) as tamper and time-stamp inputs; a wave makes no edges
 * Lines out, levels:
 *   alarm          flag of an alarm set and enabled: EXTI line 17
 *   tamper         tamper or time-stamp flag set and enabled: EXTI line 21
 *   wakeup         wake-up timer flag set and enabled: EXTI line 22
 *   any            one of the three: for PWR
 *
 * Publishes backup {register "DR0".."DR19", value, old} when a backup register changes.
 */
extern const struct device_class stm32f2_rtc_class;

enum { STM32F2_RTC_BACKUP_REGISTERS = 20 };

/* All that the battery keeps, as plain numbers; registers as they read. */
struct stm32f2_rtc_backup {
    uint32_t tr, dr;                                                           /* the calendar */
    uint32_t cr, flags, prer, wutr, calibr, alrmar, alrmbr, tstr, tsdr, tafcr; /* flags: ISR[13:8] */
    uint32_t bkp[STM32F2_RTC_BACKUP_REGISTERS];
    uint32_t unlocked;     /* state of the write protection */
    uint64_t since_second; /* RTCCLK cycles since the present second began */
    uint64_t until_wakeup; /* RTCCLK cycles until the wake-up timer is due */
};

struct stm32f2_rtc_backup stm32f2_rtc_backup_get(const struct device *dev);
/* Before power-on. No time passes between get and set. Publishes nothing. */
void stm32f2_rtc_backup_set(struct device *dev, const struct stm32f2_rtc_backup *backup);

#endif
