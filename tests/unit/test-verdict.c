/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/verdict-device.h"

#define assert_says(TEXT, PART)                                                                                                \
    do {                                                                                                                       \
        if ((TEXT) == NULL || strstr((TEXT), (PART)) == NULL)                                                                  \
            g_error("%s:%d: no '%s' in: %s", __FILE__, __LINE__, (PART), (TEXT));                                              \
    } while (0)

/* Every sentence is one. */
static void check_texts(const struct verdicts *v)
{
    for (unsigned i = 0; i < PLACES; i++) {
        const char *texts[] = {v->place[i].cause, v->place[i].effect, v->place[i].cure};
        for (unsigned t = 0; t < 3; t++) {
            if (t < 2)
                g_assert_nonnull(texts[t]);
            if (texts[t] == NULL)
                continue;
            g_assert_true(g_str_has_suffix(texts[t], ".") || g_str_has_suffix(texts[t], ")."));
            g_assert_true(g_ascii_isupper(texts[t][0]));
            g_assert_null(strstr(texts[t], "  "));
            g_assert_null(strstr(texts[t], ".."));
        }
        g_test_message("%u: %s, %s: %s | %s | %s", i, module_outcome_name(v->place[i].outcome),
                       module_reason_name(v->place[i].reason), v->place[i].cause, v->place[i].effect, v->place[i].cure);
    }
}

static struct verdicts *judge(const uint8_t *flash, const struct verdict_facts *facts)
{
    struct verdicts *v = verdicts_new(flash, facts);
    check_texts(v);
    return v;
}

/* The verdict on one place, and whether the user module runs. */
static void expect(const uint8_t *flash, enum module_place place, enum module_outcome outcome, enum module_reason reason,
                   bool user_runs)
{
    struct verdicts *v = judge(flash, NULL);
    g_assert_cmpstr(module_outcome_name(v->place[place].outcome), ==, module_outcome_name(outcome));
    g_assert_cmpstr(module_reason_name(v->place[place].reason), ==, module_reason_name(reason));
    g_assert_cmpint(v->user_runs, ==, user_runs);
    verdicts_free(v);
}

/* ---- good devices ---- */

static void test_good(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct verdicts *v = judge(flash, NULL);
        for (unsigned i = PLACE_BOOTLOADER; i <= PLACE_USER; i++) {
            g_assert_cmpint(v->place[i].outcome, ==, OUTCOME_RUNS);
            g_assert_cmpint(v->place[i].reason, ==, REASON_GOOD);
            g_assert_null(v->place[i].cure);
        }
        g_assert_cmpint(v->place[PLACE_FACTORY].outcome, ==, OUTCOME_AVAILABLE);
        g_assert_true(v->system_starts && v->user_runs && v->factory_by_button && v->dct_usable);
        g_assert_false(v->factory_by_itself);
        g_assert_cmpuint(v->system.version, ==, test_generations[g].system);
        g_assert_cmpuint(v->bootloader.version, ==, test_generations[g].bootloader);
        verdicts_free(v);
    }
}

/* ---- the user module ---- */

static void test_user_dependency(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        uint16_t installed = test_generations[g].system;
        for (int over = 0; over <= 1; over++) {
            g_autofree uint8_t *flash = device_new(&test_generations[g]);
            struct fixture app = FIXTURE_USER;
            app.needs_version = (uint16_t)(installed + over);
            device_put_user(flash, &app);
            expect(flash, PLACE_USER, over ? OUTCOME_SKIPPED : OUTCOME_RUNS, over ? REASON_DEPENDENCY : REASON_GOOD, !over);
        }
    }
    g_autofree uint8_t *flash = device_new(&test_generations[OLD]);
    struct fixture app = FIXTURE_USER;
    device_put_user(flash, &app);
    struct verdicts *v = judge(flash, NULL);
    assert_says(v->place[PLACE_USER].cause, "has a good CRC but needs system part 2 version 108; version 17 is installed.");
    assert_says(v->place[PLACE_USER].effect, "The system skips it (safe mode).");
    g_assert_cmpstr(v->place[PLACE_USER].cure, ==, "Flash system 0.6.2 or newer, or build the app for 0.5.2.");
    g_assert_cmpuint(v->place[PLACE_USER].dependency[0].present, ==, 17);
    g_assert_false(v->place[PLACE_USER].dependency[0].met);
    verdicts_free(v);
}

/* Of an app without a first dependency nobody looks at the second. */
static void test_user_second_dependency(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++)
        for (unsigned first = 0; first <= 1; first++) {
            g_autofree uint8_t *flash = device_new(&test_generations[g]);
            struct fixture app = FIXTURE_USER;
            app.needs_version = 1;
            if (first == 0)
                app.needs_function = 0;
            g_autoptr(GByteArray) image = fixture_image(&app);
            image->data[20] = MODULE_BOOTLOADER;
            fixture_u16(image->data + 22, 60000);
            fixture_sign(&app, image);
            memcpy(device_at(flash, 0x080A0000), image->data, image->len);
            bool looked_at = first != 0 && g != OLD;
            expect(flash, PLACE_USER, looked_at ? OUTCOME_SKIPPED : OUTCOME_RUNS, looked_at ? REASON_DEPENDENCY2 : REASON_GOOD,
                   !looked_at);
        }
}

/* Versions are read where a module of that kind has its place, whatever lies there. */
static void test_user_odd_dependency(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        struct fixture app = FIXTURE_USER;
        app.needs_function = MODULE_BOOTLOADER;
        app.needs_index = 0;
        app.needs_version = test_generations[g].bootloader;
        device_put_user(flash, &app);
        expect(flash, PLACE_USER, OUTCOME_RUNS, REASON_GOOD, true);
        app.needs_version++;
        device_put_user(flash, &app);
        expect(flash, PLACE_USER, OUTCOME_SKIPPED, REASON_DEPENDENCY, false);
        /* of a module that has no place here, an older system takes what the reset vector points to */
        app.needs_function = MODULE_RADIO;
        app.needs_version = 1;
        device_put_user(flash, &app);
        uint32_t header = 0x201;
        fixture_u32(device_at(flash, 0x08000000 + header), 0);
        fixture_u16(device_at(flash, 0x08000000 + header + 10), 1);
        if (g != OLD) { /* the bootloader's CRC counts */
            g_autoptr(GByteArray) boot = g_byte_array_new();
            struct fixture f = FIXTURE_BOOTLOADER;
            g_byte_array_append(boot, flash, f.length + 4);
            fixture_sign(&f, boot);
            memcpy(flash, boot->data, boot->len);
        }
        expect(flash, PLACE_USER, g == NEW ? OUTCOME_SKIPPED : OUTCOME_RUNS, g == NEW ? REASON_DEPENDENCY : REASON_GOOD,
               g != NEW);
    }
}

static void test_user_damaged(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        device_at(flash, 0x080A0000)[600] ^= 1;
        expect(flash, PLACE_USER, OUTCOME_SKIPPED, REASON_WRONG_CRC, false);
        /* the header's end: beyond flash it is no valid header; up to it the system reads on into nothing */
        fixture_u32(device_at(flash, 0x080A0004), 0x08100001);
        expect(flash, PLACE_USER, OUTCOME_REPLACED, REASON_WRONG_END, false);
        fixture_u32(device_at(flash, 0x080A0004), 0x08100000);
        expect(flash, PLACE_USER, OUTCOME_CRASHES, REASON_WRONG_END, false);
        fixture_u32(device_at(flash, 0x080A0004), 0x08000000);
        expect(flash, PLACE_USER, OUTCOME_CRASHES, REASON_WRONG_END, false);
        fixture_u32(device_at(flash, 0x080A0004), 0x080A0000);
        expect(flash, PLACE_USER, OUTCOME_SKIPPED, REASON_WRONG_CRC, false);
    }
}

/* Without a valid header there the factory image's decides. */
static void test_always_tinker(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        static const struct {
            enum module_reason reason;
            uint32_t start;
            uint16_t platform;
        } kinds[] = {{REASON_ERASED, 0, 0}, {REASON_WRONG_PLATFORM, 0x080A0000, 8}, {REASON_WRONG_START, 0x08080000, 6}};
        for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++) {
            g_autofree uint8_t *flash = device_new(&test_generations[g]);
            memset(device_at(flash, 0x080A0000), 0xFF, 0x20000);
            struct fixture app = FIXTURE_USER;
            app.start = kinds[k].start;
            app.platform = kinds[k].platform;
            if (kinds[k].start != 0)
                device_put_user(flash, &app);
            struct verdicts *v = judge(flash, NULL);
            g_assert_true(v->factory_by_itself);
            verdicts_free(v);
            expect(flash, PLACE_USER, OUTCOME_REPLACED, kinds[k].reason, false);
            device_at(flash, 0x080E0000)[600] ^= 1; /* its header is good, its CRC is not: for ever */
            expect(flash, PLACE_USER, OUTCOME_LOOPS, kinds[k].reason, false);
            expect(flash, PLACE_FACTORY, OUTCOME_REFUSED, REASON_WRONG_CRC, false);
            device_at(flash, 0x080E0000)[12] = 8;
            expect(flash, PLACE_USER, OUTCOME_SKIPPED, kinds[k].reason, false);
            memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
            expect(flash, PLACE_USER, OUTCOME_SKIPPED, kinds[k].reason, false);
            expect(flash, PLACE_FACTORY, OUTCOME_UNUSED, REASON_ERASED, false);
        }
    }
}

static void test_core(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[MIDDLE]);
    struct fixture core = {.start = 0x08005000, .length = 4000, .version = 207, .function = 3, .header = 0x10C};
    g_autoptr(GByteArray) image = fixture_image(&core);
    fixture_u32(image->data, 0x20005000);
    fixture_sign(&core, image);
    memcpy(device_at(flash, 0x080A0000), image->data, image->len);
    expect(flash, PLACE_USER, OUTCOME_REPLACED, REASON_NO_HEADER, false);
    memcpy(device_at(flash, 0x080C0000), image->data, image->len);
    expect(flash, PLACE_OTA, OUTCOME_REFUSED, REASON_NO_HEADER, false);
    struct verdicts *v = judge(flash, NULL);
    assert_says(v->place[PLACE_USER].cause, "firmware for a Core");
    verdicts_free(v);
}

/* ---- StartupMode ---- */

static void test_startup_mode(void)
{
    static const struct {
        unsigned bootloader, system; /* generations */
        uint8_t dct, backup;
        bool runs;
    } rows[] = {{OLD, OLD, 0, 0xFF, true},     {OLD, OLD, 1, 0xFF, false},   {OLD, OLD, 2, 0xFF, false},
                {OLD, OLD, 0xFF, 0, false}, /* 0.5.2 takes what was never written for safe mode */
                {MIDDLE, OLD, 0xFF, 0, false}, {MIDDLE, OLD, 0, 1, true},    {MIDDLE, MIDDLE, 1, 0, true},
                {MIDDLE, MIDDLE, 0, 1, false}, {MIDDLE, MIDDLE, 0, 2, true}, {MIDDLE, MIDDLE, 0, 0xFF, true},
                {NEW, NEW, 1, 0, true},        {NEW, NEW, 0, 1, false}};
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *flash = device_new(&test_generations[rows[i].system]);
        device_put_bootloader(flash, test_generations[rows[i].bootloader].bootloader);
        struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
        facts.dct.startup_mode = rows[i].dct;
        facts.backup.startup_mode = rows[i].backup;
        struct verdicts *v = judge(flash, &facts);
        g_test_message("row %u", i);
        g_assert_cmpint(v->user_runs, ==, rows[i].runs);
        g_assert_cmpint(v->place[PLACE_USER].reason, ==, rows[i].runs ? REASON_GOOD : REASON_SAFE_MODE);
        verdicts_free(v);
    }
}

/* ---- bootloader and parts ---- */

static void test_bootloader(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        flash[1000] ^= 1; /* from 0.7.0 on the system looks */
        expect(flash, PLACE_BOOTLOADER, g == OLD ? OUTCOME_RUNS : OUTCOME_SKIPPED, REASON_WRONG_CRC, g == OLD);
        memset(flash, 0xFF, 0x4000);
        expect(flash, PLACE_BOOTLOADER, OUTCOME_CRASHES, REASON_ERASED, false);
        expect(flash, PLACE_USER, OUTCOME_CRASHES, REASON_NOT_REACHED, false);
    }
    /* too old for the system */
    g_autofree uint8_t *flash = device_new(&test_generations[MIDDLE]);
    device_put_bootloader(flash, 399);
    expect(flash, PLACE_SYSTEM_PART2, OUTCOME_SKIPPED, REASON_DEPENDENCY2, false);
    expect(flash, PLACE_USER, OUTCOME_SKIPPED, REASON_SYSTEM_BAD, false);
    struct verdicts *v = judge(flash, NULL);
    assert_says(v->place[PLACE_SYSTEM_PART2].cause, "needs bootloader version 400; version 399 is installed");
    assert_says(v->place[PLACE_USER].cure, "Flash the bootloader of release 1.3.1 or newer.");
    verdicts_free(v);
    device_put_bootloader(flash, 400);
    expect(flash, PLACE_USER, OUTCOME_RUNS, REASON_GOOD, true);
}

static void test_part1(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        const struct test_generation *t = &test_generations[g];
        g_autofree uint8_t *flash = device_new(t);
        device_at(flash, 0x08020000)[1000] ^= 1; /* nobody checks it before the jump */
        expect(flash, PLACE_SYSTEM_PART1, OUTCOME_RUNS, REASON_WRONG_CRC, true);
        memset(device_at(flash, 0x08020000), 0xFF, 0x20000);
        expect(flash, PLACE_SYSTEM_PART1, OUTCOME_LOOPS, REASON_ERASED, false);
        memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
        expect(flash, PLACE_SYSTEM_PART1, OUTCOME_DFU, REASON_ERASED, false);
        expect(flash, PLACE_USER, OUTCOME_DFU, REASON_NOT_REACHED, false);
        /* older than part 2 wants: the system of 0.5.2 does not look */
        device_put_part(flash, 1, t->system - 1, 0, 0);
        expect(flash, PLACE_SYSTEM_PART2, g == OLD ? OUTCOME_RUNS : OUTCOME_SKIPPED, REASON_DEPENDENCY, g == OLD);
    }
}

/* So much older that it lacks what part 2 calls: the system does not get to its checks. */
static void test_part1_too_old(void)
{
    static const struct {
        unsigned system;
        uint16_t part1;
        enum module_outcome outcome;
    } rows[] = {{MIDDLE, 17, OUTCOME_CRASHES},
                {MIDDLE, 1400, OUTCOME_SKIPPED},
                {NEW, 1502, OUTCOME_CRASHES},
                {NEW, 2008, OUTCOME_SKIPPED},
                {OLD, 11, OUTCOME_RUNS}};
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree uint8_t *flash = device_new(&test_generations[rows[i].system]);
        device_put_part(flash, 1, rows[i].part1, 0, 0);
        expect(flash, PLACE_SYSTEM_PART2, rows[i].outcome, REASON_DEPENDENCY, rows[i].system == OLD);
        struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
        facts.part1_code = 2302; /* the header lies */
        struct verdicts *v = judge(flash, &facts);
        g_assert_cmpint(v->place[PLACE_SYSTEM_PART2].outcome, ==, rows[i].system == OLD ? OUTCOME_RUNS : OUTCOME_SKIPPED);
        verdicts_free(v);
    }
}

static void test_holes(void)
{
    for (unsigned index = 1; index <= 2; index++) {
        enum module_place place = index == 1 ? PLACE_SYSTEM_PART1 : PLACE_SYSTEM_PART2;
        g_autofree uint8_t *flash = device_new(&test_generations[MIDDLE]);
        struct fixture f = FIXTURE_PART(index);
        f.length = 0x30000;
        if (index == 2) {
            f.needs_function = MODULE_SYSTEM_PART;
            f.needs_index = 1;
            f.needs_version = 1502;
        }
        device_put(flash, f.start, 0x40000, &f);
        expect(flash, place, OUTCOME_RUNS, REASON_GOOD, true);
        memset(device_at(flash, f.start + 0x20000), 0xFF, 0x20000);
        expect(flash, place, OUTCOME_CRASHES, REASON_HOLE, false);
        memset(device_at(flash, f.start), 0xFF, 0x20000);
        if (index == 2)
            expect(flash, place, OUTCOME_CRASHES, REASON_ERASED, false);
    }
}

static void test_part2_crc(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        g_autofree uint8_t *flash = device_new(&test_generations[g]);
        device_at(flash, 0x08060000)[1000] ^= 1;
        expect(flash, PLACE_SYSTEM_PART2, g == OLD ? OUTCOME_RUNS : OUTCOME_SKIPPED, REASON_WRONG_CRC, g == OLD);
    }
}

/* ---- the DCT ---- */

static void test_dct(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[OLD]);
    struct verdicts *v = judge(flash, NULL);
    g_assert_true(v->dct_usable); /* v7 has code of its own */
    verdicts_free(v);
    device_put_bootloader(flash, 501);
    v = judge(flash, NULL);
    g_assert_false(v->dct_usable);
    assert_says(v->dct_cause, "system part 2 has version 17, and version 200 is needed");
    verdicts_free(v);
    for (unsigned index = 1; index <= 2; index++) {
        g_autofree uint8_t *broken = device_new(&test_generations[MIDDLE]);
        device_at(broken, index == 1 ? 0x08020000 : 0x08060000)[1000] ^= 1;
        v = judge(broken, NULL);
        g_assert_false(v->dct_usable);
        assert_says(v->dct_cause, index == 1 ? "the CRC of system part 1 is wrong" : "the CRC of system part 2 is wrong");
        verdicts_free(v);
    }
    g_autofree uint8_t *mixed = device_new(&test_generations[MIDDLE]);
    device_put_part(mixed, 1, 1501, 0, 0);
    v = judge(mixed, NULL);
    g_assert_false(v->dct_usable);
    verdicts_free(v);
}

/* ---- updates ---- */

static void put_update(uint8_t *flash, const struct fixture *f)
{
    device_put(flash, 0x080C0000, 0x20000, f);
}

static void test_update(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        const struct test_generation *t = &test_generations[g];
        g_autofree uint8_t *flash = device_new(t);
        expect(flash, PLACE_OTA, OUTCOME_UNUSED, REASON_ERASED, true); /* with a factory image in it */
        memset(device_at(flash, 0x080E0000), 0xFF, 0x20000);
        expect(flash, PLACE_OTA, OUTCOME_UNUSED, REASON_ERASED, true);
        struct fixture app = FIXTURE_USER;
        app.needs_version = 60000; /* what an app needs does not count here */
        put_update(flash, &app);
        expect(flash, PLACE_OTA, OUTCOME_AVAILABLE, REASON_GOOD, true);
        struct verdicts *v = judge(flash, NULL);
        assert_says(v->place[PLACE_OTA].effect, "there the system skips it, for it needs system part 2 version 60000");
        verdicts_free(v);
        app.platform = 8;
        put_update(flash, &app);
        expect(flash, PLACE_OTA, OUTCOME_REFUSED, REASON_WRONG_PLATFORM, true);
        app.platform = 6;
        put_update(flash, &app);
        device_at(flash, 0x080C0000)[500] ^= 1;
        expect(flash, PLACE_OTA, OUTCOME_REFUSED, REASON_WRONG_CRC, true);
        app.start = 0x080C0000; /* its end is in no user module's place */
        put_update(flash, &app);
        expect(flash, PLACE_OTA, OUTCOME_REFUSED, REASON_WRONG_END, true);
    }
}

static void test_update_parts(void)
{
    for (unsigned g = 0; g < TEST_GENERATIONS; g++) {
        const struct test_generation *t = &test_generations[g];
        g_autofree uint8_t *flash = device_new(t);
        struct fixture part = FIXTURE_PART(2);
        part.version = (uint16_t)(t->system + 1);
        part.needs_function = 4;
        part.needs_index = 1;
        part.needs_version = (uint16_t)(t->system + 1);
        put_update(flash, &part);
        expect(flash, PLACE_OTA, OUTCOME_REFUSED, REASON_DEPENDENCY, true);
        part.needs_version = t->system;
        put_update(flash, &part);
        expect(flash, PLACE_OTA, OUTCOME_AVAILABLE, REASON_GOOD, true);
        /* part 1 older than the installed part 2 wants: from 0.6.0 on refused */
        struct fixture first = FIXTURE_PART(1);
        first.version = (uint16_t)(t->system - 1);
        put_update(flash, &first);
        expect(flash, PLACE_OTA, g == OLD ? OUTCOME_AVAILABLE : OUTCOME_REFUSED, g == OLD ? REASON_GOOD : REASON_BREAKS_OTHERS,
               true);
        first.version = t->system;
        put_update(flash, &first);
        expect(flash, PLACE_OTA, OUTCOME_AVAILABLE, REASON_GOOD, true);
    }
}

static void test_slot(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[MIDDLE]);
    struct fixture app = FIXTURE_USER;
    put_update(flash, &app);
    const struct module_slot good = {.magic = SLOT_PENDING,
                                     .source = 0x080C0000,
                                     .destination = 0x080A0000,
                                     .length = app.length + 4,
                                     .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                                     .function = 5};
    uint8_t bytes[MODULE_SLOT_SIZE], again[MODULE_SLOT_SIZE];
    module_slot_write(&good, bytes);
    struct module_slot slot = module_slot_read(bytes);
    module_slot_write(&slot, again);
    g_assert_cmpmem(bytes, sizeof bytes, again, sizeof again);
    g_assert_cmphex(slot.magic, ==, good.magic);
    g_assert_cmphex(slot.source, ==, good.source);
    g_assert_cmphex(slot.destination, ==, good.destination);
    g_assert_cmpuint(slot.length, ==, good.length);
    g_assert_cmphex(bytes[0], ==, 0xCD);
    g_assert_cmphex(bytes[16], ==, 0x0E);
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_GOOD);
    g_assert_cmpint(verdict_slot(flash, 8, &slot, NULL), ==, REASON_WRONG_PLATFORM);
    slot.length--;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_WRONG_END);
    slot = good;
    slot.destination = 0x080E0000;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_WRONG_START);
    slot.flags &= ~SLOT_CHECK_DESTINATION;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_GOOD);
    slot = good;
    slot.function = 4;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_WRONG_FUNCTION);
    slot = good;
    slot.source_device = 1;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_WRONG_END);
    slot = good;
    device_at(flash, 0x080C0000)[500] ^= 1;
    g_autofree char *text = NULL;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, &text), ==, REASON_WRONG_CRC);
    g_assert_cmpstr(text, ==, "The CRC of the image at 0x080C0000 is wrong.");
    slot.flags &= ~SLOT_CHECK_CRC;
    g_assert_cmpint(verdict_slot(flash, 6, &slot, NULL), ==, REASON_GOOD);
}

/* ---- versions ---- */

static void test_rules(void)
{
    g_assert_false(bootloader_rules(3).tests_factory_image);
    g_assert_true(bootloader_rules(4).tests_factory_image);
    g_assert_false(bootloader_rules(11).flags_in_backup);
    g_assert_true(bootloader_rules(100).flags_in_backup);
    g_assert_false(bootloader_rules(7).clears_slots_first);
    g_assert_true(bootloader_rules(501).clears_slots_first);
    g_assert_false(bootloader_rules(1006).clears_slots_first);
    g_assert_false(system_rules(110).checks_modules);
    g_assert_true(system_rules(200).checks_modules);
    g_assert_cmpstr(system_release(17), ==, "0.5.2");
    g_assert_cmpstr(system_release(108), ==, "0.6.2");
    g_assert_cmpstr(system_release(1502), ==, "1.5.0");
    g_assert_cmpstr(system_release(2302), ==, "2.3.1");
    g_assert_null(system_release(1503));
    g_assert_cmpstr(system_release_since(1503), ==, "1.5.1");
    g_assert_null(system_release_since(60000));
    g_assert_cmpstr(bootloader_release(7), ==, "0.4.9");
    g_assert_cmpstr(bootloader_release_since(1003), ==, "2.0.0");
    g_assert_cmpstr(system_release_since(1500), ==, "1.5.0"); /* a version of a release candidate */
    g_assert_cmpstr(bootloader_release_since(400), ==, "1.3.1");
    g_assert_cmpstr(bootloader_release_since(1050), ==, "3.1.0");
}

/* A header may lie about the code: then the caller tells the truth. */
static void test_told_code(void)
{
    g_autofree uint8_t *flash = device_new(&test_generations[OLD]);
    device_at(flash, 0x08060000)[1000] ^= 1;
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    facts.system_code = facts.part1_code = 1502;
    struct verdicts *v = judge(flash, &facts);
    g_assert_false(v->user_runs);
    g_assert_cmpint(v->place[PLACE_USER].reason, ==, REASON_SYSTEM_BAD);
    verdicts_free(v);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/verdict/good", test_good);
    g_test_add_func("/verdict/user-dependency", test_user_dependency);
    g_test_add_func("/verdict/user-second-dependency", test_user_second_dependency);
    g_test_add_func("/verdict/user-odd-dependency", test_user_odd_dependency);
    g_test_add_func("/verdict/user-damaged", test_user_damaged);
    g_test_add_func("/verdict/always-tinker", test_always_tinker);
    g_test_add_func("/verdict/core", test_core);
    g_test_add_func("/verdict/startup-mode", test_startup_mode);
    g_test_add_func("/verdict/bootloader", test_bootloader);
    g_test_add_func("/verdict/part1", test_part1);
    g_test_add_func("/verdict/part1-too-old", test_part1_too_old);
    g_test_add_func("/verdict/part2-crc", test_part2_crc);
    g_test_add_func("/verdict/holes", test_holes);
    g_test_add_func("/verdict/dct", test_dct);
    g_test_add_func("/verdict/update", test_update);
    g_test_add_func("/verdict/update-parts", test_update_parts);
    g_test_add_func("/verdict/slot", test_slot);
    g_test_add_func("/verdict/rules", test_rules);
    g_test_add_func("/verdict/told-code", test_told_code);
    return g_test_run();
}
