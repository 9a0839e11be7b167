/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/trace.h"

#include <glib.h>
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

static void sdio(FILE *file, const char *time, const struct event *event)
{
    bool answered = event_field(event, "response") != NULL;
    uint32_t command = number(event, "command"), argument = number(event, "argument"), response = number(event, "response");
    fprintf(file, "%15s  sdio  CMD%-2u", time, command);
    if (event_field(event, "op"))
        fprintf(file, " %-5s F%u 0x%05X", text(event, "op"), number(event, "function"), number(event, "address"));
    else
        fprintf(file, " 0x%08X", argument);
    if (event_field(event, "length"))
        fprintf(file, ", %u bytes", number(event, "length"));
    else if (command == 52 && strcmp(text(event, "op"), "write") == 0)
        fprintf(file, " <- 0x%02X", argument & 0xFF);
    else if (command == 52 && answered)
        fprintf(file, " -> 0x%02X", response & 0xFF);
    else if (answered)
        fprintf(file, " -> 0x%08X", response);
    fputs(answered ? "\n" : ", no answer\n", file);
}

/* A transfer: what is asked for, and how it ends; the beginning of its data. */
static void usb(FILE *file, const char *time, const struct event *event)
{
    enum { SHOWN = 48 };
    const char *op = text(event, "op");
    bool submit = strcmp(op, "submit") == 0;
    if (!submit && strcmp(op, "complete") != 0)
        return;
    fprintf(file, "%15s  usb   %-8s %u", time, op, number(event, "urb"));
    if (submit)
        fprintf(file, " endpoint 0x%02X", number(event, "endpoint"));
    if (event_field(event, "setup"))
        fprintf(file, " setup %s", text(event, "setup"));
    const struct event_field *status = event_field(event, "status");
    if (status && status->integer != 0)
        fprintf(file, " %s", g_strerror((int)-status->integer));
    fprintf(file, ", %u bytes", number(event, "length"));
    if (event_field(event, "data")) {
        const char *data = text(event, "data");
        fprintf(file, ": %.*s%s", SHOWN, data, strlen(data) > SHOWN ? "..." : "");
    }
    fputc('\n', file);
}

/* All fields but the first, which is the line's subject, as they are. */
static void fields(FILE *file, const struct event *event)
{
    for (size_t i = 1; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            fprintf(file, " %s=%s", f->name, f->string);
        else if (f->type == EVENT_BOOL)
            fprintf(file, " %s=%s", f->name, f->boolean ? "yes" : "no");
        else if (f->type == EVENT_INT)
            fprintf(file, " %s=%" G_GINT64_FORMAT, f->name, (gint64)f->integer);
    }
    fputc('\n', file);
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
    } else if ((t->what & TRACE_SDIO) && strcmp(event->kind, "sdio") == 0) {
        sdio(t->file, time, event);
    } else if ((t->what & TRACE_WLAN) && strcmp(event->kind, "wifi") == 0) {
        fprintf(t->file, "%15s  wlan  %s", time, text(event, "op"));
        fields(t->file, event);
    } else if ((t->what & TRACE_USB) && strcmp(event->kind, "usb") == 0) {
        usb(t->file, time, event);
    } else if ((t->what & TRACE_WLAN) && strcmp(event->kind, "net") == 0) {
        fprintf(t->file, "%15s  wlan  frame %s", time, text(event, "interface"));
        fields(t->file, event);
    }
}
