/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/station.h"

#include <string.h>

#include "emu/host/dhcp.h"
#include "emu/host/dns.h"
#include "emu/host/tcp-flows.h"

/* TEST-NET-1 (RFC 5737): nobody is there, and not even a refusal comes back. What wrong_dns answers is in it. */
#define VOID_NETWORK IPV4(192, 0, 2, 0)
#define VOID_ADDRESS IPV4(192, 0, 2, 1)

struct rule { /* as the device sees it */
    uint32_t address;
    uint16_t port;
};

struct station {
    struct machine *machine;
    const struct network_options *options;
    frame_sink to_device;
    void *data;
    struct slirp *slirp;
    struct dns_table *names;
    GArray *rules;     /* struct rule */
    GArray *addresses; /* uint32_t: where each of options->forward listens */
    struct station_network network;
    struct tcp_flows flows;
    uint32_t guest; /* the device's address, once it has used it; 0: not known */
    uint8_t guest_mac[6];
};

/* ---- events ---- */

static void tell_refused(struct station *s, const char *protocol, const struct packet *p)
{
    char address[16];
    machine_publish(s->machine, "network", FIELD_STRING("op", "refused"), FIELD_STRING("interface", "station"),
                    FIELD_STRING("protocol", protocol), FIELD_STRING("address", ipv4_string(p->target, address)),
                    FIELD_INT("port", p->target_port));
}

/* ---- from the device ---- */

static void answer(struct station *s, const uint8_t *frame, size_t length)
{
    if (length > 0)
        s->to_device(frame, length, s->data);
}

static bool is_allowed(const struct station *s, const struct packet *p)
{
    for (guint i = 0; i < s->rules->len; i++) {
        const struct rule *r = &g_array_index(s->rules, struct rule, i);
        if (r->address == p->target && r->port == p->target_port)
            return true;
    }
    return false;
}

static void resolve(struct station *s, const struct packet *p)
{
    struct dns_answer a;
    dns_answer(s->names, p->data, p->length, s->network.wrong_dns ? VOID_ADDRESS : 0, &a);
    if (a.length == 0)
        return;
    char address[16] = "";
    if (a.found)
        ipv4_string(a.address, address);
    machine_publish(s->machine, "network", FIELD_STRING("op", "name"), FIELD_STRING("interface", "station"),
                    FIELD_STRING("name", a.name), FIELD_STRING("address", address));
    uint8_t frame[PACKET_MAX];
    struct packet_ends ends = packet_reverse(p);
    answer(s, frame, packet_udp(frame, &ends, a.message, a.length));
}

static void udp_from_device(struct station *s, const struct packet *p, const uint8_t *frame, size_t length)
{
    if (p->target_port == PORT_DHCP_SERVER && (p->target == IPV4_BROADCAST || p->target == SLIRP_HOST)) {
        if (!s->network.no_dhcp)
            slirp_give(s->slirp, frame, length);
    } else if (p->target == SLIRP_DNS && p->target_port == PORT_DNS) {
        resolve(s, p);
    } else if (is_allowed(s, p)) {
        slirp_give(s->slirp, frame, length);
    } else if (p->target != IPV4_BROADCAST && p->target != (SLIRP_NETWORK | ~SLIRP_MASK) && !IPV4_IS_MULTI(p->target)) {
        tell_refused(s, "udp", p);
        uint8_t reply[PACKET_MAX];
        bool here = p->target == SLIRP_HOST || p->target == SLIRP_DNS;
        answer(s, reply, packet_unreachable(reply, p, here ? ICMP_PORT_UNREACHABLE : ICMP_PROHIBITED));
    }
}

static void tcp_from_device(struct station *s, const struct packet *p, const uint8_t *frame, size_t length)
{
    /* What begins no connection belongs to one that is known, or gets its RST from libslirp. */
    bool begins = (p->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (!begins || is_allowed(s, p)) {
        tcp_flows_from_guest(&s->flows, p);
        slirp_give(s->slirp, frame, length);
        return;
    }
    tell_refused(s, "tcp", p);
    uint8_t reply[PACKET_MAX];
    answer(s, reply, packet_tcp_reset(reply, p));
}

/* libslirp learns addresses from ARP and DHCP alone; one that is new, or was opened behind a restored machine, gets to know the
   device's here. */
static void learn_guest(struct station *s, const struct packet *p)
{
    if (p->source == 0 || p->source == SLIRP_NETWORK || (p->source | SLIRP_MASK) == UINT32_MAX ||
        (p->source == s->guest && memcmp(p->from, s->guest_mac, 6) == 0))
        return;
    s->guest = p->source;
    memcpy(s->guest_mac, p->from, 6);
    uint8_t frame[PACKET_MAX];
    size_t length = packet_arp(frame, ARP_REPLY, ethernet_broadcast, s->guest_mac, s->guest, s->guest_mac, s->guest);
    slirp_give(s->slirp, frame, length);
}

static void ipv4_from_device(struct station *s, const struct packet *p, const uint8_t *frame, size_t length)
{
    /* None is sent in pieces by what runs on a Photon, and a port could not be told of a piece. */
    if (p->fragment || (p->source != 0 && (p->source & SLIRP_MASK) != SLIRP_NETWORK) || (p->from[0] & 1) ||
        (p->target & SLIRP_MASK) == VOID_NETWORK)
        return;
    learn_guest(s, p);
    if (p->protocol == PROTOCOL_UDP)
        udp_from_device(s, p, frame, length);
    else if (p->protocol == PROTOCOL_TCP)
        tcp_from_device(s, p, frame, length);
    else if (p->protocol == PROTOCOL_ICMP && p->data[0] == ICMP_ECHO && (p->target == SLIRP_HOST || p->target == SLIRP_DNS)) {
        uint8_t reply[PACKET_MAX];
        answer(s, reply, packet_echo_reply(reply, p));
    } else if (p->protocol == PROTOCOL_ICMP && p->data[0] == ICMP_ECHO && !IPV4_IS_MULTI(p->target)) {
        tell_refused(s, "icmp", p);
        uint8_t reply[PACKET_MAX];
        answer(s, reply, packet_unreachable(reply, p, ICMP_PROHIBITED));
    }
}

void station_input(struct station *s, const uint8_t *frame, size_t length)
{
    struct packet p;
    if (!packet_parse(&p, frame, length))
        return;
    if (p.ethertype == ETHERTYPE_ARP) {
        if ((p.source & SLIRP_MASK) == SLIRP_NETWORK)
            learn_guest(s, &p);
        slirp_give(s->slirp, frame, length);
    } else if (p.ethertype == ETHERTYPE_IPV4) {
        ipv4_from_device(s, &p, frame, length);
    }
}

/* ---- to the device ---- */

static void from_slirp(const uint8_t *frame, size_t length, void *data)
{
    struct station *s = data;
    struct packet p;
    struct dhcp_message m;
    if (packet_parse(&p, frame, length) && p.protocol == PROTOCOL_UDP && p.target_port == PORT_DHCP_CLIENT &&
        dhcp_parse(&m, p.data, p.length) && m.type == DHCP_ACK) {
        s->guest = m.your;
        memcpy(s->guest_mac, m.mac, 6);
        char address[16];
        machine_publish(s->machine, "network", FIELD_STRING("op", "lease"), FIELD_STRING("interface", "station"),
                        FIELD_STRING("address", ipv4_string(m.your, address)));
    }
    s->to_device(frame, length, s->data);
}

void station_delivered(struct station *s, const uint8_t *frame, size_t length)
{
    struct packet p;
    if (packet_parse(&p, frame, length))
        tcp_flows_to_guest(&s->flows, &p);
}

/* ---- life ---- */

static bool look_up(struct station *s, GError **error)
{
    const struct network_options *o = s->options;
    for (guint i = 0; i < o->hosts->len; i++) {
        const struct network_host *h = &g_array_index(o->hosts, struct network_host, i);
        /* the device's own loopback would be meant by nobody */
        dns_table_set(s->names, h->name, h->address >> 24 == 127 ? SLIRP_HOST : h->address);
    }
    for (guint i = 0; i < o->allow->len; i++) {
        const struct host_port *h = &g_array_index(o->allow, struct host_port, i);
        struct rule rule = {.port = h->port};
        uint32_t address;
        if (!host_port_resolve(h, &address, error)) {
            g_prefix_error(error, "--allow: ");
            return false;
        }
        if (address >> 24 == 127 && address != IPV4(127, 0, 0, 1)) {
            g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                        "--allow: of this machine only 127.0.0.1 can be reached, "
                        "not %s",
                        h->host);
            return false;
        }
        rule.address = address == IPV4(127, 0, 0, 1) ? SLIRP_HOST : address;
        g_array_append_val(s->rules, rule);
        uint32_t number;
        if (!ipv4_parse(h->host, &number))
            dns_table_set(s->names, h->host, rule.address);
    }
    for (guint i = 0; i < o->forward->len; i++) {
        uint32_t address;
        if (!host_port_resolve(&g_array_index(o->forward, struct network_forward, i).from, &address, error)) {
            g_prefix_error(error, "--forward: ");
            return false;
        }
        g_array_append_val(s->addresses, address);
    }
    return true;
}

static bool open_slirp(struct station *s, GError **error)
{
    s->slirp = slirp_open(s->machine, from_slirp, s);
    for (guint i = 0; i < s->addresses->len; i++) {
        const struct network_forward *f = &g_array_index(s->options->forward, struct network_forward, i);
        if (!slirp_forward(s->slirp, g_array_index(s->addresses, uint32_t, i), f->from.port, f->guest, f->guest_port, error)) {
            g_prefix_error(error, "--forward: ");
            return false;
        }
    }
    return true;
}

struct station *station_new(struct machine *m, const struct network_options *options, frame_sink to_device, void *data,
                            GError **error)
{
    struct station *s = g_new0(struct station, 1);
    s->machine = m;
    s->options = options;
    s->to_device = to_device;
    s->data = data;
    s->names = dns_table_new();
    s->rules = g_array_new(FALSE, FALSE, sizeof(struct rule));
    s->addresses = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (look_up(s, error) && open_slirp(s, error))
        return s;
    station_free(s);
    return NULL;
}

void station_free(struct station *s)
{
    if (s == NULL)
        return;
    slirp_close(s->slirp);
    dns_table_free(s->names);
    g_array_unref(s->rules);
    g_array_unref(s->addresses);
    g_free(s);
}

void station_set_network(struct station *s, struct station_network network)
{
    s->network = network;
}

void station_replug(struct station *s)
{
    g_autoptr(GError) error = NULL;
    slirp_close(s->slirp);
    tcp_flows_clear(&s->flows);
    s->guest = 0;
    if (!open_slirp(s, &error))
        machine_report(s->machine, "limit", "%s", error->message);
}

void station_find_device(struct station *s)
{
    static const uint8_t unknown[6];
    uint8_t frame[PACKET_MAX];
    answer(s, frame, packet_arp(frame, ARP_REQUEST, ethernet_broadcast, slirp_router_mac, SLIRP_HOST, unknown, SLIRP_GUEST));
}

/* ---- sockets ---- */

void station_poll_fill(struct station *s, GArray *fds)
{
    /* Who connects early waits in the kernel until there is a device to talk to; until then nobody waits for host time. */
    if (s->guest != 0 || slirp_attached(s->slirp))
        slirp_poll_fill(s->slirp, fds);
}

void station_dispatch(struct station *s, const struct pollfd *fds, unsigned n)
{
    slirp_dispatch(s->slirp, fds, n);
}

bool station_attached(const struct station *s)
{
    return slirp_attached(s->slirp);
}

bool station_owed(const struct station *s)
{
    return tcp_flows_owed(&s->flows) && slirp_attached(s->slirp);
}
