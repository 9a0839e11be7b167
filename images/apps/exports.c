/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls every function of photon.h that answers without a radio, before the radio is brought up, and tells the answers on
   Serial1: a test of the indices in photon.h. */
#include "photon.h"

SYSTEM_MODE(SEMI_AUTOMATIC);

static void tell_system(void)
{
    static struct system_version version;
    system_version(&version);
    serial1_printf("version %08x %s\r\n", (unsigned)version.number, version.text);
    serial1_printf("mode %d\r\n", (int)system_mode());
    static uint8_t id[12];
    unsigned size = device_id(id, sizeof id);
    serial1_printf("id %u ", size);
    for (unsigned i = 0; i < sizeof id; i++)
        serial1_printf("%02x", id[i]);
    serial1_printf("\r\n");
    serial1_printf("random %08x %08x\r\n", (unsigned)random_number(), (unsigned)random_number());
}

static void tell_time(void)
{
    serial1_flush();
    uint32_t ms = millis(), us = micros();
    delayMicroseconds(3000);
    us = micros() - us;
    ms = millis() - ms;
    serial1_printf("3000 us are %u us, %u ms\r\n", (unsigned)us, (unsigned)ms);
}

static void tell_pins(void)
{
    pinMode(D7, OUTPUT);
    digitalWrite(D7, HIGH);
    pinMode(D2, INPUT_PULLUP);
    pinMode(D3, INPUT_PULLDOWN);
    pinMode(D4, INPUT);
    serial1_printf("D2 %d D3 %d D4 %d\r\n", (int)digitalRead(D2), (int)digitalRead(D3), (int)digitalRead(D4));
    serial1_printf("A0 %d A1 %d\r\n", (int)analogRead(A0), (int)analogRead(A1));
    pinMode(D0, OUTPUT);
    analogWrite(D0, 128);
}

static void tell_memories(void)
{
    eeprom_begin();
    uint8_t before = eeprom_read(5);
    eeprom_write(5, 0xA7);
    serial1_printf("EEPROM %u bytes, %02x then %02x\r\n", (unsigned)eeprom_length(), before, eeprom_read(5));
    retain_backup_ram();
    volatile uint32_t *retained = (void *)0x40024000;
    *retained = 0x12345678;
    serial1_printf("retained %08x\r\n", (unsigned)*retained);
}

void startup(void)
{
    serial1_begin(115200);
    tell_system();
    tell_time();
    tell_pins();
    tell_memories();
    serial1_printf("end\r\n");
    serial1_flush();
}

void setup(void)
{
}

void loop(void)
{
}
