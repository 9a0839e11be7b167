/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bench for the radio as its host's driver meets it: commands and data blocks on the SDIO bus. */
#ifndef TESTS_UNIT_CARD_BENCH_H
#define TESTS_UNIT_CARD_BENCH_H

#include <string.h>

#include "peripherals/bcm43362/bcm43362.h"
#include "peripherals/bcm43362/bytes.h"
#include "peripherals/stm32f2/gpio.h"
#include "tests/unit/device-test.h"

enum { REG_ON = 0 };                  /* outputs of the probe */
enum { DAT1 = 0, OOB = 1, HOST = 2 }; /* inputs */
enum { R5_OK = 0x1000, R5_ERROR = 0x0800, R5_FUNCTION = 0x0200, R5_RANGE = 0x0100 };
enum { BLOCK = 64, FRAME_MAX = 1544 };

static const uint8_t card_mac[6] = {0x6C, 0x0B, 0x84, 0x12, 0x34, 0x56};

static inline struct device *wlan(struct machine *m)
{
    return machine_device(m, "WLAN");
}

/* ---- commands ---- */

static inline enum sdio_response card_command(struct machine *m, uint32_t index, uint32_t argument, uint32_t *response)
{
    uint32_t words[4] = {0};
    enum sdio_response kind = bcm43362_card_ops.command(wlan(m), index, argument, words);
    *response = words[0];
    return kind;
}

static inline uint32_t direct(struct machine *m, bool write, unsigned function, uint32_t address, uint8_t byte)
{
    uint32_t response, argument = (uint32_t)write << 31 | function << 28 | address << 9 | byte;
    g_assert_cmpint(card_command(m, 52, argument, &response), ==, SDIO_RESPONSE_OK);
    return response;
}

static inline uint8_t byte_read(struct machine *m, unsigned function, uint32_t address)
{
    uint32_t response = direct(m, false, function, address, 0);
    g_assert_cmphex(response & ~0xFFu, ==, R5_OK);
    return (uint8_t)response;
}

static inline void byte_write(struct machine *m, unsigned function, uint32_t address, uint8_t byte)
{
    g_assert_cmphex(direct(m, true, function, address, byte), ==, R5_OK | byte);
}

static inline uint32_t extended(struct machine *m, bool write, unsigned function, bool blocks, bool increment, uint32_t address,
                                uint32_t count)
{
    uint32_t response, argument = (uint32_t)write << 31 | function << 28 | (uint32_t)blocks << 27 | (uint32_t)increment << 26 |
                                  address << 9 | count;
    g_assert_cmpint(card_command(m, 53, argument, &response), ==, SDIO_RESPONSE_OK);
    return response;
}

/* As the driver does it: fewer than 64 bytes in byte mode, rounded up to a power of two; else in blocks. */
static inline uint32_t padded(uint32_t length)
{
    uint32_t n = 4;
    while (n < length && n < BLOCK)
        n *= 2;
    return length < BLOCK ? n : (length + BLOCK - 1) / BLOCK * BLOCK;
}

static inline void bytes_write(struct machine *m, unsigned function, uint32_t address, const void *data, uint32_t length)
{
    uint32_t total = padded(length), block = MIN(total, BLOCK);
    g_autofree uint8_t *junk = g_malloc(total);
    memset(junk, 0xA5, total);
    if (length > 0)
        memcpy(junk, data, length);
    g_assert_cmphex(extended(m, true, function, length >= BLOCK, true, address, length >= BLOCK ? total / BLOCK : total), ==,
                    R5_OK);
    for (uint32_t i = 0; i < total; i += block)
        g_assert_true(bcm43362_card_ops.data_write(wlan(m), junk + i, block));
}

static inline void bytes_read(struct machine *m, unsigned function, uint32_t address, void *data, uint32_t length)
{
    uint32_t total = padded(length), block = MIN(total, BLOCK);
    g_autofree uint8_t *all = g_malloc(total);
    g_assert_cmphex(extended(m, false, function, length >= BLOCK, true, address, length >= BLOCK ? total / BLOCK : total), ==,
                    R5_OK);
    for (uint32_t i = 0; i < total; i += block)
        g_assert_true(bcm43362_card_ops.data_read(wlan(m), all + i, block));
    memcpy(data, all, length);
}

/* ---- behind the window ---- */

static inline void set_window(struct machine *m, uint32_t address)
{
    byte_write(m, 1, 0x1000C, (uint8_t)(address >> 24));
    byte_write(m, 1, 0x1000B, (uint8_t)(address >> 16));
    byte_write(m, 1, 0x1000A, (uint8_t)(address >> 8 & 0x80));
}

static inline uint32_t core_read(struct machine *m, uint32_t address)
{
    uint8_t bytes[4];
    set_window(m, address);
    bytes_read(m, 1, address & 0x7FFF, bytes, 4);
    return get32(bytes);
}

static inline void core_write(struct machine *m, uint32_t address, uint32_t value)
{
    uint8_t bytes[4];
    put32(bytes, value);
    set_window(m, address);
    bytes_write(m, 1, address & 0x7FFF, bytes, 4);
}

static inline uint8_t core_byte_read(struct machine *m, uint32_t address)
{
    set_window(m, address);
    return byte_read(m, 1, address & 0x7FFF);
}

static inline void core_byte_write(struct machine *m, uint32_t address, uint8_t value)
{
    set_window(m, address);
    byte_write(m, 1, address & 0x7FFF, value);
}

enum { CORE_STATUS = 0x18002020, CORE_MASK = 0x18002024, CORE_MAILBOX = 0x18002040, FRAME_INDICATION = 0x40 };
enum { ARM_IOCTRL = 0x18103408, ARM_RESETCTRL = 0x18103800, SOCRAM_IOCTRL = 0x18104408, SOCRAM_RESETCTRL = 0x18104800 };

/* ---- a radio ---- */

static inline struct machine *card_bench(void)
{
    struct machine *m = bench_new();
    struct device *dev = machine_add_device(m, &bcm43362_class, "WLAN", 0, NULL);
    machine_connect(m, "probe.out0", "WLAN.reg_on");
    machine_connect(m, "WLAN.dat1", "probe.in0");
    machine_connect(m, "WLAN.oob", "probe.in1");
    machine_connect(m, "WLAN.host", "probe.in2");
    machine_seal(m);
    bcm43362_set_mac(dev, card_mac);
    machine_power_on(m);
    return m;
}

/* Power, CMD0, CMD5, CMD3, CMD7: selected. */
static inline void card_select(struct machine *m)
{
    uint32_t response;
    probe_set(m, REG_ON, 1);
    g_assert_cmpint(card_command(m, 0, 0, &response), ==, SDIO_NO_RESPONSE);
    g_assert_cmpint(card_command(m, 5, 0, &response), ==, SDIO_RESPONSE_NO_CRC);
    g_assert_cmpint(card_command(m, 3, 0, &response), ==, SDIO_RESPONSE_OK);
    g_assert_cmphex(response, ==, 0x00010000);
    g_assert_cmpint(card_command(m, 7, response, &response), ==, SDIO_RESPONSE_OK);
}

/* What follows: both functions on, block sizes and interrupts set up. */
static inline void card_set_up(struct machine *m)
{
    card_select(m);
    byte_write(m, 0, 0x10, BLOCK);
    byte_write(m, 0, 0x110, BLOCK);
    byte_write(m, 0, 0x210, BLOCK);
    byte_write(m, 0, 0x02, 0x06);
    byte_write(m, 0, 0x04, 0x05);
}

/* And the firmware downloaded and started. */
static inline void card_start(struct machine *m)
{
    static const uint8_t program[1024];
    card_set_up(m);
    core_byte_write(m, ARM_RESETCTRL, 1);
    set_window(m, 0);
    bytes_write(m, 1, 0, program, sizeof program);
    core_byte_write(m, ARM_RESETCTRL, 0);
    core_write(m, CORE_MASK, 0xF0);
    core_byte_write(m, 0x18002034, 2);
    byte_write(m, 1, 0x10008, 8);
}

/* ---- function 2 ---- */

/* The next frame as the driver reads it: four bytes, then the rest. 0: there is none. */
static inline uint32_t frame_read(struct machine *m, uint8_t frame[FRAME_MAX])
{
    bytes_read(m, 2, 0, frame, 4);
    uint32_t length = get16(frame);
    if (length == 0)
        return 0;
    g_assert_cmphex(length ^ get16(frame + 2), ==, 0xFFFF);
    g_assert_cmpuint(length, <=, FRAME_MAX);
    if (length > 4)
        bytes_read(m, 2, 0, frame + 4, length - 4);
    return length;
}

/* Send a payload; header: length of the SDPCM header. */
static inline void frame_write(struct machine *m, uint8_t sequence, uint8_t channel, uint8_t header, const void *payload,
                               uint32_t length)
{
    uint8_t frame[FRAME_MAX + 256] = {0};
    put16(frame, header + length);
    put16(frame + 2, ~(header + length));
    frame[4] = sequence;
    frame[5] = channel;
    frame[7] = header;
    if (length > 0)
        memcpy(frame + header, payload, length);
    bytes_write(m, 2, 0, frame, header + length);
}

enum { CDC_SET = 2 };

/* A command; id 16 bits. */
static inline void ioctl_write(struct machine *m, uint8_t sequence, uint32_t cmd, uint32_t flags, uint16_t id, const void *data,
                               uint32_t length)
{
    uint8_t payload[FRAME_MAX] = {0};
    put32(payload, cmd);
    put32(payload + 4, length);
    put32(payload + 8, flags | (uint32_t)id << 16);
    if (length > 0)
        memcpy(payload + 16, data, length);
    frame_write(m, sequence, 0, 12, payload, 16 + length);
}

/* Set a variable. */
static inline void variable_write(struct machine *m, uint8_t sequence, const char *name, const void *value, uint32_t length)
{
    uint8_t data[512];
    uint32_t n = (uint32_t)strlen(name) + 1;
    memcpy(data, name, n);
    memcpy(data + n, value, length);
    ioctl_write(m, sequence, 263, CDC_SET, sequence, data, n + length);
}

static inline void clear_interrupt(struct machine *m)
{
    core_write(m, CORE_STATUS, core_read(m, CORE_STATUS));
}

/* ---- events ---- */

/* How many "wifi" events of an op there were, and the last one's text. */
struct heard {
    const char *op;
    unsigned count;
    char text[80];
};

static inline void hear(const struct event *event, void *data)
{
    struct heard *heard = data;
    if (strcmp(event->kind, "wifi") != 0 || strcmp(event_field(event, "op")->string, heard->op) != 0)
        return;
    heard->count++;
    const struct event_field *text = event_field(event, "text");
    g_strlcpy(heard->text, text != NULL ? text->string : "", sizeof heard->text);
}

#endif
