/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the GDB server that sends anything: each line of the input is the data of a packet, framed here so that it is
 * taken for one; a line that begins with a 0xFF byte is sent as it is. The machine runs a little between them.
 */
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/debug/gdb-packet.h"
#include "emu/debug/gdb-server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bench {
    struct machine *machine;
    struct snapshot *begin;
};

/* A program that counts, stores, calls SVC and meets a BKPT. */
static struct bench make(void)
{
    static const uint16_t code[] = {0xF04F, 0x5000, 0x3101, 0x6001, 0xDF00, 0xBEAB, 0x6802, 0xE7F9, 0x4770};
    static const uint32_t vectors[12] = {0x20010000, 0x08000101, 0x08000101, 0x08000111, 0x08000111, 0x08000111,
                                         0x08000111, 0,          0,          0,          0,          0x08000111};
    uint8_t flash[0x200];
    memset(flash, 0xFF, sizeof flash);
    memcpy(flash, vectors, sizeof vectors);
    memcpy(flash + 0x100, code, sizeof code);
    struct bench b = {.machine = board_machine(board_find("photon"), &BOARD_OPTIONS_DEFAULT)};
    g_assert_true(board_flash_program(b.machine, 0x08000000, flash, sizeof flash, NULL));
    board_power_on(b.machine, false);
    b.begin = machine_save(b.machine);
    return b;
}

static void turn(const struct bench *b, struct gdb_server *s, GArray *fds)
{
    g_array_set_size(fds, 0);
    gdb_server_poll_fill(s, fds);
    poll((struct pollfd *)(void *)fds->data, fds->len, 0);
    gdb_server_dispatch(s, (const struct pollfd *)(void *)fds->data, fds->len);
    if (!gdb_server_holds(s))
        machine_run(b->machine, machine_now(b->machine) + 2 * TICKS_PER_US);
}

static void send_line(int fd, const uint8_t *line, size_t length)
{
    GByteArray *bytes = g_byte_array_new();
    if (length > 0 && line[0] == 0xFF)
        g_byte_array_append(bytes, line + 1, (guint)length - 1);
    else
        gdb_frame(bytes, line, length);
    if (bytes->len > 0 && send(fd, bytes->data, bytes->len, MSG_NOSIGNAL) < 0)
        g_debug("not sent");
    g_byte_array_unref(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench b; /* making one takes longer than a whole input */
    int pair[2];
    uint8_t answer[4096];
    if (b.machine == NULL)
        b = make();
    machine_restore(b.machine, b.begin);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0)
        return 0;
    struct gdb_server *s = gdb_server_new(b.machine, board_find("photon"), NULL);
    GArray *fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    gdb_server_adopt(s, pair[1]);
    for (size_t at = 0, lines = 0; at < size && lines < 64; lines++) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end != NULL ? (size_t)(end - (data + at)) : size - at;
        send_line(pair[0], data + at, length);
        turn(&b, s, fds);
        while (recv(pair[0], answer, sizeof answer, 0) > 0)
            ;
        at += length + 1;
    }
    close(pair[0]);
    for (unsigned i = 0; i < 3; i++)
        turn(&b, s, fds);
    g_assert_false(gdb_server_holds(s));
    gdb_server_free(s);
    g_array_unref(fds);
    return 0;
}
