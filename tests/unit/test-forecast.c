/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the next start does, on made-up modules: steps and resets as they were seen of the real ones. */
#include "tests/unit/verdict-device.h"

/* The kinds of the steps: "factory-asked reset factory-copied reset reset user-started". */
static char *trail(const struct forecast *f)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < f->steps->len; i++) {
        const struct forecast_step *step = g_ptr_array_index(f->steps, i);
        g_string_append_printf(text, "%s%s", i != 0 ? " " : "", forecast_step_name(step->kind));
        g_assert_nonnull(step->text);
        g_assert_true(g_str_has_suffix(step->text, ".") || g_str_has_suffix(step->text, ")."));
    }
    return g_string_free(text, FALSE);
}

static struct forecast *expect(const uint8_t *flash, const struct verdict_facts *facts, const char *steps)
{
    struct forecast *f = forecast_new(flash, facts);
    g_autofree char *seen = trail(f);
    g_assert_cmpstr(seen, ==, steps);
    return f;
}

static void expect_only(const uint8_t *flash, const struct verdict_facts *facts, const char *steps, unsigned resets,
                        unsigned sectors)
{
    struct forecast *f = expect(flash, facts, steps);
    g_assert_cmpuint(f->resets, ==, resets);
    g_assert_cmphex(f->sectors, ==, sectors);
    forecast_free(f);
}

static unsigned version_at(const uint8_t *flash, uint32_t address)
{
    const uint8_t *p = flash + (address - 0x08000000) + 10;
    return p[0] | p[1] << 8;
}

enum { SECTOR_9 = 1 << 9 };

static void test_plain(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct forecast *f = expect(flash, NULL, "user-started");
        g_assert_true(f->user_ran && f->user_runs);
        g_assert_false(f->may_crash);
        g_assert_cmpmem(f->flash, 0x100000, flash, 0x100000);
        forecast_free(f);
        struct fixture app = FIXTURE_USER;
        app.needs_version = 5000;
        device_put_user(flash, &app);
        f = expect(flash, NULL, "user-skipped");
        g_assert_false(f->user_ran || f->user_runs);
        forecast_free(f);
    }
}

/* ---- always tinker ---- */

static void test_always_tinker(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        memset(device_at(flash, 0x080A0000), 0xFF, 0x20000);
        struct forecast *f = expect(flash, NULL, "factory-asked reset factory-copied reset reset user-started");
        g_assert_cmpuint(f->resets, ==, 3);
        g_assert_cmphex(f->sectors, ==, SECTOR_9);
        g_assert_cmpuint(version_at(f->flash, 0x080A0000), ==, 3);
        forecast_free(f);
        device_at(flash, 0x080E0000)[500] ^= 1;
        f = expect(flash, NULL, "factory-asked reset factory-refused reset factory-asked reset loop");
        g_assert_cmpint(f->end, ==, FORECAST_LOOP);
        g_assert_cmphex(f->sectors, ==, 0);
        forecast_free(f);
        memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
        expect_only(flash, NULL, "user-skipped", 0, 0);
    }
}

/* A bootloader that looks for the system's wish where that does not leave it. */
static void test_flags_elsewhere(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[OLD]);
    device_put_bootloader(flash, 501);
    memset(device_at(flash, 0x080A0000), 0xFF, 0x20000);
    struct forecast *f = forecast_new(flash, NULL);
    g_assert_cmpint(f->end, ==, FORECAST_LOOP);
    g_assert_cmphex(f->sectors, ==, 0);
    forecast_free(f);
    struct verdict_facts blank = VERDICT_FACTS_DEFAULT;
    blank.dct.startup_mode = 0xFF;
    expect_only(flash, &blank, "user-skipped", 0, 0);
}

/* ---- slots ---- */

static struct verdict_facts with_slot(const struct fixture *app)
{
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    facts.slot[1] = (struct module_slot){.magic = SLOT_PENDING,
                                         .source = 0x080C0000,
                                         .destination = 0x080A0000,
                                         .length = app->length + 4,
                                         .flags = 0x0E,
                                         .function = 5};
    return facts;
}

static void test_slots(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct fixture update = FIXTURE_USER;
        update.version = 9;
        update.needs_version = 1;
        device_put(flash, 0x080C0000, 0x20000, &update);
        struct verdict_facts facts = with_slot(&update);
        struct forecast *f = expect(flash, &facts, "slot-copied user-started");
        const struct forecast_step *step = g_ptr_array_index(f->steps, 0);
        g_assert_cmpuint(step->slot, ==, 1);
        g_assert_cmphex(step->address, ==, 0x080A0000);
        g_assert_cmphex(step->sectors, ==, SECTOR_9);
        g_assert_cmpuint(f->resets, ==, 0);
        g_assert_cmpuint(version_at(f->flash, 0x080A0000), ==, 9);
        forecast_free(f);
        device_at(flash, 0x080C0000)[500] ^= 1;
        f = expect(flash, &facts, "slot-dropped user-started");
        g_assert_cmpuint(version_at(f->flash, 0x080A0000), ==, 3);
        g_assert_cmphex(f->sectors, ==, 0);
        forecast_free(f);
        if (g == OLD)
            continue;
        device_at(flash, 0x08060000)[1000] ^= 1; /* the bootloader cannot call it: no DCT, and the system is not happy either */
        expect_only(flash, &facts, "slots-ignored user-skipped", 0, 0);
    }
}

/* An update that brings what the app needs, or takes it away. */
static void test_slot_of_part(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[MIDDLE]);
    struct fixture app = FIXTURE_USER;
    app.needs_version = 1600;
    device_put_user(flash, &app);
    expect_only(flash, NULL, "user-skipped", 0, 0);
    struct fixture part = FIXTURE_PART(2);
    part.version = 1600;
    device_put(flash, 0x080C0000, 0x20000, &part);
    struct verdict_facts facts = with_slot(&part);
    facts.slot[1].destination = 0x08060000;
    facts.slot[1].function = 4;
    expect_only(flash, &facts, "slot-copied user-started", 0, 1 << 7);
}

static void test_update_flag(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct fixture update = FIXTURE_USER;
        update.version = 9;
        update.needs_version = 1;
        device_put(flash, 0x080C0000, 0x20000, &update);
        struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
        facts.update_flag = 0xA5;
        struct forecast *f =
            expect(flash, &facts, g == OLD ? "user-started" : "update-accepted reset slot-copied user-started");
        g_assert_cmpuint(f->resets, ==, g == OLD ? 0 : 1);
        g_assert_cmpuint(version_at(f->flash, 0x080A0000), ==, g == OLD ? 3 : 9);
        forecast_free(f);
        device_at(flash, 0x080C0000)[500] ^= 1;
        expect_only(flash, &facts, g == OLD ? "user-started" : "update-refused user-started", 0, 0);
        if (g == OLD)
            continue;
        struct fixture boot = FIXTURE_BOOTLOADER; /* goes to its place at once */
        boot.version = 1100;
        device_put(flash, 0x080C0000, 0x20000, &boot);
        f = expect(flash, &facts, "update-accepted reset user-started");
        g_assert_cmphex(f->sectors, ==, 1);
        g_assert_cmpuint(f->verdicts->bootloader.version, ==, 1100);
        forecast_free(f);
    }
}

/* ---- button and requests ---- */

static void test_button(void)
{
    static const struct {
        unsigned held_ms;
        const char *factory, *no_factory_old, *no_factory;
    } rows[] = {{999, "user-started", "user-started", "user-started"},
                {1500, "user-skipped", "user-skipped", "user-skipped"},
                {4000, "dfu", "dfu", "dfu"},
                {8000, "factory-copied reset reset user-started", "dfu", "dfu"},
                {11000, "factory-copied reset reset user-started", "dfu", "user-started"}};
    for (unsigned g = 0; g < TEST_GENERATIONS; g++)
        for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
            g_autofree uint8_t *flash = device_new(&test_generations[g]);
            struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
            facts.setup_held_ms = rows[i].held_ms;
            g_test_message("generation %u, %u ms", g, rows[i].held_ms);
            forecast_free(expect(flash, &facts, rows[i].factory));
            device_at(flash, 0x080E0000)[500] ^= 1;
            forecast_free(expect(flash, &facts, g == OLD ? rows[i].no_factory_old : rows[i].no_factory));
        }
}

static void test_requests(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
        facts.request = 0xEDFA;
        expect_only(flash, &facts, "dfu", 0, 0);
        facts.request = 0x5AFE;
        expect_only(flash, &facts, "user-skipped", 0, 0);
        for (unsigned retry = 1; retry <= 4; retry++) { /* the chain after watchdog resets */
            facts.request = (uint16_t)retry;
            facts.watchdog_reset = true;
            forecast_free(expect(flash, &facts,
                                 retry == 2   ? "factory-copied reset reset user-started"
                                 : retry == 3 ? "dfu"
                                              : "user-started"));
        }
        facts = VERDICT_FACTS_DEFAULT;
        (g == OLD ? &facts.dct : &facts.backup)->factory_reset = 0xAAAA;
        expect_only(flash, &facts, "factory-copied reset reset user-started", 2, SECTOR_9);
        memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
        expect_only(flash, &facts, "factory-refused reset user-started", 1, 0);
    }
}

/* ---- damaged parts ---- */

static void test_part1(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        memset(device_at(flash, 0x08020000), 0xFF, 0x20000);
        struct forecast *f = forecast_new(flash, NULL);
        g_assert_cmpint(f->end, ==, FORECAST_LOOP); /* sector 9 again and again */
        g_assert_cmphex(f->sectors, ==, SECTOR_9);
        g_assert_false(f->user_ran);
        forecast_free(f);
        memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
        expect_only(flash, NULL, "factory-refused dfu", 0, 0);
        g_autofree uint8_t *part2 = device_new(&test_generations[g]);
        memset(device_at(part2, 0x08060000), 0xFF, 0x20000);
        expect_only(part2, NULL, "crash", 0, 0);
        struct verdict_facts held = VERDICT_FACTS_DEFAULT;
        held.setup_held_ms = 3300;
        expect_only(part2, &held, "dfu", 0, 0);
        memset(part2, 0xFF, 0x4000);
        expect_only(part2, &held, "crash", 0, 0);
    }
}

/* 0.5.2 carries its bootloader and puts it over an older one. */
static void test_bootloader_inside(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[OLD]);
    struct fixture part = FIXTURE_PART(2), boot = FIXTURE_BOOTLOADER;
    part.length = 6000;
    part.version = 17;
    boot.version = 7;
    g_autoptr(GByteArray) inner = fixture_image(&boot);
    g_autoptr(GByteArray) outer = fixture_image(&part);
    memcpy(outer->data + 2000, inner->data, inner->len);
    fixture_sign(&part, outer);
    memcpy(device_at(flash, 0x08060000), outer->data, outer->len);
    expect_only(flash, NULL, "user-started", 0, 0);
    device_put_bootloader(flash, 5);
    struct forecast *f = expect(flash, NULL, "bootloader-copied reset user-started");
    g_assert_cmphex(f->sectors, ==, 1);
    g_assert_cmpuint(f->verdicts->bootloader.version, ==, 7);
    forecast_free(f);
    device_put_bootloader(flash, 501);
    expect_only(flash, NULL, "user-started", 0, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/forecast/plain", test_plain);
    g_test_add_func("/forecast/always-tinker", test_always_tinker);
    g_test_add_func("/forecast/flags-elsewhere", test_flags_elsewhere);
    g_test_add_func("/forecast/slots", test_slots);
    g_test_add_func("/forecast/slot-of-part", test_slot_of_part);
    g_test_add_func("/forecast/update-flag", test_update_flag);
    g_test_add_func("/forecast/button", test_button);
    g_test_add_func("/forecast/requests", test_requests);
    g_test_add_func("/forecast/part1", test_part1);
    g_test_add_func("/forecast/bootloader-inside", test_bootloader_inside);
    return g_test_run();
}
