/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembers the WPA2 network "photon-emu" with the key "breadboard" and connects to it; says on Serial1 how far it is. */
#include "photon.h"

SYSTEM_MODE(MANUAL);

void setup(void)
{
    serial1_begin(9600);
    wifi_on();
    if (!wifi_has_credentials()) {
        int result = wifi_set_credentials("photon-emu", "breadboard", SECURITY_WPA2, CIPHER_AES);
        serial1_printf("remembered: %d\r\n", result);
    }
    serial1_printf("connecting\r\n");
    wifi_connect();
}

void loop(void)
{
    static bool was_ready;
    bool ready = wifi_ready();
    if (ready != was_ready)
        serial1_printf(ready ? "ready\r\n" : "lost\r\n");
    was_ready = ready;
    delay(100);
}
