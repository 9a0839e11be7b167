/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every transfer of the USB host as Linux's usbmon records it (Documentation/usb/usbmon.rst), for Wireshark. */
#ifndef EMU_HOST_USB_CAPTURE_H
#define EMU_HOST_USB_CAPTURE_H

#include "emu/host/usb-host.h"

struct usb_capture;

/* NULL with an error that names the file. To be closed before the host is freed. */
struct usb_capture *usb_capture_new(struct usb_host *host, const char *path, GError **error);
/* False with an error if not everything could be written. NULL is none. */
bool usb_capture_close(struct usb_capture *capture, GError **error);

#endif
