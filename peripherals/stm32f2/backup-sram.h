/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_BACKUP_SRAM_H
#define PERIPHERALS_STM32F2_BACKUP_SRAM_H

#include "emu/core/device.h"

enum { STM32F2_BACKUP_SRAM_SIZE = 0x1000 };

/*
 * Backup SRAM. No config, no clocks, no lines out.
 *
 * Lines in:
 *   dbp         1: may be written (PWR_CR.DBP); else writes are dropped
 *   regulator   1: keeps its contents on the battery and in Standby mode (PWR_CSR.BRE); if it is not connected, always
 */
extern const struct device_class stm32f2_backup_sram_class;

/* What the battery keeps while the power is off (zeros if the regulator is off), and putting it back before power-on. */
void stm32f2_backup_sram_get(const struct device *dev, uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE]);
void stm32f2_backup_sram_set(struct device *dev, const uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE]);

#endif
