/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Window watchdog (RM0033 chapter 19).
 *
 * Models: all of it. The counter runs free from reset on, also while the watchdog is not active; its prescaler is not reset by
 * a write to CR, so that the first step after a write comes early by up to one period, as the manual's two columns of time-outs
 * say.
 * Real firmware needs: nothing; it is for user code.
 */
#include "peripherals/stm32f2/wwdg.h"

#include <glib.h>

enum { WWDG_CR, WWDG_CFR, WWDG_SR };
enum { CR_T = 0x7F, CR_T6 = BIT(6), CR_WDGA = BIT(7), CFR_W = 0x7F, CFR_EWI = BIT(9), SR_EWIF = BIT(0) };
enum { IN_DEBUG_FREEZE };
enum { OUT_IRQ };
enum { CLOCK_BUS };
enum { TIMER_STEP, N_TIMERS };
enum { EARLY = 0x40, EXPIRED = 0x3F };

struct wwdg_state {
    struct edge_counter pclk; /* the prescaler: PCLK1 cycles since reset */
    uint64_t from;            /* the step of the prescaler at which ... */
    uint32_t t;               /* ... the counter was this */
};

static const struct reg_field cr_fields[] = {
    {"T", 0, 7, RW, EFFECT, "/wwdg/counter"},
    {"WDGA", 7, 1, W1S, EFFECT, "/wwdg/expiry"},
};
static const struct reg_field cfr_fields[] = {
    {"W", 0, 7, RW, EFFECT, "/wwdg/window"},
    {"WDGTB", 7, 2, RW, EFFECT, "/wwdg/time-base"},
    {"EWI", 9, 1, W1S, EFFECT, "/wwdg/early-wakeup"},
};
static const struct reg_field sr_fields[] = {{"EWIF", 0, 1, W0C, EFFECT, "/wwdg/early-wakeup"}};

static const struct reg registers[] = {
    [WWDG_CR] = {"CR", 0x00, 0x7F, FIELDS(cr_fields)},
    [WWDG_CFR] = {"CFR", 0x04, 0x7F, FIELDS(cfr_fields)},
    [WWDG_SR] = {"SR", 0x08, 0, FIELDS(sr_fields)},
};

/* PCLK1 / 4096 / 2^WDGTB */
static unsigned shift_of(uint32_t cfr)
{
    return 12 + (cfr >> 7 & 3);
}

static uint64_t steps(const struct device *dev, uint32_t cfr)
{
    const struct wwdg_state *s = dev->state;
    return edge_counter_read(&s->pclk, machine_now(dev->machine)) >> shift_of(cfr);
}

static uint32_t counter(const struct device *dev, uint32_t cfr)
{
    const struct wwdg_state *s = dev->state;
    return (uint32_t)(s->t - (steps(dev, cfr) - s->from)) & CR_T;
}

static void set_counter(struct device *dev, uint32_t t)
{
    struct wwdg_state *s = dev->state;
    s->t = t;
    s->from = steps(dev, dev->regs[WWDG_CFR]);
}

/* The next moment that matters: the counter gets to 0x40, or from there to 0x3F. */
static void reschedule(struct device *dev)
{
    const struct wwdg_state *s = dev->state;
    uint32_t cfr = dev->regs[WWDG_CFR], t = counter(dev, cfr);
    uint32_t distance = t == EARLY ? 1 : (t - EARLY) & CR_T;
    ticks_t when = edge_counter_when(&s->pclk, (steps(dev, cfr) + distance) << shift_of(cfr));
    if (when == TICKS_NEVER || !frequency_running(s->pclk.f))
        device_cancel(dev, TIMER_STEP);
    else
        device_schedule(dev, TIMER_STEP, when);
}

static void drive(struct device *dev)
{
    device_set_level(dev, OUT_IRQ, (dev->regs[WWDG_SR] & SR_EWIF) && (dev->regs[WWDG_CFR] & CFR_EWI));
}

static void expire(struct device *dev)
{
    machine_request_reset(dev->machine, RESET_SYSTEM, "wwdg");
}

static void timer(struct device *dev, unsigned which)
{
    (void)which;
    uint32_t t = counter(dev, dev->regs[WWDG_CFR]);
    if (t == EARLY)
        dev->regs[WWDG_SR] |= SR_EWIF;
    else if (t == EXPIRED && (dev->regs[WWDG_CR] & CR_WDGA))
        expire(dev);
    drive(dev);
    reschedule(dev);
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    (void)side_effects;
    if (reg == WWDG_CR)
        return (dev->regs[WWDG_CR] & CR_WDGA) | counter(dev, dev->regs[WWDG_CFR]);
    return dev->regs[reg];
}

static void write_cr(struct device *dev, uint32_t old)
{
    uint32_t cr = dev->regs[WWDG_CR];
    bool too_early = counter(dev, dev->regs[WWDG_CFR]) > (dev->regs[WWDG_CFR] & CFR_W);
    set_counter(dev, cr & CR_T);
    if ((cr & CR_WDGA) && (old & CR_WDGA) == 0)
        machine_publish(dev->machine, "watchdog", FIELD_STRING("name", "WWDG"), FIELD_STRING("op", "start"));
    if (((old & CR_WDGA) && too_early) || ((cr & CR_WDGA) && (cr & CR_T6) == 0))
        expire(dev);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)value;
    if (reg == WWDG_CR && (mask & 0xFF) != 0)
        write_cr(dev, old);
    else if (reg == WWDG_CFR)
        set_counter(dev, counter(dev, old)); /* goes on with the new time base */
    drive(dev);
    reschedule(dev);
}

static void follow_clock(struct device *dev)
{
    struct wwdg_state *s = dev->state;
    bool frozen = device_input(dev, IN_DEBUG_FREEZE).level != 0;
    edge_counter_set_frequency(&s->pclk, machine_now(dev->machine), frozen ? FREQUENCY_STOPPED : device_clock(dev, CLOCK_BUS));
    reschedule(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    follow_clock(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    (void)signal;
    follow_clock(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    struct wwdg_state *s = dev->state;
    device_reset_registers(dev);
    *s = (struct wwdg_state){.t = CR_T};
    s->pclk = (struct edge_counter){.f = FREQUENCY_STOPPED, .epoch = machine_now(dev->machine)};
    drive(dev);
    follow_clock(dev);
}

static const char *const input_names[] = {"debug_freeze"};
static const char *const output_names[] = {"irq"};
static const char *const clock_names[] = {"bus"};

const struct device_class stm32f2_wwdg_class = {
    .name = "STM32F2 window watchdog",
    .state_size = sizeof(struct wwdg_state),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = N_TIMERS,
    .n_clocks = G_N_ELEMENTS(clock_names),
    .input_names = input_names,
    .output_names = output_names,
    .clock_names = clock_names,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
};
