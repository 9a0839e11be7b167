/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/snapshot.h"

#include <string.h>

#include "emu/core/cpu.h"
#include "emu/core/machine-internal.h"

struct snapshot {
    size_t block_size;
    uint8_t *block;
    uint32_t ram_size, flash_size;
    uint8_t *ram;
    GBytes **flash_pages; /* shared among snapshots and the machine */
    int reset_wanted;
    const char *reset_cause;
    GPtrArray *reports; /* what has been reported, and is not to be reported again */
};

struct snapshot *machine_save(struct machine *m)
{
    struct snapshot *s = g_new0(struct snapshot, 1);
    if (m->engine != NULL)
        engine_sync(m->engine);
    s->block_size = m->block_size;
    s->block = g_memdup2(m->block, m->block_size);
    s->ram_size = m->ram.size;
    s->ram = g_memdup2(m->ram.host, m->ram.size);
    s->flash_size = m->flash.size;
    s->flash_pages = g_new0(GBytes *, m->flash.size / FLASH_PAGE + 1);
    for (uint32_t i = 0; i < m->flash.size / FLASH_PAGE; i++) {
        if (m->flash_pages[i] == NULL)
            m->flash_pages[i] = g_bytes_new(m->flash.host + i * FLASH_PAGE, FLASH_PAGE);
        s->flash_pages[i] = g_bytes_ref(m->flash_pages[i]);
    }
    s->reset_wanted = m->reset_wanted;
    s->reset_cause = m->reset_cause;
    s->reports = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter iter;
    gpointer report;
    g_hash_table_iter_init(&iter, m->reports);
    while (g_hash_table_iter_next(&iter, &report, NULL))
        g_ptr_array_add(s->reports, g_strdup(report));
    return s;
}

static void restore_flash(struct machine *m, const struct snapshot *s)
{
    for (uint32_t i = 0; i < m->flash.size / FLASH_PAGE; i++) {
        if (m->flash_pages[i] == s->flash_pages[i])
            continue;
        g_clear_pointer(&m->flash_pages[i], g_bytes_unref);
        m->flash_pages[i] = g_bytes_ref(s->flash_pages[i]);
        const void *page = g_bytes_get_data(s->flash_pages[i], NULL);
        if (memcmp(m->flash.host + i * FLASH_PAGE, page, FLASH_PAGE) == 0)
            continue;
        memcpy(m->flash.host + i * FLASH_PAGE, page, FLASH_PAGE);
        if (m->engine != NULL)
            engine_code_changed(m->engine, i * FLASH_PAGE, FLASH_PAGE);
    }
}

static void restore_ram(struct machine *m, const struct snapshot *s)
{
    enum { PAGE = 1024 };
    for (uint32_t at = 0; at < m->ram.size; at += PAGE) {
        if (memcmp(m->ram.host + at, s->ram + at, PAGE) == 0)
            continue;
        memcpy(m->ram.host + at, s->ram + at, PAGE);
        if (m->engine != NULL)
            engine_ram_written(m->engine, m->ram.base + at, PAGE);
    }
}

void machine_restore(struct machine *m, const struct snapshot *s)
{
    g_assert(m->block_size == s->block_size && m->ram.size == s->ram_size && m->flash.size == s->flash_size);
    memcpy(m->block, s->block, s->block_size);
    restore_ram(m, s);
    restore_flash(m, s);
    m->reset_wanted = s->reset_wanted;
    m->reset_cause = s->reset_cause;
    g_hash_table_remove_all(m->reports);
    for (unsigned i = 0; i < s->reports->len; i++)
        g_hash_table_add(m->reports, g_strdup(g_ptr_array_index(s->reports, i)));
    m->fault.pending = false;
    machine_find_next(m);
    if (m->engine != NULL)
        engine_restored(m->engine);
}

void snapshot_free(struct snapshot *s)
{
    if (s == NULL)
        return;
    for (uint32_t i = 0; i < s->flash_size / FLASH_PAGE; i++)
        g_bytes_unref(s->flash_pages[i]);
    g_free(s->flash_pages);
    g_ptr_array_unref(s->reports);
    g_free(s->block);
    g_free(s->ram);
    g_free(s);
}
