/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a debugger does to a running machine: stops, steps, and that none of them changes what happens. */
#include "emu/core/debug.h"

#include "emu/core/snapshot.h"
#include "tests/unit/cpu-test.h"

static struct debug_stop expect_stop(struct rig *r, enum debug_stop_kind kind, uint32_t pc)
{
    g_assert_cmpint(machine_run(r->m, machine_now(r->m) + 1000 * TICKS_PER_US), ==, RUN_DEBUG);
    struct debug_stop stop = debug_take_stop(r->m);
    g_assert_cmpint(stop.kind, ==, kind);
    g_assert_cmphex(stop.pc, ==, pc);
    g_assert_cmphex(debug_register(r->m, DEBUG_PC), ==, pc);
    return stop;
}

static void step_to(struct rig *r, uint32_t pc)
{
    debug_step(r->m, false);
    expect_stop(r, DEBUG_STEPPED, pc);
}

static void expect_end(struct rig *r, uint32_t pc)
{
    g_assert_cmpint(rig_run(r), ==, RUN_TIME);
    g_assert_cmphex(debug_register(r->m, DEBUG_PC), ==, pc);
}

/* ---- steps ---- */

/* Each instruction that is executed is one step, inside an IT block too. */
static void step(void)
{
    enum {
        CONDITIONAL = (int)(CODE + 0x06),
        CALL = (int)(CODE + 0x0A),
        AFTER = (int)(CODE + 0x0E),
        FUNCTION = (int)(CODE + 0x10)
    };
    static const uint16_t code[] = {
        0x2003,         // movs r0, #3
        0x2803,         // cmp r0, #3
        0xBF0C,         // ite eq
        0x2101,         // CONDITIONAL: moveq r1, #1
        0x2102,         // movne r1, #2
        0xF000, 0xF801, // CALL: bl FUNCTION
        0xE7FE,         // AFTER: b .
        0x3007,         // FUNCTION: adds r0, #7
        0x4770,         // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    static const uint32_t path[] = {CODE + 2, CODE + 4, CONDITIONAL, CALL, FUNCTION, FUNCTION + 2, AFTER, AFTER};
    for (unsigned i = 0; i < G_N_ELEMENTS(path); i++) {
        step_to(r, path[i]);
        /* what is passed over in an IT block counts, too */
        g_assert_cmpuint(machine_instructions(r->m), ==, i < 3 ? i + 1 : i + 2);
    }
    g_assert_cmphex(debug_register(r->m, 0), ==, 10);
    g_assert_cmphex(debug_register(r->m, 1), ==, 1);
    rig_free(r);
}

/* SVC and faults: the step ends at the handler. */
static void step_into_exception(void)
{
    enum { FAULT = (int)(CODE + 2), SVC_HANDLER = (int)(FLASH + 0x900) };
    static const uint16_t code[] = {
        0xDF00, // svc 0
        0xDE00, // FAULT: udf
    };
    static const uint16_t handler[] = {0x4770}; // bx lr
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, SVC_HANDLER, handler);
    rig_vector(r, EXC_SVC, SVC_HANDLER);
    rig_start(r);
    step_to(r, SVC_HANDLER);
    g_assert_cmpuint(debug_register(r->m, DEBUG_XPSR) & 0x1FF, ==, EXC_SVC);
    step_to(r, FAULT);
    step_to(r, HANDLER);
    g_assert_cmpuint(debug_register(r->m, DEBUG_XPSR) & 0x1FF, ==, EXC_HARD_FAULT);
    rig_free(r);
}

static const uint16_t raise_irq0[] = {
    0xF04F, 0x4080, // mov r0, #BENCH
    0x2101,         // movs r1, #1
    0x6001,         // str r1, [r0, #BENCH_RAISE]
    0x2205,         // PENDING: movs r2, #5
    0xE7FE,         // b .
};
enum { PENDING = (int)(CODE + 0x08), SERVICE = (int)(FLASH + 0x900) };

static struct rig *interrupt_rig(void)
{
    static const uint16_t service[] = {
        0x2300, // movs r3, #0
        0x6003, // str r3, [r0, #BENCH_RAISE]
        0x3401, // adds r4, #1
        0x4770, // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, raise_irq0);
    RIG_CODE(r, SERVICE, service);
    rig_vector(r, EXC_IRQ0, SERVICE);
    rig_start(r);
    uint32_t enable = 1;
    g_assert_cmpuint(debug_write(r->m, SCS + 0x100, &enable, 4), ==, 4);
    return r;
}

/* An interrupt is served meanwhile, or entered. */
static void step_interrupt(void)
{
    struct rig *r = interrupt_rig();
    step_to(r, CODE + 4);
    step_to(r, CODE + 6);
    step_to(r, PENDING);
    step_to(r, PENDING + 2);
    g_assert_cmpuint(debug_register(r->m, 4), ==, 1);
    g_assert_cmpuint(debug_register(r->m, 2), ==, 5);
    rig_free(r);

    r = interrupt_rig();
    debug_add_breakpoint(r->m, PENDING);
    /* it stops there after the interrupt has been served */
    expect_stop(r, DEBUG_BREAKPOINT, PENDING);
    g_assert_cmpuint(debug_register(r->m, 4), ==, 1);
    rig_free(r);

    r = interrupt_rig();
    for (uint32_t pc = CODE + 4; pc <= (uint32_t)PENDING; pc += 2)
        step_to(r, pc);
    debug_step(r->m, true);
    expect_stop(r, DEBUG_STEPPED, SERVICE);
    g_assert_cmpuint(debug_register(r->m, DEBUG_XPSR) & 0x1FF, ==, EXC_IRQ0);
    rig_free(r);
}

/* ---- breakpoints ---- */

/* In flash and RAM, at the start and in the middle of a block, set twice, removed, and not hit again by going on. */
static void breakpoint(void)
{
    enum { LOOP = (int)(CODE + 2), MIDDLE = (int)(CODE + 4), END = (int)(CODE + 8) };
    static const uint16_t code[] = {
        0x2003, // movs r0, #3
        0x3101, // LOOP: adds r1, #1
        0x3201, // MIDDLE: adds r2, #1
        0xE7FC, // b LOOP
    };
    for (unsigned ram = 0; ram < 2; ram++) {
        struct rig *r = rig_new();
        uint32_t base = ram ? RAM : CODE, loop = base + 2, middle = base + 4;
        RIG_CODE(r, base, code);
        if (ram)
            rig_vector(r, EXC_RESET, RAM);
        rig_start(r);
        if (ram)
            RIG_CODE(r, base, code);
        debug_add_breakpoint(r->m, middle);
        debug_add_breakpoint(r->m, middle);
        for (unsigned i = 1; i < 5; i++) {
            expect_stop(r, DEBUG_BREAKPOINT, middle);
            g_assert_cmpuint(debug_register(r->m, 1), ==, i);
            g_assert_cmpuint(debug_register(r->m, 2), ==, i - 1);
        }
        debug_add_breakpoint(r->m, loop);
        expect_stop(r, DEBUG_BREAKPOINT, loop);
        debug_remove_breakpoint(r->m, loop);
        debug_remove_breakpoint(r->m, middle);
        expect_stop(r, DEBUG_BREAKPOINT, middle);
        step_to(r, middle + 2);
        step_to(r, loop);
        debug_step(r->m, false);
        expect_stop(r, DEBUG_BREAKPOINT, middle);
        debug_remove_breakpoint(r->m, middle);
        g_assert_cmpint(rig_run(r), ==, RUN_TIME);
        /* writing PC does not excuse a breakpoint there */
        debug_add_breakpoint(r->m, loop);
        expect_stop(r, DEBUG_BREAKPOINT, loop);
        debug_set_register(r->m, DEBUG_PC, middle);
        debug_set_register(r->m, DEBUG_PC, loop);
        expect_stop(r, DEBUG_BREAKPOINT, loop);
        rig_free(r);
    }
}

/* In an IT block, whatever follows there is not done. */
static void breakpoint_in_it(void)
{
    enum { SECOND = (int)(CODE + 0x0C), END = (int)(CODE + 0x10) };
    static const uint16_t code[] = {
        0xF04F, 0x4080, // mov r0, #BENCH
        0x2101,         // movs r1, #1
        0x2901,         // cmp r1, #1
        0xBF02,         // ittt eq
        0x6101,         // streq r1, [r0, #0x10]
        0x6141,         // SECOND: streq r1, [r0, #0x14]
        0x3101,         // addeq r1, #1
        0xE7FE,         // END: b .
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    debug_add_breakpoint(r->m, SECOND);
    expect_stop(r, DEBUG_BREAKPOINT, SECOND);
    g_assert_cmpuint(rig_bench(r)->n, ==, 1);
    g_assert_cmphex(debug_register(r->m, 1), ==, 1);
    expect_end(r, END);
    g_assert_cmpuint(rig_bench(r)->n, ==, 2);
    g_assert_cmphex(rig_bench(r)->log[1].pc, ==, SECOND);
    g_assert_cmphex(debug_register(r->m, 1), ==, 2);
    rig_free(r);
}

/* More than the engine is given hooks for its own sake. */
static void many_breakpoints(void)
{
    enum { COUNT = 600 };
    struct rig *r = rig_new();
    for (unsigned i = 0; i < COUNT; i++) {
        static const uint16_t add[] = {0x3001}; // adds r0, #1
        rig_put(r, CODE + 2 * i, add, 2);
        debug_add_breakpoint(r->m, CODE + 2 * i);
    }
    static const uint16_t end[] = {0xE7FE}; // b .
    rig_put(r, CODE + 2 * COUNT, end, 2);
    rig_vector(r, EXC_RESET, CODE);
    rig_start(r);
    for (unsigned i = 0; i < COUNT; i++)
        expect_stop(r, DEBUG_BREAKPOINT, CODE + 2 * i);
    for (unsigned i = 0; i < COUNT; i++)
        debug_remove_breakpoint(r->m, CODE + 2 * i);
    expect_end(r, CODE + 2 * COUNT);
    g_assert_cmphex(debug_register(r->m, 0), ==, COUNT);
    rig_free(r);
}

static void bkpt(void)
{
    static const uint16_t code[] = {
        0x2001, // movs r0, #1
        0xBE2A, // bkpt 42
        0x2002, // movs r0, #2
        0xE7FE, // b .
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    debug_stop_at_bkpt(r->m, true);
    expect_stop(r, DEBUG_BKPT, CODE + 2);
    expect_stop(r, DEBUG_BKPT, CODE + 2); /* it is not passed by itself */
    debug_set_register(r->m, DEBUG_PC, CODE + 4);
    expect_end(r, CODE + 6);
    g_assert_cmphex(debug_register(r->m, 0), ==, 2);
    rig_expect_trace(r, "%s", "");
    rig_free(r);
}

static void count_event(const struct event *event, void *data)
{
    *(unsigned *)data += strcmp(event->kind, "here") == 0;
}

/* A fetch that is watched no more is published no more; one that a stop falls on is published once. */
static void unwatch(void)
{
    enum { LOOP = (int)(CODE + 2) };
    static const uint16_t code[] = {
        0x2003, // movs r0, #3
        0x3101, // LOOP: adds r1, #1
        0xE7FD, // b LOOP
    };
    struct rig *r = rig_new();
    unsigned count = 0;
    machine_subscribe(r->m, count_event, &count);
    RIG_CODE(r, CODE, code);
    rig_start(r);
    machine_watch_fetch(r->m, LOOP, "here");
    debug_add_breakpoint(r->m, LOOP);
    expect_stop(r, DEBUG_BREAKPOINT, LOOP);
    expect_stop(r, DEBUG_BREAKPOINT, LOOP);
    step_to(r, LOOP + 2);
    uint32_t rounds = debug_register(r->m, 1);
    g_assert_cmpuint(count, ==, rounds - 1); /* the first time is no start of a block */
    debug_remove_breakpoint(r->m, LOOP);
    machine_unwatch_fetch(r->m, LOOP);
    rig_run(r);
    g_assert_cmpuint(count, ==, rounds - 1);
    rig_free(r);
}

/* ---- watchpoints ---- */

struct watch_case {
    const char *what;
    uint16_t first, second; /* the instruction under test, at CODE + 8; r0 = RAM + 0x100, r1 = 0x11, r2 = 0x22 */
    uint32_t address, size;
    unsigned accesses;
    uint32_t hit; /* 0: none */
};

static void watchpoint(void)
{
    enum { AT = (int)(CODE + 8), HERE = (int)(RAM + 0x100) };
    static const struct watch_case cases[] = {
        {"str", 0x6001, 0, HERE, 4, DEBUG_WRITE, HERE},
        {"str, read", 0x6001, 0, HERE, 4, DEBUG_READ, 0},
        {"str, last byte", 0x6001, 0, HERE + 3, 1, DEBUG_WRITE, HERE + 3},
        {"str, behind", 0x6001, 0, HERE + 4, 1, DEBUG_WRITE, 0},
        {"str, before", 0x6001, 0, HERE - 1, 1, DEBUG_WRITE, 0},
        {"str, wide range", 0x6001, 0, HERE - 100, 300, DEBUG_WRITE, HERE},
        {"ldr", 0x6803, 0, HERE, 4, DEBUG_READ, HERE},
        {"ldr, write", 0x6803, 0, HERE, 4, DEBUG_WRITE, 0},
        {"ldr, both", 0x6803, 0, HERE, 4, DEBUG_READ | DEBUG_WRITE, HERE},
        {"strb #2", 0x7081, 0, HERE + 2, 1, DEBUG_WRITE, HERE + 2},
        {"strb #2, beside", 0x7081, 0, HERE + 1, 1, DEBUG_WRITE, 0},
        {"ldrd, second word", 0xE9D0, 0x0300, HERE + 4, 4, DEBUG_READ, HERE + 4},
        {"strd, second word", 0xE9C0, 0x1200, HERE + 4, 4, DEBUG_WRITE, HERE + 4},
        {"stmia r0!, {r1,r2}", 0xC006, 0, HERE + 4, 2, DEBUG_WRITE, HERE + 4},
        {"ldmia r0, {r0,r3}", 0xC809, 0, HERE + 4, 2, DEBUG_READ, HERE + 4},
        {"ldmia r0, {r0,r3}, behind", 0xC809, 0, HERE + 8, 2, DEBUG_READ, 0},
        {"str [r0], #4", 0xF840, 0x1B04, HERE, 4, DEBUG_WRITE, HERE},
        {"str [r0, #4]!", 0xF840, 0x1F04, HERE + 4, 4, DEBUG_WRITE, HERE + 4},
        {"str unaligned", 0xF8C0, 0x1001, HERE + 4, 1, DEBUG_WRITE, HERE + 4},
        {"ldrex", 0xE850, 0x3F00, HERE, 4, DEBUG_READ, HERE},
        {"strex", 0xE840, 0x1300, HERE, 4, DEBUG_WRITE, HERE},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct watch_case *k = &cases[i];
        uint16_t code[] = {
            0x2320,                                   // movs r3, #0x20 (r0 is set below)
            0x2111,                                   // movs r1, #0x11
            0x2222,                                   // movs r2, #0x22
            0xBF00,                                   // nop
            k->first, k->second ? k->second : 0xBF00, // the one
            0xBF00,   0xE7FE,                         // nop; b .
        };
        g_test_message("%s", k->what);
        struct rig *results[2];
        for (unsigned watch = 0; watch < 2; watch++) {
            struct rig *r = results[watch] = rig_new();
            RIG_CODE(r, CODE, code);
            rig_start(r);
            uint32_t pattern = 0xA0A1A2A3;
            for (uint32_t a = HERE - 16; a < HERE + 32; a += 4)
                debug_write(r->m, a, &pattern, 4);
            debug_set_register(r->m, 0, HERE);
            cpu(r)->exclusive_address = HERE; /* STREX succeeds */
            if (watch) {
                debug_add_watchpoint(r->m, k->address, k->size, k->accesses);
                if (k->hit != 0) {
                    struct debug_stop stop = expect_stop(r, DEBUG_WATCHPOINT, AT);
                    g_assert_cmphex(stop.address, ==, k->hit);
                    g_assert_cmpuint(stop.access & k->accesses, !=, 0);
                    for (uint32_t a = HERE - 16; a < HERE + 32; a += 4)
                        g_assert_cmphex(rig_word(r, a), ==, pattern);
                    g_assert_cmphex(debug_register(r->m, 0), ==, HERE);
                    g_assert_cmphex(debug_register(r->m, 3), ==, 0x20);
                    /* as a debugger does: over it without, and on with it */
                    if (i & 1) {
                        debug_remove_watchpoint(r->m, k->address, k->size, k->accesses);
                        step_to(r, AT + (k->second ? 4 : 2));
                        debug_add_watchpoint(r->m, k->address, k->size, k->accesses);
                    }
                }
            }
            expect_end(r, CODE + 14);
        }
        for (uint32_t a = HERE - 16; a < HERE + 32; a += 4)
            g_assert_cmphex(rig_word(results[0], a), ==, rig_word(results[1], a));
        for (unsigned reg = 0; reg < DEBUG_REGISTERS; reg++)
            g_assert_cmphex(debug_register(results[0]->m, reg), ==, debug_register(results[1]->m, reg));
        rig_free(results[0]);
        rig_free(results[1]);
    }
}

/* The same address twice in one block, a device's register, the bit-band alias; each stop is before its own instruction. */
static void watchpoint_places(void)
{
    static const uint16_t code[] = {
        0xF04F, 0x4080, // mov r0, #BENCH
        0xF04F, 0x5100, // mov r1, #RAM
        0xF04F, 0x5208, // mov r2, #0x22000000
        0x600A,         // +0x0C: str r2, [r1]
        0x600A,         // +0x0E: str r2, [r1]
        0x6102,         // +0x10: str r2, [r0, #0x10]
        0x6903,         // +0x12: ldr r3, [r0, #0x10]
        0x6050,         // +0x14: str r0, [r2, #4]
        0xE7FE,         // b .
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    debug_add_watchpoint(r->m, RAM, 4, DEBUG_WRITE);
    debug_add_watchpoint(r->m, BENCH + 0x10, 4, DEBUG_READ | DEBUG_WRITE);
    expect_stop(r, DEBUG_WATCHPOINT, CODE + 0x0C);
    expect_stop(r, DEBUG_WATCHPOINT, CODE + 0x0E);
    expect_stop(r, DEBUG_WATCHPOINT, CODE + 0x10);
    g_assert_cmpuint(rig_bench(r)->n, ==, 0);
    expect_stop(r, DEBUG_WATCHPOINT, CODE + 0x12);
    g_assert_cmpuint(rig_bench(r)->n, ==, 1);
    struct debug_stop stop = expect_stop(r, DEBUG_WATCHPOINT, CODE + 0x14);
    g_assert_cmphex(stop.address, ==, RAM);
    expect_end(r, CODE + 0x16);
    rig_free(r);
}

/* ---- the law ---- */

/* A program with a timer's interrupt, IT blocks, calls, stores that raise interrupts in the middle of blocks, and exclusives.
 */
static struct rig *busy_rig(void)
{
    static const uint16_t code[] = {
        0xF04F, 0x4080, // mov r0, #BENCH
        0x2155,         // movs r1, #0x55
        0x6081,         // str r1, [r0, #BENCH_TIMER]
        0x2500,         // movs r5, #0
        0x3501,         // LOOP: adds r5, #1
        0x2601,         // movs r6, #1
        0x61C5,         // str r5, [r0, #0x1C]
        0x07EF,         // lsls r7, r5, #31
        0xBF4C,         // ite mi
        0x6006,         // strmi r6, [r0, #BENCH_RAISE]
        0x6105,         // strpl r5, [r0, #0x10]
        0x6145,         // str r5, [r0, #0x14]
        0x68C7,         // ldr r7, [r0, #BENCH_TICKS]
        0xF000, 0xF806, // bl FUNCTION
        0xB672,         // cpsid i
        0x6006,         // str r6, [r0, #BENCH_RAISE]
        0x6185,         // str r5, [r0, #0x18]
        0xB662,         // cpsie i
        0x2D30,         // cmp r5, #48
        0xD1EF,         // bne LOOP
        0xE7FE,         // b .
        0xB580,         // FUNCTION: push {r7, lr}
        0xDF07,         // svc 7
        0x6047,         // str r7, [r0, #BENCH_COUNT]
        0xBD80,         // pop {r7, pc}
    };
    static const uint16_t timer[] = {
        0x2380, // movs r3, #0x80
        0x2100, // movs r1, #0
        0x6001, // str r1, [r0, #BENCH_RAISE]
        0x2149, // movs r1, #73
        0x6081, // str r1, [r0, #BENCH_TIMER]
        0x68C7, // ldr r7, [r0, #BENCH_TICKS]
        0x4770, // bx lr
    };
    static const uint16_t irq0[] = {
        0x2300, // movs r3, #0
        0x6003, // str r3, [r0, #BENCH_RAISE]
        0x68C7, // ldr r7, [r0, #BENCH_TICKS]
        0x4770, // bx lr
    };
    static const uint16_t svc[] = {0x6245, 0x4770}; // str r5, [r0, #0x24]; bx lr
    struct rig *r = rig_new_cpi(3, 2);
    uint32_t stack = STACK;
    rig_put(r, FLASH, &stack, 4);
    rig_vector(r, EXC_RESET, CODE);
    rig_vector(r, EXC_HARD_FAULT, HANDLER);
    rig_vector(r, EXC_IRQ0, FLASH + 0x900);
    rig_vector(r, EXC_IRQ0 + 7, FLASH + 0xA00);
    rig_vector(r, EXC_SVC, FLASH + 0xB00);
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, irq0);
    RIG_CODE(r, FLASH + 0xA00, timer);
    RIG_CODE(r, FLASH + 0xB00, svc);
    rig_start(r);
    uint32_t enable = 0x81;
    debug_write(r->m, SCS + 0x100, &enable, 4);
    return r;
}

static char *story(struct rig *r)
{
    GString *s = g_string_new(r->trace->str);
    const struct bench *b = rig_bench(r);
    g_assert_cmpuint(b->n, >, 150);
    for (unsigned i = 0; i < MIN(b->n, G_N_ELEMENTS(b->log)); i++)
        g_string_append_printf(s, "\n%u %08X %08X=%08X %" G_GUINT64_FORMAT, i, b->log[i].pc, b->log[i].address, b->log[i].value,
                               b->log[i].when);
    for (unsigned i = 0; i < DEBUG_REGISTERS; i++)
        g_string_append_printf(s, "\nr%u %08X", i, debug_register(r->m, i));
    return g_string_free(s, FALSE);
}

enum law { ALL_STEPS, STEPS_INTO, BREAKPOINTS, WATCHPOINTS, SNAPSHOTS, MIXED, LAWS };

static void obey(struct rig *r, enum law law, ticks_t end)
{
    if (law == BREAKPOINTS || law == MIXED || law == SNAPSHOTS)
        for (uint32_t pc = CODE + 8; pc < CODE + 0x34; pc += law == MIXED ? 6 : 2)
            debug_add_breakpoint(r->m, pc);
    if (law == WATCHPOINTS || law == MIXED)
        debug_add_watchpoint(r->m, BENCH, 0x40, DEBUG_READ | DEBUG_WRITE);
    if (law == WATCHPOINTS)
        debug_add_watchpoint(r->m, STACK - 0x80, 0x80, DEBUG_READ | DEBUG_WRITE);
    unsigned stops = 0;
    for (;;) {
        if (law == ALL_STEPS || law == STEPS_INTO || (law == MIXED && stops % 3 == 0))
            debug_step(r->m, law == STEPS_INTO);
        enum run_result result = machine_run(r->m, end);
        if (result == RUN_TIME)
            break;
        g_assert_cmpint(result, ==, RUN_DEBUG);
        g_assert_cmpint(debug_take_stop(r->m).kind, !=, DEBUG_NO_STOP);
        stops++;
        if (law == SNAPSHOTS) {
            /* run on a little, and again from here; the trace is no part of the machine */
            struct snapshot *s = machine_save(r->m);
            gsize length = r->trace->len;
            machine_run(r->m, machine_now(r->m) + 9 * CYCLE);
            machine_restore(r->m, s);
            g_string_truncate(r->trace, length);
            debug_hold(r->m);
            snapshot_free(s);
        }
        if (law == MIXED && stops % 5 == 0)
            debug_set_register(r->m, DEBUG_PC, debug_register(r->m, DEBUG_PC));
    }
    debug_cancel_step(r->m);
    g_assert_cmpuint(stops, >, 100);
}

/* However it is stopped, the same happens at the same times. */
static void law(void)
{
    ticks_t end = 40 * TICKS_PER_US;
    struct rig *undisturbed = busy_rig();
    ticks_t begin = machine_now(undisturbed->m);
    g_assert_cmpint(machine_run(undisturbed->m, begin + end), ==, RUN_TIME);
    g_autofree char *expected = story(undisturbed);
    rig_free(undisturbed);
    for (enum law l = ALL_STEPS; l < LAWS; l++) {
        struct rig *r = busy_rig();
        g_test_message("law %d", (int)l);
        obey(r, l, begin + end);
        g_autofree char *seen = story(r);
        g_assert_cmpstr(seen, ==, expected);
        rig_free(r);
    }
}

/* ---- registers and memory ---- */

static void registers(void)
{
    static const uint16_t code[] = {0xE7FE}; // b .
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    static const struct {
        unsigned reg;
        uint32_t write, read;
    } cases[] = {
        {0, 0x12345678, 0x12345678},          {12, 0xFFFFFFFF, 0xFFFFFFFF},
        {DEBUG_LR, 0x08000401, 0x08000401},   {DEBUG_MSP, 0x20001003, 0x20001000},
        {DEBUG_PSP, 0x20002007, 0x20002004},  {DEBUG_PRIMASK, 0xFF, 1},
        {DEBUG_BASEPRI, 0x5F, 0x50},          {DEBUG_FAULTMASK, 3, 1},
        {DEBUG_XPSR, 0xF10001FF, 0xF1000000}, {DEBUG_PC, 0x08000501, 0x08000500},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        debug_set_register(r->m, cases[i].reg, cases[i].write);
        g_assert_cmphex(debug_register(r->m, cases[i].reg), ==, cases[i].read);
    }
    g_assert_cmphex(debug_register(r->m, DEBUG_SP), ==, 0x20001000);
    debug_set_register(r->m, DEBUG_CONTROL, 2);
    g_assert_cmphex(debug_register(r->m, DEBUG_SP), ==, 0x20002004);
    debug_set_register(r->m, DEBUG_SP, 0x20003000);
    g_assert_cmphex(debug_register(r->m, DEBUG_PSP), ==, 0x20003000);
    /* and they are what runs */
    debug_set_register(r->m, DEBUG_PC, CODE);
    rig_run(r);
    g_assert_cmphex(debug_register(r->m, 0), ==, 0x12345678);
    g_assert_cmphex(debug_register(r->m, DEBUG_BASEPRI), ==, 0x50);
    g_assert_cmphex(debug_register(r->m, DEBUG_PSP), ==, 0x20003000);
    rig_free(r);
}

static void memory(void)
{
    static const uint16_t code[] = {0xE7FE}; // b .
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    uint8_t bytes[16];
    uint32_t word = 0x11223344;
    g_assert_cmpuint(debug_write(r->m, RAM + 1, &word, 4), ==, 4);
    g_assert_cmphex(rig_word(r, RAM), ==, 0x22334400);
    g_assert_cmpuint(debug_read(r->m, RAM + 1, bytes, 4), ==, 4);
    g_assert_cmpmem(bytes, 4, &word, 4);
    /* flash reads; only its controller writes it */
    g_assert_cmpuint(debug_read(r->m, CODE, bytes, 2), ==, 2);
    g_assert_cmphex(bytes[0], ==, 0xFE);
    g_assert_cmpuint(debug_write(r->m, CODE, &word, 4), ==, 0);
    /* a device's counter is not moved on by looking */
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpuint(debug_read(r->m, BENCH + BENCH_COUNT, &word, 4), ==, 4);
    g_assert_cmpuint(rig_bench(r)->count, ==, 0);
    g_assert_cmpuint(rig_bench(r)->n, ==, 0);
    /* the end of RAM; nothing; units that the chip may lack */
    g_assert_cmpuint(debug_read(r->m, RAM + 0x1FFFA, bytes, 16), ==, 6);
    g_assert_cmpuint(debug_read(r->m, NOTHING, bytes, 4), ==, 0);
    g_assert_cmpuint(debug_read(r->m, 0xE0040000, bytes, 4), ==, 4);
    g_assert_cmpuint(debug_write(r->m, 0xE0040000, bytes, 4), ==, 4);
    /* bit-band */
    word = 1;
    g_assert_cmpuint(debug_write(r->m, 0x22000000 + 4 * 9, &word, 4), ==, 4);
    g_assert_cmphex(rig_word(r, RAM), ==, 0x22334400 | 1 << 9);
    g_assert_cmpuint(debug_read(r->m, 0x22000000 + 4 * 9, &word, 4), ==, 4);
    g_assert_cmphex(word, ==, 1);
    /* code in RAM is what was written last */
    static const uint16_t one[] = {0x2001, 0xE7FE}, two[] = {0x2002, 0xE7FE}; // movs r0, #1 (2); b .
    debug_write(r->m, RAM + 0x100, one, sizeof one);
    debug_set_register(r->m, DEBUG_PC, RAM + 0x100);
    rig_run(r);
    g_assert_cmphex(debug_register(r->m, 0), ==, 1);
    debug_write(r->m, RAM + 0x100, two, sizeof two);
    debug_set_register(r->m, DEBUG_PC, RAM + 0x100);
    rig_run(r);
    g_assert_cmphex(debug_register(r->m, 0), ==, 2);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/debug/step", step);
    g_test_add_func("/debug/step-into-exception", step_into_exception);
    g_test_add_func("/debug/step-interrupt", step_interrupt);
    g_test_add_func("/debug/breakpoint", breakpoint);
    g_test_add_func("/debug/breakpoint-in-it", breakpoint_in_it);
    g_test_add_func("/debug/many-breakpoints", many_breakpoints);
    g_test_add_func("/debug/bkpt", bkpt);
    g_test_add_func("/debug/unwatch", unwatch);
    g_test_add_func("/debug/watchpoint", watchpoint);
    g_test_add_func("/debug/watchpoint-places", watchpoint_places);
    g_test_add_func("/debug/law", law);
    g_test_add_func("/debug/registers", registers);
    g_test_add_func("/debug/memory", memory);
    return g_test_run();
}
