/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls a function through a null pointer, a second after its start. */
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
    static void (*volatile callback)(void); /* nobody has set it */
    callback();
}
