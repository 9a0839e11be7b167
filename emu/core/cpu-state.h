/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of the Cortex-M3 as named registers: what a snapshot holds of it. Read at acceptance points only. */
#ifndef EMU_CORE_CPU_STATE_H
#define EMU_CORE_CPU_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "emu/core/frequency.h"

struct cpu_state {
    uint32_t r[13];
    uint32_t msp, psp, lr, pc;
    uint32_t xpsr; /* flags, ITSTATE, T and the exception number */
    uint32_t primask, basepri, faultmask, control;
    uint32_t exclusive_address; /* local exclusive monitor: UINT32_MAX = open */
    uint32_t exclusive_value;
    bool event_register; /* of WFE */
    bool sleeping;       /* in WFI or WFE */
    bool sleeping_for_event;
    bool locked_up;
    uint64_t instructions; /* executed since power-on */
    /* Time: instructions executed since time_instructions took cpi cycles of clock each, from time_base on. */
    ticks_t time_base;
    uint64_t time_instructions;
    struct frequency clock;
};

#endif
