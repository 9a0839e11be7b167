/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GDB server with a Photon in this process, spoken to packet by packet. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "emu/core/debug.h"
#include "emu/debug/gdb-packet.h"
#include "emu/debug/gdb-server.h"

#define RAM  UINT32_C(0x20000000)
#define CODE UINT32_C(0x08000100)

/* ---- a machine, a server, and clients ---- */

struct bench {
    struct machine *machine;
    struct gdb_server *server;
    int quit_status; /* -1: not asked for */
    unsigned power_cycles, replugs;
    double speed;
};

static bool power_cycle(void *data)
{
    struct bench *b = data;
    b->power_cycles++;
    board_power_off(b->machine);
    board_power_on(b->machine, false);
    return true;
}

static void quit(void *data, int status)
{
    ((struct bench *)data)->quit_status = status;
}

static void set_speed(void *data, double speed)
{
    ((struct bench *)data)->speed = speed;
}

static double speed(void *data)
{
    return ((struct bench *)data)->speed;
}

static void replug(void *data)
{
    ((struct bench *)data)->replugs++;
}

static void put(struct bench *b, uint32_t address, const void *data, uint32_t size)
{
    g_autoptr(GError) error = NULL;
    board_flash_erase(b->machine, address, size, &error);
    g_assert_no_error(error);
    board_flash_program(b->machine, address, data, size, &error);
    g_assert_no_error(error);
}

static struct bench *bench_new(const uint16_t *code, size_t size)
{
    struct bench *b = g_new0(struct bench, 1);
    b->quit_status = -1;
    b->machine = board_machine(board_find("photon"), &BOARD_OPTIONS_DEFAULT);
    uint8_t flash[0x400];
    memset(flash, 0xFF, sizeof flash);
    const uint32_t vectors[] = {0x20010000, CODE | 1};
    memcpy(flash, vectors, sizeof vectors);
    memcpy(flash + 0x100, code, size);
    put(b, 0x08000000, flash, sizeof flash);
    board_power_on(b->machine, false);
    const struct gdb_owner owner = {power_cycle, quit, set_speed, speed, replug, b};
    b->server = gdb_server_new(b->machine, board_find("photon"), &owner);
    return b;
}

static void bench_free(struct bench *b)
{
    gdb_server_free(b->server);
    machine_free(b->machine);
    g_free(b);
}

/* What a run loop does, a few times. */
static void turn(struct bench *b, unsigned times)
{
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    for (unsigned i = 0; i < times; i++) {
        g_array_set_size(fds, 0);
        gdb_server_poll_fill(b->server, fds);
        poll((struct pollfd *)(void *)fds->data, fds->len, 0);
        gdb_server_dispatch(b->server, (const struct pollfd *)(void *)fds->data, fds->len);
        if (!gdb_server_holds(b->server))
            machine_run(b->machine, machine_now(b->machine) + 10 * TICKS_PER_US);
    }
}

struct client {
    struct bench *bench;
    int fd;
    struct gdb_parser parser;
    bool no_ack;
};

static struct client *client_new(struct bench *b)
{
    struct client *c = g_new0(struct client, 1);
    int pair[2];
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    c->bench = b;
    c->fd = pair[0];
    gdb_parser_init(&c->parser);
    gdb_server_adopt(b->server, pair[1]);
    return c;
}

static void client_free(struct client *c)
{
    close(c->fd);
    gdb_parser_clear(&c->parser);
    struct bench *b = c->bench;
    g_free(c);
    turn(b, 2);
}

static void send_bytes(struct client *c, const void *data, size_t size)
{
    g_assert_cmpint(send(c->fd, data, size, MSG_NOSIGNAL), ==, (ssize_t)size);
}

static void send_packet(struct client *c, const char *text)
{
    g_autoptr(GByteArray) packet = g_byte_array_new();
    gdb_frame(packet, text, strlen(text));
    send_bytes(c, packet->data, packet->len);
}

/* The next packet, with console output taken together as it is; NULL: none comes. Free with g_free. */
static char *receive(struct client *c)
{
    for (unsigned tries = 0; tries < 400; tries++) {
        uint8_t byte;
        ssize_t n;
        while ((n = recv(c->fd, &byte, 1, 0)) == 1)
            if (gdb_parse(&c->parser, byte) == GDB_PACKET)
                return g_strdup((const char *)c->parser.data->data);
        if (n == 0)
            return NULL;
        turn(c->bench, 1);
    }
    return NULL;
}

static void expect(struct client *c, const char *text)
{
    g_autofree char *seen = receive(c);
    g_assert_cmpstr(seen, ==, text);
}

static void ask(struct client *c, const char *packet, const char *answer)
{
    send_packet(c, packet);
    expect(c, answer);
}

static char *answer_to(struct client *c, const char *packet)
{
    send_packet(c, packet);
    return receive(c);
}

static void ask_prefix(struct client *c, const char *packet, const char *prefix)
{
    g_autofree char *seen = answer_to(c, packet);
    g_assert_nonnull(seen);
    if (!g_str_has_prefix(seen, prefix))
        g_assert_cmpstr(seen, ==, prefix);
}

static char *monitor(struct client *c, const char *command)
{
    GString *packet = g_string_new("qRcmd,"), *out = g_string_new(NULL);
    gdb_put_bytes(packet, command, strlen(command));
    send_packet(c, packet->str);
    g_string_free(packet, TRUE);
    for (;;) {
        g_autofree char *seen = receive(c);
        g_assert_nonnull(seen);
        if (strcmp(seen, "OK") == 0)
            return g_string_free(out, FALSE);
        g_assert_cmpint(seen[0], ==, 'O');
        g_autoptr(GByteArray) bytes = gdb_take_bytes(seen + 1);
        g_assert_nonnull(bytes);
        g_string_append_len(out, (const char *)bytes->data, bytes->len);
    }
}

static void monitor_says(struct client *c, const char *command, const char *part)
{
    g_autofree char *text = monitor(c, command);
    if (strstr(text, part) == NULL)
        g_assert_cmpstr(text, ==, part);
}

static const uint16_t counting[] = {
    0x2000, // movs r0, #0
    0x3001, // LOOP: adds r0, #1
    0x3101, // adds r1, #1
    0xE7FC, // b LOOP
};
enum { LOOP = (int)(CODE + 2) };

static uint32_t pc(struct bench *b)
{
    return debug_register(b->machine, DEBUG_PC);
}

/* ---- tests ---- */

static void attach(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    struct client *c = client_new(b);
    turn(b, 3);
    g_assert_false(gdb_server_holds(b->server)); /* a connection alone stops nothing */
    g_assert_false(gdb_server_attached(b->server));
    ask_prefix(c, "qSupported:swbreak+;hwbreak+", "PacketSize=4000;");
    ask(c, "vMustReplyEmpty", "");
    ask(c, "?", "T05thread:1;");
    g_assert_true(gdb_server_holds(b->server));
    ticks_t now = machine_now(b->machine);
    turn(b, 10);
    g_assert_cmpuint(machine_now(b->machine), ==, now);
    ask(c, "qAttached", "1");
    ask(c, "D", "OK");
    turn(b, 2);
    g_assert_false(gdb_server_holds(b->server));
    client_free(c);
    bench_free(b);
}

static void waiting(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    turn(b, 5);
    g_assert_cmpuint(machine_now(b->machine), ==, 0);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, CODE);
    send_packet(c, "c");
    turn(b, 5);
    g_assert_cmpuint(machine_now(b->machine), >, 0);
    client_free(c);
    bench_free(b);
}

/* What comes in pieces, or is refused, or makes no sense. */
static void acknowledgements(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    struct client *c = client_new(b);
    char seen[256];
    send_bytes(c, "$qAtt", 5);
    turn(b, 50); /* half a packet keeps nobody */
    g_assert_cmpuint(machine_now(b->machine), >, 0);
    send_bytes(c, "ached#8f", 8);
    turn(b, 2);
    g_assert_cmpint(recv(c->fd, seen, sizeof seen, 0), ==, 6);
    g_assert_cmpmem(seen, 6, "+$1#31", 6);
    send_bytes(c, "-", 1); /* again, please */
    turn(b, 2);
    g_assert_cmpint(recv(c->fd, seen, sizeof seen, 0), ==, 5);
    g_assert_cmpmem(seen, 5, "$1#31", 5);
    send_bytes(c, "+$?#00", 6);
    turn(b, 2);
    g_assert_cmpint(recv(c->fd, seen, sizeof seen, 0), ==, 1);
    g_assert_cmpint(seen[0], ==, '-');
    ask(c, "QStartNoAckMode", "OK");
    send_bytes(c, "$qAttached#8f", 13);
    turn(b, 2);
    g_assert_cmpint(recv(c->fd, seen, sizeof seen, 0), ==, 5);
    static const char *const nonsense[] = {"",
                                           "m",
                                           "mx",
                                           "m0",
                                           "m0,",
                                           "M0,1:",
                                           "M0,1:0",
                                           "M0,2:00",
                                           "X0,1:",
                                           "Z",
                                           "Z0",
                                           "Z0,0",
                                           "Z9,0,2",
                                           "z0,0,2",
                                           "P",
                                           "P0",
                                           "P0=",
                                           "P19=00",
                                           "p",
                                           "p18",
                                           "p63",
                                           "G00",
                                           "H",
                                           "Hg",
                                           "T",
                                           "vCont",
                                           "vCont;",
                                           "vCont;x",
                                           "vCont;s:",
                                           "vFlashErase:0",
                                           "vFlashWrite:x",
                                           "qCRC:",
                                           "qRcmd,0",
                                           "qXfer:features:read:x:0,1",
                                           "qXfer:features:read:target.xml:",
                                           "qSearch:memory:0;1",
                                           "C",
                                           "Cx",
                                           "sx",
                                           "F0",
                                           "Q",
                                           "q",
                                           "v",
                                           "\x01\x02",
                                           "bs",
                                           "i",
                                           "t",
                                           "!x"};
    for (unsigned i = 0; i < G_N_ELEMENTS(nonsense); i++) {
        g_autofree char *answer = answer_to(c, nonsense[i]);
        g_assert_nonnull(answer);
        g_assert_true(answer[0] == '\0' || answer[0] == 'E' || strcmp(answer, "OK") == 0);
    }
    client_free(c);
    bench_free(b);
}

static void registers_and_memory(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    ask(c, "pf", "00010008");
    ask(c, "P5=78563412", "OK");
    ask(c, "p5", "78563412");
    g_assert_cmphex(debug_register(b->machine, 5), ==, 0x12345678);
    ask(c, "p1c", "00");
    ask(c, "P1c=01", "OK");
    g_assert_cmphex(debug_register(b->machine, DEBUG_PRIMASK), ==, 1);
    g_autofree char *all = answer_to(c, "g");
    g_assert_cmpuint(strlen(all), ==, 2 * (19 * 4 + 4));
    g_autofree char *back = g_strconcat("G", all, NULL);
    back[1] = '9';
    ask(c, back, "OK");
    g_assert_cmphex(debug_register(b->machine, 0) & 0xFF, ==, 0x90);
    ask(c, "m8000100,8", "002001300131fce7");
    ask(c, "m20000000,0", "");
    ask(c, "M20000001,3:112233", "OK");
    ask(c, "m20000000,4", "00112233");
    ask(c, "X20000000,2:#!", "OK");
    ask(c, "m20000000,4", "23212233");
    ask(c, "X20000000,0:", "OK");
    ask(c, "m30000000,4", "E14");
    ask(c, "m2001fffe,8", "0000"); /* as much as there is */
    ask(c, "m40023800,4", "83000000");
    ask_prefix(c, "M8000100,2:0000", "E.");
    ask(c, "me0040000,4", "00000000");
    ask(c, "qSearch:memory:20000000;100;\x22\x33", "1,20000002");
    ask(c, "qSearch:memory:20000000;100;zz", "0");
    ask(c, "X20000000,9:123456789", "OK");
    ask(c, "qCRC:20000000,9", "C0376e6e7"); /* the known value of CRC-32/MPEG-2 */
    client_free(c);
    bench_free(b);
}

static void flash(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    ask_prefix(c, "vFlashWrite:8000100:ab", "E.flash at 0x08000100 cannot be programmed: not erased");
    ask(c, "vFlashErase:80a0000,20000", "OK");
    ask(c, "vFlashWrite:80a0000:hello", "OK");
    ask(c, "vFlashWrite:80bfffe:ab", "OK");   /* up to the end of a sector */
    ask(c, "vFlashWrite:80bfffe:abcd", "OK"); /* over it, into erased flash, with the same bits */
    ask(c, "vFlashDone", "OK");
    ask(c, "m80a0000,6", "68656c6c6fff");
    ask(c, "m80bfffe,4", "61626364");
    ask_prefix(c, "vFlashErase:8100000,4", "E.");
    ask_prefix(c, "vFlashErase:80fff00,200", "E.");
    monitor_says(c, "flash", "sector  9  0x080A0000  128 KB    0 % programmed, erased 1 times");
    g_autofree char *map = answer_to(c, "qXfer:memory-map:read::0,1000");
    g_assert_nonnull(strstr(map, "<memory type=\"flash\" start=\"0x08000000\" length=\"0x10000\">"
                                 "<property name=\"blocksize\">0x4000</property>"));
    g_assert_nonnull(strstr(map, "<memory type=\"flash\" start=\"0x08020000\" length=\"0xe0000\">"
                                 "<property name=\"blocksize\">0x20000</property>"));
    g_assert_cmpuint(machine_now(b->machine), ==, 0); /* none of it took time */
    client_free(c);
    bench_free(b);
}

/* A document in pieces is the document. */
static void documents(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    struct client *c = client_new(b);
    g_autofree char *whole = answer_to(c, "qXfer:features:read:target.xml:0,3000");
    g_assert_cmpint(whole[0], ==, 'l');
    g_assert_nonnull(strstr(whole, "org.gnu.gdb.arm.m-profile"));
    g_autoptr(GString) pieces = g_string_new("l");
    for (;;) {
        g_autofree char *packet = g_strdup_printf("qXfer:features:read:target.xml:%x,65", (unsigned)pieces->len - 1);
        g_autofree char *piece = answer_to(c, packet);
        g_string_append(pieces, piece + 1);
        if (piece[0] == 'l')
            break;
        g_assert_cmpint(piece[0], ==, 'm');
    }
    g_assert_cmpstr(pieces->str, ==, whole);
    ask(c, "qXfer:features:read:target.xml:ffffff,10", "E01");
    client_free(c);
    bench_free(b);
}

static void stops(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask_prefix(c, "qSupported:swbreak+;hwbreak+", "P");
    ask(c, "?", "T05thread:1;");
    ask(c, "Z1,8000104,2", "OK");
    ask(c, "vCont;c", "T05hwbreak:;thread:1;");
    g_assert_cmphex(pc(b), ==, LOOP + 2);
    ask(c, "z1,8000104,2", "OK");
    ask(c, "Z0,8000102,2", "OK");
    ask(c, "c", "T05swbreak:;thread:1;");
    ask(c, "z0,8000102,2", "OK");
    ask(c, "vCont;s:1;c", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, LOOP + 2);
    ask(c, "s", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, LOOP + 4);
    /* through the range, as long as it lasts */
    ask(c, "vCont;r8000102,8000106:1;c", "T05thread:1;");
    ask(c, "vCont;r8000102,8000106:1;c", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, LOOP + 4);
    send_packet(c, "c");
    turn(b, 10);
    send_bytes(c, "\x03", 1);
    expect(c, "T02thread:1;");
    /* a signal to go on with is no matter */
    ask(c, "Z0,8000102,2", "OK");
    ask(c, "C05", "T05swbreak:;thread:1;");
    ask_prefix(c, "Z0,30000000,2", "E.");
    client_free(c);
    g_assert_false(gdb_server_holds(b->server)); /* its breakpoint went with it */
    turn(b, 5);
    g_assert_false(gdb_server_holds(b->server));
    bench_free(b);
}

static void watchpoints(void)
{
    static const uint16_t code[] = {
        0xF04F, 0x5000, // mov r0, #RAM
        0x6001,         // LOOP: str r1, [r0]
        0x6842,         // ldr r2, [r0, #4]
        0xE7FC,         // b LOOP
    };
    struct bench *b = bench_new(code, sizeof code);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    ask(c, "Z2,20000002,1", "OK");
    ask(c, "c", "T05watch:20000002;thread:1;");
    g_assert_cmphex(pc(b), ==, CODE + 4);
    ask(c, "Z3,20000004,4", "OK");
    ask(c, "c", "T05rwatch:20000004;thread:1;");
    g_assert_cmphex(pc(b), ==, CODE + 6);
    ask(c, "z2,20000002,1", "OK");
    ask(c, "z3,20000004,4", "OK");
    ask(c, "Z4,20000000,8", "OK");
    ask(c, "c", "T05awatch:20000000;thread:1;");
    ask(c, "c", "T05awatch:20000004;thread:1;");
    ask_prefix(c, "Z2,20000000,0", "E.");
    client_free(c);
    bench_free(b);
}

/* Each has breakpoints of its own; all see a stop that they wait for. */
static void two_clients(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    struct client *one = client_new(b), *two = client_new(b);
    ask_prefix(one, "qSupported:swbreak+;hwbreak+", "P");
    ask_prefix(two, "qSupported:swbreak+;hwbreak+", "P");
    ask(one, "?", "T05thread:1;");
    send_packet(one, "c");
    turn(b, 5);
    /* the second one looks, and does not disturb */
    ask_prefix(two, "?", "T05");
    g_assert_false(gdb_server_holds(b->server));
    ask(two, "m8000100,2", "0020");
    ask(two, "Z0,8000104,2", "OK");
    turn(b, 3);
    g_assert_true(gdb_server_holds(b->server));
    expect(one, "T05thread:1;"); /* no breakpoint that it knows */
    ask(two, "c", "T05swbreak:;thread:1;");
    send_packet(one, "c");
    expect(one, "T05thread:1;");
    ask(two, "D", "OK");
    g_assert_true(gdb_server_holds(b->server)); /* the first is still there */
    client_free(two);
    send_packet(one, "c");
    turn(b, 5);
    g_assert_false(gdb_server_holds(b->server));
    client_free(one);
    bench_free(b);
}

static void restart_and_kill(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    struct client *c = client_new(b);
    turn(b, 5);
    ask(c, "!", "OK");
    ask(c, "?", "T05thread:1;");
    ask(c, "vRun;", "T05thread:1;");
    g_assert_cmpuint(b->power_cycles, ==, 1);
    g_assert_cmphex(pc(b), ==, CODE);
    ask(c, "vKill;1", "OK");
    g_assert_cmpint(b->quit_status, ==, -1);
    ask(c, "c", "W00");
    ask(c, "vRun", "T05thread:1;");
    monitor_says(c, "reset halt", "PC 0x08000100");
    g_assert_cmpuint(b->power_cycles, ==, 2);
    client_free(c);
    c = client_new(b);
    ask(c, "?", "T05thread:1;");
    send_packet(c, "k");
    turn(b, 2);
    g_assert_cmpint(b->quit_status, ==, 0);
    client_free(c);
    bench_free(b);
}

static void semihosting(void)
{
    static const uint16_t code[] = {
        0x2004,                         // movs r0, #4 (SYS_WRITE0)
        0xA102,                         // adr r1, TEXT
        0xBEAB,                         // bkpt 0xAB
        0x2018,                         // movs r0, #24 (SYS_EXIT)
        0x4902,                         // ldr r1, REASON
        0xBEAB,                         // bkpt 0xAB
        0x6968, 0x0A21,                 // TEXT: "hi!\n"
        0x0000, 0x0000, 0x0026, 0x0002, // REASON: ADP_Stopped_ApplicationExit
    };
    struct bench *b = bench_new(code, sizeof code);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    send_packet(c, "c");
    g_autofree char *seen = receive(c);
    g_assert_cmpstr(seen, ==, "O6869210a");
    expect(c, "W00");
    g_assert_cmpint(b->quit_status, ==, 0);
    client_free(c);
    bench_free(b);
}

/* Other BKPTs stop, and are passed over; without a debugger they are faults, again once it has left. */
static void bkpt(void)
{
    static const uint16_t code[] = {
        0xBE00, // bkpt 0
        0x2007, // movs r0, #7
        0xBE01, // bkpt 1
        0xE7FE, // b .
    };
    struct bench *b = bench_new(code, sizeof code);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    ask(c, "c", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, CODE);
    ask(c, "c", "T05thread:1;");
    g_assert_cmphex(pc(b), ==, CODE + 4);
    g_assert_cmphex(debug_register(b->machine, 0), ==, 7);
    ask(c, "D", "OK");
    turn(b, 5);
    g_assert_cmphex(debug_register(b->machine, DEBUG_XPSR) & 0x1FF, ==, 3);
    client_free(c);
    bench_free(b);
}

static void faults(void)
{
    static const uint16_t code[] = {
        0xF04F, 0x5040, // mov r0, #0x30000000
        0x6801,         // ldr r1, [r0]
        0xE7FE,         // b .
    };
    struct bench *b = bench_new(code, sizeof code);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    monitor_says(c, "faults", "no fault has been raised");
    ask(c, "M20000000,4:00000120", "OK");
    ask(c, "M2000000c,4:07010008", "OK");
    ask(c, "Me000ed08,4:00000020", "OK"); /* the vector table is in RAM now */
    monitor_says(c, "catch faults on", ": on");
    ask(c, "c", "T0bthread:1;");
    g_assert_cmphex(pc(b), ==, CODE + 6);
    monitor_says(c, "faults", "HardFault, escalated to HardFault");
    monitor_says(c, "faults", "PRECISERR");
    monitor_says(c, "faults", "the address was 0x30000000");
    monitor_says(c, "faults", "at 0x08000104 (bootloader)");
    monitor_says(c, "why", "busfault at 0x08000104");
    client_free(c);
    bench_free(b);
}

/* The core locks up: that is told, and can be looked at and reset. */
static void lockup(void)
{
    static const uint16_t code[] = {0xDE00}; // udf, and the vectors lead nowhere
    struct bench *b = bench_new(code, sizeof code);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    ask(c, "c", "T06thread:1;");
    monitor_says(c, "why", "locked up");
    monitor_says(c, "reset halt", "PC 0x08000100");
    ask_prefix(c, "s", "T0");
    client_free(c);
    bench_free(b);
}

static void monitors(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    gdb_server_wait(b->server);
    struct client *c = client_new(b);
    ask(c, "?", "T05thread:1;");
    static const struct {
        const char *command, *part;
    } cases[] = {
        {"", "help "},
        {"help", "reset [halt|run]"},
        {"nonsense", "\"nonsense\" is no command"},
        {"re", "\"re\" begins several commands"},
        {"tim", "0.000000000 s of virtual time, 0 instructions"},
        {"reset sideways", "not \"sideways\""},
        {"power off", "power cycle"},
        {"power cycle", "the power was cut"},
        {"press nothing", "no input \"nothing\""},
        {"input D3", "NAME=VALUE"},
        {"input D3=purple", "cannot be \"purple\""},
        {"regs", "RCC"},
        {"regs rcc cr", "HSION"},
        {"regs rcc xx", "RCC has no register XX"},
        {"regs xx", "no peripheral \"XX\""},
        {"modules", "bootloader"},
        {"events 0", "not \"0\""},
        {"events 100", "power on=true"},
        {"speed fast", "a factor"},
        {"speed 2", "at most 2 times"},
        {"speed max", "as fast as it goes"},
        {"load nowhere", "nothing was saved as \"nowhere\""},
        {"save", "saved as \"default\""},
        {"interrupts maybe", "neither on nor off"},
        {"interrupts on", ": on"},
        {"interrupts off", ": off"},
        {"threads", "no FreeRTOS kernel"},
        {"led", "no LED"},
        {"pins", "no pin"},
        {"semihosting", ": on"},
        {"until", "such as 1.5s"},
        {"until soon", "such as 1.5s"},
        {"until 0s", "has passed"},
        {"until 50ms", "it stops then"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        monitor_says(c, cases[i].command, cases[i].part);
    g_assert_cmpuint(b->power_cycles, ==, 1);
    send_packet(c, "s");
    expect(c, "T05thread:1;");
    g_assert_cmphex(pc(b), ==, LOOP);
    monitor_says(c, "load", "0 instructions");
    g_assert_cmphex(pc(b), ==, CODE);
    g_assert_cmpuint(b->replugs, ==, 1);
    g_autofree char *pressed = monitor(c, "press");
    g_assert_cmpstr(pressed, ==, "");
    monitor_says(c, "events 1", "input name=setup value=pressed");
    client_free(c);
    bench_free(b);
}

/* Over TCP, at a port of the system's choice. */
static void listening(void)
{
    struct bench *b = bench_new(counting, sizeof counting);
    static const char *const bad[] = {"", "x", "70000", "-1", "127.0.0.1:", ":1", "127.0.0.1:x", "no.such.host.invalid:1"};
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(gdb_server_listen(b->server, bad[i], &error));
        g_assert_nonnull(strstr(error->message, "--gdb"));
    }
    g_autoptr(GError) error = NULL;
    g_assert_true(gdb_server_listen(b->server, "127.0.0.1:0", &error));
    g_assert_cmpuint(gdb_server_port(b->server), >, 0);
    struct bench *other = bench_new(counting, sizeof counting);
    g_autofree char *taken = g_strdup_printf("%u", gdb_server_port(b->server));
    g_assert_false(gdb_server_listen(other->server, taken, &error));
    bench_free(other);
    bench_free(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gdb-server/attach", attach);
    g_test_add_func("/gdb-server/waiting", waiting);
    g_test_add_func("/gdb-server/acknowledgements", acknowledgements);
    g_test_add_func("/gdb-server/registers-and-memory", registers_and_memory);
    g_test_add_func("/gdb-server/flash", flash);
    g_test_add_func("/gdb-server/documents", documents);
    g_test_add_func("/gdb-server/stops", stops);
    g_test_add_func("/gdb-server/watchpoints", watchpoints);
    g_test_add_func("/gdb-server/two-clients", two_clients);
    g_test_add_func("/gdb-server/restart-and-kill", restart_and_kill);
    g_test_add_func("/gdb-server/semihosting", semihosting);
    g_test_add_func("/gdb-server/bkpt", bkpt);
    g_test_add_func("/gdb-server/faults", faults);
    g_test_add_func("/gdb-server/lockup", lockup);
    g_test_add_func("/gdb-server/monitors", monitors);
    g_test_add_func("/gdb-server/listening", listening);
    return g_test_run();
}
