/* SPDX-License-Identifier: GPL-2.0-or-later */
/* DHCP messages, and the client's states. */
#include <glib.h>
#include <string.h>

#include "emu/host/dhcp.h"
#include "emu/host/packet.h"

static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};

#define SERVER  IPV4(192, 168, 0, 1)
#define ADDRESS IPV4(192, 168, 0, 5)

/* A server's answer to a client's message: the same with another type, address and lease. */
static size_t answer(uint8_t out[DHCP_MAX], const uint8_t *in, size_t length, enum dhcp_type type, uint32_t lease)
{
    struct dhcp_message m;
    g_assert_true(dhcp_parse(&m, in, length));
    g_assert_false(m.reply);
    m.type = type;
    m.server = SERVER;
    m.requested = 0;
    size_t n = dhcp_build(out, &m);
    out[0] = 2;
    write_be32(out + 16, type == DHCP_NAK ? 0 : ADDRESS);
    /* the lease, in place of the list of parameters */
    const uint8_t option[] = {51, 4, (uint8_t)(lease >> 24), (uint8_t)(lease >> 16), (uint8_t)(lease >> 8), (uint8_t)lease,
                              255};
    for (size_t i = 240; i < n; i += 2u + out[i + 1])
        if (out[i] == 55) {
            memcpy(out + i, option, sizeof option);
            break;
        }
    return n;
}

static enum dhcp_type type_of(const uint8_t *data, size_t length)
{
    struct dhcp_message m;
    g_assert_true(dhcp_parse(&m, data, length));
    g_assert_cmpmem(m.mac, 6, mac, 6);
    return m.type;
}

/* To the end of REQUESTING; the request is in out. */
static size_t select_server(struct dhcp_client *c, uint8_t out[DHCP_MAX], ticks_t now)
{
    uint8_t reply[DHCP_MAX];
    size_t n = dhcp_client_output(c, out, now);
    g_assert_cmpint(type_of(out, n), ==, DHCP_DISCOVER);
    dhcp_client_input(c, reply, answer(reply, out, n, DHCP_OFFER, 3600), now);
    n = dhcp_client_output(c, out, now);
    struct dhcp_message m;
    g_assert_true(dhcp_parse(&m, out, n));
    g_assert_cmpint(m.type, ==, DHCP_REQUEST);
    g_assert_cmphex(m.requested, ==, ADDRESS);
    g_assert_cmphex(m.server, ==, SERVER);
    g_assert_false(dhcp_client_bound(c));
    return n;
}

static void test_lease(void)
{
    struct dhcp_client c = {0};
    uint8_t out[DHCP_MAX], reply[DHCP_MAX];
    ticks_t now = 5 * TICKS_PER_SECOND;
    dhcp_client_start(&c, mac, now);
    g_assert_cmpuint(c.next, ==, now);
    size_t n = select_server(&c, out, now);
    dhcp_client_input(&c, reply, answer(reply, out, n, DHCP_ACK, 3600), now);
    g_assert_true(dhcp_client_bound(&c));
    g_assert_cmphex(c.address, ==, ADDRESS);
    g_assert_cmphex(c.server, ==, SERVER);
    g_assert_cmpuint(c.next, ==, now + 1800 * TICKS_PER_SECOND);
    g_assert_cmpuint(dhcp_client_output(&c, out, c.next - 1), ==, 0);
    /* half of the lease is over: more time is asked for, and given */
    now = c.next;
    n = dhcp_client_output(&c, out, now);
    struct dhcp_message m;
    g_assert_true(dhcp_parse(&m, out, n));
    g_assert_cmpint(m.type, ==, DHCP_REQUEST);
    g_assert_cmphex(m.client, ==, ADDRESS);
    g_assert_cmphex(m.server, ==, 0);
    g_assert_true(dhcp_client_bound(&c));
    dhcp_client_input(&c, reply, answer(reply, out, n, DHCP_ACK, 100), now);
    g_assert_cmpuint(c.expires, ==, now + 100 * TICKS_PER_SECOND);
    /* nobody answers any more: it ends */
    while (dhcp_client_bound(&c)) {
        g_assert_cmpuint(c.next, <=, c.expires);
        g_assert_cmpuint(c.next, >, now);
        now = c.next;
        n = dhcp_client_output(&c, out, now);
    }
    g_assert_cmpuint(now, ==, c.expires);
    g_assert_cmpint(type_of(out, n), ==, DHCP_DISCOVER);
}

static void test_retries(void)
{
    struct dhcp_client c = {0};
    uint8_t out[DHCP_MAX], reply[DHCP_MAX];
    dhcp_client_start(&c, mac, 0);
    static const unsigned seconds[] = {1, 2, 4, 8, 16, 16};
    ticks_t now = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(seconds); i++) {
        g_assert_cmpint(type_of(out, dhcp_client_output(&c, out, now)), ==, DHCP_DISCOVER);
        g_assert_cmpuint(c.next - now, ==, seconds[i] * TICKS_PER_SECOND);
        now = c.next;
    }
    /* a request that is not answered leads back to the start, and so does a refusal */
    size_t n = select_server(&c, out, now);
    uint32_t id = c.id;
    for (unsigned i = 1; i < 4; i++) {
        n = dhcp_client_output(&c, out, c.next);
        g_assert_cmpint(type_of(out, n), ==, DHCP_REQUEST);
    }
    now = c.next;
    g_assert_cmpint(type_of(out, dhcp_client_output(&c, out, now)), ==, DHCP_DISCOVER);
    g_assert_cmphex(c.id, !=, id);
    now = c.next;
    n = select_server(&c, out, now);
    dhcp_client_input(&c, reply, answer(reply, out, n, DHCP_NAK, 0), now);
    g_assert_cmpint(c.state, ==, DHCP_SELECTING);
    g_assert_cmpuint(c.next, ==, now);
    dhcp_client_stop(&c);
    g_assert_cmpuint(c.next, ==, TICKS_NEVER);
    g_assert_cmpuint(dhcp_client_output(&c, out, now), ==, 0);
}

/* Answers to somebody else, and to an earlier question, change nothing. */
static void test_others(void)
{
    struct dhcp_client c = {0};
    uint8_t out[DHCP_MAX], reply[DHCP_MAX];
    dhcp_client_start(&c, mac, 0);
    size_t n = dhcp_client_output(&c, out, 0);
    size_t length = answer(reply, out, n, DHCP_OFFER, 3600);
    reply[7] ^= 1; /* the transaction */
    dhcp_client_input(&c, reply, length, 0);
    g_assert_cmpint(c.state, ==, DHCP_SELECTING);
    reply[7] ^= 1;
    reply[33] ^= 1; /* the client */
    dhcp_client_input(&c, reply, length, 0);
    g_assert_cmpint(c.state, ==, DHCP_SELECTING);
    reply[33] ^= 1;
    reply[0] = 1; /* not from a server */
    dhcp_client_input(&c, reply, length, 0);
    g_assert_cmpint(c.state, ==, DHCP_SELECTING);
    reply[0] = 2;
    dhcp_client_input(&c, reply, length, 0);
    g_assert_cmpint(c.state, ==, DHCP_REQUESTING);
}

static void test_malformed(void)
{
    struct dhcp_client c = {0};
    struct dhcp_message m;
    uint8_t out[DHCP_MAX];
    dhcp_client_start(&c, mac, 0);
    size_t n = dhcp_client_output(&c, out, 0);
    g_assert_cmpuint(n, >=, 300);
    for (size_t length = 0; length < 243; length++) {
        uint8_t *copy = g_memdup2(out, length);
        g_assert_false(dhcp_parse(&m, copy, length));
        g_free(copy);
    }
    out[241] = 255; /* an option that is longer than the message */
    g_assert_false(dhcp_parse(&m, out, 300));
    out[241] = 1;
    out[242] = 0; /* no type */
    g_assert_false(dhcp_parse(&m, out, 300));
    out[242] = 1;
    g_assert_true(dhcp_parse(&m, out, 300));
    out[236] = 0; /* the cookie */
    g_assert_false(dhcp_parse(&m, out, 300));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/dhcp/lease", test_lease);
    g_test_add_func("/host/dhcp/retries", test_retries);
    g_test_add_func("/host/dhcp/others", test_others);
    g_test_add_func("/host/dhcp/malformed", test_malformed);
    return g_test_run();
}
