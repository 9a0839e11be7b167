/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files, block by block; tests/network has tshark read one. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "emu/host/pcap.h"

static const char *const names[] = {"station", "access-point", NULL};

static uint32_t word(const uint8_t *p)
{
    uint32_t w;
    memcpy(&w, p, sizeof w);
    return w;
}

static void test_blocks(void)
{
    g_autofree char *folder = g_dir_make_tmp(NULL, NULL);
    g_autofree char *path = g_build_filename(folder, "x.pcapng", NULL);
    g_autoptr(GError) error = NULL;
    struct pcap *p = pcap_open(path, PCAP_ETHERNET, names, &error);
    g_assert_no_error(error);
    const uint8_t frame[15] = {1, 2, 3};
    pcap_frame(p, 1, true, 3 * TICKS_PER_SECOND + TICKS_PER_US, frame, sizeof frame);
    g_assert_true(pcap_close(p, &error));
    g_autofree char *text = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(path, &text, &size, NULL));
    const uint8_t *b = (const uint8_t *)text;
    static const uint32_t types[] = {0x0A0D0D0A, 1, 1, 6};
    gsize at = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        g_assert_cmpuint(size - at, >=, 12);
        uint32_t length = word(b + at + 4);
        g_assert_cmphex(word(b + at), ==, types[i]);
        g_assert_cmpuint(length % 4, ==, 0);
        g_assert_cmpuint(length, <=, size - at);
        g_assert_cmpuint(word(b + at + length - 4), ==, length);
        if (types[i] == 6) {
            g_assert_cmpuint(word(b + at + 8), ==, 1);
            g_assert_cmpuint((uint64_t)word(b + at + 12) << 32 | word(b + at + 16), ==, G_GUINT64_CONSTANT(3000001000));
            g_assert_cmpuint(word(b + at + 20), ==, sizeof frame);
            g_assert_cmpuint(word(b + at + 24), ==, sizeof frame);
            g_assert_cmpmem(b + at + 28, sizeof frame, frame, sizeof frame);
            g_assert_cmphex(word(b + at + 28 + 16), ==, 0x00040002); /* flags, four bytes: */
            g_assert_cmpuint(word(b + at + 28 + 20), ==, 1);         /* inbound */
        }
        at += length;
    }
    g_assert_cmpuint(at, ==, size);
    g_unlink(path);
    g_rmdir(folder);
}

static void test_errors(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(pcap_open("/nonexistent/x", PCAP_ETHERNET, names, &error));
    g_assert_nonnull(strstr(error->message, "/nonexistent/x"));
    g_clear_error(&error);
    struct pcap *p = pcap_open("/dev/full", PCAP_ETHERNET, names, &error);
    g_assert_no_error(error);
    g_assert_false(pcap_close(p, &error));
    g_assert_nonnull(strstr(error->message, "/dev/full"));
    g_assert_true(pcap_close(NULL, NULL));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/pcap/blocks", test_blocks);
    g_test_add_func("/host/pcap/errors", test_errors);
    return g_test_run();
}
