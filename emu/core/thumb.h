/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARMv7-M Thumb decoder (ARM DDI 0403E chapters A5 and A7), as far as the emulator must understand code that the engine
 * executes: where instructions and basic blocks end, what they load and store, and which registers they change.
 */
#ifndef EMU_CORE_THUMB_H
#define EMU_CORE_THUMB_H

#include <stdbool.h>
#include <stdint.h>

enum thumb_kind {
    THUMB_PLAIN, /* computes; includes IT, NOP, SEV, DBG, PLD, PLI, DMB, DSB, CLREX, MRS */
    THUMB_LOAD,  /* LDR, LDRB, LDRH, LDRSB, LDRSH and their T forms, every addressing mode */
    THUMB_STORE,
    THUMB_LOAD_DUAL, /* LDRD: rt from the lower word, rt2 from the one above it */
    THUMB_STORE_DUAL,
    THUMB_LOAD_MULTIPLE,  /* LDM, LDMDB, POP; POP.W and PUSH.W of one register are LOAD and STORE */
    THUMB_STORE_MULTIPLE, /* STM, STMDB, PUSH */
    THUMB_LOAD_EXCLUSIVE, /* LDREX, LDREXB, LDREXH */
    THUMB_STORE_EXCLUSIVE,
    THUMB_TABLE_BRANCH, /* TBB, TBH: loads from [rn + (rm << shift)], then branches */
    THUMB_DIVIDE,       /* UDIV, SDIV: rn / rm */
    THUMB_BRANCH,       /* B, BL, BX, BLX, CBZ, CBNZ, and data processing that writes PC (MOV PC, ADD PC) */
    THUMB_SYSTEM,       /* MSR, CPS, ISB: they may unmask an exception */
    THUMB_SVC,
    THUMB_BKPT,
    THUMB_WFI,
    THUMB_WFE,
    THUMB_YIELD,     /* does nothing, but the engine leaves a block there as for WFE */
    THUMB_UNDEFINED, /* UDF, and every encoding that a Cortex-M3 does not have (VFP, DSP, coprocessors: see coprocessor) */
};

enum { THUMB_NONE = 0xFF }; /* instead of a register number */

struct thumb_insn {
    enum thumb_kind kind;
    uint8_t length;   /* bytes: 2 or 4 */
    bool ends_block;  /* the next instruction starts a new basic block: branches, any write of PC, SYSTEM, SVC, BKPT, WFI, WFE,
                         YIELD, UNDEFINED */
    bool coprocessor; /* UNDEFINED: a coprocessor instruction (UsageFault NOCP, not UNDEFINSTR) */
    uint8_t it_mask;  /* an IT instruction: its low byte (firstcond:mask), else 0 */

    /* memory accesses; registers: THUMB_NONE = none */
    uint8_t size; /* bytes of one access: 1, 2 or 4 */
    bool sign_extend;
    uint8_t rt, rt2;       /* transfer registers (rt2: duals); STREX: status in rd */
    uint8_t rn;            /* base; 15 = PC-relative (literal): thumb_literal_base(pc), except TBB and TBH: pc + 4 */
    uint8_t rm;            /* index register */
    uint8_t shift;         /* of the index, left: 0..3 */
    int32_t offset;        /* immediate, signed */
    bool pre_index;        /* the access is at base + offset (or + index); false: at base, the offset is added afterwards */
    bool writeback;        /* the base register is changed */
    uint16_t reg_list;     /* multiples: bit n = Rn is transferred; lowest register at the lowest address */
    bool decrement_before; /* multiples: LDMDB, STMDB, PUSH: the lowest address is base - 4 * count; else it is base */

    /* everything */
    uint8_t rd;       /* STREX status, DIVIDE destination, constant's destination; THUMB_NONE = none */
    uint16_t writes;  /* bit n: Rn may change (n = 15 too; n = 13 also for MSR of MSP, PSP and CONTROL) */
    bool sets_flags;  /* the condition flags may change (outside IT for the 16-bit forms) */
    bool is_constant; /* PLAIN: rd is set to constant, whatever the registers hold: MOV immediate, MVN immediate, MOVW, ADR */
    bool is_add_constant; /* PLAIN: rd = rd + constant (ADD/SUB immediate with rd == rn; SP too) */
    bool is_movt;         /* PLAIN: the upper half of rd is set to constant (0..0xFFFF, unshifted), the lower is kept */
    uint32_t constant;
};

/* Decode the instruction at pc from its first half-word and the next one (used for 32-bit encodings only). */
struct thumb_insn thumb_decode(uint32_t pc, uint16_t first, uint16_t second);

/* Length in bytes from the first half-word alone: 4 if its top five bits are 0b11101, 0b11110 or 0b11111. */
static inline unsigned thumb_length(uint16_t first)
{
    return (first >> 11) >= 0x1D ? 4 : 2;
}

/* What PC-relative loads and ADR of the instruction at pc add to: Align(PC, 4), where PC reads as pc + 4. */
static inline uint32_t thumb_literal_base(uint32_t pc)
{
    return (pc + 4) & ~UINT32_C(3);
}

#endif
