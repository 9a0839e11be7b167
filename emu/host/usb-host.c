/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host: from a device that shows itself to one that can be used, and who uses it (USB 2.0, 7.1.7 and 9.1).
 *
 * Not modelled: hubs, low-speed devices, isochronous transfers, remote wake-up of a bus that was suspended because nobody uses
 * the device.
 */
#include "emu/host/usb-host.h"

#include <errno.h>
#include <string.h>

#include "emu/core/event.h"
#include "emu/host/usb-host-internal.h"

#define DEBOUNCE_TIME (100 * TICKS_PER_MS)   /* USB 2.0, 7.1.7.3 */
#define RESET_TIME    (10 * TICKS_PER_MS)    /* as long as the port signals it */
#define RECOVERY_TIME (10 * TICKS_PER_MS)    /* 7.1.7.5 */
#define ADDRESS_TIME  (2 * TICKS_PER_MS)     /* 9.2.6.3 */
#define REQUEST_TIME  (5 * TICKS_PER_SECOND) /* 9.2.6.1 */
#define UNPLUGGED     (100 * TICKS_PER_MS)
enum { MOST_TRIES = 3, LAST_ADDRESS = 127 };
enum { FIRST_BYTES = 8 }; /* of the device descriptor: up to its largest packet, which every device can send in one */

enum step { DESCRIPTOR_START, SET_ADDRESS, DESCRIPTOR, CONFIGURATION_START, CONFIGURATION, SET_CONFIGURATION, READY };

struct watch {
    usb_watcher f;
    void *data;
};

static void begin_step(struct usb_host *host);

static ticks_t now(const struct usb_host *host)
{
    return machine_now(host->machine);
}

/* ---- events ---- */

static void hex(char *text, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }
    *text = '\0';
}

static void publish(struct usb_host *host, const struct usb_urb *urb, enum usb_moment moment)
{
    struct event_field fields[8];
    size_t n = 0;
    char setup[2 * sizeof urb->setup + 1];
    bool with_data = usb_urb_is_in(urb) == (moment == USB_COMPLETED);
    uint32_t length = moment == USB_COMPLETED ? urb->actual : urb->length;
    g_autofree char *data = g_malloc(2 * (size_t)length + 1);
    fields[n++] = FIELD_STRING("port", board_usb_port);
    fields[n++] = FIELD_STRING("op", moment == USB_COMPLETED ? "complete" : "submit");
    fields[n++] = FIELD_INT("urb", (int64_t)urb->id);
    if (moment == USB_SUBMITTED) {
        fields[n++] = FIELD_HEX("endpoint", urb->endpoint);
        hex(setup, urb->setup, sizeof urb->setup);
        if (usb_urb_is_control(urb))
            fields[n++] = FIELD_STRING("setup", setup);
    } else {
        fields[n++] = FIELD_INT("status", urb->status);
    }
    fields[n++] = FIELD_INT("length", length);
    if (with_data && length > 0) {
        hex(data, urb->data, length);
        fields[n++] = FIELD_STRING("data", data);
    }
    machine_publish_fields(host->machine, "usb", fields, n);
    for (unsigned i = 0; i < host->watchers->len; i++) {
        const struct watch *w = &g_array_index(host->watchers, struct watch, i);
        w->f(urb, moment, &host->device, w->data);
    }
}

static void publish_device(struct usb_host *host)
{
    const uint8_t *d = host->device.descriptor;
    machine_publish(host->machine, "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", "enumerate"),
                    FIELD_INT("address", host->device.address), FIELD_HEX("vendor", usb_le16(d + 8)),
                    FIELD_HEX("product", usb_le16(d + 10)), FIELD_HEX("version", usb_le16(d + 12)));
}

void usb_host_watch(struct usb_host *host, usb_watcher f, void *data)
{
    struct watch w = {f, data};
    g_array_append_val(host->watchers, w);
}

void usb_host_unwatch(struct usb_host *host, usb_watcher f, void *data)
{
    for (unsigned i = host->watchers->len; i-- > 0;) {
        const struct watch *w = &g_array_index(host->watchers, struct watch, i);
        if (w->f == f && w->data == data)
            g_array_remove_index(host->watchers, i);
    }
}

/* ---- coming and going ---- */

static void set_state(struct usb_host *host, enum usb_state state, ticks_t timer)
{
    host->state = state;
    host->timer = timer;
}

static bool present(const struct usb_host *host)
{
    return host->known;
}

/* The device is no more: for its user, and for the one who waits for a reset. */
static void lose(struct usb_host *host, enum usb_state state, ticks_t timer)
{
    const struct usb_user *holder = host->holder;
    set_state(host, state, timer);
    host->known = false;
    host->left = false;
    host->holder = NULL;
    usb_bus_end_all(host, -ESHUTDOWN);
    void (*done)(void *user, int status) = g_steal_pointer(&host->reset_done);
    if (done)
        done(host->reset_user, -ENODEV);
    if (holder)
        holder->gone(holder->data);
    g_clear_pointer(&host->configuration, g_free);
    host->device = (struct usb_device){0};
    usb_bus_configure(host, 0);
}

static void look_for_device(struct usb_host *host)
{
    if (board_usb_connected(host->machine))
        set_state(host, USB_DEBOUNCE, now(host) + DEBOUNCE_TIME);
    else
        set_state(host, USB_EMPTY, TICKS_NEVER);
}

static void begin_reset(struct usb_host *host)
{
    if (!board_usb_bus_reset(host->machine)) {
        lose(host, USB_EMPTY, TICKS_NEVER);
        return;
    }
    set_state(host, USB_RESETTING, now(host) + RESET_TIME);
    usb_bus_start(host, host->timer);
}

static void fail(struct usb_host *host)
{
    if (++host->tries < MOST_TRIES) {
        begin_reset(host);
        return;
    }
    machine_publish(host->machine, "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", "no-answer"));
    lose(host, USB_FAILED, TICKS_NEVER);
}

/* ---- addressing ---- */

static void own_complete(struct usb_urb *urb);

static void request(struct usb_host *host, unsigned type, unsigned code, unsigned value, unsigned length, uint8_t *data)
{
    host->own = (struct usb_urb){.setup = {(uint8_t)type, (uint8_t)code, (uint8_t)value, (uint8_t)(value >> 8), 0, 0,
                                           (uint8_t)length, (uint8_t)(length >> 8)},
                                 .data = data,
                                 .length = length,
                                 .complete = own_complete,
                                 .user = host,
                                 .id = ++host->last_id};
    publish(host, &host->own, USB_SUBMITTED);
    set_state(host, USB_ADDRESSING, now(host) + REQUEST_TIME);
    usb_bus_enqueue(host, &host->own);
}

/* Ready to be used: offer it, and switch the bus off if nobody wants it. */
static void ready(struct usb_host *host)
{
    bool again = host->known;
    host->known = true;
    host->tries = 0;
    set_state(host, USB_READY, TICKS_NEVER);
    if (!again)
        publish_device(host);
    void (*done)(void *user, int status) = g_steal_pointer(&host->reset_done);
    if (done)
        done(host->reset_user, 0);
    for (unsigned i = 0; !again && i < host->users->len && host->holder == NULL && host->state == USB_READY; i++) {
        const struct usb_user *u = g_ptr_array_index(host->users, i);
        host->holder = u; /* so that it can submit at once */
        if (!u->probe(u->data) && host->holder == u)
            host->holder = NULL;
    }
    if (host->state == USB_READY && host->holder == NULL) {
        board_usb_suspend(host->machine);
        set_state(host, USB_SUSPENDED, TICKS_NEVER);
    }
}

/* One request of it succeeded; false: what came makes no sense. */
static bool end_step(struct usb_host *host)
{
    const struct usb_urb *urb = &host->own;
    struct usb_device *d = &host->device;
    switch (host->step) {
    case DESCRIPTOR_START:
    case DESCRIPTOR:
        if (urb->actual < (host->step == DESCRIPTOR ? USB_DEVICE_DESCRIPTOR_SIZE : FIRST_BYTES) ||
            host->own_data[1] != USB_DESCRIPTOR_DEVICE)
            return false;
        memcpy(d->descriptor, host->own_data, MIN(urb->actual, sizeof d->descriptor));
        host->pipes[0].max_packet = CLAMP(d->descriptor[7], 8, 64);
        return true;
    case SET_ADDRESS:
        board_usb_select(host->machine, d->address);
        return true;
    case CONFIGURATION_START:
        if (urb->actual < USB_CONFIGURATION_DESCRIPTOR_SIZE || usb_le16(host->own_data + 2) < USB_CONFIGURATION_DESCRIPTOR_SIZE)
            return false;
        d->configuration_size = usb_le16(host->own_data + 2);
        g_free(host->configuration);
        host->configuration = g_malloc0(d->configuration_size);
        return true;
    case CONFIGURATION:
        if (urb->actual < USB_CONFIGURATION_DESCRIPTOR_SIZE || host->configuration[1] != USB_DESCRIPTOR_CONFIGURATION)
            return false;
        d->configuration = host->configuration;
        d->configuration_size = urb->actual;
        return true;
    default:
        return true;
    }
}

static void own_complete(struct usb_urb *urb)
{
    struct usb_host *host = urb->user;
    if (host->state != USB_ADDRESSING)
        return; /* the device has gone, or the cable */
    if (urb->status != 0 || !end_step(host)) {
        fail(host);
        return;
    }
    bool pause = host->step++ == SET_ADDRESS;
    if (pause)
        set_state(host, USB_RECOVERY, now(host) + ADDRESS_TIME);
    else
        begin_step(host);
}

static void begin_step(struct usb_host *host)
{
    enum { STANDARD_OUT = 0x00, STANDARD_IN = 0x80, ADDRESS = 5, GET_DESCRIPTOR = 6, CONFIGURE = 9 };
    struct usb_device *d = &host->device;
    if (host->known && host->step == DESCRIPTOR_START)
        host->step = SET_ADDRESS;
    if (host->known && host->step == DESCRIPTOR)
        host->step = SET_CONFIGURATION;
    if (host->step == SET_CONFIGURATION && d->configured == 0)
        host->step = READY;
    switch (host->step) {
    case DESCRIPTOR_START:
        request(host, STANDARD_IN, GET_DESCRIPTOR, USB_DESCRIPTOR_DEVICE << 8, FIRST_BYTES, host->own_data);
        break;
    case SET_ADDRESS:
        if (d->address == 0) {
            d->address = host->next_address;
            host->next_address = host->next_address % LAST_ADDRESS + 1;
        }
        request(host, STANDARD_OUT, ADDRESS, d->address, 0, NULL);
        break;
    case DESCRIPTOR:
        request(host, STANDARD_IN, GET_DESCRIPTOR, USB_DESCRIPTOR_DEVICE << 8, USB_DEVICE_DESCRIPTOR_SIZE, host->own_data);
        break;
    case CONFIGURATION_START:
        request(host, STANDARD_IN, GET_DESCRIPTOR, USB_DESCRIPTOR_CONFIGURATION << 8, USB_CONFIGURATION_DESCRIPTOR_SIZE,
                host->own_data);
        break;
    case CONFIGURATION:
        request(host, STANDARD_IN, GET_DESCRIPTOR, USB_DESCRIPTOR_CONFIGURATION << 8, (unsigned)d->configuration_size,
                host->configuration);
        break;
    case SET_CONFIGURATION:
        request(host, STANDARD_OUT, CONFIGURE, d->configured, 0, NULL);
        break;
    default:
        ready(host);
        break;
    }
}

static void state_ends(struct usb_host *host)
{
    host->timer = TICKS_NEVER;
    switch (host->state) {
    case USB_COLD:
        board_usb_attach(host->machine);
        look_for_device(host);
        break;
    case USB_DEBOUNCE:
        host->tries = 0;
        begin_reset(host);
        break;
    case USB_RESETTING:
        if (!board_usb_enabled(host->machine)) {
            fail(host);
            break;
        }
        host->step = DESCRIPTOR_START;
        host->pipes[0].max_packet = 64; /* until it tells: no device has more */
        set_state(host, USB_RECOVERY, now(host) + RECOVERY_TIME);
        break;
    case USB_RECOVERY:
        begin_step(host);
        break;
    case USB_ADDRESSING:
        if (host->own.pipe != NULL)
            usb_bus_end(host, &host->own, -ETIMEDOUT);
        break;
    default:
        break;
    }
}

/* ---- the device moves ---- */

static ticks_t host_due(const struct bridge *bridge)
{
    const struct usb_host *host = (const struct usb_host *)bridge;
    return MIN(host->timer, host->bus_due);
}

/* If there is something to do earlier than the run loop knows, it has to come back. */
static void note_due(struct usb_host *host, ticks_t before)
{
    if (host_due(&host->bridge) < before)
        machine_stop(host->machine);
}

static void endpoint_moved(void *data)
{
    struct usb_host *host = data;
    ticks_t before = host_due(&host->bridge);
    usb_bus_wake(host);
    note_due(host, before);
}

static void pullup_moved(void *data)
{
    struct usb_host *host = data;
    ticks_t before = host_due(&host->bridge);
    if (host->state == USB_COLD)
        return;
    if (host->state != USB_EMPTY && host->state != USB_DEBOUNCE)
        lose(host, USB_EMPTY, TICKS_NEVER);
    look_for_device(host);
    note_due(host, before);
}

static void host_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    struct usb_host *host = (struct usb_host *)bridge;
    (void)fds;
    (void)n;
    while (host->timer <= now(host))
        state_ends(host);
    usb_bus_run(host);
}

/* ---- users ---- */

void usb_host_add_user(struct usb_host *host, const struct usb_user *user)
{
    g_ptr_array_add(host->users, (void *)user);
}

void usb_host_remove_user(struct usb_host *host, const struct usb_user *user)
{
    if (host->holder == user)
        usb_host_release(host, user);
    g_ptr_array_remove(host->users, (void *)user);
}

bool usb_host_claim(struct usb_host *host, const struct usb_user *user)
{
    if (!present(host) || host->holder != NULL)
        return false;
    host->holder = user;
    if (host->state == USB_SUSPENDED) {
        usb_bus_configure(host, 0);
        begin_reset(host);
    }
    return host->holder == user;
}

void usb_host_release(struct usb_host *host, const struct usb_user *user)
{
    if (host->holder != user)
        return;
    host->reset_done = NULL;
    host->holder = NULL;
    for (unsigned i = 0; i < USB_PIPES; i++) {
        GQueue *q = &host->pipes[i].urbs;
        for (unsigned k = g_queue_get_length(q); k-- > 0;) {
            struct usb_urb *urb = g_queue_peek_nth(q, k);
            if (urb != NULL && urb != &host->own)
                usb_bus_end(host, urb, -ECONNRESET);
        }
    }
    if (host->state == USB_READY) {
        board_usb_suspend(host->machine);
        set_state(host, USB_SUSPENDED, TICKS_NEVER);
    }
}

/* What is wrong with a transfer; 0: nothing. */
static int check(const struct usb_host *host, struct usb_urb *urb)
{
    if (!present(host))
        return -ESHUTDOWN;
    if (urb->length > USB_MAX_TRANSFER)
        return -EMSGSIZE;
    if (usb_urb_is_control(urb)) {
        if (usb_le16(urb->setup + 6) > urb->length)
            return -EINVAL;
        return urb->setup[0] == 0x00 && urb->setup[1] == 5 ? -EPIPE : 0; /* addresses are ours to give */
    }
    unsigned number = urb->endpoint & 0x7F;
    if (number >= USB_PIPES / 2)
        return -ENOENT;
    const struct usb_pipe *p = &host->pipes[number | (urb->endpoint & 0x80 ? USB_PIPES / 2 : 0)];
    if (!p->open)
        return -ENOENT;
    urb->interrupt = p->type == USB_INTERRUPT;
    return p->type == USB_BULK || p->type == USB_INTERRUPT ? 0 : -EINVAL;
}

void usb_host_submit(struct usb_host *host, struct usb_urb *urb)
{
    urb->id = ++host->last_id;
    urb->pipe = NULL;
    urb->actual = 0;
    int status = check(host, urb);
    publish(host, urb, USB_SUBMITTED);
    urb->status = status;
    if (status == 0)
        usb_bus_enqueue(host, urb);
    else
        usb_host_completed(host, urb);
}

void usb_host_unlink(struct usb_host *host, struct usb_urb *urb, int status)
{
    if (urb->pipe != NULL)
        usb_bus_end(host, urb, status);
}

/* Old bootloaders were gone before the status that follows a download's end had come across. */
static bool leaves_abruptly(struct usb_host *host, const struct usb_urb *urb)
{
    enum { DFU_OUT = 0x21, DFU_IN = 0xA1, DFU_DNLOAD = 1, DFU_GETSTATUS = 3 };
    if (!host->options.dfu_leave_abrupt || !usb_urb_is_control(urb) || urb->status != 0)
        return false;
    if (urb->setup[0] == DFU_OUT && urb->setup[1] == DFU_DNLOAD)
        host->left = usb_le16(urb->setup + 6) == 0;
    return host->left && urb->setup[0] == DFU_IN && urb->setup[1] == DFU_GETSTATUS;
}

void usb_host_completed(struct usb_host *host, struct usb_urb *urb)
{
    bool vanish = leaves_abruptly(host, urb);
    if (vanish) {
        urb->status = -ENODEV;
        urb->actual = 0;
    }
    publish(host, urb, USB_COMPLETED);
    urb->complete(urb);
    if (vanish)
        lose(host, USB_VANISHED, TICKS_NEVER);
}

bool usb_host_reset(struct usb_host *host, void (*done)(void *user, int status), void *user)
{
    if (host->state != USB_READY || host->reset_done != NULL)
        return false;
    host->reset_done = done;
    host->reset_user = user;
    unsigned configured = host->device.configured;
    usb_bus_end_all(host, -ESHUTDOWN);
    if (host->state != USB_READY)
        return true;
    usb_bus_configure(host, configured);
    begin_reset(host);
    return true;
}

/* ---- looking ---- */

const struct usb_device *usb_host_device(const struct usb_host *host)
{
    return present(host) ? &host->device : NULL;
}

bool usb_host_held(const struct usb_host *host)
{
    return host->holder != NULL;
}

struct machine *usb_host_machine(const struct usb_host *host)
{
    return host->machine;
}

bool usb_host_owed(const struct usb_host *host)
{
    for (unsigned i = 0; i < USB_PIPES; i++) {
        const struct usb_pipe *p = &host->pipes[i];
        const struct usb_urb *urb = g_queue_peek_head((GQueue *)&p->urbs);
        if (urb != NULL && urb != &host->own && !(p->in && p->parked))
            return true;
    }
    return host->reset_done != NULL;
}

/* ---- life ---- */

static void host_replug(struct bridge *bridge)
{
    struct usb_host *host = (struct usb_host *)bridge;
    if (board_usb_attached(host->machine)) {
        lose(host, USB_COLD, now(host) + UNPLUGGED);
        board_usb_detach(host->machine);
    } else {
        lose(host, USB_COLD, TICKS_NEVER);
    }
}

static void host_free(struct bridge *bridge)
{
    struct usb_host *host = (struct usb_host *)bridge;
    machine_unlisten(host->machine, board_usb_host_line, endpoint_moved, host);
    machine_unlisten(host->machine, board_usb_pullup_line, pullup_moved, host);
    for (unsigned i = 0; i < USB_PIPES; i++)
        g_queue_clear(&host->pipes[i].urbs);
    g_ptr_array_unref(host->users);
    g_array_unref(host->watchers);
    g_free(host->configuration);
    g_free(host);
}

static const struct bridge_class host_class = {
    .name = "usb-host", .dispatch = host_dispatch, .due = host_due, .replug = host_replug, .free = host_free};

struct usb_host *usb_host_new(struct machine *m, struct usb_host_options options)
{
    struct usb_host *host = g_new0(struct usb_host, 1);
    host->bridge.class = &host_class;
    host->machine = m;
    host->options = options;
    host->users = g_ptr_array_new();
    host->watchers = g_array_new(FALSE, FALSE, sizeof(struct watch));
    host->next_address = 1;
    usb_bus_init(host);
    set_state(host, USB_COLD, 0);
    machine_listen(m, board_usb_host_line, endpoint_moved, host);
    machine_listen(m, board_usb_pullup_line, pullup_moved, host);
    return host;
}

void usb_host_plug(struct usb_host *host)
{
    if (host->state == USB_COLD && host->timer == TICKS_NEVER)
        host->timer = now(host);
}

struct bridge *usb_host_bridge(struct usb_host *host)
{
    return &host->bridge;
}
