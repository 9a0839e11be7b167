/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two reads of a cycle counter n instructions apart, n = 1 to 20, in straight-line code: of DWT_CYCCNT, SysTick and TIM2.
 * Writes a line for each counter: its name, then the twenty differences.
 */
#include "platform.h"

#define TIM2_CR1 REGISTER(0x40000000)
#define TIM2_EGR REGISTER(0x40000014)
#define TIM2_CNT REGISTER(0x40000024)
#define TIM2_PSC REGISTER(0x40000028)
#define TIM2_ARR REGISTER(0x4000002C)

enum { LAST = 20 };

/* The second read is n instructions behind the first: n - 1 others lie between them. */
#define CASE(N, BETWEEN)                                                                                                       \
    case N:                                                                                                                    \
        __asm__ volatile("ldr %0, [%2]\n" BETWEEN "ldr %1, [%2]\n"                                                             \
                         : "=&r"(first), "=&r"(second), "+r"(counter), "+r"(scratch)                                           \
                         :                                                                                                     \
                         : "r4", "memory");                                                                                    \
        break;

/* Narrow and wide instructions, a load and a store among them. */
#define I1  "add %3, #1\n"
#define I2  I1 "mov.w r4, %3, lsl #3\n"
#define I3  I2 "eor %3, r4\n"
#define I4  I3 "str %3, [sp, #-8]\n"
#define I5  I4 "ldr r4, [sp, #-8]\n"
#define I6  I5 "mul %3, r4, %3\n"
#define I7  I6 "ubfx r4, %3, #3, #9\n"
#define I8  I7 "adds r4, #3\n"
#define I9  I8 "nop\n"
#define I10 I9 "clz r4, %3\n"
#define I11 I10 "add %3, r4\n"
#define I12 I11 "umull r4, %3, r4, %3\n"
#define I13 I12 "rev r4, r4\n"
#define I14 I13 "cmp r4, %3\n"
#define I15 I14 "mov.w r4, #0x55005500\n"
#define I16 I15 "strb r4, [sp, #-3]\n"
#define I17 I16 "sub %3, r4\n"
#define I18 I17 "movs r4, #1\n"
#define I19 I18 "orr %3, r4\n"

/* clang-format off */
static uint32_t apart(volatile uint32_t *counter, unsigned n, bool down)
{
    uint32_t first = 0, second = 0, scratch = n;
    switch (n) {
    CASE(1, "") CASE(2, I1) CASE(3, I2) CASE(4, I3) CASE(5, I4) CASE(6, I5) CASE(7, I6) CASE(8, I7) CASE(9, I8) CASE(10, I9)
    CASE(11, I10) CASE(12, I11) CASE(13, I12) CASE(14, I13) CASE(15, I14) CASE(16, I15) CASE(17, I16) CASE(18, I17)
    CASE(19, I18) CASE(20, I19)
    default: break;
    }
    return down ? first - second : second - first;
}
/* clang-format on */

static void report(const char *name, volatile uint32_t *counter, bool down)
{
    console_text(name);
    for (unsigned n = 1; n <= LAST; n++) {
        console_char(' ');
        console_decimal(apart(counter, n, down));
    }
    console_text("\n");
}

int firmware_main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    report("DWT_CYCCNT", &DWT_CYCCNT, false);
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5; /* of the core's clock */
    report("SYST_CVR", &SYST_CVR, true);
    RCC_APB1ENR |= 1 << 0;
    TIM2_PSC = 0;
    TIM2_ARR = UINT32_MAX;
    TIM2_EGR = 1;
    TIM2_CR1 = 1;
    report("TIM2_CNT", &TIM2_CNT, false);
    return 0;
}
