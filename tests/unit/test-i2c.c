/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/i2c.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40005400, CR1 = BASE, CR2 = BASE + 4, OAR1 = BASE + 8, OAR2 = BASE + 12, DR = BASE + 16 };
enum { SR1 = BASE + 20, SR2 = BASE + 24, CCR = BASE + 28, TRISE = BASE + 32 };
enum { PE = 1, START = 256, STOP = 512, ACK = 1024, POS = 2048, SWRST = 1 << 15 };
enum { ITERREN = 256, ITEVTEN = 512, ITBUFEN = 1024, DMAEN = 2048 };
enum { SB = 1, ADDR = 2, BTF = 4, ADD10 = 8, RXNE = 64, TXE = 128, BERR = 256, ARLO = 512, AF = 1024 };
enum { MSL = 1, BUSY = 2, TRA = 4 };
enum { PCLK = 30000000, HALF_BIT = 150, ADDRESS = 0x50 }; /* 100 kHz */
static const ticks_t CYCLE = TICKS_PER_SECOND / PCLK;
static const ticks_t BIT_TIME = 2 * HALF_BIT * (TICKS_PER_SECOND / PCLK);

enum { LINE_EV = 1, LINE_ER, LINE_DMA_TX, LINE_DMA_RX };

/* A part at ADDRESS: keeps the codes that it hears, acknowledges its address and as many bytes as told, and counts up when
 * read. */
struct part {
    uint32_t heard[32];
    unsigned n;
    bool first, selected;
    unsigned accepts;
    uint32_t next;
    uint32_t extra; /* more answer bits: trouble on the bus */
};

static uint32_t answer(struct part *p, uint32_t code)
{
    if (code == I2C_BUS_START)
        p->first = true;
    if (code == I2C_BUS_STOP)
        p->selected = false;
    if (code & I2C_BUS_READ)
        return p->selected ? I2C_BUS_ACK | p->next++ : 0;
    if (!(code & I2C_BUS_WRITE))
        return 0;
    if (p->first) {
        p->first = false;
        p->selected = (code & 0xFE) == ADDRESS << 1 || (code & 0xFE) == 0xF2;
        return p->selected ? I2C_BUS_ACK : 0;
    }
    if (!p->selected || p->accepts == 0)
        return 0;
    p->accepts--;
    return I2C_BUS_ACK;
}

static void part_input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct part *p = dev->state;
    (void)in;
    if (signal->level == 0)
        return;
    p->heard[p->n++ % 32] = signal->level;
    device_set_level(dev, 0, answer(p, signal->level) | p->extra);
}

static const char *const part_lines[] = {"bus"};
static const struct device_class part_class = {
    .name = "part",
    .state_size = sizeof(struct part),
    .n_inputs = 1,
    .n_outputs = 1,
    .input_names = part_lines,
    .output_names = part_lines,
    .input = part_input,
};

static struct machine *bench_with(bool occupied)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_i2c_class, "I2C1", BASE, NULL);
    machine_add_device(m, &part_class, "part", 0, NULL);
    machine_connect(m, "I2C1.bus", "part.bus");
    if (occupied)
        machine_connect(m, "part.bus", "I2C1.bus");
    machine_connect(m, "I2C1.irq_ev", "probe.in1");
    machine_connect(m, "I2C1.irq_er", "probe.in2");
    machine_connect(m, "I2C1.dma_tx", "probe.in3");
    machine_connect(m, "I2C1.dma_rx", "probe.in4");
    machine_connect_clock(m, "PCLK1", "I2C1.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(PCLK));
    reg_write(m, CR2, 30);
    reg_write(m, CCR, HALF_BIT);
    reg_write(m, TRISE, 31);
    reg_write(m, CR1, PE);
    return m;
}

static struct machine *bench(void)
{
    return bench_with(true);
}

static struct part *part(struct machine *m)
{
    return machine_device(m, "part")->state;
}

/* Start and address up to ADDR; bits of CR1 besides PE. */
static void address(struct machine *m, uint32_t byte, uint32_t cr1)
{
    reg_write(m, CR1, PE | cr1 | START);
    pass(m, BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1) & SB, ==, SB);
    reg_write(m, DR, byte);
    pass(m, 9 * BIT_TIME);
}

static void reset_values(void)
{
    struct machine *m = bench();
    reg_write(m, CR2, ITEVTEN | 30);
    reg_write(m, CR1, PE | START);
    pass(m, BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 1);
    machine_power_on(m);
    static const uint32_t values[] = {0, 0, 0, 0, 0, 0, 0, 0, 2};
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_cmphex(reg_read(m, BASE + 4 * i), ==, values[i]);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 0);
    static const struct {
        uint32_t address, mask;
    } rows[] = {{CR2, 0x1F3F}, {OAR1, 0xC3FF}, {OAR2, 0xFF}, {DR, 0xFF}, {CCR, 0xCFFF}, {TRISE, 0x3F}};
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        reg_write(m, rows[i].address, 0xFFFFFFFF);
        g_assert_cmphex(reg_read(m, rows[i].address), ==, rows[i].mask);
    }
    machine_free(m);
}

/* What every driver meets on a bus without parts. */
static void empty_bus(void)
{
    struct machine *m = bench_with(false);
    reg_write(m, CR1, PE | ACK | START);
    pass(m, BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    g_assert_cmphex(reg_read(m, CR1), ==, PE | ACK);
    pass(m, 100 * BIT_TIME); /* the bus is held until there is an address */
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    reg_write(m, DR, ADDRESS << 1 | 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 9 * BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, AF);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    reg_write(m, SR1, (uint32_t)~AF);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    reg_write(m, CR1, PE | ACK | STOP);
    pass(m, BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    g_assert_cmphex(reg_read(m, CR1) & STOP, ==, STOP);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    g_assert_cmphex(reg_read(m, CR1) & STOP, ==, 0);
    static const uint32_t heard[] = {I2C_BUS_START, I2C_BUS_WRITE | ADDRESS << 1 | 1, I2C_BUS_STOP};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, heard, sizeof heard);
    /* a write without SB seen is not an address */
    reg_write(m, CR1, PE | START);
    pass(m, BIT_TIME);
    reg_write(m, DR, ADDRESS << 1);
    pass(m, 20 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    /* a stop without a transfer is forgotten */
    reg_write(m, CR1, 0);
    reg_write(m, CR1, PE | STOP);
    g_assert_cmphex(reg_read(m, CR1), ==, PE);
    machine_free(m);
}

static void transmit(void)
{
    struct machine *m = bench();
    part(m)->accepts = 3;
    address(m, ADDRESS << 1, 0);
    reg_read(m, SR2); /* not without a read of SR1 */
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR | TXE);
    pass(m, 100 * BIT_TIME); /* held until ADDR is cleared */
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR | TXE);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY | TRA);
    g_assert_cmphex(reg_read(m, SR1), ==, TXE);
    reg_write(m, DR, 0x11); /* straight into the shift register */
    g_assert_cmphex(reg_read(m, SR1), ==, TXE);
    reg_write(m, DR, 0x22);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 9 * BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, TXE);
    pass(m, 9 * BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, TXE);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, TXE | BTF);
    reg_write(m, DR, 0x33); /* BTF goes, and so does the byte */
    g_assert_cmphex(reg_read(m, SR1), ==, TXE);
    reg_write(m, CR1, PE | STOP); /* after the byte under way */
    pass(m, 10 * BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY | TRA);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    static const uint32_t heard[] = {I2C_BUS_START,        I2C_BUS_WRITE | ADDRESS << 1, I2C_BUS_WRITE | 0x11,
                                     I2C_BUS_WRITE | 0x22, I2C_BUS_WRITE | 0x33,         I2C_BUS_STOP};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, heard, sizeof heard);
    /* a byte that is refused */
    address(m, ADDRESS << 1, 0);
    reg_read(m, SR1);
    reg_read(m, SR2);
    reg_write(m, DR, 0x44);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1) & (AF | BTF), ==, AF);
    machine_free(m);
}

/* One byte: ACK off before ADDR is cleared, stop asked for while it comes. */
static void receive(void)
{
    struct machine *m = bench();
    part(m)->next = 0x21;
    address(m, ADDRESS << 1 | 1, 0);
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    reg_write(m, CR1, PE | STOP);
    pass(m, 9 * BIT_TIME - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE);
    pass(m, BIT_TIME);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    uint32_t value;
    g_assert_true(machine_peek(m, DR, 4, &value));
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE);
    g_assert_cmphex(reg_read(m, DR), ==, 0x21);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    static const uint32_t one[] = {I2C_BUS_START, I2C_BUS_WRITE | ADDRESS << 1 | 1, I2C_BUS_READ, I2C_BUS_STOP};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, one, sizeof one);
    /* four bytes with the clock held by BTF: the manual's way for N > 2 */
    part(m)->n = 0;
    address(m, ADDRESS << 1 | 1, ACK);
    reg_read(m, SR1);
    reg_read(m, SR2);
    pass(m, 100 * BIT_TIME); /* two bytes are in, the third waits for us */
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE | BTF);
    g_assert_cmpuint(part(m)->n, ==, 4);
    g_assert_cmphex(reg_read(m, DR), ==, 0x22);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE | BTF);
    reg_write(m, CR1, PE); /* no ACK for the last */
    g_assert_cmphex(reg_read(m, DR), ==, 0x23);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE | BTF);
    reg_write(m, CR1, PE | STOP);
    g_assert_cmphex(reg_read(m, DR), ==, 0x24);
    g_assert_cmphex(reg_read(m, DR), ==, 0x25);
    pass(m, BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    static const uint32_t four[] = {
        I2C_BUS_START, I2C_BUS_WRITE | ADDRESS << 1 | 1, I2C_BUS_READ | 1, I2C_BUS_READ | 1, I2C_BUS_READ | 1, I2C_BUS_READ,
        I2C_BUS_STOP};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, four, sizeof four);
    machine_free(m);
}

/* Two bytes: POS, and ACK off while ADDR still holds the bus, refuses the second. */
static void receive_two(void)
{
    struct machine *m = bench();
    part(m)->next = 0x31;
    address(m, ADDRESS << 1 | 1, ACK | POS);
    reg_read(m, SR1);
    reg_read(m, SR2);
    reg_write(m, CR1, PE | POS);
    pass(m, 18 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE | BTF);
    reg_write(m, CR1, PE | POS | STOP);
    g_assert_cmphex(reg_read(m, DR), ==, 0x31);
    g_assert_cmphex(reg_read(m, DR), ==, 0x32);
    pass(m, BIT_TIME);
    static const uint32_t heard[] = {I2C_BUS_START, I2C_BUS_WRITE | ADDRESS << 1 | 1, I2C_BUS_READ | 1, I2C_BUS_READ,
                                     I2C_BUS_STOP};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, heard, sizeof heard);
    machine_free(m);
}

/* A byte that was not acknowledged is the last; the bus waits for stop or start. */
static void receive_last(void)
{
    struct machine *m = bench();
    address(m, ADDRESS << 1 | 1, 0);
    reg_read(m, SR1);
    reg_read(m, SR2);
    pass(m, 100 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, RXNE);
    g_assert_cmpuint(part(m)->n, ==, 3);
    reg_read(m, DR);
    pass(m, 100 * BIT_TIME);
    g_assert_cmpuint(part(m)->n, ==, 3);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    reg_write(m, CR1, PE | START);
    pass(m, BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    machine_free(m);
}

static void repeated_start(void)
{
    struct machine *m = bench();
    part(m)->accepts = 1;
    address(m, ADDRESS << 1, 0);
    reg_read(m, SR1);
    reg_read(m, SR2);
    reg_write(m, DR, 0x10);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, TXE | BTF);
    reg_write(m, CR1, PE | START);
    pass(m, BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    reg_read(m, SR1);
    reg_write(m, DR, ADDRESS << 1 | 1);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR);
    static const uint32_t heard[] = {I2C_BUS_START, I2C_BUS_WRITE | ADDRESS << 1, I2C_BUS_WRITE | 0x10, I2C_BUS_START,
                                     I2C_BUS_WRITE | ADDRESS << 1 | 1};
    g_assert_cmpmem(part(m)->heard, part(m)->n * 4, heard, sizeof heard);
    machine_free(m);
}

static void ten_bit_address(void)
{
    struct machine *m = bench();
    part(m)->accepts = 1;
    address(m, 0xF2, 0);
    reg_write(m, DR, 0x34); /* not without a read of SR1 */
    g_assert_cmphex(reg_read(m, SR1), ==, ADD10);
    reg_write(m, DR, 0x34);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR | TXE);
    reg_read(m, SR2);
    reg_write(m, CR1, PE | START); /* to read, the header once more */
    pass(m, BIT_TIME);
    reg_read(m, SR1);
    reg_write(m, DR, 0xF3);
    pass(m, 9 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR);
    g_assert_cmphex(reg_read(m, SR2), ==, MSL | BUSY);
    machine_free(m);
}

static ticks_t time_to_sb(struct machine *m, uint32_t ccr)
{
    reg_write(m, CR1, 0);
    reg_write(m, CCR, ccr);
    reg_write(m, CR1, PE | START);
    ticks_t start = machine_now(m);
    while (!(reg_read(m, SR1) & SB))
        pass(m, CYCLE);
    return machine_now(m) - start;
}

static void bit_time(void)
{
    struct machine *m = bench();
    g_assert_cmpuint(time_to_sb(m, 150), ==, 2 * 150 * CYCLE);
    g_assert_cmpuint(time_to_sb(m, 0x8000 | 25), ==, 3 * 25 * CYCLE);
    g_assert_cmpuint(time_to_sb(m, 0xC000 | 3), ==, 25 * 3 * CYCLE);
    /* the clock changes amid the bit */
    reg_write(m, CR1, 0);
    reg_write(m, CCR, 150);
    reg_write(m, CR1, PE | START);
    pass(m, 150 * CYCLE);
    machine_set_clock(m, "PCLK1", FREQUENCY_HZ(PCLK / 2));
    pass(m, 300 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR1), ==, SB);
    machine_free(m);
}

static void interrupts(void)
{
    struct machine *m = bench();
    part(m)->accepts = 1;
    reg_write(m, CR2, 30 | ITEVTEN | ITERREN);
    reg_write(m, CR1, PE | START);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 0);
    pass(m, BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 1);
    reg_read(m, SR1);
    reg_write(m, DR, ADDRESS << 1);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 0);
    pass(m, 9 * BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 1);
    reg_read(m, SR1);
    reg_read(m, SR2);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 0); /* TXE counts with ITBUFEN */
    reg_write(m, CR2, 30 | ITEVTEN | ITERREN | ITBUFEN);
    g_assert_cmpuint(probe_level(m, LINE_EV), ==, 1);
    reg_write(m, CR2, 30 | ITEVTEN | ITERREN);
    reg_write(m, DR, 1);
    reg_write(m, DR, 2);
    pass(m, 9 * BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_ER), ==, 0);
    pass(m, 9 * BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_ER), ==, 1);
    reg_write(m, SR1, (uint32_t)~AF);
    g_assert_cmpuint(probe_level(m, LINE_ER), ==, 0);
    machine_free(m);
}

static void dma(void)
{
    struct machine *m = bench();
    part(m)->accepts = 1;
    address(m, ADDRESS << 1, 0);
    reg_read(m, SR1);
    reg_read(m, SR2);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 0);
    reg_write(m, CR2, 30 | DMAEN);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    reg_write(m, DR, 1);
    reg_write(m, DR, 2);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 0);
    reg_write(m, CR1, PE | START);
    pass(m, 19 * BIT_TIME);
    reg_read(m, SR1);
    reg_write(m, DR, ADDRESS << 1 | 1);
    pass(m, 9 * BIT_TIME);
    reg_read(m, SR1);
    reg_read(m, SR2);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    pass(m, 9 * BIT_TIME);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    machine_free(m);
}

static void arbitration_lost(void)
{
    struct machine *m = bench();
    part(m)->extra = I2C_BUS_LOST;
    address(m, ADDRESS << 1, 0);
    g_assert_cmphex(reg_read(m, SR1), ==, ARLO);
    g_assert_cmphex(reg_read(m, SR2), ==, 0); /* a slave again */
    reg_write(m, SR1, (uint32_t)~ARLO);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    machine_free(m);
}

static void bus_error(void)
{
    struct machine *m = bench();
    part(m)->extra = I2C_BUS_ERROR;
    reg_write(m, CR2, 30 | ITERREN);
    address(m, ADDRESS << 1, 0);
    g_assert_cmphex(reg_read(m, SR1), ==, BERR | ADDR | TXE); /* a master goes on */
    g_assert_cmpuint(probe_level(m, LINE_ER), ==, 1);
    reg_write(m, SR1, (uint32_t)~BERR);
    g_assert_cmphex(reg_read(m, SR1), ==, ADDR | TXE);
    g_assert_cmpuint(probe_level(m, LINE_ER), ==, 0);
    machine_free(m);
}

static void disable(void)
{
    struct machine *m = bench();
    address(m, ADDRESS << 1, ACK);
    reg_write(m, CR1, ACK | POS | START);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    g_assert_cmphex(reg_read(m, CR1), ==, 0);
    pass(m, 20 * BIT_TIME);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    g_assert_cmphex(reg_read(m, CCR), ==, HALF_BIT);
    g_assert_cmphex(part(m)->heard[part(m)->n - 1], ==, I2C_BUS_STOP); /* the wires are let go of */
    machine_free(m);
}

static void software_reset(void)
{
    struct machine *m = bench();
    address(m, ADDRESS << 1, 0);
    reg_write(m, CR1, SWRST | PE);
    g_assert_cmphex(reg_read(m, CR1), ==, SWRST);
    g_assert_cmphex(reg_read(m, CR2), ==, 0);
    g_assert_cmphex(reg_read(m, SR1), ==, 0);
    g_assert_cmphex(reg_read(m, SR2), ==, 0);
    g_assert_cmphex(reg_read(m, CCR), ==, 0);
    g_assert_cmphex(reg_read(m, TRISE), ==, 2);
    reg_write(m, CCR, 5);
    g_assert_cmphex(reg_read(m, CCR), ==, 0);
    reg_write(m, CR1, 0);
    reg_write(m, CCR, 5);
    g_assert_cmphex(reg_read(m, CCR), ==, 5);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i2c/reset-values", reset_values);
    g_test_add_func("/i2c/empty-bus", empty_bus);
    g_test_add_func("/i2c/transmit", transmit);
    g_test_add_func("/i2c/receive", receive);
    g_test_add_func("/i2c/receive-two", receive_two);
    g_test_add_func("/i2c/receive-last", receive_last);
    g_test_add_func("/i2c/repeated-start", repeated_start);
    g_test_add_func("/i2c/ten-bit-address", ten_bit_address);
    g_test_add_func("/i2c/bit-time", bit_time);
    g_test_add_func("/i2c/interrupts", interrupts);
    g_test_add_func("/i2c/dma", dma);
    g_test_add_func("/i2c/arbitration-lost", arbitration_lost);
    g_test_add_func("/i2c/bus-error", bus_error);
    g_test_add_func("/i2c/disable", disable);
    g_test_add_func("/i2c/software-reset", software_reset);
    return g_test_run();
}
