/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/dfu-host.h"

#include <errno.h>
#include <string.h>

#include "emu/core/event.h"

enum { CLASS_DFU = 0xFE, SUBCLASS_DFU = 1, PROTOCOL_DFU_MODE = 2, DESCRIPTOR_DFU = 0x21 };
enum { DNLOAD = 1, GETSTATUS = 3, CLRSTATUS = 4, ABORT = 6 };
enum { DFU_IDLE = 2, DFU_DNLOAD_SYNC = 3, DFU_DNBUSY = 4, DFU_DNLOAD_IDLE = 5, DFU_UPLOAD_IDLE = 9, DFU_ERROR = 10 };
enum { COMMAND_ADDRESS = 0x21, COMMAND_ERASE = 0x41, FIRST_BLOCK = 2 };
enum { MOST_TRANSFER = 4096, MOST_SEGMENTS = 32, STATUS_SIZE = 6, STRING_SIZE = 255 };

/* Pages of one size, of the memory map that an alternate's name holds. */
struct segment {
    uint32_t address, page, count;
    bool erasable, writable;
};

enum step { CONFIGURE, SELECT, MAP, IDLE, ERASE, ADDRESS, DATA, LEAVE_ADDRESS, LEAVE, END };

struct dfu_host {
    struct bridge bridge;
    struct usb_host *host;
    struct usb_user user;

    struct dfu_job job;
    bool busy, holding;
    char *failure;

    uint8_t interface, string, configuration;
    unsigned transfer; /* bytes that the device takes at a time */
    struct segment segments[MOST_SEGMENTS];
    unsigned n_segments;

    enum step step;
    size_t done;     /* bytes written */
    uint32_t erased; /* end of the pages that are erased for this job */
    bool asking;     /* the request under way is GETSTATUS */
    ticks_t due;     /* when the device wants to be asked again */
    struct usb_urb urb;
    uint8_t data[MOST_TRANSFER];
};

static void go_on(struct dfu_host *d);

/* ---- the end ---- */

static void publish(struct dfu_host *d, const char *op)
{
    struct machine *m = usb_host_machine(d->host);
    if (d->failure)
        machine_publish(m, "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", op),
                        FIELD_STRING("text", d->failure));
    else
        machine_publish(m, "usb", FIELD_STRING("port", board_usb_port), FIELD_STRING("op", op));
}

/* failure: owned; NULL: it went well. */
static void end(struct dfu_host *d, char *failure)
{
    d->busy = false;
    d->due = TICKS_NEVER;
    g_clear_pointer(&d->job.bytes, g_bytes_unref);
    g_free(d->failure);
    d->failure = failure;
    if (d->holding) {
        d->holding = false;
        usb_host_release(d->host, &d->user);
    }
    publish(d, failure ? "dfu-failed" : "dfu-done");
}

/* ---- requests ---- */

static void complete(struct usb_urb *urb);

static void request(struct dfu_host *d, unsigned type, unsigned code, unsigned value, unsigned index, unsigned length)
{
    d->asking = type == 0xA1 && code == GETSTATUS;
    d->urb = (struct usb_urb){.setup = {(uint8_t)type, (uint8_t)code, (uint8_t)value, (uint8_t)(value >> 8), (uint8_t)index,
                                        (uint8_t)(index >> 8), (uint8_t)length, (uint8_t)(length >> 8)},
                              .data = d->data,
                              .length = length,
                              .complete = complete,
                              .user = d};
    usb_host_submit(d->host, &d->urb);
}

static void ask(struct dfu_host *d)
{
    request(d, 0xA1, GETSTATUS, 0, d->interface, STATUS_SIZE);
}

static void command(struct dfu_host *d, uint8_t code, uint32_t address)
{
    d->data[0] = code;
    for (unsigned i = 0; i < 4; i++)
        d->data[1 + i] = (uint8_t)(address >> (8 * i));
    request(d, 0x21, DNLOAD, 0, d->interface, 5);
}

/* ---- the memory map ---- */

/* "@Internal Flash   /0x08000000/03*016Ka,01*016Kg": number*size, unit B, K or M, and a letter whose bits say what may be
   done: 1 read, 2 erase, 4 write. */
static void parse_map(struct dfu_host *d, const char *text)
{
    d->n_segments = 0;
    const char *p = strchr(text, '/');
    while (p != NULL && d->n_segments < MOST_SEGMENTS) {
        char *next;
        uint64_t address = g_ascii_strtoull(p + 1, &next, 16);
        if (*next != '/')
            return;
        p = next;
        do {
            uint64_t count = g_ascii_strtoull(p + 1, &next, 10);
            uint64_t page = *next == '*' ? g_ascii_strtoull(next + 1, &next, 10) : 0;
            uint64_t unit = *next == 'K' ? 1024 : *next == 'M' ? 1024 * 1024 : *next == 'B' || *next == ' ' ? 1 : 0;
            if (count == 0 || page == 0 || unit == 0 || next[1] == '\0' || address + count * page * unit > UINT64_C(1) << 32)
                return;
            d->segments[d->n_segments++] = (struct segment){.address = (uint32_t)address,
                                                            .page = (uint32_t)(page * unit),
                                                            .count = (uint32_t)count,
                                                            .erasable = next[1] & 2,
                                                            .writable = next[1] & 4};
            address += count * page * unit;
            p = next + 2;
        } while (*p == ',' && d->n_segments < MOST_SEGMENTS);
        p = strchr(p, '/');
    }
}

static const struct segment *segment_at(const struct dfu_host *d, uint32_t address)
{
    for (unsigned i = 0; i < d->n_segments; i++)
        if (address - d->segments[i].address < d->segments[i].page * d->segments[i].count)
            return &d->segments[i];
    return NULL;
}

static void take_map(struct dfu_host *d)
{
    gunichar2 text[STRING_SIZE / 2];
    unsigned n = d->urb.actual >= 2 ? MIN(d->urb.actual, d->data[0]) : 2;
    unsigned length = n > 2 ? (n - 2) / 2 : 0;
    for (unsigned i = 0; i < length; i++)
        text[i] = (gunichar2)usb_le16(d->data + 2 + 2 * i);
    g_autofree char *name = g_utf16_to_utf8(text, length, NULL, NULL, NULL);
    parse_map(d, name ? name : "");
}

/* What keeps the job from being done; NULL: nothing. */
static char *refusal(const struct dfu_host *d)
{
    uint32_t size = (uint32_t)g_bytes_get_size(d->job.bytes);
    for (uint32_t at = 0; at < size;) {
        const struct segment *s = segment_at(d, d->job.address + at);
        if (s == NULL || !s->writable)
            return g_strdup_printf("the device does not offer 0x%08X for writing", d->job.address + at);
        at += s->page - (d->job.address + at - s->address) % s->page;
    }
    return NULL;
}

/* ---- steps ---- */

static size_t chunk(const struct dfu_host *d)
{
    return MIN(g_bytes_get_size(d->job.bytes) - d->done, d->transfer);
}

/* The next page of the chunk that is not erased yet; false: there is none. */
static bool page_to_erase(const struct dfu_host *d, uint32_t *page, uint32_t *page_end)
{
    uint32_t from = d->job.address + (uint32_t)d->done, to = from + (uint32_t)chunk(d);
    for (uint32_t at = MAX(from, d->erased); at < to;) {
        const struct segment *s = segment_at(d, at);
        if (s == NULL)
            return false;
        *page = s->address + (at - s->address) / s->page * s->page;
        *page_end = *page + s->page;
        if (s->erasable)
            return true;
        at = *page_end;
    }
    return false;
}

static void begin_chunk(struct dfu_host *d)
{
    uint32_t page, page_end;
    size_t size = g_bytes_get_size(d->job.bytes);
    if (d->done == size) {
        d->step = d->job.leave ? LEAVE_ADDRESS : END;
        if (d->job.leave)
            command(d, COMMAND_ADDRESS, d->job.address);
        else
            request(d, 0x21, ABORT, 0, d->interface, 0);
    } else if (page_to_erase(d, &page, &page_end)) {
        d->step = ERASE;
        d->erased = page_end;
        command(d, COMMAND_ERASE, page);
    } else {
        d->step = ADDRESS;
        command(d, COMMAND_ADDRESS, d->job.address + (uint32_t)d->done);
    }
}

static void send_chunk(struct dfu_host *d)
{
    size_t n = chunk(d);
    d->step = DATA;
    memcpy(d->data, (const uint8_t *)g_bytes_get_data(d->job.bytes, NULL) + d->done, n);
    request(d, 0x21, DNLOAD, FIRST_BLOCK, d->interface, (unsigned)n);
}

/* The device has carried out what the present step asked for. */
static void go_on(struct dfu_host *d)
{
    switch (d->step) {
    case CONFIGURE:
        d->step = SELECT;
        request(d, 0x01, 11, d->job.alternate, d->interface, 0);
        break;
    case SELECT:
        d->step = MAP;
        request(d, 0x80, 6, USB_DESCRIPTOR_STRING << 8 | d->string, 0x0409, STRING_SIZE);
        break;
    case MAP: {
        take_map(d);
        char *why = refusal(d);
        if (why) {
            end(d, why);
            break;
        }
        d->step = IDLE;
        ask(d);
        break;
    }
    case IDLE:
    case ERASE:
        begin_chunk(d);
        break;
    case ADDRESS:
        send_chunk(d);
        break;
    case DATA:
        d->done += chunk(d);
        begin_chunk(d);
        break;
    case LEAVE_ADDRESS:
        d->step = LEAVE;
        request(d, 0x21, DNLOAD, 0, d->interface, 0);
        break;
    case LEAVE:
    case END:
        end(d, NULL);
        break;
    }
}

static void take_status(struct dfu_host *d)
{
    unsigned status = d->data[0], state = d->data[4];
    ticks_t poll = (usb_le16(d->data + 1) | (ticks_t)d->data[3] << 16) * TICKS_PER_MS;
    if (d->urb.actual < STATUS_SIZE) {
        end(d, g_strdup("the device's status is too short"));
    } else if (d->step == LEAVE) {
        go_on(d); /* whatever it says, it leaves */
    } else if (d->step == IDLE) {
        if (state == DFU_IDLE)
            go_on(d);
        else
            request(d, 0x21, state == DFU_ERROR ? CLRSTATUS : ABORT, 0, d->interface, 0);
    } else if (status != 0 || state == DFU_ERROR) {
        end(d, g_strdup_printf("the device refuses 0x%08X: DFU status %u", d->job.address + (uint32_t)d->done, status));
    } else if (state == DFU_DNBUSY || state == DFU_DNLOAD_SYNC) {
        d->due = machine_now(usb_host_machine(d->host)) + poll;
        machine_stop(usb_host_machine(d->host)); /* earlier than the run loop knows */
    } else {
        go_on(d);
    }
}

static void complete(struct usb_urb *urb)
{
    struct dfu_host *d = urb->user;
    if (!d->busy || !d->holding)
        return;
    if (urb->status != 0 && d->step == LEAVE) {
        end(d, NULL); /* it was in a hurry: all is written */
    } else if (urb->status != 0) {
        end(d, g_strdup_printf("the device does not take a request: %s", g_strerror(-urb->status)));
    } else if (d->asking) {
        take_status(d);
    } else if (d->step == IDLE || (urb->setup[0] == 0x21 && urb->setup[1] == DNLOAD)) {
        ask(d);
    } else {
        go_on(d);
    }
}

/* ---- the device ---- */

/* The interface in DFU mode, and how much it takes at a time. */
static bool find_interface(struct dfu_host *d, const struct usb_device *device)
{
    const uint8_t *p;
    size_t length;
    bool found = false;
    d->transfer = 0;
    for (size_t at = 0; usb_descriptor_next(device->configuration, device->configuration_size, &at, &p, &length);) {
        if (p[1] == USB_DESCRIPTOR_INTERFACE && length >= 9 && p[5] == CLASS_DFU && p[6] == SUBCLASS_DFU &&
            p[7] == PROTOCOL_DFU_MODE && p[3] == d->job.alternate) {
            found = true;
            d->interface = p[2];
            d->string = p[8];
        } else if (p[1] == DESCRIPTOR_DFU && length >= 9) {
            d->transfer = MIN(usb_le16(p + 5), MOST_TRANSFER);
        }
    }
    d->configuration = device->configuration[5];
    return found && d->transfer > 0;
}

static void begin(struct dfu_host *d)
{
    d->holding = true;
    d->step = CONFIGURE;
    d->done = 0;
    d->erased = 0;
    request(d, 0x00, 9, d->configuration, 0, 0);
}

static bool probe(void *data)
{
    struct dfu_host *d = data;
    if (!d->busy || !find_interface(d, usb_host_device(d->host)))
        return false;
    begin(d);
    return true;
}

static void gone(void *data)
{
    struct dfu_host *d = data;
    d->holding = false;
    if (d->busy)
        end(d, d->step == LEAVE ? NULL : g_strdup("the device went away"));
}

bool dfu_host_write(struct dfu_host *d, const struct dfu_job *job)
{
    if (d->busy)
        return false;
    d->busy = true;
    d->job = *job;
    g_bytes_ref(d->job.bytes);
    g_clear_pointer(&d->failure, g_free);
    const struct usb_device *device = usb_host_device(d->host);
    if (device != NULL && find_interface(d, device) && usb_host_claim(d->host, &d->user))
        begin(d);
    return true;
}

void dfu_host_cancel(struct dfu_host *d)
{
    if (d->busy)
        end(d, g_strdup("it took too long"));
}

const char *dfu_host_failure(const struct dfu_host *d)
{
    return d->failure;
}

/* ---- the bridge ---- */

static ticks_t dfu_due(const struct bridge *bridge)
{
    return ((const struct dfu_host *)bridge)->due;
}

static void dfu_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    struct dfu_host *d = (struct dfu_host *)bridge;
    (void)fds;
    (void)n;
    if (d->due > machine_now(usb_host_machine(d->host)))
        return;
    d->due = TICKS_NEVER;
    ask(d);
}

static void dfu_free(struct bridge *bridge)
{
    struct dfu_host *d = (struct dfu_host *)bridge;
    d->busy = false;
    usb_host_remove_user(d->host, &d->user);
    g_clear_pointer(&d->job.bytes, g_bytes_unref);
    g_free(d->failure);
    g_free(d);
}

static const struct bridge_class dfu_class = {.name = "dfu", .dispatch = dfu_dispatch, .due = dfu_due, .free = dfu_free};

struct dfu_host *dfu_host_new(struct usb_host *host)
{
    struct dfu_host *d = g_new0(struct dfu_host, 1);
    d->bridge.class = &dfu_class;
    d->host = host;
    d->due = TICKS_NEVER;
    d->user = (struct usb_user){probe, gone, d};
    usb_host_add_user(host, &d->user);
    return d;
}

struct bridge *dfu_host_bridge(struct dfu_host *dfu)
{
    return &dfu->bridge;
}
