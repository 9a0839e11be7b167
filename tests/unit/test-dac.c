/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DAC: every expectation is from RM0033 chapter 11. PCLK1 is 30 MHz. */
#include "peripherals/stm32f2/dac.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40007400, CR = BASE, SWTRIGR = BASE + 4, DHR12R1 = BASE + 8, DOR1 = BASE + 0x2C, DOR2 = BASE + 0x30 };
enum { SR = BASE + 0x34 };
enum { EN = 1, TEN = 4, DMAEN = 0x1000, DMAUDRIE = 0x2000, DMAUDR = 0x2000 };
enum { OUT1, OUT2, DMA1, DMA2, IRQ };

#define CYCLE (TICKS_PER_SECOND / 30000000)

static struct machine *bench(void)
{
    static const char *const outputs[] = {"out1", "out2", "dma1", "dma2", "irq"};
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_dac_class, "DAC", BASE, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autofree char *out = g_strconcat("DAC.", outputs[i], NULL), *in = g_strdup_printf("probe.in%u", i);
        machine_connect(m, out, in);
    }
    for (unsigned i = 0; i < 8; i++) {
        g_autofree char *out = g_strdup_printf("probe.out%u", i), *in = g_strdup_printf("DAC.trig%u", i);
        machine_connect(m, out, in);
    }
    machine_connect_clock(m, "PCLK1", "DAC.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(30000000));
    return m;
}

static uint32_t millivolts(uint32_t code)
{
    return (code * 3300 * 2 + 4095) / (2 * 4095);
}

static void count_events(const struct event *event, void *data)
{
    int64_t *seen = data;
    if (!g_str_equal(event->kind, "dac"))
        return;
    seen[0]++;
    seen[1] = event_field(event, "channel")->integer;
    seen[2] = event_field(event, "millivolts")->integer;
}

static void untriggered(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        int64_t seen[3] = {0};
        machine_subscribe(m, count_events, seen);
        uint32_t dhr = DHR12R1 + 0xC * i, dor = DOR1 + 4 * i;
        g_assert_cmphex(probe_level(m, OUT1 + i), ==, DAC_NOT_DRIVEN);
        reg_write(m, CR, EN << (16 * i));
        g_assert_cmphex(probe_level(m, OUT1 + i), ==, 0);
        g_assert_cmphex(probe_level(m, OUT2 - i), ==, DAC_NOT_DRIVEN);
        reg_write(m, dhr, 0x800);
        g_assert_cmphex(reg_read(m, dor), ==, 0);
        pass(m, CYCLE - 1);
        g_assert_cmphex(reg_read(m, dor), ==, 0);
        pass(m, 1); /* one bus cycle later */
        g_assert_cmphex(reg_read(m, dor), ==, 0x800);
        g_assert_cmpuint(probe_level(m, OUT1 + i), ==, millivolts(0x800));
        g_assert_cmpint(seen[0], ==, 2);
        g_assert_cmpint(seen[1], ==, i + 1);
        g_assert_cmpint(seen[2], ==, 1650);
        reg_write(m, dor, 5); /* read-only */
        reg_write(m, dhr, 0xFFF);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0xFFF);
        g_assert_cmpuint(probe_level(m, OUT1 + i), ==, 3300);
        reg_write(m, dhr, 0xFFF); /* no change, no event */
        pass(m, CYCLE);
        g_assert_cmpint(seen[0], ==, 3);
        reg_write(m, CR, 0);
        g_assert_cmphex(probe_level(m, OUT1 + i), ==, DAC_NOT_DRIVEN);
        machine_free(m);
    }
}

static void alignment(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        uint32_t right = DHR12R1 + 0xC * i, left = right + 4, byte = right + 8, dor = DOR1 + 4 * i;
        reg_write(m, right, 0xFABC);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0xABC);
        g_assert_cmphex(reg_read(m, right), ==, 0xABC);
        g_assert_cmphex(reg_read(m, left), ==, 0xABC0);
        g_assert_cmphex(reg_read(m, byte), ==, 0xAB);
        reg_write(m, left, 0x123F);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0x123);
        reg_write(m, byte, 0xF45);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0x450);
        g_assert_cmphex(reg_read(m, DOR2 - 4 * i), ==, 0);
        machine_free(m);
    }
}

static void dual(void)
{
    static const struct {
        uint32_t offset, value;
    } cases[] = {{0x20, 0x0ABC0123}, {0x24, 0xABC01230}};
    struct machine *m = bench();
    for (unsigned i = 0; i < 2; i++) {
        reg_write(m, BASE + cases[i].offset, 0);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, DOR2), ==, 0);
        reg_write(m, BASE + cases[i].offset, cases[i].value);
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, DOR1), ==, 0x123);
        g_assert_cmphex(reg_read(m, DOR2), ==, 0xABC);
        g_assert_cmphex(reg_read(m, BASE + cases[i].offset), ==, cases[i].value);
    }
    reg_write(m, BASE + 0x28, 0x8765);
    pass(m, CYCLE);
    g_assert_cmphex(reg_read(m, DOR1), ==, 0x650);
    g_assert_cmphex(reg_read(m, DOR2), ==, 0x870);
    machine_free(m);
}

static void software_trigger(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        uint32_t dhr = DHR12R1 + 0xC * i, dor = DOR1 + 4 * i;
        reg_write(m, CR, (uint32_t)(EN | TEN | 7 << 3) << (16 * i));
        reg_write(m, dhr, 0x555);
        pass(m, 100 * CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0);
        reg_write(m, SWTRIGR, 2u >> i); /* the other one */
        pass(m, 100 * CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0);
        reg_write(m, SWTRIGR, 1u << i);
        pass(m, CYCLE - 1);
        g_assert_cmphex(reg_read(m, dor), ==, 0);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, dor), ==, 0x555);
        g_assert_cmphex(reg_read(m, SWTRIGR), ==, 0);
        reg_write(m, CR, (uint32_t)(EN | TEN | 3 << 3) << (16 * i)); /* another trigger is selected */
        reg_write(m, dhr, 0x666);
        reg_write(m, SWTRIGR, 1u << i);
        pass(m, 100 * CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0x555);
        reg_write(m, CR, (uint32_t)EN << (16 * i));
        pass(m, CYCLE);
        g_assert_cmphex(reg_read(m, dor), ==, 0x666);
        machine_free(m);
    }
}

static void triggers(void)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned tsel = 0; tsel < 7; tsel++) {
            struct machine *m = bench();
            uint32_t dor = DOR1 + 4 * i;
            reg_write(m, CR, (EN | TEN | tsel << 3) << (16 * i));
            reg_write(m, DHR12R1 + 0xC * i, 0x321);
            for (unsigned line = 0; line < 8; line++)
                if (line != tsel)
                    probe_set(m, line, 1);
            pass(m, 10 * CYCLE);
            g_assert_cmphex(reg_read(m, dor), ==, 0);
            probe_set(m, tsel, 1);
            reg_write(m, DHR12R1 + 0xC * i, 0x999); /* what was held when the trigger came counts */
            pass(m, 3 * CYCLE - 1);
            g_assert_cmphex(reg_read(m, dor), ==, 0);
            pass(m, 1);
            g_assert_cmphex(reg_read(m, dor), ==, 0x321);
            probe_set(m, tsel, 0); /* rising edges only */
            pass(m, 10 * CYCLE);
            g_assert_cmphex(reg_read(m, dor), ==, 0x321);
            machine_free(m);
        }
    struct machine *m = bench(); /* a wave */
    reg_write(m, CR, EN | TEN | 4 << 3 | 2 << 6 | 11 << 8);
    struct signal w = {.period = 100 * CYCLE, .high = 50 * CYCLE, .epoch = machine_now(m) + 10 * CYCLE};
    device_set_signal(machine_device(m, "probe"), 4, w);
    pass(m, 1014 * CYCLE);
    g_assert_cmphex(reg_read(m, DOR1), ==, 10); /* a triangle that started at 0: the eleventh trigger */
    machine_free(m);
}

static uint32_t next_sample(struct machine *m, unsigned i)
{
    reg_write(m, SWTRIGR, 1u << i);
    pass(m, CYCLE);
    return reg_read(m, DOR1 + 4 * i);
}

static void noise(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        reg_write(m, CR, (uint32_t)(EN | TEN | 7 << 3 | 1 << 6 | 11 << 8) << (16 * i));
        g_assert_cmphex(next_sample(m, i), ==, 0xAAA); /* RM0033, figure of the LFSR wave */
        g_assert_cmphex(next_sample(m, i), ==, 0xD55);
        bool seen[4096] = {false};
        unsigned distinct = 0;
        for (unsigned k = 0; k < 4095; k++) {
            uint32_t x = next_sample(m, i);
            distinct += !seen[x];
            seen[x] = true;
        }
        g_assert_cmpuint(distinct, >, 1000);
        /* Masked to MAMP + 1 bits, added to DHR without overflow; the register starts anew. */
        reg_write(m, CR, 0);
        reg_write(m, DHR12R1 + 0xC * i, 0xFF0);
        reg_write(m, CR, (uint32_t)(EN | TEN | 7 << 3 | 1 << 6 | 2 << 8) << (16 * i));
        g_assert_cmphex(next_sample(m, i), ==, 0xFF0 + (0xAAA & 7));
        g_assert_cmphex(next_sample(m, i), ==, 0xFF0 + (0xD55 & 7));
        reg_write(m, DHR12R1 + 0xC * i, 0xFFE);
        for (unsigned k = 0; k < 20; k++)
            g_assert_cmphex(next_sample(m, i), >=, 0xFFE);
        machine_free(m);
    }
}

static void triangle(void)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned mamp = 0; mamp < 16; mamp++) {
            struct machine *m = bench();
            uint32_t amplitude = (2u << MIN(mamp, 11)) - 1;
            reg_write(m, CR, (EN | TEN | 7 << 3 | 2u << 6 | mamp << 8) << (16 * i));
            for (uint32_t k = 0; k < 2 * amplitude + 3 && k < 600; k++) {
                uint32_t phase = k % (2 * amplitude);
                g_assert_cmpuint(next_sample(m, i), ==, phase <= amplitude ? phase : 2 * amplitude - phase);
            }
            machine_free(m);
        }
}

static void dma(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        reg_write(m, CR, (uint32_t)(EN | TEN) << (16 * i));
        probe_set(m, 0, 1);
        probe_set(m, 0, 0);
        g_assert_cmpuint(probe_rises(m, DMA1 + i), ==, 0);
        reg_write(m, CR, (uint32_t)(EN | TEN | DMAEN) << (16 * i));
        for (unsigned k = 1; k <= 3; k++) {
            probe_set(m, 0, 1);
            probe_set(m, 0, 0);
            g_assert_cmpuint(probe_level(m, DMA1 + i), ==, 1);
            reg_write(m, DHR12R1 + 0xC * i, 0x100 * k);
            g_assert_cmpuint(probe_level(m, DMA1 + i), ==, 0);
            pass(m, 3 * CYCLE);
            g_assert_cmphex(reg_read(m, DOR1 + 4 * i), ==, 0x100 * (k - 1));
        }
        g_assert_cmpuint(probe_rises(m, DMA1 + i), ==, 3);
        g_assert_cmphex(reg_read(m, SR), ==, 0);
        reg_write(m, CR, (uint32_t)(EN | TEN | DMAEN | 7 << 3) << (16 * i)); /* the software trigger makes no request */
        reg_write(m, SWTRIGR, 1u << i);
        g_assert_cmpuint(probe_rises(m, DMA1 + i), ==, 3);
        machine_free(m);
    }
}

static void underrun(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct machine *m = bench();
        uint32_t flag = (uint32_t)DMAUDR << (16 * i);
        reg_write(m, CR, (uint32_t)(EN | TEN | DMAEN | DMAUDRIE) << (16 * i));
        probe_set(m, 0, 1);
        probe_set(m, 0, 0);
        g_assert_cmphex(reg_read(m, SR), ==, 0);
        probe_set(m, 0, 1); /* the next trigger comes before the data */
        probe_set(m, 0, 0);
        g_assert_cmphex(reg_read(m, SR), ==, flag);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
        g_assert_cmpuint(probe_level(m, DMA1 + i), ==, 0);
        probe_set(m, 0, 1); /* no more requests */
        probe_set(m, 0, 0);
        g_assert_cmpuint(probe_rises(m, DMA1 + i), ==, 1);
        reg_write(m, SR, 0);
        g_assert_cmphex(reg_read(m, SR), ==, flag);
        reg_write(m, SR, flag); /* write 1 to clear */
        g_assert_cmphex(reg_read(m, SR), ==, 0);
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        probe_set(m, 0, 1);
        g_assert_cmpuint(probe_rises(m, DMA1 + i), ==, 2);
        machine_free(m);
    }
}

static void reset(void)
{
    struct machine *m = bench();
    reg_write(m, CR, EN | TEN | DMAEN | 1 << 6);
    reg_write(m, DHR12R1, 0x123);
    probe_set(m, 0, 1);
    pass(m, 10 * CYCLE);
    g_assert_cmphex(reg_read(m, DOR1), !=, 0);
    struct device *dev = machine_device(m, "DAC");
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmphex(probe_level(m, OUT1), ==, DAC_NOT_DRIVEN);
    g_assert_cmphex(probe_level(m, DMA1), ==, 0);
    for (uint32_t offset = 0; offset <= 0x34; offset += 4)
        g_assert_cmphex(reg_read(m, BASE + offset), ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dac/untriggered", untriggered);
    g_test_add_func("/dac/alignment", alignment);
    g_test_add_func("/dac/dual", dual);
    g_test_add_func("/dac/software-trigger", software_trigger);
    g_test_add_func("/dac/triggers", triggers);
    g_test_add_func("/dac/noise", noise);
    g_test_add_func("/dac/triangle", triangle);
    g_test_add_func("/dac/dma", dma);
    g_test_add_func("/dac/underrun", underrun);
    g_test_add_func("/dac/reset", reset);
    return g_test_run();
}
