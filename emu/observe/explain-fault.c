/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sentences about faults, the SOS and a locked-up processor. */
#include <string.h>

#include "emu/observe/explain-internal.h"

/* Flags of the fault status register (PM0056, 4.4.15), in words. */
static const struct {
    const char *cause, *words;
    bool target; /* the address is not that of the instruction that is to blame, but where it led to */
} causes[] = {{"DIVBYZERO", "divided by zero", false},
              {"UNDEFINSTR", "where there is no instruction (erased or damaged code)", true},
              {"INVSTATE", "which is no function (a null or broken function pointer)", true},
              {"IBUSERR", "where there is no memory", true},
              {"IACCVIOL", "where no code may be", true},
              {"INVPC", "returned from an exception to nowhere (a broken stack)", false},
              {"NOCP", "used a floating-point unit, which this chip lacks", false},
              {"UNALIGNED", "accessed memory at an odd address", false},
              {"PRECISERR", "accessed an address where nothing answers", false},
              {"STKERR", "had its stack outside memory (a stack overflow)", false},
              {"UNSTKERR", "had its stack outside memory (a stack overflow)", false},
              {"DACCVIOL", "accessed memory that it may not", false}};

/* An SOS begins at once. */
#define SILENCE (500 * TICKS_PER_MS)

static char *fault_string(const struct fault *f, const char *place)
{
    const char *words = strcmp(f->type, "breakpoint") == 0 ? "came to a breakpoint, with no debugger there" : "failed";
    bool target = false, below_ram = f->has_address && f->address < 0x20000000 && f->address >= 0x1FFF0000;
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        if (strcmp(causes[i].cause, f->cause) == 0) {
            words = causes[i].words;
            target = causes[i].target;
        }
    if (target)
        return g_strdup_printf("The program went on at 0x%08X%s%s, %s", f->pc, place != NULL ? " in " : "",
                               place != NULL ? place : "", words);
    return g_strdup_printf("The code at 0x%08X%s%s %s%s", f->pc, place != NULL ? " in " : "", place != NULL ? place : "", words,
                           below_ram ? ", just below RAM (a stack overflow, most likely)" : "");
}

/* Device OS, services/inc/panic_codes.h */
static const char *code_string(unsigned code)
{
    static const char *const codes[] = {NULL,
                                        "hard fault",
                                        "non-maskable interrupt",
                                        "memory fault",
                                        "bus fault",
                                        "usage fault",
                                        "invalid length",
                                        "exit",
                                        "out of heap",
                                        "SPI overrun",
                                        "failed assertion",
                                        "invalid case",
                                        "pure virtual call",
                                        "stack overflow",
                                        "heap error"};
    return code < G_N_ELEMENTS(codes) ? codes[code] : NULL;
}

/* What the headers say about why it may have come to that; NULL: nothing. */
static const struct module_verdict *suspect(const struct boot *b, const char *place)
{
    const struct verdicts *v = (b->then != NULL ? b->then : b->before)->verdicts;
    if (place != NULL && strcmp(place, "the user module") == 0)
        return NULL;
    for (unsigned i = PLACE_SYSTEM_PART1; i <= PLACE_SYSTEM_PART2; i++)
        if (v->place[i].reason != REASON_GOOD && v->place[i].reason != REASON_NOT_REACHED)
            return &v->place[i];
    return NULL;
}

#define LEAVE_OUT "safe mode (SETUP held for 1 s to 3 s from the start on) leaves it out."

static char *cure_string(const struct module_verdict *suspect, const struct boot *b, const char *place)
{
    if (suspect != NULL)
        return NULL; /* note_suspect has it */
    if (place != NULL && strcmp(place, "the user module") == 0)
        return g_strdup("Correct the app there (photon-emu run --gdb stops at it); meanwhile " LEAVE_OUT);
    if (b->health >= HEALTH_SETUP)
        return g_strdup("Look at what the app calls (photon-emu run --gdb stops at the fault); meanwhile " LEAVE_OUT);
    return NULL;
}

static void note_first(const struct boot *b, GPtrArray *notes)
{
    const struct fault *f = &g_array_index(b->faults, struct fault, 0);
    const char *place = place_of_address(f->pc);
    const struct module_verdict *part = suspect(b, place);
    g_autofree char *what = fault_string(f, place);
    bool named = f->cause[0] != '\0' && strcmp(f->cause, "none") != 0 && strcmp(f->type, "breakpoint") != 0;
    g_autofree char *where = f->has_address ? g_strdup_printf(", address 0x%08X", f->address) : g_strdup("");
    note_add(notes, f->when, part != NULL && b->locked_up != TICKS_NEVER ? WEIGHT_NORMAL : WEIGHT_MAIN,
             g_strdup_printf("%s (%s%s%s%s).", what, f->type, named ? ", " : "", named ? f->cause : "", where),
             cure_string(part, b, place));
}

/* The headers' word on it. */
static void note_suspect(const struct boot *b, GPtrArray *notes, ticks_t when)
{
    const struct fault *f = b->faults->len > 0 ? &g_array_index(b->faults, struct fault, 0) : NULL;
    const struct module_verdict *part = suspect(b, f != NULL ? place_of_address(f->pc) : NULL);
    if (part != NULL)
        note_add(notes, when, WEIGHT_MAIN, g_strdup(part->cause), g_strdup(part->cure));
}

static void note_sos(const struct boot *b, GPtrArray *notes)
{
    enum weight weight = b->faults->len > 0 ? WEIGHT_IMPORTANT : WEIGHT_MAIN;
    unsigned code = b->sos.code;
    const char *name = code_string(code);
    bool by_app = b->faults->len == 0 && b->health >= HEALTH_SETUP;
    char *cure = by_app ? g_strdup("Correct the app; meanwhile " LEAVE_OUT) : NULL;
    if (code == 0)
        note_add(notes, b->sos.first, weight,
                 g_strdup("The system signalled a panic: SOS in red, and a code that was not seen to its end."), cure);
    else
        note_add(notes, b->sos.first, weight,
                 g_strdup_printf("The system signalled a panic: SOS in red, then %u blink%s: %s.", code, code == 1 ? "" : "s",
                                 name != NULL ? name : "an unknown code"),
                 cure);
}

void note_faults(const struct explain *e, const struct boot *b, GPtrArray *notes)
{
    if (b->faults->len > 0) {
        note_first(b, notes);
        note_suspect(b, notes, g_array_index(b->faults, struct fault, 0).when);
    }
    if (b->sos.seen)
        note_sos(b, notes);
    if (b->locked_up != TICKS_NEVER) {
        if (b->faults->len == 0)
            note_suspect(b, notes, b->locked_up);
        note_say(notes, b->locked_up, b->faults->len > 0 ? WEIGHT_IMPORTANT : WEIGHT_MAIN,
                 "The fault handler failed too, and the processor locked up: nothing runs until a reset, and %s.",
                 b->watchdog_ms != 0 ? "a watchdog is running" : "no watchdog is running");
    } else if (b->faults->len > 0 && !b->sos.seen && b->reset == NULL) {
        ticks_t last = g_array_index(b->faults, struct fault, b->faults->len - 1).when;
        if (MIN(b->ended, e->now) - last < SILENCE)
            return;
        note_say(notes, last, WEIGHT_IMPORTANT,
                 "Nothing ran any more after that; only RESET or the power starts the device again.");
    }
}
