/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_SDIO_H
#define PERIPHERALS_STM32F2_SDIO_H

#include <stdbool.h>

#include "emu/core/device.h"

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

/* NULL, or NULL ops: an empty slot. */
struct stm32f2_sdio_config {
    const struct sdio_card_ops *ops;
    const char *card; /* name of the card's device */
};

/*
 * SDIO host.
 *
 * Inputs   "irq"     interrupt of the card (DAT1 in the interrupt period), level 1 = asserted.
 * Outputs  "irq"     interrupt to the CPU: STA & MASK, a level.
 *          "dma"     DMA request, a level: 1 while the FIFO holds received words or has room for words still to be sent. Each
 *                    access to the FIFO takes one word.
 *          "dma_end" pulse when the last word of a transfer has passed the FIFO (the SDIO is the flow controller).
 * Clocks   "bus"     PCLK2.
 *          "sdio"    SDIOCLK: the 48 MHz output of the main PLL.
 * Config   struct stm32f2_sdio_config, may be NULL.
 */
extern const struct device_class stm32f2_sdio_class;

#endif
