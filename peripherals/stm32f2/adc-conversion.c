/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The converters at work (RM0033 10.3 to 10.9): channels, samples, groups, overrun, multi mode, and what has happened since. */
#include <glib.h>

#include "peripherals/stm32f2/adc-internal.h"

enum { CHANNELS = 19 };
enum { CHANNEL_TEMPERATURE = 16, CHANNEL_VREFINT = 17, CHANNEL_VBAT = 18 };
/* Millivolts: supply and reference, and what the internal channels show (data sheet, typical values). */
enum { FULL_SCALE = 3300, TEMPERATURE_25C = 760, VREFINT = 1210 };
/* Channels of ADC3 whose pins (PF3 to PF10) exist in large packages only. */
enum { ADC3_UNBONDED = 0xC3F0 };

/* ---- multi mode ---- */

/* Converters that work together, from ADC1 on. */
unsigned adc_group_size(const struct device *dev)
{
    uint32_t multi = dev->regs[CCR] & 0x1F;
    return multi == 0 ? 1 : multi & 0x10 ? 3 : 2;
}

static bool regular_simultaneous(const struct device *dev)
{
    uint32_t mode = dev->regs[CCR] & 0xF;
    return mode == 1 || mode == 2 || mode == 6 || mode == 7;
}

static bool injected_simultaneous(const struct device *dev)
{
    uint32_t mode = dev->regs[CCR] & 0xF;
    return mode == 1 || mode == 5;
}

unsigned adc_multi_dma_mode(const struct device *dev)
{
    return adc_group_size(dev) > 1 ? (dev->regs[CCR] >> 14) & 3 : 0;
}

bool adc_follows(const struct device *dev, unsigned i)
{
    return i > 0 && i < adc_group_size(dev) && regular_simultaneous(dev);
}

/* Is the data of this converter fetched through CDR? */
bool adc_by_common_register(const struct device *dev, unsigned i)
{
    return adc_multi_dma_mode(dev) != 0 && i < adc_group_size(dev);
}

bool adc_uses_dma(const struct device *dev, unsigned i)
{
    const struct adc *a = dev->state;
    if (adc_by_common_register(dev, i))
        return !a->dma_ended;
    return (adc_get(dev, i, CR2) & CR2_DMA) && !a->c[i].dma_ended;
}

/* ---- one conversion ---- */

static unsigned resolution_bits(const struct device *dev, unsigned i)
{
    return 12 - 2 * ((adc_get(dev, i, CR1) >> 24) & 3);
}

static unsigned regular_length(const struct device *dev, unsigned i)
{
    return adc_get(dev, i, CR1) & (CR1_SCAN | CR1_DISCEN) ? ((adc_get(dev, i, SQR1) >> 20) & 0xF) + 1 : 1;
}

static unsigned injected_length(const struct device *dev, unsigned i)
{
    return adc_get(dev, i, CR1) & (CR1_SCAN | CR1_JDISCEN) ? ((adc_get(dev, i, JSQR) >> 20) & 3) + 1 : 1;
}

static unsigned regular_channel(const struct device *dev, unsigned i, unsigned rank)
{
    unsigned reg = rank < 6 ? SQR3 : rank < 12 ? SQR2 : SQR1;
    return (adc_get(dev, i, reg) >> (rank % 6 * 5)) & 0x1F;
}

/* A group of n injected channels ends with JSQ4. */
static unsigned injected_channel(const struct device *dev, unsigned i, unsigned rank)
{
    unsigned jl = (adc_get(dev, i, JSQR) >> 20) & 3;
    return (adc_get(dev, i, JSQR) >> ((3 - jl + rank) * 5)) & 0x1F;
}

static uint64_t conversion_cycles(const struct device *dev, unsigned i, unsigned channel)
{
    static const uint16_t sampling[8] = {3, 15, 28, 56, 84, 112, 144, 480};
    unsigned smp = channel >= CHANNELS ? 0
                   : channel >= 10     ? (adc_get(dev, i, SMPR1) >> ((channel - 10) * 3)) & 7
                                       : (adc_get(dev, i, SMPR2) >> (channel * 3)) & 7;
    return sampling[smp] + resolution_bits(dev, i);
}

static uint32_t internal_channel(const struct device *dev, unsigned channel)
{
    uint32_t ccr = dev->regs[CCR];
    switch (channel) {
    case CHANNEL_TEMPERATURE:
        return ccr & CCR_TSVREFE ? TEMPERATURE_25C : 0;
    case CHANNEL_VREFINT:
        return ccr & CCR_TSVREFE ? VREFINT : 0;
    case CHANNEL_VBAT:
        return ccr & CCR_VBATE ? FULL_SCALE / 2 : 0;
    default:
        return 0;
    }
}

/* What converter i finds on a channel at the end of its present conversion. */
static uint32_t millivolts(const struct device *dev, unsigned i, unsigned channel)
{
    const struct adc *a = dev->state;
    if (channel >= EXTERNAL_CHANNELS)
        return i == 0 ? internal_channel(dev, channel) : 0;
    const struct signal *s = &a->channels[channel];
    if (i == 2 && (ADC3_UNBONDED & BIT(channel)))
        return FULL_SCALE / 2;
    if (s->period != 0)
        return signal_level_at(s, edge_counter_when(&a->clock, a->c[i].end)) ? FULL_SCALE : 0;
    return s->level == ADC_NOT_DRIVEN ? FULL_SCALE / 2 : s->level;
}

static uint32_t sample(const struct device *dev, unsigned i, unsigned channel)
{
    uint32_t code = (uint32_t)(MIN(millivolts(dev, i, channel), FULL_SCALE) * UINT64_C(4096) / FULL_SCALE);
    return MIN(code, 0xFFF) >> (12 - resolution_bits(dev, i));
}

void adc_look_at_channel(struct device *dev, unsigned channel)
{
    struct adc *a = dev->state;
    a->channels[channel] = device_input(dev, IN_CH + channel);
    if (!device_input_connected(dev, IN_CH + channel))
        a->channels[channel].level = ADC_NOT_DRIVEN;
}

/* RM0033 10.7: data are aligned on the half-word, but 6-bit data on the byte. */
static uint32_t aligned(const struct device *dev, unsigned i, int32_t data, bool injected)
{
    unsigned bits = resolution_bits(dev, i);
    if (adc_get(dev, i, CR2) & CR2_ALIGN)
        data *= 1 << ((bits == 6 ? 8 : 16) - bits - (injected ? 1 : 0));
    return (uint32_t)data & 0xFFFF;
}

static void watch(struct device *dev, unsigned i, unsigned channel, uint32_t data, bool injected)
{
    uint32_t cr1 = adc_get(dev, i, CR1);
    if (!(cr1 & (injected ? CR1_JAWDEN : CR1_AWDEN)) || ((cr1 & CR1_AWDSGL) && (cr1 & 0x1F) != channel))
        return;
    if (data > adc_get(dev, i, HTR) || data < adc_get(dev, i, LTR))
        *adc_reg_of(dev, i, SR) |= SR_AWD;
}

/* ADCCLK edge from which on something that happens now counts. */
uint64_t adc_edge_now(struct device *dev)
{
    struct adc *a = dev->state;
    ticks_t now = machine_now(dev->machine);
    uint64_t edge = edge_counter_read(&a->clock, now);
    for (unsigned i = 0; i < CONVERTERS; i++)
        if (a->c[i].converting)
            return edge_counter_when(&a->clock, edge) < now ? edge + 1 : edge;
    edge_counter_set(&a->clock, now, edge); /* nobody depends on its phase: a lone conversion begins at once */
    return edge;
}

void adc_begin_conversion(struct device *dev, unsigned i, uint64_t edge)
{
    struct converter *c = &((struct adc *)dev->state)->c[i];
    c->converting = c->regular || c->injected;
    c->converting_injected = c->injected;
    if (!c->converting)
        return;
    unsigned channel = c->injected ? injected_channel(dev, i, c->injected_rank) : regular_channel(dev, i, c->rank);
    c->end = edge + conversion_cycles(dev, i, channel);
}

/* ---- groups ---- */

bool adc_ready(const struct device *dev, unsigned i)
{
    return adc_get(dev, i, CR2) & CR2_ADON;
}

void adc_start_regular(struct device *dev, unsigned i, uint64_t edge)
{
    struct adc *a = dev->state;
    struct converter *c = &a->c[i];
    if (adc_ready(dev, i) && !c->regular && !c->overrun) {
        uint32_t cr1 = adc_get(dev, i, CR1);
        c->left = cr1 & CR1_DISCEN ? (uint8_t)(((cr1 >> 13) & 7) + 1) : UINT8_MAX;
        if (c->rank >= regular_length(dev, i))
            c->rank = 0;
        c->regular = true;
        *adc_reg_of(dev, i, SR) |= SR_STRT;
        if (!c->converting)
            adc_begin_conversion(dev, i, edge);
    }
    if (i == 0 && regular_simultaneous(dev))
        for (unsigned k = 1; k < adc_group_size(dev); k++)
            adc_start_regular(dev, k, edge);
}

/* An injected group interrupts a regular conversion, which is repeated afterwards. */
void adc_start_injected(struct device *dev, unsigned i, uint64_t edge)
{
    struct adc *a = dev->state;
    struct converter *c = &a->c[i];
    if (adc_ready(dev, i) && !c->injected) {
        c->injected = true;
        *adc_reg_of(dev, i, SR) |= SR_JSTRT;
        adc_begin_conversion(dev, i, edge);
    }
    if (i == 0 && injected_simultaneous(dev))
        for (unsigned k = 1; k < adc_group_size(dev); k++)
            adc_start_injected(dev, k, edge);
}

void adc_forget_waiting(struct adc *a, unsigned i)
{
    unsigned n = 0;
    for (unsigned k = 0; k < a->n_waiting; k++)
        if (a->waiting[k].converter != i)
            a->waiting[n++] = a->waiting[k];
    a->n_waiting = (uint8_t)n;
}

/* The data of a converter have been read. */
void adc_consumed(struct device *dev, unsigned i)
{
    struct adc *a = dev->state;
    a->c[i].unread = false;
    *adc_reg_of(dev, i, SR) &= ~SR_EOC;
    adc_forget_waiting(a, i);
}

static void overrun(struct device *dev, unsigned i)
{
    struct adc *a = dev->state;
    *adc_reg_of(dev, i, SR) |= SR_OVR;
    for (unsigned k = 0; k < CONVERTERS; k++) {
        struct converter *c = &a->c[k];
        if (k != i && !(adc_by_common_register(dev, i) && adc_by_common_register(dev, k)))
            continue;
        c->overrun = true;
        c->regular = false;
        c->converting = c->converting && c->converting_injected;
    }
}

/* False: the data are lost, and with them the rest of the group. */
static bool deliver(struct device *dev, unsigned i, uint32_t data)
{
    struct adc *a = dev->state;
    struct converter *c = &a->c[i];
    if (adc_by_common_register(dev, i) && adc_uses_dma(dev, i)) {
        unsigned room = adc_group_size(dev) == 3 && adc_multi_dma_mode(dev) != 1 ? 4 : adc_group_size(dev);
        if (a->n_waiting >= room) {
            overrun(dev, i);
            return false;
        }
        a->waiting[a->n_waiting++] = (struct item){.data = (uint16_t)data, .converter = (uint8_t)i};
    } else if (c->unread && (adc_uses_dma(dev, i) || (adc_get(dev, i, CR2) & CR2_EOCS))) {
        overrun(dev, i);
        return false;
    }
    *adc_reg_of(dev, i, DR) = data;
    c->unread = true;
    return true;
}

static void end_regular(struct device *dev, unsigned i, uint64_t edge)
{
    struct adc *a = dev->state;
    struct converter *c = &a->c[i];
    unsigned channel = regular_channel(dev, i, c->rank);
    uint32_t data = sample(dev, i, channel);
    watch(dev, i, channel, data, false);
    if (!deliver(dev, i, aligned(dev, i, (int32_t)data, false)))
        return;
    bool last = ++c->rank >= regular_length(dev, i);
    if (last || (adc_get(dev, i, CR2) & CR2_EOCS))
        *adc_reg_of(dev, i, SR) |= SR_EOC;
    if (!last) {
        if ((adc_get(dev, i, CR1) & CR1_DISCEN) && --c->left == 0)
            c->regular = false;
        return;
    }
    c->rank = 0;
    c->regular = false;
    if (adc_get(dev, i, CR1) & CR1_JAUTO)
        adc_start_injected(dev, i, edge);
    /* A follower goes on as long as ADC1 does. */
    if (adc_get(dev, adc_follows(dev, i) ? 0 : i, CR2) & CR2_CONT)
        adc_start_regular(dev, i, edge);
}

static void end_injected(struct device *dev, unsigned i)
{
    struct converter *c = &((struct adc *)dev->state)->c[i];
    unsigned rank = c->injected_rank, channel = injected_channel(dev, i, rank);
    uint32_t data = sample(dev, i, channel);
    watch(dev, i, channel, data, true);
    *adc_reg_of(dev, i, JDR1 + rank) = aligned(dev, i, (int32_t)data - (int32_t)adc_get(dev, i, JOFR1 + rank), true);
    if (rank + 1 >= injected_length(dev, i)) {
        c->injected_rank = 0;
        c->injected = false;
        *adc_reg_of(dev, i, SR) |= SR_JEOC;
        return;
    }
    c->injected_rank++;
    if (adc_get(dev, i, CR1) & CR1_JDISCEN) /* one a trigger */
        c->injected = false;
}

/* ---- time ---- */

/* Does anybody wait for the end of this converter's conversions? */
bool adc_awaited(const struct device *dev, unsigned i)
{
    return (adc_get(dev, i, CR1) & (CR1_EOCIE | CR1_AWDIE | CR1_JEOCIE | CR1_OVRIE)) || adc_uses_dma(dev, i);
}

/* A free-running group that nobody watches repeats itself: leave out all rounds but the last ones. */
static void skip_rounds(struct device *dev, unsigned i, uint64_t edge)
{
    struct converter *c = &((struct adc *)dev->state)->c[i];
    if (adc_awaited(dev, i) || c->injected || (adc_get(dev, i, CR1) & (CR1_JAUTO | CR1_DISCEN)) || c->end >= edge)
        return;
    uint64_t round = 0;
    for (unsigned rank = 0; rank < regular_length(dev, i); rank++)
        round += conversion_cycles(dev, i, regular_channel(dev, i, rank));
    uint64_t rounds = (edge - c->end) / round;
    if (rounds > 4 && (adc_get(dev, adc_follows(dev, i) ? 0 : i, CR2) & CR2_CONT))
        c->end += (rounds - 2) * round;
}

/* Carry out all conversions that have ended. Touches no line. */
void adc_advance(struct device *dev)
{
    struct adc *a = dev->state;
    uint64_t edge = edge_counter_read(&a->clock, machine_now(dev->machine));
    for (;;) {
        int first = -1;
        for (unsigned i = 0; i < CONVERTERS; i++) {
            if (!a->c[i].converting)
                continue;
            skip_rounds(dev, i, edge);
            if (a->c[i].end <= edge && (first < 0 || a->c[i].end < a->c[first].end))
                first = (int)i;
        }
        if (first < 0)
            return;
        struct converter *c = &a->c[first];
        c->converting = false;
        uint64_t end = c->end;
        if (c->converting_injected)
            end_injected(dev, (unsigned)first);
        else
            end_regular(dev, (unsigned)first, end);
        if (!c->converting)
            adc_begin_conversion(dev, (unsigned)first, end);
    }
}
