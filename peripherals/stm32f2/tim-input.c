/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The input side of the timers: input capture, the slave mode controller, external clocks, encoder interface, break.
 *
 * A wave on a line that is used is followed edge by edge; on any other line it costs nothing. Synchronisation and digital
 * filters (ICxF, ETF) take no time here.
 */
#include <glib.h>

#include "peripherals/stm32f2/tim-internal.h"

static unsigned slave_mode(const struct device *dev)
{
    return dev->regs[TIM_SMCR] & 7;
}

static unsigned trigger_selection(const struct device *dev)
{
    return (dev->regs[TIM_SMCR] >> 4) & 7;
}

static bool encoder(const struct device *dev)
{
    return slave_mode(dev) >= SMS_ENCODER1 && slave_mode(dev) <= SMS_ENCODER3;
}

bool tim_internally_clocked(const struct device *dev)
{
    return !encoder(dev) && slave_mode(dev) != SMS_EXTERNAL && !(dev->regs[TIM_SMCR] & SMCR_ECE);
}

/* ---- levels ---- */

static bool ti(const struct device *dev, uint16_t levels, unsigned channel)
{
    if (channel == 0 && (dev->regs[TIM_CR2] & CR2_TI1S))
        return (levels ^ levels >> 1 ^ levels >> 2) & 1;
    return (levels >> channel) & 1;
}

enum polarity { RISING, FALLING, BOTH };

static enum polarity polarity(const struct device *dev, unsigned channel)
{
    uint32_t ccer = dev->regs[TIM_CCER] >> (4 * channel);
    if ((ccer & CCER_CC1P) && (ccer & CCER_CC1NP))
        return BOTH;
    return ccer & CCER_CC1P ? FALLING : RISING;
}

static bool selected_edge(enum polarity p, bool was, bool is)
{
    return was != is && (p == BOTH || is == (p == RISING));
}

/* The trigger's source, before edge selection; polarity tells how it is looked at. */
static bool trigger(const struct device *dev, uint16_t levels, enum polarity *p)
{
    unsigned ts = trigger_selection(dev);
    *p = RISING;
    switch (ts) {
    case TS_TI1F_ED:
        *p = BOTH;
        return ti(dev, levels, 0);
    case TS_TI1FP1:
    case TS_TI2FP2:
        *p = polarity(dev, ts - TS_TI1FP1);
        return ti(dev, levels, ts - TS_TI1FP1);
    case TS_ETRF:
        *p = dev->regs[TIM_SMCR] & SMCR_ETP ? FALLING : RISING;
        return (levels >> TIM_IN_ETR) & 1;
    default:
        return (levels >> (TIM_IN_ITR0 + ts)) & 1;
    }
}

bool tim_gate_open(const struct device *dev)
{
    if (slave_mode(dev) != SMS_GATED)
        return true;
    enum polarity p;
    bool level = trigger(dev, ((const struct tim_state *)dev->state)->levels, &p);
    return level != (p == FALLING);
}

/* Lines that somebody listens to, by input number. */
static uint16_t used_lines(const struct device *dev)
{
    const uint32_t *r = dev->regs;
    unsigned used = 0;
    bool uses_trigger = slave_mode(dev) >= SMS_RESET || (r[TIM_CR2] & CR2_CCUS);
    for (unsigned i = 0; i < tim_traits(dev)->channels; i++) {
        if (!(r[TIM_CCER] & (CCER_CC1E << (4 * i))))
            continue;
        switch (tim_selection(dev, i)) {
        case CCS_DIRECT:
            used |= 1u << i;
            break;
        case CCS_CROSSED:
            used |= 1u << (i ^ 1);
            break;
        case CCS_TRC:
            uses_trigger = true;
            break;
        default:
            break;
        }
    }
    if (encoder(dev))
        used |= 3;
    if (r[TIM_SMCR] & SMCR_ECE)
        used |= 1u << TIM_IN_ETR;
    if (uses_trigger) {
        unsigned ts = trigger_selection(dev);
        used |= ts == TS_ETRF ? 1u << TIM_IN_ETR : ts >= TS_TI1F_ED ? 1u << (ts == TS_TI2FP2) : 1u << (TIM_IN_ITR0 + ts);
    }
    if ((used & 1) && (r[TIM_CR2] & CR2_TI1S))
        used |= 7;
    return (uint16_t)used;
}

/* ---- capture ---- */

void tim_capture(struct device *dev, unsigned channel)
{
    struct tim_state *s = dev->state;
    dev->regs[TIM_CCR1 + channel] = s->cnt;
    if (dev->regs[TIM_SR] & (TIM_CC1IF << channel))
        dev->regs[TIM_SR] |= SR_CC1OF << channel;
    tim_channel_event(dev, channel);
}

static void capture_edge(struct device *dev, unsigned channel, bool was, bool is)
{
    struct tim_state *s = dev->state;
    if (!(dev->regs[TIM_CCER] & (CCER_CC1E << (4 * channel))) || !selected_edge(polarity(dev, channel), was, is))
        return;
    unsigned prescaler = (dev->regs[TIM_CCMR1 + channel / 2] >> (channel % 2 * 8 + 2)) & 3;
    if ((++s->captures[channel] & ((1u << prescaler) - 1)) == 0)
        tim_capture(dev, channel);
}

static void capture_edges(struct device *dev, uint16_t was, uint16_t is)
{
    enum polarity p;
    for (unsigned i = 0; i < tim_traits(dev)->channels; i++) {
        switch (tim_selection(dev, i)) {
        case CCS_DIRECT:
            capture_edge(dev, i, ti(dev, was, i), ti(dev, is, i));
            break;
        case CCS_CROSSED:
            capture_edge(dev, i, ti(dev, was, i ^ 1), ti(dev, is, i ^ 1));
            break;
        case CCS_TRC: /* an ITR or both edges of TI1 */
            if (trigger_selection(dev) > TS_TI1F_ED)
                break;
            if (trigger_selection(dev) < TS_TI1F_ED)
                capture_edge(dev, i, trigger(dev, was, &p), trigger(dev, is, &p));
            else if (ti(dev, was, 0) != ti(dev, is, 0)) /* a pulse: both of its edges at once */
                capture_edge(dev, i, polarity(dev, i) == FALLING, polarity(dev, i) != FALLING);
            break;
        default:
            break;
        }
    }
}

/* ---- slave mode ---- */

void tim_trigger_flag(struct device *dev)
{
    dev->regs[TIM_SR] |= TIM_TIF;
    if (dev->regs[TIM_DIER] & DIER_TDE)
        tim_pulse(dev, TIM_OUT_DMA_TRIG);
    ((struct tim_state *)dev->state)->changed = true;
}

static void trigger_edge(struct device *dev)
{
    switch (slave_mode(dev)) {
    case SMS_RESET:
        tim_reinitialise(dev);
        break;
    case SMS_TRIGGER:
        dev->regs[TIM_CR1] |= CR1_CEN;
        break;
    case SMS_EXTERNAL:
        tim_clock_edges(dev, 1);
        break;
    default:
        break;
    }
    if (slave_mode(dev) == SMS_RESET || slave_mode(dev) == SMS_TRIGGER || slave_mode(dev) == SMS_EXTERNAL)
        tim_trigger_flag(dev);
    if ((dev->regs[TIM_CR2] & CR2_CCUS) && (dev->regs[TIM_CR2] & CR2_CCPC))
        tim_commutate(dev);
}

/* RM0033, counting direction versus encoder signals. */
static void encoder_edge(struct device *dev, uint16_t was, uint16_t is)
{
    bool old[2], new[2];
    for (unsigned i = 0; i < 2; i++) {
        bool inverse = polarity(dev, i) == FALLING;
        old[i] = ti(dev, was, i) != inverse;
        new[i] = ti(dev, is, i) != inverse;
    }
    unsigned mode = slave_mode(dev);
    bool up;
    if (old[0] != new[0] && mode != SMS_ENCODER1)
        up = new[0] != new[1];
    else if (old[1] != new[1] && mode != SMS_ENCODER2)
        up = new[0] == new[1];
    else
        return;
    if (up)
        dev->regs[TIM_CR1] &= ~CR1_DIR;
    else
        dev->regs[TIM_CR1] |= CR1_DIR;
    tim_clock_edges(dev, 1);
}

static void etr_edge(struct device *dev)
{
    struct tim_state *s = dev->state;
    unsigned prescaler = (dev->regs[TIM_SMCR] >> 12) & 3;
    if ((++s->etr_edges & ((1u << prescaler) - 1)) != 0)
        return;
    if (trigger_selection(dev) == TS_ETRF)
        trigger_edge(dev);
    if ((dev->regs[TIM_SMCR] & SMCR_ECE) && slave_mode(dev) != SMS_EXTERNAL)
        tim_clock_edges(dev, 1);
}

static void set_levels(struct device *dev, uint16_t is)
{
    struct tim_state *s = dev->state;
    uint16_t was = s->levels;
    enum polarity p;
    if (is == was)
        return;
    bool gate = tim_gate_open(dev);
    s->levels = is;
    /* Captures first: PWM input mode captures the count that the same edge then clears. */
    capture_edges(dev, was, is);
    if (encoder(dev))
        encoder_edge(dev, was, is);
    bool before = trigger(dev, was, &p), after = trigger(dev, is, &p);
    if (trigger_selection(dev) != TS_ETRF && selected_edge(p, before, after))
        trigger_edge(dev);
    bool etr_was = (was >> TIM_IN_ETR) & 1, etr_is = (is >> TIM_IN_ETR) & 1;
    if (selected_edge(dev->regs[TIM_SMCR] & SMCR_ETP ? FALLING : RISING, etr_was, etr_is))
        etr_edge(dev);
    if (tim_gate_open(dev) != gate && (dev->regs[TIM_CR1] & CR1_CEN))
        tim_trigger_flag(dev); /* gated mode: the counter starts or stops */
    if (((was ^ is) >> TIM_IN_BRK) & 1)
        tim_break(dev);
    s->changed = true;
}

/* ---- break ---- */

bool tim_break_active(const struct device *dev)
{
    const uint32_t *r = dev->regs;
    if (!(r[TIM_BDTR] & BDTR_BKE) || !device_input_connected(dev, TIM_IN_BRK))
        return false;
    bool level = (((const struct tim_state *)dev->state)->levels >> TIM_IN_BRK) & 1;
    return level == ((r[TIM_BDTR] & BDTR_BKP) != 0);
}

void tim_break(struct device *dev)
{
    if (!tim_break_active(dev))
        return;
    dev->regs[TIM_BDTR] &= ~BDTR_MOE;
    dev->regs[TIM_SR] |= TIM_BIF;
    ((struct tim_state *)dev->state)->changed = true;
}

/* ---- lines ---- */

/* Without its clock a timer sees no edge. */
static bool clocked(const struct device *dev)
{
    return frequency_running(device_clock(dev, TIM_CLOCK_KERNEL));
}

void tim_sample_waves(struct device *dev, bool edges)
{
    struct tim_state *s = dev->state;
    unsigned levels = s->levels;
    for (unsigned i = 0; i < dev->class->n_inputs; i++) {
        struct signal signal = device_input(dev, i);
        if (signal.period == 0)
            continue;
        levels &= ~(1u << i);
        if (signal_level_at(&signal, machine_now(dev->machine)) == 1)
            levels |= 1u << i;
    }
    if (edges)
        set_levels(dev, (uint16_t)levels);
    else
        s->levels = (uint16_t)levels;
}

void tim_input(struct device *dev, unsigned input, const struct signal *signal)
{
    struct tim_state *s = dev->state;
    tim_advance(dev);
    uint16_t levels = s->levels & (uint16_t)~BIT(input);
    if (signal_level_at(signal, machine_now(dev->machine)) == 1)
        levels |= (uint16_t)BIT(input);
    if (!clocked(dev)) {
        s->levels = levels;
        return;
    }
    set_levels(dev, levels);
    tim_settle(dev);
}

ticks_t tim_next_wave_edge(const struct device *dev)
{
    uint16_t used = clocked(dev) ? used_lines(dev) : 0;
    ticks_t next = TICKS_NEVER;
    for (unsigned i = 0; i < dev->class->n_inputs; i++) {
        if (!(used & BIT(i)))
            continue;
        struct signal signal = device_input(dev, i);
        if (signal.period != 0)
            next = MIN(next, signal_next_edge(&signal, machine_now(dev->machine)));
    }
    return next;
}
