/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP (RFC 2131, RFC 2132): messages, and a client. */
#ifndef EMU_HOST_DHCP_H
#define EMU_HOST_DHCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/frequency.h"

enum dhcp_type { DHCP_DISCOVER = 1, DHCP_OFFER, DHCP_REQUEST, DHCP_DECLINE, DHCP_ACK, DHCP_NAK, DHCP_RELEASE, DHCP_INFORM };

struct dhcp_message {
    bool reply;      /* from a server */
    uint32_t id;     /* of the transaction */
    uint32_t client; /* the address that the client uses; 0: none */
    uint32_t your;   /* the address that the server gives */
    uint8_t mac[6];  /* of the client */
    enum dhcp_type type;
    uint32_t requested; /* options; 0: absent */
    uint32_t server;
    uint32_t lease; /* seconds */
    uint32_t mask, router;
};

enum { DHCP_MAX = 576 };

/* False: malformed, or not for Ethernet, or of no known type. */
bool dhcp_parse(struct dhcp_message *m, const uint8_t *data, size_t length);
/* A client's message; returns its length. */
size_t dhcp_build(uint8_t data[DHCP_MAX], const struct dhcp_message *m);

/* ---- a client ---- */

enum dhcp_state { DHCP_OFF, DHCP_SELECTING, DHCP_REQUESTING, DHCP_BOUND, DHCP_REBINDING };

struct dhcp_client {
    enum dhcp_state state;
    uint8_t mac[6];
    uint32_t id;
    uint32_t address, server, mask,
        router;   /* valid in DHCP_BOUND and DHCP_REBINDING; address and server while requesting too */
    ticks_t next; /* when to send (again), or to begin to ask for more time; TICKS_NEVER: never */
    ticks_t expires;
    unsigned tries;
};

/* Is there a lease? */
bool dhcp_client_bound(const struct dhcp_client *c);
/* Begin to look for a server. */
void dhcp_client_start(struct dhcp_client *c, const uint8_t mac[6], ticks_t now);
void dhcp_client_stop(struct dhcp_client *c);
/* A server's message has come. */
void dhcp_client_input(struct dhcp_client *c, const uint8_t *data, size_t length, ticks_t now);
/* If now is c->next or behind it: a message to be broadcast to the servers. Returns its length, 0: none. */
size_t dhcp_client_output(struct dhcp_client *c, uint8_t data[DHCP_MAX], ticks_t now);

#endif
