/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/verdict.h"

#include "images/checks.h"
#include "images/verdict-text.h"

const struct module_slot verdict_factory_slot = {
    .magic = SLOT_FACTORY,
    .source = 0x080E0000,
    .destination = 0x080A0000,
    .length = 0x20000,
    .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
    .function = MODULE_USER_PART,
};

/* ---- slots ---- */

struct module_slot module_slot_read(const uint8_t *p)
{
    return (struct module_slot){.magic = (uint16_t)(p[0] | p[1] << 8),
                                .source_device = p[2],
                                .destination_device = p[3],
                                .source = p[4] | p[5] << 8 | p[6] << 16 | (uint32_t)p[7] << 24,
                                .destination = p[8] | p[9] << 8 | p[10] << 16 | (uint32_t)p[11] << 24,
                                .length = p[12] | p[13] << 8 | p[14] << 16 | (uint32_t)p[15] << 24,
                                .flags = p[16],
                                .function = p[17]};
}

void module_slot_write(const struct module_slot *slot, uint8_t *p)
{
    p[0] = (uint8_t)slot->magic;
    p[1] = (uint8_t)(slot->magic >> 8);
    p[2] = slot->source_device;
    p[3] = slot->destination_device;
    for (unsigned i = 0; i < 4; i++) {
        p[4 + i] = (uint8_t)(slot->source >> 8 * i);
        p[8 + i] = (uint8_t)(slot->destination >> 8 * i);
        p[12 + i] = (uint8_t)(slot->length >> 8 * i);
    }
    p[16] = slot->flags;
    p[17] = slot->function;
    p[18] = p[19] = 0xFF;
}

/* The bootloader's idea of a range in flash (one byte more than there is). */
static bool in_flash(uint8_t device, uint32_t address, uint32_t length)
{
    return device == 0 && address >= IMAGE_FLASH_BASE && address + length - 1 <= IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE;
}

static enum module_reason slot_fault(const struct flash_view *view, const struct module_slot *slot)
{
    if (!in_flash(slot->source_device, slot->source, slot->length) ||
        !in_flash(slot->destination_device, slot->destination, slot->length))
        return REASON_WRONG_END;
    if ((slot->flags & (SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION)) == 0)
        return REASON_GOOD;
    struct module_header h = view_header(view, slot->source);
    uint32_t length = h.end - h.start;
    if (view_erased(view, slot->source, MODULE_HEADER_SIZE))
        return REASON_ERASED;
    if ((slot->flags & (SLOT_CHECK_CRC | SLOT_CHECK_FUNCTION)) != 0 && slot->length < (uint32_t)(length + 4))
        return REASON_WRONG_END;
    if (h.function != MODULE_RESOURCE && h.platform != view->platform)
        return REASON_WRONG_PLATFORM;
    if ((slot->flags & SLOT_CHECK_DESTINATION) != 0 && h.start != slot->destination)
        return REASON_WRONG_START;
    if ((slot->flags & SLOT_CHECK_FUNCTION) != 0 && h.function != slot->function)
        return REASON_WRONG_FUNCTION;
    if ((slot->flags & SLOT_CHECK_CRC) != 0 && view_crc(view, slot->source, length) != CHECK_PASSED)
        return REASON_WRONG_CRC;
    return REASON_GOOD;
}

static char *slot_sentence(const struct flash_view *view, const struct module_slot *slot, enum module_reason reason)
{
    struct module_header h = view_header(view, slot->source);
    char name[48];
    g_autofree char *what = g_strdup_printf("The image at 0x%08X", slot->source);
    switch (reason) {
    case REASON_GOOD:
        return g_strdup_printf("%s (%s, version %u) passes the bootloader's checks for a copy to 0x%08X.", what,
                               module_name(h.function, h.index, name, sizeof name), h.version, slot->destination);
    case REASON_WRONG_END:
        return g_strdup_printf("The length of %u bytes does not fit the image at 0x%08X, or leaves the flash.", slot->length,
                               slot->source);
    case REASON_ERASED:
        return g_strdup_printf("There is no image at 0x%08X: flash is erased there.", slot->source);
    case REASON_WRONG_PLATFORM:
        return g_strdup_printf("%s is for platform %u, and this board is platform %u.", what, h.platform, view->platform);
    case REASON_WRONG_START:
        return g_strdup_printf("%s is made for 0x%08X and was to go to 0x%08X.", what, h.start, slot->destination);
    case REASON_WRONG_FUNCTION:
        return g_strdup_printf("%s has function %u, and function %u was expected.", what, h.function, slot->function);
    default:
        return g_strdup_printf("The CRC of the image at 0x%08X is wrong.", slot->source);
    }
}

enum module_reason verdict_slot(const uint8_t *flash, uint16_t platform, const struct module_slot *slot, char **text)
{
    struct flash_view view = {flash, platform};
    enum module_reason reason = slot_fault(&view, slot);
    if (text != NULL)
        *text = slot_sentence(&view, slot, reason);
    return reason;
}

/* ---- what can be said of each place by itself ---- */

static void look(const struct flash_view *view, enum module_place which, struct module_verdict *v)
{
    static const struct image_place ota = {"ota", 0x080C0000, 0x40000, 0, MODULE_NONE, 0};
    const struct image_place *place = which == PLACE_OTA ? &ota : &image_places[which];
    *v = (struct module_verdict){.place = which, .address = place->address, .size = place->size};
    const uint8_t *area = view->flash + (place->address - IMAGE_FLASH_BASE);
    v->erased = view_erased(view, place->address, place->size);
    v->has_module = module_parse(area, place->size, &v->module);
    v->header = view_header(view, place->address);
    uint32_t expected = which == PLACE_OTA ? v->header.start : place->start;
    v->start_good = v->header.start == expected;
    v->end_good = v->header.end > v->header.start && v->header.end - v->header.start <= place->size - 4;
    v->platform_good = v->header.platform == view->platform;
    v->function_good = which == PLACE_OTA ? view_place(v->header.function, v->header.index) != NULL
                                          : v->header.function == place->function && v->header.index == place->index;
    v->header_valid = view_header_fault(view, place->address, expected) == REASON_GOOD;
    v->crc_good = view_crc(view, place->address, v->header.end - v->header.start) == CHECK_PASSED;
}

/* Why a header is not valid, seen by somebody who wants to know what lies there instead. */
static enum module_reason header_reason(const struct flash_view *view, const struct module_verdict *v, uint32_t expected)
{
    if (v->erased)
        return REASON_ERASED;
    enum module_reason fault = view_header_fault(view, v->address, expected);
    bool is_module =
        v->has_module && !v->module.core && v->module.header_offset == module_header_offset(view_u32(view, v->address));
    return fault == REASON_WRONG_START && !is_module ? REASON_NO_HEADER : fault;
}

/* Is a sector that the module says it covers erased? Only 128 KB sectors: bootloader and settings have one each. */
static bool has_hole(const struct flash_view *view, const struct module_verdict *v)
{
    for (uint32_t sector = v->address; sector < v->address + v->size; sector += 0x20000) {
        uint32_t end = MIN(v->header.end + 4, sector + 0x20000);
        if (end > sector && view_erased(view, sector, end - sector))
            return true;
    }
    return false;
}

static void decide(struct module_verdict *v, enum module_outcome outcome, enum module_reason reason)
{
    v->outcome = outcome;
    v->reason = reason;
}

/* ---- the places in the order in which they are looked at ---- */

struct judge {
    struct flash_view view;
    const struct verdict_facts *facts;
    struct verdicts *all;
    struct module_verdict *place;
};

static void judge_bootloader(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_BOOTLOADER];
    uint32_t entry = view_u32(&j->view, v->address + 4);
    enum module_reason fault = header_reason(&j->view, v, v->address);
    enum module_reason by_system = view_system_check(&j->view, v->address, &j->all->system, false, v->dependency);
    if (v->erased || (entry & 1) == 0 || entry < v->address || entry >= v->address + IMAGE_FLASH_SIZE)
        decide(v, OUTCOME_CRASHES, v->erased ? REASON_ERASED : REASON_NO_HEADER);
    else if (fault == REASON_NO_HEADER || !v->function_good)
        decide(v, OUTCOME_CRASHES, fault == REASON_NO_HEADER ? fault : REASON_WRONG_FUNCTION);
    else if (j->all->system.checks_modules && by_system != REASON_GOOD)
        decide(v, OUTCOME_SKIPPED, by_system);
    else
        decide(v, OUTCOME_RUNS, v->crc_good ? REASON_GOOD : REASON_WRONG_CRC); /* nothing else checks it */
}

/* Of the part's own library: can the bootloader call it? (bootloader/src/photon/bootloader_dct.c) */
static bool part_usable(struct judge *j, enum module_place which, uint16_t version, char **why)
{
    const struct module_verdict *v = &j->place[which];
    char name[48];
    module_name(MODULE_SYSTEM_PART, which == PLACE_SYSTEM_PART1 ? 1 : 2, name, sizeof name);
    if (!v->function_good || !v->platform_good || v->header.version < version)
        *why = !v->function_good || !v->platform_good
                   ? g_strdup_printf("there is no valid header of %s", name)
                   : g_strdup_printf("%s has version %u, and version %u is needed", name, v->header.version, version);
    else if (!v->start_good || v->header.end < v->header.start || v->header.end > v->address + v->size)
        *why = g_strdup_printf("%s does not lie within its place", name);
    else if (!v->crc_good)
        *why = g_strdup_printf("the CRC of %s is wrong", name);
    return *why == NULL;
}

static void judge_dct(struct judge *j)
{
    g_autofree char *why = NULL;
    j->all->dct_usable = !j->all->bootloader.borrows_dct_code ||
                         (part_usable(j, PLACE_SYSTEM_PART2, 200, &why) &&
                          part_usable(j, PLACE_SYSTEM_PART1, j->place[PLACE_SYSTEM_PART2].header.dependency[0].version, &why));
    if (why != NULL)
        j->all->dct_cause = g_strdup_printf("Bootloader version %u reads and writes the settings area (DCT) with code of the "
                                            "system parts, and %s: it applies no pending update and ignores the DCT.",
                                            j->all->bootloader.version, why);
}

static void judge_factory(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_FACTORY];
    const struct module_slot *slot = &j->facts->slot[0];
    if (slot->magic != SLOT_FACTORY || !j->all->dct_usable)
        slot = &verdict_factory_slot;
    enum module_reason reason = slot_fault(&j->view, slot);
    view_dependencies(&j->view, v->address, &j->all->system, false, v->dependency);
    if (reason == REASON_GOOD)
        decide(v, OUTCOME_AVAILABLE, reason);
    else if (v->erased)
        decide(v, OUTCOME_UNUSED, REASON_ERASED);
    else
        decide(v, OUTCOME_REFUSED, !v->has_module ? REASON_NO_HEADER : reason);
    j->all->factory_by_button = v->outcome == OUTCOME_AVAILABLE || !j->all->bootloader.tests_factory_image;
}

static void judge_part1(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_SYSTEM_PART1];
    view_dependencies(&j->view, v->address, &j->all->system, false, v->dependency);
    v->dependency[0].looked_at = v->dependency[1].looked_at = false; /* only when updates are received */
    if (j->place[PLACE_BOOTLOADER].outcome == OUTCOME_CRASHES)
        decide(v, OUTCOME_CRASHES, REASON_NOT_REACHED);
    else if (!v->header_valid) /* the bootloader restores the factory image, which does not help, or gives up */
        decide(v, j->place[PLACE_FACTORY].outcome == OUTCOME_AVAILABLE ? OUTCOME_LOOPS : OUTCOME_DFU,
               header_reason(&j->view, v, v->address));
    else if (has_hole(&j->view, v))
        decide(v, OUTCOME_CRASHES, REASON_HOLE);
    else
        decide(v, OUTCOME_RUNS, v->crc_good ? REASON_GOOD : REASON_WRONG_CRC);
}

static uint16_t part1_code(const struct judge *j)
{
    return j->facts->part1_code != 0 ? j->facts->part1_code : j->place[PLACE_SYSTEM_PART1].header.version;
}

static void judge_part2(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_SYSTEM_PART2];
    enum module_reason by_system = view_system_check(&j->view, v->address, &j->all->system, false, v->dependency);
    if (!j->all->system.checks_modules)
        v->dependency[0].looked_at = v->dependency[1].looked_at = false;
    if (j->place[PLACE_SYSTEM_PART1].outcome != OUTCOME_RUNS)
        decide(v, j->place[PLACE_SYSTEM_PART1].outcome, REASON_NOT_REACHED);
    else if (v->erased || !v->has_module || v->module.core)
        decide(v, OUTCOME_CRASHES, v->erased ? REASON_ERASED : REASON_NO_HEADER);
    else if (has_hole(&j->view, v))
        decide(v, OUTCOME_CRASHES, REASON_HOLE);
    else if (part1_code(j) < j->all->system.least_part1)
        decide(v, OUTCOME_CRASHES, REASON_DEPENDENCY);
    else if (j->all->system.checks_modules && by_system != REASON_GOOD)
        decide(v, OUTCOME_SKIPPED, by_system);
    else if (!v->dependency[0].met)
        decide(v, OUTCOME_RUNS, REASON_DEPENDENCY); /* nobody looks */
    else
        decide(v, OUTCOME_RUNS, v->crc_good ? REASON_GOOD : REASON_WRONG_CRC);
}

static bool safe_mode(const struct judge *j)
{
    const struct system_rules *rules = &j->all->system;
    uint8_t mode = rules->flags_in_backup ? j->facts->backup.startup_mode : j->facts->dct.startup_mode;
    return rules->startup_ff_is_normal ? mode != 0xFF && (mode & 1) != 0 : mode != 0;
}

/* The user module's header is invalid: is there another way out? */
static void judge_without_user(struct judge *j, enum module_reason reason)
{
    struct module_verdict *v = &j->place[PLACE_USER];
    if (view_header_fault(&j->view, j->place[PLACE_FACTORY].address, v->address) != REASON_GOOD) {
        decide(v, OUTCOME_SKIPPED, reason);
        return;
    }
    j->all->factory_by_itself = true;
    bool heard = j->all->bootloader.flags_in_backup == j->all->system.flags_in_backup;
    decide(v, heard && j->place[PLACE_FACTORY].outcome == OUTCOME_AVAILABLE ? OUTCOME_REPLACED : OUTCOME_LOOPS, reason);
}

static void judge_user(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_USER];
    enum module_reason needs = view_dependencies(&j->view, v->address, &j->all->system, false, v->dependency);
    enum module_reason header = header_reason(&j->view, v, v->address);
    enum check_result crc = view_crc(&j->view, v->address, v->header.end - v->header.start);
    if (!j->all->system_starts)
        decide(v, j->place[PLACE_SYSTEM_PART2].outcome, REASON_NOT_REACHED);
    else if (j->place[PLACE_BOOTLOADER].outcome == OUTCOME_SKIPPED)
        decide(v, OUTCOME_SKIPPED, REASON_BOOTLOADER_BAD);
    else if (j->place[PLACE_SYSTEM_PART2].outcome == OUTCOME_SKIPPED)
        decide(v, OUTCOME_SKIPPED, REASON_SYSTEM_BAD);
    else if (safe_mode(j))
        decide(v, OUTCOME_SKIPPED, REASON_SAFE_MODE);
    else if (!v->header_valid)
        judge_without_user(j, header);
    else if (crc == CHECK_FAULTS)
        decide(v, OUTCOME_CRASHES, REASON_WRONG_END);
    else if (crc == CHECK_FAILED)
        decide(v, OUTCOME_SKIPPED, REASON_WRONG_CRC);
    else if (needs != REASON_GOOD)
        decide(v, OUTCOME_SKIPPED, needs);
    else
        decide(v, OUTCOME_RUNS, REASON_GOOD);
    j->all->user_runs = v->outcome == OUTCOME_RUNS;
}

static void judge_update(struct judge *j)
{
    struct module_verdict *v = &j->place[PLACE_OTA];
    enum module_reason reason = view_system_check(&j->view, v->address, &j->all->system, true, v->dependency);
    if (reason == REASON_ERASED) /* where an update begins; a factory image may lie further on */
        decide(v, OUTCOME_UNUSED, REASON_ERASED);
    else
        decide(v, reason == REASON_GOOD ? OUTCOME_AVAILABLE : OUTCOME_REFUSED, reason);
}

struct verdicts *verdicts_new(const uint8_t *flash, const struct verdict_facts *facts)
{
    struct verdict_facts nothing = VERDICT_FACTS_DEFAULT;
    struct verdicts *all = g_new0(struct verdicts, 1);
    struct judge j = {.facts = facts != NULL ? facts : &nothing, .all = all, .place = all->place};
    j.view = (struct flash_view){flash, j.facts->platform};
    for (unsigned place = 0; place < PLACES; place++)
        look(&j.view, place, &all->place[place]);
    all->bootloader = bootloader_rules(j.facts->bootloader_code != 0 ? j.facts->bootloader_code
                                                                     : all->place[PLACE_BOOTLOADER].header.version);
    all->system =
        system_rules(j.facts->system_code != 0 ? j.facts->system_code : all->place[PLACE_SYSTEM_PART2].header.version);
    judge_bootloader(&j);
    judge_dct(&j);
    judge_factory(&j);
    judge_part1(&j);
    judge_part2(&j);
    enum module_outcome part2 = all->place[PLACE_SYSTEM_PART2].outcome;
    all->system_starts = part2 == OUTCOME_RUNS || part2 == OUTCOME_SKIPPED;
    judge_user(&j);
    judge_update(&j);
    verdict_describe(all, PLACE_FACTORY, j.facts); /* the user module's sentences quote it */
    for (unsigned place = 0; place < PLACES; place++)
        if (place != PLACE_FACTORY)
            verdict_describe(all, place, j.facts);
    return all;
}

void verdicts_free(struct verdicts *verdicts)
{
    if (verdicts == NULL)
        return;
    for (unsigned place = 0; place < PLACES; place++) {
        g_free(verdicts->place[place].cause);
        g_free(verdicts->place[place].effect);
        g_free(verdicts->place[place].cure);
    }
    g_free(verdicts->dct_cause);
    g_free(verdicts);
}

/* ---- names ---- */

const char *module_outcome_name(enum module_outcome outcome)
{
    static const char *const names[] = {[OUTCOME_UNUSED] = "unused",       [OUTCOME_RUNS] = "runs",
                                        [OUTCOME_SKIPPED] = "skipped",     [OUTCOME_REPLACED] = "replaced",
                                        [OUTCOME_AVAILABLE] = "available", [OUTCOME_REFUSED] = "refused",
                                        [OUTCOME_LOOPS] = "loops",         [OUTCOME_DFU] = "dfu",
                                        [OUTCOME_CRASHES] = "crashes"};
    return outcome < G_N_ELEMENTS(names) ? names[outcome] : "unknown";
}

const char *module_reason_name(enum module_reason reason)
{
    static const char *const names[] = {[REASON_GOOD] = "good",
                                        [REASON_ERASED] = "erased",
                                        [REASON_NO_HEADER] = "no-header",
                                        [REASON_WRONG_START] = "wrong-start",
                                        [REASON_WRONG_END] = "wrong-end",
                                        [REASON_WRONG_PLATFORM] = "wrong-platform",
                                        [REASON_WRONG_FUNCTION] = "wrong-function",
                                        [REASON_WRONG_CRC] = "wrong-crc",
                                        [REASON_DEPENDENCY] = "dependency",
                                        [REASON_DEPENDENCY2] = "dependency2",
                                        [REASON_BREAKS_OTHERS] = "breaks-others",
                                        [REASON_BOOTLOADER_BAD] = "bootloader",
                                        [REASON_SYSTEM_BAD] = "system",
                                        [REASON_SAFE_MODE] = "safe-mode",
                                        [REASON_HOLE] = "erased-sector",
                                        [REASON_NOT_REACHED] = "not-reached"};
    return reason < G_N_ELEMENTS(names) ? names[reason] : "unknown";
}
