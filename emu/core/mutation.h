/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mutations: wrong turns of the model that a test switches on one at a time, to prove that a story would notice. They exist
 * only in programs built with PHOTON_EMU_MUTATIONS (the test program photon-emu-mutant), where PHOTON_EMU_MUTATION in the
 * environment names one for every machine made; elsewhere machine_mutated is false at compile time.
 */
#ifndef EMU_CORE_MUTATION_H
#define EMU_CORE_MUTATION_H

#include <stdbool.h>

struct machine;

enum mutation {
    MUTATION_NONE,
    MUTATION_PROGRAM_SETS_BITS,       /* "program-sets-bits": programming flash may turn 0 into 1 */
    MUTATION_SECTOR_4_IS_128K,        /* "sector-4-is-128k" */
    MUTATION_WRPERR_IGNORED,          /* "wrperr-ignored": protected sectors can be erased and programmed */
    MUTATION_STALE_ERROR_HARMLESS,    /* "stale-error-harmless": a flash operation clears the error flags of earlier ones */
    MUTATION_OPTIONS_LOST,            /* "options-lost-at-reset": option bytes are the factory's after each reset */
    MUTATION_BACKUP_WITHOUT_VBAT,     /* "backup-without-vbat": backup registers survive power-off without a battery */
    MUTATION_IWDG_NEVER_BITES,        /* "iwdg-never-bites" */
    MUTATION_IWDG_SURVIVES_RESET,     /* "iwdg-survives-reset": a software reset does not stop it */
    MUTATION_SOFTWARE_WITHOUT_PINRST, /* "software-without-pinrst": a software reset does not pull NRST */
    MUTATION_LED_INVERTED,            /* "led-inverted" */
    MUTATION_SETUP_EDGE_LOST,         /* "setup-edge-lost": EXTI misses the button */
    MUTATION_INTERRUPT_DURING_STALL,  /* "interrupt-during-stall": a busy flash does not hold up exceptions */
    MUTATIONS,
};

#ifdef PHOTON_EMU_MUTATIONS
bool machine_mutated(const struct machine *m, enum mutation mutation);
#else
#define machine_mutated(M, MUTATION) ((void)(M), false)
#endif

#endif
