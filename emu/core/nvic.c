/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exception priorities and states of the NVIC (ARM DDI 0403E B1.5 and B3.4). Models: pending, active and enabled state of all
 * exceptions, group priorities by PRIGROUP, level-sensitive interrupt lines. The registers are in scs.c.
 */
#include "emu/core/nvic.h"

#include <glib.h>

#include "emu/core/cpu.h"
#include "emu/core/machine-internal.h"

static bool get(const uint32_t *map, unsigned exception)
{
    return (map[exception / 32] >> (exception % 32)) & 1;
}

static void put(uint32_t *map, unsigned exception, bool value)
{
    if (value)
        map[exception / 32] |= BIT(exception % 32);
    else
        map[exception / 32] &= ~BIT(exception % 32);
}

bool nvic_is_pending(const struct device *dev, unsigned exception)
{
    const struct nvic *n = dev->state;
    return get(n->pending, exception);
}

bool nvic_is_active(const struct device *dev, unsigned exception)
{
    const struct nvic *n = dev->state;
    return get(n->active, exception);
}

void nvic_set_pending(struct device *dev, unsigned exception, bool pending)
{
    struct nvic *n = dev->state;
    if (get(n->pending, exception) == pending)
        return;
    put(n->pending, exception, pending);
    if (pending && (nvic_scr(dev) & SCR_SEVONPEND) != 0)
        dev->machine->v->cpu.event_register = true;
    if (pending && dev->machine->engine != NULL)
        engine_interrupt(dev->machine->engine);
}

void nvic_activate(struct device *dev, unsigned exception)
{
    struct nvic *n = dev->state;
    put(n->pending, exception, false);
    put(n->active, exception, true);
}

void nvic_deactivate(struct device *dev, unsigned exception)
{
    struct nvic *n = dev->state;
    put(n->active, exception, false);
    if (exception >= EXC_IRQ0 && get(n->level, exception))
        nvic_set_pending(dev, exception, true);
}

unsigned nvic_active_count(const struct device *dev)
{
    const struct nvic *n = dev->state;
    unsigned count = 0;
    for (unsigned i = 0; i < NVIC_WORDS; i++)
        count += (unsigned)__builtin_popcount(n->active[i]);
    return count;
}

static int raw_priority(const struct device *dev, unsigned exception)
{
    const struct nvic *n = dev->state;
    return exception == EXC_RESET ? -3 : exception == EXC_NMI ? -2 : exception == EXC_HARD_FAULT ? -1 : n->priority[exception];
}

static int group(const struct device *dev, int priority)
{
    if (priority < 0)
        return priority;
    unsigned prigroup = (dev->regs[SCB_AIRCR] >> 8) & 7;
    return priority & ~((2 << prigroup) - 1) & 0xFF;
}

int nvic_group_priority(const struct device *dev, unsigned exception)
{
    return group(dev, raw_priority(dev, exception));
}

int nvic_active_priority(const struct device *dev)
{
    const struct nvic *n = dev->state;
    int highest = PRIORITY_IDLE;
    for (unsigned w = 0; w < NVIC_WORDS; w++)
        for (uint32_t bits = n->active[w]; bits != 0; bits &= bits - 1) {
            int priority = raw_priority(dev, w * 32 + (unsigned)__builtin_ctz(bits));
            if (priority < highest)
                highest = priority;
        }
    return highest == PRIORITY_IDLE ? highest : group(dev, highest);
}

int nvic_execution_priority(const struct device *dev, const struct cpu_state *cpu)
{
    int priority = nvic_active_priority(dev);
    if (cpu->basepri != 0) {
        int base = group(dev, (int)cpu->basepri);
        if (base < priority)
            priority = base;
    }
    if (cpu->primask && priority > 0)
        priority = 0;
    if (cpu->faultmask && priority > -1)
        priority = -1;
    return priority;
}

unsigned nvic_first_pending(const struct device *dev)
{
    const struct nvic *n = dev->state;
    unsigned best = EXC_NONE;
    int best_priority = PRIORITY_IDLE;
    for (unsigned w = 0; w < NVIC_WORDS; w++)
        for (uint32_t bits = n->pending[w] & n->enabled[w]; bits != 0; bits &= bits - 1) {
            unsigned exception = w * 32 + (unsigned)__builtin_ctz(bits);
            int priority = raw_priority(dev, exception);
            if (priority < best_priority) {
                best = exception;
                best_priority = priority;
            }
        }
    return best;
}

bool nvic_waits_for_mask(const struct device *dev)
{
    unsigned exception = nvic_first_pending(dev);
    return exception != EXC_NONE && nvic_group_priority(dev, exception) < nvic_active_priority(dev);
}

uint32_t nvic_ccr(const struct device *dev)
{
    return dev->regs[SCB_CCR];
}

uint32_t nvic_scr(const struct device *dev)
{
    return dev->regs[SCB_SCR];
}

uint32_t nvic_vtor(const struct device *dev)
{
    return dev->regs[SCB_VTOR];
}

bool nvic_fault_enabled(const struct device *dev, unsigned exception)
{
    unsigned bit = exception == EXC_MEM_MANAGE ? 16 : exception == EXC_BUS_FAULT ? 17 : 18;
    return dev->regs[SCB_SHCSR] & BIT(bit);
}

void nvic_add_fault(struct device *dev, uint32_t cfsr, uint32_t hfsr)
{
    dev->regs[SCB_CFSR] |= cfsr;
    dev->regs[SCB_HFSR] |= hfsr;
}

void nvic_set_fault_address(struct device *dev, unsigned exception, uint32_t address)
{
    dev->regs[exception == EXC_MEM_MANAGE ? SCB_MMFAR : SCB_BFAR] = address;
    dev->regs[SCB_CFSR] |= exception == EXC_MEM_MANAGE ? CFSR_MMARVALID : CFSR_BFARVALID;
}

void nvic_set_debug_event(struct device *dev, uint32_t dfsr)
{
    dev->regs[SCB_DFSR] |= dfsr;
}

void nvic_set_deepsleep(struct device *dev, bool asleep)
{
    device_set_level(dev, 0, asleep);
}
