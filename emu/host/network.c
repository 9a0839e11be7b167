/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/network.h"

#include <string.h>

#include "emu/host/frame-socket.h"
#include "emu/host/gateway.h"
#include "emu/host/pcap.h"
#include "emu/host/station.h"

enum { INTERFACES = 2 };
/* Frames that wait for room in the radio. More than all TCP windows together fill; what comes beyond is lost, as on a real
 * link. */
enum { MOST_WAITING = 256 };

static const char *const interface_names[INTERFACES + 1] = {[BOARD_STATION] = "station", [BOARD_ACCESS_POINT] = "access-point"};

struct network {
    struct bridge bridge;
    struct machine *machine;
    const char *line;           /* of the radio; NULL: there is none */
    GQueue waiting[INTERFACES]; /* GBytes *: frames for the device */
    bool up[INTERFACES];
    struct station *station;
    struct gateway *gateway;     /* NULL: not asked for */
    struct frame_socket *socket; /* the same */
    struct pcap *pcap;           /* the same */
    unsigned counts[3];          /* descriptors of station, gateway, socket when they were last filled in */
};

/* ---- towards the device ---- */

static void give(struct network *n, enum board_interface interface)
{
    GQueue *q = &n->waiting[interface];
    while (!g_queue_is_empty(q) && board_radio_room(n->machine, interface)) {
        g_autoptr(GBytes) frame = g_queue_pop_head(q);
        gsize length;
        const uint8_t *bytes = g_bytes_get_data(frame, &length);
        if (!board_radio_give(n->machine, interface, bytes, length))
            continue; /* the interface has just gone */
        if (n->pcap)
            pcap_frame(n->pcap, interface, true, machine_now(n->machine), bytes, length);
        if (interface == BOARD_STATION)
            station_delivered(n->station, bytes, length);
    }
}

static void enqueue(struct network *n, enum board_interface interface, const uint8_t *frame, size_t length)
{
    GQueue *q = &n->waiting[interface];
    if (!n->up[interface] || length < PACKET_MIN || length > PACKET_MAX || q->length == MOST_WAITING)
        return;
    g_queue_push_tail(q, g_bytes_new(frame, length));
    give(n, interface);
}

static void from_station(const uint8_t *frame, size_t length, void *data)
{
    enqueue(data, BOARD_STATION, frame, length);
}

static void from_clients(const uint8_t *frame, size_t length, void *data)
{
    enqueue(data, BOARD_ACCESS_POINT, frame, length);
}

static void drop_waiting(struct network *n, enum board_interface interface)
{
    g_queue_clear_full(&n->waiting[interface], (GDestroyNotify)g_bytes_unref);
}

/* ---- from the device ---- */

static void note_interfaces(struct network *n)
{
    for (unsigned i = 0; i < INTERFACES; i++) {
        n->up[i] = n->line != NULL && board_interface_up(n->machine, i);
        if (!n->up[i])
            drop_waiting(n, i);
    }
    struct board_network joined;
    if (n->up[BOARD_STATION] && board_network_joined(n->machine, &joined))
        station_set_network(n->station, (struct station_network){.no_dhcp = joined.no_dhcp, .wrong_dns = joined.wrong_dns});
    if (n->gateway)
        gateway_set_up(n->gateway, n->up[BOARD_ACCESS_POINT]);
}

static ticks_t network_due(const struct bridge *bridge)
{
    const struct network *n = (const struct network *)bridge;
    return n->gateway ? gateway_due(n->gateway) : TICKS_NEVER;
}

/* The radio has something to say. */
static void hear(void *data)
{
    struct network *n = data;
    ticks_t due = network_due(&n->bridge);
    note_interfaces(n);
    enum board_interface interface;
    uint8_t frame[BOARD_ETHERNET_MAX];
    size_t length;
    while (board_radio_take(n->machine, &interface, frame, &length)) {
        if (n->pcap)
            pcap_frame(n->pcap, interface, false, machine_now(n->machine), frame, length);
        if (interface == BOARD_STATION) {
            station_input(n->station, frame, length);
            continue;
        }
        if (n->gateway)
            gateway_input(n->gateway, frame, length);
        if (n->socket)
            frame_socket_send(n->socket, frame, length);
    }
    for (unsigned i = 0; i < INTERFACES; i++)
        give(n, i);
    if (network_due(&n->bridge) < due)
        machine_stop(n->machine); /* earlier than the run loop knows */
}

/* ---- sockets ---- */

static void network_poll_fill(struct bridge *bridge, GArray *fds)
{
    struct network *n = (struct network *)bridge;
    guint before = fds->len;
    station_poll_fill(n->station, fds);
    n->counts[0] = fds->len - before;
    before = fds->len;
    if (n->gateway)
        gateway_poll_fill(n->gateway, fds);
    n->counts[1] = fds->len - before;
    before = fds->len;
    if (n->socket)
        frame_socket_poll_fill(n->socket, fds);
    n->counts[2] = fds->len - before;
}

static void network_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned count)
{
    struct network *n = (struct network *)bridge;
    (void)count;
    station_dispatch(n->station, fds, n->counts[0]);
    if (n->gateway)
        gateway_dispatch(n->gateway, fds + n->counts[0], n->counts[1]);
    if (n->socket)
        frame_socket_dispatch(n->socket, fds + n->counts[0] + n->counts[1], n->counts[2]);
}

static bool network_attached(const struct bridge *bridge)
{
    const struct network *n = (const struct network *)bridge;
    return station_attached(n->station) || (n->gateway && gateway_attached(n->gateway)) ||
           (n->socket && frame_socket_attached(n->socket));
}

static bool network_owed(const struct bridge *bridge)
{
    const struct network *n = (const struct network *)bridge;
    return n->waiting[BOARD_STATION].length > 0 || n->waiting[BOARD_ACCESS_POINT].length > 0 || station_owed(n->station) ||
           (n->gateway && gateway_owed(n->gateway));
}

/* ---- life ---- */

/* The device may have been at it for a while. */
static void begin(struct network *n)
{
    note_interfaces(n);
    if (n->up[BOARD_STATION])
        station_find_device(n->station);
}

static void network_replug(struct bridge *bridge)
{
    struct network *n = (struct network *)bridge;
    for (unsigned i = 0; i < INTERFACES; i++)
        drop_waiting(n, i);
    station_replug(n->station);
    if (n->gateway)
        gateway_replug(n->gateway);
    if (n->socket)
        frame_socket_replug(n->socket);
    begin(n);
}

static void network_free(struct bridge *bridge)
{
    struct network *n = (struct network *)bridge;
    if (n->line)
        machine_unlisten(n->machine, n->line, hear, n);
    station_free(n->station);
    gateway_free(n->gateway);
    frame_socket_free(n->socket);
    pcap_close(n->pcap, NULL);
    for (unsigned i = 0; i < INTERFACES; i++)
        drop_waiting(n, i);
    g_free(n);
}

static const struct bridge_class network_class = {
    .name = "network",
    .poll_fill = network_poll_fill,
    .dispatch = network_dispatch,
    .due = network_due,
    .attached = network_attached,
    .owed = network_owed,
    .replug = network_replug,
    .free = network_free,
};

static bool set_up(struct network *n, const struct network_options *o, GError **error)
{
    n->station = station_new(n->machine, o, from_station, n, error);
    if (!n->station)
        return false;
    if (o->softap->len > 0) {
        n->gateway = gateway_new(n->machine, o->softap, from_clients, n, error);
        if (!n->gateway) {
            g_prefix_error(error, "--softap: ");
            return false;
        }
    }
    if (o->softap_socket) {
        n->socket = frame_socket_new(o->softap_socket, from_clients, n, error);
        if (!n->socket) {
            g_prefix_error(error, "--softap-socket: ");
            return false;
        }
    }
    if (o->pcap) {
        n->pcap = pcap_open(o->pcap, PCAP_ETHERNET, interface_names, error);
        if (!n->pcap) {
            g_prefix_error(error, "--pcap: ");
            return false;
        }
    }
    return true;
}

struct bridge *network_new(struct machine *m, const struct network_options *options, GError **error)
{
    struct network *n = g_new0(struct network, 1);
    n->bridge.class = &network_class;
    n->machine = m;
    for (unsigned i = 0; i < INTERFACES; i++)
        g_queue_init(&n->waiting[i]);
    if (!set_up(n, options, error)) {
        network_free(&n->bridge);
        return NULL;
    }
    n->line = board_radio_line(m);
    if (n->line)
        machine_listen(m, n->line, hear, n);
    begin(n);
    return &n->bridge;
}

bool network_close_capture(struct bridge *network, GError **error)
{
    struct network *n = (struct network *)network;
    bool good = pcap_close(g_steal_pointer(&n->pcap), error);
    if (!good)
        g_prefix_error(error, "--pcap: ");
    return good;
}
