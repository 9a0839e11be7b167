/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_SDIO_H
#define PERIPHERALS_STM32F2_SDIO_H

#include "emu/core/device.h"
#include "peripherals/sdio-card.h"

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
