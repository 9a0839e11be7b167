/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bench for one device: a machine without a CPU whose registers the test drives. */
#ifndef TESTS_UNIT_DEVICE_TEST_H
#define TESTS_UNIT_DEVICE_TEST_H

#include <glib.h>

#include "emu/core/machine.h"

/*
 * A device of a test's own: its outputs drive the lines of the device under test, its inputs count what comes back.
 *   machine_connect(m, "probe.out0", "TIM2.ti1");   probe_set(m, 0, 1);
 *   machine_connect(m, "TIM2.irq", "probe.in0");    probe_level(m, 0); probe_rises(m, 0);
 */
enum { PROBE_LINES = 16 };

struct probe {
    struct signal in[PROBE_LINES];
    unsigned rises[PROBE_LINES];
};

static void probe_input(struct device *dev, unsigned input, const struct signal *signal)
{
    struct probe *p = dev->state;
    if (signal->level != 0 && p->in[input].level == 0)
        p->rises[input]++;
    p->in[input] = *signal;
}

static const char *const probe_outputs[PROBE_LINES] = {"out0", "out1", "out2",  "out3",  "out4",  "out5",  "out6",  "out7",
                                                       "out8", "out9", "out10", "out11", "out12", "out13", "out14", "out15"};
static const char *const probe_inputs[PROBE_LINES] = {"in0", "in1", "in2",  "in3",  "in4",  "in5",  "in6",  "in7",
                                                      "in8", "in9", "in10", "in11", "in12", "in13", "in14", "in15"};

static void probe_reset(struct device *dev, enum reset_kind kind)
{
    (void)dev;
    (void)kind;
}

static const struct device_class probe_class = {
    .name = "probe",
    .state_size = sizeof(struct probe),
    .n_inputs = PROBE_LINES,
    .n_outputs = PROBE_LINES,
    .input_names = probe_inputs,
    .output_names = probe_outputs,
    .input = probe_input,
    .reset = probe_reset,
};

/* A machine with a probe; add the device under test, connect, then machine_seal and machine_power_on. */
static inline struct machine *bench_new(void)
{
    struct machine *m = machine_new(1);
    machine_add_device(m, &probe_class, "probe", 0, NULL);
    return m;
}

static inline struct probe *bench_probe(struct machine *m)
{
    return machine_device(m, "probe")->state;
}

static inline void probe_set(struct machine *m, unsigned output, uint32_t level)
{
    device_set_level(machine_device(m, "probe"), output, level);
}

static inline uint32_t probe_level(struct machine *m, unsigned input)
{
    return bench_probe(m)->in[input].level;
}

static inline unsigned probe_rises(struct machine *m, unsigned input)
{
    return bench_probe(m)->rises[input];
}

static inline uint32_t reg_read(struct machine *m, uint32_t address)
{
    uint32_t value;
    g_assert_true(machine_bus_read(m, address, 4, &value));
    return value;
}

static inline void reg_write(struct machine *m, uint32_t address, uint32_t value)
{
    g_assert_true(machine_bus_write(m, address, 4, value));
}

/* Let so much virtual time pass. */
static inline void pass(struct machine *m, ticks_t ticks)
{
    machine_pass_time(m, machine_now(m) + ticks);
}

#endif
