/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usb-capture.h"

#include <errno.h>
#include <string.h>

#include "emu/host/pcap.h"
#include "emu/host/usb-host-internal.h"

/* The 64 bytes in front of each packet; numbers in the order of the machine that wrote the file. */
struct usbmon {
    uint64_t id;
    uint8_t event; /* S: submitted, C: completed */
    uint8_t transfer, endpoint, device;
    uint16_t bus;
    char no_setup, no_data; /* 0: it is there */
    int64_t seconds;
    int32_t microseconds, status;
    uint32_t length, captured;
    uint8_t setup[8];
    int32_t interval, start_frame;
    uint32_t flags, descriptors;
};
G_STATIC_ASSERT(sizeof(struct usbmon) == 64);
enum { ISOCHRONOUS, INTERRUPT, CONTROL, BULK };

struct usb_capture {
    struct pcap *pcap;
    struct usb_host *host;
};

static uint8_t transfer_type(const struct usb_urb *urb)
{
    if (usb_urb_is_control(urb))
        return CONTROL;
    return urb->interrupt ? INTERRUPT : BULK;
}

static void watch(const struct usb_urb *urb, enum usb_moment moment, const struct usb_device *device, void *data)
{
    struct usb_capture *c = data;
    ticks_t now = machine_now(usb_host_machine(c->host));
    bool in = usb_urb_is_in(urb), done = moment == USB_COMPLETED;
    struct usbmon head = {.id = urb->id,
                          .event = done ? 'C' : 'S',
                          .transfer = transfer_type(urb),
                          .endpoint = (uint8_t)((urb->endpoint & 0x0F) | (in ? 0x80 : 0)),
                          .device = (uint8_t)device->address,
                          .bus = 1,
                          .no_setup = '-',
                          .seconds = (int64_t)(now / TICKS_PER_SECOND),
                          .microseconds = (int32_t)(now % TICKS_PER_SECOND / TICKS_PER_US),
                          .status = done ? urb->status : -EINPROGRESS,
                          .length = done ? urb->actual : urb->length};
    if (!done && usb_urb_is_control(urb)) {
        head.no_setup = 0;
        memcpy(head.setup, urb->setup, sizeof head.setup);
    }
    /* Bytes are shown where they come to light: of an OUT transfer at its beginning, of an IN transfer at its end. */
    head.captured = in == done ? head.length : 0;
    head.no_data = head.captured > 0 ? 0 : in ? '<' : '>';
    g_autofree uint8_t *frame = g_malloc(sizeof head + head.captured);
    memcpy(frame, &head, sizeof head);
    if (head.captured > 0)
        memcpy(frame + sizeof head, urb->data, head.captured);
    pcap_frame(c->pcap, 0, !in, now, frame, sizeof head + head.captured);
}

struct usb_capture *usb_capture_new(struct usb_host *host, const char *path, GError **error)
{
    static const char *const names[] = {board_usb_port, NULL};
    struct pcap *pcap = pcap_open(path, PCAP_USB_LINUX, names, error);
    if (pcap == NULL)
        return NULL;
    struct usb_capture *c = g_new0(struct usb_capture, 1);
    c->pcap = pcap;
    c->host = host;
    usb_host_watch(host, watch, c);
    return c;
}

bool usb_capture_close(struct usb_capture *capture, GError **error)
{
    if (capture == NULL)
        return true;
    usb_host_unwatch(capture->host, watch, capture);
    bool good = pcap_close(capture->pcap, error);
    g_free(capture);
    return good;
}
