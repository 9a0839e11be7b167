/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two tasks that hand over to each other by PendSV, as an RTOS does, with SysTick running. */
#include "clock.h"
#include "platform.h"

static uint32_t stacks[2][256];
static uint32_t *saved[2];
static volatile uint32_t current, switches;

uint32_t *next_task(uint32_t *sp);

/* Called by PendSV_Handler with the old task's stack pointer. */
uint32_t *next_task(uint32_t *sp)
{
    saved[current] = sp;
    current ^= 1;
    switches++;
    return saved[current];
}

void PendSV_Handler(void);

__attribute__((naked)) void PendSV_Handler(void)
{
    __asm__ volatile("mrs r0, psp\n"
                     "stmdb r0!, {r4-r11}\n"
                     "push {r3, lr}\n"
                     "mov r1, #0x20\n"
                     "msr basepri, r1\n"
                     "bl next_task\n"
                     "mov r1, #0\n"
                     "msr basepri, r1\n"
                     "pop {r3, lr}\n"
                     "ldmia r0!, {r4-r11}\n"
                     "msr psp, r0\n"
                     "bx lr\n");
}

static void yield(void)
{
    SCB_ICSR = 1 << 28;
    __asm__ volatile("dsb\n isb" ::: "memory");
}

static void task(void)
{
    volatile uint32_t work = 0;
    for (;;) {
        for (unsigned i = 0; i < 20; i++)
            work += i;
        if (switches > 400000) {
            console_text("done\n");
            finish(0);
        }
        yield();
    }
}

int firmware_main(void)
{
    clock_120mhz();
    /* task 1 has been switched away from before it began: r4 to r11, then an exception frame */
    uint32_t *frame = stacks[1] + 256 - 16;
    frame[14] = (uint32_t)task & ~UINT32_C(1);
    frame[15] = 1 << 24;
    saved[1] = frame;
    SCB_SHPR[14] = 0xF0;
    tick_start();
    /* this becomes task 0, on the process stack, and never comes back */
    __asm__ volatile("msr psp, %0\n"
                     "mov r0, #2\n"
                     "msr control, r0\n"
                     "isb\n"
                     "bx %1\n" ::"r"(stacks[0] + 256),
                     "r"(task)
                     : "r0", "memory");
    __builtin_unreachable();
}
