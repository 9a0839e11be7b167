/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output side of the timers' channels: output compare modes, PWM, polarity, complementary outputs, break idle levels.
 *
 * A free-running PWM or toggle output is one wave, driven when its parameters change and never per edge.
 */
#include <glib.h>

#include "peripherals/stm32f2/tim-internal.h"

unsigned tim_selection(const struct device *dev, unsigned channel)
{
    return (dev->regs[TIM_CCMR1 + channel / 2] >> (channel % 2 * 8)) & 3;
}

/* The mode in force: with CCPC it waits for a commutation event. */
unsigned tim_output_mode(const struct device *dev, unsigned channel)
{
    const struct tim_state *s = dev->state;
    return (s->ccmr[channel / 2] >> (channel % 2 * 8 + 4)) & 7;
}

static unsigned master_mode(const struct device *dev)
{
    return (dev->regs[TIM_CR2] >> 4) & 7;
}

static uint32_t channel_enables(const struct device *dev, unsigned channel)
{
    return ((const struct tim_state *)dev->state)->ccer >> (4 * channel);
}

bool tim_output_used(const struct device *dev, unsigned channel)
{
    return (channel_enables(dev, channel) & (CCER_CC1E | CCER_CC1NE)) || master_mode(dev) == MMS_OC1REF + channel;
}

/* PWM mode 1: active below the compare value; on the way down, and only there, at it too. RM0033, description of OC1M. */
static bool below_compare(const struct device *dev, unsigned channel)
{
    const struct tim_state *s = dev->state;
    return dev->regs[TIM_CR1] & CR1_DIR ? s->cnt <= s->compare[channel] : s->cnt < s->compare[channel];
}

bool tim_reference_level(const struct device *dev, unsigned channel)
{
    switch (tim_output_mode(dev, channel)) {
    case OC_PWM1:
        return below_compare(dev, channel);
    case OC_PWM2:
        return !below_compare(dev, channel);
    default:
        return (((const struct tim_state *)dev->state)->reference >> channel) & 1;
    }
}

void tim_keep_references(struct device *dev)
{
    struct tim_state *s = dev->state;
    unsigned reference = 0;
    for (unsigned i = 0; i < TIM_CHANNELS; i++)
        if (tim_reference_level(dev, i))
            reference |= 1u << i;
    s->reference = (uint8_t)reference;
}

void tim_force_references(struct device *dev)
{
    struct tim_state *s = dev->state;
    for (unsigned i = 0; i < TIM_CHANNELS; i++) {
        unsigned mode = tim_output_mode(dev, i);
        if (mode == OC_FORCE_HIGH)
            s->reference |= (uint8_t)BIT(i);
        else if (mode == OC_FORCE_LOW)
            s->reference &= (uint8_t)~BIT(i);
    }
}

/* A wave in counter steps: rises in `rise` steps from now (or did, at 0), and is high for `high` of each `period`. */
struct steps {
    uint64_t period, high, rise;
};

static struct signal level_signal(bool level)
{
    return (struct signal){.level = level};
}

static struct signal wave(const struct device *dev, struct steps w)
{
    const struct tim_state *s = dev->state;
    uint64_t divider = (uint64_t)s->psc + 1;
    ticks_t period = frequency_ticks(s->clock.f, w.period * divider);
    ticks_t high = frequency_ticks(s->clock.f, w.high * divider);
    ticks_t rise = tim_when(dev, w.rise);
    if (period == TICKS_NEVER || rise == TICKS_NEVER || high >= period) /* slower than time itself, or faster than a tick */
        return level_signal(w.rise > w.period - w.high);
    /* The latest beginning of a period that is not in the future. */
    ticks_t now = machine_now(dev->machine);
    if (rise > now)
        rise -= MIN((rise - now + period - 1) / period, rise / period) * period;
    return (struct signal){.period = period, .high = high, .epoch = rise};
}

static struct signal pwm_signal(const struct device *dev, unsigned channel, const struct tim_cycle *c)
{
    const struct tim_state *s = dev->state;
    bool inverse = tim_output_mode(dev, channel) == OC_PWM2, down = dev->regs[TIM_CR1] & CR1_DIR;
    uint64_t arr = s->arr, ccr = s->compare[channel], from, active; /* PWM mode 1: active steps, and where they begin */
    if (tim_centre_aligned(dev)) {
        active = 2 * MIN(ccr, arr);
        from = c->length - active / 2;
    } else if (down) {
        active = MIN(ccr, arr) + 1;
        from = c->length - active;
    } else {
        active = MIN(ccr, arr + 1);
        from = 0;
    }
    if (active == 0 || active == c->length)
        return level_signal((active != 0) != inverse);
    if (inverse) {
        from += active;
        active = c->length - active;
    }
    return wave(dev, (struct steps){c->length, active, tim_steps_to(c, from % c->length)});
}

static struct signal toggle_signal(const struct device *dev, unsigned channel, const struct tim_cycle *c)
{
    uint64_t position[2], first, second = 0;
    bool high = tim_reference_level(dev, channel);
    if (tim_match_positions(dev, channel, position) == 1) {
        uint64_t next = tim_steps_to(c, position[0]);
        return wave(dev, (struct steps){2 * c->length, c->length, high ? next + c->length : next});
    }
    first = tim_steps_to(c, position[0]);
    second = tim_steps_to(c, position[1]);
    uint64_t rise = high ? MAX(first, second) : MIN(first, second), fall = high ? MIN(first, second) : MAX(first, second);
    return wave(dev, (struct steps){c->length, (fall + c->length - rise) % c->length, rise});
}

/* OCxREF: a wave if the counter runs free, its level otherwise. */
static struct signal reference(const struct device *dev, unsigned channel)
{
    const struct tim_state *s = dev->state;
    unsigned mode = tim_output_mode(dev, channel);
    struct tim_cycle c;
    if (!frequency_running(s->clock.f) || (dev->regs[TIM_CR1] & CR1_OPM) || !tim_cycle(dev, &c))
        return level_signal(tim_reference_level(dev, channel));
    if (mode == OC_PWM1 || mode == OC_PWM2)
        return pwm_signal(dev, channel, &c);
    if (mode == OC_TOGGLE)
        return toggle_signal(dev, channel, &c);
    return level_signal(tim_reference_level(dev, channel));
}

static void drive(struct device *dev, unsigned output, struct signal signal, bool inverse)
{
    if (inverse && signal.period == 0) {
        signal.level ^= 1;
    } else if (inverse) {
        signal.epoch += signal.high;
        signal.high = signal.period - signal.high;
        if (signal.epoch > machine_now(dev->machine) && signal.epoch >= signal.period)
            signal.epoch -= signal.period;
    }
    struct signal held = device_output(dev, output);
    if (signal.period != 0 && held.period == signal.period && held.high == signal.high) {
        ticks_t apart = signal.epoch > held.epoch ? signal.epoch - held.epoch : held.epoch - signal.epoch;
        if (apart % signal.period == 0)
            return; /* the same wave, seen from another of its periods */
    }
    device_set_signal(dev, output, signal);
}

static void drive_channel(struct device *dev, unsigned i)
{
    const struct tim_traits *traits = tim_traits(dev);
    uint32_t enables = channel_enables(dev, i);
    bool on = enables & CCER_CC1E, complement = traits->advanced && i < 3, complement_on = complement && (enables & CCER_CC1NE);
    if (tim_selection(dev, i) != CCS_OUTPUT) { /* the pin belongs to whoever drives it from outside */
        device_set_level(dev, TIM_OUT_CH1 + i, TIM_RELEASED);
        if (complement)
            device_set_level(dev, TIM_OUT_CH1N + i, 0);
        return;
    }
    if (traits->advanced && !(dev->regs[TIM_BDTR] & BDTR_MOE)) {
        /* Idle: OISx and OISxN if OSSI lets the timer hold its pins, else the pins are let go. */
        bool held = dev->regs[TIM_BDTR] & BDTR_OSSI;
        uint32_t idle = dev->regs[TIM_CR2] >> (8 + 2 * i);
        device_set_level(dev, TIM_OUT_CH1 + i, on && held && (idle & 1));
        if (complement)
            device_set_level(dev, TIM_OUT_CH1N + i, complement_on && held && (idle & 2));
        return;
    }
    struct signal ref = on || complement_on ? reference(dev, i) : level_signal(false);
    drive(dev, TIM_OUT_CH1 + i, on ? ref : level_signal(false), on && (enables & CCER_CC1P));
    if (complement) /* alone it follows OCxREF, beside OCx it is its complement: RM0033, output control bits */
        drive(dev, TIM_OUT_CH1N + i, complement_on ? ref : level_signal(false),
              complement_on && (on != ((enables & CCER_CC1NP) != 0)));
}

void tim_drive_outputs(struct device *dev)
{
    for (unsigned i = 0; i < tim_traits(dev)->channels; i++)
        drive_channel(dev, i);
    unsigned mms = master_mode(dev);
    if (mms == MMS_ENABLE)
        device_set_level(dev, TIM_OUT_TRGO, (dev->regs[TIM_CR1] & CR1_CEN) && tim_gate_open(dev));
    else if (mms >= MMS_OC1REF)
        drive(dev, TIM_OUT_TRGO, reference(dev, mms - MMS_OC1REF), false);
    else
        device_set_level(dev, TIM_OUT_TRGO, 0);
}
