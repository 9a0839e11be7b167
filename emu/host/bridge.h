/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bridges: what joins a machine to the outside of the process, and who waits for whom.
 *
 * A peer inside this process costs no virtual time: its bridge answers at acceptance points (machine_listen) or at a virtual
 * time that it names (due). A peer outside (a program behind a socket, a pty, a debugger) lives in host time: while one is
 * attached, idle virtual time passes no faster than host time, unless the device owes an answer; then it runs flat out. Busy
 * virtual time is never held back.
 *
 * A run loop does, as often as it likes:
 *     machine_run(m, bridges_horizon(b, until));
 *     bridges_serve(b, not_before);
 */
#ifndef EMU_HOST_BRIDGE_H
#define EMU_HOST_BRIDGE_H

#include <glib.h>
#include <poll.h>

#include "boards/board.h"

struct bridge;

/* Every function but free may be NULL: nothing to do, TICKS_NEVER, false. */
struct bridge_class {
    const char *name;
    /* Add the descriptors to be looked at now to fds, an array of struct pollfd. */
    void (*poll_fill)(struct bridge *bridge, GArray *fds);
    /* Between two runs of the machine: serve those descriptors, with their revents, and whatever is due. */
    void (*dispatch)(struct bridge *bridge, const struct pollfd *fds, unsigned n);
    /* The virtual time at which dispatch has to be called for the sake of a peer inside; TICKS_NEVER: none. */
    ticks_t (*due)(const struct bridge *bridge);
    /* Is a peer outside attached: a socket open or connecting, a device imported, a pty open? A listening socket is not. */
    bool (*attached)(const struct bridge *bridge);
    /* Does the device owe such a peer an answer: bytes that it has not taken or not acknowledged? */
    bool (*owed)(const struct bridge *bridge);
    /* Must the machine stand still for now (a debugger has stopped it)? */
    bool (*holds)(const struct bridge *bridge);
    /* The machine was put into another state (machine_restore): peers outside lose their connections and begin anew. */
    void (*replug)(struct bridge *bridge);
    void (*free)(struct bridge *bridge);
};

/* First member of every bridge. */
struct bridge {
    const struct bridge_class *class;
};

struct bridges;

struct bridges *bridges_new(struct machine *m);
void bridges_free(struct bridges *bridges); /* and all that were added; NULL is none */
/* Takes the bridge over. */
void bridges_add(struct bridges *bridges, struct bridge *bridge);

/* How far the machine may run before bridges_serve has to be called: at most until. */
ticks_t bridges_horizon(struct bridges *bridges, ticks_t until);
/*
 * Serve all descriptors and all that is due; then wait, serving on, while virtual time is ahead of what peers outside allow,
 * while one of them holds the machine, and until not_before (host time of g_get_monotonic_time; 0: no wait for the caller's
 * sake). Comes back early, for the caller to look around, when a signal has come, and after a tenth of a second at the latest.
 */
void bridges_serve(struct bridges *bridges, int64_t not_before);
/* Is any peer outside attached? Such a machine is not dead even if nothing inside can wake it. */
bool bridges_attached(const struct bridges *bridges);
/* After bridges_serve: the machine must not run yet; call bridges_serve again. */
bool bridges_hold(const struct bridges *bridges);
void bridges_replug(struct bridges *bridges);

#endif
