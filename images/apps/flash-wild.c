/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes to the flash that the system is in: programs a word behind the end of system part 2 and erases a sector of part 1.
   Says on Serial1 what came of the first; there is nobody left to do so after the second, unless it was refused. */
#include "flash.h"
#include "photon.h"

SYSTEM_MODE(MANUAL);

static volatile uint32_t *const behind_part2 = (void *)0x0809FFF8;

enum { SECTOR_OF_PART1 = 6 };

void setup(void)
{
    serial1_begin(115200);
    flash_clear_errors();
    uint32_t errors = flash_program(behind_part2, 0x12345678);
    serial1_printf("programmed: errors %02x, there is %08x\r\n", (unsigned)errors, (unsigned)*behind_part2);
    serial1_flush();
    flash_clear_errors();
    errors = flash_erase(SECTOR_OF_PART1);
    serial1_printf("erased: errors %02x\r\n", (unsigned)errors);
    serial1_flush();
}

void loop(void)
{
    delay(1000);
}
