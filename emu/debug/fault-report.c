/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/debug/fault-report.h"

#include "emu/core/nvic.h"
#include "images/module.h"
#include "images/set.h"

#define SHCSR UINT32_C(0xE000ED24) /* then CFSR, HFSR, DFSR, MMFAR, BFAR */
#define FLASH UINT32_C(0x08000000)

enum { MMARVALID = 1 << 7, BFARVALID = 1 << 15, SHOWN_CALLS = 12, SEARCHED = 512, HFSR_DEBUG = 1u << 31 };

static const struct {
    uint32_t bit;
    const char *name, *meaning;
} causes[] = {
    {CFSR_IACCVIOL, "IACCVIOL", "it tried to execute where nothing may be executed"},
    {CFSR_DACCVIOL, "DACCVIOL", "it accessed what the MPU protects"},
    {CFSR_MUNSTKERR, "MUNSTKERR", "the MPU refused to unstack registers on exception return"},
    {CFSR_MSTKERR, "MSTKERR", "the MPU refused to stack registers on exception entry"},
    {CFSR_IBUSERR, "IBUSERR", "nothing answers where it tried to fetch an instruction"},
    {CFSR_PRECISERR, "PRECISERR", "nothing answers at the address that it loaded from or stored to"},
    {CFSR_IMPRECISERR, "IMPRECISERR", "a buffered store found nothing; the instruction is not known"},
    {CFSR_UNSTKERR, "UNSTKERR", "the stack cannot be read on exception return"},
    {CFSR_STKERR, "STKERR", "the stack cannot be written on exception entry: is it used up?"},
    {CFSR_UNDEFINSTR, "UNDEFINSTR", "an instruction that a Cortex-M3 does not have"},
    {CFSR_INVSTATE, "INVSTATE", "a branch to an even address: a pointer to no function?"},
    {CFSR_INVPC, "INVPC", "an exception return that does not fit"},
    {CFSR_NOCP, "NOCP", "an instruction of a coprocessor or floating-point unit, which is not there"},
    {CFSR_UNALIGNED, "UNALIGNED", "an unaligned access where none is allowed"},
    {CFSR_DIVBYZERO, "DIVBYZERO", "a division by zero"},
};

static uint32_t word(struct machine *m, uint32_t address)
{
    uint32_t value = 0;
    debug_read(m, address, &value, 4);
    return value;
}

static const char *area_of(uint32_t address)
{
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        if (address - image_places[i].address < image_places[i].size)
            return image_places[i].name;
    return NULL;
}

static void tell_address(GString *out, const char *what, uint32_t address)
{
    const char *area = area_of(address);
    g_string_append_printf(out, "  %s 0x%08X%s%s%s\n", what, address, area != NULL ? " (" : "", area != NULL ? area : "",
                           area != NULL ? ")" : "");
}

static bool is_exc_return(uint32_t value)
{
    return value == 0xFFFFFFF1 || value == 0xFFFFFFF9 || value == 0xFFFFFFFD;
}

/* Where the frame of the exception that is handled now lies: at the stack pointer if the handler has pushed nothing; else the
   handler has pushed EXC_RETURN last before it. 0: it was not found. */
static uint32_t find_frame(struct machine *m)
{
    uint32_t lr = debug_register(m, DEBUG_LR), msp = debug_register(m, DEBUG_MSP);
    if (is_exc_return(lr))
        return lr == 0xFFFFFFFD ? debug_register(m, DEBUG_PSP) : msp;
    for (uint32_t at = msp; at < msp + SEARCHED; at += 4)
        if (is_exc_return(word(m, at)))
            return word(m, at) == 0xFFFFFFFD ? debug_register(m, DEBUG_PSP) : at + 4;
    return 0;
}

/* Is there a call in front of a return address? */
static bool behind_call(struct machine *m, uint32_t address)
{
    uint16_t code[2];
    if ((address & 1) == 0 || area_of(address) == NULL || debug_read(m, (address & ~1u) - 4, code, 4) != 4)
        return false;
    return ((code[0] & 0xF800) == 0xF000 && (code[1] & 0xD000) == 0xD000) || (code[1] & 0xFF87) == 0x4780;
}

/* No debugger's unwinding: it works without symbols, and may name a call that has returned already. */
static void tell_calls(struct machine *m, GString *out, uint32_t lr, uint32_t stack)
{
    unsigned shown = 0;
    if (behind_call(m, lr)) {
        tell_address(out, "called from", (lr & ~1u) - 4);
        shown++;
    }
    for (uint32_t at = stack; at < stack + SEARCHED * 2 && shown < SHOWN_CALLS; at += 4) {
        uint32_t value = word(m, at);
        if (value == lr || !behind_call(m, value))
            continue;
        tell_address(out, "  and perhaps from", (value & ~1u) - 4);
        shown++;
    }
}

static void tell_frame(struct machine *m, GString *out, uint32_t frame)
{
    static const char *const names[] = {"r0", "r1", "r2", "r3", "r12", "lr"};
    uint32_t lr = word(m, frame + 20), xpsr = word(m, frame + 28);
    tell_address(out, "at", word(m, frame + 24));
    g_string_append(out, "  with");
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        g_string_append_printf(out, " %s=%08X", names[i], word(m, frame + 4 * i));
    g_string_append_printf(out, " xpsr=%08X sp=%08X\n", xpsr, frame + 32 + (xpsr & (1 << 9) ? 4 : 0));
    tell_calls(m, out, lr, frame + 32);
}

void fault_report(struct machine *m, const char *thread, GString *out)
{
    uint32_t cfsr = word(m, SHCSR + 4), hfsr = word(m, SHCSR + 8);
    unsigned exception = debug_register(m, DEBUG_XPSR) & 0x1FF;
    bool handling = exception >= EXC_HARD_FAULT && exception <= EXC_USAGE_FAULT;
    if (cfsr == 0 && hfsr == 0) {
        g_string_append(out, "no fault has been raised since the status registers were cleared\n");
        return;
    }
    static const char *const names[] = {[EXC_HARD_FAULT] = "HardFault",
                                        [EXC_MEM_MANAGE] = "MemManage",
                                        [EXC_BUS_FAULT] = "BusFault",
                                        [EXC_USAGE_FAULT] = "UsageFault"};
    g_string_append_printf(out, "%s%s%s%s, CFSR 0x%08X, HFSR 0x%08X\n",
                           handling ? names[exception] : "no fault is handled now; the last", thread != NULL ? ", thread " : "",
                           thread != NULL ? thread : "", hfsr & HFSR_FORCED ? ", escalated to HardFault" : "", cfsr, hfsr);
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        if (cfsr & causes[i].bit)
            g_string_append_printf(out, "  %s: %s\n", causes[i].name, causes[i].meaning);
    if (hfsr & HFSR_VECTTBL)
        g_string_append(out, "  VECTTBL: the vector table cannot be read\n");
    if (hfsr & HFSR_DEBUG)
        g_string_append(out, "  DEBUGEVT: a BKPT instruction without a debugger\n");
    if (cfsr & MMARVALID)
        tell_address(out, "the address was", word(m, SHCSR + 0x10));
    if (cfsr & BFARVALID)
        tell_address(out, "the address was", word(m, SHCSR + 0x14));
    uint32_t frame = handling ? find_frame(m) : 0;
    if (frame != 0)
        tell_frame(m, out, frame);
    else if (handling)
        g_string_append(out, "  the frame that the exception pushed was not found\n");
}
