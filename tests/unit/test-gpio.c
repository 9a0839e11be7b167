/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/gpio.h"

#include <string.h>

#include "tests/unit/device-test.h"

enum {
    BASE = 0x40020000,
    MODER = BASE,
    OTYPER = BASE + 4,
    OSPEEDR = BASE + 8,
    PUPDR = BASE + 0xC,
    IDR = BASE + 0x10,
    ODR = BASE + 0x14,
    BSRR = BASE + 0x18,
    LCKR = BASE + 0x1C,
    AFRL = BASE + 0x20,
    AFRH = BASE + 0x24
};

/* As for port A: RM0033 6.4. */
static const struct stm32f2_gpio_config port_a = {.moder = 0xA8000000, .ospeedr = 0x0C000000, .pupdr = 0x64000000};

struct bench {
    struct machine *m;
    struct device *probe;
    GString *events; /* "kind field=value ...;" */
};

static void note(const struct event *event, void *data)
{
    GString *log = data;
    g_string_append(log, event->kind);
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            g_string_append_printf(log, " %s=%s", f->name, f->string);
        else if (f->type == EVENT_INT)
            g_string_append_printf(log, " %s=%d", f->name, (int)f->integer);
        else if (f->type == EVENT_REAL)
            g_string_append_printf(log, " %s=%.3f", f->name, f->real);
    }
    g_string_append(log, ";");
}

/* out0 = ext0, out1 = ext13, out2 = af1.0, out3 = af2.0, out4 = af1.9, out5 = ext1; in0 = pin0, in1 = in0, in2 = pin13 */
static struct bench bench(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_gpio_class, "GPIOA", BASE, &port_a);
    machine_connect(m, "probe.out0", "GPIOA.ext0");
    machine_connect(m, "probe.out1", "GPIOA.ext13");
    machine_connect(m, "probe.out2", "GPIOA.af1.0");
    machine_connect(m, "probe.out3", "GPIOA.af2.0");
    machine_connect(m, "probe.out4", "GPIOA.af1.9");
    machine_connect(m, "probe.out5", "GPIOA.ext1");
    machine_connect(m, "GPIOA.pin0", "probe.in0");
    machine_connect(m, "GPIOA.in0", "probe.in1");
    machine_connect(m, "GPIOA.pin13", "probe.in2");
    machine_connect(m, "GPIOA.pin9", "probe.in3");
    machine_seal(m);
    probe_set(m, 0, EXT_OPEN);
    probe_set(m, 1, EXT_OPEN);
    probe_set(m, 5, EXT_OPEN);
    struct bench b = {m, machine_device(m, "probe"), g_string_new(NULL)};
    machine_subscribe(m, note, b.events);
    machine_power_on(m);
    return b;
}

static void done(struct bench *b)
{
    machine_free(b->m);
    g_string_free(b->events, TRUE);
}

static void assert_events(struct bench *b, const char *expected)
{
    g_assert_cmpstr(b->events->str, ==, expected);
    g_string_truncate(b->events, 0);
}

static void half_write(struct machine *m, uint32_t address, uint32_t value)
{
    g_assert_true(machine_bus_write(m, address, 2, value));
}

static void reset_values(void)
{
    struct bench b = bench();
    g_assert_cmphex(reg_read(b.m, MODER), ==, 0xA8000000);
    g_assert_cmphex(reg_read(b.m, OSPEEDR), ==, 0x0C000000);
    g_assert_cmphex(reg_read(b.m, PUPDR), ==, 0x64000000);
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0);
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA000); /* pull-ups of PA13 (SWDIO) and PA15 (JTDI), pull-down of PA14 */
    assert_events(&b, "");
    reg_write(b.m, OSPEEDR, 0x12345678);
    g_assert_cmphex(reg_read(b.m, OSPEEDR), ==, 0x12345678);
    done(&b);
}

static void modes(void)
{
    struct bench b = bench();
    reg_write(b.m, ODR, 1);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0); /* input: ODR does not reach the pad */
    reg_write(b.m, MODER, 0xA8000001);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, MODER, 0xA8000000);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    reg_write(b.m, MODER, 0xA8000003); /* analog: no pull, and the input buffer is off */
    reg_write(b.m, PUPDR, 0x64000001);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    probe_set(b.m, 0, EXT_HIGH);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    g_assert_cmpuint(probe_level(b.m, 1), ==, 0);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 0);
    done(&b);
}

static void output(void)
{
    struct bench b = bench();
    reg_write(b.m, MODER, 0x04000000 | (0xA8000000 & ~0x0C000000u)); /* PA13, the user LED */
    assert_events(&b, "pin pin=PA13 level=0 drive=output;");
    reg_write(b.m, ODR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xFFFF);
    g_assert_cmpuint(probe_level(b.m, 2), ==, 1);
    g_assert_cmphex(reg_read(b.m, IDR) & 0x2000, ==, 0x2000);
    assert_events(&b, "pin pin=PA13 level=1 drive=output;");
    reg_write(b.m, ODR, 0xDFFF);
    g_assert_cmphex(reg_read(b.m, IDR) & 0x2000, ==, 0);
    reg_write(b.m, MODER, 0xA8000000);
    g_assert_cmpuint(probe_level(b.m, 2), ==, 1); /* its pull-up */
    assert_events(&b, "pin pin=PA13 level=0 drive=output;pin pin=PA13 drive=input;");
    done(&b);
}

static void set_reset(void)
{
    struct bench b = bench();
    reg_write(b.m, BSRR, 0x0000A55A);
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xA55A);
    g_assert_cmphex(reg_read(b.m, BSRR), ==, 0);
    reg_write(b.m, BSRR, 0x00FF0000);
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xA500);
    reg_write(b.m, BSRR, 0x01000100); /* set wins */
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xA500);
    half_write(b.m, BSRR, 0x000F); /* as Particle's firmware does it */
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xA50F);
    half_write(b.m, BSRR + 2, 0x8001);
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0x250E);
    done(&b);
}

static void input(void)
{
    struct bench b = bench();
    probe_set(b.m, 0, EXT_HIGH);
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA001);
    reg_write(b.m, IDR, 0); /* read-only */
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA001);
    probe_set(b.m, 0, EXT_LOW);
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA000);
    device_set_signal(b.probe, 0, (struct signal){.period = 1000, .high = 300, .epoch = machine_now(b.m)});
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA001);
    pass(b.m, 299);
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA001);
    pass(b.m, 1);
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0xA000);
    g_assert_cmpuint(bench_probe(b.m)->in[1].period, ==, 1000);
    assert_events(&b, "");
    done(&b);
}

static void pulls(void)
{
    struct bench b = bench();
    reg_write(b.m, PUPDR, 0x64000001);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 1);
    reg_write(b.m, PUPDR, 0x64000002);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 0);
    probe_set(b.m, 0, EXT_WEAK_HIGH); /* a resistor of the board is stronger than the port's */
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 1);
    reg_write(b.m, PUPDR, 0x64000001);
    probe_set(b.m, 0, EXT_WEAK_LOW);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 0);
    probe_set(b.m, 0, EXT_LOW);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 0);
    reg_write(b.m, PUPDR, 0x24000000); /* PA15 (bits 31:30) without, an unconnected pad */
    g_assert_cmphex(reg_read(b.m, IDR), ==, 0x2000);
    done(&b);
}

static void open_drain(void)
{
    struct bench b = bench();
    probe_set(b.m, 0, EXT_HIGH); /* a pull-up resistor drawn as a driver is no conflict */
    reg_write(b.m, OTYPER, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, OTYPER), ==, 0xFFFF);
    reg_write(b.m, MODER, 0xA8000001);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    reg_write(b.m, BSRR, 1); /* lets go */
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    probe_set(b.m, 0, EXT_LOW); /* somebody else pulls */
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    g_assert_cmphex(reg_read(b.m, IDR) & 1, ==, 0);
    assert_events(&b, "pin pin=PA0 level=0 drive=output;pin pin=PA0 drive=open;");
    /* a wave needs something that pulls up */
    probe_set(b.m, 0, EXT_OPEN);
    reg_write(b.m, AFRL, 1);
    device_set_signal(b.probe, 2, (struct signal){.period = 1000, .high = 500});
    reg_write(b.m, MODER, 0xA8000002);
    g_assert_cmpuint(bench_probe(b.m)->in[0].period, ==, 0);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    reg_write(b.m, PUPDR, 0x64000001);
    g_assert_cmpuint(bench_probe(b.m)->in[0].period, ==, 1000);
    done(&b);
}

static void alternate_function(void)
{
    struct bench b = bench();
    probe_set(b.m, 2, 1);
    probe_set(b.m, 4, 1);
    reg_write(b.m, MODER, 0xA8080002);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0); /* function 0: nothing connected, not driven */
    assert_events(&b, "");
    reg_write(b.m, AFRL, 1);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, AFRH, 0x10);
    g_assert_cmpuint(probe_level(b.m, 3), ==, 1);
    assert_events(&b, "pin pin=PA0 level=1 drive=output;pin pin=PA9 level=1 drive=output;");
    probe_set(b.m, 3, 1);
    probe_set(b.m, 3, 0); /* not the selected one */
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, AFRL, 2);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    probe_set(b.m, 3, AF_RELEASED);
    probe_set(b.m, 0, EXT_HIGH);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    assert_events(&b, "pin pin=PA0 level=0 drive=output;pin pin=PA0 drive=input;");
    g_assert_cmphex(reg_read(b.m, AFRL), ==, 2);
    g_assert_cmphex(reg_read(b.m, AFRH), ==, 0x10);
    done(&b);
}

static void waves(void)
{
    struct bench b = bench();
    reg_write(b.m, AFRL, 1);
    struct signal wave = {.period = TICKS_PER_SECOND / 100, .high = TICKS_PER_SECOND / 400, .epoch = 5};
    device_set_signal(b.probe, 2, wave);
    reg_write(b.m, MODER, 0xA8000002);
    g_assert_cmpuint(bench_probe(b.m)->in[0].high, ==, wave.high);
    g_assert_cmpuint(bench_probe(b.m)->in[0].epoch, ==, 5);
    assert_events(&b, "pwm pin=PA0 frequency_hz=100.000 duty=0.250;");
    wave.epoch = 77; /* looks the same */
    device_set_signal(b.probe, 2, wave);
    g_assert_cmpuint(bench_probe(b.m)->in[0].epoch, ==, 77);
    assert_events(&b, "");
    wave.high *= 2;
    device_set_signal(b.probe, 2, wave);
    assert_events(&b, "pwm pin=PA0 frequency_hz=100.000 duty=0.500;");
    probe_set(b.m, 2, 0);
    assert_events(&b, "pin pin=PA0 level=0 drive=output;");
    done(&b);
}

static void conflict(void)
{
    struct bench b = bench();
    probe_set(b.m, 0, EXT_HIGH);
    probe_set(b.m, 5, EXT_WEAK_HIGH);
    reg_write(b.m, MODER, 0xA8000005);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0); /* the driver wins */
    g_assert_nonnull(strstr(b.events->str, "PA0: the chip drives low while the outside drives high"));
    g_assert_null(strstr(b.events->str, "PA1: "));
    g_string_truncate(b.events, 0);
    reg_write(b.m, BSRR, 1);
    reg_write(b.m, BSRR, BIT(16));
    g_assert_null(strstr(b.events->str, "PA0: the chip")); /* once */
    done(&b);
}

static void lock_pins(struct machine *m, uint32_t pins)
{
    reg_write(m, LCKR, BIT(16) | pins);
    reg_write(m, LCKR, pins);
    reg_write(m, LCKR, BIT(16) | pins);
    reg_read(m, LCKR);
}

static void lock(void)
{
    struct bench b = bench();
    reg_write(b.m, LCKR, 0x10003); /* sequence with other bits, and a wrong one: no lock */
    reg_write(b.m, LCKR, 0x00001);
    reg_write(b.m, LCKR, 0x10003);
    g_assert_cmphex(reg_read(b.m, LCKR) & BIT(16), ==, 0);
    reg_write(b.m, LCKR, 0x10003);
    reg_write(b.m, LCKR, 0x10003);
    reg_write(b.m, LCKR, 0x00003);
    g_assert_cmphex(reg_read(b.m, LCKR) & BIT(16), ==, 0);
    reg_write(b.m, MODER, 0xA8000000 | 1);
    lock_pins(b.m, BIT(0) | BIT(8));
    g_assert_cmphex(reg_read(b.m, LCKR), ==, 0x10101);
    reg_write(b.m, MODER, 0);
    g_assert_cmphex(reg_read(b.m, MODER), ==, 1);
    reg_write(b.m, MODER, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, MODER), ==, 0xFFFCFFFD);
    reg_write(b.m, OTYPER, 0xFFFF);
    g_assert_cmphex(reg_read(b.m, OTYPER), ==, 0xFEFE);
    reg_write(b.m, OSPEEDR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, OSPEEDR), ==, 0xFFFCFFFC);
    reg_write(b.m, PUPDR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, PUPDR), ==, 0xFFFCFFFC);
    reg_write(b.m, AFRL, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, AFRL), ==, 0xFFFFFFF0);
    reg_write(b.m, AFRH, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, AFRH), ==, 0xFFFFFFF0);
    reg_write(b.m, ODR, 0xFFFF); /* data is not locked */
    g_assert_cmphex(reg_read(b.m, ODR), ==, 0xFFFF);
    lock_pins(b.m, 0);
    g_assert_cmphex(reg_read(b.m, LCKR), ==, 0x10101); /* until the next reset */
    struct device *dev = machine_device(b.m, "GPIOA");
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmphex(reg_read(b.m, LCKR), ==, 0);
    reg_write(b.m, MODER, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, MODER), ==, 0xFFFFFFFF);
    done(&b);
}

static void lock_needs_words(void)
{
    struct bench b = bench();
    reg_write(b.m, LCKR, 0x10001);
    reg_write(b.m, LCKR, 0x00001);
    half_write(b.m, LCKR + 2, 1);
    reg_read(b.m, LCKR);
    g_assert_cmphex(reg_read(b.m, LCKR) & BIT(16), ==, 0);
    done(&b);
}

static void reset(void)
{
    struct bench b = bench();
    reg_write(b.m, ODR, 1);
    reg_write(b.m, MODER, 0xA8000001);
    g_string_truncate(b.events, 0);
    struct device *dev = machine_device(b.m, "GPIOA");
    dev->class->reset(dev, RESET_SYSTEM);
    g_assert_cmphex(reg_read(b.m, MODER), ==, 0xA8000000);
    g_assert_cmphex(reg_read(b.m, PUPDR), ==, 0x64000000);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    assert_events(&b, "pin pin=PA0 drive=input;");
    done(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gpio/reset-values", reset_values);
    g_test_add_func("/gpio/modes", modes);
    g_test_add_func("/gpio/output", output);
    g_test_add_func("/gpio/set-reset", set_reset);
    g_test_add_func("/gpio/input", input);
    g_test_add_func("/gpio/pulls", pulls);
    g_test_add_func("/gpio/open-drain", open_drain);
    g_test_add_func("/gpio/alternate-function", alternate_function);
    g_test_add_func("/gpio/waves", waves);
    g_test_add_func("/gpio/conflict", conflict);
    g_test_add_func("/gpio/lock", lock);
    g_test_add_func("/gpio/lock-needs-words", lock_needs_words);
    g_test_add_func("/gpio/reset", reset);
    return g_test_run();
}
