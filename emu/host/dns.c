/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/dns.h"

#include <string.h>

#include "emu/host/packet.h"

enum { HEADER = 12, TYPE_A = 1, CLASS_IN = 1 };
enum { NO_ERROR = 0, FORMAT_ERROR = 1, NO_SUCH_NAME = 3, NOT_IMPLEMENTED = 4 };
enum { FLAG_RESPONSE = 0x8000, FLAG_RECURSION_DESIRED = 0x0100, FLAG_RECURSION_AVAILABLE = 0x0080, OPCODE = 0x7800 };
/* Short, so that who changes the table need not wait long. */
enum { TIME_TO_LIVE = 60 };

struct dns_table {
    GHashTable *addresses; /* name in lower case -> GUINT_TO_POINTER */
};

struct dns_table *dns_table_new(void)
{
    struct dns_table *t = g_new0(struct dns_table, 1);
    t->addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return t;
}

void dns_table_free(struct dns_table *t)
{
    if (t == NULL)
        return;
    g_hash_table_destroy(t->addresses);
    g_free(t);
}

bool dns_table_set(struct dns_table *t, const char *name, uint32_t address)
{
    size_t label = 0, length = strlen(name);
    if (length == 0 || length > 253)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (name[i] == '.') {
            if (label == 0)
                return false;
            label = 0;
        } else if ((!g_ascii_isalnum(name[i]) && name[i] != '-' && name[i] != '_') || ++label > 63) {
            return false;
        }
    }
    if (label == 0)
        return false;
    g_hash_table_replace(t->addresses, g_ascii_strdown(name, -1), GUINT_TO_POINTER(address));
    return true;
}

/* The question's name, without its last point, in lower case; returns the length of the question, or 0. */
static size_t read_question(const uint8_t *q, size_t length, char name[256])
{
    size_t i = 0, n = 0;
    name[0] = '\0';
    while (i < length && q[i] != 0) {
        size_t label = q[i++];
        if (label > 63 || label > length - i || n + label + 1 > 254)
            return 0; /* a pointer has nothing to point to in a first name */
        if (n > 0)
            name[n++] = '.';
        for (size_t k = 0; k < label; k++) /* what no host name has is no name of the table either */
            name[n++] = g_ascii_isgraph(q[i + k]) ? g_ascii_tolower((char)q[i + k]) : '?';
        name[n] = '\0';
        i += label;
    }
    return i < length && length - i >= 5 ? i + 5 : 0;
}

void dns_answer(const struct dns_table *t, const uint8_t *query, size_t length, uint32_t wrong, struct dns_answer *a)
{
    memset(a, 0, sizeof *a);
    if (length < HEADER || length > DNS_MAX || (query[2] & 0x80))
        return;
    uint16_t flags = read_be16(query + 2), code = FORMAT_ERROR;
    size_t question = read_be16(query + 4) == 1 ? read_question(query + HEADER, length - HEADER, a->name) : 0;
    bool address = false;
    if (flags & OPCODE) {
        code = NOT_IMPLEMENTED;
    } else if (question > 0) {
        void *value = NULL;
        a->found = wrong != 0 || g_hash_table_lookup_extended(t->addresses, a->name, NULL, &value);
        a->address = wrong != 0 ? wrong : GPOINTER_TO_UINT(value);
        code = a->found ? NO_ERROR : NO_SUCH_NAME;
        const uint8_t *type = query + HEADER + question - 4;
        address = a->found && read_be16(type) == TYPE_A && read_be16(type + 2) == CLASS_IN && HEADER + question + 16 <= DNS_MAX;
    }
    memcpy(a->message, query, HEADER + question);
    write_be16(a->message + 2,
               (uint16_t)(FLAG_RESPONSE | (flags & (OPCODE | FLAG_RECURSION_DESIRED)) | FLAG_RECURSION_AVAILABLE | code));
    write_be16(a->message + 4, question > 0);
    write_be16(a->message + 6, address);
    memset(a->message + 8, 0, 4);
    a->length = HEADER + question;
    if (!address)
        return;
    uint8_t *record = a->message + a->length;
    write_be16(record, 0xC000 | HEADER); /* the name of the question */
    write_be16(record + 2, TYPE_A);
    write_be16(record + 4, CLASS_IN);
    write_be32(record + 6, TIME_TO_LIVE);
    write_be16(record + 10, 4);
    write_be32(record + 12, a->address);
    a->length += 16;
}
