/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device of a scenario has shown so far: every event, in order, and the last one of each state.
 *
 * A record can be copied, and cut back to a moment in it: forks and prepared states rely on that.
 */
#ifndef EMU_SCRIPT_RECORD_H
#define EMU_SCRIPT_RECORD_H

#include <glib.h>
#include <stdio.h>

#include "emu/core/event.h"
#include "emu/observe/json-log.h"

enum { RECORD_MOST_EVENTS = 2000000 };

struct record;

struct record *record_new(void);
struct record *record_copy(const struct record *r);
void record_free(struct record *r);

/* Append an event; false if the record is full. Events are numbered anew, from 1. */
bool record_add(struct record *r, const struct event *event);
guint record_length(const struct record *r);
/* The event of that index; valid until the record changes. */
struct event record_get(const struct record *r, guint index);

/* A moment to which a record can be cut back. */
struct record_moment;
struct record_moment *record_moment(const struct record *r);
void record_cut(struct record *r, const struct record_moment *moment);
void record_moment_free(struct record_moment *moment);

/* ---- states: the last event of each kind that has a key field, for each value of it ---- */

/* Index of the last event of a kind ("led") for a key ("rgb"), or -1. What the chip showed is forgotten when the power is cut.
 */
int record_state(const struct record *r, const char *kind, const char *key);
/* The indices of all of them, in the order in which they happened; of guint. Free with g_array_unref. */
GArray *record_states(const struct record *r);
/* Virtual time of the last reset; TICKS_NEVER: none since the power was switched on. */
ticks_t record_last_reset(const struct record *r);

/* Write events [from, to) as a JSON log. */
bool record_write(const struct record *r, guint from, guint to, const char *path, const struct json_log_header *header,
                  GError **error);

#endif
