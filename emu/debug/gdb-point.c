/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Breakpoints and watchpoints of each client. */
#include "emu/debug/gdb-internal.h"

enum { MOST_WATCHED = 1 << 20 };

static const unsigned accesses[GDB_POINT_TYPES] = {
    [GDB_WRITE_WATCH] = DEBUG_WRITE, [GDB_READ_WATCH] = DEBUG_READ, [GDB_ACCESS_WATCH] = DEBUG_READ | DEBUG_WRITE};

static bool is_breakpoint(const struct gdb_point *p)
{
    return p->type == GDB_SOFTWARE || p->type == GDB_HARDWARE;
}

/* "TYPE,ADDRESS,KIND"; conditions and commands are for GDB to look at. */
static bool parse(const char *args, struct gdb_point *p)
{
    return gdb_take_hex(&args, &p->type) && gdb_take(&args, ',') && gdb_take_hex(&args, &p->address) && gdb_take(&args, ',') &&
           gdb_take_hex(&args, &p->size) && (*args == '\0' || *args == ';');
}

static int find(const struct gdb_client *c, const struct gdb_point *p)
{
    for (unsigned i = 0; i < c->points->len; i++) {
        const struct gdb_point *have = &g_array_index(c->points, struct gdb_point, i);
        if (have->type == p->type && have->address == p->address && (is_breakpoint(p) || have->size == p->size))
            return (int)i;
    }
    return -1;
}

static void remove_at(struct gdb_client *c, unsigned i)
{
    struct gdb_point p = g_array_index(c->points, struct gdb_point, i);
    if (is_breakpoint(&p))
        debug_remove_breakpoint(c->server->machine, p.address);
    else
        debug_remove_watchpoint(c->server->machine, p.address, p.size, accesses[p.type]);
    g_array_remove_index_fast(c->points, i);
}

void gdb_insert_point(struct gdb_client *c, const char *args)
{
    struct gdb_point p;
    uint16_t code;
    if (!parse(args, &p)) {
        gdb_send(c, "E01");
        return;
    }
    if (p.type >= GDB_POINT_TYPES) {
        gdb_send(c, ""); /* no such kind */
        return;
    }
    if (is_breakpoint(&p) ? debug_read(c->server->machine, p.address & ~1u, &code, 2) != 2
                          : p.size == 0 || p.size > MOST_WATCHED) {
        gdb_send_error(c, is_breakpoint(&p) ? "there is no memory at 0x%08X" : "cannot watch that much at 0x%08X", p.address);
        return;
    }
    if (find(c, &p) < 0) {
        g_array_append_val(c->points, p);
        if (is_breakpoint(&p))
            debug_add_breakpoint(c->server->machine, p.address);
        else
            debug_add_watchpoint(c->server->machine, p.address, p.size, accesses[p.type]);
    }
    gdb_send(c, "OK");
}

void gdb_remove_point(struct gdb_client *c, const char *args)
{
    struct gdb_point p;
    if (!parse(args, &p)) {
        gdb_send(c, "E01");
        return;
    }
    int i = p.type < GDB_POINT_TYPES ? find(c, &p) : -1;
    if (i >= 0)
        remove_at(c, (unsigned)i);
    gdb_send(c, p.type < GDB_POINT_TYPES ? "OK" : "");
}

void gdb_remove_all_points(struct gdb_client *c)
{
    while (c->points->len > 0)
        remove_at(c, c->points->len - 1);
}

const struct gdb_point *gdb_point_at(const struct gdb_client *c, const struct debug_stop *stop)
{
    for (unsigned i = 0; i < c->points->len; i++) {
        const struct gdb_point *p = &g_array_index(c->points, struct gdb_point, i);
        if (stop->kind == DEBUG_BREAKPOINT && is_breakpoint(p) && (p->address & ~1u) == stop->pc)
            return p;
        if (stop->kind == DEBUG_WATCHPOINT && !is_breakpoint(p) && (accesses[p->type] & stop->access) &&
            stop->address - p->address < p->size)
            return p;
    }
    return NULL;
}
