/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The side of a TCP connection (RFC 9293) that opens it, for the gateway to the device's access point. The link is lossless and
 * keeps the order of frames, so there is no congestion control, no reassembly of segments that come too early, and no
 * TIME-WAIT; retransmission, for which time is virtual, is there for frames that a busy radio drops.
 */
#ifndef EMU_HOST_TCP_CLIENT_H
#define EMU_HOST_TCP_CLIENT_H

#include <glib.h>

#include "emu/core/frequency.h"
#include "emu/host/packet.h"

enum tcp_state { TCP_CLOSED, TCP_OPENING, TCP_OPEN };

struct tcp_client {
    enum tcp_state state;
    bool reset;              /* closed by a RST, a refusal, or because nobody answered */
    struct packet_ends ends; /* of what is sent */

    GByteArray *out;      /* bytes from unacknowledged on, sent and not sent */
    uint32_t first, next; /* sequence numbers: the oldest that is not acknowledged, the next to be sent */
    uint32_t window;      /* of the peer, from first on */
    uint16_t mss;         /* that the peer takes */
    bool closing;         /* a FIN follows the bytes of out */
    bool finished;        /* and has been acknowledged */

    GByteArray *in;    /* bytes received, for the owner to take */
    uint32_t expected; /* the next sequence number of the peer */
    bool peer_closed;  /* its FIN has come, behind all of in */
    bool answer;       /* an acknowledgement is to be sent */

    ticks_t timer; /* of retransmission, or of a probe of a closed window; TICKS_NEVER: not running */
    ticks_t pause; /* that it runs for */
    unsigned tries;
};

enum { TCP_BUFFER = 16384 }; /* bytes that in, and by its owner's will out, hold at most */

struct tcp_client *tcp_client_new(const struct packet_ends *ends, uint32_t first_sequence);
void tcp_client_free(struct tcp_client *c);

/* Bytes to be sent; and that there will be no more. */
void tcp_client_write(struct tcp_client *c, const uint8_t *data, size_t length);
void tcp_client_shut(struct tcp_client *c);
/* So many bytes of in have been dealt with. */
void tcp_client_taken(struct tcp_client *c, size_t length);

/* A segment of this connection. */
void tcp_client_input(struct tcp_client *c, const struct packet *p);

typedef void (*tcp_send)(const uint8_t *frame, size_t length, void *data);
/* Send whatever is to be sent now. */
void tcp_client_output(struct tcp_client *c, ticks_t now, tcp_send send, void *data);
/* Send a RST, if there is somebody to get it, and be closed. */
void tcp_client_abort(struct tcp_client *c, tcp_send send, void *data);
/* Does the peer owe an acknowledgement, or has bytes to take? */
bool tcp_client_owed(const struct tcp_client *c);

#endif
