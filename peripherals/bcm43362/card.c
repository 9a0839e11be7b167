/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SDIO card of the BCM43362 (SDIO simplified specification 3.00; bcm43362-sdio facts, sections 2.5, 2.6 and 3.1).
 *
 * Models: CMD0, 3, 5, 7, 52, 53 with the errors of their responses; CCCR, FBR and CIS; functions 1 (window and registers) and 2
 * (frames); byte and block mode, fixed and increasing addresses, endless transfers, abort and I/O reset; the interrupt on DAT1
 * or on its own pin. A new relative address (CMD3) is always 1. Leaves out: SPI mode, suspend and resume, CMD11 and the
 * voltages behind it, the times that the card needs (it is ready with the next command), CRC errors. Real firmware needs: what
 * the facts list; it reads neither CCCR 0, 1 and 8 nor a CIS.
 *
 * The interrupt line holds its level as long as its cause lasts. The host samples it: see peripherals/stm32f2/sdio.c.
 */
#include "peripherals/bcm43362/card.h"

#include "peripherals/bcm43362/card-functions.h"
#include "peripherals/bcm43362/internal.h"
#include "peripherals/stm32f2/gpio.h"
#include <glib.h>

enum { RELATIVE_ADDRESS = 1 };

#define R1_ILLEGAL  BIT(22)
#define R1_IO_STATE (0xFu << 9) /* an I/O card has no other state */
/* ready; two functions; 2.0 to 3.6 V */
#define R4_OCR 0xA0FFFF00

#define R5_CMD_STATE    BIT(12)
#define R5_ERROR        BIT(11)
#define R5_FUNCTION     BIT(9)
#define R5_OUT_OF_RANGE BIT(8)

enum { ADDRESSES = 0x20000 };

static struct card *card_of(struct device *dev)
{
    return &bcm43362_of(dev)->card;
}

/* ---- the interrupt ---- */

static bool interrupting(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    return radio->card.powered && (radio->card.int_enable & INT_MASTER) && (radio->card.int_enable & INT_F2) &&
           backplane_interrupting(dev);
}

void card_update_interrupt(struct device *dev)
{
    const struct card *card = card_of(dev);
    uint8_t separate = card->powered ? card->separate_interrupt : 0;
    bool asserted = interrupting(dev), own_pin = (separate & SEPARATE_OE) && (separate & SEPARATE_MASK);
    bool pin_high = (asserted && own_pin) == ((separate & SEPARATE_HIGH) != 0);
    device_set_level(dev, OUT_DAT1, asserted && !own_pin);
    device_set_level(dev, OUT_OOB, !(separate & SEPARATE_OE) ? EXT_OPEN : pin_high ? EXT_HIGH : EXT_LOW);
}

/* ---- transfers ---- */

static void transfer_end(struct device *dev)
{
    struct card_transfer *t = &card_of(dev)->transfer;
    if (!t->active)
        return;
    t->active = false;
    if (t->function != 2)
        return;
    if (t->write)
        sdpcm_write_end(dev);
    else
        sdpcm_read_end(dev);
}

void card_transfer_abort(struct device *dev)
{
    card_of(dev)->transfer.active = false;
}

/* ---- commands ---- */

/* Error flags of R5 for an access to [address, address + length); 0: it can be done. */
static uint32_t access_errors(const struct device *dev, unsigned function, uint32_t address, uint32_t length)
{
    if (function >= CARD_FUNCTIONS)
        return R5_FUNCTION;
    if (!card_function_ready(dev, function))
        return R5_ERROR;
    uint32_t end = function == 0 ? ADDRESSES : function == 1 ? (address < F1_SPACE ? F1_SPACE : F1_END) : UINT32_MAX;
    return address + length > end ? R5_OUT_OF_RANGE : 0;
}

static uint8_t read_byte(struct device *dev, unsigned function, uint32_t address)
{
    uint8_t byte = 0;
    if (function == 0)
        return card_f0_read(dev, address);
    if (function == 1) {
        card_f1_read(dev, address, true, &byte, 1);
    } else {
        sdpcm_read_begin(dev);
        sdpcm_read(dev, &byte, 1);
        sdpcm_read_end(dev);
    }
    return byte;
}

static void write_byte(struct device *dev, unsigned function, uint32_t address, uint8_t byte)
{
    if (function == 0) {
        card_f0_write(dev, address, byte);
    } else if (function == 1) {
        card_f1_write(dev, address, true, &byte, 1);
    } else {
        sdpcm_write_begin(dev);
        sdpcm_write(dev, &byte, 1);
        sdpcm_write_end(dev);
    }
}

/* CMD52: IO_RW_DIRECT. */
static uint32_t direct(struct device *dev, uint32_t argument)
{
    unsigned function = argument >> 28 & 7;
    uint32_t address = argument >> 9 & 0x1FFFF;
    uint8_t byte = (uint8_t)argument;
    bool write = argument & BIT(31), read_after = argument & BIT(27);
    uint32_t errors = access_errors(dev, function, address, 1);
    if (errors != 0)
        return R5_CMD_STATE | errors;
    if (write)
        write_byte(dev, function, address, byte);
    return R5_CMD_STATE | (write && !read_after ? byte : read_byte(dev, function, address));
}

/* CMD53: IO_RW_EXTENDED. */
static uint32_t extended(struct device *dev, uint32_t argument)
{
    struct card *card = card_of(dev);
    unsigned function = argument >> 28 & 7;
    uint32_t count = argument & 0x1FF;
    bool blocks = argument & BIT(27);
    struct card_transfer t = {
        .active = true,
        .write = argument & BIT(31),
        .endless = blocks && count == 0,
        .increment = argument & BIT(26),
        .function = (uint8_t)function,
        .address = argument >> 9 & 0x1FFFF,
    };
    card_transfer_abort(dev); /* one that the host gave up */
    t.block = !blocks ? (count == 0 ? 512 : count) : function < CARD_FUNCTIONS ? card->block_size[function] : 0;
    t.left = blocks ? count * t.block : t.block;
    uint32_t errors = access_errors(dev, function, t.address, t.increment ? t.left : 1);
    if (errors == 0 && t.block == 0)
        errors = R5_OUT_OF_RANGE;
    if (errors != 0)
        return R5_CMD_STATE | errors;
    card->transfer = t;
    if (function == 2 && t.write)
        sdpcm_write_begin(dev);
    else if (function == 2)
        sdpcm_read_begin(dev);
    return R5_CMD_STATE;
}

static enum sdio_response answer(struct device *dev, uint32_t index, uint32_t argument, uint32_t response[4])
{
    struct card *card = card_of(dev);
    if (!card->powered)
        return SDIO_NO_RESPONSE;
    switch (index) {
    case 0: /* puts memory cards back; an I/O card stays as it is, and never answers */
        return SDIO_NO_RESPONSE;
    case 3:
        if (card->selected)
            break;
        response[0] = RELATIVE_ADDRESS << 16;
        return SDIO_RESPONSE_OK;
    case 5:
        response[0] = R4_OCR;
        return SDIO_RESPONSE_NO_CRC;
    case 7:
        card->selected = argument >> 16 == RELATIVE_ADDRESS;
        if (!card->selected) {
            card_transfer_abort(dev);
            return SDIO_NO_RESPONSE;
        }
        response[0] = R1_IO_STATE | (card->illegal ? R1_ILLEGAL : 0);
        card->illegal = false;
        return SDIO_RESPONSE_OK;
    case 52:
    case 53:
        if (!card->selected)
            break;
        response[0] = index == 52 ? direct(dev, argument) : extended(dev, argument);
        return SDIO_RESPONSE_OK;
    default:
        break;
    }
    card->illegal = true;
    return SDIO_NO_RESPONSE;
}

static void publish(struct device *dev, uint32_t index, uint32_t argument, enum sdio_response kind, uint32_t response)
{
    const struct card_transfer *t = &card_of(dev)->transfer;
    struct event_field fields[7] = {FIELD_INT("command", index), FIELD_HEX("argument", argument)};
    size_t n = 2;
    if (index == 52 || index == 53) {
        fields[n++] = FIELD_STRING("op", argument & BIT(31) ? "write" : "read");
        fields[n++] = FIELD_INT("function", argument >> 28 & 7);
        fields[n++] = FIELD_HEX("address", argument >> 9 & 0x1FFFF);
    }
    if (index == 53)
        fields[n++] = FIELD_INT("length", t->active ? t->left : 0);
    if (kind != SDIO_NO_RESPONSE)
        fields[n++] = FIELD_HEX("response", response);
    machine_publish_fields(dev->machine, "sdio", fields, n);
}

static enum sdio_response command(struct device *dev, uint32_t index, uint32_t argument, uint32_t response[4])
{
    enum sdio_response kind = answer(dev, index, argument, response);
    publish(dev, index, argument, kind, response[0]);
    return kind;
}

/* ---- data ---- */

/* The transfer that this block belongs to; NULL, and there is none any more, if the host is out of step. */
static struct card_transfer *expected(struct device *dev, bool write, size_t length)
{
    struct card *card = card_of(dev);
    struct card_transfer *t = &card->transfer;
    if (!card->powered || !t->active || t->write != write)
        return NULL;
    if (length == t->block)
        return t;
    card_transfer_abort(dev);
    return NULL;
}

static void count(struct device *dev, size_t length)
{
    struct card_transfer *t = &card_of(dev)->transfer;
    if (t->increment)
        t->address = (t->address + (uint32_t)length) % ADDRESSES;
    if (t->endless)
        return;
    t->left -= (uint32_t)length;
    if (t->left == 0)
        transfer_end(dev);
}

/* Endless transfers may run off what is there: then they come to nothing. */
static bool in_range(const struct device *dev, const struct card_transfer *t, size_t length)
{
    return access_errors(dev, t->function, t->address, t->increment ? (uint32_t)length : 1) == 0;
}

static bool data_write(struct device *dev, const uint8_t *data, size_t length)
{
    struct card_transfer *t = expected(dev, true, length);
    if (t == NULL)
        return false;
    if (!in_range(dev, t, length)) {
        card_transfer_abort(dev);
        return false;
    }
    if (t->function == 0)
        for (size_t i = 0; i < length; i++)
            card_f0_write(dev, t->address + (t->increment ? (uint32_t)i : 0), data[i]);
    else if (t->function == 1)
        card_f1_write(dev, t->address, t->increment, data, length);
    else
        sdpcm_write(dev, data, length);
    if (t->active) /* it may have aborted itself through the CCCR */
        count(dev, length);
    return true;
}

static bool data_read(struct device *dev, uint8_t *data, size_t length)
{
    struct card_transfer *t = expected(dev, false, length);
    if (t == NULL)
        return false;
    if (!in_range(dev, t, length)) {
        card_transfer_abort(dev);
        return false;
    }
    if (t->function == 0)
        for (size_t i = 0; i < length; i++)
            data[i] = card_f0_read(dev, t->address + (t->increment ? (uint32_t)i : 0));
    else if (t->function == 1)
        card_f1_read(dev, t->address, t->increment, data, length);
    else
        sdpcm_read(dev, data, length);
    count(dev, length);
    return true;
}

void card_power(struct device *dev, bool on)
{
    card_io_reset(dev);
    card_of(dev)->powered = on;
    card_update_interrupt(dev);
}

const struct sdio_card_ops bcm43362_card_ops = {.command = command, .data_write = data_write, .data_read = data_read};
