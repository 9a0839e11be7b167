/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints of the OTG cores in slave mode, and the transactions that a host makes with them (RM0033 29.17 and 30.13).
 *
 * How much of a transfer is left is kept where firmware put it, in DIEPTSIZ and DOEPTSIZ: packets not yet on the bus (IN),
 * bytes not yet read from the receive FIFO (OUT).
 */
#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/otg-internal.h"

/* PKTSTS in GRXSTSR and GRXSTSP. */
enum { GLOBAL_OUT_NAK = 1, OUT_DATA = 2, OUT_COMPLETE = 3, SETUP_COMPLETE = 4, SETUP_DATA = 6 };

enum {
    SETUP_WORDS = 3,    /* status and eight bytes */
    SETUP_RESERVE = 10, /* three SETUPs and the end of their stage: room that the core never fills with OUT data */
};

static unsigned words(unsigned bytes)
{
    return (bytes + 3) / 4;
}

static unsigned type_of(const struct device *dev, unsigned ctl)
{
    return (dev->regs[ctl] >> 18) & 3;
}

static unsigned max_packet(const struct device *dev, unsigned ctl)
{
    if (ctl == DIEPCTL || ctl == DOEPCTL)
        return 64u >> (dev->regs[DIEPCTL] & 3);
    return dev->regs[ctl] & 0x7FF;
}

static unsigned size_mask(unsigned ep)
{
    return ep == 0 ? 0x7F : 0x7FFFF;
}

static unsigned packets_left(const struct device *dev, unsigned tsiz)
{
    return (dev->regs[tsiz] >> 19) & 0x3FF;
}

/* Only while packets are left. */
static void count_packet(struct device *dev, unsigned tsiz)
{
    dev->regs[tsiz] -= 1u << 19;
}

static void count_bytes(struct device *dev, unsigned tsiz, uint32_t mask, unsigned bytes)
{
    uint32_t left = dev->regs[tsiz] & mask;
    dev->regs[tsiz] = (dev->regs[tsiz] & ~mask) | (left > bytes ? left - bytes : 0);
}

/* ---- the receive FIFO's entries ---- */

static uint32_t entry(unsigned status, unsigned ep, unsigned bytes, unsigned pid)
{
    static const unsigned code[4] = {0, 2, 1, 3}; /* DATA0, DATA1, DATA2, MDATA */
    return ep | bytes << 4 | code[pid & 3] << 15 | status << 17;
}

static void push_data(struct device *dev, const uint8_t *data, unsigned length)
{
    for (unsigned i = 0; i < length; i += 4) {
        uint32_t word = 0;
        for (unsigned j = 0; j < 4 && i + j < length; j++)
            word |= (uint32_t)data[i + j] << (8 * j);
        otg_rx_push(dev, word);
    }
}

void otg_push_waiting(struct device *dev)
{
    struct otg *s = dev->state;
    for (unsigned ep = 0; s->setup_done != 0 && ep < otg_endpoints(dev); ep++)
        if ((s->setup_done & BIT(ep)) && otg_rx_free(dev) > 0) {
            s->setup_done &= ~BIT(ep);
            otg_rx_push(dev, entry(SETUP_COMPLETE, ep, 0, 0));
        }
    if (s->gonak_wanted && otg_rx_free(dev) > 0) {
        s->gonak_wanted = false;
        otg_rx_push(dev, entry(GLOBAL_OUT_NAK, 0, 0, 0));
    }
}

uint32_t otg_status_pop(struct device *dev)
{
    struct otg *s = dev->state;
    uint32_t word = otg_rx_pop(dev);
    if (s->rx_unread > 0) { /* firmware left data unread: that is what it gets now */
        s->rx_unread--;
        return word;
    }
    unsigned ep = word & 15, bytes = (word >> 4) & 0x7FF;
    if (ep >= otg_endpoints(dev))
        return word;
    switch ((word >> 17) & 15) {
    case GLOBAL_OUT_NAK:
        s->gonak_effective = dev->regs[DCTL] & DCTL_GONSTS;
        break;
    case OUT_DATA:
        s->rx_unread = words(bytes);
        count_bytes(dev, DOEPTSIZ + ep, size_mask(ep), bytes);
        break;
    case SETUP_DATA:
        s->rx_unread = words(bytes);
        break;
    case OUT_COMPLETE:
        dev->regs[DOEPCTL + ep] &= ~EPCTL_EPENA;
        dev->regs[DOEPINT + ep] |= EPINT_XFRC;
        break;
    case SETUP_COMPLETE:
        dev->regs[DOEPCTL + ep] &= ~EPCTL_EPENA;
        dev->regs[DOEPINT + ep] |= DOEPINT_STUP;
        break;
    default:
        break;
    }
    return word;
}

/* ---- control registers ---- */

/* What IN and OUT endpoints have in common; true if the endpoint was disabled. */
static bool control_written(struct device *dev, unsigned ctl, uint32_t old, uint32_t value)
{
    uint32_t *r = &dev->regs[ctl];
    bool enabled = old & EPCTL_EPENA;
    if (value & EPCTL_CNAK)
        *r &= ~EPCTL_NAKSTS;
    if (value & EPCTL_SNAK)
        *r |= EPCTL_NAKSTS;
    bool first = ctl == DIEPCTL || ctl == DOEPCTL;
    if (!first && (value & EPCTL_SD0PID))
        *r &= ~EPCTL_DPID;
    if (!first && (value & EPCTL_SD1PID))
        *r |= EPCTL_DPID;
    if (type_of(dev, ctl) == EP_CONTROL && (old & EPCTL_STALL))
        *r |= EPCTL_STALL; /* only a SETUP clears it */
    bool disable = (*r & EPCTL_EPDIS) && enabled;
    *r &= ~EPCTL_EPDIS;
    if (disable)
        *r &= ~EPCTL_EPENA;
    return disable;
}

void otg_in_control_written(struct device *dev, unsigned ep, uint32_t old, uint32_t value)
{
    uint32_t size = otg_in_size(dev, ep);
    if (control_written(dev, DIEPCTL + ep, old, value)) {
        dev->regs[DIEPINT + ep] |= EPINT_EPDISD;
        dev->regs[DIEPTSIZ + ep] = size;
    }
    if (value & EPCTL_CNAK)
        dev->regs[DIEPINT + ep] &= ~DIEPINT_INEPNE;
    if (value & EPCTL_SNAK)
        dev->regs[DIEPINT + ep] |= DIEPINT_INEPNE;
}

void otg_out_control_written(struct device *dev, unsigned ep, uint32_t old, uint32_t value)
{
    if (control_written(dev, DOEPCTL + ep, old, value))
        dev->regs[DOEPINT + ep] |= EPINT_EPDISD;
}

void otg_device_control_written(struct device *dev, uint32_t value)
{
    struct otg *s = dev->state;
    uint32_t *dctl = &dev->regs[DCTL];
    if (value & DCTL_SGINAK) {
        *dctl |= DCTL_GINSTS;
        s->ginak_effective = true;
    }
    if (value & DCTL_CGINAK) {
        *dctl &= ~DCTL_GINSTS;
        s->ginak_effective = false;
    }
    if ((value & DCTL_SGONAK) && !(*dctl & DCTL_GONSTS)) {
        *dctl |= DCTL_GONSTS;
        s->gonak_wanted = true; /* it takes effect when firmware has emptied the FIFO up to here */
    }
    if (value & DCTL_CGONAK) {
        *dctl &= ~DCTL_GONSTS;
        s->gonak_wanted = s->gonak_effective = false;
    }
}

void otg_deactivate_endpoints(struct device *dev)
{
    for (unsigned ep = 1; ep < otg_endpoints(dev); ep++) {
        dev->regs[DIEPCTL + ep] &= ~EPCTL_USBAEP;
        dev->regs[DOEPCTL + ep] &= ~EPCTL_USBAEP;
    }
}

/* ---- readiness ---- */

/* Bytes of the next IN packet. */
static unsigned next_in(const struct device *dev, unsigned ep)
{
    return MIN(dev->regs[DIEPTSIZ + ep] & size_mask(ep), max_packet(dev, DIEPCTL + ep));
}

/* The whole next packet lies in the FIFO. */
static bool in_loaded(const struct device *dev, unsigned ep)
{
    return (dev->regs[DIEPCTL + ep] & EPCTL_EPENA) && packets_left(dev, DIEPTSIZ + ep) > 0 &&
           otg_tx_count(dev, ep) >= words(next_in(dev, ep));
}

/* XFRSIZ counts down as firmware fills the FIFO, packet by packet, although the packets are not sent yet. */
uint32_t otg_in_size(const struct device *dev, unsigned ep)
{
    uint32_t mask = size_mask(ep), stored = dev->regs[DIEPTSIZ + ep];
    uint32_t left = stored & mask;
    unsigned packet = max_packet(dev, DIEPCTL + ep);
    if (!(dev->regs[DIEPCTL + ep] & EPCTL_EPENA) || packet == 0)
        return stored;
    unsigned in_fifo = otg_tx_count(dev, ep);
    unsigned full = MIN(in_fifo / words(packet), left / packet);
    in_fifo -= full * words(packet);
    left -= full * packet;
    if (in_fifo >= words(left))
        left = 0;
    return (stored & ~mask) | left;
}

static bool in_nak(const struct device *dev, unsigned ep)
{
    if (dev->regs[DIEPCTL + ep] & EPCTL_NAKSTS)
        return true;
    return (dev->regs[DCTL] & DCTL_GINSTS) && type_of(dev, DIEPCTL + ep) != EP_INTERRUPT;
}

static bool out_nak(const struct device *dev, unsigned ep)
{
    return (dev->regs[DOEPCTL + ep] & EPCTL_NAKSTS) || (dev->regs[DCTL] & DCTL_GONSTS) ||
           !(dev->regs[DOEPCTL + ep] & EPCTL_EPENA) || packets_left(dev, DOEPTSIZ + ep) == 0;
}

/* The packet, its status and the entry that may end the transfer; SETUPs keep their own room. */
static bool out_fits(const struct device *dev, unsigned length)
{
    return otg_rx_free(dev) >= 2 + words(length) + SETUP_RESERVE;
}

bool otg_in_ready(const struct device *dev, unsigned ep)
{
    uint32_t ctl = dev->regs[DIEPCTL + ep];
    return (ctl & EPCTL_USBAEP) && ((ctl & EPCTL_STALL) || (!in_nak(dev, ep) && in_loaded(dev, ep)));
}

bool otg_out_ready(const struct device *dev, unsigned ep)
{
    uint32_t ctl = dev->regs[DOEPCTL + ep];
    return (ctl & EPCTL_USBAEP) && ((ctl & EPCTL_STALL) || (!out_nak(dev, ep) && out_fits(dev, max_packet(dev, DOEPCTL + ep))));
}

uint32_t otg_ready_endpoints(const struct device *dev)
{
    uint32_t ready = 0;
    for (unsigned ep = 0; ep < otg_endpoints(dev); ep++)
        ready |= (otg_in_ready(dev, ep) ? BIT(ep) : 0) | (otg_out_ready(dev, ep) ? BIT(16 + ep) : 0);
    return ready;
}

/* ---- transactions ---- */

/* A new address counts from the end of the control transfer that set it. */
static bool addressed(const struct device *dev)
{
    const struct otg *s = dev->state;
    uint32_t own = (dev->regs[DCFG] >> 4) & 0x7F;
    return s->address_open ? s->host_address == s->setup_address : s->host_address == own;
}

static bool reachable(const struct device *dev, unsigned ep, unsigned first)
{
    const struct otg *s = dev->state;
    return s->phase == HOST_RUNNING && s->pullup && otg_awake(dev) && ep < otg_endpoints(dev) && addressed(dev) &&
           (dev->regs[first + ep] & EPCTL_USBAEP);
}

/* The first token after a SETUP is what tells the core that its stage is over. */
static void end_setup_stage(struct device *dev, unsigned ep)
{
    struct otg *s = dev->state;
    if (!(s->setup_stage & BIT(ep)))
        return;
    s->setup_stage &= ~BIT(ep);
    s->setup_done |= BIT(ep);
    otg_push_waiting(dev);
}

/* A SETUP ends whatever its endpoint was at, and a NAK holds the next stage until firmware has looked at it. */
static void begin_control_transfer(struct device *dev, unsigned ep, bool in)
{
    struct otg *s = dev->state;
    const unsigned ctl[2] = {DIEPCTL + ep, DOEPCTL + ep};
    for (unsigned i = 0; i < 2; i++) {
        dev->regs[ctl[i]] &= ~EPCTL_STALL;
        dev->regs[ctl[i]] |= EPCTL_NAKSTS | EPCTL_DPID;
    }
    dev->regs[DIEPINT + ep] |= DIEPINT_INEPNE;
    s->setup_stage |= BIT(ep);
    s->control_in = (s->control_in & ~BIT(ep)) | (in ? BIT(ep) : 0);
    if (ep == 0) {
        s->address_open = true;
        s->setup_address = s->host_address;
    }
}

enum otg_answer otg_setup(struct device *dev, unsigned ep, const uint8_t data[8])
{
    struct otg *s = dev->state;
    if (ep == 0)
        s->address_open = false; /* a new transfer ends one that the host gave up */
    if (!reachable(dev, ep, DOEPCTL) || type_of(dev, DOEPCTL + ep) != EP_CONTROL || otg_rx_free(dev) < SETUP_WORDS)
        return OTG_TIMEOUT;
    otg_rx_push(dev, entry(SETUP_DATA, ep, 8, 0));
    push_data(dev, data, 8);
    uint32_t *tsiz = &dev->regs[DOEPTSIZ + ep];
    if ((*tsiz >> 29) & 3)
        *tsiz -= 1u << 29;
    else if (s->setup_stage & BIT(ep))
        dev->regs[DOEPINT + ep] |= DOEPINT_B2BSTUP;
    begin_control_transfer(dev, ep, (data[0] & 0x80) && (data[6] | data[7]) != 0);
    otg_update(dev);
    return OTG_ACK;
}

/* A packet enters the receive FIFO and counts against the transfer. */
static void take_out(struct device *dev, unsigned ep, const uint8_t *data, unsigned length, unsigned pid)
{
    struct otg *s = dev->state;
    uint32_t frame = type_of(dev, DOEPCTL + ep) == EP_ISOCHRONOUS ? (s->frame & 15) << 21 : 0;
    otg_rx_push(dev, entry(OUT_DATA, ep, length, pid) | frame);
    push_data(dev, data, length);
    count_packet(dev, DOEPTSIZ + ep);
    if (packets_left(dev, DOEPTSIZ + ep) == 0 || length < max_packet(dev, DOEPCTL + ep)) {
        dev->regs[DOEPCTL + ep] |= EPCTL_NAKSTS;
        otg_rx_push(dev, entry(OUT_COMPLETE, ep, 0, pid) | frame);
    }
}

/* An isochronous endpoint serves frames of one parity for each time that it is enabled. */
static bool its_frame(const struct device *dev, unsigned ctl)
{
    const struct otg *s = dev->state;
    return ((dev->regs[ctl] & EPCTL_DPID) != 0) == (s->frame & 1);
}

static enum otg_answer isochronous_out(struct device *dev, unsigned ep, const uint8_t *data, unsigned length, unsigned pid)
{
    if (out_nak(dev, ep) || !its_frame(dev, DOEPCTL + ep))
        return OTG_TIMEOUT;
    if (!out_fits(dev, length)) {
        dev->regs[GINTSTS] |= GINT_ISOODRP;
        return OTG_TIMEOUT;
    }
    dev->regs[DOEPTSIZ + ep] = (dev->regs[DOEPTSIZ + ep] & ~(3u << 29)) | ((entry(0, 0, 0, pid) >> 15) & 3) << 29;
    take_out(dev, ep, data, length, pid);
    return OTG_ACK;
}

static enum otg_answer out_transaction(struct device *dev, unsigned ep, const uint8_t *data, unsigned length, unsigned pid)
{
    struct otg *s = dev->state;
    uint32_t *ctl = &dev->regs[DOEPCTL + ep];
    bool control = type_of(dev, DOEPCTL + ep) == EP_CONTROL;
    end_setup_stage(dev, ep);
    if (length > max_packet(dev, DOEPCTL + ep))
        return OTG_TIMEOUT;
    if (type_of(dev, DOEPCTL + ep) == EP_ISOCHRONOUS)
        return isochronous_out(dev, ep, data, length, pid);
    if (*ctl & EPCTL_STALL)
        return OTG_STALL;
    if (control && (s->control_in & BIT(ep)) && length > 0 && (dev->regs[DCFG] & DCFG_NZLSOHSK))
        return OTG_STALL;
    if (control && !(*ctl & EPCTL_EPENA))
        dev->regs[DOEPINT + ep] |= DOEPINT_OTEPDIS;
    if (out_nak(dev, ep))
        return OTG_NAK;
    if (pid != ((*ctl & EPCTL_DPID) ? 1 : 0))
        return OTG_ACK; /* the host did not hear the last ACK: it has this packet sent twice */
    if (!out_fits(dev, length))
        return OTG_NAK;
    *ctl ^= EPCTL_DPID;
    if (ep == 0 && (s->control_in & BIT(0)))
        s->address_open = false;
    take_out(dev, ep, data, length, pid);
    return OTG_ACK;
}

enum otg_answer otg_out(struct device *dev, unsigned ep, const void *data, unsigned length, unsigned pid)
{
    if (!reachable(dev, ep, DOEPCTL))
        return OTG_TIMEOUT;
    enum otg_answer answer = out_transaction(dev, ep, data, length, pid);
    otg_update(dev);
    return answer;
}

static void copy_packet(const struct device *dev, unsigned ep, uint8_t *buffer, unsigned length)
{
    for (unsigned i = 0; i < length; i++)
        buffer[i] = (uint8_t)(otg_tx_peek(dev, ep, i / 4) >> (8 * (i & 3)));
}

/* The host has the packet. */
static void sent(struct device *dev, unsigned ep, unsigned length)
{
    otg_tx_drop(dev, ep, words(length));
    count_bytes(dev, DIEPTSIZ + ep, size_mask(ep), length);
    count_packet(dev, DIEPTSIZ + ep);
    if (packets_left(dev, DIEPTSIZ + ep) == 0) {
        dev->regs[DIEPCTL + ep] &= ~EPCTL_EPENA;
        dev->regs[DIEPINT + ep] |= EPINT_XFRC;
    }
}

static enum otg_answer isochronous_in(struct device *dev, unsigned ep, uint8_t *buffer, unsigned max, unsigned *length)
{
    if (in_nak(dev, ep) || !in_loaded(dev, ep) || !its_frame(dev, DIEPCTL + ep))
        return OTG_DATA0; /* an empty packet */
    unsigned n = next_in(dev, ep);
    copy_packet(dev, ep, buffer, MIN(n, max));
    *length = n;
    sent(dev, ep, n);
    return OTG_DATA0;
}

static enum otg_answer in_transaction(struct device *dev, unsigned ep, uint8_t *buffer, unsigned max, unsigned *length)
{
    struct otg *s = dev->state;
    uint32_t *ctl = &dev->regs[DIEPCTL + ep];
    unsigned type = type_of(dev, DIEPCTL + ep);
    end_setup_stage(dev, ep);
    if (type == EP_ISOCHRONOUS)
        return isochronous_in(dev, ep, buffer, max, length);
    if (*ctl & EPCTL_STALL)
        return OTG_STALL;
    if (in_nak(dev, ep) || !in_loaded(dev, ep)) {
        if (otg_tx_count(dev, ep) == 0 && type != EP_INTERRUPT)
            dev->regs[DIEPINT + ep] |= DIEPINT_ITTXFE;
        return OTG_NAK;
    }
    unsigned n = next_in(dev, ep);
    enum otg_answer answer = (*ctl & EPCTL_DPID) ? OTG_DATA1 : OTG_DATA0;
    copy_packet(dev, ep, buffer, MIN(n, max));
    *length = n;
    if (n > max) { /* no ACK comes */
        if (type == EP_CONTROL)
            dev->regs[DIEPINT + ep] |= DIEPINT_TOC;
        return answer;
    }
    *ctl ^= EPCTL_DPID;
    if (ep == 0 && !(s->control_in & BIT(0)))
        s->address_open = false;
    sent(dev, ep, n);
    return answer;
}

enum otg_answer otg_in(struct device *dev, unsigned ep, void *buffer, unsigned max, unsigned *length)
{
    *length = 0;
    if (!reachable(dev, ep, DIEPCTL))
        return OTG_TIMEOUT;
    enum otg_answer answer = in_transaction(dev, ep, buffer, max, length);
    otg_update(dev);
    return answer;
}

/* ---- isochronous transfers that a frame left undone ---- */

static bool undone(const struct device *dev, unsigned ctl)
{
    return (dev->regs[ctl] & EPCTL_USBAEP) && (dev->regs[ctl] & EPCTL_EPENA) && type_of(dev, ctl) == EP_ISOCHRONOUS &&
           its_frame(dev, ctl);
}

void otg_check_isochronous(struct device *dev)
{
    for (unsigned ep = 1; ep < otg_endpoints(dev); ep++) {
        if (undone(dev, DIEPCTL + ep))
            dev->regs[GINTSTS] |= GINT_IISOIXFR;
        if (undone(dev, DOEPCTL + ep) && !(dev->regs[DOEPCTL + ep] & EPCTL_NAKSTS))
            dev->regs[GINTSTS] |= GINT_IISOOXFR;
    }
}
