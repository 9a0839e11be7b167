/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The radio's access point, as listening mode starts and stops it (section 5.5 of the facts). */
#include "tests/unit/wlan-bench.h"

static void set_ssid(struct wlan_bench *b, const char *ssid)
{
    uint8_t value[40] = {0};
    put32(value, AP);
    put32(value + 4, (uint32_t)strlen(ssid));
    memcpy(value + 8, ssid, strlen(ssid));
    g_assert_cmpint(wlan_set_var(b, STA, "bsscfg:ssid", value, sizeof value), ==, 0);
}

static uint32_t get_bss(struct wlan_bench *b, uint32_t index)
{
    uint8_t value[4];
    put32(value, index);
    g_assert_cmpint(wlan_get_var(b, STA, "bss", value, 4), ==, 0);
    return get32(value);
}

static int32_t set_bss(struct wlan_bench *b, uint32_t index, uint32_t up)
{
    return wlan_set_var32_of(b, "bss", index, up);
}

static void start(struct wlan_bench *b)
{
    g_assert_cmpuint(get_bss(b, AP), ==, 0);
    g_assert_cmpint(wlan_set_var32(b, "ampdu_ba_wsize", 2), ==, 0);
    set_ssid(b, "Photon-ABCD");
    g_assert_cmpint(wlan_set32(b, AP, 30, 11), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(b, "bsscfg:wsec", AP, 0), ==, 0);
    g_assert_cmpint(wlan_set32(b, AP, 110, 1), ==, 0);
    g_assert_cmpint(wlan_set_var32(b, "2g_mrate", 22), ==, 0);
    g_assert_cmpint(wlan_set32(b, AP, 78, 1), ==, 0);
    g_assert_cmpint(set_bss(b, AP, 1), ==, 0);
}

static void test_start_and_stop(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[12];
    start(&b);
    assert_published(&b, "softap-up ssid=Photon-ABCD channel=11 security=open;");
    assert_wlan_events(&b, ""); /* the reply goes first */
    g_assert_true(bcm43362_interface_up(b.dev, AP));
    g_assert_false(bcm43362_interface_up(b.dev, STA));
    wlan_pass_ms(&b, 10);
    g_assert_cmpuint(b.frames->len, ==, 1);
    const uint8_t *f = wlan_event_frame(&b, 0);
    g_assert_cmpuint(wlan_be32(f + EVENT_TYPE), ==, 16);
    g_assert_cmpuint(f[27], ==, 1);
    g_assert_cmpuint(f[70], ==, 1);
    g_assert_cmpuint(f[48], ==, 0x6E); /* its own address */
    g_assert_cmpuint(get_bss(&b, AP), ==, 1);
    g_assert_cmpint(wlan_get(&b, AP, 29, answer, 12), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 11);
    g_assert_cmpint(set_bss(&b, AP, 1), ==, 0); /* no second start */
    assert_published(&b, "");
    g_assert_cmpint(set_bss(&b, AP, 0), ==, 0);
    assert_published(&b, "softap-down;");
    g_assert_false(bcm43362_interface_up(b.dev, AP));
    pass(b.m, 10 * TICKS_PER_MS);
    assert_wlan_events(&b, "16/0/0@1");
    g_assert_cmpuint(get_bss(&b, AP), ==, 0);
    wlan_bench_done(&b);
}

static void test_masked(void)
{
    struct wlan_bench b = wlan_bench_up();
    const unsigned others[] = {54, 15, 17};
    wlan_want(&b, AP, others, 3);
    start(&b);
    pass(b.m, 10 * TICKS_PER_MS);
    assert_wlan_events(&b, "");
    wlan_bench_done(&b);
}

static void test_secured(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t key[68] = {8, 0, 1, 0, 's', 'e', 'c', 'r', 'e', 't', 'p', 'w'};
    set_ssid(&b, "mine");
    g_assert_cmpint(wlan_set32(&b, AP, 30, 3), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wsec", AP, 4), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:wpa_auth", AP, 0x84), ==, 0);
    g_assert_cmpint(wlan_set(&b, AP, 268, key, sizeof key), ==, 0);
    g_assert_cmpint(set_bss(&b, AP, 1), ==, 0);
    assert_published(&b, "softap-up ssid=mine channel=3 security=wpa2;");
    wlan_bench_done(&b);
}

static void test_refused(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t value[40] = {0};
    g_assert_cmpint(set_bss(&b, AP, 1), ==, -2); /* it has no name */
    put32(value, AP);
    put32(value + 4, 33);
    g_assert_cmpint(wlan_set_var(&b, STA, "bsscfg:ssid", value, sizeof value), ==, -2);
    put32(value + 4, 8);
    g_assert_cmpint(wlan_set_var(&b, STA, "bsscfg:ssid", value, sizeof value - 1), ==, -2);
    put32(value, STA);
    g_assert_cmpint(wlan_set_var(&b, STA, "bsscfg:ssid", value, sizeof value), ==, -2);
    g_assert_cmpint(set_bss(&b, 2, 1), ==, -30);
    put32(value, 2);
    g_assert_cmpint(wlan_get_var(&b, STA, "bss", value, 4), ==, -30);
    set_ssid(&b, "mine");
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    g_assert_cmpint(set_bss(&b, AP, 1), ==, -4); /* the radio is off */
    wlan_bench_done(&b);
}

/* What ends it but the command: DOWN, and power. No event follows. */
static void test_dropped(void)
{
    struct wlan_bench b = wlan_bench_up();
    start(&b);
    g_string_truncate(b.published, 0);
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    assert_published(&b, "softap-down;down;");
    pass(b.m, TICKS_PER_SECOND);
    assert_wlan_events(&b, "");
    g_assert_cmpint(wlan_set(&b, STA, 2, NULL, 0), ==, 0);
    start(&b);
    g_string_truncate(b.published, 0);
    firmware_stop(b.dev);
    assert_published(&b, "softap-down;down;");
    pass(b.m, TICKS_PER_SECOND);
    assert_wlan_events(&b, "");
    wlan_bench_done(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362-softap/start-and-stop", test_start_and_stop);
    g_test_add_func("/bcm43362-softap/masked", test_masked);
    g_test_add_func("/bcm43362-softap/secured", test_secured);
    g_test_add_func("/bcm43362-softap/refused", test_refused);
    g_test_add_func("/bcm43362-softap/dropped", test_dropped);
    return g_test_run();
}
