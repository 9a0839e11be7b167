/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is reported once: unmodelled and stored bits, unlisted registers, messages. Having been said is part of the machine. */
#include <glib.h>
#include <string.h>

#include "emu/core/snapshot.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40000000 };

static const struct reg_field cr_fields[] = {
    {"ON", 0, 1, RW, EFFECT, NULL}, {"SLOW", 1, 1, RW, STORED, NULL}, {"ODD", 2, 2, RW, UNMODELLED, NULL}};
static const struct reg_field dr_fields[] = {{"DATA", 0, 32, RW, UNMODELLED, NULL}};
static const struct reg registers[] = {{"CR", 0x00, 0, FIELDS(cr_fields)}, {"DR", 0x04, 0, FIELDS(dr_fields)}};

static const struct device_class block_class = {
    .name = "block", .registers = registers, .n_registers = G_N_ELEMENTS(registers), .window = 0x400};

static void note(const struct event *event, void *data)
{
    const struct event_field *what = event_field(event, "field");
    if (what == NULL)
        what = event_field(event, "text");
    g_string_append_printf(data, "%s %s; ", event->kind, what->string);
}

struct rig {
    struct machine *m;
    GString *seen;
};

static struct rig rig_new(void)
{
    struct rig r = {bench_new(), g_string_new(NULL)};
    machine_add_device(r.m, &block_class, "BLOCK", BASE, NULL);
    machine_seal(r.m);
    machine_subscribe(r.m, note, r.seen);
    machine_power_on(r.m);
    return r;
}

static void rig_free(struct rig r)
{
    machine_free(r.m);
    g_string_free(r.seen, TRUE);
}

static void expect(struct rig r, const char *seen)
{
    g_assert_cmpstr(g_strchomp(r.seen->str), ==, seen);
    g_string_truncate(r.seen, 0);
}

/* Changing an unmodelled bit, or reading a register that has no other, is said once; writing what is there already is no use.
 */
static void unmodelled(void)
{
    struct rig r = rig_new();
    reg_write(r.m, BASE, 0x1);
    reg_read(r.m, BASE);
    expect(r, "");
    reg_write(r.m, BASE, 0x5);
    reg_write(r.m, BASE, 0xD);
    expect(r, "unmodelled BLOCK_CR.ODD;");
    reg_read(r.m, BASE + 4);
    reg_write(r.m, BASE + 4, 1);
    expect(r, "unmodelled BLOCK_DR.DATA;");
    reg_write(r.m, BASE + 8, 1);
    reg_read(r.m, BASE + 8);
    expect(r, "unmodelled BLOCK+0x08;");
    rig_free(r);
}

/* Bits without effect are reported only on request. */
static void stored(void)
{
    struct rig r = rig_new();
    reg_write(r.m, BASE, 0x2);
    expect(r, "");
    machine_set_strict_stored(r.m, true);
    reg_write(r.m, BASE, 0x0);
    reg_write(r.m, BASE, 0x2);
    expect(r, "stored BLOCK_CR.SLOW;");
    rig_free(r);
}

/* The same message is not repeated, another one is. */
static void message(void)
{
    struct rig r = rig_new();
    machine_report(r.m, "dma", "stream %d", 1);
    machine_report(r.m, "dma", "stream %d", 1);
    machine_report(r.m, "dma", "stream %d", 2);
    expect(r, "dma stream 1; dma stream 2;");
    rig_free(r);
}

static void say_all(struct rig r)
{
    reg_write(r.m, BASE, 0);
    reg_write(r.m, BASE, 0x6);
    reg_write(r.m, BASE + 8, 1);
    machine_report(r.m, "dma", "stream 1");
}

/* A machine put back to before a report makes it again; one that is put behind it does not, though it never made it. */
static void snapshot(void)
{
    static const char all[] = "unmodelled BLOCK_CR.ODD; stored BLOCK_CR.SLOW; unmodelled BLOCK+0x08; dma stream 1;";
    struct rig r = rig_new(), other = rig_new();
    machine_set_strict_stored(r.m, true);
    machine_set_strict_stored(other.m, true);
    struct snapshot *before = machine_save(r.m);
    say_all(r);
    expect(r, all);
    struct snapshot *behind = machine_save(r.m);
    machine_restore(r.m, before);
    say_all(r);
    expect(r, all);
    machine_restore(other.m, behind);
    say_all(other);
    expect(other, "");
    snapshot_free(before);
    snapshot_free(behind);
    rig_free(r);
    rig_free(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/unmodelled", unmodelled);
    g_test_add_func("/report/stored", stored);
    g_test_add_func("/report/message", message);
    g_test_add_func("/report/snapshot", snapshot);
    return g_test_run();
}
