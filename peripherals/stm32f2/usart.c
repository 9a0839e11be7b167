/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Universal synchronous/asynchronous receiver transmitter (RM0033 chapter 24).
 *
 * Models: asynchronous mode with its double-buffered transmitter in real bit times (data, idle preamble and break frames, word
 * length, parity, stop bits, both oversamplings), the receiver with all its error flags and their clearing sequences, CTS and
 * RTS, DMA requests and interrupts. An arriving character is known at its end only, so IDLE comes when a character that began
 * within one idle frame would be here: two frame times after the last one. Leaves out: LIN, IrDA, smartcard and synchronous
 * mode; mute mode and half duplex are stored (the line is never looped back); UART4 and UART5 have the bits of the full USARTs.
 * Real firmware needs: Serial1 (USART1) and Serial2 (USART2) by interrupt; the boot path touches none.
 */
#include "peripherals/stm32f2/usart.h"

#include <glib.h>
#include <string.h>

enum { SR, DR, BRR, CR1, CR2, CR3, GTPR };
enum { IN_RX, IN_CTS };
enum { OUT_TX, OUT_IRQ, OUT_DMA_TX, OUT_DMA_RX, OUT_RTS };
enum { TIMER_TX, TIMER_IDLE };

#define SR_PE          BIT(0)
#define SR_FE          BIT(1)
#define SR_NF          BIT(2)
#define SR_ORE         BIT(3)
#define SR_IDLE        BIT(4)
#define SR_RXNE        BIT(5)
#define SR_TC          BIT(6)
#define SR_TXE         BIT(7)
#define SR_LBD         BIT(8)
#define SR_CTS         BIT(9)
#define SR_BY_SEQUENCE (SR_PE | SR_FE | SR_NF | SR_ORE | SR_IDLE)

#define CR1_SBK    BIT(0)
#define CR1_RE     BIT(2)
#define CR1_TE     BIT(3)
#define CR1_IDLEIE BIT(4)
#define CR1_RXNEIE BIT(5)
#define CR1_TCIE   BIT(6)
#define CR1_TXEIE  BIT(7)
#define CR1_PEIE   BIT(8)
#define CR1_PS     BIT(9)
#define CR1_PCE    BIT(10)
#define CR1_M      BIT(12)
#define CR1_UE     BIT(13)
#define CR1_OVER8  BIT(15)

#define CR3_EIE   BIT(0)
#define CR3_DMAR  BIT(6)
#define CR3_DMAT  BIT(7)
#define CR3_RTSE  BIT(8)
#define CR3_CTSE  BIT(9)
#define CR3_CTSIE BIT(10)

enum frame { NO_FRAME, DATA_FRAME, IDLE_FRAME, BREAK_FRAME };

struct usart {
    uint32_t tdr, shift, rdr; /* transmit buffer, the word on the wire, receive buffer */
    enum frame frame;         /* on the wire */
    bool preamble;            /* an idle frame is owed since TE was set */
    uint32_t seen;            /* flags that the last read of SR showed: half a clearing sequence */
    bool idle_armed;          /* a character came since IDLE was set */
    /* What is left of the frame on the wire and of the idle time, in PCLK cycles, at since. */
    ticks_t tx_since, idle_since;
    uint64_t tx_left, idle_left;
};

static const struct reg_field sr_fields[] = {
    {"PE", 0, 1, RO, EFFECT, "/usart/parity"},
    {"FE", 1, 1, RO, EFFECT, "/usart/receive-errors"},
    {"NF", 2, 1, RO, EFFECT, "/usart/receive-errors"},
    {"ORE", 3, 1, RO, EFFECT, "/usart/overrun"},
    {"IDLE", 4, 1, RO, EFFECT, "/usart/idle"},
    {"RXNE", 5, 1, W0C, EFFECT, "/usart/receive"},
    {"TC", 6, 1, W0C, EFFECT, "/usart/transmit"},
    {"TXE", 7, 1, RO, EFFECT, "/usart/transmit"},
    {"LBD", 8, 1, W0C, STORED, NULL}, /* LIN */
    {"CTS", 9, 1, W0C, EFFECT, "/usart/cts"},
};
static const struct reg_field dr_fields[] = {{"DR", 0, 9, RW, EFFECT, "/usart/transmit"}};
static const struct reg_field brr_fields[] = {
    {"DIV_Fraction", 0, 4, RW, EFFECT, "/usart/baud"},
    {"DIV_Mantissa", 4, 12, RW, EFFECT, "/usart/baud"},
};
static const struct reg_field cr1_fields[] = {
    {"SBK", 0, 1, RW, EFFECT, "/usart/break"},       {"RWU", 1, 1, RW, STORED, NULL},
    {"RE", 2, 1, RW, EFFECT, "/usart/receive"},      {"TE", 3, 1, RW, EFFECT, "/usart/preamble"},
    {"IDLEIE", 4, 1, RW, EFFECT, "/usart/idle"},     {"RXNEIE", 5, 1, RW, EFFECT, "/usart/receive"},
    {"TCIE", 6, 1, RW, EFFECT, "/usart/interrupts"}, {"TXEIE", 7, 1, RW, EFFECT, "/usart/interrupts"},
    {"PEIE", 8, 1, RW, EFFECT, "/usart/parity"},     {"PS", 9, 1, RW, EFFECT, "/usart/parity"},
    {"PCE", 10, 1, RW, EFFECT, "/usart/parity"},     {"WAKE", 11, 1, RW, STORED, NULL},
    {"M", 12, 1, RW, EFFECT, "/usart/word-length"},  {"UE", 13, 1, RW, EFFECT, "/usart/receive"},
    {"OVER8", 15, 1, RW, EFFECT, "/usart/baud"},
};
static const struct reg_field cr2_fields[] = {
    {"ADD", 0, 4, RW, STORED, NULL},        {"LBDL", 5, 1, RW, STORED, NULL},
    {"LBDIE", 6, 1, RW, STORED, NULL},      {"LBCL", 8, 1, RW, STORED, NULL},
    {"CPHA", 9, 1, RW, STORED, NULL},       {"CPOL", 10, 1, RW, STORED, NULL},
    {"CLKEN", 11, 1, RW, UNMODELLED, NULL}, {"STOP", 12, 2, RW, EFFECT, "/usart/stop-bits"},
    {"LINEN", 14, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field cr3_fields[] = {
    {"EIE", 0, 1, RW, EFFECT, "/usart/receive-errors"},
    {"IREN", 1, 1, RW, UNMODELLED, NULL},
    {"IRLP", 2, 1, RW, STORED, NULL},
    {"HDSEL", 3, 1, RW, STORED, NULL},
    {"NACK", 4, 1, RW, STORED, NULL},
    {"SCEN", 5, 1, RW, UNMODELLED, NULL},
    {"DMAR", 6, 1, RW, EFFECT, "/usart/dma"},
    {"DMAT", 7, 1, RW, EFFECT, "/usart/dma"},
    {"RTSE", 8, 1, RW, EFFECT, "/usart/rts"},
    {"CTSE", 9, 1, RW, EFFECT, "/usart/cts"},
    {"CTSIE", 10, 1, RW, EFFECT, "/usart/cts"},
    {"ONEBIT", 11, 1, RW, STORED, NULL},
};
static const struct reg_field gtpr_fields[] = {{"PSC", 0, 8, RW, STORED, NULL}, {"GT", 8, 8, RW, STORED, NULL}};

static const struct reg registers[] = {
    [SR] = {"SR", 0x00, 0x00C0, FIELDS(sr_fields)}, /* the manual prints 0x00C00000, but means TXE and TC */
    [DR] = {"DR", 0x04, 0, FIELDS(dr_fields)},      [BRR] = {"BRR", 0x08, 0, FIELDS(brr_fields)},
    [CR1] = {"CR1", 0x0C, 0, FIELDS(cr1_fields)},   [CR2] = {"CR2", 0x10, 0, FIELDS(cr2_fields)},
    [CR3] = {"CR3", 0x14, 0, FIELDS(cr3_fields)},   [GTPR] = {"GTPR", 0x18, 0, FIELDS(gtpr_fields)},
};

static const char *const input_names[] = {"rx", "cts"};
static const char *const output_names[] = {"tx", "irq", "dma_tx", "dma_rx", "rts"};
static const char *const clock_names[] = {"bus"};

/* ---- times ---- */

/* PCLK cycles of a bit; 0 while no divider is set. */
static uint32_t bit_cycles(const struct device *dev)
{
    uint32_t brr = dev->regs[BRR];
    return dev->regs[CR1] & CR1_OVER8 ? (brr >> 4) * 8 + (brr & 7) : brr;
}

static uint64_t frame_cycles(const struct device *dev)
{
    static const uint8_t stop_half_bits[4] = {2, 1, 4, 3};
    uint32_t half_bits = 2 * (1 + (dev->regs[CR1] & CR1_M ? 9 : 8)) + stop_half_bits[dev->regs[CR2] >> 12 & 3];
    return ((uint64_t)half_bits * bit_cycles(dev) + 1) / 2;
}

/* Set a timer for what is left of a span that a clock of rate f measures; none if the clock stands still. */
static void arm(struct device *dev, unsigned t, ticks_t since, uint64_t left)
{
    ticks_t distance = frequency_ticks(device_clock(dev, 0), left);
    if (distance == TICKS_NEVER)
        device_cancel(dev, t);
    else
        device_schedule(dev, t, since + distance);
}

static uint64_t left_after(struct frequency f, ticks_t elapsed, uint64_t left)
{
    uint64_t done = frequency_edges(f, elapsed);
    return done < left ? left - done : 0;
}

/* ---- lines ---- */

static bool interrupt(const struct device *dev)
{
    uint32_t sr = dev->regs[SR], cr1 = dev->regs[CR1], cr3 = dev->regs[CR3];
    return ((cr1 & CR1_TXEIE) && (sr & SR_TXE)) || ((cr1 & CR1_TCIE) && (sr & SR_TC)) ||
           ((cr1 & CR1_RXNEIE) && (sr & (SR_RXNE | SR_ORE))) || ((cr1 & CR1_IDLEIE) && (sr & SR_IDLE)) ||
           ((cr1 & CR1_PEIE) && (sr & SR_PE)) || ((cr3 & CR3_EIE) && (cr3 & CR3_DMAR) && (sr & (SR_FE | SR_NF | SR_ORE))) ||
           ((cr3 & CR3_CTSIE) && (sr & SR_CTS));
}

/* Each level is worked out when its turn comes: a DMA stream may answer the one before with an access to DR. */
static void update_lines(struct device *dev)
{
    const uint32_t *r = dev->regs;
    device_set_level(dev, OUT_RTS, (r[CR3] & CR3_RTSE) && (r[SR] & SR_RXNE));
    device_set_level(dev, OUT_DMA_RX, (r[CR3] & CR3_DMAR) && (r[SR] & SR_RXNE));
    device_set_level(dev, OUT_DMA_TX, (r[CR3] & CR3_DMAT) && (r[SR] & SR_TXE));
    device_set_level(dev, OUT_IRQ, interrupt(dev));
}

static void publish(struct device *dev, const char *direction, uint32_t byte)
{
    uint32_t cycles = bit_cycles(dev);
    struct frequency baud = cycles != 0 ? frequency_scale(device_clock(dev, 0), 1, cycles) : FREQUENCY_STOPPED;
    machine_publish(dev->machine, "uart", FIELD_STRING("port", dev->name), FIELD_STRING("direction", direction),
                    FIELD_INT("byte", byte), FIELD_INT("baud", (int64_t)frequency_hz(baud)));
}

/* ---- transmitter ---- */

/* Data bits of a character: the parity bit takes the place of the last one. */
static uint32_t data_mask(const struct device *dev)
{
    unsigned bits = dev->regs[CR1] & CR1_M ? 9 : 8;
    if (dev->regs[CR1] & CR1_PCE)
        bits--;
    return BIT(bits) - 1;
}

static uint32_t to_line(uint32_t data)
{
    return USART_CHARACTER | (data & 0xFF) | (data & 0x100 ? USART_NINTH_BIT : 0);
}

/* Put the next frame on the wire if there is one and the wire is free. */
static void next_frame(struct device *dev)
{
    struct usart *u = dev->state;
    uint32_t *r = dev->regs;
    if (u->frame != NO_FRAME || !(r[CR1] & CR1_UE) || !(r[CR1] & CR1_TE) || bit_cycles(dev) == 0)
        return;
    if (u->preamble) {
        u->preamble = false;
        u->frame = IDLE_FRAME;
    } else if (r[CR1] & CR1_SBK) {
        u->frame = BREAK_FRAME;
    } else if (!(r[SR] & SR_TXE) && !((r[CR3] & CR3_CTSE) && device_input(dev, IN_CTS).level != 0)) {
        u->frame = DATA_FRAME;
        u->shift = u->tdr;
        r[SR] |= SR_TXE;
    } else {
        return;
    }
    u->tx_since = machine_now(dev->machine);
    u->tx_left = frame_cycles(dev);
    arm(dev, TIMER_TX, u->tx_since, u->tx_left);
}

static void frame_sent(struct device *dev)
{
    struct usart *u = dev->state;
    uint32_t *r = dev->regs;
    enum frame sent = u->frame;
    uint32_t data = u->shift & data_mask(dev);
    u->frame = NO_FRAME;
    if (sent == BREAK_FRAME)
        r[CR1] &= ~CR1_SBK;
    next_frame(dev);
    if (sent != IDLE_FRAME && u->frame == NO_FRAME && (r[SR] & SR_TXE))
        r[SR] |= SR_TC;
    if (sent == DATA_FRAME)
        publish(dev, "tx", data);
    if (sent != IDLE_FRAME) {
        device_set_level(dev, OUT_TX, sent == BREAK_FRAME ? USART_CHARACTER | USART_NO_STOP : to_line(data));
        device_set_level(dev, OUT_TX, 0);
    }
    update_lines(dev);
}

static void write_data(struct device *dev, uint32_t value)
{
    struct usart *u = dev->state;
    dev->regs[SR] &= ~(u->seen & (SR_TC | SR_PE));
    u->seen = 0;
    u->tdr = value & 0x1FF;
    dev->regs[SR] &= ~SR_TXE;
    next_frame(dev);
}

/* ---- receiver ---- */

/* What DR shows of a character: with parity, its bit in the last place. */
static uint32_t received_word(const struct device *dev, uint32_t level)
{
    uint32_t mask = data_mask(dev), cr1 = dev->regs[CR1];
    uint32_t data = ((level & 0xFF) | (level & USART_NINTH_BIT ? 0x100 : 0)) & mask;
    if (!(cr1 & CR1_PCE))
        return data;
    uint32_t parity = 0;
    for (uint32_t bits = data; bits != 0; bits >>= 1)
        parity ^= bits & 1;
    parity ^= ((cr1 & CR1_PS) != 0) ^ ((level & USART_PARITY_ERROR) != 0);
    return data | parity * (mask + 1);
}

static void receive(struct device *dev, uint32_t level)
{
    struct usart *u = dev->state;
    uint32_t *sr = &dev->regs[SR];
    if (!(dev->regs[CR1] & CR1_UE) || !(dev->regs[CR1] & CR1_RE) || !frequency_running(device_clock(dev, 0)))
        return;
    u->idle_armed = true;
    u->idle_since = machine_now(dev->machine);
    u->idle_left = 2 * frame_cycles(dev);
    arm(dev, TIMER_IDLE, u->idle_since, u->idle_left);
    uint32_t word = received_word(dev, level);
    publish(dev, "rx", word & data_mask(dev));
    if (*sr & SR_RXNE) {
        *sr |= SR_ORE; /* the one that waits stays, the new one is lost */
    } else {
        u->rdr = word;
        *sr |= SR_RXNE;
        *sr |= level & USART_NO_STOP ? SR_FE : 0;
        *sr |= level & USART_NOISE ? SR_NF : 0;
        *sr |= (level & USART_PARITY_ERROR) && (dev->regs[CR1] & CR1_PCE) ? SR_PE : 0;
    }
    update_lines(dev);
}

static uint32_t read_data(struct device *dev)
{
    struct usart *u = dev->state;
    dev->regs[SR] &= ~(u->seen & SR_BY_SEQUENCE);
    dev->regs[SR] &= ~SR_RXNE;
    u->seen = 0;
    update_lines(dev);
    return u->rdr;
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    if (in == IN_RX) {
        if (signal->level & USART_CHARACTER)
            receive(dev, signal->level);
        return;
    }
    if (!(dev->regs[CR3] & CR3_CTSE) || !frequency_running(device_clock(dev, 0)))
        return;
    dev->regs[SR] |= SR_CTS;
    next_frame(dev);
    update_lines(dev);
}

/* ---- the rest ---- */

static void timer(struct device *dev, unsigned t)
{
    struct usart *u = dev->state;
    if (t == TIMER_TX) {
        frame_sent(dev);
        return;
    }
    if (u->idle_armed && (dev->regs[CR1] & CR1_RE)) {
        u->idle_armed = false;
        dev->regs[SR] |= SR_IDLE;
        update_lines(dev);
    }
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    struct usart *u = dev->state;
    ticks_t now = machine_now(dev->machine);
    if (u->frame != NO_FRAME) {
        u->tx_left = left_after(old, now - u->tx_since, u->tx_left);
        u->tx_since = now;
        arm(dev, TIMER_TX, now, u->tx_left);
    }
    if (u->idle_armed) {
        u->idle_left = left_after(old, now - u->idle_since, u->idle_left);
        u->idle_since = now;
        arm(dev, TIMER_IDLE, now, u->idle_left);
    }
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    struct usart *u = dev->state;
    if (reg == DR)
        return side_effects ? read_data(dev) : u->rdr;
    if (reg == SR && side_effects)
        u->seen = dev->regs[SR];
    return dev->regs[reg];
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct usart *u = dev->state;
    if (reg == DR && (mask & 0xFF))
        write_data(dev, value);
    if (reg == CR1 && (dev->regs[CR1] & ~old & CR1_TE))
        u->preamble = true;
    next_frame(dev);
    update_lines(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    device_reset_registers(dev);
    memset(dev->state, 0, sizeof(struct usart));
    device_set_level(dev, OUT_TX, 0);
    update_lines(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg != SR)
        return NULL;
    if (!(dev->regs[CR1] & CR1_UE) || !(dev->regs[CR1] & CR1_TE))
        return "TXE and TC: the transmitter is off (CR1.UE, CR1.TE)";
    if (bit_cycles(dev) == 0)
        return "TXE and TC: BRR is 0, so there is no baud rate";
    if (!(dev->regs[SR] & SR_TXE) && (dev->regs[CR3] & CR3_CTSE) && device_input(dev, IN_CTS).level != 0)
        return "TXE and TC: nCTS is high and CR3.CTSE set";
    return "RXNE: nothing arrives";
}

const struct device_class stm32f2_usart_class = {
    .name = "STM32F2 USART",
    .state_size = sizeof(struct usart),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = 2,
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
