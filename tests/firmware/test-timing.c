/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exact virtual time inside straight-line code: two reads of a counter n instructions apart differ by n times the cycles. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/firmware/run.h"

enum { SKIP = 77, LAST = 20, COUNTERS = 3 };

static const char *elf;
static const char *const names[COUNTERS] = {"DWT_CYCCNT", "SYST_CVR", "TIM2_CNT"};

struct cpi {
    uint32_t num, den;
};

static void check_counter(const char *line, const char *name, const struct cpi *cpi)
{
    char **words = g_strsplit(line, " ", -1);
    g_assert_cmpuint(g_strv_length(words), ==, LAST + 1);
    g_assert_cmpstr(words[0], ==, name);
    for (uint64_t n = 1; n <= LAST; n++) {
        uint64_t difference = g_ascii_strtoull(words[n], NULL, 10), cycles = n * cpi->num;
        if (cycles % cpi->den == 0) {
            g_assert_cmpuint(difference, ==, cycles / cpi->den);
        } else {
            /* half a cycle is not seen; which way it falls depends on where the first read was */
            g_assert_cmpuint(difference, >=, cycles / cpi->den);
            g_assert_cmpuint(difference, <=, cycles / cpi->den + 1);
        }
    }
    g_strfreev(words);
}

static void test_counters(gconstpointer data)
{
    const struct cpi *cpi = data;
    const char *const loads[] = {elf, NULL};
    const struct firmware_options options = {.cpi_num = cpi->num, .cpi_den = cpi->den, .loads = loads};
    GError *error = NULL;
    struct firmware *f = firmware_new(&options, &error);
    g_assert_no_error(error);
    g_assert_true(firmware_run(f, TICKS_PER_SECOND));
    g_assert_true(f->ended);
    g_assert_cmpint(f->status, ==, 0);
    char **lines = g_strsplit(f->console->str, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, COUNTERS + 1);
    for (unsigned i = 0; i < COUNTERS; i++)
        check_counter(lines[i], names[i], cpi);
    g_strfreev(lines);
    firmware_free(f);
}

int main(int argc, char **argv)
{
    static const struct cpi one = {1, 1}, two = {2, 1}, default_cpi = {3, 2};
    g_test_init(&argc, &argv, NULL);
    if (argc < 2 || *argv[1] == '\0') {
        printf("test-timing # SKIP arm-none-eabi-gcc is not installed\n");
        return SKIP;
    }
    elf = argv[1];
    g_test_add_data_func("/timing/one-cycle", &one, test_counters);
    g_test_add_data_func("/timing/two-cycles", &two, test_counters);
    g_test_add_data_func("/timing/default", &default_cpi, test_counters);
    return g_test_run();
}
