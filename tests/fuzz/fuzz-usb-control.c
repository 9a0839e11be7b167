/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control transfers of any kind, one after the other, on a device that works: whatever they are, each comes to an end or can
 * be unlinked, and the device answers a proper request afterwards.
 */
#include <errno.h>
#include <stdlib.h>

#include "tests/unit/usb-bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_TRANSFERS = 8, MOST_DATA = 4096 };

static bool take(void *data)
{
    (void)data;
    return true;
}

static void gone(void *data)
{
    (void)data;
}

static void complete(struct usb_urb *urb)
{
    ++*(unsigned *)urb->user;
}

static int transfer(struct usb_bench *b, const uint8_t setup[8], uint8_t endpoint, uint32_t length)
{
    static uint8_t bytes[MOST_DATA];
    unsigned done = 0;
    struct usb_urb urb = {.endpoint = endpoint, .data = bytes, .length = length, .complete = complete, .user = &done};
    memcpy(urb.setup, setup, sizeof urb.setup);
    usb_host_submit(b->host, &urb);
    for (unsigned i = 0; i < 10 && done == 0; i++)
        usb_bench_run(b, TICKS_PER_MS);
    if (done == 0)
        usb_host_unlink(b->host, &urb, -ECONNRESET);
    if (done != 1 || urb.actual > length)
        abort();
    return urb.status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct usb_bench b;
    static const struct usb_user user = {take, gone, NULL};
    usb_bench_open(&b, (struct usb_host_options){.dfu_leave_abrupt = false});
    usb_host_add_user(b.host, &user);
    b.look = 50 * TICKS_PER_US;
    guest_connect(&b.guest);
    usb_bench_run(&b, 130 * TICKS_PER_MS);
    if (usb_host_device(b.host) == NULL)
        abort();
    for (unsigned i = 0; i < MOST_TRANSFERS && size >= 10; i++, data += 10, size -= 10)
        transfer(&b, data, data[8], MIN(usb_le16(data + 6) + (data[9] & 3u), MOST_DATA));
    static const uint8_t proper[8] = {0xC0, 1, 5, 0, 0, 0, 5, 0};
    if (transfer(&b, proper, 0, 5) != 0)
        abort();
    usb_bench_close(&b);
    return 0;
}
