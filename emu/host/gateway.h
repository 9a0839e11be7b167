/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the device's access point, in this process: it joins, gets an address from the device, and lets programs on the
 * host connect to the device's ports through ports of the host.
 */
#ifndef EMU_HOST_GATEWAY_H
#define EMU_HOST_GATEWAY_H

#include <poll.h>

#include "boards/board.h"
#include "emu/host/network-options.h"
#include "emu/host/packet.h"
#include "emu/host/slirp.h"

struct gateway;

/* forwards: struct network_forward, kept by the caller. NULL with an error: a port that cannot be listened at. */
struct gateway *gateway_new(struct machine *m, const GArray *forwards, frame_sink to_device, void *data, GError **error);
void gateway_free(struct gateway *g);

/* The access point has come up or gone. */
void gateway_set_up(struct gateway *g, bool up);
/* A frame from the device. */
void gateway_input(struct gateway *g, const uint8_t *frame, size_t length);
/* The machine was restored. */
void gateway_replug(struct gateway *g);

ticks_t gateway_due(const struct gateway *g);
void gateway_poll_fill(struct gateway *g, GArray *fds);
void gateway_dispatch(struct gateway *g, const struct pollfd *fds, unsigned n);
bool gateway_attached(const struct gateway *g);
bool gateway_owed(const struct gateway *g);

#endif
