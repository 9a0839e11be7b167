/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a debugger needs of the core: registers, memory, breakpoints, watchpoints and single steps, between two runs of the
 * machine.
 *
 * Stops change nothing that the guest sees: a machine that was stopped anywhere, and goes on, does at every moment what it
 * would have done. A stop in the middle of a basic block is no acceptance point; the rest of the block runs before exceptions
 * are looked at. Nothing here slows a machine down that no breakpoint is set for; watchpoints make every load and store slower.
 */
#ifndef EMU_CORE_DEBUG_H
#define EMU_CORE_DEBUG_H

#include "emu/core/cpu.h"

/* ---- registers ---- */

enum debug_register {
    DEBUG_R0,      /* R0 to R12 are 0 to 12 */
    DEBUG_SP = 13, /* MSP or PSP, whichever is in use */
    DEBUG_LR,
    DEBUG_PC,
    DEBUG_XPSR,
    DEBUG_MSP,
    DEBUG_PSP,
    DEBUG_PRIMASK,
    DEBUG_BASEPRI,
    DEBUG_FAULTMASK,
    DEBUG_CONTROL,
    DEBUG_REGISTERS
};

uint32_t debug_register(struct machine *m, unsigned reg);
/* Bits that the register does not have are dropped. The exception number in xPSR stays: it belongs to the exception model.
   Writing PC makes the next instruction an acceptance point, wakes a core that sleeps, and frees one that is locked up. */
void debug_set_register(struct machine *m, unsigned reg, uint32_t value);

/* ---- memory ---- */

/* Memory, devices and bit-band aliases as the CPU would read them, without side effects. Returns how many of the bytes could be
   read, from the first on. On the private peripheral bus everything can be: what is not there reads 0. */
size_t debug_read(struct machine *m, uint32_t address, void *data, size_t size);
/* Stores into RAM and registers, with the widest accesses that are aligned. Returns how many bytes were taken: flash takes
   none (its contents change through its controller, or board_flash_program). */
size_t debug_write(struct machine *m, uint32_t address, const void *data, size_t size);

/* ---- breakpoints ---- */

/* Stop before the instruction at address is executed; one in an IT block whose condition does not hold is not executed. May be
   set several times, and counts. */
void debug_add_breakpoint(struct machine *m, uint32_t address);
void debug_remove_breakpoint(struct machine *m, uint32_t address);

enum debug_access { DEBUG_WRITE = 1, DEBUG_READ = 2 };

/* Stop before an instruction of the guest that accesses one of those bytes in one of those ways. What a DMA controller or an
   exception's entry does is no access by an instruction. */
void debug_add_watchpoint(struct machine *m, uint32_t address, uint32_t size, unsigned accesses);
void debug_remove_watchpoint(struct machine *m, uint32_t address, uint32_t size, unsigned accesses);

/* BKPT stops instead of being a fault. */
void debug_stop_at_bkpt(struct machine *m, bool on);

/* ---- running ---- */

enum debug_stop_kind {
    DEBUG_NO_STOP,
    DEBUG_STEPPED,
    DEBUG_BREAKPOINT,
    DEBUG_WATCHPOINT,
    DEBUG_BKPT, /* PC is at the instruction */
};

struct debug_stop {
    enum debug_stop_kind kind;
    uint32_t pc;      /* of the instruction that is next */
    uint32_t address; /* DEBUG_WATCHPOINT: first watched byte that would be accessed ... */
    unsigned access;  /* ... and how: DEBUG_READ or DEBUG_WRITE */
};

/* Why machine_run returned RUN_DEBUG; asking forgets it. */
struct debug_stop debug_take_stop(struct machine *m);
/* The machine stands still here for a debugger's sake: breakpoints at this instruction do not stop it again when it goes on. */
void debug_hold(struct machine *m);

/*
 * Have the next runs end (RUN_DEBUG, DEBUG_STEPPED) when one instruction has been executed, and those of an IT block behind it
 * whose condition does not hold; where it raises a synchronous
 * exception, before the first instruction of the handler. An interrupt that is taken first is served meanwhile, up to its
 * return to this very instruction; with into_interrupts the step ends at the first instruction of its handler.
 */
void debug_step(struct machine *m, bool into_interrupts);
/* Not any more. */
void debug_cancel_step(struct machine *m);

#endif
