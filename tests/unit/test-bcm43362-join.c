/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The radio's station: joining networks of each kind, failing to, losing them (sections 5.3 and 5.4 of the facts). */
#include "tests/unit/wlan-bench.h"

enum { WEP = 1, TKIP = 2, AES = 4, WPA_PSK = 4, WPA2_PSK = 0x80 };

#define HOME        "ssid=home,psk=secretpw,channel=6,rssi=-50,bssid=02:00:00:00:00:06"
#define HOME_JOINED "joined ssid=home bssid=02:00:00:00:00:06 channel=6 security=wpa2;"
#define SEARCH_MS   (13 * 40) /* 13 channels, 40 ms each */

/* Section 5.3, steps 1 to 6. */
static void settings(struct wlan_bench *b, uint32_t wsec, uint32_t wpa_auth)
{
    g_assert_cmpint(wlan_set_var32(b, "ampdu_ba_wsize", 8), ==, 0);
    g_assert_cmpint(wlan_set32(b, STA, 134, wsec), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(b, "bsscfg:sup_wpa", STA, wpa_auth != 0), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(b, "bsscfg:sup_wpa2_eapver", STA, 0xFFFFFFFF), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(b, "bsscfg:sup_wpa_tmo", STA, 2500), ==, 0);
    g_assert_cmpint(wlan_set32(b, STA, 20, 1), ==, 0);
    g_assert_cmpint(wlan_set32(b, STA, 22, 0), ==, 0);
    g_assert_cmpint(wlan_set32(b, STA, 165, wpa_auth), ==, 0);
}

static void set_pmk(struct wlan_bench *b, const char *key)
{
    uint8_t value[68] = {0};
    put16(value, (uint32_t)strlen(key));
    put16(value + 2, 1);
    memcpy(value + 4, key, strlen(key));
    g_assert_cmpint(wlan_set(b, STA, 268, value, sizeof value), ==, 0);
}

static void set_wep(struct wlan_bench *b, uint32_t index, const void *key, uint32_t length)
{
    uint8_t value[164] = {0};
    put32(value, index);
    put32(value + 4, length);
    memcpy(value + 8, key, length);
    put32(value + 112, length == 5 ? 1 : 3);
    g_assert_cmpint(wlan_set(b, STA, 45, value, sizeof value), ==, 0);
}

static void join(struct wlan_bench *b, const char *ssid)
{
    uint8_t value[36] = {0};
    put32(value, (uint32_t)strlen(ssid));
    memcpy(value + 4, ssid, strlen(ssid));
    g_assert_cmpint(wlan_set(b, STA, 26, value, sizeof value), ==, 0);
}

static void join_home(struct wlan_bench *b)
{
    settings(b, AES, WPA2_PSK);
    set_pmk(b, "secretpw");
    join(b, "home");
}

static bool up(struct wlan_bench *b)
{
    bool is = bcm43362_interface_up(b->dev, STA);
    g_assert_true(is == (bcm43362_joined(b->dev) != NULL));
    return is;
}

/* The events of the next milliseconds, fetched as they come. */
static char *next_events(struct wlan_bench *b, unsigned ms)
{
    GString *s = g_string_new(NULL);
    for (unsigned i = 0; i < ms; i++) {
        pass(b->m, TICKS_PER_MS);
        char *now = wlan_events(b);
        if (now[0] != '\0')
            g_string_append_printf(s, "%s%s", s->len > 0 ? " " : "", now);
        g_free(now);
    }
    return g_string_free(s, FALSE);
}

#define assert_next(B, MS, EXPECTED)                                                                                           \
    do {                                                                                                                       \
        char *next = next_events(B, MS);                                                                                       \
        g_assert_cmpstr(next, ==, EXPECTED);                                                                                   \
        g_free(next);                                                                                                          \
    } while (0)

/* ---- joining ---- */

static void test_open(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, "ssid=cafe,channel=3,bssid=02:00:00:00:00:03");
    settings(&b, 0, 0);
    join(&b, "cafe");
    assert_published(&b, "join ssid=cafe;");
    assert_next(&b, SEARCH_MS, ""); /* the reply goes first, then it looks for it */
    g_assert_false(up(&b));
    unsigned pulses = probe_rises(b.m, 0);
    assert_next(&b, 20, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0");
    g_assert_cmpuint(probe_rises(b.m, 0), >, pulses); /* the host's bridge is told */
    assert_published(&b, "joined ssid=cafe bssid=02:00:00:00:00:03 channel=3 security=open;");
    g_assert_true(up(&b));
    assert_next(&b, 5000, "");
    wlan_bench_done(&b);
}

/* Each event tells of whom, and SET_SSID the name. */
static void test_event_contents(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    join_home(&b);
    wlan_pass_ms(&b, 1000);
    g_assert_cmpuint(b.frames->len, ==, 6);
    for (unsigned i = 0; i < b.frames->len; i++) {
        g_assert_cmpmem(wlan_event_frame(&b, i) + 48, 6, "\x02\0\0\0\0\x06", 6);
        g_assert_cmpuint(wlan_event_frame(&b, i)[70], ==, 0);
    }
    const uint8_t *set_ssid = wlan_event_frame(&b, 4);
    g_assert_cmpuint(wlan_be32(set_ssid + EVENT_TYPE), ==, 0);
    g_assert_cmpuint(wlan_be32(set_ssid + 44), ==, 4);
    g_assert_cmpmem(set_ssid + EVENT_DATA, 4, "home", 4);
    wlan_bench_done(&b);
}

static void test_wpa2(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    join_home(&b);
    assert_next(&b, SEARCH_MS + 10, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0");
    g_assert_false(up(&b)); /* not before the keys are there */
    assert_published(&b, "join ssid=home;");
    assert_next(&b, 30, "46/6/0");
    g_assert_true(up(&b));
    assert_published(&b, HOME_JOINED);
    g_assert_cmpstr(bcm43362_joined(b.dev)->ssid, ==, "home");
    wlan_bench_done(&b);
}

static void test_wrong_key(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    settings(&b, AES, WPA2_PSK);
    set_pmk(&b, "Secretpw");
    join(&b, "home");
    assert_next(&b, SEARCH_MS + 2400, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0");
    assert_published(&b, "join ssid=home;");
    assert_next(&b, 200, "46/8/15");
    assert_published(&b, "join-failed ssid=home reason=wrong key;");
    g_assert_false(up(&b));
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    assert_next(&b, 5000, "11/0/0 16/0/2");
    /* then with the right one */
    set_pmk(&b, "secretpw");
    join(&b, "home");
    assert_next(&b, 1000, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0");
    g_assert_true(up(&b));
    wlan_bench_done(&b);
}

static void test_no_key(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    settings(&b, AES, WPA2_PSK);
    g_assert_cmpint(wlan_set_var32_of(&b, "bsscfg:sup_wpa_tmo", STA, 500), ==, 0);
    join(&b, "home");
    assert_next(&b, SEARCH_MS + 520, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/8/15");
    g_assert_false(up(&b));
    wlan_bench_done(&b);
}

/* The same key as a pass phrase and as its 64 digits (test vector of IEEE 802.11, annex on pass phrases: "IEEE", "password").
 */
static void test_key_forms(void)
{
    static const char hex[] = "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e";
    static const struct {
        const char *air, *host;
        bool same;
    } cases[] = {
        {"password", "password", true},
        {"password", hex, true},
        {hex, "password", true},
        {hex, hex, true},
        {"password1", hex, false},
        {hex, "passwore", false},
        {"password", "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12f", false},
        {hex, "F42C6FC52DF0EBEF9EBB4B90B38A5F902E83FE1B135A70E23AED762E9710A12E", true},
        {hex, "z42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e", false},
        {"password", "passwordpassword", false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct wlan_bench b = wlan_bench_up();
        char *text = g_strdup_printf("ssid=IEEE,psk=%s", cases[i].air);
        wlan_air(&b, text);
        g_free(text);
        settings(&b, AES, WPA2_PSK);
        set_pmk(&b, cases[i].host);
        join(&b, "IEEE");
        pass(b.m, 5 * TICKS_PER_SECOND);
        g_assert_true(up(&b) == cases[i].same);
        wlan_bench_done(&b);
    }
    struct wlan_bench b = wlan_bench_up(); /* 32 plain bytes, which SET_WSEC_PMK takes as well */
    uint8_t value[68] = {32, 0, 0, 0};
    for (unsigned i = 0; i < 32; i++)
        value[4 + i] = (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    wlan_air(&b, "ssid=IEEE,psk=password");
    settings(&b, AES, WPA2_PSK);
    g_assert_cmpint(wlan_set(&b, STA, 268, value, sizeof value), ==, 0);
    join(&b, "IEEE");
    pass(b.m, 5 * TICKS_PER_SECOND);
    g_assert_true(up(&b));
    wlan_bench_done(&b);
}

static void test_missing(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    settings(&b, 0, 0);
    join(&b, "hom");
    assert_next(&b, 3 * SEARCH_MS - 2, "");
    assert_next(&b, 10, "0/3/0");
    assert_published(&b, "join ssid=hom;join-failed ssid=hom reason=network not found;");
    assert_next(&b, 20000, "");
    g_assert_false(up(&b));
    wlan_bench_done(&b);
}

/* It appears while the radio looks for it. */
static void test_late(void)
{
    struct wlan_bench b = wlan_bench_up();
    join_home(&b);
    assert_next(&b, SEARCH_MS + 100, "");
    wlan_air(&b, HOME);
    assert_next(&b, SEARCH_MS, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0");
    wlan_bench_done(&b);
}

/* Which settings find which network. */
static void test_security(void)
{
    static const struct {
        const char *air;
        uint32_t wsec, wpa_auth;
        bool joins;
    } cases[] = {
        {"ssid=x", 0, 0, true},
        {"ssid=x", AES, WPA2_PSK, false},
        {"ssid=x", WEP, 0, false},
        {"ssid=x,psk=secretpw", 0, 0, false},
        {"ssid=x,psk=secretpw", AES, WPA2_PSK, true},
        {"ssid=x,psk=secretpw", AES | TKIP, WPA2_PSK, true},
        {"ssid=x,psk=secretpw", TKIP, WPA_PSK, false},
        {"ssid=x,psk=secretpw", AES, WPA_PSK, false},
        {"ssid=x,psk=secretpw", TKIP, WPA2_PSK, false},
        {"ssid=x,psk=secretpw", WEP, 0, false},
        {"ssid=x,psk=secretpw,security=wpa", TKIP, WPA_PSK, true},
        {"ssid=x,psk=secretpw,security=wpa", AES, WPA_PSK, false},
        {"ssid=x,psk=secretpw,security=wpa", TKIP | AES, WPA2_PSK, false},
        {"ssid=x,psk=secretpw,security=mixed", TKIP, WPA_PSK, true},
        {"ssid=x,psk=secretpw,security=mixed", AES, WPA2_PSK, true},
        {"ssid=x,psk=secretpw,security=mixed", AES | TKIP, WPA2_PSK, true},
        {"ssid=x,psk=secretpw,security=mixed", 0, 0, false},
        {"ssid=x,psk=abcde,security=wep", WEP, 0, true},
        {"ssid=x,psk=abcde,security=wep", 0, 0, false},
        {"ssid=x,psk=abcde,security=wep", AES, WPA2_PSK, false},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct wlan_bench b = wlan_bench_up();
        wlan_air(&b, cases[i].air);
        settings(&b, cases[i].wsec, cases[i].wpa_auth);
        set_pmk(&b, "secretpw");
        set_wep(&b, 0, "abcde", 5);
        join(&b, "x");
        pass(b.m, 2 * TICKS_PER_SECOND);
        if (up(&b) != cases[i].joins)
            g_error("case %u: %s", i, b.published->str);
        if (!cases[i].joins) {
            assert_wlan_events(&b, "0/3/0");
            assert_published(&b, "join ssid=x;join-failed ssid=x reason=the network's security is another;");
        }
        wlan_bench_done(&b);
    }
}

static void test_wep(void)
{
    struct wlan_bench b = wlan_bench_up();
    static const uint8_t key[13] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF, 0x01, 0x23, 0x45, 0x67, 0x89};
    wlan_air(&b, "ssid=old,psk=0123456789ABCDEF0123456789,security=wep");
    settings(&b, WEP, 0);
    set_wep(&b, 1, "abcde", 5);
    join(&b, "old"); /* open authentication takes everybody, but nobody understands the frames */
    assert_next(&b, 1000, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0");
    g_assert_false(up(&b));
    g_assert_nonnull(strstr(b.published->str, "join-failed ssid=old reason=wrong key; the network takes"));
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    assert_next(&b, 10, "11/0/0 16/0/2");
    g_assert_cmpint(wlan_set32(&b, STA, 22, 1), ==, 0); /* shared authentication does not */
    join(&b, "old");
    assert_next(&b, 1000, "3/1/15 0/1/0");
    g_assert_nonnull(strstr(b.published->str, "join-failed ssid=old reason=wrong key;"));
    set_wep(&b, 2, key, sizeof key);
    join(&b, "old");
    assert_next(&b, 1000, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0");
    g_assert_true(up(&b));
    wlan_bench_done(&b);
}

/* The variable join, with an address and a channel. */
static void test_specific(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t value[72] = {4, 0, 0, 0, 'h', 'o', 'm', 'e'};
    memset(value + 40, 0xFF, 16);
    memcpy(value + 56, "\x02\0\0\0\0\x06", 6);
    put32(value + 64, 1);
    put16(value + 68, 0x2B06);
    wlan_air(&b, HOME);
    settings(&b, AES, WPA2_PSK);
    set_pmk(&b, "secretpw");
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, sizeof value), ==, 0);
    assert_next(&b, 40 + 30, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0"); /* one channel only */
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    assert_next(&b, 10, "11/0/0 16/0/2");
    put16(value + 68, 0x2B07);
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, sizeof value), ==, 0);
    assert_next(&b, 130, "0/3/0");
    put16(value + 68, 0x2B06);
    value[61] = 7;
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, sizeof value), ==, 0);
    assert_next(&b, 130, "0/3/0");
    /* the same behind SET_SSID */
    uint8_t set_ssid[52] = {4, 0, 0, 0, 'h', 'o', 'm', 'e'};
    memcpy(set_ssid + 36, value + 56, 16);
    g_assert_cmpint(wlan_set(&b, STA, 26, set_ssid, sizeof set_ssid), ==, 0);
    assert_next(&b, 130, "0/3/0");
    set_ssid[41] = 6;
    g_assert_cmpint(wlan_set(&b, STA, 26, set_ssid, sizeof set_ssid), ==, 0);
    assert_next(&b, 70, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0");
    wlan_bench_done(&b);
}

static void test_refused(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t value[72] = {4, 0, 0, 0, 'h', 'o', 'm', 'e'}, pmk[68] = {7, 0, 1, 0}, wep[164] = {4};
    g_assert_cmpint(wlan_set(&b, STA, 26, value, 35), ==, -2);
    g_assert_cmpint(wlan_set(&b, STA, 26, value, 40), ==, -2);
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, 67), ==, -14);
    put32(value, 33);
    g_assert_cmpint(wlan_set(&b, STA, 26, value, 36), ==, -2);
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, 72), ==, -2);
    put32(value, 4);
    put32(value + 64, 3); /* three channels, room for two */
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, 72), ==, -2);
    put32(value + 64, 0x80000001); /* times two it is 2 */
    g_assert_cmpint(wlan_set_var(&b, STA, "join", value, 72), ==, -2);
    g_assert_cmpint(wlan_set(&b, STA, 268, pmk, 68), ==, -2); /* a pass phrase of seven */
    pmk[0] = 65;
    g_assert_cmpint(wlan_set(&b, STA, 268, pmk, 68), ==, -2);
    pmk[0] = 8;
    g_assert_cmpint(wlan_set(&b, STA, 268, pmk, 67), ==, -14);
    pmk[2] = 0;
    g_assert_cmpint(wlan_set(&b, STA, 268, pmk, 68), ==, -2);
    g_assert_cmpint(wlan_set(&b, STA, 45, wep, 164), ==, -2); /* a fifth key */
    wep[0] = 0;
    wep[4] = 33;
    g_assert_cmpint(wlan_set(&b, STA, 45, wep, 164), ==, -2);
    g_assert_cmpint(wlan_set(&b, STA, 45, wep, 115), ==, -14);
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    put32(value + 64, 0);
    g_assert_cmpint(wlan_set(&b, STA, 26, value, 36), ==, -4); /* the radio is off */
    assert_next(&b, 5000, "");
    wlan_bench_done(&b);
}

/* What the host learns while it is connected. */
static void test_getters(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t answer[400];
    wlan_air(&b, HOME);
    join_home(&b);
    pass(b.m, TICKS_PER_SECOND);
    g_assert_true(up(&b));
    g_assert_cmpint(wlan_get(&b, STA, 23, answer, 6), ==, 0);
    g_assert_cmpmem(answer, 6, "\x02\0\0\0\0\x06", 6);
    g_assert_cmpint(wlan_get(&b, STA, 25, answer, 36), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 4);
    g_assert_cmpmem(answer + 4, 5, "home", 5);
    g_assert_cmpint(wlan_get(&b, STA, 127, answer, 4), ==, 0);
    g_assert_cmpint((int32_t)get32(answer), ==, -50);
    g_assert_cmpint(wlan_get(&b, STA, 136, answer, 132), ==, 0);
    g_assert_cmpuint(get32(answer + 4), ==, 109);
    g_assert_cmpuint(get32(answer + 8), ==, 128);
    g_assert_cmpuint(answer[4 + 88], ==, 6);
    g_assert_cmpint(wlan_get(&b, STA, 136, answer, 400), ==, 0);
    g_assert_cmpuint(get32(answer + 8), >, 128);
    g_assert_cmpint(wlan_get(&b, STA, 136, answer, 131), ==, -14);
    g_assert_cmpint(wlan_get(&b, STA, 133, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, AES);
    g_assert_cmpint(wlan_get(&b, STA, 164, answer, 4), ==, 0);
    g_assert_cmpuint(get32(answer), ==, WPA2_PSK);
    g_assert_cmpint(wlan_get(&b, STA, 29, answer, 12), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 6);
    /* it gets weaker, the connection stays */
    wlan_air(&b, "ssid=home,psk=secretpw,channel=6,rssi=-80,bssid=02:00:00:00:00:06,loss=10");
    assert_next(&b, 20000, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0"); /* those of the join */
    g_assert_true(up(&b));
    g_assert_cmpint(wlan_get(&b, STA, 127, answer, 4), ==, 0);
    g_assert_cmpint((int32_t)get32(answer), ==, -80);
    g_assert_cmpuint(bcm43362_joined(b.dev)->loss, ==, 100000);
    wlan_bench_done(&b);
}

/* ---- leaving, losing ---- */

static struct wlan_bench joined(void)
{
    struct wlan_bench b = wlan_bench_up();
    wlan_air(&b, HOME);
    join_home(&b);
    pass(b.m, TICKS_PER_SECOND);
    g_assert_true(up(&b));
    wlan_drain(&b);
    g_string_truncate(b.published, 0);
    return b;
}

static void test_leave(void)
{
    struct wlan_bench b = joined();
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    g_assert_false(up(&b));
    assert_wlan_events(&b, "");
    assert_next(&b, 20000, "11/0/0 16/0/2");
    assert_published(&b, "leave ssid=home;");
    wlan_bench_done(&b);
}

static void test_down(void)
{
    struct wlan_bench b = joined();
    g_assert_cmpint(wlan_set(&b, STA, 3, NULL, 0), ==, 0);
    g_assert_false(up(&b));
    assert_published(&b, "leave ssid=home;down;");
    assert_next(&b, 20000, "");
    wlan_bench_done(&b);
}

/* The network goes away: frames stop at once, the chip believes it when no beacon has come for 8 s. */
static void test_lost_and_found(void)
{
    struct wlan_bench b = joined();
    uint8_t answer[6];
    wlan_air(&b, "ssid=home,off");
    g_assert_false(up(&b));
    g_assert_cmpint(wlan_get(&b, STA, 23, answer, 6), ==, 0);
    assert_next(&b, 7990, "");
    assert_published(&b, "");
    assert_next(&b, 20, "16/0/1");
    assert_published(&b, "link-lost ssid=home reason=no beacons;");
    g_assert_cmpint(wlan_get(&b, STA, 23, answer, 6), ==, -17);
    assert_next(&b, 30000, "");
    wlan_air(&b, HOME);
    assert_next(&b, 10000 + SEARCH_MS + 40, "3/0/0 7/0/0 16/0/0+ 46/6/0"); /* at the next look, every 10 s */
    g_assert_true(up(&b));
    assert_published(&b, "join ssid=home;" HOME_JOINED);
    wlan_bench_done(&b);
}

static void test_short_absence(void)
{
    struct wlan_bench b = joined();
    wlan_air(&b, "ssid=home,off");
    assert_next(&b, 7000, "");
    g_assert_false(up(&b));
    wlan_air(&b, HOME);
    g_assert_true(up(&b));
    assert_next(&b, 30000, "");
    assert_published(&b, "");
    wlan_bench_done(&b);
}

/* The host has the last word: it leaves, or joins again, while the chip still looks by itself. */
static void test_lost_and_left(void)
{
    struct wlan_bench b = joined();
    wlan_air(&b, "ssid=home,off");
    assert_next(&b, 8010, "16/0/1");
    join(&b, "home");
    assert_next(&b, 2000, "0/3/0");
    g_assert_cmpint(wlan_set(&b, STA, 52, NULL, 0), ==, 0);
    wlan_air(&b, HOME);
    assert_next(&b, 60000, "");
    g_assert_false(up(&b));
    join(&b, "home");
    assert_next(&b, 1000, "3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0");
    wlan_bench_done(&b);
}

static void test_lost_without_roaming(void)
{
    struct wlan_bench b = joined();
    g_assert_cmpint(wlan_set_var32(&b, "roam_off", 1), ==, 0);
    g_assert_cmpint(wlan_set_var32(&b, "bcn_timeout", 2), ==, 0);
    wlan_air(&b, "ssid=home,off");
    assert_next(&b, 2010, "16/0/1");
    wlan_air(&b, HOME);
    assert_next(&b, 60000, "");
    wlan_bench_done(&b);
}

/* Another channel is another network to the chip, until it looks for it again. */
static void test_moved(void)
{
    struct wlan_bench b = joined();
    wlan_air(&b, "ssid=home,psk=secretpw,channel=9,bssid=02:00:00:00:00:06");
    g_assert_false(up(&b));
    assert_next(&b, 8010, "16/0/1");
    assert_next(&b, 11000, "3/0/0 7/0/0 16/0/0+ 46/6/0");
    g_assert_cmpuint(bcm43362_joined(b.dev)->channel, ==, 9);
    wlan_bench_done(&b);
}

/* A new key at the access point: it throws the station out, which cannot come back. */
static void test_new_key(void)
{
    struct wlan_bench b = joined();
    wlan_air(&b, "ssid=home,psk=another1,channel=6,bssid=02:00:00:00:00:06");
    assert_next(&b, 20, "6/0/2 16/0/2");
    assert_published(&b, "link-lost ssid=home reason=thrown out by the network;");
    g_assert_false(up(&b));
    assert_next(&b, 13200, "3/0/0 7/0/0 16/0/0+ 46/8/15");
    assert_published(&b, "join ssid=home;join-failed ssid=home reason=wrong key;");
    g_assert_false(up(&b));
    wlan_bench_done(&b);
}

/* It vanishes at every moment of a join. The station never ends up connected, and the host always hears how it ended. */
static void test_vanishes(void)
{
    for (unsigned us = 0; us < 40000; us += 500) {
        struct wlan_bench b = wlan_bench_up();
        wlan_air(&b, HOME);
        join_home(&b);
        pass(b.m, (SEARCH_MS - 5) * TICKS_PER_MS + us * TICKS_PER_US);
        wlan_air(&b, "ssid=home,off");
        g_assert_false(up(&b));
        pass(b.m, 12 * TICKS_PER_SECOND);
        g_assert_false(up(&b));
        char *events = wlan_events(&b);
        bool failed = g_str_has_suffix(events, "0/3/0") || g_str_has_suffix(events, "0/1/0");
        if (!failed && !g_str_has_suffix(events, "16/0/1"))
            g_error("after %u us: %s", us, events);
        g_free(events);
        wlan_bench_done(&b);
    }
}

/* Joining ends a scan; while it looks for a network the chip cannot scan. */
static void test_scan_meanwhile(void)
{
    struct wlan_bench b = wlan_bench_up();
    uint8_t scan[72] = {1, 0, 0, 0, 1};
    memset(scan + 44, 0xFF, 6);
    wlan_air(&b, HOME);
    g_assert_cmpint(wlan_set_var(&b, STA, "escan", scan, sizeof scan), ==, 0);
    join_home(&b);
    g_assert_cmpint(wlan_set_var(&b, STA, "escan", scan, sizeof scan), ==, -16);
    assert_next(&b, 1000, "69/10/0 3/0/0 7/0/0 16/0/0+ 1/0/0 0/0/0 46/6/0");
    /* while it is connected a scan takes 13 times 20 ms and 12 times 45 ms */
    g_assert_cmpint(wlan_set_var(&b, STA, "escan", scan, sizeof scan), ==, 0);
    assert_next(&b, 799, "69/8/0");
    assert_next(&b, 3, "69/0/0");
    g_assert_true(up(&b));
    wlan_bench_done(&b);
}

/* There is one radio: an access point moves to the channel of the network. */
static void test_access_point_channel(void)
{
    struct wlan_bench b = joined();
    uint8_t ssid[40] = {1, 0, 0, 0, 2, 0, 0, 0, 'm', 'y'}, answer[12];
    g_assert_cmpint(wlan_set_var(&b, STA, "bsscfg:ssid", ssid, sizeof ssid), ==, 0);
    g_assert_cmpint(wlan_set32(&b, AP, 30, 11), ==, 0);
    g_assert_cmpint(wlan_set_var32_of(&b, "bss", AP, 1), ==, 0);
    assert_published(&b, "softap-up ssid=my channel=6 security=open;");
    g_assert_cmpint(wlan_get(&b, AP, 29, answer, 12), ==, 0);
    g_assert_cmpuint(get32(answer), ==, 6);
    g_assert_cmpuint(get32(answer + 4), ==, 11);
    g_assert_true(bcm43362_interface_up(b.dev, AP) && up(&b));
    wlan_bench_done(&b);
}

/* Power goes in the midst of it: nothing is left, and nothing comes later. */
static void test_power_cut(void)
{
    for (unsigned ms = 0; ms < 600; ms += 7) {
        struct wlan_bench b = wlan_bench_up();
        wlan_air(&b, HOME);
        join_home(&b);
        pass(b.m, ms * TICKS_PER_MS);
        wlan_drain(&b);
        firmware_stop(b.dev);
        g_assert_false(up(&b));
        assert_next(&b, 50, "");
        firmware_start(b.dev);
        g_assert_false(up(&b));
        assert_next(&b, 50, "");
        wlan_bench_done(&b);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362-join/open", test_open);
    g_test_add_func("/bcm43362-join/event-contents", test_event_contents);
    g_test_add_func("/bcm43362-join/wpa2", test_wpa2);
    g_test_add_func("/bcm43362-join/wrong-key", test_wrong_key);
    g_test_add_func("/bcm43362-join/no-key", test_no_key);
    g_test_add_func("/bcm43362-join/key-forms", test_key_forms);
    g_test_add_func("/bcm43362-join/missing", test_missing);
    g_test_add_func("/bcm43362-join/late", test_late);
    g_test_add_func("/bcm43362-join/security", test_security);
    g_test_add_func("/bcm43362-join/wep", test_wep);
    g_test_add_func("/bcm43362-join/specific", test_specific);
    g_test_add_func("/bcm43362-join/refused", test_refused);
    g_test_add_func("/bcm43362-join/getters", test_getters);
    g_test_add_func("/bcm43362-join/leave", test_leave);
    g_test_add_func("/bcm43362-join/down", test_down);
    g_test_add_func("/bcm43362-join/lost-and-found", test_lost_and_found);
    g_test_add_func("/bcm43362-join/short-absence", test_short_absence);
    g_test_add_func("/bcm43362-join/lost-and-left", test_lost_and_left);
    g_test_add_func("/bcm43362-join/lost-without-roaming", test_lost_without_roaming);
    g_test_add_func("/bcm43362-join/moved", test_moved);
    g_test_add_func("/bcm43362-join/new-key", test_new_key);
    g_test_add_func("/bcm43362-join/vanishes", test_vanishes);
    g_test_add_func("/bcm43362-join/scan-meanwhile", test_scan_meanwhile);
    g_test_add_func("/bcm43362-join/access-point-channel", test_access_point_channel);
    g_test_add_func("/bcm43362-join/power-cut", test_power_cut);
    return g_test_run();
}
