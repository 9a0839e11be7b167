/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The code that is executed: blocks parsed, hooks set on instructions that need one, translations dropped when code changes. */
#include "emu/core/engine-internal.h"

bool engine_fetch(void *data, uint32_t address, uint16_t *halfword)
{
    struct engine *e = data;
    const struct machine *m = e->m;
    const uint8_t *host;
    if (address - m->flash.base < m->flash.size)
        host = m->flash.host + (address - m->flash.base);
    else if (address - m->ram.base < m->ram.size)
        host = m->ram.host + (address - m->ram.base);
    else if (address - m->flash.alias < m->flash.size)
        host = m->flash.host + (address - m->flash.alias);
    else
        return false;
    memcpy(halfword, host, 2);
    return true;
}

/* Could the block at pc start inside an IT block? Only behind a page boundary or another cut, or where execution was resumed.
 */
static bool may_start_in_it(const struct engine *e, uint32_t pc)
{
    unsigned offset = pc & (PAGE - 1);
    /* 2: behind an instruction that straddles the boundary */
    return offset == 0 || offset == 2 || offset == PAGE - 2 || pc == e->split_pc ||
           (pc == e->start_pc && (e->c->xpsr & XPSR_IT));
}

/* Before a block is executed: the engine forgets ITSTATE when it begins. */
void engine_note_itstate(struct engine *e, uint32_t pc)
{
    e->it_position = UINT64_MAX;
    if (!may_start_in_it(e, pc))
        return;
    uint32_t cpsr = reg_read(e->uc, UC_ARM_REG_CPSR);
    e->itstate = (uint8_t)(((cpsr >> 25) & 3) | ((cpsr >> 8) & 0xFC));
    if (e->itstate != 0) {
        e->it_pc = pc;
        e->it_position = e->position;
    }
}

/* The engine_parsed block that starts at pc; valid until the next call for RAM, until code changes for flash. */
const struct block *engine_parsed(struct engine *e, uint32_t pc)
{
    bool in_it = pc == e->it_pc && (e->position == e->it_position || block_start(e) == e->it_position);
    uint8_t itstate = in_it ? e->itstate : 0;
    struct cached_block *slot = &e->cache[(pc >> 1) % BLOCK_CACHE];
    if (slot->generation == e->generation && slot->block.pc == pc && slot->block.insns[0].itstate == itstate)
        return &slot->block;
    block_scan(&e->scratch, pc, itstate, engine_fetch, e);
    if (in_ram(e->m, pc) || e->scratch.count == 0)
        return &e->scratch;
    struct block_insn *insns = g_renew(struct block_insn, slot->block.insns, e->scratch.count);
    memcpy(insns, e->scratch.insns, e->scratch.count * sizeof insns[0]);
    slot->block = e->scratch;
    slot->block.insns = insns;
    slot->generation = e->generation;
    return &slot->block;
}

bool engine_add_hook(struct engine *e, uint32_t pc)
{
    if (g_hash_table_contains(e->code_hooks, GUINT_TO_POINTER(pc)))
        return false;
    uc_hook hook;
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_CODE, (void *)engine_code_hook, e, (uint64_t)pc, (uint64_t)pc));
    g_hash_table_insert(e->code_hooks, GUINT_TO_POINTER(pc), GSIZE_TO_POINTER(hook));
    return true;
}

bool engine_set_hooks(struct engine *e, const struct block *block, bool misaligned)
{
    bool added = false;
    for (unsigned i = 0; i < block->count; i++) {
        const struct block_insn *insn = &block->insns[i];
        bool checked = insn->alignment_unknown || (misaligned && block_must_be_aligned(&insn->i));
        if (engine_needs_hook(e, insn) || engine_debug_needs_hook(e, insn->pc) || checked ||
            block_ambiguous(block, i, engine_fetch, e))
            added |= engine_add_hook(e, insn->pc);
    }
    return added;
}

static void forget_code(struct engine *e)
{
    e->generation++;
}

static void forget_ram_code(struct engine *e)
{
    g_hash_table_remove_all(e->ram_code);
    memset(e->ram_blocks, 0, sizeof e->ram_blocks);
}

void engine_add_stale(struct engine *e, uint32_t from, uint32_t to)
{
    struct range r = {from, to};
    g_array_append_val(e->stale_code, r);
    engine_interrupt(e);
}

void engine_code_changed(struct engine *e, uint32_t flash_offset, uint32_t length)
{
    struct machine *m = e->m;
    /* a block that ends behind the change may start up to a page before it */
    uint32_t first = flash_offset > PAGE ? flash_offset - PAGE : 0;
    memset(&e->flash_entries[first / 2], 0, (flash_offset + length - first) / 2 * sizeof e->flash_entries[0]);
    memset(&e->alias_entries[first / 2], 0, (flash_offset + length - first) / 2 * sizeof e->alias_entries[0]);
    forget_code(e);
    engine_add_stale(e, m->flash.base + flash_offset, m->flash.base + flash_offset + length);
    engine_add_stale(e, m->flash.alias + flash_offset, m->flash.alias + flash_offset + length);
}

void engine_ram_written(struct engine *e, uint32_t address, uint32_t length)
{
    for (uint32_t page = (address - e->m->ram.base) / PAGE; page <= (address + length - 1 - e->m->ram.base) / PAGE; page++)
        if (e->ram_executable[page]) {
            engine_add_stale(e, address, address + length);
            return;
        }
}

enum { MAX_CODE_HOOKS = 300 };

void engine_forget_hook(struct engine *e, uint32_t address)
{
    const struct machine *m = e->m;
    gpointer hook = g_hash_table_lookup(e->code_hooks, GUINT_TO_POINTER(address));
    if (hook != NULL)
        ENGINE_CHECK(uc_hook_del(e->uc, (uc_hook)GPOINTER_TO_SIZE(hook)));
    g_hash_table_remove(e->code_hooks, GUINT_TO_POINTER(address));
    struct block_entry *table = (struct block_entry *)e->tables[address >> 20];
    if (table != NULL) {
        /* blocks do not cross a page, but for one instruction */
        uint32_t offset = address & 0xFFFFF, first = offset > PAGE ? offset - PAGE : 0;
        memset(&table[first / 2], 0, (offset + 2 - first) / 2 * sizeof table[0]);
    } else if (in_ram(m, address)) {
        forget_ram_code(e);
    }
    engine_add_stale(e, address, address + 2);
}

/* Every call of a hook goes through the list of all hooks, so there must not be many: when there are, all are dropped, and come
   back with the blocks that are still executed. */
static void limit_hooks(struct engine *e)
{
    if (g_hash_table_size(e->code_hooks) <= MAX_CODE_HOOKS + g_hash_table_size(e->debug.armed))
        return;
    GHashTableIter iter;
    gpointer hook;
    g_hash_table_iter_init(&iter, e->code_hooks);
    while (g_hash_table_iter_next(&iter, NULL, &hook))
        ENGINE_CHECK(uc_hook_del(e->uc, (uc_hook)GPOINTER_TO_SIZE(hook)));
    g_hash_table_remove_all(e->code_hooks);
    e->flush_all = true;
}

void engine_drop_stale_code(struct engine *e)
{
    limit_hooks(e);
    for (unsigned i = 0; i < e->stale_code->len; i++) {
        struct range *r = &g_array_index(e->stale_code, struct range, i);
        uc_ctl_remove_cache(e->uc, (uint64_t)r->from, (uint64_t)r->to);
    }
    g_array_set_size(e->stale_code, 0);
    if (e->flush_all) {
        /* not uc_ctl_flush_tb, which clears the whole gigabyte of the engine's code buffer */
        struct machine *m = e->m;
        uc_ctl_remove_cache(e->uc, (uint64_t)m->flash.base, (uint64_t)m->flash.base + m->flash.size);
        uc_ctl_remove_cache(e->uc, (uint64_t)m->flash.alias, (uint64_t)m->flash.alias + m->flash.size);
        uc_ctl_remove_cache(e->uc, (uint64_t)m->ram.base, (uint64_t)m->ram.base + m->ram.size);
        memset(e->flash_entries, 0, e->m->flash.size / 2 * sizeof e->flash_entries[0]);
        memset(e->alias_entries, 0, e->m->flash.size / 2 * sizeof e->alias_entries[0]);
        forget_code(e);
        forget_ram_code(e);
        e->flush_all = false;
    }
}

void engine_make_ram_executable(struct engine *e, uint32_t pc)
{
    uint32_t page = (pc - e->m->ram.base) / PAGE;
    e->ram_executable[page] = 1;
    ENGINE_CHECK(uc_mem_protect(e->uc, e->m->ram.base + page * PAGE, PAGE, UC_PROT_ALL));
}
