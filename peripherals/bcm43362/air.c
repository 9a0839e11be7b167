/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks as text: see air.h. */
#include "peripherals/bcm43362/air.h"

#include <string.h>

const struct air_network *air_find(const struct air *air, const char *ssid)
{
    for (unsigned i = 0; i < air->count; i++)
        if (strcmp(air->network[i].ssid, ssid) == 0)
            return &air->network[i];
    return NULL;
}

static bool bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool bad(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_propagate_error(error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args));
    va_end(args);
    return false;
}

/* ---- words ---- */

/* The next "word" of a list with commas, a backslash before a comma or a backslash undone; NULL behind the last. */
static char *next_word(const char **rest)
{
    const char *p = *rest;
    if (p == NULL)
        return NULL;
    GString *word = g_string_new(NULL);
    for (; *p != '\0' && *p != ','; p++) {
        if (*p == '\\' && (p[1] == ',' || p[1] == '\\'))
            p++;
        g_string_append_c(word, *p);
    }
    *rest = *p == ',' ? p + 1 : NULL;
    return g_string_free(word, FALSE);
}

static bool parse_integer(const char *text, int64_t min, int64_t max, int64_t *value)
{
    return g_ascii_string_to_signed(text, 10, min, max, value, NULL);
}

/* Digits, perhaps a point and up to four digits more: the number times 10000. Returns what follows; NULL: no number. */
static const char *parse_decimal(const char *text, uint64_t *ten_thousandths)
{
    uint64_t value = 0;
    unsigned digits = 0, behind = 0;
    for (; g_ascii_isdigit(*text); text++, digits++)
        value = value * 10 + (uint64_t)(*text - '0');
    if (digits == 0 || digits > 9)
        return NULL;
    if (*text == '.') {
        for (text++; g_ascii_isdigit(*text); text++, behind++)
            value = value * 10 + (uint64_t)(*text - '0');
        if (behind == 0 || behind > 4)
            return NULL;
    }
    for (; behind < 4; behind++)
        value *= 10;
    *ten_thousandths = value;
    return text;
}

static bool parse_percent(const char *text, uint32_t *per_million)
{
    uint64_t value;
    const char *end = parse_decimal(text, &value);
    if (end == NULL || (strcmp(end, "") != 0 && strcmp(end, "%") != 0) || value > 1000000)
        return false;
    *per_million = (uint32_t)value;
    return true;
}

static bool parse_time(const char *text, ticks_t *ticks)
{
    static const struct {
        const char *name;
        ticks_t ticks;
    } units[] = {{"us", TICKS_PER_US}, {"ms", TICKS_PER_MS}, {"s", TICKS_PER_SECOND}};
    uint64_t value;
    const char *end = parse_decimal(text, &value);
    for (unsigned i = 0; end != NULL && i < G_N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].name) == 0) {
            unsigned __int128 t = (unsigned __int128)value * units[i].ticks / 10000;
            *ticks = (ticks_t)t;
            return t <= 10 * TICKS_PER_SECOND;
        }
    return false;
}

static bool parse_mac(const char *text, uint8_t mac[6])
{
    if (strlen(text) != 17)
        return false;
    for (unsigned i = 0; i < 6; i++, text += 3) {
        int high = g_ascii_xdigit_value(text[0]), low = g_ascii_xdigit_value(text[1]);
        if (high < 0 || low < 0 || text[2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return (mac[0] & 1) == 0;
}

/* ---- a network ---- */

struct parse {
    struct air_network network;
    bool off;
    bool has_security;
    bool has_bssid;
};

static bool set_security(struct parse *p, const char *value)
{
    static const char *const names[] = {"open", "wep", "wpa", "wpa2", "mixed"}; /* enum air_security */
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(value, names[i]) == 0) {
            p->network.security = (uint8_t)i;
            p->has_security = true;
            return true;
        }
    return false;
}

static bool set_ssid(struct parse *p, const char *value)
{
    if (value[0] == '\0' || strlen(value) > 32)
        return false;
    g_strlcpy(p->network.ssid, value, sizeof p->network.ssid);
    return true;
}

static bool set_key(struct parse *p, const char *value)
{
    return g_strlcpy(p->network.key, value, sizeof p->network.key) < sizeof p->network.key;
}

static bool set_channel(struct parse *p, const char *value)
{
    int64_t channel = 0;
    bool ok = parse_integer(value, 1, 14, &channel);
    p->network.channel = (uint8_t)channel;
    return ok;
}

static bool set_rssi(struct parse *p, const char *value)
{
    int64_t rssi = 0;
    bool ok = parse_integer(value, -100, -1, &rssi);
    p->network.rssi = (int8_t)rssi;
    return ok;
}

static bool set_bssid(struct parse *p, const char *value)
{
    p->has_bssid = parse_mac(value, p->network.bssid);
    return p->has_bssid;
}

static bool set_loss(struct parse *p, const char *value)
{
    return parse_percent(value, &p->network.loss);
}

static bool set_latency(struct parse *p, const char *value)
{
    return parse_time(value, &p->network.latency);
}

static bool set_dhcp(struct parse *p, const char *value)
{
    p->network.no_dhcp = strcmp(value, "off") == 0;
    return p->network.no_dhcp || strcmp(value, "on") == 0;
}

static bool set_dns(struct parse *p, const char *value)
{
    p->network.wrong_dns = strcmp(value, "wrong") == 0;
    return p->network.wrong_dns || strcmp(value, "right") == 0;
}

static const struct {
    const char *name;
    bool (*set)(struct parse *p, const char *value);
    const char *allowed;
} words[] = {
    {"ssid", set_ssid, "1 to 32 bytes"},
    {"psk", set_key, "8 to 63 characters, 64 hexadecimal digits, or a WEP key"},
    {"channel", set_channel, "1 to 14"},
    {"rssi", set_rssi, "-100 to -1, in dBm"},
    {"security", set_security, "open, wep, wpa, wpa2 or mixed"},
    {"bssid", set_bssid, "the address of one station, such as 02:00:00:12:34:56"},
    {"loss", set_loss, "0 to 100 percent, such as 2.5"},
    {"latency", set_latency, "a time with us, ms or s, up to 10 s, such as 30ms"},
    {"dhcp", set_dhcp, "on or off"},
    {"dns", set_dns, "right or wrong"},
};

static bool parse_word(struct parse *p, const char *word, unsigned *seen, GError **error)
{
    if (strcmp(word, "off") == 0) {
        p->off = true;
        return true;
    }
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : strlen(word);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strlen(words[i].name) != length || strncmp(words[i].name, word, length) != 0)
            continue;
        if (*seen & 1u << i)
            return bad(error, "%s is given twice for one network", words[i].name);
        *seen |= 1u << i;
        if (equals != NULL && words[i].set(p, equals + 1))
            return true;
        if (words[i].set == set_key) /* not to be seen in logs */
            return bad(error, "psk of a network can be %s", words[i].allowed);
        return bad(error, "%s of a network cannot be \"%s\"; it can be %s", words[i].name, equals != NULL ? equals + 1 : "",
                   words[i].allowed);
    }
    GString *all = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_string_append_printf(all, "%s=, ", words[i].name);
    bad(error, "a network has no \"%.*s\"; it has %sand off", (int)length, word, all->str);
    g_string_free(all, TRUE);
    return false;
}

/* Does the key have the form that the security asks for? */
static bool check_key(const struct air_network *n, GError **error)
{
    size_t length = strlen(n->key), digits = strspn(n->key, "0123456789abcdefABCDEF");
    switch ((enum air_security)n->security) {
    case AIR_OPEN:
        return length == 0 || bad(error, "the network \"%s\" is open, so it can have no psk", n->ssid);
    case AIR_WEP:
        return length == 5 || length == 13 || ((length == 10 || length == 26) && digits == length) ||
               bad(error, "the network \"%s\" needs a WEP key as psk: 5 or 13 characters, or 10 or 26 hexadecimal digits",
                   n->ssid);
    default:
        return (length >= 8 && length <= 63) || (length == 64 && digits == length) ||
               bad(error, "the network \"%s\" needs a psk of 8 to 63 characters or 64 hexadecimal digits", n->ssid);
    }
}

/* An address of its own for each name, the same in each run. */
static void default_bssid(struct air_network *n)
{
    uint32_t hash = g_str_hash(n->ssid);
    const uint8_t bssid[6] = {0x02, 0x1A, (uint8_t)(hash >> 24), (uint8_t)(hash >> 16), (uint8_t)(hash >> 8), (uint8_t)hash};
    memcpy(n->bssid, bssid, 6);
}

bool air_network_parse(const char *text, struct air_network *network, bool *off, GError **error)
{
    struct parse p = {.network = {.channel = 6, .rssi = -50}};
    unsigned seen = 0;
    bool ok = true;
    char *word;
    for (const char *rest = text; ok && (word = next_word(&rest)) != NULL; g_free(word))
        ok = parse_word(&p, word, &seen, error);
    if (!ok)
        return false;
    if (p.network.ssid[0] == '\0')
        return bad(error, "a network needs a name: \"ssid=NAME,psk=KEY,channel=6,rssi=-50\", or \"ssid=NAME,off\"");
    if (p.off && seen != 1)
        return bad(error, "the network \"%s\" goes away with \"ssid=NAME,off\" and nothing else", p.network.ssid);
    if (!p.has_security)
        p.network.security = p.network.key[0] != '\0' ? AIR_WPA2_AES : AIR_OPEN;
    if (!p.off && !check_key(&p.network, error))
        return false;
    if (!p.has_bssid)
        default_bssid(&p.network);
    *network = p.network;
    *off = p.off;
    return true;
}
