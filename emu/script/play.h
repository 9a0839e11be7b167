/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A story's file, and playing one of its scenarios on one image set. */
#ifndef EMU_SCRIPT_PLAY_H
#define EMU_SCRIPT_PLAY_H

#include <glib.h>

#include "emu/script/prepared.h"

#define SCRIPT_ERROR (script_error_quark())
GQuark script_error_quark(void);

/* ---- the file ---- */

struct scenario {
    char *name;
    char **sets; /* on which it exists */
};

struct story_file {
    char *path;
    char *stem; /* the file's name without folder and ".lua" */
    GBytes *text;
    char *name, *question, *cause, *cure, *led, *board; /* the header */
    char **sets;
    ticks_t limit;
    GPtrArray *scenarios; /* struct scenario * */
};

/* Read and run a file as far as that goes without a device; NULL with an error: a sentence with file and line. */
struct story_file *story_file_load(const char *path, GError **error);
void story_file_free(struct story_file *story);

/* ---- a scenario ---- */

enum verdict { VERDICT_PASSED, VERDICT_SKIPPED, VERDICT_FAILED, VERDICT_ERROR };

struct play_options {
    const char *apps;   /* folder of our own user modules; NULL: none */
    const char *events; /* folder for event logs; NULL: none */
};

struct play_result {
    enum verdict verdict;
    char *message; /* why; NULL for one that passed */
    char *details; /* what the device did, for one that failed; else NULL */
    char *output;  /* what it printed; NULL: nothing */
    ticks_t time;  /* virtual, of the device at the end */
};

struct play_result play_scenario(const struct story_file *story, unsigned number, const char *set,
                                 const struct play_options *options, struct prepared *prepared);
void play_result_clear(struct play_result *result);

#endif
