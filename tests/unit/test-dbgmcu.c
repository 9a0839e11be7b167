/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/dbgmcu.h"
#include "tests/unit/device-test.h"

enum { BASE = 0xE0042000u };
#define IDCODE  (BASE + 0x0u)
#define CR      (BASE + 0x4u)
#define APB1_FZ (BASE + 0x8u)
#define APB2_FZ (BASE + 0xCu)

static const struct {
    uint32_t offset;
    unsigned bit;
    const char *line;
} lines[] = {
    {8, 0, "TIM2_STOP"},  {8, 8, "TIM14_STOP"},  {8, 10, "RTC_STOP"},           {8, 11, "WWDG_STOP"},
    {8, 12, "IWDG_STOP"}, {8, 26, "CAN2_STOP"},  {8, 21, "I2C1_SMBUS_TIMEOUT"}, {12, 0, "TIM1_STOP"},
    {12, 1, "TIM8_STOP"}, {12, 16, "TIM9_STOP"}, {12, 18, "TIM11_STOP"},
};

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_dbgmcu_class, "DBGMCU", BASE, NULL);
    machine_connect(m, "probe.out0", "DBGMCU.halted");
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *out = g_strdup_printf("DBGMCU.%s", lines[i].line), *in = g_strdup_printf("probe.in%u", i);
        machine_connect(m, out, in);
    }
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static void id(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, IDCODE), ==, 0x20036411);
    reg_write(m, IDCODE, 0);
    g_assert_cmphex(reg_read(m, IDCODE), ==, 0x20036411);
    machine_free(m);
}

static void freeze(void)
{
    struct machine *m = bench();
    for (unsigned i = 0; i < G_N_ELEMENTS(lines); i++) {
        reg_write(m, BASE + lines[i].offset, 1u << lines[i].bit);
        for (unsigned k = 0; k < G_N_ELEMENTS(lines); k++)
            g_assert_cmpuint(probe_level(m, k), ==, 0); /* the core runs */
        probe_set(m, 0, 1);
        for (unsigned k = 0; k < G_N_ELEMENTS(lines); k++)
            g_assert_cmpuint(probe_level(m, k), ==, k == i);
        reg_write(m, BASE + lines[i].offset, 0);
        g_assert_cmpuint(probe_level(m, i), ==, 0);
        probe_set(m, 0, 0);
    }
    reg_write(m, APB1_FZ, 0xFFFFFFFF);
    reg_write(m, APB2_FZ, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, APB1_FZ), ==, 0x06E01DFF);
    g_assert_cmphex(reg_read(m, APB2_FZ), ==, 0x00070003);
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = bench();
    reg_write(m, CR, 0xFFFFFFFF);
    reg_write(m, APB1_FZ, 0x1000);
    probe_set(m, 0, 1);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, CR), ==, 0xE7);
    g_assert_cmphex(reg_read(m, APB1_FZ), ==, 0x1000);
    g_assert_cmpuint(probe_level(m, 4), ==, 1);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    g_assert_cmphex(reg_read(m, APB1_FZ), ==, 0);
    g_assert_cmpuint(probe_level(m, 4), ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dbgmcu/id", id);
    g_test_add_func("/dbgmcu/freeze", freeze);
    g_test_add_func("/dbgmcu/reset", reset);
    return g_test_run();
}
