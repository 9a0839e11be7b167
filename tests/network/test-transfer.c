/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A megabyte each way through TCP, between a program of the host and an app on the real system (images/apps/tcp-transfer.c):
 * every byte right, at 10 Mbit/s of virtual time or more, and without waiting for a credit of the radio.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/host/network.h"
#include "images/file.h"
#include "tests/images/bench.h"
#include "tests/unit/host-test.h"

enum { USER = 0x080A0000, MODULE_ROOM = 0x20000, MEGABYTE = 1 << 20 };
/* 10 Mbit/s */
enum { LONGEST_MS = MEGABYTE * 8 / 10000 };

static uint8_t pattern(uint32_t n)
{
    return (uint8_t)(n * 7 + (n >> 8));
}

struct client {
    int fd;
    uint32_t sent, received, wrong;
    bool ended;
};

/* Whatever the socket takes and has. */
static void exchange(struct client *c)
{
    uint8_t buffer[8192];
    while (c->sent < MEGABYTE) {
        size_t n = MIN(sizeof buffer, MEGABYTE - c->sent);
        for (size_t i = 0; i < n; i++)
            buffer[i] = pattern(c->sent + (uint32_t)i);
        ssize_t done = send(c->fd, buffer, n, MSG_NOSIGNAL);
        if (done <= 0)
            break;
        c->sent += (uint32_t)done;
    }
    for (;;) {
        ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
        c->ended |= n == 0;
        if (n <= 0)
            break;
        for (ssize_t i = 0; i < n; i++)
            c->wrong += buffer[i] != pattern(c->received + (uint32_t)i);
        c->received += (uint32_t)n;
    }
}

/* Everything that the app has said on Serial1. */
static char *serial1(const struct bench *b)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        if (strcmp(e->kind, "uart") == 0 && strcmp(bench_string(e, "direction"), "tx") == 0)
            g_string_append_c(text, (char)bench_value(e, "byte"));
    }
    return g_string_free(text, FALSE);
}

/* The number behind that in a text. */
static unsigned number_behind(const char *text, const char *begin)
{
    const char *at = strstr(text, begin);
    if (at == NULL)
        g_error("no \"%s\" in:\n%s", begin, text);
    return (unsigned)strtoul(at + strlen(begin), NULL, 10);
}

/* Writes to the radio's mailbox: the driver asks for a credit there after it had none for 100 ms. */
static unsigned pokes(const struct bench *b, guint from)
{
    unsigned count = 0;
    for (guint i = from; i < b->events->len; i++) {
        const struct event *e = g_ptr_array_index(b->events, i);
        count += strcmp(e->kind, "sdio") == 0 && event_field(e, "op") != NULL && strcmp(bench_string(e, "op"), "write") == 0 &&
                 bench_value(e, "function") == 1 && (bench_value(e, "address") & 0x7FFF) == 0x2040;
    }
    return count;
}

static void transfer(gconstpointer data)
{
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) app = image_file_read(APPS_FOLDER "/tcp-transfer.bin", MODULE_ROOM, &error);
    g_assert_no_error(error);
    memset(bench_flash(&b, USER), 0xFF, MODULE_ROOM);
    memcpy(bench_flash(&b, USER), g_bytes_get_data(app, NULL), g_bytes_get_size(app));
    bench_power_on(&b);
    bench_input(&b, "wifi", "ssid=transfer");

    uint16_t port = host_free_port();
    g_autofree char *forward = g_strdup_printf("%u=7", port);
    struct network_options *options = network_options_new();
    g_assert_true(network_options_net(options, "user", NULL));
    g_assert_true(network_options_forward(options, forward, NULL));
    struct bridges *bridges = bridges_new(b.machine);
    struct bridge *network = network_new(b.machine, options, &error);
    g_assert_no_error(error);
    bridges_add(bridges, network);

    struct client c = {.fd = -1};
    guint mark = 0;
    int64_t begin = 0;
    ticks_t began = 0;
    while (!c.ended && machine_now(b.machine) < MS(60000)) {
        machine_run(b.machine, bridges_horizon(bridges, machine_now(b.machine) + MS(20)));
        bridges_serve(bridges, 0);
        if (c.fd >= 0) {
            exchange(&c);
            continue;
        }
        g_autofree char *said = serial1(&b);
        if (strstr(said, "listening: 1\r\n") != NULL) {
            c.fd = host_connect(port);
            mark = bench_mark(&b);
            begin = g_get_monotonic_time();
            began = machine_now(b.machine);
        }
    }
    g_test_message("virtual %.3f s, host %.3f s", (double)(machine_now(b.machine) - began) / (double)TICKS_PER_SECOND,
                   (double)(g_get_monotonic_time() - begin) / 1e6);
    g_assert_cmpint(c.fd, >=, 0);
    close(c.fd);
    g_assert_cmpuint(c.sent, ==, MEGABYTE);
    g_assert_cmpuint(c.received, ==, MEGABYTE);
    g_assert_cmpuint(c.wrong, ==, 0);
    bench_run_for(&b, MS(50)); /* the last line */
    g_autofree char *said = serial1(&b);
    unsigned in = number_behind(said, "received 1048576 in "), out = number_behind(said, "sent 1048576 in ");
    g_test_message("received in %u ms, sent in %u ms", in, out);
    g_assert_nonnull(strstr(said, " ms, 0 wrong\r\n"));
    g_assert_cmpuint(in, <=, LONGEST_MS);
    g_assert_cmpuint(out, <=, LONGEST_MS);
    g_assert_cmpuint(pokes(&b, mark), ==, 0);
    bridges_free(bridges);
    network_options_free(options);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < GENERATIONS; i++) {
        g_autofree char *path = g_strdup_printf("/network/transfer/%s", generations[i].set);
        g_test_add_data_func(path, &generations[i], transfer);
    }
    return bench_run_tests();
}
