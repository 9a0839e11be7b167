/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vector table and start-up code of test firmware. Every handler is weak: firmware defines the ones that it needs. */
#include <stdint.h>

#include "platform.h"

extern uint32_t _stack_top, _data_load, _data_start, _data_end, _bss_start, _bss_end;

void Reset_Handler(void);
void Unexpected_Handler(void);

#define WEAK __attribute__((weak, alias("Unexpected_Handler")))
void NMI_Handler(void) WEAK;
void HardFault_Handler(void) WEAK;
void MemManage_Handler(void) WEAK;
void BusFault_Handler(void) WEAK;
void UsageFault_Handler(void) WEAK;
void SVC_Handler(void) WEAK;
void DebugMon_Handler(void) WEAK;
void PendSV_Handler(void) WEAK;
void SysTick_Handler(void) WEAK;

/* No test uses a peripheral's interrupt through this table; those that take any put a table of their own into RAM. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void)) & _stack_top,
    Reset_Handler,
    NMI_Handler,
    HardFault_Handler,
    MemManage_Handler,
    BusFault_Handler,
    UsageFault_Handler,
    0,
    0,
    0,
    0,
    SVC_Handler,
    DebugMon_Handler,
    0,
    PendSV_Handler,
    SysTick_Handler,
};

void Unexpected_Handler(void)
{
    console_text("unexpected exception ");
    console_hex(*(volatile uint32_t *)0xE000ED04 & 0x1FF);
    console_text("\n");
    finish(1);
}

void Reset_Handler(void)
{
    const uint32_t *from = &_data_load;
    for (uint32_t *to = &_data_start; to < &_data_end;)
        *to++ = *from++;
    for (uint32_t *to = &_bss_start; to < &_bss_end;)
        *to++ = 0;
    console_start();
    finish(firmware_main());
}
