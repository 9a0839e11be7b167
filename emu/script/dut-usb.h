/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB cable of a device under test, with a host inside this process: it is plugged in when a story first asks for it. */
#ifndef EMU_SCRIPT_DUT_USB_H
#define EMU_SCRIPT_DUT_USB_H

#include "emu/host/cdc-host.h"
#include "emu/host/dfu-host.h"
#include "emu/script/dut.h"

struct dut_usb {
    struct usb_host *host;
    struct dfu_host *dfu;
    struct cdc_host *serial;
};

struct dut_usb *dut_usb(struct dut *d);
/* Before the bridges of the device are freed; NULL is none. */
void dut_usb_free(struct dut_usb *usb);

#endif
