/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "emu/observe/condition.h"

static uint64_t next_n;
static ticks_t now;

static bool feed_fields(struct condition *c, const char *kind, const struct event_field *fields, size_t n_fields)
{
    struct event event = {.ticks = now, .n = ++next_n, .kind = kind, .n_fields = n_fields, .fields = fields};
    return condition_feed(c, &event);
}

#define feed(C, KIND, ...)                                                                                                     \
    feed_fields((C), (KIND), (const struct event_field[]){__VA_ARGS__},                                                        \
                sizeof((const struct event_field[]){__VA_ARGS__}) / sizeof(struct event_field))

static bool feed_led(struct condition *c, const char *name, const char *state)
{
    return feed(c, "led", FIELD_STRING("name", name), FIELD_STRING("state", state), FIELD_INT("period_ms", 202));
}

static bool feed_reset(struct condition *c, const char *cause)
{
    return feed(c, "reset", FIELD_STRING("cause", cause));
}

static bool feed_erase(struct condition *c, const char *phase, int sector)
{
    return feed(c, "flash", FIELD_STRING("op", "erase"), FIELD_STRING("phase", phase), FIELD_INT("sector", sector),
                FIELD_HEX("address", 0x080A0000));
}

static bool feed_byte(struct condition *c, const char *port, const char *direction, char byte)
{
    return feed(c, "uart", FIELD_STRING("port", port), FIELD_STRING("direction", direction),
                FIELD_INT("byte", (unsigned char)byte), FIELD_INT("baud", 9600));
}

/* How many bytes of the text until it holds; -1 if it never does. */
static int feed_text(struct condition *c, const char *port, const char *text)
{
    for (int i = 0; text[i] != '\0'; i++)
        if (feed_byte(c, port, "tx", text[i]))
            return i + 1;
    return -1;
}

static struct condition *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    struct condition *c = condition_parse(text, &error);
    g_assert_no_error(error);
    g_assert_nonnull(c);
    return c;
}

/* ---- single parts ---- */

static void test_led(void)
{
    struct condition *c = parse("led=blinking yellow");
    g_assert_false(feed_led(c, "rgb", "solid white"));
    g_assert_false(feed_led(c, "user", "blinking yellow")); /* another LED */
    g_assert_true(feed_led(c, "rgb", "blinking yellow"));
    g_assert_false(feed_led(c, "rgb", "off"));
    condition_free(c);
    static const char *const user[] = {"led.name=user and led=solid blue", "led=solid blue and led.name=user",
                                       "led.state=solid blue and led.name=user"};
    for (unsigned i = 0; i < G_N_ELEMENTS(user); i++) {
        c = parse(user[i]);
        g_assert_false(feed_led(c, "rgb", "solid blue"));
        g_assert_true(feed_led(c, "user", "solid blue"));
        condition_free(c);
    }
    c = parse("led~yellow");
    g_assert_true(feed_led(c, "rgb", "blinking yellow"));
    condition_free(c);
    c = parse("  led  =  off ");
    g_assert_true(feed_led(c, "rgb", "off"));
    condition_free(c);
}

static void test_reset(void)
{
    struct condition *c = parse("reset");
    g_assert_false(feed_led(c, "rgb", "off"));
    g_assert_true(feed_reset(c, "pin"));
    g_assert_false(feed_led(c, "rgb", "off")); /* true at the event only */
    g_assert_true(feed_reset(c, "software"));
    condition_free(c);
    c = parse("reset=software");
    g_assert_false(feed_reset(c, "pin"));
    g_assert_true(feed_reset(c, "software"));
    condition_free(c);
    c = parse("reset.cause~soft");
    g_assert_true(feed_reset(c, "software"));
    condition_free(c);
}

static void test_flash_erase(void)
{
    struct condition *c = parse("flash-erase=9");
    g_assert_false(feed_erase(c, "begin", 9));
    g_assert_false(feed_erase(c, "end", 10));
    g_assert_false(feed(c, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", "end")));
    g_assert_true(feed_erase(c, "end", 9));
    condition_free(c);
    c = parse("flash-erase");
    g_assert_false(feed_erase(c, "begin", 3));
    g_assert_true(feed_erase(c, "end", 3));
    condition_free(c);
    /* two of them are two erases */
    c = parse("flash-erase=9 and flash-erase=10");
    g_assert_false(feed_erase(c, "end", 9));
    g_assert_true(feed_erase(c, "end", 10));
    condition_free(c);
}

static void test_fault_and_user_loop(void)
{
    struct condition *c = parse("fault");
    g_assert_true(feed(c, "fault", FIELD_STRING("type", "busfault"), FIELD_HEX("pc", 0x08000100)));
    g_assert_false(condition_mentions(c, "user-loop"));
    condition_free(c);
    c = parse("fault=lockup");
    g_assert_false(feed(c, "fault", FIELD_STRING("type", "busfault")));
    g_assert_true(feed(c, "fault", FIELD_STRING("type", "lockup")));
    condition_free(c);
    c = parse("reset or led=off and user-loop");
    g_assert_true(condition_mentions(c, "user-loop"));
    condition_free(c);
    c = parse("user-loop");
    g_assert_true(feed(c, "user-loop", FIELD_HEX("pc", 0x080A0100)));
    condition_free(c);
}

static void test_numbers(void)
{
    struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"led.period_ms=202", true},
        {"led.period_ms=0xCA", true},
        {"led.period_ms=202ms", true},
        {"led.period_ms=0.202s", true},
        {"led.period_ms=203", false},
        {"led.period_ms>200ms", true},
        {"led.period_ms>202", false},
        {"led.period_ms<0.3s", true},
        {"led.period_ms<202", false},
        {"led.period_ms~20", true},
        {"led.period_ms~9", false},
        {"led.t=3.5", true},
        {"led.t>3s", true},
        {"led.t>3500ms", false},
        {"led.t<1min", true},
        {"led.ticks=349440000000", true},
        {"led.ticks>3s", true},
        {"led.n>0", true},
        {"led.n<1", false},
        {"led.state~blink", true},
        {"led.period_ms>-1", true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct condition *c = parse(cases[i].text);
        now = TICKS_PER_SECOND * 7 / 2;
        g_test_message("%s", cases[i].text);
        g_assert_cmpint(feed_led(c, "rgb", "blinking yellow"), ==, cases[i].holds);
        condition_free(c);
    }
    now = 0;
    struct condition *c = parse("flash.address=0x080A0000");
    g_assert_true(feed_erase(c, "begin", 9));
    condition_free(c);
    c = parse("flash.address=134873088"); /* the same number */
    g_assert_true(feed_erase(c, "begin", 9));
    condition_free(c);
    c = parse("flash.address~080A"); /* as it is written */
    g_assert_true(feed_erase(c, "begin", 9));
    condition_free(c);
    c = parse("pwm.duty>0.5");
    g_assert_false(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 0.5)));
    g_assert_true(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 0.502)));
    condition_free(c);
    c = parse("pwm.duty=0.333"); /* as the log shows it */
    g_assert_true(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 1.0 / 3)));
    condition_free(c);
    c = parse("power=true");
    g_assert_false(feed(c, "power", FIELD_BOOL("on", false)));
    g_assert_true(feed(c, "power", FIELD_BOOL("on", true)));
    condition_free(c);
    c = parse("dac.channel=2 and dac>1000");
    g_assert_false(feed(c, "dac", FIELD_INT("channel", 1), FIELD_INT("millivolts", 3000)));
    g_assert_true(feed(c, "dac", FIELD_INT("channel", 2), FIELD_INT("millivolts", 1001)));
    condition_free(c);
    c = parse("led.since>3s"); /* a field that is not there */
    g_assert_false(feed_led(c, "rgb", "off"));
    condition_free(c);
}

/* ---- what a port sends ---- */

static void test_uart(void)
{
    struct condition *c = parse("uart~hello");
    g_assert_cmpint(feed_text(c, "USART1", "say hello there"), ==, 9);
    condition_reset(c);
    g_assert_cmpint(feed_text(c, "USART1", "hel"), ==, -1);
    g_assert_cmpint(feed_text(c, "USART2", "lo"), ==, -1); /* each port for itself */
    g_assert_cmpint(feed_text(c, "USART1", "lo"), ==, 2);
    condition_reset(c);
    g_assert_cmpint(feed_text(c, "USART1", "hel"), ==, -1);
    condition_reset(c);
    g_assert_cmpint(feed_text(c, "USART1", "lo"), ==, -1);
    for (const char *p = "hello"; *p != '\0'; p++)
        g_assert_false(feed_byte(c, "USART1", "rx", *p)); /* not what it is sent */
    condition_free(c);
    c = parse("uart.direction=rx and uart~hi");
    g_assert_false(feed_byte(c, "USART1", "tx", 'h'));
    g_assert_false(feed_byte(c, "USART1", "tx", 'i'));
    g_assert_false(feed_byte(c, "USART1", "rx", 'h'));
    g_assert_true(feed_byte(c, "USART1", "rx", 'i'));
    condition_free(c);
}

static void test_uart_overlap(void)
{
    /* beginnings that repeat: what naive matching misses */
    struct condition *c = parse("uart~aab");
    g_assert_cmpint(feed_text(c, "USART1", "aaaab"), ==, 5);
    condition_free(c);
    c = parse("uart~abcabd");
    g_assert_cmpint(feed_text(c, "USART1", "abcabcabd"), ==, 9);
    condition_free(c);
    c = parse("uart~ababaca");
    g_assert_cmpint(feed_text(c, "USART1", "abababababaca"), ==, 13);
    g_assert_cmpint(feed_text(c, "USART1", "babaca"), ==, 6); /* overlaps the one before */
    condition_free(c);
}

static void test_uart_line(void)
{
    struct condition *c = parse("uart=ready");
    g_assert_cmpint(feed_text(c, "USART1", "not ready\r\nready!\nready\r\n"), ==, 24);
    condition_free(c);
    c = parse("uart~\"ready\\r\\n\"");
    g_assert_cmpint(feed_text(c, "USART1", "ready\nready\r\n"), ==, 13);
    condition_free(c);
    c = parse("uart.port=USART2 and uart~x");
    g_assert_cmpint(feed_text(c, "USART1", "x"), ==, -1);
    g_assert_cmpint(feed_text(c, "USART2", "x"), ==, 1);
    condition_free(c);
    c = parse("uart~x and uart.port=USART2");
    g_assert_cmpint(feed_text(c, "USART1", "x"), ==, -1);
    g_assert_cmpint(feed_text(c, "USART2", "x"), ==, 1);
    condition_free(c);
    c = parse("uart~one and uart~two");
    g_assert_cmpint(feed_text(c, "USART1", "two three one"), ==, 13);
    condition_free(c);
    c = parse("uart~\"\\x00\\xFF\"");
    g_assert_false(feed_byte(c, "USART1", "tx", '\0'));
    g_assert_true(feed_byte(c, "USART1", "tx", '\xFF'));
    condition_free(c);
    c = parse("uart~ab");
    for (unsigned i = 0; i < 20; i++) { /* more ports than there is room for */
        char name[16];
        g_snprintf(name, sizeof name, "PORT%u", i);
        g_assert_false(feed_byte(c, name, "tx", 'a'));
    }
    condition_free(c);
}

/* ---- joined ---- */

static void test_and(void)
{
    /* something that happened is remembered; a state must last */
    struct condition *c = parse("reset and led=solid white");
    g_assert_false(feed_led(c, "rgb", "solid white"));
    g_assert_false(feed_led(c, "rgb", "off"));
    g_assert_false(feed_reset(c, "pin"));
    g_assert_false(feed_led(c, "rgb", "breathing white"));
    g_assert_true(feed_led(c, "rgb", "solid white"));
    condition_reset(c);
    g_assert_false(feed_led(c, "rgb", "solid white"));
    g_assert_true(feed_reset(c, "pin")); /* while it lasts */
    condition_free(c);

    c = parse("reset and flash-erase=9");
    g_assert_false(feed_erase(c, "end", 9));
    g_assert_true(feed_reset(c, "pin"));
    condition_free(c);

    /* parts of one kind speak of one event */
    c = parse("flash.op=erase and flash.phase=begin and flash.sector=9");
    g_assert_false(feed_erase(c, "begin", 10));
    g_assert_false(feed_erase(c, "end", 9));
    g_assert_true(feed_erase(c, "begin", 9));
    condition_free(c);
    /* until one is given a second value */
    c = parse("flash.sector=9 and flash.sector=10");
    g_assert_false(feed_erase(c, "end", 9));
    g_assert_true(feed_erase(c, "end", 10));
    condition_free(c);
    c = parse("pwm.duty>0.2 and pwm.duty<0.4");
    g_assert_false(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 0.1)));
    g_assert_false(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 0.5)));
    g_assert_true(feed(c, "pwm", FIELD_STRING("pin", "PB7"), FIELD_REAL("duty", 0.3)));
    condition_free(c);
}

static bool feed_pin(struct condition *c, const char *pin, int level)
{
    return feed(c, "pin", FIELD_STRING("pin", pin), FIELD_INT("level", level), FIELD_STRING("drive", "output"));
}

static void test_states(void)
{
    struct condition *c = parse("pin.pin=PA13 and pin.level=1 and reset");
    g_assert_false(feed_pin(c, "PA13", 1));
    g_assert_false(feed_pin(c, "PB7", 0)); /* another pin changes nothing */
    g_assert_true(feed_reset(c, "pin"));
    g_assert_false(feed_pin(c, "PA13", 0));
    g_assert_false(feed_reset(c, "pin"));
    condition_free(c);
    /* without a pin: the last event of any */
    c = parse("pin.level=1 and reset");
    g_assert_false(feed_pin(c, "PA13", 1));
    g_assert_false(feed_pin(c, "PB7", 0));
    g_assert_false(feed_reset(c, "pin"));
    condition_free(c);
    /* two pins at once */
    c = parse("pin.pin=PA13 and pin.level=1 and pin.pin=PB7 and pin.level=0");
    g_assert_false(feed_pin(c, "PA13", 1));
    g_assert_false(feed_pin(c, "PA13", 0));
    g_assert_false(feed_pin(c, "PB7", 0));
    g_assert_true(feed_pin(c, "PA13", 1));
    condition_free(c);
    /* there is one power supply */
    c = parse("power=true and reset");
    g_assert_false(feed(c, "power", FIELD_BOOL("on", true)));
    g_assert_true(feed_reset(c, "pin"));
    g_assert_false(feed(c, "power", FIELD_BOOL("on", false)));
    g_assert_false(feed_reset(c, "pin"));
    condition_free(c);
}

static void test_or(void)
{
    struct condition *c = parse("led=off and reset or flash-erase=9");
    g_assert_true(feed_erase(c, "end", 9)); /* and binds tighter */
    g_assert_false(feed_reset(c, "pin"));
    g_assert_true(feed_led(c, "rgb", "off"));
    condition_free(c);
    c = parse("flash-erase=9 or led=off and reset");
    g_assert_true(feed_erase(c, "end", 9));
    condition_free(c);
    c = parse("reset=pin or reset=iwdg");
    g_assert_false(feed_reset(c, "software"));
    g_assert_true(feed_reset(c, "iwdg"));
    g_assert_true(feed_reset(c, "pin"));
    condition_free(c);
}

static void test_quotes(void)
{
    struct condition *c = parse("uart~\"this and that or \\\"both\\\"\" or reset");
    g_assert_cmpint(feed_text(c, "USART1", "this and that or \"both\""), ==, 23);
    g_assert_true(feed_reset(c, "pin"));
    condition_free(c);
    c = parse("uart~5\" and reset"); /* a quote inside a text is only that */
    g_assert_cmpint(feed_text(c, "USART1", "5\""), ==, -1);
    g_assert_true(feed_reset(c, "pin"));
    condition_free(c);
    c = parse("uart~a=b>c"); /* only the first comparison is one */
    g_assert_cmpint(feed_text(c, "USART1", "a=b>c"), ==, 5);
    condition_free(c);
    c = parse("uart~sand"); /* no words within words */
    g_assert_cmpint(feed_text(c, "USART1", "sand"), ==, 4);
    condition_free(c);
    c = parse("uart~a\tand\treset"); /* any blank joins */
    g_assert_cmpint(feed_text(c, "USART1", "a"), ==, -1);
    g_assert_true(feed_reset(c, "pin"));
    condition_free(c);
}

/* ---- errors ---- */

static void test_errors(void)
{
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"", "KIND[.FIELD](=|~|>|<)VALUE"},
        {"   ", "KIND[.FIELD]"},
        {"=5", "KIND[.FIELD]"},
        {"rest", "there is no event \"rest\"; there are: flash-erase, module"},
        {"led.colour=red", "has no field \"colour\"; it has: name, state"},
        {"led=", "no value"},
        {"led=blinking yelow", "solid, blinking or breathing in white, red"},
        {"led=yellow", "solid, blinking or breathing"},
        {"reset and", "there is no event \"reset and\""},
        {"reset and ", "KIND[.FIELD]"},
        {"reset or  or reset", "KIND[.FIELD]"},
        {"and reset", "there is no event \"and reset\""},
        {"flash-erase=12", "a sector from 0 to 11"},
        {"flash-erase=1.5", "a sector from 0 to 11"},
        {"flash-erase>3", "a sector from 0 to 11"},
        {"flash-erase=9ms", "a sector from 0 to 11"},
        {"flash.sector=nine", "\"nine\" is no number"},
        {"flash.sector=\"9\"", "\"9\" is no number"},
        {"flash.sector=3s", "sector is not a time"},
        {"flash.sector=0x", "is no number"},
        {"flash.sector=9x", "is no number"},
        {"flash.sector=1 2", "is no number"},
        {"flash.sector=nan", "is no number"},
        {"led.period_ms=5 parsecs", "or 250ms"},
        {"reset>3", "cause is a text"},
        {"uart>3", "contains"},
        {"power=maybe", "on is true or false"},
        {"light=5", "name a field, as in light.FIELD; it has: name, r, g, b"},
        {"reset.cause", "there is no comparison"},
        {"uart~\"open", "not well-formed"},
        {"uart~\"a\"b", "not well-formed"},
        {"uart~\"\\q\"", "not well-formed"},
        {"uart~\"\\x4\"", "not well-formed"},
        {"uart~\"\"", "no value"},
        {"reset and led=green or reset", "at \"led=green\""},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        struct condition *c = condition_parse(bad[i].text, &error);
        g_assert_null(c);
        g_assert_error(error, CONDITION_ERROR, 0);
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, bad[i].part));
        g_autofree char *quoted = g_strdup_printf("Condition \"%s\"", bad[i].text);
        g_assert_true(g_str_has_prefix(error->message, quoted));
        g_assert_true(g_str_has_suffix(error->message, "."));
    }
}

static void test_any_text(void)
{
    static const char *const words[] = {"led", "uart",  ".",     "=",           "~", ">",  " and ", " or ",
                                        "\"",  "\\",    "reset", "flash-erase", "9", "0x", "3s",    "name",
                                        "rgb", "state", "off",   " ",           "x", "\n", "\xFF",  "port"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(4);
    for (unsigned round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(NULL);
        for (int n = g_rand_int_range(rand, 0, 9); n > 0; n--)
            g_string_append(text, words[g_rand_int_range(rand, 0, G_N_ELEMENTS(words))]);
        g_autoptr(GError) error = NULL;
        struct condition *c = condition_parse(text->str, &error);
        g_assert_true((c == NULL) == (error != NULL));
        if (c == NULL)
            continue;
        feed_led(c, "rgb", "off");
        feed_byte(c, "USART1", "tx", 'x');
        feed_erase(c, "end", 9);
        feed_reset(c, "pin");
        condition_free(c);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/condition/led", test_led);
    g_test_add_func("/condition/reset", test_reset);
    g_test_add_func("/condition/flash-erase", test_flash_erase);
    g_test_add_func("/condition/fault-and-user-loop", test_fault_and_user_loop);
    g_test_add_func("/condition/numbers", test_numbers);
    g_test_add_func("/condition/uart", test_uart);
    g_test_add_func("/condition/uart-overlap", test_uart_overlap);
    g_test_add_func("/condition/uart-line", test_uart_line);
    g_test_add_func("/condition/and", test_and);
    g_test_add_func("/condition/states", test_states);
    g_test_add_func("/condition/or", test_or);
    g_test_add_func("/condition/quotes", test_quotes);
    g_test_add_func("/condition/errors", test_errors);
    g_test_add_func("/condition/any-text", test_any_text);
    return g_test_run();
}
