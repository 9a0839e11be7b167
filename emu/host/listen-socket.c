/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/listen-socket.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LOOPBACK "127.0.0.1"
enum { BACKLOG = 8 };

/* ---- texts ---- */

bool listen_address_parse(const char *text, struct listen_address *address, GError **error)
{
    *address = (struct listen_address){0};
    if (strchr(text, '/') != NULL) {
        address->path = g_strdup(text);
        return true;
    }
    const char *colon = strrchr(text, ':');
    guint64 port;
    if (colon == text || !g_ascii_string_to_unsigned(colon ? colon + 1 : text, 10, 1, 65535, &port, NULL)) {
        g_set_error(
            error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
            "'%s' is not understood: it must be a port, such as 3240 or 127.0.0.1:3240, or the path of a socket, with a "
            "slash in it, such as ./usb",
            text);
        return false;
    }
    address->host = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(LOOPBACK);
    address->port = (uint16_t)port;
    return true;
}

void listen_address_clear(struct listen_address *address)
{
    g_clear_pointer(&address->path, g_free);
    g_clear_pointer(&address->host, g_free);
}

static int refuse(const struct listen_address *a, const char *what, const char *why, int code, GError **error)
{
    if (a->path)
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(code), "%s cannot be %s: %s", a->path, what, why);
    else
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(code), "port %u of %s cannot be %s: %s", a->port, a->host,
                    what, why);
    return -1;
}

/* ---- sockets ---- */

struct name {
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    } of;
    socklen_t length;
};

static bool resolve(const struct listen_address *a, const char *what, struct name *name, GError **error)
{
    memset(name, 0, sizeof *name);
    if (a->path) {
        if (strlen(a->path) >= sizeof name->of.local.sun_path)
            return refuse(a, what, g_strerror(ENAMETOOLONG), ENAMETOOLONG, error) >= 0;
        name->of.local.sun_family = AF_UNIX;
        memcpy(name->of.local.sun_path, a->path, strlen(a->path) + 1);
        name->length = sizeof name->of.local;
        return true;
    }
    char port[8];
    g_snprintf(port, sizeof port, "%u", a->port);
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    int result = getaddrinfo(a->host, port, &hints, &found);
    if (result != 0)
        return refuse(a, what, gai_strerror(result), ENOENT, error) >= 0;
    memcpy(&name->of, found->ai_addr, found->ai_addrlen);
    name->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

/* Is it a UNIX socket whose process has gone? */
static bool is_left_over(const struct name *name)
{
    GStatBuf st;
    if (g_lstat(name->of.local.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool dead = fd >= 0 && connect(fd, &name->of.any, name->length) != 0 && errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    return dead;
}

int listen_socket_open(const struct listen_address *address, GError **error)
{
    static const char what[] = "listened at";
    const int yes = 1;
    struct name name;
    if (!resolve(address, what, &name, error))
        return -1;
    if (address->path && is_left_over(&name))
        g_unlink(address->path);
    int fd = socket(name.of.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && !address->path)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd >= 0 && bind(fd, &name.of.any, name.length) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return refuse(address, what, g_strerror(why), why, error);
}

int listen_socket_connect(const struct listen_address *address, GError **error)
{
    static const char what[] = "connected to";
    struct name name;
    if (!resolve(address, what, &name, error))
        return -1;
    int fd = socket(name.of.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, &name.of.any, name.length) == 0)
        return fd;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return refuse(address, what, g_strerror(why), why, error);
}

int listen_socket_accept(int listener)
{
    const int yes = 1;
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return -1;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes); /* of no use to a UNIX socket, which refuses it */
    return fd;
}
