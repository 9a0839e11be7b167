/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/debug/observer.h"

#include <string.h>

enum { FIELDS = 12, TEXT = 48 };

/* An event, with its strings cut to what fits. */
struct record {
    ticks_t ticks;
    uint64_t n;
    const char *kind;
    unsigned n_fields;
    struct event_field fields[FIELDS];
    char text[FIELDS][TEXT];
};

struct observer {
    struct machine *machine;
    struct record ring[OBSERVER_EVENTS];
    uint64_t count;
    GHashTable *last; /* "led NAME", "pin D7": the line that tells it */
};

/* What is kept for as long as it is so, and the field that says of what. */
static const struct {
    const char *kind, *subject;
} kept[] = {{"led", "name"}, {"pin", "pin"}, {"pwm", "pin"}, {"dac", "channel"}, {"light", "name"}};

static void copy(struct record *r, const struct event *event)
{
    r->ticks = event->ticks;
    r->n = event->n;
    r->kind = event->kind;
    r->n_fields = (unsigned)MIN(event->n_fields, FIELDS);
    for (unsigned i = 0; i < r->n_fields; i++) {
        r->fields[i] = event->fields[i];
        if (r->fields[i].type == EVENT_STRING) {
            g_strlcpy(r->text[i], event->fields[i].string, TEXT);
            r->fields[i].string = NULL; /* see text: records are moved about */
        }
    }
}

static void tell(const struct record *r, GString *out)
{
    char when[32];
    g_string_append_printf(out, "%s %s", event_time_string(r->ticks, when, sizeof when), r->kind);
    for (unsigned i = 0; i < r->n_fields; i++) {
        const struct event_field *f = &r->fields[i];
        g_string_append_printf(out, " %s=", f->name);
        switch (f->type) {
        case EVENT_STRING:
            g_string_append_printf(out, strchr(r->text[i], ' ') != NULL ? "\"%s\"" : "%s", r->text[i]);
            break;
        case EVENT_INT:
            g_string_append_printf(out, "%" G_GINT64_FORMAT, f->integer);
            break;
        case EVENT_HEX:
            g_string_append_printf(out, "0x%08" G_GINT64_MODIFIER "X", f->hex);
            break;
        case EVENT_BOOL:
            g_string_append(out, f->boolean ? "true" : "false");
            break;
        case EVENT_REAL:
            g_string_append_printf(out, "%g", f->real);
            break;
        }
    }
    g_string_append_c(out, '\n');
}

static void keep(struct observer *o, const struct event *event, const char *subject)
{
    const struct event_field *f = event_field(event, subject);
    if (f == NULL)
        return;
    struct record r;
    copy(&r, event);
    GString *line = g_string_new(NULL);
    tell(&r, line);
    char *key = f->type == EVENT_STRING ? g_strdup_printf("%s %s", event->kind, f->string)
                                        : g_strdup_printf("%s %d", event->kind, (int)f->integer);
    g_hash_table_replace(o->last, key, g_string_free(line, FALSE));
}

static void observe(const struct event *event, void *data)
{
    struct observer *o = data;
    copy(&o->ring[o->count++ % OBSERVER_EVENTS], event);
    for (unsigned i = 0; i < G_N_ELEMENTS(kept); i++)
        if (strcmp(event->kind, kept[i].kind) == 0)
            keep(o, event, kept[i].subject);
}

struct observer *observer_new(struct machine *m)
{
    struct observer *o = g_new0(struct observer, 1);
    o->machine = m;
    o->last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    machine_subscribe(m, observe, o);
    return o;
}

void observer_free(struct observer *o)
{
    machine_unsubscribe(o->machine, observe, o);
    g_hash_table_destroy(o->last);
    g_free(o);
}

void observer_tell_events(const struct observer *o, unsigned n, GString *out)
{
    uint64_t there = MIN(o->count, OBSERVER_EVENTS), wanted = MIN(n, there);
    for (uint64_t i = o->count - wanted; i < o->count; i++)
        tell(&o->ring[i % OBSERVER_EVENTS], out);
}

bool observer_tell_last(const struct observer *o, const char *kind, GString *out)
{
    bool any = false;
    g_autofree char *prefix = g_strconcat(kind, " ", NULL);
    GList *keys = g_list_sort(g_hash_table_get_keys(o->last), (GCompareFunc)strcmp);
    for (GList *k = keys; k != NULL; k = k->next)
        if (g_str_has_prefix(k->data, prefix)) {
            g_string_append(out, g_hash_table_lookup(o->last, k->data));
            any = true;
        }
    g_list_free(keys);
    return any;
}
