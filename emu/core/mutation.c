/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/mutation.h"

#ifdef PHOTON_EMU_MUTATIONS

#include <glib.h>
#include <string.h>

#include "emu/core/machine-internal.h"

static const char *const names[MUTATIONS] = {
    [MUTATION_NONE] = "none",
    [MUTATION_PROGRAM_SETS_BITS] = "program-sets-bits",
    [MUTATION_SECTOR_4_IS_128K] = "sector-4-is-128k",
    [MUTATION_WRPERR_IGNORED] = "wrperr-ignored",
    [MUTATION_STALE_ERROR_HARMLESS] = "stale-error-harmless",
    [MUTATION_OPTIONS_LOST] = "options-lost-at-reset",
    [MUTATION_BACKUP_WITHOUT_VBAT] = "backup-without-vbat",
    [MUTATION_IWDG_NEVER_BITES] = "iwdg-never-bites",
    [MUTATION_IWDG_SURVIVES_RESET] = "iwdg-survives-reset",
    [MUTATION_SOFTWARE_WITHOUT_PINRST] = "software-without-pinrst",
    [MUTATION_LED_INVERTED] = "led-inverted",
    [MUTATION_SETUP_EDGE_LOST] = "setup-edge-lost",
    [MUTATION_INTERRUPT_DURING_STALL] = "interrupt-during-stall",
};

/* Asked once a machine and kept there: the environment is no part of the value. */
static unsigned chosen(void)
{
    const char *name = g_getenv("PHOTON_EMU_MUTATION");
    for (unsigned i = 0; name != NULL && i < MUTATIONS; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    if (name != NULL && *name != '\0')
        g_error("PHOTON_EMU_MUTATION: there is no mutation \"%s\"", name);
    return MUTATION_NONE;
}

void machine_choose_mutation(struct machine *m)
{
    m->mutation = chosen();
}

bool machine_mutated(const struct machine *m, enum mutation mutation)
{
    return m->mutation == (unsigned)mutation;
}

#else
typedef int no_mutations;
#endif
