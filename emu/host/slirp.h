/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libslirp: a router with DHCP between the device's station interface and sockets of the host. It lets everything through. */
#ifndef EMU_HOST_SLIRP_H
#define EMU_HOST_SLIRP_H

#include <glib.h>
#include <poll.h>

#include "boards/board.h"
#include "emu/host/packet.h"

/* The network that the device sees. */
#define SLIRP_NETWORK IPV4(10, 0, 2, 0)
#define SLIRP_MASK    IPV4(255, 255, 255, 0)
#define SLIRP_HOST    IPV4(10, 0, 2, 2) /* the router; TCP and UDP to it go to 127.0.0.1 of the host */
#define SLIRP_DNS     IPV4(10, 0, 2, 3)
#define SLIRP_GUEST   IPV4(10, 0, 2, 15) /* the first address that is leased */
extern const uint8_t slirp_router_mac[6];

struct slirp;
typedef void (*frame_sink)(const uint8_t *frame, size_t length, void *data);

/* to_guest is called from slirp_give and slirp_dispatch only. */
struct slirp *slirp_open(struct machine *m, frame_sink to_guest, void *data);
void slirp_close(struct slirp *s); /* and all its sockets */

/* Pass connections to a port of the host on to the device. False with an error if it cannot be listened at. */
bool slirp_forward(struct slirp *s, uint32_t host, uint16_t port, uint32_t guest, uint16_t guest_port, GError **error);

/* A frame from the device. */
void slirp_give(struct slirp *s, const uint8_t *frame, size_t length);

void slirp_poll_fill(struct slirp *s, GArray *fds);
void slirp_dispatch(struct slirp *s, const struct pollfd *fds, unsigned n);
/* Is a socket open or connecting? One that only listens does not count. */
bool slirp_attached(const struct slirp *s);

#endif
