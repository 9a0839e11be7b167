/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/bcm43362/frame-queue.h"

#include <glib.h>
#include <string.h>

struct entry {
    ticks_t due;
    uint64_t length; /* of the frame that follows */
};

static void ring_read(const struct frame_queue *queue, uint32_t offset, void *to, size_t length)
{
    uint32_t at = (queue->head + offset) % FRAME_QUEUE_SIZE;
    size_t first = MIN(length, FRAME_QUEUE_SIZE - at);
    memcpy(to, queue->ring + at, first);
    memcpy((uint8_t *)to + first, queue->ring, length - first);
}

static void ring_append(struct frame_queue *queue, const void *from, size_t length)
{
    uint32_t at = (queue->head + queue->used) % FRAME_QUEUE_SIZE;
    size_t first = MIN(length, FRAME_QUEUE_SIZE - at);
    memcpy(queue->ring + at, from, first);
    memcpy(queue->ring, (const uint8_t *)from + first, length - first);
    queue->used += (uint32_t)length;
}

static struct entry front(const struct frame_queue *queue)
{
    struct entry entry;
    ring_read(queue, 0, &entry, sizeof entry);
    return entry;
}

void frame_queue_clear(struct frame_queue *queue)
{
    queue->head = queue->used = queue->frames = 0;
}

bool frame_queue_room(const struct frame_queue *queue, size_t length)
{
    return length <= FRAME_QUEUE_SIZE && queue->used + sizeof(struct entry) + length <= FRAME_QUEUE_SIZE;
}

bool frame_queue_put(struct frame_queue *queue, ticks_t due, const void *frame, size_t length)
{
    if (!frame_queue_room(queue, length))
        return false;
    struct entry entry = {due, length};
    ring_append(queue, &entry, sizeof entry);
    ring_append(queue, frame, length);
    queue->frames++;
    return true;
}

bool frame_queue_front(const struct frame_queue *queue, ticks_t *due, size_t *length)
{
    if (queue->frames == 0)
        return false;
    struct entry entry = front(queue);
    if (due != NULL)
        *due = entry.due;
    if (length != NULL)
        *length = entry.length;
    return true;
}

void frame_queue_copy(const struct frame_queue *queue, size_t offset, void *piece, size_t length)
{
    g_return_if_fail(queue->frames > 0 && offset + length <= front(queue).length);
    ring_read(queue, (uint32_t)(sizeof(struct entry) + offset), piece, length);
}

void frame_queue_drop(struct frame_queue *queue)
{
    g_return_if_fail(queue->frames > 0);
    uint32_t size = (uint32_t)(sizeof(struct entry) + front(queue).length);
    queue->head = (queue->head + size) % FRAME_QUEUE_SIZE;
    queue->used -= size;
    queue->frames--;
}
