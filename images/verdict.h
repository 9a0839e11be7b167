/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the installed bootloader and the installed system make of the modules in a device's flash: each place's header, range,
 * platform, CRC and dependencies, and what follows, in words.
 *
 * The rules are those of the real code (Device OS sources by tag: flash_mal.c, ota_module.cpp, ota_flash_hal_stm32f2xx.cpp,
 * core_hal_stm32f2xx.c, system_part2_loader.c, bootloader/src), with their omissions: a header's function is not looked at
 * where the code does not look at it, and an erased module satisfies any dependency, for its version reads 0xFFFF. Which
 * release's rules apply is told by the versions of the bootloader and of system part 2 (images/rules.h).
 *
 * images/forecast.h strings these verdicts together into what the next start does.
 */
#ifndef IMAGES_VERDICT_H
#define IMAGES_VERDICT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "images/module.h"
#include "images/rules.h"
#include "images/set.h"

/* ---- what is known besides flash ---- */

/* An entry of the DCT's table of flash modules (20 bytes, application area + 2852): something to be copied at the next start.
 */
struct module_slot {
    uint16_t magic;                            /* SLOT_PENDING, SLOT_FACTORY; anything else: free */
    uint8_t source_device, destination_device; /* 0: internal flash */
    uint32_t source, destination, length;
    uint8_t flags;    /* SLOT_CHECK_ */
    uint8_t function; /* of the module that must lie there */
};
enum { MODULE_SLOT_SIZE = 20, MODULE_SLOTS = 5, SLOT_PENDING = 0xABCD, SLOT_FACTORY = 0x0FAC };
enum { SLOT_CHECK_CRC = 2, SLOT_CHECK_DESTINATION = 4, SLOT_CHECK_FUNCTION = 8 };

struct module_slot module_slot_read(const uint8_t *bytes);
void module_slot_write(const struct module_slot *slot, uint8_t *bytes);

/* Of one record of system flags what a start depends on. All ones: nothing is asked for. */
struct verdict_flags {
    uint16_t factory_reset; /* 0xAAAA: asked for */
    uint16_t ota_update;    /* 0x0005: "OTA complete", which ends in DFU on this hardware */
    uint16_t watchdog;      /* 0xD001: arm it at the jump to the system */
    uint8_t startup_mode;   /* bit 0: safe mode */
};
#define VERDICT_NO_FLAGS ((struct verdict_flags){0xFFFF, 0xFFFF, 0xFFFF, 0xFF})

/*
 * For a device of which only flash is known, VERDICT_FACTS_DEFAULT: a Photon switched on, no button held, StartupMode of the
 * DCT 0, no slots.
 */
struct verdict_facts {
    uint16_t platform;                     /* of the board */
    uint16_t bootloader_code;              /* version whose rules the code follows; 0: as its header says */
    uint16_t system_code;                  /* likewise for system part 2 */
    uint16_t part1_code;                   /* and for system part 1 */
    struct verdict_flags dct;              /* application area + 0, of the current copy */
    struct verdict_flags backup;           /* DR4..DR9; VERDICT_NO_FLAGS if DR4 is not 0x1ADEACC0 */
    uint16_t request;                      /* DR1: 0xEDFA DFU, 0x5AFE safe mode, 1..3 count watchdog resets */
    bool watchdog_reset;                   /* RCC_CSR says that the watchdog caused this start */
    unsigned setup_held_ms;                /* SETUP, from the start on */
    uint8_t update_flag;                   /* byte 1753 of the DCT's application area; 0xA5 */
    struct module_slot slot[MODULE_SLOTS]; /* 0 is the factory image's */
};
#define VERDICT_FACTS_DEFAULT                                                                                                  \
    ((struct verdict_facts){.platform = PLATFORM_PHOTON,                                                                       \
                            .dct = {0xFFFF, 0xFFFF, 0xFFFF, 0},                                                                \
                            .backup = {0xFFFF, 0xFFFF, 0xFFFF, 0xFF},                                                          \
                            .update_flag = 0xFF})

/* ---- verdicts ---- */

enum module_place {
    PLACE_BOOTLOADER = IMAGE_BOOTLOADER,
    PLACE_SYSTEM_PART1 = IMAGE_SYSTEM_PART1,
    PLACE_SYSTEM_PART2 = IMAGE_SYSTEM_PART2,
    PLACE_USER = IMAGE_USER,
    PLACE_FACTORY = IMAGE_FACTORY,
    PLACE_OTA, /* 0x080C0000: judged as an update that has just been received */
    PLACES,
};

enum module_outcome {
    OUTCOME_UNUSED,    /* nothing there, and nobody minds */
    OUTCOME_RUNS,      /* bootloader, parts: used; user: started */
    OUTCOME_SKIPPED,   /* user: not started, safe mode; parts: used, but the user module is not started because of them */
    OUTCOME_REPLACED,  /* user: the factory image is copied over it ("always tinker") */
    OUTCOME_AVAILABLE, /* factory: would be restored; OTA: would be accepted */
    OUTCOME_REFUSED,   /* factory, OTA: would not */
    OUTCOME_LOOPS,     /* the device resets itself for ever */
    OUTCOME_DFU,       /* the bootloader stays in DFU mode */
    OUTCOME_CRASHES,   /* a fault: nothing runs any more, or nothing but the SOS */
};
const char *module_outcome_name(enum module_outcome outcome); /* "skipped" */

/* Why; the first check that fails, in the order in which the code makes them. */
enum module_reason {
    REASON_GOOD,
    REASON_ERASED,         /* all of the place is 0xFF */
    REASON_NO_HEADER,      /* no module's header where the code looks for it; a Core image has its elsewhere */
    REASON_WRONG_START,    /* made for another address */
    REASON_WRONG_END,      /* before its start or out of the place */
    REASON_WRONG_PLATFORM, /* for another board */
    REASON_WRONG_FUNCTION, /* another kind of module */
    REASON_WRONG_CRC,
    REASON_DEPENDENCY,     /* the first dependency is unmet */
    REASON_DEPENDENCY2,    /* the second is */
    REASON_BREAKS_OTHERS,  /* OTA: another system part needs a newer one */
    REASON_BOOTLOADER_BAD, /* user: the system found fault with the bootloader */
    REASON_SYSTEM_BAD,     /* user: ... or with system part 2 */
    REASON_SAFE_MODE,      /* user: safe mode was asked for */
    REASON_HOLE,           /* parts: a sector of it is erased */
    REASON_NOT_REACHED,    /* nothing starts the code that would look at it */
};
const char *module_reason_name(enum module_reason reason); /* "dependency" */

struct verdict_dependency {
    struct module_dependency needed; /* function MODULE_NONE: none */
    bool looked_at;                  /* by the code that decides about this place */
    bool has_place;                  /* such a module has a place on this board */
    uint16_t present;                /* version that the code reads there; 0xFFFF for an erased one */
    bool met;
};

struct module_verdict {
    enum module_place place;
    uint32_t address, size; /* of the place */
    bool erased;
    bool has_module;             /* module_parse finds one; it may be one for a Core */
    struct module module;        /* if has_module */
    struct module_header header; /* as the device reads it, which is garbage where there is none */
    bool header_valid;           /* start, end and platform as the code wants them for this place */
    bool start_good, end_good, platform_good, function_good, crc_good;
    struct verdict_dependency dependency[2];
    enum module_outcome outcome;
    enum module_reason reason;
    char
        *cause; /* a sentence or two: "The user module at 0x080A0000 has a good CRC but needs system part 2 version 108; ..." */
    char *effect; /* "The system skips it (safe mode). Without Wi-Fi this looks like listening mode: blinking blue." */
    char *cure;   /* "Flash system 0.6.2 or newer, or build the app for 0.5.2."; NULL: nothing is wrong */
};

struct verdicts {
    struct bootloader_rules bootloader;
    struct system_rules system;
    struct module_verdict place[PLACES];
    bool system_starts;     /* the bootloader jumps, and the parts hold together as far as headers tell */
    bool user_runs;         /* with the flags as they are; see place[PLACE_USER] for why not */
    bool factory_by_itself; /* the system asks for a factory reset, because the user module's header is invalid */
    bool factory_by_button; /* the bootloader offers it: green after 6.5 s */
    bool dct_usable;        /* by the bootloader: slots, DFU's second alternate, theme */
    char *dct_cause;        /* why not; NULL if it is */
};

/* flash: IMAGE_FLASH_SIZE bytes. facts NULL: VERDICT_FACTS_DEFAULT. Free with verdicts_free. */
struct verdicts *verdicts_new(const uint8_t *flash, const struct verdict_facts *facts);
void verdicts_free(struct verdicts *verdicts);

/* Would the bootloader copy what this slot says? REASON_GOOD, or why not. text: a sentence, to be freed; may be NULL. */
enum module_reason verdict_slot(const uint8_t *flash, uint16_t platform, const struct module_slot *slot, char **text);

/* The slot that the code falls back to for a factory reset, and that the system writes at every start. */
extern const struct module_slot verdict_factory_slot;

#endif
