/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/network-options.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "emu/host/dns.h"
#include "emu/host/packet.h"

#define LOOPBACK "127.0.0.1"
/* Where the device's access point lets programs in unless told: the port of Particle's set-up protocol. */
enum { SOFTAP_PORT = 5609 };

static void clear_host(void *data)
{
    g_free(((struct network_host *)data)->name);
}

static void clear_port(void *data)
{
    g_free(((struct host_port *)data)->host);
}

static void clear_forward(void *data)
{
    clear_port(&((struct network_forward *)data)->from);
}

static GArray *list(size_t size, GDestroyNotify clear)
{
    GArray *a = g_array_new(FALSE, TRUE, (guint)size);
    g_array_set_clear_func(a, clear);
    return a;
}

struct network_options *network_options_new(void)
{
    struct network_options *o = g_new0(struct network_options, 1);
    o->hosts = list(sizeof(struct network_host), clear_host);
    o->allow = list(sizeof(struct host_port), clear_port);
    o->forward = list(sizeof(struct network_forward), clear_forward);
    o->softap = list(sizeof(struct network_forward), clear_forward);
    return o;
}

void network_options_free(struct network_options *o)
{
    if (o == NULL)
        return;
    g_array_unref(o->hosts);
    g_array_unref(o->allow);
    g_array_unref(o->forward);
    g_array_unref(o->softap);
    g_free(o->softap_socket);
    g_free(o->pcap);
    g_free(o);
}

static bool refuse(GError **error, const char *text, const char *form)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "'%s' is not understood: it must be %s", text, form);
    return false;
}

static bool read_port(const char *text, uint16_t *port)
{
    guint64 value;
    if (!g_ascii_string_to_unsigned(text, 10, 1, 65535, &value, NULL))
        return false;
    *port = (uint16_t)value;
    return true;
}

/* A name or a dotted address. What looks like an address must be one. */
static bool good_host(const char *text)
{
    uint32_t address;
    if (ipv4_parse(text, &address))
        return true;
    if (text[strspn(text, "0123456789.")] == '\0')
        return false;
    struct dns_table *t = dns_table_new();
    bool good = dns_table_set(t, text, 0);
    dns_table_free(t);
    return good;
}

/* [HOST:]PORT; without a host: default_host, if there is one. */
static bool read_host_port(const char *text, const char *default_host, struct host_port *h)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL && default_host == NULL)
        return false;
    g_autofree char *host = colon ? g_strndup(text, (gsize)(colon - text)) : g_strdup(default_host);
    if (!read_port(colon ? colon + 1 : text, &h->port) || !good_host(host))
        return false;
    h->host = g_steal_pointer(&host);
    return true;
}

bool network_options_net(struct network_options *o, const char *text, GError **error)
{
    static const char form[] = "user, and perhaps ,host=NAME:ADDRESS behind it, such as user,host=device.spark.io:10.0.2.2";
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    if (g_strcmp0(words[0], "user") != 0)
        return refuse(error, text, form);
    for (unsigned i = 1; words[i] != NULL; i++) {
        struct network_host host = {0};
        const char *name = words[i] + strlen("host="), *colon = strrchr(words[i], ':');
        if (!g_str_has_prefix(words[i], "host=") || colon == NULL || colon < name || !ipv4_parse(colon + 1, &host.address))
            return refuse(error, text, form);
        host.name = g_strndup(name, (gsize)(colon - name));
        if (!good_host(host.name)) {
            g_free(host.name);
            return refuse(error, text, form);
        }
        g_array_append_val(o->hosts, host);
    }
    o->user = true;
    return true;
}

bool network_options_allow(struct network_options *o, const char *text, GError **error)
{
    struct host_port h;
    if (!read_host_port(text, NULL, &h))
        return refuse(error, text, "HOST:PORT, HOST a name or an IPv4 address, such as 127.0.0.1:5683");
    g_array_append_val(o->allow, h);
    return true;
}

bool network_options_forward(struct network_options *o, const char *text, GError **error)
{
    static const char form[] = "[HOST:]PORT=[GUEST:]PORT, HOST an address of this machine, such as 8080=80";
    struct network_forward f = {0};
    g_auto(GStrv) sides = g_strsplit(text, "=", 2);
    const char *guest = sides[0] != NULL ? sides[1] : NULL;
    const char *colon = guest ? strrchr(guest, ':') : NULL;
    g_autofree char *address = colon ? g_strndup(guest, (gsize)(colon - guest)) : NULL;
    if (guest == NULL || (address != NULL && !ipv4_parse(address, &f.guest)) ||
        !read_port(colon ? colon + 1 : guest, &f.guest_port) || !read_host_port(sides[0], LOOPBACK, &f.from))
        return refuse(error, text, form);
    g_array_append_val(o->forward, f);
    return true;
}

bool network_options_softap(struct network_options *o, const char *text, GError **error)
{
    struct network_forward f = {.guest_port = SOFTAP_PORT};
    g_auto(GStrv) sides = g_strsplit(text, "=", 2);
    if (sides[0] == NULL || (sides[1] != NULL && !read_port(sides[1], &f.guest_port)) ||
        !read_host_port(sides[0], LOOPBACK, &f.from))
        return refuse(error, text, "[HOST:]PORT[=GUEST_PORT], HOST an address of this machine, such as 5609 or 8080=80");
    g_array_append_val(o->softap, f);
    return true;
}

bool network_options_check(const struct network_options *o, GError **error)
{
    if (o->user || (o->allow->len == 0 && o->forward->len == 0))
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--%s needs --net user as well",
                o->allow->len > 0 ? "allow" : "forward");
    return false;
}

bool network_options_any(const struct network_options *o)
{
    return o->allow->len > 0 || o->forward->len > 0 || o->softap->len > 0 || o->softap_socket != NULL;
}

bool host_port_resolve(const struct host_port *h, uint32_t *address, GError **error)
{
    if (ipv4_parse(h->host, address))
        return true;
    const struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int why = getaddrinfo(h->host, NULL, &hints, &found);
    if (why != 0) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s has no IPv4 address: %s", h->host, gai_strerror(why));
        return false;
    }
    *address = ntohl(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr.s_addr);
    freeaddrinfo(found);
    return true;
}
