/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_RCC_H
#define PERIPHERALS_STM32F2_RCC_H

#include "emu/core/device.h"

/*
 * Reset and clock control.
 *
 * Clock nodes that it sets: "HSI", "HSE", "LSE", "LSI", "SYSCLK", "HCLK", "PCLK1", "PCLK2", "TIMCLK1", "TIMCLK2", "PLL48CLK",
 * "RTCCLK". A node is stopped while its source is off or not ready yet. No clock inputs.
 *
 * Lines in:
 *   dbp           1: the backup domain may be written (PWR_CR.DBP); else writes to BDCR are dropped
 *   lsi_request   1: the independent watchdog needs the LSI, whatever CSR.LSION says
 *   stop          1: Stop or Standby mode: HSI, HSE and PLLs are off; on the way back to 0 the HSI is on and is the system
 * clock Lines out: AHB1ENR.0..31, AHB2ENR.*, AHB3ENR.*, APB1ENR.*, APB2ENR.*       each bit of the enable registers: 1 = clock
 * on AHB1RSTR.0..31, AHB2RSTR.*, AHB3RSTR.*, APB1RSTR.*, APB2RSTR.*  each bit of the reset registers: 1 = held in reset irq
 * level: a ready flag in CIR is set and enabled
 *
 * Setting BDCR.BDRST asks for RESET_BACKUP with the cause "bdrst", so that blocks which that bit spares can tell it from a
 * backup domain that lost its supply.
 */
struct stm32f2_rcc_config {
    uint32_t hse_hz; /* crystal or oscillator at OSC_IN; 0: none */
    uint32_t lse_hz; /* 32768; 0: none */
    uint32_t lsi_hz; /* 32000 typical; the data sheet allows 17 to 47 kHz */
};

extern const struct device_class stm32f2_rcc_class;

/* BDCR, which belongs to the backup domain, for keeping it while the power is off and for putting it back before power-on: a
   crystal that was on has been running on the battery. */
uint32_t stm32f2_rcc_backup_get(const struct device *dev);
void stm32f2_rcc_backup_set(struct device *dev, uint32_t bdcr);

#endif
