/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware of the BCM43362 (bcm43362-sdio facts, sections 4.4 to 5.6): start, stop and what all its parts share.
 *
 * Models: the commands and variables that the drivers of device-os 0.5.2 and 1.5.0 use; scanning, joining open, WEP, WPA and
 * WPA2 networks with the handshake on the chip, losing and finding them again, an access point on interface 1.
 * Leaves out: WPA-Enterprise and WPS (the host's own supplicant), roaming between access points of one SSID, hidden SSIDs,
 * power save, packet filters, stations of the access point as such (frames pass, nobody associates). A variable that is not
 * known can be set, to no effect, and cannot be read. Real firmware needs: success for each step of the bring-up, and each
 * event at most once behind its reply.
 */
#include "peripherals/bcm43362/firmware-internal.h"

void firmware_start(struct device *dev)
{
    struct firmware *fw = firmware_of(dev);
    memset(fw, 0, sizeof *fw);
    fw->running = true;
    fw->noise = machine_seed(dev->machine) ^ machine_now(dev->machine) ^ UINT64_C(0x574C414E4E4F4953); /* apart from others */
    for (unsigned i = 0; i < FIRMWARE_INTERFACES; i++) {
        memcpy(fw->interface[i].mac, bcm43362_mac(dev), 6);
        fw->interface[i].channel = 1;
        fw->interface[i].handshake_timeout = 2500;
    }
    fw->interface[BCM43362_ACCESS_POINT].mac[0] ^= 2; /* a locally administered address beside the burnt one */
    firmware_settings_reset(fw);
}

/* No radio any more: everything that was on the air ends, without a word to the host. */
static void radio_off(struct device *dev)
{
    struct firmware *fw = firmware_of(dev);
    if (!fw->up)
        return;
    fw->scan.running = false;
    device_cancel(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_SCAN);
    station_drop(dev);
    access_point_drop(dev);
    fw->up = false;
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "down"));
}

void firmware_stop(struct device *dev)
{
    radio_off(dev);
    memset(firmware_of(dev), 0, sizeof(struct firmware));
}

int32_t firmware_radio(struct device *dev, bool on)
{
    struct firmware *fw = firmware_of(dev);
    if (!on)
        radio_off(dev);
    else if (!fw->up) {
        fw->up = true;
        machine_publish(dev->machine, "wifi", FIELD_STRING("op", "up"));
    }
    return CHIP_OK;
}

void firmware_timer(struct device *dev, unsigned index)
{
    switch (index) {
    case FIRMWARE_TIMER_SCAN:
        scan_timer(dev);
        break;
    case FIRMWARE_TIMER_STATION:
        station_timer(dev);
        break;
    case FIRMWARE_TIMER_BEACON:
        station_beacon_timer(dev);
        break;
    case FIRMWARE_TIMER_ACCESS_POINT:
        access_point_timer(dev);
        break;
    default:
        break;
    }
}

void firmware_networks_changed(struct device *dev)
{
    if (firmware_of(dev)->up)
        station_networks_changed(dev);
}

/* ---- commands ---- */

enum { GET_VAR = 262, SET_VAR = 263, VARIABLE_MAX = 64, ARGUMENT_MAX = 256 };

static void trace(struct device *dev, unsigned interface, uint32_t cmd, const char *name, bool set, int32_t status)
{
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "ioctl"), FIELD_INT("cmd", cmd), FIELD_STRING("name", name),
                    FIELD_BOOL("set", set), FIELD_STRING("interface", interface_name(interface)), FIELD_INT("status", status));
}

int32_t firmware_ioctl(struct device *dev, unsigned interface, uint32_t cmd, bool set, uint8_t *data, size_t length)
{
    struct firmware *fw = firmware_of(dev);
    char variable[VARIABLE_MAX] = "";
    const char *name = NULL;
    uint8_t argument[ARGUMENT_MAX];
    struct request request = {dev, fw, interface, data, length, NULL, 0};
    int32_t status = CHIP_OK;
    if (!fw->running)
        return CHIP_NOT_UP;
    bool named = cmd == GET_VAR || cmd == SET_VAR;
    if (named) {
        const uint8_t *end = length > 0 ? memchr(data, '\0', length) : NULL;
        if (end != NULL && (size_t)(end - data) < sizeof variable) {
            memcpy(variable, data, (size_t)(end - data));
            request.in = end + 1;
            request.in_length = length - (size_t)(request.in - data);
        } else
            status = CHIP_BAD_ARGUMENT;
        set = cmd == SET_VAR;
    }
    if (!set) { /* the answer takes the place of the question */
        request.in_length = MIN(request.in_length, sizeof argument);
        if (request.in_length > 0)
            memcpy(argument, request.in, request.in_length);
        request.in = argument;
        request.out = data;
        request.out_length = length;
        if (length > 0)
            memset(data, 0, length);
    }
    if (status == CHIP_OK)
        status = named ? firmware_variable(&request, variable, set) : firmware_command(&request, cmd, set, &name);
    trace(dev, request.interface, cmd, named ? variable : name, set, status);
    return status;
}

int32_t request_answer(struct request *request, const void *data, size_t length)
{
    if (request->out_length < length)
        return CHIP_TOO_SHORT;
    memcpy(request->out, data, length);
    return CHIP_OK;
}

int32_t request_answer32(struct request *request, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    return request_answer(request, bytes, sizeof bytes);
}

bool request_number(const struct request *request, uint32_t *value)
{
    if (request->in_length < 4)
        return false;
    *value = get32(request->in);
    return true;
}

bool request_ssid(const struct request *request, size_t offset, uint8_t ssid[32], uint8_t *length)
{
    if (request->in_length < offset + 36 || get32(request->in + offset) > 32)
        return false;
    *length = request->in[offset];
    memset(ssid, 0, 32);
    memcpy(ssid, request->in + offset + 4, *length);
    return true;
}

/* ---- what the parts share ---- */

void firmware_event(struct device *dev, const struct wlan_event *event)
{
    const struct firmware *fw = firmware_of(dev);
    g_return_if_fail(event->interface < FIRMWARE_INTERFACES && event->type / 8 < FIRMWARE_MASK);
    if (fw->interface[event->interface].event_mask[event->type / 8] & 1 << event->type % 8)
        sdpcm_event(dev, event);
}

const char *ssid_text(const uint8_t *ssid, size_t length, char text[SSID_TEXT])
{
    size_t n = 0;
    for (size_t i = 0; i < length && i < SSID_TEXT - 1; i++)
        if (ssid[i] != 0)
            text[n++] = (char)ssid[i];
    text[n] = '\0';
    return text;
}

const char *interface_name(unsigned interface)
{
    static const char *const names[] = {"station", "access-point"};
    return interface < G_N_ELEMENTS(names) ? names[interface] : "none";
}

const char *security_name(unsigned security)
{
    static const char *const names[] = {"open", "wep", "wpa", "wpa2", "mixed"};
    return security < G_N_ELEMENTS(names) ? names[security] : "unknown";
}

uint16_t firmware_channels(const struct firmware *firmware)
{
    static const char to_11[][3] = {"US", "CA", "MX", "PR", "TW"};
    if (memcmp(firmware->country, "JP", 2) == 0)
        return 0x7FFE;
    for (unsigned i = 0; i < G_N_ELEMENTS(to_11); i++)
        if (memcmp(firmware->country, to_11[i], 2) == 0)
            return 0x0FFE;
    return 0x3FFE;
}

uint16_t firmware_channel_list(const struct firmware *firmware, const uint8_t *list, size_t count)
{
    uint16_t channels = 0;
    for (size_t i = 0; i < count; i++)
        channels |= (uint16_t)((get16(list + 2 * i) & 0xFF) < 16 ? 1u << (get16(list + 2 * i) & 0xFF) : 0);
    return channels & firmware_channels(firmware);
}

bool firmware_interface_up(const struct device *dev, unsigned interface)
{
    const struct bcm43362 *radio = dev->state;
    if (interface == BCM43362_STATION)
        return firmware_joined(dev) != NULL;
    return interface == BCM43362_ACCESS_POINT && radio->firmware.access_point.up;
}

const struct air_network *firmware_joined(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    const struct firmware_station *station = &radio->firmware.station;
    return station->keyed && !station->out_of_range ? station_network(dev) : NULL;
}
