/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames on a UNIX stream socket: each with its length in front, four bytes, the highest first, as QEMU's socket
 * netdev has them. One peer at a time.
 */
#ifndef EMU_HOST_FRAME_SOCKET_H
#define EMU_HOST_FRAME_SOCKET_H

#include <glib.h>
#include <poll.h>
#include <stdbool.h>

#include "emu/host/slirp.h"

struct frame_socket;

/* A socket that nobody listens at any more is replaced, nothing else. NULL with an error that names the path. */
struct frame_socket *frame_socket_new(const char *path, frame_sink to_device, void *data, GError **error);
void frame_socket_free(struct frame_socket *s); /* and the path */

/* A frame for the peer; lost if there is none, or if it does not read. */
void frame_socket_send(struct frame_socket *s, const uint8_t *frame, size_t length);
/* Hang up. */
void frame_socket_replug(struct frame_socket *s);

void frame_socket_poll_fill(struct frame_socket *s, GArray *fds);
void frame_socket_dispatch(struct frame_socket *s, const struct pollfd *fds, unsigned n);
bool frame_socket_attached(const struct frame_socket *s);

#endif
