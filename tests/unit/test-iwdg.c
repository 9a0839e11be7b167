/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/iwdg.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40003000, KR = BASE, PR = BASE + 4, RLR = BASE + 8, SR = BASE + 12 };
enum { ACCESS = 0x5555, RELOAD = 0xAAAA, START = 0xCCCC };
enum { HARDWARE, FREEZE };
enum { LSI_REQUEST };

#define LSI_CYCLE (TICKS_PER_SECOND / 32000)

struct log {
    unsigned n;
    int64_t timeout_ms;
    ticks_t when;
};

static void note(const struct event *event, void *data)
{
    struct log *log = data;
    if (strcmp(event->kind, "watchdog") != 0)
        return;
    g_assert_cmpstr(event_field(event, "name")->string, ==, "IWDG");
    g_assert_cmpstr(event_field(event, "op")->string, ==, "start");
    log->n++;
    log->timeout_ms = event_field(event, "timeout_ms")->integer;
    log->when = event->ticks;
}

static struct machine *bench(bool lsi)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_iwdg_class, "IWDG", BASE, NULL);
    machine_connect(m, "probe.out0", "IWDG.hardware");
    machine_connect(m, "probe.out1", "IWDG.debug_freeze");
    machine_connect(m, "IWDG.lsi_request", "probe.in0");
    machine_connect_clock(m, "LSI", "IWDG.lsi");
    machine_seal(m);
    machine_power_on(m);
    if (lsi)
        machine_set_clock(m, "LSI", FREQUENCY_HZ(32000));
    return m;
}

/* The reset is wanted after so many ticks, and not one earlier. */
static void assert_expires_after(struct machine *m, ticks_t ticks)
{
    pass(m, ticks - 1);
    g_assert_cmpint(m->reset_wanted, ==, -1);
    pass(m, 1);
    g_assert_cmpint(m->reset_wanted, ==, RESET_SYSTEM);
    g_assert_cmpstr(m->reset_cause, ==, "iwdg");
}

/* RM0033 table of time-outs: RL = 0xFFF at /4 is 512 ms at 32 kHz. */
static void expiry(void)
{
    struct machine *m = bench(true);
    g_assert_cmphex(reg_read(m, KR), ==, 0);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    g_assert_cmphex(reg_read(m, RLR), ==, 0xFFF);
    pass(m, TICKS_PER_SECOND); /* it does not run by itself */
    g_assert_cmpint(m->reset_wanted, ==, -1);
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 0);
    reg_write(m, KR, START);
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 1);
    g_assert_cmphex(reg_read(m, KR), ==, 0);
    assert_expires_after(m, 512 * TICKS_PER_MS);
    machine_free(m);

    /* and RL = 0 is 0.125 ms */
    m = bench(true);
    reg_write(m, KR, ACCESS);
    reg_write(m, RLR, 0);
    pass(m, TICKS_PER_MS);
    reg_write(m, KR, START);
    pass(m, 500 * TICKS_PER_MS);
    reg_write(m, KR, RELOAD);
    assert_expires_after(m, 125 * TICKS_PER_US);
    machine_free(m);
}

static void reload(void)
{
    struct machine *m = bench(true);
    reg_write(m, KR, START);
    for (unsigned i = 0; i < 5; i++) {
        pass(m, 511 * TICKS_PER_MS);
        g_assert_cmpint(m->reset_wanted, ==, -1);
        reg_write(m, KR, RELOAD);
    }
    reg_write(m, KR, START); /* again: nothing */
    reg_write(m, KR, 0x1234);
    assert_expires_after(m, 512 * TICKS_PER_MS);
    machine_free(m);
}

static void prescaler(void)
{
    static const unsigned dividers[8] = {4, 8, 16, 32, 64, 128, 256, 256};
    for (unsigned i = 0; i < 8; i++) {
        struct machine *m = bench(true);
        reg_write(m, KR, ACCESS);
        reg_write(m, PR, i);
        reg_write(m, RLR, 99);
        pass(m, TICKS_PER_MS);
        g_assert_cmphex(reg_read(m, PR), ==, i);
        reg_write(m, KR, RELOAD);
        reg_write(m, KR, START);
        assert_expires_after(m, 100 * dividers[i] * LSI_CYCLE);
        machine_free(m);
    }
    /* changed while it counts: what is left is counted with the new one */
    struct machine *m = bench(true);
    reg_write(m, KR, START);
    pass(m, 4 * 4091 * LSI_CYCLE);
    reg_write(m, KR, ACCESS);
    reg_write(m, PR, 2);
    pass(m, 5 * LSI_CYCLE); /* 15 cycles, that is 4 steps, are left */
    assert_expires_after(m, 4 * 16 * LSI_CYCLE);
    machine_free(m);
}

static void access_key(void)
{
    struct machine *m = bench(true);
    reg_write(m, PR, 3);
    reg_write(m, RLR, 3);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    reg_write(m, KR, ACCESS);
    reg_write(m, KR, RELOAD); /* protects again */
    reg_write(m, PR, 3);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    g_assert_cmphex(reg_read(m, RLR), ==, 0xFFF);
    machine_free(m);
}

static void update(void)
{
    struct machine *m = bench(true);
    reg_write(m, KR, ACCESS);
    reg_write(m, PR, 6);
    g_assert_cmphex(reg_read(m, SR), ==, 1);
    pass(m, LSI_CYCLE);
    reg_write(m, RLR, 625);
    g_assert_cmphex(reg_read(m, SR), ==, 3);
    reg_write(m, PR, 1); /* not while an update is under way */
    pass(m, 4 * LSI_CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR), ==, 3);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, 2);
    g_assert_cmphex(reg_read(m, PR), ==, 6);
    g_assert_cmphex(reg_read(m, RLR), ==, 0xFFF);
    pass(m, LSI_CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmphex(reg_read(m, RLR), ==, 625);
    machine_free(m);
}

/* The bootloader's sequence, with the LSI off until the watchdog asks for it. */
static void armed_by_firmware(void)
{
    struct log log = {0};
    struct machine *m = bench(false);
    machine_subscribe(m, note, &log);
    reg_write(m, KR, ACCESS);
    reg_write(m, PR, 6);
    reg_write(m, RLR, 625);
    reg_write(m, KR, RELOAD);
    reg_write(m, KR, START);
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 1);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, SR), ==, 3); /* nothing moves without the LSI */
    g_assert_nonnull(strstr(machine_device(m, "IWDG")->class->explain(machine_device(m, "IWDG"), 3), "LSI"));
    g_assert_cmpuint(log.n, ==, 0);
    machine_set_clock(m, "LSI", FREQUENCY_HZ(32000));
    pass(m, 5 * LSI_CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmpuint(log.n, ==, 1);
    g_assert_cmpint(log.timeout_ms, ==, 5008); /* 626 * 256 / 32 kHz */
    assert_expires_after(m, 5008 * TICKS_PER_MS);
    machine_free(m);
}

static void announced(void)
{
    struct log log = {0};
    struct machine *m = bench(true);
    machine_subscribe(m, note, &log);
    reg_write(m, KR, ACCESS);
    reg_write(m, RLR, 0x7FF);
    pass(m, TICKS_PER_MS);
    g_assert_cmpuint(log.n, ==, 0);
    ticks_t start = machine_now(m);
    reg_write(m, KR, START);
    g_assert_cmpuint(log.n, ==, 1);
    g_assert_cmpint(log.timeout_ms, ==, 256);
    g_assert_cmpuint(log.when, ==, start);
    reg_write(m, KR, RELOAD);
    g_assert_cmpuint(log.n, ==, 1);
    reg_write(m, KR, ACCESS);
    reg_write(m, PR, 1);
    pass(m, TICKS_PER_MS);
    g_assert_cmpuint(log.n, ==, 2);
    g_assert_cmpint(log.timeout_ms, ==, 512);
    machine_free(m);
}

static void resets(void)
{
    struct machine *m = bench(true);
    reg_write(m, KR, ACCESS);
    reg_write(m, PR, 1);
    pass(m, TICKS_PER_MS);
    reg_write(m, RLR, 5);
    reg_write(m, KR, START);
    machine_request_reset(m, RESET_BACKUP, "bdrst");
    g_assert_cmphex(reg_read(m, PR), ==, 1);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 0);
    g_assert_cmphex(reg_read(m, PR), ==, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 10 * TICKS_PER_SECOND);
    g_assert_cmpint(m->reset_wanted, ==, -1);
    g_assert_cmphex(reg_read(m, RLR), ==, 0xFFF);
    machine_free(m);
}

static void hardware(void)
{
    struct machine *m = bench(true);
    /* option bytes come into force at reset */
    pass(m, TICKS_PER_MS);
    probe_set(m, HARDWARE, 1);
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 0);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 1);
    assert_expires_after(m, 512 * TICKS_PER_MS);
    machine_apply_reset(m, RESET_SYSTEM, "iwdg");
    probe_set(m, HARDWARE, 0); /* does not stop it any more */
    assert_expires_after(m, 512 * TICKS_PER_MS);
    machine_apply_reset(m, RESET_SYSTEM, "iwdg");
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 0);
    /* loaded right after this device's own reset */
    probe_set(m, HARDWARE, 1);
    g_assert_cmpuint(probe_level(m, LSI_REQUEST), ==, 1);
    machine_free(m);
}

static void debug_freeze(void)
{
    struct machine *m = bench(true);
    reg_write(m, KR, START);
    pass(m, 500 * TICKS_PER_MS);
    probe_set(m, FREEZE, 1);
    pass(m, 10 * TICKS_PER_SECOND);
    g_assert_cmpint(m->reset_wanted, ==, -1);
    probe_set(m, FREEZE, 0);
    assert_expires_after(m, 12 * TICKS_PER_MS);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/iwdg/expiry", expiry);
    g_test_add_func("/iwdg/reload", reload);
    g_test_add_func("/iwdg/prescaler", prescaler);
    g_test_add_func("/iwdg/access-key", access_key);
    g_test_add_func("/iwdg/update", update);
    g_test_add_func("/iwdg/armed-by-firmware", armed_by_firmware);
    g_test_add_func("/iwdg/announced", announced);
    g_test_add_func("/iwdg/resets", resets);
    g_test_add_func("/iwdg/hardware", hardware);
    g_test_add_func("/iwdg/debug-freeze", debug_freeze);
    return g_test_run();
}
