/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/block.h"

#include <stddef.h>

enum { PAGE = 1024 };

uint8_t itstate_advance(uint8_t itstate)
{
    if ((itstate & 7) == 0)
        return 0;
    return (uint8_t)((itstate & 0xE0) | ((itstate << 1) & 0x1F));
}

static bool is_load(enum thumb_kind kind)
{
    return kind == THUMB_LOAD || kind == THUMB_LOAD_DUAL || kind == THUMB_LOAD_MULTIPLE || kind == THUMB_LOAD_EXCLUSIVE ||
           kind == THUMB_TABLE_BRANCH;
}

static bool is_store(enum thumb_kind kind)
{
    return kind == THUMB_STORE || kind == THUMB_STORE_DUAL || kind == THUMB_STORE_MULTIPLE || kind == THUMB_STORE_EXCLUSIVE;
}

/* A store relative to SP that stays within the memory that idle.c compares. */
static bool is_near_stack(const struct thumb_insn *i)
{
    return i->rn == 13 && i->rm == THUMB_NONE && i->offset > -64 && i->offset < 64;
}

static void note_stores(struct block *block, const struct thumb_insn *i)
{
    /* what lies above a moved SP is out of sight as well */
    bool moves_sp = (i->writes & (1u << 13)) && !is_store(i->kind) && !is_load(i->kind);
    if (is_store(i->kind))
        block->stores = true;
    if ((is_store(i->kind) && !is_near_stack(i)) || (moves_sp && !(i->is_add_constant && i->constant + 64 < 128)))
        block->stores_elsewhere = true;
}

bool block_must_be_aligned(const struct thumb_insn *i)
{
    bool words = i->kind == THUMB_LOAD_DUAL || i->kind == THUMB_STORE_DUAL || i->kind == THUMB_LOAD_MULTIPLE ||
                 i->kind == THUMB_STORE_MULTIPLE;
    return words && i->rn != 13 && i->rn != 15;
}

/* moved: registers that the block has changed so far by something else than a multiple of 4. */
static void note_alignment(struct block *block, struct block_insn *insn, uint16_t *moved)
{
    const struct thumb_insn *i = &insn->i;
    insn->alignment_unknown = false;
    if (block_must_be_aligned(i)) {
        insn->alignment_unknown = *moved & (1u << i->rn);
        if (!insn->alignment_unknown)
            block->aligned_registers |= (uint16_t)(1u << i->rn);
    }
    uint16_t changed = i->writes;
    bool keeps_base = (block_must_be_aligned(i) && i->writeback) || (i->is_add_constant && (i->constant & 3) == 0);
    bool loads_base = i->kind == THUMB_LOAD_MULTIPLE && (i->reg_list & (1u << i->rn));
    if (i->kind == THUMB_LOAD_DUAL)
        loads_base = i->rt == i->rn || i->rt2 == i->rn;
    unsigned base = i->is_add_constant ? i->rd : i->rn;
    if (keeps_base && !loads_base)
        changed &= (uint16_t) ~(1u << base);
    *moved |= changed;
}

void block_scan(struct block *block, uint32_t pc, uint8_t itstate, block_fetch fetch, void *data)
{
    uint32_t page_end = (pc & ~(uint32_t)(PAGE - 1)) + PAGE;
    block->pc = pc;
    block->count = 0;
    block->stores = block->stores_elsewhere = false;
    block->aligned_registers = 0;
    uint16_t moved = 0;
    uint32_t at = pc;
    while (block->count < BLOCK_MAX_INSNS) {
        struct block_insn *insn = &block->insns[block->count];
        uint16_t first = 0, second = 0;
        if (!fetch(data, at, &first))
            break;
        unsigned length = thumb_length(first);
        if (length == 4) {
            if (block->count > 0 && at + 4 > page_end)
                break; /* it straddles the boundary: a block of its own */
            if (!fetch(data, at + 2, &second))
                break;
        }
        insn->i = thumb_decode(at, first, second);
        insn->pc = at;
        insn->first = first;
        insn->second = second;
        insn->itstate = itstate;
        itstate = insn->i.it_mask != 0 ? insn->i.it_mask : itstate_advance(itstate);
        note_stores(block, &insn->i);
        note_alignment(block, insn, &moved);
        block->count++;
        at += length;
        if (insn->i.ends_block || at >= page_end)
            break;
    }
    block->bytes = at - pc;
}

static unsigned list_words(uint16_t list)
{
    return (unsigned)__builtin_popcount(list);
}

static uint32_t base_value(const struct block_insn *insn, block_register reg, void *data)
{
    if (insn->i.rn != 15)
        return reg(data, insn->i.rn);
    uint32_t pc = insn->pc + 4;
    return insn->i.kind == THUMB_TABLE_BRANCH ? pc : pc & ~3u;
}

uint32_t block_address(const struct block_insn *insn, block_register reg, void *data)
{
    const struct thumb_insn *i = &insn->i;
    uint32_t base = base_value(insn, reg, data);
    if (i->kind == THUMB_LOAD_MULTIPLE || i->kind == THUMB_STORE_MULTIPLE)
        return i->decrement_before ? base - 4 * list_words(i->reg_list) : base;
    if (i->rm != THUMB_NONE)
        return base + (reg(data, i->rm) << i->shift);
    return i->pre_index ? base + (uint32_t)i->offset : base;
}

uint32_t block_base_after(const struct block_insn *insn, block_register reg, void *data)
{
    const struct thumb_insn *i = &insn->i;
    uint32_t base = base_value(insn, reg, data);
    if (!i->writeback)
        return base;
    if (i->kind == THUMB_LOAD_MULTIPLE || i->kind == THUMB_STORE_MULTIPLE)
        return i->decrement_before ? base - 4 * list_words(i->reg_list) : base + 4 * list_words(i->reg_list);
    return base + (uint32_t)i->offset;
}

static unsigned total_bytes(const struct thumb_insn *i)
{
    switch (i->kind) {
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
        return 8;
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        return 4 * list_words(i->reg_list);
    default:
        return i->size;
    }
}

static bool fits(const struct block_insn *insn, const struct block_access *a, block_register reg, void *data, bool *last)
{
    const struct thumb_insn *i = &insn->i;
    if (a->write ? !is_store(i->kind) : !is_load(i->kind))
        return false;
    uint32_t address = block_address(insn, reg, data);
    unsigned bytes = total_bytes(i);
    if (bytes == i->size && (address & (i->size - 1)) == 0) {
        *last = true;
        return address == a->address && i->size == a->size;
    }
    /* several words, or an unaligned access that the engine cuts into aligned ones */
    uint32_t low = address & ~3u;
    if (bytes != i->size)
        low = address;
    if (a->address - low >= bytes + (address - low))
        return false;
    *last = a->address + a->size - low >= bytes + (address - low);
    return true;
}

/* If, just before instruction at, register r must hold a constant that the block itself put there: true and the constant. */
static bool known_constant(const struct block *block, unsigned at, unsigned r, block_fetch fetch, void *data, uint32_t *value)
{
    uint32_t high = 0;
    bool have_high = false;
    for (unsigned k = at; k-- > 0;) {
        const struct block_insn *insn = &block->insns[k];
        if (!(insn->i.writes & (1u << r)))
            continue;
        if (insn->itstate != 0)
            return false;
        if (insn->i.is_movt && insn->i.rd == r && !have_high) {
            high = insn->i.constant;
            have_high = true;
            continue;
        }
        if (insn->i.is_constant && insn->i.rd == r) {
            *value = have_high ? (insn->i.constant & 0xFFFF) | high << 16 : insn->i.constant;
            return true;
        }
        if (insn->i.kind == THUMB_LOAD && insn->i.rn == 15 && insn->i.rm == THUMB_NONE && insn->i.size == 4 &&
            insn->i.rt == r) {
            uint32_t literal = (insn->pc + 4) & ~3u;
            literal += (uint32_t)insn->i.offset;
            uint16_t low_half, high_half;
            if (!fetch(data, literal, &low_half) || !fetch(data, literal + 2, &high_half))
                return false;
            *value = low_half | (uint32_t)high_half << 16;
            if (have_high)
                *value = (*value & 0xFFFF) | high << 16;
            return true;
        }
        return false;
    }
    return false;
}

/* Could the registers be what they are if instruction at were the one under way? */
static bool consistent(const struct block *block, unsigned at, block_register reg, block_fetch fetch, void *data)
{
    const struct block_insn *insn = &block->insns[at];
    uint32_t value;
    if (insn->i.rn != 15 && known_constant(block, at, insn->i.rn, fetch, data, &value) && value != reg(data, insn->i.rn))
        return false;
    if (insn->i.rm != THUMB_NONE && known_constant(block, at, insn->i.rm, fetch, data, &value) &&
        value != reg(data, insn->i.rm))
        return false;
    return true;
}

bool block_ambiguous(const struct block *block, unsigned index, block_fetch fetch, void *data)
{
    const struct thumb_insn *i = &block->insns[index].i;
    if ((!is_load(i->kind) && !is_store(i->kind)) || i->rn == 13 || i->rn == 15)
        return false;
    for (unsigned k = 0; k < index; k++) {
        const struct thumb_insn *earlier = &block->insns[k].i;
        if (is_load(earlier->kind) != is_load(i->kind) || is_store(earlier->kind) != is_store(i->kind) ||
            earlier->rn != i->rn || earlier->rm != i->rm || earlier->size != i->size ||
            (earlier->pre_index ? earlier->offset : 0) != (i->pre_index ? i->offset : 0))
            continue;
        uint32_t value;
        if (known_constant(block, k, earlier->rn, fetch, data, &value))
            continue;
        for (unsigned j = k; j < index; j++) {
            const struct thumb_insn *between = &block->insns[j].i;
            bool steps = between->is_add_constant || (between->writeback && between->rn == i->rn && between->rt != i->rn &&
                                                      !(between->reg_list & (1u << i->rn)));
            if ((between->writes & (1u << i->rn)) && !steps)
                return true;
        }
    }
    return false;
}

/* Do the condition flags let an instruction run, if it is in an IT block? */
static bool runs(const struct block_insn *insn, block_register reg, void *data)
{
    if (insn->itstate == 0)
        return true;
    uint32_t flags = reg(data, BLOCK_FLAGS);
    bool n = flags >> 31 & 1, z = flags >> 30 & 1, c = flags >> 29 & 1, v = flags >> 28 & 1;
    const bool holds[8] = {z, c, n, v, c && !z, n == v, !z && n == v, true};
    unsigned condition = insn->itstate >> 4;
    return condition >= 14 || holds[condition >> 1] != (condition & 1);
}

int block_locate(const struct block *block, unsigned from, const struct block_access *access, block_register reg,
                 block_fetch fetch, void *data, bool *last)
{
    /* Of several that fit, the first whose registers can be what they are. Had a later one been meant, the first would have
       made its access before with the same address, and been found then, unless the block changed its registers in between.
       Then it put a constant there, which tells; or block_ambiguous has warned of it. */
    for (unsigned k = from; k < block->count; k++)
        if (runs(&block->insns[k], reg, data) && fits(&block->insns[k], access, reg, data, last) &&
            consistent(block, k, reg, fetch, data))
            return (int)k;
    return -1;
}
