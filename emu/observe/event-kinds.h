/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every kind of event and its fields, as docs/events.md and docs/events.schema.json describe them (a test compares them). */
#ifndef EMU_OBSERVE_EVENT_KINDS_H
#define EMU_OBSERVE_EVENT_KINDS_H

#include <stdbool.h>

#include "emu/core/event.h"

enum { EVENT_KIND_FIELDS = 20 };

struct event_field_kind {
    const char *name; /* NULL ends the list */
    enum event_field_type type;
};

struct event_kind {
    const char *name; /* NULL ends the table */
    /* The field that a condition compares if it names none; NULL: there is none that goes without saying. */
    const char *main_field;
    /*
     * For events that tell a state: the field that says what is in that state (a pin, an LED); such an event stays true until
     * the next one of the same kind and the same value of this field. "": there is only one such thing. NULL: something that
     * happens.
     */
    const char *key_field;
    struct event_field_kind fields[EVENT_KIND_FIELDS + 1];
};

extern const struct event_kind event_kinds[];

/* NULL if there is none. */
const struct event_kind *event_kind_find(const char *name);
const struct event_field_kind *event_field_kind_find(const struct event_kind *kind, const char *name);

#endif
