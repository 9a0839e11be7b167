/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands by number. The list is that of the drivers in the real images, with the counterpart of each; another one can be set,
   to no effect, and not be read. */
#include "peripherals/bcm43362/firmware-internal.h"

/* ---- settings ---- */

void firmware_settings_reset(struct firmware *firmware)
{
    static const uint32_t values[FIRMWARE_SETTINGS] = {
        [SETTING_AMPDU_WINDOW] = 8,
        [SETTING_AMPDU_MPDU] = 4,
        [SETTING_AMPDU_RX_FACTOR] = 0,
        [SETTING_BEACON_TIMEOUT] = 8,
        [SETTING_ROAM_TRIGGER] = 1,
        [SETTING_ROAM_DELTA] = 20,
        [SETTING_INFRA] = 1,
        [SETTING_GMODE] = 1,
        [SETTING_ROAM_SCAN_PERIOD] = 10,
        [SETTING_BEACON_PERIOD] = 100,
        [SETTING_DTIM_PERIOD] = 1,
        [SETTING_TX_ANTENNA] = 3,
        [SETTING_ANTENNA_DIVERSITY] = 3,
    };
    memcpy(firmware->setting, values, sizeof values);
}

int32_t firmware_get_setting(struct request *request, unsigned setting)
{
    return request_answer32(request, request->firmware->setting[setting]);
}

int32_t firmware_set_setting(struct request *request, unsigned setting)
{
    uint32_t value;
    if (!request_number(request, &value))
        return CHIP_TOO_SHORT;
    request->firmware->setting[setting] = value;
    return CHIP_OK;
}

/* ---- one command each ---- */

static int32_t get_magic(struct request *request)
{
    return request_answer32(request, 0x14E46C77);
}

static int32_t get_version(struct request *request)
{
    return request_answer32(request, 1);
}

static int32_t up(struct request *request)
{
    return firmware_radio(request->dev, true);
}

static int32_t down(struct request *request)
{
    return firmware_radio(request->dev, false);
}

static int32_t get_bssid(struct request *request)
{
    const struct air_network *network = station_network(request->dev);
    if (request->interface == BCM43362_ACCESS_POINT)
        return request_answer(request, request->firmware->interface[BCM43362_ACCESS_POINT].mac, 6);
    return network != NULL ? request_answer(request, network->bssid, 6) : CHIP_NOT_ASSOCIATED;
}

static int32_t get_ssid(struct request *request)
{
    const struct firmware *fw = request->firmware;
    bool station = request->interface == BCM43362_STATION;
    uint8_t answer[36] = {0};
    put32(answer, station ? fw->station.ssid_length : fw->access_point.ssid_length);
    memcpy(answer + 4, station ? fw->station.ssid : fw->access_point.ssid, 32);
    return request_answer(request, answer, sizeof answer);
}

static int32_t set_ssid(struct request *request)
{
    return request->interface == BCM43362_STATION ? station_set_ssid(request) : access_point_set_ssid(request);
}

static int32_t get_channel(struct request *request)
{
    const struct air_network *network = station_network(request->dev);
    uint32_t channel = request->firmware->interface[request->interface].channel, target = channel;
    if (request->interface == BCM43362_ACCESS_POINT)
        channel = access_point_channel(request->dev);
    else if (network != NULL)
        channel = network->channel;
    uint8_t answer[12] = {0}; /* in use, wanted, being scanned */
    put32(answer, channel);
    put32(answer + 4, target);
    put32(answer + 8, request->firmware->scan.running ? request->firmware->scan.channel : 0);
    return request_answer(request, answer, sizeof answer);
}

static int32_t set_channel(struct request *request)
{
    uint32_t channel;
    if (!request_number(request, &channel))
        return CHIP_TOO_SHORT;
    if (channel > 14 || (firmware_channels(request->firmware) & 1u << channel) == 0)
        return CHIP_BAD_CHANNEL;
    request->firmware->interface[request->interface].channel = channel;
    return CHIP_OK;
}

static int32_t get_rssi(struct request *request)
{
    const struct air_network *network = station_network(request->dev);
    return network != NULL ? request_answer32(request, (uint32_t)network->rssi) : CHIP_NOT_ASSOCIATED;
}

static int32_t get_noise(struct request *request)
{
    return request_answer32(request, (uint32_t)NOISE_DBM);
}

static int32_t get_bss_info(struct request *request)
{
    const struct air_network *network = station_network(request->dev);
    if (network == NULL)
        return CHIP_NOT_ASSOCIATED;
    if (request->out_length < 4 + BSS_INFO_FIXED)
        return CHIP_TOO_SHORT;
    put32(request->out, (uint32_t)request->out_length);
    bss_info(network, request->out + 4, request->out_length - 4);
    return CHIP_OK;
}

/* Stations of the access point: how many, and their addresses. Nobody associates here. */
static int32_t get_stations(struct request *request)
{
    return request_answer32(request, 0);
}

int32_t firmware_get_wsec(struct request *request)
{
    return request_answer32(request, request->firmware->interface[request->interface].wsec);
}

int32_t firmware_set_wsec(struct request *request)
{
    return request_number(request, &request->firmware->interface[request->interface].wsec) ? CHIP_OK : CHIP_TOO_SHORT;
}

int32_t firmware_get_wpa_auth(struct request *request)
{
    return request_answer32(request, request->firmware->interface[request->interface].wpa_auth);
}

int32_t firmware_set_wpa_auth(struct request *request)
{
    return request_number(request, &request->firmware->interface[request->interface].wpa_auth) ? CHIP_OK : CHIP_TOO_SHORT;
}

/* ---- the table ---- */

struct command {
    uint16_t get; /* number of each way; 0: there is none, but for GET_MAGIC */
    uint16_t set;
    const char *name;
    int32_t (*on_get)(struct request *request);
    int32_t (*on_set)(struct request *request); /* both NULL: a setting */
    unsigned setting;
};

static const struct command commands[] = {
    {0, 0, "MAGIC", get_magic, NULL, 0},
    {1, 0, "VERSION", get_version, NULL, 0},
    {0, 2, "UP", NULL, up, 0},
    {0, 3, "DOWN", NULL, down, 0},
    {19, 20, "INFRA", NULL, NULL, SETTING_INFRA},
    {21, 22, "AUTH", NULL, NULL, SETTING_AUTH},
    {23, 0, "BSSID", get_bssid, NULL, 0},
    {25, 26, "SSID", get_ssid, set_ssid, 0},
    {29, 30, "CHANNEL", get_channel, set_channel, 0},
    {0, 45, "KEY", NULL, key_set_wep, 0},
    {0, 52, "DISASSOC", NULL, station_disassociate, 0},
    {54, 55, "ROAM_TRIGGER", NULL, NULL, SETTING_ROAM_TRIGGER},
    {56, 57, "ROAM_DELTA", NULL, NULL, SETTING_ROAM_DELTA},
    {58, 59, "ROAM_SCAN_PERIOD", NULL, NULL, SETTING_ROAM_SCAN_PERIOD},
    {61, 62, "TXANT", NULL, NULL, SETTING_TX_ANTENNA},
    {63, 64, "ANTDIV", NULL, NULL, SETTING_ANTENNA_DIVERSITY},
    {75, 76, "BCNPRD", NULL, NULL, SETTING_BEACON_PERIOD},
    {77, 78, "DTIMPRD", NULL, NULL, SETTING_DTIM_PERIOD},
    {85, 86, "PM", NULL, NULL, SETTING_PM},
    {109, 110, "GMODE", NULL, NULL, SETTING_GMODE},
    {127, 0, "RSSI", get_rssi, NULL, 0},
    {133, 134, "WSEC", firmware_get_wsec, firmware_set_wsec, 0},
    {135, 0, "PHY_NOISE", get_noise, NULL, 0},
    {136, 0, "BSS_INFO", get_bss_info, NULL, 0},
    {159, 0, "ASSOCLIST", get_stations, NULL, 0},
    {164, 165, "WPA_AUTH", firmware_get_wpa_auth, firmware_set_wpa_auth, 0},
    {0, 268, "WSEC_PMK", NULL, key_set_pmk, 0},
};

int32_t firmware_command(struct request *request, uint32_t cmd, bool set, const char **name)
{
    *name = "unknown";
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        const struct command *c = &commands[i];
        bool is_setting = c->on_get == NULL && c->on_set == NULL;
        if (cmd != (set ? c->set : c->get) || (!is_setting && (set ? c->on_set : c->on_get) == NULL))
            continue;
        *name = c->name;
        if (request->interface >= FIRMWARE_INTERFACES)
            return CHIP_NOT_FOUND;
        if (is_setting)
            return set ? firmware_set_setting(request, c->setting) : firmware_get_setting(request, c->setting);
        return set ? c->on_set(request) : c->on_get(request);
    }
    return set ? CHIP_OK : CHIP_UNSUPPORTED;
}
