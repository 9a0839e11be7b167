/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/differential/generator.h"

void code_begin(struct code *c, uint64_t seed, uint32_t flash, uint32_t address, GArray *out, struct coverage *coverage)
{
    *c = (struct code){.random = {seed}, .coverage = coverage, .out = out, .flash = flash, .address = address - 2 * out->len};
}

uint32_t code_here(const struct code *c)
{
    return c->address + 2 * c->out->len;
}

struct fields code_fields(unsigned n, const unsigned *pairs)
{
    struct fields f = {{0}};
    for (unsigned i = 0; i < n; i++)
        f.value[pairs[2 * i]] = pairs[2 * i + 1];
    return f;
}

void code_put(struct code *c, unsigned row, struct fields f)
{
    uint16_t halfwords[2];
    encode(&encodings[row], &f, halfwords);
    g_array_append_vals(c->body != NULL ? c->body : c->out, halfwords, encoding_length(&encodings[row]));
    c->coverage->emitted[row]++;
}

void code_emit(struct code *c, const char *name, const char *form, struct fields f)
{
    code_put(c, encoding_find(name, form), f);
}

void code_forget(struct code *c, unsigned reg)
{
    c->known[reg].kind = UNKNOWN;
    if (c->body != NULL)
        c->body_writes |= (uint16_t)(1 << reg);
}

static void know(struct code *c, unsigned reg, enum knowledge kind, uint32_t value)
{
    c->known[reg] = (struct known){kind, value};
}

/* imm16 is imm4:i:imm3:imm8; the field holds i:imm4:imm3:imm8. */
static unsigned wide_immediate(uint32_t imm16)
{
    return ((imm16 >> 11) & 1) << 15 | (imm16 >> 12) << 11 | (imm16 & 0x7FF);
}

static void put_constant(struct code *c, unsigned reg, uint32_t value, bool always_both)
{
    GArray *body = c->body;
    c->body = NULL; /* the IT block under construction only begins behind it */
    code_emit(c, "MOV (immediate)", "T3", FIELDS('d', reg, 'i', wide_immediate(value & 0xFFFF)));
    if (always_both || value >> 16 != 0)
        code_emit(c, "MOVT", "T1", FIELDS('d', reg, 'i', wide_immediate(value >> 16)));
    c->body = body;
    know(c, reg, EXACT, value);
}

void code_constant(struct code *c, unsigned reg, uint32_t value)
{
    put_constant(c, reg, value, false);
}

unsigned code_open_constant(struct code *c, unsigned reg)
{
    unsigned at = c->out->len;
    put_constant(c, reg, 0, true);
    c->known[reg].kind = UNKNOWN;
    return at;
}

void code_patch_constant(struct code *c, unsigned at, unsigned reg, uint32_t value)
{
    uint16_t halfwords[4];
    struct fields low = FIELDS('d', reg, 'i', wide_immediate(value & 0xFFFF)),
                  high = FIELDS('d', reg, 'i', wide_immediate(value >> 16));
    encode(&encodings[encoding_find("MOV (immediate)", "T3")], &low, halfwords);
    encode(&encodings[encoding_find("MOVT", "T1")], &high, halfwords + 2);
    memcpy(&g_array_index(c->out, uint16_t, at), halfwords, sizeof halfwords);
}

static unsigned any_register(struct code *c, bool low)
{
    unsigned r = random_below(&c->random, low ? 8 : 14);
    return r == 13 ? LR : r;
}

unsigned code_register(struct code *c, bool low)
{
    unsigned r;
    do
        r = any_register(c, low);
    while (c->locked & (1 << r));
    return r;
}

/* ---- computing ---- */

static bool immediate_defined(uint32_t field)
{
    /* i:imm3:imm8; patterns 00XY00XY, XY00XY00 and XYXYXYXY need XY != 0 */
    return field >> 10 != 0 || ((field >> 8) & 3) == 0 || (field & 0xFF) != 0;
}

static bool data_defined(const struct encoding *e, const struct fields *f)
{
    uint32_t lsb = f->value['l'], w = f->value['w'];
    if ((e->flags & EXPAND) && !immediate_defined(f->value['i']))
        return false;
    if ((e->flags & NONZERO) && f->value['i'] == 0)
        return false;
    if ((e->flags & BITFIELD) && w < lsb)
        return false;
    if ((e->flags & WIDTH) && lsb + w > 31)
        return false;
    if ((e->flags & SATURATE) && f->value['s'] && lsb == 0)
        return false;
    if ((e->flags & TWO_RESULTS) && f->value['d'] == f->value['e'])
        return false;
    if ((e->flags & ONE_HIGH) && f->value['n'] < 8 && f->value['m'] < 8)
        return false;
    return true;
}

static void put_data(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    struct fields f;
    do {
        f = FIELDS('n', any_register(c, encoding_width(e, 'n') == 3), 'm', any_register(c, encoding_width(e, 'm') == 3), 'a',
                   any_register(c, false), 'd', 0);
        if (encoding_width(e, 'd') != 0)
            f.value['d'] = code_register(c, encoding_width(e, 'd') == 3);
        if (encoding_width(e, 'e') != 0)
            f.value['e'] = code_register(c, false);
        static const char free_fields[] = "ilwsSU";
        for (const char *p = free_fields; *p; p++)
            f.value[(unsigned char)*p] = random_word(&c->random) & ((1u << encoding_width(e, *p)) - 1);
        /* small and extreme numbers more often than chance gives them */
        if (encoding_width(e, 'i') >= 5 && random_chance(&c->random, 15))
            f.value['i'] = random_below(&c->random, 3);
    } while (!data_defined(e, &f));
    code_put(c, row, f);
    if (encoding_width(e, 'd') != 0)
        code_forget(c, f.value['d']);
    if (encoding_width(e, 'e') != 0)
        code_forget(c, f.value['e']);
}

/* ---- addresses ---- */

static bool within(uint32_t address, uint32_t length, uint32_t base, uint32_t size)
{
    return address - base < size && length <= size - (address - base);
}

/* Whether length bytes at address may be accessed, size at a time. */
static bool address_ok(const struct code *c, uint32_t address, uint32_t length, unsigned size, bool load, bool unaligned)
{
    bool aligned = address % size == 0;
    if (!aligned && !unaligned)
        return false;
    if (within(address, length, DATA_WINDOW, DATA_WINDOW_SIZE))
        return true;
    if (within(address, length, DATA_ALIAS, DATA_WINDOW_SIZE * 32))
        return address % 4 == 0 && length <= 4;
    /* the firmware itself, and its boot alias, stores to which are dropped */
    if (within(address, length, c->flash, IMAGE_FILLED))
        return load;
    return c->flash != 0 && within(address, length, 0, IMAGE_FILLED);
}

static uint32_t choose_address(struct code *c, uint32_t length, unsigned size, bool load, bool unaligned)
{
    for (;;) {
        uint32_t address, kind = random_below(&c->random, 100);
        if (kind < 76)
            address = DATA_WINDOW + random_below(&c->random, DATA_WINDOW_SIZE);
        else if (kind < 86)
            address = DATA_ALIAS + 4 * random_below(&c->random, DATA_WINDOW_SIZE * 8);
        else if (kind < 94)
            address = c->flash + random_below(&c->random, 0x4000);
        else
            address = random_below(&c->random, 0x4000);
        if (!unaligned || !random_chance(&c->random, 25))
            address -= address % size;
        if (address_ok(c, address, length, size, load, unaligned))
            return address;
    }
}

/* Registers that may serve as a base, among which its value must stay known up to the access. */
static bool base_usable(const struct code *c, unsigned r)
{
    return !(c->body_writes & (1 << r));
}

static unsigned base_register(struct code *c, bool low)
{
    unsigned r;
    do
        r = code_register(c, low);
    while (!base_usable(c, r));
    return r;
}

/*
 * A base register from which the access at base + offset * scale is good, with offset below 1 << bits; sets *offset. down: the
 * offset is subtracted. fixed: a register already chosen, or -1.
 */
static unsigned choose_base(struct code *c, bool low, unsigned bits, unsigned scale, bool down, bool after, uint32_t length,
                            unsigned size, bool load, bool unaligned, bool changes, uint32_t *offset)
{
    for (unsigned try = 0; try < 12; try++) {
        unsigned r = any_register(c, low);
        if (c->known[r].kind != EXACT || !base_usable(c, r) || (changes && (c->locked & (1 << r))))
            continue;
        uint32_t o = random_below(&c->random, 1u << bits) >> random_below(&c->random, bits), bytes = o * scale;
        uint32_t address = after ? c->known[r].value : c->known[r].value + (down ? 0 - bytes : bytes);
        if (address_ok(c, address, length, size, load, unaligned)) {
            *offset = o;
            return r;
        }
    }
    unsigned r = base_register(c, low);
    uint32_t o = random_below(&c->random, 1u << bits), bytes = o * scale;
    uint32_t address = choose_address(c, length, size, load, unaligned);
    code_constant(c, r, after ? address : address - (down ? 0 - bytes : bytes));
    *offset = o;
    return r;
}

/* The register must keep its value until the IT block under construction has run. */
static void keep(struct code *c, unsigned reg)
{
    if (c->body != NULL)
        c->locked |= (uint16_t)(1 << reg);
}

static void write_back(struct code *c, unsigned reg, uint32_t value)
{
    if (c->body != NULL)
        code_forget(c, reg);
    else
        know(c, reg, EXACT, value);
}

/* ---- loads and stores ---- */

static unsigned transfer_register(struct code *c, bool low, bool load, unsigned except)
{
    unsigned t;
    do
        t = load ? code_register(c, low) : any_register(c, low);
    while (t == except);
    return t;
}

static void put_immediate(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD, low = encoding_width(e, 'n') == 3;
    unsigned bits = encoding_width(e, 'i');
    uint32_t offset;
    unsigned n = choose_base(c, low, bits, bits == 5 ? e->size : 1, false, false, e->size, e->size, load,
                             e->size > 1 && !c->aligned, false, &offset);
    keep(c, n);
    unsigned t = transfer_register(c, low, load, 16);
    code_put(c, row, FIELDS('n', n, 't', t, 'i', offset));
    if (load)
        code_forget(c, t);
}

static void put_sp_relative(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD;
    unsigned t = transfer_register(c, true, load, 16);
    unsigned words = (unsigned)(STACK_WINDOW_SIZE / 2 - c->sp_offset) / 4;
    code_put(c, row, FIELDS('t', t, 'i', random_below(&c->random, words)));
    if (load)
        code_forget(c, t);
}

static void put_indexed(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD;
    unsigned p = random_below(&c->random, 2), u = random_below(&c->random, 2), w = 1;
    if (p && !u && random_chance(&c->random, 50))
        w = 0; /* the only form without write-back that is not another instruction */
    uint32_t offset;
    unsigned n = choose_base(c, false, 8, 1, !u, !p, e->size, e->size, load, e->size > 1 && !c->aligned, w, &offset);
    uint32_t base = c->known[n].value;
    if (!w)
        keep(c, n);
    unsigned t = transfer_register(c, false, load, n);
    code_put(c, row, FIELDS('n', n, 't', t, 'i', offset, 'P', p, 'U', u, 'W', w));
    if (load)
        code_forget(c, t);
    if (w)
        write_back(c, n, u ? base + offset : base - offset);
}

static void put_unprivileged(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD;
    uint32_t offset;
    unsigned n = choose_base(c, false, 8, 1, false, false, e->size, e->size, load, e->size > 1 && !c->aligned, false, &offset);
    keep(c, n);
    unsigned t = transfer_register(c, false, load, 16);
    code_put(c, row, FIELDS('n', n, 't', t, 'i', offset));
    if (load)
        code_forget(c, t);
}

/* UBFX index, any, #lsb, #width: a number below 1 << width that nobody can foresee. */
static void put_random_index(struct code *c, unsigned reg, unsigned width)
{
    GArray *body = c->body;
    c->body = NULL;
    code_emit(c, "UBFX", "T1",
              FIELDS('n', any_register(c, false), 'd', reg, 'l', random_below(&c->random, 32 - width), 'w', width - 1));
    c->body = body;
    know(c, reg, AT_MOST, (1u << width) - 1);
}

static void put_register(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD, low = encoding_width(e, 'n') == 3;
    unsigned n = base_register(c, low), m;
    do
        m = base_register(c, low);
    while (m == n);
    unsigned shift = low ? 0 : random_below(&c->random, 4);
    if (!c->aligned && random_chance(&c->random, 60)) {
        unsigned width = random_between(&c->random, 3, 9 - shift);
        uint32_t span = (((1u << width) - 1) << shift) + e->size;
        put_random_index(c, m, width);
        uint32_t base = DATA_WINDOW + random_below(&c->random, DATA_WINDOW_SIZE - span + 1);
        code_constant(c, n, random_chance(&c->random, 70) ? base & ~3u : base);
    } else {
        uint32_t index = random_word(&c->random) >> random_below(&c->random, 32);
        code_constant(c, m, index);
        code_constant(c, n, choose_address(c, e->size, e->size, load, e->size > 1 && !c->aligned) - (index << shift));
    }
    keep(c, n);
    keep(c, m);
    unsigned t = transfer_register(c, low, load, 16);
    code_put(c, row, FIELDS('n', n, 'm', m, 't', t, 'i', shift));
    if (load)
        code_forget(c, t);
}

/* There is flash or RAM of known contents as far as these reach on both sides of any code. */
static void put_literal(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    unsigned t = code_register(c, encoding_width(e, 't') == 3), y = 0;
    uint32_t offset = random_below(&c->random, 1u << encoding_width(e, 'i'));
    if (c->aligned && encoding_width(e, 'i') == 12)
        offset -= offset % e->size;
    if (e->usage == USE_DUAL_LITERAL)
        do
            y = code_register(c, false);
        while (y == t);
    code_put(c, row, FIELDS('t', t, 'y', y, 'i', offset, 'U', random_below(&c->random, 2)));
    code_forget(c, t);
    if (e->usage == USE_DUAL_LITERAL)
        code_forget(c, y);
}

static void put_dual(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD;
    unsigned p = random_below(&c->random, 2), u = random_below(&c->random, 2), w = p ? random_below(&c->random, 2) : 1;
    uint32_t offset;
    unsigned n = choose_base(c, false, 8, 4, !u, !p, 8, 4, load, false, w, &offset);
    uint32_t base = c->known[n].value;
    if (!w)
        keep(c, n);
    unsigned t, y;
    do {
        t = transfer_register(c, false, load, w ? n : 16);
        y = transfer_register(c, false, load, w ? n : 16);
    } while (load && t == y);
    code_put(c, row, FIELDS('n', n, 't', t, 'y', y, 'i', offset, 'P', p, 'U', u, 'W', w));
    if (load) {
        code_forget(c, t);
        code_forget(c, y);
    }
    if (w)
        write_back(c, n, u ? base + 4 * offset : base - 4 * offset);
}

/* Registers r0 to r12 and LR out of mask, at least least of them. */
static uint16_t register_list(struct code *c, uint16_t mask, int least)
{
    uint16_t list;
    do
        list = (uint16_t)(random_word(&c->random) & random_word(&c->random) & mask);
    while (__builtin_popcount(list) < least);
    return list;
}

static void put_multiple(struct code *c, unsigned row)
{
    const struct encoding *e = &encodings[row];
    bool load = e->flags & LOAD, narrow = encoding_length(e) == 1, down = strstr(e->name, "DB") != NULL;
    unsigned n = base_register(c, narrow);
    bool w = narrow || random_chance(&c->random, 50);
    uint16_t mask = narrow ? 0xFF : 0x5FFF;
    if (load)
        mask &= (uint16_t)~c->locked;
    if (load && __builtin_popcount(mask) < 3) { /* too much is locked here */
        put_data(c, encoding_find("ADD (register)", "T3"));
        return;
    }
    if (w && !narrow)
        mask &= (uint16_t) ~(1 << n);
    uint16_t list = register_list(c, mask, narrow ? 1 : 2);
    if (narrow && (list & (1 << n))) {
        if (load)
            w = false; /* the loaded value is what stays */
        else if (list & ((1 << n) - 1))
            list &= (uint16_t) ~(1 << n); /* only the lowest register stores a defined value */
    }
    unsigned count = (unsigned)__builtin_popcount(list);
    uint32_t address = choose_address(c, 4 * count, 4, load, false);
    uint32_t base = down ? address + 4 * count : address;
    code_constant(c, n, base);
    if (!w && !(load && (list & (1 << n))))
        keep(c, n);
    code_put(c, row, FIELDS('n', n, 'r', list, 'W', w));
    if (load)
        for (unsigned r = 0; r < 15; r++)
            if (list & (1 << r))
                code_forget(c, r);
    if (w)
        write_back(c, n, down ? address : address + 4 * count);
}

/* ---- any of them ---- */

static bool plain_usage(const struct code *c, const struct encoding *e)
{
    if (c->no_faults && strstr(e->name, "DIV") != NULL)
        return false;
    if (c->body != NULL && (e->flags & NO_IT))
        return false;
    return e->usage <= USE_MULTIPLE && (e->usage != USE_SP_RELATIVE || c->own_stack);
}

static void put_plain(struct code *c, unsigned row)
{
    switch (encodings[row].usage) {
    case USE_DATA:
        put_data(c, row);
        break;
    case USE_IMMEDIATE:
        put_immediate(c, row);
        break;
    case USE_SP_RELATIVE:
        put_sp_relative(c, row);
        break;
    case USE_INDEXED:
        put_indexed(c, row);
        break;
    case USE_UNPRIVILEGED:
        put_unprivileged(c, row);
        break;
    case USE_REGISTER:
        put_register(c, row);
        break;
    case USE_LITERAL:
    case USE_DUAL_LITERAL:
        put_literal(c, row);
        break;
    case USE_DUAL:
        put_dual(c, row);
        break;
    case USE_MULTIPLE:
        put_multiple(c, row);
        break;
    default:
        g_assert_not_reached();
    }
}

/* An access needs up to three low registers that are free for it. */
static bool crowded(const struct code *c)
{
    return __builtin_popcount(0xFF & ~(c->locked | c->body_writes)) < 4;
}

void code_plain(struct code *c)
{
    unsigned row;
    if (crowded(c)) {
        put_data(c, encoding_find("TST (register)", "T2"));
        return;
    }
    do
        row = random_below(&c->random, n_encodings);
    while (!plain_usage(c, &encodings[row]));
    put_plain(c, row);
}

void code_compute(struct code *c)
{
    unsigned row;
    do
        row = random_below(&c->random, n_encodings);
    while (encodings[row].usage != USE_DATA || !plain_usage(c, &encodings[row]));
    put_data(c, row);
}

void code_plains(struct code *c, unsigned least, unsigned most)
{
    for (unsigned n = random_between(&c->random, least, most); n != 0; n--)
        code_plain(c);
}

/* ---- IT ---- */

void code_it_begin(struct code *c, GArray *body)
{
    c->unlocked = c->locked;
    c->body = body;
    c->body_writes = 0;
}

void code_it_end(struct code *c)
{
    GArray *body = c->body;
    unsigned count = 0;
    for (unsigned i = 0; i < body->len; count++)
        i += g_array_index(body, uint16_t, i) >> 11 >= 0x1D ? 2 : 1;
    g_assert(count >= 1 && count <= 4);
    unsigned condition = random_below(&c->random, 15);
    /* bits of the mask below the first: then (the condition's lowest bit) or else; AL has no else */
    unsigned then_else = condition == 14 ? 0 : random_below(&c->random, 1u << (count - 1));
    unsigned mask = 8u >> (count - 1);
    for (unsigned i = 0; i + 1 < count; i++) {
        unsigned otherwise = (then_else >> i) & 1;
        mask |= ((condition & 1) ^ otherwise) << (3 - i);
    }
    c->body = NULL;
    code_emit(c, "IT", "T1", FIELDS('c', condition, 'i', mask));
    c->coverage->it_shapes[condition][mask]++;
    g_array_append_vals(c->out, body->data, body->len);
    c->locked = c->unlocked;
    c->body_writes = 0;
}
