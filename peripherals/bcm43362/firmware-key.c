/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does what the host has set up suit a network, and are the keys the same? */
#include "peripherals/bcm43362/firmware-internal.h"

enum { PMK = 32, PMK_ITERATIONS = 4096, SHA1 = 20 };

/* SET_WSEC_PMK: length, flags, key. */
enum { PMK_KEY = 4, PMK_FLAG_PASSPHRASE = 1 };
/* SET_KEY: index, length, key[32], then among others the cipher. */
enum { WEP_INDEX = 0, WEP_LENGTH = 4, WEP_KEY = 8, WEP_KEY_MAX = 32, WEP_ALGORITHM = 112 };

bool key_security_matches(const struct firmware_interface *interface, const struct air_network *network)
{
    bool wpa = (interface->wpa_auth & WPA_AUTH_PSK) != 0, wpa2 = (interface->wpa_auth & WPA2_AUTH_PSK) != 0;
    bool tkip = (interface->wsec & WSEC_TKIP) != 0, aes = (interface->wsec & WSEC_AES) != 0;
    switch ((enum air_security)network->security) {
    case AIR_OPEN:
        return interface->wsec == 0 && interface->wpa_auth == 0;
    case AIR_WEP:
        return (interface->wsec & WSEC_WEP) != 0 && interface->wpa_auth == 0;
    case AIR_WPA_TKIP:
        return wpa && tkip;
    case AIR_WPA2_AES:
        return wpa2 && aes;
    case AIR_WPA2_MIXED:
        return (wpa || wpa2) && (tkip || aes);
    }
    return false;
}

static bool from_hex(const char *text, size_t bytes, uint8_t *out)
{
    for (size_t i = 0; i < bytes; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- WEP ---- */

static bool wep_matches(const struct firmware *firmware, const struct air_network *network)
{
    const struct firmware_key *key = &firmware->wep[firmware->wep_index];
    size_t length = strlen(network->key);
    uint8_t bytes[sizeof network->key / 2];
    if (key->length == length)
        return memcmp(key->bytes, network->key, length) == 0;
    return 2u * key->length == length && from_hex(network->key, length / 2, bytes) &&
           memcmp(key->bytes, bytes, length / 2) == 0;
}

int32_t key_set_wep(struct request *request)
{
    struct firmware *fw = request->firmware;
    const uint8_t *in = request->in;
    if (request->in_length < WEP_ALGORITHM + 4)
        return CHIP_TOO_SHORT;
    uint32_t index = get32(in + WEP_INDEX), length = get32(in + WEP_LENGTH);
    if (index >= FIRMWARE_WEP_KEYS || length > WEP_KEY_MAX)
        return CHIP_BAD_ARGUMENT;
    struct firmware_key *key = &fw->wep[index];
    memset(key, 0, sizeof *key);
    key->length = (uint8_t)length;
    memcpy(key->bytes, in + WEP_KEY, length);
    if (length > 0)
        fw->wep_index = (uint8_t)index;
    return CHIP_OK;
}

/* ---- WPA ---- */

/* PBKDF2 with HMAC-SHA1 (RFC 8018), as IEEE 802.11 makes the key of a pass phrase and an SSID. */
static void derive_pmk(const uint8_t *phrase, size_t phrase_length, const char *ssid, uint8_t pmk[PMK])
{
    GHmac *keyed = g_hmac_new(G_CHECKSUM_SHA1, phrase, phrase_length);
    for (unsigned block = 1, done = 0; done < PMK; block++) {
        uint8_t u[SHA1], sum[SHA1];
        const uint8_t number[4] = {0, 0, 0, (uint8_t)block};
        gsize length = sizeof u;
        GHmac *h = g_hmac_copy(keyed);
        g_hmac_update(h, (const guchar *)ssid, (gssize)strlen(ssid));
        g_hmac_update(h, number, sizeof number);
        g_hmac_get_digest(h, u, &length);
        g_hmac_unref(h);
        memcpy(sum, u, sizeof sum);
        for (unsigned i = 1; i < PMK_ITERATIONS; i++) {
            h = g_hmac_copy(keyed);
            g_hmac_update(h, u, sizeof u);
            length = sizeof u;
            g_hmac_get_digest(h, u, &length);
            g_hmac_unref(h);
            for (unsigned k = 0; k < SHA1; k++)
                sum[k] ^= u[k];
        }
        unsigned n = MIN((unsigned)SHA1, PMK - done);
        memcpy(pmk + done, sum, n);
        done += n;
    }
    g_hmac_unref(keyed);
}

static bool pmk_matches(const struct firmware_interface *interface, const struct air_network *network)
{
    const struct firmware_key *key = &interface->pmk;
    size_t length = strlen(network->key);
    uint8_t ours[PMK], theirs[PMK];
    if (key->length == 0)
        return false;
    bool phrase = interface->passphrase && key->length < 2 * PMK;
    if (phrase && length < 2 * PMK)
        return key->length == length && memcmp(key->bytes, network->key, length) == 0;
    if (phrase)
        derive_pmk(key->bytes, key->length, network->ssid, ours);
    else if (!interface->passphrase)
        memcpy(ours, key->bytes, PMK);
    else if (!from_hex((const char *)key->bytes, PMK, ours))
        return false;
    if (length < 2 * PMK)
        derive_pmk((const uint8_t *)network->key, length, network->ssid, theirs);
    else if (!from_hex(network->key, PMK, theirs))
        return false;
    return memcmp(ours, theirs, PMK) == 0;
}

int32_t key_set_pmk(struct request *request)
{
    struct firmware_interface *interface = &request->firmware->interface[request->interface];
    const uint8_t *in = request->in;
    if (request->in_length < PMK_KEY + sizeof interface->pmk.bytes)
        return CHIP_TOO_SHORT;
    unsigned length = get16(in);
    bool passphrase = (get16(in + 2) & PMK_FLAG_PASSPHRASE) != 0;
    if (passphrase ? length < 8 || length > sizeof interface->pmk.bytes : length != PMK)
        return CHIP_BAD_ARGUMENT;
    interface->passphrase = passphrase;
    interface->pmk.length = (uint8_t)length;
    memcpy(interface->pmk.bytes, in + PMK_KEY, sizeof interface->pmk.bytes);
    return CHIP_OK;
}

bool key_matches(const struct firmware *firmware, const struct air_network *network)
{
    if (network->security == AIR_OPEN)
        return true;
    if (network->security == AIR_WEP)
        return wep_matches(firmware, network);
    return pmk_matches(&firmware->interface[BCM43362_STATION], network);
}
