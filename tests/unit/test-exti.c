/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/exti.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40013C00,
    IMR = BASE,
    EMR = BASE + 4,
    RTSR = BASE + 8,
    FTSR = BASE + 0xC,
    SWIER = BASE + 0x10,
    PR = BASE + 0x14,
    ALL = 0x7FFFFF
};
enum { IRQ0, IRQ7, IRQ17, IRQ9_5, IRQ15_10, EVENT, IRQ22 };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_exti_class, "EXTI", BASE, NULL);
    machine_connect(m, "probe.out0", "EXTI.line0");
    machine_connect(m, "probe.out1", "EXTI.line7");
    machine_connect(m, "probe.out2", "EXTI.line17");
    machine_connect(m, "probe.out3", "EXTI.line5");
    machine_connect(m, "probe.out4", "EXTI.line15");
    machine_connect(m, "EXTI.irq0", "probe.in0");
    machine_connect(m, "EXTI.irq7", "probe.in1");
    machine_connect(m, "EXTI.irq17", "probe.in2");
    machine_connect(m, "EXTI.irq9_5", "probe.in3");
    machine_connect(m, "EXTI.irq15_10", "probe.in4");
    machine_connect(m, "EXTI.event", "probe.in5");
    machine_connect(m, "EXTI.irq22", "probe.in6");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static void edges(void)
{
    struct machine *m = bench();
    probe_set(m, 0, 1);
    probe_set(m, 0, 0);
    g_assert_cmphex(reg_read(m, PR), ==, 0); /* no edge selected */
    reg_write(m, RTSR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, RTSR), ==, ALL);
    probe_set(m, 0, 1);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(0));
    reg_write(m, PR, BIT(0));
    probe_set(m, 0, 0);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    reg_write(m, RTSR, 0);
    reg_write(m, FTSR, BIT(7));
    probe_set(m, 1, 1);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    probe_set(m, 1, 0);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(7));
    reg_write(m, PR, BIT(7));
    reg_write(m, RTSR, BIT(7)); /* both */
    probe_set(m, 1, 1);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(7));
    reg_write(m, PR, BIT(7));
    probe_set(m, 1, 0);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(7));
    machine_free(m);
}

static void pending(void)
{
    struct machine *m = bench();
    reg_write(m, RTSR, BIT(0) | BIT(7));
    reg_write(m, IMR, BIT(0) | BIT(7));
    probe_set(m, 0, 1);
    probe_set(m, 1, 1);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(0) | BIT(7));
    reg_write(m, PR, BIT(7)); /* only that one */
    g_assert_cmphex(reg_read(m, PR), ==, BIT(0));
    g_assert_cmpuint(probe_level(m, IRQ0), ==, 1);
    g_assert_cmpuint(probe_level(m, IRQ7), ==, 0);
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 0);
    reg_write(m, PR, 0);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(0));
    machine_free(m);
}

static void interrupt_mask(void)
{
    struct machine *m = bench();
    reg_write(m, RTSR, ALL);
    probe_set(m, 2, 1);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(17)); /* pending although masked */
    g_assert_cmpuint(probe_level(m, IRQ17), ==, 0);
    reg_write(m, IMR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, IMR), ==, ALL);
    g_assert_cmpuint(probe_level(m, IRQ17), ==, 1);
    reg_write(m, IMR, 0);
    g_assert_cmpuint(probe_level(m, IRQ17), ==, 0);
    machine_free(m);
}

static void shared_vectors(void)
{
    struct machine *m = bench();
    reg_write(m, RTSR, ALL);
    reg_write(m, IMR, BIT(5) | BIT(7) | BIT(15) | BIT(17));
    probe_set(m, 3, 1);
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 1);
    g_assert_cmpuint(probe_level(m, IRQ15_10), ==, 0);
    probe_set(m, 1, 1);
    reg_write(m, PR, BIT(5));
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 1); /* line 7 holds it */
    reg_write(m, PR, BIT(7));
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 0);
    probe_set(m, 4, 1);
    g_assert_cmpuint(probe_level(m, IRQ15_10), ==, 1);
    machine_free(m);
}

static void software_trigger(void)
{
    struct machine *m = bench();
    reg_write(m, IMR, BIT(22));
    reg_write(m, SWIER, BIT(22) | BIT(23));
    g_assert_cmphex(reg_read(m, SWIER), ==, BIT(22));
    g_assert_cmphex(reg_read(m, PR), ==, BIT(22));
    g_assert_cmpuint(probe_level(m, IRQ22), ==, 1);
    reg_write(m, SWIER, 0); /* cleared by way of PR only */
    g_assert_cmphex(reg_read(m, SWIER), ==, BIT(22));
    reg_write(m, PR, BIT(22));
    g_assert_cmphex(reg_read(m, SWIER), ==, 0);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    reg_write(m, SWIER, BIT(22));
    g_assert_cmpuint(probe_rises(m, IRQ22), ==, 2);
    machine_free(m);
}

static void event(void)
{
    struct machine *m = bench();
    reg_write(m, RTSR, ALL);
    probe_set(m, 0, 1);
    g_assert_cmpuint(probe_rises(m, EVENT), ==, 0);
    probe_set(m, 0, 0);
    reg_write(m, EMR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, EMR), ==, ALL);
    probe_set(m, 0, 1);
    g_assert_cmpuint(probe_rises(m, EVENT), ==, 1);
    g_assert_cmpuint(probe_level(m, EVENT), ==, 0); /* a pulse */
    probe_set(m, 0, 0);
    probe_set(m, 0, 1); /* pending already, and an event all the same */
    g_assert_cmpuint(probe_rises(m, EVENT), ==, 2);
    reg_write(m, SWIER, BIT(3));
    g_assert_cmpuint(probe_rises(m, EVENT), ==, 3);
    g_assert_cmpuint(probe_rises(m, IRQ0), ==, 0); /* IMR is 0 */
    machine_free(m);
}

static void waves(void)
{
    struct machine *m = bench();
    struct device *probe = machine_device(m, "probe");
    reg_write(m, RTSR, ALL);
    reg_write(m, FTSR, ALL);
    probe_set(m, 0, 1);
    reg_write(m, PR, ALL);
    device_set_signal(probe, 0, (struct signal){.period = 1000, .high = 500});
    device_set_signal(probe, 0, (struct signal){.period = 2000, .high = 500});
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    probe_set(m, 0, 1);
    g_assert_cmphex(reg_read(m, PR), ==, 0); /* high as before */
    device_set_signal(probe, 0, (struct signal){.period = 1000, .high = 500});
    probe_set(m, 0, 0);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(0));
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = bench();
    struct device *dev = machine_device(m, "EXTI");
    reg_write(m, RTSR, ALL);
    reg_write(m, IMR, ALL);
    probe_set(m, 1, 1);
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 1);
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmpuint(probe_level(m, IRQ7), ==, 0);
    g_assert_cmpuint(probe_level(m, IRQ9_5), ==, 0);
    for (unsigned offset = 0; offset <= 0x14; offset += 4)
        g_assert_cmphex(reg_read(m, BASE + offset), ==, 0);
    reg_write(m, FTSR, BIT(7)); /* the line is still high: its fall is an edge, a repeated level is none */
    reg_write(m, RTSR, BIT(7));
    probe_set(m, 1, 1);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    probe_set(m, 1, 0);
    g_assert_cmphex(reg_read(m, PR), ==, BIT(7));
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/exti/edges", edges);
    g_test_add_func("/exti/pending", pending);
    g_test_add_func("/exti/interrupt-mask", interrupt_mask);
    g_test_add_func("/exti/shared-vectors", shared_vectors);
    g_test_add_func("/exti/software-trigger", software_trigger);
    g_test_add_func("/exti/event", event);
    g_test_add_func("/exti/waves", waves);
    g_test_add_func("/exti/reset", reset);
    return g_test_run();
}
