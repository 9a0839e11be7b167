/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MCU debug component (RM0033 chapter 32).
 *
 * Models: the device id, and the bits that stop counters while a debugger holds the core, as lines. A system reset changes
 * nothing here: the block is reset by power-on alone.
 * Leaves out: clocks that go on in low-power modes for a debugger, trace pins.
 * Real firmware needs: writes to CR and APB1_FZ that do no harm; it asks for a watchdog that stands still under a debugger.
 */
#include "peripherals/stm32f2/dbgmcu.h"

#include <glib.h>

enum { DBGMCU_IDCODE, DBGMCU_CR, DBGMCU_APB1_FZ, DBGMCU_APB2_FZ };

#define FREEZE(NAME, N)                                                                                                        \
    {                                                                                                                          \
        "DBG_" NAME, N, 1, RW, EFFECT, "/dbgmcu/freeze"                                                                        \
    }

/* Device 0x411, revision 0x2003. */
static const struct reg_field idcode_fields[] = {
    {"DEV_ID", 0, 12, RO, EFFECT, "/dbgmcu/id"},
    {"REV_ID", 16, 16, RO, EFFECT, "/dbgmcu/id"},
};
static const struct reg_field cr_fields[] = {
    {"DBG_SLEEP", 0, 1, RW, STORED, NULL},  {"DBG_STOP", 1, 1, RW, STORED, NULL},   {"DBG_STANDBY", 2, 1, RW, STORED, NULL},
    {"TRACE_IOEN", 5, 1, RW, STORED, NULL}, {"TRACE_MODE", 6, 2, RW, STORED, NULL},
};
static const struct reg_field apb1_fields[] = {
    FREEZE("TIM2_STOP", 0),           FREEZE("TIM3_STOP", 1),           FREEZE("TIM4_STOP", 2),
    FREEZE("TIM5_STOP", 3),           FREEZE("TIM6_STOP", 4),           FREEZE("TIM7_STOP", 5),
    FREEZE("TIM12_STOP", 6),          FREEZE("TIM13_STOP", 7),          FREEZE("TIM14_STOP", 8),
    FREEZE("RTC_STOP", 10),           FREEZE("WWDG_STOP", 11),          FREEZE("IWDG_STOP", 12),
    FREEZE("I2C1_SMBUS_TIMEOUT", 21), FREEZE("I2C2_SMBUS_TIMEOUT", 22), FREEZE("I2C3_SMBUS_TIMEOUT", 23),
    FREEZE("CAN1_STOP", 25),          FREEZE("CAN2_STOP", 26),
};
static const struct reg_field apb2_fields[] = {
    FREEZE("TIM1_STOP", 0), FREEZE("TIM8_STOP", 1), FREEZE("TIM9_STOP", 16), FREEZE("TIM10_STOP", 17), FREEZE("TIM11_STOP", 18),
};

static const struct reg registers[] = {
    [DBGMCU_IDCODE] = {"IDCODE", 0x00, 0x20036411, FIELDS(idcode_fields)},
    [DBGMCU_CR] = {"CR", 0x04, 0, FIELDS(cr_fields)},
    [DBGMCU_APB1_FZ] = {"APB1_FZ", 0x08, 0, FIELDS(apb1_fields)},
    [DBGMCU_APB2_FZ] = {"APB2_FZ", 0x0C, 0, FIELDS(apb2_fields)},
};

/* One line a freeze bit, in the order of the fields above. */
static const char *const output_names[] = {
    "TIM2_STOP",          "TIM3_STOP",          "TIM4_STOP",          "TIM5_STOP",  "TIM6_STOP", "TIM7_STOP",
    "TIM12_STOP",         "TIM13_STOP",         "TIM14_STOP",         "RTC_STOP",   "WWDG_STOP", "IWDG_STOP",
    "I2C1_SMBUS_TIMEOUT", "I2C2_SMBUS_TIMEOUT", "I2C3_SMBUS_TIMEOUT", "CAN1_STOP",  "CAN2_STOP", "TIM1_STOP",
    "TIM8_STOP",          "TIM9_STOP",          "TIM10_STOP",         "TIM11_STOP",
};
G_STATIC_ASSERT(G_N_ELEMENTS(output_names) == G_N_ELEMENTS(apb1_fields) + G_N_ELEMENTS(apb2_fields));

static const char *const input_names[] = {"halted"};

static void drive(struct device *dev)
{
    bool halted = device_input(dev, 0).level != 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(apb1_fields); i++)
        device_set_level(dev, i, halted && (dev->regs[DBGMCU_APB1_FZ] & BIT(apb1_fields[i].lsb)));
    for (unsigned i = 0; i < G_N_ELEMENTS(apb2_fields); i++)
        device_set_level(dev, (unsigned)G_N_ELEMENTS(apb1_fields) + i,
                         halted && (dev->regs[DBGMCU_APB2_FZ] & BIT(apb2_fields[i].lsb)));
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)reg;
    (void)old;
    (void)value;
    (void)mask;
    drive(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    (void)signal;
    drive(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind != RESET_POWER_ON)
        return;
    device_reset_registers(dev);
    drive(dev);
}

const struct device_class stm32f2_dbgmcu_class = {
    .name = "STM32F2 MCU debug component",
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
};
