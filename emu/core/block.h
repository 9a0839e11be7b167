/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Basic blocks as the code defines them, and which instruction of a block makes an access.
 *
 * The engine tells where a block starts, not which instruction of it is under way. Inside a register access, though, the core
 * registers are current: the instruction is the first load or store, from the last one found on, whose effective address fits.
 */
#ifndef EMU_CORE_BLOCK_H
#define EMU_CORE_BLOCK_H

#include "emu/core/thumb.h"

struct block_insn {
    struct thumb_insn i;
    uint32_t pc;
    uint16_t first, second; /* the encoding */
    uint8_t itstate;        /* before it: 0 = not in an IT block */
    bool alignment_unknown; /* must be word-aligned (see block.aligned_registers), but its base is computed in the block */
};

enum { BLOCK_MAX_INSNS = 516 };

struct block {
    uint32_t pc;
    uint32_t bytes;
    unsigned count;
    /* LDM, STM, LDRD and STRD fault if their address is no multiple of 4, whatever CCR says (DDI 0403E A3.2.1): the registers
       that decide this, as they are at the start of the block; SP and PC are always aligned. */
    uint16_t aligned_registers;
    bool stores;              /* some instruction stores ... */
    bool stores_elsewhere;    /* ... not relative to SP, or changes more of the stack than a few words */
    struct block_insn *insns; /* capacity BLOCK_MAX_INSNS in the scratch block, exact in cached ones */
};

/* Half-word at an address, false if nothing is there. */
typedef bool (*block_fetch)(void *data, uint32_t address, uint16_t *halfword);

/* Blocks end behind an instruction that ends them, and at 1 KiB boundaries (the page size of the architecture that the engine
   translates by): an instruction that straddles one starts a block of its own. itstate: at the start of the block. */
void block_scan(struct block *block, uint32_t pc, uint8_t itstate, block_fetch fetch, void *data);

enum { BLOCK_FLAGS = 16 };
typedef uint32_t (*block_register)(void *data, unsigned reg); /* 0..14; BLOCK_FLAGS: xPSR, of which only N, Z, C and V count */

struct block_access {
    uint32_t address;
    unsigned size;
    bool write;
};

/* Index of the instruction at or behind from that makes the access, -1 if none fits. last: whether this is its last word. */
int block_locate(const struct block *block, unsigned from, const struct block_access *access, block_register reg,
                 block_fetch fetch, void *data, bool *last);

/* Could an access by this instruction be taken for one by an earlier instruction of its block, because both have the same
   address expression, and the block loads something unknown into its register in between? Then the caller must notice when the
   instruction is reached, and search from it. */
bool block_ambiguous(const struct block *block, unsigned index, block_fetch fetch, void *data);

/* Value of the base register after a load or store with writeback; without, its present value. */
uint32_t block_base_after(const struct block_insn *insn, block_register reg, void *data);
/* Address of a memory instruction's first access. */
uint32_t block_address(const struct block_insn *insn, block_register reg, void *data);

/* LDM, STM, LDRD, STRD by another base than SP and PC. */
bool block_must_be_aligned(const struct thumb_insn *i);

uint8_t itstate_advance(uint8_t itstate);

#endif
