/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_MEDIAN_H
#define TESTS_BENCH_MEDIAN_H

enum { MAX_RUNS = 25 };

/* Sorts the values; 0 if there are none. */
double median(double *values, int n);

#endif
