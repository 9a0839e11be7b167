/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Cortex-M3's System Control Space as a device (ARM DDI 0403E chapter B3): NVIC, SysTick, SCB. Exceptions are numbered as
 * the architecture does: 1 Reset, 2 NMI, 3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault, 11 SVCall, 12 DebugMonitor, 14
 * PendSV, 15 SysTick, 16 + n = interrupt n.
 *
 * Lines in: "irq0".."irq80" (level: the NVIC latches a rising edge, and pends again while the level is high when a handler
 * ends). Lines out: "deepsleep" (1 while the core sleeps with SCR.SLEEPDEEP), "trcena" (DEMCR.TRCENA, for DWT). Clocks: "hclk".
 */
#ifndef EMU_CORE_NVIC_H
#define EMU_CORE_NVIC_H

#include "emu/core/cpu-state.h"
#include "emu/core/device.h"

enum {
    EXC_NONE = 0,
    EXC_RESET = 1,
    EXC_NMI = 2,
    EXC_HARD_FAULT = 3,
    EXC_MEM_MANAGE = 4,
    EXC_BUS_FAULT = 5,
    EXC_USAGE_FAULT = 6,
    EXC_SVC = 11,
    EXC_DEBUG_MONITOR = 12,
    EXC_PENDSV = 14,
    EXC_SYSTICK = 15,
    EXC_IRQ0 = 16,
    NVIC_IRQS = 81,
    NVIC_EXCEPTIONS = EXC_IRQ0 + NVIC_IRQS,
    NVIC_WORDS = 4,
    PRIORITY_IDLE = 256, /* of thread mode: below every exception */
};

/* Fault status bits: CFSR in one word (MMFSR, BFSR << 8, UFSR << 16). */
enum {
    CFSR_IACCVIOL = 1 << 0,
    CFSR_DACCVIOL = 1 << 1,
    CFSR_MUNSTKERR = 1 << 3,
    CFSR_MSTKERR = 1 << 4,
    CFSR_MMARVALID = 1 << 7,
    CFSR_IBUSERR = 1 << 8,
    CFSR_PRECISERR = 1 << 9,
    CFSR_IMPRECISERR = 1 << 10,
    CFSR_UNSTKERR = 1 << 11,
    CFSR_STKERR = 1 << 12,
    CFSR_BFARVALID = 1 << 15,
    CFSR_UNDEFINSTR = 1 << 16,
    CFSR_INVSTATE = 1 << 17,
    CFSR_INVPC = 1 << 18,
    CFSR_NOCP = 1 << 19,
    CFSR_UNALIGNED = 1 << 24,
    CFSR_DIVBYZERO = 1 << 25,
    HFSR_VECTTBL = 1 << 1,
    HFSR_FORCED = 1 << 30,
};

enum {
    CCR_NONBASETHRDENA = 1 << 0,
    CCR_USERSETMPEND = 1 << 1,
    CCR_UNALIGN_TRP = 1 << 3,
    CCR_DIV_0_TRP = 1 << 4,
    CCR_BFHFNMIGN = 1 << 8,
    CCR_STKALIGN = 1 << 9,
    SCR_SLEEPONEXIT = 1 << 1,
    SCR_SLEEPDEEP = 1 << 2,
    SCR_SEVONPEND = 1 << 4,
};

extern const struct device_class armv7m_scs_class;

struct systick {
    ticks_t epoch;       /* when the counter held value ... */
    uint32_t value;      /* ... and from when on it counts */
    uint64_t zeros_seen; /* times it reached 0 since epoch that COUNTFLAG knows of */
    bool count_flag;
};

struct nvic {
    uint32_t enabled[NVIC_WORDS], pending[NVIC_WORDS], active[NVIC_WORDS], level[NVIC_WORDS];
    uint8_t priority[NVIC_EXCEPTIONS]; /* upper four bits implemented */
    struct systick systick;
};

/* ---- for the exception model ---- */

bool nvic_is_pending(const struct device *dev, unsigned exception);
void nvic_set_pending(struct device *dev, unsigned exception, bool pending);
bool nvic_is_active(const struct device *dev, unsigned exception);
void nvic_activate(struct device *dev, unsigned exception);   /* pending -> active */
void nvic_deactivate(struct device *dev, unsigned exception); /* a level that is still high pends again */
unsigned nvic_active_count(const struct device *dev);

/* Priority of an exception for preemption (its group priority): -3 Reset, -2 NMI, -1 HardFault, else 0..255. */
int nvic_group_priority(const struct device *dev, unsigned exception);
/* Execution priority from the active exceptions alone, and with PRIMASK, BASEPRI and FAULTMASK. */
int nvic_active_priority(const struct device *dev);
int nvic_execution_priority(const struct device *dev, const struct cpu_state *cpu);
/* The pending and enabled exception that comes first, EXC_NONE if there is none. */
unsigned nvic_first_pending(const struct device *dev);
/* An exception is pending that the active ones do not hold back: only PRIMASK, BASEPRI or FAULTMASK can. */
bool nvic_waits_for_mask(const struct device *dev);

/* SCB values that the exception model reads. */
uint32_t nvic_ccr(const struct device *dev);
uint32_t nvic_scr(const struct device *dev);
uint32_t nvic_vtor(const struct device *dev);
bool nvic_fault_enabled(const struct device *dev, unsigned exception); /* SHCSR.xxxENA for 4, 5, 6 */
void nvic_add_fault(struct device *dev, uint32_t cfsr, uint32_t hfsr);
void nvic_set_fault_address(struct device *dev, unsigned exception, uint32_t address); /* MMFAR or BFAR, with its valid bit */
void nvic_set_debug_event(struct device *dev, uint32_t dfsr);
void nvic_set_deepsleep(struct device *dev, bool asleep);

/* ---- inside the device ---- */

void systick_reset(struct device *dev);
uint32_t systick_value(struct device *dev);
bool systick_take_count_flag(struct device *dev, bool clear);
/* Before a register that it depends on changes: bring epoch and value up to now. */
void systick_fold(struct device *dev, struct frequency f);
void systick_write_value(struct device *dev);
void systick_reschedule(struct device *dev);
void systick_timer(struct device *dev);
struct frequency systick_clock(const struct device *dev);

enum scs_reg {
    SCS_ICTR,
    SCS_ACTLR,
    SYST_CSR,
    SYST_RVR,
    SYST_CVR,
    SYST_CALIB,
    NVIC_ISER0,
    NVIC_ISER1,
    NVIC_ISER2,
    NVIC_ICER0,
    NVIC_ICER1,
    NVIC_ICER2,
    NVIC_ISPR0,
    NVIC_ISPR1,
    NVIC_ISPR2,
    NVIC_ICPR0,
    NVIC_ICPR1,
    NVIC_ICPR2,
    NVIC_IABR0,
    NVIC_IABR1,
    NVIC_IABR2,
    NVIC_IPR0,
    NVIC_IPR20 = NVIC_IPR0 + 20,
    SCB_CPUID,
    SCB_ICSR,
    SCB_VTOR,
    SCB_AIRCR,
    SCB_SCR,
    SCB_CCR,
    SCB_SHPR1,
    SCB_SHPR2,
    SCB_SHPR3,
    SCB_SHCSR,
    SCB_CFSR,
    SCB_HFSR,
    SCB_DFSR,
    SCB_MMFAR,
    SCB_BFAR,
    SCB_AFSR,
    SCB_ID_PFR0,
    SCB_ID_PFR1,
    SCB_ID_DFR0,
    SCB_ID_AFR0,
    SCB_ID_MMFR0,
    SCB_ID_MMFR1,
    SCB_ID_MMFR2,
    SCB_ID_MMFR3,
    SCB_ID_ISAR0,
    SCB_ID_ISAR1,
    SCB_ID_ISAR2,
    SCB_ID_ISAR3,
    SCB_ID_ISAR4,
    MPU_TYPE,
    MPU_CTRL,
    MPU_RNR,
    MPU_RBAR,
    MPU_RASR,
    SCS_DHCSR,
    SCS_DCRSR,
    SCS_DCRDR,
    SCS_DEMCR,
    SCS_STIR,
    SCS_REGISTERS,
};

enum { SCS_TIMER_SYSTICK, SCS_TIMERS };

#endif
