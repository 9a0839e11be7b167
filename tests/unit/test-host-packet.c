/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames taken apart and put together. */
#include <string.h>

#include "tests/unit/host-test.h"

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 1}, mac_b[6] = {2, 0, 0, 0, 0, 2};

static struct packet_ends ends(void)
{
    struct packet_ends e = {.source = IPV4(10, 0, 2, 15), .target = IPV4(10, 0, 2, 2), .source_port = 1234, .target_port = 80};
    memcpy(e.to, mac_a, 6);
    memcpy(e.from, mac_b, 6);
    return e;
}

static void test_udp(void)
{
    uint8_t frame[PACKET_MAX];
    struct packet p;
    struct packet_ends e = ends();
    for (size_t length = 0; length < 4; length++) {
        size_t n = packet_udp(frame, &e, "abc", length);
        g_assert_cmpuint(n, ==, 14 + 20 + 8 + length);
        g_assert_true(packet_parse(&p, frame, n));
        g_assert_cmpuint(p.ethertype, ==, ETHERTYPE_IPV4);
        g_assert_cmpuint(p.protocol, ==, PROTOCOL_UDP);
        g_assert_cmphex(p.source, ==, e.source);
        g_assert_cmphex(p.target, ==, e.target);
        g_assert_cmpuint(p.source_port, ==, 1234);
        g_assert_cmpuint(p.target_port, ==, 80);
        g_assert_cmpmem(p.data, p.length, "abc", length);
        g_assert_cmpmem(p.to, 6, mac_a, 6);
        g_assert_cmpmem(p.from, 6, mac_b, 6);
    }
}

/* Ethernet pads short frames: what the packet says of its length counts. */
static void test_padding(void)
{
    uint8_t frame[PACKET_MAX] = {0};
    struct packet p;
    struct packet_ends e = ends();
    size_t n = packet_udp(frame, &e, "x", 1);
    memset(frame + n, 0xEE, 60 - n);
    g_assert_true(packet_parse(&p, frame, 60));
    g_assert_cmpmem(p.data, p.length, "x", 1);
}

static void test_tcp(void)
{
    uint8_t frame[PACKET_MAX];
    struct packet p;
    struct packet_ends e = ends();
    const struct packet_tcp t = {.sequence = 0xFFFFFFF0,
                                 .acknowledged = 7,
                                 .flags = TCP_SYN | TCP_ACK,
                                 .window = 1000,
                                 .mss = 1460,
                                 .data = "hello",
                                 .length = 5};
    size_t n = packet_tcp(frame, &e, &t);
    g_assert_true(packet_parse(&p, frame, n));
    g_assert_cmphex(p.sequence, ==, 0xFFFFFFF0);
    g_assert_cmphex(p.acknowledged, ==, 7);
    g_assert_cmphex(p.flags, ==, TCP_SYN | TCP_ACK);
    g_assert_cmpuint(p.window, ==, 1000);
    g_assert_cmpuint(p.mss, ==, 1460);
    g_assert_cmpmem(p.data, p.length, "hello", 5);
}

static void test_arp(void)
{
    uint8_t frame[PACKET_MAX];
    struct packet p;
    size_t n = packet_arp(frame, ARP_REQUEST, ethernet_broadcast, mac_a, 1, (const uint8_t[6]){0}, 2);
    g_assert_cmpuint(n, ==, 42);
    g_assert_true(packet_parse(&p, frame, n));
    g_assert_cmpuint(p.ethertype, ==, ETHERTYPE_ARP);
    g_assert_cmpuint(p.arp_operation, ==, ARP_REQUEST);
    g_assert_cmpmem(p.arp_sender, 6, mac_a, 6);
    g_assert_cmpuint(p.source, ==, 1);
    g_assert_cmpuint(p.target, ==, 2);
}

/* What nobody listens to is answered as RFC 9293 3.10.7.1 has it. */
static void test_reset(void)
{
    uint8_t frame[PACKET_MAX], reply[PACKET_MAX];
    struct packet p, r;
    struct packet_ends e = ends();
    struct packet_tcp t = {.sequence = 100, .flags = TCP_SYN};
    g_assert_true(packet_parse(&p, frame, packet_tcp(frame, &e, &t)));
    g_assert_true(packet_parse(&r, reply, packet_tcp_reset(reply, &p)));
    g_assert_cmphex(r.flags, ==, TCP_RST | TCP_ACK);
    g_assert_cmpuint(r.sequence, ==, 0);
    g_assert_cmpuint(r.acknowledged, ==, 101);
    g_assert_cmpuint(r.target_port, ==, 1234);
    g_assert_cmphex(r.target, ==, e.source);
    t = (struct packet_tcp){.sequence = 100, .acknowledged = 55, .flags = TCP_ACK, .data = "x", .length = 1};
    g_assert_true(packet_parse(&p, frame, packet_tcp(frame, &e, &t)));
    g_assert_true(packet_parse(&r, reply, packet_tcp_reset(reply, &p)));
    g_assert_cmphex(r.flags, ==, TCP_RST);
    g_assert_cmpuint(r.sequence, ==, 55);
    t.flags = TCP_RST;
    g_assert_true(packet_parse(&p, frame, packet_tcp(frame, &e, &t)));
    g_assert_cmpuint(packet_tcp_reset(reply, &p), ==, 0);
}

static void test_icmp(void)
{
    uint8_t frame[PACKET_MAX], reply[PACKET_MAX];
    struct packet p, r;
    struct packet_ends e = ends();
    g_assert_true(packet_parse(&p, frame, packet_udp(frame, &e, "0123456789", 10)));
    g_assert_true(packet_parse(&r, reply, packet_unreachable(reply, &p, ICMP_PORT_UNREACHABLE)));
    g_assert_cmpuint(r.protocol, ==, PROTOCOL_ICMP);
    g_assert_cmpuint(r.data[0], ==, ICMP_UNREACHABLE);
    g_assert_cmpuint(r.data[1], ==, ICMP_PORT_UNREACHABLE);
    g_assert_cmpmem(r.data + 8, r.length - 8, frame + 14, 28); /* the header and eight bytes */
    g_assert_cmphex(r.source, ==, e.target);
}

/* Anything cut short or damaged is told, and nothing is read behind the end. */
static void test_malformed(void)
{
    uint8_t frame[PACKET_MAX];
    struct packet p;
    struct packet_ends e = ends();
    const struct packet_tcp t = {.flags = TCP_SYN, .mss = 1460, .data = "hello", .length = 5};
    for (unsigned kind = 0; kind < 3; kind++) {
        size_t n = kind == 0   ? packet_tcp(frame, &e, &t)
                   : kind == 1 ? packet_udp(frame, &e, "hello", 5)
                               : packet_arp(frame, ARP_REPLY, mac_a, mac_b, 1, mac_a, 2);
        for (size_t length = 0; length < n; length++) {
            uint8_t *copy = g_memdup2(frame, length); /* of its exact size, so that a stray access shows */
            g_assert_false(packet_parse(&p, copy, length));
            g_free(copy);
        }
        for (size_t i = 14; kind < 2 && i < n; i++) { /* one bit of each byte: every one is under a checksum */
            frame[i] ^= 0x10;
            g_assert_false(packet_parse(&p, frame, n));
            frame[i] ^= 0x10;
        }
        g_assert_true(packet_parse(&p, frame, n));
    }
    uint8_t large[PACKET_MAX + 1] = {0};
    g_assert_false(packet_parse(&p, large, sizeof large));
    /* an unknown type is no error, and nothing more is known of it */
    large[12] = 0x86, large[13] = 0xDD;
    g_assert_true(packet_parse(&p, large, 14));
    g_assert_cmphex(p.ethertype, ==, 0x86DD);
    g_assert_null(p.ip);
}

static void test_addresses(void)
{
    uint32_t a;
    char text[16];
    g_assert_true(ipv4_parse("192.168.0.1", &a));
    g_assert_cmphex(a, ==, IPV4(192, 168, 0, 1));
    g_assert_cmpstr(ipv4_string(a, text), ==, "192.168.0.1");
    static const char *const bad[] = {"", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4 ", "a.b.c.d", "localhost"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(ipv4_parse(bad[i], &a));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/packet/udp", test_udp);
    g_test_add_func("/host/packet/padding", test_padding);
    g_test_add_func("/host/packet/tcp", test_tcp);
    g_test_add_func("/host/packet/arp", test_arp);
    g_test_add_func("/host/packet/reset", test_reset);
    g_test_add_func("/host/packet/icmp", test_icmp);
    g_test_add_func("/host/packet/malformed", test_malformed);
    g_test_add_func("/host/packet/addresses", test_addresses);
    return g_test_run();
}
