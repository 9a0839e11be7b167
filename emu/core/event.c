/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/event.h"

#include <glib.h>
#include <string.h>

#include "emu/core/machine-internal.h"

void machine_publish_fields(struct machine *m, const char *kind, const struct event_field *fields, size_t n_fields)
{
    struct event event = {
        .ticks = machine_now(m), .n = ++m->v->event_count, .kind = kind, .n_fields = n_fields, .fields = fields};
    for (unsigned i = 0; i < m->subscriptions->len; i++) {
        struct subscription *s = &g_array_index(m->subscriptions, struct subscription, i);
        s->subscriber(&event, s->data);
    }
}

void machine_subscribe(struct machine *m, event_subscriber subscriber, void *data)
{
    struct subscription s = {subscriber, data};
    g_array_append_val(m->subscriptions, s);
}

void machine_unsubscribe(struct machine *m, event_subscriber subscriber, void *data)
{
    for (unsigned i = 0; i < m->subscriptions->len; i++) {
        struct subscription *s = &g_array_index(m->subscriptions, struct subscription, i);
        if (s->subscriber == subscriber && s->data == data) {
            g_array_remove_index(m->subscriptions, i);
            return;
        }
    }
}

const struct event_field *event_field(const struct event *event, const char *name)
{
    for (size_t i = 0; i < event->n_fields; i++)
        if (strcmp(event->fields[i].name, name) == 0)
            return &event->fields[i];
    return NULL;
}

const char *event_time_string(ticks_t ticks, char *buffer, size_t size)
{
    uint64_t seconds = ticks / TICKS_PER_SECOND;
    /* 99.84 ticks a nanosecond */
    uint64_t nanoseconds = (ticks % TICKS_PER_SECOND) * 100 / (TICKS_PER_SECOND / 10000000);
    g_snprintf(buffer, size, "%" G_GUINT64_FORMAT ".%09" G_GUINT64_FORMAT, seconds, nanoseconds);
    return buffer;
}
