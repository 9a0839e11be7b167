/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What network options are made of. */
#include <glib.h>

#include "emu/host/network-options.h"
#include "emu/host/packet.h"

typedef bool (*option)(struct network_options *o, const char *text, GError **error);

static void refuse(option f, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct network_options *o = network_options_new();
    g_test_message("%s", text);
    g_assert_false(f(o, text, &error));
    g_assert_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE);
    g_assert_true(g_str_has_prefix(error->message, "'"));
    network_options_free(o);
}

static void test_good(void)
{
    struct network_options *o = network_options_new();
    g_assert_false(network_options_any(o));
    g_assert_true(network_options_net(o, "user,host=device.spark.io:10.0.2.2,host=a:1.2.3.4", NULL));
    g_assert_true(o->user);
    g_assert_cmpuint(o->hosts->len, ==, 2);
    g_assert_cmpstr(g_array_index(o->hosts, struct network_host, 0).name, ==, "device.spark.io");
    g_assert_cmphex(g_array_index(o->hosts, struct network_host, 1).address, ==, IPV4(1, 2, 3, 4));
    g_assert_true(network_options_allow(o, "localhost:5683", NULL));
    g_assert_cmpstr(g_array_index(o->allow, struct host_port, 0).host, ==, "localhost");
    g_assert_cmpuint(g_array_index(o->allow, struct host_port, 0).port, ==, 5683);
    g_assert_true(network_options_forward(o, "8080=80", NULL));
    g_assert_true(network_options_forward(o, "0.0.0.0:8081=10.0.2.20:81", NULL));
    const struct network_forward *f = &g_array_index(o->forward, struct network_forward, 0);
    g_assert_cmpstr(f->from.host, ==, "127.0.0.1");
    g_assert_cmpuint(f->from.port, ==, 8080);
    g_assert_cmphex(f->guest, ==, 0);
    g_assert_cmpuint(f->guest_port, ==, 80);
    f++;
    g_assert_cmpstr(f->from.host, ==, "0.0.0.0");
    g_assert_cmphex(f->guest, ==, IPV4(10, 0, 2, 20));
    g_assert_cmpuint(f->guest_port, ==, 81);
    g_assert_true(network_options_softap(o, "15609", NULL));
    g_assert_true(network_options_softap(o, "127.0.0.1:8082=80", NULL));
    g_assert_cmpuint(g_array_index(o->softap, struct network_forward, 0).guest_port, ==, 5609);
    g_assert_cmpuint(g_array_index(o->softap, struct network_forward, 1).guest_port, ==, 80);
    g_assert_true(network_options_any(o));
    g_assert_true(network_options_check(o, NULL));
    network_options_free(o);
}

static void test_bad(void)
{
    static const char *const net[] = {"",
                                      "tap",
                                      "user,",
                                      "user,host",
                                      "user,host=a",
                                      "user,host=:1.2.3.4",
                                      "user,host=a:b",
                                      "user,host=a b:1.2.3.4",
                                      "user,more=1",
                                      "user,host=1.2.3:1.2.3.4"};
    static const char *const allow[] = {"", "80", ":80", "a:", "a:0", "a:65536", "a:80x", "1.2.3:80", "a b:80", "[::1]:80"};
    static const char *const forward[] = {"", "80", "80=", "=80", "80=x", "x=80", "80=a:80", "1:2:3=4", "80=1.2.3:80"};
    static const char *const softap[] = {"", "x", "80=", "80=x", "80=10.0.0.1:80", "0", ":80"};
    for (unsigned i = 0; i < G_N_ELEMENTS(net); i++)
        refuse(network_options_net, net[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(allow); i++)
        refuse(network_options_allow, allow[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(forward); i++)
        refuse(network_options_forward, forward[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(softap); i++)
        refuse(network_options_softap, softap[i]);
}

/* Nothing of the host is to be reached without --net user. */
static void test_check(void)
{
    g_autoptr(GError) error = NULL;
    struct network_options *o = network_options_new();
    g_assert_true(network_options_check(o, NULL));
    g_assert_true(network_options_allow(o, "localhost:1", NULL));
    g_assert_false(network_options_check(o, &error));
    g_assert_nonnull(error);
    o->user = true;
    g_assert_true(network_options_check(o, NULL));
    network_options_free(o);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/options/good", test_good);
    g_test_add_func("/host/options/bad", test_bad);
    g_test_add_func("/host/options/check", test_check);
    return g_test_run();
}
