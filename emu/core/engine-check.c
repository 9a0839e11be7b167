/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Self-check: is the instruction that is worked out for each access the one that makes it? */
#include "emu/core/engine-internal.h"

void engine_check_access(struct engine *e, uint32_t pc)
{
    e->check.accesses++;
    if (pc == e->checked_pc)
        return;
    e->check.wrong++;
    e->check.found = pc;
    e->check.truth = e->checked_pc;
}

static void every_instruction(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
    (void)uc;
    (void)size;
    ((struct engine *)data)->checked_pc = (uint32_t)address;
}

void machine_check_accesses(struct machine *m)
{
    struct engine *e = m->engine;
    uc_hook hook;
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_CODE, (void *)every_instruction, e, (uint64_t)1, (uint64_t)0));
    e->checking = true;
    e->flush_all = true;
}

struct access_check machine_access_check(const struct machine *m)
{
    m->engine->check.hooks = g_hash_table_size(m->engine->code_hooks);
    return m->engine->check;
}
