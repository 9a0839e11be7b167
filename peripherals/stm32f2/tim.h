/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_TIM_H
#define PERIPHERALS_STM32F2_TIM_H

#include "emu/core/device.h"

/*
 * The timers: one family, six classes that differ in their register tables and lines.
 *
 *   advanced     TIM1, TIM8: four channels, complementary outputs, repetition counter, break
 *   general32    TIM2, TIM5: four channels, 32-bit counter
 *   general16    TIM3, TIM4: four channels
 *   two_channel  TIM9, TIM12
 *   one_channel  TIM10, TIM11, TIM13, TIM14
 *   basic        TIM6, TIM7: no channels
 *
 * Clocks: "bus" (PCLKx), "kernel" (TIMCLKx, which counts). No config.
 *
 * Lines in (1 is high, any other level low, waves are welcome; a class has those that its timers have):
 *   ti1..ti4     the channels' pins
 *   etr          external trigger pin
 *   itr0..itr3   TRGO (or OC) of other timers
 *   brk          break pin (advanced); looked at only if it is connected
 * Lines out:
 *   ch1..ch4, ch1n..ch3n  outputs after polarity and enables: a constant level, or a wave while PWM or toggle mode runs free.
 *                         A disabled output has level 0; 2 means that the channel is an input, so the pad is not driven.
 *   trgo         by CR2.MMS: a pulse an event, or a level, or OCxREF (a level or a wave)
 *   irq          level: a flag is set and enabled (all but advanced)
 *   irq_brk, irq_up, irq_trg, irq_cc  the same, split (advanced; irq_trg includes COM)
 *   dma_up, dma_ch1..dma_ch4, dma_trig, dma_com  a pulse for each DMA request
 */
extern const struct device_class stm32f2_tim_advanced_class;
extern const struct device_class stm32f2_tim_general32_class;
extern const struct device_class stm32f2_tim_general16_class;
extern const struct device_class stm32f2_tim_two_channel_class;
extern const struct device_class stm32f2_tim_one_channel_class;
extern const struct device_class stm32f2_tim_basic_class;

#endif
