/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "peripherals/stm32f2/usart.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40011000,
    SR = BASE,
    DR = BASE + 4,
    BRR = BASE + 8,
    CR1 = BASE + 12,
    CR2 = BASE + 16,
    CR3 = BASE + 20,
    GTPR = BASE + 24
};
enum { PE = 1, FE = 2, NF = 4, ORE = 8, IDLE = 16, RXNE = 32, TC = 64, TXE = 128, CTS = 512 };
enum { SBK = 1, RE = 4, TE = 8, IDLEIE = 16, RXNEIE = 32, TCIE = 64, TXEIE = 128, PEIE = 256, PS = 512, PCE = 1024 };
enum { M9 = 1 << 12, UE = 1 << 13, OVER8 = 1 << 15 };
enum { EIE = 1, DMAR = 64, DMAT = 128, RTSE = 256, CTSE = 512, CTSIE = 1024 };
enum { PCLK = 60000000, BIT = 520 }; /* about 115200 baud */
static const ticks_t CYCLE = TICKS_PER_SECOND / PCLK;

enum { LINE_TX, LINE_IRQ, LINE_DMA_TX, LINE_DMA_RX, LINE_RTS };

/* Keeps the characters that leave on "tx", with their times. */
struct terminal {
    uint32_t characters[16];
    ticks_t times[16];
    unsigned n;
};

static void terminal_input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct terminal *t = dev->state;
    (void)in;
    if (signal->level == 0)
        return;
    g_assert_cmpuint(t->n, <, 16);
    t->characters[t->n] = signal->level;
    t->times[t->n++] = machine_now(dev->machine);
}

static const char *const terminal_inputs[] = {"rx"};
static const struct device_class terminal_class = {
    .name = "terminal",
    .state_size = sizeof(struct terminal),
    .n_inputs = 1,
    .input_names = terminal_inputs,
    .input = terminal_input,
};

static struct machine *bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_usart_class, "USART1", BASE, NULL);
    machine_add_device(m, &terminal_class, "terminal", 0, NULL);
    machine_connect(m, "USART1.tx", "terminal.rx");
    machine_connect(m, "USART1.irq", "probe.in1");
    machine_connect(m, "USART1.dma_tx", "probe.in2");
    machine_connect(m, "USART1.dma_rx", "probe.in3");
    machine_connect(m, "USART1.rts", "probe.in4");
    machine_connect(m, "probe.out0", "USART1.rx");
    machine_connect(m, "probe.out1", "USART1.cts");
    machine_connect_clock(m, "PCLK2", "USART1.bus");
    machine_seal(m);
    machine_power_on(m);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(PCLK));
    return m;
}

static struct terminal *terminal(struct machine *m)
{
    return machine_device(m, "terminal")->state;
}

/* Switch on, and let the idle frame pass that goes before the first character. */
static void enable(struct machine *m, uint32_t cr1)
{
    reg_write(m, BRR, BIT);
    reg_write(m, CR1, UE | RE | TE | cr1);
    pass(m, 12 * BIT * CYCLE);
}

static void arrive(struct machine *m, uint32_t character)
{
    probe_set(m, 0, USART_CHARACTER | character);
    probe_set(m, 0, 0);
}

static void reset_values(void)
{
    struct machine *m = bench();
    static const uint32_t offsets[] = {4, 8, 12, 16, 20, 24};
    g_assert_cmphex(reg_read(m, SR), ==, TXE | TC);
    for (unsigned i = 0; i < G_N_ELEMENTS(offsets); i++)
        g_assert_cmphex(reg_read(m, BASE + offsets[i]), ==, 0);
    reg_write(m, CR2, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, CR2), ==, 0x7F6F);
    reg_write(m, CR3, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, CR3), ==, 0x0FFF);
    reg_write(m, GTPR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, GTPR), ==, 0xFFFF);
    reg_write(m, CR3, 0);
    reg_write(m, CR2, 0);
    enable(m, RXNEIE);
    arrive(m, 'x');
    reg_write(m, DR, 'y');
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    machine_power_on(m);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | TC);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 20 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 0);
    machine_free(m);
}

static void transmit(void)
{
    struct machine *m = bench();
    enable(m, 0);
    ticks_t start = machine_now(m);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | TC);
    reg_write(m, DR, 'A'); /* straight into the shift register */
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    reg_write(m, DR, 'B');
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 10 * BIT * CYCLE - 1);
    g_assert_cmpuint(terminal(m)->n, ==, 0);
    g_assert_cmphex(reg_read(m, SR), ==, 0);
    pass(m, 1);
    g_assert_cmpuint(terminal(m)->n, ==, 1);
    g_assert_cmphex(terminal(m)->characters[0], ==, USART_CHARACTER | 'A');
    g_assert_cmphex(reg_read(m, SR), ==, TXE); /* B is on the wire */
    pass(m, 10 * BIT * CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, SR), ==, TXE | TC);
    g_assert_cmphex(terminal(m)->characters[1], ==, USART_CHARACTER | 'B');
    g_assert_cmpuint(terminal(m)->times[1] - start, ==, 20 * BIT * CYCLE);
    /* TC goes by a read of SR and a write to DR, or by writing 0; a write to DR alone leaves it */
    reg_write(m, DR, 'C');
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    pass(m, 10 * BIT * CYCLE);
    reg_write(m, DR, 'D');
    g_assert_cmphex(reg_read(m, SR) & TC, ==, TC);
    reg_write(m, SR, (uint32_t)~TC);
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    machine_free(m);
}

static void preamble(void)
{
    struct machine *m = bench();
    reg_write(m, BRR, BIT);
    reg_write(m, CR1, UE);
    reg_write(m, DR, 'A'); /* the transmitter is off: it waits */
    g_assert_cmphex(reg_read(m, SR) & TXE, ==, 0);
    pass(m, 30 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 0);
    ticks_t start = machine_now(m);
    reg_write(m, SR, (uint32_t)~TC);
    reg_write(m, CR1, UE | TE); /* an idle frame goes first */
    pass(m, 15 * BIT * CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    pass(m, 15 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 1);
    g_assert_cmpuint(terminal(m)->times[0] - start, ==, 20 * BIT * CYCLE);
    /* an idle frame is not a frame with data: no TC */
    reg_write(m, CR1, UE);
    reg_write(m, SR, (uint32_t)~TC);
    reg_write(m, CR1, UE | TE);
    pass(m, 15 * BIT * CYCLE);
    g_assert_cmphex(reg_read(m, SR), ==, TXE);
    machine_free(m);
}

static ticks_t time_of_frame(struct machine *m)
{
    ticks_t start = machine_now(m);
    terminal(m)->n = 0;
    reg_write(m, DR, 0x155);
    pass(m, 200 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 1);
    return terminal(m)->times[0] - start;
}

static void note_baud(const struct event *event, void *data)
{
    int64_t *last = data;
    if (strcmp(event->kind, "uart") == 0)
        *last = event_field(event, "baud")->integer;
}

static void baud(void)
{
    struct machine *m = bench();
    int64_t last_baud = 0;
    machine_subscribe(m, note_baud, &last_baud);
    enable(m, 0);
    g_assert_cmpuint(time_of_frame(m), ==, 10 * BIT * CYCLE);
    g_assert_cmpint(last_baud, ==, PCLK / BIT);
    reg_write(m, BRR, 0x1234); /* 16 times 0x123 + 4/16: fck / 0x1234 */
    g_assert_cmpuint(time_of_frame(m), ==, 10 * 0x1234 * CYCLE);
    /* oversampling by 8: 8 times (0x27 + 3/8); bit 3 of the fraction does not count */
    reg_write(m, BRR, 0x027B);
    reg_write(m, CR1, UE | TE | OVER8);
    g_assert_cmpuint(time_of_frame(m), ==, 10 * (8 * 0x27 + 3) * CYCLE);
    g_assert_cmpint(last_baud, ==, PCLK / (8 * 0x27 + 3));
    /* the clock changes amid a frame: five bits at the old rate, five at the new */
    reg_write(m, BRR, BIT);
    reg_write(m, CR1, UE | TE);
    ticks_t start = machine_now(m);
    terminal(m)->n = 0;
    reg_write(m, DR, 'x');
    pass(m, 5 * BIT * CYCLE);
    machine_set_clock(m, "PCLK2", FREQUENCY_STOPPED);
    pass(m, 100 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 0);
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(PCLK / 2));
    pass(m, 50 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->times[0] - start, ==, (5 + 100 + 2 * 5) * BIT * CYCLE);
    machine_free(m);
}

static void stop_bits(void)
{
    struct machine *m = bench();
    enable(m, 0);
    static const unsigned half_bits[] = {20, 19, 22, 21};
    for (unsigned stop = 0; stop < 4; stop++) {
        reg_write(m, CR2, stop << 12);
        g_assert_cmpuint(time_of_frame(m), ==, half_bits[stop] * BIT / 2 * CYCLE);
    }
    machine_free(m);
}

static void word_length(void)
{
    struct machine *m = bench();
    enable(m, 0);
    time_of_frame(m);
    g_assert_cmphex(terminal(m)->characters[0], ==, USART_CHARACTER | 0x55);
    reg_write(m, CR1, UE | TE | RE | M9);
    g_assert_cmpuint(time_of_frame(m), ==, 11 * BIT * CYCLE);
    g_assert_cmphex(terminal(m)->characters[0], ==, USART_CHARACTER | USART_NINTH_BIT | 0x55);
    arrive(m, USART_NINTH_BIT | 0x0F);
    g_assert_cmphex(reg_read(m, DR), ==, 0x10F);
    reg_write(m, CR1, UE | TE | RE);
    arrive(m, USART_NINTH_BIT | 0x0F);
    g_assert_cmphex(reg_read(m, DR), ==, 0x0F);
    machine_free(m);
}

static void receive(void)
{
    struct machine *m = bench();
    reg_write(m, BRR, BIT);
    reg_write(m, CR1, UE | TE); /* the receiver is off */
    arrive(m, 'a');
    g_assert_cmphex(reg_read(m, SR) & RXNE, ==, 0);
    reg_write(m, CR1, RE | TE); /* all of it is off */
    arrive(m, 'a');
    g_assert_cmphex(reg_read(m, SR) & RXNE, ==, 0);
    reg_write(m, CR1, UE | RE | RXNEIE);
    arrive(m, 'b');
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | ORE | FE | NF | PE), ==, RXNE);
    g_assert_cmphex(reg_read(m, DR), ==, 'b');
    g_assert_cmphex(reg_read(m, SR) & RXNE, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    arrive(m, 'c');
    reg_write(m, SR, (uint32_t)~RXNE);
    g_assert_cmphex(reg_read(m, SR) & RXNE, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    /* a debugger's look changes nothing */
    arrive(m, 'd');
    uint32_t value;
    g_assert_true(machine_peek(m, DR, 4, &value));
    g_assert_cmphex(value, ==, 'd');
    g_assert_cmphex(reg_read(m, SR) & RXNE, ==, RXNE);
    machine_free(m);
}

static void overrun(void)
{
    struct machine *m = bench();
    enable(m, RXNEIE);
    arrive(m, 'a');
    arrive(m, 'b');
    g_assert_cmphex(reg_read(m, SR) & (RXNE | ORE), ==, RXNE | ORE);
    g_assert_cmphex(reg_read(m, DR), ==, 'a'); /* the new one is lost */
    g_assert_cmphex(reg_read(m, SR) & (RXNE | ORE), ==, 0);
    /* without the read of SR first, ORE stays and keeps the interrupt */
    arrive(m, 'a');
    g_assert_cmphex(reg_read(m, SR) & ORE, ==, 0);
    arrive(m, 'b');
    g_assert_cmphex(reg_read(m, DR), ==, 'a');
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | ORE), ==, ORE);
    reg_read(m, DR);
    g_assert_cmphex(reg_read(m, SR) & ORE, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

static void receive_errors(void)
{
    struct machine *m = bench();
    enable(m, 0);
    arrive(m, USART_NO_STOP);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | FE | NF | PE), ==, RXNE | FE);
    reg_read(m, DR);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | FE), ==, 0);
    arrive(m, USART_NOISE | 'n');
    g_assert_cmphex(reg_read(m, SR) & (RXNE | FE | NF | PE), ==, RXNE | NF);
    g_assert_cmphex(reg_read(m, DR), ==, 'n');
    g_assert_cmphex(reg_read(m, SR) & NF, ==, 0);
    /* EIE counts with DMA reception only */
    reg_write(m, CR3, EIE);
    arrive(m, USART_NO_STOP | 'f');
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, CR3, EIE | DMAR);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    machine_free(m);
}

static void parity(void)
{
    struct machine *m = bench();
    enable(m, PCE | M9 | PEIE); /* eight bits and even parity */
    arrive(m, 0x07);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | PE), ==, RXNE);
    g_assert_cmphex(reg_read(m, DR), ==, 0x107);
    arrive(m, 0x06);
    g_assert_cmphex(reg_read(m, DR), ==, 0x006);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    arrive(m, USART_PARITY_ERROR | 0x06);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, SR) & (RXNE | PE), ==, RXNE | PE);
    g_assert_cmphex(reg_read(m, DR), ==, 0x106);
    g_assert_cmphex(reg_read(m, SR) & PE, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, CR1, UE | RE | TE | PCE | PS); /* seven bits and odd parity */
    arrive(m, 0x06);
    g_assert_cmphex(reg_read(m, DR), ==, 0x86);
    arrive(m, 0x07);
    g_assert_cmphex(reg_read(m, DR), ==, 0x07);
    /* what is sent has the parity in place of the last bit */
    reg_write(m, DR, 0xFF);
    pass(m, 10 * BIT * CYCLE);
    g_assert_cmphex(terminal(m)->characters[0], ==, USART_CHARACTER | 0x7F);
    machine_free(m);
}

static void idle(void)
{
    struct machine *m = bench();
    enable(m, IDLEIE);
    g_assert_cmphex(reg_read(m, SR) & IDLE, ==, 0);
    /* back to back: no idle frame */
    for (unsigned i = 0; i < 3; i++) {
        arrive(m, 'a');
        reg_read(m, DR);
        pass(m, 10 * BIT * CYCLE);
        g_assert_cmphex(reg_read(m, SR) & IDLE, ==, 0);
    }
    pass(m, 10 * BIT * CYCLE - 1);
    g_assert_cmphex(reg_read(m, SR) & IDLE, ==, 0);
    pass(m, 1);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    g_assert_cmphex(reg_read(m, SR) & IDLE, ==, IDLE);
    reg_read(m, DR);
    g_assert_cmphex(reg_read(m, SR) & IDLE, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 100 * BIT * CYCLE); /* not again before something has arrived */
    machine_set_clock(m, "PCLK2", FREQUENCY_HZ(PCLK / 2));
    pass(m, 100 * BIT * CYCLE);
    g_assert_cmphex(reg_read(m, SR) & IDLE, ==, 0);
    machine_free(m);
}

static void break_frame(void)
{
    struct machine *m = bench();
    enable(m, 0);
    reg_write(m, DR, 'a');
    reg_write(m, CR1, UE | RE | TE | SBK); /* after the character */
    pass(m, 20 * BIT * CYCLE - 1);
    g_assert_cmphex(reg_read(m, CR1) & SBK, ==, SBK);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, CR1) & SBK, ==, 0);
    g_assert_cmpuint(terminal(m)->n, ==, 2);
    g_assert_cmphex(terminal(m)->characters[1], ==, USART_CHARACTER | USART_NO_STOP);
    machine_free(m);
}

static void interrupts(void)
{
    struct machine *m = bench();
    enable(m, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    reg_write(m, CR1, UE | TE | TXEIE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_read(m, SR);
    reg_write(m, DR, 'a');
    reg_write(m, DR, 'b');
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 10 * BIT * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    reg_write(m, CR1, UE | TE | TCIE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    pass(m, 10 * BIT * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    machine_free(m);
}

static void dma(void)
{
    struct machine *m = bench();
    enable(m, 0);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 0);
    reg_write(m, CR3, DMAT | DMAR);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    reg_write(m, DR, 'a');
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    reg_write(m, DR, 'b');
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 0);
    pass(m, 10 * BIT * CYCLE);
    g_assert_cmpuint(probe_level(m, LINE_DMA_TX), ==, 1);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    arrive(m, 'c');
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, LINE_DMA_RX), ==, 0);
    machine_free(m);
}

static void cts(void)
{
    struct machine *m = bench();
    enable(m, 0);
    probe_set(m, 1, 1); /* no flow control: no matter */
    g_assert_cmphex(reg_read(m, SR) & CTS, ==, 0);
    reg_write(m, CR3, CTSE | CTSIE);
    reg_write(m, DR, 'a');
    pass(m, 20 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->n, ==, 0);
    ticks_t start = machine_now(m);
    probe_set(m, 1, 0);
    g_assert_cmphex(reg_read(m, SR) & CTS, ==, CTS);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 1);
    pass(m, 20 * BIT * CYCLE);
    g_assert_cmpuint(terminal(m)->times[0] - start, ==, 10 * BIT * CYCLE);
    reg_write(m, SR, (uint32_t)~CTS);
    g_assert_cmphex(reg_read(m, SR) & CTS, ==, 0);
    g_assert_cmpuint(probe_level(m, LINE_IRQ), ==, 0);
    machine_free(m);
}

static void rts(void)
{
    struct machine *m = bench();
    enable(m, 0);
    arrive(m, 'a');
    g_assert_cmpuint(probe_level(m, LINE_RTS), ==, 0);
    reg_write(m, CR3, RTSE);
    g_assert_cmpuint(probe_level(m, LINE_RTS), ==, 1);
    reg_read(m, DR);
    g_assert_cmpuint(probe_level(m, LINE_RTS), ==, 0);
    machine_free(m);
}

struct log {
    GString *text;
};

static void log_event(const struct event *event, void *data)
{
    struct log *log = data;
    if (strcmp(event->kind, "uart") == 0)
        g_string_append_printf(log->text, "%s %s %d;", event_field(event, "port")->string,
                               event_field(event, "direction")->string, (int)event_field(event, "byte")->integer);
}

static void events(void)
{
    struct machine *m = bench();
    struct log log = {g_string_new(NULL)};
    machine_subscribe(m, log_event, &log);
    enable(m, 0);
    reg_write(m, DR, 65);
    pass(m, 10 * BIT * CYCLE);
    arrive(m, 66);
    arrive(m, 67); /* published although it is lost in an overrun: it was on the wire */
    g_assert_cmpstr(log.text->str, ==, "USART1 tx 65;USART1 rx 66;USART1 rx 67;");
    g_string_free(log.text, TRUE);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usart/reset-values", reset_values);
    g_test_add_func("/usart/transmit", transmit);
    g_test_add_func("/usart/preamble", preamble);
    g_test_add_func("/usart/baud", baud);
    g_test_add_func("/usart/stop-bits", stop_bits);
    g_test_add_func("/usart/word-length", word_length);
    g_test_add_func("/usart/receive", receive);
    g_test_add_func("/usart/overrun", overrun);
    g_test_add_func("/usart/receive-errors", receive_errors);
    g_test_add_func("/usart/parity", parity);
    g_test_add_func("/usart/idle", idle);
    g_test_add_func("/usart/break", break_frame);
    g_test_add_func("/usart/interrupts", interrupts);
    g_test_add_func("/usart/dma", dma);
    g_test_add_func("/usart/cts", cts);
    g_test_add_func("/usart/rts", rts);
    g_test_add_func("/usart/events", events);
    return g_test_run();
}
