/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB/IP server: the door through which programs outside reach the device on the emulated bus. Linux's vhci_hcd is a client
 * (usbip attach), and so is photon-emu with-usb.
 *
 * It shows one device, as bus id 1-1, while the device is enumerated and no driver inside this process holds it. One client
 * imports it at a time; it is reset then. When the device goes its transfers end with ESHUTDOWN and the connection is closed,
 * which is how a client learns of it. A client that sends what is no message is cut off.
 */
#ifndef EMU_HOST_USBIP_SERVER_H
#define EMU_HOST_USBIP_SERVER_H

#include "emu/host/listen-socket.h"
#include "emu/host/usb-host.h"

struct usbip_server;

/* To be freed, as a bridge, before the host is. */
struct usbip_server *usbip_server_new(struct usb_host *host);
struct bridge *usbip_server_bridge(struct usbip_server *server);
/* Listen there too; false with an error. */
bool usbip_server_listen(struct usbip_server *server, const struct listen_address *address, GError **error);
/* A client whose connection is there already; the server closes it. */
void usbip_server_add_client(struct usbip_server *server, int fd);
bool usbip_server_imported(const struct usbip_server *server);

#endif
