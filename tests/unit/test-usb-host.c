/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB host against a device that firmware in C works by its registers. */
#include "emu/host/usb-host.h"

#include <errno.h>

#include "emu/core/event.h"
#include "emu/host/cdc-host.h"
#include "tests/unit/usb-bench.h"

/* ---- a user ---- */

struct taker {
    struct usb_user user;
    bool wants;
    unsigned asked, gone;
};

static bool taker_probe(void *data)
{
    struct taker *t = data;
    t->asked++;
    return t->wants;
}

static void taker_gone(void *data)
{
    ((struct taker *)data)->gone++;
}

static void taker_add(struct usb_bench *b, struct taker *t, bool wants)
{
    *t = (struct taker){.user = {taker_probe, taker_gone, t}, .wants = wants};
    usb_host_add_user(b->host, &t->user);
}

struct transfer {
    struct usb_urb urb;
    unsigned done;
    ticks_t when;
    struct machine *m;
    uint8_t data[65536];
};

static void transfer_complete(struct usb_urb *urb)
{
    struct transfer *t = (struct transfer *)urb;
    t->done++;
    t->when = machine_now(t->m);
}

static void submit(struct usb_bench *b, struct transfer *t, unsigned endpoint, uint32_t length)
{
    t->done = 0;
    t->m = b->m;
    t->urb.endpoint = (uint8_t)endpoint;
    t->urb.data = t->data;
    t->urb.length = length;
    t->urb.complete = transfer_complete;
    usb_host_submit(b->host, &t->urb);
}

static void request(struct usb_bench *b, struct transfer *t, unsigned type, unsigned code, unsigned value, unsigned index,
                    unsigned length)
{
    const uint8_t setup[8] = {(uint8_t)type,  (uint8_t)code,         (uint8_t)value,  (uint8_t)(value >> 8),
                              (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)};
    memcpy(t->urb.setup, setup, sizeof setup);
    submit(b, t, 0, length);
}

static int finish(struct usb_bench *b, struct transfer *t)
{
    for (unsigned i = 0; i < 100 && t->done == 0; i++)
        usb_bench_run(b, TICKS_PER_MS);
    g_assert_cmpuint(t->done, ==, 1);
    return t->urb.status;
}

/* A device that is found, taken and configured. */
static void open_configured(struct usb_bench *b, struct taker *taker)
{
    struct transfer t = {0};
    usb_bench_open(b, (struct usb_host_options){0});
    taker_add(b, taker, true);
    guest_connect(&b->guest);
    usb_bench_run(b, 150 * TICKS_PER_MS);
    g_assert_true(usb_host_held(b->host));
    request(b, &t, 0x00, 9, 1, 0, 0);
    g_assert_cmpint(finish(b, &t), ==, 0);
    g_assert_cmpuint(b->guest.configuration, ==, 1);
}

/* ---- finding it ---- */

static void note_op(const struct event *event, void *data)
{
    const char *op = strcmp(event->kind, "usb") == 0 ? event_field(event, "op")->string : "submit";
    if (strcmp(op, "submit") != 0 && strcmp(op, "complete") != 0)
        g_string_append_printf(data, "%s ", op);
}

static void enumerates(void)
{
    struct usb_bench b;
    struct taker first, second;
    g_autoptr(GString) ops = g_string_new(NULL);
    usb_bench_open(&b, (struct usb_host_options){0});
    machine_subscribe(b.m, note_op, ops);
    taker_add(&b, &first, false);
    taker_add(&b, &second, true);
    usb_bench_run(&b, 10 * TICKS_PER_MS);
    g_assert_null(usb_host_device(b.host));
    g_assert_cmpstr(ops->str, ==, "attach ");
    guest_connect(&b.guest);
    usb_bench_run(&b, 119 * TICKS_PER_MS); /* 100 of debounce, 10 of reset, 10 of recovery */
    g_assert_null(usb_host_device(b.host));
    usb_bench_run(&b, 20 * TICKS_PER_MS);
    const struct usb_device *d = usb_host_device(b.host);
    g_assert_nonnull(d);
    g_assert_cmpmem(d->descriptor, sizeof d->descriptor, guest_device, sizeof guest_device);
    g_assert_cmpmem(d->configuration, d->configuration_size, guest_configuration, sizeof guest_configuration);
    g_assert_cmpuint(d->address, ==, 1);
    g_assert_cmpuint(first.asked, ==, 1);
    g_assert_cmpuint(second.asked, ==, 1);
    g_assert_true(usb_host_held(b.host));
    g_assert_false(usb_host_claim(b.host, &first.user));
    g_assert_cmpstr(ops->str, ==, "attach connect suspend reset resume enumerate ");

    /* It goes, and comes back as another one. */
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    g_assert_null(usb_host_device(b.host));
    g_assert_cmpuint(first.gone, ==, 0);
    g_assert_cmpuint(second.gone, ==, 1);
    guest_connect(&b.guest);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    g_assert_cmpuint(usb_host_device(b.host)->address, ==, 2);
    usb_bench_close(&b);
}

/* Gone and back between two looks: another device all the same. */
static void short_disconnect(void)
{
    struct usb_bench b;
    struct taker taker;
    open_configured(&b, &taker);
    guest_disconnect(&b.guest);
    guest_connect(&b.guest);
    usb_bench_run(&b, 10 * TICKS_PER_MS);
    g_assert_cmpuint(taker.gone, ==, 1);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 2);
    usb_bench_close(&b);
}

/* Nobody wants it: the bus is suspended, and a later claim begins with a reset. */
static void suspend_and_claim(void)
{
    struct usb_bench b;
    struct taker taker;
    struct transfer t = {0};
    usb_bench_open(&b, (struct usb_host_options){0});
    taker_add(&b, &taker, false);
    guest_connect(&b.guest);
    usb_bench_run(&b, 200 * TICKS_PER_MS);
    g_assert_false(board_usb_enabled(b.m));
    g_assert_cmpuint(b.guest.resets, ==, 1);
    g_assert_true(usb_host_claim(b.host, &taker.user));
    request(&b, &t, 0xC0, 1, 5, 0, 64); /* waits until it can be sent */
    g_assert_true(usb_host_owed(b.host));
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpuint(t.urb.actual, ==, 5);
    g_assert_cmpuint(b.guest.resets, ==, 2);
    g_assert_cmpuint(usb_host_device(b.host)->address, ==, 1);
    usb_host_release(b.host, &taker.user);
    usb_bench_run(&b, 10 * TICKS_PER_MS);
    g_assert_false(board_usb_enabled(b.m));
    g_assert_cmpuint(taker.gone, ==, 0);
    usb_bench_close(&b);
}

/* One that never answers is given up, until it goes. */
static void no_answer(void)
{
    struct usb_bench b;
    struct taker taker;
    g_autoptr(GString) ops = g_string_new(NULL);
    usb_bench_open(&b, (struct usb_host_options){0});
    taker_add(&b, &taker, true);
    b.guest.mute = true;
    guest_connect(&b.guest);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    machine_subscribe(b.m, note_op, ops);
    usb_bench_run(&b, 16 * TICKS_PER_SECOND); /* three times five seconds */
    g_assert_cmpstr(ops->str, ==, "reset reset no-answer ");
    g_assert_cmpuint(taker.asked, ==, 0);
    b.guest.mute = false;
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    guest_connect(&b.guest);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 1);
    usb_bench_close(&b);
}

/* ---- transfers ---- */

static void control(void)
{
    struct usb_bench b;
    struct taker taker;
    struct transfer t = {0};
    open_configured(&b, &taker);
    /* sizes around the packet's, and a device that has less to say */
    static const unsigned sizes[] = {1, 63, 64, 65, 128, 200};
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        request(&b, &t, 0xC0, 1, sizes[i], 0, sizes[i]);
        g_assert_cmpint(finish(&b, &t), ==, 0);
        g_assert_cmpuint(t.urb.actual, ==, sizes[i]);
        request(&b, &t, 0xC0, 1, sizes[i], 0, 512);
        g_assert_cmpint(finish(&b, &t), ==, 0);
        g_assert_cmpuint(t.urb.actual, ==, sizes[i]);
        for (unsigned k = 0; k < sizes[i]; k++)
            g_assert_cmpuint(t.data[k], ==, (uint8_t)(3 * k));
        for (unsigned k = 0; k < sizes[i]; k++)
            t.data[k] = (uint8_t)(5 * k + i);
        request(&b, &t, 0x40, 1, 0, 0, sizes[i]);
        g_assert_cmpint(finish(&b, &t), ==, 0);
        g_assert_cmpmem(b.guest.taken, b.guest.taken_length, t.data, sizes[i]);
    }
    t.urb.short_not_ok = true;
    request(&b, &t, 0xC0, 1, 10, 0, 20);
    g_assert_cmpint(finish(&b, &t), ==, -EREMOTEIO);
    t.urb.short_not_ok = false;
    request(&b, &t, 0xC1, 1, 0, 0, 20); /* unknown */
    g_assert_cmpint(finish(&b, &t), ==, -EPIPE);
    request(&b, &t, 0x41, 1, 0, 0, 0);
    g_assert_cmpint(finish(&b, &t), ==, -EPIPE);
    request(&b, &t, 0xC0, 1, 7, 0, 7); /* and works on */
    g_assert_cmpint(finish(&b, &t), ==, 0);

    /* refused before they reach the device */
    request(&b, &t, 0x00, 5, 9, 0, 0);
    g_assert_cmpint(finish(&b, &t), ==, -EPIPE);
    g_assert_cmpuint(usb_host_device(b.host)->address, ==, 1);
    t.urb.setup[6] = 200; /* more than there is room for */
    submit(&b, &t, 0, 100);
    g_assert_cmpint(finish(&b, &t), ==, -EINVAL);
    submit(&b, &t, 0x83, 100);
    g_assert_cmpint(finish(&b, &t), ==, -ENOENT);
    submit(&b, &t, 0x30, 100);
    g_assert_cmpint(finish(&b, &t), ==, -ENOENT);
    submit(&b, &t, 0x81, USB_MAX_TRANSFER + 1);
    g_assert_cmpint(finish(&b, &t), ==, -EMSGSIZE);
    usb_bench_close(&b);
}

static void bulk_out_rate(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer t;
    t = (struct transfer){0};
    open_configured(&b, &taker);
    usb_bench_run(&b, TICKS_PER_MS);
    enum { PACKETS = 190 };
    for (unsigned i = 0; i < PACKETS * 64; i++)
        t.data[i] = (uint8_t)(i ^ i >> 8);
    ticks_t begin = machine_now(b.m);
    submit(&b, &t, 0x01, PACKETS * 64);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    /* 19 a frame: ten frames, give or take where the first one began */
    g_assert_cmpuint(t.when - begin, >, 9 * TICKS_PER_MS);
    g_assert_cmpuint(t.when - begin, <, 11 * TICKS_PER_MS);
    usb_bench_run(&b, TICKS_PER_MS);
    g_assert_cmpmem(b.guest.out->data, b.guest.out->len, t.data, PACKETS * 64);
    usb_bench_close(&b);
}

static void bulk_in(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer t, other;
    t = other = (struct transfer){0};
    open_configured(&b, &taker);
    /* parked: nothing is owed, and it costs nothing */
    submit(&b, &t, 0x81, 512);
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpuint(t.done, ==, 0);
    g_assert_false(usb_host_owed(b.host));
    request(&b, &other, 0xC0, 1, 3, 0, 3); /* others go on meanwhile */
    g_assert_true(usb_host_owed(b.host));
    g_assert_cmpint(finish(&b, &other), ==, 0);
    uint8_t bytes[200];
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(7 * i);
    g_byte_array_append(b.guest.in, bytes, sizeof bytes);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpmem(t.data, t.urb.actual, bytes, sizeof bytes);
    /* exactly full */
    submit(&b, &t, 0x81, 128);
    g_byte_array_append(b.guest.in, bytes, 128);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpuint(t.urb.actual, ==, 128);
    /* more than asked for */
    submit(&b, &t, 0x81, 10);
    g_byte_array_append(b.guest.in, bytes, 20);
    g_assert_cmpint(finish(&b, &t), ==, -EOVERFLOW);
    g_assert_cmpmem(t.data, t.urb.actual, bytes, 10);
    /* the device has it still */
    submit(&b, &t, 0x81, 64);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpmem(t.data, t.urb.actual, bytes, 20);
    usb_bench_close(&b);
}

static void unlinked(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer t, next;
    t = next = (struct transfer){0};
    open_configured(&b, &taker);
    submit(&b, &t, 0x81, 64);
    submit(&b, &next, 0x81, 64);
    usb_bench_run(&b, 5 * TICKS_PER_MS);
    usb_host_unlink(b.host, &t.urb, -ECONNRESET);
    g_assert_cmpuint(t.done, ==, 1);
    g_assert_cmpint(t.urb.status, ==, -ECONNRESET);
    usb_host_unlink(b.host, &t.urb, -ECONNRESET); /* over already */
    g_assert_cmpuint(t.done, ==, 1);
    g_byte_array_append(b.guest.in, (const uint8_t *)"abc", 3);
    g_assert_cmpint(finish(&b, &next), ==, 0);
    g_assert_cmpmem(next.data, next.urb.actual, "abc", 3);

    /* in the middle of a control transfer that the device lets wait */
    b.guest.mute = true;
    request(&b, &t, 0xC0, 1, 8, 0, 8);
    usb_bench_run(&b, 5 * TICKS_PER_MS);
    g_assert_cmpuint(t.done, ==, 0);
    g_assert_true(usb_host_owed(b.host));
    usb_host_unlink(b.host, &t.urb, -ECONNRESET);
    b.guest.mute = false;
    request(&b, &t, 0xC0, 1, 8, 0, 8);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpuint(t.urb.actual, ==, 8);

    /* a device that takes nothing: it owes */
    b.guest.hold_out = true;
    submit(&b, &t, 0x01, 640);
    usb_bench_run(&b, 5 * TICKS_PER_MS);
    g_assert_true(usb_host_owed(b.host));
    g_assert_cmpuint(t.urb.actual, ==, 64);
    usb_host_release(b.host, &taker.user);
    g_assert_cmpint(t.urb.status, ==, -ECONNRESET);
    g_assert_false(usb_host_owed(b.host));
    usb_bench_close(&b);
}

static void device_goes(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer in, out, c;
    in = out = c = (struct transfer){0};
    open_configured(&b, &taker);
    b.guest.mute = b.guest.hold_out = true;
    submit(&b, &in, 0x81, 64);
    submit(&b, &out, 0x01, 640);
    request(&b, &c, 0xC0, 1, 8, 0, 8);
    usb_bench_run(&b, 5 * TICKS_PER_MS);
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    g_assert_cmpint(in.urb.status, ==, -ESHUTDOWN);
    g_assert_cmpint(out.urb.status, ==, -ESHUTDOWN);
    g_assert_cmpint(c.urb.status, ==, -ESHUTDOWN);
    g_assert_cmpuint(in.done + out.done + c.done, ==, 3);
    request(&b, &c, 0xC0, 1, 8, 0, 8);
    g_assert_cmpint(c.urb.status, ==, -ESHUTDOWN);
    usb_bench_close(&b);
}

static void note_reset(void *user, int status)
{
    *(int *)user = status;
}

static void port_reset(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer t;
    t = (struct transfer){0};
    int status = 1;
    open_configured(&b, &taker);
    unsigned resets = b.guest.resets;
    submit(&b, &t, 0x81, 64);
    g_assert_true(usb_host_reset(b.host, note_reset, &status));
    g_assert_cmpint(t.urb.status, ==, -ESHUTDOWN);
    g_assert_false(usb_host_reset(b.host, note_reset, &status)); /* one at a time */
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpint(status, ==, 0);
    g_assert_cmpuint(b.guest.resets, ==, resets + 1);
    g_assert_cmpuint(b.guest.configuration, ==, 1); /* restored */
    g_byte_array_append(b.guest.in, (const uint8_t *)"xy", 2);
    submit(&b, &t, 0x81, 64);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    /* it goes in the middle of one */
    status = 1;
    g_assert_true(usb_host_reset(b.host, note_reset, &status));
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    g_assert_cmpint(status, ==, -ENODEV);
    usb_bench_close(&b);
}

static void replugged(void)
{
    struct usb_bench b;
    struct taker taker;
    open_configured(&b, &taker);
    struct bridge *bridge = usb_host_bridge(b.host);
    bridge->class->replug(bridge);
    g_assert_cmpuint(taker.gone, ==, 1);
    g_assert_null(usb_host_device(b.host));
    usb_bench_run(&b, 300 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 2);

    /* a state from before the cable was plugged in */
    board_usb_detach(b.m);
    bridge->class->replug(bridge);
    usb_bench_run(&b, 300 * TICKS_PER_MS);
    g_assert_false(board_usb_attached(b.m));
    g_assert_null(usb_host_device(b.host));
    usb_host_plug(b.host);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 3);
    usb_bench_close(&b);
}

static void leaves_abruptly(void)
{
    struct usb_bench b;
    struct taker taker;
    static struct transfer t;
    t = (struct transfer){0};
    usb_bench_open(&b, (struct usb_host_options){.dfu_leave_abrupt = true});
    taker_add(&b, &taker, true);
    guest_connect(&b.guest);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    request(&b, &t, 0xA1, 3, 0, 0, 6);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    request(&b, &t, 0x21, 1, 2, 0, 64); /* a block of data is no end */
    g_assert_cmpint(finish(&b, &t), ==, 0);
    request(&b, &t, 0xA1, 3, 0, 0, 6);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    request(&b, &t, 0x21, 1, 0, 0, 0);
    g_assert_cmpint(finish(&b, &t), ==, 0);
    g_assert_cmpuint(taker.gone, ==, 0);
    request(&b, &t, 0xA1, 3, 0, 0, 6);
    g_assert_cmpint(finish(&b, &t), ==, -ENODEV);
    g_assert_cmpuint(taker.gone, ==, 1);
    g_assert_null(usb_host_device(b.host));
    /* it is there again once it has really gone */
    usb_bench_run(&b, 300 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 1);
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    guest_connect(&b.guest);
    usb_bench_run(&b, 150 * TICKS_PER_MS);
    g_assert_cmpuint(taker.asked, ==, 2);
    usb_bench_close(&b);
}

/* ---- the serial port's driver ---- */

struct port {
    GString *heard;
    unsigned there, gone;
};

static void port_there(void *data)
{
    ((struct port *)data)->there++;
}

static void port_gone(void *data)
{
    ((struct port *)data)->gone++;
}

static void port_received(const uint8_t *bytes, size_t n, void *data)
{
    g_string_append_len(((struct port *)data)->heard, (const char *)bytes, (gssize)n);
}

static void serial(void)
{
    struct usb_bench b;
    struct port port = {.heard = g_string_new(NULL)};
    usb_bench_open(&b, (struct usb_host_options){0});
    const struct cdc_listener listener = {.there = port_there, .gone = port_gone, .received = port_received, .data = &port};
    struct cdc_host *cdc = cdc_host_new(b.host, &listener);
    guest_connect(&b.guest);
    usb_bench_run(&b, 200 * TICKS_PER_MS);
    g_assert_cmpuint(port.there, ==, 1);
    g_assert_true(cdc_host_settled(cdc));
    static const uint8_t first[7] = {0x80, 0x25, 0, 0, 0, 0, 8}; /* 9600 8N1 */
    g_assert_cmpmem(b.guest.line, 7, first, 7);
    g_assert_cmpuint(b.guest.control, ==, 0);

    /* closed: what the device says stays there */
    g_byte_array_append(b.guest.in, (const uint8_t *)"hello", 5);
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpstr(port.heard->str, ==, "");
    g_assert_cmpuint(cdc_host_send(cdc, "x", 1), ==, 0);
    cdc_host_open(cdc);
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpstr(port.heard->str, ==, "hello");
    g_assert_cmpuint(b.guest.control, ==, 3);

    const struct cdc_line line = {.baud = 14400, .stop_bits = 2, .parity = 1, .data_bits = 7};
    cdc_host_set_line(cdc, &line);
    g_assert_false(cdc_host_settled(cdc));
    g_assert_cmpuint(cdc_host_send(cdc, "typed", 5), ==, 5);
    usb_bench_run(&b, 10 * TICKS_PER_MS);
    static const uint8_t second[7] = {0x40, 0x38, 0, 0, 2, 1, 7};
    g_assert_cmpmem(b.guest.line, 7, second, 7);
    g_assert_cmpmem(b.guest.out->data, b.guest.out->len, "typed", 5);

    /* a reader that is full */
    cdc_host_hold(cdc, true);
    for (unsigned i = 0; i < 100; i++)
        g_byte_array_append(b.guest.in, (const uint8_t *)"0123456789", 10);
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpuint(port.heard->len, <, 5 + 128);
    cdc_host_hold(cdc, false);
    usb_bench_run(&b, 50 * TICKS_PER_MS);
    g_assert_cmpuint(port.heard->len, ==, 5 + 1000);

    cdc_host_close(cdc);
    usb_bench_run(&b, 10 * TICKS_PER_MS);
    g_assert_cmpuint(b.guest.control, ==, 0);
    guest_disconnect(&b.guest);
    usb_bench_run(&b, TICKS_PER_MS);
    g_assert_cmpuint(port.gone, ==, 1);
    g_assert_false(cdc_host_there(cdc));
    guest_connect(&b.guest);
    usb_bench_run(&b, 200 * TICKS_PER_MS);
    g_assert_cmpuint(port.there, ==, 2);
    g_assert_false(cdc_host_is_open(cdc));
    cdc_host_free(cdc);
    g_string_free(port.heard, TRUE);
    usb_bench_close(&b);
}

/* ---- descriptors that lie ---- */

static void bad_descriptors(void)
{
    uint8_t c[sizeof guest_configuration];
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    struct usb_endpoint e;
    memcpy(c, guest_configuration, sizeof c);
    g_assert_cmpuint(usb_interfaces(c, sizeof c, interfaces, USB_MAX_INTERFACES), ==, 2);
    for (size_t cut = 0; cut < sizeof c; cut++) {
        g_autofree uint8_t *part = g_memdup2(c, cut); /* so that a read behind it shows */
        g_assert_cmpuint(usb_interfaces(part, cut, interfaces, USB_MAX_INTERFACES), <=, 2);
        for (size_t at = 0; usb_endpoint_next(part, cut, &at, 1, 0, &e);)
            g_assert_cmpuint(at, <=, cut);
    }
    for (size_t i = 0; i < sizeof c; i++) {
        memcpy(c, guest_configuration, sizeof c);
        c[i] = 0;
        usb_interfaces(c, sizeof c, interfaces, USB_MAX_INTERFACES);
        c[i] = 0xFF;
        usb_interfaces(c, sizeof c, interfaces, USB_MAX_INTERFACES);
        for (size_t at = 0; usb_endpoint_next(c, sizeof c, &at, 1, 0, &e);)
            g_assert_cmpuint(at, <=, sizeof c);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb-host/enumerates", enumerates);
    g_test_add_func("/usb-host/short-disconnect", short_disconnect);
    g_test_add_func("/usb-host/suspend-and-claim", suspend_and_claim);
    g_test_add_func("/usb-host/no-answer", no_answer);
    g_test_add_func("/usb-host/control", control);
    g_test_add_func("/usb-host/bulk-out-rate", bulk_out_rate);
    g_test_add_func("/usb-host/bulk-in", bulk_in);
    g_test_add_func("/usb-host/unlinked", unlinked);
    g_test_add_func("/usb-host/device-goes", device_goes);
    g_test_add_func("/usb-host/port-reset", port_reset);
    g_test_add_func("/usb-host/replugged", replugged);
    g_test_add_func("/usb-host/leaves-abruptly", leaves_abruptly);
    g_test_add_func("/usb-host/serial", serial);
    g_test_add_func("/usb-host/bad-descriptors", bad_descriptors);
    return g_test_run();
}
