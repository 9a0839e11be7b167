/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an attached debugger costs: a boot of real images into listening mode, with a client that has set 20 breakpoints on
 * addresses that are not reached and has let the machine run, and without a debugger, in turn. In time of the processor.
 */
#include "tests/bench/debugger.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/cli/gdb-bridge.h"
#include "emu/core/debug.h"
#include "emu/debug/gdb-packet.h"
#include "tests/bench/median.h"
#include "tests/bench/real.h"

enum { BREAKPOINTS = 20, SECONDS = 10, VTOR = 0xE000ED08, ERASED = 0x080C0100 };
#define SLICE (100 * TICKS_PER_MS) /* as a run without real time has it */

static uint32_t word(struct machine *m, uint32_t address)
{
    uint32_t value = 0;
    debug_read(m, address, &value, sizeof value);
    return value;
}

/* What is never executed: the handlers of faults, amid code that is, of the bootloader and of the system that runs now, and the
   rest in a part of flash that is erased. */
static void choose_cold(struct machine *m, uint32_t *cold)
{
    const uint32_t tables[] = {0x08000000, word(m, VTOR)};
    unsigned n = 0;
    for (unsigned t = 0; t < G_N_ELEMENTS(tables); t++)
        for (unsigned exception = 3; exception <= 6; exception++)
            cold[n++] = word(m, tables[t] + 4 * exception) & ~UINT32_C(1);
    for (; n < BREAKPOINTS; n++)
        cold[n] = ERASED + 0x1002 * n;
}

static void say(GByteArray *out, const char *packet)
{
    gdb_frame(out, packet, strlen(packet));
}

/* All that a client has been sent; *answers counts the packets that are just that. */
static char *heard(int client, const char *answer, unsigned *answers)
{
    char buffer[4096];
    ssize_t n = recv(client, buffer, sizeof buffer - 1, MSG_DONTWAIT);
    char *text = g_strndup(buffer, n > 0 ? (gsize)n : 0);
    *answers = 0;
    for (const char *at = text; (at = strstr(at, answer)) != NULL; at += strlen(answer))
        ++*answers;
    return text;
}

/* A client that sets the breakpoints and continues; the other end of its socket. */
static int attach(struct bench *b, struct bridges *bridges, const uint32_t *cold)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        g_error("no pair of sockets");
    struct gdb_server *server = gdb_server_new(b->machine, b->board, NULL);
    bridges_add(bridges, gdb_bridge_new(server));
    gdb_server_wait(server);
    gdb_server_adopt(server, ends[0]);
    g_autoptr(GByteArray) out = g_byte_array_new();
    say(out, "?");
    for (unsigned i = 0; i < BREAKPOINTS; i++) {
        char packet[32];
        g_snprintf(packet, sizeof packet, "Z0,%x,2", cold[i]);
        say(out, packet);
    }
    say(out, "vCont;c");
    if (send(ends[1], out->data, out->len, 0) != (ssize_t)out->len)
        g_error("the debugger's packets were not taken");
    for (unsigned turn = 0; turn < 100 && bridges_hold(bridges); turn++)
        bridges_serve(bridges, 0);
    unsigned set;
    g_autofree char *text = heard(ends[1], "$OK#9a", &set);
    if (set != BREAKPOINTS || bridges_hold(bridges) || !gdb_server_attached(server))
        g_error("%u breakpoints were set, not %d: %s", set, BREAKPOINTS, text);
    return ends[1];
}

/* Virtual seconds for one of the host. Chooses the breakpoints if there is no debugger. */
static double boot(const struct generation *g, bool attached, uint32_t *cold)
{
    struct bench b;
    bench_open_with_keys(&b, g);
    bench_power_on(&b);
    struct bridges *bridges = bridges_new(b.machine);
    int client = attached ? attach(&b, bridges, cold) : -1;
    ticks_t now, end = SECONDS * TICKS_PER_SECOND;
    double begin = cpu_seconds();
    while ((now = machine_now(b.machine)) < end && !bridges_hold(bridges)) {
        machine_run(b.machine, bridges_horizon(bridges, MIN(end, (now / SLICE + 1) * SLICE)));
        bridges_serve(bridges, 0);
    }
    double took = cpu_seconds() - begin;
    if (attached) {
        unsigned stops;
        g_autofree char *text = heard(client, "$T", &stops);
        if (stops > 0 || now < end)
            g_error("set %s: a breakpoint was reached: %s", g->set, text);
    } else {
        choose_cold(b.machine, cold);
    }
    bridges_free(bridges);
    if (attached)
        close(client);
    bench_close(&b);
    return SECONDS / took;
}

void bench_debugger(GString *json, int runs)
{
    printf("%-10s %22s %22s %12s\n", "set", "detached virtual/host", "attached virtual/host", "GDB costs %");
    for (unsigned i = 0; i < GENERATIONS; i++) {
        const struct generation *g = &generations[i];
        if (!is_fetched(g))
            continue;
        double without[MAX_RUNS], with[MAX_RUNS];
        uint32_t cold[BREAKPOINTS];
        boot(g, false, cold); /* the first one makes its keys, too, and warms the host up */
        for (int k = 0; k < runs; k++) {
            without[k] = boot(g, false, cold);
            with[k] = boot(g, true, cold);
        }
        double detached = median(without, runs), attached = median(with, runs), cost = 100 * (detached / attached - 1);
        printf("%-10s %22.2f %22.2f %12.1f\n", g->set, detached, attached, cost);
        fflush(stdout);
        g_string_append_printf(json,
                               "%s\n{\"workload\":\"debugger-%s\",\"kind\":\"debugger\",\"detached_virtual_per_host\":%.3f,"
                               "\"attached_virtual_per_host\":%.3f,\"cost_percent\":%.2f}",
                               json->len > 1 ? "," : "", g->set, detached, attached, cost);
    }
}
