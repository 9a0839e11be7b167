/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_SYSTEM_MEMORY_H
#define PERIPHERALS_STM32F2_SYSTEM_MEMORY_H

#include "emu/core/device.h"

/*
 * The information block at 0x1FFF7800: one-time programmable area, unique id, flash size, option bytes.
 *
 * In:  pg           "FLASH.pg": size in bytes that a store must have, 0 while programming is not allowed
 *      option_low   "FLASH.option_low", "FLASH.option_high": the words at 0x1FFFC000 and 0x1FFFC008
 *      option_high
 * Out: otp          to "FLASH.otp": enum flash_otp for a moment after each store into the OTP area, else 0
 *
 * Event: flash {op "otp", phase "end", address, size, value} when OTP bytes were programmed.
 */
extern const struct device_class stm32f2_system_memory_class;

/* Its place. */
enum { STM32F2_SYSTEM_MEMORY_BASE = 0x1FFF7800 };

/* What survives without power. */
struct stm32f2_system_memory_persistent {
    uint8_t otp[528]; /* 16 blocks of 32 bytes, then a lock byte for each: 0x00 locks the block */
    uint8_t unique_id[12];
};

struct stm32f2_system_memory_persistent stm32f2_system_memory_get_persistent(const struct device *dev);
void stm32f2_system_memory_set_persistent(struct device *dev, struct stm32f2_system_memory_persistent persistent);

#endif
