/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_CRC_H
#define PERIPHERALS_STM32F2_CRC_H

#include "emu/core/device.h"

/* CRC calculation unit; no lines, no clocks. */
extern const struct device_class stm32f2_crc_class;

#endif
