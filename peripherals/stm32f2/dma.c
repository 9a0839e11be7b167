/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DMA controller (RM0033 chapter 9).
 *
 * Models: all registers of the eight streams; the three directions, the 16-byte FIFO with packing and its status, bursts on the
 * peripheral side, circular and double-buffer mode, both flow controllers, priorities, and every flag and interrupt that can
 * arise. Timing: a request is served at the moment it comes (on silicon: after a few HCLK cycles). A stream that is asked for
 * more than SERVICES_AT_ONCE items in one moment goes on after the time these take, so that a line stuck high cannot stop the
 * clock. Memory-to-memory moves one item per M2M_CYCLES of HCLK; the copy is carried out when the half and complete events are
 * due, when NDTR is read and when the stream is stopped, so memory may lag behind the counter in between. Leaves out: waiting
 * for the bus. Hence the FIFO neither overruns nor underruns, direct-mode errors do not occur, and the two ports do not
 * compete. Under peripheral flow control nothing is read ahead of the requests, since the amount is not known. Real firmware
 * needs: stream 3 of DMA2 for the SDIO (peripheral flow control, bursts of four words, sources in flash and SRAM).
 */
#include "peripherals/stm32f2/dma.h"

#include <glib.h>
#include <string.h>

enum { STREAMS = 8, CHANNELS = 8, FIFO_BYTES = 16, SERVICES_AT_ONCE = 64, M2M_CYCLES = 5, SERVICE_CYCLES = 5 };

enum { LISR, HISR, LIFCR, HIFCR, FIRST_STREAM };
enum { CR, NDTR, PAR, M0AR, M1AR, FCR, STREAM_REGS };

/* Timers 0 .. 7 are the milestones of memory-to-memory streams. */
enum { TIMER_RESUME = STREAMS, N_TIMERS };

enum { INPUT_END = STREAMS * CHANNELS, N_INPUTS = INPUT_END + STREAMS };

#define CR_EN      BIT(0)
#define CR_DMEIE   BIT(1)
#define CR_TEIE    BIT(2)
#define CR_HTIE    BIT(3)
#define CR_TCIE    BIT(4)
#define CR_PFCTRL  BIT(5)
#define CR_CIRC    BIT(8)
#define CR_PINC    BIT(9)
#define CR_MINC    BIT(10)
#define CR_PINCOS  BIT(15)
#define CR_DBM     BIT(18)
#define CR_CT      BIT(19)
#define CR_BURSTS  (0xFu << 21)
#define CR_RUNNING (CR_EN | CR_DMEIE | CR_TEIE | CR_HTIE | CR_TCIE | CR_CIRC) /* may be written while the stream runs */

#define FCR_DMDIS BIT(2)
#define FCR_FEIE  BIT(7)

/* Flags of a stream, at their place in the group of stream 0. */
#define FLAG_FE BIT(0)
#define FLAG_TE BIT(3)
#define FLAG_HT BIT(4)
#define FLAG_TC BIT(5)

enum direction { PERIPHERAL_TO_MEMORY, MEMORY_TO_PERIPHERAL, MEMORY_TO_MEMORY };

struct stream {
    uint32_t reload;     /* NDTR as last written */
    uint32_t peripheral; /* next addresses on both ports */
    uint32_t memory;
    uint8_t fifo[FIFO_BYTES];
    uint8_t level;   /* bytes in the FIFO */
    bool latched;    /* a request that may have gone again */
    bool ending;     /* the peripheral has announced its last transfer */
    ticks_t epoch;   /* memory-to-memory: start, ... */
    uint64_t copied; /* ... and items moved since */
};

struct dma {
    struct stream streams[STREAMS];
    bool serving;   /* a transfer is under way: requests that it causes are found by its loop */
    uint8_t rising; /* 1 + the input that has just risen, in case it is but a pulse; else 0 */
};

#define FLAG_FIELDS(STREAM, LSB)                                                                                               \
    {"FEIF" #STREAM, (LSB), 1, RO, EFFECT, "/dma/fifo-error"}, {"DMEIF" #STREAM, (LSB) + 2, 1, RO, STORED, NULL},              \
        {"TEIF" #STREAM, (LSB) + 3, 1, RO, EFFECT, "/dma/transfer-error"},                                                     \
        {"HTIF" #STREAM, (LSB) + 4, 1, RO, EFFECT, "/dma/half-transfer"},                                                      \
    {                                                                                                                          \
        "TCIF" #STREAM, (LSB) + 5, 1, RO, EFFECT, "/dma/flags"                                                                 \
    }
#define CLEAR_FIELDS(STREAM, LSB)                                                                                              \
    {"CFEIF" #STREAM, (LSB), 1, WO, EFFECT, "/dma/fifo-error"}, {"CDMEIF" #STREAM, (LSB) + 2, 1, WO, STORED, NULL},            \
        {"CTEIF" #STREAM, (LSB) + 3, 1, WO, EFFECT, "/dma/transfer-error"},                                                    \
        {"CHTIF" #STREAM, (LSB) + 4, 1, WO, EFFECT, "/dma/half-transfer"},                                                     \
    {                                                                                                                          \
        "CTCIF" #STREAM, (LSB) + 5, 1, WO, EFFECT, "/dma/flags"                                                                \
    }

static const struct reg_field lisr_fields[] = {FLAG_FIELDS(0, 0), FLAG_FIELDS(1, 6), FLAG_FIELDS(2, 16), FLAG_FIELDS(3, 22)};
static const struct reg_field hisr_fields[] = {FLAG_FIELDS(4, 0), FLAG_FIELDS(5, 6), FLAG_FIELDS(6, 16), FLAG_FIELDS(7, 22)};
static const struct reg_field lifcr_fields[] = {CLEAR_FIELDS(0, 0), CLEAR_FIELDS(1, 6), CLEAR_FIELDS(2, 16),
                                                CLEAR_FIELDS(3, 22)};
static const struct reg_field hifcr_fields[] = {CLEAR_FIELDS(4, 0), CLEAR_FIELDS(5, 6), CLEAR_FIELDS(6, 16),
                                                CLEAR_FIELDS(7, 22)};
static const struct reg_field cr_fields[] = {
    {"EN", 0, 1, RW, EFFECT, "/dma/peripheral-to-memory"},
    {"DMEIE", 1, 1, RW, STORED, NULL}, /* the error does not arise */
    {"TEIE", 2, 1, RW, EFFECT, "/dma/transfer-error"},
    {"HTIE", 3, 1, RW, EFFECT, "/dma/half-transfer"},
    {"TCIE", 4, 1, RW, EFFECT, "/dma/flags"},
    {"PFCTRL", 5, 1, RW, EFFECT, "/dma/peripheral-flow-control"},
    {"DIR", 6, 2, RW, EFFECT, "/dma/memory-to-peripheral"},
    {"CIRC", 8, 1, RW, EFFECT, "/dma/circular"},
    {"PINC", 9, 1, RW, EFFECT, "/dma/increment"},
    {"MINC", 10, 1, RW, EFFECT, "/dma/increment"},
    {"PSIZE", 11, 2, RW, EFFECT, "/dma/packing"},
    {"MSIZE", 13, 2, RW, EFFECT, "/dma/packing"},
    {"PINCOS", 15, 1, RW, EFFECT, "/dma/increment"},
    {"PL", 16, 2, RW, EFFECT, "/dma/priority"},
    {"DBM", 18, 1, RW, EFFECT, "/dma/double-buffer"},
    {"CT", 19, 1, RW, EFFECT, "/dma/double-buffer"},
    {"PBURST", 21, 2, RW, EFFECT, "/dma/burst"},
    {"MBURST", 23, 2, RW, EFFECT, "/dma/fifo-error"},
    {"CHSEL", 25, 3, RW, EFFECT, "/dma/channel"},
};
static const struct reg_field ndtr_fields[] = {{"NDT", 0, 16, RW, EFFECT, "/dma/peripheral-to-memory"}};
static const struct reg_field par_fields[] = {{"PAR", 0, 32, RW, EFFECT, "/dma/peripheral-to-memory"}};
static const struct reg_field m0ar_fields[] = {{"M0A", 0, 32, RW, EFFECT, "/dma/peripheral-to-memory"}};
static const struct reg_field m1ar_fields[] = {{"M1A", 0, 32, RW, EFFECT, "/dma/double-buffer"}};
static const struct reg_field fcr_fields[] = {
    {"FTH", 0, 2, RW, EFFECT, "/dma/fifo-status"},
    {"DMDIS", 2, 1, RW, EFFECT, "/dma/packing"},
    {"FS", 3, 3, RO, EFFECT, "/dma/fifo-status"},
    {"FEIE", 7, 1, RW, EFFECT, "/dma/fifo-error"},
};

#define STREAM_TABLE(N)                                                                                                        \
    [FIRST_STREAM + (N)*STREAM_REGS +                                                                                          \
        CR] = {"S" #N "CR", 0x10 + 0x18 * (N), 0, FIELDS(cr_fields)},                                                          \
        [FIRST_STREAM + (N)*STREAM_REGS + NDTR] = {"S" #N "NDTR", 0x14 + 0x18 * (N), 0, FIELDS(ndtr_fields)},                  \
        [FIRST_STREAM + (N)*STREAM_REGS + PAR] = {"S" #N "PAR", 0x18 + 0x18 * (N), 0, FIELDS(par_fields)},                     \
        [FIRST_STREAM + (N)*STREAM_REGS + M0AR] = {"S" #N "M0AR", 0x1C + 0x18 * (N), 0, FIELDS(m0ar_fields)},                  \
        [FIRST_STREAM + (N)*STREAM_REGS + M1AR] = {"S" #N "M1AR", 0x20 + 0x18 * (N), 0, FIELDS(m1ar_fields)},                  \
        [FIRST_STREAM + (N)*STREAM_REGS + FCR] = {"S" #N "FCR", 0x24 + 0x18 * (N), 0x21, FIELDS(fcr_fields)}

static const struct reg registers[] = {
    [LISR] = {"LISR", 0x00, 0, FIELDS(lisr_fields)},
    [HISR] = {"HISR", 0x04, 0, FIELDS(hisr_fields)},
    [LIFCR] = {"LIFCR", 0x08, 0, FIELDS(lifcr_fields)},
    [HIFCR] = {"HIFCR", 0x0C, 0, FIELDS(hifcr_fields)},
    STREAM_TABLE(0),
    STREAM_TABLE(1),
    STREAM_TABLE(2),
    STREAM_TABLE(3),
    STREAM_TABLE(4),
    STREAM_TABLE(5),
    STREAM_TABLE(6),
    STREAM_TABLE(7),
};

#define CHANNEL_NAMES(N)                                                                                                       \
    "s" #N ".c0", "s" #N ".c1", "s" #N ".c2", "s" #N ".c3", "s" #N ".c4", "s" #N ".c5", "s" #N ".c6", "s" #N ".c7"

static const char *const input_names[N_INPUTS] = {CHANNEL_NAMES(0), CHANNEL_NAMES(1), CHANNEL_NAMES(2), CHANNEL_NAMES(3),
                                                  CHANNEL_NAMES(4), CHANNEL_NAMES(5), CHANNEL_NAMES(6), CHANNEL_NAMES(7),
                                                  "s0.end",         "s1.end",         "s2.end",         "s3.end",
                                                  "s4.end",         "s5.end",         "s6.end",         "s7.end"};
static const char *const output_names[STREAMS] = {"irq0", "irq1", "irq2", "irq3", "irq4", "irq5", "irq6", "irq7"};
static const char *const clock_names[] = {"bus"};

static void serve(struct device *dev);

static uint32_t *reg_of(struct device *dev, unsigned s, unsigned which)
{
    return &dev->regs[FIRST_STREAM + s * STREAM_REGS + which];
}

static struct stream *stream_of(struct device *dev, unsigned s)
{
    return &((struct dma *)dev->state)->streams[s];
}

/* ---- fields of a running stream ---- */

static bool enabled(struct device *dev, unsigned s)
{
    return *reg_of(dev, s, CR) & CR_EN;
}

static enum direction direction(struct device *dev, unsigned s)
{
    uint32_t dir = *reg_of(dev, s, CR) >> 6 & 3;
    return dir == 3 ? MEMORY_TO_MEMORY : (enum direction)dir; /* 3 is reserved */
}

static unsigned size_code(uint32_t code)
{
    return code > 2 ? 4 : 1u << code; /* 3 is reserved */
}

static unsigned peripheral_size(struct device *dev, unsigned s)
{
    return size_code(*reg_of(dev, s, CR) >> 11 & 3);
}

static unsigned memory_size(struct device *dev, unsigned s)
{
    return size_code(*reg_of(dev, s, CR) >> 13 & 3);
}

static unsigned burst_beats(uint32_t code)
{
    return code == 0 ? 1 : 2u << code; /* single, 4, 8, 16 */
}

static bool direct_mode(struct device *dev, unsigned s)
{
    return !(*reg_of(dev, s, FCR) & FCR_DMDIS);
}

static unsigned threshold(struct device *dev, unsigned s)
{
    return FIFO_BYTES / 4 * ((*reg_of(dev, s, FCR) & 3) + 1);
}

static bool peripheral_controls_flow(struct device *dev, unsigned s)
{
    return *reg_of(dev, s, CR) & CR_PFCTRL;
}

/* ---- flags and interrupts ---- */

static unsigned flag_shift(unsigned s)
{
    static const uint8_t shifts[4] = {0, 6, 16, 22};
    return shifts[s & 3];
}

static uint32_t flags_of(struct device *dev, unsigned s)
{
    return dev->regs[s < 4 ? LISR : HISR] >> flag_shift(s) & 0x3D;
}

static void raise_flag(struct device *dev, unsigned s, uint32_t flags)
{
    dev->regs[s < 4 ? LISR : HISR] |= flags << flag_shift(s);
}

static void update_interrupts(struct device *dev)
{
    for (unsigned s = 0; s < STREAMS; s++) {
        uint32_t flags = flags_of(dev, s), cr = *reg_of(dev, s, CR);
        bool irq = ((flags & FLAG_TC) && (cr & CR_TCIE)) || ((flags & FLAG_HT) && (cr & CR_HTIE)) ||
                   ((flags & FLAG_TE) && (cr & CR_TEIE)) || ((flags & FLAG_FE) && (*reg_of(dev, s, FCR) & FCR_FEIE));
        device_set_level(dev, s, irq);
    }
}

/* ---- moving data ---- */

static void switch_off(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    *reg_of(dev, s, CR) &= ~CR_EN;
    st->level = 0;
    device_cancel(dev, s);
}

static void transfer_error(struct device *dev, unsigned s)
{
    raise_flag(dev, s, FLAG_TE);
    switch_off(dev, s);
}

static void fifo_push(struct stream *st, uint32_t value, unsigned size)
{
    memcpy(st->fifo + st->level, &value, size);
    st->level += size;
}

/* Bytes that the FIFO lacks read 0. */
static uint32_t fifo_pop(struct stream *st, unsigned size)
{
    uint32_t value = 0;
    unsigned n = MIN(size, st->level);
    memcpy(&value, st->fifo, n);
    memmove(st->fifo, st->fifo + n, st->level - n);
    st->level -= n;
    return value;
}

/* Low address bits are ignored: an access is aligned to its size. */
static bool port_read(struct device *dev, uint32_t address, unsigned size, uint32_t *value)
{
    return machine_bus_read(dev->machine, address & ~(size - 1), size, value);
}

static bool port_write(struct device *dev, uint32_t address, unsigned size, uint32_t value)
{
    return machine_bus_write(dev->machine, address & ~(size - 1), size, value);
}

static void step_peripheral(struct device *dev, unsigned s)
{
    uint32_t cr = *reg_of(dev, s, CR);
    if (cr & CR_PINC)
        stream_of(dev, s)->peripheral += cr & CR_PINCOS ? 4 : peripheral_size(dev, s);
}

static void step_memory(struct device *dev, unsigned s)
{
    if (*reg_of(dev, s, CR) & CR_MINC)
        stream_of(dev, s)->memory += memory_size(dev, s);
}

/* FIFO to memory; with flush also a last item of which only a part is there. */
static bool drain(struct device *dev, unsigned s, bool flush)
{
    struct stream *st = stream_of(dev, s);
    unsigned size = memory_size(dev, s);
    while (st->level >= size || (flush && st->level > 0)) {
        if (!port_write(dev, st->memory, size, fifo_pop(st, size)))
            return false;
        step_memory(dev, s);
    }
    return true;
}

/* Memory to FIFO, until it is full or holds all that is to be sent; at most until it holds wanted bytes. */
static bool fill(struct device *dev, unsigned s, unsigned wanted)
{
    struct stream *st = stream_of(dev, s);
    unsigned size = memory_size(dev, s);
    uint64_t total = peripheral_controls_flow(dev, s) ? UINT64_MAX : (uint64_t)*reg_of(dev, s, NDTR) * peripheral_size(dev, s);
    while (st->level + size <= FIFO_BYTES && st->level < wanted && st->level < total) {
        uint32_t value;
        if (!port_read(dev, st->memory, size, &value))
            return false;
        fifo_push(st, value, size);
        step_memory(dev, s);
    }
    return true;
}

/* What a stream fetches from memory before it is asked: one item in direct mode, a FIFO full else. */
static bool prefetch(struct device *dev, unsigned s)
{
    if (direction(dev, s) != MEMORY_TO_PERIPHERAL || peripheral_controls_flow(dev, s))
        return true;
    return fill(dev, s, direct_mode(dev, s) ? peripheral_size(dev, s) : FIFO_BYTES);
}

static bool beat_in(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    unsigned size = peripheral_size(dev, s);
    uint32_t value;
    if (!port_read(dev, st->peripheral, size, &value))
        return false;
    if (!enabled(dev, s))
        return true; /* the access had the stream switched off */
    fifo_push(st, value, size);
    step_peripheral(dev, s);
    return (!direct_mode(dev, s) && st->level < threshold(dev, s)) || drain(dev, s, false);
}

static bool beat_out(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    unsigned size = peripheral_size(dev, s);
    if (!fill(dev, s, size))
        return false;
    uint32_t value = fifo_pop(st, size), address = st->peripheral;
    step_peripheral(dev, s);
    return port_write(dev, address, size, value);
}

/* A pass of NDTR items is over. */
static bool complete(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    uint32_t *cr = reg_of(dev, s, CR);
    if (direction(dev, s) != MEMORY_TO_PERIPHERAL && !drain(dev, s, true))
        return false;
    raise_flag(dev, s, FLAG_TC);
    st->level = 0;
    if (!(*cr & CR_CIRC) || peripheral_controls_flow(dev, s) || direction(dev, s) == MEMORY_TO_MEMORY) {
        switch_off(dev, s);
        return true;
    }
    if (*cr & CR_DBM)
        *cr ^= CR_CT;
    *reg_of(dev, s, NDTR) = st->reload;
    st->peripheral = *reg_of(dev, s, PAR);
    st->memory = *reg_of(dev, s, (*cr & CR_DBM) && (*cr & CR_CT) ? M1AR : M0AR);
    return prefetch(dev, s);
}

/* One item on the peripheral port. */
static bool beat(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    uint32_t *ndtr = reg_of(dev, s, NDTR);
    if (!(direction(dev, s) == MEMORY_TO_PERIPHERAL ? beat_out(dev, s) : beat_in(dev, s)))
        return false;
    if (!enabled(dev, s))
        return true;
    if (*ndtr > 0)
        --*ndtr;
    if (peripheral_controls_flow(dev, s))
        return true;
    if (*ndtr == st->reload / 2)
        raise_flag(dev, s, FLAG_HT);
    if (*ndtr == 0)
        return complete(dev, s);
    if (direct_mode(dev, s) || st->level <= threshold(dev, s))
        return prefetch(dev, s);
    return true;
}

/* ---- requests ---- */

static bool requested(struct device *dev, unsigned s)
{
    uint32_t cr = *reg_of(dev, s, CR);
    if (!(cr & CR_EN) || direction(dev, s) == MEMORY_TO_MEMORY)
        return false;
    if (*reg_of(dev, s, NDTR) == 0 && !peripheral_controls_flow(dev, s))
        return false;
    unsigned in = s * CHANNELS + (cr >> 25 & 7);
    if (stream_of(dev, s)->latched)
        return true;
    return device_input(dev, in).level != 0 && ((struct dma *)dev->state)->rising != in + 1;
}

/* The peripheral has announced its last transfer, and all that it asked for is done. */
static bool ended(struct device *dev, unsigned s)
{
    return enabled(dev, s) && stream_of(dev, s)->ending &&
           device_input(dev, s * CHANNELS + (*reg_of(dev, s, CR) >> 25 & 7)).level == 0;
}

/* The stream to serve next, -1 for none: highest level first, lowest number among equals. */
static int arbitrate(struct device *dev)
{
    int best = -1;
    uint32_t best_level = 0;
    for (unsigned s = 0; s < STREAMS; s++) {
        uint32_t level = *reg_of(dev, s, CR) >> 16 & 3;
        if (best >= 0 && level <= best_level)
            continue;
        if (requested(dev, s) || ended(dev, s)) {
            best = (int)s;
            best_level = level;
        }
    }
    return best;
}

/* The peripheral's request: a burst, but single items where the peripheral decides how many there are. */
static void serve_stream(struct device *dev, unsigned s)
{
    if (!requested(dev, s)) {
        if (!complete(dev, s))
            transfer_error(dev, s);
        return;
    }
    stream_of(dev, s)->latched = false;
    unsigned beats = peripheral_controls_flow(dev, s) ? 1 : burst_beats(*reg_of(dev, s, CR) >> 21 & 3);
    for (unsigned i = 0; i < beats && enabled(dev, s); i++) {
        if (!beat(dev, s)) {
            transfer_error(dev, s);
            return;
        }
    }
}

static void serve(struct device *dev)
{
    struct dma *dma = dev->state;
    struct frequency hclk = device_clock(dev, 0);
    if (dma->serving)
        return;
    if (!frequency_running(hclk)) {
        dma->rising = 0;
        return;
    }
    dma->serving = true;
    unsigned served = 0;
    for (int s; served < SERVICES_AT_ONCE && (s = arbitrate(dev)) >= 0; served++)
        serve_stream(dev, (unsigned)s);
    dma->serving = false;
    dma->rising = 0;
    if (arbitrate(dev) >= 0)
        device_schedule(dev, TIMER_RESUME, machine_now(dev->machine) + frequency_ticks(hclk, served * SERVICE_CYCLES));
    update_interrupts(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    if (signal->level == 0 || device_input(dev, in).level == 0)
        return;
    unsigned s = in < INPUT_END ? in / CHANNELS : in - INPUT_END;
    uint32_t cr = *reg_of(dev, s, CR);
    if (!(cr & CR_EN) || direction(dev, s) == MEMORY_TO_MEMORY)
        return;
    if (in >= INPUT_END && !(cr & CR_PFCTRL))
        return;
    if (in < INPUT_END && (cr >> 25 & 7) != in % CHANNELS)
        return;
    struct dma *dma = dev->state;
    if (in >= INPUT_END) {
        dma->streams[s].ending = true;
    } else {
        dma->streams[s].latched = true;
        if (!dma->serving)
            dma->rising = (uint8_t)(in + 1);
    }
    serve(dev);
}

/* ---- memory to memory ---- */

static bool copying(struct device *dev, unsigned s)
{
    return enabled(dev, s) && direction(dev, s) == MEMORY_TO_MEMORY;
}

/* Items that should have been moved by now but were not. */
static uint32_t copy_debt(struct device *dev, unsigned s, struct frequency hclk)
{
    struct stream *st = stream_of(dev, s);
    uint64_t due = frequency_edges(hclk, machine_now(dev->machine) - st->epoch) / M2M_CYCLES;
    uint64_t debt = due > st->copied ? due - st->copied : 0;
    return (uint32_t)MIN(debt, *reg_of(dev, s, NDTR));
}

static void copy_catch_up(struct device *dev, unsigned s, struct frequency hclk)
{
    if (!copying(dev, s))
        return;
    struct stream *st = stream_of(dev, s);
    for (uint32_t n = copy_debt(dev, s, hclk); n > 0 && copying(dev, s); n--) {
        st->copied++;
        if (!beat(dev, s))
            transfer_error(dev, s);
    }
}

static void copy_schedule(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    uint32_t left = copying(dev, s) ? *reg_of(dev, s, NDTR) : 0, half = st->reload / 2;
    ticks_t distance = TICKS_NEVER;
    if (left > 0)
        distance = frequency_ticks(device_clock(dev, 0), M2M_CYCLES * (st->copied + (left > half ? left - half : left)));
    if (distance == TICKS_NEVER)
        device_cancel(dev, s);
    else
        device_schedule(dev, s, st->epoch + distance);
}

static void timer(struct device *dev, unsigned t)
{
    if (t == TIMER_RESUME) {
        serve(dev);
        return;
    }
    copy_catch_up(dev, t, device_clock(dev, 0));
    copy_schedule(dev, t);
    update_interrupts(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    for (unsigned s = 0; s < STREAMS; s++) {
        if (!copying(dev, s))
            continue;
        copy_catch_up(dev, s, old);
        stream_of(dev, s)->epoch = machine_now(dev->machine);
        stream_of(dev, s)->copied = 0;
        copy_schedule(dev, s);
    }
    update_interrupts(dev);
    serve(dev);
}

/* ---- registers ---- */

static bool config_reaches_memory(const struct device *dev)
{
    const struct stm32f2_dma_config *config = dev->config;
    return config != NULL && config->memory_to_memory;
}

/* Bits that the hardware forces when a stream starts. */
static void normalise(struct device *dev, unsigned s)
{
    uint32_t *cr = reg_of(dev, s, CR);
    if (direction(dev, s) == MEMORY_TO_MEMORY) {
        *cr &= ~CR_PFCTRL;
        *reg_of(dev, s, FCR) |= FCR_DMDIS;
    }
    if (*cr & CR_PFCTRL)
        *cr &= ~CR_CIRC;
    else if (*cr & CR_DBM)
        *cr |= CR_CIRC;
    if (direct_mode(dev, s))
        *cr = (*cr & ~(3u << 13) & ~CR_BURSTS) | (*cr >> 11 & 3) << 13;
}

static void start(struct device *dev, unsigned s)
{
    struct stream *st = stream_of(dev, s);
    normalise(dev, s);
    uint32_t cr = *reg_of(dev, s, CR);
    *reg_of(dev, s, NDTR) = cr & CR_PFCTRL ? 0xFFFF : st->reload;
    st->peripheral = *reg_of(dev, s, PAR);
    st->memory = *reg_of(dev, s, (cr & CR_DBM) && (cr & CR_CT) ? M1AR : M0AR);
    st->level = 0;
    st->latched = st->ending = false;
    /* A threshold must be a whole number of memory bursts: RM0033 table "FIFO threshold configurations". */
    unsigned burst = burst_beats(cr >> 23 & 3) * memory_size(dev, s);
    if (burst_beats(cr >> 23 & 3) > 1 && threshold(dev, s) % burst != 0) {
        raise_flag(dev, s, FLAG_FE);
        switch_off(dev, s);
        return;
    }
    if (copying(dev, s) && !config_reaches_memory(dev)) {
        machine_report(dev->machine, "dma", "%s stream %u: memory to memory is for DMA2 only", dev->name, s);
        transfer_error(dev, s); /* a peripheral port that is not on the bus matrix finds nobody at the source address */
        return;
    }
    if (copying(dev, s)) {
        st->epoch = machine_now(dev->machine);
        st->copied = 0;
        copy_schedule(dev, s);
    } else if (*reg_of(dev, s, NDTR) > 0 && !prefetch(dev, s)) {
        transfer_error(dev, s);
    }
}

/* The program clears EN: what the FIFO holds goes to memory, and TCIF tells that this is done. */
static void stop(struct device *dev, unsigned s)
{
    if (direction(dev, s) != MEMORY_TO_PERIPHERAL && !drain(dev, s, true))
        raise_flag(dev, s, FLAG_TE);
    raise_flag(dev, s, FLAG_TC);
    switch_off(dev, s);
}

static void write_cr(struct device *dev, unsigned s, uint32_t old)
{
    uint32_t *cr = reg_of(dev, s, CR);
    if (!(old & CR_EN)) {
        if (*cr & CR_EN)
            start(dev, s);
        return;
    }
    bool off = !(*cr & CR_EN);
    *cr = (old & ~CR_RUNNING) | (*cr & CR_RUNNING) | CR_EN;
    normalise(dev, s);
    copy_catch_up(dev, s, device_clock(dev, 0));
    if (off && enabled(dev, s))
        stop(dev, s);
}

/* Memory addresses of a running stream may change only where double-buffer mode is not using them. */
static void write_memory_address(struct device *dev, unsigned s, unsigned which, uint32_t old)
{
    uint32_t cr = *reg_of(dev, s, CR);
    if (!(cr & CR_EN) || ((cr & CR_DBM) && !(cr & CR_CT) == (which == M1AR)))
        return;
    *reg_of(dev, s, which) = old;
    if (cr & CR_DBM)
        transfer_error(dev, s);
}

static void write_stream(struct device *dev, unsigned s, unsigned which, uint32_t old)
{
    bool running = enabled(dev, s);
    switch (which) {
    case CR:
        write_cr(dev, s, old);
        break;
    case NDTR:
        if (running)
            *reg_of(dev, s, NDTR) = old;
        else
            stream_of(dev, s)->reload = *reg_of(dev, s, NDTR);
        break;
    case PAR:
        if (running)
            *reg_of(dev, s, PAR) = old;
        break;
    case M0AR:
    case M1AR:
        write_memory_address(dev, s, which, old);
        break;
    case FCR:
        if (running)
            *reg_of(dev, s, FCR) = (old & ~FCR_FEIE) | (*reg_of(dev, s, FCR) & FCR_FEIE);
        break;
    default:
        break;
    }
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    if (reg == LIFCR)
        dev->regs[LISR] &= ~value;
    else if (reg == HIFCR)
        dev->regs[HISR] &= ~value;
    else if (reg >= FIRST_STREAM)
        write_stream(dev, (reg - FIRST_STREAM) / STREAM_REGS, (reg - FIRST_STREAM) % STREAM_REGS, old);
    update_interrupts(dev);
    serve(dev);
}

static uint32_t fifo_status(const struct stream *st)
{
    if (st->level == 0)
        return 4;
    return st->level == FIFO_BYTES ? 5 : st->level / (FIFO_BYTES / 4);
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    if (reg < FIRST_STREAM)
        return dev->regs[reg];
    unsigned s = (reg - FIRST_STREAM) / STREAM_REGS, which = (reg - FIRST_STREAM) % STREAM_REGS;
    if (which == FCR)
        return (dev->regs[reg] & ~(7u << 3)) | fifo_status(stream_of(dev, s)) << 3;
    if (which != NDTR || !copying(dev, s))
        return dev->regs[reg];
    if (!side_effects)
        return dev->regs[reg] - copy_debt(dev, s, device_clock(dev, 0));
    copy_catch_up(dev, s, device_clock(dev, 0));
    update_interrupts(dev);
    return dev->regs[reg];
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    memset(dev->state, 0, sizeof(struct dma));
    update_interrupts(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    for (unsigned s = 0; s < STREAMS; s++) {
        bool mine = reg == (s < 4 ? LISR : HISR) || (reg >= FIRST_STREAM && (reg - FIRST_STREAM) / STREAM_REGS == s);
        if (!mine || !enabled(dev, s) || copying(dev, s))
            continue;
        if (*reg_of(dev, s, NDTR) == 0 && !peripheral_controls_flow(dev, s))
            return "the stream is enabled with NDTR 0: it moves nothing";
        return "the stream is enabled and waits for a request of the peripheral on its channel";
    }
    return NULL;
}

const struct device_class stm32f2_dma_class = {
    .name = "STM32F2 DMA controller",
    .state_size = sizeof(struct dma),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = N_INPUTS,
    .n_outputs = STREAMS,
    .n_timers = N_TIMERS,
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
