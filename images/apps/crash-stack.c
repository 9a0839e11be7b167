/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recurses without an end, a second after its start: the stack of its thread runs over into what lies below it.
 *
 * With a pause at each step the other threads run meanwhile, and the RTOS notices when it next looks at the stack. Built with
 * PAUSE=0 (crash-stack-fast) it is over the end of the RAM before anybody could look.
 */
#include "photon.h"

#ifndef PAUSE
#define PAUSE 20 /* ms */
#endif

SYSTEM_MODE(MANUAL);

struct item {
    struct item *volatile next;
};

static unsigned length(const struct item *list)
{
    volatile uint32_t room[32]; /* what a real function would need */
    room[0] = 1;
    if (PAUSE > 0)
        delay(PAUSE);
    return list->next != 0 ? length(list->next) + room[0] : room[0];
}

void setup(void)
{
    pinMode(D7, OUTPUT);
    digitalWrite(D7, HIGH);
    delay(1000);
}

void loop(void)
{
    static struct item item;
    item.next = &item; /* a ring: it has no end */
    digitalWrite(D7, length(&item) > 10);
}
