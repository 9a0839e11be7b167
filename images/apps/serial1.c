/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>

#include "photon.h"

enum { SERIAL1 = 0 }; /* among the system's ports */

/* The system's ring buffers lie in the user module: 64 characters of 16 bits, head and tail. */
struct ring {
    uint16_t characters[64];
    uint16_t head, tail;
};

static struct ring received, to_send;

void serial1_begin(uint32_t baud)
{
    EXPORT(LIBRARY_USART, 6, void, uint8_t, struct ring *, struct ring *)(SERIAL1, &received, &to_send);
    EXPORT(LIBRARY_USART, 7, void, uint8_t, uint32_t)(SERIAL1, baud);
}

void serial1_write(uint8_t byte)
{
    EXPORT(LIBRARY_USART, 9, uint32_t, uint8_t, uint8_t)(SERIAL1, byte);
}

void serial1_flush(void)
{
    EXPORT(LIBRARY_USART, 13, void, uint8_t)(SERIAL1);
}

int serial1_printf(const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    /* vsniprintf: without floating point */
    EXPORT(LIBRARY_RT, 10, int, char *, unsigned, const char *, va_list)(line, sizeof line, format, arguments);
    va_end(arguments);
    int n = 0;
    for (; line[n] != '\0'; n++)
        serial1_write((uint8_t)line[n]);
    return n;
}
