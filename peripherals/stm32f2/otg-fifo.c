/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FIFOs of the OTG cores (RM0033 29.13 and 30.10).
 *
 * All of them lie in one RAM, where the size registers put them, so FIFOs that firmware lets overlap spoil each other as on
 * silicon. The receive FIFO holds a status word before each packet's data. The windows are word-wide: a smaller access moves a
 * word as well.
 */
#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/otg-internal.h"

enum { WINDOW = 0x1000, RAM_OFFSET = 0x20000, ALL_FIFOS = 16 };

struct place {
    unsigned start, depth;
};

static unsigned ram_words(const struct device *dev)
{
    return otg_is_hs(dev) ? OTG_MAX_RAM : 320;
}

static struct place rx_place(const struct device *dev)
{
    return (struct place){0, dev->regs[GRXFSIZ] & 0xFFFF};
}

static unsigned tx_fifo(const struct device *dev, unsigned ep)
{
    return (dev->regs[DIEPCTL + ep] >> 22) & 15;
}

static struct place tx_place(const struct device *dev, unsigned ep)
{
    unsigned n = tx_fifo(dev, ep);
    if (n >= otg_endpoints(dev))
        return (struct place){0, 0};
    return (struct place){dev->regs[DIEPTXF + n] & 0xFFFF, dev->regs[DIEPTXF + n] >> 16};
}

static uint32_t *cell(const struct device *dev, struct place p, const struct fifo *f, unsigned i)
{
    struct otg *s = dev->state;
    return &s->ram[(p.start + (f->head + i) % MAX(p.depth, 1)) % ram_words(dev)];
}

static unsigned room(struct place p, const struct fifo *f)
{
    return f->count < p.depth ? p.depth - f->count : 0;
}

static void push(const struct device *dev, struct place p, struct fifo *f, uint32_t word)
{
    *cell(dev, p, f, f->count) = word;
    f->count++;
}

static void drop(struct place p, struct fifo *f, unsigned words)
{
    f->head = (f->head + words) % MAX(p.depth, 1);
    f->count -= words;
}

/* ---- flushing ---- */

void otg_fifo_flush_rx(struct device *dev)
{
    struct otg *s = dev->state;
    s->rx = (struct fifo){0};
    s->rx_unread = 0;
}

void otg_fifo_flush_tx(struct device *dev, unsigned fifo)
{
    struct otg *s = dev->state;
    for (unsigned i = 0; i < otg_endpoints(dev); i++)
        if (fifo == i || fifo == ALL_FIFOS)
            s->tx[i] = (struct fifo){0};
}

void otg_fifo_flush_all(struct device *dev)
{
    otg_fifo_flush_rx(dev);
    otg_fifo_flush_tx(dev, ALL_FIFOS);
}

/* ---- receive ---- */

unsigned otg_rx_free(const struct device *dev)
{
    const struct otg *s = dev->state;
    return room(rx_place(dev), &s->rx);
}

void otg_rx_push(struct device *dev, uint32_t word)
{
    struct otg *s = dev->state;
    push(dev, rx_place(dev), &s->rx, word);
}

uint32_t otg_rx_top(const struct device *dev)
{
    const struct otg *s = dev->state;
    struct place p = rx_place(dev);
    return s->rx.count > 0 && p.depth > 0 ? *cell(dev, p, &s->rx, 0) : 0;
}

uint32_t otg_rx_pop(struct device *dev)
{
    struct otg *s = dev->state;
    struct place p = rx_place(dev);
    uint32_t word = otg_rx_top(dev);
    if (s->rx.count > 0 && p.depth > 0)
        drop(p, &s->rx, 1);
    return word;
}

/* ---- transmit ---- */

unsigned otg_tx_depth(const struct device *dev, unsigned ep)
{
    return tx_place(dev, ep).depth;
}

unsigned otg_tx_count(const struct device *dev, unsigned ep)
{
    const struct otg *s = dev->state;
    return otg_tx_depth(dev, ep) > 0 ? s->tx[tx_fifo(dev, ep)].count : 0;
}

unsigned otg_tx_free(const struct device *dev, unsigned ep)
{
    const struct otg *s = dev->state;
    return otg_tx_depth(dev, ep) > 0 ? room(tx_place(dev, ep), &s->tx[tx_fifo(dev, ep)]) : 0;
}

bool otg_tx_empty(const struct device *dev, unsigned ep)
{
    unsigned count = otg_tx_count(dev, ep);
    return (dev->regs[GAHBCFG] & GAHBCFG_TXFELVL) ? count == 0 : count <= otg_tx_depth(dev, ep) / 2;
}

void otg_tx_push(struct device *dev, unsigned ep, uint32_t word)
{
    struct otg *s = dev->state;
    if (otg_tx_free(dev, ep) > 0)
        push(dev, tx_place(dev, ep), &s->tx[tx_fifo(dev, ep)], word);
}

uint32_t otg_tx_peek(const struct device *dev, unsigned ep, unsigned i)
{
    const struct otg *s = dev->state;
    return *cell(dev, tx_place(dev, ep), &s->tx[tx_fifo(dev, ep)], i);
}

void otg_tx_drop(struct device *dev, unsigned ep, unsigned words)
{
    struct otg *s = dev->state;
    if (words > 0)
        drop(tx_place(dev, ep), &s->tx[tx_fifo(dev, ep)], words);
}

/* ---- windows ---- */

/* Whichever window is read, the receive FIFO answers. Words beyond the packet whose status was read are not given out. */
uint32_t otg_fifo_read(struct device *dev, uint32_t offset, bool side_effects)
{
    struct otg *s = dev->state;
    if (offset >= RAM_OFFSET) {
        unsigned i = (offset - RAM_OFFSET) / 4;
        return i < ram_words(dev) ? s->ram[i] : 0;
    }
    if (s->rx_unread == 0)
        return 0;
    if (!side_effects)
        return otg_rx_top(dev);
    s->rx_unread--;
    uint32_t word = otg_rx_pop(dev);
    otg_update(dev);
    return word;
}

void otg_fifo_write(struct device *dev, uint32_t offset, uint32_t value)
{
    struct otg *s = dev->state;
    unsigned window = offset / WINDOW - 1;
    if (offset >= RAM_OFFSET) {
        unsigned i = (offset - RAM_OFFSET) / 4;
        if (i < ram_words(dev))
            s->ram[i] = value;
    } else if (window < otg_endpoints(dev)) {
        otg_tx_push(dev, window, value);
        otg_update(dev);
    }
}
