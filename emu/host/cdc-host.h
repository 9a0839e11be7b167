/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A driver of the host's for serial ports on USB (CDC ACM, usbcdc 1.1 and PSTN 1.2): takes a device that has one, sets it up
 * as Linux's cdc_acm does, and carries bytes, the line coding and the control lines. Reads only while the port is open, so
 * that a port that nobody opens looks to the firmware as on a real host.
 */
#ifndef EMU_HOST_CDC_HOST_H
#define EMU_HOST_CDC_HOST_H

#include "emu/host/usb-host.h"

struct cdc_host;

struct cdc_line {
    uint32_t baud;
    uint8_t stop_bits; /* 0: 1, 1: 1.5, 2: 2 */
    uint8_t parity;    /* 0: none, 1: odd, 2: even, 3: mark, 4: space */
    uint8_t data_bits; /* 5 to 8 */
};

/* What the one behind the port is told. Any may be NULL. */
struct cdc_listener {
    void (*there)(void *data); /* a port has come, closed */
    void (*gone)(void *data);
    void (*received)(const uint8_t *bytes, size_t n, void *data);
    void (*room)(void *data); /* cdc_host_send takes bytes again */
    void *data;
};

/* Bytes that are sent at a time. */
enum { CDC_SEND = 1024 };

/* To be freed before the host. */
struct cdc_host *cdc_host_new(struct usb_host *host, const struct cdc_listener *listener);
void cdc_host_free(struct cdc_host *cdc);

bool cdc_host_there(const struct cdc_host *cdc);
/* DTR and RTS follow. */
void cdc_host_open(struct cdc_host *cdc);
void cdc_host_close(struct cdc_host *cdc);
bool cdc_host_is_open(const struct cdc_host *cdc);
void cdc_host_set_line(struct cdc_host *cdc, const struct cdc_line *line);
/* The line coding and control lines that were set last have reached the device. */
bool cdc_host_settled(const struct cdc_host *cdc);
/* Would cdc_host_send take bytes? */
bool cdc_host_ready_to_send(const struct cdc_host *cdc);
/* How many of the bytes were taken: all or none; up to CDC_SEND. */
size_t cdc_host_send(struct cdc_host *cdc, const void *bytes, size_t n);
/* Keep back what the device sends, for a reader that is full: it sees NAKs. */
void cdc_host_hold(struct cdc_host *cdc, bool hold);

#endif
