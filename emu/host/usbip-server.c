/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usbip-server.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/host/usbip-wire.h"

enum { MOST_CLIENTS = 16 };
/* What a client that does not read may let pile up, and what it may have under way: more than any driver asks for. */
enum { MOST_UNSENT = 8 << 20, MOST_TRANSFERS = 1024 };

struct client {
    struct usbip_server *server;
    int fd;
    GByteArray *in, *out;
    bool importer;
    bool closing; /* nothing more is read; close when all is written */
    bool broken;  /* close at once */
    GPtrArray *transfers;
};

struct transfer {
    struct usb_urb urb; /* first */
    struct client *client;
    uint32_t seqnum;
    uint8_t data[]; /* urb.length */
};

struct usbip_server {
    struct bridge bridge;
    struct usb_host *host;
    struct usb_user user;
    GArray *listeners; /* struct listener */
    GPtrArray *clients;
};

struct listener {
    int fd;
    char *path; /* to be removed; NULL: a port */
};

/* ---- writing ---- */

static void flush(struct client *c)
{
    while (c->out->len > 0 && !c->broken) {
        ssize_t n = send(c->fd, c->out->data, c->out->len, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                c->broken = true;
            break;
        }
        g_byte_array_remove_range(c->out, 0, (guint)n);
    }
    if (c->out->len > MOST_UNSENT)
        c->broken = true;
}

static void publish(struct usbip_server *s, const char *op)
{
    machine_publish(usb_host_machine(s->host), "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", op));
}

/* ---- transfers ---- */

static void completed(struct usb_urb *urb)
{
    struct transfer *t = (struct transfer *)urb;
    struct client *c = t->client;
    g_ptr_array_remove_fast(c->transfers, t);
    if (urb->status != -ECONNRESET) { /* one that was unlinked is answered as such */
        usbip_put_submitted(c->out, t->seqnum, urb);
        flush(c);
    }
    g_free(t);
}

static void reset_done(void *user, int status)
{
    struct transfer *t = user;
    t->urb.status = status;
    completed(&t->urb);
}

/* A reset of the port is asked for in the words of a hub (SetPortFeature PORT_RESET). */
static bool asks_for_reset(const struct transfer *t)
{
    return t->urb.endpoint == 0 && t->urb.setup[0] == 0x23 && t->urb.setup[1] == 3 && usb_le16(t->urb.setup + 2) == 4;
}

static void submit(struct client *c, const struct usbip_message *m)
{
    struct transfer *t = g_malloc0(sizeof *t + m->submit.length);
    t->client = c;
    t->seqnum = m->seqnum;
    t->urb = (struct usb_urb){.endpoint = (uint8_t)(m->submit.endpoint | (m->submit.in && m->submit.endpoint ? 0x80 : 0)),
                              .data = t->data,
                              .length = m->submit.length,
                              .short_not_ok = (m->submit.flags & USBIP_SHORT_NOT_OK) != 0,
                              .zero_packet = (m->submit.flags & USBIP_ZERO_PACKET) != 0,
                              .complete = completed};
    memcpy(t->urb.setup, m->submit.setup, sizeof t->urb.setup);
    if (!m->submit.in && m->submit.length > 0)
        memcpy(t->data, m->submit.data, m->submit.length);
    g_ptr_array_add(c->transfers, t);
    if (c->transfers->len > MOST_TRANSFERS)
        reset_done(t, -ENOMEM);
    else if (!asks_for_reset(t))
        usb_host_submit(c->server->host, &t->urb);
    else if (!usb_host_reset(c->server->host, reset_done, t))
        reset_done(t, -EBUSY);
}

static void unlink_transfer(struct client *c, const struct usbip_message *m)
{
    int status = 0; /* it was over already */
    for (unsigned i = 0; i < c->transfers->len; i++) {
        struct transfer *t = g_ptr_array_index(c->transfers, i);
        if (t->seqnum == m->unlink && !asks_for_reset(t)) {
            usb_host_unlink(c->server->host, &t->urb, -ECONNRESET);
            status = -ECONNRESET;
            break;
        }
    }
    usbip_put_unlinked(c->out, m->seqnum, status);
    flush(c);
}

/* ---- clients ---- */

static void let_go(struct client *c)
{
    if (!c->importer)
        return;
    c->importer = false;
    usb_host_release(c->server->host, &c->server->user);
    for (unsigned i = c->transfers->len; i-- > 0;) /* resets that will not be answered */
        g_free(g_ptr_array_index(c->transfers, i));
    g_ptr_array_set_size(c->transfers, 0);
    publish(c->server, "release");
}

static void free_client(struct client *c)
{
    let_go(c);
    close(c->fd);
    g_byte_array_unref(c->in);
    g_byte_array_unref(c->out);
    g_ptr_array_unref(c->transfers);
    g_free(c);
}

/* The device that may be imported, now or as soon as somebody lets it go; NULL: none, or a driver inside has it. */
static const struct usb_device *shown(const struct usbip_server *s)
{
    return usb_host_held(s->host) && !usbip_server_imported(s) ? NULL : usb_host_device(s->host);
}

static void list(struct client *c)
{
    const struct usb_device *d = shown(c->server);
    const uint8_t count[4] = {0, 0, 0, d != NULL};
    usbip_put_op(c->out, USBIP_REP_DEVLIST, USBIP_OK);
    g_byte_array_append(c->out, count, sizeof count);
    if (d) {
        usbip_put_device(c->out, d);
        usbip_put_interfaces(c->out, d);
    }
    c->closing = true;
}

static void import(struct client *c, const struct usbip_message *m)
{
    struct usbip_server *s = c->server;
    const struct usb_device *d = shown(s);
    uint32_t status = USBIP_OK;
    if (d == NULL || strcmp(m->busid, USBIP_BUSID) != 0)
        status = USBIP_NO_DEVICE;
    else if (!usb_host_claim(s->host, &s->user))
        status = USBIP_BUSY;
    usbip_put_op(c->out, USBIP_REP_IMPORT, status);
    if (status != USBIP_OK) {
        c->closing = true;
        return;
    }
    usbip_put_device(c->out, d);
    c->importer = true;
    publish(s, "import");
}

static uint32_t devid(const struct usbip_server *s)
{
    const struct usb_device *d = usb_host_device(s->host);
    return (uint32_t)USBIP_BUS << 16 | (d ? d->address : 0);
}

/* Carry out one message. */
static void obey(struct client *c, const struct usbip_message *m)
{
    if (!c->importer && m->command == USBIP_REQ_DEVLIST)
        list(c);
    else if (!c->importer)
        import(c, m);
    else if (m->command == USBIP_UNLINK)
        unlink_transfer(c, m);
    else if (m->devid != devid(c->server))
        c->broken = true;
    else
        submit(c, m);
}

static void obey_all(struct client *c)
{
    guint at = 0;
    while (!c->closing && !c->broken) {
        struct usbip_message m;
        const char *why;
        ssize_t size = usbip_message_read(c->in->data + at, c->in->len - at, c->importer, &m, &why);
        if (size < 0) {
            machine_publish(usb_host_machine(c->server->host), "usb", FIELD_STRING("port", board_usb_port),
                            FIELD_STRING("op", "cut-off"), FIELD_STRING("text", why));
            c->broken = true;
        }
        if (size <= 0)
            break;
        obey(c, &m);
        at += (guint)size;
    }
    g_byte_array_remove_range(c->in, 0, at);
    flush(c);
}

static void receive(struct client *c)
{
    uint8_t buffer[65536];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        c->broken = true;
        return;
    }
    if (c->closing)
        return;
    g_byte_array_append(c->in, buffer, (guint)n);
    obey_all(c);
}

/* ---- the bridge ---- */

void usbip_server_add_client(struct usbip_server *s, int fd)
{
    if (s->clients->len == MOST_CLIENTS) {
        close(fd);
        return;
    }
    struct client *c = g_new0(struct client, 1);
    c->server = s;
    c->fd = fd;
    c->in = g_byte_array_new();
    c->out = g_byte_array_new();
    c->transfers = g_ptr_array_new();
    g_ptr_array_add(s->clients, c);
}

static void accept_client(struct usbip_server *s, int listener)
{
    int fd = listen_socket_accept(listener);
    if (fd >= 0)
        usbip_server_add_client(s, fd);
}

static void server_poll_fill(struct bridge *bridge, GArray *fds)
{
    struct usbip_server *s = (struct usbip_server *)bridge;
    for (unsigned i = 0; i < s->listeners->len; i++) {
        struct pollfd fd = {.fd = g_array_index(s->listeners, struct listener, i).fd, .events = POLLIN};
        g_array_append_val(fds, fd);
    }
    for (unsigned i = 0; i < s->clients->len; i++) {
        const struct client *c = g_ptr_array_index(s->clients, i);
        struct pollfd fd = {.fd = c->fd, .events = (short)(POLLIN | (c->out->len > 0 ? POLLOUT : 0))};
        g_array_append_val(fds, fd);
    }
}

static void server_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    struct usbip_server *s = (struct usbip_server *)bridge;
    unsigned listeners = s->listeners->len, clients = s->clients->len;
    for (unsigned i = 0; i < clients && listeners + i < n; i++) {
        struct client *c = g_ptr_array_index(s->clients, i);
        if (fds[listeners + i].revents & (POLLIN | POLLHUP | POLLERR))
            receive(c);
        flush(c);
    }
    for (unsigned i = 0; i < listeners && i < n; i++)
        if (fds[i].revents & POLLIN)
            accept_client(s, fds[i].fd);
    for (unsigned i = s->clients->len; i-- > 0;) {
        struct client *c = g_ptr_array_index(s->clients, i);
        if (c->broken || (c->closing && c->out->len == 0)) {
            g_ptr_array_remove_index(s->clients, i);
            free_client(c);
        }
    }
}

static bool server_attached(const struct bridge *bridge)
{
    return ((const struct usbip_server *)bridge)->clients->len > 0;
}

static bool server_owed(const struct bridge *bridge)
{
    const struct usbip_server *s = (const struct usbip_server *)bridge;
    return usbip_server_imported(s) && usb_host_owed(s->host);
}

static void server_free(struct bridge *bridge)
{
    struct usbip_server *s = (struct usbip_server *)bridge;
    for (unsigned i = 0; i < s->clients->len; i++)
        free_client(g_ptr_array_index(s->clients, i));
    g_ptr_array_unref(s->clients);
    for (unsigned i = 0; i < s->listeners->len; i++) {
        struct listener *l = &g_array_index(s->listeners, struct listener, i);
        close(l->fd);
        if (l->path)
            g_unlink(l->path);
        g_free(l->path);
    }
    g_array_unref(s->listeners);
    usb_host_remove_user(s->host, &s->user);
    g_free(s);
}

static const struct bridge_class server_class = {.name = "usbip",
                                                 .poll_fill = server_poll_fill,
                                                 .dispatch = server_dispatch,
                                                 .attached = server_attached,
                                                 .owed = server_owed,
                                                 .free = server_free};

/* ---- as a user of the host ---- */

/* It waits for a client. */
static bool probe(void *data)
{
    (void)data;
    return false;
}

static void gone(void *data)
{
    struct usbip_server *s = data;
    for (unsigned i = 0; i < s->clients->len; i++) {
        struct client *c = g_ptr_array_index(s->clients, i);
        if (c->importer) {
            c->importer = false;
            c->closing = true;
        }
    }
}

bool usbip_server_imported(const struct usbip_server *server)
{
    for (unsigned i = 0; i < server->clients->len; i++)
        if (((const struct client *)g_ptr_array_index(server->clients, i))->importer)
            return true;
    return false;
}

struct usbip_server *usbip_server_new(struct usb_host *host)
{
    struct usbip_server *s = g_new0(struct usbip_server, 1);
    s->bridge.class = &server_class;
    s->host = host;
    s->user = (struct usb_user){probe, gone, s};
    s->listeners = g_array_new(FALSE, FALSE, sizeof(struct listener));
    s->clients = g_ptr_array_new();
    usb_host_add_user(host, &s->user);
    return s;
}

struct bridge *usbip_server_bridge(struct usbip_server *server)
{
    return &server->bridge;
}

bool usbip_server_listen(struct usbip_server *server, const struct listen_address *address, GError **error)
{
    struct listener l = {.fd = listen_socket_open(address, error), .path = g_strdup(address->path)};
    if (l.fd < 0) {
        g_free(l.path);
        return false;
    }
    g_array_append_val(server->listeners, l);
    return true;
}
