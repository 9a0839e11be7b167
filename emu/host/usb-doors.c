/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usb-doors.h"

#include "emu/host/serial-pty.h"
#include "emu/host/usb-capture.h"
#include "emu/host/usbip-server.h"

struct usb_doors {
    struct usb_host *host;
    struct usb_capture *capture; /* NULL: none */
};

void usb_options_clear(struct usb_options *options)
{
    g_clear_pointer(&options->usbip, g_free);
    g_clear_pointer(&options->serial, g_free);
    g_clear_pointer(&options->pcap, g_free);
}

bool usb_options_any(const struct usb_options *options)
{
    return options->usbip != NULL || options->serial != NULL || options->pcap != NULL;
}

static bool serve(struct usb_doors *d, struct bridges *bridges, const struct usb_options *o, const struct listen_address *more,
                  GError **error)
{
    if (!o->usbip && !more)
        return true;
    struct usbip_server *server = usbip_server_new(d->host);
    bridges_add(bridges, usbip_server_bridge(server));
    if (more && !usbip_server_listen(server, more, error))
        return false;
    if (!o->usbip)
        return true;
    struct listen_address address;
    bool good = listen_address_parse(o->usbip, &address, error) && usbip_server_listen(server, &address, error);
    listen_address_clear(&address);
    if (!good)
        g_prefix_error(error, "--usbip: ");
    return good;
}

static bool capture(struct usb_doors *d, const struct usb_options *o, GError **error)
{
    if (!o->pcap)
        return true;
    d->capture = usb_capture_new(d->host, o->pcap, error);
    if (!d->capture)
        g_prefix_error(error, "--usb-pcap: ");
    return d->capture != NULL;
}

/* Before USB/IP, so that it is asked first who wants a device. */
static bool join_serial(struct usb_doors *d, struct bridges *bridges, const struct usb_options *o, GError **error)
{
    if (!o->serial)
        return true;
    struct bridge *pty = serial_pty_new(d->host, o->serial, error);
    if (!pty) {
        g_prefix_error(error, "--serial: ");
        return false;
    }
    bridges_add(bridges, pty);
    return true;
}

struct usb_doors *usb_doors_new(struct machine *m, struct bridges *bridges, const struct usb_options *options,
                                const struct listen_address *more, GError **error)
{
    if (!usb_options_any(options) && !more)
        return NULL;
    struct usb_doors *d = g_new0(struct usb_doors, 1);
    d->host = usb_host_new(m, (struct usb_host_options){.dfu_leave_abrupt = options->leave_abrupt});
    bridges_add(bridges, usb_host_bridge(d->host));
    if (capture(d, options, error) && join_serial(d, bridges, options, error) && serve(d, bridges, options, more, error))
        return d;
    usb_doors_close_capture(d, NULL);
    usb_doors_free(d);
    return NULL;
}

bool usb_doors_close_capture(struct usb_doors *doors, GError **error)
{
    bool good = usb_capture_close(g_steal_pointer(&doors->capture), error);
    if (!good)
        g_prefix_error(error, "--usb-pcap: ");
    return good;
}

void usb_doors_free(struct usb_doors *doors)
{
    g_free(doors);
}

struct usb_host *usb_doors_host(struct usb_doors *doors)
{
    return doors->host;
}
