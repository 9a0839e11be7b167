/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/observe/condition.h"

#include <math.h>
#include <string.h>

#include "emu/observe/event-kinds.h"

G_DEFINE_QUARK(condition - error - quark, condition_error)

/* One comparison with a field. */
struct test {
    char *field; /* NULL: any event will do */
    char op;     /* = ~ > < */
    GString *text;
    bool numeric; /* compare with number */
    double number;
};

/* What one port has sent so far, as far as it matters to a search. */
struct port {
    char name[24];
    size_t matched;   /* bytes of the text that the last bytes sent are equal to */
    bool line_spoilt; /* for a whole line: it differs already */
};

enum { PORTS = 8 };

/* Tests that must hold for the same event. */
struct group {
    const struct event_kind *kind;
    GPtrArray *tests;
    struct test *uart; /* a search in sent text, besides tests; NULL: none */
    size_t *fallback;  /* of the search: where to go on after a mismatch at each byte */
    struct port ports[PORTS];
    unsigned n_ports;
    bool closed;  /* a short form: takes no further tests */
    bool any_led; /* led=STATE: of the LED that everybody means, unless another one is named */
    bool holds;
};

struct condition {
    GPtrArray *alternatives; /* of GPtrArray of struct group */
};

static const char *const usage =
    "write KIND[.FIELD](=|~|>|<)VALUE, such as led=blinking yellow, reset, uart~TEXT, flash-erase=9, "
    "fault or user-loop, joined by \" and \" or \" or \"";

/* ---- freeing ---- */

static void test_free(void *data)
{
    struct test *test = data;
    if (test == NULL)
        return;
    g_free(test->field);
    if (test->text != NULL)
        g_string_free(test->text, TRUE);
    g_free(test);
}

static void group_free(void *data)
{
    struct group *group = data;
    g_ptr_array_unref(group->tests);
    test_free(group->uart);
    g_free(group->fallback);
    g_free(group);
}

void condition_free(struct condition *c)
{
    if (c == NULL)
        return;
    g_ptr_array_unref(c->alternatives);
    g_free(c);
}

/* ---- values ---- */

struct parser {
    const char *whole; /* the condition, for messages */
    const char *part;  /* the part at hand, likewise */
};

G_GNUC_PRINTF(3, 4) static bool complain(const struct parser *p, GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    if (p->part == NULL || p->part[0] == '\0' || strcmp(p->part, p->whole) == 0)
        g_set_error(error, CONDITION_ERROR, 0, "Condition \"%s\": %s.", p->whole, what);
    else
        g_set_error(error, CONDITION_ERROR, 0, "Condition \"%s\", at \"%s\": %s.", p->whole, p->part, what);
    return false;
}

/* Text between double quotes, with escapes; false if it is not well-formed. */
static bool unquote(const char *text, size_t length, GString *out)
{
    if (length < 2 || text[length - 1] != '"')
        return false;
    for (size_t i = 1; i < length - 1; i++) {
        if (text[i] == '"')
            return false;
        if (text[i] != '\\') {
            g_string_append_c(out, text[i]);
            continue;
        }
        if (++i >= length - 1)
            return false;
        static const char escapes[] = "n\nr\rt\t\"\"\\\\";
        const char *found = NULL;
        for (const char *e = escapes; *e != '\0' && found == NULL; e += 2)
            if (*e == text[i])
                found = e + 1;
        if (found != NULL) {
            g_string_append_c(out, *found);
        } else if (text[i] == 'x' && i + 2 < length - 1 && g_ascii_isxdigit(text[i + 1]) && g_ascii_isxdigit(text[i + 2])) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            return false;
        }
    }
    return true;
}

enum number_kind { NUMBER_NONE, NUMBER_PLAIN, NUMBER_SECONDS };

/* 12, -3, 0x080A0000, 0.5, 250ms; a duration comes out in seconds. */
static enum number_kind parse_number(const char *text, double *number)
{
    const char *digits = text + (text[0] == '-');
    char *end;
    if (g_ascii_strncasecmp(digits, "0x", 2) == 0) {
        if (!g_ascii_isxdigit(digits[2]) || strlen(digits) > 18)
            return NUMBER_NONE;
        *number = (double)g_ascii_strtoull(digits + 2, &end, 16);
        if (digits != text)
            *number = -*number;
        return *end == '\0' ? NUMBER_PLAIN : NUMBER_NONE;
    }
    if (!g_ascii_isdigit(digits[0]) && !(digits[0] == '.' && g_ascii_isdigit(digits[1])))
        return NUMBER_NONE;
    *number = g_ascii_strtod(text, &end);
    if (*end == '\0')
        return NUMBER_PLAIN;
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}};
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(end, units[i].name) == 0) {
            *number *= units[i].seconds;
            return NUMBER_SECONDS;
        }
    return NUMBER_NONE;
}

/* Units of a field that is a time, a second; 0 for one that is not. */
static double field_per_second(const char *field)
{
    return strcmp(field, "t") == 0 || strcmp(field, "since") == 0 ? 1
           : strcmp(field, "ticks") == 0                          ? (double)TICKS_PER_SECOND
           : g_str_has_suffix(field, "_ms")                       ? 1e3
           : g_str_has_suffix(field, "_us")                       ? 1e6
                                                                  : 0;
}

/* ---- parts ---- */

static bool field_type(const struct event_kind *kind, const char *name, enum event_field_type *type)
{
    static const struct event_field_kind common[] = {
        {"t", EVENT_REAL}, {"ticks", EVENT_INT}, {"n", EVENT_INT}, {NULL, EVENT_STRING}};
    const struct event_field_kind *field = event_field_kind_find(kind, name);
    for (const struct event_field_kind *f = common; field == NULL && f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            field = f;
    if (field != NULL)
        *type = field->type;
    return field != NULL;
}

static char *kind_names(void)
{
    GString *list = g_string_new("flash-erase");
    for (const struct event_kind *kind = event_kinds; kind->name != NULL; kind++)
        g_string_append_printf(list, ", %s", kind->name);
    return g_string_free(list, FALSE);
}

static char *field_names(const struct event_kind *kind)
{
    GString *list = g_string_new(NULL);
    for (const struct event_field_kind *field = kind->fields; field->name != NULL; field++)
        g_string_append_printf(list, "%s, ", field->name);
    g_string_append(list, "t, ticks, n");
    return g_string_free(list, FALSE);
}

static struct test *test_new(const char *field, char op, const char *text)
{
    struct test *test = g_new0(struct test, 1);
    test->field = g_strdup(field);
    test->op = op;
    test->text = g_string_new(text);
    return test;
}

static struct test *number_test_new(const char *field, char op, double number)
{
    struct test *test = test_new(field, op, "");
    test->numeric = true;
    test->number = number;
    return test;
}

static bool known_led_state(const char *state)
{
    if (strcmp(state, "off") == 0)
        return true;
    static const char *const patterns[] = {"solid", "blinking", "breathing"};
    static const char *const colours[] = {"white", "red", "orange", "yellow", "green", "cyan", "blue", "magenta", "grey"};
    g_auto(GStrv) words = g_strsplit(state, " ", 2);
    if (g_strv_length(words) != 2)
        return false;
    bool pattern = false, colour = false;
    for (unsigned i = 0; i < G_N_ELEMENTS(patterns); i++)
        pattern = pattern || strcmp(words[0], patterns[i]) == 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(colours); i++)
        colour = colour || strcmp(words[1], colours[i]) == 0;
    return pattern && colour;
}

/* Give a test its value; the field and its type are known. */
static bool set_value(const struct parser *p, struct test *test, enum event_field_type type, bool quoted, GError **error)
{
    const char *text = test->text->str;
    if (test->op == '~')
        return true;
    if (type == EVENT_STRING) {
        if (test->op != '=')
            return complain(p, error, "%s is a text, which = and ~ compare; %c needs a number", test->field, test->op);
        return true;
    }
    if (type == EVENT_BOOL) {
        bool yes = strcmp(text, "true") == 0, no = strcmp(text, "false") == 0;
        if (test->op != '=' || (!yes && !no))
            return complain(p, error, "%s is true or false", test->field);
        test->numeric = true;
        test->number = yes;
        return true;
    }
    enum number_kind kind = quoted ? NUMBER_NONE : parse_number(text, &test->number);
    double scale = field_per_second(test->field);
    if (kind == NUMBER_NONE)
        return complain(p, error, "\"%s\" is no number, and %s is compared with numbers such as 12, 0x080A0000%s", text,
                        test->field, scale != 0 ? " or 250ms" : "");
    if (kind == NUMBER_SECONDS && scale == 0)
        return complain(p, error, "\"%s\" is a duration, and %s is not a time", text, test->field);
    if (kind == NUMBER_SECONDS)
        test->number *= scale;
    test->numeric = true;
    return true;
}

/* Where each mismatch falls back to: Knuth, Morris and Pratt, so that a text is found however its beginning repeats. */
static size_t *fallback_table(const GString *text)
{
    size_t *table = g_new0(size_t, text->len + 1);
    for (size_t i = 1, k = 0; i < text->len; i++) {
        while (k != 0 && text->str[i] != text->str[k])
            k = table[k];
        if (text->str[i] == text->str[k])
            k++;
        table[i + 1] = k;
    }
    return table;
}

static struct group *group_new(const struct event_kind *kind)
{
    struct group *group = g_new0(struct group, 1);
    group->kind = kind;
    group->tests = g_ptr_array_new_with_free_func(test_free);
    return group;
}

/* The group that a further test on a kind belongs to: the last one of that kind, unless that already fixed the field. */
static struct group *group_for(GPtrArray *groups, const struct event_kind *kind, const struct test *test)
{
    struct group *open = NULL;
    for (unsigned i = 0; i < groups->len; i++) {
        struct group *group = g_ptr_array_index(groups, i);
        if (group->kind == kind)
            open = group;
    }
    if (open == NULL || open->closed)
        return NULL;
    for (unsigned i = 0; i < open->tests->len; i++) {
        const struct test *old = g_ptr_array_index(open->tests, i);
        if (old->op == '=' && test->op == '=' && strcmp(old->field, test->field) == 0)
            return NULL;
    }
    return open;
}

static void add_test(GPtrArray *groups, const struct event_kind *kind, struct test *test)
{
    struct group *group = group_for(groups, kind, test);
    if (group == NULL) {
        group = group_new(kind);
        g_ptr_array_add(groups, group);
    }
    g_ptr_array_add(group->tests, test);
}

static bool add_flash_erase(const struct parser *p, GPtrArray *groups, char op, const char *value, GError **error)
{
    double sector = 0;
    if (op != '\0' &&
        (op != '=' || parse_number(value, &sector) != NUMBER_PLAIN || sector < 0 || sector > 11 || sector != floor(sector)))
        return complain(p, error, "flash-erase=SECTOR takes a sector from 0 to 11");
    struct group *group = group_new(event_kind_find("flash"));
    g_ptr_array_add(group->tests, test_new("op", '=', "erase"));
    g_ptr_array_add(group->tests, test_new("phase", '=', "end"));
    if (op != '\0')
        g_ptr_array_add(group->tests, number_test_new("sector", '=', sector));
    group->closed = true;
    g_ptr_array_add(groups, group);
    return true;
}

static bool add_uart_text(const struct parser *p, GPtrArray *groups, struct test *test, GError **error)
{
    const struct event_kind *uart = event_kind_find("uart");
    if (test->op != '~' && test->op != '=') {
        test_free(test);
        return complain(p, error, "what was sent is compared with ~ (contains) or = (a whole line)");
    }
    /* uart.port=USART1 and uart~TEXT: the port goes with the text */
    struct group *group = group_for(groups, uart, test);
    if (group == NULL || group->uart != NULL) {
        group = group_new(uart);
        g_ptr_array_add(groups, group);
    }
    group->uart = test;
    group->fallback = fallback_table(test->text);
    return true;
}

static bool add_comparison(const struct parser *p, GPtrArray *groups, const struct event_kind *kind, const char *field, char op,
                           const GString *value, bool quoted, GError **error)
{
    if (strcmp(kind->name, "uart") == 0 && strcmp(field, "text") == 0) {
        struct test *test = test_new(field, op, NULL);
        g_string_append_len(test->text, value->str, (gssize)value->len);
        return add_uart_text(p, groups, test, error);
    }
    enum event_field_type type;
    if (!field_type(kind, field, &type)) {
        g_autofree char *names = field_names(kind);
        return complain(p, error, "an event of kind %s has no field \"%s\"; it has: %s", kind->name, field, names);
    }
    struct test *test = test_new(field, op, NULL);
    g_string_append_len(test->text, value->str, (gssize)value->len);
    if (!set_value(p, test, type, quoted, error)) {
        test_free(test);
        return false;
    }
    if (strcmp(kind->name, "led") == 0 && strcmp(field, "state") == 0 && op == '=' && !known_led_state(value->str)) {
        test_free(test);
        return complain(p, error,
                        "an LED is \"off\", or solid, blinking or breathing in white, red, orange, yellow, green, cyan, blue, "
                        "magenta or grey");
    }
    add_test(groups, kind, test);
    return true;
}

static bool parse_value(const struct parser *p, const char *text, GString *value, bool *quoted, GError **error)
{
    *quoted = text[0] == '"';
    if (*quoted) {
        if (!unquote(text, strlen(text), value))
            return complain(p, error, "the text in quotes is not well-formed; \\n, \\r, \\t, \\\", \\\\ and \\xNN are known");
    } else {
        g_string_append(value, text);
    }
    if (value->len == 0)
        return complain(p, error, "there is no value after the comparison");
    return true;
}

static bool parse_part(const struct parser *p, GPtrArray *groups, GError **error)
{
    size_t subject_length = strcspn(p->part, "=~><");
    char op = p->part[subject_length];
    g_autofree char *subject = g_strstrip(g_strndup(p->part, subject_length));
    g_autofree char *value_text = op == '\0' ? NULL : g_strstrip(g_strdup(p->part + subject_length + 1));
    g_autoptr(GString) value = g_string_new(NULL);
    bool quoted = false;
    if (subject[0] == '\0')
        return complain(p, error, "%s", usage);
    if (op != '\0' && !parse_value(p, value_text, value, &quoted, error))
        return false;
    if (strcmp(subject, "flash-erase") == 0)
        return add_flash_erase(p, groups, op, value->str, error);

    g_auto(GStrv) names = g_strsplit(subject, ".", 2);
    const struct event_kind *kind = event_kind_find(names[0]);
    if (kind == NULL) {
        g_autofree char *list = kind_names();
        return complain(p, error, "there is no event \"%s\"; there are: %s", names[0], list);
    }
    if (op == '\0') {
        if (names[1] != NULL)
            return complain(p, error, "there is no comparison; %s", usage);
        struct group *group = group_new(kind);
        group->closed = true;
        g_ptr_array_add(groups, group);
        return true;
    }
    const char *field = names[1] != NULL ? names[1] : kind->main_field;
    if (field == NULL) {
        g_autofree char *list = field_names(kind);
        return complain(p, error, "name a field, as in %s.FIELD; it has: %s", kind->name, list);
    }
    if (!add_comparison(p, groups, kind, field, op, value, quoted, error))
        return false;
    if (strcmp(kind->name, "led") == 0 && names[1] == NULL) {
        struct group *group = g_ptr_array_index(groups, groups->len - 1);
        group->any_led = true;
    }
    return true;
}

static const struct test *find_test(const struct group *group, const char *field)
{
    for (unsigned i = 0; i < group->tests->len; i++) {
        const struct test *test = g_ptr_array_index(group->tests, i);
        if (strcmp(test->field, field) == 0)
            return test;
    }
    return NULL;
}

/* Every part that is joined by "and" has been read. */
static void finish_groups(GPtrArray *groups)
{
    for (unsigned i = 0; i < groups->len; i++) {
        struct group *group = g_ptr_array_index(groups, i);
        if (group->any_led && find_test(group, "name") == NULL)
            g_ptr_array_add(group->tests, test_new("name", '=', "rgb"));
    }
}

/* ---- the whole ---- */

/* Is there the joining word at this place, with blanks around? */
static size_t joint(const char *text, const char *word)
{
    size_t length = strlen(word);
    return g_ascii_isspace(text[0]) && strncmp(text + 1, word, length) == 0 && g_ascii_isspace(text[1 + length]) ? length + 2
                                                                                                                 : 0;
}

/* Where the next part ends: at " and ", at " or " or at the end, but not within quotes. */
static size_t part_length(const char *text)
{
    bool quoted = false;
    char before = '\0'; /* a quote opens behind a comparison only: uart~5" is a text with a quote in it */
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (quoted && text[i] == '\\' && text[i + 1] != '\0')
            i++;
        else if (text[i] == '"' && (quoted || (before != '\0' && strchr("=~><", before) != NULL)))
            quoted = !quoted;
        else if (!quoted && (joint(text + i, "and") != 0 || joint(text + i, "or") != 0))
            break;
        if (!g_ascii_isspace(text[i]))
            before = text[i];
    }
    return i;
}

static bool parse_all(struct condition *c, const char *text, GError **error)
{
    struct parser p = {.whole = text, .part = NULL};
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    g_ptr_array_add(c->alternatives, groups);
    for (;;) {
        size_t length = part_length(text);
        g_autofree char *part = g_strstrip(g_strndup(text, length));
        p.part = part;
        if (part[0] == '\0')
            return complain(&p, error, "%s", usage);
        if (!parse_part(&p, groups, error))
            return false;
        text += length;
        if (*text == '\0') {
            finish_groups(groups);
            return true;
        }
        size_t step = joint(text, "and");
        if (step == 0) {
            step = joint(text, "or");
            finish_groups(groups);
            groups = g_ptr_array_new_with_free_func(group_free);
            g_ptr_array_add(c->alternatives, groups);
        }
        text += step - 1; /* the blank behind it may be the one in front of the next word */
    }
}

struct condition *condition_parse(const char *text, GError **error)
{
    struct condition *c = g_new0(struct condition, 1);
    c->alternatives = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    if (parse_all(c, text, error))
        return c;
    condition_free(c);
    return NULL;
}

/* ---- events ---- */

static bool compare_numbers(const struct test *test, double value)
{
    /* equal as printed: reals have three decimals in the log */
    return test->op == '='   ? fabs(value - test->number) < 0.0005
           : test->op == '>' ? value > test->number
                             : value < test->number;
}

static const char *field_text(const struct event_field *field, char *buffer, size_t size)
{
    switch (field->type) {
    case EVENT_STRING:
        return field->string != NULL ? field->string : "";
    case EVENT_INT:
        g_snprintf(buffer, size, "%" G_GINT64_FORMAT, (gint64)field->integer);
        return buffer;
    case EVENT_HEX:
        g_snprintf(buffer, size, "0x%08" G_GINT64_MODIFIER "X", (guint64)field->hex);
        return buffer;
    case EVENT_BOOL:
        return field->boolean ? "true" : "false";
    case EVENT_REAL:
        return g_ascii_formatd(buffer, (int)size, "%.3f", field->real);
    }
    return "";
}

static double field_number(const struct event_field *field)
{
    return field->type == EVENT_INT    ? (double)field->integer
           : field->type == EVENT_HEX  ? (double)field->hex
           : field->type == EVENT_REAL ? field->real
           : field->type == EVENT_BOOL ? field->boolean
                                       : NAN;
}

static bool test_holds(const struct test *test, const struct event *event)
{
    const struct event_field *field = event_field(event, test->field);
    struct event_field common = {.name = test->field, .type = EVENT_INT};
    if (field == NULL) {
        field = &common;
        if (strcmp(test->field, "n") == 0)
            common.integer = (int64_t)event->n;
        else if (strcmp(test->field, "ticks") == 0)
            common.integer = (int64_t)event->ticks;
        else if (strcmp(test->field, "t") == 0)
            common = FIELD_REAL(test->field, (double)event->ticks / (double)TICKS_PER_SECOND);
        else
            return false;
    }
    if (test->numeric)
        return compare_numbers(test, field_number(field));
    char buffer[64];
    const char *text = field_text(field, buffer, sizeof buffer);
    return test->op == '~' ? strstr(text, test->text->str) != NULL : strcmp(text, test->text->str) == 0;
}

static struct port *port_of(struct group *group, const char *name)
{
    for (unsigned i = 0; i < group->n_ports; i++)
        if (strcmp(group->ports[i].name, name) == 0)
            return &group->ports[i];
    if (group->n_ports == PORTS)
        return NULL;
    struct port *port = &group->ports[group->n_ports++];
    g_strlcpy(port->name, name, sizeof port->name);
    return port;
}

static bool search_byte(struct group *group, struct port *port, char byte)
{
    const GString *text = group->uart->text;
    while (port->matched != 0 && (port->matched == text->len || text->str[port->matched] != byte))
        port->matched = group->fallback[port->matched];
    if (text->str[port->matched] == byte)
        port->matched++;
    return port->matched == text->len;
}

static bool line_byte(struct group *group, struct port *port, char byte)
{
    const GString *text = group->uart->text;
    if (byte == '\n' || byte == '\r') {
        bool equal = !port->line_spoilt && port->matched == text->len;
        port->matched = 0;
        port->line_spoilt = false;
        return equal;
    }
    if (port->line_spoilt || port->matched == text->len || text->str[port->matched] != byte)
        port->line_spoilt = true;
    else
        port->matched++;
    return false;
}

static bool uart_holds(struct group *group, const struct event *event)
{
    const struct event_field *name = event_field(event, "port"), *direction = event_field(event, "direction"),
                             *byte = event_field(event, "byte");
    if (name == NULL || byte == NULL)
        return false;
    /* what the guest sent, unless a test asked for what it receives */
    if (direction != NULL && strcmp(direction->string, "tx") != 0 && find_test(group, "direction") == NULL)
        return false;
    struct port *port = port_of(group, name->string);
    if (port == NULL)
        return false;
    return group->uart->op == '~' ? search_byte(group, port, (char)byte->integer) : line_byte(group, port, (char)byte->integer);
}

/* For a state: is this event about another pin or LED than the group is? */
static bool about_another(const struct group *group, const struct event *event)
{
    for (unsigned i = 0; i < group->tests->len; i++) {
        const struct test *test = g_ptr_array_index(group->tests, i);
        if (strcmp(test->field, group->kind->key_field) == 0 && !test_holds(test, event))
            return true;
    }
    return false;
}

/* Returns whether the group holds by this very event. */
static bool group_feed(struct group *group, const struct event *event)
{
    if (strcmp(event->kind, group->kind->name) != 0)
        return false;
    bool state = group->kind->key_field != NULL && group->tests->len != 0;
    if (state && about_another(group, event))
        return false;
    bool now = true;
    for (unsigned i = 0; now && i < group->tests->len; i++)
        now = test_holds(g_ptr_array_index(group->tests, i), event);
    if (now && group->uart != NULL)
        now = uart_holds(group, event);
    group->holds = state ? now : group->holds || now;
    return now;
}

bool condition_feed(struct condition *c, const struct event *event)
{
    bool met = false;
    for (unsigned i = 0; i < c->alternatives->len; i++) {
        GPtrArray *groups = g_ptr_array_index(c->alternatives, i);
        bool all = true, any = false;
        for (unsigned g = 0; g < groups->len; g++) {
            struct group *group = g_ptr_array_index(groups, g);
            any = group_feed(group, event) || any;
            all = all && group->holds;
        }
        met = met || (all && any);
    }
    return met;
}

void condition_reset(struct condition *c)
{
    for (unsigned i = 0; i < c->alternatives->len; i++) {
        GPtrArray *groups = g_ptr_array_index(c->alternatives, i);
        for (unsigned g = 0; g < groups->len; g++) {
            struct group *group = g_ptr_array_index(groups, g);
            group->holds = false;
            group->n_ports = 0;
            memset(group->ports, 0, sizeof group->ports);
        }
    }
}

bool condition_mentions(const struct condition *c, const char *kind)
{
    for (unsigned i = 0; i < c->alternatives->len; i++) {
        const GPtrArray *groups = g_ptr_array_index(c->alternatives, i);
        for (unsigned g = 0; g < groups->len; g++)
            if (strcmp(((const struct group *)g_ptr_array_index(groups, g))->kind->name, kind) == 0)
                return true;
    }
    return false;
}
