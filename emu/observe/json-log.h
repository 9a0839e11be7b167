/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event stream as lines of JSON; docs/events.md describes them.
 *
 * Strings of the guest may hold any bytes: a byte that is no part of valid UTF-8 becomes the character of the same number.
 * The first write error (a full disk, a closed pipe) ends the log: nothing more is written, and the owner is told.
 */
#ifndef EMU_OBSERVE_JSON_LOG_H
#define EMU_OBSERVE_JSON_LOG_H

#include <glib.h>
#include <stdio.h>

#include "emu/core/event.h"

struct json_log;

struct json_log_header {
    const char *board;
    const char *set; /* NULL: null */
    uint64_t seed;
    uint32_t cpi_num, cpi_den;
};

/* A log to a file that is made or emptied, or to the standard output for "-"; NULL with an error. */
struct json_log *json_log_open(const char *path, const struct json_log_header *header, GError **error);
/* A log to an open file, which stays the caller's; name is for messages. */
struct json_log *json_log_new(FILE *file, const char *name, const struct json_log_header *header);

/* Called once, at the first write error, from within the subscriber; to stop the machine. */
void json_log_on_error(struct json_log *log, void (*failed)(void *data), void *data);

/* To be subscribed: machine_subscribe(m, json_log_event, log). */
void json_log_event(const struct event *event, void *log);

/* Hand everything to the system; false with an error if that, or any write before, failed. */
bool json_log_flush(struct json_log *log, GError **error);
/* Flush, close (a file that json_log_open opened) and free; the result is that of the last writes. */
bool json_log_close(struct json_log *log, GError **error);

#endif
