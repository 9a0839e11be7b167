/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets of GDB's remote serial protocol (GDB manual, appendix E.1): "$data#cc", acknowledged by "+", refused by "-", and a
 * bare 0x03 that interrupts. In the data, "}" and a byte stand for that byte with bit 5 turned.
 */
#ifndef EMU_DEBUG_GDB_PACKET_H
#define EMU_DEBUG_GDB_PACKET_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest packet that is taken, in bytes of data as sent. */
enum { GDB_PACKET_SIZE = 0x4000 };

enum gdb_token {
    GDB_NOTHING, /* yet */
    GDB_PACKET,  /* parser->data is its data, unescaped, with a 0 behind it that does not count */
    GDB_BROKEN,  /* a packet with a wrong checksum, or one that is too long */
    GDB_ACK,
    GDB_NAK,
    GDB_INTERRUPT,
};

struct gdb_parser {
    enum { GDB_OUTSIDE, GDB_INSIDE, GDB_ESCAPE, GDB_SUM_HIGH, GDB_SUM_LOW } state;
    GByteArray *data;
    size_t length; /* as sent */
    uint8_t sum, expected;
    bool bad_digit;
};

void gdb_parser_init(struct gdb_parser *parser);
void gdb_parser_clear(struct gdb_parser *parser);

/* Take one byte. What makes no sense is passed over. */
enum gdb_token gdb_parse(struct gdb_parser *parser, uint8_t byte);

/* Append data as a packet. */
void gdb_frame(GByteArray *out, const void *data, size_t size);

/* ---- hexadecimal ---- */

/* -1: no digit */
int gdb_digit(char c);
/* A number without 0x; *text moves behind it. False if there is no digit, or more than eight that count. */
bool gdb_take_hex(const char **text, uint32_t *value);
/* The character c is next: moves behind it. */
bool gdb_take(const char **text, char c);
/* Bytes, two digits each, up to the end of the text: NULL for anything else. Free with g_byte_array_unref. */
GByteArray *gdb_take_bytes(const char *text);
void gdb_put_bytes(GString *text, const void *data, size_t size);

#endif
