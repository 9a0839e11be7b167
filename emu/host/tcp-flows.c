/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/tcp-flows.h"

#include <string.h>

void tcp_flows_clear(struct tcp_flows *f)
{
    memset(f, 0, sizeof *f);
}

static struct tcp_flow *find(struct tcp_flows *f, uint16_t guest_port, uint32_t peer, uint16_t peer_port)
{
    for (unsigned i = 0; i < TCP_FLOWS; i++) {
        struct tcp_flow *flow = &f->flow[i];
        if (flow->used && flow->guest_port == guest_port && flow->peer == peer && flow->peer_port == peer_port) {
            flow->order = ++f->order;
            return flow;
        }
    }
    return NULL;
}

static struct tcp_flow *oldest(struct tcp_flows *f)
{
    struct tcp_flow *old = &f->flow[0];
    for (unsigned i = 0; i < TCP_FLOWS; i++) {
        if (!f->flow[i].used)
            return &f->flow[i];
        if (f->flow[i].order < old->order)
            old = &f->flow[i];
    }
    return old;
}

void tcp_flows_to_guest(struct tcp_flows *f, const struct packet *p)
{
    if (p->protocol != PROTOCOL_TCP || p->fragment)
        return;
    struct tcp_flow *flow = find(f, p->target_port, p->source, p->source_port);
    if (p->flags & TCP_RST) {
        if (flow != NULL)
            flow->used = false;
        return;
    }
    uint32_t length = (uint32_t)p->length + (p->flags & TCP_SYN ? 1 : 0) + (p->flags & TCP_FIN ? 1 : 0);
    uint32_t end = p->sequence + length;
    if (flow == NULL || (p->flags & TCP_SYN)) {
        if (length == 0)
            return;
        if (flow == NULL)
            flow = oldest(f);
        *flow = (struct tcp_flow){.used = true,
                                  .guest_port = p->target_port,
                                  .peer = p->source,
                                  .peer_port = p->source_port,
                                  .sent = end,
                                  .acknowledged = p->sequence,
                                  .order = ++f->order};
    } else if ((int32_t)(end - flow->sent) > 0) {
        flow->sent = end;
    }
}

void tcp_flows_from_guest(struct tcp_flows *f, const struct packet *p)
{
    if (p->protocol != PROTOCOL_TCP || p->fragment)
        return;
    struct tcp_flow *flow = find(f, p->source_port, p->target, p->target_port);
    if (flow == NULL)
        return;
    if (p->flags & TCP_RST)
        flow->used = false;
    else if ((p->flags & TCP_ACK) && (int32_t)(p->acknowledged - flow->acknowledged) > 0)
        flow->acknowledged = p->acknowledged;
}

bool tcp_flows_owed(const struct tcp_flows *f)
{
    for (unsigned i = 0; i < TCP_FLOWS; i++)
        if (f->flow[i].used && (int32_t)(f->flow[i].sent - f->flow[i].acknowledged) > 0)
            return true;
    return false;
}
