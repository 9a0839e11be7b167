/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/dct.h"

#include <string.h>

#include "images/layout.h"
#include "images/module.h"
#include "images/verdict.h"

enum { PART2 = 0x60000 };

/* ---- flash with a system of some version, and copies in some state ---- */

static uint8_t *new_flash(unsigned system)
{
    uint8_t *flash = g_malloc(IMAGE_FLASH_SIZE);
    memset(flash, 0xFF, IMAGE_FLASH_SIZE);
    if (system == 0)
        return flash;
    const uint8_t header[MODULE_HEADER_SIZE] = {
        0, 0, 0x06, 0x08, 0, 0x10, 0x06, 0x08, 0, 0, (uint8_t)system, (uint8_t)(system >> 8), 6, 0, 4, 2};
    memcpy(flash + PART2 + MODULE_HEADER_BEHIND_VECTORS, header, sizeof header);
    return flash;
}

static uint8_t *copy_of(uint8_t *flash, unsigned number)
{
    return flash + DCT_FLASH_OFFSET + number * DCT_COPY_SIZE;
}

struct state {
    int incomplete, current; /* -1: erased */
    int good;                /* the CRC */
    uint8_t sequence;
};

static void put_copy(uint8_t *flash, unsigned number, struct state s)
{
    uint8_t *copy = copy_of(flash, number);
    if (s.incomplete < 0)
        return;
    g_autofree uint8_t *other = new_flash(1502);
    memcpy(copy, dct_edit(other), DCT_COPY_SIZE);
    copy[0x3FFD] = s.sequence;
    dct_sum(copy);
    copy[8] = (uint8_t)s.incomplete;
    copy[9] = (uint8_t)s.current;
    if (!s.good)
        copy[0x3FF8] ^= 1;
}

static int current_of(unsigned system, struct state a, struct state b)
{
    g_autofree uint8_t *flash = new_flash(system);
    put_copy(flash, 0, a);
    put_copy(flash, 1, b);
    return dct_current_number(flash);
}

#define ERASED                                                                                                                 \
    (struct state)                                                                                                             \
    {                                                                                                                          \
        -1, 0, 0, 0                                                                                                            \
    }
#define COPY(INCOMPLETE, CURRENT, GOOD, SEQUENCE)                                                                              \
    (struct state)                                                                                                             \
    {                                                                                                                          \
        INCOMPLETE, CURRENT, GOOD, SEQUENCE                                                                                    \
    }

static void generations(void)
{
    static const struct {
        unsigned system;
        enum dct_generation generation;
    } cases[] = {{17, DCT_PLAIN}, {199, DCT_PLAIN}, {200, DCT_VERSIONED}, {1502, DCT_VERSIONED}, {0, DCT_VERSIONED}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree uint8_t *flash = new_flash(cases[i].system);
        g_assert_cmpint(dct_generation(flash), ==, cases[i].generation);
    }
    /* no system: by what is there */
    g_autofree uint8_t *plain = new_flash(17);
    uint8_t *copy = dct_edit(plain);
    g_assert_cmphex(copy[0x3FF0], ==, 0xFF);
    memset(plain + PART2, 0xFF, 0x1000);
    g_assert_cmpint(dct_generation(plain), ==, DCT_PLAIN);
}

/* Before 0.7.0: complete, and marked with exactly 1; CRC and number do not count. */
static void current_plain(void)
{
    g_assert_cmpint(current_of(17, ERASED, ERASED), ==, -1);
    g_assert_cmpint(current_of(17, COPY(0, 1, 1, 1), ERASED), ==, 0);
    g_assert_cmpint(current_of(17, ERASED, COPY(0, 1, 1, 1)), ==, 1);
    g_assert_cmpint(current_of(17, COPY(0, 1, 0, 1), COPY(0, 1, 1, 9)), ==, 0);
    g_assert_cmpint(current_of(17, COPY(0, 0, 1, 9), COPY(0, 1, 1, 1)), ==, 1);
    g_assert_cmpint(current_of(17, COPY(1, 1, 1, 9), COPY(0, 1, 1, 1)), ==, 1);
    g_assert_cmpint(current_of(17, COPY(0, 2, 1, 9), ERASED), ==, -1);
    g_assert_cmpint(current_of(17, COPY(0, 0, 1, 9), COPY(0, 0, 1, 1)), ==, -1);
    g_assert_cmpint(current_of(17, COPY(255, 1, 1, 9), COPY(1, 1, 1, 1)), ==, -1);
}

static void current_versioned(void)
{
    g_assert_cmpint(current_of(1502, ERASED, ERASED), ==, -1);
    /* one is complete: neither mark nor CRC count */
    for (int current = 0; current < 2; current++)
        for (int good = 0; good < 2; good++) {
            g_assert_cmpint(current_of(1502, COPY(0, current, good, 1), ERASED), ==, 0);
            g_assert_cmpint(current_of(1502, ERASED, COPY(0, current, good, 1)), ==, 1);
            g_assert_cmpint(current_of(1502, COPY(1, 1, 1, 9), COPY(0, current, good, 1)), ==, 1);
            g_assert_cmpint(current_of(1502, COPY(0, current, good, 1), COPY(1, 1, 1, 9)), ==, 0);
        }
    g_assert_cmpint(current_of(1502, COPY(1, 1, 1, 1), COPY(1, 1, 1, 1)), ==, -1);
    /* one is marked */
    g_assert_cmpint(current_of(1502, COPY(0, 1, 0, 1), COPY(0, 0, 1, 9)), ==, 0);
    g_assert_cmpint(current_of(1502, COPY(0, 0, 1, 9), COPY(0, 1, 0, 1)), ==, 1);
    g_assert_cmpint(current_of(1502, COPY(0, 0, 1, 9), COPY(0, 0, 0, 1)), ==, 1);
    /* both are */
    g_assert_cmpint(current_of(1502, COPY(0, 1, 1, 1), COPY(0, 1, 0, 9)), ==, 0);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 0, 9), COPY(0, 1, 1, 1)), ==, 1);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 0, 1), COPY(0, 1, 0, 9)), ==, 0);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 1, 5), COPY(0, 1, 1, 6)), ==, 1);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 1, 7), COPY(0, 1, 1, 6)), ==, 0);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 1, 6), COPY(0, 1, 1, 6)), ==, 0);
    g_assert_cmpint(current_of(1502, COPY(0, 1, 1, 255), COPY(0, 1, 1, 0)), ==, 0);
}

/* A newer system that finds copies without version block: the first complete one, behind any with one. */
static void converted(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    g_autofree uint8_t *old = new_flash(17);
    memcpy(copy_of(flash, 1), dct_edit(old), DCT_COPY_SIZE);
    g_assert_cmpint(dct_current_number(flash), ==, 1);
    memcpy(copy_of(flash, 0), dct_edit(old), DCT_COPY_SIZE);
    copy_of(flash, 0)[9] = 0;
    g_assert_cmpint(dct_current_number(flash), ==, 0);
    put_copy(flash, 1, COPY(0, 0, 0, 1));
    g_assert_cmpint(dct_current_number(flash), ==, 1);
}

/* Every bit of a copy changes its CRC, but that of the mark "current" once it is taken away. */
static void crc(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    uint32_t right = dct_crc(copy);
    for (unsigned i = 0; i < DCT_COPY_SIZE; i++) {
        copy[i] ^= 0x10;
        if (i >= 0x3FF8 && i < 0x3FFC)
            g_assert_cmphex(dct_crc(copy), ==, right);
        else
            g_assert_cmphex(dct_crc(copy), !=, right);
        copy[i] ^= 0x10;
    }
    g_assert_true(dct_copy_read(flash, 0).crc_good);
    copy[9] = 0;
    g_assert_true(dct_copy_read(flash, 0).crc_good);
    copy[0x3FF9] ^= 1;
    g_assert_false(dct_copy_read(flash, 0).crc_good);
    dct_sum(copy);
    g_assert_true(dct_copy_read(flash, 0).crc_good);
}

/* As the real 1.5.0 formats it; all numbers are from a device that it formatted. */
static void formatted(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    static const uint8_t block[] = {0xCD, 0x00, 0x02, 0xDC, 0x00, 0x00, 0x70, 0x03}, marks[] = {0, 1, 1, 0, 'B', 'R', 'C', 'M'};
    g_assert_cmpint(dct_current_number(flash), ==, 0);
    g_assert_cmpmem(copy + 8, 8, marks, 8);
    g_assert_cmpmem(copy + 0x3FF0, 8, block, 8);
    g_assert_cmphex(copy[0x34], ==, 1);
    g_assert_cmphex(copy[0x15C], ==, 2);
    g_assert_cmphex(copy[0x160], ==, 0xEE);
    struct dct_copy c = dct_copy_read(flash, 0);
    g_assert_true(c.complete && c.has_version && c.crc_good);
    g_assert_cmpuint(c.sequence, ==, 1);
    g_assert_true(dct_copy_read(flash, 1).erased);
    g_assert_false(dct_has_keys(copy));
    for (unsigned i = 0; dct_field(i) != NULL; i++)
        g_assert_true(dct_is_unset(copy, dct_field(i)));
    /* and with the sequence number and the factory slot that it had */
    static const uint8_t slot[] = {0xAC, 0x0F, 0, 0, 0, 0, 0x0E, 8, 0, 0, 0x0A, 8, 0, 0, 2, 0, 0x0E, 5, 0xFF, 0xFF};
    g_assert_true(dct_set_bytes(copy, dct_field_find("slot0"), slot, sizeof slot, NULL));
    copy[0x3FFD] = 2;
    dct_sum(copy);
    g_assert_cmphex(dct_copy_read(flash, 0).crc, ==, 0xF617776E);
}

/* ---- fields ---- */

static void table(void)
{
    for (unsigned i = 0; dct_field(i) != NULL; i++) {
        const struct dct_field *f = dct_field(i);
        g_assert_cmpuint(f->offset + f->size, <=, DCT_VERSION_BLOCK);
        g_assert_true(dct_field_find(f->name) == f);
        for (unsigned k = 0; dct_field(k) != NULL; k++)
            if (k != i && dct_field(k)->offset < f->offset + f->size)
                g_assert_cmpuint(dct_field(k)->offset + dct_field(k)->size, <=, f->offset);
    }
    g_assert_true(dct_field_find("factory_reset") == dct_field_find("factory-reset"));
    g_assert_null(dct_field_find("factory+reset"));
    g_assert_null(dct_field_find("factory-rese"));
    g_assert_null(dct_field_find("factory-resets"));
    g_assert_null(dct_field_find(""));
    g_autofree char *names = dct_field_names();
    g_assert_true(g_str_has_prefix(names, "flags-header, bootloader-version, "));
}

struct value {
    const char *field, *text;
    const char *back;  /* what dct_get says; NULL: the same */
    const char *bytes; /* in hexadecimal, the first of the field */
    const char *shown; /* what dct_describe says; NULL: the same as dct_get */
};

static const struct value values[] = {
    {"factory-reset", "requested", NULL, "aaaa", "requested (0xAAAA)"},
    {"factory-reset", "0xAAAA", "requested", "aaaa", "requested (0xAAAA)"},
    {"factory-reset", "0x1234", NULL, "3412", NULL},
    {"startup-mode", "safe-mode", NULL, "01", "safe-mode (0x01)"},
    {"reset-cause", "0x24000000", NULL, "00000024", NULL},
    {"bootloader-version", "501", NULL, "f501", NULL},
    {"server-port", "5683", NULL, "1633", NULL},
    {"server-address", "192.168.76.2", NULL, "0004c0a84c02ffff", NULL},
    {"server-address", "device.spark.io", NULL, "010f6465766963652e737061726b2e696fff", NULL},
    {"server-address", "hex:0203", "hex:0203ffff", "0203ff", NULL},
    {"claim-code", "abcDEF123", NULL, "616263444546313233ff", NULL},
    {"claim-code", "hex:610a62", "hex:610a62ff", "610a62ff", NULL},
    {"claimed", "yes", NULL, "31", "yes (0x31)"},
    {"setup-prefix", "Photon", NULL, "0650686f746f6eff", NULL},
    {"setup-suffix", "ABC123", NULL, "414243313233", NULL},
    {"country", "DE", NULL, "44450000", NULL},
    {"country", "JP/0002", NULL, "4a500002", NULL},
    {"antenna", "external", NULL, "01", "external (0x01)"},
    {"ip-mode", "static", NULL, "01", "static (0x01)"},
    {"ip-address", "192.168.1.20", NULL, "1401a8c0", NULL},
    {"mac", "6c:0b:84:01:02:03", NULL, "6c0b84010203", NULL},
    {"device-id", "d70d32590a47333436343331", NULL, "d70d32590a47333436343331", NULL},
    {"update-flag", "requested", NULL, "a5", "requested (0xA5)"},
    {"feature-flags", "0xFFFFFFFE", NULL, "feffffff", NULL},
    {"slot1",
     "cdab00000000"
     "0c08"
     "00000a08"
     "e81a0000"
     "0e05ffff",
     NULL, "cdab00000000",
     "pending: 0x080C0000 to 0x080A0000, up to 0x1AE8 bytes, user part; checked: CRC, start, function and length"},
    {"private-key", "3003010203", NULL, "3003010203ff", "5 bytes"},
};

static void set_and_get(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++) {
        const struct value *v = &values[i];
        const struct dct_field *field = dct_field_find(v->field);
        g_autoptr(GError) error = NULL;
        g_assert_true(dct_set(copy, field, v->text, &error));
        g_assert_no_error(error);
        g_autofree char *back = dct_get(copy, field);
        if (v->back != NULL && g_str_has_prefix(v->back, "hex:"))
            g_assert_true(g_str_has_prefix(back, v->back));
        else
            g_assert_cmpstr(back, ==, v->back != NULL ? v->back : v->text);
        g_autoptr(GString) bytes = g_string_new(NULL);
        for (unsigned k = 0; k < strlen(v->bytes) / 2; k++)
            g_string_append_printf(bytes, "%02x", copy[field->offset + k]);
        g_assert_cmpstr(bytes->str, ==, v->bytes);
        g_autofree char *shown = dct_describe(copy, field);
        if (v->back == NULL || v->shown != NULL)
            g_assert_cmpstr(shown, ==, v->shown != NULL ? v->shown : v->text);
        g_assert_true(dct_copy_read(flash, 0).crc_good);
        /* and away */
        g_assert_true(dct_set(copy, field, "none", NULL));
        g_assert_true(dct_is_unset(copy, field));
        g_autofree char *none = dct_get(copy, field);
        g_assert_cmpstr(none, ==, "none");
    }
}

static void refused(void)
{
    static const struct {
        const char *field, *text;
    } cases[] = {{"factory-reset", "maybe"},
                 {"factory-reset", "65536"},
                 {"factory-reset", "-1"},
                 {"factory-reset", ""},
                 {"startup-mode", "256"},
                 {"reset-cause", "0x100000000"},
                 {"server-port", "65536"},
                 {"server-address", ""},
                 {"ip-address", "192.168.1"},
                 {"ip-address", "192.168.1.256"},
                 {"country", "Germany"},
                 {"country", "de"},
                 {"country", "DE/1"},
                 {"mac", "6c:0b:84:01:02"},
                 {"mac", "6c-0b-84-01-02-03"},
                 {"setup-suffix", "ABC1234"},
                 {"device-id", "abc"},
                 {"device-id", "zz"},
                 {"device-id", "d70d32590a4733343634333131"},
                 {"private-key", "xyz"},
                 {"slot1", "pending"},
                 {"setup-prefix", "twenty-six characters long"},
                 {"led-theme", "blue"},
                 {"wifi", "ssid=home,psk=short"},
                 {"wifi", "ssid=home,off"},
                 {"claim-code", "hex:1"}};
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    g_autofree uint8_t *before = g_memdup2(copy, DCT_COPY_SIZE);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(dct_set(copy, dct_field_find(cases[i].field), cases[i].text, &error));
        g_assert_nonnull(error);
        g_assert_cmpmem(copy, DCT_COPY_SIZE, before, DCT_COPY_SIZE);
    }
    g_assert_false(dct_set_number(copy, dct_field_find("startup-mode"), 256));
    g_assert_false(dct_set_bytes(copy, dct_field_find("setup-suffix"), "1234567", 7, NULL));
    g_assert_false(dct_set_bytes(copy, dct_field_find("wifi"), "x", 1, NULL));
    g_assert_cmpmem(copy, DCT_COPY_SIZE, before, DCT_COPY_SIZE);
}

static void flags(void)
{
    g_autofree uint8_t *flash = new_flash(17);
    uint8_t *copy = dct_edit(flash);
    static const uint8_t header[] = {0xC0, 0xAC, 0xDE, 0x1A};
    g_assert_true(dct_set_number(copy, dct_field_find("factory-reset"), 0xAAAA));
    g_assert_cmpmem(copy + DCT_APPLICATION, 4, header, 4);
    g_assert_cmphex(dct_number(copy, dct_field_find("factory-reset")), ==, 0xAAAA);
    g_assert_true(dct_set(copy, dct_field_find("flags-header"), "none", NULL));
    g_assert_cmphex(copy[DCT_APPLICATION], ==, 0xFF);
}

static void keys(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    const struct dct_field *key = dct_field_find("private-key");
    uint8_t der[1216] = {0x30, 0x82, 0x02, 0x5B, 0x02, 0x01, 0x00, 0x02, 0x81, 0x81, 0x00};
    g_assert_true(dct_set_bytes(copy, key, der, 0x25F, NULL));
    g_assert_cmpuint(dct_key_size(copy, key), ==, 0x25F);
    g_assert_true(dct_has_keys(copy));
    g_autofree char *shown = dct_describe(copy, key);
    g_assert_cmpstr(shown, ==, "RSA-1024, 607 bytes");
    der[2] = 0xFF; /* longer than its place */
    g_assert_true(dct_set_bytes(copy, key, der, sizeof der, NULL));
    g_assert_cmpuint(dct_key_size(copy, key), ==, 0);
    g_autofree char *long_one = dct_describe(copy, key);
    g_assert_cmpstr(long_one, ==, "no key in DER form");
}

static void theme(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    const struct dct_field *field = dct_field_find("led-theme");
    g_assert_true(dct_set(copy, field, "01fff350f0f204", NULL));
    g_autofree char *shown = dct_describe(copy, field);
    g_assert_true(g_str_has_prefix(shown, "network off: #FFF breathing, 4000ms\nnetwork on: #F0F blinking, 200ms\n"));
    g_assert_true(dct_set(copy, field, "02", NULL));
    g_autofree char *unknown = dct_describe(copy, field);
    g_assert_cmpstr(unknown, ==, "of unknown version 2: not used");
}

/* ---- networks ---- */

static void networks(void)
{
    static const struct {
        const char *text, *back;
    } cases[] = {
        {"ssid=home", "ssid=home,security=open"},
        {"ssid=home,psk=secretpass", "ssid=home,psk=secretpass,security=wpa2"},
        {"security=wpa,psk=secretpass,channel=11,ssid=home", "ssid=home,psk=secretpass,security=wpa,channel=11"},
        {"ssid=a\\,b\\\\c,psk=\\,\\,\\,\\,\\,\\,\\,\\,", "ssid=a\\,b\\\\c,psk=\\,\\,\\,\\,\\,\\,\\,\\,,security=wpa2"},
        {"ssid=w,psk=0102030405,security=wep", NULL},
        {"ssid=w,psk=000102030405060708090a0b0c,security=wep", NULL},
        {"ssid=w,psk=raw:01050102030405,security=wep", NULL},
        {"ssid=m,psk=secretpass,security=mixed,bssid=02:00:00:00:00:01", NULL},
        {"ssid=x,psk=secretpass,security=0x01400004", NULL},
        {"ssid=12345678901234567890123456789012,psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef,"
         "security=wpa2-tkip",
         NULL},
    };
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct dct_network network, stored;
        bool off;
        g_autoptr(GError) error = NULL;
        g_assert_true(dct_network_parse(cases[i].text, &network, &off, &error));
        g_assert_no_error(error);
        g_assert_false(off);
        dct_networks_clear(copy);
        dct_network_add(copy, &network);
        g_assert_true(dct_network_get(copy, 0, &stored));
        g_assert_cmpmem(&stored, sizeof stored, &network, sizeof network);
        g_assert_false(dct_network_get(copy, 1, &stored));
        g_autofree char *back = dct_network_string(&stored);
        g_assert_cmpstr(back, ==, cases[i].back != NULL ? cases[i].back : cases[i].text);
        g_assert_true(dct_copy_read(flash, 0).crc_good);
    }
}

/* As 1.5.0 stored them: in place if the SSID is there, else in front. */
static void network_order(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    const struct dct_field *wifi = dct_field_find("wifi");
    static const char *const ssids[] = {"one", "two", "three", "four", "five", "six"};
    for (unsigned i = 0; i < G_N_ELEMENTS(ssids); i++) {
        g_autofree char *text = g_strconcat("ssid=", ssids[i], NULL);
        g_assert_true(dct_set(copy, wifi, text, NULL));
    }
    g_assert_true(dct_set(copy, wifi, "ssid=three,psk=secretpass", NULL));
    g_assert_true(dct_set(copy, wifi, "ssid=five,off", NULL));
    g_autofree char *all = dct_get(copy, wifi);
    g_assert_cmpstr(all, ==,
                    "ssid=six,security=open\nssid=four,security=open\nssid=three,psk=secretpass,security=wpa2\n"
                    "ssid=two,security=open");
    g_autofree char *shown = dct_describe(copy, wifi);
    g_assert_cmpstr(shown, ==, "\"six\", open\n\"four\", open\n\"three\", wpa2 with a key of 10 bytes\n\"two\", open");
    g_assert_true(dct_set(copy, wifi, "none", NULL));
    g_autofree char *none = dct_get(copy, wifi);
    g_assert_cmpstr(none, ==, "none");
    g_assert_false(dct_network_remove(copy, "six"));
}

/* The bytes that 1.5.0 stored for ("homeWpa2", WPA2 with AES, "secretpass", channel 6). */
static void network_bytes(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    uint8_t *copy = dct_edit(flash);
    uint8_t entry[122] = {1, 8, 'h', 'o', 'm', 'e', 'W', 'p', 'a', '2'};
    entry[47] = 0x04;
    entry[49] = 0x40;
    entry[51] = 6;
    entry[57] = 10;
    memcpy(entry + 58, "secretpass", 10);
    g_assert_true(dct_set(copy, dct_field_find("wifi"), "ssid=homeWpa2,psk=secretpass,channel=6", NULL));
    g_assert_cmpmem(copy + 0x1A30, sizeof entry, entry, sizeof entry);
}

static void network_refused(void)
{
    static const char *const cases[] = {"",
                                        "home",
                                        "ssid=",
                                        "ssid=123456789012345678901234567890123",
                                        "psk=secretpass",
                                        "off",
                                        "ssid=a,psk=1234567",
                                        "ssid=a,psk=secretpass,security=open",
                                        "ssid=a,security=wpa2",
                                        "ssid=a,psk=secretpass,security=wpa9",
                                        "ssid=a,psk=secretpass,security=wep",
                                        "ssid=a,psk=010203040g,security=wep",
                                        "ssid=a,psk=raw:,security=wep",
                                        "ssid=a,psk=gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg",
                                        "ssid=a,psk=12345678901234567890123456789012345678901234567890123456789012345",
                                        "ssid=a,channel=15",
                                        "ssid=a,channel=x",
                                        "ssid=a,bssid=02:00",
                                        "ssid=a,loss=3",
                                        "ssid=a,,channel=3"};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct dct_network network;
        bool off;
        g_autoptr(GError) error = NULL;
        g_assert_false(dct_network_parse(cases[i], &network, &off, &error));
        g_assert_nonnull(error);
        g_assert_false(g_str_has_suffix(error->message, "."));
    }
}

/* ---- what the next start depends on ---- */

static void facts(void)
{
    g_autofree uint8_t *flash = new_flash(1502);
    struct verdict_facts f = VERDICT_FACTS_DEFAULT;
    dct_facts(flash, NULL, &f);
    g_assert_cmphex(f.dct.startup_mode, ==, 0);
    uint8_t *copy = dct_edit(flash);
    dct_set(copy, dct_field_find("factory-reset"), "requested", NULL);
    dct_set(copy, dct_field_find("watchdog"), "0xD001", NULL);
    dct_set(copy, dct_field_find("ota-update"), "complete", NULL);
    dct_set(copy, dct_field_find("startup-mode"), "1", NULL);
    dct_set(copy, dct_field_find("update-flag"), "requested", NULL);
    dct_set(copy, dct_field_find("slot2"), "cdab000000000c0800000a08e81a00000e05ffff", NULL);
    uint32_t backup[20] = {[1] = 0x5AFE, [4] = 0x1ADEACC0, [6] = 0xFFFF5555, [7] = 0xD001AAAA, [8] = 0xFF01FFFF};
    dct_facts(flash, backup, &f);
    g_assert_cmphex(f.dct.factory_reset, ==, 0xAAAA);
    g_assert_cmphex(f.dct.watchdog, ==, 0xD001);
    g_assert_cmphex(f.dct.ota_update, ==, 5);
    g_assert_cmphex(f.dct.startup_mode, ==, 1);
    g_assert_cmphex(f.update_flag, ==, 0xA5);
    g_assert_cmphex(f.slot[2].magic, ==, SLOT_PENDING);
    g_assert_cmphex(f.slot[1].magic, ==, 0xFFFF);
    g_assert_cmphex(f.request, ==, 0x5AFE);
    g_assert_cmphex(f.backup.factory_reset, ==, 0xAAAA);
    g_assert_cmphex(f.backup.watchdog, ==, 0xD001);
    g_assert_cmphex(f.backup.ota_update, ==, 0x5555);
    g_assert_cmphex(f.backup.startup_mode, ==, 1);
    backup[4] = 0;
    f = VERDICT_FACTS_DEFAULT;
    dct_facts(flash, backup, &f);
    g_assert_cmphex(f.backup.factory_reset, ==, 0xFFFF);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dct/generations", generations);
    g_test_add_func("/dct/current/plain", current_plain);
    g_test_add_func("/dct/current/versioned", current_versioned);
    g_test_add_func("/dct/current/converted", converted);
    g_test_add_func("/dct/crc", crc);
    g_test_add_func("/dct/formatted", formatted);
    g_test_add_func("/dct/fields/table", table);
    g_test_add_func("/dct/fields/set-and-get", set_and_get);
    g_test_add_func("/dct/fields/refused", refused);
    g_test_add_func("/dct/fields/flags", flags);
    g_test_add_func("/dct/fields/keys", keys);
    g_test_add_func("/dct/fields/theme", theme);
    g_test_add_func("/dct/networks/text", networks);
    g_test_add_func("/dct/networks/order", network_order);
    g_test_add_func("/dct/networks/bytes", network_bytes);
    g_test_add_func("/dct/networks/refused", network_refused);
    g_test_add_func("/dct/facts", facts);
    return g_test_run();
}
