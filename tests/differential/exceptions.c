/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exception scenarios: thread code made by the generator raises exceptions; every handler writes down what it sees, repairs
 * what faulted so that the code goes on behind it, and does what the scenario's script for it says.
 */
#include "harness.h"

enum { EXC_NMI = 2, EXC_HARD_FAULT = 3, EXC_USAGE_FAULT = 6, EXC_SVC = 11, EXC_PENDSV = 14, EXC_SYSTICK = 15 };
enum { N_EXCEPTIONS = 16 + 81, TRACE_LINES = 150, TRACE_FIELDS = 29 };

#define CFSR_IACCVIOL  UINT32_C(0x00000001)
#define CFSR_MMARVALID UINT32_C(0x00000080)
#define CFSR_IBUSERR   UINT32_C(0x00000100)
#define CFSR_BFARVALID UINT32_C(0x00008000)
#define CFSR_INVSTATE  UINT32_C(0x00020000)
#define CFSR_SKIP      UINT32_C(0x03098282) /* DACCVIOL, PRECISERR, UNDEFINSTR, NOCP, UNALIGNED, DIVBYZERO and the valid bits */

enum { RETURN_BX, RETURN_POP, RETURN_LDR, RETURN_TO_MSP, RETURN_FROM_SCENARIO };

struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* What exception_entry pushes. */
struct saved {
    uint32_t r3, r4_to_r11[8], lr;
};

static const char *const field_names[TRACE_FIELDS] = {
    "exception", "lr",      "r0",        "r1",      "r2",   "r3",    "r12",  "LR",   "PC",  "xPSR",
    "r4",        "r5",      "r6",        "r7",      "r8",   "r9",    "r10",  "r11",  "MSP", "PSP",
    "primask",   "basepri", "faultmask", "control", "ICSR", "SHCSR", "CFSR", "HFSR", "FAR"};

static uint32_t trace[TRACE_LINES][TRACE_FIELDS];
static unsigned lines;
static const struct image_scenario *scenario;
static unsigned number;
static uint8_t visits[N_SCRIPTS];
static uint32_t good_return; /* of the handler that returned by a bad one */
static uint32_t ways;
uint32_t scenario_sp;
static uint32_t table[128] __attribute__((aligned(512)));

#define READ_SPECIAL(NAME)                                                                                                     \
    __extension__({                                                                                                            \
        uint32_t value_;                                                                                                       \
        __asm__ volatile("mrs %0, " NAME : "=r"(value_));                                                                      \
        value_;                                                                                                                \
    })
#define WRITE_SPECIAL(NAME, VALUE) __asm__ volatile("msr " NAME ", %0" : : "r"(VALUE) : "memory")

/* ---- in and out ---- */

/* Every vector leads here. exception_handler tells in r0 the EXC_RETURN and in r1 how to load it into PC: RETURN_... */
__attribute__((naked)) static void exception_entry(void)
{
    __asm__ volatile("push {r3-r11, lr}\n"
                     "mov r0, sp\n"
                     "mov r1, lr\n"
                     "bl exception_handler\n"
                     "mov r2, r0\n"
                     "mov r12, r1\n"
                     "pop {r3-r11, lr}\n"
                     "cmp r12, #1\n"
                     "beq 1f\n"
                     "cmp r12, #2\n"
                     "beq 2f\n"
                     "cmp r12, #3\n"
                     "beq 3f\n"
                     "cmp r12, #4\n"
                     "beq 4f\n"
                     "bx r2\n"
                     "1: push {r2}\n"
                     "pop {pc}\n"
                     "2: push {r2}\n"
                     "ldr pc, [sp], #4\n"
                     /* thread mode goes on with MSP: move the frame there */
                     "3: sub sp, #32\n"
                     "mrs r0, psp\n"
                     "mov r1, sp\n"
                     "mov r12, #8\n"
                     "5: ldr r3, [r0], #4\n"
                     "str r3, [r1], #4\n"
                     "subs r12, #1\n"
                     "bne 5b\n"
                     "msr psp, r0\n"
                     "bx r2\n"
                     /* the scenario is over: a frame that returns to run_scenario's caller */
                     "4: ldr r0, =scenario_sp\n"
                     "ldr sp, [r0]\n"
                     "sub sp, #32\n"
                     "ldr r0, =scenario_over\n"
                     "bic r0, #1\n"
                     "str r0, [sp, #24]\n"
                     "mov r0, #0x01000000\n"
                     "str r0, [sp, #28]\n"
                     "bx r2\n");
}

__attribute__((naked, used)) void scenario_over(void)
{
    __asm__ volatile("pop {r4-r11, pc}\n");
}

/* Thread code starts with r0-r12 and PC out of the frame at sp; control last of all, because it may take our privilege away. */
__attribute__((naked, noinline)) static void enter_thread(uint32_t sp, uint32_t apsr, uint32_t lr, uint32_t control)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldr r4, =scenario_sp\n"
                     "str sp, [r4]\n"
                     "mov lr, r2\n"
                     "tst r3, #2\n"
                     "ite ne\n"
                     "msrne psp, r0\n"
                     "moveq sp, r0\n"
                     "msr apsr_nzcvq, r1\n"
                     "msr control, r3\n"
                     "isb\n"
                     "pop {r0-r12, pc}\n");
}

/* ---- what a handler does ---- */

static unsigned script_of(unsigned exception)
{
    switch (exception) {
    case EXC_NMI ... EXC_USAGE_FAULT:
        return exception - EXC_NMI;
    case EXC_SVC:
        return 5;
    case EXC_PENDSV:
        return 6;
    case EXC_SYSTICK:
        return 7;
    default:
        for (unsigned slot = 0; slot < N_SLOTS; slot++)
            if (scenario->irq[slot] + 16u == exception)
                return 9 + slot;
        return 8;
    }
}

static void pend(unsigned slot)
{
    NVIC_ISPR[scenario->irq[slot] / 32] = UINT32_C(1) << (scenario->irq[slot] % 32);
}

static void pend_all(unsigned slot)
{
    uint32_t bits = 0, word = scenario->irq[slot] / 32;
    for (unsigned i = 0; i < N_SLOTS; i++)
        if (scenario->irq[i] / 32 == word)
            bits |= UINT32_C(1) << (scenario->irq[i] % 32);
    NVIC_ISPR[word] = bits;
}

static void icsr(unsigned bits)
{
    SCB_ICSR = (bits & 1 ? UINT32_C(1) << 28 : 0) | (bits & 2 ? UINT32_C(1) << 26 : 0) | (bits & 4 ? UINT32_C(1) << 31 : 0) |
               (bits & 8 ? UINT32_C(1) << 27 : 0) | (bits & 16 ? UINT32_C(1) << 25 : 0);
}

static void set_faults(unsigned enables)
{
    SCB_SHCSR = (SCB_SHCSR & ~(UINT32_C(7) << 16)) | enables << 16;
}

static void act(unsigned action, unsigned argument)
{
    uint32_t bit = UINT32_C(1) << (scenario->irq[argument % N_SLOTS] % 32), word = scenario->irq[argument % N_SLOTS] / 32;
    switch (action) {
    case ACTION_PEND:
        pend(argument);
        break;
    case ACTION_PEND_ALL:
        pend_all(argument);
        break;
    case ACTION_STIR:
        NVIC_STIR = scenario->irq[argument];
        break;
    case ACTION_UNPEND:
        NVIC_ICPR[word] = bit;
        break;
    case ACTION_DISABLE:
        NVIC_ICER[word] = bit;
        break;
    case ACTION_ENABLE:
        NVIC_ISER[word] = bit;
        break;
    case ACTION_PRIORITY:
        NVIC_IPR[scenario->irq[argument >> 4]] = (uint8_t)(argument << 4);
        break;
    case ACTION_ICSR:
        icsr(argument);
        break;
    case ACTION_SYSTEM_PRIORITY:
        SCB_SHPR[argument >> 4] = (uint8_t)(argument << 4);
        break;
    case ACTION_BASEPRI:
        WRITE_SPECIAL("basepri", argument << 4);
        break;
    case ACTION_BASEPRI_MAX:
        WRITE_SPECIAL("basepri_max", argument << 4);
        break;
    case ACTION_PRIMASK:
        WRITE_SPECIAL("primask", argument);
        break;
    case ACTION_FAULTMASK:
        WRITE_SPECIAL("faultmask", argument);
        break;
    case ACTION_SVC:
        __asm__ volatile("svc #1" ::: "memory");
        break;
    case ACTION_UDF:
        __asm__ volatile("udf #1" ::: "memory");
        break;
    case ACTION_DIVIDE: {
        uint32_t result;
        __asm__ volatile("udiv %0, %1, %2" : "=r"(result) : "r"(argument), "r"(0) : "memory");
        break;
    }
    case ACTION_LOAD: {
        uint32_t result;
        __asm__ volatile("ldr %0, [%1, #4]" : "=r"(result) : "r"(NOTHING_HERE) : "memory");
        break;
    }
    case ACTION_STORE:
        __asm__ volatile("strb %0, [%1, #5]" : : "r"(argument), "r"(NOTHING_HERE) : "memory");
        break;
    case ACTION_UNALIGNED:
        __asm__ volatile("ldrd r2, r3, [%0]" : : "r"(DATA_WINDOW + 2) : "r2", "r3", "memory");
        break;
    case ACTION_COPROCESSOR:
        __asm__ volatile("mcr p3, 0, %0, c1, c2, 3" : : "r"(argument) : "memory");
        break;
    case ACTION_PRIGROUP:
        SCB_AIRCR = 0x05FA0000 | argument << 8;
        break;
    case ACTION_FAULTS:
        set_faults(argument);
        break;
    default:
        break;
    }
}

static uint16_t code_at(uint32_t address)
{
    return address - HARNESS_BASE < IMAGE_END ? *(const volatile uint16_t *)address : 0;
}

/* Go on behind the instruction at the frame's PC, its IT block included. */
static void skip(struct frame *f)
{
    f->pc += code_at(f->pc) >> 11 >= 0x1D ? 4 : 2;
    uint32_t it = ((f->xpsr >> 25) & 3) | ((f->xpsr >> 10) & 0x3F) << 2;
    it = (it & 7) == 0 ? 0 : (it & 0xE0) | ((it << 1) & 0x1F);
    f->xpsr = (f->xpsr & ~UINT32_C(0x0600FC00)) | (it & 3) << 25 | (it >> 2) << 10;
}

static bool ends_scenario(const struct frame *f, unsigned exception, uint32_t cfsr)
{
    return (exception == EXC_SVC || (exception == EXC_HARD_FAULT && cfsr == 0)) && code_at(f->pc - 2) == (0xDF00 | END_SVC);
}

/* BKPT without a debugger. QEMU 7.2 reports it as FORCED, the manual (B1.5.15, C1.6.1) as DEBUGEVT: see only what it is. */
static uint32_t hard_fault_status(const struct frame *f, uint32_t cfsr)
{
    uint32_t hfsr = SCB_HFSR;
    if (hfsr >> 30 != 0 && (cfsr & CFSR_SKIP) == 0 && code_at(f->pc) >> 8 == 0xBE)
        hfsr = UINT32_C(1) << 31;
    return hfsr;
}

static void repair(struct frame *f, const struct saved *saved, unsigned exception, uint32_t cfsr, uint32_t hfsr)
{
    if (exception < EXC_HARD_FAULT || exception > EXC_USAGE_FAULT)
        return;
    SCB_CFSR = cfsr;
    SCB_HFSR = UINT32_MAX;
    if (cfsr & (CFSR_IACCVIOL | CFSR_IBUSERR))
        f->pc = saved->r4_to_r11[7] & ~UINT32_C(1); /* the generator's way back is in r11 */
    else if (cfsr & CFSR_INVSTATE)
        f->xpsr |= 1 << 24;
    else if ((cfsr & CFSR_SKIP) || hfsr >> 31)
        skip(f);
}

static void dump_trace(void)
{
    for (unsigned line = 0; line < lines; line++) {
        console_text(" ");
        for (unsigned i = 0; i < TRACE_FIELDS; i++) {
            console_char(' ');
            console_text(field_names[i]);
            console_char('=');
            console_hex(trace[line][i]);
        }
        console_text("\n");
    }
}

static const struct frame no_frame;

static void write_down(const struct saved *saved, const struct frame *f, unsigned exception, uint32_t exc_return)
{
    if (lines == TRACE_LINES) {
        console_text("scenario ");
        console_decimal(number);
        console_text(" does not end\n");
        dump_trace();
        finish(1);
    }
    uint32_t *t = trace[lines++];
    uint32_t cfsr = SCB_CFSR;
    *t++ = exception;
    *t++ = exc_return;
    for (unsigned i = 0; i < 8; i++)
        *t++ = ((const uint32_t *)f)[i];
    for (unsigned i = 0; i < 8; i++)
        *t++ = saved->r4_to_r11[i];
    *t++ = (uint32_t)(saved + 1);
    *t++ = READ_SPECIAL("psp");
    *t++ = READ_SPECIAL("primask");
    *t++ = READ_SPECIAL("basepri");
    *t++ = READ_SPECIAL("faultmask");
    *t++ = READ_SPECIAL("control");
    *t++ = SCB_ICSR;
    *t++ = SCB_SHCSR;
    *t++ = cfsr;
    *t++ = hard_fault_status(f, cfsr);
    *t++ = cfsr & CFSR_BFARVALID ? SCB_BFAR : cfsr & CFSR_MMARVALID ? SCB_MMFAR : 0;
}

__attribute__((used)) static uint64_t exception_handler(struct saved *saved, uint32_t lr)
{
    unsigned exception = READ_SPECIAL("ipsr");
    uint32_t exc_return = lr;
    if ((lr & 0xF) != 0x1 && (lr & 0xF) != 0x9 && (lr & 0xF) != 0xD)
        exc_return = good_return; /* entered by an illegal return, which left its value here */
    uint32_t address = exc_return & 4 ? READ_SPECIAL("psp") : (uint32_t)(saved + 1);
    bool readable = address >= 0x20000000 && address < 0x20020000;
    struct frame *f = (struct frame *)(readable ? address : 0);
    uint32_t cfsr = SCB_CFSR, hfsr = hard_fault_status(readable ? f : &no_frame, cfsr);
    write_down(saved, readable ? f : &no_frame, exception, lr);
    if (ends_scenario(f, exception, cfsr)) {
        SCB_HFSR = UINT32_MAX;
        WRITE_SPECIAL("control", 0);
        WRITE_SPECIAL("faultmask", 0);
        return 0xFFFFFFF9 | (uint64_t)RETURN_FROM_SCENARIO << 32;
    }
    repair(f, saved, exception, cfsr, hfsr);
    uint32_t way = ways++ % 3;
    unsigned s = script_of(exception);
    const struct image_script *script = &scenario->scripts[s];
    if (visits[s] >= script->visits)
        return exc_return | (uint64_t)way << 32;
    visits[s]++;
    uint32_t bad_return = 0;
    bool moved = false; /* the frame or EXC_RETURN are no longer what we came with */
    for (unsigned i = 0; i < SCRIPT_LENGTH; i++) {
        const struct image_action *a = &script->actions[i];
        if (a->action >= ACTION_BAD_RETURN && a->action <= ACTION_OTHER_STACK && moved)
            continue;
        moved |= a->action == ACTION_BAD_RETURN || a->action == ACTION_OTHER_STACK;
        if (a->action == ACTION_BAD_RETURN) {
            bad_return = 0xFFFFFFF0 | a->argument;
        } else if (a->action == ACTION_OTHER_STACK && exc_return == 0xFFFFFFF9) {
            struct frame *to = (struct frame *)(PROCESS_STACK - 0x100 - sizeof(struct frame));
            *to = *f;
            WRITE_SPECIAL("psp", to);
            exc_return = 0xFFFFFFFD;
        } else if (a->action == ACTION_OTHER_STACK && exc_return == 0xFFFFFFFD) {
            exc_return = 0xFFFFFFF9;
            way = RETURN_TO_MSP;
        } else {
            act(a->action, a->argument);
        }
    }
    /* with more pending, the manual has the UsageFault come first, QEMU the most urgent of all */
    if (bad_return != 0 && (SCB_ICSR & 0x1FF000) == 0) {
        good_return = exc_return;
        exc_return = bad_return;
    }
    return exc_return | (uint64_t)way << 32;
}

/* ---- a scenario ---- */

static void quiet(void)
{
    for (unsigned i = 0; i < 3; i++) {
        NVIC_ICER[i] = UINT32_MAX;
        NVIC_ICPR[i] = UINT32_MAX;
    }
    icsr(8 | 16);
    set_faults(0);
    SCB_CFSR = UINT32_MAX;
    SCB_HFSR = UINT32_MAX;
}

static void set_up(void)
{
    quiet();
    SCB_AIRCR = 0x05FA0000 | (uint32_t)scenario->prigroup << 8;
    SCB_CCR = scenario->ccr | (uint32_t)(scenario->stack_align != 0) << 9;
    for (unsigned i = 4; i < 16; i++)
        if (i < 7 || i == EXC_SVC || i == EXC_PENDSV || i == EXC_SYSTICK)
            SCB_SHPR[i] = (uint8_t)(scenario->system_priority[i] << 4);
    for (unsigned slot = 0; slot < N_SLOTS; slot++) {
        NVIC_IPR[scenario->irq[slot]] = (uint8_t)(scenario->irq_priority[slot] << 4);
        if (scenario->enabled & (1 << slot))
            act(ACTION_ENABLE, slot);
    }
    set_faults(scenario->faults);
    for (unsigned i = 0; i < N_SCRIPTS; i++)
        visits[i] = 0;
    lines = 0;
    ways = scenario->seed;
}

static void run_scenario(bool dump)
{
    struct noise n = noise_from(scenario->seed);
    fill_windows(&n);
    set_up();
    uint32_t *frame;
    uint32_t here = READ_SPECIAL("msp");
    if (scenario->control & 2)
        frame = (uint32_t *)(PROCESS_STACK - scenario->stack_offset) - 14;
    else
        frame = (uint32_t *)((here & ~UINT32_C(7)) - 128 - scenario->stack_offset) - 14;
    WRITE_SPECIAL("psp", PROCESS_STACK - scenario->stack_offset);
    for (unsigned i = 0; i < 13; i++)
        frame[i] = noise_word(&n);
    frame[13] = scenario->code | 1;
    enter_thread((uint32_t)frame, noise_word(&n) & 0xF8000000, noise_word(&n), scenario->control);

    uint32_t hash = 0x811C9DC5;
    for (unsigned line = 0; line < lines; line++)
        for (unsigned i = 0; i < TRACE_FIELDS; i++)
            hash = fold(hash, trace[line][i]);
    const uint32_t left[] = {NVIC_ISPR[0],
                             NVIC_ISPR[1],
                             NVIC_ISPR[2],
                             NVIC_IABR[0],
                             NVIC_IABR[1],
                             NVIC_IABR[2],
                             SCB_ICSR,
                             SCB_SHCSR,
                             READ_SPECIAL("psp"),
                             READ_SPECIAL("primask"),
                             READ_SPECIAL("basepri"),
                             READ_SPECIAL("faultmask")};
    for (unsigned i = 0; i < sizeof left / 4; i++)
        hash = fold(hash, left[i]);
    quiet();
    WRITE_SPECIAL("primask", 0);
    WRITE_SPECIAL("basepri", 0);
    SCB_CCR = 1 << 9;
    hash = fold_windows(hash);
    if (dump) {
        dump_trace();
        console_text("  left");
        for (unsigned i = 0; i < sizeof left / 4; i++) {
            console_char(' ');
            console_hex(left[i]);
        }
        console_text("\n");
    }
    console_hex(hash);
    console_char(' ');
    console_decimal(lines);
    console_text("\n");
}

void run_scenarios(void)
{
    if (IMAGE->n_scenarios == 0)
        return;
    for (unsigned i = 1; i < N_EXCEPTIONS; i++)
        table[i] = (uint32_t)exception_entry;
    table[0] = READ_SPECIAL("msp");
    SCB_VTOR = (uint32_t)table;
    const struct image_scenario *scenarios = (const struct image_scenario *)IMAGE->table;
    for (number = 0; number < IMAGE->n_scenarios; number++) {
        scenario = &scenarios[number];
        run_scenario(number == IMAGE->dump);
    }
}
