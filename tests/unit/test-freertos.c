/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads of a FreeRTOS kernel that is laid out here by hand, in RAM, as its version 7 to 10 do. */
#include "emu/debug/freertos.h"

#include <string.h>

#include "boards/board.h"

#define RAM     UINT32_C(0x20000000)
#define CURRENT UINT32_C(0x20016AC0) /* pxCurrentTCB */
#define READY   UINT32_C(0x20016A00) /* lists by priority, 0 to 4 */
#define DELAYED UINT32_C(0x20016A80)
#define SUSPEND UINT32_C(0x20016AA0)
#define QUEUE   UINT32_C(0x20004000) /* a queue's list of waiting threads */
#define POINTER UINT32_C(0x20016AD0) /* pxDelayedTaskList */
#define PENDSV  UINT32_C(0x08000201)

enum { ITEM_STATE = 4, ITEM_EVENT = 24, STACK = 0x400 };

struct kernel {
    struct machine *m;
    uint32_t next; /* free RAM */
};

static void set(struct kernel *k, uint32_t address, uint32_t value)
{
    g_assert_cmpuint(debug_write(k->m, address, &value, 4), ==, 4);
}

static uint32_t get(struct kernel *k, uint32_t address)
{
    uint32_t value;
    g_assert_cmpuint(debug_read(k->m, address, &value, 4), ==, 4);
    return value;
}

static void list(struct kernel *k, uint32_t at)
{
    set(k, at, 0);
    set(k, at + 4, at + 8);
    set(k, at + 8, UINT32_MAX);
    set(k, at + 12, at + 8);
    set(k, at + 16, at + 8);
}

static void insert(struct kernel *k, uint32_t at, uint32_t item, uint32_t value, uint32_t owner)
{
    uint32_t last = get(k, at + 16);
    set(k, item, value);
    set(k, item + 4, at + 8);
    set(k, item + 8, last);
    set(k, item + 12, owner);
    set(k, item + 16, at);
    set(k, last + 4, item);
    set(k, at + 16, item);
    set(k, at, get(k, at) + 1);
}

/* A thread that sleeps with registers that tell which they are: 0x100 + number. */
static uint32_t thread(struct kernel *k, const char *name, unsigned priority, uint32_t state, uint32_t value)
{
    uint32_t stack = k->next, tcb = stack + STACK, top = tcb - 0x80;
    char text[16] = {0};
    k->next = tcb + 0x60;
    for (uint32_t at = stack; at < top; at += 4)
        set(k, at, 0xA5A5A5A5);
    for (unsigned i = 0; i < 8; i++)
        set(k, top + 4 * i, 0x104 + i);
    static const uint32_t frame[8] = {0x100, 0x101, 0x102, 0x103, 0x10C, 0x10E, 0x08012345, 0x61000200};
    for (unsigned i = 0; i < 8; i++)
        set(k, top + 32 + 4 * i, frame[i]);
    set(k, tcb, top);
    insert(k, state, tcb + ITEM_STATE, value, tcb);
    set(k, tcb + ITEM_EVENT + 12, tcb);
    set(k, tcb + 44, priority);
    set(k, tcb + 48, stack);
    g_strlcpy(text, name, sizeof text);
    debug_write(k->m, tcb + 52, text, sizeof text);
    return tcb;
}

static struct kernel kernel_new(const uint16_t *handler, size_t size)
{
    struct kernel k = {.m = board_machine(board_find("photon"), &BOARD_OPTIONS_DEFAULT), .next = RAM + 0x8000};
    uint8_t flash[0x300];
    uint32_t vectors[16] = {0x20020000, 0x08000101};
    memset(flash, 0xFF, sizeof flash);
    vectors[14] = PENDSV;
    memcpy(flash, vectors, sizeof vectors);
    memcpy(flash + 0x200, handler, size);
    g_assert_true(board_flash_program(k.m, 0x08000000, flash, sizeof flash, NULL));
    board_power_on(k.m, false);
    for (unsigned i = 0; i < 5; i++)
        list(&k, READY + 20 * i);
    list(&k, DELAYED);
    list(&k, SUSPEND);
    list(&k, QUEUE);
    set(&k, POINTER, DELAYED);
    return k;
}

/* mrs r0, psp; isb; ldr r3, [pc, #4]; ldr r2, [r3]; b .; nop; the literal */
static const uint16_t handler[] = {0xF3EF, 0x8009, 0xF3BF, 0x8F6F, 0x4B01, 0x681A, 0xE7FE, 0xBF00, 0x6AC0, 0x2001};

static uint32_t run_thread(struct kernel *k)
{
    uint32_t running = thread(k, "app", 2, READY + 40, 0);
    set(k, CURRENT, running);
    debug_set_register(k->m, DEBUG_PSP, get(k, running + 48) + 0x200);
    debug_set_register(k->m, DEBUG_CONTROL, 2);
    debug_set_register(k->m, 7, 0x777);
    return running;
}

static const struct rtos_thread *at(GArray *threads, unsigned i)
{
    return &g_array_index(threads, struct rtos_thread, i);
}

static void expect_state(const struct rtos_thread *t, const char *name, const char *text)
{
    g_autofree char *state = freertos_state_text(t);
    g_assert_cmpstr(t->name, ==, name);
    g_assert_cmpstr(state, ==, text);
}

static void states(void)
{
    struct kernel k = kernel_new(handler, sizeof handler);
    uint32_t idle = thread(&k, "IDLE", 0, READY, 0);
    uint32_t sleeper = thread(&k, "sleeper", 3, DELAYED, 5000);
    uint32_t timed = thread(&k, "timed", 4, DELAYED, 6000);
    insert(&k, QUEUE, timed + ITEM_EVENT, 1, timed);
    uint32_t waiter = thread(&k, "waits for ever", 1, SUSPEND, 0);
    insert(&k, QUEUE, waiter + ITEM_EVENT, 4, waiter);
    thread(&k, "suspended", 1, SUSPEND, 0);
    uint32_t running = run_thread(&k);
    g_autoptr(GArray) all = freertos_threads(k.m, NULL);
    g_assert_cmpuint(all->len, ==, 6);
    g_assert_cmphex(at(all, 0)->tcb, ==, running);
    expect_state(at(all, 0), "app", "running");
    g_assert_cmphex(at(all, 1)->tcb, ==, idle);
    expect_state(at(all, 1), "IDLE", "ready");
    g_assert_cmphex(at(all, 2)->tcb, ==, sleeper);
    expect_state(at(all, 2), "sleeper", "blocked until tick 5000");
    expect_state(at(all, 3), "timed", "blocked until tick 6000, waits for 0x20004000");
    expect_state(at(all, 4), "waits for ever", "blocked, waits for 0x20004000");
    expect_state(at(all, 5), "suspended", "suspended");
    g_assert_cmpuint(at(all, 3)->priority, ==, 4);
    machine_free(k.m);
}

static void registers(void)
{
    struct kernel k = kernel_new(handler, sizeof handler);
    uint32_t idle = thread(&k, "IDLE", 0, READY, 0);
    run_thread(&k);
    g_autoptr(GArray) all = freertos_threads(k.m, NULL);
    g_assert_cmpuint(all->len, ==, 2);
    g_assert_cmphex(at(all, 0)->registers[7], ==, 0x777);
    g_assert_cmphex(at(all, 0)->registers[DEBUG_SP], ==, at(all, 0)->stack + 0x200);
    g_assert_cmpuint(at(all, 0)->stack_free, ==, 0x200);
    const struct rtos_thread *t = at(all, 1);
    for (unsigned i = 0; i < 13; i++)
        g_assert_cmphex(t->registers[i], ==, 0x100 + i);
    g_assert_cmphex(t->registers[DEBUG_LR], ==, 0x10E);
    g_assert_cmphex(t->registers[DEBUG_PC], ==, 0x08012344);
    g_assert_cmphex(t->registers[DEBUG_XPSR], ==, 0x61000000);
    g_assert_cmphex(t->registers[DEBUG_SP], ==, idle - 0x80 + 64 + 4); /* the frame was aligned */
    g_assert_cmpuint(t->stack_free, ==, STACK - 0x80);
    g_assert_cmpuint(t->stack_spare, ==, STACK - 0x80);
    machine_free(k.m);
}

/* Found by its symbol too, or through a branch; and not where it is not, or has not started. */
static void finding(void)
{
    static const uint16_t other[] = {0xF3EF, 0x8009, 0x4770}; // mrs r0, psp; bx lr
    static const uint16_t branch[] = {0xE001, 0xBF00, 0xBF00, 0xF3EF, 0x8009,
                                      0x4B01, 0x681A, 0xE7FE, 0x6AC0, 0x2001}; // b to the port's handler
    struct kernel k = kernel_new(other, sizeof other);
    run_thread(&k);
    GArray *none = freertos_threads(k.m, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    g_array_unref(none);
    const struct rtos_symbols symbols = {CURRENT}, wrong = {0x30000000};
    GArray *one = freertos_threads(k.m, &symbols);
    g_assert_cmpuint(one->len, ==, 1);
    g_array_unref(one);
    none = freertos_threads(k.m, &wrong);
    g_assert_cmpuint(none->len, ==, 0);
    g_array_unref(none);
    machine_free(k.m);

    k = kernel_new(branch, sizeof branch);
    uint32_t running = run_thread(&k);
    one = freertos_threads(k.m, NULL);
    g_assert_cmpuint(one->len, ==, 1);
    g_array_unref(one);
    debug_set_register(k.m, DEBUG_CONTROL, 0); /* main runs still */
    none = freertos_threads(k.m, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    g_array_unref(none);
    debug_set_register(k.m, DEBUG_CONTROL, 2);
    set(&k, running + 52, 0x01020304); /* that is no name */
    none = freertos_threads(k.m, NULL);
    g_assert_cmpuint(none->len, ==, 0);
    g_array_unref(none);
    machine_free(k.m);
}

/* Whatever is broken in RAM, it comes to an end. */
static void damage(void)
{
    struct kernel k = kernel_new(handler, sizeof handler);
    for (unsigned i = 0; i < 8; i++)
        thread(&k, "one of them", i % 5, i < 5 ? READY + 20 * i : DELAYED, i);
    run_thread(&k);
    uint32_t end = k.next;
    for (unsigned turn = 0; turn < 300; turn++) {
        uint32_t place = g_test_rand_bit() ? (uint32_t)g_test_rand_int_range(RAM + 0x8000, (gint32)end)
                                           : (uint32_t)g_test_rand_int_range(READY, (gint32)POINTER + 4);
        uint32_t target = g_test_rand_bit() ? (uint32_t)g_test_rand_int_range(RAM, (gint32)end) : (uint32_t)g_test_rand_int();
        uint32_t old = get(&k, place & ~3u);
        set(&k, place & ~3u, target);
        g_autoptr(GArray) all = freertos_threads(k.m, NULL);
        g_assert_cmpuint(all->len, <=, 64);
        if (turn % 4 != 0)
            set(&k, place & ~3u, old);
    }
    machine_free(k.m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/freertos/states", states);
    g_test_add_func("/freertos/registers", registers);
    g_test_add_func("/freertos/finding", finding);
    g_test_add_func("/freertos/damage", damage);
    return g_test_run();
}
