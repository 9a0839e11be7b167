/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PERIPHERALS_BCM43362_BCM43362_H
#define PERIPHERALS_BCM43362_BCM43362_H

#include "emu/core/device.h"
#include "peripherals/bcm43362/air.h"
#include "peripherals/sdio-card.h"

/*
 * Broadcom BCM43362: an 802.11 b/g/n radio with its own processor, behind SDIO.
 *
 * In:   reg_on   WL_REG_ON, the level of the pad that drives it: 0 = the chip is off and answers nothing; a rising edge is a
 * cold start Out:  dat1     interrupt in the SDIO interrupt period, 1 = asserted: to the host's "irq" oob      the out-of-band
 * interrupt pin as a pad sees it (enum gpio_external): driven low or high while the host has chosen that pin (CCCR 0xF2), open
 * otherwise host     a pulse when a frame was sent into the air (bcm43362_take has one), when there is room again for
 * bcm43362_give, and when an interface goes up or down No clocks, no config.
 */
extern const struct device_class bcm43362_class;
extern const struct sdio_card_ops bcm43362_card_ops;

enum bcm43362_interface { BCM43362_STATION, BCM43362_ACCESS_POINT, BCM43362_INTERFACES };

/* The address burnt into the chip; what survives with power off. */
void bcm43362_set_mac(struct device *dev, const uint8_t mac[6]);
const uint8_t *bcm43362_mac(const struct device *dev);

/* ---- the air, for the host's side ---- */

/* The networks around; to be changed through bcm43362_network_set and _remove only, which tell the chip. */
const struct air *bcm43362_air(const struct device *dev);
/* Add a network, or change the one of that SSID. False: AIR_NETWORKS are there already. */
bool bcm43362_network_set(struct device *dev, const struct air_network *network);
/* It goes away. False: there is none of that SSID. */
bool bcm43362_network_remove(struct device *dev, const char *ssid);

/* Is the station associated (and keyed), is the access point up? */
bool bcm43362_interface_up(const struct device *dev, enum bcm43362_interface interface);
/* The network that the station is joined to; NULL: none. */
const struct air_network *bcm43362_joined(const struct device *dev);

/*
 * Ethernet frames without their checksum, 14 to 1514 bytes. Take the next that the device has sent and the air has carried;
 * false: none. Give one to the device: false if it is no frame, if the interface is down, or if there is no room now ("host"
 * pulses when there is again). Loss and latency of the joined network act on both ways.
 */
enum { ETHERNET_MAX = 1514 };
bool bcm43362_take(struct device *dev, enum bcm43362_interface *interface, uint8_t frame[ETHERNET_MAX], size_t *length);
bool bcm43362_give(struct device *dev, enum bcm43362_interface interface, const uint8_t *frame, size_t length);
bool bcm43362_room(const struct device *dev, enum bcm43362_interface interface);

#endif
