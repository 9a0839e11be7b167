/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Firmware on one side by registers, a host on the other by the functions of otg.h. */
#include "peripherals/stm32f2/otg.h"

#include <string.h>

#include "emu/core/event.h"
#include "tests/unit/device-test.h"

enum {
    HS = 0x40040000,
    FS = 0x50000000,
    GOTGCTL = HS,
    GOTGINT = HS + 0x04,
    GAHBCFG = HS + 0x08,
    GUSBCFG = HS + 0x0C,
    GRSTCTL = HS + 0x10,
    GINTSTS = HS + 0x14,
    GINTMSK = HS + 0x18,
    GRXSTSR = HS + 0x1C,
    GRXSTSP = HS + 0x20,
    GRXFSIZ = HS + 0x24,
    DIEPTXF0 = HS + 0x28,
    HNPTXSTS = HS + 0x2C,
    GCCFG = HS + 0x38,
    DCFG = HS + 0x800,
    DCTL = HS + 0x804,
    DSTS = HS + 0x808,
    DIEPMSK = HS + 0x810,
    DOEPMSK = HS + 0x814,
    DAINT = HS + 0x818,
    DAINTMSK = HS + 0x81C,
    DIEPEMPMSK = HS + 0x834,
    DEACHINT = HS + 0x838,
    DEACHINTMSK = HS + 0x83C,
    DIEPEACHMSK1 = HS + 0x844,
    DOEPEACHMSK1 = HS + 0x884,
    PCGCCTL = HS + 0xE00,
    HPRT = HS + 0x440,
    RAM = HS + 0x20000,
};
#define DIEPTXF(N)  (HS + 0x104u + 4 * ((N)-1))
#define DIEPCTL(N)  (HS + 0x900u + 0x20 * (N))
#define DIEPINT(N)  (HS + 0x908u + 0x20 * (N))
#define DIEPTSIZ(N) (HS + 0x910u + 0x20 * (N))
#define DTXFSTS(N)  (HS + 0x918u + 0x20 * (N))
#define DOEPCTL(N)  (HS + 0xB00u + 0x20 * (N))
#define DOEPINT(N)  (HS + 0xB08u + 0x20 * (N))
#define DOEPTSIZ(N) (HS + 0xB10u + 0x20 * (N))
#define FIFO(N)     (HS + 0x1000u * ((N) + 1))

#define CNAK   BIT(26)
#define SNAK   BIT(27)
#define SD0PID BIT(28)
#define SD1PID BIT(29)
#define EPDIS  BIT(30)
#define EPENA  BIT(31)
#define NAKSTS BIT(17)
#define STALL  BIT(21)
#define USBAEP BIT(15)
enum { CONTROL = 0, ISOCHRONOUS = 1 << 18, BULK = 2 << 18, INTERRUPT = 3 << 18 };
#define TXFNUM(N)        ((uint32_t)(N) << 22)
#define SIZE(PKT, BYTES) ((uint32_t)(PKT) << 19 | (BYTES))

#define MMIS     BIT(1)
#define SOF      BIT(3)
#define RXFLVL   BIT(4)
#define NPTXFE   BIT(5)
#define GINAKEFF BIT(6)
#define GONAKEFF BIT(7)
#define ESUSP    BIT(10)
#define USBSUSP  BIT(11)
#define USBRST   BIT(12)
#define ENUMDNE  BIT(13)
#define ISOODRP  BIT(14)
#define EOPF     BIT(15)
#define IEPINT   BIT(18)
#define OEPINT   BIT(19)
#define IISOIXFR BIT(20)
#define IISOOXFR BIT(21)
#define PTXFE    BIT(26)
#define CIDSCHG  BIT(28)
#define SRQINT   BIT(30)
#define WKUPINT  BIT(31)

/* Inputs of the probe. */
enum { IRQ, EP1_OUT, EP1_IN, EXTI, HOST, PULLUP, WAKEUP, SOF_PULSE };

static struct machine *bench_with_id(bool id)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_otg_hs_class, "OTG_HS", HS, NULL);
    machine_add_device(m, &stm32f2_otg_fs_class, "OTG_FS", FS, NULL);
    machine_connect(m, "OTG_HS.irq", "probe.in0");
    machine_connect(m, "OTG_HS.irq_ep1_out", "probe.in1");
    machine_connect(m, "OTG_HS.irq_ep1_in", "probe.in2");
    machine_connect(m, "OTG_HS.exti", "probe.in3");
    machine_connect(m, "OTG_HS.host", "probe.in4");
    machine_connect(m, "OTG_HS.pullup", "probe.in5");
    machine_connect(m, "OTG_HS.wakeup", "probe.in6");
    machine_connect(m, "OTG_HS.sof", "probe.in7");
    if (id)
        machine_connect(m, "probe.out0", "OTG_HS.id");
    machine_connect_gate(m, "probe.out1", "OTG_HS");
    machine_connect_clock(m, "HCLK", "OTG_HS.bus");
    machine_connect_clock(m, "PLL48CLK", "OTG_HS.usb");
    machine_connect_clock(m, "HCLK", "OTG_FS.bus");
    machine_connect_clock(m, "PLL48CLK", "OTG_FS.usb");
    machine_seal(m);
    probe_set(m, 0, 1);
    probe_set(m, 1, 1);
    machine_set_clock(m, "HCLK", FREQUENCY_HZ(120000000));
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    machine_power_on(m);
    return m;
}

static struct machine *bench(void)
{
    return bench_with_id(false);
}

static struct device *hs(struct machine *m)
{
    return machine_device(m, "OTG_HS");
}

/* The set-up of the Photon's firmware: embedded PHY, device mode, no VBUS sensing; FIFOs of 256 and 64 words. */
static void set_up(struct machine *m)
{
    reg_write(m, GUSBCFG, reg_read(m, GUSBCFG) | BIT(6));
    reg_write(m, GRSTCTL, reg_read(m, GRSTCTL) | BIT(0));
    reg_write(m, GUSBCFG, reg_read(m, GUSBCFG) | BIT(30));
    reg_write(m, GRXFSIZ, 0x100);
    reg_write(m, DIEPTXF0, 0x00400100);
    for (unsigned n = 1; n <= 5; n++)
        reg_write(m, DIEPTXF(n), 0x00400100 + 0x40 * n);
    reg_write(m, GCCFG, BIT(16) | BIT(21));
}

static void clear_flags(struct machine *m)
{
    reg_write(m, GINTSTS, 0xFFFFFFFF);
}

/* A host that has reset the bus, and firmware that has taken note. */
static struct machine *enumerated(void)
{
    struct machine *m = bench();
    set_up(m);
    otg_attach(hs(m));
    g_assert_true(otg_bus_reset(hs(m)));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_true(otg_enabled(hs(m)));
    clear_flags(m);
    return m;
}

static void activate_in(struct machine *m, unsigned ep, uint32_t type, unsigned size)
{
    reg_write(m, DIEPCTL(ep), USBAEP | type | TXFNUM(ep) | size | SD0PID);
}

static void activate_out(struct machine *m, unsigned ep, uint32_t type, unsigned size)
{
    reg_write(m, DOEPCTL(ep), USBAEP | type | size | SD0PID);
}

static void set_bits(struct machine *m, uint32_t address, uint32_t bits)
{
    reg_write(m, address, reg_read(m, address) | bits);
}

static void send(struct machine *m, unsigned ep, const void *data, unsigned length)
{
    const uint8_t *bytes = data;
    for (unsigned i = 0; i < length; i += 4) {
        uint32_t word = 0;
        memcpy(&word, bytes + i, MIN(4, length - i));
        reg_write(m, FIFO(ep), word);
    }
}

static void receive(struct machine *m, uint8_t *data, unsigned length)
{
    for (unsigned i = 0; i < length; i += 4) {
        uint32_t word = reg_read(m, FIFO(0));
        memcpy(data + i, &word, MIN(4, length - i));
    }
}

static uint32_t status_entry(unsigned status, unsigned ep, unsigned bytes, unsigned data1)
{
    return ep | bytes << 4 | (data1 ? 2u : 0u) << 15 | status << 17;
}
enum { GLOBAL_NAK = 1, DATA = 2, COMPLETE = 3, SETUP_DONE = 4, SETUP = 6 };

static void fill(uint8_t *bytes, unsigned n, unsigned seed)
{
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (uint8_t)(seed + 7 * i);
}

/* Take a SETUP's data and the end of its stage from the receive FIFO. */
static void take_setup(struct machine *m, uint8_t data[8])
{
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP, 0, 8, 0));
    receive(m, data, 8);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP_DONE, 0, 0, 0));
}

static const uint8_t get_descriptor[8] = {0x80, 6, 0, 1, 0, 0, 18, 0};
static const uint8_t set_address[8] = {0x00, 5, 9, 0, 0, 0, 0, 0};
static const uint8_t download[8] = {0x21, 1, 0, 0, 0, 0, 100, 0};

/* ---- registers ---- */

static void reset_values(void)
{
    struct machine *m = bench();
    const struct {
        uint32_t offset, value;
    } expected[] = {
        {0x000, 0x00010800}, /* B-device: nothing grounds ID */
        {0x004, 0},          {0x008, 0},          {0x00C, 0x00000A00}, {0x010, 0x80000000}, {0x014, 0x04000020},
        {0x018, 0},          {0x01C, 0},          {0x020, 0},          {0x024, 0x00000200}, {0x028, 0x02000200},
        {0x02C, 0x00080200}, {0x038, 0},          {0x100, 0x02000600}, {0x104, 0x02000400}, {0x10C, 0x02000400},
        {0x800, 0x02200000}, {0x804, 0},          {0x808, 0x00000010}, {0x810, 0},          {0x814, 0},
        {0x818, 0},          {0x81C, 0},          {0x828, 0x000017D7}, {0x82C, 0x000005B8}, {0x834, 0},
        {0x900, 0x00008000}, {0x908, 0x00000080}, {0x910, 0},          {0x920, 0},          {0x928, 0x00000080},
        {0xB00, 0x00008000}, {0xB08, 0x00000080}, {0xB10, 0},          {0xB20, 0},          {0xE00, 0},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_cmphex(reg_read(m, HS + expected[i].offset), ==, expected[i].value);
        g_assert_cmphex(reg_read(m, FS + expected[i].offset), ==, expected[i].value);
    }
    g_assert_cmphex(reg_read(m, HS + 0x3C), ==, 0x1200);
    g_assert_cmphex(reg_read(m, FS + 0x3C), ==, 0x1000);
    g_assert_cmphex(reg_read(m, HS + 0x404), ==, 0xEA60);
    machine_free(m);
}

static void core_reset(void)
{
    struct machine *m = enumerated();
    reg_write(m, GINTMSK, USBRST);
    reg_write(m, DIEPCTL(1), USBAEP | BULK | 64);
    reg_write(m, DCFG, 0x02200003 | 5 << 4);
    reg_write(m, GAHBCFG, 1);
    otg_select(hs(m), 5);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    for (unsigned bit = 1; bit <= 2; bit++) { /* HCLK and frame counter: no more than self-clearing for a device */
        reg_write(m, GRSTCTL, BIT(bit));
        g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000000);
        g_assert_cmphex(reg_read(m, GINTMSK), ==, USBRST);
    }
    reg_write(m, GRSTCTL, BIT(0));
    g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000000);
    g_assert_cmphex(reg_read(m, GINTSTS), ==, 0x04000020); /* the receive FIFO is empty, too */
    g_assert_cmphex(reg_read(m, GINTMSK), ==, 0);
    g_assert_cmphex(reg_read(m, GAHBCFG), ==, 0);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)), ==, 0);
    g_assert_cmphex(reg_read(m, GRXFSIZ), ==, 0x200);
    /* the choice of PHY and speed and the connection stay */
    g_assert_cmphex(reg_read(m, GUSBCFG), ==, 0x00000A40);
    g_assert_cmphex(reg_read(m, DCFG), ==, 0x02200003);
    g_assert_cmphex(reg_read(m, GCCFG), ==, BIT(16) | BIT(21));
    g_assert_true(otg_connected(hs(m)));
    reg_write(m, DCTL, BIT(1));
    reg_write(m, PCGCCTL, 3);
    reg_write(m, GRSTCTL, BIT(0));
    g_assert_cmphex(reg_read(m, DCTL), ==, BIT(1));
    g_assert_cmphex(reg_read(m, PCGCCTL), ==, 3);
    machine_free(m);
}

/* What is no register bit goes as well. */
static void core_reset_state(void)
{
    struct machine *m = bench_with_id(true);
    set_up(m);
    pass(m, 6 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 1);
    reg_write(m, DCTL, BIT(7));
    reg_write(m, GRSTCTL, BIT(0));
    g_assert_cmphex(reg_read(m, GINTSTS), ==, 0x04000020);
    pass(m, 6 * TICKS_PER_MS); /* the silence is counted anew */
    g_assert_cmphex(reg_read(m, GINTSTS) & USBSUSP, ==, USBSUSP);
    probe_set(m, 0, 0);
    reg_write(m, GUSBCFG, 0xA40 | BIT(30));
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    reg_write(m, GRSTCTL, BIT(0)); /* nothing forces the mode any more */
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 1);
    machine_free(m);
}

/* Without a PHY clock the core cannot carry a reset out: the well-known endless wait of a wrong PHY choice. */
static void reset_waits(void)
{
    struct machine *m = bench();
    reg_write(m, GRSTCTL, BIT(0));
    g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000001); /* ULPI is chosen, and there is none */
    reg_write(m, GUSBCFG, 0xA40);
    g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000000);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_STOPPED);
    reg_write(m, GINTMSK, SOF);
    reg_write(m, GRSTCTL, BIT(0) | BIT(5) | 16 << 6);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000421);
    g_assert_cmphex(reg_read(m, GINTMSK), ==, SOF);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    g_assert_cmphex(reg_read(m, GRSTCTL) & 0x21, ==, 0);
    g_assert_cmphex(reg_read(m, GINTMSK), ==, 0);
    machine_free(m);
}

static void flush(void)
{
    struct machine *m = enumerated();
    for (unsigned ep = 0; ep < 3; ep++)
        set_bits(m, DIEPCTL(ep), TXFNUM(ep));
    for (unsigned ep = 0; ep < 3; ep++)
        send(m, ep, "abcdefgh", 8);
    reg_write(m, GRSTCTL, BIT(5) | 1 << 6);
    g_assert_cmphex(reg_read(m, GRSTCTL), ==, 0x80000040);
    g_assert_cmphex(reg_read(m, DTXFSTS(0)), ==, 62);
    g_assert_cmphex(reg_read(m, DTXFSTS(1)), ==, 64);
    g_assert_cmphex(reg_read(m, DTXFSTS(2)), ==, 62);
    reg_write(m, GRSTCTL, BIT(5) | 16 << 6);
    g_assert_cmphex(reg_read(m, DTXFSTS(0)), ==, 64);
    g_assert_cmphex(reg_read(m, DTXFSTS(2)), ==, 64);
    otg_setup(hs(m), 0, get_descriptor);
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, RXFLVL);
    reg_write(m, GRSTCTL, BIT(4));
    g_assert_cmphex(reg_read(m, GRSTCTL) & BIT(4), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, 0);
    otg_setup(hs(m), 0, get_descriptor); /* flushed when its data is due */
    reg_read(m, GRXSTSP);
    reg_write(m, GRSTCTL, BIT(4));
    otg_setup(hs(m), 0, get_descriptor);
    g_assert_cmphex(reg_read(m, FIFO(0)), ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP, 0, 8, 0));
    machine_free(m);
}

/* ---- connection ---- */

static void note_event(const struct event *event, void *data)
{
    GString *log = data;
    if (strcmp(event->kind, "usb") == 0)
        g_string_append_printf(log, "%s ", event_field(event, "op")->string);
}

static void connect(void)
{
    struct machine *m = bench();
    g_autoptr(GString) log = g_string_new(NULL);
    machine_subscribe(m, note_event, log);
    reg_write(m, DCTL, BIT(1));
    reg_write(m, GCCFG, BIT(16) | BIT(21));
    reg_write(m, GUSBCFG, 0xA40);
    g_assert_false(otg_connected(hs(m)));
    reg_write(m, DCTL, 0);
    g_assert_true(otg_connected(hs(m)));
    g_assert_cmpuint(probe_level(m, PULLUP), ==, 1);
    reg_write(m, GUSBCFG, 0xA00); /* the ULPI PHY, which is not there */
    g_assert_false(otg_connected(hs(m)));
    g_assert_cmpuint(probe_level(m, PULLUP), ==, 0);
    reg_write(m, GUSBCFG, 0xA40);
    g_assert_true(otg_connected(hs(m)));
    reg_write(m, GCCFG, BIT(21)); /* transceiver off */
    g_assert_false(otg_connected(hs(m)));
    reg_write(m, GCCFG, BIT(16) | BIT(21));
    g_assert_false(otg_bus_reset(hs(m))); /* no host */
    otg_attach(hs(m));
    g_assert_true(otg_bus_reset(hs(m)));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_true(otg_enabled(hs(m)));
    reg_write(m, DCTL, BIT(1)); /* the device leaves: the port is disabled until the next reset */
    g_assert_false(otg_enabled(hs(m)));
    g_assert_false(otg_bus_reset(hs(m)));
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    reg_write(m, DCTL, 0);
    g_assert_false(otg_enabled(hs(m)));
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    clear_flags(m);
    pass(m, 2 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (SOF | EOPF), ==, 0);
    otg_bus_reset(hs(m));
    reg_write(m, DCTL, BIT(1)); /* in the middle of a reset */
    reg_write(m, DCTL, 0);
    pass(m, 10 * TICKS_PER_MS);
    g_assert_false(otg_enabled(hs(m)));
    otg_bus_reset(hs(m));
    otg_detach(hs(m));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_false(otg_enabled(hs(m)));
    g_assert_cmpstr(log->str, ==,
                    "connect disconnect connect disconnect connect attach reset disconnect connect "
                    "reset disconnect connect suspend reset resume detach suspend ");
    machine_free(m);
}

static void vbus(void)
{
    struct machine *m = bench();
    reg_write(m, GUSBCFG, 0xA40);
    reg_write(m, GCCFG, BIT(16)); /* neither sensed nor taken for granted */
    otg_attach(hs(m));
    g_assert_false(otg_connected(hs(m)));
    otg_detach(hs(m));
    reg_write(m, GCCFG, BIT(16) | BIT(19));
    g_assert_false(otg_connected(hs(m)));
    g_assert_cmphex(reg_read(m, GOTGCTL) & BIT(19), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & SRQINT, ==, 0);
    otg_attach(hs(m));
    g_assert_true(otg_connected(hs(m)));
    g_assert_cmphex(reg_read(m, GOTGCTL) & BIT(19), ==, BIT(19));
    g_assert_cmphex(reg_read(m, GINTSTS) & SRQINT, ==, SRQINT);
    g_assert_cmphex(reg_read(m, GOTGINT), ==, 0);
    otg_detach(hs(m));
    g_assert_false(otg_connected(hs(m)));
    g_assert_cmphex(reg_read(m, GOTGCTL) & BIT(19), ==, 0);
    g_assert_cmphex(reg_read(m, GOTGINT), ==, BIT(2)); /* SEDET */
    g_assert_cmphex(reg_read(m, GINTSTS) & BIT(2), ==, BIT(2));
    reg_write(m, GOTGINT, BIT(2));
    g_assert_cmphex(reg_read(m, GINTSTS) & BIT(2), ==, 0);
    reg_write(m, GCCFG, BIT(16) | BIT(21)); /* sensing off: always there */
    g_assert_true(otg_connected(hs(m)));
    machine_free(m);
}

static void mode(void)
{
    struct machine *m = bench_with_id(true);
    set_up(m);
    reg_write(m, GUSBCFG, 0xA40);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    reg_write(m, GUSBCFG, 0xA40 | BIT(29));
    pass(m, 25 * TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 1);
    g_assert_false(otg_connected(hs(m)));
    reg_write(m, GUSBCFG, 0xA40 | BIT(30));
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    g_assert_true(otg_connected(hs(m)));
    clear_flags(m);
    g_assert_cmphex(reg_read(m, GOTGCTL) & BIT(16), ==, BIT(16));
    probe_set(m, 0, 0); /* an A plug; but the mode is forced */
    g_assert_cmphex(reg_read(m, GOTGCTL) & BIT(16), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & CIDSCHG, ==, CIDSCHG);
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    reg_write(m, GUSBCFG, 0xA40);
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 1);
    probe_set(m, 0, 1);
    pass(m, 25 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & 1, ==, 0);
    machine_free(m);
}

static void mode_mismatch(void)
{
    struct machine *m = bench();
    set_up(m);
    reg_read(m, DSTS);
    reg_read(m, DIEPCTL(1));
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, 0);
    reg_write(m, HPRT, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, MMIS);
    reg_write(m, GINTSTS, MMIS);
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, 0);
    reg_read(m, HPRT);
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, MMIS);
    reg_write(m, GUSBCFG, 0xA40 | BIT(29));
    pass(m, 25 * TICKS_PER_MS);
    reg_write(m, GINTSTS, MMIS);
    reg_read(m, HPRT);
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, 0);
    reg_read(m, DIEPCTL(1));
    g_assert_cmphex(reg_read(m, GINTSTS) & MMIS, ==, MMIS);
    machine_free(m);
}

static void bus_reset(void)
{
    struct machine *m = bench();
    set_up(m);
    activate_in(m, 1, BULK, 64);
    activate_out(m, 2, BULK, 64);
    otg_attach(hs(m));
    clear_flags(m);
    g_assert_true(otg_bus_reset(hs(m)));
    g_assert_cmphex(reg_read(m, GINTSTS) & (USBRST | ENUMDNE), ==, USBRST);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & USBAEP, ==, 0);
    g_assert_cmphex(reg_read(m, DOEPCTL(2)) & USBAEP, ==, 0);
    g_assert_cmphex(reg_read(m, DIEPCTL(0)) & USBAEP, ==, USBAEP);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & USBAEP, ==, USBAEP);
    reg_write(m, GINTSTS, USBRST);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    pass(m, 10 * TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (USBRST | ENUMDNE), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (USBRST | ENUMDNE), ==, ENUMDNE);
    g_assert_cmphex(reg_read(m, DSTS) & 6, ==, 6); /* full speed */
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    pass(m, TICKS_PER_MS);
    otg_select(hs(m), 9);
    otg_bus_reset(hs(m));
    clear_flags(m);
    pass(m, 9 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (SOF | EOPF), ==, 0);
    pass(m, TICKS_PER_MS);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK); /* at address 0 */
    otg_select(hs(m), 9);
    otg_detach(hs(m));
    otg_attach(hs(m));
    otg_bus_reset(hs(m));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    machine_free(m);
}

/* ---- suspend and frames ---- */

static void suspend(void)
{
    struct machine *m = bench();
    reg_write(m, GUSBCFG, 0xA40);
    pass(m, 100 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, 0); /* not connected */
    reg_write(m, GCCFG, BIT(16) | BIT(21));
    pass(m, 3 * TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, ESUSP);
    pass(m, 3 * TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, ESUSP);
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, ESUSP | USBSUSP);
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 1);
    g_assert_cmphex(reg_read(m, PCGCCTL), ==, 0);
    reg_write(m, PCGCCTL, 1);
    g_assert_cmphex(reg_read(m, PCGCCTL), ==, 0x11); /* PHYSUSP */
    reg_write(m, PCGCCTL, 0);
    clear_flags(m);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, 0); /* reported once */
    /* frames keep the bus awake; their end lets it fall asleep again */
    otg_attach(hs(m));
    otg_bus_reset(hs(m));
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 0);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, 0);
    g_assert_true(otg_suspend(hs(m)));
    g_assert_false(otg_enabled(hs(m)));
    pass(m, 6 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, ESUSP | USBSUSP);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    machine_free(m);
}

static void resume(void)
{
    struct machine *m = enumerated();
    g_assert_false(otg_resume(hs(m)));
    otg_suspend(hs(m));
    pass(m, 2 * TICKS_PER_MS);
    g_assert_true(otg_resume(hs(m))); /* too early for the device to notice */
    pass(m, 20 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (WKUPINT | ESUSP), ==, 0);
    otg_suspend(hs(m));
    pass(m, 10 * TICKS_PER_MS);
    reg_write(m, PCGCCTL, 1); /* firmware stops the PHY */
    clear_flags(m);
    g_assert_cmpuint(probe_rises(m, EXTI), ==, 0);
    g_assert_true(otg_resume(hs(m)));
    g_assert_cmpuint(probe_rises(m, EXTI), ==, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & WKUPINT, ==, WKUPINT);
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 0);
    reg_write(m, PCGCCTL, 0);
    g_assert_false(otg_enabled(hs(m)));
    pass(m, 20 * TICKS_PER_MS - 1);
    g_assert_false(otg_enabled(hs(m)));
    pass(m, 1);
    g_assert_true(otg_enabled(hs(m)));
    g_assert_cmphex(reg_read(m, GINTSTS) & ENUMDNE, ==, 0);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    /* a reset wakes as well */
    otg_suspend(hs(m));
    pass(m, 10 * TICKS_PER_MS);
    otg_bus_reset(hs(m));
    g_assert_cmpuint(probe_rises(m, EXTI), ==, 2);
    machine_free(m);
}

static void remote_wakeup(void)
{
    struct machine *m = enumerated();
    reg_write(m, DCTL, BIT(0)); /* not suspended: nothing to wake */
    g_assert_cmpuint(probe_level(m, WAKEUP), ==, 0);
    reg_write(m, DCTL, 0);
    otg_suspend(hs(m));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 1);
    g_autoptr(GString) log = g_string_new(NULL);
    machine_subscribe(m, note_event, log);
    reg_write(m, DCTL, BIT(0));
    g_assert_cmphex(reg_read(m, DSTS) & 1, ==, 0);
    g_assert_cmpuint(probe_level(m, WAKEUP), ==, 1);
    pass(m, 10 * TICKS_PER_MS);
    reg_write(m, DCTL, 0);
    g_assert_cmpuint(probe_level(m, WAKEUP), ==, 0);
    g_assert_cmpstr(log->str, ==, "remote-wakeup resume ");
    g_assert_true(otg_resume(hs(m)));
    pass(m, 20 * TICKS_PER_MS);
    g_assert_true(otg_enabled(hs(m)));
    machine_free(m);
}

static void sof(void)
{
    struct machine *m = enumerated();
    pass(m, TICKS_PER_MS - 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & SOF, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, GINTSTS) & SOF, ==, SOF);
    g_assert_cmphex((reg_read(m, DSTS) >> 8) & 0x3FFF, ==, 1);
    g_assert_cmpuint(otg_frame(hs(m)), ==, 1);
    g_assert_cmpuint(probe_rises(m, SOF_PULSE), ==, 1);
    for (unsigned interval = 0; interval < 4; interval++) { /* the periodic part ends after 80, 85, 90, 95 percent */
        reg_write(m, DCFG, 0x02200000 | interval << 11);
        pass(m, TICKS_PER_MS);
        clear_flags(m);
        pass(m, TICKS_PER_MS * (80 + 5 * interval) / 100 - 1);
        g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | SOF), ==, 0);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | SOF), ==, EOPF);
        pass(m, TICKS_PER_MS * (20 - 5 * interval) / 100);
        g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | SOF), ==, EOPF | SOF);
    }
    pass(m, 2048 * TICKS_PER_MS);
    g_assert_cmphex((reg_read(m, DSTS) >> 8) & 0x3FFF, ==, 9);
    otg_detach(hs(m));
    clear_flags(m);
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | SOF), ==, 0);
    machine_free(m);
}

/* ---- control transfers ---- */

/* The host's side of a stage: repeat a token until it is not answered by NAK, let firmware act in between. */
static void control_read(void)
{
    struct machine *m = enumerated();
    uint8_t setup[8], descriptor[18], buffer[64];
    unsigned length;
    fill(descriptor, sizeof descriptor, 3);
    reg_write(m, DIEPCTL(0), 3); /* 8-byte packets, so that there are several */
    reg_write(m, DOEPTSIZ(0), 3u << 29 | SIZE(1, 24));
    reg_write(m, DOEPINT(0), 0xFF);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, GRXSTSR), ==, status_entry(SETUP, 0, 8, 0));
    g_assert_cmphex(reg_read(m, DOEPTSIZ(0)) >> 29, ==, 2);
    g_assert_cmphex(reg_read(m, DIEPCTL(0)) & NAKSTS, ==, NAKSTS);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & NAKSTS, ==, NAKSTS);
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(3), ==, 0);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_NAK); /* its token ends the setup stage */
    take_setup(m, setup);
    g_assert_cmpmem(setup, 8, get_descriptor, 8);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, 0);
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(3), ==, BIT(3)); /* STUP */
    reg_write(m, DOEPINT(0), BIT(3));
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(3), ==, 0);

    reg_write(m, DIEPTSIZ(0), SIZE(3, 18));
    set_bits(m, DIEPCTL(0), CNAK | EPENA);
    send(m, 0, descriptor, 8);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(0)), ==, SIZE(3, 10));
    send(m, 0, descriptor + 8, 10);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(0)), ==, SIZE(3, 0));
    for (unsigned i = 0; i < 3; i++) {
        unsigned n = i < 2 ? 8 : 2;
        g_assert_cmphex(reg_read(m, DIEPINT(0)) & 1, ==, 0);
        g_assert_cmphex(reg_read(m, DIEPCTL(0)) & EPENA, ==, EPENA);
        g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, i == 1 ? OTG_DATA0 : OTG_DATA1);
        g_assert_cmpmem(buffer, length, descriptor + 8 * i, n);
        g_assert_cmphex(reg_read(m, DIEPTSIZ(0)), ==, SIZE(2 - i, 0));
    }
    g_assert_cmphex(reg_read(m, DIEPINT(0)) & 1, ==, 1); /* XFRC */
    g_assert_cmphex(reg_read(m, DIEPCTL(0)) & EPENA, ==, 0);

    /* the status stage */
    g_assert_cmpint(otg_out(hs(m), 0, NULL, 0, 1), ==, OTG_NAK);
    reg_write(m, DOEPTSIZ(0), SIZE(1, 0) | 3u << 29);
    set_bits(m, DOEPCTL(0), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 0, NULL, 0, 1), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 0, 0, 1));
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & 1, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(COMPLETE, 0, 0, 1));
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & 1, ==, 1);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & (EPENA | NAKSTS), ==, NAKSTS);
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, 0);
    machine_free(m);
}

static void control_write(void)
{
    struct machine *m = enumerated();
    uint8_t setup[8], sent[100], received[100], buffer[64];
    unsigned length;
    fill(sent, sizeof sent, 9);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & 3, ==, 0); /* 64 bytes; a copy of the IN side's */
    reg_write(m, DIEPCTL(0), 1);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & 3, ==, 1);
    reg_write(m, DIEPCTL(0), 0);
    set_bits(m, DOEPCTL(0), EPENA);
    g_assert_cmpint(otg_setup(hs(m), 0, download), ==, OTG_ACK);
    g_assert_cmpint(otg_out(hs(m), 0, sent, 64, 1), ==, OTG_NAK);
    take_setup(m, setup);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & EPENA, ==, 0); /* what was asked for before the SETUP is void */
    for (unsigned i = 0; i < 2; i++) {
        unsigned n = i == 0 ? 64 : 36;
        reg_write(m, DOEPTSIZ(0), SIZE(1, 64));
        set_bits(m, DOEPCTL(0), CNAK | EPENA);
        g_assert_cmpint(otg_out(hs(m), 0, sent + 64 * i, n, 1 - i), ==, OTG_ACK);
        g_assert_cmpint(otg_out(hs(m), 0, sent, 0, i), ==, OTG_NAK); /* one packet was asked for */
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 0, n, 1 - i));
        receive(m, received + 64 * i, n);
        g_assert_cmphex(reg_read(m, DOEPTSIZ(0)), ==, 64 - n);
        g_assert_cmphex(reg_read(m, DOEPCTL(0)) & EPENA, ==, EPENA);
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(COMPLETE, 0, 0, 1 - i));
        g_assert_cmphex(reg_read(m, DOEPCTL(0)) & EPENA, ==, 0);
        g_assert_cmphex(reg_read(m, DOEPINT(0)) & 1, ==, 1);
        reg_write(m, DOEPINT(0), 1);
    }
    g_assert_cmpmem(received, 100, sent, 100);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_NAK);
    reg_write(m, DIEPTSIZ(0), SIZE(1, 0)); /* status: an empty packet */
    set_bits(m, DIEPCTL(0), CNAK | EPENA);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_DATA1);
    g_assert_cmpuint(length, ==, 0);
    g_assert_cmphex(reg_read(m, DIEPINT(0)) & 1, ==, 1);
    machine_free(m);
}

static void address(void)
{
    struct machine *m = enumerated();
    uint8_t setup[8], buffer[64];
    unsigned length;
    otg_select(hs(m), 9);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    otg_select(hs(m), 0);
    g_assert_cmpint(otg_setup(hs(m), 0, set_address), ==, OTG_ACK);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_NAK);
    take_setup(m, setup);
    reg_write(m, DCFG, 0x02200000 | 9 << 4); /* set at once, in force after the status stage */
    reg_write(m, DIEPTSIZ(0), SIZE(1, 0));
    set_bits(m, DIEPCTL(0), CNAK | EPENA);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_DATA1);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    otg_select(hs(m), 9);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    /* a transfer that the host gives up half-way */
    static const uint8_t to_seven[8] = {0x00, 5, 7};
    otg_setup(hs(m), 0, to_seven);
    reg_write(m, DCFG, 0x02200000 | 7 << 4);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_NAK);
    otg_select(hs(m), 7);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_TIMEOUT);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    machine_free(m);
}

static void back_to_back_setup(void)
{
    struct machine *m = enumerated();
    uint8_t setup[8], buffer[64];
    unsigned length;
    reg_write(m, DOEPTSIZ(0), 3u << 29);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(otg_setup(hs(m), 0, i == 2 ? set_address : get_descriptor), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, DOEPTSIZ(0)) >> 29, ==, 0);
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(6), ==, 0);
    otg_setup(hs(m), 0, download);
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(6), ==, BIT(6)); /* more than three */
    otg_in(hs(m), 0, buffer, 64, &length);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP, 0, 8, 0));
        receive(m, setup, 8);
    }
    g_assert_cmpmem(setup, 8, download, 8);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP_DONE, 0, 0, 0)); /* one stage */
    machine_free(m);
}

static void status_stall(void)
{
    struct machine *m = enumerated();
    for (unsigned i = 0; i < 2; i++) {
        reg_write(m, DCFG, 0x02200000 | i << 2);
        otg_setup(hs(m), 0, get_descriptor);
        reg_write(m, DOEPTSIZ(0), SIZE(1, 64));
        set_bits(m, DOEPCTL(0), CNAK | EPENA);
        g_assert_cmpint(otg_out(hs(m), 0, "bad", 3, 1), ==, i == 0 ? OTG_ACK : OTG_STALL);
        reg_write(m, GRSTCTL, BIT(4));
    }
    otg_setup(hs(m), 0, get_descriptor);
    reg_write(m, DOEPTSIZ(0), SIZE(1, 64));
    set_bits(m, DOEPCTL(0), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 0, NULL, 0, 1), ==, OTG_ACK);   /* an empty one is as it should be */
    static const uint8_t no_data[8] = {0x80, 6, 0, 1, 0, 0, 0, 0}; /* its status stage is an IN one */
    otg_setup(hs(m), 0, no_data);
    reg_write(m, DOEPTSIZ(0), SIZE(1, 64));
    set_bits(m, DOEPCTL(0), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 0, "bad", 3, 1), ==, OTG_ACK);
    machine_free(m);
}

static void stall_control(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    otg_setup(hs(m), 0, get_descriptor);
    set_bits(m, DIEPCTL(0), STALL);
    set_bits(m, DOEPCTL(0), STALL);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_STALL);
    g_assert_cmpint(otg_out(hs(m), 0, buffer, 0, 1), ==, OTG_STALL);
    reg_write(m, DIEPCTL(0), 0);
    reg_write(m, DOEPCTL(0), 0);
    g_assert_cmphex(reg_read(m, DIEPCTL(0)) & STALL, ==, STALL); /* firmware cannot take it back */
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, DIEPCTL(0)) & STALL, ==, 0);
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & STALL, ==, 0);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 64, &length), ==, OTG_NAK);
    machine_free(m);
}

static void unacknowledged(void)
{
    struct machine *m = enumerated();
    uint8_t data[16], buffer[16] = {0};
    unsigned length;
    fill(data, 16, 1);
    reg_write(m, DIEPTSIZ(0), SIZE(1, 16));
    set_bits(m, DIEPCTL(0), CNAK | EPENA);
    send(m, 0, data, 16);
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 8, &length), ==, OTG_DATA0);
    g_assert_cmpuint(length, ==, 16);
    g_assert_cmpmem(buffer, 9, "\1\10\17\26\35\44\53\62", 9); /* not a byte beyond */
    g_assert_cmphex(reg_read(m, DIEPINT(0)) & 9, ==, BIT(3)); /* TOC, no XFRC */
    g_assert_cmpint(otg_in(hs(m), 0, buffer, 16, &length), ==, OTG_DATA0);
    g_assert_cmpmem(buffer, length, data, 16);
    g_assert_cmphex(reg_read(m, DIEPINT(0)) & 1, ==, 1);
    activate_in(m, 1, BULK, 64);
    reg_write(m, DIEPTSIZ(1), SIZE(1, 16));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    send(m, 1, data, 16);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 8, &length), ==, OTG_DATA0);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & 9, ==, 0); /* a flag of control endpoints */
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 16, &length), ==, OTG_DATA0);
    machine_free(m);
}

/* ---- bulk ---- */

static void bulk_in(void)
{
    struct machine *m = enumerated();
    uint8_t data[150], buffer[64];
    unsigned length;
    fill(data, sizeof data, 5);
    activate_in(m, 1, BULK, 64);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    reg_write(m, DIEPTSIZ(1), SIZE(3, 150));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    send(m, 1, data, 60);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK); /* not the whole packet */
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, SIZE(3, 150));
    send(m, 1, data + 60, 4);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, SIZE(3, 86));
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);
    g_assert_cmpmem(buffer, length, data, 64);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, SIZE(2, 86));
    send(m, 1, data + 64, 86);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, SIZE(2, 0));
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA1);
    g_assert_cmpmem(buffer, length, data + 64, 64);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & 1, ==, 0);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);
    g_assert_cmpmem(buffer, length, data + 128, 22);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & 1, ==, 1);
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, 0);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & EPENA, ==, 0);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmpint(otg_in(hs(m), 3, buffer, 64, &length), ==, OTG_TIMEOUT); /* not active */
    g_assert_cmpint(otg_in(hs(m), 6, buffer, 64, &length), ==, OTG_TIMEOUT); /* does not exist */
    machine_free(m);
}

static void bulk_out(void)
{
    struct machine *m = enumerated();
    uint8_t data[150], received[150];
    fill(data, sizeof data, 11);
    activate_out(m, 2, BULK, 64);
    g_assert_cmpint(otg_out(hs(m), 2, data, 64, 0), ==, OTG_NAK);
    reg_write(m, DOEPTSIZ(2), SIZE(4, 256));
    set_bits(m, DOEPCTL(2), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 2, data, 65, 0), ==, OTG_TIMEOUT); /* babble */
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, 0);
    g_assert_cmpint(otg_out(hs(m), 2, data, 64, 0), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, RXFLVL);
    g_assert_cmpint(otg_out(hs(m), 2, data + 64, 64, 1), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, DOEPTSIZ(2)), ==, SIZE(2, 256));        /* bytes count when they are read */
    g_assert_cmpint(otg_out(hs(m), 2, data + 128, 22, 0), ==, OTG_ACK); /* short: the transfer ends early */
    g_assert_cmphex(reg_read(m, DOEPCTL(2)) & (EPENA | NAKSTS), ==, EPENA | NAKSTS);
    g_assert_cmpint(otg_out(hs(m), 2, data, 64, 1), ==, OTG_NAK);
    for (unsigned i = 0; i < 3; i++) {
        unsigned n = i < 2 ? 64 : 22;
        g_assert_cmphex(reg_read(m, GRXSTSR), ==, status_entry(DATA, 2, n, i == 1));
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 2, n, i == 1));
        receive(m, received + 64 * i, n);
        g_assert_cmphex(reg_read(m, FIFO(0)), ==, 0); /* there is no more of this packet */
    }
    g_assert_cmpmem(received, 150, data, 150);
    g_assert_cmphex(reg_read(m, DOEPTSIZ(2)), ==, SIZE(1, 106));
    g_assert_cmphex(reg_read(m, DOEPINT(2)) & 1, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(COMPLETE, 2, 0, 0));
    g_assert_cmphex(reg_read(m, DOEPINT(2)) & 1, ==, 1);
    g_assert_cmphex(reg_read(m, DOEPCTL(2)) & EPENA, ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, 0);
    machine_free(m);
}

static void fifo_full(void)
{
    struct machine *m = enumerated();
    uint8_t data[64], setup[8];
    fill(data, 64, 2);
    reg_write(m, GRXFSIZ, 64); /* 64 = 10 for SETUPs + 3 * (16 + 1 status) + 1 for the end + 2 */
    activate_out(m, 1, BULK, 64);
    reg_write(m, DOEPTSIZ(1), SIZE(8, 512));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(otg_out(hs(m), 1, data, 64, i & 1), ==, OTG_ACK);
    g_assert_cmpint(otg_out(hs(m), 1, data, 64, 1), ==, OTG_NAK);
    g_assert_false(otg_out_ready(hs(m), 1));
    for (unsigned i = 0; i < 4; i++) /* the reserve: three SETUPs, and these only; 13 words are left */
        g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    unsigned before = probe_rises(m, HOST);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 0));
    receive(m, data, 64);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 1));
    receive(m, data, 64);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before + 1);
    g_assert_cmpint(otg_out(hs(m), 1, data, 64, 1), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 0));
    receive(m, data, 64);
    for (unsigned i = 0; i < 4; i++) {
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP, 0, 8, 0));
        receive(m, setup, 8);
        g_assert_cmpmem(setup, 8, get_descriptor, 8);
    }
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 1));
    machine_free(m);
}

/* The least room for a packet: status, data, the end of its transfer, and the ten words kept for SETUPs. */
static void fifo_reserve(void)
{
    struct machine *m = enumerated();
    uint8_t data[64] = {0};
    activate_out(m, 1, BULK, 64);
    reg_write(m, DOEPTSIZ(1), SIZE(8, 512));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    reg_write(m, GRXFSIZ, 27);
    g_assert_cmpint(otg_out(hs(m), 1, data, 64, 0), ==, OTG_NAK);
    reg_write(m, GRXFSIZ, 28);
    g_assert_cmpint(otg_out(hs(m), 1, data, 64, 0), ==, OTG_ACK);
    machine_free(m);
}

/* Entries that the core has to make when the FIFO is full come when there is room. */
static void fifo_waiting(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    reg_write(m, GRXFSIZ, 3);
    otg_setup(hs(m), 0, get_descriptor);
    otg_in(hs(m), 0, buffer, 64, &length);
    reg_write(m, DCTL, BIT(9));
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP, 0, 8, 0));
    g_assert_cmphex(reg_read(m, FIFO(0)), ==, 0x01000680);
    reg_read(m, FIFO(0));
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(SETUP_DONE, 0, 0, 0));
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(GLOBAL_NAK, 0, 0, 0));
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, 0);
    reg_write(m, DCTL, BIT(10));
    /* taken back before it was made, and before it was read */
    otg_setup(hs(m), 0, get_descriptor);
    reg_write(m, DCTL, BIT(9));
    reg_write(m, DCTL, BIT(10));
    reg_read(m, GRXSTSP);
    receive(m, buffer, 8);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, 0);
    reg_write(m, DCTL, BIT(9));
    reg_write(m, DCTL, BIT(10));
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(GLOBAL_NAK, 0, 0, 0));
    g_assert_cmphex(reg_read(m, GINTSTS) & GONAKEFF, ==, 0);
    machine_free(m);
}

/* Data that firmware leaves unread is what the next status read gets; it is no status. */
static void unread_data(void)
{
    struct machine *m = enumerated();
    activate_out(m, 1, BULK, 64);
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    const uint32_t looks_like_complete[2] = {0xAAAAAAAA, 1 | COMPLETE << 17};
    otg_out(hs(m), 1, looks_like_complete, 8, 0);
    reg_read(m, GRXSTSP);
    g_assert_cmphex(reg_read(m, FIFO(0)), ==, 0xAAAAAAAA);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, 1 | COMPLETE << 17);
    g_assert_cmphex(reg_read(m, DOEPINT(1)) & 1, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(COMPLETE, 1, 0, 0));
    g_assert_cmphex(reg_read(m, DOEPINT(1)) & 1, ==, 1);
    machine_free(m);
}

/* Round and round: the ends of the FIFOs are no ends, and neighbours stay whole. */
static void fifo_wrap(void)
{
    struct machine *m = enumerated();
    uint8_t data[64], buffer[64];
    unsigned length;
    reg_write(m, GRXFSIZ, 50);
    reg_write(m, DIEPTXF(1), 20u << 16 | 60);
    reg_write(m, RAM + 4 * 50, 0x50505050);
    reg_write(m, RAM + 4 * 80, 0x80808080);
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    for (unsigned i = 0; i < 50; i++) {
        unsigned n = 1 + (i * 37) % 64;
        fill(data, n, i);
        reg_write(m, DIEPTSIZ(1), SIZE(1, n));
        set_bits(m, DIEPCTL(1), CNAK | EPENA);
        send(m, 1, data, n);
        g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, i & 1 ? OTG_DATA1 : OTG_DATA0);
        g_assert_cmpmem(buffer, length, data, n);
        reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
        set_bits(m, DOEPCTL(1), CNAK | EPENA);
        g_assert_cmpint(otg_out(hs(m), 1, data, n, i & 1), ==, OTG_ACK);
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, n, i & 1));
        receive(m, buffer, n);
        g_assert_cmpmem(buffer, n, data, n);
        g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(COMPLETE, 1, 0, i & 1));
    }
    g_assert_cmphex(reg_read(m, RAM + 4 * 50), ==, 0x50505050);
    g_assert_cmphex(reg_read(m, RAM + 4 * 80), ==, 0x80808080);
    machine_free(m);
}

/* Where the FIFOs lie in the RAM, seen through the direct window. */
static void fifo_ram(void)
{
    struct machine *m = enumerated();
    set_bits(m, DIEPCTL(0), TXFNUM(0));
    activate_in(m, 1, BULK, 64);
    reg_write(m, DIEPCTL(2), USBAEP | BULK | TXFNUM(3) | 64); /* endpoint 2 uses FIFO 3 */
    reg_write(m, FIFO(0), 0x11111111);
    reg_write(m, FIFO(1), 0x22222222);
    reg_write(m, FIFO(2), 0x33333333);
    g_assert_cmphex(reg_read(m, RAM + 4 * 0x100), ==, 0x11111111);
    g_assert_cmphex(reg_read(m, RAM + 4 * 0x140), ==, 0x22222222);
    g_assert_cmphex(reg_read(m, RAM + 4 * 0x1C0), ==, 0x33333333);
    g_assert_cmphex(reg_read(m, DTXFSTS(2)), ==, 63);
    reg_write(m, GRSTCTL, BIT(5) | 3 << 6);
    g_assert_cmphex(reg_read(m, DTXFSTS(2)), ==, 64);
    reg_write(m, RAM + 4 * 1011, 0x44444444);
    reg_write(m, RAM + 4 * 1012, 0x55555555);
    g_assert_cmphex(reg_read(m, RAM + 4 * 1011), ==, 0x44444444);
    g_assert_cmphex(reg_read(m, RAM + 4 * 1012), ==, 0); /* the end */
    reg_write(m, FS + 0x20000 + 4 * 319, 0x66666666);
    g_assert_cmphex(reg_read(m, FS + 0x20000 + 4 * 319), ==, 0x66666666);
    reg_write(m, FS + 0x20000 + 4 * 320, 0x77777777);
    g_assert_cmphex(reg_read(m, FS + 0x20000 + 4 * 320), ==, 0);
    otg_setup(hs(m), 0, get_descriptor);
    g_assert_cmphex(reg_read(m, RAM), ==, status_entry(SETUP, 0, 8, 0));
    g_assert_cmphex(reg_read(m, RAM + 4), ==, 0x01000680);
    machine_free(m);
}

static void tx_fifo_levels(void)
{
    struct machine *m = enumerated();
    activate_in(m, 1, BULK, 64);
    reg_write(m, DIEPTXF(1), 0x00100140);
    reg_write(m, DIEPTXF0, 0x00100100);
    reg_write(m, GINTMSK, IEPINT);
    reg_write(m, DAINTMSK, BIT(1));
    reg_write(m, DIEPEMPMSK, BIT(1));
    g_assert_cmphex(reg_read(m, DTXFSTS(1)), ==, 16);
    g_assert_cmphex(reg_read(m, GINTSTS) & (NPTXFE | IEPINT), ==, NPTXFE | IEPINT);
    for (unsigned i = 0; i < 8; i++) {
        reg_write(m, FIFO(1), i);
        reg_write(m, FIFO(0), i);
    }
    g_assert_cmphex(reg_read(m, DTXFSTS(1)), ==, 8);
    g_assert_cmphex(reg_read(m, HNPTXSTS), ==, 0x00080008);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(7), ==, BIT(7)); /* half empty */
    reg_write(m, FIFO(1), 8);
    reg_write(m, FIFO(0), 8);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(7), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & (NPTXFE | IEPINT), ==, 0);
    for (unsigned i = 9; i < 20; i++)
        reg_write(m, FIFO(1), i); /* four words too many: dropped */
    g_assert_cmphex(reg_read(m, DTXFSTS(1)), ==, 0);
    reg_write(m, GRSTCTL, BIT(5) | 16 << 6);
    reg_write(m, GAHBCFG, BIT(7)); /* completely empty */
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(7), ==, BIT(7));
    reg_write(m, FIFO(1), 0);
    reg_write(m, FIFO(0), 0);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(7), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & (NPTXFE | IEPINT), ==, 0);
    machine_free(m);
}

/* ---- handshakes ---- */

static void nak(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    reg_write(m, DIEPTSIZ(1), SIZE(1, 4));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(4), ==, BIT(4)); /* ITTXFE: the FIFO was empty */
    reg_write(m, DIEPINT(1), BIT(4));
    reg_write(m, FIFO(1), 1);
    set_bits(m, DIEPCTL(1), SNAK);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & NAKSTS, ==, NAKSTS);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(6), ==, BIT(6)); /* INEPNE */
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(4), ==, 0);
    set_bits(m, DIEPCTL(1), CNAK);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & NAKSTS, ==, 0);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(6), ==, 0);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);

    reg_write(m, DOEPTSIZ(1), SIZE(2, 128));
    set_bits(m, DOEPCTL(1), SNAK | EPENA);
    g_assert_cmphex(reg_read(m, DOEPCTL(1)) & NAKSTS, ==, NAKSTS);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 4, 0), ==, OTG_NAK);
    set_bits(m, DOEPCTL(1), CNAK);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 4, 0), ==, OTG_ACK);
    /* a control endpoint tells that it was not enabled */
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(4), ==, 0);
    g_assert_cmpint(otg_out(hs(m), 0, buffer, 4, 0), ==, OTG_NAK);
    g_assert_cmphex(reg_read(m, DOEPINT(0)) & BIT(4), ==, BIT(4)); /* OTEPDIS */
    g_assert_cmphex(reg_read(m, DOEPINT(1)) & BIT(4), ==, 0);
    activate_in(m, 2, INTERRUPT, 64); /* a flag of the others */
    g_assert_cmpint(otg_in(hs(m), 2, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmphex(reg_read(m, DIEPINT(2)) & BIT(4), ==, 0);
    /* a transfer of no packets */
    reg_write(m, DIEPTSIZ(2), 0);
    set_bits(m, DIEPCTL(2), CNAK | EPENA);
    g_assert_cmpint(otg_in(hs(m), 2, buffer, 64, &length), ==, OTG_NAK);
    activate_out(m, 2, BULK, 64);
    reg_write(m, DOEPTSIZ(2), 0);
    set_bits(m, DOEPCTL(2), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 2, buffer, 4, 0), ==, OTG_NAK);
    machine_free(m);
}

static void stall(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    set_bits(m, DIEPCTL(1), SNAK | STALL); /* stronger than NAK */
    set_bits(m, DOEPCTL(1), SNAK | STALL);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_STALL);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 4, 0), ==, OTG_STALL);
    reg_write(m, DIEPCTL(1), reg_read(m, DIEPCTL(1)) & ~STALL);
    reg_write(m, DOEPCTL(1), reg_read(m, DOEPCTL(1)) & ~STALL);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 4, 0), ==, OTG_NAK);
    machine_free(m);
}

static void global_in_nak(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    for (unsigned ep = 1; ep <= 2; ep++) {
        activate_in(m, ep, ep == 1 ? BULK : INTERRUPT, 64);
        reg_write(m, DIEPTSIZ(ep), SIZE(1, 4));
        set_bits(m, DIEPCTL(ep), CNAK | EPENA);
        reg_write(m, FIFO(ep), 1);
    }
    reg_write(m, DCTL, BIT(7));
    g_assert_cmphex(reg_read(m, DCTL), ==, BIT(2)); /* GINSTS */
    g_assert_cmphex(reg_read(m, GINTSTS) & GINAKEFF, ==, GINAKEFF);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    g_assert_cmpint(otg_in(hs(m), 2, buffer, 64, &length), ==, OTG_DATA0); /* periodic: not meant */
    reg_write(m, DCTL, BIT(8));
    g_assert_cmphex(reg_read(m, DCTL), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & GINAKEFF, ==, 0);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);
    machine_free(m);
}

static void global_out_nak(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    activate_out(m, 1, BULK, 64);
    reg_write(m, DOEPTSIZ(1), SIZE(4, 256));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 1, "12345678901234567890123456789012345678901234567890123456789012345", 64, 0), ==, OTG_ACK);
    reg_write(m, DCTL, BIT(9));
    g_assert_cmphex(reg_read(m, DCTL), ==, BIT(3)); /* GONSTS */
    g_assert_cmpint(otg_out(hs(m), 1, "x", 1, 1), ==, OTG_NAK);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK); /* never refused */
    g_assert_cmphex(reg_read(m, GINTSTS) & GONAKEFF, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 0));
    receive(m, buffer, 64);
    g_assert_cmphex(reg_read(m, GINTSTS) & GONAKEFF, ==, 0);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(GLOBAL_NAK, 0, 0, 0)); /* now all before it is read */
    g_assert_cmphex(reg_read(m, GINTSTS) & GONAKEFF, ==, GONAKEFF);
    reg_write(m, DCTL, BIT(10));
    g_assert_cmphex(reg_read(m, DCTL), ==, 0);
    g_assert_cmphex(reg_read(m, GINTSTS) & GONAKEFF, ==, 0);
    g_assert_cmpint(otg_out(hs(m), 1, "x", 1, 1), ==, OTG_ACK);
    machine_free(m);
}

static void endpoint_disable(void)
{
    struct machine *m = enumerated();
    uint8_t data[64], buffer[64];
    unsigned length;
    fill(data, 64, 1);
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    set_bits(m, DIEPCTL(1), EPDIS); /* not enabled: nothing to disable */
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(1), ==, 0);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & EPDIS, ==, 0);
    reg_write(m, DIEPTSIZ(1), SIZE(2, 100));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    send(m, 1, data, 64);
    set_bits(m, DIEPCTL(1), SNAK);
    set_bits(m, DIEPCTL(1), SNAK | EPDIS);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & (EPDIS | EPENA), ==, 0);
    g_assert_cmphex(reg_read(m, DIEPINT(1)) & BIT(1), ==, BIT(1)); /* EPDISD */
    g_assert_cmphex(reg_read(m, DIEPTSIZ(1)), ==, SIZE(2, 36));
    g_assert_cmphex(reg_read(m, DTXFSTS(1)), ==, 48); /* until it is flushed */
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_NAK);
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    set_bits(m, DOEPCTL(1), SNAK | EPDIS);
    g_assert_cmphex(reg_read(m, DOEPCTL(1)) & (EPDIS | EPENA), ==, 0);
    g_assert_cmphex(reg_read(m, DOEPINT(1)) & BIT(1), ==, BIT(1));
    set_bits(m, DIEPCTL(0), EPENA);
    set_bits(m, DIEPCTL(0), EPDIS);
    g_assert_cmphex(reg_read(m, DIEPINT(0)) & BIT(1), ==, BIT(1));
    set_bits(m, DOEPCTL(0), EPENA);
    set_bits(m, DOEPCTL(0), EPDIS); /* cannot be disabled */
    g_assert_cmphex(reg_read(m, DOEPCTL(0)) & (EPDIS | EPENA), ==, EPENA);
    machine_free(m);
}

static void toggle(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    set_bits(m, DIEPCTL(1), SD1PID);
    set_bits(m, DOEPCTL(1), SD1PID);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & BIT(16), ==, BIT(16));
    g_assert_cmphex(reg_read(m, DOEPCTL(1)) & BIT(16), ==, BIT(16));
    reg_write(m, DIEPTSIZ(1), SIZE(1, 4));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    reg_write(m, FIFO(1), 1);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA1);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)) & BIT(16), ==, 0);
    reg_write(m, DOEPTSIZ(1), SIZE(2, 128));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 64, 0), ==, OTG_ACK); /* a repetition: acknowledged, not taken */
    g_assert_cmphex(reg_read(m, GINTSTS) & RXFLVL, ==, 0);
    g_assert_cmphex(reg_read(m, DOEPTSIZ(1)), ==, SIZE(2, 128));
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 64, 1), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, status_entry(DATA, 1, 64, 1));
    g_assert_cmphex(reg_read(m, DOEPCTL(1)) & BIT(16), ==, 0);
    set_bits(m, DOEPCTL(1), SD1PID);
    set_bits(m, DOEPCTL(1), SD0PID);
    g_assert_cmphex(reg_read(m, DOEPCTL(1)) & BIT(16), ==, 0);
    machine_free(m);
}

static void isochronous(void)
{
    struct machine *m = enumerated();
    uint8_t buffer[64];
    unsigned length;
    pass(m, TICKS_PER_MS); /* frame 1 */
    activate_in(m, 1, ISOCHRONOUS, 64);
    activate_out(m, 1, ISOCHRONOUS, 64);
    reg_write(m, DIEPTSIZ(1), SIZE(1, 4));
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DIEPCTL(1), CNAK | EPENA); /* even frames */
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    reg_write(m, FIFO(1), 0x04030201);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);
    g_assert_cmpuint(length, ==, 0);
    g_assert_cmpint(otg_out(hs(m), 1, "abc", 3, 0), ==, OTG_TIMEOUT);
    clear_flags(m);
    pass(m, TICKS_PER_MS - 1); /* frame 1 was not theirs */
    g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | IISOIXFR | IISOOXFR), ==, EOPF);
    pass(m, TICKS_PER_MS); /* frame 2 was, and nobody came */
    g_assert_cmphex(reg_read(m, GINTSTS) & (IISOIXFR | IISOOXFR), ==, IISOIXFR | IISOOXFR);
    clear_flags(m);
    pass(m, TICKS_PER_MS + 1); /* frame 4 */
    g_assert_cmpuint(otg_frame(hs(m)), ==, 4);
    g_assert_cmpint(otg_in(hs(m), 1, buffer, 64, &length), ==, OTG_DATA0);
    g_assert_cmpmem(buffer, length, "\1\2\3\4", 4);
    g_assert_cmpint(otg_out(hs(m), 1, "abc", 3, 2), ==, OTG_ACK); /* DATA2 */
    pass(m, TICKS_PER_MS - 2);
    g_assert_cmphex(reg_read(m, GINTSTS) & (EOPF | IISOIXFR | IISOOXFR), ==, EOPF); /* received, if not read yet */
    g_assert_cmphex(reg_read(m, GRXSTSP), ==, (1 | 3 << 4 | 1 << 15 | DATA << 17 | 4 << 21));
    receive(m, buffer, 3);
    g_assert_cmpmem(buffer, 3, "abc", 3);
    reg_read(m, GRXSTSP);
    g_assert_cmphex(reg_read(m, DOEPINT(1)) & 1, ==, 1);
    g_assert_cmphex(reg_read(m, DOEPTSIZ(1)) >> 29, ==, 1); /* RXDPID */
    pass(m, 2 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (IISOIXFR | IISOOXFR), ==, 0);
    /* no room: dropped, and told */
    reg_write(m, GRXFSIZ, 16);
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    g_assert_cmpint(otg_out(hs(m), 1, buffer, 64, 0), ==, OTG_TIMEOUT);
    g_assert_cmphex(reg_read(m, GINTSTS) & ISOODRP, ==, ISOODRP);
    machine_free(m);
}

/* ---- interrupts ---- */

static void interrupt_masks(void)
{
    struct machine *m = enumerated();
    reg_write(m, GAHBCFG, BIT(0) | BIT(7));
    const uint32_t implemented = 0xFFFFFFFF & ~(BIT(0) | BIT(8) | BIT(9) | BIT(16) | BIT(17) | BIT(22) | BIT(23) | BIT(24) |
                                                BIT(25) | BIT(27) | BIT(29));
    /* bring about every flag there is */
    reg_write(m, GCCFG, BIT(16));
    reg_write(m, GCCFG, BIT(16) | BIT(21)); /* OTGINT (session end), SRQINT */
    pass(m, 6 * TICKS_PER_MS);              /* ESUSP, USBSUSP */
    otg_bus_reset(hs(m));                   /* USBRST */
    pass(m, 10 * TICKS_PER_MS);             /* ENUMDNE */
    otg_suspend(hs(m));
    pass(m, 6 * TICKS_PER_MS);
    otg_resume(hs(m)); /* WKUPINT */
    pass(m, 22 * TICKS_PER_MS);
    g_assert_cmpuint(otg_frame(hs(m)) & 1, ==, 0);
    activate_in(m, 1, ISOCHRONOUS, 64);
    activate_out(m, 1, ISOCHRONOUS, 64);
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    pass(m, TICKS_PER_MS); /* SOF, EOPF, IISOIXFR, IISOOXFR */
    pass(m, TICKS_PER_MS);
    reg_write(m, GRXFSIZ, 16);
    otg_out(hs(m), 1, (const uint8_t[64]){0}, 64, 0); /* ISOODRP */
    reg_write(m, GRXFSIZ, 256);
    reg_write(m, DCTL, BIT(7) | BIT(9)); /* GINAKEFF, GONAKEFF */
    reg_read(m, GRXSTSP);
    reg_read(m, HPRT);                   /* MMIS */
    otg_setup(hs(m), 0, get_descriptor); /* RXFLVL */
    set_bits(m, DOEPCTL(1), EPDIS | SNAK);
    set_bits(m, DIEPCTL(1), EPDIS | SNAK);
    reg_write(m, DIEPMSK, BIT(1));
    reg_write(m, DOEPMSK, BIT(1));
    reg_write(m, DAINTMSK, 0xFFFFFFFF); /* IEPINT, OEPINT */
    const uint32_t flags = reg_read(m, GINTSTS);
    g_assert_cmphex(flags & implemented, ==, implemented & ~CIDSCHG); /* that one: below */
    for (unsigned bit = 0; bit < 32; bit++) {
        reg_write(m, GINTMSK, BIT(bit));
        g_assert_cmpuint(probe_level(m, IRQ), ==, (flags & implemented & BIT(bit)) ? 1 : 0);
        reg_write(m, GAHBCFG, BIT(7)); /* the global mask */
        g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
        reg_write(m, GAHBCFG, BIT(0) | BIT(7));
    }
    reg_write(m, GINTMSK, SOF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    reg_write(m, GINTSTS, SOF);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    machine_free(m);

    m = bench_with_id(true);
    reg_write(m, GAHBCFG, BIT(0));
    reg_write(m, GINTMSK, CIDSCHG);
    probe_set(m, 0, 0);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    machine_free(m);
}

/* Every flag of DIEPINT and DOEPINT on endpoints 0 and 1. */
static void raise_endpoint_flags(struct machine *m)
{
    uint8_t buffer[64];
    unsigned length;
    activate_in(m, 1, CONTROL, 64);
    activate_out(m, 1, CONTROL, 64);
    for (unsigned ep = 0; ep < 2; ep++) {
        reg_write(m, DIEPTSIZ(ep), SIZE(1, 8));
        set_bits(m, DIEPCTL(ep), CNAK | EPENA);
        otg_in(hs(m), ep, buffer, 64, &length); /* ITTXFE */
        send(m, ep, "12345678", 8);
        otg_in(hs(m), ep, buffer, 1, &length); /* TOC */
        otg_in(hs(m), ep, buffer, 8, &length); /* XFRC */
        set_bits(m, DIEPCTL(ep), CNAK | EPENA);
        set_bits(m, DIEPCTL(ep), SNAK | EPDIS); /* INEPNE, EPDISD */
        reg_write(m, DOEPTSIZ(ep), 0);
        for (unsigned i = 0; i < 2; i++)
            otg_setup(hs(m), ep, set_address); /* B2BSTUP */
        otg_out(hs(m), ep, NULL, 0, 1);        /* OTEPDIS */
        for (unsigned i = 0; i < 3; i++) {
            uint32_t status = reg_read(m, GRXSTSP); /* at last STUP */
            receive(m, buffer, (status >> 4) & 0x7FF);
        }
        reg_write(m, DOEPTSIZ(ep), SIZE(1, 64));
        set_bits(m, DOEPCTL(ep), CNAK | EPENA);
        g_assert_cmpint(otg_out(hs(m), ep, NULL, 0, 1), ==, OTG_ACK);
        reg_read(m, GRXSTSP);
        reg_read(m, GRXSTSP); /* XFRC */
    }
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    set_bits(m, DOEPCTL(1), SNAK | EPDIS); /* EPDISD */
    g_assert_cmphex(reg_read(m, DIEPINT(0)), ==, 0xDB);
    g_assert_cmphex(reg_read(m, DIEPINT(1)), ==, 0xDB);
    g_assert_cmphex(reg_read(m, DOEPINT(0)), ==, 0xD9); /* endpoint 0 OUT cannot be disabled */
    g_assert_cmphex(reg_read(m, DOEPINT(1)), ==, 0xDB);
}

static void endpoint_interrupts(void)
{
    struct machine *m = enumerated();
    raise_endpoint_flags(m);
    reg_write(m, DAINTMSK, BIT(0) | BIT(17));
    for (unsigned bit = 0; bit < 7; bit++) {
        bool in = 0x5B & BIT(bit), out0 = 0x59 & BIT(bit), out1 = 0x5B & BIT(bit);
        reg_write(m, DIEPMSK, BIT(bit));
        reg_write(m, DOEPMSK, BIT(bit));
        g_assert_cmphex(reg_read(m, DAINT), ==, (in ? 3u : 0u) | (out0 ? BIT(16) : 0) | (out1 ? BIT(17) : 0));
        g_assert_cmphex(reg_read(m, GINTSTS) & (IEPINT | OEPINT), ==, (in ? IEPINT : 0) | (out1 ? OEPINT : 0));
    }
    reg_write(m, DIEPMSK, 0x5B);
    reg_write(m, DOEPMSK, 0x5B);
    reg_write(m, DAINTMSK, 0);
    g_assert_cmphex(reg_read(m, DAINT), ==, 0x00030003); /* the mask is behind it */
    g_assert_cmphex(reg_read(m, GINTSTS) & (IEPINT | OEPINT), ==, 0);
    reg_write(m, DAINTMSK, 0x0003);
    g_assert_cmphex(reg_read(m, GINTSTS) & (IEPINT | OEPINT), ==, IEPINT);
    reg_write(m, DIEPINT(0), 0x7F);
    g_assert_cmphex(reg_read(m, DAINT), ==, 0x00030002);
    reg_write(m, DIEPINT(1), 0x7F);
    g_assert_cmphex(reg_read(m, GINTSTS) & (IEPINT | OEPINT), ==, 0);
    reg_write(m, DIEPEMPMSK, BIT(0));
    g_assert_cmphex(reg_read(m, DAINT), ==, 0x00030001);
    machine_free(m);
}

static void ep1_interrupts(void)
{
    struct machine *m = enumerated();
    raise_endpoint_flags(m);
    reg_write(m, GAHBCFG, 1);
    reg_write(m, DEACHINTMSK, BIT(1) | BIT(17));
    for (unsigned bit = 0; bit < 7; bit++) {
        bool on = 0x5B & BIT(bit);
        reg_write(m, DIEPEACHMSK1, BIT(bit));
        reg_write(m, DOEPEACHMSK1, 0);
        g_assert_cmphex(reg_read(m, DEACHINT), ==, on ? BIT(1) : 0);
        g_assert_cmpuint(probe_level(m, EP1_IN), ==, on);
        g_assert_cmpuint(probe_level(m, EP1_OUT), ==, 0);
        reg_write(m, DIEPEACHMSK1, 0);
        reg_write(m, DOEPEACHMSK1, BIT(bit));
        g_assert_cmphex(reg_read(m, DEACHINT), ==, on ? BIT(17) : 0);
        g_assert_cmpuint(probe_level(m, EP1_IN), ==, 0);
        g_assert_cmpuint(probe_level(m, EP1_OUT), ==, on);
    }
    reg_write(m, DIEPEACHMSK1, 1);
    reg_write(m, DOEPEACHMSK1, 1);
    g_assert_cmpuint(probe_level(m, EP1_IN) + probe_level(m, EP1_OUT), ==, 2);
    reg_write(m, DEACHINTMSK, BIT(17));
    g_assert_cmpuint(probe_level(m, EP1_IN), ==, 0);
    g_assert_cmpuint(probe_level(m, EP1_OUT), ==, 1);
    reg_write(m, DEACHINTMSK, BIT(1));
    g_assert_cmpuint(probe_level(m, EP1_IN), ==, 1);
    g_assert_cmpuint(probe_level(m, EP1_OUT), ==, 0);
    reg_write(m, GAHBCFG, 0);
    g_assert_cmpuint(probe_level(m, EP1_IN), ==, 0);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    machine_free(m);
}

/* ---- the rest ---- */

static void host_line(void)
{
    struct machine *m = enumerated();
    activate_in(m, 1, BULK, 64);
    activate_out(m, 1, BULK, 64);
    unsigned before = probe_rises(m, HOST);
    reg_write(m, DIEPTSIZ(1), SIZE(1, 8));
    set_bits(m, DIEPCTL(1), CNAK | EPENA);
    reg_write(m, FIFO(1), 1);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before);
    g_assert_false(otg_in_ready(hs(m), 1));
    reg_write(m, FIFO(1), 2);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before + 1);
    g_assert_true(otg_in_ready(hs(m), 1));
    g_assert_false(otg_out_ready(hs(m), 1));
    reg_write(m, DOEPTSIZ(1), SIZE(1, 64));
    set_bits(m, DOEPCTL(1), CNAK | EPENA);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before + 2);
    g_assert_true(otg_out_ready(hs(m), 1));
    set_bits(m, DIEPCTL(0), STALL);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before + 3);
    set_bits(m, DIEPCTL(1), 0);
    g_assert_cmpuint(probe_rises(m, HOST), ==, before + 3);
    machine_free(m);
}

static void clock_off(void)
{
    struct machine *m = enumerated();
    reg_write(m, PCGCCTL, BIT(0));
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    reg_write(m, PCGCCTL, BIT(1));
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    reg_write(m, PCGCCTL, 0);
    probe_set(m, 1, 0); /* RCC's gate */
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    probe_set(m, 1, 1);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_STOPPED);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_TIMEOUT);
    g_assert_true(otg_connected(hs(m))); /* the pull-up needs no clock */
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    pass(m, 3 * TICKS_PER_MS); /* deaf to frames ... */
    uint32_t frame = reg_read(m, DSTS) >> 8;
    pass(m, 1);
    clear_flags(m);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_STOPPED);
    pass(m, 5 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (SOF | EOPF), ==, 0);
    g_assert_cmphex(reg_read(m, DSTS) >> 8, ==, frame);
    otg_suspend(hs(m)); /* ... and to silence */
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, 0);
    machine_set_clock(m, "PLL48CLK", FREQUENCY_HZ(48000000));
    pass(m, 6 * TICKS_PER_MS);
    g_assert_cmphex(reg_read(m, GINTSTS) & (ESUSP | USBSUSP), ==, ESUSP | USBSUSP);
    machine_free(m);
}

static void system_reset(void)
{
    struct machine *m = enumerated();
    activate_in(m, 1, BULK, 64);
    reg_write(m, GAHBCFG, 1);
    reg_write(m, GINTMSK, NPTXFE);
    otg_setup(hs(m), 0, get_descriptor);
    g_assert_cmpuint(probe_level(m, IRQ), ==, 1);
    g_autoptr(GString) log = g_string_new(NULL);
    machine_subscribe(m, note_event, log);
    machine_power_on(m); /* a reset of all devices */
    g_assert_cmpstr(log->str, ==, "disconnect ");
    g_assert_cmpuint(probe_level(m, IRQ), ==, 0);
    g_assert_cmpuint(probe_level(m, PULLUP), ==, 0);
    g_assert_true(otg_attached(hs(m))); /* the cable is still there */
    g_assert_false(otg_enabled(hs(m)));
    g_assert_cmphex(reg_read(m, GINTSTS), ==, 0x04000020);
    g_assert_cmphex(reg_read(m, DIEPCTL(1)), ==, 0);
    set_up(m);
    g_assert_true(otg_bus_reset(hs(m)));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmpint(otg_setup(hs(m), 0, get_descriptor), ==, OTG_ACK);
    machine_free(m);
}

static void full_speed_core(void)
{
    struct machine *m = bench();
    struct device *dev = machine_device(m, "OTG_FS");
    uint8_t buffer[64];
    unsigned length;
    reg_write(m, FS + 0x00C, 0xA40 | BIT(30));
    g_assert_cmphex(reg_read(m, FS + 0x00C), ==, 0xA00 | BIT(30)); /* one PHY only: PHYSEL is write-only */
    reg_write(m, FS + 0x024, 128);
    reg_write(m, FS + 0x028, 0x00400080);
    reg_write(m, FS + 0x10C, 0x004000C0);
    reg_write(m, FS + 0x038, BIT(16) | BIT(21));
    g_assert_true(otg_connected(dev));
    otg_attach(dev);
    g_assert_true(otg_bus_reset(dev));
    pass(m, 10 * TICKS_PER_MS);
    g_assert_cmpint(otg_setup(dev, 0, get_descriptor), ==, OTG_ACK);
    g_assert_cmphex(reg_read(m, FS + 0x020), ==, status_entry(SETUP, 0, 8, 0));
    g_assert_cmphex(reg_read(m, FS + 0x1000), ==, 0x01000680);
    reg_write(m, FS + 0x960, USBAEP | BULK | TXFNUM(3) | 64);
    reg_write(m, FS + 0x970, SIZE(1, 4));
    set_bits(m, FS + 0x960, EPENA | CNAK);
    reg_write(m, FS + 0x4000, 0x64636261);
    g_assert_cmpint(otg_in(dev, 3, buffer, 64, &length), ==, OTG_DATA0);
    g_assert_cmpmem(buffer, length, "abcd", 4);
    g_assert_cmpint(otg_in(dev, 4, buffer, 64, &length), ==, OTG_TIMEOUT); /* four endpoints only */
    g_assert_false(otg_connected(hs(m)));
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/otg/reset-values", reset_values);
    g_test_add_func("/otg/core-reset", core_reset);
    g_test_add_func("/otg/core-reset-state", core_reset_state);
    g_test_add_func("/otg/reset-waits-for-clock", reset_waits);
    g_test_add_func("/otg/flush", flush);
    g_test_add_func("/otg/connect", connect);
    g_test_add_func("/otg/vbus", vbus);
    g_test_add_func("/otg/mode", mode);
    g_test_add_func("/otg/mode-mismatch", mode_mismatch);
    g_test_add_func("/otg/bus-reset", bus_reset);
    g_test_add_func("/otg/suspend", suspend);
    g_test_add_func("/otg/resume", resume);
    g_test_add_func("/otg/remote-wakeup", remote_wakeup);
    g_test_add_func("/otg/sof", sof);
    g_test_add_func("/otg/control-read", control_read);
    g_test_add_func("/otg/control-write", control_write);
    g_test_add_func("/otg/address", address);
    g_test_add_func("/otg/back-to-back-setup", back_to_back_setup);
    g_test_add_func("/otg/status-stall", status_stall);
    g_test_add_func("/otg/stall-control", stall_control);
    g_test_add_func("/otg/unacknowledged", unacknowledged);
    g_test_add_func("/otg/bulk-in", bulk_in);
    g_test_add_func("/otg/bulk-out", bulk_out);
    g_test_add_func("/otg/fifo-full", fifo_full);
    g_test_add_func("/otg/fifo-reserve", fifo_reserve);
    g_test_add_func("/otg/fifo-waiting", fifo_waiting);
    g_test_add_func("/otg/unread-data", unread_data);
    g_test_add_func("/otg/fifo-wrap", fifo_wrap);
    g_test_add_func("/otg/fifo-ram", fifo_ram);
    g_test_add_func("/otg/tx-fifo-levels", tx_fifo_levels);
    g_test_add_func("/otg/nak", nak);
    g_test_add_func("/otg/stall", stall);
    g_test_add_func("/otg/global-in-nak", global_in_nak);
    g_test_add_func("/otg/global-out-nak", global_out_nak);
    g_test_add_func("/otg/endpoint-disable", endpoint_disable);
    g_test_add_func("/otg/toggle", toggle);
    g_test_add_func("/otg/isochronous", isochronous);
    g_test_add_func("/otg/interrupt-masks", interrupt_masks);
    g_test_add_func("/otg/endpoint-interrupts", endpoint_interrupts);
    g_test_add_func("/otg/ep1-interrupts", ep1_interrupts);
    g_test_add_func("/otg/host-line", host_line);
    g_test_add_func("/otg/clock-off", clock_off);
    g_test_add_func("/otg/system-reset", system_reset);
    g_test_add_func("/otg/full-speed-core", full_speed_core);
    return g_test_run();
}
