/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/wwdg.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40002C00, CR = BASE, CFR = BASE + 4, SR = BASE + 8 };
enum { WDGA = 1 << 7, EWI = 1 << 9 };

/* At 30 MHz one step is 4096 cycles. */
#define STEP (4096 * (TICKS_PER_SECOND / 30000000))

/* In step with the prescaler. */
static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_wwdg_class, "WWDG", BASE, NULL);
    machine_connect(m, "probe.out0", "WWDG.debug_freeze");
    machine_connect(m, "WWDG.irq", "probe.in0");
    machine_connect_clock(m, "PCLK1", "WWDG.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(30000000));
    return m;
}

static void assert_reset_wanted(struct machine *m, bool wanted)
{
    if (!wanted) {
        g_assert_cmpint(m->reset_wanted, ==, -1);
        return;
    }
    g_assert_cmpint(m->reset_wanted, ==, RESET_SYSTEM);
    g_assert_cmpstr(m->reset_cause, ==, "wwdg");
}

static void counter(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, CFR), ==, 0x7F);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    /* free-running, also while it is not active */
    for (unsigned i = 0; i < 200; i++) {
        g_assert_cmphex(reg_read(m, CR), ==, (0x7F - i) & 0x7F);
        pass(m, STEP - 1);
        g_assert_cmphex(reg_read(m, CR), ==, (0x7F - i) & 0x7F);
        pass(m, 1);
    }
    assert_reset_wanted(m, false);
    /* a write does not touch the prescaler: the first step is short */
    pass(m, STEP / 4);
    reg_write(m, CR, 0x60);
    pass(m, STEP - STEP / 4 - 1);
    g_assert_cmphex(reg_read(m, CR), ==, 0x60);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR), ==, 0x5F);
    machine_free(m);
}

static void expiry(void)
{
    struct machine *m = bench();
    reg_write(m, CR, WDGA | 0x45);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x45);
    pass(m, 5 * STEP);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x40);
    pass(m, STEP - 1);
    assert_reset_wanted(m, false);
    pass(m, 1);
    assert_reset_wanted(m, true);
    machine_apply_reset(m, RESET_SYSTEM, "wwdg");
    g_assert_cmphex(reg_read(m, CR), ==, 0x7F);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    /* WDGA cannot be cleared by software, and clearing T6 resets at once */
    reg_write(m, CR, WDGA | 0x7F);
    reg_write(m, CR, 0x7F);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x7F);
    assert_reset_wanted(m, false);
    reg_write(m, CR, WDGA | 0x3F);
    assert_reset_wanted(m, true);
    machine_free(m);
}

static void window(void)
{
    struct machine *m = bench();
    reg_write(m, CFR, 0x50);
    reg_write(m, CR, 0x7F); /* not active: no window */
    reg_write(m, CR, WDGA | 0x60);
    assert_reset_wanted(m, false);
    pass(m, 16 * STEP); /* down to 0x50, which is not above the window */
    reg_write(m, CR, WDGA | 0x60);
    assert_reset_wanted(m, false);
    pass(m, 15 * STEP);
    reg_write(m, CR, WDGA | 0x60); /* at 0x51 */
    assert_reset_wanted(m, true);
    machine_free(m);
}

static void time_base(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct machine *m = bench();
        reg_write(m, CFR, 0x7F | i << 7);
        reg_write(m, CR, WDGA | 0x7F);
        pass(m, (STEP << i) - 1);
        g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x7F);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x7E);
        pass(m, 63 * (STEP << i) - 1);
        assert_reset_wanted(m, false);
        pass(m, 1);
        assert_reset_wanted(m, true);
        machine_free(m);
    }
    /* the count goes on when it changes */
    struct machine *m = bench();
    pass(m, 8 * STEP);
    reg_write(m, CFR, 0x7F | 3 << 7);
    g_assert_cmphex(reg_read(m, CR), ==, 0x77);
    pass(m, 8 * STEP);
    g_assert_cmphex(reg_read(m, CR), ==, 0x76);
    machine_free(m);
}

static void early_wakeup(void)
{
    struct machine *m = bench();
    reg_write(m, CFR, 0x7F | EWI);
    reg_write(m, CFR, 0x7F); /* EWI goes with a reset alone */
    g_assert_cmphex(reg_read(m, CFR), ==, 0x7F | EWI);
    reg_write(m, CR, WDGA | 0x42);
    pass(m, 2 * STEP - 1);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    reg_write(m, SR, 1);
    g_assert_cmphex(reg_read(m, SR), ==, 1);
    reg_write(m, SR, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    reg_write(m, CR, WDGA | 0x41);
    pass(m, STEP);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    g_assert_cmphex(reg_read(m, CFR), ==, 0x7F);
    /* set without the interrupt too */
    pass(m, 63 * STEP);
    g_assert_cmphex(reg_read(m, SR), ==, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    machine_free(m);
}

static void debug_freeze(void)
{
    struct machine *m = bench();
    reg_write(m, CR, WDGA | 0x45);
    pass(m, 2 * STEP);
    probe_set(m, 0, 1);
    pass(m, 1000 * STEP);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x43);
    assert_reset_wanted(m, false);
    probe_set(m, 0, 0);
    pass(m, 4 * STEP - 1);
    assert_reset_wanted(m, false);
    pass(m, 1);
    assert_reset_wanted(m, true);
    machine_free(m);
}

static void clock_change(void)
{
    struct machine *m = bench();
    reg_write(m, CR, WDGA | 0x45);
    pass(m, STEP);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(15000000));
    pass(m, 2 * STEP);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x43);
    machine_set_clock(m, "PCLK1", FREQUENCY_STOPPED);
    pass(m, 1000 * STEP);
    g_assert_cmphex(reg_read(m, CR), ==, WDGA | 0x43);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wwdg/counter", counter);
    g_test_add_func("/wwdg/expiry", expiry);
    g_test_add_func("/wwdg/window", window);
    g_test_add_func("/wwdg/time-base", time_base);
    g_test_add_func("/wwdg/early-wakeup", early_wakeup);
    g_test_add_func("/wwdg/debug-freeze", debug_freeze);
    g_test_add_func("/wwdg/clock-change", clock_change);
    return g_test_run();
}
