/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States of devices that many scenarios begin with, made once: devices with keys, kept in a folder that processes share, and
 * booted devices, kept in memory. What comes out is the same whether it was made now or before.
 */
#ifndef EMU_SCRIPT_PREPARED_H
#define EMU_SCRIPT_PREPARED_H

#include <glib.h>

#include "emu/script/dut.h"

struct prepared;

/* folder: shared with other processes, and NULL for none; tag: of this build of the program, so that what another one has left
   in the folder is not used. */
struct prepared *prepared_new(const char *folder, const char *tag);
void prepared_free(struct prepared *p);

/* A device as shipped with that set, after its first boot: it has made its keys and was switched off. False with an error. */
bool prepared_keys(struct prepared *p, const struct board *board, const char *set, struct board_persistent *device,
                   GError **error);

/*
 * A device like that of the options, holding *persistent, switched on and run until the condition holds or the time within is
 * over; *end says which. NULL with an error for bad options. The condition is parsed already, text is the same in words.
 */
struct dut *prepared_booted(struct prepared *p, const struct dut_options *options, const struct board_persistent *persistent,
                            const char *text, ticks_t within, enum dut_end *end, GError **error);

#endif
