/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_DBGMCU_H
#define PERIPHERALS_STM32F2_DBGMCU_H

#include "emu/core/device.h"

/*
 * MCU debug component. No config, no clocks.
 *
 * Lines in:
 *   halted   1 while a debugger holds the core
 * Lines out, each 1 while the core is halted and the bit DBG_<name> is set, so that the block's counter stands still:
 *   TIM1_STOP .. TIM14_STOP, RTC_STOP, WWDG_STOP, IWDG_STOP, I2C1_SMBUS_TIMEOUT .. I2C3_SMBUS_TIMEOUT, CAN1_STOP, CAN2_STOP
 */
extern const struct device_class stm32f2_dbgmcu_class;

#endif
