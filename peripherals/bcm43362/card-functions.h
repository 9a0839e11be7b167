/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the card's functions hold, byte by byte; for card.c. Addresses are those of CMD52 and CMD53, in range. */
#ifndef PERIPHERALS_BCM43362_CARD_FUNCTIONS_H
#define PERIPHERALS_BCM43362_CARD_FUNCTIONS_H

#include "emu/core/device.h"
#include "peripherals/bcm43362/card.h"

/* Function 1: the window first, then the registers. */
enum { F1_SPACE = 0x10000, F1_END = F1_SPACE + CARD_F1_REGISTERS };

#define INT_MASTER BIT(0) /* CCCR 4 */
#define INT_F2     BIT(2)

/* CCCR 0xF2: the interrupt has a pin of its own */
#define SEPARATE_MASK BIT(0)
#define SEPARATE_OE   BIT(1)
#define SEPARATE_HIGH BIT(2)

/* Is the function enabled, and there? */
bool card_function_ready(const struct device *dev, unsigned function);

uint8_t card_f0_read(const struct device *dev, uint32_t address);
void card_f0_write(struct device *dev, uint32_t address, uint8_t value);
void card_f1_read(struct device *dev, uint32_t address, bool increment, uint8_t *data, size_t length);
void card_f1_write(struct device *dev, uint32_t address, bool increment, const uint8_t *data, size_t length);

/* All that a host sets up through function 0 is as after power-on; the cores behind go on. */
void card_io_reset(struct device *dev);

/* ---- card.c ---- */

/* The transfer under way ends: what was written so far comes to nothing; a frame that was read in part stays. */
void card_transfer_abort(struct device *dev);

#endif
