/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands and variables of the radio's firmware: bring-up, settings, and whatever a broken or hostile driver sends. */
#include "tests/unit/wlan-bench.h"

/* Section 5.1 of the facts: each of these must succeed, whatever the driver's generation. */
static void test_bring_up(void)
{
    struct wlan_bench b = wlan_bench_new();
    const uint8_t no_events[18] = {0};
    const uint8_t country[12] = {'J', 'P', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 'J', 'P', 0, 0};
    uint8_t answer[16] = {0};
    g_assert_cmpint(wlan_set_var32(&b, "bus:txglom", 0), ==, 0);
    g_assert_cmpint(wlan_set_var32(&b, "apsta", 1), ==, 0);
    g_assert_cmpint(wlan_set_var32(&b, "ampdu_ba_wsize", 8), ==, 0);
    g_assert_cmpint(wlan_set_var32(&b, "ampdu_mpdu", 4), ==, 0);
    g_assert_cmpint(wlan_set_var32(&b, "ampdu_rx_factor", 0), ==, 0);
    g_assert_cmpint(wlan_set_var(&b, STA, "country", country, sizeof country), ==, 0);
    g_assert_cmpint(wlan_set_var(&b, STA, "event_msgs", no_events, 18), ==, 0);
    g_assert_cmpint(wlan_set(&b, STA, 2, NULL, 0), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 110, 1), ==, 0);
    g_assert_cmpint(wlan_get_var(&b, STA, "rand", answer, 4), ==, 0);
    for (unsigned cmd = 55; cmd <= 59; cmd += 2)
        g_assert_cmpint(wlan_set32(&b, STA, cmd, 5), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 62, 1), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 64, 1), ==, 0);
    g_assert_cmpint(wlan_get_var(&b, STA, "cur_etheraddr", answer, 6), ==, 0);
    g_assert_cmpmem(answer, 6, wlan_mac, 6);
    assert_published(&b, "country country=JP;up;");
    g_assert_cmpint(wlan_set(&b, STA, 2, NULL, 0), ==, 0); /* it is up already */
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    assert_published(&b, "down;");
    assert_wlan_events(&b, "");
    wlan_bench_done(&b);
}

static void test_settings(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[64] = {0};
    static const struct {
        unsigned get, set;
    } pairs[] = {{19, 20}, {21, 22}, {54, 55}, {56, 57},   {58, 59},   {61, 62},  {63, 64},
                 {75, 76}, {77, 78}, {85, 86}, {109, 110}, {133, 134}, {164, 165}};
    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_assert_cmpint(wlan_set32(&b, STA, pairs[i].set, 1000 + i), ==, 0);
        for (unsigned k = 0; k <= i; k++) {
            g_assert_cmpint(wlan_get(&b, STA, pairs[k].get, answer, 4), ==, 0);
            g_assert_cmpuint(get32(answer), ==, 1000 + k);
        }
    }
    g_assert_cmpint(wlan_set_var32(&b, "roam_off", 1), ==, 0);
    memset(answer, 0xAA, sizeof answer);
    g_assert_cmpint(wlan_get_var(&b, STA, "roam_off", answer, 8), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 1);
    g_assert_cmpuint(get32(answer + 4), ==, 0); /* filled up with zeros */
    /* by interface, however it is named */
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wsec", AP, 4), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wsec", STA, 2), ==, 0);
    g_assert_cmpint(wlan_get(&b, AP, 133, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 4);
    put32(answer, AP);
    g_assert_cmpint(wlan_get_var(&b, STA, "bsscfg:wsec", answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 4);
    g_assert_cmpint(wlan_get(&b, STA, 133, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 2);
    /* all of it is forgotten by a new start */
    firmware_stop(b.dev);
    firmware_start(b.dev);
    g_assert_cmpint(wlan_get(&b, AP, 133, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 0);
    wlan_bench_done(&b);
}

static void test_unknown(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[8];
    g_assert_cmpint(wlan_set_var32(&b, "pkt_filter_enable", 1), ==, 0);
    g_assert_cmpint(wlan_get_var(&b, STA, "pkt_filter_enable", answer, 8), ==, -23);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:sup_wpa2_eapver", 0, 0xFFFFFFFF), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 200, 1), ==, 0);
    g_assert_cmpint(wlan_get(&b, STA, 200, answer, 4), ==, -23);
    g_assert_cmpint(wlan_get(&b, STA, 2, answer, 4), ==, -23); /* there is no way to get UP */
    g_assert_cmpint(wlan_set32(&b, STA, 127, 1), ==, 0);       /* nor to set an RSSI: an unknown number */
    g_assert_cmpint(wlan_get_var(&b, STA, "escan", answer, 8), ==, -23);
    g_assert_cmpint(wlan_set_var32(&b, "ver", 1), ==, -23);
    g_assert_cmpint(wlan_set32(&b, 2, 134, 0), ==, -30); /* no such interface */
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wsec", 2, 0), ==, -30);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wsec", 0xFFFFFFFF, 0), ==, -30);
    g_assert_cmpint(wlan_set_var32(&b, "bus:txglom", 1), ==, -23);
    wlan_bench_done(&b);
}

static void test_identity(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[64], other[6] = {0x6C, 0x0B, 0x84, 0, 0, 1};
    g_assert_cmpint(wlan_get_var(&b, STA, "ver", answer, sizeof answer), ==, 0);
    g_assert_true(g_str_has_prefix((char *)answer, "wl0: ") && strstr((char *)answer, "5.90.230"));
    g_assert_cmpint(wlan_get(&b, STA, 0, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 0x14E46C77);
    g_assert_cmpint(wlan_get_var(&b, AP, "cur_etheraddr", answer, 6), ==, 0);
    g_assert_cmpuint(answer[0], ==, 0x6E); /* the access point has an address of its own */
    g_assert_cmpmem(answer + 1, 5, wlan_mac + 1, 5);
    g_assert_cmpint(wlan_set_var(&b, STA, "cur_etheraddr", other, 6), ==, 0);
    assert_published(&b, "mac interface=station mac=6c:0b:84:00:00:01;");
    g_assert_cmpint(wlan_get_var(&b, STA, "cur_etheraddr", answer, 6), ==, 0);
    g_assert_cmpmem(answer, 6, other, 6);
    other[0] |= 1;
    g_assert_cmpint(wlan_set_var(&b, STA, "cur_etheraddr", other, 6), ==, -2);
    uint8_t first[4] = {0}, second[4] = {0};
    g_assert_cmpint(wlan_get_var(&b, STA, "rand", first, 4), ==, 0);
    g_assert_cmpint(wlan_get_var(&b, STA, "rand", second, 4), ==, 0);
    g_assert_true(memcmp(first, second, 4) != 0);
    wlan_bench_done(&b);
}

static void test_multicast(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t list[4 + 60] = {0}, answer[64];
    memset(answer, 0xAA, sizeof answer);
    g_assert_cmpint(wlan_get_var(&b, STA, "mcast_list", answer, sizeof answer), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 0);
    put32(list, 1);
    memcpy(list + 4, "\x01\x00\x5E\x00\x00\x01", 6);
    g_assert_cmpint(wlan_set_var(&b, STA, "mcast_list", list, 10), ==, 0);
    g_assert_cmpint(wlan_get_var(&b, STA, "mcast_list", answer, sizeof answer), ==, 0);
    g_assert_cmpmem(answer, sizeof answer, list, sizeof list);
    put32(list, 10);
    g_assert_cmpint(wlan_set_var(&b, STA, "mcast_list", list, 64), ==, 0);
    g_assert_cmpint(wlan_set_var(&b, STA, "mcast_list", list, 63), ==, -2); /* one byte is missing */
    put32(list, 11);
    g_assert_cmpint(wlan_set_var(&b, STA, "mcast_list", list, 64), ==, -2);
    put32(list, 0x2AAAAAAB); /* times six it is 2 in 32 bits */
    g_assert_cmpint(wlan_set_var(&b, STA, "mcast_list", list, 64), ==, -2);
    wlan_bench_done(&b);
}

static void test_channels(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[12];
    const uint8_t us[12] = {'U', 'S', 0, 0, 0, 0, 0, 0, 'U', 'S', 0, 0}, jp[12] = {'J', 'P', 0, 0, 0, 0, 0, 0, 'J', 'P', 0, 0};
    const uint8_t none[12] = {0xFF, 0xFF};
    g_assert_cmpint(wlan_set32(&b, STA, 30, 13), ==, 0);
    g_assert_cmpint(wlan_get(&b, STA, 29, answer, 12), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 13);
    g_assert_cmpuint(get32(answer + 4), ==, 13);
    g_assert_cmpint(wlan_set32(&b, STA, 30, 14), ==, -20);
    g_assert_cmpint(wlan_set_var(&b, STA, "country", jp, 12), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 30, 14), ==, 0);
    g_assert_cmpint(wlan_set_var(&b, STA, "country", us, 12), ==, 0);
    g_assert_cmpint(wlan_set32(&b, STA, 30, 12), ==, -20);
    g_assert_cmpint(wlan_set32(&b, STA, 30, 0), ==, -20);
    g_assert_cmpint(wlan_set32(&b, STA, 30, 0xFFFFFFFF), ==, -20);
    g_assert_cmpint(wlan_set_var(&b, STA, "country", none, 12), ==, -2);
    g_assert_cmpint(wlan_get_var(&b, STA, "country", answer, 12), ==, 0);
    g_assert_cmpmem(answer, 12, us, 12);
    wlan_bench_done(&b);
}

/* Without a network there is nothing to say about it. */
static void test_not_associated(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[132];
    g_assert_cmpint(wlan_get(&b, STA, 23, answer, 6), ==, -17);
    g_assert_cmpint(wlan_get(&b, STA, 127, answer, 4), ==, -17);
    g_assert_cmpint(wlan_get(&b, STA, 136, answer, 132), ==, -17);
    g_assert_cmpint(wlan_get(&b, STA, 135, answer, 4), ==, 0);
    g_assert_cmpint((int32_t)get32(answer), ==, -92);
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    wlan_pass_ms(&b, 20);
    g_assert_cmpuint(b.frames->len, ==, 0);
    assert_published(&b, "");
    wlan_bench_done(&b);
}

/* ---- lying lengths ---- */

static const char *const names[] = {
    "2g_mrate",
    "ampdu_ba_wsize",
    "bss",
    "bus:txglom",
    "country",
    "cur_etheraddr",
    "escan",
    "event_msgs",
    "bsscfg:event_msgs",
    "join",
    "mcast_list",
    "rand",
    "bsscfg:ssid",
    "ssid",
    "bsscfg:wsec",
    "bsscfg:sup_wpa",
    "bsscfg:sup_wpa_tmo",
    "ver",
    "bsscfg:wpa_auth",
    "bsscfg:",
    "",
    "unknown",
    "bsscfg:unknown",
    "bsscfg:bss",
    "bsscfg:escan",
    "bsscfg:join",
    "roam_off",
    "bsscfg:cur_etheraddr",
};
static const unsigned commands[] = {0,   1,   2,   3,   19,  20,  21,  22,  23,  25,  26,        29,  30,
                                    45,  52,  54,  55,  58,  59,  62,  64,  76,  109, 110,       127, 133,
                                    134, 135, 136, 159, 164, 165, 262, 263, 268, 999, 0xFFFFFFFF};

/* Everything, with every length from nothing on: the sanitizer sees a byte too far. */
static void test_short(void)
{
    struct wlan_bench b = wlan_bench_up();
    for (unsigned set = 0; set < 2; set++)
        for (size_t length = 0; length < 200; length++) {
            for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
                uint8_t *data = g_malloc(MAX(length, 1));
                memset(data, (int)i, length);
                firmware_ioctl(b.dev, (unsigned)length % 3, commands[i], set, length > 0 ? data : NULL, length);
                g_free(data);
            }
            for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
                size_t n = strlen(names[i]) + 1;
                uint8_t *data = g_malloc0(n + length);
                memcpy(data, names[i], n);
                firmware_ioctl(b.dev, 0, set ? SET_VAR : GET_VAR, set, data, n + length);
                firmware_ioctl(b.dev, 0, set ? SET_VAR : GET_VAR, set, data, MIN(length, n - 1)); /* a name cut off */
                g_free(data);
            }
            sdpcm_read_abort(b.dev);
            wlan_drain(&b);
        }
    wlan_bench_done(&b);
}

static void test_names(void)
{
    struct wlan_bench b = wlan_bench_up();
    char data[200];
    memset(data, 'x', sizeof data);
    g_assert_cmpint(firmware_ioctl(b.dev, 0, SET_VAR, true, (uint8_t *)data, sizeof data), ==, -2); /* no end */
    g_assert_cmpint(firmware_ioctl(b.dev, 0, GET_VAR, false, (uint8_t *)data, 0), ==, -2);
    memset(data, 'x', sizeof data);
    data[100] = '\0';
    g_assert_cmpint(firmware_ioctl(b.dev, 0, SET_VAR, true, (uint8_t *)data, sizeof data), ==, -2); /* no name is that long */
    g_assert_cmpint(wlan_set_var(&b, STA, "bsscfg:wsec", "abc", 3), ==, -14);
    wlan_bench_done(&b);
}

/* A driver gone mad, on a busy air, for minutes of its time. */
static void test_random(void)
{
    struct wlan_bench b = wlan_bench_up();
    GRand *rand = g_rand_new_with_seed(4);
    wlan_air(&b, "ssid=open,channel=1");
    wlan_air(&b, "ssid=home,psk=secretpw,channel=6");
    for (unsigned round = 0; round < 30000; round++) {
        size_t length = (size_t)g_rand_int_range(rand, 0, g_rand_boolean(rand) ? 16 : 300);
        uint8_t *data = g_malloc(length + 1);
        bool dense = g_rand_boolean(rand);
        for (size_t i = 0; i < length; i++)
            data[i] = (uint8_t)(dense || g_rand_int_range(rand, 0, 8) == 0 ? g_rand_int(rand) : 0);
        unsigned cmd = commands[g_rand_int_range(rand, 0, G_N_ELEMENTS(commands))];
        bool set = g_rand_boolean(rand);
        if (cmd == GET_VAR || cmd == SET_VAR || g_rand_boolean(rand)) {
            const char *name = names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))];
            cmd = set ? SET_VAR : GET_VAR;
            memcpy(data, name, MIN(strlen(name) + 1, length));
        }
        int32_t status = firmware_ioctl(b.dev, (unsigned)g_rand_int_range(rand, 0, 16), cmd, set, data, length);
        g_assert_cmpint(status, <=, 0);
        g_assert_cmpint(status, >=, -52);
        g_free(data);
        if (g_rand_int_range(rand, 0, 4) == 0)
            pass(b.m, (ticks_t)g_rand_int_range(rand, 0, 100) * TICKS_PER_MS);
        if (g_rand_int_range(rand, 0, 100) == 0)
            wlan_set(&b, STA, 2, NULL, 0);
        if (g_rand_int_range(rand, 0, 50) == 0)
            wlan_air(&b, g_rand_boolean(rand) ? "ssid=open,channel=2" : "ssid=open,channel=1,security=wep,psk=abcde");
        if (g_rand_int_range(rand, 0, 500) == 0) {
            firmware_stop(b.dev);
            firmware_start(b.dev);
        }
        wlan_drain(&b);
        for (unsigned i = 0; i < b.frames->len; i++)
            g_assert_cmpuint(wlan_event_frame(&b, i)[70], <, 2);
    }
    g_rand_free(rand);
    wlan_bench_done(&b);
}

/* Before its start and behind its end the chip's processor carries nothing out. */
static void test_stopped(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[4];
    firmware_stop(b.dev);
    assert_published(&b, "down;");
    g_assert_cmpint(wlan_get(&b, STA, 0, answer, 4), <, 0);
    g_assert_false(firmware_interface_up(b.dev, STA) || firmware_interface_up(b.dev, AP) || firmware_interface_up(b.dev, 2));
    firmware_stop(b.dev);
    assert_published(&b, "");
    wlan_bench_done(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362-firmware/bring-up", test_bring_up);
    g_test_add_func("/bcm43362-firmware/settings", test_settings);
    g_test_add_func("/bcm43362-firmware/unknown", test_unknown);
    g_test_add_func("/bcm43362-firmware/identity", test_identity);
    g_test_add_func("/bcm43362-firmware/multicast", test_multicast);
    g_test_add_func("/bcm43362-firmware/channels", test_channels);
    g_test_add_func("/bcm43362-firmware/not-associated", test_not_associated);
    g_test_add_func("/bcm43362-firmware/short", test_short);
    g_test_add_func("/bcm43362-firmware/names", test_names);
    g_test_add_func("/bcm43362-firmware/random", test_random);
    g_test_add_func("/bcm43362-firmware/stopped", test_stopped);
    return g_test_run();
}
