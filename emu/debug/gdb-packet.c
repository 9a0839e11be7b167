/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/debug/gdb-packet.h"

void gdb_parser_init(struct gdb_parser *p)
{
    *p = (struct gdb_parser){.state = GDB_OUTSIDE, .data = g_byte_array_new()};
}

void gdb_parser_clear(struct gdb_parser *p)
{
    g_byte_array_unref(p->data);
    p->data = NULL;
}

static void begin(struct gdb_parser *p)
{
    p->state = GDB_INSIDE;
    g_byte_array_set_size(p->data, 0);
    p->length = 0;
    p->sum = 0;
}

static void add(struct gdb_parser *p, uint8_t byte)
{
    if (p->length <= GDB_PACKET_SIZE)
        g_byte_array_append(p->data, &byte, 1);
}

static enum gdb_token outside(struct gdb_parser *p, uint8_t byte)
{
    switch (byte) {
    case '$':
        begin(p);
        return GDB_NOTHING;
    case '+':
        return GDB_ACK;
    case '-':
        return GDB_NAK;
    case 0x03:
        return GDB_INTERRUPT;
    default:
        return GDB_NOTHING;
    }
}

/* A '$' or '#' is never sent as data: the first one begins a packet anew, whatever was lost. */
static void inside(struct gdb_parser *p, uint8_t byte)
{
    if (byte == '$') {
        begin(p);
        return;
    }
    if (byte == '#') {
        p->state = GDB_SUM_HIGH;
        return;
    }
    p->sum = (uint8_t)(p->sum + byte);
    if (p->length <= GDB_PACKET_SIZE)
        p->length++;
    if (p->state == GDB_ESCAPE) {
        add(p, byte ^ 0x20);
        p->state = GDB_INSIDE;
    } else if (byte == '}') {
        p->state = GDB_ESCAPE;
    } else {
        add(p, byte);
    }
}

static enum gdb_token end(struct gdb_parser *p)
{
    static const uint8_t nul = 0;
    p->state = GDB_OUTSIDE;
    if (p->bad_digit || p->sum != p->expected || p->length > GDB_PACKET_SIZE)
        return GDB_BROKEN;
    g_byte_array_append(p->data, &nul, 1);
    g_byte_array_set_size(p->data, p->data->len - 1);
    return GDB_PACKET;
}

enum gdb_token gdb_parse(struct gdb_parser *p, uint8_t byte)
{
    int digit;
    switch (p->state) {
    case GDB_OUTSIDE:
        return outside(p, byte);
    case GDB_INSIDE:
    case GDB_ESCAPE:
        inside(p, byte);
        return GDB_NOTHING;
    case GDB_SUM_HIGH:
        digit = gdb_digit((char)byte);
        p->bad_digit = digit < 0;
        p->expected = (uint8_t)((unsigned)digit << 4);
        p->state = GDB_SUM_LOW;
        return GDB_NOTHING;
    case GDB_SUM_LOW:
        digit = gdb_digit((char)byte);
        p->bad_digit |= digit < 0;
        p->expected |= (uint8_t)(digit & 15);
        return end(p);
    }
    return GDB_NOTHING;
}

void gdb_frame(GByteArray *out, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *from = data;
    uint8_t sum = 0;
    g_byte_array_append(out, (const uint8_t *)"$", 1);
    for (size_t i = 0; i < size; i++) {
        uint8_t pair[2] = {from[i], 0};
        unsigned n = 1;
        if (from[i] == '$' || from[i] == '#' || from[i] == '}' || from[i] == '*') {
            pair[0] = '}';
            pair[1] = from[i] ^ 0x20;
            n = 2;
        }
        for (unsigned k = 0; k < n; k++)
            sum = (uint8_t)(sum + pair[k]);
        g_byte_array_append(out, pair, n);
    }
    uint8_t tail[3] = {'#', (uint8_t)digits[sum >> 4], (uint8_t)digits[sum & 15]};
    g_byte_array_append(out, tail, sizeof tail);
}

/* ---- hexadecimal ---- */

int gdb_digit(char c)
{
    return g_ascii_xdigit_value(c);
}

bool gdb_take_hex(const char **text, uint32_t *value)
{
    const char *at = *text;
    uint64_t number = 0;
    while (gdb_digit(*at) >= 0) {
        number = number << 4 | (uint64_t)gdb_digit(*at++);
        if (number > UINT32_MAX)
            return false;
    }
    if (at == *text)
        return false;
    *text = at;
    *value = (uint32_t)number;
    return true;
}

bool gdb_take(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

GByteArray *gdb_take_bytes(const char *text)
{
    GByteArray *bytes = g_byte_array_new();
    for (; *text != '\0'; text += 2) {
        int high = gdb_digit(text[0]), low = high < 0 ? -1 : gdb_digit(text[1]);
        if (low < 0) {
            g_byte_array_unref(bytes);
            return NULL;
        }
        uint8_t byte = (uint8_t)(high << 4 | low);
        g_byte_array_append(bytes, &byte, 1);
    }
    return bytes;
}

void gdb_put_bytes(GString *text, const void *data, size_t size)
{
    const uint8_t *from = data;
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", from[i]);
}
