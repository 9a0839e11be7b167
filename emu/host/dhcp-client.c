/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's states of RFC 2131 4.4, less RENEWING: it asks all servers for more time at once, there being one. */
#include <string.h>

#include "emu/host/dhcp.h"

#define FIRST_RETRY   TICKS_PER_SECOND
#define LONGEST_RETRY (16 * TICKS_PER_SECOND)
enum { REQUEST_TRIES = 4 };

bool dhcp_client_bound(const struct dhcp_client *c)
{
    return c->state == DHCP_BOUND || c->state == DHCP_REBINDING;
}

static void discover(struct dhcp_client *c, ticks_t now)
{
    c->state = DHCP_SELECTING;
    c->address = c->server = c->mask = c->router = 0;
    c->id++;
    c->tries = 0;
    c->next = now;
}

void dhcp_client_start(struct dhcp_client *c, const uint8_t mac[6], ticks_t now)
{
    memcpy(c->mac, mac, 6);
    discover(c, now);
}

void dhcp_client_stop(struct dhcp_client *c)
{
    c->state = DHCP_OFF;
    c->next = TICKS_NEVER;
}

static void bind(struct dhcp_client *c, const struct dhcp_message *m, ticks_t now)
{
    uint32_t lease = m->lease != 0 ? m->lease : 3600;
    c->state = DHCP_BOUND;
    c->address = m->your;
    c->server = m->server;
    c->mask = m->mask;
    c->router = m->router;
    c->tries = 0;
    c->expires = lease == UINT32_MAX ? TICKS_NEVER : now + lease * TICKS_PER_SECOND;
    c->next = lease == UINT32_MAX ? TICKS_NEVER : now + lease * TICKS_PER_SECOND / 2;
}

void dhcp_client_input(struct dhcp_client *c, const uint8_t *data, size_t length, ticks_t now)
{
    struct dhcp_message m;
    if (!dhcp_parse(&m, data, length) || !m.reply || m.id != c->id || memcmp(m.mac, c->mac, 6) != 0)
        return;
    if (c->state == DHCP_SELECTING && m.type == DHCP_OFFER && m.your != 0 && m.server != 0) {
        c->state = DHCP_REQUESTING;
        c->address = m.your;
        c->server = m.server;
        c->tries = 0;
        c->next = now;
    } else if ((c->state == DHCP_REQUESTING || c->state == DHCP_REBINDING) && m.type == DHCP_ACK && m.your != 0) {
        bind(c, &m, now);
    } else if ((c->state == DHCP_REQUESTING || c->state == DHCP_REBINDING) && m.type == DHCP_NAK) {
        discover(c, now);
    }
}

size_t dhcp_client_output(struct dhcp_client *c, uint8_t data[DHCP_MAX], ticks_t now)
{
    if (c->state == DHCP_OFF || now < c->next)
        return 0;
    if (c->state == DHCP_REQUESTING && c->tries == REQUEST_TRIES)
        discover(c, now);
    if (c->state == DHCP_BOUND)
        c->state = DHCP_REBINDING, c->id++;
    if (c->state == DHCP_REBINDING && now >= c->expires)
        discover(c, now);
    struct dhcp_message m = {.id = c->id, .type = c->state == DHCP_SELECTING ? DHCP_DISCOVER : DHCP_REQUEST};
    memcpy(m.mac, c->mac, 6);
    if (c->state == DHCP_REQUESTING) {
        m.requested = c->address;
        m.server = c->server;
    } else if (c->state == DHCP_REBINDING) {
        m.client = c->address;
    }
    ticks_t pause = FIRST_RETRY << (c->tries < 4 ? c->tries : 4);
    c->next = now + (pause < LONGEST_RETRY ? pause : LONGEST_RETRY);
    if (c->state == DHCP_REBINDING && c->next > c->expires)
        c->next = c->expires;
    c->tries++;
    return dhcp_build(data, &m);
}
