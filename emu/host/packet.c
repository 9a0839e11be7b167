/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/packet.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

enum { ARP_LENGTH = 28, IP_HEADER = 20, UDP_HEADER = 8, TCP_HEADER = 20, ICMP_HEADER = 8 };

const uint8_t ethernet_broadcast[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

/* ---- checksums (RFC 1071) ---- */

static uint32_t sum(uint32_t start, const uint8_t *data, size_t length)
{
    uint32_t s = start;
    for (size_t i = 0; i + 1 < length; i += 2)
        s += read_be16(data + i);
    if (length & 1)
        s += (uint32_t)data[length - 1] << 8;
    return s;
}

static uint16_t fold(uint32_t s)
{
    while (s >> 16)
        s = (s & 0xFFFF) + (s >> 16);
    return (uint16_t)~s;
}

/* Of UDP and TCP: the pseudo header is summed as well. */
static uint16_t transport_checksum(const uint8_t *ip, const uint8_t *data, size_t length)
{
    uint32_t s = sum(0, ip + 12, 8) + ip[9] + (uint32_t)length;
    return fold(sum(s, data, length));
}

/* ---- taking apart ---- */

static bool parse_arp(struct packet *p, const uint8_t *arp, size_t length)
{
    if (length < ARP_LENGTH)
        return false;
    if (read_be16(arp) != 1 || read_be16(arp + 2) != ETHERTYPE_IPV4 || arp[4] != 6 || arp[5] != 4)
        return false;
    p->arp_operation = read_be16(arp + 6);
    p->arp_sender = arp + 8;
    p->source = read_be32(arp + 14);
    p->target = read_be32(arp + 24);
    return true;
}

static bool parse_tcp_options(struct packet *p, const uint8_t *options, size_t length)
{
    for (size_t i = 0; i < length && options[i] != 0;) {
        if (options[i] == 1) {
            i++;
            continue;
        }
        if (i + 1 >= length || options[i + 1] < 2 || options[i + 1] > length - i)
            return false;
        if (options[i] == 2 && options[i + 1] == 4)
            p->mss = read_be16(options + i + 2);
        i += options[i + 1];
    }
    return true;
}

static bool parse_tcp(struct packet *p, const uint8_t *tcp, size_t length)
{
    if (length < TCP_HEADER || transport_checksum(p->ip, tcp, length) != 0)
        return false;
    size_t header = (size_t)(tcp[12] >> 4) * 4;
    if (header < TCP_HEADER || header > length)
        return false;
    p->source_port = read_be16(tcp);
    p->target_port = read_be16(tcp + 2);
    p->sequence = read_be32(tcp + 4);
    p->acknowledged = read_be32(tcp + 8);
    p->flags = tcp[13] & 0x3F;
    p->window = read_be16(tcp + 14);
    p->data = tcp + header;
    p->length = length - header;
    return parse_tcp_options(p, tcp + TCP_HEADER, header - TCP_HEADER);
}

static bool parse_udp(struct packet *p, const uint8_t *udp, size_t length)
{
    if (length < UDP_HEADER)
        return false;
    size_t said = read_be16(udp + 4);
    if (said < UDP_HEADER || said > length)
        return false;
    if (read_be16(udp + 6) != 0 && transport_checksum(p->ip, udp, said) != 0)
        return false;
    p->source_port = read_be16(udp);
    p->target_port = read_be16(udp + 2);
    p->data = udp + UDP_HEADER;
    p->length = said - UDP_HEADER;
    return true;
}

static bool parse_ipv4(struct packet *p, const uint8_t *ip, size_t length)
{
    if (length < IP_HEADER || ip[0] >> 4 != 4)
        return false;
    size_t header = (size_t)(ip[0] & 15) * 4, said = read_be16(ip + 2);
    if (header < IP_HEADER || said < header || said > length || fold(sum(0, ip, header)) != 0)
        return false;
    p->ip = ip;
    p->ip_length = said;
    p->source = read_be32(ip + 12);
    p->target = read_be32(ip + 16);
    p->protocol = ip[9];
    p->fragment = (read_be16(ip + 6) & 0x3FFF) != 0;
    p->data = ip + header;
    p->length = said - header;
    if (p->fragment)
        return true;
    if (p->protocol == PROTOCOL_TCP)
        return parse_tcp(p, ip + header, said - header);
    if (p->protocol == PROTOCOL_UDP)
        return parse_udp(p, ip + header, said - header);
    if (p->protocol == PROTOCOL_ICMP)
        return p->length >= ICMP_HEADER && fold(sum(0, p->data, p->length)) == 0;
    return true;
}

bool packet_parse(struct packet *p, const uint8_t *frame, size_t length)
{
    memset(p, 0, sizeof *p);
    if (length < PACKET_MIN || length > PACKET_MAX)
        return false;
    p->to = frame;
    p->from = frame + 6;
    p->ethertype = read_be16(frame + 12);
    if (p->ethertype == ETHERTYPE_ARP)
        return parse_arp(p, frame + PACKET_MIN, length - PACKET_MIN);
    if (p->ethertype == ETHERTYPE_IPV4)
        return parse_ipv4(p, frame + PACKET_MIN, length - PACKET_MIN);
    return true;
}

/* ---- putting together ---- */

struct packet_ends packet_reverse(const struct packet *p)
{
    struct packet_ends ends = {
        .source = p->target, .target = p->source, .source_port = p->target_port, .target_port = p->source_port};
    memcpy(ends.to, p->from, 6);
    memcpy(ends.from, p->to, 6);
    return ends;
}

static void ethernet_header(uint8_t *frame, const uint8_t to[6], const uint8_t from[6], uint16_t ethertype)
{
    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    write_be16(frame + 12, ethertype);
}

size_t packet_arp(uint8_t frame[PACKET_MAX], uint16_t operation, const uint8_t to[6], const uint8_t from[6], uint32_t source,
                  const uint8_t target_mac[6], uint32_t target)
{
    ethernet_header(frame, to, from, ETHERTYPE_ARP);
    uint8_t *arp = frame + PACKET_MIN;
    write_be16(arp, 1);
    write_be16(arp + 2, ETHERTYPE_IPV4);
    arp[4] = 6;
    arp[5] = 4;
    write_be16(arp + 6, operation);
    memcpy(arp + 8, from, 6);
    write_be32(arp + 14, source);
    memcpy(arp + 18, target_mac, 6);
    write_be32(arp + 24, target);
    return PACKET_MIN + ARP_LENGTH;
}

/* Room for length bytes behind the IP header is returned; the frame is *total bytes long. */
static uint8_t *ipv4_header(uint8_t *frame, const struct packet_ends *ends, uint8_t protocol, size_t length, size_t *total)
{
    *total = PACKET_MIN + IP_HEADER + length;
    g_assert(*total <= PACKET_MAX);
    ethernet_header(frame, ends->to, ends->from, ETHERTYPE_IPV4);
    uint8_t *ip = frame + PACKET_MIN;
    memset(ip, 0, IP_HEADER);
    ip[0] = 0x45;
    write_be16(ip + 2, (uint16_t)(IP_HEADER + length));
    write_be16(ip + 6, 0x4000); /* whole, so that it needs no identification (RFC 6864) */
    ip[8] = 64;
    ip[9] = protocol;
    write_be32(ip + 12, ends->source);
    write_be32(ip + 16, ends->target);
    write_be16(ip + 10, fold(sum(0, ip, IP_HEADER)));
    return ip + IP_HEADER;
}

size_t packet_udp(uint8_t frame[PACKET_MAX], const struct packet_ends *ends, const void *data, size_t length)
{
    size_t total;
    uint8_t *udp = ipv4_header(frame, ends, PROTOCOL_UDP, UDP_HEADER + length, &total);
    write_be16(udp, ends->source_port);
    write_be16(udp + 2, ends->target_port);
    write_be16(udp + 4, (uint16_t)(UDP_HEADER + length));
    write_be16(udp + 6, 0);
    memcpy(udp + UDP_HEADER, data, length);
    uint16_t checksum = transport_checksum(frame + PACKET_MIN, udp, UDP_HEADER + length);
    write_be16(udp + 6, checksum != 0 ? checksum : 0xFFFF);
    return total;
}

size_t packet_tcp(uint8_t frame[PACKET_MAX], const struct packet_ends *ends, const struct packet_tcp *t)
{
    size_t total, header = TCP_HEADER + (t->mss != 0 ? 4 : 0);
    uint8_t *tcp = ipv4_header(frame, ends, PROTOCOL_TCP, header + t->length, &total);
    memset(tcp, 0, header);
    write_be16(tcp, ends->source_port);
    write_be16(tcp + 2, ends->target_port);
    write_be32(tcp + 4, t->sequence);
    write_be32(tcp + 8, t->acknowledged);
    tcp[12] = (uint8_t)(header / 4 << 4);
    tcp[13] = t->flags;
    write_be16(tcp + 14, t->window);
    if (t->mss != 0) {
        tcp[TCP_HEADER] = 2;
        tcp[TCP_HEADER + 1] = 4;
        write_be16(tcp + TCP_HEADER + 2, t->mss);
    }
    if (t->length > 0)
        memcpy(tcp + header, t->data, t->length);
    write_be16(tcp + 16, transport_checksum(frame + PACKET_MIN, tcp, header + t->length));
    return total;
}

size_t packet_tcp_reset(uint8_t frame[PACKET_MAX], const struct packet *p)
{
    if (p->flags & TCP_RST)
        return 0;
    struct packet_ends ends = packet_reverse(p);
    struct packet_tcp reset = {.flags = TCP_RST};
    if (p->flags & TCP_ACK) {
        reset.sequence = p->acknowledged;
    } else {
        reset.flags |= TCP_ACK;
        reset.acknowledged = p->sequence + (uint32_t)p->length + (p->flags & TCP_SYN ? 1 : 0) + (p->flags & TCP_FIN ? 1 : 0);
    }
    return packet_tcp(frame, &ends, &reset);
}

size_t packet_unreachable(uint8_t frame[PACKET_MAX], const struct packet *p, uint8_t code)
{
    struct packet_ends ends = packet_reverse(p);
    size_t total, header = (size_t)(p->ip[0] & 15) * 4, quoted = MIN(p->ip_length, header + 8);
    uint8_t *icmp = ipv4_header(frame, &ends, PROTOCOL_ICMP, ICMP_HEADER + quoted, &total);
    memset(icmp, 0, ICMP_HEADER);
    icmp[0] = ICMP_UNREACHABLE;
    icmp[1] = code;
    memcpy(icmp + ICMP_HEADER, p->ip, quoted);
    write_be16(icmp + 2, fold(sum(0, icmp, ICMP_HEADER + quoted)));
    return total;
}

size_t packet_echo_reply(uint8_t frame[PACKET_MAX], const struct packet *p)
{
    struct packet_ends ends = packet_reverse(p);
    size_t total;
    uint8_t *icmp = ipv4_header(frame, &ends, PROTOCOL_ICMP, p->length, &total);
    memcpy(icmp, p->data, p->length);
    icmp[0] = ICMP_ECHO_REPLY;
    icmp[1] = 0;
    write_be16(icmp + 2, 0);
    write_be16(icmp + 2, fold(sum(0, icmp, p->length)));
    return total;
}

/* ---- addresses ---- */

const char *ipv4_string(uint32_t address, char buffer[16])
{
    g_snprintf(buffer, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255, address & 255);
    return buffer;
}

bool ipv4_parse(const char *text, uint32_t *address)
{
    struct in_addr in;
    if (inet_pton(AF_INET, text, &in) != 1)
        return false;
    *address = ntohl(in.s_addr);
    return true;
}
