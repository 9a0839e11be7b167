/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual air: the networks that an antenna would hear. Plain values, part of the radio's state. */
#ifndef PERIPHERALS_BCM43362_AIR_H
#define PERIPHERALS_BCM43362_AIR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/core/frequency.h"

enum air_security { AIR_OPEN, AIR_WEP, AIR_WPA_TKIP, AIR_WPA2_AES, AIR_WPA2_MIXED };

struct air_network {
    char ssid[33]; /* 1 to 32 bytes and a NUL */
    uint8_t bssid[6];
    uint8_t channel;  /* 1 to 14 */
    int8_t rssi;      /* dBm */
    uint8_t security; /* enum air_security */
    char key[65];     /* pass phrase of 8 to 63 characters, 64 hex digits, or a WEP key; "" for an open network */
    /* how bad it is */
    uint32_t loss;   /* frames lost of a million, each way */
    ticks_t latency; /* of each frame, each way */
    /* what is behind it: for the host's bridge */
    bool no_dhcp;
    bool wrong_dns; /* names resolve to an address where nobody answers */
};

enum { AIR_NETWORKS = 16 };

struct air {
    unsigned count;
    struct air_network network[AIR_NETWORKS];
};

/*
 * "ssid=NAME,psk=KEY,channel=6,rssi=-50": what --wifi and the input "wifi" take. Further words:
 * security=open|wep|wpa|wpa2|mixed (open without a psk, else wpa2), bssid=02:.., loss=PERCENT, latency=TIME, dhcp=off,
 * dns=wrong; "ssid=NAME,off": it goes away
 * (*off is set). Commas and backslashes in a name or key are written with a backslash before them. False with an error that
 * says what is wrong and what can be.
 */
bool air_network_parse(const char *text, struct air_network *network, bool *off, GError **error);

const struct air_network *air_find(const struct air *air, const char *ssid);

#endif
