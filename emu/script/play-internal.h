/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario that is being played, from inside: for the verbs. */
#ifndef EMU_SCRIPT_PLAY_INTERNAL_H
#define EMU_SCRIPT_PLAY_INTERNAL_H

#include "emu/script/dut.h"
#include "emu/script/play.h"
#include "emu/script/sandbox.h"

struct play {
    struct sandbox sandbox;
    struct story_file *loading; /* while the file is read; then no device may be used */
    const struct story_file *story;
    const struct play_options *options;
    struct prepared *prepared;
    const char *set;
    unsigned number; /* of the scenario */
    int function;    /* reference to it */
    unsigned seen;   /* scenarios of the file so far */
    bool playing;    /* its function runs */

    struct dut *dut;
    unsigned forks_open, forks_made, devices_made;
    GArray *owned; /* freed at the end of the play, for what an error would leave behind */
    enum verdict verdict;
    bool verdict_given; /* by a verb; else an error is the script's */
    GString *output;
};

/* An array for owned. */
GArray *play_owned_new(void);
/* Have free(data) called at the end of the play, unless play_release is called before. */
void play_own(struct play *play, void *data, GDestroyNotify free);
void play_release(struct play *play, void *data); /* and free it */
/* The message that Lua has left on its stack, or that of the limit that was reached; free with g_free. */
char *play_error_message(struct play *play);
/* Write the record from an event on to the folder for event logs; name distinguishes several logs of one scenario; NULL: the
   scenario's own. */
bool play_log(struct play *play, guint from, const char *name, GError **error);

#endif
