/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine from inside; for emu/core only. */
#ifndef EMU_CORE_MACHINE_INTERNAL_H
#define EMU_CORE_MACHINE_INTERNAL_H

#include "emu/core/cpu-state.h"
#include "emu/core/cpu.h"
#include "emu/core/machine.h"

struct engine;

struct connection {
    struct device *device;
    unsigned input;
};

/* Masks that follow from a register's fields. */
struct reg_masks {
    uint32_t rw, w1c, w0c, w1s, readable, writable;
    uint32_t effect, stored, unmodelled;
};

enum { NO_REGISTER = 0xFFFF };

struct device_wiring {
    GArray **sinks; /* per output: array of struct connection */
    struct {
        struct device *device;
        unsigned output;
    } * sources;      /* per input */
    int *clock_nodes; /* per clock input: index of the node, -1 = none */
    struct device *gate_device;
    unsigned gate_output;
    GArray *gates, *resets; /* per output of this device: struct gate_sink */
    struct reg_masks *masks;
    uint16_t *reg_of_word; /* window / 4 entries */
    size_t state_offset, regs_offset, outputs_offset, reported_offset;
    unsigned first_timer;
    struct signal *outputs; /* in the value part */
    uint32_t *reported;     /* per register: unmodelled bits reported already (in the value part) */
    uint32_t *touched;      /* per register: stored bits that the guest changed (in the value part) */
};

struct gate_sink {
    unsigned output;
    struct device *device;
};

struct clock_node {
    const char *name;
    GArray *sinks; /* struct connection: device, clock index */
};

enum { MAX_TIMERS = 192, MAX_CLOCKS = 32, FLASH_PAGE = 4096 };

/* The part of the core that a snapshot copies; devices' state follows in the same block. */
struct machine_value {
    uint64_t event_count;
    uint64_t timer_sequence;
    ticks_t timer_due[MAX_TIMERS];
    uint64_t timer_order[MAX_TIMERS]; /* among equals the one set first comes first */
    struct frequency clocks[MAX_CLOCKS];
    ticks_t now; /* of a machine without a CPU; with one it is derived from the instructions */
    ticks_t stall_until;
    bool held_in_reset; /* NRST is low */
    bool watch_seen;    /* the watched fetch at which the CPU stopped was published */
    bool inside_block;  /* a debugger has stopped the CPU here, which is no acceptance point, or is done with being one */
    struct {
        uint32_t address, pc, value;
        ticks_t since;
        uint64_t count;
    } polling; /* the register that the guest read last, again and again */
    struct cpu_state cpu;
};

struct memory {
    const char *name;
    uint32_t base, size;
    uint8_t *host;
    bool is_flash;
    uint32_t alias;
    struct device *controller;
};

struct bit_band {
    uint32_t base, size, alias;
};

struct owned {
    void *data;
    GDestroyNotify free;
};

/* A fault found while the engine runs, to be raised when it has stopped. */
struct pending_fault {
    bool pending;
    unsigned exception;
    uint32_t cfsr;
    bool has_address;
    uint32_t address;
};

struct subscription {
    event_subscriber subscriber;
    void *data;
};

struct machine {
    /* the value */
    uint8_t *block;
    size_t block_size;
    struct machine_value *v; /* = block */

    /* set up once */
    uint64_t seed;
    bool sealed;
    GPtrArray *devices;
    GHashTable *device_by_name;
    struct memory ram, flash;
    GArray *bit_bands;
    GArray *clock_nodes;     /* struct clock_node */
    struct device **windows; /* devices with a window, sorted by base */
    unsigned n_windows;
    unsigned n_timers;
    struct device *timer_device[MAX_TIMERS];
    unsigned timer_index[MAX_TIMERS];
    GArray *subscriptions;
    GSList *owned; /* struct owned */

    /* derived from the value */
    ticks_t next_due; /* of the timer queue */

    /* on the host's side */
    struct engine *engine; /* NULL: no CPU */
    ticks_t timer_now;     /* the time of the timer being run, TICKS_NEVER outside */
    GHashTable *reports;   /* what was said once and is not said again; part of a snapshot */
    GBytes **flash_pages;  /* contents shared with snapshots; NULL = changed since */
    struct pending_fault fault;
    int reset_wanted; /* -1 none, else enum reset_kind */
    const char *reset_cause;
    bool trace_mmio, trace_exceptions;
    struct device *scs; /* the system control space; NULL without a CPU */
    bool strict_stored;
    GArray *ears;  /* struct ear: host bridges that listen to output lines; NULL = none */
    bool ears_due; /* one of them is to be called at the next acceptance point */
#ifdef PHOTON_EMU_MUTATIONS
    unsigned mutation; /* enum mutation */
#endif
};

/* Run everything that is due at now. */
void machine_run_timers(struct machine *m, ticks_t now);
void machine_find_next(struct machine *m);
/* The device and output line behind "DEVICE.line"; a wrong name aborts. */
struct device *machine_output(struct machine *m, const char *path, unsigned *output);
/* An output that somebody may listen to changed; m->ears is not NULL. */
void machine_note_output(struct device *dev, unsigned output);
void machine_call_ears(struct machine *m);
#ifdef PHOTON_EMU_MUTATIONS
void machine_choose_mutation(struct machine *m);
#endif
/* Is the device's bus clock off? */
bool device_gated(const struct device *dev);
struct device *machine_window(struct machine *m, uint32_t address);
void machine_apply_reset(struct machine *m, enum reset_kind kind, const char *cause);

/* Access to one device's window by the CPU or a master; false: bus error. */
bool device_bus_read(struct device *dev, uint32_t offset, unsigned size, uint32_t *value, bool side_effects);
bool device_bus_write(struct device *dev, uint32_t offset, unsigned size, uint32_t value);

#endif
