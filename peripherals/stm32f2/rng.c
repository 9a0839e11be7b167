/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random number generator (RM0033 chapter 20).
 *
 * Models: a number 40 cycles of its clock after the generator is switched on and after each read, the clock error, the
 * interrupt. The noise is deterministic.
 * Leaves out: seed errors; the noise source never fails. A change of the clock while a number is made begins it anew.
 * Real firmware needs: DRDY, for which it waits without end; numbers for RSA keys.
 */
#include "peripherals/stm32f2/rng.h"

#include <glib.h>

enum { RNG_CR, RNG_SR, RNG_DR };
enum {
    CR_RNGEN = BIT(2),
    CR_IE = BIT(3),
    SR_DRDY = BIT(0),
    SR_CECS = BIT(1),
    SR_CEIS = BIT(5),
    SR_SEIS = BIT(6),
};
enum { OUT_IRQ };
enum { CLOCK_BUS, CLOCK_RNG };
enum { TIMER_READY, N_TIMERS };
enum { CYCLES = 40 };

struct rng_state {
    uint64_t noise;
};

static const struct reg_field cr_fields[] = {
    {"RNGEN", 2, 1, RW, EFFECT, "/rng/numbers"},
    {"IE", 3, 1, RW, EFFECT, "/rng/interrupt"},
};
static const struct reg_field sr_fields[] = {
    {"DRDY", 0, 1, RO, EFFECT, "/rng/numbers"}, {"CECS", 1, 1, RO, EFFECT, "/rng/clock-error"},
    {"SECS", 2, 1, RO, STORED, NULL},           {"CEIS", 5, 1, W0C, EFFECT, "/rng/clock-error"},
    {"SEIS", 6, 1, W0C, STORED, NULL},
};
static const struct reg_field dr_fields[] = {{"RNDATA", 0, 32, RO, EFFECT, "/rng/numbers"}};

static const struct reg registers[] = {
    [RNG_CR] = {"CR", 0x00, 0, FIELDS(cr_fields)},
    [RNG_SR] = {"SR", 0x04, 0, FIELDS(sr_fields)},
    [RNG_DR] = {"DR", 0x08, 0, FIELDS(dr_fields)},
};

static void drive(struct device *dev)
{
    bool wants = (dev->regs[RNG_SR] & (SR_DRDY | SR_CEIS | SR_SEIS)) != 0;
    device_set_level(dev, OUT_IRQ, wants && (dev->regs[RNG_CR] & CR_IE));
}

/* Slower than HCLK/16, or stopped. */
static bool clock_too_slow(const struct device *dev)
{
    struct frequency bus = device_clock(dev, CLOCK_BUS), rng = device_clock(dev, CLOCK_RNG);
    if (!frequency_running(rng))
        return true;
    return 16 * rng.num * bus.den < bus.num * rng.den;
}

static void begin(struct device *dev)
{
    device_schedule(dev, TIMER_READY, machine_now(dev->machine) + frequency_ticks(device_clock(dev, CLOCK_RNG), CYCLES));
}

/* The generator was switched, or one of its clocks changed. */
static void restart(struct device *dev)
{
    bool on = (dev->regs[RNG_CR] & CR_RNGEN) != 0, slow = clock_too_slow(dev);
    device_cancel(dev, TIMER_READY);
    if (!frequency_running(device_clock(dev, CLOCK_BUS)))
        return; /* nothing moves in here */
    dev->regs[RNG_SR] &= ~(uint32_t)SR_CECS;
    if (on && slow)
        dev->regs[RNG_SR] |= SR_CECS | SR_CEIS;
    else if (on && (dev->regs[RNG_SR] & SR_DRDY) == 0)
        begin(dev);
    drive(dev);
}

static void timer(struct device *dev, unsigned which)
{
    struct rng_state *s = dev->state;
    (void)which;
    dev->regs[RNG_DR] = (uint32_t)(noise_next(&s->noise) >> 32);
    dev->regs[RNG_SR] |= SR_DRDY;
    drive(dev);
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    uint32_t value = dev->regs[reg];
    if (reg == RNG_DR && side_effects && (dev->regs[RNG_SR] & SR_DRDY)) {
        dev->regs[RNG_SR] &= ~(uint32_t)SR_DRDY;
        dev->regs[RNG_DR] = 0;
        if ((dev->regs[RNG_SR] & SR_CECS) == 0)
            begin(dev);
        drive(dev);
    }
    return value;
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)value;
    (void)mask;
    if (reg == RNG_CR && ((dev->regs[RNG_CR] ^ old) & CR_RNGEN)) {
        if ((dev->regs[RNG_CR] & CR_RNGEN) == 0) {
            dev->regs[RNG_SR] &= ~(uint32_t)SR_DRDY;
            dev->regs[RNG_DR] = 0;
        }
        restart(dev);
    }
    drive(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    restart(dev);
}

static void init(struct device *dev)
{
    struct rng_state *s = dev->state;
    s->noise = machine_seed(dev->machine) ^ UINT64_C(0x524E475F4E4F4953); /* apart from other noise of the same seed */
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    drive(dev);
}

uint64_t stm32f2_rng_noise_get(const struct device *dev)
{
    const struct rng_state *s = dev->state;
    return s->noise;
}

void stm32f2_rng_noise_set(struct device *dev, uint64_t noise)
{
    struct rng_state *s = dev->state;
    s->noise = noise;
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg == RNG_DR)
        return NULL;
    if ((dev->regs[RNG_CR] & CR_RNGEN) == 0)
        return "the generator is off (RNGEN is 0)";
    if (dev->regs[RNG_SR] & SR_CECS)
        return "its clock PLL48CLK is off or slower than HCLK/16";
    return NULL;
}

static const char *const output_names[] = {"irq"};
static const char *const clock_names[] = {"bus", "rng"};

const struct device_class stm32f2_rng_class = {
    .name = "STM32F2 random number generator",
    .state_size = sizeof(struct rng_state),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = N_TIMERS,
    .n_clocks = G_N_ELEMENTS(clock_names),
    .output_names = output_names,
    .clock_names = clock_names,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .clock_changed = clock_changed,
    .explain = explain,
};
