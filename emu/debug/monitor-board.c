/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is done to the board: reset, power, buttons, time and saved states. */
#include "emu/core/snapshot.h"
#include "emu/debug/monitor.h"

/* GDB keeps the registers that it has read. */
static const char stale[] = "GDB shows the old registers until it steps; \"maintenance flush register-cache\" shows the new\n";

static bool needs_owner(const struct monitor_call *call, bool there, const char *what)
{
    if (!there)
        monitor_say(call, "%s cannot be changed in this run\n", what);
    return there;
}

/* Let the machine stand, or let it go on as a client's "continue" would, but for no stop reply. */
static void stand(const struct monitor_call *call, bool still)
{
    struct gdb_server *s = call->server;
    if (still && !s->halted) {
        call->client->attached = true;
        gdb_halt(s, GDB_SIGINT, "\"monitor\" stopped it");
    } else if (!still && s->halted) {
        monitor_say(call, "it runs when GDB lets it: \"continue\"\n");
    }
}

static void reset(const struct monitor_call *call)
{
    const char *how = call->args[0] != NULL ? call->args[0] : "halt";
    bool run = strcmp(how, "run") == 0;
    if (!run && strcmp(how, "halt") != 0 && strcmp(how, "init") != 0) {
        monitor_say(call, "reset is followed by halt or run, not \"%s\"\n", how);
        return;
    }
    bool running = !call->server->halted;
    gdb_restart(call->server, false);
    if (!run)
        stand(call, true);
    monitor_say(call, "reset; PC 0x%08X, MSP 0x%08X\n", debug_register(call->machine, DEBUG_PC),
                debug_register(call->machine, DEBUG_MSP));
    if (run && !running)
        stand(call, false);
    monitor_say(call, "%s", stale);
}

static void halt(const struct monitor_call *call)
{
    stand(call, true);
}

static void power(const struct monitor_call *call)
{
    if (call->args[0] != NULL && strcmp(call->args[0], "cycle") != 0) {
        monitor_say(call, "the power can be cut and restored: \"power cycle\"\n");
        return;
    }
    if (!needs_owner(call, call->server->owner.power_cycle != NULL, "the power"))
        return;
    gdb_restart(call->server, true);
    monitor_say(call, "the power was cut and restored\n%s", stale);
}

static void input(const struct monitor_call *call, const char *name, const char *value)
{
    g_autoptr(GError) error = NULL;
    if (!board_input(call->machine, call->server->board, name, value, &error))
        monitor_say(call, "%s\n", error->message);
}

static void press(const struct monitor_call *call)
{
    input(call, call->args[0] != NULL ? call->args[0] : "setup", "pressed");
}

static void release(const struct monitor_call *call)
{
    input(call, call->args[0] != NULL ? call->args[0] : "setup", "released");
}

static void set_input(const struct monitor_call *call)
{
    g_autofree char *all = g_strjoinv(" ", call->args);
    char *equals = strchr(all, '=');
    if (equals == NULL) {
        monitor_say(call, "an input is given as NAME=VALUE, such as D3=high\n");
        return;
    }
    *equals = '\0';
    input(call, all, equals + 1);
}

static void tell_time(const struct monitor_call *call)
{
    char when[32];
    monitor_say(call, "%s s of virtual time, %" G_GUINT64_FORMAT " instructions\n",
                event_time_string(machine_now(call->machine), when, sizeof when), machine_instructions(call->machine));
}

/* "1.5", "1.5s", "250ms"; false: no time. */
static bool parse_time(const char *text, ticks_t *time)
{
    char *end;
    double number = g_ascii_strtod(text, &end);
    bool ms = strcmp(end, "ms") == 0;
    if (end == text || !(number >= 0 && number < 1e6) || (*end != '\0' && !ms && strcmp(end, "s") != 0))
        return false;
    *time = (ticks_t)(number * (double)(ms ? TICKS_PER_MS : TICKS_PER_SECOND));
    return true;
}

static void until(const struct monitor_call *call)
{
    ticks_t time;
    if (call->args[0] == NULL || !parse_time(call->args[0], &time)) {
        monitor_say(call, "a virtual time, such as 1.5s or 250ms\n");
        return;
    }
    if (time <= machine_now(call->machine)) {
        monitor_say(call, "that time has passed\n");
        return;
    }
    call->server->stop_at = time;
    monitor_say(call, "let go, it stops then, if nothing else stops it before\n");
}

static void speed(const struct monitor_call *call)
{
    const struct gdb_owner *o = &call->server->owner;
    if (!needs_owner(call, o->set_speed != NULL && o->speed != NULL, "the speed"))
        return;
    if (call->args[0] != NULL) {
        char *end;
        double factor = strcmp(call->args[0], "max") == 0 ? 0 : g_ascii_strtod(call->args[0], &end);
        if (strcmp(call->args[0], "max") != 0 && (*end != '\0' || !(factor > 0 && factor <= 1000))) {
            monitor_say(call, "the speed is a factor from above 0 to 1000 (1 is real time), or max\n");
            return;
        }
        o->set_speed(o->data, factor);
    }
    double now = o->speed(o->data);
    if (now > 0)
        monitor_say(call, "at most %g times real time\n", now);
    else
        monitor_say(call, "as fast as it goes\n");
}

static void save(const struct monitor_call *call)
{
    const char *name = call->args[0] != NULL ? call->args[0] : "default";
    g_hash_table_replace(call->server->snapshots, g_strdup(name), machine_save(call->machine));
    monitor_say(call, "saved as \"%s\", in memory, until this run ends\n", name);
}

static void load(const struct monitor_call *call)
{
    const char *name = call->args[0] != NULL ? call->args[0] : "default";
    struct gdb_server *s = call->server;
    const struct snapshot *state = g_hash_table_lookup(s->snapshots, name);
    if (state == NULL) {
        monitor_say(call, "nothing was saved as \"%s\"\n", name);
        return;
    }
    machine_restore(s->machine, state);
    debug_hold(s->machine);
    s->stop = (struct debug_stop){0};
    s->settled = false;
    gdb_moved(s);
    if (s->owner.replug != NULL)
        s->owner.replug(s->owner.data);
    tell_time(call);
    monitor_say(call, "%s", stale);
}

const struct monitor_command monitor_board_commands[] = {
    {"reset", "[halt|run]", "reset, as SYSRESETREQ does; stand at the first instruction", reset},
    {"halt", "", "stop it", halt},
    {"power", "[cycle]", "cut the power and restore it", power},
    {"press", "[setup|reset]", "press a button", press},
    {"release", "[setup|reset]", "release it", release},
    {"input", "NAME=VALUE", "what --input of photon-emu run takes: pins, voltages, serial1", set_input},
    {"time", "", "virtual time and instructions so far", tell_time},
    {"until", "TIME", "stop at that virtual time", until},
    {"speed", "[FACTOR|max]", "times real time at most", speed},
    {"save", "[NAME]", "remember the whole machine", save},
    {"load", "[NAME]", "go back to what was saved", load},
    {NULL, NULL, NULL, NULL},
};
