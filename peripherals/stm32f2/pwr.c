/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power control (RM0033 chapter 4).
 *
 * Models: write protection of the backup domain, the backup regulator, Stop and Standby mode with their flags and the ways out
 * of them.
 * Leaves out: the programmable voltage detector (the supply is always above its thresholds), what LPDS and FPDS change about
 * wake-up times and currents, the pull-down of PA0 while EWUP is set, and the two cycles that CWUF takes.
 * Real firmware needs: DBP, also by bit-band; SBF and WUF after a reset; BRE and a wait for BRR when retained memory is on;
 * Stop and Standby mode for System.sleep.
 */
#include "peripherals/stm32f2/pwr.h"

#include <glib.h>

enum { PWR_CR, PWR_CSR };

enum {
    CR_PDDS = BIT(1),
    CR_CWUF = BIT(2),
    CR_CSBF = BIT(3),
    CR_DBP = BIT(8),
    CSR_WUF = BIT(0),
    CSR_SBF = BIT(1),
    CSR_BRR = BIT(3),
    CSR_EWUP = BIT(8),
    CSR_BRE = BIT(9),
};

enum { IN_DEEPSLEEP, IN_WKUP_PIN, IN_RTC_WAKEUP };
enum { OUT_DBP, OUT_STOP, OUT_STANDBY, OUT_REGULATOR, OUT_PVD, N_OUTPUTS };
enum { TIMER_REGULATOR, N_TIMERS };

/* The data sheet has no figure for the backup regulator. */
#define REGULATOR_START_UP (50 * TICKS_PER_US)

struct pwr_state {
    uint32_t standby;
    uint32_t wkup_pin; /* last constant level */
};

static const struct reg_field cr_fields[] = {
    {"LPDS", 0, 1, RW, STORED, NULL},         {"PDDS", 1, 1, RW, EFFECT, "/pwr/standby"},
    {"CWUF", 2, 1, WO, EFFECT, "/pwr/flags"}, {"CSBF", 3, 1, WO, EFFECT, "/pwr/flags"},
    {"PVDE", 4, 1, RW, STORED, NULL},         {"PLS", 5, 3, RW, STORED, NULL},
    {"DBP", 8, 1, RW, EFFECT, "/pwr/dbp"},    {"FPDS", 9, 1, RW, STORED, NULL},
};
static const struct reg_field csr_fields[] = {
    {"WUF", 0, 1, RO, EFFECT, "/pwr/wakeup-pin"},
    {"SBF", 1, 1, RO, EFFECT, "/pwr/standby"},
    {"PVDO", 2, 1, RO, STORED, NULL},
    {"BRR", 3, 1, RO, EFFECT, "/pwr/backup-regulator"},
    {"EWUP", 8, 1, RW, EFFECT, "/pwr/wakeup-pin"},
    {"BRE", 9, 1, RW, EFFECT, "/pwr/backup-regulator"},
};

static const struct reg registers[] = {
    [PWR_CR] = {"CR", 0x00, 0, FIELDS(cr_fields)},
    [PWR_CSR] = {"CSR", 0x04, 0, FIELDS(csr_fields)},
};

/* ---- modes ---- */

static void wake(struct device *dev)
{
    struct pwr_state *s = dev->state;
    dev->regs[PWR_CSR] |= CSR_WUF;
    if (s->standby)
        machine_request_reset(dev->machine, RESET_SYSTEM, "standby");
}

static void deepsleep_changed(struct device *dev, bool deepsleep)
{
    struct pwr_state *s = dev->state;
    if (s->standby)
        return; /* no core that could wake: only a reset leads out */
    if (!deepsleep || (dev->regs[PWR_CR] & CR_PDDS) == 0) {
        device_set_level(dev, OUT_STOP, deepsleep);
        return;
    }
    s->standby = 1;
    dev->regs[PWR_CSR] |= CSR_SBF;
    device_set_level(dev, OUT_STOP, 1);
    device_set_level(dev, OUT_STANDBY, 1);
    /* RM0033: with WUF or a flag of the RTC left set the chip wakes at once. */
    if ((dev->regs[PWR_CSR] & CSR_WUF) || device_input(dev, IN_RTC_WAKEUP).level != 0)
        wake(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct pwr_state *s = dev->state;
    if (in == IN_DEEPSLEEP) {
        deepsleep_changed(dev, signal->level != 0);
    } else if (in == IN_RTC_WAKEUP) {
        if (signal->level != 0)
            wake(dev);
    } else if (signal->period == 0) {
        bool rises = s->wkup_pin == 0 && signal->level != 0;
        s->wkup_pin = signal->level != 0;
        if (rises && (dev->regs[PWR_CSR] & CSR_EWUP))
            wake(dev);
    }
}

/* ---- registers ---- */

static void write_csr(struct device *dev, uint32_t old)
{
    struct pwr_state *s = dev->state;
    uint32_t csr = dev->regs[PWR_CSR], set = csr & ~old, cleared = old & ~csr;
    /* RM0033: a pin that is high already counts when EWUP is set. */
    if ((set & CSR_EWUP) && s->wkup_pin)
        wake(dev);
    if (set & CSR_BRE)
        device_schedule(dev, TIMER_REGULATOR, machine_now(dev->machine) + REGULATOR_START_UP);
    if (cleared & CSR_BRE) {
        device_cancel(dev, TIMER_REGULATOR);
        dev->regs[PWR_CSR] &= ~(uint32_t)CSR_BRR;
    }
    device_set_level(dev, OUT_REGULATOR, (csr & CSR_BRE) != 0);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    if (reg == PWR_CSR) {
        write_csr(dev, old);
        return;
    }
    if (value & CR_CWUF)
        dev->regs[PWR_CSR] &= ~(uint32_t)CSR_WUF;
    if (value & CR_CSBF)
        dev->regs[PWR_CSR] &= ~(uint32_t)CSR_SBF;
    device_set_level(dev, OUT_DBP, (dev->regs[PWR_CR] & CR_DBP) != 0);
}

static void timer(struct device *dev, unsigned which)
{
    (void)which;
    dev->regs[PWR_CSR] |= CSR_BRR;
}

static void reset(struct device *dev, enum reset_kind kind)
{
    struct pwr_state *s = dev->state;
    const char *cause = machine_reset_cause(dev->machine);
    if (kind == RESET_BACKUP) {
        /* BDCR.BDRST spares the regulator; a battery that is gone does not. */
        if (g_strcmp0(cause, "bdrst") != 0) {
            dev->regs[PWR_CSR] &= ~(uint32_t)(CSR_BRE | CSR_BRR);
            device_cancel(dev, TIMER_REGULATOR);
            device_set_level(dev, OUT_REGULATOR, 0);
        }
        return;
    }
    uint32_t kept = CSR_BRE | CSR_BRR;
    if (kind == RESET_SYSTEM)
        kept |= CSR_SBF;
    if (kind == RESET_SYSTEM && g_strcmp0(cause, "standby") == 0)
        kept |= CSR_WUF | CSR_EWUP;
    uint32_t csr = dev->regs[PWR_CSR] & kept;
    ticks_t due = device_timer_due(dev, TIMER_REGULATOR);
    device_reset_registers(dev);
    dev->regs[PWR_CSR] = csr;
    if (due != TICKS_NEVER)
        device_schedule(dev, TIMER_REGULATOR, due);
    s->standby = 0;
    device_set_level(dev, OUT_DBP, 0);
    device_set_level(dev, OUT_REGULATOR, (csr & CSR_BRE) != 0);
    device_set_level(dev, OUT_STANDBY, 0);
    device_set_level(dev, OUT_STOP, 0);
}

bool stm32f2_pwr_backup_get(const struct device *dev)
{
    return (dev->regs[PWR_CSR] & CSR_BRE) != 0;
}

void stm32f2_pwr_backup_set(struct device *dev, bool backup_regulator)
{
    dev->regs[PWR_CSR] &= ~(uint32_t)(CSR_BRE | CSR_BRR);
    if (backup_regulator)
        dev->regs[PWR_CSR] |= CSR_BRE | CSR_BRR;
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg == PWR_CSR && (dev->regs[PWR_CSR] & CSR_BRE) == 0)
        return "the backup regulator is off (BRE is 0)";
    return NULL;
}

static const char *const input_names[] = {"deepsleep", "wkup_pin", "rtc_wakeup"};
static const char *const output_names[N_OUTPUTS] = {"dbp", "stop", "standby", "regulator", "pvd"};

const struct device_class stm32f2_pwr_class = {
    .name = "STM32F2 power control",
    .state_size = sizeof(struct pwr_state),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = N_OUTPUTS,
    .n_timers = N_TIMERS,
    .input_names = input_names,
    .output_names = output_names,
    .reset = reset,
    .write = write,
    .timer = timer,
    .input = input,
    .explain = explain,
};
