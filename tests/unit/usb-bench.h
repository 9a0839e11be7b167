/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB device for tests of what is at the other end of its cable: an OTG_HS core without a CPU, and firmware in C that works
 * it by its registers. A serial port (CDC ACM) on endpoints 1 and 2, and vendor requests of its own.
 */
#ifndef TESTS_UNIT_USB_BENCH_H
#define TESTS_UNIT_USB_BENCH_H

#include <poll.h>
#include <string.h>

#include "emu/host/usb-host.h"
#include "peripherals/stm32f2/otg.h"
#include "tests/unit/device-test.h"

enum {
    OTG = 0x40040000,
    OTG_GUSBCFG = OTG + 0x0C,
    OTG_GINTSTS = OTG + 0x14,
    OTG_GRXSTSP = OTG + 0x20,
    OTG_GRXFSIZ = OTG + 0x24,
    OTG_DIEPTXF0 = OTG + 0x28,
    OTG_GCCFG = OTG + 0x38,
    OTG_DCFG = OTG + 0x800,
    OTG_DCTL = OTG + 0x804,
};
#define OTG_DIEPTXF(N)  (OTG + 0x104u + 4 * ((N)-1))
#define OTG_DIEPCTL(N)  (OTG + 0x900u + 0x20 * (N))
#define OTG_DIEPTSIZ(N) (OTG + 0x910u + 0x20 * (N))
#define OTG_DOEPCTL(N)  (OTG + 0xB00u + 0x20 * (N))
#define OTG_DOEPTSIZ(N) (OTG + 0xB10u + 0x20 * (N))
#define OTG_FIFO(N)     (OTG + 0x1000u * ((N) + 1))

enum { GUEST_ENDPOINTS = 3, GUEST_PACKET = 64 };

static const uint8_t guest_device[18] = {18, 1, 0, 2, 2, 0, 0, 64, 0x04, 0x2B, 0x06, 0xC0, 0x50, 2, 1, 2, 0, 1};
static const uint8_t guest_configuration[] = {
    9, 2,    62,   0,    2, 1,  0,    0xC0, 50,                      /* two interfaces */
    9, 4,    0,    0,    1, 2,  2,    1,    0,                       /* control */
    5, 0x24, 0,    0x10, 1, 4,  0x24, 2,    2,  5, 0x24, 6,    0, 1, /* header, ACM, union */
    7, 5,    0x82, 3,    8, 0,  16,                                  /* notifications */
    9, 4,    1,    0,    2, 10, 0,    0,    0,  7, 5,    0x01, 2, 64, 0, 0, 7, 5, 0x81, 2, 64, 0, 0,
};

struct guest {
    struct machine *m;
    uint8_t setup[8];
    uint8_t reply[4096]; /* of the control transfer under way */
    unsigned reply_length, reply_sent;
    uint8_t taken[4096];
    unsigned taken_length;
    bool status_pending;

    uint8_t line[7];
    unsigned control, configuration, resets;
    bool mute;        /* it lets every request wait */
    bool hold_out;    /* it takes nothing from endpoint 1 */
    GByteArray *in;   /* to be sent on endpoint 1 */
    GByteArray *out;  /* what came on it */
    unsigned in_busy; /* bytes of the packet under way */
};

static inline void guest_send(struct guest *g, unsigned ep, const uint8_t *bytes, unsigned n)
{
    reg_write(g->m, OTG_DIEPTSIZ(ep), 1u << 19 | n);
    reg_write(g->m, OTG_DIEPCTL(ep), reg_read(g->m, OTG_DIEPCTL(ep)) | BIT(31) | BIT(26));
    for (unsigned i = 0; i < n; i += 4) {
        uint32_t word = 0;
        memcpy(&word, bytes + i, MIN(4, n - i));
        reg_write(g->m, OTG_FIFO(ep), word);
    }
}

static inline void guest_receive(struct guest *g, unsigned ep)
{
    reg_write(g->m, OTG_DOEPTSIZ(ep), (ep == 0 ? 3u << 29 : 0) | 1u << 19 | GUEST_PACKET);
    reg_write(g->m, OTG_DOEPCTL(ep), reg_read(g->m, OTG_DOEPCTL(ep)) | BIT(31) | BIT(26));
}

static inline void guest_stall(struct guest *g)
{
    reg_write(g->m, OTG_DIEPCTL(0), reg_read(g->m, OTG_DIEPCTL(0)) | BIT(21));
    reg_write(g->m, OTG_DOEPCTL(0), reg_read(g->m, OTG_DOEPCTL(0)) | BIT(21));
}

static inline void guest_configure(struct guest *g, unsigned configuration)
{
    g->configuration = configuration;
    g->in_busy = 0;
    if (configuration == 0)
        return;
    reg_write(g->m, OTG_DIEPCTL(1), BIT(15) | 2u << 18 | 1u << 22 | BIT(28) | GUEST_PACKET);
    reg_write(g->m, OTG_DIEPCTL(2), BIT(15) | 3u << 18 | 2u << 22 | BIT(28) | 8);
    reg_write(g->m, OTG_DOEPCTL(1), BIT(15) | 2u << 18 | BIT(28) | GUEST_PACKET);
    if (!g->hold_out)
        guest_receive(g, 1);
}

static inline void guest_reply(struct guest *g, const void *bytes, unsigned n)
{
    unsigned wanted = usb_le16(g->setup + 6);
    g->reply_length = MIN(n, wanted);
    g->reply_sent = 0;
    if (n > 0)
        memcpy(g->reply, bytes, MIN(n, sizeof g->reply));
    guest_send(g, 0, g->reply, MIN(g->reply_length, GUEST_PACKET));
}

/* All data of an OUT transfer are there, or there are none: carry the request out, and end it. */
static inline void guest_obey(struct guest *g)
{
    const uint8_t *s = g->setup;
    if (s[0] == 0x00 && s[1] == 5)
        reg_write(g->m, OTG_DCFG, (reg_read(g->m, OTG_DCFG) & ~(0x7Fu << 4)) | (uint32_t)(s[2] & 0x7F) << 4);
    else if (s[0] == 0x00 && s[1] == 9)
        guest_configure(g, s[2]);
    else if (s[0] == 0x21 && s[1] == 0x20)
        memcpy(g->line, g->taken, sizeof g->line);
    else if (s[0] == 0x21 && s[1] == 0x22)
        g->control = s[2];
    else if (!(s[0] == 0x01 && s[1] == 11) && !(s[0] == 0x02 && s[1] == 1) && !(s[0] == 0x21 && s[1] == 1) && s[0] != 0x40) {
        guest_stall(g);
        return;
    }
    guest_send(g, 0, NULL, 0);
}

static inline void guest_begin(struct guest *g)
{
    const uint8_t *s = g->setup;
    g->taken_length = 0;
    g->reply_length = g->reply_sent = 0;
    if (g->mute)
        return;
    if (!(s[0] & 0x80)) {
        if (usb_le16(s + 6) == 0)
            guest_obey(g);
        else
            guest_receive(g, 0);
    } else if (s[0] == 0x80 && s[1] == 6 && s[3] == 1) {
        guest_reply(g, guest_device, sizeof guest_device);
    } else if (s[0] == 0x80 && s[1] == 6 && s[3] == 2) {
        guest_reply(g, guest_configuration, sizeof guest_configuration);
    } else if (s[0] == 0xA1 && s[1] == 3) { /* a status of DFU */
        static const uint8_t idle[6] = {0, 0, 0, 0, 2, 0};
        guest_reply(g, idle, sizeof idle);
    } else if (s[0] == 0xC0) { /* as many bytes as wValue says */
        uint8_t pattern[1024];
        for (unsigned i = 0; i < sizeof pattern; i++)
            pattern[i] = (uint8_t)(3 * i);
        guest_reply(g, pattern, MIN(usb_le16(s + 2), sizeof pattern));
    } else {
        guest_stall(g);
    }
}

static inline void guest_take(struct guest *g, unsigned ep, unsigned n)
{
    uint8_t bytes[1024];
    for (unsigned i = 0; i < n; i += 4) {
        uint32_t word = reg_read(g->m, OTG_FIFO(0));
        memcpy(bytes + i, &word, 4);
    }
    if (ep == 1) {
        g_byte_array_append(g->out, bytes, n);
    } else if (ep == 0 && g->taken_length + n <= sizeof g->taken) {
        memcpy(g->taken + g->taken_length, bytes, n);
        g->taken_length += n;
    }
}

static inline void guest_entry(struct guest *g)
{
    enum { DATA = 2, COMPLETE = 3, SETUP_DONE = 4, SETUP = 6 };
    uint32_t entry = reg_read(g->m, OTG_GRXSTSP);
    unsigned ep = entry & 15, n = (entry >> 4) & 0x7FF;
    switch ((entry >> 17) & 15) {
    case SETUP:
        for (unsigned i = 0; i < 8; i += 4) {
            uint32_t word = reg_read(g->m, OTG_FIFO(0));
            memcpy(g->setup + i, &word, 4);
        }
        break;
    case SETUP_DONE:
        reg_write(g->m, OTG_DOEPTSIZ(0), 3u << 29);
        guest_begin(g);
        break;
    case DATA:
        guest_take(g, ep, n);
        break;
    case COMPLETE:
        if (ep == 1 && !g->hold_out)
            guest_receive(g, 1);
        if (ep != 0 || (g->setup[0] & 0x80) || usb_le16(g->setup + 6) == 0)
            break;
        if (g->taken_length < usb_le16(g->setup + 6))
            guest_receive(g, 0);
        else
            guest_obey(g);
        break;
    default:
        break;
    }
}

/* What an interrupt handler would do. */
static inline void guest_step(struct guest *g)
{
    enum { RXFLVL = BIT(4), USBRST = BIT(12), ENUMDNE = BIT(13), XFRC = BIT(0) };
    uint32_t flags = reg_read(g->m, OTG_GINTSTS);
    if (flags & USBRST) {
        reg_write(g->m, OTG_DCFG, reg_read(g->m, OTG_DCFG) & ~(0x7Fu << 4));
        reg_write(g->m, OTG_DOEPTSIZ(0), 3u << 29 | 1u << 19 | GUEST_PACKET);
        g->configuration = 0;
        g->resets++;
    }
    reg_write(g->m, OTG_GINTSTS, flags & (USBRST | ENUMDNE | BIT(11)));
    while (reg_read(g->m, OTG_GINTSTS) & RXFLVL)
        guest_entry(g);
    if (reg_read(g->m, OTG + 0x908) & XFRC) { /* a packet of endpoint 0 is gone */
        reg_write(g->m, OTG + 0x908, XFRC);
        if ((g->setup[0] & 0x80) && usb_le16(g->setup + 6) > 0) {
            unsigned last = MIN(g->reply_length - g->reply_sent, GUEST_PACKET);
            g->reply_sent += last;
            bool more = g->reply_sent < g->reply_length || (last == GUEST_PACKET && g->reply_length < usb_le16(g->setup + 6));
            if (more)
                guest_send(g, 0, g->reply + g->reply_sent, MIN(g->reply_length - g->reply_sent, GUEST_PACKET));
            else
                guest_receive(g, 0); /* the status stage */
        }
    }
    if (g->configuration != 0 && !(reg_read(g->m, OTG_DIEPCTL(1)) & BIT(31))) {
        if (g->in_busy > 0)
            g_byte_array_remove_range(g->in, 0, g->in_busy);
        g->in_busy = MIN(g->in->len, GUEST_PACKET);
        if (g->in_busy > 0)
            guest_send(g, 1, g->in->data, g->in_busy);
    }
}

static inline void guest_connect(struct guest *g)
{
    reg_write(g->m, OTG_DCTL, 0);
}

static inline void guest_disconnect(struct guest *g)
{
    reg_write(g->m, OTG_DCTL, BIT(1));
}

/* ---- the bench ---- */

struct usb_bench {
    struct machine *m;
    struct guest guest;
    GPtrArray *bridges; /* struct bridge * */
    struct usb_host *host;
    ticks_t look; /* how often firmware looks while the bus is in use */
};

static inline void usb_bench_open(struct usb_bench *b, struct usb_host_options options)
{
    struct machine *m = bench_new();
    *b = (struct usb_bench){
        .look = 5 * TICKS_PER_US, .m = m, .guest = {.m = m, .in = g_byte_array_new(), .out = g_byte_array_new()}};
    machine_add_device(m, &stm32f2_otg_hs_class, "OTG_HS", OTG, NULL);
    machine_connect_clock(m, "HCLK", "OTG_HS.bus");
    machine_connect_clock(m, "PLL48CLK", "OTG_HS.usb");
    machine_seal(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    machine_power_on(m);
    reg_write(m, OTG_DCTL, BIT(1));
    reg_write(m, OTG_GUSBCFG, reg_read(m, OTG_GUSBCFG) | BIT(6) | BIT(30));
    reg_write(m, OTG_GRXFSIZ, 0x100);
    reg_write(m, OTG_DIEPTXF0, 0x00400100);
    for (unsigned n = 1; n < GUEST_ENDPOINTS; n++)
        reg_write(m, OTG_DIEPTXF(n), 0x00400100 + 0x40 * n);
    reg_write(m, OTG_GCCFG, BIT(16) | BIT(21));
    b->bridges = g_ptr_array_new();
    b->host = usb_host_new(m, options);
    g_ptr_array_add(b->bridges, usb_host_bridge(b->host));
}

static inline void usb_bench_close(struct usb_bench *b)
{
    for (unsigned i = b->bridges->len; i-- > 0;) {
        struct bridge *bridge = g_ptr_array_index(b->bridges, i);
        bridge->class->free(bridge);
    }
    g_ptr_array_unref(b->bridges);
    g_byte_array_unref(b->guest.in);
    g_byte_array_unref(b->guest.out);
    machine_free(b->m);
}

/* What a run loop does between two runs; the bench has no CPU, for which bridges_serve asks. */
static inline void usb_bench_serve(struct usb_bench *b)
{
    for (unsigned i = 0; i < b->bridges->len; i++) {
        struct bridge *bridge = g_ptr_array_index(b->bridges, i);
        g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
        if (bridge->class->poll_fill)
            bridge->class->poll_fill(bridge, fds);
        struct pollfd *p = (struct pollfd *)(void *)fds->data;
        if (fds->len > 0 && poll(p, fds->len, 0) < 0)
            continue;
        bridge->class->dispatch(bridge, p, fds->len);
    }
}

static inline void usb_bench_run(struct usb_bench *b, ticks_t time)
{
    ticks_t end = machine_now(b->m) + time;
    while (machine_now(b->m) < end) {
        ticks_t now = machine_now(b->m), until = MIN(end, now + (board_usb_enabled(b->m) ? b->look : TICKS_PER_MS));
        for (unsigned i = 0; i < b->bridges->len; i++) {
            const struct bridge *bridge = g_ptr_array_index(b->bridges, i);
            if (bridge->class->due)
                until = MIN(until, MAX(bridge->class->due(bridge), now));
        }
        machine_pass_time(b->m, MAX(until, now + 1));
        guest_step(&b->guest);
        usb_bench_serve(b);
    }
}

#endif
