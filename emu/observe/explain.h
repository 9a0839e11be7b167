/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened to the firmware of a device, and why, in plain sentences: told from what was seen, never from a script.
 *
 * It keeps a copy of the flash and of the backup registers, which it brings up to date by the events of the stream, divides
 * the run into starts (from power-on or reset to the next), and asks images/verdict.h at each what the installed code would do
 * with what lies in flash. What was seen then decides: a sentence is told of things that happened, with their virtual time, and
 * where they contradict the verdict the sentence says so.
 *
 * Events that it needs besides the ordinary ones: "user-code" (emu/observe/user-watch.h). Without them, a user module that
 * runs and waits for the cloud cannot be told from one that does not run.
 */
#ifndef EMU_OBSERVE_EXPLAIN_H
#define EMU_OBSERVE_EXPLAIN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "emu/core/event.h"

struct explain;

/* platform: of the board; battery: backup registers outlive a loss of power. */
struct explain *explain_new(uint16_t platform, bool battery);
void explain_free(struct explain *e);

/*
 * What flash (IMAGE_FLASH_SIZE bytes) and backup registers (twenty; NULL: all are 0) hold: before the first power-on, and
 * before a later one if the device was changed without power, which no event tells.
 */
void explain_contents(struct explain *e, const uint8_t *flash, const uint32_t *backup);

/* The same of flash alone, where no event told in full what became of it: after an operation that was cut short half-way. */
void explain_flash(struct explain *e, const uint8_t *flash);

void explain_event(const struct event *event, void *explain);
/* Does explain_flash have to follow this event? */
bool explain_event_hides_flash(const struct event *event);

/* Subscribe to a machine, and look into its flash where events do not say all (an operation that was cut short half-way). */
void explain_attach(struct explain *e, struct machine *m);
void explain_detach(struct explain *e);

/* ---- in words ---- */

enum explain_form {
    EXPLAIN_SHORT, /* what matters, EXPLAIN_SHORT_LINES lines of EXPLAIN_COLUMNS at most */
    EXPLAIN_LONG,  /* everything that is worth a sentence */
};
enum { EXPLAIN_COLUMNS = 80, EXPLAIN_SHORT_LINES = 6, EXPLAIN_INDENT = 13 };

struct explain_line {
    char *label; /* "0.064 s", or "cure" */
    char *text;  /* sentences */
};

/* struct explain_line *, in the order of time, cures last; may be asked for at any time. Free with g_ptr_array_unref. */
GPtrArray *explain_lines(struct explain *e, enum explain_form form);
/* The same as text, a line for each without regard for its length. Free with g_free. */
char *explain_text(struct explain *e, enum explain_form form);
/* The same under a headline, wrapped for a terminal; nothing if the device never had power. */
void explain_print(struct explain *e, enum explain_form form, FILE *file);

/* ---- for programs ---- */

enum explain_user {
    EXPLAIN_USER_NOT_REACHED, /* the system did not come to look at it, at its last start */
    EXPLAIN_USER_SKIPPED,     /* it did, and ran without it */
    EXPLAIN_USER_REPLACED,    /* it did, and asked for the factory image instead */
    EXPLAIN_USER_RAN,
};
const char *explain_user_name(enum explain_user user); /* "skipped" */

struct explain_verdict {
    enum explain_user user; /* at the last start; at the one before if the present one has not got that far */
    bool user_ever_ran;
    bool factory_restored, factory_refused;
    unsigned slots_applied, slots_dropped, slots_ignored;
    bool update_accepted, update_refused; /* by the system: an image in the OTA area */
    bool dfu;                             /* in DFU mode at the end */
    bool crashed;                         /* a fault at the end, or an SOS */
    unsigned sos_code;                    /* blinks after the SOS, of the last one that was seen in full; 0: none */
    bool locked_up;
    bool looping; /* it resets itself again and again, and does the same each time */
    bool listening;
    unsigned resets;         /* all but those by power and RESET button */
    uint16_t sectors;        /* erased, a bit each */
    unsigned contradictions; /* of what was seen to the verdict on modules and slots */
};
struct explain_verdict explain_verdict(struct explain *e);

#endif
