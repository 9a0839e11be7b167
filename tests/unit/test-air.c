/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/bcm43362/air.h"

#include <string.h>

static struct air_network good(const char *text, bool *off)
{
    struct air_network n;
    GError *error = NULL;
    memset(&n, 0xAA, sizeof n);
    bool ok = air_network_parse(text, &n, off, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    return n;
}

static void assert_bad(const char *text, const char *part)
{
    struct air_network n;
    bool off;
    GError *error = NULL;
    memset(&n, 0xAA, sizeof n);
    struct air_network before = n;
    g_assert_false(air_network_parse(text, &n, &off, &error));
    g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    if (strstr(error->message, part) == NULL)
        g_error("\"%s\" says \"%s\", without \"%s\"", text, error->message, part);
    g_assert_cmpmem(&n, sizeof n, &before, sizeof before);
    g_error_free(error);
}

static void test_defaults(void)
{
    bool off = true;
    struct air_network n = good("ssid=cafe", &off);
    g_assert_false(off);
    g_assert_cmpstr(n.ssid, ==, "cafe");
    g_assert_cmpstr(n.key, ==, "");
    g_assert_cmpuint(n.channel, ==, 6);
    g_assert_cmpint(n.rssi, ==, -50);
    g_assert_cmpuint(n.security, ==, AIR_OPEN);
    g_assert_cmpuint(n.loss, ==, 0);
    g_assert_cmpuint(n.latency, ==, 0);
    g_assert_false(n.no_dhcp || n.wrong_dns);
    g_assert_cmpuint(n.bssid[0] & 3, ==, 2); /* of one station, locally administered */
    struct air_network same = good("channel=6,ssid=cafe", &off), other = good("ssid=cafe2", &off);
    g_assert_cmpmem(n.bssid, 6, same.bssid, 6);
    g_assert_true(memcmp(n.bssid, other.bssid, 6) != 0);
}

static void test_all_words(void)
{
    bool off;
    struct air_network n = good("ssid=home,psk=secretpw,channel=11,rssi=-73,security=mixed,bssid=02:aB:00:12:34:56,loss=2.5,"
                                "latency=30.5ms,dhcp=off,dns=wrong",
                                &off);
    static const uint8_t bssid[6] = {0x02, 0xAB, 0x00, 0x12, 0x34, 0x56};
    g_assert_cmpstr(n.key, ==, "secretpw");
    g_assert_cmpuint(n.channel, ==, 11);
    g_assert_cmpint(n.rssi, ==, -73);
    g_assert_cmpuint(n.security, ==, AIR_WPA2_MIXED);
    g_assert_cmpmem(n.bssid, 6, bssid, 6);
    g_assert_cmpuint(n.loss, ==, 25000);
    g_assert_cmpuint(n.latency, ==, TICKS_PER_MS * 61 / 2);
    g_assert_true(n.no_dhcp && n.wrong_dns);
    n = good("ssid=home,dhcp=on,dns=right,loss=100%,latency=10s", &off);
    g_assert_false(n.no_dhcp || n.wrong_dns);
    g_assert_cmpuint(n.loss, ==, 1000000);
    g_assert_cmpuint(n.latency, ==, 10 * TICKS_PER_SECOND);
}

static void test_security(void)
{
    bool off;
    g_assert_cmpuint(good("ssid=a,psk=12345678", &off).security, ==, AIR_WPA2_AES);
    g_assert_cmpuint(good("ssid=a,psk=12345678,security=wpa", &off).security, ==, AIR_WPA_TKIP);
    g_assert_cmpuint(good("ssid=a,security=open", &off).security, ==, AIR_OPEN);
    g_assert_cmpuint(good("ssid=a,security=wep,psk=abcde", &off).security, ==, AIR_WEP);
    g_assert_cmpuint(good("ssid=a,security=wep,psk=0123456789ABCDEF0123456789", &off).security, ==, AIR_WEP);
    const char *hex = "ssid=a,psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF";
    g_assert_cmpuint(strlen(good(hex, &off).key), ==, 64);
    assert_bad("ssid=a,psk=short12", "8 to 63 characters or 64 hex");
    assert_bad("ssid=a,psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEG", "8 to 63");
    assert_bad("ssid=a,psk=0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF0",
               "psk of a network can be 8 to 63");
    assert_bad("ssid=a,security=wpa2", "\"a\" needs a psk");
    assert_bad("ssid=a,security=open,psk=12345678", "is open");
    assert_bad("ssid=a,security=wep,psk=abcdef", "5 or 13 characters");
    assert_bad("ssid=a,security=wep,psk=abcdefghij", "5 or 13 characters");
    assert_bad("ssid=a,security=wpa3,psk=12345678", "open, wep, wpa, wpa2 or mixed");
}

static void test_backslashes(void)
{
    bool off;
    struct air_network n = good("ssid=a\\,b\\\\c\\d,psk=\\,\\,\\,\\,\\,\\,\\,\\,", &off);
    g_assert_cmpstr(n.ssid, ==, "a,b\\c\\d");
    g_assert_cmpstr(n.key, ==, ",,,,,,,,");
    g_assert_cmpstr(good("ssid=a=b", &off).ssid, ==, "a=b");
    g_assert_cmpstr(good("ssid=off,off", &off).ssid, ==, "off");
    g_assert_true(off);
    g_assert_cmpstr(good("ssid=a\\", &off).ssid, ==, "a\\");
}

static void test_off(void)
{
    bool off = false;
    g_assert_cmpstr(good("ssid=home,off", &off).ssid, ==, "home");
    g_assert_true(off);
    good("off,ssid=home", &off);
    g_assert_true(off);
    assert_bad("ssid=home,off,channel=3", "and nothing else");
    assert_bad("off", "needs a name");
    assert_bad("ssid=home,off=1", "has no \"off\"");
}

static void test_wrong(void)
{
    bool off;
    assert_bad("", "has no \"\"");
    assert_bad("psk=12345678", "needs a name");
    assert_bad("ssid=", "1 to 32 bytes");
    assert_bad("ssid=123456789012345678901234567890123", "1 to 32 bytes");
    g_assert_cmpstr(good("ssid=12345678901234567890123456789012", &off).ssid, ==, "12345678901234567890123456789012");
    assert_bad("ssid", "1 to 32 bytes");
    assert_bad("ssid=a,ssid=b", "ssid is given twice");
    assert_bad("ssid=a,", "has no \"\"");
    assert_bad("ssid=a,colour=red", "ssid=, psk=, channel=");
    assert_bad("ssid=a,channel=0", "1 to 14");
    assert_bad("ssid=a,channel=15", "1 to 14");
    assert_bad("ssid=a,channel=6x", "1 to 14");
    assert_bad("ssid=a,channel=", "1 to 14");
    assert_bad("ssid=a,rssi=0", "in dBm");
    assert_bad("ssid=a,rssi=-101", "in dBm");
    assert_bad("ssid=a,bssid=02:00:00:12:34", "address of one station");
    assert_bad("ssid=a,bssid=03:00:00:12:34:56", "address of one station");
    assert_bad("ssid=a,bssid=02-00-00-12-34-56", "address of one station");
    assert_bad("ssid=a,bssid=02:00:00:12:34:5g", "address of one station");
    assert_bad("ssid=a,loss=101", "percent");
    assert_bad("ssid=a,loss=-1", "percent");
    assert_bad("ssid=a,loss=1.23456", "percent");
    assert_bad("ssid=a,loss=99999999999999999999", "percent");
    assert_bad("ssid=a,latency=5", "up to 10 s");
    assert_bad("ssid=a,latency=11s", "up to 10 s");
    assert_bad("ssid=a,latency=999999999s", "up to 10 s");
    assert_bad("ssid=a,dhcp=maybe", "on or off");
    assert_bad("ssid=a,dns=none", "right or wrong");
}

static void test_find(void)
{
    bool off;
    struct air air = {.count = 2};
    air.network[0] = good("ssid=one", &off);
    air.network[1] = good("ssid=two", &off);
    g_assert_true(air_find(&air, "two") == &air.network[1]);
    g_assert_null(air_find(&air, "three"));
    air.count = 1;
    g_assert_null(air_find(&air, "two"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/air/defaults", test_defaults);
    g_test_add_func("/air/all-words", test_all_words);
    g_test_add_func("/air/security", test_security);
    g_test_add_func("/air/backslashes", test_backslashes);
    g_test_add_func("/air/off", test_off);
    g_test_add_func("/air/wrong", test_wrong);
    g_test_add_func("/air/find", test_find);
    return g_test_run();
}
