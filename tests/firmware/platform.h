/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test firmware needs of the machine that it runs on: photon-emu, or a Cortex-M3 of QEMU. One ELF runs on both. QEMU's
 * machines lack most of the chip around the core, so there the console is a semihosting call for each line.
 */
#ifndef FIRMWARE_PLATFORM_H
#define FIRMWARE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#define REGISTER(ADDRESS) (*(volatile uint32_t *)(ADDRESS))

#define NVIC_ISER     ((volatile uint32_t *)0xE000E100)
#define NVIC_ICER     ((volatile uint32_t *)0xE000E180)
#define NVIC_ISPR     ((volatile uint32_t *)0xE000E200)
#define NVIC_ICPR     ((volatile uint32_t *)0xE000E280)
#define NVIC_IABR     ((volatile uint32_t *)0xE000E300)
#define NVIC_IPR      ((volatile uint8_t *)0xE000E400)
#define NVIC_STIR     REGISTER(0xE000EF00)
#define SYST_CSR      REGISTER(0xE000E010)
#define SYST_RVR      REGISTER(0xE000E014)
#define SYST_CVR      REGISTER(0xE000E018)
#define SCB_ICSR      REGISTER(0xE000ED04)
#define SCB_VTOR      REGISTER(0xE000ED08)
#define SCB_AIRCR     REGISTER(0xE000ED0C)
#define SCB_CCR       REGISTER(0xE000ED14)
#define SCB_SHPR      ((volatile uint8_t *)0xE000ED14) /* indexed by exception number, 4 to 15 */
#define SCB_SHCSR     REGISTER(0xE000ED24)
#define SCB_CFSR      REGISTER(0xE000ED28)
#define SCB_HFSR      REGISTER(0xE000ED2C)
#define SCB_MMFAR     REGISTER(0xE000ED34)
#define SCB_BFAR      REGISTER(0xE000ED38)
#define DEMCR         REGISTER(0xE000EDFC)
#define DWT_CTRL      REGISTER(0xE0001000)
#define DWT_CYCCNT    REGISTER(0xE0001004)
#define DBGMCU_IDCODE REGISTER(0xE0042000)
#define RCC_AHB1ENR   REGISTER(0x40023830)
#define RCC_APB1ENR   REGISTER(0x40023840)
#define RCC_APB2ENR   REGISTER(0x40023844)
#define GPIOA_MODER   REGISTER(0x40020000)
#define GPIOA_BSRR    REGISTER(0x40020018)
#define GPIOA_AFRH    REGISTER(0x40020024)

/* True on photon-emu (and on the chip), false on QEMU, which reads the debug block as zeros. */
bool on_photon(void);

/* USART1, or semihosting. */
void console_start(void);
void console_char(char c);
void console_text(const char *text);
void console_hex(uint32_t value); /* eight digits */
void console_decimal(uint32_t value);

/* End of the run: photon-emu's runner sees the end mark, QEMU exits. status 0: success. */
enum { CONSOLE_END_MARK = 4 }; /* followed by one digit, the status */
_Noreturn void finish(int status);

/* The firmware; its result is the status. */
int firmware_main(void);

#endif
