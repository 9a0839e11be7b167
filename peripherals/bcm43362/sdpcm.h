/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Function 2: frames in both directions, each with an SDPCM header; credits; events. */
#ifndef PERIPHERALS_BCM43362_SDPCM_H
#define PERIPHERALS_BCM43362_SDPCM_H

#include "emu/core/device.h"
#include "peripherals/bcm43362/frame-queue.h"

enum {
    SDPCM_FRAME_MAX = 1544, /* the host takes no longer ones */
    SDPCM_RECEIVE_MAX = 2048,
    SDPCM_DATA_QUEUED = 4, /* data frames at a time: the host has seven buffers for all that comes */
};

struct sdpcm {
    struct frame_queue to_host;
    uint32_t data_queued; /* frames of the data channel in it */
    uint32_t cursor;      /* bytes of the first frame that were read */
    bool reading;         /* a read is under way that began with a frame there */
    uint8_t sequence;     /* of the next frame to the host */
    uint8_t expected;     /* sequence of the host's next frame */
    uint8_t granted;      /* the last credit that was told */
    uint32_t received;    /* bytes of the frame that is being written; may exceed the buffer */
    uint8_t frame[SDPCM_RECEIVE_MAX];
};

/* ---- the card's side ---- */

void sdpcm_read_begin(struct device *dev);
/* Zeros behind the frame's end, and if there was none when the read began. */
void sdpcm_read(struct device *dev, uint8_t *data, size_t length);
void sdpcm_read_end(struct device *dev);
/* Drop the frame of which a part was read. */
void sdpcm_read_abort(struct device *dev);
/* Bytes of the first frame that are still to be read. */
uint32_t sdpcm_read_left(const struct device *dev);

void sdpcm_write_begin(struct device *dev);
void sdpcm_write(struct device *dev, const uint8_t *data, size_t length);
void sdpcm_write_end(struct device *dev);

/* The host asks for news, usually because it is out of credits. */
void sdpcm_poke(struct device *dev);

/* ---- the firmware's side ---- */

struct wlan_event {
    uint32_t type, status, reason, auth;
    uint16_t flags;
    uint8_t interface;
    uint8_t address[6];
    const void *data; /* little-endian structures */
    size_t length;
};

/* Queue an event for the host. */
void sdpcm_event(struct device *dev, const struct wlan_event *event);
/* Queue the answer to a command: payload of the control channel. */
void sdpcm_reply(struct device *dev, const uint8_t *payload, size_t length);
/* Queue an Ethernet frame, 14 to 1514 bytes. False: not now; ethernet_resume is called when there is room. */
bool sdpcm_data(struct device *dev, unsigned interface, const uint8_t *frame, size_t length);

#endif
