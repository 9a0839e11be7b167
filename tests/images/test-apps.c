/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own user modules (images/apps) on the real system of every generation. */
#include <stdlib.h>
#include <string.h>

#include "emu/host/network.h"
#include "images/file.h"
#include "images/module.h"
#include "tests/images/bench.h"

enum { USER = 0x080A0000, FACTORY = 0x080E0000, PART2 = 0x08060000, MODULE_ROOM = 0x20000 };

static char *app_path(const char *app)
{
    return g_strdup_printf("%s/%s.bin", APPS_FOLDER, app);
}

/* A device with keys whose user module is that app, switched on. */
static bool start(struct bench *b, const struct generation *g, const char *app)
{
    if (!bench_open_with_keys(b, g))
        return false;
    g_autofree char *path = app_path(app);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = image_file_read(path, MODULE_ROOM, &error);
    g_assert_no_error(error);
    memset(bench_flash(b, USER), 0xFF, MODULE_ROOM);
    memcpy(bench_flash(b, USER), g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    bench_power_on(b);
    return true;
}

static ticks_t in(const struct bench *b, ticks_t time)
{
    return machine_now(b->machine) + time;
}

/* What the app has sent on Serial1. */
static char *serial1(const struct bench *b, guint from)
{
    GString *text = g_string_new(NULL);
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "uart") == 0 && strcmp(bench_string(e, "direction"), "tx") == 0)
            g_string_append_c(text, (char)bench_value(e, "byte"));
    }
    return g_string_free(text, FALSE);
}

static uint32_t word_at(const struct bench *b, uint32_t address)
{
    uint32_t value;
    g_assert_true(machine_peek(b->machine, address, 4, &value));
    return value;
}

/* ---- photon.h ---- */

/* The groups that a pattern finds in a text; the test fails if it does not match. */
static char **match(const char *text, const char *pattern)
{
    g_autoptr(GMatchInfo) info = NULL;
    g_autoptr(GRegex) regex = g_regex_new(pattern, 0, 0, NULL);
    if (!g_regex_match(regex, text, 0, &info))
        g_error("no \"%s\" in:\n%s", pattern, text);
    return g_match_info_fetch_all(info);
}

static void check_in_range(const char *number, long low, long high)
{
    g_assert_cmpint(strtol(number, NULL, 10), >=, low);
    g_assert_cmpint(strtol(number, NULL, 10), <=, high);
}

static void check_id(const struct bench *b, const char *hex)
{
    g_autoptr(GString) id = g_string_new(NULL);
    for (unsigned i = 0; i < sizeof b->device->unique_id; i++)
        g_string_append_printf(id, "%02x", b->device->unique_id[i]);
    g_assert_cmpstr(hex, ==, id->str);
}

/* Every function that exports.c calls gave an answer that only the right one gives. */
static void check_answers(const struct bench *b, const char *text)
{
    g_autofree char *version = g_strdup_printf("version [0-9a-f]{8} %s\r\n", b->generation->set);
    g_auto(GStrv) v = match(text, version);
    g_auto(GStrv) mode = match(text, "mode 2\r\n"); /* semi-automatic, as exports.c asks for */
    g_auto(GStrv) id = match(text, "id 12 ([0-9a-f]{24})\r\n");
    check_id(b, id[1]);
    g_auto(GStrv) random = match(text, "random ([0-9a-f]{8}) ([0-9a-f]{8})\r\n");
    g_assert_cmpstr(random[1], !=, random[2]);
    g_auto(GStrv) time = match(text, "3000 us are (\\d+) us, (\\d+) ms\r\n");
    check_in_range(time[1], 3000, 3005);
    check_in_range(time[2], 3, 4);
    g_auto(GStrv) pins = match(text, "D2 1 D3 0 D4 1\r\n");
    g_auto(GStrv) analog = match(text, "A0 (\\d+) A1 (\\d+)\r\n");
    check_in_range(analog[1], 1239, 1243); /* 1 V of 3.3 V, of 4095 */
    check_in_range(analog[2], 4093, 4095);
    g_auto(GStrv) retained = match(text, "retained 12345678\r\n");
}

static void connect_pins(struct bench *b)
{
    bench_input(b, "D4", "high");
    bench_input(b, "A0", "1000mV");
    bench_input(b, "A1", "3300mV");
}

static void exports(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "exports"))
        return;
    connect_pins(&b);
    bench_await(&b, "uart=end", in(&b, MS(2000)));
    g_autofree char *first = serial1(&b, 0);
    check_answers(&b, first);
    g_auto(GStrv) fresh = match(first, "EEPROM 2048 bytes, ff then a7\r\n");
    bench_when(&b, 0, "pin.pin=PA13 and pin.level=1");
    bench_when(&b, 0, "pwm.pin=PB7 and pwm.duty>0.50 and pwm.duty<0.51");
    g_assert_cmphex(word_at(&b, 0x40024000), ==, 0x12345678);
    g_assert_null(bench_find(&b, 0, "wifi")); /* the radio was not touched yet */
    bench_await(&b, "backup.register=DR1 and backup.value=9", in(&b, MS(1000)));
    g_autofree char *trail = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(trail, ==, "4 5 6 7 8 9");

    bench_replace(&b);
    bench_power_on(&b);
    connect_pins(&b);
    bench_await(&b, "uart=end", in(&b, MS(1000)));
    g_autofree char *second = serial1(&b, 0);
    check_answers(&b, second);
    g_auto(GStrv) kept = match(second, "EEPROM 2048 bytes, a7 then a7\r\n");
    bench_close(&b);
}

/* ---- programs that run ---- */

static void blink(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "blink"))
        return;
    bench_await(&b, "backup.register=DR1 and backup.value=9", MS(1500));
    bench_run_until(&b, MS(4000));
    ticks_t last = 0;
    unsigned changes = 0;
    for (guint i = 0; i < b.events->len; i++) {
        const struct event *e = g_ptr_array_index(b.events, i);
        if (strcmp(e->kind, "pin") != 0 || strcmp(bench_string(e, "pin"), "PA13") != 0)
            continue;
        changes++;
        if (changes > 2) { /* made an output, then on */
            g_assert_cmpuint(bench_value(e, "level"), ==, changes % 2 == 0);
            g_assert_cmpuint(e->ticks - last, >=, MS(500));
            g_assert_cmpuint(e->ticks - last, <=, MS(502));
        }
        last = e->ticks;
    }
    g_assert_cmpuint(changes, >=, 8);
    g_autofree char *trail = bench_trail(&b, 0, "DR1");
    g_assert_cmpstr(trail, ==, "4 5 6 7 8 9 FFFF");
    bench_close(&b);
}

/* TIM4 channel 2, 500 Hz. The system of 2016 counts to 60,000 and rounds down; later ones count one further, and round. */
static void analog_write(gconstpointer data)
{
    enum { TIM4_PSC = 0x40000828, TIM4_ARR = 0x4000082C, TIM4_CCR2 = 0x40000838 };
    static const uint32_t old[] = {0, 15058, 30117, 45176, 60000}, later[] = {0, 15059, 30118, 45176, 60001};
    const struct generation *g = data;
    bool is_old = strcmp(g->set, "0.5.2") == 0;
    struct bench b;
    if (!start(&b, g, "analog-write"))
        return;
    bench_await(&b, "backup.register=DR1 and backup.value=8", MS(1500));
    bench_run_for(&b, MS(250));
    for (unsigned i = 0; i < G_N_ELEMENTS(old); i++) {
        g_assert_cmpuint(word_at(&b, TIM4_CCR2), ==, is_old ? old[i] : later[i]);
        g_assert_cmpuint(word_at(&b, TIM4_ARR), ==, is_old ? 59999 : 60000);
        g_assert_cmpuint(word_at(&b, TIM4_PSC), ==, 1);
        bench_run_for(&b, MS(500));
    }
    bench_when(&b, 0, "pwm.pin=PB7 and pwm.frequency_hz>499.9 and pwm.frequency_hz<500.1 and pwm.duty>0.25 and pwm.duty<0.252");
    bench_close(&b);
}

static void hello(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "hello"))
        return;
    bench_await(&b, "uart=hello from loop 2", MS(3000));
    ticks_t second = machine_now(b.machine);
    bench_await(&b, "uart=hello from loop 3", in(&b, MS(1100)));
    g_assert_cmpuint(machine_now(b.machine) - second, >=, MS(999));
    bench_run_for(&b, MS(10)); /* the end of the line */
    g_autofree char *text = serial1(&b, 0);
    g_assert_cmpstr(text, ==, "hello from setup\r\nhello from loop 1\r\nhello from loop 2\r\nhello from loop 3\r\n");
    bench_close(&b);
}

static void eeprom(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "eeprom"))
        return;
    for (unsigned i = 1; i <= 3; i++) {
        g_autofree char *expected = g_strdup_printf("uart=EEPROM start %u", i);
        bench_await(&b, expected, in(&b, MS(2500)));
        bench_replace(&b);
        bench_power_on(&b);
    }
    bench_close(&b);
}

static void retained(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "retained"))
        return;
    bench_await(&b, "uart=retained start 1", MS(1500));
    board_power_off(b.machine);
    board_power_on(b.machine, true);
    bench_await(&b, "uart=retained start 2", in(&b, MS(1500)));
    board_power_off(b.machine);
    board_power_on(b.machine, false);
    bench_await(&b, "uart=retained start 1", in(&b, MS(1500)));
    bench_close(&b);
}

/* ---- programs that crash ---- */

static ticks_t lit(const struct flash_of_light *f)
{
    return f->off - f->on;
}

/* The LED changes with the wave that drives it, every 10 ms. */
static bool lasts(const struct flash_of_light *f, unsigned ms)
{
    return f->lamps == LAMP_RED && lit(f) > MS(ms - 11) && lit(f) < MS(ms + 11);
}

/* Those of the panic: the LED was white before. */
static GArray *red_flashes(const struct bench *b, guint from)
{
    GArray *flashes = bench_flashes(b, from);
    while (flashes->len > 0 && g_array_index(flashes, struct flash_of_light, 0).lamps != LAMP_RED)
        g_array_remove_index(flashes, 0);
    return flashes;
}

/* SOS at flashes[*i], then the number of long flashes that follow. */
static unsigned sos(const GArray *flashes, guint *i)
{
    for (unsigned n = 0; n < 9; n++, ++*i) {
        g_assert_cmpuint(*i, <, flashes->len);
        g_assert_true(lasts(&g_array_index(flashes, struct flash_of_light, *i), n / 3 == 1 ? 300 : 150));
    }
    unsigned code = 0;
    for (; *i < flashes->len && lasts(&g_array_index(flashes, struct flash_of_light, *i), 300); ++*i)
        code++;
    return code;
}

struct crash {
    const char *app;
    const char *fault; /* a condition; NULL: the system notices it without one */
    unsigned code;     /* flashes behind each SOS */
};
static const struct crash crashes[] = {
    {"crash-null-call", "fault=usagefault and fault.cause=INVSTATE and fault.taken=hardfault", 1},
    {"crash-divide", "fault=usagefault and fault.cause=DIVBYZERO and fault.taken=hardfault", 5},
    {"crash-stack", NULL, 13},
};

struct crash_on {
    const struct crash *crash;
    const struct generation *generation;
};

static void await_red(struct bench *b, ticks_t limit)
{
    bench_await(b, "light.r>200 and light.g=0 and light.b=0", limit);
}

static void crash(gconstpointer data)
{
    enum { SOS = 4700 /* with the pause behind it */, LONG = 600, PAUSE = 700 };
    const struct crash_on *c = data;
    struct bench b;
    if (!start(&b, c->generation, c->crash->app))
        return;
    await_red(&b, MS(3500));
    bench_run_for(&b, MS(SOS + LONG * c->crash->code + PAUSE));
    g_assert_cmpuint(bench_count(&b, 0, "fault"), ==, c->crash->fault != NULL);
    g_assert_cmpuint(c->crash->fault == NULL || bench_find(&b, 0, c->crash->fault) != NULL, ==, true);
    guint i = 0;
    g_autoptr(GArray) all = red_flashes(&b, 0);
    g_assert_cmpuint(sos(all, &i), ==, c->crash->code);
    g_assert_null(bench_find(&b, 0, "reset"));
    bench_close(&b);
}

/* It all comes twice; then a reset, and again. */
static void crash_again(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "crash-null-call"))
        return;
    bench_await(&b, "reset=software", in(&b, MS(20000)));
    guint i = 0;
    g_autoptr(GArray) all = red_flashes(&b, 0);
    for (unsigned round = 0; round < 2; round++)
        g_assert_cmpuint(sos(all, &i), ==, 1);
    g_assert_cmpuint(i, ==, all->len);
    g_assert_cmpuint(bench_count(&b, 0, "fault"), ==, 1);
    await_red(&b, in(&b, MS(3500)));
    g_assert_cmpuint(bench_count(&b, 0, "fault"), ==, 2);
    bench_close(&b);
}

/* The stack has left the RAM, so that no exception can be entered: the core locks up, without an SOS, until RESET. */
static void crash_stack_fast(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "crash-stack-fast"))
        return;
    for (unsigned i = 0; i < 2; i++) {
        guint mark = bench_mark(&b);
        bench_await(&b, "fault.taken=lockup", in(&b, MS(4000)));
        const struct event *first = bench_find(&b, mark, "fault");
        g_assert_cmpstr(bench_string(first, "type"), ==, "busfault");
        g_assert_cmpstr(bench_string(first, "taken"), ==, "hardfault");
        g_assert_cmphex(bench_value(first, "address"), <, 0x20000000);
        mark = bench_mark(&b);
        bench_run_for(&b, MS(5000));
        g_assert_null(bench_find(&b, mark, "light"));
        g_assert_null(bench_find(&b, mark, "reset"));
        bench_input(&b, "reset", "pressed");
        bench_run_for(&b, MS(50));
        bench_input(&b, "reset", "released");
    }
    bench_close(&b);
}

/* ---- modules that the system does not run ---- */

static unsigned version_of_part2(struct bench *b)
{
    struct module module;
    g_assert_true(module_parse(bench_flash(b, PART2), 0x40000, &module));
    return module.header.version;
}

static void needs(gconstpointer data)
{
    static const unsigned versions[] = {1, 6, 17, 108, 207, 1502, 2302};
    unsigned run = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(versions); i++) {
        struct bench b;
        g_autofree char *app = g_strdup_printf("blink-needs-%u", versions[i]);
        if (!start(&b, data, app))
            return;
        bool expected = version_of_part2(&b) >= versions[i];
        bench_watch_user(&b);
        g_assert_cmpint(bench_try(&b, "backup.register=DR1 and backup.value=9", MS(1500)), ==, expected);
        g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, expected);
        g_assert_cmpint(bench_find(&b, 0, "pin.pin=PA13 and pin.level=1") != NULL, ==, expected);
        if (!expected) /* safe mode: without a network it listens */
            bench_await(&b, "led=blinking blue", in(&b, MS(15000)));
        run += expected;
        bench_close(&b);
    }
    g_assert_cmpuint(run, >=, 3);
}

/* For another platform it is no module at all: the factory image goes back, and without one there is safe mode. */
static void p1(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "blink-p1"))
        return;
    bench_await(&b, "flash-erase=9", MS(2000));
    bench_await(&b, "backup.register=DR1 and backup.value=5", in(&b, MS(5000)));
    struct module factory;
    g_assert_true(module_parse(bench_flash(&b, FACTORY), MODULE_ROOM, &factory));
    for (uint32_t i = 0; i < factory.size; i += 4)
        g_assert_cmphex(word_at(&b, USER + i), ==, word_at(&b, FACTORY + i));
    bench_close(&b);

    g_assert_true(start(&b, data, "blink-p1"));
    memset(bench_flash(&b, FACTORY), 0xFF, MODULE_ROOM);
    bench_power_on(&b);
    bench_watch_user(&b);
    bench_await(&b, "led=blinking blue", in(&b, MS(15000)));
    g_assert_null(bench_find(&b, 0, "flash-erase=9"));
    g_assert_cmpuint(bench_count_kind(&b, 0, "user-init"), ==, 0);
    bench_close(&b);
}

/* ---- Wi-Fi ---- */

static void wifi_on(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "wifi-on"))
        return;
    bench_await(&b, "uart=on, knows no network", MS(3000));
    bench_when(&b, 0, "wifi.op=up");
    bench_await(&b, "led=breathing blue", in(&b, MS(5000)));
    g_assert_null(bench_find(&b, 0, "wifi.op=join"));
    bench_close(&b);
}

static void scan(gconstpointer data)
{
    static const struct {
        const char *network, *listed;
    } air[] = {
        {"ssid=Attic,psk=breadboard,channel=6,rssi=-50", "\"Attic\" 02:00:00:00:00:00 channel 6 -50 dBm WPA2"},
        {"ssid=Cafe\\, free,channel=11,rssi=-71", "\"Cafe, free\" 02:00:00:00:00:01 channel 11 -71 dBm open"},
        {"ssid=Depot,security=wep,psk=0102030405,channel=1,rssi=-90", "\"Depot\" 02:00:00:00:00:02 channel 1 -90 dBm WEP"},
        {"ssid=Farm,security=wpa,psk=breadboard,channel=13,rssi=-33", "\"Farm\" 02:00:00:00:00:03 channel 13 -33 dBm WPA"},
        {"ssid=Garage,security=mixed,psk=breadboard,channel=14,rssi=-61",
         "\"Garage\" 02:00:00:00:00:04 channel 14 -61 dBm WPA2"},
        {"ssid=Hall,channel=11,rssi=-20", "\"Hall\" 02:00:00:00:00:05 channel 11 -20 dBm open"},
        {"ssid=Hall two,psk=breadboard,channel=3,rssi=-85", "\"Hall two\" 02:00:00:00:00:06 channel 3 -85 dBm WPA2"},
        {"ssid=an SSID of thirty-two characters,channel=9,rssi=-77",
         "\"an SSID of thirty-two characters\" 02:00:00:00:00:07 channel 9 -77 dBm open"},
    };
    struct bench b;
    if (!start(&b, data, "scan"))
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(air); i++) {
        g_autofree char *network = g_strdup_printf("%s,bssid=02:00:00:00:00:%02x", air[i].network, i);
        bench_input(&b, "wifi", network);
    }
    bench_await(&b, "uart=8 networks", MS(5000));
    bench_run_for(&b, MS(10));
    g_autofree char *text = serial1(&b, 0);
    g_assert_true(g_str_has_suffix(text, "\r\n8 networks\r\n"));
    for (unsigned i = 0; i < G_N_ELEMENTS(air); i++) {
        g_autofree char *line = g_strdup_printf(" %s\r\n", air[i].listed);
        if (strstr(text, line) == NULL)
            g_error("no \"%s\" in:\n%s", air[i].listed, text);
    }
    bench_close(&b);
}

static void wifi_join(gconstpointer data)
{
    struct bench b;
    if (!start(&b, data, "wifi-join"))
        return;
    bench_input(&b, "wifi", "ssid=photon-emu,psk=breadboard");
    g_autoptr(GError) error = NULL;
    struct network_options *options = network_options_new();
    struct bridges *bridges = bridges_new(b.machine);
    struct bridge *network = network_new(b.machine, options, &error);
    g_assert_no_error(error);
    bridges_add(bridges, network);
    while (machine_now(b.machine) < MS(4000)) {
        machine_run(b.machine, bridges_horizon(bridges, in(&b, MS(20))));
        bridges_serve(bridges, 0);
    }
    g_autofree char *text = serial1(&b, 0);
    g_assert_cmpstr(text, ==, "remembered: 0\r\nconnecting\r\nready\r\n");
    bench_when(&b, 0, "wifi.op=joined and wifi.ssid=photon-emu");
    bridges_free(bridges);
    network_options_free(options);
    bench_close(&b);
}

/* ---- */

static void add(const char *name, const struct generation *g, void (*test)(gconstpointer))
{
    g_autofree char *path = g_strdup_printf("/images/apps/%s/%s", g->set, name);
    g_test_add_data_func(path, g, test);
}

static void add_crashes(const struct generation *g)
{
    static struct crash_on all[GENERATIONS * G_N_ELEMENTS(crashes)];
    static unsigned n;
    for (unsigned i = 0; i < G_N_ELEMENTS(crashes); i++) {
        all[n] = (struct crash_on){&crashes[i], g};
        g_autofree char *path = g_strdup_printf("/images/apps/%s/%s", g->set, crashes[i].app);
        g_test_add_data_func(path, &all[n++], crash);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_autofree char *path = app_path("blink");
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_print("images/apps # SKIP no arm-none-eabi-gcc: our own user modules were not built\n");
        return 77;
    }
    for (int i = 0; i < GENERATIONS; i++) {
        const struct generation *g = &generations[i];
        add("exports", g, exports);
        add("blink", g, blink);
        add("analog-write", g, analog_write);
        add("hello", g, hello);
        add("eeprom", g, eeprom);
        add("retained", g, retained);
        add_crashes(g);
        add("crash-again", g, crash_again);
        add("crash-stack-fast", g, crash_stack_fast);
        add("needs", g, needs);
        add("p1", g, p1);
        add("wifi-on", g, wifi_on);
        add("scan", g, scan);
        add("wifi-join", g, wifi_join);
    }
    return bench_run_tests();
}
