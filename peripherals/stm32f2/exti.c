/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * External interrupt/event controller (RM0033 chapter 8, EXTI part).
 *
 * Models: all of it: 23 lines with edge selection, software trigger, pending bits, interrupt and event masks.
 * Leaves out: edges of waves (see exti.h): a pin on which a timer's output returns as an input would interrupt at its rate.
 * Real firmware needs: line 7 for the SETUP button, line 0 for the radio, line 17 for the RTC alarm, user interrupts.
 */
#include "peripherals/stm32f2/exti.h"

#include <glib.h>

enum { IMR, EMR, RTSR, FTSR, SWIER, PR };
enum { LINES = 23 };
enum { OUT_IRQ9_5 = LINES, OUT_IRQ15_10, OUT_EVENT };

#define LINES_9_5   UINT32_C(0x000003E0)
#define LINES_15_10 UINT32_C(0x0000FC00)

struct exti {
    uint32_t levels; /* last constant level of each line */
};

#define EACH_LINE(F)                                                                                                           \
    F(0), F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11), F(12), F(13), F(14), F(15), F(16), F(17), F(18), \
        F(19), F(20), F(21), F(22)

#define IMR_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "MR" #N, N, 1, RW, EFFECT, "/exti/interrupt-mask"                                                                      \
    }
#define EMR_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "MR" #N, N, 1, RW, EFFECT, "/exti/event"                                                                               \
    }
#define RTSR_FIELD(N)                                                                                                          \
    {                                                                                                                          \
        "TR" #N, N, 1, RW, EFFECT, "/exti/edges"                                                                               \
    }
#define FTSR_FIELD(N)                                                                                                          \
    {                                                                                                                          \
        "TR" #N, N, 1, RW, EFFECT, "/exti/edges"                                                                               \
    }
#define SWIER_FIELD(N)                                                                                                         \
    {                                                                                                                          \
        "SWIER" #N, N, 1, W1S, EFFECT, "/exti/software-trigger"                                                                \
    }
#define PR_FIELD(N)                                                                                                            \
    {                                                                                                                          \
        "PR" #N, N, 1, W1C, EFFECT, "/exti/pending"                                                                            \
    }

static const struct reg_field imr_fields[] = {EACH_LINE(IMR_FIELD)};
static const struct reg_field emr_fields[] = {EACH_LINE(EMR_FIELD)};
static const struct reg_field rtsr_fields[] = {EACH_LINE(RTSR_FIELD)};
static const struct reg_field ftsr_fields[] = {EACH_LINE(FTSR_FIELD)};
static const struct reg_field swier_fields[] = {EACH_LINE(SWIER_FIELD)};
static const struct reg_field pr_fields[] = {EACH_LINE(PR_FIELD)};

static const struct reg registers[] = {
    [IMR] = {"IMR", 0x00, 0, FIELDS(imr_fields)},       [EMR] = {"EMR", 0x04, 0, FIELDS(emr_fields)},
    [RTSR] = {"RTSR", 0x08, 0, FIELDS(rtsr_fields)},    [FTSR] = {"FTSR", 0x0C, 0, FIELDS(ftsr_fields)},
    [SWIER] = {"SWIER", 0x10, 0, FIELDS(swier_fields)}, [PR] = {"PR", 0x14, 0, FIELDS(pr_fields)},
};

#define INPUT_NAME(N)  "line" #N
#define OUTPUT_NAME(N) "irq" #N
static const char *const input_names[] = {EACH_LINE(INPUT_NAME)};
static const char *const output_names[] = {EACH_LINE(OUTPUT_NAME), "irq9_5", "irq15_10", "event"};

/* lines: those whose pending or mask bit may have changed. */
static void drive(struct device *dev, uint32_t lines)
{
    uint32_t active = dev->regs[PR] & dev->regs[IMR];
    for (unsigned n = 0; n < LINES; n++)
        if (lines & BIT(n))
            device_set_level(dev, n, (active >> n) & 1);
    device_set_level(dev, OUT_IRQ9_5, (active & LINES_9_5) != 0);
    device_set_level(dev, OUT_IRQ15_10, (active & LINES_15_10) != 0);
}

static void trigger(struct device *dev, uint32_t lines)
{
    dev->regs[PR] |= lines;
    drive(dev, lines);
    if (lines & dev->regs[EMR])
        device_pulse(dev, OUT_EVENT);
}

static void input(struct device *dev, unsigned line, const struct signal *signal)
{
    struct exti *s = dev->state;
    uint32_t bit = BIT(line);
    if (signal->period != 0 || (signal->level != 0) == ((s->levels & bit) != 0))
        return;
    s->levels ^= bit;
    if (line == 7 && machine_mutated(dev->machine, MUTATION_SETUP_EDGE_LOST))
        return;
    if (dev->regs[signal->level != 0 ? RTSR : FTSR] & bit)
        trigger(dev, bit);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    if (reg == SWIER) {
        trigger(dev, dev->regs[SWIER] & ~old);
    } else if (reg == PR) {
        dev->regs[SWIER] &= ~value;
        drive(dev, value);
    } else if (reg == IMR) {
        drive(dev, dev->regs[IMR] ^ old);
    }
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    struct exti *s = dev->state;
    device_reset_registers(dev);
    s->levels = 0;
    for (unsigned n = 0; n < LINES; n++) {
        struct signal line = device_input(dev, n);
        if (line.period == 0 && line.level != 0)
            s->levels |= BIT(n);
    }
    drive(dev, BIT(LINES) - 1);
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg != PR)
        return NULL;
    if ((dev->regs[RTSR] | dev->regs[FTSR]) == 0)
        return "no edge is selected on any line (RTSR and FTSR are 0)";
    return "no selected edge came on the lines: the pins behind them do not change";
}

const struct device_class stm32f2_exti_class = {
    .name = "STM32F2 external interrupt/event controller",
    .state_size = sizeof(struct exti),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .input_names = input_names,
    .output_names = output_names,
    .reset = reset,
    .write = write,
    .input = input,
    .explain = explain,
};
