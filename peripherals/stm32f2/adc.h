/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_ADC_H
#define PERIPHERALS_STM32F2_ADC_H

#include "emu/core/device.h"

/* Level of a channel that nothing drives. */
#define ADC_NOT_DRIVEN UINT32_MAX

/*
 * ADC1, ADC2 and ADC3 with their common registers: one window. No config.
 *
 * Clock: "bus" (PCLK2), which the common prescaler divides to ADCCLK.
 *
 * Lines in:
 *   ch0..ch15             a level in millivolts; unconnected or ADC_NOT_DRIVEN: half the supply. Full scale is 3300 mV. The
 *                         three converters share the channels, but ADC3 has 4 to 9, 14 and 15 on pins that small packages lack.
 *   ext0..ext15           regular triggers, numbered by EXTSEL; 1 is high, waves are welcome
 *   jext0..jext15         injected triggers, numbered by JEXTSEL
 *   dma1_last..dma3_last  optional: a pulse when the DMA stream has served its last transfer, for the DDS rule. Without it the
 *                         ADC goes on asking, as with DDS set.
 * Lines out:
 *   irq                   level: a flag of any converter is set and enabled
 *   dma1, dma2, dma3      level: data waits for the DMA. 0 as soon as DR (in multi mode CDR, for dma1) has been read.
 */
extern const struct device_class stm32f2_adc_class;

#endif
