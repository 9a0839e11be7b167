/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoder follows the tables of ARM DDI 0403E, A5.2 (16-bit) and A5.3 (32-bit), one function a table. What it takes from
 * the translator of QEMU 5.0 (which Unicorn 2.1 executes; all of this was compared with it running) instead of the manual:
 *
 *  - UNPREDICTABLE encodings. Where the translator executes them as the plain instruction, they decode as it (a data processing
 *    instruction whose destination is PC, a load multiple of both PC and LR, ...); where it raises UNDEFINSTR, they are
 * UNDEFINED (an empty or, in 32 bits, one-register list, a multiple's written-back base in its own list, a bit field that
 * passes bit 31, most violated should-be bits).
 *  - ends_block. A translation block ends after
 *      - every write of PC;
 *      - conditional branches, CBZ and CBNZ, taken or not; likewise after the rest of this list whether IT skips it or not;
 *      - SVC, BKPT, WFI, WFE, YIELD (which leave the generated code, YIELD too, although no scheduler is there to need it);
 *      - every undefined or coprocessor instruction;
 *      - MSR to any special register, ISB, and CPS (unless executed unprivileged, where it is a no-operation).
 *    It does not end after MRS, DMB, DSB, CLREX, LDREX, STREX, SEV, DBG, NOP and other hints, PLD and its like, IT, nor because
 * of a load or store. Two more ends cannot be seen from an instruction: where the next one starts in another page (1 KiB) or
 * reaches into it, and where a block has grown to 4000 of the translator's own operations (29 STM of eight registers, 363
 * ADDS).
 *
 * What a Cortex-M3 lacks is UNDEFINED here, also where that translator would execute it: SXTAB, SXTAH, UXTAB, UXTAH, SMLAD,
 * SMLSD, SMLALD, SMLSLD, SMLAW<y>, SMULW<y>, USADA8, SSAT16 and USAT16 (as SSAT and USAT), Advanced SIMD VLD<n> and VST<n>,
 * LDREXD, STREXD, stores relative to PC, SETEND, BLX to an immediate. Such an instruction may stand inside one of its blocks.
 */
#include "emu/core/thumb.h"

enum { SP = 13, LR = 14, PC = 15 };

static uint32_t bits(uint32_t value, unsigned high, unsigned low)
{
    return value >> low & ((1U << (high - low + 1)) - 1);
}

static bool bit(uint32_t value, unsigned n)
{
    return value >> n & 1;
}

static unsigned count(uint16_t list)
{
    return (unsigned)__builtin_popcount(list);
}

static uint16_t reg(unsigned n)
{
    return (uint16_t)(1U << n);
}

/* ---- building results; length is filled in by thumb_decode ---- */

static struct thumb_insn of_kind(enum thumb_kind kind)
{
    return (struct thumb_insn){
        .kind = kind, .rt = THUMB_NONE, .rt2 = THUMB_NONE, .rn = THUMB_NONE, .rm = THUMB_NONE, .rd = THUMB_NONE};
}

static struct thumb_insn undefined(void)
{
    return of_kind(THUMB_UNDEFINED);
}

/* Computes and writes the registers of a mask. */
static struct thumb_insn computes(uint16_t writes, bool sets_flags)
{
    struct thumb_insn insn = of_kind(THUMB_PLAIN);
    insn.writes = writes;
    insn.sets_flags = sets_flags;
    return insn;
}

static struct thumb_insn nothing(void)
{
    return computes(0, false);
}

static struct thumb_insn sets_constant(unsigned rd, uint32_t constant, bool sets_flags)
{
    struct thumb_insn insn = computes(reg(rd), sets_flags);
    insn.rd = (uint8_t)rd;
    insn.is_constant = true;
    insn.constant = constant;
    return insn;
}

/* rd = rn + constant. */
static struct thumb_insn adds_constant(unsigned rd, unsigned rn, uint32_t constant, bool sets_flags)
{
    struct thumb_insn insn = computes(reg(rd), sets_flags);
    if (rd == rn) {
        insn.rd = (uint8_t)rd;
        insn.is_add_constant = true;
        insn.constant = constant;
    }
    return insn;
}

static struct thumb_insn branches(uint16_t writes)
{
    struct thumb_insn insn = of_kind(THUMB_BRANCH);
    insn.writes = writes | reg(PC);
    return insn;
}

static struct thumb_insn accesses(enum thumb_kind kind, unsigned size, unsigned rt, unsigned rn)
{
    struct thumb_insn insn = of_kind(kind);
    insn.size = (uint8_t)size;
    insn.rt = (uint8_t)rt;
    insn.rn = (uint8_t)rn;
    insn.pre_index = true;
    if (kind == THUMB_LOAD || kind == THUMB_LOAD_DUAL || kind == THUMB_LOAD_EXCLUSIVE)
        insn.writes = reg(rt);
    return insn;
}

static struct thumb_insn accesses_offset(enum thumb_kind kind, unsigned size, unsigned rt, unsigned rn, uint32_t offset)
{
    struct thumb_insn insn = accesses(kind, size, rt, rn);
    insn.offset = (int32_t)offset;
    return insn;
}

static struct thumb_insn accesses_index(enum thumb_kind kind, unsigned size, unsigned rt, unsigned rn, unsigned rm,
                                        unsigned shift)
{
    struct thumb_insn insn = accesses(kind, size, rt, rn);
    insn.rm = (uint8_t)rm;
    insn.shift = (uint8_t)shift;
    return insn;
}

static struct thumb_insn write_back(struct thumb_insn insn)
{
    insn.writeback = true;
    insn.writes |= reg(insn.rn);
    return insn;
}

static struct thumb_insn multiple(bool load, unsigned rn, uint32_t list, bool decrement_before, bool writeback)
{
    struct thumb_insn insn = of_kind(load ? THUMB_LOAD_MULTIPLE : THUMB_STORE_MULTIPLE);
    insn.size = 4;
    insn.rn = (uint8_t)rn;
    insn.reg_list = (uint16_t)list;
    insn.decrement_before = decrement_before;
    if (load)
        insn.writes = insn.reg_list;
    return writeback ? write_back(insn) : insn;
}

/* ---- 16 bits ---- */

/* A5.2.1: shifts, add, subtract, move, compare. */
static struct thumb_insn shift_add_move(uint16_t i)
{
    unsigned rd = bits(i, 2, 0), rn = bits(i, 5, 3), rdn = bits(i, 10, 8);
    uint32_t imm8 = bits(i, 7, 0);
    switch (bits(i, 13, 11)) {
    case 3: /* ADD, SUB */
        if (bit(i, 10))
            return adds_constant(rd, rn, bit(i, 9) ? -bits(i, 8, 6) : bits(i, 8, 6), true);
        return computes(reg(rd), true);
    case 4:
        return sets_constant(rdn, imm8, true);
    case 5: /* CMP */
        return computes(0, true);
    case 6:
        return adds_constant(rdn, rdn, imm8, true);
    case 7:
        return adds_constant(rdn, rdn, -imm8, true);
    default: /* LSL, LSR, ASR */
        return computes(reg(rd), true);
    }
}

/* A5.2.2: data processing. */
static struct thumb_insn data_processing(uint16_t i)
{
    unsigned op = bits(i, 9, 6);
    bool compares = op == 8 || op == 10 || op == 11; /* TST, CMP, CMN */
    return computes(compares ? 0 : reg(bits(i, 2, 0)), true);
}

/* A5.2.3: special data instructions, branch and exchange. */
static struct thumb_insn special_data(uint16_t i)
{
    unsigned rd = bits(i, 2, 0) | bit(i, 7) << 3;
    switch (bits(i, 9, 8)) {
    case 1: /* CMP */
        return computes(0, true);
    case 3: /* BX, BLX */
        if (bits(i, 2, 0))
            return undefined();
        return branches(bit(i, 7) ? reg(LR) : 0);
    default: /* ADD, MOV */
        return computes(reg(rd), false);
    }
}

/* A5.2.4: loads and stores of single data items, register offset. */
static struct thumb_insn load_store_register(uint16_t i)
{
    static const struct {
        enum thumb_kind kind;
        uint8_t size;
        bool sign_extend;
    } operations[8] = {{THUMB_STORE, 4, false}, {THUMB_STORE, 2, false}, {THUMB_STORE, 1, false}, {THUMB_LOAD, 1, true},
                       {THUMB_LOAD, 4, false},  {THUMB_LOAD, 2, false},  {THUMB_LOAD, 1, false},  {THUMB_LOAD, 2, true}};
    unsigned op = bits(i, 11, 9);
    struct thumb_insn insn =
        accesses_index(operations[op].kind, operations[op].size, bits(i, 2, 0), bits(i, 5, 3), bits(i, 8, 6), 0);
    insn.sign_extend = operations[op].sign_extend;
    return insn;
}

/* A5.2.4: the same, immediate offset. */
static struct thumb_insn load_store_immediate(uint16_t i, unsigned size)
{
    return accesses_offset(bit(i, 11) ? THUMB_LOAD : THUMB_STORE, size, bits(i, 2, 0), bits(i, 5, 3), bits(i, 10, 6) * size);
}

enum hint { HINT_YIELD = 1, HINT_WFE, HINT_WFI };

static struct thumb_insn hint(unsigned number)
{
    switch (number) {
    case HINT_YIELD:
        return of_kind(THUMB_YIELD);
    case HINT_WFE:
        return of_kind(THUMB_WFE);
    case HINT_WFI:
        return of_kind(THUMB_WFI);
    default: /* NOP, SEV, DBG; unallocated ones execute as NOP */
        return nothing();
    }
}

/* A5.2.5: miscellaneous. */
static struct thumb_insn miscellaneous(uint16_t i)
{
    switch (bits(i, 11, 8)) {
    case 0x0: { /* ADD SP, SUB SP */
        uint32_t imm = bits(i, 6, 0) * 4;
        return adds_constant(SP, SP, bit(i, 7) ? -imm : imm, false);
    }
    case 0x1:
    case 0x3:
    case 0x9:
    case 0xB: /* CBZ, CBNZ */
        return branches(0);
    case 0x2: /* SXTH, SXTB, UXTH, UXTB */
        return computes(reg(bits(i, 2, 0)), false);
    case 0x4:
    case 0x5: { /* PUSH */
        uint32_t list = bits(i, 7, 0) | bit(i, 8) << LR;
        return list ? multiple(false, SP, list, true, true) : undefined();
    }
    case 0x6: /* CPS */
        return (i & 0xEC) == 0x60 ? of_kind(THUMB_SYSTEM) : undefined();
    case 0xA: /* REV, REV16, REVSH */
        return bits(i, 7, 6) == 2 ? undefined() : computes(reg(bits(i, 2, 0)), false);
    case 0xC:
    case 0xD: { /* POP */
        uint32_t list = bits(i, 7, 0) | bit(i, 8) << PC;
        return list ? multiple(true, SP, list, false, true) : undefined();
    }
    case 0xE:
        return of_kind(THUMB_BKPT);
    case 0xF: {
        if (bits(i, 3, 0) == 0)
            return hint(bits(i, 7, 4));
        struct thumb_insn insn = nothing();
        insn.it_mask = (uint8_t)i;
        return insn;
    }
    default:
        return undefined();
    }
}

static struct thumb_insn load_store_multiple(uint16_t i)
{
    bool load = bit(i, 11);
    unsigned rn = bits(i, 10, 8);
    uint32_t list = bits(i, 7, 0);
    if (!list)
        return undefined();
    return multiple(load, rn, list, false, !load || !bit(list, rn));
}

static struct thumb_insn conditional_branch(uint16_t i)
{
    switch (bits(i, 11, 8)) {
    case 0xE: /* UDF */
        return undefined();
    case 0xF:
        return of_kind(THUMB_SVC);
    default:
        return branches(0);
    }
}

/* A5.2, by the first four bits, or five where they differ. */
static struct thumb_insn decode_16(uint32_t pc, uint16_t i)
{
    unsigned rdt = bits(i, 10, 8);
    uint32_t imm8 = bits(i, 7, 0) * 4;
    switch (bits(i, 15, 12)) {
    case 0x4:
        if (bit(i, 11))
            return accesses_offset(THUMB_LOAD, 4, rdt, PC, imm8);
        return bit(i, 10) ? special_data(i) : data_processing(i);
    case 0x5:
        return load_store_register(i);
    case 0x6:
        return load_store_immediate(i, 4);
    case 0x7:
        return load_store_immediate(i, 1);
    case 0x8:
        return load_store_immediate(i, 2);
    case 0x9:
        return accesses_offset(bit(i, 11) ? THUMB_LOAD : THUMB_STORE, 4, rdt, SP, imm8);
    case 0xA: /* ADR; ADD rd, SP */
        return bit(i, 11) ? computes(reg(rdt), false) : sets_constant(rdt, thumb_literal_base(pc) + imm8, false);
    case 0xB:
        return miscellaneous(i);
    case 0xC:
        return load_store_multiple(i);
    case 0xD:
        return conditional_branch(i);
    case 0xE: /* B; the rest is 32 bits long */
        return branches(0);
    default: /* 0 to 3 */
        return shift_add_move(i);
    }
}

/* ---- 32 bits: a is the first half-word, b the second ---- */

/* A5.3.5 */
static struct thumb_insn load_store_multiple_32(uint16_t a, uint16_t b)
{
    unsigned op = bits(a, 8, 7), rn = bits(a, 3, 0);
    bool writeback = bit(a, 5);
    if (op == 0 || op == 3 || rn == PC || count(b) < 2 || (writeback && bit(b, rn))) /* 0, 3: SRS, RFE */
        return undefined();
    return multiple(bit(a, 4), rn, b, op == 2, writeback);
}

static struct thumb_insn load_store_dual(uint16_t a, uint16_t b)
{
    uint32_t offset = bits(b, 7, 0) * 4;
    struct thumb_insn insn = accesses_offset(bit(a, 4) ? THUMB_LOAD_DUAL : THUMB_STORE_DUAL, 4, bits(b, 15, 12), bits(a, 3, 0),
                                             bit(a, 7) ? offset : -offset);
    insn.rt2 = (uint8_t)bits(b, 11, 8);
    insn.pre_index = bit(a, 8);
    if (bit(a, 4))
        insn.writes |= reg(insn.rt2);
    return bit(a, 5) ? write_back(insn) : insn;
}

static struct thumb_insn exclusive(bool load, unsigned size, unsigned rt, unsigned rn, unsigned rd, uint32_t offset)
{
    if (rn == PC || rt == PC || rt == SP)
        return undefined();
    if (load)
        return accesses_offset(THUMB_LOAD_EXCLUSIVE, size, rt, rn, offset);
    if (rd == SP || rd == PC || rd == rn || rd == rt)
        return undefined();
    struct thumb_insn insn = accesses_offset(THUMB_STORE_EXCLUSIVE, size, rt, rn, offset);
    insn.rd = (uint8_t)rd;
    insn.writes = reg(rd);
    return insn;
}

/* A5.3.6: load and store dual or exclusive, table branch. */
static struct thumb_insn load_store_dual_exclusive(uint16_t a, uint16_t b)
{
    unsigned rn = bits(a, 3, 0), rt = bits(b, 15, 12);
    bool load = bit(a, 4);
    if (bit(a, 8) || bit(a, 5))
        return load_store_dual(a, b);
    if (!bit(a, 7)) {
        if (load && bits(b, 11, 8) != 0xF)
            return undefined();
        return exclusive(load, 4, rt, rn, bits(b, 11, 8), bits(b, 7, 0) * 4);
    }
    unsigned op3 = bits(b, 7, 4);
    if (op3 == 4 || op3 == 5) {
        if (bits(b, 11, 8) != 0xF || (load && bits(b, 3, 0) != 0xF))
            return undefined();
        return exclusive(load, op3 == 4 ? 1 : 2, rt, rn, bits(b, 3, 0), 0);
    }
    if (load && op3 <= 1 && bits(b, 15, 8) == 0xF0) {
        struct thumb_insn insn = accesses_index(THUMB_TABLE_BRANCH, op3 + 1, THUMB_NONE, rn, bits(b, 3, 0), op3);
        insn.writes = reg(PC);
        return insn;
    }
    return undefined();
}

/* The operations that A5.3.1 and A5.3.11 share. */
enum data_operation { AND = 0, BIC, ORR, ORN, EOR, ADD = 8, ADC = 10, SBC, SUB = 13, RSB };

static bool has_data_operation(unsigned op)
{
    return op <= EOR || op == ADD || op == ADC || op == SBC || op == SUB || op == RSB;
}

/* TST, TEQ, CMN, CMP. */
static bool only_compares(unsigned op, unsigned rd, bool sets_flags)
{
    return sets_flags && rd == PC && (op == AND || op == EOR || op == ADD || op == SUB);
}

/* A5.3.11: data processing (shifted register). */
static struct thumb_insn data_processing_shifted(uint16_t a, uint16_t b)
{
    unsigned op = bits(a, 8, 5), rd = bits(b, 11, 8);
    bool sets_flags = bit(a, 4);
    if (!has_data_operation(op) || bit(b, 15)) /* 6: PKHBT, PKHTB */
        return undefined();
    return computes(only_compares(op, rd, sets_flags) ? 0 : reg(rd), sets_flags);
}

/* i:imm3:imm8 */
static uint32_t immediate_12(uint16_t a, uint16_t b)
{
    return bit(a, 10) << 11 | bits(b, 14, 12) << 8 | bits(b, 7, 0);
}

/* A5.3.2: ThumbExpandImm. */
static uint32_t expand_immediate(uint32_t imm12)
{
    uint32_t imm8 = bits(imm12, 7, 0);
    switch (bits(imm12, 11, 8)) {
    case 0:
        return imm8;
    case 1:
        return imm8 * 0x00010001;
    case 2:
        return imm8 * 0x01000100;
    case 3:
        return imm8 * 0x01010101;
    default: { /* 1bcdefgh rotated right by at least 8 */
        unsigned rotation = bits(imm12, 11, 7);
        uint32_t value = 0x80 | bits(imm12, 6, 0);
        return value >> rotation | value << (32 - rotation);
    }
    }
}

/* A5.3.1: data processing (modified immediate). */
static struct thumb_insn data_processing_immediate(uint16_t a, uint16_t b)
{
    unsigned op = bits(a, 8, 5), rn = bits(a, 3, 0), rd = bits(b, 11, 8);
    bool sets_flags = bit(a, 4);
    uint32_t constant = expand_immediate(immediate_12(a, b));
    if (!has_data_operation(op))
        return undefined();
    if (only_compares(op, rd, sets_flags))
        return computes(0, true);
    if (op == ORR && rn == PC) /* MOV */
        return sets_constant(rd, constant, sets_flags);
    if (op == ORN && rn == PC) /* MVN */
        return sets_constant(rd, ~constant, sets_flags);
    if (op == ADD || op == SUB)
        return adds_constant(rd, rn, op == ADD ? constant : -constant, sets_flags);
    return computes(reg(rd), sets_flags);
}

/* ADDW, SUBW, ADR. */
static struct thumb_insn add_immediate_12(uint32_t pc, unsigned rd, unsigned rn, uint32_t constant)
{
    return rn == PC ? sets_constant(rd, thumb_literal_base(pc) + constant, false) : adds_constant(rd, rn, constant, false);
}

/* A5.3.3: data processing (plain binary immediate). */
static struct thumb_insn data_processing_plain(uint32_t pc, uint16_t a, uint16_t b)
{
    unsigned op = bits(a, 8, 4), rn = bits(a, 3, 0), rd = bits(b, 11, 8);
    unsigned lsb = bits(b, 14, 12) << 2 | bits(b, 7, 6), width_or_msb = bits(b, 4, 0);
    uint32_t imm12 = immediate_12(a, b);
    if (op >= 0x10 && (bit(a, 10) || bit(b, 5)))
        return undefined();
    switch (op) {
    case 0x00:
        return add_immediate_12(pc, rd, rn, imm12);
    case 0x0A:
        return add_immediate_12(pc, rd, rn, -imm12);
    case 0x04: /* MOVW */
        return sets_constant(rd, rn << 12 | imm12, false);
    case 0x0C: { /* MOVT */
        struct thumb_insn insn = computes(reg(rd), false);
        insn.rd = (uint8_t)rd;
        insn.is_movt = true;
        insn.constant = rn << 12 | imm12;
        return insn;
    }
    case 0x12: /* SSAT with ASR; without a shift: SSAT16 */
    case 0x1A: /* USAT, USAT16 */
        return lsb ? computes(reg(rd), false) : undefined();
    case 0x10: /* SSAT with LSL */
    case 0x18: /* USAT */
        return computes(reg(rd), false);
    case 0x14: /* SBFX */
    case 0x1C: /* UBFX */
        return lsb + width_or_msb <= 31 ? computes(reg(rd), false) : undefined();
    case 0x16: /* BFI, BFC */
        return width_or_msb >= lsb ? computes(reg(rd), false) : undefined();
    default:
        return undefined();
    }
}

/* MSR: flags change with APSR; and SP is another register after a write of CONTROL, or is itself MSP or PSP. */
static struct thumb_insn write_special(uint16_t b)
{
    enum { XPSR_LAST = 3, MSP = 8, PSP = 9, CONTROL = 20 };
    unsigned special = bits(b, 7, 0);
    struct thumb_insn insn = of_kind(THUMB_SYSTEM);
    if (special == MSP || special == PSP || special == CONTROL)
        insn.writes = reg(SP);
    insn.sets_flags = special <= XPSR_LAST && bit(b, 11);
    return insn;
}

/* A5.3.4: hints, barriers, special registers; the part of the table that conditional branches leave. */
static struct thumb_insn control(uint16_t a, uint16_t b)
{
    if (bits(b, 14, 12) != 0) /* UDF among them */
        return undefined();
    switch (bits(a, 10, 4)) {
    case 0x38:
        return bits(b, 9, 8) == 0 ? write_special(b) : undefined();
    case 0x3A: /* bits 10 to 8 not 0: CPS of the A profile */
        return bits(a, 3, 0) == 0xF && bits(b, 11, 8) == 0 ? hint(bits(b, 7, 0)) : undefined();
    case 0x3B:
        if (bits(a, 3, 0) != 0xF || bits(b, 11, 8) != 0xF)
            return undefined();
        switch (bits(b, 7, 4)) {
        case 2: /* CLREX */
            return bits(b, 3, 0) == 0xF ? nothing() : undefined();
        case 4: /* DSB */
        case 5: /* DMB */
            return nothing();
        case 6: /* ISB */
            return of_kind(THUMB_SYSTEM);
        default:
            return undefined();
        }
    case 0x3E: /* MRS */
        return bits(a, 3, 0) == 0xF ? computes(reg(bits(b, 11, 8)), false) : undefined();
    default:
        return undefined();
    }
}

static struct thumb_insn branch_control(uint16_t a, uint16_t b)
{
    if (bit(b, 14)) /* BL; BLX to an immediate changes to the ARM state, which there is not */
        return bit(b, 12) ? branches(reg(LR)) : undefined();
    if (bit(b, 12) || bits(a, 9, 7) != 7)
        return branches(0);
    return control(a, b);
}

/* A5.3.7 to A5.3.10: load and store single, memory hints. */
static struct thumb_insn load_store_single(uint16_t a, uint16_t b)
{
    bool load = bit(a, 4), sign_extend = bit(a, 8);
    unsigned rn = bits(a, 3, 0), rt = bits(b, 15, 12), log_size = bits(a, 6, 5);
    if (log_size == 3 || (sign_extend && (!load || log_size == 2)) || (!load && rn == PC))
        return undefined();
    enum thumb_kind kind = load ? THUMB_LOAD : THUMB_STORE;
    struct thumb_insn insn;
    bool may_be_hint = true;
    uint32_t imm8 = bits(b, 7, 0);
    if (load && rn == PC) {
        insn = accesses_offset(kind, 1 << log_size, rt, rn, bit(a, 7) ? bits(b, 11, 0) : -bits(b, 11, 0));
    } else if (bit(a, 7)) {
        insn = accesses_offset(kind, 1 << log_size, rt, rn, bits(b, 11, 0));
    } else if (bits(b, 11, 6) == 0) {
        insn = accesses_index(kind, 1 << log_size, rt, rn, bits(b, 3, 0), bits(b, 5, 4));
    } else if (bits(b, 11, 8) == 0xC) {
        insn = accesses_offset(kind, 1 << log_size, rt, rn, -imm8);
    } else if (bits(b, 11, 8) == 0xE) { /* LDRT and its like */
        insn = accesses_offset(kind, 1 << log_size, rt, rn, imm8);
        may_be_hint = false;
    } else if (bit(b, 11) && bit(b, 8)) { /* writes the base back */
        insn = accesses_offset(kind, 1 << log_size, rt, rn, bit(b, 9) ? imm8 : -imm8);
        insn.pre_index = bit(b, 10);
        insn = write_back(insn);
        may_be_hint = false;
    } else {
        return undefined();
    }
    if (load && log_size < 2 && rt == PC && may_be_hint) /* PLD, PLI, unallocated hints */
        return nothing();
    insn.sign_extend = sign_extend;
    return insn;
}

/* A5.3.12 to A5.3.15: data processing (register). */
static struct thumb_insn data_processing_register(uint16_t a, uint16_t b)
{
    unsigned op1 = bits(a, 7, 4), op2 = bits(b, 7, 4), rn = bits(a, 3, 0);
    uint16_t rd = reg(bits(b, 11, 8));
    if (bits(b, 15, 12) != 0xF)
        return undefined();
    if (op1 < 8 && op2 == 0) /* LSL, LSR, ASR, ROR */
        return computes(rd, bit(a, 4));
    /* SXTH, UXTH, SXTB, UXTB; not with an addend, nor on two half-words at once */
    if (op1 < 8 && op2 >= 8 && op2 < 12)
        return rn == PC && (op1 == 0 || op1 == 1 || op1 == 4 || op1 == 5) ? computes(rd, false) : undefined();
    /* REV, REV16, RBIT, REVSH; CLZ */
    if ((op1 == 9 && op2 >= 8 && op2 < 12) || (op1 == 11 && op2 == 8))
        return computes(rd, false);
    return undefined();
}

/* A5.3.16, A5.3.17: multiply, long multiply, divide. */
static struct thumb_insn multiply_divide(uint16_t a, uint16_t b)
{
    unsigned op2 = bits(b, 7, 4), ra = bits(b, 15, 12), rd = bits(b, 11, 8);
    switch (bits(a, 7, 4)) {
    case 0x0: /* MUL, MLA, MLS */
        return op2 <= 1 ? computes(reg(rd), false) : undefined();
    case 0x8: /* SMULL */
    case 0xA: /* UMULL */
    case 0xC: /* SMLAL */
    case 0xE: /* UMLAL */
        return op2 == 0 ? computes(reg(rd) | reg(ra), false) : undefined();
    case 0x9:
    case 0xB: {
        if (op2 != 0xF || ra != 0xF)
            return undefined();
        struct thumb_insn insn = of_kind(THUMB_DIVIDE);
        insn.rd = (uint8_t)rd;
        insn.rn = (uint8_t)bits(a, 3, 0);
        insn.rm = (uint8_t)bits(b, 3, 0);
        insn.writes = reg(rd);
        return insn;
    }
    default:
        return undefined();
    }
}

/* A5.3.18: op1 = 11xxxx is nobody's; for the rest the processor looks for a coprocessor that is not there. */
static struct thumb_insn coprocessor(uint16_t a)
{
    struct thumb_insn insn = undefined();
    insn.coprocessor = bits(a, 9, 8) != 3;
    return insn;
}

/* A5.3 */
static struct thumb_insn decode_32(uint32_t pc, uint16_t a, uint16_t b)
{
    if (bits(a, 12, 11) == 2) {
        if (bit(b, 15))
            return branch_control(a, b);
        return bit(a, 9) ? data_processing_plain(pc, a, b) : data_processing_immediate(a, b);
    }
    if (bit(a, 10))
        return coprocessor(a);
    if (bits(a, 12, 11) == 1) {
        if (bit(a, 9))
            return data_processing_shifted(a, b);
        return bit(a, 6) ? load_store_dual_exclusive(a, b) : load_store_multiple_32(a, b);
    }
    if (!bit(a, 9))
        return load_store_single(a, b);
    return bit(a, 8) ? multiply_divide(a, b) : data_processing_register(a, b);
}

static bool kind_ends_block(enum thumb_kind kind)
{
    switch (kind) {
    case THUMB_TABLE_BRANCH:
    case THUMB_BRANCH:
    case THUMB_SYSTEM:
    case THUMB_SVC:
    case THUMB_BKPT:
    case THUMB_WFI:
    case THUMB_WFE:
    case THUMB_YIELD:
    case THUMB_UNDEFINED:
        return true;
    default:
        return false;
    }
}

struct thumb_insn thumb_decode(uint32_t pc, uint16_t first, uint16_t second)
{
    unsigned length = thumb_length(first);
    struct thumb_insn insn = length == 2 ? decode_16(pc, first) : decode_32(pc, first, second);
    insn.length = (uint8_t)length;
    if (insn.kind == THUMB_PLAIN && bit(insn.writes, PC)) {
        bool sets_flags = insn.sets_flags;
        insn = branches(insn.writes);
        insn.length = (uint8_t)length;
        insn.sets_flags = sets_flags;
    }
    insn.ends_block = kind_ends_block(insn.kind) || bit(insn.writes, PC);
    return insn;
}
