/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/backup-sram.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40024000 };
enum { DBP, REGULATOR };

static struct machine *bench(bool regulator)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_backup_sram_class, "BKPSRAM", BASE, NULL);
    machine_connect(m, "probe.out0", "BKPSRAM.dbp");
    if (regulator)
        machine_connect(m, "probe.out1", "BKPSRAM.regulator");
    machine_seal(m);
    machine_power_on(m);
    probe_set(m, DBP, 1);
    return m;
}

static void access_sizes(void)
{
    struct machine *m = bench(false);
    uint32_t value;
    g_assert_cmphex(reg_read(m, BASE), ==, 0);
    reg_write(m, BASE, 0x44332211);
    reg_write(m, BASE + 0xFFC, 0xDEADBEEF);
    g_assert_true(machine_bus_write(m, BASE + 1, 1, 0xAA));
    g_assert_true(machine_bus_write(m, BASE + 2, 2, 0xCCBB));
    g_assert_cmphex(reg_read(m, BASE), ==, 0xCCBBAA11);
    g_assert_true(machine_bus_read(m, BASE + 3, 1, &value));
    g_assert_cmphex(value, ==, 0xCC);
    g_assert_true(machine_bus_read(m, BASE + 0xFFE, 2, &value));
    g_assert_cmphex(value, ==, 0xDEAD);
    g_assert_false(machine_bus_read(m, BASE + 0x1000, 4, &value));
    machine_free(m);
}

static void protection(void)
{
    struct machine *m = bench(false);
    reg_write(m, BASE + 4, 1);
    probe_set(m, DBP, 0);
    reg_write(m, BASE + 4, 2);
    g_assert_cmphex(reg_read(m, BASE + 4), ==, 1);
    probe_set(m, DBP, 1);
    reg_write(m, BASE + 4, 2);
    g_assert_cmphex(reg_read(m, BASE + 4), ==, 2);
    machine_free(m);
}

static void resets(void)
{
    struct machine *m = bench(true);
    reg_write(m, BASE, 0x12345678);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, BASE), ==, 0x12345678);
    machine_request_reset(m, RESET_BACKUP, "bdrst"); /* RM0033: not affected */
    g_assert_cmphex(reg_read(m, BASE), ==, 0x12345678);
    /* Standby mode and the battery need the regulator */
    probe_set(m, REGULATOR, 1);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, BASE), ==, 0x12345678);
    probe_set(m, REGULATOR, 0);
    g_assert_cmphex(reg_read(m, BASE), ==, 0x12345678);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    g_assert_cmphex(reg_read(m, BASE), ==, 0);
    reg_write(m, BASE, 0x12345678);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, BASE), ==, 0);
    /* no battery */
    probe_set(m, REGULATOR, 1);
    reg_write(m, BASE, 0x12345678);
    machine_power_on(m);
    g_assert_cmphex(reg_read(m, BASE), ==, 0);
    machine_free(m);
}

static void kept(void)
{
    uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE];
    struct machine *m = bench(true);
    probe_set(m, REGULATOR, 1);
    reg_write(m, BASE, 0x12345678);
    reg_write(m, BASE + 0xFFC, 0x9ABCDEF0);
    stm32f2_backup_sram_get(machine_device(m, "BKPSRAM"), bytes);
    g_assert_cmphex(bytes[0], ==, 0x78);
    g_assert_cmphex(bytes[0xFFF], ==, 0x9A);
    machine_free(m);

    m = bench(true);
    stm32f2_backup_sram_set(machine_device(m, "BKPSRAM"), bytes);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, BASE), ==, 0x12345678);
    g_assert_cmphex(reg_read(m, BASE + 0xFFC), ==, 0x9ABCDEF0);
    /* without the regulator there is nothing to keep */
    probe_set(m, REGULATOR, 1);
    probe_set(m, REGULATOR, 0);
    stm32f2_backup_sram_get(machine_device(m, "BKPSRAM"), bytes);
    g_assert_cmphex(bytes[0], ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/backup-sram/access-sizes", access_sizes);
    g_test_add_func("/backup-sram/protection", protection);
    g_test_add_func("/backup-sram/resets", resets);
    g_test_add_func("/backup-sram/kept", kept);
    return g_test_run();
}
