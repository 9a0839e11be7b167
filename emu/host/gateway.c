/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/gateway.h"

#include <string.h>

#include "emu/host/dhcp.h"
#include "emu/host/tcp-proxy.h"

/* Locally administered. */
static const uint8_t own_mac[6] = {0x02, 0x50, 0x68, 0x6F, 0x6E, 0x01};

struct gateway {
    struct machine *machine;
    frame_sink to_device;
    void *data;
    bool up;
    struct dhcp_client dhcp;
    uint8_t device_mac[6]; /* known when there is a lease */
    struct tcp_proxy *proxy;
};

static void send_frame(const uint8_t *frame, size_t length, void *data)
{
    struct gateway *g = data;
    g->to_device(frame, length, g->data);
}

struct gateway *gateway_new(struct machine *m, const GArray *forwards, frame_sink to_device, void *data, GError **error)
{
    struct gateway *g = g_new0(struct gateway, 1);
    g->machine = m;
    g->to_device = to_device;
    g->data = data;
    dhcp_client_stop(&g->dhcp);
    g->proxy = tcp_proxy_new(forwards, send_frame, g, error);
    if (g->proxy != NULL)
        return g;
    gateway_free(g);
    return NULL;
}

void gateway_free(struct gateway *g)
{
    if (g == NULL)
        return;
    tcp_proxy_free(g->proxy);
    g_free(g);
}

/* What the DHCP client has to say now. */
static void dhcp_output(struct gateway *g)
{
    uint8_t message[DHCP_MAX], frame[PACKET_MAX];
    bool bound = dhcp_client_bound(&g->dhcp);
    size_t length = dhcp_client_output(&g->dhcp, message, machine_now(g->machine));
    if (bound && !dhcp_client_bound(&g->dhcp)) /* the lease has run out */
        tcp_proxy_down(g->proxy);
    if (length == 0)
        return;
    struct packet_ends ends = {.source = dhcp_client_bound(&g->dhcp) ? g->dhcp.address : 0,
                               .target = IPV4_BROADCAST,
                               .source_port = PORT_DHCP_CLIENT,
                               .target_port = PORT_DHCP_SERVER};
    memcpy(ends.to, ethernet_broadcast, 6);
    memcpy(ends.from, own_mac, 6);
    g->to_device(frame, packet_udp(frame, &ends, message, length), g->data);
}

void gateway_set_up(struct gateway *g, bool up)
{
    if (up == g->up)
        return;
    g->up = up;
    tcp_proxy_down(g->proxy);
    if (up)
        dhcp_client_start(&g->dhcp, own_mac, machine_now(g->machine));
    else
        dhcp_client_stop(&g->dhcp);
    dhcp_output(g);
}

void gateway_replug(struct gateway *g)
{
    gateway_set_up(g, false);
}

/* ---- frames from the device ---- */

static void dhcp_input(struct gateway *g, const struct packet *p)
{
    bool bound = dhcp_client_bound(&g->dhcp);
    uint32_t address = g->dhcp.address;
    dhcp_client_input(&g->dhcp, p->data, p->length, machine_now(g->machine));
    if (!dhcp_client_bound(&g->dhcp)) {
        if (bound)
            tcp_proxy_down(g->proxy);
        return;
    }
    if (bound && g->dhcp.address == address)
        return;
    if (bound)
        tcp_proxy_down(g->proxy);
    char text[16];
    machine_publish(g->machine, "network", FIELD_STRING("op", "lease"), FIELD_STRING("interface", "access-point"),
                    FIELD_STRING("address", ipv4_string(g->dhcp.address, text)));
    struct packet_ends ends = {.source = g->dhcp.address, .target = g->dhcp.server};
    memcpy(ends.to, p->from, 6);
    memcpy(ends.from, own_mac, 6);
    tcp_proxy_up(g->proxy, &ends);
}

void gateway_input(struct gateway *g, const uint8_t *frame, size_t length)
{
    struct packet p;
    if (!g->up || !packet_parse(&p, frame, length) ||
        (memcmp(p.to, own_mac, 6) != 0 && memcmp(p.to, ethernet_broadcast, 6) != 0))
        return;
    uint8_t reply[PACKET_MAX];
    bool bound = dhcp_client_bound(&g->dhcp);
    size_t n = 0;
    if (p.ethertype == ETHERTYPE_ARP) {
        if (bound && p.arp_operation == ARP_REQUEST && p.target == g->dhcp.address)
            n = packet_arp(reply, ARP_REPLY, p.arp_sender, own_mac, g->dhcp.address, p.arp_sender, p.source);
    } else if (p.ethertype == ETHERTYPE_IPV4 && !p.fragment) {
        if (p.protocol == PROTOCOL_UDP && p.target_port == PORT_DHCP_CLIENT) {
            dhcp_input(g, &p);
            dhcp_output(g);
        } else if (!bound || p.target != g->dhcp.address)
            return;
        else if (p.protocol == PROTOCOL_TCP) {
            if (!tcp_proxy_input(g->proxy, &p, machine_now(g->machine)))
                n = packet_tcp_reset(reply, &p);
        } else if (p.protocol == PROTOCOL_ICMP && p.data[0] == ICMP_ECHO) {
            n = packet_echo_reply(reply, &p);
        }
    }
    if (n > 0)
        g->to_device(reply, n, g->data);
}

/* ---- timers and sockets ---- */

ticks_t gateway_due(const struct gateway *g)
{
    return MIN(g->dhcp.next, tcp_proxy_due(g->proxy));
}

void gateway_poll_fill(struct gateway *g, GArray *fds)
{
    tcp_proxy_poll_fill(g->proxy, fds);
}

void gateway_dispatch(struct gateway *g, const struct pollfd *fds, unsigned n)
{
    dhcp_output(g);
    tcp_proxy_dispatch(g->proxy, fds, n, machine_now(g->machine));
}

bool gateway_attached(const struct gateway *g)
{
    return tcp_proxy_attached(g->proxy);
}

bool gateway_owed(const struct gateway *g)
{
    return tcp_proxy_owed(g->proxy);
}
