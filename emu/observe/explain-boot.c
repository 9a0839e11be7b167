/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a start did: the contents before and after it, and the flash operations in between. */
#include <string.h>

#include "emu/observe/explain-internal.h"
#include "images/set.h"

enum { UPDATE_SECTOR = 10, FACTORY_SECTOR = 11 };

/* ---- life ---- */

static const uint8_t *at(const struct explain *e, uint32_t address)
{
    return e->flash + (address - IMAGE_FLASH_BASE);
}

static bool in_flash(uint32_t address, uint32_t size)
{
    return address >= IMAGE_FLASH_BASE && address - IMAGE_FLASH_BASE <= IMAGE_FLASH_SIZE &&
           size <= IMAGE_FLASH_SIZE - (address - IMAGE_FLASH_BASE);
}

static void look_at_slots(struct explain *e, struct boot *b)
{
    for (unsigned i = 0; i < MODULE_SLOTS; i++) {
        const struct module_slot *slot = i == MODULE_FACTORY_SLOT && b->before->facts.slot[0].magic != SLOT_FACTORY
                                             ? &verdict_factory_slot
                                             : &b->before->facts.slot[i];
        struct module module;
        if (i != MODULE_FACTORY_SLOT && slot->magic != SLOT_PENDING)
            continue;
        b->slot_reason[i] = verdict_slot(e->flash, e->platform, slot, &b->slot_text[i]);
        b->slot_size[i] = slot->length;
        if (in_flash(slot->source, 1) &&
            module_parse(at(e, slot->source), IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE - slot->source, &module))
            b->slot_size[i] = MIN(module.size, slot->length);
    }
}

void boot_look_again(struct explain *e, struct boot *b)
{
    judgement_release(b->before);
    b->before = explain_judge(e);
    for (unsigned i = 0; i < MODULE_SLOTS; i++)
        g_clear_pointer(&b->slot_text[i], g_free);
    look_at_slots(e, b);
}

static void joining_free(void *data)
{
    struct joining *j = data;
    g_free(j->ssid);
    g_free(j->reason);
    g_free(j);
}

struct boot *boot_new(struct explain *e, enum boot_start start)
{
    struct boot *b = g_new0(struct boot, 1);
    b->start = start;
    b->begun = b->runs_from = e->now;
    b->ended = b->setup_until = b->system = b->white = b->main = b->healthy = b->user_code = b->user_loop = TICKS_NEVER;
    b->usb = b->system_usb = b->cut = b->locked_up = b->listening = b->cloud = b->safe_in_cloud = TICKS_NEVER;
    b->hold_from = b->hold_until = b->radio_wanted = TICKS_NEVER;
    b->radio.softap = b->radio.lease = b->radio.unreachable = b->radio.first_dhcp = TICKS_NEVER;
    b->radio.joining = g_ptr_array_new_with_free_func(joining_free);
    b->faults = g_array_new(FALSE, FALSE, sizeof(struct fault));
    b->setup_at_start = e->setup_pressed;
    b->request = (uint16_t)e->backup[1];
    boot_look_again(e, b);
    return b;
}

void boot_free(struct boot *b)
{
    if (b == NULL)
        return;
    judgement_release(b->before);
    judgement_release(b->then);
    judgement_release(b->at_white);
    judgement_release(b->after);
    for (unsigned i = 0; i < MODULE_SLOTS; i++)
        g_free(b->slot_text[i]);
    g_free(b->reset);
    g_free(b->cut_text);
    g_array_unref(b->faults);
    g_ptr_array_unref(b->radio.joining);
    g_free(b->radio.softap_ssid);
    g_free(b->radio.address);
    g_free(b->radio.what);
    g_free(b->led);
    g_free(b->stuck);
    g_free(b);
}

/* ---- small questions ---- */

unsigned boot_held_ms(const struct explain *e, const struct boot *b)
{
    if (!b->setup_at_start)
        return 0;
    ticks_t until = MIN(MIN(b->setup_until, b->ended), e->now);
    return until <= b->runs_from ? 0 : (unsigned)MIN((until - b->runs_from) / TICKS_PER_MS, 1000000);
}

const char *place_of_address(uint32_t address)
{
    static const struct {
        uint32_t from, to;
        const char *name;
    } places[] = {{0x08000000, 0x08004000, "the bootloader"}, {0x08020000, 0x08060000, "system part 1"},
                  {0x08060000, 0x080A0000, "system part 2"},  {0x080A0000, 0x080C0000, "the user module"},
                  {0x080C0000, 0x08100000, "the OTA area"},   {0x20000000, 0x20020000, "RAM"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++)
        if (address >= places[i].from && address < places[i].to)
            return places[i].name;
    return NULL;
}

static const struct verdict_flags *flags(const struct judgement *j)
{
    return j->verdicts->bootloader.flags_in_backup ? &j->facts.backup : &j->facts.dct;
}

static const struct verdict_flags *system_flags(const struct judgement *j)
{
    return j->verdicts->system.flags_in_backup ? &j->facts.backup : &j->facts.dct;
}

static bool same(const struct explain *e, uint32_t a, uint32_t b, uint32_t size)
{
    return in_flash(a, size) && in_flash(b, size) && memcmp(at(e, a), at(e, b), size) == 0;
}

static bool part1_missing(const struct boot *b)
{
    enum module_outcome outcome = b->before->verdicts->place[PLACE_SYSTEM_PART1].outcome;
    return outcome == OUTCOME_LOOPS || outcome == OUTCOME_DFU;
}

/* ---- the bootloader ---- */

/* DFU mode shows itself to the host before any sign of the system; in the system, something follows. */
static bool is_dfu(const struct boot *b)
{
    bool white = b->white != TICKS_NEVER && !b->setup_at_start;
    return b->usb != TICKS_NEVER && b->usb < b->system && b->system_usb == TICKS_NEVER && !b->radio.on && !white;
}

/* A copy to the place of a slot was done, or left half-way. */
static bool was_copied(const struct explain *e, const struct boot *b, unsigned i, const struct module_slot *slot, bool *torn)
{
    unsigned sector = board_sector(slot->destination);
    if (sector >= BOARD_SECTORS || (b->sector[sector].erases == 0 && b->sector[sector].bytes == 0 && !b->sector[sector].cut))
        return false;
    bool complete = same(e, slot->destination, slot->source, b->slot_size[i]);
    *torn = !complete && (b->power_off || b->reset != NULL);
    return complete;
}

static void conclude_slots(struct explain *e, struct boot *b)
{
    bool over = b->system != TICKS_NEVER || b->power_off || b->reset != NULL;
    for (unsigned i = 1; i < MODULE_SLOTS; i++) {
        const struct module_slot *slot = &b->before->facts.slot[i];
        if (slot->magic != SLOT_PENDING)
            continue;
        bool still = b->after->facts.slot[i].magic == SLOT_PENDING;
        b->slot_copied[i] = was_copied(e, b, i, slot, &b->slot_torn[i]);
        bool untouched = !b->slot_copied[i] && !b->slot_torn[i];
        b->slot_dropped[i] = untouched && !still && over;
        b->slot_ignored[i] = untouched && still && b->system != TICKS_NEVER;
        b->contradictions += b->slot_copied[i] && b->slot_reason[i] != REASON_GOOD;
        b->contradictions += b->slot_dropped[i] && b->slot_reason[i] == REASON_GOOD;
    }
}

static void conclude_factory(struct explain *e, struct boot *b)
{
    const struct module_slot *slot =
        b->before->facts.slot[0].magic == SLOT_FACTORY ? &b->before->facts.slot[0] : &verdict_factory_slot;
    unsigned held = boot_held_ms(e, b);
    bool by_flag = flags(b->before)->factory_reset == FACTORY_ASKED && (held < HELD_SAFE || held > HELD_FACTORY);
    bool by_watchdog = b->start == START_WATCHDOG && b->request == 2;
    b->factory_wanted = by_flag || by_watchdog || held > HELD_FACTORY || part1_missing(b);
    if (!b->factory_wanted)
        return;
    b->factory_copied = was_copied(e, b, MODULE_FACTORY_SLOT, slot, &b->factory_torn);
    bool done = b->system != TICKS_NEVER || b->reset != NULL || b->dfu;
    b->factory_refused = !b->factory_copied && !b->factory_torn && done && !b->power_off && (by_flag || by_watchdog);
    b->request_stays = b->factory_copied && by_flag && b->reset != NULL && flags(b->after)->factory_reset == FACTORY_ASKED;
    b->contradictions += b->factory_copied && b->slot_reason[0] != REASON_GOOD;
    b->contradictions += b->factory_refused && b->slot_reason[0] == REASON_GOOD;
}

/* ---- the system ---- */

static bool new_slot(const struct judgement *before, const struct judgement *after)
{
    for (unsigned i = 1; i < MODULE_SLOTS; i++)
        if (after->facts.slot[i].magic == SLOT_PENDING && before->facts.slot[i].magic != SLOT_PENDING)
            return true;
    return false;
}

static void conclude_update(const struct explain *e, struct boot *b)
{
    bool flag = b->then->facts.update_flag == UPDATE_FLAG && b->after->facts.update_flag != UPDATE_FLAG;
    bool received = b->sector[UPDATE_SECTOR].bytes > 0;
    bool replaced = b->sector[0].erases > 0 && same(e, IMAGE_FLASH_BASE, 0x080C0000, 0x1000);
    b->update_accepted = new_slot(b->then, b->after) || ((flag || received) && replaced);
    b->update_refused = flag && !b->update_accepted;
    b->factory_lost = received && b->then->verdicts->place[PLACE_FACTORY].outcome == OUTCOME_AVAILABLE &&
                      b->after->verdicts->place[PLACE_FACTORY].outcome != OUTCOME_AVAILABLE &&
                      b->sector[FACTORY_SECTOR].erases > 0;
}

bool part_has_hole(const struct boot *b)
{
    const struct verdicts *v = b->then->verdicts;
    return v->place[PLACE_SYSTEM_PART1].reason == REASON_HOLE || v->place[PLACE_SYSTEM_PART2].reason == REASON_HOLE;
}

static void conclude_user(struct boot *b)
{
    const struct module_verdict *v = &b->then->verdicts->place[PLACE_USER];
    bool beyond = b->main != TICKS_NEVER; /* the module's first functions run before that */
    b->user_known = true;
    if (b->user_code != TICKS_NEVER)
        b->user = EXPLAIN_USER_RAN;
    else if (b->factory_asked)
        b->user = EXPLAIN_USER_REPLACED;
    else if (beyond || (b->reset != NULL && b->next == START_SOFTWARE && b->faults->len == 0))
        b->user = EXPLAIN_USER_SKIPPED;
    else
        b->user_known = false;
    if (!b->user_known)
        return;
    if (b->user == EXPLAIN_USER_RAN && part_has_hole(b))
        return; /* how far the system comes then nothing but running it tells */
    bool expected_run = v->outcome == OUTCOME_RUNS;
    bool expected_request = v->outcome == OUTCOME_REPLACED || v->outcome == OUTCOME_LOOPS;
    b->contradictions += (b->user == EXPLAIN_USER_RAN) != expected_run;
    b->contradictions += b->user == EXPLAIN_USER_SKIPPED && expected_request;
}

/* Whether it asks for a factory reset may leave no trace: the request of an earlier start may still be there, unheard. */
static bool system_asked(const struct boot *b)
{
    enum module_outcome user = b->then->verdicts->place[PLACE_USER].outcome;
    bool wants = user == OUTCOME_REPLACED || user == OUTCOME_LOOPS;
    if (system_flags(b->after)->factory_reset != FACTORY_ASKED || b->factory_copied)
        return false;
    return system_flags(b->then)->factory_reset != FACTORY_ASKED || (wants && b->reset != NULL && b->next == START_SOFTWARE);
}

static void conclude_system(struct explain *e, struct boot *b)
{
    if (b->then == NULL)
        b->then = g_rc_box_acquire(b->at_white != NULL ? b->at_white : b->after); /* it left no earlier sign */
    b->factory_asked = system_asked(b);
    b->watchdog_undone =
        (b->then->facts.backup.watchdog == WATCHDOG_ASKED && b->after->facts.backup.watchdog != WATCHDOG_ASKED) ||
        (b->then->facts.dct.watchdog == WATCHDOG_ASKED && b->after->facts.dct.watchdog != WATCHDOG_ASKED);
    b->bootloader_replaced = b->sector[0].erases > 0;
    conclude_update(e, b);
    conclude_user(b);
}

/* The health word tells of the system by changing. Where it stood at 4 before, the LED does: white, which the bootloader shows
   only after a long press of SETUP. */
static bool system_by_traces(const struct boot *b)
{
    if (b->system != TICKS_NEVER || b->dfu || b->factory_copied)
        return b->system != TICKS_NEVER;
    bool lit = b->white != TICKS_NEVER && b->white - b->begun < TICKS_PER_SECOND && !b->setup_at_start;
    return lit && (b->reset != NULL || b->locked_up != TICKS_NEVER);
}

void explain_conclude(struct explain *e, struct boot *b)
{
    judgement_release(b->after);
    b->after = explain_judge(e);
    b->contradictions = 0;
    b->dfu = is_dfu(b);
    b->setup_still_held = b->setup_at_start && b->setup_until == TICKS_NEVER && b->ended == TICKS_NEVER;
    conclude_slots(e, b);
    conclude_factory(e, b);
    b->keys_made = !b->before->keys && b->after->keys;
    b->wifi_cleared = b->before->networks > 0 && b->after->networks == 0;
    if (system_by_traces(b)) {
        if (b->system == TICKS_NEVER)
            b->system = b->white;
        conclude_system(e, b);
    }
}
