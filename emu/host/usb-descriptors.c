/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usb-descriptors.h"

enum { INTERFACE_SIZE = 9, ENDPOINT_SIZE = 7 };

bool usb_descriptor_next(const uint8_t *configuration, size_t size, size_t *at, const uint8_t **descriptor, size_t *length)
{
    if (*at > size || size - *at < 2)
        return false;
    *descriptor = configuration + *at;
    *length = configuration[*at];
    if (*length < 2 || *length > size - *at)
        return false;
    *at += *length;
    return true;
}

static bool read_interface(const uint8_t *d, size_t length, struct usb_interface *interface)
{
    if (d[1] != USB_DESCRIPTOR_INTERFACE || length < INTERFACE_SIZE)
        return false;
    *interface = (struct usb_interface){.number = d[2],
                                        .alternate = d[3],
                                        .n_endpoints = d[4],
                                        .class = d[5],
                                        .subclass = d[6],
                                        .protocol = d[7],
                                        .string = d[8]};
    return true;
}

bool usb_interface_find(const uint8_t *configuration, size_t size, unsigned number, unsigned alternate,
                        struct usb_interface *interface)
{
    const uint8_t *d;
    size_t length, at = 0;
    while (usb_descriptor_next(configuration, size, &at, &d, &length))
        if (read_interface(d, length, interface) && interface->number == number && interface->alternate == alternate)
            return true;
    return false;
}

unsigned usb_interfaces(const uint8_t *configuration, size_t size, struct usb_interface *interfaces, unsigned max)
{
    const uint8_t *d;
    size_t length, at = 0;
    unsigned n = 0;
    struct usb_interface interface;
    while (n < max && usb_descriptor_next(configuration, size, &at, &d, &length))
        if (read_interface(d, length, &interface) && interface.alternate == 0)
            interfaces[n++] = interface;
    return n;
}

bool usb_endpoint_next(const uint8_t *configuration, size_t size, size_t *at, unsigned interface, unsigned alternate,
                       struct usb_endpoint *endpoint)
{
    /* Where it stands does not tell whose endpoint comes next: begin at the front, and count from there. */
    const uint8_t *d;
    size_t length, place = 0;
    struct usb_interface present = {0};
    bool inside = false;
    while (usb_descriptor_next(configuration, size, &place, &d, &length)) {
        if (d[1] == USB_DESCRIPTOR_INTERFACE)
            inside = read_interface(d, length, &present) && present.number == interface && present.alternate == alternate;
        if (!inside || place <= *at || d[1] != USB_DESCRIPTOR_ENDPOINT || length < ENDPOINT_SIZE)
            continue;
        *at = place;
        *endpoint = (struct usb_endpoint){.address = d[2] & 0x8F,
                                          .type = d[3] & 3,
                                          .max_packet = usb_le16(d + 4) & 0x7FF,
                                          .interval = d[6],
                                          .interface = present.number,
                                          .alternate = present.alternate};
        return true;
    }
    return false;
}
