/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers as tables: every bit of a register is effect, stored, reserved or unmodelled.
 *
 *   effect      writing or reading it does what the manual says; the field names the unit test that shows it
 *   stored      reads back what was written and changes nothing else
 *   reserved    not listed in a field: reads as the reset value, writes are dropped
 *   unmodelled  exists on the chip, but not here; touching it is reported once, with its name and the exact PC
 *
 * The same table serves accesses, traces, "regs" listings and the fidelity report.
 */
#ifndef EMU_CORE_REGISTER_H
#define EMU_CORE_REGISTER_H

#include <stdint.h>

/* What a write to a field does to the stored bits before the device's own write function is called. */
enum field_access {
    RW,  /* stores what is written */
    RO,  /* driven by the hardware; writes are ignored */
    WO,  /* seen by the device's write function, never stored, reads 0 */
    W1C, /* writing 1 clears (rc_w1) */
    W0C, /* writing 0 clears (rc_w0) */
    W1S, /* writing 1 sets, writing 0 does nothing (rs) */
};

enum field_class { EFFECT, STORED, UNMODELLED };

struct reg_field {
    const char *name;
    uint8_t lsb;
    uint8_t width;
    enum field_access access;
    enum field_class class;
    const char *test; /* for EFFECT: GTest path of the unit test that proves it, such as "/rcc/pll" */
};

struct reg {
    const char *name;
    uint16_t offset; /* bytes from the device's base; a multiple of 4 */
    uint32_t reset;
    uint8_t n_fields;
    const struct reg_field *fields;
};

/* Initialiser for the last two members of struct reg. */
#define FIELDS(ARRAY) .n_fields = sizeof(ARRAY) / sizeof((ARRAY)[0]), .fields = (ARRAY)

/* Mask of a field of width bits at lsb. */
static inline uint32_t field_mask(uint8_t lsb, uint8_t width)
{
    return (width >= 32 ? UINT32_MAX : (1u << width) - 1u) << lsb;
}

#define BIT(N) (UINT32_C(1) << (N))

#endif
