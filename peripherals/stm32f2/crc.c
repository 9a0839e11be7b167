/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CRC calculation unit (RM0033 chapter 4).
 *
 * Models: all of it. CRC-32 with polynomial 0x04C11DB7, most significant bit first, initial value 0xFFFFFFFF, one word a write.
 * Leaves out: the four AHB cycles that a calculation takes (the bus stalls the CPU for them; no program can tell).
 * Real firmware needs: about 60,000 words a module check, so a write must be cheap.
 */
#include "peripherals/stm32f2/crc.h"

#include <glib.h>

enum { CRC_DR, CRC_IDR, CRC_CR };

static const struct reg_field dr_fields[] = {{"DR", 0, 32, RW, EFFECT, "/crc/words"}};
static const struct reg_field idr_fields[] = {{"IDR", 0, 8, RW, EFFECT, "/crc/independent-data"}};
static const struct reg_field cr_fields[] = {{"RESET", 0, 1, WO, EFFECT, "/crc/reset"}};

static const struct reg registers[] = {
    [CRC_DR] = {"DR", 0x00, 0xFFFFFFFF, FIELDS(dr_fields)},
    [CRC_IDR] = {"IDR", 0x04, 0, FIELDS(idr_fields)},
    [CRC_CR] = {"CR", 0x08, 0, FIELDS(cr_fields)},
};

/* One nibble at a time: small enough to stay in the cache, fast enough for 60,000 words. */
static const uint32_t table[16] = {
    0x00000000, 0x04C11DB7, 0x09823B6E, 0x0D4326D9, 0x130476DC, 0x17C56B6B, 0x1A864DB2, 0x1E475005,
    0x2608EDB8, 0x22C9F00F, 0x2F8AD6D6, 0x2B4BCB61, 0x350C9B64, 0x31CD86D3, 0x3C8EA00A, 0x384FBDBD,
};

static uint32_t next(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int nibble = 0; nibble < 8; nibble++)
        crc = (crc << 4) ^ table[crc >> 28];
    return crc;
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    if (reg == CRC_DR)
        dev->regs[CRC_DR] = next(old, value);
    else if (reg == CRC_CR && (value & BIT(0)))
        dev->regs[CRC_DR] = 0xFFFFFFFF; /* IDR keeps its value: RM0033 4.4.2 */
}

const struct device_class stm32f2_crc_class = {
    .name = "STM32F2 CRC calculation unit",
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .write = write,
};
