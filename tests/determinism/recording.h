/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event stream of a machine as the bytes of its JSON log, and a machine's whole state, both to be compared. */
#ifndef TESTS_DETERMINISM_RECORDING_H
#define TESTS_DETERMINISM_RECORDING_H

#include <glib.h>

#include "emu/core/machine.h"

struct recording;

/* Record what m publishes from now on; end before the machine is freed. */
struct recording *recording_begin(struct machine *m, const char *set);
/* Bytes so far, without the log's first line, which is no event. Valid until the next event. */
const char *recording_text(struct recording *r, size_t *length);
void recording_end(struct recording *r);

/* Fail, naming the first line that differs, unless the two streams are the same. */
void assert_same_stream(const char *what, const char *expected, size_t expected_length, const char *found, size_t found_length);
/* The same for a continuation: found must be a part of expected from its beginning on, and lack nothing before the time until.
 */
void assert_stream_continues(const char *what, const char *expected, size_t expected_length, const char *found,
                             size_t found_length, ticks_t until);

/* Everything that a snapshot would hold, between runs of the machine. */
struct machine_image {
    GBytes *value, *ram, *flash;
};

struct machine_image *machine_image_take(struct machine *m);
void machine_image_free(struct machine_image *image);
/* Fail, naming the device, unless the two are the same. m: any machine of that board. */
void assert_same_image(const char *what, struct machine *m, const struct machine_image *expected,
                       const struct machine_image *found);

#endif
