/* SPDX-License-Identifier: GPL-2.0-or-later */
/* emu/script/record: events and states come out as they went in, and cutting back forgets exactly what came later. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "emu/script/record.h"

static void add(struct record *r, ticks_t ticks, const char *kind, const struct event_field *fields, size_t n)
{
    struct event event = {.ticks = ticks, .n = 77, .kind = kind, .n_fields = n, .fields = fields};
    g_assert_true(record_add(r, &event));
}

static void add_led(struct record *r, ticks_t ticks, const char *state)
{
    char volatile_text[64]; /* strings are valid during the call only */
    g_strlcpy(volatile_text, state, sizeof volatile_text);
    const struct event_field fields[] = {FIELD_STRING("name", "rgb"), FIELD_STRING("state", volatile_text)};
    add(r, ticks, "led", fields, 2);
    memset(volatile_text, 'x', sizeof volatile_text - 1);
}

static void add_reset(struct record *r, ticks_t ticks)
{
    const struct event_field fields[] = {FIELD_STRING("cause", "pin")};
    add(r, ticks, "reset", fields, 1);
}

static void add_power(struct record *r, ticks_t ticks, bool on)
{
    const struct event_field fields[] = {FIELD_BOOL("on", on)};
    add(r, ticks, "power", fields, 1);
}

static const char *led(const struct record *r)
{
    int index = record_state(r, "led", "rgb");
    if (index < 0)
        return NULL;
    struct event event = record_get(r, (guint)index);
    return event_field(&event, "state")->string;
}

static void test_events(void)
{
    struct record *r = record_new();
    add_led(r, 5, "solid red");
    add_reset(r, 7);
    g_assert_cmpuint(record_length(r), ==, 2);
    struct event first = record_get(r, 0), second = record_get(r, 1);
    g_assert_cmpstr(event_field(&first, "state")->string, ==, "solid red");
    g_assert_cmpuint(first.n, ==, 1); /* numbered anew */
    g_assert_cmpuint(second.n, ==, 2);
    g_assert_cmpuint(second.ticks, ==, 7);
    g_assert_cmpstr(event_field(&second, "cause")->string, ==, "pin");
    record_free(r);
}

static void test_states(void)
{
    struct record *r = record_new();
    g_assert_null(led(r));
    g_assert_true(record_last_reset(r) == TICKS_NEVER);
    add_led(r, 5, "solid red");
    add_led(r, 6, "off");
    add_reset(r, 8);
    g_assert_cmpstr(led(r), ==, "off");
    g_assert_cmpuint(record_last_reset(r), ==, 8);
    /* Two states: the LED's last, not its first; a reset is none. */
    GArray *states = record_states(r);
    g_assert_cmpuint(states->len, ==, 1);
    g_assert_cmpuint(g_array_index(states, guint, 0), ==, 1);
    g_array_unref(states);
    add_power(r, 9, false);
    g_assert_null(led(r));
    g_assert_true(record_last_reset(r) == TICKS_NEVER);
    g_assert_cmpint(record_state(r, "power", ""), ==, 3);
    record_free(r);
}

static void test_cut(void)
{
    struct record *r = record_new();
    add_led(r, 5, "solid red");
    add_reset(r, 6);
    struct record_moment *moment = record_moment(r);
    add_led(r, 7, "off");
    add_reset(r, 8);
    add_power(r, 9, false);
    record_cut(r, moment);
    g_assert_cmpuint(record_length(r), ==, 2);
    g_assert_cmpstr(led(r), ==, "solid red");
    g_assert_cmpuint(record_last_reset(r), ==, 6);
    g_assert_cmpint(record_state(r, "power", ""), ==, -1);
    add_led(r, 10, "solid blue"); /* fields go on where they were cut */
    g_assert_cmpstr(led(r), ==, "solid blue");
    struct event first = record_get(r, 0);
    g_assert_cmpstr(event_field(&first, "state")->string, ==, "solid red");
    record_moment_free(moment);
    record_free(r);
}

static void test_copy(void)
{
    struct record *r = record_new();
    add_led(r, 5, "solid red");
    struct record_moment *moment = record_moment(r);
    add_led(r, 6, "off");
    struct record *copy = record_copy(r);
    record_cut(copy, moment); /* a moment of the one holds for the other */
    record_free(r);
    record_moment_free(moment);
    g_assert_cmpuint(record_length(copy), ==, 1);
    g_assert_cmpstr(led(copy), ==, "solid red");
    record_free(copy);
}

static void test_write(void)
{
    struct record *r = record_new();
    add_led(r, 0, "off");
    add_led(r, TICKS_PER_SECOND, "solid red");
    g_autofree char *folder = g_dir_make_tmp("record-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "log", NULL), *text = NULL;
    const struct json_log_header header = {.board = "photon", .set = "x", .seed = 1, .cpi_num = 3, .cpi_den = 2};
    g_autoptr(GError) error = NULL;
    g_assert_true(record_write(r, 1, 2, path, &header, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 3); /* the header, the second event, and nothing behind the last new line */
    g_assert_nonnull(strstr(lines[1], "\"t\":1.000000000"));
    g_assert_nonnull(strstr(lines[1], "solid red"));
    g_unlink(path);
    g_autofree char *nowhere = g_build_filename(folder, "no", "log", NULL);
    g_assert_false(record_write(r, 0, 1, nowhere, &header, &error));
    g_assert_nonnull(strstr(error->message, nowhere));
    g_rmdir(folder);
    record_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/script/record/events", test_events);
    g_test_add_func("/script/record/states", test_states);
    g_test_add_func("/script/record/cut", test_cut);
    g_test_add_func("/script/record/copy", test_copy);
    g_test_add_func("/script/record/write", test_write);
    return g_test_run();
}
