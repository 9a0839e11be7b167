/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying memory with newlib's memcpy, aligned and not. */
#include <string.h>

#include "clock.h"
#include "platform.h"

static uint8_t from[8192], to[8192 + 8];

int firmware_main(void)
{
    clock_120mhz();
    for (unsigned i = 0; i < sizeof from; i++)
        from[i] = (uint8_t)i;
    uint32_t sum = 0;
    for (unsigned round = 0; round < 40000; round++) {
        memcpy(to + (round & 3 ? 0 : 1), from, sizeof from);
        sum += to[round % sizeof from];
    }
    console_hex(sum);
    console_text("\n");
    return 0;
}
