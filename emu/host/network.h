/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bridge between the radio and what is at the other end of its two interfaces: behind the joined network a router that
 * leads to what was allowed of the host (station.h), at the device's own access point a gateway and a socket.
 */
#ifndef EMU_HOST_NETWORK_H
#define EMU_HOST_NETWORK_H

#include "emu/host/bridge.h"
#include "emu/host/network-options.h"

/*
 * For a machine that lives longer than the bridge; options are the caller's and live as long. Without anything in the options
 * it needs no socket: addresses are given, names are unknown, connections are refused. NULL with an error of one sentence: a
 * name that is not known, a port that is taken, a file that cannot be written.
 */
struct bridge *network_new(struct machine *m, const struct network_options *options, GError **error);
/* Write the end of the capture file; false with an error if not all of it could be written. */
bool network_close_capture(struct bridge *network, GError **error);

#endif
