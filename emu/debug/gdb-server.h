/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server for GDB's remote serial protocol, to be run beside a machine by whoever runs that.
 *
 * The owner lets the machine run only while gdb_server_holds says false, and calls gdb_server_dispatch between two runs, soon
 * after one that ended with RUN_DEBUG. Nothing here ever waits: a client that sends half a packet, or takes no answer, keeps
 * nobody. Several clients may be attached at once; each has breakpoints of its own, and all see the machine stop.
 *
 * Virtual time stands still while the machine is held, for everything in it.
 */
#ifndef EMU_DEBUG_GDB_SERVER_H
#define EMU_DEBUG_GDB_SERVER_H

#include <glib.h>
#include <poll.h>

#include "boards/board.h"

struct gdb_server;

/* What the owner can do for a debugger; each may be NULL. */
struct gdb_owner {
    /* Cut the power and restore it, keeping what is to be kept; false: that failed, and the run ends. */
    bool (*power_cycle)(void *data);
    /* End the run with that status of the process. */
    void (*quit)(void *data, int status);
    /* Virtual seconds a host second at most; 0: as fast as it goes. */
    void (*set_speed)(void *data, double speed);
    double (*speed)(void *data);
    /* The machine was put into another state: peers outside must begin anew. */
    void (*replug)(void *data);
    void *data;
};

/* machine has its CPU; both must outlive the server. */
struct gdb_server *gdb_server_new(struct machine *m, const struct board *board, const struct gdb_owner *owner);
/* Clients are hung up on, and the machine is let go. NULL is none. */
void gdb_server_free(struct gdb_server *server);

/* Take connections at "PORT" or "HOST:PORT" ("[::1]:3333"), host 127.0.0.1 unless given; port 0 takes any free one. False and
   an error of one sentence. */
bool gdb_server_listen(struct gdb_server *server, const char *address, GError **error);
/* The port that was taken. */
unsigned gdb_server_port(const struct gdb_server *server);
/* Take a connection that is open already; the server owns it. */
void gdb_server_adopt(struct gdb_server *server, int fd);

/* Hold the machine until a client has attached and has let it go. */
void gdb_server_wait(struct gdb_server *server);
bool gdb_server_holds(const struct gdb_server *server);
/* The virtual time at which a client wants it to stop; TICKS_NEVER: none. No run may go beyond that. */
ticks_t gdb_server_due(const struct gdb_server *server);
/* Is a client attached? Then a firmware that can never run again is no reason to end the run: it can be looked at. */
bool gdb_server_attached(const struct gdb_server *server);

/* Descriptors to be looked at: struct pollfd, appended. */
void gdb_server_poll_fill(struct gdb_server *server, GArray *fds);
void gdb_server_dispatch(struct gdb_server *server, const struct pollfd *fds, unsigned n);
/* The machine can never run again (RUN_DEAD): clients that wait are told. */
void gdb_server_dead(struct gdb_server *server);

#endif
