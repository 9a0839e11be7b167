/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a debugger's user may ask of the event stream afterwards: the last events, and how lights and pins are. */
#ifndef EMU_DEBUG_OBSERVER_H
#define EMU_DEBUG_OBSERVER_H

#include <glib.h>

#include "emu/core/event.h"

enum { OBSERVER_EVENTS = 512 };

struct observer;

struct observer *observer_new(struct machine *m);
void observer_free(struct observer *observer);

/* The last n events, oldest first, a line each. */
void observer_tell_events(const struct observer *observer, unsigned n, GString *out);
/* The last event of each of these kinds and each value of that field, a line each; false if there was none. */
bool observer_tell_last(const struct observer *observer, const char *kind, GString *out);

#endif
