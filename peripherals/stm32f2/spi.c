/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serial peripheral interface (RM0033 chapter 25).
 *
 * Models: the master in full duplex, receive-only and both bidirectional modes, with real frame times, the double-buffered
 * transmitter, 8 and 16 bits, bit order, the CRC unit, overrun, CRC and mode faults with their clearing sequences, NSS in
 * software and hardware, DMA requests and interrupts. Disabling SPE lets the frame on the wire end, as the manual's
 * receive-only procedure needs. Leaves out: a clock from outside, so a slave's data register fills and nothing moves; clock
 * phase and polarity and the TI format do not change what is exchanged and are stored; I2S; the CRC frame that follows a DMA
 * transfer by itself. Real firmware needs: SPI1 and SPI3 by DMA for user code; the boot path touches none.
 */
#include "peripherals/stm32f2/spi.h"

#include <glib.h>
#include <string.h>

enum { CR1, CR2, SR, DR, CRCPR, RXCRCR, TXCRCR, I2SCFGR, I2SPR };
enum { IN_MISO, IN_NSS };
enum { OUT_MOSI, OUT_NSS, OUT_IRQ, OUT_DMA_TX, OUT_DMA_RX };

#define CR1_MSTR     BIT(2)
#define CR1_SPE      BIT(6)
#define CR1_LSBFIRST BIT(7)
#define CR1_SSI      BIT(8)
#define CR1_SSM      BIT(9)
#define CR1_RXONLY   BIT(10)
#define CR1_DFF      BIT(11)
#define CR1_CRCNEXT  BIT(12)
#define CR1_CRCEN    BIT(13)
#define CR1_BIDIOE   BIT(14)
#define CR1_BIDIMODE BIT(15)

#define CR2_RXDMAEN BIT(0)
#define CR2_TXDMAEN BIT(1)
#define CR2_SSOE    BIT(2)
#define CR2_ERRIE   BIT(5)
#define CR2_RXNEIE  BIT(6)
#define CR2_TXEIE   BIT(7)

#define SR_RXNE   BIT(0)
#define SR_TXE    BIT(1)
#define SR_CRCERR BIT(4)
#define SR_MODF   BIT(5)
#define SR_OVR    BIT(6)
#define SR_BSY    BIT(7)

struct spi {
    uint32_t tx, rx, shift;
    bool on_wire;      /* a frame is under way, ... */
    bool crc_frame;    /* ... and it is the CRC */
    bool modf_seen;    /* SR was read with MODF: a write to CR1 clears it */
    bool overrun_read; /* DR was read with OVR: a read of SR clears it */
    ticks_t since;     /* what is left of the frame, in PCLK cycles, at that moment */
    uint64_t left;
};

static const struct reg_field cr1_fields[] = {
    {"CPHA", 0, 1, RW, STORED, NULL},
    {"CPOL", 1, 1, RW, STORED, NULL},
    {"MSTR", 2, 1, RW, EFFECT, "/spi/master"},
    {"BR", 3, 3, RW, EFFECT, "/spi/baud"},
    {"SPE", 6, 1, RW, EFFECT, "/spi/master"},
    {"LSBFIRST", 7, 1, RW, EFFECT, "/spi/bit-order"},
    {"SSI", 8, 1, RW, EFFECT, "/spi/mode-fault"},
    {"SSM", 9, 1, RW, EFFECT, "/spi/mode-fault"},
    {"RXONLY", 10, 1, RW, EFFECT, "/spi/receive-only"},
    {"DFF", 11, 1, RW, EFFECT, "/spi/sixteen-bits"},
    {"CRCNEXT", 12, 1, RW, EFFECT, "/spi/crc"},
    {"CRCEN", 13, 1, RW, EFFECT, "/spi/crc"},
    {"BIDIOE", 14, 1, RW, EFFECT, "/spi/bidirectional"},
    {"BIDIMODE", 15, 1, RW, EFFECT, "/spi/bidirectional"},
};
static const struct reg_field cr2_fields[] = {
    {"RXDMAEN", 0, 1, RW, EFFECT, "/spi/dma"},      {"TXDMAEN", 1, 1, RW, EFFECT, "/spi/dma"},
    {"SSOE", 2, 1, RW, EFFECT, "/spi/nss"},         {"FRF", 4, 1, RW, STORED, NULL},
    {"ERRIE", 5, 1, RW, EFFECT, "/spi/overrun"},    {"RXNEIE", 6, 1, RW, EFFECT, "/spi/interrupts"},
    {"TXEIE", 7, 1, RW, EFFECT, "/spi/interrupts"},
};
static const struct reg_field sr_fields[] = {
    {"RXNE", 0, 1, RO, EFFECT, "/spi/master"},
    {"TXE", 1, 1, RO, EFFECT, "/spi/master"},
    {"CHSIDE", 2, 1, RO, STORED, NULL}, /* I2S */
    {"UDR", 3, 1, RO, STORED, NULL},    /* I2S */
    {"CRCERR", 4, 1, W0C, EFFECT, "/spi/crc-error"},
    {"MODF", 5, 1, RO, EFFECT, "/spi/mode-fault"},
    {"OVR", 6, 1, RO, EFFECT, "/spi/overrun"},
    {"BSY", 7, 1, RO, EFFECT, "/spi/master"},
    {"FRE", 8, 1, RO, STORED, NULL}, /* slave in TI format */
};
static const struct reg_field dr_fields[] = {{"DR", 0, 16, RW, EFFECT, "/spi/master"}};
static const struct reg_field crcpr_fields[] = {{"CRCPOLY", 0, 16, RW, EFFECT, "/spi/crc"}};
static const struct reg_field rxcrcr_fields[] = {{"RxCRC", 0, 16, RO, EFFECT, "/spi/crc"}};
static const struct reg_field txcrcr_fields[] = {{"TxCRC", 0, 16, RO, EFFECT, "/spi/crc"}};
/* Drivers for SPI write this register with I2SMOD 0; without I2SMOD the other bits mean nothing. */
static const struct reg_field i2scfgr_fields[] = {
    {"CHLEN", 0, 1, RW, STORED, NULL},     {"DATLEN", 1, 2, RW, STORED, NULL},      {"CKPOL", 3, 1, RW, STORED, NULL},
    {"I2SSTD", 4, 2, RW, STORED, NULL},    {"PCMSYNC", 7, 1, RW, STORED, NULL},     {"I2SCFG", 8, 2, RW, STORED, NULL},
    {"I2SE", 10, 1, RW, UNMODELLED, NULL}, {"I2SMOD", 11, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field i2spr_fields[] = {
    {"I2SDIV", 0, 8, RW, STORED, NULL}, {"ODD", 8, 1, RW, STORED, NULL}, {"MCKOE", 9, 1, RW, STORED, NULL}};

static const struct reg registers[] = {
    [CR1] = {"CR1", 0x00, 0, FIELDS(cr1_fields)},          [CR2] = {"CR2", 0x04, 0, FIELDS(cr2_fields)},
    [SR] = {"SR", 0x08, SR_TXE, FIELDS(sr_fields)},        [DR] = {"DR", 0x0C, 0, FIELDS(dr_fields)},
    [CRCPR] = {"CRCPR", 0x10, 7, FIELDS(crcpr_fields)},    [RXCRCR] = {"RXCRCR", 0x14, 0, FIELDS(rxcrcr_fields)},
    [TXCRCR] = {"TXCRCR", 0x18, 0, FIELDS(txcrcr_fields)}, [I2SCFGR] = {"I2SCFGR", 0x1C, 0, FIELDS(i2scfgr_fields)},
    [I2SPR] = {"I2SPR", 0x20, 2, FIELDS(i2spr_fields)},
};

static const char *const input_names[] = {"miso", "nss_in"};
static const char *const output_names[] = {"mosi", "nss", "irq", "dma_tx", "dma_rx"};
static const char *const clock_names[] = {"bus"};

/* ---- lines ---- */

static bool interrupt(const struct device *dev)
{
    uint32_t sr = dev->regs[SR], cr2 = dev->regs[CR2];
    return ((cr2 & CR2_TXEIE) && (sr & SR_TXE)) || ((cr2 & CR2_RXNEIE) && (sr & SR_RXNE)) ||
           ((cr2 & CR2_ERRIE) && (sr & (SR_OVR | SR_MODF | SR_CRCERR)));
}

/* Each level is worked out when its turn comes: a DMA stream may answer the one before with an access to DR. What has come
   is fetched before more is sent, or the receiver would run over. */
static void update_lines(struct device *dev)
{
    const uint32_t *r = dev->regs;
    bool selecting = (r[CR2] & CR2_SSOE) && (r[CR1] & CR1_SPE) && (r[CR1] & CR1_MSTR);
    device_set_level(dev, OUT_NSS, !selecting);
    device_set_level(dev, OUT_DMA_RX, (r[CR2] & CR2_RXDMAEN) && (r[SR] & SR_RXNE));
    device_set_level(dev, OUT_DMA_TX, (r[CR2] & CR2_TXDMAEN) && (r[SR] & SR_TXE));
    device_set_level(dev, OUT_IRQ, interrupt(dev));
}

/* ---- frames ---- */

static unsigned frame_bits(const struct device *dev)
{
    return dev->regs[CR1] & CR1_DFF ? 16 : 8;
}

static uint32_t frame_mask(const struct device *dev)
{
    return BIT(frame_bits(dev)) - 1;
}

/* Between the data register's order and that of the wire, either way. */
static uint32_t wire_order(const struct device *dev, uint32_t word)
{
    word &= frame_mask(dev);
    if (!(dev->regs[CR1] & CR1_LSBFIRST))
        return word;
    uint32_t reversed = 0;
    for (unsigned i = 0; i < frame_bits(dev); i++)
        reversed |= (word >> i & 1) << (frame_bits(dev) - 1 - i);
    return reversed;
}

static bool sends(const struct device *dev)
{
    uint32_t cr1 = dev->regs[CR1];
    return cr1 & CR1_BIDIMODE ? (cr1 & CR1_BIDIOE) != 0 : !(cr1 & CR1_RXONLY);
}

static bool receives(const struct device *dev)
{
    return !(dev->regs[CR1] & CR1_BIDIMODE) || !(dev->regs[CR1] & CR1_BIDIOE);
}

static void arm(struct device *dev)
{
    struct spi *spi = dev->state;
    ticks_t distance = frequency_ticks(device_clock(dev, 0), spi->left);
    if (distance == TICKS_NEVER)
        device_cancel(dev, 0);
    else
        device_schedule(dev, 0, spi->since + distance);
}

/* Put the next frame on the wire if there is one. A master that only listens keeps the clock running. */
static void next_frame(struct device *dev)
{
    struct spi *spi = dev->state;
    uint32_t *r = dev->regs;
    if (spi->on_wire)
        return;
    bool crc = (r[CR1] & CR1_CRCEN) && (r[CR1] & CR1_CRCNEXT);
    bool on = (r[CR1] & CR1_SPE) && (r[CR1] & CR1_MSTR);
    if (!on || (sends(dev) && (r[SR] & SR_TXE) && !crc)) {
        r[SR] &= ~SR_BSY;
        return;
    }
    spi->crc_frame = crc;
    if (!sends(dev)) {
        spi->shift = 0xFFFF;
    } else if (!(r[SR] & SR_TXE)) {
        spi->crc_frame = false; /* the data that waits goes first */
        spi->shift = spi->tx;
        r[SR] |= SR_TXE;
    } else {
        spi->shift = r[TXCRCR];
    }
    spi->on_wire = true;
    r[SR] |= SR_BSY;
    spi->since = machine_now(dev->machine);
    spi->left = (uint64_t)frame_bits(dev) * (2u << (r[CR1] >> 3 & 7));
    arm(dev);
}

/* The word that comes in on the frame that goes out. */
static uint32_t exchange(struct device *dev)
{
    struct spi *spi = dev->state;
    uint32_t out = sends(dev) ? wire_order(dev, spi->shift) : frame_mask(dev);
    device_set_level(dev, OUT_MOSI, SPI_FRAME | (dev->regs[CR1] & CR1_DFF ? SPI_FRAME_16 : 0) | out);
    uint32_t in = device_input_connected(dev, IN_MISO) ? device_input(dev, IN_MISO).level : 0xFFFF;
    device_set_level(dev, OUT_MOSI, 0);
    return wire_order(dev, in);
}

/* Bit by bit as they pass on the wire. */
static uint32_t crc_next(const struct device *dev, uint32_t crc, uint32_t word)
{
    uint32_t top = BIT(frame_bits(dev) - 1);
    crc ^= wire_order(dev, word);
    for (unsigned i = 0; i < frame_bits(dev); i++)
        crc = crc & top ? (crc << 1) ^ dev->regs[CRCPR] : crc << 1;
    return crc & frame_mask(dev);
}

static void check_crc(struct device *dev, uint32_t word)
{
    uint32_t *r = dev->regs;
    r[CR1] &= ~CR1_CRCNEXT;
    if (receives(dev) && word != (r[RXCRCR] & frame_mask(dev)))
        r[SR] |= SR_CRCERR;
}

static void timer(struct device *dev, unsigned t)
{
    (void)t;
    struct spi *spi = dev->state;
    uint32_t *r = dev->regs;
    uint32_t word = exchange(dev);
    spi->on_wire = false;
    if (spi->crc_frame) {
        check_crc(dev, word);
    } else if (r[CR1] & CR1_CRCEN) {
        if (sends(dev))
            r[TXCRCR] = crc_next(dev, r[TXCRCR], spi->shift);
        if (receives(dev))
            r[RXCRCR] = crc_next(dev, r[RXCRCR], word);
    }
    if (receives(dev)) {
        if (r[SR] & SR_RXNE) {
            r[SR] |= SR_OVR; /* the word that waits stays, the new one is lost */
        } else {
            spi->rx = word;
            r[SR] |= SR_RXNE;
        }
    }
    next_frame(dev);
    update_lines(dev);
}

/* Another master has selected us. */
static void check_mode(struct device *dev)
{
    uint32_t *r = dev->regs;
    bool high;
    if (r[CR1] & CR1_SSM)
        high = r[CR1] & CR1_SSI;
    else
        high = (r[CR2] & CR2_SSOE) || !device_input_connected(dev, IN_NSS) || device_input(dev, IN_NSS).level != 0;
    if (high || !(r[CR1] & CR1_MSTR) || !(r[CR1] & CR1_SPE))
        return;
    struct spi *spi = dev->state;
    spi->on_wire = false;
    spi->modf_seen = false;
    device_cancel(dev, 0);
    r[CR1] &= ~(CR1_MSTR | CR1_SPE);
    r[SR] = (r[SR] | SR_MODF) & ~SR_BSY;
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)signal;
    if (in != IN_NSS || !frequency_running(device_clock(dev, 0)))
        return;
    check_mode(dev);
    update_lines(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    struct spi *spi = dev->state;
    if (!spi->on_wire)
        return;
    ticks_t now = machine_now(dev->machine);
    uint64_t done = frequency_edges(old, now - spi->since);
    spi->left = done < spi->left ? spi->left - done : 0;
    spi->since = now;
    arm(dev);
}

/* ---- registers ---- */

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    struct spi *spi = dev->state;
    uint32_t *sr = &dev->regs[SR], value = reg == DR ? spi->rx : dev->regs[reg];
    if (!side_effects)
        return value;
    if (reg == DR) {
        spi->overrun_read = *sr & SR_OVR;
        *sr &= ~SR_RXNE;
        update_lines(dev);
    } else if (reg == SR) {
        spi->modf_seen = *sr & SR_MODF;
        if (spi->overrun_read)
            *sr &= ~SR_OVR;
        spi->overrun_read = false;
        update_lines(dev);
    }
    return value;
}

static void write_cr1(struct device *dev, uint32_t old)
{
    struct spi *spi = dev->state;
    uint32_t *r = dev->regs;
    if ((r[SR] & SR_MODF) && !spi->modf_seen)
        r[CR1] &= ~(CR1_MSTR | CR1_SPE);
    else
        r[SR] &= ~SR_MODF;
    spi->modf_seen = false;
    if (r[CR1] & ~old & CR1_CRCEN)
        r[RXCRCR] = r[TXCRCR] = 0;
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct spi *spi = dev->state;
    if (reg == CR1)
        write_cr1(dev, old);
    if (reg == DR && (mask & 0xFFFF)) {
        spi->tx = value & 0xFFFF;
        dev->regs[SR] &= ~SR_TXE;
    }
    check_mode(dev);
    next_frame(dev);
    update_lines(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    memset(dev->state, 0, sizeof(struct spi));
    device_set_level(dev, OUT_MOSI, 0);
    update_lines(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg != SR)
        return NULL;
    if (!(dev->regs[CR1] & CR1_SPE))
        return "the SPI is off (CR1.SPE)";
    if (!(dev->regs[CR1] & CR1_MSTR))
        return "the SPI is a slave, and no master clocks it";
    return "RXNE: no frame was sent";
}

const struct device_class stm32f2_spi_class = {
    .name = "STM32F2 SPI",
    .state_size = sizeof(struct spi),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = 1,
    .n_clocks = G_N_ELEMENTS(clock_names),
    .input_names = input_names,
    .output_names = output_names,
    .clock_names = clock_names,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
    .explain = explain,
};
