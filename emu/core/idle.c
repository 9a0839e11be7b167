/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/idle.h"

#include <glib.h>
#include <string.h>

void idle_begin(struct idle *idle, uint32_t head, uint64_t position, uint64_t activity,
                const uint32_t registers[IDLE_REGISTERS], uint32_t sp, const uint8_t *ram, uint32_t base, uint32_t size)
{
    idle->watching = true;
    idle->head = head;
    idle->position = position;
    idle->activity = activity;
    idle->blocks = 0;
    idle->stores = idle->stores_elsewhere = idle->ram_valid = false;
    memcpy(idle->registers, registers, sizeof idle->registers);
    uint32_t offset = sp - base;
    if (offset > size || size < sizeof idle->stack) {
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
    idle->stores_elsewhere = true;
    if (idle->head != idle->promising_head)
        return true;
    if (idle->blocks > 1)
        return false; /* stores may have been executed already: a round that begins here will do */
    if (idle->ram == NULL)
        idle->ram = g_malloc(size);
    memcpy(idle->ram, ram, size);
    idle->ram_valid = true;
    return true;
}

bool idle_round(struct idle *idle, const uint32_t registers[IDLE_REGISTERS], const uint8_t *ram, uint32_t size)
{
    if (memcmp(idle->registers, registers, sizeof idle->registers) != 0)
        return false;
    if (!idle->stores_elsewhere)
        return !idle->stores || memcmp(idle->stack, ram + idle->stack_base, sizeof idle->stack) == 0;
    /* The whole of RAM must be compared: that is dear, so it is done only for a loop whose last round changed nothing else. */
    bool same = idle->ram_valid && memcmp(idle->ram, ram, size) == 0;
    idle->promising_head = same || !idle->ram_valid ? idle->head : 0;
    return same;
}
