/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/gdb-bridge.h"

struct gdb_bridge {
    struct bridge bridge;
    struct gdb_server *server;
};

static struct gdb_server *server_of(const struct bridge *bridge)
{
    return ((const struct gdb_bridge *)bridge)->server;
}

static void poll_fill(struct bridge *bridge, GArray *fds)
{
    gdb_server_poll_fill(server_of(bridge), fds);
}

static void dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    gdb_server_dispatch(server_of(bridge), fds, n);
}

static ticks_t due(const struct bridge *bridge)
{
    return gdb_server_due(server_of(bridge));
}

static bool holds(const struct bridge *bridge)
{
    return gdb_server_holds(server_of(bridge));
}

static void free_bridge(struct bridge *bridge)
{
    gdb_server_free(server_of(bridge));
    g_free(bridge);
}

static const struct bridge_class class = {
    .name = "gdb", .poll_fill = poll_fill, .dispatch = dispatch, .due = due, .holds = holds, .free = free_bridge};

struct bridge *gdb_bridge_new(struct gdb_server *server)
{
    struct gdb_bridge *b = g_new0(struct gdb_bridge, 1);
    b->bridge.class = &class;
    b->server = server;
    return &b->bridge;
}
