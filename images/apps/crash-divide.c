/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Divides by zero, a second after its start. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    pinMode(D7, OUTPUT);
    digitalWrite(D7, HIGH);
    delay(1000);
}

void loop(void)
{
    static volatile unsigned samples; /* none were taken */
    digitalWrite(D7, 1000 / samples > 10);
}
