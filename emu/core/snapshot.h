/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots in process: the whole machine as a value. */
#ifndef EMU_CORE_SNAPSHOT_H
#define EMU_CORE_SNAPSHOT_H

#include "emu/core/machine.h"

struct snapshot;

/* Copy of the machine's value; between machine_run calls only. Flash pages that did not change are shared. */
struct snapshot *machine_save(struct machine *m);
/* Put a machine of the same board (this one or another) into that state. */
void machine_restore(struct machine *m, const struct snapshot *s);
void snapshot_free(struct snapshot *s);

#endif
