/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The station: it looks for a network up to three times over all channels (40 ms each), authenticates, associates, and shakes
 * hands on its own when the host has given it the key. A network that has gone is missed after the beacon time-out and looked
 * for every roam scan period, until the host disassociates.
 *
 * The moments between the steps are those of a quick access point. A network whose key or security has changed throws the
 * station out; one that has moved to another channel or address has gone.
 */
#include "peripherals/bcm43362/firmware-internal.h"

enum {
    SEARCH_MS = 40, /* on each channel */
    SEARCH_PASSES = 3,
    ANSWER_MS = 2, /* of the access point, to authentication and association */
    NEXT_MS = 1,   /* to the next event of the same moment */
    HANDSHAKE_MS = 20,
    DEAUTH_MS = 10,
};
enum { REASON_INVALID_AUTH = 2, REASON_HANDSHAKE_TIMEOUT = 15 }; /* IEEE 802.11; of PSK_SUP: 15 as well */
enum { LINK_REASON_BEACONS_LOST = 1, LINK_REASON_DISASSOCIATED = 2 };
enum { SUPPLICANT_KEYED = 6, SUPPLICANT_WAITS_M3 = 8 };

static const uint8_t any_bssid[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};

static struct firmware_station *station_of(struct device *dev)
{
    return &firmware_of(dev)->station;
}

static void in_ms(struct device *dev, uint32_t ms)
{
    device_schedule(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_STATION, machine_now(dev->machine) + ms * TICKS_PER_MS);
}

static void go(struct device *dev, enum station_state state, uint32_t ms)
{
    station_of(dev)->state = (uint8_t)state;
    in_ms(dev, ms);
}

static bool is_wpa(const struct air_network *network)
{
    return network->security != AIR_OPEN && network->security != AIR_WEP;
}

/* ---- what the air holds ---- */

/* The network that the station has found, as it is now; NULL: it has gone. */
static const struct air_network *heard(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    const struct air_network *was = &radio->firmware.station.network, *is = air_find(&radio->air, was->ssid);
    return is != NULL && memcmp(is->bssid, was->bssid, 6) == 0 && is->channel == was->channel ? is : NULL;
}

/* The wanted network: of its name, with a security that suits, the strongest. */
static const struct air_network *candidate(const struct device *dev, const char **why)
{
    const struct bcm43362 *radio = dev->state;
    const struct firmware *fw = &radio->firmware;
    const struct firmware_station *s = &fw->station;
    const struct air_network *best = NULL;
    *why = "network not found";
    for (unsigned i = 0; i < radio->air.count; i++) {
        const struct air_network *n = &radio->air.network[i];
        if (strlen(n->ssid) != s->ssid_length || memcmp(n->ssid, s->ssid, s->ssid_length) != 0)
            continue;
        if ((s->channels & 1u << n->channel) == 0 ||
            (memcmp(s->bssid, any_bssid, 6) != 0 && memcmp(s->bssid, n->bssid, 6) != 0))
            continue;
        if (!key_security_matches(&fw->interface[BCM43362_STATION], n))
            *why = "the network's security is another";
        else if (best == NULL || n->rssi > best->rssi)
            best = n;
    }
    return best;
}

static bool other_key(const struct air_network *was, const struct air_network *is)
{
    return is->security != was->security || strcmp(is->key, was->key) != 0;
}

/* Is the network that was found still there as it was? */
static bool still_there(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    const struct air_network *is = heard(dev);
    return is != NULL && !other_key(&radio->firmware.station.network, is);
}

const struct air_network *station_network(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    const struct firmware_station *s = &radio->firmware.station;
    if (!s->associated)
        return NULL;
    const struct air_network *is = s->out_of_range ? NULL : heard(dev);
    return is != NULL ? is : &s->network;
}

bool station_busy(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    uint8_t state = radio->firmware.station.state;
    return state >= STATION_SEARCHING && state < STATION_HANDSHAKE;
}

/* ---- events ---- */

static void tell(struct device *dev, uint32_t type, uint32_t status, uint32_t reason)
{
    const struct firmware_station *s = station_of(dev);
    struct wlan_event event = {.type = type, .status = status, .reason = reason, .interface = BCM43362_STATION};
    memcpy(event.address, s->network.bssid, 6);
    if (type == WLAN_SET_SSID) {
        event.data = s->ssid;
        event.length = s->ssid_length;
    }
    firmware_event(dev, &event);
}

static void tell_link(struct device *dev, bool up, uint32_t reason)
{
    struct wlan_event event = {.type = WLAN_LINK, .reason = reason, .interface = BCM43362_STATION};
    event.flags = up ? WLAN_LINK_UP : 0;
    memcpy(event.address, station_of(dev)->network.bssid, 6);
    firmware_event(dev, &event);
}

static void publish(struct device *dev, const char *op, const char *reason)
{
    const struct firmware_station *s = station_of(dev);
    char ssid[SSID_TEXT];
    struct event_field fields[] = {FIELD_STRING("op", op), FIELD_STRING("ssid", ssid_text(s->ssid, s->ssid_length, ssid)),
                                   FIELD_STRING("reason", reason)};
    machine_publish_fields(dev->machine, "wifi", fields, reason != NULL ? 3 : 2);
}

static void publish_joined(struct device *dev)
{
    const struct air_network *n = &station_of(dev)->network;
    char bssid[18];
    g_snprintf(bssid, sizeof bssid, "%02x:%02x:%02x:%02x:%02x:%02x", n->bssid[0], n->bssid[1], n->bssid[2], n->bssid[3],
               n->bssid[4], n->bssid[5]);
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "joined"), FIELD_STRING("ssid", n->ssid),
                    FIELD_STRING("bssid", bssid), FIELD_INT("channel", n->channel),
                    FIELD_STRING("security", security_name(n->security)));
}

/* ---- the way in ---- */

static uint32_t pass_ms(const struct firmware_station *s)
{
    uint32_t ms = 0;
    for (unsigned channel = 1; channel < 16; channel++)
        if (s->channels & 1u << channel)
            ms += SEARCH_MS;
    return ms;
}

static void search(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    s->passes = SEARCH_PASSES;
    go(dev, STATION_SEARCHING, MAX(pass_ms(s), (uint32_t)NEXT_MS));
    publish(dev, "join", NULL);
}

static void look_again_later(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    uint32_t seconds = MIN(fw->setting[SETTING_ROAM_SCAN_PERIOD], 3600u);
    if (fw->setting[SETTING_ROAM_OFF] == 0)
        go(dev, STATION_LOST, MAX(seconds, 1u) * 1000);
    else
        station_of(dev)->state = STATION_IDLE;
}

static void fail(struct device *dev, uint32_t status, const char *reason)
{
    struct firmware_station *s = station_of(dev);
    publish(dev, "join-failed", reason);
    if (s->by_itself) {
        look_again_later(dev);
        return;
    }
    s->state = STATION_IDLE;
    tell(dev, WLAN_SET_SSID, status, 0);
}

static void searched(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    const char *why;
    const struct air_network *network = candidate(dev, &why);
    if (network != NULL) {
        s->network = *network;
        go(dev, STATION_AUTHENTICATING, ANSWER_MS);
    } else if (!s->by_itself && --s->passes > 0)
        in_ms(dev, MAX(pass_ms(s), (uint32_t)NEXT_MS));
    else
        fail(dev, WLAN_NO_NETWORKS, why);
}

static void authenticated(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    const struct firmware_station *s = &fw->station;
    bool shared = s->network.security == AIR_WEP && fw->setting[SETTING_AUTH] == 1;
    if (!still_there(dev)) {
        tell(dev, WLAN_AUTH, WLAN_TIMEOUT, 0);
        fail(dev, WLAN_FAIL, "the network does not answer");
    } else if (shared && !key_matches(fw, &s->network)) {
        tell(dev, WLAN_AUTH, WLAN_FAIL, REASON_HANDSHAKE_TIMEOUT);
        fail(dev, WLAN_FAIL, "wrong key");
    } else {
        tell(dev, WLAN_AUTH, WLAN_SUCCESS, 0);
        go(dev, STATION_ASSOCIATING, ANSWER_MS);
    }
}

static void associated(struct device *dev)
{
    if (!still_there(dev)) {
        tell(dev, WLAN_ASSOC, WLAN_TIMEOUT, 0);
        fail(dev, WLAN_FAIL, "the network does not answer");
        return;
    }
    tell(dev, WLAN_ASSOC, WLAN_SUCCESS, 0);
    go(dev, STATION_LINKING, NEXT_MS);
}

/* Without a handshake the keys are in place, right or wrong. */
static void link_up(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    struct firmware_station *s = station_of(dev);
    s->associated = true;
    station_networks_changed(dev); /* it may have gone in the meantime */
    tell_link(dev, true, 0);
    go(dev, STATION_REPORTING, NEXT_MS);
    if (is_wpa(&s->network))
        return;
    s->keyed = key_matches(fw, &s->network);
    if (s->keyed)
        publish_joined(dev);
    else
        publish(dev, "join-failed", "wrong key; the network takes the device up, but no frame passes");
}

static void reported(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    struct firmware_station *s = station_of(dev);
    const struct firmware_interface *interface = &fw->interface[BCM43362_STATION];
    if (!s->by_itself) {
        tell(dev, WLAN_JOIN, WLAN_SUCCESS, 0);
        tell(dev, WLAN_SET_SSID, WLAN_SUCCESS, 0);
    }
    s->state = STATION_JOINED;
    if (!is_wpa(&s->network))
        return;
    if (interface->supplicant == 0)
        machine_report(dev->machine, "unmodelled",
                       "Wi-Fi: the host wants to shake hands with \"%s\" itself; only the chip's own handshake is modelled",
                       s->network.ssid);
    else if (key_matches(fw, &s->network))
        go(dev, STATION_HANDSHAKE, HANDSHAKE_MS);
    else
        go(dev, STATION_HANDSHAKE, CLAMP(interface->handshake_timeout, 1u, 60000u));
}

static void shaken_hands(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    s->state = STATION_JOINED;
    if (key_matches(firmware_of(dev), &s->network) && still_there(dev)) {
        s->keyed = true;
        tell(dev, WLAN_PSK_SUP, SUPPLICANT_KEYED, 0);
        publish_joined(dev);
    } else {
        tell(dev, WLAN_PSK_SUP, SUPPLICANT_WAITS_M3, REASON_HANDSHAKE_TIMEOUT);
        publish(dev, "join-failed", s->out_of_range ? "the network does not answer" : "wrong key");
    }
}

/* ---- the way out ---- */

static void forget(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    device_cancel(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_STATION);
    device_cancel(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_BEACON);
    s->state = STATION_IDLE;
    s->associated = s->keyed = s->out_of_range = false;
}

void station_drop(struct device *dev)
{
    if (station_of(dev)->associated)
        publish(dev, "leave", NULL);
    forget(dev);
}

int32_t station_disassociate(struct request *request)
{
    struct device *dev = request->dev;
    bool was_associated = station_of(dev)->associated;
    station_drop(dev);
    if (was_associated)
        go(dev, STATION_LEAVING, NEXT_MS);
    return CHIP_OK;
}

/* ---- watching over a connection ---- */

static void lost(struct device *dev, const char *why, uint32_t link_reason)
{
    struct firmware_station *s = station_of(dev);
    publish(dev, "link-lost", why);
    forget(dev);
    tell_link(dev, false, link_reason);
    s->by_itself = true;
    look_again_later(dev);
}

void station_beacon_timer(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    if (!s->associated)
        return;
    if (s->out_of_range)
        lost(dev, "no beacons", LINK_REASON_BEACONS_LOST);
    else {
        tell(dev, WLAN_DEAUTH_IND, WLAN_SUCCESS, REASON_INVALID_AUTH);
        lost(dev, "thrown out by the network", LINK_REASON_DISASSOCIATED);
    }
}

void station_networks_changed(struct device *dev)
{
    const struct firmware *fw = firmware_of(dev);
    struct firmware_station *s = station_of(dev);
    const unsigned timer = TIMER_FIRMWARE + FIRMWARE_TIMER_BEACON;
    ticks_t now = machine_now(dev->machine);
    if (!s->associated)
        return;
    const struct air_network *is = heard(dev);
    bool gone = is == NULL, was_gone = s->out_of_range;
    s->out_of_range = gone;
    if (gone && !was_gone)
        device_schedule(dev, timer, now + CLAMP(fw->setting[SETTING_BEACON_TIMEOUT], 1u, 3600u) * TICKS_PER_SECOND);
    else if (!gone && other_key(&s->network, is))
        device_schedule(dev, timer, now + DEAUTH_MS * TICKS_PER_MS);
    else if (!gone) {
        device_cancel(dev, timer);
        s->network = *is;
    }
}

void station_timer(struct device *dev)
{
    struct firmware_station *s = station_of(dev);
    switch ((enum station_state)s->state) {
    case STATION_IDLE:
    case STATION_JOINED:
        break;
    case STATION_SEARCHING:
        searched(dev);
        break;
    case STATION_AUTHENTICATING:
        authenticated(dev);
        break;
    case STATION_ASSOCIATING:
        associated(dev);
        break;
    case STATION_LINKING:
        link_up(dev);
        break;
    case STATION_REPORTING:
        reported(dev);
        break;
    case STATION_HANDSHAKE:
        shaken_hands(dev);
        break;
    case STATION_LEAVING:
        s->state = STATION_IDLE;
        tell(dev, WLAN_DISASSOC, WLAN_SUCCESS, 0);
        tell_link(dev, false, LINK_REASON_DISASSOCIATED);
        break;
    case STATION_LOST: {
        const char *why;
        if (candidate(dev, &why) != NULL)
            search(dev);
        else
            look_again_later(dev);
        break;
    }
    }
}

/* ---- what the host asks ---- */

static int32_t join(struct request *request, const struct firmware_station *wanted)
{
    struct device *dev = request->dev;
    struct firmware *fw = request->firmware;
    if (!fw->up)
        return CHIP_NOT_UP;
    station_drop(dev);
    scan_abort(dev, WLAN_NEW_ASSOC);
    if (wanted->ssid_length == 0)
        return CHIP_OK; /* how a network is left as well */
    fw->station = *wanted;
    search(dev);
    return CHIP_OK;
}

/* BSSID, two bytes, count of channels, channels. An address of zeros or ones and no channels: any. */
static bool parse_wish(const struct request *request, size_t offset, struct firmware_station *wanted)
{
    static const uint8_t zeros[6];
    const uint8_t *in = request->in + offset;
    memcpy(wanted->bssid, any_bssid, 6);
    wanted->channels = firmware_channels(request->firmware);
    if (request->in_length < offset + 12)
        return request->in_length <= offset;
    if (memcmp(in, zeros, 6) != 0)
        memcpy(wanted->bssid, in, 6);
    uint32_t count = get32(in + 8);
    if (count > (request->in_length - offset - 12) / 2)
        return false;
    if (count > 0)
        wanted->channels = firmware_channel_list(request->firmware, in + 12, count);
    return true;
}

int32_t station_set_ssid(struct request *request)
{
    struct firmware_station wanted = {0};
    if (!request_ssid(request, 0, wanted.ssid, &wanted.ssid_length) || !parse_wish(request, 36, &wanted))
        return CHIP_BAD_ARGUMENT;
    return join(request, &wanted);
}

int32_t station_join(struct request *request)
{
    struct firmware_station wanted = {0};
    if (request->in_length < 68)
        return CHIP_TOO_SHORT;
    if (!request_ssid(request, 0, wanted.ssid, &wanted.ssid_length) || !parse_wish(request, 56, &wanted))
        return CHIP_BAD_ARGUMENT;
    return join(request, &wanted);
}
