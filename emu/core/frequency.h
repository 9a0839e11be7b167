/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual time and exact frequencies.
 *
 * One tick is 1/99.84 GHz: the least common multiple of 120 MHz, 26 MHz and 32.768 kHz, which also holds 48 and 16 MHz and
 * 32 kHz. A frequency is a fraction of integers, so that a clock behind any PLL and prescaler setting is divided without drift:
 * edge k of a clock that started at tick 0 lies at exactly ceil(k * den * TICKS_PER_SECOND / num).
 */
#ifndef EMU_CORE_FREQUENCY_H
#define EMU_CORE_FREQUENCY_H

#include <stdbool.h>
#include <stdint.h>

typedef uint64_t ticks_t;

#define TICKS_PER_SECOND UINT64_C(99840000000)
#define TICKS_PER_MS     (TICKS_PER_SECOND / 1000)
#define TICKS_PER_US     (TICKS_PER_SECOND / 1000000)
#define TICKS_NEVER      UINT64_MAX

/* A clock rate of num/den Hz; num 0 means that the clock is stopped. */
struct frequency {
    uint64_t num;
    uint64_t den;
};

#define FREQUENCY_STOPPED ((struct frequency){0, 1})
#define FREQUENCY_HZ(hz)  ((struct frequency){(hz), 1})

bool frequency_running(struct frequency f);
bool frequency_equal(struct frequency a, struct frequency b);

/* f * mul / div, reduced; mul below 2^16 and div below 2^24 (the widest prescalers and PLL factors of the STM32F2). */
struct frequency frequency_scale(struct frequency f, uint32_t mul, uint32_t div);

/* Whole edges that a clock of rate f shows in elapsed ticks, counted from one of its edges; 0 for a stopped clock. */
uint64_t frequency_edges(struct frequency f, ticks_t elapsed);

/* Ticks from an edge until the edges-th one after it, rounded up; TICKS_NEVER for a stopped clock or beyond 64 bits. */
ticks_t frequency_ticks(struct frequency f, uint64_t edges);

/* Rate in whole hertz, rounded down. */
uint64_t frequency_hz(struct frequency f);

/* A counter that runs at a frequency: its value is derived when asked for, never counted. */
struct edge_counter {
    struct frequency f;
    ticks_t epoch; /* a moment at which the count was exactly base */
    uint64_t base;
};

/* Current count. */
uint64_t edge_counter_read(const struct edge_counter *c, ticks_t now);
/* Count on from value at now. */
void edge_counter_set(struct edge_counter *c, ticks_t now, uint64_t value);
/* Change of rate at now; the fraction of an edge under way is dropped. */
void edge_counter_set_frequency(struct edge_counter *c, ticks_t now, struct frequency f);
/* Moment at which the count reaches value; now or earlier if it has, TICKS_NEVER if the clock is stopped. */
ticks_t edge_counter_when(const struct edge_counter *c, uint64_t value);

#endif
