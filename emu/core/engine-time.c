/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far execution is: instructions counted into virtual time, and the instruction at which the block hook must look up. */
#include "emu/core/engine-internal.h"

ticks_t engine_time_of(const struct engine *e, uint64_t instructions)
{
    uint64_t n = instructions - e->c->time_instructions;
    if (e->tick_per_instruction != 0)
        return e->c->time_base + n * e->tick_per_instruction;
    return e->c->time_base + frequency_ticks(e->rate, n);
}

/* The first instruction count at which time has reached t. */
static uint64_t instructions_at(const struct engine *e, ticks_t t)
{
    if (t == TICKS_NEVER)
        return UINT64_MAX / 2;
    if (t <= e->c->time_base)
        return e->c->time_instructions;
    ticks_t distance = t - e->c->time_base;
    uint64_t n;
    if (e->tick_per_instruction != 0) {
        n = distance / e->tick_per_instruction + (distance % e->tick_per_instruction != 0);
    } else {
        n = frequency_edges(e->rate, distance);
        while (frequency_ticks(e->rate, n) < distance)
            n++;
    }
    return e->c->time_instructions + n;
}

ticks_t engine_now(const struct engine *e)
{
    return engine_time_of(e, present(e));
}

void engine_derive_rate(struct engine *e)
{
    e->rate = frequency_scale(e->c->clock, e->cpi_den, e->cpi_num);
    ticks_t one = frequency_ticks(e->rate, 1);
    e->tick_per_instruction = frequency_running(e->rate) && frequency_edges(e->rate, one * 1000) == 1000 &&
                                      frequency_ticks(e->rate, 1000) == one * 1000
                                  ? one
                                  : 0;
}

uint64_t engine_wanted_limit(const struct engine *e)
{
    return engine_limit_until(e, TICKS_NEVER);
}

uint64_t engine_limit_until(const struct engine *e, ticks_t end)
{
    uint64_t limit = instructions_at(e, MIN(end, MIN(e->m->next_due, e->until)));
    limit = MIN(limit, e->instruction_goal);
    if (e->debug.goal == UINT64_MAX)
        return limit;
    /* from here on each block has to be looked at */
    return MIN(limit, e->debug.goal > BLOCK_MAX_INSNS ? e->debug.goal - BLOCK_MAX_INSNS : 0);
}

void engine_interrupt(struct engine *e)
{
    e->attention = true;
    if (e->running)
        set_limit(e, executed(e));
}

void engine_deadline_changed(struct engine *e)
{
    if (!e->running || e->attention)
        return;
    set_limit(e, engine_wanted_limit(e));
}

ticks_t machine_idle_time(const struct machine *m)
{
    return m->engine->idle_time;
}

uint64_t machine_instructions(const struct machine *m)
{
    return present(m->engine);
}

static void cpu_clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    struct engine *e = dev->machine->engine;
    struct cpu_state *c = &dev->machine->v->cpu;
    struct frequency f = device_clock(dev, 0);
    if (e == NULL || !frequency_running(f)) {
        c->clock = f;
        return;
    }
    ticks_t now = machine_now(dev->machine);
    /* machine_now() may be the time of a timer that fell due a little before the instruction under way */
    ticks_t exact = engine_time_of(e, present(e));
    c->time_base = MAX(now, exact);
    c->time_instructions = present(e);
    c->clock = f;
    engine_derive_rate(e);
    engine_deadline_changed(e);
}

static void cpu_reset(struct device *dev, enum reset_kind kind)
{
    (void)dev;
    (void)kind;
}

static const char *const cpu_clocks[] = {"hclk"};

const struct device_class armv7m_cpu_class = {
    .name = "Cortex-M3",
    .n_clocks = 1,
    .clock_names = cpu_clocks,
    .clock_changed = cpu_clock_changed,
    .reset = cpu_reset,
};
