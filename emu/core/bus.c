/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bus: who answers at an address, and how register tables are read and written. */
#include <string.h>

#include "emu/core/cpu.h"
#include "emu/core/machine-internal.h"

static uint32_t lanes(unsigned size)
{
    return size == 4 ? UINT32_MAX : (1u << (8 * size)) - 1;
}

static void report_fields(struct device *dev, unsigned i, uint32_t bits, uint32_t *reported, const char *kind)
{
    bits &= ~*reported;
    if (bits == 0)
        return;
    *reported |= bits;
    const struct reg *reg = &dev->class->registers[i];
    for (unsigned f = 0; f < reg->n_fields; f++) {
        const struct reg_field *field = &reg->fields[f];
        uint32_t mask = field_mask(field->lsb, field->width);
        if ((bits & mask) == 0)
            continue;
        *reported |= mask;
        g_autofree char *name = g_strdup_printf("%s_%s.%s", dev->name, reg->name, field->name);
        machine_publish(dev->machine, kind, FIELD_STRING("field", name), FIELD_HEX("pc", machine_pc(dev->machine)));
    }
}

static void report_unlisted(struct device *dev, uint32_t offset, bool write)
{
    g_autofree char *name = g_strdup_printf("%s+0x%02X", dev->name, offset & ~3u);
    if (!g_hash_table_add(dev->machine->reports, g_strdup(name)))
        return;
    machine_publish(dev->machine, "unmodelled", FIELD_STRING("field", name), FIELD_HEX("pc", machine_pc(dev->machine)),
                    FIELD_STRING("access", write ? "write" : "read"));
}

static void report_gated(struct device *dev)
{
    machine_report(dev->machine, "gated", "%s was used while its clock is off: it reads 0 and ignores writes", dev->name);
}

bool device_register_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    *value = 0;
    unsigned i = dev->wiring->reg_of_word[offset / 4];
    if (i == NO_REGISTER) {
        if (side_effects)
            report_unlisted(dev, offset, false);
        return true;
    }
    uint32_t word = dev->class->read != NULL ? dev->class->read(dev, i, side_effects) : dev->regs[i];
    *value = (word >> (8 * (offset & 3))) & lanes(size);
    const struct reg_masks *k = &dev->wiring->masks[i];
    if (side_effects && k->effect == 0 && k->stored == 0 && k->unmodelled != 0)
        report_fields(dev, i, k->unmodelled, &dev->wiring->reported[i], "unmodelled");
    return true;
}

bool device_bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects)
{
    *value = 0;
    if (device_gated(dev)) {
        if (side_effects)
            report_gated(dev);
        return true;
    }
    if (dev->class->bus_read != NULL)
        return dev->class->bus_read(dev, offset, size, value, side_effects);
    return device_register_read(dev, offset, size, value, side_effects);
}

static void register_write(struct device *dev, unsigned i, uint32_t value, uint32_t mask)
{
    const struct reg_masks *k = &dev->wiring->masks[i];
    uint32_t old = dev->regs[i];
    uint32_t now = (old & ~(k->rw & mask)) | (value & k->rw & mask);
    now &= ~(value & mask & k->w1c);
    now &= ~(~value & mask & k->w0c);
    now |= value & mask & k->w1s;
    dev->regs[i] = now;
    uint32_t changed = (value ^ old) & mask & k->writable;
    if (changed & k->unmodelled)
        report_fields(dev, i, changed & k->unmodelled, &dev->wiring->reported[i], "unmodelled");
    if ((changed & k->stored) && dev->machine->strict_stored)
        report_fields(dev, i, changed & k->stored, &dev->wiring->touched[i], "stored");
    if (dev->class->write != NULL)
        dev->class->write(dev, i, old, value & mask, mask);
}

bool device_register_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    unsigned i = dev->wiring->reg_of_word[offset / 4];
    if (i == NO_REGISTER) {
        report_unlisted(dev, offset, true);
        return true;
    }
    unsigned shift = 8 * (offset & 3);
    uint32_t mask = lanes(size) << shift;
    register_write(dev, i, (value << shift) & mask, mask);
    return true;
}

bool device_bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    if (device_gated(dev)) {
        report_gated(dev);
        return true;
    }
    if (dev->class->bus_write != NULL)
        return dev->class->bus_write(dev, offset, size, value);
    return device_register_write(dev, offset, size, value);
}

struct device *machine_window(struct machine *m, uint32_t address)
{
    unsigned low = 0, high = m->n_windows;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        struct device *dev = m->windows[middle];
        if (address < dev->base)
            high = middle;
        else if (address - dev->base >= dev->class->window)
            low = middle + 1;
        else
            return dev;
    }
    return NULL;
}

static uint8_t *memory_at(struct machine *m, uint32_t address, unsigned size)
{
    if (address - m->ram.base < m->ram.size && m->ram.size - (address - m->ram.base) >= size)
        return m->ram.host + (address - m->ram.base);
    if (address - m->flash.base < m->flash.size && m->flash.size - (address - m->flash.base) >= size)
        return m->flash.host + (address - m->flash.base);
    if (address - m->flash.alias < m->flash.size && m->flash.size - (address - m->flash.alias) >= size)
        return m->flash.host + (address - m->flash.alias);
    return NULL;
}

static bool read_at(struct machine *m, uint32_t address, unsigned size, uint32_t *value, bool side_effects)
{
    const uint8_t *host = memory_at(m, address, size);
    *value = 0;
    if (host != NULL) {
        memcpy(value, host, size);
        return true;
    }
    struct device *dev = machine_window(m, address);
    if (dev != NULL && (address & (size - 1)) == 0)
        return device_bus_read(dev, address - dev->base, size, value, side_effects);
    return false;
}

bool machine_bus_read(struct machine *m, uint32_t address, unsigned size, uint32_t *value)
{
    return read_at(m, address, size, value, true);
}

bool machine_peek(struct machine *m, uint32_t address, unsigned size, uint32_t *value)
{
    return read_at(m, address, size, value, false);
}

bool machine_bus_write(struct machine *m, uint32_t address, unsigned size, uint32_t value)
{
    uint8_t *host = memory_at(m, address, size);
    if (host != NULL && address - m->ram.base < m->ram.size) {
        memcpy(host, &value, size);
        if (m->engine != NULL)
            engine_ram_written(m->engine, address, size);
        return true;
    }
    if (host != NULL) {
        struct device *controller = m->flash.controller;
        if (address - m->flash.base < m->flash.size)
            controller->class->memory_store(controller, address - m->flash.base, size, value);
        return true; /* stores to the alias are dropped */
    }
    struct device *dev = machine_window(m, address);
    if (dev != NULL && (address & (size - 1)) == 0)
        return device_bus_write(dev, address - dev->base, size, value);
    return false;
}

const char *machine_register_name(struct machine *m, uint32_t address, char *buffer, size_t size)
{
    struct device *dev = machine_window(m, address);
    if (dev != NULL && dev->wiring->reg_of_word[(address - dev->base) / 4] != NO_REGISTER)
        g_snprintf(buffer, size, "%s_%s", dev->name,
                   dev->class->registers[dev->wiring->reg_of_word[(address - dev->base) / 4]].name);
    else if (dev != NULL)
        g_snprintf(buffer, size, "%s+0x%X", dev->name, address - dev->base);
    else
        g_snprintf(buffer, size, "0x%08X", address);
    return buffer;
}
