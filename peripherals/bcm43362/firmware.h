/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BCM43362's own processor does once its image has been loaded and its core released: it answers commands and named
 * variables, scans, joins networks, runs an access point, and tells the host about it in events. Broadcom's image itself is
 * never executed.
 *
 * Events leave behind the reply of the command that caused them: everything that takes time on the air goes through four
 * timers.
 */
#ifndef PERIPHERALS_BCM43362_FIRMWARE_H
#define PERIPHERALS_BCM43362_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/device.h"
#include "peripherals/bcm43362/air.h"

/* Numbers that are set and read back, and that nothing else depends on unless it says so. */
enum firmware_setting {
    SETTING_TXGLOM,
    SETTING_APSTA,
    SETTING_AMPDU_WINDOW,
    SETTING_AMPDU_MPDU,
    SETTING_AMPDU_RX_FACTOR,
    SETTING_MULTICAST_RATE,
    SETTING_PM_SLEEP_RETURN,
    SETTING_PM_LIMIT,
    SETTING_PM,
    SETTING_BEACON_TIMEOUT, /* seconds until a silent access point counts as lost */
    SETTING_ROAM_OFF,
    SETTING_ROAM_TRIGGER,
    SETTING_ROAM_DELTA,
    SETTING_ROAM_SCAN_PERIOD, /* seconds between looks for a network that was lost */
    SETTING_INFRA,
    SETTING_AUTH, /* 0 open, 1 shared key */
    SETTING_GMODE,
    SETTING_TX_ANTENNA,
    SETTING_ANTENNA_DIVERSITY,
    SETTING_BEACON_PERIOD,
    SETTING_DTIM_PERIOD,
    FIRMWARE_SETTINGS
};

enum { FIRMWARE_INTERFACES = 2, FIRMWARE_MASK = 32, FIRMWARE_MULTICAST = 10, FIRMWARE_WEP_KEYS = 4 };

struct firmware_key {
    uint8_t length;
    uint8_t bytes[64];
};

/* What the host has asked for, of each interface. */
struct firmware_interface {
    uint8_t mac[6];
    uint8_t event_mask[FIRMWARE_MASK]; /* bit n: event n is wanted */
    uint32_t wsec;                     /* ciphers: 1 WEP, 2 TKIP, 4 AES */
    uint32_t wpa_auth;                 /* 4 WPA-PSK, 0x80 WPA2-PSK */
    uint32_t supplicant;               /* the handshake is the chip's business */
    uint32_t handshake_timeout;        /* ms */
    uint32_t channel;
    bool passphrase; /* pmk is a pass phrase or 64 hex digits; else 32 plain bytes */
    struct firmware_key pmk;
};

struct firmware_scan {
    bool running;
    bool ended;      /* only the end is still to be told */
    bool restart;    /* then the next one begins, which the fields below describe already */
    uint32_t ending; /* the status with which its end is to be told, once it has one */
    uint16_t sync_id;
    uint16_t told_sync_id; /* of the scan that is being told about */
    uint8_t ssid_length;   /* 0: all */
    uint8_t ssid[32];
    uint8_t bssid[6];  /* all ones: all */
    uint16_t channels; /* bit n: channel n is still to be visited */
    uint8_t channel;   /* the present one; 0: none yet */
    uint8_t next;      /* in the air's list: the next network to listen for */
    ticks_t dwell;     /* on each channel */
    ticks_t away;      /* on the home channel between two, while there is a connection */
    ticks_t leave;     /* when the present channel has been listened to long enough */
    unsigned found;
};

enum station_state {
    STATION_IDLE,
    STATION_SEARCHING,
    STATION_AUTHENTICATING,
    STATION_ASSOCIATING,
    STATION_LINKING,
    STATION_REPORTING,
    STATION_HANDSHAKE,
    STATION_JOINED, /* associated; keyed or not */
    STATION_LEAVING,
    STATION_LOST, /* looks for its network from time to time */
};

struct firmware_station {
    uint8_t state;  /* enum station_state */
    uint8_t passes; /* over the channels, still to be made */
    bool by_itself; /* the firmware looks for a lost network: the host has not asked */
    bool associated;
    bool keyed;
    bool out_of_range;
    uint8_t ssid_length;
    uint8_t ssid[32];
    uint8_t bssid[6];           /* wanted; all ones: any */
    uint16_t channels;          /* wanted: bit n: channel n */
    struct air_network network; /* as it was when it was found */
};

struct firmware_access_point {
    bool up;
    uint8_t ssid_length;
    uint8_t ssid[32];
};

struct firmware {
    bool running;
    bool up;
    uint64_t noise;
    char country[4];
    int32_t country_revision;
    char country_code[4];
    uint32_t setting[FIRMWARE_SETTINGS];
    struct firmware_key wep[FIRMWARE_WEP_KEYS];
    uint8_t wep_index;
    uint32_t multicast_count;
    uint8_t multicast[FIRMWARE_MULTICAST][6];
    struct firmware_interface interface[FIRMWARE_INTERFACES];
    struct firmware_scan scan;
    struct firmware_station station;
    struct firmware_access_point access_point;
};

/* The core has been released, or the chip has lost power or been reset. */
void firmware_start(struct device *dev);
void firmware_stop(struct device *dev);

/*
 * Carry out a command for an interface (bsscfg index). data holds what came with it and takes the answer, length bytes both
 * ways; what a get does not fill is zero. 0, or a negative chip error. Events follow later, from a timer.
 */
int32_t firmware_ioctl(struct device *dev, unsigned interface, uint32_t cmd, bool set, uint8_t *data, size_t length);

/* The device's timer TIMER_FIRMWARE + index is due. */
void firmware_timer(struct device *dev, unsigned index);

/* Do frames pass: is the station associated and keyed, is the access point up? False for an interface that there is not. */
bool firmware_interface_up(const struct device *dev, unsigned interface);

/* The air has changed. */
void firmware_networks_changed(struct device *dev);

/* The network that the station is associated with and keyed for, as it is now; NULL: none. */
const struct air_network *firmware_joined(const struct device *dev);

#endif
