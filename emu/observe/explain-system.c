/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences about what the system did with the user module, with settings and with updates, and why it reset the device. */
#include <string.h>

#include "emu/observe/explain-internal.h"
#include "images/rules.h"

static char *system_string(const struct judgement *j)
{
    unsigned version = j->verdicts->system.version;
    const char *release = system_release(version);
    return release != NULL ? g_strdup_printf("system %s", release) : g_strdup_printf("system version %u", version);
}

void note_system(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->system == TICKS_NEVER || b->then == NULL)
        return;
    g_autofree char *system = system_string(b->then);
    note_say(notes, b->system, WEIGHT_DETAIL, "The bootloader (version %u) started %s.", b->then->verdicts->bootloader.version,
             system);
    if (b->watchdog_ms != 0)
        note_say(notes, b->system, WEIGHT_DETAIL, "A watchdog was running, to be served every %.4g s.",
                 b->watchdog_ms / 1000.0);
    if (b->keys_made)
        note_say(notes, MIN(b->ended, e->now), WEIGHT_NORMAL,
                 "The device had no keys: the system made a pair (blinking or solid white) and stored it.");
    if (b->bootloader_replaced)
        note_say(notes, b->sector[0].last, WEIGHT_IMPORTANT, "The system replaced the bootloader by version %u.",
                 b->after->verdicts->bootloader.version);
    if (b->wifi_cleared)
        note_say(notes, MIN(b->hold_until, e->now) > b->system && b->hold_until != TICKS_NEVER ? b->hold_until : b->system,
                 WEIGHT_IMPORTANT, "The stored Wi-Fi networks were deleted.")
            ->cure = g_strdup("Store the Wi-Fi network again.");
    if (b->stuck != NULL)
        note_say(notes, b->stuck_when, WEIGHT_IMPORTANT, "The firmware waits for something that does not come: %s.", b->stuck);
}

/* ---- updates that the system looks at ---- */

static void note_update(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    const struct sector_work *w = &b->sector[board_sector(0x080C0000)], *last = &b->sector[BOARD_SECTORS - 1];
    const struct module_verdict *ota = &b->after->verdicts->place[PLACE_OTA];
    ticks_t end = MIN(b->ended, e->now), looked = MIN(b->main, end); /* soon after its main function began */
    if (w->bytes > 0 && !b->dfu)
        note_say(notes, MAX(w->last, last->last), WEIGHT_IMPORTANT,
                 "An image of about %u KB was received into the OTA area at 0x080C0000 (LED magenta).%s",
                 (unsigned)((w->bytes + last->bytes + 1023) / 1024),
                 b->factory_lost ? " It reached over 0x080E0000, where the factory image was: that is destroyed." : "")
            ->cure = b->factory_lost ? g_strdup("Flash an app to 0x080E0000, to have a factory image again.") : NULL;
    if (b->update_accepted)
        note_say(notes, end, WEIGHT_IMPORTANT, "The system accepted the image in the OTA area. %s", ota->cause);
    else if (b->update_refused)
        note_say(notes, looked, WEIGHT_MAIN, "The system was asked to apply the image in the OTA area and refused it. %s",
                 ota->cause)
            ->cure = g_strdup(ota->cure);
    else if (w->bytes > 0 && b->reset != NULL && !b->dfu)
        note_say(notes, end, WEIGHT_MAIN, "The system did not accept the image that it had received. %s", ota->cause)->cure =
            g_strdup(ota->cure);
}

/* ---- the user module ---- */

static const char *looks(const struct boot *b)
{
    if (b->safe_in_cloud != TICKS_NEVER)
        return " With a cloud connection that is breathing magenta.";
    return " Without Wi-Fi this looks like listening mode: blinking blue.";
}

static void note_ran(const struct boot *b, GPtrArray *notes)
{
    const struct module_verdict *v = &b->then->verdicts->place[PLACE_USER];
    const char *how = b->health >= HEALTH_RAN_LOOP || b->user_loop != TICKS_NEVER ? ", and its setup() and loop() ran"
                      : b->health >= HEALTH_LOOP                                  ? ", its setup() ran and its loop() began"
                      : b->health >= HEALTH_SETUP                                 ? ", and its setup() began"
                                                                                  : "";
    bool online = b->cloud != TICKS_NEVER;
    bool waits =
        b->main != TICKS_NEVER && *how == '\0' && !online && (b->healthy != TICKS_NEVER || b->listening != TICKS_NEVER);
    if (v->outcome == OUTCOME_RUNS) {
        note_say(notes, b->user_code, WEIGHT_DETAIL, "%s", v->cause);
        note_say(notes, b->user_code, WEIGHT_MAIN, "The system started the user module at 0x%08X (version %u)%s.%s", v->address,
                 v->header.version, how, waits ? " Its setup() and loop() wait for the cloud (automatic mode)." : "");
    } else if (part_has_hole(b)) {
        note_say(notes, b->user_code, WEIGHT_NORMAL, "The system began the user module, before it came to the hole.");
    } else {
        note_say(notes, b->user_code, WEIGHT_MAIN,
                 "By its header the system should not have started the user module, but its code ran. The header said: %s",
                 v->cause);
    }
}

static void note_skipped(const struct boot *b, GPtrArray *notes)
{
    const struct module_verdict *v = &b->then->verdicts->place[PLACE_USER];
    g_autofree char *system = system_string(b->then);
    ticks_t when = b->system;
    if (v->outcome == OUTCOME_RUNS)
        note_say(notes, when, WEIGHT_MAIN, "%s By its header it should have run, but no code of it was executed.", v->cause);
    else if (v->outcome == OUTCOME_SKIPPED && v->reason == REASON_ERASED)
        note_say(notes, when, WEIGHT_MAIN, "%s There was no factory image either that could take its place: safe mode.%s",
                 v->cause, looks(b));
    else if (v->outcome == OUTCOME_SKIPPED)
        note_say(notes, when, WEIGHT_MAIN, "%s The system skipped %s (safe mode).%s", v->cause,
                 v->reason == REASON_SAFE_MODE ? "the user module" : "it", looks(b));
    else if (v->outcome == OUTCOME_REPLACED || v->outcome == OUTCOME_LOOPS)
        note_say(notes, when, WEIGHT_MAIN,
                 "%s By the headers the system should have asked for a factory reset, but it did not, and ran without an app.",
                 v->cause);
    else
        note_say(notes, when, WEIGHT_MAIN, "%s By that the system should not have come so far, but it ran, without an app.",
                 v->cause);
    if (v->outcome != OUTCOME_RUNS)
        ((struct note *)g_ptr_array_index(notes, notes->len - 1))->cure = g_strdup(v->cure);
}

void note_user(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->system == TICKS_NEVER || b->then == NULL)
        return;
    const struct module_verdict *v = &b->then->verdicts->place[PLACE_USER];
    if (b->user_known && b->user == EXPLAIN_USER_RAN)
        note_ran(b, notes);
    else if (b->user_known && b->user == EXPLAIN_USER_REPLACED)
        note_say(notes, MIN(b->ended, e->now), WEIGHT_MAIN,
                 "%s The system asked for a factory reset, for the factory image has a valid header.", v->cause)
            ->cure = g_strdup(v->cure);
    else if (b->user_known)
        note_skipped(b, notes);
    note_update(e, b, notes);
}

/* ---- the end of a start ---- */

/* The system's own word for it, in DR2 (systems since 0.7.0, with the feature "reset info" on: core_hal.h). */
static const char *reason_string(uint32_t reason)
{
    static const struct {
        uint32_t reason;
        const char *words;
    } reasons[] = {{30, "for power management"},         {70, "to apply an update"},
                   {80, "after an update that failed"},  {90, "because an update had stopped coming"},
                   {100, "for a factory reset"},         {110, "to go to safe mode"},
                   {120, "to go to DFU mode"},           {130, "after a panic"},
                   {140, "because the app asked for it"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (reasons[i].reason == reason)
            return reasons[i].words;
    return NULL;
}

static const char *why_reset(const struct explain *e, const struct boot *b)
{
    uint16_t asked = (uint16_t)e->backup[1];
    if (b->dfu)
        return "when the host had ended DFU mode";
    if (b->factory_copied || b->factory_torn)
        return "after the factory reset";
    if (b->factory_refused)
        return "after it had refused the factory reset";
    if (b->factory_asked)
        return "for the factory reset";
    if (b->sos.seen)
        return "after the SOS";
    if (asked == REQUEST_DFU)
        return "to go to DFU mode";
    if (asked == REQUEST_SAFE_MODE)
        return "to go to safe mode";
    if (b->keys_made)
        return "after it had made the keys";
    if (b->bootloader_replaced)
        return "to start the new bootloader";
    if (b->update_accepted || b->sector[board_sector(0x080C0000)].bytes > 0)
        return "to have the update applied";
    if (b->watchdog_undone)
        return "to be rid of the watchdog, which only a reset stops";
    return reason_string(b->reason);
}

void note_end(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->power_off || b->reset == NULL) {
        if (b->power_off)
            note_say(notes, b->ended, WEIGHT_DETAIL, "The device was switched off.");
        return;
    }
    if (b->next != START_SOFTWARE)
        return; /* told by the next start */
    bool loader = b->dfu || b->factory_copied || b->factory_torn || b->factory_refused || b->system == TICKS_NEVER;
    const char *why = why_reset(e, b);
    note_say(notes, b->ended, WEIGHT_DETAIL, "The %s reset the device%s%s.", loader ? "bootloader" : "system",
             why != NULL ? " " : "", why != NULL ? why : "");
}
