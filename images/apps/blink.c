/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The blue LED on D7, on and off for half a second each. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    pinMode(D7, OUTPUT);
}

void loop(void)
{
    static bool on;
    on = !on;
    digitalWrite(D7, on);
    delay(500);
}
