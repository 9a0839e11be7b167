/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SETUP held while a device starts: what the LED offers as time goes on, and what follows when the button is let go.
 *
 * docs/bootloaders.md is this table in words. The bootloaders measure the time in milliseconds (v7) or in steps of 10 ms (v501,
 * v1006); the LED then changes at its next toggle.
 */
#include <string.h>

#include "tests/images/bench.h"

enum { TOLERANCE_MS = 10, FACTORY = 0x080E0000, FACTORY_SIZE = 0x20000 };

enum factory_image { GOOD, NONE, WRONG_CRC, FACTORY_IMAGES };

static const char *const factory_names[] = {[GOOD] = "factory", [NONE] = "no-factory", [WRONG_CRC] = "bad-factory"};

/* What the LED shows while the button is held: the first flash of each colour, and for how long it is lit and dark in turns. */
struct colour {
    unsigned lamps, first_ms, half_ms;
};

static const struct colour v7_colours[] = {
    {LAMP_MAGENTA, 1002, 101}, {LAMP_YELLOW, 3022, 101}, {LAMP_GREEN, 6658, 101}, {LAMP_WHITE, 10092, 101}, {0, 0, 0}};
/* It does not wait for the button: DFU mode for good. */
static const struct colour v7_colours_none[] = {{LAMP_MAGENTA, 1002, 101}, {LAMP_YELLOW, 3022, 101}, {0, 0, 0}};
static const struct colour v501_colours[] = {
    {LAMP_MAGENTA, 1002, 101}, {LAMP_YELLOW, 3022, 101}, {LAMP_GREEN, 6608, 51}, {LAMP_WHITE, 10076, 51}, {0, 0, 0}};
static const struct colour v501_colours_none[] = {
    {LAMP_MAGENTA, 1002, 101}, {LAMP_YELLOW, 3022, 101}, {LAMP_WHITE, 10092, 51}, {0, 0, 0}};

static const struct colour *colours_of(const struct generation *g, enum factory_image factory)
{
    if (g->bootloader == 7)
        return factory == GOOD ? v7_colours : v7_colours_none;
    return factory == GOOD ? v501_colours : v501_colours_none; /* v1006 does the same */
}

/* ---- what happens when it is let go ---- */

enum outcome { NORMAL, SAFE_MODE, DFU, FACTORY_RESET, FACTORY_RESET_AND_CLEAR, CLEAR };

static const char *const outcome_names[] = {[NORMAL] = "normal boot",
                                            [SAFE_MODE] = "safe mode",
                                            [DFU] = "DFU",
                                            [FACTORY_RESET] = "factory reset",
                                            [FACTORY_RESET_AND_CLEAR] = "factory reset, Wi-Fi cleared",
                                            [CLEAR] = "normal boot, Wi-Fi cleared"};

/* Let go after so many milliseconds: the middle of each band, and both sides of its ends. A step of 10 ms and the debouncing
   lie between the sides. */
static const struct {
    unsigned held_ms;
    enum outcome v7, v7_none, later, later_none;
} releases[] = {
    {500, NORMAL, NORMAL, NORMAL, NORMAL},
    {995, NORMAL, NORMAL, NORMAL, NORMAL},
    {1015, SAFE_MODE, SAFE_MODE, SAFE_MODE, SAFE_MODE},
    {2000, SAFE_MODE, SAFE_MODE, SAFE_MODE, SAFE_MODE},
    {2995, SAFE_MODE, SAFE_MODE, SAFE_MODE, SAFE_MODE},
    {3015, DFU, DFU, DFU, DFU},
    {5000, DFU, DFU, DFU, DFU},
    {6495, DFU, DFU, DFU, DFU},
    {6515, FACTORY_RESET, DFU, FACTORY_RESET, DFU},
    {8000, FACTORY_RESET, DFU, FACTORY_RESET, DFU},
    {9995, FACTORY_RESET, DFU, FACTORY_RESET, DFU},
    {10015, FACTORY_RESET_AND_CLEAR, DFU, FACTORY_RESET_AND_CLEAR, CLEAR},
    {11000, FACTORY_RESET_AND_CLEAR, DFU, FACTORY_RESET_AND_CLEAR, CLEAR},
};

static enum outcome expected(const struct generation *g, enum factory_image factory, size_t release)
{
    if (g->bootloader == 7)
        return factory == GOOD ? releases[release].v7 : releases[release].v7_none;
    return factory == GOOD ? releases[release].later : releases[release].later_none;
}

/* The flags that bootloader and system leave each other: in the DCT for v7 and 0.5.2, later in the backup registers. */
struct flags {
    uint16_t clear_wifi;
    uint8_t startup_mode, factory_reset_done;
};

static struct flags flags_of(struct bench *b)
{
    struct flags f;
    if (b->generation->bootloader == 7) {
        uint8_t record[32];
        g_assert_true(bench_dct(b, 0, record, sizeof record));
        f.clear_wifi = (uint16_t)(record[6] | record[7] << 8);
        f.startup_mode = record[18];
        f.factory_reset_done = record[17];
        return f;
    }
    enum { RTC_BKP5R = 0x40002864, RTC_BKP8R = 0x40002870 };
    uint32_t dr5, dr8;
    g_assert_true(machine_peek(b->machine, RTC_BKP5R, 4, &dr5) && machine_peek(b->machine, RTC_BKP8R, 4, &dr8));
    f.clear_wifi = (uint16_t)(dr5 >> 16);
    f.startup_mode = (uint8_t)(dr8 >> 16);
    f.factory_reset_done = (uint8_t)(dr8 >> 8);
    return f;
}

enum { FACTORY_RESET_DONE = 0x5A, CLEAR_WIFI = 1, SAFE = 1 };

/* Until the system part switches the radio on: all that the bootloader decides has shown by then. */
static void run_to_radio(struct bench *b, unsigned ms)
{
    bench_await(b, "pin.pin=PC1 and pin.level=1", machine_now(b->machine) + MS(ms));
}

static void check_boot(struct bench *b, guint mark, bool user_code)
{
    run_to_radio(b, 1000);
    g_assert_cmpuint(bench_count(b, mark, "reset"), ==, 0);
    g_assert_cmpuint(bench_count_kind(b, mark, "user-init"), ==, user_code ? 1 : 0);
    g_assert_cmpuint(bench_count(b, mark, "flash-erase=9"), ==, 0);
    g_assert_cmphex(flags_of(b).startup_mode, ==, user_code ? 0 : SAFE);
}

/* In DFU mode the LED goes on as before, and nothing else happens. */
static void check_dfu(struct bench *b, guint mark)
{
    bench_run_for(b, MS(2000));
    GArray *flashes = bench_flashes(b, mark);
    g_assert_cmpuint(flashes->len, >=, 9);
    for (guint i = 1; i < flashes->len; i++) { /* the first may have begun before */
        const struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, i);
        g_assert_cmpuint(f->lamps, ==, LAMP_YELLOW);
        g_assert_cmpuint((f->on - f[-1].off + US(1)) / MS(1), ==, 101);
    }
    g_array_unref(flashes);
    g_assert_null(bench_find(b, mark, "reset"));
    g_assert_null(bench_find(b, mark, "flash-erase"));
    g_assert_nonnull(bench_find(b, 0, "usb=connect"));
}

static void check_trail(struct bench *b, guint mark, const char *backup_register, const char *wanted)
{
    g_autofree char *trail = bench_trail(b, mark, backup_register);
    g_assert_cmpstr(trail, ==, wanted);
}

/* Where flags live in backup registers: set by the bootloader after the copy, tidied up in the two boots that follow. Let go
   before 10 s, StartupMode was set on the way. */
static void check_factory_flags(struct bench *b, guint mark, unsigned lamps)
{
    check_trail(b, mark, "DR1", "software-reset 4 software-reset 5");
    check_trail(b, mark, "DR10", "5000 software-reset software-reset");
    if (b->generation->bootloader == 7)
        return;
    check_trail(b, mark, "DR6", "5000 software-reset software-reset");
    check_trail(b, mark, "DR7", "D001FFFF software-reset FFFFFFFF software-reset");
    check_trail(b, mark, "DR8",
                lamps == LAMP_GREEN ? "FF01FFFF FF015A00 software-reset FF005A00 software-reset"
                                    : "FF005A00 software-reset software-reset");
}

/* Sector 9 rewritten; a reset by the bootloader, which arms the watchdog in the next boot; one by the system, which cannot
   disarm it otherwise; then Tinker runs. */
static void check_factory_reset(struct bench *b, guint mark, unsigned lamps)
{
    g_autofree uint8_t *factory = g_memdup2(bench_flash(b, FACTORY), 4096);
    run_to_radio(b, 8000);
    check_factory_flags(b, mark, lamps);
    g_assert_cmpuint(bench_count(b, mark, "flash-erase=9"), ==, 1);
    ticks_t erased = bench_when(b, mark, "flash-erase=9"), first_reset = bench_when(b, mark, "reset=software");
    g_assert_cmpuint(first_reset - erased, >=, FACTORY_SIZE / 4 * US(16)); /* all 128 KB are programmed, word by word */
    g_assert_cmpuint(bench_when(b, mark, "watchdog=start"), >, first_reset);
    g_assert_cmpuint(bench_value(bench_find(b, mark, "watchdog=start"), "timeout_ms"), ==, 5008); /* 626 * 256 / 32 kHz */
    g_assert_cmpuint(bench_count_kind(b, mark, "user-init"), >=, 1);
    g_assert_cmphex(flags_of(b).factory_reset_done, ==, FACTORY_RESET_DONE);
    for (uint32_t i = 0; i < 4096; i += 4) {
        uint32_t word, wanted;
        memcpy(&wanted, factory + i, 4);
        g_assert_true(machine_peek(b->machine, 0x080A0000 + i, 4, &word));
        g_assert_cmphex(word, ==, wanted);
    }
    /* While it copies, the LED blinks fast in the colour of the offer. */
    GArray *flashes = bench_flashes(b, mark);
    guint fast = 0;
    for (guint i = 0; i < flashes->len; i++) {
        const struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, i);
        if (f->on > erased && f->off < first_reset) {
            g_assert_cmpuint(f->lamps, ==, lamps);
            g_assert_cmpuint((f->off - f->on) / MS(1), <=, 52);
            g_assert_cmpuint((f->off - f->on) / MS(1), >=, 50);
            fast++;
        }
    }
    g_array_unref(flashes);
    g_assert_cmpuint(fast, >=, 4);
}

static void check_cleared(struct bench *b, guint mark)
{
    if (b->generation->bootloader == 7) {
        /* one more rewrite of the DCT before the radio: the flag goes back to 0 */
        g_assert_cmphex(flags_of(b).clear_wifi, ==, 0);
        return;
    }
    g_autofree char *dr5 = bench_trail(b, mark, "DR5");
    g_autofree char *set = g_strdup_printf("1%04X", b->generation->bootloader);
    g_assert_nonnull(strstr(dr5, set));
    g_assert_cmphex(flags_of(b).clear_wifi, ==, 0);
}

static void check_outcome(struct bench *b, enum outcome outcome)
{
    guint mark = bench_mark(b);
    bench_input(b, "setup", "released");
    switch (outcome) {
    case NORMAL:
        check_boot(b, mark, true);
        g_assert_cmphex(flags_of(b).clear_wifi, !=, CLEAR_WIFI);
        break;
    case SAFE_MODE:
        check_boot(b, mark, false);
        break;
    case DFU:
        check_dfu(b, mark);
        break;
    case FACTORY_RESET:
        check_factory_reset(b, mark, LAMP_GREEN);
        break;
    case FACTORY_RESET_AND_CLEAR:
        check_factory_reset(b, mark, LAMP_WHITE);
        check_cleared(b, mark);
        break;
    case CLEAR:
        check_boot(b, mark, true);
        check_cleared(b, mark);
        break;
    }
}

/* ---- the tests ---- */

struct held_case {
    const struct generation *generation;
    enum factory_image factory;
};

static bool open_held(struct bench *b, const struct held_case *c)
{
    if (!bench_open_with_keys(b, c->generation))
        return false;
    if (c->factory == NONE)
        memset(bench_flash(b, FACTORY), 0xFF, FACTORY_SIZE);
    else if (c->factory == WRONG_CRC)
        *bench_flash(b, FACTORY + 600) ^= 1;
    bench_power_on(b);
    bench_watch_user(b);
    return true;
}

static void check_colours(const struct bench *b, guint from, ticks_t pressed, const struct colour *expect, unsigned until_ms)
{
    GArray *flashes = bench_flashes(b, from);
    const struct flash_of_light *before = NULL;
    guint i = 0;
    for (; i < flashes->len; i++) {
        const struct flash_of_light *f = &g_array_index(flashes, struct flash_of_light, i);
        if (before == NULL || f->lamps != before->lamps) {
            if (before != NULL)
                expect++;
            g_assert_cmpuint(f->lamps, ==, expect->lamps);
            g_assert_cmpfloat_with_epsilon((double)(f->on - pressed) / TICKS_PER_MS, expect->first_ms, TOLERANCE_MS);
        } else {
            g_assert_cmpuint((f->on - before->off + US(1)) / MS(1), ==, expect->half_ms);
        }
        if (f->off != TICKS_NEVER)
            g_assert_cmpuint((f->off - f->on + US(1)) / MS(1), ==, expect->half_ms);
        before = f;
    }
    /* all that were to come by then have come */
    g_assert_true(expect[1].lamps == 0 || expect[1].first_ms > until_ms);
    g_array_unref(flashes);
}

/* Held for 11.9 s from power-on; at each release time the run forks. */
static void held_at_power_on(gconstpointer data)
{
    const struct held_case *c = data;
    struct bench b;
    if (!open_held(&b, c))
        return;
    bench_input(&b, "setup", "pressed");
    for (size_t i = 0; i < G_N_ELEMENTS(releases); i++) {
        bench_run_until(&b, MS(releases[i].held_ms));
        /* with a broken factory image all is as with none: a sample will do */
        if (c->factory == WRONG_CRC && releases[i].held_ms != 8000 && releases[i].held_ms != 11000)
            continue;
        enum outcome outcome = expected(c->generation, c->factory, i);
        g_test_message("released after %u ms: %s", releases[i].held_ms, outcome_names[outcome]);
        struct bench_fork fork = bench_fork(&b);
        check_outcome(&b, outcome);
        bench_back(&b, &fork);
        bench_fork_free(&fork);
    }
    bench_run_until(&b, MS(11900));
    check_colours(&b, 0, 0, colours_of(c->generation, c->factory), 11900);
    g_assert_null(bench_find(&b, 0, "reset"));
    g_assert_null(bench_find(&b, 0, "flash-erase"));

    /* After 12 s it counts as let go. */
    guint mark = bench_mark(&b);
    bench_run_until(&b, MS(12100));
    bool dfu = c->generation->bootloader == 7 && c->factory != GOOD;
    g_assert_cmpint(bench_find(&b, mark, "flash") != NULL || bench_find(&b, mark, "backup") != NULL, ==, !dfu);
    bench_close(&b);
}

/* The same from a press of RESET, in a device that runs: time counts from the moment at which RESET is let go. */
static void held_at_reset(gconstpointer data)
{
    const struct held_case *c = data;
    struct bench b;
    if (!open_held(&b, c))
        return;
    run_to_radio(&b, 1000);
    bench_input(&b, "setup", "pressed");
    bench_input(&b, "reset", "pressed");
    bench_run_for(&b, MS(50));
    guint mark = bench_mark(&b);
    ticks_t start = machine_now(b.machine);
    bench_input(&b, "reset", "released");
    bench_run_for(&b, MS(3500));
    check_colours(&b, mark, start, colours_of(c->generation, c->factory), 3500);
    check_outcome(&b, DFU);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    static struct held_case cases[GENERATIONS][FACTORY_IMAGES];
    for (int i = 0; i < GENERATIONS; i++)
        for (enum factory_image f = GOOD; f < FACTORY_IMAGES; f++) {
            cases[i][f] = (struct held_case){&generations[i], f};
            g_autofree char *path = g_strdup_printf("/images/setup-button/v%u/%s", generations[i].bootloader, factory_names[f]);
            g_test_add_data_func(path, &cases[i][f], held_at_power_on);
            if (f != GOOD)
                continue;
            g_autofree char *reset = g_strdup_printf("/images/setup-button/v%u/reset", generations[i].bootloader);
            g_test_add_data_func(reset, &cases[i][f], held_at_reset);
        }
    return bench_run_tests();
}
