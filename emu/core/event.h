/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event stream: everything that can be seen of the machine is published here once, with its virtual time.
 * Logs, the terminal story, conditions, scenarios and tests are subscribers; none of them reaches into a device.
 * docs/events.md lists every kind and its fields.
 */
#ifndef EMU_CORE_EVENT_H
#define EMU_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/frequency.h"

struct machine;

enum event_field_type { EVENT_STRING, EVENT_INT, EVENT_HEX, EVENT_BOOL, EVENT_REAL };

struct event_field {
    const char *name;
    enum event_field_type type;
    union {
        const char *string; /* valid during the call of the subscriber only */
        int64_t integer;
        uint64_t hex; /* an address or register value; written 0x%08X */
        bool boolean;
        double real; /* written with at most three decimals */
    };
};

struct event {
    ticks_t ticks; /* when */
    uint64_t n;    /* sequence number within this machine's life, from 1 */
    const char *kind;
    size_t n_fields;
    const struct event_field *fields;
};

#define FIELD_STRING(NAME, VALUE) ((struct event_field){.name = (NAME), .type = EVENT_STRING, .string = (VALUE)})
#define FIELD_INT(NAME, VALUE)    ((struct event_field){.name = (NAME), .type = EVENT_INT, .integer = (VALUE)})
#define FIELD_HEX(NAME, VALUE)    ((struct event_field){.name = (NAME), .type = EVENT_HEX, .hex = (VALUE)})
#define FIELD_BOOL(NAME, VALUE)   ((struct event_field){.name = (NAME), .type = EVENT_BOOL, .boolean = (VALUE)})
#define FIELD_REAL(NAME, VALUE)   ((struct event_field){.name = (NAME), .type = EVENT_REAL, .real = (VALUE)})

/* Publish an event of a kind at the present moment: machine_publish(m, "flash", FIELD_STRING("op", "erase"), ...). */
#define machine_publish(M, KIND, ...)                                                                                          \
    machine_publish_fields((M), (KIND), (const struct event_field[]){__VA_ARGS__},                                             \
                           sizeof((const struct event_field[]){__VA_ARGS__}) / sizeof(struct event_field))

void machine_publish_fields(struct machine *m, const char *kind, const struct event_field *fields, size_t n_fields);

typedef void (*event_subscriber)(const struct event *event, void *data);

/* Subscribers are called in the order in which they subscribed. A subscriber must not change the machine. */
void machine_subscribe(struct machine *m, event_subscriber subscriber, void *data);
void machine_unsubscribe(struct machine *m, event_subscriber subscriber, void *data);

/* The field of that name, or NULL. */
const struct event_field *event_field(const struct event *event, const char *name);

/* Seconds with nine decimals, rounded down, into a buffer of at least 32 bytes; returns the buffer. */
const char *event_time_string(ticks_t ticks, char *buffer, size_t size);

#endif
