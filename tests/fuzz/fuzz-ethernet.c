/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a device into what is at the other end of its radio: the router behind the joined network, and the gateway of its
 * own access point. The input is a row of frames, each with two bytes in front: its length (low byte), and in the second byte
 * bits 2:0 of the length's high part, bit 6 to mend the checksums of IPv4 first, bit 7 for the access point.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "emu/host/gateway.h"
#include "emu/host/station.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void swallow(const uint8_t *frame, size_t length, void *data)
{
    struct packet p;
    (void)data;
    g_assert_cmpuint(length, <=, PACKET_MAX);
    (void)packet_parse(&p, frame, length);
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xFFFF) + (sum >> 16);
    return (uint16_t)~sum;
}

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
    return sum;
}

/* Random bytes hardly ever have right sums: without this little lies behind the first check. */
static void mend(uint8_t *frame, size_t length)
{
    if (length < 34 || read_be16(frame + 12) != ETHERTYPE_IPV4)
        return;
    uint8_t *ip = frame + 14;
    size_t header = (size_t)(ip[0] & 15) * 4, total = read_be16(ip + 2);
    if (header < 20 || total < header || total > length - 14)
        return;
    write_be16(ip + 10, 0);
    write_be16(ip + 10, fold(add(0, ip, header)));
    static const uint8_t at[256] = {[PROTOCOL_ICMP] = 2, [PROTOCOL_TCP] = 16, [PROTOCOL_UDP] = 6};
    size_t field = at[ip[9]], rest = total - header;
    if (field == 0 || rest < field + 2)
        return;
    uint32_t pseudo = ip[9] == PROTOCOL_ICMP ? 0 : add(0, ip + 12, 8) + ip[9] + (uint32_t)rest;
    write_be16(ip + header + field, 0);
    write_be16(ip + header + field, fold(add(pseudo, ip + header, rest)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine *m = machine_new(1);
    struct network_options *options = network_options_new();
    machine_seal(m);
    machine_power_on(m);
    struct station *station = station_new(m, options, swallow, NULL, NULL);
    struct gateway *gateway = gateway_new(m, options->softap, swallow, NULL, NULL);
    gateway_set_up(gateway, true);
    while (size >= 2) {
        size_t length = data[0] | (size_t)(data[1] & 7) << 8;
        bool access_point = data[1] & 0x80, right = data[1] & 0x40;
        data += 2;
        size -= 2;
        length = length < size ? length : size;
        uint8_t *frame = g_memdup2(data, length); /* of its exact size, so that a stray access shows */
        data += length;
        size -= length;
        if (right && frame != NULL)
            mend(frame, length);
        if (access_point)
            gateway_input(gateway, frame, length);
        else
            station_input(station, frame, length);
        g_free(frame);
        machine_pass_time(m, machine_now(m) + TICKS_PER_MS);
        gateway_dispatch(gateway, NULL, 0);
    }
    gateway_free(gateway);
    station_free(station);
    network_options_free(options);
    machine_free(m);
    return 0;
}
