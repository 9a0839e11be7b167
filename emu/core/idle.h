/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle loops. A loop that comes back to the same block with the same registers and the same memory, having touched no device in
 * between, can only be left by an event: its rounds need not be executed, they only take time. The RTOS of a Photon idles by
 * spinning, not by WFI.
 *
 * Nothing that the guest sees depends on whether a loop is found: whole rounds are skipped, and their instructions counted.
 */
#ifndef EMU_CORE_IDLE_H
#define EMU_CORE_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/block.h"

enum { IDLE_REGISTERS = 20, IDLE_MAX_BLOCKS = 16, IDLE_STACK = 256 };

struct idle {
    bool watching;
    uint32_t head;     /* block that the watch began at */
    uint64_t position; /* instructions executed then */
    uint64_t activity; /* device accesses, exceptions, hooks seen then */
    unsigned blocks;
    bool stores;           /* the round stores something ... */
    bool stores_elsewhere; /* ... not only relative to SP */
    uint32_t registers[IDLE_REGISTERS];
    uint8_t stack[2 * IDLE_STACK]; /* memory around SP at the start of the round */
    uint32_t stack_base;
    uint8_t *ram; /* all of RAM then, where the round stores elsewhere; allocated when first needed */
    bool ram_valid;
    uint32_t
        promising_head; /* a round from there that stores elsewhere left all but RAM as it was: worth a comparison of RAM */
};

/* Begin a round at a block. ram: host memory of size bytes at guest address base. */
void idle_begin(struct idle *idle, uint32_t head, uint64_t position, uint64_t activity,
                const uint32_t registers[IDLE_REGISTERS], uint32_t sp, const uint8_t *ram, uint32_t base, uint32_t size);
/* A block of the round is about to be executed. False: too long, give up. */
bool idle_add(struct idle *idle, const struct block *block, const uint8_t *ram, uint32_t size);
/* The head is reached again: is everything as it was? */
bool idle_round(struct idle *idle, const uint32_t registers[IDLE_REGISTERS], const uint8_t *ram, uint32_t size);

#endif
