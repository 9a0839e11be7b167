/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux's usbfs (linux/usbdevice_fs.h) as umockdev hands it to us: what a program asks of /dev/bus/usb/001/NNN by ioctl becomes
 * transfers of a USB/IP connection. Transfers that the device does not answer are parked: a program that looks for finished
 * ones is made to wait a little, so that it does not spin.
 */
#ifndef EMU_HOST_USBFS_H
#define EMU_HOST_USBFS_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/host/usb-descriptors.h"

struct usbfs;
typedef struct _UMockdevIoctlBase UMockdevIoctlBase;

/* For one device, imported over that connection (which stays the caller's), with its configuration (copied). */
struct usbfs *usbfs_new(int fd, uint32_t devid, const uint8_t *configuration, size_t size);
/* To be attached to its node. */
UMockdevIoctlBase *usbfs_handler(struct usbfs *usbfs);
/* Carry answers back until the connection ends; then every request gets ENODEV. */
void usbfs_serve(struct usbfs *usbfs);
void usbfs_free(struct usbfs *usbfs);

#endif
