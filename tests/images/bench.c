/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/images/bench.h"

#include <string.h>

#include "emu/observe/condition.h"
#include "tests/unit/source-root.h"

const struct generation generations[GENERATIONS] = {
    {"0.5.2", 7, 7},
    {"1.5.0", 501, 3},
    {"2.3.1", 1006, 3},
};

/* ---- the record ---- */

static void free_event(void *data)
{
    struct event *e = data;
    struct event_field *fields = (struct event_field *)e->fields;
    for (size_t i = 0; i < e->n_fields; i++)
        if (fields[i].type == EVENT_STRING)
            g_free((char *)fields[i].string);
    g_free(fields);
    g_free(e);
}

/* Names of kinds and fields are program text; only values have to be copied. */
static struct event *copy_event(const struct event *event)
{
    struct event *e = g_memdup2(event, sizeof *event);
    struct event_field *fields = g_memdup2(event->fields, event->n_fields * sizeof *fields);
    for (size_t i = 0; i < e->n_fields; i++)
        if (fields[i].type == EVENT_STRING)
            fields[i].string = g_strdup(fields[i].string);
    e->fields = fields;
    return e;
}

/* A trace of everything would be millions of events. */
static bool worth_keeping(const struct bench *b, const struct event *event)
{
    if (b->no_words && strcmp(event->kind, "flash") == 0 && strcmp(event_field(event, "op")->string, "program") == 0)
        return false;
    return strcmp(event->kind, "mmio") != 0 || (strcmp(event_field(event, "op")->string, "write") == 0 &&
                                                g_str_has_prefix(event_field(event, "register")->string, "SDIO_"));
}

static void record(const struct event *event, void *data)
{
    struct bench *b = data;
    if (worth_keeping(b, event))
        g_ptr_array_add(b->events, copy_event(event));
    if (b->awaited != NULL && !b->met && condition_feed(b->awaited, event)) {
        b->met = true;
        machine_stop(b->machine);
    }
}

/* ---- making one ---- */

static void new_machine(struct bench *b)
{
    struct board_options options = BOARD_OPTIONS_DEFAULT;
    options.seed = b->generation->seed;
    options.wifi_absent = b->no_radio;
    b->machine = board_machine(b->board, &options);
    machine_subscribe(b->machine, record, b);
}

static unsigned opened, skipped; /* of this program */

static struct image_set *load_set(const char *name, unsigned parts)
{
    g_autofree char *sets = source_sets();
    g_autoptr(GError) error = NULL;
    struct image_set *set =
        image_set_load(&(struct image_options){.sets = sets, .set = name, .platform = 6, .only = parts}, &error);
    if (set == NULL) {
        g_autofree char *reason = g_strdup_printf("no image set %s: %s", name, error->message);
        g_test_skip(reason);
        skipped++;
    } else {
        opened++;
    }
    return set;
}

bool bench_open(struct bench *b, const struct generation *g, unsigned parts)
{
    struct image_set *set = load_set(g->set, parts);
    if (set == NULL)
        return false;
    *b = (struct bench){.generation = g, .board = board_find("photon"), .device = g_new0(struct board_persistent, 1)};
    board_persistent_new(b->device, 0);
    b->device->noise = g->seed;
    g_autoptr(GError) error = NULL;
    struct image_layout *layout = image_layout_new();
    image_set_apply(set, b->device->flash, layout, &error);
    g_assert_no_error(error);
    image_layout_free(layout);
    image_set_free(set);
    b->events = g_ptr_array_new_with_free_func(free_event);
    new_machine(b);
    return true;
}

int bench_run_tests(void)
{
    int status = g_test_run();
    return status == 0 && skipped > 0 && opened == 0 ? 77 : status;
}

void bench_close(struct bench *b)
{
    machine_free(b->machine);
    g_ptr_array_unref(b->events);
    g_free(b->device);
}

uint8_t *bench_flash(struct bench *b, uint32_t address)
{
    return b->device->flash + (address - IMAGE_FLASH_BASE);
}

void bench_power_on(struct bench *b)
{
    b->device->has_backup = false;
    board_persistent_store(b->machine, b->device);
    g_ptr_array_set_size(b->events, 0);
    board_power_on(b->machine, false);
}

void bench_replace(struct bench *b)
{
    board_power_off(b->machine);
    board_persistent_fetch(b->machine, b->device);
    machine_free(b->machine);
    new_machine(b);
}

void bench_remove_radio(struct bench *b)
{
    machine_free(b->machine);
    b->no_radio = true;
    new_machine(b);
}

/* What a device holds once the first boot is over: with the keys there, before the radio would be used. */
static const struct board_persistent *first_boot(struct bench *b)
{
    static struct board_persistent *with_keys[GENERATIONS]; /* each test program makes them once */
    size_t index = (size_t)(b->generation - generations);
    if (with_keys[index] == NULL) {
        bench_power_on(b);
        bench_await(b, "reset=software", MS(20000));
        bench_await(b, "backup.register=DR1 and backup.value=5", machine_now(b->machine) + MS(5000));
        bench_replace(b);
        with_keys[index] = g_memdup2(b->device, sizeof *b->device);
    }
    return with_keys[index];
}

bool bench_open_with_keys(struct bench *b, const struct generation *g)
{
    if (!bench_open(b, g, IMAGE_ALL_PARTS))
        return false;
    memcpy(b->device, first_boot(b), sizeof *b->device);
    return true;
}

/* ---- running ---- */

void bench_input(struct bench *b, const char *name, const char *value)
{
    g_autoptr(GError) error = NULL;
    board_input(b->machine, b->board, name, value, &error);
    g_assert_no_error(error);
}

void bench_run_until(struct bench *b, ticks_t when)
{
    machine_run(b->machine, when);
}

void bench_run_for(struct bench *b, ticks_t time)
{
    bench_run_until(b, machine_now(b->machine) + time);
}

bool bench_try(struct bench *b, const char *condition, ticks_t limit)
{
    g_autoptr(GError) error = NULL;
    b->awaited = condition_parse(condition, &error);
    g_assert_no_error(error);
    b->met = false;
    while (!b->met && machine_run(b->machine, limit) == RUN_STOPPED)
        continue;
    condition_free(b->awaited);
    b->awaited = NULL;
    return b->met;
}

void bench_await(struct bench *b, const char *condition, ticks_t limit)
{
    if (!bench_try(b, condition, limit))
        g_error("set %s: '%s' did not come about by %" G_GUINT64_FORMAT " ms", b->generation->set, condition,
                machine_now(b->machine) / TICKS_PER_MS);
}

struct bench_fork bench_fork(struct bench *b)
{
    return (struct bench_fork){machine_save(b->machine), b->events->len};
}

void bench_back(struct bench *b, const struct bench_fork *fork)
{
    machine_restore(b->machine, fork->snapshot);
    g_ptr_array_set_size(b->events, (gint)fork->events);
}

void bench_fork_free(struct bench_fork *fork)
{
    snapshot_free(fork->snapshot);
}

void bench_watch_user(struct bench *b)
{
    enum { TABLE = 0x080A0018, INIT = 1 };
    uint32_t table, init;
    g_assert_true(machine_peek(b->machine, TABLE, 4, &table) && machine_peek(b->machine, table + 4 * INIT, 4, &init));
    machine_watch_fetch(b->machine, init, "user-init");
}

void bench_trace_sdio(struct bench *b, bool on)
{
    machine_set_trace(b->machine, on, false);
}

/* ---- asking ---- */

guint bench_mark(const struct bench *b)
{
    return b->events->len;
}

static const struct event *next(const struct bench *b, guint *from, const char *condition)
{
    g_autoptr(GError) error = NULL;
    struct condition *c = condition_parse(condition, &error);
    g_assert_no_error(error);
    const struct event *found = NULL;
    for (; *from < b->events->len && found == NULL; ++*from) {
        const struct event *e = g_ptr_array_index(b->events, *from);
        condition_reset(c);
        if (condition_feed(c, e))
            found = e;
    }
    condition_free(c);
    return found;
}

const struct event *bench_find(const struct bench *b, guint from, const char *condition)
{
    return next(b, &from, condition);
}

guint bench_count(const struct bench *b, guint from, const char *condition)
{
    guint n = 0;
    while (next(b, &from, condition) != NULL)
        n++;
    return n;
}

guint bench_count_kind(const struct bench *b, guint from, const char *kind)
{
    guint n = 0;
    for (guint i = from; i < b->events->len; i++)
        n += strcmp(((const struct event *)g_ptr_array_index(b->events, i))->kind, kind) == 0;
    return n;
}

ticks_t bench_when(const struct bench *b, guint from, const char *condition)
{
    const struct event *e = bench_find(b, from, condition);
    if (e == NULL)
        g_error("set %s: no event '%s'", b->generation->set, condition);
    return e->ticks;
}

const char *bench_string(const struct event *event, const char *field)
{
    const struct event_field *f = event_field(event, field);
    g_assert_true(f != NULL && f->type == EVENT_STRING);
    return f->string;
}

uint32_t bench_value(const struct event *event, const char *field)
{
    const struct event_field *f = event_field(event, field);
    g_assert_true(f != NULL && (f->type == EVENT_INT || f->type == EVENT_HEX));
    return (uint32_t)(f->type == EVENT_INT ? (uint64_t)f->integer : f->hex);
}

static void add_word(GString *s, const char *separator, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void add_word(GString *s, const char *separator, const char *format, ...)
{
    va_list arguments;
    if (s->len > 0)
        g_string_append(s, separator);
    va_start(arguments, format);
    g_string_append_vprintf(s, format, arguments);
    va_end(arguments);
}

char *bench_trail(const struct bench *b, guint from, const char *backup_register)
{
    GString *s = g_string_new(NULL);
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "reset") == 0)
            add_word(s, " ", "%s-reset", bench_string(e, "cause"));
        else if (strcmp(e->kind, "backup") == 0 && strcmp(bench_string(e, "register"), backup_register) == 0)
            add_word(s, " ", "%X", bench_value(e, "value"));
    }
    return g_string_free(s, FALSE);
}

char *bench_erases(const struct bench *b, guint from)
{
    GString *s = g_string_new(NULL);
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "reset") == 0)
            add_word(s, " ", "reset");
        else if (strcmp(e->kind, "flash") == 0 && strcmp(bench_string(e, "op"), "erase") == 0 &&
                 strcmp(bench_string(e, "phase"), "begin") == 0)
            add_word(s, " ", "%u", bench_value(e, "sector"));
    }
    return g_string_free(s, FALSE);
}

char *bench_led_story(const struct bench *b, guint from)
{
    GString *s = g_string_new(NULL);
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "led") != 0)
            continue;
        const struct event_field *period = event_field(e, "period_ms");
        if (period == NULL)
            add_word(s, ", ", "%s", bench_string(e, "state"));
        else
            add_word(s, ", ", "%s %d", bench_string(e, "state"), (int)period->integer);
    }
    return g_string_free(s, FALSE);
}

/* ---- the RGB LED ---- */

/* Lit as long as the pin carries a wave, or is driven low: the LED hangs on the supply. */
static int lamp_of(const struct event *e, bool *lit)
{
    static const char *const pins[] = {"PA1", "PA2", "PA3"};
    bool wave = strcmp(e->kind, "pwm") == 0;
    if (!wave && strcmp(e->kind, "pin") != 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (strcmp(bench_string(e, "pin"), pins[i]) == 0) {
            const struct event_field *level = event_field(e, "level");
            *lit = wave || (level != NULL && level->integer == 0);
            return i;
        }
    return -1;
}

/* When firmware sets up the pins of a lamp that another program used, it may be driven for an instant. */
static bool visible(const struct flash_of_light *f)
{
    return f->off - f->on >= US(100);
}

GArray *bench_flashes(const struct bench *b, guint from)
{
    GArray *flashes = g_array_new(FALSE, FALSE, sizeof(struct flash_of_light));
    unsigned lit = 0;
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        bool on;
        int lamp = lamp_of(e, &on);
        if (lamp < 0)
            continue;
        unsigned now = on ? lit | 1U << lamp : lit & ~(1U << lamp);
        if (lit == 0 && now != 0) {
            struct flash_of_light f = {.on = e->ticks, .off = TICKS_NEVER, .lamps = now};
            g_array_append_val(flashes, f);
        } else if (flashes->len > 0) {
            struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, flashes->len - 1);
            f->lamps |= now;
            if (now == 0 && lit != 0) {
                f->off = e->ticks;
                if (!visible(f))
                    g_array_set_size(flashes, flashes->len - 1);
            }
        }
        lit = now;
    }
    return flashes;
}

/* ---- DCT ---- */

bool bench_dct(const struct bench *b, uint32_t offset, void *bytes, size_t size)
{
    enum { COPY_SIZE = 0x4000, APPLICATION = 7548 };
    /* The copies' header: write_incomplete, is_current, app_valid, ..., magic "BRCM". */
    for (uint32_t copy = 0x08004000; copy <= 0x08008000; copy += COPY_SIZE) {
        uint32_t marks, magic;
        if (!machine_peek(b->machine, copy + 8, 4, &marks) || !machine_peek(b->machine, copy + 12, 4, &magic) ||
            magic != 0x4D435242 || (marks & 0xFFFF) != 0x0100)
            continue;
        for (size_t i = 0; i < size; i++) {
            uint32_t byte;
            g_assert_true(machine_peek(b->machine, copy + APPLICATION + offset + (uint32_t)i, 1, &byte));
            ((uint8_t *)bytes)[i] = (uint8_t)byte;
        }
        return true;
    }
    return false;
}
