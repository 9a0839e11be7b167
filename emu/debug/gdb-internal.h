/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDB server from inside; for emu/debug only. */
#ifndef EMU_DEBUG_GDB_INTERNAL_H
#define EMU_DEBUG_GDB_INTERNAL_H

#include <string.h>

#include "emu/core/debug.h"
#include "emu/debug/freertos.h"
#include "emu/debug/gdb-packet.h"
#include "emu/debug/gdb-server.h"
#include "emu/debug/observer.h"

/* GDB's numbers of signals. */
enum gdb_signal { GDB_SIGINT = 2, GDB_SIGILL = 4, GDB_SIGTRAP = 5, GDB_SIGABRT = 6, GDB_SIGSEGV = 11 };

/* The one thread that there is while no kernel runs. */
enum { GDB_NO_THREAD = 1 };

/* A breakpoint or watchpoint of a client, by its Z packet. */
enum gdb_point_type { GDB_SOFTWARE, GDB_HARDWARE, GDB_WRITE_WATCH, GDB_READ_WATCH, GDB_ACCESS_WATCH, GDB_POINT_TYPES };
struct gdb_point {
    unsigned type;
    uint32_t address, size;
};

struct gdb_client {
    struct gdb_server *server;
    int fd;
    struct gdb_parser parser;
    GByteArray *out;  /* not sent yet */
    GByteArray *last; /* the last packet, to be sent again if it is refused */
    bool hung_up;
    bool attached; /* it has asked for the machine's state, and has not detached */
    bool waiting;  /* it has let the machine go, and is to be told of the next stop */
    bool no_ack, extended;
    bool knows_hwbreak, knows_swbreak;
    uint32_t thread; /* that registers are asked of; 0: the running one */
    GArray *points;  /* struct gdb_point */
    bool asked_symbols;
};

struct gdb_server {
    struct machine *machine;
    const struct board *board;
    struct gdb_owner owner;
    int listener; /* -1: none */
    unsigned port;
    GPtrArray *clients;
    struct observer *observer;
    GHashTable *snapshots; /* name -> struct snapshot * */
    struct rtos_symbols symbols;
    GArray *threads; /* of the machine as it stands; NULL: not looked at since it ran */

    bool wait;    /* for a first client */
    bool halted;  /* by and for clients */
    bool gone;    /* killed, or ended by itself: to be started again, or left */
    bool settled; /* the machine has not run since the stop below */
    struct debug_stop stop;
    enum gdb_signal signal;
    GString *why; /* the last stop in words */

    bool stepping;
    uint32_t range_start, range_end; /* step on while PC is in there; empty: one step */
    bool into_interrupts;
    bool catch_faults;
    ticks_t stop_at; /* TICKS_NEVER: no such time */
    bool semihosting;
    enum gdb_signal caught; /* a fault to stop at; 0: none */
    char *caught_text;
};

/* ---- gdb-server.c ---- */

void gdb_send(struct gdb_client *client, const char *text);
void gdb_send_bytes(struct gdb_client *client, const void *data, size_t size);
/* "E." and an explanation, which new clients show; old ones just see an error. */
G_GNUC_PRINTF(2, 3) void gdb_send_error(struct gdb_client *client, const char *format, ...);
/* Text for the console of one client, or of all that wait. */
void gdb_send_console(struct gdb_client *client, const char *text, size_t size);
void gdb_console(struct gdb_server *server, const char *text, size_t size);

/* ---- gdb-command.c ---- */

/* A packet has come. */
void gdb_command(struct gdb_client *client, const char *packet, size_t size);

/* ---- gdb-query.c ---- */

/* q and Q packets; false: not known. */
bool gdb_query(struct gdb_client *client, const char *packet, size_t size);

/* ---- gdb-register.c ---- */

extern const char gdb_target_xml[];
void gdb_read_registers(struct gdb_client *client);
void gdb_write_registers(struct gdb_client *client, const char *args);
void gdb_read_register(struct gdb_client *client, const char *args);
void gdb_write_register(struct gdb_client *client, const char *args);

/* ---- gdb-memory.c ---- */

char *gdb_memory_map(void);
void gdb_read_memory(struct gdb_client *client, const char *args);
void gdb_write_memory(struct gdb_client *client, const char *args);
void gdb_write_binary(struct gdb_client *client, const char *args, size_t size);
void gdb_flash(struct gdb_client *client, const char *packet, size_t size);
void gdb_crc(struct gdb_client *client, const char *args);
void gdb_search(struct gdb_client *client, const char *args, size_t size);

/* ---- gdb-point.c ---- */

void gdb_insert_point(struct gdb_client *client, const char *args);
void gdb_remove_point(struct gdb_client *client, const char *args);
void gdb_remove_all_points(struct gdb_client *client);
/* One of the client's that explains that stop; NULL: none. */
const struct gdb_point *gdb_point_at(const struct gdb_client *client, const struct debug_stop *stop);

/* ---- gdb-resume.c ---- */

/* The machine stops here, for all clients. why: in words. */
G_GNUC_PRINTF(3, 4) void gdb_halt(struct gdb_server *server, enum gdb_signal signal, const char *why, ...);
/* The stop as this client is to be told it. */
void gdb_send_stop(struct gdb_client *client);
void gdb_resume(struct gdb_client *client, bool step);
void gdb_vcont(struct gdb_client *client, const char *args);
/* Nobody holds the machine any more. */
void gdb_let_go(struct gdb_server *server);
/* Has the last run ended at a stop? */
void gdb_look_at_machine(struct gdb_server *server);
/* The program has ended, in a way that clients are told as its exit. */
void gdb_exited(struct gdb_server *server, unsigned status);
/* Reset, and stand at the first instruction. */
void gdb_restart(struct gdb_server *server, bool power);
/* Whatever was known of the machine's state counts no more. */
void gdb_moved(struct gdb_server *server);

/* ---- gdb-thread.c ---- */

/* Of struct rtos_thread; empty if no kernel runs. Owned by the server. */
GArray *gdb_threads(struct gdb_server *server);
/* NULL: the running one, or no such thread. */
const struct rtos_thread *gdb_sleeping_thread(struct gdb_server *server, uint32_t id);
uint32_t gdb_running_thread(struct gdb_server *server);
bool gdb_thread_exists(struct gdb_server *server, uint32_t id);
char *gdb_thread_list_xml(struct gdb_server *server);

/* ---- gdb-semihosting.c ---- */

/* The CPU is at a BKPT: true if it was a semihosting call, which is done. */
bool gdb_semihosting(struct gdb_server *server, uint32_t pc);

/* ---- gdb-monitor.c ---- */

/* "monitor TEXT"; what it has to say is appended to out. */
void gdb_monitor(struct gdb_client *client, const char *text, GString *out);

#endif
