/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Analog-to-digital converters ADC1 to ADC3 (RM0033 chapter 10).
 *
 * Models: regular and injected groups with scan, continuous, discontinuous and auto-injection; software and external triggers;
 * exact conversion times; resolutions, alignment, offsets; analog watchdog; end-of-conversion and overrun rules; DMA requests;
 * regular and injected simultaneous modes of two or three converters with the three DMA modes of CCR.
 * Leaves out: interleaved and alternate trigger modes (reported), start-up time, noise. The input is sampled at the end of a
 * conversion, not 12 cycles before. The chip stays at 25 degrees.
 * Real firmware needs: release 0.5.2 reads a pin with ADC1 and ADC2 in regular simultaneous mode, continuous, with DMA mode 1
 * into a buffer of ten half-words, and switches both off afterwards.
 *
 * Conversions are scheduled only while an interrupt or a DMA request waits for them; otherwise a read works out what happened.
 */
#include "peripherals/stm32f2/adc.h"

#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/adc-internal.h"

static struct frequency adc_clock(const struct device *dev)
{
    return frequency_scale(device_clock(dev, 0), 1, 2 + 2 * ((dev->regs[CCR] >> 16) & 3));
}

/* ---- lines ---- */

static unsigned items_wanted(const struct device *dev)
{
    return adc_multi_dma_mode(dev) == 1 ? 1 : 2;
}

static bool requests_dma(const struct device *dev, unsigned i)
{
    const struct adc *a = dev->state;
    if (adc_by_common_register(dev, i))
        return i == 0 && !a->dma_ended && a->n_waiting >= items_wanted(dev) && !a->c[0].overrun;
    return adc_uses_dma(dev, i) && a->c[i].unread && !a->c[i].overrun;
}

static bool interrupts(const struct device *dev, unsigned i)
{
    uint32_t sr = adc_get(dev, i, SR), cr1 = adc_get(dev, i, CR1);
    return ((sr & SR_EOC) && (cr1 & CR1_EOCIE)) || ((sr & SR_AWD) && (cr1 & CR1_AWDIE)) ||
           ((sr & SR_JEOC) && (cr1 & CR1_JEOCIE)) || ((sr & SR_OVR) && (cr1 & CR1_OVRIE));
}

/* The trigger line that starts a group, or -1; edges: bit 0 rising, bit 1 falling. */
static int trigger_line(const struct device *dev, unsigned i, bool injected, unsigned *edges)
{
    uint32_t cr2 = adc_get(dev, i, CR2) >> (injected ? 16 : 24);
    *edges = (cr2 >> 4) & 3;
    if (*edges == 0 || !adc_ready(dev, i))
        return -1;
    return (int)((injected ? IN_JEXT : IN_EXT) + (cr2 & 0xF));
}

static void schedule(struct device *dev)
{
    struct adc *a = dev->state;
    ticks_t conversion = TICKS_NEVER, trigger = TICKS_NEVER;
    for (unsigned i = 0; i < CONVERTERS; i++) {
        if (a->c[i].converting && adc_awaited(dev, i) && frequency_running(a->clock.f))
            conversion = MIN(conversion, edge_counter_when(&a->clock, a->c[i].end));
        for (unsigned injected = 0; injected < 2; injected++) {
            unsigned edges;
            int line = trigger_line(dev, i, injected, &edges);
            if (line < 0)
                continue;
            struct signal s = device_input(dev, (unsigned)line);
            if (s.period != 0)
                trigger = MIN(trigger, signal_next_edge(&s, machine_now(dev->machine)));
        }
    }
    if (conversion != TICKS_NEVER)
        device_schedule(dev, TIMER_CONVERSION, conversion);
    else
        device_cancel(dev, TIMER_CONVERSION);
    if (trigger != TICKS_NEVER && frequency_running(a->clock.f))
        device_schedule(dev, TIMER_TRIGGER, trigger);
    else
        device_cancel(dev, TIMER_TRIGGER);
}

static void settle(struct device *dev)
{
    schedule(dev);
    bool irq = false;
    for (unsigned i = 0; i < CONVERTERS; i++)
        irq |= interrupts(dev, i);
    device_set_level(dev, OUT_IRQ, irq);
    /* Last: the DMA may read the data while its request rises. */
    for (unsigned i = 0; i < CONVERTERS; i++)
        device_set_level(dev, OUT_DMA + i, requests_dma(dev, i));
}

static uint32_t trigger_levels(const struct device *dev)
{
    uint32_t levels = 0;
    for (unsigned line = 0; line < 2 * TRIGGERS; line++) {
        struct signal s = device_input(dev, line);
        if (signal_level_at(&s, machine_now(dev->machine)) == 1)
            levels |= BIT(line);
    }
    return levels;
}

static void triggers_changed(struct device *dev)
{
    struct adc *a = dev->state;
    uint32_t was = a->triggers, is = trigger_levels(dev);
    a->triggers = is;
    if (was == is || !frequency_running(a->clock.f))
        return;
    for (unsigned i = 0; i < CONVERTERS; i++)
        for (unsigned injected = 0; injected < 2; injected++) {
            unsigned edges;
            int line = trigger_line(dev, i, injected, &edges);
            if (line < 0 || !((was ^ is) & BIT(line)) || !(edges & (is & BIT(line) ? 1 : 2)))
                continue;
            if (injected)
                adc_start_injected(dev, i, adc_edge_now(dev));
            else if (!adc_follows(dev, i))
                adc_start_regular(dev, i, adc_edge_now(dev));
        }
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct adc *a = dev->state;
    adc_advance(dev);
    if (in < IN_CH) {
        triggers_changed(dev);
    } else if (in < IN_DMA_LAST) {
        adc_look_at_channel(dev, in - IN_CH);
    } else if (signal->level == 1) {
        unsigned i = in - IN_DMA_LAST;
        if (adc_by_common_register(dev, i)) {
            if (i == 0 && !(dev->regs[CCR] & CCR_DDS))
                a->dma_ended = true;
        } else if ((adc_get(dev, i, CR2) & CR2_DMA) && !(adc_get(dev, i, CR2) & CR2_DDS)) {
            a->c[i].dma_ended = true;
        }
    }
    settle(dev);
}

static void timer(struct device *dev, unsigned t)
{
    adc_advance(dev);
    if (t == TIMER_TRIGGER)
        triggers_changed(dev);
    settle(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    struct adc *a = dev->state;
    (void)clock;
    (void)old;
    adc_advance(dev); /* at the old rate, which the edge counter still has */
    edge_counter_set_frequency(&a->clock, machine_now(dev->machine), adc_clock(dev));
    a->triggers = trigger_levels(dev);
    settle(dev);
}

/* ---- registers ---- */

static uint32_t common_status(const struct device *dev)
{
    return (adc_get(dev, 0, SR) & 0x3F) | (adc_get(dev, 1, SR) & 0x3F) << 8 | (adc_get(dev, 2, SR) & 0x3F) << 16;
}

/* CDR, and in `items` how many of those that wait it shows. */
static uint32_t common_data(const struct device *dev, unsigned *items)
{
    const struct adc *a = dev->state;
    *items = 0;
    if (adc_group_size(dev) == 1)
        return 0;
    if (adc_multi_dma_mode(dev) == 0)
        return adc_get(dev, 1, DR) << 16 | adc_get(dev, 0, DR);
    if (a->n_waiting < items_wanted(dev))
        return dev->regs[CDR]; /* as read before */
    *items = items_wanted(dev);
    uint32_t first = a->waiting[0].data, second = a->waiting[1].data;
    switch (adc_multi_dma_mode(dev)) {
    case 1:
        return first;
    case 2:
        return second << 16 | first;
    default:
        return (second & 0xFF) << 8 | (first & 0xFF);
    }
}

static void read_common_data(struct device *dev, unsigned items)
{
    struct adc *a = dev->state;
    if (adc_multi_dma_mode(dev) == 0 && adc_group_size(dev) > 1) {
        adc_consumed(dev, 0);
        adc_consumed(dev, 1);
    }
    for (unsigned k = 0; k < items; k++) {
        unsigned i = a->waiting[k].converter;
        a->c[i].unread = false;
        *adc_reg_of(dev, i, SR) &= ~SR_EOC;
    }
    a->n_waiting -= (uint8_t)items;
    memmove(a->waiting, a->waiting + items, a->n_waiting * sizeof a->waiting[0]);
}

static uint32_t value_of(const struct device *dev, unsigned reg, unsigned *items)
{
    *items = 0;
    if (reg == CSR)
        return common_status(dev);
    return reg == CDR ? common_data(dev, items) : dev->regs[reg];
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    unsigned items;
    if (!side_effects) { /* what would be read now, worked out on a copy */
        struct adc state = *(struct adc *)dev->state;
        uint32_t regs[ALL_REGISTERS];
        memcpy(regs, dev->regs, sizeof regs);
        struct device copy = *dev;
        copy.state = &state;
        copy.regs = regs;
        adc_advance(&copy);
        return value_of(&copy, reg, &items);
    }
    adc_advance(dev);
    uint32_t value = value_of(dev, reg, &items);
    if (reg == CDR) {
        dev->regs[CDR] = value;
        read_common_data(dev, items);
    } else if (reg < CSR && reg % REGISTERS == DR) {
        adc_consumed(dev, reg / REGISTERS);
    }
    settle(dev);
    return value;
}

static void switch_off(struct device *dev, unsigned i)
{
    struct adc *a = dev->state;
    a->c[i] = (struct converter){.dma_ended = a->c[i].dma_ended};
    adc_forget_waiting(a, i);
}

static void write_control(struct device *dev, unsigned i, uint32_t value)
{
    struct adc *a = dev->state;
    uint32_t cr2 = adc_get(dev, i, CR2);
    if (!(cr2 & CR2_DMA))
        a->c[i].dma_ended = false;
    if (!(cr2 & CR2_ADON)) {
        switch_off(dev, i);
        return;
    }
    if (value & CR2_JSWSTART)
        adc_start_injected(dev, i, adc_edge_now(dev));
    if (value & CR2_SWSTART)
        adc_start_regular(dev, i, adc_edge_now(dev));
}

static void write_common_control(struct device *dev)
{
    struct adc *a = dev->state;
    uint32_t mode = dev->regs[CCR] & 0xF;
    if (mode == 2 || mode == 7 || mode == 9)
        machine_report(dev->machine, "unmodelled",
                       "%s: the interleaved and alternate trigger modes of CCR.MULTI have no effect", dev->name);
    if (adc_multi_dma_mode(dev) == 0) {
        a->dma_ended = false;
        a->n_waiting = 0;
    }
    edge_counter_set_frequency(&a->clock, machine_now(dev->machine), adc_clock(dev));
}

/* OVR was cleared: what waited is dropped, and triggers count again. */
static void end_overrun(struct device *dev, unsigned i)
{
    struct adc *a = dev->state;
    for (unsigned k = 0; k < CONVERTERS; k++)
        if (k == i || (adc_by_common_register(dev, i) && adc_by_common_register(dev, k))) {
            a->c[k].overrun = a->c[k].unread = false;
            adc_forget_waiting(a, k);
        }
}

/* A sequence that changes under way begins anew. */
static void restart(struct device *dev, unsigned i, bool injected)
{
    struct converter *c = &((struct adc *)dev->state)->c[i];
    if (injected)
        c->injected_rank = 0;
    else
        c->rank = 0;
    if (c->converting && c->converting_injected == injected)
        adc_begin_conversion(dev, i, adc_edge_now(dev));
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    /* Up to this moment the old value was in force: let time pass under it, then store what was written. */
    uint32_t written = dev->regs[reg];
    dev->regs[reg] = old;
    adc_advance(dev);
    uint32_t now = dev->regs[reg];
    dev->regs[reg] = (now & ~mask) | (written & mask);
    unsigned i = reg / REGISTERS;
    if (reg == CCR) {
        write_common_control(dev);
    } else if (reg < CSR) {
        switch (reg % REGISTERS) {
        case SR:
            dev->regs[reg] = now & (value | ~mask);
            if ((now & ~dev->regs[reg]) & SR_OVR)
                end_overrun(dev, i);
            break;
        case CR2:
            write_control(dev, i, value);
            break;
        case SQR1:
        case SQR2:
        case SQR3:
            if (now != dev->regs[reg])
                restart(dev, i, false);
            break;
        case JSQR:
            if (now != dev->regs[reg])
                restart(dev, i, true);
            break;
        default:
            break;
        }
    }
    settle(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    struct adc *a = dev->state;
    memset(a, 0, sizeof *a);
    a->clock = (struct edge_counter){.f = adc_clock(dev), .epoch = machine_now(dev->machine)};
    a->triggers = trigger_levels(dev);
    for (unsigned i = 0; i < EXTERNAL_CHANNELS; i++)
        adc_look_at_channel(dev, i);
    settle(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    const struct adc *a = dev->state;
    if (reg > CDR || (reg < CSR && reg % REGISTERS != SR))
        return NULL;
    unsigned i = reg < CSR ? reg / REGISTERS : 0;
    if (!adc_ready(dev, i))
        return "the converter is off: CR2.ADON is 0";
    if (a->c[i].overrun)
        return "conversions are stopped by an overrun: SR.OVR must be cleared";
    if (!frequency_running(a->clock.f))
        return "the ADC's clock is stopped";
    if (!a->c[i].converting)
        return "no conversion is under way: none was started, or it has ended";
    return NULL;
}

static const char *const inputs[INPUTS] = {
    "ext0",  "ext1",  "ext2",  "ext3",  "ext4",      "ext5",      "ext6",     "ext7",   "ext8",   "ext9",   "ext10",
    "ext11", "ext12", "ext13", "ext14", "ext15",     "jext0",     "jext1",    "jext2",  "jext3",  "jext4",  "jext5",
    "jext6", "jext7", "jext8", "jext9", "jext10",    "jext11",    "jext12",   "jext13", "jext14", "jext15", "ch0",
    "ch1",   "ch2",   "ch3",   "ch4",   "ch5",       "ch6",       "ch7",      "ch8",    "ch9",    "ch10",   "ch11",
    "ch12",  "ch13",  "ch14",  "ch15",  "dma1_last", "dma2_last", "dma3_last"};
static const char *const outputs[OUTPUTS] = {"irq", "dma1", "dma2", "dma3"};
static const char *const clocks[] = {"bus"};

const struct device_class stm32f2_adc_class = {
    .name = "STM32F2 analog-to-digital converters",
    .state_size = sizeof(struct adc),
    .registers = adc_registers,
    .n_registers = ALL_REGISTERS,
    .window = 0x400,
    .n_inputs = INPUTS,
    .n_outputs = OUTPUTS,
    .n_timers = TIMERS,
    .n_clocks = G_N_ELEMENTS(clocks),
    .input_names = inputs,
    .output_names = outputs,
    .clock_names = clocks,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
    .explain = explain,
};
