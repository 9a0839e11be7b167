/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/trace.h"

#include <string.h>

#include "emu/cli/run-options.h"

static const char *text(const struct event *event, const char *name)
{
    const struct event_field *f = event_field(event, name);
    return f && f->type == EVENT_STRING ? f->string : "?";
}

static uint32_t number(const struct event *event, const char *name)
{
    const struct event_field *f = event_field(event, name);
    return !f ? 0 : f->type == EVENT_HEX ? (uint32_t)f->hex : (uint32_t)f->integer;
}

static const char *exception_name(uint32_t n, char *buffer, size_t size)
{
    static const char *const names[16] = {
        [1] = "Reset",      [2] = "NMI",     [3] = "HardFault",     [4] = "MemManage", [5] = "BusFault",
        [6] = "UsageFault", [11] = "SVCall", [12] = "DebugMonitor", [14] = "PendSV",   [15] = "SysTick"};
    if (n < 16 && names[n])
        return names[n];
    g_snprintf(buffer, size, n < 16 ? "exception %u" : "IRQ%u", n < 16 ? n : n - 16);
    return buffer;
}

void trace_event(const struct event *event, void *data)
{
    const struct trace_printer *t = data;
    char time[32], name[32];
    event_time_string(event->ticks, time, sizeof time);
    if ((t->what & TRACE_MMIO) && strcmp(event->kind, "mmio") == 0) {
        bool write = strcmp(text(event, "op"), "write") == 0;
        fprintf(t->file, "%15s  mmio  %-5s %s %s 0x%0*X  PC 0x%08X\n", time, write ? "write" : "read", text(event, "register"),
                write ? "<-" : "->", 2 * (int)CLAMP(number(event, "size"), 1, 4), number(event, "value"), number(event, "pc"));
    } else if ((t->what & TRACE_EXCEPTIONS) && strcmp(event->kind, "exception") == 0) {
        fprintf(t->file, "%15s  exc   %s %s  PC 0x%08X\n", time, text(event, "op"),
                exception_name(number(event, "number"), name, sizeof name), number(event, "pc"));
    } else if ((t->what & TRACE_FLASH) && strcmp(event->kind, "flash") == 0) {
        fprintf(t->file, "%15s  flash %s %s", time, text(event, "op"), text(event, "phase"));
        if (event_field(event, "sector"))
            fprintf(t->file, " sector %u", number(event, "sector"));
        if (event_field(event, "address"))
            fprintf(t->file, " 0x%08X", number(event, "address"));
        if (event_field(event, "value"))
            fprintf(t->file, " <- 0x%0*X", 2 * (int)CLAMP(number(event, "size"), 1, 4), number(event, "value"));
        if (event_field(event, "left"))
            fprintf(t->file, ", left %s", text(event, "left"));
        fprintf(t->file, "  PC 0x%08X\n", machine_pc(t->machine));
    }
}
