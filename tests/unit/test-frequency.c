/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/frequency.h"

#include <glib.h>

__extension__ typedef unsigned __int128 u128;

static const struct frequency rates[] = {{120000000, 1},    {60000000, 1},  {30000000, 1}, {26000000, 1}, {48000000, 1},
                                         {16000000, 1},     {32768, 1},     {32000, 1},    {1000, 1},     {1, 1},
                                         {120000000, 7},    {26000000, 3},  {1, 3},        {7, 1},        {99999989, 1},
                                         {33333333, 65536}, {1000000, 1001}};

/* The tick holds every clock of a Photon as a whole number. */
static void tick(void)
{
    static const uint64_t clocks[] = {120000000, 60000000, 30000000, 15000000, 26000000,
                                      48000000,  16000000, 32768,    32000,    1000000};
    for (unsigned i = 0; i < G_N_ELEMENTS(clocks); i++)
        g_assert_cmpuint(TICKS_PER_SECOND % clocks[i], ==, 0);
    g_assert_cmpuint(TICKS_PER_SECOND / 120000000, ==, 832);
    g_assert_cmpuint(TICKS_PER_MS * 1000, ==, TICKS_PER_SECOND);
    g_assert_cmpuint(TICKS_PER_US * 1000000, ==, TICKS_PER_SECOND);
}

/* Edge k lies at ceil(k * den * TICKS_PER_SECOND / num), for ever; counting edges is the inverse. */
static void edges(void)
{
    static const uint64_t counts[] = {0, 1, 2, 3, 10, 1000, 999983, 4294967296, 99999999999};
    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(counts); k++) {
            u128 exact = (u128)counts[k] * rates[i].den * TICKS_PER_SECOND;
            u128 expected = (exact + rates[i].num - 1) / rates[i].num;
            ticks_t t = frequency_ticks(rates[i], counts[k]);
            if (expected >= TICKS_NEVER) {
                g_assert_cmpuint(t, ==, TICKS_NEVER);
                continue;
            }
            g_assert_cmpuint(t, ==, (ticks_t)expected);
            g_assert_cmpuint(frequency_edges(rates[i], t), ==, counts[k]);
            if (t > 0)
                g_assert_cmpuint(frequency_edges(rates[i], t - 1), ==, counts[k] - 1);
        }
}

static void stopped(void)
{
    g_assert_false(frequency_running(FREQUENCY_STOPPED));
    g_assert_cmpuint(frequency_edges(FREQUENCY_STOPPED, TICKS_NEVER - 1), ==, 0);
    g_assert_cmpuint(frequency_ticks(FREQUENCY_STOPPED, 0), ==, TICKS_NEVER);
    g_assert_cmpuint(frequency_ticks(FREQUENCY_STOPPED, 5), ==, TICKS_NEVER);
    g_assert_cmpuint(frequency_ticks(FREQUENCY_HZ(1), UINT64_MAX), ==, TICKS_NEVER);
    g_assert_cmpuint(frequency_ticks((struct frequency){1, UINT64_MAX}, UINT64_MAX), ==, TICKS_NEVER);
    g_assert_true(frequency_equal(FREQUENCY_STOPPED, (struct frequency){0, 7}));
    g_assert_false(frequency_equal(FREQUENCY_STOPPED, FREQUENCY_HZ(1)));
}

static void scale(void)
{
    /* 26 MHz / 26 * 240 / 2 = 120 MHz; and through fractions back */
    struct frequency pll = frequency_scale(frequency_scale(FREQUENCY_HZ(26000000), 240, 26), 1, 2);
    g_assert_true(frequency_equal(pll, FREQUENCY_HZ(120000000)));
    g_assert_cmpuint(pll.num, ==, 120000000);
    g_assert_cmpuint(pll.den, ==, 1);
    struct frequency third = frequency_scale(FREQUENCY_HZ(10), 1, 3);
    g_assert_cmpuint(frequency_hz(third), ==, 3);
    g_assert_true(frequency_equal(frequency_scale(third, 3, 1), FREQUENCY_HZ(10)));
    g_assert_true(frequency_equal((struct frequency){20, 6}, third));
    g_assert_false(frequency_equal(third, FREQUENCY_HZ(3)));
    g_assert_false(frequency_running(frequency_scale(FREQUENCY_HZ(10), 0, 3)));
    g_assert_false(frequency_running(frequency_scale(FREQUENCY_HZ(10), 1, 0)));
    g_assert_false(frequency_running(frequency_scale(FREQUENCY_STOPPED, 2, 1)));
    /* the largest factors allowed */
    struct frequency f = frequency_scale(FREQUENCY_HZ(120000000), 65535, 16777215);
    g_assert_true((u128)f.num * 16777215 == (u128)f.den * 120000000 * 65535);
}

/* A counter's value is exact at every edge, and so is the moment at which it will have a value. */
static void counter(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
        struct edge_counter c = {rates[i], 1000, 50};
        g_assert_cmpuint(edge_counter_read(&c, 1000), ==, 50);
        for (uint64_t value = 51; value < 60; value++) {
            ticks_t when = edge_counter_when(&c, value);
            g_assert_cmpuint(when, ==, 1000 + frequency_ticks(rates[i], value - 50));
            g_assert_cmpuint(edge_counter_read(&c, when), ==, value);
            g_assert_cmpuint(edge_counter_read(&c, when - 1), ==, value - 1);
        }
        g_assert_cmpuint(edge_counter_when(&c, 50), ==, 1000);
        g_assert_cmpuint(edge_counter_when(&c, 3), ==, 1000);
    }
    struct edge_counter c = {FREQUENCY_HZ(120000000), 0, 0};
    edge_counter_set_frequency(&c, 10 * 832 + 400, FREQUENCY_HZ(60000000));
    g_assert_cmpuint(edge_counter_read(&c, 10 * 832 + 400 + 1663), ==, 10);
    g_assert_cmpuint(edge_counter_read(&c, 10 * 832 + 400 + 1664), ==, 11);
    edge_counter_set(&c, 100000, 7);
    g_assert_cmpuint(edge_counter_read(&c, 100000 + 1664), ==, 8);
    edge_counter_set_frequency(&c, 100000 + 1664, FREQUENCY_STOPPED);
    g_assert_cmpuint(edge_counter_read(&c, TICKS_NEVER - 1), ==, 8);
    g_assert_cmpuint(edge_counter_when(&c, 9), ==, TICKS_NEVER);
    g_assert_cmpuint(edge_counter_when(&c, 8), <=, 100000 + 1664);
    c = (struct edge_counter){FREQUENCY_HZ(1), TICKS_NEVER - 5, 0};
    g_assert_cmpuint(edge_counter_when(&c, 1), ==, TICKS_NEVER);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frequency/tick", tick);
    g_test_add_func("/frequency/edges", edges);
    g_test_add_func("/frequency/stopped", stopped);
    g_test_add_func("/frequency/scale", scale);
    g_test_add_func("/frequency/counter", counter);
    return g_test_run();
}
