/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet frames between the guest and the host's side, through the air. */
#ifndef PERIPHERALS_BCM43362_ETHERNET_H
#define PERIPHERALS_BCM43362_ETHERNET_H

#include "emu/core/device.h"
#include "peripherals/bcm43362/frame-queue.h"

enum { ETHERNET_INTERFACES = 2, ETHERNET_HEADER = 14 };

struct ethernet {
    struct frame_queue sent[ETHERNET_INTERFACES];     /* by the guest; due = when the air has carried it */
    struct frame_queue received[ETHERNET_INTERFACES]; /* for the guest */
    bool up[ETHERNET_INTERFACES];                     /* as seen last */
    ticks_t air_free;                                 /* when the last frame so far has left its sender */
    uint64_t noise;                                   /* which frames get lost; survives power cycles */
};

/* The guest sends a frame. */
void ethernet_send(struct device *dev, unsigned interface, const uint8_t *frame, size_t length);
/* The queue towards the guest has room again. */
void ethernet_resume(struct device *dev);
/* The firmware has had its turn: an interface may have come or gone, and with it what was on its way. */
void ethernet_follow(struct device *dev);
void ethernet_timer(struct device *dev);
/* Power goes: all frames are lost. */
void ethernet_clear(struct device *dev);

#endif
