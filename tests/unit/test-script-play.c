/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * emu/script/play: what stories may say and what becomes of it. In one process, so that sanitizers see it all; the verbs that
 * need a running device are tried with a bootloader of our own, of four instructions, in a set that is made here.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "emu/script/play.h"
#include "images/module.h"
#include "images/set.h"
#include "tests/unit/module-fixture.h"

static char *folder;

#define HEADER "story{name='n', question='q', cause='c', cure='r', led='l', sets={'test'}}\n"

static char *write_story(const char *text)
{
    char *path = g_build_filename(folder, "story.lua", NULL);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

static void refuse(const char *text, const char *expected)
{
    g_autofree char *path = write_story(text);
    g_autoptr(GError) error = NULL;
    struct story_file *story = story_file_load(path, &error);
    g_assert_null(story);
    g_assert_nonnull(error);
    if (strstr(error->message, expected) == NULL)
        g_error("no '%s' in: %s", expected, error->message);
    g_assert_nonnull(strstr(error->message, "story.lua"));
}

static struct play_result play(const char *body)
{
    g_autofree char *text = g_strconcat(HEADER "scenario('one', function(set)\n", body, "\nend)\n", NULL);
    g_autofree char *path = write_story(text);
    g_autoptr(GError) error = NULL;
    struct story_file *story = story_file_load(path, &error);
    g_assert_no_error(error);
    const struct play_options options = {0};
    struct prepared *prepared = prepared_new(NULL, NULL);
    struct play_result result = play_scenario(story, 0, "test", &options, prepared);
    prepared_free(prepared);
    story_file_free(story);
    return result;
}

static void expect_verdict(const char *body, enum verdict verdict, const char *message)
{
    struct play_result result = play(body);
    if (result.verdict != verdict || (message != NULL && strstr(result.message, message) == NULL))
        g_error("%s\nends with verdict %d: %s", body, result.verdict, result.message != NULL ? result.message : "(no message)");
    if (verdict != VERDICT_PASSED)
        g_assert_nonnull(strstr(result.message, "story.lua"));
    play_result_clear(&result);
}

static void passes(const char *body)
{
    expect_verdict(body, VERDICT_PASSED, NULL);
}

static void fails(const char *body, const char *message)
{
    expect_verdict(body, VERDICT_FAILED, message);
}

static void is_wrong(const char *body, const char *message)
{
    expect_verdict(body, VERDICT_ERROR, message);
}

/* ---- files ---- */

static void test_headers(void)
{
    refuse("", "empty");
    refuse("x = 1", "no header");
    refuse("story{name='n'}", "lacks question");
    refuse(HEADER, "no scenario");
    refuse(HEADER HEADER, "one header");
    refuse("scenario('one', function() end)", "header story{} comes before");
    refuse("story{name='n', question='q', cause='c', cure='r', led='l', sets={}}", "list of image sets");
    refuse("story{name='n', question='q', cause='c', cure='r', led='l', sets={1}}", "list of image sets");
    refuse("story{name='n', question='q', cause='c', cure='r', led='l', sets={'a'}, colour='red'}", "no option \"colour\"");
    refuse("story{name='n', question='q', cause='c', cure='r', led='l', sets={'a'}, board='core'}", "no board \"core\"");
    refuse("story{name='n', question='q', cause='c', cure='r', led='l', sets={'a'}, limit='1'}", "limit must be a text");
    refuse(HEADER "scenario('a', function() end)\nscenario('a', function() end)", "already");
    refuse(HEADER "scenario('a*', function() end)", "without * ?");
    refuse(HEADER "scenario('a', {sets={'b'}}, function() end)", "not among those");
    refuse(HEADER "scenario('a', 5)", "needs a function");
    refuse(HEADER "device{}", "in the function of a scenario only");
    refuse(HEADER "if", "story.lua:2:");
    refuse(HEADER "\x1bLua", "story.lua");
    refuse(HEADER "while true do end", "200 million instructions");
}

static void test_no_such_set(void)
{
    g_autofree char *path = write_story("story{name='n', question='q', cause='c', cure='r', led='l', sets={'nowhere'}}\n"
                                        "scenario('one', function() error('never') end)");
    struct story_file *story = story_file_load(path, NULL);
    g_assert_nonnull(story);
    const struct play_options options = {0};
    struct play_result result = play_scenario(story, 0, "nowhere", &options, NULL);
    g_assert_cmpint(result.verdict, ==, VERDICT_SKIPPED);
    g_assert_nonnull(strstr(result.message, "nowhere"));
    play_result_clear(&result);
    story_file_free(story);
}

/* ---- the sandbox ---- */

static void test_sandbox(void)
{
    static const char *const gone[] = {"io",       "os",           "package",      "debug",  "coroutine",      "require",
                                       "load",     "loadstring",   "dofile",       "pcall",  "xpcall",         "collectgarbage",
                                       "rawget",   "setmetatable", "getmetatable", "next",   "string.dump",    "table.move",
                                       "loadfile", "_G",           "_ENV._G",      "rawset", "math.randomseed"};
    for (unsigned i = 0; i < G_N_ELEMENTS(gone); i++) {
        g_autofree char *body = g_strdup_printf("expect_equal(%s, nil, '%s')", gone[i], gone[i]);
        passes(body);
    }
    passes("local t = {b = 1, a = 2, [3] = 'x', [1] = 'y', [true] = 'z'}\n"
           "local keys = {}\n"
           "for k in pairs(t) do keys[#keys + 1] = tostring(k) end\n"
           "expect_equal(table.concat(keys, ' '), '1 3 a b true')");
    is_wrong("for k in pairs{[{}] = 1} do end", "keys are numbers");
    passes("expect_equal(('ab'):rep(3, '-'), 'ab-ab-ab')");
    passes("expect_equal(string.rep('x', -1), '')");
    is_wrong("local x = ''; x:rep(1 << 50)", "16 MB");
    is_wrong("local x = ('x'):rep(1 << 25)", "16 MB");
}

/* Drawn anew for each scenario, and alike. */
static void test_random(void)
{
    struct play_result a = play("print(math.random(1 << 40), math.random())"),
                       b = play("print(math.random(1 << 40), math.random())");
    g_assert_nonnull(a.output);
    g_assert_cmpstr(a.output, ==, b.output);
    play_result_clear(&a);
    play_result_clear(&b);
}

static void test_limits(void)
{
    is_wrong("while true do end", "200 million instructions");
    is_wrong("local function f() return f() end f()", "200 million instructions");
    is_wrong("local function f() return 1 + f() end f()", "64 MB"); /* of stack */
    is_wrong("local t = {} while true do t[#t + 1] = ('x'):rep(100000) .. #t end", "64 MB");
    is_wrong("table.sort({1, 2, 3, 4, 5, 6, 7, 8, 9}, function() while true do end end)", "200 million instructions");
    is_wrong("error({})", "no text");
    is_wrong("error('by hand')", "by hand");
    is_wrong("nowhere()", "story.lua:3:");
    is_wrong("local function helper() fail() end\nhelper()", "bad argument");
    fails("local function helper() fail('no') end\nhelper()", "called from");
}

/* ---- comparing ---- */

static void test_equal(void)
{
    passes("expect_equal({a = {1, 2}, b = 'x'}, {b = 'x', a = {1, 2}})");
    fails("expect_equal({a = {1, 2}}, {a = {1, 3}})", "{a = {1, 2}}, and not {a = {1, 3}}");
    fails("expect_equal({a = 1, b = 2}, {a = 1})", "{a = 1, b = 2}");
    fails("expect_equal({a = 1}, {a = 1, b = 2})", "and not {a = 1, b = 2}");
    fails("expect_equal('a\\0\"', 1, 'it')", "it is \"a\\x00\\x22\", and not 1");
    fails("expect_equal(nil, false)", "nil, and not false");
    is_wrong("local a, b = {}, {} a[1], b[1] = a, b expect_equal(a, b)", "8 deep");
}

/* ---- devices ---- */

static void test_arguments(void)
{
    is_wrong("run('1s')", "make one with device{}");
    is_wrong("device{bootlader = 1}", "no option \"bootlader\"");
    is_wrong("device{wifi_absent = true, wifi = {ssid = 'home'}}", "needs a radio");
    is_wrong("device{} run('1s')", "has no power");
    is_wrong("device{} power(true) flash_write(0x08000000, 'x')", "has no power only");
    is_wrong("device{} flash_write(0x080FFFFF, 'xy')", "beyond the flash");
    is_wrong("device{} flash_write(0x20000000, 'xy')", "an address in flash must be");
    is_wrong("device{} power(false)", "off already");
    is_wrong("device{} power(true) run(1)", "such as \"3.2s\", not number");
    is_wrong("device{} power(true) run('3')", "not 3");
    is_wrong("device{} power(true) run('1e9h')", "not 1e9h");
    is_wrong("device{} power(true) press('start')", "\"setup\" or \"reset\"");
    is_wrong("device{} power(true) input('D0', 'middle')", "low, high or float");
    is_wrong("device{} power(true) expect('led=blinking purple')", "blinking purple");
    is_wrong("device{} power(true) expect('reset', {withn = '1s'})", "no option \"withn\"");
    is_wrong("device{} expect_erased(12)", "from 0 to 11");
    is_wrong("device{} power(true) power_cut{pattern = 'new'}", "old, blank, seeded");
    is_wrong("device{} fork(function() device{} end)", "in a fork");
    is_wrong("scenario('two', function() end)", "inside another");
    is_wrong("extra('../user')", "must not");
    is_wrong("extra('nowhere')", "nowhere.bin");
    is_wrong("device{user = 'some'}", "must be an image");
    is_wrong("device{user = {name = 'x', bytes = ('x'):rep(200000)}}", "room for");
    is_wrong("device{dct = {nothing = 1}}", "no field \"nothing\"");
    is_wrong("device{backup = {[20] = 1}}", "from 0 to 19");
    is_wrong("device{wifi = 5}", "wifi must be");
    is_wrong("device{inputs = {D99 = 'high'}}", "pins of the board");
    is_wrong("device{board = 'core'}", "no board");
    is_wrong("edit(set_image('bootloader'), {damage = 'all'})", "damage must be one of crc");
    is_wrong("device{} backup_set(20, 1)", "from 0 to 19");
    is_wrong("device{} power(true) power(false) backup_set(1, 1)", "vbat");
    expect_verdict("app('blink')", VERDICT_SKIPPED, "--apps");
    expect_verdict("skip('not today')", VERDICT_SKIPPED, "not today");
    expect_verdict("device{set = 'nowhere'}", VERDICT_SKIPPED, "nowhere");
}

static void test_memory(void)
{
    passes("device{only = 'bootloader'}\n"
           "expect_equal(module('user'), nil)\n"
           "expect_module('bootloader', {check = 'good', version = 501})\n"
           "flash_write(0x080A0000, 'hello')\n"
           "expect_equal(flash(0x080A0000, 6), 'hello\\xFF')\n"
           "fork(function() flash_erase(9) expect_equal(flash(0x080A0000, 1), '\\xFF') end)\n"
           "power(true)\n"
           "expect_equal(flash(0x080A0000, 5), 'hello')\n"
           "expect_equal(peek(0x080A0000, 1), 0x68)\n"
           "expect_equal(peek(0x70000000), nil)\n"
           "power(false) power(true)\n"
           "expect_equal(flash(0x080A0000, 5), 'hello')");
    passes("device{vbat = true, backup = {[1] = 0xEDFA}}\n"
           "power(true) expect_equal(backup(1), 0xEDFA)\n"
           "power(false) backup_set(2, 7) power(true)\n"
           "expect_equal(backup(1), 0xEDFA) expect_equal(backup(2), 7)");
    passes("device{backup = {[1] = 0xEDFA}} power(true) power(false) power(true) expect_equal(backup(1), 0)");
    passes("device{dct = {factory_reset = 0xAAAA}} expect_equal(dct('factory-reset'), 0xAAAA)\n"
           "dct_set('factory_reset', 0xFFFF) expect_equal(dct('factory_reset'), 0xFFFF)");
    passes("local good = set_image('bootloader')\n"
           "local bad = edit(good, {damage = 'crc'})\n"
           "expect_equal(info(good).check, 'good') expect_equal(info(bad).check, 'wrong CRC')\n"
           "expect_equal(info(edit(good, {version = 9})).version, 9)");
    fails("device{} expect_module('user', {version = 1})", "none (the area is erased)");
    fails("device{} expect_module('bootloader', 'none')", "module at bootloader is {");
    fails("device{} expect_module('bootloader', {version = 1})", "module at bootloader is {check = ");
}

/* Our bootloader sleeps for ever. */
static void test_time(void)
{
    passes("device{} power(true) run('1s') expect_equal(time(), 1.0)");
    passes(
        "device{} power(true) expect_led('off', {within = '1s'}) local t = time() expect_led('off') expect_equal(time(), t)");
    passes("device{} power(true) run('1s') fork(function() run('2s') expect_equal(time(), 3.0) end) expect_equal(time(), 1.0)");
    passes("device{} power(true) expect_equal(run_until('led=solid red', {within = '2s'}), false)");
    fails("device{} power(true) expect_led('solid red', {within = '2s'})",
          "led=solid red did not come about within 2 s, by 2.000 s");
    fails("device{} power(true) run('1s') expect_never('led=off', '1s')", "led=off came about at 1.000 s, which must never be");
    fails("device{} power(true) expect_never('reset', function() reset() run('1s') end)", "reset came about");
    passes("device{} power(true) expect_never('reset', '1s') reset() run('1s') expect_resets(0)");
    fails("device{} power(true) hold('reset', '1s') expect_resets(0)", "1 resets");
    passes("device{} power(true) hold('reset', '1s') run('1ms') expect_resets(1) expect_equal(resets(), 'pin') "
           "expect_equal(count('reset'), 1)");
    fails("device{} power(true) expect_resets(2, {within = '1s'})", "0 resets by 1.000 s, and not 2");
    fails("device{} power(true) expect_erased(9, {within = '1s'})", "flash-erase=9 did not come about");
    fails("device{} power(true) expect_erased(9)", "sector 9 was not erased");
    passes("device{} power(true) run('1s') expect_not_erased() expect_equal(erases(), '')");
    fails("device{} power(true) power_cut{within = '1s'}", "no such flash operation");
    is_wrong("device{} power(true) run('601s')", "used up its 600 s");
    is_wrong("device{} power(true) for i = 1, 100 do fork(function() run('100s') end) end", "used up its 600 s");
    passes("device{booted = 'led=off', within = '2s'} expect_equal(led(), 'off') expect_equal(#events(), 0)");
    fails("device{booted = 'led=solid red', within = '2s'}", "did not come to led=solid red");
    passes("device{} power(true) run('1s') expect_pin('D7', 'float') expect_equal(pin('D7'), nil)");
    fails("device{} power(true) expect_pin('D7', 'high', {within = '1s'})", "pin.pin=PA13");
}

static void test_details(void)
{
    struct play_result result = play("device{} power(true) run('1500ms') print('here', 1) fail('because')");
    g_assert_cmpint(result.verdict, ==, VERDICT_FAILED);
    g_assert_nonnull(strstr(result.details, "Virtual time: 1.500 s"));
    g_assert_nonnull(strstr(result.details, "The LED: off"));
    g_assert_nonnull(strstr(result.details, "power     on"));
    g_assert_cmpstr(result.output, ==, "here\t1\n");
    g_assert_cmpuint(result.time, >=, 1500 * TICKS_PER_MS);
    play_result_clear(&result);
}

/* ---- the set ---- */

static void write_part(const char *name, GByteArray *image)
{
    g_autofree char *path = g_build_filename(folder, "test", name, NULL);
    g_assert_true(g_file_set_contents(path, (const char *)image->data, (gssize)image->len, NULL));
    g_byte_array_unref(image);
}

static void make_set(void)
{
    static const uint8_t program[] = {0x30, 0xBF, 0xFD, 0xE7}; /* wfi, and back to it */
    g_autofree char *set = g_build_filename(folder, "test", NULL);
    g_assert_cmpint(g_mkdir(set, 0777), ==, 0);
    struct fixture bootloader = FIXTURE_BOOTLOADER, part1 = FIXTURE_PART(1), part2 = FIXTURE_PART(2);
    GByteArray *image = fixture_image(&bootloader);
    memcpy(image->data + 0x200, program, sizeof program); /* where its reset vector leads */
    fixture_sign(&bootloader, image);
    write_part("bootloader.bin", image);
    write_part("system-part1.bin", fixture_image(&part1));
    write_part("system-part2.bin", fixture_image(&part2));
}

static void remove_set(void)
{
    static const char *const files[] = {
        "test/bootloader.bin", "test/system-part1.bin", "test/system-part2.bin", "test", "story.lua", ""};
    for (unsigned i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_free(folder);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("test-script-XXXXXX", NULL);
    g_setenv("PHOTON_EMU_SETS", folder, TRUE);
    make_set();
    g_test_add_func("/script/play/headers", test_headers);
    g_test_add_func("/script/play/no-such-set", test_no_such_set);
    g_test_add_func("/script/play/sandbox", test_sandbox);
    g_test_add_func("/script/play/random", test_random);
    g_test_add_func("/script/play/limits", test_limits);
    g_test_add_func("/script/play/equal", test_equal);
    g_test_add_func("/script/play/arguments", test_arguments);
    g_test_add_func("/script/play/memory", test_memory);
    g_test_add_func("/script/play/time", test_time);
    g_test_add_func("/script/play/details", test_details);
    int status = g_test_run();
    remove_set();
    return status;
}
