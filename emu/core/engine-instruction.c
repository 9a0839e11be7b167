/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that the engine cannot do, or does otherwise than a Cortex-M3: each gets a hook of its own. */
#include "emu/core/engine-internal.h"

enum { POISON = (int)0xF0000000 };

static void poison(struct engine *e)
{
    for (unsigned i = 0; i < 15; i++)
        reg_write(e->uc, engine_core_registers[i], (uint32_t)POISON);
}

/* MRS and MSR of what the engine does not know: IPSR, CONTROL. */
static bool is_special_move(const struct block_insn *insn, bool *is_read, unsigned *sysm)
{
    if (insn->i.length != 4)
        return false;
    if ((insn->first & 0xFFE0) == 0xF3E0 && (insn->second & 0xF000) == 0x8000)
        *is_read = true;
    else if ((insn->first & 0xFFE0) == 0xF380 && (insn->second & 0xD000) == 0x8000)
        *is_read = false;
    else
        return false;
    *sysm = insn->second & 0xFF;
    return true;
}

static bool is_cps(const struct block_insn *insn)
{
    return (insn->first & 0xFFE8) == 0xB660;
}

static bool is_sev(const struct block_insn *insn)
{
    return insn->first == 0xBF40 || (insn->first == 0xF3AF && insn->second == 0x8004);
}

static bool is_clrex(const struct block_insn *insn)
{
    return insn->first == 0xF3BF && (insn->second & 0xF0F0) == 0x8020;
}

/* The engine stores all bits of MSP, PSP and BASEPRI_MAX, also those that are not there. So it does with BASEPRI, but that is
   written at every critical section of an RTOS: there the reads are hooked, and engine_read_masks leaves the low bits out. */
static bool keeps_low_bits(unsigned sysm)
{
    return sysm == 8 || sysm == 9 || sysm == 18;
}

/* Reads that the engine gets wrong: the exception number, which it does not know, and BASEPRI's low bits. */
static bool reads_wrongly(unsigned sysm)
{
    return (sysm <= 7 && (sysm & 1)) || sysm == 17 || sysm == 18;
}

bool engine_needs_hook(const struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    switch (insn->i.kind) {
    case THUMB_DIVIDE:
    case THUMB_UNDEFINED:
    case THUMB_LOAD_EXCLUSIVE:
    case THUMB_STORE_EXCLUSIVE:
        return true;
    case THUMB_LOAD:
    case THUMB_STORE:
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        return e->hook_memory;
    default:
        if (is_special_move(insn, &is_read, &sysm))
            return e->hook_system || sysm == 20 || (is_read ? reads_wrongly(sysm) : keeps_low_bits(sysm));
        return is_clrex(insn) || is_sev(insn) || (e->hook_system && is_cps(insn));
    }
}

static uint32_t *register_of(struct engine *e, unsigned reg)
{
    struct cpu_state *c = e->c;
    return reg < 13 ? &c->r[reg] : reg == 14 ? &c->lr : on_psp(e) ? &c->psp : &c->msp;
}

static uint32_t read_special(struct engine *e, unsigned sysm)
{
    const struct cpu_state *c = e->c;
    bool privileged = !unprivileged(e);
    switch (sysm) {
    case 0 ... 7: {
        uint32_t value = (sysm & 4) ? 0 : c->xpsr & (uint32_t)XPSR_FLAGS;
        return value | ((sysm & 1) && privileged ? c->xpsr & 0x1FF : 0);
    }
    case 8:
        return privileged ? c->msp : 0;
    case 9:
        return privileged ? c->psp : 0;
    case 16:
        return privileged ? c->primask : 0;
    case 17:
    case 18:
        return privileged ? c->basepri : 0;
    case 19:
        return privileged ? c->faultmask : 0;
    case 20:
        return c->control;
    default:
        return 0;
    }
}

static void write_special(struct engine *e, unsigned sysm, uint32_t value)
{
    struct cpu_state *c = e->c;
    if (sysm <= 3) {
        c->xpsr = (c->xpsr & ~(uint32_t)XPSR_FLAGS) | (value & (uint32_t)XPSR_FLAGS);
        return;
    }
    if (unprivileged(e))
        return;
    switch (sysm) {
    case 8:
        c->msp = value & ~3u;
        break;
    case 9:
        c->psp = value & ~3u;
        break;
    case 16:
        c->primask = value & 1;
        break;
    case 17:
        c->basepri = value & 0xF0;
        break;
    case 18:
        if ((value & 0xF0) != 0 && (c->basepri == 0 || (value & 0xF0) < c->basepri))
            c->basepri = value & 0xF0;
        break;
    case 19:
        if ((value & 1) == 0 || nvic_execution_priority(e->m->scs, c) > -1) /* it can always be cleared */
            c->faultmask = value & 1;
        break;
    case 20:
        if (exception_in_handler(e->m))
            value = (value & CONTROL_NPRIV) | (c->control & 2);
        c->control = value & 3;
        if ((c->control & CONTROL_NPRIV) && !e->hook_system) {
            e->hook_system = true;
            e->flush_all = true;
        }
        break;
    default:
        break;
    }
}

static void do_store_exclusive(struct engine *e, const struct block_insn *insn)
{
    uint32_t address = block_address(insn, engine_core_register, e);
    uint32_t value = engine_core_register(e, insn->i.rt);
    if ((address & (insn->i.size - 1)) != 0) {
        engine_stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        return;
    }
    if (engine_debug_accesses(e, insn, address, insn->i.size, DEBUG_WRITE))
        return;
    bool open = e->c->exclusive_address != UINT32_MAX; /* the Cortex-M3's monitor covers all of memory as one granule */
    if (open && !machine_bus_write(e->m, address, insn->i.size, value)) {
        engine_stop_for_fault(e, insn, EXC_BUS_FAULT, CFSR_PRECISERR, &address);
        return;
    }
    engine_precise_stop(e, e->position + 1);
    *register_of(e, insn->i.rd) = open ? 0 : 1;
    e->c->exclusive_address = UINT32_MAX;
    engine_stop_behind(e, insn);
}

/* What an instruction needs that needs_no_help does not let off; returns with e->override set if the engine must stop. */
static void hooked(struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    switch (insn->i.kind) {
    case THUMB_DIVIDE:
        engine_stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_DIVBYZERO, NULL);
        return;
    case THUMB_UNDEFINED:
        engine_stop_for_fault(e, insn, EXC_USAGE_FAULT, insn->i.coprocessor ? CFSR_NOCP : CFSR_UNDEFINSTR, NULL);
        return;
    case THUMB_LOAD_EXCLUSIVE: {
        uint32_t address = block_address(insn, engine_core_register, e);
        if ((address & (insn->i.size - 1)) != 0)
            engine_stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        else
            e->c->exclusive_address = address;
        return;
    }
    case THUMB_STORE_EXCLUSIVE:
        do_store_exclusive(e, insn);
        return;
    case THUMB_LOAD:
    case THUMB_STORE:
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        engine_stop_for_fault(e, insn, EXC_USAGE_FAULT, CFSR_UNALIGNED, NULL);
        return;
    default:
        break;
    }
    if (is_clrex(insn)) {
        e->c->exclusive_address = UINT32_MAX;
    } else if (is_sev(insn)) {
        e->c->event_register = true;
    } else if (is_special_move(insn, &is_read, &sysm)) {
        engine_precise_stop(e, e->position + 1);
        if (is_read)
            *register_of(e, (insn->second >> 8) & 15) = read_special(e, sysm);
        else
            write_special(e, sysm, *register_of(e, insn->first & 15));
        engine_stop_behind(e, insn);
    } else if (is_cps(insn) && unprivileged(e)) {
        engine_precise_stop(e, e->position + 1);
        engine_stop_behind(e, insn);
    }
}

/* An instruction that needs no help after all, as nearly always: the bits that are not there are 0, the divisor is not. */
static bool needs_no_help(struct engine *e, const struct block_insn *insn)
{
    bool is_read;
    unsigned sysm;
    switch (insn->i.kind) {
    case THUMB_DIVIDE:
        return (nvic_ccr(e->m->scs) & CCR_DIV_0_TRP) == 0 || engine_core_register(e, insn->i.rm) != 0;
    case THUMB_LOAD:
    case THUMB_STORE:
    case THUMB_LOAD_DUAL:
    case THUMB_STORE_DUAL:
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        return ((nvic_ccr(e->m->scs) & CCR_UNALIGN_TRP) == 0 && !block_must_be_aligned(&insn->i)) ||
               (block_address(insn, engine_core_register, e) & (insn->i.size - 1)) == 0;
    default:
        break;
    }
    if (!is_special_move(insn, &is_read, &sysm) || unprivileged(e))
        return false;
    if (is_read)
        return (sysm == 17 || sysm == 18) && (reg_read(e->uc, UC_ARM_REG_BASEPRI) & 0x0F) == 0;
    if (insn->i.kind != THUMB_SYSTEM || !keeps_low_bits(sysm))
        return false;
    return (engine_core_register(e, insn->first & 15) & (sysm < 16 ? 3 : 0x0F)) == 0;
}

void engine_code_hook(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
    (void)size;
    struct engine *e = data;
    if (e->override || !(reg_read(uc, UC_ARM_REG_CPSR) & CPSR_T))
        return; /* without T any instruction is an INVSTATE fault, which the engine finds itself */
    const struct block *block = engine_parsed(e, e->block_pc);
    for (unsigned i = 0; i < block->count; i++) {
        const struct block_insn *insn = &block->insns[i];
        if (insn->pc != (uint32_t)address)
            continue;
        /* an ambiguous access: what comes now is by this instruction or a later one */
        e->cursor_position = block_start(e);
        e->cursor = i;
        if (engine_debug_reached(e, insn, e->cursor_position + i)) {
            if (insn->itstate != 0)
                poison(e);
            return;
        }
        if ((!engine_needs_hook(e, insn) && !block_must_be_aligned(&insn->i)) || needs_no_help(e, insn))
            return;
        e->activity++;
        e->in_callback = true;
        e->position = block_start(e) + i;
        e->callback_pc = insn->pc;
        hooked(e, insn);
        e->in_callback = false;
        if (e->override && insn->itstate != 0)
            poison(e);
        return;
    }
}
