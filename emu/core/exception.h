/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exception model of ARMv7-M (ARM DDI 0403E B1.5): entry, return, faults, escalation, lock-up. Works on m->v->cpu. */
#ifndef EMU_CORE_EXCEPTION_H
#define EMU_CORE_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

struct machine;

/* The pending exception that may be taken now, with PRIMASK, BASEPRI, FAULTMASK and the active ones considered; 0 = none. */
unsigned exception_ready(const struct machine *m);
/* As above with PRIMASK ignored: what ends WFI. */
bool exception_wakes(const struct machine *m);

/* Take the exception that exception_ready named; cpu.pc is the return address. */
void exception_take(struct machine *m, unsigned exception);
/* A branch to exc_return (0xFFFFFFFx) in handler mode. */
void exception_return(struct machine *m, uint32_t exc_return);

/* Core reset: registers, and MSP and PC from the vector table at 0. */
void exception_reset(struct machine *m);

/* A fault at cpu.pc. exception: EXC_MEM_MANAGE, EXC_BUS_FAULT or EXC_USAGE_FAULT; cfsr: its status bits; address: NULL or the
 * faulting one. */
void exception_fault(struct machine *m, unsigned exception, uint32_t cfsr, const uint32_t *address);
/* SVC: cpu.pc is behind the instruction. */
void exception_svc(struct machine *m);
/* BKPT without a debugger: cpu.pc is the instruction. */
void exception_breakpoint(struct machine *m);

/* Handler mode? */
bool exception_in_handler(const struct machine *m);

#endif
