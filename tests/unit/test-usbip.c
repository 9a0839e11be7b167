/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB/IP server: clients that behave, that do not, and that vanish. */
#include "emu/host/usbip-server.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/core/event.h"
#include "emu/host/packet.h"
#include "emu/host/usbip-wire.h"
#include "tests/unit/usb-bench.h"

struct table {
    struct usb_bench bench;
    struct usbip_server *server;
    char *folder;
    struct listen_address address;
    unsigned cut_off;
};

static void note_cut_off(const struct event *event, void *data)
{
    struct table *t = data;
    if (strcmp(event->kind, "usb") == 0 && strcmp(event_field(event, "op")->string, "cut-off") == 0)
        t->cut_off++;
}

static void table_open(struct table *t)
{
    g_autoptr(GError) error = NULL;
    *t = (struct table){.folder = g_dir_make_tmp("photon-emu-XXXXXX", NULL)};
    t->address.path = g_build_filename(t->folder, "usb", NULL);
    usb_bench_open(&t->bench, (struct usb_host_options){0});
    machine_subscribe(t->bench.m, note_cut_off, t);
    t->server = usbip_server_new(t->bench.host);
    g_ptr_array_add(t->bench.bridges, usbip_server_bridge(t->server));
    g_assert_true(usbip_server_listen(t->server, &t->address, &error));
}

static void table_close(struct table *t)
{
    usb_bench_close(&t->bench);
    g_assert_cmpint(g_access(t->address.path, F_OK), !=, 0); /* the socket is gone */
    g_assert_cmpint(g_rmdir(t->folder), ==, 0);
    listen_address_clear(&t->address);
    g_free(t->folder);
}

static void run(struct table *t, unsigned ms)
{
    usb_bench_run(&t->bench, ms * TICKS_PER_MS);
}

static void plug(struct table *t)
{
    guest_connect(&t->bench.guest);
    run(t, 150);
    g_assert_nonnull(usb_host_device(t->bench.host));
}

/* ---- a client ---- */

static int connect_client(struct table *t)
{
    g_autoptr(GError) error = NULL;
    int fd = listen_socket_connect(&t->address, &error);
    g_assert_no_error(error);
    run(t, 1);
    return fd;
}

static void put(int fd, const void *bytes, size_t n)
{
    g_assert_cmpint(send(fd, bytes, n, MSG_NOSIGNAL), ==, (ssize_t)n);
}

/* Exactly so many bytes come, within half a virtual second. */
static void get(struct table *t, int fd, uint8_t *bytes, size_t n)
{
    size_t have = 0;
    for (unsigned i = 0; i < 500 && have < n; i++) {
        ssize_t got = recv(fd, bytes + have, n - have, MSG_DONTWAIT);
        g_assert_cmpint(got, !=, 0);
        if (got > 0)
            have += (size_t)got;
        else
            run(t, 1);
    }
    g_assert_cmpuint(have, ==, n);
}

static bool silent(int fd)
{
    uint8_t byte;
    return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

/* The server ends the connection. */
static void ended(struct table *t, int fd)
{
    uint8_t byte;
    ssize_t got = -1;
    for (unsigned i = 0; i < 100 && got < 0; i++) {
        run(t, 1);
        got = recv(fd, &byte, 1, MSG_DONTWAIT);
        if (got < 0 && errno == ECONNRESET)
            got = 0;
    }
    g_assert_cmpint(got, ==, 0);
    close(fd);
}

static void put_op(int fd, unsigned version, unsigned code, const char *busid)
{
    uint8_t message[USBIP_OP_SIZE + USBIP_BUSID_SIZE] = {0};
    write_be16(message, (uint16_t)version);
    write_be16(message + 2, (uint16_t)code);
    if (busid)
        memcpy(message + USBIP_OP_SIZE, busid, strlen(busid));
    put(fd, message, busid ? sizeof message : USBIP_OP_SIZE);
}

static uint32_t import(struct table *t, int fd)
{
    uint8_t reply[USBIP_OP_SIZE], device[USBIP_DEVICE_SIZE];
    put_op(fd, USBIP_VERSION, USBIP_REQ_IMPORT, USBIP_BUSID);
    get(t, fd, reply, sizeof reply);
    g_assert_cmphex(read_be32(reply), ==, 0x01110003);
    if (read_be32(reply + 4) == USBIP_OK) {
        get(t, fd, device, sizeof device);
        g_assert_cmpstr((const char *)device + 256, ==, USBIP_BUSID);
        g_assert_cmphex(read_be16(device + 300), ==, 0x2B04);
        g_assert_cmphex(read_be16(device + 302), ==, 0xC006);
    }
    return read_be32(reply + 4);
}

struct submit {
    uint32_t devid, seqnum, direction, endpoint, length, packets;
    uint8_t setup[8];
};

static void put_submit(int fd, const struct submit *s, const void *data)
{
    uint8_t header[USBIP_HEADER_SIZE] = {0};
    write_be32(header, USBIP_SUBMIT);
    write_be32(header + 4, s->seqnum);
    write_be32(header + 8, s->devid);
    write_be32(header + 12, s->direction);
    write_be32(header + 16, s->endpoint);
    write_be32(header + 24, s->length);
    write_be32(header + 32, s->packets);
    memcpy(header + 40, s->setup, 8);
    put(fd, header, sizeof header);
    if (data)
        put(fd, data, s->length);
}

static void put_unlink(int fd, uint32_t devid, uint32_t seqnum, uint32_t which)
{
    uint8_t header[USBIP_HEADER_SIZE] = {0};
    write_be32(header, USBIP_UNLINK);
    write_be32(header + 4, seqnum);
    write_be32(header + 8, devid);
    write_be32(header + 20, which);
    put(fd, header, sizeof header);
}

/* An answer: its status; the actual length goes to *actual. */
static int get_answer(struct table *t, int fd, uint32_t command, uint32_t seqnum, uint32_t *actual)
{
    uint8_t header[USBIP_HEADER_SIZE];
    get(t, fd, header, sizeof header);
    g_assert_cmpuint(read_be32(header), ==, command);
    g_assert_cmpuint(read_be32(header + 4), ==, seqnum);
    if (actual)
        *actual = read_be32(header + 24);
    return (int)read_be32(header + 20);
}

enum { DEVID = 1 << 16 | 1 };

static const struct submit get_pattern = {
    .devid = DEVID, .direction = 1, .length = 100, .setup = {0xC0, 1, 70, 0, 0, 0, 100, 0}};

/* One transfer that works. */
static void exchange(struct table *t, int fd, uint32_t seqnum)
{
    struct submit s = get_pattern;
    uint32_t actual;
    uint8_t data[100];
    s.seqnum = seqnum;
    put_submit(fd, &s, NULL);
    g_assert_cmpint(get_answer(t, fd, USBIP_RET_SUBMIT, seqnum, &actual), ==, 0);
    g_assert_cmpuint(actual, ==, 70);
    get(t, fd, data, actual);
    g_assert_cmpuint(data[69], ==, (uint8_t)(3 * 69));
}

static int import_configured(struct table *t)
{
    int fd = connect_client(t);
    g_assert_cmpuint(import(t, fd), ==, USBIP_OK);
    const struct submit s = {.devid = DEVID, .seqnum = 1, .setup = {0, 9, 1}};
    put_submit(fd, &s, NULL);
    g_assert_cmpint(get_answer(t, fd, USBIP_RET_SUBMIT, 1, NULL), ==, 0);
    return fd;
}

/* ---- tests ---- */

static void lists(void)
{
    struct table t;
    uint8_t reply[12], device[USBIP_DEVICE_SIZE + 8];
    table_open(&t);
    int fd = connect_client(&t);
    put_op(fd, USBIP_VERSION, USBIP_REQ_DEVLIST, NULL);
    get(&t, fd, reply, sizeof reply);
    static const uint8_t none[12] = {0x01, 0x11, 0, 5};
    g_assert_cmpmem(reply, 12, none, 12);
    ended(&t, fd);
    fd = connect_client(&t);
    g_assert_cmpuint(import(&t, fd), ==, USBIP_NO_DEVICE);
    ended(&t, fd);

    plug(&t);
    fd = connect_client(&t);
    put_op(fd, USBIP_VERSION, USBIP_REQ_DEVLIST, NULL);
    get(&t, fd, reply, sizeof reply);
    g_assert_cmpuint(read_be32(reply + 8), ==, 1);
    get(&t, fd, device, sizeof device);
    g_assert_cmpuint(device[USBIP_DEVICE_SIZE - 1], ==, 2);
    static const uint8_t interfaces[8] = {2, 2, 1, 0, 10};
    g_assert_cmpmem(device + USBIP_DEVICE_SIZE, 8, interfaces, 8);
    ended(&t, fd);
    g_assert_false(usbip_server_bridge(t.server)->class->attached(usbip_server_bridge(t.server)));
    table_close(&t);
}

static void transfers(void)
{
    struct table t;
    table_open(&t);
    plug(&t);
    int fd = import_configured(&t);
    struct bridge *bridge = usbip_server_bridge(t.server);
    g_assert_true(bridge->class->attached(bridge));
    exchange(&t, fd, 2);

    /* bytes in dribs and drabs */
    uint8_t header[USBIP_HEADER_SIZE + 3] = {0};
    write_be32(header, USBIP_SUBMIT);
    write_be32(header + 4, 3);
    write_be32(header + 8, DEVID);
    write_be32(header + 16, 1);
    write_be32(header + 24, 3);
    memcpy(header + USBIP_HEADER_SIZE, "abc", 3);
    for (unsigned i = 0; i < sizeof header; i++) {
        put(fd, header + i, 1);
        usb_bench_run(&t.bench, TICKS_PER_US);
    }
    uint32_t actual;
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 3, &actual), ==, 0);
    g_assert_cmpuint(actual, ==, 3);
    run(&t, 1);
    g_assert_cmpmem(t.bench.guest.out->data, t.bench.guest.out->len, "abc", 3);

    /* parked, and unlinked */
    const struct submit in = {.devid = DEVID, .seqnum = 4, .direction = 1, .endpoint = 1, .length = 64, .packets = UINT32_MAX};
    put_submit(fd, &in, NULL);
    run(&t, 20);
    g_assert_true(silent(fd));
    g_assert_false(bridge->class->owed(bridge));
    put_unlink(fd, DEVID, 5, 4);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_UNLINK, 5, NULL), ==, -ECONNRESET);
    put_unlink(fd, DEVID, 6, 4);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_UNLINK, 6, NULL), ==, 0);
    g_assert_true(silent(fd));

    /* stalled; no such endpoint; a reset of the port */
    struct submit s = {.devid = DEVID, .seqnum = 7, .direction = 1, .length = 4, .setup = {0xC1, 9, 0, 0, 0, 0, 4}};
    put_submit(fd, &s, NULL);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 7, NULL), ==, -EPIPE);
    s = (struct submit){.devid = DEVID, .seqnum = 8, .direction = 1, .endpoint = 9, .length = 4};
    put_submit(fd, &s, NULL);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 8, NULL), ==, -ENOENT);
    unsigned resets = t.bench.guest.resets;
    s = (struct submit){.devid = DEVID, .seqnum = 9, .setup = {0x23, 3, 4}};
    put_submit(fd, &s, NULL);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 9, NULL), ==, 0);
    g_assert_cmpuint(t.bench.guest.resets, ==, resets + 1);
    g_assert_cmpuint(t.bench.guest.configuration, ==, 1);
    exchange(&t, fd, 10);
    g_assert_cmpuint(t.cut_off, ==, 0);
    close(fd);
    run(&t, 1);
    table_close(&t);
}

static void one_importer(void)
{
    struct table t;
    table_open(&t);
    plug(&t);
    int first = import_configured(&t), second = connect_client(&t);
    g_assert_cmpuint(import(&t, second), ==, USBIP_BUSY);
    ended(&t, second);
    exchange(&t, first, 2);
    close(first);
    run(&t, 1);
    g_assert_false(usbip_server_imported(t.server));
    second = import_configured(&t); /* in turn */
    exchange(&t, second, 2);
    close(second);
    table_close(&t);
}

/* It goes in the middle of transfers of every kind, one of which the device lets wait. */
static void client_vanishes(void)
{
    struct table t;
    table_open(&t);
    plug(&t);
    for (unsigned i = 0; i < 4; i++) {
        int fd = import_configured(&t);
        const struct submit in = {.devid = DEVID, .seqnum = 2, .direction = 1, .endpoint = 1, .length = 64};
        const struct submit reset = {.devid = DEVID, .seqnum = 3, .setup = {0x23, 3, 4}};
        put_submit(fd, &in, NULL);
        if (i == 1) {
            t.bench.guest.mute = true;
            put_submit(fd, &get_pattern, NULL);
        } else if (i == 2) {
            put_submit(fd, &reset, NULL);
        } else if (i == 3) {
            put(fd, "\0\0\0\1\0\0", 6); /* and in the middle of a message */
        }
        run(&t, 2);
        close(fd);
        run(&t, 2);
        t.bench.guest.mute = false;
        g_assert_false(usbip_server_imported(t.server));
        run(&t, 60);
    }
    int fd = import_configured(&t);
    exchange(&t, fd, 2);
    close(fd);
    table_close(&t);
}

static void device_vanishes(void)
{
    struct table t;
    table_open(&t);
    plug(&t);
    int fd = import_configured(&t);
    const struct submit in = {.devid = DEVID, .seqnum = 2, .direction = 1, .endpoint = 1, .length = 64};
    put_submit(fd, &in, NULL);
    run(&t, 2);
    guest_disconnect(&t.bench.guest);
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 2, NULL), ==, -ESHUTDOWN);
    ended(&t, fd);
    plug(&t);
    fd = connect_client(&t);
    g_assert_cmpuint(import(&t, fd), ==, USBIP_OK);
    const struct submit stale = {.devid = DEVID, .seqnum = 1, .setup = {0, 9, 1}}; /* it has another number now */
    put_submit(fd, &stale, NULL);
    ended(&t, fd);
    table_close(&t);
}

static void malformed(void)
{
    struct table t;
    table_open(&t);
    plug(&t);
    struct {
        unsigned version, code;
    } ops[] = {{0x0106, USBIP_REQ_DEVLIST}, {USBIP_VERSION, 0x8004}, {0, 0}, {0xFFFF, 0xFFFF}};
    unsigned n = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++) {
        int fd = connect_client(&t);
        put_op(fd, ops[i].version, ops[i].code, NULL);
        ended(&t, fd);
        g_assert_cmpuint(t.cut_off, ==, ++n);
    }
    const struct submit bad[] = {
        {.devid = DEVID, .direction = 2},
        {.devid = DEVID, .endpoint = 16},
        {.devid = DEVID, .endpoint = UINT32_MAX},
        {.devid = DEVID, .endpoint = 1, .direction = 1, .length = USB_MAX_TRANSFER + 1},
        {.devid = DEVID, .endpoint = 1, .length = UINT32_MAX},
        {.devid = DEVID, .endpoint = 1, .direction = 1, .packets = 3},
        {.devid = DEVID, .direction = 1, .length = 10, .setup = {0xC0, 1, 0, 0, 0, 0, 11, 0}},
        {.devid = DEVID, .direction = 0, .length = 10, .setup = {0xC0, 1, 0, 0, 0, 0, 10, 0}},
        {.devid = DEVID, .direction = 1, .length = 10, .setup = {0x40, 1, 0, 0, 0, 0, 10, 0}},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        int fd = import_configured(&t);
        put_submit(fd, &bad[i], NULL);
        ended(&t, fd);
        g_assert_cmpuint(t.cut_off, ==, ++n);
        g_assert_false(usbip_server_imported(t.server));
        run(&t, 50);
    }
    int fd = import_configured(&t);
    uint8_t unknown[USBIP_HEADER_SIZE] = {0, 0, 0, 9};
    put(fd, unknown, sizeof unknown);
    ended(&t, fd);
    g_assert_cmpuint(t.cut_off, ==, ++n);
    run(&t, 50);
    fd = connect_client(&t);
    put_op(fd, USBIP_VERSION, USBIP_REQ_IMPORT, "1-2");
    uint8_t reply[USBIP_OP_SIZE];
    get(&t, fd, reply, sizeof reply);
    g_assert_cmpuint(read_be32(reply + 4), ==, USBIP_NO_DEVICE);
    ended(&t, fd);
    fd = import_configured(&t); /* none of this did harm */
    exchange(&t, fd, 2);
    close(fd);
    table_close(&t);
}

static void too_many(void)
{
    struct table t;
    int fds[20];
    table_open(&t);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = connect_client(&t);
    run(&t, 2);
    g_assert_true(silent(fds[0]));
    g_assert_false(silent(fds[19]));
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
    run(&t, 2);
    plug(&t);
    int fd = import_configured(&t);
    /* more transfers than anybody needs */
    for (unsigned i = 0; i < 1100; i++) {
        const struct submit in = {.devid = DEVID, .seqnum = 100 + i, .direction = 1, .endpoint = 1, .length = 64};
        put_submit(fd, &in, NULL);
        usb_bench_serve(&t.bench);
    }
    g_assert_cmpint(get_answer(&t, fd, USBIP_RET_SUBMIT, 100 + 1024, NULL), ==, -ENOMEM);
    close(fd);
    table_close(&t);
}

static void places(void)
{
    struct table t;
    struct listen_address a;
    g_autoptr(GError) error = NULL;
    static const char *const wrong[] = {"", "0", "65536", "x", ":3240", "localhost:", "1-1"};
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_assert_false(listen_address_parse(wrong[i], &a, &error));
        g_assert_nonnull(strstr(error->message, "is not understood"));
        g_clear_error(&error);
    }
    g_assert_true(listen_address_parse("3240", &a, NULL));
    g_assert_cmpstr(a.host, ==, "127.0.0.1");
    listen_address_clear(&a);
    g_assert_true(listen_address_parse("::1:3240", &a, NULL));
    g_assert_cmpstr(a.host, ==, "::1");
    listen_address_clear(&a);
    table_open(&t);
    g_assert_false(usbip_server_listen(t.server, &t.address, &error)); /* it is taken */
    g_clear_error(&error);
    struct listen_address nowhere = {.path = (char *)"/nonexistent/usb"};
    g_assert_false(usbip_server_listen(t.server, &nowhere, &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/usb"));
    table_close(&t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usbip/lists", lists);
    g_test_add_func("/usbip/transfers", transfers);
    g_test_add_func("/usbip/one-importer", one_importer);
    g_test_add_func("/usbip/client-vanishes", client_vanishes);
    g_test_add_func("/usbip/device-vanishes", device_vanishes);
    g_test_add_func("/usbip/malformed", malformed);
    g_test_add_func("/usbip/too-many", too_many);
    g_test_add_func("/usbip/places", places);
    return g_test_run();
}
