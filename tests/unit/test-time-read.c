/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Does it matter when a loop reads the cycle counter? Code as the real firmware has it, and code that must not be skipped. */
#include <glib.h>
#include <string.h>

#include "emu/core/time-read.h"

enum { CODE = 0x08001000, DATA = 0x20000000 };

struct memory {
    const uint16_t *code;
    unsigned halfwords;
    uint32_t data[8];
};

static bool fetch(void *data, uint32_t address, uint16_t *halfword)
{
    const struct memory *m = data;
    uint32_t index = (address - CODE) / 2;
    *halfword = index < m->halfwords ? m->code[index] : 0x4770; /* bx lr */
    return true;
}

static bool word(void *data, uint32_t address, uint32_t *value)
{
    const struct memory *m = data;
    if (address - CODE < 2 * m->halfwords)
        memcpy(value, (const uint8_t *)m->code + (address - CODE), 4);
    else if (address - DATA < sizeof m->data)
        *value = m->data[(address - DATA) / 4];
    else
        return false;
    return true;
}

/* The first instruction of the code loads the counter into r3; r2 points to data, r4 and r5 are 120 and 1000. */
static bool harmless(struct memory *m, uint32_t first, uint32_t last)
{
    struct block block = {.insns = g_new0(struct block_insn, BLOCK_MAX_INSNS)};
    block_scan(&block, CODE, 0, fetch, m);
    const uint32_t registers[15] = {1, 2, DATA, 0xE0001000, 120, 1000, 0, 7};
    bool result = time_read_is_harmless(block.insns + 1, block.count - 1, 3, first, last, registers, word, m);
    g_free(block.insns);
    return result;
}

#define CHECK(CODE_ARRAY, FIRST, LAST, EXPECTED)                                                                               \
    do {                                                                                                                       \
        struct memory m = {.code = (CODE_ARRAY), .halfwords = G_N_ELEMENTS(CODE_ARRAY), .data = {5000}};                       \
        g_assert_cmpint(harmless(&m, (FIRST), (LAST)), ==, (EXPECTED));                                                        \
    } while (0)

/* milliseconds = (counter - saved) / 120 / 1000: the same up to the last cycle of a millisecond, and not one further. */
static void milliseconds(void)
{
    static const uint16_t code[] = {
        0x685B,         // ldr r3, [r3, #4]
        0x6816,         // ldr r6, [r2, #0]  (5000)
        0x1B9B,         // subs r3, r3, r6
        0xFBB3, 0xF3F4, // udiv r3, r3, r4
        0xFBB3, 0xF3F5, // udiv r3, r3, r5
        0x18C0,         // adds r0, r0, r3
        0x4770,         // bx lr
    };
    CHECK(code, 5000, 5000 + 119999, true);
    CHECK(code, 5000, 5000 + 120000, false);
    CHECK(code, 5000 + 240000, 5000 + 359999, true);
    CHECK(code, 4999, 5000, false); /* the difference wraps around in between */
    CHECK(code, 0, 100, true);      /* a large number of milliseconds, but one */
    CHECK(code, 6000, 5999, false); /* the counter itself wraps around */
}

/* The result is gone, but flags, a store or a branch have seen it. */
static void seen(void)
{
    static const uint16_t flags[] = {
        0x685B, // ldr r3, [r3, #4]
        0x1C5E, // adds r6, r3, #1
        0x4623, // mov r3, r4
        0x4626, // mov r6, r4
        0xD0FA, // beq
    };
    static const uint16_t zero_flag[] = {
        0x685B, // ldr r3, [r3, #4]
        0x1C5B, // adds r3, r3, #1
        0x2300, // movs r3, #0: C and V are still of the addition
        0xD2FB, // bcs
    };
    static const uint16_t store[] = {
        0x685B, // ldr r3, [r3, #4]
        0x6013, // str r3, [r2, #0]
        0x4623, // mov r3, r4
        0x4770, // bx lr
    };
    static const uint16_t address[] = {
        0x685B, // ldr r3, [r3, #4]
        0x681B, // ldr r3, [r3, #0]
        0x4770, // bx lr
    };
    static const uint16_t compare[] = {
        0x685B, // ldr r3, [r3, #4]
        0x42A3, // cmp r3, r4
        0xD3FC, // bcc
    };
    static const uint16_t kept[] = {
        0x685B, // ldr r3, [r3, #4]
        0x4770, // bx lr
    };
    static const uint16_t low_bits[] = {
        0x685B,         // ldr r3, [r3, #4]
        0xF003, 0x0301, // and r3, r3, #1: comes and goes in between
        0x4770,         // bx lr
    };
    CHECK(flags, 1000, 1100, false);
    CHECK(zero_flag, 1000, 1100, false);
    CHECK(store, 1000, 1100, false);
    CHECK(address, 1000, 1100, false);
    CHECK(compare, 1000, 1100, false);
    CHECK(kept, 1000, 1100, false);
    CHECK(low_bits, 1000, 1002, false);
}

/* What is overwritten unseen does not matter; a shift makes few values of many. */
static void gone(void)
{
    static const uint16_t overwritten[] = {
        0x685B, // ldr r3, [r3, #4]
        0x4623, // mov r3, r4
        0x4770, // bx lr
    };
    static const uint16_t shifted[] = {
        0x685B, // ldr r3, [r3, #4]
        0x0C1B, // lsrs r3, r3, #16
        0x1936, // adds r6, r6, r4: the flags are of this
        0x4770, // bx lr
    };
    static const uint16_t by_zero[] = {
        0x685B,         // ldr r3, [r3, #4]
        0xFBB3, 0xF3F6, // udiv r3, r3, r6: 0
        0x4770,         // bx lr
    };
    CHECK(overwritten, 0, UINT32_MAX, true);
    CHECK(shifted, 0x10000, 0x1FFFF, true);
    CHECK(shifted, 0x10000, 0x20000, false);
    CHECK(by_zero, 0, 1000, true);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/time-read/milliseconds", milliseconds);
    g_test_add_func("/time-read/seen", seen);
    g_test_add_func("/time-read/gone", gone);
    return g_test_run();
}
