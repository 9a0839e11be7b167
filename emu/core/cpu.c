/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/cpu.h"

#include "emu/core/machine-internal.h"

void engine_free(struct engine *e) { (void)e; }
void engine_reset(struct engine *e) { (void)e; }
ticks_t engine_now(const struct engine *e) { (void)e; return 0; }
void engine_interrupt(struct engine *e) { (void)e; }
void engine_deadline_changed(struct engine *e) { (void)e; }
void engine_code_changed(struct engine *e, uint32_t flash_offset, uint32_t length) { (void)e; (void)flash_offset; (void)length; }
void engine_ram_written(struct engine *e, uint32_t address, uint32_t length) { (void)e; (void)address; (void)length; }
uint32_t machine_pc(const struct machine *m) { (void)m; return 0; }
