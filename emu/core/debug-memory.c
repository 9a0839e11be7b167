/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory and registers as a debugger reads and writes them. */
#include <string.h>

#include "emu/core/debug.h"
#include "emu/core/machine-internal.h"

/* The private peripheral bus: debuggers look for units there that this chip may lack. */
#define PPB      UINT32_C(0xE0000000)
#define PPB_SIZE UINT32_C(0x100000)

/* The widest access that is aligned and does not go too far. */
static unsigned width(uint32_t address, size_t left)
{
    return (address & 3) == 0 && left >= 4 ? 4 : (address & 1) == 0 && left >= 2 ? 2 : 1;
}

/* Word n of a bit-band alias is one bit. */
static const struct bit_band *band(const struct machine *m, uint32_t address, uint32_t *byte, unsigned *bit)
{
    for (unsigned i = 0; i < m->bit_bands->len; i++) {
        const struct bit_band *b = &g_array_index(m->bit_bands, struct bit_band, i);
        if (address - b->alias < b->size * 32) {
            uint32_t n = (address - b->alias) / 4;
            *byte = b->base + n / 8;
            *bit = n % 8;
            return b;
        }
    }
    return NULL;
}

static bool peek(struct machine *m, uint32_t address, unsigned size, uint32_t *value)
{
    uint32_t byte, word;
    unsigned bit;
    if (band(m, address, &byte, &bit) != NULL) {
        if (!machine_peek(m, byte & ~3u, 4, &word))
            return false;
        *value = (address & 3) == 0 ? (word >> (8 * (byte & 3) + bit)) & 1 : 0;
        return true;
    }
    if (machine_peek(m, address, size, value))
        return true;
    *value = 0;
    return address - PPB < PPB_SIZE;
}

size_t debug_read(struct machine *m, uint32_t address, void *data, size_t size)
{
    uint8_t *to = data;
    size_t done = 0;
    while (done < size) {
        uint32_t at = address + (uint32_t)done, value;
        unsigned n = width(at, size - done);
        if (!peek(m, at, n, &value))
            break;
        memcpy(to + done, &value, n);
        done += n;
    }
    return done;
}

static bool store(struct machine *m, uint32_t address, unsigned size, uint32_t value)
{
    uint32_t byte, word;
    unsigned bit;
    if (address - m->flash.base < m->flash.size || address - m->flash.alias < m->flash.size)
        return false;
    if (band(m, address, &byte, &bit) != NULL) {
        unsigned shift = 8 * (byte & 3) + bit;
        if (!machine_peek(m, byte & ~3u, 4, &word))
            return false;
        return (address & 3) != 0 || machine_bus_write(m, byte & ~3u, 4, (word & ~(1u << shift)) | (value & 1) << shift);
    }
    return machine_bus_write(m, address, size, value) || address - PPB < PPB_SIZE;
}

size_t debug_write(struct machine *m, uint32_t address, const void *data, size_t size)
{
    const uint8_t *from = data;
    size_t done = 0;
    while (done < size) {
        uint32_t at = address + (uint32_t)done, value = 0;
        unsigned n = width(at, size - done);
        memcpy(&value, from + done, n);
        if (!store(m, at, n, value))
            break;
        done += n;
    }
    return done;
}
