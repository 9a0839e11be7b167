/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Left out: a Wi-Fi reset, key generation, the erases of the DCT's own sectors, what the user module does (an app formats the
 * EEPROM's sectors 3 and 4 when it first runs), and power that is cut in between.
 */
#include "images/forecast.h"

#include <string.h>

#include "images/checks.h"
#include "images/embedded.h"

enum { FACTORY_ASKED = 0xAAAA, WATCHDOG_ASKED = 0xD001, UPDATE_COMPLETE = 0x0005, UPDATE_DONE = 0x5000, UPDATE_FLAG = 0xA5 };
enum { REQUEST_DFU = 0xEDFA, REQUEST_SAFE_MODE = 0x5AFE, REQUEST_NONE = 0xFFFF, REQUEST_STARTED = 4 };
enum { MOST_STARTS = 40 }; /* a loop shows itself long before */

struct walk {
    struct forecast *f;
    struct verdict_facts facts; /* as they change */
    struct bootloader_rules bootloader;
    struct system_rules system;
    GPtrArray *seen; /* each start's state */
    char *contents;  /* a digest of flash since something was copied; NULL: nothing was */
    bool ended;
};

/* What a phase ends with. */
enum next { GO_ON, START_AGAIN, STAY };

static void step_clear(void *data)
{
    struct forecast_step *step = data;
    g_free(step->text);
    g_free(step);
}

static struct forecast_step *add_step(struct walk *w, enum forecast_step_kind kind, char *text)
{
    struct forecast_step *step = g_new0(struct forecast_step, 1);
    step->kind = kind;
    step->text = text;
    g_ptr_array_add(w->f->steps, step);
    return step;
}

static enum next end_with(struct walk *w, enum forecast_step_kind kind, char *text)
{
    add_step(w, kind, text);
    w->f->end = kind;
    w->ended = true;
    return STAY;
}

static enum next reset(struct walk *w, const char *who)
{
    add_step(w, FORECAST_RESET, g_strdup_printf("%s resets the device.", who));
    w->f->resets++;
    w->facts.setup_held_ms = 0;
    w->facts.watchdog_reset = false;
    return START_AGAIN;
}

static struct verdicts *judge(const struct walk *w)
{
    return verdicts_new(w->f->flash, &w->facts);
}

/* ---- copying ---- */

static unsigned sector_of(uint32_t address)
{
    static const uint32_t small[] = {0x08000000, 0x08004000, 0x08008000, 0x0800C000, 0x08010000, 0x08020000};
    for (unsigned i = 1; i < G_N_ELEMENTS(small); i++)
        if (address < small[i])
            return i - 1;
    return 5 + ((address - 0x08020000) >> 17);
}

static uint32_t sector_start(unsigned sector)
{
    static const uint32_t small[] = {0x08000000, 0x08004000, 0x08008000, 0x0800C000, 0x08010000};
    return sector < G_N_ELEMENTS(small) ? small[sector] : 0x08020000 + ((sector - 5) << 17);
}

/* Sector by sector: erase it, program what goes there. An image that lies in a sector that is erased on the way is lost. */
static void copy(struct walk *w, const struct module_slot *slot, struct forecast_step *step)
{
    uint32_t source = slot->source - IMAGE_FLASH_BASE, destination = slot->destination, left = (slot->length + 3) & ~3u;
    step->address = slot->destination;
    step->size = slot->length;
    while (left != 0 && destination < IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE) {
        unsigned sector = sector_of(destination);
        uint32_t start = sector_start(sector), end = sector_start(sector + 1), size = MIN(left, end - destination);
        memset(w->f->flash + (start - IMAGE_FLASH_BASE), 0xFF, end - start);
        size = MIN(size, IMAGE_FLASH_SIZE - MIN(source, IMAGE_FLASH_SIZE));
        memmove(w->f->flash + (destination - IMAGE_FLASH_BASE), w->f->flash + source, size);
        step->sectors |= (uint16_t)(1u << sector);
        if (size == 0)
            break;
        source += size;
        destination += size;
        left -= size;
    }
    w->f->sectors |= step->sectors;
    g_free(w->contents);
    w->contents = g_compute_checksum_for_data(G_CHECKSUM_SHA256, w->f->flash, IMAGE_FLASH_SIZE);
}

/* ---- the bootloader ---- */

static struct verdict_flags *bootloader_flags(struct walk *w)
{
    return w->bootloader.flags_in_backup ? &w->facts.backup : &w->facts.dct;
}

struct mode {
    bool dfu, safe, factory, update;
};

static void read_requests(struct walk *w, struct mode *mode)
{
    struct verdict_facts *facts = &w->facts;
    if (facts->request == REQUEST_NONE) {
        facts->request = 1;
    } else if (facts->request == REQUEST_DFU) {
        mode->dfu = true;
        facts->request = REQUEST_NONE;
    } else if (facts->request == REQUEST_SAFE_MODE && w->bootloader.takes_safe_mode) {
        mode->safe = true;
        facts->request = REQUEST_NONE;
    } else if (facts->watchdog_reset) {
        if (!w->bootloader.flags_in_backup)
            *mode = (struct mode){0};
        mode->factory |= facts->request == 2;
        mode->dfu |= facts->request == 3;
        facts->request = facts->request == 1 || facts->request == 2 ? facts->request + 1 : REQUEST_NONE;
        facts->watchdog_reset = false;
    }
}

static void read_button(struct walk *w, const struct verdicts *v, struct mode *mode)
{
    unsigned held = w->facts.setup_held_ms;
    if (held < 1000)
        return;
    *mode = (struct mode){.safe = true, .dfu = mode->dfu}; /* a request for DFU mode stands */
    if (held >= 3000)
        *mode = (struct mode){.dfu = true};
    if (held > 6500 && v->factory_by_button)
        *mode = (struct mode){.factory = true};
    else if (held > 10000 && w->bootloader.clears_wifi_alone)
        *mode = (struct mode){0};
}

/* Slot 0 or the built-in one. True: copied, and the flags are set for what follows. */
static bool factory_reset(struct walk *w)
{
    g_autofree char *why = NULL;
    struct verdicts *v = judge(w);
    const struct module_slot *slot = &w->facts.slot[0];
    if (slot->magic != SLOT_FACTORY || !v->dct_usable)
        slot = &verdict_factory_slot;
    verdicts_free(v);
    struct verdict_flags *flags = bootloader_flags(w);
    flags->factory_reset = 0xFFFF;
    if (verdict_slot(w->f->flash, w->facts.platform, slot, &why) != REASON_GOOD) {
        add_step(w, FORECAST_FACTORY_REFUSED, g_strdup_printf("The bootloader refuses the factory reset: %s", why));
        return false;
    }
    struct forecast_step *step = add_step(
        w, FORECAST_FACTORY_COPIED,
        g_strdup_printf("The bootloader copies the factory image from 0x%08X to 0x%08X.", slot->source, slot->destination));
    copy(w, slot, step);
    flags->watchdog = WATCHDOG_ASKED;
    flags->ota_update = UPDATE_DONE;
    return true;
}

static void apply_slots(struct walk *w)
{
    struct verdicts *v = judge(w);
    struct module_slot pending[MODULE_SLOTS];
    memcpy(pending, w->facts.slot, sizeof pending);
    for (unsigned i = 1; i < MODULE_SLOTS; i++) {
        if (pending[i].magic != SLOT_PENDING)
            continue;
        if (!v->dct_usable) {
            add_step(w, FORECAST_SLOTS_IGNORED, g_strdup(v->dct_cause));
            break;
        }
        char *why = NULL;
        if (verdict_slot(w->f->flash, w->facts.platform, &pending[i], &why) != REASON_GOOD) {
            add_step(w, FORECAST_SLOT_DROPPED, g_strdup_printf("The pending update is dropped, nothing is erased: %s", why))
                ->slot = i;
        } else {
            struct forecast_step *step =
                add_step(w, FORECAST_SLOT_COPIED,
                         g_strdup_printf("The pending update is copied from 0x%08X to 0x%08X, LED magenta.", pending[i].source,
                                         pending[i].destination));
            step->slot = i;
            copy(w, &pending[i], step);
        }
        g_free(why);
        /* A copy may have taken away the code that a later bootloader frees the slot with. */
        struct verdicts *after = judge(w);
        if (after->dct_usable || w->bootloader.clears_slots_first)
            w->facts.slot[i].magic = 0xFFFF;
        verdicts_free(after);
    }
    verdicts_free(v);
}

static enum next run_bootloader(struct walk *w)
{
    struct verdicts *v = judge(w);
    w->bootloader = v->bootloader;
    struct verdict_flags *flags = bootloader_flags(w);
    struct mode mode = {.factory = flags->factory_reset == FACTORY_ASKED, .update = flags->ota_update == UPDATE_COMPLETE};
    char *dead = v->place[PLACE_BOOTLOADER].outcome == OUTCOME_CRASHES ? g_strdup(v->place[PLACE_BOOTLOADER].cause) : NULL;
    flags->startup_mode = 0;
    read_requests(w, &mode);
    read_button(w, v, &mode);
    verdicts_free(v);
    if (dead != NULL)
        return end_with(w, FORECAST_CRASH, dead);
    if (mode.safe)
        flags->startup_mode = 1;
    struct flash_view view = {w->f->flash, w->facts.platform};
    if (mode.factory && !mode.update) {
        bool copied = factory_reset(w);
        if (copied || view_header_fault(&view, 0x08020000, 0x08020000) == REASON_GOOD)
            return reset(w, "The bootloader");
        mode.dfu = true;
    }
    if (mode.update || mode.dfu)
        return end_with(w, FORECAST_DFU, g_strdup("The bootloader stays in DFU mode: the LED blinks yellow."));
    apply_slots(w);
    if (view_header_fault(&view, 0x08020000, 0x08020000) == REASON_GOOD)
        return GO_ON;
    if (factory_reset(w))
        return reset(w, "The bootloader");
    return end_with(w, FORECAST_DFU,
                    g_strdup("The bootloader finds no system part 1 to start and stays in DFU mode: the LED blinks yellow."));
}

/* ---- the system ---- */

static struct verdict_flags *system_flags(struct walk *w)
{
    return w->system.flags_in_backup ? &w->facts.backup : &w->facts.dct;
}

/* The watchdog cannot be stopped but by a reset. */
static bool undo_watchdog(struct walk *w)
{
    struct verdict_flags *flags = system_flags(w);
    bool asked = flags->watchdog == WATCHDOG_ASKED;
    flags->watchdog = 0xFFFF;
    if (w->system.flags_in_backup && w->facts.dct.watchdog == WATCHDOG_ASKED) {
        asked = true; /* left by an older bootloader */
        w->facts.dct.watchdog = 0xFFFF;
    }
    return asked;
}

/* Systems that carry a bootloader put it in place of an older one. */
static bool update_bootloader(struct walk *w)
{
    struct flash_view view = {w->f->flash, w->facts.platform};
    struct module embedded;
    uint32_t offset = 0;
    const struct image_place *part2 = &image_places[IMAGE_SYSTEM_PART2];
    const uint8_t *area = w->f->flash + (part2->address - IMAGE_FLASH_BASE);
    while (module_find_embedded(area, part2->size, &offset, &embedded)) {
        if (embedded.header.function != MODULE_BOOTLOADER ||
            view_u16(&view, IMAGE_FLASH_BASE + MODULE_HEADER_BEHIND_VECTORS + 10) >= embedded.header.version)
            continue;
        struct module_slot slot = {.source = part2->address + offset,
                                   .destination = IMAGE_FLASH_BASE,
                                   .length = embedded.size,
                                   .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                                   .function = MODULE_BOOTLOADER};
        if (verdict_slot(w->f->flash, w->facts.platform, &slot, NULL) != REASON_GOOD)
            continue;
        copy(w, &slot,
             add_step(w, FORECAST_BOOTLOADER_COPIED,
                      g_strdup_printf("The system replaces the bootloader by the one that it carries, version %u.",
                                      embedded.header.version)));
        return true;
    }
    return false;
}

static enum next apply_update_flag(struct walk *w, const struct module_verdict *ota)
{
    if (!w->system.has_update_flag || w->facts.update_flag != UPDATE_FLAG)
        return GO_ON;
    w->facts.update_flag = 0xFF;
    unsigned slot = 1;
    while (slot < MODULE_SLOTS && w->facts.slot[slot].magic == SLOT_PENDING)
        slot++;
    bool direct = ota->header.function == MODULE_BOOTLOADER;
    if (ota->outcome != OUTCOME_AVAILABLE || (slot == MODULE_SLOTS && !direct)) {
        add_step(w, FORECAST_UPDATE_REFUSED, g_strdup_printf("The image in the OTA area is refused: %s", ota->cause));
        return GO_ON;
    }
    struct module_slot new = {.magic = SLOT_PENDING,
                              .source = ota->address,
                              .destination = ota->header.start,
                              .length = ota->header.end - ota->header.start + 4,
                              .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                              .function = ota->header.function};
    struct forecast_step *step = add_step(w, FORECAST_UPDATE_ACCEPTED, g_strdup_printf("%s %s", ota->cause, ota->effect));
    if (direct)
        copy(w, &new, step);
    else
        w->facts.slot[step->slot = slot] = new;
    return reset(w, "The system");
}

static enum next run_system(struct walk *w)
{
    struct verdicts *v = judge(w);
    w->system = v->system;
    const struct module_verdict *user = &v->place[PLACE_USER];
    enum next next = GO_ON;
    w->facts.request = REQUEST_STARTED;
    w->f->may_crash |= v->place[PLACE_SYSTEM_PART2].reason == REASON_DEPENDENCY || !v->place[PLACE_SYSTEM_PART1].crc_good ||
                       !v->place[PLACE_SYSTEM_PART2].crc_good;
    w->f->user_ran |= v->user_runs;
    w->f->user_uncertain |=
        v->place[PLACE_SYSTEM_PART1].reason == REASON_HOLE || v->place[PLACE_SYSTEM_PART2].reason == REASON_HOLE;
    if (user->outcome == OUTCOME_CRASHES) {
        const struct module_verdict *cause = user;
        for (unsigned i = PLACE_SYSTEM_PART1; i <= PLACE_SYSTEM_PART2 && cause->reason == REASON_NOT_REACHED; i++)
            cause = v->place[i].outcome == OUTCOME_CRASHES ? &v->place[i] : cause;
        next = end_with(w, FORECAST_CRASH, g_strdup_printf("%s %s", cause->cause, cause->effect));
    } else if (v->factory_by_itself) {
        system_flags(w)->factory_reset = FACTORY_ASKED;
        add_step(w, FORECAST_FACTORY_ASKED, g_strdup_printf("%s The system asks for a factory reset.", user->cause));
        next = reset(w, "The system");
    } else if (undo_watchdog(w)) {
        next = reset(w, "The system, to be rid of the watchdog,");
    } else if (update_bootloader(w)) {
        next = reset(w, "The system");
    } else if ((next = apply_update_flag(w, &v->place[PLACE_OTA])) == GO_ON) {
        next = end_with(w, v->user_runs ? FORECAST_USER_STARTED : FORECAST_USER_SKIPPED,
                        g_strdup_printf("%s %s", user->cause, user->effect));
    }
    verdicts_free(v);
    return next;
}

/* ---- from start to start ---- */

/* Has a start begun from just this before? */
static bool repeats(struct walk *w)
{
    const struct verdict_facts *f = &w->facts;
    g_autoptr(GString) state = g_string_new(NULL);
    const struct verdict_flags *flags[] = {&f->dct, &f->backup};
    for (unsigned i = 0; i < 2; i++)
        g_string_append_printf(state, "%X %X %X %X ", flags[i]->factory_reset, flags[i]->ota_update, flags[i]->watchdog,
                               flags[i]->startup_mode);
    g_string_append_printf(state, "%X %X %d %u ", f->request, f->update_flag, f->watchdog_reset, f->setup_held_ms);
    for (unsigned i = 0; i < MODULE_SLOTS; i++)
        g_string_append_printf(state, "%X ", f->slot[i].magic);
    g_string_append(state, w->contents != NULL ? w->contents : "as before");
    for (unsigned i = 0; i < w->seen->len; i++)
        if (g_str_equal(g_ptr_array_index(w->seen, i), state->str))
            return true;
    g_ptr_array_add(w->seen, g_strdup(state->str));
    return false;
}

struct forecast *forecast_new(const uint8_t *flash, const struct verdict_facts *facts)
{
    struct forecast *f = g_new0(struct forecast, 1);
    f->steps = g_ptr_array_new_with_free_func(step_clear);
    f->flash = g_memdup2(flash, IMAGE_FLASH_SIZE);
    struct walk w = {.f = f, .facts = facts != NULL ? *facts : VERDICT_FACTS_DEFAULT};
    w.seen = g_ptr_array_new_with_free_func(g_free);
    for (unsigned start = 0; !w.ended; start++) {
        if (start == MOST_STARTS || repeats(&w))
            end_with(&w, FORECAST_LOOP, g_strdup("From here on everything repeats: the device resets itself for ever."));
        else if (run_bootloader(&w) == GO_ON)
            run_system(&w);
    }
    f->user_runs = f->end == FORECAST_USER_STARTED;
    f->verdicts = judge(&w);
    g_ptr_array_unref(w.seen);
    g_free(w.contents);
    return f;
}

void forecast_free(struct forecast *forecast)
{
    if (forecast == NULL)
        return;
    g_ptr_array_unref(forecast->steps);
    g_free(forecast->flash);
    verdicts_free(forecast->verdicts);
    g_free(forecast);
}

const char *forecast_step_name(enum forecast_step_kind kind)
{
    static const char *const names[] = {[FORECAST_SLOT_COPIED] = "slot-copied",
                                        [FORECAST_SLOT_DROPPED] = "slot-dropped",
                                        [FORECAST_SLOTS_IGNORED] = "slots-ignored",
                                        [FORECAST_FACTORY_COPIED] = "factory-copied",
                                        [FORECAST_FACTORY_REFUSED] = "factory-refused",
                                        [FORECAST_FACTORY_ASKED] = "factory-asked",
                                        [FORECAST_UPDATE_ACCEPTED] = "update-accepted",
                                        [FORECAST_UPDATE_REFUSED] = "update-refused",
                                        [FORECAST_BOOTLOADER_COPIED] = "bootloader-copied",
                                        [FORECAST_RESET] = "reset",
                                        [FORECAST_USER_STARTED] = "user-started",
                                        [FORECAST_USER_SKIPPED] = "user-skipped",
                                        [FORECAST_DFU] = "dfu",
                                        [FORECAST_CRASH] = "crash",
                                        [FORECAST_LOOP] = "loop"};
    return kind < G_N_ELEMENTS(names) ? names[kind] : "unknown";
}
