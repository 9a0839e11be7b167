/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stopping and going on. */
#include <stdarg.h>

#include "emu/debug/gdb-internal.h"

static struct gdb_client *client(const struct gdb_server *s, unsigned i)
{
    return g_ptr_array_index(s->clients, i);
}

void gdb_moved(struct gdb_server *s)
{
    g_clear_pointer(&s->threads, g_array_unref);
}

/* ---- stopping ---- */

static const char *stop_reason(const struct gdb_client *c, const struct gdb_point *point, char *buffer, size_t size)
{
    static const char *const names[GDB_POINT_TYPES] = {
        [GDB_WRITE_WATCH] = "watch", [GDB_READ_WATCH] = "rwatch", [GDB_ACCESS_WATCH] = "awatch"};
    if (point == NULL)
        return "";
    if (point->type == GDB_SOFTWARE)
        return c->knows_swbreak ? "swbreak:;" : "";
    if (point->type == GDB_HARDWARE)
        return c->knows_hwbreak ? "hwbreak:;" : "";
    g_snprintf(buffer, size, "%s:%x;", names[point->type], c->server->stop.address);
    return buffer;
}

void gdb_send_stop(struct gdb_client *c)
{
    struct gdb_server *s = c->server;
    char buffer[32];
    /* who has no breakpoint there would take such a reason for a mistake, and go on without a word */
    const struct gdb_point *point = s->settled ? gdb_point_at(c, &s->stop) : NULL;
    g_autofree char *packet =
        g_strdup_printf("T%02x%sthread:%x;", s->signal, stop_reason(c, point, buffer, sizeof buffer), gdb_running_thread(s));
    gdb_send(c, packet);
}

void gdb_halt(struct gdb_server *s, enum gdb_signal signal, const char *why, ...)
{
    va_list args;
    va_start(args, why);
    g_string_vprintf(s->why, why, args);
    va_end(args);
    s->signal = signal;
    s->halted = true;
    s->settled = true;
    s->stepping = false;
    s->stop_at = TICKS_NEVER;
    s->range_start = s->range_end = 0;
    debug_cancel_step(s->machine);
    debug_hold(s->machine);
    gdb_moved(s);
    for (unsigned i = 0; i < s->clients->len; i++)
        if (client(s, i)->waiting) {
            client(s, i)->waiting = false;
            client(s, i)->thread = 0;
            gdb_send_stop(client(s, i));
        }
}

void gdb_exited(struct gdb_server *s, unsigned status)
{
    g_autofree char *packet = g_strdup_printf("W%02x", status & 0xFF);
    bool extended = false;
    s->halted = s->gone = true;
    g_string_printf(s->why, "the program has ended with status %u", status);
    for (unsigned i = 0; i < s->clients->len; i++) {
        if (client(s, i)->waiting)
            gdb_send(client(s, i), packet);
        client(s, i)->waiting = false;
        extended |= client(s, i)->extended;
    }
    if (!extended && s->owner.quit != NULL)
        s->owner.quit(s->owner.data, (int)status);
}

static void stopped(struct gdb_server *s, const struct debug_stop *stop)
{
    s->stop = *stop;
    switch (stop->kind) {
    case DEBUG_STEPPED:
        gdb_halt(s, GDB_SIGTRAP, "it has made a step");
        break;
    case DEBUG_BREAKPOINT:
        gdb_halt(s, GDB_SIGTRAP, "there is a breakpoint at 0x%08X", stop->pc);
        break;
    case DEBUG_WATCHPOINT:
        gdb_halt(s, GDB_SIGTRAP, "the instruction at 0x%08X is about to %s 0x%08X", stop->pc,
                 stop->access == DEBUG_WRITE ? "write" : "read", stop->address);
        break;
    case DEBUG_BKPT:
        gdb_halt(s, GDB_SIGTRAP, "there is a BKPT instruction at 0x%08X, which is passed over when it goes on", stop->pc);
        break;
    case DEBUG_NO_STOP:
        break;
    }
}

/* Step on inside a range, without a word? */
static bool step_on(struct gdb_server *s, const struct debug_stop *stop)
{
    if (stop->kind != DEBUG_STEPPED || stop->pc < s->range_start || stop->pc >= s->range_end)
        return false;
    debug_step(s->machine, s->into_interrupts);
    return true;
}

void gdb_look_at_machine(struct gdb_server *s)
{
    struct debug_stop stop = debug_take_stop(s->machine);
    if (s->halted)
        return;
    gdb_moved(s);
    if (stop.kind == DEBUG_BKPT && s->semihosting && gdb_semihosting(s, stop.pc))
        return;
    if (stop.kind != DEBUG_NO_STOP) {
        if (!step_on(s, &stop))
            stopped(s, &stop);
    } else if (s->caught != 0) {
        s->stop = stop;
        gdb_halt(s, s->caught, "%s", s->caught_text);
    } else if (machine_now(s->machine) >= s->stop_at) {
        s->stop = stop;
        gdb_halt(s, GDB_SIGINT, "it is the time that was asked for");
    }
    s->caught = 0;
}

/* ---- faults ---- */

static const char *text_of(const struct event *event, const char *name)
{
    const struct event_field *f = event_field(event, name);
    return f != NULL && f->type == EVENT_STRING ? f->string : "";
}

static void note_fault(const struct event *event, void *data)
{
    struct gdb_server *s = data;
    if (strcmp(event->kind, "fault") != 0 || s->halted)
        return;
    const char *type = text_of(event, "type");
    bool lockup = strcmp(type, "lockup") == 0 || strcmp(text_of(event, "taken"), "lockup") == 0;
    const struct event_field *pc = event_field(event, "pc");
    if (!lockup && !s->catch_faults)
        return;
    s->caught = lockup ? GDB_SIGABRT : strcmp(type, "usagefault") == 0 ? GDB_SIGILL : GDB_SIGSEGV;
    g_free(s->caught_text);
    s->caught_text = g_strdup_printf("%s %s at 0x%08X; \"monitor faults\" tells more", lockup ? "the core locked up," : "a",
                                     type, pc != NULL ? (unsigned)pc->hex : 0);
    machine_stop(s->machine);
}

/* Stops that only make sense with a debugger there. */
static void listen_to_machine(struct gdb_server *s, bool on)
{
    machine_unsubscribe(s->machine, note_fault, s);
    debug_stop_at_bkpt(s->machine, on);
    if (on)
        machine_subscribe(s->machine, note_fault, s);
}

/* ---- going on ---- */

void gdb_let_go(struct gdb_server *s)
{
    s->halted = s->gone = s->settled = false;
    s->stop_at = TICKS_NEVER;
    s->caught = 0;
    debug_cancel_step(s->machine);
    listen_to_machine(s, false);
    gdb_moved(s);
}

void gdb_resume(struct gdb_client *c, bool step)
{
    struct gdb_server *s = c->server;
    if (s->gone) {
        gdb_send(c, "W00");
        return;
    }
    c->attached = c->waiting = true;
    s->wait = false;
    if (!s->halted)
        return; /* another client has let it go already */
    if (s->settled && s->stop.kind == DEBUG_BKPT && debug_register(s->machine, DEBUG_PC) == s->stop.pc)
        debug_set_register(s->machine, DEBUG_PC, s->stop.pc + 2);
    s->halted = s->settled = false;
    s->stop = (struct debug_stop){0};
    listen_to_machine(s, true);
    s->stepping = step;
    if (step)
        debug_step(s->machine, s->into_interrupts);
    gdb_moved(s);
}

/* The machine has one CPU: whatever thread is named, the one that runs goes on. */
void gdb_vcont(struct gdb_client *c, const char *args)
{
    struct gdb_server *s = c->server;
    uint32_t start = 0, end = 0, ignored;
    bool step = false;
    while (gdb_take(&args, ';')) {
        char action = *args++;
        switch (action) {
        case 'c':
            break;
        case 's':
            step = true;
            break;
        case 'C':
        case 'S':
            step |= action == 'S';
            if (!gdb_take_hex(&args, &ignored))
                goto bad;
            break;
        case 'r':
            step = true;
            if (!gdb_take_hex(&args, &start) || !gdb_take(&args, ',') || !gdb_take_hex(&args, &end))
                goto bad;
            break;
        case 't':
            gdb_send_error(c, "there is no non-stop mode here");
            return;
        default:
            goto bad;
        }
        if (gdb_take(&args, ':')) {
            if (g_str_has_prefix(args, "-1"))
                args += 2;
            else if (!gdb_take_hex(&args, &ignored))
                goto bad;
        }
    }
    if (*args != '\0')
        goto bad;
    s->range_start = start;
    s->range_end = end;
    gdb_resume(c, step);
    return;
bad:
    gdb_send(c, "E01");
}

void gdb_restart(struct gdb_server *s, bool power)
{
    struct machine *m = s->machine;
    if (power && s->owner.power_cycle != NULL) {
        if (!s->owner.power_cycle(s->owner.data) && s->owner.quit != NULL)
            s->owner.quit(s->owner.data, 1);
    } else {
        machine_request_reset(m, RESET_SYSTEM, "software");
        machine_run_instructions(m, 0);
        (void)debug_take_stop(m);
    }
    s->gone = false;
    s->stop = (struct debug_stop){0};
    s->settled = false;
    s->signal = GDB_SIGTRAP;
    s->caught = 0;
    g_string_assign(s->why, power ? "the power was cut and restored" : "it was reset");
    debug_hold(m);
    gdb_moved(s);
}
