/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Spinning between the ticks of SysTick, as an idle task without WFI does. */
#include "clock.h"
#include "platform.h"

int firmware_main(void)
{
    clock_120mhz();
    tick_start();
    while (ticks < 10000)
        ;
    console_text("done\n");
    return 0;
}
