/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/cdc-host.h"

#include <errno.h>
#include <string.h>

#include "emu/core/event.h"

enum { CLASS_CDC = 2, SUBCLASS_ACM = 2, CS_UNION = 6 };
enum { SET_LINE_CODING = 0x20, SET_CONTROL_LINE_STATE = 0x22 };
enum { DTR = 1, RTS = 2 };
enum { LINE_SIZE = 7, MOST_PACKET = 64, MOST_NOTIFICATION = 64 };

/* As Linux has it until a program sets something else. */
static const struct cdc_line first_line = {.baud = 9600, .data_bits = 8};

struct cdc_host {
    struct usb_host *host;
    struct usb_user user;
    struct cdc_listener listener;

    bool there, configured;
    uint8_t configuration, interface; /* the control interface */
    struct usb_endpoint in, out, notify;
    bool has_notify;

    bool open, hold, failed; /* failed: reading, until the port is opened anew */
    struct cdc_line line, line_sent;
    bool line_known, control_known;
    unsigned control, control_sent;

    struct usb_urb request, read, write, notification;
    bool requesting, reading, writing, notifying;
    uint8_t request_data[LINE_SIZE], read_data[MOST_PACKET], write_data[CDC_SEND], notification_data[MOST_NOTIFICATION];
};

/* ---- requests: one after the other, for whatever the device does not have yet ---- */

static void update(struct cdc_host *c);

static void request_complete(struct usb_urb *urb)
{
    struct cdc_host *c = urb->user;
    c->requesting = false;
    if (!c->there)
        return;
    /* A device that refuses one lives without it, as those without control lines do. */
    if (urb->setup[1] == SET_LINE_CODING && urb->setup[0] == 0x21)
        c->line_known = true;
    else if (urb->setup[1] == SET_CONTROL_LINE_STATE)
        c->control_known = true;
    else
        c->configured = urb->status == 0;
    if (c->configured)
        update(c);
}

static void request(struct cdc_host *c, unsigned type, unsigned code, unsigned value, unsigned index, unsigned length)
{
    c->requesting = true;
    c->request = (struct usb_urb){.setup = {(uint8_t)type, (uint8_t)code, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)index,
                                            (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)},
                                  .data = c->request_data,
                                  .length = length,
                                  .complete = request_complete,
                                  .user = c};
    usb_host_submit(c->host, &c->request);
}

static bool same_line(const struct cdc_line *a, const struct cdc_line *b)
{
    return a->baud == b->baud && a->stop_bits == b->stop_bits && a->parity == b->parity && a->data_bits == b->data_bits;
}

bool cdc_host_settled(const struct cdc_host *c)
{
    return c->there && c->configured && !c->requesting && c->line_known && c->control_known &&
           same_line(&c->line, &c->line_sent) && c->control == c->control_sent;
}

static void read_more(struct cdc_host *c);

static void update(struct cdc_host *c)
{
    if (!c->there || c->requesting)
        return;
    if (!c->configured) {
        request(c, 0x00, 9, c->configuration, 0, 0);
    } else if (!c->line_known || !same_line(&c->line, &c->line_sent)) {
        c->line_sent = c->line;
        for (unsigned i = 0; i < 4; i++)
            c->request_data[i] = (uint8_t)(c->line.baud >> (8 * i));
        c->request_data[4] = c->line.stop_bits;
        c->request_data[5] = c->line.parity;
        c->request_data[6] = c->line.data_bits;
        request(c, 0x21, SET_LINE_CODING, 0, c->interface, LINE_SIZE);
    } else if (!c->control_known || c->control != c->control_sent) {
        c->control_sent = c->control;
        request(c, 0x21, SET_CONTROL_LINE_STATE, c->control, c->interface, 0);
    }
    read_more(c);
}

/* ---- bytes ---- */

/* Bytes on the line are told as those of any serial port. */
static void publish(struct cdc_host *c, const char *direction, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        machine_publish(usb_host_machine(c->host), "uart", FIELD_STRING("port", "USB"), FIELD_STRING("direction", direction),
                        FIELD_INT("byte", bytes[i]), FIELD_INT("baud", c->line.baud));
}

static void read_complete(struct usb_urb *urb)
{
    struct cdc_host *c = urb->user;
    c->reading = false;
    publish(c, "tx", c->read_data, urb->actual);
    if (urb->actual > 0 && c->listener.received)
        c->listener.received(c->read_data, urb->actual, c->listener.data);
    c->failed |= urb->status != 0 && urb->status != -ECANCELED;
    read_more(c);
}

static void notification_complete(struct usb_urb *urb)
{
    struct cdc_host *c = urb->user; /* the serial state: nothing here cares */
    c->notifying = false;
    if (urb->status == 0)
        read_more(c);
}

static void read_more(struct cdc_host *c)
{
    if (!c->there || !c->configured || !c->open || c->failed)
        return;
    if (!c->reading && !c->hold) {
        c->reading = true;
        c->read = (struct usb_urb){.endpoint = c->in.address,
                                   .data = c->read_data,
                                   .length = MIN(c->in.max_packet, MOST_PACKET),
                                   .complete = read_complete,
                                   .user = c};
        usb_host_submit(c->host, &c->read);
    }
    if (!c->notifying && c->has_notify) {
        c->notifying = true;
        c->notification = (struct usb_urb){.endpoint = c->notify.address,
                                           .data = c->notification_data,
                                           .length = MOST_NOTIFICATION,
                                           .complete = notification_complete,
                                           .user = c};
        usb_host_submit(c->host, &c->notification);
    }
}

static void write_complete(struct usb_urb *urb)
{
    struct cdc_host *c = urb->user;
    c->writing = false;
    if (c->there && c->listener.room)
        c->listener.room(c->listener.data);
}

bool cdc_host_ready_to_send(const struct cdc_host *c)
{
    return c->there && c->configured && c->open && !c->writing;
}

size_t cdc_host_send(struct cdc_host *c, const void *bytes, size_t n)
{
    if (!cdc_host_ready_to_send(c) || n == 0 || n > CDC_SEND)
        return 0;
    memcpy(c->write_data, bytes, n);
    publish(c, "rx", c->write_data, n);
    c->writing = true;
    c->write = (struct usb_urb){
        .endpoint = c->out.address, .data = c->write_data, .length = (uint32_t)n, .complete = write_complete, .user = c};
    usb_host_submit(c->host, &c->write);
    return n;
}

/* ---- the port ---- */

bool cdc_host_there(const struct cdc_host *c)
{
    return c->there;
}

bool cdc_host_is_open(const struct cdc_host *c)
{
    return c->open;
}

void cdc_host_open(struct cdc_host *c)
{
    c->open = true;
    c->failed = false;
    c->control = DTR | RTS;
    update(c);
}

void cdc_host_close(struct cdc_host *c)
{
    c->open = false;
    c->control = 0;
    if (c->reading)
        usb_host_unlink(c->host, &c->read, -ECANCELED);
    if (c->notifying)
        usb_host_unlink(c->host, &c->notification, -ECANCELED);
    update(c);
}

void cdc_host_set_line(struct cdc_host *c, const struct cdc_line *line)
{
    c->line = *line;
    update(c);
}

void cdc_host_hold(struct cdc_host *c, bool hold)
{
    c->hold = hold;
    read_more(c);
}

/* ---- the device ---- */

/* The bulk endpoints of an interface. */
static bool find_data(struct cdc_host *c, const struct usb_device *d, unsigned interface)
{
    struct usb_endpoint e;
    bool in = false, out = false;
    for (size_t at = 0; usb_endpoint_next(d->configuration, d->configuration_size, &at, interface, 0, &e);) {
        if (e.type != USB_BULK)
            continue;
        if (e.address & 0x80)
            c->in = e, in = true;
        else
            c->out = e, out = true;
    }
    return in && out;
}

/* The first serial port: a control interface whose union descriptor names the interface of the data. */
static bool find_port(struct cdc_host *c, const struct usb_device *d)
{
    enum { UNION_SIZE = 5 };
    const uint8_t *p;
    size_t length;
    bool inside = false;
    for (size_t at = 0; usb_descriptor_next(d->configuration, d->configuration_size, &at, &p, &length);) {
        if (p[1] == USB_DESCRIPTOR_INTERFACE && length >= 9) {
            inside = p[5] == CLASS_CDC && p[6] == SUBCLASS_ACM;
            c->interface = p[2];
        }
        if (!inside || p[1] != USB_DESCRIPTOR_CS_INTERFACE || length < UNION_SIZE || p[2] != CS_UNION || !find_data(c, d, p[4]))
            continue;
        size_t from = 0;
        c->has_notify = usb_endpoint_next(d->configuration, d->configuration_size, &from, c->interface, 0, &c->notify);
        c->configuration = d->configuration[5];
        return true;
    }
    return false;
}

static bool probe(void *data)
{
    struct cdc_host *c = data;
    if (!find_port(c, usb_host_device(c->host)))
        return false;
    c->there = true;
    c->configured = c->line_known = c->control_known = false;
    c->open = c->hold = c->failed = false;
    c->control = 0;
    c->line = first_line;
    update(c);
    if (c->there && c->listener.there)
        c->listener.there(c->listener.data);
    return true;
}

static void gone(void *data)
{
    struct cdc_host *c = data;
    c->there = c->open = false;
    if (c->listener.gone)
        c->listener.gone(c->listener.data);
}

struct cdc_host *cdc_host_new(struct usb_host *host, const struct cdc_listener *listener)
{
    struct cdc_host *c = g_new0(struct cdc_host, 1);
    c->host = host;
    c->listener = *listener;
    c->user = (struct usb_user){probe, gone, c};
    usb_host_add_user(host, &c->user);
    return c;
}

void cdc_host_free(struct cdc_host *c)
{
    if (c == NULL)
        return;
    c->there = c->open = false;
    usb_host_remove_user(c->host, &c->user);
    g_free(c);
}
