/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device under test: a machine with its record, its power switch, and the one who waits for something to come about.
 */
#ifndef EMU_SCRIPT_DUT_H
#define EMU_SCRIPT_DUT_H

#include <glib.h>

#include "boards/board.h"
#include "emu/host/bridge.h"
#include "emu/observe/condition.h"
#include "emu/observe/user-watch.h"
#include "emu/script/record.h"

struct dut_input {
    char *name, *value;
};

struct dut_options {
    const struct board *board;
    const char *set; /* its name, for logs */
    uint64_t seed;
    bool vbat;
    bool wifi_absent; /* the board has no radio */
    GArray *inputs;   /* struct dut_input: connected before the first power-up; NULL: none */
};

/* What a device held when the power came, or when a flash operation was cut short half-way, which is in no event. */
struct dut_contents {
    guint event; /* the first event of the record since then */
    GBytes *flash;
    bool flash_alone;
    bool has_backup;
    uint32_t backup_registers[20];
};

/* Something that must not happen meanwhile. */
struct dut_guard {
    struct condition *condition;
    const char *text; /* of it */
    bool broken;
    ticks_t when;
};

struct dut {
    const struct board *board;
    struct board_options options;
    char *set;
    bool vbat;
    bool powered;
    bool was_powered;
    bool changed; /* persistent was, since it was fetched */
    struct machine *machine;
    struct bridges *bridges; /* what answers behind the radio: inside this process, so that nothing waits for the host */
    struct network_options *network;
    struct dut_usb *usb;                 /* dut-usb.h; NULL: no cable was asked for */
    struct board_persistent *persistent; /* valid while it has no power */
    struct record *record;
    GPtrArray *contents; /* struct dut_contents *, of each power-on: for explanations */
    guint mark;          /* from which event on things are counted */
    ticks_t budget;      /* virtual time that it may still run */

    /* what is waited for */
    struct condition *awaited;
    bool met;
    ticks_t met_at;
    GPtrArray *guards; /* struct dut_guard *, owned by those who wait */
    struct {
        bool armed, reached;
        unsigned count; /* the operation that it is */
        const char *op; /* NULL: any */
        int sector;     /* -1: any */
    } cut;
    struct user_watch user;
    bool full; /* the record is */
};

enum dut_end {
    DUT_TIME,   /* the time is over */
    DUT_MET,    /* the condition came about */
    DUT_CUT,    /* the flash operation of cut is under way */
    DUT_BROKEN, /* a guard's condition came about */
    DUT_BUDGET, /* no virtual time is left */
    DUT_FULL,   /* the record is full */
};

/* A device that holds *persistent (copied), without power. NULL with an error for a wrong input. */
struct dut *dut_new(const struct dut_options *options, const struct board_persistent *persistent, GError **error);
void dut_free(struct dut *d);

/* Give a device that never had power the backup domain of one that has just got it: registers 0, and the clock as it is then.
 */
void dut_fresh_backup(const struct board *board, struct board_persistent *persistent);

void dut_power_on(struct dut *d);
void dut_power_off(struct dut *d);
void dut_power_cut(struct dut *d, enum board_cut left, double progress);

/* Run until virtual time until, or until the condition (may be NULL) holds. What is true already holds at once. */
enum dut_end dut_wait(struct dut *d, ticks_t until, struct condition *condition);

/* Guards live from begin to end. */
void dut_guard_begin(struct dut *d, struct dut_guard *guard);
void dut_guard_end(struct dut *d, struct dut_guard *guard);

/* ---- the device as a value ---- */

struct dut_moment;
struct dut_moment *dut_save(struct dut *d);
void dut_back(struct dut *d, const struct dut_moment *moment);
void dut_moment_free(struct dut_moment *moment);
/* Another device in the state that d was in at that moment, with a record of its own. */
struct dut *dut_clone(const struct dut *d, const struct dut_moment *moment);

/* ---- looking ---- */

/* Flash contents, with power or without. */
const uint8_t *dut_flash(struct dut *d);
struct json_log_header dut_log_header(const struct dut *d);

#endif
