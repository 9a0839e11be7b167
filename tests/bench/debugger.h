/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_DEBUGGER_H
#define TESTS_BENCH_DEBUGGER_H

#include <glib.h>

/* What an attached debugger costs a boot of real images, by medians of so many runs: printed, and added to a list of JSON
   objects. Without image sets it says so. */
void bench_debugger(GString *json, int runs);

#endif
