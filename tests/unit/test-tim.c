/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers: every expectation is from RM0033 chapters 12 to 15. The kernel clock is 60 MHz, as on APB1 of a Photon. */
#include "peripherals/stm32f2/tim.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40000000 };
enum {
    CR1 = BASE,
    CR2 = BASE + 0x04,
    SMCR = BASE + 0x08,
    DIER = BASE + 0x0C,
    SR = BASE + 0x10,
    EGR = BASE + 0x14,
    CCMR1 = BASE + 0x18,
    CCMR2 = BASE + 0x1C,
    CCER = BASE + 0x20,
    CNT = BASE + 0x24,
    PSC = BASE + 0x28,
    ARR = BASE + 0x2C,
    RCR = BASE + 0x30,
    CCR1 = BASE + 0x34,
    CCR2 = BASE + 0x38,
    CCR3 = BASE + 0x3C,
    CCR4 = BASE + 0x40,
    BDTR = BASE + 0x44,
    DCR = BASE + 0x48,
    DMAR = BASE + 0x4C,
    OR = BASE + 0x50,
};
enum { CEN = 1, UDIS = 2, URS = 4, OPM = 8, DOWN = 0x10, ARPE = 0x80 };
enum { UIF = 1, CC1IF = 2, CC2IF = 4, CC3IF = 8, CC4IF = 0x10, COMIF = 0x20, TIF = 0x40, BIF = 0x80, CC1OF = 0x200 };
enum { PWM1 = 6, PWM2 = 7 };

#define CLOCK (TICKS_PER_SECOND / 60000000)

/* Probe inputs; what an advanced timer has on top is behind. */
enum { CH1, CH2, CH3, CH4, TRGO, IRQ, DMA_UP, DMA_CH1, DMA_CH2, DMA_CH3, DMA_CH4, DMA_TRIG, DMA_COM, IRQ_CC, IRQ_TRG, IRQ_BRK };
/* Probe outputs. */
enum { TI1, TI2, TI3, TI4, ETR, ITR0, ITR1, ITR2, ITR3, BRK };

static void join(struct machine *m, const char *const *names, unsigned n, const char *name, const char *probe, unsigned pin)
{
    for (unsigned i = 0; i < n; i++)
        if (names[i] != NULL && g_str_equal(names[i], name)) {
            g_autofree char *timer_line = g_strconcat("TIM.", name, NULL);
            g_autofree char *probe_line = g_strdup_printf("%s%u", probe, pin);
            if (g_str_has_suffix(probe, ".in"))
                machine_connect(m, timer_line, probe_line);
            else
                machine_connect(m, probe_line, timer_line);
        }
}

static struct machine *bench(const struct device_class *class)
{
    static const char *const outputs[] = {"ch1",     "ch2",     "ch3",     "ch4",     "trgo",    "irq",
                                          "dma_up",  "dma_ch1", "dma_ch2", "dma_ch3", "dma_ch4", "dma_trig",
                                          "dma_com", "irq_cc",  "irq_trg", "irq_brk"};
    static const char *const inputs[] = {"ti1", "ti2", "ti3", "ti4", "etr", "itr0", "itr1", "itr2", "itr3", "brk"};
    static const char *const complements[] = {"ch1n", "ch2n", "ch3n"};
    struct machine *m = bench_new();
    machine_add_device(m, class, "TIM", BASE, NULL);
    machine_add_device(m, &probe_class, "more", 0, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(outputs); i++)
        join(m, class->output_names, class->n_outputs, outputs[i], "probe.in", i);
    join(m, class->output_names, class->n_outputs, "irq_up", "probe.in", IRQ);
    for (unsigned i = 0; i < G_N_ELEMENTS(complements); i++)
        join(m, class->output_names, class->n_outputs, complements[i], "more.in", i);
    for (unsigned i = 0; i < G_N_ELEMENTS(inputs); i++)
        join(m, class->input_names, class->n_inputs, inputs[i], "probe.out", i);
    machine_connect_clock(m, "PCLK1", "TIM.bus");
    machine_connect_clock(m, "TIMCLK1", "TIM.kernel");
    machine_connect_gate(m, "more.out0", "TIM");
    machine_connect_reset(m, "more.out1", "TIM");
    machine_seal(m);
    machine_power_on(m);
    device_set_level(machine_device(m, "more"), 0, 1);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(30000000));
    machine_set_clock(m, "TIMCLK1", FREQUENCY_HZ(60000000));
    return m;
}

static struct machine *general(void)
{
    return bench(&stm32f2_tim_general32_class);
}

static struct machine *advanced(void)
{
    return bench(&stm32f2_tim_advanced_class);
}

static void clocks(struct machine *m, uint64_t n)
{
    pass(m, n * CLOCK);
}

static struct signal output(struct machine *m, unsigned channel)
{
    return bench_probe(m)->in[channel];
}

static struct signal complement(struct machine *m, unsigned channel)
{
    return ((struct probe *)machine_device(m, "more")->state)->in[channel];
}

static bool now_high(struct machine *m, struct signal s)
{
    return signal_level_at(&s, machine_now(m)) != 0;
}

/* Nothing is scheduled: the timer costs nothing. */
static void assert_idle(struct machine *m)
{
    struct device *dev = machine_device(m, "TIM");
    for (unsigned i = 0; i < dev->class->n_timers; i++)
        g_assert_cmpuint(device_timer_due(dev, i), ==, TICKS_NEVER);
}

static void set_pwm(struct machine *m, uint32_t arr, uint32_t ccr, unsigned mode)
{
    reg_write(m, ARR, arr);
    reg_write(m, CCR1, ccr);
    reg_write(m, CCMR1, mode << 4);
    reg_write(m, CCER, 1);
}

/* ---- time base ---- */

static void up_counting(void)
{
    struct machine *m = general();
    g_assert_cmphex(reg_read(m, ARR), ==, 0xFFFFFFFF);
    reg_write(m, ARR, 9);
    clocks(m, 5);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    reg_write(m, CR1, CEN);
    for (unsigned k = 0; k < 35; k++, clocks(m, 1))
        g_assert_cmpuint(reg_read(m, CNT), ==, k % 10);
    pass(m, CLOCK - 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 5);
    pass(m, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 6);
    reg_write(m, CR1, 0);
    clocks(m, 3);
    g_assert_cmpuint(reg_read(m, CNT), ==, 6);
    reg_write(m, CNT, 8);
    reg_write(m, CR1, CEN);
    clocks(m, 3);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    reg_write(m, ARR, 0); /* a counter without a period is blocked */
    clocks(m, 100);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    machine_free(m);
}

static void beyond_reload(void)
{
    struct machine *m = bench(&stm32f2_tim_general16_class);
    reg_write(m, CR1, CEN);
    clocks(m, 100);
    reg_write(m, ARR, 49);
    reg_write(m, CCR1, 200);
    clocks(m, 99);
    g_assert_cmpuint(reg_read(m, CNT), ==, 199);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, CC1IF);
    clocks(m, 0x10000 - 200 + 20);
    g_assert_cmpuint(reg_read(m, CNT), ==, 20);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    clocks(m, 30);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    machine_free(m);
}

static void prescaler(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, PSC, 3);
    reg_write(m, CR1, CEN);
    clocks(m, 9); /* not in force before the update event */
    g_assert_cmpuint(reg_read(m, CNT), ==, 9);
    clocks(m, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    clocks(m, 3);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    clocks(m, 4 * 10 + 2);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    reg_write(m, EGR, UIF); /* UG clears the prescaler's own count too */
    clocks(m, 3);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    machine_free(m);
}

static void auto_reload_preload(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CR1, CEN | ARPE);
    clocks(m, 3);
    reg_write(m, ARR, 4);
    g_assert_cmpuint(reg_read(m, ARR), ==, 4);
    clocks(m, 6);
    g_assert_cmpuint(reg_read(m, CNT), ==, 9);
    clocks(m, 1 + 4);
    g_assert_cmpuint(reg_read(m, CNT), ==, 4);
    clocks(m, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    reg_write(m, CR1, CEN);
    reg_write(m, ARR, 19);
    clocks(m, 19);
    g_assert_cmpuint(reg_read(m, CNT), ==, 19);
    machine_free(m);
}

static void down_counting(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CR1, DOWN);
    reg_write(m, EGR, UIF);
    reg_write(m, SR, 0);
    g_assert_cmpuint(reg_read(m, CNT), ==, 9);
    reg_write(m, CR1, CEN | DOWN | ARPE);
    reg_write(m, CCR1, 7);
    clocks(m, 2);
    g_assert_cmpuint(reg_read(m, CNT), ==, 7);
    g_assert_cmphex(reg_read(m, SR), ==, CC1IF);
    reg_write(m, ARR, 4);
    clocks(m, 7);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    clocks(m, 1); /* ARR is reloaded before the counter is */
    g_assert_cmpuint(reg_read(m, CNT), ==, 4);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    clocks(m, 5);
    g_assert_cmpuint(reg_read(m, CNT), ==, 4);
    machine_free(m);
}

static void centre_aligned(void)
{
    static const uint32_t count[] = {0, 1, 2, 3, 4, 5, 6, 5, 4, 3, 2, 1, 0, 1, 2};
    /* CMS 1 flags on the way down, 2 on the way up, 3 on both; CCR 4 is passed at steps 4 and 8. */
    for (unsigned cms = 1; cms <= 3; cms++) {
        struct machine *m = general();
        reg_write(m, ARR, 6);
        reg_write(m, CCR1, 4);
        reg_write(m, CCR3, 6); /* the turning points are flagged in each mode */
        reg_write(m, CCR4, 0);
        reg_write(m, CR1, cms << 5);
        reg_write(m, CR1, CEN | cms << 5);
        for (unsigned k = 0; k < G_N_ELEMENTS(count); k++, clocks(m, 1)) {
            g_assert_cmpuint(reg_read(m, CNT), ==, count[k]);
            if (k == 0)
                continue;
            g_assert_cmpuint((reg_read(m, CR1) & DOWN) != 0, ==, k >= 6 && k < 12);
            uint32_t expected = k == 6 ? UIF | CC3IF : k == 12 ? UIF | CC4IF : 0;
            if ((k == 4 && (cms & 2)) || (k == 8 && (cms & 1)))
                expected |= CC1IF;
            if (k == 12)
                expected |= CC2IF; /* CCR2 is 0 */
            g_assert_cmphex(reg_read(m, SR), ==, expected);
            reg_write(m, SR, 0);
        }
        reg_write(m, CR1, (reg_read(m, CR1) | DOWN)); /* read-only in these modes */
        g_assert_cmphex(reg_read(m, CR1) & DOWN, ==, 0);
        machine_free(m);
    }
}

static void wide_counter(void)
{
    struct machine *m = general();
    reg_write(m, CNT, 0xFFFFFFF0);
    reg_write(m, CR1, CEN);
    clocks(m, 15);
    g_assert_cmphex(reg_read(m, CNT), ==, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, CNT), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    reg_write(m, ARR, 0x12345678);
    g_assert_cmphex(reg_read(m, ARR), ==, 0x12345678);
    machine_free(m);
    m = bench(&stm32f2_tim_general16_class);
    reg_write(m, CNT, 0xFFFFFFF0);
    g_assert_cmphex(reg_read(m, CNT), ==, 0xFFF0);
    reg_write(m, ARR, 0x12345678);
    g_assert_cmphex(reg_read(m, ARR), ==, 0x5678);
    machine_free(m);
}

static void update_disable(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, PSC, 1);
    reg_write(m, CR1, CEN | UDIS);
    clocks(m, 25);
    g_assert_cmpuint(reg_read(m, CNT), ==, 5);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    reg_write(m, EGR, UIF); /* the counter is cleared all the same */
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    clocks(m, 5);
    g_assert_cmpuint(reg_read(m, CNT), ==, 5);
    machine_free(m);
}

static void update_request_source(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, PSC, 1);
    reg_write(m, CR1, CEN | URS);
    reg_write(m, EGR, UIF);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    g_assert_cmphex(reg_read(m, EGR), ==, 0);
    clocks(m, 2); /* an update event it was: the prescaler is loaded */
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    clocks(m, 18);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    reg_write(m, SR, 0);
    reg_write(m, CR1, CEN);
    reg_write(m, EGR, UIF);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    machine_free(m);
}

static void one_pulse(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 3);
    reg_write(m, CCMR1, PWM2 << 4);
    reg_write(m, CCER, 1);
    for (unsigned i = 0; i < 2; i++) {
        reg_write(m, CR1, CEN | OPM);
        clocks(m, 2);
        g_assert_cmpuint(probe_level(m, CH1), ==, 0);
        clocks(m, 1);
        g_assert_cmpuint(probe_level(m, CH1), ==, 1);
        clocks(m, 6);
        g_assert_cmpuint(probe_level(m, CH1), ==, 1);
        g_assert_cmphex(reg_read(m, CR1), ==, CEN | OPM);
        clocks(m, 1);
        g_assert_cmpuint(probe_level(m, CH1), ==, 0);
        g_assert_cmphex(reg_read(m, CR1), ==, OPM);
        clocks(m, 50);
        g_assert_cmpuint(reg_read(m, CNT), ==, 0);
        assert_idle(m);
    }
    g_assert_cmpuint(probe_rises(m, CH1), ==, 2);
    machine_free(m);
}

static void repetition(void)
{
    struct machine *m = advanced();
    reg_write(m, ARR, 9);
    reg_write(m, RCR, 2);
    reg_write(m, EGR, UIF);
    reg_write(m, SR, 0);
    reg_write(m, CR1, CEN);
    clocks(m, 29);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    reg_write(m, SR, 0);
    clocks(m, 10 * 3 * 7 - 1); /* in one go */
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    reg_write(m, SR, 0);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, UIF);
    reg_write(m, SR, 0);
    clocks(m, 29);
    g_assert_cmphex(reg_read(m, SR) & UIF, ==, 0);
    machine_free(m);
}

static void lazy_flags(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 4);
    reg_write(m, CR1, CEN);
    assert_idle(m);
    clocks(m, 9);
    g_assert_cmphex(reg_read(m, SR), ==, CC1IF);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, UIF | CC1IF);
    reg_write(m, SR, (uint32_t)~UIF); /* zeros clear, ones do nothing */
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, CC1IF);
    reg_write(m, SR, (uint32_t)~CC1IF);
    clocks(m, 3);
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, 0);
    reg_write(m, SR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, 0);
    clocks(m, 7); /* both fall due unseen, and are cleared by a write that comes later */
    reg_write(m, SR, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    clocks(m, 15); /* the same, but the write names one of them only */
    reg_write(m, SR, (uint32_t)~UIF);
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, CC1IF);
    reg_write(m, SR, 0);
    clocks(m, 1000000000); /* a hundred million periods cost no more than one */
    g_assert_cmphex(reg_read(m, SR) & (UIF | CC1IF), ==, UIF | CC1IF);
    assert_idle(m);
    machine_free(m);
}

static void update_interrupt(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, DIER, UIF);
    reg_write(m, CR1, CEN);
    pass(m, 10 * CLOCK - 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    pass(m, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    clocks(m, 5);
    reg_write(m, SR, (uint32_t)~UIF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    clocks(m, 4);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    reg_write(m, DIER, 0);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    reg_write(m, DIER, UIF); /* the flag is still set */
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);
    m = advanced();
    reg_write(m, ARR, 9);
    reg_write(m, DIER, UIF | CC1IF);
    reg_write(m, CCR1, 4);
    reg_write(m, CR1, CEN);
    clocks(m, 5);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    g_assert_cmpuint(probe_level(m, IRQ_CC), ==, 1);
    clocks(m, 5);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);
}

/* ---- output compare ---- */

static void compare_flags(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 1);
    reg_write(m, CCR2, 5);
    reg_write(m, CCR3, 15); /* beyond ARR: at the overflow */
    reg_write(m, CCR4, 9);
    reg_write(m, CR1, CEN);
    static const uint32_t at[11] = {
        [1] = CC1IF,
        [5] = CC2IF,
        [9] = CC4IF,
        [10] = CC3IF | UIF,
    };
    for (unsigned k = 0; k <= 10; k++, clocks(m, 1)) {
        g_assert_cmphex(reg_read(m, SR), ==, at[k]);
        reg_write(m, SR, 0);
    }
    machine_free(m);
}

static void compare_interrupt(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct machine *m = general();
        reg_write(m, ARR, 99);
        reg_write(m, CCR1 + 4 * i, 10 + i);
        reg_write(m, DIER, CC1IF << i);
        reg_write(m, CR1, CEN);
        pass(m, (10 + i) * CLOCK - 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        pass(m, 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        clocks(m, 250);
        g_assert_cmpuint(probe_rises(m, IRQ), ==, 1);
        reg_write(m, SR, 0);
        clocks(m, 100);
        g_assert_cmpuint(probe_rises(m, IRQ), ==, 2);
        machine_free(m);
    }
}

/* The 10 ms time base of the bootloader: channel 1 with CCR1 = 0 beside the LED's PWM. */
static void time_base(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9999);
    reg_write(m, PSC, 59);
    reg_write(m, EGR, UIF);
    reg_write(m, DIER, CC1IF);
    reg_write(m, CR1, CEN | ARPE);
    reg_write(m, SR, 0);
    for (unsigned i = 1; i <= 100; i++) {
        pass(m, 10 * TICKS_PER_MS);
        g_assert_cmpuint(probe_rises(m, IRQ), ==, i);
        reg_write(m, SR, (uint32_t)~CC1IF);
    }
    machine_free(m);
}

static void compare_preload(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 3);
    reg_write(m, CCMR1, 8); /* OC1PE */
    reg_write(m, CR1, CEN);
    reg_write(m, CCR1, 6);
    g_assert_cmpuint(reg_read(m, CCR1), ==, 6);
    clocks(m, 3);
    g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, CC1IF);
    reg_write(m, SR, 0);
    clocks(m, 7 + 5);
    g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, 0);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, CC1IF);
    reg_write(m, CCMR1, 0); /* without preload: at once */
    reg_write(m, SR, 0);
    reg_write(m, CCR1, 8);
    clocks(m, 2);
    g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, CC1IF);
    machine_free(m);
}

static void pwm(void)
{
    /* The LED of a Photon: 100 Hz, CCR 3735 of 10000 is the low part. */
    struct machine *m = general();
    reg_write(m, ARR, 9999);
    reg_write(m, PSC, 59);
    reg_write(m, EGR, UIF);
    reg_write(m, CCMR1, PWM1 << 12 | 8 << 8);
    reg_write(m, CCMR2, PWM1 << 4 | 8 | PWM1 << 12 | 8 << 8);
    reg_write(m, CCR2, 3735);
    reg_write(m, CCR3, 3735);
    reg_write(m, CCR4, 3735);
    reg_write(m, CCER, 0x3331);
    reg_write(m, EGR, UIF);
    ticks_t start = machine_now(m);
    reg_write(m, CR1, CEN | ARPE);
    for (unsigned i = CH2; i <= CH4; i++) {
        struct signal s = output(m, i);
        g_assert_cmpuint(s.period, ==, TICKS_PER_SECOND / 100);
        g_assert_cmpuint(s.high, ==, TICKS_PER_SECOND / 100 / 10000 * (10000 - 3735));
        g_assert_cmpuint(signal_level_at(&s, start), ==, 0);
        g_assert_cmpuint(signal_level_at(&s, start + 3735 * 60 * CLOCK - 1), ==, 0);
        g_assert_cmpuint(signal_level_at(&s, start + 3735 * 60 * CLOCK), ==, 1);
        g_assert_cmpuint(signal_level_at(&s, start + 9999 * 60 * CLOCK), ==, 1);
        g_assert_cmpuint(signal_level_at(&s, start + 10000 * 60 * CLOCK), ==, 0);
    }
    assert_idle(m);
    pass(m, 35 * TICKS_PER_MS);
    /* Written in mid-period: the wave changes at the next update event and costs nothing afterwards. */
    reg_write(m, CCR2, 5000);
    g_assert_cmpuint(output(m, CH2).high, ==, TICKS_PER_MS / 1000 * 6265);
    pass(m, 5 * TICKS_PER_MS - 1);
    g_assert_cmpuint(output(m, CH2).high, ==, TICKS_PER_MS / 1000 * 6265);
    pass(m, 1);
    g_assert_cmpuint(output(m, CH2).high, ==, 5 * TICKS_PER_MS);
    struct signal s = output(m, CH2);
    g_assert_cmpuint(signal_level_at(&s, start + 45 * TICKS_PER_MS - 1), ==, 0);
    g_assert_cmpuint(signal_level_at(&s, start + 45 * TICKS_PER_MS), ==, 1);
    assert_idle(m);
    reg_write(m, CCER, 0);
    g_assert_cmpuint(output(m, CH3).period, ==, 0);
    g_assert_cmpuint(output(m, CH3).level, ==, 0);
    machine_free(m);
}

static void pwm_limits(void)
{
    struct machine *m = general();
    set_pwm(m, 9, 0, PWM1);
    reg_write(m, CR1, CEN);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    reg_write(m, CCR1, 10); /* beyond ARR: 100 % */
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    reg_write(m, CCR1, 9);
    g_assert_cmpuint(output(m, CH1).period, ==, 10 * CLOCK);
    g_assert_cmpuint(output(m, CH1).high, ==, 9 * CLOCK);
    reg_write(m, CCMR1, PWM2 << 4);
    g_assert_cmpuint(output(m, CH1).high, ==, CLOCK);
    reg_write(m, CCR1, 10);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    reg_write(m, CCR1, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    machine_free(m);
    /* 500 Hz as analogWrite sets it up in release 1.5.0: ARR 60000, 60001 is full on. */
    m = bench(&stm32f2_tim_general16_class);
    reg_write(m, PSC, 1);
    reg_write(m, EGR, UIF);
    set_pwm(m, 60000, 60001, PWM1);
    reg_write(m, CR1, CEN);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    reg_write(m, CCR1, 60000);
    g_assert_cmpuint(output(m, CH1).period, ==, 60001 * 2 * CLOCK);
    g_assert_cmpuint(output(m, CH1).high, ==, 60000 * 2 * CLOCK);
    machine_free(m);
}

static void pwm_polarity(void)
{
    struct machine *m = general();
    set_pwm(m, 9, 3, PWM1);
    reg_write(m, CR1, CEN);
    g_assert_true(now_high(m, output(m, CH1)));
    reg_write(m, CCER, 3);
    g_assert_false(now_high(m, output(m, CH1)));
    g_assert_cmpuint(output(m, CH1).high, ==, 7 * CLOCK);
    reg_write(m, CCR1, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    reg_write(m, CCER, 2); /* off is off */
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    machine_free(m);
}

/* A PWM output as seen by somebody who samples it at each clock must be what the comparison with CNT gives. */
static void check_pwm(unsigned cms_dir, uint32_t ccr, unsigned mode)
{
    struct machine *m = general();
    reg_write(m, CR1, cms_dir);
    reg_write(m, ARR, 8);
    reg_write(m, EGR, UIF);
    set_pwm(m, 8, ccr, mode);
    reg_write(m, CR1, CEN | cms_dir);
    for (unsigned k = 0; k < 40; k++, clocks(m, 1)) {
        uint32_t cnt = reg_read(m, CNT);
        bool down = reg_read(m, CR1) & DOWN, active = down ? !(cnt > ccr) : cnt < ccr;
        g_assert_cmpint(now_high(m, output(m, CH1)), ==, active == (mode == PWM1));
    }
    assert_idle(m);
    machine_free(m);
}

static void pwm_directions(void)
{
    static const unsigned modes[] = {0, DOWN, 1 << 5, 2 << 5, 3 << 5};
    for (unsigned i = 0; i < G_N_ELEMENTS(modes); i++)
        for (uint32_t ccr = 0; ccr <= 10; ccr++) {
            check_pwm(modes[i], ccr, PWM1);
            check_pwm(modes[i], ccr, PWM2);
        }
    /* Centre-aligned waves are symmetric: 2 CCR of 2 ARR steps. */
    struct machine *m = general();
    reg_write(m, CR1, 1 << 5);
    set_pwm(m, 8, 3, PWM1);
    reg_write(m, CR1, CEN | 1 << 5);
    g_assert_cmpuint(output(m, CH1).period, ==, 16 * CLOCK);
    g_assert_cmpuint(output(m, CH1).high, ==, 6 * CLOCK);
    machine_free(m);
}

static void pwm_stopped(void)
{
    struct machine *m = general();
    set_pwm(m, 9, 5, PWM1);
    reg_write(m, CR1, CEN);
    clocks(m, 7);
    reg_write(m, CR1, 0);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    reg_write(m, CNT, 2);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    reg_write(m, CNT, 5); /* at the compare value: active on the way down only */
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    reg_write(m, CR1, DOWN);
    g_assert_cmpuint(output(m, CH1).level, ==, 1);
    /* Beyond a lowered ARR: low until the counter has wrapped, then the wave again. */
    reg_write(m, CNT, 0xFFFFFFFA);
    reg_write(m, CR1, CEN);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    clocks(m, 6);
    g_assert_cmpuint(output(m, CH1).period, ==, 10 * CLOCK);
    g_assert_true(now_high(m, output(m, CH1)));
    machine_free(m);
}

static void output_modes(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 5);
    reg_write(m, CCER, 1);
    reg_write(m, CCMR1, 5 << 4); /* forced */
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    reg_write(m, CCMR1, 4 << 4);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0);
    reg_write(m, CCMR1, 1 << 4); /* active on match */
    reg_write(m, CR1, CEN);
    clocks(m, 4);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    assert_idle(m);
    clocks(m, 1);
    reg_write(m, CCMR1, 2 << 4); /* inactive on match */
    clocks(m, 8);
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    clocks(m, 1);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0);
    reg_write(m, CCMR1, 3 << 4); /* toggle: a wave of twice the timer's period */
    g_assert_cmpuint(output(m, CH1).period, ==, 20 * CLOCK);
    g_assert_cmpuint(output(m, CH1).high, ==, 10 * CLOCK);
    for (unsigned k = 0; k < 45; k++, clocks(m, 1))
        g_assert_cmpint(now_high(m, output(m, CH1)), ==, k >= 10 && (k / 10) % 2 == 1);
    assert_idle(m);
    reg_write(m, CCMR1, 0); /* frozen: the level stays; 45 clocks after the last match it is low */
    clocks(m, 30);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    machine_free(m);
    /* Toggle, centre-aligned, between two matches a cycle. */
    m = general();
    reg_write(m, CR1, 3 << 5);
    set_pwm(m, 8, 3, 3);
    reg_write(m, CR1, CEN | 3 << 5);
    for (unsigned k = 0; k < 45; k++, clocks(m, 1))
        g_assert_cmpint(now_high(m, output(m, CH1)), ==, k % 16 >= 3 && k % 16 < 13);
    machine_free(m);
}

/* ---- advanced outputs ---- */

static void complementary(void)
{
    struct machine *m = advanced();
    set_pwm(m, 9, 3, PWM1);
    reg_write(m, BDTR, 0x8000);
    reg_write(m, CR1, CEN);
    reg_write(m, CCER, 5); /* both: the complement */
    g_assert_cmpuint(output(m, CH1).high, ==, 3 * CLOCK);
    g_assert_cmpuint(complement(m, 0).high, ==, 7 * CLOCK);
    g_assert_true(now_high(m, output(m, CH1)));
    g_assert_false(now_high(m, complement(m, 0)));
    reg_write(m, CCER, 0xD);
    g_assert_cmpuint(complement(m, 0).high, ==, 3 * CLOCK);
    reg_write(m, CCER, 4); /* CH1N alone follows OC1REF */
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    g_assert_cmpuint(complement(m, 0).high, ==, 3 * CLOCK);
    reg_write(m, CCER, 0xC);
    g_assert_cmpuint(complement(m, 0).high, ==, 7 * CLOCK);
    reg_write(m, CCER, 1);
    g_assert_cmpuint(complement(m, 0).period, ==, 0);
    machine_free(m);
}

static void main_output_enable(void)
{
    struct machine *m = advanced();
    set_pwm(m, 9, 3, PWM1);
    reg_write(m, CR1, CEN);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    reg_write(m, BDTR, 0x8000);
    g_assert_cmpuint(output(m, CH1).period, ==, 10 * CLOCK);
    reg_write(m, BDTR, 0);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    machine_free(m);
}

static void idle_levels(void)
{
    struct machine *m = advanced();
    reg_write(m, CCER, 0x1555);
    reg_write(m, CR2, 0x7F00);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0); /* OSSI 0: let go */
    reg_write(m, BDTR, 0x400);
    for (unsigned bit = 0; bit < 7; bit++) {
        reg_write(m, CR2, 0x100u << bit);
        for (unsigned i = 0; i < 4; i++) {
            g_assert_cmpuint(probe_level(m, CH1 + i), ==, bit == 2 * i);
            if (i < 3)
                g_assert_cmpuint(complement(m, i).level, ==, bit == 2 * i + 1);
        }
    }
    machine_free(m);
}

static void break_input(void)
{
    struct machine *m = advanced();
    probe_set(m, BRK, 1);
    reg_write(m, DIER, BIF);
    reg_write(m, BDTR, 0x9000); /* MOE, BKE, active low */
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x9000);
    probe_set(m, BRK, 0);
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x1000);
    g_assert_cmphex(reg_read(m, SR), ==, BIF);
    g_assert_cmpuint(probe_level(m, IRQ_BRK), ==, 1);
    reg_write(m, BDTR, 0x9000); /* not while the break lasts */
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x1000);
    probe_set(m, BRK, 1);
    reg_write(m, SR, 0);
    g_assert_cmpuint(probe_level(m, IRQ_BRK), ==, 0);
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x1000); /* only software sets it again ... */
    reg_write(m, BDTR, 0x5000);                     /* ... or, with AOE, the next update event */
    reg_write(m, ARR, 9);
    reg_write(m, CR1, CEN);
    clocks(m, 9);
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x5000);
    clocks(m, 1);
    g_assert_cmphex(reg_read(m, BDTR), ==, 0xD000);
    reg_write(m, BDTR, 0xB000); /* BKP: active high */
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x3000);
    reg_write(m, BDTR, 0x8000);
    g_assert_cmphex(reg_read(m, BDTR), ==, 0x8000);
    reg_write(m, SR, 0);
    reg_write(m, EGR, BIF); /* by software */
    g_assert_cmphex(reg_read(m, BDTR), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & BIF, ==, BIF);
    machine_free(m);
}

static void commutation(void)
{
    struct machine *m = advanced();
    reg_write(m, BDTR, 0x8000);
    reg_write(m, CR2, 1); /* CCPC */
    reg_write(m, DIER, COMIF | BIT(13));
    reg_write(m, CCMR1, 5 << 4);
    reg_write(m, CCER, 1);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0);
    reg_write(m, EGR, COMIF);
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    g_assert_cmphex(reg_read(m, SR), ==, COMIF);
    g_assert_cmpuint(probe_level(m, IRQ_TRG), ==, 1);
    g_assert_cmpuint(probe_rises(m, DMA_COM), ==, 1);
    reg_write(m, SR, 0);
    g_assert_cmpuint(probe_level(m, IRQ_TRG), ==, 0);
    reg_write(m, CR2, 5); /* CCUS: by the trigger too */
    reg_write(m, SMCR, 1 << 4);
    reg_write(m, CCER, 0);
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    probe_set(m, ITR1, 1);
    g_assert_cmpuint(probe_level(m, CH1), ==, 0);
    g_assert_cmphex(reg_read(m, SR), ==, COMIF);
    reg_write(m, CR2, 0); /* without CCPC at once */
    reg_write(m, CCER, 1);
    g_assert_cmpuint(probe_level(m, CH1), ==, 1);
    machine_free(m);
}

/* ---- input capture ---- */

static void capture(void)
{
    struct machine *m = general();
    reg_write(m, CCMR1, 1 | 2 << 8);               /* IC1 and IC2 both from TI1 */
    reg_write(m, CCER, 0x31);                      /* rising, falling */
    g_assert_cmpuint(output(m, CH1).level, ==, 2); /* an input does not drive its pad */
    reg_write(m, DIER, CC1IF);
    reg_write(m, CR1, CEN);
    clocks(m, 7);
    probe_set(m, TI1, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    clocks(m, 5);
    probe_set(m, TI1, 0);
    clocks(m, 5);
    g_assert_cmphex(reg_read(m, SR) & 0x1E07, ==, CC1IF | CC2IF);
    g_assert_cmpuint(reg_read(m, CCR2), ==, 12);
    g_assert_cmphex(reg_read(m, SR) & 0x1E07, ==, CC1IF); /* reading the capture clears its flag */
    reg_write(m, CCR1, 99);                               /* read-only */
    g_assert_cmpuint(reg_read(m, CCR1), ==, 7);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    reg_write(m, CCMR1, 0); /* locked while the channels are on */
    g_assert_cmphex(reg_read(m, CCMR1), ==, 0x201);
    reg_write(m, CCER, 0);
    probe_set(m, TI1, 1);
    g_assert_cmphex(reg_read(m, SR) & 0x1E07, ==, 0);
    reg_write(m, CCMR1, 0);
    g_assert_cmphex(reg_read(m, CCMR1), ==, 0);
    reg_write(m, CCMR2, 2 | 1 << 8); /* IC3 and IC4 from TI4 */
    reg_write(m, CCER, 0x1100);
    probe_set(m, TI3, 1);
    g_assert_cmphex(reg_read(m, SR) & (CC3IF | CC4IF), ==, 0);
    probe_set(m, TI4, 1);
    g_assert_cmphex(reg_read(m, SR) & (CC3IF | CC4IF), ==, CC3IF | CC4IF);
    g_assert_cmpuint(reg_read(m, CCR3), ==, 17);
    g_assert_cmpuint(reg_read(m, CCR4), ==, 17);
    /* From TRC: an ITR. */
    reg_write(m, CCER, 0);
    reg_write(m, CCMR1, 3);
    reg_write(m, SMCR, 2 << 4);
    reg_write(m, CCER, 1);
    clocks(m, 3);
    probe_set(m, ITR2, 1);
    g_assert_cmpuint(reg_read(m, CCR1), ==, 20);
    machine_free(m);
}

static void pwm_input(void)
{
    struct machine *m = general();
    reg_write(m, CCMR1, 1 | 2 << 8);
    reg_write(m, CCER, 0x31);
    reg_write(m, SMCR, 5 << 4 | 4); /* reset on TI1FP1 */
    reg_write(m, CR1, CEN);
    struct device *probe = machine_device(m, "probe");
    device_set_signal(probe, TI1, (struct signal){.period = 100 * CLOCK, .high = 30 * CLOCK, .epoch = machine_now(m)});
    clocks(m, 350);
    g_assert_cmpuint(reg_read(m, CCR1), ==, 100);
    g_assert_cmpuint(reg_read(m, CCR2), ==, 30);
    g_assert_cmpuint(reg_read(m, CNT), ==, 50);
    reg_write(m, SMCR, 0); /* nobody follows the wave any more */
    reg_write(m, CCER, 0);
    assert_idle(m);
    machine_free(m);
}

static void capture_edges(void)
{
    static const struct {
        uint32_t ccer;
        unsigned rising, falling;
    } cases[] = {{0x1, 1, 0}, {0x3, 0, 1}, {0xB, 1, 1}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct machine *m = general();
        reg_write(m, CCMR1, 1);
        reg_write(m, CCER, cases[i].ccer);
        reg_write(m, CR1, CEN);
        probe_set(m, TI1, 1);
        g_assert_cmpuint((reg_read(m, SR) & CC1IF) != 0, ==, cases[i].rising);
        reg_write(m, SR, 0);
        probe_set(m, TI1, 0);
        g_assert_cmpuint((reg_read(m, SR) & CC1IF) != 0, ==, cases[i].falling);
        machine_free(m);
    }
}

static void capture_prescaler(void)
{
    for (unsigned psc = 0; psc < 4; psc++) {
        struct machine *m = general();
        reg_write(m, CCMR1, 1 | psc << 2);
        reg_write(m, CCER, 1);
        reg_write(m, CR1, CEN);
        unsigned captures = 0;
        for (unsigned edge = 1; edge <= 16; edge++) {
            probe_set(m, TI1, 1);
            probe_set(m, TI1, 0);
            if (reg_read(m, SR) & CC1IF)
                captures++;
            reg_write(m, SR, 0);
            g_assert_cmpuint(captures, ==, edge >> psc);
        }
        probe_set(m, TI1, 1);
        probe_set(m, TI1, 0);
        reg_write(m, CCER, 0); /* switching the channel off resets the prescaler */
        reg_write(m, CCER, 1);
        reg_write(m, SR, 0);
        for (unsigned edge = 1; edge <= 1u << psc; edge++) {
            g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, 0);
            probe_set(m, TI1, 1);
            probe_set(m, TI1, 0);
        }
        g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, CC1IF);
        machine_free(m);
    }
}

static void overcapture(void)
{
    for (unsigned i = 0; i < 4; i++) {
        struct machine *m = general();
        reg_write(m, CCMR1, 0x101);
        reg_write(m, CCMR2, 0x101);
        reg_write(m, CCER, 1u << (4 * i));
        reg_write(m, CR1, CEN);
        probe_set(m, TI1 + i, 1);
        g_assert_cmphex(reg_read(m, SR), ==, CC1IF << i);
        clocks(m, 5);
        probe_set(m, TI1 + i, 0);
        probe_set(m, TI1 + i, 1);
        g_assert_cmphex(reg_read(m, SR), ==, (CC1IF | CC1OF) << i);
        g_assert_cmpuint(reg_read(m, CCR1 + 4 * i), ==, 5);
        g_assert_cmphex(reg_read(m, SR), ==, CC1OF << i);
        reg_write(m, SR, 0);
        g_assert_cmphex(reg_read(m, SR), ==, 0);
        machine_free(m);
    }
}

static void xor_input(void)
{
    struct machine *m = general();
    reg_write(m, CR2, 0x80);
    reg_write(m, CCMR1, 1);
    reg_write(m, CCER, 0xB); /* both edges of TI1 = ti1 ^ ti2 ^ ti3 */
    reg_write(m, CR1, CEN);
    for (unsigned i = 0; i < 3; i++) {
        clocks(m, 10);
        probe_set(m, TI1 + i, 1);
        g_assert_cmpuint(reg_read(m, CCR1), ==, 10 * (i + 1));
    }
    clocks(m, 10);
    probe_set(m, TI4, 1);
    g_assert_cmpuint(reg_read(m, CCR1), ==, 30);
    machine_free(m);
}

/* ---- slave modes ---- */

static void slave_modes(void)
{
    struct machine *m = general(); /* reset */
    reg_write(m, SMCR, 4);
    reg_write(m, ARR, 99);
    reg_write(m, CR1, CEN);
    clocks(m, 30);
    probe_set(m, ITR0, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & (UIF | TIF), ==, UIF | TIF);
    clocks(m, 30);
    g_assert_cmpuint(reg_read(m, CNT), ==, 30);
    machine_free(m);

    m = general(); /* gated */
    reg_write(m, SMCR, 5);
    reg_write(m, CR1, CEN);
    clocks(m, 30);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    g_assert_nonnull(machine_device(m, "TIM")->class->explain(machine_device(m, "TIM"), 9));
    probe_set(m, ITR0, 1);
    clocks(m, 12);
    g_assert_cmphex(reg_read(m, SR) & TIF, ==, TIF);
    reg_write(m, SR, 0);
    probe_set(m, ITR0, 0);
    clocks(m, 30);
    g_assert_cmpuint(reg_read(m, CNT), ==, 12);
    g_assert_cmphex(reg_read(m, SR) & TIF, ==, TIF); /* set when it starts and when it stops */
    machine_free(m);

    m = general(); /* trigger */
    reg_write(m, SMCR, 6);
    clocks(m, 30);
    g_assert_cmphex(reg_read(m, CR1), ==, 0);
    probe_set(m, ITR0, 1);
    probe_set(m, ITR0, 0);
    g_assert_cmphex(reg_read(m, CR1), ==, CEN);
    clocks(m, 7);
    g_assert_cmpuint(reg_read(m, CNT), ==, 7);
    machine_free(m);

    m = general(); /* external clock mode 1 */
    reg_write(m, SMCR, 7);
    reg_write(m, PSC, 1);
    reg_write(m, EGR, UIF);
    reg_write(m, SR, 0);
    reg_write(m, ARR, 2);
    reg_write(m, DIER, UIF);
    reg_write(m, CR1, CEN);
    for (unsigned k = 1; k <= 6; k++) {
        clocks(m, 10);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        probe_set(m, ITR0, 1);
        probe_set(m, ITR0, 0);
        g_assert_cmpuint(reg_read(m, CNT), ==, k / 2 % 3);
    }
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);
}

static void external_clock_pwm(void)
{
    /* An output of a timer that an external clock drives follows step by step. */
    struct machine *m = general();
    set_pwm(m, 3, 2, PWM1);
    reg_write(m, SMCR, 7);
    reg_write(m, CR1, CEN);
    for (unsigned k = 0; k < 12; k++) {
        g_assert_cmpuint(output(m, CH1).period, ==, 0);
        g_assert_cmpuint(output(m, CH1).level, ==, k % 4 < 2);
        probe_set(m, ITR0, 1);
        probe_set(m, ITR0, 0);
    }
    machine_free(m);
}

static void trigger_selection(void)
{
    static const struct {
        unsigned ts, line;
        uint32_t ccer;
        unsigned rising, falling;
    } cases[] = {
        {0, ITR0, 0, 1, 0}, {1, ITR1, 0, 1, 0},  {2, ITR2, 0, 1, 0}, {3, ITR3, 0, 1, 0},   {4, TI1, 0, 1, 1}, {5, TI1, 0, 1, 0},
        {5, TI1, 2, 0, 1},  {5, TI1, 0xA, 1, 1}, {6, TI2, 0, 1, 0},  {6, TI2, 0x20, 0, 1}, {7, ETR, 0, 1, 0},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct machine *m = general();
        reg_write(m, CCER, cases[i].ccer);
        reg_write(m, SMCR, cases[i].ts << 4 | 7);
        reg_write(m, CR1, CEN);
        for (unsigned line = TI1; line <= ITR3; line++) {
            if (line == cases[i].line)
                continue;
            probe_set(m, line, 1);
            probe_set(m, line, 0);
        }
        g_assert_cmpuint(reg_read(m, CNT), ==, 0);
        probe_set(m, cases[i].line, 1);
        g_assert_cmpuint(reg_read(m, CNT), ==, cases[i].rising);
        probe_set(m, cases[i].line, 0);
        g_assert_cmpuint(reg_read(m, CNT), ==, cases[i].rising + cases[i].falling);
        machine_free(m);
    }
}

static void external_trigger(void)
{
    for (unsigned etps = 0; etps < 4; etps++) {
        struct machine *m = general();
        reg_write(m, SMCR, 1 << 14 | etps << 12); /* external clock mode 2 */
        reg_write(m, CR1, CEN);
        for (unsigned edge = 1; edge <= 16; edge++) {
            probe_set(m, ETR, 1);
            g_assert_cmpuint(reg_read(m, CNT), ==, edge >> etps);
            clocks(m, 10);
            probe_set(m, ETR, 0);
            g_assert_cmpuint(reg_read(m, CNT), ==, edge >> etps);
        }
        machine_free(m);
    }
    struct machine *m = general();
    reg_write(m, SMCR, 3u << 14); /* ETP: falling edges */
    reg_write(m, CR1, CEN);
    probe_set(m, ETR, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0);
    probe_set(m, ETR, 0);
    g_assert_cmpuint(reg_read(m, CNT), ==, 1);
    /* A wave: 1 MHz for 100 us. */
    reg_write(m, SMCR, 1u << 14);
    struct signal w = {.period = TICKS_PER_US, .high = TICKS_PER_US / 2, .epoch = machine_now(m) + TICKS_PER_US / 4};
    device_set_signal(machine_device(m, "probe"), ETR, w);
    pass(m, 100 * TICKS_PER_US);
    g_assert_cmpuint(reg_read(m, CNT), ==, 101);
    machine_free(m);
}

static void encoder(void)
{
    /* TI1 leads TI2: forward. RM0033, counting direction versus encoder signals: TI1 rises while TI2 is low -> up. */
    static const unsigned level[4][2] = {{1, 0}, {1, 1}, {0, 1}, {0, 0}};
    static const unsigned per_cycle[] = {0, 2, 2, 4};
    for (unsigned sms = 1; sms <= 3; sms++) {
        struct machine *m = general();
        reg_write(m, CCMR1, 0x101);
        reg_write(m, SMCR, sms);
        reg_write(m, ARR, 99);
        reg_write(m, CR1, CEN);
        for (unsigned k = 0; k < 20; k++) {
            clocks(m, 10);
            probe_set(m, TI1, level[k % 4][0]);
            probe_set(m, TI2, level[k % 4][1]);
        }
        g_assert_cmpuint(reg_read(m, CNT), ==, 5 * per_cycle[sms]);
        g_assert_cmphex(reg_read(m, CR1) & DOWN, ==, 0);
        for (unsigned k = 0; k < 24; k++) { /* and backward, through 0 */
            probe_set(m, TI2, level[k % 4][0]);
            probe_set(m, TI1, level[k % 4][1]);
        }
        g_assert_cmpuint(reg_read(m, CNT), ==, 100 - per_cycle[sms]);
        g_assert_cmphex(reg_read(m, CR1) & DOWN, ==, DOWN);
        machine_free(m);
    }
}

static void trigger_interrupt(void)
{
    struct machine *m = general();
    reg_write(m, SMCR, 6);
    reg_write(m, DIER, TIF);
    probe_set(m, ITR0, 1);
    g_assert_cmphex(reg_read(m, SR) & TIF, ==, TIF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    reg_write(m, SR, (uint32_t)~TIF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    reg_write(m, SMCR, 0); /* no slave mode, no flag */
    probe_set(m, ITR0, 0);
    probe_set(m, ITR0, 1);
    g_assert_cmphex(reg_read(m, SR) & TIF, ==, 0);
    machine_free(m);
    m = advanced();
    reg_write(m, DIER, TIF);
    reg_write(m, EGR, TIF);
    g_assert_cmpuint(probe_level(m, IRQ_TRG), ==, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    machine_free(m);
}

static void event_generation(void)
{
    struct machine *m = general();
    reg_write(m, CNT, 77);
    for (unsigned i = 0; i < 4; i++) {
        reg_write(m, EGR, CC1IF << i);
        g_assert_cmphex(reg_read(m, SR), ==, CC1IF << i);
        reg_write(m, SR, 0);
    }
    reg_write(m, EGR, TIF);
    g_assert_cmphex(reg_read(m, SR), ==, TIF);
    reg_write(m, SR, 0);
    reg_write(m, CCMR1, 1); /* an input channel captures */
    reg_write(m, EGR, CC1IF);
    reg_write(m, EGR, CC1IF);
    g_assert_cmphex(reg_read(m, SR), ==, CC1IF | CC1OF);
    g_assert_cmpuint(reg_read(m, CCR1), ==, 77);
    machine_free(m);
}

/* ---- other blocks ---- */

static void master_modes(void)
{
    struct machine *m = general();
    set_pwm(m, 9, 4, PWM1);
    reg_write(m, CR1, CEN);
    reg_write(m, EGR, UIF); /* reset: a pulse for UG */
    g_assert_cmpuint(probe_rises(m, TRGO), ==, 1);
    clocks(m, 100);
    g_assert_cmpuint(probe_rises(m, TRGO), ==, 1);
    reg_write(m, CR2, 1 << 4); /* enable */
    g_assert_cmpuint(probe_level(m, TRGO), ==, 1);
    reg_write(m, CR1, 0);
    g_assert_cmpuint(probe_level(m, TRGO), ==, 0);
    reg_write(m, CR1, CEN);
    reg_write(m, CR2, 2 << 4); /* update */
    unsigned before = probe_rises(m, TRGO);
    clocks(m, 50);
    g_assert_cmpuint(probe_rises(m, TRGO), ==, before + 5);
    reg_write(m, CR2, 3 << 4); /* compare pulse, flag or not */
    clocks(m, 50);
    g_assert_cmpuint(probe_rises(m, TRGO), ==, before + 10);
    reg_write(m, CR2, 4 << 4); /* OC1REF */
    g_assert_cmpuint(output(m, TRGO).period, ==, 10 * CLOCK);
    g_assert_cmpuint(output(m, TRGO).high, ==, 4 * CLOCK);
    reg_write(m, CCER, 3); /* before polarity and enable */
    g_assert_cmpuint(output(m, TRGO).high, ==, 4 * CLOCK);
    reg_write(m, CCER, 0);
    g_assert_cmpuint(output(m, TRGO).high, ==, 4 * CLOCK);
    for (unsigned i = 1; i < 4; i++) {
        reg_write(m, i == 1 ? CCMR1 : CCMR2, i == 2 ? PWM1 << 4 : PWM1 << 12);
        reg_write(m, CCR1 + 4 * i, i);
        reg_write(m, CR2, (4 + i) << 4);
        g_assert_cmpuint(output(m, TRGO).high, ==, i * CLOCK);
    }
    machine_free(m);
    m = bench(&stm32f2_tim_basic_class);
    reg_write(m, ARR, 9);
    reg_write(m, CR2, 2 << 4);
    reg_write(m, CR1, CEN);
    clocks(m, 35);
    g_assert_cmpuint(probe_rises(m, TRGO), ==, 3);
    machine_free(m);
}

static void dma_requests(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 2);
    reg_write(m, CCR2, 2);
    reg_write(m, CCR3, 4);
    reg_write(m, CCR4, 5);
    reg_write(m, CR1, CEN);
    clocks(m, 20);
    for (unsigned i = DMA_UP; i <= DMA_CH4; i++)
        g_assert_cmpuint(probe_rises(m, i), ==, 0);
    for (unsigned i = 0; i < 5; i++) { /* UDE, CC1DE ... CC4DE: flags that stay set do not hold requests back */
        reg_write(m, DIER, 0x100u << i);
        clocks(m, 50);
        for (unsigned k = 0; k < 5; k++)
            g_assert_cmpuint(probe_rises(m, DMA_UP + k), ==, k <= i ? 5 : 0);
    }
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    reg_write(m, DIER, 0x4000);
    reg_write(m, EGR, TIF);
    g_assert_cmpuint(probe_rises(m, DMA_TRIG), ==, 1);
    reg_write(m, DIER, 0x100);
    reg_write(m, EGR, UIF);
    g_assert_cmpuint(probe_rises(m, DMA_UP), ==, 6);
    machine_free(m);
    m = bench(&stm32f2_tim_basic_class);
    reg_write(m, ARR, 9);
    reg_write(m, DIER, 0x100);
    reg_write(m, CR1, CEN);
    clocks(m, 30);
    g_assert_cmpuint(probe_rises(m, DMA_UP), ==, 3);
    machine_free(m);
}

static void dma_on_update(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCR1, 2);
    reg_write(m, DIER, 0x200);
    reg_write(m, CR2, 8); /* CCDS */
    reg_write(m, CR1, CEN);
    clocks(m, 9);
    g_assert_cmpuint(probe_rises(m, DMA_CH1), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(probe_rises(m, DMA_CH1), ==, 1);
    machine_free(m);
}

static void dma_burst(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 99);
    reg_write(m, DCR, 13 | 2 << 8); /* CCR1 and on, three transfers */
    reg_write(m, DIER, 0x100);
    for (unsigned round = 1; round <= 2; round++) {
        reg_write(m, EGR, UIF);
        for (unsigned i = 0; i < 3; i++) { /* one request for each of them */
            g_assert_cmpuint(probe_rises(m, DMA_UP), ==, 3 * round - 2 + i);
            reg_write(m, DMAR, 10 * round + i);
        }
        g_assert_cmpuint(probe_rises(m, DMA_UP), ==, 3 * round);
        for (unsigned i = 0; i < 3; i++)
            g_assert_cmpuint(reg_read(m, CCR1 + 4 * i), ==, 10 * round + i);
    }
    g_assert_cmpuint(reg_read(m, DMAR), ==, 20);
    g_assert_cmpuint(reg_read(m, DMAR), ==, 21);
    reg_write(m, DCR, 13 | 2 << 8); /* begins anew */
    g_assert_cmpuint(reg_read(m, DMAR), ==, 20);
    g_assert_cmpuint(reg_read(m, CCR4), ==, 0);
    machine_free(m);
}

static void clock_change(void)
{
    struct machine *m = general();
    set_pwm(m, 0xFFFF, 0x8000, PWM1);
    reg_write(m, CCR2, 200);
    reg_write(m, DIER, CC2IF);
    reg_write(m, CR1, CEN);
    clocks(m, 100);
    machine_set_clock(m, "TIMCLK1", FREQUENCY_HZ(30000000));
    g_assert_cmpuint(reg_read(m, CNT), ==, 100);
    g_assert_cmpuint(output(m, CH1).period, ==, 0x10000 * 2 * CLOCK);
    clocks(m, 100);
    g_assert_cmpuint(reg_read(m, CNT), ==, 150);
    device_set_level(machine_device(m, "more"), 0, 0); /* gated: stopped, not forgotten */
    clocks(m, 1000);
    g_assert_cmpuint(reg_read(m, CNT), ==, 0); /* the bus answers for a gated block */
    device_set_level(machine_device(m, "more"), 0, 1);
    g_assert_cmpuint(reg_read(m, CNT), ==, 150);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    clocks(m, 99);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    clocks(m, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    /* A clock whose period is no whole number of ticks is exact all the same. */
    reg_write(m, CR1, 0);
    reg_write(m, CNT, 0);
    reg_write(m, ARR, 0xFFFFFFFF);
    machine_set_clock(m, "TIMCLK1", FREQUENCY_HZ(7000000));
    reg_write(m, CR1, CEN);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmpuint(reg_read(m, CNT), ==, 7000000);
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = general();
    set_pwm(m, 9, 4, PWM1);
    reg_write(m, DIER, UIF);
    reg_write(m, CR1, CEN);
    clocks(m, 15);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    device_set_level(machine_device(m, "more"), 1, 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    g_assert_cmpuint(output(m, CH1).period, ==, 0);
    g_assert_cmpuint(output(m, CH1).level, ==, 0);
    device_set_level(machine_device(m, "more"), 1, 0);
    clocks(m, 15);
    assert_idle(m);
    static const uint32_t reset_value[0x54 / 4] = {[0x2C / 4] = 0xFFFFFFFF};
    for (unsigned i = 0; i < G_N_ELEMENTS(reset_value); i++)
        g_assert_cmphex(reg_read(m, BASE + 4 * i), ==, reset_value[i]);
    machine_free(m);
}

static void peek(void)
{
    struct machine *m = general();
    reg_write(m, ARR, 9);
    reg_write(m, CCMR1, 1);
    reg_write(m, EGR, CC1IF);
    reg_write(m, CR1, CEN | OPM);
    clocks(m, 5);
    uint32_t value;
    g_assert_true(machine_peek(m, CNT, 4, &value));
    g_assert_cmpuint(value, ==, 5);
    g_assert_true(machine_peek(m, CCR1, 4, &value));
    g_assert_cmphex(reg_read(m, SR) & CC1IF, ==, CC1IF);
    machine_free(m);
}

/* Whoever looks at each clock sees the same as somebody who looks once in a while, whatever is programmed. */
static void stepped(void)
{
    uint64_t noise = 1;
    for (unsigned round = 0; round < 200; round++) {
        struct machine *m[2] = {advanced(), advanced()};
        unsigned arr = 1 + noise_next(&noise) % 12;
        uint32_t program[][2] = {
            {ARR, arr},
            {PSC, noise_next(&noise) % 3},
            {RCR, noise_next(&noise) % 3},
            {CCMR1, noise_next(&noise) & 0x7878},
            {CCMR2, noise_next(&noise) & 0x7878},
            {CCR1, noise_next(&noise) % (arr + 3)},
            {CCR2, noise_next(&noise) % (arr + 3)},
            {CCR3, noise_next(&noise) % (arr + 3)},
            {CCR4, noise_next(&noise) % (arr + 3)},
            {CCER, 0x1111 | (noise_next(&noise) & 0x2222)},
            {CR2, (noise_next(&noise) & 0x70)},
            {DIER, noise_next(&noise) % 4 == 0 ? noise_next(&noise) & 0x1F1F : 0},
            {BDTR, 0x8000},
            {EGR, noise_next(&noise) & UIF},
            {CR1, CEN | (noise_next(&noise) & (OPM | UDIS | DOWN | ARPE | 0x60))},
        };
        for (unsigned i = 0; i < G_N_ELEMENTS(program); i++)
            for (unsigned k = 0; k < 2; k++)
                reg_write(m[k], program[i][0], program[i][1]);
        for (unsigned stretch = 0; stretch < 12; stretch++) {
            unsigned n = 1 + noise_next(&noise) % 60;
            clocks(m[0], n);
            for (unsigned k = 0; k < n; k++) {
                clocks(m[1], 1);
                reg_read(m[1], CNT);
            }
            for (uint32_t reg = CR1; reg <= CCR4; reg += 4)
                g_assert_cmphex(reg_read(m[0], reg), ==, reg_read(m[1], reg));
            for (unsigned i = CH1; i <= CH4; i++)
                g_assert_cmpint(now_high(m[0], output(m[0], i)), ==, now_high(m[1], output(m[1], i)));
            for (unsigned i = TRGO; i <= IRQ_BRK; i++)
                g_assert_cmpuint(probe_rises(m[0], i), ==, probe_rises(m[1], i));
            uint32_t change[][2] = {{ARR, 1 + noise_next(&noise) % 12},
                                    {CCR1, noise_next(&noise) % 14},
                                    {CCR3, noise_next(&noise) % 14},
                                    {SR, (uint32_t)noise_next(&noise)},
                                    {PSC, noise_next(&noise) % 3}};
            unsigned which = noise_next(&noise) % 8;
            if (which < G_N_ELEMENTS(change))
                for (unsigned k = 0; k < 2; k++)
                    reg_write(m[k], change[which][0], change[which][1]);
        }
        machine_free(m[0]);
        machine_free(m[1]);
    }
}

/* What the smaller timers do not have reads 0. */
static void smaller_timers(void)
{
    struct machine *m = bench(&stm32f2_tim_two_channel_class);
    reg_write(m, CR1, 0xFFFE);
    g_assert_cmphex(reg_read(m, CR1), ==, 0x38E);
    reg_write(m, DIER, 0xFFFF);
    g_assert_cmphex(reg_read(m, DIER), ==, 0x47);
    reg_write(m, SMCR, 0xFFF0);
    g_assert_cmphex(reg_read(m, SMCR), ==, 0xF0);
    reg_write(m, CR1, 0);
    reg_write(m, SMCR, 0);
    reg_write(m, ARR, 9);
    reg_write(m, CCR2, 5);
    reg_write(m, CCMR1, PWM1 << 12);
    reg_write(m, CCER, 0x10);
    reg_write(m, CR1, CEN);
    g_assert_cmpuint(output(m, CH2).high, ==, 5 * CLOCK);
    clocks(m, 5);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);

    m = bench(&stm32f2_tim_one_channel_class);
    reg_write(m, CR1, 0xFFFE);
    g_assert_cmphex(reg_read(m, CR1), ==, 0x386);
    reg_write(m, DIER, 0xFFFF);
    g_assert_cmphex(reg_read(m, DIER), ==, 0x3);
    reg_write(m, CCER, 0xFFFF);
    g_assert_cmphex(reg_read(m, CCER), ==, 0xB);
    reg_write(m, EGR, 0xFFFE);
    g_assert_cmphex(reg_read(m, SR), ==, CC1IF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);

    m = bench(&stm32f2_tim_basic_class);
    reg_write(m, CR1, 0xFFFE);
    g_assert_cmphex(reg_read(m, CR1), ==, 0x8E);
    reg_write(m, DIER, 0xFFFF);
    g_assert_cmphex(reg_read(m, DIER), ==, 0x101);
    reg_write(m, EGR, 0xFFFE);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    reg_write(m, EGR, UIF);
    g_assert_cmphex(reg_read(m, SR), ==, 0); /* URS is set */
    reg_write(m, CR1, 0);
    reg_write(m, EGR, UIF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tim/up-counting", up_counting);
    g_test_add_func("/tim/beyond-reload", beyond_reload);
    g_test_add_func("/tim/prescaler", prescaler);
    g_test_add_func("/tim/auto-reload-preload", auto_reload_preload);
    g_test_add_func("/tim/down-counting", down_counting);
    g_test_add_func("/tim/centre-aligned", centre_aligned);
    g_test_add_func("/tim/wide-counter", wide_counter);
    g_test_add_func("/tim/update-disable", update_disable);
    g_test_add_func("/tim/update-request-source", update_request_source);
    g_test_add_func("/tim/one-pulse", one_pulse);
    g_test_add_func("/tim/repetition", repetition);
    g_test_add_func("/tim/lazy-flags", lazy_flags);
    g_test_add_func("/tim/update-interrupt", update_interrupt);
    g_test_add_func("/tim/compare-flags", compare_flags);
    g_test_add_func("/tim/compare-interrupt", compare_interrupt);
    g_test_add_func("/tim/time-base", time_base);
    g_test_add_func("/tim/compare-preload", compare_preload);
    g_test_add_func("/tim/pwm", pwm);
    g_test_add_func("/tim/pwm-limits", pwm_limits);
    g_test_add_func("/tim/pwm-polarity", pwm_polarity);
    g_test_add_func("/tim/pwm-directions", pwm_directions);
    g_test_add_func("/tim/pwm-stopped", pwm_stopped);
    g_test_add_func("/tim/output-modes", output_modes);
    g_test_add_func("/tim/complementary", complementary);
    g_test_add_func("/tim/main-output-enable", main_output_enable);
    g_test_add_func("/tim/idle-levels", idle_levels);
    g_test_add_func("/tim/break", break_input);
    g_test_add_func("/tim/commutation", commutation);
    g_test_add_func("/tim/capture", capture);
    g_test_add_func("/tim/pwm-input", pwm_input);
    g_test_add_func("/tim/capture-edges", capture_edges);
    g_test_add_func("/tim/capture-prescaler", capture_prescaler);
    g_test_add_func("/tim/overcapture", overcapture);
    g_test_add_func("/tim/xor-input", xor_input);
    g_test_add_func("/tim/slave-modes", slave_modes);
    g_test_add_func("/tim/external-clock-pwm", external_clock_pwm);
    g_test_add_func("/tim/trigger-selection", trigger_selection);
    g_test_add_func("/tim/external-trigger", external_trigger);
    g_test_add_func("/tim/encoder", encoder);
    g_test_add_func("/tim/trigger-interrupt", trigger_interrupt);
    g_test_add_func("/tim/event-generation", event_generation);
    g_test_add_func("/tim/master-modes", master_modes);
    g_test_add_func("/tim/dma-requests", dma_requests);
    g_test_add_func("/tim/dma-on-update", dma_on_update);
    g_test_add_func("/tim/dma-burst", dma_burst);
    g_test_add_func("/tim/clock-change", clock_change);
    g_test_add_func("/tim/reset", reset);
    g_test_add_func("/tim/peek", peek);
    g_test_add_func("/tim/stepped", stepped);
    g_test_add_func("/tim/smaller-timers", smaller_timers);
    return g_test_run();
}
