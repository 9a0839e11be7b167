/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DWT_CYCCNT: ARM DDI 0403E C1.8.3 and C1.8.8; with a CPU it tells instructions apart. */
#include "tests/unit/cpu-test.h"

enum { CTRL = 0x0, CYCCNT = 0x4 };
#define DWT    UINT32_C(0xE0001000)
#define DEMCR  (SCS + 0xDFC)
#define TRCENA (UINT32_C(1) << 24)

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &armv7m_scs_class, "NVIC", SCS, NULL);
    machine_add_device(m, &armv7m_dwt_class, "DWT", DWT, NULL);
    machine_connect(m, "NVIC.trcena", "DWT.trcena");
    machine_connect_clock(m, "HCLK", "NVIC.hclk");
    machine_connect_clock(m, "HCLK", "DWT.hclk");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    return m;
}

static uint32_t cycles(struct machine *m)
{
    return reg_read(m, DWT + CYCCNT);
}

/* Counts HCLK while both DEMCR.TRCENA and CTRL.CYCCNTENA are set; 32 bits; writable; four comparators. */
static void cycle_counter(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, DWT + CTRL), ==, 0x40000000);
    g_assert_cmpuint(cycles(m), ==, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(cycles(m), ==, 0);
    reg_write(m, DWT + CTRL, 1);
    g_assert_cmphex(reg_read(m, DWT + CTRL), ==, 0x40000001);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(cycles(m), ==, 0);
    reg_write(m, DEMCR, TRCENA);
    pass(m, 100 * CYCLE - 1);
    g_assert_cmpuint(cycles(m), ==, 99);
    pass(m, 1);
    g_assert_cmpuint(cycles(m), ==, 100);
    reg_write(m, DEMCR, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(cycles(m), ==, 100);
    reg_write(m, DEMCR, TRCENA);
    pass(m, 5 * CYCLE);
    g_assert_cmpuint(cycles(m), ==, 105);
    reg_write(m, DWT + CTRL, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(cycles(m), ==, 105);
    reg_write(m, DWT + CYCCNT, 0xFFFFFFFE);
    reg_write(m, DWT + CTRL, 1);
    pass(m, CYCLE);
    g_assert_cmphex(cycles(m), ==, 0xFFFFFFFF);
    pass(m, CYCLE);
    g_assert_cmphex(cycles(m), ==, 0);
    pass(m, 10 * TICKS_PER_SECOND);
    g_assert_cmphex(cycles(m), ==, 1200000000);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(16000000));
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(cycles(m), ==, 1216000000);
    reg_write(m, DWT + CYCCNT, 0);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(cycles(m), ==, 16000);
    /* the debug block knows the power-on reset only */
    machine_apply_reset(m, RESET_SYSTEM, "test");
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(cycles(m), ==, 32000);
    machine_power_on(m);
    g_assert_cmphex(reg_read(m, DWT + CTRL), ==, 0x40000000);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(cycles(m), ==, 0);
    machine_free(m);
}

static struct rig *counting_rig(uint32_t cpi_num, uint32_t cpi_den, const uint16_t *code, uint32_t bytes)
{
    struct rig *r = rig_new_cpi(cpi_num, cpi_den);
    rig_put(r, CODE, code, bytes);
    uint32_t stack = STACK;
    rig_put(r, FLASH, &stack, 4);
    rig_vector(r, EXC_RESET, CODE);
    rig_start(r);
    g_assert_true(machine_bus_write(r->m, DEMCR, 4, TRCENA));
    g_assert_true(machine_bus_write(r->m, DWT + CTRL, 4, 1));
    cpu(r)->r[0] = DWT;
    return r;
}

/* Two reads n instructions apart, of all kinds: in one block, in several, with 32-bit instructions. */
static void instructions(void)
{
    static const uint32_t cpis[][2] = {{1, 1}, {3, 2}, {2, 1}};
    for (unsigned k = 0; k < 3; k++)
        for (unsigned n = 1; n <= 20; n++)
            for (unsigned kind = 0; kind < 3; kind++) {
                uint16_t code[48];
                unsigned at = 0;
                code[at++] = 0x6841; // ldr r1, [r0, #4]
                for (unsigned i = 1; i < n; i++) {
                    if (kind == 2) {
                        code[at++] = 0xF8D0; // ldr.w r3, [r0]
                        code[at++] = 0x3000;
                    } else {
                        code[at++] = kind == 0 ? 0xBF00 : 0xE7FF; // nop, or a branch to the next instruction
                    }
                }
                code[at++] = 0x6842; // ldr r2, [r0, #4]
                code[at++] = 0xE7FE; // b .
                struct rig *r = counting_rig(cpis[k][0], cpis[k][1], code, 2 * at);
                rig_run(r);
                uint32_t first = cpu(r)->r[1], second = cpu(r)->r[2];
                g_assert_cmpuint(first, ==, 0);
                /* an odd number of instructions at 3/2 ends between two cycles */
                g_assert_cmpuint(second - first, ==, n * cpis[k][0] / cpis[k][1]);
                rig_free(r);
            }
}

/* The first read in a block that had been executed before and was cut by nothing: in loops, in IT blocks, behind calls. */
static void in_loops(void)
{
    enum { LOOP = (int)(CODE + 0x0A), END = (int)(CODE + 0x1E) };
    static const uint16_t code[] = {
        0x2705,         // movs r7, #5
        0xF100, 0x0600, // add r6, r0, #0
        0xF04F, 0x5500, // ldr r5, =0x20000000
        0x6841,         // LOOP: ldr r1, [r0, #4]
        0x2F03,         // cmp r7, #3
        0xBFB4,         // ite lt
        0x6842,         // ldrlt r2, [r0, #4]
        0x6872,         // ldrge r2, [r6, #4]
        0x1A53,         // subs r3, r2, r1
        0xF845, 0x3B04, // str r3, [r5], #4
        0x3F01,         // subs r7, #1
        0xD1F5,         // bne LOOP
        0xE7FE,         // END: b END
    };
    struct rig *r = counting_rig(1, 1, code, sizeof code);
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    for (unsigned i = 0; i < 5; i++) /* ITE LT: the second of its two stands one instruction further on */
        g_assert_cmpuint(rig_word(r, RAM + 4 * i), ==, i < 3 ? 4 : 3);
    rig_free(r);
}

/* Sleep takes time, too. */
static void sleep_counts(void)
{
    enum { END = (int)(CODE + 0x0A) };
    static const uint16_t code[] = {
        0xB672, // cpsid i
        0x6841, // ldr r1, [r0, #4]
        0x60A5, // str r5, [r4, #8]
        0xBF30, // wfi
        0x6842, // ldr r2, [r0, #4]
        0xE7FE, // END: b END
    };
    struct rig *r = counting_rig(1, 1, code, sizeof code);
    g_assert_true(machine_bus_write(r->m, SCS + 0x100, 4, 0x80));
    cpu(r)->r[4] = BENCH;
    cpu(r)->r[5] = 500;
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmpuint(cpu(r)->r[2] - cpu(r)->r[1], ==, 501);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dwt/cycle-counter", cycle_counter);
    g_test_add_func("/dwt/instructions", instructions);
    g_test_add_func("/dwt/in-loops", in_loops);
    g_test_add_func("/dwt/sleep-counts", sleep_counts);
    return g_test_run();
}
