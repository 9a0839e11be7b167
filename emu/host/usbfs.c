/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/usbfs.h"

#include <errno.h>
#include <glib.h>
#include <linux/usbdevice_fs.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <umockdev.h>
#include <unistd.h>

#include "emu/host/usb-host.h"
#include "emu/host/usbip-client.h"
#include "emu/host/usbip-wire.h"

/* How long one who looks for finished transfers is held when there is none. A program's only thread may be the one that looks,
   so it must not be long. */
enum { HOLD_US = 2000 };
enum { SETUP_SIZE = 8 };

/* Who waits for a transfer, and what for. */
enum kind {
    ASYNCHRONOUS, /* USBDEVFS_SUBMITURB: a later USBDEVFS_REAPURB */
    COUNTED,      /* an ioctl that returns the number of bytes */
    PLAIN,        /* an ioctl that returns 0 */
    ORPHANED,     /* nobody any more: the program has gone */
};

struct request {
    enum kind kind;
    UMockdevIoctlClient *client;
    UMockdevIoctlData *urb, *buffer; /* NULL: it has none */
    uint32_t seqnum, unlink;
    unsigned header; /* bytes of buffer in front of the data */
    uint32_t length; /* of the data */
    bool in, done, timed_out;
    int64_t deadline; /* host time; INT64_MAX: none */
};

struct held {
    UMockdevIoctlClient *client;
    UMockdevIoctlData *place; /* where the pointer to a transfer goes */
    int64_t until;            /* INT64_MAX: until there is one */
};

struct usbfs {
    GMutex lock; /* the ioctls come in a thread of umockdev's */
    int fd, wake;
    uint32_t devid, last;
    uint8_t *configuration;
    size_t size;
    bool dead;
    UMockdevIoctlBase *handler;
    GPtrArray *requests; /* not over, or not reaped */
    GPtrArray *held;
};

/* ---- life of a request ---- */

static void request_free(struct request *r)
{
    g_clear_object(&r->urb);
    g_clear_object(&r->buffer);
    g_clear_object(&r->client);
    g_free(r);
}

static void held_free(struct held *h)
{
    g_clear_object(&h->place);
    g_clear_object(&h->client);
    g_free(h);
}

static void hand_over(struct usbfs *u, struct request *r, UMockdevIoctlClient *client, UMockdevIoctlData *place)
{
    umockdev_ioctl_data_set_ptr(place, 0, r->urb);
    umockdev_ioctl_client_complete(client, 0, 0);
    g_ptr_array_remove(u->requests, r);
}

/* It is over, with a number of bytes or a negative errno. */
static void finish(struct usbfs *u, struct request *r, int status, uint32_t actual)
{
    if (r->kind == ORPHANED) {
        g_ptr_array_remove(u->requests, r);
        return;
    }
    if (r->kind != ASYNCHRONOUS) {
        if (r->timed_out)
            status = -ETIMEDOUT;
        umockdev_ioctl_client_complete(r->client, status < 0 ? -1 : r->kind == COUNTED ? (glong)actual : 0, -MIN(status, 0));
        g_ptr_array_remove(u->requests, r);
        return;
    }
    struct usbdevfs_urb *urb = (struct usbdevfs_urb *)(void *)r->urb->data;
    urb->status = status;
    urb->actual_length = (int)actual;
    urb->error_count = 0;
    r->done = true;
    for (unsigned i = 0; i < u->held->len; i++) {
        struct held *h = g_ptr_array_index(u->held, i);
        if (h->client == r->client) {
            hand_over(u, r, h->client, h->place);
            g_ptr_array_remove_index(u->held, i);
            return;
        }
    }
}

static void send_unlink(struct usbfs *u, struct request *r)
{
    if (r->unlink == 0 && !r->done) {
        r->unlink = ++u->last;
        usbip_client_unlink(u->fd, u->devid, r->unlink, r->seqnum);
    }
}

static struct request *new_request(struct usbfs *u, enum kind kind, UMockdevIoctlClient *client, unsigned timeout_ms)
{
    struct request *r = g_new0(struct request, 1);
    r->kind = kind;
    r->client = g_object_ref(client);
    r->seqnum = ++u->last;
    r->deadline = timeout_ms > 0 ? g_get_monotonic_time() + (int64_t)timeout_ms * 1000 : INT64_MAX;
    g_ptr_array_add(u->requests, r);
    return r;
}

/* data NULL: in r->buffer. */
static void start(struct usbfs *u, struct request *r, unsigned endpoint, uint32_t flags, const uint8_t *setup)
{
    const uint8_t *data = r->buffer ? r->buffer->data + r->header : NULL;
    r->in = (endpoint & 0x0F) == 0 ? (setup[0] & 0x80) != 0 : (endpoint & 0x80) != 0;
    if (!usbip_client_submit(u->fd, u->devid, r->seqnum, endpoint, flags, setup, data, r->length))
        finish(u, r, -ENODEV, 0);
    uint64_t one = 1;
    if (write(u->wake, &one, sizeof one) < 0)
        return; /* it is awake already */
}

/* A control transfer without data on behalf of another ioctl. */
static int plain_control(struct usbfs *u, UMockdevIoctlClient *client, unsigned type, unsigned code, unsigned value,
                         unsigned index)
{
    const uint8_t setup[8] = {(uint8_t)type,         (uint8_t)code,  (uint8_t)value,
                              (uint8_t)(value >> 8), (uint8_t)index, (uint8_t)(index >> 8)};
    start(u, new_request(u, PLAIN, client, 0), 0, 0, setup);
    return 0;
}

/* ---- ioctls: 0 if the answer comes later or has come, else an errno ---- */

enum { ANSWERED = 0 };

static int give(UMockdevIoctlClient *client, glong result)
{
    umockdev_ioctl_client_complete(client, result, 0);
    return ANSWERED;
}

static bool has_endpoint(const struct usbfs *u, unsigned address)
{
    struct usb_interface interfaces[USB_MAX_INTERFACES];
    unsigned n = usb_interfaces(u->configuration, u->size, interfaces, USB_MAX_INTERFACES);
    struct usb_endpoint e;
    for (unsigned i = 0; i < n; i++)
        for (unsigned alternate = 0; alternate < 8; alternate++)
            for (size_t at = 0; usb_endpoint_next(u->configuration, u->size, &at, interfaces[i].number, alternate, &e);)
                if (e.address == address)
                    return true;
    return false;
}

static int submit_urb(struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    g_autoptr(GObject) keep = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_urb), NULL);
    UMockdevIoctlData *data = (UMockdevIoctlData *)keep;
    if (data == NULL)
        return EFAULT;
    const struct usbdevfs_urb *urb = (const struct usbdevfs_urb *)(const void *)data->data;
    bool control = urb->type == USBDEVFS_URB_TYPE_CONTROL;
    if (urb->buffer_length < (control ? SETUP_SIZE : 0) || urb->buffer_length > USB_MAX_TRANSFER)
        return EINVAL;
    if (urb->type == USBDEVFS_URB_TYPE_ISO || (control && (urb->endpoint & 0x7F) != 0))
        return EINVAL;
    if (!control && !has_endpoint(u, urb->endpoint))
        return ENOENT;
    UMockdevIoctlData *buffer = NULL;
    if (urb->buffer_length > 0) {
        buffer = umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_urb, buffer), (gsize)urb->buffer_length, NULL);
        if (buffer == NULL)
            return EFAULT;
    }
    unsigned header = control ? SETUP_SIZE : 0;
    uint32_t length = (uint32_t)urb->buffer_length - header;
    if (control) {
        unsigned wanted = usb_le16(buffer->data + 6);
        if (wanted > length) {
            g_object_unref(buffer);
            return EINVAL;
        }
        length = wanted;
    }
    struct request *r = new_request(u, ASYNCHRONOUS, client, 0);
    r->urb = (UMockdevIoctlData *)g_steal_pointer(&keep);
    r->buffer = buffer;
    r->header = header;
    r->length = length;
    uint32_t flags = (urb->flags & USBDEVFS_URB_SHORT_NOT_OK ? USBIP_SHORT_NOT_OK : 0) |
                     (urb->flags & USBDEVFS_URB_ZERO_PACKET ? USBIP_ZERO_PACKET : 0);
    start(u, r, urb->endpoint, flags, control ? buffer->data : NULL);
    return give(client, 0);
}

static int reap(struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument, bool wait)
{
    g_autoptr(GObject) keep = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof(void *), NULL);
    if (keep == NULL)
        return EFAULT;
    bool any = false;
    for (unsigned i = 0; i < u->requests->len; i++) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if (r->kind != ASYNCHRONOUS || r->client != client)
            continue;
        if (r->done) {
            hand_over(u, r, client, (UMockdevIoctlData *)keep);
            return ANSWERED;
        }
        any = true;
    }
    if (u->dead)
        return ENODEV;
    if (!any && !wait)
        return EAGAIN;
    struct held *h = g_new0(struct held, 1);
    h->client = g_object_ref(client);
    h->place = (UMockdevIoctlData *)g_steal_pointer(&keep);
    h->until = wait ? INT64_MAX : g_get_monotonic_time() + HOLD_US;
    g_ptr_array_add(u->held, h);
    uint64_t one = 1;
    if (write(u->wake, &one, sizeof one) < 0)
        return ANSWERED; /* it is awake already */
    return ANSWERED;
}

static int discard(struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    gulong address = 0;
    memcpy(&address, argument->data, MIN(sizeof address, (size_t)argument->data_len));
    for (unsigned i = 0; i < u->requests->len; i++) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if (r->kind == ASYNCHRONOUS && r->client == client && r->urb->client_addr == address && !r->done) {
            send_unlink(u, r);
            return give(client, 0);
        }
    }
    return EINVAL;
}

static int control(struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    g_autoptr(GObject) keep = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_ctrltransfer), NULL);
    UMockdevIoctlData *data = (UMockdevIoctlData *)keep;
    if (data == NULL)
        return EFAULT;
    const struct usbdevfs_ctrltransfer *c = (const struct usbdevfs_ctrltransfer *)(const void *)data->data;
    const uint8_t setup[8] = {c->bRequestType,     c->bRequest,
                              (uint8_t)c->wValue,  (uint8_t)(c->wValue >> 8),
                              (uint8_t)c->wIndex,  (uint8_t)(c->wIndex >> 8),
                              (uint8_t)c->wLength, (uint8_t)(c->wLength >> 8)};
    struct request *r = new_request(u, COUNTED, client, c->timeout);
    r->length = c->wLength;
    if (c->wLength > 0)
        r->buffer = umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_ctrltransfer, data), c->wLength, NULL);
    if (c->wLength > 0 && r->buffer == NULL)
        finish(u, r, -EFAULT, 0);
    else
        start(u, r, 0, 0, setup);
    return ANSWERED;
}

static int bulk(struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    g_autoptr(GObject) keep = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof(struct usbdevfs_bulktransfer), NULL);
    UMockdevIoctlData *data = (UMockdevIoctlData *)keep;
    if (data == NULL)
        return EFAULT;
    const struct usbdevfs_bulktransfer *b = (const struct usbdevfs_bulktransfer *)(const void *)data->data;
    if (!has_endpoint(u, b->ep))
        return ENOENT;
    if (b->len > USB_MAX_TRANSFER)
        return EINVAL;
    struct request *r = new_request(u, COUNTED, client, b->timeout);
    r->length = b->len;
    if (b->len > 0)
        r->buffer = umockdev_ioctl_data_resolve(data, offsetof(struct usbdevfs_bulktransfer, data), b->len, NULL);
    if (b->len > 0 && r->buffer == NULL)
        finish(u, r, -EFAULT, 0);
    else
        start(u, r, b->ep, 0, NULL);
    return ANSWERED;
}

static int capabilities(UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    const uint32_t all = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_NO_PACKET_SIZE_LIM | USBDEVFS_CAP_REAP_AFTER_DISCONNECT;
    g_autoptr(GObject) data = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof all, NULL);
    if (data == NULL)
        return EFAULT;
    memcpy(((UMockdevIoctlData *)data)->data, &all, sizeof all);
    return give(client, 0);
}

static int connect_info(const struct usbfs *u, UMockdevIoctlClient *client, UMockdevIoctlData *argument)
{
    const struct usbdevfs_connectinfo info = {.devnum = u->devid & 0xFFFF};
    g_autoptr(GObject) data = (GObject *)umockdev_ioctl_data_resolve(argument, 0, sizeof info, NULL);
    if (data == NULL)
        return EFAULT;
    memcpy(((UMockdevIoctlData *)data)->data, &info, sizeof info);
    return give(client, 0);
}

/* One or two numbers that an ioctl is given. */
static bool read_numbers(UMockdevIoctlData *argument, unsigned *numbers, unsigned n)
{
    g_autoptr(GObject) data = (GObject *)umockdev_ioctl_data_resolve(argument, 0, n * sizeof *numbers, NULL);
    if (data == NULL)
        return false;
    memcpy(numbers, ((UMockdevIoctlData *)data)->data, n * sizeof *numbers);
    return true;
}

static int obey(struct usbfs *u, UMockdevIoctlClient *client, gulong request, UMockdevIoctlData *argument)
{
    enum { RESET_PORT = 4, ENDPOINT_HALT = 0, CLEAR_FEATURE = 1, SET_FEATURE = 3, CONFIGURE = 9, SET_INTERFACE = 11 };
    enum { FULL_SPEED = 2 };
    unsigned n[2];
    if (request == USBDEVFS_REAPURBNDELAY || request == USBDEVFS_REAPURB)
        return reap(u, client, argument, request == USBDEVFS_REAPURB);
    if (u->dead)
        return ENODEV;
    switch (request) {
    case USBDEVFS_GET_CAPABILITIES:
        return capabilities(client, argument);
    case USBDEVFS_CONNECTINFO:
        return connect_info(u, client, argument);
    case USBDEVFS_GET_SPEED:
        return give(client, FULL_SPEED);
    case USBDEVFS_SUBMITURB:
        return submit_urb(u, client, argument);
    case USBDEVFS_DISCARDURB:
        return discard(u, client, argument);
    case USBDEVFS_CONTROL:
        return control(u, client, argument);
    case USBDEVFS_BULK:
        return bulk(u, client, argument);
    case USBDEVFS_CLAIMINTERFACE:
    case USBDEVFS_RELEASEINTERFACE:
    case USBDEVFS_DISCONNECT_CLAIM:
    case USBDEVFS_DROP_PRIVILEGES:
        return give(client, 0);
    case USBDEVFS_GETDRIVER: /* no driver of a kernel is bound here */
    case USBDEVFS_IOCTL:
        return ENODATA;
    case USBDEVFS_SETINTERFACE:
        return read_numbers(argument, n, 2) ? plain_control(u, client, 0x01, SET_INTERFACE, n[1], n[0]) : EFAULT;
    case USBDEVFS_SETCONFIGURATION:
        return read_numbers(argument, n, 1) ? plain_control(u, client, 0x00, CONFIGURE, n[0], 0) : EFAULT;
    case USBDEVFS_CLEAR_HALT:
    case USBDEVFS_RESETEP:
        return read_numbers(argument, n, 1) ? plain_control(u, client, 0x02, CLEAR_FEATURE, ENDPOINT_HALT, n[0]) : EFAULT;
    case USBDEVFS_RESET:
        return plain_control(u, client, 0x23, SET_FEATURE, RESET_PORT, 0);
    default:
        return ENOTTY;
    }
}

static gboolean handle_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer data)
{
    struct usbfs *u = data;
    (void)handler;
    g_mutex_lock(&u->lock);
    int error = obey(u, client, umockdev_ioctl_client_get_request(client), umockdev_ioctl_client_get_arg(client));
    if (error != ANSWERED)
        umockdev_ioctl_client_complete(client, -1, error);
    g_mutex_unlock(&u->lock);
    return TRUE;
}

/* A program has closed the node, or is no more. */
static void client_vanished(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer data)
{
    struct usbfs *u = data;
    (void)handler;
    g_mutex_lock(&u->lock);
    for (unsigned i = u->requests->len; i-- > 0;) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if (r->client != client || r->kind != ASYNCHRONOUS)
            continue;
        if (r->done) {
            g_ptr_array_remove_index(u->requests, i);
            continue;
        }
        send_unlink(u, r);
        r->kind = ORPHANED; /* its buffer takes what may be on its way */
        g_clear_object(&r->client);
    }
    g_mutex_unlock(&u->lock);
}

/* ---- answers ---- */

static struct request *find(struct usbfs *u, const struct usbip_answer *a)
{
    for (unsigned i = 0; i < u->requests->len; i++) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if ((a->unlink ? r->unlink : r->seqnum) == a->seqnum && !r->done)
            return r;
    }
    return NULL;
}

/* False: the connection is gone. */
static bool take_answer(struct usbfs *u)
{
    struct usbip_answer a;
    if (!usbip_client_receive(u->fd, &a))
        return false;
    struct request *r = find(u, &a);
    if (r == NULL)
        return a.unlink; /* one that was over before */
    if (a.unlink) {
        /* 0: it was over before, and its answer has come or comes; a negative status: it never will. */
        if (a.status != 0)
            finish(u, r, -ENOENT, 0);
        return true;
    }
    if (a.actual > r->length)
        return false;
    if (r->in && a.actual > 0 && !usbip_client_data(u->fd, r->buffer->data + r->header, a.actual))
        return false;
    finish(u, r, a.status, a.actual);
    return true;
}

/* What is due by host time; returns when to look again. */
static int64_t look_at_clock(struct usbfs *u)
{
    int64_t now = g_get_monotonic_time(), next = INT64_MAX;
    for (unsigned i = u->held->len; i-- > 0;) {
        struct held *h = g_ptr_array_index(u->held, i);
        if (h->until <= now) {
            umockdev_ioctl_client_complete(h->client, -1, EAGAIN);
            g_ptr_array_remove_index(u->held, i);
        } else {
            next = MIN(next, h->until);
        }
    }
    for (unsigned i = 0; i < u->requests->len; i++) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if (r->deadline <= now) {
            r->timed_out = true;
            r->deadline = INT64_MAX;
            send_unlink(u, r);
        }
        next = MIN(next, r->deadline);
    }
    return next;
}

static void die(struct usbfs *u)
{
    u->dead = true;
    for (unsigned i = u->requests->len; i-- > 0;) {
        struct request *r = g_ptr_array_index(u->requests, i);
        if (!r->done)
            finish(u, r, r->kind == ASYNCHRONOUS ? -ESHUTDOWN : -ENODEV, 0);
    }
    while (u->held->len > 0) {
        struct held *h = g_ptr_array_index(u->held, 0);
        umockdev_ioctl_client_complete(h->client, -1, ENODEV);
        g_ptr_array_remove_index(u->held, 0);
    }
}

void usbfs_serve(struct usbfs *u)
{
    for (bool there = true; there;) {
        g_mutex_lock(&u->lock);
        int64_t next = look_at_clock(u);
        g_mutex_unlock(&u->lock);
        struct pollfd fds[2] = {{.fd = u->fd, .events = POLLIN}, {.fd = u->wake, .events = POLLIN}};
        int wait = next == INT64_MAX ? -1 : (int)CLAMP((next - g_get_monotonic_time() + 999) / 1000, 0, 1000);
        if (poll(fds, 2, wait) < 0 && errno != EINTR)
            break;
        uint64_t count;
        if ((fds[1].revents & POLLIN) && read(u->wake, &count, sizeof count) < 0)
            continue; /* somebody was quicker */
        if (fds[0].revents) {
            g_mutex_lock(&u->lock);
            there = take_answer(u);
            g_mutex_unlock(&u->lock);
        }
    }
    g_mutex_lock(&u->lock);
    die(u);
    g_mutex_unlock(&u->lock);
}

/* ---- life ---- */

struct usbfs *usbfs_new(int fd, uint32_t devid, const uint8_t *configuration, size_t size)
{
    struct usbfs *u = g_new0(struct usbfs, 1);
    g_mutex_init(&u->lock);
    u->fd = fd;
    u->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    u->devid = devid;
    u->last = 1000; /* behind those of the caller */
    u->configuration = g_memdup2(configuration, size);
    u->size = size;
    u->requests = g_ptr_array_new_with_free_func((GDestroyNotify)request_free);
    u->held = g_ptr_array_new_with_free_func((GDestroyNotify)held_free);
    u->handler = umockdev_ioctl_base_new();
    g_signal_connect(u->handler, "handle-ioctl", G_CALLBACK(handle_ioctl), u);
    g_signal_connect(u->handler, "client-vanished", G_CALLBACK(client_vanished), u);
    return u;
}

UMockdevIoctlBase *usbfs_handler(struct usbfs *usbfs)
{
    return usbfs->handler;
}

void usbfs_free(struct usbfs *u)
{
    g_signal_handlers_disconnect_by_data(u->handler, u);
    g_object_unref(u->handler);
    g_ptr_array_unref(u->requests);
    g_ptr_array_unref(u->held);
    close(u->wake);
    g_free(u->configuration);
    g_mutex_clear(&u->lock);
    g_free(u);
}
