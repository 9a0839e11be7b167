/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real bootloaders and system parts from power-on to listening mode, in which a device without networks waits for its user:
 * a blank device, one with keys, and after RESET.
 */
#include <string.h>

#include "tests/images/bench.h"

enum { PRIVATE_KEY = 34, PUBLIC_KEY = 1250 }; /* in the application area of the DCT */

/* What differs from set to set. */
struct boot {
    const struct generation *generation;
    const char *key_led;   /* while a key is searched */
    const char *erases;    /* from blank to the radio */
    unsigned radio_ms;     /* PC1 rises so long after a cold start with keys */
    unsigned network_ms;   /* and the device is a network so long after that */
    bool twice;            /* the radio is switched off and on again for listening mode */
    unsigned listening_ms; /* period of blinking blue */
    const char *led;       /* from the second start on, while the DCT is written */
};

static const struct boot boots[GENERATIONS] = {
    {&generations[0], "blinking white 202", "1 reset 1 2", 56, 361, false, 502, "blinking blue 502"},
    {&generations[1], "blinking white 200", "1 2 2 1 2 1 reset 3 4 2", 198, 2208, true, 500,
     "solid white, off, blinking blue 500"},
    {&generations[2], "blinking white 200", "1 2 2 1 2 1 reset 3 4 2", 117, 2196, true, 500,
     "solid white, off, blinking blue 500"},
};

/* ---- listening mode ---- */

/* From a start, whose events begin at mark, on: the radio comes up, the device becomes a network, and its LED says so. */
static void check_listening(struct bench *b, const struct boot *boot, guint mark)
{
    enum { STALL_MS = 3500 }; /* it writes the DCT when it makes up its name; nothing waits for a time-out of ten seconds */
    bench_await(b, "pin.pin=PC1 and pin.level=1", machine_now(b->machine) + MS(3000));
    ticks_t on = machine_now(b->machine);
    bench_await(b, "led=blinking blue", on + MS(STALL_MS + 1000));
    ticks_t network = bench_when(b, mark, "wifi.op=softap-up");
    g_test_message("radio at %.0f ms, network %.0f ms later", (double)on / TICKS_PER_MS, (double)(network - on) / TICKS_PER_MS);
    g_assert_cmpuint(network, <, on + MS(STALL_MS));
    const struct event *up = bench_find(b, mark, "wifi.op=softap-up");
    g_assert_true(g_str_has_prefix(bench_string(up, "ssid"), "Photon-"));
    g_assert_cmpint(bench_value(up, "channel"), ==, 11);
    g_assert_cmpstr(bench_string(up, "security"), ==, "open");
    g_assert_cmpuint(bench_count(b, mark, "wifi.op=start"), ==, boot->twice ? 2 : 1);
    g_assert_cmpint(bench_value(bench_find(b, mark, "led=blinking blue"), "period_ms"), ==, boot->listening_ms);
    g_assert_null(bench_find(b, mark, "wifi.op=join"));
    g_assert_null(bench_find(b, mark, "wifi.op=dropped"));
    g_assert_null(bench_find(b, mark, "wifi.op=softap-down"));
    g_assert_null(bench_find(b, mark, "fault"));
    /* It stays there. */
    guint then = bench_mark(b);
    bench_run_for(b, MS(1000));
    g_assert_null(bench_find(b, then, "led.name=rgb"));
    g_assert_null(bench_find(b, then, "reset"));
}

/* ---- from blank ---- */

/* RSA with 1024 bits in DER: the private key is a sequence of version 0, modulus, ...; the public one ends with modulus and
   exponent. */
static void check_key(const struct bench *b)
{
    enum { MODULUS = 128, IN_PRIVATE = 11, PUBLIC_SIZE = 162, IN_PUBLIC = PUBLIC_SIZE - 5 - MODULUS };
    static const uint8_t begin[] = {0x02, 0x01, 0x00, 0x02, 0x81, 0x81, 0x00}, exponent[] = {0x02, 0x03, 0x01, 0x00, 0x01};
    uint8_t key[IN_PRIVATE + MODULUS], public_key[PUBLIC_SIZE];
    g_assert_true(bench_dct(b, PRIVATE_KEY, key, sizeof key));
    g_assert_true(bench_dct(b, PUBLIC_KEY, public_key, sizeof public_key));
    g_assert_cmphex(key[0] << 8 | key[1], ==, 0x3082);
    g_assert_cmpmem(key + 4, sizeof begin, begin, sizeof begin);
    g_assert_cmphex(public_key[0], ==, 0x30);
    g_assert_cmpmem(public_key + IN_PUBLIC + MODULUS, sizeof exponent, exponent, sizeof exponent);
    g_assert_cmpmem(key + IN_PRIVATE, MODULUS, public_key + IN_PUBLIC, MODULUS);
}

static void blank(gconstpointer data)
{
    const struct boot *boot = data;
    struct bench b;
    if (!bench_open(&b, boot->generation, IMAGE_ALL_PARTS))
        return;
    bench_power_on(&b);
    bench_watch_user(&b);
    bench_await(&b, "reset=software", MS(20000));

    /* In this order: the DCT is formatted, the system starts and lights the LED, it blinks while the key is searched, the
       system counts as healthy after a second, the key is stored. */
    g_autofree char *first = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(first, ==, "4 FFFF software-reset");
    g_autofree char *led = bench_led_story(&b, 0);
    g_assert_nonnull(strstr(led, boot->key_led));
    ticks_t started = bench_when(&b, 0, "backup.register=DR1 and backup.value=4");
    ticks_t healthy = bench_when(&b, 0, "backup.register=DR1 and backup.value=0xFFFF");
    g_assert_cmpuint(healthy - started, >, MS(1000));
    g_assert_cmpuint(bench_when(&b, 0, "led=blinking white"), <, healthy + MS(1000));
    g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, 0);
    g_assert_null(bench_find(&b, 0, "fault"));
    g_assert_null(bench_find(&b, 0, "wifi"));
    check_key(&b);

    guint second = bench_mark(&b);
    bench_await(&b, "pin.pin=PC1 and pin.level=0", machine_now(b.machine) + MS(3000));
    g_autofree char *erases = bench_erases(&b, 0);
    g_assert_cmpstr(erases, ==, boot->erases);
    check_listening(&b, boot, second);
    g_assert_cmpuint(bench_count_kind(&b, second, "user-init"), ==, 1);
    g_autofree char *trail = bench_trail(&b, second, "DR1");
    g_assert_cmpstr(trail, ==, "1 4 5 6 FFFF");
    g_autofree char *story = bench_led_story(&b, second);
    g_assert_cmpstr(story, ==, boot->led);
    bench_close(&b);
}

/* ---- with keys ---- */

static void with_keys(gconstpointer data)
{
    const struct boot *boot = data;
    struct bench b;
    if (!bench_open_with_keys(&b, boot->generation))
        return;
    bench_power_on(&b);
    bench_watch_user(&b);
    check_listening(&b, boot, 0);
    g_autofree char *cold = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(cold, ==, "4 5 6 FFFF");
    ticks_t radio = bench_when(&b, 0, "pin.pin=PC1 and pin.level=1"), network = bench_when(&b, 0, "wifi.op=softap-up");
    g_assert_cmpfloat_with_epsilon((double)radio / TICKS_PER_MS, boot->radio_ms, 1);
    g_assert_cmpfloat_with_epsilon((double)(network - radio) / TICKS_PER_MS, boot->network_ms, 10);
    g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, 1);

    guint mark = bench_mark(&b);
    bench_input(&b, "reset", "pressed");
    bench_run_for(&b, MS(1500)); /* longer than any blinking, so that it is named off */
    bench_when(&b, mark, "led=off");
    bench_when(&b, mark, "wifi.op=softap-down");
    bench_input(&b, "reset", "released");
    check_listening(&b, boot, bench_mark(&b));
    g_autofree char *warm = bench_trail(&b, mark, "DR1");
    g_test_message("after RESET: %s", warm);
    g_assert_true(g_str_has_suffix(warm, "pin-reset 1 4 5 6 FFFF"));
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < GENERATIONS; i++) {
        g_autofree char *from_blank = g_strdup_printf("/images/first-boot/%s/blank", generations[i].set);
        g_test_add_data_func(from_blank, &boots[i], blank);
        g_autofree char *keys = g_strdup_printf("/images/first-boot/%s/with-keys", generations[i].set);
        g_test_add_data_func(keys, &boots[i], with_keys);
    }
    return bench_run_tests();
}
