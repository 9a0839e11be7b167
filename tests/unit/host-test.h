/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device's side of an Ethernet for tests of what is at the other end: its addresses, and the frames that it got. */
#ifndef TESTS_UNIT_HOST_TEST_H
#define TESTS_UNIT_HOST_TEST_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/host/packet.h"

static const uint8_t guest_mac[6] = {0x6C, 0x0B, 0x84, 0x12, 0x34, 0x56};

struct inbox {
    GPtrArray *frames; /* GBytes * */
    unsigned next;     /* to be looked at */
    struct packet p;   /* the one looked at */
};

static inline struct inbox *inbox_new(void)
{
    struct inbox *in = g_new0(struct inbox, 1);
    in->frames = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    return in;
}

static inline void inbox_free(struct inbox *in)
{
    g_ptr_array_unref(in->frames);
    g_free(in);
}

/* A frame_sink. */
static inline void inbox_add(const uint8_t *frame, size_t length, void *data)
{
    struct inbox *in = data;
    g_ptr_array_add(in->frames, g_bytes_new(frame, length));
}

/* The next frame, well-formed; NULL: there is none. */
static inline const struct packet *inbox_next(struct inbox *in)
{
    if (in->next == in->frames->len)
        return NULL;
    gsize length;
    const uint8_t *frame = g_bytes_get_data(in->frames->pdata[in->next++], &length);
    g_assert_true(packet_parse(&in->p, frame, length));
    return &in->p;
}

static inline const struct packet *inbox_tcp(struct inbox *in, uint8_t flags)
{
    const struct packet *p = inbox_next(in);
    g_assert_nonnull(p);
    g_assert_cmpint(p->protocol, ==, PROTOCOL_TCP);
    g_assert_cmphex(p->flags, ==, flags);
    return p;
}

#define assert_inbox_empty(IN) g_assert_null(inbox_next(IN))

/* ---- sockets of the host ---- */

/* A listening socket at 127.0.0.1; *port is the one that it got. */
static inline int host_listen(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof name;
    g_assert_cmpint(bind(fd, (struct sockaddr *)(void *)&name, sizeof name), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)(void *)&name, &length), ==, 0);
    *port = ntohs(name.sin_port);
    return fd;
}

/* A port of 127.0.0.1 that nobody listens at. */
static inline uint16_t host_free_port(void)
{
    uint16_t port;
    close(host_listen(&port));
    return port;
}

static inline int host_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    g_assert_cmpint(connect(fd, (const struct sockaddr *)(const void *)&name, sizeof name), ==, 0);
    g_assert_cmpint(fcntl(fd, F_SETFL, O_NONBLOCK), ==, 0);
    return fd;
}

static inline bool host_readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, ms) == 1;
}

#endif
