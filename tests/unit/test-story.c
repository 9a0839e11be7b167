/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/observe/story.h"

/* A story into memory. */
struct bench {
    char *text;
    size_t size, seen;
    FILE *file;
    struct story *story;
    ticks_t now;
    uint64_t n;
};

static struct bench *bench_new(struct story_options options)
{
    struct bench *b = g_new0(struct bench, 1);
    b->file = open_memstream(&b->text, &b->size);
    b->story = story_new(b->file, options);
    return b;
}

static void bench_free(struct bench *b)
{
    story_free(b->story);
    fclose(b->file);
    free(b->text);
    g_free(b);
}

static void feed_fields(struct bench *b, const char *kind, const struct event_field *fields, size_t n_fields)
{
    struct event event = {.ticks = b->now, .n = ++b->n, .kind = kind, .n_fields = n_fields, .fields = fields};
    story_event(&event, b->story);
}

#define feed(B, KIND, ...)                                                                                                     \
    feed_fields((B), (KIND), (const struct event_field[]){__VA_ARGS__},                                                        \
                sizeof((const struct event_field[]){__VA_ARGS__}) / sizeof(struct event_field))

/* What has been written since the last time. */
static void assert_told(struct bench *b, const char *text)
{
    fflush(b->file);
    g_assert_cmpstr(b->text + b->seen, ==, text);
    b->seen = b->size;
}

static void program(struct bench *b, uint32_t address, unsigned size)
{
    feed(b, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "begin"), FIELD_HEX("address", address),
         FIELD_INT("size", size), FIELD_HEX("value", 0));
    b->now += 16 * TICKS_PER_US;
    feed(b, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "end"), FIELD_HEX("address", address),
         FIELD_INT("size", size), FIELD_HEX("value", 0));
    b->now += 4 * TICKS_PER_US;
}

static void erase(struct bench *b, const char *phase)
{
    feed(b, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", phase), FIELD_INT("sector", 9),
         FIELD_HEX("address", 0x080A0000), FIELD_INT("size", 131072));
}

static void send_text(struct bench *b, const char *text)
{
    for (; *text != '\0'; text++)
        feed(b, "uart", FIELD_STRING("port", "USART1"), FIELD_STRING("direction", "tx"),
             FIELD_INT("byte", (unsigned char)*text), FIELD_INT("baud", 9600));
}

static void led(struct bench *b, const char *state, int period_ms, int red, int green, int blue)
{
    feed(b, "led", FIELD_STRING("name", "rgb"), FIELD_STRING("state", state), FIELD_INT("period_ms", period_ms),
         FIELD_INT("r", red), FIELD_INT("g", green), FIELD_INT("b", blue));
}

static const struct story_options plain = {.colour = STORY_PLAIN};

/* ---- what is told ---- */

static void test_words(void)
{
    struct bench *b = bench_new(plain);
    b->now = TICKS_PER_MS * 203 + 99;
    led(b, "blinking yellow", 202, 255, 255, 0);
    assert_told(b, "    0.203 s  led       blinking yellow, period 202 ms\n");
    b->now = TICKS_PER_SECOND * 12345;
    feed(b, "led", FIELD_STRING("name", "user"), FIELD_STRING("state", "solid blue"), FIELD_REAL("since", 12344.3));
    assert_told(b, "12345.000 s  led       user: solid blue, since 12344.300 s\n");
    feed(b, "reset", FIELD_STRING("cause", "software"));
    assert_told(b, "12345.000 s  reset     by the software\n");
    feed(b, "reset", FIELD_STRING("cause", "meteorite"));
    assert_told(b, "12345.000 s  reset     meteorite\n");
    feed(b, "fault", FIELD_STRING("type", "busfault"), FIELD_STRING("cause", "PRECISERR"), FIELD_STRING("taken", "hardfault"),
         FIELD_HEX("pc", 0x08061234), FIELD_HEX("address", 0xE0000000));
    assert_told(b, "12345.000 s  fault     busfault, PRECISERR at PC 0x08061234, address 0xE0000000,\n"
                   "                       taken as hardfault\n");
    feed(b, "watchdog", FIELD_STRING("name", "IWDG"), FIELD_STRING("op", "start"), FIELD_INT("timeout_ms", 5000));
    assert_told(b, "12345.000 s  watchdog  IWDG is running, to be served every 5.00 s\n");
    feed(b, "input", FIELD_STRING("name", "setup"), FIELD_STRING("value", "pressed"));
    assert_told(b, "12345.000 s  input     setup = pressed\n");
    feed(b, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "connect"));
    assert_told(b, "12345.000 s  usb       OTG_HS: the device shows itself\n");
    feed(b, "usb", FIELD_STRING("port", "OTG_HS"), FIELD_STRING("op", "suspend"));
    assert_told(b, "12345.000 s  usb       OTG_HS: suspend\n");
    feed(b, "wifi", FIELD_STRING("op", "up"));
    assert_told(b, "12345.000 s  wifi      the radio is on\n");
    feed(b, "wifi", FIELD_STRING("op", "scan-done"), FIELD_INT("found", 1));
    assert_told(b, "12345.000 s  wifi      the radio has found 1 network\n");
    feed(b, "wifi", FIELD_STRING("op", "join"), FIELD_STRING("ssid", "home"));
    assert_told(b, "12345.000 s  wifi      the device looks for \"home\"\n");
    feed(b, "wifi", FIELD_STRING("op", "joined"), FIELD_STRING("ssid", "home"), FIELD_INT("channel", 6),
         FIELD_STRING("security", "wpa2"));
    assert_told(b, "12345.000 s  wifi      the device joined \"home\", channel 6, wpa2\n");
    feed(b, "wifi", FIELD_STRING("op", "link-lost"), FIELD_STRING("ssid", "home"), FIELD_STRING("reason", "no beacons"));
    assert_told(b, "12345.000 s  wifi      the device lost \"home\": no beacons\n");
    feed(b, "wifi", FIELD_STRING("op", "dropped"), FIELD_STRING("direction", "tx"), FIELD_INT("length", 7),
         FIELD_STRING("text", "unknown channel"));
    assert_told(
        b, "12345.000 s  wifi      a frame of 7 bytes to the radio was dropped: unknown\n                       channel\n");
    feed(b, "wifi", FIELD_STRING("op", "ioctl"), FIELD_INT("cmd", 2)); /* too much to be told */
    feed(b, "wifi", FIELD_STRING("op", "start"));
    assert_told(b, "");
    feed(b, "power", FIELD_BOOL("on", false));
    assert_told(b, "12345.000 s  power     off\n");
    feed(b, "stuck", FIELD_STRING("text", "polling RCC_CR.PLLRDY: PLL is off"), FIELD_HEX("pc", 0x08000100));
    assert_told(b, "12345.000 s  stuck     polling RCC_CR.PLLRDY: PLL is off\n");
    feed(b, "unmodelled", FIELD_STRING("field", "TIM1_SMCR.ETF"), FIELD_HEX("pc", 0x08000100));
    assert_told(b, "12345.000 s  missing   TIM1_SMCR.ETF was used at PC 0x08000100 and is not\n"
                   "                       modelled\n");
    bench_free(b);
}

static void test_untold(void)
{
    struct bench *b = bench_new(plain);
    feed(b, "light", FIELD_STRING("name", "rgb"), FIELD_INT("r", 1));
    feed(b, "pin", FIELD_STRING("pin", "PA13"), FIELD_INT("level", 1));
    feed(b, "pwm", FIELD_STRING("pin", "PA13"), FIELD_REAL("duty", 0.5));
    feed(b, "mmio", FIELD_STRING("register", "RCC_CR"));
    feed(b, "exception", FIELD_INT("number", 15));
    feed(b, "stored", FIELD_STRING("field", "RCC_CR.X"));
    assert_told(b, "");
    /* a kind of the future is not swallowed */
    feed(b, "weather", FIELD_STRING("command", "scan"), FIELD_INT("n", -3), FIELD_HEX("a", 16), FIELD_BOOL("ok", true),
         FIELD_REAL("x", 0.5));
    assert_told(b, "    0.000 s  weather   command scan, n -3, a 0x00000010, ok yes, x 0.500\n");
    bench_free(b);
}

/* ---- what is merged ---- */

static void test_programming(void)
{
    struct bench *b = bench_new(plain);
    for (unsigned i = 0; i < 988; i++)
        program(b, 0x080A0000 + 4 * i, 4);
    assert_told(b, "");
    b->now += 51 * TICKS_PER_MS; /* a pause ends it, whatever comes then */
    feed(b, "light", FIELD_STRING("name", "rgb"), FIELD_INT("r", 1));
    /* 988 times 20 us, without the last 4 us */
    assert_told(b, "    0.019 s  flash     programmed 3,952 bytes at 0x080A0000 in 20 ms\n");
    program(b, 0x08004000, 4);
    program(b, 0x08004100, 2);
    led(b, "off", 0, 0, 0, 0); /* and any line does */
    assert_told(b, "    0.070 s  flash     programmed 6 bytes in 0x08004000 to 0x08004101 in 36 us\n"
                   "    0.070 s  led       off\n");
    program(b, 0x08004000, 1);
    story_finish(b->story); /* and the end */
    assert_told(b, "    0.070 s  flash     programmed 1 byte at 0x08004000 in 16 us\n");
    bench_free(b);
}

static void test_erasing(void)
{
    struct bench *b = bench_new(plain);
    program(b, 0x080C0000, 4);
    erase(b, "begin");
    assert_told(b, "    0.000 s  flash     programmed 4 bytes at 0x080C0000 in 16 us\n");
    b->now += TICKS_PER_SECOND;
    erase(b, "end");
    assert_told(b, "    1.000 s  flash     erased sector 9 (0x080A0000, 128 KB) in 1.00 s\n");
    erase(b, "begin");
    b->now += TICKS_PER_MS * 400;
    feed(b, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", "cut"), FIELD_INT("sector", 9),
         FIELD_HEX("address", 0x080A0000), FIELD_INT("size", 131072), FIELD_STRING("left", "mixed"));
    assert_told(b, "    1.400 s  flash     erasing sector 9 (0x080A0000, 128 KB) was cut short: a\n"
                   "                       mixture is left\n");
    feed(b, "flash", FIELD_STRING("op", "option"), FIELD_STRING("phase", "end"), FIELD_HEX("value", 0x0FFFAAED));
    assert_told(b, "    1.400 s  flash     programmed option bytes 0x0FFFAAED\n");
    bench_free(b);
}

static void backup(struct bench *b, const char *name, uint32_t old, uint32_t value)
{
    feed(b, "backup", FIELD_STRING("register", name), FIELD_HEX("value", value), FIELD_HEX("old", old));
}

static void test_backup(void)
{
    struct bench *b = bench_new(plain);
    backup(b, "DR4", 0, 0x1ADEACC0);
    backup(b, "DR7", 0, 0xFFFFFFFF);
    assert_told(b, "");
    backup(b, "DR1", 0, 4);
    assert_told(b, "    0.000 s  backup    DR4=0x1ADEACC0, DR7=0xFFFFFFFF\n"
                   "    0.000 s  backup    DR1 0 -> 4 (system: config)\n");
    backup(b, "DR1", 4, 0xFFFF);
    assert_told(b, "    0.000 s  backup    DR1 4 -> 0xFFFF (healthy)\n");
    backup(b, "DR1", 0xFFFF, 0x1234);
    assert_told(b, "    0.000 s  backup    DR1 0xFFFF -> 0x1234\n");
    backup(b, "DR0", 0, 0xC1C1);
    b->now += 2 * TICKS_PER_MS;
    backup(b, "DR2", 0, 110);
    assert_told(b, "    0.000 s  backup    DR0=0xC1C1\n");
    story_finish(b->story);
    assert_told(b, "    0.002 s  backup    DR2=110\n");
    bench_free(b);
}

static void test_serial(void)
{
    struct bench *b = bench_new(plain);
    send_text(b, "hello\r\nworld\n\r\n\nagain");
    assert_told(b, "    0.000 s  serial    USART1: hello\n"
                   "    0.000 s  serial    USART1: world\n");
    b->now += TICKS_PER_MS * 600;
    feed(b, "light", FIELD_STRING("name", "rgb"), FIELD_INT("r", 1)); /* long enough without its end */
    assert_told(b, "    0.000 s  serial    USART1: again\n");
    send_text(b, "cut");
    feed(b, "reset", FIELD_STRING("cause", "pin"));
    assert_told(b, "    0.600 s  serial    USART1: cut\n    0.600 s  reset     by the RESET button\n");
    feed(b, "uart", FIELD_STRING("port", "USART1"), FIELD_STRING("direction", "rx"), FIELD_INT("byte", 'x'));
    feed(b, "uart", FIELD_STRING("port", "USART1"), FIELD_STRING("direction", "tx"), FIELD_INT("byte", 0));
    send_text(b, "\033[2J\xFF\xC3\xBC\n"); /* nothing that a terminal would obey */
    assert_told(b, "    0.600 s  serial    USART1: \\x00\\x1B[2J\\xFF\xC3\xBC\n");
    bench_free(b);
}

/* A line that was held back never makes time go backwards. */
static void test_order(void)
{
    struct bench *b = bench_new(plain);
    send_text(b, "half");
    b->now += TICKS_PER_MS * 100;
    led(b, "off", 0, 0, 0, 0);
    b->now += TICKS_PER_SECOND;
    led(b, "off", 0, 0, 0, 0);
    assert_told(b, "    0.100 s  led       off\n"
                   "    0.100 s  serial    USART1: half\n"
                   "    1.100 s  led       off\n");
    bench_free(b);
}

/* ---- how it looks ---- */

static void test_width(void)
{
    struct bench *b = bench_new((struct story_options){.colour = STORY_PLAIN});
    g_autoptr(GString) text = g_string_new("The user module at 0x080A0000 has a good CRC but needs system part 2 version 108;");
    for (unsigned i = 0; i < 10; i++)
        g_string_append(text, " version 17 is installed, gr\xC3\xBC\xC3\x9F");
    g_string_append(text, " 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890");
    feed(b, "module", FIELD_STRING("place", "user"), FIELD_HEX("address", 0x080A0000), FIELD_STRING("text", text->str));
    fflush(b->file);
    g_auto(GStrv) lines = g_strsplit(b->text, "\n", 0);
    g_autoptr(GString) all = g_string_new(NULL);
    for (unsigned i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        g_assert_cmpint(g_utf8_strlen(lines[i], -1), <=, 80);
        g_assert_cmpint(g_utf8_strlen(lines[i], -1), >, 23);
        g_assert_true(g_utf8_validate(lines[i], -1, NULL));
        g_string_append(all, lines[i] + 23);
    }
    for (char *c = all->str; *c != '\0'; c++) /* nothing is lost but blanks */
        g_assert_true(*c != '\n');
    g_string_replace(all, " ", "", 0);
    g_string_replace(text, " ", "", 0);
    g_assert_true(g_str_has_suffix(all->str, text->str));
    bench_free(b);
}

static void test_colour(void)
{
    struct bench *b = bench_new((struct story_options){.colour = STORY_TRUE_COLOUR});
    led(b, "solid orange", 0, 255, 96, 0);
    assert_told(b, "    0.000 s  led       \033[48;2;255;96;0m  \033[0m solid orange\n");
    bench_free(b);
    b = bench_new((struct story_options){.colour = STORY_256});
    led(b, "solid orange", 0, 255, 96, 0); /* 16 + 36 * 5 + 6 * 1 */
    assert_told(b, "    0.000 s  led       \033[48;5;202m  \033[0m solid orange\n");
    led(b, "solid white", 0, 255, 255, 255);
    assert_told(b, "    0.000 s  led       \033[48;5;231m  \033[0m solid white\n");
    led(b, "off", 0, 0, 0, 0);
    assert_told(b, "    0.000 s  led       \033[48;5;16m  \033[0m off\n");
    bench_free(b);
}

static void test_progress(void)
{
    struct bench *b = bench_new((struct story_options){.colour = STORY_PLAIN, .progress = true});
    story_progress(b->story, 0, 1000000);
    assert_told(b, "\r\033[K    0.000 s  ...");
    story_progress(b->story, TICKS_PER_SECOND, 1100000); /* too soon */
    assert_told(b, "");
    story_progress(b->story, 100 * TICKS_PER_SECOND, 1500000);
    assert_told(b, "\r\033[K  100.000 s  ... at 200 times real time");
    b->now = 100 * TICKS_PER_SECOND;
    led(b, "off", 0, 0, 0, 0); /* a line takes its place */
    assert_told(b, "\r\033[K  100.000 s  led       off\n");
    story_finish(b->story);
    assert_told(b, "");
    bench_free(b);
    b = bench_new(plain);
    story_progress(b->story, TICKS_PER_SECOND, 1000000);
    assert_told(b, "");
    bench_free(b);
}

static void assert_options(FILE *terminal, const char *no_colour, const char *colorterm, const char *term,
                           enum story_colour colour, bool progress)
{
    static const char *const names[] = {"NO_COLOR", "COLORTERM", "TERM"};
    const char *values[] = {no_colour, colorterm, term};
    for (unsigned i = 0; i < 3; i++) {
        if (values[i] != NULL)
            g_setenv(names[i], values[i], TRUE);
        else
            g_unsetenv(names[i]);
    }
    struct story_options options = story_options_for(terminal);
    g_assert_cmpint(options.colour, ==, colour);
    g_assert_cmpint(options.progress, ==, progress);
}

static void test_options(void)
{
    FILE *file = tmpfile();
    assert_options(file, NULL, "truecolor", "xterm-256color", STORY_PLAIN, false);
    fclose(file);
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
        g_test_skip("there is no pseudo terminal");
        return;
    }
    FILE *terminal = fopen(ptsname(master), "r+");
    g_assert_nonnull(terminal);
    assert_options(terminal, NULL, "truecolor", "xterm-256color", STORY_TRUE_COLOUR, true);
    assert_options(terminal, "", "24bit", "xterm", STORY_TRUE_COLOUR, true); /* an empty NO_COLOR is none */
    assert_options(terminal, NULL, NULL, "xterm-256color", STORY_256, true);
    assert_options(terminal, NULL, NULL, "vt100", STORY_PLAIN, true);
    assert_options(terminal, "1", "truecolor", "xterm-256color", STORY_PLAIN, true);
    assert_options(terminal, NULL, "truecolor", "dumb", STORY_PLAIN, false);
    assert_options(terminal, NULL, "truecolor", NULL, STORY_PLAIN, false);
    fclose(terminal);
    close(master);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/story/words", test_words);
    g_test_add_func("/story/untold", test_untold);
    g_test_add_func("/story/programming", test_programming);
    g_test_add_func("/story/erasing", test_erasing);
    g_test_add_func("/story/backup", test_backup);
    g_test_add_func("/story/serial", test_serial);
    g_test_add_func("/story/order", test_order);
    g_test_add_func("/story/width", test_width);
    g_test_add_func("/story/colour", test_colour);
    g_test_add_func("/story/progress", test_progress);
    g_test_add_func("/story/options", test_options);
    return g_test_run();
}
