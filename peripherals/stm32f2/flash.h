/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_FLASH_H
#define PERIPHERALS_STM32F2_FLASH_H

#include "emu/core/device.h"

/*
 * Flash memory interface, given to machine_add_flash as the controller of a memory of 1 MB.
 *
 * In:  otp           enum flash_otp: what became of a store into the OTP area ("SYSMEM.otp")
 * Out: irq           end of operation or error, as enabled
 *      pg            size in bytes that a store into the OTP area must have (1, 2, 4, 8); 0 while programming is not allowed
 *      wdg_hardware  1: the option bytes start the independent watchdog by hardware; changes at a reset only
 *      option_low    words of the option bytes as memory shows them at 0x1FFFC000 and 0x1FFFC008
 *      option_high
 *
 * Events: flash {op "erase", phase, sector, address, size}, {op "program", phase, address, size, value},
 * {op "mass-erase", phase}, {op "option", phase, value}; phase "begin", then "end", or "cut" with left "old", "complete" or
 * "mixed" if a reset or the loss of power came in between. Contents change at the end.
 */
extern const struct device_class stm32f2_flash_class;

enum flash_otp { FLASH_OTP_IDLE, FLASH_OTP_PROGRAMMED, FLASH_OTP_PROTECTED, FLASH_OTP_PARALLELISM, FLASH_OTP_SEQUENCE };

enum { FLASH_SECTORS = 12 };

/* Where a sector lies, as an offset into the memory, and how long it is. */
uint32_t stm32f2_flash_sector_offset(unsigned sector);
uint32_t stm32f2_flash_sector_size(unsigned sector);

/* What survives without power, besides the contents of the memory. */
struct stm32f2_flash_persistent {
    uint32_t option_bytes; /* laid out like OPTCR, bits 1:0 are 0 */
    uint32_t erase_counts[FLASH_SECTORS];
    uint64_t noise; /* state of the noise source that mixes interrupted words */
};

struct stm32f2_flash_persistent stm32f2_flash_get_persistent(const struct device *dev);
/* Option bytes take effect at the next reset. */
void stm32f2_flash_set_persistent(struct device *dev, struct stm32f2_flash_persistent persistent);

enum flash_interruption {
    FLASH_KEEP_OLD, /* as if the operation had not begun */
    FLASH_COMPLETE, /* as if it had just ended */
    FLASH_SEEDED,   /* each word old or erased, each bit to be cleared done or not, by the noise source */
};

/*
 * A debugger erases a sector, or programs bytes that lie in one sector: at once, for a machine that it has stopped passes no time,
 * and with the same events and counts as if firmware had done it. NULL, or why not, in words: an operation of the firmware is
 * under way, the sector is write-protected, or bits would have to be set.
 */
const char *stm32f2_flash_erase_at_once(struct device *dev, unsigned sector);
const char *stm32f2_flash_program_at_once(struct device *dev, uint32_t offset, const uint8_t *bytes, uint32_t size);

/* Power is lost: the operation under way ends here, those that wait behind it are lost. fraction: how far it had come, 0..1,
   which is the chance of each word or bit to be done. Nothing happens if no operation is under way. */
void stm32f2_flash_interrupt(struct device *dev, enum flash_interruption how, double fraction);

#endif
