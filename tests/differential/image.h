/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the generator hands to the firmware: one image, put into flash behind the firmware. Shared by host and firmware.
 */
#ifndef DIFFERENTIAL_IMAGE_H
#define DIFFERENTIAL_IMAGE_H

#include <stdint.h>

enum {
    IMAGE_MAGIC = 0x4D334446,
    IMAGE_FLASH = 0x08000000,
    /* offsets in flash, or in its boot alias at 0 */
    IMAGE_OFFSET = 0x10000,
    IMAGE_FILLED = 0xF000, /* the firmware's bytes are the same on all machines up to here */
    IMAGE_END = 0x100000,
    /* Generated code ends with PUSH.W {r0-r12, lr} and a jump here; the firmware's linker script places it. */
    SEQUENCE_EXIT = 0x400,

    /* RAM that generated code works in; the firmware's own lies below. */
    STACK_WINDOW = 0x20008000, /* SP starts in the middle */
    STACK_WINDOW_SIZE = 0x200,
    STACK_START = STACK_WINDOW + STACK_WINDOW_SIZE / 2,
    DATA_WINDOW = 0x20008400,
    DATA_WINDOW_SIZE = 0x400,
    DATA_ALIAS = 0x22000000 + (DATA_WINDOW - 0x20000000) * 32, /* its bit-band alias */
    PROCESS_STACK = 0x20009800,                                /* of exception scenarios: initial PSP, grows down */
    CODE_RAM = 0x20010000,
    CODE_RAM_SIZE = 0x4000,

    NOTHING_HERE = 0x30000000, /* unmapped on both machines */
    NOTHING_HERE_EITHER = 0x60000000,
    NEVER_EXECUTABLE = 0x40000000,
};

struct image_header {
    uint32_t magic;
    uint32_t n_sequences;
    uint32_t iterations; /* of each sequence */
    uint32_t n_scenarios;
    uint32_t dump;  /* index of a sequence or scenario to report in full, 0xFFFFFFFF = none */
    uint32_t table; /* address of struct image_sequence[] or struct image_scenario[] */
};

struct image_sequence {
    uint32_t seed;
    uint32_t code;   /* where it lies in flash */
    uint32_t run_at; /* where it is to run: the same, its boot alias, or CODE_RAM */
    uint32_t size;
};

/* ---- exception scenarios ---- */

/* What a handler does on its first visits; the argument is a small number. */
enum action {
    ACTION_END,
    ACTION_PEND,            /* NVIC_ISPR, interrupt slot */
    ACTION_PEND_ALL,        /* the same word of NVIC_ISPR, all slots in it at once */
    ACTION_STIR,            /* interrupt slot */
    ACTION_UNPEND,          /* interrupt slot */
    ACTION_DISABLE,         /* interrupt slot */
    ACTION_ENABLE,          /* interrupt slot */
    ACTION_PRIORITY,        /* slot << 4 | priority's upper nibble */
    ACTION_ICSR,            /* bit 0 PENDSVSET, 1 PENDSTSET, 2 NMIPENDSET, 3 PENDSVCLR, 4 PENDSTCLR */
    ACTION_SYSTEM_PRIORITY, /* exception << 4 | upper nibble */
    ACTION_BASEPRI,         /* upper nibble */
    ACTION_BASEPRI_MAX,
    ACTION_PRIMASK,   /* 0 or 1 */
    ACTION_FAULTMASK, /* 0 or 1 */
    ACTION_SVC,
    ACTION_UDF,
    ACTION_DIVIDE, /* by zero, with DIV_0_TRP */
    ACTION_LOAD,   /* of NOTHING_HERE */
    ACTION_STORE,
    ACTION_UNALIGNED, /* LDRD */
    ACTION_COPROCESSOR,
    ACTION_BAD_RETURN,  /* return by an EXC_RETURN that is illegal here: its lowest four bits */
    ACTION_OTHER_STACK, /* thread mode goes on with the other stack pointer */
    ACTION_PRIGROUP,
    ACTION_FAULTS, /* SHCSR enables: bit 0 MemManage, 1 BusFault, 2 UsageFault */
};

enum {
    N_SLOTS = 6,             /* interrupts of a scenario */
    N_SCRIPTS = 9 + N_SLOTS, /* NMI, HardFault, MemManage, BusFault, UsageFault, SVC, PendSV, SysTick, -, interrupts */
    SCRIPT_LENGTH = 5,
    END_SVC = 0xFE, /* SVC number that ends a scenario */
};

struct image_action {
    uint8_t action, argument;
};

struct image_script {
    uint8_t visits; /* how many visits run it */
    uint8_t reserved;
    struct image_action actions[SCRIPT_LENGTH];
};

struct image_scenario {
    uint32_t seed;
    uint32_t code;
    uint8_t prigroup, ccr /* its lower half: USERSETMPEND, UNALIGN_TRP, DIV_0_TRP */, stack_align,
        faults /* as ACTION_FAULTS */;
    uint8_t control, stack_offset /* 0 or 4: thread's SP off 8-byte alignment */, enabled /* slots */, reserved;
    uint8_t irq[8];              /* number of each slot's interrupt */
    uint8_t irq_priority[8];     /* upper nibbles */
    uint8_t system_priority[16]; /* by exception number, 4 to 15 */
    struct image_script scripts[N_SCRIPTS];
};

#endif
