/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usbip-wire.h"

#include <string.h>
#include <sys/types.h>

#include "emu/host/packet.h"

#define DEVICE_PATH "/sys/devices/platform/photon-emu/usb1/" USBIP_BUSID
enum { PATH_SIZE = 256 };
enum { MOST_ENDPOINTS = 16 };

static ssize_t read_op(const uint8_t *in, size_t size, struct usbip_message *m, const char **why)
{
    if (size < USBIP_OP_SIZE)
        return 0;
    if (read_be16(in) != USBIP_VERSION) {
        *why = "it speaks another version than 1.1.1";
        return -1;
    }
    m->command = read_be16(in + 2);
    if (m->command == USBIP_REQ_DEVLIST)
        return USBIP_OP_SIZE;
    if (m->command != USBIP_REQ_IMPORT) {
        *why = "it asks for something that is neither a device list nor an import";
        return -1;
    }
    if (size < USBIP_OP_SIZE + USBIP_BUSID_SIZE)
        return 0;
    memcpy(m->busid, in + USBIP_OP_SIZE, USBIP_BUSID_SIZE);
    m->busid[USBIP_BUSID_SIZE] = '\0';
    return USBIP_OP_SIZE + USBIP_BUSID_SIZE;
}

static ssize_t read_submit(const uint8_t *in, size_t size, struct usbip_message *m, const char **why)
{
    uint32_t direction = read_be32(in + 12), endpoint = read_be32(in + 16), packets = read_be32(in + 32);
    m->submit.in = direction == 1;
    m->submit.endpoint = endpoint;
    m->submit.flags = read_be32(in + 20);
    m->submit.length = read_be32(in + 24);
    memcpy(m->submit.setup, in + 40, sizeof m->submit.setup);
    if (direction > 1)
        *why = "a transfer has no direction";
    else if (endpoint >= MOST_ENDPOINTS)
        *why = "a transfer is for an endpoint beyond 15";
    else if (packets != 0 && packets != UINT32_MAX)
        *why = "a transfer is an isochronous one";
    else if (m->submit.length > USB_MAX_TRANSFER)
        *why = "a transfer is longer than a megabyte";
    else if (endpoint == 0 && usb_le16(m->submit.setup + 6) > m->submit.length)
        *why = "a control transfer has less room than its setup says";
    else if (endpoint == 0 && usb_le16(m->submit.setup + 6) > 0 && m->submit.in != ((m->submit.setup[0] & 0x80) != 0))
        *why = "a control transfer goes the other way than its setup says";
    if (*why)
        return -1;
    size_t data = m->submit.in ? 0 : m->submit.length;
    m->submit.data = in + USBIP_HEADER_SIZE;
    return size < USBIP_HEADER_SIZE + data ? 0 : (ssize_t)(USBIP_HEADER_SIZE + data);
}

ssize_t usbip_message_read(const uint8_t *in, size_t size, bool imported, struct usbip_message *m, const char **why)
{
    *m = (struct usbip_message){0};
    *why = NULL;
    if (!imported)
        return read_op(in, size, m, why);
    if (size < USBIP_HEADER_SIZE)
        return 0;
    m->command = read_be32(in);
    m->seqnum = read_be32(in + 4);
    m->devid = read_be32(in + 8);
    if (m->command == USBIP_SUBMIT)
        return read_submit(in, size, m, why);
    if (m->command == USBIP_UNLINK) {
        m->unlink = read_be32(in + 20);
        return USBIP_HEADER_SIZE;
    }
    *why = "it sends something that is neither a transfer nor the end of one";
    return -1;
}

/* ---- replies ---- */

static void put8(GByteArray *out, uint8_t value)
{
    g_byte_array_append(out, &value, 1);
}

static void put16(GByteArray *out, unsigned value)
{
    uint8_t bytes[2];
    write_be16(bytes, (uint16_t)value);
    g_byte_array_append(out, bytes, sizeof bytes);
}

static void put32(GByteArray *out, uint32_t value)
{
    uint8_t bytes[4];
    write_be32(bytes, value);
    g_byte_array_append(out, bytes, sizeof bytes);
}

static void put_text(GByteArray *out, const char *text, size_t size)
{
    uint8_t bytes[PATH_SIZE] = {0};
    memcpy(bytes, text, strlen(text));
    g_byte_array_append(out, bytes, (guint)size);
}

void usbip_put_op(GByteArray *out, unsigned code, uint32_t status)
{
    put16(out, USBIP_VERSION);
    put16(out, code);
    put32(out, status);
}

void usbip_put_device(GByteArray *out, const struct usb_device *device)
{
    const uint8_t *d = device->descriptor;
    put_text(out, DEVICE_PATH, PATH_SIZE);
    put_text(out, USBIP_BUSID, USBIP_BUSID_SIZE);
    put32(out, USBIP_BUS);
    put32(out, device->address);
    put32(out, USBIP_FULL_SPEED);
    put16(out, usb_le16(d + 8));
    put16(out, usb_le16(d + 10));
    put16(out, usb_le16(d + 12));
    put8(out, d[4]);
    put8(out, d[5]);
    put8(out, d[6]);
    put8(out, (uint8_t)device->configured);
    put8(out, d[17]);
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    put8(out, (uint8_t)usb_interfaces(device->configuration, device->configuration_size, interfaces, USB_MAX_INTERFACES));
}

void usbip_put_interfaces(GByteArray *out, const struct usb_device *device)
{
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    unsigned n = usb_interfaces(device->configuration, device->configuration_size, interfaces, USB_MAX_INTERFACES);
    for (unsigned i = 0; i < n; i++) {
        put8(out, interfaces[i].class);
        put8(out, interfaces[i].subclass);
        put8(out, interfaces[i].protocol);
        put8(out, 0);
    }
}

/* Command and number of an answer, without the rest of the header: devid, direction and endpoint are 0 in it. */
static void put_header(GByteArray *out, uint32_t command, uint32_t seqnum, int status)
{
    put32(out, command);
    put32(out, seqnum);
    for (unsigned i = 0; i < 3; i++)
        put32(out, 0);
    put32(out, (uint32_t)status);
}

void usbip_put_submitted(GByteArray *out, uint32_t seqnum, const struct usb_urb *urb)
{
    bool in = (urb->endpoint & 0x7F) == 0 ? urb->setup[0] & 0x80 : urb->endpoint & 0x80;
    put_header(out, USBIP_RET_SUBMIT, seqnum, urb->status);
    put32(out, urb->actual);
    put32(out, 0);          /* start frame */
    put32(out, UINT32_MAX); /* no isochronous packets */
    put32(out, 0);
    put32(out, 0);
    put32(out, 0);
    if (in)
        g_byte_array_append(out, urb->data, urb->actual);
}

void usbip_put_unlinked(GByteArray *out, uint32_t seqnum, int status)
{
    put_header(out, USBIP_RET_UNLINK, seqnum, status);
    for (unsigned i = 0; i < 6; i++)
        put32(out, 0);
}
