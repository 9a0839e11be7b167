/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network bridge is to let through, read from words as options of a command line or of a scenario give them. */
#ifndef EMU_HOST_NETWORK_OPTIONS_H
#define EMU_HOST_NETWORK_OPTIONS_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A place to listen at or to connect to on the host. */
struct host_port {
    char *host; /* a name or a dotted address as it was written */
    uint16_t port;
};

struct network_host { /* a name that the device can look up */
    char *name;
    uint32_t address;
};

struct network_forward { /* from a port of the host to one of the device */
    struct host_port from;
    uint32_t guest; /* 0: the address that the device has */
    uint16_t guest_port;
};

struct network_options {
    bool user;           /* the device may reach what is allowed, and can be reached where it is forwarded */
    GArray *hosts;       /* struct network_host */
    GArray *allow;       /* struct host_port */
    GArray *forward;     /* struct network_forward: to the station */
    GArray *softap;      /* struct network_forward: to the access point, through the gateway; guest is 0 */
    char *softap_socket; /* path of a UNIX socket for the frames of the access point; NULL: none */
    char *pcap;          /* file for all frames; NULL: none */
};

struct network_options *network_options_new(void);
void network_options_free(struct network_options *o);

/* Each takes one option's value; false with an error that says what it must look like. */
bool network_options_net(struct network_options *o, const char *text, GError **error);     /* user[,host=NAME:ADDRESS]... */
bool network_options_allow(struct network_options *o, const char *text, GError **error);   /* HOST:PORT */
bool network_options_forward(struct network_options *o, const char *text, GError **error); /* [HOST:]PORT=[GUEST:]PORT */
bool network_options_softap(struct network_options *o, const char *text, GError **error);  /* [HOST:]PORT[=GUEST_PORT] */
/* Whether they make sense together: nothing can be allowed or forwarded without a network. */
bool network_options_check(const struct network_options *o, GError **error);
/* Is there any need for a peer outside, so that a run without an end makes sense? */
bool network_options_any(const struct network_options *o);

/* The IPv4 address of a host as it was written: names are looked up. False with an error. */
bool host_port_resolve(const struct host_port *h, uint32_t *address, GError **error);

#endif
