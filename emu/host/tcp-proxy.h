/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ports of the host that lead to ports of the device: each connection made to one becomes a connection to the device. */
#ifndef EMU_HOST_TCP_PROXY_H
#define EMU_HOST_TCP_PROXY_H

#include <poll.h>

#include "emu/host/network-options.h"
#include "emu/host/tcp-client.h"

struct tcp_proxy;

/* forwards: struct network_forward, kept by the caller. NULL with an error: a port that cannot be listened at. */
struct tcp_proxy *tcp_proxy_new(const GArray *forwards, tcp_send send, void *data, GError **error);
void tcp_proxy_free(struct tcp_proxy *p);

/* The device can be reached now, between these ends (ports are left out) ... */
void tcp_proxy_up(struct tcp_proxy *p, const struct packet_ends *ends);
/* ... and no more: all connections of the host are reset. Who connects then waits until it is up again. */
void tcp_proxy_down(struct tcp_proxy *p);

/* A segment to our side; false if it is of no connection. */
bool tcp_proxy_input(struct tcp_proxy *p, const struct packet *packet, ticks_t now);
/* When tcp_proxy_dispatch has something to do even without a descriptor that is ready. */
ticks_t tcp_proxy_due(const struct tcp_proxy *p);
void tcp_proxy_poll_fill(struct tcp_proxy *p, GArray *fds);
void tcp_proxy_dispatch(struct tcp_proxy *p, const struct pollfd *fds, unsigned n, ticks_t now);
bool tcp_proxy_attached(const struct tcp_proxy *p);
bool tcp_proxy_owed(const struct tcp_proxy *p);

#endif
