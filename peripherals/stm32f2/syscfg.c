/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System configuration controller (RM0033 chapter 7).
 *
 * Models: the choice of the port that feeds each EXTI line; the I/O compensation cell, which is ready at once.
 * Leaves out: remapping of address 0 (MEMRMP: the boot pins of a Photon select flash and no firmware changes that) and the
 * choice of the Ethernet PHY interface (a Photon has none); both are reported when touched.
 * Real firmware needs: EXTICR2 for the SETUP button on PC7, EXTICR1 for the radio's interrupt on PB0, and user interrupts.
 */
#include "peripherals/stm32f2/syscfg.h"

#include <glib.h>

enum { MEMRMP, PMC, EXTICR1, EXTICR2, EXTICR3, EXTICR4, CMPCR };
enum { PORTS = 9, PINS = 16 };

#define CMP_PD    BIT(0)
#define CMP_READY BIT(8)

static const struct reg_field memrmp_fields[] = {{"MEM_MODE", 0, 2, RW, UNMODELLED, NULL}};
static const struct reg_field pmc_fields[] = {{"MII_RMII_SEL", 23, 1, RW, UNMODELLED, NULL}};

#define EXTI_FIELD(LINE)                                                                                                       \
    {                                                                                                                          \
        "EXTI" #LINE, 4 * ((LINE) % 4), 4, RW, EFFECT, "/syscfg/port-selection"                                                \
    }
static const struct reg_field exticr1_fields[] = {EXTI_FIELD(0), EXTI_FIELD(1), EXTI_FIELD(2), EXTI_FIELD(3)};
static const struct reg_field exticr2_fields[] = {EXTI_FIELD(4), EXTI_FIELD(5), EXTI_FIELD(6), EXTI_FIELD(7)};
static const struct reg_field exticr3_fields[] = {EXTI_FIELD(8), EXTI_FIELD(9), EXTI_FIELD(10), EXTI_FIELD(11)};
static const struct reg_field exticr4_fields[] = {EXTI_FIELD(12), EXTI_FIELD(13), EXTI_FIELD(14), EXTI_FIELD(15)};

static const struct reg_field cmpcr_fields[] = {
    {"CMP_PD", 0, 1, RW, EFFECT, "/syscfg/compensation-cell"},
    {"READY", 8, 1, RO, EFFECT, "/syscfg/compensation-cell"},
};

static const struct reg registers[] = {
    [MEMRMP] = {"MEMRMP", 0x00, 0, FIELDS(memrmp_fields)},    [PMC] = {"PMC", 0x04, 0, FIELDS(pmc_fields)},
    [EXTICR1] = {"EXTICR1", 0x08, 0, FIELDS(exticr1_fields)}, [EXTICR2] = {"EXTICR2", 0x0C, 0, FIELDS(exticr2_fields)},
    [EXTICR3] = {"EXTICR3", 0x10, 0, FIELDS(exticr3_fields)}, [EXTICR4] = {"EXTICR4", 0x14, 0, FIELDS(exticr4_fields)},
    [CMPCR] = {"CMPCR", 0x20, 0, FIELDS(cmpcr_fields)},
};

#define PORT(P)                                                                                                                \
#P "0", #P "1", #P "2", #P "3", #P "4", #P "5", #P "6", #P "7", #P "8", #P "9", #P "10", #P "11", #P "12", #P "13",        \
        #P "14", #P "15"
static const char *const input_names[PORTS * PINS] = {PORT(pa), PORT(pb), PORT(pc), PORT(pd), PORT(pe),
                                                      PORT(pf), PORT(pg), PORT(ph), PORT(pi)};
static const char *const output_names[PINS] = {PORT(exti)};

static unsigned selected_port(const struct device *dev, unsigned line)
{
    return (dev->regs[EXTICR1 + line / 4] >> (4 * (line % 4))) & 0xF;
}

static void drive(struct device *dev, unsigned line)
{
    unsigned port = selected_port(dev, line);
    struct signal none = {0}; /* codes above 8 select no port */
    device_set_signal(dev, line, port < PORTS ? device_input(dev, port * PINS + line) : none);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    unsigned line = in % PINS;
    if (selected_port(dev, line) == in / PINS)
        device_set_signal(dev, line, *signal);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)value;
    (void)mask;
    if (reg == CMPCR)
        dev->regs[CMPCR] = dev->regs[CMPCR] & CMP_PD ? CMP_PD | CMP_READY : 0;
    if (reg < EXTICR1 || reg > EXTICR4 || dev->regs[reg] == old)
        return;
    for (unsigned line = 4 * (reg - EXTICR1); line < 4 * (reg - EXTICR1) + 4; line++)
        drive(dev, line);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    for (unsigned line = 0; line < PINS; line++)
        drive(dev, line);
}

const struct device_class stm32f2_syscfg_class = {
    .name = "STM32F2 system configuration controller",
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
