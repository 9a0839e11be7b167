/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a USB/IP client may send: the parser alone, and a server with a device behind it. */
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/host/usbip-server.h"
#include "emu/host/usbip-wire.h"
#include "tests/unit/usb-bench.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every byte that a message claims to be made of is there. */
static void parse(const uint8_t *data, size_t size, bool imported)
{
    for (size_t at = 0; at < size;) {
        struct usbip_message m;
        const char *why;
        ssize_t n = usbip_message_read(data + at, size - at, imported, &m, &why);
        if (n < 0 && why == NULL)
            abort();
        if (n <= 0)
            break;
        if ((size_t)n > size - at)
            abort();
        if (m.command == USBIP_SUBMIT && imported && !m.submit.in && m.submit.length > 0 &&
            (m.submit.data < data + at || m.submit.data + m.submit.length > data + at + n))
            abort();
        imported |= m.command == USBIP_REQ_IMPORT;
        at += (size_t)n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { MOST = 4096 };
    parse(data, size, false);
    parse(data, size, true);

    int ends[2];
    struct usb_bench b;
    usb_bench_open(&b, (struct usb_host_options){0});
    struct usbip_server *server = usbip_server_new(b.host);
    g_ptr_array_add(b.bridges, usbip_server_bridge(server));
    b.look = 50 * TICKS_PER_US;
    guest_connect(&b.guest);
    usb_bench_run(&b, 125 * TICKS_PER_MS);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        abort();
    usbip_server_add_client(server, ends[1]);
    static const uint8_t import[40] = {0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, '1', '-', '1'};
    /* the first byte tells whether a proper import goes before */
    if (size > 0 && (data[0] & 1) && send(ends[0], import, sizeof import, MSG_NOSIGNAL) < 0)
        abort();
    if (size > 1 && send(ends[0], data + 1, MIN(size - 1, MOST), MSG_NOSIGNAL) < 0)
        abort();
    usb_bench_run(&b, 30 * TICKS_PER_MS);
    close(ends[0]);
    usb_bench_run(&b, TICKS_PER_MS);
    if (usbip_server_imported(server))
        abort(); /* the client has gone */
    usb_bench_close(&b);
    return 0;
}
