/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Functions 0 (CCCR, FBR, CIS) and 1 (the window to the cores, and registers of the SDIO device): see card.c. */
#include "peripherals/bcm43362/card-functions.h"

#include <glib.h>

#include "peripherals/bcm43362/internal.h"

enum { CCCR_IO_ENABLE = 0x02, CCCR_IO_READY, CCCR_INT_ENABLE, CCCR_INT_PENDING, CCCR_ABORT, CCCR_BUS };
enum { CCCR_POWER = 0x12, CCCR_SPEED = 0x13, CCCR_SEPARATE_INTERRUPT = 0xF2 };
enum { CIS = 0x1000, CIS_SIZE = 0x80, FBR_BLOCK_SIZE = 0x10 };

#define ABORT_RESET BIT(3)

enum { F1_WINDOW = 0x8000 };
enum { F1_WINDOW_LOW = 0x0A, F1_WINDOW_MIDDLE, F1_WINDOW_HIGH, F1_FRAME_CONTROL, F1_CLOCK, F1_READ_LEFT = 0x1B };

#define FRAME_READ_TERMINATE  BIT(0)
#define FRAME_WRITE_TERMINATE BIT(1)

#define CLOCK_FORCE_ALP   BIT(0)
#define CLOCK_FORCE_HT    BIT(1)
#define CLOCK_ALP_REQUEST BIT(3)
#define CLOCK_HT_REQUEST  BIT(4)
#define CLOCK_REQUESTS    0x3Fu
#define CLOCK_ALP         BIT(6)
#define CLOCK_HT          BIT(7)

static struct card *card_of(struct device *dev)
{
    return &bcm43362_of(dev)->card;
}

bool card_function_ready(const struct device *dev, unsigned function)
{
    const struct bcm43362 *radio = dev->state;
    if (function == 0)
        return true;
    return (radio->card.io_enable & BIT(function)) && (function == 1 || radio->backplane.running);
}

/* ---- function 0 ---- */

static uint8_t cis_read(uint32_t offset)
{
    static const uint8_t common[] = {
        0x20, 4, 0xD0, 0x02, 0x62, 0xA9, /* manufacturer: Broadcom, 43362 */
        0x21, 2, 0x0C, 0x00,             /* function: SDIO */
        0x22, 4, 0x00, 0x40, 0x00, 0x32, /* function 0: blocks of up to 64, 25 MHz */
        0xFF,
    };
    /* function extension of type 1: blocks of up to 64 or 512 bytes, 2.0 to 3.6 V, ready within a second */
    static const uint8_t each[2][CIS_SIZE] = {
        {0x21, 2, 0x0C, 0x00, 0x22, 42, 0x01, [18] = 0x40, 0x00, 0x00, 0xFF, 0xFF, 0x00, [34] = 100, [48] = 0xFF},
        {0x21, 2, 0x0C, 0x00, 0x22, 42, 0x01, [18] = 0x00, 0x02, 0x00, 0xFF, 0xFF, 0x00, [34] = 100, [48] = 0xFF},
    };
    uint32_t which = offset / CIS_SIZE, at = offset % CIS_SIZE;
    if (which == 0)
        return at < sizeof common ? common[at] : 0xFF;
    return each[which - 1][at];
}

/* Registers of a function: FBR for 1 and 2; those of function 0 lie in the CCCR. */
static uint8_t fbr_read(const struct card *card, unsigned function, uint32_t offset)
{
    uint32_t cis = CIS + function * CIS_SIZE;
    switch (offset) {
    case 0x09:
    case 0x0A:
    case 0x0B:
        return (uint8_t)(cis >> 8 * (offset - 0x09));
    case FBR_BLOCK_SIZE:
        return (uint8_t)card->block_size[function];
    case FBR_BLOCK_SIZE + 1:
        return (uint8_t)(card->block_size[function] >> 8);
    default:
        return 0; /* no standard interface, no code storage area */
    }
}

uint8_t card_f0_read(const struct device *dev, uint32_t address)
{
    const struct bcm43362 *radio = dev->state;
    const struct card *card = &radio->card;
    if (address >= CIS && address < CIS + CARD_FUNCTIONS * CIS_SIZE)
        return cis_read(address - CIS);
    if (address >= 0x100)
        return address < 0x100 * CARD_FUNCTIONS ? fbr_read(card, address >> 8, address & 0xFF) : 0;
    switch (address) {
    case 0x00:
        return 0x32; /* CCCR 1.20, SDIO 2.00 */
    case 0x01:
        return 0x02; /* SD 2.00 */
    case CCCR_IO_ENABLE:
        return card->io_enable;
    case CCCR_IO_READY:
        return (uint8_t)((card_function_ready(dev, 1) ? BIT(1) : 0) | (card_function_ready(dev, 2) ? BIT(2) : 0));
    case CCCR_INT_ENABLE:
        return card->int_enable;
    case CCCR_INT_PENDING:
        return (card->int_enable & INT_F2) && backplane_interrupting(dev) ? INT_F2 : 0;
    case CCCR_BUS:
        return card->bus_width;
    case 0x08:
        return 0x13; /* CMD52 during a transfer, several blocks, interrupts between blocks */
    case CCCR_POWER:
        return card->power_control | BIT(0);
    case CCCR_SPEED:
        return card->high_speed | BIT(0);
    case CCCR_SEPARATE_INTERRUPT:
        return card->separate_interrupt;
    default:
        return fbr_read(card, 0, address);
    }
}

/* All that a host sets up through function 0; the cores behind go on. */
void card_io_reset(struct device *dev)
{
    struct card *card = card_of(dev);
    card_transfer_abort(dev);
    *card = (struct card){.powered = card->powered};
    card->f1[F1_WINDOW_HIGH] = BACKPLANE_CHIPCOMMON >> 24;
}

static void set_block_size(struct card *card, unsigned function, bool high, uint8_t value)
{
    uint16_t *size = &card->block_size[function];
    *size = high ? (uint16_t)((*size & 0xFF) | (value & 0xF) << 8) : (uint16_t)((*size & 0xF00) | value);
}

void card_f0_write(struct device *dev, uint32_t address, uint8_t value)
{
    struct card *card = card_of(dev);
    switch (address) {
    case CCCR_IO_ENABLE:
        card->io_enable = value & 0x06;
        break;
    case CCCR_INT_ENABLE:
        card->int_enable = value & 0x07;
        break;
    case CCCR_ABORT:
        if (value & ABORT_RESET)
            card_io_reset(dev);
        else if ((value & 7) != 0 && card->transfer.function == (value & 7))
            card_transfer_abort(dev);
        break;
    case CCCR_BUS:
        card->bus_width = value & 0xA3;
        break;
    case CCCR_POWER:
        card->power_control = value & BIT(1);
        break;
    case CCCR_SPEED:
        card->high_speed = value & BIT(1);
        break;
    case CCCR_SEPARATE_INTERRUPT:
        card->separate_interrupt = value & (SEPARATE_MASK | SEPARATE_OE | SEPARATE_HIGH);
        break;
    default:
        if (address < 0x100 * CARD_FUNCTIONS && (address & 0xFE) == FBR_BLOCK_SIZE)
            set_block_size(card, address >> 8, address & 1, value);
        break;
    }
    card_update_interrupt(dev);
}

/* ---- function 1 ---- */

static uint32_t window(const struct card *card)
{
    return (uint32_t)card->f1[F1_WINDOW_HIGH] << 24 | (uint32_t)card->f1[F1_WINDOW_MIDDLE] << 16 |
           (uint32_t)(card->f1[F1_WINDOW_LOW] & 0x80) << 8;
}

/* Once the firmware runs it keeps the fast clock on by itself. */
static uint8_t clock_status(const struct bcm43362 *radio)
{
    uint8_t requests = radio->card.f1[F1_CLOCK] & CLOCK_REQUESTS, status = requests;
    if (radio->backplane.running || (requests & (CLOCK_FORCE_HT | CLOCK_HT_REQUEST)))
        status |= CLOCK_ALP | CLOCK_HT;
    if (requests & (CLOCK_FORCE_ALP | CLOCK_ALP_REQUEST))
        status |= CLOCK_ALP;
    return status;
}

static uint8_t f1_register_read(const struct device *dev, uint32_t reg)
{
    const struct bcm43362 *radio = dev->state;
    switch (reg) {
    case F1_FRAME_CONTROL:
        return 0;
    case F1_CLOCK:
        return clock_status(radio);
    case F1_READ_LEFT:
    case F1_READ_LEFT + 1:
        return (uint8_t)(sdpcm_read_left(dev) >> 8 * (reg - F1_READ_LEFT));
    default:
        return radio->card.f1[reg];
    }
}

static void f1_register_write(struct device *dev, uint32_t reg, uint8_t value)
{
    card_of(dev)->f1[reg] = value;
    if (reg != F1_FRAME_CONTROL)
        return;
    if (value & FRAME_READ_TERMINATE)
        sdpcm_read_abort(dev);
    if (value & FRAME_WRITE_TERMINATE)
        sdpcm_write_begin(dev);
}

/* The piece of [address, address + length) that goes to the cores in one go: the window begins anew behind its end. */
static size_t window_piece(uint32_t address, size_t length, bool increment)
{
    return increment ? MIN(length, F1_WINDOW - address % F1_WINDOW) : length;
}

void card_f1_read(struct device *dev, uint32_t address, bool increment, uint8_t *data, size_t length)
{
    if (address >= F1_SPACE) {
        for (size_t i = 0; i < length; i++)
            data[i] = f1_register_read(dev, address - F1_SPACE + (increment ? (uint32_t)i : 0));
        return;
    }
    for (size_t done = 0; done < length;) {
        size_t n = window_piece(address, length - done, increment);
        backplane_read(dev, window(card_of(dev)) + address % F1_WINDOW, increment, data + done, n);
        done += n;
        address += increment ? (uint32_t)n : 0;
    }
}

void card_f1_write(struct device *dev, uint32_t address, bool increment, const uint8_t *data, size_t length)
{
    if (address >= F1_SPACE) {
        for (size_t i = 0; i < length; i++)
            f1_register_write(dev, address - F1_SPACE + (increment ? (uint32_t)i : 0), data[i]);
        return;
    }
    for (size_t done = 0; done < length;) {
        size_t n = window_piece(address, length - done, increment);
        backplane_write(dev, window(card_of(dev)) + address % F1_WINDOW, increment, data + done, n);
        done += n;
        address += increment ? (uint32_t)n : 0;
    }
}
