/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Cortex-M3: an engine that executes instructions, seen by the rest of the core. Only engine-*.c and cpu.c include
 * unicorn.h, by engine-internal.h.
 */
#ifndef EMU_CORE_CPU_H
#define EMU_CORE_CPU_H

#include <glib.h>

#include "emu/core/machine.h"

struct engine;

/* Why machine_run came back. */
enum run_result {
    RUN_TIME,    /* the time asked for has come */
    RUN_STOPPED, /* machine_stop was called */
    RUN_DEBUG,   /* at a breakpoint, a watchpoint, behind a step: see debug.h */
    RUN_DEAD,    /* locked up, asleep or held in reset, and no timer can change it; the time has passed all the same */
};

/* Give the machine its CPU; after machine_seal, before machine_power_on. cpi: cycles an instruction takes, as a fraction.
   The device "CPU" (class armv7m_cpu_class, clock "hclk") sets its speed, and the device "NVIC" its exceptions. */
void machine_add_cpu(struct machine *m, uint32_t cpi_num, uint32_t cpi_den);
extern const struct device_class armv7m_cpu_class;

/* Execute until virtual time until (to the first acceptance point at or behind it), or until something else ends it. */
enum run_result machine_run(struct machine *m, ticks_t until);
/* The same for at least so many instructions, to the next acceptance point. */
enum run_result machine_run_instructions(struct machine *m, uint64_t count);
/* End machine_run at the next acceptance point; to be called by subscribers and host bridges. */
void machine_stop(struct machine *m);
/* Instructions executed since power-on. */
uint64_t machine_instructions(const struct machine *m);

/* Virtual time that passed while the CPU slept or went round an idle loop, since the machine was made: only ever grows,
   whatever is restored. For who wants to know how busy it is; not part of the value. */
ticks_t machine_idle_time(const struct machine *m);

/* Address of the instruction under way, exact during a register access; 0 without a CPU. */
uint32_t machine_pc(const struct machine *m);
/* Publish {"kind":NAME,...,"pc"} whenever the instruction at address is fetched (the start of a function). */
void machine_watch_fetch(struct machine *m, uint32_t address, const char *kind);
void machine_unwatch_fetch(struct machine *m, uint32_t address);
/* On by default: rounds of idle loops are not executed, only counted. Nothing but the speed depends on it. */
void machine_set_idle_skipping(struct machine *m, bool on);
void machine_set_trace(struct machine *m, bool mmio, bool exceptions);

/* Self-check, slow: hook every instruction, and compare the address so seen with the one that is worked out for each access. */
struct access_check {
    uint64_t accesses, wrong;
    uint32_t found, truth; /* of the last wrong one */
    unsigned hooks;        /* instructions that have a hook of their own */
};
void machine_check_accesses(struct machine *m);
struct access_check machine_access_check(const struct machine *m);

/* "2.1.1", and a sentence if that is not the version whose behaviour is known, else NULL. */
const char *engine_version(void);
const char *engine_version_warning(void);

/* ---- for the core ---- */

void engine_free(struct engine *e);
void engine_reset(struct engine *e);
ticks_t engine_now(const struct engine *e);
/* Something wants attention at the next acceptance point: an exception became pending, a reset, a stall. */
void engine_interrupt(struct engine *e);
void engine_deadline_changed(struct engine *e);
void engine_code_changed(struct engine *e, uint32_t flash_offset, uint32_t length);
void engine_ram_written(struct engine *e, uint32_t address, uint32_t length);
/* The value was replaced: m->v->cpu counts from now on. */
void engine_restored(struct engine *e);
/* m->v->cpu holds the present state. */
void engine_sync(struct engine *e);

#endif
