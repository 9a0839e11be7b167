/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "harness.h"

/* What a sequence finds in the core's registers, and leaves. */
struct registers {
    uint32_t r[13], lr, apsr, sp;
    uint32_t psp, primask, basepri, faultmask;
};

struct registers registers;
uint32_t saved_sp;
static uint32_t current;

void fill_windows(struct noise *n)
{
    for (uint32_t a = STACK_WINDOW; a < STACK_WINDOW + STACK_WINDOW_SIZE; a += 4)
        REGISTER(a) = noise_word(n);
    for (uint32_t a = DATA_WINDOW; a < DATA_WINDOW + DATA_WINDOW_SIZE; a += 4)
        REGISTER(a) = noise_word(n);
}

uint32_t fold_windows(uint32_t hash)
{
    for (uint32_t a = STACK_WINDOW; a < STACK_WINDOW + STACK_WINDOW_SIZE; a += 4)
        hash = fold(hash, REGISTER(a));
    for (uint32_t a = DATA_WINDOW; a < DATA_WINDOW + DATA_WINDOW_SIZE; a += 4)
        hash = fold(hash, REGISTER(a));
    return hash;
}

/* The words of the frame at sp are r0-r12 and the entry address; after the POP, SP is STACK_START. */
__attribute__((naked, noinline)) static void enter_sequence(uint32_t sp, uint32_t apsr, uint32_t lr)
{
    __asm__ volatile("push {r4-r11, lr}\n"
                     "ldr r3, =saved_sp\n"
                     "str sp, [r3]\n"
                     "mov lr, r2\n"
                     "msr apsr_nzcvq, r1\n"
                     "mov sp, r0\n"
                     "pop {r0-r12, pc}\n");
}

/* Instructions between two readings of the cycle counter, on photon-emu, run at one cycle an instruction. */
static uint32_t instructions;

static uint32_t counted_cycles(void)
{
    return on_photon() ? DWT_CYCCNT : 0;
}

/* Every sequence ends here, with r0-r12 and LR pushed. */
__attribute__((naked, section(".exit"), used)) void sequence_exit(void)
{
    __asm__ volatile("mrs r0, apsr\n"
                     "mov r1, sp\n"
                     "ldr r2, =registers\n"
                     "str r0, [r2, #56]\n"
                     "str r1, [r2, #60]\n"
                     "mrs r0, psp\n"
                     "str r0, [r2, #64]\n"
                     "mrs r0, primask\n"
                     "str r0, [r2, #68]\n"
                     "mrs r0, basepri\n"
                     "str r0, [r2, #72]\n"
                     "mrs r0, faultmask\n"
                     "str r0, [r2, #76]\n"
                     "ldr r2, =saved_sp\n"
                     "ldr sp, [r2]\n"
                     "pop {r4-r11, pc}\n");
}
_Static_assert(__builtin_offsetof(struct registers, apsr) == 56 && __builtin_offsetof(struct registers, faultmask) == 76,
               "sequence_exit knows these");

static void run_once(uint32_t entry)
{
    uint32_t *frame = (uint32_t *)STACK_START - 14;
    for (unsigned i = 0; i < 13; i++)
        frame[i] = registers.r[i];
    frame[13] = entry | 1;
    uint32_t start = counted_cycles();
    enter_sequence((uint32_t)frame, registers.apsr, registers.lr);
    instructions += counted_cycles() - start;
    frame = (uint32_t *)registers.sp;
    if (registers.sp != STACK_START - 14 * 4) {
        console_text("sequence ");
        console_decimal(current);
        console_text(" left SP at ");
        console_hex(registers.sp);
        console_text("\n");
        finish(1);
    }
    for (unsigned i = 0; i < 13; i++)
        registers.r[i] = frame[i];
    registers.lr = frame[13];
}

static void dump_registers(unsigned iteration)
{
    console_text("  iteration ");
    console_decimal(iteration);
    for (unsigned i = 0; i < 13; i++) {
        console_text(" r");
        console_decimal(i);
        console_char('=');
        console_hex(registers.r[i]);
    }
    console_text(" lr=");
    console_hex(registers.lr);
    console_text(" apsr=");
    console_hex(registers.apsr);
    console_text(" psp=");
    console_hex(registers.psp);
    console_text(" masks=");
    console_hex(registers.primask | registers.faultmask << 1 | registers.basepri << 8);
    console_text("\n");
}

static void dump_memory(uint32_t address, uint32_t size)
{
    for (uint32_t end = address + size; address < end; address += 32) {
        console_text("  ");
        console_hex(address);
        console_char(':');
        for (unsigned i = 0; i < 8; i++) {
            console_char(' ');
            console_hex(REGISTER(address + 4 * i));
        }
        console_text("\n");
    }
}

static void run_sequence(const struct image_sequence *s, bool dump)
{
    struct noise n = noise_from(s->seed);
    fill_windows(&n);
    for (unsigned i = 0; i < 13; i++)
        registers.r[i] = noise_word(&n);
    registers.lr = noise_word(&n);
    registers.apsr = noise_word(&n) & 0xF8000000;
    if (s->run_at == CODE_RAM) {
        const uint32_t *from = (const uint32_t *)s->code;
        for (uint32_t i = 0; i < (s->size + 3) / 4; i++)
            ((volatile uint32_t *)CODE_RAM)[i] = from[i];
        __asm__ volatile("dsb\n isb" ::: "memory");
    }
    uint32_t hash = 0x811C9DC5;
    for (unsigned iteration = 0; iteration < IMAGE->iterations; iteration++) {
        run_once(s->run_at);
        for (unsigned i = 0; i < sizeof registers / 4; i++)
            hash = fold(hash, ((const uint32_t *)&registers)[i]);
        if (dump)
            dump_registers(iteration);
        /* keep them from settling */
        for (unsigned i = 0; i < 13; i++)
            registers.r[i] ^= noise_word(&n);
        registers.apsr ^= noise_word(&n) & 0xF8000000;
    }
    __asm__ volatile("cpsie if\n msr basepri, %0" : : "r"(0) : "memory");
    hash = fold_windows(hash);
    if (dump) {
        dump_memory(STACK_WINDOW, STACK_WINDOW_SIZE);
        dump_memory(DATA_WINDOW, DATA_WINDOW_SIZE);
    }
    console_hex(hash);
    console_text("\n");
}

void HardFault_Handler(void)
{
    console_text("HardFault in ");
    console_decimal(current);
    console_text(", CFSR ");
    console_hex(SCB_CFSR);
    console_text(" BFAR ");
    console_hex(SCB_BFAR);
    console_text("\n");
    finish(1);
}

/* PUSH.W {r0-r12, lr}; LDR.W PC, [PC]; .word sequence_exit + 1 */
static const uint16_t nothing[]
    __attribute__((aligned(4))) = {0xE92D, 0x5FFF, 0xF8DF, 0xF000, SEQUENCE_EXIT + 1, HARNESS_BASE >> 16};

void run_sequences(void)
{
    const struct image_sequence *sequences = (const struct image_sequence *)IMAGE->table;
    for (current = 0; current < IMAGE->n_sequences; current++)
        run_sequence(&sequences[current], current == IMAGE->dump);
    if (on_photon()) {
        /* without what a sequence of nothing takes */
        uint32_t all = instructions;
        instructions = 0;
        run_once((uint32_t)nothing);
        console_text("# ");
        console_decimal(all - instructions * IMAGE->n_sequences * IMAGE->iterations);
        console_text(" instructions\n");
    }
}

int firmware_main(void)
{
    if (IMAGE->magic != IMAGE_MAGIC) {
        console_text("no image\n");
        return 1;
    }
    for (uint32_t a = STACK_WINDOW; a < CODE_RAM + CODE_RAM_SIZE + 0x1000; a += 4)
        REGISTER(a) = 0;
    if (on_photon()) {
        DEMCR |= 1 << 24;
        DWT_CYCCNT = 0;
        DWT_CTRL |= 1;
    }
    if (IMAGE->n_sequences != 0)
        run_sequences();
    run_scenarios();
    return 0;
}
