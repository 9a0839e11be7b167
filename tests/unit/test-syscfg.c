/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/syscfg.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40013800, EXTICR1 = BASE + 8, EXTICR2 = BASE + 0xC, EXTICR4 = BASE + 0x14, CMPCR = BASE + 0x20 };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_syscfg_class, "SYSCFG", BASE, NULL);
    machine_connect(m, "probe.out0", "SYSCFG.pa7");
    machine_connect(m, "probe.out1", "SYSCFG.pc7");
    machine_connect(m, "probe.out2", "SYSCFG.pi7");
    machine_connect(m, "probe.out3", "SYSCFG.pb15");
    machine_connect(m, "SYSCFG.exti7", "probe.in0");
    machine_connect(m, "SYSCFG.exti15", "probe.in1");
    machine_connect(m, "SYSCFG.exti6", "probe.in2");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static void port_selection(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, EXTICR2), ==, 0); /* port A */
    probe_set(m, 0, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    reg_write(m, EXTICR2, 0x2000); /* port C for line 7, as for the SETUP button */
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    probe_set(m, 1, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    probe_set(m, 0, 0); /* not selected any more */
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    reg_write(m, EXTICR2, 0x8000);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    probe_set(m, 2, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    g_assert_cmpuint(probe_level(m, 2), ==, 0); /* other lines are untouched */
    reg_write(m, EXTICR2, 0xFFFFF000);          /* no such port; upper half reserved */
    g_assert_cmphex(reg_read(m, EXTICR2), ==, 0xF000);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    reg_write(m, EXTICR4, 0x1000);
    probe_set(m, 3, 1);
    g_assert_cmpuint(probe_level(m, 1), ==, 1);
    machine_free(m);
}

static void waves(void)
{
    struct machine *m = bench();
    struct signal wave = {.period = 1000, .high = 250, .epoch = 7};
    device_set_signal(machine_device(m, "probe"), 0, wave);
    g_assert_cmpuint(bench_probe(m)->in[0].period, ==, 1000);
    g_assert_cmpuint(bench_probe(m)->in[0].high, ==, 250);
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = bench();
    reg_write(m, EXTICR2, 0x2000);
    reg_write(m, CMPCR, 1);
    probe_set(m, 0, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    struct device *dev = machine_device(m, "SYSCFG");
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmphex(reg_read(m, EXTICR2), ==, 0);
    g_assert_cmphex(reg_read(m, CMPCR), ==, 0);
    g_assert_cmpuint(probe_level(m, 0), ==, 1); /* port A again */
    machine_free(m);
}

static void compensation_cell(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, CMPCR), ==, 0);
    reg_write(m, CMPCR, 1);
    g_assert_cmphex(reg_read(m, CMPCR), ==, 0x101);
    reg_write(m, CMPCR, 0x100); /* READY cannot be written */
    g_assert_cmphex(reg_read(m, CMPCR), ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/syscfg/port-selection", port_selection);
    g_test_add_func("/syscfg/waves", waves);
    g_test_add_func("/syscfg/reset", reset);
    g_test_add_func("/syscfg/compensation-cell", compensation_cell);
    return g_test_run();
}
