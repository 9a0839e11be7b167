/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values of options: numbers and durations, read exactly and in full or not at all. */
#ifndef EMU_CLI_VALUE_H
#define EMU_CLI_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/frequency.h"

/* What a duration looks like, for messages. */
#define VALUE_DURATION_FORM "a number with us, ms, s, min or h, such as 250ms, 1.5s or 2min, up to one year"

/* Up to nine digits behind the point; rounded down to whole ticks. */
bool value_duration(const char *text, ticks_t *ticks);

/* A decimal number without a sign, as a reduced fraction; at most three digits before the point and six behind it. */
bool value_fraction(const char *text, uint32_t *num, uint32_t *den);

/* Decimal, or hexadecimal with 0x. */
bool value_unsigned(const char *text, uint64_t *value);

#endif
