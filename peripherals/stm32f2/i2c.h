/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_I2C_H
#define PERIPHERALS_STM32F2_I2C_H

#include "emu/core/device.h"

/*
 * I2C1, I2C2, I2C3 as a master.
 *
 * The bus is told in steps: output "bus" shows one of the codes below for the length of a call and 0 in between, at the moment
 * when the condition or the ninth bit of the byte has passed. What input "bus" carries during that call is the answer. An input
 * has one source: boards with several parts on a bus put a part in between that hands codes on and joins the answers.
 */
enum i2c_bus {
    I2C_BUS_START = 0x100,
    I2C_BUS_STOP = 0x200,
    I2C_BUS_WRITE = 0x400, /* with the byte sent in bits 7:0; the first one after a start is the address and the direction */
    I2C_BUS_READ = 0x800,  /* a byte is read; bit 0 = the master acknowledges it */
};
enum i2c_answer {
    I2C_BUS_ACK = 0x100,   /* to I2C_BUS_WRITE: acknowledged; to I2C_BUS_READ: bits 7:0 are the byte (else it reads 0xFF) */
    I2C_BUS_LOST = 0x200,  /* to I2C_BUS_WRITE: another master won the arbitration */
    I2C_BUS_ERROR = 0x400, /* a start or stop condition came amid the byte */
};

/*
 * Inputs   "bus"     answers; nothing connected is an empty bus: no address is acknowledged.
 * Outputs  "bus"     the codes of enum i2c_bus, as pulses.
 *          "irq_ev", "irq_er"  event and error interrupt, levels.
 *          "dma_tx", "dma_rx"  DMA requests, levels: TXE and RXNE gated by CR2.DMAEN.
 * Clock    "bus"     PCLK1.
 */
extern const struct device_class stm32f2_i2c_class;

#endif
