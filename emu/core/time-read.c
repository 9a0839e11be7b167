/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the few instructions that firmware divides and compares time with (ARM DDI 0403E A7.7); any other ends it. */
#include "emu/core/time-read.h"

#include <glib.h>

struct range {
    uint32_t first, last; /* of 32-bit numbers without a sign, first <= last: of a value that grows with the counter's */
};

struct walk {
    struct range r[15];
    bool flags; /* they depend on the counter */
    time_read_word word;
    void *data;
};

static bool known(const struct range *r)
{
    return r->first == r->last;
}

static bool add(struct range *d, struct range a, struct range b)
{
    uint32_t first, last;
    /* Both ends wrap around or none: else the range would be in two parts. */
    bool wrap = __builtin_add_overflow(a.first, b.first, &first);
    if (__builtin_add_overflow(a.last, b.last, &last) != wrap)
        return false;
    *d = (struct range){first, last};
    return true;
}

/* a - b for a known b: what falls with the counter is not followed. */
static bool subtract(struct range *d, struct range a, struct range b)
{
    uint32_t first, last;
    if (!known(&b))
        return false;
    bool wrap = __builtin_sub_overflow(a.first, b.first, &first);
    if (__builtin_sub_overflow(a.last, b.first, &last) != wrap)
        return false;
    *d = (struct range){first, last};
    return true;
}

static bool multiply(struct range *d, struct range a, struct range b)
{
    uint32_t first, last;
    if (known(&a) && known(&b)) {
        *d = (struct range){a.first * b.first, a.first * b.first};
        return true;
    }
    if (__builtin_mul_overflow(a.first, b.first, &first) || __builtin_mul_overflow(a.last, b.last, &last))
        return false;
    *d = (struct range){first, last};
    return true;
}

static bool divide(struct range *d, struct range a, struct range b)
{
    if (!known(&b))
        return false;
    *d = b.first == 0 ? (struct range){0, 0} : (struct range){a.first / b.first, a.last / b.first};
    return true;
}

/* The flags that an operation sets depend on its operands, not only on its result. */
static void set_flags(struct walk *w, const struct range *a, const struct range *b)
{
    w->flags = !known(a) || !known(b);
}

/* 16-bit: add, subtract, move, shift by a constant, multiply. */
static bool narrow(struct walk *w, uint16_t op)
{
    unsigned low = op & 7, next = (op >> 3) & 7, third = (op >> 6) & 7, wide = (op >> 8) & 7;
    struct range number = {op & 0xFF, op & 0xFF}, small = {third, third}, a, b;
    if ((op & 0xFE00) == 0x1800 || (op & 0xFE00) == 0x1C00) { /* ADDS rd, rn, rm or #imm3 */
        a = w->r[next];
        b = (op & 0x0400) ? small : w->r[third];
        set_flags(w, &a, &b);
        return add(&w->r[low], a, b);
    }
    if ((op & 0xFE00) == 0x1A00 || (op & 0xFE00) == 0x1E00) { /* SUBS */
        a = w->r[next];
        b = (op & 0x0400) ? small : w->r[third];
        set_flags(w, &a, &b);
        return subtract(&w->r[low], a, b);
    }
    if ((op & 0xF800) == 0x3000) { /* ADDS rdn, #imm8 */
        a = w->r[wide];
        set_flags(w, &a, &number);
        return add(&w->r[wide], a, number);
    }
    if ((op & 0xF800) == 0x3800) { /* SUBS rdn, #imm8 */
        a = w->r[wide];
        set_flags(w, &a, &number);
        return subtract(&w->r[wide], a, number);
    }
    if ((op & 0xF800) == 0x2000) { /* MOVS rd, #imm8: leaves C and V, so what these depend on stays */
        w->r[wide] = number;
        return true;
    }
    if ((op & 0xFF00) == 0x4600) { /* MOV rd, rm */
        unsigned rd = low | ((op >> 4) & 8), rm = (op >> 3) & 15;
        if (rd > 12 || rm > 14)
            return false;
        w->r[rd] = w->r[rm];
        return true;
    }
    if ((op & 0xF800) == 0x0800 && ((op >> 6) & 31) != 0) { /* LSRS rd, rm, #imm5 */
        unsigned shift = (op >> 6) & 31;
        a = w->r[next];
        w->flags = w->flags || !known(&a); /* V stays */
        w->r[low] = (struct range){a.first >> shift, a.last >> shift};
        return true;
    }
    if ((op & 0xFFC0) == 0x4340) { /* MULS rdm, rn */
        a = w->r[low], b = w->r[next];
        w->flags = w->flags || !known(&a) || !known(&b);
        return multiply(&w->r[low], a, b);
    }
    return false;
}

/* 32-bit: divide, multiply and add, add a constant. */
static bool wide(struct walk *w, uint16_t first, uint16_t second)
{
    unsigned rn = first & 15, rd = (second >> 8) & 15, rm = second & 15, ra = (second >> 12) & 15;
    if ((first & 0xFFF0) == 0xFBB0 && (second & 0xF0F0) == 0xF0F0 && rn < 13 && rd < 13 && rm < 13) /* UDIV */
        return divide(&w->r[rd], w->r[rn], w->r[rm]);
    if ((first & 0xFFF0) == 0xFB00 && (second & 0x00F0) == 0 && rn < 13 && rd < 13 && rm < 13) { /* MUL, MLA */
        struct range product;
        if (!multiply(&product, w->r[rn], w->r[rm]))
            return false;
        if (ra == 15)
            w->r[rd] = product;
        else if (ra > 12 || !add(&w->r[rd], product, w->r[ra]))
            return false;
        return true;
    }
    return false;
}

static bool load(struct walk *w, const struct block_insn *insn)
{
    const struct thumb_insn *i = &insn->i;
    if (i->size != 4 || i->rm != THUMB_NONE || i->writeback || i->rt > 12 || (i->kind == THUMB_LOAD_DUAL && i->rt2 > 12) ||
        i->rn == 13)
        return false;
    struct range base = i->rn == 15 ? (struct range){thumb_literal_base(insn->pc), thumb_literal_base(insn->pc)} : w->r[i->rn];
    if (!known(&base))
        return false;
    uint32_t address = base.first + (uint32_t)i->offset, value, upper = 0;
    if (!w->word(w->data, address, &value) || (i->kind == THUMB_LOAD_DUAL && !w->word(w->data, address + 4, &upper)))
        return false;
    w->r[i->rt] = (struct range){value, value};
    if (i->kind == THUMB_LOAD_DUAL)
        w->r[i->rt2] = (struct range){upper, upper};
    return true;
}

static bool settled(const struct walk *w)
{
    for (unsigned i = 0; i < 15; i++)
        if (!known(&w->r[i]))
            return false;
    return !w->flags;
}

bool time_read_is_harmless(const struct block_insn *insns, unsigned n, unsigned target, uint32_t first, uint32_t last,
                           const uint32_t registers[15], time_read_word word, void *data)
{
    struct walk w = {.word = word, .data = data};
    if (target > 12 || last < first)
        return false;
    for (unsigned i = 0; i < 15; i++)
        w.r[i] = (struct range){registers[i], registers[i]};
    w.r[target] = (struct range){first, last};
    for (unsigned k = 0; k < n && !settled(&w); k++) {
        const struct block_insn *insn = &insns[k];
        const struct thumb_insn *i = &insn->i;
        if (insn->itstate != 0 || i->it_mask != 0)
            return false;
        bool followed;
        if (i->kind == THUMB_LOAD || i->kind == THUMB_LOAD_DUAL)
            followed = load(&w, insn);
        else if (i->kind == THUMB_PLAIN && i->is_constant && !i->sets_flags && i->rd < 13) {
            w.r[i->rd] = (struct range){i->constant, i->constant};
            followed = true;
        } else if (i->kind == THUMB_PLAIN || i->kind == THUMB_DIVIDE)
            followed = i->length == 2 ? narrow(&w, insn->first) : wide(&w, insn->first, insn->second);
        else
            followed = false;
        if (!followed)
            return false;
    }
    return settled(&w);
}
