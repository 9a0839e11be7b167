/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/dut.h"

#include <string.h>

#include "emu/host/network.h"
#include "emu/observe/explain.h"
#include "emu/script/dut-usb.h"

/* The longest that the LED may look unchanged before it is named (rgb-led.c), so that a name from before a reset is doubted for
   as long. */
#define LED_PROOF (1300 * TICKS_PER_MS)

/* ---- what it held ---- */

static void contents_free(void *data)
{
    struct dut_contents *contents = data;
    g_bytes_unref(contents->flash);
    g_free(contents);
}

static struct dut_contents *note_flash(struct dut *d)
{
    struct dut_contents *contents = g_new0(struct dut_contents, 1);
    contents->event = record_length(d->record);
    contents->flash = g_bytes_new(dut_flash(d), BOARD_FLASH_SIZE);
    contents->flash_alone = true;
    g_ptr_array_add(d->contents, contents);
    return contents;
}

static void note_contents(struct dut *d, bool battery)
{
    struct dut_contents *contents = note_flash(d);
    contents->flash_alone = false;
    contents->has_backup = battery;
    memcpy(contents->backup_registers, d->persistent->backup_registers, sizeof contents->backup_registers);
}

static void copy_contents(struct dut *to, const struct dut *from)
{
    for (guint i = 0; i < from->contents->len; i++) {
        struct dut_contents *contents = g_memdup2(g_ptr_array_index(from->contents, i), sizeof *contents);
        g_bytes_ref(contents->flash);
        g_ptr_array_add(to->contents, contents);
    }
}

/* ---- listening ---- */

static bool is(const struct event *event, const char *name, const char *value)
{
    const struct event_field *field = event_field(event, name);
    return field != NULL && field->type == EVENT_STRING && field->string != NULL && strcmp(field->string, value) == 0;
}

static void count_operation(struct dut *d, const struct event *event)
{
    if (!d->cut.armed || d->cut.reached || strcmp(event->kind, "flash") != 0 || !is(event, "phase", "begin"))
        return;
    const struct event_field *sector = event_field(event, "sector"), *address = event_field(event, "address");
    if (d->cut.op != NULL && !is(event, "op", d->cut.op))
        return;
    if (d->cut.sector >= 0) {
        int at = sector != NULL ? (int)sector->integer : address != NULL ? (int)board_sector((uint32_t)address->hex) : -1;
        if (at != d->cut.sector)
            return;
    }
    if (--d->cut.count == 0) {
        d->cut.reached = true;
        machine_stop(d->machine);
    }
}

static void listen(const struct event *event, void *data)
{
    struct dut *d = data;
    if (user_watch_is_stale(&d->user, event))
        return;
    user_watch_follow(&d->user, event);
    if (!d->full && !record_add(d->record, event)) {
        d->full = true;
        machine_stop(d->machine);
    }
    if (!d->full && explain_event_hides_flash(event))
        note_flash(d);
    count_operation(d, event);
    for (guint i = 0; i < d->guards->len; i++) {
        struct dut_guard *guard = g_ptr_array_index(d->guards, i);
        if (!guard->broken && condition_feed(guard->condition, event)) {
            guard->broken = true;
            guard->when = event->ticks;
            machine_stop(d->machine);
        }
    }
    if (d->awaited != NULL && !d->met && condition_feed(d->awaited, event)) {
        d->met = true;
        d->met_at = event->ticks;
        machine_stop(d->machine);
    }
}

/* ---- making one ---- */

static struct dut *new_dut(const struct board *board, const struct board_options *options, const char *set, bool vbat)
{
    struct dut *d = g_new0(struct dut, 1);
    d->board = board;
    d->options = *options;
    d->set = g_strdup(set);
    d->vbat = vbat;
    d->machine = board_machine(board, options);
    d->user.machine = d->machine;
    d->bridges = bridges_new(d->machine);
    d->network = network_options_new();
    struct bridge *network = network_new(d->machine, d->network, NULL); /* without options there is nothing that can fail */
    if (network != NULL)
        bridges_add(d->bridges, network);
    d->persistent = g_new0(struct board_persistent, 1);
    d->guards = g_ptr_array_new();
    d->contents = g_ptr_array_new_with_free_func(contents_free);
    d->user.code = true; /* for explanations */
    d->budget = TICKS_NEVER;
    machine_subscribe(d->machine, listen, d);
    return d;
}

struct dut *dut_new(const struct dut_options *options, const struct board_persistent *persistent, GError **error)
{
    struct board_options board = BOARD_OPTIONS_DEFAULT;
    board.seed = options->seed;
    board.wifi_absent = options->wifi_absent;
    struct dut *d = new_dut(options->board, &board, options->set, options->vbat);
    d->record = record_new();
    *d->persistent = *persistent;
    d->changed = true;
    for (guint i = 0; options->inputs != NULL && i < options->inputs->len; i++) {
        const struct dut_input *input = &g_array_index(options->inputs, struct dut_input, i);
        if (!board_input(d->machine, d->board, input->name, input->value, error)) {
            dut_free(d);
            return NULL;
        }
    }
    return d;
}

void dut_free(struct dut *d)
{
    if (d == NULL)
        return;
    machine_unsubscribe(d->machine, listen, d);
    dut_usb_free(d->usb);
    bridges_free(d->bridges);
    network_options_free(d->network);
    machine_free(d->machine);
    record_free(d->record);
    g_ptr_array_unref(d->guards);
    g_ptr_array_unref(d->contents);
    g_free(d->persistent);
    g_free(d->set);
    g_free(d);
}

void dut_fresh_backup(const struct board *board, struct board_persistent *persistent)
{
    struct machine *m = board_machine(board, &BOARD_OPTIONS_DEFAULT);
    g_autofree struct board_persistent *fresh = g_new0(struct board_persistent, 1);
    board_power_on(m, false);
    board_persistent_fetch(m, fresh);
    machine_free(m);
    persistent->has_backup = true;
    memcpy(persistent->backup_registers, fresh->backup_registers, sizeof fresh->backup_registers);
    memcpy(persistent->rtc_state, fresh->rtc_state, sizeof fresh->rtc_state);
    memcpy(persistent->backup_sram, fresh->backup_sram, sizeof fresh->backup_sram);
}

/* ---- power ---- */

void dut_power_on(struct dut *d)
{
    bool battery = d->was_powered ? d->vbat : d->persistent->has_backup;
    if (d->changed) {
        d->persistent->has_backup = battery;
        board_persistent_store(d->machine, d->persistent);
    }
    note_contents(d, battery);
    board_power_on(d->machine, battery);
    d->powered = d->was_powered = true;
    d->changed = false;
    user_watch_update(&d->user);
}

void dut_power_cut(struct dut *d, enum board_cut left, double progress)
{
    board_power_cut(d->machine, left, progress);
    board_persistent_fetch(d->machine, d->persistent);
    d->persistent->has_backup = d->vbat;
    d->powered = false;
}

void dut_power_off(struct dut *d)
{
    dut_power_cut(d, BOARD_CUT_SEEDED, 0.5);
}

/* ---- waiting ---- */

/* Show a condition what is true already. The name of the LED's pattern from before a reset counts only when it could have been
   disproved: retry is then when to try again. */
static bool feed_states(const struct dut *d, struct condition *condition, ticks_t *retry)
{
    ticks_t now = machine_now(d->machine), reset = record_last_reset(d->record);
    bool met = false;
    condition_reset(condition);
    *retry = TICKS_NEVER;
    GArray *states = record_states(d->record);
    for (guint i = 0; i < states->len; i++) {
        struct event event = record_get(d->record, g_array_index(states, guint, i));
        if (strcmp(event.kind, "led") == 0 && reset != TICKS_NEVER && event.ticks < reset && now < reset + LED_PROOF &&
            !is(&event, "state", "off")) {
            *retry = reset + LED_PROOF;
            continue;
        }
        met |= condition_feed(condition, &event);
    }
    g_array_unref(states);
    return met;
}

/* Events about the user module are wanted by what is waited for, and by the guards. */
static void want_events(struct dut *d, const struct condition *condition)
{
    d->user.loop = false;
    if (condition != NULL)
        user_watch_for(&d->user, condition);
    for (guint i = 0; i < d->guards->len; i++)
        user_watch_for(&d->user, ((struct dut_guard *)g_ptr_array_index(d->guards, i))->condition);
    if (d->powered)
        user_watch_update(&d->user);
}

static bool broken(const struct dut *d)
{
    for (guint i = 0; i < d->guards->len; i++)
        if (((struct dut_guard *)g_ptr_array_index(d->guards, i))->broken)
            return true;
    return false;
}

static bool ended(struct dut *d, ticks_t until, enum dut_end *end)
{
    if (d->full)
        *end = DUT_FULL;
    else if (d->cut.armed && d->cut.reached)
        *end = DUT_CUT;
    else if (broken(d))
        *end = DUT_BROKEN;
    else if (d->met)
        *end = DUT_MET;
    else if (machine_now(d->machine) >= until)
        *end = DUT_TIME;
    else if (d->budget == 0)
        *end = DUT_BUDGET;
    else
        return false;
    return true;
}

enum dut_end dut_wait(struct dut *d, ticks_t until, struct condition *condition)
{
    enum dut_end end;
    ticks_t retry = TICKS_NEVER;
    d->awaited = NULL; /* a condition that held by what is shown again now would stop the machine */
    d->met = false;
    want_events(d, condition);
    if (condition != NULL) {
        d->met = feed_states(d, condition, &retry);
        d->met_at = machine_now(d->machine);
        d->awaited = condition;
    }
    while (!ended(d, until, &end)) {
        ticks_t began = machine_now(d->machine);
        ticks_t next = MIN(until, retry);
        if (d->budget != TICKS_NEVER)
            next = MIN(next, began + d->budget);
        machine_run(d->machine, bridges_horizon(d->bridges, next));
        bridges_serve(d->bridges, 0);
        ticks_t now = machine_now(d->machine);
        if (d->budget != TICKS_NEVER)
            d->budget -= MIN(d->budget, now - began);
        if (now >= retry && !d->met) {
            retry = TICKS_NEVER;
            int led = record_state(d->record, "led", "rgb");
            struct event event = {0};
            if (led >= 0)
                event = record_get(d->record, (guint)led);
            if (led >= 0 && event.ticks < record_last_reset(d->record) && condition_feed(condition, &event)) {
                d->met = true;
                d->met_at = now;
            }
        }
    }
    d->awaited = NULL;
    want_events(d, NULL);
    return end;
}

void dut_guard_begin(struct dut *d, struct dut_guard *guard)
{
    ticks_t retry;
    guard->broken = feed_states(d, guard->condition, &retry);
    guard->when = machine_now(d->machine);
    g_ptr_array_add(d->guards, guard);
    want_events(d, NULL);
}

void dut_guard_end(struct dut *d, struct dut_guard *guard)
{
    g_ptr_array_remove(d->guards, guard);
    want_events(d, NULL);
}

/* ---- the device as a value ---- */

struct dut_moment {
    struct snapshot *snapshot;
    struct record_moment *record;
    struct board_persistent *persistent; /* NULL while there is power */
    bool powered, was_powered, changed;
    guint mark, contents;
};

struct dut_moment *dut_save(struct dut *d)
{
    struct dut_moment *moment = g_new0(struct dut_moment, 1);
    moment->snapshot = machine_save(d->machine);
    moment->record = record_moment(d->record);
    if (!d->powered)
        moment->persistent = g_memdup2(d->persistent, sizeof *d->persistent);
    moment->powered = d->powered;
    moment->was_powered = d->was_powered;
    moment->changed = d->changed;
    moment->mark = d->mark;
    moment->contents = d->contents->len;
    return moment;
}

static void take_moment(struct dut *d, const struct dut_moment *moment)
{
    machine_restore(d->machine, moment->snapshot);
    bridges_replug(d->bridges);
    if (moment->persistent != NULL)
        *d->persistent = *moment->persistent;
    d->powered = moment->powered;
    d->was_powered = moment->was_powered;
    d->changed = moment->changed;
    d->mark = moment->mark;
    g_ptr_array_set_size(d->contents, (gint)moment->contents);
    user_watch_update(&d->user);
}

void dut_back(struct dut *d, const struct dut_moment *moment)
{
    take_moment(d, moment);
    record_cut(d->record, moment->record);
    d->full = false;
    d->cut.armed = false;
}

void dut_moment_free(struct dut_moment *moment)
{
    if (moment == NULL)
        return;
    snapshot_free(moment->snapshot);
    record_moment_free(moment->record);
    g_free(moment->persistent);
    g_free(moment);
}

struct dut *dut_clone(const struct dut *d, const struct dut_moment *moment)
{
    struct dut *clone = new_dut(d->board, &d->options, d->set, d->vbat);
    clone->record = record_copy(d->record);
    /* The strings of a moment are those of the record that it was taken of, and a copy holds the same. */
    record_cut(clone->record, moment->record);
    copy_contents(clone, d);
    take_moment(clone, moment);
    return clone;
}

/* ---- looking ---- */

const uint8_t *dut_flash(struct dut *d)
{
    return d->powered ? board_flash(d->machine) : d->persistent->flash;
}

struct json_log_header dut_log_header(const struct dut *d)
{
    return (struct json_log_header){.board = d->board->name,
                                    .set = d->set,
                                    .seed = d->options.seed,
                                    .cpi_num = d->options.cpi_num,
                                    .cpi_den = d->options.cpi_den};
}
