/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inter-integrated circuit interface (RM0033 chapter 23).
 *
 * Models: the master with start, repeated start, 7- and 10-bit addresses, both directions, acknowledge control (ACK, POS),
 * stop, all event flags with their clearing sequences, acknowledge failure, arbitration loss and bus error, and the bit times
 * of CCR. Clock stretching towards the program works as on silicon: the bus waits while SB, ADDR, ADD10 or BTF want an answer.
 * Leaves out: slave mode (own addresses are stored; nobody addresses us), SMBus and packet error checking, the end-of-transfer
 * signal of the DMA (LAST), rise and set-up times (TRISE, FREQ), a bus that is busy with other masters.
 * Real firmware needs: Wire in user code, usually on an empty bus: an address ends with AF, nothing blocks. The boot path
 * touches none.
 */
#include "peripherals/stm32f2/i2c.h"

#include <glib.h>
#include <string.h>

enum { CR1, CR2, OAR1, OAR2, DR, SR1, SR2, CCR, TRISE };
enum { OUT_BUS, OUT_IRQ_EV, OUT_IRQ_ER, OUT_DMA_TX, OUT_DMA_RX };

#define CR1_PE    BIT(0)
#define CR1_START BIT(8)
#define CR1_STOP  BIT(9)
#define CR1_ACK   BIT(10)
#define CR1_POS   BIT(11)
#define CR1_PEC   BIT(12)
#define CR1_SWRST BIT(15)

#define CR2_ITERREN BIT(8)
#define CR2_ITEVTEN BIT(9)
#define CR2_ITBUFEN BIT(10)
#define CR2_DMAEN   BIT(11)

#define SR1_SB     BIT(0)
#define SR1_ADDR   BIT(1)
#define SR1_BTF    BIT(2)
#define SR1_ADD10  BIT(3)
#define SR1_STOPF  BIT(4)
#define SR1_RXNE   BIT(6)
#define SR1_TXE    BIT(7)
#define SR1_BERR   BIT(8)
#define SR1_ARLO   BIT(9)
#define SR1_AF     BIT(10)
#define SR1_EVENTS (SR1_SB | SR1_ADDR | SR1_BTF | SR1_ADD10 | SR1_STOPF)
#define SR1_ERRORS (0xDFu << 8) /* BERR to PECERR, TIMEOUT, SMBALERT */

#define SR2_MSL  BIT(0)
#define SR2_BUSY BIT(1)
#define SR2_TRA  BIT(2)

enum phase {
    IDLE,      /* no transfer of ours */
    STARTING,  /* start condition on the wire */
    STARTED,   /* SB waits for the address */
    ADDRESS,   /* address byte on the wire */
    ADDRESSED, /* ADDR or ADD10 waits to be cleared */
    SENDING,   /* data byte on the wire */
    SENT,      /* the next data byte is awaited */
    RECEIVING, /* data byte on the wire */
    HELD,      /* both buffers are full: the clock is held */
    HALTED,    /* not acknowledged: a start or stop is awaited */
    STOPPING,  /* stop condition on the wire */
};

struct i2c {
    enum phase phase;
    uint32_t shift;  /* the byte on the wire, or the one that waits behind DR */
    bool shift_full; /* receiver: it waits */
    bool reading;    /* direction of the address sent */
    bool second;     /* the byte on the wire is the second of a 10-bit address */
    bool ack_next;   /* POS: acknowledge of the byte on the wire, decided one byte earlier */
    uint32_t seen;   /* SR1 as last read: half a clearing sequence */
    ticks_t since;   /* what is left of the condition or byte on the wire, in PCLK cycles, at that moment */
    uint64_t left;
};

static const struct reg_field cr1_fields[] = {
    {"PE", 0, 1, RW, EFFECT, "/i2c/disable"},
    {"SMBUS", 1, 1, RW, UNMODELLED, NULL},
    {"SMBTYPE", 3, 1, RW, STORED, NULL},
    {"ENARP", 4, 1, RW, STORED, NULL},
    {"ENPEC", 5, 1, RW, UNMODELLED, NULL},
    {"ENGC", 6, 1, RW, STORED, NULL},
    {"NOSTRETCH", 7, 1, RW, STORED, NULL},
    {"START", 8, 1, RW, EFFECT, "/i2c/empty-bus"},
    {"STOP", 9, 1, RW, EFFECT, "/i2c/empty-bus"},
    {"ACK", 10, 1, RW, EFFECT, "/i2c/receive"},
    {"POS", 11, 1, RW, EFFECT, "/i2c/receive-two"},
    {"PEC", 12, 1, RW, UNMODELLED, NULL},
    {"ALERT", 13, 1, RW, UNMODELLED, NULL},
    {"SWRST", 15, 1, RW, EFFECT, "/i2c/software-reset"},
};
static const struct reg_field cr2_fields[] = {
    {"FREQ", 0, 6, RW, STORED, NULL},
    {"ITERREN", 8, 1, RW, EFFECT, "/i2c/interrupts"},
    {"ITEVTEN", 9, 1, RW, EFFECT, "/i2c/interrupts"},
    {"ITBUFEN", 10, 1, RW, EFFECT, "/i2c/interrupts"},
    {"DMAEN", 11, 1, RW, EFFECT, "/i2c/dma"},
    {"LAST", 12, 1, RW, STORED, NULL},
};
static const struct reg_field oar1_fields[] = {
    {"ADD0", 0, 1, RW, STORED, NULL},     {"ADD7_1", 1, 7, RW, STORED, NULL},
    {"ADD9_8", 8, 2, RW, STORED, NULL},   {"KEEP_AT_1", 14, 1, RW, STORED, NULL}, /* the manual's wish to software */
    {"ADDMODE", 15, 1, RW, STORED, NULL},
};
static const struct reg_field oar2_fields[] = {{"ENDUAL", 0, 1, RW, STORED, NULL}, {"ADD2", 1, 7, RW, STORED, NULL}};
static const struct reg_field dr_fields[] = {{"DR", 0, 8, RW, EFFECT, "/i2c/transmit"}};
static const struct reg_field sr1_fields[] = {
    {"SB", 0, 1, RO, EFFECT, "/i2c/empty-bus"},
    {"ADDR", 1, 1, RO, EFFECT, "/i2c/transmit"},
    {"BTF", 2, 1, RO, EFFECT, "/i2c/transmit"},
    {"ADD10", 3, 1, RO, EFFECT, "/i2c/ten-bit-address"},
    {"STOPF", 4, 1, RO, STORED, NULL}, /* slave */
    {"RXNE", 6, 1, RO, EFFECT, "/i2c/receive"},
    {"TXE", 7, 1, RO, EFFECT, "/i2c/transmit"},
    {"BERR", 8, 1, W0C, EFFECT, "/i2c/bus-error"},
    {"ARLO", 9, 1, W0C, EFFECT, "/i2c/arbitration-lost"},
    {"AF", 10, 1, W0C, EFFECT, "/i2c/empty-bus"},
    {"OVR", 11, 1, W0C, STORED, NULL},      /* slave */
    {"PECERR", 12, 1, W0C, STORED, NULL},   /* SMBus */
    {"TIMEOUT", 14, 1, W0C, STORED, NULL},  /* SMBus */
    {"SMBALERT", 15, 1, W0C, STORED, NULL}, /* SMBus */
};
static const struct reg_field sr2_fields[] = {
    {"MSL", 0, 1, RO, EFFECT, "/i2c/empty-bus"}, {"BUSY", 1, 1, RO, EFFECT, "/i2c/empty-bus"},
    {"TRA", 2, 1, RO, EFFECT, "/i2c/transmit"},  {"GENCALL", 4, 1, RO, STORED, NULL},
    {"SMBDEFAULT", 5, 1, RO, STORED, NULL},      {"SMBHOST", 6, 1, RO, STORED, NULL},
    {"DUALF", 7, 1, RO, STORED, NULL},           {"PEC", 8, 8, RO, STORED, NULL},
};
static const struct reg_field ccr_fields[] = {
    {"CCR", 0, 12, RW, EFFECT, "/i2c/bit-time"},
    {"DUTY", 14, 1, RW, EFFECT, "/i2c/bit-time"},
    {"FS", 15, 1, RW, EFFECT, "/i2c/bit-time"},
};
static const struct reg_field trise_fields[] = {{"TRISE", 0, 6, RW, STORED, NULL}};

static const struct reg registers[] = {
    [CR1] = {"CR1", 0x00, 0, FIELDS(cr1_fields)},       [CR2] = {"CR2", 0x04, 0, FIELDS(cr2_fields)},
    [OAR1] = {"OAR1", 0x08, 0, FIELDS(oar1_fields)},    [OAR2] = {"OAR2", 0x0C, 0, FIELDS(oar2_fields)},
    [DR] = {"DR", 0x10, 0, FIELDS(dr_fields)},          [SR1] = {"SR1", 0x14, 0, FIELDS(sr1_fields)},
    [SR2] = {"SR2", 0x18, 0, FIELDS(sr2_fields)},       [CCR] = {"CCR", 0x1C, 0, FIELDS(ccr_fields)},
    [TRISE] = {"TRISE", 0x20, 2, FIELDS(trise_fields)},
};

static const char *const input_names[] = {"bus"};
static const char *const output_names[] = {"bus", "irq_ev", "irq_er", "dma_tx", "dma_rx"};
static const char *const clock_names[] = {"bus"};

/* ---- lines ---- */

/* Each level is worked out when its turn comes: a DMA stream may answer the one before with an access to DR. */
static void update_lines(struct device *dev)
{
    const uint32_t *r = dev->regs;
    device_set_level(dev, OUT_DMA_RX, (r[CR2] & CR2_DMAEN) && (r[SR1] & SR1_RXNE));
    device_set_level(dev, OUT_DMA_TX, (r[CR2] & CR2_DMAEN) && (r[SR1] & SR1_TXE));
    uint32_t events = r[CR2] & CR2_ITBUFEN ? SR1_EVENTS | SR1_TXE | SR1_RXNE : SR1_EVENTS;
    device_set_level(dev, OUT_IRQ_EV, (r[CR2] & CR2_ITEVTEN) && (r[SR1] & events));
    device_set_level(dev, OUT_IRQ_ER, (r[CR2] & CR2_ITERREN) && (r[SR1] & SR1_ERRORS));
}

/* Show a code on the bus; returns the answer. */
static uint32_t tell(struct device *dev, uint32_t code)
{
    device_set_level(dev, OUT_BUS, code);
    uint32_t answer = device_input(dev, 0).level;
    device_set_level(dev, OUT_BUS, 0);
    return answer;
}

/* ---- time ---- */

static uint32_t bit_cycles(const struct device *dev)
{
    uint32_t ccr = dev->regs[CCR], half = MAX(ccr & 0xFFF, 1);
    if (!(ccr & BIT(15)))
        return 2 * half;
    return (ccr & BIT(14) ? 16 + 9 : 2 + 1) * half;
}

static void arm(struct device *dev)
{
    struct i2c *i2c = dev->state;
    ticks_t distance = frequency_ticks(device_clock(dev, 0), i2c->left);
    if (distance == TICKS_NEVER)
        device_cancel(dev, 0);
    else
        device_schedule(dev, 0, i2c->since + distance);
}

static void enter(struct device *dev, enum phase phase, unsigned bits)
{
    struct i2c *i2c = dev->state;
    i2c->phase = phase;
    i2c->since = machine_now(dev->machine);
    i2c->left = (uint64_t)bits * bit_cycles(dev);
    arm(dev);
}

/* ---- the master ---- */

/* Begin what can begin now that the wire is at rest. */
static void go_on(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs;
    switch (i2c->phase) {
    case IDLE:
        r[CR1] &= ~CR1_STOP; /* there is nothing to stop */
        if (r[CR1] & CR1_START)
            enter(dev, STARTING, 1);
        return;
    case STARTED:
    case SENT:
    case HELD:
    case HALTED:
        if (r[CR1] & CR1_STOP)
            enter(dev, STOPPING, 1);
        else if ((r[CR1] & CR1_START) && i2c->phase != STARTED)
            enter(dev, STARTING, 1);
        else if (i2c->phase == SENT && !(r[SR1] & SR1_TXE)) {
            i2c->shift = r[DR];
            r[SR1] |= SR1_TXE;
            enter(dev, SENDING, 9);
        } else if (i2c->phase == HELD && !i2c->shift_full) {
            enter(dev, RECEIVING, 9);
        }
        return;
    default:
        return;
    }
}

static void start_sent(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs;
    tell(dev, I2C_BUS_START);
    r[CR1] &= ~CR1_START;
    r[SR1] = (r[SR1] & ~(SR1_TXE | SR1_BTF)) | SR1_SB;
    r[SR2] = (r[SR2] & ~SR2_TRA) | SR2_MSL | SR2_BUSY;
    i2c->second = false;
    i2c->phase = STARTED;
}

static void leave_bus(struct device *dev)
{
    struct i2c *i2c = dev->state;
    dev->regs[CR1] &= ~CR1_STOP;
    dev->regs[SR1] &= ~(SR1_SB | SR1_TXE);
    if (!i2c->shift_full)
        dev->regs[SR1] &= ~SR1_BTF;
    dev->regs[SR2] &= ~(SR2_MSL | SR2_BUSY | SR2_TRA);
    i2c->phase = IDLE;
}

/* A byte has been sent: true if somebody acknowledged it. */
static bool byte_acknowledged(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t answer = tell(dev, I2C_BUS_WRITE | i2c->shift);
    if (answer & I2C_BUS_ERROR)
        dev->regs[SR1] |= SR1_BERR;
    if (answer & I2C_BUS_LOST) {
        dev->regs[SR1] |= SR1_ARLO;
        leave_bus(dev); /* the winner's transfer is not ours to follow */
        return false;
    }
    if (answer & I2C_BUS_ACK)
        return true;
    dev->regs[SR1] |= SR1_AF;
    i2c->phase = HALTED;
    return false;
}

static void address_sent(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs;
    if (!byte_acknowledged(dev))
        return;
    i2c->phase = ADDRESSED;
    if (!i2c->second && (i2c->shift & 0xF9) == 0xF0) {
        r[SR1] |= SR1_ADD10; /* the header of a 10-bit address */
        return;
    }
    i2c->ack_next = r[CR1] & CR1_ACK;
    r[SR1] |= SR1_ADDR;
    if (!i2c->reading) {
        r[SR1] |= SR1_TXE;
        r[SR2] |= SR2_TRA;
    }
}

static void data_sent(struct device *dev)
{
    struct i2c *i2c = dev->state;
    if (!byte_acknowledged(dev))
        return;
    i2c->phase = SENT;
    if (dev->regs[SR1] & SR1_TXE)
        dev->regs[SR1] |= SR1_BTF;
}

static void data_received(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs;
    bool ack = r[CR1] & CR1_POS ? i2c->ack_next : (r[CR1] & CR1_ACK) != 0;
    i2c->ack_next = r[CR1] & CR1_ACK;
    uint32_t answer = tell(dev, I2C_BUS_READ | ack);
    uint32_t byte = answer & I2C_BUS_ACK ? answer & 0xFF : 0xFF;
    if (answer & I2C_BUS_ERROR)
        r[SR1] |= SR1_BERR;
    if (r[SR1] & SR1_RXNE) {
        i2c->shift = byte;
        i2c->shift_full = true;
        r[SR1] |= SR1_BTF;
    } else {
        r[DR] = byte;
        r[SR1] |= SR1_RXNE;
    }
    i2c->phase = ack ? HELD : HALTED;
}

static void timer(struct device *dev, unsigned t)
{
    (void)t;
    struct i2c *i2c = dev->state;
    switch (i2c->phase) {
    case STARTING:
        start_sent(dev);
        break;
    case ADDRESS:
        address_sent(dev);
        break;
    case SENDING:
        data_sent(dev);
        break;
    case RECEIVING:
        data_received(dev);
        break;
    case STOPPING:
        tell(dev, I2C_BUS_STOP);
        leave_bus(dev);
        break;
    default:
        break;
    }
    go_on(dev);
    update_lines(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    struct i2c *i2c = dev->state;
    enum phase p = i2c->phase;
    if (p != STARTING && p != ADDRESS && p != SENDING && p != RECEIVING && p != STOPPING)
        return;
    ticks_t now = machine_now(dev->machine);
    uint64_t done = frequency_edges(old, now - i2c->since);
    i2c->left = done < i2c->left ? i2c->left - done : 0;
    i2c->since = now;
    arm(dev);
}

/* Both wires are let go of at once. */
static void abandon(struct device *dev)
{
    struct i2c *i2c = dev->state;
    bool ours = dev->regs[SR2] & SR2_MSL;
    device_cancel(dev, 0);
    memset(i2c, 0, sizeof *i2c);
    if (ours)
        tell(dev, I2C_BUS_STOP);
}

/* ---- registers ---- */

static void send_address(struct device *dev, bool second)
{
    struct i2c *i2c = dev->state;
    i2c->shift = dev->regs[DR];
    i2c->second = second;
    if (!second)
        i2c->reading = i2c->shift & 1;
    dev->regs[SR1] &= ~(SR1_SB | SR1_ADD10);
    enter(dev, ADDRESS, 9);
}

static void write_data(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs;
    if (i2c->phase == STARTED && (i2c->seen & SR1_SB)) {
        send_address(dev, false);
    } else if (i2c->phase == ADDRESSED && (r[SR1] & i2c->seen & SR1_ADD10)) {
        send_address(dev, true);
    } else if (r[SR2] & SR2_TRA) {
        r[SR1] &= ~(SR1_TXE | SR1_BTF);
    }
    i2c->seen = 0;
}

static uint32_t read_data(struct device *dev)
{
    struct i2c *i2c = dev->state;
    uint32_t *r = dev->regs, value = r[DR];
    r[SR1] &= ~SR1_BTF;
    if (i2c->shift_full) {
        r[DR] = i2c->shift;
        i2c->shift_full = false;
    } else {
        r[SR1] &= ~SR1_RXNE;
    }
    return value;
}

static void clear_addr(struct device *dev)
{
    struct i2c *i2c = dev->state;
    dev->regs[SR1] &= ~SR1_ADDR;
    if (i2c->reading)
        enter(dev, RECEIVING, 9);
    else
        i2c->phase = SENT;
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    struct i2c *i2c = dev->state;
    uint32_t value = dev->regs[reg];
    if (!side_effects)
        return value;
    if (reg == SR1) {
        i2c->seen = value;
    } else if (reg == SR2) {
        if (dev->regs[SR1] & i2c->seen & SR1_ADDR)
            clear_addr(dev);
        i2c->seen = 0;
    } else if (reg == DR) {
        value = read_data(dev);
    } else {
        return value;
    }
    go_on(dev);
    update_lines(dev);
    return value;
}

static void write_cr1(struct device *dev)
{
    uint32_t *r = dev->regs;
    if (r[CR1] & CR1_SWRST) {
        uint32_t cr1 = r[CR1];
        abandon(dev);
        device_reset_registers(dev);
        r[CR1] = cr1 & CR1_SWRST;
    } else if (!(r[CR1] & CR1_PE)) {
        abandon(dev);
        r[CR1] &= ~(CR1_START | CR1_STOP | CR1_ACK | CR1_POS | CR1_PEC);
        r[SR1] = r[SR2] = 0;
    }
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)value;
    if (reg != CR1 && (dev->regs[CR1] & CR1_SWRST))
        dev->regs[reg] = old; /* held in reset */
    else if (reg == CR1)
        write_cr1(dev);
    else if (reg == DR && (mask & 0xFF))
        write_data(dev);
    go_on(dev);
    update_lines(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    abandon(dev);
    device_reset_registers(dev);
    update_lines(dev);
}

static const char *explain(struct device *dev, unsigned reg)
{
    if (reg != SR1 && reg != SR2)
        return NULL;
    const struct i2c *i2c = dev->state;
    switch (i2c->phase) {
    case IDLE:
        return dev->regs[CR1] & CR1_PE ? "no transfer is under way" : "the I2C is off (CR1.PE)";
    case HALTED:
        return "the last byte was not acknowledged: the bus waits for CR1.STOP or CR1.START";
    case STARTED:
        return "SB waits for an address: read SR1, write DR";
    case ADDRESSED:
        return "ADDR waits to be cleared: read SR1, then SR2";
    default:
        return NULL;
    }
}

const struct device_class stm32f2_i2c_class = {
    .name = "STM32F2 I2C",
    .state_size = sizeof(struct i2c),
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
    .clock_changed = clock_changed,
    .explain = explain,
};
