/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/tcp-proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A Photon's own sockets are fewer; who comes later waits. */
enum { MOST_CONNECTIONS = 8 };
enum { FIRST_PORT = 49152, LAST_PORT = 65535 }; /* for ephemeral ports (RFC 6335) */

struct connection {
    int fd;
    bool end;  /* nothing more comes from the host's program */
    bool shut; /* and nothing more goes to it */
    struct tcp_client *client;
};

struct tcp_proxy {
    const GArray *forwards;
    GArray *listeners; /* int, one for each of forwards */
    GPtrArray *connections;
    bool up;
    struct packet_ends ends;
    uint16_t last_port;
    tcp_send send;
    void *data;
};

/* ---- life ---- */

/* hard: the program at the other end sees a reset. */
static void free_connection(struct connection *c, bool hard)
{
    const struct linger now = {.l_onoff = 1};
    if (hard)
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(c->fd);
    tcp_client_free(c->client);
    g_free(c);
}

static int listen_at(const struct network_forward *f, GError **error)
{
    uint32_t address;
    if (!host_port_resolve(&f->from, &address, error))
        return -1;
    const int yes = 1;
    const struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(f->from.port), .sin_addr.s_addr = htonl(address)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(fd, (const struct sockaddr *)(const void *)&name, sizeof name) == 0 && listen(fd, MOST_CONNECTIONS) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "port %u of %s cannot be listened at: %s", f->from.port,
                f->from.host, g_strerror(why));
    return -1;
}

struct tcp_proxy *tcp_proxy_new(const GArray *forwards, tcp_send send, void *data, GError **error)
{
    struct tcp_proxy *p = g_new0(struct tcp_proxy, 1);
    p->forwards = forwards;
    p->listeners = g_array_new(FALSE, FALSE, sizeof(int));
    p->connections = g_ptr_array_new();
    p->last_port = LAST_PORT;
    p->send = send;
    p->data = data;
    for (guint i = 0; i < forwards->len; i++) {
        int fd = listen_at(&g_array_index(forwards, struct network_forward, i), error);
        if (fd < 0) {
            tcp_proxy_free(p);
            return NULL;
        }
        g_array_append_val(p->listeners, fd);
    }
    return p;
}

void tcp_proxy_free(struct tcp_proxy *p)
{
    if (p == NULL)
        return;
    tcp_proxy_down(p);
    for (guint i = 0; i < p->listeners->len; i++)
        close(g_array_index(p->listeners, int, i));
    g_array_unref(p->listeners);
    g_ptr_array_unref(p->connections);
    g_free(p);
}

void tcp_proxy_up(struct tcp_proxy *p, const struct packet_ends *ends)
{
    p->up = true;
    p->ends = *ends;
}

void tcp_proxy_down(struct tcp_proxy *p)
{
    p->up = false;
    for (guint i = 0; i < p->connections->len; i++)
        free_connection(g_ptr_array_index(p->connections, i), true);
    g_ptr_array_set_size(p->connections, 0);
}

/* ---- who waits for whom ---- */

bool tcp_proxy_attached(const struct tcp_proxy *p)
{
    return p->connections->len > 0;
}

bool tcp_proxy_owed(const struct tcp_proxy *p)
{
    for (guint i = 0; i < p->connections->len; i++)
        if (tcp_client_owed(((const struct connection *)g_ptr_array_index(p->connections, i))->client))
            return true;
    return false;
}

ticks_t tcp_proxy_due(const struct tcp_proxy *p)
{
    ticks_t due = TICKS_NEVER;
    for (guint i = 0; i < p->connections->len; i++)
        due = MIN(due, ((const struct connection *)g_ptr_array_index(p->connections, i))->client->timer);
    return due;
}

/* ---- the device's side ---- */

bool tcp_proxy_input(struct tcp_proxy *p, const struct packet *packet, ticks_t now)
{
    for (guint i = 0; i < p->connections->len; i++) {
        struct connection *c = g_ptr_array_index(p->connections, i);
        const struct packet_ends *ends = &c->client->ends;
        if (c->client->state == TCP_CLOSED || ends->source_port != packet->target_port ||
            ends->target_port != packet->source_port || ends->target != packet->source)
            continue;
        tcp_client_input(c->client, packet);
        tcp_client_output(c->client, now, p->send, p->data);
        return true;
    }
    return false;
}

/* ---- the host's side ---- */

static uint16_t free_port(struct tcp_proxy *p)
{
    p->last_port = p->last_port == LAST_PORT ? FIRST_PORT : p->last_port + 1; /* far more of them than connections */
    return p->last_port;
}

static void accept_one(struct tcp_proxy *p, unsigned listener, ticks_t now)
{
    int fd = accept(g_array_index(p->listeners, int, listener), NULL, NULL);
    if (fd < 0)
        return; /* it has gone again */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    struct packet_ends ends = p->ends;
    ends.source_port = free_port(p);
    ends.target_port = g_array_index(p->forwards, struct network_forward, listener).guest_port;
    struct connection *c = g_new0(struct connection, 1);
    c->fd = fd;
    /* 250000 a second, as RFC 9293 3.4.1 has it */
    c->client = tcp_client_new(&ends, (uint32_t)(now / (4 * TICKS_PER_US)));
    g_ptr_array_add(p->connections, c);
}

static bool passing_error(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR;
}

/* Bytes from the program to the device. False: the program is gone. */
static bool from_program(struct connection *c)
{
    uint8_t buffer[4096];
    while (!c->end && c->client->out->len < TCP_BUFFER) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        if (n < 0)
            return passing_error(errno);
        if (n == 0) {
            c->end = true;
            tcp_client_shut(c->client);
        } else {
            tcp_client_write(c->client, buffer, (size_t)n);
        }
    }
    return true;
}

/* Bytes from the device to the program. */
static bool to_program(struct connection *c)
{
    while (c->client->in->len > 0) {
        ssize_t n = send(c->fd, c->client->in->data, c->client->in->len, MSG_NOSIGNAL);
        if (n < 0)
            return passing_error(errno);
        tcp_client_taken(c->client, (size_t)n);
    }
    if (c->client->peer_closed && !c->shut) {
        shutdown(c->fd, SHUT_WR);
        c->shut = true;
    }
    return true;
}

/* False: the connection is over and freed. */
static bool serve(struct tcp_proxy *p, struct connection *c, short revents, ticks_t now)
{
    if (c->client->reset) {
        free_connection(c, true);
        return false;
    }
    bool good = to_program(c);
    if (good && (revents & (POLLIN | POLLHUP | POLLERR)))
        good = from_program(c);
    if (!good) {
        tcp_client_abort(c->client, p->send, p->data);
        free_connection(c, false);
        return false;
    }
    tcp_client_output(c->client, now, p->send, p->data);
    if (c->client->reset || (c->client->state == TCP_CLOSED && c->client->in->len == 0)) {
        free_connection(c, c->client->reset);
        return false;
    }
    return true;
}

void tcp_proxy_poll_fill(struct tcp_proxy *p, GArray *fds)
{
    for (guint i = 0; i < p->connections->len; i++) {
        const struct connection *c = g_ptr_array_index(p->connections, i);
        bool reads = !c->end && c->client->out->len<TCP_BUFFER, writes = c->client->in->len> 0;
        struct pollfd fd = {.fd = c->end && c->shut ? -1 : c->fd, /* nothing but an eternal POLLHUP could come */
                            .events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
        g_array_append_val(fds, fd);
    }
    for (guint i = 0; i < p->listeners->len; i++) {
        struct pollfd fd = {.fd = p->up && p->connections->len < MOST_CONNECTIONS ? g_array_index(p->listeners, int, i) : -1,
                            .events = POLLIN};
        g_array_append_val(fds, fd);
    }
}

void tcp_proxy_dispatch(struct tcp_proxy *p, const struct pollfd *fds, unsigned n, ticks_t now)
{
    guint connections = p->connections->len;
    bool current = n == connections + p->listeners->len; /* not if all went down since the descriptors were filled in */
    for (guint i = connections; i-- > 0;)
        if (!serve(p, g_ptr_array_index(p->connections, i), current ? fds[i].revents : 0, now))
            g_ptr_array_remove_index(p->connections, i);
    for (guint i = 0; current && i < p->listeners->len; i++)
        if (fds[connections + i].revents & POLLIN)
            accept_one(p, i, now);
    for (guint i = 0; i < p->connections->len; i++)
        tcp_client_output(((struct connection *)g_ptr_array_index(p->connections, i))->client, now, p->send, p->data);
}
