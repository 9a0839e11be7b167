/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the debugger sessions are about: calls, stores, and every kind of exception, round and round. */
#include "platform.h"

#define NOINLINE __attribute__((noinline, noclone))
#define NOTHING  0x30000000 /* no memory, no device */

volatile uint32_t rounds, watched, calls, services, pended, ticks, usage_faults, bus_faults, condition;
volatile uint8_t bytes[8];
volatile uint32_t constant = 0x12345678;
char spare[64] __attribute__((aligned(4)));

void store_here(void), store_after(void), load_here(void), svc_here(void), svc_after(void), pend_here(void), pend_after(void),
    undefined_here(void), undefined_after(void), nowhere_here(void), nowhere_after(void), it_here(void), it_then(void),
    it_after(void);

NOINLINE uint32_t fibonacci(uint32_t n)
{
    calls++;
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

NOINLINE uint32_t add(uint32_t a, uint32_t b)
{
    return a + b + constant - 0x12345678;
}

NOINLINE void store(uint32_t value)
{
    __asm__ volatile(".global store_here, store_after\n"
                     "movs r3, #0\n"
                     ".thumb_func\nstore_here: str %0, [%1]\n"
                     ".thumb_func\nstore_after: movs r3, #1\n"
                     "strb %0, [%2, #3]\n"
                     "nop" ::"r"(value),
                     "r"(&watched), "r"(bytes)
                     : "r3", "memory");
}

NOINLINE uint32_t load(void)
{
    uint32_t value;
    __asm__ volatile(".global load_here\n"
                     "nop\n"
                     ".thumb_func\nload_here: ldr %0, [%1]\n"
                     "nop"
                     : "=r"(value)
                     : "r"(&constant));
    return value;
}

/* An IT block of which one part is done only. */
NOINLINE uint32_t choose(uint32_t which)
{
    uint32_t result = 0;
    __asm__ volatile(".global it_here, it_then, it_after\n"
                     ".thumb_func\nit_here: cmp %1, #0\n"
                     "ite eq\n"
                     ".thumb_func\nit_then: moveq %0, #10\n"
                     "movne %0, #20\n"
                     ".thumb_func\nit_after: nop"
                     : "+r"(result)
                     : "r"(which)
                     : "cc");
    return result;
}

NOINLINE void service(void)
{
    __asm__ volatile(".global svc_here, svc_after\n"
                     ".thumb_func\nsvc_here: svc 0\n"
                     ".thumb_func\nsvc_after: nop" ::
                         : "memory");
}

NOINLINE void pend(void)
{
    __asm__ volatile(".global pend_here, pend_after\n"
                     ".thumb_func\npend_here: str %0, [%1]\n"
                     "dsb\nisb\n"
                     ".thumb_func\npend_after: nop" ::"r"(1 << 28),
                     "r"(&SCB_ICSR)
                     : "memory");
}

NOINLINE void undefined(void)
{
    __asm__ volatile(".global undefined_here, undefined_after\n"
                     ".thumb_func\nundefined_here: udf #0\n"
                     ".thumb_func\nundefined_after: nop" ::
                         : "memory");
}

NOINLINE void nowhere(void)
{
    __asm__ volatile(".global nowhere_here, nowhere_after\n"
                     ".thumb_func\nnowhere_here: ldr r3, [%0]\n"
                     ".thumb_func\nnowhere_after: nop" ::"r"(NOTHING)
                     : "r3", "memory");
}

void SVC_Handler(void)
{
    services++;
}

void PendSV_Handler(void)
{
    pended++;
}

void SysTick_Handler(void)
{
    ticks++;
}

/* Go on behind the instruction, of two bytes, that faulted. */
__attribute__((naked)) void UsageFault_Handler(void)
{
    __asm__ volatile("ldr r0, [sp, #24]\nadds r0, #2\nstr r0, [sp, #24]\n"
                     "ldr r0, =usage_faults\nldr r1, [r0]\nadds r1, #1\nstr r1, [r0]\n"
                     "ldr r0, =0xE000ED28\nldr r1, [r0]\nstr r1, [r0]\nbx lr");
}

__attribute__((naked)) void BusFault_Handler(void)
{
    __asm__ volatile("ldr r0, [sp, #24]\nadds r0, #2\nstr r0, [sp, #24]\n"
                     "ldr r0, =bus_faults\nldr r1, [r0]\nadds r1, #1\nstr r1, [r0]\n"
                     "ldr r0, =0xE000ED28\nldr r1, [r0]\nstr r1, [r0]\nbx lr");
}

NOINLINE void one_round(void)
{
    rounds++;
    condition = add(rounds, 1);
    fibonacci(5);
    store(rounds);
    load();
    choose(rounds & 1);
    service();
    pend();
    undefined();
    nowhere();
}

int firmware_main(void)
{
    SCB_SHCSR |= 1 << 17 | 1 << 18; /* BusFault, UsageFault */
    SYST_RVR = 50000;
    SYST_CVR = 0;
    SYST_CSR = 7;
    for (;;)
        one_round();
}
