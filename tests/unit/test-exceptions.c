/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exception model by code that runs: ARM DDI 0403E B1.5 (entry, return, faults, escalation, lock-up, sleep) and B3.2. */
#include "tests/unit/cpu-test.h"

enum { CFSR = SCB_CFSR, HFSR = SCB_HFSR };

/* Handlers that note their exception number in r10 (shifted in from the right) and return. */
static void put_noting_handler(struct rig *r, unsigned exception, uint32_t address)
{
    static const uint16_t handler[] = {
        0xF3EF, 0x8B05, // mrs r11, ipsr
        0xEB0B, 0x2A0A, // add r10, r11, r10, lsl #8
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    RIG_CODE(r, address, handler);
    rig_vector(r, exception, address);
}

static void enable_irqs(struct rig *r, uint32_t mask)
{
    g_assert_true(machine_bus_write(r->m, SCS + 0x100, 4, mask));
}

static void set_priority(struct rig *r, unsigned irq, uint8_t priority)
{
    g_assert_true(machine_bus_write(r->m, SCS + 0x400 + irq, 1, priority));
}

static void set_scs(struct rig *r, uint32_t offset, uint32_t value)
{
    g_assert_true(machine_bus_write(r->m, SCS + offset, 4, value));
}

/* B1.5.6: the frame, LR, the mode and the return. */
static void entry(void)
{
    struct rig *r = rig_new();
    enum { NEXT = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0xDF05, // svc #5
        0xE7FE, // NEXT: b NEXT
    };
    RIG_CODE(r, CODE, code);
    rig_start(r);
    for (unsigned i = 0; i < 13; i++)
        cpu(r)->r[i] = 0x100 + i;
    cpu(r)->lr = 0x12345678;
    cpu(r)->xpsr |= 0xA8000000; /* N, C and Q */
    rig_run(r);
    rig_expect_trace(r, "+11");
    struct cpu_state *c = cpu(r);
    g_assert_cmphex(c->pc, ==, HANDLER);
    g_assert_cmphex(c->lr, ==, 0xFFFFFFF9);
    g_assert_cmphex(c->msp, ==, STACK - 0x20);
    g_assert_cmphex(c->xpsr, ==, 0xA9000000 | EXC_SVC);
    const uint32_t frame[8] = {0x100, 0x101, 0x102, 0x103, 0x10C, 0x12345678, NEXT, 0xA9000000};
    for (unsigned i = 0; i < 8; i++)
        g_assert_cmphex(rig_frame(r, i), ==, frame[i]);
    g_assert_true(nvic_is_active(machine_device(r->m, "NVIC"), EXC_SVC));
    rig_free(r);
}

/* Every way of loading PC with EXC_RETURN (B1.5.8): BX, POP, LDM, LDR. */
static void return_ways(void)
{
    enum { END = (int)(CODE + 0x04) };
    static const uint16_t code[] = {
        0xDF00, // svc #0
        0x274D, // movs r7, #77
        0xE7FE, // END: b END
        0xBF00, // (padding)
    };
    static const uint16_t bx_lr[] = {
        0x2001, // movs r0, #1
        0x4770, // bx lr
    };
    static const uint16_t bx_other[] = {
        0x46F4, // mov r12, lr
        0x4760, // bx r12
    };
    static const uint16_t pop_pc[] = {
        0xB510, // push {r4, lr}
        0x2001, // movs r0, #1
        0xBD10, // pop {r4, pc}
        0xBF00, // (padding)
    };
    static const uint16_t ldm_pc[] = {
        0xB510,         // push {r4, lr}
        0x4669,         // mov r1, sp
        0x3100,         // adds r1, #0
        0xB002,         // add sp, #8
        0xE891, 0x8004, // ldmia.w r1, {r2, pc}
    };
    static const uint16_t ldr_pc[] = {
        0xB510,         // push {r4, lr}
        0xB001,         // add sp, #4
        0xF85D, 0xFB04, // ldr pc, [sp], #4
    };
    static const uint16_t pop_it[] = {
        0xB510, // push {r4, lr}
        0x42A4, // cmp r4, r4
        0xBF14, // ite ne
        0x2301, // movne r3, #1
        0xBD10, // popeq {r4, pc}
        0xBF00, // (padding)
    };
    const struct {
        const uint16_t *handler;
        uint32_t size;
    } ways[] = {{bx_lr, sizeof bx_lr},   {bx_other, sizeof bx_other}, {pop_pc, sizeof pop_pc},
                {ldm_pc, sizeof ldm_pc}, {ldr_pc, sizeof ldr_pc},     {pop_it, sizeof pop_it}};
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, code);
        rig_put(r, HANDLER, ways[i].handler, ways[i].size);
        rig_start(r);
        for (unsigned k = 0; k < 7; k++)
            cpu(r)->r[k] = 0x100 + k;
        cpu(r)->r[12] = 0x10C;
        rig_run(r);
        rig_expect_trace(r, "+11 -11");
        g_assert_cmphex(cpu(r)->pc, ==, END);
        g_assert_cmphex(cpu(r)->r[7], ==, 77);
        for (unsigned k = 0; k < 7; k++)
            g_assert_cmphex(cpu(r)->r[k], ==, 0x100 + k);
        g_assert_cmphex(cpu(r)->r[12], ==, 0x10C);
        g_assert_cmphex(cpu(r)->msp, ==, STACK);
        g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, 0);
        rig_free(r);
    }
}

/* Thread mode on PSP: the frame goes there, the handler runs on MSP, EXC_RETURN is 0xFFFFFFFD. */
static void process_stack(void)
{
    struct rig *r = rig_new();
    enum { AFTER = (int)(CODE + 0x12), END = (int)(CODE + 0x2C) };
    static const uint16_t code[] = {
        0xF381, 0x8809, // msr psp, r1
        0x2002,         // movs r0, #2
        0xF380, 0x8814, // msr control, r0
        0xF3BF, 0x8F6F, // isb
        0xB403,         // push {r0, r1}
        0xDF00,         // svc #0
        0x466C,         // AFTER: mov r4, sp
        0xF3EF, 0x8509, // mrs r5, psp
        0xF3EF, 0x8608, // mrs r6, msp
        0xF3EF, 0x8714, // mrs r7, control
        0x2000,         // movs r0, #0
        0xF380, 0x8814, // msr control, r0
        0xF3BF, 0x8F6F, // isb
        0x46E8,         // mov r8, sp
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    static const uint16_t handler[] = {
        0x46E9,         // mov r9, sp
        0xF3EF, 0x8A09, // mrs r10, psp
        0x46F3,         // mov r11, lr
        0xF3EF, 0x8314, // mrs r3, control
        0xB408,         // push {r3}
        0x2202,         // movs r2, #2
        0xF382, 0x8814, // msr control, r2
        0xF3BF, 0x8F6F, // isb
        0xF3EF, 0x8214, // mrs r2, control
        0xBC08,         // pop {r3}
        0xEB02, 0x1203, // add r2, r2, r3, lsl #4
        0x4694,         // mov r12, r2
        0x600A,         // str r2, [r1]
        0x4770,         // bx lr
    };
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, handler);
    rig_start(r);
    cpu(r)->r[1] = PROCESS_STACK;
    rig_run(r);
    struct cpu_state *c = cpu(r);
    rig_expect_trace(r, "+11 -11");
    g_assert_cmphex(c->pc, ==, END);
    g_assert_cmphex(c->r[4], ==, PROCESS_STACK - 8);
    g_assert_cmphex(c->r[5], ==, PROCESS_STACK - 8);
    g_assert_cmphex(c->r[6], ==, STACK);
    g_assert_cmphex(c->r[7], ==, 2);
    g_assert_cmphex(c->r[8], ==, STACK);
    g_assert_cmphex(c->r[9], ==, STACK);
    g_assert_cmphex(c->r[10], ==, PROCESS_STACK - 8 - 0x20);
    g_assert_cmphex(c->r[11], ==, 0xFFFFFFFD);
    /* CONTROL.SPSEL reads 0 in a handler, and a write of it there is ignored */
    g_assert_cmphex(rig_word(r, PROCESS_STACK), ==, 0);
    g_assert_cmphex(rig_word(r, PROCESS_STACK - 8 - 8), ==, AFTER);
    rig_free(r);
}

/* VTOR moves the table; a vector without bit 0 clears T: INVSTATE before the first instruction. */
static void vector_table(void)
{
    struct rig *r = rig_new();
    enum { END = (int)(CODE + 0x0A) };
    static const uint16_t code[] = {
        0x6081, // str r1, [r0, #8]
        0x6882, // ldr r2, [r0, #8]
        0xDF00, // svc #0
        0x6083, // str r3, [r0, #8]
        0xDF00, // svc #0
        0xE7FE, // END: b END
    };
    RIG_CODE(r, CODE, code);
    put_noting_handler(r, EXC_SVC, FLASH + 0x900);
    static const uint16_t second[] = {
        0xF50A, 0x3A80, // add r10, r10, #0x10000
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    RIG_CODE(r, FLASH + 0xA00, second);
    uint32_t vector = FLASH + 0xA01;
    rig_put(r, FLASH + 0x2000 + 4 * EXC_SVC, &vector, 4);
    rig_start(r);
    uint32_t ram_vector = FLASH + 0x901;
    rig_put(r, RAM + 0x400 + 4 * EXC_SVC, &ram_vector, 4);
    cpu(r)->r[0] = SCS + 0xD00;
    cpu(r)->r[1] = FLASH + 0x2000 + 0x7F; /* the low seven bits are not there */
    cpu(r)->r[3] = RAM + 0x400;
    rig_run(r);
    rig_expect_trace(r, "+11 -11 +11 -11");
    g_assert_cmphex(cpu(r)->r[2], ==, FLASH + 0x2000);
    g_assert_cmphex(cpu(r)->r[10], ==, 0x1000000 + EXC_SVC);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);

    r = rig_new();
    uint32_t even = FLASH + 0x900;
    RIG_CODE(r, CODE, code);
    rig_put(r, FLASH + 4 * EXC_SVC, &even, 4);
    rig_start(r);
    cpu(r)->r[0] = SCS + 0xD00;
    rig_run(r);
    /* UsageFault is disabled: HardFault, whose frame has T = 0 and the exception number of SVCall */
    rig_expect_trace(r, "+11 !INVSTATE@08000900>hardfault +3");
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVSTATE);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FLASH + 0x900);
    g_assert_cmphex(rig_frame(r, FRAME_XPSR) & 0x010001FF, ==, EXC_SVC);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF1);
    rig_free(r);
}

/* Nesting by priority, equal priorities wait and then chain without unstacking, in order of priority, then of number. */
static void nesting(void)
{
    struct rig *r = rig_new();
    enum { END = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x6001, // str r1, [r0]
        0xE7FE, // END: b END
    };
    static const uint16_t low[] = {
        0x211E, // movs r1, #0x1E
        0x6001, // str r1, [r0]
        0x2100, // movs r1, #0
        0x6001, // str r1, [r0]
        0x46F0, // mov r8, lr
        0x4770, // bx lr
    };
    RIG_CODE(r, CODE, code);
    for (unsigned i = 1; i <= 4; i++)
        put_noting_handler(r, EXC_IRQ0 + i, FLASH + 0xA00 + 0x40 * i);
    RIG_CODE(r, FLASH + 0x900, low);
    rig_vector(r, EXC_IRQ0, FLASH + 0x900);
    static const uint16_t clear[] = {
        0x2300, // movs r3, #0
        0x6003, // str r3, [r0]
        0x4770, // bx lr
        0xBF00, // (padding)
    };
    RIG_CODE(r, FLASH + 0xA80, clear); /* of interrupt 2: drops all lines */
    rig_start(r);
    enable_irqs(r, 0x1F);
    set_priority(r, 0, 0x40);
    set_priority(r, 1, 0x40);
    set_priority(r, 2, 0x20); /* preempts */
    set_priority(r, 3, 0x30); /* preempts too, behind 2: tail-chained */
    set_priority(r, 4, 0x40);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1;
    rig_run(r);
    /* inside 16: 17..20 raised; 18, then 19 chained, return to 16, which ends into 17 and 20 */
    rig_expect_trace(r, "+16 +18 +19 -19 +17 +20 -20");
    g_assert_cmphex(cpu(r)->r[10], ==, 0x131114);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(cpu(r)->msp, ==, STACK);
    rig_free(r);
}

/* A level that stays high when its handler ends pends again; one that dropped does not. */
static void level(void)
{
    struct rig *r = rig_new();
    enum { END = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x6001, // str r1, [r0]
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x3701, // adds r7, #1
        0x2F03, // cmp r7, #3
        0xD101, // bne 1f
        0x2300, // movs r3, #0
        0x6003, // str r3, [r0]
        0x4770, // 1: bx lr
    };
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_IRQ0, FLASH + 0x900);
    rig_start(r);
    enable_irqs(r, 1);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1;
    cpu(r)->r[7] = 0;
    rig_run(r);
    rig_expect_trace(r, "+16 +16 +16 -16");
    g_assert_cmphex(cpu(r)->r[7], ==, 3);
    rig_free(r);
}

/* Two become pending at the same moment: the more urgent is entered first. */
static void late_arrival(void)
{
    struct rig *r = rig_new();
    enum { END = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x6001, // str r1, [r0]
        0xE7FE, // END: b END
    };
    RIG_CODE(r, CODE, code);
    static const uint16_t clear[] = {
        0x2300, // movs r3, #0
        0x6003, // str r3, [r0]
        0x4770, // bx lr
        0xBF00, // (padding)
    };
    RIG_CODE(r, FLASH + 0x900, clear);
    rig_vector(r, EXC_IRQ0 + 3, FLASH + 0x900);
    put_noting_handler(r, EXC_IRQ0, FLASH + 0xA00);
    rig_start(r);
    enable_irqs(r, 0xF);
    set_priority(r, 0, 0x50);
    set_priority(r, 3, 0x10);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 9;
    rig_run(r);
    rig_expect_trace(r, "+19 +16 -16");
    rig_free(r);
}

/* PRIMASK and BASEPRI: a pending PendSV is taken right behind the instruction that unmasks it. */
static void unmasking(void)
{
    enum { AFTER = (int)(CODE + 0x0C), BEHIND = (int)(CODE + 0x1E), DONE = (int)(CODE + 0x22), END = (int)(CODE + 0x24) };
    static const uint16_t code[] = {
        0xB672,         // cpsid i
        0x6001,         // str r1, [r0]
        0x2701,         // movs r7, #1
        0xE7FF,         // b 1f
        0x2702,         // 1: movs r7, #2
        0xB662,         // cpsie i
        0x2703,         // AFTER: movs r7, #3
        0xF382, 0x8811, // msr basepri, r2
        0x6001,         // str r1, [r0]
        0x2704,         // movs r7, #4
        0xE7FF,         // b 1f
        0x2705,         // 1: movs r7, #5
        0xF383, 0x8811, // msr basepri, r3
        0x2706,         // BEHIND: movs r7, #6
        0x6001,         // str r1, [r0]
        0x2707,         // DONE: movs r7, #7
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    static const uint16_t handler[] = {
        0x9D06,         // ldr r5, [sp, #24]
        0xF109, 0x0901, // add r9, r9, #1
        0xF1B9, 0x0F01, // cmp r9, #1
        0xBF08,         // it eq
        0x462C,         // moveq r4, r5
        0xF1B9, 0x0F02, // cmp r9, #2
        0xBF08,         // it eq
        0x462E,         // moveq r6, r5
        0xF1B9, 0x0F03, // cmp r9, #3
        0xBF08,         // it eq
        0x46A8,         // moveq r8, r5
        0x46BA,         // mov r10, r7
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, handler);
    rig_start(r);
    set_scs(r, 0xD20, 0x00F00000); /* PendSV: lowest priority */
    cpu(r)->r[0] = SCS + 0xD04;
    cpu(r)->r[1] = 1 << 28;
    cpu(r)->r[2] = 0x50;
    cpu(r)->r[9] = 0;
    rig_run(r);
    rig_expect_trace(r, "+14 -14 +14 -14 +14 -14");
    g_assert_cmphex(cpu(r)->r[4], ==, AFTER);
    g_assert_cmphex(cpu(r)->r[6], ==, BEHIND);
    g_assert_cmphex(cpu(r)->r[8], ==, DONE); /* right behind the store that pended it */
    g_assert_cmphex(cpu(r)->r[10], ==, 6);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* FAULTMASK: priority -1, cleared by the return from every exception but NMI (B1.5.8 DeActivate). */
static void faultmask(void)
{
    enum { AFTER = (int)(CODE + 0x0E), END = (int)(CODE + 0x16) };
    static const uint16_t code[] = {
        0xB671,         // cpsid f
        0x6001,         // str r1, [r0]
        0xBF00,         // nop
        0xE7FF,         // b 1f
        0xF3EF, 0x8413, // 1: mrs r4, faultmask
        0xB661,         // cpsie f
        0x2701,         // AFTER: movs r7, #1
        0xDF00,         // svc #0
        0xF3EF, 0x8513, // mrs r5, faultmask
        0xE7FE,         // END: b END
    };
    static const uint16_t svc_handler[] = {
        0xB671,         // cpsid f
        0xF3EF, 0x8313, // mrs r3, faultmask
        0x4698,         // mov r8, r3
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, svc_handler);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    put_noting_handler(r, EXC_PENDSV, FLASH + 0xA00);
    rig_start(r);
    cpu(r)->r[0] = SCS + 0xD04;
    cpu(r)->r[1] = 1 << 28;
    rig_run(r);
    rig_expect_trace(r, "+14 -14 +11 -11");
    g_assert_cmphex(cpu(r)->r[4], ==, 1);
    g_assert_cmphex(cpu(r)->r[5], ==, 0);
    g_assert_cmphex(cpu(r)->r[8], ==, 1);
    g_assert_cmphex(cpu(r)->pc, ==, END);

    /* NMI goes through it, and returns with it set */
    static const uint16_t nmi_code[] = {
        0xB671,         // cpsid f
        0x6001,         // str r1, [r0]
        0xF3EF, 0x8413, // mrs r4, faultmask
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    rig_free(r);
    r = rig_new();
    RIG_CODE(r, CODE, nmi_code);
    put_noting_handler(r, EXC_NMI, FLASH + 0xA00);
    rig_start(r);
    cpu(r)->r[0] = SCS + 0xD04;
    cpu(r)->r[1] = UINT32_C(1) << 31;
    rig_run(r);
    rig_expect_trace(r, "+2 -2");
    g_assert_cmphex(cpu(r)->r[4], ==, 1);
    rig_free(r);
}

static void return_checks(void)
{
    /* a value that is none: INVPC, and LR of the UsageFault holds it */
    enum { END = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0xDF00, // svc #0
        0xE7FE, // END: b END
    };
    static const uint16_t bad_value[] = {
        0xF06F, 0x000A, // mvn r0, #0xA
        0x4700,         // bx r0
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, bad_value);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 18);
    rig_run(r);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF5);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVPC);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_USAGE_FAULT);
    g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x20); /* the frame of SVC is still there */
    g_assert_false(nvic_is_active(machine_device(r->m, "NVIC"), EXC_SVC));
    rig_free(r);

    /* to thread mode out of a nested handler: INVPC, unless NONBASETHRDENA */
    static const uint16_t nested[] = {
        0x6001, // str r1, [r0]
        0x46C0, // mov r8, r8
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    static const uint16_t to_thread[] = {
        0xF06F, 0x0306, // mvn r3, #6
        0x4718,         // bx r3
        0xBF00,         // (padding)
    };
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        r = rig_new();
        RIG_CODE(r, CODE, code);
        RIG_CODE(r, FLASH + 0x900, nested);
        RIG_CODE(r, FLASH + 0xA00, to_thread);
        rig_vector(r, EXC_SVC, FLASH + 0x900);
        rig_vector(r, EXC_IRQ0, FLASH + 0xA00);
        rig_start(r);
        set_scs(r, 0xD24, 1 << 18);
        set_scs(r, 0xD14, CCR_STKALIGN | (allowed ? CCR_NONBASETHRDENA : 0));
        set_scs(r, 0xD1C, 0x80000000);
        enable_irqs(r, 1);
        cpu(r)->r[0] = SCS + 0xF00; /* STIR */
        cpu(r)->r[1] = 0;
        rig_run(r);
        g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVPC);
        if (!allowed) {
            g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF9);
            g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x40);
        } else {
            /* the frame names SVCall, but EXC_RETURN thread mode: the second check; a frame is pushed again */
            g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF9);
            g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x40);
            g_assert_cmphex(rig_frame(r, FRAME_XPSR) & 0x1FF, ==, EXC_SVC);
            g_assert_cmphex(rig_frame(r, FRAME_PC) - (FLASH + 0x902), ==, 0);
        }
        rig_free(r);
    }

    /* NONBASETHRDENA with a frame made for thread mode: the return succeeds, and the outer exception stays active */
    static const uint16_t forged[] = {
        0x9406,         // str r4, [sp, #24]
        0x9507,         // str r5, [sp, #28]
        0xF06F, 0x0306, // mvn r3, #6
        0x4718,         // bx r3
        0xBF00,         // (padding)
    };
    static const uint16_t thread[] = {
        0xF3EF, 0x8905, // mrs r9, ipsr
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        r = rig_new();
        RIG_CODE(r, CODE, code);
        RIG_CODE(r, FLASH + 0x900, nested);
        RIG_CODE(r, FLASH + 0xA00, forged);
        RIG_CODE(r, FLASH + 0xB00, thread);
        rig_vector(r, EXC_SVC, FLASH + 0x900);
        rig_vector(r, EXC_IRQ0, FLASH + 0xA00);
        rig_start(r);
        set_scs(r, 0xD14, CCR_STKALIGN | (allowed ? CCR_NONBASETHRDENA : 0));
        set_scs(r, 0xD1C, 0x80000000);
        enable_irqs(r, 1);
        cpu(r)->r[0] = SCS + 0xF00;
        cpu(r)->r[1] = 0;
        cpu(r)->r[4] = FLASH + 0xB00;
        cpu(r)->r[5] = 1 << 24;
        cpu(r)->r[9] = 99;
        rig_run(r);
        rig_expect_trace(r, "%s", allowed ? "+11 +16 -16" : "+11 +16 !INVPC@FFFFFFF8>hardfault +3");
        g_assert_cmphex(cpu(r)->r[9], ==, allowed ? 0 : 99);
        g_assert_true(nvic_is_active(machine_device(r->m, "NVIC"), EXC_SVC));
        rig_free(r);
    }

    /* to a handler, but the frame is one of thread mode: INVPC, on the same frame, LR as it was used */
    static const uint16_t to_handler[] = {
        0xF06F, 0x000E, // mvn r0, #0xE
        0x4700,         // bx r0
        0xBF00,         // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, to_handler);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 18);
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVPC);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_USAGE_FAULT);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF1);
    g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x20);
    rig_free(r);

    /* a handler that is not active (its bit was cleared in SHCSR) */
    static const uint16_t inactive[] = {
        0x6001, // str r1, [r0]
        0x4770, // bx lr
    };
    r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, inactive);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    cpu(r)->r[0] = SCS + 0xD24;
    cpu(r)->r[1] = 1 << 18;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVPC);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_USAGE_FAULT);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF9);
    rig_free(r);

    /* in thread mode EXC_RETURN is an address like any other, and not executable */
    static const uint16_t in_thread[] = {
        0xF06F, 0x0006, // mvn r0, #6
        0x4700,         // bx r0
        0xBF00,         // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, in_thread);
    rig_start(r);
    rig_run(r);
    rig_expect_trace(r, "!IACCVIOL@FFFFFFF8>hardfault +3");
    rig_free(r);
}

/* CCR.STKALIGN: the frame begins at a multiple of 8, bit 9 of the stacked xPSR tells that SP was moved (B1.5.7). */
static void stack_alignment(void)
{
    enum { END = (int)(CODE + 0x06) };
    static const uint16_t code[] = {
        0xB401, // push {r0}
        0xDF00, // svc #0
        0xBC20, // pop {r5}
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x46E8,         // mov r8, sp
        0x9B07,         // ldr r3, [sp, #28]
        0xEA4F, 0x2953, // lsr r9, r3, #9
        0xF009, 0x0901, // and r9, r9, #1
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    for (unsigned on = 0; on < 2; on++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, code);
        RIG_CODE(r, HANDLER, handler);
        rig_start(r);
        set_scs(r, 0xD14, on ? CCR_STKALIGN : 0);
        cpu(r)->r[0] = 0xABCD;
        rig_run(r);
        g_assert_cmphex(cpu(r)->r[8], ==, STACK - 4 - 0x20 - (on ? 4 : 0));
        g_assert_cmphex(cpu(r)->r[9], ==, on);
        g_assert_cmphex(cpu(r)->r[5], ==, 0xABCD);
        g_assert_cmphex(cpu(r)->msp, ==, STACK);
        g_assert_cmphex(cpu(r)->pc, ==, END);
        rig_free(r);
    }
}

/* Precise bus faults: address, status, PC, that nothing behind them happens, and return to the instruction behind. */
static void bus_fault(void)
{
    enum { FAULT = (int)(CODE + 0x02), STORE = (int)(CODE + 0x06), BYTE = (int)(CODE + 0x0A), END = (int)(CODE + 0x0E) };
    static const uint16_t code[] = {
        0x2201,         // movs r2, #1
        0x684B,         // FAULT: ldr r3, [r1, #4]
        0x2202,         // movs r2, #2
        0x608A,         // STORE: str r2, [r1, #8]
        0x2203,         // movs r2, #3
        0xF881, 0x200D, // BYTE: strb.w r2, [r1, #13]
        0xE7FE,         // END: b END
    };
    static const uint16_t handler[] = {
        0x6A84,         // ldr r4, [r0, #0x28]
        0x6B85,         // ldr r5, [r0, #0x38]
        0x9E06,         // ldr r6, [sp, #24]
        0xB470,         // push {r4, r5, r6}
        0x6284,         // str r4, [r0, #0x28]
        0x6A84,         // ldr r4, [r0, #0x28]
        0xBC61,         // pop {r0, r5, r6}
        0xF847, 0x0B04, // str r0, [r7], #4
        0xF847, 0x5B04, // str r5, [r7], #4
        0xF847, 0x6B04, // str r6, [r7], #4
        0xF847, 0x4B04, // str r4, [r7], #4
        0x9C06,         // ldr r4, [sp, #24]
        0x3402,         // adds r4, #2
        0x4544,         // cmp r4, r8
        0xBFA8,         // it ge
        0x3402,         // addge r4, #2
        0x9406,         // str r4, [sp, #24]
        0x4770,         // bx lr
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_BUS_FAULT, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[0] = SCS + 0xD00;
    cpu(r)->r[1] = NOTHING;
    cpu(r)->r[3] = 0x333;
    cpu(r)->r[7] = RAM;
    cpu(r)->r[8] = BYTE + 2;
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(cpu(r)->r[3], ==, 0x333);
    const uint32_t expected[] = {NOTHING + 4, FAULT, NOTHING + 8, STORE, NOTHING + 13, BYTE};
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(rig_word(r, RAM + 16 * i), ==, CFSR_PRECISERR | CFSR_BFARVALID);
        g_assert_cmphex(rig_word(r, RAM + 16 * i + 4), ==, expected[2 * i]);
        g_assert_cmphex(rig_word(r, RAM + 16 * i + 8), ==, expected[2 * i + 1]);
        g_assert_cmphex(rig_word(r, RAM + 16 * i + 12), ==, 0); /* cleared by writing ones */
    }
    rig_free(r);
}

/* A bus error answered by a device is as precise as an address without one; also for the address register of MMFAR. */
static void device_fault(void)
{
    enum { FAULT = (int)(CODE + 0x04) };
    static const uint16_t code[] = {
        0x2201, // movs r2, #1
        0x680C, // ldr r4, [r1]
        0x594B, // FAULT: ldr r3, [r1, r5]
        0x610A, // str r2, [r1, #16]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[1] = BENCH;
    cpu(r)->r[5] = BENCH_ERROR;
    rig_run(r);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_BUS_FAULT);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FAULT);
    g_assert_cmphex(rig_scs(r, SCB_BFAR), ==, BENCH + BENCH_ERROR);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_PRECISERR | CFSR_BFARVALID);
    g_assert_cmpuint(rig_bench(r)->n, ==, 1);
    rig_free(r);
}

/* Fetches: nothing there gives IBUSERR, peripherals and the system space IACCVIOL; the stacked PC is the target. */
static void bad_fetch(void)
{
    static const uint16_t code[] = {
        0x4700, // bx r0
        0xBF00, // (padding)
    };
    const struct {
        uint32_t target;
        uint32_t cfsr;
        unsigned exception;
    } cases[] = {{NOTHING, CFSR_IBUSERR, EXC_BUS_FAULT},       {0x60000000, CFSR_IBUSERR, EXC_BUS_FAULT},
                 {RAM + 0x20000, CFSR_IBUSERR, EXC_BUS_FAULT}, {FLASH + 0x100000, CFSR_IBUSERR, EXC_BUS_FAULT},
                 {BENCH, CFSR_IACCVIOL, EXC_MEM_MANAGE},       {0x50000000, CFSR_IACCVIOL, EXC_MEM_MANAGE},
                 {0x42000000, CFSR_IACCVIOL, EXC_MEM_MANAGE},  {0xA0000000, CFSR_IACCVIOL, EXC_MEM_MANAGE},
                 {0xE000E000, CFSR_IACCVIOL, EXC_MEM_MANAGE},  {0xFFFFFF00, CFSR_IACCVIOL, EXC_MEM_MANAGE}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, code);
        rig_start(r);
        set_scs(r, 0xD24, 7 << 16);
        cpu(r)->r[0] = cases[i].target | 1;
        rig_run(r);
        g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, cases[i].exception);
        g_assert_cmphex(rig_scs(r, CFSR), ==, cases[i].cfsr);
        g_assert_cmphex(rig_frame(r, FRAME_PC), ==, cases[i].target);
        rig_free(r);
    }
}

/* Running off the end of memory, with instructions before it executed. */
static void end_of_memory(void)
{
    static const uint16_t code[] = {
        0x3001, // adds r0, #1
        0x3001, // adds r0, #1
        0x3001, // adds r0, #1
        0xBF00, // (padding)
    };
    static const uint16_t jump[] = {
        0x4708, // bx r1
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, jump);
    rig_start(r);
    RIG_CODE(r, RAM + 0x1FFFA, code);
    cpu(r)->r[0] = 0;
    cpu(r)->r[1] = RAM + 0x1FFFB;
    rig_run(r);
    rig_expect_trace(r, "!IBUSERR@20020000>hardfault +3");
    g_assert_cmphex(rig_frame(r, FRAME_R0), ==, 3);
    rig_free(r);
}

/* UDF, coprocessor, VFP and DSP instructions, and a branch to an even address. */
static void undefined(void)
{
    enum { FAULT = (int)(CODE + 0x02) };
    static const uint16_t udf[] = {
        0x2201, // movs r2, #1
        0xDE01, // FAULT: udf #1
        0x2202, // movs r2, #2
        0xBF00, // (padding)
    };
    static const uint16_t udf_wide[] = {
        0x2201,         // movs r2, #1
        0xF7F0, 0xA001, // udf.w #1
        0x2202,         // movs r2, #2
    };
    static const uint16_t vldr[] = {
        0x2201,         // movs r2, #1
        0xED91, 0x0A00, // vldr s0, [r1]
        0x2202,         // movs r2, #2
    };
    static const uint16_t vadd[] = {
        0x2201,         // movs r2, #1
        0xEE30, 0x0A81, // vadd.f32 s0, s1, s2
        0x2202,         // movs r2, #2
    };
    static const uint16_t mcr[] = {
        0x2201,         // movs r2, #1
        0xEE01, 0x0F10, // mcr p15, 0, r0, c1, c0, 0
        0x2202,         // movs r2, #2
    };
    static const uint16_t smlad[] = {
        0x2201,         // movs r2, #1
        0xFB23, 0x5204, // smlad r2, r3, r4, r5
        0x2202,         // movs r2, #2
    };
    static const uint16_t sadd[] = {
        0x2201,         // movs r2, #1
        0xFA93, 0xF204, // sadd16 r2, r3, r4
        0x2202,         // movs r2, #2
    };
    static const uint16_t even[] = {
        0x2201, // movs r2, #1
        0x4730, // bx r6
        0x2202, // movs r2, #2
        0xBF00, // (padding)
    };
    const struct {
        const uint16_t *code;
        uint32_t size, cfsr, pc;
    } cases[] = {{udf, sizeof udf, CFSR_UNDEFINSTR, FAULT},   {udf_wide, sizeof udf_wide, CFSR_UNDEFINSTR, FAULT},
                 {vldr, sizeof vldr, CFSR_NOCP, FAULT},       {vadd, sizeof vadd, CFSR_NOCP, FAULT},
                 {mcr, sizeof mcr, CFSR_NOCP, FAULT},         {smlad, sizeof smlad, CFSR_UNDEFINSTR, FAULT},
                 {sadd, sizeof sadd, CFSR_UNDEFINSTR, FAULT}, {even, sizeof even, CFSR_INVSTATE, FLASH + 0x600}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_new();
        rig_put(r, CODE, cases[i].code, cases[i].size);
        rig_start(r);
        set_scs(r, 0xD24, 7 << 16);
        cpu(r)->r[1] = RAM;
        cpu(r)->r[6] = FLASH + 0x600;
        rig_run(r);
        g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_USAGE_FAULT);
        g_assert_cmphex(rig_scs(r, CFSR), ==, cases[i].cfsr);
        g_assert_cmphex(rig_frame(r, FRAME_PC), ==, cases[i].pc);
        g_assert_cmphex(rig_frame(r, FRAME_R2), ==, 1);
        g_assert_cmphex(rig_frame(r, FRAME_XPSR) & (1 << 24), ==, cases[i].cfsr == CFSR_INVSTATE ? 0 : 1 << 24);
        set_scs(r, 0xD28, cases[i].cfsr);
        g_assert_cmphex(rig_scs(r, CFSR), ==, 0);
        rig_free(r);
    }
}

static void divide_by_zero(void)
{
    enum { FIRST = (int)(CODE + 0x02), END = (int)(CODE + 0x08) };
    static const uint16_t code[] = {
        0x2205,         // movs r2, #5
        0xFBB2, 0xF3F1, // FIRST: udiv r3, r2, r1
        0x6002,         // str r2, [r0]
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new(); /* not trapped: the result is 0 */
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[0] = RAM;
    cpu(r)->r[1] = 0;
    cpu(r)->r[3] = 9;
    rig_run(r);
    g_assert_cmphex(cpu(r)->r[3], ==, 0);
    g_assert_cmphex(rig_word(r, RAM), ==, 5);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);

    r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    set_scs(r, 0xD14, CCR_STKALIGN | CCR_DIV_0_TRP);
    set_scs(r, 0xD24, 7 << 16);
    cpu(r)->r[0] = RAM;
    cpu(r)->r[1] = 0;
    cpu(r)->r[3] = 9;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_DIVBYZERO);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FIRST);
    g_assert_cmphex(rig_frame(r, FRAME_R3), ==, 9);
    g_assert_cmphex(rig_word(r, RAM), ==, 0);
    rig_free(r);

    /* in an IT block: the store behind it must not reach memory, ITSTATE is in the frame */
    enum { DIVIDE = (int)(CODE + 0x08) };
    static const uint16_t in_it[] = {
        0x2205,         // movs r2, #5
        0x2A05,         // cmp r2, #5
        0xBF01,         // itttt eq
        0x2401,         // moveq r4, #1
        0xFB92, 0xF3F1, // DIVIDE: sdiveq r3, r2, r1
        0x6002,         // streq r2, [r0]
        0x3401,         // addeq r4, #1
        0x6042,         // str r2, [r0, #4]
        0xB404,         // push {r2}
        0xE7FF,         // b 1f
        0x6082,         // 1: str r2, [r0, #8]
        0xE7FE,         // 2: b 2b
        0xBF00,         // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, in_it);
    rig_start(r);
    set_scs(r, 0xD14, CCR_STKALIGN | CCR_DIV_0_TRP);
    set_scs(r, 0xD24, 7 << 16);
    cpu(r)->r[0] = RAM;
    cpu(r)->r[1] = 0;
    cpu(r)->r[3] = 9;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_DIVBYZERO);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, DIVIDE);
    g_assert_cmphex(rig_frame(r, FRAME_R3), ==, 9);
    g_assert_cmphex(cpu(r)->r[4], ==, 1);
    g_assert_cmphex(cpu(r)->msp, ==, STACK - 0x20);
    for (unsigned i = 0; i < 12; i += 4)
        g_assert_cmphex(rig_word(r, RAM + i), ==, 0);
    /* ITTTT EQ is 0x01; behind one instruction 0x02... : cond 000, mask 0001 -> 0010 */
    g_assert_cmphex(rig_frame(r, FRAME_XPSR) & 0x0600FC00, ==, 0x02 << 25);
    rig_free(r);

    /* its block begins in the IT block, behind an instruction that straddles a boundary of 1 KiB: ITSTATE is in the frame all
     * the same */
    enum { BOUNDARY = (int)(CODE + 0x800), BEFORE = (int)(BOUNDARY - 6), STRADDLED = (int)(BOUNDARY + 2) };
    static const uint16_t straddling[] = {
        0x2A05,         // cmp r2, #5
        0xBF1C,         // itt ne
        0xF103, 0x0301, // addne.w r3, r3, #1
        0xFBB2, 0xF4F1, // STRADDLED: udivne r4, r2, r1
        0xE7FE,         // b .
    };
    r = rig_new();
    RIG_CODE(r, BEFORE, straddling);
    rig_vector(r, EXC_RESET, BEFORE);
    rig_start(r);
    set_scs(r, 0xD14, CCR_STKALIGN | CCR_DIV_0_TRP);
    set_scs(r, 0xD24, 7 << 16);
    cpu(r)->r[1] = 0;
    cpu(r)->r[2] = 4;
    cpu(r)->r[3] = 9;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_DIVBYZERO);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, STRADDLED);
    g_assert_cmphex(rig_frame(r, FRAME_R3), ==, 10);
    g_assert_cmphex(rig_frame(r, FRAME_XPSR) & 0x0600FC00, ==, 0x1800);
    rig_free(r);

    /* not executed by its condition: no trap */
    enum { STOP = (int)(CODE + 0x0C) };
    static const uint16_t skipped[] = {
        0x2205,         // movs r2, #5
        0x2A05,         // cmp r2, #5
        0xBF18,         // it ne
        0xFBB2, 0xF3F1, // udivne r3, r2, r1
        0x6002,         // str r2, [r0]
        0xE7FE,         // STOP: b STOP
        0xBF00,         // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, skipped);
    rig_start(r);
    set_scs(r, 0xD14, CCR_STKALIGN | CCR_DIV_0_TRP);
    cpu(r)->r[0] = RAM;
    cpu(r)->r[1] = 0;
    cpu(r)->r[3] = 9;
    rig_run(r);
    rig_expect_trace(r, "%s", "");
    g_assert_cmphex(cpu(r)->r[3], ==, 9);
    g_assert_cmphex(rig_word(r, RAM), ==, 5);
    g_assert_cmphex(cpu(r)->pc, ==, STOP);
    rig_free(r);
}

/* CCR.UNALIGN_TRP: words and half-words at odd addresses fault; without it they work. */
static void unalign_trap(void)
{
    enum { FAULT = (int)(CODE + 0x02), END = (int)(CODE + 0x08) };
    static const uint16_t word[] = {
        0x2201,         // movs r2, #1
        0xF8D1, 0x3002, // FAULT: ldr r3, [r1, #2]
        0x2202,         // movs r2, #2
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    static const uint16_t half[] = {
        0x2201,         // movs r2, #1
        0xF8A1, 0x2001, // strh.w r2, [r1, #1]
        0x2202,         // movs r2, #2
        0xE7FE,         // b .
        0xBF00,         // (padding)
    };
    static const uint16_t byte[] = {
        0x2201, // movs r2, #1
        0x784B, // ldrb r3, [r1, #1]
        0x2202, // movs r2, #2
        0xE7FE, // b .
    };
    const struct {
        const uint16_t *code;
        uint32_t size;
        bool faults;
    } cases[] = {{word, sizeof word, true}, {half, sizeof half, true}, {byte, sizeof byte, false}};
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++)
        for (unsigned on = 0; on < 2; on++) {
            struct rig *r = rig_new();
            rig_put(r, CODE, cases[i].code, cases[i].size);
            rig_start(r);
            set_scs(r, 0xD24, 7 << 16);
            set_scs(r, 0xD14, CCR_STKALIGN | (on ? CCR_UNALIGN_TRP : 0));
            cpu(r)->r[1] = RAM;
            rig_run(r);
            if (on && cases[i].faults) {
                g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_UNALIGNED);
                g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FAULT);
                g_assert_cmphex(rig_frame(r, FRAME_R2), ==, 1);
                g_assert_cmphex(rig_word(r, RAM), ==, 0);
            } else {
                rig_expect_trace(r, "%s", "");
                g_assert_cmphex(cpu(r)->r[2], ==, 2);
            }
            rig_free(r);
        }

    /* set by the code itself, in the block before the access and after the block had run without it */
    static const uint16_t twice[] = {
        0xF8D1, 0x3001, // again: ldr r3, [r1, #1]
        0x6020,         // str r0, [r4]
        0xE7FB,         // b again
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, twice);
    rig_start(r);
    cpu(r)->r[0] = CCR_UNALIGN_TRP;
    cpu(r)->r[1] = RAM;
    cpu(r)->r[4] = SCS + 0xD14;
    rig_run(r);
    rig_expect_trace(r, "!UNALIGNED@08000400>hardfault +3");
    rig_free(r);
}

/* BKPT without a debugger: HardFault with HFSR.DEBUGEVT and DFSR.BKPT, at the instruction. */
static void breakpoint(void)
{
    enum { FAULT = (int)(CODE + 0x02) };
    static const uint16_t code[] = {
        0x2201, // movs r2, #1
        0xBEAB, // FAULT: bkpt #0xAB
        0x2202, // movs r2, #2
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    rig_run(r);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_HARD_FAULT);
    g_assert_cmphex(rig_scs(r, HFSR), ==, UINT32_C(1) << 31);
    g_assert_cmphex(rig_scs(r, SCB_DFSR), ==, 1 << 1);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FAULT);
    g_assert_cmphex(rig_frame(r, FRAME_R2), ==, 1);
    set_scs(r, 0xD2C, UINT32_C(1) << 31);
    set_scs(r, 0xD30, 1 << 1);
    g_assert_cmphex(rig_scs(r, HFSR), ==, 0);
    g_assert_cmphex(rig_scs(r, SCB_DFSR), ==, 0);
    rig_free(r);

    r = rig_new(); /* in the HardFault handler: lock-up */
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, code);
    rig_start(r);
    rig_run(r);
    g_assert_true(cpu(r)->locked_up);
    rig_free(r);
}

/* B1.5.14: disabled or not urgent enough: HardFault, FORCED; in HardFault or NMI: lock-up. */
static void escalation(void)
{
    enum { FAULT = (int)(CODE + 0x00) };
    static const uint16_t code[] = {
        0x680B, // FAULT: ldr r3, [r1]
        0xE7FE, // 1: b 1b
    };
    static const uint16_t masked[] = {
        0xB672, // cpsid i
        0x680B, // ldr r3, [r1]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    static const uint16_t svc_masked[] = {
        0xB672, // cpsid i
        0xDF00, // svc #0
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    rig_expect_trace(r, "!PRECISERR@08000400>hardfault +3");
    g_assert_cmphex(rig_scs(r, HFSR), ==, HFSR_FORCED);
    set_scs(r, 0xD2C, HFSR_FORCED);
    g_assert_cmphex(rig_scs(r, HFSR), ==, 0);
    rig_free(r);

    r = rig_new(); /* enabled: itself */
    RIG_CODE(r, CODE, code);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    rig_expect_trace(r, "!PRECISERR@08000400>busfault +5");
    g_assert_cmphex(rig_scs(r, HFSR), ==, 0);
    rig_free(r);

    r = rig_new(); /* PRIMASK raises to priority 0 */
    RIG_CODE(r, CODE, masked);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    rig_expect_trace(r, "!PRECISERR@08000402>hardfault +3");
    rig_free(r);

    r = rig_new();
    RIG_CODE(r, CODE, svc_masked);
    rig_start(r);
    rig_run(r);
    rig_expect_trace(r, "!none@08000404>hardfault +3");
    g_assert_cmphex(rig_scs(r, HFSR), ==, HFSR_FORCED);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, CODE + 4);
    rig_free(r);

    r = rig_new(); /* a fault inside a handler of the same priority */
    static const uint16_t svc[] = {
        0xDF00, // svc #0
        0xE7FE, // 1: b 1b
    };
    RIG_CODE(r, CODE, svc);
    RIG_CODE(r, FLASH + 0x900, code);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    rig_expect_trace(r, "+11 !PRECISERR@08000900>hardfault +3");
    rig_free(r);

    r = rig_new(); /* ... and of a lower one */
    RIG_CODE(r, CODE, svc);
    RIG_CODE(r, FLASH + 0x900, code);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    set_scs(r, 0xD1C, 0x10000000);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    rig_expect_trace(r, "+11 !PRECISERR@08000900>busfault +5");
    rig_free(r);

    r = rig_new(); /* vector table unreadable: VECTTBL */
    RIG_CODE(r, CODE, svc);
    rig_start(r);
    set_scs(r, 0xD08, NOTHING - 0x20 * 4); /* as far as SVC, nothing is there; lock-up since HardFault's is not either */
    rig_run(r);
    g_assert_true(cpu(r)->locked_up);
    g_assert_cmphex(rig_scs(r, HFSR), ==, HFSR_VECTTBL);
    set_scs(r, 0xD2C, HFSR_VECTTBL);
    g_assert_cmphex(rig_scs(r, HFSR), ==, 0);
    rig_free(r);

    r = rig_new(); /* the vectors of NMI and HardFault are the last words of RAM, that of SVC is missing */
    RIG_CODE(r, CODE, svc);
    rig_start(r);
    uint32_t vector = HANDLER | 1;
    rig_put(r, RAM + 0x1FF80 + 4 * EXC_HARD_FAULT, &vector, 4);
    set_scs(r, 0xD08, RAM + 0x1FF80);
    static const uint16_t irq[] = {
        0x6001, // str r1, [r0]
        0xE7FE, // 1: b 1b
    };
    RIG_CODE(r, CODE, irq);
    enable_irqs(r, 1 << 20);
    cpu(r)->r[0] = SCS + 0xF00;
    cpu(r)->r[1] = 20; /* exception 36: behind the end */
    rig_run(r);
    rig_expect_trace(r, "+3");
    g_assert_cmphex(rig_scs(r, HFSR), ==, HFSR_VECTTBL);
    rig_free(r);
}

/* Lock-up: nothing executes, time goes on, the machine is dead when nothing can come; a reset ends it, and so does NMI. */
static void lock_up(void)
{
    static const uint16_t code[] = {
        0xDE00, // udf #0
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, code);
    rig_start(r);
    g_assert_cmpint(machine_run(r->m, TICKS_NEVER), ==, RUN_DEAD);
    g_assert_true(cpu(r)->locked_up);
    uint64_t n = machine_instructions(r->m);
    g_assert_cmpint(rig_run(r), ==, RUN_DEAD);
    g_assert_cmpuint(machine_instructions(r->m), ==, n);
    enum { END = (int)(CODE + 0x00) };
    static const uint16_t good[] = {
        0xE7FE, // END: b END
        0xBF00, // (padding)
    };
    RIG_CODE(r, CODE, good);
    machine_request_reset(r->m, RESET_SYSTEM, "pin");
    rig_run(r);
    g_assert_false(cpu(r)->locked_up);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    g_assert_cmphex(cpu(r)->msp, ==, STACK);
    rig_free(r);

    r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, HANDLER, code);
    enum { NMI = (int)(FLASH + 0x900 + 0x00) };
    static const uint16_t nmi[] = {
        0xE7FE, // NMI: b NMI
        0xBF00, // (padding)
    };
    RIG_CODE(r, FLASH + 0x900, nmi);
    rig_vector(r, EXC_NMI, FLASH + 0x900);
    rig_start(r);
    rig_run(r);
    g_assert_true(cpu(r)->locked_up);
    set_scs(r, 0xD04, UINT32_C(1) << 31);
    rig_run(r);
    g_assert_cmphex(cpu(r)->pc, ==, NMI);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_NMI);
    rig_free(r);
}

/* CCR.BFHFNMIGN: a handler at priority -1 or -2 ignores data bus faults. */
static void ignored_bus_fault(void)
{
    static const uint16_t code[] = {
        0xDE00, // udf #0
        0xBF00, // (padding)
    };
    enum { END = (int)(HANDLER + 0x1C) };
    static const uint16_t handler[] = {
        0x6048,         // str r0, [r1, #4]
        0x2401,         // movs r4, #1
        0xF851, 0x3B04, // ldr r3, [r1], #4
        0x2402,         // movs r4, #2
        0x6028,         // str r0, [r5, #0]
        0xE9D1, 0x6700, // ldrd r6, r7, [r1]
        0x2403,         // movs r4, #3
        0xBF18,         // it ne
        0x6008,         // strne r0, [r1]
        0xBF1C,         // itt ne
        0x682E,         // ldrne r6, [r5]
        0x2404,         // movne r4, #4
        0xE7FE,         // END: b END
        0xBF00,         // (padding)
    };
    for (unsigned ignore = 0; ignore < 2; ignore++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, code);
        RIG_CODE(r, HANDLER, handler);
        rig_start(r);
        set_scs(r, 0xD14, CCR_STKALIGN | (ignore ? CCR_BFHFNMIGN : 0));
        cpu(r)->r[1] = NOTHING;
        cpu(r)->r[4] = 0;
        cpu(r)->r[5] = BENCH + BENCH_ERROR;
        rig_run(r);
        g_assert_cmpint(cpu(r)->locked_up, ==, !ignore);
        g_assert_cmphex(cpu(r)->r[4], ==, ignore ? 4 : 0);
        g_assert_cmphex(cpu(r)->pc, ==, ignore ? (uint32_t)END : HANDLER);
        g_assert_cmphex(rig_scs(r, CFSR) & CFSR_PRECISERR, ==, CFSR_PRECISERR);
        if (ignore)
            g_assert_cmphex(cpu(r)->r[1], ==, NOTHING + 4);
        rig_free(r);
    }
    /* not for handlers of a lower priority */
    static const uint16_t svc[] = {
        0xDF00, // svc #0
        0xBF00, // (padding)
    };
    static const uint16_t loads[] = {
        0x680B, // ldr r3, [r1]
        0xE7FE, // 1: b 1b
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, svc);
    RIG_CODE(r, FLASH + 0x900, loads);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD14, CCR_STKALIGN | CCR_BFHFNMIGN);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_HARD_FAULT);
    rig_free(r);
}

/* A stack that cannot be written: STKERR, and BusFault or HardFault instead of or behind the exception (B1.5.11). */
static void stack_fault(void)
{
    static const uint16_t code[] = {
        0xDF00, // svc #0
        0xE7FE, // 1: b 1b
    };
    struct rig *r = rig_new(); /* BusFault disabled: HardFault, then SVCall is still pending below it */
    RIG_CODE(r, CODE, code);
    rig_start(r);
    cpu(r)->msp = NOTHING + 0x100;
    rig_run(r);
    rig_expect_trace(r, "+3");
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_STKERR);
    g_assert_cmphex(rig_scs(r, HFSR), ==, HFSR_FORCED);
    g_assert_cmphex(cpu(r)->msp, ==, NOTHING + 0x100 - 0x20);
    g_assert_true(nvic_is_pending(machine_device(r->m, "NVIC"), EXC_SVC));
    rig_free(r);

    r = rig_new(); /* BusFault more urgent than SVC: first, then SVC chained */
    RIG_CODE(r, CODE, code);
    put_noting_handler(r, EXC_BUS_FAULT, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    set_scs(r, 0xD1C, 0x10000000);
    cpu(r)->msp = NOTHING + 0x100;
    cpu(r)->r[10] = 0;
    rig_run(r);
    rig_expect_trace(r, "+5 +11");
    rig_free(r);

    r = rig_new(); /* unstacking: UNSTKERR */
    static const uint16_t moves_sp[] = {
        0x468D, // mov sp, r1
        0x4770, // bx lr
    };
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, moves_sp);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    cpu(r)->r[1] = NOTHING;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_UNSTKERR);
    g_assert_cmphex(cpu(r)->xpsr & 0x1FF, ==, EXC_BUS_FAULT);
    g_assert_cmphex(cpu(r)->lr, ==, 0xFFFFFFF9);
    g_assert_cmphex(cpu(r)->msp, ==, NOTHING);
    rig_free(r);
}

/* WFI ends by an exception that would be taken if PRIMASK were 0; with PRIMASK it goes on behind WFI (B1.5.19). */
static void wait_for_interrupt(void)
{
    enum { SLEEP = (int)(CODE + 0x02), AFTER = (int)(CODE + 0x04), END = (int)(CODE + 0x16) };
    static const uint16_t code[] = {
        0x6081, // str r1, [r0, #8]
        0xBF30, // SLEEP: wfi
        0x68C5, // AFTER: ldr r5, [r0, #12]
        0x6002, // str r2, [r0]
        0xB672, // cpsid i
        0x6081, // str r1, [r0, #8]
        0xBF30, // wfi
        0x2701, // movs r7, #1
        0x68C6, // ldr r6, [r0, #12]
        0xB662, // cpsie i
        0x2702, // movs r7, #2
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x68C4,         // ldr r4, [r0, #12]
        0x46B8,         // mov r8, r7
        0xF8DD, 0x9018, // ldr r9, [sp, #24]
        0x2300,         // movs r3, #0
        0x469B,         // mov r11, r3
        0x6203,         // str r3, [r0, #0x20]
        0x6A43,         // ldr r3, [r0, #0x24]
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_IRQ0 + 7, FLASH + 0x900);
    rig_start(r);
    enable_irqs(r, 0x80);
    /* BENCH_RAISE drives line 7 as well, so writing 0 there lowers it; the first interrupt repeats until then */
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1000;
    cpu(r)->r[2] = 0;
    cpu(r)->r[7] = 0;
    g_assert_cmpint(machine_run(r->m, 500 * CYCLE), ==, RUN_TIME);
    g_assert_true(cpu(r)->sleeping);
    g_assert_cmphex(cpu(r)->pc, ==, AFTER);
    g_assert_cmpuint(machine_now(r->m), ==, 500 * CYCLE);
    g_assert_cmpuint(machine_instructions(r->m), ==, 2);
    g_assert_cmpint(machine_run(r->m, 1001 * CYCLE), ==, RUN_TIME);
    g_assert_false(cpu(r)->sleeping);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, AFTER);
    rig_free(r);

    enum { WAIT = (int)(CODE + 0x0E) };
    static const uint16_t masked[] = {
        0xB672,         // cpsid i
        0x6081,         // str r1, [r0, #8]
        0xBF30,         // wfi
        0x68C6,         // ldr r6, [r0, #12]
        0x2701,         // movs r7, #1
        0xF3EF, 0x8510, // mrs r5, primask
        0xE7FE,         // WAIT: b WAIT
    };
    r = rig_new();
    RIG_CODE(r, CODE, masked);
    rig_start(r);
    enable_irqs(r, 0x80);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1000;
    rig_run(r);
    rig_expect_trace(r, "%s", "");
    g_assert_cmphex(cpu(r)->pc, ==, WAIT);
    g_assert_cmphex(cpu(r)->r[5], ==, 1);
    g_assert_cmphex(cpu(r)->r[6], ==, 1001 * CYCLE); /* due at the end of the store's cycle 1 + 1000 */
    rig_free(r);

    /* BASEPRI is not lifted: an interrupt that it masks does not wake */
    static const uint16_t basepri[] = {
        0xF382, 0x8811, // msr basepri, r2
        0x6081,         // str r1, [r0, #8]
        0xBF30,         // wfi
        0x2701,         // movs r7, #1
        0xE7FE,         // 1: b 1b
    };
    r = rig_new();
    RIG_CODE(r, CODE, basepri);
    rig_start(r);
    enable_irqs(r, 0x80);
    set_priority(r, 7, 0x80);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1000;
    cpu(r)->r[2] = 0x80;
    cpu(r)->r[7] = 0;
    g_assert_cmpint(machine_run(r->m, TICKS_NEVER), ==, RUN_DEAD);
    g_assert_true(cpu(r)->sleeping);
    g_assert_cmphex(cpu(r)->r[7], ==, 0);
    rig_free(r);

    /* an interrupt that is pending already: WFI does not sleep at all */
    static const uint16_t pending[] = {
        0xB672, // cpsid i
        0x6001, // str r1, [r0]
        0xBF30, // wfi
        0x68C6, // ldr r6, [r0, #12]
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    r = rig_new();
    RIG_CODE(r, CODE, pending);
    rig_start(r);
    enable_irqs(r, 1);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1;
    rig_run(r);
    g_assert_cmphex(cpu(r)->r[6], ==, 3 * CYCLE);
    rig_free(r);
}

/* Asleep for ever: dead. */
static void dead(void)
{
    static const uint16_t wfi[] = {
        0xBF30, // wfi
        0xE7FE, // 1: b 1b
    };
    static const uint16_t wfe[] = {
        0xBF20, // wfe
        0xE7FE, // 1: b 1b
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, wfi);
    rig_start(r);
    g_assert_cmpint(machine_run(r->m, TICKS_NEVER), ==, RUN_DEAD);
    g_assert_cmpint(machine_run(r->m, TICKS_PER_MS), ==, RUN_DEAD);
    g_assert_cmpuint(machine_now(r->m), ==, TICKS_PER_MS);
    rig_free(r);
    r = rig_new();
    RIG_CODE(r, CODE, wfe);
    rig_start(r);
    g_assert_cmpint(machine_run(r->m, TICKS_NEVER), ==, RUN_DEAD);
    rig_free(r);
}

/* WFE and SEV: the event register (B1.5.18). */
static void wait_for_event(void)
{
    static const uint16_t code[] = {
        0xBF40,         // sev
        0xBF20,         // wfe
        0x2701,         // movs r7, #1
        0xDF00,         // svc #0
        0xBF20,         // wfe
        0x2702,         // movs r7, #2
        0xBF10,         // yield
        0x2703,         // movs r7, #3
        0xF3AF, 0x8004, // sev.w
        0xF3AF, 0x8002, // wfe.w
        0x2704,         // movs r7, #4
        0xF3AF, 0x8000, // nop.w
        0xF3AF, 0x8001, // yield.w
        0x2705,         // movs r7, #5
        0xBF20,         // wfe
        0x2706,         // movs r7, #6
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    put_noting_handler(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    /* SEV; entry to and return from an exception set the register too; the last WFE sleeps */
    g_assert_cmpint(machine_run(r->m, TICKS_NEVER), ==, RUN_DEAD);
    g_assert_cmphex(cpu(r)->r[7], ==, 5);
    rig_free(r);
}

/* SCR.SEVONPEND: any interrupt that becomes pending, enabled or not, wakes WFE; without it only one that can be taken does. */
static void sev_on_pend(void)
{
    static const uint16_t code[] = {
        0xB672, // cpsid i
        0x6081, // str r1, [r0, #8]
        0xBF20, // wfe
        0x2701, // movs r7, #1
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    for (unsigned on = 0; on < 2; on++)
        for (unsigned enabled = 0; enabled < 2; enabled++) {
            struct rig *r = rig_new();
            RIG_CODE(r, CODE, code);
            rig_start(r);
            set_scs(r, 0xD10, on ? SCR_SEVONPEND : 0);
            enable_irqs(r, enabled ? 0x80 : 0);
            cpu(r)->r[0] = BENCH;
            cpu(r)->r[1] = 100;
            cpu(r)->r[7] = 0;
            rig_run(r);
            g_assert_cmphex(cpu(r)->r[7], ==, on); /* PRIMASK holds it back, so that without SEVONPEND nothing wakes it */
            rig_free(r);
        }
    enum { END = (int)(CODE + 0x06) };
    static const uint16_t unmasked[] = {
        0x6081, // str r1, [r0, #8]
        0xBF20, // wfe
        0x2701, // movs r7, #1
        0xE7FE, // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, unmasked);
    rig_start(r);
    enable_irqs(r, 0x80);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 100;
    rig_run(r);
    rig_expect_trace(r, "+23");
    rig_free(r);
}

/* SCR.SLEEPONEXIT: asleep as soon as no exception is active. */
static void sleep_on_exit(void)
{
    enum { AFTER = (int)(CODE + 0x04), END = (int)(CODE + 0x06) };
    static const uint16_t code[] = {
        0x6081, // str r1, [r0, #8]
        0xBF20, // wfe
        0x2701, // AFTER: movs r7, #1
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x3601, // adds r6, #1
        0x2E03, // cmp r6, #3
        0xBF08, // it eq
        0x6023, // streq r3, [r4]
        0x6003, // str r3, [r0]
        0x2E03, // cmp r6, #3
        0xBF18, // it ne
        0x6081, // strne r1, [r0, #8]
        0x4770, // bx lr
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_IRQ0 + 7, FLASH + 0x900);
    rig_start(r);
    enable_irqs(r, 0x80);
    set_scs(r, 0xD10, SCR_SLEEPONEXIT);
    cpu(r)->r[0] = BENCH;
    cpu(r)->r[1] = 1000;
    cpu(r)->r[3] = 0;
    cpu(r)->r[4] = SCS + 0xD10;
    cpu(r)->r[6] = 0;
    cpu(r)->r[7] = 0;
    machine_run(r->m, 1500 * CYCLE);
    g_assert_true(cpu(r)->sleeping);
    g_assert_cmphex(cpu(r)->r[6], ==, 1);
    g_assert_cmphex(cpu(r)->r[7], ==, 0);
    g_assert_cmphex(cpu(r)->pc, ==, AFTER);
    machine_run(r->m, 2500 * CYCLE);
    g_assert_true(cpu(r)->sleeping);
    g_assert_cmphex(cpu(r)->r[6], ==, 2);
    rig_run(r); /* the third handler clears SLEEPONEXIT */
    g_assert_cmphex(cpu(r)->r[6], ==, 3);
    g_assert_cmphex(cpu(r)->r[7], ==, 1);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_expect_trace(r, "+23 -23 +23 -23 +23 -23");
    rig_free(r);
}

/* SCR.SLEEPDEEP: the line "deepsleep" is 1 exactly while the core sleeps. */
static void deepsleep(void)
{
    static const uint16_t code[] = {
        0x6081, // str r1, [r0, #8]
        0xBF30, // wfi
        0xE7FE, // 1: b 1b
        0xBF00, // (padding)
    };
    for (unsigned deep = 0; deep < 2; deep++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, code);
        rig_start(r);
        enable_irqs(r, 0x80);
        set_scs(r, 0xD10, deep ? SCR_SLEEPDEEP : 0);
        cpu(r)->r[0] = BENCH;
        cpu(r)->r[1] = 1000;
        g_assert_cmpuint(probe_level(r->m, 0), ==, 0);
        machine_run(r->m, 500 * CYCLE);
        g_assert_cmpuint(probe_level(r->m, 0), ==, deep);
        machine_run(r->m, 1500 * CYCLE);
        g_assert_cmpuint(probe_level(r->m, 0), ==, 0);
        g_assert_cmpuint(probe_rises(r->m, 0), ==, deep);
        rig_expect_trace(r, "+23");
        rig_free(r);
    }
}

/* CONTROL.nPRIV in thread mode: special registers and the system space are closed (B5.2.3, B3.1). */
static void unprivileged(void)
{
    enum { AFTER = (int)(CODE + 0x44), FAULT = (int)(CODE + 0x48) };
    static const uint16_t code[] = {
        0xB672,         // cpsid i
        0xB662,         // cpsie i
        0x2301,         // movs r3, #1
        0xF383, 0x8814, // msr control, r3
        0xF3BF, 0x8F6F, // isb
        0xB672,         // cpsid i
        0xB671,         // cpsid f
        0xF383, 0x8810, // msr primask, r3
        0xF382, 0x8811, // msr basepri, r2
        0xF383, 0x8813, // msr faultmask, r3
        0xF382, 0x8808, // msr msp, r2
        0xF382, 0x8809, // msr psp, r2
        0x2300,         // movs r3, #0
        0xF383, 0x8814, // msr control, r3
        0xF3EF, 0x8414, // mrs r4, control
        0xF3EF, 0x8508, // mrs r5, msp
        0xF3EF, 0x8610, // mrs r6, primask
        0x2700,         // movs r7, #0
        0xF388, 0x8800, // msr apsr_nzcvq, r8
        0xF3EF, 0x8900, // mrs r9, apsr
        0xDF00,         // svc #0
        0xF3EF, 0x8A11, // AFTER: mrs r10, basepri
        0xF8DC, 0xB000, // FAULT: ldr r11, [r12]
        0xE7FE,         // 1: b 1b
        0xBF00,         // (padding)
    };
    static const uint16_t handler[] = {
        0xF3EF, 0x8310, // mrs r3, primask
        0xF3EF, 0x8213, // mrs r2, faultmask
        0xEB03, 0x1302, // add r3, r3, r2, lsl #4
        0xF3EF, 0x8211, // mrs r2, basepri
        0xEB03, 0x2302, // add r3, r3, r2, lsl #8
        0xF3EF, 0x8205, // mrs r2, ipsr
        0xEB03, 0x4302, // add r3, r3, r2, lsl #16
        0x461F,         // mov r7, r3
        0xF8DC, 0x3000, // ldr r3, [r12]
        0x469A,         // mov r10, r3
        0x4770,         // bx lr
        0xBF00,         // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 7 << 16);
    cpu(r)->r[2] = 0x50;
    cpu(r)->r[8] = 0xF8000000;
    cpu(r)->r[12] = SCS + 0xD00;
    rig_run(r);
    rig_expect_trace(r, "+11 -11 !PRECISERR@%08X>busfault +5", FAULT);
    struct cpu_state *c = cpu(r);
    g_assert_cmphex(c->r[4], ==, 1); /* CONTROL may be read */
    g_assert_cmphex(c->r[5], ==, 0);
    g_assert_cmphex(c->r[6], ==, 0);
    g_assert_cmphex(c->r[7], ==, EXC_SVC << 16); /* nothing was masked; the handler is privileged */
    g_assert_cmphex(c->r[9], ==, 0xF8000000);
    g_assert_cmphex(c->r[10], ==, 0);
    g_assert_cmphex(rig_frame(r, FRAME_PC), ==, FAULT);
    g_assert_cmphex(rig_scs(r, SCB_BFAR), ==, SCS + 0xD00);
    g_assert_cmphex(c->msp, ==, STACK - 0x20);
    rig_free(r);

    /* STIR is closed as well, unless CCR.USERSETMPEND */
    static const uint16_t trigger[] = {
        0x2301,         // movs r3, #1
        0xF383, 0x8814, // msr control, r3
        0xF3BF, 0x8F6F, // isb
        0x6001,         // str r1, [r0]
        0x461F,         // mov r7, r3
        0xE7FE,         // 1: b 1b
    };
    for (unsigned allowed = 0; allowed < 2; allowed++) {
        r = rig_new();
        RIG_CODE(r, CODE, trigger);
        put_noting_handler(r, EXC_IRQ0 + 5, FLASH + 0x900);
        rig_start(r);
        set_scs(r, 0xD24, 7 << 16);
        set_scs(r, 0xD14, CCR_STKALIGN | (allowed ? CCR_USERSETMPEND : 0));
        enable_irqs(r, 1 << 5);
        cpu(r)->r[0] = SCS + 0xF00;
        cpu(r)->r[1] = 5;
        rig_run(r);
        rig_expect_trace(r, "%s", allowed ? "+21 -21" : "!PRECISERR@0800040A>busfault +5");
        rig_free(r);
    }
}

/* The ITSTATE of an interrupted IT block is in the frame, and the block goes on after the return. */
static void stacked_itstate(void)
{
    enum { SVC = (int)(CODE + 0x06), FAULT = (int)(CODE + 0x08), END = (int)(CODE + 0x0E) };
    static const uint16_t code[] = {
        0x4292, // cmp r2, r2
        0xBF0B, // itete eq
        0x2401, // moveq r4, #1
        0x2463, // SVC: movne r4, #99
        0x680B, // FAULT: ldreq r3, [r1]
        0x2462, // movne r4, #98
        0x3401, // adds r4, #1
        0xE7FE, // END: b END
    };
    static const uint16_t handler[] = {
        0x9D07, // ldr r5, [sp, #28]
        0x462E, // mov r6, r5
        0x9D06, // ldr r5, [sp, #24]
        0x462F, // mov r7, r5
        0x4641, // mov r1, r8
        0x9101, // str r1, [sp, #4]
        0x4770, // bx lr
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, FLASH + 0x900, handler);
    rig_vector(r, EXC_BUS_FAULT, FLASH + 0x900);
    rig_start(r);
    set_scs(r, 0xD24, 1 << 17);
    uint32_t word = 0x5555;
    rig_put(r, RAM, &word, 4);
    cpu(r)->r[1] = NOTHING;
    cpu(r)->r[8] = RAM;
    rig_run(r);
    rig_expect_trace(r, "!PRECISERR@08000408>busfault +5 -5");
    g_assert_cmphex(cpu(r)->r[7], ==, FAULT);
    /* ITETE EQ: firstcond 0000, mask 1011; two instructions on: cond 000, 0 11 00 */
    g_assert_cmphex(cpu(r)->r[6] & 0x0600FC00, ==, (0x0C >> 2) << 10);
    g_assert_cmphex(cpu(r)->r[3], ==, 0x5555);
    g_assert_cmphex(cpu(r)->r[4], ==, 2);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* SVC in an IT block: executed or not by its condition, returns into the block. */
static void svc_in_it(void)
{
    enum { END = (int)(CODE + 0x0E) };
    static const uint16_t code[] = {
        0x4292, // cmp r2, r2
        0xBF0C, // ite eq
        0xDF01, // svceq #1
        0x2463, // movne r4, #99
        0xBF14, // ite ne
        0xDF02, // svcne #2
        0x2501, // moveq r5, #1
        0xE7FE, // END: b END
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    put_noting_handler(r, EXC_SVC, FLASH + 0x900);
    rig_start(r);
    cpu(r)->r[4] = 4;
    cpu(r)->r[5] = 0;
    rig_run(r);
    rig_expect_trace(r, "+11 -11");
    g_assert_cmphex(cpu(r)->r[4], ==, 4);
    g_assert_cmphex(cpu(r)->r[5], ==, 1);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* YIELD, WFE and WFI in an IT block: by their condition, and the block goes on behind them. */
static void hint_in_it(void)
{
    enum { END = (int)(CODE + 0x28) };
    static const uint16_t code[] = {
        0x4280, // cmp r0, r0
        0xBF05, // ittet eq
        0xBF10, // yieldeq
        0x3401, // addeq r4, #1
        0xBF20, // wfene
        0x3402, // addeq r4, #2
        0xBF40, // sev
        0x4280, // cmp r0, r0
        0xBF0B, // itete eq
        0xBF20, // wfeeq
        0x3410, // addne r4, #16
        0x3404, // addeq r4, #4
        0xBF30, // wfine
        0xB672, // cpsid i
        0x6091, // str r1, [r2, #8]
        0x4280, // cmp r0, r0
        0xBF0C, // ite eq
        0xBF30, // wfieq
        0x3410, // addne r4, #16
        0x3408, // adds r4, #8
        0xE7FE, // END: b END
        0xBF00, // (padding)
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    rig_start(r);
    enable_irqs(r, 0x80);
    cpu(r)->r[1] = 100;
    cpu(r)->r[2] = BENCH;
    cpu(r)->r[4] = 0;
    rig_run(r);
    g_assert_cmphex(cpu(r)->r[4], ==, 15);
    g_assert_cmphex(cpu(r)->pc, ==, END);
    rig_free(r);
}

/* FAULTMASK lifts its own priority to -1 and can be cleared all the same: by MSR in a handler above code that is unprivileged.
 */
static void faultmask_cleared(void)
{
    static const uint16_t code[] = {
        0x2001,         // movs r0, #1
        0xF380, 0x8814, // msr control, r0
        0xF3BF, 0x8F6F, // isb
        0xDF00,         // svc 0
        0xE7FE,         // b .
    };
    static const uint16_t handler[] = {
        0x2101,         // movs r1, #1
        0xF381, 0x8813, // msr faultmask, r1
        0xF3EF, 0x8513, // mrs r5, faultmask
        0x2100,         // movs r1, #0
        0xF381, 0x8813, // msr faultmask, r1
        0xF3EF, 0x8613, // mrs r6, faultmask
        0xE7FE,         // b .
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, CODE + 0x100, handler);
    rig_vector(r, EXC_SVC, CODE + 0x100);
    rig_start(r);
    cpu(r)->r[6] = 9;
    rig_run(r);
    g_assert_cmphex(cpu(r)->r[5], ==, 1);
    g_assert_cmphex(cpu(r)->r[6], ==, 0);
    g_assert_cmphex(cpu(r)->faultmask, ==, 0);
    rig_free(r);
}

/* LDM, STM, LDRD and STRD fault at an address that is no multiple of 4, whatever CCR.UNALIGN_TRP says (A3.2.1): with the base
   as the block finds it, and as the block makes it. */
static void unaligned_words(void)
{
    static const struct {
        uint16_t code[6];
        uint32_t r1, at;
    } cases[] = {
        {{0xE9D1, 0x2300, 0xE7FE}, RAM + 1, 0},         /* ldrd r2, r3, [r1] */
        {{0xE9C1, 0x2300, 0xE7FE}, RAM + 2, 0},         /* strd r2, r3, [r1] */
        {{0xC90C, 0xE7FE}, RAM + 3, 0},                 /* ldmia r1!, {r2, r3} */
        {{0x3101, 0xC10C, 0xE7FE}, RAM, 2},             /* adds r1, #1; stmia r1!, {r2, r3} */
        {{0x4401, 0xE9D1, 0x2300, 0xE7FE}, RAM, 2},     /* add r1, r0; ldrd r2, r3, [r1] */
        {{0x3104, 0xE9D1, 0x2300, 0xE7FE}, RAM + 1, 2}, /* adds r1, #4; ldrd r2, r3, [r1] */
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct rig *r = rig_new();
        RIG_CODE(r, CODE, cases[i].code);
        rig_start(r);
        set_scs(r, 0xD24, 7 << 16);
        cpu(r)->r[0] = 2;
        cpu(r)->r[1] = cases[i].r1;
        rig_run(r);
        g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_UNALIGNED);
        g_assert_cmphex(rig_frame(r, FRAME_PC), ==, CODE + cases[i].at);
        rig_free(r);
    }
    /* aligned ones work */
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, cases[4].code);
    rig_start(r);
    cpu(r)->r[0] = 4;
    cpu(r)->r[1] = RAM;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, 0);
    rig_free(r);
}

/* EXC_RETURN with bit 0 clear is an exception return all the same, and an illegal one. */
static void even_return(void)
{
    static const uint16_t code[] = {
        0xDF00, // svc 0
        0xE7FE, // b .
    };
    static const uint16_t handler[] = {
        0x3801, // subs r0, #1
        0x4700, // bx r0
    };
    struct rig *r = rig_new();
    RIG_CODE(r, CODE, code);
    RIG_CODE(r, CODE + 0x100, handler);
    rig_vector(r, EXC_SVC, CODE + 0x100);
    rig_start(r);
    set_scs(r, 0xD24, 7 << 16);
    cpu(r)->r[0] = 0xFFFFFFF9;
    rig_run(r);
    g_assert_cmphex(rig_scs(r, CFSR), ==, CFSR_INVPC);
    rig_free(r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/exceptions/entry", entry);
    g_test_add_func("/exceptions/return-ways", return_ways);
    g_test_add_func("/exceptions/process-stack", process_stack);
    g_test_add_func("/exceptions/vector-table", vector_table);
    g_test_add_func("/exceptions/nesting", nesting);
    g_test_add_func("/exceptions/level", level);
    g_test_add_func("/exceptions/late-arrival", late_arrival);
    g_test_add_func("/exceptions/unmasking", unmasking);
    g_test_add_func("/exceptions/faultmask", faultmask);
    g_test_add_func("/exceptions/return-checks", return_checks);
    g_test_add_func("/exceptions/stack-alignment", stack_alignment);
    g_test_add_func("/exceptions/bus-fault", bus_fault);
    g_test_add_func("/exceptions/device-fault", device_fault);
    g_test_add_func("/exceptions/bad-fetch", bad_fetch);
    g_test_add_func("/exceptions/end-of-memory", end_of_memory);
    g_test_add_func("/exceptions/undefined", undefined);
    g_test_add_func("/exceptions/divide-by-zero", divide_by_zero);
    g_test_add_func("/exceptions/faultmask-cleared", faultmask_cleared);
    g_test_add_func("/exceptions/unaligned-words", unaligned_words);
    g_test_add_func("/exceptions/even-return", even_return);
    g_test_add_func("/exceptions/unalign-trap", unalign_trap);
    g_test_add_func("/exceptions/breakpoint", breakpoint);
    g_test_add_func("/exceptions/escalation", escalation);
    g_test_add_func("/exceptions/lock-up", lock_up);
    g_test_add_func("/exceptions/ignored-bus-fault", ignored_bus_fault);
    g_test_add_func("/exceptions/stack-fault", stack_fault);
    g_test_add_func("/exceptions/wait-for-interrupt", wait_for_interrupt);
    g_test_add_func("/exceptions/dead", dead);
    g_test_add_func("/exceptions/wait-for-event", wait_for_event);
    g_test_add_func("/exceptions/sev-on-pend", sev_on_pend);
    g_test_add_func("/exceptions/sleep-on-exit", sleep_on_exit);
    g_test_add_func("/exceptions/deepsleep", deepsleep);
    g_test_add_func("/exceptions/unprivileged", unprivileged);
    g_test_add_func("/exceptions/stacked-itstate", stacked_itstate);
    g_test_add_func("/exceptions/svc-in-it", svc_in_it);
    g_test_add_func("/exceptions/hint-in-it", hint_in_it);
    return g_test_run();
}
