/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/umockdev-bridge.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <umockdev.h>
#include <unistd.h>

#include "emu/host/usb-descriptors.h"
#include "emu/host/usbfs.h"
#include "emu/host/usbip-client.h"

#define PRELOAD "libumockdev-preload.so.0"
#define DEVICE  "1-1"
enum { RETRY_US = 10000 }; /* between two looks for a device */

struct umockdev_bridge {
    struct listen_address address;
    UMockdevTestbed *testbed;
    GThread *thread;
    GMutex lock;
    GCond changed;
    int fd; /* of the connection; -1: none */
    bool quit, ready;
    GPtrArray *past; /* struct usbfs *: of devices that have gone, which programs may still hold open */
};

/* What the thread knows of a device. */
struct shown {
    uint32_t devid;
    uint8_t descriptor[USB_DEVICE_DESCRIPTOR_SIZE];
    uint8_t *configuration;
    size_t size;
    char *strings[3]; /* manufacturer, product, serial number; NULL: none */
    char *node;
};

static void shown_clear(struct shown *d)
{
    g_free(d->configuration);
    for (unsigned i = 0; i < G_N_ELEMENTS(d->strings); i++)
        g_free(d->strings[i]);
    g_free(d->node);
}

/* ---- reading it ---- */

struct talk {
    int fd;
    uint32_t devid, seqnum;
};

static int get_descriptor(struct talk *t, unsigned type, unsigned index, unsigned language, unsigned length, uint8_t *data)
{
    const uint8_t setup[8] = {0x80,
                              6,
                              (uint8_t)index,
                              (uint8_t)type,
                              (uint8_t)language,
                              (uint8_t)(language >> 8),
                              (uint8_t)length,
                              (uint8_t)(length >> 8)};
    return usbip_client_control(t->fd, t->devid, ++t->seqnum, setup, data);
}

static char *get_string(struct talk *t, unsigned index)
{
    enum { ENGLISH = 0x0409 };
    uint8_t data[255];
    int n = index > 0 ? get_descriptor(t, USB_DESCRIPTOR_STRING, index, ENGLISH, sizeof data, data) : 0;
    if (n < 4 || data[1] != USB_DESCRIPTOR_STRING)
        return NULL;
    gunichar2 text[127];
    unsigned length = (unsigned)(MIN(n, data[0]) - 2) / 2;
    for (unsigned i = 0; i < length; i++)
        text[i] = (gunichar2)usb_le16(data + 2 + 2 * i);
    return g_utf16_to_utf8(text, length, NULL, NULL, NULL);
}

static bool get_device(struct talk *t, struct shown *d)
{
    enum { MOST_CONFIGURATION = 4096 };
    uint8_t head[USB_CONFIGURATION_DESCRIPTOR_SIZE];
    if (get_descriptor(t, USB_DESCRIPTOR_DEVICE, 0, 0, sizeof d->descriptor, d->descriptor) != sizeof d->descriptor ||
        get_descriptor(t, USB_DESCRIPTOR_CONFIGURATION, 0, 0, sizeof head, head) != sizeof head)
        return false;
    unsigned total = usb_le16(head + 2);
    if (total < sizeof head || total > MOST_CONFIGURATION)
        return false;
    d->configuration = g_malloc0(total);
    if (get_descriptor(t, USB_DESCRIPTOR_CONFIGURATION, 0, 0, total, d->configuration) != (int)total)
        return false;
    d->size = total;
    for (unsigned i = 0; i < G_N_ELEMENTS(d->strings); i++)
        d->strings[i] = get_string(t, d->descriptor[14 + i]);
    const uint8_t configure[8] = {0x00, 9, d->configuration[5]};
    return usbip_client_control(t->fd, t->devid, ++t->seqnum, configure, NULL) >= 0;
}

/* ---- showing it ---- */

/* A property; an attribute's format ends with a line break, as a file of /sys does. */
static void add(GPtrArray *list, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void add(GPtrArray *list, const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(list, g_strdup(name));
    g_ptr_array_add(list, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* Takes both lists over. */
static void add_entry(UMockdevTestbed *testbed, const char *name, GPtrArray *attributes, GPtrArray *properties, char **path)
{
    g_ptr_array_add(attributes, NULL);
    g_ptr_array_add(properties, NULL);
    *path = umockdev_testbed_add_devicev(testbed, "usb", name, NULL, (char **)attributes->pdata, (char **)properties->pdata);
    g_ptr_array_unref(attributes);
    g_ptr_array_unref(properties);
}

static char *show_device(UMockdevTestbed *testbed, const struct shown *d)
{
    static const char *const strings[] = {"manufacturer", "product", "serial"};
    GPtrArray *attributes = g_ptr_array_new_with_free_func(g_free), *properties = g_ptr_array_new_with_free_func(g_free);
    const uint8_t *b = d->descriptor, *c = d->configuration;
    unsigned devnum = d->devid & 0xFFFF;
    char *path;
    add(attributes, "idVendor", "%04x\n", usb_le16(b + 8));
    add(attributes, "idProduct", "%04x\n", usb_le16(b + 10));
    add(attributes, "bcdDevice", "%04x\n", usb_le16(b + 12));
    add(attributes, "version", "%2x.%02x\n", b[3], b[2]);
    add(attributes, "bDeviceClass", "%02x\n", b[4]);
    add(attributes, "bDeviceSubClass", "%02x\n", b[5]);
    add(attributes, "bDeviceProtocol", "%02x\n", b[6]);
    add(attributes, "bMaxPacketSize0", "%u\n", b[7]);
    add(attributes, "bNumConfigurations", "%u\n", b[17]);
    add(attributes, "bConfigurationValue", "%u\n", c[5]);
    add(attributes, "bNumInterfaces", "%2u\n", c[4]);
    add(attributes, "bmAttributes", "%02x\n", c[7]);
    add(attributes, "bMaxPower", "%umA\n", 2u * c[8]);
    add(attributes, "busnum", "1\n");
    add(attributes, "devnum", "%u\n", devnum);
    add(attributes, "devpath", "1\n");
    add(attributes, "speed", "12\n");
    add(attributes, "maxchild", "0\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(strings); i++)
        if (d->strings[i])
            add(attributes, strings[i], "%s\n", d->strings[i]);
    add(properties, "DEVTYPE", "usb_device");
    add(properties, "DRIVER", "usb");
    add(properties, "DEVNAME", "%s", d->node);
    add(properties, "MAJOR", "189");
    add(properties, "MINOR", "%u", devnum - 1);
    add(properties, "PRODUCT", "%x/%x/%x", usb_le16(b + 8), usb_le16(b + 10), usb_le16(b + 12));
    add(properties, "TYPE", "%u/%u/%u", b[4], b[5], b[6]);
    add(properties, "BUSNUM", "001");
    add(properties, "DEVNUM", "%03u", devnum);
    add_entry(testbed, DEVICE, attributes, properties, &path);
    g_autoptr(GByteArray) all = g_byte_array_new();
    g_byte_array_append(all, b, sizeof d->descriptor);
    g_byte_array_append(all, c, (guint)d->size);
    umockdev_testbed_set_attribute_binary(testbed, path, "descriptors", all->data, (gint)all->len);
    return path;
}

/* umockdev looks for a parent in the real /sys, as this process sees it: tell the place by the name. */
static void show_interfaces(UMockdevTestbed *testbed, const struct shown *d)
{
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    unsigned n = usb_interfaces(d->configuration, d->size, interfaces, USB_MAX_INTERFACES);
    for (unsigned i = 0; i < n; i++) {
        const struct usb_interface *f = &interfaces[i];
        GPtrArray *attributes = g_ptr_array_new_with_free_func(g_free), *properties = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *name = g_strdup_printf(DEVICE "/" DEVICE ":%u.%u", d->configuration[5], f->number), *path = NULL;
        add(attributes, "bInterfaceNumber", "%02x\n", f->number);
        add(attributes, "bAlternateSetting", "%2u\n", f->alternate);
        add(attributes, "bNumEndpoints", "%02x\n", f->n_endpoints);
        add(attributes, "bInterfaceClass", "%02x\n", f->class);
        add(attributes, "bInterfaceSubClass", "%02x\n", f->subclass);
        add(attributes, "bInterfaceProtocol", "%02x\n", f->protocol);
        add(properties, "DEVTYPE", "usb_interface");
        add(properties, "INTERFACE", "%u/%u/%u", f->class, f->subclass, f->protocol);
        add_entry(testbed, name, attributes, properties, &path);
    }
}

/* umockdev makes no file for the node; programs look whether there is one. */
static char *make_node_file(struct umockdev_bridge *b, const char *node)
{
    g_autofree char *root = umockdev_testbed_get_root_dir(b->testbed);
    char *path = g_build_filename(root, node, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    g_mkdir_with_parents(folder, 0755);
    g_file_set_contents(path, "", 0, NULL);
    return path;
}

static void set_ready(struct umockdev_bridge *b, bool ready)
{
    g_mutex_lock(&b->lock);
    b->ready = ready;
    g_mutex_unlock(&b->lock);
}

static void show(struct umockdev_bridge *b, struct shown *d, int fd)
{
    d->node = g_strdup_printf("/dev/bus/usb/001/%03u", d->devid & 0xFFFF);
    struct usbfs *usbfs = usbfs_new(fd, d->devid, d->configuration, d->size);
    g_autofree char *file = make_node_file(b, d->node), *path = show_device(b->testbed, d);
    show_interfaces(b->testbed, d);
    if (umockdev_testbed_attach_ioctl(b->testbed, d->node, usbfs_handler(usbfs), NULL)) {
        set_ready(b, true);
        usbfs_serve(usbfs);
        set_ready(b, false);
        umockdev_testbed_detach_ioctl(b->testbed, d->node, NULL);
    }
    umockdev_testbed_remove_device(b->testbed, path);
    g_unlink(file);
    g_ptr_array_add(b->past, usbfs);
}

/* ---- the thread ---- */

/* False: it is time to end. */
static bool take_connection(struct umockdev_bridge *b, int fd)
{
    g_mutex_lock(&b->lock);
    b->fd = fd;
    bool go_on = !b->quit;
    g_mutex_unlock(&b->lock);
    return go_on;
}

static void drop_connection(struct umockdev_bridge *b)
{
    g_mutex_lock(&b->lock);
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
    g_mutex_unlock(&b->lock);
}

static bool pause_thread(struct umockdev_bridge *b)
{
    g_mutex_lock(&b->lock);
    if (!b->quit)
        g_cond_wait_until(&b->changed, &b->lock, g_get_monotonic_time() + RETRY_US);
    bool go_on = !b->quit;
    g_mutex_unlock(&b->lock);
    return go_on;
}

static void *run(void *data)
{
    struct umockdev_bridge *b = data;
    do {
        struct talk t = {.fd = listen_socket_connect(&b->address, NULL)};
        if (t.fd >= 0 && take_connection(b, t.fd) && usbip_client_import(t.fd, &t.devid)) {
            struct shown d = {.devid = t.devid};
            if (get_device(&t, &d))
                show(b, &d, t.fd);
            shown_clear(&d);
        }
        drop_connection(b);
    } while (pause_thread(b));
    return NULL;
}

/* ---- life ---- */

struct umockdev_bridge *umockdev_bridge_new(const struct listen_address *address)
{
    struct umockdev_bridge *b = g_new0(struct umockdev_bridge, 1);
    b->address = (struct listen_address){g_strdup(address->path), g_strdup(address->host), address->port};
    b->fd = -1;
    g_mutex_init(&b->lock);
    g_cond_init(&b->changed);
    b->past = g_ptr_array_new_with_free_func((GDestroyNotify)usbfs_free);
    b->testbed = umockdev_testbed_new();
    b->thread = g_thread_new("usb-mock", run, b);
    return b;
}

void umockdev_bridge_free(struct umockdev_bridge *b)
{
    if (b == NULL)
        return;
    g_mutex_lock(&b->lock);
    b->quit = true;
    if (b->fd >= 0)
        shutdown(b->fd, SHUT_RDWR); /* whoever reads there comes back */
    g_cond_signal(&b->changed);
    g_mutex_unlock(&b->lock);
    g_thread_join(b->thread);
    g_object_unref(b->testbed);
    g_ptr_array_unref(b->past);
    g_mutex_clear(&b->lock);
    g_cond_clear(&b->changed);
    listen_address_clear(&b->address);
    g_free(b);
}

bool umockdev_bridge_ready(struct umockdev_bridge *b)
{
    g_mutex_lock(&b->lock);
    bool ready = b->ready;
    g_mutex_unlock(&b->lock);
    return ready;
}

char **umockdev_bridge_environment(struct umockdev_bridge *b, char **environment)
{
    g_autofree char *root = umockdev_testbed_get_root_dir(b->testbed);
    const char *before = g_environ_getenv(environment, "LD_PRELOAD");
    g_autofree char *preload = before && *before ? g_strdup_printf(PRELOAD ":%s", before) : g_strdup(PRELOAD);
    environment = g_environ_setenv(environment, "UMOCKDEV_DIR", root, TRUE);
    return g_environ_setenv(environment, "LD_PRELOAD", preload, TRUE);
}
