/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stories and their scenarios on all their image sets, played by several processes. */
#ifndef EMU_SCRIPT_SUITE_H
#define EMU_SCRIPT_SUITE_H

#include <glib.h>
#include <signal.h>

#include "emu/script/play.h"

struct suite_options {
    char **paths; /* files, and folders that are searched for *.lua */
    unsigned processes;
    unsigned watchdog;                        /* seconds */
    const volatile sig_atomic_t *interrupted; /* see pool.h */
    const char *filter;                       /* on names of scenarios, or STORY/SCENARIO; NULL: all */
    char **sets;                              /* NULL: all */
    const char *cache;                        /* NULL: a folder that goes away at the end */
    struct play_options play;
};

struct suite_story {
    char *path, *stem;
    char *error;  /* why it cannot be played; NULL: it can. Nothing but path and stem is there then */
    bool crashed; /* that is a fault of photon-emu, or the watchdog */
    char *name, *question, *cause, *cure, *led;
    char **sets;
    GPtrArray *scenarios; /* struct scenario * */
};

/* A scenario on a set. */
struct suite_case {
    const struct suite_story *story;
    unsigned number; /* of the scenario in its story */
    const char *scenario, *set;
    bool done;
    bool crashed;
    double host_seconds;
    struct play_result result;
};

struct suite {
    GPtrArray *stories; /* struct suite_story *, by file name */
    GPtrArray *cases;   /* struct suite_case *: set by set, and in each by story */
};

/* Read all stories. NULL with an error if a path cannot be used; a story that cannot be played is no error. */
struct suite *suite_load(const struct suite_options *options, GError **error);
void suite_free(struct suite *suite);

/* Play all cases; each is told when it and those before it are done. False with an error if that is not possible at all. */
bool suite_play(struct suite *suite, const struct suite_options *options, void (*told)(const struct suite_case *c, void *data),
                void *data, GError **error);

#endif
