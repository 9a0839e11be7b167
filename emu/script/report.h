/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a suite: for people, as TAP version 14, and as JUnit XML; and what it consists of. */
#ifndef EMU_SCRIPT_REPORT_H
#define EMU_SCRIPT_REPORT_H

#include <glib.h>
#include <stdio.h>

#include "emu/script/suite.h"

struct report_counts {
    unsigned passed, skipped, failed, errors;
    unsigned crashed; /* of the errors: photon-emu's own */
};

struct report_counts report_count(const struct suite *suite);

/* Stories that cannot be played come first. */
void report_begin(FILE *file, const struct suite *suite, bool tap);
/* A case that is done; number counts from 1, stories that cannot be played included. */
void report_case(FILE *file, const struct suite_case *c, unsigned number, bool tap);
void report_end(FILE *file, const struct suite *suite, bool tap);

/* The whole suite; to be written to a file. */
GString *report_junit(const struct suite *suite);

/* Stories and scenarios, or the table of the README. */
void report_list(FILE *file, const struct suite *suite, bool markdown);

#endif
