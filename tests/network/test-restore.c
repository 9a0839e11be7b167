/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A joined device is put back to an earlier moment: programs of the host lose their connections, what the device knows of one
 * is reset as soon as it uses it, and a new one works, with the address that the device has.
 */
#include <errno.h>
#include <string.h>

#include "emu/host/network.h"
#include "images/file.h"
#include "tests/images/bench.h"
#include "tests/unit/host-test.h"

enum { USER = 0x080A0000, MODULE_ROOM = 0x20000 };

struct fixture {
    struct bench b;
    uint16_t port;
    struct network_options *options;
    struct bridges *bridges;
};

/* The device runs images/apps/tcp-transfer.c, which takes a megabyte at port 7. */
static bool set_up(struct fixture *f, const struct generation *g)
{
    if (!bench_open_with_keys(&f->b, g))
        return false;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) app = image_file_read(APPS_FOLDER "/tcp-transfer.bin", MODULE_ROOM, &error);
    g_assert_no_error(error);
    memset(bench_flash(&f->b, USER), 0xFF, MODULE_ROOM);
    memcpy(bench_flash(&f->b, USER), g_bytes_get_data(app, NULL), g_bytes_get_size(app));
    bench_power_on(&f->b);
    bench_input(&f->b, "wifi", "ssid=transfer");
    f->port = host_free_port();
    g_autofree char *forward = g_strdup_printf("%u=7", f->port);
    f->options = network_options_new();
    g_assert_true(network_options_net(f->options, "user", NULL));
    g_assert_true(network_options_forward(f->options, forward, NULL));
    f->bridges = bridges_new(f->b.machine);
    struct bridge *network = network_new(f->b.machine, f->options, &error);
    g_assert_no_error(error);
    bridges_add(f->bridges, network);
    return true;
}

static void run(struct fixture *f, ticks_t time)
{
    ticks_t until = machine_now(f->b.machine) + time;
    while (machine_now(f->b.machine) < until) {
        machine_run(f->b.machine, bridges_horizon(f->bridges, MIN(until, machine_now(f->b.machine) + MS(20))));
        bridges_serve(f->bridges, 0);
    }
}

static bool said(const struct fixture *f, const char *text)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (guint i = 0; i < f->b.events->len; i++) {
        const struct event *e = g_ptr_array_index(f->b.events, i);
        if (strcmp(e->kind, "uart") == 0 && strcmp(bench_string(e, "direction"), "tx") == 0)
            g_string_append_c(all, (char)bench_value(e, "byte"));
    }
    return strstr(all->str, text) != NULL;
}

static void expect_reset(int fd)
{
    char c;
    g_assert_true(host_readable(fd, 2000));
    ssize_t n = recv(fd, &c, 1, 0);
    g_assert_true(n == 0 || errno == ECONNRESET);
    close(fd);
}

/* A connection like any other. */
static void take_four(struct fixture *f)
{
    int fd = host_connect(f->port);
    g_assert_cmpint(send(fd, "defg", 4, 0), ==, 4);
    run(f, MS(500)); /* the system forgets what the app has not taken when the other end closes */
    close(fd);
    for (unsigned i = 0; i < 80 && !said(f, "received 4 in "); i++)
        run(f, MS(100));
    g_assert_true(said(f, "received 4 in "));
}

static void restore(gconstpointer data)
{
    struct fixture f;
    if (!set_up(&f, data))
        return;
    while (!said(&f, "listening: 1\r\n") && machine_now(f.b.machine) < MS(20000))
        run(&f, MS(100));
    g_assert_true(said(&f, "listening: 1\r\n"));
    struct bench_fork quiet = bench_fork(&f.b);

    /* back to an earlier moment of a connection: its other end is gone; the app waits five seconds for more, then wants to send
     */
    int fd = host_connect(f.port);
    g_assert_cmpint(send(fd, "abc", 3, 0), ==, 3);
    run(&f, MS(200));
    struct bench_fork connected = bench_fork(&f.b);
    run(&f, MS(200));
    bench_back(&f.b, &connected);
    bridges_replug(f.bridges);
    expect_reset(fd);
    run(&f, MS(8000));
    g_assert_true(said(&f, "received 3 in "));
    g_assert_true(said(&f, "sent "));
    g_assert_false(said(&f, "sent 1048576 in "));
    take_four(&f);

    /* and to before it */
    bench_back(&f.b, &quiet);
    bridges_replug(f.bridges);
    g_assert_false(said(&f, "received "));
    take_four(&f);
    bench_fork_free(&quiet);
    bench_fork_free(&connected);
    bridges_free(f.bridges);
    network_options_free(f.options);
    bench_close(&f.b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < GENERATIONS; i++) {
        g_autofree char *path = g_strdup_printf("/network/restore/%s", generations[i].set);
        g_test_add_data_func(path, &generations[i], restore);
    }
    return bench_run_tests();
}
