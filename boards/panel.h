/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person's hands and wires do to a board: a device whose output lines are the inputs of the machine.
 *
 * Out: one line a pin of the board, "D0" and so on: enum gpio_external; "adc0".."adc15": millivolts, UINT32_MAX = not driven;
 *      "serial1": characters for a USART's receiver (enum usart_character).
 */
#ifndef BOARDS_PANEL_H
#define BOARDS_PANEL_H

#include "emu/core/device.h"

enum { PANEL_PADS = 64, PANEL_ADC = 16, PANEL_SERIAL = PANEL_PADS + PANEL_ADC, PANEL_OUTPUTS };

extern const struct device_class panel_class;

/* Index of a pad's line: port A..D, pin 0..15. */
unsigned panel_pad(const char *pad);
/* Queue text for the receiver; bytes arrive at 9600 baud. False if the queue has no room for all of it. */
bool panel_send(struct device *panel, const char *text, size_t length);

#endif
