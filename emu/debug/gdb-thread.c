/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads: those of the FreeRTOS kernel, or the one that a CPU is without. A thread's id is the address of its control block.
 */
#include "emu/debug/gdb-internal.h"

GArray *gdb_threads(struct gdb_server *s)
{
    if (s->threads == NULL)
        s->threads = freertos_threads(s->machine, &s->symbols);
    return s->threads;
}

static const struct rtos_thread *find(struct gdb_server *s, uint32_t id)
{
    GArray *threads = gdb_threads(s);
    for (unsigned i = 0; i < threads->len; i++) {
        const struct rtos_thread *t = &g_array_index(threads, struct rtos_thread, i);
        if (t->tcb == id)
            return t;
    }
    return NULL;
}

const struct rtos_thread *gdb_sleeping_thread(struct gdb_server *s, uint32_t id)
{
    const struct rtos_thread *t = id == 0 ? NULL : find(s, id);
    return t != NULL && t->state != RTOS_RUNNING ? t : NULL;
}

uint32_t gdb_running_thread(struct gdb_server *s)
{
    GArray *threads = gdb_threads(s);
    return threads->len > 0 ? g_array_index(threads, struct rtos_thread, 0).tcb : GDB_NO_THREAD;
}

bool gdb_thread_exists(struct gdb_server *s, uint32_t id)
{
    return id == gdb_running_thread(s) || find(s, id) != NULL;
}

static void describe(struct gdb_server *s, const struct rtos_thread *t, GString *out)
{
    g_autofree char *state = freertos_state_text(t);
    unsigned exception = debug_register(s->machine, DEBUG_XPSR) & 0x1FF;
    g_string_append_printf(out, "priority %u, %s", t->priority, state);
    if (t->state == RTOS_RUNNING && exception != 0)
        g_string_append_printf(out, ", in the handler of exception %u", exception);
    g_string_append_printf(out, ", %u bytes of stack left, %u never used", t->stack_free, t->stack_spare);
}

char *gdb_thread_list_xml(struct gdb_server *s)
{
    GArray *threads = gdb_threads(s);
    GString *out = g_string_new("<?xml version=\"1.0\"?>\n<threads>\n");
    if (threads->len == 0)
        g_string_append_printf(out, "<thread id=\"%x\" core=\"0\">no kernel runs yet</thread>\n", GDB_NO_THREAD);
    for (unsigned i = 0; i < threads->len; i++) {
        const struct rtos_thread *t = &g_array_index(threads, struct rtos_thread, i);
        g_autofree char *name = g_markup_escape_text(t->name, -1);
        g_string_append_printf(out, "<thread id=\"%x\" core=\"0\" name=\"%s\">", t->tcb, name);
        describe(s, t, out);
        g_string_append(out, "</thread>\n");
    }
    g_string_append(out, "</threads>\n");
    return g_string_free(out, FALSE);
}
