/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_BENCH_RADIO_H
#define TESTS_BENCH_RADIO_H

#include <glib.h>

/* How fast real images are with the radio: printed, and added to a list of JSON objects. Without image sets it says so. */
void bench_radio(GString *json);

#endif
