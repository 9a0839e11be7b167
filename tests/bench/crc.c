/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 bit by bit over 1 KiB: a tight loop of few stores. */
#include "clock.h"
#include "platform.h"

static uint8_t data[1024];

int firmware_main(void)
{
    clock_120mhz();
    for (unsigned i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 7);
    uint32_t crc = 0;
    for (unsigned round = 0; round < 6000; round++) {
        crc = ~crc;
        for (unsigned i = 0; i < sizeof data; i++) {
            crc ^= data[i];
            for (int bit = 0; bit < 8; bit++)
                crc = crc & 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }
        crc = ~crc;
    }
    console_hex(crc);
    console_text("\n");
    return 0;
}
