/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/dut-usb.h"

struct dut_usb *dut_usb(struct dut *d)
{
    static const struct cdc_listener nobody = {0}; /* what comes is told as events */
    if (d->usb != NULL) {
        usb_host_plug(d->usb->host);
        return d->usb;
    }
    struct dut_usb *usb = g_new0(struct dut_usb, 1);
    usb->host = usb_host_new(d->machine, (struct usb_host_options){0});
    bridges_add(d->bridges, usb_host_bridge(usb->host));
    usb->serial = cdc_host_new(usb->host, &nobody);
    usb->dfu = dfu_host_new(usb->host);
    bridges_add(d->bridges, dfu_host_bridge(usb->dfu));
    d->usb = usb;
    return usb;
}

void dut_usb_free(struct dut_usb *usb)
{
    if (usb == NULL)
        return;
    cdc_host_free(usb->serial);
    g_free(usb);
}
