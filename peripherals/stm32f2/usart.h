/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_USART_H
#define PERIPHERALS_STM32F2_USART_H

#include "emu/core/device.h"

/*
 * USART1, 2, 3, 6 and UART4, 5.
 *
 * A character on a line is a pulse: the level below, then 0, at the moment its last stop bit ends.
 */
enum usart_character {
    USART_CHARACTER = 0x100,    /* always set; bits 7:0 are the data without parity bit, first bit on the wire = bit 0 */
    USART_NINTH_BIT = 0x200,    /* ninth data bit */
    USART_PARITY_ERROR = 0x400, /* the parity bit is wrong; for "rx" */
    USART_NO_STOP = 0x800,      /* the stop bit is missing; with data 0 this is a break */
    USART_NOISE = 0x1000,       /* for "rx" */
};

/*
 * Inputs   "rx"      characters that arrive.
 *          "cts"     nCTS pin: 0 = the other side is ready (also if nothing is connected), 1 = hold.
 * Outputs  "tx"      characters that have been sent.
 *          "irq"     interrupt, a level.
 *          "dma_tx", "dma_rx"  DMA requests, levels: TXE and RXNE gated by CR3.DMAT and CR3.DMAR.
 *          "rts"     nRTS pin: 1 = stop sending to us; 0 while CR3.RTSE is off.
 * Clock    "bus"     PCLK, which is the kernel clock, too.
 * Events   "uart" {port, direction "tx" or "rx", byte, baud} for each character.
 */
extern const struct device_class stm32f2_usart_class;

#endif
