/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB On-The-Go cores OTG_FS and OTG_HS (RM0033 chapters 29 and 30) as devices.
 *
 * Models: the slave-mode device core at full speed: connection and VBUS, bus reset, suspend, resume and remote wake-up, frames,
 * endpoints of all four types with their transfer counts, handshakes and toggles, the FIFOs in their common RAM, every
 * interrupt of these and OTG_HS's lines of endpoint 1. The host's side is a set of functions (otg.h) that carry out
 * transactions at once; the caller paces them. Leaves out: host mode, high speed and ULPI, the internal DMA, SRP and HNP, test
 * modes. Real firmware needs: OTG_HS with the embedded PHY, no DMA and no VBUS sensing; DFU on endpoint 0, CDC on endpoints 1
 * to 4, HID on
 * 5. Without a cable it sees an idle bus: an early suspend after 3 ms and a suspend after 6.
 *
 * In otg.c: registers, interrupts, reset. Tables are in otg-registers.c, FIFOs in otg-fifo.c, transactions in otg-endpoint.c,
 * cable and bus state in otg-port.c.
 */
#include "peripherals/stm32f2/otg.h"

#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/otg-internal.h"

/* What a core reset leaves alone: the choice of PHY, the connection, the clock gates. */
static const struct {
    unsigned reg;
    uint32_t mask;
} kept_by_core_reset[] = {
    {GUSBCFG, 0x03FE8000 | GUSBCFG_PHYSEL}, {GCCFG, 0xFFFFFFFF}, {DCFG, 3}, {DCTL, DCTL_SDIS}, {PCGCCTL, 3}, {HCFG, 3},
};

bool otg_clocked(const struct device *dev)
{
    return frequency_running(device_clock(dev, CLOCK_USB)) && (!otg_is_hs(dev) || (dev->regs[GUSBCFG] & GUSBCFG_PHYSEL));
}

bool otg_awake(const struct device *dev)
{
    return otg_clocked(dev) && frequency_running(device_clock(dev, CLOCK_BUS)) &&
           !(dev->regs[PCGCCTL] & (PCGCCTL_STPPCLK | PCGCCTL_GATEHCLK));
}

/* ---- interrupts ---- */

static uint32_t in_flags(const struct device *dev, unsigned ep)
{
    return (dev->regs[DIEPINT + ep] & ~DIEPINT_TXFE) | (otg_tx_empty(dev, ep) ? DIEPINT_TXFE : 0);
}

/* The mask of TXFE is a bit a endpoint in DIEPEMPMSK. */
static bool in_pending(const struct device *dev, unsigned ep, uint32_t mask)
{
    return in_flags(dev, ep) & (mask | (((dev->regs[DIEPEMPMSK] >> ep) & 1) ? DIEPINT_TXFE : 0));
}

static bool out_pending(const struct device *dev, unsigned ep, uint32_t mask)
{
    return dev->regs[DOEPINT + ep] & mask;
}

static uint32_t all_endpoints(const struct device *dev)
{
    uint32_t flags = 0;
    for (unsigned ep = 0; ep < otg_endpoints(dev); ep++) {
        if (in_pending(dev, ep, dev->regs[DIEPMSK]))
            flags |= BIT(ep);
        if (out_pending(dev, ep, dev->regs[DOEPMSK]))
            flags |= BIT(16 + ep);
    }
    return flags;
}

static uint32_t each_endpoint(const struct device *dev)
{
    return (in_pending(dev, 1, dev->regs[DIEPEACHMSK1]) ? BIT(1) : 0) |
           (out_pending(dev, 1, dev->regs[DOEPEACHMSK1]) ? BIT(17) : 0);
}

static uint32_t global_flags(const struct device *dev)
{
    const struct otg *s = dev->state;
    const uint32_t computed =
        GINT_CMOD | GINT_OTGINT | GINT_RXFLVL | GINT_NPTXFE | GINT_GINAKEFF | GINT_GONAKEFF | GINT_IEPINT | GINT_OEPINT;
    uint32_t flags = dev->regs[GINTSTS] & ~computed;
    uint32_t endpoints = all_endpoints(dev) & dev->regs[DAINTMSK];
    flags |= s->host_mode ? GINT_CMOD : 0;
    flags |= dev->regs[GOTGINT] != 0 ? GINT_OTGINT : 0;
    flags |= s->rx.count > 0 ? GINT_RXFLVL : 0;
    flags |= otg_tx_empty(dev, 0) ? GINT_NPTXFE : 0;
    flags |= s->ginak_effective ? GINT_GINAKEFF : 0;
    flags |= s->gonak_effective ? GINT_GONAKEFF : 0;
    flags |= (endpoints & 0x0000FFFF) ? GINT_IEPINT : 0;
    flags |= (endpoints & 0xFFFF0000) ? GINT_OEPINT : 0;
    return flags;
}

void otg_update(struct device *dev)
{
    struct otg *s = dev->state;
    otg_push_waiting(dev);
    bool on = dev->regs[GAHBCFG] & GAHBCFG_GINT;
    device_set_level(dev, OUT_IRQ, on && (global_flags(dev) & dev->regs[GINTMSK] & ~GINT_CMOD));
    if (otg_is_hs(dev)) {
        uint32_t each = each_endpoint(dev) & dev->regs[DEACHINTMSK];
        device_set_level(dev, OUT_IRQ_EP1_IN, on && (each & BIT(1)));
        device_set_level(dev, OUT_IRQ_EP1_OUT, on && (each & BIT(17)));
    }
    uint32_t ready = otg_ready_endpoints(dev);
    bool more = ready & ~s->ready;
    s->ready = ready;
    if (more)
        device_pulse(dev, OUT_HOST);
}

/* ---- resets ---- */

static void forget_transfers(struct device *dev)
{
    struct otg *s = dev->state;
    s->ginak_effective = s->gonak_effective = s->gonak_wanted = false;
    s->setup_stage = s->setup_done = s->control_in = 0;
    s->address_open = false;
    otg_fifo_flush_all(dev);
}

static void core_reset(struct device *dev)
{
    struct otg *s = dev->state;
    uint32_t kept[G_N_ELEMENTS(kept_by_core_reset)];
    for (unsigned i = 0; i < G_N_ELEMENTS(kept); i++)
        kept[i] = dev->regs[kept_by_core_reset[i].reg] & kept_by_core_reset[i].mask;
    for (unsigned i = 0; i < dev->class->n_registers; i++)
        dev->regs[i] = dev->class->registers[i].reset;
    for (unsigned i = 0; i < G_N_ELEMENTS(kept); i++) {
        uint32_t *reg = &dev->regs[kept_by_core_reset[i].reg];
        *reg = (*reg & ~kept_by_core_reset[i].mask) | kept[i];
    }
    forget_transfers(dev);
    s->suspended = false;
}

/* GRSTCTL: done at once if the PHY's clock runs; without it the bits stay set, as they do on silicon. */
static void run_commands(struct device *dev)
{
    uint32_t *grstctl = &dev->regs[GRSTCTL];
    if (!otg_clocked(dev) || !(*grstctl & GRSTCTL_COMMANDS))
        return;
    uint32_t commands = *grstctl & GRSTCTL_COMMANDS;
    *grstctl &= ~GRSTCTL_COMMANDS;
    if (commands & GRSTCTL_RXFFLSH)
        otg_fifo_flush_rx(dev);
    if (commands & GRSTCTL_TXFFLSH)
        otg_fifo_flush_tx(dev, (*grstctl >> 6) & 31);
    if (commands & GRSTCTL_CSRST) {
        core_reset(dev);
        otg_mode_update(dev);
        otg_port_update(dev);
    }
}

/* The cable does not notice a reset; the host sees the pull-up go. */
static void reset(struct device *dev, enum reset_kind kind)
{
    struct otg *s = dev->state;
    if (kind == RESET_BACKUP)
        return;
    bool vbus = s->vbus, pullup = s->pullup;
    memset(s, 0, sizeof *s);
    s->vbus = vbus;
    s->pullup = pullup;
    s->phase = vbus ? HOST_IDLE : HOST_NONE;
    device_reset_registers(dev);
    s->host_mode = otg_id_is_a(dev);
    otg_port_update(dev);
    device_set_level(dev, OUT_WAKEUP, 0);
    otg_update(dev);
}

/* ---- registers ---- */

/* Registers of the other mode are not to be touched. */
static bool mismatch(const struct device *dev, unsigned reg)
{
    const struct otg *s = dev->state;
    return s->host_mode ? reg >= DCFG && reg < PCGCCTL : reg >= HCFG;
}

static void report_mismatch(struct device *dev)
{
    dev->regs[GINTSTS] |= GINT_MMIS;
    otg_update(dev);
}

static uint32_t read_register(struct device *dev, unsigned reg)
{
    const struct otg *s = dev->state;
    uint32_t stored = dev->regs[reg];
    switch (reg) {
    case GOTGCTL:
        return stored | (otg_id_is_a(dev) ? 0 : GOTGCTL_CIDSTS) | (s->session ? GOTGCTL_BSVLD : 0);
    case GINTSTS:
        return global_flags(dev);
    case GRXSTSR:
        return otg_rx_top(dev);
    case HNPTXSTS:
        return 0x00080000 | otg_tx_free(dev, 0);
    case DAINT:
        return all_endpoints(dev);
    case DEACHINT:
        return each_endpoint(dev);
    case DOEPCTL: /* endpoint 0's packet size is set in one place only */
        return stored | (dev->regs[DIEPCTL] & 3);
    case PCGCCTL:
        return stored | (s->suspended && (stored & PCGCCTL_STPPCLK) ? BIT(4) : 0);
    default:
        break;
    }
    if (reg >= DIEPINT && reg < DIEPTSIZ)
        return in_flags(dev, reg - DIEPINT);
    if (reg >= DIEPTSIZ && reg < DIEPDMA)
        return otg_in_size(dev, reg - DIEPTSIZ);
    if (reg >= DTXFSTS && reg < DOEPCTL)
        return otg_tx_free(dev, reg - DTXFSTS);
    return stored;
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    if (reg == GRXSTSP) {
        if (!side_effects)
            return otg_rx_top(dev);
        uint32_t status = otg_status_pop(dev);
        otg_update(dev);
        return status;
    }
    if (side_effects && mismatch(dev, reg))
        report_mismatch(dev);
    return read_register(dev, reg);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    if (mismatch(dev, reg))
        report_mismatch(dev);
    if (reg == GUSBCFG)
        otg_mode_update(dev);
    else if (reg == DCTL)
        otg_device_control_written(dev, value);
    else if (reg >= DIEPCTL && reg < DIEPINT)
        otg_in_control_written(dev, reg - DIEPCTL, old, value);
    else if (reg >= DOEPCTL && reg < DOEPINT)
        otg_out_control_written(dev, reg - DOEPCTL, old, value);
    if (reg == GUSBCFG || reg == GRSTCTL)
        run_commands(dev);
    if (reg == GUSBCFG || reg == GCCFG || reg == DCTL || reg == PCGCCTL)
        otg_port_update(dev);
    otg_update(dev);
}

static bool bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    if (offset < 0x1000)
        return device_register_read(dev, offset, size, value, side_effects);
    *value = otg_fifo_read(dev, offset, side_effects) >> (8 * (offset & 3));
    if (size < 4)
        *value &= (1u << (8 * size)) - 1;
    return true;
}

static bool bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    if (offset < 0x1000)
        return device_register_write(dev, offset, size, value);
    otg_fifo_write(dev, offset, value << (8 * (offset & 3)));
    return true;
}

static const char *explain(struct device *dev, unsigned reg)
{
    const struct otg *s = dev->state;
    if (reg == GRSTCTL && !frequency_running(device_clock(dev, CLOCK_USB)))
        return "the 48 MHz clock of the USB PHY is off";
    if (reg == GRSTCTL && !otg_clocked(dev))
        return "no ULPI PHY gives a clock, and the embedded one is not selected (GUSBCFG.PHYSEL)";
    if ((reg == GINTSTS || reg == DSTS) && !s->vbus)
        return "no USB host is attached";
    return NULL;
}

/* ---- class ---- */

static void timer(struct device *dev, unsigned index)
{
    otg_port_timer(dev, index);
    otg_update(dev);
}

static void input(struct device *dev, unsigned line, const struct signal *signal)
{
    (void)signal;
    if (line != IN_ID)
        return;
    dev->regs[GINTSTS] |= GINT_CIDSCHG;
    otg_mode_update(dev);
    otg_update(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    run_commands(dev);
    otg_port_update(dev);
    otg_update(dev);
}

static const char *const clocks[OTG_N_CLOCKS] = {[CLOCK_BUS] = "bus", [CLOCK_USB] = "usb"};
static const char *const inputs[OTG_N_INPUTS] = {[IN_ID] = "id"};
static const char *const outputs[OTG_HS_N_OUTPUTS] = {
    [OUT_IRQ] = "irq",
    [OUT_EXTI] = "exti",
    [OUT_IRQ_WKUP] = "irq_wkup",
    [OUT_SOF] = "sof",
    [OUT_PULLUP] = "pullup",
    [OUT_WAKEUP] = "wakeup",
    [OUT_HOST] = "host",
    [OUT_IRQ_EP1_OUT] = "irq_ep1_out",
    [OUT_IRQ_EP1_IN] = "irq_ep1_in",
};

#define OTG_CLASS(NAME, REGISTERS, N_OUTPUTS)                                                                                  \
    .name = (NAME), .state_size = sizeof(struct otg), .registers = (REGISTERS), .n_registers = OTG_N_REGISTERS,                \
    .window = 0x40000, .n_inputs = OTG_N_INPUTS, .n_outputs = (N_OUTPUTS), .n_timers = OTG_N_TIMERS, .n_clocks = OTG_N_CLOCKS, \
    .input_names = inputs, .output_names = outputs, .clock_names = clocks, .reset = reset, .read = read, .write = write,       \
    .timer = timer, .input = input, .clock_changed = clock_changed, .explain = explain, .bus_read = bus_read,                  \
    .bus_write = bus_write

const struct device_class stm32f2_otg_hs_class = {
    OTG_CLASS("STM32F2 USB On-The-Go high-speed core", otg_hs_registers, OTG_HS_N_OUTPUTS)};
const struct device_class stm32f2_otg_fs_class = {
    OTG_CLASS("STM32F2 USB On-The-Go full-speed core", otg_fs_registers, OTG_FS_N_OUTPUTS)};
