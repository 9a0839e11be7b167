/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instruction sequences: everything that a Cortex-M3 executes without an exception. */
#include <string.h>

#include "tests/differential/generator.h"

enum { SEQUENCE_INSTRUCTIONS = 50, STACK_RANGE = 200 };

/* ---- branches ---- */

/* What is known where two paths meet. */
static void meet(struct code *c, const struct known *other)
{
    for (unsigned r = 0; r < 16; r++)
        if (c->known[r].kind != other[r].kind || c->known[r].value != other[r].value)
            c->known[r].kind = UNKNOWN;
}

/* Fields of the near forms of B and BL from the distance of the target from the instruction + 4. */
static struct fields near_branch(const char *form, int distance, unsigned condition)
{
    unsigned half = (unsigned)(distance / 2), s = distance < 0;
    if (strcmp(form, "T1") == 0)
        return FIELDS('c', condition, 'i', half & 0xFF);
    if (strcmp(form, "T2") == 0)
        return FIELDS('i', half & 0x7FF);
    /* J1 and J2: copies of the sign in T3, its complement's exclusive or with it in T4 and BL */
    if (strcmp(form, "T3") == 0)
        return FIELDS('S', s, 'c', condition, 'i', ((half >> 11) & 0x3F) << 13 | s << 12 | s << 11 | (half & 0x7FF));
    return FIELDS('S', s, 'i', ((half >> 11) & 0x3FF) << 13 | 1 << 12 | 1 << 11 | (half & 0x7FF));
}

/* Put a branch whose target is not known yet; patch_branch gives it. */
static unsigned open_branch(struct code *c, const char *name, const char *form, unsigned condition)
{
    unsigned at = c->out->len;
    code_emit(c, name, form, near_branch(strcmp(name, "BL") == 0 ? "T4" : form, 0, condition));
    return at;
}

static void patch_branch(struct code *c, unsigned at, const char *name, const char *form, unsigned condition)
{
    uint16_t halfwords[2];
    const struct encoding *e = &encodings[encoding_find(name, form)];
    struct fields f = near_branch(strcmp(name, "BL") == 0 ? "T4" : form, 2 * (int)(c->out->len - at) - 4, condition);
    encode(e, &f, halfwords);
    memcpy(&g_array_index(c->out, uint16_t, at), halfwords, 2 * encoding_length(e));
}

static void skipped(struct code *c, unsigned least, unsigned most)
{
    struct known before[16];
    memcpy(before, c->known, sizeof before);
    code_plains(c, least, most);
    meet(c, before);
}

static void branch_over(struct code *c)
{
    static const char *const forms[] = {"T1", "T2", "T3", "T4"};
    const char *form = forms[random_below(&c->random, 4)];
    unsigned condition = random_below(&c->random, 14);
    unsigned at = open_branch(c, "B", form, condition);
    skipped(c, 1, 4);
    patch_branch(c, at, "B", form, condition);
}

static void compare_and_branch(struct code *c)
{
    unsigned at = c->out->len, n = random_below(&c->random, 8), s = random_below(&c->random, 2);
    code_emit(c, "CBNZ, CBZ", "T1", FIELDS('n', n, 's', s));
    skipped(c, 1, 4);
    unsigned distance = c->out->len - at - 2; /* half-words; no body is longer than 64 of them */
    struct fields f = FIELDS('n', n, 's', s, 'i', distance);
    encode(&encodings[encoding_find("CBNZ, CBZ", "T1")], &f, &g_array_index(c->out, uint16_t, at));
}

static void link_and_branch(struct code *c)
{
    unsigned at = open_branch(c, "BL", "T1", 0);
    skipped(c, 0, 3);
    patch_branch(c, at, "BL", "T1", 0);
    code_forget(c, LR);
}

/* BL to a subroutine in front of which the code goes on; it returns by BX LR. */
static void call(struct code *c)
{
    if (c->locked & (1 << LR))
        return;
    unsigned over = open_branch(c, "B", "T2", 0), entry = c->out->len;
    c->locked |= 1 << LR;
    struct known nothing[16] = {{UNKNOWN, 0}}, before[16];
    memcpy(before, c->known, sizeof before);
    memcpy(c->known, nothing, sizeof nothing);
    code_plains(c, 1, 4);
    code_emit(c, "BX", "T1", FIELDS('m', LR));
    patch_branch(c, over, "B", "T2", 0);
    c->locked &= (uint16_t) ~(1u << LR);
    memcpy(c->known, before, sizeof before);
    code_plains(c, 0, 2);
    int distance = 2 * ((int)entry - (int)c->out->len) - 4;
    code_emit(c, "BL", "T1", near_branch("T4", distance, 0));
    memcpy(c->known, nothing, sizeof nothing);
}

static void loop(struct code *c)
{
    unsigned counter = code_register(c, true);
    code_emit(c, "MOV (immediate)", "T1", FIELDS('d', counter, 'i', random_between(&c->random, 2, 4)));
    c->locked |= (uint16_t)(1 << counter);
    memset(c->known, 0, sizeof c->known);
    unsigned head = c->out->len;
    code_plains(c, 1, 3);
    code_emit(c, "SUB (immediate)", "T2", FIELDS('d', counter, 'i', 1)); /* sets the flags */
    const char *form = random_chance(&c->random, 50) ? "T1" : "T3";
    code_emit(c, "B", form, near_branch(form, 2 * ((int)head - (int)c->out->len) - 4, 1)); /* NE */
    c->locked &= (uint16_t) ~(1 << counter);
    c->known[counter].kind = UNKNOWN;
}

/* TBB or TBH with the table right behind it or elsewhere: four ways that meet again. */
static void table_branch(struct code *c)
{
    unsigned index = code_register(c, false), base = PC, wide = random_below(&c->random, 2);
    code_emit(c, "UBFX", "T1",
              FIELDS('n', random_below(&c->random, 13), 'd', index, 'l', random_below(&c->random, 31), 'w', 1));
    code_forget(c, index);
    unsigned constant = 0;
    if (random_chance(&c->random, 40)) {
        do
            base = code_register(c, false);
        while (base == index);
        constant = code_open_constant(c, base);
    }
    code_emit(c, "TBB, TBH", "T1", FIELDS('n', base, 'm', index, 's', wide));
    unsigned table = c->out->len;
    if (base != PC)
        code_patch_constant(c, constant, base, code_here(c));
    const uint16_t zeros[4] = {0};
    g_array_append_vals(c->out, zeros, wide ? 4 : 2);
    struct known before[16], after[16];
    memcpy(before, c->known, sizeof before);
    unsigned ways[4], joins[3];
    for (unsigned i = 0; i < 4; i++) {
        ways[i] = c->out->len - table;
        if (i > 0)
            memcpy(c->known, before, sizeof before);
        code_plains(c, 1, 2);
        if (i > 0)
            meet(c, after);
        memcpy(after, c->known, sizeof after);
        if (i < 3)
            joins[i] = open_branch(c, "B", "T2", 0);
    }
    for (unsigned i = 0; i < 3; i++)
        patch_branch(c, joins[i], "B", "T2", 0);
    for (unsigned i = 0; i < 4; i++) {
        uint16_t *word = &g_array_index(c->out, uint16_t, table + (wide ? i : i / 2));
        *word |= (uint16_t)(wide || i % 2 == 0 ? ways[i] : ways[i] << 8);
    }
}

/* A jump by a register or by a loaded word, over a few instructions that are never executed. */
static void indirect(struct code *c)
{
    unsigned kind = random_below(&c->random, 7), reg = code_register(c, false), other;
    do
        other = code_register(c, false);
    while (other == reg);
    unsigned constant = code_open_constant(c, reg), origin = 0;
    bool thumb_bit = true;
    switch (kind) {
    case 0:
        code_emit(c, "BX", "T1", FIELDS('m', reg));
        break;
    case 1:
        if (reg == LR) { /* BLX LR is fine; keep the known state simple */
            code_emit(c, "BX", "T1", FIELDS('m', reg));
            break;
        }
        code_emit(c, "BLX (register)", "T1", FIELDS('m', reg));
        code_forget(c, LR);
        break;
    case 2:
        code_emit(c, "MOV (register)", "T1", FIELDS('d', PC, 'm', reg));
        thumb_bit = random_chance(&c->random, 50); /* either way: it is no interworking branch */
        break;
    case 3:
        origin = code_here(c) + 4;
        code_emit(c, "ADD (register)", "T2", FIELDS('d', PC, 'm', reg));
        thumb_bit = false;
        break;
    case 4: /* pushed, then popped into PC with other registers */
        if (!c->own_stack) {
            code_emit(c, "BX", "T1", FIELDS('m', reg));
            break;
        }
        if (reg < 8 && random_chance(&c->random, 50)) {
            code_emit(c, "PUSH", "T1", FIELDS('r', 1 << reg));
            code_emit(c, "POP", "T1", FIELDS('r', 0x100));
        } else {
            code_emit(c, "PUSH", "T3", FIELDS('t', reg));
            code_emit(c, "POP", "T3", FIELDS('t', PC));
        }
        break;
    case 5: { /* LDR PC from the data window */
        code_constant(c, other, DATA_WINDOW + 4 * random_below(&c->random, DATA_WINDOW_SIZE / 4));
        code_emit(c, "STR (immediate)", "T3", FIELDS('n', other, 't', reg, 'i', 0));
        code_emit(c, "LDR (immediate)", "T3", FIELDS('n', other, 't', PC, 'i', 0));
        break;
    }
    case 6: { /* LDM with PC */
        code_constant(c, other, DATA_WINDOW + 16 + 4 * random_below(&c->random, DATA_WINDOW_SIZE / 4 - 8));
        code_emit(c, "STR (immediate)", "T3", FIELDS('n', other, 't', reg, 'i', 4));
        unsigned loaded;
        do
            loaded = code_register(c, false);
        while (loaded == other || loaded == LR);
        code_emit(c, "LDM, LDMIA", "T2", FIELDS('n', other, 'r', 1u << PC | 1u << loaded, 'W', 1));
        code_forget(c, loaded);
        code_forget(c, other);
        break;
    }
    default:
        break;
    }
    skipped(c, 1, 3);
    /* the registers that the jump itself changed are unknown on both paths */
    c->known[reg].kind = UNKNOWN;
    code_patch_constant(c, constant, reg, origin != 0 ? code_here(c) - origin : code_here(c) | thumb_bit);
}

static void it_block(struct code *c)
{
    GArray *body = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    unsigned n = random_between(&c->random, 1, 4);
    const char *form = NULL;
    unsigned at = 0;
    if (random_chance(&c->random, 30))
        form = random_chance(&c->random, 50) ? "T2" : "T4"; /* a branch may only be the last */
    code_it_begin(c, body);
    for (unsigned i = 0; i + (form != NULL) < n; i++)
        code_plain(c);
    if (form != NULL) {
        at = body->len;
        code_emit(c, "B", form, FIELDS('i', 0));
        at = body->len - at;
    }
    code_it_end(c);
    g_array_free(body, TRUE);
    if (form != NULL) {
        at = c->out->len - at;
        skipped(c, 1, 3);
        patch_branch(c, at, "B", form, 0);
    }
}

/* ---- the stack ---- */

static unsigned list_of(struct code *c, uint16_t mask, int least, int most)
{
    unsigned list;
    do
        list = random_word(&c->random) & random_word(&c->random) & mask;
    while (__builtin_popcount(list) < least || __builtin_popcount(list) > most);
    return list;
}

static void stack(struct code *c)
{
    int down = (c->sp_offset + STACK_RANGE) / 4, up = (STACK_RANGE - c->sp_offset) / 4; /* words to go */
    unsigned kind = random_below(&c->random, 9), list, reg;
    uint16_t loadable = (uint16_t)(0x5FFF & ~c->locked);
    switch (kind) {
    case 0:
    case 1:
        if (down < 14)
            break;
        list = kind == 0 ? list_of(c, 0x1FF, 1, 9) : list_of(c, 0x5FFF, 2, 14);
        code_emit(c, "PUSH", kind == 0 ? "T1" : "T2", FIELDS('r', list));
        c->sp_offset -= 4 * __builtin_popcount(list);
        return;
    case 2:
        if (down < 1)
            break;
        code_emit(c, "PUSH", "T3", FIELDS('t', random_below(&c->random, 13)));
        c->sp_offset -= 4;
        return;
    case 3:
    case 4:
        if (up < 14)
            break;
        list = kind == 3 ? list_of(c, 0xFF, 1, 8) : list_of(c, loadable, 2, 14);
        code_emit(c, "POP", kind == 3 ? "T1" : "T2", FIELDS('r', list));
        c->sp_offset += 4 * __builtin_popcount(list);
        for (unsigned r = 0; r < 15; r++)
            if (list & (1u << r))
                code_forget(c, r);
        return;
    case 5:
        if (up < 1)
            break;
        reg = code_register(c, false);
        code_emit(c, "POP", "T3", FIELDS('t', reg));
        code_forget(c, reg);
        c->sp_offset += 4;
        return;
    case 6:
        if (up < 1)
            break;
        list = random_below(&c->random, (unsigned)up) + 1;
        code_emit(c, "ADD (SP plus immediate)", "T2", FIELDS('i', list));
        c->sp_offset += 4 * (int)list;
        return;
    case 7:
        if (down < 1)
            break;
        list = random_below(&c->random, (unsigned)down) + 1;
        code_emit(c, "SUB (SP minus immediate)", "T1", FIELDS('i', list));
        c->sp_offset -= 4 * (int)list;
        return;
    default: {
        int words = (int)random_below(&c->random, (unsigned)(down + up + 1)) - down;
        reg = code_register(c, false);
        code_constant(c, reg, (uint32_t)(4 * words));
        code_emit(c, "ADD (SP plus register)", "T2", FIELDS('m', reg));
        c->sp_offset += 4 * words;
        return;
    }
    }
    code_plain(c);
}

static void level_stack(struct code *c)
{
    if (c->sp_offset < 0)
        code_emit(c, "ADD (SP plus immediate)", "T2", FIELDS('i', (unsigned)-c->sp_offset / 4));
    else if (c->sp_offset > 0)
        code_emit(c, "SUB (SP minus immediate)", "T1", FIELDS('i', (unsigned)c->sp_offset / 4));
    c->sp_offset = 0;
}

/* ---- the exclusive monitor ---- */

/*
 * It is open between these. What the manual leaves to the implementation is left out: stores in between, another address, and
 * whether the monitor looks at the address at all.
 */
static void exclusive(struct code *c)
{
    static const char *const loads[] = {"LDREX", "LDREXB", "LDREXH"}, *const stores[] = {"STREX", "STREXB", "STREXH"};
    static const unsigned sizes[] = {4, 1, 2};
    unsigned kind = random_below(&c->random, 3), base = code_register(c, false), t, d;
    uint32_t address = DATA_WINDOW + random_below(&c->random, DATA_WINDOW_SIZE) / sizes[kind] * sizes[kind];
    uint32_t offset = kind == 0 ? random_below(&c->random, 256) : 0;
    code_constant(c, base, address - 4 * offset);
    c->locked |= (uint16_t)(1 << base);
    bool load = random_chance(&c->random, 80), lost = load && random_chance(&c->random, 25);
    if (load) {
        t = code_register(c, false);
        code_emit(c, loads[kind], "T1", FIELDS('n', base, 't', t, 'i', offset));
        code_forget(c, t);
    }
    for (unsigned n = random_below(&c->random, 3); n != 0; n--)
        code_compute(c);
    if (lost)
        code_emit(c, "CLREX", "T1", FIELDS('n', 0));
    do {
        t = random_below(&c->random, 13);
        d = code_register(c, false);
    } while (d == t || d == base);
    code_emit(c, stores[kind], "T1", FIELDS('n', base, 't', t, 'd', d, 'i', offset));
    code_forget(c, d);
    c->locked &= (uint16_t) ~(1 << base);
}

/* ---- system registers, hints and barriers ---- */

enum { X_MSP = 8, X_PSP = 9, X_PRIMASK = 16, X_BASEPRI = 17, X_BASEPRI_MAX = 18, X_FAULTMASK = 19, X_CONTROL = 20 };

static void system_instruction(struct code *c)
{
    unsigned reg, value;
    switch (random_below(&c->random, 4)) {
    case 0: {
        static const uint8_t readable[] = {
            0, 1, 2, 3, 5, 6, 7, X_MSP, X_PSP, X_PRIMASK, X_BASEPRI, X_BASEPRI_MAX, X_FAULTMASK, X_CONTROL};
        reg = code_register(c, false);
        code_emit(c, "MRS", "T1", FIELDS('d', reg, 'x', readable[random_below(&c->random, sizeof readable)]));
        code_forget(c, reg);
        break;
    }
    case 1:
        reg = code_register(c, false);
        switch (random_below(&c->random, 5)) {
        case 0:
            code_emit(c, "MSR", "T1", FIELDS('n', reg, 'x', random_below(&c->random, 4)));
            break;
        case 1:
            code_constant(c, reg, random_word(&c->random) & ~3u);
            code_emit(c, "MSR", "T1", FIELDS('n', reg, 'x', X_PSP));
            break;
        case 2: /* the four priority bits that this chip has */
            code_constant(c, reg, random_below(&c->random, 16) << 4);
            code_emit(c, "MSR", "T1", FIELDS('n', reg, 'x', random_chance(&c->random, 50) ? X_BASEPRI : X_BASEPRI_MAX));
            break;
        default:
            value = random_below(&c->random, 2);
            code_constant(c, reg, value);
            code_emit(c, "MSR", "T1", FIELDS('n', reg, 'x', random_chance(&c->random, 50) ? X_PRIMASK : X_FAULTMASK));
            break;
        }
        break;
    case 2:
        code_emit(c, "CPS", "T1", FIELDS('s', random_below(&c->random, 2), 'i', random_between(&c->random, 1, 3)));
        break;
    default: {
        static const char *const names[] = {"DBG", "DMB", "DSB", "ISB", "NOP", "SEV", "YIELD", "WFE"};
        unsigned i = random_below(&c->random, G_N_ELEMENTS(names));
        const char *form = i >= 4 && random_chance(&c->random, 50) ? "T2" : "T1";
        if (i == 7) /* the event register is set: it does not sleep */
            code_emit(c, "SEV", random_chance(&c->random, 50) ? "T2" : "T1", FIELDS('i', 0));
        code_emit(c, names[i], form, FIELDS('i', random_below(&c->random, 16)));
        break;
    }
    }
}

/* ---- a sequence ---- */

static void unit(struct code *c)
{
    unsigned kind = random_below(&c->random, 100);
    if (kind < 55)
        code_plain(c);
    else if (kind < 70)
        it_block(c);
    else if (kind < 76)
        branch_over(c);
    else if (kind < 79)
        compare_and_branch(c);
    else if (kind < 81)
        table_branch(c);
    else if (kind < 84)
        indirect(c);
    else if (kind < 85)
        link_and_branch(c);
    else if (kind < 86)
        call(c);
    else if (kind < 88)
        loop(c);
    else if (kind < 92)
        stack(c);
    else if (kind < 95)
        exclusive(c);
    else
        system_instruction(c);
}

static void leave(struct code *c)
{
    level_stack(c);
    code_emit(c, "PUSH", "T2", FIELDS('r', 0x5FFF));
    /* LDR PC from the literal behind it, at the next word boundary */
    bool odd = code_here(c) & 2;
    code_emit(c, "LDR (literal)", "T2", FIELDS('t', PC, 'U', 1, 'i', odd ? 4 : 0));
    const uint16_t literal[] = {0, SEQUENCE_EXIT | 1, (uint16_t)(c->flash >> 16)};
    g_array_append_vals(c->out, odd ? literal : literal + 1, odd ? 3 : 2);
}

unsigned sequence_generate(uint64_t seed, uint32_t flash, uint32_t run_at, unsigned unit_limit, GArray *out,
                           struct coverage *coverage)
{
    struct code c;
    code_begin(&c, seed, flash, run_at, out, coverage);
    c.own_stack = true;
    unsigned units = 0, start = out->len;
    while (units < unit_limit && out->len - start < SEQUENCE_INSTRUCTIONS * 3 / 2) {
        unit(&c);
        units++;
    }
    leave(&c);
    return units;
}
