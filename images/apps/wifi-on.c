/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Switches Wi-Fi on by hand, connects to nothing, and says so on Serial1. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    serial1_begin(9600);
    wifi_on();
    serial1_printf("on, %s\r\n", wifi_has_credentials() ? "knows a network" : "knows no network");
}

void loop(void)
{
    delay(100);
}
