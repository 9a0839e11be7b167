/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/bcm43362/internal.h"
#include "tests/unit/card-bench.h"

enum { CONTROL, EVENT, DATA };
enum { CREDIT = 9, ERROR = 1 };

/* Nothing queued: zeros, whatever the length. */
static void empty(void)
{
    struct machine *m = card_bench();
    uint8_t bytes[256];
    card_start(m);
    memset(bytes, 0xEE, sizeof bytes);
    bytes_read(m, 2, 0, bytes, 4);
    g_assert_cmphex(get32(bytes), ==, 0);
    bytes_read(m, 2, 0, bytes, 200);
    for (unsigned i = 0; i < 200; i++)
        g_assert_cmphex(bytes[i], ==, 0);
    g_assert_cmphex(byte_read(m, 2, 0), ==, 0);
    machine_free(m);
}

static void command_and_answer(void)
{
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX], value[4] = {1, 0, 0, 0};
    card_start(m);
    variable_write(m, 0, "apsta", value, 4);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    clear_interrupt(m);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    g_assert_cmpuint(frame_read(m, frame), ==, 28); /* of a set: the header alone */
    g_assert_cmphex(frame[5] & 0xF, ==, CONTROL);
    g_assert_cmpuint(frame[7], ==, 12);
    g_assert_cmpuint(frame[8], ==, 0);
    g_assert_cmpuint(get32(frame + 12), ==, 263);
    g_assert_cmpuint(get32(frame + 16), ==, 0);
    g_assert_cmphex(get32(frame + 20), ==, CDC_SET);
    g_assert_cmpint((int32_t)get32(frame + 24), ==, 0);
    g_assert_cmpuint(frame_read(m, frame), ==, 0);
    /* a get: as many bytes as were sent, the value first, number and interface as they were */
    ioctl_write(m, 1, 262, 0, 0xBEEF, "cur_etheraddr\0junk", 19);
    g_assert_cmpuint(frame_read(m, frame), ==, 28 + 19);
    g_assert_cmphex(get32(frame + 20), ==, 0xBEEF0000);
    g_assert_cmpmem(frame + 28, 6, card_mac, 6);
    for (unsigned i = 6; i < 19; i++)
        g_assert_cmphex(frame[28 + i], ==, 0);
    /* an error */
    ioctl_write(m, 2, 262, 0x3000, 0x1234, "no_such_thing", 14);
    g_assert_cmpuint(frame_read(m, frame), ==, 28 + 14);
    g_assert_cmphex(get32(frame + 20), ==, 0x12343000 | ERROR);
    g_assert_cmpint((int32_t)get32(frame + 24), ==, -23);
    machine_free(m);
}

/* Lengths that lie get an error and touch nothing behind the frame. */
static void lying_commands(void)
{
    static const uint32_t lengths[] = {13, 25, 2012, 0x7FFFFFFF, 0xFFFFFFFF};
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX], payload[28] = {0};
    card_start(m);
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        put32(payload, 262);
        put32(payload + 4, lengths[i]);
        frame_write(m, (uint8_t)i, CONTROL, 12, payload, sizeof payload);
        g_assert_cmpuint(frame_read(m, frame), ==, 28);
        g_assert_cmphex(get32(frame + 20), ==, ERROR);
        g_assert_cmpint((int32_t)get32(frame + 24), ==, -24);
    }
    /* the longest that there can be */
    uint8_t data[FRAME_MAX] = "cur_etheraddr";
    ioctl_write(m, 9, 262, 0, 1, data, FRAME_MAX - 28);
    g_assert_cmpuint(frame_read(m, frame), ==, FRAME_MAX);
    g_assert_cmpmem(frame + 28, 6, card_mac, 6);
    machine_free(m);
}

static void malformed(void)
{
    static const struct {
        uint16_t length, complement;
        uint8_t channel, header;
        uint16_t sent;
        const char *text;
    } frames[] = {
        {28, 0xFFE3, 0, 12, 8, "shorter than an SDPCM header"},
        {0, 0xFFFF, 0, 12, 64, "header length out of range"},
        {28, 0xFFE2, 0, 12, 28, "length and its complement differ"},
        {0xFFFF, 0, 0, 12, 64, "length beyond what was written"},
        {2048 + 64, 0xF7BF, 0, 12, 2048 + 64, "length beyond what was written"}, /* more than is kept */
        {28, 0xFFE3, 0, 11, 28, "header length out of range"},
        {28, 0xFFE3, 0, 29, 28, "header length out of range"},
        {28, 0xFFE3, 0, 255, 28, "header length out of range"},
        {28, 0xFFE3, 0, 28, 28, "control frame without its CDC header"},
        {27, 0xFFE4, 0, 12, 27, "control frame without its CDC header"},
        {28, 0xFFE3, 1, 12, 28, "unknown channel"},
        {28, 0xFFE3, 15, 12, 28, "unknown channel"},
        {15, 0xFFF0, 2, 12, 15, "data frame without its BDC header"},
        {28, 0xFFE3, 2, 12, 28, "data frame of a length that Ethernet does not have"},
        {12 + 4 + 1515, (uint16_t) ~(12 + 4 + 1515), 2, 12, 12 + 4 + 1515,
         "data frame of a length that Ethernet does not have"},
    };
    struct machine *m = card_bench();
    struct heard heard = {.op = "dropped"};
    uint8_t frame[2 * FRAME_MAX];
    machine_subscribe(m, hear, &heard);
    card_start(m);
    for (unsigned i = 0; i < G_N_ELEMENTS(frames); i++) {
        memset(frame, 0, sizeof frame);
        put16(frame, frames[i].length);
        put16(frame + 2, frames[i].complement);
        frame[5] = frames[i].channel;
        frame[7] = frames[i].header;
        bytes_write(m, 2, 0, frame, frames[i].sent);
        g_assert_cmpuint(heard.count, ==, i + 1);
        g_assert_cmpstr(heard.text, ==, frames[i].text);
    }
    put16(frame, 12 + 4 + 60);
    put16(frame + 2, ~(12u + 4 + 60));
    frame[5] = 2;
    frame[7] = 12;
    frame[14] = 2; /* interface */
    bytes_write(m, 2, 0, frame, 12 + 4 + 60);
    g_assert_cmpstr(heard.text, ==, "data frame for an interface that there is not");
    frame[14] = 0;
    frame[15] = 255; /* data offset */
    bytes_write(m, 2, 0, frame, 12 + 4 + 60);
    g_assert_cmpstr(heard.text, ==, "data frame of a length that Ethernet does not have");
    unsigned before = heard.count;
    g_assert_cmphex(direct(m, true, 2, 0, 0x55), ==, R5_OK | 0x55); /* one byte */
    g_assert_cmpuint(heard.count, ==, before + 1);
    /* a frame that is given up is none, and hurts none */
    g_assert_cmphex(extended(m, true, 2, true, true, 0, 4), ==, R5_OK);
    g_assert_true(bcm43362_card_ops.data_write(wlan(m), frame, 64));
    byte_write(m, 0, 0x06, 2);
    byte_write(m, 1, 0x1000D, 2);
    g_assert_cmpuint(heard.count, ==, before + 1);
    uint8_t value[4] = {1};
    variable_write(m, 0, "apsta", value, 4);
    g_assert_cmpuint(heard.count, ==, before + 1);
    machine_free(m);
}

/* The credit of a frame, accepted as the host does: a step of more than seven is lost for ever. */
static void take_credit(uint8_t *accepted, const uint8_t *frame)
{
    uint8_t step = (uint8_t)(frame[CREDIT] - *accepted);
    g_assert_cmpuint(step, <=, 7);
    *accepted = frame[CREDIT];
}

static void credits(void)
{
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX], accepted = 1, sequence = 0, value[4] = {1};
    card_start(m);
    /* a poke before anything else, and after the first command */
    core_byte_write(m, CORE_MAILBOX, 8);
    g_assert_cmpuint(frame_read(m, frame), ==, 12);
    g_assert_cmpuint(frame[7], ==, 12);
    take_credit(&accepted, frame);
    variable_write(m, sequence++, "apsta", value, 4);
    core_byte_write(m, CORE_MAILBOX, 8);
    g_assert_cmpuint(frame_read(m, frame), ==, 28);
    take_credit(&accepted, frame);
    g_assert_cmpuint(frame_read(m, frame), ==, 12);
    take_credit(&accepted, frame);
    g_assert_cmpuint(frame_read(m, frame), ==, 0);
    /* three times around with commands */
    for (unsigned i = 0; i < 700; i++) {
        g_assert_cmpuint(sequence, !=, accepted);
        variable_write(m, sequence++, "apsta", value, 4);
        g_assert_cmpuint(frame_read(m, frame), ==, 28);
        take_credit(&accepted, frame);
    }
    /* and with data alone: fresh credit comes by itself, before the host is out of it */
    uint8_t payload[4 + 60] = {0x20};
    for (unsigned i = 0; i < 700; i++) {
        g_assert_cmpuint(sequence, !=, accepted);
        frame_write(m, sequence++, DATA, 14, payload, sizeof payload);
        for (unsigned n = 0; sequence == accepted || (i % 3 == 0 && n < 4); n++) {
            if (frame_read(m, frame) == 0)
                break;
            take_credit(&accepted, frame);
        }
    }
    machine_free(m);
}

/* As far as the host goes without reading, it stops with what it may send. */
static void credit_window(void)
{
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX], accepted = 1, sequence = 0, payload[4 + 60] = {0x20};
    card_start(m);
    for (unsigned round = 0; round < 100; round++) {
        unsigned sent = 0;
        for (; sequence != accepted; sent++)
            frame_write(m, sequence++, DATA, 14, payload, sizeof payload);
        g_assert_cmpuint(sent, <=, 7);
        g_assert_cmpuint(round == 0 || sent >= 4, ==, 1);
        core_byte_write(m, CORE_MAILBOX, 8);
        while (frame_read(m, frame) > 0)
            take_credit(&accepted, frame);
    }
    machine_free(m);
}

static void events(void)
{
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX];
    card_start(m);
    struct wlan_event event = {.type = 0x11223344,
                               .status = 8,
                               .reason = 15,
                               .auth = 4,
                               .flags = 1,
                               .interface = 1,
                               .address = {2, 3, 4, 5, 6, 7},
                               .data = "data",
                               .length = 4};
    sdpcm_event(wlan(m), &event);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1);
    g_assert_cmpuint(frame_read(m, frame), ==, 12 + 4 + 72 + 4);
    g_assert_cmpuint(frame[5], ==, EVENT);
    const uint8_t *e = frame + frame[7] + 4;
    g_assert_cmphex(frame[frame[7]], ==, 0x20);
    g_assert_cmpmem(e, 6, card_mac, 6);
    g_assert_cmpmem(e + 6, 6, card_mac, 6);
    g_assert_cmpmem(e + 12, 16, "\x88\x6C\x80\x01\x00\x3A\x00\x00\x10\x18\x00\x01\x00\x02\x00\x01", 16);
    g_assert_cmpmem(e + 28, 20, "\x11\x22\x33\x44\0\0\0\x08\0\0\0\x0F\0\0\0\x04\0\0\0\x04", 20);
    g_assert_cmpmem(e + 48, 6, event.address, 6);
    g_assert_cmpstr((const char *)e + 54, ==, "wl0");
    g_assert_cmpuint(e[70], ==, 1);
    g_assert_cmpmem(e + 72, 4, "data", 4);
    /* more than the queue holds: what does not fit is told, what fits is whole */
    struct heard heard = {.op = "dropped"};
    machine_subscribe(m, hear, &heard);
    uint8_t much[1024] = {0};
    event.data = much;
    event.length = sizeof much;
    unsigned queued = 0, read = 0;
    for (; heard.count == 0; queued++)
        sdpcm_event(wlan(m), &event);
    while (frame_read(m, frame) == 12 + 4 + 72 + sizeof much)
        read++;
    g_assert_cmpuint(read, >=, 20);
    g_assert_cmpuint(read, ==, queued - 1);
    machine_free(m);
}

/* The host has no buffer: it reads twelve bytes, gives the frame up, and comes back for the next. */
static void abort_read(void)
{
    struct machine *m = card_bench();
    uint8_t frame[FRAME_MAX], value[4] = {1};
    card_start(m);
    for (uint8_t i = 0; i < 3; i++)
        variable_write(m, i, "apsta", value, 4);
    clear_interrupt(m);
    bytes_read(m, 2, 0, frame, 4);
    bytes_read(m, 2, 0, frame + 4, 8);
    g_assert_cmphex(byte_read(m, 1, 0x1001B) | byte_read(m, 1, 0x1001C) << 8, ==, 16);
    byte_write(m, 0, 0x06, 2);
    byte_write(m, 1, 0x1000D, 1);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 1); /* there are others */
    g_assert_cmpuint(frame_read(m, frame), ==, 28);
    g_assert_cmpuint(get32(frame + 20) >> 16, ==, 1);
    /* with no frame begun there is nothing to give up */
    byte_write(m, 1, 0x1000D, 1);
    g_assert_cmpuint(frame_read(m, frame), ==, 28);
    g_assert_cmpuint(get32(frame + 20) >> 16, ==, 2);
    clear_interrupt(m);
    byte_write(m, 1, 0x1000D, 1);
    g_assert_cmpuint(probe_level(m, DAT1), ==, 0);
    machine_free(m);
}

/* Random frames, most of them nearly right. */
static void random_frames(void)
{
    struct machine *m = card_bench();
    uint64_t noise = 2;
    uint8_t frame[4096], answer[FRAME_MAX];
    card_start(m);
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t dice = noise_next(&noise);
        uint32_t length = dice % 64 == 0 ? dice >> 8 & 0xFFF : dice >> 8 & 0xFF;
        for (unsigned i = 0; i < length; i += 8) {
            uint64_t bytes = noise_next(&noise);
            memcpy(frame + i, &bytes, 8);
        }
        if (length >= 28 && dice % 8 != 0) {
            put16(frame, length);
            put16(frame + 2, ~length);
            frame[5] &= 3;
            frame[7] = dice % 16 == 1 ? frame[7] : 12;
            if (dice % 4 != 0) { /* a command, perhaps a variable */
                put32(frame + 12, dice >> 40 & 1 ? 262 + (dice >> 41 & 1) : dice >> 42 & 0x1FF);
                put32(frame + 16, length - 28 + (dice % 32 == 2));
                static const char *const names[] = {"escan", "join", "bss", "bsscfg:event_msgs", "mcast_list", "country"};
                const char *name = names[dice >> 50 & 3];
                if (length >= 28 + 20 && dice % 3 != 0)
                    memcpy(frame + 28, name, strlen(name) + 1);
            }
        }
        bytes_write(m, 2, 0, frame, length);
        for (unsigned i = 0; i < (dice >> 56 & 3); i++)
            frame_read(m, answer);
        if (dice % 16 == 5)
            pass(m, TICKS_PER_MS * (dice >> 20 & 63));
    }
    while (frame_read(m, answer) > 0)
        ;
    probe_set(m, REG_ON, 0);
    card_start(m);
    ioctl_write(m, 0, 262, 0, 1, "cur_etheraddr", 14);
    g_assert_cmpuint(frame_read(m, answer), ==, 28 + 14);
    g_assert_cmpmem(answer + 28, 6, card_mac, 6);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/bcm43362/sdpcm/empty", empty);
    g_test_add_func("/bcm43362/sdpcm/command", command_and_answer);
    g_test_add_func("/bcm43362/sdpcm/lying-commands", lying_commands);
    g_test_add_func("/bcm43362/sdpcm/malformed", malformed);
    g_test_add_func("/bcm43362/sdpcm/credits", credits);
    g_test_add_func("/bcm43362/sdpcm/credit-window", credit_window);
    g_test_add_func("/bcm43362/sdpcm/events", events);
    g_test_add_func("/bcm43362/sdpcm/abort", abort_read);
    g_test_add_func("/bcm43362/sdpcm/random", random_frames);
    return g_test_run();
}
