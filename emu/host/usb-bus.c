/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transfers as transactions on a full-speed bus (USB 2.0, chapters 5 and 8).
 *
 * A transaction of n bytes takes the time of n + 13 bytes at 12 Mbit/s and must fit into its frame behind the start-of-frame
 * packet: 19 bulk packets of 64 bytes a frame, as table 5-9 has it. It acts at its beginning. A real host repeats what was
 * answered NAK for ever; here it waits for the device to change its mind, and those repetitions take no time on the bus.
 */
#include <errno.h>
#include <string.h>

#include "emu/host/usb-host-internal.h"

#define FRAME     TICKS_PER_MS
#define BYTE_TIME (TICKS_PER_SECOND * 8 / 12000000)
enum { OVERHEAD = 13, SOF_BYTES = 6 };
/* Transactions without an answer before a host gives up (USB 2.0, 4.5.2). */
enum { MOST_FAILURES = 3 };

static ticks_t now(const struct usb_host *host)
{
    return machine_now(host->machine);
}

/* ---- endpoints ---- */

static struct usb_pipe *pipe_of(struct usb_host *host, unsigned address)
{
    unsigned number = address & 15;
    return &host->pipes[number == 0 ? 0 : number | (address & 0x80 ? 16 : 0)];
}

static void renew(struct usb_pipe *p)
{
    p->toggle = false;
    p->parked = false;
    p->not_before = 0;
    p->failures = 0;
}

void usb_bus_init(struct usb_host *host)
{
    for (unsigned i = 0; i < USB_PIPES; i++)
        g_queue_init(&host->pipes[i].urbs);
    host->bus_due = TICKS_NEVER;
    usb_bus_configure(host, 0);
}

void usb_bus_start(struct usb_host *host, ticks_t when)
{
    host->frames_from = when;
    host->free = when;
}

static void open_pipes(struct usb_host *host, unsigned interface, unsigned alternate)
{
    const struct usb_device *d = &host->device;
    struct usb_endpoint e;
    size_t at = 0;
    while (usb_endpoint_next(d->configuration, d->configuration_size, &at, interface, alternate, &e)) {
        struct usb_pipe *p = pipe_of(host, e.address);
        if (p->number == 0 || e.max_packet == 0)
            continue;
        p->open = true;
        p->type = e.type;
        p->max_packet = e.max_packet;
        p->interval = e.type == USB_INTERRUPT ? MAX(e.interval, 1) * FRAME : 0;
        renew(p);
    }
}

void usb_bus_configure(struct usb_host *host, unsigned configuration)
{
    for (unsigned i = 0; i < USB_PIPES; i++) {
        struct usb_pipe *p = &host->pipes[i];
        p->number = i & 15;
        p->in = i >= 16;
        p->open = i == 0;
        if (i != 0)
            renew(p);
    }
    host->pipes[0].type = USB_CONTROL;
    host->pipes[0].max_packet = MAX(host->device.descriptor[7], 8);
    memset(host->alternates, 0, sizeof host->alternates);
    host->device.configured = configuration;
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    unsigned n = usb_interfaces(host->device.configuration, host->device.configuration_size, interfaces, USB_MAX_INTERFACES);
    for (unsigned i = 0; configuration != 0 && i < n; i++)
        open_pipes(host, interfaces[i].number, 0);
}

void usb_bus_set_alternate(struct usb_host *host, unsigned interface, unsigned alternate)
{
    if (interface >= USB_MAX_INTERFACES)
        return;
    const struct usb_device *d = &host->device;
    struct usb_endpoint e;
    size_t at = 0;
    while (usb_endpoint_next(d->configuration, d->configuration_size, &at, interface, host->alternates[interface], &e))
        if ((e.address & 15) != 0)
            pipe_of(host, e.address)->open = false;
    host->alternates[interface] = (uint8_t)alternate;
    open_pipes(host, interface, alternate);
}

/* ---- the end of a transfer ---- */

void usb_bus_end(struct usb_host *host, struct usb_urb *urb, int status)
{
    struct usb_pipe *p = urb->pipe;
    bool first = g_queue_peek_head(&p->urbs) == urb;
    g_queue_remove(&p->urbs, urb);
    if (first) {
        p->parked = false;
        p->failures = 0;
    }
    urb->pipe = NULL;
    urb->status = status;
    usb_host_completed(host, urb);
}

void usb_bus_end_all(struct usb_host *host, int status)
{
    /* Only those that are there now: a completion may submit the next. */
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    for (unsigned i = 0; i < USB_PIPES; i++)
        for (GList *l = host->pipes[i].urbs.head; l != NULL; l = l->next)
            g_ptr_array_add(all, l->data);
    for (unsigned i = 0; i < all->len; i++) {
        struct usb_urb *urb = g_ptr_array_index(all, i);
        bool still = false;
        for (unsigned k = 0; k < USB_PIPES && !still; k++)
            still = g_queue_find(&host->pipes[k].urbs, urb) != NULL;
        if (still)
            usb_bus_end(host, urb, status);
    }
}

/* What a successful request of the host's has changed (USB 2.0, 9.4). */
static void note_request(struct usb_host *host, const uint8_t setup[8])
{
    unsigned value = usb_le16(setup + 2), index = usb_le16(setup + 4);
    if (setup[0] == 0x00 && setup[1] == 9) {
        usb_bus_configure(host, value);
    } else if (setup[0] == 0x01 && setup[1] == 11) {
        usb_bus_set_alternate(host, index, value);
    } else if (setup[0] == 0x02 && setup[1] == 1 && value == 0) {
        if ((index & 15) != 0)
            renew(pipe_of(host, index));
    }
}

/* ---- transactions ---- */

static uint32_t data_length(const struct usb_urb *urb)
{
    return usb_urb_is_control(urb) ? usb_le16(urb->setup + 6) : urb->length;
}

enum outcome { GO_ON, PARK, OVER };

/* Answers that mean the same in all stages. */
static enum outcome refuse(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb, enum board_usb_answer answer)
{
    if (answer == BOARD_USB_NAK) {
        p->failures = 0;
        return PARK;
    }
    if (answer == BOARD_USB_STALL) {
        usb_bus_end(host, urb, -EPIPE);
        return OVER;
    }
    if (++p->failures == MOST_FAILURES) {
        usb_bus_end(host, urb, -EPROTO);
        return OVER;
    }
    p->not_before = now(host) + FRAME;
    return GO_ON;
}

/* The IN data of a transfer are complete. */
static int in_status(const struct usb_urb *urb)
{
    return urb->short_not_ok && urb->actual < data_length(urb) ? -EREMOTEIO : 0;
}

static enum outcome in_data(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb, bool *toggle)
{
    unsigned size;
    uint32_t room = data_length(urb) - urb->actual;
    enum board_usb_answer answer = board_usb_in(host->machine, p->number, urb->data + urb->actual, room, &size);
    if (answer != BOARD_USB_DATA0 && answer != BOARD_USB_DATA1)
        return refuse(host, p, urb, answer);
    p->failures = 0;
    host->free += size * BYTE_TIME;
    if (size > room) {
        urb->actual += room;
        usb_bus_end(host, urb, -EOVERFLOW);
        return OVER;
    }
    if ((answer == BOARD_USB_DATA1) != *toggle)
        return GO_ON; /* a packet that came before: our ACK got lost */
    *toggle = !*toggle;
    urb->actual += size;
    if (size == p->max_packet && urb->actual < data_length(urb))
        return GO_ON;
    if (usb_urb_is_control(urb)) {
        urb->stage = URB_STATUS;
        return GO_ON;
    }
    usb_bus_end(host, urb, in_status(urb));
    return OVER;
}

static enum outcome out_data(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb, bool *toggle)
{
    unsigned size = MIN(data_length(urb) - urb->actual, p->max_packet);
    enum board_usb_answer answer = board_usb_out(host->machine, p->number, urb->data + urb->actual, size, *toggle);
    if (answer != BOARD_USB_ACK)
        return refuse(host, p, urb, answer);
    p->failures = 0;
    *toggle = !*toggle;
    urb->actual += size;
    if (urb->actual < data_length(urb))
        return GO_ON;
    if (usb_urb_is_control(urb)) {
        urb->stage = URB_STATUS;
        return GO_ON;
    }
    if (urb->zero_packet && size == p->max_packet && size > 0)
        return GO_ON; /* one more, an empty one */
    usb_bus_end(host, urb, 0);
    return OVER;
}

static enum outcome setup_stage(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb)
{
    enum board_usb_answer answer = board_usb_setup(host->machine, 0, urb->setup);
    if (answer != BOARD_USB_ACK)
        return refuse(host, p, urb, answer);
    p->failures = 0;
    urb->toggle = true;
    urb->stage = data_length(urb) > 0 ? URB_DATA : URB_STATUS;
    return GO_ON;
}

static enum outcome status_stage(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb)
{
    bool in = usb_urb_is_in(urb) && data_length(urb) > 0;
    enum board_usb_answer answer;
    if (in) {
        answer = board_usb_out(host->machine, 0, NULL, 0, 1);
        if (answer != BOARD_USB_ACK)
            return refuse(host, p, urb, answer);
    } else {
        uint8_t nothing[64];
        unsigned size;
        answer = board_usb_in(host->machine, 0, nothing, sizeof nothing, &size);
        if (answer != BOARD_USB_DATA0 && answer != BOARD_USB_DATA1)
            return refuse(host, p, urb, answer);
    }
    note_request(host, urb->setup);
    usb_bus_end(host, urb, in ? in_status(urb) : 0);
    return OVER;
}

static enum outcome transact(struct usb_host *host, struct usb_pipe *p, struct usb_urb *urb)
{
    if (p->type == USB_CONTROL && urb->stage == URB_SETUP)
        return setup_stage(host, p, urb);
    if (p->type == USB_CONTROL && urb->stage == URB_STATUS)
        return status_stage(host, p, urb);
    bool *toggle = p->type == USB_CONTROL ? &urb->toggle : &p->toggle;
    return usb_urb_is_in(urb) ? in_data(host, p, urb, toggle) : out_data(host, p, urb, toggle);
}

/* Bytes of data that the next transaction carries; an answer's count when they come. */
static unsigned next_bytes(const struct usb_pipe *p, const struct usb_urb *urb)
{
    if (p->type == USB_CONTROL && urb->stage == URB_SETUP)
        return 8;
    if (p->type == USB_CONTROL && urb->stage == URB_STATUS)
        return 0;
    return MIN(data_length(urb) - urb->actual, p->max_packet);
}

/* The bus is free from now on, and the transaction fits into the frame; else when to look again. */
static bool has_place(struct usb_host *host, unsigned bytes, ticks_t *again)
{
    ticks_t t = MAX(now(host), host->free);
    ticks_t in_frame = (t - host->frames_from) % FRAME;
    if (in_frame < SOF_BYTES * BYTE_TIME)
        t += SOF_BYTES * BYTE_TIME - in_frame;
    else if (in_frame + (bytes + OVERHEAD) * BYTE_TIME > FRAME)
        t += FRAME - in_frame + SOF_BYTES * BYTE_TIME;
    *again = t;
    return t == now(host);
}

/* The pipe whose turn it is; NULL: none can go on now, and *again tells when to look, apart from the device's own moves. */
static struct usb_pipe *next_pipe(struct usb_host *host, ticks_t *again)
{
    *again = TICKS_NEVER;
    for (unsigned i = 0; i < USB_PIPES; i++) {
        unsigned n = (host->turn + i) % USB_PIPES;
        struct usb_pipe *p = &host->pipes[n];
        if (g_queue_is_empty(&p->urbs) || p->parked ||
            (host->state == USB_ADDRESSING && g_queue_peek_head(&p->urbs) != &host->own))
            continue;
        if (p->not_before > now(host)) {
            *again = MIN(*again, p->not_before);
            continue;
        }
        host->turn = n + 1;
        return p;
    }
    return NULL;
}

void usb_bus_run(struct usb_host *host)
{
    if (host->running)
        return;
    host->running = true;
    host->bus_due = TICKS_NEVER;
    while (board_usb_enabled(host->machine) && (host->state == USB_READY || host->state == USB_ADDRESSING)) {
        ticks_t again;
        unsigned turn = host->turn;
        struct usb_pipe *p = next_pipe(host, &again);
        if (p == NULL) {
            host->bus_due = again;
            break;
        }
        struct usb_urb *urb = g_queue_peek_head(&p->urbs);
        unsigned bytes = next_bytes(p, urb);
        if (!has_place(host, bytes, &again)) {
            host->turn = turn;
            host->bus_due = again;
            break;
        }
        host->free = now(host) + OVERHEAD * BYTE_TIME;
        if (!(usb_urb_is_in(urb) && urb->stage == URB_DATA))
            host->free += bytes * BYTE_TIME;
        if (p->interval > 0)
            p->not_before = now(host) + p->interval;
        if (transact(host, p, urb) == PARK) {
            p->parked = true;
            host->free = now(host);
        }
    }
    host->running = false;
}

void usb_bus_wake(struct usb_host *host)
{
    for (unsigned i = 0; i < USB_PIPES; i++) {
        struct usb_pipe *p = &host->pipes[i];
        if (!p->parked)
            continue;
        const struct usb_urb *urb = g_queue_peek_head(&p->urbs);
        bool in = p->in;
        if (p->type == USB_CONTROL && urb != NULL)
            in = (usb_urb_is_in(urb) && data_length(urb) > 0) != (urb->stage == URB_STATUS);
        if (in ? board_usb_in_ready(host->machine, p->number) : board_usb_out_ready(host->machine, p->number))
            p->parked = false;
    }
    usb_bus_run(host);
}

void usb_bus_enqueue(struct usb_host *host, struct usb_urb *urb)
{
    struct usb_pipe *p = pipe_of(host, urb->endpoint);
    urb->pipe = p;
    urb->stage = usb_urb_is_control(urb) ? URB_SETUP : URB_DATA;
    urb->actual = 0;
    urb->status = 0;
    if (urb == &host->own)
        g_queue_push_head(&p->urbs, urb);
    else
        g_queue_push_tail(&p->urbs, urb);
    usb_bus_run(host);
}
