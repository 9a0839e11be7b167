/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>

#include "emu/debug/gdb-internal.h"
#include "emu/debug/monitor.h"

static const struct monitor_command *const groups[] = {monitor_debug_commands, monitor_board_commands, monitor_look_commands};

void monitor_say(const struct monitor_call *call, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append_vprintf(call->out, format, args);
    va_end(args);
}

void monitor_switch(const struct monitor_call *call, const char *name, bool *flag)
{
    const char *value = call->args[0];
    if (value != NULL && strcmp(value, "on") == 0)
        *flag = true;
    else if (value != NULL && strcmp(value, "off") == 0)
        *flag = false;
    else if (value != NULL)
        monitor_say(call, "\"%s\" is neither on nor off; ", value);
    monitor_say(call, "%s: %s\n", name, *flag ? "on" : "off");
}

static void help(GString *out)
{
    for (unsigned g = 0; g < G_N_ELEMENTS(groups); g++)
        for (const struct monitor_command *k = groups[g]; k->name != NULL; k++) {
            g_autofree char *usage = g_strdup_printf("%s %s", k->name, k->args);
            g_string_append_printf(out, "%-26s %s\n", usage, k->help);
        }
    g_string_append(out, "A command may be cut short as long as it is one only.\n");
}

/* The command of that name, or the only one that begins so. *many: several do. */
static const struct monitor_command *find(const char *name, bool *many)
{
    const struct monitor_command *found = NULL;
    *many = false;
    for (unsigned g = 0; g < G_N_ELEMENTS(groups); g++)
        for (const struct monitor_command *k = groups[g]; k->name != NULL; k++) {
            if (strcmp(k->name, name) == 0) {
                *many = false;
                return k;
            }
            if (!g_str_has_prefix(k->name, name))
                continue;
            *many = found != NULL;
            found = k;
        }
    return found;
}

void gdb_monitor(struct gdb_client *c, const char *text, GString *out)
{
    g_auto(GStrv) parts = g_strsplit_set(text, " \t", -1);
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    for (char **p = parts; *p != NULL; p++)
        if (**p != '\0')
            g_ptr_array_add(words, *p);
    g_ptr_array_add(words, NULL);
    const char *name = g_ptr_array_index(words, 0);
    if (name == NULL || strcmp(name, "help") == 0) {
        help(out);
        return;
    }
    bool many;
    const struct monitor_command *command = find(name, &many);
    if (command == NULL || many) {
        g_string_append_printf(out, "\"%s\" %s; \"monitor help\" lists what there is\n", name,
                               many ? "begins several commands" : "is no command");
        return;
    }
    if (command->run == NULL) {
        help(out);
        return;
    }
    struct monitor_call call = {c, c->server, c->server->machine, (char **)words->pdata + 1, out};
    command->run(&call);
}
