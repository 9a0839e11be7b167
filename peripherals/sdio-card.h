/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An SD bus between a host and a card: what a host asks of whatever sits in the slot. */
#ifndef PERIPHERALS_SDIO_CARD_H
#define PERIPHERALS_SDIO_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device;

enum sdio_response {
    SDIO_NO_RESPONSE, /* the host runs into its time-out */
    SDIO_RESPONSE_OK,
    SDIO_RESPONSE_NO_CRC, /* R3, R4: valid, but without a checksum, so that the host says CCRCFAIL */
};

/*
 * The card's end of the SD bus. The host calls with the card's device; the card answers at once and calls nothing of the host.
 */
struct sdio_card_ops {
    /* A command has been received. response[0] is the short response without index and checksum, or bits 127:96 of a long one,
       whose bits 95:0 follow in [1] to [3]. Called when the command's last bit has passed. */
    enum sdio_response (*command)(struct device *card, uint32_t index, uint32_t argument, uint32_t response[4]);
    /* A data block has been received; in stream mode the whole transfer, in pieces of at most 512 bytes. False: refused, the
       host says DCRCFAIL; also if no command has announced data. Called when the block's last bit has passed. */
    bool (*data_write)(struct device *card, const uint8_t *data, size_t length);
    /* The host listens for a data block, pieces as above. False: the card has nothing to send, as when no command asked for
       data; the host asks again after the next command, until its time-out. Called when the block's first bit is due. */
    bool (*data_read)(struct device *card, uint8_t *data, size_t length);
};

#endif
