/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores into flash like into RAM, once, which leaves an error flag behind; then programs flash properly. Says on Serial1 what
   came of it. */
#include "flash.h"
#include "photon.h"

SYSTEM_MODE(MANUAL);

static volatile uint32_t *const cell = (void *)0x080C0000; /* the area for updates, which is empty */

static void tell(const char *what, uint32_t errors)
{
    serial1_printf("%s: %s (%02x), ", what, errors != 0 ? "failed" : "good", (unsigned)errors);
    serial1_printf("there is %08x %08x\r\n", (unsigned)cell[0], (unsigned)cell[1]);
    serial1_flush();
}

void setup(void)
{
    serial1_begin(115200);
    flash_clear_errors();
    cell[0] = 0x11111111;
    tell("stored", FLASH_SR & FLASH_SR_ERRORS);
    tell("programmed", flash_program(&cell[0], 0x22222222));
    eeprom_begin();
    eeprom_write(7, 0x5A);
    serial1_printf("EEPROM %02x\r\n", eeprom_read(7));
    serial1_flush();
    flash_clear_errors();
    tell("programmed again", flash_program(&cell[1], 0x33333333));
    serial1_printf("end\r\n");
}

void loop(void)
{
    delay(1000);
}
