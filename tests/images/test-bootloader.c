/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bootloader with nothing behind it: DFU mode, the LED blinks yellow. */
#include "tests/images/bench.h"

/* SysTick counts 120,000 cycles a millisecond, and the LED toggles on each 101st: only the few instructions around the toggle
   may move. */
enum { JITTER = US(1) };

/* Without a system part to boot, in DFU mode within a moment (v7 formats the DCT first: an erase of 250 ms), LED yellow for
   101 ms and dark for 101 ms. */
static void alone(gconstpointer data)
{
    const struct generation *g = data;
    struct bench b;
    if (!bench_open(&b, g, 1 << IMAGE_BOOTLOADER))
        return;
    bench_power_on(&b);
    bench_run_until(&b, MS(5000));

    g_autofree char *story = bench_led_story(&b, 0);
    g_assert_cmpstr(story, ==, "blinking yellow 202");
    g_assert_cmpuint(bench_count(&b, 0, "reset"), ==, 0);
    g_assert_null(bench_find(&b, 0, "fault"));

    GArray *flashes = bench_flashes(&b, 0);
    g_assert_cmpuint(flashes->len, >=, 23);
    for (guint i = 0; i < flashes->len; i++) {
        const struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, i);
        g_assert_cmpuint(f->lamps, ==, LAMP_YELLOW);
        if (f->off == TICKS_NEVER)
            continue;
        g_assert_cmpuint(f->off - f->on, >=, MS(101) - JITTER);
        g_assert_cmpuint(f->off - f->on, <=, MS(101) + JITTER);
        if (i + 1 == flashes->len)
            continue;
        ticks_t dark = f[1].on - f->off;
        g_assert_cmpuint(dark, >=, MS(101) - JITTER);
        g_assert_cmpuint(dark, <=, MS(101) + JITTER);
    }
    const struct flash_of_light *first = &g_array_index(flashes, struct flash_of_light, 0);
    g_assert_cmpuint(first->on, <, g->bootloader == 7 ? MS(260) : MS(5));
    g_array_unref(flashes);

    /* A device that a host can find. */
    g_assert_nonnull(bench_find(&b, 0, "usb=connect"));
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < GENERATIONS; i++) {
        g_autofree char *path = g_strdup_printf("/images/bootloader/v%u/alone", generations[i].bootloader);
        g_test_add_data_func(path, &generations[i], alone);
    }
    return bench_run_tests();
}
