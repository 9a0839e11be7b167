/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/dma.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40026400,
    LISR = BASE,
    HISR = BASE + 4,
    LIFCR = BASE + 8,
    HIFCR = BASE + 12,
    RAM = 0x20000000,
    PORT = 0x40010000
};
enum { EN = 1, TEIE = 4, HTIE = 8, TCIE = 16, PFCTRL = 32, M2P = 1 << 6, M2M = 2 << 6, CIRC = 1 << 8, PINC = 1 << 9 };
enum { MINC = 1 << 10, PBYTE = 0, PHALF = 1 << 11, PWORD = 2 << 11, MBYTE = 0, MHALF = 1 << 13, MWORD = 2 << 13 };
enum {
    PINCOS = 1 << 15,
    DBM = 1 << 18,
    CT = 1 << 19,
    PBURST4 = 1 << 21,
    MBURST4 = 1 << 23,
    MBURST8 = 2 << 23,
    MBURST16 = 3 << 23
};
enum { FE = 1, TE = 8, HT = 16, TC = 32 };
enum { HCLK = 120000000 };
static const ticks_t CYCLE = TICKS_PER_SECOND / HCLK;

#define SCR(S)     (BASE + 0x10 + 0x18 * (S))
#define SNDTR(S)   (SCR(S) + 4)
#define SPAR(S)    (SCR(S) + 8)
#define SM0AR(S)   (SCR(S) + 12)
#define SM1AR(S)   (SCR(S) + 16)
#define SFCR(S)    (SCR(S) + 20)
#define CHANNEL(N) ((uint32_t)(N) << 25)
#define LEVEL(N)   ((uint32_t)(N) << 16)

/*
 * A peripheral with one data register, and its request to stream 3 channel 4. It asks as often as told, and takes the request
 * back with the last access. Reads count up from 0x03020100; what is written is kept.
 */
struct port {
    uint32_t next;
    uint32_t written[64];
    uint32_t offsets[64];
    unsigned sizes[64];
    unsigned n, asked;
};

static void port_accessed(struct device *dev, uint32_t offset, unsigned size)
{
    struct port *p = dev->state;
    p->offsets[p->n % 64] = offset;
    p->sizes[p->n % 64] = size;
    p->n++;
    if (p->asked > 0 && --p->asked == 0)
        device_set_level(dev, 0, 0);
}

static bool port_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    struct port *p = dev->state;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= ((p->next + i) & 0xFF) << (8 * i);
    if (side_effects) {
        p->next += size;
        port_accessed(dev, offset, size);
    }
    return true;
}

static bool port_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    struct port *p = dev->state;
    p->written[p->n % 64] = value;
    port_accessed(dev, offset, size);
    return true;
}

static const char *const port_outputs[] = {"request"};
static const struct device_class port_class = {
    .name = "port",
    .state_size = sizeof(struct port),
    .window = 0x400,
    .n_outputs = 1,
    .output_names = port_outputs,
    .bus_read = port_read,
    .bus_write = port_write,
};

static const struct stm32f2_dma_config dma2 = {.memory_to_memory = true};

static struct machine *bench_with(const struct stm32f2_dma_config *config)
{
    struct machine *m = bench_new();
    machine_add_ram(m, "SRAM", RAM, 0x1000);
    machine_add_device(m, &stm32f2_dma_class, "DMA", BASE, config);
    machine_add_device(m, &port_class, "port", PORT, NULL);
    machine_connect(m, "port.request", "DMA.s3.c4");
    machine_connect(m, "probe.out0", "DMA.s0.c0");
    machine_connect(m, "probe.out1", "DMA.s0.c1");
    machine_connect(m, "probe.out2", "DMA.s5.c7");
    machine_connect(m, "probe.out3", "DMA.s3.end");
    machine_connect(m, "probe.out4", "DMA.s6.c2");
    machine_connect(m, "DMA.irq0", "probe.in0");
    machine_connect(m, "DMA.irq3", "probe.in3");
    machine_connect(m, "DMA.irq5", "probe.in5");
    machine_connect_clock(m, "HCLK", "DMA.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(HCLK));
    return m;
}

static struct machine *bench(void)
{
    return bench_with(&dma2);
}

static struct port *port_of(struct machine *m)
{
    return machine_device(m, "port")->state;
}

/* The first item comes at once, further ones a few cycles later. */
static void ask(struct machine *m, unsigned times)
{
    port_of(m)->asked = times;
    device_set_level(machine_device(m, "port"), 0, 1);
    pass(m, 5 * CYCLE);
}

static void set_up(struct machine *m, unsigned s, uint32_t peripheral, uint32_t memory, uint32_t n, uint32_t cr)
{
    reg_write(m, SPAR(s), peripheral);
    reg_write(m, SM0AR(s), memory);
    reg_write(m, SNDTR(s), n);
    reg_write(m, SCR(s), cr);
}

static uint32_t byte_at(struct machine *m, uint32_t address)
{
    uint32_t value;
    g_assert_true(machine_bus_read(m, address, 1, &value));
    return value;
}

static uint32_t flags(struct machine *m, unsigned s)
{
    static const unsigned shifts[] = {0, 6, 16, 22};
    return reg_read(m, s < 4 ? LISR : HISR) >> shifts[s % 4] & 0x3F;
}

static void reset_values(void)
{
    struct machine *m = bench();
    for (unsigned s = 0; s < 8; s++) {
        g_assert_cmphex(reg_read(m, SCR(s)), ==, 0);
        g_assert_cmphex(reg_read(m, SNDTR(s)), ==, 0);
        g_assert_cmphex(reg_read(m, SFCR(s)), ==, 0x21);
        reg_write(m, SFCR(s), 0xFFFFFFFF);
        g_assert_cmphex(reg_read(m, SFCR(s)), ==, 0xA7);
        reg_write(m, SCR(s), 0xFFFFFFFE);
        g_assert_cmphex(reg_read(m, SCR(s)), ==, 0x0FEFFFFE);
    }
    set_up(m, 3, PORT, RAM, 1, CHANNEL(4) | EN | TCIE | PWORD | MWORD);
    ask(m, 1);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    machine_power_on(m);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    g_assert_cmphex(reg_read(m, SCR(3)), ==, 0);
    g_assert_cmphex(reg_read(m, LISR), ==, 0);
    machine_free(m);
}

static void peripheral_to_memory(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT, RAM + 0x20, 3, CHANNEL(4) | MINC | PWORD | MWORD | EN);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 3);
    port_of(m)->asked = 1;
    device_set_level(machine_device(m, "port"), 0, 1);
    g_assert_cmphex(reg_read(m, RAM + 0x20), ==, 0x03020100); /* no time passes */
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 2);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 1);
    ask(m, 5); /* a request may stand for several items; the stream takes what it has left */
    g_assert_cmphex(reg_read(m, RAM + 0x24), ==, 0x07060504);
    g_assert_cmphex(reg_read(m, RAM + 0x28), ==, 0x0B0A0908);
    g_assert_cmphex(reg_read(m, RAM + 0x2C), ==, 0);
    g_assert_cmpuint(port_of(m)->n, ==, 3);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 0);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 0);
    /* enabled again without a new count: the one last programmed; the request still stands */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    reg_write(m, SCR(3), reg_read(m, SCR(3)) | EN);
    g_assert_cmphex(reg_read(m, RAM + 0x20), ==, 0x0F0E0D0C);
    g_assert_cmphex(reg_read(m, RAM + 0x24), ==, 0x13121110);
    g_assert_cmpuint(port_of(m)->n, ==, 6);
    /* with a count of 0 nothing moves */
    set_up(m, 3, PORT, RAM, 0, CHANNEL(4) | EN);
    ask(m, 1);
    g_assert_cmpuint(port_of(m)->n, ==, 6);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 1);
    machine_free(m);
}

static void memory_to_peripheral(void)
{
    struct machine *m = bench();
    reg_write(m, RAM, 0x44332211);
    set_up(m, 3, PORT + 4, RAM, 4, CHANNEL(4) | M2P | MINC | EN);
    ask(m, 3);
    g_assert_cmpuint(port_of(m)->n, ==, 3);
    g_assert_cmphex(port_of(m)->written[0], ==, 0x11);
    g_assert_cmphex(port_of(m)->written[2], ==, 0x33);
    g_assert_cmpuint(port_of(m)->offsets[2], ==, 4);
    g_assert_cmpuint(port_of(m)->sizes[2], ==, 1);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 1);
    /* one item waits in the FIFO already: direct mode preloads it */
    reg_write(m, RAM, 0xAAAAAAAA);
    ask(m, 1);
    g_assert_cmphex(port_of(m)->written[3], ==, 0x44);
    machine_free(m);
}

static void all_flags(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT, RAM, 1, CHANNEL(4) | TCIE | EN);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    ask(m, 1);
    g_assert_cmphex(reg_read(m, LISR), ==, 0x0C000000); /* bits 27 TCIF3 and 26 HTIF3 */
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    reg_write(m, HIFCR, 0xFFFFFFFF);
    reg_write(m, LIFCR, 0xFFFFFFFF & ~0x08000000);
    g_assert_cmphex(reg_read(m, LISR), ==, 0x08000000);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    reg_write(m, LIFCR, 0x08000000);
    g_assert_cmphex(reg_read(m, LISR), ==, 0);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    /* a stream of the upper half; TCIF5 is bit 11 */
    set_up(m, 5, PORT, RAM, 1, CHANNEL(7) | EN);
    probe_set(m, 2, 1);
    g_assert_cmphex(reg_read(m, HISR), ==, 0x0C00);
    g_assert_cmpuint(probe_level(m, 5), ==, 0);
    reg_write(m, SCR(5), TCIE);
    g_assert_cmpuint(probe_level(m, 5), ==, 1);
    reg_write(m, HIFCR, 0x0800);
    g_assert_cmphex(reg_read(m, HISR), ==, 0x0400);
    g_assert_cmpuint(probe_level(m, 5), ==, 0);
    machine_free(m);
}

static void half_transfer(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT, RAM, 4, CHANNEL(4) | HTIE | EN);
    ask(m, 1);
    g_assert_cmphex(flags(m, 3), ==, 0);
    ask(m, 1);
    g_assert_cmphex(flags(m, 3), ==, HT);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    reg_write(m, LIFCR, HT << 22);
    g_assert_cmphex(flags(m, 3), ==, 0);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    ask(m, 2);
    g_assert_cmphex(flags(m, 3), ==, TC);
    machine_free(m);
}

static void transfer_error(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT, RAM + 0xFFC, 4, CHANNEL(4) | MINC | PWORD | MWORD | TEIE | EN);
    ask(m, 1);
    g_assert_cmphex(flags(m, 3), ==, 0);
    ask(m, 1); /* beyond the end of the RAM */
    g_assert_cmphex(flags(m, 3) & TE, ==, TE);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 0);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    reg_write(m, LIFCR, TE << 22);
    g_assert_cmpuint(probe_level(m, 3), ==, 0);
    /* a source that is not there: found when the stream fetches ahead */
    set_up(m, 0, PORT, 0x30000000, 1, CHANNEL(0) | M2P | EN);
    g_assert_cmphex(flags(m, 0), ==, TE);
    g_assert_cmpuint(reg_read(m, SCR(0)) & EN, ==, 0);
    machine_free(m);
}

static void increment(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT + 8, RAM, 3, CHANNEL(4) | PINC | PHALF | MHALF | EN);
    ask(m, 3);
    g_assert_cmpuint(port_of(m)->offsets[0], ==, 8);
    g_assert_cmpuint(port_of(m)->offsets[1], ==, 10);
    g_assert_cmpuint(port_of(m)->offsets[2], ==, 12);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x0504); /* the memory address stood still */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    set_up(m, 3, PORT + 8, RAM, 3, CHANNEL(4) | PINC | PINCOS | MINC | EN);
    ask(m, 3);
    g_assert_cmpuint(port_of(m)->offsets[3], ==, 8);
    g_assert_cmpuint(port_of(m)->offsets[4], ==, 12);
    g_assert_cmpuint(port_of(m)->offsets[5], ==, 16);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x080706);
    machine_free(m);
}

static void packing(void)
{
    struct machine *m = bench();
    /* bytes to words; with 4 words threshold nothing reaches memory before sixteen bytes are in */
    reg_write(m, SFCR(3), 7);
    set_up(m, 3, PORT, RAM, 18, CHANNEL(4) | MINC | PBYTE | MWORD | EN);
    ask(m, 15);
    g_assert_cmphex(reg_read(m, RAM), ==, 0);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 3);
    ask(m, 1);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x03020100);
    g_assert_cmphex(reg_read(m, RAM + 12), ==, 0x0F0E0D0C);
    ask(m, 2); /* the end: a whole word is written although two bytes are there */
    g_assert_cmphex(reg_read(m, RAM + 16) & 0xFFFF, ==, 0x1110);
    g_assert_cmphex(flags(m, 3) & TC, ==, TC);
    /* words to half-words, the other way */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    set_up(m, 3, PORT, RAM, 4, CHANNEL(4) | M2P | MINC | PHALF | MWORD | EN);
    port_of(m)->n = 0;
    ask(m, 4);
    g_assert_cmphex(port_of(m)->written[0], ==, 0x0100);
    g_assert_cmphex(port_of(m)->written[1], ==, 0x0302);
    g_assert_cmphex(port_of(m)->written[3], ==, 0x0706);
    g_assert_cmpuint(port_of(m)->sizes[3], ==, 2);
    /* in direct mode MSIZE becomes PSIZE */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    reg_write(m, SFCR(3), 0);
    set_up(m, 3, PORT, RAM + 0x40, 2, CHANNEL(4) | MINC | PBYTE | MWORD | MBURST4 | EN);
    g_assert_cmphex(reg_read(m, SCR(3)), ==, CHANNEL(4) | MINC | EN);
    ask(m, 2);
    g_assert_cmphex(byte_at(m, RAM + 0x41) - byte_at(m, RAM + 0x40), ==, 1);
    g_assert_cmphex(byte_at(m, RAM + 0x44), ==, 0);
    machine_free(m);
}

static uint32_t fifo_status(struct machine *m)
{
    return reg_read(m, SFCR(3)) >> 3 & 7;
}

static void fifo_levels(void)
{
    struct machine *m = bench();
    static const uint8_t expected[] = {4, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
    reg_write(m, SFCR(3), 7);
    set_up(m, 3, PORT, RAM, 100, CHANNEL(4) | MINC | EN);
    for (unsigned i = 0; i < 16; i++) {
        g_assert_cmpuint(fifo_status(m), ==, expected[i]);
        ask(m, 1);
    }
    g_assert_cmpuint(fifo_status(m), ==, 4); /* the threshold was reached: drained */
    reg_write(m, SCR(3), 0);
    reg_write(m, SFCR(3), 4 | 1); /* half full: eight bytes */
    set_up(m, 3, PORT, RAM, 100, CHANNEL(4) | MINC | EN);
    ask(m, 7);
    g_assert_cmpuint(fifo_status(m), ==, 1);
    ask(m, 1);
    g_assert_cmpuint(fifo_status(m), ==, 4);
    /* memory to peripheral: full as soon as enabled, filled up at the threshold */
    reg_write(m, SCR(3), 0);
    set_up(m, 3, PORT, RAM, 100, CHANNEL(4) | M2P | MINC | EN);
    g_assert_cmpuint(fifo_status(m), ==, 5);
    ask(m, 7);
    g_assert_cmpuint(fifo_status(m), ==, 2);
    ask(m, 1);
    g_assert_cmpuint(fifo_status(m), ==, 5);
    machine_free(m);
}

static void fifo_error(void)
{
    struct machine *m = bench();
    static const struct {
        uint32_t size, burst;
        unsigned thresholds; /* bit n = FTH n is allowed: RM0033 table of FIFO threshold configurations */
    } rows[] = {
        {MBYTE, MBURST4, 0xF}, {MBYTE, MBURST8, 0xA}, {MBYTE, MBURST16, 0x8}, {MHALF, MBURST4, 0xA},  {MHALF, MBURST8, 0x8},
        {MHALF, MBURST16, 0},  {MWORD, MBURST4, 0x8}, {MWORD, MBURST8, 0},    {MWORD, MBURST16, 0x0}, {MWORD, 0, 0xF},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (unsigned fth = 0; fth < 4; fth++) {
            reg_write(m, SFCR(3), 0x84 | fth);
            set_up(m, 3, PORT, RAM, 16, CHANNEL(4) | MINC | rows[i].size | rows[i].burst | EN);
            bool good = rows[i].thresholds >> fth & 1;
            g_assert_cmphex(flags(m, 3), ==, good ? 0 : FE);
            g_assert_cmpuint(probe_level(m, 3), ==, !good);
            g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, good);
            reg_write(m, SCR(3), 0);
            reg_write(m, LIFCR, 0xFFFFFFFF);
            g_assert_cmpuint(probe_level(m, 3), ==, 0);
        }
    }
    machine_free(m);
}

static void burst(void)
{
    struct machine *m = bench();
    reg_write(m, SFCR(0), 7);
    set_up(m, 0, PORT, RAM, 10, CHANNEL(0) | MINC | PBURST4 | EN);
    probe_set(m, 0, 1); /* a level that is never taken back: all items, burst by burst */
    g_assert_cmpuint(port_of(m)->n, ==, 4);
    pass(m, 5 * CYCLE);
    g_assert_cmpuint(port_of(m)->n, ==, 10);
    probe_set(m, 0, 0);
    reg_write(m, LIFCR, 0xFFFFFFFF);
    reg_write(m, SCR(0), CHANNEL(0) | MINC | PBURST4 | EN);
    device_pulse(machine_device(m, "probe"), 0);
    g_assert_cmpuint(port_of(m)->n, ==, 14);
    g_assert_cmpuint(reg_read(m, SNDTR(0)), ==, 6);
    machine_free(m);
}

static void pulse(void)
{
    struct machine *m = bench();
    set_up(m, 0, PORT, RAM, 10, CHANNEL(0) | MINC | EN);
    device_pulse(machine_device(m, "probe"), 0);
    device_pulse(machine_device(m, "probe"), 0);
    g_assert_cmpuint(port_of(m)->n, ==, 2);
    machine_free(m);
}

static void channel(void)
{
    struct machine *m = bench();
    set_up(m, 0, PORT, RAM, 10, CHANNEL(1) | EN);
    device_pulse(machine_device(m, "probe"), 0);
    g_assert_cmpuint(port_of(m)->n, ==, 0);
    device_pulse(machine_device(m, "probe"), 1);
    g_assert_cmpuint(port_of(m)->n, ==, 1);
    /* a request that stands when the stream is enabled is served */
    reg_write(m, SCR(0), 0);
    reg_write(m, SNDTR(0), 1);
    probe_set(m, 1, 1);
    g_assert_cmpuint(port_of(m)->n, ==, 1);
    reg_write(m, SCR(0), CHANNEL(1) | EN);
    g_assert_cmpuint(port_of(m)->n, ==, 2);
    machine_free(m);
}

static void circular(void)
{
    struct machine *m = bench();
    set_up(m, 3, PORT, RAM, 4, CHANNEL(4) | CIRC | MINC | TCIE | EN);
    ask(m, 4);
    g_assert_cmphex(flags(m, 3), ==, HT | TC);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 4);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 1);
    ask(m, 2);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x03020504);
    /* a line stuck high does not stop the clock: the stream goes on with time */
    port_of(m)->asked = 0;
    device_set_level(machine_device(m, "port"), 0, 1);
    unsigned n = port_of(m)->n;
    pass(m, TICKS_PER_US);
    g_assert_cmpuint(port_of(m)->n, >, n);
    g_assert_cmpuint(port_of(m)->n, <, n + 200);
    machine_free(m);
}

static void double_buffer(void)
{
    struct machine *m = bench();
    reg_write(m, SM1AR(3), RAM + 0x100);
    set_up(m, 3, PORT, RAM, 2, CHANNEL(4) | DBM | MINC | TEIE | EN);
    g_assert_cmphex(reg_read(m, SCR(3)) & (CIRC | CT), ==, CIRC); /* forced */
    ask(m, 2);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x0100);
    g_assert_cmphex(reg_read(m, SCR(3)) & CT, ==, CT);
    g_assert_cmphex(flags(m, 3) & TC, ==, TC);
    reg_write(m, SM0AR(3), RAM + 0x200); /* the one not in use */
    g_assert_cmphex(reg_read(m, SM0AR(3)), ==, RAM + 0x200);
    ask(m, 2);
    g_assert_cmphex(reg_read(m, RAM + 0x100), ==, 0x0302);
    g_assert_cmphex(reg_read(m, SCR(3)) & CT, ==, 0);
    ask(m, 2);
    g_assert_cmphex(reg_read(m, RAM + 0x200), ==, 0x0504);
    /* M1AR is in use now: a write to it is an error and ends the stream */
    g_assert_cmphex(flags(m, 3) & TE, ==, 0);
    reg_write(m, SM1AR(3), RAM);
    g_assert_cmphex(reg_read(m, SM1AR(3)), ==, RAM + 0x100);
    g_assert_cmphex(flags(m, 3) & TE, ==, TE);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 0);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    /* CT chooses where the first pass goes */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    reg_write(m, SCR(3), CHANNEL(4) | DBM | CT | MINC | EN);
    ask(m, 2);
    g_assert_cmphex(reg_read(m, RAM + 0x100), ==, 0x0706);
    machine_free(m);
}

static void peripheral_flow_control(void)
{
    struct machine *m = bench();
    reg_write(m, SFCR(3), 0x27);
    set_up(m, 3, PORT, RAM, 2, CHANNEL(4) | PFCTRL | CIRC | MINC | PWORD | MWORD | PBURST4 | MBURST4 | TCIE | EN);
    g_assert_cmphex(reg_read(m, SCR(3)) & CIRC, ==, 0);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 0xFFFF);
    ask(m, 5); /* not a whole number of bursts */
    g_assert_cmpuint(port_of(m)->n, ==, 5);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 0xFFFF - 5);
    g_assert_cmphex(reg_read(m, RAM + 12), ==, 0x0F0E0D0C);
    g_assert_cmphex(reg_read(m, RAM + 16), ==, 0); /* still in the FIFO */
    g_assert_cmphex(flags(m, 3), ==, 0);
    device_pulse(machine_device(m, "probe"), 3);
    g_assert_cmphex(reg_read(m, RAM + 16), ==, 0x13121110);
    g_assert_cmphex(flags(m, 3), ==, TC);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 0);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 0xFFFF - 5);
    /* to the peripheral, up to the last word of the memory: nothing is fetched beyond what is asked for */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    reg_write(m, RAM + 0xFFC, 0x12345678);
    set_up(m, 3, PORT, RAM + 0xFFC, 0, CHANNEL(4) | PFCTRL | M2P | MINC | PWORD | MWORD | EN);
    ask(m, 1);
    device_pulse(machine_device(m, "probe"), 3);
    g_assert_cmphex(port_of(m)->written[5], ==, 0x12345678);
    g_assert_cmphex(flags(m, 3), ==, TC);
    /* while the DMA counts, the peripheral's word does not matter */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    set_up(m, 3, PORT, RAM, 2, CHANNEL(4) | MINC | EN);
    device_pulse(machine_device(m, "probe"), 3);
    g_assert_cmphex(flags(m, 3), ==, 0);
    g_assert_cmpuint(reg_read(m, SCR(3)) & EN, ==, 1);
    machine_free(m);
}

static void memory_to_memory(void)
{
    struct machine *m = bench();
    for (unsigned i = 0; i < 16; i++)
        reg_write(m, RAM + 4 * i, 0x01010101 * (i + 1));
    set_up(m, 0, RAM, RAM + 0x100, 16, M2M | PINC | MINC | PWORD | MWORD | TCIE | HTIE | EN);
    g_assert_cmphex(reg_read(m, SFCR(0)) & 4, ==, 4); /* direct mode is not possible */
    pass(m, 5 * CYCLE - 1);
    g_assert_cmpuint(reg_read(m, SNDTR(0)), ==, 16);
    pass(m, 1);
    g_assert_cmpuint(reg_read(m, SNDTR(0)), ==, 15);
    pass(m, 35 * CYCLE - 1);
    g_assert_cmphex(flags(m, 0), ==, 0);
    pass(m, 1);
    g_assert_cmphex(flags(m, 0), ==, HT);
    g_assert_cmpuint(probe_level(m, 0), ==, 1);
    g_assert_cmphex(reg_read(m, RAM + 0x10C), ==, 0x04040404);
    pass(m, 40 * CYCLE - 1);
    g_assert_cmphex(flags(m, 0), ==, HT);
    g_assert_cmpuint(reg_read(m, SCR(0)) & EN, ==, 1);
    pass(m, 1);
    g_assert_cmphex(flags(m, 0), ==, HT | TC);
    g_assert_cmpuint(reg_read(m, SCR(0)) & EN, ==, 0);
    for (unsigned i = 0; i < 16; i++)
        g_assert_cmphex(reg_read(m, RAM + 0x100 + 4 * i), ==, 0x01010101 * (i + 1));
    g_assert_cmphex(reg_read(m, RAM + 0x140), ==, 0);
    /* at another clock, half-way */
    reg_write(m, LIFCR, 0xFFFFFFFF);
    set_up(m, 0, RAM, RAM + 0x200, 16, M2M | PINC | MINC | EN);
    pass(m, 40 * CYCLE);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(HCLK / 2));
    pass(m, 80 * CYCLE - 1);
    g_assert_cmphex(flags(m, 0) & TC, ==, 0);
    pass(m, 1);
    g_assert_cmphex(flags(m, 0) & TC, ==, TC);
    g_assert_cmphex(reg_read(m, RAM + 0x20C), ==, 0x04040404);
    g_assert_cmphex(reg_read(m, RAM + 0x210), ==, 0);
    machine_free(m);
    /* DMA1 cannot do it */
    m = bench_with(NULL);
    set_up(m, 0, RAM, RAM + 0x100, 4, M2M | PINC | MINC | EN);
    g_assert_cmphex(flags(m, 0), ==, TE);
    g_assert_cmpuint(reg_read(m, SCR(0)) & EN, ==, 0);
    machine_free(m);
}

static void protected_while_running(void)
{
    struct machine *m = bench();
    uint32_t cr = CHANNEL(4) | MINC | PWORD | MWORD;
    set_up(m, 3, PORT, RAM, 8, cr | EN);
    reg_write(m, SPAR(3), 0);
    reg_write(m, SM0AR(3), 0);
    reg_write(m, SM1AR(3), 1);
    reg_write(m, SNDTR(3), 1);
    reg_write(m, SFCR(3), 0x86);
    reg_write(m, SCR(3), EN | TCIE | M2P | PINC | LEVEL(3) | CHANNEL(1));
    g_assert_cmphex(reg_read(m, SPAR(3)), ==, PORT);
    g_assert_cmphex(reg_read(m, SM0AR(3)), ==, RAM);
    g_assert_cmphex(reg_read(m, SM1AR(3)), ==, 0);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 8);
    g_assert_cmphex(reg_read(m, SFCR(3)), ==, 0xA1);
    g_assert_cmphex(reg_read(m, SCR(3)), ==, cr | EN | TCIE);
    g_assert_cmphex(flags(m, 3), ==, 0); /* outside double-buffer mode the write to M0AR is no error */
    machine_free(m);
}

static void stop(void)
{
    struct machine *m = bench();
    reg_write(m, SFCR(3), 7);
    set_up(m, 3, PORT, RAM, 8, CHANNEL(4) | MINC | TCIE | EN);
    ask(m, 3);
    g_assert_cmphex(reg_read(m, RAM), ==, 0);
    reg_write(m, SCR(3), CHANNEL(4) | MINC | TCIE);
    g_assert_cmphex(reg_read(m, RAM), ==, 0x020100); /* flushed */
    g_assert_cmphex(flags(m, 3), ==, TC);
    g_assert_cmpuint(probe_level(m, 3), ==, 1);
    g_assert_cmpuint(reg_read(m, SNDTR(3)), ==, 5);
    ask(m, 1);
    g_assert_cmpuint(port_of(m)->n, ==, 3);
    machine_free(m);
}

/* Requests that came while the clock stood still are taken by level, then by number. */
static void priority(void)
{
    struct machine *m = bench();
    for (unsigned high = 0; high < 3; high++) {
        static const unsigned streams[] = {0, 5, 6};
        static const uint32_t channels[] = {CHANNEL(0), CHANNEL(7), CHANNEL(2)};
        reg_write(m, LIFCR, 0xFFFFFFFF);
        reg_write(m, HIFCR, 0xFFFFFFFF);
        port_of(m)->n = 0;
        for (unsigned i = 0; i < 3; i++)
            set_up(m, streams[i], PORT + 0x100 * i, RAM, 2, channels[i] | LEVEL(i == high ? 2 : 1) | EN);
        machine_set_clock(m, "HCLK", FREQUENCY_STOPPED);
        probe_set(m, 4, 1);
        probe_set(m, 2, 1);
        probe_set(m, 0, 1);
        g_assert_cmpuint(port_of(m)->n, ==, 0);
        machine_set_clock(m, "HCLK", FREQUENCY_HZ(HCLK));
        g_assert_cmpuint(port_of(m)->n, ==, 6);
        unsigned second = high == 0 ? 1 : 0, third = high == 2 ? 1 : 2;
        g_assert_cmphex(port_of(m)->offsets[0], ==, 0x100 * high);
        g_assert_cmphex(port_of(m)->offsets[1], ==, 0x100 * high);
        g_assert_cmphex(port_of(m)->offsets[2], ==, 0x100 * second);
        g_assert_cmphex(port_of(m)->offsets[4], ==, 0x100 * third);
        probe_set(m, 0, 0);
        probe_set(m, 2, 0);
        probe_set(m, 4, 0);
    }
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dma/reset-values", reset_values);
    g_test_add_func("/dma/peripheral-to-memory", peripheral_to_memory);
    g_test_add_func("/dma/memory-to-peripheral", memory_to_peripheral);
    g_test_add_func("/dma/flags", all_flags);
    g_test_add_func("/dma/half-transfer", half_transfer);
    g_test_add_func("/dma/transfer-error", transfer_error);
    g_test_add_func("/dma/increment", increment);
    g_test_add_func("/dma/packing", packing);
    g_test_add_func("/dma/fifo-status", fifo_levels);
    g_test_add_func("/dma/fifo-error", fifo_error);
    g_test_add_func("/dma/burst", burst);
    g_test_add_func("/dma/pulse", pulse);
    g_test_add_func("/dma/channel", channel);
    g_test_add_func("/dma/circular", circular);
    g_test_add_func("/dma/double-buffer", double_buffer);
    g_test_add_func("/dma/peripheral-flow-control", peripheral_flow_control);
    g_test_add_func("/dma/memory-to-memory", memory_to_memory);
    g_test_add_func("/dma/protected", protected_while_running);
    g_test_add_func("/dma/stop", stop);
    g_test_add_func("/dma/priority", priority);
    return g_test_run();
}
