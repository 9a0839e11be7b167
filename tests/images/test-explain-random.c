/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices drawn at random from the fetched images (module versions, dependencies, damage, slots, flags, requests, buttons,
 * parts of several releases), each run with its real firmware until it is decided what becomes of it. Compared are:
 *
 *   the forecast made before (images/forecast.h)      with what the guest did: resets, erases, code of the user module, its end
 *   the explanation made from what was seen           with the same, and with the verdict on the user module
 *
 * images-test-explain-random [DEVICES [FIRST]]; a device is its number, so that one can be looked at alone.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/observe/explain.h"
#include "emu/observe/user-watch.h"
#include "images/dct.h"
#include "images/edit.h"
#include "images/file.h"
#include "images/forecast.h"
#include "tests/images/bench.h"
#include "tests/unit/source-root.h"

enum {
    BOOTLOADER = 0x08000000,
    PART1 = 0x08020000,
    PART2 = 0x08060000,
    USER = 0x080A0000,
    OTA = 0x080C0000,
    FACTORY = 0x080E0000,
    SECTOR = 0x20000,
};
enum { DCT_SECTORS = 1 << 1 | 1 << 2, EEPROM_SECTORS = 1 << 3 | 1 << 4 };
enum { DEFAULT_DEVICES = 40, MOST_RESETS = 12 };

struct device_under_test {
    struct bench b;
    GRand *rand;
    GString *text; /* what it is, for messages */
    struct verdict_facts facts;
    bool backup; /* registers come with it */
};

/* ---- drawing ---- */

static unsigned draw(struct device_under_test *d, unsigned n)
{
    return (unsigned)g_rand_int_range(d->rand, 0, (gint32)n);
}

/* One time in n. */
static bool seldom(struct device_under_test *d, unsigned n)
{
    return draw(d, n) == 0;
}

static void tell(struct device_under_test *d, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void tell(struct device_under_test *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (d->text->len > 0)
        g_string_append(d->text, ", ");
    g_string_append_vprintf(d->text, format, arguments);
    va_end(arguments);
}

/* ---- images ---- */

/* A fetched file of any set that has it, from a set drawn. */
static GByteArray *fetched(struct device_under_test *d, const char *name)
{
    g_autofree char *sets = source_sets();
    unsigned first = draw(d, GENERATIONS);
    for (unsigned i = 0; i < GENERATIONS; i++) {
        const char *set = generations[(first + i) % GENERATIONS].set;
        g_autofree char *path = g_strdup_printf("%s/%s/%s.bin", sets, set, name);
        g_autoptr(GBytes) bytes = image_file_read(path, 1 << 20, NULL);
        if (bytes == NULL)
            continue;
        gsize size;
        const uint8_t *data = g_bytes_get_data(bytes, &size);
        GByteArray *image = g_byte_array_new();
        g_byte_array_append(image, data, (guint)size);
        tell(d, "%s of %s", name, set);
        return image;
    }
    return NULL;
}

static void erase(struct device_under_test *d, uint32_t address, uint32_t size)
{
    memset(bench_flash(&d->b, address), 0xFF, size);
}

static void put(struct device_under_test *d, uint32_t address, const GByteArray *image, uint32_t room)
{
    erase(d, address, room);
    memcpy(bench_flash(&d->b, address), image->data, MIN(image->len, room));
}

static void edit(GByteArray *image, const struct module_change *change)
{
    g_autoptr(GError) error = NULL;
    module_edit(image, change, &error);
    g_assert_no_error(error);
}

/* A version near the one that is installed, or any. */
static uint16_t near(struct device_under_test *d, unsigned installed)
{
    static const uint16_t known[] = {0, 1, 17, 108, 207, 1502, 2302, 65534, 65535};
    switch (draw(d, 4)) {
    case 0:
        return (uint16_t)installed;
    case 1:
        return (uint16_t)(installed + 1);
    case 2:
        return (uint16_t)(installed - 1);
    default:
        return known[draw(d, G_N_ELEMENTS(known))];
    }
}

static unsigned installed(struct device_under_test *d, uint32_t address)
{
    struct module m;
    return module_parse(bench_flash(&d->b, address), 0x40000, &m) ? m.header.version : 0;
}

/* Another version and other needs. */
static void draw_needs(struct device_under_test *d, GByteArray *image)
{
    struct module_change change = {.what = CHANGE_VERSION | CHANGE_DEPENDENCY, .version = (uint16_t)draw(d, 2000)};
    switch (draw(d, 6)) {
    case 0:
        change.dependency[0] = (struct module_dependency){MODULE_BOOTLOADER, 0, near(d, installed(d, BOOTLOADER))};
        break;
    case 1:
        change.dependency[0] = (struct module_dependency){MODULE_SYSTEM_PART, 1, near(d, installed(d, PART1))};
        break;
    default:
        change.dependency[0] = (struct module_dependency){MODULE_SYSTEM_PART, 2, near(d, installed(d, PART2))};
    }
    if (seldom(d, 4)) {
        change.what |= CHANGE_DEPENDENCY2;
        change.dependency[1] = (struct module_dependency){MODULE_BOOTLOADER, 0, near(d, installed(d, BOOTLOADER))};
        tell(d, "second need bootloader %u", change.dependency[1].version);
    }
    tell(d, "version %u needs %u,%u,%u", change.version, change.dependency[0].function, change.dependency[0].index,
         change.dependency[0].version);
    edit(image, &change);
}

static void draw_damage(struct device_under_test *d, GByteArray *image)
{
    enum module_damage damage = draw(d, DAMAGES);
    g_autoptr(GError) error = NULL;
    module_damage(image, damage, &error);
    g_assert_no_error(error);
    tell(d, "damaged: %s", module_damage_name(damage));
}

/* An app for the user area: as it is, changed, damaged, a Core's or another board's. */
static GByteArray *draw_app(struct device_under_test *d)
{
    static const char *const names[] = {"user", "user", "factory", "extra/photon_doctor"};
    unsigned kind = draw(d, 12);
    if (kind == 0)
        return fetched(d, "extra/core_tinker");
    if (kind == 1)
        return fetched(d, "extra/electron_tinker");
    GByteArray *image = fetched(d, names[draw(d, G_N_ELEMENTS(names))]);
    if (image != NULL && kind < 8)
        draw_needs(d, image);
    if (image != NULL && (kind == 7 || kind == 8 || kind == 9))
        draw_damage(d, image);
    return image;
}

/* ---- devices ---- */

static void draw_user(struct device_under_test *d)
{
    tell(d, "USER");
    if (seldom(d, 6)) {
        tell(d, "erased");
        erase(d, USER, SECTOR);
        return;
    }
    g_autoptr(GByteArray) image = draw_app(d);
    if (image != NULL)
        put(d, USER, image, SECTOR);
}

static void draw_factory(struct device_under_test *d)
{
    tell(d, "FACTORY");
    if (seldom(d, 4)) {
        tell(d, "erased");
        erase(d, FACTORY, SECTOR);
        return;
    }
    g_autoptr(GByteArray) image = draw_app(d);
    if (image != NULL)
        put(d, FACTORY, image, SECTOR);
}

static void set_slot(struct device_under_test *d, unsigned number, const struct module_slot *slot)
{
    uint8_t bytes[MODULE_SLOT_SIZE];
    char name[8];
    module_slot_write(slot, bytes);
    g_snprintf(name, sizeof name, "slot%u", number);
    g_autoptr(GError) error = NULL;
    dct_set_bytes(dct_edit(d->b.device->flash), dct_field_find(name), bytes, sizeof bytes, &error);
    g_assert_no_error(error);
}

static void draw_update(struct device_under_test *d)
{
    unsigned kind = draw(d, 5);
    if (kind > 2)
        return;
    tell(d, "UPDATE by %s", kind == 0 ? "0xA5" : "slot");
    g_autoptr(GByteArray) image = draw_app(d);
    if (image != NULL)
        put(d, OTA, image, SECTOR);
    if (kind == 0) {
        g_assert_true(dct_set_number(dct_edit(d->b.device->flash), dct_field_find("update-flag"), 0xA5));
        return;
    }
    struct module_slot slot = {.magic = SLOT_PENDING,
                               .source = OTA,
                               .destination = USER,
                               .length = image != NULL ? image->len : 1000,
                               .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                               .function = MODULE_USER_PART};
    if (seldom(d, 5))
        slot.length = seldom(d, 2) ? 100 : 0x50000;
    unsigned number = 1 + draw(d, 4);
    tell(d, "slot %u, length %u", number, slot.length);
    set_slot(d, number, &slot);
}

/* System flags where the set's bootloader keeps them, and DR1. */
static void draw_flags(struct device_under_test *d)
{
    static const uint16_t requests[] = {0xFFFF, 0xEDFA, 0x5AFE, 1, 2, 3, 4, 6, 9};
    struct board_persistent *p = d->b.device;
    uint8_t *copy = dct_edit(p->flash);
    if (seldom(d, 8)) {
        tell(d, "factory-reset in the DCT");
        g_assert_true(dct_set_number(copy, dct_field_find("factory-reset"), 0xAAAA));
    }
    if (seldom(d, 8)) {
        unsigned mode = draw(d, 4);
        tell(d, "startup-mode %u in the DCT", mode);
        g_assert_true(dct_set_number(copy, dct_field_find("startup-mode"), mode));
    }
    d->backup = seldom(d, 2);
    if (!d->backup)
        return;
    memset(p->backup_registers, 0, sizeof p->backup_registers);
    p->backup_registers[0] = 0xC1C1;
    p->backup_registers[1] = requests[draw(d, G_N_ELEMENTS(requests))];
    tell(d, "DR1 %X", p->backup_registers[1]);
    if (d->b.generation->bootloader < 200 || seldom(d, 2))
        return;
    for (unsigned i = 5; i <= 8; i++)
        p->backup_registers[i] = UINT32_MAX;
    p->backup_registers[4] = 0x1ADEACC0;
    p->backup_registers[5] = 0xFFFF0000 | d->b.generation->bootloader;
    p->backup_registers[7] = seldom(d, 3) ? 0xFFFFAAAA : UINT32_MAX;
    p->backup_registers[8] = 0xFF00FFFF | draw(d, 3) << 16;
    tell(d, "DR7 %X, DR8 %X", p->backup_registers[7], p->backup_registers[8]);
}

static void draw_button(struct device_under_test *d)
{
    static const unsigned held[] = {500, 900, 1100, 2000, 2900, 3300, 5000, 7000, 9000, 10500};
    if (!seldom(d, 5))
        return;
    d->facts.setup_held_ms = held[draw(d, G_N_ELEMENTS(held))];
    tell(d, "SETUP held %u ms", d->facts.setup_held_ms);
}

/* The module in a place, changed or damaged. */
static void spoil(struct device_under_test *d, uint32_t address)
{
    struct module module;
    uint8_t *flash = bench_flash(&d->b, address);
    g_autoptr(GByteArray) image = g_byte_array_new();
    g_autoptr(GError) error = NULL;
    g_assert_true(module_parse(flash, 0x40000, &module));
    g_byte_array_append(image, flash, module.size);
    switch (draw(d, 3)) {
    case 0: {
        struct module_change change = {.what = CHANGE_DEPENDENCY2,
                                       .dependency = {{0}, {MODULE_BOOTLOADER, 0, near(d, d->b.generation->bootloader)}}};
        tell(d, "0x%08X needs bootloader %u", address, change.dependency[1].version);
        edit(image, &change);
        break;
    }
    case 1:
        tell(d, "0x%08X has a wrong CRC", address);
        module_damage(image, DAMAGE_CRC, &error);
        break;
    default:
        tell(d, "0x%08X is for another platform", address);
        module_damage(image, DAMAGE_PLATFORM, &error);
    }
    g_assert_no_error(error);
    memcpy(flash, image->data, image->len);
}

/* Parts that the firmware survives: a part 1 that is newer than part 2, another bootloader (facts by tests/images/ and the
   issue's list of mixed generations). */
static void draw_parts(struct device_under_test *d)
{
    static const uint32_t places[] = {BOOTLOADER, PART1, PART2};
    unsigned kind = draw(d, 10);
    g_autoptr(GByteArray) image = NULL;
    if (kind == 0)
        spoil(d, places[draw(d, G_N_ELEMENTS(places))]);
    else if (kind == 1 && (image = fetched(d, "bootloader")) != NULL)
        put(d, BOOTLOADER, image, 0x4000);
    else if (kind == 2)
        erase(d, seldom(d, 2) ? PART1 : PART2, SECTOR);
    if (kind == 2)
        tell(d, "a sector of a part erased");
}

static bool make(struct device_under_test *d, unsigned number)
{
    d->rand = g_rand_new_with_seed(number);
    d->text = g_string_new(NULL);
    d->facts = VERDICT_FACTS_DEFAULT;
    d->backup = false;
    if (!bench_open_with_keys(&d->b, &generations[draw(d, GENERATIONS)]))
        return false;
    d->b.no_words = true;
    tell(d, "set %s", d->b.generation->set);
    if (!seldom(d, 4))
        draw_user(d);
    if (seldom(d, 2))
        draw_factory(d);
    draw_update(d);
    draw_flags(d);
    draw_button(d);
    draw_parts(d);
    unsigned held = d->facts.setup_held_ms;
    dct_facts(d->b.device->flash, d->backup ? d->b.device->backup_registers : NULL, &d->facts);
    d->facts.setup_held_ms = held;
    return true;
}

static void discard(struct device_under_test *d)
{
    bench_close(&d->b);
    g_rand_free(d->rand);
    g_string_free(d->text, TRUE);
}

/* ---- a run ---- */

/* Of a device that never had power: what its backup domain is then, besides the registers. */
static void fresh_backup_domain(struct board_persistent *p, const struct board *board)
{
    struct machine *m = board_machine(board, &BOARD_OPTIONS_DEFAULT);
    g_autofree struct board_persistent *fresh = g_new0(struct board_persistent, 1);
    board_power_on(m, false);
    board_persistent_fetch(m, fresh);
    machine_free(m);
    memcpy(p->rtc_state, fresh->rtc_state, sizeof fresh->rtc_state);
    memcpy(p->backup_sram, fresh->backup_sram, sizeof fresh->backup_sram);
}

static void power_on(struct device_under_test *d)
{
    struct bench *b = &d->b;
    b->device->has_backup = d->backup;
    if (d->backup)
        fresh_backup_domain(b->device, b->board);
    board_persistent_store(b->machine, b->device);
    g_ptr_array_set_size(b->events, 0);
    if (d->facts.setup_held_ms != 0)
        bench_input(b, "setup", "pressed");
    board_power_on(b->machine, d->backup);
    if (d->facts.setup_held_ms == 0)
        return;
    bench_run_until(b, MS(d->facts.setup_held_ms));
    bench_input(b, "setup", "released");
    bench_run_for(b, MS(20)); /* for DFU mode, if it comes to that; nothing else connects to USB so soon */
}

struct seen {
    unsigned resets;
    uint16_t sectors; /* without those of DCT and EEPROM */
    bool user_ran, user_runs;
    enum forecast_step_kind end;
};

static const char *end_name(enum forecast_step_kind end)
{
    return end == FORECAST_USER_STARTED || end == FORECAST_USER_SKIPPED ? "system" : forecast_step_name(end);
}

static uint16_t sectors_erased(const struct bench *b)
{
    uint16_t sectors = 0;
    for (guint i = 0; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "flash") == 0 && strcmp(bench_string(e, "op"), "erase") == 0 &&
            strcmp(bench_string(e, "phase"), "end") == 0)
            sectors |= (uint16_t)(1U << bench_value(e, "sector"));
    }
    return sectors & (uint16_t) ~(DCT_SECTORS | EEPROM_SECTORS);
}

/* The system's main function has started (or, where the health word said so before, it has switched the radio on): nothing is
   left that it would do to the firmware, but for an image in the OTA area; or it has come to an end. */
static const char decided[] =
    "reset or fault or led=blinking yellow or backup.register=DR1 and backup.value=5 or pin.pin=PC1 and "
    "pin.level=1";

/* Until it is decided, or nothing else will happen any more. */
static struct seen watch(struct bench *b, unsigned most_resets, bool wait_for_update)
{
    struct seen s = {.end = FORECAST_USER_SKIPPED};
    guint mark = 0;
    bool in_dfu = bench_find(b, 0, "usb=connect") != NULL && bench_find(b, 0, "backup.register=DR1 and backup.value=5") == NULL;
    if (in_dfu)
        s.end = FORECAST_DFU;
    while (!in_dfu && s.resets <= most_resets) {
        guint from = bench_mark(b);
        if (!bench_try(b, decided, machine_now(b->machine) + MS(14000))) {
            s.end = FORECAST_CRASH; /* nothing happens any more */
            break;
        }
        bool reset = bench_find(b, from, "reset") != NULL;
        if (!reset && bench_find(b, from, "fault") != NULL) {
            s.end = FORECAST_CRASH;
        } else if (!reset && bench_find(b, from, "led=blinking yellow") != NULL) {
            s.end = FORECAST_DFU;
        } else if (reset || (wait_for_update && bench_try(b, "reset", machine_now(b->machine) + MS(3000)))) {
            wait_for_update &= reset;
            s.resets++;
            mark = bench_mark(b);
            continue;
        }
        break;
    }
    if (s.resets > most_resets)
        s.end = FORECAST_LOOP;
    s.sectors = sectors_erased(b);
    s.user_ran = bench_count_kind(b, 0, "user-code-runs") != 0;
    s.user_runs = s.end == FORECAST_USER_SKIPPED && bench_count_kind(b, mark, "user-code-runs") != 0;
    if (s.user_runs)
        s.end = FORECAST_USER_STARTED;
    return s;
}

/* Independent of the explanation's own watch: the first function of each image's table, wherever it lies now. */
static void watch_image(struct bench *b, uint32_t address)
{
    const uint8_t *image = bench_flash(b, address);
    uint32_t table = image[0x18] | image[0x19] << 8 | image[0x1A] << 16 | (uint32_t)image[0x1B] << 24;
    if (table < USER || table >= USER + SECTOR - 4)
        return;
    const uint8_t *entry = image + (table - USER);
    uint32_t pre_init = entry[0] | entry[1] << 8 | entry[2] << 16 | (uint32_t)entry[3] << 24;
    machine_watch_fetch(b->machine, pre_init, "user-code-runs");
}

/* The same function under its own name, for the explanation: an address can be watched under one name only. */
static void pass_on(const struct event *event, void *explain)
{
    struct event copy = *event;
    if (strcmp(event->kind, "user-code-runs") == 0)
        copy.kind = "user-code";
    explain_event(&copy, explain);
}

/* ---- comparing ---- */

static unsigned compare_forecast(const struct forecast *f, const struct seen *s, GString *wrong)
{
    gsize before = wrong->len;
    if (f->may_crash && s->end == FORECAST_CRASH)
        return 0; /* it said so */
    if (strcmp(end_name(s->end), end_name(f->end)) != 0)
        g_string_append_printf(wrong, "  forecast: end %s, seen %s\n", end_name(f->end), end_name(s->end));
    if (s->user_ran != f->user_ran && !f->user_uncertain)
        g_string_append_printf(wrong, "  forecast: user code %d, seen %d\n", f->user_ran, s->user_ran);
    if (s->sectors != f->sectors)
        g_string_append_printf(wrong, "  forecast: sectors %04X, seen %04X\n", f->sectors, s->sectors);
    if (f->end != FORECAST_LOOP && (s->resets != f->resets || s->user_runs != f->user_runs))
        g_string_append_printf(wrong, "  forecast: %u resets, user runs %d; seen %u, %d\n", f->resets, f->user_runs, s->resets,
                               s->user_runs);
    return wrong->len != before;
}

static void compare_explanation(struct explain *e, const struct forecast *f, const struct seen *s, GString *wrong)
{
    struct explain_verdict v = explain_verdict(e);
    g_autofree char *text = explain_text(e, EXPLAIN_LONG);
    uint16_t sectors = v.sectors & (uint16_t) ~(DCT_SECTORS | EEPROM_SECTORS);
    if (v.resets != s->resets || sectors != s->sectors)
        g_string_append_printf(wrong, "  explained: %u resets, sectors %04X; seen %u, %04X\n", v.resets, sectors, s->resets,
                               s->sectors);
    if (v.user_ever_ran != s->user_ran)
        g_string_append_printf(wrong, "  explained: user code %d, seen %d\n", v.user_ever_ran, s->user_ran);
    bool system = s->end == FORECAST_USER_STARTED || s->end == FORECAST_USER_SKIPPED;
    enum explain_user user = s->end == FORECAST_USER_STARTED ? EXPLAIN_USER_RAN : EXPLAIN_USER_SKIPPED;
    if (system && v.user != user)
        g_string_append_printf(wrong, "  explained: user module %s, seen %s\n", explain_user_name(v.user),
                               explain_user_name(user));
    if (v.dfu != (s->end == FORECAST_DFU))
        g_string_append_printf(wrong, "  explained: DFU %d, seen %s\n", v.dfu, end_name(s->end));
    /* What a module does that was started is its own affair: made for another system it may well crash, and the text says so. */
    if (v.crashed != (s->end == FORECAST_CRASH) && !(v.crashed && s->end == FORECAST_USER_STARTED))
        g_string_append_printf(wrong, "  explained: crashed %d, seen %s\n", v.crashed, end_name(s->end));
    if (v.looping != (s->end == FORECAST_LOOP))
        g_string_append_printf(wrong, "  explained: looping %d, seen %s\n", v.looping, end_name(s->end));
    if (v.contradictions != 0 && !f->may_crash && !f->user_uncertain)
        g_string_append_printf(wrong, "  explained: %u contradictions\n", v.contradictions);
    const struct module_verdict *verdict = &f->verdicts->place[PLACE_USER];
    if (s->end == FORECAST_USER_SKIPPED && !f->may_crash && strstr(text, verdict->cause) == NULL)
        g_string_append_printf(wrong, "  not explained: %s\n", verdict->cause);
    if (s->end == FORECAST_USER_SKIPPED && !f->may_crash && verdict->cure != NULL && strstr(text, verdict->cure) == NULL)
        g_string_append_printf(wrong, "  no cure: %s\n", verdict->cure);
    if (wrong->len > 0)
        g_string_append_printf(wrong, "%s", text);
}

/* Devices of which the forecast says how they go: it walks them, and then the firmware does. NULL: as told; else what is not.
 */
static char *try(struct device_under_test *d, enum forecast_step_kind *end)
{
    struct bench *b = &d->b;
    GString *wrong = g_string_new(NULL);
    struct forecast *f = forecast_new(b->device->flash, &d->facts);
    struct explain *e = explain_new(PLATFORM_PHOTON, false);
    explain_contents(e, b->device->flash, d->backup ? b->device->backup_registers : NULL);
    machine_subscribe(b->machine, pass_on, e);
    watch_image(b, USER);
    watch_image(b, OTA);
    watch_image(b, FACTORY);
    power_on(d);
    /* for a loop to be told, its round of one start (which copies something) or two has to come three times */
    unsigned most = f->end != FORECAST_LOOP ? MOST_RESETS : f->resets + (f->sectors != 0 ? 3 : 6);
    struct seen s = watch(b, most, d->facts.update_flag == 0xA5);
    *end = s.end;
    compare_forecast(f, &s, wrong);
    compare_explanation(e, f, &s, wrong);
    machine_unsubscribe(b->machine, pass_on, e);
    explain_free(e);
    forecast_free(f);
    return g_string_free(wrong, wrong->len == 0);
}

static unsigned devices = DEFAULT_DEVICES, first_device;

static void explained(void)
{
    unsigned wrong = 0, ends[FORECAST_LOOP + 1] = {0};
    for (unsigned i = 0; i < devices; i++) {
        struct device_under_test d;
        if (!make(&d, first_device + i)) {
            g_rand_free(d.rand);
            g_string_free(d.text, TRUE);
            return;
        }
        enum forecast_step_kind end;
        g_autofree char *text = try(&d, &end);
        ends[end]++;
        g_test_message("device %u: %s -> %s%s%s", first_device + i, d.text->str, forecast_step_name(end),
                       text != NULL ? "  <-- WRONG\n" : "", text != NULL ? text : "");
        wrong += text != NULL;
        discard(&d);
    }
    g_test_message("%u of %u as told; %u started the user module, %u ran without, %u DFU, %u crashed, %u looped",
                   devices - wrong, devices, ends[FORECAST_USER_STARTED], ends[FORECAST_USER_SKIPPED], ends[FORECAST_DFU],
                   ends[FORECAST_CRASH], ends[FORECAST_LOOP]);
    g_assert_cmpuint(wrong, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (argc > 1)
        devices = (unsigned)strtoul(argv[1], NULL, 10);
    if (argc > 2)
        first_device = (unsigned)strtoul(argv[2], NULL, 10);
    g_test_add_func("/images/explain-random", explained);
    return bench_run_tests();
}
