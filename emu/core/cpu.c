/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making and unmaking a CPU: the engine is opened, given the memories and hooks, and closed. */
#include "emu/core/engine-internal.h"

#ifdef __SANITIZE_ADDRESS__
/* The engine leaks 32 bytes at uc_close. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libunicorn";
}
const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

const char *engine_version(void)
{
    unsigned version = uc_version(NULL, NULL);
    g_autofree char *text = g_strdup_printf("%u.%u.%u", version >> 24, (version >> 16) & 0xFF, (version >> 8) & 0xFF);
    return g_intern_string(text);
}

const char *engine_version_warning(void)
{
    if (strcmp(engine_version(), "2.1.1") == 0)
        return NULL;
    return "Unicorn is not version 2.1.1: this emulator's behaviour was proved with 2.1.1 only; other versions are slower or "
           "differ.";
}

static void add_hooks(struct engine *e)
{
    uc_hook hook;
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_BLOCK, (void *)engine_block_hook, e, (uint64_t)1, (uint64_t)0));
    ENGINE_CHECK(uc_hook_add(e->uc, &hook, UC_HOOK_INTR, (void *)engine_interrupt_hook, e, (uint64_t)1, (uint64_t)0));
}

void machine_add_cpu(struct machine *m, uint32_t cpi_num, uint32_t cpi_den)
{
    g_assert(m->sealed && m->engine == NULL);
    struct engine *e = g_new0(struct engine, 1);
    e->m = m;
    e->c = &m->v->cpu;
    e->cpi_num = cpi_num;
    e->cpi_den = cpi_den;
    m->scs = machine_device(m, "NVIC");
    g_assert(m->scs != NULL && m->scs->class == &armv7m_scs_class);
    ENGINE_CHECK(uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &e->uc));
    ENGINE_CHECK(uc_ctl_set_cpu_model(e->uc, UC_CPU_ARM_CORTEX_M3));
    ENGINE_CHECK(uc_mem_map_ptr(e->uc, m->flash.base, m->flash.size, UC_PROT_READ | UC_PROT_EXEC, m->flash.host));
    ENGINE_CHECK(uc_mem_protect(e->uc, m->flash.base, m->flash.size, UC_PROT_READ | UC_PROT_EXEC));
    ENGINE_CHECK(uc_mem_map_ptr(e->uc, m->flash.alias, m->flash.size, UC_PROT_READ | UC_PROT_EXEC, m->flash.host));
    ENGINE_CHECK(uc_mem_protect(e->uc, m->flash.alias, m->flash.size, UC_PROT_READ | UC_PROT_EXEC));
    ENGINE_CHECK(uc_mem_map_ptr(e->uc, m->ram.base, m->ram.size, UC_PROT_READ | UC_PROT_WRITE, m->ram.host));
    int model = 0;
    /* spelled out: the engine's own macro for it shifts into the sign of an int */
    ENGINE_CHECK(
        uc_ctl(e->uc, (uc_control_type)(UC_CTL_CPU_MODEL | UINT32_C(1) << 26 | (uint32_t)UC_CTL_IO_READ << 30), &model));
    g_assert(model == UC_CPU_ARM_CORTEX_M3);
    e->flash_entries = g_new0(struct block_entry, m->flash.size / 2);
    e->alias_entries = g_new0(struct block_entry, m->flash.size / 2);
    for (uint32_t i = 0; i < m->flash.size >> 20; i++) {
        e->tables[(m->flash.base >> 20) + i] = e->flash_entries + ((size_t)i << 19);
        e->tables[(m->flash.alias >> 20) + i] = e->alias_entries + ((size_t)i << 19);
    }
    e->ram_executable = g_new0(uint8_t, m->ram.size / PAGE);
    e->scratch.insns = g_new0(struct block_insn, BLOCK_MAX_INSNS);
    e->code_hooks = g_hash_table_new(NULL, NULL);
    e->ram_code = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    e->watches = g_hash_table_new(NULL, NULL);
    e->stale_code = g_array_new(FALSE, FALSE, sizeof(struct range));
    e->generation = 1;
    e->until = TICKS_NEVER;
    e->cursor_position = UINT64_MAX;
    e->split_position = UINT64_MAX;
    e->it_position = UINT64_MAX;
    engine_debug_init(e);
    m->engine = e;
    engine_map_devices(e);
    engine_add_access_hooks(e);
    add_hooks(e);
    e->c->clock = FREQUENCY_HZ(16000000);
    engine_derive_rate(e);
}

void engine_free(struct engine *e)
{
    uc_close(e->uc);
    for (unsigned i = 0; i < BLOCK_CACHE; i++)
        g_free(e->cache[i].block.insns);
    g_free(e->scratch.insns);
    g_free(e->flash_entries);
    g_free(e->alias_entries);
    g_free(e->ram_executable);
    g_free(e->kept_ram);
    g_free(e->idle.ram);
    g_hash_table_destroy(e->code_hooks);
    g_hash_table_destroy(e->ram_code);
    g_hash_table_destroy(e->watches);
    engine_debug_free(e);
    g_array_free(e->stale_code, TRUE);
    g_free(e);
}

void engine_reset(struct engine *e)
{
    exception_reset(e->m);
    e->m->v->inside_block = false;
    engine_debug_moved(e);
    e->dirty = true;
    e->stale = false;
}

void engine_restored(struct engine *e)
{
    engine_derive_rate(e);
    e->dirty = true;
    e->stale = false;
    e->attention = true;
    e->resume_continues = false;
    engine_debug_moved(e);
    e->cursor_position = e->split_position = e->it_position = UINT64_MAX;
    if (e->c->control & CONTROL_NPRIV && !e->hook_system)
        e->hook_system = e->flush_all = true;
}
