/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conditions on the event stream, as --until and --then take them.
 *
 *     CONDITION = PART [ and PART ]... [ or PART [ and PART ]... ]...      "and" binds tighter
 *     PART      = KIND[.FIELD](=|~|>|<)VALUE  |  KIND  |  flash-erase[=SECTOR]  |  uart~TEXT
 *
 *   =  equal (a number in any notation, or the whole text)      ~  contains the text      >, <  compares numbers
 *
 * KIND and FIELD are those of docs/events.md; every kind has the fields t (seconds), ticks and n too. Without FIELD the main
 * one is meant: led=blinking yellow is led.state of the LED "rgb", reset=pin is reset.cause. A KIND alone is any event of that
 * kind. VALUE may be a number (12, 0x080A0000, 0.5), a duration (250ms, 3s, 20us) for a field that is a time, or text; text
 * with " and " or " or " in it is put in double quotes, with \n, \r, \t, \", \\ and \xNN inside. uart~TEXT looks at what the
 * guest sent on a port, across bytes; uart=TEXT at a whole line of it.
 *
 * When does it hold? An event that happens (a reset, an erase) makes its part true, and the part stays true while the others
 * are waited for. A state (led, pin, pwm, ...: a kind with a key field) is true as long as it lasts. Parts of one kind in one
 * "and" speak of the same event, until a field is given a second value: flash.op=erase and flash.sector=9 is one erase,
 * flash-erase=9 and flash-erase=10 are two.
 */
#ifndef EMU_OBSERVE_CONDITION_H
#define EMU_OBSERVE_CONDITION_H

#include <glib.h>
#include <stdbool.h>

#include "emu/core/event.h"

#define CONDITION_ERROR (condition_error_quark())
GQuark condition_error_quark(void);

struct condition;

/* NULL with an error: a sentence that names the text and what is allowed. */
struct condition *condition_parse(const char *text, GError **error);
void condition_free(struct condition *c);

/* Show it an event: does the condition hold now, by this event's doing? */
bool condition_feed(struct condition *c, const struct event *event);
/* Forget all that was seen; a following stage begins so. */
void condition_reset(struct condition *c);

/* Whether it has a part about events of that kind: for kinds that are only published if asked for. */
bool condition_mentions(const struct condition *c, const char *kind);

#endif
