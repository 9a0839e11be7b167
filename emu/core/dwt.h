/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef EMU_CORE_DWT_H
#define EMU_CORE_DWT_H

#include "emu/core/device.h"

/* Data Watchpoint and Trace unit at 0xE0001000: the cycle counter. Line in: "trcena". Clock: "hclk". */
extern const struct device_class armv7m_dwt_class;
enum { DWT_CYCCNT_OFFSET = 4 };

#endif
