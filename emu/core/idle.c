/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/idle.h"

#include <glib.h>
#include <string.h>

void idle_begin(struct idle *idle, uint32_t head, uint64_t position, uint64_t activity, const uint32_t registers[IDLE_REGISTERS],
                uint32_t sp, const uint8_t *ram, uint32_t base, uint32_t size)
{
    idle->watching = true;
    idle->head = head;
    idle->position = position;
    idle->activity = activity;
    idle->blocks = 0;
    idle->stores = idle->stores_elsewhere = idle->ram_valid = false;
    memcpy(idle->registers, registers, sizeof idle->registers);
    uint32_t offset = sp - base;
    if (offset >= size || size < sizeof idle->stack) {
        idle->watching = false; /* no stack in RAM */
        return;
    }
    uint32_t from = offset > IDLE_STACK ? offset - IDLE_STACK : 0;
    if (from > size - sizeof idle->stack)
        from = size - (uint32_t)sizeof idle->stack;
    idle->stack_base = from;
    memcpy(idle->stack, ram + from, sizeof idle->stack);
}

bool idle_add(struct idle *idle, const struct block *block, const uint8_t *ram, uint32_t size)
{
    if (++idle->blocks > IDLE_MAX_BLOCKS || block->count == 0)
        return false;
    idle->stores |= block->stores;
    if (!block->stores_elsewhere || idle->stores_elsewhere)
        return true;
    /* the whole of RAM must be compared: cheap once, dear at every tick in a busy program */
    if (idle->head == idle->costly_head && idle->costly_wait > 0) {
        idle->costly_wait--;
        return false;
    }
    if (idle->blocks > 1)
        return false; /* something was executed already: the next round that begins at this block will do */
    idle->stores_elsewhere = true;
    if (idle->ram == NULL)
        idle->ram = g_malloc(size);
    memcpy(idle->ram, ram, size);
    idle->ram_valid = true;
    return true;
}

bool idle_round(struct idle *idle, const uint32_t registers[IDLE_REGISTERS], const uint8_t *ram, uint32_t size)
{
    bool same = memcmp(idle->registers, registers, sizeof idle->registers) == 0;
    if (same && idle->stores_elsewhere) {
        same = idle->ram_valid && memcmp(idle->ram, ram, size) == 0;
        if (!same) {
            idle->costly_head = idle->head;
            idle->costly_wait = 1000;
        }
        return same;
    }
    return same && (!idle->stores || memcmp(idle->stack, ram + idle->stack_base, sizeof idle->stack) == 0);
}
