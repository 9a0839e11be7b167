/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of the device's access point: it gets an address, and leads programs of the host to the device's ports. */
#include "emu/host/gateway.h"

#include <errno.h>

#include "emu/host/dhcp.h"
#include "tests/unit/device-test.h"
#include "tests/unit/host-test.h"

#define DEVICE IPV4(192, 168, 0, 1)
#define LEASED IPV4(192, 168, 0, 2)

struct fixture {
    struct machine *m;
    GArray *forwards;
    uint16_t port; /* leads to the device's port 5609 */
    struct gateway *g;
    struct inbox *in;
    GArray *fds;
    uint8_t mac[6]; /* the gateway's */
};

static struct fixture set_up(void)
{
    struct fixture f = {.m = bench_new(),
                        .forwards = g_array_new(FALSE, TRUE, sizeof(struct network_forward)),
                        .in = inbox_new(),
                        .fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd)),
                        .port = host_free_port()};
    g_autoptr(GError) error = NULL;
    machine_seal(f.m);
    machine_power_on(f.m);
    struct network_forward forward = {.from = {.host = "127.0.0.1", .port = f.port}, .guest_port = 5609};
    g_array_append_val(f.forwards, forward);
    f.g = gateway_new(f.m, f.forwards, inbox_add, f.in, &error);
    g_assert_no_error(error);
    return f;
}

static void tear_down(struct fixture *f)
{
    gateway_free(f->g);
    g_array_unref(f->forwards);
    g_array_unref(f->fds);
    inbox_free(f->in);
    machine_free(f->m);
}

/* Serve sockets and timers for at most so many milliseconds, until there is a frame. */
static bool serve(struct fixture *f, int ms)
{
    int64_t end = g_get_monotonic_time() + ms * 1000;
    do {
        g_array_set_size(f->fds, 0);
        gateway_poll_fill(f->g, f->fds);
        poll((struct pollfd *)(void *)f->fds->data, f->fds->len, 1);
        gateway_dispatch(f->g, (const struct pollfd *)(void *)f->fds->data, f->fds->len);
    } while (f->in->next == f->in->frames->len && g_get_monotonic_time() < end);
    return f->in->next < f->in->frames->len;
}

/* ---- the device ---- */

/* Answer the DHCP message that is next. */
static void answer_dhcp(struct fixture *f, enum dhcp_type expected, enum dhcp_type type, uint32_t address)
{
    const struct packet *p = inbox_next(f->in);
    struct dhcp_message m;
    g_assert_nonnull(p);
    g_assert_cmpuint(p->target_port, ==, PORT_DHCP_SERVER);
    g_assert_true(dhcp_parse(&m, p->data, p->length));
    g_assert_cmpint(m.type, ==, expected);
    memcpy(f->mac, m.mac, 6);
    m.type = type;
    m.server = DEVICE;
    m.requested = 0;
    uint8_t data[DHCP_MAX], frame[PACKET_MAX];
    size_t n = dhcp_build(data, &m);
    data[0] = 2;
    write_be32(data + 16, address);
    struct packet_ends e = {
        .source = DEVICE, .target = IPV4_BROADCAST, .source_port = PORT_DHCP_SERVER, .target_port = PORT_DHCP_CLIENT};
    memcpy(e.from, guest_mac, 6);
    memcpy(e.to, ethernet_broadcast, 6);
    gateway_input(f->g, frame, packet_udp(frame, &e, data, n));
}

static void join(struct fixture *f)
{
    gateway_set_up(f->g, true);
    answer_dhcp(f, DHCP_DISCOVER, DHCP_OFFER, LEASED);
    answer_dhcp(f, DHCP_REQUEST, DHCP_ACK, LEASED);
    assert_inbox_empty(f->in);
}

static void send_tcp(struct fixture *f, uint16_t target_port, struct packet_tcp t)
{
    uint8_t frame[PACKET_MAX];
    struct packet_ends e = {.source = DEVICE, .target = LEASED, .source_port = 5609, .target_port = target_port};
    memcpy(e.from, guest_mac, 6);
    memcpy(e.to, f->mac, 6);
    t.window = 4608;
    gateway_input(f->g, frame, packet_tcp(frame, &e, &t));
}

/* Accept the connection whose SYN is next; the device's first sequence number is 500. */
static struct packet accept_connection(struct fixture *f)
{
    g_assert_true(serve(f, 2000));
    struct packet syn = *inbox_tcp(f->in, TCP_SYN);
    g_assert_cmpuint(syn.target_port, ==, 5609);
    g_assert_cmphex(syn.source, ==, LEASED);
    g_assert_cmphex(syn.target, ==, DEVICE);
    g_assert_cmpmem(syn.to, 6, guest_mac, 6);
    send_tcp(f, syn.source_port,
             (struct packet_tcp){.sequence = 500, .acknowledged = syn.sequence + 1, .flags = TCP_SYN | TCP_ACK, .mss = 1152});
    g_assert_cmpuint(inbox_tcp(f->in, TCP_ACK)->acknowledged, ==, 501);
    return syn;
}

/* ---- tests ---- */

static void test_lease(void)
{
    struct fixture f = set_up();
    g_assert_cmpuint(gateway_due(f.g), ==, TICKS_NEVER);
    join(&f);
    /* ARP for its address, and for another one */
    uint8_t frame[PACKET_MAX];
    const uint8_t nobody[6] = {0};
    gateway_input(f.g, frame, packet_arp(frame, ARP_REQUEST, ethernet_broadcast, guest_mac, DEVICE, nobody, LEASED));
    const struct packet *p = inbox_next(f.in);
    g_assert_nonnull(p);
    g_assert_cmpint(p->arp_operation, ==, ARP_REPLY);
    g_assert_cmphex(p->source, ==, LEASED);
    g_assert_cmpmem(p->arp_sender, 6, f.mac, 6);
    gateway_input(f.g, frame, packet_arp(frame, ARP_REQUEST, ethernet_broadcast, guest_mac, DEVICE, nobody, LEASED + 1));
    assert_inbox_empty(f.in);
    g_assert_false(gateway_attached(f.g));
    /* a segment of no connection */
    send_tcp(&f, 4444, (struct packet_tcp){.sequence = 1, .acknowledged = 77, .flags = TCP_ACK, .data = "x", .length = 1});
    g_assert_cmpuint(inbox_tcp(f.in, TCP_RST)->sequence, ==, 77);
    gateway_set_up(f.g, false);
    g_assert_cmpuint(gateway_due(f.g), ==, TICKS_NEVER);
    tear_down(&f);
}

static void test_no_answer(void)
{
    struct fixture f = set_up();
    gateway_set_up(f.g, true);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_nonnull(inbox_next(f.in));
        assert_inbox_empty(f.in);
        g_assert_cmpuint(gateway_due(f.g), ==, machine_now(f.m) + (TICKS_PER_SECOND << i));
        machine_pass_time(f.m, gateway_due(f.g));
        g_assert_true(serve(&f, 0));
    }
    tear_down(&f);
}

static void test_exchange(void)
{
    struct fixture f = set_up();
    int fd = host_connect(f.port); /* waits in the kernel until there is a lease */
    g_assert_false(serve(&f, 5));
    g_assert_false(gateway_attached(f.g));
    join(&f);
    struct packet syn = accept_connection(&f);
    g_assert_true(gateway_attached(f.g));
    g_assert_false(gateway_owed(f.g));
    g_assert_cmpint(send(fd, "device-id\n0\n\n", 13, 0), ==, 13);
    g_assert_true(serve(&f, 2000));
    const struct packet *p = inbox_tcp(f.in, TCP_ACK | TCP_PSH);
    g_assert_cmpmem(p->data, p->length, "device-id\n0\n\n", 13);
    g_assert_true(gateway_owed(f.g));
    send_tcp(
        &f, syn.source_port,
        (struct packet_tcp){
            .sequence = 501, .acknowledged = syn.sequence + 14, .flags = TCP_ACK | TCP_FIN, .data = "answer", .length = 6});
    g_assert_cmpuint(inbox_tcp(f.in, TCP_ACK)->acknowledged, ==, 508);
    g_assert_false(gateway_owed(f.g));
    char buffer[32];
    serve(&f, 0);
    g_assert_true(host_readable(fd, 2000));
    g_assert_cmpint(recv(fd, buffer, sizeof buffer, 0), ==, 6);
    g_assert_cmpint(recv(fd, buffer, sizeof buffer, 0), ==, 0); /* the device's end of it */
    close(fd);
    g_assert_true(serve(&f, 2000));
    p = inbox_tcp(f.in, TCP_ACK | TCP_FIN);
    send_tcp(&f, syn.source_port, (struct packet_tcp){.sequence = 508, .acknowledged = p->sequence + 1, .flags = TCP_ACK});
    serve(&f, 0);
    g_assert_false(gateway_attached(f.g));
    tear_down(&f);
}

/* A refusal, a reset, and the access point's end reach the program as a reset; the program's crash reaches the device as one.
 */
static void test_resets(void)
{
    struct fixture f = set_up();
    char c;
    join(&f);
    int fd = host_connect(f.port);
    g_assert_true(serve(&f, 2000));
    const struct packet *syn = inbox_tcp(f.in, TCP_SYN);
    send_tcp(&f, syn->source_port, (struct packet_tcp){.acknowledged = syn->sequence + 1, .flags = TCP_RST | TCP_ACK});
    serve(&f, 0);
    g_assert_true(host_readable(fd, 2000));
    g_assert_cmpint(recv(fd, &c, 1, 0), ==, -1);
    g_assert_cmpint(errno, ==, ECONNRESET);
    close(fd);

    fd = host_connect(f.port);
    accept_connection(&f);
    gateway_set_up(f.g, false);
    g_assert_true(host_readable(fd, 2000));
    g_assert_cmpint(recv(fd, &c, 1, 0), ==, -1);
    g_assert_false(gateway_attached(f.g));
    close(fd);

    join(&f);
    fd = host_connect(f.port);
    accept_connection(&f);
    const struct linger now = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
    g_assert_true(serve(&f, 2000));
    inbox_tcp(f.in, TCP_RST | TCP_ACK);
    g_assert_false(gateway_attached(f.g));
    tear_down(&f);
}

static void test_port_taken(void)
{
    struct fixture f = set_up();
    g_autoptr(GError) error = NULL;
    g_assert_null(gateway_new(f.m, f.forwards, inbox_add, f.in, &error));
    g_assert_nonnull(strstr(error->message, "in use"));
    tear_down(&f);
}

static void test_malformed(void)
{
    struct fixture f = set_up();
    join(&f);
    int fd = host_connect(f.port);
    struct packet syn = accept_connection(&f);
    GRand *random = g_rand_new_with_seed(6);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t text[16] = {0};
        struct packet_tcp t = {.sequence = 501 + (uint32_t)g_rand_int_range(random, -20, 20),
                               .acknowledged = syn.sequence + (uint32_t)g_rand_int_range(random, -20, 20),
                               .flags = (uint8_t)(g_rand_int(random) & (TCP_ACK | TCP_PSH)),
                               .data = text,
                               .length = (size_t)g_rand_int_range(random, 0, 16)};
        send_tcp(&f, syn.source_port, t);
        uint8_t noise[100];
        size_t n = (size_t)g_rand_int_range(random, 0, sizeof noise);
        for (size_t k = 0; k < n; k++)
            noise[k] = (uint8_t)g_rand_int(random);
        if (n > 14 && (i & 1))
            memcpy(noise, f.mac, 6), write_be16(noise + 12, i & 2 ? ETHERTYPE_IPV4 : ETHERTYPE_ARP);
        gateway_input(f.g, noise, n);
    }
    g_assert_true(gateway_attached(f.g));
    g_rand_free(random);
    close(fd);
    tear_down(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/gateway/lease", test_lease);
    g_test_add_func("/host/gateway/no-answer", test_no_answer);
    g_test_add_func("/host/gateway/exchange", test_exchange);
    g_test_add_func("/host/gateway/resets", test_resets);
    g_test_add_func("/host/gateway/port-taken", test_port_taken);
    g_test_add_func("/host/gateway/malformed", test_malformed);
    return g_test_run();
}
