/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The radio from inside: which part knows what. For peripherals/bcm43362 only. */
#ifndef PERIPHERALS_BCM43362_INTERNAL_H
#define PERIPHERALS_BCM43362_INTERNAL_H

#include "peripherals/bcm43362/air.h"
#include "peripherals/bcm43362/backplane.h" /* the cores behind the window, download and start */
#include "peripherals/bcm43362/bcm43362.h"
#include "peripherals/bcm43362/card.h"     /* SDIO: commands, functions 0 and 1, the interrupt line */
#include "peripherals/bcm43362/ethernet.h" /* frames to and from the air, loss and latency */
#include "peripherals/bcm43362/firmware.h" /* what the chip's own processor does: commands, scan, join, access point */
#include "peripherals/bcm43362/sdpcm.h"    /* function 2: frames, credits, and the three headers inside them */

struct bcm43362 {
    uint8_t mac[6];
    struct card card;
    struct backplane backplane;
    struct sdpcm sdpcm;
    struct ethernet ethernet;
    struct firmware firmware;
    struct air air;
};

static inline struct bcm43362 *bcm43362_of(struct device *dev)
{
    return dev->state;
}

enum { OUT_DAT1, OUT_OOB, OUT_HOST, N_OUTPUTS };
enum { TIMER_ETHERNET, TIMER_FIRMWARE, N_TIMERS = TIMER_FIRMWARE + 4 }; /* the firmware has four */

/* ---- bcm43362.c ---- */

/* The firmware stops, and all that it had to do with the host and the air is gone. */
void bcm43362_firmware_stop(struct device *dev);

#endif
