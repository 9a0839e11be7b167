/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_PARTS_RGB_LED_H
#define PERIPHERALS_PARTS_RGB_LED_H

#include <stdbool.h>

#include "emu/core/device.h"

/*
 * An RGB LED of a board, and the one who names what it shows.
 *
 * In:  red, green, blue              what the pads carry ("GPIOA.pin1" -> "RGB.red"): a level or a wave
 * Out: red_pad, green_pad, blue_pad  enum gpio_external: what the LED does to a pad that nothing drives ("RGB.red_pad" ->
 *                                    "GPIOA.ext1"): a weak level at which it is dark. Without this wire an undriven pad of an
 *                                    active-low LED looks lit.
 *
 * Events:
 *   light {name, r, g, b}                          each visible change, 0..255
 *   led   {name, state, since, r, g, b}            the named state changed: "off", "solid COLOUR"
 *   led   {name, state, since, period_ms, r, g, b} "blinking COLOUR", "breathing COLOUR"; also when a rhythm settles at another
 *                                                  period. A breath is told without a period at first: it may end before it
 *                                                  has shown one
 * since is the virtual time in seconds at which the pattern began; r, g, b are those of its bright phase. Colours: white, red,
 * orange, yellow, green, cyan, blue, magenta, grey.
 */
struct rgb_led_config {
    bool active_low;
    double full_scale; /* share of the time lit that shows as 255; 0 counts as 1 */
    const char *name;
};

extern const struct device_class rgb_led_class;

#endif
