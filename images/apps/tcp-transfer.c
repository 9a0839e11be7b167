/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Remembers the open network "transfer", joins it, and listens at TCP port 7: takes a megabyte from each client, then sends one
 * back, and says on Serial1 how long both took.
 */
#include "photon.h"

SYSTEM_MODE(MANUAL);

enum { PORT = 7, MEGABYTE = 1 << 20 };
static uint8_t buffer[2048];
static int32_t server = -1;

/* The system's sockets: table 8, there since 0.5.2. */
enum { LIBRARY_SOCKET = 8 };

static bool socket_valid(int32_t socket)
{
    return EXPORT(LIBRARY_SOCKET, 1, uint8_t, int32_t)(socket) != 0;
}

static int32_t socket_receive(int32_t socket, void *data, uint32_t size, uint32_t wait_ms)
{
    return EXPORT(LIBRARY_SOCKET, 4, int32_t, int32_t, void *, uint32_t, uint32_t)(socket, data, size, wait_ms);
}

static int32_t socket_send(int32_t socket, const void *data, uint32_t size)
{
    return EXPORT(LIBRARY_SOCKET, 6, int32_t, int32_t, const void *, uint32_t)(socket, data, size);
}

static int32_t socket_close(int32_t socket)
{
    return EXPORT(LIBRARY_SOCKET, 8, int32_t, int32_t)(socket);
}

static int32_t socket_create_tcp_server(uint16_t port)
{
    return EXPORT(LIBRARY_SOCKET, 10, int32_t, uint16_t, uint32_t)(port, 0);
}

static int32_t socket_accept(int32_t socket)
{
    return EXPORT(LIBRARY_SOCKET, 11, int32_t, int32_t)(socket);
}

void setup(void)
{
    serial1_begin(115200);
    wifi_on();
    if (!wifi_has_credentials())
        wifi_set_credentials("transfer", "", SECURITY_NONE, CIPHER_NONE);
    wifi_connect();
}

/* What byte number n of either direction is. */
static uint8_t pattern(uint32_t n)
{
    return (uint8_t)(n * 7 + (n >> 8));
}

static void serve(int32_t client)
{
    uint32_t done = 0, wrong = 0, start = millis();
    while (done < MEGABYTE) {
        int32_t n = socket_receive(client, buffer, sizeof buffer, 5000);
        if (n <= 0)
            break;
        for (int32_t i = 0; i < n; i++)
            wrong += buffer[i] != pattern(done + (uint32_t)i);
        done += (uint32_t)n;
    }
    serial1_printf("received %u in %u ms, %u wrong\r\n", (unsigned)done, (unsigned)(millis() - start), (unsigned)wrong);
    start = millis();
    for (done = 0; done < MEGABYTE;) {
        uint32_t n = MEGABYTE - done < sizeof buffer ? MEGABYTE - done : sizeof buffer;
        for (uint32_t i = 0; i < n; i++)
            buffer[i] = pattern(done + i);
        int32_t sent = socket_send(client, buffer, n);
        if (sent <= 0)
            break;
        done += (uint32_t)sent;
    }
    serial1_printf("sent %u in %u ms\r\n", (unsigned)done, (unsigned)(millis() - start));
}

void loop(void)
{
    if (!wifi_ready()) {
        delay(100);
        return;
    }
    if (!socket_valid(server)) {
        server = socket_create_tcp_server(PORT);
        serial1_printf("listening: %d\r\n", socket_valid(server));
    }
    int32_t client = socket_accept(server);
    if (socket_valid(client)) {
        serve(client);
        socket_close(client);
    }
    delay(10);
}
