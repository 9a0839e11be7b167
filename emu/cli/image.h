/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands of photon-emu image share. Each runs with its own name in argv[0] and returns an exit status. */
#ifndef EMU_CLI_IMAGE_H
#define EMU_CLI_IMAGE_H

#include <glib.h>
#include <stdbool.h>

#include "images/edit.h"

int image_inspect(int argc, char **argv);
int image_make(int argc, char **argv);
int image_edit(int argc, char **argv);
int image_extract(int argc, char **argv);
int image_hexdump(int argc, char **argv);

/* Larger than any image, small enough to look at every word of it. */
enum { IMAGE_LARGEST_FILE = 16 << 20 };

/* ---- options ---- */

/* Parse; what is left over stays in argv[1] and behind. Complains and returns false on an error. */
bool image_options(const GOptionEntry *entries, const char *command, int *argc, char ***argv);

/* What the options --function, --platform, --dep, ... of make and edit become; NULL: not given. */
struct image_words {
    char *function, *index, *version, *platform, *start, *dep, *dep2, *product, *flags;
};
void image_words_clear(struct image_words *words);
/* Complains and returns false if one is not understood. */
bool image_words_parse(const struct image_words *words, struct module_change *change);
/* For the table of options. */
#define IMAGE_WORD_OPTIONS(words)                                                                                              \
    {"function", 0, 0, G_OPTION_ARG_STRING, &(words).function, NULL, NULL},                                                    \
        {"index", 0, 0, G_OPTION_ARG_STRING, &(words).index, NULL, NULL},                                                      \
        {"version", 0, 0, G_OPTION_ARG_STRING, &(words).version, NULL, NULL},                                                  \
        {"platform", 0, 0, G_OPTION_ARG_STRING, &(words).platform, NULL, NULL},                                                \
        {"start", 0, 0, G_OPTION_ARG_STRING, &(words).start, NULL, NULL},                                                      \
        {"dep", 0, 0, G_OPTION_ARG_STRING, &(words).dep, NULL, NULL},                                                          \
        {"dep2", 0, 0, G_OPTION_ARG_STRING, &(words).dep2, NULL, NULL},                                                        \
        {"product", 0, 0, G_OPTION_ARG_STRING, &(words).product, NULL, NULL},                                                  \
    {                                                                                                                          \
        "flags", 0, 0, G_OPTION_ARG_STRING, &(words).flags, NULL, NULL                                                         \
    }

/* ---- files ---- */

/* NULL after a complaint. */
GBytes *image_input(const char *path);
/* Whole or not at all; over a file that is there only with force. Complains; returns an exit status. */
int image_output(const char *path, const void *data, size_t size, bool force);

/* Flush what was printed. */
int image_finish(int status);

#endif
