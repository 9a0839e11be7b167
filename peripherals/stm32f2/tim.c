/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers (RM0033 chapters 12 to 15): TIM1 to TIM14. This file: registers, interrupts, DMA requests, clocks, reset.
 *
 * Models: time base (up, down, centre-aligned, repetition, one-pulse, preloads), output compare, PWM, complementary outputs,
 * break, commutation, input capture, encoder interface, slave and master modes, external clocks, DMA bursts.
 * Leaves out: dead time (stored), filters (stored), OCxREF clear by ETR, the remapping registers (TIM2_OR, TIM5_OR, TIM11_OR),
 * write protection by BDTR.LOCK, and the clock or two that synchronisation takes.
 * Real firmware needs: TIM2 channels 2 to 4 as LED PWM at 100 Hz with the channel 1 match as 10 ms interrupt; TIM3, 4, 5 and 1
 * for PWM at 500 Hz, tones and servos. All of this must cost nothing while nobody looks, so counters and flags are derived
 * when read, and only what an interrupt, a DMA request, a trigger or an output waits for is scheduled.
 */
#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/tim-internal.h"

/* ---- lines and schedule ---- */

static void drive_interrupts(struct device *dev)
{
    uint32_t pending = dev->regs[TIM_SR] & dev->regs[TIM_DIER] & 0xFF;
    if (!tim_traits(dev)->advanced) {
        device_set_level(dev, TIM_OUT_IRQ, pending != 0);
        return;
    }
    device_set_level(dev, TIM_OUT_IRQ_BRK, (pending & TIM_BIF) != 0);
    device_set_level(dev, TIM_OUT_IRQ_UP, (pending & TIM_UIF) != 0);
    device_set_level(dev, TIM_OUT_IRQ_TRG, (pending & (TIM_TIF | TIM_COMIF)) != 0);
    device_set_level(dev, TIM_OUT_IRQ_CC, (pending & (0xFu * TIM_CC1IF)) != 0);
}

/* Let the clock that counts follow CEN, the gate and the clock tree. */
static void follow_clock(struct device *dev)
{
    struct tim_state *s = dev->state;
    struct frequency f = FREQUENCY_STOPPED;
    if ((dev->regs[TIM_CR1] & CR1_CEN) && tim_internally_clocked(dev) && tim_gate_open(dev))
        f = device_clock(dev, TIM_CLOCK_KERNEL);
    if (!frequency_equal(f, s->clock.f))
        edge_counter_set_frequency(&s->clock, machine_now(dev->machine), f);
}

static void schedule(struct device *dev, unsigned timer, ticks_t when)
{
    if (when == TICKS_NEVER)
        device_cancel(dev, timer);
    else
        device_schedule(dev, timer, when);
}

static void send_pulses(struct device *dev)
{
    struct tim_state *s = dev->state;
    for (unsigned i = 0; i < TIM_OUTPUTS; i++)
        while (s->pulses[i] != 0) {
            s->pulses[i]--;
            if (i >= TIM_OUT_DMA_UP)
                s->burst_line = (uint8_t)i;
            device_pulse(dev, i);
        }
}

void tim_settle(struct device *dev)
{
    struct tim_state *s = dev->state;
    s->changed = false;
    follow_clock(dev);
    schedule(dev, TIM_TIMER_COUNTER, tim_next_event(dev));
    schedule(dev, TIM_TIMER_WAVE, tim_next_wave_edge(dev));
    tim_drive_outputs(dev);
    drive_interrupts(dev);
    send_pulses(dev);
}

void tim_timer(struct device *dev, unsigned timer)
{
    tim_advance(dev);
    if (timer == TIM_TIMER_WAVE)
        tim_sample_waves(dev, true);
    tim_settle(dev);
}

void tim_clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)old;
    if (clock != TIM_CLOCK_KERNEL)
        return;
    tim_advance(dev); /* at the old rate, which the edge counter still has */
    tim_sample_waves(dev, false);
    tim_settle(dev);
}

void tim_reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    struct tim_state *s = dev->state;
    memset(s, 0, sizeof *s);
    s->clock.f = FREQUENCY_STOPPED;
    s->clock.epoch = machine_now(dev->machine);
    s->arr = dev->regs[TIM_ARR];
    unsigned levels = 0;
    for (unsigned i = 0; i < dev->class->n_inputs; i++)
        if (device_input(dev, i).level == 1)
            levels |= 1u << i;
    s->levels = (uint16_t)levels;
    tim_sample_waves(dev, false);
    tim_settle(dev);
}

/* ---- DMA burst ---- */

/* DMAR stands for the registers from DCR.DBA on, in turn; each access but the last asks for the next one. */
static uint32_t burst_address(struct device *dev)
{
    struct tim_state *s = dev->state;
    uint32_t first = dev->regs[TIM_DCR] & 0x1F, index = first + s->burst;
    return index < TIM_REGISTERS && index != TIM_DMAR ? dev->base + 4 * index : 0;
}

static void burst_next(struct device *dev)
{
    struct tim_state *s = dev->state;
    unsigned last = (dev->regs[TIM_DCR] >> 8) & 0x1F;
    if (s->burst >= last) {
        s->burst = 0;
        return;
    }
    s->burst++;
    if (s->burst_line != 0)
        tim_pulse(dev, s->burst_line);
}

static void burst_write(struct device *dev, uint32_t value)
{
    uint32_t address = burst_address(dev);
    burst_next(dev);
    if (address != 0)
        machine_bus_write(dev->machine, address, 4, value);
}

static uint32_t burst_read(struct device *dev)
{
    uint32_t address = burst_address(dev), value = 0;
    burst_next(dev);
    if (address != 0)
        machine_bus_read(dev->machine, address, 4, &value);
    return value;
}

/* ---- registers ---- */

static uint32_t register_value(const struct device *dev, unsigned reg)
{
    return reg == TIM_CNT ? ((const struct tim_state *)dev->state)->cnt : dev->regs[reg];
}

uint32_t tim_read(struct device *dev, unsigned reg, bool side_effects)
{
    if (!side_effects) {
        /* What would be read now, worked out on a copy. */
        struct tim_state state = *(struct tim_state *)dev->state;
        uint32_t regs[TIM_REGISTERS];
        memcpy(regs, dev->regs, sizeof regs);
        struct device copy = *dev;
        copy.state = &state;
        copy.regs = regs;
        tim_advance(&copy);
        return reg == TIM_DMAR ? 0 : register_value(&copy, reg);
    }
    struct tim_state *s = dev->state;
    tim_advance(dev);
    uint32_t value = register_value(dev, reg);
    if (reg == TIM_DMAR) {
        value = burst_read(dev);
    } else if (reg >= TIM_CCR1 && reg <= TIM_CCR4 && tim_selection(dev, reg - TIM_CCR1) != CCS_OUTPUT) {
        dev->regs[TIM_SR] &= ~(TIM_CC1IF << (reg - TIM_CCR1));
        s->changed = true;
    }
    if (s->changed)
        tim_settle(dev);
    return value;
}

static void write_modes(struct device *dev, unsigned reg, uint32_t old)
{
    struct tim_state *s = dev->state;
    unsigned first = (reg - TIM_CCMR1) * 2;
    tim_keep_references(dev);
    for (unsigned i = 0; i < 2; i++) {
        uint32_t selection = 3u << (8 * i);
        if (dev->regs[TIM_CCER] & (CCER_CC1E << (4 * (first + i)))) /* CCxS is locked while the channel is on */
            dev->regs[reg] = (dev->regs[reg] & ~selection) | (old & selection);
        bool output = (dev->regs[reg] & selection) == 0;
        if (output && (!(dev->regs[reg] & (8u << (8 * i))) || (old & selection)))
            s->compare[first + i] = dev->regs[TIM_CCR1 + first + i];
        if (output && (dev->regs[reg] & (0x80u << (8 * i))))
            machine_report(dev->machine, "unmodelled", "%s: OC%uCE (OCxREF cleared by ETR) has no effect", dev->name,
                           first + i + 1);
    }
    if (!(dev->regs[TIM_CR2] & CR2_CCPC)) {
        s->ccmr[reg - TIM_CCMR1] = dev->regs[reg];
        tim_force_references(dev);
    }
}

static void write_enables(struct device *dev)
{
    struct tim_state *s = dev->state;
    for (unsigned i = 0; i < TIM_CHANNELS; i++)
        if (!(dev->regs[TIM_CCER] & (CCER_CC1E << (4 * i))))
            s->captures[i] = 0;
    if (!(dev->regs[TIM_CR2] & CR2_CCPC))
        s->ccer = dev->regs[TIM_CCER];
}

static void generate_events(struct device *dev, uint32_t value)
{
    const struct tim_traits *traits = tim_traits(dev);
    if ((value & TIM_BIF) && traits->advanced) {
        dev->regs[TIM_SR] |= TIM_BIF;
        dev->regs[TIM_BDTR] &= ~BDTR_MOE;
    }
    for (unsigned i = 0; i < traits->channels; i++) {
        if (!(value & (TIM_CC1IF << i)))
            continue;
        if (tim_selection(dev, i) == CCS_OUTPUT)
            tim_channel_event(dev, i);
        else
            tim_capture(dev, i);
    }
    if ((value & TIM_COMIF) && traits->advanced)
        tim_commutate(dev);
    if ((value & TIM_TIF) && dev->class->registers[TIM_SMCR].name != NULL)
        tim_trigger_flag(dev);
    if (value & TIM_UIF)
        tim_reinitialise(dev);
}

void tim_write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct tim_state *s = dev->state;
    /* Up to this moment the old value was in force: let time pass under it, then store what was written. */
    uint32_t written = dev->regs[reg];
    dev->regs[reg] = old;
    tim_advance(dev);
    uint32_t now = dev->regs[reg];
    dev->regs[reg] = (now & ~mask) | (written & mask);

    switch (reg) {
    case TIM_CR1:
        if (tim_centre_aligned(dev) || ((dev->regs[TIM_SMCR] & 7) != 0 && (dev->regs[TIM_SMCR] & 7) <= SMS_ENCODER3))
            dev->regs[reg] = (dev->regs[reg] & ~CR1_DIR) | (now & CR1_DIR); /* the counter's own */
        if (!(dev->regs[reg] & CR1_ARPE))
            s->arr = dev->regs[TIM_ARR];
        break;
    case TIM_CR2:
        if (!(dev->regs[reg] & CR2_CCPC)) {
            tim_keep_references(dev);
            s->ccer = dev->regs[TIM_CCER];
            s->ccmr[0] = dev->regs[TIM_CCMR1];
            s->ccmr[1] = dev->regs[TIM_CCMR2];
            tim_force_references(dev);
        }
        break;
    case TIM_SMCR:
        tim_sample_waves(dev, false);
        break;
    case TIM_SR:
        dev->regs[reg] = now & (value | ~mask);
        break;
    case TIM_EGR:
        generate_events(dev, value);
        break;
    case TIM_CCMR1:
    case TIM_CCMR2:
        write_modes(dev, reg, old);
        break;
    case TIM_CCER:
        tim_sample_waves(dev, false);
        write_enables(dev);
        break;
    case TIM_CNT:
        s->cnt = ((s->cnt & ~mask) | value) & tim_traits(dev)->max;
        break;
    case TIM_ARR:
        if (!(dev->regs[TIM_CR1] & CR1_ARPE))
            s->arr = dev->regs[reg];
        break;
    case TIM_CCR1:
    case TIM_CCR2:
    case TIM_CCR3:
    case TIM_CCR4: {
        unsigned channel = reg - TIM_CCR1;
        if (tim_selection(dev, channel) != CCS_OUTPUT)
            dev->regs[reg] = now; /* read-only */
        else if (!(dev->regs[TIM_CCMR1 + channel / 2] & (8u << (channel % 2 * 8))))
            s->compare[channel] = dev->regs[reg];
        break;
    }
    case TIM_BDTR:
        tim_break(dev);
        break;
    case TIM_DCR:
        s->burst = 0;
        break;
    case TIM_DMAR:
        burst_write(dev, value);
        break;
    default:
        break;
    }
    tim_settle(dev);
}

const char *tim_explain(struct device *dev, unsigned reg)
{
    const struct tim_state *s = dev->state;
    if (reg != TIM_CNT && reg != TIM_SR)
        return NULL;
    if (!(dev->regs[TIM_CR1] & CR1_CEN))
        return "the counter is off: CR1.CEN is 0";
    if (!tim_gate_open(dev))
        return "the counter waits for its gate (gated slave mode)";
    if (!tim_internally_clocked(dev))
        return "the counter waits for edges of an external clock";
    if (!frequency_running(s->clock.f))
        return "the timer's clock is stopped";
    if (s->arr == 0)
        return "the counter is blocked: ARR is 0";
    return NULL;
}
