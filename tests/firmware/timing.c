/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads of the cycle counter, of SysTick and of a timer, 1 to 20 instructions apart in straight-line code: the differences. */
#include "platform.h"

#define TIM2_CR1 REGISTER(0x40000000)
#define TIM2_CNT REGISTER(0x40000024)

/* Two loads from an address, the second one N instructions behind the first. */
#define PAIR(N)                                                                                                                \
    static __attribute__((noinline)) void pair_##N(const volatile uint32_t *at, uint32_t out[2])                               \
    {                                                                                                                          \
        uint32_t first, second;                                                                                                \
        __asm__ volatile("ldr %0, [%2]\n .rept " #N " - 1\n nop\n .endr\n ldr %1, [%2]\n"                                      \
                         : "=&r"(first), "=&r"(second)                                                                         \
                         : "r"(at)                                                                                             \
                         : "memory");                                                                                          \
        out[0] = first;                                                                                                        \
        out[1] = second;                                                                                                       \
    }
PAIR(1) PAIR(2) PAIR(3) PAIR(4) PAIR(5) PAIR(6) PAIR(7) PAIR(8) PAIR(9) PAIR(10)
PAIR(11) PAIR(12) PAIR(13) PAIR(14) PAIR(15) PAIR(16) PAIR(17) PAIR(18) PAIR(19) PAIR(20)

static void (*const pairs[20])(const volatile uint32_t *, uint32_t *) = {
    pair_1,  pair_2,  pair_3,  pair_4,  pair_5,  pair_6,  pair_7,  pair_8,  pair_9,  pair_10,
    pair_11, pair_12, pair_13, pair_14, pair_15, pair_16, pair_17, pair_18, pair_19, pair_20};

static void measure(const char *name, volatile uint32_t *counter, bool down)
{
    for (unsigned n = 1; n <= 20; n++) {
        uint32_t values[2];
        pairs[n - 1](counter, values);
        console_text(name);
        console_char(' ');
        console_decimal(n);
        console_char(' ');
        console_decimal(down ? values[0] - values[1] : values[1] - values[0]);
        console_char('\n');
    }
}

int firmware_main(void)
{
    DEMCR |= 1 << 24;
    DWT_CTRL |= 1;
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5;
    RCC_APB1ENR |= 1;
    TIM2_CR1 = 1;
    measure("DWT_CYCCNT", &DWT_CYCCNT, false);
    measure("SYST_CVR", &SYST_CVR, true);
    measure("TIM2_CNT", &TIM2_CNT, false);
    return 0;
}
