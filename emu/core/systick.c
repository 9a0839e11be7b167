/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SysTick (ARM DDI 0403E B3.3). The counter is computed when read: it counts from a value down to 0, takes SYST_RVR at the next
 * clock, and so on. It runs from HCLK, or from HCLK/8 (RM0033 8.1, the "external" reference clock of the STM32F2).
 */
#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"

enum { CSR_ENABLE = 1 << 0, CSR_TICKINT = 1 << 1, CSR_CLKSOURCE = 1 << 2 };

static bool running(const struct device *dev)
{
    return dev->regs[SYST_CSR] & CSR_ENABLE;
}

struct frequency systick_clock(const struct device *dev)
{
    struct frequency hclk = device_clock(dev, 0);
    return dev->regs[SYST_CSR] & CSR_CLKSOURCE ? hclk : frequency_scale(hclk, 1, 8);
}

/* Clocks from value down to its n-th zero (n from 1). */
static uint64_t clocks_to_zero(uint32_t value, uint32_t reload, uint64_t n)
{
    /* from 0 the next clock reloads, so a counter that stands at 0 needs reload + 1 clocks */
    uint64_t first = value != 0 ? value : (uint64_t)reload + 1;
    return first + (n - 1) * ((uint64_t)reload + 1);
}

/* Times that the counter reached 0 after so many clocks; with reload 0 it stops at 0. */
static uint64_t zeros(uint32_t value, uint32_t reload, uint64_t clocks)
{
    if (value == 0 && reload == 0)
        return 0;
    uint64_t first = clocks_to_zero(value, reload, 1);
    if (clocks < first)
        return 0;
    return reload == 0 ? 1 : 1 + (clocks - first) / ((uint64_t)reload + 1);
}

static uint32_t value_after(uint32_t value, uint32_t reload, uint64_t clocks)
{
    if (clocks <= value)
        return value - (uint32_t)clocks;
    if (reload == 0)
        return 0;
    return reload - (uint32_t)((clocks - value - 1) % ((uint64_t)reload + 1));
}

static uint64_t clocks_at(struct device *dev, struct frequency f, ticks_t now)
{
    struct nvic *n = dev->state;
    return running(dev) ? frequency_edges(f, now - n->systick.epoch) : 0;
}

static void count_zeros(struct device *dev, struct frequency f, ticks_t now)
{
    struct nvic *n = dev->state;
    uint64_t seen = zeros(n->systick.value, dev->regs[SYST_RVR], clocks_at(dev, f, now));
    if (seen > n->systick.zeros_seen) {
        n->systick.zeros_seen = seen;
        n->systick.count_flag = true;
    }
}

void systick_reset(struct device *dev)
{
    struct nvic *n = dev->state;
    n->systick = (struct systick){0};
}

uint32_t systick_value(struct device *dev)
{
    struct nvic *n = dev->state;
    return value_after(n->systick.value, dev->regs[SYST_RVR], clocks_at(dev, systick_clock(dev), machine_now(dev->machine)));
}

bool systick_take_count_flag(struct device *dev, bool clear)
{
    struct nvic *n = dev->state;
    count_zeros(dev, systick_clock(dev), machine_now(dev->machine));
    bool flag = n->systick.count_flag;
    if (clear)
        n->systick.count_flag = false;
    return flag;
}

void systick_fold(struct device *dev, struct frequency f)
{
    struct nvic *n = dev->state;
    ticks_t now = machine_now(dev->machine);
    uint64_t clocks = clocks_at(dev, f, now);
    count_zeros(dev, f, now);
    n->systick.value = value_after(n->systick.value, dev->regs[SYST_RVR], clocks);
    /* keep the phase of the clock: the fraction of a period under way is not lost */
    n->systick.epoch = running(dev) && frequency_running(f) ? n->systick.epoch + frequency_ticks(f, clocks) : now;
    n->systick.zeros_seen = 0;
}

void systick_write_value(struct device *dev)
{
    struct nvic *n = dev->state;
    n->systick.value = 0;
    n->systick.zeros_seen = 0;
    n->systick.count_flag = false;
}

void systick_reschedule(struct device *dev)
{
    struct nvic *n = dev->state;
    struct frequency f = systick_clock(dev);
    uint32_t reload = dev->regs[SYST_RVR];
    if (!running(dev) || !(dev->regs[SYST_CSR] & CSR_TICKINT) || !frequency_running(f) ||
        (reload == 0 && n->systick.value == 0)) {
        device_cancel(dev, SCS_TIMER_SYSTICK);
        return;
    }
    ticks_t now = machine_now(dev->machine);
    uint64_t done = zeros(n->systick.value, reload, clocks_at(dev, f, now));
    if (reload == 0 && done > 0) {
        device_cancel(dev, SCS_TIMER_SYSTICK);
        return;
    }
    ticks_t distance = frequency_ticks(f, clocks_to_zero(n->systick.value, reload, done + 1));
    device_schedule(dev, SCS_TIMER_SYSTICK, distance == TICKS_NEVER ? TICKS_NEVER : n->systick.epoch + distance);
}

void systick_timer(struct device *dev)
{
    struct nvic *n = dev->state;
    nvic_set_pending(dev, EXC_SYSTICK, true);
    /* fold, so that the numbers stay small over hours */
    if (n->systick.value == 0 || dev->regs[SYST_RVR] != 0)
        systick_fold(dev, systick_clock(dev));
    systick_reschedule(dev);
}
