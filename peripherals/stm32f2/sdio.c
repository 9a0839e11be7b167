/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secure digital input/output interface: the host controller (RM0033 chapter 28).
 *
 * Models: the command path with its times on SDIO_CK (48 bits out; 48 or 136 bits back, or 64 of silence), the data path in
 * block and stream mode with its 32-word FIFO, bus width, time-out, CRC verdicts, overrun and underrun, hardware flow control,
 * DMA requests with the SDIO as flow controller, the SDIO interrupt, and every flag that can arise. The wire is worked in
 * pieces of at most eight words: flags, DCOUNT and the FIFO move in these steps. The program must have supplied a piece when
 * its last bit leaves, and made room for one when its last bit arrives. The SDIO interrupt is set when the card's line rises,
 * when SDIOEN is switched on while it is high, and once per millisecond while it stays high and the flag is clear: a level
 * would storm, an edge alone gets lost in the driver's habit to clear all flags before a command. A card may take its time
 * before it sends: with DMAEN, a read's first FIFO full waits as long as the DMA has not taken a word. Leaves out: read wait
 * and suspend (stored), MMC interrupt mode and pending commands, CE-ATA, the clock edge, power saving. Real firmware needs:
 * CMD0, 3, 5, 7, 52 polled; CMD53 by interrupt and DMA2 stream 3; SDIOIT; see also the reset by RCC.
 */
#include "peripherals/stm32f2/sdio.h"

#include <glib.h>
#include <string.h>

#include "emu/core/machine.h"

enum {
    POWER,
    CLKCR,
    ARG,
    CMD,
    RESPCMD,
    RESP1,
    RESP2,
    RESP3,
    RESP4,
    DTIMER,
    DLEN,
    DCTRL,
    DCOUNT,
    STA,
    ICR,
    MASK,
    FIFOCNT,
    FIFO
};
enum { OUT_IRQ, OUT_DMA, OUT_DMA_END };
enum { CLOCK_BUS, CLOCK_SDIO };
enum { TIMER_COMMAND, TIMER_DATA, TIMER_TIMEOUT, N_SPANS, TIMER_CARD_IRQ = N_SPANS, N_TIMERS };

#define CLKCR_CLKEN   BIT(8)
#define CLKCR_BYPASS  BIT(10)
#define CLKCR_HWFC_EN BIT(14)

#define CMD_LONG   BIT(7)
#define CMD_SHORT  BIT(6)
#define CMD_CPSMEN BIT(10)

#define DCTRL_DTEN   BIT(0)
#define DCTRL_DTDIR  BIT(1)
#define DCTRL_DTMODE BIT(2)
#define DCTRL_DMAEN  BIT(3)
#define DCTRL_SDIOEN BIT(11)

#define STA_CCRCFAIL BIT(0)
#define STA_DCRCFAIL BIT(1)
#define STA_CTIMEOUT BIT(2)
#define STA_DTIMEOUT BIT(3)
#define STA_TXUNDERR BIT(4)
#define STA_RXOVERR  BIT(5)
#define STA_CMDREND  BIT(6)
#define STA_CMDSENT  BIT(7)
#define STA_DATAEND  BIT(8)
#define STA_DBCKEND  BIT(10)
#define STA_CMDACT   BIT(11)
#define STA_TXACT    BIT(12)
#define STA_RXACT    BIT(13)
#define STA_TXFIFOHE BIT(14)
#define STA_RXFIFOHF BIT(15)
#define STA_TXFIFOF  BIT(16)
#define STA_RXFIFOF  BIT(17)
#define STA_TXFIFOE  BIT(18)
#define STA_RXFIFOE  BIT(19)
#define STA_TXDAVL   BIT(20)
#define STA_RXDAVL   BIT(21)
#define STA_SDIOIT   BIT(22)

/* Lengths in SDIO_CK cycles. */
enum {
    COMMAND_BITS = 48,
    SHORT_BITS = 48,
    LONG_BITS = 136,
    COMMAND_TIMEOUT = 64,
    READ_ACCESS = 8, /* the card's access time before a block: at least 2, as the card likes */
    WRITE_DELAY = 2, /* from the response, or the last block's verdict, to a block */
    START_BIT = 1,
    BLOCK_END_BITS = 17, /* CRC and end bit */
    CRC_STATUS_BITS = 7, /* two idle bits, start, verdict of three, end */
};

enum { FIFO_WORDS = 32, FIFO_BYTES = 4 * FIFO_WORDS, HALF_WORDS = 8, PIECE = 32, MAX_BLOCK = 16384, STREAM_PIECE = 512 };

enum command_state { COMMAND_IDLE, COMMAND_SENDING, COMMAND_RESPONSE, COMMAND_SILENCE };
enum data_state { DATA_IDLE, WAIT_SEND, SENDING, BUSY, WAIT_RECEIVE, RECEIVING, CHECKING };

/* A span of SDIO_CK cycles: what was left of it at a moment. */
struct span {
    bool active;
    ticks_t since;
    uint64_t left;
};

struct sdio {
    enum command_state command;
    enum data_state data;
    enum sdio_response answer;
    uint32_t response[4];
    struct span spans[N_SPANS]; /* by timer */
    bool reading;               /* direction of the present or last transfer */
    bool fetched;               /* a word of it has been read from the FIFO */
    bool stalled;               /* a piece has its time behind it and waits for the FIFO */
    uint32_t block_length, block_done;
    uint32_t level; /* bytes in the FIFO */
    uint8_t fifo[FIFO_BYTES];
    uint8_t block[MAX_BLOCK];
};

static const struct reg_field power_fields[] = {{"PWRCTRL", 0, 2, RW, EFFECT, "/sdio/clock"}};
static const struct reg_field clkcr_fields[] = {
    {"CLKDIV", 0, 8, RW, EFFECT, "/sdio/clock"},
    {"CLKEN", 8, 1, RW, EFFECT, "/sdio/clock"},
    {"PWRSAV", 9, 1, RW, STORED, NULL},
    {"BYPASS", 10, 1, RW, EFFECT, "/sdio/clock"},
    {"WIDBUS", 11, 2, RW, EFFECT, "/sdio/bus-width"},
    {"NEGEDGE", 13, 1, RW, STORED, NULL},
    {"HWFC_EN", 14, 1, RW, EFFECT, "/sdio/flow-control"},
};
static const struct reg_field arg_fields[] = {{"CMDARG", 0, 32, RW, EFFECT, "/sdio/command"}};
static const struct reg_field cmd_fields[] = {
    {"CMDINDEX", 0, 6, RW, EFFECT, "/sdio/command"}, {"WAITRESP", 6, 2, RW, EFFECT, "/sdio/long-response"},
    {"WAITINT", 8, 1, RW, UNMODELLED, NULL},         {"WAITPEND", 9, 1, RW, UNMODELLED, NULL},
    {"CPSMEN", 10, 1, RW, EFFECT, "/sdio/command"},  {"SDIOSuspend", 11, 1, RW, STORED, NULL},
    {"ENCMDcompl", 12, 1, RW, UNMODELLED, NULL},     {"nIEN", 13, 1, RW, STORED, NULL}, /* CE-ATA */
    {"CE_ATACMD", 14, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field respcmd_fields[] = {{"RESPCMD", 0, 6, RO, EFFECT, "/sdio/command"}};
static const struct reg_field resp1_fields[] = {{"CARDSTATUS1", 0, 32, RO, EFFECT, "/sdio/command"}};
static const struct reg_field resp2_fields[] = {{"CARDSTATUS2", 0, 32, RO, EFFECT, "/sdio/long-response"}};
static const struct reg_field resp3_fields[] = {{"CARDSTATUS3", 0, 32, RO, EFFECT, "/sdio/long-response"}};
static const struct reg_field resp4_fields[] = {{"CARDSTATUS4", 0, 32, RO, EFFECT, "/sdio/long-response"}};
static const struct reg_field dtimer_fields[] = {{"DATATIME", 0, 32, RW, EFFECT, "/sdio/data-timeout"}};
static const struct reg_field dlen_fields[] = {{"DATALENGTH", 0, 25, RW, EFFECT, "/sdio/read"}};
static const struct reg_field dctrl_fields[] = {
    {"DTEN", 0, 1, RW, EFFECT, "/sdio/read"},
    {"DTDIR", 1, 1, RW, EFFECT, "/sdio/write"},
    {"DTMODE", 2, 1, RW, EFFECT, "/sdio/stream"},
    {"DMAEN", 3, 1, RW, EFFECT, "/sdio/dma"},
    {"DBLOCKSIZE", 4, 4, RW, EFFECT, "/sdio/read"},
    {"RWSTART", 8, 1, RW, STORED, NULL},
    {"RWSTOP", 9, 1, RW, STORED, NULL},
    {"RWMOD", 10, 1, RW, STORED, NULL},
    {"SDIOEN", 11, 1, RW, EFFECT, "/sdio/card-interrupt"},
};
static const struct reg_field dcount_fields[] = {{"DATACOUNT", 0, 25, RO, EFFECT, "/sdio/read"}};
static const struct reg_field sta_fields[] = {
    {"CCRCFAIL", 0, 1, RO, EFFECT, "/sdio/no-crc"},        {"DCRCFAIL", 1, 1, RO, EFFECT, "/sdio/refused"},
    {"CTIMEOUT", 2, 1, RO, EFFECT, "/sdio/empty-slot"},    {"DTIMEOUT", 3, 1, RO, EFFECT, "/sdio/data-timeout"},
    {"TXUNDERR", 4, 1, RO, EFFECT, "/sdio/underrun"},      {"RXOVERR", 5, 1, RO, EFFECT, "/sdio/overrun"},
    {"CMDREND", 6, 1, RO, EFFECT, "/sdio/command"},        {"CMDSENT", 7, 1, RO, EFFECT, "/sdio/no-response"},
    {"DATAEND", 8, 1, RO, EFFECT, "/sdio/read"},           {"STBITERR", 9, 1, RO, STORED, NULL}, /* our wires are good */
    {"DBCKEND", 10, 1, RO, EFFECT, "/sdio/read"},          {"CMDACT", 11, 1, RO, EFFECT, "/sdio/command"},
    {"TXACT", 12, 1, RO, EFFECT, "/sdio/write"},           {"RXACT", 13, 1, RO, EFFECT, "/sdio/read"},
    {"TXFIFOHE", 14, 1, RO, EFFECT, "/sdio/write"},        {"RXFIFOHF", 15, 1, RO, EFFECT, "/sdio/read"},
    {"TXFIFOF", 16, 1, RO, EFFECT, "/sdio/write"},         {"RXFIFOF", 17, 1, RO, EFFECT, "/sdio/overrun"},
    {"TXFIFOE", 18, 1, RO, EFFECT, "/sdio/write"},         {"RXFIFOE", 19, 1, RO, EFFECT, "/sdio/read"},
    {"TXDAVL", 20, 1, RO, EFFECT, "/sdio/write"},          {"RXDAVL", 21, 1, RO, EFFECT, "/sdio/read"},
    {"SDIOIT", 22, 1, RO, EFFECT, "/sdio/card-interrupt"}, {"CEATAEND", 23, 1, RO, STORED, NULL},
};
static const struct reg_field icr_fields[] = {
    {"CCRCFAILC", 0, 1, WO, EFFECT, "/sdio/no-crc"},
    {"DCRCFAILC", 1, 1, WO, EFFECT, "/sdio/refused"},
    {"CTIMEOUTC", 2, 1, WO, EFFECT, "/sdio/empty-slot"},
    {"DTIMEOUTC", 3, 1, WO, EFFECT, "/sdio/data-timeout"},
    {"TXUNDERRC", 4, 1, WO, EFFECT, "/sdio/underrun"},
    {"RXOVERRC", 5, 1, WO, EFFECT, "/sdio/overrun"},
    {"CMDRENDC", 6, 1, WO, EFFECT, "/sdio/command"},
    {"CMDSENTC", 7, 1, WO, EFFECT, "/sdio/no-response"},
    {"DATAENDC", 8, 1, WO, EFFECT, "/sdio/read"},
    {"STBITERRC", 9, 1, WO, STORED, NULL},
    {"DBCKENDC", 10, 1, WO, EFFECT, "/sdio/read"},
    {"SDIOITC", 22, 1, WO, EFFECT, "/sdio/card-interrupt"},
    {"CEATAENDC", 23, 1, WO, STORED, NULL},
};
static const struct reg_field mask_fields[] = {
    {"CCRCFAILIE", 0, 1, RW, EFFECT, "/sdio/no-crc"},        {"DCRCFAILIE", 1, 1, RW, EFFECT, "/sdio/refused"},
    {"CTIMEOUTIE", 2, 1, RW, EFFECT, "/sdio/empty-slot"},    {"DTIMEOUTIE", 3, 1, RW, EFFECT, "/sdio/data-timeout"},
    {"TXUNDERRIE", 4, 1, RW, EFFECT, "/sdio/underrun"},      {"RXOVERRIE", 5, 1, RW, EFFECT, "/sdio/overrun"},
    {"CMDRENDIE", 6, 1, RW, EFFECT, "/sdio/command"},        {"CMDSENTIE", 7, 1, RW, EFFECT, "/sdio/no-response"},
    {"DATAENDIE", 8, 1, RW, EFFECT, "/sdio/read"},           {"STBITERRIE", 9, 1, RW, STORED, NULL},
    {"DBCKENDIE", 10, 1, RW, EFFECT, "/sdio/read"},          {"CMDACTIE", 11, 1, RW, EFFECT, "/sdio/command"},
    {"TXACTIE", 12, 1, RW, EFFECT, "/sdio/write"},           {"RXACTIE", 13, 1, RW, EFFECT, "/sdio/read"},
    {"TXFIFOHEIE", 14, 1, RW, EFFECT, "/sdio/write"},        {"RXFIFOHFIE", 15, 1, RW, EFFECT, "/sdio/read"},
    {"TXFIFOFIE", 16, 1, RW, EFFECT, "/sdio/write"},         {"RXFIFOFIE", 17, 1, RW, EFFECT, "/sdio/overrun"},
    {"TXFIFOEIE", 18, 1, RW, EFFECT, "/sdio/write"},         {"RXFIFOEIE", 19, 1, RW, EFFECT, "/sdio/read"},
    {"TXDAVLIE", 20, 1, RW, EFFECT, "/sdio/write"},          {"RXDAVLIE", 21, 1, RW, EFFECT, "/sdio/read"},
    {"SDIOITIE", 22, 1, RW, EFFECT, "/sdio/card-interrupt"}, {"CEATAENDIE", 23, 1, RW, STORED, NULL},
};
static const struct reg_field fifocnt_fields[] = {{"FIFOCOUNT", 0, 24, RO, EFFECT, "/sdio/write"}};
static const struct reg_field fifo_fields[] = {{"FIFOData", 0, 32, RW, EFFECT, "/sdio/write"}};

#define FIFO_WORD(N) [FIFO + (N)] = {"FIFO" #N, 0x80 + 4 * (N), 0, FIELDS(fifo_fields)}

static const struct reg registers[] = {
    [POWER] = {"POWER", 0x00, 0, FIELDS(power_fields)},
    [CLKCR] = {"CLKCR", 0x04, 0, FIELDS(clkcr_fields)},
    [ARG] = {"ARG", 0x08, 0, FIELDS(arg_fields)},
    [CMD] = {"CMD", 0x0C, 0, FIELDS(cmd_fields)},
    [RESPCMD] = {"RESPCMD", 0x10, 0, FIELDS(respcmd_fields)},
    [RESP1] = {"RESP1", 0x14, 0, FIELDS(resp1_fields)},
    [RESP2] = {"RESP2", 0x18, 0, FIELDS(resp2_fields)},
    [RESP3] = {"RESP3", 0x1C, 0, FIELDS(resp3_fields)},
    [RESP4] = {"RESP4", 0x20, 0, FIELDS(resp4_fields)},
    [DTIMER] = {"DTIMER", 0x24, 0, FIELDS(dtimer_fields)},
    [DLEN] = {"DLEN", 0x28, 0, FIELDS(dlen_fields)},
    [DCTRL] = {"DCTRL", 0x2C, 0, FIELDS(dctrl_fields)},
    [DCOUNT] = {"DCOUNT", 0x30, 0, FIELDS(dcount_fields)},
    [STA] = {"STA", 0x34, 0, FIELDS(sta_fields)},
    [ICR] = {"ICR", 0x38, 0, FIELDS(icr_fields)},
    [MASK] = {"MASK", 0x3C, 0, FIELDS(mask_fields)},
    [FIFOCNT] = {"FIFOCNT", 0x48, 0, FIELDS(fifocnt_fields)},
    FIFO_WORD(0),
    FIFO_WORD(1),
    FIFO_WORD(2),
    FIFO_WORD(3),
    FIFO_WORD(4),
    FIFO_WORD(5),
    FIFO_WORD(6),
    FIFO_WORD(7),
    FIFO_WORD(8),
    FIFO_WORD(9),
    FIFO_WORD(10),
    FIFO_WORD(11),
    FIFO_WORD(12),
    FIFO_WORD(13),
    FIFO_WORD(14),
    FIFO_WORD(15),
    FIFO_WORD(16),
    FIFO_WORD(17),
    FIFO_WORD(18),
    FIFO_WORD(19),
    FIFO_WORD(20),
    FIFO_WORD(21),
    FIFO_WORD(22),
    FIFO_WORD(23),
    FIFO_WORD(24),
    FIFO_WORD(25),
    FIFO_WORD(26),
    FIFO_WORD(27),
    FIFO_WORD(28),
    FIFO_WORD(29),
    FIFO_WORD(30),
    FIFO_WORD(31),
};

static const char *const input_names[] = {"irq"};
static const char *const output_names[] = {"irq", "dma", "dma_end"};
static const char *const clock_names[] = {"bus", "sdio"};

/* ---- the card ---- */

static const struct sdio_card_ops *card_ops(const struct device *dev)
{
    const struct stm32f2_sdio_config *config = dev->config;
    return config != NULL ? config->ops : NULL;
}

static struct device *card_device(const struct device *dev)
{
    const struct stm32f2_sdio_config *config = dev->config;
    return machine_device(dev->machine, config->card);
}

static void init(struct device *dev)
{
    if (card_ops(dev) != NULL && card_device(dev) == NULL)
        g_error("wiring: %s has a card, but there is no device of its name", dev->name);
}

/* ---- time on SDIO_CK ---- */

static struct frequency bus_rate(uint32_t power, uint32_t clkcr, struct frequency sdioclk)
{
    if ((power & 3) != 3 || !(clkcr & CLKCR_CLKEN))
        return FREQUENCY_STOPPED;
    return clkcr & CLKCR_BYPASS ? sdioclk : frequency_scale(sdioclk, 1, (clkcr & 0xFF) + 2);
}

static struct frequency present_rate(const struct device *dev)
{
    return bus_rate(dev->regs[POWER], dev->regs[CLKCR], device_clock(dev, CLOCK_SDIO));
}

static void arm(struct device *dev, unsigned t)
{
    struct span *span = &((struct sdio *)dev->state)->spans[t];
    ticks_t distance = frequency_ticks(present_rate(dev), span->left);
    if (distance >= TICKS_NEVER - span->since)
        device_cancel(dev, t);
    else
        device_schedule(dev, t, span->since + distance);
}

static void begin_span(struct device *dev, unsigned t, uint64_t cycles)
{
    struct sdio *sdio = dev->state;
    sdio->spans[t] = (struct span){.active = true, .since = machine_now(dev->machine), .left = cycles};
    arm(dev, t);
}

static void end_span(struct device *dev, unsigned t)
{
    struct sdio *sdio = dev->state;
    sdio->spans[t].active = false;
    device_cancel(dev, t);
}

/* SDIO_CK changes now; what has passed, passed at the old rate. */
static void rate_changed(struct device *dev, struct frequency old)
{
    struct sdio *sdio = dev->state;
    ticks_t now = machine_now(dev->machine);
    for (unsigned t = 0; t < N_SPANS; t++) {
        struct span *span = &sdio->spans[t];
        if (!span->active)
            continue;
        uint64_t done = frequency_edges(old, now - span->since);
        span->left = done < span->left ? span->left - done : 0;
        span->since = now;
        arm(dev, t);
    }
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    if (clock == CLOCK_SDIO)
        rate_changed(dev, bus_rate(dev->regs[POWER], dev->regs[CLKCR], old));
}

/* ---- flags and lines ---- */

static bool transmitting(const struct sdio *sdio)
{
    return sdio->data == WAIT_SEND || sdio->data == SENDING || sdio->data == BUSY;
}

static bool receiving(const struct sdio *sdio)
{
    return sdio->data == WAIT_RECEIVE || sdio->data == RECEIVING || sdio->data == CHECKING;
}

static uint32_t fifo_words(const struct sdio *sdio)
{
    return (sdio->level + 3) / 4;
}

/* A received word is there as a whole, or it is the transfer's last one. */
static bool word_available(const struct device *dev)
{
    const struct sdio *sdio = dev->state;
    return sdio->reading && (sdio->level >= 4 || (sdio->level > 0 && dev->regs[DCOUNT] == 0));
}

static uint32_t status(const struct device *dev)
{
    const struct sdio *sdio = dev->state;
    uint32_t sta = dev->regs[STA], words = fifo_words(sdio);
    if (sdio->command != COMMAND_IDLE)
        sta |= STA_CMDACT;
    if (transmitting(sdio)) {
        sta |= STA_TXACT;
        sta |= words <= FIFO_WORDS - HALF_WORDS ? STA_TXFIFOHE : 0;
        sta |= words == FIFO_WORDS ? STA_TXFIFOF : 0;
        sta |= words == 0 ? STA_TXFIFOE : STA_TXDAVL;
    }
    if (receiving(sdio))
        sta |= STA_RXACT | (word_available(dev) ? 0 : STA_RXFIFOE);
    if (word_available(dev)) {
        sta |= STA_RXDAVL;
        sta |= words >= HALF_WORDS ? STA_RXFIFOHF : 0;
        sta |= words == FIFO_WORDS ? STA_RXFIFOF : 0;
    }
    return sta;
}

static bool wants_dma(const struct device *dev)
{
    const struct sdio *sdio = dev->state;
    if (!(dev->regs[DCTRL] & DCTRL_DMAEN) || dev->regs[FIFOCNT] == 0)
        return false;
    return sdio->reading ? word_available(dev) : transmitting(sdio) && fifo_words(sdio) < FIFO_WORDS;
}

/* The stream answers at once, with accesses to the FIFO; the interrupt is worked out after that. */
static void update_lines(struct device *dev)
{
    device_set_level(dev, OUT_DMA, wants_dma(dev));
    device_set_level(dev, OUT_IRQ, (status(dev) & dev->regs[MASK]) != 0);
}

/* ---- data path ---- */

static void data_idle(struct device *dev)
{
    struct sdio *sdio = dev->state;
    sdio->data = DATA_IDLE;
    sdio->stalled = false;
    end_span(dev, TIMER_DATA);
    end_span(dev, TIMER_TIMEOUT);
}

static void data_failed(struct device *dev, uint32_t flag)
{
    dev->regs[STA] |= flag;
    data_idle(dev);
}

static uint32_t bus_width(const struct device *dev)
{
    static const uint8_t widths[4] = {1, 4, 8, 8};
    return widths[dev->regs[CLKCR] >> 11 & 3];
}

static uint32_t piece_bytes(const struct sdio *sdio)
{
    return MIN(PIECE, sdio->block_length - sdio->block_done);
}

static void begin_piece(struct device *dev, uint32_t lead)
{
    begin_span(dev, TIMER_DATA, lead + piece_bytes(dev->state) * 8 / bus_width(dev));
}

static void begin_block(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t size = dev->regs[DCTRL] & DCTRL_DTMODE ? STREAM_PIECE : 1u << MIN(dev->regs[DCTRL] >> 4 & 0xF, 14);
    sdio->block_length = MIN(size, dev->regs[DCOUNT]);
    sdio->block_done = 0;
}

/* To be called whenever one of its conditions may have become true. */
static void try_to_send(struct device *dev)
{
    struct sdio *sdio = dev->state;
    if (sdio->data != WAIT_SEND || sdio->level == 0 || sdio->command != COMMAND_IDLE)
        return;
    begin_block(dev);
    sdio->data = SENDING;
    begin_piece(dev, WRITE_DELAY + START_BIT);
}

static void try_to_receive(struct device *dev)
{
    struct sdio *sdio = dev->state;
    if (sdio->data == WAIT_RECEIVE && sdio->command == COMMAND_IDLE && card_ops(dev) != NULL)
        begin_span(dev, TIMER_DATA, READ_ACCESS);
}

static void wait_for_block(struct device *dev)
{
    ((struct sdio *)dev->state)->data = WAIT_RECEIVE;
    begin_span(dev, TIMER_TIMEOUT, dev->regs[DTIMER]);
    try_to_receive(dev);
}

static void access_over(struct device *dev)
{
    struct sdio *sdio = dev->state;
    if (sdio->command != COMMAND_IDLE)
        return; /* a command has begun: asked again after it */
    begin_block(dev);
    if (!card_ops(dev)->data_read(card_device(dev), sdio->block, sdio->block_length))
        return;
    end_span(dev, TIMER_TIMEOUT);
    sdio->data = RECEIVING;
    begin_piece(dev, START_BIT);
}

/* May the wire wait for the FIFO? */
static bool may_stall(const struct device *dev)
{
    const struct sdio *sdio = dev->state;
    if (dev->regs[CLKCR] & CLKCR_HWFC_EN)
        return true;
    return sdio->reading && (dev->regs[DCTRL] & DCTRL_DMAEN) && !sdio->fetched;
}

static void piece_received(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t n = piece_bytes(sdio);
    if (sdio->level + n > FIFO_BYTES) {
        sdio->stalled = may_stall(dev);
        if (!sdio->stalled)
            data_failed(dev, STA_RXOVERR);
        return;
    }
    memcpy(sdio->fifo + sdio->level, sdio->block + sdio->block_done, n);
    sdio->level += n;
    sdio->block_done += n;
    dev->regs[DCOUNT] -= n;
    if (sdio->block_done < sdio->block_length) {
        begin_piece(dev, 0);
    } else {
        sdio->data = CHECKING;
        begin_span(dev, TIMER_DATA, BLOCK_END_BITS);
    }
}

static void piece_sent(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t n = piece_bytes(sdio);
    if (sdio->level < n) {
        sdio->stalled = may_stall(dev);
        if (!sdio->stalled)
            data_failed(dev, STA_TXUNDERR);
        return;
    }
    memcpy(sdio->block + sdio->block_done, sdio->fifo, n);
    memmove(sdio->fifo, sdio->fifo + n, sdio->level - n);
    sdio->level -= n;
    sdio->block_done += n;
    dev->regs[DCOUNT] -= n;
    if (sdio->block_done < sdio->block_length) {
        begin_piece(dev, 0);
    } else {
        sdio->data = BUSY;
        begin_span(dev, TIMER_DATA, BLOCK_END_BITS + CRC_STATUS_BITS);
    }
}

/* Returns whether there is another block. */
static bool block_good(struct device *dev)
{
    dev->regs[STA] |= STA_DBCKEND;
    if (dev->regs[DCOUNT] != 0)
        return true;
    dev->regs[STA] |= STA_DATAEND;
    data_idle(dev);
    return false;
}

static void verdict(struct device *dev)
{
    struct sdio *sdio = dev->state;
    const struct sdio_card_ops *ops = card_ops(dev);
    if (ops == NULL || !ops->data_write(card_device(dev), sdio->block, sdio->block_length)) {
        data_failed(dev, STA_DCRCFAIL);
        return;
    }
    if (block_good(dev)) {
        sdio->data = WAIT_SEND;
        try_to_send(dev);
    }
}

static void data_timer(struct device *dev)
{
    struct sdio *sdio = dev->state;
    switch (sdio->data) {
    case WAIT_RECEIVE:
        access_over(dev);
        break;
    case RECEIVING:
        piece_received(dev);
        break;
    case CHECKING:
        if (block_good(dev))
            wait_for_block(dev);
        break;
    case SENDING:
        piece_sent(dev);
        break;
    case BUSY:
        verdict(dev);
        break;
    default:
        break;
    }
}

static void begin_transfer(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t *r = dev->regs;
    sdio->reading = r[DCTRL] & DCTRL_DTDIR;
    sdio->fetched = false;
    sdio->level = 0;
    r[DCOUNT] = r[DLEN];
    r[FIFOCNT] = (r[DLEN] + 3) / 4;
    if (r[DLEN] == 0)
        r[STA] |= STA_DATAEND;
    else if (sdio->reading)
        wait_for_block(dev);
    else
        sdio->data = WAIT_SEND;
}

/* ---- FIFO ---- */

/* A word has passed the FIFO; the request is taken back before the end is told. */
static void count_word(struct device *dev)
{
    if (dev->regs[FIFOCNT] > 0 && --dev->regs[FIFOCNT] == 0 && (dev->regs[DCTRL] & DCTRL_DMAEN)) {
        device_set_level(dev, OUT_DMA, 0);
        device_pulse(dev, OUT_DMA_END);
    }
}

static uint32_t fifo_front(const struct device *dev)
{
    const struct sdio *sdio = dev->state;
    uint32_t word = 0;
    if (word_available(dev))
        memcpy(&word, sdio->fifo, MIN(4, sdio->level));
    return word;
}

static uint32_t fifo_read(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t word = fifo_front(dev);
    if (!word_available(dev))
        return 0;
    uint32_t n = MIN(4, sdio->level);
    memmove(sdio->fifo, sdio->fifo + n, sdio->level - n);
    sdio->level -= n;
    sdio->fetched = true;
    count_word(dev);
    if (sdio->stalled && sdio->level + piece_bytes(sdio) <= FIFO_BYTES) {
        sdio->stalled = false;
        piece_received(dev);
    }
    update_lines(dev);
    return word;
}

static void fifo_write(struct device *dev, uint32_t word)
{
    struct sdio *sdio = dev->state;
    if (!transmitting(sdio) || dev->regs[FIFOCNT] == 0 || fifo_words(sdio) == FIFO_WORDS)
        return;
    memcpy(sdio->fifo + sdio->level, &word, 4);
    sdio->level += 4;
    count_word(dev);
    if (sdio->stalled && sdio->level >= piece_bytes(sdio)) {
        sdio->stalled = false;
        piece_sent(dev);
    }
    try_to_send(dev);
}

/* ---- command path ---- */

static void command_over(struct device *dev, uint32_t flag)
{
    struct sdio *sdio = dev->state;
    sdio->command = COMMAND_IDLE;
    dev->regs[STA] |= flag;
    try_to_send(dev);
    if (!sdio->spans[TIMER_DATA].active)
        try_to_receive(dev);
}

static void command_sent(struct device *dev)
{
    struct sdio *sdio = dev->state;
    const struct sdio_card_ops *ops = card_ops(dev);
    uint32_t cmd = dev->regs[CMD];
    memset(sdio->response, 0, sizeof sdio->response);
    sdio->answer = ops != NULL ? ops->command(card_device(dev), cmd & 0x3F, dev->regs[ARG], sdio->response) : SDIO_NO_RESPONSE;
    if (!(cmd & CMD_SHORT)) {
        command_over(dev, STA_CMDSENT);
    } else if (sdio->answer == SDIO_NO_RESPONSE) {
        sdio->command = COMMAND_SILENCE;
        begin_span(dev, TIMER_COMMAND, COMMAND_TIMEOUT);
    } else {
        sdio->command = COMMAND_RESPONSE;
        begin_span(dev, TIMER_COMMAND, cmd & CMD_LONG ? LONG_BITS : SHORT_BITS);
    }
}

static void response_received(struct device *dev)
{
    struct sdio *sdio = dev->state;
    uint32_t *r = dev->regs;
    bool is_long = r[CMD] & CMD_LONG, checked = sdio->answer == SDIO_RESPONSE_OK;
    r[RESPCMD] = is_long || !checked ? 0x3F : r[CMD] & 0x3F; /* R2, R3 and R4 carry ones in place of the index */
    r[RESP1] = sdio->response[0];
    if (is_long) {
        r[RESP2] = sdio->response[1];
        r[RESP3] = sdio->response[2];
        r[RESP4] = sdio->response[3] & ~1u; /* the end bit is not kept */
    }
    command_over(dev, checked ? STA_CMDREND : STA_CCRCFAIL);
}

static void command_timer(struct device *dev)
{
    struct sdio *sdio = dev->state;
    switch (sdio->command) {
    case COMMAND_SENDING:
        command_sent(dev);
        break;
    case COMMAND_RESPONSE:
        response_received(dev);
        break;
    case COMMAND_SILENCE:
        command_over(dev, STA_CTIMEOUT);
        break;
    default:
        break;
    }
}

/* ---- interrupt of the card ---- */

static void sample_card_interrupt(struct device *dev)
{
    if ((dev->regs[DCTRL] & DCTRL_SDIOEN) && device_input(dev, 0).level != 0 && frequency_running(device_clock(dev, CLOCK_BUS)))
        dev->regs[STA] |= STA_SDIOIT;
}

static void watch_card_interrupt(struct device *dev)
{
    if (device_input(dev, 0).level != 0)
        device_schedule(dev, TIMER_CARD_IRQ, machine_now(dev->machine) + TICKS_PER_MS);
    else
        device_cancel(dev, TIMER_CARD_IRQ);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    (void)signal;
    sample_card_interrupt(dev);
    watch_card_interrupt(dev);
    update_lines(dev);
}

/* ---- the rest ---- */

static void timer(struct device *dev, unsigned t)
{
    struct sdio *sdio = dev->state;
    if (t == TIMER_CARD_IRQ) {
        sample_card_interrupt(dev);
        watch_card_interrupt(dev);
    } else {
        sdio->spans[t].active = false;
        if (t == TIMER_COMMAND)
            command_timer(dev);
        else if (t == TIMER_DATA)
            data_timer(dev);
        else
            data_failed(dev, STA_DTIMEOUT);
    }
    update_lines(dev);
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    if (reg == STA)
        return status(dev);
    if (reg >= FIFO)
        return side_effects ? fifo_read(dev) : fifo_front(dev);
    return dev->regs[reg];
}

static bool block_on_wire(const struct sdio *sdio)
{
    bool waiting = sdio->data == DATA_IDLE || sdio->data == WAIT_SEND || sdio->data == WAIT_RECEIVE;
    return !waiting && !sdio->stalled;
}

static void write_dctrl(struct device *dev, uint32_t old, uint32_t mask)
{
    struct sdio *sdio = dev->state;
    uint32_t now = dev->regs[DCTRL];
    if (now & ~old & DCTRL_SDIOEN)
        sample_card_interrupt(dev);
    if (!(mask & DCTRL_DTEN))
        return;
    if (!(now & DCTRL_DTEN)) {
        data_idle(dev);
    } else if (!block_on_wire(sdio)) {
        data_idle(dev); /* one that waits in vain gives way: drivers retry without clearing DTEN */
        begin_transfer(dev);
    }
}

static void write_cmd(struct device *dev)
{
    struct sdio *sdio = dev->state;
    end_span(dev, TIMER_COMMAND);
    sdio->command = COMMAND_IDLE;
    if (dev->regs[CMD] & CMD_CPSMEN) {
        sdio->command = COMMAND_SENDING;
        begin_span(dev, TIMER_COMMAND, COMMAND_BITS);
    }
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    switch (reg) {
    case POWER:
        rate_changed(dev, bus_rate(old, dev->regs[CLKCR], device_clock(dev, CLOCK_SDIO)));
        break;
    case CLKCR:
        rate_changed(dev, bus_rate(dev->regs[POWER], old, device_clock(dev, CLOCK_SDIO)));
        break;
    case CMD:
        write_cmd(dev);
        break;
    case DCTRL:
        write_dctrl(dev, old, mask);
        break;
    case ICR:
        dev->regs[STA] &= ~value;
        break;
    default:
        if (reg >= FIFO)
            fifo_write(dev, value);
        break;
    }
    update_lines(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    memset(dev->state, 0, sizeof(struct sdio));
    watch_card_interrupt(dev); /* the card's line is not ours to reset */
    update_lines(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    const struct sdio *sdio = dev->state;
    if (reg != STA)
        return NULL;
    if (!frequency_running(present_rate(dev)))
        return "SDIO_CK stands still (POWER.PWRCTRL, CLKCR.CLKEN, PLL48CLK)";
    if (sdio->data == WAIT_SEND)
        return "the data path waits for words in the FIFO";
    if (sdio->data == WAIT_RECEIVE)
        return "the data path waits for the card to send";
    return sdio->stalled ? "the data path waits for the FIFO to be served" : NULL;
}

const struct device_class stm32f2_sdio_class = {
    .name = "STM32F2 SDIO host",
    .state_size = sizeof(struct sdio),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = N_TIMERS,
    .n_clocks = G_N_ELEMENTS(clock_names),
    .input_names = input_names,
    .output_names = output_names,
    .clock_names = clock_names,
    .init = init,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
    .explain = explain,
};
