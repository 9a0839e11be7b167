/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event logs against docs/events.schema.json: the logs named on the command line, and one made here that has every kind in it.
 * The schema, the table of kinds that conditions use, and docs/events.md must agree.
 *
 *     test-event-schema [LOG...]
 */
#include <glib.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emu/observe/event-kinds.h"
#include "emu/observe/json-log.h"
#include "tests/unit/device-test.h"
#include "tests/unit/source-root.h"

static JsonNode *schema;

/* ---- the part of JSON Schema that the schema uses ---- */

static bool validate(JsonNode *rule, JsonNode *value, const char *where, GString *why);

G_GNUC_PRINTF(3, 4) static bool wrong(GString *why, const char *where, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_printf(why, "%s: ", where[0] != '\0' ? where : "the line");
    g_string_append_vprintf(why, format, args);
    va_end(args);
    return false;
}

static bool is_integer(JsonNode *value)
{
    return JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_INT64;
}

static bool is_number(JsonNode *value)
{
    return is_integer(value) || (JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_DOUBLE);
}

static bool is_string(JsonNode *value)
{
    return JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_STRING;
}

static bool has_type(JsonNode *value, const char *type)
{
    if (strcmp(type, "object") == 0)
        return JSON_NODE_HOLDS_OBJECT(value);
    if (strcmp(type, "string") == 0)
        return is_string(value);
    if (strcmp(type, "integer") == 0)
        return is_integer(value);
    if (strcmp(type, "number") == 0)
        return is_number(value);
    if (strcmp(type, "boolean") == 0)
        return JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_BOOLEAN;
    if (strcmp(type, "null") == 0)
        return JSON_NODE_HOLDS_NULL(value);
    g_error("the schema has a type that this test does not know: %s", type);
}

static bool same(JsonNode *a, JsonNode *b)
{
    return is_number(a) && is_number(b) ? json_node_get_double(a) == json_node_get_double(b) : json_node_equal(a, b);
}

static bool check_type(JsonNode *rule, JsonNode *value, const char *where, GString *why)
{
    if (!JSON_NODE_HOLDS_ARRAY(rule))
        return has_type(value, json_node_get_string(rule)) || wrong(why, where, "it is no %s", json_node_get_string(rule));
    JsonArray *types = json_node_get_array(rule);
    for (unsigned i = 0; i < json_array_get_length(types); i++)
        if (has_type(value, json_array_get_string_element(types, i)))
            return true;
    return wrong(why, where, "it has none of the types allowed");
}

static bool check_enum(JsonArray *values, JsonNode *value, const char *where, GString *why)
{
    for (unsigned i = 0; i < json_array_get_length(values); i++)
        if (same(json_array_get_element(values, i), value))
            return true;
    return wrong(why, where, "it is none of the values allowed");
}

static bool check_required(JsonArray *names, JsonNode *value, const char *where, GString *why)
{
    for (unsigned i = 0; JSON_NODE_HOLDS_OBJECT(value) && i < json_array_get_length(names); i++) {
        const char *name = json_array_get_string_element(names, i);
        if (!json_object_has_member(json_node_get_object(value), name))
            return wrong(why, where, "\"%s\" is missing", name);
    }
    return true;
}

static bool check_properties(JsonObject *rule, JsonNode *value, const char *where, GString *why)
{
    if (!JSON_NODE_HOLDS_OBJECT(value))
        return true;
    JsonObject *known = json_object_has_member(rule, "properties") ? json_object_get_object_member(rule, "properties") : NULL;
    bool closed = json_object_has_member(rule, "additionalProperties"); /* only false is used */
    g_autoptr(GList) names = json_object_get_members(json_node_get_object(value));
    for (GList *i = names; i != NULL; i = i->next) {
        const char *name = i->data;
        JsonNode *member = json_object_get_member(json_node_get_object(value), name);
        g_autofree char *inner = g_strdup_printf("%s.%s", where, name);
        if (known != NULL && json_object_has_member(known, name)) {
            if (!validate(json_object_get_member(known, name), member, inner, why))
                return false;
        } else if (closed) {
            return wrong(why, inner, "no such field is described");
        }
    }
    return true;
}

static JsonNode *resolve(const char *reference)
{
    g_assert_true(g_str_has_prefix(reference, "#/$defs/"));
    JsonObject *definitions = json_object_get_object_member(json_node_get_object(schema), "$defs");
    const char *name = reference + strlen("#/$defs/");
    g_assert_true(json_object_has_member(definitions, name));
    return json_object_get_member(definitions, name);
}

static bool check_one_of(JsonArray *rules, JsonNode *value, const char *where, GString *why)
{
    unsigned fits = 0;
    g_autoptr(GString) nearest = g_string_new("no alternative fits");
    for (unsigned i = 0; i < json_array_get_length(rules); i++) {
        g_autoptr(GString) reason = g_string_new(NULL);
        if (validate(json_array_get_element(rules, i), value, where, reason))
            fits++;
        else if (!g_str_has_prefix(reason->str, ".kind:")) /* of the alternative for its kind */
            g_string_assign(nearest, reason->str);
    }
    if (fits == 1)
        return true;
    g_string_assign(why, fits == 0 ? nearest->str : "more than one alternative fits");
    return false;
}

static bool check_keyword(JsonObject *rules, const char *keyword, JsonNode *value, const char *where, GString *why)
{
    JsonNode *rule = json_object_get_member(rules, keyword);
    if (strcmp(keyword, "$ref") == 0)
        return validate(resolve(json_node_get_string(rule)), value, where, why);
    if (strcmp(keyword, "oneOf") == 0)
        return check_one_of(json_node_get_array(rule), value, where, why);
    if (strcmp(keyword, "type") == 0)
        return check_type(rule, value, where, why);
    if (strcmp(keyword, "const") == 0)
        return same(rule, value) || wrong(why, where, "it is not the value required");
    if (strcmp(keyword, "enum") == 0)
        return check_enum(json_node_get_array(rule), value, where, why);
    if (strcmp(keyword, "pattern") == 0)
        return !is_string(value) ||
               g_regex_match_simple(json_node_get_string(rule), json_node_get_string(value), G_REGEX_DOLLAR_ENDONLY, 0) ||
               wrong(why, where, "\"%s\" does not match %s", json_node_get_string(value), json_node_get_string(rule));
    if (strcmp(keyword, "minimum") == 0)
        return !is_number(value) || json_node_get_double(value) >= json_node_get_double(rule) ||
               wrong(why, where, "it is too small");
    if (strcmp(keyword, "maximum") == 0)
        return !is_number(value) || json_node_get_double(value) <= json_node_get_double(rule) ||
               wrong(why, where, "it is too large");
    if (strcmp(keyword, "required") == 0)
        return check_required(json_node_get_array(rule), value, where, why);
    if (strcmp(keyword, "properties") == 0)
        return check_properties(rules, value, where, why);
    if (strcmp(keyword, "additionalProperties") == 0) {
        g_assert_false(json_node_get_boolean(rule));
        return true; /* done with properties */
    }
    static const char *const notes[] = {"$schema", "$defs", "title", "description"};
    for (unsigned i = 0; i < G_N_ELEMENTS(notes); i++)
        if (strcmp(keyword, notes[i]) == 0)
            return true;
    g_error("the schema has a keyword that this test does not know: %s", keyword);
}

static bool validate(JsonNode *rule, JsonNode *value, const char *where, GString *why)
{
    JsonObject *rules = json_node_get_object(rule);
    /* first the kind, so that the reason tells which alternative was meant */
    JsonObject *properties =
        json_object_has_member(rules, "properties") ? json_object_get_object_member(rules, "properties") : NULL;
    if (properties != NULL && json_object_has_member(properties, "kind") && JSON_NODE_HOLDS_OBJECT(value) &&
        json_object_has_member(json_node_get_object(value), "kind") &&
        !validate(json_object_get_member(properties, "kind"), json_object_get_member(json_node_get_object(value), "kind"),
                  ".kind", why))
        return false;
    g_autoptr(GList) keywords = json_object_get_members(rules);
    for (GList *i = keywords; i != NULL; i = i->next)
        if (!check_keyword(rules, i->data, value, where, why))
            return false;
    return true;
}

/* ---- lines and logs ---- */

static bool validate_line(const char *line, GString *why)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    if (!json_parser_load_from_data(parser, line, -1, &error) || json_parser_get_root(parser) == NULL) {
        g_string_assign(why, error != NULL ? error->message : "there is nothing in it");
        return false;
    }
    return validate(schema, json_parser_get_root(parser), "", why);
}

/* What a schema cannot say: the header is the first line and no other, numbers go up by one, time does not go back. */
static bool validate_order(const char *line, unsigned number, uint64_t *n, uint64_t *ticks, GString *why)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    json_parser_load_from_data(parser, line, -1, NULL);
    JsonObject *object = json_node_get_object(json_parser_get_root(parser));
    bool header = strcmp(json_object_get_string_member(object, "kind"), "schema") == 0;
    if (header != (number == 1))
        return wrong(why, "", "the header is the first line, and the first line only");
    if (header)
        return true;
    uint64_t its_n = (uint64_t)json_object_get_int_member(object, "n");
    uint64_t its_ticks = g_ascii_strtoull(json_object_get_string_member(object, "ticks"), NULL, 10);
    char time[32];
    g_autofree char *start = g_strdup_printf("{\"t\":%s,", event_time_string(its_ticks, time, sizeof time));
    if (!g_str_has_prefix(line, start))
        return wrong(why, "", "t is not ticks in seconds with nine decimals: it should begin with %s", start);
    if (its_n != *n + 1)
        return wrong(why, "", "n jumps");
    if (its_ticks < *ticks)
        return wrong(why, "", "time goes back");
    *n = its_n;
    *ticks = its_ticks;
    return true;
}

static void assert_log(const char *name, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    uint64_t n = 0, ticks = 0;
    for (unsigned i = 0; lines[i] != NULL; i++) {
        if (lines[i + 1] == NULL) {
            g_assert_cmpstr(lines[i], ==, ""); /* the last line has its end */
            break;
        }
        g_autoptr(GString) why = g_string_new(NULL);
        if (!validate_line(lines[i], why) || !validate_order(lines[i], i + 1, &n, &ticks, why))
            g_error("%s, line %u: %s\n%s", name, i + 1, why->str, lines[i]);
    }
}

/* ---- every kind ---- */

/* An event of each kind with all its fields; values as the blocks publish them. */
static void publish_every_kind(struct machine *m)
{
    machine_publish(m, "module", FIELD_STRING("place", "user"), FIELD_HEX("address", 0x080A0000), FIELD_STRING("check", "good"),
                    FIELD_INT("function", 5), FIELD_INT("index", 1), FIELD_INT("version", 3), FIELD_INT("platform", 6),
                    FIELD_HEX("start", 0x080A0000), FIELD_HEX("end", 0x080A14C8), FIELD_STRING("text", "user part, version 3"));
    machine_publish(m, "power", FIELD_BOOL("on", true));
    machine_publish(m, "button", FIELD_STRING("name", "setup"), FIELD_STRING("state", "pressed"));
    machine_publish(m, "input", FIELD_STRING("name", "A0"), FIELD_STRING("value", "1234mV"));
    machine_publish(m, "led", FIELD_STRING("name", "rgb"), FIELD_STRING("state", "blinking yellow"), FIELD_REAL("since", 3.01),
                    FIELD_INT("period_ms", 202), FIELD_INT("r", 255), FIELD_INT("g", 255), FIELD_INT("b", 0));
    machine_publish(m, "light", FIELD_STRING("name", "rgb"), FIELD_INT("r", 255), FIELD_INT("g", 0), FIELD_INT("b", 0));
    machine_publish(m, "pin", FIELD_STRING("pin", "PA13"), FIELD_INT("level", 1), FIELD_STRING("drive", "output"));
    machine_publish(m, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("frequency_hz", 500), FIELD_REAL("duty", 0.502));
    machine_publish(m, "dac", FIELD_INT("channel", 1), FIELD_INT("millivolts", 1650));
    machine_publish(m, "uart", FIELD_STRING("port", "USART1"), FIELD_STRING("direction", "tx"), FIELD_INT("byte", 104),
                    FIELD_INT("baud", 9600));
    machine_publish(m, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "connect"));
    machine_publish(m, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "enumerate"), FIELD_INT("address", 1),
                    FIELD_HEX("vendor", 0x2B04), FIELD_HEX("product", 0xD006), FIELD_HEX("version", 0x0250));
    machine_publish(m, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "submit"), FIELD_INT("urb", 1),
                    FIELD_HEX("endpoint", 0x80), FIELD_STRING("setup", "8006000100001200"), FIELD_INT("length", 18));
    machine_publish(m, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "complete"), FIELD_INT("urb", 1),
                    FIELD_HEX("endpoint", 0x80), FIELD_INT("status", -32), FIELD_INT("length", 2), FIELD_STRING("data", "1201"));
    machine_publish(m, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "cut-off"), FIELD_STRING("text", "nonsense"));
    machine_publish(m, "wifi", FIELD_STRING("op", "power"), FIELD_BOOL("on", true));
    machine_publish(m, "wifi", FIELD_STRING("op", "firmware"), FIELD_INT("bytes", 216260));
    machine_publish(m, "wifi", FIELD_STRING("op", "ioctl"), FIELD_INT("cmd", 262), FIELD_STRING("name", "bss"),
                    FIELD_BOOL("set", false), FIELD_STRING("interface", "station"), FIELD_INT("status", -30));
    machine_publish(m, "wifi", FIELD_STRING("op", "country"), FIELD_STRING("country", "JP"));
    machine_publish(m, "wifi", FIELD_STRING("op", "mac"), FIELD_STRING("mac", "6c:0b:84:00:00:01"));
    machine_publish(m, "wifi", FIELD_STRING("op", "scan-done"), FIELD_INT("found", 8));
    machine_publish(m, "wifi", FIELD_STRING("op", "joined"), FIELD_STRING("ssid", "home"),
                    FIELD_STRING("bssid", "02:00:00:00:00:01"), FIELD_INT("channel", 6), FIELD_STRING("security", "wpa2"),
                    FIELD_STRING("reason", "wrong key: no frame passes"));
    machine_publish(m, "wifi", FIELD_STRING("op", "dropped"), FIELD_STRING("direction", "tx"), FIELD_INT("length", 28),
                    FIELD_STRING("text", "unknown channel"));
    machine_publish(m, "sdio", FIELD_INT("command", 53), FIELD_HEX("argument", 0x15000040), FIELD_STRING("op", "read"),
                    FIELD_INT("function", 1), FIELD_HEX("address", 0x8000), FIELD_INT("length", 64),
                    FIELD_HEX("response", 0x1000));
    machine_publish(m, "net", FIELD_STRING("interface", "station"), FIELD_STRING("direction", "tx"), FIELD_INT("length", 60),
                    FIELD_STRING("protocol", "ARP"), FIELD_BOOL("lost", false));
    machine_publish(m, "network", FIELD_STRING("op", "name"), FIELD_STRING("interface", "station"),
                    FIELD_STRING("name", "example.com"), FIELD_STRING("address", "10.0.2.2"));
    machine_publish(m, "network", FIELD_STRING("op", "refused"), FIELD_STRING("interface", "access-point"),
                    FIELD_STRING("protocol", "tcp"), FIELD_STRING("address", "10.0.2.2"), FIELD_INT("port", 80));
    machine_publish(m, "reset", FIELD_STRING("cause", "software"));
    machine_publish(m, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", "cut"), FIELD_INT("sector", 9),
                    FIELD_HEX("address", 0x080A0000), FIELD_INT("size", 131072), FIELD_STRING("left", "mixed"));
    machine_publish(m, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "end"), FIELD_HEX("address", 0x080A0000),
                    FIELD_INT("size", 4), FIELD_HEX("value", 0x12345678));
    machine_publish(m, "backup", FIELD_STRING("register", "DR19"), FIELD_HEX("value", 4), FIELD_HEX("old", 0));
    machine_publish(m, "watchdog", FIELD_STRING("name", "IWDG"), FIELD_STRING("op", "start"), FIELD_INT("timeout_ms", 5000));
    machine_publish(m, "fault", FIELD_STRING("type", "busfault"), FIELD_STRING("cause", "PRECISERR"),
                    FIELD_STRING("taken", "hardfault"), FIELD_HEX("pc", 0x08000100), FIELD_HEX("address", 0xE0000000));
    machine_publish(m, "fault", FIELD_STRING("type", "lockup"), FIELD_HEX("pc", 0xFFFFFFFE), FIELD_HEX("cfsr", 0x8200),
                    FIELD_HEX("hfsr", 0x40000000));
    machine_publish(m, "user-code", FIELD_HEX("pc", 0x080A0080));
    machine_publish(m, "user-loop", FIELD_HEX("pc", 0x080A0100));
    machine_publish(m, "unmodelled", FIELD_STRING("field", "SPI1+0x20"), FIELD_HEX("pc", 0), FIELD_STRING("access", "read"));
    machine_report(m, "unmodelled", "%s: OC1CE has no effect", "TIM1");
    machine_publish(m, "stored", FIELD_STRING("field", "RCC_AHB1LPENR.GPIOALPEN"), FIELD_HEX("pc", 0x08000100));
    static const char *const reports[] = {"stuck", "gated", "conflict", "limit", "dma"};
    for (unsigned i = 0; i < G_N_ELEMENTS(reports); i++)
        machine_report(m, reports[i], "a sentence about %s", reports[i]);
    machine_publish(m, "exception", FIELD_STRING("op", "enter"), FIELD_INT("number", 15), FIELD_HEX("pc", 0x08000100));
    machine_publish(m, "mmio", FIELD_STRING("op", "write"), FIELD_STRING("register", "RCC_CR"),
                    FIELD_HEX("address", 0x40023800), FIELD_INT("size", 4), FIELD_HEX("value", 1), FIELD_HEX("pc", 0x08000100));
}

static void collect(const struct event *event, void *data)
{
    GHashTable *seen = data;
    const struct event_kind *kind = event_kind_find(event->kind);
    g_assert_nonnull(kind);
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field_kind *field = event_field_kind_find(kind, event->fields[i].name);
        g_assert_nonnull(field);
        g_assert_cmpint(field->type, ==, event->fields[i].type);
        g_hash_table_add(seen, g_strdup_printf("%s.%s", event->kind, event->fields[i].name));
    }
}

static void test_every_kind(void)
{
    struct machine *m = bench_new();
    machine_seal(m);
    machine_power_on(m);
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    struct json_log_header header = {.board = "photon", .set = "1.5.0", .seed = 1, .cpi_num = 3, .cpi_den = 2};
    struct json_log *log = json_log_new(file, "memory", &header);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    machine_subscribe(m, json_log_event, log);
    machine_subscribe(m, collect, seen);
    pass(m, TICKS_PER_MS);
    publish_every_kind(m);
    g_assert_true(json_log_close(log, NULL));
    fclose(file);
    assert_log("the log made here", text);
    free(text);
    machine_free(m);
    for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++)
        for (const struct event_field_kind *field = kind->fields; field->name != NULL; field++) {
            g_autofree char *name = g_strdup_printf("%s.%s", kind->name, field->name);
            if (!g_hash_table_contains(seen, name))
                g_error("publish_every_kind lacks %s", name);
        }
}

/* ---- schema, table and document ---- */

static const char *type_of(JsonNode *rule)
{
    JsonObject *object = json_node_get_object(rule);
    if (json_object_has_member(object, "$ref"))
        return strcmp(json_object_get_string_member(object, "$ref"), "#/$defs/hex") == 0 ? "hex" : "?";
    if (json_object_has_member(object, "type"))
        return json_object_get_string_member(object, "type");
    if (json_object_has_member(object, "enum"))
        return is_string(json_array_get_element(json_object_get_array_member(object, "enum"), 0)) ? "string" : "integer";
    return "?";
}

static void test_table(void)
{
    static const char *const types[] = {[EVENT_STRING] = "string",
                                        [EVENT_INT] = "integer",
                                        [EVENT_HEX] = "hex",
                                        [EVENT_BOOL] = "boolean",
                                        [EVENT_REAL] = "number"};
    JsonObject *definitions = json_object_get_object_member(json_node_get_object(schema), "$defs");
    unsigned kinds = 0;
    for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++, kinds++) {
        g_assert_true(json_object_has_member(definitions, kind->name));
        JsonObject *properties =
            json_object_get_object_member(json_object_get_object_member(definitions, kind->name), "properties");
        unsigned fields = 0;
        for (const struct event_field_kind *field = kind->fields; field->name != NULL; field++, fields++) {
            g_test_message("%s.%s", kind->name, field->name);
            g_assert_true(json_object_has_member(properties, field->name));
            g_assert_cmpstr(type_of(json_object_get_member(properties, field->name)), ==, types[field->type]);
        }
        g_assert_cmpuint(json_object_get_size(properties), ==, fields + 4); /* t, ticks, n, kind */
        if (kind->main_field != NULL && strcmp(kind->name, "uart") != 0)
            g_assert_nonnull(event_field_kind_find(kind, kind->main_field));
        if (kind->key_field != NULL && kind->key_field[0] != '\0')
            g_assert_nonnull(event_field_kind_find(kind, kind->key_field));
    }
    g_assert_cmpuint(json_object_get_size(definitions), ==, kinds + 2); /* schema, hex */
    JsonArray *alternatives = json_object_get_array_member(json_node_get_object(schema), "oneOf");
    g_assert_cmpuint(json_array_get_length(alternatives), ==, kinds + 1);
}

static void test_document(void)
{
    g_autofree char *path = source_path("docs/events.md");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++) {
        g_autofree char *start = g_strdup_printf("\n| `%s` |", kind->name);
        const char *row = strstr(text, start);
        if (row == NULL)
            g_error("docs/events.md has no row that begins with | `%s` |", kind->name);
        /* its fields, up to the row that begins the next kind or the end of the table */
        g_autoptr(GString) rows = g_string_new(NULL);
        for (const char *line = row + 1; g_str_has_prefix(line, "| ") && (line == row + 1 || g_str_has_prefix(line, "| |"));
             line = strchr(line, '\n') + 1)
            g_string_append_len(rows, line, strchr(line, '\n') + 1 - line);
        for (const struct event_field_kind *field = kind->fields; field->name != NULL; field++) {
            g_autofree char *name = g_strdup_printf("`%s`", field->name);
            if (strstr(rows->str, name) == NULL)
                g_error("docs/events.md does not describe %s.%s", kind->name, field->name);
        }
    }
    /* its examples are lines of a log */
    unsigned examples = 0;
    g_auto(GStrv) blocks = g_strsplit(text, "```", 0);
    for (unsigned i = 1; blocks[i] != NULL && blocks[i + 1] != NULL; i += 2) {
        g_assert_true(g_str_has_prefix(blocks[i], "json\n"));
        g_autoptr(GString) why = g_string_new(NULL);
        if (!validate_line(blocks[i] + 5, why))
            g_error("%s\n%s", why->str, blocks[i]);
        examples++;
    }
    g_assert_cmpuint(examples, ==, 2);
}

/* ---- what is refused ---- */

static void test_refused(void)
{
#define START "{\"t\":0.000000000,\"ticks\":\"0\",\"n\":1,"
    static const struct {
        const char *line, *why;
    } bad[] = {
        {"", "nothing in it"},
        {"{", ""},
        {"[]", "no object"},
        {START "\"kind\":\"rest\"}", "no alternative fits"},
        {START "\"kind\":\"reset\"}", "\"cause\" is missing"},
        {START "\"kind\":\"reset\",\"cause\":1}", ".cause: it is no string"},
        {START "\"kind\":\"reset\",\"cause\":\"pin\",\"more\":1}", ".more: no such field"},
        {"{\"ticks\":\"0\",\"n\":1,\"kind\":\"reset\",\"cause\":\"pin\"}", "\"t\" is missing"},
        {"{\"t\":0.5,\"ticks\":0,\"n\":1,\"kind\":\"reset\",\"cause\":\"pin\"}", ".ticks: it is no string"},
        {"{\"t\":0.5,\"ticks\":\"x\",\"n\":1,\"kind\":\"reset\",\"cause\":\"pin\"}", "does not match"},
        {"{\"t\":0.5,\"ticks\":\"0\",\"n\":0,\"kind\":\"reset\",\"cause\":\"pin\"}", ".n: it is too small"},
        {START "\"kind\":\"led\",\"name\":\"rgb\",\"state\":\"blinking pink\"}", "does not match"},
        {START "\"kind\":\"led\",\"name\":\"rgb\",\"state\":\"off\",\"r\":256}", ".r: it is too large"},
        {START "\"kind\":\"flash\",\"op\":\"erase\",\"phase\":\"middle\"}", ".phase: it is none of the values"},
        {START "\"kind\":\"flash\",\"op\":\"erase\",\"phase\":\"end\",\"sector\":9.5}", ".sector: it is no integer"},
        {START "\"kind\":\"flash\",\"op\":\"erase\",\"phase\":\"end\",\"address\":\"0x80\"}",
         ".address: \"0x80\" does not match"},
        {START "\"kind\":\"flash\",\"op\":\"erase\",\"phase\":\"end\",\"address\":\"0x080a0000\"}", "does not match"},
        {"{\"kind\":\"schema\",\"version\":2,\"board\":\"photon\",\"set\":null,\"seed\":1,\"cpi\":1}", ".version"},
        {"{\"kind\":\"schema\",\"version\":1,\"board\":\"photon\",\"set\":1,\"seed\":1,\"cpi\":1}", ".set"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GString) why = g_string_new(NULL);
        g_assert_false(validate_line(bad[i].line, why));
        g_test_message("%s", why->str);
        g_assert_nonnull(strstr(why->str, bad[i].why));
    }
    uint64_t n = 1, ticks = 100;
    g_autoptr(GString) why = g_string_new(NULL);
    g_assert_false(validate_order(START "\"kind\":\"reset\",\"cause\":\"pin\"}", 1, &n, &ticks, why)); /* no header */
    g_assert_false(validate_order(START "\"kind\":\"reset\",\"cause\":\"pin\"}", 2, &n, &ticks, why)); /* n 1 after 1 */
    n = 0;
    g_assert_false(validate_order(START "\"kind\":\"reset\",\"cause\":\"pin\"}", 2, &n, &ticks, why)); /* back in time */
    ticks = 0;
    g_assert_true(validate_order(START "\"kind\":\"reset\",\"cause\":\"pin\"}", 2, &n, &ticks, why));
    n = 0;
    g_assert_false(
        validate_order("{\"t\":0.5,\"ticks\":\"0\",\"n\":1,\"kind\":\"reset\",\"cause\":\"pin\"}", 2, &n, &ticks, why));
    g_assert_nonnull(strstr(why->str, "nine decimals"));
}

static void test_log(const void *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    assert_log(path, text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *path = source_path("docs/events.schema.json");
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    if (!json_parser_load_from_file(parser, path, &error))
        g_error("%s: %s", path, error->message);
    schema = json_parser_get_root(parser);
    g_test_add_func("/event-schema/table", test_table);
    g_test_add_func("/event-schema/document", test_document);
    g_test_add_func("/event-schema/every-kind", test_every_kind);
    g_test_add_func("/event-schema/refused", test_refused);
    for (int i = 1; i < argc; i++) {
        g_autofree char *name = g_strdup_printf("/event-schema/log-%d", i);
        g_test_add_data_func(name, argv[i], test_log);
    }
    return g_test_run();
}
