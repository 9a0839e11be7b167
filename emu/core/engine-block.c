/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Before each basic block: instructions are counted, and at acceptance points everything that may be due is looked at. */
#include "emu/core/engine-internal.h"

static bool in_flash(const struct machine *m, uint32_t address)
{
    return address - m->flash.base < m->flash.size || address - m->flash.alias < m->flash.size;
}

/* Busy flash holds up code in it, and, since an exception may come, all code while the vectors are there. */
bool engine_stalled(const struct machine *m, uint32_t pc, ticks_t now)
{
    return m->v->stall_until > now && (in_flash(m, pc) || in_flash(m, nvic_vtor(m->scs))) &&
           !machine_mutated(m, MUTATION_INTERRUPT_DURING_STALL);
}

/* Everything that can end execution at an acceptance point. Time and timers are up to date. */
static bool must_stop(struct engine *e)
{
    struct machine *m = e->m;
    if (m->reset_wanted >= 0 || e->stop_wanted || e->stale_code->len > 0 || e->flush_all || needs_memory_hooks(e) ||
        m->ears_due)
        return true;
    ticks_t now = engine_now(e);
    if (now >= e->until || e->position >= e->instruction_goal || engine_stalled(m, e->callback_pc, now))
        return true;
    if (!nvic_waits_for_mask(m->scs))
        return false;
    engine_read_masks(e);
    return exception_ready(m) != EXC_NONE;
}

static struct block_entry entry_for(const struct block *block)
{
    return (struct block_entry){(uint16_t)block->count,
                                (uint16_t)(block->bytes | (block->aligned_registers != 0 ? CHECK_ALIGNMENT : 0))};
}

/* Are the addresses that must be multiples of 4 so, as far as registers at the block's start decide it? */
static bool aligned(struct engine *e, uint32_t pc)
{
    uint32_t bits = 0;
    for (uint32_t registers = engine_parsed(e, pc)->aligned_registers; registers != 0; registers &= registers - 1)
        bits |= engine_core_register(e, (unsigned)__builtin_ctz(registers));
    return (bits & 3) == 0;
}

/* stale: the translation that is about to run is of older code, or lacks a hook. */
static struct block_entry ram_entry(struct engine *e, uint32_t pc, bool *stale)
{
    struct machine *m = e->m;
    struct ram_block **first = &e->ram_blocks[(pc >> 1) % G_N_ELEMENTS(e->ram_blocks)];
    struct ram_block *r = *first;
    if (r == NULL || r->pc != pc)
        r = *first = g_hash_table_lookup(e->ram_code, GUINT_TO_POINTER(pc));
    uint32_t offset = pc - m->ram.base;
    const uint8_t *host = m->ram.host + offset;
    if (r != NULL && r->length <= m->ram.size - offset && memcmp(r->code, host, r->length) == 0)
        return r->entry;
    *stale = r != NULL;
    const struct block *block = engine_parsed(e, pc);
    *stale |= engine_set_hooks(e, block, false);
    struct block_entry entry = entry_for(block);
    uint32_t length = MIN(block->bytes, m->ram.size - offset);
    r = g_malloc0(sizeof *r + length);
    r->pc = pc;
    r->entry = entry;
    r->length = length;
    memcpy(r->code, host, length);
    g_hash_table_replace(e->ram_code, GUINT_TO_POINTER(pc), r); /* frees the old one */
    *first = r;
    return entry;
}

static struct block_entry entry_of(struct engine *e, uint32_t pc, bool *new_hooks)
{
    *new_hooks = false;
    struct block_entry *table = (struct block_entry *)e->tables[pc >> 20];
    if (table != NULL) {
        struct block_entry *entry = &table[(pc & 0xFFFFF) >> 1];
        if (entry->count == 0) {
            const struct block *block = engine_parsed(e, pc);
            *new_hooks = engine_set_hooks(e, block, false);
            *entry = entry_for(block);
            if (g_hash_table_contains(e->watches, GUINT_TO_POINTER(pc)) || e->it_position == e->position)
                entry->bytes = UINT16_MAX; /* always the slow path */
        }
        return entry->bytes == UINT16_MAX ? entry_for(engine_parsed(e, pc)) : *entry;
    }
    if (in_ram(e->m, pc))
        return ram_entry(e, pc, new_hooks);
    return entry_for(engine_parsed(e, pc));
}

static void stop_here(struct engine *e, uint32_t pc)
{
    e->stopped_at_block = true;
    e->c->pc = pc;
    if (!(reg_read(e->uc, UC_ARM_REG_CPSR) & CPSR_T))
        e->c->xpsr &= ~(uint32_t)XPSR_T; /* a branch to an even address: the next start must know */
    uc_emu_stop(e->uc);
}

/* Instructions in [pc, pc + size), for a block that the engine cut. */
static unsigned count_in(struct engine *e, uint32_t pc, uint32_t size)
{
    const struct block *block = engine_parsed(e, pc);
    unsigned count = 0;
    while (count < block->count && block->insns[count].pc < pc + size)
        count++;
    return count;
}

static void idle_registers(struct engine *e, uint32_t registers[IDLE_REGISTERS])
{
    for (unsigned i = 0; i < 15; i++)
        registers[i] = reg_read(e->uc, engine_core_registers[i]);
    registers[15] = reg_read(e->uc, UC_ARM_REG_CPSR);
    registers[16] = reg_read(e->uc, UC_ARM_REG_PRIMASK);
    registers[17] = reg_read(e->uc, UC_ARM_REG_BASEPRI);
    registers[18] = reg_read(e->uc, UC_ARM_REG_FAULTMASK);
    registers[19] = reg_read(e->uc, on_psp(e) ? UC_ARM_REG_MSP : UC_ARM_REG_PSP);
}

/* At an acceptance point, before the block at pc: follow an idle loop, and skip its rounds up to the next event; true if that
   moved time on. */
static bool skip_idle(struct engine *e, uint32_t pc)
{
    struct idle *idle = &e->idle;
    const struct memory *ram = &e->m->ram;
    uint32_t registers[IDLE_REGISTERS];
    if (idle->watching && e->activity != idle->activity)
        idle->watching = false;
    if (idle->watching && pc == idle->head && e->position > idle->position) {
        idle_registers(e, registers);
        uint64_t round = e->position - idle->position, limit = engine_limit_until(e, e->idle_until);
        bool same = idle_round(idle, registers, ram->host, ram->size, &idle->watching);
        if (same) {
            if (limit < e->position + round)
                return false;
            uint64_t skipped = (limit - e->position) / round * round;
            ticks_t before = engine_time_of(e, e->position);
            e->limit += skipped; /* executed() moves on by as much */
            e->position += skipped;
            e->idle_time += engine_time_of(e, e->position) - before;
            return true;
        }
    }
    if (!idle->watching && (e->idle_begins > 0 || idle_seeks(idle)) && e->idle_tries > 0 && !e->never_skip &&
        idle_wanted(idle, pc)) {
        e->idle_begins -= e->idle_begins > 0;
        e->idle_tries--;
        idle_registers(e, registers);
        e->idle_until = TICKS_NEVER;
        idle_begin(idle, pc, e->position, e->activity, registers, registers[13], ram->host, ram->base, ram->size);
    }
    if (idle->watching && !idle_add(idle, engine_parsed(e, pc), ram->host, ram->size))
        idle->watching = false;
    return false;
}

static void G_GNUC_NO_INLINE block_slow(struct engine *e, uint32_t pc, uint32_t size)
{
    if (e->override || e->stopped_at_block) {
        uc_emu_stop(e->uc);
        return;
    }
    e->position = executed(e);
    e->in_callback = true;
    e->callback_pc = pc;
    bool continuation = pc == e->split_pc && e->position == e->split_position;
    engine_note_itstate(e, pc);
    bool new_hooks;
    struct block_entry entry = entry_of(e, pc, &new_hooks);
    if ((entry.bytes & CHECK_ALIGNMENT) && !aligned(e, pc))
        new_hooks |= engine_set_hooks(e, engine_parsed(e, pc), true);
    entry.bytes &= (uint16_t)~CHECK_ALIGNMENT;
    if (e->debug.goal != UINT64_MAX && engine_debug_block(e, pc, &entry, &new_hooks)) {
        stop_here(e, pc);
        e->m->v->inside_block = continuation;
        e->in_callback = false;
        return;
    }
    if (new_hooks) {
        engine_add_stale(e, pc, pc + MAX(size, 2));
        stop_here(e, pc);
        /* going on at a place that is no acceptance point must not make it one */
        e->resume_continues = continuation;
        e->in_callback = false;
        return;
    }
    if (!continuation && (e->left <= 0 || g_hash_table_size(e->watches) > 0)) {
        const char *watch = g_hash_table_size(e->watches) ? g_hash_table_lookup(e->watches, GUINT_TO_POINTER(pc)) : NULL;
        if (watch != NULL && !e->m->v->watch_seen) {
            e->activity++;
            machine_publish(e->m, watch, FIELD_HEX("pc", pc));
        }
        e->m->v->watch_seen = watch != NULL;
        do {
            e->attention = false;
            if (e->m->next_due <= engine_now(e)) {
                machine_run_timers(e->m, engine_now(e));
                e->idle_tries = IDLE_TRIES;
                e->idle_begins = IDLE_BEGINS;
                idle_event(&e->idle);
            }
            if (must_stop(e)) {
                stop_here(e, pc);
                e->in_callback = false;
                return;
            }
        } while (skip_idle(e, pc));
        e->m->v->watch_seen = false;
        bool each_block = e->idle.watching || (idle_seeks(&e->idle) && e->idle_tries > 0) || nvic_waits_for_mask(e->m->scs) ||
                          e->m->v->stall_until > engine_now(e); /* RAM may call flash */
        set_limit(e, each_block ? e->position : engine_wanted_limit(e));
    }
    unsigned count = entry.count;
    if (entry.bytes != size && size != 0) {
        count = count_in(e, pc, size);
        e->split_pc = pc + size;
        e->split_position = e->position + count;
    }
    e->left -= count;
    e->block_pc = pc;
    e->block_count = count;
    e->in_callback = false;
}

/* What the fast path leaves: alignment to be checked, or something to be looked at. */
static void G_GNUC_NO_INLINE block_checked(struct engine *e, uint32_t pc, uint32_t size)
{
    const struct block_entry *entry = e->tables[pc >> 20];
    if (entry != NULL && e->left > 0) {
        entry += (pc & 0xFFFFF) >> 1;
        if (entry->bytes == (size | CHECK_ALIGNMENT) && aligned(e, pc)) {
            e->left -= entry->count;
            e->block_pc = pc;
            e->block_count = entry->count;
            return;
        }
    }
    block_slow(e, pc, size);
}

/* Before every block: the hottest code of the emulator, kept free of calls. */
void engine_block_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
    (void)uc;
    struct engine *e = data;
    uint32_t pc = (uint32_t)address;
    const struct block_entry *entry = e->tables[pc >> 20];
    if (G_LIKELY(entry != NULL)) {
        entry += (pc & 0xFFFFF) >> 1;
        if (G_LIKELY(entry->bytes == size && e->left > 0)) {
            e->left -= entry->count;
            e->block_pc = pc;
            e->block_count = entry->count;
            return;
        }
    }
    block_checked(e, pc, size);
}
