/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "peripherals/stm32f2/dma.h"
#include "peripherals/stm32f2/sdio.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40012C00,
    POWER = BASE,
    CLKCR = BASE + 4,
    ARG = BASE + 8,
    CMD = BASE + 12,
    RESPCMD = BASE + 16,
    RESP1 = BASE + 20
};
enum {
    DTIMER = BASE + 0x24,
    DLEN = BASE + 0x28,
    DCTRL = BASE + 0x2C,
    DCOUNT = BASE + 0x30,
    STA = BASE + 0x34,
    ICR = BASE + 0x38
};
enum { MASK = BASE + 0x3C, FIFOCNT = BASE + 0x48, FIFO = BASE + 0x80, DMA = 0x40026400, RAM = 0x20000000 };
enum { CLKEN = 256, BYPASS = 1024, WIDE4 = 2048, WIDE8 = 4096, HWFC = 1 << 14 };
enum { SHORT = 64, LONG = 192, CPSMEN = 1024 };
enum { DTEN = 1, READ = 2, STREAM = 4, DMAEN = 8, SDIOEN = 2048 };
enum { CCRCFAIL = 1, DCRCFAIL = 2, CTIMEOUT = 4, DTIMEOUT = 8, TXUNDERR = 16, RXOVERR = 32, CMDREND = 64, CMDSENT = 128 };
enum {
    DATAEND = 256,
    DBCKEND = 1024,
    CMDACT = 1 << 11,
    TXACT = 1 << 12,
    RXACT = 1 << 13,
    TXFIFOHE = 1 << 14,
    RXFIFOHF = 1 << 15
};
enum { TXFIFOF = 1 << 16, RXFIFOF = 1 << 17, TXFIFOE = 1 << 18, RXFIFOE = 1 << 19, TXDAVL = 1 << 20, RXDAVL = 1 << 21 };
enum { SDIOIT = 1 << 22 };
enum { SDIOCLK = 48000000 };
static const ticks_t CK = TICKS_PER_SECOND / (SDIOCLK / 2); /* CLKDIV 0 */

/* Lengths that the host keeps, in SDIO_CK cycles; see sdio.c. */
enum { ACCESS = 8, WRITE_DELAY = 2, START_BIT = 1, BLOCK_END = 17, CRC_STATUS = 7 };

enum { LINE_IRQ = 0, LINE_DMA, LINE_DMA_END, LINE_DMA_IRQ };

/* A card: answers as told; reads count up; what is written is kept. */
struct card {
    uint32_t index, argument, response[4];
    unsigned commands, blocks;
    enum sdio_response kind;
    size_t lengths[64];
    unsigned readable; /* blocks left to read */
    bool refuses;
    uint8_t next;
    uint8_t written[4096];
    size_t n_written;
};

static const char *const card_outputs[] = {"irq"};
static const struct device_class card_class = {
    .name = "card", .state_size = sizeof(struct card), .n_outputs = 1, .output_names = card_outputs};

static enum sdio_response card_command(struct device *dev, uint32_t index, uint32_t argument, uint32_t response[4])
{
    struct card *c = dev->state;
    c->index = index;
    c->argument = argument;
    c->commands++;
    memcpy(response, c->response, sizeof c->response);
    return c->kind;
}

static bool card_write(struct device *dev, const uint8_t *data, size_t length)
{
    struct card *c = dev->state;
    g_assert_cmpuint(c->n_written + length, <=, sizeof c->written);
    memcpy(c->written + c->n_written, data, length);
    c->n_written += length;
    c->lengths[c->blocks++ % 64] = length;
    return !c->refuses;
}

static bool card_read(struct device *dev, uint8_t *data, size_t length)
{
    struct card *c = dev->state;
    if (c->readable == 0)
        return false;
    c->readable--;
    for (size_t i = 0; i < length; i++)
        data[i] = c->next++;
    c->lengths[c->blocks++ % 64] = length;
    return true;
}

static const struct sdio_card_ops ops = {card_command, card_write, card_read};
static const struct stm32f2_sdio_config config = {&ops, "card"};
static const struct stm32f2_dma_config dma2 = {.memory_to_memory = true};

/* With a card or an empty slot, with a DMA stream on the request or without; on, at 24 MHz and one wire. */
static struct machine *bench_with(const struct stm32f2_sdio_config *slot, bool stream)
{
    struct machine *m = bench_new();
    machine_add_ram(m, "SRAM", RAM, 0x2000);
    machine_add_device(m, &stm32f2_sdio_class, "SDIO", BASE, slot);
    machine_add_device(m, &card_class, "card", 0, NULL);
    machine_add_device(m, &stm32f2_dma_class, "DMA2", DMA, &dma2);
    machine_connect(m, "card.irq", "SDIO.irq");
    machine_connect(m, "SDIO.irq", "probe.in0");
    machine_connect(m, "SDIO.dma", "probe.in1");
    machine_connect(m, "SDIO.dma_end", "probe.in2");
    if (stream) {
        machine_connect(m, "SDIO.dma", "DMA2.s3.c4");
        machine_connect(m, "SDIO.dma_end", "DMA2.s3.end");
    }
    machine_connect(m, "DMA2.irq3", "probe.in3");
    machine_connect_clock(m, "HCLK", "DMA2.bus");
    machine_connect_clock(m, "PCLK2", "SDIO.bus");
    machine_connect_clock(m, "PLL48CLK", "SDIO.sdio");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(60000000));
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(SDIOCLK));
    reg_write(m, POWER, 3);
    reg_write(m, CLKCR, CLKEN);
    return m;
}

static struct machine *bench(void)
{
    struct machine *m = bench_with(&config, false);
    struct card *c = machine_device(m, "card")->state;
    c->kind = SDIO_RESPONSE_OK;
    return m;
}

static struct card *card(struct machine *m)
{
    return machine_device(m, "card")->state;
}

static void card_irq(struct machine *m, uint32_t level)
{
    device_set_level(machine_device(m, "card"), 0, level);
}

static void transfer(struct machine *m, uint32_t length, uint32_t dctrl)
{
    reg_write(m, DTIMER, 0xFFFFFFFF);
    reg_write(m, DLEN, length);
    reg_write(m, DCTRL, dctrl | DTEN);
}

static uint32_t block_size(unsigned log2)
{
    return log2 << 4;
}

static void reset_values(void)
{
    struct machine *m = bench();
    reg_write(m, MASK, SDIOIT);
    reg_write(m, DCTRL, SDIOEN);
    card_irq(m, 1);
    reg_write(m, CMD, CPSMEN | SHORT);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    machine_power_on(m);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    for (uint32_t offset = 0; offset <= 0x3C; offset += 4)
        g_assert_cmphex(reg_read(m, BASE + offset), ==, 0);
    g_assert_cmphex(reg_read(m, FIFOCNT), ==, 0);
    pass(m, 1000 * CK);
    g_assert_cmpuint(card(m)->commands, ==, 0);
    static const struct {
        uint32_t address, mask;
    } rows[] = {{POWER, 3}, {CLKCR, 0x7FFF}, {DLEN, 0x1FFFFFF}, {MASK, 0xFFFFFF}, {DTIMER, 0xFFFFFFFF}, {ARG, 0xFFFFFFFF}};
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        reg_write(m, rows[i].address, 0xFFFFFFFF);
        g_assert_cmphex(reg_read(m, rows[i].address), ==, rows[i].mask);
    }
    machine_free(m);
}

static void command(void)
{
    struct machine *m = bench();
    card(m)->response[0] = 0x1234ABCD;
    reg_write(m, MASK, CMDREND);
    reg_write(m, ARG, 0x9F000A00);
    reg_write(m, CMD, 52 | SHORT); /* not without CPSMEN */
    pass(m, 1000 * CK);
    g_assert_cmpuint(card(m)->commands, ==, 0);
    reg_write(m, CMD, 52 | SHORT | CPSMEN);
    pass(m, 48 * CK - 1);
    g_assert_cmpuint(card(m)->commands, ==, 0);
    pass(m, 1);
    g_assert_cmpuint(card(m)->commands, ==, 1);
    g_assert_cmpuint(card(m)->index, ==, 52);
    g_assert_cmphex(card(m)->argument, ==, 0x9F000A00);
    pass(m, 48 * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDREND);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, RESP1), ==, 0x1234ABCD);
    g_assert_cmpuint(reg_read(m, RESPCMD), ==, 52);
    reg_write(m, ICR, 0x3F);
    g_assert_cmphex(reg_read(m, STA), ==, CMDREND);
    reg_write(m, ICR, CMDREND);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    /* CMDACT can interrupt, too */
    reg_write(m, MASK, CMDACT);
    reg_write(m, CMD, 52 | SHORT | CPSMEN);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, CMD, 52 | SHORT); /* given up */
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

static void long_response(void)
{
    struct machine *m = bench();
    static const uint32_t response[] = {0x11111111, 0x22222222, 0x33333333, 0x44444445};
    memcpy(card(m)->response, response, sizeof response);
    reg_write(m, CMD, 2 | LONG | CPSMEN);
    pass(m, (48 + 136) * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDREND);
    for (unsigned i = 0; i < 4; i++)
        g_assert_cmphex(reg_read(m, RESP1 + 4 * i), ==, response[i] & (i == 3 ? ~1u : ~0u));
    g_assert_cmphex(reg_read(m, RESPCMD), ==, 0x3F);
    machine_free(m);
}

static void no_response(void)
{
    struct machine *m = bench();
    reg_write(m, MASK, CMDSENT);
    reg_write(m, CMD, CPSMEN);
    pass(m, 48 * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDSENT);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, ICR, CMDSENT);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    machine_free(m);
}

static void no_crc(void)
{
    struct machine *m = bench();
    card(m)->kind = SDIO_RESPONSE_NO_CRC;
    card(m)->response[0] = 0xA0FFFF00;
    reg_write(m, MASK, CCRCFAIL);
    reg_write(m, CMD, 5 | SHORT | CPSMEN);
    pass(m, 96 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, CCRCFAIL);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, RESP1), ==, 0xA0FFFF00);
    g_assert_cmphex(reg_read(m, RESPCMD), ==, 0x3F);
    reg_write(m, ICR, CCRCFAIL);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    machine_free(m);
}

static void empty_slot(void)
{
    static const struct stm32f2_sdio_config no_ops = {NULL, NULL};
    const struct stm32f2_sdio_config *slots[] = {NULL, &no_ops};
    for (unsigned i = 0; i < G_N_ELEMENTS(slots); i++) {
        struct machine *m = bench_with(slots[i], false);
        reg_write(m, MASK, CTIMEOUT);
        reg_write(m, CMD, 3 | SHORT | CPSMEN);
        pass(m, (48 + 64) * CK - 1);
        g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, STA), ==, CTIMEOUT);
        g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
        reg_write(m, ICR, CTIMEOUT);
        g_assert_cmphex(reg_read(m, STA), ==, 0);
        machine_free(m);
    }
    /* so does a card that is silent */
    struct machine *m = bench();
    card(m)->kind = SDIO_NO_RESPONSE;
    reg_write(m, CMD, 3 | SHORT | CPSMEN);
    pass(m, (48 + 64) * CK);
    g_assert_cmphex(reg_read(m, STA), ==, CTIMEOUT);
    machine_free(m);
}

static void expect_command_time(struct machine *m, ticks_t ticks)
{
    reg_write(m, CMD, CPSMEN);
    pass(m, ticks - 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDSENT);
    reg_write(m, ICR, CMDSENT);
}

static void clock_rate(void)
{
    struct machine *m = bench();
    static const ticks_t sdioclk = TICKS_PER_SECOND / SDIOCLK;
    reg_write(m, CLKCR, CLKEN | 0x78); /* divided by 122 */
    expect_command_time(m, 48 * 122 * sdioclk);
    reg_write(m, CLKCR, CLKEN | BYPASS | 0x78);
    expect_command_time(m, 48 * sdioclk);
    /* off: the command stands still and goes on where it was */
    reg_write(m, CLKCR, CLKEN);
    reg_write(m, CMD, CPSMEN);
    pass(m, 24 * CK);
    reg_write(m, CLKCR, 0);
    pass(m, 1000 * CK);
    reg_write(m, POWER, 0);
    reg_write(m, CLKCR, CLKEN);
    pass(m, 1000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    reg_write(m, POWER, 3);
    pass(m, 12 * CK);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(SDIOCLK / 2));
    pass(m, 24 * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, CMDSENT);
    machine_free(m);
}

/* Two blocks of 64 bytes by polling; the pieces are of eight words. */
static void read_blocks(void)
{
    struct machine *m = bench();
    card(m)->readable = 2;
    transfer(m, 128, READ | block_size(6));
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXFIFOE);
    g_assert_cmpuint(reg_read(m, DCOUNT), ==, 128);
    g_assert_cmpuint(reg_read(m, FIFOCNT), ==, 32);
    reg_write(m, MASK, RXDAVL);
    pass(m, (ACCESS + START_BIT + 8 * 32) * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXFIFOE);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL | RXFIFOHF);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmpuint(reg_read(m, DCOUNT), ==, 96);
    g_assert_cmphex(reg_read(m, FIFO), ==, 0x03020100);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL); /* seven words left */
    g_assert_cmpuint(reg_read(m, FIFOCNT), ==, 31);
    for (unsigned i = 1; i < 8; i++)
        g_assert_cmphex(reg_read(m, FIFO + 4 * i), ==, 0x03020100 + 0x04040404 * i);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXFIFOE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, MASK, DBCKEND);
    pass(m, (8 * 32 + BLOCK_END) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & DBCKEND, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA) & (DBCKEND | DATAEND), ==, DBCKEND);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, ICR, DBCKEND);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, MASK, DATAEND);
    pass(m, (ACCESS + START_BIT + 8 * 64 + BLOCK_END) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & (DATAEND | RXACT), ==, RXACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND | RXDAVL | RXFIFOHF);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmpuint(reg_read(m, DCOUNT), ==, 0);
    /* what the FIFO holds can be read after the end */
    for (unsigned i = 8; i < 32; i++)
        g_assert_cmphex(reg_read(m, FIFO), ==, 0x03020100 + 0x04040404 * i);
    reg_write(m, ICR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    g_assert_cmpuint(card(m)->blocks, ==, 2);
    g_assert_cmpuint(card(m)->lengths[0], ==, 64);
    machine_free(m);
}

static void write_blocks(void)
{
    struct machine *m = bench();
    transfer(m, 128, block_size(6));
    reg_write(m, MASK, TXFIFOHE);
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXFIFOE | TXFIFOHE);
    pass(m, 1000 * CK); /* waits for data */
    for (unsigned i = 0; i < 32; i++) {
        g_assert_cmpuint(reg_read(m, FIFOCNT), ==, 32 - i);
        g_assert_cmphex(reg_read(m, STA), ==, TXACT | (i == 0 ? TXFIFOE : TXDAVL) | (i <= 24 ? TXFIFOHE : 0));
        g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, i <= 24);
        reg_write(m, FIFO + 4 * i, 0x03020100 + 0x04040404 * i);
    }
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXDAVL | TXFIFOF);
    pass(m, (WRITE_DELAY + START_BIT + 8 * 32) * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXDAVL | TXFIFOF);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXDAVL | TXFIFOHE);
    g_assert_cmpuint(reg_read(m, DCOUNT), ==, 96);
    pass(m, (8 * 32 + BLOCK_END + CRC_STATUS) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & DBCKEND, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA) & (DBCKEND | DATAEND), ==, DBCKEND);
    pass(m, (WRITE_DELAY + START_BIT + 8 * 64 + BLOCK_END + CRC_STATUS) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & (DATAEND | TXACT), ==, TXACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
    g_assert_cmpuint(card(m)->n_written, ==, 128);
    g_assert_cmpuint(card(m)->lengths[1], ==, 64);
    for (unsigned i = 0; i < 128; i++)
        g_assert_cmphex(card(m)->written[i], ==, i);
    machine_free(m);
}

/* Not a whole number of words, and one block of all. */
static void stream(void)
{
    struct machine *m = bench();
    card(m)->readable = 1;
    transfer(m, 37, READ | STREAM | block_size(2));
    g_assert_cmpuint(reg_read(m, FIFOCNT), ==, 10);
    pass(m, (ACCESS + START_BIT + 8 * 37 + BLOCK_END) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & DATAEND, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA) & DATAEND, ==, DATAEND);
    g_assert_cmpuint(card(m)->lengths[0], ==, 37);
    for (unsigned i = 0; i < 9; i++)
        g_assert_cmphex(reg_read(m, FIFO), ==, 0x03020100 + 0x04040404 * i);
    g_assert_cmphex(reg_read(m, FIFO), ==, 0x24);
    g_assert_cmphex(reg_read(m, STA) & RXDAVL, ==, 0);
    machine_free(m);
}

static void bus_width(void)
{
    static const struct {
        uint32_t clkcr, width;
    } rows[] = {{0, 1}, {WIDE4, 4}, {WIDE8, 8}};
    struct machine *m = bench();
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        reg_write(m, CLKCR, CLKEN | rows[i].clkcr);
        card(m)->readable = 1;
        transfer(m, 64, READ | block_size(6));
        pass(m, (ACCESS + START_BIT + 512 / rows[i].width + BLOCK_END) * CK - 1);
        g_assert_cmphex(reg_read(m, STA) & DATAEND, ==, 0);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, STA) & DATAEND, ==, DATAEND);
        reg_write(m, ICR, 0xFFFFFFFF);
    }
    machine_free(m);
}

/* The data path is armed before the command, as drivers do: the card sends after its response. */
static void read_after_command(void)
{
    struct machine *m = bench();
    transfer(m, 64, READ | block_size(6));
    pass(m, 100 * CK);
    card(m)->readable = 1;
    reg_write(m, CMD, 53 | SHORT | CPSMEN);
    pass(m, (96 + ACCESS + START_BIT + 512 + BLOCK_END) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & (CMDREND | DATAEND), ==, CMDREND);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA) & (CMDREND | DATAEND), ==, CMDREND | DATAEND);
    /* also if the command follows within the access time */
    reg_write(m, ICR, 0xFFFFFFFF);
    card(m)->readable = 1;
    transfer(m, 64, READ | block_size(6));
    reg_write(m, CMD, 53 | SHORT | CPSMEN);
    pass(m, 96 * CK);
    g_assert_cmpuint(card(m)->readable, ==, 1);
    pass(m, ACCESS * CK);
    g_assert_cmpuint(card(m)->readable, ==, 0);
    machine_free(m);
}

/* A block is not sent while a command is under way. */
static void write_after_command(void)
{
    struct machine *m = bench();
    transfer(m, 4, block_size(2));
    reg_write(m, CMD, 53 | SHORT | CPSMEN);
    reg_write(m, FIFO, 1);
    pass(m, (96 + WRITE_DELAY + START_BIT + 32 + BLOCK_END + CRC_STATUS) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & (CMDREND | DATAEND), ==, CMDREND);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA) & (CMDREND | DATAEND), ==, CMDREND | DATAEND);
    machine_free(m);
}

static void data_timeout(void)
{
    struct machine *m = bench();
    reg_write(m, MASK, DTIMEOUT);
    reg_write(m, DTIMER, 500);
    reg_write(m, DLEN, 64);
    reg_write(m, DCTRL, DTEN | READ | block_size(6));
    pass(m, 500 * CK - 1);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXFIFOE);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, DTIMEOUT);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, ICR, DTIMEOUT);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    /* it limits the wait for a block, not its length */
    card(m)->readable = 2;
    reg_write(m, DTIMER, 20);
    reg_write(m, DLEN, 64);
    reg_write(m, DCTRL, DTEN | READ | block_size(5));
    pass(m, 2 * (ACCESS + START_BIT + 256 + BLOCK_END) * CK);
    g_assert_cmphex(reg_read(m, STA) & (DTIMEOUT | DATAEND), ==, DATAEND);
    machine_free(m);
}

static void refused(void)
{
    struct machine *m = bench();
    card(m)->refuses = true;
    reg_write(m, MASK, DCRCFAIL);
    transfer(m, 8, block_size(2));
    reg_write(m, FIFO, 1);
    reg_write(m, FIFO, 2);
    pass(m, 1000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, DCRCFAIL);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmpuint(card(m)->n_written, ==, 4); /* the second block is not sent */
    reg_write(m, ICR, DCRCFAIL);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    machine_free(m);
    m = bench_with(NULL, false); /* nobody confirms it */
    transfer(m, 4, block_size(2));
    reg_write(m, FIFO, 1);
    pass(m, 1000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, DCRCFAIL);
    machine_free(m);
}

static void underrun(void)
{
    struct machine *m = bench();
    reg_write(m, MASK, TXUNDERR);
    transfer(m, 64, block_size(6));
    for (unsigned i = 0; i < 12; i++)
        reg_write(m, FIFO, i);
    pass(m, (WRITE_DELAY + START_BIT + 512) * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & (TXUNDERR | TXACT), ==, TXACT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, TXUNDERR);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, ICR, TXUNDERR);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    pass(m, 1000 * CK);
    g_assert_cmpuint(card(m)->n_written, ==, 0);
    machine_free(m);
}

/* Words beyond the FIFO or the transfer are dropped, and so are those outside a transfer. */
static void fifo_full(void)
{
    struct machine *m = bench();
    reg_write(m, FIFO, 0);
    transfer(m, 256, block_size(8));
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXFIFOE | TXFIFOHE);
    for (unsigned i = 0; i < 40; i++)
        reg_write(m, FIFO, i);
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXDAVL | TXFIFOF);
    g_assert_cmpuint(reg_read(m, FIFOCNT), ==, 32);
    reg_write(m, DCTRL, 0);
    transfer(m, 8, block_size(3));
    for (unsigned i = 0; i < 5; i++)
        reg_write(m, FIFO, 0x100 + i);
    pass(m, 1000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
    g_assert_cmpuint(card(m)->n_written, ==, 8);
    g_assert_cmphex(card(m)->written[4], ==, 1);
    g_assert_cmphex(reg_read(m, FIFO), ==, 0);
    machine_free(m);
}

static void overrun(void)
{
    struct machine *m = bench();
    card(m)->readable = 1;
    reg_write(m, MASK, RXOVERR);
    transfer(m, 256, READ | block_size(8));
    pass(m, (ACCESS + START_BIT + 128 * 8) * CK);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL | RXFIFOHF | RXFIFOF);
    pass(m, 32 * 8 * CK - 1);
    g_assert_cmphex(reg_read(m, STA) & RXOVERR, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, RXOVERR | RXDAVL | RXFIFOHF | RXFIFOF);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, ICR, RXOVERR);
    g_assert_cmphex(reg_read(m, STA) & RXOVERR, ==, 0);
    /* for DMA the card waits until the first word is fetched, and not longer */
    card(m)->readable = 1;
    transfer(m, 256, READ | DMAEN | block_size(8));
    pass(m, 100000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL | RXFIFOHF | RXFIFOF);
    for (unsigned i = 0; i < 8; i++)
        reg_read(m, FIFO);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL | RXFIFOHF | RXFIFOF); /* the piece that waited */
    pass(m, 32 * 8 * CK);
    g_assert_cmphex(reg_read(m, STA) & (RXOVERR | RXACT), ==, RXOVERR);
    machine_free(m);
}

/* With HWFC_EN the clock waits for the program. */
static void flow_control(void)
{
    struct machine *m = bench();
    reg_write(m, CLKCR, CLKEN | HWFC);
    card(m)->readable = 1;
    transfer(m, 256, READ | block_size(8));
    pass(m, 100000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, RXACT | RXDAVL | RXFIFOHF | RXFIFOF);
    for (unsigned i = 0; i < 64; i++) {
        g_assert_cmphex(reg_read(m, FIFO), ==, 0x03020100 + 0x04040404 * i);
        pass(m, 1000 * CK);
    }
    g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
    reg_write(m, ICR, 0xFFFFFFFF);
    transfer(m, 64, block_size(6));
    for (unsigned i = 0; i < 16; i++) {
        reg_write(m, FIFO, 0x03020100 + 0x04040404 * i);
        pass(m, 1000 * CK);
    }
    g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
    for (unsigned i = 0; i < 64; i++)
        g_assert_cmphex(card(m)->written[i], ==, i);
    machine_free(m);
}

static void give_up(void)
{
    struct machine *m = bench();
    transfer(m, 64, READ | block_size(6));
    reg_write(m, DCTRL, 0);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    card(m)->readable = 1;
    pass(m, 1000 * CK);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    /* a transfer that waits in vain gives way to the next */
    card(m)->readable = 0;
    transfer(m, 64, READ | block_size(6));
    pass(m, 1000 * CK);
    transfer(m, 4, block_size(2));
    g_assert_cmphex(reg_read(m, STA), ==, TXACT | TXFIFOE | TXFIFOHE);
    g_assert_cmpuint(reg_read(m, DCOUNT), ==, 4);
    machine_free(m);
}

/* Requests as the lines show them. */
static void dma_lines(void)
{
    struct machine *m = bench();
    card(m)->readable = 2;
    transfer(m, 64, READ | block_size(6)); /* no DMAEN */
    pass(m, 1000 * CK);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 0);
    transfer(m, 8, READ | DMAEN | block_size(3));
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 0);
    pass(m, 1000 * CK);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 1);
    reg_read(m, FIFO);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 1);
    g_assert_cmpuint(probe_rises(m, LINE_DMA_END), ==, 0);
    reg_read(m, FIFO);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 0);
    g_assert_cmpuint(probe_rises(m, LINE_DMA_END), ==, 1);
    transfer(m, 8, DMAEN | block_size(3));
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 1);
    reg_write(m, FIFO, 0);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 1);
    reg_write(m, FIFO, 0);
    g_assert_cmpuint(probe_level(m, LINE_DMA), ==, 0);
    g_assert_cmpuint(probe_rises(m, LINE_DMA_END), ==, 2);
    machine_free(m);
}

enum { S3CR = DMA + 0x58, S3NDTR = DMA + 0x5C, S3PAR = DMA + 0x60, S3M0AR = DMA + 0x64, S3FCR = DMA + 0x6C };

static void prepare_stream(struct machine *m, uint32_t words)
{
    reg_write(m, S3CR, 0);
    reg_write(m, DMA + 8, 0x0FC00000);
    reg_write(m, S3FCR, 0x27);
    reg_write(m, S3PAR, FIFO);
    reg_write(m, S3M0AR, RAM + 0x400);
    reg_write(m, S3NDTR, words);
    for (uint32_t i = 0; i < 1024; i++)
        reg_write(m, RAM + 0x400 + 4 * i, 0xEEEEEEEE);
}

/* CMD53 with the register values of the Photon's driver: stream and host together. */
static void dma_with_stream(void)
{
    static const uint32_t lengths[] = {4, 8, 64, 192, 1024};
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        uint32_t n = lengths[i], size = MIN(n, 64);
        struct machine *m = bench_with(&config, true);
        card(m)->kind = SDIO_RESPONSE_OK;
        card(m)->readable = n / size;
        reg_write(m, CLKCR, CLKEN | WIDE4);
        reg_write(m, MASK, 0x004000C0);
        transfer(m, n, 0x800 | DMAEN | READ | block_size((unsigned)g_bit_storage(size) - 1));
        prepare_stream(m, n / 4);
        reg_write(m, CMD, 0x475);
        pass(m, 96 * CK);
        g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
        pass(m, TICKS_PER_MS); /* a slow handler: until the stream is ready the card is taken to be slow */
        reg_write(m, S3CR, 0x08A35431);
        reg_write(m, ICR, 0xC0);
        pass(m, TICKS_PER_MS);
        g_assert_cmphex(reg_read(m, DMA) & 0x0FC00000, ==, 0x08000000);
        g_assert_cmpuint(probe_level(m, LINE_DMA_IRQ), ==, 1);
        g_assert_cmphex(reg_read(m, S3CR) & 1, ==, 0);
        g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
        for (uint32_t word = 0; word < n / 4; word++)
            g_assert_cmphex(reg_read(m, RAM + 0x400 + 4 * word), ==, (word & 0x3F) * 0x04040404u + 0x03020100u);
        g_assert_cmphex(reg_read(m, RAM + 0x400 + n), ==, 0xEEEEEEEE);
        /* and the other way */
        prepare_stream(m, n / 4);
        for (uint32_t word = 0; word < n / 4; word++)
            reg_write(m, RAM + 0x400 + 4 * word, 0xC0DE0000 + word);
        reg_write(m, ICR, 0xFFFFFFFF);
        transfer(m, n, 0x800 | DMAEN | block_size((unsigned)g_bit_storage(size) - 1));
        reg_write(m, CMD, 0x475);
        pass(m, 96 * CK);
        reg_write(m, S3CR, 0x08A35471);
        reg_write(m, ICR, 0xC0);
        ticks_t start = machine_now(m);
        while (reg_read(m, STA) & TXACT)
            pass(m, CK);
        /* no slower than the wire */
        g_assert_cmpuint((machine_now(m) - start) / CK, <=,
                         n / size * (WRITE_DELAY + START_BIT + 2 * size + BLOCK_END + CRC_STATUS) + 1);
        g_assert_cmphex(reg_read(m, DMA) & 0x0FC00000, ==, 0x08000000);
        g_assert_cmphex(reg_read(m, STA), ==, DATAEND | DBCKEND);
        g_assert_cmpuint(card(m)->n_written, ==, n);
        for (uint32_t word = 0; word < n / 4; word++) {
            uint32_t value;
            memcpy(&value, card(m)->written + 4 * word, 4);
            g_assert_cmphex(value, ==, 0xC0DE0000 + word);
        }
        machine_free(m);
    }
}

static void card_interrupt(void)
{
    struct machine *m = bench();
    reg_write(m, MASK, SDIOIT);
    card_irq(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    pass(m, 2 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, STA), ==, 0); /* not without SDIOEN */
    reg_write(m, DCTRL, SDIOEN);              /* seen as soon as that is set */
    g_assert_cmphex(reg_read(m, STA), ==, SDIOIT);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    card_irq(m, 0);
    g_assert_cmphex(reg_read(m, STA), ==, SDIOIT); /* kept until cleared */
    reg_write(m, ICR, SDIOIT);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    /* a rise; then, still high, once per millisecond and not at once */
    card_irq(m, 1);
    g_assert_cmphex(reg_read(m, STA), ==, SDIOIT);
    for (unsigned i = 0; i < 3; i++) {
        reg_write(m, ICR, 0xFFFFFFFF);
        reg_write(m, DCTRL, SDIOEN);
        g_assert_cmphex(reg_read(m, STA), ==, 0);
        pass(m, TICKS_PER_MS - 1);
        g_assert_cmphex(reg_read(m, STA), ==, 0);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, STA), ==, SDIOIT);
    }
    reg_write(m, ICR, SDIOIT);
    card_irq(m, 0);
    pass(m, 3 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    /* the reset by RCC leaves the card's line as it is */
    card_irq(m, 1);
    machine_device(m, "SDIO")->class->reset(machine_device(m, "SDIO"), RESET_SYSTEM);
    g_assert_cmphex(reg_read(m, STA), ==, 0);
    reg_write(m, DCTRL, SDIOEN);
    g_assert_cmphex(reg_read(m, STA), ==, SDIOIT);
    reg_write(m, ICR, SDIOIT);
    pass(m, TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, STA), ==, SDIOIT);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sdio/reset-values", reset_values);
    g_test_add_func("/sdio/command", command);
    g_test_add_func("/sdio/long-response", long_response);
    g_test_add_func("/sdio/no-response", no_response);
    g_test_add_func("/sdio/no-crc", no_crc);
    g_test_add_func("/sdio/empty-slot", empty_slot);
    g_test_add_func("/sdio/clock", clock_rate);
    g_test_add_func("/sdio/read", read_blocks);
    g_test_add_func("/sdio/write", write_blocks);
    g_test_add_func("/sdio/stream", stream);
    g_test_add_func("/sdio/bus-width", bus_width);
    g_test_add_func("/sdio/read-after-command", read_after_command);
    g_test_add_func("/sdio/write-after-command", write_after_command);
    g_test_add_func("/sdio/data-timeout", data_timeout);
    g_test_add_func("/sdio/refused", refused);
    g_test_add_func("/sdio/underrun", underrun);
    g_test_add_func("/sdio/fifo-full", fifo_full);
    g_test_add_func("/sdio/overrun", overrun);
    g_test_add_func("/sdio/flow-control", flow_control);
    g_test_add_func("/sdio/give-up", give_up);
    g_test_add_func("/sdio/dma", dma_lines);
    g_test_add_func("/sdio/dma-stream", dma_with_stream);
    g_test_add_func("/sdio/card-interrupt", card_interrupt);
    return g_test_run();
}
