/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/record.h"

#include <string.h>

#include "emu/observe/event-kinds.h"

/* Names of kinds and fields are program text; values of strings lie in the record's own store, each once. */
struct entry {
    ticks_t ticks;
    const char *kind;
    guint first_field, n_fields;
};

struct record {
    GArray *entries; /* struct entry */
    GArray *fields;  /* struct event_field */
    GHashTable *strings;
    GHashTable *states; /* "KIND KEY", of the strings -> index + 1 */
    ticks_t last_reset;
};

struct record_moment {
    guint entries, fields;
    GHashTable *states;
    ticks_t last_reset;
};

struct record *record_new(void)
{
    struct record *r = g_new0(struct record, 1);
    r->entries = g_array_new(FALSE, FALSE, sizeof(struct entry));
    r->fields = g_array_new(FALSE, FALSE, sizeof(struct event_field));
    r->strings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r->states = g_hash_table_new(g_str_hash, g_str_equal);
    r->last_reset = TICKS_NEVER;
    return r;
}

void record_free(struct record *r)
{
    if (r == NULL)
        return;
    g_array_unref(r->entries);
    g_array_unref(r->fields);
    g_hash_table_unref(r->strings);
    g_hash_table_unref(r->states);
    g_free(r);
}

static const char *keep(struct record *r, const char *string)
{
    gpointer kept;
    if (string == NULL)
        return NULL;
    if (g_hash_table_lookup_extended(r->strings, string, &kept, NULL))
        return kept;
    char *copy = g_strdup(string);
    g_hash_table_add(r->strings, copy);
    return copy;
}

/* The states of another record, or of a moment of this one. */
static void take_states(struct record *r, GHashTable *states)
{
    g_hash_table_remove_all(r->states);
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, states);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(r->states, (gpointer)keep(r, key), value);
}

struct record *record_copy(const struct record *r)
{
    struct record *copy = record_new();
    g_array_append_vals(copy->entries, r->entries->data, r->entries->len);
    g_array_append_vals(copy->fields, r->fields->data, r->fields->len);
    for (guint i = 0; i < copy->fields->len; i++) {
        struct event_field *field = &g_array_index(copy->fields, struct event_field, i);
        if (field->type == EVENT_STRING)
            field->string = keep(copy, field->string);
    }
    take_states(copy, r->states);
    copy->last_reset = r->last_reset;
    return copy;
}

static bool shown_by_chip(const char *state)
{
    static const char *const kinds[] = {"led ", "light ", "pin ", "pwm ", "dac "};
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (g_str_has_prefix(state, kinds[i]))
            return true;
    return false;
}

static gboolean is_shown_by_chip(gpointer key, gpointer value, gpointer data)
{
    (void)value;
    (void)data;
    return shown_by_chip(key);
}

static void note_state(struct record *r, const struct event *event)
{
    if (strcmp(event->kind, "reset") == 0)
        r->last_reset = event->ticks;
    if (strcmp(event->kind, "power") == 0) {
        g_hash_table_foreach_remove(r->states, is_shown_by_chip, NULL);
        r->last_reset = TICKS_NEVER;
    }
    const struct event_kind *kind = event_kind_find(event->kind);
    if (kind == NULL || kind->key_field == NULL)
        return;
    const struct event_field *key = kind->key_field[0] != '\0' ? event_field(event, kind->key_field) : NULL;
    char text[128];
    if (key == NULL)
        g_snprintf(text, sizeof text, "%s ", event->kind);
    else if (key->type == EVENT_STRING)
        g_snprintf(text, sizeof text, "%s %s", event->kind, key->string);
    else
        g_snprintf(text, sizeof text, "%s %" G_GINT64_FORMAT, event->kind, (gint64)key->integer);
    g_hash_table_insert(r->states, (gpointer)keep(r, text), GUINT_TO_POINTER(r->entries->len));
}

bool record_add(struct record *r, const struct event *event)
{
    if (r->entries->len >= RECORD_MOST_EVENTS)
        return false;
    struct entry entry = {event->ticks, event->kind, r->fields->len, (guint)event->n_fields};
    g_array_append_vals(r->fields, event->fields, (guint)event->n_fields);
    for (guint i = 0; i < entry.n_fields; i++) {
        struct event_field *field = &g_array_index(r->fields, struct event_field, entry.first_field + i);
        if (field->type == EVENT_STRING)
            field->string = keep(r, field->string);
    }
    g_array_append_val(r->entries, entry);
    note_state(r, event);
    return true;
}

guint record_length(const struct record *r)
{
    return r->entries->len;
}

struct event record_get(const struct record *r, guint index)
{
    const struct entry *entry = &g_array_index(r->entries, struct entry, index);
    return (struct event){.ticks = entry->ticks,
                          .n = (uint64_t)index + 1,
                          .kind = entry->kind,
                          .n_fields = entry->n_fields,
                          .fields = &g_array_index(r->fields, struct event_field, entry->first_field)};
}

/* ---- moments ---- */

struct record_moment *record_moment(const struct record *r)
{
    struct record_moment *moment = g_new0(struct record_moment, 1);
    moment->entries = r->entries->len;
    moment->fields = r->fields->len;
    moment->states = g_hash_table_new(g_str_hash, g_str_equal);
    moment->last_reset = r->last_reset;
    GHashTableIter iter;
    gpointer key, value;
    g_hash_table_iter_init(&iter, r->states);
    while (g_hash_table_iter_next(&iter, &key, &value))
        g_hash_table_insert(moment->states, key, value);
    return moment;
}

void record_cut(struct record *r, const struct record_moment *moment)
{
    g_array_set_size(r->entries, moment->entries);
    g_array_set_size(r->fields, moment->fields);
    take_states(r, moment->states);
    r->last_reset = moment->last_reset;
}

void record_moment_free(struct record_moment *moment)
{
    if (moment == NULL)
        return;
    g_hash_table_unref(moment->states);
    g_free(moment);
}

/* ---- states ---- */

int record_state(const struct record *r, const char *kind, const char *key)
{
    g_autofree char *text = g_strdup_printf("%s %s", kind, key);
    return GPOINTER_TO_INT(g_hash_table_lookup(r->states, text)) - 1;
}

static int compare_indices(const void *a, const void *b)
{
    guint x = *(const guint *)a, y = *(const guint *)b;
    return x < y ? -1 : x > y;
}

GArray *record_states(const struct record *r)
{
    GArray *states = g_array_new(FALSE, FALSE, sizeof(guint));
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, r->states);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        guint index = GPOINTER_TO_UINT(value) - 1;
        g_array_append_val(states, index);
    }
    g_array_sort(states, compare_indices);
    return states;
}

ticks_t record_last_reset(const struct record *r)
{
    return r->last_reset;
}

/* ---- files ---- */

bool record_write(const struct record *r, guint from, guint to, const char *path, const struct json_log_header *header,
                  GError **error)
{
    struct json_log *log = json_log_open(path, header, error);
    if (log == NULL)
        return false;
    for (guint i = from; i < to; i++) {
        struct event event = record_get(r, i);
        json_log_event(&event, log);
    }
    return json_log_close(log, error);
}
