/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/observe/json-log.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { BUFFER = 1 << 16 };

/* Lines are put together here and handed on in large pieces: a boot publishes some hundred thousand events. */
struct json_log {
    FILE *file;
    char *name;
    bool owned;
    int error; /* errno of the first failure; 0: none */
    void (*failed)(void *data);
    void *failed_data;
    GString *pending;
};

/* ---- pieces of JSON ---- */

static void append_escaped(GString *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    const char text[] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15], '\0'};
    g_string_append(out, text);
}

static void append_special(GString *out, unsigned char c)
{
    switch (c) {
    case '"':
        g_string_append(out, "\\\"");
        break;
    case '\\':
        g_string_append(out, "\\\\");
        break;
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        append_escaped(out, c);
    }
}

static void append_string(GString *out, const char *string)
{
    g_string_append_c(out, '"');
    for (const char *p = string; *p != '\0';) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x80) {
            gunichar character = g_utf8_get_char_validated(p, -1);
            int length = character == (gunichar)-1 || character == (gunichar)-2 ? 0 : g_utf8_skip[c];
            if (length == 0)
                append_escaped(out, c);
            else
                g_string_append_len(out, p, length);
            p += MAX(length, 1);
            continue;
        }
        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7F)
            append_special(out, c);
        else
            g_string_append_c(out, (char)c);
        p++;
    }
    g_string_append_c(out, '"');
}

static void append_unsigned(GString *out, uint64_t value)
{
    char digits[20];
    unsigned n = sizeof digits;
    do
        digits[--n] = (char)('0' + value % 10);
    while ((value /= 10) != 0);
    g_string_append_len(out, digits + n, sizeof digits - n);
}

static void append_integer(GString *out, int64_t value)
{
    if (value < 0)
        g_string_append_c(out, '-');
    append_unsigned(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

static void append_hex(GString *out, uint64_t value)
{
    char digits[16];
    unsigned n = sizeof digits;
    do
        digits[--n] = "0123456789ABCDEF"[value & 15];
    while ((value >>= 4) != 0 || n > sizeof digits - 8);
    g_string_append(out, "\"0x");
    g_string_append_len(out, digits + n, sizeof digits - n);
    g_string_append_c(out, '"');
}

/* At most three decimals, no trailing zeros, a point in every locale; null for what JSON has no number for. */
static void append_real(GString *out, double value)
{
    if (!isfinite(value)) {
        g_string_append(out, "null");
        return;
    }
    if (fabs(value) >= 1e15) { /* no decimals left */
        char text[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append(out, g_ascii_dtostr(text, sizeof text, value));
        return;
    }
    int64_t thousandths = llround(value * 1000);
    uint64_t size = thousandths < 0 ? -(uint64_t)thousandths : (uint64_t)thousandths;
    if (thousandths < 0)
        g_string_append_c(out, '-');
    append_unsigned(out, size / 1000);
    unsigned rest = (unsigned)(size % 1000);
    if (rest == 0)
        return;
    char decimals[5] = {'.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10), (char)('0' + rest % 10), '\0'};
    for (unsigned n = 3; decimals[n] == '0'; n--)
        decimals[n] = '\0';
    g_string_append(out, decimals);
}

static void append_field(GString *out, const struct event_field *field)
{
    g_string_append_c(out, ',');
    append_string(out, field->name);
    g_string_append_c(out, ':');
    switch (field->type) {
    case EVENT_STRING:
        if (field->string == NULL)
            g_string_append(out, "null");
        else
            append_string(out, field->string);
        break;
    case EVENT_INT:
        append_integer(out, field->integer);
        break;
    case EVENT_HEX:
        append_hex(out, field->hex);
        break;
    case EVENT_BOOL:
        g_string_append(out, field->boolean ? "true" : "false");
        break;
    case EVENT_REAL:
        append_real(out, field->real);
        break;
    }
}

/* ---- the file ---- */

static void fail(struct json_log *log, int why)
{
    if (log->error != 0)
        return;
    log->error = why != 0 ? why : EIO;
    g_string_truncate(log->pending, 0);
    if (log->failed != NULL)
        log->failed(log->failed_data);
}

static void write_pending(struct json_log *log)
{
    if (log->error != 0 || log->pending->len == 0)
        return;
    errno = 0;
    if (fwrite(log->pending->str, 1, log->pending->len, log->file) != log->pending->len || fflush(log->file) != 0)
        fail(log, errno);
    g_string_truncate(log->pending, 0);
}

struct json_log *json_log_new(FILE *file, const char *name, const struct json_log_header *header)
{
    struct json_log *log = g_new0(struct json_log, 1);
    log->file = file;
    log->name = g_strdup(name);
    log->pending = g_string_sized_new(BUFFER + 1024);
    GString *out = log->pending;
    g_string_append(out, "{\"kind\":\"schema\",\"version\":1,\"board\":");
    append_string(out, header->board);
    g_string_append(out, ",\"set\":");
    if (header->set != NULL)
        append_string(out, header->set);
    else
        g_string_append(out, "null");
    g_string_append(out, ",\"seed\":");
    append_unsigned(out, header->seed);
    g_string_append(out, ",\"cpi\":");
    append_real(out, (double)header->cpi_num / (double)header->cpi_den);
    g_string_append(out, "}\n");
    return log;
}

struct json_log *json_log_open(const char *path, const struct json_log_header *header, GError **error)
{
    if (strcmp(path, "-") == 0)
        return json_log_new(stdout, "the standard output", header);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        int why = errno;
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(why), "The event log %s cannot be opened: %s.", path,
                    g_strerror(why));
        return NULL;
    }
    struct json_log *log = json_log_new(file, path, header);
    log->owned = true;
    return log;
}

void json_log_on_error(struct json_log *log, void (*failed)(void *data), void *data)
{
    log->failed = failed;
    log->failed_data = data;
}

void json_log_event(const struct event *event, void *data)
{
    struct json_log *log = data;
    if (log->error != 0)
        return;
    GString *out = log->pending;
    char time[32];
    g_string_append(out, "{\"t\":");
    g_string_append(out, event_time_string(event->ticks, time, sizeof time));
    g_string_append(out, ",\"ticks\":\"");
    append_unsigned(out, event->ticks);
    g_string_append(out, "\",\"n\":");
    append_unsigned(out, event->n);
    g_string_append(out, ",\"kind\":");
    append_string(out, event->kind);
    for (size_t i = 0; i < event->n_fields; i++)
        append_field(out, &event->fields[i]);
    g_string_append(out, "}\n");
    if (out->len >= BUFFER)
        write_pending(log);
}

static bool result(const struct json_log *log, GError **error)
{
    if (log->error == 0)
        return true;
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(log->error), "The event log %s cannot be written: %s.",
                log->name, g_strerror(log->error));
    return false;
}

bool json_log_flush(struct json_log *log, GError **error)
{
    write_pending(log);
    return result(log, error);
}

bool json_log_close(struct json_log *log, GError **error)
{
    if (log == NULL)
        return true;
    write_pending(log);
    errno = 0;
    if (log->owned && fclose(log->file) != 0)
        fail(log, errno);
    bool ok = result(log, error);
    g_string_free(log->pending, TRUE);
    g_free(log->name);
    g_free(log);
    return ok;
}
