/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control channel: commands for the firmware, and its answers. */
#ifndef PERIPHERALS_BCM43362_CDC_H
#define PERIPHERALS_BCM43362_CDC_H

#include "emu/core/device.h"

/* A control frame's payload, header and data; carried out and answered. NULL, or what is wrong with it. */
const char *cdc_request(struct device *dev, const uint8_t *payload, size_t length);

#endif
