/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What images/forecast.h says of a device, and what the real images then do with it: which sectors they erase, how often they
 * reset, whether code of the user module runs, and how it ends.
 */
#include <string.h>

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
    FACTORY = 0x080E0000
};
enum { SECTOR_128K = 0x20000, DCT_SECTORS = 1 << 1 | 1 << 2, EEPROM_SECTORS = 1 << 3 | 1 << 4 };

/* ---- devices ---- */

/* The module at an address, changed or damaged, in its place again. */
static void change(struct bench *b, uint32_t address, const struct module_change *c, enum module_damage damage)
{
    struct module module;
    uint8_t *flash = bench_flash(b, address);
    g_assert_true(module_parse(flash, 0x40000, &module));
    g_autoptr(GByteArray) image = g_byte_array_new();
    g_byte_array_append(image, flash, module.size);
    g_autoptr(GError) error = NULL;
    if (c != NULL)
        module_edit(image, c, &error);
    else
        module_damage(image, damage, &error);
    g_assert_no_error(error);
    memcpy(flash, image->data, image->len);
}

static void erase(struct bench *b, uint32_t address, uint32_t size)
{
    memset(bench_flash(b, address), 0xFF, size);
}

static void needs(struct bench *b, uint8_t function, uint8_t index, uint16_t version)
{
    struct module_change c = {.what = CHANGE_DEPENDENCY, .dependency = {{function, index, version}}};
    change(b, USER, &c, DAMAGES);
}

static void good(struct bench *b)
{
    (void)b;
}

static void too_new(struct bench *b)
{
    needs(b, MODULE_SYSTEM_PART, 2, 60000);
}

static void needs_bootloader(struct bench *b)
{
    needs(b, MODULE_BOOTLOADER, 0, (uint16_t)b->generation->bootloader);
}

static void needs_newer_bootloader(struct bench *b)
{
    needs(b, MODULE_BOOTLOADER, 0, (uint16_t)(b->generation->bootloader + 1));
}

static void needs_factory(struct bench *b)
{
    needs(b, MODULE_USER_PART, 2, 1); /* a place that no board has */
}

static void needs_radio(struct bench *b)
{
    needs(b, MODULE_RADIO, 0, 1);
}

static void needs_newest_radio(struct bench *b)
{
    needs(b, MODULE_RADIO, 0, 65535);
}

static void second_unmet(struct bench *b)
{
    struct module_change c = {.what = CHANGE_DEPENDENCY2, .dependency = {{0}, {MODULE_BOOTLOADER, 0, 60000}}};
    change(b, USER, &c, DAMAGES);
}

static void second_alone(struct bench *b)
{
    second_unmet(b);
    needs(b, MODULE_NONE, 0, 0);
}

static void user_crc(struct bench *b)
{
    change(b, USER, NULL, DAMAGE_CRC);
}

static void user_function(struct bench *b)
{
    change(b, USER, NULL, DAMAGE_FUNCTION);
}

static void user_end(struct bench *b)
{
    change(b, USER, NULL, DAMAGE_END);
}

static void user_platform(struct bench *b)
{
    change(b, USER, NULL, DAMAGE_PLATFORM);
}

static void user_erased(struct bench *b)
{
    erase(b, USER, SECTOR_128K);
}

static void factory_crc(struct bench *b)
{
    user_erased(b);
    change(b, FACTORY, NULL, DAMAGE_CRC);
}

static void factory_function(struct bench *b)
{
    user_erased(b);
    change(b, FACTORY, NULL, DAMAGE_FUNCTION);
}

static void factory_platform(struct bench *b)
{
    user_erased(b);
    change(b, FACTORY, NULL, DAMAGE_PLATFORM);
}

static void nothing(struct bench *b)
{
    user_erased(b);
    erase(b, FACTORY, SECTOR_128K);
}

/* A Core's vector table and a header where a Core has it. */
static void core(struct bench *b)
{
    user_erased(b);
    uint8_t *p = bench_flash(b, USER);
    static const uint8_t begin[] = {0x00, 0x50, 0x00, 0x20, 0x11, 0x51, 0x00, 0x08};
    static const uint8_t header[] = {0x00, 0x50, 0x00, 0x08, 0x00, 0x60, 0x00, 0x08, 0, 0, 207, 0, 0, 0, 3, 0};
    memset(p, 0, 0x1000);
    memcpy(p, begin, sizeof begin);
    memcpy(p + MODULE_HEADER_OF_CORE, header, sizeof header);
}

static void bootloader_crc(struct bench *b)
{
    change(b, BOOTLOADER, NULL, DAMAGE_CRC);
}

static void part1_crc(struct bench *b)
{
    change(b, PART1, NULL, DAMAGE_CRC);
}

static void part2_crc(struct bench *b)
{
    change(b, PART2, NULL, DAMAGE_CRC);
}

static void part2_needs_bootloader(struct bench *b)
{
    struct module_change c = {.what = CHANGE_DEPENDENCY2, .dependency = {{0}, {MODULE_BOOTLOADER, 0, 60000}}};
    change(b, PART2, &c, DAMAGES);
}

static void part2_needs_part1(struct bench *b)
{
    struct module_change c = {.what = CHANGE_DEPENDENCY, .dependency = {{MODULE_SYSTEM_PART, 1, 60000}}};
    change(b, PART2, &c, DAMAGES);
}

static void part1_header(struct bench *b)
{
    change(b, PART1, NULL, DAMAGE_HEADER);
}

static void part1_header_no_factory(struct bench *b)
{
    part1_header(b);
    erase(b, FACTORY, SECTOR_128K);
}

static void part1_platform(struct bench *b)
{
    change(b, PART1, NULL, DAMAGE_PLATFORM);
}

static void part1_hole(struct bench *b)
{
    erase(b, PART1 + SECTOR_128K, SECTOR_128K);
}

static void part2_first_sector(struct bench *b)
{
    erase(b, PART2, SECTOR_128K);
}

/* The update is the app itself with another version, at the OTA area. */
static void put_update(struct bench *b, uint16_t version)
{
    struct module module;
    g_assert_true(module_parse(bench_flash(b, USER), SECTOR_128K, &module));
    memcpy(bench_flash(b, OTA), bench_flash(b, USER), module.size);
    struct module_change c = {.what = CHANGE_VERSION, .version = version};
    change(b, OTA, &c, DAMAGES);
}

static void put_slot(struct bench *b)
{
    struct module module;
    g_assert_true(module_parse(bench_flash(b, OTA), SECTOR_128K, &module));
    const struct module_slot slot = {.magic = SLOT_PENDING,
                                     .source = OTA,
                                     .destination = USER,
                                     .length = module.size,
                                     .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                                     .function = MODULE_USER_PART};
    uint8_t bytes[MODULE_SLOT_SIZE];
    module_slot_write(&slot, bytes);
    g_autoptr(GError) error = NULL;
    dct_set_bytes(dct_edit(b->device->flash), dct_field_find("slot1"), bytes, sizeof bytes, &error);
    g_assert_no_error(error);
}

static void slot_good(struct bench *b)
{
    put_update(b, 99);
    put_slot(b);
}

static void slot_crc(struct bench *b)
{
    slot_good(b);
    change(b, OTA, NULL, DAMAGE_CRC);
}

static void slot_platform(struct bench *b)
{
    slot_good(b);
    change(b, OTA, NULL, DAMAGE_PLATFORM);
}

static void slot_too_new(struct bench *b)
{
    slot_good(b);
    struct module_change c = {.what = CHANGE_DEPENDENCY, .dependency = {{MODULE_SYSTEM_PART, 2, 60000}}};
    change(b, OTA, &c, DAMAGES);
}

static void slot_without_parts(struct bench *b)
{
    slot_good(b);
    part1_crc(b);
}

static void set_flag(struct bench *b)
{
    g_assert_true(dct_set_number(dct_edit(b->device->flash), dct_field_find("update-flag"), 0xA5));
}

static void flag_good(struct bench *b)
{
    put_update(b, 99);
    set_flag(b);
}

static void flag_crc(struct bench *b)
{
    flag_good(b);
    change(b, OTA, NULL, DAMAGE_CRC);
}

static void flag_start(struct bench *b)
{
    flag_good(b);
    change(b, OTA, NULL, DAMAGE_START);
}

static void flag_empty(struct bench *b)
{
    set_flag(b);
}

static void asked_in_dct(struct bench *b)
{
    g_assert_true(dct_set_number(dct_edit(b->device->flash), dct_field_find("factory-reset"), 0xAAAA));
}

/* A file of a set: where it is, or would be. */
static char *set_file(const char *set, const char *name)
{
    g_autofree char *sets = source_sets();
    g_autofree char *folder = image_set_find(sets, set, PLATFORM_PHOTON, NULL);
    return g_strdup_printf("%s/%s.bin", folder != NULL ? folder : set, name);
}

/* The module of another set, if that is there. */
static void put_from(struct bench *b, unsigned part, unsigned generation)
{
    g_autofree char *path = set_file(generations[generation].set, image_places[part].name);
    g_autoptr(GBytes) bytes = image_file_read(path, image_places[part].size, NULL);
    if (bytes == NULL)
        return;
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    erase(b, image_places[part].address, image_places[part].size);
    memcpy(bench_flash(b, image_places[part].address), data, size);
}

static void part1_of_0(struct bench *b)
{
    put_from(b, IMAGE_SYSTEM_PART1, 0);
}

static void part1_of_1(struct bench *b)
{
    put_from(b, IMAGE_SYSTEM_PART1, 1);
}

static void part1_of_2(struct bench *b)
{
    put_from(b, IMAGE_SYSTEM_PART1, 2);
}

static void bootloader_of_0(struct bench *b)
{
    put_from(b, IMAGE_BOOTLOADER, 0);
}

static void bootloader_of_1(struct bench *b)
{
    put_from(b, IMAGE_BOOTLOADER, 1);
}

static void bootloader_of_2(struct bench *b)
{
    put_from(b, IMAGE_BOOTLOADER, 2);
}

/* What one asks for where the other does not look. */
static void bootloader_of_1_erased(struct bench *b)
{
    bootloader_of_1(b);
    user_erased(b);
}

static void bootloader_of_1_slot(struct bench *b)
{
    bootloader_of_1(b);
    slot_good(b);
}

static const struct {
    const char *name;
    void (*prepare)(struct bench *b);
    unsigned held_ms;
} cases[] = {
    {"good", good, 0},
    {"too-new", too_new, 0},
    {"needs-bootloader", needs_bootloader, 0},
    {"needs-newer-bootloader", needs_newer_bootloader, 0},
    {"needs-odd-index", needs_factory, 0},
    {"needs-radio", needs_radio, 0},
    {"needs-newest-radio", needs_newest_radio, 0},
    {"second-unmet", second_unmet, 0},
    {"second-alone", second_alone, 0},
    {"user-crc", user_crc, 0},
    {"user-function", user_function, 0},
    {"user-end", user_end, 0},
    {"user-platform", user_platform, 0},
    {"user-erased", user_erased, 0},
    {"factory-crc", factory_crc, 0},
    {"factory-function", factory_function, 0},
    {"factory-platform", factory_platform, 0},
    {"nothing", nothing, 0},
    {"core", core, 0},
    {"bootloader-crc", bootloader_crc, 0},
    {"part1-crc", part1_crc, 0},
    {"part2-crc", part2_crc, 0},
    {"part2-needs-bootloader", part2_needs_bootloader, 0},
    {"part2-needs-part1", part2_needs_part1, 0},
    {"part1-header", part1_header, 0},
    {"part1-header-no-factory", part1_header_no_factory, 0},
    {"part1-platform", part1_platform, 0},
    {"part1-hole", part1_hole, 0},
    {"part2-first-sector", part2_first_sector, 0},
    {"slot", slot_good, 0},
    {"slot-crc", slot_crc, 0},
    {"slot-platform", slot_platform, 0},
    {"slot-too-new", slot_too_new, 0},
    {"slot-without-parts", slot_without_parts, 0},
    {"flag", flag_good, 0},
    {"flag-crc", flag_crc, 0},
    {"flag-start", flag_start, 0},
    {"flag-empty", flag_empty, 0},
    {"asked-in-dct", asked_in_dct, 0},
    {"part1-of-0.5.2", part1_of_0, 0},
    {"part1-of-1.5.0", part1_of_1, 0},
    {"part1-of-2.3.1", part1_of_2, 0},
    {"bootloader-of-0.5.2", bootloader_of_0, 0},
    {"bootloader-of-1.5.0", bootloader_of_1, 0},
    {"bootloader-of-2.3.1", bootloader_of_2, 0},
    {"bootloader-of-1.5.0-erased", bootloader_of_1_erased, 0},
    {"bootloader-of-1.5.0-slot", bootloader_of_1_slot, 0},
    {"bootloader-of-0.5.2-held-2s", bootloader_of_0, 2000},
    {"bootloader-of-1.5.0-held-2s", bootloader_of_1, 2000},
    {"bootloader-of-0.5.2-held-8s", bootloader_of_0, 8000},
    {"bootloader-of-1.5.0-held-8s", bootloader_of_1, 8000},
    {"held-2s", good, 2000},
    {"held-4s-crc", user_crc, 4000},
    {"held-8s", too_new, 8000},
    {"held-8s-factory-crc", factory_crc, 8000},
};

/* ---- what a guest does ---- */

struct seen {
    unsigned resets;
    uint16_t sectors; /* without those of DCT and EEPROM */
    bool user_ran, user_runs;
    enum forecast_step_kind end;
};

static const char *end_name(const struct seen *s)
{
    return s->end == FORECAST_USER_STARTED || s->end == FORECAST_USER_SKIPPED ? "system" : forecast_step_name(s->end);
}

static uint16_t sectors_erased(const struct bench *b)
{
    uint16_t sectors = 0;
    for (guint i = 0; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "flash") == 0 && strcmp(bench_string(e, "op"), "erase") == 0)
            sectors |= (uint16_t)(1U << bench_value(e, "sector"));
    }
    return sectors & (uint16_t) ~(DCT_SECTORS | EEPROM_SECTORS);
}

/* Until it has switched the radio on with nothing left to be done, or will do nothing else any more. */
static struct seen watch(struct bench *b, unsigned most_resets, bool wait_for_update)
{
    struct seen s = {.end = FORECAST_USER_SKIPPED};
    guint mark = 0;
    /* a system would have said so in DR1 */
    bool in_dfu = bench_find(b, 0, "usb=connect") != NULL && bench_find(b, 0, "backup.register=DR1 and backup.value=4") == NULL;
    if (in_dfu)
        s.end = FORECAST_DFU;
    while (!in_dfu && s.resets <= most_resets) {
        guint from = bench_mark(b);
        if (!bench_try(b, "reset or fault or led=blinking yellow or pin.pin=PC1 and pin.level=1",
                       machine_now(b->machine) + MS(14000))) {
            s.end = FORECAST_CRASH; /* nothing happens any more */
            break;
        }
        if (bench_find(b, from, "reset") != NULL) {
            s.resets++;
            mark = bench_mark(b);
            continue;
        }
        if (bench_find(b, from, "fault") != NULL)
            s.end = FORECAST_CRASH;
        else if (bench_find(b, from, "led=blinking yellow") != NULL)
            s.end = FORECAST_DFU;
        else if (wait_for_update && bench_try(b, "reset", machine_now(b->machine) + MS(3000))) {
            s.resets++;
            wait_for_update = false;
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

/* The first function of the image's table, which the system calls once it has accepted the module. */
static void watch_image(struct bench *b, uint32_t address)
{
    const uint8_t *image = bench_flash(b, address);
    uint32_t table = image[0x18] | image[0x19] << 8 | image[0x1A] << 16 | (uint32_t)image[0x1B] << 24;
    if (table < USER || table >= USER + SECTOR_128K - 4)
        return;
    const uint8_t *entry = image + (table - USER);
    uint32_t pre_init = entry[0] | entry[1] << 8 | entry[2] << 16 | (uint32_t)entry[3] << 24;
    machine_watch_fetch(b->machine, pre_init, "user-code-runs");
}

static void forecasts_hold(gconstpointer data)
{
    const struct generation *g = data;
    struct bench b;
    unsigned wrong = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        if (!bench_open_with_keys(&b, g))
            return;
        cases[i].prepare(&b);
        struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
        dct_facts(b.device->flash, NULL, &facts);
        facts.setup_held_ms = cases[i].held_ms;
        struct forecast *f = forecast_new(b.device->flash, &facts);
        watch_image(&b, USER);
        watch_image(&b, FACTORY);
        if (cases[i].held_ms != 0)
            bench_input(&b, "setup", "pressed");
        bench_power_on(&b);
        if (cases[i].held_ms != 0) {
            bench_run_until(&b, MS(cases[i].held_ms));
            bench_input(&b, "setup", "released");
            bench_run_for(&b, MS(20)); /* for DFU mode, if it comes to that */
        }
        struct seen s = watch(&b, f->end == FORECAST_LOOP ? f->resets : 8, facts.update_flag == 0xA5);
        struct seen told = {f->resets, f->sectors, f->user_ran, f->user_runs, f->end};
        bool same = strcmp(end_name(&s), end_name(&told)) == 0 && (s.user_ran == told.user_ran || f->user_uncertain) &&
                    s.sectors == told.sectors &&
                    (f->end == FORECAST_LOOP || (s.resets == told.resets && s.user_runs == told.user_runs));
        g_test_message("%s %s: told %s, %u resets, sectors %04X, user %d %d; seen %s, %u, %04X, %d %d%s", g->set, cases[i].name,
                       end_name(&told), told.resets, told.sectors, told.user_ran, told.user_runs, end_name(&s), s.resets,
                       s.sectors, s.user_ran, s.user_runs, same ? "" : "  <-- WRONG");
        wrong += !same;
        forecast_free(f);
        bench_close(&b);
    }
    g_assert_cmpuint(wrong, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int i = 0; i < GENERATIONS; i++) {
        g_autofree char *path = g_strdup_printf("/images/forecast/%s", generations[i].set);
        g_test_add_data_func(path, &generations[i], forecasts_hold);
    }
    return bench_run_tests();
}
