/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames on their way through the air.
 *
 * Models: one channel that carries a frame at a time at 65 Mbit/s (MCS 7 in 20 MHz, IEEE 802.11-2012 table 20-30), with the
 * time for access, preamble and acknowledgement that a frame without aggregation takes (clause 9.19, best effort): 37 us of
 * AIFS, 67 us of backoff on average, 36 us of preamble, 38 us up to the end of the acknowledgement; about 33 Mbit/s of full
 * frames. Loss and latency of the joined network, seeded and in virtual time; bounded queues. Leaves out: rates that fall with
 * the signal, aggregation, retries of their own, other stations. A frame for the guest waits until there is room among its
 * buffers; if the host's side does not fetch what the guest has sent, the oldest frames give way. Real firmware needs: not more
 * than a few frames at a time (it has seven buffers).
 */
#include "peripherals/bcm43362/ethernet.h"

#include <glib.h>
#include <string.h>

#include "peripherals/bcm43362/bytes.h"
#include "peripherals/bcm43362/internal.h"

enum { AIR_BITS_PER_SECOND = 65000000, AIR_OVERHEAD_US = 37 + 67 + 36 + 38 };
enum { AIR_HEADERS = 26 + 8 + 4 - ETHERNET_HEADER }; /* MAC with QoS, LLC and SNAP, checksum, in place of Ethernet's */

static struct ethernet *ethernet_of(struct device *dev)
{
    return &bcm43362_of(dev)->ethernet;
}

/* ---- events ---- */

static const char *ip_protocol(const uint8_t *ip, size_t length, char *buffer, size_t size)
{
    size_t header = 4 * (size_t)(ip[0] & 0xF);
    if (ip[9] == 1)
        return "ICMP";
    if (ip[9] == 2)
        return "IGMP";
    if (ip[9] == 6)
        return "TCP";
    if (ip[9] != 17) {
        g_snprintf(buffer, size, "IP %u", ip[9]);
        return buffer;
    }
    if (length < header + 4)
        return "UDP";
    uint16_t from = get16be(ip + header), to = get16be(ip + header + 2);
    if (from == 67 || from == 68)
        return "DHCP";
    if (from == 53 || to == 53)
        return "DNS";
    return from == 5353 || to == 5353 ? "mDNS" : "UDP";
}

static const char *protocol(const uint8_t *frame, size_t length, char *buffer, size_t size)
{
    uint16_t type = get16be(frame + 12);
    switch (type) {
    case 0x0800:
        return length >= ETHERNET_HEADER + 20 ? ip_protocol(frame + ETHERNET_HEADER, length - ETHERNET_HEADER, buffer, size)
                                              : "IP";
    case 0x0806:
        return "ARP";
    case 0x86DD:
        return "IPv6";
    case 0x888E:
        return "EAPOL";
    default:
        g_snprintf(buffer, size, "0x%04X", type);
        return buffer;
    }
}

static void publish(struct device *dev, unsigned interface, const char *direction, const uint8_t *frame, size_t length,
                    bool lost)
{
    static const char *const names[ETHERNET_INTERFACES] = {"station", "access-point"};
    char buffer[16];
    machine_publish(dev->machine, "net", FIELD_STRING("interface", names[interface]), FIELD_STRING("direction", direction),
                    FIELD_INT("length", (int64_t)length),
                    FIELD_STRING("protocol", protocol(frame, length, buffer, sizeof buffer)), FIELD_BOOL("lost", lost));
}

/* ---- the air ---- */

/* The network whose badness the frames of an interface suffer; NULL: none. */
static const struct air_network *impairing(const struct device *dev, unsigned interface)
{
    return interface == BCM43362_STATION ? firmware_joined(dev) : NULL;
}

static bool lost(struct device *dev, unsigned interface)
{
    const struct air_network *network = impairing(dev, interface);
    if (network == NULL || network->loss == 0)
        return false;
    return noise_next(&ethernet_of(dev)->noise) % 1000000 < network->loss;
}

/* When a frame that is to be sent now has arrived. */
static ticks_t arrival(struct device *dev, unsigned interface, size_t length)
{
    struct ethernet *e = ethernet_of(dev);
    const struct air_network *network = impairing(dev, interface);
    ticks_t start = MAX(e->air_free, machine_now(dev->machine));
    uint64_t bits = 8 * (length + AIR_HEADERS);
    e->air_free = start + AIR_OVERHEAD_US * TICKS_PER_US + bits * TICKS_PER_SECOND / AIR_BITS_PER_SECOND;
    return e->air_free + (network != NULL ? network->latency : 0);
}

/* ---- the timer ---- */

/* Due at the first moment at which a frame of any queue arrives; one that has arrived already waits for its receiver. */
static void arm(struct device *dev)
{
    struct ethernet *e = ethernet_of(dev);
    ticks_t now = machine_now(dev->machine), first = TICKS_NEVER, due;
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++) {
        if (frame_queue_front(&e->sent[i], &due, NULL) && due > now)
            first = MIN(first, due);
        if (frame_queue_front(&e->received[i], &due, NULL) && due > now)
            first = MIN(first, due);
    }
    if (first == TICKS_NEVER)
        device_cancel(dev, TIMER_ETHERNET);
    else
        device_schedule(dev, TIMER_ETHERNET, first);
}

/* Hand over to the guest what has arrived, as far as it has room. */
static void deliver(struct device *dev, unsigned interface)
{
    struct frame_queue *queue = &ethernet_of(dev)->received[interface];
    uint8_t frame[ETHERNET_MAX];
    size_t length;
    ticks_t due;
    bool had_room = frame_queue_room(queue, ETHERNET_MAX);
    while (frame_queue_front(queue, &due, &length) && due <= machine_now(dev->machine)) {
        frame_queue_copy(queue, 0, frame, length);
        if (!sdpcm_data(dev, interface, frame, length))
            break;
        frame_queue_drop(queue);
        publish(dev, interface, "rx", frame, length, false);
    }
    if (!had_room && frame_queue_room(queue, ETHERNET_MAX))
        device_pulse(dev, OUT_HOST);
}

void ethernet_resume(struct device *dev)
{
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++)
        deliver(dev, i);
    arm(dev);
}

void ethernet_timer(struct device *dev)
{
    struct ethernet *e = ethernet_of(dev);
    ticks_t due;
    bool arrived = false;
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++)
        arrived |= frame_queue_front(&e->sent[i], &due, NULL) && due <= machine_now(dev->machine);
    if (arrived)
        device_pulse(dev, OUT_HOST);
    ethernet_resume(dev);
}

void ethernet_clear(struct device *dev)
{
    struct ethernet *e = ethernet_of(dev);
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++) {
        frame_queue_clear(&e->sent[i]);
        frame_queue_clear(&e->received[i]);
        e->up[i] = false;
    }
    e->air_free = 0;
    device_cancel(dev, TIMER_ETHERNET);
}

void ethernet_follow(struct device *dev)
{
    struct ethernet *e = ethernet_of(dev);
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++) {
        bool up = firmware_interface_up(dev, i);
        if (e->up[i] && !up) {
            frame_queue_clear(&e->sent[i]);
            frame_queue_clear(&e->received[i]);
            arm(dev);
        }
        if (e->up[i] != up)
            device_pulse(dev, OUT_HOST);
        e->up[i] = up;
    }
}

/* ---- frames ---- */

void ethernet_send(struct device *dev, unsigned interface, const uint8_t *frame, size_t length)
{
    struct frame_queue *queue = &ethernet_of(dev)->sent[interface];
    bool nobody = !firmware_interface_up(dev, interface);
    bool gone = nobody || lost(dev, interface);
    publish(dev, interface, "tx", frame, length, gone);
    if (nobody)
        return;
    ticks_t due = arrival(dev, interface, length);
    if (gone)
        return;
    while (!frame_queue_room(queue, length))
        frame_queue_drop(queue);
    frame_queue_put(queue, due, frame, length);
    arm(dev);
}

bool bcm43362_take(struct device *dev, enum bcm43362_interface *interface, uint8_t frame[ETHERNET_MAX], size_t *length)
{
    struct ethernet *e = ethernet_of(dev);
    ticks_t due;
    for (unsigned i = 0; i < ETHERNET_INTERFACES; i++) {
        if (!frame_queue_front(&e->sent[i], &due, length) || due > machine_now(dev->machine))
            continue;
        frame_queue_copy(&e->sent[i], 0, frame, *length);
        frame_queue_drop(&e->sent[i]);
        *interface = (enum bcm43362_interface)i;
        arm(dev);
        return true;
    }
    return false;
}

bool bcm43362_room(const struct device *dev, enum bcm43362_interface interface)
{
    const struct bcm43362 *radio = dev->state;
    return bcm43362_interface_up(dev, interface) && frame_queue_room(&radio->ethernet.received[interface], ETHERNET_MAX);
}

bool bcm43362_give(struct device *dev, enum bcm43362_interface interface, const uint8_t *frame, size_t length)
{
    if (length < ETHERNET_HEADER || length > ETHERNET_MAX || !bcm43362_room(dev, interface))
        return false;
    bool gone = lost(dev, interface);
    ticks_t due = arrival(dev, interface, length);
    if (gone) {
        publish(dev, interface, "rx", frame, length, true);
        return true;
    }
    frame_queue_put(&ethernet_of(dev)->received[interface], due, frame, length);
    arm(dev);
    return true;
}
