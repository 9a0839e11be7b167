/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a debugger stops the CPU. A breakpoint and the end of a step are hooks on one instruction; watchpoints are memory hooks
 * over a range, which make the engine take the slow way for every access, so they go when they are not wanted.
 *
 * What is wanted is compared with what is hooked when the engine starts: debuggers take all breakpoints out at each stop, and
 * put them back.
 */
#include "emu/core/engine-internal.h"

/* The largest distance between the accesses of one instruction: LDM and STM of 15 registers. */
enum { MULTIPLE = 60 };

void engine_debug_init(struct engine *e)
{
    struct debugging *d = &e->debug;
    d->breakpoints = g_hash_table_new(NULL, NULL);
    d->armed = g_hash_table_new(NULL, NULL);
    d->watchpoints = g_array_new(FALSE, FALSE, sizeof(struct watchpoint));
    d->armed_watchpoints = g_array_new(FALSE, FALSE, sizeof(struct watchpoint));
    d->memory_hooks = g_array_new(FALSE, FALSE, sizeof(uc_hook));
    d->goal = UINT64_MAX;
    d->skip_position = UINT64_MAX;
    d->step_hooks = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void engine_debug_free(struct engine *e)
{
    g_hash_table_destroy(e->debug.breakpoints);
    g_hash_table_destroy(e->debug.armed);
    g_array_free(e->debug.watchpoints, TRUE);
    g_array_free(e->debug.armed_watchpoints, TRUE);
    g_array_free(e->debug.memory_hooks, TRUE);
    g_array_free(e->debug.step_hooks, TRUE);
}

/* ---- what is wanted ---- */

void debug_add_breakpoint(struct machine *m, uint32_t address)
{
    struct debugging *d = &m->engine->debug;
    gpointer key = GUINT_TO_POINTER(address & ~1u);
    g_hash_table_insert(d->breakpoints, key, GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(d->breakpoints, key)) + 1));
    d->changed = true;
}

void debug_remove_breakpoint(struct machine *m, uint32_t address)
{
    struct debugging *d = &m->engine->debug;
    gpointer key = GUINT_TO_POINTER(address & ~1u);
    unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(d->breakpoints, key));
    if (count > 1)
        g_hash_table_insert(d->breakpoints, key, GUINT_TO_POINTER(count - 1));
    else
        g_hash_table_remove(d->breakpoints, key);
    d->changed = true;
}

void debug_add_watchpoint(struct machine *m, uint32_t address, uint32_t size, unsigned accesses)
{
    struct watchpoint w = {address, size, accesses};
    g_array_append_val(m->engine->debug.watchpoints, w);
    m->engine->debug.changed = true;
}

static bool same_watchpoint(const struct watchpoint *a, const struct watchpoint *b)
{
    return a->address == b->address && a->size == b->size && a->accesses == b->accesses;
}

void debug_remove_watchpoint(struct machine *m, uint32_t address, uint32_t size, unsigned accesses)
{
    GArray *all = m->engine->debug.watchpoints;
    struct watchpoint w = {address, size, accesses};
    for (unsigned i = 0; i < all->len; i++)
        if (same_watchpoint(&g_array_index(all, struct watchpoint, i), &w)) {
            g_array_remove_index(all, i);
            m->engine->debug.changed = true;
            return;
        }
}

void debug_stop_at_bkpt(struct machine *m, bool on)
{
    m->engine->debug.stop_at_bkpt = on;
}

/* ---- hooks ---- */

bool engine_debug_needs_hook(const struct engine *e, uint32_t pc)
{
    return g_hash_table_size(e->debug.armed) != 0 && g_hash_table_contains(e->debug.armed, GUINT_TO_POINTER(pc));
}

static void arm_breakpoints(struct engine *e)
{
    struct debugging *d = &e->debug;
    GHashTableIter iter;
    gpointer address;
    g_hash_table_iter_init(&iter, d->armed);
    while (g_hash_table_iter_next(&iter, &address, NULL))
        if (!g_hash_table_contains(d->breakpoints, address)) {
            g_hash_table_iter_remove(&iter);
            engine_forget_hook(e, GPOINTER_TO_UINT(address));
        }
    g_hash_table_iter_init(&iter, d->breakpoints);
    while (g_hash_table_iter_next(&iter, &address, NULL))
        if (g_hash_table_add(d->armed, address))
            engine_forget_hook(e, GPOINTER_TO_UINT(address));
}

/* The first watched byte that an access reaches. */
static bool watched(const struct engine *e, uint32_t address, uint32_t size, unsigned access, uint32_t *byte)
{
    const GArray *all = e->debug.watchpoints;
    for (unsigned i = 0; i < all->len; i++) {
        const struct watchpoint *w = &g_array_index(all, struct watchpoint, i);
        uint64_t from = MAX(address, w->address);
        if ((w->accesses & access) != 0 && from < MIN((uint64_t)address + size, (uint64_t)w->address + w->size)) {
            *byte = (uint32_t)from;
            return true;
        }
    }
    return false;
}

static void stop_before(struct engine *e, const struct block_insn *insn, uint64_t position, struct debug_stop stop)
{
    engine_precise_stop(e, position);
    e->c->pc = insn->pc;
    engine_set_itstate(e->c, insn->itstate);
    stop.pc = insn->pc;
    e->debug.stop = stop;
    e->debug.stopped = true;
    e->m->v->inside_block = true;
    e->activity++;
}

static bool skipped(const struct engine *e, uint32_t pc, uint64_t position)
{
    return pc == e->debug.skip_pc && position == e->debug.skip_position;
}

bool engine_debug_accesses(struct engine *e, const struct block_insn *insn, uint32_t address, uint32_t size, unsigned access)
{
    uint32_t byte;
    if (e->debug.armed_watchpoints->len == 0 || !watched(e, address, size, access, &byte) || skipped(e, insn->pc, e->position))
        return false;
    stop_before(e, insn, e->position, (struct debug_stop){.kind = DEBUG_WATCHPOINT, .address = byte, .access = access});
    return true;
}

/* All bytes that an instruction accesses, of which address is the first; 0: this is a later access of it. */
static uint32_t extent(struct engine *e, const struct block_insn *insn, uint32_t address, uint32_t size)
{
    switch (insn->i.kind) {
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
        size = 8;
        break;
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        size = 4 * (uint32_t)__builtin_popcount(insn->i.reg_list);
        break;
    default:
        return size;
    }
    /* a later one may find the base register loaded already */
    return address == block_address(insn, engine_core_register, e) ? size : 0;
}

static void memory_hook(uc_engine *uc, uc_mem_type type, uint64_t at, int length, int64_t value, void *data)
{
    (void)uc;
    (void)value;
    struct engine *e = data;
    uint32_t address = (uint32_t)at, size = (uint32_t)length, byte, word;
    if (e->override || e->debug.watchpoints->len == 0)
        return;
    struct block_access access = {address, size, type == UC_MEM_WRITE};
    bool last;
    unsigned index, bit, kind = access.write ? DEBUG_WRITE : DEBUG_READ;
    const struct block_insn *insn = engine_find_access(e, &access, &last, &index);
    if (insn == NULL)
        return; /* one of the pieces of an unaligned access, which was seen whole */
    if (engine_band_target(e->m, address, &word, &bit)) {
        address = word + bit / 8;
        size = 1;
    } else {
        size = extent(e, insn, address, size);
    }
    uint64_t position = block_start(e) + index;
    if (!watched(e, address, size, kind, &byte) || skipped(e, insn->pc, position))
        return;
    engine_keep_ram(e);
    stop_before(e, insn, position, (struct debug_stop){.kind = DEBUG_WATCHPOINT, .address = byte, .access = kind});
}

static void hook_memory(struct engine *e, uint64_t from, uint64_t to)
{
    uc_hook hook;
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, (void *)memory_hook, e, from, to));
    g_array_append_val(e->debug.memory_hooks, hook);
}

static void arm_watchpoints(struct engine *e)
{
    struct debugging *d = &e->debug;
    bool same = d->watchpoints->len == d->armed_watchpoints->len;
    for (unsigned i = 0; same && i < d->watchpoints->len; i++)
        same = same_watchpoint(&g_array_index(d->watchpoints, struct watchpoint, i),
                               &g_array_index(d->armed_watchpoints, struct watchpoint, i));
    /* a debugger steps over the access without its watchpoints, and then wants them back */
    if (same || (d->stepping && d->watchpoints->len == 0))
        return;
    for (unsigned i = 0; i < d->memory_hooks->len; i++)
        ENGINE_CHECK(uc_hook_del(e->uc, g_array_index(d->memory_hooks, uc_hook, i)));
    g_array_set_size(d->memory_hooks, 0);
    g_array_set_size(d->armed_watchpoints, 0);
    for (unsigned i = 0; i < d->watchpoints->len; i++) {
        const struct watchpoint *w = &g_array_index(d->watchpoints, struct watchpoint, i);
        g_array_append_val(d->armed_watchpoints, *w);
        /* the first access of each instruction that reaches it must be seen */
        uint64_t from = w->address > MULTIPLE ? w->address - MULTIPLE : 0;
        hook_memory(e, from, MIN((uint64_t)w->address + w->size + MULTIPLE, UINT32_MAX));
        for (unsigned k = 0; k < e->m->bit_bands->len; k++) {
            const struct bit_band *b = &g_array_index(e->m->bit_bands, struct bit_band, k);
            uint64_t first = MAX(w->address, b->base), end = MIN((uint64_t)w->address + w->size, (uint64_t)b->base + b->size);
            if (first < end)
                hook_memory(e, b->alias + (first - b->base) * 32, b->alias + (end - b->base) * 32 - 1);
        }
    }
    e->flush_all = true; /* the translations of loads and stores depend on whether there is any such hook */
}

void engine_debug_arm(struct engine *e)
{
    struct debugging *d = &e->debug;
    if (d->goal == UINT64_MAX) {
        for (unsigned i = 0; i < d->step_hooks->len; i++)
            engine_forget_hook(e, g_array_index(d->step_hooks, uint32_t, i));
        g_array_set_size(d->step_hooks, 0);
    }
    if (!d->changed)
        return;
    arm_breakpoints(e);
    arm_watchpoints(e);
    d->changed = d->watchpoints->len != d->armed_watchpoints->len;
}

/* ---- stops ---- */

bool engine_debug_reached(struct engine *e, const struct block_insn *insn, uint64_t position)
{
    const struct debugging *d = &e->debug;
    if (g_hash_table_size(d->breakpoints) != 0 && g_hash_table_contains(d->breakpoints, GUINT_TO_POINTER(insn->pc)) &&
        !skipped(e, insn->pc, position)) {
        stop_before(e, insn, position, (struct debug_stop){.kind = DEBUG_BREAKPOINT});
        return true;
    }
    if (position < d->goal)
        return false;
    stop_before(e, insn, position, (struct debug_stop){.kind = DEBUG_STEPPED});
    return true;
}

bool engine_debug_block(struct engine *e, uint32_t pc, const struct block_entry *entry, bool *new_hook)
{
    struct debugging *d = &e->debug;
    if (e->position >= d->goal) {
        d->stop = (struct debug_stop){.kind = DEBUG_STEPPED, .pc = pc};
        d->stopped = true;
        return true;
    }
    if (d->goal - e->position >= entry->count)
        return false;
    /* in an IT block the engine calls the hooks of those instructions only whose condition holds */
    const struct block *block = engine_parsed(e, pc);
    for (unsigned i = (unsigned)(d->goal - e->position); i < block->count; i++) {
        const struct block_insn *insn = &block->insns[i];
        if (engine_add_hook(e, insn->pc)) {
            g_array_append_val(d->step_hooks, insn->pc);
            *new_hook = true;
        }
        if (insn->itstate == 0)
            break;
    }
    return false;
}

static void end_step(struct debugging *d)
{
    d->stepping = d->serving = false;
    d->goal = UINT64_MAX;
}

static uint32_t *stack_in_use(struct engine *e)
{
    return on_psp(e) ? &e->c->psp : &e->c->msp;
}

/* Is the step over, or the interrupt that came before it? */
static void look_at_step(struct engine *e)
{
    struct debugging *d = &e->debug;
    const struct cpu_state *c = e->c;
    if (d->serving) {
        engine_sync(e);
        if (c->pc != d->step_pc || (c->xpsr & 0x1FF) != d->return_exception || *stack_in_use(e) != d->return_sp)
            return;
        d->serving = false;
        d->step_from = c->instructions;
        d->goal = c->instructions + 1;
        return;
    }
    if (c->instructions < d->goal && (c->instructions != d->step_from || c->pc == d->step_pc))
        return;
    d->stop = (struct debug_stop){.kind = DEBUG_STEPPED, .pc = c->pc};
    d->stopped = true;
}

bool engine_debug_arrived(struct engine *e)
{
    struct debugging *d = &e->debug;
    if (d->stepping && !d->stopped)
        look_at_step(e);
    if (!d->stopped)
        return false;
    end_step(d);
    d->stopped = false;
    debug_hold(e->m);
    return true;
}

void engine_debug_exception(struct engine *e)
{
    struct debugging *d = &e->debug;
    if (!d->stepping || d->into_interrupts || d->serving)
        return;
    engine_sync(e);
    d->serving = true;
    d->goal = UINT64_MAX;
    d->step_pc = e->c->pc;
    d->return_exception = e->c->xpsr & 0x1FF;
    d->return_sp = *stack_in_use(e);
}

bool engine_debug_bkpt(struct engine *e)
{
    if (!e->debug.stop_at_bkpt)
        return false;
    e->debug.stop = (struct debug_stop){.kind = DEBUG_BKPT, .pc = e->c->pc};
    e->debug.stopped = true;
    e->m->v->inside_block = true;
    return true;
}

void engine_debug_moved(struct engine *e)
{
    e->debug.skip_position = UINT64_MAX;
    if (e->debug.serving)
        end_step(&e->debug);
}

struct debug_stop debug_take_stop(struct machine *m)
{
    struct debug_stop stop = m->engine->debug.stop;
    m->engine->debug.stop = (struct debug_stop){0};
    return stop;
}

void debug_hold(struct machine *m)
{
    m->engine->debug.skip_pc = m->v->cpu.pc;
    m->engine->debug.skip_position = m->v->cpu.instructions;
}

void debug_step(struct machine *m, bool into_interrupts)
{
    struct debugging *d = &m->engine->debug;
    d->stepping = true;
    d->serving = false;
    d->into_interrupts = into_interrupts;
    d->step_from = m->v->cpu.instructions;
    d->step_pc = m->v->cpu.pc;
    d->goal = d->step_from + 1;
}

void debug_cancel_step(struct machine *m)
{
    end_step(&m->engine->debug);
}

/* ---- registers ---- */

uint32_t debug_register(struct machine *m, unsigned reg)
{
    struct engine *e = m->engine;
    engine_sync(e);
    const struct cpu_state *c = e->c;
    switch (reg) {
    case DEBUG_SP:
        return *stack_in_use(e);
    case DEBUG_LR:
        return c->lr;
    case DEBUG_PC:
        return c->pc;
    case DEBUG_XPSR:
        return c->xpsr;
    case DEBUG_MSP:
        return c->msp;
    case DEBUG_PSP:
        return c->psp;
    case DEBUG_PRIMASK:
        return c->primask;
    case DEBUG_BASEPRI:
        return c->basepri;
    case DEBUG_FAULTMASK:
        return c->faultmask;
    case DEBUG_CONTROL:
        return c->control;
    default:
        return reg < 13 ? c->r[reg] : 0;
    }
}

static void set_pc(struct engine *e, uint32_t value)
{
    struct cpu_state *c = e->c;
    c->pc = value & ~1u;
    engine_set_itstate(c, 0);
    e->m->v->inside_block = false;
    e->debug.skip_position = UINT64_MAX;
    c->locked_up = false;
    if (c->sleeping) {
        c->sleeping = false;
        nvic_set_deepsleep(e->m->scs, false);
    }
}

static void set_control(struct engine *e, uint32_t value)
{
    e->c->control = exception_in_handler(e->m) ? value & CONTROL_NPRIV : value & 3;
    if ((e->c->control & CONTROL_NPRIV) && !e->hook_system)
        e->hook_system = e->flush_all = true;
}

void debug_set_register(struct machine *m, unsigned reg, uint32_t value)
{
    struct engine *e = m->engine;
    engine_own_state(e);
    struct cpu_state *c = e->c;
    switch (reg) {
    case DEBUG_SP:
        *stack_in_use(e) = value & ~3u;
        break;
    case DEBUG_LR:
        c->lr = value;
        break;
    case DEBUG_PC:
        if ((value & ~1u) != c->pc)
            set_pc(e, value);
        break;
    case DEBUG_XPSR:
        c->xpsr = (c->xpsr & 0x1FF) | (value & ((uint32_t)XPSR_FLAGS | XPSR_IT | XPSR_T));
        break;
    case DEBUG_MSP:
        c->msp = value & ~3u;
        break;
    case DEBUG_PSP:
        c->psp = value & ~3u;
        break;
    case DEBUG_PRIMASK:
        c->primask = value & 1;
        break;
    case DEBUG_BASEPRI:
        c->basepri = value & 0xF0;
        break;
    case DEBUG_FAULTMASK:
        c->faultmask = value & 1;
        break;
    case DEBUG_CONTROL:
        set_control(e, value);
        break;
    default:
        if (reg < 13)
            c->r[reg] = value;
        break;
    }
}
