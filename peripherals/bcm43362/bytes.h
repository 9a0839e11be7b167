/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers inside frames: little-endian but for those of Ethernet and of events, which are big-endian. */
#ifndef PERIPHERALS_BCM43362_BYTES_H
#define PERIPHERALS_BCM43362_BYTES_H

#include <stdint.h>

static inline uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static inline void put16(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static inline void put32(uint8_t *p, uint32_t value)
{
    put16(p, value);
    put16(p + 2, value >> 16);
}

static inline uint16_t get16be(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline void put16be(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void put32be(uint8_t *p, uint32_t value)
{
    put16be(p, value >> 16);
    put16be(p + 2, value);
}

#endif
