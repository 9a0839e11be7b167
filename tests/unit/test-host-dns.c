/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The name server with a table. */
#include <glib.h>
#include <string.h>

#include "emu/host/dns.h"
#include "emu/host/packet.h"

/* A query for a name, of a type of class IN; returns its length. */
static size_t query(uint8_t *q, const char *name, uint16_t type)
{
    memset(q, 0, DNS_MAX);
    write_be16(q, 0xBEEF);
    write_be16(q + 2, 0x0100);
    write_be16(q + 4, 1);
    size_t at = 12;
    g_auto(GStrv) labels = g_strsplit(name, ".", -1);
    for (unsigned i = 0; labels[i]; i++) {
        q[at++] = (uint8_t)strlen(labels[i]);
        memcpy(q + at, labels[i], strlen(labels[i]));
        at += strlen(labels[i]);
    }
    q[at++] = 0;
    write_be16(q + at, type);
    write_be16(q + at + 2, 1);
    return at + 4;
}

static struct dns_table *table(void)
{
    struct dns_table *t = dns_table_new();
    g_assert_true(dns_table_set(t, "Device.Spark.io", IPV4(10, 0, 2, 2)));
    return t;
}

static void test_found(void)
{
    struct dns_table *t = table();
    struct dns_answer a;
    uint8_t q[DNS_MAX];
    size_t n = query(q, "device.SPARK.io", 1);
    dns_answer(t, q, n, 0, &a);
    g_assert_cmpuint(a.length, ==, n + 16);
    g_assert_true(a.found);
    g_assert_cmpstr(a.name, ==, "device.spark.io");
    g_assert_cmphex(read_be16(a.message), ==, 0xBEEF);
    g_assert_cmphex(read_be16(a.message + 2), ==, 0x8180);
    g_assert_cmpuint(read_be16(a.message + 4), ==, 1);
    g_assert_cmpuint(read_be16(a.message + 6), ==, 1);
    g_assert_cmpmem(a.message + 12, n - 12, q + 12, n - 12); /* the question, as it was asked */
    const uint8_t *record = a.message + n;
    g_assert_cmphex(read_be16(record), ==, 0xC00C);
    g_assert_cmpuint(read_be16(record + 2), ==, 1);
    g_assert_cmpuint(read_be16(record + 10), ==, 4);
    g_assert_cmphex(read_be32(record + 12), ==, IPV4(10, 0, 2, 2));
    /* another type of record: the name is there, such a record is not */
    dns_answer(t, q, query(q, "device.spark.io", 28), 0, &a);
    g_assert_cmphex(read_be16(a.message + 2), ==, 0x8180);
    g_assert_cmpuint(read_be16(a.message + 6), ==, 0);
    dns_table_free(t);
}

static void test_unknown(void)
{
    struct dns_table *t = table();
    struct dns_answer a;
    uint8_t q[DNS_MAX];
    size_t n = query(q, "spark.io", 1);
    dns_answer(t, q, n, 0, &a);
    g_assert_cmpuint(a.length, ==, n);
    g_assert_false(a.found);
    g_assert_cmphex(read_be16(a.message + 2), ==, 0x8183);
    g_assert_cmpuint(read_be16(a.message + 6), ==, 0);
    /* of a bad network: every name has the wrong address */
    dns_answer(t, q, n, IPV4(192, 0, 2, 1), &a);
    g_assert_true(a.found);
    g_assert_cmphex(read_be32(a.message + n + 12), ==, IPV4(192, 0, 2, 1));
    dns_table_free(t);
}

static void test_malformed(void)
{
    struct dns_table *t = table();
    struct dns_answer a;
    uint8_t q[DNS_MAX];
    size_t n = query(q, "device.spark.io", 1);
    for (size_t length = 0; length < n; length++) {
        uint8_t *copy = g_memdup2(q, length);
        dns_answer(t, copy, length, 0, &a);
        g_free(copy);
        if (length < 12)
            g_assert_cmpuint(a.length, ==, 0);
        else
            g_assert_cmphex(read_be16(a.message + 2), ==, 0x8181);
    }
    q[12] = 0xC0; /* a pointer in the first name */
    dns_answer(t, q, n, 0, &a);
    g_assert_cmphex(read_be16(a.message + 2) & 15, ==, 1);
    query(q, "device.spark.io", 1);
    write_be16(q + 4, 2); /* two questions */
    dns_answer(t, q, n, 0, &a);
    g_assert_cmphex(read_be16(a.message + 2) & 15, ==, 1);
    query(q, "device.spark.io", 1);
    q[2] |= 0x28; /* an update */
    dns_answer(t, q, n, 0, &a);
    g_assert_cmphex(read_be16(a.message + 2) & 15, ==, 4);
    q[2] = 0x80; /* an answer */
    dns_answer(t, q, n, 0, &a);
    g_assert_cmpuint(a.length, ==, 0);
    dns_table_free(t);
}

static void test_names(void)
{
    struct dns_table *t = dns_table_new();
    g_autofree char *long_label = g_strnfill(64, 'a'), *longest_label = g_strnfill(63, 'a');
    g_autofree char *long_name = g_strdup_printf("%s.%s.%s.%s", longest_label, longest_label, longest_label, longest_label);
    const char *const bad[] = {"", ".", "a..b", "a.", ".a", "a b", "a\xC3\xA4", long_label, long_name};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(dns_table_set(t, bad[i], 1));
    g_assert_true(dns_table_set(t, longest_label, 1));
    /* one of all that a name of the wire can hold: 255 bytes with its lengths */
    uint8_t q[DNS_MAX];
    struct dns_answer a;
    size_t n = query(q, long_name, 1);
    dns_answer(t, q, n, 0, &a);
    g_assert_cmphex(read_be16(a.message + 2) & 15, ==, 1); /* 256: one too many */
    dns_table_free(t);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/dns/found", test_found);
    g_test_add_func("/host/dns/unknown", test_unknown);
    g_test_add_func("/host/dns/malformed", test_malformed);
    g_test_add_func("/host/dns/names", test_names);
    return g_test_run();
}
