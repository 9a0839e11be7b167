/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the radio's host writes to function 2, and what comes to it from the air. The input is a row of steps; each begins with
 * a byte that says what is done (bits 2:0) and, where bytes follow, with their number: two bytes, the low one first, of which
 * 1544 count.
 *   0 a frame with a right SDPCM header around the bytes; bits 7:6 the channel   1 the bytes as they are, header and all
 *   2 a frame for the station from the air   3 one for the access point   4 the host reads a frame   5 time passes
 *   6 any CMD52 or CMD53 (four bytes of argument, and block data)   7 power off and on again in the middle of it
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/card-bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct steps {
    const uint8_t *at;
    size_t left;
};

static uint8_t take_byte(struct steps *s)
{
    if (s->left == 0)
        return 0;
    s->left--;
    return *s->at++;
}

static size_t take_bytes(struct steps *s, uint8_t *bytes, size_t max)
{
    size_t length = take_byte(s);
    length |= (size_t)take_byte(s) << 8;
    length = MIN(MIN(length, max), s->left);
    if (length > 0)
        memcpy(bytes, s->at, length);
    s->at += length;
    s->left -= length;
    return length;
}

/* Reads as long as a frame says it is: the radio must always have said the truth. */
static void read_frame(struct machine *m)
{
    uint8_t frame[FRAME_MAX];
    (void)frame_read(m, frame);
    clear_interrupt(m);
}

static void any_command(struct machine *m, struct steps *s)
{
    uint8_t argument[4], block[512];
    for (unsigned i = 0; i < 4; i++)
        argument[i] = take_byte(s);
    uint32_t response, index = (argument[0] & 1) != 0 ? 53 : 52;
    (void)card_command(m, index, get32(argument), &response);
    size_t length = take_bytes(s, block, sizeof block);
    if (index == 53 && length > 0) {
        (void)bcm43362_card_ops.data_write(wlan(m), block, length);
        (void)bcm43362_card_ops.data_read(wlan(m), block, length);
    }
}

static void restart(struct machine *m)
{
    probe_set(m, REG_ON, 0);
    pass(m, TICKS_PER_MS);
    card_start(m);
}

static void step(struct machine *m, struct steps *s, uint8_t *sequence)
{
    uint8_t what = take_byte(s), bytes[FRAME_MAX];
    size_t length;
    switch (what & 7) {
    case 0:
        length = take_bytes(s, bytes, FRAME_MAX - 12);
        frame_write(m, (*sequence)++, what >> 6, 12, bytes, (uint32_t)length);
        break;
    case 1:
        length = take_bytes(s, bytes, FRAME_MAX);
        bytes_write(m, 2, 0, bytes, (uint32_t)length);
        break;
    case 2:
    case 3:
        length = take_bytes(s, bytes, FRAME_MAX);
        (void)bcm43362_give(wlan(m), (what & 1) ? BCM43362_ACCESS_POINT : BCM43362_STATION, bytes, length);
        break;
    case 4:
        read_frame(m);
        break;
    case 5:
        pass(m, (1 + (what >> 3)) * 20 * TICKS_PER_MS);
        break;
    case 6:
        any_command(m, s);
        break;
    default:
        restart(m);
        break;
    }
    /* whatever was done to the card's registers: the steps that follow need it as the driver keeps it */
    if ((what & 7) == 6)
        restart(m);
    enum bcm43362_interface interface;
    while (bcm43362_take(wlan(m), &interface, bytes, &length))
        g_assert_cmpuint(length, <=, ETHERNET_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine *m = card_bench();
    struct air_network home = {.ssid = "home", .channel = 6, .rssi = -50, .bssid = {2, 0, 0, 0, 0, 1}};
    uint8_t sequence = 0;
    bcm43362_network_set(wlan(m), &home);
    card_start(m);
    for (struct steps s = {data, size}; s.left > 0;)
        step(m, &s, &sequence);
    machine_free(m);
    return 0;
}
