/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The execution engine: Unicorn, made a true Cortex-M3 that keeps exact time. From inside; for emu/core/engine-*.c and cpu.c,
 * the only files that see unicorn.h.
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
#ifndef EMU_CORE_ENGINE_INTERNAL_H
#define EMU_CORE_ENGINE_INTERNAL_H

#include <string.h>
#include <unicorn/unicorn.h>

#include "emu/core/block.h"
#include "emu/core/cpu.h"
#include "emu/core/debug.h"
#include "emu/core/exception.h"
#include "emu/core/idle.h"
#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"

enum { XPSR_T = 1 << 24, XPSR_IT = 0x0600FC00, XPSR_FLAGS = (int)0xF8000000, CPSR_T = 1 << 5, CONTROL_NPRIV = 1 };
enum {
    CHECK_ALIGNMENT = 0x8000,
    BLOCK_CACHE = 4096,
    PAGE = 1024,
    IDLE_TRIES = 6,
    IDLE_BEGINS = 3,
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

struct watchpoint {
    uint32_t address, size;
    unsigned accesses;
};

/* What a debugger wants; all of it on the host's side. */
struct debugging {
    GHashTable *breakpoints;   /* address -> how often it is set */
    GHashTable *armed;         /* the set of addresses that are hooked for a breakpoint's sake */
    GArray *watchpoints;       /* struct watchpoint */
    GArray *armed_watchpoints; /* the same, as they are hooked ... */
    GArray *memory_hooks;      /* ... by these: uc_hook */
    bool changed;              /* wanted and armed may differ */
    bool stop_at_bkpt;
    bool stopped; /* stop is to be told to machine_run's caller */
    struct debug_stop stop;
    uint32_t skip_pc;       /* the instruction that a stop was told of: it does not stop again ... */
    uint64_t skip_position; /* ... at this instruction count */
    bool stepping, into_interrupts;
    uint64_t goal; /* stop when so many instructions have been executed; UINT64_MAX: none */
    uint64_t step_from;
    uint32_t step_pc;
    GArray *step_hooks; /* uint32_t: instructions that were hooked for the goal's sake */
    bool serving;       /* an interrupt came first: its return is waited for */
    uint32_t return_sp;
    unsigned return_exception;
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
    ticks_t idle_time;    /* passed without instructions, or in rounds that were not executed */
    bool never_skip;      /* machine_set_idle_skipping(m, false) */
    unsigned idle_tries;  /* look for an idle loop at so many of the next starts: a timer's event has come, which may have ended
                             one */
    unsigned idle_begins; /* this often a start, and behind an event: the first round may still bring registers up to date */
    uint64_t activity;    /* whatever an idle loop must not do */
    ticks_t idle_until;   /* what the loop read of the time leads to the same only until then */

    /* self-check: the address that a hook on every instruction saw last */
    bool checking;
    uint32_t checked_pc;
    struct access_check check;

    struct debugging debug;

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

#define ENGINE_CHECK(CALL)                                                                                                     \
    do {                                                                                                                       \
        uc_err check_err = (CALL);                                                                                             \
        if (check_err != UC_ERR_OK)                                                                                            \
            g_error("%s: %s", #CALL, uc_strerror(check_err));                                                                  \
    } while (0)

/* ---- engine-time.c ---- */

ticks_t engine_time_of(const struct engine *e, uint64_t instructions);
/* The instruction count at which the next thing is due. */
uint64_t engine_wanted_limit(const struct engine *e);
uint64_t engine_limit_until(const struct engine *e, ticks_t end); /* the same, and not behind end */
void engine_derive_rate(struct engine *e);

/* Instructions executed, the block under way included. */
static inline uint64_t executed(const struct engine *e)
{
    return e->limit - (uint64_t)e->left;
}

/* Instructions executed before the block under way. */
static inline uint64_t block_start(const struct engine *e)
{
    return executed(e) - e->block_count;
}

static inline void set_limit(struct engine *e, uint64_t limit)
{
    uint64_t at = executed(e);
    e->limit = limit;
    e->left = (int64_t)(limit - at);
}

/* Instructions executed before the one under way. */
static inline uint64_t present(const struct engine *e)
{
    return e->in_callback ? e->position : e->c->instructions;
}

/* ---- engine-registers.c ---- */

extern const int engine_core_registers[15];
uint32_t engine_core_register(void *data, unsigned reg); /* a block_register */
void engine_read_masks(struct engine *e);
void engine_registers_out(struct engine *e);
void engine_registers_in(struct engine *e);
/* About to change m->v->cpu. */
void engine_own_state(struct engine *e);
void engine_precise_stop(struct engine *e, uint64_t done);
void engine_set_itstate(struct cpu_state *c, uint8_t itstate);
void engine_stop_behind(struct engine *e, const struct block_insn *insn);
void engine_stop_for_fault(struct engine *e, const struct block_insn *insn, unsigned exception, uint32_t cfsr,
                           const uint32_t *address);

static inline uint32_t reg_read(uc_engine *uc, int id)
{
    uint32_t value = 0;
    uc_reg_read(uc, id, &value);
    return value;
}

static inline void reg_write(uc_engine *uc, int id, uint32_t value)
{
    uc_reg_write(uc, id, &value);
}

/* Which of MSP and PSP is R13 for the engine: it knows no handler mode, so CONTROL.SPSEL is kept 0 there. */
static inline bool on_psp(const struct engine *e)
{
    return !exception_in_handler(e->m) && (e->c->control & 2);
}

static inline bool unprivileged(const struct engine *e)
{
    return !exception_in_handler(e->m) && (e->c->control & CONTROL_NPRIV);
}

/* ---- engine-code.c ---- */

bool engine_fetch(void *data, uint32_t address, uint16_t *halfword); /* a block_fetch */
void engine_note_itstate(struct engine *e, uint32_t pc);
/* The parsed block that starts at pc; valid until the next call for RAM, until code changes for flash. */
const struct block *engine_parsed(struct engine *e, uint32_t pc);
/* Hooks for the instructions of a block that need one (misaligned: also for those whose address must be aligned); true if a new
   one was set, and the translation must be made again. */
bool engine_set_hooks(struct engine *e, const struct block *block, bool misaligned);
void engine_add_stale(struct engine *e, uint32_t from, uint32_t to);
/* Look again which instructions near address need a hook; the one that it has goes. */
void engine_forget_hook(struct engine *e, uint32_t address);
/* Hook the instruction at pc; false if it is already. */
bool engine_add_hook(struct engine *e, uint32_t pc);
void engine_drop_stale_code(struct engine *e);
void engine_make_ram_executable(struct engine *e, uint32_t pc);

static inline bool in_ram(const struct machine *m, uint32_t address)
{
    return address - m->ram.base < m->ram.size;
}

/* UNALIGN_TRP was set: from now on loads and stores need a hook. */
static inline bool needs_memory_hooks(const struct engine *e)
{
    return !e->hook_memory && (nvic_ccr(e->m->scs) & CCR_UNALIGN_TRP);
}

/* ---- engine-access.c ---- */

void engine_map_devices(struct engine *e);
void engine_add_access_hooks(struct engine *e);
/* In an IT block the engine runs on for a while behind an access, and a store is done all the same: keep RAM, to be put back
   when it has stopped. */
void engine_keep_ram(struct engine *e);
/* The address that a bit-band alias stands for; false if it is none. */
bool engine_band_target(const struct machine *m, uint32_t address, uint32_t *word, unsigned *bit);
/* Find the instruction that makes an access, from the last one found on; NULL if it cannot be told. */
const struct block_insn *engine_find_access(struct engine *e, const struct block_access *access, bool *last, unsigned *index);

/* ---- engine-check.c ---- */

/* An access was found to be by the instruction at pc. */
void engine_check_access(struct engine *e, uint32_t pc);

/* ---- engine-instruction.c ---- */

bool engine_needs_hook(const struct engine *e, const struct block_insn *insn);
void engine_code_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data);

/* ---- engine-block.c ---- */

void engine_block_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data);
/* Busy flash holds up code in it, and, since an exception may come, all code while the vectors are there. */
bool engine_stalled(const struct machine *m, uint32_t pc, ticks_t now);

/* ---- engine-debug.c ---- */

void engine_debug_init(struct engine *e);
void engine_debug_free(struct engine *e);
/* Before the engine starts: make hooks what the debugger wants. */
void engine_debug_arm(struct engine *e);
/* Does a breakpoint need a hook on the instruction at pc? */
bool engine_debug_needs_hook(const struct engine *e, uint32_t pc);
/* A hooked instruction is reached, position instructions have been executed: true if the engine was stopped before it. */
bool engine_debug_reached(struct engine *e, const struct block_insn *insn, uint64_t position);
/* The same for an access that an instruction is about to make by machine_bus_write: true if it was stopped. */
bool engine_debug_accesses(struct engine *e, const struct block_insn *insn, uint32_t address, uint32_t size, unsigned access);
/* A block is about to be executed: true if a step ends before it. *new_hook is set if one was made for the end of a step. */
bool engine_debug_block(struct engine *e, uint32_t pc, const struct block_entry *entry, bool *new_hook);
/* In the run loop: is there a stop to be told? */
bool engine_debug_arrived(struct engine *e);
/* An exception is about to be taken between two instructions. */
void engine_debug_exception(struct engine *e);
/* The CPU is at the BKPT at its PC: true if that is a stop. */
bool engine_debug_bkpt(struct engine *e);
/* The value was replaced, or the core reset: what is known of the place counts no more. */
void engine_debug_moved(struct engine *e);

/* ---- engine-run.c ---- */

void engine_interrupt_hook(uc_engine *uc, uint32_t intno, void *data);

#endif
