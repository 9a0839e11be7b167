/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine without a CPU: timers, lines, clocks, gates, resets, the bus, register tables, events. */
#include "emu/core/machine.h"

#include <string.h>

#include "emu/core/machine-internal.h"
#include "tests/unit/device-test.h"

/* A device with a register of every kind, three timers, lines, a clock; it notes what happens to it. */
enum { R_RW, R_RO, R_WO, R_W1C, R_W0C, R_W1S, R_MIXED, R_UNMODELLED, R_COUNT, REGISTERS };

static const struct reg_field rw_fields[] = {{"LOW", 0, 8, RW, EFFECT, "/machine/registers"}, {"TOP", 31, 1, RW, STORED, NULL}};
static const struct reg_field ro_fields[] = {{"VALUE", 0, 32, RO, STORED, NULL}};
static const struct reg_field wo_fields[] = {{"KEY", 0, 16, WO, STORED, NULL}};
static const struct reg_field w1c_fields[] = {{"FLAGS", 0, 32, W1C, STORED, NULL}};
static const struct reg_field w0c_fields[] = {{"FLAGS", 0, 16, W0C, STORED, NULL}};
static const struct reg_field w1s_fields[] = {{"START", 4, 4, W1S, STORED, NULL}};
static const struct reg_field mixed_fields[] = {
    {"EN", 0, 1, RW, EFFECT, "/machine/registers"}, {"ODD", 1, 2, RW, UNMODELLED, NULL}, {"KEEP", 8, 4, RW, STORED, NULL}};
static const struct reg_field unmodelled_fields[] = {{"A", 0, 4, RW, UNMODELLED, NULL}, {"B", 4, 4, RW, UNMODELLED, NULL}};
static const struct reg_field count_fields[] = {{"N", 0, 32, RO, EFFECT, "/machine/registers"}};

static const struct reg registers[REGISTERS] = {
    [R_RW] = {"RW", 0x00, 0x12345600, FIELDS(rw_fields)}, [R_RO] = {"RO", 0x04, 0xCAFE, FIELDS(ro_fields)},
    [R_WO] = {"WO", 0x08, 0, FIELDS(wo_fields)},          [R_W1C] = {"W1C", 0x0C, 0xFFFFFFFF, FIELDS(w1c_fields)},
    [R_W0C] = {"W0C", 0x10, 0xFFFF, FIELDS(w0c_fields)},  [R_W1S] = {"W1S", 0x14, 0x10, FIELDS(w1s_fields)},
    [R_MIXED] = {"MIXED", 0x18, 0, FIELDS(mixed_fields)}, [R_UNMODELLED] = {"UNMODELLED", 0x1C, 0, FIELDS(unmodelled_fields)},
    [R_COUNT] = {"COUNT", 0x24, 0, FIELDS(count_fields)},
};

struct thing {
    uint32_t count;
    struct {
        unsigned reg;
        uint32_t old, value, mask;
    } write;
    unsigned writes;
    unsigned n_timer, timer_log[32];
    ticks_t timer_when[32];
    unsigned n_input;
    struct {
        unsigned line;
        uint32_t level;
    } input_log[32];
    unsigned clock_changes;
    struct frequency old_clock;
    unsigned resets[3];
    bool echo; /* answers a line that rises by lowering its source through out1 */
};

static uint32_t thing_read(struct device *dev, unsigned reg, bool side_effects)
{
    struct thing *t = dev->state;
    if (reg != R_COUNT)
        return dev->regs[reg];
    return side_effects ? t->count++ : t->count;
}

static void thing_write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct thing *t = dev->state;
    t->write.reg = reg;
    t->write.old = old;
    t->write.value = value;
    t->write.mask = mask;
    t->writes++;
}

static void thing_timer(struct device *dev, unsigned timer)
{
    struct thing *t = dev->state;
    t->timer_when[t->n_timer] = machine_now(dev->machine);
    t->timer_log[t->n_timer++] = timer;
    if (timer == 2 && t->n_timer < 10) /* one that goes on by itself, and one that it sets for this very moment */
        device_schedule(dev, 2, machine_now(dev->machine) + 100);
    if (timer == 2 && t->n_timer == 1)
        device_schedule(dev, 0, 0);
}

static void thing_input(struct device *dev, unsigned line, const struct signal *signal)
{
    struct thing *t = dev->state;
    t->input_log[t->n_input].line = line;
    t->input_log[t->n_input++].level = signal->level;
    if (t->echo && line == 0)
        device_set_level(dev, 1, signal->level);
}

static void thing_clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    struct thing *t = dev->state;
    g_assert_cmpuint(clock, ==, 0);
    t->clock_changes++;
    t->old_clock = old;
}

static void thing_reset(struct device *dev, enum reset_kind kind)
{
    struct thing *t = dev->state;
    t->resets[kind]++;
    if (kind != RESET_BACKUP)
        device_reset_registers(dev);
}

static const char *const thing_inputs[] = {"in0", "in1"};
static const char *const thing_outputs[] = {"out0", "out1"};
static const char *const thing_clocks[] = {"bus"};

static const struct device_class thing_class = {
    .name = "thing",
    .state_size = sizeof(struct thing),
    .registers = registers,
    .n_registers = REGISTERS,
    .window = 0x400,
    .n_inputs = 2,
    .n_outputs = 2,
    .n_timers = 3,
    .n_clocks = 1,
    .input_names = thing_inputs,
    .output_names = thing_outputs,
    .clock_names = thing_clocks,
    .reset = thing_reset,
    .read = thing_read,
    .write = thing_write,
    .timer = thing_timer,
    .input = thing_input,
    .clock_changed = thing_clock_changed,
};

static void flash_store(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    uint32_t *log = dev->state;
    log[0]++;
    log[1] = offset;
    log[2] = size;
    log[3] = value;
}

static const struct device_class flash_class = {.name = "flash", .state_size = 16, .memory_store = flash_store};

enum { A = 0x40000000, B = 0x40000800, RAM = 0x20000000, FLASH = 0x08000000 };

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_ram(m, "sram", RAM, 0x1000);
    machine_add_flash(m, machine_add_device(m, &flash_class, "FLASH", 0, NULL), FLASH, 0x4000, 0);
    machine_add_device(m, &thing_class, "B", B, NULL); /* not in the order of addresses */
    machine_add_device(m, &thing_class, "A", A, NULL);
    machine_connect(m, "probe.out0", "A.in0");
    machine_connect(m, "probe.out0", "B.in0");
    machine_connect(m, "A.out0", "probe.in0");
    machine_connect(m, "A.out1", "probe.in1");
    machine_connect_gate(m, "probe.out2", "B");
    machine_connect_reset(m, "probe.out3", "B");
    machine_connect_clock(m, "PCLK", "A.bus");
    machine_connect_clock(m, "PCLK", "B.bus");
    machine_seal(m);
    machine_power_on(m);
    probe_set(m, 2, 1);
    return m;
}

static struct thing *thing(struct machine *m, const char *name)
{
    return machine_device(m, name)->state;
}

static void note_event(const struct event *event, void *data)
{
    GString *s = data;
    g_string_append(s, event->kind);
    for (size_t i = 0; i < event->n_fields; i++)
        if (event->fields[i].type == EVENT_STRING)
            g_string_append_printf(s, " %s", event->fields[i].string);
    g_string_append_c(s, '\n');
}

/* ---- registers and bus ---- */

static void registers_test(void)
{
    struct machine *m = bench();
    struct thing *t = thing(m, "A");
    /* RW fields take what is written, the rest of the register keeps its reset value */
    g_assert_cmphex(reg_read(m, A + 0x00), ==, 0x12345600);
    reg_write(m, A + 0x00, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, A + 0x00), ==, 0x923456FF);
    g_assert_cmpuint(t->write.reg, ==, R_RW);
    g_assert_cmphex(t->write.old, ==, 0x12345600);
    g_assert_cmphex(t->write.value, ==, 0xFFFFFFFF);
    g_assert_cmphex(t->write.mask, ==, 0xFFFFFFFF);
    /* byte and half-word lanes */
    g_assert_true(machine_bus_write(m, A + 0x03, 1, 0));
    g_assert_cmphex(reg_read(m, A + 0x00), ==, 0x123456FF);
    g_assert_cmphex(t->write.mask, ==, 0xFF000000);
    g_assert_true(machine_bus_write(m, A + 0x00, 2, 0x1234));
    g_assert_cmphex(reg_read(m, A + 0x00), ==, 0x12345634);
    g_assert_cmphex(t->write.mask, ==, 0x0000FFFF);
    g_assert_cmphex(t->write.value, ==, 0x00001234);
    uint32_t value;
    g_assert_true(machine_bus_read(m, A + 0x01, 1, &value));
    g_assert_cmphex(value, ==, 0x56);
    g_assert_true(machine_bus_read(m, A + 0x02, 2, &value));
    g_assert_cmphex(value, ==, 0x1234);

    reg_write(m, A + 0x04, 0);
    g_assert_cmphex(reg_read(m, A + 0x04), ==, 0xCAFE);
    reg_write(m, A + 0x08, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, A + 0x08), ==, 0);
    g_assert_cmphex(t->write.value, ==, 0xFFFFFFFF);
    reg_write(m, A + 0x0C, 0x0000FF01);
    g_assert_cmphex(reg_read(m, A + 0x0C), ==, 0xFFFF00FE);
    g_assert_true(machine_bus_write(m, A + 0x0E, 1, 0xF0));
    g_assert_cmphex(reg_read(m, A + 0x0C), ==, 0xFF0F00FE);
    reg_write(m, A + 0x10, 0xFFFFFF0F);
    g_assert_cmphex(reg_read(m, A + 0x10), ==, 0xFF0F);
    g_assert_true(machine_bus_write(m, A + 0x11, 1, 0x7F)); /* zeros outside the byte are not written */
    g_assert_cmphex(reg_read(m, A + 0x10), ==, 0x7F0F);
    reg_write(m, A + 0x14, 0xFFFFFF8F);
    g_assert_cmphex(reg_read(m, A + 0x14), ==, 0x90);
    reg_write(m, A + 0x14, 0);
    g_assert_cmphex(reg_read(m, A + 0x14), ==, 0x90);
    /* a read with side effects, and a look without */
    g_assert_true(machine_peek(m, A + 0x24, 4, &value));
    g_assert_cmpuint(value, ==, 0);
    g_assert_cmpuint(reg_read(m, A + 0x24), ==, 0);
    g_assert_cmpuint(reg_read(m, A + 0x24), ==, 1);
    g_assert_true(machine_peek(m, A + 0x24, 4, &value));
    g_assert_cmpuint(value, ==, 2);
    machine_free(m);
}

/* What is not modelled is reported, once each, by name. */
static void reports(void)
{
    struct machine *m = bench();
    g_autoptr(GString) seen = g_string_new(NULL);
    machine_subscribe(m, note_event, seen);
    reg_write(m, A + 0x18, 0x0F01);
    g_assert_cmpstr(seen->str, ==, "");
    reg_write(m, A + 0x18, 0x0F03);
    g_assert_cmpstr(seen->str, ==, "unmodelled A_MIXED.ODD\n");
    reg_write(m, A + 0x18, 0x0F07);
    reg_write(m, A + 0x18, 0);
    g_assert_cmpstr(seen->str, ==, "unmodelled A_MIXED.ODD\n");
    g_string_truncate(seen, 0);
    uint32_t value;
    g_assert_true(machine_peek(m, A + 0x1C, 4, &value));
    g_assert_true(machine_peek(m, A + 0x20, 4, &value));
    g_assert_cmpstr(seen->str, ==, "");
    reg_read(m, A + 0x1C);
    g_assert_cmpstr(seen->str, ==, "unmodelled A_UNMODELLED.A\nunmodelled A_UNMODELLED.B\n");
    g_string_truncate(seen, 0);
    reg_write(m, A + 0x1C, 0xFF);
    g_assert_cmpstr(seen->str, ==, "");
    /* a hole in the table */
    g_assert_cmphex(reg_read(m, A + 0x20), ==, 0);
    reg_write(m, A + 0x20, 1);
    reg_write(m, A + 0x3FC, 1);
    g_assert_cmpstr(seen->str, ==, "unmodelled A+0x20 read\nunmodelled A+0x3FC write\n");
    g_string_truncate(seen, 0);
    /* bits that are only stored, if wanted */
    machine_set_strict_stored(m, true);
    reg_write(m, A + 0x18, 0x0100);
    reg_write(m, A + 0x18, 0x0200);
    reg_write(m, A + 0x18, 0x0201);
    g_assert_cmpstr(seen->str, ==, "stored A_MIXED.KEEP\n");
    g_string_truncate(seen, 0);
    machine_report(m, "note", "text %d", 1);
    machine_report(m, "note", "text %d", 1);
    machine_report(m, "note", "text %d", 2);
    g_assert_cmpstr(seen->str, ==, "note text 1\nnote text 2\n");
    machine_free(m);
}

static void bus(void)
{
    struct machine *m = bench();
    uint32_t value;
    /* memories, at every size and alignment; the alias of flash */
    g_assert_true(machine_bus_write(m, RAM + 0xFFC, 4, 0x11223344));
    g_assert_true(machine_bus_read(m, RAM + 0xFFD, 2, &value));
    g_assert_cmphex(value, ==, 0x2233);
    g_assert_false(machine_bus_read(m, RAM + 0xFFE, 4, &value));
    g_assert_false(machine_bus_write(m, RAM + 0x1000, 1, 0));
    g_assert_false(machine_bus_read(m, RAM - 1, 1, &value));
    g_assert_true(machine_bus_read(m, FLASH, 4, &value));
    g_assert_cmphex(value, ==, 0xFFFFFFFF);
    struct device *flash = machine_device(m, "FLASH");
    g_assert_cmpuint(device_flash_size(flash), ==, 0x4000);
    device_flash_write(flash, 0xFFE, "\1\2\3\4", 4);
    g_assert_true(machine_bus_read(m, FLASH + 0xFFE, 2, &value));
    g_assert_cmphex(value, ==, 0x0201);
    g_assert_true(machine_bus_read(m, 0x1000, 2, &value));
    g_assert_cmphex(value, ==, 0x0403);
    device_flash_fill(flash, 0xFFF, 0x55, 2);
    g_assert_cmpmem(device_flash(flash) + 0xFFE, 4, "\1\x55\x55\4", 4);
    const uint32_t *log = flash->state;
    g_assert_true(machine_bus_write(m, FLASH + 0x102, 2, 0xABCD));
    g_assert_cmpuint(log[0], ==, 1);
    g_assert_cmphex(log[1], ==, 0x102);
    g_assert_cmpuint(log[2], ==, 2);
    g_assert_cmphex(log[3], ==, 0xABCD);
    g_assert_true(machine_bus_write(m, 0x100, 4, 0));
    g_assert_cmpuint(log[0], ==, 1);
    g_assert_false(machine_bus_read(m, FLASH + 0x4000, 1, &value));

    /* windows, and what is between them */
    g_assert_true(machine_bus_read(m, A + 0x3FC, 4, &value));
    g_assert_false(machine_bus_read(m, A + 0x400, 4, &value));
    g_assert_false(machine_bus_write(m, B - 4, 4, 0));
    g_assert_false(machine_bus_read(m, B + 2, 4, &value)); /* not aligned */
    g_assert_true(machine_window(m, A + 0x3FF) == machine_device(m, "A"));
    g_assert_true(machine_window(m, B) == machine_device(m, "B"));
    g_assert_null(machine_window(m, 0));
    g_assert_null(machine_window(m, UINT32_MAX));
    char name[32];
    g_assert_cmpstr(machine_register_name(m, A + 0x18, name, sizeof name), ==, "A_MIXED");
    g_assert_cmpstr(machine_register_name(m, B + 0x19, name, sizeof name), ==, "B_MIXED");
    g_assert_cmpstr(machine_register_name(m, B + 0x20, name, sizeof name), ==, "B+0x20");
    g_assert_cmpstr(machine_register_name(m, 0x12345678, name, sizeof name), ==, "0x12345678");
    machine_free(m);
}

/* ---- time ---- */

/* At their exact moments, in order of time, and among equals in the order in which they were set. */
static void timers(void)
{
    struct machine *m = bench();
    struct device *a = machine_device(m, "A");
    struct thing *t = a->state;
    device_schedule(a, 1, 500);
    device_schedule(a, 0, 500);
    g_assert_cmpuint(device_timer_due(a, 0), ==, 500);
    g_assert_cmpuint(device_timer_due(a, 2), ==, TICKS_NEVER);
    machine_pass_time(m, 499);
    g_assert_cmpuint(t->n_timer, ==, 0);
    machine_pass_time(m, 1000);
    g_assert_cmpuint(machine_now(m), ==, 1000);
    g_assert_cmpuint(t->n_timer, ==, 2);
    g_assert_cmpuint(t->timer_log[0], ==, 1);
    g_assert_cmpuint(t->timer_log[1], ==, 0);
    g_assert_cmpuint(t->timer_when[1], ==, 500);
    g_assert_cmpuint(device_timer_due(a, 0), ==, TICKS_NEVER);
    /* cancelled and replaced */
    device_schedule(a, 0, 1100);
    device_cancel(a, 0);
    device_schedule(a, 1, 1200);
    device_schedule(a, 1, 1300);
    device_schedule(a, 0, 5000);
    device_schedule(a, 0, 1250);
    machine_pass_time(m, 1400);
    g_assert_cmpuint(t->n_timer, ==, 4);
    g_assert_cmpuint(t->timer_when[2], ==, 1250);
    g_assert_cmpuint(t->timer_when[3], ==, 1300);
    /* one in the past is due at once */
    device_schedule(a, 0, 3);
    machine_pass_time(m, 1400);
    g_assert_cmpuint(t->timer_when[4], ==, 1400);
    /* set from within a timer */
    t->n_timer = 0;
    device_schedule(a, 2, 2000);
    machine_pass_time(m, 10000);
    g_assert_cmpuint(t->n_timer, ==, 10);
    g_assert_cmpuint(t->timer_log[1], ==, 0);
    g_assert_cmpuint(t->timer_when[1], ==, 2000);
    g_assert_cmpuint(t->timer_when[2], ==, 2100);
    g_assert_cmpuint(t->timer_when[9], ==, 2800);
    /* a reset cancels */
    device_schedule(a, 0, 20000);
    machine_apply_reset(m, RESET_SYSTEM, "test");
    machine_pass_time(m, 30000);
    g_assert_cmpuint(t->n_timer, ==, 10);
    machine_free(m);
}

static void clocks(void)
{
    struct machine *m = bench();
    struct device *a = machine_device(m, "A"), *b = machine_device(m, "B");
    g_assert_false(frequency_running(device_clock(a, 0)));
    machine_set_clock(m, "PCLK", FREQUENCY_HZ(30000000));
    g_assert_cmpuint(frequency_hz(device_clock(a, 0)), ==, 30000000);
    g_assert_cmpuint(frequency_hz(machine_clock(m, "PCLK")), ==, 30000000);
    g_assert_false(frequency_running(machine_clock(m, "nothing")));
    struct thing *ta = a->state, *tb = b->state;
    unsigned before = tb->clock_changes;
    g_assert_cmpuint(ta->clock_changes, ==, 1);
    machine_set_clock(m, "PCLK", (struct frequency){60000000, 2}); /* the same */
    g_assert_cmpuint(ta->clock_changes, ==, 1);
    machine_set_clock(m, "PCLK", FREQUENCY_HZ(16000000));
    g_assert_cmpuint(ta->clock_changes, ==, 2);
    g_assert_cmpuint(frequency_hz(ta->old_clock), ==, 30000000);
    g_assert_cmpuint(tb->clock_changes, ==, before + 1);
    /* gated: stopped, told when the gate closes and opens, not in between */
    probe_set(m, 2, 0);
    g_assert_false(frequency_running(device_clock(b, 0)));
    g_assert_cmpuint(tb->clock_changes, ==, before + 2);
    g_assert_cmpuint(frequency_hz(tb->old_clock), ==, 16000000);
    machine_set_clock(m, "PCLK", FREQUENCY_HZ(8000000));
    g_assert_cmpuint(tb->clock_changes, ==, before + 2);
    probe_set(m, 2, 1);
    g_assert_cmpuint(tb->clock_changes, ==, before + 3);
    g_assert_false(frequency_running(tb->old_clock));
    g_assert_cmpuint(frequency_hz(device_clock(b, 0)), ==, 8000000);
    machine_free(m);
}

/* While its clock is off a device reads 0 and ignores writes; reported once. */
static void gates(void)
{
    struct machine *m = bench();
    g_autoptr(GString) seen = g_string_new(NULL);
    machine_subscribe(m, note_event, seen);
    reg_write(m, B, 0x55);
    probe_set(m, 2, 0);
    uint32_t value = 1;
    g_assert_true(machine_peek(m, B, 4, &value));
    g_assert_cmpstr(seen->str, ==, "");
    g_assert_cmphex(reg_read(m, B), ==, 0);
    reg_write(m, B, 0xAA);
    g_assert_true(g_str_has_prefix(seen->str, "gated B "));
    g_assert_cmpuint(strcspn(seen->str, "\n") + 1, ==, seen->len);
    g_assert_cmphex(reg_read(m, A), ==, 0x12345600);
    probe_set(m, 2, 1);
    g_assert_cmphex(reg_read(m, B), ==, 0x12345655);
    machine_free(m);
}

static void resets(void)
{
    struct machine *m = bench();
    struct thing *a = thing(m, "A"), *b = thing(m, "B");
    g_assert_cmpuint(a->resets[RESET_POWER_ON], ==, 1);
    g_assert_cmpuint(a->resets[RESET_BACKUP], ==, 1);
    g_assert_cmpuint(a->resets[RESET_SYSTEM], ==, 0);
    machine_power_on_with_battery(m);
    g_assert_cmpuint(a->resets[RESET_POWER_ON], ==, 2);
    g_assert_cmpuint(a->resets[RESET_BACKUP], ==, 1);
    /* the reset line of one device */
    reg_write(m, A, 0x55);
    reg_write(m, B, 0x55);
    probe_set(m, 3, 1);
    g_assert_cmpuint(b->resets[RESET_SYSTEM], ==, 1);
    g_assert_cmphex(reg_read(m, B), ==, 0x12345600);
    g_assert_cmphex(reg_read(m, A), ==, 0x12345655);
    probe_set(m, 3, 0);
    g_assert_cmpuint(b->resets[RESET_SYSTEM], ==, 1);
    /* a request waits; the first one counts; of the backup domain it is carried out at once */
    machine_request_reset(m, RESET_SYSTEM, "iwdg");
    machine_request_reset(m, RESET_SYSTEM, "pin");
    g_assert_cmpuint(a->resets[RESET_SYSTEM], ==, 0);
    g_assert_cmpstr(machine_reset_cause(m), ==, "iwdg");
    machine_request_reset(m, RESET_BACKUP, "BDRST");
    g_assert_cmpuint(a->resets[RESET_BACKUP], ==, 2);
    g_assert_cmpstr(machine_reset_cause(m), ==, "iwdg");
    g_autoptr(GString) seen = g_string_new(NULL);
    machine_subscribe(m, note_event, seen);
    machine_apply_reset(m, RESET_SYSTEM, machine_reset_cause(m));
    g_assert_cmpstr(seen->str, ==, "reset iwdg\n");
    g_assert_cmpuint(a->resets[RESET_SYSTEM], ==, 1);
    g_assert_cmphex(reg_read(m, A), ==, 0x12345600);
    machine_free(m);
}

/* ---- lines ---- */

static void lines(void)
{
    struct machine *m = bench();
    struct thing *a = thing(m, "A"), *b = thing(m, "B");
    struct device *dev = machine_device(m, "A");
    g_assert_true(device_input_connected(dev, 0));
    g_assert_false(device_input_connected(dev, 1));
    g_assert_cmpuint(device_input(dev, 1).level, ==, 0);
    probe_set(m, 0, 1);
    probe_set(m, 0, 1); /* no change, no call */
    probe_set(m, 0, 3);
    g_assert_cmpuint(a->n_input, ==, 2);
    g_assert_cmpuint(b->n_input, ==, 2);
    g_assert_cmpuint(a->input_log[1].level, ==, 3);
    g_assert_cmpuint(device_input(dev, 0).level, ==, 3);
    device_pulse(dev, 0);
    g_assert_cmpuint(probe_rises(m, 0), ==, 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    /* a line that drives another one at once */
    a->echo = true;
    probe_set(m, 0, 0);
    probe_set(m, 0, 1);
    g_assert_cmpuint(probe_level(m, 1), ==, 1);

    /* waves: by their level at a moment */
    struct signal wave = {.period = 100, .high = 30, .epoch = 1000};
    g_assert_cmpuint(signal_level_at(&wave, 1000), ==, 1);
    g_assert_cmpuint(signal_level_at(&wave, 1029), ==, 1);
    g_assert_cmpuint(signal_level_at(&wave, 1030), ==, 0);
    g_assert_cmpuint(signal_level_at(&wave, 1099), ==, 0);
    g_assert_cmpuint(signal_level_at(&wave, 1100), ==, 1);
    g_assert_cmpuint(signal_level_at(&wave, 999), ==, 0);
    g_assert_cmpuint(signal_level_at(&wave, 930), ==, 0);
    g_assert_cmpuint(signal_level_at(&wave, 929), ==, 1);
    g_assert_cmpuint(signal_level_at(&wave, 900), ==, 1);
    struct signal level = {.level = 7};
    g_assert_cmpuint(signal_level_at(&level, 5), ==, 7);
    unsigned before = b->n_input;
    device_set_signal(machine_device(m, "probe"), 0, wave);
    device_set_signal(machine_device(m, "probe"), 0, wave);
    g_assert_cmpuint(b->n_input, ==, before + 1);
    wave.high = 31;
    device_set_signal(machine_device(m, "probe"), 0, wave);
    g_assert_cmpuint(b->n_input, ==, before + 2);
    machine_free(m);
}

/* ---- events ---- */

static void append_a(const struct event *event, void *data)
{
    (void)event;
    g_string_append_c(data, 'a');
}

static void append_b(const struct event *event, void *data)
{
    g_string_append_printf(data, "b%" G_GUINT64_FORMAT "@%" G_GUINT64_FORMAT " ", event->n, event->ticks);
}

static void events(void)
{
    struct machine *m = bench();
    g_autoptr(GString) s = g_string_new(NULL);
    machine_subscribe(m, append_a, s);
    machine_subscribe(m, append_b, s);
    machine_publish(m, "x", FIELD_INT("i", -5));
    machine_pass_time(m, 77);
    machine_publish(m, "x", FIELD_INT("i", 6), FIELD_STRING("s", "text"));
    g_assert_cmpstr(s->str, ==, "ab1@0 ab2@77 ");
    machine_unsubscribe(m, append_a, s);
    machine_unsubscribe(m, append_a, s);
    machine_publish(m, "x", FIELD_BOOL("b", true));
    g_assert_cmpstr(s->str, ==, "ab1@0 ab2@77 b3@77 ");
    const struct event_field fields[] = {FIELD_INT("i", 1), FIELD_HEX("h", 2), FIELD_REAL("r", 0.5)};
    const struct event event = {.kind = "x", .n_fields = 3, .fields = fields};
    g_assert_cmphex(event_field(&event, "h")->hex, ==, 2);
    g_assert_null(event_field(&event, "none"));
    char text[32];
    g_assert_cmpstr(event_time_string(0, text, sizeof text), ==, "0.000000000");
    g_assert_cmpstr(event_time_string(TICKS_PER_SECOND - 1, text, sizeof text), ==, "0.999999999");
    g_assert_cmpstr(event_time_string(12 * TICKS_PER_SECOND + TICKS_PER_MS, text, sizeof text), ==, "12.001000000");
    g_assert_cmpstr(event_time_string(2496, text, sizeof text), ==, "0.000000025");
    g_assert_cmpstr(event_time_string(UINT64_MAX, text, sizeof text), ==, "184763061.635712656");
    machine_free(m);
}

/* Noise depends on its seed alone. */
static void noise(void)
{
    struct machine *m = bench();
    g_assert_cmpuint(machine_seed(m), ==, 1);
    uint64_t a = 1234567, b = 1234567, c = 1234568;
    for (unsigned i = 0; i < 100; i++) {
        uint64_t x = noise_next(&a);
        g_assert_cmphex(x, ==, noise_next(&b));
        g_assert_cmphex(x, !=, noise_next(&c));
    }
    /* the published first values of splitmix64 for this seed */
    uint64_t state = 1234567;
    g_assert_cmphex(noise_next(&state), ==, UINT64_C(6457827717110365317));
    g_assert_cmphex(noise_next(&state), ==, UINT64_C(3203168211198807973));
    machine_free(m);
}

static void count_free(void *data)
{
    ++*(unsigned *)data;
}

static void owned(void)
{
    unsigned freed = 0;
    struct machine *m = bench_new();
    machine_own(m, &freed, count_free);
    machine_own(m, &freed, count_free);
    machine_free(m);
    g_assert_cmpuint(freed, ==, 2);
    machine_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/machine/registers", registers_test);
    g_test_add_func("/machine/reports", reports);
    g_test_add_func("/machine/bus", bus);
    g_test_add_func("/machine/timers", timers);
    g_test_add_func("/machine/clocks", clocks);
    g_test_add_func("/machine/gates", gates);
    g_test_add_func("/machine/resets", resets);
    g_test_add_func("/machine/lines", lines);
    g_test_add_func("/machine/events", events);
    g_test_add_func("/machine/noise", noise);
    g_test_add_func("/machine/owned", owned);
    return g_test_run();
}
