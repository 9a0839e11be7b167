/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the device has still to acknowledge of the TCP segments sent to it: by that a run loop knows who waits for whom. */
#ifndef EMU_HOST_TCP_FLOWS_H
#define EMU_HOST_TCP_FLOWS_H

#include "emu/host/packet.h"

enum { TCP_FLOWS = 64 };

struct tcp_flow {
    bool used;
    uint16_t guest_port, peer_port;
    uint32_t peer;
    uint32_t sent, acknowledged; /* sequence numbers of the peer's side */
    uint64_t order;              /* of the last use */
};

struct tcp_flows {
    struct tcp_flow flow[TCP_FLOWS]; /* the one that was used longest ago makes room for a new one */
    uint64_t order;
};

void tcp_flows_clear(struct tcp_flows *f);
void tcp_flows_to_guest(struct tcp_flows *f, const struct packet *p);
void tcp_flows_from_guest(struct tcp_flows *f, const struct packet *p);
/* Does the device owe an acknowledgement? */
bool tcp_flows_owed(const struct tcp_flows *f);

#endif
