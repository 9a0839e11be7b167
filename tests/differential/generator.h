/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes random programs for the differential test: instruction sequences, and scenarios of exceptions.
 *
 * Only what the ARMv7-M manual defines is written: no UNPREDICTABLE forms, no accesses outside known memory (but for faults on
 * purpose), no UNKNOWN results. To know where loads and stores go, the generator follows which registers hold a known value.
 */
#ifndef DIFFERENTIAL_GENERATOR_H
#define DIFFERENTIAL_GENERATOR_H

#include <glib.h>

#include "tests/differential/encodings.h"
#include "tests/differential/image.h"
#include "tests/differential/random.h"

struct coverage {
    uint64_t emitted[512];      /* per row of encodings[] */
    uint64_t it_shapes[15][16]; /* by condition and mask */
};

enum { SP = 13, LR = 14, PC = 15 };

enum knowledge { UNKNOWN, EXACT, AT_MOST };

/* A piece of code under construction. */
struct code {
    struct random random;
    struct coverage *coverage;
    GArray *out;      /* uint16_t */
    uint32_t address; /* where out[0] will run */
    uint32_t flash;   /* where the firmware lies: IMAGE_FLASH, or 0 where only the boot alias may be used */
    struct known {
        enum knowledge kind;
        uint32_t value;
    } known[16];
    uint16_t locked;                /* registers that must not change */
    int sp_offset;                  /* of SP from STACK_START, bytes */
    bool own_stack;                 /* SP lies in the stack window: code may use it */
    bool aligned;                   /* no unaligned accesses: they are trapped */
    bool no_faults;                 /* nothing that could fault at all: a fault would lock up */
    GArray *body;                   /* of the IT block under construction, else NULL; what it needs beforehand goes to out */
    uint16_t body_writes, unlocked; /* unlocked: value of locked outside the block */
};

void code_begin(struct code *c, uint64_t seed, uint32_t flash, uint32_t address, GArray *out, struct coverage *coverage);
uint32_t code_here(const struct code *c);
/* The value of a field of the next instruction, for struct fields: FIELDS('d', 3, 'i', 20). */
struct fields code_fields(unsigned n, const unsigned *pairs);
#define FIELDS(...) code_fields(sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned) / 2, (const unsigned[]){__VA_ARGS__})
void code_put(struct code *c, unsigned row, struct fields f);
/* By name, for fixed uses. */
void code_emit(struct code *c, const char *name, const char *form, struct fields f);
void code_forget(struct code *c, unsigned reg);
/* Load a register with a constant, by MOVW and MOVT. */
void code_constant(struct code *c, unsigned reg, uint32_t value);
/* As code_constant, always four half-words, so that code_patch_constant can give the value later. Returns their index. */
unsigned code_open_constant(struct code *c, unsigned reg);
void code_patch_constant(struct code *c, unsigned at, unsigned reg, uint32_t value);
/* A register r0-r12 or LR that is not locked; low: r0-r7. */
unsigned code_register(struct code *c, bool low);
/* One random instruction that computes or accesses memory, with what it needs in front. */
void code_plain(struct code *c);
/* One that only computes. */
void code_compute(struct code *c);
void code_plains(struct code *c, unsigned least, unsigned most);

/* IT block: begin, up to four instructions by code_plain or code_put, end. */
void code_it_begin(struct code *c, GArray *body);
void code_it_end(struct code *c);

/* ---- whole images ---- */

struct image_options {
    uint64_t seed;
    uint32_t flash; /* where firmware and image lie: IMAGE_FLASH, or 0 */
    /* Numbers within the test: the same number and seed are the same sequence. */
    bool scenarios;
    unsigned first, n;
    unsigned iterations; /* of a sequence */
    uint32_t dump;       /* index within this image of what to report in full, and to end with; UINT32_MAX: none */
    unsigned unit_limit; /* where to cut that one short; UINT_MAX: nowhere */
};

/* The image, of at most IMAGE_END - IMAGE_OFFSET bytes; count: how many fitted in. */
GByteArray *image_build(const struct image_options *o, struct coverage *coverage, unsigned *count);

/* Both return the number of units; code is appended to out. */
unsigned sequence_generate(uint64_t seed, uint32_t flash, uint32_t run_at, unsigned unit_limit, GArray *out,
                           struct coverage *coverage);
unsigned scenario_generate(uint64_t seed, unsigned number, uint32_t flash, uint32_t address, unsigned unit_limit, GArray *out,
                           struct coverage *coverage, struct image_scenario *scenario);
/* Scenarios of lower numbers are a fixed list: a fault of each kind at every position of a block of ten instructions. */
unsigned scenario_n_fixed(void);

#endif
