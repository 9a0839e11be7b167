/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine: devices on a bus, joined by lines, in virtual time, with one CPU.
 *
 * Life: machine_new, then a board's build function adds memories and devices and joins them, then machine_seal, then
 * machine_power_on. Two machines in one process share nothing.
 */
#ifndef EMU_CORE_MACHINE_H
#define EMU_CORE_MACHINE_H

#include <glib.h>

#include "emu/core/device.h"

/* ---- making one ---- */

struct machine *machine_new(uint64_t seed);
void machine_free(struct machine *m);

/* Have free(data) called when the machine is freed: for configurations made at run time. */
void machine_own(struct machine *m, void *data, GDestroyNotify free);

/* RAM that code can run from. base and size are multiples of 0x400. */
void machine_add_ram(struct machine *m, const char *name, uint32_t base, uint32_t size);
/* Flash, read and executed at base and at alias, stored to through controller's class->memory_store; stores to
   the alias are dropped, as on silicon. */
void machine_add_flash(struct machine *m, struct device *controller, uint32_t base, uint32_t size, uint32_t alias);
/* A bit-band region: word n of the alias is bit n%8 of byte base + n/8. */
void machine_add_bit_band(struct machine *m, uint32_t base, uint32_t size, uint32_t alias);

/* name is kept, config is kept; base 0 for a device without a window. */
struct device *machine_add_device(struct machine *m, const struct device_class *class, const char *name, uint32_t base,
                                  const void *config);
struct device *machine_device(const struct machine *m, const char *name);

/* Join lines by "DEVICE.line" names: machine_connect(m, "TIM2.irq", "NVIC.irq28"). A wrong name aborts with a message: wiring
   is program text. An output may feed any number of inputs; an input has one source. */
void machine_connect(struct machine *m, const char *output, const char *input);
/* Which output drives the gate of a device's bus clock (level 1 = on), and which its reset (level 1 = held in reset). While its
   clock is off a device's registers read 0 and ignore writes. */
void machine_connect_gate(struct machine *m, const char *output, const char *device);
void machine_connect_reset(struct machine *m, const char *output, const char *device);

/* Clock nodes: named rates that one device sets and others follow: machine_connect_clock(m, "PCLK1", "TIM2.bus"). */
void machine_connect_clock(struct machine *m, const char *clock, const char *input);
void machine_set_clock(struct machine *m, const char *clock, struct frequency f);
struct frequency machine_clock(const struct machine *m, const char *clock);

/* No more devices or wires from here on: allocates the state, calls every class->init. */
void machine_seal(struct machine *m);
void machine_power_on(struct machine *m);
/* The same with the backup domain kept alive by a battery (VBAT). */
void machine_power_on_with_battery(struct machine *m);
/* The NRST pin: a system reset when it goes low, for that cause; nothing executes until it is released. */
void machine_hold_reset(struct machine *m, bool held, const char *cause);

/* ---- running ---- */

/* Let time pass without a CPU, with every event at its moment: for device tests. */
void machine_pass_time(struct machine *m, ticks_t until);

/* Publish a "stored" event for each bit that is only stored, when the guest first changes it. */
void machine_set_strict_stored(struct machine *m, bool on);

/* ---- the outside ---- */

/*
 * A host bridge's ear: f is called at the next acceptance point after that output line ("WLAN.host") pulsed or changed, once
 * for any number of changes. It may call the device's host functions. Not part of the value: a snapshot holds no listeners and
 * a restore keeps them.
 */
typedef void (*machine_listener)(void *data);
void machine_listen(struct machine *m, const char *output, machine_listener f, void *data);
void machine_unlisten(struct machine *m, const char *output, machine_listener f, void *data);

/* ---- looking ---- */

/* The bus as a debugger sees it: nothing changes. */
bool machine_peek(struct machine *m, uint32_t address, unsigned size, uint32_t *value);
/* Name of the register at an address, such as "RCC_CR", into buffer; "0x40023800" if there is none. */
const char *machine_register_name(struct machine *m, uint32_t address, char *buffer, size_t size);

GPtrArray *machine_devices(struct machine *m); /* of struct device *, in the order added; owned by the machine */

#endif
