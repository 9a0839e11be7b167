/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>

/* 120 MHz on a Photon, which starts with 16; QEMU's machine has 120 MHz from the start and no RCC. */
void clock_120mhz(void);
/* SysTick interrupts at 1 kHz, counted in ticks. */
void tick_start(void);
extern volatile uint32_t ticks;

#endif
