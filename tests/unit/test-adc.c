/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ADC: every expectation is from RM0033 chapter 10. PCLK2 is 60 MHz, so ADCCLK is 30 MHz after reset. */
#include "peripherals/stm32f2/adc.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40012000 };
enum { SR, CR1 = 0x04, CR2 = 0x08, SMPR1 = 0x0C, SMPR2 = 0x10, JOFR1 = 0x14, HTR = 0x24, LTR = 0x28 };
enum { SQR1 = 0x2C, SQR2 = 0x30, SQR3 = 0x34, JSQR = 0x38, JDR1 = 0x3C, DR = 0x4C };
enum { CSR = BASE + 0x300, CCR = BASE + 0x304, CDR = BASE + 0x308 };
enum { AWD = 1, EOC = 2, JEOC = 4, JSTRT = 8, STRT = 0x10, OVR = 0x20 };
enum { ADON = 1, CONT = 2, DMA = 0x100, DDS = 0x200, EOCS = 0x400, ALIGN = 0x800, JSWSTART = 1 << 22, SWSTART = 1 << 30 };
enum {
    EOCIE = 0x20,
    AWDIE = 0x40,
    JEOCIE = 0x80,
    SCAN = 0x100,
    AWDSGL = 0x200,
    JAUTO = 0x400,
    DISCEN = 0x800,
    JDISCEN = 0x1000
};
enum { JAWDEN = 1 << 22, AWDEN = 1 << 23, OVRIE = 1 << 26 };
enum { IRQ, DMA1, DMA2, DMA3 };

#define CYCLE (TICKS_PER_SECOND / 30000000)

/* Probe outputs 0 to 11 are channels 0 to 11; 12 is ext3, 13 jext5, 14 dma1_last. */
enum { EXT3 = 12, JEXT5, DMA1_LAST };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_adc_class, "ADC", BASE, NULL);
    machine_connect(m, "ADC.irq", "probe.in0");
    machine_connect(m, "ADC.dma1", "probe.in1");
    machine_connect(m, "ADC.dma2", "probe.in2");
    machine_connect(m, "ADC.dma3", "probe.in3");
    for (unsigned i = 0; i < 12; i++) {
        g_autofree char *out = g_strdup_printf("probe.out%u", i), *in = g_strdup_printf("ADC.ch%u", i);
        machine_connect(m, out, in);
    }
    machine_connect(m, "probe.out12", "ADC.ext3");
    machine_connect(m, "probe.out13", "ADC.jext5");
    machine_connect(m, "probe.out14", "ADC.dma1_last");
    machine_connect_clock(m, "PCLK2", "ADC.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(60000000));
    for (unsigned i = 0; i < 12; i++) /* 100, 200, ... mV */
        probe_set(m, i, 100 * (i + 1));
    return m;
}

static uint32_t get(struct machine *m, unsigned adc, uint32_t reg)
{
    return reg_read(m, BASE + 0x100 * (adc - 1) + reg);
}

static void set(struct machine *m, unsigned adc, uint32_t reg, uint32_t value)
{
    reg_write(m, BASE + 0x100 * (adc - 1) + reg, value);
}

static uint32_t code(uint32_t millivolts)
{
    return millivolts * 4096 / 3300;
}

static void cycles(struct machine *m, uint64_t n)
{
    pass(m, n * CYCLE);
}

static void assert_idle(struct machine *m)
{
    struct device *dev = machine_device(m, "ADC");
    for (unsigned i = 0; i < dev->class->n_timers; i++)
        g_assert_cmpuint(device_timer_due(dev, i), ==, TICKS_NEVER);
}

/* ---- conversions ---- */

static void single(void)
{
    for (unsigned adc = 1; adc <= 3; adc++) {
        struct machine *m = bench();
        set(m, adc, SQR3, 2);
        set(m, adc, CR2, SWSTART); /* off */
        cycles(m, 100);
        g_assert_cmphex(get(m, adc, SR), ==, 0);
        set(m, adc, CR2, ADON);
        set(m, adc, CR2, ADON | SWSTART);
        g_assert_cmphex(get(m, adc, CR2), ==, ADON);
        g_assert_cmphex(get(m, adc, SR), ==, STRT);
        assert_idle(m);
        pass(m, 15 * CYCLE - 1);
        g_assert_cmphex(get(m, adc, SR), ==, STRT);
        pass(m, 1);
        g_assert_cmphex(get(m, adc, SR), ==, STRT | EOC);
        uint32_t peeked;
        g_assert_true(machine_peek(m, BASE + 0x100 * (adc - 1) + DR, 4, &peeked));
        g_assert_cmpuint(peeked, ==, code(300));
        g_assert_cmphex(get(m, adc, SR), ==, STRT | EOC);
        g_assert_cmpuint(get(m, adc, DR), ==, code(300));
        g_assert_cmphex(get(m, adc, SR), ==, STRT); /* reading DR clears EOC */
        set(m, adc, SR, (uint32_t)~STRT);
        g_assert_cmphex(get(m, adc, SR), ==, 0);
        cycles(m, 100);
        g_assert_cmphex(get(m, adc, SR), ==, 0);
        machine_free(m);
    }
}

static void levels(void)
{
    struct machine *m = bench();
    set(m, 1, CR2, ADON);
    static const struct {
        uint32_t level, code;
    } cases[] = {{0, 0}, {1650, 2048}, {3300, 4095}, {5000, 4095}, {ADC_NOT_DRIVEN, 2048}, {33, 40}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        probe_set(m, 0, cases[i].level);
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 15);
        g_assert_cmpuint(get(m, 1, DR), ==, cases[i].code);
    }
    set(m, 1, SQR3, 15); /* not connected */
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 15);
    g_assert_cmpuint(get(m, 1, DR), ==, 2048);
    set(m, 3, SQR3, 5); /* on a pin that small packages lack */
    set(m, 3, CR2, ADON);
    set(m, 3, CR2, ADON | SWSTART);
    cycles(m, 15);
    g_assert_cmpuint(get(m, 3, DR), ==, 2048);
    machine_free(m);
}

static void sampling_time(void)
{
    static const unsigned sampling[] = {3, 15, 28, 56, 84, 112, 144, 480};
    struct machine *m = bench();
    set(m, 1, CR2, ADON);
    for (unsigned channel = 0; channel < 19; channel++)
        for (unsigned smp = 0; smp < 8; smp++) {
            set(m, 1, SMPR1, channel < 10 ? 0 : smp << (3 * (channel - 10)));
            set(m, 1, SMPR2, channel < 10 ? smp << (3 * channel) : 0);
            set(m, 1, SQR3, channel);
            set(m, 1, SR, 0);
            set(m, 1, CR2, ADON | SWSTART);
            pass(m, (sampling[smp] + 12) * CYCLE - 1);
            g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
            pass(m, 1);
            g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
        }
    machine_free(m);
}

static void prescaler(void)
{
    struct machine *m = bench();
    set(m, 1, CR2, ADON);
    for (unsigned adcpre = 0; adcpre < 4; adcpre++) {
        reg_write(m, CCR, adcpre << 16);
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | SWSTART);
        pass(m, 15 * CYCLE * (adcpre + 1) - 1);
        g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
        pass(m, 1);
        g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    }
    /* A change of PCLK2 counts for the rest of the conversion. */
    reg_write(m, CCR, 0);
    set(m, 1, SR, 0);
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 5);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(30000000));
    pass(m, 20 * CYCLE - 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    pass(m, 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    machine_free(m);
}

static void resolution(void)
{
    static const unsigned bits[] = {12, 10, 8, 6};
    struct machine *m = bench();
    probe_set(m, 0, 2500);
    set(m, 1, CR2, ADON);
    for (unsigned res = 0; res < 4; res++) {
        set(m, 1, CR1, res << 24);
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | SWSTART);
        pass(m, (3 + bits[res]) * CYCLE - 1);
        g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
        pass(m, 1);
        g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
        g_assert_cmphex(get(m, 1, DR), ==, code(2500) >> (12 - bits[res]));
    }
    machine_free(m);
}

static void alignment(void)
{
    static const unsigned shift[] = {4, 6, 8, 2}; /* 6-bit data are aligned on the byte */
    struct machine *m = bench();
    probe_set(m, 0, 2500);
    set(m, 1, CR2, ADON | ALIGN);
    for (unsigned res = 0; res < 4; res++) {
        set(m, 1, CR1, res << 24);
        set(m, 1, CR2, ADON | ALIGN | SWSTART);
        cycles(m, 15);
        g_assert_cmphex(get(m, 1, DR), ==, code(2500) >> (2 * res) << shift[res]);
        set(m, 1, CR2, ADON | ALIGN | JSWSTART); /* injected: one place lower, for the sign */
        cycles(m, 15);
        g_assert_cmphex(get(m, 1, JDR1), ==, code(2500) >> (2 * res) << (shift[res] - 1));
    }
    set(m, 1, CR1, 0);
    set(m, 1, JOFR1, 4000);
    set(m, 1, CR2, ADON | ALIGN | JSWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, JDR1), ==, (uint16_t)(((int)code(2500) - 4000) * 8));
    machine_free(m);
}

static void scan(void)
{
    /* All 16 places of the sequence, each with a channel of its own. */
    static const uint8_t order[16] = {3, 1, 4, 0, 5, 9, 2, 6, 8, 7, 11, 10, 0, 3, 2, 1};
    struct machine *m = bench();
    uint32_t sqr[3] = {0};
    for (unsigned i = 0; i < 16; i++)
        sqr[i / 6] |= (uint32_t)order[i] << (i % 6 * 5);
    set(m, 1, SQR3, sqr[0]);
    set(m, 1, SQR2, sqr[1]);
    set(m, 1, SQR1, sqr[2] | 15 << 20);
    set(m, 1, CR1, SCAN);
    set(m, 1, CR2, ADON | EOCS);
    set(m, 1, CR2, ADON | EOCS | SWSTART);
    for (unsigned i = 0; i < 16; i++) {
        cycles(m, 15);
        g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
        g_assert_cmpuint(get(m, 1, DR), ==, code(100 * (order[i] + 1u)));
    }
    cycles(m, 30);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    set(m, 1, SQR1, sqr[2] | 2 << 20); /* three, EOC at the end only */
    set(m, 1, CR2, ADON);
    set(m, 1, CR2, ADON | SWSTART);
    pass(m, 45 * CYCLE - 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    pass(m, 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    g_assert_cmpuint(get(m, 1, DR), ==, code(500));
    set(m, 1, CR1, 0); /* without SCAN the first one alone */
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 15);
    g_assert_cmpuint(get(m, 1, DR), ==, code(400));
    machine_free(m);
}

static void end_of_each(void)
{
    struct machine *m = bench();
    set(m, 1, SQR1, 1 << 20);
    set(m, 1, CR1, SCAN);
    set(m, 1, CR2, ADON | EOCS);
    set(m, 1, CR2, ADON | EOCS | SWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    get(m, 1, DR);
    set(m, 1, CR2, ADON);
    cycles(m, 15);
    get(m, 1, DR);
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    g_assert_cmphex(get(m, 1, SR) & OVR, ==, 0); /* unread, but neither DMA nor EOCS watches */
    machine_free(m);
}

static void continuous(void)
{
    struct machine *m = bench();
    set(m, 1, CR1, EOCIE);
    set(m, 1, CR2, ADON | CONT);
    set(m, 1, CR2, ADON | CONT | SWSTART);
    for (unsigned i = 1; i <= 5; i++) {
        pass(m, 15 * CYCLE - 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        pass(m, 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        get(m, 1, DR);
    }
    set(m, 1, CR1, 0); /* nobody waits: nothing is scheduled, but the data are up to date */
    assert_idle(m);
    cycles(m, UINT64_C(15) * 1000000000 + 7);
    probe_set(m, 0, 2000);
    cycles(m, 15);
    g_assert_cmpuint(get(m, 1, DR), ==, code(2000));
    cycles(m, 7); /* 29 cycles since the last multiple of 15 */
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    cycles(m, 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    set(m, 1, CR2, ADON); /* stops after the conversion under way */
    cycles(m, 15);
    get(m, 1, DR);
    cycles(m, 30);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    set(m, 1, CR2, ADON | CONT | SWSTART);
    cycles(m, 5);
    set(m, 1, CR2, 0); /* off: at once */
    cycles(m, 30);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    machine_free(m);
}

static void discontinuous(void)
{
    struct machine *m = bench();
    set(m, 1, SQR3, 0 | 1 << 5 | 2 << 10 | 3 << 15 | 4 << 20);
    set(m, 1, SQR1, 4 << 20);
    set(m, 1, CR1, SCAN | DISCEN | 1 << 13); /* two a trigger */
    set(m, 1, CR2, ADON);
    static const struct {
        uint32_t channel;
        bool end;
    } after[] = {{1, false}, {3, false}, {4, true}, {1, false}};
    for (unsigned i = 0; i < G_N_ELEMENTS(after); i++) {
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 100);
        g_assert_cmpint((get(m, 1, SR) & EOC) != 0, ==, after[i].end);
        g_assert_cmpuint(get(m, 1, DR), ==, code(100 * (after[i].channel + 1)));
    }
    machine_free(m);
}

/* ---- injected ---- */

static void injected(void)
{
    struct machine *m = bench();
    for (unsigned jl = 0; jl < 4; jl++) {
        set(m, 1, CR1, SCAN);
        set(m, 1, CR2, ADON);
        set(m, 1, JSQR, 1 | 2 << 5 | 3 << 10 | 4 << 15 | jl << 20);
        for (unsigned i = 0; i < 4; i++)
            set(m, 1, JOFR1 + 4 * i, 300 + i);
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | JSWSTART);
        g_assert_cmphex(get(m, 1, CR2), ==, ADON);
        g_assert_cmphex(get(m, 1, SR), ==, JSTRT);
        pass(m, 15 * (jl + 1) * CYCLE - 1);
        g_assert_cmphex(get(m, 1, SR), ==, JSTRT);
        pass(m, 1);
        g_assert_cmphex(get(m, 1, SR), ==, JSTRT | JEOC);
        for (unsigned i = 0; i <= jl; i++) /* the group ends with JSQ4 */
            g_assert_cmphex(get(m, 1, JDR1 + 4 * i), ==, (uint16_t)((int)code(100 * (1 + 4 - jl + i)) - 300 - (int)i));
        g_assert_cmphex(get(m, 1, SR), ==, JSTRT | JEOC);
    }
    /* It interrupts a regular conversion, which is repeated afterwards. */
    set(m, 1, SR, 0);
    set(m, 1, JSQR, 4 << 15);
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 10);
    set(m, 1, CR2, ADON | JSWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR), ==, STRT | JSTRT | JEOC);
    cycles(m, 14);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    cycles(m, 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    machine_free(m);
}

static void injected_discontinuous(void)
{
    struct machine *m = bench();
    set(m, 1, CR1, SCAN | JDISCEN);
    set(m, 1, CR2, ADON);
    set(m, 1, JSQR, 5 << 10 | 6 << 15 | 1 << 20);
    set(m, 1, CR2, ADON | JSWSTART);
    cycles(m, 100);
    g_assert_cmphex(get(m, 1, SR) & JEOC, ==, 0);
    g_assert_cmpuint(get(m, 1, JDR1), ==, code(600));
    g_assert_cmpuint(get(m, 1, JDR1 + 4), ==, 0);
    set(m, 1, CR2, ADON | JSWSTART);
    cycles(m, 100);
    g_assert_cmphex(get(m, 1, SR) & JEOC, ==, JEOC);
    g_assert_cmpuint(get(m, 1, JDR1 + 4), ==, code(700));
    machine_free(m);
}

static void auto_injection(void)
{
    struct machine *m = bench();
    set(m, 1, CR1, JAUTO);
    set(m, 1, CR2, ADON | CONT);
    set(m, 1, JSQR, 5 << 15);
    set(m, 1, CR2, ADON | CONT | SWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & (EOC | JEOC), ==, EOC);
    get(m, 1, DR);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & (EOC | JEOC), ==, JEOC);
    g_assert_cmpuint(get(m, 1, JDR1), ==, code(600));
    cycles(m, 14);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    cycles(m, 1);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, EOC);
    machine_free(m);
}

/* ---- triggers ---- */

static void triggers(void)
{
    for (unsigned exten = 0; exten < 4; exten++)
        for (unsigned extsel = 2; extsel <= 3; extsel++) {
            struct machine *m = bench();
            set(m, 1, CR2, ADON | exten << 28 | extsel << 24);
            probe_set(m, EXT3, 1);
            g_assert_cmpint((get(m, 1, SR) & STRT) != 0, ==, extsel == 3 && (exten & 1));
            cycles(m, 20);
            set(m, 1, SR, 0);
            probe_set(m, EXT3, 0);
            g_assert_cmpint((get(m, 1, SR) & STRT) != 0, ==, extsel == 3 && (exten & 2));
            machine_free(m);
        }
    /* A wave triggers at each rising edge. */
    struct machine *m = bench();
    set(m, 1, CR1, EOCIE);
    set(m, 1, CR2, ADON | 1 << 28 | 3 << 24);
    struct signal w = {.period = 100 * CYCLE, .high = 50 * CYCLE, .epoch = machine_now(m) + 10 * CYCLE};
    device_set_signal(machine_device(m, "probe"), EXT3, w);
    pass(m, 25 * CYCLE - 1);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    pass(m, 1);
    for (unsigned i = 1; i <= 5; i++) {
        g_assert_cmpuint(probe_rises(m, IRQ), ==, i);
        get(m, 1, DR);
        cycles(m, 100);
    }
    machine_free(m);
}

static void injected_triggers(void)
{
    for (unsigned jexten = 0; jexten < 4; jexten++)
        for (unsigned jextsel = 4; jextsel <= 5; jextsel++) {
            struct machine *m = bench();
            set(m, 1, CR2, ADON | jexten << 20 | jextsel << 16);
            probe_set(m, JEXT5, 1);
            g_assert_cmpint((get(m, 1, SR) & JSTRT) != 0, ==, jextsel == 5 && (jexten & 1));
            cycles(m, 20);
            set(m, 1, SR, 0);
            probe_set(m, JEXT5, 0);
            g_assert_cmpint((get(m, 1, SR) & JSTRT) != 0, ==, jextsel == 5 && (jexten & 2));
            machine_free(m);
        }
}

/* ---- watchdog, interrupts, internal channels ---- */

static void watchdog(void)
{
    struct machine *m = bench();
    g_assert_cmphex(get(m, 1, HTR), ==, 0xFFF);
    set(m, 1, CR2, ADON);
    set(m, 1, HTR, 1000);
    set(m, 1, LTR, 500);
    static const struct {
        uint32_t millivolts, cr1;
        bool regular, injected;
    } cases[] = {
        {600, AWDEN, false, false},
        {300, AWDEN, true, false},
        {900, AWDEN, true, false},
        {900, JAWDEN, false, true},
        {900, 0, false, false},
        {900, AWDEN | AWDSGL, true, false},
        {900, AWDEN | AWDSGL | 1, false, false},
        {300, JAWDEN, false, true},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        probe_set(m, 0, cases[i].millivolts);
        set(m, 1, CR1, cases[i].cr1);
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 15);
        g_assert_cmpint((get(m, 1, SR) & AWD) != 0, ==, cases[i].regular);
        set(m, 1, SR, 0);
        set(m, 1, CR2, ADON | JSWSTART);
        cycles(m, 15);
        g_assert_cmpint((get(m, 1, SR) & AWD) != 0, ==, cases[i].injected);
    }
    machine_free(m);
}

static void interrupts(void)
{
    for (unsigned adc = 1; adc <= 3; adc++) {
        struct machine *m = bench();
        set(m, adc, CR2, ADON);
        set(m, adc, CR1, EOCIE);
        set(m, adc, CR2, ADON | SWSTART);
        pass(m, 15 * CYCLE - 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        pass(m, 1);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        get(m, adc, DR);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        set(m, adc, CR1, JEOCIE);
        set(m, adc, CR2, ADON | JSWSTART);
        cycles(m, 15);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        set(m, adc, SR, (uint32_t)~JEOC);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        set(m, adc, HTR, 0);
        set(m, adc, CR1, AWDIE | AWDEN);
        set(m, adc, CR2, ADON | SWSTART);
        cycles(m, 15);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        set(m, adc, SR, 0);
        set(m, adc, CR1, OVRIE);
        set(m, adc, CR2, ADON | EOCS | SWSTART); /* the data of the last one are unread */
        cycles(m, 15);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        set(m, adc, SR, 0);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        machine_free(m);
    }
}

static void common_status(void)
{
    struct machine *m = bench();
    for (unsigned adc = 1; adc <= 3; adc++) {
        set(m, adc, HTR, 0);
        set(m, adc, CR1, AWDEN);
        set(m, adc, CR2, ADON);
        set(m, adc, CR2, ADON | SWSTART);
        cycles(m, 15);
        uint32_t expected = STRT | EOC | AWD;
        g_assert_cmphex(reg_read(m, CSR), ==, expected << (8 * (adc - 1)));
        set(m, adc, CR2, ADON | EOCS | SWSTART);
        cycles(m, 15);
        expected |= OVR;
        g_assert_cmphex(reg_read(m, CSR), ==, expected << (8 * (adc - 1)));
        set(m, adc, CR2, ADON | JSWSTART);
        cycles(m, 15);
        expected |= JSTRT | JEOC;
        g_assert_cmphex(reg_read(m, CSR), ==, expected << (8 * (adc - 1)));
        set(m, adc, SR, 0);
        g_assert_cmphex(reg_read(m, CSR), ==, 0);
    }
    machine_free(m);
}

static void internal_channels(void)
{
    static const struct {
        unsigned channel;
        uint32_t enable, millivolts;
    } cases[] = {{16, 1 << 23, 760}, {17, 1 << 23, 1210}, {18, 1 << 22, 1650}};
    struct machine *m = bench();
    set(m, 1, CR2, ADON);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        set(m, 1, SQR3, cases[i].channel);
        reg_write(m, CCR, (1 << 23 | 1 << 22) & ~cases[i].enable);
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 15);
        g_assert_cmpuint(get(m, 1, DR), ==, 0);
        reg_write(m, CCR, cases[i].enable);
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 15);
        g_assert_cmpuint(get(m, 1, DR), ==, code(cases[i].millivolts));
    }
    machine_free(m);
}

/* ---- overrun and DMA ---- */

static void overrun(void)
{
    struct machine *m = bench();
    set(m, 1, CR2, ADON | EOCS | CONT);
    set(m, 1, CR2, ADON | EOCS | CONT | SWSTART);
    cycles(m, 15);
    probe_set(m, 0, 2000);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & OVR, ==, OVR);
    g_assert_cmpuint(get(m, 1, DR), ==, code(100));
    set(m, 1, CR2, ADON | EOCS | CONT | SWSTART); /* triggers are ignored ... */
    cycles(m, 30);
    g_assert_cmphex(get(m, 1, SR) & EOC, ==, 0);
    g_assert_nonnull(machine_device(m, "ADC")->class->explain(machine_device(m, "ADC"), 0));
    set(m, 1, SR, (uint32_t)~OVR); /* ... until it is cleared */
    set(m, 1, CR2, ADON | EOCS | CONT | SWSTART);
    cycles(m, 15);
    g_assert_cmphex(get(m, 1, SR) & (EOC | OVR), ==, EOC);
    g_assert_cmpuint(get(m, 1, DR), ==, code(2000));
    machine_free(m);
}

static void dma(void)
{
    for (unsigned adc = 1; adc <= 3; adc++) {
        struct machine *m = bench();
        set(m, adc, SQR3, 0 | 1 << 5);
        set(m, adc, SQR1, 1 << 20);
        set(m, adc, CR1, SCAN);
        set(m, adc, CR2, ADON | DMA | DDS);
        set(m, adc, CR2, ADON | DMA | DDS | SWSTART);
        for (unsigned i = 1; i <= 2; i++) { /* after each conversion, EOC or not */
            pass(m, 15 * CYCLE - 1);
            g_assert_cmpuint(probe_level(m, DMA1 + adc - 1), ==, 0);
            pass(m, 1);
            g_assert_cmpuint(probe_level(m, DMA1 + adc - 1), ==, 1);
            g_assert_cmpuint(get(m, adc, DR), ==, code(100 * i));
            g_assert_cmpuint(probe_level(m, DMA1 + adc - 1), ==, 0);
        }
        set(m, adc, CR2, ADON | DMA | DDS | SWSTART); /* nobody fetches: overrun, and no more requests */
        cycles(m, 30);
        g_assert_cmphex(get(m, adc, SR) & OVR, ==, OVR);
        g_assert_cmpuint(probe_level(m, DMA1 + adc - 1), ==, 0);
        set(m, adc, CR2, ADON);
        set(m, adc, SR, 0);
        set(m, adc, CR2, ADON | SWSTART); /* without DMA none */
        cycles(m, 30);
        g_assert_cmpuint(probe_level(m, DMA1 + adc - 1), ==, 0);
        machine_free(m);
    }
}

static void dma_last(void)
{
    for (unsigned dds = 0; dds < 2; dds++) {
        struct machine *m = bench();
        uint32_t cr2 = ADON | DMA | CONT | (dds ? DDS : 0);
        set(m, 1, CR2, cr2);
        set(m, 1, CR2, cr2 | SWSTART);
        cycles(m, 15);
        get(m, 1, DR);
        probe_set(m, DMA1_LAST, 1);
        probe_set(m, DMA1_LAST, 0);
        cycles(m, 100);
        g_assert_cmpuint(probe_rises(m, DMA1), ==, dds ? 2 : 1);
        g_assert_cmphex(get(m, 1, SR) & OVR, ==, dds ? OVR : 0);
        set(m, 1, CR2, ADON | CONT); /* the DMA bit must be cleared and set again */
        get(m, 1, DR);
        set(m, 1, SR, 0);
        set(m, 1, CR2, cr2);
        set(m, 1, CR2, cr2 | SWSTART);
        cycles(m, 16);
        g_assert_cmpuint(probe_level(m, DMA1), ==, 1);
        machine_free(m);
    }
    struct machine *m = bench(); /* the same for CCR */
    reg_write(m, CCR, 6 | 1 << 14);
    for (unsigned adc = 1; adc <= 2; adc++)
        set(m, adc, CR2, ADON | CONT);
    set(m, 1, CR2, ADON | CONT | SWSTART);
    cycles(m, 15);
    reg_read(m, CDR);
    reg_read(m, CDR);
    probe_set(m, DMA1_LAST, 1);
    probe_set(m, DMA1_LAST, 0);
    cycles(m, 100);
    g_assert_cmpuint(probe_level(m, DMA1), ==, 0);
    g_assert_cmphex(reg_read(m, CSR) & (OVR | OVR << 8), ==, 0);
    machine_free(m);
}

/* ---- multi mode ---- */

static void simultaneous(void)
{
    static const struct {
        unsigned multi, converters;
        bool regular, injected;
    } cases[] = {{0, 1, true, true},    {1, 2, true, true},     {5, 2, false, true},   {6, 2, true, false},
                 {0x11, 3, true, true}, {0x15, 3, false, true}, {0x16, 3, true, false}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct machine *m = bench();
        reg_write(m, CCR, cases[i].multi);
        for (unsigned adc = 1; adc <= 3; adc++) {
            set(m, adc, SQR3, adc);
            set(m, adc, JSQR, (adc + 9) << 15);
            set(m, adc, CR2, ADON);
        }
        set(m, 1, CR2, ADON | SWSTART);
        cycles(m, 15);
        for (unsigned adc = 1; adc <= 3; adc++)
            g_assert_cmpint((get(m, adc, SR) & EOC) != 0, ==, adc == 1 || (cases[i].regular && adc <= cases[i].converters));
        if (cases[i].regular && cases[i].converters > 1)
            g_assert_cmphex(reg_read(m, CDR), ==, code(300) << 16 | code(200));
        set(m, 1, CR2, ADON | JSWSTART);
        cycles(m, 15);
        for (unsigned adc = 1; adc <= 3; adc++)
            g_assert_cmpint((get(m, adc, SR) & JEOC) != 0, ==, adc == 1 || (cases[i].injected && adc <= cases[i].converters));
        machine_free(m);
    }
}

static void multi_dma(void)
{
    for (unsigned mode = 1; mode <= 3; mode++)
        for (unsigned converters = 2; converters <= 3; converters++) {
            struct machine *m = bench();
            reg_write(m, CCR, (converters == 2 ? 6 : 0x16) | mode << 14 | 1 << 13);
            for (unsigned adc = 1; adc <= converters; adc++) {
                set(m, adc, CR1, mode == 3 ? 2 << 24 : 0);
                set(m, adc, SQR3, adc);
                set(m, adc, CR2, ADON | CONT);
            }
            set(m, 1, CR2, ADON | CONT | SWSTART);
            unsigned next = 0; /* data come in turn: ADC1, ADC2, (ADC3,) ADC1 ... */
            for (unsigned round = 0; round < 4; round++) {
                pass(m, (mode == 3 ? 11 : 15) * CYCLE);
                while (probe_level(m, DMA1)) {
                    uint32_t first = code(100 * (2 + next % converters));
                    uint32_t second = code(100 * (2 + (next + 1) % converters));
                    uint32_t expected = mode == 1 ? first : mode == 2 ? second << 16 | first : (second >> 4) << 8 | first >> 4;
                    g_assert_cmphex(reg_read(m, CDR), ==, expected);
                    next += mode == 1 ? 1 : 2;
                }
                unsigned available = converters * (round + 1);
                g_assert_cmpuint(next, ==, mode == 1 ? available : available & ~1u);
                g_assert_cmpuint(probe_level(m, DMA2), ==, 0);
            }
            cycles(m, 40); /* nobody fetches */
            g_assert_cmphex(reg_read(m, CSR) & (OVR | OVR << 8 | OVR << 16), !=, 0);
            g_assert_cmpuint(probe_level(m, DMA1), ==, 0);
            machine_free(m);
        }
}

/* A follower goes on as long as ADC1 does, and its own triggers do not count. */
static void followers(void)
{
    struct machine *m = bench();
    reg_write(m, CCR, 6);
    set(m, 2, CR1, EOCIE);
    set(m, 2, CR2, ADON | 1 << 28 | 3 << 24);
    set(m, 1, CR2, ADON | CONT);
    probe_set(m, EXT3, 1);
    cycles(m, 50);
    g_assert_cmpuint(probe_rises(m, IRQ), ==, 0);
    set(m, 1, CR2, ADON | CONT | SWSTART);
    for (unsigned i = 1; i <= 4; i++) {
        cycles(m, 15);
        g_assert_cmpuint(probe_rises(m, IRQ), ==, i);
        get(m, 2, DR);
    }
    machine_free(m);
}

/* Flags that fell due unseen are there for a write that clears others. */
static void flags_unseen(void)
{
    struct machine *m = bench();
    set(m, 1, CR2, ADON);
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 15);
    set(m, 1, SR, (uint32_t)~STRT);
    g_assert_cmphex(get(m, 1, SR), ==, EOC);
    set(m, 1, CR2, ADON | SWSTART);
    cycles(m, 15);
    set(m, 1, SR, 0);
    g_assert_cmphex(get(m, 1, SR), ==, 0);
    machine_free(m);
}

/* What release 0.5.2 does to read a pin, twice; a test stands in for the DMA. */
static void analog_read(void)
{
    struct machine *m = bench();
    reg_write(m, CCR, 6 | 1 << 14);
    for (unsigned adc = 1; adc <= 2; adc++) {
        set(m, adc, CR2, CONT);
        set(m, adc, SMPR2, 0x3FFFFFFF); /* 480 cycles */
    }
    for (unsigned read = 0; read < 2; read++) {
        uint32_t expected = read == 0 ? 1234 : 2345;
        probe_set(m, 5, expected);
        set(m, 1, SQR3, 5);
        set(m, 2, SQR3, 5);
        reg_write(m, CCR, 6 | 1 << 14 | 1 << 13);
        set(m, 1, CR2, ADON | CONT);
        set(m, 2, CR2, ADON | CONT);
        set(m, 1, CR2, ADON | CONT | SWSTART);
        for (unsigned item = 0; item < 10; item++) {
            if (item % 2 == 0)
                cycles(m, 492);
            g_assert_cmpuint(probe_level(m, DMA1), ==, 1);
            g_assert_cmpuint(reg_read(m, CDR), ==, code(expected));
        }
        cycles(m, 2000); /* late enough for an overrun */
        reg_write(m, CCR, 6 | 1 << 14);
        set(m, 1, CR2, CONT);
        set(m, 2, CR2, CONT);
        g_assert_cmpuint(probe_level(m, DMA1), ==, 0);
        assert_idle(m);
    }
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = bench();
    set(m, 1, CR1, EOCIE);
    set(m, 1, CR2, ADON | CONT | DMA);
    set(m, 1, CR2, ADON | CONT | DMA | SWSTART);
    cycles(m, 15);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    g_assert_cmpuint(probe_level(m, DMA1), ==, 1);
    struct device *dev = machine_device(m, "ADC");
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    g_assert_cmpuint(probe_level(m, DMA1), ==, 0);
    assert_idle(m);
    for (unsigned adc = 1; adc <= 3; adc++)
        for (uint32_t reg = 0; reg <= DR; reg += 4)
            g_assert_cmphex(get(m, adc, reg), ==, reg == HTR ? 0xFFF : 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/adc/single", single);
    g_test_add_func("/adc/levels", levels);
    g_test_add_func("/adc/sampling-time", sampling_time);
    g_test_add_func("/adc/prescaler", prescaler);
    g_test_add_func("/adc/resolution", resolution);
    g_test_add_func("/adc/alignment", alignment);
    g_test_add_func("/adc/scan", scan);
    g_test_add_func("/adc/end-of-each", end_of_each);
    g_test_add_func("/adc/continuous", continuous);
    g_test_add_func("/adc/discontinuous", discontinuous);
    g_test_add_func("/adc/injected", injected);
    g_test_add_func("/adc/injected-discontinuous", injected_discontinuous);
    g_test_add_func("/adc/auto-injection", auto_injection);
    g_test_add_func("/adc/triggers", triggers);
    g_test_add_func("/adc/injected-triggers", injected_triggers);
    g_test_add_func("/adc/watchdog", watchdog);
    g_test_add_func("/adc/interrupts", interrupts);
    g_test_add_func("/adc/common-status", common_status);
    g_test_add_func("/adc/internal-channels", internal_channels);
    g_test_add_func("/adc/overrun", overrun);
    g_test_add_func("/adc/dma", dma);
    g_test_add_func("/adc/dma-last", dma_last);
    g_test_add_func("/adc/simultaneous", simultaneous);
    g_test_add_func("/adc/multi-dma", multi_dma);
    g_test_add_func("/adc/followers", followers);
    g_test_add_func("/adc/flags-unseen", flags_unseen);
    g_test_add_func("/adc/analog-read", analog_read);
    g_test_add_func("/adc/reset", reset);
    return g_test_run();
}
