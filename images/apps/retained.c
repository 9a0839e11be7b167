/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts its starts in backup SRAM, which a battery on VBAT keeps, and says the number on Serial1. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

enum { MARK = 0x52455431 };
static struct {
    uint32_t mark; /* MARK once the counter holds a number */
    uint32_t starts;
} *const kept = (void *)0x40024000;

void startup(void)
{
    retain_backup_ram();
}

void setup(void)
{
    if (kept->mark != MARK) {
        kept->mark = MARK;
        kept->starts = 0;
    }
    kept->starts++;
    serial1_begin(9600);
    serial1_printf("retained start %u\r\n", (unsigned)kept->starts);
}

void loop(void)
{
    delay(1000);
}
