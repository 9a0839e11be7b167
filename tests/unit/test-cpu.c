/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the emulator relies on in the execution engine, or does in its place: exact PC and time in register accesses, where
 * interrupts land, stores to flash, changed code, bit-bands, exclusives, special registers. One test a trap, so that an engine
 * that behaves otherwise is noticed at once.
 */
#include "tests/unit/cpu-test.h"

static void enable_irqs(struct rig *r, uint32_t mask)
{
    g_assert_true(machine_bus_write(r->m, SCS + 0x100, 4, mask));
}

static void set_scs(struct rig *r, uint32_t offset, uint32_t value)
{
    g_assert_true(machine_bus_write(r->m, SCS + offset, 4, value));
}

static void version(void)
{
    g_test_message("engine %s", engine_version());
    g_assert_cmpint(strcmp(engine_version(), "2.1.1") == 0, ==, engine_version_warning() == NULL);
}

/* ---- exact PC and time ---- */

struct expected {
    unsigned at; /* half-words behind CODE */
    uint32_t address;
    unsigned size;
    bool write;
    unsigned n; /* instructions before it */
};

static void expect_accesses(struct rig *r, const struct expected *expected, unsigned n)
{
    struct bench *b = rig_bench(r);
    g_assert_cmpuint(b->n, ==, n);
    for (unsigned i = 0; i < n; i++) {
        g_assert_cmphex(b->log[i].address, ==, expected[i].address);
        g_assert_cmphex(b->log[i].pc, ==, CODE + 2 * expected[i].at);
        g_assert_cmpuint(b->log[i].size, ==, expected[i].size);
        g_assert_cmpint(b->log[i].write, ==, expected[i].write);
        g_assert_cmpuint(b->log[i].when, ==, expected[i].n * CYCLE);
    }
}

/* First, middle and last instruction of a block; sizes; the same register again and again. */
static void exact_pc(void)
{
    enum { END = (int)(CODE + 0x26) };
    static const uint16_t code[] = {
        0x6901,         // ldr r1, [r0, #16]
        0x2201,         // movs r2, #1
        0x6903,         // ldr r3, [r0, #16]
        0x7C43,         // ldrb r3, [r0, #17]
        0xF9B0, 0x3012, // ldrsh.w r3, [r0, #18]
        0x6102,         // str r2, [r0, #16]
        0x8242,         // strh r2, [r0, #18]
        0x7402,         // strb r2, [r0, #16]
        0x2408,         // movs r4, #8
        0x5905,         // ldr r5, [r0, r4]
        0xF850, 0x5014, // ldr.w r5, [r0, r4, lsl #1]
        0xF8D0, 0x5010, // ldr.w r5, [r0, #16]
        0xBF00,         // cbz r4, 1f
        0x6181,         // 1: str r1, [r0, #24]
        0xE7FF,         // b 2f
        0x6981,         // 2: ldr r1, [r0, #24]
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = BENCH;
    rig_run(r);
    const struct expected e[] = {{0, BENCH + 16, 4, false, 0},   {2, BENCH + 16, 4, false, 2},  {3, BENCH + 17, 1, false, 3},
                                 {4, BENCH + 18, 2, false, 4},   {6, BENCH + 16, 4, true, 5},   {7, BENCH + 18, 2, true, 6},
                                 {8, BENCH + 16, 1, true, 7},    {10, BENCH + 8, 4, false, 9},  {11, BENCH + 16, 4, false, 10},
                                 {13, BENCH + 16, 4, false, 11}, {16, BENCH + 24, 4, true, 13}, {18, BENCH + 24, 4, false, 15}};
    expect_accesses(r, e, G_N_ELEMENTS(e));
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

static void exact_pc_in_it(void)
{
    enum { END = (int)(CODE + 0x14) };
    static const uint16_t code[] = {
        0x4280, // cmp r0, r0
        0xBF0B, // itete eq
        0x6901, // ldreq r1, [r0, #16]
        0x6901, // ldrne r1, [r0, #16]
        0x6101, // streq r1, [r0, #16]
        0x6101, // strne r1, [r0, #16]
        0xBF1C, // itt ne
        0x6941, // ldrne r1, [r0, #20]
        0x6141, // strne r1, [r0, #20]
        0x6941, // ldr r1, [r0, #20]
        0xE7FE, // END: b END
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = BENCH;
    rig_run(r);
    const struct expected e[] = {{2, BENCH + 16, 4, false, 2}, {4, BENCH + 16, 4, true, 4}, {9, BENCH + 20, 4, false, 9}};
    expect_accesses(r, e, G_N_ELEMENTS(e));
    rig_free(r);
}

/* Several words, one call each; the same instruction, and so the same PC and time. */
static void multiples(void)
{
    enum { END = (int)(CODE + 0x18) };
    static const uint16_t code[] = {
        0x4607,         // mov r7, r0
        0xCF0E,         // ldmia r7!, {r1, r2, r3}
        0xC706,         // stmia r7!, {r1, r2}
        0xE9D0, 0x4510, // ldrd r4, r5, [r0, #0x40]
        0xE9E0, 0x4512, // strd r4, r5, [r0, #0x48]!
        0xE910, 0x0006, // ldmdb.w r0, {r1, r2}
        0xE920, 0x0006, // stmdb.w r0!, {r1, r2}
        0x6801,         // ldr r1, [r0]
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = BENCH + 0x20;
    rig_run(r);
    const struct expected e[] = {{1, BENCH + 0x20, 4, false, 1}, {1, BENCH + 0x24, 4, false, 1}, {1, BENCH + 0x28, 4, false, 1},
                                 {2, BENCH + 0x2C, 4, true, 2},  {2, BENCH + 0x30, 4, true, 2},  {3, BENCH + 0x60, 4, false, 3},
                                 {3, BENCH + 0x64, 4, false, 3}, {5, BENCH + 0x68, 4, true, 4},  {5, BENCH + 0x6C, 4, true, 4},
                                 {7, BENCH + 0x60, 4, false, 5}, {7, BENCH + 0x64, 4, false, 5}, {9, BENCH + 0x60, 4, true, 6},
                                 {9, BENCH + 0x64, 4, true, 6},  {11, BENCH + 0x60, 4, false, 7}};
    expect_accesses(r, e, G_N_ELEMENTS(e));
    g_assert_cmphex(cpu(r)->r[0], ==, BENCH + 0x60);
    g_assert_cmphex(cpu(r)->r[7], ==, BENCH + 0x34);
    rig_free(r);
}

/* Base registers that change between two accesses of one block. */
static void moving_base(void)
{
    enum { END = (int)(CODE + 0x32) };
    static const uint16_t code[] = {
        0xF840, 0x1B04, // str r1, [r0], #4
        0xF840, 0x1B04, // str r1, [r0], #4
        0xF850, 0x2D04, // ldr r2, [r0, #-4]!
        0xF850, 0x2D04, // ldr r2, [r0, #-4]!
        0x4B08,         // ldr r3, =0x40000020
        0x685C,         // ldr r4, [r3, #4]
        0x4B08,         // ldr r3, =0x40000040
        0x685C,         // ldr r4, [r3, #4]
        0xF240, 0x0320, // movw r3, #0x20
        0xF2C4, 0x0300, // movt r3, #0x4000
        0x685C,         // ldr r4, [r3, #4]
        0x3320,         // adds r3, #0x20
        0x685C,         // ldr r4, [r3, #4]
        0x3B20,         // subs r3, #0x20
        0x685C,         // ldr r4, [r3, #4]
        0x685C,         // ldr r4, [r3, #4]
        0x609D,         // str r5, [r3, #8]
        0x689B,         // ldr r3, [r3, #8]
        0x681B,         // ldr r3, [r3, #0]
        0xE7FE,         // END: b END
        0x0020, 0x4000, // .word 0x40000020
        0x0040, 0x4000, // .word 0x40000040
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = BENCH + 0x10;
    cpu(r)->r[5] = BENCH + 0x50;
    rig_run(r);
    const struct expected e[] = {
        {0, BENCH + 0x10, 4, true, 0},    {2, BENCH + 0x14, 4, true, 1},    {4, BENCH + 0x14, 4, false, 2},
        {6, BENCH + 0x10, 4, false, 3},   {9, BENCH + 0x24, 4, false, 5},   {11, BENCH + 0x44, 4, false, 7},
        {16, BENCH + 0x24, 4, false, 10}, {18, BENCH + 0x44, 4, false, 12}, {20, BENCH + 0x24, 4, false, 14},
        {21, BENCH + 0x24, 4, false, 15}, {22, BENCH + 0x28, 4, true, 16},  {23, BENCH + 0x28, 4, false, 17},
        {24, BENCH + 0x50, 4, false, 18}};
    expect_accesses(r, e, G_N_ELEMENTS(e));
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* A base register that is loaded by the very access. */
static void loaded_base(void)
{
    enum { END = (int)(CODE + 0x1A) };
    static const uint16_t code[] = {
        0x4D06,         // ldr r5, =0x40000080
        0xCD30,         // ldmia r5, {r4, r5}
        0x6906,         // ldr r6, [r0, #16]
        0x460D,         // mov r5, r1
        0xE9D5, 0x5600, // ldrd r5, r6, [r5]
        0x6906,         // ldr r6, [r0, #16]
        0x460D,         // mov r5, r1
        0xE9D5, 0x6500, // ldrd r6, r5, [r5]
        0x6905,         // ldr r5, [r0, #16]
        0x460D,         // mov r5, r1
        0x682D,         // ldr r5, [r5]
        0xE7FE,         // END: b END
        0x0080, 0x4000, // .word 0x40000080
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = BENCH + 0x80;
    for (uint32_t i = 0; i < 8; i += 4)
        g_assert_true(machine_bus_write(r->m, BENCH + 0x80 + i, 4, BENCH + 0x80));
    rig_bench(r)->n = 0;
    rig_run(r);
    const struct expected e[] = {{1, BENCH + 0x80, 4, false, 1},  {1, BENCH + 0x84, 4, false, 1}, {2, BENCH + 16, 4, false, 2},
                                 {4, BENCH + 0x80, 4, false, 4},  {4, BENCH + 0x84, 4, false, 4}, {6, BENCH + 16, 4, false, 5},
                                 {8, BENCH + 0x80, 4, false, 7},  {8, BENCH + 0x84, 4, false, 7}, {10, BENCH + 16, 4, false, 8},
                                 {12, BENCH + 0x80, 4, false, 10}};
    expect_accesses(r, e, G_N_ELEMENTS(e));
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(cpu(r)->r[5], ==, BENCH + 0x80);
    rig_free(r);
}

/* A fault at the first instruction of a block, whose handler begins with two reads of the same register: each is found. */
static void after_fault(void)
{
    enum { END = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x680A, // ldr r2, [r1]
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x6903, // ldr r3, [r0, #16]
        0x6903, // ldr r3, [r0, #16]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_HARD_FAULT, FLASH + 0x900);
    rig_start(r);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    g_assert_cmpuint(rig_bench(r)->n, ==, 2);
    g_assert_cmphex(rig_bench(r)->log[0].pc, ==, FLASH + 0x900);
    g_assert_cmphex(rig_bench(r)->log[1].pc, ==, FLASH + 0x902);
    rig_free(r);
}

/* The self-check agrees, on accesses of every kind in loops that the cache of blocks sees many times. */
static void access_check(void)
{
    enum { LOOP = (int)(CODE + 0x08), END = (int)(CODE + 0x4E) };
    static const uint16_t code[] = {
        0xF04F, 0x4080, // ldr r0, =0x40000000
        0x4E12,         // ldr r6, =0x42000200
        0x2732,         // movs r7, #50
        0x6841,         // LOOP: ldr r1, [r0, #4]
        0x6842,         // ldr r2, [r0, #4]
        0xF100, 0x0320, // add r3, r0, #0x20
        0xC306,         // stmia r3!, {r1, r2}
        0xE913, 0x0030, // ldmdb.w r3, {r4, r5}
        0xF843, 0x1B04, // str r1, [r3], #4
        0xF843, 0x1904, // str r1, [r3], #-4
        0xE9F3, 0x4502, // ldrd r4, r5, [r3, #8]!
        0x785C,         // ldrb r4, [r3, #1]
        0x805C,         // strh r4, [r3, #2]
        0xF011, 0x0F01, // tst r1, #1
        0xBF0C,         // ite eq
        0x6401,         // streq r1, [r0, #0x40]
        0x6C01,         // ldrne r1, [r0, #0x40]
        0x6037,         // str r7, [r6]
        0x6875,         // ldr r5, [r6, #4]
        0x6875,         // ldr r5, [r6, #4]
        0x4B07,         // ldr r3, =0x40000050
        0x681C,         // ldr r4, [r3]
        0x4B07,         // ldr r3, =0x40000060
        0x681C,         // ldr r4, [r3]
        0x4603,         // mov r3, r0
        0x6F1B,         // ldr r3, [r3, #0x70]
        0xB418,         // push {r3, r4}
        0xBC18,         // pop {r3, r4}
        0xF850, 0x4027, // ldr.w r4, [r0, r7, lsl #2]
        0x3F01,         // subs r7, #1
        0xD1DC,         // bne LOOP
        0xE7FE,         // END: b END
        0x0200, 0x4200, // .word 0x42000200
        0x0050, 0x4000, // .word 0x40000050
        0x0060, 0x4000, // .word 0x40000060
    };
    struct rig *r = rig_new();
    machine_check_accesses(r->m);
    RIG_CODE(r, CODE, code);
    rig_start(r);
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    struct access_check check = machine_access_check(r->m);
    g_assert_cmpuint(check.accesses, >=, 50 * 20);
    g_assert_cmpuint(check.wrong, ==, 0);
    rig_free(r);
}

/* ---- faults ---- */

/* An access to nothing at each place of a block of ten instructions: everything before it done, nothing behind it. */
static void fault_position(void)
{
    for (unsigned at = 0; at < 10; at++)
        for (unsigned kind = 0; kind < 3; kind++) {
            struct rig *r = rig_new();
            static const uint16_t bad[3] = {
                0x680B, // ldr r3, [r1]
                0x600B, // str r3, [r1]
                0x888B, // ldrh r3, [r1, #4]
            };
            uint16_t code[11];
            for (unsigned i = 0; i < 10; i++)
                code[i] = 0x3201; // adds r2, #1
            code[at] = bad[kind];
            code[10] = 0xE7FE; // b .
            RIG_CODE(r, CODE, code);
            rig_start(r);
            cpu(r)->r[1] = NOTHING;
            cpu(r)->r[2] = 0;
            cpu(r)->r[3] = 7;
            rig_run(r);
            rig_expect_trace(r, "!PRECISERR@%08X>hardfault +3", CODE + 2 * at);
            g_assert_cmphex(rig_frame(r, FRAME_PC), ==, CODE + 2 * at);
            g_assert_cmphex(rig_frame(r, FRAME_R2), ==, at);
            g_assert_cmphex(rig_frame(r, FRAME_R3), ==, 7);
            g_assert_cmphex(rig_scs(r, SCB_BFAR), ==, NOTHING + (kind == 2 ? 4 : 0));
            rig_free(r);
        }
}

/* A device's bus error in an IT block, where the engine cannot be stopped at once: nothing behind it may reach memory. */
static void fault_in_it(void)
{
    static const uint16_t reads[] = {
        0x4280, // cmp r0, r0
        0xBF01, // itttt eq
        0x3501, // addeq r5, #1
        0x680C, // ldreq r4, [r1]
        0x6002, // streq r2, [r0]
        0x3501, // addeq r5, #1
        0x6042, // str r2, [r0, #4]
        0xB40C, // push {r2, r3}
        0xE7FF, // b 1f
        0x6082, // 1: str r2, [r0, #8]
        0x3501, // adds r5, #1
        0xE7FE, // 2: b 2b
    };
    static const uint16_t writes[] = {
        0x4280, // cmp r0, r0
        0xBF01, // itttt eq
        0x3501, // addeq r5, #1
        0x600C, // streq r4, [r1]
        0x6002, // streq r2, [r0]
        0x3501, // addeq r5, #1
        0x6042, // str r2, [r0, #4]
        0xB40C, // push {r2, r3}
        0xE7FF, // b 1f
        0x6082, // 1: str r2, [r0, #8]
        0x3501, // adds r5, #1
        0xE7FE, // 2: b 2b
    };
    const uint16_t *const programs[] = {reads, writes};
    const uint32_t addresses[] = {BENCH + BENCH_ERROR, NOTHING, 0x42100000, SCS - 0x1000, 0x60000000};
    for (unsigned p = 0; p < 2; p++)
        for (unsigned a = 0; a < G_N_ELEMENTS(addresses); a++) {
            struct rig *r = rig_new();
            rig_put(r, CODE, programs[p], sizeof reads);
            rig_start(r);
            cpu(r)->r[0] = RAM;
            cpu(r)->r[1] = addresses[a];
            cpu(r)->r[2] = 0x222;
            cpu(r)->r[5] = 0;
            uint32_t guard = 0xABCD;
            rig_put(r, STACK - 8, &guard, 4);
            rig_run(r);
            rig_expect_trace(r, "!PRECISERR@%08X>hardfault +3", CODE + 6);
            for (unsigned i = 0; i < 12; i += 4)
                g_assert_cmphex(rig_word(r, RAM + i), ==, 0);
            g_assert_cmphex(cpu(r)->r[5], ==, 1);
            g_assert_cmphex(rig_frame(r, FRAME_PC), ==, CODE + 6);
            /* ITTTT EQ (0x01) one instruction on: mask 0010 */
            g_assert_cmphex(rig_frame(r, FRAME_XPSR) & 0x0600FC00, ==, 0x02 << 25);
            rig_free(r);
        }
}

/* ---- where interrupts land ---- */

/* Right behind the store that pended it, its writeback done, whatever the addressing mode. */
static void behind_store(void)
{
    enum { NEXT = (int)(CODE + 0x04) };
    static const uint16_t plain[] = {
        0x2201, // movs r2, #1
        0x6002, // str r2, [r0]
        0x2202, // NEXT: movs r2, #2
        0xE7FE, // 1: b 1b
    };
    static const uint16_t post_index[] = {
        0x2201,         // movs r2, #1
        0xF840, 0x2B04, // str r2, [r0], #4
        0x2202,         // movs r2, #2
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t pre_index[] = {
        0x2201,         // movs r2, #1
        0xF843, 0x2F04, // str r2, [r3, #4]!
        0x2202,         // movs r2, #2
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t multiple[] = {
        0x2201,         // movs r2, #1
        0xE8A0, 0x0014, // stmia.w r0!, {r2, r4}
        0x2202,         // movs r2, #2
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t byte[] = {
        0x2201, // movs r2, #1
        0x7002, // strb r2, [r0]
        0x2202, // movs r2, #2
        0xE7FE, // 1: b 1b
    };
    const struct {
        const uint16_t *code;
        uint32_t size, behind, r0, r3;
    } cases[] = {{plain, sizeof plain, NEXT, BENCH, BENCH - 4},
                 {post_index, sizeof post_index, CODE + 6, BENCH + 4, BENCH - 4},
                 {pre_index, sizeof pre_index, CODE + 6, BENCH, BENCH},
                 {multiple, sizeof multiple, CODE + 6, BENCH + 8, BENCH - 4},
                 {byte, sizeof byte, CODE + 4, BENCH, BENCH - 4}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_new();
        rig_put(r, CODE, cases[i].code, cases[i].size);
        rig_start(r);
        enable_irqs(r, 1);
        cpu(r)->r[0] = BENCH;
        cpu(r)->r[3] = BENCH - 4;
        rig_run(r);
        rig_expect_trace(r, "+16");
        g_assert_cmphex(rig_frame(r, FRAME_PC), ==, cases[i].behind);
        g_assert_cmphex(rig_frame(r, FRAME_R2), ==, 1);
        g_assert_cmphex(rig_frame(r, FRAME_R0), ==, cases[i].r0);
        g_assert_cmphex(rig_frame(r, FRAME_R3), ==, cases[i].r3);
        g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x20);
        rig_free(r);
    }
}

/* In an IT block: at the end of the basic block, and never twice. */
static void store_in_it(void)
{
    enum { BRANCH = (int)(CODE + 0x0E) };
    static const uint16_t code[] = {
        0x2201, // movs r2, #1
        0x2A01, // cmp r2, #1
        0xBF04, // itt eq
        0x6002, // streq r2, [r0]
        0x3301, // addeq r3, #1
        0x3301, // adds r3, #1
        0xE7FF, // b BRANCH
        0x3301, // BRANCH: adds r3, #1
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    enable_irqs(r, 1);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[3] = 0;
    rig_run(r);
    rig_expect_trace(r, "+16");
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, BRANCH);
    g_assert_cmphex(rig_frame(r, FRAME_R3), ==, 2);
    g_assert_cmpuint(rig_bench(r)->n, ==, 1);
    rig_free(r);
}

/* A timer's interrupt is taken at the first branch behind its time: DSB is none, ISB, MSR and 1 KiB boundaries are. */
static void acceptance_points(void)
{
    enum { POINT = (int)(CODE + 0x0E) };
    static const uint16_t branch[] = {
        0x6081,         // str r1, [r0, #8]
        0xBF00,         // nop
        0xF3BF, 0x8F4F, // dsb
        0xBF00,         // nop
        0xBF00,         // nop
        0xE7FF,         // b POINT
        0xBF00,         // POINT: nop
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t isb[] = {
        0x6081,         // str r1, [r0, #8]
        0xBF00,         // nop
        0xBF00,         // nop
        0xBF00,         // nop
        0xF3BF, 0x8F6F, // isb
        0xBF00,         // nop
        0xE7FE,         // 1: b 1b
    };
    static const uint16_t msr[] = {
        0x6081,         // str r1, [r0, #8]
        0xBF00,         // nop
        0xBF00,         // nop
        0xBF00,         // nop
        0xF382, 0x8810, // msr primask, r2
        0xBF00,         // nop
        0xE7FE,         // 1: b 1b
    };
    const struct {
        const uint16_t *code;
        uint32_t size, point;
    } cases[] = {{branch, sizeof branch, POINT}, {isb, sizeof isb, CODE + 12}, {msr, sizeof msr, CODE + 12}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        for (uint32_t cycles = 1; cycles <= 3; cycles++) {
            struct rig *r = rig_new();
            rig_put(r, CODE, cases[i].code, cases[i].size);
            rig_start(r);
            enable_irqs(r, 0x80);
            cpu(r)->r[0] = BENCH;
            cpu(r)->r[1] = cycles;
            cpu(r)->r[2] = 0;
            rig_run(r);
            g_assert_cmphex(rig_frame(r, FRAME_PC), ==, cases[i].point);
            rig_free(r);
        }

    /* straight-line code over a boundary of 1 KiB, with a 32-bit instruction across it */
    for (unsigned straddle = 0; straddle < 2; straddle++) {
        struct rig *r = rig_new();
        uint16_t code[64];
        for (unsigned i = 0; i < 64; i++)
            code[i] = 0xBF00; // nop
        code[20] = 0x6081;    // str r1, [r0, #8]
        if (straddle) {
            code[31] = 0xF3AF; // nop.w
            code[32] = 0x8000;
        }
        code[63] = 0xE7FE; // b .
        rig_put(r, FLASH + 0xC00 - 64, code, sizeof code);
        rig_vector(r, EXC_RESET, FLASH + 0xC00 - 64);
        rig_start(r);
        enable_irqs(r, 0x80);
        cpu(r)->r[0] = BENCH;
        cpu(r)->r[1] = 3;
        rig_run(r);
        g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FLASH + 0xC00 - (straddle ? 2 : 0));
        rig_free(r);
    }
}

/* ---- memory ---- */

static void bit_band(void)
{
    enum { END = (int)(CODE + 0x12) };
    static const uint16_t code[] = {
        0x60D1,         // str r1, [r2, #12]
        0x68D3,         // ldr r3, [r2, #12]
        0x6894,         // ldr r4, [r2, #8]
        0x6095,         // str r5, [r2, #8]
        0x6071,         // str r1, [r6, #4]
        0x6877,         // ldr r7, [r6, #4]
        0x7231,         // strb r1, [r6, #8]
        0xF8B6, 0x8008, // ldrh r8, [r6, #8]
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    uint32_t word = 0x84;
    rig_put(r, RAM + 0x104, &word, 4);
    cpu(r)->r[1] = 0xFFFFFFFF; /* only bit 0 counts */
    cpu(r)->r[2] = 0x22000000 + 0x104 * 32;
    cpu(r)->r[5] = 0xFFFFFFFE;
    cpu(r)->r[6] = 0x42000000 + 0x40 * 32 + 8 * 4; /* bit 8 of the word at 0x40 */
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(rig_word(r, RAM + 0x104), ==, 0x88);
    g_assert_cmphex(cpu(r)->r[3], ==, 1);
    g_assert_cmphex(cpu(r)->r[4], ==, 1);
    g_assert_cmphex(cpu(r)->r[7], ==, 1);
    g_assert_cmphex(cpu(r)->r[8], ==, 1);
    g_assert_cmphex(rig_word(r, BENCH + 0x40), ==, 0x600);
    /* a store is a read and a write of the whole word */
    const struct bench *b = rig_bench(r);
    g_assert_cmpuint(b->n, ==, 6);
    for (unsigned i = 0; i < b->n; i++) {
        g_assert_cmphex(b->log[i].address, ==, BENCH + 0x40);
        g_assert_cmpuint(b->log[i].size, ==, 4);
        g_assert_cmpint(b->log[i].write, ==, i == 1 || i == 4);
    }
    g_assert_cmphex(b->log[1].pc, ==, CODE + 8);
    rig_free(r);

    /* the alias of nothing faults, with the alias in BFAR */
    static const uint16_t nothing[] = {
        0x2301, // movs r3, #1
        0x6053, // str r3, [r2, #4]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    static const uint16_t nothing_read[] = {
        0x2301, // movs r3, #1
        0x6853, // ldr r3, [r2, #4]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    for (unsigned i = 0; i < 2; i++) {
        r = rig_new();
        rig_put(r, CODE, i ? nothing : nothing_read, sizeof nothing);
        rig_start(r);
        cpu(r)->r[2] = 0x42000000 + 0x1000 * 32;
        rig_run(r);
        rig_expect_trace(r, "!PRECISERR@%08X>hardfault +3", CODE + 2);
        g_assert_cmphex(rig_scs(r, SCB_BFAR), ==, 0x42000000 + 0x1000 * 32 + 4);
        rig_free(r);
    }
}

/* A bit-band store that raises an interrupt is a store like any other. */
static void bit_band_interrupt(void)
{
    enum { NEXT = (int)(CODE + 0x06) };
    static const uint16_t code[] = {
        0x2301,         // movs r3, #1
        0xF842, 0x3B04, // str r3, [r2], #4
        0x2302,         // NEXT: movs r3, #2
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    enable_irqs(r, 1);
    cpu(r)->r[2] = 0x42000000;
    rig_run(r);
    rig_expect_trace(r, "+16");
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, CODE + 6);
    g_assert_cmphex(rig_frame(r, FRAME_R2), ==, 0x42000004);
    rig_free(r);
}

/* Every kind of store to flash reaches the controller with its address, size, value, PC and time; flash keeps its contents. */
static void flash_store(void)
{
    enum { END = (int)(CODE + 0x1E) };
    static const uint16_t code[] = {
        0x6001,         // str r1, [r0]
        0x80C1,         // strh r1, [r0, #6]
        0x7241,         // strb r1, [r0, #9]
        0xC00E,         // stmia r0!, {r1, r2, r3}
        0xE9C0, 0x2301, // strd r2, r3, [r0, #4]
        0x4280,         // cmp r0, r0
        0xBF05,         // ittet eq
        0x6101,         // streq r1, [r0, #16]
        0x8282,         // strheq r2, [r0, #20]
        0x6142,         // strne r2, [r0, #20]
        0x75C3,         // strbeq r3, [r0, #23]
        0xF840, 0x3D04, // str r3, [r0, #-4]!
        0x6804,         // ldr r4, [r0]
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = FLASH + 0x10000;
    for (unsigned i = 1; i < 4; i++)
        cpu(r)->r[i] = i * 0x11111111;
    rig_run(r);
    const struct {
        uint32_t pc, address, value;
        unsigned size, n;
    } e[] = {{0, 0, 0x11111111, 4, 0},   {2, 6, 0x1111, 2, 1},     {4, 9, 0x11, 1, 2},        {6, 0, 0x11111111, 4, 3},
             {6, 4, 0x22222222, 4, 3},   {6, 8, 0x33333333, 4, 3}, {8, 16, 0x22222222, 4, 4}, {8, 20, 0x33333333, 4, 4},
             {16, 28, 0x11111111, 4, 7}, {18, 32, 0x2222, 2, 8},   {22, 35, 0x33, 1, 10},     {26, 8, 0x33333333, 4, 11}};
    const struct flash_stores *s = rig_stores(r);
    for (unsigned i = 0; i < MIN(s->n, G_N_ELEMENTS(e)); i++) {
        g_assert_cmphex(s->log[i].address, ==, 0x10000 + e[i].address);
        g_assert_cmpuint(s->log[i].size, ==, e[i].size);
        g_assert_cmphex(s->log[i].value & (e[i].size == 4 ? UINT32_MAX : (1u << (8 * e[i].size)) - 1), ==, e[i].value);
        g_assert_cmpuint(s->log[i].when, ==, e[i].n * CYCLE);
    }
    g_assert_cmpuint(s->n, ==, G_N_ELEMENTS(e));
    g_assert_cmphex(s->log[0].pc, ==, CODE);
    g_assert_cmphex(s->log[3].pc, ==, CODE + 6);
    g_assert_cmphex(s->log[6].pc, ==, CODE + 8);
    g_assert_cmphex(s->log[8].pc, ==, CODE + 16);
    g_assert_cmphex(s->log[9].pc, ==, CODE + 18);
    g_assert_cmphex(cpu(r)->r[4], ==, 0xFFFFFFFF);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

static void alias_store(void)
{
    enum { END = (int)(CODE + 0x08) };
    static const uint16_t code[] = {
        0x6001, // str r1, [r0]
        0x7141, // strb r1, [r0, #5]
        0xC006, // stmia r0!, {r1, r2}
        0x6823, // ldr r3, [r4]
        0xE7FE, // END: b END
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = 0x100;
    cpu(r)->r[1] = 0;
    cpu(r)->r[4] = 0; /* the alias reads as flash does */
    rig_run(r);
    rig_expect_trace(r, "%s", "");
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(cpu(r)->r[3], ==, STACK);
    g_assert_cmpuint(rig_stores(r)->n, ==, 0);
    g_assert_cmphex(rig_word(r, FLASH + 0x100), ==, HANDLER | 1);
    rig_free(r);
}

/* The same code at the alias. */
static void alias_code(void)
{
    enum { LANDED = (int)(CODE + 0x0C), END = (int)(CODE + 0x0E) };
    static const uint16_t code[] = {
        0xF240, 0x410D, // ldr r1, =0x0000040D
        0x4708,         // bx r1
        0xBF00,         // .align 2
        0x3201,         // adds r2, #1
        0x3201,         // adds r2, #1
        0x3201,         // LANDED: adds r2, #1
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[2] = 0;
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc & 0xFF000000, ==, 0);
    rig_expect_trace(r, "%s", "");
    rig_free(r);
}

/* Code that is written anew before each call, as a loader does it: what runs is always the newest. */
static void code_rewritten(void)
{
    static const uint16_t loop[] = {
        0x8029, // loop: strh r1, [r5]
        0x47A0, // blx r4
        0x1812, // adds r2, r2, r0
        0x3101, // adds r1, #1
        0x3301, // adds r3, #1
        0x2B0A, // cmp r3, #10
        0xD1F8, // bne loop
        0xE7FE, // b .
    };
    static const uint16_t function[] = {
        0x2063, // movs r0, #99
        0x4770, // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, loop);
    rig_start(r);
    RIG_CODE(r, RAM + 0x100, function);
    cpu(r)->r[1] = 0x2000; /* movs r0, #0; then #1, ... */
    cpu(r)->r[2] = cpu(r)->r[3] = 0;
    cpu(r)->r[4] = RAM + 0x101;
    cpu(r)->r[5] = RAM + 0x100;
    rig_run(r);
    rig_expect_trace(r, "%s", "");
    g_assert_cmpuint(cpu(r)->r[2], ==, 45);
    rig_free(r);
}

static void code_in_ram(void)
{
    enum { END = (int)(CODE + 0x12) };
    static const uint16_t call[] = {
        0x4C04,         // ldr r4, =0x20000101
        0x4D05,         // ldr r5, =0x20000100
        0x47A0,         // blx r4
        0x4606,         // mov r6, r0
        0xF242, 0x0163, // movw r1, #0x2063
        0x8029,         // strh r1, [r5]
        0x47A0,         // blx r4
        0x4607,         // mov r7, r0
        0xE7FE,         // END: b END
        0x0101, 0x2000, // .word 0x20000101
        0x0100, 0x2000, // .word 0x20000100
    };
    static const uint16_t function[] = {
        0x202A, // movs r0, #42
        0x4770, // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, call);
    rig_start(r);
    RIG_CODE(r, RAM + 0x100, function);
    rig_run(r);
    rig_expect_trace(r, "%s", "");
    g_assert_cmpuint(cpu(r)->r[6], ==, 42);
    g_assert_cmpuint(cpu(r)->r[7], ==, 99);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);

    /* changed to something of another length and count, on the instruction's time too */
    static const uint16_t timed[] = {
        0x47A0,         // blx r4
        0xF8DA, 0x600C, // ldr r6, [r10, #12]
        0x6029,         // str r1, [r5]
        0x606A,         // str r2, [r5, #4]
        0xF3BF, 0x8F4F, // dsb
        0xF3BF, 0x8F6F, // isb
        0xF8DA, 0x700C, // ldr r7, [r10, #12]
        0x47A0,         // blx r4
        0xF8DA, 0x800C, // ldr r8, [r10, #12]
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t two[] = {
        0x2001, // movs r0, #1
        0x4770, // bx lr
        0xBF00, // nop
        0xBF00, // nop
    };
    r = rig_new();
    RIG_CODE(r, CODE, timed);
    rig_start(r);
    RIG_CODE(r, RAM + 0x200, two);
    cpu(r)->r[1] = 0x30013001; /* adds r0, #1; adds r0, #1 */
    cpu(r)->r[2] = 0x47703001; /* adds r0, #1; bx lr */
    cpu(r)->r[4] = RAM + 0x201;
    cpu(r)->r[5] = RAM + 0x200;
    cpu(r)->r[10] = BENCH;
    rig_run(r);
    g_assert_cmpuint(cpu(r)->r[0], ==, 4);
    g_assert_cmpuint(cpu(r)->r[6], ==, 3 * CYCLE);
    g_assert_cmpuint(cpu(r)->r[8] - cpu(r)->r[7], ==, 6 * CYCLE);
    rig_free(r);
}

/* Code changes under translated blocks: by the host between two runs, and by a store of the code itself. */
static void changed_flash(void)
{
    enum { LOOP = (int)(CODE + 0x00) };
    static const uint16_t code[] = {
        0x2101, // LOOP: movs r1, #1
        0x440A, // add r2, r1
        0xE7FC, // b LOOP
        0xBF00, // (padding)
    };
    enum { AGAIN = (int)(CODE + 0x00) };
    static const uint16_t other[] = {
        0x2164, // AGAIN: movs r1, #100
        0x2200, // movs r2, #0
        0xE7FC, // b AGAIN
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[2] = 0;
    rig_run(r);
    g_assert_cmpuint(cpu(r)->r[2], >, 1000);
    RIG_CODE(r, CODE, other);
    rig_run(r);
    g_assert_cmpuint(cpu(r)->r[1], ==, 100);
    g_assert_cmpuint(cpu(r)->r[2], ==, 0);
    rig_free(r);
}

/* ---- exclusives ---- */

static void exclusive(void)
{
    enum { END = (int)(CODE + 0x24) };
    static const uint16_t code[] = {
        0xE850, 0x1F00, // ldrex r1, [r0]
        0x3101,         // adds r1, #1
        0xE840, 0x1200, // strex r2, r1, [r0]
        0xE840, 0x1300, // strex r3, r1, [r0]
        0xE8D0, 0x4F5F, // ldrexh r4, [r0]
        0xF3BF, 0x8F2F, // clrex
        0xE8C0, 0x1F55, // strexh r5, r1, [r0]
        0xE8D0, 0x6F4F, // ldrexb r6, [r0]
        0x2709,         // movs r7, #9
        0xE8C0, 0x7F48, // strexb r8, r7, [r0]
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    uint32_t word = 0x1234;
    rig_put(r, RAM, &word, 4);
    for (unsigned i = 0; i < 9; i++)
        cpu(r)->r[i] = 77;
    cpu(r)->r[0] = RAM;
    rig_run(r);
    const struct cpu_state *c = cpu(r);
    g_assert_cmphex(c->r[1], ==, 0x1235);
    g_assert_cmpuint(c->r[2], ==, 0);
    g_assert_cmpuint(c->r[3], ==, 1);
    g_assert_cmphex(c->r[4], ==, 0x1235);
    g_assert_cmpuint(c->r[5], ==, 1);
    g_assert_cmphex(c->r[6], ==, 0x35);
    g_assert_cmpuint(c->r[8], ==, 0);
    g_assert_cmphex(rig_word(r, RAM), ==, 0x1209);
    g_assert_cmphex(c->pc, ==, END);
    rig_free(r);

    /* an exception between the two clears the monitor; the granule is all of memory; plain stores do not clear it */
    enum { DONE = (int)(CODE + 0x24) };
    static const uint16_t interrupted[] = {
        0xE850, 0x1F00, // ldrex r1, [r0]
        0xDF00,         // svc #0
        0xE840, 0x1200, // strex r2, r1, [r0]
        0xE850, 0x1F00, // ldrex r1, [r0]
        0xE840, 0x1302, // strex r3, r1, [r0, #8]
        0xE850, 0x1F00, // ldrex r1, [r0]
        0x6001,         // str r1, [r0]
        0xE840, 0x1400, // strex r4, r1, [r0]
        0xE855, 0x1F00, // ldrex r1, [r5]
        0xE845, 0x1600, // strex r6, r1, [r5]
        0xE7FE,         // DONE: b DONE
        0xBF00,         // (padding)
    };
    static const uint16_t handler[] = {
        0x4770, // bx lr
        0xBF00, // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, interrupted);
    RIG_CODE(r, HANDLER, handler);
    rig_start(r);
    for (unsigned i = 0; i < 9; i++)
        cpu(r)->r[i] = 77;
    cpu(r)->r[0] = RAM;
    cpu(r)->r[5] = BENCH + 4;
    rig_run(r);
    g_assert_cmpuint(cpu(r)->r[2], ==, 1);
    g_assert_cmpuint(cpu(r)->r[3], ==, 0);
    g_assert_cmpuint(cpu(r)->r[4], ==, 0);
    g_assert_cmpuint(cpu(r)->r[6], ==, 0);
    g_assert_cmphex(cpu(r)->pc, ==, DONE);
    g_assert_cmpuint(rig_bench(r)->n, ==, 2);
    rig_free(r);

    /* unaligned: UsageFault whatever UNALIGN_TRP says */
    static const uint16_t unaligned[] = {
        0xE850, 0x1F00, // ldrex r1, [r0]
    };
    r = rig_new();
    RIG_CODE(r, CODE, unaligned);
    rig_start(r);
    cpu(r)->r[0] = RAM + 2;
    rig_run(r);
    rig_expect_trace(r, "!UNALIGNED@08000400>hardfault +3");
    rig_free(r);
}

/* In an IT block too, executed or not. */
static void exclusive_in_it(void)
{
    enum { END = (int)(CODE + 0x16) };
    static const uint16_t code[] = {
        0xE850, 0x1F00, // ldrex r1, [r0]
        0x4280,         // cmp r0, r0
        0xBF07,         // ittee eq
        0xE840, 0x3200, // strexeq r2, r3, [r0]
        0x3401,         // addeq r4, #1
        0xE840, 0x3500, // strexne r5, r3, [r0]
        0x6043,         // strne r3, [r0, #4]
        0x6083,         // str r3, [r0, #8]
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    for (unsigned i = 0; i < 9; i++)
        cpu(r)->r[i] = 77;
    cpu(r)->r[0] = RAM;
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmpuint(cpu(r)->r[2], ==, 0);
    g_assert_cmpuint(cpu(r)->r[4], ==, 78);
    g_assert_cmpuint(cpu(r)->r[5], ==, 77);
    g_assert_cmpuint(rig_word(r, RAM), ==, 77);
    g_assert_cmpuint(rig_word(r, RAM + 4), ==, 0);
    g_assert_cmpuint(rig_word(r, RAM + 8), ==, 77);
    rig_free(r);
}

/* ---- special registers ---- */

static void special_registers(void)
{
    enum { END = (int)(CODE + 0x4A) };
    static const uint16_t code[] = {
        0xF3EF, 0x8005, // mrs r0, ipsr
        0xF3EF, 0x8108, // mrs r1, msp
        0xF382, 0x8809, // msr psp, r2
        0xF3EF, 0x8309, // mrs r3, psp
        0xF382, 0x8810, // msr primask, r2
        0xF3EF, 0x8410, // mrs r4, primask
        0x2500,         // movs r5, #0
        0xF385, 0x8810, // msr primask, r5
        0xF386, 0x8811, // msr basepri, r6
        0xF3EF, 0x8711, // mrs r7, basepri
        0xF388, 0x8812, // msr basepri_max, r8
        0xF3EF, 0x8911, // mrs r9, basepri
        0xF3EF, 0x8A12, // mrs r10, basepri_max
        0xF385, 0x8811, // msr basepri, r5
        0xF38B, 0x8800, // msr apsr_nzcvq, r11
        0xF3EF, 0x8B00, // mrs r11, apsr
        0xF3EF, 0x8C03, // mrs r12, xpsr
        0xF388, 0x8812, // msr basepri_max, r8
        0xF3EF, 0x8811, // mrs r8, basepri
        0xE7FE,         // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[2] = 0xFFFFFFFF;
    cpu(r)->r[6] = 0x9F; /* the low four bits of a priority are not there */
    cpu(r)->r[8] = 0xA0; /* less urgent: ignored by BASEPRI_MAX */
    cpu(r)->r[11] = 0xFFFFFFFF;
    rig_run(r);
    const struct cpu_state *c = cpu(r);
    g_assert_cmphex(c->pc, ==, END);
    g_assert_cmphex(c->r[0], ==, 0);
    g_assert_cmphex(c->r[1], ==, STACK);
    g_assert_cmphex(c->r[3], ==, 0xFFFFFFFC);
    g_assert_cmphex(c->r[4], ==, 1);
    g_assert_cmphex(c->r[7], ==, 0x90);
    g_assert_cmphex(c->r[9], ==, 0x90);
    g_assert_cmphex(c->r[10], ==, 0x90);
    g_assert_cmphex(c->r[11], ==, 0xF8000000);
    g_assert_cmphex(c->r[12], ==, 0xF8000000);
    g_assert_cmphex(c->r[8], ==, 0xA0);
    rig_free(r);

    /* BASEPRI with only bits that are not there masks nothing */
    enum { NEXT = (int)(CODE + 0x06) };
    static const uint16_t low_bits[] = {
        0xF381, 0x8811, // msr basepri, r1
        0x6002,         // str r2, [r0]
        0xE7FE,         // NEXT: b NEXT
    };
    r = rig_new();
    RIG_CODE(r, CODE, low_bits);
    rig_start(r);
    enable_irqs(r, 1);
    set_scs(r, 0x400, 0xF0);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 0x0F;
    cpu(r)->r[2] = 1;
    rig_run(r);
    rig_expect_trace(r, "+16");
    rig_free(r);
}

/* In handlers IPSR reads the exception's number, also as part of xPSR and IEPSR. */
static void ipsr(void)
{
    static const uint16_t code[] = {
        0xDF00, // svc #0
        0xE7FE, // 1: b 1b
    };
    enum { END = (int)(HANDLER + 0x14) };
    static const uint16_t handler[] = {
        0xF3EF, 0x8405, // mrs r4, ipsr
        0xF3EF, 0x8503, // mrs r5, xpsr
        0xF3EF, 0x8607, // mrs r6, iepsr
        0xF3EF, 0x8706, // mrs r7, epsr
        0xF3EF, 0x8800, // mrs r8, apsr
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, handler);
    rig_start(r);
    cpu(r)->xpsr |= 0xF0000000;
    rig_run(r);
    g_assert_cmphex(cpu(r)->r[4], ==, EXC_SVC);
    g_assert_cmphex(cpu(r)->r[5], ==, 0xF0000000 | EXC_SVC);
    g_assert_cmphex(cpu(r)->r[6], ==, EXC_SVC);
    g_assert_cmphex(cpu(r)->r[7], ==, 0);
    g_assert_cmphex(cpu(r)->r[8], ==, 0xF0000000);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* ---- running ---- */

static void note_event(const struct event *event, void *data)
{
    GString *s = data;
    if (strcmp(event->kind, "here") == 0)
        g_string_append_printf(s, "%s@%08X:%" G_GUINT64_FORMAT " ", event->kind, (unsigned)event_field(event, "pc")->hex,
                               event->ticks / CYCLE);
}

/* A watched address is published whenever a block begins there, once each time, with its time. */
static void watch_fetch(void)
{
    enum { LOOP = (int)(CODE + 0x02), END = (int)(CODE + 0x0A), FUNCTION = (int)(CODE + 0x0C) };
    static const uint16_t code[] = {
        0x2003,         // movs r0, #3
        0xF000, 0xF803, // LOOP: bl FUNCTION
        0x3801,         // subs r0, #1
        0xD1FB,         // bne LOOP
        0xE7FE,         // END: b END
        0x3101,         // FUNCTION: adds r1, #1
        0x4770,         // bx lr
    };
    for (unsigned steps = 0; steps < 2; steps++) {
        struct rig *r = rig_new();
        g_autoptr(GString) seen = g_string_new(NULL);
        machine_subscribe(r->m, note_event, seen);
        machine_watch_fetch(r->m, FUNCTION | 1, "here");
        RIG_CODE(r, CODE, code);
        rig_start(r);
        if (steps)
            for (unsigned i = 0; i < 40; i++)
                machine_run_instructions(r->m, 1);
        else
            rig_run(r);
        g_autofree char *expected = g_strdup_printf("here@%08X:2 here@%08X:7 here@%08X:12 ", FUNCTION, FUNCTION, FUNCTION);
        g_assert_cmpstr(seen->str, ==, expected);
        g_assert_cmphex(cpu(r)->pc, ==, END);
        rig_free(r);
    }
}

static void stop_at_exception(const struct event *event, void *data)
{
    if (strcmp(event->kind, "exception") == 0)
        machine_stop(data);
}

/* machine_stop ends a run at the next acceptance point; running on goes on as if nothing had been. */
static void stop(void)
{
    enum { END = (int)(CODE + 0x06) };
    static const uint16_t code[] = {
        0x2201, // movs r2, #1
        0xDF00, // svc #0
        0x2202, // movs r2, #2
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x2401, // movs r4, #1
        0x4770, // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, handler);
    machine_subscribe(r->m, stop_at_exception, r->m);
    rig_start(r);
    g_assert_cmpint(rig_run(r), ==, RUN_STOPPED);
    g_assert_cmphex(cpu(r)->pc, ==, HANDLER);
    g_assert_cmpuint(machine_instructions(r->m), ==, 2);
    g_assert_cmpint(rig_run(r), ==, RUN_STOPPED);
    g_assert_cmphex(cpu(r)->pc, ==, CODE + 4);
    g_assert_cmpint(rig_run(r), ==, RUN_TIME);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* A change of HCLK in the middle: instructions before it at the old rate, behind it at the new one. */
static void clock_change(void)
{
    struct rig *r = rig_new();
    enum { LOOP = (int)(CODE + 0x00) };
    static const uint16_t code[] = {
        0xE7FE, // LOOP: b LOOP
        0xBF00, // (padding)
    };
    RIG_CODE(r, CODE, code);
    rig_start(r);
    machine_run(r->m, 1000 * CYCLE);
    g_assert_cmpuint(machine_instructions(r->m), ==, 1000);
    machine_set_clock(r->m, "HCLK", FREQUENCY_HZ(16000000));
    machine_run(r->m, 1000 * CYCLE + 500 * (TICKS_PER_SECOND / 16000000));
    g_assert_cmpuint(machine_instructions(r->m), ==, 1500);
    machine_set_clock(r->m, "HCLK", FREQUENCY_HZ(7000000)); /* a period that is no whole number of ticks */
    ticks_t begin = machine_now(r->m);
    machine_run(r->m, begin + TICKS_PER_SECOND / 1000);
    g_assert_cmpuint(machine_instructions(r->m), ==, 8500);
    rig_free(r);
}

/* SYSRESETREQ: nothing behind the store is executed; the core starts anew, RAM stays. */
static void reset_behind_store(void)
{
    enum { AGAIN = (int)(CODE + 0x10) };
    static const uint16_t code[] = {
        0x682B, // ldr r3, [r5]
        0x2B07, // cmp r3, #7
        0xD004, // beq AGAIN
        0x2307, // movs r3, #7
        0x602B, // str r3, [r5]
        0x2701, // movs r7, #1
        0x6001, // str r1, [r0]
        0x6017, // str r7, [r2]
        0xE7FE, // AGAIN: b AGAIN
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = SCS + 0xD0C;
    cpu(r)->r[1] = 0x05FA0004;
    cpu(r)->r[2] = BENCH + 16;
    cpu(r)->r[5] = RAM;
    g_assert_cmpint(machine_run(r->m, 8 * CYCLE), ==, RUN_TIME);
    /* seven instructions, then the reset; registers but SP, LR and PC are not reset on silicon, here they are 0 */
    g_assert_cmpuint(rig_bench(r)->n, ==, 0);
    g_assert_cmphex(cpu(r)->msp, ==, STACK);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFFF);
    g_assert_cmphex(rig_word(r, RAM), ==, 7);
    rig_free(r);
}

/* Flash that is busy stalls instructions from it, not time and not timers; code in RAM with its vectors there goes on. */
static void flash_stall(void)
{
    enum { LOOP = (int)(CODE + 0x00) };
    static const uint16_t code[] = {
        0x3101, // LOOP: adds r1, #1
        0xE7FD, // b LOOP
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    enable_irqs(r, 0x80);
    machine_run(r->m, 1000 * CYCLE);
    g_assert_cmpuint(machine_instructions(r->m), ==, 1000);
    machine_stall_flash(r->m, 3000 * CYCLE);
    g_assert_cmpint(machine_run(r->m, 2000 * CYCLE), ==, RUN_TIME);
    g_assert_cmpuint(machine_instructions(r->m), ==, 1000);
    g_assert_cmpuint(machine_now(r->m), ==, 2000 * CYCLE);
    g_assert_true(machine_bus_write(r->m, BENCH + BENCH_TIMER, 4, 500)); /* its vector fetch stalls, too */
    machine_run(r->m, 2900 * CYCLE);
    rig_expect_trace(r, "%s", "");
    g_assert_cmpuint(rig_bench(r)->n, ==, 1);
    machine_run(r->m, 3100 * CYCLE);
    rig_expect_trace(r, "+23");
    rig_free(r);

    enum { AGAIN = (int)(RAM + 0x400 + 0x00) };
    static const uint16_t in_ram[] = {
        0x3101, // AGAIN: adds r1, #1
        0xE7FD, // b AGAIN
    };
    static const uint16_t jump[] = {
        0x4700, // bx r0
        0xBF00, // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, jump);
    rig_start(r);
    RIG_CODE(r, RAM + 0x400, in_ram);
    cpu(r)->r[0] = RAM + 0x401;
    cpu(r)->r[2] = CODE | 1;
    machine_run(r->m, 1001 * CYCLE);
    set_scs(r, 0xD08, RAM);
    uint64_t n = machine_instructions(r->m);
    machine_stall_flash(r->m, TICKS_NEVER);
    machine_run(r->m, 2001 * CYCLE);
    g_assert_cmpuint(machine_instructions(r->m), >=, n + 1000);
    /* until it branches to flash */
    static const uint16_t back[] = {
        0x3101, // adds r1, #1
        0x4710, // bx r2
    };
    RIG_CODE(r, RAM + 0x400, back);
    machine_run(r->m, 3001 * CYCLE);
    g_assert_cmphex(cpu(r)->pc, ==, CODE);
    machine_stall_flash(r->m, 4000 * CYCLE);
    machine_run(r->m, 4000 * CYCLE);
    g_assert_cmphex(cpu(r)->pc, ==, CODE);
    machine_run(r->m, 4001 * CYCLE);
    g_assert_cmphex(cpu(r)->pc, ==, RAM + 0x400);
    rig_free(r);
}

/* NRST held: nothing executes, time goes on. */
static void held_in_reset(void)
{
    struct rig *r = rig_new();
    enum { LOOP = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x3101, // adds r1, #1
        0xE7FE, // LOOP: b LOOP
    };
    RIG_CODE(r, CODE, code);
    rig_start(r);
    rig_run(r);
    machine_hold_reset(r->m, true, "pin");
    rig_run(r);
    uint64_t n = machine_instructions(r->m);
    ticks_t now = machine_now(r->m);
    g_assert_cmpint(rig_run(r), ==, RUN_DEAD);
    g_assert_cmpuint(machine_now(r->m), ==, now + 100 * TICKS_PER_US);
    g_assert_cmpuint(machine_instructions(r->m), ==, n);
    machine_hold_reset(r->m, false, "pin");
    rig_run(r);
    g_assert_cmpuint(machine_instructions(r->m), >, n);
    g_assert_cmphex(cpu(r)->pc, ==, LOOP);
    g_assert_cmphex(cpu(r)->r[1], ==, 1);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cpu/version", version);
    g_test_add_func("/cpu/exact-pc", exact_pc);
    g_test_add_func("/cpu/exact-pc-in-it", exact_pc_in_it);
    g_test_add_func("/cpu/multiples", multiples);
    g_test_add_func("/cpu/moving-base", moving_base);
    g_test_add_func("/cpu/loaded-base", loaded_base);
    g_test_add_func("/cpu/after-fault", after_fault);
    g_test_add_func("/cpu/access-check", access_check);
    g_test_add_func("/cpu/fault-position", fault_position);
    g_test_add_func("/cpu/fault-in-it", fault_in_it);
    g_test_add_func("/cpu/behind-store", behind_store);
    g_test_add_func("/cpu/store-in-it", store_in_it);
    g_test_add_func("/cpu/acceptance-points", acceptance_points);
    g_test_add_func("/cpu/bit-band", bit_band);
    g_test_add_func("/cpu/bit-band-interrupt", bit_band_interrupt);
    g_test_add_func("/cpu/flash-store", flash_store);
    g_test_add_func("/cpu/alias-store", alias_store);
    g_test_add_func("/cpu/alias-code", alias_code);
    g_test_add_func("/cpu/code-in-ram", code_in_ram);
    g_test_add_func("/cpu/code-rewritten", code_rewritten);
    g_test_add_func("/cpu/changed-flash", changed_flash);
    g_test_add_func("/cpu/exclusive", exclusive);
    g_test_add_func("/cpu/exclusive-in-it", exclusive_in_it);
    g_test_add_func("/cpu/special-registers", special_registers);
    g_test_add_func("/cpu/ipsr", ipsr);
    g_test_add_func("/cpu/watch-fetch", watch_fetch);
    g_test_add_func("/cpu/stop", stop);
    g_test_add_func("/cpu/clock-change", clock_change);
    g_test_add_func("/cpu/reset-behind-store", reset_behind_store);
    g_test_add_func("/cpu/flash-stall", flash_stall);
    g_test_add_func("/cpu/held-in-reset", held_in_reset);
    return g_test_run();
}
