/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board's door to its radio. */
#include <string.h>

#include "boards/board.h"
#include "peripherals/bcm43362/bcm43362.h"

G_STATIC_ASSERT((int)BOARD_STATION == BCM43362_STATION && (int)BOARD_ACCESS_POINT == BCM43362_ACCESS_POINT);
G_STATIC_ASSERT((int)BOARD_ETHERNET_MAX == ETHERNET_MAX);

/* NULL: it is absent. */
static struct device *radio(const struct machine *m)
{
    return machine_device(m, "WLAN");
}

/* The text without its key. */
static char *masked(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *p = text; *p != '\0';) {
        bool key = g_str_has_prefix(p, "psk=");
        if (key)
            g_string_append(out, "psk=***");
        for (; *p != '\0' && *p != ','; p++) {
            const char *word = p;
            if (*p == '\\' && p[1] != '\0')
                p++;
            if (!key)
                g_string_append_len(out, word, p - word + 1);
        }
        if (*p == ',')
            g_string_append_c(out, *p++);
    }
    return g_string_free(out, FALSE);
}

bool board_network_set(struct machine *m, const char *text, GError **error)
{
    struct air_network network;
    bool off;
    if (!air_network_parse(text, &network, &off, error))
        return false;
    if (radio(m) == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "this board has no radio that could hear network \"%s\"",
                    network.ssid);
        return false;
    }
    if (off && air_find(bcm43362_air(radio(m)), network.ssid) == NULL) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "there is no network \"%s\" that could go off",
                    network.ssid);
        return false;
    }
    if (!off && air_find(bcm43362_air(radio(m)), network.ssid) == NULL && bcm43362_air(radio(m))->count == AIR_NETWORKS) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "network \"%s\" is one too many; %d can be on the air at a time", network.ssid, AIR_NETWORKS);
        return false;
    }
    g_autofree char *shown = masked(text);
    machine_publish(m, "input", FIELD_STRING("name", "wifi"), FIELD_STRING("value", shown));
    if (off)
        bcm43362_network_remove(radio(m), network.ssid);
    else
        bcm43362_network_set(radio(m), &network);
    return true;
}

const char *board_radio_line(const struct machine *m)
{
    return radio(m) != NULL ? "WLAN.host" : NULL;
}

bool board_interface_up(const struct machine *m, enum board_interface interface)
{
    return radio(m) != NULL && bcm43362_interface_up(radio(m), (enum bcm43362_interface)interface);
}

bool board_network_joined(const struct machine *m, struct board_network *network)
{
    const struct air_network *joined = radio(m) != NULL ? bcm43362_joined(radio(m)) : NULL;
    if (joined == NULL)
        return false;
    *network = (struct board_network){.no_dhcp = joined->no_dhcp, .wrong_dns = joined->wrong_dns};
    memcpy(network->ssid, joined->ssid, sizeof network->ssid);
    return true;
}

bool board_radio_take(struct machine *m, enum board_interface *interface, uint8_t frame[BOARD_ETHERNET_MAX], size_t *length)
{
    enum bcm43362_interface from;
    if (radio(m) == NULL || !bcm43362_take(radio(m), &from, frame, length))
        return false;
    *interface = (enum board_interface)from;
    return true;
}

bool board_radio_give(struct machine *m, enum board_interface interface, const uint8_t *frame, size_t length)
{
    return radio(m) != NULL && bcm43362_give(radio(m), (enum bcm43362_interface)interface, frame, length);
}

bool board_radio_room(const struct machine *m, enum board_interface interface)
{
    return radio(m) != NULL && bcm43362_room(radio(m), (enum bcm43362_interface)interface);
}
