/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies behind the card's window: the chip's cores, its RAM, and the start of its processor. */
#ifndef PERIPHERALS_BCM43362_BACKPLANE_H
#define PERIPHERALS_BCM43362_BACKPLANE_H

#include "emu/core/device.h"

enum { BACKPLANE_CHIPCOMMON = 0x18000000, BACKPLANE_RAM_SIZE = 0x3C000 };

/* A core's wrapper: clock and reset. */
struct backplane_wrapper {
    uint8_t ioctrl, resetctrl;
};

struct backplane {
    struct backplane_wrapper arm, socram;
    uint32_t gpio_control, gpio_out, gpio_out_enable; /* of the chip common core */
    uint32_t interrupt_status, host_interrupt_mask, function_interrupt_mask;
    uint32_t mailbox_data;
    uint32_t loaded; /* bytes that were written to RAM since the processor was held in reset */
    bool running;    /* the firmware is */
};

/* Accesses by bytes, as the bus to the cores does them; nothing behind the chip's ends. */
void backplane_read(struct device *dev, uint32_t address, bool increment, uint8_t *data, size_t length);
void backplane_write(struct device *dev, uint32_t address, bool increment, const uint8_t *data, size_t length);

/* The firmware has a frame for the host. */
void backplane_frame_indication(struct device *dev);
/* Is there a reason to interrupt the host? */
bool backplane_interrupting(const struct device *dev);

#endif
