/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/report.h"

#include <string.h>

/* ---- counting ---- */

struct report_counts report_count(const struct suite *suite)
{
    struct report_counts n = {0};
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        n.errors += s->error != NULL;
        n.crashed += s->error != NULL && s->crashed;
    }
    for (guint i = 0; i < suite->cases->len; i++) {
        const struct suite_case *c = g_ptr_array_index(suite->cases, i);
        n.crashed += c->crashed;
        switch (c->result.verdict) {
        case VERDICT_PASSED:
            n.passed++;
            break;
        case VERDICT_SKIPPED:
            n.skipped++;
            break;
        case VERDICT_FAILED:
            n.failed++;
            break;
        case VERDICT_ERROR:
            n.errors++;
            break;
        }
    }
    return n;
}

static unsigned broken_stories(const struct suite *suite)
{
    unsigned n = 0;
    for (guint i = 0; i < suite->stories->len; i++)
        n += ((const struct suite_story *)g_ptr_array_index(suite->stories, i))->error != NULL;
    return n;
}

/* ---- texts ---- */

/* On a terminal, and in a file of one line an item: no control characters. */
static char *one_line(const char *text)
{
    char *line = g_strdup(text);
    for (char *p = line; *p != '\0'; p++)
        if (g_ascii_iscntrl(*p))
            *p = ' ';
    return line;
}

static void indented(FILE *file, const char *text, const char *indent)
{
    if (text == NULL)
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++) {
        g_autofree char *line = one_line(lines[i]);
        if (line[0] != '\0' || lines[i + 1] != NULL)
            fprintf(file, "%s%s\n", indent, line);
    }
}

static char *replay(const struct suite_case *c)
{
    g_autofree char *path = g_shell_quote(c->story->path), *name = g_shell_quote(c->scenario), *set = g_shell_quote(c->set);
    return g_strdup_printf("photon-emu test %s --sets %s --filter %s", path, set, name);
}

/* ---- as it goes ---- */

/* A description must not be taken for a directive. */
static void tap_line(FILE *file, bool ok, unsigned number, const char *description)
{
    g_autofree char *line = one_line(description);
    fprintf(file, "%s %u - ", ok ? "ok" : "not ok", number);
    for (const char *p = line; *p != '\0'; p++) {
        if (*p == '#' || *p == '\\')
            fputc('\\', file);
        fputc(*p, file);
    }
}

static void tap_block(FILE *file, const char *severity, const char *message, const char *details)
{
    fprintf(file, "\n  ---\n  severity: %s\n  message: |\n", severity);
    indented(file, message, "    ");
    if (details != NULL)
        fputs("  details: |\n", file);
    indented(file, details, "    ");
    fputs("  ...\n", file);
}

void report_begin(FILE *file, const struct suite *suite, bool tap)
{
    if (tap)
        fprintf(file, "TAP version 14\n1..%u\n", broken_stories(suite) + suite->cases->len);
    unsigned number = 0;
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        if (s->error == NULL)
            continue;
        if (tap) {
            tap_line(file, false, ++number, s->stem);
            tap_block(file, "error", s->error, NULL);
        } else {
            fprintf(file, "ERROR  %s\n", s->stem);
            indented(file, s->error, "       ");
        }
    }
    fflush(file);
}

static void tap_case(FILE *file, const struct suite_case *c, unsigned number)
{
    g_autofree char *name = g_strdup_printf("%s: %s [%s]", c->story->stem, c->scenario, c->set);
    tap_line(file, c->result.verdict <= VERDICT_SKIPPED, number, name);
    if (c->result.verdict == VERDICT_PASSED) {
        fputc('\n', file);
    } else if (c->result.verdict == VERDICT_SKIPPED) {
        g_autofree char *why = one_line(c->result.message);
        fprintf(file, " # SKIP %s\n", why);
    } else {
        g_autofree char *again = replay(c);
        g_autofree char *details = g_strdup_printf("%s\nAgain: %s", c->result.details != NULL ? c->result.details : "", again);
        tap_block(file, c->result.verdict == VERDICT_FAILED ? "fail" : "error", c->result.message, details);
    }
}

void report_case(FILE *file, const struct suite_case *c, unsigned number, bool tap)
{
    static const char *const words[] = {"ok   ", "skip ", "FAIL ", "ERROR"};
    if (tap) {
        tap_case(file, c, number);
        fflush(file);
        return;
    }
    g_autofree char *name = g_strdup_printf("%s: %s [%s]", c->story->stem, c->scenario, c->set), *line = one_line(name);
    fprintf(file, "%s  %s", words[c->result.verdict], line);
    if (c->result.time > 0)
        fprintf(file, "  (%.3f s)", (double)c->result.time / (double)TICKS_PER_SECOND);
    fputc('\n', file);
    indented(file, c->result.message, "       ");
    if (c->result.verdict >= VERDICT_FAILED) {
        g_autofree char *again = replay(c);
        indented(file, c->result.details, "       ");
        fprintf(file, "       Again: %s\n", again);
    }
    if (c->result.output != NULL)
        indented(file, c->result.output, "       | ");
    fflush(file);
}

void report_end(FILE *file, const struct suite *suite, bool tap)
{
    struct report_counts n = report_count(suite);
    if (!tap)
        fprintf(file, "%u passed, %u failed, %u with an error, %u skipped\n", n.passed, n.failed, n.errors, n.skipped);
    else if (suite->cases->len + n.errors == 0)
        fputs("# nothing was to be played\n", file);
    fflush(file);
}

/* ---- JUnit ---- */

/* Characters that XML has no way to hold become the replacement character. */
static void append_xml(GString *out, const char *text)
{
    g_autofree char *utf8 = g_utf8_make_valid(text, -1);
    for (const char *p = utf8; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool allowed = c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xFFFE && c != 0xFFFF);
        switch (c) {
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\n': /* a new line in an attribute would be read as a blank */
            g_string_append(out, "&#10;");
            break;
        default:
            g_string_append_unichar(out, allowed ? c : 0xFFFD);
        }
    }
}

static void attribute(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, " %s=\"", name);
    append_xml(out, value);
    g_string_append_c(out, '"');
}

static void seconds(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    attribute(out, "time", g_ascii_formatd(text, sizeof text, "%.3f", value));
}

static void problem(GString *out, const char *element, const char *message, const char *details, const char *again)
{
    g_string_append_printf(out, "      <%s", element);
    attribute(out, "message", message);
    g_string_append_c(out, '>');
    if (details != NULL)
        append_xml(out, details);
    if (again != NULL) {
        append_xml(out, "\nAgain: ");
        append_xml(out, again);
    }
    g_string_append_printf(out, "</%s>\n", element);
}

static void junit_case(GString *out, const struct suite_case *c)
{
    const struct play_result *r = &c->result;
    g_autofree char *name = g_strdup_printf("%s [%s]", c->scenario, c->set), *again = replay(c);
    g_string_append(out, "    <testcase");
    attribute(out, "classname", c->story->stem);
    attribute(out, "name", name);
    seconds(out, c->host_seconds);
    g_string_append(out, ">\n");
    if (r->verdict == VERDICT_SKIPPED) {
        g_string_append(out, "      <skipped");
        attribute(out, "message", r->message);
        g_string_append(out, "/>\n");
    } else if (r->verdict != VERDICT_PASSED) {
        problem(out, r->verdict == VERDICT_FAILED ? "failure" : "error", r->message, r->details, again);
    }
    if (r->output != NULL) {
        g_string_append(out, "      <system-out>");
        append_xml(out, r->output);
        g_string_append(out, "</system-out>\n");
    }
    g_string_append(out, "    </testcase>\n");
}

static void junit_story(GString *out, const struct suite *suite, const struct suite_story *s)
{
    unsigned tests = 0, failures = 0, errors = 0, skipped = 0;
    double time = 0;
    g_autoptr(GString) cases = g_string_new(NULL);
    if (s->error != NULL) {
        tests = errors = 1;
        g_string_append(cases, "    <testcase");
        attribute(cases, "classname", s->stem);
        attribute(cases, "name", "the story's file");
        seconds(cases, 0);
        g_string_append(cases, ">\n");
        problem(cases, "error", s->error, NULL, NULL);
        g_string_append(cases, "    </testcase>\n");
    }
    for (guint i = 0; i < suite->cases->len; i++) {
        const struct suite_case *c = g_ptr_array_index(suite->cases, i);
        if (c->story != s)
            continue;
        tests++;
        failures += c->result.verdict == VERDICT_FAILED;
        errors += c->result.verdict == VERDICT_ERROR;
        skipped += c->result.verdict == VERDICT_SKIPPED;
        time += c->host_seconds;
        junit_case(cases, c);
    }
    if (tests == 0)
        return;
    g_string_append(out, "  <testsuite");
    attribute(out, "name", s->stem);
    g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", tests, failures, errors, skipped);
    seconds(out, time);
    g_string_append_printf(out, ">\n%s  </testsuite>\n", cases->str);
}

GString *report_junit(const struct suite *suite)
{
    struct report_counts n = report_count(suite);
    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"photon-emu\"");
    g_string_append_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n",
                           n.passed + n.failed + n.errors + n.skipped, n.failed, n.errors, n.skipped);
    for (guint i = 0; i < suite->stories->len; i++)
        junit_story(out, suite, g_ptr_array_index(suite->stories, i));
    g_string_append(out, "</testsuites>\n");
    return out;
}

/* ---- lists ---- */

static char *cell(const char *text)
{
    g_autofree char *line = one_line(text);
    GString *out = g_string_new(NULL);
    for (const char *p = line; *p != '\0'; p++)
        g_string_append_printf(out, *p == '|' ? "\\%c" : "%c", *p);
    return g_string_free(out, FALSE);
}

static void table(FILE *file, const struct suite *suite)
{
    fputs("| story | question | the LED | cause | cure | image sets |\n| --- | --- | --- | --- | --- | --- |\n", file);
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        if (s->error != NULL)
            continue;
        g_autofree char *sets = g_strjoinv(", ", s->sets);
        g_autofree char *name = cell(s->name), *path = cell(s->path), *question = cell(s->question), *led = cell(s->led),
                        *cause = cell(s->cause), *cure = cell(s->cure), *all = cell(sets);
        fprintf(file, "| [%s](%s) | %s | %s | %s | %s | %s |\n", name, path, question, led, cause, cure, all);
    }
}

void report_list(FILE *file, const struct suite *suite, bool markdown)
{
    if (markdown) {
        table(file, suite);
        return;
    }
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        if (s->error != NULL)
            continue;
        fprintf(file, "%s: %s\n", s->stem, s->name);
        for (guint k = 0; k < s->scenarios->len; k++) {
            const struct scenario *scenario = g_ptr_array_index(s->scenarios, k);
            g_autofree char *sets = g_strjoinv(", ", scenario->sets);
            fprintf(file, "  %s [%s]\n", scenario->name, sets);
        }
    }
}
