/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and stores that reach no plain memory: devices, the bit-band aliases, flash, and nothing. */
#include "emu/core/engine-internal.h"

#include <string.h>

#include "emu/core/dwt.h"
#include "emu/core/time-read.h"

void engine_keep_ram(struct engine *e)
{
    const struct memory *ram = &e->m->ram;
    if (e->kept_ram == NULL)
        e->kept_ram = g_malloc(ram->size);
    memcpy(e->kept_ram, ram->host, ram->size);
    e->ram_kept = true;
}

const struct block_insn *engine_find_access(struct engine *e, const struct block_access *access, bool *last, unsigned *index)
{
    const struct block *block = engine_parsed(e, e->block_pc);
    uint64_t start = block_start(e);
    unsigned from = e->cursor_position == start ? e->cursor : 0;
    int found = block_locate(block, from, access, engine_core_register, engine_fetch, e, last);
    if (found < 0 && from > 0)
        found = block_locate(block, 0, access, engine_core_register, engine_fetch, e, last);
    if (found < 0)
        return NULL;
    *index = (unsigned)found;
    e->cursor_position = start;
    e->cursor = *index + (*last ? 1 : 0);
    return &block->insns[found];
}

/* Find the instruction under way, and set the exact time and PC. NULL if it cannot be told (never seen). */
static const struct block_insn *begin_access(struct engine *e, const struct block_access *access, bool *last)
{
    unsigned index;
    const struct block_insn *insn = engine_find_access(e, access, last, &index);
    uint64_t start = block_start(e);
    e->activity++;
    e->in_callback = true;
    if (insn == NULL) {
        g_debug("no instruction of the block at 0x%08X accesses 0x%08X", e->block_pc, access->address);
        e->position = start;
        e->callback_pc = e->block_pc;
        *last = true;
        if (e->checking)
            engine_check_access(e, 0);
        return NULL;
    }
    if (e->checking)
        engine_check_access(e, insn->pc);
    e->position = start + index;
    e->callback_pc = insn->pc;
    machine_run_timers(e->m, engine_now(e));
    return insn;
}

/* Stop behind a load or store; what it loads is not known. */
static void stop_behind_access(struct engine *e, const struct block_insn *insn)
{
    uint32_t base = block_base_after(insn, engine_core_register, e);
    engine_precise_stop(e, e->position + 1);
    if (insn->i.writeback) {
        if (insn->i.rn == 13)
            *(on_psp(e) ? &e->c->psp : &e->c->msp) = base;
        else if (insn->i.rn < 13)
            e->c->r[insn->i.rn] = base;
        else
            e->c->lr = base;
    }
    engine_stop_behind(e, insn);
}

/* Something may have become pending by a store: take it right behind the instruction, if the engine can stop there. */
static void end_store(struct engine *e, const struct block_insn *insn, bool last)
{
    if (e->attention && insn != NULL && last && insn->itstate == 0 && !e->override) {
        engine_read_masks(e);
        struct machine *m = e->m;
        if (m->reset_wanted >= 0 || m->v->stall_until > engine_now(e) || e->stale_code->len > 0 || needs_memory_hooks(e) ||
            exception_ready(m) != EXC_NONE) {
            stop_behind_access(e, insn);
        }
    }
    e->in_callback = false;
}

/* The private peripheral bus is closed to unprivileged code, but for STIR if CCR.USERSETMPEND. */
static bool access_allowed(const struct engine *e, uint32_t address)
{
    if (address < 0xE0000000 || !unprivileged(e))
        return true;
    return address - e->m->scs->base == 0xF00 && (nvic_ccr(e->m->scs) & CCR_USERSETMPEND);
}

/* A data access that nothing answers; true if the handler that runs is one that ignores it (CCR.BFHFNMIGN). */
static bool bus_error(struct engine *e, const struct block_insn *insn, uint32_t address)
{
    struct device *scs = e->m->scs;
    if (insn == NULL)
        return true;
    engine_read_masks(e);
    if ((nvic_ccr(scs) & CCR_BFHFNMIGN) && nvic_execution_priority(scs, e->c) < 0) {
        nvic_add_fault(scs, CFSR_PRECISERR, 0);
        nvic_set_fault_address(scs, EXC_BUS_FAULT, address);
        return true;
    }
    engine_stop_for_fault(e, insn, EXC_BUS_FAULT, CFSR_PRECISERR, &address);
    if (insn->itstate != 0)
        engine_keep_ram(e);
    return false;
}

static void trace_access(struct engine *e, uint32_t address, unsigned size, bool write, uint32_t value)
{
    char name[48];
    machine_publish(e->m, "mmio", FIELD_STRING("op", write ? "write" : "read"),
                    FIELD_STRING("register", machine_register_name(e->m, address, name, sizeof name)),
                    FIELD_HEX("address", address), FIELD_INT("size", size), FIELD_HEX("value", value),
                    FIELD_HEX("pc", e->callback_pc));
}

/* A guest that reads the same register at the same place without end is told why. */
static void watch_polling(struct engine *e, struct device *dev, uint32_t address, uint32_t value)
{
    struct machine_value *v = e->m->v;
    if (address != v->polling.address || e->callback_pc != v->polling.pc || value != v->polling.value) {
        v->polling.address = address;
        v->polling.pc = e->callback_pc;
        v->polling.value = value;
        v->polling.count = 0;
        v->polling.since = engine_now(e);
        return;
    }
    if (++v->polling.count < 20000 || engine_now(e) - v->polling.since < 500 * TICKS_PER_MS)
        return;
    v->polling.count = 0;
    unsigned reg = dev->wiring->reg_of_word != NULL && dev->class->n_registers > 0
                       ? dev->wiring->reg_of_word[(address - dev->base) / 4]
                       : NO_REGISTER;
    const char *why = reg != NO_REGISTER && dev->class->explain != NULL ? dev->class->explain(dev, reg) : NULL;
    if (why == NULL)
        return;
    char name[48];
    machine_report(e->m, "stuck", "polling %s: %s", machine_register_name(e->m, address, name, sizeof name), why);
}

static bool plain_word(void *data, uint32_t address, uint32_t *value)
{
    const struct machine *m = data;
    const struct memory *memory = address - m->ram.base < m->ram.size ? &m->ram : &m->flash;
    uint32_t offset = address - memory->base;
    if (offset >= memory->size && memory == &m->flash)
        offset = address - memory->alias;
    if (offset >= memory->size || (address & 3) != 0)
        return false;
    memcpy(value, memory->host + offset, 4);
    return true;
}

/* Would a read of the cycle counter, at any time until the next event, lead to the same? */
static bool time_read(struct engine *e, const struct device *dev, uint32_t offset, const struct block_insn *insn,
                      uint32_t value)
{
    ticks_t end = MIN(e->m->next_due, e->until);
    if (!e->idle.watching || dev->class != &armv7m_dwt_class || offset != DWT_CYCCNT_OFFSET || insn == NULL ||
        insn->i.kind != THUMB_LOAD || insn->i.writeback || insn->i.size != 4 || insn->itstate != 0 || end == TICKS_NEVER ||
        e->m->trace_mmio)
        return false;
    ticks_t now = engine_now(e);
    /* A skipped read is before the event; a cycle may have begun already. */
    uint64_t cycles = (end > now ? frequency_edges(e->c->clock, end - now) : 0) + 1;
    if (cycles > UINT32_MAX - value)
        return false;
    uint32_t registers[15];
    for (unsigned i = 0; i < 15; i++)
        registers[i] = engine_core_register(e, i);
    const struct block *block = engine_parsed(e, e->block_pc);
    unsigned behind = (unsigned)(insn - block->insns) + 1;
    if (!time_read_is_harmless(insn + 1, block->count - behind, insn->i.rt, value, value + (uint32_t)cycles, registers,
                               plain_word, e->m))
        return false;
    e->idle_until = MIN(e->idle_until, end);
    return true;
}

static uint64_t mmio_read(uc_engine *uc, uint64_t offset, unsigned size, void *data)
{
    (void)uc;
    struct device *dev = data;
    struct engine *e = dev->machine->engine;
    if (e->override)
        return 0;
    struct block_access access = {dev->base + (uint32_t)offset, size, false};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    uint32_t value = 0;
    bool ok = access_allowed(e, access.address) && device_bus_read(dev, (uint32_t)offset & ~(size - 1), size, &value, true);
    if (!ok)
        bus_error(e, insn, access.address);
    if (e->m->trace_mmio)
        trace_access(e, access.address, size, false, value);
    watch_polling(e, dev, access.address, value);
    if (ok && time_read(e, dev, (uint32_t)offset, insn, value))
        e->activity--; /* it counts as none */
    e->in_callback = false;
    return value;
}

static void mmio_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *data)
{
    (void)uc;
    struct device *dev = data;
    struct engine *e = dev->machine->engine;
    if (e->override)
        return;
    struct block_access access = {dev->base + (uint32_t)offset, size, true};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    if (e->m->trace_mmio)
        trace_access(e, access.address, size, true, (uint32_t)value);
    bool ok = access_allowed(e, access.address) && device_bus_write(dev, (uint32_t)offset & ~(size - 1), size, (uint32_t)value);
    if (!ok)
        bus_error(e, insn, access.address);
    end_store(e, insn, last);
}

/* Bit-band: word n of the alias is bit n % 8 of byte n / 8; the bus turns a store into a read and a write of the word. */
bool engine_band_target(const struct machine *m, uint32_t address, uint32_t *word, unsigned *bit)
{
    for (unsigned i = 0; i < m->bit_bands->len; i++) {
        const struct bit_band *b = &g_array_index(m->bit_bands, struct bit_band, i);
        if (address - b->alias < b->size * 32) {
            uint32_t n = (address - b->alias) >> 2;
            *word = b->base + ((n >> 3) & ~3u);
            *bit = n & 31;
            return true;
        }
    }
    return false;
}

static uint64_t band_read(uc_engine *uc, uint64_t offset, unsigned size, void *data)
{
    (void)uc;
    const struct band_window *w = data;
    struct engine *e = w->e;
    if (e->override)
        return 0;
    struct block_access access = {w->alias + (uint32_t)offset, size, false};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    uint32_t word, value = 0;
    unsigned bit = 0;
    if (!engine_band_target(e->m, access.address, &word, &bit) || !machine_bus_read(e->m, word, 4, &value)) {
        bus_error(e, insn, access.address);
    } else {
        value = (value >> bit) & 1;
        if (e->m->trace_mmio)
            trace_access(e, word, size, false, value << bit);
    }
    e->in_callback = false;
    return value;
}

static void band_write(uc_engine *uc, uint64_t offset, unsigned size, uint64_t value, void *data)
{
    (void)uc;
    const struct band_window *w = data;
    struct engine *e = w->e;
    if (e->override)
        return;
    struct block_access access = {w->alias + (uint32_t)offset, size, true};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    uint32_t word, old = 0;
    unsigned bit = 0;
    bool ok = engine_band_target(e->m, access.address, &word, &bit) && machine_bus_read(e->m, word, 4, &old);
    uint32_t new = (old & ~(1u << bit)) | (uint32_t)(value & 1) << bit;
    if (ok && e->m->trace_mmio)
        trace_access(e, word, 4, true, new);
    ok = ok && machine_bus_write(e->m, word, 4, new);
    if (!ok)
        bus_error(e, insn, access.address);
    end_store(e, insn, last);
}

/* Nothing is at that address. */
static bool unmapped_access(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *data)
{
    (void)uc;
    (void)value;
    struct engine *e = data;
    if (e->override)
        return false;
    struct block_access access = {(uint32_t)address, (unsigned)size, type == UC_MEM_WRITE_UNMAPPED};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    if (insn != NULL && bus_error(e, insn, access.address))
        stop_behind_access(e, insn);
    e->in_callback = false;
    return false;
}

/* A store to flash: the controller decides; true discards the engine's own store. */
static bool flash_store(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value, void *data)
{
    (void)uc;
    (void)type;
    struct engine *e = data;
    struct machine *m = e->m;
    uint32_t at = (uint32_t)address;
    if (e->override || (at & ((unsigned)size - 1)) != 0)
        return true; /* an unaligned store comes once whole, and then in bytes */
    if (at - m->flash.base >= m->flash.size)
        return true; /* the boot alias: dropped, as on silicon */
    struct block_access access = {at, (unsigned)size, true};
    bool last;
    const struct block_insn *insn = begin_access(e, &access, &last);
    m->flash.controller->class->memory_store(m->flash.controller, at - m->flash.base, (unsigned)size, (uint32_t)value);
    end_store(e, insn, last);
    return true;
}

void engine_map_devices(struct engine *e)
{
    struct machine *m = e->m;
    for (unsigned i = 0; i < m->n_windows; i++) {
        struct device *dev = m->windows[i];
        ENGINE_CHECK(uc_mmio_map(e->uc, dev->base, dev->class->window, mmio_read, dev, mmio_write, dev));
    }
    for (unsigned i = 0; i < m->bit_bands->len; i++) {
        const struct bit_band *b = &g_array_index(m->bit_bands, struct bit_band, i);
        struct band_window *w = &e->bands[i];
        *w = (struct band_window){e, b->alias};
        ENGINE_CHECK(uc_mmio_map(e->uc, b->alias, (size_t)b->size * 32, band_read, w, band_write, w));
    }
}

void engine_add_access_hooks(struct engine *e)
{
    struct machine *m = e->m;
    uc_hook hook;
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_READ_UNMAPPED | UC_HOOK_MEM_WRITE_UNMAPPED, (void *)unmapped_access, e,
                             (uint64_t)1, (uint64_t)0));
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_WRITE_PROT, (void *)flash_store, e, (uint64_t)m->flash.base,
                             (uint64_t)m->flash.base + m->flash.size - 1));
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_WRITE_PROT, (void *)flash_store, e, (uint64_t)m->flash.alias,
                             (uint64_t)m->flash.alias + m->flash.size - 1));
}
