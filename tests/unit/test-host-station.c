/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies behind the joined network, by frames as a device sends them: addresses, names, refusals, TCP to the host and back.
 */
#include "emu/host/station.h"

#include "emu/host/dhcp.h"
#include "tests/unit/device-test.h"
#include "tests/unit/host-test.h"

struct fixture {
    struct machine *m;
    struct network_options *o;
    struct station *s;
    struct inbox *in;
    GString *events;
    uint8_t router_mac[6];
    GArray *fds;
};

static void note(const struct event *event, void *data)
{
    GString *log = data;
    if (strcmp(event->kind, "network") != 0)
        return;
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            g_string_append_printf(log, "%s%s", i > 0 ? " " : "", f->string);
        else
            g_string_append_printf(log, " %" G_GINT64_FORMAT, f->integer);
    }
    g_string_append_c(log, '\n');
}

static struct fixture set_up(void)
{
    struct fixture f = {.m = bench_new(),
                        .o = network_options_new(),
                        .in = inbox_new(),
                        .events = g_string_new(NULL),
                        .fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd))};
    machine_seal(f.m);
    machine_power_on(f.m);
    machine_subscribe(f.m, note, f.events);
    return f;
}

static void start(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    f->s = station_new(f->m, f->o, inbox_add, f->in, &error);
    g_assert_no_error(error);
}

static void tear_down(struct fixture *f)
{
    station_free(f->s);
    network_options_free(f->o);
    inbox_free(f->in);
    g_string_free(f->events, TRUE);
    g_array_unref(f->fds);
    machine_free(f->m);
}

static void assert_events(struct fixture *f, const char *expected)
{
    g_assert_cmpstr(f->events->str, ==, expected);
    g_string_truncate(f->events, 0);
}

/* ---- a device ---- */

static struct packet_ends to_router(uint32_t target, uint16_t source_port, uint16_t target_port, const struct fixture *f)
{
    struct packet_ends e = {.source = SLIRP_GUEST, .target = target, .source_port = source_port, .target_port = target_port};
    memcpy(e.from, guest_mac, 6);
    memcpy(e.to, f->router_mac, 6);
    return e;
}

static void send_udp(struct fixture *f, const struct packet_ends *e, const void *data, size_t length)
{
    uint8_t frame[PACKET_MAX];
    station_input(f->s, frame, packet_udp(frame, e, data, length));
}

static void send_tcp(struct fixture *f, const struct packet_ends *e, struct packet_tcp t)
{
    uint8_t frame[PACKET_MAX];
    t.window = 8000;
    station_input(f->s, frame, packet_tcp(frame, e, &t));
}

/* Broadcast a DHCP message; the answer into *m. False: none came. */
static bool ask_dhcp(struct fixture *f, enum dhcp_type type, uint32_t requested, struct dhcp_message *m)
{
    struct packet_ends e = {.target = IPV4_BROADCAST, .source_port = PORT_DHCP_CLIENT, .target_port = PORT_DHCP_SERVER};
    memcpy(e.from, guest_mac, 6);
    memcpy(e.to, ethernet_broadcast, 6);
    struct dhcp_message ask = {.id = 77, .type = type, .requested = requested};
    memcpy(ask.mac, guest_mac, 6);
    uint8_t data[DHCP_MAX];
    send_udp(f, &e, data, dhcp_build(data, &ask));
    const struct packet *p = inbox_next(f->in);
    if (p == NULL)
        return false;
    g_assert_cmpuint(p->target_port, ==, PORT_DHCP_CLIENT);
    g_assert_true(dhcp_parse(m, p->data, p->length));
    return true;
}

/* DHCP, and the router's address by ARP: all answered at once. */
static void join(struct fixture *f)
{
    struct dhcp_message m;
    g_assert_true(ask_dhcp(f, DHCP_DISCOVER, 0, &m));
    g_assert_cmpint(m.type, ==, DHCP_OFFER);
    g_assert_true(ask_dhcp(f, DHCP_REQUEST, m.your, &m));
    g_assert_cmpint(m.type, ==, DHCP_ACK);
    g_assert_cmphex(m.your, ==, SLIRP_GUEST);
    g_assert_cmphex(m.router, ==, SLIRP_HOST);
    g_assert_cmphex(m.mask, ==, SLIRP_MASK);
    assert_events(f, "lease station 10.0.2.15\n");
    uint8_t frame[PACKET_MAX];
    station_input(
        f->s, frame,
        packet_arp(frame, ARP_REQUEST, ethernet_broadcast, guest_mac, SLIRP_GUEST, (const uint8_t[6]){0}, SLIRP_HOST));
    const struct packet *p = inbox_next(f->in);
    g_assert_nonnull(p);
    g_assert_cmpint(p->arp_operation, ==, ARP_REPLY);
    memcpy(f->router_mac, p->arp_sender, 6);
    assert_inbox_empty(f->in);
}

/* Let the host's sockets be served, for at most so many milliseconds until there is a frame. */
static bool serve(struct fixture *f, int ms)
{
    int64_t end = g_get_monotonic_time() + ms * 1000;
    do {
        g_array_set_size(f->fds, 0);
        station_poll_fill(f->s, f->fds);
        poll((struct pollfd *)(void *)f->fds->data, f->fds->len, 1);
        station_dispatch(f->s, (const struct pollfd *)(void *)f->fds->data, f->fds->len);
        pass(f->m, TICKS_PER_MS);
    } while (f->in->next == f->in->frames->len && g_get_monotonic_time() < end);
    return f->in->next < f->in->frames->len;
}

/* ---- tests ---- */

static void test_addresses(void)
{
    struct fixture f = set_up();
    start(&f);
    join(&f);
    g_assert_false(station_attached(f.s));
    g_assert_false(station_owed(f.s));
    g_array_set_size(f.fds, 0);
    station_poll_fill(f.s, f.fds);
    g_assert_cmpuint(f.fds->len, ==, 0); /* none of this needs a socket */
    station_dispatch(f.s, NULL, 0);
    tear_down(&f);
}

static void test_no_dhcp(void)
{
    struct fixture f = set_up();
    struct dhcp_message m;
    start(&f);
    station_set_network(f.s, (struct station_network){.no_dhcp = true});
    g_assert_false(ask_dhcp(&f, DHCP_DISCOVER, 0, &m));
    station_set_network(f.s, (struct station_network){0});
    g_assert_true(ask_dhcp(&f, DHCP_DISCOVER, 0, &m));
    tear_down(&f);
}

/* The address that a name has; 0: there is no such name. */
static uint32_t look_up(struct fixture *f, const char *name)
{
    uint8_t q[300] = {0x12, 0x34, 1, 0, 0, 1};
    size_t at = 12;
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);
    for (unsigned i = 0; labels[i]; i++) {
        q[at++] = (uint8_t)strlen(labels[i]);
        memcpy(q + at, labels[i], strlen(labels[i]));
        at += strlen(labels[i]);
    }
    q[at + 2] = q[at + 4] = 1;
    struct packet_ends e = to_router(SLIRP_DNS, 5000, PORT_DNS, f);
    send_udp(f, &e, q, at + 5);
    const struct packet *p = inbox_next(f->in);
    g_assert_nonnull(p);
    g_assert_cmpuint(p->source_port, ==, PORT_DNS);
    g_assert_cmphex(p->source, ==, SLIRP_DNS);
    g_assert_cmpuint(p->target_port, ==, 5000);
    g_assert_cmphex(read_be16(p->data), ==, 0x1234);
    return read_be16(p->data + 6) == 0 ? 0 : read_be32(p->data + p->length - 4);
}

static void test_names(void)
{
    struct fixture f = set_up();
    g_assert_true(network_options_net(f.o, "user,host=device.spark.io:127.0.0.1,host=there:1.2.3.4", NULL));
    g_assert_true(network_options_allow(f.o, "localhost:5683", NULL));
    start(&f);
    join(&f);
    g_assert_cmphex(look_up(&f, "device.spark.io"), ==, SLIRP_HOST);
    g_assert_cmphex(look_up(&f, "there"), ==, IPV4(1, 2, 3, 4));
    g_assert_cmphex(look_up(&f, "localhost"), ==, SLIRP_HOST);
    g_assert_cmphex(look_up(&f, "example.com"), ==, 0);
    assert_events(&f, "name station device.spark.io 10.0.2.2\nname station there 1.2.3.4\n"
                      "name station localhost 10.0.2.2\nname station example.com \n");
    /* a network with a lying name server; nobody is where it leads to, and nobody says so */
    station_set_network(f.s, (struct station_network){.wrong_dns = true});
    uint32_t wrong = look_up(&f, "device.spark.io");
    struct packet_ends e = to_router(wrong, 5000, 5683, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 1, .flags = TCP_SYN});
    send_udp(&f, &e, "x", 1);
    assert_inbox_empty(f.in);
    tear_down(&f);
}

static void expect_tcp_refused(struct fixture *f, uint32_t target, uint16_t port)
{
    struct packet_ends e = to_router(target, 6000, port, f);
    send_tcp(f, &e, (struct packet_tcp){.sequence = 99, .flags = TCP_SYN});
    const struct packet *p = inbox_tcp(f->in, TCP_RST | TCP_ACK);
    g_assert_cmpuint(p->acknowledged, ==, 100);
    g_assert_cmphex(p->source, ==, target);
    g_assert_cmpuint(p->source_port, ==, port);
    assert_inbox_empty(f->in);
}

/* Nothing of the host, and nothing behind it, without its being allowed; and nobody is asked. */
static void test_refused(void)
{
    struct fixture f = set_up();
    uint16_t port, other;
    int fd = host_listen(&port), closed = host_listen(&other);
    g_autofree char *allowed = g_strdup_printf("127.0.0.1:%u", other);
    g_assert_true(network_options_allow(f.o, allowed, NULL));
    start(&f);
    join(&f);
    const uint32_t targets[] = {SLIRP_HOST, SLIRP_DNS, IPV4(10, 0, 2, 77), IPV4(127, 0, 0, 1), IPV4(8, 8, 8, 8)};
    for (unsigned i = 0; i < G_N_ELEMENTS(targets); i++)
        expect_tcp_refused(&f, targets[i], port);
    /* libslirp takes every address of its network for the host's loopback */
    expect_tcp_refused(&f, IPV4(10, 0, 2, 77), other);
    expect_tcp_refused(&f, SLIRP_DNS, other);
    g_string_truncate(f.events, 0);
    struct packet_ends e = to_router(IPV4(8, 8, 8, 8), 6000, 53, &f);
    send_udp(&f, &e, "x", 1);
    const struct packet *p = inbox_next(f.in);
    g_assert_cmpint(p->protocol, ==, PROTOCOL_ICMP);
    g_assert_cmpint(p->data[0], ==, ICMP_UNREACHABLE);
    g_assert_cmpint(p->data[1], ==, ICMP_PROHIBITED);
    assert_events(&f, "refused station udp 8.8.8.8 53\n");
    e = to_router(SLIRP_HOST, 6000, 69, &f); /* TFTP, that libslirp has built in */
    send_udp(&f, &e, "\0\1/etc/passwd\0octet", 20);
    p = inbox_next(f.in);
    g_assert_cmpint(p->data[1], ==, ICMP_PORT_UNREACHABLE);
    /* what is sent to everybody is no failure */
    e = to_router(IPV4(224, 0, 0, 251), 5353, 5353, &f);
    send_udp(&f, &e, "x", 1);
    e = to_router(IPV4_BROADCAST, 5000, 5000, &f);
    send_udp(&f, &e, "x", 1);
    assert_inbox_empty(f.in);
    g_assert_false(station_attached(f.s));
    g_assert_false(host_readable(fd, 0));
    g_assert_false(host_readable(closed, 0));
    /* segments of no connection */
    e = to_router(SLIRP_HOST, 6000, port, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 5, .acknowledged = 9, .flags = TCP_ACK, .data = "x", .length = 1});
    p = inbox_tcp(f.in, TCP_RST);
    g_assert_cmpuint(p->sequence, ==, 9);
    close(fd);
    close(closed);
    tear_down(&f);
}

static void test_ping(void)
{
    struct fixture f = set_up();
    start(&f);
    join(&f);
    /* a refusal's message of the device made into an echo request: type 8 in place of 3, and the sum follows */
    struct packet_ends back = {.source = SLIRP_HOST, .target = SLIRP_GUEST, .source_port = 1, .target_port = 2};
    uint8_t about[PACKET_MAX], frame[PACKET_MAX];
    struct packet p;
    g_assert_true(packet_parse(&p, about, packet_udp(about, &back, "12345678", 8)));
    size_t n = packet_unreachable(frame, &p, 0);
    memcpy(frame + 6, guest_mac, 6);
    frame[34] = ICMP_ECHO;
    write_be16(frame + 36, (uint16_t)(read_be16(frame + 36) - ((ICMP_ECHO - ICMP_UNREACHABLE) << 8)));
    g_assert_true(packet_parse(&p, frame, n));
    station_input(f.s, frame, n);
    const struct packet *answer = inbox_next(f.in);
    g_assert_nonnull(answer);
    g_assert_cmpint(answer->data[0], ==, ICMP_ECHO_REPLY);
    g_assert_cmphex(answer->source, ==, SLIRP_HOST);
    g_assert_cmpmem(answer->data + 8, answer->length - 8, frame + 42, n - 42);
    tear_down(&f);
}

/* A connection to an allowed port of the host, both ways and to its end. */
static void test_allowed(void)
{
    struct fixture f = set_up();
    uint16_t port;
    int listener = host_listen(&port);
    g_autofree char *allowed = g_strdup_printf("localhost:%u", port);
    g_assert_true(network_options_net(f.o, "user", NULL));
    g_assert_true(network_options_allow(f.o, allowed, NULL));
    start(&f);
    join(&f);
    struct packet_ends e = to_router(SLIRP_HOST, 6000, port, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 99, .flags = TCP_SYN, .mss = 1460});
    g_assert_true(station_attached(f.s));
    g_assert_false(station_owed(f.s));
    g_assert_true(serve(&f, 2000));
    const struct packet *p = inbox_tcp(f.in, TCP_SYN | TCP_ACK);
    uint32_t theirs = p->sequence + 1;
    g_assert_cmpuint(p->acknowledged, ==, 100);
    g_assert_true(host_readable(listener, 2000));
    int fd = accept(listener, NULL, NULL);
    /* what the radio has taken is owed an answer */
    gsize length;
    const uint8_t *frame = g_bytes_get_data(g_ptr_array_index(f.in->frames, f.in->next - 1), &length);
    station_delivered(f.s, frame, length);
    g_assert_true(station_owed(f.s));
    send_tcp(&f, &e,
             (struct packet_tcp){.sequence = 100, .acknowledged = theirs, .flags = TCP_ACK, .data = "to host", .length = 7});
    g_assert_false(station_owed(f.s));
    char buffer[32];
    g_assert_true(host_readable(fd, 2000));
    g_assert_cmpint(recv(fd, buffer, sizeof buffer, 0), ==, 7);
    g_assert_cmpmem(buffer, 7, "to host", 7);
    g_assert_true(serve(&f, 2000)); /* with its first segment libslirp may take its time */
    g_assert_cmpuint(inbox_tcp(f.in, TCP_ACK)->acknowledged, ==, 107);
    g_assert_cmpint(send(fd, "to device", 9, 0), ==, 9);
    g_assert_true(serve(&f, 2000));
    p = inbox_tcp(f.in, TCP_ACK | TCP_PSH);
    g_assert_cmpmem(p->data, p->length, "to device", 9);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 107, .acknowledged = theirs + 9, .flags = TCP_ACK});
    close(fd);
    g_assert_true(serve(&f, 2000));
    inbox_tcp(f.in, TCP_ACK | TCP_FIN);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 107, .acknowledged = theirs + 10, .flags = TCP_ACK | TCP_FIN});
    while (station_attached(f.s))
        serve(&f, 1);
    close(listener);
    tear_down(&f);
}

/* Nobody listens at the allowed port: the host's refusal goes through. */
static void test_allowed_but_closed(void)
{
    struct fixture f = set_up();
    uint16_t port = host_free_port();
    g_autofree char *allowed = g_strdup_printf("127.0.0.1:%u", port);
    g_assert_true(network_options_allow(f.o, allowed, NULL));
    start(&f);
    join(&f);
    struct packet_ends e = to_router(SLIRP_HOST, 6000, port, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 99, .flags = TCP_SYN});
    if (f.in->next == f.in->frames->len)
        g_assert_true(serve(&f, 2000));
    inbox_tcp(f.in, TCP_RST | TCP_ACK);
    tear_down(&f);
}

/* The other way: a program of the host connects to the device. */
static void test_forward(void)
{
    struct fixture f = set_up();
    uint16_t port = host_free_port();
    g_autofree char *forward = g_strdup_printf("%u=80", port);
    g_assert_true(network_options_net(f.o, "user", NULL));
    g_assert_true(network_options_forward(f.o, forward, NULL));
    start(&f);
    int fd = host_connect(port); /* before there is a device: it waits, and holds nobody up */
    g_assert_false(serve(&f, 5));
    g_assert_false(station_attached(f.s));
    join(&f);
    g_assert_true(serve(&f, 2000));
    const struct packet *p = inbox_tcp(f.in, TCP_SYN);
    g_assert_cmpuint(p->target_port, ==, 80);
    g_assert_cmphex(p->target, ==, SLIRP_GUEST);
    g_assert_cmphex(p->source, ==, SLIRP_HOST);
    g_assert_true(station_attached(f.s));
    uint32_t theirs = p->sequence + 1;
    struct packet_ends e = to_router(SLIRP_HOST, 80, p->source_port, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 1, .acknowledged = theirs, .flags = TCP_SYN | TCP_ACK, .mss = 1460});
    inbox_tcp(f.in, TCP_ACK);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 2, .acknowledged = theirs, .flags = TCP_ACK, .data = "hi", .length = 2});
    char buffer[8];
    g_assert_true(host_readable(fd, 2000));
    g_assert_cmpint(recv(fd, buffer, sizeof buffer, 0), ==, 2);
    /* a second one cannot listen there */
    g_autoptr(GError) error = NULL;
    g_assert_null(station_new(f.m, f.o, inbox_add, f.in, &error));
    g_assert_nonnull(strstr(error->message, "in use"));
    close(fd);
    tear_down(&f);
}

/* After a restore all is new: the lease can be taken again, a flow of before gets a RST, and no ARP is needed. */
static void test_replug(void)
{
    struct fixture f = set_up();
    uint16_t port;
    int listener = host_listen(&port);
    g_autofree char *allowed = g_strdup_printf("127.0.0.1:%u", port);
    g_assert_true(network_options_allow(f.o, allowed, NULL));
    start(&f);
    join(&f);
    struct packet_ends e = to_router(SLIRP_HOST, 6000, port, &f);
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 99, .flags = TCP_SYN});
    g_assert_true(serve(&f, 2000));
    uint32_t theirs = inbox_tcp(f.in, TCP_SYN | TCP_ACK)->sequence + 1;
    g_assert_true(station_attached(f.s));
    station_replug(f.s);
    g_assert_false(station_attached(f.s));
    send_tcp(&f, &e, (struct packet_tcp){.sequence = 100, .acknowledged = theirs, .flags = TCP_ACK, .data = "x", .length = 1});
    g_assert_cmpuint(inbox_tcp(f.in, TCP_RST)->sequence, ==, theirs);
    g_assert_cmphex(look_up(&f, "nowhere"), ==, 0);
    struct dhcp_message m;
    g_assert_true(ask_dhcp(&f, DHCP_REQUEST, SLIRP_GUEST, &m));
    g_assert_cmpint(m.type, ==, DHCP_ACK);
    g_assert_cmphex(m.your, ==, SLIRP_GUEST);
    close(listener);
    tear_down(&f);
}

/* A device that was restored with its lease answers when it is asked, and can be connected to. */
static void test_find(void)
{
    struct fixture f = set_up();
    uint16_t port = host_free_port();
    g_autofree char *forward = g_strdup_printf("%u=80", port);
    g_assert_true(network_options_net(f.o, "user", NULL));
    g_assert_true(network_options_forward(f.o, forward, NULL));
    start(&f);
    station_find_device(f.s);
    const struct packet *p = inbox_next(f.in);
    g_assert_nonnull(p);
    g_assert_cmpint(p->arp_operation, ==, ARP_REQUEST);
    g_assert_cmphex(p->target, ==, SLIRP_GUEST);
    memcpy(f.router_mac, p->arp_sender, 6);
    int fd = host_connect(port);
    g_assert_false(serve(&f, 5));
    uint8_t frame[PACKET_MAX];
    station_input(f.s, frame, packet_arp(frame, ARP_REPLY, f.router_mac, guest_mac, SLIRP_GUEST, f.router_mac, SLIRP_HOST));
    g_assert_true(serve(&f, 2000));
    inbox_tcp(f.in, TCP_SYN); /* and no question before it */
    close(fd);
    tear_down(&f);
}

/* Frames that no device sends. */
static void test_malformed(void)
{
    struct fixture f = set_up();
    start(&f);
    join(&f);
    GRand *random = g_rand_new_with_seed(4);
    uint8_t frame[PACKET_MAX];
    struct packet_ends e = to_router(SLIRP_HOST, 6000, 80, &f);
    for (unsigned i = 0; i < 20000; i++) {
        size_t n = packet_udp(frame, &e, "0123456789", 10);
        for (unsigned k = (unsigned)g_rand_int_range(random, 0, 6); k > 0; k--)
            frame[g_rand_int_range(random, 0, (int)n)] = (uint8_t)g_rand_int(random);
        n = (size_t)g_rand_int_range(random, 0, (int)n + 1);
        uint8_t *copy = g_memdup2(frame, n);
        station_input(f.s, copy, n);
        g_free(copy);
    }
    for (unsigned i = 0; i < 20000; i++) {
        size_t n = (size_t)g_rand_int_range(random, 0, 200);
        for (size_t k = 0; k < n; k++)
            frame[k] = (uint8_t)g_rand_int(random);
        if (n > 14)
            write_be16(frame + 12, i & 1 ? ETHERTYPE_IPV4 : ETHERTYPE_ARP);
        station_input(f.s, frame, n);
    }
    g_rand_free(random);
    f.in->next = f.in->frames->len;
    g_assert_false(station_attached(f.s));
    g_string_truncate(f.events, 0);
    struct dhcp_message m;
    g_assert_true(ask_dhcp(&f, DHCP_REQUEST, SLIRP_GUEST, &m));
    g_assert_cmpint(m.type, ==, DHCP_ACK);
    tear_down(&f);
}

static void test_bad_options(void)
{
    struct fixture f = set_up();
    g_autoptr(GError) error = NULL;
    g_assert_true(network_options_allow(f.o, "127.0.0.2:80", NULL));
    g_assert_null(station_new(f.m, f.o, inbox_add, f.in, &error));
    g_assert_nonnull(strstr(error->message, "127.0.0.1"));
    tear_down(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/station/addresses", test_addresses);
    g_test_add_func("/host/station/no-dhcp", test_no_dhcp);
    g_test_add_func("/host/station/names", test_names);
    g_test_add_func("/host/station/refused", test_refused);
    g_test_add_func("/host/station/ping", test_ping);
    g_test_add_func("/host/station/allowed", test_allowed);
    g_test_add_func("/host/station/allowed-but-closed", test_allowed_but_closed);
    g_test_add_func("/host/station/forward", test_forward);
    g_test_add_func("/host/station/replug", test_replug);
    g_test_add_func("/host/station/find", test_find);
    g_test_add_func("/host/station/malformed", test_malformed);
    g_test_add_func("/host/station/bad-options", test_bad_options);
    return g_test_run();
}
