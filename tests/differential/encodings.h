/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every encoding of chapter A7 of the ARMv7-M manual (DDI 0403E) that a Cortex-M3 has: no DSP and no floating-point extension.
 * The generator emits from this table and counts what it emitted of each row.
 */
#ifndef DIFFERENTIAL_ENCODINGS_H
#define DIFFERENTIAL_ENCODINGS_H

#include <stdbool.h>
#include <stdint.h>

/* How the generator may use a row. */
enum usage {
    USE_DATA,      /* registers and immediates only */
    USE_IMMEDIATE, /* load or store, [rn, #imm]: field i, scaled by the access size if it has 5 bits */
    USE_SP_RELATIVE,
    USE_INDEXED, /* [rn, #+-imm8] with P, U and W */
    USE_UNPRIVILEGED,
    USE_REGISTER, /* [rn, rm, LSL #n] */
    USE_LITERAL,
    USE_DUAL,
    USE_DUAL_LITERAL,
    USE_MULTIPLE,
    USE_STACK, /* changes SP */
    USE_EXCLUSIVE,
    USE_BRANCH,
    USE_SYSTEM,
    USE_IT,
    USE_EXCEPTION, /* only in exception scenarios */
};

enum row_flags {
    LOAD = 1 << 0,
    NO_IT = 1 << 1,       /* not inside an IT block */
    EXPAND = 1 << 2,      /* i is a modified immediate: some values are UNPREDICTABLE */
    NONZERO = 1 << 3,     /* i = 0 is another instruction */
    BITFIELD = 1 << 4,    /* l = lsb, w = msb */
    WIDTH = 1 << 5,       /* l = lsb, w = width - 1 */
    SATURATE = 1 << 6,    /* s with l = 0 is undefined */
    TWO_RESULTS = 1 << 7, /* d and e must differ */
    ONE_HIGH = 1 << 8,    /* n and m must not both be low registers */
};

struct encoding {
    const char *name, *form;
    /* Most significant bit first. 0 and 1 are literal; a letter is the next bit of a field, fields run from their highest bit:
       d, e results, n, m, a operands (M: m again), t, y transfer registers, r register list, i immediate, l lsb, w width,
       s shift bit, S set-flags bit, P, U, W addressing bits, c condition, x system register */
    const char *pattern;
    enum usage usage;
    unsigned flags;
    unsigned size; /* bytes of a load or store */
};

extern const struct encoding encodings[];
extern const unsigned n_encodings;

struct fields {
    uint32_t value[128]; /* by letter */
};

/* Number of bits of a field, 0 if the row has none of that name. */
unsigned encoding_width(const struct encoding *e, char field);
/* Half-words: 1 or 2. */
unsigned encoding_length(const struct encoding *e);
void encode(const struct encoding *e, const struct fields *f, uint16_t out[2]);
/* Aborts if there is none. */
unsigned encoding_find(const char *name, const char *form);

#endif
