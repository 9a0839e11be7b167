/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets of the remote serial protocol: taken apart, put together, and any garbage between them. */
#include "emu/debug/gdb-packet.h"

#include <string.h>

/* What a stream of bytes is taken for: "P<data>" for a packet, and one letter for each other token. */
static char *tokens(const void *bytes, size_t size)
{
    GString *out = g_string_new(NULL);
    struct gdb_parser p;
    gdb_parser_init(&p);
    for (size_t i = 0; i < size; i++)
        switch (gdb_parse(&p, ((const uint8_t *)bytes)[i])) {
        case GDB_NOTHING:
            break;
        case GDB_PACKET:
            g_string_append_printf(out, "P<%s>", (const char *)p.data->data);
            g_assert_cmpuint(p.data->len, ==, strlen((const char *)p.data->data));
            break;
        case GDB_BROKEN:
            g_string_append_c(out, 'B');
            break;
        case GDB_ACK:
            g_string_append_c(out, '+');
            break;
        case GDB_NAK:
            g_string_append_c(out, '-');
            break;
        case GDB_INTERRUPT:
            g_string_append_c(out, '!');
            break;
        }
    gdb_parser_clear(&p);
    return g_string_free(out, FALSE);
}

static void streams(void)
{
    static const struct {
        const char *bytes, *tokens;
    } cases[] = {
        {"$g#67", "P<g>"},
        {"$#00", "P<>"},
        {"+$g#67+", "+P<g>+"},
        {"-\x03", "-!"},
        {"$g#68$g#67", "BP<g>"},
        {"$g#6G$g#67", "BP<g>"},
        {"$g#G7$g#67", "BP<g>"},
        {"$m0,4#fd", "P<m0,4>"},
        {"$m0,4#FD", "P<m0,4>"},
        {"garbage$g#67more", "P<g>"},
        {"$lost$g#67", "P<g>"}, /* the end of a packet was lost */
        {"$a}\x03"
         "b#43",
         "P<a#b>"},
        {"$}#7d$g#67", "P<>P<g>"}, /* nothing behind an escape */
        {"#67##", ""},
        {"$\x03#03", "P<\x03>"}, /* no interrupt inside of a packet */
        {"$g#", ""},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *seen = tokens(cases[i].bytes, strlen(cases[i].bytes));
        g_assert_cmpstr(seen, ==, cases[i].tokens);
    }
}

static void too_long(void)
{
    g_autoptr(GByteArray) stream = g_byte_array_new();
    for (unsigned extra = 0; extra < 2; extra++) {
        g_autofree char *data = g_strnfill(GDB_PACKET_SIZE + extra, 'x');
        g_byte_array_set_size(stream, 0);
        gdb_frame(stream, data, GDB_PACKET_SIZE + extra);
        gdb_frame(stream, "g", 1);
        g_autofree char *seen = tokens(stream->data, stream->len);
        g_assert_true(g_str_has_suffix(seen, extra ? "BP<g>" : "x>P<g>"));
    }
}

/* Whatever bytes a packet holds, it comes out as it went in. */
static void round_trip(void)
{
    for (unsigned turn = 0; turn < 200; turn++) {
        uint8_t data[64];
        unsigned size = (unsigned)g_test_rand_int_range(0, sizeof data);
        for (unsigned i = 0; i < size; i++)
            data[i] = (uint8_t)g_test_rand_int();
        g_autoptr(GByteArray) stream = g_byte_array_new();
        gdb_frame(stream, data, size);
        struct gdb_parser p;
        gdb_parser_init(&p);
        for (unsigned i = 0; i + 1 < stream->len; i++)
            g_assert_cmpint(gdb_parse(&p, stream->data[i]), ==, GDB_NOTHING);
        g_assert_cmpint(gdb_parse(&p, stream->data[stream->len - 1]), ==, GDB_PACKET);
        g_assert_cmpmem(p.data->data, p.data->len, data, size);
        gdb_parser_clear(&p);
    }
}

static void numbers(void)
{
    const char *text = "8000400,4";
    uint32_t a, b;
    g_assert_true(gdb_take_hex(&text, &a) && gdb_take(&text, ',') && gdb_take_hex(&text, &b));
    g_assert_cmphex(a, ==, 0x8000400);
    g_assert_cmphex(b, ==, 4);
    static const char *const bad[] = {"", ",", "x", "100000000", "fffffffff"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        text = bad[i];
        g_assert_false(gdb_take_hex(&text, &a));
        g_assert_true(text == bad[i]);
    }
    text = "ffffffff";
    g_assert_true(gdb_take_hex(&text, &a));
    g_assert_cmphex(a, ==, UINT32_MAX);
    g_assert_null(gdb_take_bytes("1"));
    g_assert_null(gdb_take_bytes("0x"));
    g_autoptr(GByteArray) bytes = gdb_take_bytes("00ff7F");
    static const uint8_t expected[] = {0x00, 0xFF, 0x7F};
    g_assert_cmpmem(bytes->data, bytes->len, expected, sizeof expected);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gdb-packet/streams", streams);
    g_test_add_func("/gdb-packet/too-long", too_long);
    g_test_add_func("/gdb-packet/round-trip", round_trip);
    g_test_add_func("/gdb-packet/numbers", numbers);
    return g_test_run();
}
