/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variables by name. "bsscfg:NAME" has the number of an interface before the value; without it, the command's interface counts.
   A variable that is not in the table can be set, to no effect, and not be read. */
#include "peripherals/bcm43362/firmware-internal.h"

static struct firmware_interface *interface_of(struct request *request)
{
    return &request->firmware->interface[request->interface];
}

static int32_t get_country(struct request *request)
{
    const struct firmware *fw = request->firmware;
    uint8_t answer[12];
    memcpy(answer, fw->country, 4);
    put32(answer + 4, (uint32_t)fw->country_revision);
    memcpy(answer + 8, fw->country_code, 4);
    return request_answer(request, answer, sizeof answer);
}

static int32_t set_country(struct request *request)
{
    struct firmware *fw = request->firmware;
    if (request->in_length < 12)
        return CHIP_TOO_SHORT;
    if (!g_ascii_isalnum(request->in[0]) || !g_ascii_isalnum(request->in[1]))
        return CHIP_BAD_ARGUMENT;
    memcpy(fw->country, request->in, 4);
    fw->country_revision = (int32_t)get32(request->in + 4);
    memcpy(fw->country_code, request->in + 8, 4);
    char text[5] = {0};
    memcpy(text, fw->country, 4);
    machine_publish(request->dev->machine, "wifi", FIELD_STRING("op", "country"), FIELD_STRING("country", text));
    return CHIP_OK;
}

static int32_t get_event_mask(struct request *request)
{
    return request_answer(request, interface_of(request)->event_mask, MIN(request->out_length, (size_t)FIRMWARE_MASK));
}

static int32_t set_event_mask(struct request *request)
{
    uint8_t *mask = interface_of(request)->event_mask;
    memset(mask, 0, FIRMWARE_MASK);
    memcpy(mask, request->in, MIN(request->in_length, (size_t)FIRMWARE_MASK));
    return CHIP_OK;
}

static int32_t get_random(struct request *request)
{
    return request_answer32(request, (uint32_t)(noise_next(&request->firmware->noise) >> 32));
}

static int32_t get_mac(struct request *request)
{
    return request_answer(request, interface_of(request)->mac, 6);
}

static int32_t set_mac(struct request *request)
{
    uint8_t *mac = interface_of(request)->mac;
    if (request->in_length < 6)
        return CHIP_TOO_SHORT;
    if (request->in[0] & 1) /* a group address */
        return CHIP_BAD_ARGUMENT;
    memcpy(mac, request->in, 6);
    char text[18];
    g_snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    machine_publish(request->dev->machine, "wifi", FIELD_STRING("op", "mac"),
                    FIELD_STRING("interface", interface_name(request->interface)), FIELD_STRING("mac", text));
    return CHIP_OK;
}

/* Count, then so many addresses. */
static int32_t get_multicast(struct request *request)
{
    const struct firmware *fw = request->firmware;
    uint8_t answer[4 + 6 * FIRMWARE_MULTICAST];
    put32(answer, fw->multicast_count);
    memcpy(answer + 4, fw->multicast, sizeof fw->multicast);
    return request_answer(request, answer, 4 + 6 * (size_t)fw->multicast_count);
}

static int32_t set_multicast(struct request *request)
{
    struct firmware *fw = request->firmware;
    uint32_t count;
    if (!request_number(request, &count))
        return CHIP_TOO_SHORT;
    if (count > FIRMWARE_MULTICAST || request->in_length < 4 + 6 * (size_t)count)
        return CHIP_BAD_ARGUMENT;
    fw->multicast_count = count;
    memset(fw->multicast, 0, sizeof fw->multicast);
    memcpy(fw->multicast, request->in + 4, 6 * (size_t)count);
    return CHIP_OK;
}

static int32_t get_version(struct request *request)
{
    static const char text[] = "wl0: photon-emu's model of version 5.90.230\n";
    return request_answer(request, text, sizeof text);
}

/* Several frames in one: not modelled, so it cannot be switched on. */
static int32_t set_txglom(struct request *request)
{
    uint32_t on;
    if (!request_number(request, &on))
        return CHIP_TOO_SHORT;
    return on == 0 ? CHIP_OK : CHIP_UNSUPPORTED;
}

static int32_t set_supplicant(struct request *request)
{
    return request_number(request, &interface_of(request)->supplicant) ? CHIP_OK : CHIP_TOO_SHORT;
}

static int32_t set_handshake_timeout(struct request *request)
{
    return request_number(request, &interface_of(request)->handshake_timeout) ? CHIP_OK : CHIP_TOO_SHORT;
}

struct variable {
    const char *name;
    int32_t (*get)(struct request *request);
    int32_t (*set)(struct request *request); /* both NULL: a setting */
    unsigned setting;
};

static const struct variable variables[] = {
    {"2g_mrate", NULL, NULL, SETTING_MULTICAST_RATE},
    {"ampdu_ba_wsize", NULL, NULL, SETTING_AMPDU_WINDOW},
    {"ampdu_mpdu", NULL, NULL, SETTING_AMPDU_MPDU},
    {"ampdu_rx_factor", NULL, NULL, SETTING_AMPDU_RX_FACTOR},
    {"apsta", NULL, NULL, SETTING_APSTA},
    {"bcn_timeout", NULL, NULL, SETTING_BEACON_TIMEOUT},
    {"bss", access_point_get, access_point_set, 0},
    {"bus:txglom", NULL, set_txglom, 0},
    {"country", get_country, set_country, 0},
    {"cur_etheraddr", get_mac, set_mac, 0},
    {"escan", NULL, scan_request, 0},
    {"event_msgs", get_event_mask, set_event_mask, 0},
    {"join", NULL, station_join, 0},
    {"mcast_list", get_multicast, set_multicast, 0},
    {"pm2_sleep_ret", NULL, NULL, SETTING_PM_SLEEP_RETURN},
    {"pm_limit", NULL, NULL, SETTING_PM_LIMIT},
    {"rand", get_random, NULL, 0},
    {"roam_off", NULL, NULL, SETTING_ROAM_OFF},
    {"ssid", NULL, access_point_set_ssid, 0},
    {"sup_wpa", NULL, set_supplicant, 0},
    {"sup_wpa_tmo", NULL, set_handshake_timeout, 0},
    {"ver", get_version, NULL, 0},
    {"wpa_auth", firmware_get_wpa_auth, firmware_set_wpa_auth, 0},
    {"wsec", firmware_get_wsec, firmware_set_wsec, 0},
};

int32_t firmware_variable(struct request *request, const char *name, bool set)
{
    const char *prefix = "bsscfg:";
    if (g_str_has_prefix(name, prefix)) {
        if (request->in_length < 4)
            return CHIP_TOO_SHORT;
        request->interface = get32(request->in);
        request->in += 4;
        request->in_length -= 4;
        name += strlen(prefix);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(variables); i++) {
        const struct variable *v = &variables[i];
        if (strcmp(v->name, name) != 0)
            continue;
        if (request->interface >= FIRMWARE_INTERFACES)
            return CHIP_NOT_FOUND;
        if (v->get == NULL && v->set == NULL)
            return set ? firmware_set_setting(request, v->setting) : firmware_get_setting(request, v->setting);
        int32_t (*handler)(struct request *) = set ? v->set : v->get;
        return handler != NULL ? handler(request) : CHIP_UNSUPPORTED;
    }
    return set ? CHIP_OK : CHIP_UNSUPPORTED;
}
