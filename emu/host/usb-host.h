/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host at the other end of the device's USB cable: finds a device that shows itself, resets and addresses it, reads its
 * descriptors, and carries transfers ("URBs", as Linux calls them) to its endpoints as transactions of a full-speed bus, each
 * at its place in virtual time.
 *
 * Programs of the host use a device through a user: the USB/IP server, or a driver inside this process. One user holds the
 * device at a time. While nobody does, the bus is suspended, so that nothing costs time.
 */
#ifndef EMU_HOST_USB_HOST_H
#define EMU_HOST_USB_HOST_H

#include <glib.h>

#include "emu/host/bridge.h"
#include "emu/host/usb-descriptors.h"

struct usb_host;

/* ---- transfers ---- */

enum { USB_MAX_TRANSFER = 1 << 20 }; /* bytes */

struct usb_urb {
    uint8_t endpoint;  /* number, and 0x80 for IN; 0 for a control transfer, whose setup tells the direction */
    uint8_t setup[8];  /* of a control transfer; its wLength is what the data stage has, and at most length */
    uint8_t *data;     /* the submitter's, for length bytes, until complete is called */
    uint32_t length;   /* up to USB_MAX_TRANSFER */
    bool short_not_ok; /* IN: fewer bytes are an error */
    bool zero_packet;  /* OUT: end with an empty packet if the last one is a full one */
    /* Called once, when it is over, perhaps before usb_host_submit returns. May submit and unlink others. */
    void (*complete)(struct usb_urb *urb);
    void *user;

    /* Results. status: 0, or a negative errno of Linux's: EPIPE stalled, EPROTO no answer, EOVERFLOW more than asked for,
       EREMOTEIO short, ESHUTDOWN the device has gone, ENOENT no such endpoint, or what unlink was given. */
    int status;
    uint32_t actual; /* bytes */

    /* The host's own. */
    uint64_t id; /* in events */
    bool interrupt;
    struct usb_pipe *pipe;
    enum { URB_SETUP, URB_DATA, URB_STATUS } stage;
    bool toggle;
};

/* ---- who uses the device ---- */

struct usb_user {
    /* A device is ready to be used: true to hold it from now on. Users are asked in the order in which they were added. */
    bool (*probe)(void *data);
    /* The device that it holds has gone; its transfers are over, with ESHUTDOWN. */
    void (*gone)(void *data);
    void *data;
};

/* user is the caller's, and lives as long as the host or until it is removed. */
void usb_host_add_user(struct usb_host *host, const struct usb_user *user);
void usb_host_remove_user(struct usb_host *host, const struct usb_user *user);
/* Hold the device, from the state behind a bus reset; false: there is none, or somebody else does. */
bool usb_host_claim(struct usb_host *host, const struct usb_user *user);
/* Let it go; transfers that are not over are unlinked. */
void usb_host_release(struct usb_host *host, const struct usb_user *user);

/* Only by the one who holds the device. */
void usb_host_submit(struct usb_host *host, struct usb_urb *urb);
/* End one that was submitted and is not over, with that status. */
void usb_host_unlink(struct usb_host *host, struct usb_urb *urb, int status);
/* Reset and address the device anew, with its configuration; done(user, status) when that is over. Other transfers end. */
bool usb_host_reset(struct usb_host *host, void (*done)(void *user, int status), void *user);

/* ---- what is there ---- */

struct usb_device {
    unsigned address; /* 1 to 127; another one for each time that a device was found */
    uint8_t descriptor[USB_DEVICE_DESCRIPTOR_SIZE];
    const uint8_t *configuration; /* the first one, with all that belongs to it */
    size_t configuration_size;
    unsigned configured; /* value of the configuration that is set; 0: none */
};
/* NULL: none is ready to be used. Valid until it has gone. */
const struct usb_device *usb_host_device(const struct usb_host *host);
bool usb_host_held(const struct usb_host *host);

/* ---- looking on ---- */

enum usb_moment { USB_SUBMITTED, USB_COMPLETED };
/* After each submission and before each completion; f must change nothing. control: its setup counts. */
typedef void (*usb_watcher)(const struct usb_urb *urb, enum usb_moment moment, const struct usb_device *device, void *data);
void usb_host_watch(struct usb_host *host, usb_watcher f, void *data);
void usb_host_unwatch(struct usb_host *host, usb_watcher f, void *data);

/* ---- life ---- */

struct usb_host_options {
    /* Let the device vanish before the status that follows a zero-length DFU download, as old bootloaders made it. */
    bool dfu_leave_abrupt;
};

/* The cable is plugged in when the machine first runs. The host is a bridge, to be added before those of its users. */
struct usb_host *usb_host_new(struct machine *m, struct usb_host_options options);
/* A machine that was put into a state without a cable (machine_restore) stays without one until this is called. */
void usb_host_plug(struct usb_host *host);
struct bridge *usb_host_bridge(struct usb_host *host);
struct machine *usb_host_machine(const struct usb_host *host);
/* Does the device owe an answer: a transfer that is no parked IN? */
bool usb_host_owed(const struct usb_host *host);

#endif
