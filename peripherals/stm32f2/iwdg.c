/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Independent watchdog (RM0033 chapter 18).
 *
 * Models: all of it. Keys, prescaler, reload value, the update of both in the LSI's domain that takes five LSI cycles (so it
 * ends only when the LSI runs) with PVU and RVU, start by software or option byte, expiry.
 * Firmware sets PR and RLR, reloads and starts in one go, while the LSI is still off: the reload then waits behind the updates,
 * as all four cross to the LSI's domain in order.
 * Real firmware needs: 0x5555, PR = 6, RLR = 625, 0xAAAA, 0xCCCC just before the bootloader jumps to the system after an
 * update; the system then resets to get rid of it.
 */
#include "peripherals/stm32f2/iwdg.h"

#include <glib.h>

enum { IWDG_KR, IWDG_PR, IWDG_RLR, IWDG_SR };
enum { SR_PVU = BIT(0), SR_RVU = BIT(1) };
enum { KEY_ACCESS = 0x5555, KEY_RELOAD = 0xAAAA, KEY_START = 0xCCCC };
enum { IN_HARDWARE, IN_DEBUG_FREEZE };
enum { OUT_LSI_REQUEST };
enum { CLOCK_LSI };
enum { TIMER_EXPIRY, TIMER_PVU, TIMER_RVU, N_TIMERS };
enum { UPDATE_CYCLES = 5, COUNTER_RESET = 0xFFF };

/* The stored bits of PR and RLR are those in the LSI's domain, which are the ones that read back. */
struct iwdg_state {
    uint32_t running;
    uint32_t unlocked;
    uint32_t next_pr, next_rlr;
    uint32_t reload_waits; /* for an update under way */
    uint32_t announced;    /* the present settings were published */
    struct frequency f;    /* rate of the counter's clock: stopped while not running or frozen */
    uint64_t left;         /* LSI cycles until expiry ... */
    ticks_t since;         /* ... at this time */
    ticks_t reset_at;
};

static const struct reg_field kr_fields[] = {{"KEY", 0, 16, WO, EFFECT, "/iwdg/expiry"}};
static const struct reg_field pr_fields[] = {{"PR", 0, 3, RW, EFFECT, "/iwdg/prescaler"}};
static const struct reg_field rlr_fields[] = {{"RL", 0, 12, RW, EFFECT, "/iwdg/expiry"}};
static const struct reg_field sr_fields[] = {
    {"PVU", 0, 1, RO, EFFECT, "/iwdg/update"},
    {"RVU", 1, 1, RO, EFFECT, "/iwdg/update"},
};

static const struct reg registers[] = {
    [IWDG_KR] = {"KR", 0x00, 0, FIELDS(kr_fields)},
    [IWDG_PR] = {"PR", 0x04, 0, FIELDS(pr_fields)},
    [IWDG_RLR] = {"RLR", 0x08, 0xFFF, FIELDS(rlr_fields)},
    [IWDG_SR] = {"SR", 0x0C, 0, FIELDS(sr_fields)},
};

static uint64_t prescaler(const struct device *dev)
{
    uint32_t pr = dev->regs[IWDG_PR];
    return pr >= 6 ? 256 : 4u << pr;
}

/* ---- the counter ---- */

/* Account for the time that passed. */
static void settle(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    ticks_t now = machine_now(dev->machine);
    uint64_t gone = frequency_edges(s->f, now - s->since);
    s->left -= MIN(gone, s->left);
    s->since = now;
}

static void reschedule(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    ticks_t distance = frequency_ticks(s->f, s->left);
    if (!frequency_running(s->f) || distance == TICKS_NEVER)
        device_cancel(dev, TIMER_EXPIRY);
    else
        device_schedule(dev, TIMER_EXPIRY, s->since + distance);
}

static void announce(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    struct frequency lsi = device_clock(dev, CLOCK_LSI);
    if (s->announced || !s->running || !frequency_running(lsi) || dev->regs[IWDG_SR] != 0)
        return;
    s->announced = 1;
    uint64_t cycles = (dev->regs[IWDG_RLR] + 1) * prescaler(dev);
    machine_publish(dev->machine, "watchdog", FIELD_STRING("name", "IWDG"), FIELD_STRING("op", "start"),
                    FIELD_INT("timeout_ms", (int64_t)(cycles * 1000 * lsi.den / lsi.num)));
}

/* Something that decides about the counter's clock changed. */
static void clock_counter(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    settle(dev);
    bool counts = s->running && device_input(dev, IN_DEBUG_FREEZE).level == 0;
    s->f = counts ? device_clock(dev, CLOCK_LSI) : FREQUENCY_STOPPED;
    reschedule(dev);
    announce(dev);
}

static void reload(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    if (dev->regs[IWDG_SR] != 0) {
        s->reload_waits = 1;
        return;
    }
    s->reload_waits = 0;
    s->left = (dev->regs[IWDG_RLR] + 1) * prescaler(dev);
    s->since = machine_now(dev->machine);
    reschedule(dev);
}

static void start(struct device *dev)
{
    struct iwdg_state *s = dev->state;
    if (s->running)
        return;
    s->running = 1;
    device_set_level(dev, OUT_LSI_REQUEST, 1);
    clock_counter(dev);
}

/* ---- updates ---- */

static void schedule_update(struct device *dev, unsigned which)
{
    ticks_t distance = frequency_ticks(device_clock(dev, CLOCK_LSI), UPDATE_CYCLES);
    if (distance == TICKS_NEVER)
        device_cancel(dev, which);
    else
        device_schedule(dev, which, machine_now(dev->machine) + distance);
}

static void timer(struct device *dev, unsigned which)
{
    struct iwdg_state *s = dev->state;
    settle(dev);
    switch (which) {
    case TIMER_EXPIRY:
        if (machine_mutated(dev->machine, MUTATION_IWDG_NEVER_BITES))
            return;
        machine_request_reset(dev->machine, RESET_SYSTEM, "iwdg");
        return;
    case TIMER_PVU: {
        uint64_t count = (s->left + prescaler(dev) - 1) / prescaler(dev);
        dev->regs[IWDG_PR] = s->next_pr;
        dev->regs[IWDG_SR] &= ~(uint32_t)SR_PVU;
        s->left = count * prescaler(dev);
        break;
    }
    case TIMER_RVU:
        dev->regs[IWDG_RLR] = s->next_rlr;
        dev->regs[IWDG_SR] &= ~(uint32_t)SR_RVU;
        break;
    }
    s->announced = 0;
    if (s->reload_waits)
        reload(dev);
    else
        reschedule(dev);
    announce(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    clock_counter(dev);
    if (dev->regs[IWDG_SR] & SR_PVU)
        schedule_update(dev, TIMER_PVU);
    if (dev->regs[IWDG_SR] & SR_RVU)
        schedule_update(dev, TIMER_RVU);
}

/* ---- registers ---- */

static void write_key(struct device *dev, uint32_t key)
{
    struct iwdg_state *s = dev->state;
    s->unlocked = key == KEY_ACCESS; /* any other key protects again */
    if (key == KEY_RELOAD) {
        reload(dev);
    } else if (key == KEY_START) {
        start(dev);
    }
}

/* A write to PR or RLR: it counts only when unlocked and when no earlier one is under way. */
static void write_setting(struct device *dev, unsigned reg, uint32_t old, uint32_t *next, uint32_t flag, unsigned which)
{
    struct iwdg_state *s = dev->state;
    uint32_t wanted = dev->regs[reg];
    dev->regs[reg] = old;
    if (!s->unlocked || (dev->regs[IWDG_SR] & flag))
        return;
    *next = wanted;
    dev->regs[IWDG_SR] |= flag;
    schedule_update(dev, which);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct iwdg_state *s = dev->state;
    (void)mask;
    if (reg == IWDG_KR)
        write_key(dev, value & 0xFFFF);
    else if (reg == IWDG_PR)
        write_setting(dev, reg, old, &s->next_pr, SR_PVU, TIMER_PVU);
    else if (reg == IWDG_RLR)
        write_setting(dev, reg, old, &s->next_rlr, SR_RVU, TIMER_RVU);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    const struct iwdg_state *s = dev->state;
    if (in == IN_DEBUG_FREEZE)
        clock_counter(dev);
    /* Option bytes are loaded at reset, maybe after this device had its own. */
    else if (signal->level != 0 && machine_now(dev->machine) == s->reset_at)
        start(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP || (kind == RESET_SYSTEM && machine_mutated(dev->machine, MUTATION_IWDG_SURVIVES_RESET) &&
                                 g_strcmp0(machine_reset_cause(dev->machine), "software") == 0))
        return;
    ticks_t now = machine_now(dev->machine);
    device_reset_registers(dev);
    struct iwdg_state *s = dev->state;
    *s = (struct iwdg_state){.f = FREQUENCY_STOPPED, .since = now, .reset_at = now};
    s->left = (COUNTER_RESET + 1) * prescaler(dev);
    device_set_level(dev, OUT_LSI_REQUEST, 0);
    if (device_input(dev, IN_HARDWARE).level != 0)
        start(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg == IWDG_SR && dev->regs[IWDG_SR] != 0 && !frequency_running(device_clock(dev, CLOCK_LSI)))
        return "PR and RLR are taken over by the LSI, which is off";
    return NULL;
}

static const char *const input_names[] = {"hardware", "debug_freeze"};
static const char *const output_names[] = {"lsi_request"};
static const char *const clock_names[] = {"lsi"};

const struct device_class stm32f2_iwdg_class = {
    .name = "STM32F2 independent watchdog",
    .state_size = sizeof(struct iwdg_state),
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
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
    .explain = explain,
};
