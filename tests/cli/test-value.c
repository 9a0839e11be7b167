/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "emu/cli/value.h"

static void test_duration(void)
{
    static const struct {
        const char *text;
        ticks_t ticks;
    } good[] = {
        {"0", 0},
        {"0s", 0},
        {"1us", UINT64_C(99840)},
        {"250ms", UINT64_C(24960000000)},
        {"3s", UINT64_C(299520000000)},
        {"1.5s", UINT64_C(149760000000)},
        {"0.000000001s", 99}, /* 99.84, rounded down */
        {"2min", UINT64_C(11980800000000)},
        {"1h", UINT64_C(359424000000000)},
        {"8784h", UINT64_C(99840000000) * 366 * 86400},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        ticks_t ticks = 1;
        g_assert_true(value_duration(good[i].text, &ticks));
        g_assert_cmpuint(ticks, ==, good[i].ticks);
    }
    static const char *const bad[] = {"",      "s",   "3",    "3 s",     "-3s",         "+3s",           "3S",    "3sec",
                                      "1.s",   ".5s", "1e3s", "1.5.5s",  "0x3s",        "3s ",           "9000h", "inf",
                                      "1..5s", "3m",  "10ns", "999999h", "9999999999s", "0.0000000001s", "1,5s"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        ticks_t ticks;
        g_assert_false(value_duration(bad[i], &ticks));
    }
}

static void test_fraction(void)
{
    static const struct {
        const char *text;
        uint32_t num, den;
    } good[] = {{"1.5", 3, 2},       {"1", 1, 1}, {"2.50", 5, 2}, {"0.125", 1, 8},
                {"100.000", 100, 1}, {"0", 0, 1}, {"0.3", 3, 10}, {"999.999999", 999999999, 1000000}};
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++) {
        uint32_t num = 7, den = 7;
        g_assert_true(value_fraction(good[i].text, &num, &den));
        g_assert_cmpuint(num, ==, good[i].num);
        g_assert_cmpuint(den, ==, good[i].den);
    }
    static const char *const bad[] = {"", "-1", "1.", ".5", "1.5x", "1000", "1e2", "0.1234567", "1,5", " 1", "nan"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        uint32_t num, den;
        g_assert_false(value_fraction(bad[i], &num, &den));
    }
}

static void test_unsigned(void)
{
    uint64_t value;
    g_assert_true(value_unsigned("0", &value));
    g_assert_cmpuint(value, ==, 0);
    g_assert_true(value_unsigned("18446744073709551615", &value));
    g_assert_cmpuint(value, ==, UINT64_MAX);
    g_assert_true(value_unsigned("0xDeadBeef", &value));
    g_assert_cmphex(value, ==, 0xDEADBEEF);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x", "0x-1", "18446744073709551616", "1.5", "ten"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(value_unsigned(bad[i], &value));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/value/duration", test_duration);
    g_test_add_func("/cli/value/fraction", test_fraction);
    g_test_add_func("/cli/value/unsigned", test_unsigned);
    return g_test_run();
}
