/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/frame-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEADER = 4 };
/* What a peer that does not read may let pile up. */
enum { MOST_UNSENT = 1 << 20 };
/* Longer frames are skipped up to here; beyond, the peer speaks something else. */
enum { LONGEST_SKIPPED = 1 << 16 };

struct frame_socket {
    char *path;
    int listener, peer; /* peer -1: none */
    GByteArray *in, *out;
    frame_sink to_device;
    void *data;
};

/* ---- life ---- */

static bool set_error(GError **error, const char *path, int why)
{
    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "%s cannot be a socket: %s", path, g_strerror(why));
    return false;
}

/* Is it a socket whose process has gone? */
static bool is_left_over(const struct sockaddr_un *name)
{
    GStatBuf st;
    if (g_lstat(name->sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool dead = fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)name, sizeof *name) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return dead;
}

static bool listen_at(struct frame_socket *s, GError **error)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    if (strlen(s->path) >= sizeof name.sun_path || *s->path == '\0')
        return set_error(error, s->path, *s->path == '\0' ? ENOENT : ENAMETOOLONG);
    memcpy(name.sun_path, s->path, strlen(s->path) + 1);
    if (is_left_over(&name))
        g_unlink(s->path);
    s->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->listener < 0)
        return set_error(error, s->path, errno);
    if (bind(s->listener, (const struct sockaddr *)(const void *)&name, sizeof name) != 0 || listen(s->listener, 1) != 0) {
        int why = errno;
        close(s->listener);
        s->listener = -1;
        return set_error(error, s->path, why);
    }
    return true;
}

struct frame_socket *frame_socket_new(const char *path, frame_sink to_device, void *data, GError **error)
{
    struct frame_socket *s = g_new0(struct frame_socket, 1);
    s->path = g_strdup(path);
    s->listener = s->peer = -1;
    s->in = g_byte_array_new();
    s->out = g_byte_array_new();
    s->to_device = to_device;
    s->data = data;
    if (listen_at(s, error))
        return s;
    frame_socket_free(s);
    return NULL;
}

void frame_socket_free(struct frame_socket *s)
{
    if (s == NULL)
        return;
    frame_socket_replug(s);
    if (s->listener >= 0) {
        close(s->listener);
        g_unlink(s->path);
    }
    g_byte_array_unref(s->in);
    g_byte_array_unref(s->out);
    g_free(s->path);
    g_free(s);
}

void frame_socket_replug(struct frame_socket *s)
{
    if (s->peer >= 0)
        close(s->peer);
    s->peer = -1;
    g_byte_array_set_size(s->in, 0);
    g_byte_array_set_size(s->out, 0);
}

/* ---- frames ---- */

static void flush(struct frame_socket *s)
{
    while (s->peer >= 0 && s->out->len > 0) {
        ssize_t n = send(s->peer, s->out->data, s->out->len, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
                frame_socket_replug(s);
            return;
        }
        g_byte_array_remove_range(s->out, 0, (guint)n);
    }
}

void frame_socket_send(struct frame_socket *s, const uint8_t *frame, size_t length)
{
    if (s->peer < 0 || s->out->len + HEADER + length > MOST_UNSENT)
        return;
    uint8_t header[HEADER];
    write_be32(header, (uint32_t)length);
    g_byte_array_append(s->out, header, HEADER);
    g_byte_array_append(s->out, frame, (guint)length);
    flush(s);
}

/* Hand on every frame that is complete. */
static void cut_frames(struct frame_socket *s)
{
    guint at = 0;
    while (s->in->len - at >= HEADER) {
        uint32_t length = read_be32(s->in->data + at);
        if (length > LONGEST_SKIPPED) {
            frame_socket_replug(s);
            return;
        }
        if (s->in->len - at - HEADER < length)
            break;
        if (length >= PACKET_MIN && length <= PACKET_MAX)
            s->to_device(s->in->data + at + HEADER, length, s->data);
        at += HEADER + length;
    }
    g_byte_array_remove_range(s->in, 0, at);
}

static void receive(struct frame_socket *s)
{
    uint8_t buffer[16384];
    ssize_t n = recv(s->peer, buffer, sizeof buffer, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (n <= 0) {
        frame_socket_replug(s);
        return;
    }
    g_byte_array_append(s->in, buffer, (guint)n);
    cut_frames(s);
}

void frame_socket_poll_fill(struct frame_socket *s, GArray *fds)
{
    struct pollfd fd = {.fd = s->peer >= 0 ? s->peer : s->listener,
                        .events = (short)(POLLIN | (s->out->len > 0 ? POLLOUT : 0))};
    g_array_append_val(fds, fd);
}

void frame_socket_dispatch(struct frame_socket *s, const struct pollfd *fds, unsigned n)
{
    if (n != 1 || fds->revents == 0)
        return;
    if (s->peer < 0) {
        s->peer = accept(s->listener, NULL, NULL);
        if (s->peer >= 0) {
            fcntl(s->peer, F_SETFL, O_NONBLOCK);
            fcntl(s->peer, F_SETFD, FD_CLOEXEC);
        }
        return;
    }
    if (fds->fd != s->peer)
        return;
    flush(s);
    if (s->peer >= 0 && (fds->revents & (POLLIN | POLLHUP | POLLERR)))
        receive(s);
}

bool frame_socket_attached(const struct frame_socket *s)
{
    return s->peer >= 0;
}
