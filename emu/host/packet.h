/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet frames taken apart and put together: ARP (RFC 826), IPv4 (RFC 791), ICMP (RFC 792), UDP (RFC 768), TCP (RFC 9293).
 */
#ifndef EMU_HOST_PACKET_H
#define EMU_HOST_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PACKET_MIN = 14, PACKET_MAX = 1514 }; /* bytes of a frame, without its checksum */

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_ARP = 0x0806 };
enum { PROTOCOL_ICMP = 1, PROTOCOL_IGMP = 2, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17 };
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };
enum { PORT_DNS = 53, PORT_DHCP_SERVER = 67, PORT_DHCP_CLIENT = 68 };
enum { ARP_REQUEST = 1, ARP_REPLY = 2 };
enum { ICMP_ECHO_REPLY = 0, ICMP_UNREACHABLE = 3, ICMP_ECHO = 8 };
enum { ICMP_PORT_UNREACHABLE = 3, ICMP_PROHIBITED = 13 };

#define IPV4(A, B, C, D)  ((uint32_t)(A) << 24 | (uint32_t)(B) << 16 | (uint32_t)(C) << 8 | (uint32_t)(D))
#define IPV4_BROADCAST    UINT32_C(0xFFFFFFFF)
#define IPV4_IS_MULTI(IP) (((IP) >> 28) == 14)

extern const uint8_t ethernet_broadcast[6];

/* All numbers in the host's byte order; pointers point into the frame. */
struct packet {
    const uint8_t *to, *from; /* 6 bytes each */
    uint16_t ethertype;

    /* of an IPv4 packet, or of an ARP message (the sender's and the target's protocol address) */
    uint32_t source, target;

    uint16_t arp_operation;
    const uint8_t *arp_sender; /* 6 bytes */

    const uint8_t *ip; /* the packet ... */
    size_t ip_length;  /* ... as long as it says, without what Ethernet pads */
    uint8_t protocol;
    bool fragment; /* one of several: no ports are taken from it */

    uint16_t source_port, target_port; /* UDP, TCP */
    uint32_t sequence, acknowledged;   /* TCP ... */
    uint8_t flags;
    uint16_t window;
    uint16_t mss;        /* the option; 0: none */
    const uint8_t *data; /* behind the innermost header that is known */
    size_t length;
};

/*
 * False for what is malformed: cut short, lengths that lie, wrong checksums. Anything else but ARP for IPv4 on Ethernet and
 * IPv4 is true with the first three members alone.
 */
bool packet_parse(struct packet *p, const uint8_t *frame, size_t length);

/* Between whom a packet goes. */
struct packet_ends {
    uint8_t to[6], from[6];
    uint32_t source, target;
    uint16_t source_port, target_port;
};
/* The way back. */
struct packet_ends packet_reverse(const struct packet *p);

/* Each writes a frame of at most PACKET_MAX bytes and returns its length. Data that does not fit is a program error. */
size_t packet_arp(uint8_t frame[PACKET_MAX], uint16_t operation, const uint8_t to[6], const uint8_t from[6], uint32_t source,
                  const uint8_t target_mac[6], uint32_t target);
size_t packet_udp(uint8_t frame[PACKET_MAX], const struct packet_ends *ends, const void *data, size_t length);

struct packet_tcp {
    uint32_t sequence, acknowledged;
    uint8_t flags;
    uint16_t window;
    uint16_t mss; /* 0: no such option */
    const void *data;
    size_t length;
};
size_t packet_tcp(uint8_t frame[PACKET_MAX], const struct packet_ends *ends, const struct packet_tcp *tcp);
/* What a host without such a connection answers to a TCP segment (RFC 9293 3.10.7.1); 0: nothing. */
size_t packet_tcp_reset(uint8_t frame[PACKET_MAX], const struct packet *p);
/* "Destination unreachable" about a packet, from the address that it went to. */
size_t packet_unreachable(uint8_t frame[PACKET_MAX], const struct packet *p, uint8_t code);
/* The answer to an ICMP echo request. */
size_t packet_echo_reply(uint8_t frame[PACKET_MAX], const struct packet *p);

/* "10.0.2.15" into a buffer of 16 bytes; returns the buffer. */
const char *ipv4_string(uint32_t address, char buffer[16]);
/* Four decimal numbers with points between them, nothing else. */
bool ipv4_parse(const char *text, uint32_t *address);

static inline uint16_t read_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void write_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8), p[1] = (uint8_t)v;
}
static inline void write_be32(uint8_t *p, uint32_t v)
{
    write_be16(p, (uint16_t)(v >> 16)), write_be16(p + 2, (uint16_t)v);
}

#endif
