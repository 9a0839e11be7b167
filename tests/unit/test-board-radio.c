/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board's door to its radio. */
#include <string.h>

#include "boards/board.h"

static void note_input(const struct event *event, void *data)
{
    if (strcmp(event->kind, "input") == 0)
        g_string_append_printf(data, "%s=%s;", event_field(event, "name")->string, event_field(event, "value")->string);
}

static struct machine *board(const char *name, bool absent)
{
    struct board_options options = BOARD_OPTIONS_DEFAULT;
    options.wifi_absent = absent;
    struct machine *m = board_machine(board_find(name), &options);
    static struct board_persistent p;
    board_persistent_new(&p, 0);
    board_persistent_store(m, &p);
    board_power_on(m, false);
    return m;
}

static void assert_error(struct machine *m, const char *text, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_assert_false(board_network_set(m, text, &error));
    g_assert_nonnull(error);
    if (strstr(error->message, part) == NULL)
        g_error("\"%s\" says nothing of \"%s\"", error->message, part);
}

static void networks(void)
{
    for (unsigned i = 0; board_names()[i] != NULL; i++) {
        const struct board *b = board_find(board_names()[i]);
        struct machine *m = board(b->name, false);
        g_autoptr(GString) heard = g_string_new(NULL);
        struct board_network joined;
        machine_subscribe(m, note_input, heard);
        g_assert_true(board_network_set(m, "ssid=open,channel=3", NULL));
        g_assert_cmpstr(heard->str, ==, "wifi=ssid=open,channel=3;");
        g_string_truncate(heard, 0);
        /* through the door of all inputs, the key unseen, even one with commas */
        g_assert_true(board_input(m, b, "wifi", "ssid=a\\,psk=b,psk=se\\,cre\\\\t8,rssi=-50", NULL));
        g_assert_cmpstr(heard->str, ==, "wifi=ssid=a\\,psk=b,psk=***,rssi=-50;");
        g_string_truncate(heard, 0);
        assert_error(m, "ssid=", "ssid");
        assert_error(m, "ssid=nowhere,off", "nowhere");
        for (unsigned n = 2; n < 16; n++) {
            g_autofree char *text = g_strdup_printf("ssid=net%u", n);
            g_assert_true(board_network_set(m, text, NULL));
        }
        assert_error(m, "ssid=toomany", "toomany");
        g_assert_true(board_network_set(m, "ssid=open,off", NULL));
        g_assert_true(board_network_set(m, "ssid=toomany", NULL));
        g_assert_cmpstr(board_radio_line(m), ==, "WLAN.host");
        g_assert_false(board_interface_up(m, BOARD_STATION));
        g_assert_false(board_network_joined(m, &joined));
        machine_free(m);
    }
}

static void absent(void)
{
    struct machine *m = board("photon", true);
    uint8_t frame[BOARD_ETHERNET_MAX] = {0};
    enum board_interface interface;
    struct board_network joined;
    size_t length;
    assert_error(m, "ssid=home", "no radio");
    g_assert_null(board_radio_line(m));
    g_assert_false(board_interface_up(m, BOARD_ACCESS_POINT));
    g_assert_false(board_network_joined(m, &joined));
    g_assert_false(board_radio_room(m, BOARD_STATION));
    g_assert_false(board_radio_give(m, BOARD_STATION, frame, 60));
    g_assert_false(board_radio_take(m, &interface, frame, &length));
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/board/radio/networks", networks);
    g_test_add_func("/board/radio/absent", absent);
    return g_test_run();
}
