/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_DAC_H
#define PERIPHERALS_STM32F2_DAC_H

#include "emu/core/device.h"

/* Level of an output whose channel is off. */
#define DAC_NOT_DRIVEN UINT32_MAX

/*
 * Digital-to-analog converter, both channels. No config.
 *
 * Clock: "bus" (PCLK1).
 *
 * Lines in:
 *   trig0..trig6   triggers, numbered by TSEL: TIM6, TIM8, TIM7, TIM5, TIM2, TIM4 TRGO, EXTI line 9; 1 is high, a rising edge
 *                  counts, waves are welcome. trig7 is there for the count; 7 is the software trigger.
 * Lines out:
 *   out1, out2     a level in millivolts of 3300, or DAC_NOT_DRIVEN
 *   dma1, dma2     level: a trigger has come and new data is wanted; 0 as soon as the channel's data holding register is
 * written irq            level: a DMA underrun is flagged and enabled
 *
 * Events: dac {channel 1 or 2, millivolts} when a driven output changes.
 */
extern const struct device_class stm32f2_dac_class;

#endif
