/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections: who is there, what comes in, what goes out. */
#include "emu/debug/gdb-server.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/core/snapshot.h"
#include "emu/debug/gdb-internal.h"

enum { MOST_CLIENTS = 16, BACKLOG = 4 };
/* Who does not read that much is given up. */
enum { MOST_UNSENT = 8 << 20 };

struct gdb_server *gdb_server_new(struct machine *m, const struct board *board, const struct gdb_owner *owner)
{
    struct gdb_server *s = g_new0(struct gdb_server, 1);
    s->machine = m;
    s->board = board;
    if (owner != NULL)
        s->owner = *owner;
    s->listener = -1;
    s->clients = g_ptr_array_new();
    s->observer = observer_new(m);
    s->snapshots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)snapshot_free);
    s->why = g_string_new("nothing has stopped it yet");
    s->semihosting = true;
    s->signal = GDB_SIGTRAP;
    s->stop_at = TICKS_NEVER;
    return s;
}

static void free_client(struct gdb_client *c)
{
    gdb_remove_all_points(c);
    close(c->fd);
    gdb_parser_clear(&c->parser);
    g_byte_array_unref(c->out);
    g_byte_array_unref(c->last);
    g_array_unref(c->points);
    g_free(c);
}

void gdb_server_free(struct gdb_server *s)
{
    if (s == NULL)
        return;
    for (unsigned i = 0; i < s->clients->len; i++)
        free_client(g_ptr_array_index(s->clients, i));
    g_ptr_array_unref(s->clients);
    gdb_let_go(s);
    if (s->listener >= 0)
        close(s->listener);
    observer_free(s->observer);
    g_hash_table_destroy(s->snapshots);
    if (s->threads != NULL)
        g_array_unref(s->threads);
    g_string_free(s->why, TRUE);
    g_free(s->caught_text);
    g_free(s);
}

/* ---- listening ---- */

static bool bad_address(GError **error, const char *address, const char *why)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--gdb: cannot listen at %s: %s", address, why);
    return false;
}

/* "PORT", "HOST:PORT", "[HOST]:PORT" */
static bool split(const char *address, char **host, char **port)
{
    const char *colon = strrchr(address, ':');
    *host = colon == NULL ? g_strdup("127.0.0.1") : g_strndup(address, (gsize)(colon - address));
    *port = g_strdup(colon == NULL ? address : colon + 1);
    gsize length = strlen(*host);
    if (length >= 2 && (*host)[0] == '[' && (*host)[length - 1] == ']') {
        memmove(*host, *host + 1, length - 2);
        (*host)[length - 2] = '\0';
    }
    guint64 number;
    return length > 0 && g_ascii_string_to_unsigned(*port, 10, 0, 65535, &number, NULL);
}

static int listen_at(const struct addrinfo *a)
{
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->ai_protocol), on = 1;
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static unsigned port_of(int fd)
{
    struct sockaddr_storage at;
    socklen_t size = sizeof at;
    if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
        return 0;
    return at.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&at)->sin6_port)
                                    : ntohs(((struct sockaddr_in *)&at)->sin_port);
}

bool gdb_server_listen(struct gdb_server *s, const char *address, GError **error)
{
    g_autofree char *host = NULL, *port = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    if (!split(address, &host, &port))
        return bad_address(error, address, "it is no PORT or HOST:PORT");
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0)
        return bad_address(error, address, gai_strerror(failed));
    s->listener = listen_at(found);
    int why = errno;
    freeaddrinfo(found);
    if (s->listener < 0)
        return bad_address(error, address, g_strerror(why));
    s->port = port_of(s->listener);
    return true;
}

unsigned gdb_server_port(const struct gdb_server *s)
{
    return s->port;
}

void gdb_server_adopt(struct gdb_server *s, int fd)
{
    int on = 1;
    if (s->clients->len >= MOST_CLIENTS) {
        close(fd);
        return;
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* no TCP in tests */
    struct gdb_client *c = g_new0(struct gdb_client, 1);
    c->server = s;
    c->fd = fd;
    gdb_parser_init(&c->parser);
    c->out = g_byte_array_new();
    c->last = g_byte_array_new();
    c->points = g_array_new(FALSE, FALSE, sizeof(struct gdb_point));
    g_ptr_array_add(s->clients, c);
}

static void accept_clients(struct gdb_server *s)
{
    for (;;) {
        int fd = accept(s->listener, NULL, NULL);
        if (fd < 0)
            return;
        gdb_server_adopt(s, fd);
    }
}

/* ---- sending ---- */

static void put(struct gdb_client *c, const void *data, size_t size)
{
    g_byte_array_append(c->out, data, (guint)size);
    if (c->out->len > MOST_UNSENT)
        c->hung_up = true;
}

void gdb_send_bytes(struct gdb_client *c, const void *data, size_t size)
{
    g_byte_array_set_size(c->last, 0);
    gdb_frame(c->last, data, size);
    put(c, c->last->data, c->last->len);
}

void gdb_send(struct gdb_client *c, const char *text)
{
    gdb_send_bytes(c, text, strlen(text));
}

void gdb_send_error(struct gdb_client *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *packet = g_strconcat("E.", text, NULL);
    gdb_send(c, packet);
}

void gdb_send_console(struct gdb_client *c, const char *text, size_t size)
{
    enum { PART = (GDB_PACKET_SIZE - 8) / 2 };
    for (size_t at = 0; at < size; at += PART) {
        GString *packet = g_string_new("O");
        gdb_put_bytes(packet, text + at, MIN(size - at, PART));
        gdb_send(c, packet->str);
        g_string_free(packet, TRUE);
    }
}

void gdb_console(struct gdb_server *s, const char *text, size_t size)
{
    for (unsigned i = 0; i < s->clients->len; i++) {
        struct gdb_client *c = g_ptr_array_index(s->clients, i);
        if (c->waiting)
            gdb_send_console(c, text, size);
    }
}

static void flush(struct gdb_client *c)
{
    while (c->out->len > 0 && !c->hung_up) {
        ssize_t n = send(c->fd, c->out->data, c->out->len, MSG_NOSIGNAL);
        if (n > 0)
            g_byte_array_remove_range(c->out, 0, (guint)n);
        else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        else if (n < 0 && errno != EINTR)
            c->hung_up = true;
    }
}

/* ---- receiving ---- */

static void interrupt(struct gdb_client *c)
{
    struct gdb_server *s = c->server;
    if (!c->attached)
        return;
    if (s->halted) {
        /* it raced with a stop, of which the client has been told */
        return;
    }
    c->waiting = true;
    gdb_halt(s, GDB_SIGINT, "it was interrupted");
}

static void take_token(struct gdb_client *c, enum gdb_token token)
{
    bool ack = !c->no_ack; /* a packet that ends acknowledgements is acknowledged */
    switch (token) {
    case GDB_PACKET:
        if (ack)
            put(c, "+", 1);
        gdb_command(c, (const char *)c->parser.data->data, c->parser.data->len);
        break;
    case GDB_BROKEN:
        if (ack)
            put(c, "-", 1);
        break;
    case GDB_NAK:
        if (ack)
            put(c, c->last->data, c->last->len);
        break;
    case GDB_INTERRUPT:
        interrupt(c);
        break;
    case GDB_ACK:
    case GDB_NOTHING:
        break;
    }
}

static void receive(struct gdb_client *c)
{
    uint8_t buffer[4096];
    /* not without end: the machine wants to run, too */
    for (unsigned turn = 0; turn < 64 && !c->hung_up; turn++) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (n <= 0) {
            c->hung_up = true;
            return;
        }
        for (ssize_t i = 0; i < n && !c->hung_up; i++)
            take_token(c, gdb_parse(&c->parser, buffer[i]));
    }
}

/* ---- serving ---- */

bool gdb_server_attached(const struct gdb_server *s)
{
    for (unsigned i = 0; i < s->clients->len; i++)
        if (((const struct gdb_client *)g_ptr_array_index(s->clients, i))->attached)
            return true;
    return false;
}

void gdb_server_wait(struct gdb_server *s)
{
    s->wait = true;
}

bool gdb_server_holds(const struct gdb_server *s)
{
    return s->wait || s->halted;
}

ticks_t gdb_server_due(const struct gdb_server *s)
{
    return s->stop_at;
}

void gdb_server_poll_fill(struct gdb_server *s, GArray *fds)
{
    if (s->listener >= 0) {
        struct pollfd p = {.fd = s->listener, .events = POLLIN};
        g_array_append_val(fds, p);
    }
    for (unsigned i = 0; i < s->clients->len; i++) {
        const struct gdb_client *c = g_ptr_array_index(s->clients, i);
        struct pollfd p = {.fd = c->fd, .events = (short)(POLLIN | (c->out->len > 0 ? POLLOUT : 0))};
        g_array_append_val(fds, p);
    }
}

static bool ready(const struct pollfd *fds, unsigned n, int fd)
{
    for (unsigned i = 0; i < n; i++)
        if (fds[i].fd == fd)
            return fds[i].revents != 0;
    return false;
}

/* The last one to leave lets the machine go; what was killed ends. */
static void drop_clients(struct gdb_server *s)
{
    bool dropped = false;
    for (unsigned i = s->clients->len; i-- > 0;) {
        struct gdb_client *c = g_ptr_array_index(s->clients, i);
        if (!c->hung_up)
            continue;
        flush(c);
        g_ptr_array_remove_index(s->clients, i);
        dropped = true;
        free_client(c);
    }
    if (!dropped || gdb_server_attached(s))
        return;
    if (s->gone && s->owner.quit != NULL)
        s->owner.quit(s->owner.data, 0);
    gdb_let_go(s);
}

void gdb_server_dispatch(struct gdb_server *s, const struct pollfd *fds, unsigned n)
{
    gdb_look_at_machine(s);
    for (unsigned i = 0; i < s->clients->len; i++) {
        struct gdb_client *c = g_ptr_array_index(s->clients, i);
        if (ready(fds, n, c->fd))
            receive(c);
    }
    if (s->listener >= 0 && ready(fds, n, s->listener))
        accept_clients(s);
    for (unsigned i = 0; i < s->clients->len; i++)
        flush(g_ptr_array_index(s->clients, i));
    drop_clients(s);
}

void gdb_server_dead(struct gdb_server *s)
{
    if (gdb_server_attached(s) && !s->halted)
        gdb_halt(s, GDB_SIGABRT, "%s", "it is locked up, or asleep with nothing that could wake it: it can never run again");
}
