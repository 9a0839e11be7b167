/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_PARTS_OR_GATE_H
#define PERIPHERALS_PARTS_OR_GATE_H

#include "emu/core/device.h"

/* Wires that share an input: out is 1 while one of a, b, c, d is not 0. Pulses pass. */
extern const struct device_class or_gate_class;

#endif
