/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/crc.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40023000, DR = BASE, IDR = BASE + 4, CR = BASE + 8 };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_crc_class, "CRC", BASE, NULL);
    machine_seal(m);
    machine_power_on(m);
    return m;
}

/* Bit by bit, straight from the definition in RM0033 4.3. */
static uint32_t reference(uint32_t crc, uint32_t word)
{
    crc ^= word;
    for (int i = 0; i < 32; i++)
        crc = crc & 0x80000000 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
    return crc;
}

static void words(void)
{
    struct machine *m = bench();
    g_assert_cmphex(reg_read(m, DR), ==, 0xFFFFFFFF);
    uint32_t expected = 0xFFFFFFFF;
    for (uint32_t i = 0, word = 1; i < 100; i++, word = word * 1664525 + 1013904223) {
        reg_write(m, DR, word);
        expected = reference(expected, word);
        g_assert_cmphex(reg_read(m, DR), ==, expected);
    }
    machine_free(m);
}

static void reset(void)
{
    struct machine *m = bench();
    reg_write(m, IDR, 0x5A);
    reg_write(m, DR, 0x12345678);
    reg_write(m, CR, 1);
    g_assert_cmphex(reg_read(m, DR), ==, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    g_assert_cmphex(reg_read(m, IDR), ==, 0x5A);
    machine_free(m);
}

static void independent_data(void)
{
    struct machine *m = bench();
    reg_write(m, IDR, 0xFFFFFFA5);
    g_assert_cmphex(reg_read(m, IDR), ==, 0xA5);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/crc/words", words);
    g_test_add_func("/crc/reset", reset);
    g_test_add_func("/crc/independent-data", independent_data);
    return g_test_run();
}
