/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one file that includes libslirp.h. Its clock is virtual time, so that nothing of its own accord depends on the host's. */
#include "emu/host/slirp.h"

#include <errno.h>
#include <gio/gio.h>
#include <slirp/libslirp.h>
#include <sys/socket.h>

/* As libslirp has it: two bytes, and the router's address. */
const uint8_t slirp_router_mac[6] = {0x52, 0x55, 10, 0, 2, 2};

struct slirp {
    struct machine *machine;
    Slirp *stack;
    frame_sink to_guest;
    void *data;
    GArray *sockets; /* int: every descriptor that it has open */
    GArray *fds;     /* of struct pollfd, while they are filled in */
    guint first;     /* which of them is the first of ours */
    const struct pollfd *ready;
    unsigned n_ready;
    bool filled;
};

/* ---- what libslirp asks of us ---- */

static ssize_t send_packet(const void *buffer, size_t length, void *opaque)
{
    struct slirp *s = opaque;
    s->to_guest(buffer, length, s->data);
    return (ssize_t)length;
}

static void guest_error(const char *message, void *opaque)
{
    (void)message; /* of a malformed packet, which is dropped */
    (void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
    const struct slirp *s = opaque;
    return (int64_t)((unsigned __int128)machine_now(s->machine) * 1000000000 / TICKS_PER_SECOND);
}

/* Timers serve IPv6 router advertisements only, and that is off. */
static void *timer_new(SlirpTimerCb callback, void *callback_opaque, void *opaque)
{
    (void)callback;
    (void)callback_opaque;
    (void)opaque;
    return g_malloc(1);
}

static void timer_free(void *timer, void *opaque)
{
    (void)opaque;
    g_free(timer);
}

static void timer_mod(void *timer, int64_t expires, void *opaque)
{
    (void)timer;
    (void)expires;
    (void)opaque;
}

static void register_poll_fd(int fd, void *opaque)
{
    struct slirp *s = opaque;
    g_array_append_val(s->sockets, fd);
}

static void unregister_poll_fd(int fd, void *opaque)
{
    struct slirp *s = opaque;
    for (guint i = 0; i < s->sockets->len; i++)
        if (g_array_index(s->sockets, int, i) == fd) {
            g_array_remove_index_fast(s->sockets, i);
            return;
        }
}

static void notify(void *opaque)
{
    (void)opaque; /* sockets are looked at between all slices of a run anyway */
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = register_poll_fd,
    .unregister_poll_fd = unregister_poll_fd,
    .notify = notify,
};

/* ---- life ---- */

static struct in_addr in_addr(uint32_t address)
{
    return (struct in_addr){htonl(address)};
}

struct slirp *slirp_open(struct machine *m, frame_sink to_guest, void *data)
{
    const SlirpConfig config = {
        .version = 4,
        .in_enabled = true,
        .vnetwork = in_addr(SLIRP_NETWORK),
        .vnetmask = in_addr(SLIRP_MASK),
        .vhost = in_addr(SLIRP_HOST),
        .vdhcp_start = in_addr(SLIRP_GUEST),
        .vnameserver = in_addr(SLIRP_DNS),
    };
    struct slirp *s = g_new0(struct slirp, 1);
    s->machine = m;
    s->to_guest = to_guest;
    s->data = data;
    s->sockets = g_array_new(FALSE, FALSE, sizeof(int));
    s->stack = slirp_new(&config, &callbacks, s);
    g_assert(s->stack != NULL); /* the configuration is right */
    return s;
}

void slirp_close(struct slirp *s)
{
    if (s == NULL)
        return;
    slirp_cleanup(s->stack);
    g_array_unref(s->sockets);
    g_free(s);
}

bool slirp_forward(struct slirp *s, uint32_t host, uint16_t port, uint32_t guest, uint16_t guest_port, GError **error)
{
    if (slirp_add_hostfwd(s->stack, 0, in_addr(host), port, in_addr(guest), guest_port) == 0)
        return true;
    int why = errno;
    char address[16];
    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "port %u of %s cannot be listened at: %s", port,
                ipv4_string(host, address), g_strerror(why));
    return false;
}

void slirp_give(struct slirp *s, const uint8_t *frame, size_t length)
{
    slirp_input(s->stack, frame, (int)length);
}

/* ---- sockets ---- */

static int add_poll(int fd, int events, void *opaque)
{
    struct slirp *s = opaque;
    struct pollfd p = {.fd = fd};
    if (events & SLIRP_POLL_IN)
        p.events |= POLLIN;
    if (events & SLIRP_POLL_OUT)
        p.events |= POLLOUT;
    if (events & SLIRP_POLL_PRI)
        p.events |= POLLPRI;
    g_array_append_val(s->fds, p);
    return (int)(s->fds->len - 1 - s->first);
}

static int get_revents(int index, void *opaque)
{
    const struct slirp *s = opaque;
    if (index < 0 || (unsigned)index >= s->n_ready)
        return 0;
    short r = s->ready[index].revents;
    return (r & POLLIN ? SLIRP_POLL_IN : 0) | (r & POLLOUT ? SLIRP_POLL_OUT : 0) | (r & POLLPRI ? SLIRP_POLL_PRI : 0) |
           (r & POLLERR ? SLIRP_POLL_ERR : 0) | (r & POLLHUP ? SLIRP_POLL_HUP : 0);
}

void slirp_poll_fill(struct slirp *s, GArray *fds)
{
    uint32_t timeout = UINT32_MAX; /* its timers are looked at between all slices */
    s->fds = fds;
    s->first = fds->len;
    slirp_pollfds_fill(s->stack, &timeout, add_poll, s);
    s->fds = NULL;
    s->filled = true;
}

void slirp_dispatch(struct slirp *s, const struct pollfd *fds, unsigned n)
{
    if (!s->filled) /* it was opened in between */
        return;
    s->filled = false;
    s->ready = fds;
    s->n_ready = n;
    slirp_pollfds_poll(s->stack, 0, get_revents, s);
    s->ready = NULL;
    s->n_ready = 0;
}

bool slirp_attached(const struct slirp *s)
{
    for (guint i = 0; i < s->sockets->len; i++) {
        int listens = 0;
        socklen_t length = sizeof listens;
        if (getsockopt(g_array_index(s->sockets, int, i), SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && !listens)
            return true;
    }
    return false;
}
