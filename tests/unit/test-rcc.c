/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/rcc.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40023800,
    CR = BASE,
    PLLCFGR = BASE + 0x04,
    CFGR = BASE + 0x08,
    CIR = BASE + 0x0C,
    AHB1RSTR = BASE + 0x10,
    AHB1ENR = BASE + 0x30,
    APB1ENR = BASE + 0x40,
    APB2ENR = BASE + 0x44,
    BDCR = BASE + 0x70,
    CSR = BASE + 0x74,
    PLLI2SCFGR = BASE + 0x84,
};

enum { HSERDY = 1 << 17, PLLRDY = 1 << 25 };

/* Something that follows every clock. */
static const char *const clock_names[] = {"HSI",   "HSE",   "LSE",     "LSI",     "SYSCLK",   "HCLK",
                                          "PCLK1", "PCLK2", "TIMCLK1", "TIMCLK2", "PLL48CLK", "RTCCLK"};
static const struct device_class follower_class = {
    .name = "follower", .n_clocks = G_N_ELEMENTS(clock_names), .clock_names = clock_names};

static const struct stm32f2_rcc_config photon = {.hse_hz = 26000000, .lse_hz = 32768, .lsi_hz = 32000};
static const struct stm32f2_rcc_config bare = {.lsi_hz = 32000};

/* out0 dbp, out1 lsi_request, out2 stop; in0 irq, in1 GPIOAEN, in2 USART1EN, in3 GPIOARST, in4 CCM (reset value 1), in5 RNGRST
 */
static struct machine *bench_of(const struct stm32f2_rcc_config *config)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_rcc_class, "RCC", BASE, config);
    machine_add_device(m, &follower_class, "follower", 0, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(clock_names); i++) {
        g_autofree char *input = g_strdup_printf("follower.%s", clock_names[i]);
        machine_connect_clock(m, clock_names[i], input);
    }
    machine_connect(m, "probe.out0", "RCC.dbp");
    machine_connect(m, "probe.out1", "RCC.lsi_request");
    machine_connect(m, "probe.out2", "RCC.stop");
    machine_connect(m, "RCC.irq", "probe.in0");
    machine_connect(m, "RCC.AHB1ENR.0", "probe.in1");
    machine_connect(m, "RCC.APB2ENR.4", "probe.in2");
    machine_connect(m, "RCC.AHB1RSTR.0", "probe.in3");
    machine_connect(m, "RCC.AHB1ENR.20", "probe.in4");
    machine_connect(m, "RCC.AHB2RSTR.6", "probe.in5");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static struct machine *bench(void)
{
    return bench_of(&photon);
}

static bool clock_is(struct machine *m, const char *clock, uint64_t num, uint64_t den)
{
    return frequency_equal(machine_clock(m, clock), (struct frequency){num, den});
}

#define assert_clock(M, CLOCK, HZ) g_assert_true(clock_is(M, CLOCK, HZ, 1))

static const char *explain(struct machine *m, uint32_t address)
{
    struct device *dev = machine_device(m, "RCC");
    for (unsigned i = 0; i < dev->class->n_registers; i++)
        if (dev->class->registers[i].offset == address - BASE)
            return dev->class->explain(dev, i);
    g_assert_not_reached();
}

/* As the Photon's firmware does: 26 MHz / 26 * 240 / 2 = 120 MHz. */
static void run_at_120_mhz(struct machine *m)
{
    reg_write(m, CR, 0x00010083);
    pass(m, 300 * TICKS_PER_US);
    reg_write(m, PLLCFGR, 0x05403C1A);
    reg_write(m, CFGR, 0x9400);
    reg_write(m, CR, 0x01010083);
    pass(m, 200 * TICKS_PER_US);
    reg_write(m, CFGR, 0x9402);
}

/* RM0033 table 25 and the register descriptions. */
static void reset_values(void)
{
    static const struct {
        uint32_t offset, value;
    } expected[] = {{0x00, 0x83},       {0x04, 0x24003010}, {0x08, 0},          {0x0C, 0},          {0x10, 0},
                    {0x14, 0},          {0x18, 0},          {0x20, 0},          {0x24, 0},          {0x34, 0},
                    {0x38, 0},          {0x30, 0x00100000}, {0x40, 0},          {0x44, 0},          {0x50, 0x7E6791FF},
                    {0x54, 0xF1},       {0x58, 1},          {0x60, 0x36FEC9FF}, {0x64, 0x00075F33}, {0x70, 0},
                    {0x74, 0x0E000000}, {0x80, 0},          {0x84, 0x20003000}};
    struct machine *m = bench();
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmphex(reg_read(m, BASE + expected[i].offset), ==, expected[i].value);
    assert_clock(m, "HSI", 16000000);
    assert_clock(m, "SYSCLK", 16000000);
    assert_clock(m, "HCLK", 16000000);
    assert_clock(m, "PCLK1", 16000000);
    assert_clock(m, "TIMCLK2", 16000000);
    assert_clock(m, "HSE", 0);
    assert_clock(m, "PLL48CLK", 0);
    assert_clock(m, "RTCCLK", 0);
    machine_free(m);
}

static void hsi(void)
{
    struct machine *m = bench();
    reg_write(m, CR, 0x00010082); /* in use: stays on */
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 3);
    pass(m, 300 * TICKS_PER_US);
    reg_write(m, CFGR, 1);
    reg_write(m, CR, 0x00010082);
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 2);
    assert_clock(m, "HSI", 0);
    /* six of its cycles until the flag falls */
    pass(m, 6 * TICKS_PER_SECOND / 16000000 - 1);
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 2);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 0);
    reg_write(m, CR, 0x00010083);
    pass(m, 22 * TICKS_PER_US / 10 - 1);
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 1);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR) & 3, ==, 3);
    assert_clock(m, "HSI", 16000000);
    machine_free(m);
}

static void hse(void)
{
    struct machine *m = bench();
    g_assert_nonnull(strstr(explain(m, CR), "HSE is off"));
    reg_write(m, CR, 0x00010083);
    g_assert_null(strstr(explain(m, CR), "HSE"));
    pass(m, 300 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CR) & HSERDY, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR) & HSERDY, ==, HSERDY);
    assert_clock(m, "HSE", 26000000);
    reg_write(m, CFGR, 1);
    assert_clock(m, "SYSCLK", 26000000);
    reg_write(m, CR, 0x00000083); /* in use: stays on */
    g_assert_cmphex(reg_read(m, CR), ==, 0x00030083);
    reg_write(m, CFGR, 0);
    reg_write(m, CR, 0x00000083);
    assert_clock(m, "HSE", 0);
    pass(m, TICKS_PER_US);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00000083);
    machine_free(m);

    m = bench_of(&bare);
    reg_write(m, CR, 0x00010083);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, CR) & HSERDY, ==, 0);
    g_assert_nonnull(strstr(explain(m, CR), "no HSE crystal"));
    machine_free(m);
}

static void bypass(void)
{
    struct machine *m = bench();
    reg_write(m, CR, 0x00040083);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00040083);
    reg_write(m, CR, 0x00010083); /* the write that switches it on may change HSEBYP still */
    reg_write(m, CR, 0x00050083);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00010083);
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 1);
    reg_write(m, BDCR, 5);
    g_assert_cmphex(reg_read(m, BDCR), ==, 1);
    reg_write(m, BDCR, 0);
    reg_write(m, BDCR, 4);
    g_assert_cmphex(reg_read(m, BDCR), ==, 4);
    machine_free(m);
}

static void pll(void)
{
    struct machine *m = bench();
    g_assert_nonnull(strstr(explain(m, CR), "PLL is off"));
    /* its source is not on yet: it waits */
    reg_write(m, PLLCFGR, 0x05403C1A);
    reg_write(m, CR, 0x01000083);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, CR) & PLLRDY, ==, 0);
    g_assert_nonnull(strstr(explain(m, CR), "source HSE does not run"));
    reg_write(m, CR, 0x01010083);
    pass(m, 500 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CR) & PLLRDY, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR) & PLLRDY, ==, PLLRDY);
    assert_clock(m, "PLL48CLK", 48000000);
    reg_write(m, CFGR, 0x9402);
    assert_clock(m, "SYSCLK", 120000000);
    reg_write(m, CR, 0x00000083); /* in use, and so is its source */
    g_assert_cmphex(reg_read(m, CR), ==, 0x03030083);
    reg_write(m, CFGR, 0);
    reg_write(m, CR, 0x00010083);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00030083);
    assert_clock(m, "PLL48CLK", 0);
    /* without its source it loses lock */
    reg_write(m, CR, 0x01010083);
    pass(m, TICKS_PER_MS);
    reg_write(m, CR, 0x01000083);
    g_assert_cmphex(reg_read(m, CR) & PLLRDY, ==, 0);
    machine_free(m);
}

static void pll_factors(void)
{
    struct machine *m = bench();
    /* HSI 16 MHz / 13 * 315 / 6, and / 7 */
    reg_write(m, PLLCFGR, 13 | 315 << 6 | 2 << 16 | 7 << 24);
    reg_write(m, CR, 0x01000083);
    pass(m, TICKS_PER_MS);
    reg_write(m, CFGR, 2);
    g_assert_true(clock_is(m, "SYSCLK", UINT64_C(16000000) * 315, 13 * 6));
    g_assert_true(clock_is(m, "PLL48CLK", UINT64_C(16000000) * 315, 13 * 7));
    /* the factors are locked while the PLL is on */
    reg_write(m, PLLCFGR, 0x05403C1A);
    g_assert_true(clock_is(m, "SYSCLK", UINT64_C(16000000) * 315, 13 * 6));
    g_assert_cmphex(reg_read(m, PLLCFGR) & 0x0F437FFF, ==, (13 | 315 << 6 | 2 << 16 | 7 << 24));
    reg_write(m, CFGR, 0);
    reg_write(m, CR, 0x83);
    /* PLLM below 2 is a wrong configuration */
    reg_write(m, PLLCFGR, 1 | 240 << 6 | 5 << 24);
    reg_write(m, CR, 0x01000083);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, CR) & PLLRDY, ==, 0);
    g_assert_nonnull(strstr(explain(m, CR), "PLLM"));
    /* PLLP = 3: divided by 8; PLLSRC = 1: from the HSE */
    reg_write(m, CR, 0x00010083);
    pass(m, TICKS_PER_MS);
    reg_write(m, PLLCFGR, 26 | 240 << 6 | 3 << 16 | 1 << 22 | 15 << 24);
    reg_write(m, CR, 0x01010083);
    pass(m, TICKS_PER_MS);
    reg_write(m, CFGR, 2);
    assert_clock(m, "SYSCLK", 30000000);
    assert_clock(m, "PLL48CLK", 16000000);
    machine_free(m);
}

static void plli2s(void)
{
    struct machine *m = bench();
    reg_write(m, CR, 0x04000083);
    pass(m, 200 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CR), ==, 0x04000083);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR), ==, 0x0C000083);
    /* PLLM and PLLSRC serve both PLLs */
    reg_write(m, PLLCFGR, 0x05403C1A);
    g_assert_cmphex(reg_read(m, PLLCFGR) & 0x0F437FFF, ==, 0x05003C10);
    reg_write(m, CR, 0x00000083);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00000083);
    machine_free(m);
}

static void switch_source(void)
{
    struct machine *m = bench();
    /* to a source that is not ready: as soon as it is */
    reg_write(m, CFGR, 1);
    g_assert_cmphex(reg_read(m, CFGR), ==, 1);
    g_assert_nonnull(strstr(explain(m, CFGR), "HSE"));
    reg_write(m, CR, 0x00010083);
    pass(m, 300 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CFGR), ==, 1);
    assert_clock(m, "SYSCLK", 16000000);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CFGR), ==, 5);
    g_assert_null(explain(m, CFGR));
    assert_clock(m, "SYSCLK", 26000000);
    /* 3 is not allowed: nothing changes */
    reg_write(m, CFGR, 3);
    g_assert_cmphex(reg_read(m, CFGR), ==, 7);
    reg_write(m, CFGR, 0);
    g_assert_cmphex(reg_read(m, CFGR), ==, 0);
    machine_free(m);
}

static void prescalers(void)
{
    static const unsigned ahb[16] = {1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 8, 16, 64, 128, 256, 512};
    static const unsigned apb[8] = {1, 1, 1, 1, 2, 4, 8, 16};
    struct machine *m = bench();
    for (unsigned i = 0; i < 16; i++) {
        reg_write(m, CFGR, i << 4);
        assert_clock(m, "SYSCLK", 16000000);
        g_assert_true(clock_is(m, "HCLK", 16000000, ahb[i]));
        g_assert_true(clock_is(m, "PCLK1", 16000000, ahb[i]));
    }
    for (unsigned i = 0; i < 8; i++) {
        unsigned other = (i + 3) % 8;
        reg_write(m, CFGR, i << 10 | other << 13 | 8 << 4);
        g_assert_true(clock_is(m, "PCLK1", 8000000, apb[i]));
        g_assert_true(clock_is(m, "TIMCLK1", apb[i] == 1 ? 8000000 : 16000000, apb[i]));
        g_assert_true(clock_is(m, "PCLK2", 8000000, apb[other]));
        g_assert_true(clock_is(m, "TIMCLK2", apb[other] == 1 ? 8000000 : 16000000, apb[other]));
    }
    run_at_120_mhz(m);
    g_assert_cmphex(reg_read(m, CFGR), ==, 0x940A);
    assert_clock(m, "HCLK", 120000000);
    assert_clock(m, "PCLK1", 30000000);
    assert_clock(m, "TIMCLK1", 60000000);
    assert_clock(m, "PCLK2", 60000000);
    assert_clock(m, "TIMCLK2", 120000000);
    machine_free(m);
}

static void interrupts(void)
{
    struct machine *m = bench();
    probe_set(m, 0, 1);
    /* ready while its interrupt is off: no flag */
    reg_write(m, CSR, 1);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, CIR), ==, 0);
    reg_write(m, CSR, 0);
    pass(m, TICKS_PER_MS);

    static const struct {
        uint32_t address, on;
    } sources[] = {{CSR, 1}, {BDCR, 1}, {CR, 0x00010082}, {CR, 0x00010083}, {CR, 0x01010083}, {CR, 0x05010083}};
    reg_write(m, CIR, 0x3F00);
    static const unsigned order[] = {0, 1, 3, 4, 5, 2};
    for (unsigned i = 0; i < G_N_ELEMENTS(order); i++) {
        unsigned n = order[i];
        if (n == 2) { /* HSI: change to HSE, switch off and on again */
            reg_write(m, CFGR, 1);
            reg_write(m, CR, 0x00010082);
            pass(m, TICKS_PER_MS);
            reg_write(m, CR, 0x00010083);
        } else {
            reg_write(m, sources[n].address, sources[n].on);
        }
        g_assert_cmpuint(probe_level(m, 0), ==, 0);
        pass(m, 2 * TICKS_PER_MS);
        g_assert_cmphex(reg_read(m, CIR), ==, 0x3F00 | 1u << n);
        g_assert_cmpuint(probe_level(m, 0), ==, 1);
        reg_write(m, CIR, 0x3F00 & ~(1u << (8 + n))); /* masked */
        g_assert_cmpuint(probe_level(m, 0), ==, 0);
        reg_write(m, CIR, 0x3F00);
        g_assert_cmpuint(probe_level(m, 0), ==, 1);
        reg_write(m, CIR, 0x3F00 | 1u << (16 + n));
        g_assert_cmpuint(probe_level(m, 0), ==, 0);
        g_assert_cmphex(reg_read(m, CIR), ==, 0x3F00);
    }
    machine_free(m);
}

static void lse(void)
{
    struct machine *m = bench();
    reg_write(m, BDCR, 1); /* write-protected */
    g_assert_cmphex(reg_read(m, BDCR), ==, 0);
    g_assert_nonnull(strstr(explain(m, BDCR), "DBP"));
    probe_set(m, 0, 1);
    g_assert_cmpstr(explain(m, BDCR), ==, "LSE is off");
    reg_write(m, BDCR, 1);
    pass(m, TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, BDCR), ==, 1);
    assert_clock(m, "LSE", 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, BDCR), ==, 3);
    assert_clock(m, "LSE", 32768);
    /* survives a system reset */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, BDCR), ==, 3);
    assert_clock(m, "LSE", 32768);
    reg_write(m, BDCR, 0);
    assert_clock(m, "LSE", 0);
    pass(m, 6 * TICKS_PER_SECOND / 32768 + 1);
    g_assert_cmphex(reg_read(m, BDCR), ==, 0);
    /* so does the wait for it */
    reg_write(m, BDCR, 1);
    pass(m, TICKS_PER_MS / 2);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    pass(m, TICKS_PER_MS / 2);
    g_assert_cmphex(reg_read(m, BDCR), ==, 3);
    machine_free(m);

    m = bench_of(&bare);
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 1);
    pass(m, 10 * TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, BDCR), ==, 1);
    g_assert_nonnull(strstr(explain(m, BDCR), "no 32.768 kHz crystal"));
    machine_free(m);
}

static void lsi(void)
{
    struct machine *m = bench();
    g_assert_cmpstr(explain(m, CSR), ==, "LSI is off");
    reg_write(m, CSR, 1);
    pass(m, 15 * TICKS_PER_US - 1);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 1);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 3);
    assert_clock(m, "LSI", 32000);
    reg_write(m, CSR, 0);
    assert_clock(m, "LSI", 0);
    pass(m, 3 * TICKS_PER_SECOND / 32000 - 1);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 2);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 0);
    /* the watchdog forces it on, and keeps it on */
    probe_set(m, 1, 1);
    pass(m, 15 * TICKS_PER_US);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 2);
    assert_clock(m, "LSI", 32000);
    reg_write(m, CSR, 1);
    reg_write(m, CSR, 0);
    g_assert_cmphex(reg_read(m, CSR) & 3, ==, 2);
    assert_clock(m, "LSI", 32000);
    probe_set(m, 1, 0);
    assert_clock(m, "LSI", 0);
    machine_free(m);
}

static void rtc_clock(void)
{
    struct machine *m = bench();
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 0x0101);
    pass(m, TICKS_PER_MS);
    assert_clock(m, "RTCCLK", 0);
    reg_write(m, BDCR, 0x8101);
    assert_clock(m, "RTCCLK", 32768);
    /* the source can be chosen once */
    reg_write(m, BDCR, 0x8201);
    g_assert_cmphex(reg_read(m, BDCR), ==, 0x8103);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    assert_clock(m, "RTCCLK", 32768);
    reg_write(m, BDCR, 0x18103);
    reg_write(m, BDCR, 0);
    assert_clock(m, "RTCCLK", 0);
    reg_write(m, BDCR, 0x8200);
    reg_write(m, CSR, 1);
    pass(m, TICKS_PER_MS);
    assert_clock(m, "RTCCLK", 32000);
    reg_write(m, BDCR, 0x18200);
    reg_write(m, BDCR, 0x8300);
    reg_write(m, CR, 0x00010083);
    reg_write(m, CFGR, 26 << 16);
    pass(m, TICKS_PER_MS);
    assert_clock(m, "RTCCLK", 1000000);
    reg_write(m, CFGR, 1 << 16); /* 0 and 1: no clock */
    assert_clock(m, "RTCCLK", 0);
    reg_write(m, CFGR, 31 << 16);
    g_assert_true(clock_is(m, "RTCCLK", 26000000, 31));
    machine_free(m);
}

static void backup_reset(void)
{
    struct machine *m = bench();
    reg_write(m, BDCR, 0x10000); /* protected */
    g_assert_cmphex(reg_read(m, BDCR), ==, 0);
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 0x8101);
    pass(m, TICKS_PER_MS);
    reg_write(m, BDCR, 0x18101);
    g_assert_cmphex(reg_read(m, BDCR), ==, 0x10000);
    assert_clock(m, "LSE", 0);
    reg_write(m, BDCR, 0x18101); /* held in reset */
    g_assert_cmphex(reg_read(m, BDCR), ==, 0x10000);
    reg_write(m, BDCR, 0);
    g_assert_cmphex(reg_read(m, BDCR), ==, 0);
    /* BDRST itself is no part of the backup domain */
    reg_write(m, BDCR, 0x10000);
    machine_apply_reset(m, RESET_SYSTEM, "pin");
    g_assert_cmphex(reg_read(m, BDCR), ==, 0);
    machine_free(m);
}

static void backup_kept(void)
{
    struct machine *m = bench();
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 0x8101);
    pass(m, TICKS_PER_MS);
    uint32_t kept = stm32f2_rcc_backup_get(machine_device(m, "RCC"));
    g_assert_cmphex(kept, ==, 0x8103);
    machine_free(m);

    m = bench();
    stm32f2_rcc_backup_set(machine_device(m, "RCC"), kept);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, BDCR), ==, 0x8103);
    assert_clock(m, "RTCCLK", 32768);
    machine_free(m);
}

static void reset_flags(void)
{
    static const struct {
        const char *cause;
        uint32_t flags;
    } expected[] = {{"pin", 0x04000000},  {"software", 0x14000000},  {"iwdg", 0x24000000},
                    {"wwdg", 0x44000000}, {"low-power", 0x84000000}, {"standby", 0}};
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, CSR), ==, 0x0E000000);
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        reg_write(m, CSR, 0x01000000);
        g_assert_cmphex(reg_read(m, CSR), ==, 0);
        machine_apply_reset(m, RESET_SYSTEM, expected[i].cause);
        g_assert_cmphex(reg_read(m, CSR), ==, expected[i].flags);
    }
    /* they add up */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    machine_apply_reset(m, RESET_SYSTEM, "iwdg");
    g_assert_cmphex(reg_read(m, CSR), ==, 0x34000000);
    /* software cannot write them, and LSION does not survive */
    reg_write(m, CSR, 0xCA000001);
    g_assert_cmphex(reg_read(m, CSR), ==, 0x34000001);
    reg_write(m, CSR, 0xFF000001);
    g_assert_cmphex(reg_read(m, CSR), ==, 1);
    machine_apply_reset(m, RESET_SYSTEM, "pin");
    g_assert_cmphex(reg_read(m, CSR), ==, 0x04000000);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CSR), ==, 0x0E000000);
    machine_free(m);
}

static void enable_lines(void)
{
    struct machine *m = bench();
    g_assert_cmpuint(probe_level(m, 4), ==, 1); /* bit 20 of the reset value */
    reg_write(m, AHB1ENR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, AHB1ENR), ==, 0x7E7411FF);
    g_assert_cmpuint(probe_level(m, 1), ==, 1);
    g_assert_cmpuint(probe_level(m, 2), ==, 0);
    reg_write(m, APB1ENR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, APB1ENR), ==, 0x36FEC9FF);
    g_assert_cmpuint(probe_level(m, 2), ==, 0);
    reg_write(m, APB2ENR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, APB2ENR), ==, 0x00075F33);
    g_assert_cmpuint(probe_level(m, 2), ==, 1);
    reg_write(m, AHB1ENR, 0xFFFFFFFE);
    g_assert_cmpuint(probe_level(m, 1), ==, 0);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, 2), ==, 0);
    g_assert_cmpuint(probe_level(m, 4), ==, 1);
    g_assert_cmphex(reg_read(m, AHB1ENR), ==, 0x00100000);
    machine_free(m);
}

static void reset_lines(void)
{
    struct machine *m = bench();
    reg_write(m, AHB1RSTR, 1);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    g_assert_cmpuint(probe_level(m, 1), ==, 0);
    g_assert_cmpuint(probe_level(m, 5), ==, 0);
    reg_write(m, AHB1RSTR, 0);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    reg_write(m, BASE + 0x14, 0x40);
    g_assert_cmpuint(probe_level(m, 5), ==, 1);
    static const uint32_t masks[][2] = {{0x10, 0x226011FF}, {0x14, 0xF1}, {0x18, 1}, {0x20, 0x36FEC9FF}, {0x24, 0x00075933}};
    for (unsigned i = 0; i < G_N_ELEMENTS(masks); i++) {
        reg_write(m, BASE + masks[i][0], 0xFFFFFFFF);
        g_assert_cmphex(reg_read(m, BASE + masks[i][0]), ==, masks[i][1]);
    }
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    g_assert_cmpuint(probe_level(m, 5), ==, 0);
    machine_free(m);
}

static void stop_mode(void)
{
    struct machine *m = bench();
    probe_set(m, 0, 1);
    reg_write(m, BDCR, 0x8101);
    pass(m, TICKS_PER_MS);
    run_at_120_mhz(m);
    probe_set(m, 2, 1);
    assert_clock(m, "SYSCLK", 0);
    assert_clock(m, "HCLK", 0);
    assert_clock(m, "PLL48CLK", 0);
    assert_clock(m, "RTCCLK", 32768);
    pass(m, TICKS_PER_SECOND);
    assert_clock(m, "HSI", 0);
    probe_set(m, 2, 0);
    g_assert_cmphex(reg_read(m, CR), ==, 0x00000083);
    g_assert_cmphex(reg_read(m, CFGR), ==, 0x9400);
    g_assert_cmphex(reg_read(m, PLLCFGR) & 0x0F437FFF, ==, 0x05403C1A & 0x0F437FFF);
    assert_clock(m, "SYSCLK", 16000000);
    assert_clock(m, "PCLK1", 4000000);
    machine_free(m);
}

static void system_reset(void)
{
    struct machine *m = bench();
    run_at_120_mhz(m);
    reg_write(m, CIR, 0x3F00);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, CR), ==, 0x83);
    g_assert_cmphex(reg_read(m, CFGR), ==, 0);
    g_assert_cmphex(reg_read(m, PLLCFGR), ==, 0x24003010);
    g_assert_cmphex(reg_read(m, CIR), ==, 0);
    assert_clock(m, "SYSCLK", 16000000);
    assert_clock(m, "HSE", 0);
    assert_clock(m, "PLL48CLK", 0);
    /* an oscillator that was starting is forgotten */
    reg_write(m, CR, 0x00010083);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, CR), ==, 0x83);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rcc/reset-values", reset_values);
    g_test_add_func("/rcc/hsi", hsi);
    g_test_add_func("/rcc/hse", hse);
    g_test_add_func("/rcc/bypass", bypass);
    g_test_add_func("/rcc/pll", pll);
    g_test_add_func("/rcc/pll-factors", pll_factors);
    g_test_add_func("/rcc/plli2s", plli2s);
    g_test_add_func("/rcc/switch", switch_source);
    g_test_add_func("/rcc/prescalers", prescalers);
    g_test_add_func("/rcc/interrupts", interrupts);
    g_test_add_func("/rcc/lse", lse);
    g_test_add_func("/rcc/lsi", lsi);
    g_test_add_func("/rcc/rtc-clock", rtc_clock);
    g_test_add_func("/rcc/backup-reset", backup_reset);
    g_test_add_func("/rcc/backup-kept", backup_kept);
    g_test_add_func("/rcc/reset-flags", reset_flags);
    g_test_add_func("/rcc/enable-lines", enable_lines);
    g_test_add_func("/rcc/reset-lines", reset_lines);
    g_test_add_func("/rcc/stop-mode", stop_mode);
    g_test_add_func("/rcc/system-reset", system_reset);
    return g_test_run();
}
