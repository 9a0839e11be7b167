/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <locale.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "emu/observe/json-log.h"
#include "tests/unit/device-test.h"

static const struct json_log_header header = {.board = "photon", .set = "1.5.0", .seed = 1, .cpi_num = 3, .cpi_den = 2};

#define FIRST_LINE "{\"kind\":\"schema\",\"version\":1,\"board\":\"photon\",\"set\":\"1.5.0\",\"seed\":1,\"cpi\":1.5}\n"

static struct event event_at(ticks_t ticks, uint64_t n, const char *kind, const struct event_field *fields, size_t n_fields)
{
    return (struct event){.ticks = ticks, .n = n, .kind = kind, .n_fields = n_fields, .fields = fields};
}

/* What one event with these fields looks like, without the part that all have. */
static char *written(const struct event_field *fields, size_t n_fields)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct json_log *log = json_log_new(file, "memory", &header);
    struct event event = event_at(0, 1, "x", fields, n_fields);
    json_log_event(&event, log);
    g_assert_true(json_log_close(log, NULL));
    fclose(file);
    const char *start = FIRST_LINE "{\"t\":0.000000000,\"ticks\":\"0\",\"n\":1,\"kind\":\"x\"";
    g_assert_true(g_str_has_prefix(text, start));
    char *rest = g_strdup(text + strlen(start));
    free(text);
    return rest;
}

static void assert_field(struct event_field field, const char *value)
{
    g_autofree char *rest = written(&field, 1);
    g_autofree char *expected = g_strdup_printf(",\"f\":%s}\n", value);
    g_assert_cmpstr(rest, ==, expected);
}

static void test_line(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("test-json-log-XXXXXX", &path, NULL);
    close(fd);
    g_autoptr(GError) error = NULL;
    struct json_log *log = json_log_open(path, &header, &error);
    g_assert_no_error(error);
    struct event_field fields[] = {FIELD_STRING("state", "blinking yellow"), FIELD_INT("period_ms", 202)};
    struct event event = event_at(UINT64_C(20268718080), 41, "led", fields, 2);
    json_log_event(&event, log);
    struct event_field erase[] = {FIELD_STRING("op", "erase"), FIELD_INT("sector", 9), FIELD_HEX("address", 0x080A0000)};
    event = event_at(UINT64_C(149760000000), 42, "flash", erase, 3);
    json_log_event(&event, log);
    g_assert_true(json_log_close(log, &error));
    g_assert_no_error(error);
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==,
                    FIRST_LINE
                    "{\"t\":0.203012000,\"ticks\":\"20268718080\",\"n\":41,\"kind\":\"led\",\"state\":\"blinking yellow\","
                    "\"period_ms\":202}\n"
                    "{\"t\":1.500000000,\"ticks\":\"149760000000\",\"n\":42,\"kind\":\"flash\",\"op\":\"erase\","
                    "\"sector\":9,\"address\":\"0x080A0000\"}\n");
    g_remove(path);
}

static void test_header(void)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct json_log_header other = {.board = "p1", .set = NULL, .seed = UINT64_MAX, .cpi_num = 1, .cpi_den = 1};
    struct json_log *log = json_log_new(file, "memory", &other);
    g_assert_true(json_log_close(log, NULL));
    fclose(file);
    g_assert_cmpstr(
        text, ==,
        "{\"kind\":\"schema\",\"version\":1,\"board\":\"p1\",\"set\":null,\"seed\":18446744073709551615,\"cpi\":1}\n");
    free(text);
}

/* Seconds are rounded down: a tick before the next nanosecond is still the old one. */
static void test_time(void)
{
    static const struct {
        ticks_t ticks;
        const char *text;
    } times[] = {{0, "0.000000000"},
                 {99, "0.000000000"},
                 {100, "0.000000001"},
                 {199, "0.000000001"},
                 {200, "0.000000002"},
                 {UINT64_C(99839999999), "0.999999999"},
                 {UINT64_C(99840000000), "1.000000000"},
                 {UINT64_MAX, "184763061.635712656"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(times); i++) {
        char buffer[32];
        g_assert_cmpstr(event_time_string(times[i].ticks, buffer, sizeof buffer), ==, times[i].text);
    }
}

static void test_numbers(void)
{
    assert_field(FIELD_INT("f", 0), "0");
    assert_field(FIELD_INT("f", -1), "-1");
    assert_field(FIELD_INT("f", INT64_MAX), "9223372036854775807");
    assert_field(FIELD_INT("f", INT64_MIN), "-9223372036854775808");
    assert_field(FIELD_HEX("f", 0), "\"0x00000000\"");
    assert_field(FIELD_HEX("f", 0x080A0000), "\"0x080A0000\"");
    assert_field(FIELD_HEX("f", 0xFFFFFFFF), "\"0xFFFFFFFF\"");
    assert_field(FIELD_HEX("f", UINT64_C(0x123456789)), "\"0x123456789\"");
    assert_field(FIELD_BOOL("f", true), "true");
    assert_field(FIELD_BOOL("f", false), "false");
    assert_field(FIELD_REAL("f", 0), "0");
    assert_field(FIELD_REAL("f", 500), "500");
    assert_field(FIELD_REAL("f", 0.5), "0.5");
    assert_field(FIELD_REAL("f", 0.25), "0.25");
    assert_field(FIELD_REAL("f", 99.9996), "100");
    assert_field(FIELD_REAL("f", 2.0 / 3), "0.667");
    assert_field(FIELD_REAL("f", 0.001), "0.001");
    assert_field(FIELD_REAL("f", -1.05), "-1.05");
    assert_field(FIELD_REAL("f", 1e15), "1000000000000000");
    assert_field(FIELD_REAL("f", (double)INFINITY), "null");
    assert_field(FIELD_REAL("f", (double)NAN), "null");
}

static void test_locale(void)
{
    const char *old = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    if (old == NULL)
        old = setlocale(LC_NUMERIC, "fr_FR.UTF-8");
    if (old == NULL)
        g_test_skip("no locale with a decimal comma is installed");
    else
        assert_field(FIELD_REAL("f", 0.5), "0.5");
    setlocale(LC_NUMERIC, "C");
}

static void test_strings(void)
{
    assert_field(FIELD_STRING("f", ""), "\"\"");
    assert_field(FIELD_STRING("f", "a \"b\" \\ c/d"), "\"a \\\"b\\\" \\\\ c/d\"");
    assert_field(FIELD_STRING("f", "\n\r\t\b\x1F\x7F"), "\"\\n\\r\\t\\u0008\\u001f\\u007f\"");
    assert_field(FIELD_STRING("f", "gr\xC3\xBC\xC3\x9F \xF0\x9F\x92\xA1"), "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x92\xA1\"");
    assert_field(FIELD_STRING("f", "\xFF\xC3"), "\"\\u00ff\\u00c3\"");            /* no UTF-8, and a cut off character */
    assert_field(FIELD_STRING("f", "\xC0\xAF"), "\"\\u00c0\\u00af\"");            /* an overlong slash */
    assert_field(FIELD_STRING("f", "\xED\xA0\x80"), "\"\\u00ed\\u00a0\\u0080\""); /* half a surrogate pair */
    assert_field(FIELD_STRING("f", "\xC3\xBC\xBC"), "\"\xC3\xBC\\u00bc\"");
    assert_field(FIELD_STRING("f", NULL), "null");
}

/* Any bytes come out as a line of JSON, and every byte can be told from it. */
static void test_any_bytes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (unsigned round = 0; round < 500; round++) {
        char bytes[40] = {0};
        unsigned length = (unsigned)g_rand_int_range(rand, 0, sizeof bytes);
        for (unsigned i = 0; i < length; i++)
            bytes[i] = (char)g_rand_int_range(rand, 1, 256);
        struct event_field field = FIELD_STRING("f", bytes);
        g_autofree char *rest = written(&field, 1);
        g_assert_true(g_utf8_validate(rest, -1, NULL));
        g_assert_true(strchr(rest, '\n') == rest + strlen(rest) - 1); /* one line */
        g_autofree char *json = g_strdup_printf("{\"a\":1%s", rest);
        g_autoptr(JsonParser) parser = json_parser_new();
        g_assert_true(json_parser_load_from_data(parser, json, -1, NULL));
        const char *back = json_object_get_string_member(json_node_get_object(json_parser_get_root(parser)), "f");
        const char *p = bytes;
        for (const char *b = back; *b != '\0'; b = g_utf8_next_char(b)) {
            gunichar seen = g_utf8_get_char(b), valid = g_utf8_get_char_validated(p, -1);
            bool character = valid != (gunichar)-1 && valid != (gunichar)-2;
            g_assert_cmphex(seen, ==, character ? valid : (unsigned char)*p);
            p += character ? g_utf8_next_char(p) - p : 1;
        }
        g_assert_cmpint(*p, ==, '\0');
    }
}

/* ---- from a machine ---- */

static void test_machine(void)
{
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct json_log *log = json_log_new(file, "memory", &header);
    struct machine *m = bench_new();
    machine_seal(m);
    machine_power_on(m);
    machine_subscribe(m, json_log_event, log);
    pass(m, TICKS_PER_MS);
    machine_publish(m, "reset", FIELD_STRING("cause", "software"));
    machine_publish(m, "backup", FIELD_STRING("register", "DR1"), FIELD_HEX("value", 0xFFFF));
    machine_unsubscribe(m, json_log_event, log);
    machine_publish(m, "reset", FIELD_STRING("cause", "pin"));
    g_assert_true(json_log_flush(log, NULL));
    g_assert_cmpstr(text, ==,
                    FIRST_LINE "{\"t\":0.001000000,\"ticks\":\"99840000\",\"n\":1,\"kind\":\"reset\",\"cause\":\"software\"}\n"
                               "{\"t\":0.001000000,\"ticks\":\"99840000\",\"n\":2,\"kind\":\"backup\",\"register\":\"DR1\","
                               "\"value\":\"0x0000FFFF\"}\n");
    json_log_close(log, NULL);
    fclose(file);
    free(text);
    machine_free(m);
}

/* ---- errors ---- */

static void count_failure(void *data)
{
    ++*(unsigned *)data;
}

static void test_disk_full(void)
{
    if (g_access("/dev/full", W_OK) != 0) {
        g_test_skip("there is no /dev/full");
        return;
    }
    g_autoptr(GError) error = NULL;
    struct json_log *log = json_log_open("/dev/full", &header, &error);
    g_assert_no_error(error);
    unsigned failures = 0;
    json_log_on_error(log, count_failure, &failures);
    struct event_field field = FIELD_STRING("f", "x");
    struct event event = event_at(0, 1, "x", &field, 1);
    for (unsigned i = 0; i < 10000; i++) /* more than a buffer: the error comes while events do */
        json_log_event(&event, log);
    g_assert_cmpuint(failures, ==, 1);
    g_assert_false(json_log_flush(log, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    g_assert_nonnull(strstr(error->message, "/dev/full"));
    g_clear_error(&error);
    g_assert_false(json_log_close(log, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
    g_assert_cmpuint(failures, ==, 1);
    g_clear_error(&error);

    /* so little that it only shows at the end */
    log = json_log_open("/dev/full", &header, NULL);
    g_assert_false(json_log_close(log, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
}

static void test_cannot_open(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(json_log_open("/nonexistent/log", &header, &error));
    g_assert_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    g_assert_nonnull(strstr(error->message, "/nonexistent/log"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json-log/line", test_line);
    g_test_add_func("/json-log/header", test_header);
    g_test_add_func("/json-log/time", test_time);
    g_test_add_func("/json-log/numbers", test_numbers);
    g_test_add_func("/json-log/locale", test_locale);
    g_test_add_func("/json-log/strings", test_strings);
    g_test_add_func("/json-log/any-bytes", test_any_bytes);
    g_test_add_func("/json-log/machine", test_machine);
    g_test_add_func("/json-log/disk-full", test_disk_full);
    g_test_add_func("/json-log/cannot-open", test_cannot_open);
    return g_test_run();
}
