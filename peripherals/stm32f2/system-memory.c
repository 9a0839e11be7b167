/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Information block of the flash memory (PM0059 2.3 and 2.8; RM0033 chapter 32 for the device signature).
 *
 * Models: OTP area with block locks, 96-bit unique id, flash size, option bytes as memory shows them. OTP programming goes
 * through the flash interface: its PG bit and PSIZE arrive on a line, the outcome goes back on another and sets BSY or an error
 * flag there. Leaves out: ST's own boot loader below 0x1FFF7800, calibration values (both read as erased), and the 16us in
 * which an OTP word changes: it changes at the store, BSY lasts as long as it should. Real firmware needs: the unique id, which
 * is the device id; the OTP area for its (blank) factory data.
 */
#include "peripherals/stm32f2/system-memory.h"

#include <glib.h>
#include <string.h>

#include "peripherals/stm32f2/flash.h"

enum { IN_PG, IN_OPTION_LOW, IN_OPTION_HIGH };
enum { OUT_OTP };

enum {
    OTP_BLOCKS = 16,
    OTP_BLOCK = 32,
    OTP_LOCKS = OTP_BLOCKS * OTP_BLOCK,
    OTP_SIZE = OTP_LOCKS + OTP_BLOCKS,
    UNIQUE_ID = 0x210,
    FLASH_SIZE = 0x222,
    OPTION_LOW = 0x4800,
    OPTION_HIGH = 0x4808,
};

enum { FLASH_SIZE_KB = 1024 };

struct system_memory {
    struct stm32f2_system_memory_persistent persistent; /* no reset touches it */
};

static const char *const input_names[] = {"pg", "option_low", "option_high"};
static const char *const output_names[] = {"otp"};

static bool place(uint32_t offset, uint32_t start, uint32_t length)
{
    return offset >= start && offset - start < length;
}

static uint8_t byte_at(const struct device *dev, uint32_t offset)
{
    const struct system_memory *s = dev->state;
    if (offset < OTP_SIZE)
        return s->persistent.otp[offset];
    if (place(offset, UNIQUE_ID, sizeof s->persistent.unique_id))
        return s->persistent.unique_id[offset - UNIQUE_ID];
    if (place(offset, FLASH_SIZE, 2))
        return (uint8_t)(FLASH_SIZE_KB >> (8 * (offset - FLASH_SIZE)));
    if (place(offset, OPTION_LOW, 4) && device_input_connected(dev, IN_OPTION_LOW))
        return (uint8_t)(device_input(dev, IN_OPTION_LOW).level >> (8 * (offset - OPTION_LOW)));
    if (place(offset, OPTION_HIGH, 4) && device_input_connected(dev, IN_OPTION_HIGH))
        return (uint8_t)(device_input(dev, IN_OPTION_HIGH).level >> (8 * (offset - OPTION_HIGH)));
    return 0xFF;
}

static bool bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    (void)side_effects;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= (uint32_t)byte_at(dev, offset + i) << (8 * i);
    return true;
}

static bool locked(const struct system_memory *s, uint32_t offset)
{
    return offset < OTP_LOCKS && s->persistent.otp[OTP_LOCKS + offset / OTP_BLOCK] == 0;
}

static enum flash_otp store(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    struct system_memory *s = dev->state;
    uint32_t pg = device_input(dev, IN_PG).level;
    if (pg == 0)
        return FLASH_OTP_SEQUENCE;
    if (pg != size)
        return FLASH_OTP_PARALLELISM;
    if (offset >= OTP_SIZE || locked(s, offset)) /* the rest is ST's own and never writable */
        return FLASH_OTP_PROTECTED;
    for (unsigned i = 0; i < size; i++)
        s->persistent.otp[offset + i] &= (uint8_t)(value >> (8 * i));
    machine_publish(dev->machine, "flash", FIELD_STRING("op", "otp"), FIELD_STRING("phase", "end"),
                    FIELD_HEX("address", dev->base + offset), FIELD_INT("size", size), FIELD_HEX("value", value));
    return FLASH_OTP_PROGRAMMED;
}

static bool bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    device_set_level(dev, OUT_OTP, store(dev, offset, size, value));
    device_set_level(dev, OUT_OTP, FLASH_OTP_IDLE);
    return true;
}

static void init(struct device *dev)
{
    struct system_memory *s = dev->state;
    memset(&s->persistent, 0xFF, sizeof s->persistent);
}

/* Nothing in it is reset. */
static void reset(struct device *dev, enum reset_kind kind)
{
    (void)dev;
    (void)kind;
}

struct stm32f2_system_memory_persistent stm32f2_system_memory_get_persistent(const struct device *dev)
{
    const struct system_memory *s = dev->state;
    return s->persistent;
}

void stm32f2_system_memory_set_persistent(struct device *dev, struct stm32f2_system_memory_persistent persistent)
{
    struct system_memory *s = dev->state;
    s->persistent = persistent;
}

const struct device_class stm32f2_system_memory_class = {
    .name = "STM32F2 information block",
    .state_size = sizeof(struct system_memory),
    .window = 0x4C00,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .input_names = input_names,
    .output_names = output_names,
    .init = init,
    .reset = reset,
    .bus_read = bus_read,
    .bus_write = bus_write,
};
