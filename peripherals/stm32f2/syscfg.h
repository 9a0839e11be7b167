/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_SYSCFG_H
#define PERIPHERALS_STM32F2_SYSCFG_H

#include "emu/core/device.h"

/*
 * System configuration controller.
 *
 * In:  pa0..pa15, pb0.., ..., pi15  what the input buffer of that pin sees ("GPIOA.in0" -> "SYSCFG.pa0"); waves pass through
 * Out: exti0..exti15                the pin that EXTICR1..4 select for that EXTI line
 */
extern const struct device_class stm32f2_syscfg_class;

#endif
