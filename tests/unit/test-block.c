/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Basic blocks, and finding the instruction that makes an access, on code and registers of the test's own. */
#include "emu/core/block.h"

#include <glib.h>
#include <string.h>

enum { START = 0x08000400 };

/* ---- code and registers ---- */

struct bench {
    const uint16_t *code;
    uint32_t start, halfwords;
    uint32_t r[17];
    struct block block;
    struct block_insn insns[BLOCK_MAX_INSNS];
};

static bool fetch(void *data, uint32_t address, uint16_t *halfword)
{
    const struct bench *b = data;
    if (address - b->start >= 2 * b->halfwords)
        return false;
    *halfword = b->code[(address - b->start) / 2];
    return true;
}

static uint32_t reg(void *data, unsigned n)
{
    const struct bench *b = data;
    return b->r[n];
}

static void scan(struct bench *b, uint32_t start, const uint16_t *code, uint32_t bytes)
{
    memset(b, 0, sizeof *b);
    b->code = code;
    b->start = start;
    b->halfwords = bytes / 2;
    b->block.insns = b->insns;
    block_scan(&b->block, start, 0, fetch, b);
}

/* Offset of the instruction found, in half-words; -1 = none. */
static int locate(struct bench *b, unsigned from, uint32_t address, unsigned size, bool write, bool *last)
{
    struct block_access a = {address, size, write};
    int index = block_locate(&b->block, from, &a, reg, fetch, b, last);
    return index < 0 ? -1 : (int)(b->insns[index].pc - b->start) / 2;
}

/* ---- scanning ---- */

/* DDI 0403E A7.3.3: shifts the mask; the block is over when the lower bits are used up. */
static void itstate(void)
{
    g_assert_cmphex(itstate_advance(0), ==, 0);
    g_assert_cmphex(itstate_advance(0x08), ==, 0);    /* IT EQ */
    g_assert_cmphex(itstate_advance(0x01), ==, 0x02); /* ITTTT EQ */
    g_assert_cmphex(itstate_advance(0x02), ==, 0x04);
    g_assert_cmphex(itstate_advance(0x04), ==, 0x08);
    g_assert_cmphex(itstate_advance(0x0C), ==, 0x18); /* ITE EQ: then NE */
    g_assert_cmphex(itstate_advance(0xA5), ==, 0xAA);
}

static void ends(void)
{
    static const uint16_t code[] = {
        0xBF00,         // nop
        0xF3BF, 0x8F4F, // dsb
        0xF8D1, 0x0000, // ldr.w r0, [r1]
        0xBF08,         // it eq
        0x2001,         // moveq r0, #1
        0xE7FE,         // b .
        0xBF00,         // nop
        0xBF00,         // (padding)
    };
    static struct bench b;
    scan(&b, START, code, sizeof code);
    g_assert_cmpuint(b.block.count, ==, 6);
    g_assert_cmpuint(b.block.bytes, ==, 16);
    g_assert_cmphex(b.insns[2].pc, ==, START + 6);
    g_assert_cmphex(b.insns[3].itstate, ==, 0);
    g_assert_cmphex(b.insns[4].itstate, ==, 0x08);
    g_assert_cmphex(b.insns[5].itstate, ==, 0);

    static const uint16_t enders[] = {
        0xF3BF, 0x8F6F, // isb
        0xF380, 0x8810, // msr primask, r0
        0xB662,         // cpsie i
        0xDF00,         // svc #0
        0xBE00,         // bkpt #0
        0xBF30,         // wfi
        0xBF20,         // wfe
        0xDE00,         // udf #0
        0x4770,         // bx lr
        0xBD01,         // pop {r0, pc}
        0xF8D0, 0xF000, // ldr pc, [r0]
        0xE8DF, 0xF000, // tbb [pc, r0]
        0xB100,         // cbz r0, 1f
        0x4687,         // mov pc, r0
        0xF7FF, 0xFFFE, // 1: bl .
        0xED90, 0x0A00, // vldr s0, [r0]
    };
    for (uint32_t at = 0; at < sizeof enders / 2;) {
        scan(&b, START + 2 * at, enders + at, sizeof enders - 2 * at);
        g_assert_cmpuint(b.block.count, ==, 1);
        at += b.block.bytes / 2;
    }
}

/* At 1 KiB boundaries; an instruction across one is a block of its own; where nothing can be fetched it ends. */
static void boundaries(void)
{
    static uint16_t nops[1024];
    for (unsigned i = 0; i < G_N_ELEMENTS(nops); i++)
        nops[i] = 0xBF00; // nop
    static struct bench b;
    scan(&b, START, nops, sizeof nops);
    g_assert_cmpuint(b.block.count, ==, 512);
    g_assert_cmpuint(b.block.bytes, ==, 1024);
    scan(&b, START + 1000, nops, sizeof nops);
    g_assert_cmpuint(b.block.bytes, ==, 24);
    nops[11] = 0xF3AF; // nop.w
    nops[12] = 0x8000;
    scan(&b, START + 1000, nops, sizeof nops);
    g_assert_cmpuint(b.block.bytes, ==, 22);
    scan(&b, START + 1022, nops + 11, sizeof nops - 22);
    g_assert_cmpuint(b.block.count, ==, 1);
    g_assert_cmpuint(b.block.bytes, ==, 4);
    scan(&b, START, nops, 10);
    g_assert_cmpuint(b.block.count, ==, 5);
    scan(&b, START, nops + 10, 4); /* the second half of nop.w is missing */
    g_assert_cmpuint(b.block.count, ==, 1);
    scan(&b, START, nops, 0);
    g_assert_cmpuint(b.block.count, ==, 0);
}

/* ---- addresses ---- */

static void addresses(void)
{
    static const uint16_t code[] = {
        0x6848,         // ldr r0, [r1, #4]
        0x5888,         // ldr r0, [r1, r2]
        0xF831, 0x0032, // ldrh.w r0, [r1, r2, lsl #3]
        0xF851, 0x0C08, // ldr r0, [r1, #-8]
        0xF841, 0x0F08, // str r0, [r1, #8]!
        0xF801, 0x0903, // strb r0, [r1], #-3
        0xC938,         // ldmia r1!, {r3, r4, r5}
        0xE931, 0x0038, // ldmdb r1!, {r3, r4, r5}
        0xB511,         // push {r0, r4, lr}
        0xBC11,         // pop {r0, r4}
        0xE961, 0x3404, // strd r3, r4, [r1, #-16]!
        0x4802,         // ldr r0, [pc, #8]
        0xF81F, 0x0005, // ldrb.w r0, [pc, #-5]
        0xE8D1, 0xF012, // tbh [r1, r2, lsl #1]
    };
    static const struct {
        uint32_t address, after;
    } expected[] = {{0x1004, 0x1000},           {0x1010, 0x1000}, {0x1080, 0x1000}, {0x0FF8, 0x1000},
                    {0x1008, 0x1008},           {0x1000, 0x0FFD}, {0x1000, 0x100C}, {0x0FF4, 0x0FF4},
                    {0x2000 - 12, 0x2000 - 12}, {0x2000, 0x2008}, {0x0FF0, 0x0FF0}};
    static struct bench b;
    scan(&b, START, code, sizeof code);
    b.r[1] = 0x1000;
    b.r[2] = 0x10;
    b.r[13] = 0x2000;
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_cmphex(block_address(&b.insns[i], reg, &b), ==, expected[i].address);
        g_assert_cmphex(block_base_after(&b.insns[i], reg, &b), ==, expected[i].after);
    }
    g_assert_cmphex(block_address(&b.insns[11], reg, &b), ==, ((b.insns[11].pc + 4) & ~3u) + 8);
    g_assert_cmphex(block_address(&b.insns[12], reg, &b), ==, ((b.insns[12].pc + 4) & ~3u) - 5);
    g_assert_cmphex(block_address(&b.insns[13], reg, &b), ==, 0x1020);
}

/* ---- finding ---- */

static void locate_simple(void)
{
    static const uint16_t code[] = {
        0x6808, // ldr r0, [r1]
        0x6808, // ldr r0, [r1]
        0x6008, // str r0, [r1]
        0x8848, // ldrh r0, [r1, #2]
        0x7888, // ldrb r0, [r1, #2]
        0x6810, // ldr r0, [r2]
        0xE7FE, // b .
        0xBF00, // (padding)
    };
    static struct bench b;
    bool last;
    scan(&b, START, code, sizeof code);
    b.r[1] = 0x40000000;
    b.r[2] = 0x40000100;
    g_assert_cmpint(locate(&b, 0, 0x40000000, 4, false, &last), ==, 0);
    g_assert_true(last);
    g_assert_cmpint(locate(&b, 1, 0x40000000, 4, false, &last), ==, 1);
    g_assert_cmpint(locate(&b, 0, 0x40000000, 4, true, &last), ==, 2);
    g_assert_cmpint(locate(&b, 0, 0x40000002, 2, false, &last), ==, 3);
    g_assert_cmpint(locate(&b, 0, 0x40000002, 1, false, &last), ==, 4);
    g_assert_cmpint(locate(&b, 0, 0x40000100, 4, false, &last), ==, 5);
    g_assert_cmpint(locate(&b, 2, 0x40000000, 4, false, &last), ==, -1);
    g_assert_cmpint(locate(&b, 0, 0x40000004, 4, false, &last), ==, -1);
}

/* Each word of several; the last one is told. An unaligned access comes in aligned pieces. */
static void locate_parts(void)
{
    static const uint16_t code[] = {
        0xC938,         // ldmia r1!, {r3, r4, r5}
        0xE9C2, 0x3402, // strd r3, r4, [r2, #8]
        0x6830,         // ldr r0, [r6]
        0xE7FE,         // b .
        0xBF00,         // (padding)
    };
    static struct bench b;
    bool last;
    scan(&b, START, code, sizeof code);
    b.r[1] = 0x40000000;
    b.r[2] = 0x40000100;
    b.r[6] = 0x40000202;
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpint(locate(&b, 0, 0x40000000 + 4 * i, 4, false, &last), ==, 0);
        g_assert_cmpint(last, ==, i == 2);
    }
    g_assert_cmpint(locate(&b, 0, 0x4000000C, 4, false, &last), ==, -1);
    g_assert_cmpint(locate(&b, 0, 0x40000108, 4, true, &last), ==, 1);
    g_assert_false(last);
    g_assert_cmpint(locate(&b, 0, 0x4000010C, 4, true, &last), ==, 1);
    g_assert_true(last);
    g_assert_cmpint(locate(&b, 0, 0x40000200, 4, false, &last), ==, 3);
    g_assert_false(last);
    g_assert_cmpint(locate(&b, 0, 0x40000204, 4, false, &last), ==, 3);
    g_assert_true(last);
}

/* A base that the block itself sets to a constant tells which of two equal expressions it is. */
static void locate_constants(void)
{
    static const uint16_t code[] = {
        0x4B04,         // ldr r3, =0x40000020
        0x685C,         // ldr r4, [r3, #4]
        0x4B04,         // ldr r3, =0x40000040
        0x685C,         // ldr r4, [r3, #4]
        0xF240, 0x0360, // movw r3, #0x60
        0xF2C4, 0x0300, // movt r3, #0x4000
        0x685C,         // ldr r4, [r3, #4]
        0xE7FE,         // b .
        0x0020, 0x4000, // .word 0x40000020
        0x0040, 0x4000, // .word 0x40000040
    };
    static struct bench b;
    bool last;
    scan(&b, START, code, sizeof code);
    b.r[3] = 0x40000020;
    g_assert_cmpint(locate(&b, 0, 0x40000024, 4, false, &last), ==, 1);
    b.r[3] = 0x40000040;
    g_assert_cmpint(locate(&b, 0, 0x40000044, 4, false, &last), ==, 3);
    b.r[3] = 0x40000060;
    g_assert_cmpint(locate(&b, 0, 0x40000064, 4, false, &last), ==, 8);
}

/* In an IT block only what the flags let run. */
static void locate_conditions(void)
{
    static const char *const names[] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le"};
    static const uint32_t n = UINT32_C(1) << 31, z = 1 << 30, c = 1 << 29, v = 1 << 28;
    for (unsigned condition = 0; condition < G_N_ELEMENTS(names); condition++)
        for (uint32_t nzcv = 0; nzcv < 16; nzcv++) {
            const uint16_t code[] = {
                (uint16_t)(0xBF08 | condition << 4), // it <condition>
                0x6808,                              // ldr<condition> r0, [r1]
                0x6808,                              // ldr r0, [r1]
                0xE7FE,                              // b .
            };
            static struct bench b;
            bool last;
            scan(&b, START, code, sizeof code);
            b.r[1] = 0x40000000;
            b.r[BLOCK_FLAGS] = nzcv << 28;
            uint32_t f = nzcv << 28;
            bool holds;
            switch (condition / 2) {
            case 0:
                holds = f & z;
                break;
            case 1:
                holds = f & c;
                break;
            case 2:
                holds = f & n;
                break;
            case 3:
                holds = f & v;
                break;
            case 4:
                holds = (f & c) && !(f & z);
                break;
            case 5:
                holds = !(f & n) == !(f & v);
                break;
            default:
                holds = !(f & z) && !(f & n) == !(f & v);
                break;
            }
            if (condition & 1)
                holds = !holds;
            g_assert_cmpint(locate(&b, 0, 0x40000000, 4, false, &last), ==, holds ? 1 : 2);
        }
}

/* Two equal expressions with an unknown value loaded in between are ambiguous, what can be worked out is not. */
static void ambiguous(void)
{
    static const struct {
        const char *what;
        uint16_t between[2];
        bool ambiguous;
    } cases[] = {{"nothing", {0xBF00, 0xBF00}, false},          // nop; nop
                 {"another register", {0x6810, 0xBF00}, false}, // ldr r0, [r2]
                 {"loaded", {0x6811, 0xBF00}, true},            // ldr r1, [r2]
                 {"moved", {0x4611, 0xBF00}, true},             // mov r1, r2
                 {"stepped", {0x3104, 0xBF00}, false},          // adds r1, #4
                 {"stepped twice", {0x3104, 0x3904}, false}};   // adds r1, #4; subs r1, #4
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const uint16_t code[] = {
            0x6848, // ldr r0, [r1, #4]
            cases[i].between[0],
            cases[i].between[1],
            0x6848, // ldr r0, [r1, #4]
            0xE7FE, // b .
        };
        static struct bench b;
        scan(&b, START, code, sizeof code);
        g_test_message("%s", cases[i].what);
        g_assert_false(block_ambiguous(&b.block, 0, fetch, &b));
        g_assert_cmpint(block_ambiguous(&b.block, 3, fetch, &b), ==, cases[i].ambiguous);
        g_assert_false(block_ambiguous(&b.block, 4, fetch, &b));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/block/itstate", itstate);
    g_test_add_func("/block/ends", ends);
    g_test_add_func("/block/boundaries", boundaries);
    g_test_add_func("/block/addresses", addresses);
    g_test_add_func("/block/locate-simple", locate_simple);
    g_test_add_func("/block/locate-parts", locate_parts);
    g_test_add_func("/block/locate-constants", locate_constants);
    g_test_add_func("/block/locate-conditions", locate_conditions);
    g_test_add_func("/block/ambiguous", ambiguous);
    return g_test_run();
}
