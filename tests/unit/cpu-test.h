/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bench for code: a small machine with a Cortex-M3 at 120 MHz, 1 MB flash behind a controller that only logs stores, 128 KB
 * RAM, NVIC, SysTick, DWT, and a device BENCH at 0x40000000 that logs every access with its exact PC and time.
 *
 * Code is an array of half-words, one instruction a line. Registers may be set in cpu(r)-> between rig_start and the first run.
 */
#ifndef TESTS_UNIT_CPU_TEST_H
#define TESTS_UNIT_CPU_TEST_H

#include <string.h>

#include "emu/core/cpu.h"
#include "emu/core/dwt.h"
#include "emu/core/exception.h"
#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"
#include "tests/unit/device-test.h"

#define FLASH         UINT32_C(0x08000000)
#define RAM           UINT32_C(0x20000000)
#define CODE          (FLASH + 0x400) /* where rig_start begins */
#define HANDLER       (FLASH + 0x800) /* of every exception that has no other */
#define STACK         UINT32_C(0x20010000)
#define PROCESS_STACK UINT32_C(0x20008000)
#define NOTHING       UINT32_C(0x30000000) /* no device answers there */
#define BENCH         UINT32_C(0x40000000)
#define SCS           UINT32_C(0xE000E000)
#define CYCLE         (TICKS_PER_SECOND / 120000000) /* of HCLK */

/* Registers of BENCH; what is not named here is memory. */
enum {
    BENCH_RAISE = 0x000, /* bit n drives interrupt n, for n = 0..7 */
    BENCH_COUNT = 0x004, /* each read gives one more */
    BENCH_TIMER = 0x008, /* interrupt 7 is raised after so many cycles of HCLK */
    BENCH_TICKS = 0x00C, /* low word of the virtual time */
    BENCH_ERROR = 0x100, /* from here to 0x1FF: bus error */
    BENCH_WINDOW = 0x400,
    BENCH_LINES = 8,
};

/* ---- the bench devices ---- */

struct bench_access {
    uint32_t pc, address, value;
    unsigned size;
    bool write;
    ticks_t when;
};

struct bench {
    uint8_t memory[BENCH_WINDOW];
    uint32_t count, levels;
    unsigned n;
    struct bench_access log[256];
};

static inline void bench_log(struct device *dev, uint32_t offset, unsigned size, bool write, uint32_t value)
{
    struct bench *b = dev->state;
    b->log[b->n++ % G_N_ELEMENTS(b->log)] =
        (struct bench_access){machine_pc(dev->machine), BENCH + offset, value, size, write, machine_now(dev->machine)};
}

static inline bool bench_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    struct bench *b = dev->state;
    if (offset >= BENCH_ERROR && offset < BENCH_ERROR + 0x100)
        return false;
    if (offset == BENCH_COUNT)
        *value = side_effects ? ++b->count : b->count;
    else if (offset == BENCH_TICKS)
        *value = (uint32_t)machine_now(dev->machine);
    else
        memcpy(value, b->memory + offset, size);
    if (side_effects)
        bench_log(dev, offset, size, false, *value);
    return true;
}

static inline bool bench_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    struct bench *b = dev->state;
    if (offset >= BENCH_ERROR && offset < BENCH_ERROR + 0x100)
        return false;
    memcpy(b->memory + offset, &value, size);
    bench_log(dev, offset, size, true, value);
    if (offset == BENCH_TIMER)
        device_schedule(dev, 0, machine_now(dev->machine) + value * CYCLE);
    if (offset == BENCH_RAISE) {
        b->levels = value;
        for (unsigned i = 0; i < BENCH_LINES; i++)
            device_set_level(dev, i, (value >> i) & 1);
    }
    return true;
}

static inline void bench_timer(struct device *dev, unsigned timer)
{
    (void)timer;
    device_set_level(dev, 7, 1);
}

static inline void bench_reset(struct device *dev, enum reset_kind kind)
{
    (void)kind;
    device_cancel(dev, 0);
    for (unsigned i = 0; i < BENCH_LINES; i++)
        device_set_level(dev, i, 0);
}

static const char *const bench_outputs[BENCH_LINES] = {"out0", "out1", "out2", "out3", "out4", "out5", "out6", "out7"};

static const struct device_class bench_class = {
    .name = "bench",
    .state_size = sizeof(struct bench),
    .window = BENCH_WINDOW,
    .n_outputs = BENCH_LINES,
    .n_timers = 1,
    .output_names = bench_outputs,
    .reset = bench_reset,
    .timer = bench_timer,
    .bus_read = bench_read,
    .bus_write = bench_write,
};

struct flash_stores {
    unsigned n;
    struct bench_access log[64]; /* address: the offset */
};

static inline void flash_log_store(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    struct flash_stores *s = dev->state;
    s->log[s->n++ % G_N_ELEMENTS(s->log)] =
        (struct bench_access){machine_pc(dev->machine), offset, value, size, true, machine_now(dev->machine)};
}

static const struct device_class flash_log_class = {
    .name = "flash log", .state_size = sizeof(struct flash_stores), .memory_store = flash_log_store};

/* ---- the machine ---- */

struct rig {
    struct machine *m;
    GString *trace; /* "+16 " exception 16 entered, "-16 " left, "!PRECISERR@08000400>hardfault " a fault */
};

static inline void rig_event(const struct event *event, void *data)
{
    struct rig *r = data;
    if (strcmp(event->kind, "exception") == 0) {
        bool enter = strcmp(event_field(event, "op")->string, "enter") == 0;
        g_string_append_printf(r->trace, "%c%d ", enter ? '+' : '-', (int)event_field(event, "number")->integer);
    } else if (strcmp(event->kind, "fault") == 0) {
        const struct event_field *cause = event_field(event, "cause"), *taken = event_field(event, "taken");
        g_string_append_printf(r->trace, "!%s@%08X>%s ", cause != NULL ? cause->string : event_field(event, "type")->string,
                               (unsigned)event_field(event, "pc")->hex, taken != NULL ? taken->string : "");
    }
}

static inline struct rig *rig_new_cpi(uint32_t cpi_num, uint32_t cpi_den)
{
    struct rig *r = g_new0(struct rig, 1);
    struct machine *m = r->m = bench_new();
    r->trace = g_string_new(NULL);
    machine_add_ram(m, "sram", RAM, 0x20000);
    machine_add_flash(m, machine_add_device(m, &flash_log_class, "FLASH", 0, NULL), FLASH, 0x100000, 0);
    machine_add_bit_band(m, RAM, 0x20000, 0x22000000);
    machine_add_bit_band(m, BENCH, 0x100000, 0x42000000);
    machine_add_device(m, &bench_class, "BENCH", BENCH, NULL);
    machine_add_device(m, &armv7m_scs_class, "NVIC", SCS, NULL);
    machine_add_device(m, &armv7m_dwt_class, "DWT", 0xE0001000, NULL);
    machine_add_device(m, &armv7m_cpu_class, "CPU", 0, NULL);
    machine_connect(m, "NVIC.trcena", "DWT.trcena");
    machine_connect(m, "NVIC.deepsleep", "probe.in0");
    for (unsigned i = 0; i < BENCH_LINES; i++) {
        g_autofree char *out = g_strdup_printf("BENCH.out%u", i);
        g_autofree char *in = g_strdup_printf("NVIC.irq%u", i);
        machine_connect(m, out, in);
    }
    machine_connect(m, "probe.out0", "NVIC.irq8");
    machine_connect(m, "probe.out1", "NVIC.irq9");
    machine_connect(m, "probe.out2", "NVIC.irq80");
    machine_connect_clock(m, "HCLK", "CPU.hclk");
    machine_connect_clock(m, "HCLK", "NVIC.hclk");
    machine_connect_clock(m, "HCLK", "DWT.hclk");
    machine_seal(m);
    machine_add_cpu(m, cpi_num, cpi_den);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    machine_set_trace(m, false, true);
    machine_subscribe(m, rig_event, r);
    return r;
}

static inline void rig_free(struct rig *r)
{
    machine_free(r->m);
    g_string_free(r->trace, TRUE);
    g_free(r);
}

static inline void rig_put(struct rig *r, uint32_t address, const void *data, uint32_t bytes)
{
    if (address >= RAM) {
        for (uint32_t i = 0; i < bytes; i++)
            machine_bus_write(r->m, address + i, 1, ((const uint8_t *)data)[i]);
        return;
    }
    device_flash_write(machine_device(r->m, "FLASH"), address & 0xFFFFF, data, bytes);
}

/* RIG_CODE(r, CODE, code): an array of half-words at an address. */
#define RIG_CODE(R, ADDRESS, ARRAY) rig_put((R), (ADDRESS), (ARRAY), sizeof(ARRAY))

static inline void rig_vector(struct rig *r, unsigned exception, uint32_t address)
{
    uint32_t vector = address | 1;
    rig_put(r, FLASH + 4 * exception, &vector, 4);
}

/* A machine at one cycle an instruction. HANDLER is an endless loop, vectors lead there, reset to CODE. */
static inline struct rig *rig_new(void)
{
    struct rig *r = rig_new_cpi(1, 1);
    static const uint16_t loop[] = {0xE7FE}; // b .
    RIG_CODE(r, HANDLER, loop);
    uint32_t stack = STACK;
    rig_put(r, FLASH, &stack, 4);
    rig_vector(r, EXC_RESET, CODE);
    for (unsigned i = EXC_NMI; i < NVIC_EXCEPTIONS; i++)
        rig_vector(r, i, HANDLER);
    return r;
}

static inline void rig_start(struct rig *r)
{
    machine_power_on(r->m);
    g_string_truncate(r->trace, 0);
}

/* The registers as they are between two runs. */
static inline struct cpu_state *cpu(struct rig *r)
{
    engine_sync(r->m->engine);
    return &r->m->v->cpu;
}

static inline struct bench *rig_bench(struct rig *r)
{
    return machine_device(r->m, "BENCH")->state;
}

static inline struct flash_stores *rig_stores(struct rig *r)
{
    return machine_device(r->m, "FLASH")->state;
}

/* Run for 100 us, 12000 cycles: every program of these tests has come to its endless loop by then. */
static inline enum run_result rig_run(struct rig *r)
{
    enum run_result result = machine_run(r->m, machine_now(r->m) + 100 * TICKS_PER_US);
    engine_sync(r->m->engine);
    return result;
}

static inline uint32_t rig_word(struct rig *r, uint32_t address)
{
    uint32_t value;
    g_assert_true(machine_peek(r->m, address, 4, &value));
    return value;
}

/* Word n of the frame that the last exception pushed on the main stack: r0-r3, r12, lr, pc, xpsr. */
static inline uint32_t rig_frame(struct rig *r, unsigned n)
{
    return rig_word(r, cpu(r)->msp + 4 * n);
}

enum { FRAME_R0, FRAME_R1, FRAME_R2, FRAME_R3, FRAME_R12, FRAME_LR, FRAME_PC, FRAME_XPSR };

static inline uint32_t rig_scs(struct rig *r, unsigned reg)
{
    return machine_device(r->m, "NVIC")->regs[reg];
}

/* Exceptions and faults so far, in order; and forget them. */
G_GNUC_PRINTF(2, 3) static inline void rig_expect_trace(struct rig *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *expected = g_strdup_vprintf(format, args);
    va_end(args);
    g_assert_cmpstr(g_strchomp(r->trace->str), ==, expected);
    g_string_truncate(r->trace, 0);
}

#endif
