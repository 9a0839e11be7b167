/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors of a USB device, as a host reads them (USB 2.0, 9.5 and 9.6). What a device says is taken with care. */
#ifndef EMU_HOST_USB_DESCRIPTORS_H
#define EMU_HOST_USB_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    USB_DESCRIPTOR_DEVICE = 1,
    USB_DESCRIPTOR_CONFIGURATION = 2,
    USB_DESCRIPTOR_STRING = 3,
    USB_DESCRIPTOR_INTERFACE = 4,
    USB_DESCRIPTOR_ENDPOINT = 5,
    USB_DESCRIPTOR_CS_INTERFACE = 0x24,
};
enum { USB_DEVICE_DESCRIPTOR_SIZE = 18, USB_CONFIGURATION_DESCRIPTOR_SIZE = 9 };

enum usb_transfer { USB_CONTROL, USB_ISOCHRONOUS, USB_BULK, USB_INTERRUPT };

enum { USB_MAX_INTERFACES = 32 };

struct usb_interface {
    uint8_t number, alternate, n_endpoints, class, subclass, protocol, string;
};

struct usb_endpoint {
    uint8_t address; /* number, and 0x80 for IN */
    enum usb_transfer type;
    unsigned max_packet;
    unsigned interval; /* frames, of an interrupt endpoint */
    uint8_t interface, alternate;
};

/*
 * Go through a configuration with all that belongs to it, descriptor by descriptor: *at begins with 0; the next one's place
 * and length (2 or more, and inside size). False at the end, and at one that does not fit.
 */
bool usb_descriptor_next(const uint8_t *configuration, size_t size, size_t *at, const uint8_t **descriptor, size_t *length);

/* The interface descriptor of a number and alternate; false: there is none. */
bool usb_interface_find(const uint8_t *configuration, size_t size, unsigned number, unsigned alternate,
                        struct usb_interface *interface);
/* Number of interfaces (their alternate 0), which are stored up to max. */
unsigned usb_interfaces(const uint8_t *configuration, size_t size, struct usb_interface *interfaces, unsigned max);
/* The next endpoint of an interface and alternate; *at begins with 0. */
bool usb_endpoint_next(const uint8_t *configuration, size_t size, size_t *at, unsigned interface, unsigned alternate,
                       struct usb_endpoint *endpoint);

static inline unsigned usb_le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

#endif
