/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says hello on Serial1, from setup and then every second from loop. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    serial1_begin(9600);
    serial1_printf("hello from setup\r\n");
}

void loop(void)
{
    static unsigned n;
    serial1_printf("hello from loop %u\r\n", ++n);
    delay(1000);
}
