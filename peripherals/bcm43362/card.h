/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The BCM43362 as an SDIO card: commands, functions 0 and 1, transfers, and the interrupt line. */
#ifndef PERIPHERALS_BCM43362_CARD_H
#define PERIPHERALS_BCM43362_CARD_H

#include "emu/core/device.h"
#include "peripherals/sdio-card.h"

enum { CARD_FUNCTIONS = 3, CARD_F1_REGISTERS = 0x20 };

/* The data phase of a CMD53. */
struct card_transfer {
    bool active;
    bool write;
    bool endless; /* until it is aborted */
    bool increment;
    uint8_t function;
    uint32_t address; /* of the next byte */
    uint32_t block;   /* bytes */
    uint32_t left;    /* bytes */
};

struct card {
    bool powered;
    bool selected;
    bool illegal; /* a command before could not be taken: told with the next R1 */
    uint8_t io_enable, int_enable, bus_width, power_control, high_speed;
    uint8_t separate_interrupt; /* CCCR 0xF2 */
    uint16_t block_size[CARD_FUNCTIONS];
    uint8_t f1[CARD_F1_REGISTERS]; /* 0x10000 to 0x1001F as written */
    struct card_transfer transfer;
};

/* Power comes, or goes. */
void card_power(struct device *dev, bool on);
/* Work out the interrupt lines anew: one of their causes may have changed. */
void card_update_interrupt(struct device *dev);

#endif
