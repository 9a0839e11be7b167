/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle loops. A loop that comes back to the same block with the same registers and the same memory, having touched no device in
 * between, can only be left by an event: its rounds need not be executed, they only take time. The RTOS of a Photon idles by
 * spinning, not by WFI, and so does the main loop of its system, which goes through some hundred blocks a round and asks for
 * the milliseconds in it (see time-read.h).
 *
 * Short loops are looked for behind every event, long ones now and then; where one was found it is waited for from then on.
 * Nothing that the guest sees depends on whether a loop is found: whole rounds are skipped, and their instructions counted.
 */
#ifndef EMU_CORE_IDLE_H
#define EMU_CORE_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/block.h"

enum {
    IDLE_REGISTERS = 20,
    IDLE_SHORT = 16,   /* blocks a round of a short loop */
    IDLE_LONG = 1024,  /* ... of a long one */
    IDLE_EVENTS = 32,  /* a long one is looked for behind one of so many events */
    IDLE_ATTEMPTS = 8, /* and begun with so often */
    IDLE_MISSES = 6,   /* so often a long loop may not be there, or do something, before it is forgotten */
    IDLE_STACK = 256,
};

struct idle {
    bool watching;
    uint32_t head;     /* block that the watch began at */
    uint64_t position; /* instructions executed then */
    uint64_t activity; /* device accesses, exceptions, hooks seen then */
    unsigned blocks, max_blocks;
    bool stores;           /* the round stores something ... */
    bool stores_elsewhere; /* ... not only relative to SP */
    uint32_t registers[IDLE_REGISTERS];
    uint8_t stack[2 * IDLE_STACK]; /* memory around SP at the start of the round */
    uint32_t stack_base;
    uint8_t *ram; /* all of RAM then, where the round stores elsewhere; allocated when first needed */
    bool ram_valid;
    uint32_t
        promising_head; /* a round from there that stores elsewhere left all but RAM as it was: worth a comparison of RAM */
    uint32_t loop_head; /* a long loop comes through here; 0: none is known */
    bool loop_stores;   /* ... and stores something */
    unsigned seek;      /* blocks that may pass until it comes there */
    unsigned misses;
    unsigned others, last_visit; /* times that the head was reached with other registers; blocks of the round until then */
    unsigned events;             /* since a long loop was looked for ... */
    unsigned attempts;           /* ... which has begun so often */
};

/* An event has come, which may have ended a loop or begun one. */
void idle_event(struct idle *idle);
/* Is a long loop waited for? Then every block must be shown to idle_wanted. */
static inline bool idle_seeks(const struct idle *idle)
{
    return idle->loop_head != 0 && idle->seek > 0;
}
/* Should a round begin at this block? */
bool idle_wanted(struct idle *idle, uint32_t pc);
/* Begin a round at a block. ram: host memory of size bytes at guest address base. */
void idle_begin(struct idle *idle, uint32_t head, uint64_t position, uint64_t activity,
                const uint32_t registers[IDLE_REGISTERS], uint32_t sp, const uint8_t *ram, uint32_t base, uint32_t size);
/* A block of the round is about to be executed. False: too long, give up. */
bool idle_add(struct idle *idle, const struct block *block, const uint8_t *ram, uint32_t size);
/* The head is reached again: is everything as it was? *again: if not, the round may still come to its end. */
bool idle_round(struct idle *idle, const uint32_t registers[IDLE_REGISTERS], const uint8_t *ram, uint32_t size, bool *again);

#endif
