/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_SPI_H
#define PERIPHERALS_STM32F2_SPI_H

#include "emu/core/device.h"

/*
 * SPI1, SPI2, SPI3 as a master.
 *
 * A frame is exchanged in one step when its last clock edge has passed: "mosi" shows the word that went out for the length of a
 * call, and what "miso" then carries is the word that came in. Both are as on the wire: the first bit is the most significant
 * of the frame's eight or sixteen bits.
 */
enum spi_frame {
    SPI_FRAME = 0x10000,    /* set for every frame; bits 15:0 or 7:0 are the word, all ones while the master only listens */
    SPI_FRAME_16 = 0x20000, /* of sixteen bits */
};

/*
 * Inputs   "miso"    a device's answer to the frame on "mosi"; 0xFFFF while it is not selected. Nothing connected: 0xFFFF.
 *          "nss_in"  NSS pin, 0 = selected; high if nothing is connected.
 * Outputs  "mosi"    frames: pulses as above, 0 in between.
 *          "nss"     NSS pin as a master drives it with CR2.SSOE: 0 while SPE is on, else 1.
 *          "irq"     interrupt, a level.
 *          "dma_tx", "dma_rx"  DMA requests, levels: TXE and RXNE gated by CR2.TXDMAEN and CR2.RXDMAEN.
 * Clock    "bus"     PCLK.
 */
extern const struct device_class stm32f2_spi_class;

#endif
