/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/pwr.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40007000, CR = BASE, CSR = BASE + 4 };
enum { PDDS = 1 << 1, CWUF = 1 << 2, CSBF = 1 << 3, DBP = 1 << 8 };
enum { WUF = 1 << 0, SBF = 1 << 1, BRR = 1 << 3, EWUP = 1 << 8, BRE = 1 << 9 };

/* Lines of the probe. */
enum { DEEPSLEEP, WKUP, RTC };
enum { DBP_LINE, STOP, STANDBY, REGULATOR, PVD };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_pwr_class, "PWR", BASE, NULL);
    machine_connect(m, "probe.out0", "PWR.deepsleep");
    machine_connect(m, "probe.out1", "PWR.wkup_pin");
    machine_connect(m, "probe.out2", "PWR.rtc_wakeup");
    machine_connect(m, "PWR.dbp", "probe.in0");
    machine_connect(m, "PWR.stop", "probe.in1");
    machine_connect(m, "PWR.standby", "probe.in2");
    machine_connect(m, "PWR.regulator", "probe.in3");
    machine_connect(m, "PWR.pvd", "probe.in4");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static void assert_reset_wanted(struct machine *m, bool wanted)
{
    if (!wanted) {
        g_assert_cmpint(m->reset_wanted, ==, -1);
        return;
    }
    g_assert_cmpint(m->reset_wanted, ==, RESET_SYSTEM);
    g_assert_cmpstr(m->reset_cause, ==, "standby");
}

static void dbp(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    reg_write(m, CR, DBP);
    g_assert_cmphex(reg_read(m, CR), ==, DBP);
    g_assert_cmpuint(probe_level(m, DBP_LINE), ==, 1);
    reg_write(m, CR, 0);
    g_assert_cmpuint(probe_level(m, DBP_LINE), ==, 0);
    reg_write(m, CR, 0xFFFFFFFF & ~(uint32_t)PDDS);
    g_assert_cmphex(reg_read(m, CR), ==, 0x3F1); /* the clear bits read 0 */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    g_assert_cmpuint(probe_level(m, DBP_LINE), ==, 0);
    machine_free(m);
}

static void backup_regulator(void)
{
    struct machine *m = bench();
    reg_write(m, CSR, BRE);
    g_assert_cmpuint(probe_level(m, REGULATOR), ==, 1);
    g_assert_cmphex(reg_read(m, CSR), ==, BRE);
    pass(m, 50 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CSR), ==, BRE);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    /* neither a system reset nor a power reset, as long as there is a battery */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    g_assert_cmpuint(probe_level(m, REGULATOR), ==, 1);
    machine_request_reset(m, RESET_BACKUP, "bdrst");
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    g_assert_true(stm32f2_pwr_backup_get(machine_device(m, "PWR")));
    reg_write(m, CSR, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    g_assert_cmpuint(probe_level(m, REGULATOR), ==, 0);
    /* a reset does not stop it from getting ready */
    reg_write(m, CSR, BRE);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    pass(m, 50 * TICKS_PER_US);
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    machine_power_on(m); /* the battery is gone too */
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    g_assert_false(stm32f2_pwr_backup_get(machine_device(m, "PWR")));
    stm32f2_pwr_backup_set(machine_device(m, "PWR"), true);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CSR), ==, BRE | BRR);
    g_assert_cmpuint(probe_level(m, REGULATOR), ==, 1);
    machine_free(m);
}

static void stop(void)
{
    struct machine *m = bench();
    probe_set(m, DEEPSLEEP, 1);
    g_assert_cmpuint(probe_level(m, STOP), ==, 1);
    g_assert_cmpuint(probe_level(m, STANDBY), ==, 0);
    probe_set(m, DEEPSLEEP, 0);
    g_assert_cmpuint(probe_level(m, STOP), ==, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    assert_reset_wanted(m, false);
    machine_free(m);
}

static void standby(void)
{
    /* left by a reset from outside: SBF tells of it, WUF does not */
    struct machine *m = bench();
    reg_write(m, CR, PDDS);
    reg_write(m, CSR, EWUP);
    probe_set(m, DEEPSLEEP, 1);
    g_assert_cmpuint(probe_level(m, STANDBY), ==, 1);
    g_assert_cmpuint(probe_level(m, STOP), ==, 1);
    probe_set(m, DEEPSLEEP, 0); /* there is no core any more that could wake */
    g_assert_cmpuint(probe_level(m, STANDBY), ==, 1);
    g_assert_cmpuint(probe_level(m, STOP), ==, 1);
    assert_reset_wanted(m, false);
    machine_apply_reset(m, RESET_SYSTEM, "pin");
    g_assert_cmphex(reg_read(m, CSR), ==, SBF);
    g_assert_cmpuint(probe_level(m, STANDBY), ==, 0);
    g_assert_cmpuint(probe_level(m, STOP), ==, 0);

    /* by the pin */
    reg_write(m, CR, PDDS | CSBF);
    reg_write(m, CSR, EWUP);
    probe_set(m, DEEPSLEEP, 1);
    probe_set(m, WKUP, 1);
    assert_reset_wanted(m, true);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    probe_set(m, DEEPSLEEP, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, SBF | WUF | EWUP);
    g_assert_cmphex(reg_read(m, CR), ==, 0);

    /* SBF goes with power alone, WUF and EWUP with any reset */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, CSR), ==, SBF);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CSR), ==, 0);

    /* not by the pin without EWUP; by the RTC */
    probe_set(m, WKUP, 0);
    reg_write(m, CR, PDDS);
    probe_set(m, DEEPSLEEP, 1);
    probe_set(m, WKUP, 1);
    assert_reset_wanted(m, false);
    probe_set(m, RTC, 1);
    assert_reset_wanted(m, true);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    probe_set(m, DEEPSLEEP, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, SBF | WUF);

    /* a flag that is left set wakes at once */
    reg_write(m, CR, PDDS | CWUF);
    g_assert_cmphex(reg_read(m, CSR), ==, SBF);
    probe_set(m, DEEPSLEEP, 1);
    assert_reset_wanted(m, true);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    probe_set(m, DEEPSLEEP, 0);
    probe_set(m, RTC, 0);
    reg_write(m, CR, PDDS);
    probe_set(m, DEEPSLEEP, 1); /* WUF */
    assert_reset_wanted(m, true);
    machine_free(m);
}

static void wakeup_pin(void)
{
    struct machine *m = bench();
    probe_set(m, WKUP, 1); /* not enabled */
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    reg_write(m, CSR, EWUP); /* enabled while the level is high */
    g_assert_cmphex(reg_read(m, CSR), ==, EWUP | WUF);
    reg_write(m, CR, CWUF);
    g_assert_cmphex(reg_read(m, CSR), ==, EWUP);
    probe_set(m, WKUP, 0);
    g_assert_cmphex(reg_read(m, CSR), ==, EWUP);
    probe_set(m, WKUP, 1);
    g_assert_cmphex(reg_read(m, CSR), ==, EWUP | WUF);
    assert_reset_wanted(m, false); /* not in Standby mode */
    machine_free(m);
}

static void flags(void)
{
    struct machine *m = bench();
    reg_write(m, CR, PDDS);
    probe_set(m, DEEPSLEEP, 1);
    probe_set(m, RTC, 1);
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    g_assert_cmphex(reg_read(m, CSR), ==, SBF | WUF);
    reg_write(m, CSR, 0); /* read-only there */
    g_assert_cmphex(reg_read(m, CSR), ==, SBF | WUF);
    reg_write(m, CR, CSBF);
    g_assert_cmphex(reg_read(m, CSR), ==, WUF);
    reg_write(m, CR, CWUF);
    g_assert_cmphex(reg_read(m, CSR), ==, 0);
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    g_assert_cmpuint(probe_level(m, PVD), ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pwr/dbp", dbp);
    g_test_add_func("/pwr/backup-regulator", backup_regulator);
    g_test_add_func("/pwr/stop", stop);
    g_test_add_func("/pwr/standby", standby);
    g_test_add_func("/pwr/wakeup-pin", wakeup_pin);
    g_test_add_func("/pwr/flags", flags);
    return g_test_run();
}
