/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BCM43362's cores as the SDIO host sees them (bcm43362-sdio facts, sections 3.3 and 3.4).
 *
 * Models: the chip's number and GPIO registers (chip common), interrupt status, masks and mailbox (SDIO device), clock and
 * reset of the processor and its RAM (wrappers). What is written to RAM is counted and dropped: Broadcom's program is not
 * executed, and RAM reads as zero. Releasing the processor after a download starts the firmware's stand-in (firmware.c). Leaves
 * out: all other registers, which are reported, read as zero and ignore writes; the NAK of the mailbox. Real firmware needs:
 * stored wrapper bits, the interrupt registers, the poke.
 */
#include "peripherals/bcm43362/backplane.h"

#include <glib.h>
#include <string.h>

#include "peripherals/bcm43362/internal.h"

enum { CHIP_ID = 0x18000000, GPIO_OUT = 0x18000064, GPIO_OUT_ENABLE = 0x18000068, GPIO_CONTROL = 0x1800006C };
enum {
    INTERRUPT_STATUS = 0x18002020,
    HOST_INTERRUPT_MASK = 0x18002024,
    FUNCTION_INTERRUPT_MASK = 0x18002034,
    TO_CHIP_MAILBOX = 0x18002040,
    TO_CHIP_MAILBOX_DATA = 0x18002048,
    TO_HOST_MAILBOX_DATA = 0x1800204C,
};
enum { ARM_WRAPPER = 0x18103000, SOCRAM_WRAPPER = 0x18104000, IOCTRL = 0x408, RESETCTRL = 0x800 };

/* 43362, revision 1, package 9, five cores on AXI: as read from a module */
#define CHIP_ID_VALUE 0x1591A962u

#define RESETCTRL_RESET  BIT(0)
#define FRAME_INDICATION BIT(6)
#define HOST_INTERRUPTS  0xF0u
#define MAILBOX_NAK      BIT(0)
#define MAILBOX_POKE     BIT(3)

static struct backplane *backplane_of(struct device *dev)
{
    return &bcm43362_of(dev)->backplane;
}

bool backplane_interrupting(const struct device *dev)
{
    const struct bcm43362 *radio = dev->state;
    return (radio->backplane.interrupt_status & radio->backplane.host_interrupt_mask & HOST_INTERRUPTS) != 0;
}

void backplane_frame_indication(struct device *dev)
{
    backplane_of(dev)->interrupt_status |= FRAME_INDICATION;
    card_update_interrupt(dev);
}

/* ---- the processor ---- */

static void start(struct device *dev)
{
    struct backplane *b = backplane_of(dev);
    if (b->loaded == 0) {
        machine_report(dev->machine, "unmodelled", "%s: the radio's processor was released without a program in its RAM",
                       dev->name);
        return;
    }
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "firmware"), FIELD_INT("bytes", b->loaded));
    machine_publish(dev->machine, "wifi", FIELD_STRING("op", "start"));
    b->running = true;
    firmware_start(dev);
}

static void set_processor_reset(struct device *dev, uint8_t value)
{
    struct backplane *b = backplane_of(dev);
    bool was = b->arm.resetctrl & RESETCTRL_RESET, now = value & RESETCTRL_RESET;
    b->arm.resetctrl = value;
    if (was && !now && !b->running)
        start(dev);
    if (!was && now) {
        b->loaded = 0;
        bcm43362_firmware_stop(dev);
    }
}

/* ---- registers ---- */

/* Registers that only keep what is written; NULL: another one. */
static uint32_t *stored(struct backplane *b, uint32_t address)
{
    switch (address) {
    case GPIO_OUT:
        return &b->gpio_out;
    case GPIO_OUT_ENABLE:
        return &b->gpio_out_enable;
    case GPIO_CONTROL:
        return &b->gpio_control;
    case HOST_INTERRUPT_MASK:
        return &b->host_interrupt_mask;
    case FUNCTION_INTERRUPT_MASK:
        return &b->function_interrupt_mask;
    case TO_CHIP_MAILBOX_DATA:
        return &b->mailbox_data;
    default:
        return NULL;
    }
}

static void report(struct device *dev, const char *access, uint32_t address)
{
    machine_report(dev->machine, "unmodelled", "%s: %s of 0x%08X behind the SDIO window", dev->name, access, address);
}

static uint32_t register_read(struct device *dev, uint32_t address)
{
    struct backplane *b = backplane_of(dev);
    const uint32_t *kept = stored(b, address);
    if (kept != NULL)
        return *kept;
    switch (address) {
    case CHIP_ID:
        return CHIP_ID_VALUE;
    case INTERRUPT_STATUS:
        return b->interrupt_status;
    case TO_CHIP_MAILBOX:
    case TO_HOST_MAILBOX_DATA:
        return 0;
    case ARM_WRAPPER + IOCTRL:
        return b->arm.ioctrl;
    case ARM_WRAPPER + RESETCTRL:
        return b->arm.resetctrl;
    case SOCRAM_WRAPPER + IOCTRL:
        return b->socram.ioctrl;
    case SOCRAM_WRAPPER + RESETCTRL:
        return b->socram.resetctrl;
    default:
        report(dev, "read", address);
        return 0;
    }
}

static void write_mailbox(struct device *dev, uint8_t value)
{
    if (value & MAILBOX_NAK)
        machine_report(dev->machine, "unmodelled", "%s: the host asks for a frame again (NAK)", dev->name);
    if ((value & MAILBOX_POKE) && backplane_of(dev)->running)
        sdpcm_poke(dev);
}

/* One byte of the register at address: all that have an effect have it in their lowest byte, or bit by bit. */
static void register_write(struct device *dev, uint32_t address, unsigned lane, uint8_t value)
{
    struct backplane *b = backplane_of(dev);
    uint32_t *kept = stored(b, address);
    if (kept != NULL) {
        *kept = (*kept & ~(0xFFu << 8 * lane)) | (uint32_t)value << 8 * lane;
        return;
    }
    switch (address) {
    case INTERRUPT_STATUS:
        b->interrupt_status &= ~((uint32_t)value << 8 * lane);
        break;
    case TO_CHIP_MAILBOX:
        if (lane == 0)
            write_mailbox(dev, value);
        break;
    case ARM_WRAPPER + IOCTRL:
        if (lane == 0)
            b->arm.ioctrl = value;
        break;
    case ARM_WRAPPER + RESETCTRL:
        if (lane == 0)
            set_processor_reset(dev, value);
        break;
    case SOCRAM_WRAPPER + IOCTRL:
        if (lane == 0)
            b->socram.ioctrl = value;
        break;
    case SOCRAM_WRAPPER + RESETCTRL:
        if (lane == 0)
            b->socram.resetctrl = value;
        break;
    default:
        report(dev, "write", address);
        break;
    }
}

/* ---- accesses ---- */

static bool in_ram(uint32_t address, bool increment, size_t length)
{
    return address < BACKPLANE_RAM_SIZE && (!increment || length <= BACKPLANE_RAM_SIZE - address);
}

void backplane_read(struct device *dev, uint32_t address, bool increment, uint8_t *data, size_t length)
{
    if (in_ram(address, increment, length)) {
        memset(data, 0, length);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        uint32_t at = address + (increment ? (uint32_t)i : 0);
        data[i] = in_ram(at, false, 1) ? 0 : (uint8_t)(register_read(dev, at & ~3u) >> 8 * (at & 3));
    }
}

void backplane_write(struct device *dev, uint32_t address, bool increment, const uint8_t *data, size_t length)
{
    if (in_ram(address, increment, length)) {
        backplane_of(dev)->loaded += (uint32_t)length;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        uint32_t at = address + (increment ? (uint32_t)i : 0);
        if (in_ram(at, false, 1))
            backplane_of(dev)->loaded++;
        else
            register_write(dev, at & ~3u, at & 3, data[i]);
    }
    card_update_interrupt(dev);
}
