/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stored networks: five entries of 121 bytes without gaps behind the byte that says that there are any. Found by having
 * the systems 0.5.2, 1.5.0 and 2.3.1 store networks of all kinds (wlan_set_credentials, called by a user module).
 */
#include <string.h>

#include "images/dct-internal.h"
#include "images/dct.h"

enum {
    CONFIGURED = 0x1A30,
    LIST = 0x1A31,
    ENTRY_SIZE = 121,
    SSID_LENGTH = 0,
    SSID = 1,
    BSSID = 33,
    /* signal strength (2 bytes), data rate (4), kind of network (1): the system stores zeros */
    SECURITY = 46,
    CHANNEL = 50,
    /* band (1), a pointer (4): zeros as well */
    KEY_LENGTH = 56,
    KEY = 57,
};
G_STATIC_ASSERT(KEY + DCT_WIFI_KEY_MAX == ENTRY_SIZE);

/* Before a WEP key that is not a single one, as the system keeps it. */
#define RAW_KEY "raw:"

static const struct {
    const char *word;
    uint32_t value;
} securities[] = {
    {"open", DCT_OPEN},           {"wep", DCT_WEP},       {"wpa", DCT_WPA_TKIP},        {"wpa-aes", DCT_WPA_AES},
    {"wpa-mixed", DCT_WPA_MIXED}, {"wpa2", DCT_WPA2_AES}, {"wpa2-tkip", DCT_WPA2_TKIP}, {"mixed", DCT_WPA2_MIXED}};

static unsigned entry_offset(unsigned place)
{
    return LIST + place * ENTRY_SIZE;
}

bool dct_network_get(const uint8_t *copy, unsigned place, struct dct_network *network)
{
    const uint8_t *e = copy + entry_offset(place);
    if (place >= DCT_NETWORKS || e[SSID_LENGTH] == 0 || e[SSID_LENGTH] > DCT_SSID_MAX)
        return false;
    *network = (struct dct_network){
        .ssid_length = e[SSID_LENGTH], .channel = e[CHANNEL], .key_length = MIN(e[KEY_LENGTH], DCT_WIFI_KEY_MAX)};
    memcpy(network->ssid, e + SSID, network->ssid_length);
    memcpy(network->bssid, e + BSSID, sizeof network->bssid);
    for (unsigned i = 0; i < 4; i++)
        network->security |= (uint32_t)e[SECURITY + i] << 8 * i;
    memcpy(network->key, e + KEY, network->key_length);
    return true;
}

static void put_entry(uint8_t *copy, unsigned place, const struct dct_network *network)
{
    uint8_t *e = copy + entry_offset(place);
    memset(e, 0, ENTRY_SIZE);
    e[SSID_LENGTH] = network->ssid_length;
    memcpy(e + SSID, network->ssid, network->ssid_length);
    memcpy(e + BSSID, network->bssid, sizeof network->bssid);
    for (unsigned i = 0; i < 4; i++)
        e[SECURITY + i] = (uint8_t)(network->security >> 8 * i);
    e[CHANNEL] = network->channel;
    e[KEY_LENGTH] = network->key_length;
    memcpy(e + KEY, network->key, network->key_length);
}

/* DCT_NETWORKS: there is none. */
static unsigned find(const uint8_t *copy, const char *ssid, size_t length)
{
    struct dct_network n;
    unsigned place = 0;
    while (place < DCT_NETWORKS &&
           !(dct_network_get(copy, place, &n) && n.ssid_length == length && memcmp(n.ssid, ssid, length) == 0))
        place++;
    return place;
}

void dct_network_add(uint8_t *copy, const struct dct_network *network)
{
    unsigned place = find(copy, network->ssid, network->ssid_length);
    if (place == DCT_NETWORKS) {
        place = 0;
        memmove(copy + entry_offset(1), copy + entry_offset(0), (DCT_NETWORKS - 1) * ENTRY_SIZE);
    }
    put_entry(copy, place, network);
    copy[CONFIGURED] = 1;
    dct_sum(copy);
}

bool dct_network_remove(uint8_t *copy, const char *ssid)
{
    unsigned place = find(copy, ssid, strlen(ssid));
    if (place == DCT_NETWORKS)
        return false;
    memmove(copy + entry_offset(place), copy + entry_offset(place + 1), (DCT_NETWORKS - 1 - place) * ENTRY_SIZE);
    memset(copy + entry_offset(DCT_NETWORKS - 1), 0, ENTRY_SIZE);
    dct_sum(copy);
    return true;
}

void dct_networks_clear(uint8_t *copy)
{
    memset(copy + LIST, 0, DCT_NETWORKS * ENTRY_SIZE);
    dct_sum(copy);
}

/* ---- as text ---- */

/* The next word up to a comma, without the backslashes; NULL behind the last. */
static char *next_word(const char **rest)
{
    const char *p = *rest;
    if (p == NULL)
        return NULL;
    GString *word = g_string_new(NULL);
    for (; *p != '\0' && *p != ','; p++) {
        if (p[0] == '\\' && (p[1] == ',' || p[1] == '\\'))
            p++;
        g_string_append_c(word, *p);
    }
    *rest = *p == ',' ? p + 1 : NULL;
    return g_string_free(word, FALSE);
}

static bool parse_security(const char *text, uint32_t *security)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(securities); i++)
        if (strcmp(text, securities[i].word) == 0) {
            *security = securities[i].value;
            return true;
        }
    guint64 value;
    if (!g_str_has_prefix(text, "0x") || !g_ascii_string_to_unsigned(text + 2, 16, 0, UINT32_MAX, &value, NULL))
        return false;
    *security = (uint32_t)value;
    return true;
}

struct parse {
    struct dct_network network;
    char *psk;
    bool has_security, off;
};

static bool parse_word(struct parse *p, const char *word, GError **error)
{
    struct dct_network *n = &p->network;
    const char *equals = strchr(word, '='), *value = equals != NULL ? equals + 1 : "";
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    g_autofree char *name = g_strndup(word, length);
    if (equals == NULL) {
        p->off = strcmp(word, "off") == 0;
        return p->off || dct_bad(error, "\"%s\" is not understood: a network is written ssid=NAME,psk=KEY,security=wpa2", word);
    }
    if (strcmp(name, "ssid") == 0) {
        if (*value == '\0' || strlen(value) > DCT_SSID_MAX)
            return dct_bad(error, "the ssid \"%s\" is not possible: it has 1 to 32 bytes", value);
        g_strlcpy(n->ssid, value, sizeof n->ssid);
        n->ssid_length = (uint8_t)strlen(value);
    } else if (strcmp(name, "psk") == 0) {
        g_free(p->psk);
        p->psk = g_strdup(value);
    } else if (strcmp(name, "security") == 0) {
        if (!parse_security(value, &n->security))
            return dct_bad(error,
                           "the security \"%s\" is not known: it is open, wep, wpa, wpa-aes, wpa-mixed, wpa2, wpa2-tkip, "
                           "mixed or a number such as 0x00400004",
                           value);
        p->has_security = true;
    } else if (strcmp(name, "channel") == 0) {
        guint64 channel;
        if (!g_ascii_string_to_unsigned(value, 10, 0, 14, &channel, NULL))
            return dct_bad(error, "the channel \"%s\" is not possible: it is 1 to 14, or 0 if it is not known", value);
        n->channel = (uint8_t)channel;
    } else if (strcmp(name, "bssid") == 0) {
        if (!dct_read_mac(value, n->bssid))
            return dct_bad(error, "the bssid \"%s\" is not understood: it is written 02:00:00:00:00:01", value);
    } else {
        return dct_bad(error, "a stored network has no \"%s\": it has ssid, psk, security, channel and bssid", name);
    }
    return true;
}

/* The radio's driver takes keys with their number and length before them; what the system is told is all digits of that
   ("00050102030405" on its serial console), and we add the two for the first and only key. */
static bool wep_key(struct dct_network *n, const char *psk)
{
    bool raw = g_str_has_prefix(psk, RAW_KEY);
    size_t length = strlen(psk);
    int size =
        raw ? dct_read_hex(psk + strlen(RAW_KEY), n->key, sizeof n->key) : dct_read_hex(psk, n->key + 2, sizeof n->key - 2);
    if (size <= 0 || (!raw && length != 10 && length != 26))
        return false;
    if (!raw) {
        n->key[0] = 0;
        n->key[1] = (uint8_t)size;
    }
    n->key_length = (uint8_t)(raw ? size : size + 2);
    return true;
}

static void append_wep_key(GString *text, const struct dct_network *n)
{
    bool usual = n->key[0] == 0 && (n->key[1] == 5 || n->key[1] == 13) && n->key_length == n->key[1] + 2;
    g_autofree char *digits = dct_hex(n->key + (usual ? 2 : 0), n->key_length - (usual ? 2U : 0U));
    g_string_append_printf(text, "%s%s", usual ? "" : RAW_KEY, digits);
}

static bool finish_key(struct parse *p, GError **error)
{
    struct dct_network *n = &p->network;
    if (!p->has_security)
        n->security = p->psk != NULL && p->psk[0] != '\0' ? DCT_WPA2_AES : DCT_OPEN;
    size_t length = p->psk != NULL ? strlen(p->psk) : 0;
    if (n->security == DCT_OPEN)
        return length == 0 || dct_bad(error, "an open network has no psk");
    if (n->security & DCT_WEP)
        return wep_key(n, length > 0 ? p->psk : "") ||
               dct_bad(error, "the psk of a network with wep is 10 or 26 hexadecimal digits");
    uint8_t digits[DCT_WIFI_KEY_MAX / 2];
    if (length < 8 || length > DCT_WIFI_KEY_MAX ||
        (length == DCT_WIFI_KEY_MAX && dct_read_hex(p->psk, digits, sizeof digits) < 0))
        return dct_bad(error, "the psk of a network with wpa or wpa2 is 8 to 63 characters or 64 hexadecimal digits");
    memcpy(n->key, p->psk, length);
    n->key_length = (uint8_t)length;
    return true;
}

bool dct_network_parse(const char *text, struct dct_network *network, bool *off, GError **error)
{
    struct parse p = {0};
    bool good = true;
    const char *rest = text;
    for (char *word; good && (word = next_word(&rest)) != NULL; g_free(word))
        good = parse_word(&p, word, error);
    if (good && p.network.ssid_length == 0)
        good = dct_bad(error, "a network needs its name: ssid=NAME");
    if (good && !p.off)
        good = finish_key(&p, error);
    g_free(p.psk);
    if (!good)
        return false;
    *network = p.network;
    *off = p.off;
    return true;
}

static void append_escaped(GString *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] == ',' || bytes[i] == '\\')
            g_string_append_c(text, '\\');
        g_string_append_c(text, bytes[i]);
    }
}

static void append_security(GString *text, uint32_t security)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(securities); i++)
        if (securities[i].value == security) {
            g_string_append(text, securities[i].word);
            return;
        }
    g_string_append_printf(text, "0x%08X", security);
}

char *dct_network_string(const struct dct_network *n)
{
    static const uint8_t any[6];
    GString *text = g_string_new("ssid=");
    append_escaped(text, n->ssid, n->ssid_length);
    if (n->key_length > 0) {
        g_string_append(text, ",psk=");
        if (n->security & DCT_WEP)
            append_wep_key(text, n);
        else
            append_escaped(text, (const char *)n->key, n->key_length);
    }
    g_string_append(text, ",security=");
    append_security(text, n->security);
    if (n->channel != 0)
        g_string_append_printf(text, ",channel=%u", n->channel);
    if (memcmp(n->bssid, any, sizeof any) != 0) {
        g_autofree char *bssid = dct_mac(n->bssid);
        g_string_append_printf(text, ",bssid=%s", bssid);
    }
    return g_string_free(text, FALSE);
}

char *dct_network_describe(const struct dct_network *n)
{
    g_autofree char *name = dct_printable(n->ssid, n->ssid_length);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "\"%s\", ", name);
    append_security(text, n->security);
    if (n->key_length > 0)
        g_string_append_printf(text, " with a key of %u bytes", n->key_length);
    if (n->channel != 0)
        g_string_append_printf(text, ", channel %u", n->channel);
    return g_string_free(text, FALSE);
}
