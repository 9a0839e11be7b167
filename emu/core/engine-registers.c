/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core registers, to and from the engine; it is stopped in the middle of a block by taking them away from it. */
#include "emu/core/engine-internal.h"

const int engine_core_registers[15] = {UC_ARM_REG_R0,  UC_ARM_REG_R1,  UC_ARM_REG_R2,  UC_ARM_REG_R3,  UC_ARM_REG_R4,
                                       UC_ARM_REG_R5,  UC_ARM_REG_R6,  UC_ARM_REG_R7,  UC_ARM_REG_R8,  UC_ARM_REG_R9,
                                       UC_ARM_REG_R10, UC_ARM_REG_R11, UC_ARM_REG_R12, UC_ARM_REG_R13, UC_ARM_REG_R14};

uint32_t engine_core_register(void *data, unsigned reg)
{
    struct engine *e = data;
    return reg_read(e->uc, reg == BLOCK_FLAGS ? UC_ARM_REG_CPSR : engine_core_registers[reg]);
}

void engine_read_masks(struct engine *e)
{
    e->c->primask = reg_read(e->uc, UC_ARM_REG_PRIMASK);
    e->c->basepri = reg_read(e->uc, UC_ARM_REG_BASEPRI) & 0xF0; /* the engine keeps all eight bits */
    e->c->faultmask = reg_read(e->uc, UC_ARM_REG_FAULTMASK);
}

/* The engine's registers into m->v->cpu, all but PC and the counters. */
void engine_registers_out(struct engine *e)
{
    struct cpu_state *c = e->c;
    for (unsigned i = 0; i < 13; i++)
        c->r[i] = reg_read(e->uc, engine_core_registers[i]);
    c->lr = reg_read(e->uc, UC_ARM_REG_R14);
    c->msp = reg_read(e->uc, UC_ARM_REG_MSP);
    c->psp = reg_read(e->uc, UC_ARM_REG_PSP);
    uint32_t cpsr = reg_read(e->uc, UC_ARM_REG_CPSR);
    c->xpsr = (c->xpsr & 0x1FF) | (cpsr & ((uint32_t)XPSR_FLAGS | XPSR_IT)) | (cpsr & CPSR_T ? XPSR_T : 0);
    engine_read_masks(e);
}

/* m->v->cpu into the engine's registers: only what differs from what they are known to hold. */
void engine_registers_in(struct engine *e)
{
    const struct cpu_state *c = e->c, *k = &e->known;
    bool all = !e->known_valid;
    for (unsigned i = 0; i < 13; i++)
        if (all || c->r[i] != k->r[i])
            reg_write(e->uc, engine_core_registers[i], c->r[i]);
    if (all || c->lr != k->lr)
        reg_write(e->uc, UC_ARM_REG_R14, c->lr);
    if (all || on_psp(e) != e->known_psp)
        reg_write(e->uc, UC_ARM_REG_CONTROL, on_psp(e) ? 2 : 0);
    if (all || c->msp != k->msp)
        reg_write(e->uc, UC_ARM_REG_MSP, c->msp);
    if (all || c->psp != k->psp)
        reg_write(e->uc, UC_ARM_REG_PSP, c->psp);
    uint32_t mask = (uint32_t)XPSR_FLAGS | XPSR_IT;
    if (all || ((c->xpsr ^ k->xpsr) & (mask | XPSR_T)) != 0) {
        uint32_t cpsr = reg_read(e->uc, UC_ARM_REG_CPSR) & ~(mask | CPSR_T);
        reg_write(e->uc, UC_ARM_REG_CPSR, cpsr | (c->xpsr & mask) | (c->xpsr & XPSR_T ? CPSR_T : 0));
    }
    if (all || c->primask != k->primask)
        reg_write(e->uc, UC_ARM_REG_PRIMASK, c->primask);
    if (all || c->basepri != k->basepri)
        reg_write(e->uc, UC_ARM_REG_BASEPRI, c->basepri);
    if (all || c->faultmask != k->faultmask)
        reg_write(e->uc, UC_ARM_REG_FAULTMASK, c->faultmask);
    e->dirty = false;
    e->stale = false;
}

void engine_sync(struct engine *e)
{
    if (!e->stale)
        return;
    engine_registers_out(e);
    e->stale = false;
    e->known = *e->c;
    e->known_psp = on_psp(e);
    e->known_valid = true;
}

/* About to change m->v->cpu. */
void engine_own_state(struct engine *e)
{
    engine_sync(e);
    e->dirty = true;
}

/* Copy the registers; the caller then sets in m->v->cpu what the instruction did, and where to go on. done: instructions
 * completed. */
void engine_precise_stop(struct engine *e, uint64_t done)
{
    engine_registers_out(e);
    e->override = true;
    e->dirty = true;
    e->c->instructions = done;
    e->left = 0; /* the next block hook, if there is one, takes the slow path */
    uc_emu_stop(e->uc);
}

void engine_set_itstate(struct cpu_state *c, uint8_t itstate)
{
    c->xpsr = (c->xpsr & ~(uint32_t)XPSR_IT) | (uint32_t)(itstate & 3) << 25 | (uint32_t)(itstate & 0xFC) << 8;
}

/* Stop behind an instruction that has been completed in m->v->cpu. */
void engine_stop_behind(struct engine *e, const struct block_insn *insn)
{
    e->c->pc = insn->pc + insn->i.length;
    engine_set_itstate(e->c, itstate_advance(insn->itstate));
    e->attention = true;
}

/* Stop before an instruction that faults. */
void engine_stop_for_fault(struct engine *e, const struct block_insn *insn, unsigned exception, uint32_t cfsr,
                           const uint32_t *address)
{
    engine_precise_stop(e, e->position);
    e->c->pc = insn->pc;
    engine_set_itstate(e->c, insn->itstate);
    e->m->fault = (struct pending_fault){true, exception, cfsr, address != NULL, address != NULL ? *address : 0};
}
