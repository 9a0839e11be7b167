/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/exception.h"

#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"

enum { XPSR_T = 1 << 24, XPSR_EXCEPTION = 0x1FF, XPSR_IT = 0x0600FC00, XPSR_ALIGNED = 1 << 9, CONTROL_SPSEL = 2, FRAME = 0x20 };
enum { EXC_RETURN_HANDLER = 0x1, EXC_RETURN_THREAD_MSP = 0x9, EXC_RETURN_THREAD_PSP = 0xD };

static struct device *scs(const struct machine *m)
{
    return m->scs;
}

bool exception_in_handler(const struct machine *m)
{
    return (m->v->cpu.xpsr & XPSR_EXCEPTION) != 0;
}

static bool uses_psp(const struct machine *m)
{
    return !exception_in_handler(m) && (m->v->cpu.control & CONTROL_SPSEL);
}

unsigned exception_ready(const struct machine *m)
{
    unsigned exception = nvic_first_pending(scs(m));
    if (exception == EXC_NONE || nvic_group_priority(scs(m), exception) >= nvic_execution_priority(scs(m), &m->v->cpu))
        return EXC_NONE;
    return exception;
}

bool exception_wakes(const struct machine *m)
{
    struct cpu_state unmasked = m->v->cpu;
    unmasked.primask = 0;
    unsigned exception = nvic_first_pending(scs(m));
    return exception != EXC_NONE && nvic_group_priority(scs(m), exception) < nvic_execution_priority(scs(m), &unmasked);
}

static void lock_up(struct machine *m)
{
    struct cpu_state *c = &m->v->cpu;
    if (c->locked_up)
        return;
    c->locked_up = true;
    machine_publish(m, "fault", FIELD_STRING("type", "lockup"), FIELD_HEX("pc", c->pc),
                    FIELD_HEX("cfsr", scs(m)->regs[SCB_CFSR]), FIELD_HEX("hfsr", scs(m)->regs[SCB_HFSR]));
}

/* Load PC from the vector table and enter the handler; the frame has been pushed. */
static void enter(struct machine *m, unsigned exception, uint32_t exc_return)
{
    struct cpu_state *c = &m->v->cpu;
    uint32_t vector = 0;
    if (!machine_bus_read(m, nvic_vtor(scs(m)) + 4 * exception, 4, &vector)) {
        nvic_add_fault(scs(m), 0, HFSR_VECTTBL);
        if (exception == EXC_HARD_FAULT || exception == EXC_NMI || nvic_active_priority(scs(m)) <= -1) {
            lock_up(m);
            return;
        }
        exception = EXC_HARD_FAULT;
        if (!machine_bus_read(m, nvic_vtor(scs(m)) + 4 * exception, 4, &vector)) {
            lock_up(m);
            return;
        }
    }
    nvic_activate(scs(m), exception);
    c->lr = exc_return;
    c->pc = vector & ~1u;
    c->xpsr = (c->xpsr & ~(uint32_t)(XPSR_IT | XPSR_T | XPSR_EXCEPTION)) | exception | (vector & 1 ? XPSR_T : 0);
    c->control &= ~(uint32_t)CONTROL_SPSEL;
    c->exclusive_address = UINT32_MAX;
    c->event_register = true;
    c->sleeping = false;
    if (m->trace_exceptions)
        machine_publish(m, "exception", FIELD_STRING("op", "enter"), FIELD_INT("number", exception), FIELD_HEX("pc", c->pc));
}

/* Push the frame; returns EXC_RETURN. A bus error on the way makes a BusFault pending. */
static uint32_t push_frame(struct machine *m, bool psp, bool *failed)
{
    struct cpu_state *c = &m->v->cpu;
    uint32_t exc_return = 0xFFFFFFF0 | (exception_in_handler(m) ? EXC_RETURN_HANDLER
                                        : psp                   ? EXC_RETURN_THREAD_PSP
                                                                : EXC_RETURN_THREAD_MSP);
    uint32_t *sp = psp ? &c->psp : &c->msp;
    bool align = (nvic_ccr(scs(m)) & CCR_STKALIGN) && (*sp & 4);
    uint32_t frame = (*sp - FRAME) & (nvic_ccr(scs(m)) & CCR_STKALIGN ? ~7u : ~3u);
    uint32_t words[8] = {c->r[0],  c->r[1], c->r[2], c->r[3],
                         c->r[12], c->lr,   c->pc,   (c->xpsr & ~(uint32_t)XPSR_ALIGNED) | (align ? XPSR_ALIGNED : 0)};
    *failed = false;
    for (unsigned i = 0; i < 8 && !*failed; i++)
        *failed = !machine_bus_write(m, frame + 4 * i, 4, words[i]);
    *sp = frame;
    return exc_return;
}

/* The exception that a fault becomes: itself, HardFault, or EXC_NONE for lock-up. */
static unsigned escalate(struct machine *m, unsigned exception)
{
    int priority = nvic_execution_priority(scs(m), &m->v->cpu);
    if (exception != EXC_HARD_FAULT) {
        bool enabled = exception == EXC_SVC || nvic_fault_enabled(scs(m), exception);
        if (enabled && nvic_group_priority(scs(m), exception) < priority)
            return exception;
        if (priority > -1)
            nvic_add_fault(scs(m), 0, HFSR_FORCED);
    }
    return priority > -1 ? EXC_HARD_FAULT : EXC_NONE;
}

static void take(struct machine *m, unsigned exception)
{
    bool failed;
    uint32_t exc_return = push_frame(m, uses_psp(m), &failed);
    if (failed) {
        nvic_add_fault(scs(m), CFSR_STKERR, 0);
        unsigned derived = escalate(m, EXC_BUS_FAULT);
        if (derived == EXC_NONE) {
            lock_up(m);
            return;
        }
        /* the more urgent of the two first, the other stays pending; a synchronous one among equals gives way */
        nvic_set_pending(scs(m), exception, true);
        nvic_set_pending(scs(m), derived, true);
        exception = nvic_first_pending(scs(m));
    }
    enter(m, exception, exc_return);
}

void exception_take(struct machine *m, unsigned exception)
{
    take(m, exception);
}

static const char *fault_name(uint32_t cfsr)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } names[] = {{CFSR_IACCVIOL, "IACCVIOL"},     {CFSR_DACCVIOL, "DACCVIOL"},
                 {CFSR_IBUSERR, "IBUSERR"},       {CFSR_PRECISERR, "PRECISERR"},
                 {CFSR_STKERR, "STKERR"},         {CFSR_UNSTKERR, "UNSTKERR"},
                 {CFSR_UNDEFINSTR, "UNDEFINSTR"}, {CFSR_INVSTATE, "INVSTATE"},
                 {CFSR_INVPC, "INVPC"},           {CFSR_NOCP, "NOCP"},
                 {CFSR_UNALIGNED, "UNALIGNED"},   {CFSR_DIVBYZERO, "DIVBYZERO"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (cfsr & names[i].bit)
            return names[i].name;
    return "none";
}

static void publish_fault(struct machine *m, unsigned wanted, unsigned taken, uint32_t cfsr, const uint32_t *address)
{
    static const char *const names[] = {
        [EXC_NONE] = "lockup",        [EXC_HARD_FAULT] = "hardfault",   [EXC_MEM_MANAGE] = "memmanage",
        [EXC_BUS_FAULT] = "busfault", [EXC_USAGE_FAULT] = "usagefault", [EXC_SVC] = "svc"};
    const struct event_field fields[] = {FIELD_STRING("type", names[wanted]), FIELD_STRING("cause", fault_name(cfsr)),
                                         FIELD_STRING("taken", names[taken]), FIELD_HEX("pc", m->v->cpu.pc),
                                         FIELD_HEX("address", address != NULL ? *address : 0)};
    machine_publish_fields(m, "fault", fields, address != NULL ? 5 : 4);
}

void exception_fault(struct machine *m, unsigned exception, uint32_t cfsr, const uint32_t *address)
{
    nvic_add_fault(scs(m), cfsr, 0);
    if (address != NULL)
        nvic_set_fault_address(scs(m), exception, *address);
    unsigned taken = escalate(m, exception);
    publish_fault(m, exception, taken, cfsr, address);
    if (taken == EXC_NONE)
        lock_up(m);
    else
        take(m, taken);
}

void exception_svc(struct machine *m)
{
    unsigned taken = escalate(m, EXC_SVC);
    if (taken != EXC_SVC)
        publish_fault(m, EXC_SVC, taken, 0, NULL);
    if (taken == EXC_NONE)
        lock_up(m);
    else
        take(m, taken);
}

void exception_breakpoint(struct machine *m)
{
    nvic_set_debug_event(scs(m), 1 << 1);
    unsigned taken = escalate(m, EXC_HARD_FAULT);
    machine_publish(m, "fault", FIELD_STRING("type", "breakpoint"), FIELD_STRING("cause", "BKPT without a debugger"),
                    FIELD_STRING("taken", taken == EXC_NONE ? "lockup" : "hardfault"), FIELD_HEX("pc", m->v->cpu.pc));
    if (taken == EXC_NONE) {
        lock_up(m);
        return;
    }
    nvic_add_fault(scs(m), 0, UINT32_C(1) << 31);
    take(m, taken);
}

/* Enter the next exception without popping and pushing. */
static void chain(struct machine *m, unsigned exception, uint32_t exc_return)
{
    enter(m, exception, exc_return);
}

/* An illegal return: UsageFault INVPC on top of the frame that is still there. */
static void bad_return(struct machine *m, uint32_t exc_return)
{
    nvic_add_fault(scs(m), CFSR_INVPC, 0);
    /* IPSR still names the exception that returned; it is no longer active, so the priority is that of the rest */
    unsigned taken = escalate(m, EXC_USAGE_FAULT);
    publish_fault(m, EXC_USAGE_FAULT, taken, CFSR_INVPC, NULL);
    if (taken == EXC_NONE)
        lock_up(m);
    else
        chain(m, taken, exc_return);
}

static bool pop_frame(struct machine *m, uint32_t exc_return)
{
    struct cpu_state *c = &m->v->cpu;
    uint32_t *sp = (exc_return & 0xF) == EXC_RETURN_THREAD_PSP ? &c->psp : &c->msp;
    uint32_t frame = *sp, words[8];
    for (unsigned i = 0; i < 8; i++)
        if (!machine_bus_read(m, frame + 4 * i, 4, &words[i])) {
            nvic_add_fault(scs(m), CFSR_UNSTKERR, 0);
            unsigned taken = escalate(m, EXC_BUS_FAULT);
            publish_fault(m, EXC_BUS_FAULT, taken, CFSR_UNSTKERR, NULL);
            if (taken == EXC_NONE)
                lock_up(m);
            else
                chain(m, taken, exc_return);
            return false;
        }
    for (unsigned i = 0; i < 4; i++)
        c->r[i] = words[i];
    c->r[12] = words[4];
    c->lr = words[5];
    c->pc = words[6] & ~1u;
    uint32_t psr = words[7];
    *sp = frame + FRAME;
    if ((psr & XPSR_ALIGNED) && (nvic_ccr(scs(m)) & CCR_STKALIGN))
        *sp |= 4;
    c->xpsr = psr & (0xF8000000 | XPSR_IT | XPSR_T | XPSR_EXCEPTION);
    return true;
}

/* The frame names another mode than EXC_RETURN: it is pushed again, and UsageFault INVPC taken on top of it. */
static void refuse_frame(struct machine *m, uint32_t exc_return)
{
    bool failed;
    nvic_add_fault(scs(m), CFSR_INVPC, 0);
    unsigned taken = escalate(m, EXC_USAGE_FAULT);
    publish_fault(m, EXC_USAGE_FAULT, taken, CFSR_INVPC, NULL);
    push_frame(m, (exc_return & 0xF) == EXC_RETURN_THREAD_PSP, &failed);
    if (taken == EXC_NONE)
        lock_up(m);
    else
        chain(m, taken, exc_return);
}

void exception_return(struct machine *m, uint32_t exc_return)
{
    struct cpu_state *c = &m->v->cpu;
    unsigned returning = c->xpsr & XPSR_EXCEPTION;
    unsigned kind = exc_return & 0xF;
    unsigned nested = nvic_active_count(scs(m));
    bool thread = kind == EXC_RETURN_THREAD_MSP || kind == EXC_RETURN_THREAD_PSP;
    bool bad = (exc_return & 0x0FFFFFF0) != 0x0FFFFFF0 || !nvic_is_active(scs(m), returning);
    if (thread)
        bad |= nested != 1 && !(nvic_ccr(scs(m)) & CCR_NONBASETHRDENA);
    else
        bad |= kind != EXC_RETURN_HANDLER;
    if (returning != EXC_NMI)
        c->faultmask = 0;
    nvic_deactivate(scs(m), returning);
    c->exclusive_address = UINT32_MAX;
    c->event_register = true;
    if (bad) {
        bad_return(m, exc_return);
        return;
    }
    unsigned next = exception_ready(m);
    if (next != EXC_NONE) {
        chain(m, next, exc_return);
        return;
    }
    if (!pop_frame(m, exc_return))
        return;
    if (kind == EXC_RETURN_THREAD_PSP)
        c->control |= CONTROL_SPSEL;
    else if (thread)
        c->control &= ~(uint32_t)CONTROL_SPSEL;
    if (thread != ((c->xpsr & XPSR_EXCEPTION) == 0)) {
        refuse_frame(m, exc_return);
        return;
    }
    if (m->trace_exceptions)
        machine_publish(m, "exception", FIELD_STRING("op", "return"), FIELD_INT("number", returning), FIELD_HEX("pc", c->pc));
    if (thread && nvic_active_count(scs(m)) == 0 && (nvic_scr(scs(m)) & SCR_SLEEPONEXIT)) {
        c->sleeping = true;
        c->sleeping_for_event = false;
    }
}

void exception_reset(struct machine *m)
{
    struct cpu_state *c = &m->v->cpu;
    uint64_t instructions = c->instructions, time_instructions = c->time_instructions;
    ticks_t time_base = c->time_base;
    struct frequency clock = c->clock;
    *c = (struct cpu_state){.instructions = instructions,
                            .time_base = time_base,
                            .time_instructions = time_instructions,
                            .clock = clock,
                            .lr = 0xFFFFFFFF,
                            .exclusive_address = UINT32_MAX};
    uint32_t sp = 0, vector = 0;
    if (!machine_bus_read(m, 0, 4, &sp) || !machine_bus_read(m, 4, 4, &vector)) {
        lock_up(m);
        return;
    }
    c->msp = sp & ~3u;
    c->pc = vector & ~1u;
    c->xpsr = vector & 1 ? XPSR_T : 0;
}
