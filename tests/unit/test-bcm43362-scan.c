/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scans of the radio, and the record that each network is reported with (section 5.2 of the facts). */
#include "peripherals/bcm43362/firmware-internal.h"
#include "tests/unit/wlan-bench.h"

enum { PARTIAL = 8, SCAN_SIZE = 72, RESULT = EVENT_DATA + 12 };

/* What the drivers send: every network, on every channel, times left open. */
static void new_request(uint8_t request[SCAN_SIZE + 32])
{
    memset(request, 0, SCAN_SIZE + 32);
    put32(request, 1);
    put16(request + 4, 1);
    put16(request + 6, 0x1234);
    memset(request + 44, 0xFF, 6);
    request[50] = 2;
    memset(request + 52, 0xFF, 16);
}

static int32_t scan(struct wlan_bench *b, const uint8_t *request, size_t length)
{
    return wlan_set_var(b, STA, "escan", request, length);
}

static void start(struct wlan_bench *b)
{
    uint8_t request[SCAN_SIZE + 32];
    new_request(request);
    g_assert_cmpint(scan(b, request, SCAN_SIZE), ==, 0);
}

static uint32_t status_of(struct wlan_bench *b, unsigned n)
{
    return wlan_be32(wlan_event_frame(b, n) + 32);
}

/* The names found so far with "," between, then "=" and the status of the end. */
static char *found(struct wlan_bench *b)
{
    GString *s = g_string_new(NULL);
    for (unsigned i = 0; i < b->frames->len; i++) {
        const uint8_t *f = wlan_event_frame(b, i);
        g_assert_cmpuint(wlan_be32(f + EVENT_TYPE), ==, 69);
        g_assert_cmpuint(wlan_be32(f + 44), ==, get32(f + EVENT_DATA));
        g_assert_cmpuint(get32(f + EVENT_DATA + 4), ==, 109);
        if (status_of(b, i) == PARTIAL) {
            g_assert_cmpuint(get16(f + EVENT_DATA + 10), ==, 1);
            g_string_append_printf(s, "%s%.*s", s->len > 0 ? "," : "", f[RESULT + 18], (const char *)f + RESULT + 19);
        } else {
            g_assert_cmpuint(get16(f + EVENT_DATA + 10), ==, 0);
            g_string_append_printf(s, "=%u", status_of(b, i));
        }
    }
    return g_string_free(s, FALSE);
}

#define assert_found(B, EXPECTED)                                                                                              \
    do {                                                                                                                       \
        char *is = found(B);                                                                                                   \
        g_assert_cmpstr(is, ==, EXPECTED);                                                                                     \
        g_free(is);                                                                                                            \
    } while (0)

static void test_empty(void)
{
    struct wlan_bench b = wlan_bench_up();
    start(&b);
    assert_published(&b, "scan;");
    wlan_pass_ms(&b, 13 * 40 - 1); /* 13 channels, 40 ms each */
    assert_found(&b, "");
    wlan_pass_ms(&b, 3);
    assert_found(&b, "=0");
    g_assert_cmpuint(get16(wlan_event_frame(&b, 0) + EVENT_DATA + 8), ==, 0x1234);
    assert_published(&b, "scan-done found=0;");
    wlan_pass_ms(&b, 1000);
    assert_found(&b, "");
    wlan_bench_done(&b);
}

static void test_all(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, "ssid=late,channel=13");
    wlan_air(&b, "ssid=home,psk=secretpw,channel=6,rssi=-50");
    wlan_air(&b, "ssid=first,channel=1");
    wlan_air(&b, "ssid=also six,channel=6");
    start(&b);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "first,home,also six,late=0");
    assert_published(&b, "scan;scan-done found=4;");
    wlan_bench_done(&b);
}

/* Each is reported while the radio is on its channel. */
static void test_moments(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, "ssid=a,channel=2");
    wlan_air(&b, "ssid=b,channel=2");
    start(&b);
    wlan_pass_ms(&b, 45);
    assert_found(&b, "");
    wlan_pass_ms(&b, 11);
    assert_found(&b, "a");
    wlan_pass_ms(&b, 15);
    assert_found(&b, "b");
    wlan_bench_done(&b);
}

/* As many as the air can hold, on one channel. */
static void test_crowd(void)
{
    struct wlan_bench b = wlan_bench_up();
    for (unsigned i = 0; i < AIR_NETWORKS; i++) {
        char text[100];
        g_snprintf(text, sizeof text, "ssid=a network with a long name %02u,psk=secretpw,security=mixed,channel=6", i);
        wlan_air(&b, text);
    }
    start(&b);
    pass(b.m, TICKS_PER_SECOND); /* the host does not fetch them meanwhile */
    wlan_drain(&b);
    g_assert_cmpuint(b.frames->len, ==, AIR_NETWORKS + 1);
    wlan_bench_done(&b);
}

static void test_selected(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t request[SCAN_SIZE + 32];
    wlan_air(&b, "ssid=one,channel=1,bssid=02:00:00:00:00:01");
    wlan_air(&b, "ssid=two,channel=2,bssid=02:00:00:00:00:02");
    wlan_air(&b, "ssid=twofold,channel=3,bssid=02:00:00:00:00:03");
    new_request(request);
    put32(request + 8, 3);
    memcpy(request + 12, "two", 3);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "two=0");
    new_request(request);
    memcpy(request + 44, "\x02\0\0\0\0\x03", 6);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "twofold=0");
    new_request(request); /* channels 3, 1, 14 (not allowed here) and 200 */
    put32(request + 68, 4 | 1 << 16);
    put16(request + 72, 0x2B03);
    put16(request + 74, 0x2B01);
    put16(request + 76, 0x2B0E);
    put16(request + 78, 0x2BC8);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE + 8), ==, 0);
    wlan_pass_ms(&b, 83);
    assert_found(&b, "one,twofold=0");
    wlan_bench_done(&b);
}

static void test_times(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t request[SCAN_SIZE + 32];
    new_request(request);
    put32(request + 56, 100);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 1299);
    assert_found(&b, "");
    wlan_pass_ms(&b, 3);
    assert_found(&b, "=0");
    new_request(request);
    request[51] = 1; /* passive */
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 13 * 110 - 1);
    assert_found(&b, "");
    wlan_pass_ms(&b, 3);
    assert_found(&b, "=0");
    put32(request + 60, 30);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 13 * 30 + 2);
    assert_found(&b, "=0");
    wlan_bench_done(&b);
}

static void test_country(void)
{
    struct wlan_bench b = wlan_bench_up();
    const uint8_t us[12] = {'U', 'S'}, jp[12] = {'J', 'P'};
    wlan_air(&b, "ssid=eleven,channel=11");
    wlan_air(&b, "ssid=thirteen,channel=13");
    wlan_air(&b, "ssid=fourteen,channel=14");
    wlan_set_var(&b, STA, "country", us, 12);
    start(&b);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "eleven=0");
    wlan_set_var(&b, STA, "country", jp, 12);
    start(&b);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "eleven,thirteen,fourteen=0");
    wlan_bench_done(&b);
}

static void test_abort(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t request[SCAN_SIZE + 32];
    wlan_air(&b, "ssid=one,channel=1");
    wlan_air(&b, "ssid=six,channel=6");
    new_request(request);
    put16(request + 4, 3);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0); /* nothing to abort */
    wlan_pass_ms(&b, 10);
    assert_found(&b, "");
    start(&b);
    wlan_pass_ms(&b, 100);
    assert_found(&b, "one");
    g_assert_cmpint(scan(&b, request, 8), ==, 0);
    assert_wlan_events(&b, "");
    wlan_pass_ms(&b, 1000);
    assert_found(&b, "=4");
    assert_published(&b, "scan;scan-aborted;");
    wlan_bench_done(&b);
}

/* A new scan ends the one under way. */
static void test_again(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t request[SCAN_SIZE + 32];
    wlan_air(&b, "ssid=one,channel=1");
    start(&b);
    wlan_pass_ms(&b, 100);
    new_request(request);
    put16(request + 6, 0x5678);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, 0);
    wlan_pass_ms(&b, 600);
    assert_found(&b, "=9,one=0");
    g_assert_cmpuint(get16(wlan_event_frame(&b, 0) + EVENT_DATA + 8), ==, 0x1234);
    g_assert_cmpuint(get16(wlan_event_frame(&b, 1) + EVENT_DATA + 8), ==, 0x5678);
    g_assert_cmpuint(get16(wlan_event_frame(&b, 2) + EVENT_DATA + 8), ==, 0x5678);
    assert_published(&b, "scan;scan-aborted;scan;scan-done found=1;");
    wlan_bench_done(&b);
}

static void test_refused(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t request[SCAN_SIZE + 32];
    new_request(request);
    g_assert_cmpint(scan(&b, request, 7), ==, -14);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE - 1), ==, -14);
    put32(request + 68, 1);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE + 1), ==, -2); /* its channel is cut off */
    put32(request + 68, 0xFFFF);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE + 32), ==, -2);
    new_request(request);
    put32(request, 2); /* version */
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, -2);
    new_request(request);
    put16(request + 4, 2); /* continue */
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, -2);
    new_request(request);
    put32(request + 8, 33);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, -2);
    new_request(request);
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    g_assert_cmpint(scan(&b, request, SCAN_SIZE), ==, -4);
    wlan_pass_ms(&b, 1000);
    assert_found(&b, "");
    assert_published(&b, "down;");
    wlan_bench_done(&b);
}

/* Networks that come and go under a scan. */
static void test_changing_air(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, "ssid=a,channel=1");
    wlan_air(&b, "ssid=b,channel=1");
    wlan_air(&b, "ssid=c,channel=5");
    start(&b);
    wlan_pass_ms(&b, 20);
    assert_found(&b, "a");
    wlan_air(&b, "ssid=a,off");
    wlan_air(&b, "ssid=b,off");
    wlan_air(&b, "ssid=c,off");
    wlan_air(&b, "ssid=d,channel=9");
    wlan_pass_ms(&b, 600);
    assert_found(&b, "d=0");
    start(&b);
    wlan_pass_ms(&b, 50);
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0); /* switched off amid a scan */
    wlan_pass_ms(&b, 600);
    assert_found(&b, "");
    wlan_bench_done(&b);
}

/* ---- the record ---- */

/* The information element of that number among those of a record; NULL: none. */
static const uint8_t *element(const uint8_t *info, uint8_t id)
{
    const uint8_t *p = info + get16(info + 116), *end = p + get32(info + 120);
    g_assert_cmpuint(get32(info + 4), ==, 128 + get32(info + 120));
    while (p + 2 <= end && p[0] != id)
        p += 2 + p[1];
    g_assert_true(p <= end);
    return p < end ? p : NULL;
}

static struct air_network network(const char *text)
{
    struct air_network n;
    bool off;
    g_assert_true(air_network_parse(text, &n, &off, NULL));
    return n;
}

static void scan_one(struct wlan_bench *b, const char *text)
{
    wlan_air(b, text);
    start(b);
    wlan_pass_ms(b, 600);
    g_assert_cmpuint(b->frames->len, ==, 2);
}

static void test_record(void)
{
    static const uint8_t rates[] = {0x82, 0x84, 0x8B, 0x96, 0x0C, 0x12, 0x18, 0x24, 0x30, 0x48, 0x60, 0x6C};
    static const uint8_t rsn[] = {48, 20, 1, 0, 0, 0x0F, 0xAC, 4, 1, 0, 0, 0x0F, 0xAC, 4, 1, 0, 0, 0x0F, 0xAC, 2, 0, 0};
    static const uint8_t channel[] = {3, 1, 11};
    struct wlan_bench b = wlan_bench_up();
    scan_one(&b, "ssid=home,psk=secretpw,channel=11,rssi=-61,bssid=02:00:00:12:34:56");
    const uint8_t *info = wlan_event_frame(&b, 0) + RESULT;
    g_assert_cmpmem(wlan_event_frame(&b, 0) + 48, 6, "\x02\0\0\x12\x34\x56", 6);
    g_assert_cmpuint(get32(info), ==, 109);
    g_assert_cmpuint(get32(info + 4) + 12, ==, get32(info - 12));
    g_assert_cmpmem(info + 8, 6, "\x02\0\0\x12\x34\x56", 6);
    g_assert_cmpuint(get16(info + 14), ==, 100);
    g_assert_cmpuint(get16(info + 16) & 0x11, ==, 0x11);
    g_assert_cmpuint(info[18], ==, 4);
    g_assert_cmpmem(info + 19, 5, "home", 5);
    g_assert_cmpuint(get32(info + 52), ==, sizeof rates);
    g_assert_cmpmem(info + 56, sizeof rates, rates, sizeof rates);
    g_assert_cmpuint(get16(info + 72), ==, 0x2B0B);
    g_assert_cmpint((int16_t)get16(info + 78), ==, -61);
    g_assert_cmpint((int8_t)info[80], ==, -92);
    g_assert_cmpuint(info[81], ==, 1);
    g_assert_cmpuint(info[88], ==, 11);
    g_assert_cmpuint(get16(info + 116), ==, 128);
    g_assert_cmpint((int16_t)get16(info + 124), ==, 31);
    g_assert_cmpmem(element(info, 0), 6, "\0\x04home", 6);
    g_assert_cmpmem(element(info, 3), 3, channel, 3);
    g_assert_cmpmem(element(info, 48), sizeof rsn, rsn, sizeof rsn);
    g_assert_null(element(info, 221));
    g_assert_nonnull(element(info, 45));
    wlan_bench_done(&b);
}

static void test_record_security(void)
{
    static const uint8_t wpa[] = {221, 22, 0, 0x50, 0xF2, 1, 1, 0, 0, 0x50, 0xF2, 2,
                                  1,   0,  0, 0x50, 0xF2, 2, 1, 0, 0, 0x50, 0xF2, 2};
    static const uint8_t mixed_rsn[] = {48, 24, 1,    0,    0, 0x0F, 0xAC, 2, 2,    0,    0, 0x0F, 0xAC,
                                        4,  0,  0x0F, 0xAC, 2, 1,    0,    0, 0x0F, 0xAC, 2, 0,    0};
    uint8_t info[BSS_INFO_MAX];
    struct air_network n = network("ssid=a");
    g_assert_cmpuint(bss_info(&n, info, sizeof info), ==, get32(info + 4));
    g_assert_cmpuint(get16(info + 16) & 0x11, ==, 1);
    g_assert_true(!element(info, 48) && !element(info, 221) && element(info, 45));
    n = network("ssid=a,psk=abcde,security=wep");
    bss_info(&n, info, sizeof info);
    g_assert_cmpuint(get16(info + 16) & 0x11, ==, 0x11);
    g_assert_true(!element(info, 48) && !element(info, 221) && !element(info, 45));
    n = network("ssid=a,psk=secretpw,security=wpa");
    bss_info(&n, info, sizeof info);
    g_assert_null(element(info, 48));
    g_assert_cmpmem(element(info, 221), sizeof wpa, wpa, sizeof wpa);
    n = network("ssid=a,psk=secretpw,security=mixed");
    bss_info(&n, info, sizeof info);
    g_assert_cmpmem(element(info, 48), sizeof mixed_rsn, mixed_rsn, sizeof mixed_rsn);
    g_assert_cmpuint(element(info, 221)[1], ==, 26);
    n = network("ssid=a,channel=14"); /* where there is 802.11b only */
    bss_info(&n, info, sizeof info);
    g_assert_cmpuint(get32(info + 52), ==, 4);
    g_assert_null(element(info, 45));
}

/* The longest fits; where the elements do not fit, the fixed part stands alone; nothing is written behind the room. */
static void test_record_room(void)
{
    struct air_network n = network("ssid=12345678901234567890123456789012,psk=secretpw,security=mixed");
    uint8_t info[BSS_INFO_MAX];
    size_t full = bss_info(&n, info, sizeof info);
    for (size_t room = 0; room <= full; room++) {
        uint8_t *exact = g_malloc(room + 1);
        size_t length = bss_info(&n, exact, room);
        g_assert_cmpuint(length, ==, room < 128 ? 0 : room < full ? 128 : full);
        if (length == 128) {
            g_assert_cmpuint(get32(exact + 4), ==, 128);
            g_assert_cmpuint(get32(exact + 120), ==, 0);
        }
        g_free(exact);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362-scan/empty", test_empty);
    g_test_add_func("/bcm43362-scan/all", test_all);
    g_test_add_func("/bcm43362-scan/moments", test_moments);
    g_test_add_func("/bcm43362-scan/crowd", test_crowd);
    g_test_add_func("/bcm43362-scan/selected", test_selected);
    g_test_add_func("/bcm43362-scan/times", test_times);
    g_test_add_func("/bcm43362-scan/country", test_country);
    g_test_add_func("/bcm43362-scan/abort", test_abort);
    g_test_add_func("/bcm43362-scan/again", test_again);
    g_test_add_func("/bcm43362-scan/refused", test_refused);
    g_test_add_func("/bcm43362-scan/changing-air", test_changing_air);
    g_test_add_func("/bcm43362-scan/record", test_record);
    g_test_add_func("/bcm43362-scan/record-security", test_record_security);
    g_test_add_func("/bcm43362-scan/record-room", test_record_room);
    return g_test_run();
}
