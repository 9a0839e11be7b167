/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System Control Space registers of the Cortex-M3 r2p0 (ARM DDI 0403E B3, PM0056): NVIC, SysTick, SCB.
 * Leaves out: the MPU (no firmware seen uses it), halting debug through DHCSR (a debugger attaches to the emulator instead).
 * Real firmware needs: priorities, PENDSVSET, VTOR, SYSRESETREQ, SLEEPDEEP, DIV_0_TRP, the fault status registers.
 */
#include <glib.h>
#include <string.h>

#include "emu/core/cpu.h"
#include "emu/core/machine-internal.h"
#include "emu/core/nvic.h"

enum { OUT_DEEPSLEEP, OUT_TRCENA, OUTPUTS };

static const struct reg_field ictr_fields[] = {{"INTLINESNUM", 0, 4, RO, EFFECT, "/scs/identification"}};
static const struct reg_field actlr_fields[] = {
    {"DISMCYCINT", 0, 1, RW, STORED, NULL}, {"DISDEFWBUF", 1, 1, RW, STORED, NULL}, {"DISFOLD", 2, 1, RW, STORED, NULL}};
static const struct reg_field csr_fields[] = {{"ENABLE", 0, 1, RW, EFFECT, "/systick/count"},
                                              {"TICKINT", 1, 1, RW, EFFECT, "/systick/interrupt"},
                                              {"CLKSOURCE", 2, 1, RW, EFFECT, "/systick/clock-source"},
                                              {"COUNTFLAG", 16, 1, RO, EFFECT, "/systick/count-flag"}};
static const struct reg_field rvr_fields[] = {{"RELOAD", 0, 24, RW, EFFECT, "/systick/count"}};
static const struct reg_field cvr_fields[] = {{"CURRENT", 0, 32, WO, EFFECT, "/systick/write-clears"}};
static const struct reg_field calib_fields[] = {{"TENMS", 0, 24, RO, EFFECT, "/systick/clock-source"},
                                                {"SKEW", 30, 1, RO, EFFECT, "/systick/clock-source"},
                                                {"NOREF", 31, 1, RO, EFFECT, "/systick/clock-source"}};
static const struct reg_field set_enable_fields[] = {{"SETENA", 0, 32, WO, EFFECT, "/nvic/enable"}};
static const struct reg_field clear_enable_fields[] = {{"CLRENA", 0, 32, WO, EFFECT, "/nvic/enable"}};
static const struct reg_field set_pending_fields[] = {{"SETPEND", 0, 32, WO, EFFECT, "/nvic/pending"}};
static const struct reg_field clear_pending_fields[] = {{"CLRPEND", 0, 32, WO, EFFECT, "/nvic/pending"}};
static const struct reg_field active_fields[] = {{"ACTIVE", 0, 32, RO, EFFECT, "/nvic/active"}};
static const struct reg_field ipr_fields[] = {{"PRI", 0, 32, RW, EFFECT, "/nvic/priority"}};
static const struct reg_field cpuid_fields[] = {{"CPUID", 0, 32, RO, EFFECT, "/scs/identification"}};
static const struct reg_field icsr_fields[] = {
    {"VECTACTIVE", 0, 9, RO, EFFECT, "/nvic/icsr"},   {"RETTOBASE", 11, 1, RO, EFFECT, "/nvic/icsr"},
    {"VECTPENDING", 12, 9, RO, EFFECT, "/nvic/icsr"}, {"ISRPENDING", 22, 1, RO, EFFECT, "/nvic/icsr"},
    {"PENDSTCLR", 25, 1, WO, EFFECT, "/nvic/icsr"},   {"PENDSTSET", 26, 1, WO, EFFECT, "/nvic/icsr"},
    {"PENDSVCLR", 27, 1, WO, EFFECT, "/nvic/icsr"},   {"PENDSVSET", 28, 1, WO, EFFECT, "/nvic/icsr"},
    {"NMIPENDSET", 31, 1, WO, EFFECT, "/nvic/icsr"}};
static const struct reg_field vtor_fields[] = {{"TBLOFF", 7, 23, RW, EFFECT, "/exceptions/vector-table"}};
/* VECTRESET and VECTCLRACTIVE are for a debugger: unpredictable unless the core is halted */
static const struct reg_field aircr_fields[] = {{"VECTRESET", 0, 1, WO, UNMODELLED, NULL},
                                                {"VECTCLRACTIVE", 1, 1, WO, UNMODELLED, NULL},
                                                {"SYSRESETREQ", 2, 1, WO, EFFECT, "/scs/reset-request"},
                                                {"PRIGROUP", 8, 3, WO, EFFECT, "/nvic/priority-group"},
                                                {"ENDIANNESS", 15, 1, RO, EFFECT, "/scs/identification"},
                                                {"VECTKEY", 16, 16, WO, EFFECT, "/scs/reset-request"}};
static const struct reg_field scr_fields[] = {{"SLEEPONEXIT", 1, 1, RW, EFFECT, "/exceptions/sleep-on-exit"},
                                              {"SLEEPDEEP", 2, 1, RW, EFFECT, "/exceptions/deepsleep"},
                                              {"SEVONPEND", 4, 1, RW, EFFECT, "/exceptions/sev-on-pend"}};
static const struct reg_field ccr_fields[] = {{"NONBASETHRDENA", 0, 1, RW, EFFECT, "/exceptions/return-checks"},
                                              {"USERSETMPEND", 1, 1, RW, EFFECT, "/exceptions/unprivileged"},
                                              {"UNALIGN_TRP", 3, 1, RW, EFFECT, "/exceptions/unalign-trap"},
                                              {"DIV_0_TRP", 4, 1, RW, EFFECT, "/exceptions/divide-by-zero"},
                                              {"BFHFNMIGN", 8, 1, RW, EFFECT, "/exceptions/ignored-bus-fault"},
                                              {"STKALIGN", 9, 1, RW, EFFECT, "/exceptions/stack-alignment"}};
static const struct reg_field shpr1_fields[] = {{"PRI_4_6", 0, 24, RW, EFFECT, "/nvic/priority"}};
static const struct reg_field shpr2_fields[] = {{"PRI_11", 24, 8, RW, EFFECT, "/nvic/priority"}};
static const struct reg_field shpr3_fields[] = {{"PRI_12", 0, 8, RW, EFFECT, "/nvic/priority"},
                                                {"PRI_14_15", 16, 16, RW, EFFECT, "/nvic/priority"}};
static const struct reg_field shcsr_fields[] = {
    {"MEMFAULTACT", 0, 1, WO, EFFECT, "/nvic/shcsr"},     {"BUSFAULTACT", 1, 1, WO, EFFECT, "/nvic/shcsr"},
    {"USGFAULTACT", 3, 1, WO, EFFECT, "/nvic/shcsr"},     {"SVCALLACT", 7, 1, WO, EFFECT, "/nvic/shcsr"},
    {"MONITORACT", 8, 1, WO, EFFECT, "/nvic/shcsr"},      {"PENDSVACT", 10, 1, WO, EFFECT, "/nvic/shcsr"},
    {"SYSTICKACT", 11, 1, WO, EFFECT, "/nvic/shcsr"},     {"USGFAULTPENDED", 12, 1, WO, EFFECT, "/nvic/shcsr"},
    {"MEMFAULTPENDED", 13, 1, WO, EFFECT, "/nvic/shcsr"}, {"BUSFAULTPENDED", 14, 1, WO, EFFECT, "/nvic/shcsr"},
    {"SVCALLPENDED", 15, 1, WO, EFFECT, "/nvic/shcsr"},   {"MEMFAULTENA", 16, 1, RW, EFFECT, "/nvic/shcsr"},
    {"BUSFAULTENA", 17, 1, RW, EFFECT, "/nvic/shcsr"},    {"USGFAULTENA", 18, 1, RW, EFFECT, "/nvic/shcsr"}};
static const struct reg_field cfsr_fields[] = {{"MMFSR", 0, 8, W1C, EFFECT, "/exceptions/bad-fetch"},
                                               {"BFSR", 8, 8, W1C, EFFECT, "/exceptions/bus-fault"},
                                               {"UFSR", 16, 16, W1C, EFFECT, "/exceptions/undefined"}};
static const struct reg_field hfsr_fields[] = {{"VECTTBL", 1, 1, W1C, EFFECT, "/exceptions/escalation"},
                                               {"FORCED", 30, 1, W1C, EFFECT, "/exceptions/escalation"},
                                               {"DEBUGEVT", 31, 1, W1C, EFFECT, "/exceptions/breakpoint"}};
static const struct reg_field dfsr_fields[] = {{"HALTED", 0, 1, W1C, STORED, NULL},
                                               {"BKPT", 1, 1, W1C, EFFECT, "/exceptions/breakpoint"},
                                               {"DWTTRAP", 2, 1, W1C, STORED, NULL},
                                               {"VCATCH", 3, 1, W1C, STORED, NULL},
                                               {"EXTERNAL", 4, 1, W1C, STORED, NULL}};
static const struct reg_field mmfar_fields[] = {{"ADDRESS", 0, 32, RW, EFFECT, "/scs/fault-status"}};
static const struct reg_field bfar_fields[] = {{"ADDRESS", 0, 32, RW, EFFECT, "/exceptions/bus-fault"}};
static const struct reg_field afsr_fields[] = {{"AUXFAULT", 0, 32, W1C, STORED, NULL}};
static const struct reg_field id_fields[] = {{"ID", 0, 32, RO, EFFECT, "/scs/identification"}};
static const struct reg_field mpu_ctrl_fields[] = {{"ENABLE", 0, 3, RW, UNMODELLED, NULL}};
static const struct reg_field mpu_rnr_fields[] = {{"REGION", 0, 8, RW, UNMODELLED, NULL}};
static const struct reg_field mpu_rbar_fields[] = {{"RBAR", 0, 32, RW, UNMODELLED, NULL}};
static const struct reg_field mpu_rasr_fields[] = {{"RASR", 0, 32, RW, UNMODELLED, NULL}};
static const struct reg_field dhcsr_fields[] = {{"C_DEBUGEN", 0, 1, RW, UNMODELLED, NULL},
                                                {"C_HALT", 1, 5, RW, UNMODELLED, NULL}};
static const struct reg_field dcrsr_fields[] = {{"REGSEL", 0, 32, WO, UNMODELLED, NULL}};
static const struct reg_field dcrdr_fields[] = {{"DBGTMP", 0, 32, RW, STORED, NULL}};
static const struct reg_field demcr_fields[] = {{"VC_CORERESET", 0, 1, RW, STORED, NULL},
                                                {"VC", 4, 7, RW, STORED, NULL},
                                                {"MON_EN", 16, 4, RW, UNMODELLED, NULL},
                                                {"TRCENA", 24, 1, RW, EFFECT, "/dwt/cycle-counter"}};
static const struct reg_field stir_fields[] = {{"INTID", 0, 9, WO, EFFECT, "/nvic/software-trigger"}};

#define TRIPLE(BASE, NAME, OFFSET, ARRAY)                                                                                      \
    [(BASE)] = {NAME "0", (OFFSET), 0, FIELDS(ARRAY)}, [(BASE) + 1] = {NAME "1", (OFFSET) + 4, 0, FIELDS(ARRAY)},              \
    [(BASE) + 2] = {NAME "2", (OFFSET) + 8, 0, FIELDS(ARRAY)}
#define IPR(N)                       [NVIC_IPR0 + (N)] = {"IPR" #N, 0x400 + 4 * (N), 0, FIELDS(ipr_fields)}
#define ID(REG, NAME, OFFSET, VALUE) [REG] = {NAME, (OFFSET), (VALUE), FIELDS(id_fields)}

static const struct reg registers[SCS_REGISTERS] = {
    [SCS_ICTR] = {"ICTR", 0x004, 2, FIELDS(ictr_fields)},
    [SCS_ACTLR] = {"ACTLR", 0x008, 0, FIELDS(actlr_fields)},
    [SYST_CSR] = {"SYST_CSR", 0x010, 0, FIELDS(csr_fields)},
    [SYST_RVR] = {"SYST_RVR", 0x014, 0, FIELDS(rvr_fields)},
    [SYST_CVR] = {"SYST_CVR", 0x018, 0, FIELDS(cvr_fields)},
    /* PM0056 4.5.4: 1 ms at HCLK/8 with HCLK = 120 MHz */
    [SYST_CALIB] = {"SYST_CALIB", 0x01C, 0x00003A98, FIELDS(calib_fields)},
    TRIPLE(NVIC_ISER0, "ISER", 0x100, set_enable_fields),
    TRIPLE(NVIC_ICER0, "ICER", 0x180, clear_enable_fields),
    TRIPLE(NVIC_ISPR0, "ISPR", 0x200, set_pending_fields),
    TRIPLE(NVIC_ICPR0, "ICPR", 0x280, clear_pending_fields),
    TRIPLE(NVIC_IABR0, "IABR", 0x300, active_fields),
    IPR(0),
    IPR(1),
    IPR(2),
    IPR(3),
    IPR(4),
    IPR(5),
    IPR(6),
    IPR(7),
    IPR(8),
    IPR(9),
    IPR(10),
    IPR(11),
    IPR(12),
    IPR(13),
    IPR(14),
    IPR(15),
    IPR(16),
    IPR(17),
    IPR(18),
    IPR(19),
    IPR(20),
    [SCB_CPUID] = {"CPUID", 0xD00, 0x412FC230, FIELDS(cpuid_fields)},
    [SCB_ICSR] = {"ICSR", 0xD04, 0, FIELDS(icsr_fields)},
    [SCB_VTOR] = {"VTOR", 0xD08, 0, FIELDS(vtor_fields)},
    [SCB_AIRCR] = {"AIRCR", 0xD0C, 0, FIELDS(aircr_fields)},
    [SCB_SCR] = {"SCR", 0xD10, 0, FIELDS(scr_fields)},
    [SCB_CCR] = {"CCR", 0xD14, CCR_STKALIGN, FIELDS(ccr_fields)},
    [SCB_SHPR1] = {"SHPR1", 0xD18, 0, FIELDS(shpr1_fields)},
    [SCB_SHPR2] = {"SHPR2", 0xD1C, 0, FIELDS(shpr2_fields)},
    [SCB_SHPR3] = {"SHPR3", 0xD20, 0, FIELDS(shpr3_fields)},
    [SCB_SHCSR] = {"SHCSR", 0xD24, 0, FIELDS(shcsr_fields)},
    [SCB_CFSR] = {"CFSR", 0xD28, 0, FIELDS(cfsr_fields)},
    [SCB_HFSR] = {"HFSR", 0xD2C, 0, FIELDS(hfsr_fields)},
    [SCB_DFSR] = {"DFSR", 0xD30, 0, FIELDS(dfsr_fields)},
    [SCB_MMFAR] = {"MMFAR", 0xD34, 0, FIELDS(mmfar_fields)},
    [SCB_BFAR] = {"BFAR", 0xD38, 0, FIELDS(bfar_fields)},
    [SCB_AFSR] = {"AFSR", 0xD3C, 0, FIELDS(afsr_fields)},
    /* Cortex-M3 r2p0 technical reference manual, table 4-1 */
    ID(SCB_ID_PFR0, "ID_PFR0", 0xD40, 0x00000030),
    ID(SCB_ID_PFR1, "ID_PFR1", 0xD44, 0x00000200),
    ID(SCB_ID_DFR0, "ID_DFR0", 0xD48, 0x00100000),
    ID(SCB_ID_AFR0, "ID_AFR0", 0xD4C, 0x00000000),
    ID(SCB_ID_MMFR0, "ID_MMFR0", 0xD50, 0x00100030),
    ID(SCB_ID_MMFR1, "ID_MMFR1", 0xD54, 0x00000000),
    ID(SCB_ID_MMFR2, "ID_MMFR2", 0xD58, 0x01000000),
    ID(SCB_ID_MMFR3, "ID_MMFR3", 0xD5C, 0x00000000),
    ID(SCB_ID_ISAR0, "ID_ISAR0", 0xD60, 0x01100110),
    ID(SCB_ID_ISAR1, "ID_ISAR1", 0xD64, 0x02111000),
    ID(SCB_ID_ISAR2, "ID_ISAR2", 0xD68, 0x21112231),
    ID(SCB_ID_ISAR3, "ID_ISAR3", 0xD6C, 0x01111110),
    ID(SCB_ID_ISAR4, "ID_ISAR4", 0xD70, 0x01310102),
    ID(MPU_TYPE, "MPU_TYPE", 0xD90, 0x00000800),
    [MPU_CTRL] = {"MPU_CTRL", 0xD94, 0, FIELDS(mpu_ctrl_fields)},
    [MPU_RNR] = {"MPU_RNR", 0xD98, 0, FIELDS(mpu_rnr_fields)},
    [MPU_RBAR] = {"MPU_RBAR", 0xD9C, 0, FIELDS(mpu_rbar_fields)},
    [MPU_RASR] = {"MPU_RASR", 0xDA0, 0, FIELDS(mpu_rasr_fields)},
    [SCS_DHCSR] = {"DHCSR", 0xDF0, 0, FIELDS(dhcsr_fields)},
    [SCS_DCRSR] = {"DCRSR", 0xDF4, 0, FIELDS(dcrsr_fields)},
    [SCS_DCRDR] = {"DCRDR", 0xDF8, 0, FIELDS(dcrdr_fields)},
    [SCS_DEMCR] = {"DEMCR", 0xDFC, 0, FIELDS(demcr_fields)},
    [SCS_STIR] = {"STIR", 0xF00, 0, FIELDS(stir_fields)},
};

static const char *const input_names[NVIC_IRQS] = {
    "irq0",  "irq1",  "irq2",  "irq3",  "irq4",  "irq5",  "irq6",  "irq7",  "irq8",  "irq9",  "irq10", "irq11",
    "irq12", "irq13", "irq14", "irq15", "irq16", "irq17", "irq18", "irq19", "irq20", "irq21", "irq22", "irq23",
    "irq24", "irq25", "irq26", "irq27", "irq28", "irq29", "irq30", "irq31", "irq32", "irq33", "irq34", "irq35",
    "irq36", "irq37", "irq38", "irq39", "irq40", "irq41", "irq42", "irq43", "irq44", "irq45", "irq46", "irq47",
    "irq48", "irq49", "irq50", "irq51", "irq52", "irq53", "irq54", "irq55", "irq56", "irq57", "irq58", "irq59",
    "irq60", "irq61", "irq62", "irq63", "irq64", "irq65", "irq66", "irq67", "irq68", "irq69", "irq70", "irq71",
    "irq72", "irq73", "irq74", "irq75", "irq76", "irq77", "irq78", "irq79", "irq80"};
static const char *const output_names[OUTPUTS] = {"deepsleep", "trcena"};
static const char *const clock_names[] = {"hclk"};

/* Interrupt n is exception 16 + n, so the words of the registers lie half a word off those of the bitmaps. */
static uint32_t irq_word(const uint32_t *map, unsigned word)
{
    return (map[word] >> 16) | (word + 1 < NVIC_WORDS ? map[word + 1] << 16 : 0);
}

static uint32_t implemented(unsigned word)
{
    return word < 2 ? UINT32_MAX : (1u << (NVIC_IRQS - 64)) - 1;
}

static uint32_t read_icsr(const struct device *dev)
{
    const struct nvic *n = dev->state;
    unsigned pending = nvic_first_pending(dev);
    uint32_t active = dev->machine->v->cpu.xpsr & 0x1FF;
    uint32_t value = active | pending << 12;
    if (nvic_active_count(dev) <= 1)
        value |= BIT(11);
    for (unsigned w = 0; w < 3; w++)
        if (irq_word(n->pending, w) != 0)
            value |= BIT(22);
    if (nvic_is_pending(dev, EXC_SYSTICK))
        value |= BIT(26);
    if (nvic_is_pending(dev, EXC_PENDSV))
        value |= BIT(28);
    if (nvic_is_pending(dev, EXC_NMI))
        value |= BIT(31);
    return value;
}

static const struct {
    uint8_t bit, exception;
    bool pending;
} shcsr_bits[] = {
    {0, EXC_MEM_MANAGE, false},    {1, EXC_BUS_FAULT, false}, {3, EXC_USAGE_FAULT, false}, {7, EXC_SVC, false},
    {8, EXC_DEBUG_MONITOR, false}, {10, EXC_PENDSV, false},   {11, EXC_SYSTICK, false},    {12, EXC_USAGE_FAULT, true},
    {13, EXC_MEM_MANAGE, true},    {14, EXC_BUS_FAULT, true}, {15, EXC_SVC, true}};

static uint32_t read_shcsr(const struct device *dev)
{
    uint32_t value = dev->regs[SCB_SHCSR];
    for (unsigned i = 0; i < G_N_ELEMENTS(shcsr_bits); i++)
        if (shcsr_bits[i].pending ? nvic_is_pending(dev, shcsr_bits[i].exception)
                                  : nvic_is_active(dev, shcsr_bits[i].exception))
            value |= BIT(shcsr_bits[i].bit);
    return value;
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    const struct nvic *n = dev->state;
    switch (reg) {
    case SYST_CSR:
        return dev->regs[SYST_CSR] | (systick_take_count_flag(dev, side_effects) ? BIT(16) : 0);
    case SYST_CVR:
        return systick_value(dev);
    case NVIC_ISER0 ... NVIC_ISER2:
        return irq_word(n->enabled, reg - NVIC_ISER0);
    case NVIC_ICER0 ... NVIC_ICER2:
        return irq_word(n->enabled, reg - NVIC_ICER0);
    case NVIC_ISPR0 ... NVIC_ISPR2:
        return irq_word(n->pending, reg - NVIC_ISPR0);
    case NVIC_ICPR0 ... NVIC_ICPR2:
        return irq_word(n->pending, reg - NVIC_ICPR0);
    case NVIC_IABR0 ... NVIC_IABR2:
        return irq_word(n->active, reg - NVIC_IABR0);
    case SCB_ICSR:
        return read_icsr(dev);
    case SCB_AIRCR:
        return 0xFA050000 | (dev->regs[SCB_AIRCR] & 0x700);
    case SCB_SHCSR:
        return read_shcsr(dev);
    default:
        return dev->regs[reg];
    }
}

static void changed(struct device *dev)
{
    if (dev->machine->engine != NULL)
        engine_interrupt(dev->machine->engine);
}

static void set_irqs(struct device *dev, unsigned word, uint32_t bits, bool pend, bool value)
{
    struct nvic *n = dev->state;
    for (bits &= implemented(word); bits != 0; bits &= bits - 1) {
        unsigned exception = EXC_IRQ0 + word * 32 + (unsigned)__builtin_ctz(bits);
        if (pend) {
            nvic_set_pending(dev, exception, value);
            /* a level that is still there pends again at once */
            if (!value && ((n->level[exception / 32] & ~n->active[exception / 32]) >> (exception % 32)) & 1)
                nvic_set_pending(dev, exception, true);
        } else if (value) {
            n->enabled[exception / 32] |= BIT(exception % 32);
        } else {
            n->enabled[exception / 32] &= ~BIT(exception % 32);
        }
    }
    changed(dev);
}

/* Four priorities in one register; the lower four bits of each are not implemented. */
static void write_priorities(struct device *dev, unsigned reg, unsigned first_exception)
{
    struct nvic *n = dev->state;
    dev->regs[reg] &= reg == NVIC_IPR20 ? 0x000000F0 : 0xF0F0F0F0; /* interrupt 80 is the last */
    for (unsigned i = 0; i < 4 && first_exception + i < NVIC_EXCEPTIONS; i++)
        n->priority[first_exception + i] = (uint8_t)(dev->regs[reg] >> (8 * i));
    changed(dev);
}

static void write_icsr(struct device *dev, uint32_t value)
{
    if (value & BIT(25))
        nvic_set_pending(dev, EXC_SYSTICK, false);
    if (value & BIT(26))
        nvic_set_pending(dev, EXC_SYSTICK, true);
    if (value & BIT(27))
        nvic_set_pending(dev, EXC_PENDSV, false);
    if (value & BIT(28))
        nvic_set_pending(dev, EXC_PENDSV, true);
    if (value & BIT(31))
        nvic_set_pending(dev, EXC_NMI, true);
}

static void write_aircr(struct device *dev, uint32_t value)
{
    if (value >> 16 != 0x05FA)
        return;
    dev->regs[SCB_AIRCR] = value & 0x700;
    changed(dev);
    if (value & BIT(2))
        machine_request_reset(dev->machine, RESET_SYSTEM, "software");
}

/* MemManage, BusFault and UsageFault, pended by software while disabled, wait until they are enabled. */
static void follow_fault_enables(struct device *dev)
{
    struct nvic *n = dev->state;
    n->enabled[0] = (n->enabled[0] & ~0x70u) | ((dev->regs[SCB_SHCSR] >> 12) & 0x70);
}

static void write_shcsr(struct device *dev, uint32_t value, uint32_t mask)
{
    struct nvic *n = dev->state;
    for (unsigned i = 0; i < G_N_ELEMENTS(shcsr_bits); i++) {
        if (!(mask & BIT(shcsr_bits[i].bit)))
            continue;
        bool on = value & BIT(shcsr_bits[i].bit);
        unsigned exception = shcsr_bits[i].exception;
        if (shcsr_bits[i].pending)
            nvic_set_pending(dev, exception, on);
        else if (on)
            n->active[0] |= BIT(exception);
        else
            n->active[0] &= ~BIT(exception);
    }
    follow_fault_enables(dev);
    changed(dev);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    switch (reg) {
    case SYST_CSR:
    case SYST_RVR: {
        uint32_t new = dev->regs[reg];
        dev->regs[reg] = old;
        systick_fold(dev, systick_clock(dev));
        dev->regs[reg] = new;
        systick_reschedule(dev);
        break;
    }
    case SYST_CVR:
        systick_fold(dev, systick_clock(dev));
        systick_write_value(dev);
        systick_reschedule(dev);
        break;
    case NVIC_ISER0 ... NVIC_ISER2:
        set_irqs(dev, reg - NVIC_ISER0, value, false, true);
        break;
    case NVIC_ICER0 ... NVIC_ICER2:
        set_irqs(dev, reg - NVIC_ICER0, value, false, false);
        break;
    case NVIC_ISPR0 ... NVIC_ISPR2:
        set_irqs(dev, reg - NVIC_ISPR0, value, true, true);
        break;
    case NVIC_ICPR0 ... NVIC_ICPR2:
        set_irqs(dev, reg - NVIC_ICPR0, value, true, false);
        break;
    case NVIC_IPR0 ... NVIC_IPR20:
        write_priorities(dev, reg, EXC_IRQ0 + 4 * (reg - NVIC_IPR0));
        break;
    case SCB_SHPR1 ... SCB_SHPR3:
        write_priorities(dev, reg, 4 + 4 * (reg - SCB_SHPR1));
        break;
    case SCB_ICSR:
        write_icsr(dev, value);
        break;
    case SCB_AIRCR:
        write_aircr(dev, value);
        break;
    case SCB_SHCSR:
        write_shcsr(dev, value, mask);
        break;
    case SCB_CCR:
        changed(dev);
        break;
    case SCS_DEMCR:
        device_set_level(dev, OUT_TRCENA, (dev->regs[SCS_DEMCR] >> 24) & 1);
        break;
    case SCS_STIR:
        value &= 0x1FF;
        if (value < NVIC_IRQS)
            nvic_set_pending(dev, EXC_IRQ0 + value, true);
        break;
    default:
        break;
    }
}

static void input(struct device *dev, unsigned line, const struct signal *signal)
{
    struct nvic *n = dev->state;
    unsigned exception = EXC_IRQ0 + line;
    if (signal->level != 0) {
        n->level[exception / 32] |= BIT(exception % 32);
        nvic_set_pending(dev, exception, true);
    } else {
        n->level[exception / 32] &= ~BIT(exception % 32);
    }
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    systick_fold(dev, dev->regs[SYST_CSR] & BIT(2) ? old : frequency_scale(old, 1, 8));
    struct nvic *n = dev->state;
    n->systick.epoch = machine_now(dev->machine);
    systick_reschedule(dev);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    struct nvic *n = dev->state;
    uint32_t demcr = dev->regs[SCS_DEMCR];
    device_reset_registers(dev);
    if (kind == RESET_SYSTEM)
        dev->regs[SCS_DEMCR] = demcr; /* power-on only: DDI 0403E C1.6.5 */
    memset(n->enabled, 0, sizeof n->enabled);
    memset(n->pending, 0, sizeof n->pending);
    memset(n->active, 0, sizeof n->active);
    memset(n->priority, 0, sizeof n->priority);
    /* what is below 16 cannot be disabled, but for three faults */
    n->enabled[0] = 0xFFFF;
    follow_fault_enables(dev);
    systick_reset(dev);
    device_set_level(dev, OUT_DEEPSLEEP, 0);
    device_set_level(dev, OUT_TRCENA, (dev->regs[SCS_DEMCR] >> 24) & 1);
}

static void timer(struct device *dev, unsigned index)
{
    (void)index;
    systick_timer(dev);
}

const struct device_class armv7m_scs_class = {
    .name = "Cortex-M3 system control space",
    .state_size = sizeof(struct nvic),
    .registers = registers,
    .n_registers = SCS_REGISTERS,
    .window = 0x1000,
    .n_inputs = NVIC_IRQS,
    .n_outputs = OUTPUTS,
    .n_timers = SCS_TIMERS,
    .n_clocks = 1,
    .input_names = input_names,
    .output_names = output_names,
    .clock_names = clock_names,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
};
