/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other side of a USB/IP server: imports its device and sends it transfers. Calls block. */
#ifndef EMU_HOST_USBIP_CLIENT_H
#define EMU_HOST_USBIP_CLIENT_H

#include "emu/host/listen-socket.h"
#include "emu/host/usb-host.h"

/* What a server sends about a transfer. */
struct usbip_answer {
    bool unlink; /* it answers an unlink, whose number seqnum is */
    uint32_t seqnum;
    int status;
    uint32_t actual;
};

/* Import the device over a connected socket; false: the server has none to give, or is none. */
bool usbip_client_import(int fd, uint32_t *devid);

/* length: of the transfer; OUT: of data, too. False: the connection is gone. */
bool usbip_client_submit(int fd, uint32_t devid, uint32_t seqnum, unsigned endpoint, uint32_t flags, const uint8_t *setup,
                         const uint8_t *data, uint32_t length);
bool usbip_client_unlink(int fd, uint32_t devid, uint32_t seqnum, uint32_t which);
/* The next answer; false: the connection is gone. If it has data with it, usbip_client_data is to be called for them. */
bool usbip_client_receive(int fd, struct usbip_answer *answer);
bool usbip_client_data(int fd, uint8_t *data, uint32_t length);

/* One control transfer with nothing else under way, on a fresh connection; bytes of the data stage, or a negative errno. */
int usbip_client_control(int fd, uint32_t devid, uint32_t seqnum, const uint8_t setup[8], uint8_t *data);

#endif
