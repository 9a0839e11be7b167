/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences about how a start began, and about what the bootloader did. */
#include <string.h>

#include "emu/observe/explain-internal.h"
#include "images/rules.h"
#include "images/set.h"

static char *seconds(unsigned ms)
{
    return g_strdup_printf("%u.%u s", ms / 1000, ms % 1000 / 100);
}

void note_start(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    (void)e;
    switch (b->start) {
    case START_POWER:
        note_say(notes, b->begun, WEIGHT_DETAIL, "The device was switched on.");
        break;
    case START_BUTTON:
        note_say(notes, b->begun, WEIGHT_NORMAL, "RESET was pressed.");
        break;
    case START_WATCHDOG:
        note_say(notes, b->begun, WEIGHT_IMPORTANT, "The watchdog reset the device, for nothing had served it in time%s.",
                 b->request >= 1 && b->request <= 3 ? "; the bootloader counts such resets in DR1" : "");
        break;
    case START_LOCKUP:
        note_say(notes, b->begun, WEIGHT_IMPORTANT, "The device was reset because its processor had locked up.");
        break;
    case START_STANDBY:
        note_say(notes, b->begun, WEIGHT_NORMAL, "The device woke up from standby.");
        break;
    case START_SOFTWARE: /* told at the end of the start before */
        break;
    }
}

/* ---- SETUP, from the start on ---- */

static void note_held(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    unsigned held = boot_held_ms(e, b);
    g_autofree char *time = seconds(held);
    const char *ended = b->setup_still_held ? "has been held for" : "was held for";
    const struct module_verdict *factory = &b->before->verdicts->place[PLACE_FACTORY];
    ticks_t when = MIN(b->setup_until, e->now);
    if (held < 100)
        return;
    if (held < HELD_SAFE)
        note_say(notes, when, WEIGHT_NORMAL, "SETUP %s %s from the start on; the bootloader does nothing before 1 s.", ended,
                 time);
    else if (b->dfu && held > HELD_FACTORY && b->request != REQUEST_DFU) {
        note_say(
            notes, when, WEIGHT_MAIN,
            "SETUP %s %s from the start on, but the bootloader found no factory image that it may restore, and went into DFU "
            "mode (blinking yellow).",
            ended, time);
        note_add(notes, when, WEIGHT_IMPORTANT, g_strdup(factory->cause), g_strdup(factory->cure));
    } else if (b->dfu && held >= HELD_DFU)
        note_say(notes, when, WEIGHT_MAIN,
                 "SETUP %s %s from the start on: the bootloader went into DFU mode (blinking yellow) and waits for a host.",
                 ended, time)
            ->cure = g_strdup("Flash it over USB now, or press RESET to start as usual.");
    else if (held > HELD_FACTORY && (b->factory_copied || b->factory_torn))
        note_say(notes, when, WEIGHT_IMPORTANT, "SETUP %s %s from the start on, which asks for a factory reset%s.", ended, time,
                 held > HELD_CLEAR ? " that also deletes the stored Wi-Fi networks" : "");
    else if (held > HELD_CLEAR && b->system != TICKS_NEVER) {
        note_say(
            notes, when, WEIGHT_MAIN,
            "SETUP %s %s from the start on, but the bootloader found no factory image that it may restore: it had the stored "
            "Wi-Fi networks deleted, and nothing else.",
            ended, time);
        note_add(notes, when, WEIGHT_IMPORTANT, g_strdup(factory->cause), g_strdup(factory->cure));
    } else if (held < HELD_DFU && b->then != NULL && b->system != TICKS_NEVER)
        note_say(notes, when, WEIGHT_IMPORTANT,
                 "SETUP %s %s from the start on (blinking magenta): the bootloader asked for safe mode.", ended, time);
    else
        note_say(notes, when, WEIGHT_NORMAL, "SETUP %s %s from the start on.", ended, time);
}

/* ---- updates and the factory image ---- */

static const char *place_name(uint32_t address)
{
    const char *name = place_of_address(address);
    return name != NULL ? name : "flash";
}

static void note_slots(const struct boot *b, GPtrArray *notes)
{
    for (unsigned i = 1; i < MODULE_SLOTS; i++) {
        const struct module_slot *slot = &b->before->facts.slot[i];
        const struct sector_work *w = &b->sector[MIN(board_sector(slot->destination), (unsigned)BOARD_SECTORS - 1)];
        const char *to = place_name(slot->destination);
        bool good = b->slot_reason[i] == REASON_GOOD;
        if (b->slot_copied[i])
            note_say(notes, w->last, WEIGHT_MAIN,
                     "The bootloader applied a pending update (LED magenta): it copied the image from 0x%08X over %s, at "
                     "0x%08X.%s%s",
                     slot->source, to, slot->destination,
                     good ? "" : " By its header it should have refused: ", good ? "" : b->slot_text[i]);
        else if (b->slot_torn[i])
            note_add(notes, w->last, WEIGHT_MAIN,
                     g_strdup_printf("The copy of a pending update to 0x%08X was cut short, so that %s is incomplete.%s",
                                     slot->destination, to,
                                     b->after->facts.slot[i].magic == SLOT_PENDING
                                         ? " The update is still pending: the next start repeats it."
                                         : " The bootloader had forgotten the update before it began to copy."),
                     b->after->facts.slot[i].magic == SLOT_PENDING ? NULL : g_strdup("Flash the image again."));
        else if (b->slot_dropped[i])
            note_add(notes, b->system != TICKS_NEVER ? b->system : b->begun, WEIGHT_MAIN,
                     g_strdup_printf("The bootloader dropped a pending update and erased nothing. %s%s",
                                     good ? "By its header it should have applied it: " : "", b->slot_text[i]),
                     g_strdup("Send an undamaged image that is made for this board."));
        else if (b->slot_ignored[i])
            note_add(notes, b->system, WEIGHT_MAIN,
                     g_strdup_printf("A pending update was not applied, and is still pending. %s",
                                     b->before->verdicts->dct_cause != NULL ? b->before->verdicts->dct_cause : b->slot_text[i]),
                     g_strdup("Flash a system and a bootloader that go together."));
    }
}

/* "": because it finds no system part 1, or by the button, which is told by itself. */
static const char *why_factory(const struct explain *e, const struct boot *b)
{
    if (boot_held_ms(e, b) > HELD_FACTORY)
        return "";
    if (b->start == START_WATCHDOG && b->request == 2)
        return ", after the second watchdog reset in a row";
    const struct judgement *j = b->before;
    const struct verdict_flags *flags = j->verdicts->bootloader.flags_in_backup ? &j->facts.backup : &j->facts.dct;
    return flags->factory_reset == FACTORY_ASKED ? ", as it was asked to" : "";
}

static void note_factory(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    const struct module_slot *slot =
        b->before->facts.slot[0].magic == SLOT_FACTORY ? &b->before->facts.slot[0] : &verdict_factory_slot;
    const struct module_verdict *factory = &b->before->verdicts->place[PLACE_FACTORY];
    const struct sector_work *w = &b->sector[MIN(board_sector(slot->destination), (unsigned)BOARD_SECTORS - 1)];
    bool good = b->slot_reason[0] == REASON_GOOD;
    bool missing = *why_factory(e, b) == '\0' && boot_held_ms(e, b) <= HELD_FACTORY;
    const struct module_verdict *part1 = &b->before->verdicts->place[PLACE_SYSTEM_PART1];
    if (b->factory_copied)
        note_say(
            notes, w->last, WEIGHT_MAIN,
            "%s%sThe bootloader copied the factory image (version %u) over the user module%s (factory reset, LED %s).%s%s%s",
            missing ? part1->cause : "", missing ? " " : "", factory->header.version,
            missing ? " instead, which does not help" : why_factory(e, b), boot_held_ms(e, b) > HELD_CLEAR ? "white" : "green",
            good ? "" : " By its header it should have refused: ", good ? "" : b->slot_text[0],
            b->request_stays ? " It could not take back the request, for the settings area (DCT) did not change: one of its "
                               "sectors holds bits that it takes for erased, so it will do it again."
                             : "")
            ->cure = b->request_stays ? g_strdup("Erase the other DCT sector (1 or 2) with a programmer.")
                                      : g_strdup(missing ? part1->cure : NULL);
    else if (b->factory_torn)
        note_say(notes, w->last, WEIGHT_MAIN,
                 "A factory reset was cut short while it copied, so that the user module is incomplete.");
    else if (b->factory_refused)
        note_say(notes, b->ended == TICKS_NEVER ? e->now : b->ended, WEIGHT_MAIN,
                 "The bootloader refused the factory reset%s, and erased nothing. %s%s", why_factory(e, b),
                 good ? "By its header it should have done it: " : "", b->slot_text[0])
            ->cure = g_strdup(factory->cure);
}

/* ---- DFU mode ---- */

static char *why_dfu(const struct boot *b)
{
    const struct judgement *j = b->before;
    const struct verdict_flags *flags = j->verdicts->bootloader.flags_in_backup ? &j->facts.backup : &j->facts.dct;
    const struct module_verdict *part1 = &j->verdicts->place[PLACE_SYSTEM_PART1];
    if (b->request == REQUEST_DFU)
        return g_strdup("because the system had asked for it (0xEDFA in DR1)");
    if (b->start == START_WATCHDOG && b->request == 3)
        return g_strdup("after the third watchdog reset in a row");
    if (flags->ota_update == 0x0005)
        return g_strdup("because of the flag of a finished update (0x0005), which this hardware does not use");
    if (part1->outcome == OUTCOME_DFU || part1->outcome == OUTCOME_LOOPS)
        return g_strdup_printf("because it found nothing to start. %s", part1->cause);
    return g_strdup("for a reason that was not seen");
}

static void note_dfu(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (!b->dfu)
        return;
    if (boot_held_ms(e, b) < HELD_DFU) {
        const struct module_verdict *part1 = &b->before->verdicts->place[PLACE_SYSTEM_PART1];
        bool missing = part1->outcome == OUTCOME_DFU || part1->outcome == OUTCOME_LOOPS;
        g_autofree char *why = why_dfu(b);
        bool ends = g_str_has_suffix(why, ".");
        note_add(notes, b->usb, WEIGHT_MAIN,
                 g_strdup_printf("The bootloader went into DFU mode (blinking yellow) %s%s", why, ends ? "" : "."),
                 missing ? g_strdup(part1->cure) : g_strdup("Flash it over USB, or press RESET to start as usual."));
    }
    for (unsigned i = 0; i < BOARD_SECTORS; i++) {
        const struct sector_work *w = &b->sector[i];
        if (i == 1 || i == 2 || (w->erases == 0 && w->bytes == 0) || w->last < b->usb)
            continue;
        const char *place = place_of_address(board_sector_address(i));
        note_say(notes, w->last, w->bytes > 0 ? WEIGHT_IMPORTANT : WEIGHT_NORMAL,
                 "In DFU mode the host had sector %u (%s) %s%s%s.", i, place != NULL ? place : "EEPROM",
                 w->erases > 0 ? "erased" : "", w->erases > 0 && w->bytes > 0 ? " and " : "", w->bytes > 0 ? "programmed" : "");
    }
    if (b->sector[1].erases + b->sector[2].erases > 0 && b->sector[1].last != b->sector[2].last)
        note_say(notes, MAX(b->sector[1].last, b->sector[2].last), WEIGHT_NORMAL, "In DFU mode settings (DCT) were written.");
}

void note_loader(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->request == REQUEST_SAFE_MODE && b->before->verdicts->bootloader.takes_safe_mode)
        note_say(notes, b->begun, WEIGHT_IMPORTANT, "The bootloader found a request for safe mode (0x5AFE in DR1).");
    note_held(e, b, notes);
    note_slots(b, notes);
    note_factory(e, b, notes);
    note_dfu(e, b, notes);
    if (b->cut != TICKS_NEVER)
        note_say(notes, b->cut, b->cut_matters ? WEIGHT_IMPORTANT : WEIGHT_DETAIL, "The %s while %s.",
                 b->power_off ? "power went" : "device was reset", b->cut_text);
}
