/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SysTick: ARM DDI 0403E B3.3; RM0033 8.1 for its two clocks. Exact to the tick without a CPU, exact to the instruction with
 * one. */
#include "tests/unit/cpu-test.h"

enum { CSR = 0x10, RVR = 0x14, CVR = 0x18, CALIB = 0x1C, ICSR = 0xD04, VTOR = 0xD08 };
enum { ENABLE = 1, TICKINT = 2, CLKSOURCE = 4, COUNTFLAG = 1 << 16 };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &armv7m_scs_class, "NVIC", SCS, NULL);
    machine_connect_clock(m, "HCLK", "NVIC.hclk");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    return m;
}

static uint32_t get(struct machine *m, uint32_t offset)
{
    return reg_read(m, SCS + offset);
}

static void set(struct machine *m, uint32_t offset, uint32_t value)
{
    reg_write(m, SCS + offset, value);
}

static bool pends(struct machine *m)
{
    return get(m, ICSR) >> 26 & 1;
}

/* Counts down, reaches 0, takes the reload value with the next clock: a period of RVR + 1 clocks. */
static void count(void)
{
    struct machine *m = bench();
    g_assert_cmphex(get(m, CSR), ==, 0);
    g_assert_cmphex(get(m, RVR), ==, 0);
    set(m, RVR, 0xFF000009);
    g_assert_cmphex(get(m, RVR), ==, 9); /* 24 bits */
    pass(m, 100 * CYCLE);
    g_assert_cmphex(get(m, CVR), ==, 0);
    set(m, CSR, ENABLE | CLKSOURCE);
    for (unsigned i = 0; i < 45; i++) {
        uint32_t expected = i == 0 ? 0 : 9 - (i - 1) % 10;
        g_assert_cmpuint(get(m, CVR), ==, expected);
        pass(m, CYCLE - 1);
        g_assert_cmpuint(get(m, CVR), ==, expected);
        pass(m, 1);
    }
    /* 45 clocks: 9 - 44 % 10 = 5; stopped, it stays; on, it goes on from there */
    g_assert_cmpuint(get(m, CVR), ==, 5);
    set(m, CSR, CLKSOURCE);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 5);
    set(m, CSR, ENABLE | CLKSOURCE);
    pass(m, 2 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 3);
    /* another reload value counts from the next reload on */
    set(m, RVR, 4);
    g_assert_cmpuint(get(m, CVR), ==, 3);
    pass(m, 3 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 0);
    pass(m, CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 4);
    pass(m, 5 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 4);
    /* RVR = 0 stops it at the next wrap */
    set(m, RVR, 0);
    pass(m, 3 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 1);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 0);
    /* the largest one */
    set(m, RVR, 0xFFFFFF);
    set(m, CVR, 0);
    pass(m, CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 0xFFFFFF);
    pass(m, (ticks_t)0xFFFFFF * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 0);
    /* a system reset stops it */
    machine_apply_reset(m, RESET_SYSTEM, "test");
    g_assert_cmphex(get(m, CSR), ==, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 0);
    machine_free(m);
}

/* The exception pends when the count becomes 0, at that very tick, whoever looks. */
static void interrupt(void)
{
    struct machine *m = bench();
    set(m, RVR, 99);
    set(m, CSR, ENABLE | TICKINT | CLKSOURCE);
    ticks_t begin = machine_now(m);
    for (unsigned i = 1; i <= 5; i++) {
        machine_pass_time(m, begin + i * 100 * CYCLE - 1);
        g_assert_false(pends(m));
        machine_pass_time(m, begin + i * 100 * CYCLE);
        g_assert_true(pends(m));
        g_assert_cmpuint(get(m, CVR), ==, 0);
        set(m, ICSR, 1 << 25);
    }
    /* without TICKINT it does not */
    set(m, CSR, ENABLE | CLKSOURCE);
    pass(m, 1000 * CYCLE);
    g_assert_false(pends(m));
    /* switched on in the middle: at the next zero */
    pass(m, 50 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 50);
    set(m, CSR, ENABLE | TICKINT | CLKSOURCE);
    pass(m, 50 * CYCLE - 1);
    g_assert_false(pends(m));
    pass(m, 1);
    g_assert_true(pends(m));
    set(m, ICSR, 1 << 25);
    /* one shot: RVR = 0 once it runs */
    pass(m, 10 * CYCLE);
    set(m, RVR, 0);
    pass(m, 90 * CYCLE);
    g_assert_true(pends(m));
    set(m, ICSR, 1 << 25);
    pass(m, 10000 * CYCLE);
    g_assert_false(pends(m));
    /* from 1 it takes a single clock; disabling in time prevents it */
    set(m, RVR, 1);
    set(m, CVR, 0);
    pass(m, 2 * CYCLE - 1);
    set(m, CSR, TICKINT | CLKSOURCE);
    pass(m, 100 * CYCLE);
    g_assert_false(pends(m));
    machine_free(m);
}

/* CLKSOURCE 0 is HCLK/8; a change of HCLK changes the rate from then on. RM0033 10.1.2: calibration value 15000. */
static void clock_source(void)
{
    struct machine *m = bench();
    g_assert_cmphex(get(m, CALIB), ==, 15000);
    set(m, CALIB, 0xFFFFFFFF);
    g_assert_cmphex(get(m, CALIB), ==, 15000);
    set(m, RVR, 14999); /* 1 ms */
    set(m, CSR, ENABLE | TICKINT);
    pass(m, TICKS_PER_MS - 1);
    g_assert_false(pends(m));
    pass(m, 1);
    g_assert_true(pends(m));
    set(m, ICSR, 1 << 25);
    pass(m, 8 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 14999);
    pass(m, 999 * 8 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 14000);
    set(m, CSR, ENABLE | TICKINT | CLKSOURCE);
    pass(m, 1000 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 13000);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(16000000));
    g_assert_cmpuint(get(m, CVR), ==, 13000);
    pass(m, TICKS_PER_SECOND / 16000);
    g_assert_cmpuint(get(m, CVR), ==, 12000);
    pass(m, 12 * (TICKS_PER_SECOND / 16000) - 1);
    g_assert_false(pends(m));
    pass(m, 1);
    g_assert_true(pends(m));
    set(m, ICSR, 1 << 25);
    machine_set_clock(m, "HCLK", FREQUENCY_STOPPED);
    pass(m, TICKS_PER_SECOND);
    g_assert_false(pends(m));
    g_assert_cmpuint(get(m, CVR), ==, 0);
    machine_free(m);
}

/* COUNTFLAG: set when 1 becomes 0, cleared by reading CSR and by writing CVR, not by a debugger's look. */
static void count_flag(void)
{
    struct machine *m = bench();
    set(m, RVR, 9);
    set(m, CSR, ENABLE | CLKSOURCE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE);
    pass(m, 9 * CYCLE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE);
    pass(m, CYCLE);
    uint32_t value;
    g_assert_true(machine_peek(m, SCS + CSR, 4, &value));
    g_assert_cmphex(value, ==, ENABLE | CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE);
    pass(m, 35 * CYCLE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | CLKSOURCE);
    /* kept while stopped, and not cleared by writing CSR */
    pass(m, 10 * CYCLE);
    set(m, CSR, CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, CLKSOURCE);
    set(m, CSR, ENABLE | TICKINT | CLKSOURCE);
    pass(m, 10 * CYCLE);
    set(m, CVR, 5);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | TICKINT | CLKSOURCE);
    /* with the interrupt on, also in the very tick of the zero */
    pass(m, 10 * CYCLE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | TICKINT | CLKSOURCE | COUNTFLAG);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | TICKINT | CLKSOURCE);
    pass(m, 9 * CYCLE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | TICKINT | CLKSOURCE);
    pass(m, CYCLE);
    g_assert_cmphex(get(m, CSR), ==, ENABLE | TICKINT | CLKSOURCE | COUNTFLAG);
    machine_free(m);
}

/* Any write of CVR clears it; no exception comes of that; the next clock reloads. */
static void write_clears(void)
{
    struct machine *m = bench();
    set(m, RVR, 99);
    set(m, CSR, ENABLE | TICKINT | CLKSOURCE);
    pass(m, 30 * CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 70);
    set(m, CVR, 0x00ABCDEF);
    g_assert_cmpuint(get(m, CVR), ==, 0);
    g_assert_false(pends(m));
    pass(m, CYCLE);
    g_assert_cmpuint(get(m, CVR), ==, 99);
    pass(m, 99 * CYCLE - 1);
    g_assert_false(pends(m));
    pass(m, 1);
    g_assert_true(pends(m));
    machine_free(m);
}

/* Two reads of the counter lie exactly as many clocks apart as the instructions between them take. */
static void instructions(void)
{
    static const uint32_t cpis[][2] = {{1, 1}, {3, 2}, {2, 1}};
    for (unsigned k = 0; k < 3; k++)
        for (unsigned n = 1; n <= 20; n++) {
            if (n * cpis[k][0] % cpis[k][1] != 0)
                continue;
            struct rig *r = rig_new_cpi(cpis[k][0], cpis[k][1]);
            uint16_t code[24];
            code[0] = 0x6881; // ldr r1, [r0, #8]
            for (unsigned i = 1; i < n; i++)
                code[i] = 0xBF00; // nop
            code[n] = 0x6882;     // ldr r2, [r0, #8]
            code[n + 1] = 0xE7FE; // b .
            rig_put(r, CODE, code, 2 * (n + 2));
            uint32_t stack = STACK;
            rig_put(r, FLASH, &stack, 4);
            rig_vector(r, EXC_RESET, CODE);
            rig_start(r);
            g_assert_true(machine_bus_write(r->m, SCS + RVR, 4, 0xFFFFFF));
            g_assert_true(machine_bus_write(r->m, SCS + CSR, 4, ENABLE | CLKSOURCE));
            cpu(r)->r[0] = SCS + CSR;
            rig_run(r);
            uint32_t first = cpu(r)->r[1] == 0 ? 0x1000000 : cpu(r)->r[1]; /* 0 reloads with the next clock */
            g_assert_cmpuint(first - cpu(r)->r[2], ==, n * cpis[k][0] / cpis[k][1]);
            rig_free(r);
        }
}

/* A running program is interrupted every period, for ever, without drift. */
static void periodic(void)
{
    struct rig *r = rig_new();
    enum { LOOP = (int)(CODE + 0x00) };
    static const uint16_t code[] = {
        0x3101, // LOOP: adds r1, #1
        0xE7FD, // b LOOP
    };
    static const uint16_t handler[] = {
        0xF108, 0x0801, // add r8, #1
        0xF8DA, 0x900C, // ldr r9, [r10, #12]
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, handler);
    rig_start(r);
    g_assert_true(machine_bus_write(r->m, SCS + RVR, 4, 1199)); /* 10 us */
    g_assert_true(machine_bus_write(r->m, SCS + CSR, 4, ENABLE | TICKINT | CLKSOURCE));
    cpu(r)->r[8] = 0;
    cpu(r)->r[10] = BENCH;
    for (unsigned i = 1; i <= 100; i++) {
        machine_run(r->m, i * 10 * TICKS_PER_US + 8 * CYCLE);
        g_assert_cmpuint(cpu(r)->r[8], ==, i);
        /* the handler reads the time two or three cycles behind the zero, as the loop's length of two lets it */
        g_assert_cmpuint(cpu(r)->r[9] - (uint32_t)(i * 10 * TICKS_PER_US), <=, 2 * CYCLE);
    }
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/systick/count", count);
    g_test_add_func("/systick/interrupt", interrupt);
    g_test_add_func("/systick/clock-source", clock_source);
    g_test_add_func("/systick/count-flag", count_flag);
    g_test_add_func("/systick/write-clears", write_clears);
    g_test_add_func("/systick/instructions", instructions);
    g_test_add_func("/systick/periodic", periodic);
    return g_test_run();
}
