/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asleep between the ticks of SysTick. */
#include "clock.h"
#include "platform.h"

int firmware_main(void)
{
    clock_120mhz();
    tick_start();
    while (ticks < 10000)
        __asm__ volatile("wfi");
    console_text("done\n");
    return 0;
}
