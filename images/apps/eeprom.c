/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts its starts in the first byte of the emulated EEPROM, and says the number on Serial1. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void startup(void)
{
    eeprom_begin();
}

void setup(void)
{
    uint8_t starts = eeprom_read(0);
    starts = starts == 0xFF ? 1 : (uint8_t)(starts + 1);
    eeprom_write(0, starts);
    serial1_begin(9600);
    serial1_printf("EEPROM start %u\r\n", starts);
}

void loop(void)
{
    delay(1000);
}
