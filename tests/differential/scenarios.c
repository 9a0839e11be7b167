/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exception scenarios: thread code that raises exceptions, and scripts of what the handlers do meanwhile.
 *
 * They run on two machines of QEMU. Its netduino2 has the memories and interrupts of our chip, but lets accesses to nothing
 * pass and unprivileged ones to the core's registers, too. Its mps2-an385 faults as it should, but has RAM where our boot alias
 * is, and 32 interrupts: firmware and code are at 0 there, on both sides.
 *
 * Left out, because QEMU 7.2 does otherwise than the manual or the chip:
 *   priorities with bits below the upper four (QEMU has eight bits, the chip four);
 *   FAULTMASK set by the handler of a HardFault or an NMI (the manual ignores that, QEMU does not);
 *   INVSTATE at an address that is no multiple of four (QEMU reports UNALIGNED);
 *   what wakes WFI under BASEPRI (QEMU looks at no mask, the manual at BASEPRI);
 *   lock-up (QEMU aborts).
 * Left out, because the manual leaves it open: interrupts made pending inside an IT block (when they are taken), fault status
 * after faults while stacking.
 */
#include <string.h>

#include "tests/differential/generator.h"

enum {
    SCRIPT_NMI,
    SCRIPT_HARD_FAULT,
    SCRIPT_MEM_MANAGE,
    SCRIPT_BUS_FAULT,
    SCRIPT_USAGE_FAULT,
    SCRIPT_SVC,
    SCRIPT_PENDSV,
    SCRIPT_SYSTICK,
    SCRIPT_IRQ0 = 9
};
enum { MSR_PSP = 9, MSR_PRIMASK = 16, MSR_BASEPRI = 17, MSR_BASEPRI_MAX = 18, MSR_FAULTMASK = 19, MSR_CONTROL = 20 };
enum { CCR_USERSETMPEND = 1 << 1, CCR_UNALIGN_TRP = 1 << 3, CCR_DIV_0_TRP = 1 << 4 };
enum { RECOVERY = 11, BLOCK = 10 };

#define ISER 0xE000E100
#define ICER 0xE000E180
#define ISPR 0xE000E200
#define ICPR 0xE000E280
#define IPR  0xE000E400
#define ICSR 0xE000ED04
#define SHPR 0xE000ED14 /* plus the exception's number */
#define STIR 0xE000EF00

struct thread {
    struct code code;
    struct image_scenario *s;
    bool privileged;
    bool bus_faults; /* the machine has them */
};

/* ---- faults ---- */

enum fault {
    FAULT_LOAD,
    FAULT_LOAD_ELSEWHERE,
    FAULT_STORE,
    FAULT_STORE_ELSEWHERE,
    FAULT_UNDEFINED,
    FAULT_DIVIDE,
    FAULT_UNALIGNED,
    FAULT_COPROCESSOR,
    FAULT_NEVER_EXECUTABLE,
    FAULT_NO_CODE,
    FAULT_NOT_THUMB,
    FAULTS
};

static bool bus_fault(enum fault fault)
{
    return fault <= FAULT_STORE_ELSEWHERE || fault == FAULT_NO_CODE;
}

/* What a fault needs in a register beforehand; a fault of a jump takes the register's value at the end of its block. */
static uint32_t fault_operand(struct code *c, enum fault fault)
{
    switch (fault) {
    case FAULT_LOAD:
    case FAULT_STORE:
        return NOTHING_HERE + 0x400 + 4 * random_below(&c->random, 64);
    case FAULT_LOAD_ELSEWHERE:
    case FAULT_STORE_ELSEWHERE:
        return NOTHING_HERE_EITHER + 0x400 + 4 * random_below(&c->random, 64);
    case FAULT_DIVIDE:
        return 0;
    case FAULT_UNALIGNED:
        return DATA_WINDOW + 64 + 4 * random_below(&c->random, 32) + random_between(&c->random, 1, 3);
    case FAULT_NEVER_EXECUTABLE:
        return NEVER_EXECUTABLE + 2 * random_below(&c->random, 64) + 1;
    case FAULT_NO_CODE:
        return NOTHING_HERE + 2 * random_below(&c->random, 64) + 1;
    default:
        return 0;
    }
}

static bool fault_jumps(enum fault fault)
{
    return fault >= FAULT_NEVER_EXECUTABLE;
}

static bool fault_needs_operand(enum fault fault)
{
    return fault != FAULT_UNDEFINED && fault != FAULT_COPROCESSOR;
}

struct form {
    const char *name, *form;
};

static void put_bad_access(struct code *c, unsigned base, bool load)
{
    static const struct form loads[] = {{"LDR (immediate)", "T1"},
                                        {"LDR (immediate)", "T3"},
                                        {"LDR (immediate)", "T4"},
                                        {"LDR (register)", "T2"},
                                        {"LDRB (immediate)", "T1"},
                                        {"LDRB (immediate)", "T2"},
                                        {"LDRB (immediate)", "T3"},
                                        {"LDRH (immediate)", "T1"},
                                        {"LDRH (immediate)", "T2"},
                                        {"LDRH (immediate)", "T3"},
                                        {"LDRSB (immediate)", "T1"},
                                        {"LDRSH (immediate)", "T2"},
                                        {"LDRD (immediate)", "T1"},
                                        {"LDM, LDMIA", "T1"},
                                        {"LDM, LDMIA", "T2"},
                                        {"LDMDB, LDMEA", "T1"},
                                        {"LDRT", "T1"}};
    static const struct form stores[] = {{"STR (immediate)", "T1"},  {"STR (immediate)", "T3"},  {"STR (immediate)", "T4"},
                                         {"STR (register)", "T2"},   {"STRB (immediate)", "T1"}, {"STRB (immediate)", "T2"},
                                         {"STRB (immediate)", "T3"}, {"STRH (immediate)", "T1"}, {"STRH (immediate)", "T2"},
                                         {"STRH (immediate)", "T3"}, {"STRD (immediate)", "T1"}, {"STM, STMIA", "T1"},
                                         {"STM, STMIA", "T2"},       {"STMDB, STMFD", "T1"},     {"STRT", "T1"}};
    const struct form *f;
    const struct encoding *e;
    do {
        f = load ? &loads[random_below(&c->random, G_N_ELEMENTS(loads))]
                 : &stores[random_below(&c->random, G_N_ELEMENTS(stores))];
        e = &encodings[encoding_find(f->name, f->form)];
    } while (base >= 8 && encoding_width(e, 'n') == 3);
    bool low = encoding_width(e, 't') == 3;
    unsigned t, y;
    do {
        t = code_register(c, low);
        y = code_register(c, false);
    } while (t == y || t == base || y == base);
    unsigned w = random_below(&c->random, 2), p = !w || random_below(&c->random, 2),
             u = e->usage == USE_DUAL ? random_below(&c->random, 2) : w && random_below(&c->random, 2);
    unsigned list = encoding_length(e) == 1 ? 1u << (base ^ 1) : (1u << t | 1u << y);
    /* the index register holds anything; base + any index could be good memory, so it is the base, too: twice 0x3000xxxx */
    unsigned bits = encoding_width(e, 'i'), i = random_below(&c->random, bits == 5 ? 16 : bits == 8 ? 64 : 256) & ~3u;
    if (e->usage == USE_REGISTER)
        i = 0; /* shift */
    if (e->usage == USE_REGISTER && t == y)
        return;
    code_put(c, encoding_find(f->name, f->form),
             FIELDS('n', base, 't', t, 'y', y, 'm', base, 'i', i, 'P', p, 'U', u, 'W', w, 'r', list));
}

static void put_coprocessor(struct code *c)
{
    static const struct form forms[] = {{"CDP, CDP2", "T1"},
                                        {"CDP, CDP2", "T2"},
                                        {"MCR, MCR2", "T1"},
                                        {"MCR, MCR2", "T2"},
                                        {"MRC, MRC2", "T1"},
                                        {"MRC, MRC2", "T2"},
                                        {"MCRR, MCRR2", "T1"},
                                        {"MCRR, MCRR2", "T2"},
                                        {"MRRC, MRRC2", "T1"},
                                        {"MRRC, MRRC2", "T2"},
                                        {"LDC, LDC2 (immediate)", "T1"},
                                        {"LDC, LDC2 (immediate)", "T2"},
                                        {"LDC, LDC2 (literal)", "T1"},
                                        {"LDC, LDC2 (literal)", "T2"},
                                        {"STC, STC2", "T1"},
                                        {"STC, STC2", "T2"}};
    const struct form *f = &forms[random_below(&c->random, G_N_ELEMENTS(forms))];
    const struct encoding *e = &encodings[encoding_find(f->name, f->form)];
    unsigned t = random_below(&c->random, 13), y = (t + 1 + random_below(&c->random, 11)) % 13;
    unsigned i = random_word(&c->random) & ((1u << encoding_width(e, 'i')) - 1);
    code_put(c, encoding_find(f->name, f->form),
             FIELDS('n', random_below(&c->random, 13), 't', t, 'y', y, 'U', random_below(&c->random, 2), 'i', i));
}

/* Where a jump that faults is to go on; for BX to an even address that is the place itself. */
static uint32_t landing(struct code *c, enum fault fault)
{
    if (fault == FAULT_NOT_THUMB && code_here(c) % 4 != 0)
        code_emit(c, "NOP", "T1", FIELDS('i', 0));
    return code_here(c);
}

/* The faulting instruction itself; operand: the register prepared with fault_operand. */
static void put_fault(struct code *c, enum fault fault, unsigned operand)
{
    static const char *const unaligned[] = {"LDM, LDMIA", "STM, STMIA", "LDREX", "STMDB, STMFD", "LDMDB, LDMEA"};
    unsigned reg;
    switch (fault) {
    case FAULT_LOAD:
    case FAULT_LOAD_ELSEWHERE:
    case FAULT_STORE:
    case FAULT_STORE_ELSEWHERE:
        put_bad_access(c, operand, fault <= FAULT_LOAD_ELSEWHERE);
        break;
    case FAULT_UNDEFINED:
        code_emit(c, "UDF", random_chance(&c->random, 50) ? "T1" : "T2", FIELDS('i', random_below(&c->random, 256)));
        break;
    case FAULT_DIVIDE:
        do
            reg = code_register(c, false);
        while (reg == operand);
        code_emit(c, random_chance(&c->random, 50) ? "UDIV" : "SDIV", "T1",
                  FIELDS('d', reg, 'n', random_below(&c->random, 13), 'm', operand));
        code_forget(c, reg);
        break;
    case FAULT_UNALIGNED: {
        unsigned kind = random_below(&c->random, G_N_ELEMENTS(unaligned));
        do
            reg = code_register(c, false);
        while (reg == operand);
        if (strcmp(unaligned[kind], "LDREX") == 0)
            code_emit(c, "LDREX", "T1", FIELDS('n', operand, 't', reg, 'i', random_below(&c->random, 16)));
        else
            code_emit(c, unaligned[kind], kind < 2 ? "T2" : "T1",
                      FIELDS('n', operand, 'W', random_below(&c->random, 2), 'r',
                             1u << reg | 1u << (operand == 12 || reg == 12 ? (operand == 3 || reg == 3 ? 4 : 3) : 12)));
        break;
    }
    case FAULT_COPROCESSOR:
        put_coprocessor(c);
        break;
    default:
        code_emit(c, random_chance(&c->random, 50) && operand != LR ? "BLX (register)" : "BX", "T1", FIELDS('m', operand));
        if (c->known[LR].kind != UNKNOWN)
            c->known[LR].kind = UNKNOWN;
        break;
    }
}

/* Ten instructions, one of which faults. */
static void fixed_block(struct thread *t, enum fault fault, unsigned position, bool with_accesses)
{
    struct code *c = &t->code;
    unsigned operand = 2 + random_below(&c->random, 6), constant = 0;
    c->locked |= (uint16_t)(1 << operand | 1 << RECOVERY);
    unsigned recovery = code_open_constant(c, RECOVERY);
    if (fault == FAULT_NOT_THUMB)
        constant = code_open_constant(c, operand);
    else
        code_constant(c, operand, fault_operand(c, fault));
    c->known[operand].kind = UNKNOWN; /* so that nothing else takes it for a base */
    /* a base for loads and stores, so that nothing but the instructions themselves is in the block */
    code_constant(c, 0, DATA_WINDOW + 128);
    c->locked |= 1;
    for (unsigned i = 0; i < BLOCK; i++) {
        if (i == position) {
            put_fault(c, fault, operand);
        } else if (with_accesses && random_chance(&c->random, 50)) {
            unsigned reg = code_register(c, true);
            bool load = random_chance(&c->random, 50);
            code_emit(c, load ? "LDR (immediate)" : "STR (immediate)", "T1",
                      FIELDS('n', 0, 't', reg, 'i', random_below(&c->random, 32)));
            if (load)
                code_forget(c, reg);
        } else {
            code_compute(c);
        }
        if (i == position && fault_jumps(fault)) {
            uint32_t place = landing(c, fault);
            code_patch_constant(c, recovery, RECOVERY, place);
            if (fault == FAULT_NOT_THUMB)
                code_patch_constant(c, constant, operand, place);
        }
    }
    c->locked = 0;
}

static void random_fault(struct thread *t)
{
    struct code *c = &t->code;
    enum fault fault;
    do
        fault = (enum fault)random_below(&c->random, FAULTS);
    while (bus_fault(fault) && !t->bus_faults);
    uint16_t locked = c->locked;
    unsigned operand = random_below(&c->random, 8), at = 0, recovery = 0;
    c->locked |= (uint16_t)(1 << operand | 1 << RECOVERY);
    if (fault_jumps(fault))
        recovery = code_open_constant(c, RECOVERY);
    if (fault == FAULT_NOT_THUMB)
        at = code_open_constant(c, operand);
    else if (fault_needs_operand(fault))
        code_constant(c, operand, fault_operand(c, fault));
    c->known[operand].kind = UNKNOWN;
    if (!fault_jumps(fault) && random_chance(&c->random, 30)) {
        /* in an IT block */
        GArray *body = g_array_new(FALSE, FALSE, sizeof(uint16_t));
        unsigned n = random_between(&c->random, 1, 4), position = random_below(&c->random, n);
        code_it_begin(c, body);
        for (unsigned i = 0; i < n; i++)
            if (i == position)
                put_fault(c, fault, operand);
            else
                code_compute(c);
        code_it_end(c);
        g_array_free(body, TRUE);
    } else {
        put_fault(c, fault, operand);
    }
    if (fault_jumps(fault)) {
        uint32_t place = landing(c, fault);
        code_patch_constant(c, recovery, RECOVERY, place);
        if (fault == FAULT_NOT_THUMB)
            code_patch_constant(c, at, operand, place);
    }
    c->locked = locked;
}

/* ---- other things that thread code does ---- */

/* Two different registers. */
static void two_registers(struct code *c, unsigned *a, unsigned *b)
{
    *a = code_register(c, true);
    do
        *b = code_register(c, true);
    while (*a == *b);
}

static void store(struct code *c, uint32_t address, uint32_t value, bool byte)
{
    unsigned a, b;
    two_registers(c, &a, &b);
    code_constant(c, a, address);
    code_constant(c, b, value);
    bool wide = random_chance(&c->random, 30);
    code_emit(c, byte ? "STRB (immediate)" : "STR (immediate)", wide ? (byte ? "T2" : "T3") : "T1",
              FIELDS('n', a, 't', b, 'i', 0));
}

static void move_to_special(struct code *c, unsigned special, uint32_t value)
{
    unsigned reg = code_register(c, false);
    code_constant(c, reg, value);
    code_emit(c, "MSR", "T1", FIELDS('n', reg, 'x', special));
}

static void supervisor_call(struct code *c)
{
    unsigned number = random_below(&c->random, END_SVC);
    if (random_chance(&c->random, 30)) {
        GArray *body = g_array_new(FALSE, FALSE, sizeof(uint16_t));
        unsigned n = random_between(&c->random, 1, 4), position = random_below(&c->random, n);
        code_it_begin(c, body);
        for (unsigned i = 0; i < n; i++)
            if (i == position)
                code_emit(c, "SVC", "T1", FIELDS('i', number));
            else
                code_compute(c);
        code_it_end(c);
        g_array_free(body, TRUE);
    } else {
        code_emit(c, "SVC", "T1", FIELDS('i', number));
    }
}

static uint32_t bit(unsigned irq)
{
    return UINT32_C(1) << irq % 32;
}

static unsigned slot_irq(struct thread *t)
{
    return t->s->irq[random_below(&t->code.random, N_SLOTS)];
}

static uint32_t icsr_bits(struct code *c)
{
    static const uint32_t bits[] = {1u << 28,
                                    1u << 26,
                                    1u << 31,
                                    1u << 28 | 1u << 26,
                                    1u << 31 | 1u << 28,
                                    1u << 27,
                                    1u << 25,
                                    1u << 31 | 1u << 26 | 1u << 28};
    return bits[random_below(&c->random, G_N_ELEMENTS(bits))];
}

static void interrupt(struct thread *t)
{
    struct code *c = &t->code;
    unsigned irq = slot_irq(t);
    uint32_t all = 0;
    switch (random_below(&c->random, 9)) {
    case 0:
    case 1:
        store(c, ISPR + irq / 32 * 4, bit(irq), false);
        break;
    case 2:
        for (unsigned i = 0; i < N_SLOTS; i++)
            if (t->s->irq[i] / 32 == irq / 32)
                all |= bit(t->s->irq[i]);
        store(c, ISPR + irq / 32 * 4, all, false);
        break;
    case 3:
        store(c, STIR, irq, false);
        break;
    case 4:
    case 5:
        store(c, ICSR, icsr_bits(c), false);
        break;
    case 6:
        store(c, (random_chance(&c->random, 60) ? ISER : ICER) + irq / 32 * 4, bit(irq), false);
        break;
    case 7:
        store(c, IPR + irq, random_below(&c->random, 16) << 4, true);
        break;
    default:
        store(c, ICPR + irq / 32 * 4, bit(irq), false);
        break;
    }
}

static void masks(struct thread *t)
{
    struct code *c = &t->code;
    switch (random_below(&c->random, 6)) {
    case 0:
        move_to_special(c, MSR_BASEPRI, random_below(&c->random, 16) << 4);
        break;
    case 1:
        move_to_special(c, MSR_BASEPRI_MAX, random_below(&c->random, 16) << 4);
        break;
    case 2:
        move_to_special(c, MSR_BASEPRI, 0);
        break;
    case 3:
        move_to_special(c, MSR_PRIMASK, random_below(&c->random, 2));
        break;
    default:
        code_emit(c, "CPS", "T1", FIELDS('s', random_chance(&c->random, 40), 'i', 2)); /* I */
        break;
    }
}

/* Something made pending behind a mask, which is then lifted. */
static void masked_stretch(struct thread *t)
{
    struct code *c = &t->code;
    unsigned kind = t->privileged ? random_below(&c->random, 4) : 0;
    bool faultmask = kind == 1;
    if (kind == 0)
        code_emit(c, "CPS", "T1", FIELDS('s', 1, 'i', 2));
    else if (kind == 1)
        code_emit(c, "CPS", "T1", FIELDS('s', 1, 'i', random_chance(&c->random, 50) ? 1 : 3));
    else if (kind == 2)
        move_to_special(c, MSR_BASEPRI, random_between(&c->random, 1, 15) << 4);
    else
        move_to_special(c, MSR_PRIMASK, 1);
    c->no_faults = faultmask;
    for (unsigned n = random_between(&c->random, 1, 3); n != 0; n--) {
        interrupt(t);
        code_plain(c);
    }
    if (kind == 1)
        code_emit(c, "CPS", "T1", FIELDS('s', 0, 'i', 1));
    if (kind <= 1)
        code_emit(c, "CPS", "T1", FIELDS('s', 0, 'i', 2));
    else if (kind == 2)
        move_to_special(c, MSR_BASEPRI, 0);
    else
        move_to_special(c, MSR_PRIMASK, 0);
    c->no_faults = false;
}

/* WFI goes on at once when something pends that only PRIMASK keeps from being taken. */
static void wait_for_interrupt(struct thread *t)
{
    struct code *c = &t->code;
    code_emit(c, "CPS", "T1", FIELDS('s', 1, 'i', 2)); /* first, so that no handler sets BASEPRI anew */
    move_to_special(c, MSR_BASEPRI, 0);
    store(c, ICSR, 1u << 28, false); /* PENDSVSET */
    code_emit(c, "WFI", random_chance(&c->random, 50) ? "T1" : "T2", FIELDS('i', 0));
    code_plain(c);
    code_emit(c, "CPS", "T1", FIELDS('s', 0, 'i', 2));
}

static void breakpoint(struct code *c)
{
    unsigned number;
    do
        number = random_below(&c->random, 256);
    while (number == 0xAB); /* semihosting */
    code_emit(c, "BKPT", "T1", FIELDS('i', number));
}

static void change_control(struct thread *t)
{
    struct code *c = &t->code;
    bool drop = t->bus_faults && random_chance(&c->random, 25);
    /* the stack in use stays at a good place: PSP was set at the start */
    move_to_special(c, MSR_CONTROL, (random_chance(&c->random, 50) ? 2 : 0) | drop);
    code_emit(c, "ISB", "T1", FIELDS('i', 0));
    t->privileged = t->privileged && !drop;
}

static void read_special(struct code *c)
{
    static const uint8_t readable[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 16, 17, 18, 19, 20};
    unsigned reg = code_register(c, false);
    code_emit(c, "MRS", "T1", FIELDS('d', reg, 'x', readable[random_below(&c->random, sizeof readable)]));
    code_forget(c, reg);
}

static void thread_unit(struct thread *t)
{
    struct code *c = &t->code;
    unsigned kind = random_below(&c->random, 100);
    if (kind < 30)
        code_plain(c);
    else if (kind < 38)
        supervisor_call(c);
    else if (kind < 50)
        random_fault(t);
    else if (kind < 70)
        interrupt(t);
    else if (kind < 79)
        masked_stretch(t);
    else if (kind < 86)
        masks(t);
    else if (kind < 89 && t->privileged)
        wait_for_interrupt(t);
    else if (kind < 92 && t->privileged)
        change_control(t);
    else if (kind < 94)
        breakpoint(c);
    else
        read_special(c);
}

/* ---- scripts ---- */

static void script(struct thread *t, unsigned index)
{
    struct random *r = &t->code.random;
    struct image_script *s = &t->s->scripts[index];
    bool urgent = index == SCRIPT_NMI || index == SCRIPT_HARD_FAULT, masked = false;
    bool fault = index >= SCRIPT_HARD_FAULT && index <= SCRIPT_USAGE_FAULT;
    s->visits = (uint8_t)random_below(r, 3);
    for (unsigned i = 0; i < SCRIPT_LENGTH; i++) {
        struct image_action *a = &s->actions[i];
        switch (random_below(r, 24)) {
        case 0:
        case 1:
            *a = (struct image_action){ACTION_PEND, (uint8_t)random_below(r, N_SLOTS)};
            break;
        case 2:
            *a = (struct image_action){ACTION_PEND_ALL, (uint8_t)random_below(r, N_SLOTS)};
            break;
        case 3:
            *a = (struct image_action){ACTION_STIR, (uint8_t)random_below(r, N_SLOTS)};
            break;
        case 4:
            *a = (struct image_action){ACTION_UNPEND, (uint8_t)random_below(r, N_SLOTS)};
            break;
        case 5:
            *a =
                (struct image_action){random_chance(r, 40) ? ACTION_DISABLE : ACTION_ENABLE, (uint8_t)random_below(r, N_SLOTS)};
            break;
        case 6:
            *a = (struct image_action){ACTION_PRIORITY, (uint8_t)(random_below(r, N_SLOTS) << 4 | random_below(r, 16))};
            break;
        case 7:
        case 8:
            /* an NMI's handler that pends another NMI would never end on its last visit, but visits are few */
            *a = (struct image_action){ACTION_ICSR, (uint8_t)random_below(r, 32)};
            break;
        case 9: {
            static const uint8_t exceptions[] = {4, 5, 6, 11, 14, 15};
            *a = (struct image_action){ACTION_SYSTEM_PRIORITY,
                                       (uint8_t)(exceptions[random_below(r, sizeof exceptions)] << 4 | random_below(r, 16))};
            break;
        }
        case 10:
            *a = (struct image_action){ACTION_BASEPRI, (uint8_t)random_below(r, 16)};
            break;
        case 11:
            *a = (struct image_action){ACTION_BASEPRI_MAX, (uint8_t)random_below(r, 16)};
            break;
        case 12:
            *a = (struct image_action){ACTION_PRIMASK, (uint8_t)random_chance(r, 40)};
            break;
        case 13:
            if (urgent)
                break;
            masked = random_chance(r, 60);
            *a = (struct image_action){ACTION_FAULTMASK, masked};
            break;
        case 14:
        case 15:
            *a = (struct image_action){ACTION_SVC, 0};
            break;
        case 16:
            *a = (struct image_action){ACTION_UDF, 0};
            break;
        case 17:
            *a = (struct image_action){ACTION_DIVIDE, (uint8_t)random_below(r, 256)};
            break;
        case 18:
            *a = (struct image_action){random_chance(r, 50) ? ACTION_LOAD : ACTION_STORE, (uint8_t)random_below(r, 256)};
            break;
        case 19:
            *a = (struct image_action){random_chance(r, 50) ? ACTION_UNALIGNED : ACTION_COPROCESSOR, 0};
            break;
        case 20:
            *a = (struct image_action){ACTION_PRIGROUP, (uint8_t)random_below(r, 8)};
            break;
        case 21:
            *a = (struct image_action){ACTION_FAULTS, (uint8_t)random_below(r, 8)};
            break;
        case 22:
            if (fault || urgent)
                break;
            static const uint8_t bad[] = {0x0, 0x2, 0x3, 0x5, 0x7, 0xB, 0xF};
            *a = (struct image_action){ACTION_BAD_RETURN, bad[random_below(r, sizeof bad)]};
            break;
        default:
            *a = (struct image_action){ACTION_OTHER_STACK, 0};
            break;
        }
        if (!t->bus_faults && (a->action == ACTION_LOAD || a->action == ACTION_STORE))
            a->action = ACTION_UDF;
        /* a fault or SVC there would lock up */
        if ((urgent || masked) && a->action >= ACTION_SVC && a->action <= ACTION_COPROCESSOR)
            *a = (struct image_action){ACTION_ICSR, 1};
    }
}

static void settings(struct thread *t)
{
    struct random *r = &t->code.random;
    struct image_scenario *s = t->s;
    static const uint8_t groups[] = {0, 3, 3, 4, 5, 6, 7};
    s->prigroup = groups[random_below(r, sizeof groups)];
    s->ccr = (random_chance(r, 80) ? CCR_DIV_0_TRP : 0) | (random_chance(r, 20) ? CCR_UNALIGN_TRP : 0) |
             (random_chance(r, 50) ? CCR_USERSETMPEND : 0);
    s->stack_align = random_chance(r, 75);
    s->faults = random_chance(r, 50) ? 7 : (uint8_t)random_below(r, 8);
    s->control = (uint8_t)random_below(r, 4);
    if (random_chance(r, 50) || !t->bus_faults)
        s->control &= 2;
    s->stack_offset = random_chance(r, 50) ? 4 : 0;
    s->enabled = random_chance(r, 70) ? 0xFF : (uint8_t)random_word(r);
    for (unsigned i = 0; i < N_SLOTS; i++) {
        bool used;
        do {
            s->irq[i] = (uint8_t)random_below(r, t->bus_faults ? 32 : 81);
            used = false;
            for (unsigned j = 0; j < i; j++)
                used |= s->irq[j] == s->irq[i];
        } while (used);
        s->irq_priority[i] = (uint8_t)random_below(r, 16);
    }
    for (unsigned i = 4; i < 16; i++)
        s->system_priority[i] = (uint8_t)random_below(r, 16);
    for (unsigned i = 0; i < N_SCRIPTS; i++)
        script(t, i);
}

static void fixed_settings(struct image_scenario *s)
{
    s->prigroup = 3;
    s->ccr = CCR_DIV_0_TRP;
    s->stack_align = 1;
    s->faults = 7;
    for (unsigned i = 0; i < N_SLOTS; i++)
        s->irq[i] = (uint8_t)i;
}

unsigned scenario_n_fixed(void)
{
    return FAULTS * BLOCK * 2;
}

unsigned scenario_generate(uint64_t seed, unsigned number, uint32_t flash, uint32_t address, unsigned unit_limit, GArray *out,
                           struct coverage *coverage, struct image_scenario *scenario)
{
    struct thread t = {.s = scenario, .privileged = true, .bus_faults = flash == 0};
    code_begin(&t.code, seed, flash, address, out, coverage);
    unsigned units = 0;
    if (number < scenario_n_fixed()) {
        fixed_settings(scenario);
        fixed_block(&t, (enum fault)(number / 2 / BLOCK), number / 2 % BLOCK, number % 2);
        units = 1;
    } else {
        settings(&t);
        t.privileged = !(scenario->control & 1);
        t.code.aligned = scenario->ccr & CCR_UNALIGN_TRP;
        for (unsigned n = random_between(&t.code.random, 4, 14); n != 0 && units < unit_limit; n--, units++)
            thread_unit(&t);
    }
    code_emit(&t.code, "SVC", "T1", FIELDS('i', END_SVC));
    return units;
}
