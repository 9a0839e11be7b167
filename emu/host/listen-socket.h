/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Places where programs of this machine find a server: TCP ports and UNIX sockets. */
#ifndef EMU_HOST_LISTEN_SOCKET_H
#define EMU_HOST_LISTEN_SOCKET_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* [HOST:]PORT, of 127.0.0.1 unless told, or PATH: a text with a slash in it. */
struct listen_address {
    char *path; /* NULL: a port */
    char *host;
    uint16_t port;
};

/* False with an error that tells the form. */
bool listen_address_parse(const char *text, struct listen_address *address, GError **error);
void listen_address_clear(struct listen_address *address);

/* A listening socket that does not block; -1 with an error. Replaces a UNIX socket whose process has gone. */
int listen_socket_open(const struct listen_address *address, GError **error);
/* The other side: a connected socket, which blocks; -1 with an error. */
int listen_socket_connect(const struct listen_address *address, GError **error);
/* The next connection, which does not block; -1: there is none. */
int listen_socket_accept(int listener);

#endif
