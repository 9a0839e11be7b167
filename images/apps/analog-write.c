/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Tinker does for analogWrite(D0, v), for v = 0, 64, 128, 192 and 255, half a second each. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    pinMode(D0, OUTPUT);
}

void loop(void)
{
    static const uint8_t values[] = {0, 64, 128, 192, 255};
    static unsigned i;
    analogWrite(D0, values[i]);
    i = (i + 1) % sizeof values;
    delay(500);
}
