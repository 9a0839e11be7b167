/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/idle.h"

#include <glib.h>
#include <string.h>

static bool is_long(const struct idle *idle)
{
    return idle->max_blocks == IDLE_LONG;
}

static void keep_ram(struct idle *idle, const uint8_t *ram, uint32_t size)
{
    if (idle->ram == NULL)
        idle->ram = g_malloc(size);
    memcpy(idle->ram, ram, size);
    idle->ram_valid = true;
}

static void miss(struct idle *idle)
{
    if (++idle->misses < IDLE_MISSES)
        return;
    idle->loop_head = 0;
    idle->misses = 0;
}

void idle_event(struct idle *idle)
{
    idle->seek = IDLE_LONG;
    idle->events++;
}

bool idle_wanted(struct idle *idle, uint32_t pc)
{
    if (idle->loop_head == 0 || idle->loop_head == pc)
        return true;
    if (idle->seek > 0 && --idle->seek == 0)
        miss(idle);
    return false;
}

void idle_begin(struct idle *idle, uint32_t head, uint64_t position, uint64_t activity,
                const uint32_t registers[IDLE_REGISTERS], uint32_t sp, const uint8_t *ram, uint32_t base, uint32_t size)
{
    idle->watching = true;
    idle->head = head;
    idle->position = position;
    idle->activity = activity;
    idle->blocks = idle->others = idle->last_visit = 0;
    idle->stores = idle->stores_elsewhere = idle->ram_valid = false;
    idle->max_blocks = IDLE_SHORT;
    if (idle->loop_head == head) {
        idle->max_blocks = IDLE_LONG;
        if (idle->loop_stores)
            keep_ram(idle, ram, size);
    } else if (idle->events >= IDLE_EVENTS) {
        /* The first ones may fall into the handlers that the event brought. */
        idle->max_blocks = IDLE_LONG;
        if (++idle->attempts == IDLE_ATTEMPTS)
            idle->events = idle->attempts = 0;
    }
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
    if (++idle->blocks > idle->max_blocks || block->count == 0) {
        if (idle->loop_head == idle->head)
            miss(idle);
        return false;
    }
    idle->stores |= block->stores;
    if (is_long(idle) || !block->stores_elsewhere || idle->stores_elsewhere)
        return true;
    idle->stores_elsewhere = true;
    if (idle->head != idle->promising_head)
        return true;
    if (idle->blocks > 1)
        return false; /* stores may have been executed already: a round that begins here will do */
    keep_ram(idle, ram, size);
    return true;
}

/* Calls go deep in a long round: a store by SP may be anywhere. */
static bool long_round(struct idle *idle, const uint8_t *ram, uint32_t size)
{
    bool known = idle->loop_head == idle->head;
    if (!idle->stores || (idle->ram_valid && memcmp(idle->ram, ram, size) == 0)) {
        idle->loop_head = idle->head;
        idle->misses = 0;
        return true;
    }
    if (idle->ram_valid) {
        miss(idle);
        return false;
    }
    if (!known) {
        idle->loop_head = idle->head;
        idle->misses = 0;
    }
    idle->loop_stores = true;
    return false;
}

bool idle_round(struct idle *idle, const uint32_t registers[IDLE_REGISTERS], const uint8_t *ram, uint32_t size, bool *again)
{
    /* A long round may come through its head often within a small loop, and twice within a function that is called in two
       places; if it is another one every time, the round began with what the event has left behind. */
    *again = false;
    if (memcmp(idle->registers, registers, sizeof idle->registers) != 0) {
        bool inner = idle->blocks - idle->last_visit <= IDLE_SHORT;
        idle->last_visit = idle->blocks;
        *again = is_long(idle) && (inner ? idle->blocks < IDLE_LONG / 4 : idle->others++ == 0);
        return false;
    }
    if (is_long(idle))
        return long_round(idle, ram, size);
    if (!idle->stores_elsewhere)
        return !idle->stores || memcmp(idle->stack, ram + idle->stack_base, sizeof idle->stack) == 0;
    /* The whole of RAM must be compared: that is dear, so it is done only for a loop whose last round changed nothing else. */
    bool same = idle->ram_valid && memcmp(idle->ram, ram, size) == 0;
    idle->promising_head = same || !idle->ram_valid ? idle->head : 0;
    return same;
}
