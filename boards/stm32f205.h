/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BOARDS_STM32F205_H
#define BOARDS_STM32F205_H

#include "emu/core/machine.h"

/* What a board adds around the chip. */
struct stm32f205_options {
    uint32_t hse_hz, lse_hz;
    const void *sdio; /* struct stm32f2_sdio_config of the card slot, NULL = empty */
};

/* Put an STM32F205 with 1 MB of flash and 128 KB of RAM into the machine: memories, blocks, and all wires between them. */
void stm32f205_build(struct machine *m, const struct stm32f205_options *options);

#endif
