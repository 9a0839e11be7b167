/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the real systems do without a radio (--wifi absent), from a device with keys. Nobody knows what a device with a dead
 * radio shows, so what comes of running them is kept: golden/wifi-absent-SET.txt. A run must say the same as that file; to
 * write all of them anew after a change that explains the difference:
 *
 *   build/tests/images/images-test-no-radio --write
 */
#include <stdio.h>
#include <string.h>

#include "tests/images/bench.h"

/*
 * The panic blinks for ten seconds, then the system is reset, and all comes again; the delay loop that it blinks with costs as
 * much time of the host. So a run ends behind the third fault, after two rounds that are alike, and not after the 60 s that it
 * goes on for in the same way.
 */
enum { FAULTS = 3, AFTER_MS = 500 };

static void run(struct bench *b)
{
    bench_power_on(b);
    for (unsigned i = 0; i < FAULTS; i++)
        bench_await(b, "fault", machine_now(b->machine) + MS(15000));
    bench_run_for(b, MS(AFTER_MS));
}

/* ---- the golden file ---- */

static double seconds(ticks_t t)
{
    return (double)(t / TICKS_PER_MS) / 1e3;
}

/* When and how the LED changes. */
static void tell_led(GString *s, const struct bench *b)
{
    for (guint i = 0; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "reset") == 0) {
            g_string_append_printf(s, "%7.1f s  reset: %s\n", seconds(e->ticks), bench_string(e, "cause"));
        } else if (strcmp(e->kind, "led") == 0) {
            const struct event_field *period = event_field(e, "period_ms");
            g_string_append_printf(s, "%7.1f s  %s", seconds(e->ticks), bench_string(e, "state"));
            if (period != NULL)
                g_string_append_printf(s, ", period %d ms", (int)period->integer);
            g_string_append_c(s, '\n');
        }
    }
}

static void tell_faults(GString *s, const struct bench *b)
{
    for (guint i = 0; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "fault") == 0)
            g_string_append_printf(s, "%7.1f s  %s, %s, taken as %s, PC 0x%08X, address 0x%08X\n", seconds(e->ticks),
                                   bench_string(e, "type"), bench_string(e, "cause"), bench_string(e, "taken"),
                                   bench_value(e, "pc"), bench_value(e, "address"));
    }
}

static void tell_registers(GString *s, const struct bench *b)
{
    static const struct {
        const char *name;
        uint32_t address;
    } registers[] = {{"CFSR", 0xE000ED28}, {"HFSR", 0xE000ED2C}, {"MMFAR", 0xE000ED34}, {"BFAR", 0xE000ED38}};
    for (unsigned i = 0; i < G_N_ELEMENTS(registers); i++) {
        uint32_t value;
        g_assert_true(machine_peek(b->machine, registers[i].address, 4, &value));
        g_string_append_printf(s, "%8s  0x%08X\n", registers[i].name, value);
    }
}

static gint by_address(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Which of the blocks of a loop is under way at the very end says nothing: all of them. */
static void tell_pc(GString *s, struct bench *b)
{
    enum { STEPS = 200 };
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (unsigned i = 0; i < STEPS; i++) {
        uint32_t pc = machine_pc(b->machine);
        g_array_append_val(all, pc);
        machine_run_instructions(b->machine, 1);
    }
    g_array_sort(all, by_address);
    for (guint i = 0; i < all->len; i++)
        if (i == 0 || g_array_index(all, uint32_t, i) != g_array_index(all, uint32_t, i - 1))
            g_string_append_printf(s, "%s0x%08X", i == 0 ? "  " : " ", g_array_index(all, uint32_t, i));
    g_string_append_c(s, '\n');
}

/* Everything that counts of a run. */
static char *golden(struct bench *b)
{
    GString *s = g_string_new(NULL);
    g_autofree char *trail = bench_trail(b, 0, "DR1");
    g_string_append_printf(s,
                           "System %s without a radio (--wifi absent), a device with keys: from power-on to %d ms behind the\n"
                           "third fault. It goes on like that: 60 s hold six faults.\n",
                           b->generation->set, AFTER_MS);
    g_string_append(s, "Written by tests/images/test-no-radio.c, which says how to write it anew.\n\nLED\n");
    tell_led(s, b);
    g_string_append(s, "\nFaults\n");
    tell_faults(s, b);
    g_string_append_printf(s, "\nDR1\n  %s\n\nAt the end\n", trail);
    tell_registers(s, b);
    g_string_append(s, "\nBlocks that run then\n");
    tell_pc(s, b);
    return g_string_free(s, FALSE);
}

static char *golden_path(const struct generation *g)
{
    return g_strdup_printf("%s/wifi-absent-%s.txt", GOLDEN_FOLDER, g->set);
}

static bool open_without_radio(struct bench *b, const struct generation *g)
{
    if (!bench_open_with_keys(b, g))
        return false;
    bench_remove_radio(b);
    return true;
}

static void outcome(gconstpointer data)
{
    struct bench b;
    if (!open_without_radio(&b, data))
        return;
    g_autofree char *path = golden_path(b.generation);
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &expected, NULL, &error);
    g_assert_no_error(error);
    run(&b);
    g_autofree char *text = golden(&b);
    if (strcmp(text, expected) != 0)
        g_error("%s says otherwise; this run says:\n%s", path, text);
    bench_close(&b);
}

static int write_golden(void)
{
    for (unsigned i = 0; i < GENERATIONS; i++) {
        struct bench b;
        g_autoptr(GError) error = NULL;
        g_autofree char *path = golden_path(&generations[i]);
        if (!open_without_radio(&b, &generations[i]))
            return 77;
        run(&b);
        g_autofree char *text = golden(&b);
        if (!g_file_set_contents(path, text, -1, &error)) {
            fprintf(stderr, "%s\n", error->message);
            return 1;
        }
        bench_close(&b);
    }
    return 0;
}

/* ---- how it looks for one ---- */

/*
 * CMD0, CMD5, CMD3, where CMD3 is tried four times for want of an answer, each round begun by a tick of a millisecond; after
 * 500 rounds the system gives up.
 */
static void commands(gconstpointer data)
{
    enum { LISTED = 12 };
    struct bench b;
    if (!open_without_radio(&b, data))
        return;
    bench_power_on(&b);
    bench_await(&b, "pin.pin=PC1 and pin.level=1", MS(400));
    ticks_t on = machine_now(b.machine);
    bench_trace_sdio(&b, true);
    bench_await(&b, "fault", MS(2000));
    bench_trace_sdio(&b, false);
    unsigned n[64] = {0}, count = 0;
    ticks_t last = 0;
    GString *first = g_string_new(NULL);
    for (guint i = 0; i < b.events->len; i++) {
        const struct event *e = g_ptr_array_index(b.events, i);
        if (strcmp(e->kind, "mmio") != 0 || strcmp(bench_string(e, "register"), "SDIO_CMD") != 0)
            continue;
        uint32_t value = bench_value(e, "value");
        g_assert_cmphex(value & ~0x3FU, ==, 0x440); /* state machine on, short answer */
        n[value & 0x3F]++;
        if (count++ >= LISTED)
            continue;
        /* each takes 48 clocks, and 64 more until it counts as not answered, at 48 MHz / 122 */
        if (count % 6 != 1)
            g_assert_cmpfloat_with_epsilon((double)(e->ticks - last) / TICKS_PER_US, 112 * 122 / 48.0 + 1.5, 1.5);
        last = e->ticks;
        g_string_append_printf(first, "%u ", value & 0x3F);
    }
    g_assert_cmpstr(first->str, ==, "0 5 3 3 3 3 0 5 3 3 3 3 ");
    g_assert_cmpuint(n[0], ==, 500);
    g_assert_cmpuint(n[5], ==, 500);
    g_assert_cmpuint(n[3], ==, 2000);
    g_assert_cmpuint(n[7] + n[52] + n[53], ==, 0);
    ticks_t fault = bench_when(&b, 0, "fault");
    g_assert_cmpuint(fault - on, >, MS(1000));
    g_assert_cmpuint(fault - on, <, MS(1150));
    g_assert_null(bench_find(&b, 0, "sdio"));
    g_assert_null(bench_find(&b, 0, "wifi"));
    g_string_free(first, TRUE);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    bool write = argc == 2 && strcmp(argv[1], "--write") == 0;
    int none = 1;
    g_test_init(write ? &none : &argc, &argv, NULL);
    if (write)
        return write_golden();
    for (int i = 0; i < GENERATIONS; i++) {
        g_autofree char *golden_test = g_strdup_printf("/images/no-radio/%s/outcome", generations[i].set);
        g_test_add_data_func(golden_test, &generations[i], outcome);
        g_autofree char *command_test = g_strdup_printf("/images/no-radio/%s/commands", generations[i].set);
        g_test_add_data_func(command_test, &generations[i], commands);
    }
    return bench_run_tests();
}
