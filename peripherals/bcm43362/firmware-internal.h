/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The chip's firmware from inside: for peripherals/bcm43362/firmware*.c only. */
#ifndef PERIPHERALS_BCM43362_FIRMWARE_INTERNAL_H
#define PERIPHERALS_BCM43362_FIRMWARE_INTERNAL_H

#include <string.h>

#include "emu/core/machine.h"
#include "peripherals/bcm43362/bytes.h"
#include "peripherals/bcm43362/internal.h"

/* Status of a command: how the chip says no. */
enum chip_error {
    CHIP_OK = 0,
    CHIP_BAD_ARGUMENT = -2,
    CHIP_NOT_UP = -4,
    CHIP_TOO_SHORT = -14,
    CHIP_BUSY = -16,
    CHIP_NOT_ASSOCIATED = -17,
    CHIP_BAD_CHANNEL = -20,
    CHIP_UNSUPPORTED = -23,
    CHIP_NOT_FOUND = -30,
};

enum wlan_event_type {
    WLAN_SET_SSID = 0,
    WLAN_JOIN = 1,
    WLAN_AUTH = 3,
    WLAN_DEAUTH_IND = 6,
    WLAN_ASSOC = 7,
    WLAN_DISASSOC = 11,
    WLAN_LINK = 16,
    WLAN_PSK_SUP = 46,
    WLAN_ESCAN_RESULT = 69,
};
enum wlan_status {
    WLAN_SUCCESS = 0,
    WLAN_FAIL = 1,
    WLAN_TIMEOUT = 2,
    WLAN_NO_NETWORKS = 3,
    WLAN_ABORT = 4,
    WLAN_PARTIAL = 8,
    WLAN_NEW_SCAN = 9,
    WLAN_NEW_ASSOC = 10,
};
enum { WLAN_LINK_UP = 1 }; /* flag of WLAN_LINK */

enum { WSEC_WEP = 1, WSEC_TKIP = 2, WSEC_AES = 4 };
enum { WPA_AUTH_PSK = 4, WPA2_AUTH_PSK = 0x80 };

enum firmware_timer_index { FIRMWARE_TIMER_SCAN, FIRMWARE_TIMER_STATION, FIRMWARE_TIMER_BEACON, FIRMWARE_TIMER_ACCESS_POINT };

/* A command or a variable on its way: in is what came with it, out takes the answer (nothing for a set). */
struct request {
    struct device *dev;
    struct firmware *firmware;
    unsigned interface;
    const uint8_t *in;
    size_t in_length;
    uint8_t *out;
    size_t out_length;
};

/* ---- firmware.c ---- */

int32_t firmware_radio(struct device *dev, bool on);

static inline struct firmware *firmware_of(struct device *dev)
{
    return &bcm43362_of(dev)->firmware;
}

/* CHIP_TOO_SHORT if it does not fit. */
int32_t request_answer(struct request *request, const void *data, size_t length);
int32_t request_answer32(struct request *request, uint32_t value);
/* False: the request is shorter. */
bool request_number(const struct request *request, uint32_t *value);
/* Length (u32) and 32 bytes. False: cut short, or longer than an SSID can be. */
bool request_ssid(const struct request *request, size_t offset, uint8_t ssid[32], uint8_t *length);

/* Queue an event for the host if it wants that type; from a timer, so that it follows the reply. */
void firmware_event(struct device *dev, const struct wlan_event *event);

/* For messages: an SSID as text, without the NULs in it. */
enum { SSID_TEXT = 33 };
const char *ssid_text(const uint8_t *ssid, size_t length, char text[SSID_TEXT]);
const char *interface_name(unsigned interface);
const char *security_name(unsigned security);

/* Bit n: channel n may be used in the country that is set. */
uint16_t firmware_channels(const struct firmware *firmware);
/* Of a list of chanspecs; those that may be used. */
uint16_t firmware_channel_list(const struct firmware *firmware, const uint8_t *list, size_t count);

/* ---- firmware-ioctl.c, firmware-iovar.c ---- */

void firmware_settings_reset(struct firmware *firmware);
/* name: of the command, for messages. */
int32_t firmware_command(struct request *request, uint32_t cmd, bool set, const char **name);
int32_t firmware_variable(struct request *request, const char *name, bool set);

/* Of more than one command and variable. */
int32_t firmware_get_setting(struct request *request, unsigned setting);
int32_t firmware_set_setting(struct request *request, unsigned setting);
int32_t firmware_get_wsec(struct request *request);
int32_t firmware_set_wsec(struct request *request);
int32_t firmware_get_wpa_auth(struct request *request);
int32_t firmware_set_wpa_auth(struct request *request);

/* ---- firmware-bss.c ---- */

/* The record of a network: 128 bytes and its information elements; without the elements if they do not fit. Returns its length;
   0 if not even the 128 bytes fit. */
enum { BSS_INFO_VERSION = 109, BSS_INFO_FIXED = 128, BSS_INFO_MAX = 384, NOISE_DBM = -92 };
size_t bss_info(const struct air_network *network, uint8_t *out, size_t room);

/* ---- firmware-scan.c ---- */

int32_t scan_request(struct request *request); /* the variable escan */
void scan_abort(struct device *dev, uint32_t status);
void scan_timer(struct device *dev);

/* ---- firmware-join.c ---- */

int32_t station_set_ssid(struct request *request); /* SET_SSID, with a wanted BSSID and channels behind it */
int32_t station_join(struct request *request);     /* the variable join */
int32_t station_disassociate(struct request *request);
/* Without events to the host: it switches off. */
void station_drop(struct device *dev);
void station_timer(struct device *dev);
void station_beacon_timer(struct device *dev);
void station_networks_changed(struct device *dev);
bool station_busy(const struct device *dev); /* it looks for a network or joins one */
/* The network that the station is associated with, as it is now, or as it was last heard; NULL: not associated. */
const struct air_network *station_network(const struct device *dev);

/* ---- firmware-key.c ---- */

/* Would a station with these settings take up this network? Ciphers and key management must suit, keys are not compared. */
bool key_security_matches(const struct firmware_interface *interface, const struct air_network *network);
/* Are the keys the same? Of an open network: yes. */
bool key_matches(const struct firmware *firmware, const struct air_network *network);
int32_t key_set_pmk(struct request *request); /* SET_WSEC_PMK */
int32_t key_set_wep(struct request *request); /* SET_KEY */

/* ---- firmware-softap.c ---- */

int32_t access_point_get(struct request *request); /* the variable bss: is it up? */
int32_t access_point_set(struct request *request);
int32_t access_point_set_ssid(struct request *request);
void access_point_drop(struct device *dev);
void access_point_timer(struct device *dev);
unsigned access_point_channel(const struct device *dev);

#endif
