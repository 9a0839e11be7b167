/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/rng.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x50060800, CR = BASE, SR = BASE + 4, DR = BASE + 8 };
enum { RNGEN = 1 << 2, IE = 1 << 3, DRDY = 1 << 0, CECS = 1 << 1, CEIS = 1 << 5 };

#define NUMBER (40 * (TICKS_PER_SECOND / 48000000))

static struct machine *bench_seed(uint64_t seed)
{
    struct machine *m = machine_new(seed);
    machine_add_device(m, &probe_class, "probe", 0, NULL);
    machine_add_device(m, &stm32f2_rng_class, "RNG", BASE, NULL);
    machine_connect(m, "RNG.irq", "probe.in0");
    machine_connect_clock(m, "HCLK", "RNG.bus");
    machine_connect_clock(m, "PLL48CLK", "RNG.rng");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    return m;
}

static struct machine *bench(void)
{
    return bench_seed(1);
}

static uint32_t number(struct machine *m)
{
    pass(m, NUMBER);
    g_assert_cmphex(reg_read(m, SR), ==, DRDY);
    return reg_read(m, DR);
}

static void numbers(void)
{
    struct machine *m = bench();
    pass(m, NUMBER);
    g_assert_cmphex(reg_read(m, SR), ==, 0); /* off */
    reg_write(m, CR, RNGEN);
    pass(m, NUMBER - 1);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmphex(reg_read(m, DR), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, DRDY);
    pass(m, 10 * NUMBER); /* stays until it is read */
    uint32_t value;
    g_assert_true(machine_peek(m, DR, 4, &value));
    uint32_t first = reg_read(m, DR);
    g_assert_cmphex(first, ==, value);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, NUMBER - 1);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 1);
    uint32_t second = reg_read(m, DR);
    g_assert_cmphex(second, !=, first);
    /* all bits move */
    uint32_t ones = 0, zeros = 0;
    for (unsigned i = 0; i < 100; i++) {
        uint32_t n = number(m);
        ones |= n;
        zeros |= ~n;
    }
    g_assert_cmphex(ones & zeros, ==, 0xFFFFFFFF);
    pass(m, NUMBER);
    reg_write(m, CR, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    machine_free(m);
}

static void seeds(void)
{
    struct machine *a = bench(), *b = bench(), *c = bench_seed(2);
    reg_write(a, CR, RNGEN);
    reg_write(b, CR, RNGEN);
    reg_write(c, CR, RNGEN);
    uint32_t first = number(a);
    g_assert_cmphex(number(b), ==, first);
    g_assert_cmphex(number(c), !=, first);
    /* the source goes on over resets, and can be put back */
    uint64_t noise = stm32f2_rng_noise_get(machine_device(a, "RNG"));
    machine_apply_reset(a, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(a, CR), ==, 0);
    machine_apply_reset(a, RESET_POWER_ON, "power-on");
    reg_write(a, CR, RNGEN);
    uint32_t second = number(a);
    g_assert_cmphex(second, !=, first);
    g_assert_cmphex(number(b), ==, second);
    stm32f2_rng_noise_set(machine_device(c, "RNG"), noise);
    g_assert_cmphex(number(c), ==, second);
    machine_free(a);
    machine_free(b);
    machine_free(c);
}

static void interrupt(void)
{
    struct machine *m = bench();
    reg_write(m, CR, RNGEN | IE);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    pass(m, NUMBER);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    pass(m, NUMBER);
    reg_write(m, CR, RNGEN);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    reg_write(m, CR, RNGEN | IE);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    machine_free(m);
}

static void clock_error(void)
{
    struct machine *m = bench();
    struct device *dev = machine_device(m, "RNG");
    machine_set_clock(m, "PLL48CLK", FREQUENCY_STOPPED);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_nonnull(strstr(dev->class->explain(dev, 1), "RNGEN"));
    reg_write(m, CR, RNGEN | IE);
    g_assert_cmphex(reg_read(m, SR), ==, CECS | CEIS);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    g_assert_nonnull(strstr(dev->class->explain(dev, 1), "PLL48CLK"));
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, SR), ==, CECS | CEIS);
    /* exactly HCLK/16 will do */
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(7500000));
    g_assert_cmphex(reg_read(m, SR), ==, CEIS);
    reg_write(m, SR, CEIS); /* writing 1 does nothing */
    g_assert_cmphex(reg_read(m, SR), ==, CEIS);
    reg_write(m, SR, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    pass(m, 40 * (TICKS_PER_SECOND / 7500000) - 1);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, DRDY);
    reg_read(m, DR);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(7499999));
    g_assert_cmphex(reg_read(m, SR), ==, CECS | CEIS);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rng/numbers", numbers);
    g_test_add_func("/rng/seeds", seeds);
    g_test_add_func("/rng/interrupt", interrupt);
    g_test_add_func("/rng/clock-error", clock_error);
    return g_test_run();
}
