/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backup SRAM, 4 Kbytes at 0x40024000 (RM0033 chapters 2 and 4).
 *
 * Models: its contents, write protection by PWR_CR.DBP, and when they are lost: with the supply of the backup domain, and
 * without the backup regulator also with VDD and in Standby mode. BDCR.BDRST does not clear it.
 * Leaves out: erasure when flash read protection goes from level 1 to 0. Lost contents read as zeros here, as anything there.
 * Real firmware needs: retained variables of the user (the first 3 Kbytes) and of the system (the last one).
 */
#include "peripherals/stm32f2/backup-sram.h"

#include <glib.h>
#include <string.h>

enum { IN_DBP, IN_REGULATOR };

struct backup_sram_state {
    uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE];
    uint32_t kept; /* the regulator was on when last heard of */
};

static bool is_kept(const struct device *dev)
{
    const struct backup_sram_state *s = dev->state;
    return s->kept || !device_input_connected(dev, IN_REGULATOR);
}

static bool bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    (void)side_effects;
    const struct backup_sram_state *s = dev->state;
    *value = 0;
    for (unsigned i = 0; i < size; i++)
        *value |= (uint32_t)s->bytes[offset + i] << (8 * i);
    return true;
}

static bool bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    struct backup_sram_state *s = dev->state;
    if (device_input(dev, IN_DBP).level != 0)
        for (unsigned i = 0; i < size; i++)
            s->bytes[offset + i] = (uint8_t)(value >> (8 * i));
    return true;
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct backup_sram_state *s = dev->state;
    if (in == IN_REGULATOR)
        s->kept = signal->level != 0;
}

static void reset(struct device *dev, enum reset_kind kind)
{
    struct backup_sram_state *s = dev->state;
    const char *cause = machine_reset_cause(dev->machine);
    bool lost = false;
    switch (kind) {
    case RESET_BACKUP:
        lost = g_strcmp0(cause, "bdrst") != 0;
        break;
    case RESET_POWER_ON:
        lost = !is_kept(dev);
        break;
    case RESET_SYSTEM:
        lost = g_strcmp0(cause, "standby") == 0 && !is_kept(dev);
        break;
    }
    if (lost)
        memset(s->bytes, 0, sizeof s->bytes);
}

void stm32f2_backup_sram_get(const struct device *dev, uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE])
{
    const struct backup_sram_state *s = dev->state;
    if (is_kept(dev))
        memcpy(bytes, s->bytes, sizeof s->bytes);
    else
        memset(bytes, 0, sizeof s->bytes);
}

void stm32f2_backup_sram_set(struct device *dev, const uint8_t bytes[STM32F2_BACKUP_SRAM_SIZE])
{
    struct backup_sram_state *s = dev->state;
    memcpy(s->bytes, bytes, sizeof s->bytes);
    s->kept = 1; /* until the power control block says otherwise */
}

static const char *const input_names[] = {"dbp", "regulator"};

const struct device_class stm32f2_backup_sram_class = {
    .name = "STM32F2 backup SRAM",
    .state_size = sizeof(struct backup_sram_state),
    .window = STM32F2_BACKUP_SRAM_SIZE,
    .n_inputs = G_N_ELEMENTS(input_names),
    .input_names = input_names,
    .reset = reset,
    .input = input,
    .bus_read = bus_read,
    .bus_write = bus_write,
};
