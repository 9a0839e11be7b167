/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point on interface 1. It stands on its own channel, or on that of the network that the station is joined to: there
   is one radio. */
#include "peripherals/bcm43362/firmware-internal.h"

enum { START_MS = 5 }; /* until the first beacon */

unsigned access_point_channel(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    const struct air_network *network = station_network(dev);
    return network != NULL ? network->channel : radio->firmware.interface[BCM43362_ACCESS_POINT].channel;
}

int32_t access_point_set_ssid(struct request *request)
{
    struct firmware_access_point *ap = &request->firmware->access_point;
    if (request->interface != BCM43362_ACCESS_POINT)
        return CHIP_BAD_ARGUMENT;
    return request_ssid(request, 0, ap->ssid, &ap->ssid_length) ? CHIP_OK : CHIP_BAD_ARGUMENT;
}

static void publish_up(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    const struct firmware_interface *interface = &fw->interface[BCM43362_ACCESS_POINT];
    char ssid[SSID_TEXT];
    enum air_security security = AIR_OPEN;
    if (interface->wpa_auth & WPA2_AUTH_PSK)
        security = interface->wsec & WSEC_TKIP ? AIR_WPA2_MIXED : AIR_WPA2_AES;
    else if (interface->wpa_auth & WPA_AUTH_PSK)
        security = AIR_WPA_TKIP;
    else if (interface->wsec & WSEC_WEP)
        security = AIR_WEP;
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "softap-up"),
                    FIELD_STRING("ssid", ssid_text(fw->access_point.ssid, fw->access_point.ssid_length, ssid)),
                    FIELD_INT("channel", access_point_channel(dev)), FIELD_STRING("security", security_name(security)));
}

void access_point_drop(struct device *dev)
{
    struct firmware_access_point *ap = &firmware_of(dev)->access_point;
    device_cancel(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_ACCESS_POINT);
    if (!ap->up)
        return;
    ap->up = false;
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "softap-down"));
}

/* Index of an interface; the answer is 1 if it is up. */
int32_t access_point_get(struct request *request)
{
    uint32_t index;
    if (!request_number(request, &index))
        return CHIP_TOO_SHORT;
    if (index >= FIRMWARE_INTERFACES)
        return CHIP_NOT_FOUND;
    bool up = index == BCM43362_ACCESS_POINT ? request->firmware->access_point.up : station_network(request->dev) != NULL;
    return request_answer32(request, up);
}

/* Index of an interface; 1 to bring it up, 0 to take it down. */
int32_t access_point_set(struct request *request)
{
    struct device *dev = request->dev;
    struct firmware *fw = request->firmware;
    struct firmware_access_point *ap = &fw->access_point;
    if (request->in_length < 8)
        return CHIP_TOO_SHORT;
    uint32_t index = get32(request->in);
    bool up = get32(request->in + 4) != 0;
    if (index >= FIRMWARE_INTERFACES)
        return CHIP_NOT_FOUND;
    if (index == BCM43362_STATION)
        return up ? CHIP_OK : station_disassociate(request);
    if (up && !fw->up)
        return CHIP_NOT_UP;
    if (up && ap->ssid_length == 0)
        return CHIP_BAD_ARGUMENT;
    if (up == ap->up)
        return CHIP_OK;
    if (!up)
        access_point_drop(dev);
    else {
        ap->up = true;
        publish_up(dev);
    }
    device_schedule(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_ACCESS_POINT, machine_now(dev->machine) + START_MS * TICKS_PER_MS);
    return CHIP_OK;
}

/* Tell the host where it stands now. */
void access_point_timer(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    struct wlan_event event = {
        .type = WLAN_LINK, .flags = fw->access_point.up ? WLAN_LINK_UP : 0, .interface = BCM43362_ACCESS_POINT};
    memcpy(event.address, fw->interface[BCM43362_ACCESS_POINT].mac, 6);
    firmware_event(dev, &event);
}
