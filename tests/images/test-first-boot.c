/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real bootloaders and system parts from power-on to the bring-up of the radio: a blank device, one with keys, and after
 * RESET; and what they do when no radio answers.
 */
#include <string.h>

#include "tests/images/bench.h"

enum { PRIVATE_KEY = 34, PUBLIC_KEY = 1250 }; /* in the application area of the DCT */

/* What differs from set to set. */
struct boot {
    const struct generation *generation;
    const char *key_led;      /* while a key is searched */
    const char *erases;       /* from blank to the radio */
    unsigned radio_ms;        /* PC1 rises so long after a cold start with keys */
    bool solid_first;         /* white is steady for a while after the reset; 0.5.2 begins to fade at once */
    uint32_t fault_pc;        /* without a radio, a copy of megabytes from address 0 runs out of flash here */
    const char *no_radio_led; /* from the reset on */
};

static const struct boot boots[GENERATIONS] = {
    {&generations[0], "blinking white 202", "1 reset 1 2", 56, false, 0x08084476, "breathing white, blinking red 250"},
    {&generations[1], "blinking white 200", "1 2 2 1 2 1 reset 3 4 2", 198, true, 0x08098BBC,
     "solid white, breathing white, blinking red 250"},
    {&generations[2], "blinking white 200", "1 2 2 1 2 1 reset 3 4 2", 117, true, 0x08098D9A,
     "solid white, breathing white, blinking red 250"},
};

/* ---- the bring-up of the radio ---- */

/* Interface on at 400 kHz and one bit wide, then the radio's reset line up, then CMD0, CMD5, CMD3, where CMD3 is tried four
   times for want of an answer: the register writes in order, and the first two rounds. */
static void check_sdio(struct bench *b)
{
    guint mark = bench_mark(b);
    bench_trace_sdio(b, true);
    bench_await(b, "pin.pin=PC1 and pin.level=0", machine_now(b->machine) + MS(3000));
    bench_await(b, "pin.pin=PC1 and pin.level=1", machine_now(b->machine) + MS(10));
    ticks_t on = machine_now(b->machine);
    bench_run_for(b, MS(6));
    bench_trace_sdio(b, false);

    GString *setup = g_string_new(NULL), *commands = g_string_new(NULL);
    unsigned n_commands = 0;
    ticks_t last = 0;
    for (guint i = mark; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "mmio") != 0)
            continue;
        const char *name = bench_string(e, "register");
        uint32_t value = bench_value(e, "value");
        if (e->ticks < on) {
            g_string_append_printf(setup, "%s=%X ", name + strlen("SDIO_"), value);
        } else if (strcmp(name, "SDIO_CMD") == 0 && n_commands++ < 12) {
            g_assert_cmphex(value & ~0x3FU, ==, 0x440); /* state machine on, short answer */
            /* each takes 48 clocks, and 64 more until it counts as not answered, at 48 MHz / 122 */
            if (n_commands % 6 != 1)
                g_assert_cmpfloat_with_epsilon((double)(e->ticks - last) / TICKS_PER_US, 112 * 122 / 48.0 + 1.5, 1.5);
            last = e->ticks;
            g_string_append_printf(commands, "%u ", value & 0x3F);
        }
    }
    g_assert_cmpstr(setup->str, ==,
                    b->generation->bootloader == 7 ? "ICR=FFFFFFFF CLKCR=278 POWER=0 POWER=3 DCTRL=0 CLKCR=378 "
                                                   : "ICR=FFFFFFFF CLKCR=278 POWER=3 DCTRL=0 CLKCR=378 ");
    g_assert_cmpstr(commands->str, ==, "0 5 3 3 3 3 0 5 3 3 3 3 ");
    g_string_free(setup, TRUE);
    g_string_free(commands, TRUE);
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

/* Panic: the letter S to begin with. */
static void check_sos(const struct bench *b, ticks_t fault)
{
    GArray *flashes = bench_flashes(b, 0);
    guint i = 0;
    while (i < flashes->len && g_array_index(flashes, struct flash_of_light, i).on < fault)
        i++;
    g_assert_cmpuint(flashes->len - i, >=, 4);
    const struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, i);
    for (guint k = 0; k < 3; k++) {
        g_assert_cmpuint(f[k].lamps, ==, LAMP_RED);
        g_assert_cmpuint((f[k].off - f[k].on) / MS(1), ==, 150);
        g_assert_cmpuint((f[k + 1].on - f[k].off) / MS(1), ==, k < 2 ? 100 : 200);
    }
    g_array_unref(flashes);
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
    check_key(&b);

    guint second = bench_mark(&b);
    check_sdio(&b);
    g_assert_cmpuint(bench_count_kind(&b, second, "user-init"), ==, 1);
    g_autofree char *trail = bench_trail(&b, second, "DR1");
    g_assert_cmpstr(trail, ==, "1 4 5");

    g_autofree char *erases = bench_erases(&b, 0);
    g_assert_cmpstr(erases, ==, boot->erases);

    /* Solid, then breathing white. */
    bench_await(&b, "led=breathing white", machine_now(b.machine) + MS(1500));
    g_assert_cmpint(bench_find(&b, second, "led=solid white") != NULL, ==, boot->solid_first);
    if (boot->solid_first)
        g_assert_cmpuint(bench_when(&b, second, "led=solid white"), <, bench_when(&b, second, "pin.pin=PC1 and pin.level=1"));
    g_assert_null(bench_find(&b, second, "reset"));
    g_assert_null(bench_find(&b, second, "fault"));

    /* No radio answers. */
    bench_await(&b, "fault", machine_now(b.machine) + MS(1500));
    const struct event *fault = bench_find(&b, second, "fault");
    g_assert_cmpstr(bench_string(fault, "type"), ==, "busfault");
    g_assert_cmpstr(bench_string(fault, "cause"), ==, "PRECISERR");
    g_assert_cmpstr(bench_string(fault, "taken"), ==, "hardfault");
    g_assert_cmphex(bench_value(fault, "pc"), ==, boot->fault_pc);
    g_assert_cmphex(bench_value(fault, "address"), ==, 0x08100000);
    /* 500 rounds of 6 time-outs of 285 us, each begun by a tick of a millisecond */
    ticks_t radio = bench_when(&b, second, "pin.pin=PC1 and pin.level=1");
    g_assert_cmpuint(fault->ticks - radio, >, MS(1000));
    g_assert_cmpuint(fault->ticks - radio, <, MS(1150));
    bench_run_for(&b, MS(1000));
    check_sos(&b, fault->ticks);
    g_autofree char *story = bench_led_story(&b, second);
    g_assert_cmpstr(story, ==, boot->no_radio_led);
    g_autofree char *whole = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(whole, ==, "4 FFFF software-reset 1 4 5 FFFF");
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
    check_sdio(&b);
    g_autofree char *cold = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(cold, ==, "4 5");
    ticks_t radio = bench_when(&b, 0, "pin.pin=PC1 and pin.level=1");
    g_assert_cmpfloat_with_epsilon((double)radio / TICKS_PER_MS, boot->radio_ms, 1);
    g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, 1);
    bench_await(&b, "backup.register=DR1 and backup.value=0xFFFF", MS(2000));
    g_assert_null(bench_find(&b, 0, "fault"));

    guint mark = bench_mark(&b);
    bench_input(&b, "reset", "pressed");
    bench_run_for(&b, MS(50));
    g_assert_true(bench_find(&b, mark, "light.r=0 and light.g=0 and light.b=0") != NULL);
    bench_input(&b, "reset", "released");
    bench_await(&b, "pin.pin=PC1 and pin.level=1", machine_now(b.machine) + MS(400));
    bench_await(&b, "backup.register=DR1 and backup.value=0xFFFF", machine_now(b.machine) + MS(2000));
    g_autofree char *warm = bench_trail(&b, mark, "DR1");
    g_test_message("after RESET: %s", warm);
    g_assert_true(g_str_has_suffix(warm, "pin-reset 1 4 5 FFFF"));
    bench_close(&b);
}

/* ---- without a radio ---- */

/* 500 rounds are tried before the system gives the radio up. */
static void no_radio(gconstpointer data)
{
    const struct boot *boot = data;
    struct bench b;
    if (!bench_open_with_keys(&b, boot->generation))
        return;
    bench_power_on(&b);
    bench_await(&b, "pin.pin=PC1 and pin.level=1", MS(400));
    bench_trace_sdio(&b, true);
    bench_await(&b, "fault", MS(2000));
    guint n[64] = {0};
    for (guint i = 0; i < b.events->len; i++) {
        const struct event *e = g_ptr_array_index(b.events, i);
        if (strcmp(e->kind, "mmio") == 0 && strcmp(bench_string(e, "register"), "SDIO_CMD") == 0)
            n[bench_value(e, "value") & 0x3F]++;
    }
    g_assert_cmpuint(n[0], ==, 500);
    g_assert_cmpuint(n[5], ==, 500);
    g_assert_cmpuint(n[3], ==, 2000);
    g_assert_cmpuint(n[7] + n[52] + n[53], ==, 0);
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
        g_autofree char *radio = g_strdup_printf("/images/first-boot/%s/no-radio", generations[i].set);
        g_test_add_data_func(radio, &boots[i], no_radio);
    }
    return bench_run_tests();
}
