/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* pseudo-terminals */
#include "emu/host/serial-pty.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emu/core/event.h"
#include "emu/host/cdc-host.h"

struct serial_pty {
    struct bridge bridge;
    struct usb_host *host;
    struct cdc_host *cdc;
    char *path;
    int master, slave; /* -1: there is no port. Our own slave keeps the terminal's settings while no program has it open. */
    int watch;         /* inotify: who opens and closes it */
    unsigned openers;
    GByteArray *unread; /* from the device, for programs that do not read */
};

/* ---- the terminal ---- */

static void take_line(struct serial_pty *s)
{
    static const uint8_t bits[] = {5, 6, 7, 8};
    struct termios2 t;
    if (s->master < 0 || ioctl(s->slave, TCGETS2, &t) != 0 || t.c_ospeed == 0)
        return;
    const struct cdc_line line = {.baud = t.c_ospeed,
                                  .stop_bits = t.c_cflag & CSTOPB ? 2 : 0,
                                  .parity = (uint8_t)(!(t.c_cflag & PARENB) ? 0
                                                      : t.c_cflag & CMSPAR  ? (t.c_cflag & PARODD ? 3 : 4)
                                                                            : (t.c_cflag & PARODD ? 1 : 2)),
                                  .data_bits = bits[(t.c_cflag & CSIZE) >> 4]};
    cdc_host_set_line(s->cdc, &line);
}

static void close_port(struct serial_pty *s)
{
    if (s->master < 0)
        return;
    g_unlink(s->path);
    close(s->slave);
    close(s->master);
    close(s->watch);
    s->master = s->slave = s->watch = -1;
    s->openers = 0;
    g_byte_array_set_size(s->unread, 0);
}

/* No echo, nothing changed on its way. */
static void make_raw(int fd)
{
    struct termios2 t;
    if (ioctl(fd, TCGETS2, &t) != 0)
        return;
    t.c_iflag = IGNBRK;
    t.c_oflag = 0;
    t.c_lflag = 0;
    t.c_cflag = (t.c_cflag & ~(tcflag_t)(CBAUD | CSIZE | PARENB)) | CS8 | CREAD | B9600;
    t.c_ispeed = t.c_ospeed = 9600;
    ioctl(fd, TCSETS2, &t);
}

static void complain(struct serial_pty *s)
{
    machine_publish(usb_host_machine(s->host), "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", "no-terminal"),
                    FIELD_STRING("text", g_strerror(errno)));
    close_port(s);
}

static void open_port(void *data)
{
    struct serial_pty *s = data;
    char name[64];
    close_port(s);
    s->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    s->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (s->master < 0 || grantpt(s->master) != 0 || unlockpt(s->master) != 0 || ptsname_r(s->master, name, sizeof name) != 0) {
        complain(s);
        return;
    }
    s->slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (s->slave < 0 || s->watch < 0 || inotify_add_watch(s->watch, name, IN_OPEN | IN_CLOSE) < 0) {
        complain(s);
        return;
    }
    make_raw(s->slave);
    g_unlink(s->path);
    if (symlink(name, s->path) != 0)
        complain(s);
}

static void device_gone(void *data)
{
    close_port(data);
}

/* ---- bytes ---- */

/* Hand on what the device has sent; what a full terminal does not take waits, and the device with it. */
static void write_out(struct serial_pty *s)
{
    while (s->unread->len > 0 && s->master >= 0) {
        ssize_t n = write(s->master, s->unread->data, s->unread->len);
        if (n <= 0)
            break;
        g_byte_array_remove_range(s->unread, 0, (guint)n);
    }
    cdc_host_hold(s->cdc, s->unread->len > 0);
}

static void received(const uint8_t *bytes, size_t n, void *data)
{
    struct serial_pty *s = data;
    g_byte_array_append(s->unread, bytes, (guint)n);
    write_out(s);
}

/* ---- programs ---- */

static void note_openers(struct serial_pty *s)
{
    union {
        struct inotify_event event;
        char bytes[4096];
    } buffer;
    ssize_t n;
    while ((n = read(s->watch, &buffer, sizeof buffer)) > 0) {
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *e = (const struct inotify_event *)(const void *)(buffer.bytes + at);
            if (e->mask & IN_OPEN)
                s->openers++;
            else if ((e->mask & IN_CLOSE) && s->openers > 0)
                s->openers--;
            /* even one that was open for a moment only set the line and raised DTR */
            if ((e->mask & IN_OPEN) && !cdc_host_is_open(s->cdc)) {
                take_line(s);
                cdc_host_open(s->cdc);
            }
            at += (ssize_t)sizeof *e + (ssize_t)e->len;
        }
    }
}

/* The last program has closed it, and all that it wrote is sent. What it did not read is lost, as on a real port. */
static void end_use(struct serial_pty *s)
{
    cdc_host_close(s->cdc);
    ioctl(s->slave, TCFLSH, TCIOFLUSH);
    g_byte_array_set_size(s->unread, 0);
    cdc_host_hold(s->cdc, false);
}

static void pty_poll_fill(struct bridge *bridge, GArray *fds)
{
    struct serial_pty *s = (struct serial_pty *)bridge;
    if (s->master < 0)
        return;
    struct pollfd fd[2] = {{.fd = s->master, .events = (short)(s->unread->len > 0 ? POLLIN | POLLOUT : POLLIN)},
                           {.fd = s->watch, .events = POLLIN}};
    if (!cdc_host_is_open(s->cdc))
        fd[0].events = 0;
    g_array_append_vals(fds, fd, 2);
}

static void pty_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    struct serial_pty *s = (struct serial_pty *)bridge;
    if (s->master < 0 || n != 2 || fds[0].fd != s->master)
        return;
    if (fds[1].revents & POLLIN)
        note_openers(s);
    if (cdc_host_is_open(s->cdc))
        take_line(s); /* also of one who has closed it since */
    uint8_t bytes[CDC_SEND];
    if (cdc_host_ready_to_send(s->cdc)) {
        ssize_t got = read(s->master, bytes, sizeof bytes);
        if (got > 0)
            cdc_host_send(s->cdc, bytes, (size_t)got);
        else if (s->openers == 0 && cdc_host_settled(s->cdc))
            end_use(s);
    }
    if (s->unread->len > 0)
        write_out(s);
}

static bool pty_attached(const struct bridge *bridge)
{
    const struct serial_pty *s = (const struct serial_pty *)bridge;
    return s->openers > 0 || cdc_host_is_open(s->cdc);
}

static bool pty_owed(const struct bridge *bridge)
{
    const struct serial_pty *s = (const struct serial_pty *)bridge;
    return cdc_host_is_open(s->cdc) && usb_host_owed(s->host);
}

/* ---- life ---- */

static void pty_free(struct bridge *bridge)
{
    struct serial_pty *s = (struct serial_pty *)bridge;
    close_port(s);
    cdc_host_free(s->cdc);
    g_byte_array_unref(s->unread);
    g_free(s->path);
    g_free(s);
}

static const struct bridge_class pty_class = {.name = "serial",
                                              .poll_fill = pty_poll_fill,
                                              .dispatch = pty_dispatch,
                                              .attached = pty_attached,
                                              .owed = pty_owed,
                                              .free = pty_free};

struct bridge *serial_pty_new(struct usb_host *host, const char *path, GError **error)
{
    GStatBuf st;
    if (g_lstat(path, &st) == 0 && !S_ISLNK(st.st_mode)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS, "%s is there already, and is no link to a terminal", path);
        return NULL;
    }
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_access(folder, W_OK) != 0) {
        int why = errno;
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "no link can be made in %s: %s", folder,
                    g_strerror(why));
        return NULL;
    }
    struct serial_pty *s = g_new0(struct serial_pty, 1);
    s->bridge.class = &pty_class;
    s->host = host;
    s->path = g_strdup(path);
    s->master = s->slave = s->watch = -1;
    s->unread = g_byte_array_new();
    const struct cdc_listener listener = {.there = open_port, .gone = device_gone, .received = received, .data = s};
    s->cdc = cdc_host_new(host, &listener);
    return &s->bridge;
}
