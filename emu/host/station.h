/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies behind the virtual access point that the device has joined: a router with DHCP and a name server, and as much of
 * the host as was allowed. DHCP, ARP, names and refusals need no socket and are answered at once.
 */
#ifndef EMU_HOST_STATION_H
#define EMU_HOST_STATION_H

#include "emu/host/network-options.h"
#include "emu/host/slirp.h"

struct station;

/* to_device is called from station_input and station_dispatch. NULL with an error: a name that is not known, a port that is
   taken. */
struct station *station_new(struct machine *m, const struct network_options *options, frame_sink to_device, void *data,
                            GError **error);
void station_free(struct station *s);

/* The network that the device is joined to, from now on. */
struct station_network {
    bool no_dhcp;
    bool wrong_dns;
};
void station_set_network(struct station *s, struct station_network network);
/* A frame from the device. */
void station_input(struct station *s, const uint8_t *frame, size_t length);
/* A frame for it was taken by the radio. */
void station_delivered(struct station *s, const uint8_t *frame, size_t length);
/* The machine was restored: all connections are new. */
void station_replug(struct station *s);
/* The device has joined before anybody here was listening: ask whether it has its address already. */
void station_find_device(struct station *s);

void station_poll_fill(struct station *s, GArray *fds);
void station_dispatch(struct station *s, const struct pollfd *fds, unsigned n);
bool station_attached(const struct station *s);
bool station_owed(const struct station *s);

#endif
