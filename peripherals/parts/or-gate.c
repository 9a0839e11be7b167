/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/parts/or-gate.h"

enum { INPUTS = 4 };

static const char *const input_names[INPUTS] = {"a", "b", "c", "d"};
static const char *const output_names[] = {"out"};

static void input(struct device *dev, unsigned line, const struct signal *signal)
{
    uint32_t *levels = dev->state;
    levels[line] = signal->level != 0;
    device_set_level(dev, 0, levels[0] | levels[1] | levels[2] | levels[3]);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    (void)dev;
    (void)kind; /* it follows its inputs */
}

const struct device_class or_gate_class = {
    .name = "OR gate",
    .state_size = INPUTS * sizeof(uint32_t),
    .n_inputs = INPUTS,
    .n_outputs = 1,
    .input_names = input_names,
    .output_names = output_names,
    .input = input,
    .reset = reset,
};
