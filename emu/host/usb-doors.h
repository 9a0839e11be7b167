/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB cable of a run and all that is at its other end, as the options ask for it. */
#ifndef EMU_HOST_USB_DOORS_H
#define EMU_HOST_USB_DOORS_H

#include "emu/host/bridge.h"
#include "emu/host/listen-socket.h"
#include "emu/host/usb-host.h"

struct usb_options {
    char *usbip;  /* [HOST:]PORT or PATH; NULL: none */
    char *serial; /* where the link to the serial port is; NULL: none */
    char *pcap;   /* a file for every transfer; NULL: none */
    bool leave_abrupt;
};
void usb_options_clear(struct usb_options *options);
/* Is there anything at the cable's other end? */
bool usb_options_any(const struct usb_options *options);

struct usb_doors;

/*
 * Adds what is needed to bridges; with nothing asked for there is no cable, and NULL without an error. more: another place to
 * listen at, or NULL. The doors are to be freed after the bridges. NULL with an error of one sentence.
 */
struct usb_doors *usb_doors_new(struct machine *m, struct bridges *bridges, const struct usb_options *options,
                                const struct listen_address *more, GError **error);
void usb_doors_free(struct usb_doors *doors);
/* Write the end of the capture file, before the bridges are freed; false with an error if not all of it could be written. */
bool usb_doors_close_capture(struct usb_doors *doors, GError **error);
struct usb_host *usb_doors_host(struct usb_doors *doors);

#endif
