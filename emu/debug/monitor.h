/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of GDB's "monitor": each takes its arguments and appends what it has to say. */
#ifndef EMU_DEBUG_MONITOR_H
#define EMU_DEBUG_MONITOR_H

#include "emu/debug/gdb-internal.h"

struct monitor_call {
    struct gdb_client *client;
    struct gdb_server *server;
    struct machine *machine;
    char **args; /* after the command's name; NULL at the end */
    GString *out;
};

struct monitor_command {
    const char *name, *args, *help;
    void (*run)(const struct monitor_call *call);
};

/* Ends with a NULL name. */
extern const struct monitor_command monitor_board_commands[], monitor_look_commands[], monitor_debug_commands[];

/* "command: TEXT" as an answer to arguments that make no sense. */
G_GNUC_PRINTF(2, 3) void monitor_say(const struct monitor_call *call, const char *format, ...);
/* "on" or "off" into *flag, or tell it; name: what it is about. */
void monitor_switch(const struct monitor_call *call, const char *name, bool *flag);

#endif
