/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB host from inside; for usb-host.c and usb-bus.c only. */
#ifndef EMU_HOST_USB_HOST_INTERNAL_H
#define EMU_HOST_USB_HOST_INTERNAL_H

#include "emu/host/usb-host.h"

enum { USB_PIPES = 32 };

/* An endpoint in one direction; that of control transfers is number 0. */
struct usb_pipe {
    enum usb_transfer type;
    unsigned number;
    bool in;
    bool open; /* the present configuration has it */
    unsigned max_packet;
    ticks_t interval;
    bool toggle;        /* DATA1 comes next */
    GQueue urbs;        /* struct usb_urb *, the first is under way */
    bool parked;        /* answered NAK: waits for the device */
    ticks_t not_before; /* the next transaction */
    unsigned failures;  /* transactions in a row without an answer */
};

enum usb_state {
    USB_COLD,       /* no cable yet */
    USB_EMPTY,      /* no device */
    USB_DEBOUNCE,   /* a device shows itself */
    USB_RESETTING,  /* reset is signalled */
    USB_RECOVERY,   /* a pause behind a reset or a new address */
    USB_ADDRESSING, /* our own transfers */
    USB_READY,
    USB_SUSPENDED,
    USB_FAILED,   /* it does not answer: until it goes */
    USB_VANISHED, /* gone for its users, although it is still there */
};

struct usb_host {
    struct bridge bridge;
    struct machine *machine;
    struct usb_host_options options;

    enum usb_state state;
    ticks_t timer; /* when the state ends by itself */
    unsigned step; /* of addressing */
    unsigned tries;
    bool known; /* descriptors were read: a reset of the same device */
    unsigned next_address;
    struct usb_device device;
    uint8_t *configuration;

    GPtrArray *users;
    const struct usb_user *holder;
    void (*reset_done)(void *user, int status);
    void *reset_user;
    bool left; /* dfu_leave_abrupt: the zero-length download was seen */

    struct usb_urb own; /* of addressing */
    uint8_t own_data[64];
    uint8_t alternates[USB_MAX_INTERFACES];

    GArray *watchers;

    /* usb-bus.c */
    struct usb_pipe pipes[USB_PIPES];
    unsigned turn;       /* the pipe that is looked at next */
    ticks_t free;        /* when the bus is free again */
    ticks_t frames_from; /* when a frame began */
    ticks_t bus_due;     /* when there is something to do; TICKS_NEVER: nothing until the device moves */
    bool running;
    uint64_t last_id;
};

/* ---- usb-bus.c ---- */

void usb_bus_init(struct usb_host *host);
/* Frames begin at that moment. */
void usb_bus_start(struct usb_host *host, ticks_t when);
/* The endpoints that the configuration (0: none) and alternates have; every toggle begins anew. */
void usb_bus_configure(struct usb_host *host, unsigned configuration);
/* The endpoints of one interface anew. */
void usb_bus_set_alternate(struct usb_host *host, unsigned interface, unsigned alternate);
void usb_bus_enqueue(struct usb_host *host, struct usb_urb *urb);
/* Carry out what can be done now. */
void usb_bus_run(struct usb_host *host);
/* Parked transactions whose endpoint has another answer now go on. */
void usb_bus_wake(struct usb_host *host);
void usb_bus_end(struct usb_host *host, struct usb_urb *urb, int status);
/* All of them. */
void usb_bus_end_all(struct usb_host *host, int status);

/* ---- usb-host.c ---- */

/* A transfer is over, and off its queue. */
void usb_host_completed(struct usb_host *host, struct usb_urb *urb);

static inline bool usb_urb_is_control(const struct usb_urb *urb)
{
    return (urb->endpoint & 0x7F) == 0;
}

/* Data go towards the host. */
static inline bool usb_urb_is_in(const struct usb_urb *urb)
{
    return usb_urb_is_control(urb) ? (urb->setup[0] & 0x80) != 0 : (urb->endpoint & 0x80) != 0;
}

#endif
