/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be seen: lights, pins, registers by name, modules, flash, events. */
#include "emu/debug/monitor.h"
#include "images/module.h"
#include "images/set.h"

static void led(const struct monitor_call *call)
{
    if (!observer_tell_last(call->server->observer, "led", call->out))
        monitor_say(call, "no LED has been lit yet\n");
}

static void pins(const struct monitor_call *call)
{
    bool any = observer_tell_last(call->server->observer, "pin", call->out);
    any |= observer_tell_last(call->server->observer, "pwm", call->out);
    any |= observer_tell_last(call->server->observer, "dac", call->out);
    if (!any)
        monitor_say(call, "no pin has been driven yet\n");
}

/* ---- registers ---- */

static void list_devices(const struct monitor_call *call)
{
    GPtrArray *devices = machine_devices(call->machine);
    unsigned column = 0;
    for (unsigned i = 0; i < devices->len; i++) {
        const struct device *dev = g_ptr_array_index(devices, i);
        if (dev->class->n_registers == 0 || dev->base == 0)
            continue;
        if (column > 0)
            monitor_say(call, column + strlen(dev->name) + 2 > 78 ? ",\n" : ", ");
        column = column > 0 && column + strlen(dev->name) + 2 <= 78 ? column + (unsigned)strlen(dev->name) + 2
                                                                    : (unsigned)strlen(dev->name);
        monitor_say(call, "%s", dev->name);
    }
    monitor_say(call, "\n");
}

static void tell_register(const struct monitor_call *call, const struct device *dev, const struct reg *reg)
{
    uint32_t value = 0;
    if (debug_read(call->machine, dev->base + reg->offset, &value, 4) != 4)
        return;
    monitor_say(call, "0x%08X %s_%-8s 0x%08X ", dev->base + reg->offset, dev->name, reg->name, value);
    for (unsigned i = 0; i < reg->n_fields; i++) {
        const struct reg_field *f = &reg->fields[i];
        uint32_t bits = (value & field_mask(f->lsb, f->width)) >> f->lsb;
        if (f->width == 32 || bits == 0)
            continue;
        monitor_say(call, f->width == 1 ? " %s" : " %s=%u", f->name, bits);
    }
    monitor_say(call, "\n");
}

static void regs(const struct monitor_call *call)
{
    if (call->args[0] == NULL) {
        list_devices(call);
        return;
    }
    g_autofree char *name = g_ascii_strup(call->args[0], -1);
    g_autofree char *wanted = call->args[1] != NULL ? g_ascii_strup(call->args[1], -1) : NULL;
    const struct device *dev = machine_device(call->machine, name);
    if (dev == NULL || dev->class->n_registers == 0 || dev->base == 0) {
        monitor_say(call, "there is no peripheral \"%s\" with registers; there are\n", name);
        list_devices(call);
        return;
    }
    unsigned shown = 0;
    for (unsigned i = 0; i < dev->class->n_registers; i++) {
        const struct reg *reg = &dev->class->registers[i];
        if (reg->name == NULL || (wanted != NULL && strcmp(reg->name, wanted) != 0))
            continue;
        tell_register(call, dev, reg);
        shown++;
    }
    if (shown == 0)
        monitor_say(call, "%s has no register %s\n", name, wanted);
    else
        monitor_say(call, "(fields that are 0 are left out)\n");
}

/* ---- flash ---- */

static void modules(const struct monitor_call *call)
{
    const uint8_t *flash = board_flash(call->machine);
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        const struct image_place *p = &image_places[i];
        struct module module;
        bool found = module_parse(flash + (p->address - board_sector_address(0)), p->size, &module);
        g_autofree char *text = found ? module_describe(&module) : NULL;
        monitor_say(call, "%-13s 0x%08X  %s\n", p->name, p->address, found ? text : "no module");
    }
}

static void flash(const struct monitor_call *call)
{
    const uint8_t *contents = board_flash(call->machine);
    struct board_persistent *p = g_new0(struct board_persistent, 1);
    board_persistent_fetch(call->machine, p);
    for (unsigned i = 0; i < BOARD_SECTORS; i++) {
        uint32_t offset = board_sector_address(i) - board_sector_address(0), size = board_sector_size(i), used = 0;
        for (uint32_t k = 0; k < size; k++)
            used += contents[offset + k] != 0xFF;
        monitor_say(call, "sector %2u  0x%08X  %3u KB  %3u %% programmed, erased %u times%s\n", i, board_sector_address(i),
                    size / 1024, (unsigned)((uint64_t)used * 100 / size), p->erase_counts[i],
                    p->option_bytes & BIT(16 + i) ? "" : ", write-protected");
    }
    g_free(p);
}

static void events(const struct monitor_call *call)
{
    guint64 n = 20;
    if (call->args[0] != NULL && !g_ascii_string_to_unsigned(call->args[0], 10, 1, OBSERVER_EVENTS, &n, NULL)) {
        monitor_say(call, "a number of events from 1 to %d, not \"%s\"\n", OBSERVER_EVENTS, call->args[0]);
        return;
    }
    observer_tell_events(call->server->observer, (unsigned)n, call->out);
}

const struct monitor_command monitor_look_commands[] = {
    {"led", "", "what the LEDs show", led},
    {"pins", "", "what pins are driven to, and PWM", pins},
    {"regs", "[PERIPHERAL [REGISTER]]", "registers by name, with their fields; without: the peripherals", regs},
    {"modules", "", "the modules in flash", modules},
    {"flash", "", "sectors of the flash", flash},
    {"events", "[N]", "the last events (20)", events},
    {NULL, NULL, NULL, NULL},
};
