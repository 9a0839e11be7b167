/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The story of a run, for people: one line for each thing worth telling, with its virtual time, at most 80 columns wide.
 *
 * A run of flash programming becomes one line, as does a burst of writes to backup registers; what a port sends comes line by
 * line; what only machines want to know (every change of brightness, every pin) is left to the JSON log.
 */
#ifndef EMU_OBSERVE_STORY_H
#define EMU_OBSERVE_STORY_H

#include <stdbool.h>
#include <stdio.h>

#include "emu/core/event.h"

enum story_colour { STORY_PLAIN, STORY_256, STORY_TRUE_COLOUR };

struct story_options {
    enum story_colour colour; /* an LED's colour beside its words */
    bool progress;            /* the file is a terminal that can rewrite its last line */
};

struct story;

/* What a terminal can show: by NO_COLOR, COLORTERM and TERM; plain if the file is no terminal. */
struct story_options story_options_for(FILE *file);

struct story *story_new(FILE *file, struct story_options options);
void story_free(struct story *story);

/* To be subscribed: machine_subscribe(m, story_event, story). */
void story_event(const struct event *event, void *story);

/* Say in the last line of a terminal how far virtual time has come. Call it as often as you like: it looks at the host's clock
   (microseconds, as g_get_monotonic_time gives) and writes four times a second. */
void story_progress(struct story *story, ticks_t now, int64_t host_microseconds);

/* Tell what is still held back (a line without its end, a run of programming). At the end, and before something else writes. */
void story_finish(struct story *story);

#endif
