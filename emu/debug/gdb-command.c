/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each packet asks for. An empty answer means that a packet is not known. */
#include "emu/debug/gdb-internal.h"

/* The first client that asks for the state stops the machine; a further one looks at it as it is, running or not. */
static void attach(struct gdb_client *c)
{
    struct gdb_server *s = c->server;
    bool first = !gdb_server_attached(s);
    c->attached = true;
    s->wait = false;
    if (first && !s->halted)
        gdb_halt(s, GDB_SIGTRAP, "a debugger has attached");
    if (s->gone)
        gdb_send(c, "W00");
    else
        gdb_send_stop(c);
}

static void detach(struct gdb_client *c)
{
    gdb_remove_all_points(c);
    c->attached = c->waiting = false;
    if (!gdb_server_attached(c->server))
        gdb_let_go(c->server);
}

/* In extended mode a program that was killed can be run again; else the run is over. */
static void killed(struct gdb_client *c)
{
    struct gdb_server *s = c->server;
    c->attached = true;
    s->halted = s->gone = true;
    g_string_assign(s->why, "it was killed");
    gdb_remove_all_points(c);
    if (!c->extended && s->owner.quit != NULL)
        s->owner.quit(s->owner.data, 0);
}

static void run(struct gdb_client *c, bool tell)
{
    struct gdb_server *s = c->server;
    c->attached = true;
    s->wait = false;
    gdb_restart(s, true);
    s->halted = true;
    if (tell)
        gdb_send_stop(c);
}

/* "ADDRESS" or nothing, to go on there. */
static void go_on(struct gdb_client *c, const char *args, bool step)
{
    uint32_t address;
    if (*args != '\0') {
        if (!gdb_take_hex(&args, &address) || *args != '\0') {
            gdb_send(c, "E01");
            return;
        }
        debug_set_register(c->server->machine, DEBUG_PC, address);
    }
    gdb_resume(c, step);
}

/* "SIGNAL" or "SIGNAL;ADDRESS": there are no signals to be given to firmware. */
static void go_on_with_signal(struct gdb_client *c, const char *args, bool step)
{
    uint32_t ignored;
    if (!gdb_take_hex(&args, &ignored) || (*args != '\0' && !gdb_take(&args, ';')))
        gdb_send(c, "E01");
    else
        go_on(c, args, step);
}

static void select_thread(struct gdb_client *c, const char *args)
{
    char what = *args;
    uint32_t id = 0;
    if (what != '\0')
        args++;
    if (strcmp(args, "-1") != 0 &&
        (!gdb_take_hex(&args, &id) || *args != '\0' || (id != 0 && !gdb_thread_exists(c->server, id)))) {
        gdb_send(c, "E01");
        return;
    }
    if (what == 'g')
        c->thread = id;
    gdb_send(c, "OK");
}

static void is_alive(struct gdb_client *c, const char *args)
{
    uint32_t id;
    gdb_send(c, gdb_take_hex(&args, &id) && gdb_thread_exists(c->server, id) ? "OK" : "E01");
}

static bool v_packet(struct gdb_client *c, const char *packet, size_t size)
{
    if (strcmp(packet, "vCont?") == 0) {
        gdb_send(c, "vCont;c;C;s;S;t;r");
    } else if (g_str_has_prefix(packet, "vCont;")) {
        gdb_vcont(c, packet + strlen("vCont"));
    } else if (g_str_has_prefix(packet, "vFlash")) {
        gdb_flash(c, packet, size);
    } else if (g_str_has_prefix(packet, "vRun;") || strcmp(packet, "vRun") == 0) {
        run(c, true);
    } else if (g_str_has_prefix(packet, "vAttach;")) {
        attach(c);
    } else if (g_str_has_prefix(packet, "vKill;")) {
        killed(c);
        gdb_send(c, "OK");
    } else if (strcmp(packet, "vCtrlC") == 0) {
        gdb_send(c, "OK");
    } else {
        return false; /* vMustReplyEmpty, too */
    }
    return true;
}

void gdb_command(struct gdb_client *c, const char *packet, size_t size)
{
    const char *args = packet + 1;
    if (size == 0) {
        gdb_send(c, "");
        return;
    }
    switch (packet[0]) {
    case '?':
        attach(c);
        break;
    case '!':
        c->extended = true;
        gdb_send(c, "OK");
        break;
    case 'g':
        gdb_read_registers(c);
        break;
    case 'G':
        gdb_write_registers(c, args);
        break;
    case 'p':
        gdb_read_register(c, args);
        break;
    case 'P':
        gdb_write_register(c, args);
        break;
    case 'm':
        gdb_read_memory(c, args);
        break;
    case 'M':
        gdb_write_memory(c, args);
        break;
    case 'X':
        gdb_write_binary(c, args, size - 1);
        break;
    case 'Z':
        gdb_insert_point(c, args);
        break;
    case 'z':
        gdb_remove_point(c, args);
        break;
    case 'c':
        go_on(c, args, false);
        break;
    case 's':
        go_on(c, args, true);
        break;
    case 'C':
        go_on_with_signal(c, args, false);
        break;
    case 'S':
        go_on_with_signal(c, args, true);
        break;
    case 'H':
        select_thread(c, args);
        break;
    case 'T':
        is_alive(c, args);
        break;
    case 'D':
        gdb_send(c, "OK");
        detach(c);
        break;
    case 'k':
        killed(c);
        if (!c->extended)
            c->hung_up = true;
        break;
    case 'R':
        run(c, false);
        break;
    case 'r':
        run(c, false);
        break;
    case 'q':
    case 'Q':
        if (!gdb_query(c, packet, size))
            gdb_send(c, "");
        break;
    case 'v':
        if (!v_packet(c, packet, size))
            gdb_send(c, "");
        break;
    default:
        gdb_send(c, "");
        break;
    }
}
