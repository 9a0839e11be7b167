/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The execution engine: Unicorn, made a true Cortex-M3 that keeps exact time.
 *
 * What Unicorn does not do, and where it is done:
 *   exceptions, priorities, faults     exception.c and nvic.c; the engine always runs as privileged thread code
 *   time                               a hook at every basic block adds the block's instruction count (table look-up)
 *   exact PC in a register access      block.c finds the instruction from its effective address
 *   interrupts at defined points       they are taken between basic blocks as the code defines them, and right behind a store
 * to a register that made one pending; never where the engine happens to cut a block flash programming                  stores
 * to read-only flash reach the flash controller through a hook UDIV by zero, DSP opcodes, MRS IPSR, STREX, ...   a hook on the
 * very instruction
 *
 * "Precise stop": a hook copies the registers into m->v->cpu, completes or abandons the instruction there, and stops the
 * engine; whatever the engine still does to its own registers is discarded. Inside an IT block the engine runs on for a few
 * instructions: there its registers are poisoned so that no store of theirs reaches memory.
 */
#include "emu/core/cpu.h"

#include <string.h>
#include <unicorn/unicorn.h>

#include "emu/core/block.h"
#include "emu/core/exception.h"
#include "emu/core/idle.h"
#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"

enum { XPSR_T = 1 << 24, XPSR_IT = 0x0600FC00, XPSR_FLAGS = (int)0xF8000000, CPSR_T = 1 << 5, CONTROL_NPRIV = 1 };
enum {
    CHECK_ALIGNMENT = 0x8000,
    BLOCK_CACHE = 4096,
    PAGE = 1024,
    POISON = (int)0xF0000000,
    IDLE_TRIES = 6,
    IDLE_BEGINS = 3,
    MAX_CODE_HOOKS = 300
};

struct block_entry {
    uint16_t count; /* instructions from here to the end of the block as the code defines it; 0 = not scanned */
    uint16_t bytes; /* with CHECK_ALIGNMENT set where addresses must be looked at each time */
};

/* A block in RAM as it was translated: the engine does not notice every change of code there. */
struct ram_block {
    uint32_t pc;
    struct block_entry entry;
    uint32_t length;
    uint8_t code[]; /* length bytes */
};

struct engine {
    struct machine *m;
    uc_engine *uc;
    const struct block_entry *tables[4096]; /* by address >> 20; NULL: slow path */
    struct block_entry *flash_entries, *alias_entries;

    /* instruction accounting: the block under way ends when limit - left instructions have been executed */
    int64_t left;
    uint64_t limit;
    uint32_t block_pc;
    unsigned block_count;

    struct cpu_state *c; /* = &m->v->cpu */
    uint32_t cpi_num, cpi_den;
    struct frequency rate;         /* instructions a second */
    uint64_t tick_per_instruction; /* 0: not a whole number */

    bool running;      /* inside uc_emu_start */
    bool in_callback;  /* position is exact */
    uint64_t position; /* instructions completed before the one under way */
    uint32_t callback_pc;
    bool stopped_at_block;
    bool override;          /* a precise stop: m->v->cpu is the state */
    bool attention;         /* look at everything at the next acceptance point */
    bool dirty;             /* m->v->cpu is newer than the engine's registers */
    bool stale;             /* the engine's registers are newer than m->v->cpu */
    struct cpu_state known; /* what the engine's registers held when they were copied last ... */
    bool known_psp;
    bool known_valid; /* ... and still do */
    int intno;
    bool stop_wanted;
    ticks_t until;
    uint64_t instruction_goal;

    uint32_t split_pc; /* the engine cut a block here: not an acceptance point */
    uint64_t split_position;

    /* where in the block the last access was found */
    uint64_t cursor_position;
    unsigned cursor;

    struct cached_block {
        struct block block;
        uint64_t generation;
    } cache[BLOCK_CACHE];
    uint64_t generation; /* of the code: what was parsed before counts no more */
    struct block scratch;
    GHashTable *ram_code;               /* pc -> struct ram_block, of all blocks in RAM that were translated */
    struct ram_block *ram_blocks[1024]; /* the same, by pc / 2: looked at first */
    GHashTable *code_hooks;             /* addresses that have a hook */
    GHashTable *watches;                /* address -> kind */
    uint8_t *ram_executable;            /* per page */
    bool hook_system;                   /* unprivileged code was seen: MSR, MRS and CPS are hooked */
    bool hook_memory;                   /* UNALIGN_TRP was set: loads and stores are hooked */
    GArray *stale_code;                 /* address ranges whose translations must go */
    uint8_t *kept_ram;                  /* as large as RAM, allocated when first needed */
    bool ram_kept;
    bool flush_all;

    struct idle idle;
    bool never_skip;      /* machine_set_idle_skipping(m, false) */
    unsigned idle_tries;  /* look for an idle loop at so many of the next starts: a timer's event has come, which may have ended
                             one */
    unsigned idle_begins; /* this often a start, and behind an event: the first round may still bring registers up to date */
    uint64_t activity;    /* whatever an idle loop must not do */

    /* self-check: the address that a hook on every instruction saw last */
    bool checking;
    uint32_t checked_pc;
    struct access_check check;

    uint64_t start;    /* instructions executed when the engine was started last ... */
    uint32_t start_pc; /* ... and where */
    uint8_t itstate;   /* at the start of the block at it_pc, if it_position instructions were executed before it */
    uint32_t it_pc;
    uint64_t it_position;
    bool resume_continues; /* the next start is no acceptance point */
    struct band_window {
        struct engine *e;
        uint32_t alias;
    } bands[4];
};

struct range {
    uint32_t from, to;
};

#define CHECK(CALL)                                                                                                            \
    do {                                                                                                                       \
        uc_err check_err = (CALL);                                                                                             \
        if (check_err != UC_ERR_OK)                                                                                            \
            g_error("%s: %s", #CALL, uc_strerror(check_err));                                                                  \
    } while (0)

/* ---- time ---- */

static ticks_t time_of(const struct engine *e, uint64_t instructions)
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

static uint64_t present(const struct engine *e)
{
    return e->in_callback ? e->position : e->c->instructions;
}

ticks_t engine_now(const struct engine *e)
{
    return time_of(e, present(e));
}

static void derive_rate(struct engine *e)
{
    e->rate = frequency_scale(e->c->clock, e->cpi_den, e->cpi_num);
    ticks_t one = frequency_ticks(e->rate, 1);
    e->tick_per_instruction = frequency_running(e->rate) && frequency_edges(e->rate, one * 1000) == 1000 &&
                                      frequency_ticks(e->rate, 1000) == one * 1000
                                  ? one
                                  : 0;
}

static uint64_t executed(const struct engine *e)
{
    return e->limit - (uint64_t)e->left;
}

/* Instructions executed before the block under way. */
static uint64_t block_start(const struct engine *e)
{
    return executed(e) - e->block_count;
}

static void set_limit(struct engine *e, uint64_t limit)
{
    uint64_t at = executed(e);
    e->limit = limit;
    e->left = (int64_t)(limit - at);
}

static uint64_t wanted_limit(const struct engine *e)
{
    uint64_t limit = instructions_at(e, MIN(e->m->next_due, e->until));
    return MIN(limit, e->instruction_goal);
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
    set_limit(e, wanted_limit(e));
}

uint64_t machine_instructions(const struct machine *m)
{
    return present(m->engine);
}

/* ---- the CPU as a device: its clock ---- */

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
    ticks_t exact = time_of(e, present(e));
    c->time_base = MAX(now, exact);
    c->time_instructions = present(e);
    c->clock = f;
    derive_rate(e);
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

/* ---- registers ---- */

static uint32_t reg_read(uc_engine *uc, int id)
{
    uint32_t value = 0;
    uc_reg_read(uc, id, &value);
    return value;
}

static void reg_write(uc_engine *uc, int id, uint32_t value)
{
    uc_reg_write(uc, id, &value);
}

static const int core_registers[15] = {UC_ARM_REG_R0,  UC_ARM_REG_R1,  UC_ARM_REG_R2,  UC_ARM_REG_R3,  UC_ARM_REG_R4,
                                       UC_ARM_REG_R5,  UC_ARM_REG_R6,  UC_ARM_REG_R7,  UC_ARM_REG_R8,  UC_ARM_REG_R9,
                                       UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12, UC_ARM_REG_R13, UC_ARM_REG_R14};

static uint32_t core_register(void *data, unsigned reg)
{
    struct engine *e = data;
    return reg_read(e->uc, reg == BLOCK_FLAGS ? UC_ARM_REG_CPSR : core_registers[reg]);
}

/* Which of MSP and PSP is R13 for the engine: it knows no handler mode, so CONTROL.SPSEL is kept 0 there. */
static bool on_psp(const struct engine *e)
{
    return !exception_in_handler(e->m) && (e->c->control & 2);
}

static void read_masks(struct engine *e)
{
    e->c->primask = reg_read(e->uc, UC_ARM_REG_PRIMASK);
    e->c->basepri = reg_read(e->uc, UC_ARM_REG_BASEPRI) & 0xF0; /* the engine keeps all eight bits */
    e->c->faultmask = reg_read(e->uc, UC_ARM_REG_FAULTMASK);
}

/* The engine's registers into m->v->cpu, all but PC and the counters. */
static void registers_out(struct engine *e)
{
    struct cpu_state *c = e->c;
    for (unsigned i = 0; i < 13; i++)
        c->r[i] = reg_read(e->uc, core_registers[i]);
    c->lr = reg_read(e->uc, UC_ARM_REG_R14);
    c->msp = reg_read(e->uc, UC_ARM_REG_MSP);
    c->psp = reg_read(e->uc, UC_ARM_REG_PSP);
    uint32_t cpsr = reg_read(e->uc, UC_ARM_REG_CPSR);
    c->xpsr = (c->xpsr & 0x1FF) | (cpsr & ((uint32_t)XPSR_FLAGS | XPSR_IT)) | (cpsr & CPSR_T ? XPSR_T : 0);
    read_masks(e);
}

/* m->v->cpu into the engine's registers: only what differs from what they are known to hold. */
static void registers_in(struct engine *e)
{
    const struct cpu_state *c = e->c, *k = &e->known;
    bool all = !e->known_valid;
    for (unsigned i = 0; i < 13; i++)
        if (all || c->r[i] != k->r[i])
            reg_write(e->uc, core_registers[i], c->r[i]);
    if (all || c->lr != k->lr)
        reg_write(e->uc, UC_ARM_REG_R14, c->lr);
    if (all || on_psp(e) != e->known_psp)
        reg_write(e->uc, UC_ARM_REG_CONTROL, on_psp(e) ? 2 : 0);
    if (all || c->msp != k->msp)
        reg_write(e->uc, UC_ARM_REG_MSP, c->msp);
    if (all || c->psp != k->psp)
        reg_write(e->uc, UC_ARM_REG_PSP, c->psp);
    uint32_t mask = (uint32_t)XPSR_FLAGS | XPSR_IT;
    if (all || ((c->xpsr ^ k->xpsr) & (mask | XPSR_T)) != 0) {
        uint32_t cpsr = reg_read(e->uc, UC_ARM_REG_CPSR) & ~(mask | CPSR_T);
        reg_write(e->uc, UC_ARM_REG_CPSR, cpsr | (c->xpsr & mask) | (c->xpsr & XPSR_T ? CPSR_T : 0));
    }
    if (all || c->primask != k->primask)
        reg_write(e->uc, UC_ARM_REG_PRIMASK, c->primask);
    if (all || c->basepri != k->basepri)
        reg_write(e->uc, UC_ARM_REG_BASEPRI, c->basepri);
    if (all || c->faultmask != k->faultmask)
        reg_write(e->uc, UC_ARM_REG_FAULTMASK, c->faultmask);
    e->dirty = false;
    e->stale = false;
}

void engine_sync(struct engine *e)
{
    if (!e->stale)
        return;
    registers_out(e);
    e->stale = false;
    e->known = *e->c;
    e->known_psp = on_psp(e);
    e->known_valid = true;
}

/* About to change m->v->cpu. */
static void own_state(struct engine *e)
{
    engine_sync(e);
    e->dirty = true;
}

/* ---- code ---- */

static bool fetch_halfword(void *data, uint32_t address, uint16_t *halfword)
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

static bool in_ram(const struct machine *m, uint32_t address)
{
    return address - m->ram.base < m->ram.size;
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
static void note_itstate(struct engine *e, uint32_t pc)
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

/* The parsed block that starts at pc; valid until the next call for RAM, until code changes for flash. */
static const struct block *parsed(struct engine *e, uint32_t pc)
{
    bool in_it = pc == e->it_pc && (e->position == e->it_position || block_start(e) == e->it_position);
    uint8_t itstate = in_it ? e->itstate : 0;
    struct cached_block *slot = &e->cache[(pc >> 1) % BLOCK_CACHE];
    if (slot->generation == e->generation && slot->block.pc == pc && slot->block.insns[0].itstate == itstate)
        return &slot->block;
    block_scan(&e->scratch, pc, itstate, fetch_halfword, e);
    if (in_ram(e->m, pc) || e->scratch.count == 0)
        return &e->scratch;
    struct block_insn *insns = g_renew(struct block_insn, slot->block.insns, e->scratch.count);
    memcpy(insns, e->scratch.insns, e->scratch.count * sizeof insns[0]);
    slot->block = e->scratch;
    slot->block.insns = insns;
    slot->generation = e->generation;
    return &slot->block;
}

static void code_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data);

/* MRS and MSR of what the engine does not know: IPSR, CONTROL. */
static bool is_special_move(const struct block_insn *insn, bool *is_read, unsigned *sysm)
{
    if (insn->i.length != 4)
        return false;
    if ((insn->first & 0xFFE0) == 0xF3E0 && (insn->second & 0xF000) == 0x8000)
        *is_read = true;
    else if ((insn->first & 0xFFE0) == 0xF380 && (insn->second & 0xD000) == 0x8000)
        *is_read = false;
    else
        return false;
    *sysm = insn->second & 0xFF;
    return true;
}

static bool is_cps(const struct block_insn *insn)
{
    return (insn->first & 0xFFE8) == 0xB660;
}

static bool is_sev(const struct block_insn *insn)
{
    return insn->first == 0xBF40 || (insn->first == 0xF3AF && insn->second == 0x8004);
}

static bool is_clrex(const struct block_insn *insn)
{
    return insn->first == 0xF3BF && (insn->second & 0xF0F0) == 0x8020;
}

/* The engine stores all bits of MSP, PSP and BASEPRI_MAX, also those that are not there. So it does with BASEPRI, but that is
   written at every critical section of an RTOS: there the reads are hooked, and read_masks leaves the low bits out. */
static bool keeps_low_bits(unsigned sysm)
{
    return sysm == 8 || sysm == 9 || sysm == 18;
}

/* Reads that the engine gets wrong: the exception number, which it does not know, and BASEPRI's low bits. */
static bool reads_wrongly(unsigned sysm)
{
    return (sysm <= 7 && (sysm & 1)) || sysm == 17 || sysm == 18;
}

static bool needs_hook(const struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    switch (insn->i.kind) {
    case THUMB_DIVIDE:
    case THUMB_UNDEFINED:
    case THUMB_LOAD_EXCLUSIVE:
    case THUMB_STORE_EXCLUSIVE:
        return true;
    case THUMB_LOAD:
    case THUMB_STORE:
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        return e->hook_memory;
    default:
        if (is_special_move(insn, &is_read, &sysm))
            return e->hook_system || sysm == 20 || (is_read ? reads_wrongly(sysm) : keeps_low_bits(sysm));
        return is_clrex(insn) || is_sev(insn) || (e->hook_system && is_cps(insn));
    }
}

/* Hooks for the instructions of a block that need one (misaligned: also for those whose address must be aligned); true if a new
 * one was set, and the translation must be made again. */
static bool set_hooks(struct engine *e, const struct block *block, bool misaligned)
{
    bool added = false;
    for (unsigned i = 0; i < block->count; i++) {
        const struct block_insn *insn = &block->insns[i];
        bool checked = insn->alignment_unknown || (misaligned && block_must_be_aligned(&insn->i));
        if (!needs_hook(e, insn) && !checked && !block_ambiguous(block, i, fetch_halfword, e))
            continue;
        if (g_hash_table_contains(e->code_hooks, GUINT_TO_POINTER(insn->pc)))
            continue;
        uc_hook hook;
        CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_CODE, (void *)code_hook, e, (uint64_t)insn->pc, (uint64_t)insn->pc));
        g_hash_table_insert(e->code_hooks, GUINT_TO_POINTER(insn->pc), GSIZE_TO_POINTER(hook));
        added = true;
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

static void add_stale(struct engine *e, uint32_t from, uint32_t to)
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
    add_stale(e, m->flash.base + flash_offset, m->flash.base + flash_offset + length);
    add_stale(e, m->flash.alias + flash_offset, m->flash.alias + flash_offset + length);
}

void engine_ram_written(struct engine *e, uint32_t address, uint32_t length)
{
    for (uint32_t page = (address - e->m->ram.base) / PAGE; page <= (address + length - 1 - e->m->ram.base) / PAGE; page++)
        if (e->ram_executable[page]) {
            add_stale(e, address, address + length);
            return;
        }
}

/* Every call of a hook goes through the list of all hooks, so there must not be many: when there are, all are dropped, and come
   back with the blocks that are still executed. */
static void limit_hooks(struct engine *e)
{
    if (g_hash_table_size(e->code_hooks) <= MAX_CODE_HOOKS)
        return;
    GHashTableIter iter;
    gpointer hook;
    g_hash_table_iter_init(&iter, e->code_hooks);
    while (g_hash_table_iter_next(&iter, NULL, &hook))
        CHECK(uc_hook_del(e->uc, (uc_hook)GPOINTER_TO_SIZE(hook)));
    g_hash_table_remove_all(e->code_hooks);
    e->flush_all = true;
}

static void drop_stale_code(struct engine *e)
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

/* ---- stopping ---- */

static void poison(struct engine *e)
{
    for (unsigned i = 0; i < 15; i++)
        reg_write(e->uc, core_registers[i], (uint32_t)POISON);
}

/* In an IT block the engine runs on for a while behind a device's access: keep RAM, to be put back when it has stopped. */
static void keep_ram(struct engine *e)
{
    const struct memory *ram = &e->m->ram;
    if (e->kept_ram == NULL)
        e->kept_ram = g_malloc(ram->size);
    memcpy(e->kept_ram, ram->host, ram->size);
    e->ram_kept = true;
}

/* Copy the registers; the caller then sets in m->v->cpu what the instruction did, and where to go on. done: instructions
 * completed. */
static void precise_stop(struct engine *e, uint64_t done)
{
    registers_out(e);
    e->override = true;
    e->dirty = true;
    e->c->instructions = done;
    e->left = 0; /* the next block hook, if there is one, takes the slow path */
    uc_emu_stop(e->uc);
}

static void set_itstate(struct cpu_state *c, uint8_t itstate)
{
    c->xpsr = (c->xpsr & ~(uint32_t)XPSR_IT) | (uint32_t)(itstate & 3) << 25 | (uint32_t)(itstate & 0xFC) << 8;
}

/* Stop behind an instruction that has been completed in m->v->cpu. */
static void stop_behind(struct engine *e, const struct block_insn *insn)
{
    e->c->pc = insn->pc + insn->i.length;
    set_itstate(e->c, itstate_advance(insn->itstate));
    e->attention = true;
}

/* Stop before an instruction that faults. */
static void stop_for_fault(struct engine *e, const struct block_insn *insn, unsigned exception, uint32_t cfsr,
                           const uint32_t *address)
{
    precise_stop(e, e->position);
    e->c->pc = insn->pc;
    set_itstate(e->c, insn->itstate);
    e->m->fault = (struct pending_fault){true, exception, cfsr, address != NULL, address != NULL ? *address : 0};
}

static bool unprivileged(const struct engine *e)
{
    return !exception_in_handler(e->m) && (e->c->control & CONTROL_NPRIV);
}

/* ---- accesses ---- */

static void check_access(struct engine *e, uint32_t pc)
{
    e->check.accesses++;
    if (pc == e->checked_pc)
        return;
    e->check.wrong++;
    e->check.found = pc;
    e->check.truth = e->checked_pc;
}

static void every_instruction(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
    (void)uc;
    (void)size;
    ((struct engine *)data)->checked_pc = (uint32_t)address;
}

void machine_check_accesses(struct machine *m)
{
    struct engine *e = m->engine;
    uc_hook hook;
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_CODE, (void *)every_instruction, e, (uint64_t)1, (uint64_t)0));
    e->checking = true;
    e->flush_all = true;
}

struct access_check machine_access_check(const struct machine *m)
{
    m->engine->check.hooks = g_hash_table_size(m->engine->code_hooks);
    return m->engine->check;
}

/* Find the instruction under way, and set the exact time and PC. NULL if it cannot be told (never seen). */
static const struct block_insn *begin_access(struct engine *e, const struct block_access *access, bool *last)
{
    const struct block *block = parsed(e, e->block_pc);
    uint64_t start = block_start(e);
    e->activity++;
    unsigned from = e->cursor_position == start ? e->cursor : 0;
    int index = block_locate(block, from, access, core_register, fetch_halfword, e, last);
    if (index < 0 && from > 0)
        index = block_locate(block, 0, access, core_register, fetch_halfword, e, last);
    e->in_callback = true;
    if (index < 0) {
        g_debug("no instruction of the block at 0x%08X accesses 0x%08X", e->block_pc, access->address);
        e->position = start;
        e->callback_pc = e->block_pc;
        *last = true;
        if (e->checking)
            check_access(e, 0);
        return NULL;
    }
    if (e->checking)
        check_access(e, block->insns[index].pc);
    e->cursor_position = start;
    e->cursor = (unsigned)index + (*last ? 1 : 0);
    e->position = start + (unsigned)index;
    e->callback_pc = block->insns[index].pc;
    machine_run_timers(e->m, engine_now(e));
    return &block->insns[index];
}

/* UNALIGN_TRP was set: from now on loads and stores need a hook. */
static bool needs_memory_hooks(const struct engine *e)
{
    return !e->hook_memory && (nvic_ccr(e->m->scs) & CCR_UNALIGN_TRP);
}

/* Stop behind a load or store; what it loads is not known. */
static void stop_behind_access(struct engine *e, const struct block_insn *insn)
{
    uint32_t base = block_base_after(insn, core_register, e);
    precise_stop(e, e->position + 1);
    if (insn->i.writeback) {
        if (insn->i.rn == 13)
            *(on_psp(e) ? &e->c->psp : &e->c->msp) = base;
        else if (insn->i.rn < 13)
            e->c->r[insn->i.rn] = base;
        else
            e->c->lr = base;
    }
    stop_behind(e, insn);
}

/* Something may have become pending by a store: take it right behind the instruction, if the engine can stop there. */
static void end_store(struct engine *e, const struct block_insn *insn, bool last)
{
    if (e->attention && insn != NULL && last && insn->itstate == 0 && !e->override) {
        read_masks(e);
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
    read_masks(e);
    if ((nvic_ccr(scs) & CCR_BFHFNMIGN) && nvic_execution_priority(scs, e->c) < 0) {
        nvic_add_fault(scs, CFSR_PRECISERR, 0);
        nvic_set_fault_address(scs, EXC_BUS_FAULT, address);
        return true;
    }
    stop_for_fault(e, insn, EXC_BUS_FAULT, CFSR_PRECISERR, &address);
    if (insn->itstate != 0)
        keep_ram(e);
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
static bool band_target(const struct machine *m, uint32_t address, uint32_t *word, unsigned *bit)
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
    if (!band_target(e->m, access.address, &word, &bit) || !machine_bus_read(e->m, word, 4, &value)) {
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
    bool ok = band_target(e->m, access.address, &word, &bit) && machine_bus_read(e->m, word, 4, &old);
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

/* ---- instructions that the engine cannot do ---- */

static uint32_t *register_of(struct engine *e, unsigned reg)
{
    struct cpu_state *c = e->c;
    return reg < 13 ? &c->r[reg] : reg == 14 ? &c->lr : on_psp(e) ? &c->psp : &c->msp;
}

static uint32_t read_special(struct engine *e, unsigned sysm)
{
    const struct cpu_state *c = e->c;
    bool privileged = !unprivileged(e);
    switch (sysm) {
    case 0 ... 7: {
        uint32_t value = (sysm & 4) ? 0 : c->xpsr & (uint32_t)XPSR_FLAGS;
        return value | ((sysm & 1) && privileged ? c->xpsr & 0x1FF : 0);
    }
    case 8:
        return privileged ? c->msp : 0;
    case 9:
        return privileged ? c->psp : 0;
    case 16:
        return privileged ? c->primask : 0;
    case 17:
    case 18:
        return privileged ? c->basepri : 0;
    case 19:
        return privileged ? c->faultmask : 0;
    case 20:
        return c->control;
    default:
        return 0;
    }
}

static void write_special(struct engine *e, unsigned sysm, uint32_t value)
{
    struct cpu_state *c = e->c;
    if (sysm <= 3) {
        c->xpsr = (c->xpsr & ~(uint32_t)XPSR_FLAGS) | (value & (uint32_t)XPSR_FLAGS);
        return;
    }
    if (unprivileged(e))
        return;
    switch (sysm) {
    case 8:
        c->msp = value & ~3u;
        break;
    case 9:
        c->psp = value & ~3u;
        break;
    case 16:
        c->primask = value & 1;
        break;
    case 17:
        c->basepri = value & 0xF0;
        break;
    case 18:
        if ((value & 0xF0) != 0 && (c->basepri == 0 || (value & 0xF0) < c->basepri))
            c->basepri = value & 0xF0;
        break;
    case 19:
        if ((value & 1) == 0 || nvic_execution_priority(e->m->scs, c) > -1) /* it can always be cleared */
            c->faultmask = value & 1;
        break;
    case 20:
        if (exception_in_handler(e->m))
            value = (value & CONTROL_NPRIV) | (c->control & 2);
        c->control = value & 3;
        if ((c->control & CONTROL_NPRIV) && !e->hook_system) {
            e->hook_system = true;
            e->flush_all = true;
        }
        break;
    default:
        break;
    }
}

static void do_store_exclusive(struct engine *e, const struct block_insn *insn)
{
    uint32_t address = block_address(insn, core_register, e);
    uint32_t value = core_register(e, insn->i.rt);
    if ((address & (insn->i.size - 1)) != 0) {
        stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        return;
    }
    bool open = e->c->exclusive_address != UINT32_MAX; /* the Cortex-M3's monitor covers all of memory as one granule */
    if (open && !machine_bus_write(e->m, address, insn->i.size, value)) {
        stop_for_fault(e, insn, EXC_BUS_FAULT, CFSR_PRECISERR, &address);
        return;
    }
    precise_stop(e, e->position + 1);
    *register_of(e, insn->i.rd) = open ? 0 : 1;
    e->c->exclusive_address = UINT32_MAX;
    stop_behind(e, insn);
}

/* What a hooked instruction needs; returns with e->override set if the engine must stop. */
static void hooked(struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    switch (insn->i.kind) {
    case THUMB_DIVIDE:
        if ((nvic_ccr(e->m->scs) & CCR_DIV_0_TRP) && core_register(e, insn->i.rm) == 0)
            stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_DIVBYZERO, NULL);
        return;
    case THUMB_UNDEFINED:
        stop_for_fault(e, insn, EXC_USAGE_FAULT, insn->i.coprocessor ? CFSR_NOCP : CFSR_UNDEFINSTR, NULL);
        return;
    case THUMB_LOAD_EXCLUSIVE: {
        uint32_t address = block_address(insn, core_register, e);
        if ((address & (insn->i.size - 1)) != 0)
            stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        else
            e->c->exclusive_address = address;
        return;
    }
    case THUMB_STORE_EXCLUSIVE:
        do_store_exclusive(e, insn);
        return;
    case THUMB_LOAD:
    case THUMB_STORE:
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        if (((nvic_ccr(e->m->scs) & CCR_UNALIGN_TRP) || block_must_be_aligned(&insn->i)) &&
            (block_address(insn, core_register, e) & (insn->i.size - 1)) != 0)
            stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        return;
    default:
        break;
    }
    if (is_clrex(insn)) {
        e->c->exclusive_address = UINT32_MAX;
    } else if (is_sev(insn)) {
        e->c->event_register = true;
    } else if (is_special_move(insn, &is_read, &sysm)) {
        precise_stop(e, e->position + 1);
        if (is_read)
            *register_of(e, (insn->second >> 8) & 15) = read_special(e, sysm);
        else
            write_special(e, sysm, *register_of(e, insn->first & 15));
        stop_behind(e, insn);
    } else if (is_cps(insn) && unprivileged(e)) {
        precise_stop(e, e->position + 1);
        stop_behind(e, insn);
    }
}

/* A write of a special register that needs no help after all, as nearly always: those bits are 0. */
static bool engine_writes(struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    if (insn->i.kind != THUMB_SYSTEM || !is_special_move(insn, &is_read, &sysm) || is_read || !keeps_low_bits(sysm) ||
        unprivileged(e))
        return false;
    return (core_register(e, insn->first & 15) & (sysm < 16 ? 3 : 0x0F)) == 0;
}

static void code_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
    (void)size;
    struct engine *e = data;
    if (e->override || !(reg_read(uc, UC_ARM_REG_CPSR) & CPSR_T))
        return; /* without T any instruction is an INVSTATE fault, which the engine finds itself */
    const struct block *block = parsed(e, e->block_pc);
    for (unsigned i = 0; i < block->count; i++) {
        const struct block_insn *insn = &block->insns[i];
        if (insn->pc != (uint32_t)address)
            continue;
        /* an ambiguous access: what comes now is by this instruction or a later one */
        e->cursor_position = block_start(e);
        e->cursor = i;
        if ((!needs_hook(e, insn) && !block_must_be_aligned(&insn->i)) || engine_writes(e, insn))
            return;
        e->activity++;
        e->in_callback = true;
        e->position = block_start(e) + i;
        e->callback_pc = insn->pc;
        hooked(e, insn);
        e->in_callback = false;
        if (e->override && insn->itstate != 0)
            poison(e);
        return;
    }
}

static void interrupt_hook(uc_engine *uc, uint32_t intno, void *data)
{
    struct engine *e = data;
    e->intno = (int)intno;
    uc_emu_stop(uc);
}

/* ---- blocks ---- */

static bool in_flash(const struct machine *m, uint32_t address)
{
    return address - m->flash.base < m->flash.size || address - m->flash.alias < m->flash.size;
}

/* Busy flash holds up code in it, and, since an exception may come, all code while the vectors are there. */
static bool stalled(const struct machine *m, uint32_t pc, ticks_t now)
{
    return m->v->stall_until > now && (in_flash(m, pc) || in_flash(m, nvic_vtor(m->scs)));
}

/* Everything that can end execution at an acceptance point. Time and timers are up to date. */
static bool must_stop(struct engine *e)
{
    struct machine *m = e->m;
    if (m->reset_wanted >= 0 || e->stop_wanted || e->stale_code->len > 0 || e->flush_all || needs_memory_hooks(e) ||
        m->ears_due)
        return true;
    ticks_t now = engine_now(e);
    if (now >= e->until || e->position >= e->instruction_goal || stalled(m, e->callback_pc, now))
        return true;
    if (!nvic_waits_for_mask(m->scs))
        return false;
    read_masks(e);
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
    for (uint32_t registers = parsed(e, pc)->aligned_registers; registers != 0; registers &= registers - 1)
        bits |= core_register(e, (unsigned)__builtin_ctz(registers));
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
    const struct block *block = parsed(e, pc);
    *stale |= set_hooks(e, block, false);
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
            const struct block *block = parsed(e, pc);
            *new_hooks = set_hooks(e, block, false);
            *entry = entry_for(block);
            if (g_hash_table_contains(e->watches, GUINT_TO_POINTER(pc)) || e->it_position == e->position)
                entry->bytes = UINT16_MAX; /* always the slow path */
        }
        return entry->bytes == UINT16_MAX ? entry_for(parsed(e, pc)) : *entry;
    }
    if (in_ram(e->m, pc))
        return ram_entry(e, pc, new_hooks);
    return entry_for(parsed(e, pc));
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
    const struct block *block = parsed(e, pc);
    unsigned count = 0;
    while (count < block->count && block->insns[count].pc < pc + size)
        count++;
    return count;
}

static void idle_registers(struct engine *e, uint32_t registers[IDLE_REGISTERS])
{
    for (unsigned i = 0; i < 15; i++)
        registers[i] = reg_read(e->uc, core_registers[i]);
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
        idle->watching = false;
        idle_registers(e, registers);
        uint64_t round = e->position - idle->position, limit = wanted_limit(e);
        if (idle_round(idle, registers, ram->host, ram->size)) {
            if (limit < e->position + round)
                return false;
            uint64_t skipped = (limit - e->position) / round * round;
            e->limit += skipped; /* executed() moves on by as much */
            e->position += skipped;
            return true;
        }
    }
    if (!idle->watching && e->idle_begins > 0 && e->idle_tries > 0 && !e->never_skip) {
        e->idle_begins--;
        e->idle_tries--;
        idle_registers(e, registers);
        idle_begin(idle, pc, e->position, e->activity, registers, registers[13], ram->host, ram->base, ram->size);
    }
    if (idle->watching && !idle_add(idle, parsed(e, pc), ram->host, ram->size))
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
    note_itstate(e, pc);
    bool new_hooks;
    struct block_entry entry = entry_of(e, pc, &new_hooks);
    if ((entry.bytes & CHECK_ALIGNMENT) && !aligned(e, pc))
        new_hooks |= set_hooks(e, parsed(e, pc), true);
    entry.bytes &= (uint16_t)~CHECK_ALIGNMENT;
    if (new_hooks) {
        add_stale(e, pc, pc + MAX(size, 2));
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
            }
            if (must_stop(e)) {
                stop_here(e, pc);
                e->in_callback = false;
                return;
            }
        } while (skip_idle(e, pc));
        e->m->v->watch_seen = false;
        bool each_block =
            e->idle.watching || nvic_waits_for_mask(e->m->scs) || e->m->v->stall_until > engine_now(e); /* RAM may call flash */
        set_limit(e, each_block ? e->position : wanted_limit(e));
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
static void block_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data)
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

/* ---- running ---- */

static void make_ram_executable(struct engine *e, uint32_t pc)
{
    uint32_t page = (pc - e->m->ram.base) / PAGE;
    e->ram_executable[page] = 1;
    CHECK(uc_mem_protect(e->uc, e->m->ram.base + page * PAGE, PAGE, UC_PROT_ALL));
}

/* Nothing can be fetched at pc. */
static void bad_fetch(struct engine *e, uint32_t pc)
{
    struct machine *m = e->m;
    own_state(e);
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
    const struct block *block = parsed(e, e->block_pc);
    const struct block_insn *insn = block->count > 0 ? &block->insns[block->count - 1] : NULL;
    c->instructions = executed(e);

    bool branched = c->instructions != e->start;
    if (branched && exception_in_handler(m) && pc >= 0xF0000000) {
        /* EXC_RETURN, bit 0 of which the engine takes for the T bit */
        own_state(e);
        c->pc = pc;
        exception_return(m, pc | (thumb ? 1 : 0));
        return;
    }
    if (!thumb) {
        if (pc == e->block_pc)
            c->instructions -= e->block_count;
        own_state(e);
        c->pc = pc;
        exception_fault(m, EXC_USAGE_FAULT, CFSR_INVSTATE, NULL);
        return;
    }
    if (e->intno == 2 && insn != NULL) {
        own_state(e);
        c->pc = insn->pc + insn->i.length;
        set_itstate(c, itstate_advance(insn->itstate));
        exception_svc(m);
        return;
    }
    if (e->intno == 7 && insn != NULL) {
        own_state(e);
        c->instructions--;
        c->pc = insn->pc;
        set_itstate(c, insn->itstate);
        exception_breakpoint(m);
        return;
    }
    if (err == UC_ERR_FETCH_PROT && in_ram(m, pc)) {
        c->pc = pc;
        make_ram_executable(e, pc);
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
            own_state(e);
            set_itstate(c, itstate_advance(insn->itstate));
            if (kind == THUMB_WFE && c->event_register) {
                c->event_register = false;
                return;
            }
            c->sleeping = true;
            c->sleeping_for_event = kind == THUMB_WFE;
            return;
        }
        if (kind == THUMB_YIELD) {
            own_state(e);
            set_itstate(c, itstate_advance(insn->itstate));
            return;
        }
        own_state(e);
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
    drop_stale_code(e);
    if (e->dirty)
        registers_in(e);
    e->limit = wanted_limit(e);
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

/* Let time pass without instructions, to t. */
static void skip_to(struct engine *e, ticks_t t)
{
    if (t <= engine_now(e))
        return;
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
        if (m->reset_wanted >= 0)
            machine_apply_reset(m, (enum reset_kind)m->reset_wanted, m->reset_cause);
        if (m->next_due <= engine_now(e))
            e->idle_tries = IDLE_TRIES;
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
            own_state(e);
            c->locked_up = false;
            c->pc = 0xFFFFFFFE;
            exception_take(m, EXC_NMI);
            continue;
        }
        bool stall = stalled(m, c->pc, now);
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
            own_state(e);
            exception_take(m, exception);
            continue;
        }
        do
            execute(e);
        while (e->resume_continues);
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

void machine_set_idle_skipping(struct machine *m, bool on)
{
    m->engine->never_skip = !on;
}

void machine_set_trace(struct machine *m, bool mmio, bool exceptions)
{
    m->trace_mmio = mmio;
    m->trace_exceptions = exceptions;
}

/* ---- life ---- */

#ifdef __SANITIZE_ADDRESS__
/* The engine leaks 32 bytes at uc_close. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libunicorn";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

const char *engine_version(void)
{
    unsigned version = uc_version(NULL, NULL);
    g_autofree char *text = g_strdup_printf("%u.%u.%u", version >> 24, (version >> 16) & 0xFF, (version >> 8) & 0xFF);
    return g_intern_string(text);
}

const char *engine_version_warning(void)
{
    if (strcmp(engine_version(), "2.1.1") == 0)
        return NULL;
    return "Unicorn is not version 2.1.1: this emulator's behaviour was proved with 2.1.1 only; other versions are slower or "
           "differ.";
}

static void map_devices(struct engine *e)
{
    struct machine *m = e->m;
    for (unsigned i = 0; i < m->n_windows; i++) {
        struct device *dev = m->windows[i];
        CHECK(uc_mmio_map(e->uc, dev->base, dev->class->window, mmio_read, dev, mmio_write, dev));
    }
    for (unsigned i = 0; i < m->bit_bands->len; i++) {
        const struct bit_band *b = &g_array_index(m->bit_bands, struct bit_band, i);
        struct band_window *w = &e->bands[i];
        *w = (struct band_window){e, b->alias};
        CHECK(uc_mmio_map(e->uc, b->alias, (size_t)b->size * 32, band_read, w, band_write, w));
    }
}

static void add_hooks(struct engine *e)
{
    struct machine *m = e->m;
    uc_hook hook;
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_BLOCK, (void *)block_hook, e, (uint64_t)1, (uint64_t)0));
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_INTR, (void *)interrupt_hook, e, (uint64_t)1, (uint64_t)0));
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_READ_UNMAPPED | UC_HOOK_MEM_WRITE_UNMAPPED, (void *)unmapped_access, e,
                      (uint64_t)1, (uint64_t)0));
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_WRITE_PROT, (void *)flash_store, e, (uint64_t)m->flash.base,
                      (uint64_t)m->flash.base + m->flash.size - 1));
    CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_MEM_WRITE_PROT, (void *)flash_store, e, (uint64_t)m->flash.alias,
                      (uint64_t)m->flash.alias + m->flash.size - 1));
}

void machine_add_cpu(struct machine *m, uint32_t cpi_num, uint32_t cpi_den)
{
    g_assert(m->sealed && m->engine == NULL);
    struct engine *e = g_new0(struct engine, 1);
    e->m = m;
    e->c = &m->v->cpu;
    e->cpi_num = cpi_num;
    e->cpi_den = cpi_den;
    m->scs = machine_device(m, "NVIC");
    g_assert(m->scs != NULL && m->scs->class == &armv7m_scs_class);
    CHECK(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &e->uc));
    CHECK(uc_ctl_set_cpu_model(e->uc, UC_CPU_ARM_CORTEX_M3));
    CHECK(uc_mem_map_ptr(e->uc, m->flash.base, m->flash.size, UC_PROT_READ | UC_PROT_EXEC, m->flash.host));
    CHECK(uc_mem_protect(e->uc, m->flash.base, m->flash.size, UC_PROT_READ | UC_PROT_EXEC));
    CHECK(uc_mem_map_ptr(e->uc, m->flash.alias, m->flash.size, UC_PROT_READ | UC_PROT_EXEC, m->flash.host));
    CHECK(uc_mem_protect(e->uc, m->flash.alias, m->flash.size, UC_PROT_READ | UC_PROT_EXEC));
    CHECK(uc_mem_map_ptr(e->uc, m->ram.base, m->ram.size, UC_PROT_READ | UC_PROT_WRITE, m->ram.host));
    int model = 0;
    /* spelled out: the engine's own macro for it shifts into the sign of an int */
    CHECK(uc_ctl(e->uc, (uc_control_type)(UC_CTL_CPU_MODEL | UINT32_C(1) << 26 | (uint32_t)UC_CTL_IO_READ << 30), &model));
    g_assert(model == UC_CPU_ARM_CORTEX_M3);
    e->flash_entries = g_new0(struct block_entry, m->flash.size / 2);
    e->alias_entries = g_new0(struct block_entry, m->flash.size / 2);
    for (uint32_t i = 0; i < m->flash.size >> 20; i++) {
        e->tables[(m->flash.base >> 20) + i] = e->flash_entries + ((size_t)i << 19);
        e->tables[(m->flash.alias >> 20) + i] = e->alias_entries + ((size_t)i << 19);
    }
    e->ram_executable = g_new0(uint8_t, m->ram.size / PAGE);
    e->scratch.insns = g_new0(struct block_insn, BLOCK_MAX_INSNS);
    e->code_hooks = g_hash_table_new(NULL, NULL);
    e->ram_code = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    e->watches = g_hash_table_new(NULL, NULL);
    e->stale_code = g_array_new(FALSE, FALSE, sizeof(struct range));
    e->generation = 1;
    e->until = TICKS_NEVER;
    e->cursor_position = UINT64_MAX;
    e->split_position = UINT64_MAX;
    e->it_position = UINT64_MAX;
    m->engine = e;
    map_devices(e);
    add_hooks(e);
    e->c->clock = FREQUENCY_HZ(16000000);
    derive_rate(e);
}

void engine_free(struct engine *e)
{
    uc_close(e->uc);
    for (unsigned i = 0; i < BLOCK_CACHE; i++)
        g_free(e->cache[i].block.insns);
    g_free(e->scratch.insns);
    g_free(e->flash_entries);
    g_free(e->alias_entries);
    g_free(e->ram_executable);
    g_free(e->kept_ram);
    g_free(e->idle.ram);
    g_hash_table_destroy(e->code_hooks);
    g_hash_table_destroy(e->ram_code);
    g_hash_table_destroy(e->watches);
    g_array_free(e->stale_code, TRUE);
    g_free(e);
}

void engine_reset(struct engine *e)
{
    exception_reset(e->m);
    e->dirty = true;
    e->stale = false;
}

void engine_restored(struct engine *e)
{
    derive_rate(e);
    e->dirty = true;
    e->stale = false;
    e->attention = true;
    e->resume_continues = false;
    e->cursor_position = e->split_position = e->it_position = UINT64_MAX;
    if (e->c->control & CONTROL_NPRIV && !e->hook_system)
        e->hook_system = e->flush_all = true;
}
