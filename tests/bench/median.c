/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/median.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

double median(double *values, int n)
{
    qsort(values, (size_t)n, sizeof *values, compare);
    return n == 0 ? 0 : n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}
