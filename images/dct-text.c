/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields of the DCT as text: to be read, and to be taken back. */
#include <string.h>

#include "images/dct-internal.h"
#include "images/dct.h"
#include "images/module.h"
#include "images/verdict.h"

bool dct_bad(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_propagate_error(error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args));
    va_end(args);
    return false;
}

int dct_read_hex(const char *text, uint8_t *bytes, size_t room)
{
    size_t n = strlen(text) / 2;
    if (strlen(text) % 2 != 0 || n > room)
        return -1;
    for (size_t i = 0; i < n; i++) {
        int high = g_ascii_xdigit_value(text[2 * i]), low = g_ascii_xdigit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return (int)n;
}

char *dct_hex(const uint8_t *bytes, size_t size)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

bool dct_read_mac(const char *text, uint8_t mac[6])
{
    if (strlen(text) != 17)
        return false;
    for (unsigned i = 0; i < 6; i++) {
        int high = g_ascii_xdigit_value(text[3 * i]), low = g_ascii_xdigit_value(text[3 * i + 1]);
        if (high < 0 || low < 0 || text[3 * i + 2] != (i < 5 ? ':' : '\0'))
            return false;
        mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

char *dct_mac(const uint8_t mac[6])
{
    return g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static bool is_text(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (g_ascii_iscntrl(bytes[i]))
            return false;
    return g_utf8_validate(bytes, (gssize)size, NULL);
}

char *dct_printable(const char *bytes, size_t size)
{
    if (is_text(bytes, size))
        return g_strndup(bytes, size);
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        if (bytes[i] >= ' ' && bytes[i] <= '~')
            g_string_append_c(text, bytes[i]);
        else
            g_string_append_printf(text, "\\x%02x", (uint8_t)bytes[i]);
    return g_string_free(text, FALSE);
}

/* ---- reading ---- */

static const char *word_of(const struct dct_field *field, uint32_t value)
{
    for (const struct dct_word *w = field->words; w != NULL && w->word != NULL; w++)
        if (w->value == value)
            return w->word;
    return NULL;
}

/* Two bytes without names are counts: versions, ports. */
static bool is_count(const struct dct_field *field)
{
    return field->words == NULL && field->size == 2;
}

static char *number_string(const struct dct_field *field, uint32_t value)
{
    if (is_count(field))
        return g_strdup_printf("%u", value);
    return g_strdup_printf("0x%0*X", 2 * field->size, value);
}

/* Bytes of text, in *size; NULL if the field does not hold any. */
static const char *text_of(const uint8_t *value, const struct dct_field *field, size_t *size)
{
    if (field->kind == DCT_COUNTED) {
        *size = value[0];
        return *size < field->size ? (const char *)value + 1 : NULL;
    }
    for (*size = 0; *size < field->size && value[*size] != 0 && value[*size] != 0xFF;)
        ++*size;
    return (const char *)value;
}

static char *text_string(const uint8_t *value, const struct dct_field *field)
{
    size_t size;
    const char *text = text_of(value, field, &size);
    if (text != NULL && is_text(text, size) && !g_str_has_prefix(text, "hex:") && !(size == 4 && memcmp(text, "none", 4) == 0))
        return g_strndup(text, size);
    g_autofree char *hex = dct_hex(value, field->size);
    return g_strconcat("hex:", hex, NULL);
}

static char *ip_string(uint32_t address)
{
    return g_strdup_printf("%u.%u.%u.%u", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF, address & 0xFF);
}

enum { SERVER_IP, SERVER_NAME, SERVER_VALUE = 2 };

/* NULL: neither an address nor a name, so that the system uses the one that is built in. */
static char *server_string(const uint8_t *value, const struct dct_field *field)
{
    if (value[0] == SERVER_IP && value[1] == 4)
        return g_strdup_printf("%u.%u.%u.%u", value[2], value[3], value[4], value[5]);
    if (value[0] == SERVER_NAME && value[1] <= field->size - SERVER_VALUE && is_text((const char *)value + 2, value[1]))
        return g_strndup((const char *)value + SERVER_VALUE, value[1]);
    return NULL;
}

static char *country_string(const uint8_t *value)
{
    if (!g_ascii_isupper(value[0]) || !g_ascii_isupper(value[1]))
        return NULL;
    return value[2] == 0 && value[3] == 0 ? g_strdup_printf("%c%c", value[0], value[1])
                                          : g_strdup_printf("%c%c/%02x%02x", value[0], value[1], value[2], value[3]);
}

static char *networks_string(const uint8_t *copy, char *(*one)(const struct dct_network *))
{
    GString *text = g_string_new(NULL);
    struct dct_network network;
    for (unsigned i = 0; i < DCT_NETWORKS; i++) {
        if (!dct_network_get(copy, i, &network))
            continue;
        g_autofree char *line = one(&network);
        g_string_append_printf(text, "%s%s", text->len > 0 ? "\n" : "", line);
    }
    return g_string_free(text, FALSE);
}

char *dct_get(const uint8_t *copy, const struct dct_field *field)
{
    const uint8_t *value = copy + field->offset;
    char *text = NULL;
    if (field->kind == DCT_WIFI) {
        text = networks_string(copy, dct_network_string);
        if (text[0] != '\0')
            return text;
        g_free(text);
        return g_strdup("none");
    }
    if (dct_is_unset(copy, field))
        return g_strdup("none");
    switch (field->kind) {
    case DCT_NUMBER:
    case DCT_NUMBER_BIG: {
        uint32_t number = dct_number(copy, field);
        const char *word = word_of(field, number);
        return word != NULL ? g_strdup(word) : number_string(field, number);
    }
    case DCT_TEXT:
    case DCT_COUNTED:
        return text_string(value, field);
    case DCT_IP:
        return ip_string(dct_number(copy, field));
    case DCT_MAC:
        return dct_mac(value);
    case DCT_SERVER:
        text = server_string(value, field);
        break;
    case DCT_COUNTRY:
        text = country_string(value);
        break;
    case DCT_KEY:
        return dct_hex(value, dct_key_size(copy, field) != 0 ? dct_key_size(copy, field) : field->size);
    case DCT_BYTES:
    case DCT_SLOT:
    case DCT_THEME:
    case DCT_WIFI:
        break;
    }
    if (text == NULL) {
        g_autofree char *hex = dct_hex(value, field->size);
        text = field->kind == DCT_SERVER || field->kind == DCT_COUNTRY ? g_strconcat("hex:", hex, NULL) : g_strdup(hex);
    }
    return text;
}

/* ---- for people ---- */

static char *describe_slot(const uint8_t *value)
{
    struct module_slot slot = module_slot_read(value);
    if (slot.magic != SLOT_PENDING && slot.magic != SLOT_FACTORY)
        return g_strdup_printf("free (last 0x%08X to 0x%08X)", slot.source, slot.destination);
    const char *function = module_function_name(slot.function);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s: 0x%08X to 0x%08X, up to 0x%X bytes, ",
                           slot.magic == SLOT_PENDING ? "pending" : "factory image", slot.source, slot.destination,
                           slot.length);
    if (function != NULL)
        g_string_append(text, function);
    else
        g_string_append_printf(text, "function %u", slot.function);
    if (slot.source_device != 0 || slot.destination_device != 0)
        g_string_append_printf(text, ", devices %u to %u", slot.source_device, slot.destination_device);
    const char *word = "; checked: ";
    static const struct {
        unsigned flag;
        const char *name;
    } checks[] = {{SLOT_CHECK_CRC, "CRC"}, {SLOT_CHECK_DESTINATION, "start"}, {SLOT_CHECK_FUNCTION, "function and length"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(checks); i++)
        if (slot.flags & checks[i].flag) {
            g_string_append_printf(text, "%s%s", word, checks[i].name);
            word = ", ";
        }
    return g_string_free(text, FALSE);
}

/* Three bytes a signal behind the version: red and green, blue and pattern, period in 50 ms (Device OS, system_led_signal.cpp).
 */
static char *describe_theme(const uint8_t *value)
{
    static const char *const signals[] = {"network off",       "network on",       "network connecting", "network DHCP",
                                          "network connected", "cloud connecting", "cloud handshake",    "cloud connected",
                                          "safe mode",         "listening mode",   "DFU mode",           "firmware update",
                                          "power off"};
    static const char *const patterns[] = {"off", "solid", "blinking", "breathing"};
    if (value[0] != 1)
        return g_strdup_printf("of unknown version %u: not used", value[0]);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(signals); i++) {
        const uint8_t *s = value + 1 + 3 * i;
        unsigned pattern = s[1] & 15;
        g_string_append_printf(text, "%s%s: #%X%X%X ", i > 0 ? "\n" : "", signals[i], s[0] >> 4, s[0] & 15, s[1] >> 4);
        if (pattern < G_N_ELEMENTS(patterns))
            g_string_append(text, patterns[pattern]);
        else
            g_string_append_printf(text, "pattern %u", pattern);
        if (s[2] > 0)
            g_string_append_printf(text, ", %ums", 50U * s[2]);
    }
    return g_string_free(text, FALSE);
}

/* Size of the modulus, from the first long INTEGER (0x02 0x81 or 0x82 and a length) in the DER. */
static unsigned rsa_bits(const uint8_t *key, size_t size)
{
    for (size_t i = 0; i + 4 < size; i++) {
        if (key[i] != 0x02)
            continue;
        unsigned bytes = key[i + 1] == 0x81 ? key[i + 2] : key[i + 1] == 0x82 ? (unsigned)(key[i + 2] << 8 | key[i + 3]) : 0;
        if (bytes >= 64 && bytes < size)
            return (bytes & ~1U) * 8; /* one more byte keeps the number positive */
    }
    return 0;
}

static char *describe_key(const uint8_t *copy, const struct dct_field *field)
{
    size_t size = dct_key_size(copy, field);
    if (size == 0)
        return g_strdup("no key in DER form");
    unsigned bits = rsa_bits(copy + field->offset, size);
    return bits != 0 ? g_strdup_printf("RSA-%u, %zu bytes", bits, size) : g_strdup_printf("%zu bytes", size);
}

char *dct_describe(const uint8_t *copy, const struct dct_field *field)
{
    if (field->kind == DCT_WIFI) {
        char *text = networks_string(copy, dct_network_describe);
        if (text[0] != '\0')
            return text;
        g_free(text);
        return g_strdup("none");
    }
    if (dct_is_unset(copy, field))
        return g_strdup(field->kind == DCT_SLOT ? "free" : "not set");
    const uint8_t *value = copy + field->offset;
    g_autofree char *plain = dct_get(copy, field);
    switch (field->kind) {
    case DCT_SLOT:
        return describe_slot(value);
    case DCT_THEME:
        return describe_theme(value);
    case DCT_KEY:
        return describe_key(copy, field);
    case DCT_NUMBER:
    case DCT_NUMBER_BIG: {
        uint32_t number = dct_number(copy, field);
        const char *word = word_of(field, number);
        g_autofree char *digits = number_string(field, number);
        return word != NULL ? g_strdup_printf("%s (%s)", word, digits) : g_strdup(digits);
    }
    case DCT_BYTES:
        if (field->size > 16)
            return g_strdup_printf("%.32s... (%u bytes)", plain, field->size);
        break;
    default:
        break;
    }
    return g_steal_pointer(&plain);
}

/* ---- writing ---- */

static bool set_number(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    GString *words = g_string_new(NULL);
    for (const struct dct_word *w = field->words; w != NULL && w->word != NULL; w++) {
        if (strcmp(w->word, text) == 0) {
            g_string_free(words, TRUE);
            return dct_set_number(copy, field, w->value);
        }
        g_string_append_printf(words, "%s, ", w->word);
    }
    bool hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    guint64 value, most = field->size == 4 ? UINT32_MAX : (UINT64_C(1) << 8 * field->size) - 1;
    bool good = g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, 0, most, &value, NULL);
    if (good)
        dct_set_number(copy, field, (uint32_t)value);
    else
        dct_bad(error, "%s cannot be \"%s\": it is %sa number from 0 to %" G_GUINT64_FORMAT " or none", field->name, text,
                words->str, most);
    g_string_free(words, TRUE);
    return good;
}

static bool set_hex(uint8_t *copy, const struct dct_field *field, const char *digits, GError **error)
{
    g_autofree uint8_t *bytes = g_malloc(field->size);
    int n = dct_read_hex(digits, bytes, field->size);
    if (n < 0)
        return dct_bad(error, "%s takes pairs of hexadecimal digits, for at most %u bytes, or none", field->name, field->size);
    return dct_set_bytes(copy, field, bytes, (size_t)n, error);
}

static bool set_text(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    uint8_t value[256];
    size_t length = strlen(text), head = field->kind == DCT_COUNTED ? 1 : 0;
    if (length > field->size - head)
        return dct_bad(error, "%s has room for %zu characters, not for %zu", field->name, field->size - head, length);
    value[0] = (uint8_t)length;
    memcpy(value + head, text, length);
    /* No text is not the same as none: a zero says so. */
    return dct_set_bytes(copy, field, value, MAX(head + length, 1), error);
}

static bool parse_ip(const char *text, uint8_t bytes[4])
{
    g_auto(GStrv) parts = g_strsplit(text, ".", -1);
    if (g_strv_length(parts) != 4)
        return false;
    for (unsigned i = 0; i < 4; i++) {
        guint64 value;
        if (!g_ascii_string_to_unsigned(parts[i], 10, 0, 255, &value, NULL))
            return false;
        bytes[i] = (uint8_t)value;
    }
    return true;
}

static bool set_ip(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    uint8_t b[4];
    if (!parse_ip(text, b))
        return dct_bad(error, "%s cannot be \"%s\": it is an address such as 192.168.1.20, or none", field->name, text);
    return dct_set_bytes(copy, field, (uint8_t[]){b[3], b[2], b[1], b[0]}, 4, error);
}

static bool set_server(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    uint8_t value[256] = {SERVER_IP, 4};
    if (parse_ip(text, value + SERVER_VALUE))
        return dct_set_bytes(copy, field, value, SERVER_VALUE + 4, error);
    size_t length = strlen(text), most = field->size - SERVER_VALUE;
    if (length == 0 || length > most)
        return dct_bad(error, "%s is an IPv4 address, a name of up to %zu characters, or none", field->name, most);
    value[0] = SERVER_NAME;
    value[1] = (uint8_t)length;
    memcpy(value + SERVER_VALUE, text, length);
    return dct_set_bytes(copy, field, value, SERVER_VALUE + length, error);
}

static bool set_country(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    uint8_t value[4] = {0};
    size_t length = strlen(text);
    if ((length != 2 && length != 7) || !g_ascii_isupper(text[0]) || !g_ascii_isupper(text[1]) ||
        (length == 7 && (text[2] != '/' || dct_read_hex(text + 3, value + 2, 2) != 2)))
        return dct_bad(error, "%s cannot be \"%s\": it is a country's two letters, such as DE, or none", field->name, text);
    memcpy(value, text, 2);
    return dct_set_bytes(copy, field, value, sizeof value, error);
}

static bool set_mac(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    uint8_t mac[6];
    if (!dct_read_mac(text, mac))
        return dct_bad(error, "%s cannot be \"%s\": it is written 02:00:00:00:00:01, or none", field->name, text);
    return dct_set_bytes(copy, field, mac, sizeof mac, error);
}

static bool set_wifi(uint8_t *copy, const char *text, GError **error)
{
    struct dct_network network;
    bool off;
    if (strcmp(text, "none") == 0) {
        dct_networks_clear(copy);
        return true;
    }
    if (!dct_network_parse(text, &network, &off, error))
        return false;
    if (!off) {
        dct_network_add(copy, &network);
        return true;
    }
    return dct_network_remove(copy, network.ssid) || dct_bad(error, "no network \"%s\" is stored", network.ssid);
}

bool dct_set(uint8_t *copy, const struct dct_field *field, const char *text, GError **error)
{
    if (field->kind == DCT_WIFI)
        return set_wifi(copy, text, error);
    if (strcmp(text, "none") == 0)
        return dct_set_bytes(copy, field, "", 0, error);
    bool words =
        field->kind == DCT_TEXT || field->kind == DCT_COUNTED || field->kind == DCT_SERVER || field->kind == DCT_COUNTRY;
    if (words && g_str_has_prefix(text, "hex:"))
        return set_hex(copy, field, text + 4, error);
    switch (field->kind) {
    case DCT_NUMBER:
    case DCT_NUMBER_BIG:
        return set_number(copy, field, text, error);
    case DCT_TEXT:
    case DCT_COUNTED:
        return set_text(copy, field, text, error);
    case DCT_IP:
        return set_ip(copy, field, text, error);
    case DCT_MAC:
        return set_mac(copy, field, text, error);
    case DCT_SERVER:
        return set_server(copy, field, text, error);
    case DCT_COUNTRY:
        return set_country(copy, field, text, error);
    default:
        return set_hex(copy, field, text, error);
    }
}
