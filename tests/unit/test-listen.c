/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine_listen: host bridges are called at the acceptance point after an output line changed. */
#include "tests/unit/cpu-test.h"

struct ear_note {
    struct machine *m;
    unsigned calls;
    ticks_t when;
    uint32_t pc;
    bool answer; /* drive a line from inside the call */
};

static void ear(void *data)
{
    struct ear_note *note = data;
    note->calls++;
    note->when = machine_now(note->m);
    note->pc = machine_pc(note->m);
    if (note->answer)
        probe_set(note->m, 1, note->calls < 2);
}

static void without_cpu(void)
{
    struct machine *m = bench_new();
    machine_seal(m);
    machine_power_on(m);
    struct ear_note note = {.m = m}, other = {.m = m};
    machine_listen(m, "probe.out0", ear, &note);
    machine_listen(m, "probe.out1", ear, &other);
    probe_set(m, 0, 1);
    device_pulse(machine_device(m, "probe"), 0);
    g_assert_cmpuint(note.calls, ==, 0); /* not from inside the change */
    pass(m, TICKS_PER_US);
    g_assert_cmpuint(note.calls, ==, 1); /* once for all of it */
    g_assert_cmpuint(other.calls, ==, 0);
    pass(m, TICKS_PER_US);
    g_assert_cmpuint(note.calls, ==, 1);

    machine_unlisten(m, "probe.out0", ear, &note);
    probe_set(m, 0, 1);
    pass(m, TICKS_PER_US);
    g_assert_cmpuint(note.calls, ==, 1);

    other.answer = true; /* a change made by a listener calls again: up, down, and then it is quiet */
    probe_set(m, 1, 0);
    device_pulse(machine_device(m, "probe"), 1);
    pass(m, TICKS_PER_US);
    g_assert_cmpuint(other.calls, ==, 3);
    machine_unlisten(m, "probe.out1", ear, &other);
    machine_free(m);
}

/* The store that moves the line ends the block for the listener, who comes before the next block, and changes nothing. */
static void with_cpu(void)
{
    static const uint16_t code[] = {
        0xF04F, 0x4080, // mov r0, #0x40000000
        0x2101,         // movs r1, #1
        0x6001,         // str r1, [r0]  (BENCH_RAISE: out0 goes up)
        0x2207,         // movs r2, #7
        0xE7FF,         // b NEXT
        0x2309,         // NEXT: movs r3, #9
        0xE7FE,         // b .
    };
    ticks_t end[2];
    for (unsigned listened = 0; listened < 2; listened++) {
        struct rig *r = rig_new();
        struct ear_note note = {.m = r->m};
        RIG_CODE(r, CODE, code);
        rig_start(r);
        if (listened)
            machine_listen(r->m, "BENCH.out0", ear, &note);
        rig_run(r);
        if (listened) {
            g_assert_cmpuint(note.calls, ==, 1);
            g_assert_cmphex(note.pc, ==, CODE + 12);
            machine_unlisten(r->m, "BENCH.out0", ear, &note);
        }
        g_assert_cmpuint(cpu(r)->r[2], ==, 7);
        g_assert_cmpuint(cpu(r)->r[3], ==, 9);
        end[listened] = machine_now(r->m);
        rig_free(r);
    }
    g_assert_cmpuint(end[0], ==, end[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/listen/without-cpu", without_cpu);
    g_test_add_func("/listen/with-cpu", with_cpu);
    return g_test_run();
}
