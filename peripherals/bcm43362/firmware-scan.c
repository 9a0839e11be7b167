/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scanning: the chip listens on one channel after the other and reports each network when it hears it. Times on a channel are
 * the usual ones of Broadcom's firmware where the host leaves them open: 40 ms with probe requests, 20 ms while it has a
 * connection to serve in between (45 ms each), 110 ms when it only listens.
 */
#include "peripherals/bcm43362/firmware-internal.h"

enum { ACTIVE_MS = 40, CONNECTED_MS = 20, PASSIVE_MS = 110, HOME_MS = 45, LONGEST_MS = 10000, REPORT_MS = 1 };
enum { ACTION_START = 1, ACTION_ABORT = 3 };
enum { RESULT_HEADER = 12 };

/* Parameters of escan, as offsets. */
enum {
    VERSION = 0,
    ACTION = 4,
    SYNC_ID = 6,
    SSID = 8,
    BSSID = 44,
    PASSIVE = 51,
    ACTIVE_TIME = 56,
    PASSIVE_TIME = 60,
    HOME_TIME = 64,
    CHANNEL_COUNT = 68,
    CHANNELS = 72,
};

static void schedule(struct device *dev, ticks_t when)
{
    device_schedule(dev, TIMER_FIRMWARE + FIRMWARE_TIMER_SCAN, when);
}

/* A time as the host gives it: negative or 0 stands for the usual one. */
static ticks_t time_or(const uint8_t *bytes, uint32_t usual)
{
    uint32_t ms = get32(bytes);
    return (ms == 0 || ms > INT32_MAX ? usual : MIN(ms, LONGEST_MS)) * TICKS_PER_MS;
}

static bool matches(const struct firmware_scan *scan, const struct air_network *network)
{
    static const uint8_t any[6] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    if (network->channel != scan->channel)
        return false;
    if (memcmp(scan->bssid, any, 6) != 0 && memcmp(scan->bssid, network->bssid, 6) != 0)
        return false;
    size_t length = strlen(network->ssid);
    return scan->ssid_length == 0 || (length == scan->ssid_length && memcmp(scan->ssid, network->ssid, length) == 0);
}

static void report(struct device *dev, uint32_t status, const struct air_network *network)
{
    const struct firmware *fw = firmware_of(dev);
    uint8_t data[RESULT_HEADER + BSS_INFO_MAX] = {0};
    size_t length = RESULT_HEADER;
    struct wlan_event event = {.type = WLAN_ESCAN_RESULT, .status = status, .data = data};
    if (network != NULL) {
        length += bss_info(network, data + RESULT_HEADER, BSS_INFO_MAX);
        memcpy(event.address, network->bssid, 6);
    }
    put32(data, (uint32_t)length);
    put32(data + 4, BSS_INFO_VERSION);
    put16(data + 8, fw->scan.told_sync_id);
    put16(data + 10, network != NULL);
    event.length = length;
    firmware_event(dev, &event);
}

/* ---- channel by channel ---- */

/* Spread what is heard over the time on the channel. */
static void listen(struct device *dev)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    const struct air *air = &bcm43362_of(dev)->air;
    ticks_t now = machine_now(dev->machine);
    unsigned left = 0;
    for (unsigned i = scan->next; i < air->count; i++)
        left += matches(scan, &air->network[i]);
    if (left == 0)
        schedule(dev, scan->leave);
    else
        schedule(dev, now + (scan->leave > now ? (scan->leave - now) / (left + 1) : 0));
}

static void next_channel(struct device *dev, bool first)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    ticks_t begin = machine_now(dev->machine) + (first ? 0 : scan->away);
    if (scan->channels == 0) {
        scan->ended = true;
        scan->ending = WLAN_SUCCESS;
        schedule(dev, machine_now(dev->machine) + REPORT_MS * TICKS_PER_MS);
        return;
    }
    scan->channel = (uint8_t)g_bit_nth_lsf(scan->channels, -1);
    scan->channels &= (uint16_t) ~(1u << scan->channel);
    scan->next = 0;
    scan->leave = begin + scan->dwell;
    listen(dev);
}

static void begin(struct device *dev)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    scan->running = true;
    scan->ended = scan->restart = false;
    scan->told_sync_id = scan->sync_id;
    scan->found = 0;
    scan->channel = 0;
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "scan"));
    next_channel(dev, true);
}

static void tell_end(struct device *dev)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    scan->running = false;
    report(dev, scan->ending, NULL);
    if (scan->ending == WLAN_SUCCESS)
        machine_publish(dev->machine, "wifi", FIELD_STRING("op", "scan-done"), FIELD_INT("found", scan->found));
    else
        machine_publish(dev->machine, "wifi", FIELD_STRING("op", "scan-aborted"));
    if (scan->restart)
        begin(dev);
}

void scan_timer(struct device *dev)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    const struct air *air = &bcm43362_of(dev)->air;
    if (!scan->running)
        return;
    if (scan->ended) {
        tell_end(dev);
        return;
    }
    while (scan->next < air->count) {
        const struct air_network *network = &air->network[scan->next++];
        if (matches(scan, network) && machine_now(dev->machine) < scan->leave) {
            scan->found++;
            report(dev, WLAN_PARTIAL, network);
            listen(dev);
            return;
        }
    }
    if (machine_now(dev->machine) < scan->leave) /* the one to be heard now has gone away */
        schedule(dev, scan->leave);
    else
        next_channel(dev, false);
}

void scan_abort(struct device *dev, uint32_t status)
{
    struct firmware_scan *scan = &firmware_of(dev)->scan;
    if (!scan->running)
        return;
    scan->ended = true;
    scan->restart = false;
    scan->ending = status;
    schedule(dev, machine_now(dev->machine) + REPORT_MS * TICKS_PER_MS);
}

/* ---- the request ---- */

int32_t scan_request(struct request *request)
{
    struct device *dev = request->dev;
    struct firmware *fw = request->firmware;
    const uint8_t *in = request->in;
    struct firmware_scan wanted = {0};
    if (request->in_length < SSID)
        return CHIP_TOO_SHORT;
    if (get16(in + ACTION) == ACTION_ABORT) {
        scan_abort(dev, WLAN_ABORT);
        return CHIP_OK;
    }
    if (request->in_length < CHANNELS)
        return CHIP_TOO_SHORT;
    size_t count = get16(in + CHANNEL_COUNT); /* above it: how many more SSIDs follow */
    if (get32(in + VERSION) != 1 || get16(in + ACTION) != ACTION_START ||
        !request_ssid(request, SSID, wanted.ssid, &wanted.ssid_length) || request->in_length < CHANNELS + 2 * count)
        return CHIP_BAD_ARGUMENT;
    if (!fw->up)
        return CHIP_NOT_UP;
    if (station_busy(dev))
        return CHIP_BUSY;
    bool connected = station_network(dev) != NULL;
    wanted.sync_id = get16(in + SYNC_ID);
    memcpy(wanted.bssid, in + BSSID, 6);
    wanted.channels = count == 0 ? firmware_channels(fw) : firmware_channel_list(fw, in + CHANNELS, count);
    if (in[PASSIVE] & 1)
        wanted.dwell = time_or(in + PASSIVE_TIME, PASSIVE_MS);
    else
        wanted.dwell = time_or(in + ACTIVE_TIME, connected ? CONNECTED_MS : ACTIVE_MS);
    wanted.away = connected ? time_or(in + HOME_TIME, HOME_MS) : 0;
    if (!fw->scan.running) {
        fw->scan = wanted;
        begin(dev);
        return CHIP_OK;
    }
    wanted.running = true;
    wanted.told_sync_id = fw->scan.told_sync_id;
    fw->scan = wanted;
    scan_abort(dev, WLAN_NEW_SCAN);
    fw->scan.restart = true;
    return CHIP_OK;
}
