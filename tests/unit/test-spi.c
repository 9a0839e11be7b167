/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/spi.h"
#include "tests/unit/device-test.h"

enum { BASE = 0x40013000, CR1 = BASE, CR2 = BASE + 4, SR = BASE + 8, DR = BASE + 12, CRCPR = BASE + 16 };
enum { RXCRCR = BASE + 20, TXCRCR = BASE + 24, I2SCFGR = BASE + 28, I2SPR = BASE + 32 };
enum { MSTR = 4, SPE = 64, LSBFIRST = 128, SSI = 256, SSM = 512, RXONLY = 1024, DFF = 2048, CRCNEXT = 4096, CRCEN = 8192 };
enum { BIDIOE = 1 << 14, BIDIMODE = 1 << 15, MASTER = MSTR | SPE | SSI | SSM };
enum { RXDMAEN = 1, TXDMAEN = 2, SSOE = 4, ERRIE = 32, RXNEIE = 64, TXEIE = 128 };
enum { RXNE = 1, TXE = 2, CRCERR = 16, MODF = 32, OVR = 64, BSY = 128 };
enum { PCLK = 60000000 };
static const ticks_t CYCLE = TICKS_PER_SECOND / PCLK;

enum { LINE_NSS = 1, LINE_IRQ, LINE_DMA_TX, LINE_DMA_RX };

/* A part on the bus: keeps what it hears and answers from a list. */
struct part {
    uint32_t heard[16];
    uint32_t answers[16];
    unsigned n;
};

static void part_input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct part *p = dev->state;
    (void)in;
    if (signal->level == 0)
        return;
    p->heard[p->n % 16] = signal->level;
    device_set_level(dev, 0, p->answers[p->n++ % 16]);
}

static const char *const part_inputs[] = {"mosi"};
static const char *const part_outputs[] = {"miso"};
static const struct device_class part_class = {
    .name = "part",
    .state_size = sizeof(struct part),
    .n_inputs = 1,
    .n_outputs = 1,
    .input_names = part_inputs,
    .output_names = part_outputs,
    .input = part_input,
};

static struct machine *bench_with(bool wired)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_spi_class, "SPI1", BASE, NULL);
    machine_add_device(m, &part_class, "part", 0, NULL);
    machine_connect(m, "SPI1.mosi", "part.mosi");
    if (wired) {
        machine_connect(m, "part.miso", "SPI1.miso");
        machine_connect(m, "probe.out0", "SPI1.nss_in");
    }
    machine_connect(m, "SPI1.nss", "probe.in1");
    machine_connect(m, "SPI1.irq", "probe.in2");
    machine_connect(m, "SPI1.dma_tx", "probe.in3");
    machine_connect(m, "SPI1.dma_rx", "probe.in4");
    machine_connect_clock(m, "PCLK2", "SPI1.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(PCLK));
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

static void reset_values(void)
{
    struct machine *m = bench();
    static const uint32_t values[] = {0, 0, 2, 0, 7, 0, 0, 0, 2};
    for (unsigned i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_cmphex(reg_read(m, BASE + 4 * i), ==, values[i]);
    g_assert_cmpuint(probe_level(m, LINE_NSS), ==, 1);
    reg_write(m, CR2, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, CR2), ==, 0xF7);
    reg_write(m, I2SPR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, I2SPR), ==, 0x3FF);
    reg_write(m, I2SCFGR, 0x03BF);
    g_assert_cmphex(reg_read(m, I2SCFGR), ==, 0x03BF);
    reg_write(m, CR1, MASTER);
    reg_write(m, DR, 1);
    machine_power_on(m);
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_NSS), ==, 1);
    pass(m, 1000 * CYCLE);
    g_assert_cmpuint(part(m)->n, ==, 0);
    machine_free(m);
}

static void master(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 0x5A;
    part(m)->answers[1] = 0xC3;
    reg_write(m, DR, 0xA1); /* waits for SPE */
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    reg_write(m, CR1, MASTER & ~SPE);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    reg_write(m, CR1, MASTER);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
    reg_write(m, DR, 0xB2);
    g_assert_cmphex(reg_read(m, SR), ==, BSY);
    pass(m, 16 * CYCLE - 1); /* eight bits at PCLK/2 */
    g_assert_cmphex(reg_read(m, SR), ==, BSY);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, RXNE | TXE | BSY);
    g_assert_cmphex(part(m)->heard[0], ==, SPI_FRAME | 0xA1);
    g_assert_cmphex(reg_read(m, DR), ==, 0x5A);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
    pass(m, 16 * CYCLE - 1); /* the second follows without a gap */
    g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, RXNE | TXE);
    g_assert_cmphex(part(m)->heard[1], ==, SPI_FRAME | 0xB2);
    uint32_t value;
    g_assert_true(machine_peek(m, DR, 4, &value));
    g_assert_cmphex(value, ==, 0xC3);
    g_assert_cmphex(reg_read(m, SR), ==, RXNE | TXE);
    g_assert_cmphex(reg_read(m, DR), ==, 0xC3);
    machine_free(m);
    /* an empty bus: the wire is pulled up */
    m = bench_with(false);
    reg_write(m, CR1, MASTER);
    reg_write(m, DR, 0);
    pass(m, 16 * CYCLE);
    g_assert_cmphex(reg_read(m, DR), ==, 0xFF);
    machine_free(m);
}

/* A slave has no clock of its own. */
static void slave(void)
{
    struct machine *m = bench();
    reg_write(m, CR1, SPE | SSM);
    reg_write(m, DR, 1);
    pass(m, 1000 * CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    g_assert_cmpuint(part(m)->n, ==, 0);
    machine_free(m);
}

static void baud(void)
{
    struct machine *m = bench();
    for (unsigned br = 0; br < 8; br++) {
        reg_write(m, CR1, MASTER | br << 3);
        reg_write(m, DR, 0);
        pass(m, (8 * (2 << br)) * CYCLE - 1);
        g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, SR), ==, RXNE | TXE);
        reg_read(m, DR);
    }
    /* the clock changes amid a frame */
    reg_write(m, CR1, MASTER);
    reg_write(m, DR, 0);
    pass(m, 8 * CYCLE);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(PCLK / 2));
    pass(m, 16 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, RXNE | TXE);
    machine_free(m);
}

static void sixteen_bits(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 0x1234;
    reg_write(m, CR1, MASTER | DFF);
    reg_write(m, DR, 0xABCD);
    pass(m, 32 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | BSY);
    pass(m, 1);
    g_assert_cmphex(part(m)->heard[0], ==, SPI_FRAME | SPI_FRAME_16 | 0xABCD);
    g_assert_cmphex(reg_read(m, DR), ==, 0x1234);
    machine_free(m);
}

static void bit_order(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 0x80;
    part(m)->answers[1] = 0x8001;
    reg_write(m, CR1, MASTER | LSBFIRST);
    reg_write(m, DR, 0x13);
    pass(m, 16 * CYCLE);
    g_assert_cmphex(part(m)->heard[0], ==, SPI_FRAME | 0xC8);
    g_assert_cmphex(reg_read(m, DR), ==, 0x01);
    reg_write(m, CR1, MASTER | LSBFIRST | DFF);
    reg_write(m, DR, 0x0013);
    pass(m, 32 * CYCLE);
    g_assert_cmphex(part(m)->heard[1], ==, SPI_FRAME | SPI_FRAME_16 | 0xC800);
    g_assert_cmphex(reg_read(m, DR), ==, 0x8001);
    machine_free(m);
}

static void receive_only(void)
{
    struct machine *m = bench();
    for (unsigned i = 0; i < 3; i++)
        part(m)->answers[i] = 0x11 * (i + 1);
    reg_write(m, CR1, MASTER | RXONLY); /* the clock runs by itself */
    g_assert_cmphex(reg_read(m, SR) & BSY, ==, BSY);
    for (unsigned i = 0; i < 2; i++) {
        pass(m, 16 * CYCLE);
        g_assert_cmphex(reg_read(m, SR) & RXNE, ==, RXNE);
        g_assert_cmphex(reg_read(m, DR), ==, 0x11 * (i + 1));
    }
    g_assert_cmphex(part(m)->heard[0], ==, SPI_FRAME | 0xFF);
    reg_write(m, CR1, (MASTER | RXONLY) & ~SPE); /* the frame under way is the last */
    pass(m, 16 * CYCLE);
    g_assert_cmphex(reg_read(m, DR), ==, 0x33);
    g_assert_cmphex(reg_read(m, SR) & (BSY | RXNE), ==, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(part(m)->n, ==, 3);
    machine_free(m);
}

static void bidirectional(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 0x77;
    part(m)->answers[1] = 0x88;
    reg_write(m, CR1, MASTER | BIDIMODE | BIDIOE); /* out */
    reg_write(m, DR, 0x42);
    pass(m, 16 * CYCLE);
    g_assert_cmphex(part(m)->heard[0], ==, SPI_FRAME | 0x42);
    g_assert_cmphex(reg_read(m, SR), ==, TXE); /* nothing is received */
    reg_write(m, CR1, MASTER | BIDIMODE);      /* in */
    pass(m, 16 * CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | RXNE | BSY);
    g_assert_cmphex(reg_read(m, DR), ==, 0x88);
    machine_free(m);
}

static void overrun(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 1;
    part(m)->answers[1] = 2;
    reg_write(m, CR1, MASTER);
    reg_write(m, CR2, ERRIE);
    reg_write(m, DR, 0);
    reg_write(m, DR, 0);
    pass(m, 16 * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 16 * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | RXNE | OVR);
    g_assert_cmphex(reg_read(m, DR), ==, 1);         /* the new word is lost */
    g_assert_cmphex(reg_read(m, SR), ==, TXE | OVR); /* cleared by this read */
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

/* Bit by bit from the definition: the remainder of the message, first bit first. */
static uint32_t reference_crc(const uint8_t *bytes, unsigned n, uint32_t polynomial)
{
    uint32_t crc = 0;
    for (unsigned i = 0; i < 8 * n; i++) {
        uint32_t bit = bytes[i / 8] >> (7 - i % 8) & 1;
        uint32_t top = crc >> 7 & 1;
        crc = (crc << 1 & 0xFF) ^ (bit ^ top ? polynomial : 0);
    }
    return crc;
}

static void crc(void)
{
    struct machine *m = bench();
    static const uint8_t sent[] = {0x31, 0x32, 0x33}, received[] = {0xDE, 0xAD, 0x42};
    for (unsigned i = 0; i < 3; i++)
        part(m)->answers[i] = received[i];
    part(m)->answers[3] = reference_crc(received, 3, 0x1D);
    reg_write(m, CRCPR, 0x1D);
    reg_write(m, CR1, (MASTER & ~SPE) | CRCEN);
    reg_write(m, CR1, MASTER | CRCEN);
    for (unsigned i = 0; i < 3; i++) {
        reg_write(m, DR, sent[i]);
        if (i == 2)
            reg_write(m, CR1, MASTER | CRCEN | CRCNEXT);
        pass(m, 16 * CYCLE);
        g_assert_cmphex(reg_read(m, DR), ==, received[i]);
        g_assert_cmphex(reg_read(m, TXCRCR), ==, reference_crc(sent, i + 1, 0x1D));
        g_assert_cmphex(reg_read(m, RXCRCR), ==, reference_crc(received, i + 1, 0x1D));
    }
    g_assert_cmphex(reg_read(m, SR) & BSY, ==, BSY); /* the CRC follows at once */
    pass(m, 16 * CYCLE);
    g_assert_cmphex(part(m)->heard[3], ==, SPI_FRAME | reference_crc(sent, 3, 0x1D));
    g_assert_cmphex(reg_read(m, SR), ==, TXE | RXNE);
    g_assert_cmphex(reg_read(m, CR1) & CRCNEXT, ==, 0);
    reg_read(m, DR);
    /* data that waits goes before the CRC */
    reg_write(m, DR, 0x34);
    reg_write(m, DR, 0x35);
    reg_write(m, CR1, MASTER | CRCEN | CRCNEXT);
    pass(m, 3 * 16 * CYCLE);
    g_assert_cmpuint(part(m)->n, ==, 7);
    g_assert_cmphex(part(m)->heard[5], ==, SPI_FRAME | 0x35);
    g_assert_cmphex(part(m)->heard[6], ==, SPI_FRAME | reg_read(m, TXCRCR));
    reg_read(m, DR);
    /* both are cleared when CRCEN is set; sixteen bits: CRC-16/XMODEM of "12" with 0x1021 */
    reg_write(m, CR1, MASTER & ~SPE);
    reg_write(m, CRCPR, 0x1021);
    reg_write(m, CR1, (MASTER & ~SPE) | CRCEN | DFF);
    g_assert_cmphex(reg_read(m, TXCRCR), ==, 0);
    g_assert_cmphex(reg_read(m, RXCRCR), ==, 0);
    reg_write(m, CR1, MASTER | CRCEN | DFF);
    reg_write(m, DR, 0x3132);
    pass(m, 32 * CYCLE);
    g_assert_cmphex(reg_read(m, TXCRCR), ==, 0x20B5);
    machine_free(m);
}

static void crc_error(void)
{
    struct machine *m = bench();
    part(m)->answers[0] = 0x01; /* with 7: CRC 0x07 */
    part(m)->answers[1] = 0x08;
    reg_write(m, CR2, ERRIE);
    reg_write(m, CR1, (MASTER & ~SPE) | CRCEN);
    reg_write(m, CR1, MASTER | CRCEN);
    reg_write(m, DR, 0);
    reg_write(m, CR1, MASTER | CRCEN | CRCNEXT);
    pass(m, 16 * CYCLE);
    reg_read(m, DR);
    g_assert_cmphex(reg_read(m, RXCRCR), ==, 7);
    pass(m, 16 * CYCLE);
    g_assert_cmphex(reg_read(m, SR) & CRCERR, ==, CRCERR);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, SR, 0);
    g_assert_cmphex(reg_read(m, SR) & CRCERR, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

static void mode_fault(void)
{
    struct machine *m = bench();
    reg_write(m, CR2, ERRIE);
    probe_set(m, 0, 1);
    reg_write(m, CR1, MSTR | SPE); /* NSS is an input */
    g_assert_cmphex(reg_read(m, SR) & MODF, ==, 0);
    reg_write(m, DR, 0);
    probe_set(m, 0, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, CR1) & (MSTR | SPE), ==, 0);
    pass(m, 100 * CYCLE);
    g_assert_cmpuint(part(m)->n, ==, 0);
    probe_set(m, 0, 1);
    reg_write(m, CR1, MSTR | SPE); /* not before the flag is cleared ... */
    g_assert_cmphex(reg_read(m, CR1) & (MSTR | SPE), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & (MODF | BSY), ==, MODF);
    reg_write(m, CR1, MSTR | SPE); /* ... by a read of SR and a write to CR1 */
    g_assert_cmphex(reg_read(m, SR) & MODF, ==, 0);
    g_assert_cmphex(reg_read(m, CR1) & (MSTR | SPE), ==, MSTR | SPE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    /* with SSM, SSI takes the place of the pin */
    probe_set(m, 0, 0);
    reg_read(m, SR);
    reg_write(m, CR1, MASTER);
    g_assert_cmphex(reg_read(m, SR) & MODF, ==, 0);
    reg_write(m, CR1, MASTER & ~SSI);
    g_assert_cmphex(reg_read(m, SR) & MODF, ==, MODF);
    machine_free(m);
}

static void nss(void)
{
    struct machine *m = bench();
    reg_write(m, CR2, SSOE);
    g_assert_cmpuint(probe_level(m, LINE_NSS), ==, 1);
    reg_write(m, CR1, MSTR | SPE); /* the pin is an output: no mode fault */
    g_assert_cmpuint(probe_level(m, LINE_NSS), ==, 0);
    g_assert_cmphex(reg_read(m, SR) & MODF, ==, 0);
    reg_write(m, CR1, MSTR);
    g_assert_cmpuint(probe_level(m, LINE_NSS), ==, 1);
    machine_free(m);
}

static void interrupts(void)
{
    struct machine *m = bench();
    reg_write(m, CR1, MASTER);
    reg_write(m, CR2, TXEIE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, DR, 0);
    reg_write(m, DR, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, CR2, RXNEIE);
    pass(m, 16 * CYCLE - 1);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 1);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

static void dma(void)
{
    struct machine *m = bench();
    reg_write(m, CR1, MASTER);
    reg_write(m, CR2, TXDMAEN | RXDMAEN);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    reg_write(m, DR, 0);
    reg_write(m, DR, 0);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    pass(m, 16 * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/spi/reset-values", reset_values);
    g_test_add_func("/spi/master", master);
    g_test_add_func("/spi/slave", slave);
    g_test_add_func("/spi/baud", baud);
    g_test_add_func("/spi/sixteen-bits", sixteen_bits);
    g_test_add_func("/spi/bit-order", bit_order);
    g_test_add_func("/spi/receive-only", receive_only);
    g_test_add_func("/spi/bidirectional", bidirectional);
    g_test_add_func("/spi/overrun", overrun);
    g_test_add_func("/spi/crc", crc);
    g_test_add_func("/spi/crc-error", crc_error);
    g_test_add_func("/spi/mode-fault", mode_fault);
    g_test_add_func("/spi/nss", nss);
    g_test_add_func("/spi/interrupts", interrupts);
    g_test_add_func("/spi/dma", dma);
    return g_test_run();
}
