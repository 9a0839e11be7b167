/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "platform.h"

#define USART1_SR  REGISTER(0x40011000)
#define USART1_DR  REGISTER(0x40011004)
#define USART1_BRR REGISTER(0x40011008)
#define USART1_CR1 REGISTER(0x4001100C)

enum { SR_TXE = 1 << 7, CR1_TE = 1 << 3, CR1_UE = 1 << 13, CR1_OVER8 = 1 << 15 };
enum { SYS_WRITE0 = 0x04, SYS_EXIT = 0x18, STOPPED_APPLICATION_EXIT = 0x20026, STOPPED_RUN_TIME_ERROR = 0x20023 };

bool on_photon(void)
{
    return DBGMCU_IDCODE != 0;
}

static uint32_t semihosting(uint32_t operation, uint32_t parameter)
{
    register uint32_t r0 __asm__("r0") = operation;
    register uint32_t r1 __asm__("r1") = parameter;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void console_start(void)
{
    if (!on_photon())
        return;
    RCC_AHB1ENR |= 1 << 0;                                /* GPIOA */
    RCC_APB2ENR |= 1 << 4;                                /* USART1 */
    GPIOA_AFRH = (GPIOA_AFRH & ~UINT32_C(0xF0)) | 7 << 4; /* PA9 is its TX pin */
    GPIOA_MODER = (GPIOA_MODER & ~(UINT32_C(3) << 18)) | UINT32_C(2) << 18;
    USART1_BRR = 1 << 4; /* 2 Mbaud of the 16 MHz that the chip starts with */
    USART1_CR1 = CR1_UE | CR1_TE | CR1_OVER8;
}

/* What QEMU has not been told yet: a call for each line. */
static char line[256];
static unsigned line_length;

static void flush(void)
{
    line[line_length] = '\0';
    line_length = 0;
    semihosting(SYS_WRITE0, (uint32_t)line);
}

void console_char(char c)
{
    if (on_photon()) {
        while (!(USART1_SR & SR_TXE))
            ;
        USART1_DR = (uint8_t)c;
        return;
    }
    line[line_length++] = c;
    if (c == '\n' || line_length == sizeof line - 1)
        flush();
}

void console_text(const char *text)
{
    while (*text)
        console_char(*text++);
}

void console_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        console_char("0123456789ABCDEF"[(value >> shift) & 0xF]);
}

void console_decimal(uint32_t value)
{
    char digits[10];
    unsigned n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (n != 0)
        console_char(digits[--n]);
}

_Noreturn void finish(int status)
{
    if (on_photon()) {
        console_char(CONSOLE_END_MARK);
        console_char((char)('0' + (status != 0)));
    } else {
        flush();
        semihosting(SYS_EXIT, status == 0 ? STOPPED_APPLICATION_EXIT : STOPPED_RUN_TIME_ERROR);
    }
    for (;;)
        ;
}
