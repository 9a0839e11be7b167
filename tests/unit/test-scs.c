/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System control block without a CPU: identification, reset request, reset values, what is kept over resets. */
#include "emu/core/nvic.h"

#include "emu/core/machine-internal.h"
#include "tests/unit/device-test.h"

static const uint32_t base = 0xE000E000;

static void note_event(const struct event *event, void *data)
{
    GString *s = data;
    g_string_append(s, event->kind);
    if (event_field(event, "cause") != NULL)
        g_string_append_printf(s, ":%s", event_field(event, "cause")->string);
    if (event_field(event, "field") != NULL)
        g_string_append_printf(s, ":%s", event_field(event, "field")->string);
    g_string_append_c(s, ' ');
}

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &armv7m_scs_class, "NVIC", base, NULL);
    machine_connect(m, "NVIC.trcena", "probe.in0");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static uint32_t get(struct machine *m, uint32_t offset)
{
    return reg_read(m, base + offset);
}

static void set(struct machine *m, uint32_t offset, uint32_t value)
{
    reg_write(m, base + offset, value);
}

/* Cortex-M3 r2p0 technical reference manual, chapter 4; constant. */
static void identification(void)
{
    struct machine *m = bench();
    static const struct {
        uint32_t offset, value;
    } ids[] = {{0x004, 2},          {0xD00, 0x412FC230}, {0xD40, 0x00000030}, {0xD44, 0x00000200},
               {0xD48, 0x00100000}, {0xD4C, 0},          {0xD50, 0x00100030}, {0xD54, 0},
               {0xD58, 0x01000000}, {0xD5C, 0},          {0xD60, 0x01100110}, {0xD64, 0x02111000},
               {0xD68, 0x21112231}, {0xD6C, 0x01111110}, {0xD70, 0x01310102}, {0xD90, 0x00000800}};
    for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_assert_cmphex(get(m, ids[i].offset), ==, ids[i].value);
        set(m, ids[i].offset, 0xFFFFFFFF);
        g_assert_cmphex(get(m, ids[i].offset), ==, ids[i].value);
    }
    /* AIRCR.ENDIANNESS: little */
    set(m, 0xD0C, 0x05FA8000);
    g_assert_cmphex(get(m, 0xD0C), ==, 0xFA050000);
    machine_free(m);
}

static void reset_values(void)
{
    struct machine *m = bench();
    static const struct {
        uint32_t offset, value, writable;
    } regs[] = {{0x008, 0, 7},          {0xD08, 0, 0x3FFFFF80}, {0xD10, 0, 0x16},      {0xD14, 0x200, 0x31B},
                {0xD28, 0, 0},          {0xD2C, 0, 0},          {0xD30, 0, 0},         {0xD34, 0, 0xFFFFFFFF},
                {0xD38, 0, 0xFFFFFFFF}, {0xD3C, 0, 0},          {0xDF8, 0, 0xFFFFFFFF}};
    for (unsigned i = 0; i < G_N_ELEMENTS(regs); i++) {
        g_assert_cmphex(get(m, regs[i].offset), ==, regs[i].value);
        set(m, regs[i].offset, 0xFFFFFFFF);
        g_assert_cmphex(get(m, regs[i].offset), ==, regs[i].writable);
    }
    machine_apply_reset(m, RESET_SYSTEM, "test");
    for (unsigned i = 0; i < G_N_ELEMENTS(regs); i++)
        g_assert_cmphex(get(m, regs[i].offset), ==, regs[i].value);
    machine_free(m);
}

/* SYSRESETREQ needs the key; the bits for a halted core are reported. */
static void reset_request(void)
{
    struct machine *m = bench();
    g_autoptr(GString) seen = g_string_new(NULL);
    machine_subscribe(m, note_event, seen);
    set(m, 0xD0C, 0x00000004);
    set(m, 0xD0C, 0xFA050004);
    g_assert_true(machine_bus_write(m, base + 0xD0C, 1, 4)); /* half a key is none */
    g_assert_cmpint(m->reset_wanted, ==, -1);
    set(m, 0xD0C, 0x05FA0000);
    g_assert_cmpint(m->reset_wanted, ==, -1);
    set(m, 0xD0C, 0x05FA0003);
    g_assert_cmpint(m->reset_wanted, ==, -1);
    g_assert_cmpstr(seen->str, ==, "unmodelled:NVIC_AIRCR.VECTRESET unmodelled:NVIC_AIRCR.VECTCLRACTIVE ");
    set(m, 0xD0C, 0x05FA0304);
    g_assert_cmpint(m->reset_wanted, ==, RESET_SYSTEM);
    g_assert_cmpstr(machine_reset_cause(m), ==, "software");
    g_assert_cmphex(get(m, 0xD0C), ==, 0xFA050300);
    machine_apply_reset(m, (enum reset_kind)m->reset_wanted, m->reset_cause);
    g_assert_true(g_str_has_suffix(seen->str, "reset:software "));
    g_assert_cmphex(get(m, 0xD0C), ==, 0xFA050000);
    machine_free(m);
}

/* DEMCR knows the power-on reset only (DDI 0403E C1.6.5); TRCENA goes out as a line. */
static void demcr(void)
{
    struct machine *m = bench();
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    set(m, 0xDFC, 1 << 24 | 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    machine_apply_reset(m, RESET_SYSTEM, "test");
    g_assert_cmphex(get(m, 0xDFC), ==, 1 << 24 | 1);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    set(m, 0xDFC, 0);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    set(m, 0xDFC, 1 << 24);
    machine_power_on(m);
    g_assert_cmphex(get(m, 0xDFC), ==, 0);
    g_assert_cmpuint(probe_level(m, 0), ==, 0);
    machine_free(m);
}

/* Fault status bits are cleared by writing ones, byte by byte if so wanted. */
static void fault_status(void)
{
    struct machine *m = bench();
    struct device *dev = machine_device(m, "NVIC");
    nvic_add_fault(dev, CFSR_IACCVIOL | CFSR_PRECISERR | CFSR_BFARVALID | CFSR_UNDEFINSTR | CFSR_DIVBYZERO,
                   HFSR_FORCED | HFSR_VECTTBL);
    nvic_set_fault_address(dev, EXC_MEM_MANAGE, 0x1234);
    nvic_set_fault_address(dev, EXC_BUS_FAULT, 0x5678);
    g_assert_cmphex(get(m, 0xD28), ==, 0x02018281);
    g_assert_cmphex(get(m, 0xD34), ==, 0x1234);
    g_assert_cmphex(get(m, 0xD38), ==, 0x5678);
    g_assert_true(machine_bus_write(m, base + 0xD29, 1, 0x80));
    g_assert_cmphex(get(m, 0xD28), ==, 0x02010281);
    g_assert_true(machine_bus_write(m, base + 0xD2A, 2, 0x0200));
    g_assert_cmphex(get(m, 0xD28), ==, 0x00010281);
    set(m, 0xD28, 0xFFFFFFFF);
    g_assert_cmphex(get(m, 0xD28), ==, 0);
    set(m, 0xD2C, HFSR_FORCED);
    g_assert_cmphex(get(m, 0xD2C), ==, HFSR_VECTTBL);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scs/identification", identification);
    g_test_add_func("/scs/reset-values", reset_values);
    g_test_add_func("/scs/reset-request", reset_request);
    g_test_add_func("/scs/demcr", demcr);
    g_test_add_func("/scs/fault-status", fault_status);
    return g_test_run();
}
