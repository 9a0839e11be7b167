/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDB server as a bridge of a run. GDB waits for the machine, never the other way: being attached slows nothing down. */
#ifndef EMU_CLI_GDB_BRIDGE_H
#define EMU_CLI_GDB_BRIDGE_H

#include "emu/debug/gdb-server.h"
#include "emu/host/bridge.h"

/* Takes the server over. */
struct bridge *gdb_bridge_new(struct gdb_server *server);

#endif
