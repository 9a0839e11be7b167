/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hardware block is to the rest of the machine.
 *
 * A device sees its own state, its registers, its clocks, its timers and its lines, never another device. Boards join devices
 * by connecting an output line of one to an input line of another.
 *
 * Value semantics: dev->state and dev->regs point into one block of memory that a snapshot copies. They hold plain integers and
 * structs, never host pointers. Everything else in struct device is set up once and does not change while the machine lives.
 */
#ifndef EMU_CORE_DEVICE_H
#define EMU_CORE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/core/event.h"
#include "emu/core/frequency.h"
#include "emu/core/mutation.h"
#include "emu/core/register.h"

struct machine;
struct device;

enum reset_kind {
    RESET_POWER_ON, /* power-on, and brown-out: everything but a battery-backed domain whose battery is there */
    RESET_SYSTEM,   /* NRST, software, watchdogs, wake-up from standby: everything but the backup domain and the debug block */
    RESET_BACKUP,   /* the backup domain lost its supply as well, or RCC_BDCR.BDRST was set */
};

/* What a line carries: a level, or a rectangular wave that a timer makes. A wave is published when it changes, never per edge.
 */
struct signal {
    uint32_t level; /* 0 or 1 for digital lines; any number where both ends agree on it (millivolts, a byte, ...) */
    ticks_t period; /* 0: a constant level; else the length of a period ... */
    ticks_t high;   /* ... of which so much is high ... */
    ticks_t epoch;  /* ... and a moment at which a period began */
};

struct device_class {
    const char *name;            /* of the block: "STM32F2 general-purpose timer" */
    size_t state_size;           /* bytes of dev->state; zero-filled when the machine is made */
    const struct reg *registers; /* sorted by nothing in particular; index = position in this table */
    unsigned n_registers;
    uint32_t window; /* bytes of address space; 0 for a device without registers; else a multiple of 0x400 */
    unsigned n_inputs;
    unsigned n_outputs;
    unsigned n_timers;
    unsigned n_clocks;              /* clock inputs, e.g. 0 = bus clock, 1 = kernel clock */
    const char *const *input_names; /* n_inputs names, for wiring by name and for messages */
    const char *const *output_names;
    const char *const *clock_names;

    /* Called once, when lines are joined and before the first reset. */
    void (*init)(struct device *dev);
    /* NULL: registers return to their reset values and timers are cancelled on RESET_POWER_ON and RESET_SYSTEM. */
    void (*reset)(struct device *dev, enum reset_kind kind);
    /* Value of a register as read. NULL: the stored bits. With side_effects false (a debugger looks) nothing may change. */
    uint32_t (*read)(struct device *dev, unsigned reg, bool side_effects);
    /* Called after the stored bits were updated by the fields' access rules. old: stored bits before; value: what was written,
       0 outside mask; mask: the byte lanes of this access, so 0xFF00 for a byte store at offset 1. */
    void (*write)(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask);
    /* A timer set by device_schedule is due; machine_now() is its exact time while this runs. */
    void (*timer)(struct device *dev, unsigned timer);
    /* An input line took another value. */
    void (*input)(struct device *dev, unsigned input, const struct signal *signal);
    /* A clock input changes at machine_now() from old to device_clock(dev, clock). */
    void (*clock_changed)(struct device *dev, unsigned clock, struct frequency old);
    /* For "stuck" reports: why would this register, polled without end, not change? A sentence, or NULL. Static or g_intern. */
    const char *(*explain)(struct device *dev, unsigned reg);

    /* A window that is not a register table (a memory, a FIFO array): size 1, 2 or 4, offset aligned to size. Both or none.
       Return false for a bus error. */
    bool (*bus_read)(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects);
    bool (*bus_write)(struct device *dev, uint32_t offset, unsigned size, uint32_t value);

    /* For the controller of a flash memory (see machine_add_flash): the CPU or a bus master stores into it. Size 1, 2 or 4. */
    void (*memory_store)(struct device *dev, uint32_t offset, unsigned size, uint32_t value);
};

struct device {
    const struct device_class *class;
    const char *name; /* "TIM2" */
    struct machine *machine;
    uint32_t base;      /* bus address, 0 if none */
    const void *config; /* constant parameters given by the board, or NULL */
    void *state;
    uint32_t *regs;               /* stored bits, one word a register of the table */
    struct device_wiring *wiring; /* owned by the machine */
};

/* ---- time ---- */

/* The present virtual time. Exact during a register access, down to the instruction. */
ticks_t machine_now(const struct machine *m);

/* Have class->timer called at when (or at once, if that has passed, before the next instruction); replaces an earlier setting.
 */
void device_schedule(struct device *dev, unsigned timer, ticks_t when);
void device_cancel(struct device *dev, unsigned timer);
/* TICKS_NEVER if it is not set. */
ticks_t device_timer_due(const struct device *dev, unsigned timer);

/* Present rate of a clock input; stopped while the clock is gated. */
struct frequency device_clock(const struct device *dev, unsigned clock);

/* ---- lines ---- */

/* Drive an output line; does nothing if it already has that value. */
void device_set_level(struct device *dev, unsigned output, uint32_t level);
void device_set_signal(struct device *dev, unsigned output, struct signal signal);
/* A short pulse on a line (a DMA request, a trigger): the inputs see level 1, then level 0. */
void device_pulse(struct device *dev, unsigned output);
struct signal device_output(const struct device *dev, unsigned output);
/* What an input line carries now; level 0 if nothing is connected. */
struct signal device_input(const struct device *dev, unsigned input);
bool device_input_connected(const struct device *dev, unsigned input);
/* Level of a signal at a moment: a wave is resolved. */
uint32_t signal_level_at(const struct signal *signal, ticks_t now);
/* The next moment behind now at which a wave rises or falls; TICKS_NEVER for a constant level. */
ticks_t signal_next_edge(const struct signal *signal, ticks_t now);

/* ---- registers ---- */

/* Put all registers to their reset values and cancel all timers; for use in class->reset. */
void device_reset_registers(struct device *dev);
/* The register table behind a window, for a class whose bus_read and bus_write answer for only a part of it (FIFOs). */
bool device_register_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects);
bool device_register_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value);

/* ---- the bus, for bus masters (DMA) ---- */

/* size 1, 2 or 4, address aligned; false on a bus error. */
bool machine_bus_read(struct machine *m, uint32_t address, unsigned size, uint32_t *value);
bool machine_bus_write(struct machine *m, uint32_t address, unsigned size, uint32_t value);

/* ---- to the core ---- */

/* Instruction and vector fetches from flash stall until then (flash interface busy); TICKS_NEVER while no end is known. */
void machine_stall_flash(struct machine *m, ticks_t until);
/* Ask for a system reset, carried out after the present instruction; cause is published: "software", "iwdg", "wwdg", "pin", ...
 */
void machine_request_reset(struct machine *m, enum reset_kind kind, const char *cause);
/* During class->reset: the cause as given above; "power-on" at power-on. */
const char *machine_reset_cause(const struct machine *m);
/* The flash memory behind a controller: size in bytes; contents, to be read freely. */
uint32_t device_flash_size(const struct device *dev);
const uint8_t *device_flash(const struct device *dev);
/* Change flash contents: overwrite [offset, offset + length) with data, or fill it. Code translated from there is dropped. */
void device_flash_write(struct device *dev, uint32_t offset, const void *data, uint32_t length);
void device_flash_fill(struct device *dev, uint32_t offset, uint8_t value, uint32_t length);

/* A sentence for the log at level "report", once for each distinct text in a machine's life. */
void machine_report(struct machine *m, const char *kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Deterministic noise: splitmix64 over a state that the device keeps in its own struct, seeded from machine_seed(). */
uint64_t machine_seed(const struct machine *m);
uint64_t noise_next(uint64_t *state);

#endif
