/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/tcp-client.h"

#define FIRST_PAUSE   TICKS_PER_SECOND
#define LONGEST_PAUSE (16 * TICKS_PER_SECOND)
enum { MOST_TRIES = 8 };
enum { OUR_MSS = 1460, DEFAULT_MSS = 536 };

struct tcp_client *tcp_client_new(const struct packet_ends *ends, uint32_t first_sequence)
{
    struct tcp_client *c = g_new0(struct tcp_client, 1);
    c->state = TCP_OPENING;
    c->ends = *ends;
    c->out = g_byte_array_new();
    c->in = g_byte_array_new();
    c->first = c->next = first_sequence;
    c->mss = DEFAULT_MSS;
    c->timer = 0; /* at once */
    c->pause = FIRST_PAUSE;
    return c;
}

void tcp_client_free(struct tcp_client *c)
{
    g_byte_array_unref(c->out);
    g_byte_array_unref(c->in);
    g_free(c);
}

/* ---- the owner's side ---- */

void tcp_client_write(struct tcp_client *c, const uint8_t *data, size_t length)
{
    if (c->state != TCP_CLOSED && !c->closing)
        g_byte_array_append(c->out, data, (guint)length);
}

void tcp_client_shut(struct tcp_client *c)
{
    c->closing = true;
}

static uint32_t room(const struct tcp_client *c)
{
    return c->in->len < TCP_BUFFER ? TCP_BUFFER - c->in->len : 0;
}

void tcp_client_taken(struct tcp_client *c, size_t length)
{
    bool narrow = room(c) < 2 * OUR_MSS;
    g_byte_array_remove_range(c->in, 0, (guint)length);
    if (narrow && room(c) >= 2 * OUR_MSS && !c->peer_closed)
        c->answer = true; /* the peer may be waiting for the window to open */
}

bool tcp_client_owed(const struct tcp_client *c)
{
    return c->state == TCP_OPENING || (c->state == TCP_OPEN && (c->out->len > 0 || (c->closing && !c->finished)));
}

/* ---- segments in ---- */

static void close_if_done(struct tcp_client *c)
{
    if (c->peer_closed && c->finished && !c->answer)
        c->state = TCP_CLOSED;
}

static void be_reset(struct tcp_client *c)
{
    c->state = TCP_CLOSED;
    c->reset = true;
    c->timer = TICKS_NEVER;
}

static void opening(struct tcp_client *c, const struct packet *p)
{
    bool ours = (p->flags & TCP_ACK) && p->acknowledged == c->first + 1;
    if ((p->flags & TCP_RST) && ours) {
        be_reset(c);
    } else if ((p->flags & TCP_SYN) && ours) {
        c->state = TCP_OPEN;
        c->first = c->next = p->acknowledged;
        c->expected = p->sequence + 1;
        c->window = p->window;
        if (p->mss != 0)
            c->mss = p->mss < OUR_MSS ? p->mss : OUR_MSS;
        c->answer = true;
        c->timer = TICKS_NEVER;
        c->pause = FIRST_PAUSE;
        c->tries = 0;
    }
}

static void acknowledgement(struct tcp_client *c, const struct packet *p)
{
    uint32_t acknowledged = p->acknowledged - c->first, end = c->out->len + (c->closing ? 1 : 0);
    if (acknowledged > end) {
        c->answer = true; /* of something never sent, or older than what is known */
        return;
    }
    c->window = p->window;
    if (acknowledged == 0)
        return;
    if (acknowledged > c->out->len)
        c->finished = true;
    g_byte_array_remove_range(c->out, 0, MIN(acknowledged, c->out->len));
    c->first = p->acknowledged;
    if ((int32_t)(c->next - c->first) < 0)
        c->next = c->first;
    c->timer = TICKS_NEVER; /* set anew if more is on the way */
    c->pause = FIRST_PAUSE;
    c->tries = 0;
}

static void text(struct tcp_client *c, const struct packet *p)
{
    if (p->length == 0 && !(p->flags & TCP_FIN))
        return;
    c->answer = true;
    uint32_t known = c->expected - p->sequence; /* bytes at its start that have come before */
    if (known > p->length || c->peer_closed)
        return;
    uint32_t fresh = (uint32_t)p->length - known, taken = MIN(fresh, room(c));
    g_byte_array_append(c->in, p->data + known, taken);
    c->expected += taken;
    if ((p->flags & TCP_FIN) && taken == fresh) {
        c->expected++;
        c->peer_closed = true;
    }
}

void tcp_client_input(struct tcp_client *c, const struct packet *p)
{
    if (c->state == TCP_OPENING) {
        opening(c, p);
    } else if (c->state == TCP_OPEN) {
        if (p->flags & TCP_RST) {
            if (p->sequence - c->expected <= room(c))
                be_reset(c);
            return;
        }
        if (p->flags & TCP_SYN) {
            c->answer = true;
            return;
        }
        if (!(p->flags & TCP_ACK))
            return;
        acknowledgement(c, p);
        text(c, p);
        close_if_done(c);
    }
}

/* ---- segments out ---- */

static void send_segment(struct tcp_client *c, uint8_t flags, uint32_t offset, uint32_t length, tcp_send send, void *data)
{
    uint8_t frame[PACKET_MAX];
    const struct packet_tcp t = {.sequence = c->first + offset,
                                 .acknowledged = flags & TCP_ACK ? c->expected : 0,
                                 .flags = flags,
                                 .window = (uint16_t)room(c),
                                 .mss = flags & TCP_SYN ? OUR_MSS : 0,
                                 .data = length > 0 ? c->out->data + offset : NULL,
                                 .length = length};
    send(frame, packet_tcp(frame, &c->ends, &t), data);
    c->answer &= (flags & TCP_ACK) == 0;
}

/* The timer has run out. False: given up. */
static bool try_again(struct tcp_client *c, ticks_t now, tcp_send send, void *data)
{
    if (c->tries == MOST_TRIES) {
        tcp_client_abort(c, send, data);
        return false;
    }
    c->tries++;
    c->timer = now + c->pause;
    c->pause = MIN(2 * c->pause, LONGEST_PAUSE);
    if (c->state == TCP_OPENING) {
        send_segment(c, TCP_SYN, 0, 0, send, data);
    } else if (c->window == 0 && c->out->len > 0) {
        send_segment(c, TCP_ACK, 0, 1, send, data); /* a probe */
        c->next = c->first + 1;
    } else {
        c->next = c->first;
    }
    return true;
}

void tcp_client_output(struct tcp_client *c, ticks_t now, tcp_send send, void *data)
{
    if (c->state != TCP_CLOSED && now >= c->timer && !try_again(c, now, send, data))
        return;
    if (c->state != TCP_OPEN)
        return;
    for (;;) {
        uint32_t sent = c->next - c->first;
        if (sent >= c->out->len || sent >= c->window)
            break;
        uint32_t length = MIN(MIN(c->out->len - sent, c->window - sent), c->mss);
        bool last = sent + length == c->out->len;
        send_segment(c, (uint8_t)(TCP_ACK | (last ? TCP_PSH : 0)), sent, length, send, data);
        c->next += length;
    }
    if (c->closing && !c->finished && c->next - c->first == c->out->len) {
        send_segment(c, TCP_ACK | TCP_FIN, c->out->len, 0, send, data);
        c->next++;
    }
    if (c->answer)
        send_segment(c, TCP_ACK, c->next - c->first, 0, send, data);
    bool waits = c->next != c->first || c->out->len > 0;
    if (!waits)
        c->timer = TICKS_NEVER;
    else if (c->timer == TICKS_NEVER)
        c->timer = now + c->pause;
    close_if_done(c);
}

void tcp_client_abort(struct tcp_client *c, tcp_send send, void *data)
{
    if (c->state == TCP_OPEN)
        send_segment(c, TCP_RST | TCP_ACK, c->next - c->first, 0, send, data);
    be_reset(c);
}
