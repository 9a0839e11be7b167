/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/verdict-text.h"

#define LOOKS_LIKE_LISTENING                                                                                                   \
    "Without Wi-Fi this looks like listening mode: blinking blue; with a cloud connection it breathes magenta."
#define TO_DFU "Hold SETUP while RESET is let go, until the LED blinks yellow (3 s), let go, and flash over USB (DFU)"

/* "system 0.5.2", "system version 1503" */
static char *system_string(const struct verdicts *all)
{
    const char *release = system_release(all->system.version);
    return release != NULL ? g_strdup_printf("system %s", release) : g_strdup_printf("system version %u", all->system.version);
}

static char *bootloader_string(const struct verdicts *all)
{
    return g_strdup_printf("bootloader version %u", all->bootloader.version);
}

static char *platform_string(unsigned platform)
{
    const char *name = module_platform_name(platform);
    return name != NULL ? g_strdup_printf("the %s (platform %u)", name, platform) : g_strdup_printf("platform %u", platform);
}

static const char *place_string(enum module_place place)
{
    static const char *const names[PLACES] = {"The bootloader",  "System part 1",     "System part 2",
                                              "The user module", "The factory image", "The image in the OTA area"};
    return names[place];
}

/* ---- dependencies ---- */

char *verdict_need_string(const struct verdict_dependency *d)
{
    char name[48];
    module_name(d->needed.function, d->needed.index, name, sizeof name);
    if (!d->has_place)
        return g_strdup_printf("needs %s version %u, and this board has no place for such a module", name, d->needed.version);
    return g_strdup_printf("needs %s version %u; version %u is installed", name, d->needed.version, d->present);
}

char *verdict_cure_need(const struct verdict_dependency *d)
{
    unsigned version = d->needed.version;
    if (!d->has_place)
        return g_strdup("Take an image that was built for this board");
    if (d->needed.function == MODULE_SYSTEM_PART && system_release_since(version) != NULL)
        return g_strdup_printf("Flash system %s or newer", system_release_since(version));
    if (d->needed.function == MODULE_BOOTLOADER && bootloader_release_since(version) != NULL)
        return g_strdup_printf("Flash the bootloader of release %s or newer", bootloader_release_since(version));
    char name[48];
    return g_strdup_printf("Flash %s version %u or newer", module_name(d->needed.function, d->needed.index, name, sizeof name),
                           version);
}

static const struct verdict_dependency *unmet(const struct module_verdict *v)
{
    return &v->dependency[v->reason == REASON_DEPENDENCY2 ? 1 : 0];
}

/* "It has all it needs: system part 2 version 6 or newer, and version 1502 is installed." */
static char *met_string(const struct module_verdict *v)
{
    const struct verdict_dependency *d = &v->dependency[0];
    char name[48];
    if (d->needed.function == MODULE_NONE)
        return g_strdup("and needs no other module");
    return g_strdup_printf("and has what it needs, %s version %u or newer: version %u is installed",
                           module_name(d->needed.function, d->needed.index, name, sizeof name), d->needed.version, d->present);
}

/* ---- what lies there, and why it is no good ---- */

static char *no_header_string(const struct module_verdict *v)
{
    if (v->has_module && v->module.core)
        return g_strdup_printf(
            "At 0x%08X lies firmware for a Core: its header is at offset 0x10C, and this device looks for one "
            "at 0x184, where it finds code.",
            v->address);
    return g_strdup_printf("What lies at 0x%08X has no module header.", v->address);
}

/* The cause where it is the same sentence for every place; NULL otherwise. */
static char *fault_string(const struct module_verdict *v, const struct verdict_facts *facts)
{
    const char *place = place_string(v->place);
    g_autofree char *its = platform_string(v->header.platform), *ours = platform_string(facts->platform);
    switch (v->reason) {
    case REASON_ERASED:
        return g_strdup_printf("%s is missing: 0x%08X to 0x%08X is erased.", place, v->address, v->address + v->size - 1);
    case REASON_NO_HEADER:
        return no_header_string(v);
    case REASON_WRONG_START:
        return g_strdup_printf("%s at 0x%08X is made for 0x%08X.", place, v->address, v->header.start);
    case REASON_WRONG_END:
        return g_strdup_printf("%s at 0x%08X ends at 0x%08X by its header, which cannot be.", place, v->address, v->header.end);
    case REASON_WRONG_PLATFORM:
        return g_strdup_printf("%s at 0x%08X is for %s, and this board is %s.", place, v->address, its, ours);
    case REASON_WRONG_FUNCTION:
        return g_strdup_printf("The header of what lies at 0x%08X is that of another kind of module (function %u, index %u).",
                               v->address, v->header.function, v->header.index);
    case REASON_WRONG_CRC:
        return g_strdup_printf("%s at 0x%08X has a valid header but a wrong CRC: bytes of it are damaged, or were never "
                               "written.",
                               place, v->address);
    case REASON_HOLE:
        return g_strdup_printf("%s at 0x%08X has a whole sector erased.", place, v->address);
    case REASON_DEPENDENCY:
    case REASON_DEPENDENCY2: {
        g_autofree char *need = verdict_need_string(unmet(v));
        return g_strdup_printf("%s at 0x%08X has a %s CRC but %s.", place, v->address, v->crc_good ? "good" : "wrong", need);
    }
    default:
        return NULL;
    }
}

static void say(struct module_verdict *v, char *cause, char *effect, char *cure)
{
    v->cause = cause;
    v->effect = effect;
    v->cure = cure;
}

/* ---- the places ---- */

static void describe_bootloader(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    g_autofree char *system = system_string(all);
    const char *release = bootloader_release(v->header.version);
    char *fault = fault_string(v, facts);
    if (v->outcome == OUTCOME_CRASHES)
        say(v, fault, g_strdup("The chip starts with whatever lies there: the device is dead, LED off."),
            g_strdup("Flash a bootloader with a programmer (SWD: D6, D7); DFU is part of it."));
    else if (v->outcome == OUTCOME_SKIPPED)
        say(v, fault,
            g_strdup_printf("It still runs, but %s checks it and then does not start the user module (safe mode).", system),
            g_strdup("Flash a bootloader for this board, as an update over the air or serial."));
    else if (v->reason == REASON_WRONG_CRC)
        say(v, fault, g_strdup_printf("Nothing checks it before it runs, and %s does not either.", system),
            g_strdup("Flash a bootloader for this board, as an update over the air or serial."));
    else
        say(v,
            g_strdup_printf("The bootloader at 0x%08X is version %u%s%s%s and has a good CRC.", v->address, v->header.version,
                            release != NULL ? " (first in release " : "", release != NULL ? release : "",
                            release != NULL ? ")" : ""),
            g_strdup("It runs at every start."), NULL);
}

static void describe_part1(struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    char *fault = fault_string(v, facts);
    if (v->reason == REASON_NOT_REACHED)
        say(v, g_strdup("Without a bootloader nothing starts system part 1."), g_strdup("It does not run."),
            g_strdup(all->place[PLACE_BOOTLOADER].cure));
    else if (v->outcome == OUTCOME_LOOPS)
        say(v, fault,
            g_strdup(
                "The bootloader turns the LED red, copies the factory image over the user module, which does not help, and "
                "resets; this repeats for ever and wears the flash."),
            g_strdup(TO_DFU " system part 1 to 0x08020000."));
    else if (v->outcome == OUTCOME_DFU)
        say(v, fault, g_strdup("The bootloader finds nothing to start: red for a moment, then DFU mode, blinking yellow."),
            g_strdup("Flash system part 1 to 0x08020000 over USB (DFU)."));
    else if (v->outcome == OUTCOME_CRASHES)
        say(v, fault, g_strdup("The bootloader looks at the header alone and jumps: a fault, LED off, dead until RESET."),
            g_strdup(TO_DFU " system part 1 to 0x08020000."));
    else if (v->reason == REASON_WRONG_CRC)
        say(v, fault,
            g_strdup_printf("The bootloader looks at the header alone and jumps: what happens depends on the bytes.%s%s",
                            all->dct_cause != NULL ? " " : "", all->dct_cause != NULL ? all->dct_cause : ""),
            g_strdup("Flash system part 1 again."));
    else
        say(v, g_strdup_printf("System part 1 at 0x%08X is version %u and has a good CRC.", v->address, v->header.version),
            g_strdup("The bootloader jumps to it."), NULL);
}

static char *older_part1_effect(const struct verdicts *all)
{
    if (all->system.checks_modules)
        return g_strdup(
            "The system does not start the user module (safe mode), if it gets that far: functions that part 2 calls "
            "may be missing from the older part 1, and then it hangs, LED white or off.");
    return g_strdup("Nothing looks at that: what happens depends on what changed between the two.");
}

static void describe_part2(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    char *fault = fault_string(v, facts);
    g_autofree char *system = system_string(all);
    bool needs = v->reason == REASON_DEPENDENCY || v->reason == REASON_DEPENDENCY2;
    g_autofree char *cure = needs ? verdict_cure_need(unmet(v)) : NULL;
    if (v->reason == REASON_NOT_REACHED)
        say(v, g_strdup("Nothing starts system part 2, for what comes before it is missing or broken."),
            g_strdup("It does not run."), g_strdup(all->place[PLACE_SYSTEM_PART1].cure));
    else if (v->outcome == OUTCOME_CRASHES && needs)
        say(v, fault,
            g_strdup("Functions that it calls at its start are missing from the older part 1: a fault, LED white or off, dead "
                     "until RESET."),
            g_strdup_printf(
                "%s, both parts of the same release, by DFU: hold SETUP while RESET is let go, until the LED blinks "
                "yellow.",
                cure));
    else if (v->outcome == OUTCOME_CRASHES)
        say(v, fault, g_strdup("System part 1 jumps to it without a check: a fault, LED off, dead until RESET."),
            g_strdup(TO_DFU " system part 2 to 0x08060000."));
    else if (v->reason == REASON_DEPENDENCY)
        say(v, fault, older_part1_effect(all), g_strdup_printf("%s, both parts of the same release.", cure));
    else if (v->reason == REASON_DEPENDENCY2)
        say(v, fault,
            g_strdup_printf("The system runs, but does not start the user module (safe mode). %s", LOOKS_LIKE_LISTENING),
            g_strdup_printf("%s.", cure));
    else if (v->outcome == OUTCOME_SKIPPED)
        say(v, fault, g_strdup("The system checks itself and does not start the user module (safe mode), if it gets that far."),
            g_strdup("Flash system part 2 again."));
    else if (v->reason == REASON_WRONG_CRC)
        say(v, fault, g_strdup("Nothing checks it at a start: what happens depends on the bytes."),
            g_strdup("Flash system part 2 again."));
    else
        say(v,
            g_strdup_printf("System part 2 at 0x%08X is version %u (%s) and has a good CRC.", v->address, v->header.version,
                            system),
            g_strdup("The system runs."), NULL);
}

static char *safe_mode_cause(const struct verdicts *all, const struct verdict_facts *facts)
{
    g_autofree char *system = system_string(all), *bootloader = bootloader_string(all);
    uint8_t mode = facts->dct.startup_mode;
    if (all->system.flags_in_backup)
        return g_strdup("Safe mode is asked for: StartupMode is 1 in the backup registers (DR8).");
    if (all->bootloader.flags_in_backup)
        return g_strdup_printf(
            "StartupMode is 0x%02X in the settings area (DCT), and %s takes any value but 0 for safe mode; %s "
            "keeps its own flags in backup registers and does not set it.",
            mode, system, bootloader);
    return g_strdup_printf("Safe mode is asked for: StartupMode is 0x%02X in the settings area (DCT).", mode);
}

/* For an invalid header with a factory image whose own is valid: what comes of the system's wish for a factory reset. */
static void describe_user_replaced(const struct verdicts *all, struct module_verdict *v, char *fault)
{
    const struct module_verdict *factory = &all->place[PLACE_FACTORY];
    g_autofree char *bootloader = bootloader_string(all);
    if (v->outcome == OUTCOME_REPLACED)
        say(v, fault,
            g_strdup_printf(
                "The system asks for a factory reset, and the bootloader copies the factory image (version %u) over "
                "it: green LED, three resets, then that app (\"always tinker\").",
                factory->header.version),
            g_strdup("Flash an app for this board to 0x080A0000."));
    else if (factory->outcome == OUTCOME_AVAILABLE)
        say(v, fault,
            g_strdup_printf("The system asks for a factory reset where %s does not look: the device resets itself for ever.",
                            bootloader),
            g_strdup(TO_DFU " an app to 0x080A0000."));
    else
        say(v, fault,
            g_strdup_printf("The system asks for a factory reset, for the factory image has a valid header; the bootloader "
                            "refuses it: %s The device resets itself for ever.",
                            factory->cause),
            g_strdup(TO_DFU " an app to 0x080A0000."));
}

static void describe_user_skipped(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts,
                                  char *fault)
{
    g_autofree char *system = system_string(all);
    switch (v->reason) {
    case REASON_DEPENDENCY:
    case REASON_DEPENDENCY2: {
        g_autofree char *cure = verdict_cure_need(unmet(v));
        const char *release = system_release(all->system.version);
        say(v, fault, g_strdup("The system skips it (safe mode). " LOOKS_LIKE_LISTENING),
            unmet(v)->has_place && release != NULL ? g_strdup_printf("%s, or build the app for %s.", cure, release)
                                                   : g_strdup_printf("%s.", cure));
        return;
    }
    case REASON_WRONG_CRC:
        say(v, fault,
            g_strdup("The system skips it (safe mode); the factory image is not used, for the header is "
                     "valid. " LOOKS_LIKE_LISTENING),
            g_strdup("Flash the app again, or hold SETUP for a factory reset if there is a factory image."));
        return;
    case REASON_BOOTLOADER_BAD:
    case REASON_SYSTEM_BAD: {
        const struct module_verdict *other =
            &all->place[v->reason == REASON_BOOTLOADER_BAD ? PLACE_BOOTLOADER : PLACE_SYSTEM_PART2];
        say(v, g_strdup_printf("The user module is not looked at: %s", other->cause),
            g_strdup("The system skips it (safe mode). " LOOKS_LIKE_LISTENING), g_strdup(other->cure));
        return;
    }
    case REASON_SAFE_MODE:
        say(v, safe_mode_cause(all, facts), g_strdup("The system skips the user module (safe mode). " LOOKS_LIKE_LISTENING),
            all->bootloader.flags_in_backup && !all->system.flags_in_backup
                ? g_strdup("Flash a system and a bootloader of the same release.")
                : g_strdup("Press RESET: the bootloader takes the request back at the next start."));
        return;
    default:
        say(v, fault,
            g_strdup_printf("%s has nothing to start, and no factory image with a valid header to fall back to: safe "
                            "mode. " LOOKS_LIKE_LISTENING,
                            system),
            g_strdup("Flash an app for this board to 0x080A0000."));
        v->effect[0] = g_ascii_toupper(v->effect[0]);
    }
}

static void describe_user(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    char *fault = fault_string(v, facts);
    if (v->reason == REASON_NOT_REACHED) {
        say(v, g_strdup("The system does not start, so nothing looks at the user module."), g_strdup("It does not run."),
            g_strdup(all->place[PLACE_SYSTEM_PART2].cure));
    } else if (v->outcome == OUTCOME_RUNS) {
        g_autofree char *met = met_string(v);
        say(v, g_strdup_printf("The user module at 0x%08X (version %u) has a good CRC %s.", v->address, v->header.version, met),
            g_strdup("The system runs it; in automatic mode setup() and loop() wait for the cloud."), NULL);
    } else if (v->outcome == OUTCOME_CRASHES) {
        say(v, fault, g_strdup("The system computes a CRC up to there and leaves the flash: a fault at every start."),
            g_strdup(TO_DFU " an app to 0x080A0000."));
    } else if (v->outcome == OUTCOME_SKIPPED) {
        describe_user_skipped(all, v, facts, fault);
    } else {
        describe_user_replaced(all, v, fault);
    }
}

static void describe_factory(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    char *fault = fault_string(v, facts);
    g_autofree char *bootloader = bootloader_string(all);
    if (v->outcome == OUTCOME_AVAILABLE) {
        g_autofree char *need =
            v->dependency[0].looked_at && !v->dependency[0].met ? verdict_need_string(&v->dependency[0]) : NULL;
        say(v,
            g_strdup_printf("The factory image at 0x%08X (version %u) has a good CRC and is made for 0x080A0000.", v->address,
                            v->header.version),
            need != NULL
                ? g_strdup_printf("SETUP held for 6.5 s copies it over the user module, where the system would skip it: it %s.",
                                  need)
                : g_strdup("SETUP held for 6.5 s copies it over the user module."),
            NULL);
    } else if (v->outcome == OUTCOME_UNUSED) {
        say(v, fault,
            all->factory_by_button
                ? g_strdup_printf("%s offers a factory reset all the same, and refuses to copy: reset, normal start.",
                                  bootloader)
                : g_strdup("No factory reset is offered: SETUP held for 3 s or more ends in DFU mode."),
            g_strdup("Flash an app to 0x080E0000 if there is to be a factory image."));
    } else {
        say(v, fault, g_strdup("The bootloader refuses it, as if there were none; it is never copied."),
            g_strdup("Flash an app for this board to 0x080E0000."));
    }
    if (v->effect[0] == 'b')
        v->effect[0] = 'B';
}

/* A user module is taken as an update whatever it needs, and then not started. */
static char *accepted_effect(const struct module_verdict *v)
{
    if (v->header.function == MODULE_BOOTLOADER)
        return g_strdup("As an update it would be accepted, and written to 0x08000000 at once.");
    bool met = v->dependency[0].needed.function == MODULE_NONE || v->dependency[0].met;
    g_autofree char *need = met ? NULL : verdict_need_string(&v->dependency[0]);
    return g_strdup_printf("As an update it would be accepted: a slot is written, and the bootloader copies it to 0x%08X%s%s.",
                           v->header.start, met ? "" : "; there the system skips it, for it ", met ? "" : need);
}

static void describe_update(const struct verdicts *all, struct module_verdict *v, const struct verdict_facts *facts)
{
    char *fault = fault_string(v, facts);
    char *refused = v->outcome != OUTCOME_REFUSED
                        ? NULL
                        : g_strdup("As an update it would be refused, and the device would reset into what it has.");
    g_autofree char *system = system_string(all);
    char name[48];
    module_name(v->header.function, v->header.index, name, sizeof name);
    if (v->outcome == OUTCOME_UNUSED) {
        g_free(fault);
        say(v, g_strdup_printf("There is no image in the OTA area at 0x%08X.", v->address),
            g_strdup("Nothing is waiting to be applied."), NULL);
    } else if (v->outcome == OUTCOME_AVAILABLE) {
        say(v,
            g_strdup_printf("The OTA area holds %s version %u, and it passes the checks of %s.", name, v->header.version,
                            system),
            accepted_effect(v), NULL);
    } else if (v->reason == REASON_BREAKS_OTHERS) {
        say(v,
            g_strdup_printf("The OTA area holds %s version %u, and another system part needs a newer one.", name,
                            v->header.version),
            refused, g_strdup("Flash both system parts of that release over USB (DFU)."));
    } else if (v->reason == REASON_DEPENDENCY || v->reason == REASON_DEPENDENCY2) {
        g_autofree char *cure = verdict_cure_need(unmet(v));
        say(v, fault, refused, g_strdup_printf("%s first.", cure));
    } else {
        say(v, fault, refused, g_strdup("Send an image for this board."));
    }
}

void verdict_describe(struct verdicts *all, enum module_place place, const struct verdict_facts *facts)
{
    struct module_verdict *v = &all->place[place];
    switch (place) {
    case PLACE_BOOTLOADER:
        describe_bootloader(all, v, facts);
        break;
    case PLACE_SYSTEM_PART1:
        describe_part1(all, v, facts);
        break;
    case PLACE_SYSTEM_PART2:
        describe_part2(all, v, facts);
        break;
    case PLACE_USER:
        describe_user(all, v, facts);
        break;
    case PLACE_FACTORY:
        describe_factory(all, v, facts);
        break;
    default:
        describe_update(all, v, facts);
    }
}
