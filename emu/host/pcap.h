/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Capture files: pcapng (draft-ietf-opsawg-pcapng), with times of the virtual clock. */
#ifndef EMU_HOST_PCAP_H
#define EMU_HOST_PCAP_H

#include <glib.h>
#include <stdbool.h>

#include "emu/core/frequency.h"

struct pcap;

/* What frames are, as tcpdump numbers it. */
enum { PCAP_ETHERNET = 1, PCAP_USB_LINUX = 220 };

/* Replaces the file; names: of the interfaces, ending with NULL. NULL with an error that names the file. */
struct pcap *pcap_open(const char *path, unsigned link_type, const char *const names[], GError **error);
/* A frame on an interface; inbound: towards the device. Of what cannot be written the first error is kept for pcap_close. */
void pcap_frame(struct pcap *p, unsigned interface, bool inbound, ticks_t when, const uint8_t *frame, size_t length);
/* False with an error if not everything could be written. p is gone, NULL is none. */
bool pcap_close(struct pcap *p, GError **error);

#endif
