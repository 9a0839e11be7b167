/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the device's access point outside of the emulator: it gets the access point's frames from the UNIX socket, has an
 * address given to it by the real system, and asks the device for its id at TCP 5609. It is the gateway's code, moved behind
 * the socket; a peer that sends rubbish first does no harm.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/un.h>

#include "emu/host/gateway.h"
#include "emu/host/network.h"
#include "tests/images/bench.h"
#include "tests/unit/host-test.h"

struct client {
    int fd; /* the UNIX socket */
    GByteArray *in;
    struct gateway *gateway;
    GArray *fds;
};

static int dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_strlcpy(name.sun_path, path, sizeof name.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (const struct sockaddr *)(const void *)&name, sizeof name), ==, 0);
    g_assert_cmpint(fcntl(fd, F_SETFL, O_NONBLOCK), ==, 0);
    return fd;
}

static void send_frame(const uint8_t *frame, size_t length, void *data)
{
    struct client *c = data;
    uint8_t message[4 + PACKET_MAX];
    write_be32(message, (uint32_t)length);
    memcpy(message + 4, frame, length);
    g_assert_cmpint(send(c->fd, message, 4 + length, MSG_NOSIGNAL), ==, (ssize_t)(4 + length));
}

static void serve(struct client *c)
{
    uint8_t buffer[4096];
    ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    g_assert_true(n > 0 || (n < 0 && errno == EAGAIN));
    if (n > 0)
        g_byte_array_append(c->in, buffer, (guint)n);
    while (c->in->len >= 4 && c->in->len - 4 >= read_be32(c->in->data)) {
        uint32_t length = read_be32(c->in->data);
        gateway_input(c->gateway, c->in->data + 4, length);
        g_byte_array_remove_range(c->in, 0, 4 + length);
    }
    g_array_set_size(c->fds, 0);
    gateway_poll_fill(c->gateway, c->fds);
    poll((struct pollfd *)(void *)c->fds->data, c->fds->len, 0);
    gateway_dispatch(c->gateway, (const struct pollfd *)(void *)c->fds->data, c->fds->len);
}

/* Random lengths and frames, as a peer of another mind may send. */
static void send_rubbish(int fd)
{
    GRand *random = g_rand_new_with_seed(8);
    for (unsigned i = 0; i < 200; i++) {
        uint8_t message[4 + 2000];
        uint32_t length = (uint32_t)g_rand_int_range(random, 0, 1600);
        write_be32(message, length);
        for (uint32_t k = 0; k < length; k++)
            message[4 + k] = (uint8_t)g_rand_int(random);
        if (send(fd, message, 4 + length, MSG_NOSIGNAL) < 0)
            break;
    }
    g_rand_free(random);
}

static void test_socket(gconstpointer data)
{
    struct bench b;
    if (!bench_open_with_keys(&b, data))
        return;
    bench_power_on(&b);
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp(NULL, NULL);
    struct network_options *options = network_options_new(), *outside = network_options_new();
    options->softap_socket = g_build_filename(folder, "socket", NULL);
    struct bridges *bridges = bridges_new(b.machine);
    struct bridge *network = network_new(b.machine, options, &error);
    g_assert_no_error(error);
    bridges_add(bridges, network);

    uint16_t port = host_free_port();
    g_autofree char *leads = g_strdup_printf("%u", port);
    g_assert_true(network_options_softap(outside, leads, NULL));
    struct client c = {.fd = -1, .in = g_byte_array_new(), .fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd))};
    c.gateway = gateway_new(b.machine, outside->softap, send_frame, &c, &error);
    g_assert_no_error(error);

    int program = host_connect(port), rubbish = -1;
    g_assert_cmpint(send(program, "device-id\n0\n\n", 13, 0), ==, 13);
    g_autoptr(GString) answer = g_string_new(NULL);
    while (strchr(answer->str, '}') == NULL && machine_now(b.machine) < MS(30000)) {
        char buffer[256];
        machine_run(b.machine, bridges_horizon(bridges, machine_now(b.machine) + MS(20)));
        bridges_serve(bridges, 0);
        if (!board_interface_up(b.machine, BOARD_ACCESS_POINT))
            continue;
        if (rubbish < 0) {
            rubbish = dial(options->softap_socket);
            send_rubbish(rubbish);
        } else if (c.fd < 0) {
            close(rubbish);
            c.fd = dial(options->softap_socket);
            gateway_set_up(c.gateway, true);
        } else {
            serve(&c);
        }
        ssize_t n = recv(program, buffer, sizeof buffer, 0);
        if (n > 0)
            g_string_append_len(answer, buffer, n);
    }
    g_test_message("%s", answer->str);
    g_autoptr(GString) id = g_string_new("\"id\":\"");
    for (unsigned i = 0; i < sizeof b.device->unique_id; i++)
        g_string_append_printf(id, "%02X", b.device->unique_id[i]);
    g_assert_nonnull(strstr(answer->str, id->str));

    close(program);
    close(c.fd);
    gateway_free(c.gateway);
    g_byte_array_unref(c.in);
    g_array_unref(c.fds);
    bridges_free(bridges);
    network_options_free(options);
    network_options_free(outside);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (unsigned i = 0; i < GENERATIONS; i++) {
        g_autofree char *path = g_strdup_printf("/network/socket/%s", generations[i].set);
        g_test_add_data_func(path, &generations[i], test_socket);
    }
    return bench_run_tests();
}
