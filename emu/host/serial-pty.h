/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device's serial port on USB as a pseudo-terminal of this machine, with a symbolic link to it at a fixed place. As with
 * a real port both are there only while the device is: when it goes, programs that have it open see a hang-up.
 *
 * Baud rate and framing that a program sets reach the device; DTR and RTS rise when the port is opened and fall when the last
 * program closes it (a pseudo-terminal cannot tell them apart, or set them otherwise).
 */
#ifndef EMU_HOST_SERIAL_PTY_H
#define EMU_HOST_SERIAL_PTY_H

#include "emu/host/bridge.h"
#include "emu/host/usb-host.h"

/* NULL with an error: something that is no link of ours is at that place. */
struct bridge *serial_pty_new(struct usb_host *host, const char *path, GError **error);

#endif
