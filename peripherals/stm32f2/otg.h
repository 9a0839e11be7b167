/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_STM32F2_OTG_H
#define PERIPHERALS_STM32F2_OTG_H

#include "emu/core/device.h"

/*
 * The two USB On-The-Go cores as devices on a full-speed bus: OTG_HS (six endpoints each way, 1012 words of FIFO) with its
 * embedded full-speed PHY, OTG_FS (four endpoints each way, 320 words). No config.
 *
 * In:    id           the ID pin: 0 = grounded, an A-device; not connected = pulled up, a B-device
 * Out:   irq          global interrupt
 *        irq_ep1_out, irq_ep1_in   endpoint 1's own interrupts (OTG_HS only)
 *        exti         a pulse when the bus leaves suspend: to EXTI line 18 (FS) or 20 (HS); the chip's wake-up interrupts (NVIC
 *                     42 and 76) are those lines' EXTI interrupts
 *        irq_wkup     the same pulse, for a board without an EXTI
 *        sof          a pulse for each start of frame (to TIM2)
 *        pullup       1 while the device holds D+ up, which is what a host sees as a connected device
 *        wakeup       1 while the device signals remote wake-up
 *        host         a pulse when an endpoint that would have answered NAK now has another answer: IN data queued, OUT space
 *                     freed, endpoint stalled. An inside or outside host repeats its parked transactions then.
 * Clocks: bus (HCLK), usb (PLL48CLK)
 *
 * Publishes "usb" {port, op}: attach and detach (the host's cable), connect and disconnect (the pull-up), reset, suspend,
 * resume, remote-wakeup.
 */
extern const struct device_class stm32f2_otg_hs_class;
extern const struct device_class stm32f2_otg_fs_class;

/*
 * The host's side. Plain bytes and no waiting: the caller gives its transactions their places in time. Not to be called from an
 * input function that one of the core's own lines has called.
 */

/* The cable: VBUS comes and goes. A device with VBUS sensing switched off holds its pull-up with and without it. */
void otg_attach(struct device *dev);
void otg_detach(struct device *dev);
bool otg_attached(const struct device *dev);

/* D+ is pulled up: transceiver powered, VBUS there or not asked for, no soft disconnect. */
bool otg_connected(const struct device *dev);

/* Reset signalling for 10 ms, then frames begin; false if there is no cable or no device. The device is at address 0 after it.
 */
bool otg_bus_reset(struct device *dev);
/* The port is enabled: reset is over, frames run, tokens reach the device. */
bool otg_enabled(const struct device *dev);
/* Frames stop; the device notices 3 ms later. */
bool otg_suspend(struct device *dev);
/* Resume signalling for 20 ms, then frames go on. */
bool otg_resume(struct device *dev);
/* Number of the present frame. */
unsigned otg_frame(const struct device *dev);

/* Which device address the following tokens name; 0 after a bus reset. */
void otg_select(struct device *dev, unsigned address);

enum otg_answer {
    OTG_TIMEOUT, /* no answer at all */
    OTG_ACK,
    OTG_NAK,
    OTG_STALL,
    OTG_DATA0, /* only of otg_in: a data packet came, and the host has acknowledged it */
    OTG_DATA1,
};

/* A setup stage, always with DATA0. The core ends its setup stage only when the first token of the next stage comes: a host
   must send that token and not wait for a sign of the device first. */
enum otg_answer otg_setup(struct device *dev, unsigned ep, const uint8_t data[8]);
/* An OUT transaction; pid 0 for DATA0, 1 for DATA1. A packet with the wrong one is acknowledged and dropped, as USB asks.
   For an isochronous endpoint OTG_ACK says that the packet was taken, OTG_TIMEOUT that it was lost. */
enum otg_answer otg_out(struct device *dev, unsigned ep, const void *data, unsigned length, unsigned pid);
/* An IN transaction; data goes to buffer. A packet of more than max bytes is cut short there, *length tells its true size and
   the host has not acknowledged it: the device keeps it. */
enum otg_answer otg_in(struct device *dev, unsigned ep, void *buffer, unsigned max, unsigned *length);

/* Would a full-sized packet now get another answer than NAK? */
bool otg_in_ready(const struct device *dev, unsigned ep);
bool otg_out_ready(const struct device *dev, unsigned ep);

#endif
