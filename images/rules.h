/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one release of Particle's bootloader or system does differently from another, by module version.
 *
 * A header can lie about the code behind it (photon-emu image edit --version); who knows better says so in verdict_facts.
 */
#ifndef IMAGES_RULES_H
#define IMAGES_RULES_H

#include <stdbool.h>
#include <stdint.h>

struct bootloader_rules {
    uint16_t version;
    bool tests_factory_image;    /* before it offers a factory reset by button */
    bool takes_safe_mode;        /* knows the request 0x5AFE in DR1 */
    bool flags_in_backup;        /* system flags in DR4..DR9; otherwise in the DCT */
    bool borrows_dct_code;       /* has none of its own: calls system part 2's */
    bool clears_slots_first;     /* before any copy; otherwise each after its copy */
    bool clears_wifi_alone;      /* SETUP held for over 10 s clears Wi-Fi even with no factory image */
    bool spares_old_system_iwdg; /* no watchdog for a system older than 200 */
};

struct system_rules {
    uint16_t version;
    bool flags_in_backup;
    bool checks_modules;         /* bootloader and itself, before it looks at the user module */
    bool startup_ff_is_normal;   /* StartupMode 0xFF (never written) is no safe mode */
    bool second_dependency;      /* is looked at */
    bool keeps_others_satisfied; /* refuses an update that breaks what another system part needs */
    bool has_update_flag;        /* byte 1753 of the DCT: 0xA5 has it look at the OTA area at its start */
    bool refuses_unknown;        /* a dependency on a module without a place is unmet; before, it read what lies at address 0 */
    /* System part 1 older than this lacks functions that part 2 calls at its start: a fault within 25 ms. */
    uint16_t least_part1;
};

struct bootloader_rules bootloader_rules(uint16_t version);
struct system_rules system_rules(uint16_t version);

/* The release that brought a system part or bootloader of that version: "1.5.0"; NULL where none is known. */
const char *system_release(unsigned version);
const char *bootloader_release(unsigned version);
/* The first release with that version or a newer one, no pre-release if there is another; NULL where none is known. */
const char *system_release_since(unsigned version);
const char *bootloader_release_since(unsigned version);

#endif
