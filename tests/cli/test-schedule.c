/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "emu/cli/schedule.h"

static void assert_input(GArray *s, unsigned i, ticks_t when, const char *name, const char *value)
{
    const struct action *a = &g_array_index(s, struct action, i);
    g_assert_cmpuint(a->when, ==, when);
    g_assert_false(a->power_cycle);
    g_assert_cmpstr(a->name, ==, name);
    g_assert_cmpstr(a->value, ==, value);
}

static void test_order(void)
{
    g_autoptr(GArray) s = schedule_new();
    g_assert_true(schedule_hold(s, "setup@0s..4s", NULL));
    g_assert_true(schedule_press(s, "reset@3s", NULL));
    g_assert_true(schedule_input(s, "serial1=a@b=c@3s", NULL));
    g_assert_true(schedule_power_cycle(s, "3s", NULL));
    schedule_sort(s);
    g_assert_cmpuint(s->len, ==, 6);
    assert_input(s, 0, 0, "setup", "pressed");
    assert_input(s, 1, 3 * TICKS_PER_SECOND, "reset", "pressed");
    assert_input(s, 2, 3 * TICKS_PER_SECOND, "serial1", "a@b=c");
    const struct action *cut = &g_array_index(s, struct action, 3);
    g_assert_true(cut->power_cycle);
    g_assert_cmpuint(cut->when, ==, 3 * TICKS_PER_SECOND);
    assert_input(s, 4, 3 * TICKS_PER_SECOND + 100 * TICKS_PER_MS, "reset", "released");
    assert_input(s, 5, 4 * TICKS_PER_SECOND, "setup", "released");
}

static void refused(bool (*add)(GArray *, const char *, GError **), const char *option, const char *text)
{
    g_autoptr(GArray) s = schedule_new();
    g_autoptr(GError) error = NULL;
    g_assert_false(add(s, text, &error));
    g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    g_assert_true(g_str_has_prefix(error->message, option));
    g_assert_nonnull(strstr(error->message, text));
    g_assert_cmpuint(s->len, ==, 0);
}

static void test_refused(void)
{
    static const char *const holds[] = {"",           "setup",         "setup@3s", "setup@4s..3s", "setup@3s..3s",
                                        "led@0s..1s", "setup@0s...1s", "@0s..1s"};
    static const char *const presses[] = {"", "setup", "setup@", "setup@3", "setup@3s..4s", "user@3s"};
    static const char *const inputs[] = {"", "D0", "D0=high", "=high@3s", "D0@3s=high", "D0=high@soon"};
    static const char *const cycles[] = {"", "0s", "3", "setup@3s"};
    for (unsigned i = 0; i < G_N_ELEMENTS(holds); i++)
        refused(schedule_hold, "--hold ", holds[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(presses); i++)
        refused(schedule_press, "--press ", presses[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(inputs); i++)
        refused(schedule_input, "--input ", inputs[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(cycles); i++)
        refused(schedule_power_cycle, "--power-cycle ", cycles[i]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/schedule/order", test_order);
    g_test_add_func("/cli/schedule/refused", test_refused);
    return g_test_run();
}
