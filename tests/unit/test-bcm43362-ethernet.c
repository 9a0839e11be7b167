/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/bcm43362/internal.h"
#include "tests/unit/card-bench.h"

#define STA BCM43362_STATION
#define AP  BCM43362_ACCESS_POINT
enum { IP_FRAME = 60 };

/* ---- a joined station, and an access point ---- */

static void settle(struct machine *m, ticks_t ticks)
{
    uint8_t frame[FRAME_MAX];
    pass(m, ticks);
    while (frame_read(m, frame) > 0)
        ;
}

/* Returns the sequence of the next frame. */
static uint8_t go_up(struct machine *m)
{
    card_start(m);
    ioctl_write(m, 0, 2, CDC_SET, 0, NULL, 0);
    settle(m, TICKS_PER_MS);
    return 1;
}

static uint8_t join(struct machine *m, const char *text)
{
    struct air_network network;
    bool off;
    uint8_t ssid[36] = {0}, sequence = go_up(m);
    g_assert_true(air_network_parse(text, &network, &off, NULL));
    g_assert_true(bcm43362_network_set(wlan(m), &network));
    put32(ssid, (uint32_t)strlen(network.ssid));
    memcpy(ssid + 4, network.ssid, strlen(network.ssid));
    ioctl_write(m, sequence++, 26, CDC_SET, 0, ssid, sizeof ssid);
    g_assert_false(bcm43362_interface_up(wlan(m), STA));
    settle(m, 5 * TICKS_PER_SECOND);
    g_assert_true(bcm43362_interface_up(wlan(m), STA));
    g_assert_cmpstr(bcm43362_joined(wlan(m))->ssid, ==, network.ssid);
    return sequence;
}

static uint8_t open_access_point(struct machine *m)
{
    uint8_t ssid[40] = {1, 0, 0, 0, 6, 0, 0, 0, 'P', 'h', 'o', 't', 'o', 'n'}, up[8] = {1, 0, 0, 0, 1}, sequence = go_up(m);
    variable_write(m, sequence++, "bsscfg:ssid", ssid, sizeof ssid);
    variable_write(m, sequence++, "bss", up, sizeof up);
    settle(m, TICKS_PER_SECOND);
    g_assert_true(bcm43362_interface_up(wlan(m), AP));
    return sequence;
}

static void make_frame(uint8_t *frame, size_t length, uint8_t number)
{
    memset(frame, number, length);
    frame[12] = 0x08;
    frame[13] = 0x00;
    frame[14] = 0x45;
    frame[23] = 17;
}

static void send_frame(struct machine *m, uint8_t sequence, uint8_t interface, const uint8_t *frame, uint32_t length)
{
    uint8_t payload[4 + ETHERNET_MAX] = {0x20, 0, interface, 0};
    memcpy(payload + 4, frame, length);
    frame_write(m, sequence, 2, 14, payload, 4 + length);
}

/* The next data frame in function 2. */
static size_t received(struct machine *m, uint8_t *interface, uint8_t ethernet[ETHERNET_MAX])
{
    uint8_t frame[FRAME_MAX];
    uint32_t length;
    while ((length = frame_read(m, frame)) > 0) {
        if ((frame[5] & 0xF) != 2)
            continue;
        g_assert_cmpuint(frame[7], ==, 14);
        g_assert_cmphex(frame[14], ==, 0x20);
        *interface = frame[16];
        memcpy(ethernet, frame + 18, length - 18);
        return length - 18;
    }
    return 0;
}

/* Longer than a frame takes through the air. */
#define AIR TICKS_PER_MS

static void nobody_there(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX];
    enum bcm43362_interface interface;
    size_t length;
    go_up(m);
    make_frame(frame, IP_FRAME, 1);
    send_frame(m, 1, STA, frame, IP_FRAME);
    send_frame(m, 2, AP, frame, IP_FRAME);
    pass(m, TICKS_PER_SECOND);
    g_assert_false(bcm43362_take(wlan(m), &interface, frame, &length));
    g_assert_false(bcm43362_room(wlan(m), STA));
    g_assert_false(bcm43362_give(wlan(m), STA, frame, IP_FRAME));
    g_assert_false(bcm43362_give(wlan(m), AP, frame, IP_FRAME));
    machine_free(m);
}

static void both_ways(void)
{
    static const uint32_t lengths[] = {14, IP_FRAME, ETHERNET_MAX};
    for (enum bcm43362_interface i = STA; i <= AP; i++) {
        struct machine *m = card_bench();
        uint8_t sequence = i == STA ? join(m, "ssid=home,channel=6,rssi=-50") : open_access_point(m);
        for (unsigned k = 0; k < G_N_ELEMENTS(lengths); k++) {
            uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], on;
            enum bcm43362_interface interface;
            size_t length;
            make_frame(frame, lengths[k], (uint8_t)(k + 1));
            unsigned pulses = probe_rises(m, HOST);
            send_frame(m, sequence++, (uint8_t)i, frame, lengths[k]);
            g_assert_false(bcm43362_take(wlan(m), &interface, back, &length)); /* it takes its time */
            pass(m, AIR);
            g_assert_cmpuint(probe_rises(m, HOST), ==, pulses + 1);
            g_assert_true(bcm43362_take(wlan(m), &interface, back, &length));
            g_assert_cmpint((int)interface, ==, (int)i);
            g_assert_cmpmem(back, length, frame, lengths[k]);
            g_assert_false(bcm43362_take(wlan(m), &interface, back, &length));
            frame[0] ^= 1;
            clear_interrupt(m);
            g_assert_true(bcm43362_give(wlan(m), i, frame, lengths[k]));
            g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
            pass(m, AIR);
            g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
            length = received(m, &on, back);
            g_assert_cmpuint(on, ==, (unsigned)i);
            g_assert_cmpmem(back, length, frame, lengths[k]);
        }
        uint8_t wrong[ETHERNET_MAX + 1] = {0};
        g_assert_false(bcm43362_give(wlan(m), i, wrong, 13));
        g_assert_false(bcm43362_give(wlan(m), i, wrong, 0));
        g_assert_false(bcm43362_give(wlan(m), i, wrong, ETHERNET_MAX + 1));
        g_assert_false(bcm43362_give(wlan(m), i == STA ? AP : STA, wrong, IP_FRAME)); /* the other one is down */
        machine_free(m);
    }
}

/* Not more than four frames wait in function 2; the rest keeps its order and comes as the host reads. */
static void pacing(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], on;
    unsigned given = 0;
    join(m, "ssid=home");
    for (;; given++) {
        make_frame(frame, ETHERNET_MAX, (uint8_t)given);
        if (!bcm43362_give(wlan(m), STA, frame, ETHERNET_MAX))
            break;
    }
    g_assert_cmpuint(given, >=, 16);
    g_assert_false(bcm43362_room(wlan(m), STA));
    pass(m, TICKS_PER_SECOND);
    g_assert_cmpuint(bcm43362_of(wlan(m))->sdpcm.data_queued, ==, 4);
    g_assert_true(bcm43362_room(wlan(m), STA)); /* four have left */
    while (bcm43362_give(wlan(m), STA, frame, ETHERNET_MAX))
        ;
    unsigned pulses = probe_rises(m, HOST);
    for (unsigned i = 0; i < given; i++) {
        g_assert_cmpuint(received(m, &on, back), ==, ETHERNET_MAX);
        g_assert_cmphex(back[20], ==, i);
        g_assert_cmpuint(bcm43362_of(wlan(m))->sdpcm.data_queued, <=, 4);
    }
    g_assert_cmpuint(probe_rises(m, HOST), ==, pulses + 1); /* once: there is room again */
    machine_free(m);
}

/* One frame at a time: so many in a second, and no more. */
static void air_time(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], sequence = join(m, "ssid=home");
    enum bcm43362_interface interface;
    size_t length;
    ticks_t start = machine_now(m), each = 178 * TICKS_PER_US + (ETHERNET_MAX + 24) * 8 * TICKS_PER_SECOND / 65000000;
    make_frame(frame, ETHERNET_MAX, 1);
    for (unsigned i = 0; i < 8; i++)
        send_frame(m, sequence++, STA, frame, ETHERNET_MAX);
    for (unsigned i = 0; i < 8; i++) {
        pass(m, start + (i + 1) * each - 1 - machine_now(m));
        g_assert_false(bcm43362_take(wlan(m), &interface, back, &length));
        pass(m, 1);
        g_assert_true(bcm43362_take(wlan(m), &interface, back, &length));
    }
    machine_free(m);
}

/* Nobody fetches what the device sends: the newest stay. */
static void nobody_fetches(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], sequence = join(m, "ssid=home");
    enum bcm43362_interface interface;
    size_t length;
    unsigned kept = 0;
    for (unsigned i = 0; i < 100; i++) {
        make_frame(frame, ETHERNET_MAX, (uint8_t)i);
        send_frame(m, sequence++, STA, frame, ETHERNET_MAX);
        pass(m, AIR);
    }
    while (bcm43362_take(wlan(m), &interface, frame, &length)) {
        kept++;
        g_assert_cmpuint(length, ==, ETHERNET_MAX);
    }
    g_assert_cmpuint(kept, >=, 16);
    g_assert_cmphex(frame[20], ==, 99);
    machine_free(m);
}

static void latency(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], on, sequence = join(m, "ssid=far,latency=200ms");
    enum bcm43362_interface interface;
    size_t length;
    make_frame(frame, IP_FRAME, 1);
    send_frame(m, sequence, STA, frame, IP_FRAME);
    g_assert_true(bcm43362_give(wlan(m), STA, frame, IP_FRAME));
    pass(m, 200 * TICKS_PER_MS);
    g_assert_false(bcm43362_take(wlan(m), &interface, back, &length));
    g_assert_cmpuint(received(m, &on, back), ==, 0);
    pass(m, AIR);
    g_assert_true(bcm43362_take(wlan(m), &interface, back, &length));
    g_assert_cmpuint(received(m, &on, back), ==, IP_FRAME);
    machine_free(m);
}

static unsigned survivors(const char *network, bool to_guest)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], on, sequence = join(m, network);
    enum bcm43362_interface interface;
    size_t length;
    unsigned count = 0;
    make_frame(frame, IP_FRAME, 1);
    for (unsigned i = 0; i < 1000; i++) {
        if (to_guest) {
            g_assert_true(bcm43362_give(wlan(m), STA, frame, IP_FRAME));
            pass(m, AIR);
            count += received(m, &on, back) > 0;
        } else {
            send_frame(m, sequence++, STA, frame, IP_FRAME);
            pass(m, AIR);
            count += bcm43362_take(wlan(m), &interface, back, &length);
        }
    }
    machine_free(m);
    return count;
}

static void loss(void)
{
    for (unsigned way = 0; way < 2; way++) {
        g_assert_cmpuint(survivors("ssid=n", way), ==, 1000);
        g_assert_cmpuint(survivors("ssid=n,loss=100", way), ==, 0);
        unsigned some = survivors("ssid=n,loss=25", way);
        g_assert_cmpuint(some, >, 690);
        g_assert_cmpuint(some, <, 810);
        g_assert_cmpuint(survivors("ssid=n,loss=25", way), ==, some); /* seeded */
    }
}

/* What is on its way when the network goes is lost. */
static void network_goes(void)
{
    struct machine *m = card_bench();
    uint8_t frame[ETHERNET_MAX], back[ETHERNET_MAX], on, sequence = join(m, "ssid=home,latency=50ms");
    enum bcm43362_interface interface;
    size_t length;
    make_frame(frame, IP_FRAME, 1);
    send_frame(m, sequence++, STA, frame, IP_FRAME);
    g_assert_true(bcm43362_give(wlan(m), STA, frame, IP_FRAME));
    ioctl_write(m, sequence++, 52, CDC_SET, 0, NULL, 0);
    pass(m, TICKS_PER_SECOND);
    g_assert_false(bcm43362_interface_up(wlan(m), STA));
    g_assert_false(bcm43362_take(wlan(m), &interface, back, &length));
    g_assert_cmpuint(received(m, &on, back), ==, 0);
    /* and when the power goes */
    machine_free(m);
    m = card_bench();
    sequence = join(m, "ssid=home,latency=50ms");
    send_frame(m, sequence++, STA, frame, IP_FRAME);
    g_assert_true(bcm43362_give(wlan(m), STA, frame, IP_FRAME));
    probe_set(m, REG_ON, 0);
    g_assert_false(bcm43362_interface_up(wlan(m), STA));
    pass(m, TICKS_PER_SECOND);
    g_assert_false(bcm43362_take(wlan(m), &interface, back, &length));
    card_start(m);
    g_assert_cmpuint(received(m, &on, back), ==, 0);
    g_assert_nonnull(air_find(bcm43362_air(wlan(m)), "home")); /* the air does not go with it */
    machine_free(m);
}

static void full_air(void)
{
    struct machine *m = card_bench();
    struct air_network network = {.channel = 1, .rssi = -50};
    for (unsigned i = 0; i < AIR_NETWORKS; i++) {
        g_snprintf(network.ssid, sizeof network.ssid, "net%u", i);
        g_assert_true(bcm43362_network_set(wlan(m), &network));
    }
    g_strlcpy(network.ssid, "another", sizeof network.ssid);
    g_assert_false(bcm43362_network_set(wlan(m), &network));
    g_assert_false(bcm43362_network_remove(wlan(m), "another"));
    g_strlcpy(network.ssid, "net3", sizeof network.ssid);
    network.rssi = -70;
    g_assert_true(bcm43362_network_set(wlan(m), &network));
    g_assert_cmpint(air_find(bcm43362_air(wlan(m)), "net3")->rssi, ==, -70);
    g_assert_true(bcm43362_network_remove(wlan(m), "net3"));
    g_assert_null(air_find(bcm43362_air(wlan(m)), "net3"));
    g_assert_cmpuint(bcm43362_air(wlan(m))->count, ==, AIR_NETWORKS - 1);
    g_assert_nonnull(air_find(bcm43362_air(wlan(m)), "net15"));
    machine_free(m);
}

struct net {
    GString *text;
};

static void hear_net(const struct event *event, void *data)
{
    struct net *net = data;
    if (strcmp(event->kind, "net") == 0)
        g_string_append_printf(net->text, "%s %s %s %d;", event_field(event, "interface")->string,
                               event_field(event, "direction")->string, event_field(event, "protocol")->string,
                               (int)event_field(event, "length")->integer);
}

static void told(void)
{
    static const struct {
        uint16_t type;
        uint8_t protocol;
        uint16_t from, to;
        const char *name;
    } frames[] = {
        {0x0806, 0, 0, 0, "ARP"},     {0x86DD, 0, 0, 0, "IPv6"},    {0x888E, 0, 0, 0, "EAPOL"},  {0x88CC, 0, 0, 0, "0x88CC"},
        {0x0800, 1, 0, 0, "ICMP"},    {0x0800, 2, 0, 0, "IGMP"},    {0x0800, 6, 1, 2, "TCP"},    {0x0800, 17, 1, 2, "UDP"},
        {0x0800, 17, 68, 67, "DHCP"}, {0x0800, 17, 67, 68, "DHCP"}, {0x0800, 17, 53, 99, "DNS"}, {0x0800, 17, 99, 53, "DNS"},
        {0x0800, 47, 0, 0, "IP 47"},
    };
    struct machine *m = card_bench();
    struct net net = {g_string_new(NULL)};
    uint8_t sequence = open_access_point(m);
    machine_subscribe(m, hear_net, &net);
    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
        uint8_t frame[IP_FRAME] = {0};
        put16be(frame + 12, frames[i].type);
        frame[14] = 0x45;
        frame[23] = frames[i].protocol;
        put16be(frame + 34, frames[i].from);
        put16be(frame + 36, frames[i].to);
        send_frame(m, sequence++, AP, frame, sizeof frame);
        g_autofree char *expected = g_strdup_printf("access-point tx %s 60;", frames[i].name);
        g_assert_cmpstr(net.text->str, ==, expected);
        g_string_truncate(net.text, 0);
        g_assert_true(bcm43362_give(wlan(m), AP, frame, sizeof frame));
        settle(m, AIR);
        g_free(expected);
        expected = g_strdup_printf("access-point rx %s 60;", frames[i].name);
        g_assert_cmpstr(net.text->str, ==, expected);
        g_string_truncate(net.text, 0);
    }
    /* headers that are cut short or lie */
    for (uint32_t length = 14; length < 40; length++) {
        uint8_t frame[40] = {0};
        put16be(frame + 12, 0x0800);
        frame[14] = 0x4F;
        frame[23] = 17;
        send_frame(m, sequence++, AP, frame, length);
        settle(m, AIR);
    }
    g_string_free(net.text, TRUE);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362/ethernet/nobody-there", nobody_there);
    g_test_add_func("/bcm43362/ethernet/both-ways", both_ways);
    g_test_add_func("/bcm43362/ethernet/pacing", pacing);
    g_test_add_func("/bcm43362/ethernet/air-time", air_time);
    g_test_add_func("/bcm43362/ethernet/nobody-fetches", nobody_fetches);
    g_test_add_func("/bcm43362/ethernet/latency", latency);
    g_test_add_func("/bcm43362/ethernet/loss", loss);
    g_test_add_func("/bcm43362/ethernet/network-goes", network_goes);
    g_test_add_func("/bcm43362/ethernet/full-air", full_air);
    g_test_add_func("/bcm43362/ethernet/events", told);
    return g_test_run();
}
