/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a device holds before its first start: the options for it, which run and device new share, and doing what they say. */
#ifndef EMU_CLI_SHAPE_H
#define EMU_CLI_SHAPE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "boards/board.h"
#include "images/set.h"

struct shape {
    const struct board *board;
    char *set;                /* NULL: not given */
    unsigned only;            /* parts, a bit each; 0: not given */
    char *parts[IMAGE_PARTS]; /* a file, or "none"; NULL: not given */
    char **loads;             /* ADDR=FILE; NULL: none */
    bool has_seed;
    uint64_t seed;
};

/* The texts that GOption fills in: --board, --set, --only, an option for each part, --load, --seed. */
struct shape_texts {
    char **board, **set, **only, **parts[IMAGE_PARTS], **load, **seed;
};
void shape_add_options(struct shape_texts *texts, GOptionGroup *group);
void shape_texts_clear(struct shape_texts *texts);

/* False with an error of one sentence, without a full stop, that names the option. */
bool shape_parse(const struct shape_texts *texts, struct shape *shape, GError **error);
void shape_clear(struct shape *shape);

/*
 * A new device as shipped, and with what the options change about it. Its id is drawn from the seed, without one by chance;
 * chance false: without one it is the fixed one. *set becomes the name of the image set (to be freed). ram: as in
 * image_segments_apply.
 */
bool shape_new(const struct shape *shape, bool chance, struct board_persistent *device, GPtrArray *ram, char **set,
               GError **error);
/* Program what the options name over what a device holds; *set stays. */
bool shape_change(const struct shape *shape, struct board_persistent *device, GPtrArray *ram, GError **error);

#endif
