/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A DfuSe programmer inside this process (DFU 1.1 and ST's UM0424, AN3156): writes bytes to a device in DFU mode the way
 * dfu-util does, with its waits in virtual time, so that a run with it is as deterministic as one without.
 */
#ifndef EMU_HOST_DFU_HOST_H
#define EMU_HOST_DFU_HOST_H

#include "emu/host/usb-host.h"

struct dfu_host;

struct dfu_job {
    unsigned alternate;
    uint32_t address;
    GBytes *bytes;
    bool leave; /* let the device go on to what it holds */
};

/* A bridge, to be freed before the host. */
struct dfu_host *dfu_host_new(struct usb_host *host);
struct bridge *dfu_host_bridge(struct dfu_host *dfu);
/* Write to the device, as soon as there is one in DFU mode that nobody else holds. Published as "usb" with op dfu-done, or
   dfu-failed and a text. False: another job is under way. */
bool dfu_host_write(struct dfu_host *dfu, const struct dfu_job *job);
/* Forget the job that is under way, if there is one. */
void dfu_host_cancel(struct dfu_host *dfu);
/* Why the last job failed; NULL: it did not, or is under way. */
const char *dfu_host_failure(const struct dfu_host *dfu);

#endif
