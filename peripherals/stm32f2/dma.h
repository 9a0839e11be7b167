/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_DMA_H
#define PERIPHERALS_STM32F2_DMA_H

#include <stdbool.h>

#include "emu/core/device.h"

/*
 * DMA controller: eight streams of eight request channels each.
 *
 * Inputs   "s0.c0" .. "s7.c7"  request of channel c to stream s. While the level is not 0 the stream that selects the channel
 *                              serves it, one peripheral item or burst at a time, and looks again after each. A peripheral may
 *                              hold the level until its data register is accessed, or pulse it: a rise seen by a running
 *                              stream is served once even if the level has fallen by then.
 *          "s0.end" .. "s7.end" for a peripheral that is the flow controller (CR.PFCTRL): a rise says that there will be no
 *                              further requests. What is still requested is served, then the stream completes. Ignored while
 *                              the stream is off or the DMA is the flow controller.
 * Outputs  "irq0" .. "irq7"    interrupt of each stream, a level.
 * Clock    "bus"               HCLK.
 * Config   NULL is a controller like DMA1.
 */
struct stm32f2_dma_config {
    bool memory_to_memory; /* DMA2: its peripheral port reaches memories, too */
};

extern const struct device_class stm32f2_dma_class;

#endif
