/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digital-to-analog converter (RM0033 chapter 11).
 *
 * Models: all of its digital side: holding registers in every alignment, single and dual; transfers to DOR after one or three
 * bus cycles; software and external triggers; noise and triangle generation; DMA requests and underrun.
 * Leaves out: settling and wake-up times, the output buffer (its bit is stored).
 * Real firmware needs: analogWrite on DAC1 and DAC2 without triggers; audio libraries use TIM6 and DMA.
 */
#include "peripherals/stm32f2/dac.h"

#include <glib.h>
#include <string.h>

enum { CHANNELS = 2, TRIGGERS = 8, SOFTWARE_TRIGGER = 7, FULL_SCALE = 3300, LFSR_START = 0xAAA };

enum { CR, SWTRIGR, DHR12R1, DHR12L1, DHR8R1, DHR12R2, DHR12L2, DHR8R2, DHR12RD, DHR12LD, DHR8RD, DOR1, DOR2, SR, REGISTERS };

/* Of channel 1; channel 2 is 16 bits higher. */
enum { CR_EN = BIT(0), CR_TEN = BIT(2), CR_DMAEN = BIT(12), CR_DMAUDRIE = BIT(13), SR_DMAUDR = BIT(13) };
enum { WAVE_OFF, WAVE_NOISE }; /* else triangle */

enum { OUT_OUT1, OUT_DMA1 = OUT_OUT1 + CHANNELS, OUT_IRQ = OUT_DMA1 + CHANNELS, OUTPUTS };
enum { TIMER_TRANSFER, TIMER_TRIGGER = TIMER_TRANSFER + CHANNELS, TIMERS };

struct channel {
    uint16_t held;     /* DHRx: what all the holding registers show */
    uint16_t next;     /* on its way to DOR */
    uint16_t lfsr;     /* noise */
    uint16_t triangle; /* its counter ... */
    bool falling;      /* ... and direction */
    bool requested;    /* the DMA has been asked for data and has not written any yet */
};

struct dac {
    struct channel c[CHANNELS];
    uint8_t triggers; /* levels of the trigger lines */
};

static uint32_t control(const struct device *dev, unsigned i)
{
    return dev->regs[CR] >> (16 * i);
}

static unsigned trigger_selection(const struct device *dev, unsigned i)
{
    return (control(dev, i) >> 3) & 7;
}

/* ---- lines ---- */

/* Is the channel triggered by a line? */
static bool triggered(const struct device *dev, unsigned i)
{
    uint32_t needed = CR_EN | CR_TEN;
    return (control(dev, i) & needed) == needed && trigger_selection(dev, i) != SOFTWARE_TRIGGER;
}

static void schedule_triggers(struct device *dev)
{
    ticks_t next = TICKS_NEVER;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct signal s = device_input(dev, trigger_selection(dev, i));
        if (triggered(dev, i) && s.period != 0 && frequency_running(device_clock(dev, 0)))
            next = MIN(next, signal_next_edge(&s, machine_now(dev->machine)));
    }
    if (next != TICKS_NEVER)
        device_schedule(dev, TIMER_TRIGGER, next);
    else
        device_cancel(dev, TIMER_TRIGGER);
}

static void drive_output(struct device *dev, unsigned i)
{
    uint32_t millivolts = (dev->regs[DOR1 + i] * FULL_SCALE + 4095 / 2) / 4095;
    uint32_t level = control(dev, i) & CR_EN ? millivolts : DAC_NOT_DRIVEN;
    if (device_output(dev, OUT_OUT1 + i).level == level)
        return;
    device_set_level(dev, OUT_OUT1 + i, level);
    if (level != DAC_NOT_DRIVEN)
        machine_publish(dev->machine, "dac", FIELD_INT("channel", i + 1), FIELD_INT("millivolts", level));
}

static void settle(struct device *dev)
{
    struct dac *d = dev->state;
    bool irq = false;
    for (unsigned i = 0; i < CHANNELS; i++) {
        drive_output(dev, i);
        irq |= (control(dev, i) & CR_DMAUDRIE) && ((dev->regs[SR] >> (16 * i)) & SR_DMAUDR);
    }
    device_set_level(dev, OUT_IRQ, irq);
    schedule_triggers(dev);
    /* Last: the DMA may write new data while its request rises. */
    for (unsigned i = 0; i < CHANNELS; i++)
        device_set_level(dev, OUT_DMA1 + i, d->c[i].requested);
}

/* ---- conversions ---- */

static void transfer_after(struct device *dev, unsigned i, uint16_t value, unsigned cycles)
{
    ((struct dac *)dev->state)->c[i].next = value;
    device_schedule(dev, TIMER_TRANSFER + i, machine_now(dev->machine) + frequency_ticks(device_clock(dev, 0), cycles));
}

/* What a trigger puts out, and the generators' next step. */
static uint16_t generate(struct device *dev, unsigned i)
{
    struct channel *c = &((struct dac *)dev->state)->c[i];
    unsigned wave = (control(dev, i) >> 6) & 3, mamp = MIN((control(dev, i) >> 8) & 0xF, 11), amplitude = (2u << mamp) - 1;
    if (wave == WAVE_OFF)
        return c->held;
    unsigned sum;
    if (wave == WAVE_NOISE) {
        unsigned x = c->lfsr;
        sum = c->held + (x & amplitude);
        unsigned bit = (x ^ x >> 1 ^ x >> 4 ^ x >> 6) & 1;
        c->lfsr = (uint16_t)(x == 0 ? 0x800 : x >> 1 | bit << 11);
    } else {
        sum = c->held + c->triangle;
        if (c->triangle >= amplitude)
            c->falling = true;
        else if (c->triangle == 0)
            c->falling = false;
        c->triangle = (uint16_t)(c->falling ? c->triangle - 1 : c->triangle + 1);
    }
    return (uint16_t)MIN(sum, 0xFFF);
}

static void trigger(struct device *dev, unsigned i)
{
    struct channel *c = &((struct dac *)dev->state)->c[i];
    transfer_after(dev, i, generate(dev, i), 3);
    uint32_t underrun = (uint32_t)SR_DMAUDR << (16 * i);
    if (!(control(dev, i) & CR_DMAEN) || (dev->regs[SR] & underrun)) /* after an underrun there are no requests */
        return;
    if (c->requested)
        dev->regs[SR] |= underrun;
    c->requested = !c->requested;
}

static uint8_t trigger_levels(const struct device *dev)
{
    unsigned levels = 0;
    for (unsigned line = 0; line < TRIGGERS; line++) {
        struct signal s = device_input(dev, line);
        if (signal_level_at(&s, machine_now(dev->machine)) == 1)
            levels |= 1u << line;
    }
    return (uint8_t)levels;
}

static void triggers_changed(struct device *dev)
{
    struct dac *d = dev->state;
    unsigned is = trigger_levels(dev), rising = is & ~(unsigned)d->triggers;
    d->triggers = (uint8_t)is;
    if (!frequency_running(device_clock(dev, 0)))
        return;
    for (unsigned i = 0; i < CHANNELS; i++)
        if (triggered(dev, i) && (rising & BIT(trigger_selection(dev, i))))
            trigger(dev, i);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    (void)signal;
    triggers_changed(dev);
    settle(dev);
}

static void timer(struct device *dev, unsigned t)
{
    if (t == TIMER_TRIGGER)
        triggers_changed(dev);
    else
        dev->regs[DOR1 + t - TIMER_TRANSFER] = ((struct dac *)dev->state)->c[t - TIMER_TRANSFER].next;
    settle(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    ((struct dac *)dev->state)->triggers = trigger_levels(dev);
    settle(dev);
}

/* ---- registers ---- */

/* Where a holding register keeps the data of a channel: `keep` bits at shift, which are the upper ones of DHRx's 12. */
struct view {
    bool there;
    uint8_t shift, keep;
};

static struct view view_of(unsigned reg, unsigned i)
{
    static const struct view single[3] = {{true, 0, 12}, {true, 4, 12}, {true, 0, 8}};
    if (reg >= DHR12RD)
        return (struct view){true, (uint8_t)(single[reg - DHR12RD].shift + (reg == DHR8RD ? 8 : 16) * i),
                             single[reg - DHR12RD].keep};
    return (reg - DHR12R1) / 3 == i ? single[(reg - DHR12R1) % 3] : (struct view){0};
}

static bool is_holding(unsigned reg)
{
    return reg >= DHR12R1 && reg <= DHR8RD;
}

static uint32_t held(const struct device *dev, unsigned reg)
{
    const struct dac *d = dev->state;
    uint32_t value = 0;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct view v = view_of(reg, i);
        if (v.there)
            value |= (uint32_t)(d->c[i].held >> (12 - v.keep)) << v.shift;
    }
    return value;
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    (void)side_effects;
    return is_holding(reg) ? held(dev, reg) : dev->regs[reg];
}

static void write_holding(struct device *dev, unsigned reg, uint32_t value, uint32_t mask)
{
    struct dac *d = dev->state;
    uint32_t word = (held(dev, reg) & ~mask) | value;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct view v = view_of(reg, i);
        struct channel *c = &d->c[i];
        if (!v.there || !(mask & field_mask(v.shift, v.keep)))
            continue;
        c->held = (uint16_t)((word >> v.shift & field_mask(0, v.keep)) << (12 - v.keep));
        c->requested = false;
        if (!(control(dev, i) & CR_TEN))
            transfer_after(dev, i, c->held, 1);
    }
}

static void write_control(struct device *dev, uint32_t old)
{
    struct dac *d = dev->state;
    for (unsigned i = 0; i < CHANNELS; i++) {
        struct channel *c = &d->c[i];
        uint32_t before = old >> (16 * i);
        if (((control(dev, i) >> 6) & 3) == WAVE_OFF) {
            c->lfsr = LFSR_START;
            c->triangle = 0;
            c->falling = false;
        }
        if (!(control(dev, i) & CR_DMAEN))
            c->requested = false;
        if ((before & CR_TEN) && !(control(dev, i) & CR_TEN)) /* untriggered, DOR follows DHR */
            transfer_after(dev, i, c->held, 1);
    }
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    if (is_holding(reg)) {
        write_holding(dev, reg, value, mask);
    } else if (reg == CR) {
        write_control(dev, old);
    } else if (reg == SWTRIGR) {
        uint32_t needed = CR_EN | CR_TEN;
        for (unsigned i = 0; i < CHANNELS; i++)
            if ((value & BIT(i)) && (control(dev, i) & needed) == needed && trigger_selection(dev, i) == SOFTWARE_TRIGGER)
                transfer_after(dev, i, generate(dev, i), 1);
    }
    settle(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    struct dac *d = dev->state;
    memset(d, 0, sizeof *d);
    for (unsigned i = 0; i < CHANNELS; i++)
        d->c[i].lfsr = LFSR_START;
    d->triggers = trigger_levels(dev);
    settle(dev);
}

/* clang-format off */
#define CR_FIELDS(N, LSB)                                  \
    {"EN" #N, (LSB), 1, RW, EFFECT, "/dac/untriggered"},   \
    {"BOFF" #N, (LSB) + 1, 1, RW, STORED, NULL},           \
    {"TEN" #N, (LSB) + 2, 1, RW, EFFECT, "/dac/software-trigger"}, \
    {"TSEL" #N, (LSB) + 3, 3, RW, EFFECT, "/dac/triggers"},        \
    {"WAVE" #N, (LSB) + 6, 2, RW, EFFECT, "/dac/noise"},           \
    {"MAMP" #N, (LSB) + 8, 4, RW, EFFECT, "/dac/triangle"},        \
    {"DMAEN" #N, (LSB) + 12, 1, RW, EFFECT, "/dac/dma"},           \
    {"DMAUDRIE" #N, (LSB) + 13, 1, RW, EFFECT, "/dac/underrun"}

static const struct reg_field cr_fields[] = {CR_FIELDS(1, 0), CR_FIELDS(2, 16)};
static const struct reg_field swtrigr_fields[] = {
    {"SWTRIG1", 0, 1, WO, EFFECT, "/dac/software-trigger"},
    {"SWTRIG2", 1, 1, WO, EFFECT, "/dac/software-trigger"},
};
static const struct reg_field dhr12r1_fields[] = {{"DACC1DHR", 0, 12, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr12l1_fields[] = {{"DACC1DHR", 4, 12, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr8r1_fields[] = {{"DACC1DHR", 0, 8, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr12r2_fields[] = {{"DACC2DHR", 0, 12, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr12l2_fields[] = {{"DACC2DHR", 4, 12, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr8r2_fields[] = {{"DACC2DHR", 0, 8, RW, EFFECT, "/dac/alignment"}};
static const struct reg_field dhr12rd_fields[] = {
    {"DACC1DHR", 0, 12, RW, EFFECT, "/dac/dual"}, {"DACC2DHR", 16, 12, RW, EFFECT, "/dac/dual"}};
static const struct reg_field dhr12ld_fields[] = {
    {"DACC1DHR", 4, 12, RW, EFFECT, "/dac/dual"}, {"DACC2DHR", 20, 12, RW, EFFECT, "/dac/dual"}};
static const struct reg_field dhr8rd_fields[] = {
    {"DACC1DHR", 0, 8, RW, EFFECT, "/dac/dual"}, {"DACC2DHR", 8, 8, RW, EFFECT, "/dac/dual"}};
static const struct reg_field dor1_fields[] = {{"DACC1DOR", 0, 12, RO, EFFECT, "/dac/untriggered"}};
static const struct reg_field dor2_fields[] = {{"DACC2DOR", 0, 12, RO, EFFECT, "/dac/untriggered"}};
static const struct reg_field sr_fields[] = {
    {"DMAUDR1", 13, 1, W1C, EFFECT, "/dac/underrun"}, {"DMAUDR2", 29, 1, W1C, EFFECT, "/dac/underrun"}};

static const struct reg registers[REGISTERS] = {
    [CR] = {"CR", 0x00, 0, FIELDS(cr_fields)},
    [SWTRIGR] = {"SWTRIGR", 0x04, 0, FIELDS(swtrigr_fields)},
    [DHR12R1] = {"DHR12R1", 0x08, 0, FIELDS(dhr12r1_fields)},
    [DHR12L1] = {"DHR12L1", 0x0C, 0, FIELDS(dhr12l1_fields)},
    [DHR8R1] = {"DHR8R1", 0x10, 0, FIELDS(dhr8r1_fields)},
    [DHR12R2] = {"DHR12R2", 0x14, 0, FIELDS(dhr12r2_fields)},
    [DHR12L2] = {"DHR12L2", 0x18, 0, FIELDS(dhr12l2_fields)},
    [DHR8R2] = {"DHR8R2", 0x1C, 0, FIELDS(dhr8r2_fields)},
    [DHR12RD] = {"DHR12RD", 0x20, 0, FIELDS(dhr12rd_fields)},
    [DHR12LD] = {"DHR12LD", 0x24, 0, FIELDS(dhr12ld_fields)},
    [DHR8RD] = {"DHR8RD", 0x28, 0, FIELDS(dhr8rd_fields)},
    [DOR1] = {"DOR1", 0x2C, 0, FIELDS(dor1_fields)},
    [DOR2] = {"DOR2", 0x30, 0, FIELDS(dor2_fields)},
    [SR] = {"SR", 0x34, 0, FIELDS(sr_fields)},
};
/* clang-format on */

static const char *const inputs[TRIGGERS] = {"trig0", "trig1", "trig2", "trig3", "trig4", "trig5", "trig6", "trig7"};
static const char *const outputs[OUTPUTS] = {"out1", "out2", "dma1", "dma2", "irq"};
static const char *const clocks[] = {"bus"};

const struct device_class stm32f2_dac_class = {
    .name = "STM32F2 digital-to-analog converter",
    .state_size = sizeof(struct dac),
    .registers = registers,
    .n_registers = REGISTERS,
    .window = 0x400,
    .n_inputs = TRIGGERS,
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
};
