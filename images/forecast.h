/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a device does when it is started next, told from its flash, its DCT and its backup registers by the rules of the
 * installed code: steps, resets between them, and how it ends. Nothing is executed; key generation, Wi-Fi and what the user
 * module itself does are not in it.
 */
#ifndef IMAGES_FORECAST_H
#define IMAGES_FORECAST_H

#include "images/verdict.h"

enum forecast_step_kind {
    FORECAST_SLOT_COPIED,     /* an update: sectors of the destination erased and programmed */
    FORECAST_SLOT_DROPPED,    /* its checks failed, nothing erased */
    FORECAST_SLOTS_IGNORED,   /* the bootloader cannot read the DCT */
    FORECAST_FACTORY_COPIED,  /* factory reset done */
    FORECAST_FACTORY_REFUSED, /* factory reset refused: nothing erased */
    FORECAST_FACTORY_ASKED,   /* by the system: "always tinker" */
    FORECAST_UPDATE_ACCEPTED, /* 0xA5: a slot is written */
    FORECAST_UPDATE_REFUSED,
    FORECAST_BOOTLOADER_COPIED, /* the one inside system part 2, over an older one */
    FORECAST_RESET,             /* the device resets itself */
    FORECAST_USER_STARTED,      /* the user module's code runs */
    FORECAST_USER_SKIPPED,      /* safe mode */
    FORECAST_DFU,               /* the end: DFU mode */
    FORECAST_CRASH,             /* the end: a fault */
    FORECAST_LOOP,              /* the end: from here on as from an earlier start, for ever */
};
const char *forecast_step_name(enum forecast_step_kind kind); /* "slot-copied" */

struct forecast_step {
    enum forecast_step_kind kind;
    unsigned slot;          /* of FORECAST_SLOT_ steps */
    uint32_t address, size; /* copied to, if anything was */
    uint16_t sectors;       /* erased: a bit each; without those of the DCT */
    char *text;             /* a sentence */
};

struct forecast {
    GPtrArray *steps;            /* struct forecast_step * */
    unsigned resets;             /* by the device itself, up to its end or the first repetition */
    bool user_ran;               /* code of the user module ran at some time: also before an update that came later */
    bool user_runs;              /* ... and in the end */
    uint16_t sectors;            /* erased in all, without the DCT's (1, 2) */
    enum forecast_step_kind end; /* USER_STARTED, USER_SKIPPED, DFU, CRASH or LOOP */
    bool user_uncertain;       /* a part has a hole: what runs before the fault may be the user module's first function, too */
    bool may_crash;            /* a system part older than another needs: what happens depends on what changed between them */
    uint8_t *flash;            /* IMAGE_FLASH_SIZE bytes, as it is then; the DCT's sectors are not kept up */
    struct verdicts *verdicts; /* of that flash */
};

/* Free with forecast_free. */
struct forecast *forecast_new(const uint8_t *flash, const struct verdict_facts *facts);
void forecast_free(struct forecast *forecast);

#endif
