/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time base of the timers: prescaler, counter, repetition counter, update events and compare matches.
 *
 * The counter makes no steps of its own. tim_advance works out what its clock did since the last look, in one go up to the
 * next step at which something changes that later steps depend on (a shadow register, a stop) or that must not be merged with
 * the next one (a DMA request, a trigger). Flags need no stop: however many matches a stretch holds, the flag is set.
 */
#include <glib.h>

#include "peripherals/stm32f2/tim-internal.h"

bool tim_centre_aligned(const struct device *dev)
{
    return (dev->regs[TIM_CR1] & (3u << 5)) != 0;
}

static bool counts_down(const struct device *dev)
{
    return (dev->regs[TIM_CR1] & CR1_DIR) != 0;
}

static unsigned master_mode(const struct device *dev)
{
    return (dev->regs[TIM_CR2] >> 4) & 7;
}

void tim_pulse(struct device *dev, unsigned output)
{
    struct tim_state *s = dev->state;
    if (s->pulses[output] < UINT8_MAX)
        s->pulses[output]++;
    s->changed = true;
}

/* ---- where the counter stands ---- */

/*
 * A cycle of an edge-aligned timer has ARR + 1 steps and begins where the counter restarts: position 0 is CNT = 0 when it
 * counts up and CNT = ARR when it counts down. A centre-aligned one has 2 ARR steps: 0 up to ARR, and down again to 1.
 */
bool tim_cycle(const struct device *dev, struct tim_cycle *cycle)
{
    const struct tim_state *s = dev->state;
    if (s->arr == 0 || s->cnt > s->arr)
        return false;
    uint64_t arr = s->arr;
    if (tim_centre_aligned(dev)) {
        cycle->length = 2 * arr;
        cycle->position = (counts_down(dev) ? 2 * arr - s->cnt : s->cnt) % cycle->length;
    } else {
        cycle->length = arr + 1;
        cycle->position = counts_down(dev) ? arr - s->cnt : s->cnt;
    }
    return true;
}

static void set_position(struct device *dev, uint64_t position)
{
    struct tim_state *s = dev->state;
    uint64_t arr = s->arr;
    if (!tim_centre_aligned(dev)) {
        s->cnt = (uint32_t)(counts_down(dev) ? arr - position : position);
        return;
    }
    s->cnt = (uint32_t)(position < arr ? position : 2 * arr - position);
    if (position < arr)
        dev->regs[TIM_CR1] &= ~CR1_DIR;
    else
        dev->regs[TIM_CR1] |= CR1_DIR;
}

uint64_t tim_steps_to(const struct tim_cycle *c, uint64_t position)
{
    uint64_t steps = (position + c->length - c->position) % c->length;
    return steps != 0 ? steps : c->length;
}

/* How often n steps from where the cycle stands come to a position. */
static uint64_t arrivals(const struct tim_cycle *c, uint64_t n, uint64_t position)
{
    uint64_t first = tim_steps_to(c, position);
    return n < first ? 0 : 1 + (n - first) / c->length;
}

/* Steps until the n-th overflow or underflow, n from 1. */
static uint64_t steps_to_overflow(const struct device *dev, const struct tim_cycle *c, uint64_t n)
{
    const struct tim_state *s = dev->state;
    if (!tim_centre_aligned(dev))
        return c->length - c->position + (n - 1) * c->length;
    uint64_t first = c->position < s->arr ? s->arr - c->position : c->length - c->position;
    return first + (n - 1) * s->arr;
}

static uint64_t overflows(const struct device *dev, const struct tim_cycle *c, uint64_t n)
{
    uint64_t count = arrivals(c, n, 0);
    if (tim_centre_aligned(dev))
        count += arrivals(c, n, ((const struct tim_state *)dev->state)->arr);
    return count;
}

/* A compare value beyond ARR matches where the counter turns: RM0033, description of SR.CC1IF. */
unsigned tim_match_positions(const struct device *dev, unsigned channel, uint64_t position[2])
{
    const struct tim_state *s = dev->state;
    uint64_t arr = s->arr, ccr = s->compare[channel];
    if (tim_centre_aligned(dev)) {
        position[0] = MIN(ccr, arr);
        position[1] = 2 * arr - ccr;
        return ccr > 0 && ccr < arr ? 2 : 1;
    }
    position[0] = ccr > arr ? 0 : counts_down(dev) ? arr - ccr : ccr;
    return 1;
}

/* The same for CCxIF, which centre-aligned modes 1 and 2 set on one way only. */
static unsigned flag_positions(const struct device *dev, unsigned channel, uint64_t position[2])
{
    unsigned n = tim_match_positions(dev, channel, position);
    unsigned cms = (dev->regs[TIM_CR1] >> 5) & 3;
    if (n == 2 && cms != 3) {
        position[0] = position[cms == 1 ? 1 : 0];
        n = 1;
    }
    return n;
}

/* A counter beyond ARR runs on to its end, or down into the cycle, without an overflow. Steps until then. */
static uint64_t steps_astray(const struct device *dev)
{
    const struct tim_state *s = dev->state;
    return counts_down(dev) ? s->cnt - s->arr : (uint64_t)tim_traits(dev)->max + 1 - s->cnt;
}

/* Steps until a counter that is astray comes to a value; 0 if it is back before. */
static uint64_t steps_astray_to(const struct device *dev, uint32_t value)
{
    const struct tim_state *s = dev->state;
    if (counts_down(dev))
        return value < s->cnt && value >= s->arr ? s->cnt - value : 0;
    return value > s->cnt ? value - s->cnt : value == 0 ? steps_astray(dev) : 0;
}

/* ---- events ---- */

static bool is_output(const struct device *dev, unsigned channel)
{
    return channel < tim_traits(dev)->channels && tim_selection(dev, channel) == CCS_OUTPUT;
}

void tim_channel_event(struct device *dev, unsigned channel)
{
    uint32_t flag = TIM_CC1IF << channel;
    if ((dev->regs[TIM_SR] & flag) == 0)
        ((struct tim_state *)dev->state)->changed = true;
    dev->regs[TIM_SR] |= flag;
    if ((dev->regs[TIM_DIER] & (DIER_CC1DE << channel)) && !(dev->regs[TIM_CR2] & CR2_CCDS))
        tim_pulse(dev, TIM_OUT_DMA_CH1 + channel);
    if (channel == 0 && master_mode(dev) == MMS_COMPARE_PULSE)
        tim_pulse(dev, TIM_OUT_TRGO);
}

/* n matches: what they do to OCxREF. PWM modes need no memory. */
static void match_reference(struct device *dev, unsigned channel, uint64_t n)
{
    struct tim_state *s = dev->state;
    uint8_t bit = (uint8_t)BIT(channel), before = s->reference;
    switch (tim_output_mode(dev, channel)) {
    case OC_ACTIVE:
        s->reference |= bit;
        break;
    case OC_INACTIVE:
        s->reference &= (uint8_t)~bit;
        break;
    case OC_TOGGLE:
        if (n % 2 != 0)
            s->reference ^= bit;
        return; /* a free-running toggle is a wave already */
    default:
        return;
    }
    if (s->reference != before)
        s->changed = true;
}

static bool preloads_pending(const struct device *dev)
{
    const struct tim_state *s = dev->state;
    if (s->psc != dev->regs[TIM_PSC] || s->arr != dev->regs[TIM_ARR])
        return true;
    for (unsigned i = 0; i < tim_traits(dev)->channels; i++)
        if (is_output(dev, i) && s->compare[i] != dev->regs[TIM_CCR1 + i])
            return true;
    return false;
}

void tim_update(struct device *dev, bool overflow)
{
    struct tim_state *s = dev->state;
    uint32_t *r = dev->regs;
    if (r[TIM_CR1] & CR1_UDIS)
        return;
    if (preloads_pending(dev))
        s->changed = true;
    s->psc = r[TIM_PSC];
    s->arr = r[TIM_ARR];
    s->repetitions = r[TIM_RCR];
    for (unsigned i = 0; i < TIM_CHANNELS; i++)
        if (is_output(dev, i))
            s->compare[i] = r[TIM_CCR1 + i];
    if (overflow || !(r[TIM_CR1] & CR1_URS)) {
        if (!(r[TIM_SR] & TIM_UIF))
            s->changed = true;
        r[TIM_SR] |= TIM_UIF;
        if (r[TIM_DIER] & DIER_UDE)
            tim_pulse(dev, TIM_OUT_DMA_UP);
        if (r[TIM_CR2] & CR2_CCDS)
            for (unsigned i = 0; i < TIM_CHANNELS; i++)
                if (r[TIM_DIER] & (DIER_CC1DE << i))
                    tim_pulse(dev, TIM_OUT_DMA_CH1 + i);
    }
    if (master_mode(dev) == MMS_UPDATE)
        tim_pulse(dev, TIM_OUT_TRGO);
    if ((r[TIM_BDTR] & BDTR_AOE) && !(r[TIM_BDTR] & BDTR_MOE) && !tim_break_active(dev)) {
        r[TIM_BDTR] |= BDTR_MOE;
        s->changed = true;
    }
    if (overflow && (r[TIM_CR1] & CR1_OPM)) {
        r[TIM_CR1] &= ~CR1_CEN;
        s->changed = true;
    }
}

void tim_reinitialise(struct device *dev)
{
    struct tim_state *s = dev->state;
    tim_update(dev, false);
    s->phase = 0;
    if (tim_centre_aligned(dev))
        dev->regs[TIM_CR1] &= ~CR1_DIR;
    s->cnt = counts_down(dev) ? s->arr : 0;
    if (master_mode(dev) == MMS_RESET)
        tim_pulse(dev, TIM_OUT_TRGO);
    s->changed = true;
}

void tim_commutate(struct device *dev)
{
    struct tim_state *s = dev->state;
    if (dev->regs[TIM_CR2] & CR2_CCPC) {
        tim_keep_references(dev);
        s->ccer = dev->regs[TIM_CCER];
        s->ccmr[0] = dev->regs[TIM_CCMR1];
        s->ccmr[1] = dev->regs[TIM_CCMR2];
        tim_force_references(dev);
    }
    dev->regs[TIM_SR] |= TIM_COMIF;
    if (dev->regs[TIM_DIER] & DIER_COMDE)
        tim_pulse(dev, TIM_OUT_DMA_COM);
    s->changed = true;
}

/* ---- counting ---- */

/* n steps of a counter that is beyond ARR, at most as many as bring it back. */
static void count_astray(struct device *dev, uint64_t n)
{
    struct tim_state *s = dev->state;
    bool back = n == steps_astray(dev);
    uint64_t match[TIM_CHANNELS];
    for (unsigned i = 0; i < TIM_CHANNELS; i++)
        match[i] = is_output(dev, i) ? steps_astray_to(dev, s->compare[i]) : 0;
    s->cnt = (uint32_t)(counts_down(dev) ? s->cnt - n : (s->cnt + n) & tim_traits(dev)->max);
    for (unsigned i = 0; i < TIM_CHANNELS; i++)
        if (match[i] != 0 && match[i] <= n) {
            match_reference(dev, i, 1);
            tim_channel_event(dev, i);
        }
    if (back)
        s->changed = true;
}

/* n steps with the shadow registers as they are; an update event that changes them comes with the last step at the earliest. */
static void count(struct device *dev, uint64_t n)
{
    struct tim_state *s = dev->state;
    struct tim_cycle c;
    if (!tim_cycle(dev, &c)) {
        count_astray(dev, n);
        return;
    }
    uint64_t matches[TIM_CHANNELS] = {0}, flags[TIM_CHANNELS] = {0}, position[2];
    for (unsigned i = 0; i < TIM_CHANNELS; i++) {
        if (!is_output(dev, i))
            continue;
        for (unsigned k = tim_match_positions(dev, i, position); k-- > 0;)
            matches[i] += arrivals(&c, n, position[k]);
        for (unsigned k = flag_positions(dev, i, position); k-- > 0;)
            flags[i] += arrivals(&c, n, position[k]);
    }
    uint64_t turns = overflows(dev, &c, n);
    set_position(dev, (c.position + n) % c.length);

    for (unsigned i = 0; i < TIM_CHANNELS; i++) {
        if (matches[i] != 0)
            match_reference(dev, i, matches[i]);
        if (flags[i] != 0)
            tim_channel_event(dev, i);
    }
    if (turns <= s->repetitions) {
        s->repetitions -= (uint32_t)turns;
        return;
    }
    uint64_t after = turns - s->repetitions - 1; /* turns behind the first update event */
    uint32_t old_arr = s->arr;
    if (dev->regs[TIM_CR1] & CR1_UDIS) {
        s->repetitions = 0;
        return;
    }
    tim_update(dev, true);
    s->repetitions = dev->regs[TIM_RCR] - (uint32_t)(after % (dev->regs[TIM_RCR] + UINT64_C(1)));
    if (s->arr != old_arr && s->cnt == old_arr)
        s->cnt = s->arr; /* the counter is reloaded after its auto-reload register */
}

/* Would the update event do something that cannot be merged with the next one? */
static bool update_matters(const struct device *dev, bool scheduling)
{
    const uint32_t *r = dev->regs;
    if (r[TIM_CR1] & CR1_UDIS)
        return false;
    return preloads_pending(dev) || (r[TIM_CR1] & CR1_OPM) || (r[TIM_DIER] & DIER_UDE) || master_mode(dev) == MMS_UPDATE ||
           ((r[TIM_CR2] & CR2_CCDS) && (r[TIM_DIER] & (0xFu * DIER_CC1DE))) ||
           ((r[TIM_BDTR] & BDTR_AOE) && !(r[TIM_BDTR] & BDTR_MOE)) ||
           (scheduling && (r[TIM_DIER] & TIM_UIF) && !(r[TIM_SR] & TIM_UIF));
}

/* The same for a compare match, as far as the flag and what hangs on it is concerned. */
static bool flag_matters(const struct device *dev, unsigned channel, bool scheduling)
{
    const uint32_t *r = dev->regs;
    return ((r[TIM_DIER] & (DIER_CC1DE << channel)) && !(r[TIM_CR2] & CR2_CCDS)) ||
           (channel == 0 && master_mode(dev) == MMS_COMPARE_PULSE) ||
           (scheduling && (r[TIM_DIER] & (TIM_CC1IF << channel)) && !(r[TIM_SR] & (TIM_CC1IF << channel)));
}

/* And as far as the output is concerned: an edge that is not part of a wave. */
static bool edge_matters(const struct device *dev, unsigned channel)
{
    const struct tim_state *s = dev->state;
    bool high = (s->reference & BIT(channel)) != 0;
    if (!tim_output_used(dev, channel))
        return false;
    switch (tim_output_mode(dev, channel)) {
    case OC_ACTIVE:
        return !high;
    case OC_INACTIVE:
        return high;
    case OC_TOGGLE:
    case OC_PWM1:
    case OC_PWM2:
        return (dev->regs[TIM_CR1] & CR1_OPM) || s->cnt > s->arr;
    default:
        return false;
    }
}

/* Steps to the next one that matters; scheduling: those too that only somebody who waits for a line can see. */
static uint64_t steps_to_stop(const struct device *dev, bool scheduling)
{
    const struct tim_state *s = dev->state;
    struct tim_cycle c;
    uint64_t position[2];
    if (s->arr == 0)
        return UINT64_MAX;
    if (!tim_cycle(dev, &c)) {
        uint64_t stop = steps_astray(dev);
        for (unsigned i = 0; i < TIM_CHANNELS; i++) {
            if (!is_output(dev, i) || !(flag_matters(dev, i, scheduling) || (scheduling && edge_matters(dev, i))))
                continue;
            uint64_t steps = steps_astray_to(dev, s->compare[i]);
            if (steps != 0)
                stop = MIN(stop, steps);
        }
        return stop;
    }
    uint64_t stop = UINT64_MAX;
    if (update_matters(dev, scheduling))
        stop = steps_to_overflow(dev, &c, s->repetitions + UINT64_C(1));
    for (unsigned i = 0; i < TIM_CHANNELS; i++) {
        if (!is_output(dev, i))
            continue;
        if (flag_matters(dev, i, scheduling))
            for (unsigned k = flag_positions(dev, i, position); k-- > 0;)
                stop = MIN(stop, tim_steps_to(&c, position[k]));
        if (scheduling && edge_matters(dev, i)) {
            for (unsigned k = tim_match_positions(dev, i, position); k-- > 0;)
                stop = MIN(stop, tim_steps_to(&c, position[k]));
            stop = MIN(stop, steps_to_overflow(dev, &c, 1));
        }
    }
    return stop;
}

void tim_clock_edges(struct device *dev, uint64_t n)
{
    struct tim_state *s = dev->state;
    while (n > 0 && (dev->regs[TIM_CR1] & CR1_CEN)) {
        if (s->arr == 0)
            return; /* a counter without a period is blocked */
        uint64_t divider = (uint64_t)s->psc + 1;
        uint64_t steps = (s->phase + n) / divider, stop = steps_to_stop(dev, false);
        if (steps < stop) {
            s->phase = (s->phase + n) % divider;
            if (steps != 0)
                count(dev, steps);
            return;
        }
        n -= stop * divider - s->phase;
        s->phase = 0;
        count(dev, stop);
    }
}

void tim_advance(struct device *dev)
{
    struct tim_state *s = dev->state;
    uint64_t total = edge_counter_read(&s->clock, machine_now(dev->machine));
    uint64_t n = total - s->edges;
    s->edges = total;
    if (n != 0)
        tim_clock_edges(dev, n);
}

ticks_t tim_when(const struct device *dev, uint64_t steps)
{
    const struct tim_state *s = dev->state;
    if (!frequency_running(s->clock.f))
        return TICKS_NEVER;
    return edge_counter_when(&s->clock, s->edges + steps * ((uint64_t)s->psc + 1) - s->phase);
}

ticks_t tim_next_event(const struct device *dev)
{
    const struct tim_state *s = dev->state;
    if (!frequency_running(s->clock.f))
        return TICKS_NEVER;
    uint64_t steps = steps_to_stop(dev, true);
    return steps == UINT64_MAX ? TICKS_NEVER : tim_when(dev, steps);
}
