/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/parts/rgb-led.h"

#include <math.h>
#include <string.h>

#include "peripherals/stm32f2/gpio.h"
#include "tests/unit/device-test.h"

/* As on a Photon: low lights it, and CCR 3735 of 10000 is full. */
static const struct rgb_led_config photon = {.active_low = true, .full_scale = 0.3735, .name = "rgb"};
static const struct rgb_led_config plain = {.active_low = false, .full_scale = 1, .name = "rgb"};

#define PERIOD (TICKS_PER_SECOND / 100)

struct named {
    char state[32];
    double at, since;
    int period_ms; /* -1: none */
    int r, g, b;
};

struct bench {
    struct machine *m;
    struct device *probe;
    GArray *named; /* struct named, one an event */
    unsigned lights;
    int r, g, b; /* of the last light event */
};

static int integer(const struct event *event, const char *field)
{
    const struct event_field *f = event_field(event, field);
    return f == NULL ? -1 : (int)f->integer;
}

static void note(const struct event *event, void *data)
{
    struct bench *b = data;
    if (strcmp(event->kind, "light") == 0) {
        b->lights++;
        b->r = integer(event, "r");
        b->g = integer(event, "g");
        b->b = integer(event, "b");
    }
    if (strcmp(event->kind, "led") != 0)
        return;
    g_assert_cmpstr(event_field(event, "name")->string, ==, "rgb");
    struct named n = {.at = (double)event->ticks / (double)TICKS_PER_SECOND,
                      .since = event_field(event, "since")->real,
                      .period_ms = integer(event, "period_ms"),
                      .r = integer(event, "r"),
                      .g = integer(event, "g"),
                      .b = integer(event, "b")};
    g_strlcpy(n.state, event_field(event, "state")->string, sizeof n.state);
    g_array_append_val(b->named, n);
}

static void bench(struct bench *b, const struct rgb_led_config *config)
{
    *b = (struct bench){.m = bench_new(), .named = g_array_new(FALSE, FALSE, sizeof(struct named))};
    machine_add_device(b->m, &rgb_led_class, "RGB", 0, config);
    machine_connect(b->m, "probe.out0", "RGB.red");
    machine_connect(b->m, "probe.out1", "RGB.green");
    machine_connect(b->m, "probe.out2", "RGB.blue");
    machine_connect(b->m, "RGB.red_pad", "probe.in0");
    machine_seal(b->m);
    b->probe = machine_device(b->m, "probe");
    for (unsigned i = 0; i < 3; i++)
        probe_set(b->m, i, config->active_low);
    machine_subscribe(b->m, note, b);
    machine_power_on(b->m);
}

static void done(struct bench *b)
{
    machine_free(b->m);
    g_array_free(b->named, TRUE);
}

/* What firmware does to show components 0..255 at its usual brightness, TIM2's channels being set some cycles apart. */
static void show_scaled(struct bench *b, double r, double g, double bl)
{
    double component[] = {r, g, bl};
    for (unsigned i = 0; i < 3; i++) {
        uint32_t ccr = (uint32_t)(component[i] * 96 * 10000 / 65536);
        if (ccr == 0)
            probe_set(b->m, i, 1);
        else
            device_set_signal(b->probe, i, (struct signal){.period = PERIOD, .high = PERIOD / 10000 * (10000 - ccr)});
        pass(b->m, 10 * TICKS_PER_US);
    }
    pass(b->m, 0);
}

static void show(struct bench *b, uint32_t rgb)
{
    show_scaled(b, rgb >> 16, (rgb >> 8) & 0xFF, rgb & 0xFF);
}

/* For ms from the beginning of the change. */
static void show_for(struct bench *b, uint32_t rgb, unsigned ms)
{
    ticks_t until = machine_now(b->m) + ms * TICKS_PER_MS;
    show(b, rgb);
    machine_pass_time(b->m, until);
}

static void blink(struct bench *b, uint32_t rgb, unsigned on, unsigned off, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        show_for(b, rgb, on);
        show_for(b, 0, off);
    }
}

static struct named *last(struct bench *b)
{
    g_assert_cmpuint(b->named->len, >, 0);
    return &g_array_index(b->named, struct named, b->named->len - 1);
}

static void forget(struct bench *b)
{
    g_array_set_size(b->named, 0);
}

/* Exactly one event since the last forget. */
static struct named *only(struct bench *b, const char *state)
{
    if (b->named->len != 1 || strcmp(last(b)->state, state) != 0)
        for (unsigned i = 0; i < b->named->len; i++) {
            struct named *n = &g_array_index(b->named, struct named, i);
            g_test_message("%.3f %s since %.3f period %d", n->at, n->state, n->since, n->period_ms);
        }
    g_assert_cmpuint(b->named->len, ==, 1);
    g_assert_cmpstr(last(b)->state, ==, state);
    return last(b);
}

static void assert_near(double value, double expected, double tolerance)
{
    if (fabs(value - expected) > tolerance)
        g_error("%f is not near %f", value, expected);
}

/* ---- light ---- */

static void light(void)
{
    struct bench b;
    bench(&b, &photon);
    g_assert_cmpuint(b.lights, ==, 0);
    show_for(&b, 0xFF8000, 100);
    g_assert_cmpuint(b.lights, ==, 1); /* one change, though three channels changed one after the other */
    g_assert_cmpint(b.r, ==, 255);
    g_assert_cmpint(b.g, ==, 128);
    g_assert_cmpint(b.b, ==, 0);
    show_for(&b, 0xFF8000, 100);
    g_assert_cmpuint(b.lights, ==, 1);
    probe_set(b.m, 2, 0); /* a pad that is low all the time is brighter than full */
    pass(b.m, 10 * TICKS_PER_MS);
    g_assert_cmpint(b.b, ==, 255);
    show_for(&b, 0, 100);
    g_assert_cmpint(b.r + b.g + b.b, ==, 0);
    done(&b);
    bench(&b, &plain);
    device_set_signal(b.probe, 1, (struct signal){.period = PERIOD, .high = PERIOD / 5});
    pass(b.m, 10 * TICKS_PER_MS);
    g_assert_cmpint(b.g, ==, 51);
    g_assert_cmpint(b.r, ==, 0);
    done(&b);
}

static void pads(void)
{
    struct bench b;
    bench(&b, &photon);
    g_assert_cmpuint(probe_level(b.m, 0), ==, EXT_WEAK_HIGH);
    done(&b);
    bench(&b, &plain);
    g_assert_cmpuint(probe_level(b.m, 0), ==, EXT_WEAK_LOW);
    done(&b);
}

/* ---- solid and off ---- */

static void solid(void)
{
    struct bench b;
    bench(&b, &photon);
    pass(b.m, 699 * TICKS_PER_MS);
    g_assert_cmpuint(b.named->len, ==, 0);
    pass(b.m, 301 * TICKS_PER_MS);
    struct named *n = only(&b, "off");
    assert_near(n->at, 0.7, 0.003);
    assert_near(n->since, 0, 0.001);
    forget(&b);
    show_for(&b, 0xFFFFFF, 650);
    g_assert_cmpuint(b.named->len, ==, 0);
    pass(b.m, 5 * TICKS_PER_SECOND); /* key generation */
    n = only(&b, "solid white");
    assert_near(n->since, 1.0, 0.001);
    assert_near(n->at, 1.7, 0.003);
    g_assert_cmpint(n->period_ms, ==, -1);
    g_assert_cmpint(n->r, ==, 255);
    forget(&b);
    show_for(&b, 0, 500); /* a gap that is too short for a name */
    show_for(&b, 0xFFFFFF, 1000);
    g_assert_cmpuint(b.named->len, ==, 0);
    show_for(&b, 0, 701);
    only(&b, "off");
    done(&b);
}

static void colours(void)
{
    static const struct {
        uint32_t rgb;
        const char *state;
    } cases[] = {
        {0xFFFFFF, "solid white"},  {0xFF0000, "solid red"},    {0xFF6600, "solid orange"},  {0xFFA500, "solid orange"},
        {0xFFFF00, "solid yellow"}, {0xEEDD00, "solid yellow"}, {0x00FF00, "solid green"},   {0x00FFFF, "solid cyan"},
        {0x0000FF, "solid blue"},   {0x1133FF, "solid blue"},   {0xFF00FF, "solid magenta"}, {0x330033, "solid magenta"},
        {0x1F1F1F, "solid grey"},   {0xEEEEFF, "solid white"},  {0x110000, "solid red"},     {0x444400, "solid yellow"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct bench b;
        bench(&b, &photon);
        show_for(&b, cases[i].rgb, 1000);
        only(&b, cases[i].state);
        done(&b);
    }
}

/* ---- blinking ---- */

static void blinking(void)
{
    static const struct {
        uint32_t rgb;
        unsigned half;
        const char *state;
    } cases[] = {
        {0xFF00FF, 101, "blinking magenta"}, /* bootloader: safe mode */
        {0xFFFF00, 101, "blinking yellow"},  /* bootloader: DFU */
        {0x00FF00, 51, "blinking green"},    /* bootloader: factory reset */
        {0xFFFFFF, 51, "blinking white"},    /* bootloader: clear Wi-Fi */
        {0x0000FF, 250, "blinking blue"},    /* listening mode */
        {0x0000FF, 251, "blinking blue"},    {0x00FFFF, 100, "blinking cyan"},   {0x00FFFF, 50, "blinking cyan"},
        {0xFF0000, 25, "blinking red"},      {0xFF6600, 600, "blinking orange"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct bench b;
        bench(&b, &photon);
        pass(b.m, 650 * TICKS_PER_MS); /* too long for a half period, too short for a name */
        blink(&b, cases[i].rgb, cases[i].half, cases[i].half, 20);
        struct named *n = only(&b, cases[i].state);
        g_assert_cmpint(n->period_ms, ==, 2 * cases[i].half);
        assert_near(n->since, 0.65, 0.001);
        assert_near(n->at, 0.65 + 3 * cases[i].half / 1000.0, 0.003); /* with the second fall */
        g_assert_cmpint(n->r, ==, cases[i].rgb >> 16);
        done(&b);
    }
}

/* From a steady light of the same colour: its long phase is no part of the rhythm. */
static void blinking_after_solid(void)
{
    struct bench b;
    bench(&b, &photon);
    show_for(&b, 0xFFFFFF, 1000);
    forget(&b);
    for (unsigned i = 0; i < 5; i++) {
        show_for(&b, 0, 100);
        show_for(&b, 0xFFFFFF, 100);
    }
    struct named *n = only(&b, "blinking white");
    assert_near(n->since, 1.0, 0.001);
    assert_near(n->at, 1.4, 0.003); /* two flashes of the same length */
    forget(&b);
    pass(b.m, 2 * TICKS_PER_SECOND);
    n = only(&b, "solid white");
    assert_near(n->since, 1.9, 0.001);
    done(&b);
}

static void one_flash_is_no_blink(void)
{
    struct bench b;
    bench(&b, &photon);
    pass(b.m, TICKS_PER_SECOND);
    forget(&b);
    show_for(&b, 0xFF0000, 100); /* the brief red of a missing part 1 */
    show_for(&b, 0, 200);
    show_for(&b, 0xFFFF00, 100); /* another colour */
    show_for(&b, 0, 64);
    show_for(&b, 0xFFFFFF, 20); /* a system that resets itself as soon as it runs: equal darkness before and after */
    show_for(&b, 0, 64);
    show_for(&b, 0x00FF00, 100);
    show_for(&b, 0, 1000);
    g_assert_cmpuint(b.named->len, ==, 0); /* "off" holds */
    done(&b);
}

static void colours_of_blinks_change(void)
{
    struct bench b;
    bench(&b, &photon);
    pass(b.m, TICKS_PER_SECOND); /* SETUP held: off, magenta, yellow, green, white */
    blink(&b, 0xFF00FF, 101, 101, 10);
    blink(&b, 0xFFFF00, 101, 101, 17);
    blink(&b, 0x00FF00, 51, 51, 33);
    blink(&b, 0xFFFFFF, 51, 51, 10);
    static const char *const expected[] = {"off", "blinking magenta", "blinking yellow", "blinking green", "blinking white"};
    g_assert_cmpuint(b.named->len, ==, G_N_ELEMENTS(expected));
    for (unsigned i = 0; i < b.named->len; i++)
        g_assert_cmpstr(g_array_index(b.named, struct named, i).state, ==, expected[i]);
    done(&b);
}

static void rhythm_changes(void)
{
    struct bench b;
    bench(&b, &photon);
    blink(&b, 0x00FF00, 100, 100, 10); /* connecting, then DHCP */
    only(&b, "blinking green");
    g_assert_cmpint(last(&b)->period_ms, ==, 200);
    forget(&b);
    blink(&b, 0x00FF00, 50, 50, 20);
    only(&b, "blinking green");
    g_assert_cmpint(last(&b)->period_ms, ==, 100);
    done(&b);
}

/* The CPU stalls while a sector of 16 KB is erased. */
static void stalled_blink(void)
{
    struct bench b;
    bench(&b, &photon);
    blink(&b, 0x00FF00, 51, 51, 10);
    forget(&b);
    show_for(&b, 0x00FF00, 51 + 550);
    show_for(&b, 0, 51);
    blink(&b, 0x00FF00, 51, 51, 10);
    g_assert_cmpuint(b.named->len, ==, 0);
    show_for(&b, 0x00FF00, 51 + 1000); /* 128 KB: long enough to be a steady light */
    only(&b, "solid green");
    forget(&b);
    show_for(&b, 0, 51);
    blink(&b, 0x00FF00, 51, 51, 10);
    only(&b, "blinking green");
    done(&b);
}

static void sos(void)
{
    struct bench b;
    bench(&b, &photon);
    show_for(&b, 0x0000FF, 1000);
    forget(&b);
    for (unsigned round = 0; round < 2; round++) {
        blink(&b, 0xFF0000, 150, 100, 3);
        show_for(&b, 0, 100);
        blink(&b, 0xFF0000, 300, 100, 3);
        show_for(&b, 0, 100);
        blink(&b, 0xFF0000, 150, 100, 3);
        show_for(&b, 0, 900);
        blink(&b, 0xFF0000, 300, 300, 8); /* code 8 */
        show_for(&b, 0, 800);
    }
    only(&b, "blinking red");
    forget(&b);
    pass(b.m, 2 * TICKS_PER_SECOND);
    only(&b, "off");
    done(&b);
}

/* One toggle per chunk that arrives. */
static void irregular(void)
{
    static const unsigned halves[] = {40, 200, 90, 60, 300, 35, 150, 70, 250, 45, 120, 55};
    struct bench b;
    bench(&b, &photon);
    show_for(&b, 0xFF00FF, 1000);
    forget(&b);
    for (unsigned i = 0; i < G_N_ELEMENTS(halves); i++)
        show_for(&b, i % 2 ? 0xFF00FF : 0, halves[i]);
    only(&b, "blinking magenta");
    done(&b);
}

/* ---- breathing ---- */

/* Two events since the last forget: the breath, and later its period. */
static struct named *breath(struct bench *b, const char *state)
{
    g_assert_cmpuint(b->named->len, ==, 2);
    struct named *first = &g_array_index(b->named, struct named, 0), *second = first + 1;
    g_assert_cmpstr(first->state, ==, state);
    g_assert_cmpint(first->period_ms, ==, -1);
    g_assert_cmpstr(second->state, ==, state);
    assert_near(second->since, first->since, 0.0005);
    return second;
}

/* steps each way, from full to dark and back, from_step of 2 * steps. */
static void breathe(struct bench *b, uint32_t rgb, unsigned steps, unsigned ms, unsigned from_step, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned phase = (from_step + i) % (2 * steps);
        double share = phase < steps ? 1 - (double)phase / steps : (double)(phase - steps) / steps;
        ticks_t until = machine_now(b->m) + ms * TICKS_PER_MS;
        show_scaled(b, (rgb >> 16) * share, ((rgb >> 8) & 0xFF) * share, (rgb & 0xFF) * share);
        machine_pass_time(b->m, until);
    }
}

static void breathing(void)
{
    static const struct {
        uint32_t rgb;
        unsigned steps, ms;
        const char *state;
    } cases[] = {
        {0x00FFFF, 80, 25, "breathing cyan"},  {0xFFFFFF, 80, 25, "breathing white"}, {0xFF00FF, 80, 25, "breathing magenta"},
        {0x00FF00, 99, 21, "breathing green"}, {0x0000FF, 99, 21, "breathing blue"},  {0xFF6600, 80, 25, "breathing orange"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct bench b;
        bench(&b, &photon);
        pass(b.m, 100 * TICKS_PER_MS);
        breathe(&b, cases[i].rgb, cases[i].steps, cases[i].ms, 0, 10 * cases[i].steps);
        struct named *n = breath(&b, cases[i].state);
        g_assert_cmpfloat(n[-1].at, <, 0.1 + 31 * cases[i].ms / 1000.0);
        int period = (int)(2 * cases[i].steps * cases[i].ms);
        g_assert_cmpint(ABS(n->period_ms - period), <=, (int)(2 * cases[i].ms));
        assert_near(n->since, 0.1, 0.001);
        g_assert_cmpfloat(n->at, <, 0.1 + period / 2000.0 + 0.3); /* soon after the first turn */
        g_assert_cmpint(MAX(n->r, MAX(n->g, n->b)), >=, 254);
        forget(&b);
        show_for(&b, cases[i].rgb, 800);
        g_assert_true(g_str_has_prefix(only(&b, last(&b)->state)->state, "solid "));
        done(&b);
    }
}

/* From somewhere in the middle the period is known after two turns. */
static void breathing_from_the_middle(void)
{
    struct bench b;
    bench(&b, &photon);
    show_for(&b, 0x808080, 800);
    forget(&b);
    breathe(&b, 0x00FF00, 80, 25, 50, 600);
    struct named *n = breath(&b, "breathing green");
    g_assert_cmpint(ABS(n->period_ms - 4000), <=, 50);
    g_assert_cmpint(n->g, >=, 254);
    done(&b);
}

static void breathing_changes_colour(void)
{
    struct bench b;
    bench(&b, &photon);
    breathe(&b, 0x00FF00, 80, 25, 0, 400);
    breath(&b, "breathing green");
    forget(&b);
    breathe(&b, 0x00FFFF, 80, 25, 80, 400); /* from dark */
    breath(&b, "breathing cyan");
    forget(&b);
    blink(&b, 0x00FFFF, 50, 50, 5);
    g_assert_cmpstr(last(&b)->state, ==, "blinking cyan");
    breathe(&b, 0x00FFFF, 80, 25, 0, 400);
    g_assert_cmpstr(last(&b)->state, ==, "breathing cyan");
    g_assert_cmpuint(b.named->len, ==, 3);
    done(&b);
}

/* Brightness that goes one way for a moment is a fade-out; longer, it is a breath: a photon that goes from breathing white to
   blinking blue within two seconds never turned. */
static void one_way(void)
{
    struct bench b;
    bench(&b, &photon);
    breathe(&b, 0x00FF00, 29, 25, 0, 29);
    show_for(&b, 0, 1000);
    only(&b, "off");
    forget(&b);
    show_for(&b, 0xFFFFFF, 1000);
    only(&b, "solid white");
    forget(&b);
    breathe(&b, 0xFFFFFF, 80, 25, 1, 45);
    struct named *n = only(&b, "breathing white");
    g_assert_cmpint(n->period_ms, ==, -1);
    forget(&b);
    blink(&b, 0x0000FF, 250, 250, 3);
    only(&b, "blinking blue");
    done(&b);
}

/* Half brightness, as RGB.brightness(48) gives: steps smaller than 1/255. */
static void dim_breathing(void)
{
    struct bench b;
    bench(&b, &photon);
    breathe(&b, 0x400000, 99, 21, 99, 800); /* from dark */
    struct named *n = breath(&b, "breathing red");
    g_assert_cmpint(ABS(n->period_ms - 4158), <=, 45);
    done(&b);
}

/* ---- resets ---- */

static void resets(void)
{
    struct bench b;
    bench(&b, &photon);
    blink(&b, 0xFF00FF, 101, 101, 10);
    forget(&b);
    struct device *led = machine_device(b.m, "RGB");
    led->class->reset(led, RESET_SYSTEM); /* a reset of the chip does not reach the LED */
    blink(&b, 0xFF00FF, 101, 101, 10);
    g_assert_cmpuint(b.named->len, ==, 0);
    show_for(&b, 0xFF00FF, 20);
    unsigned before = b.lights;
    show(&b, 0);
    machine_power_on(b.m);
    g_assert_cmpuint(b.lights, ==, before + 1);
    g_assert_cmpint(b.r, ==, 0);
    pass(b.m, TICKS_PER_SECOND);
    only(&b, "off");
    done(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rgb-led/light", light);
    g_test_add_func("/rgb-led/pads", pads);
    g_test_add_func("/rgb-led/solid", solid);
    g_test_add_func("/rgb-led/colours", colours);
    g_test_add_func("/rgb-led/blinking", blinking);
    g_test_add_func("/rgb-led/blinking-after-solid", blinking_after_solid);
    g_test_add_func("/rgb-led/one-flash-is-no-blink", one_flash_is_no_blink);
    g_test_add_func("/rgb-led/colours-of-blinks-change", colours_of_blinks_change);
    g_test_add_func("/rgb-led/rhythm-changes", rhythm_changes);
    g_test_add_func("/rgb-led/stalled-blink", stalled_blink);
    g_test_add_func("/rgb-led/sos", sos);
    g_test_add_func("/rgb-led/irregular", irregular);
    g_test_add_func("/rgb-led/breathing", breathing);
    g_test_add_func("/rgb-led/breathing-from-the-middle", breathing_from_the_middle);
    g_test_add_func("/rgb-led/breathing-changes-colour", breathing_changes_colour);
    g_test_add_func("/rgb-led/one-way", one_way);
    g_test_add_func("/rgb-led/dim-breathing", dim_breathing);
    g_test_add_func("/rgb-led/resets", resets);
    return g_test_run();
}
