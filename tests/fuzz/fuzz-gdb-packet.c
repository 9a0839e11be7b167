/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes into the parser of GDB's packets; what it takes for a packet comes out again as it is when framed and parsed. */
#include <stdint.h>
#include <string.h>

#include "emu/debug/gdb-packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const GByteArray *packet)
{
    struct gdb_parser p;
    GByteArray *framed = g_byte_array_new();
    gdb_frame(framed, packet->data, packet->len);
    gdb_parser_init(&p);
    enum gdb_token last = GDB_NOTHING;
    for (guint i = 0; i < framed->len; i++)
        last = gdb_parse(&p, framed->data[i]);
    /* escapes may make it longer than a packet may be */
    if (framed->len <= GDB_PACKET_SIZE) {
        g_assert_cmpint(last, ==, GDB_PACKET);
        g_assert_cmpmem(p.data->data, p.data->len, packet->data, packet->len);
    }
    gdb_parser_clear(&p);
    g_byte_array_unref(framed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gdb_parser p;
    gdb_parser_init(&p);
    for (size_t i = 0; i < size; i++)
        if (gdb_parse(&p, data[i]) == GDB_PACKET)
            again(p.data);
    gdb_parser_clear(&p);
    return 0;
}
