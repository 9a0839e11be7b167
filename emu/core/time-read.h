/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A loop that asks a running counter for the time and makes milliseconds of it does the same in every round for as long as the
 * milliseconds are the same. This tells whether it is so: the instructions behind the load of a counter are followed with a
 * range of values in the place of the one that was read, until nothing depends on it any more.
 */
#ifndef EMU_CORE_TIME_READ_H
#define EMU_CORE_TIME_READ_H

#include "emu/core/block.h"

/* A word of plain memory; false if there is none. */
typedef bool (*time_read_word)(void *data, uint32_t address, uint32_t *value);

/*
 * insns: the instructions behind the load, to the end of their block; target: the register that was loaded; registers: R0 to
 * R14 before the load. True if any value from first to last would leave the same registers and flags, and reaches no memory and
 * no branch.
 */
bool time_read_is_harmless(const struct block_insn *insns, unsigned n, unsigned target, uint32_t first, uint32_t last,
                           const uint32_t registers[15], time_read_word word, void *data);

#endif
