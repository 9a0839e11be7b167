/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running: the engine is started and stopped, exceptions are taken between, and sleep passes. */
#include "emu/core/engine-internal.h"

void engine_interrupt_hook(uc_engine *uc, uint32_t intno, void *data)
{
    struct engine *e = data;
    e->intno = (int)intno;
    uc_emu_stop(uc);
}

/* Nothing can be fetched at pc. */
static void bad_fetch(struct engine *e, uint32_t pc)
{
    struct machine *m = e->m;
    engine_own_state(e);
    e->c->pc = pc;
    bool never = (pc >= 0x40000000 && pc < 0x60000000) || pc >= 0xA0000000;
    exception_fault(m, never ? EXC_MEM_MANAGE : EXC_BUS_FAULT, never ? CFSR_IACCVIOL : CFSR_IBUSERR, NULL);
}

/* The engine stopped by itself: find out at what. */
static void exceptional_stop(struct engine *e, uc_err err)
{
    struct machine *m = e->m;
    struct cpu_state *c = e->c;
    uint32_t pc = reg_read(e->uc, UC_ARM_REG_PC);
    bool thumb = reg_read(e->uc, UC_ARM_REG_CPSR) & CPSR_T;
    const struct block *block = engine_parsed(e, e->block_pc);
    const struct block_insn *insn = block->count > 0 ? &block->insns[block->count - 1] : NULL;
    c->instructions = executed(e);

    bool branched = c->instructions != e->start;
    if (branched && exception_in_handler(m) && pc >= 0xF0000000) {
        /* EXC_RETURN, bit 0 of which the engine takes for the T bit */
        engine_own_state(e);
        c->pc = pc;
        exception_return(m, pc | (thumb ? 1 : 0));
        return;
    }
    if (!thumb) {
        if (pc == e->block_pc)
            c->instructions -= e->block_count;
        engine_own_state(e);
        c->pc = pc;
        exception_fault(m, EXC_USAGE_FAULT, CFSR_INVSTATE, NULL);
        return;
    }
    if (e->intno == 2 && insn != NULL) {
        engine_own_state(e);
        c->pc = insn->pc + insn->i.length;
        engine_set_itstate(c, itstate_advance(insn->itstate));
        exception_svc(m);
        return;
    }
    if (e->intno == 7 && insn != NULL) {
        engine_own_state(e);
        c->instructions--;
        c->pc = insn->pc;
        engine_set_itstate(c, insn->itstate);
        if (!engine_debug_bkpt(e))
            exception_breakpoint(m);
        return;
    }
    if (err == UC_ERR_FETCH_PROT && in_ram(m, pc)) {
        c->pc = pc;
        engine_make_ram_executable(e, pc);
        return;
    }
    if (e->intno == 3 || e->intno == 8 || err == UC_ERR_FETCH_UNMAPPED || err == UC_ERR_FETCH_PROT || err == UC_ERR_EXCEPTION) {
        bad_fetch(e, pc);
        return;
    }
    if (insn != NULL && (err == UC_ERR_OK || err == UC_ERR_INSN_INVALID)) {
        enum thumb_kind kind = insn->i.kind;
        c->pc = insn->pc + insn->i.length;
        if (kind == THUMB_WFI || kind == THUMB_WFE) {
            engine_own_state(e);
            engine_set_itstate(c, itstate_advance(insn->itstate));
            if (kind == THUMB_WFE && c->event_register) {
                c->event_register = false;
                return;
            }
            c->sleeping = true;
            c->sleeping_for_event = kind == THUMB_WFE;
            return;
        }
        if (kind == THUMB_YIELD) {
            engine_own_state(e);
            engine_set_itstate(c, itstate_advance(insn->itstate));
            return;
        }
        engine_own_state(e);
        c->instructions--;
        c->pc = pc;
        exception_fault(m, EXC_USAGE_FAULT, CFSR_UNDEFINSTR, NULL);
        return;
    }
    g_error("the engine stopped at 0x%08X for an unknown reason: %s, interrupt %d", pc, uc_strerror(err), e->intno);
}

/* Run instructions from m->v->cpu.pc on until a reason to stop comes. */
static void execute(struct engine *e)
{
    struct machine *m = e->m;
    struct cpu_state *c = e->c;
    if (needs_memory_hooks(e))
        e->hook_memory = e->flush_all = true;
    engine_debug_arm(e);
    engine_drop_stale_code(e);
    if (e->dirty)
        engine_registers_in(e);
    e->limit = engine_wanted_limit(e);
    e->left = (int64_t)(e->limit - c->instructions);
    e->override = e->stopped_at_block = false;
    e->idle.watching = false;
    e->idle_begins = IDLE_BEGINS;
    set_limit(e, executed(e));
    e->intno = -1;
    e->block_count = 0;
    e->block_pc = c->pc;
    e->cursor_position = UINT64_MAX;
    e->start = c->instructions;
    e->start_pc = c->pc;
    e->running = true;
    e->known_valid = false;
    e->stale = true;
    if (e->resume_continues) {
        e->split_pc = c->pc;
        e->split_position = c->instructions;
        e->resume_continues = false;
    }
    uc_err err = uc_emu_start(e->uc, c->pc | (c->xpsr & XPSR_T ? 1 : 0), 1, 0, 0);
    e->running = false;
    if (e->ram_kept) {
        memcpy(m->ram.host, e->kept_ram, m->ram.size);
        e->ram_kept = false;
    }
    if (e->override) {
        e->stale = false;
        if (m->fault.pending) {
            m->fault.pending = false;
            exception_fault(m, m->fault.exception, m->fault.cfsr, m->fault.has_address ? &m->fault.address : NULL);
        }
        return;
    }
    if (e->stopped_at_block) {
        c->instructions = e->position;
        return;
    }
    exceptional_stop(e, err);
}

/* The same, and through starts that are no acceptance points. */
static void execute_on(struct engine *e)
{
    do
        execute(e);
    while (e->resume_continues);
}

/* Let time pass without instructions, to t. */
static void skip_to(struct engine *e, ticks_t t)
{
    if (t <= engine_now(e))
        return;
    e->idle_time += t - engine_now(e);
    e->c->time_base = t;
    e->c->time_instructions = e->c->instructions;
}

static bool wakes(struct engine *e)
{
    struct cpu_state *c = e->c;
    if (c->sleeping_for_event && c->event_register) {
        c->event_register = false;
        return true;
    }
    return c->sleeping_for_event ? exception_ready(e->m) != EXC_NONE : exception_wakes(e->m);
}

/* Nothing will ever happen again by itself; the time asked for passes all the same. */
static enum run_result dead(struct engine *e)
{
    if (e->until != TICKS_NEVER)
        skip_to(e, e->until);
    return RUN_DEAD;
}

static enum run_result run(struct machine *m)
{
    struct engine *e = m->engine;
    struct cpu_state *c = e->c;
    for (;;) {
        if (engine_debug_arrived(e))
            return RUN_DEBUG;
        if (m->v->inside_block && m->reset_wanted < 0) {
            /* what comes next is no acceptance point */
            if (e->stop_wanted) {
                e->stop_wanted = false;
                return RUN_STOPPED;
            }
            if (engine_now(e) >= e->until || c->instructions >= e->instruction_goal)
                return RUN_TIME;
            m->v->inside_block = false;
            e->resume_continues = true;
            execute_on(e);
            continue;
        }
        if (m->reset_wanted >= 0)
            machine_apply_reset(m, (enum reset_kind)m->reset_wanted, m->reset_cause);
        if (m->next_due <= engine_now(e)) {
            e->idle_tries = IDLE_TRIES;
            idle_event(&e->idle);
        }
        machine_run_timers(m, engine_now(e));
        if (m->reset_wanted >= 0)
            continue;
        if (m->ears_due) {
            machine_call_ears(m);
            continue;
        }
        if (e->stop_wanted) {
            e->stop_wanted = false;
            return RUN_STOPPED;
        }
        ticks_t now = engine_now(e);
        if (now >= e->until || c->instructions >= e->instruction_goal)
            return RUN_TIME;
        if (c->locked_up && exception_ready(m) == EXC_NMI) {
            engine_own_state(e);
            c->locked_up = false;
            c->pc = 0xFFFFFFFE;
            exception_take(m, EXC_NMI);
            continue;
        }
        bool stall = engine_stalled(m, c->pc, now);
        if (c->locked_up || stall || m->v->held_in_reset) {
            ticks_t next = MIN(m->next_due, e->until);
            if (stall && !c->locked_up && !m->v->held_in_reset)
                next = MIN(next, m->v->stall_until);
            if (m->next_due == TICKS_NEVER && (c->locked_up || m->v->held_in_reset))
                return dead(e);
            skip_to(e, next);
            continue;
        }
        if (c->sleeping) {
            if (wakes(e)) {
                c->sleeping = false;
                nvic_set_deepsleep(m->scs, false);
                continue;
            }
            nvic_set_deepsleep(m->scs, (nvic_scr(m->scs) & SCR_SLEEPDEEP) != 0);
            if (m->reset_wanted >= 0)
                continue;
            if (m->next_due == TICKS_NEVER)
                return dead(e);
            skip_to(e, MIN(m->next_due, e->until));
            continue;
        }
        unsigned exception = nvic_waits_for_mask(m->scs) ? (engine_sync(e), exception_ready(m)) : EXC_NONE;
        if (exception != EXC_NONE) {
            engine_debug_exception(e);
            engine_own_state(e);
            exception_take(m, exception);
            continue;
        }
        execute_on(e);
    }
}

enum run_result machine_run(struct machine *m, ticks_t until)
{
    m->engine->until = until;
    m->engine->instruction_goal = UINT64_MAX / 2;
    return run(m);
}

enum run_result machine_run_instructions(struct machine *m, uint64_t count)
{
    m->engine->until = TICKS_NEVER;
    m->engine->instruction_goal = m->v->cpu.instructions + count;
    return run(m);
}

void machine_stop(struct machine *m)
{
    if (m->engine == NULL)
        return; /* machine_pass_time comes back when it was told to */
    m->engine->stop_wanted = true;
    engine_interrupt(m->engine);
}

uint32_t machine_pc(const struct machine *m)
{
    if (m->engine == NULL)
        return 0;
    return m->engine->in_callback ? m->engine->callback_pc : m->v->cpu.pc;
}

void machine_watch_fetch(struct machine *m, uint32_t address, const char *kind)
{
    struct engine *e = m->engine;
    g_hash_table_insert(e->watches, GUINT_TO_POINTER(address & ~1u), (gpointer)g_intern_string(kind));
    e->flush_all = true;
}

void machine_unwatch_fetch(struct machine *m, uint32_t address)
{
    struct engine *e = m->engine;
    if (g_hash_table_remove(e->watches, GUINT_TO_POINTER(address & ~1u)))
        e->flush_all = true;
}

void machine_set_idle_skipping(struct machine *m, bool on)
{
    m->engine->never_skip = !on;
}

void machine_set_trace(struct machine *m, bool mmio, bool exceptions)
{
    m->trace_mmio = mmio;
    m->trace_exceptions = exceptions;
}
