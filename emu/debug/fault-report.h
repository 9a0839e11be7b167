/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fault was, in words, from the fault status registers and the frame that the exception pushed. */
#ifndef EMU_DEBUG_FAULT_REPORT_H
#define EMU_DEBUG_FAULT_REPORT_H

#include <glib.h>

#include "emu/core/debug.h"

/* thread: name of the running thread, or NULL. Several lines. */
void fault_report(struct machine *m, const char *thread, GString *out);

#endif
