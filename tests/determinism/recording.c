/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/determinism/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/cpu.h"
#include "emu/core/machine-internal.h"
#include "emu/observe/json-log.h"

struct recording {
    struct machine *machine;
    FILE *file;
    char *text;
    size_t size;
    size_t header; /* bytes of the log's first line */
    struct json_log *log;
};

static size_t flush(struct recording *r)
{
    g_autoptr(GError) error = NULL;
    json_log_flush(r->log, &error);
    g_assert_no_error(error);
    return r->size;
}

struct recording *recording_begin(struct machine *m, const char *set)
{
    struct recording *r = g_new0(struct recording, 1);
    struct json_log_header header = {.board = "photon", .set = set, .seed = 1, .cpi_num = 3, .cpi_den = 2};
    r->machine = m;
    r->file = open_memstream(&r->text, &r->size);
    r->log = json_log_new(r->file, "memory", &header);
    r->header = flush(r);
    machine_subscribe(m, json_log_event, r->log);
    return r;
}

const char *recording_text(struct recording *r, size_t *length)
{
    *length = flush(r) - r->header;
    return r->text + r->header;
}

void recording_end(struct recording *r)
{
    machine_unsubscribe(r->machine, json_log_event, r->log);
    json_log_close(r->log, NULL);
    fclose(r->file);
    free(r->text);
    g_free(r);
}

/* ---- streams ---- */

static char *line_at(const char *text, size_t length, size_t at)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    const char *end = memchr(text + at, '\n', length - at);
    return g_strndup(text + at, end != NULL ? (size_t)(end - text) - at : length - at);
}

static void assert_same_bytes(const char *what, const char *expected, const char *found, size_t length)
{
    if (memcmp(expected, found, length) == 0)
        return;
    size_t at = 0;
    while (expected[at] == found[at])
        at++;
    g_autofree char *a = line_at(expected, length, at);
    g_autofree char *b = line_at(found, length, at);
    g_error("%s: the event streams differ:\n expected %s\n found    %s", what, a, b);
}

void assert_same_stream(const char *what, const char *expected, size_t expected_length, const char *found, size_t found_length)
{
    assert_same_bytes(what, expected, found, MIN(expected_length, found_length));
    if (expected_length == found_length)
        return;
    bool more = found_length > expected_length;
    g_autofree char *line =
        more ? line_at(found, found_length, expected_length) : line_at(expected, expected_length, found_length);
    g_error("%s: %s: %s", what, more ? "an event too many" : "an event is missing", line);
}

void assert_stream_continues(const char *what, const char *expected, size_t expected_length, const char *found,
                             size_t found_length, ticks_t until)
{
    if (found_length > expected_length) {
        assert_same_stream(what, expected, expected_length, found, found_length);
        return;
    }
    assert_same_bytes(what, expected, found, found_length);
    if (found_length == expected_length)
        return;
    g_autofree char *next = line_at(expected, expected_length, found_length);
    const char *ticks = strstr(next, "\"ticks\":\"");
    g_assert_nonnull(ticks);
    if (g_ascii_strtoull(ticks + strlen("\"ticks\":\""), NULL, 10) < until)
        g_error("%s: an event is missing: %s", what, next);
}

/* ---- state ---- */

struct machine_image *machine_image_take(struct machine *m)
{
    struct machine_image *image = g_new0(struct machine_image, 1);
    engine_sync(m->engine);
    image->value = g_bytes_new(m->block, m->block_size);
    image->ram = g_bytes_new(m->ram.host, m->ram.size);
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, m->flash.host, m->flash.size);
    const char *text = g_checksum_get_string(sum);
    image->flash = g_bytes_new(text, strlen(text));
    return image;
}

void machine_image_free(struct machine_image *image)
{
    g_bytes_unref(image->value);
    g_bytes_unref(image->ram);
    g_bytes_unref(image->flash);
    g_free(image);
}

static size_t first_difference(GBytes *a, GBytes *b)
{
    gsize size;
    const uint8_t *x = g_bytes_get_data(a, &size), *y = g_bytes_get_data(b, NULL);
    size_t at = 0;
    while (at < size && x[at] == y[at])
        at++;
    return at;
}

void assert_same_image(const char *what, struct machine *m, const struct machine_image *expected,
                       const struct machine_image *found)
{
    if (!g_bytes_equal(expected->value, found->value)) {
        size_t at = first_difference(expected->value, found->value);
        const char *owner = "the core";
        size_t offset = at;
        for (unsigned i = 0; i < m->devices->len; i++) {
            const struct device *dev = g_ptr_array_index(m->devices, i);
            if (dev->wiring->state_offset <= at) {
                owner = dev->name;
                offset = at - dev->wiring->state_offset;
            }
        }
        g_error("%s: the state of %s differs at byte %zu", what, owner, offset);
    }
    if (!g_bytes_equal(expected->ram, found->ram))
        g_error("%s: RAM differs at 0x%08zX", what, m->ram.base + first_difference(expected->ram, found->ram));
    if (!g_bytes_equal(expected->flash, found->flash))
        g_error("%s: flash differs", what);
}
