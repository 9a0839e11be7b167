/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RGB LED and the naming of its patterns. No manual: the eye of the one who looks at a Photon, and the timings of its firmware.
 *
 * Models: brightness from the duty of each channel; a name for what it shows, as soon as the pattern is proven:
 *   off, solid   nothing changed for 700ms (1.2s in an irregular blink, so that an SOS stays "blinking red")
 *   blinking     one colour was lit twice for the same time, with darkness between; or eight turns of any rhythm
 *   breathing    brightness went one way in thirty small steps with the same colour; its period is told once it went the other
 *                way too
 * Leaves out: a name for two colours that take turns (the last name stays); waves so slow that they would be seen as blinking.
 * Real firmware needs: half periods of 50, 51, 100, 101, 250 and 251ms; breathing in steps of 21 or 25ms over about 4s.
 *
 * Firmware sets the three channels one after the other, so a change is looked at 2ms after it began: no eye sees less, and the
 * PWM has a period of 10ms.
 */
#include "peripherals/parts/rgb-led.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "peripherals/stm32f2/gpio.h"

enum { RED, GREEN, BLUE, CHANNELS };
enum { TIMER_SETTLE, TIMER_HOLD };

#define SETTLE         (2 * TICKS_PER_MS)
#define HOLD           (700 * TICKS_PER_MS)
#define HOLD_IRREGULAR (1200 * TICKS_PER_MS)
#define SHORTEST_HALF  (20 * TICKS_PER_MS)
#define LONGEST_HALF   (620 * TICKS_PER_MS)

/* Brightness is kept with 16 bits a channel: steps of a slow fade are smaller than 1/255. */
enum {
    FULL = 65535,
    DARK = FULL / 64, /* below this it counts as dark */
    BLINK_AMPLITUDE = FULL / 16,
    FADE_STEP = FULL / 10,  /* a larger jump is no part of a fade */
    FADE_RUN = 10,          /* steps in one direction ... */
    FADE_TURN = 5,          /* ... and in the other that prove a fade, and tell its period */
    FADE_LONG = 30,         /* steps in one direction that nothing else has: a breath may end before it turns */
    HUE_VISIBLE = FULL / 6, /* darker colours are too coarse to compare */
    HUE_TOLERANCE = FULL / 8,
    PHASES = 8,          /* history; eight turns of any rhythm are a blink as well */
    STEADY_PHASES = 6,   /* alike for a new period to be announced */
    IRREGULAR_AFTER = 5, /* differences in a row without such a steady stretch */
};

enum pattern { PATTERN_NONE, PATTERN_OFF, PATTERN_SOLID, PATTERN_BLINKING, PATTERN_BREATHING };

struct light {
    uint16_t channel[CHANNELS];
};

struct phase {
    ticks_t start;
    struct light light;
};

struct fade {
    struct light brightest;     /* fixes the hue */
    uint16_t run_low, run_high; /* brightness at the two ends of the run */
    int8_t direction;           /* of the run under way; 0 = no fade */
    bool from_turn;             /* the run under way began at a turn, so that its length is half a period */
    bool proven;                /* a turn has been seen */
    uint32_t steps;             /* in the run under way */
    uint32_t last_steps;        /* in the run before */
    ticks_t start;              /* of the whole fade */
    ticks_t run_start;
    ticks_t last_run; /* length of the run before; 0 if it was not a whole one */
};

struct rgb_led {
    struct light now;
    ticks_t changed; /* when the change under observation began */
    bool settling;
    struct phase phases[PHASES + 1]; /* the last one is under way */
    unsigned n_phases;
    struct fade fade;
    /* of a blink that has a name */
    unsigned differences;
    bool irregular;
    /* what was published */
    uint8_t pattern;
    uint8_t colour;
    ticks_t period;
    uint8_t shown[CHANNELS];
};

static const char *const input_names[] = {"red", "green", "blue"};
static const char *const output_names[] = {"red_pad", "green_pad", "blue_pad"};

/* ---- light ---- */

static uint16_t brightest_of(const struct light *l)
{
    return MAX(l->channel[RED], MAX(l->channel[GREEN], l->channel[BLUE]));
}

static bool dark(const struct light *l)
{
    return brightest_of(l) < DARK;
}

static uint8_t shown(uint16_t channel)
{
    return (uint8_t)((channel * 255u + FULL / 2) / FULL);
}

static uint16_t brightness(const struct device *dev, unsigned channel)
{
    const struct rgb_led_config *config = dev->config;
    if (!device_input_connected(dev, channel))
        return 0;
    struct signal s = device_input(dev, channel);
    double high = s.period == 0 ? (s.level != 0 ? 1 : 0) : (double)s.high / (double)s.period;
    double lit = config->active_low != machine_mutated(dev->machine, MUTATION_LED_INVERTED) ? 1 - high : high;
    double full = config->full_scale > 0 ? config->full_scale : 1;
    return (uint16_t)lround(CLAMP(lit / full, 0, 1) * FULL);
}

/* ---- colours ---- */

enum colour { WHITE, GREY, RED_HUE, ORANGE, YELLOW, GREEN_HUE, CYAN, BLUE_HUE, MAGENTA };

static const char *const colour_names[] = {"white", "grey", "red", "orange", "yellow", "green", "cyan", "blue", "magenta"};

/* By hue; brightness matters for grey only, which is a steady light. */
static enum colour colour_of(const struct light *l, bool steady)
{
    int r = l->channel[RED], g = l->channel[GREEN], b = l->channel[BLUE];
    int max = MAX(r, MAX(g, b)), range = max - MIN(r, MIN(g, b));
    if (range == 0 || 4 * range < max)
        return steady && max < FULL / 3 ? GREY : WHITE;
    int degrees = max == r ? 60 * (g - b) / range : max == g ? 120 + 60 * (b - r) / range : 240 + 60 * (r - g) / range;
    if (degrees < 0)
        degrees += 360;
    static const struct {
        int below;
        enum colour colour;
    } hues[] = {{14, RED_HUE}, {44, ORANGE}, {75, YELLOW}, {150, GREEN_HUE}, {200, CYAN}, {265, BLUE_HUE}, {345, MAGENTA}};
    for (unsigned i = 0; i < G_N_ELEMENTS(hues); i++)
        if (degrees < hues[i].below)
            return hues[i].colour;
    return RED_HUE;
}

static bool same_light(const struct light *a, const struct light *b)
{
    for (unsigned i = 0; i < CHANNELS; i++)
        if (ABS(a->channel[i] - b->channel[i]) > HUE_TOLERANCE)
            return false;
    return true;
}

/* The same colour at another brightness? */
static bool same_hue(const struct light *a, const struct light *b)
{
    uint32_t max_a = brightest_of(a), max_b = brightest_of(b);
    if (max_a < HUE_VISIBLE || max_b < HUE_VISIBLE)
        return true;
    for (unsigned i = 0; i < CHANNELS; i++) {
        int x = (int)((uint64_t)a->channel[i] * FULL / max_a), y = (int)((uint64_t)b->channel[i] * FULL / max_b);
        if (ABS(x - y) > HUE_TOLERANCE)
            return false;
    }
    return true;
}

/* ---- events ---- */

static double seconds(ticks_t t)
{
    return (double)t / (double)TICKS_PER_SECOND;
}

/* period 0 for patterns without one. */
static void name_state(struct device *dev, enum pattern pattern, const struct light *bright, ticks_t since, ticks_t period)
{
    struct rgb_led *s = dev->state;
    const struct rgb_led_config *config = dev->config;
    static const char *const words[] = {
        [PATTERN_OFF] = "off", [PATTERN_SOLID] = "solid", [PATTERN_BLINKING] = "blinking", [PATTERN_BREATHING] = "breathing"};
    enum colour colour = pattern == PATTERN_OFF ? WHITE : colour_of(bright, pattern == PATTERN_SOLID);
    if (s->pattern != pattern || s->colour != colour) {
        s->differences = 0;
        s->irregular = false;
    } else if (ABS((int64_t)(period - s->period)) <= (int64_t)(s->period / 4)) {
        return;
    }
    s->pattern = (uint8_t)pattern;
    s->colour = (uint8_t)colour;
    s->period = period;
    char state[32];
    if (pattern == PATTERN_OFF)
        g_strlcpy(state, "off", sizeof state);
    else
        g_snprintf(state, sizeof state, "%s %s", words[pattern], colour_names[colour]);
    struct event_field fields[8] = {FIELD_STRING("name", config->name), FIELD_STRING("state", state),
                                    FIELD_REAL("since", seconds(since))};
    size_t n = 3;
    if (period != 0)
        fields[n++] = FIELD_INT("period_ms", (int64_t)((period + TICKS_PER_MS / 2) / TICKS_PER_MS));
    fields[n++] = FIELD_INT("r", shown(bright->channel[RED]));
    fields[n++] = FIELD_INT("g", shown(bright->channel[GREEN]));
    fields[n++] = FIELD_INT("b", shown(bright->channel[BLUE]));
    machine_publish_fields(dev->machine, "led", fields, n);
}

static void publish_light(struct device *dev)
{
    struct rgb_led *s = dev->state;
    const struct rgb_led_config *config = dev->config;
    uint8_t rgb[CHANNELS];
    for (unsigned i = 0; i < CHANNELS; i++)
        rgb[i] = shown(s->now.channel[i]);
    if (memcmp(rgb, s->shown, sizeof rgb) == 0)
        return;
    memcpy(s->shown, rgb, sizeof rgb);
    machine_publish(dev->machine, "light", FIELD_STRING("name", config->name), FIELD_INT("r", rgb[RED]),
                    FIELD_INT("g", rgb[GREEN]), FIELD_INT("b", rgb[BLUE]));
}

/* ---- blinking ---- */

static ticks_t phase_length(const struct rgb_led *s, unsigned i)
{
    return s->phases[i + 1].start - s->phases[i].start;
}

static bool alike(ticks_t a, ticks_t b)
{
    return (a > b ? a - b : b - a) <= MAX(a, b) / 4 + 5 * TICKS_PER_MS;
}

/* How many of the completed phases, counted back from the last, take turns between darkness and one colour. */
static unsigned turns(const struct rgb_led *s)
{
    const struct light *lit = NULL;
    for (unsigned i = s->n_phases, n = 0; i-- > 0; n++) {
        const struct light *l = &s->phases[i].light;
        if (i + 1 < s->n_phases && dark(l) == dark(&s->phases[i + 1].light))
            return n == 0 ? 0 : n - 1;
        if (!dark(l)) {
            if (brightest_of(l) < BLINK_AMPLITUDE || (lit != NULL && !same_light(l, lit)))
                return n == 0 ? 0 : n - 1;
            lit = l;
        }
        if (i + 1 < s->n_phases && (phase_length(s, i) < SHORTEST_HALF || phase_length(s, i) > LONGEST_HALF))
            return n - 1;
    }
    return s->n_phases - 1;
}

/* How many of these have one alike two phases earlier, without a gap. */
static unsigned steady(const struct rgb_led *s, unsigned n)
{
    unsigned last = s->n_phases - 2, count = 2;
    if (n < 2)
        return n;
    while (count < n && alike(phase_length(s, last - count), phase_length(s, last - count + 2)))
        count++;
    return count;
}

/* A phase has just ended. */
static void look_for_blink(struct device *dev)
{
    struct rgb_led *s = dev->state;
    unsigned n = turns(s);
    if (n < 3)
        return;
    unsigned last = s->n_phases - 2, even = steady(s, n);
    const struct phase *bright = &s->phases[dark(&s->phases[last].light) ? last - 1 : last];
    bool named = s->pattern == PATTERN_BLINKING && s->colour == colour_of(&bright->light, false);
    ticks_t period = phase_length(s, last) + phase_length(s, last - 1);
    if (!named) {
        /* A single flash between two equal darknesses is none: a system that resets itself twice shows such. */
        bool rhythm = even >= 4 || (even == 3 && !dark(&s->phases[last].light));
        unsigned first = s->n_phases - 1 - (rhythm ? even : n);
        if (rhythm || n >= PHASES)
            name_state(dev, PATTERN_BLINKING, &bright->light, s->phases[first].start, period);
        return;
    }
    if (even < 3 && ++s->differences >= IRREGULAR_AFTER)
        s->irregular = true;
    if (even < STEADY_PHASES)
        return;
    s->differences = 0;
    if (!s->irregular)
        name_state(dev, PATTERN_BLINKING, &bright->light, s->phases[s->n_phases - 1 - even].start, period);
}

/* ---- breathing ---- */

static void look_for_fade(struct device *dev, const struct light *old, ticks_t old_start, ticks_t now)
{
    struct rgb_led *s = dev->state;
    struct fade *f = &s->fade;
    int from = brightest_of(old), to = brightest_of(&s->now), step = to - from;
    int8_t direction = step > 0 ? 1 : -1;
    if (step == 0 || ABS(step) > FADE_STEP || now - old_start > HOLD || !same_hue(old, &s->now) ||
        (f->direction != 0 && !same_hue(&f->brightest, &s->now))) {
        *f = (struct fade){0};
        return;
    }
    if (f->direction == 0)
        *f = (struct fade){.brightest = *old,
                           .direction = direction,
                           .start = old_start,
                           .run_start = old_start,
                           .run_low = (uint16_t)from,
                           .run_high = (uint16_t)from};
    else if (direction != f->direction) {
        /* A run is whole if it began at a turn, or if it led all the way between dark and full. */
        bool whole = f->steps >= FADE_RUN && (f->from_turn || (f->run_low <= FULL / 25 && f->run_high >= FULL / 25 * 23));
        f->last_run = whole ? old_start - f->run_start : 0;
        f->last_steps = f->steps;
        f->from_turn = f->steps >= FADE_RUN;
        f->run_start = old_start;
        f->run_low = f->run_high = (uint16_t)from;
        f->direction = direction;
        f->steps = 0;
    }
    f->steps++;
    f->run_low = (uint16_t)MIN(f->run_low, to);
    f->run_high = (uint16_t)MAX(f->run_high, to);
    if (to > brightest_of(&f->brightest))
        f->brightest = s->now;
    bool named = s->pattern == PATTERN_BREATHING && s->colour == colour_of(&f->brightest, false);
    if (f->steps == FADE_TURN && f->last_steps >= FADE_RUN && f->last_run != 0)
        name_state(dev, PATTERN_BREATHING, &f->brightest, f->start, 2 * f->last_run);
    else if (!named && f->steps >= FADE_LONG && brightest_of(&f->brightest) >= HUE_VISIBLE)
        name_state(dev, PATTERN_BREATHING, &f->brightest, f->start, 0);
}

/* ---- time ---- */

static void hold(struct device *dev)
{
    const struct rgb_led *s = dev->state;
    ticks_t start = s->phases[s->n_phases - 1].start;
    bool patient = s->pattern == PATTERN_BLINKING && s->irregular;
    device_schedule(dev, TIMER_HOLD, start + (patient ? HOLD_IRREGULAR : HOLD));
}

static void settle(struct device *dev)
{
    struct rgb_led *s = dev->state;
    struct light old = s->now;
    s->settling = false;
    for (unsigned i = 0; i < CHANNELS; i++)
        s->now.channel[i] = brightness(dev, i);
    if (memcmp(&old, &s->now, sizeof old) == 0)
        return;
    publish_light(dev);
    ticks_t old_start = s->phases[s->n_phases - 1].start;
    if (s->n_phases == G_N_ELEMENTS(s->phases)) {
        memmove(&s->phases[0], &s->phases[1], sizeof s->phases - sizeof s->phases[0]);
        s->n_phases--;
    }
    s->phases[s->n_phases++] = (struct phase){.start = s->changed, .light = s->now};
    look_for_fade(dev, &old, old_start, s->changed);
    look_for_blink(dev);
    hold(dev);
}

static void timer(struct device *dev, unsigned index)
{
    struct rgb_led *s = dev->state;
    if (index == TIMER_SETTLE) {
        settle(dev);
        return;
    }
    s->fade = (struct fade){0};
    name_state(dev, dark(&s->now) ? PATTERN_OFF : PATTERN_SOLID, &s->now, s->phases[s->n_phases - 1].start, 0);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)signal;
    struct rgb_led *s = dev->state;
    if (s->settling || brightness(dev, in) == s->now.channel[in])
        return; /* a wave may start anew without looking different */
    s->settling = true;
    s->changed = machine_now(dev->machine);
    device_schedule(dev, TIMER_SETTLE, s->changed + SETTLE);
}

/* A part of the board: it knows no reset, only the supply. */
static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind != RESET_POWER_ON)
        return;
    struct rgb_led *s = dev->state;
    const struct rgb_led_config *config = dev->config;
    uint8_t was_shown[CHANNELS];
    memcpy(was_shown, s->shown, sizeof was_shown);
    *s = (struct rgb_led){.n_phases = 1};
    memcpy(s->shown, was_shown, sizeof s->shown);
    s->phases[0].start = machine_now(dev->machine);
    publish_light(dev);
    device_cancel(dev, TIMER_SETTLE);
    for (unsigned i = 0; i < CHANNELS; i++) {
        device_set_level(dev, i, config->active_low ? EXT_WEAK_HIGH : EXT_WEAK_LOW);
        input(dev, i, NULL); /* look at what is there already */
    }
    hold(dev);
}

const struct device_class rgb_led_class = {
    .name = "RGB LED",
    .state_size = sizeof(struct rgb_led),
    .n_inputs = CHANNELS,
    .n_outputs = CHANNELS,
    .n_timers = 2,
    .input_names = input_names,
    .output_names = output_names,
    .reset = reset,
    .timer = timer,
    .input = input,
};
