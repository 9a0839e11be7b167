/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/schedule.h"

#include <string.h>

#include "emu/cli/value.h"

/* A finger's quick press. */
#define PRESS_TICKS (100 * TICKS_PER_MS)

static void clear_action(void *data)
{
    struct action *a = data;
    g_free(a->name);
    g_free(a->value);
}

GArray *schedule_new(void)
{
    GArray *schedule = g_array_new(FALSE, FALSE, sizeof(struct action));
    g_array_set_clear_func(schedule, clear_action);
    return schedule;
}

static void add(GArray *schedule, ticks_t when, const char *name, const char *value)
{
    struct action a = {.when = when, .order = schedule->len, .name = g_strdup(name), .value = g_strdup(value)};
    g_array_append_val(schedule, a);
}

static bool refuse(GError **error, const char *option, const char *text, const char *form)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s '%s' is not understood: it must be %s", option, text,
                form);
    return false;
}

/* BUTTON@REST: the button's name and where the rest begins. */
static const char *split_button(const char *text, char **button)
{
    const char *at = strchr(text, '@');
    if (!at)
        return NULL;
    *button = g_strndup(text, (gsize)(at - text));
    return strcmp(*button, "setup") == 0 || strcmp(*button, "reset") == 0 ? at + 1 : NULL;
}

bool schedule_hold(GArray *schedule, const char *text, GError **error)
{
    static const char form[] = "setup@FROM..TO or reset@FROM..TO, such as setup@0s..4s, FROM before TO";
    g_autofree char *button = NULL;
    const char *times = split_button(text, &button);
    const char *dots = times ? strstr(times, "..") : NULL;
    if (!dots)
        return refuse(error, "--hold", text, form);
    g_autofree char *first = g_strndup(times, (gsize)(dots - times));
    ticks_t from, to;
    if (!value_duration(first, &from) || !value_duration(dots + 2, &to) || from >= to)
        return refuse(error, "--hold", text, form);
    add(schedule, from, button, "pressed");
    add(schedule, to, button, "released");
    return true;
}

bool schedule_press(GArray *schedule, const char *text, GError **error)
{
    g_autofree char *button = NULL;
    const char *time = split_button(text, &button);
    ticks_t when;
    if (!time || !value_duration(time, &when))
        return refuse(error, "--press", text, "setup@TIME or reset@TIME, such as setup@3s");
    add(schedule, when, button, "pressed");
    add(schedule, when + PRESS_TICKS, button, "released");
    return true;
}

bool schedule_input(GArray *schedule, const char *text, GError **error)
{
    const char *equals = strchr(text, '=');
    const char *at = strrchr(text, '@'); /* the value may hold one */
    ticks_t when;
    if (!equals || !at || at < equals || equals == text || !value_duration(at + 1, &when))
        return refuse(error, "--input", text, "NAME=VALUE@TIME, such as D2=high@1.5s");
    g_autofree char *name = g_strndup(text, (gsize)(equals - text));
    g_autofree char *value = g_strndup(equals + 1, (gsize)(at - equals - 1));
    add(schedule, when, name, value);
    return true;
}

bool schedule_power_cycle(GArray *schedule, const char *text, GError **error)
{
    struct action a = {.order = schedule->len, .power_cycle = true};
    if (!value_duration(text, &a.when) || a.when == 0)
        return refuse(error, "--power-cycle", text, VALUE_DURATION_FORM ", and more than 0");
    g_array_append_val(schedule, a);
    return true;
}

static int by_time(const void *a, const void *b)
{
    const struct action *x = a, *y = b;
    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

void schedule_sort(GArray *schedule)
{
    g_array_sort(schedule, by_time);
}
