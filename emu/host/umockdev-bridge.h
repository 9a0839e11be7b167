/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows the device of a USB/IP server to programs of this machine without any help of the kernel's: libumockdev keeps a mock
 * /sys and /dev, which a program sees that runs with its preload library, and hands us the program's ioctls.
 *
 * Runs in a thread of its own. It imports the device whenever the server has one to give, does what a kernel would (reads its
 * descriptors, sets its first configuration), and takes it away again when the connection ends.
 */
#ifndef EMU_HOST_UMOCKDEV_BRIDGE_H
#define EMU_HOST_UMOCKDEV_BRIDGE_H

#include <glib.h>

#include "emu/host/listen-socket.h"

struct umockdev_bridge;

/* One a process. address is copied. */
struct umockdev_bridge *umockdev_bridge_new(const struct listen_address *address);
/* While the server still listens, or after it: both end well. */
void umockdev_bridge_free(struct umockdev_bridge *b);
/* A device is there now, for programs to see. */
bool umockdev_bridge_ready(struct umockdev_bridge *b);
/* The environment of a program that is to see it. */
char **umockdev_bridge_environment(struct umockdev_bridge *b, char **environment);

#endif
