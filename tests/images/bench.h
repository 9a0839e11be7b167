/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bench for real images: a Photon that holds an image set, hands for its buttons, and a record of everything it shows.
 *
 * The record is a list of events, in order, that tests ask questions about. bench_fork and bench_back return to a moment of the
 * run, record included, so that one boot serves many endings.
 */
#ifndef TESTS_IMAGES_BENCH_H
#define TESTS_IMAGES_BENCH_H

#include <glib.h>

#include "boards/board.h"
#include "images/set.h"

#define MS(N) ((ticks_t)(N)*TICKS_PER_MS)
#define US(N) ((ticks_t)(N)*TICKS_PER_US)

/* The sets that the tests know, one of each generation of bootloaders. */
struct generation {
    const char *set;
    unsigned bootloader; /* its version */
    uint64_t seed;       /* with which a key is found soon */
};
enum { GENERATIONS = 3 };
extern const struct generation generations[GENERATIONS];

struct bench {
    const struct generation *generation;
    const struct board *board;
    struct machine *machine;
    struct board_persistent *device; /* what it was powered on with */
    bool no_radio;
    GPtrArray *events; /* struct event *: those since power-on */
    bool no_words;     /* programming is not recorded, which is an event for each word twice */
    struct condition *awaited;
    bool met;
};

/* ---- making one ---- */

/* A new device with these parts of the set (a bit each), not powered on yet. False if there is no such set: the test is marked
   as skipped, and returns. */
bool bench_open(struct bench *b, const struct generation *g, unsigned parts);
void bench_close(struct bench *b);

/* g_test_run, for main: 77 if every test was skipped, as ctest wants it. */
int bench_run_tests(void);

/* The same as bench_open with all parts, after the first boot: a device with keys. Memoised for each generation. */
bool bench_open_with_keys(struct bench *b, const struct generation *g);

uint8_t *bench_flash(struct bench *b, uint32_t address); /* of b->device: to be changed before bench_power_on */
/* The device is what is in b->device; its backup domain is empty. */
void bench_power_on(struct bench *b);
/* Another machine, with what the present one keeps without power. */
void bench_replace(struct bench *b);
/* Before bench_power_on: another machine, without a radio. */
void bench_remove_radio(struct bench *b);

/* ---- running ---- */

void bench_input(struct bench *b, const char *name, const char *value);
void bench_run_until(struct bench *b, ticks_t when);
void bench_run_for(struct bench *b, ticks_t time);
/* Until a condition (emu/observe/condition.h) comes about: the test fails if it does not before limit. */
void bench_await(struct bench *b, const char *condition, ticks_t limit);
/* The same; false if it does not. */
bool bench_try(struct bench *b, const char *condition, ticks_t limit);

struct bench_fork {
    struct snapshot *snapshot;
    guint events;
};
struct bench_fork bench_fork(struct bench *b);
void bench_back(struct bench *b, const struct bench_fork *fork);
void bench_fork_free(struct bench_fork *fork);

/* Have the event "user-init" published whenever the init function of the user module begins: the first that runs of it, behind
   all checks, but before the network is touched. */
void bench_watch_user(struct bench *b);
/* Record the guest's writes to the registers of SDIO as "mmio" events, or no longer. */
void bench_trace_sdio(struct bench *b, bool on);

/* ---- asking ---- */

/* How many events there are, to ask about later ones only. */
guint bench_mark(const struct bench *b);
/* The first event from index from on that a condition holds for, or NULL. Conditions of one event only. */
const struct event *bench_find(const struct bench *b, guint from, const char *condition);
guint bench_count(const struct bench *b, guint from, const char *condition);
guint bench_count_kind(const struct bench *b, guint from, const char *kind); /* also of kinds that no condition knows */
/* That event must be there; returns when it happened. */
ticks_t bench_when(const struct bench *b, guint from, const char *condition);

const char *bench_string(const struct event *event, const char *field);
uint32_t bench_value(const struct event *event, const char *field); /* of an integer or hexadecimal field */

/* "0 4 FFFF reset 1": the values that a backup register took, and the resets in between. */
char *bench_trail(const struct bench *b, guint from, const char *backup_register);
/* "1 2 reset 9": the sectors that were erased, and the resets in between. */
char *bench_erases(const struct bench *b, guint from);
/* "off, blinking magenta 202": the named states of the LED, with their periods. */
char *bench_led_story(const struct bench *b, guint from);

/* ---- the RGB LED, seen at the chip's pins ---- */

enum { LAMP_RED = 1, LAMP_GREEN = 2, LAMP_BLUE = 4 };
enum {
    LAMP_YELLOW = LAMP_RED | LAMP_GREEN,
    LAMP_MAGENTA = LAMP_RED | LAMP_BLUE,
    LAMP_WHITE = LAMP_RED | LAMP_GREEN | LAMP_BLUE,
};
/* From dark to dark; nothing shorter than 100us. */
struct flash_of_light {
    ticks_t on, off; /* off: TICKS_NEVER while it is lit */
    unsigned lamps;  /* which of them were lit */
};
GArray *bench_flashes(const struct bench *b, guint from);

/* ---- the persistent store of the system (DCT) ---- */

/* Bytes of the application area of the current copy, as the firmware of that generation would find them. False if there is no
   good copy. */
bool bench_dct(const struct bench *b, uint32_t offset, void *bytes, size_t size);

#endif
