/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What benchmarks of real images share. */
#ifndef TESTS_BENCH_REAL_H
#define TESTS_BENCH_REAL_H

#include <stdbool.h>

#include "tests/images/bench.h"

/* Seconds of the processor that this process has taken, so that other programs do not count. */
double cpu_seconds(void);
/* Is the image set there? If not, a line tells so. */
bool is_fetched(const struct generation *g);

#endif
