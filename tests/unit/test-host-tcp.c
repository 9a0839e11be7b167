/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of TCP against segments written here. */
#include "emu/host/tcp-client.h"
#include "tests/unit/host-test.h"

#define OURS   IPV4(192, 168, 0, 5)
#define THEIRS IPV4(192, 168, 0, 1)
enum { OUR_ISS = 1000, THEIR_ISS = 0xFFFFFFF0 };

struct fixture {
    struct tcp_client *c;
    struct inbox *in;
    ticks_t now;
};

static struct fixture set_up(void)
{
    const struct packet_ends ends = {.source = OURS, .target = THEIRS, .source_port = 49152, .target_port = 5609};
    return (struct fixture){tcp_client_new(&ends, OUR_ISS), inbox_new(), TICKS_PER_SECOND};
}

static void tear_down(struct fixture *f)
{
    tcp_client_free(f->c);
    inbox_free(f->in);
}

static void output(struct fixture *f)
{
    tcp_client_output(f->c, f->now, inbox_add, f->in);
}

/* A segment of the peer: sequence counted from its first. */
static void segment(struct fixture *f, uint8_t flags, uint32_t sequence, uint32_t acknowledged, uint16_t window,
                    const void *data, size_t length)
{
    uint8_t frame[PACKET_MAX];
    struct packet p;
    const struct packet_ends ends = {.source = THEIRS, .target = OURS, .source_port = 5609, .target_port = 49152};
    const struct packet_tcp t = {.sequence = THEIR_ISS + sequence,
                                 .acknowledged = OUR_ISS + acknowledged,
                                 .flags = flags,
                                 .window = window,
                                 .mss = flags & TCP_SYN ? 100 : 0,
                                 .data = data,
                                 .length = length};
    g_assert_true(packet_parse(&p, frame, packet_tcp(frame, &ends, &t)));
    tcp_client_input(f->c, &p);
    output(f);
}

/* The sequence and acknowledgement of a segment that was sent, counted from the first ones. */
static void expect(struct fixture *f, uint8_t flags, uint32_t sequence, uint32_t acknowledged, const char *data)
{
    const struct packet *p = inbox_tcp(f->in, flags);
    g_assert_cmpuint(p->sequence - OUR_ISS, ==, sequence);
    if (flags & TCP_ACK)
        g_assert_cmpuint(p->acknowledged - THEIR_ISS, ==, acknowledged);
    g_assert_cmpmem(p->data, p->length, data, strlen(data));
}

static struct fixture opened(uint16_t window)
{
    struct fixture f = set_up();
    g_assert_true(tcp_client_owed(f.c));
    output(&f);
    const struct packet *p = inbox_tcp(f.in, TCP_SYN);
    g_assert_cmpuint(p->mss, ==, 1460);
    g_assert_cmpuint(p->window, ==, TCP_BUFFER);
    segment(&f, TCP_SYN | TCP_ACK, 0, 1, window, NULL, 0);
    expect(&f, TCP_ACK, 1, 1, "");
    g_assert_cmpint(f.c->state, ==, TCP_OPEN);
    g_assert_false(tcp_client_owed(f.c));
    g_assert_cmpuint(f.c->timer, ==, TICKS_NEVER);
    return f;
}

static void write_text(struct fixture *f, const char *text)
{
    tcp_client_write(f->c, (const uint8_t *)text, strlen(text));
    output(f);
}

static void test_exchange(void)
{
    struct fixture f = opened(5000);
    write_text(&f, "request");
    g_assert_true(tcp_client_owed(f.c));
    expect(&f, TCP_ACK | TCP_PSH, 1, 1, "request");
    segment(&f, TCP_ACK, 1, 8, 5000, "answer", 6);
    expect(&f, TCP_ACK, 8, 7, "");
    g_assert_false(tcp_client_owed(f.c));
    g_assert_cmpmem(f.c->in->data, f.c->in->len, "answer", 6);
    tcp_client_taken(f.c, 6);
    /* the peer closes, then we do */
    segment(&f, TCP_ACK | TCP_FIN, 7, 8, 5000, NULL, 0);
    expect(&f, TCP_ACK, 8, 8, "");
    g_assert_true(f.c->peer_closed);
    tcp_client_shut(f.c);
    output(&f);
    expect(&f, TCP_ACK | TCP_FIN, 8, 8, "");
    segment(&f, TCP_ACK, 8, 9, 5000, NULL, 0);
    g_assert_cmpint(f.c->state, ==, TCP_CLOSED);
    g_assert_false(f.c->reset);
    assert_inbox_empty(f.in);
    tear_down(&f);
}

/* We close first, and still take what the peer has to say. */
static void test_half_closed(void)
{
    struct fixture f = opened(5000);
    write_text(&f, "request");
    tcp_client_shut(f.c);
    output(&f);
    expect(&f, TCP_ACK | TCP_PSH, 1, 1, "request");
    expect(&f, TCP_ACK | TCP_FIN, 8, 1, "");
    segment(&f, TCP_ACK, 1, 9, 5000, NULL, 0);
    g_assert_cmpint(f.c->state, ==, TCP_OPEN);
    segment(&f, TCP_ACK | TCP_FIN, 1, 9, 5000, "late", 4);
    expect(&f, TCP_ACK, 9, 6, "");
    g_assert_cmpmem(f.c->in->data, f.c->in->len, "late", 4);
    g_assert_cmpint(f.c->state, ==, TCP_CLOSED);
    tear_down(&f);
}

/* Never more than the window, in segments of the peer's size; a closed window is probed. */
static void test_window(void)
{
    struct fixture f = opened(250);
    g_autofree char *text = g_strnfill(400, 'x');
    write_text(&f, text);
    g_autofree char *hundred = g_strndup(text, 100), *fifty = g_strndup(text, 50);
    expect(&f, TCP_ACK, 1, 1, hundred);
    expect(&f, TCP_ACK, 101, 1, hundred);
    expect(&f, TCP_ACK, 201, 1, fifty);
    assert_inbox_empty(f.in);
    segment(&f, TCP_ACK, 1, 251, 0, NULL, 0);
    assert_inbox_empty(f.in);
    g_assert_cmpuint(f.c->timer, ==, f.now + TICKS_PER_SECOND);
    f.now = f.c->timer;
    output(&f);
    expect(&f, TCP_ACK, 251, 1, "x");
    assert_inbox_empty(f.in);
    segment(&f, TCP_ACK, 1, 251, 1000, NULL, 0); /* not taken, but there is room now */
    g_autofree char *rest = g_strndup(text, 49);
    const struct packet *p;
    uint32_t last = 0;
    while ((p = inbox_next(f.in)) != NULL)
        last = p->sequence + (uint32_t)p->length - OUR_ISS;
    g_assert_cmpuint(last, ==, 401);
    tear_down(&f);
}

static void test_retransmission(void)
{
    struct fixture f = opened(5000);
    write_text(&f, "abc");
    expect(&f, TCP_ACK | TCP_PSH, 1, 1, "abc");
    static const unsigned seconds[] = {1, 1, 2, 4, 8, 16, 16, 16};
    for (unsigned i = 0; i < G_N_ELEMENTS(seconds); i++) {
        g_assert_cmpuint(f.c->timer, ==, f.now + seconds[i] * TICKS_PER_SECOND);
        f.now = f.c->timer;
        output(&f);
        expect(&f, TCP_ACK | TCP_PSH, 1, 1, "abc");
    }
    f.now = f.c->timer;
    output(&f);
    inbox_tcp(f.in, TCP_RST | TCP_ACK);
    g_assert_cmpint(f.c->state, ==, TCP_CLOSED);
    g_assert_true(f.c->reset);
    tear_down(&f);
}

static void test_nobody(void)
{
    struct fixture f = set_up();
    unsigned tries = 0;
    for (; f.c->state != TCP_CLOSED; tries++) {
        output(&f);
        f.now = MAX(f.c->timer, f.now);
    }
    g_assert_true(f.c->reset);
    while (inbox_next(f.in) != NULL)
        g_assert_cmphex(f.in->p.flags, ==, TCP_SYN);
    g_assert_cmpuint(f.in->frames->len, ==, 8);
    tear_down(&f);
}

static void test_resets(void)
{
    struct fixture f = set_up();
    output(&f);
    segment(&f, TCP_RST | TCP_ACK, 0, 7, 0, NULL, 0); /* of some other segment */
    g_assert_cmpint(f.c->state, ==, TCP_OPENING);
    segment(&f, TCP_RST | TCP_ACK, 0, 1, 0, NULL, 0);
    g_assert_true(f.c->reset);
    tear_down(&f);
    f = opened(5000);
    segment(&f, TCP_RST, 60000, 1, 0, NULL, 0); /* outside of the window */
    g_assert_cmpint(f.c->state, ==, TCP_OPEN);
    segment(&f, TCP_RST, 1, 1, 0, NULL, 0);
    g_assert_cmpint(f.c->state, ==, TCP_CLOSED);
    g_assert_true(f.c->reset);
    tear_down(&f);
    f = opened(5000);
    tcp_client_abort(f.c, inbox_add, f.in);
    expect(&f, TCP_RST | TCP_ACK, 1, 1, "");
    tear_down(&f);
}

/* What came before, what comes too early, and what there is no room for. */
static void test_order(void)
{
    struct fixture f = opened(5000);
    segment(&f, TCP_ACK, 4, 1, 5000, "def", 3);
    expect(&f, TCP_ACK, 1, 1, "");
    g_assert_cmpuint(f.c->in->len, ==, 0);
    segment(&f, TCP_ACK, 1, 1, 5000, "abc", 3);
    expect(&f, TCP_ACK, 1, 4, "");
    segment(&f, TCP_ACK, 1, 1, 5000, "abcdef", 6);
    expect(&f, TCP_ACK, 1, 7, "");
    segment(&f, TCP_ACK, 1, 1, 5000, "abc", 3);
    expect(&f, TCP_ACK, 1, 7, "");
    g_assert_cmpmem(f.c->in->data, f.c->in->len, "abcdef", 6);
    segment(&f, TCP_ACK, 7, 99999, 5000, NULL, 0); /* of what was never sent */
    expect(&f, TCP_ACK, 1, 7, "");
    g_assert_cmpint(f.c->state, ==, TCP_OPEN);
    /* fill the buffer */
    g_autofree char *text = g_strnfill(1000, 'y');
    uint32_t at = 7;
    while (at < 1 + TCP_BUFFER) {
        size_t n = MIN(1000, 1 + TCP_BUFFER - at);
        segment(&f, TCP_ACK, at, 1, 5000, text, n);
        at += (uint32_t)n;
        const struct packet *p = inbox_tcp(f.in, TCP_ACK);
        g_assert_cmpuint(p->window, ==, TCP_BUFFER - (at - 1));
    }
    segment(&f, TCP_ACK, at, 1, 5000, "more", 4);
    expect(&f, TCP_ACK, 1, at, "");
    g_assert_cmpuint(f.c->in->len, ==, TCP_BUFFER);
    tcp_client_taken(f.c, TCP_BUFFER);
    output(&f);
    g_assert_cmpuint(inbox_tcp(f.in, TCP_ACK)->window, ==, TCP_BUFFER);
    tear_down(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/tcp/exchange", test_exchange);
    g_test_add_func("/host/tcp/half-closed", test_half_closed);
    g_test_add_func("/host/tcp/window", test_window);
    g_test_add_func("/host/tcp/retransmission", test_retransmission);
    g_test_add_func("/host/tcp/nobody", test_nobody);
    g_test_add_func("/host/tcp/resets", test_resets);
    g_test_add_func("/host/tcp/order", test_order);
    return g_test_run();
}
