/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded queue of frames of any length, as a plain value: a ring of bytes, each frame behind its length and its time. */
#ifndef PERIPHERALS_BCM43362_FRAME_QUEUE_H
#define PERIPHERALS_BCM43362_FRAME_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/frequency.h"

enum { FRAME_QUEUE_SIZE = 32768 }; /* 21 full Ethernet frames, or a hundred events */

struct frame_queue {
    uint32_t head, used; /* bytes */
    uint32_t frames;
    uint8_t ring[FRAME_QUEUE_SIZE];
};

void frame_queue_clear(struct frame_queue *queue);
/* Is there room for another frame of that length? */
bool frame_queue_room(const struct frame_queue *queue, size_t length);
/* Put a frame behind the others; due is for the caller's use. False: no room. */
bool frame_queue_put(struct frame_queue *queue, ticks_t due, const void *frame, size_t length);
/* The first frame's time and length, either of which may be NULL. False: there is none. */
bool frame_queue_front(const struct frame_queue *queue, ticks_t *due, size_t *length);
/* Copy a piece of the first frame, which must lie within it. */
void frame_queue_copy(const struct frame_queue *queue, size_t offset, void *piece, size_t length);
/* Drop the first frame; there must be one. */
void frame_queue_drop(struct frame_queue *queue);

#endif
