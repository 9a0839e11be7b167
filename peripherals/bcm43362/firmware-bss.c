/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The record of a network as the chip hands it out: a fixed part and the information elements of its beacon (IEEE 802.11). */
#include "peripherals/bcm43362/firmware-internal.h"

enum { CAPABILITY_ESS = 0x01, CAPABILITY_PRIVACY = 0x10, CAPABILITY_SHORT_SLOT = 0x400 };
enum {
    ELEMENT_SSID = 0,
    ELEMENT_RATES = 1,
    ELEMENT_CHANNEL = 3,
    ELEMENT_HT_CAPABILITIES = 45,
    ELEMENT_RSN = 48,
    ELEMENT_MORE_RATES = 50,
    ELEMENT_HT_OPERATION = 61,
    ELEMENT_VENDOR = 221,
};
enum { CIPHER_TKIP = 2, CIPHER_AES = 4, KEY_MANAGEMENT_PSK = 2 };
enum { HT_CAPABILITIES = 0x0020 /* short guard interval at 20 MHz */, CHANSPEC_20MHZ = 0x2B00 };

/* In 500 kb/s; bit 7: every station must know it. 1 to 11 Mb/s, then 6 to 54. */
static const uint8_t rates[] = {0x82, 0x84, 0x8B, 0x96, 0x0C, 0x12, 0x18, 0x24, 0x30, 0x48, 0x60, 0x6C};

static bool has_ht(const struct air_network *network)
{
    bool old_cipher = network->security == AIR_WEP || network->security == AIR_WPA_TKIP;
    return !old_cipher && network->channel < 14; /* channel 14 is for 802.11b */
}

static unsigned rate_count(const struct air_network *network)
{
    return network->channel < 14 ? G_N_ELEMENTS(rates) : 4;
}

/* Elements are appended to a buffer of BSS_INFO_MAX bytes, which the longest of them fit into. */
struct elements {
    uint8_t bytes[BSS_INFO_MAX];
    size_t length;
};

static void append(struct elements *e, uint8_t id, const void *body, size_t length)
{
    g_assert(e->length + 2 + length <= sizeof e->bytes);
    e->bytes[e->length++] = id;
    e->bytes[e->length++] = (uint8_t)length;
    memcpy(e->bytes + e->length, body, length);
    e->length += length;
}

/* Version, group cipher, pairwise ciphers and key management, each behind the organisation that defined it. */
static size_t security_body(uint8_t *out, const uint8_t oui[3], uint8_t group, const uint8_t *pairwise, unsigned count)
{
    size_t n = 0;
    put16(out, 1);
    n += 2;
    memcpy(out + n, oui, 3);
    out[n + 3] = group;
    n += 4;
    put16(out + n, count);
    n += 2;
    for (unsigned i = 0; i < count; i++, n += 4) {
        memcpy(out + n, oui, 3);
        out[n + 3] = pairwise[i];
    }
    put16(out + n, 1);
    n += 2;
    memcpy(out + n, oui, 3);
    out[n + 3] = KEY_MANAGEMENT_PSK;
    return n + 4;
}

static void append_security(struct elements *e, const struct air_network *network)
{
    static const uint8_t ieee[3] = {0x00, 0x0F, 0xAC}, microsoft[4] = {0x00, 0x50, 0xF2, 1};
    static const uint8_t ciphers[] = {CIPHER_AES, CIPHER_TKIP};
    bool mixed = network->security == AIR_WPA2_MIXED;
    uint8_t body[64];
    if (network->security == AIR_WPA2_AES || mixed) {
        size_t n = security_body(body, ieee, mixed ? CIPHER_TKIP : CIPHER_AES, ciphers, mixed ? 2 : 1);
        put16(body + n, 0); /* capabilities */
        append(e, ELEMENT_RSN, body, n + 2);
    }
    if (network->security == AIR_WPA_TKIP || mixed) {
        memcpy(body, microsoft, sizeof microsoft);
        size_t n = security_body(body + 4, microsoft, CIPHER_TKIP, mixed ? ciphers : &ciphers[1], mixed ? 2 : 1);
        append(e, ELEMENT_VENDOR, body, n + 4);
    }
}

static void append_all(struct elements *e, const struct air_network *network)
{
    append(e, ELEMENT_SSID, network->ssid, strlen(network->ssid));
    append(e, ELEMENT_RATES, rates, MIN(rate_count(network), 8));
    append(e, ELEMENT_CHANNEL, &network->channel, 1);
    if (rate_count(network) > 8)
        append(e, ELEMENT_MORE_RATES, rates + 8, rate_count(network) - 8);
    append_security(e, network);
    if (has_ht(network)) {
        uint8_t capabilities[26] = {HT_CAPABILITIES & 0xFF, HT_CAPABILITIES >> 8, [3] = 0xFF}; /* one stream: MCS 0 to 7 */
        uint8_t operation[22] = {network->channel};
        append(e, ELEMENT_HT_CAPABILITIES, capabilities, sizeof capabilities);
        append(e, ELEMENT_HT_OPERATION, operation, sizeof operation);
    }
}

size_t bss_info(const struct air_network *network, uint8_t *out, size_t room)
{
    struct elements elements = {.length = 0};
    if (room < BSS_INFO_FIXED)
        return 0;
    append_all(&elements, network);
    if (BSS_INFO_FIXED + elements.length > room)
        elements.length = 0;
    memset(out, 0, BSS_INFO_FIXED);
    put32(out, BSS_INFO_VERSION);
    put32(out + 4, (uint32_t)(BSS_INFO_FIXED + elements.length));
    memcpy(out + 8, network->bssid, 6);
    put16(out + 14, 100); /* time units of 1024 us between beacons */
    put16(out + 16, CAPABILITY_ESS | CAPABILITY_SHORT_SLOT | (network->security != AIR_OPEN ? CAPABILITY_PRIVACY : 0));
    out[18] = (uint8_t)strlen(network->ssid);
    memcpy(out + 19, network->ssid, strlen(network->ssid));
    put32(out + 52, rate_count(network));
    memcpy(out + 56, rates, rate_count(network));
    put16(out + 72, CHANSPEC_20MHZ | network->channel);
    out[76] = 1; /* beacons between those that announce broadcasts */
    put16(out + 78, (uint32_t)network->rssi);
    out[80] = (uint8_t)NOISE_DBM;
    out[81] = has_ht(network);
    put32(out + 84, has_ht(network) ? HT_CAPABILITIES : 0);
    out[88] = network->channel;
    out[100] = has_ht(network) ? 0xFF : 0;
    put16(out + 116, BSS_INFO_FIXED);
    put32(out + 120, (uint32_t)elements.length);
    put16(out + 124, (uint32_t)(network->rssi - NOISE_DBM));
    memcpy(out + BSS_INFO_FIXED, elements.bytes, elements.length);
    return BSS_INFO_FIXED + elements.length;
}
