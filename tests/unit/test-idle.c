/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle loops: whether their rounds are executed or skipped, nothing that can be seen differs. */
#include <glib.h>

#include "emu/core/snapshot.h"
#include "tests/unit/cpu-test.h"

static void note_watch(const struct event *event, void *data)
{
    if (strcmp(event->kind, "here") == 0)
        g_string_append_printf(data, "%" G_GUINT64_FORMAT " ", event->ticks / CYCLE);
}

/* A rig that runs code; with skip false no round is skipped. An event that nobody minds comes early: loops are looked at only
 * then. */
static struct rig *idle_rig(const uint16_t *code, size_t bytes, bool skip)
{
    struct rig *r = rig_new();
    rig_put(r, CODE, code, (uint32_t)bytes);
    machine_set_idle_skipping(r->m, skip);
    rig_start(r);
    reg_write(r->m, BENCH + BENCH_TIMER, 40);
    return r;
}

static void assert_same(struct rig *a, struct rig *b)
{
    g_assert_cmpmem(cpu(a), sizeof *cpu(a), cpu(b), sizeof *cpu(b));
    g_assert_cmpstr(a->trace->str, ==, b->trace->str);
    g_assert_cmpmem(a->m->ram.host, a->m->ram.size, b->m->ram.host, b->m->ram.size);
}

static void start_systick(struct rig *r, uint32_t cycles)
{
    reg_write(r->m, SCS + 0x14, cycles);
    reg_write(r->m, SCS + 0x18, 0);
    reg_write(r->m, SCS + 0x10, 7);
}

/* An interrupt that comes at any moment of a loop finds the CPU where it would be. */
static void interrupted(void)
{
    static const uint16_t code[] = {
        0xF000, 0xF803, // LOOP: bl FUNCTION
        0x2900,         // cmp r1, #0
        0xD0FB,         // beq LOOP
        0xE7FE,         // b .
        0x6804,         // FUNCTION: ldr r4, [r0]
        0xB410,         // push {r4}
        0xBC10,         // pop {r4}
        0x4770,         // bx lr
    };
    for (unsigned cycles = 500; cycles < 540; cycles++) {
        struct rig *r[2];
        for (unsigned skip = 0; skip < 2; skip++) {
            r[skip] = idle_rig(code, sizeof code, skip);
            cpu(r[skip])->r[0] = RAM;
            cpu(r[skip])->r[1] = cpu(r[skip])->r[4] = 0;
            start_systick(r[skip], cycles);
            rig_run(r[skip]);
        }
        g_assert_cmpstr(r[0]->trace->str, ==, "+15 ");
        assert_same(r[0], r[1]);
        rig_free(r[0]);
        rig_free(r[1]);
    }
}

/* Only what comes back unchanged is idle: a loop that counts is executed to the last round. */
static void counting(void)
{
    static const uint16_t in_register[] = {
        0x3001, // LOOP: adds r0, #1
        0xE7FD, // b LOOP
    };
    static const uint16_t in_memory[] = {
        0x6808, // LOOP: ldr r0, [r1]
        0x3001, // adds r0, #1
        0x6008, // str r0, [r1]
        0x2000, // movs r0, #0
        0xE7FA, // b LOOP
    };
    struct rig *r = idle_rig(in_register, sizeof in_register, true);
    rig_run(r);
    g_assert_cmpuint(cpu(r)->r[0], ==, 12000 / 2);
    rig_free(r);
    r = idle_rig(in_memory, sizeof in_memory, true);
    cpu(r)->r[0] = 0;
    cpu(r)->r[1] = RAM + 0x100;
    rig_run(r);
    g_assert_cmpuint(rig_word(r, RAM + 0x100), ==, 12000 / 5);
    rig_free(r);
}

/* A loop that reads a device is executed: the device may count. */
static void device_access(void)
{
    static const uint16_t code[] = {
        0x6848, // LOOP: ldr r0, [r1, #4]: BENCH_COUNT
        0x2000, // movs r0, #0
        0xE7FC, // b LOOP
    };
    struct rig *r = idle_rig(code, sizeof code, true);
    cpu(r)->r[0] = 0;
    cpu(r)->r[1] = BENCH;
    rig_run(r);
    g_assert_cmpuint(rig_bench(r)->count, ==, 12000 / 3);
    rig_free(r);
}

/* A watched fetch in an idle loop is published every time. */
static void watched(void)
{
    static const uint16_t code[] = {
        0xF000, 0xF801, // LOOP: bl FUNCTION
        0xE7FC,         // b LOOP
        0x4770,         // FUNCTION: bx lr
    };
    char *seen[2];
    for (unsigned skip = 0; skip < 2; skip++) {
        struct rig *r = idle_rig(code, sizeof code, skip);
        GString *text = g_string_new(NULL);
        machine_subscribe(r->m, note_watch, text);
        machine_watch_fetch(r->m, CODE + 6, "here");
        machine_run(r->m, 100 * CYCLE);
        seen[skip] = g_string_free(text, FALSE);
        rig_free(r);
    }
    g_assert_true(g_str_has_prefix(seen[0], "1 4 7 10 13 "));
    g_assert_cmpstr(seen[0], ==, seen[1]);
    g_free(seen[0]);
    g_free(seen[1]);
}

/* A run that stopped at a watched fetch has published it; a snapshot from there does not publish it again. */
static void watched_snapshot(void)
{
    static const uint16_t code[] = {
        0xF000, 0xF801, // LOOP: bl FUNCTION
        0xE7FC,         // b LOOP
        0x4770,         // FUNCTION: bx lr
    };
    struct rig *r = idle_rig(code, sizeof code, true), *other = idle_rig(code, sizeof code, true);
    g_autoptr(GString) text = g_string_new(NULL), again = g_string_new(NULL);
    machine_subscribe(r->m, note_watch, text);
    machine_subscribe(other->m, note_watch, again);
    machine_watch_fetch(r->m, CODE + 6, "here");
    machine_watch_fetch(other->m, CODE + 6, "here");
    machine_run(r->m, 10 * CYCLE);
    g_assert_cmpstr(text->str, ==, "1 4 7 10 ");
    g_assert_cmphex(cpu(r)->pc, ==, CODE + 6);
    struct snapshot *s = machine_save(r->m);
    machine_restore(other->m, s);
    machine_run(other->m, 18 * CYCLE);
    g_assert_cmpstr(again->str, ==, "13 16 ");
    snapshot_free(s);
    rig_free(r);
    rig_free(other);
}

/* A long loop that stores and asks for the milliseconds, as the main loop of the Photon's system does, under an interrupt every
 * millisecond that counts in memory: found after a while, and skipped to the same end. */
static void long_loop(void)
{
    static const uint16_t code[] = {
        0x2414,         // LOOP: movs r4, #20
        0xB410,         // NEXT: push {r4}
        0xBC10,         // pop {r4}
        0x6014,         // str r4, [r2, #0]
        0x3C01,         // subs r4, #1
        0xD1FA,         // bne NEXT
        0x684B,         // ldr r3, [r1, #4]  (DWT_CYCCNT)
        0x6856,         // ldr r6, [r2, #4]
        0x1B9B,         // subs r3, r3, r6
        0xFBB3, 0xF3F5, // udiv r3, r3, r5
        0x18F0,         // adds r0, r6, r3
        0xE7F2,         // b LOOP
    };
    static const uint16_t handler[] = {
        0xBF00, // nop: the counter has gone on since the event
        0xBF00, // nop
        0xBF00, // nop
        0x6848, // ldr r0, [r1, #4]
        0x6050, // str r0, [r2, #4]
        0x6890, // ldr r0, [r2, #8]
        0x3001, // adds r0, #1
        0x6090, // str r0, [r2, #8]
        0x4770, // bx lr
    };
    struct rig *r[2];
    ticks_t idle[2];
    for (unsigned skip = 0; skip < 2; skip++) {
        r[skip] = idle_rig(code, sizeof code, skip);
        RIG_CODE(r[skip], HANDLER + 0x100, handler);
        rig_vector(r[skip], EXC_SYSTICK, HANDLER + 0x100);
        cpu(r[skip])->r[1] = 0xE0001000;
        cpu(r[skip])->r[2] = RAM + 0x100;
        cpu(r[skip])->r[5] = 120000;
        reg_write(r[skip]->m, 0xE000EDFC, 1 << 24);
        reg_write(r[skip]->m, 0xE0001000, 1);
        start_systick(r[skip], 119999);
        ticks_t before = machine_idle_time(r[skip]->m);
        machine_run(r[skip]->m, 200 * TICKS_PER_MS);
        engine_sync(r[skip]->m->engine);
        idle[skip] = machine_idle_time(r[skip]->m) - before;
    }
    g_assert_cmpuint(rig_word(r[0], RAM + 0x108), ==, 199);
    assert_same(r[0], r[1]);
    g_assert_cmpuint(idle[0], ==, 0);
    g_assert_cmpuint(idle[1], >, 100 * TICKS_PER_MS);
    rig_free(r[0]);
    rig_free(r[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/idle/interrupted", interrupted);
    g_test_add_func("/idle/counting", counting);
    g_test_add_func("/idle/device-access", device_access);
    g_test_add_func("/idle/long-loop", long_loop);
    g_test_add_func("/idle/watched", watched);
    g_test_add_func("/idle/watched-snapshot", watched_snapshot);
    return g_test_run();
}
