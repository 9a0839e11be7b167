/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "emu/host/dhcp.h"
#include "emu/host/packet.h"

enum { HEADER = 236, COOKIE = 0x63825363, FLAG_BROADCAST = 0x8000 };
enum {
    OPTION_PAD = 0,
    OPTION_MASK = 1,
    OPTION_ROUTER = 3,
    OPTION_REQUESTED = 50,
    OPTION_LEASE = 51,
    OPTION_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_PARAMETERS = 55,
    OPTION_END = 255
};

bool dhcp_parse(struct dhcp_message *m, const uint8_t *d, size_t length)
{
    memset(m, 0, sizeof *m);
    if (length < HEADER + 4 || (d[0] != 1 && d[0] != 2) || d[1] != 1 || d[2] != 6 || read_be32(d + HEADER) != COOKIE)
        return false;
    m->reply = d[0] == 2;
    m->id = read_be32(d + 4);
    m->client = read_be32(d + 12);
    m->your = read_be32(d + 16);
    memcpy(m->mac, d + 28, 6);
    for (size_t i = HEADER + 4; i < length && d[i] != OPTION_END;) {
        if (d[i] == OPTION_PAD) {
            i++;
            continue;
        }
        if (length - i < 2 || length - i - 2 < d[i + 1])
            return false;
        const uint8_t *value = d + i + 2;
        size_t size = d[i + 1];
        if (d[i] == OPTION_TYPE && size == 1)
            m->type = value[0];
        uint32_t *word = d[i] == OPTION_MASK        ? &m->mask
                         : d[i] == OPTION_ROUTER    ? &m->router
                         : d[i] == OPTION_REQUESTED ? &m->requested
                         : d[i] == OPTION_LEASE     ? &m->lease
                         : d[i] == OPTION_SERVER    ? &m->server
                                                    : NULL;
        if (word != NULL && size >= 4)
            *word = read_be32(value);
        i += 2 + size;
    }
    return m->type >= DHCP_DISCOVER && m->type <= DHCP_INFORM;
}

static size_t put_word(uint8_t *d, size_t at, uint8_t option, uint32_t value)
{
    if (value == 0)
        return at;
    d[at] = option;
    d[at + 1] = 4;
    write_be32(d + at + 2, value);
    return at + 6;
}

size_t dhcp_build(uint8_t d[DHCP_MAX], const struct dhcp_message *m)
{
    static const uint8_t parameters[] = {OPTION_PARAMETERS, 2, OPTION_MASK, OPTION_ROUTER};
    memset(d, 0, DHCP_MAX);
    d[0] = 1;
    d[1] = 1;
    d[2] = 6;
    write_be32(d + 4, m->id);
    write_be16(d + 10, FLAG_BROADCAST); /* no answer can be taken at an address that is not there yet */
    write_be32(d + 12, m->client);
    memcpy(d + 28, m->mac, 6);
    write_be32(d + HEADER, COOKIE);
    size_t at = HEADER + 4;
    d[at++] = OPTION_TYPE;
    d[at++] = 1;
    d[at++] = (uint8_t)m->type;
    at = put_word(d, at, OPTION_REQUESTED, m->requested);
    at = put_word(d, at, OPTION_SERVER, m->server);
    memcpy(d + at, parameters, sizeof parameters);
    at += sizeof parameters;
    d[at++] = OPTION_END;
    return at < 300 ? 300 : at; /* servers of BOOTP's time drop shorter ones (RFC 1542 2.1) */
}
