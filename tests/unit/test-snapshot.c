/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine as a value: a program with interrupts, sleep, exclusives, IT blocks, divisions, code in RAM and timed reads comes
 * to the same end, event by event, however its run is cut, saved and restored.
 */
#include "emu/core/snapshot.h"

#include "tests/unit/cpu-test.h"

#define END_OF_RUN (400 * TICKS_PER_US)

static void put_program(struct rig *r)
{
    enum { LOOP = (int)(CODE + 0x2E) };
    static const uint16_t code[] = {
        0xF04F, 0x4080, // ldr r0, =0x40000000
        0xF04F, 0x24E0, // ldr r4, =0xE000E000
        0x4D1F,         // ldr r5, =0x20000800
        0x4920,         // ldr r1, =0xF0F00000
        0xF504, 0x6250, // add r2, r4, #0xD00
        0x6211,         // str r1, [r2, #0x20]
        0x21FF,         // movs r1, #0xFF
        0xF8C4, 0x1100, // str.w r1, [r4, #0x100]
        0xF240, 0x31E5, // movw r1, #0x3E5
        0x6161,         // str r1, [r4, #0x14]
        0x2107,         // movs r1, #7
        0x6121,         // str r1, [r4, #0x10]
        0x2600,         // movs r6, #0
        0x2700,         // movs r7, #0
        0xF8DF, 0x8068, // ldr r8, =0x20000401
        0xF8DF, 0x9068, // ldr r9, =0xE000ED04
        0x3701,         // LOOP: adds r7, #1
        0x6841,         // ldr r1, [r0, #4]
        0xFBB1, 0xF2F7, // udiv r2, r1, r7
        0xEA86, 0x0602, // eor r6, r6, r2
        0xF011, 0x0F07, // tst r1, #7
        0xBF04,         // itt eq
        0x2301,         // moveq r3, #1
        0x6003,         // streq r3, [r0]
        0x68C2,         // ldr r2, [r0, #12]
        0x4416,         // add r6, r6, r2
        0xE855, 0x2F00, // 1: ldrex r2, [r5]
        0x4432,         // add r2, r2, r6
        0xE845, 0x2300, // strex r3, r2, [r5]
        0x2B00,         // cmp r3, #0
        0xD1F8,         // bne 1b
        0x47C0,         // blx r8
        0xF011, 0x0F1F, // tst r1, #31
        0xD103,         // bne 2f
        0xF240, 0x134D, // movw r3, #333
        0x6083,         // str r3, [r0, #8]
        0xBF30,         // wfi
        0xDF07,         // 2: svc #7
        0xB672,         // cpsid i
        0xF04F, 0x5380, // mov r3, #0x10000000
        0xF8C9, 0x3000, // str.w r3, [r9]
        0x69A2,         // ldr r2, [r4, #0x18]
        0xEA86, 0x0602, // eor r6, r6, r2
        0xB662,         // cpsie i
        0xC5C6,         // stmia r5!, {r1, r2, r6, r7}
        0x3D10,         // subs r5, #16
        0xF3EF, 0x8205, // mrs r2, ipsr
        0xB444,         // push {r2, r6}
        0xBC0C,         // pop {r2, r3}
        0xE7D2,         // b LOOP
        0x0800, 0x2000, // .word 0x20000800
        0x0000, 0xF0F0, // .word 0xF0F00000
        0x0401, 0x2000, // .word 0x20000401
        0xED04, 0xE000, // .word 0xE000ED04
    };
    static const uint16_t function[] = {
        0xB510,         // push {r4, lr}
        0xEA86, 0x06C1, // eor r6, r6, r1, lsl #3
        0x2405,         // movs r4, #5
        0x4426,         // 3: add r6, r6, r4
        0x3C01,         // subs r4, #1
        0xD1FC,         // bne 3b
        0xBD10,         // pop {r4, pc}
    };
    static const uint16_t raised[] = {
        0x2100,         // movs r1, #0
        0x6001,         // str r1, [r0]
        0x4A02,         // ldr r2, =0x20000900
        0x6813,         // ldr r3, [r2]
        0x68C1,         // ldr r1, [r0, #12]
        0x440B,         // add r3, r3, r1
        0x6013,         // str r3, [r2]
        0x4770,         // bx lr
        0x0900, 0x2000, // .word 0x20000900
    };
    static const uint16_t timer[] = {
        0xB510,         // push {r4, lr}
        0x2101,         // movs r1, #1
        0x6001,         // str r1, [r0]
        0x2100,         // movs r1, #0
        0x6001,         // str r1, [r0]
        0x4A02,         // ldr r2, =0x20000910
        0x6813,         // ldr r3, [r2]
        0x3301,         // adds r3, #1
        0x6013,         // str r3, [r2]
        0xBD10,         // pop {r4, pc}
        0x0910, 0x2000, // .word 0x20000910
    };
    static const uint16_t tick[] = {
        0x4A05,         // ldr r2, =0xE000E018
        0x6811,         // ldr r1, [r2]
        0x4A05,         // ldr r2, =0x20000920
        0x6813,         // ldr r3, [r2]
        0xEB01, 0x1373, // add r3, r1, r3, ror #5
        0x6013,         // str r3, [r2]
        0x4904,         // ldr r1, =0x20000406
        0x2204,         // movs r2, #4
        0x700A,         // strb r2, [r1]
        0x4770,         // bx lr
        0x0000,         // (padding)
        0xE018, 0xE000, // .word 0xE000E018
        0x0920, 0x2000, // .word 0x20000920
        0x0406, 0x2000, // .word 0x20000406
    };
    static const uint16_t pendsv[] = {
        0x4A03,         // ldr r2, =0x20000930
        0x6813,         // ldr r3, [r2]
        0xF3EF, 0x8105, // mrs r1, ipsr
        0xEB01, 0x13F3, // add r3, r1, r3, ror #7
        0x6013,         // str r3, [r2]
        0x4770,         // bx lr
        0x0930, 0x2000, // .word 0x20000930
    };
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, raised);
    RIG_CODE(r, HANDLER + 0x40, timer);
    RIG_CODE(r, HANDLER + 0x80, tick);
    RIG_CODE(r, HANDLER + 0xC0, pendsv);
    uint32_t stack = STACK;
    rig_put(r, FLASH, &stack, 4);
    rig_vector(r, EXC_RESET, CODE);
    rig_vector(r, EXC_IRQ0, HANDLER);
    rig_vector(r, EXC_IRQ0 + 7, HANDLER + 0x40);
    rig_vector(r, EXC_SYSTICK, HANDLER + 0x80);
    rig_vector(r, EXC_PENDSV, HANDLER + 0xC0);
    rig_vector(r, EXC_SVC, HANDLER + 0xC0);
    rig_start(r);
    RIG_CODE(r, RAM + 0x400, function);
}

/* ---- what is compared ---- */

struct run {
    struct rig *r;
    GString *events;
};

static void note_event(const struct event *event, void *data)
{
    GString *s = data;
    g_string_append_printf(s, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %s", event->n, event->ticks, event->kind);
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            g_string_append_printf(s, " %s", f->string);
        else
            g_string_append_printf(s, " %" G_GINT64_MODIFIER "x", f->hex);
    }
    g_string_append_c(s, '\n');
}

static struct run run_new(uint32_t cpi_num, uint32_t cpi_den)
{
    struct run x = {rig_new_cpi(cpi_num, cpi_den), g_string_new(NULL)};
    machine_set_trace(x.r->m, true, true);
    machine_subscribe(x.r->m, note_event, x.events);
    put_program(x.r);
    g_string_truncate(x.events, 0);
    return x;
}

static void run_free(struct run x)
{
    rig_free(x.r);
    g_string_free(x.events, TRUE);
}

static void same_text(const char *a, const char *b)
{
    if (strcmp(a, b) == 0)
        return;
    size_t at = 0, line = 0;
    for (; a[at] == b[at]; at++)
        if (a[at] == '\n')
            line = at + 1;
    g_error("event streams differ: \"%.100s\" is not \"%.100s\"", a + line, b + line);
}

static void same_machine(struct rig *a, struct rig *b)
{
    const struct cpu_state *x = cpu(a), *y = cpu(b);
    for (unsigned i = 0; i < 13; i++)
        g_assert_cmphex(x->r[i], ==, y->r[i]);
    g_assert_cmphex(x->pc, ==, y->pc);
    g_assert_cmphex(x->lr, ==, y->lr);
    g_assert_cmphex(x->msp, ==, y->msp);
    g_assert_cmphex(x->psp, ==, y->psp);
    g_assert_cmphex(x->xpsr, ==, y->xpsr);
    g_assert_cmphex(x->primask, ==, y->primask);
    g_assert_cmpuint(x->instructions, ==, y->instructions);
    g_assert_cmpuint(machine_now(a->m), ==, machine_now(b->m));
    g_assert_cmpmem(a->m->ram.host, a->m->ram.size, b->m->ram.host, b->m->ram.size);
    g_assert_cmpmem(a->m->flash.host, a->m->flash.size, b->m->flash.host, b->m->flash.size);
    g_assert_cmpuint(rig_bench(a)->n, ==, rig_bench(b)->n);
    g_assert_cmpmem(rig_bench(a)->log, sizeof rig_bench(a)->log, rig_bench(b)->log, sizeof rig_bench(b)->log);
}

static void same_run(struct run a, struct run b)
{
    same_text(a.events->str, b.events->str);
    same_machine(a.r, b.r);
}

static const uint32_t cpis[][2] = {{1, 1}, {3, 2}};

static struct run reference(unsigned k)
{
    struct run x = run_new(cpis[k][0], cpis[k][1]);
    g_assert_cmpint(machine_run(x.r->m, END_OF_RUN), ==, RUN_TIME);
    return x;
}

/* The program does what it is for: all its exceptions occur, and none is a fault. */
static void program(void)
{
    struct run x = reference(0);
    for (const char *const *wanted = (const char *const[]){"enter b ", "enter e ", "enter f ", "enter 10 ", "enter 17 ", NULL};
         *wanted != NULL; wanted++)
        g_assert_nonnull(strstr(x.events->str, *wanted));
    g_assert_null(strstr(x.events->str, "fault"));
    g_assert_cmpuint(cpu(x.r)->r[7], >, 200);
    run_free(x);
}

/* Two machines, the same run; and both at once, alternating. */
static void twice(void)
{
    for (unsigned k = 0; k < G_N_ELEMENTS(cpis); k++) {
        struct run a = reference(k), b = run_new(cpis[k][0], cpis[k][1]), c = run_new(cpis[k][0], cpis[k][1]);
        for (ticks_t t = 0; t <= END_OF_RUN; t += 10 * TICKS_PER_US) {
            machine_run(b.r->m, t);
            machine_run(c.r->m, t);
        }
        same_run(a, b);
        same_run(a, c);
        run_free(a);
        run_free(b);
        run_free(c);
    }
}

static void slices(void)
{
    static const ticks_t lengths[] = {1, 500 * CYCLE, 137 * CYCLE + 11, 29 * CYCLE};
    for (unsigned k = 0; k < G_N_ELEMENTS(cpis); k++) {
        struct run a = reference(k);
        for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
            struct run b = run_new(cpis[k][0], cpis[k][1]);
            for (ticks_t t = 0; t < END_OF_RUN; t = MAX(t, machine_now(b.r->m)) + lengths[i])
                machine_run(b.r->m, MIN(t, END_OF_RUN));
            machine_run(b.r->m, END_OF_RUN);
            same_run(a, b);
            run_free(b);
        }
        run_free(a);
    }
}

static void single_steps(void)
{
    for (unsigned k = 0; k < G_N_ELEMENTS(cpis); k++) {
        struct run a = reference(k), b = run_new(cpis[k][0], cpis[k][1]);
        while (machine_now(b.r->m) < END_OF_RUN)
            machine_run_instructions(b.r->m, 1);
        same_run(a, b);
        run_free(a);
        run_free(b);
    }
}

/* The self-check's hooks on every instruction change nothing, and find every access. */
static void checked(void)
{
    struct run a = reference(1), b = run_new(3, 2);
    machine_check_accesses(b.r->m);
    machine_run(b.r->m, END_OF_RUN);
    same_run(a, b);
    g_assert_cmpuint(machine_access_check(b.r->m).accesses, >, 1000);
    g_assert_cmpuint(machine_access_check(b.r->m).wrong, ==, 0);
    run_free(a);
    run_free(b);
}

/* Saved in the middle; the run goes on as if nothing had been, and again from the snapshot, in this machine and in another. */
static void restore(void)
{
    for (unsigned k = 0; k < G_N_ELEMENTS(cpis); k++)
        for (ticks_t at = 50 * TICKS_PER_US; at < END_OF_RUN; at += 37 * TICKS_PER_US + 1001) {
            struct run a = reference(k), b = run_new(cpis[k][0], cpis[k][1]), other = run_new(cpis[k][0], cpis[k][1]);
            machine_run(b.r->m, at);
            size_t before = b.events->len;
            struct snapshot *s = machine_save(b.r->m);
            machine_run(b.r->m, END_OF_RUN);
            same_run(a, b);

            machine_restore(b.r->m, s);
            g_string_truncate(b.events, before);
            machine_run(b.r->m, END_OF_RUN);
            same_run(a, b);

            /* another machine, in the midst of something else and with other flash contents */
            static const uint16_t loop[] = {0xE7FE}; // b .
            RIG_CODE(other.r, CODE + 0x24, loop);
            machine_run(other.r->m, 3 * at / 2);
            machine_restore(other.r->m, s);
            g_string_truncate(other.events, 0);
            machine_run(other.r->m, END_OF_RUN);
            same_text(a.events->str + before, other.events->str);
            same_machine(a.r, other.r);
            snapshot_free(s);
            run_free(a);
            run_free(b);
            run_free(other);
        }
}

/* Saved and restored again and again all along. */
static void ping_pong(void)
{
    struct run a = reference(0), b = run_new(1, 1), c = run_new(1, 1);
    struct run *runs[] = {&b, &c};
    g_autoptr(GString) events = g_string_new(NULL);
    unsigned turn = 0;
    for (ticks_t t = 700 * CYCLE; t < END_OF_RUN + 700 * CYCLE; t += 700 * CYCLE, turn ^= 1) {
        g_string_truncate(runs[turn]->events, 0);
        machine_run(runs[turn]->r->m, MIN(t, END_OF_RUN));
        g_string_append(events, runs[turn]->events->str);
        struct snapshot *s = machine_save(runs[turn]->r->m);
        machine_restore(runs[turn ^ 1]->r->m, s);
        snapshot_free(s);
    }
    same_text(a.events->str, events->str);
    same_machine(a.r, b.r);
    same_machine(a.r, c.r);
    run_free(a);
    run_free(b);
    run_free(c);
}

/* A snapshot outlives its machine, and does not change when the machine goes on or its flash is programmed. */
static void lifetime(void)
{
    struct run a = run_new(1, 1);
    machine_run(a.r->m, 100 * TICKS_PER_US);
    uint32_t word = rig_word(a.r, FLASH + 0x80000);
    struct snapshot *s = machine_save(a.r->m), *same = machine_save(a.r->m);
    uint32_t zero = 0;
    rig_put(a.r, FLASH + 0x80000, &zero, 4);
    rig_put(a.r, RAM + 0x1000, "text", 4);
    machine_run(a.r->m, 200 * TICKS_PER_US);
    struct snapshot *later = machine_save(a.r->m);
    run_free(a);
    struct run b = run_new(1, 1);
    machine_restore(b.r->m, s);
    g_assert_cmphex(rig_word(b.r, FLASH + 0x80000), ==, word);
    g_assert_cmphex(rig_word(b.r, RAM + 0x1000), ==, 0);
    machine_restore(b.r->m, later);
    g_assert_cmphex(rig_word(b.r, FLASH + 0x80000), ==, 0);
    g_assert_cmphex(rig_word(b.r, RAM + 0x1000), ==, 0x74786574);
    g_assert_cmpuint(machine_now(b.r->m), >=, 200 * TICKS_PER_US);
    machine_restore(b.r->m, same);
    g_assert_cmphex(rig_word(b.r, FLASH + 0x80000), ==, word);
    g_assert_cmpuint(machine_now(b.r->m), <, 101 * TICKS_PER_US);
    snapshot_free(s);
    snapshot_free(same);
    snapshot_free(later);
    snapshot_free(NULL);
    run_free(b);
}

/* Asleep, in a handler, with interrupts masked, locked up: each state survives. */
static void states(void)
{
    static const uint16_t sleeping[] = {
        0xF04F, 0x4080, // ldr r0, =0x40000000
        0xF241, 0x3188, // movw r1, #5000
        0x6081,         // str r1, [r0, #8]
        0xBF30,         // wfi
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t locked[] = {
        0xDE00, // udf #0
        0xBF00, // (padding)
    };
    static const uint16_t process[] = {
        0x4807,         // ldr r0, =0x20004000
        0xF380, 0x8809, // msr psp, r0
        0x2103,         // movs r1, #3
        0xF381, 0x8814, // msr control, r1
        0xF3BF, 0x8F6F, // isb
        0x2201,         // movs r2, #1
        0xF382, 0x8810, // msr primask, r2
        0xB401,         // push {r0}
        0xF3EF, 0x8314, // mrs r3, control
        0xE7FE,         // 1: b 1b
        0x0000,         // (padding)
        0x4000, 0x2000, // .word 0x20004000
    };
    const struct {
        const uint16_t *code;
        uint32_t size;
    } cases[] = {{sleeping, sizeof sleeping}, {locked, sizeof locked}, {process, sizeof process}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_new(), *other = rig_new();
        rig_put(r, CODE, cases[i].code, cases[i].size);
        if (i == 1)
            rig_put(r, HANDLER, locked, sizeof locked);
        rig_start(r);
        rig_start(other);
        g_assert_true(machine_bus_write(r->m, SCS + 0x100, 4, 0x80));
        machine_run(r->m, 10 * TICKS_PER_US);
        struct snapshot *s = machine_save(r->m);
        machine_restore(other->m, s);
        snapshot_free(s);
        same_machine(r, other);
        g_assert_cmpint(cpu(other)->sleeping, ==, i == 0);
        g_assert_cmpint(cpu(other)->locked_up, ==, i == 1);
        rig_run(r);
        rig_run(other);
        same_machine(r, other);
        if (i == 0)
            g_assert_cmphex(cpu(other)->pc, ==, HANDLER);
        if (i == 2) {
            g_assert_cmphex(cpu(other)->control, ==, 3);
            g_assert_cmphex(cpu(other)->r[3], ==, 3);
            g_assert_cmphex(cpu(other)->psp, ==, 0x20003FFC);
        }
        rig_free(r);
        rig_free(other);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/program", program);
    g_test_add_func("/snapshot/twice", twice);
    g_test_add_func("/snapshot/slices", slices);
    g_test_add_func("/snapshot/single-steps", single_steps);
    g_test_add_func("/snapshot/checked", checked);
    g_test_add_func("/snapshot/restore", restore);
    g_test_add_func("/snapshot/ping-pong", ping_pong);
    g_test_add_func("/snapshot/lifetime", lifetime);
    g_test_add_func("/snapshot/states", states);
    return g_test_run();
}
