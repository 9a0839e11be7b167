/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NVIC's registers and priorities without a CPU: ARM DDI 0403E B1.5.4 and B3.4; STM32F2: 81 interrupts, 16 priorities. */
#include "emu/core/nvic.h"

#include "emu/core/machine-internal.h"
#include "tests/unit/device-test.h"

enum { ISER = 0x100, ICER = 0x180, ISPR = 0x200, ICPR = 0x280, IABR = 0x300, IPR = 0x400 };
enum { ICSR = 0xD04, AIRCR = 0xD0C, SHPR1 = 0xD18, SHPR2 = 0xD1C, SHPR3 = 0xD20, SHCSR = 0xD24, STIR = 0xF00 };

static const uint32_t base = 0xE000E000;

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &armv7m_scs_class, "NVIC", base, NULL);
    machine_connect(m, "probe.out0", "NVIC.irq0");
    machine_connect(m, "probe.out1", "NVIC.irq33");
    machine_connect(m, "probe.out2", "NVIC.irq80");
    machine_seal(m);
    machine_power_on(m);
    return m;
}

static struct device *nvic(struct machine *m)
{
    return machine_device(m, "NVIC");
}

static uint32_t get(struct machine *m, uint32_t offset)
{
    return reg_read(m, base + offset);
}

static void set(struct machine *m, uint32_t offset, uint32_t value)
{
    reg_write(m, base + offset, value);
}

static void set_byte(struct machine *m, uint32_t offset, uint8_t value)
{
    g_assert_true(machine_bus_write(m, base + offset, 1, value));
}

/* ISER sets, ICER clears, both read what is enabled; interrupts that are not there stay 0. */
static void enable(void)
{
    struct machine *m = bench();
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(get(m, ISER + 4 * i), ==, 0);
        set(m, ISER + 4 * i, 0xFFFFFFFF);
        uint32_t all = i < 2 ? 0xFFFFFFFF : 0x0001FFFF;
        g_assert_cmphex(get(m, ISER + 4 * i), ==, all);
        g_assert_cmphex(get(m, ICER + 4 * i), ==, all);
        set(m, ICER + 4 * i, 0x00FF0001);
        g_assert_cmphex(get(m, ISER + 4 * i), ==, all & ~UINT32_C(0x00FF0001));
        set(m, ISER + 4 * i, 0x00010000);
        g_assert_cmphex(get(m, ICER + 4 * i), ==, (all & ~UINT32_C(0x00FF0001)) | 0x00010000);
        set(m, ICER + 4 * i, 0);
        g_assert_cmphex(get(m, ICER + 4 * i), ==, (all & ~UINT32_C(0x00FF0001)) | 0x00010000);
    }
    g_assert_true(machine_bus_write(m, base + ISER + 5, 1, 1)); /* a byte reaches its lane only: interrupt 40 */
    set(m, ICER + 4, 0xFFFFFFFF);
    g_assert_true(machine_bus_write(m, base + ISER + 5, 1, 1));
    g_assert_cmphex(get(m, ISER + 4), ==, 0x100);

    /* what is not enabled does not come */
    set(m, ISPR, 1);
    set(m, ICER, 0xFFFFFFFF);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_NONE);
    set(m, ISER, 1);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0);
    machine_request_reset(m, RESET_SYSTEM, "test");
    machine_apply_reset(m, RESET_SYSTEM, "test");
    g_assert_cmphex(get(m, ISER), ==, 0);
    g_assert_cmphex(get(m, ISER + 4), ==, 0);
    g_assert_cmphex(get(m, ISPR), ==, 0);
    machine_free(m);
}

/* Pending by software and by lines: a rising line latches, a falling one leaves it, a high one pends again when cleared. */
static void pending(void)
{
    struct machine *m = bench();
    set(m, ISPR + 4, 0x80000001);
    g_assert_cmphex(get(m, ISPR + 4), ==, 0x80000001);
    g_assert_cmphex(get(m, ICPR + 4), ==, 0x80000001);
    set(m, ICPR + 4, 0x80000000);
    g_assert_cmphex(get(m, ISPR + 4), ==, 1);
    set(m, ISPR + 8, 0xFFFFFFFF);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x0001FFFF);
    set(m, ICPR + 8, 0xFFFFFFFF);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0);

    probe_set(m, 2, 1);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x00010000);
    set(m, ICPR + 8, 0x00010000);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x00010000);
    probe_set(m, 2, 0);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x00010000);
    set(m, ICPR + 8, 0x00010000);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0);

    /* while its handler runs a high line is not pending; when it ends it is */
    probe_set(m, 2, 1);
    nvic_activate(nvic(m), EXC_IRQ0 + 80);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0);
    nvic_deactivate(nvic(m), EXC_IRQ0 + 80);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x00010000);
    nvic_activate(nvic(m), EXC_IRQ0 + 80);
    probe_set(m, 2, 0);
    nvic_deactivate(nvic(m), EXC_IRQ0 + 80);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0);
    /* a new edge while it runs does pend it */
    probe_set(m, 2, 1);
    nvic_activate(nvic(m), EXC_IRQ0 + 80);
    probe_set(m, 2, 0);
    probe_set(m, 2, 1);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x00010000);
    machine_free(m);
}

static void active(void)
{
    struct machine *m = bench();
    nvic_activate(nvic(m), EXC_IRQ0);
    nvic_activate(nvic(m), EXC_IRQ0 + 31);
    nvic_activate(nvic(m), EXC_IRQ0 + 32);
    nvic_activate(nvic(m), EXC_IRQ0 + 80);
    nvic_activate(nvic(m), EXC_SYSTICK);
    g_assert_cmphex(get(m, IABR), ==, 0x80000001);
    g_assert_cmphex(get(m, IABR + 4), ==, 1);
    g_assert_cmphex(get(m, IABR + 8), ==, 0x00010000);
    set(m, IABR, 0); /* read only */
    g_assert_cmphex(get(m, IABR), ==, 0x80000001);
    g_assert_cmpuint(nvic_active_count(nvic(m)), ==, 5);
    nvic_deactivate(nvic(m), EXC_IRQ0 + 31);
    g_assert_cmphex(get(m, IABR), ==, 1);
    machine_free(m);
}

/* Four bits of each priority; the lowest number wins, then the lowest exception. */
static void priority(void)
{
    struct machine *m = bench();
    for (unsigned i = 0; i <= 20; i++) {
        set(m, IPR + 4 * i, 0xFFFFFFFF);
        g_assert_cmphex(get(m, IPR + 4 * i), ==, i < 20 ? 0xF0F0F0F0 : 0xF0);
    }
    set_byte(m, IPR + 33, 0x7F);
    g_assert_cmphex(get(m, IPR + 32), ==, 0xF0F070F0);
    uint32_t byte;
    g_assert_true(machine_bus_read(m, base + IPR + 33, 1, &byte));
    g_assert_cmphex(byte, ==, 0x70);
    set(m, SHPR1, 0xFFFFFFFF);
    set(m, SHPR2, 0xFFFFFFFF);
    set(m, SHPR3, 0xFFFFFFFF);
    g_assert_cmphex(get(m, SHPR1), ==, 0x00F0F0F0);
    g_assert_cmphex(get(m, SHPR2), ==, 0xF0000000);
    g_assert_cmphex(get(m, SHPR3), ==, 0xF0F000F0);

    set(m, ISER, 0xFFFFFFFF);
    set(m, ISER + 4, 0xFFFFFFFF);
    set(m, ISER + 8, 0xFFFFFFFF);
    set(m, ISPR, 0x30);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0 + 4);
    set(m, ISPR + 4, 2);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0 + 33);
    set(m, ISPR + 8, 0x10000);
    set_byte(m, IPR + 80, 0x60);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0 + 80);
    set(m, ICSR, 1 << 28); /* PendSV at 0xF0: last */
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0 + 80);
    set_byte(m, SHPR3 + 2, 0x60); /* equal: the lower number */
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_PENDSV);
    set(m, ICSR, 1 << 26);
    set_byte(m, SHPR3 + 3, 0x50);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_SYSTICK);
    set(m, ICSR, UINT32_C(1) << 31);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_NMI);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_NMI), ==, -2);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_HARD_FAULT), ==, -1);
    set_byte(m, SHPR1, 0x10);
    set_byte(m, SHPR1 + 1, 0x20);
    set_byte(m, SHPR1 + 2, 0x30);
    set_byte(m, SHPR2 + 3, 0x40);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_MEM_MANAGE), ==, 0x10);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_BUS_FAULT), ==, 0x20);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_USAGE_FAULT), ==, 0x30);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_SVC), ==, 0x40);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_PENDSV), ==, 0x60);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_SYSTICK), ==, 0x50);
    g_assert_cmpint(nvic_group_priority(nvic(m), EXC_IRQ0 + 33), ==, 0x70);
    machine_free(m);
}

/* AIRCR.PRIGROUP n: bits n..0 do not preempt, but order what is pending (B1.5.4). */
static void priority_group(void)
{
    struct machine *m = bench();
    g_assert_cmphex(get(m, AIRCR), ==, 0xFA050000);
    set(m, IPR, 0xF0B07030);
    static const int groups[8][4] = {
        {0x30, 0x70, 0xB0, 0xF0}, {0x30, 0x70, 0xB0, 0xF0}, {0x30, 0x70, 0xB0, 0xF0}, {0x30, 0x70, 0xB0, 0xF0},
        {0x20, 0x60, 0xA0, 0xE0}, {0x00, 0x40, 0x80, 0xC0}, {0x00, 0x00, 0x80, 0x80}, {0, 0, 0, 0}};
    for (uint32_t prigroup = 0; prigroup < 8; prigroup++) {
        set(m, AIRCR, prigroup << 8); /* without the key: nothing happens */
        g_assert_cmphex(get(m, AIRCR), ==, 0xFA050000 | (prigroup == 0 ? 0 : (prigroup - 1) << 8));
        set(m, AIRCR, 0x05FA0000 | prigroup << 8);
        g_assert_cmphex(get(m, AIRCR), ==, 0xFA050000 | prigroup << 8);
        for (unsigned i = 0; i < 4; i++)
            g_assert_cmpint(nvic_group_priority(nvic(m), EXC_IRQ0 + i), ==, groups[prigroup][i]);
    }
    set(m, AIRCR, 0x05FA0000 | 6 << 8);
    set(m, ISER, 3);
    set(m, ISPR, 3);
    g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, EXC_IRQ0); /* by subpriority */
    nvic_activate(nvic(m), EXC_IRQ0 + 1);
    g_assert_false(nvic_waits_for_mask(nvic(m))); /* the same group: does not preempt */
    set(m, AIRCR, 0x05FA0000 | 5 << 8);
    g_assert_true(nvic_waits_for_mask(nvic(m)));

    /* the masks, too, count by group */
    struct cpu_state cpu = {.basepri = 0x70};
    nvic_deactivate(nvic(m), EXC_IRQ0 + 1);
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, 0x40);
    cpu.primask = 1;
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, 0);
    cpu.faultmask = 1;
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, -1);
    nvic_activate(nvic(m), EXC_NMI);
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, -2);
    cpu = (struct cpu_state){0};
    nvic_deactivate(nvic(m), EXC_NMI);
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, PRIORITY_IDLE);
    nvic_activate(nvic(m), EXC_IRQ0 + 3);
    nvic_activate(nvic(m), EXC_IRQ0 + 2);
    g_assert_cmpint(nvic_execution_priority(nvic(m), &cpu), ==, 0x80);
    machine_free(m);
}

static void icsr(void)
{
    struct machine *m = bench();
    enum { RETTOBASE = 1 << 11, ISRPENDING = 1 << 22 };
    set(m, ICSR, 1 << 28);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, 1 << 28 | EXC_PENDSV << 12);
    set(m, ICSR, 1 << 26);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, 1 << 28 | 1 << 26 | EXC_PENDSV << 12);
    set(m, ICSR, 1 << 27);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, 1 << 26 | EXC_SYSTICK << 12);
    set(m, ICSR, 0);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, 1 << 26 | EXC_SYSTICK << 12);
    set(m, ICSR, 1 << 25);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, 0);
    set(m, ICSR, UINT32_C(1) << 31);
    g_assert_cmphex(get(m, ICSR) & ~RETTOBASE, ==, UINT32_C(1) << 31 | EXC_NMI << 12);
    nvic_activate(nvic(m), EXC_NMI);
    m->v->cpu.xpsr = EXC_NMI;
    g_assert_cmphex(get(m, ICSR), ==, EXC_NMI | RETTOBASE);

    /* ISRPENDING: interrupts only; VECTPENDING: enabled ones only */
    set(m, ISPR + 4, 2);
    g_assert_cmphex(get(m, ICSR), ==, EXC_NMI | RETTOBASE | ISRPENDING);
    set(m, ISER + 4, 2);
    g_assert_cmphex(get(m, ICSR), ==, EXC_NMI | RETTOBASE | ISRPENDING | (EXC_IRQ0 + 33) << 12);

    /* RETTOBASE: no other exception is active */
    nvic_activate(nvic(m), EXC_IRQ0 + 5);
    g_assert_cmphex(get(m, ICSR), ==, EXC_NMI | ISRPENDING | (EXC_IRQ0 + 33) << 12);
    m->v->cpu.xpsr = EXC_IRQ0 + 80;
    g_assert_cmphex(get(m, ICSR) & 0x1FF, ==, 96);
    machine_free(m);
}

/* SHCSR shows and sets the state of the system exceptions, and enables the three faults. */
static void shcsr(void)
{
    struct machine *m = bench();
    static const struct {
        uint32_t bit;
        unsigned exception;
    } actives[] = {{0, EXC_MEM_MANAGE},    {1, EXC_BUS_FAULT}, {3, EXC_USAGE_FAULT}, {7, EXC_SVC},
                   {8, EXC_DEBUG_MONITOR}, {10, EXC_PENDSV},   {11, EXC_SYSTICK}},
      pendings[] = {{12, EXC_USAGE_FAULT}, {13, EXC_MEM_MANAGE}, {14, EXC_BUS_FAULT}, {15, EXC_SVC}};
    g_assert_cmphex(get(m, SHCSR), ==, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(actives); i++) {
        nvic_activate(nvic(m), actives[i].exception);
        g_assert_cmphex(get(m, SHCSR), ==, BIT(actives[i].bit));
        nvic_deactivate(nvic(m), actives[i].exception);
        set(m, SHCSR, BIT(actives[i].bit));
        g_assert_true(nvic_is_active(nvic(m), actives[i].exception));
        g_assert_cmphex(get(m, SHCSR), ==, BIT(actives[i].bit));
        set(m, SHCSR, 0);
        g_assert_false(nvic_is_active(nvic(m), actives[i].exception));
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(pendings); i++) {
        nvic_set_pending(nvic(m), pendings[i].exception, true);
        g_assert_cmphex(get(m, SHCSR), ==, BIT(pendings[i].bit));
        set(m, SHCSR, 0);
        g_assert_false(nvic_is_pending(nvic(m), pendings[i].exception));
        set(m, SHCSR, BIT(pendings[i].bit));
        g_assert_true(nvic_is_pending(nvic(m), pendings[i].exception));
        /* a disabled fault does not come until it is enabled; SVCall cannot be disabled */
        bool svc = pendings[i].exception == EXC_SVC;
        g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, svc ? EXC_SVC : EXC_NONE);
        if (!svc) {
            set(m, SHCSR, BIT(pendings[i].bit) | BIT(12 + pendings[i].exception));
            g_assert_cmpuint(nvic_first_pending(nvic(m)), ==, pendings[i].exception);
        }
        set(m, SHCSR, 0);
    }
    set(m, SHCSR, 0xFFFF0000);
    g_assert_cmphex(get(m, SHCSR), ==, 0x00070000);
    g_assert_true(nvic_fault_enabled(nvic(m), EXC_MEM_MANAGE));
    set(m, SHCSR, 0x00060000);
    g_assert_false(nvic_fault_enabled(nvic(m), EXC_MEM_MANAGE));
    g_assert_true(nvic_fault_enabled(nvic(m), EXC_BUS_FAULT));
    g_assert_true(nvic_fault_enabled(nvic(m), EXC_USAGE_FAULT));
    /* a byte store leaves the others alone */
    nvic_activate(nvic(m), EXC_SYSTICK);
    set_byte(m, SHCSR + 2, 0);
    g_assert_cmphex(get(m, SHCSR), ==, BIT(11));
    machine_free(m);
}

static void software_trigger(void)
{
    struct machine *m = bench();
    set(m, STIR, 0);
    set(m, STIR, 33);
    set(m, STIR, 80);
    set(m, STIR, 81); /* not there */
    set(m, STIR, 511);
    g_assert_cmphex(get(m, ISPR), ==, 1);
    g_assert_cmphex(get(m, ISPR + 4), ==, 2);
    g_assert_cmphex(get(m, ISPR + 8), ==, 0x10000);
    g_assert_cmphex(get(m, STIR), ==, 0);
    set(m, ICPR + 4, 2);
    set(m, STIR, 0xFFFFFE00 | 33); /* nine bits */
    g_assert_cmphex(get(m, ISPR + 4), ==, 2);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/nvic/enable", enable);
    g_test_add_func("/nvic/pending", pending);
    g_test_add_func("/nvic/active", active);
    g_test_add_func("/nvic/priority", priority);
    g_test_add_func("/nvic/priority-group", priority_group);
    g_test_add_func("/nvic/icsr", icsr);
    g_test_add_func("/nvic/shcsr", shcsr);
    g_test_add_func("/nvic/software-trigger", software_trigger);
    return g_test_run();
}
