/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include "platform.h"

#define RCC_CR      REGISTER(0x40023800)
#define RCC_PLLCFGR REGISTER(0x40023804)
#define RCC_CFGR    REGISTER(0x40023808)
#define FLASH_ACR   REGISTER(0x40023C00)

volatile uint32_t ticks;

void SysTick_Handler(void);

void SysTick_Handler(void)
{
    ticks++;
}

void clock_120mhz(void)
{
    if (!on_photon())
        return;
    RCC_CR |= 1 << 16;
    while (!(RCC_CR & 1 << 17))
        ;
    FLASH_ACR = 0x703;
    RCC_PLLCFGR = 0x05403C1A; /* 26 MHz / 26 * 240 / 2 */
    RCC_CR |= 1 << 24;
    while (!(RCC_CR & 1 << 25))
        ;
    RCC_CFGR = 0x9402;
    while ((RCC_CFGR & 0xC) != 0x8)
        ;
}

void tick_start(void)
{
    SYST_RVR = 120000 - 1;
    SYST_CVR = 0;
    SYST_CSR = 7;
}
