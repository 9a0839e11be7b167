/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for Wi-Fi networks and lists them on Serial1, every ten seconds. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    serial1_begin(115200);
    wifi_on();
}

static void print(struct wifi_network *network, void *data)
{
    static const char *const securities[] = {"open", "WEP", "WPA", "WPA2", "WPA Enterprise", "WPA2 Enterprise"};
    enum { SECURITIES = sizeof securities / sizeof *securities };
    unsigned *n = data;
    network->ssid[network->ssid_length < 33 ? network->ssid_length : 32] = '\0';
    serial1_printf("%u \"%s\" %02x:%02x:%02x:%02x:%02x:%02x channel %u %d dBm %s\r\n", ++*n, network->ssid, network->bssid[0],
                   network->bssid[1], network->bssid[2], network->bssid[3], network->bssid[4], network->bssid[5],
                   network->channel, (int)network->rssi,
                   network->security < SECURITIES ? securities[network->security] : "unknown");
}

void loop(void)
{
    unsigned n = 0;
    serial1_printf("scan\r\n");
    int result = wifi_scan(print, &n);
    serial1_printf(result < 0 ? "error %d\r\n" : "%d networks\r\n", result < 0 ? result : (int)n);
    delay(10000);
}
