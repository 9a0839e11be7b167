/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware side of the differential test: runs an image's sequences and scenarios and reports a line for each. */
#ifndef DIFFERENTIAL_HARNESS_H
#define DIFFERENTIAL_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"
#include "platform.h"

/* HARNESS_BASE: where this firmware lies: in flash or in its boot alias. */
#define IMAGE ((const struct image_header *)(HARNESS_BASE + IMAGE_OFFSET))

struct noise {
    uint32_t state;
};

static inline uint32_t noise_word(struct noise *n)
{
    n->state ^= n->state << 13;
    n->state ^= n->state >> 17;
    n->state ^= n->state << 5;
    return n->state;
}

static inline struct noise noise_from(uint32_t seed)
{
    return (struct noise){seed != 0 ? seed : 1};
}

static inline uint32_t fold(uint32_t hash, uint32_t word)
{
    hash = (hash ^ word) * 0x01000193;
    return hash ^ hash >> 15;
}

/* Fill the RAM that generated code works in. */
void fill_windows(struct noise *n);
uint32_t fold_windows(uint32_t hash);

void run_sequences(void);
void run_scenarios(void);

#endif
