/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data Watchpoint and Trace unit (ARM DDI 0403E C1.8). Models: the cycle counter. Leaves out: comparators, the profiling
 * counters, trace packets. Real firmware needs: DWT_CYCCNT for its microsecond delays.
 */
#include "emu/core/dwt.h"

#include <glib.h>

enum {
    DWT_CTRL,
    DWT_CYCCNT,
    DWT_CPICNT,
    DWT_EXCCNT,
    DWT_SLEEPCNT,
    DWT_LSUCNT,
    DWT_FOLDCNT,
    DWT_PCSR,
    DWT_COMP0,
    DWT_MASK0,
    DWT_FUNCTION0,
    DWT_COMP1,
    DWT_MASK1,
    DWT_FUNCTION1,
    DWT_COMP2,
    DWT_MASK2,
    DWT_FUNCTION2,
    DWT_COMP3,
    DWT_MASK3,
    DWT_FUNCTION3,
    DWT_REGISTERS
};

enum { CTRL_CYCCNTENA = 1 };

static const struct reg_field ctrl_fields[] = {{"CYCCNTENA", 0, 1, RW, EFFECT, "/dwt/cycle-counter"},
                                               {"POSTPRESET", 1, 9, RW, STORED, NULL},
                                               {"SYNCTAP", 10, 2, RW, STORED, NULL},
                                               {"PCSAMPLENA", 12, 1, RW, UNMODELLED, NULL},
                                               {"EXCTRCENA", 16, 7, RW, UNMODELLED, NULL},
                                               {"NUMCOMP", 28, 4, RO, EFFECT, "/dwt/cycle-counter"}};
static const struct reg_field cyccnt_fields[] = {{"CYCCNT", 0, 32, RW, EFFECT, "/dwt/cycle-counter"}};
static const struct reg_field count_fields[] = {{"COUNT", 0, 8, RW, STORED, NULL}};
static const struct reg_field pcsr_fields[] = {{"EIASAMPLE", 0, 32, RO, UNMODELLED, NULL}};
static const struct reg_field comparator_fields[] = {{"VALUE", 0, 32, RW, UNMODELLED, NULL}};

static const struct reg registers[DWT_REGISTERS] = {
    [DWT_CTRL] = {"CTRL", 0x00, 0x40000000, FIELDS(ctrl_fields)},
    [DWT_CYCCNT] = {"CYCCNT", 0x04, 0, FIELDS(cyccnt_fields)},
    [DWT_CPICNT] = {"CPICNT", 0x08, 0, FIELDS(count_fields)},
    [DWT_EXCCNT] = {"EXCCNT", 0x0C, 0, FIELDS(count_fields)},
    [DWT_SLEEPCNT] = {"SLEEPCNT", 0x10, 0, FIELDS(count_fields)},
    [DWT_LSUCNT] = {"LSUCNT", 0x14, 0, FIELDS(count_fields)},
    [DWT_FOLDCNT] = {"FOLDCNT", 0x18, 0, FIELDS(count_fields)},
    [DWT_PCSR] = {"PCSR", 0x1C, 0, FIELDS(pcsr_fields)},
    [DWT_COMP0] = {"COMP0", 0x20, 0, FIELDS(comparator_fields)},
    [DWT_MASK0] = {"MASK0", 0x24, 0, FIELDS(comparator_fields)},
    [DWT_FUNCTION0] = {"FUNCTION0", 0x28, 0, FIELDS(comparator_fields)},
    [DWT_COMP1] = {"COMP1", 0x30, 0, FIELDS(comparator_fields)},
    [DWT_MASK1] = {"MASK1", 0x34, 0, FIELDS(comparator_fields)},
    [DWT_FUNCTION1] = {"FUNCTION1", 0x38, 0, FIELDS(comparator_fields)},
    [DWT_COMP2] = {"COMP2", 0x40, 0, FIELDS(comparator_fields)},
    [DWT_MASK2] = {"MASK2", 0x44, 0, FIELDS(comparator_fields)},
    [DWT_FUNCTION2] = {"FUNCTION2", 0x48, 0, FIELDS(comparator_fields)},
    [DWT_COMP3] = {"COMP3", 0x50, 0, FIELDS(comparator_fields)},
    [DWT_MASK3] = {"MASK3", 0x54, 0, FIELDS(comparator_fields)},
    [DWT_FUNCTION3] = {"FUNCTION3", 0x58, 0, FIELDS(comparator_fields)},
};

struct dwt {
    struct edge_counter cycles;
    bool trcena;
};

static const char *const input_names[] = {"trcena"};
static const char *const clock_names[] = {"hclk"};

static void follow(struct device *dev)
{
    struct dwt *d = dev->state;
    bool on = d->trcena && (dev->regs[DWT_CTRL] & CTRL_CYCCNTENA);
    edge_counter_set_frequency(&d->cycles, machine_now(dev->machine), on ? device_clock(dev, 0) : FREQUENCY_STOPPED);
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    (void)side_effects;
    struct dwt *d = dev->state;
    if (reg == DWT_CYCCNT)
        return (uint32_t)edge_counter_read(&d->cycles, machine_now(dev->machine));
    return dev->regs[reg];
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)old;
    (void)mask;
    struct dwt *d = dev->state;
    if (reg == DWT_CYCCNT)
        edge_counter_set(&d->cycles, machine_now(dev->machine), value);
    else if (reg == DWT_CTRL)
        follow(dev);
}

static void input(struct device *dev, unsigned line, const struct signal *signal)
{
    (void)line;
    struct dwt *d = dev->state;
    d->trcena = signal->level != 0;
    follow(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    follow(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind != RESET_POWER_ON)
        return; /* the debug block knows the power-on reset only */
    struct dwt *d = dev->state;
    device_reset_registers(dev);
    d->cycles = (struct edge_counter){FREQUENCY_STOPPED, machine_now(dev->machine), 0};
}

const struct device_class armv7m_dwt_class = {
    .name = "Cortex-M3 data watchpoint and trace unit",
    .state_size = sizeof(struct dwt),
    .registers = registers,
    .n_registers = DWT_REGISTERS,
    .window = 0x1000,
    .n_inputs = 1,
    .n_clocks = 1,
    .input_names = input_names,
    .clock_names = clock_names,
    .reset = reset,
    .read = read,
    .write = write,
    .input = input,
    .clock_changed = clock_changed,
};
