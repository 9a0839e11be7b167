/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of USB/IP version 1.1.1, as Documentation/usb/usbip_protocol.rst of Linux describes them. */
#ifndef EMU_HOST_USBIP_WIRE_H
#define EMU_HOST_USBIP_WIRE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/host/usb-host.h"

enum {
    USBIP_VERSION = 0x0111,
    USBIP_REQ_DEVLIST = 0x8005,
    USBIP_REP_DEVLIST = 0x0005,
    USBIP_REQ_IMPORT = 0x8003,
    USBIP_REP_IMPORT = 0x0003,
    USBIP_SUBMIT = 1,
    USBIP_UNLINK = 2,
    USBIP_RET_SUBMIT = 3,
    USBIP_RET_UNLINK = 4,
};
enum { USBIP_OK, USBIP_NA, USBIP_BUSY, USBIP_ERROR, USBIP_NO_DEVICE }; /* status of a reply */

enum {
    USBIP_OP_SIZE = 8,       /* version, code, status */
    USBIP_BUSID_SIZE = 32,   /* what follows in a request to import */
    USBIP_DEVICE_SIZE = 312, /* in replies */
    USBIP_HEADER_SIZE = 48,  /* of submit, unlink and their answers */
    USBIP_FULL_SPEED = 2,
    USBIP_BUS = 1, /* the only one */
};
#define USBIP_BUSID "1-1"

/* Flags of a transfer (URB_... of Linux). */
enum { USBIP_SHORT_NOT_OK = 1, USBIP_ZERO_PACKET = 0x40 };

struct usbip_message {
    uint32_t command; /* USBIP_REQ_... before an import, USBIP_SUBMIT or USBIP_UNLINK behind it */
    char busid[USBIP_BUSID_SIZE + 1];
    uint32_t seqnum, devid, unlink;
    struct {
        bool in;
        unsigned endpoint; /* number */
        uint32_t flags, length;
        uint8_t setup[8];
        const uint8_t *data; /* OUT: length bytes inside the buffer */
    } submit;
};

/*
 * Read a message from the front of what came in; imported: which of the two kinds. Returns its size, 0 if it is not complete
 * yet, or -1 if it is none: *why then says what is wrong.
 */
ssize_t usbip_message_read(const uint8_t *in, size_t size, bool imported, struct usbip_message *message, const char **why);

/* Append a reply to out. device NULL: none. */
void usbip_put_op(GByteArray *out, unsigned code, uint32_t status);
void usbip_put_device(GByteArray *out, const struct usb_device *device);
void usbip_put_interfaces(GByteArray *out, const struct usb_device *device);
void usbip_put_submitted(GByteArray *out, uint32_t seqnum, const struct usb_urb *urb);
void usbip_put_unlinked(GByteArray *out, uint32_t seqnum, int status);

#endif
