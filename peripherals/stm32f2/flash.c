/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flash memory interface (PM0059; RM0033 chapter 2.3 for the memory's place, data sheet for the times).
 *
 * Models: key sequences, sector and mass erase, programming at x8, x16 and x32 with all error flags, write protection, user
 * option bytes with their launch and persistence, read protection as far as code that runs from flash can notice it (going back
 * from level 1 to 0 erases everything, level 2 freezes the option bytes), interrupts, typical times of the data sheet, and what
 * an interrupted operation leaves behind. Leaves out: x64 programming, which needs an external Vpp that a Photon does not have
 * (every store is a parallelism error then; erasing at x64 is as fast as x32); wait states and caches (ACR is stored: the cost
 * of an instruction is constant here); the bus error of a wrong key (the register stays locked until the next reset, which is
 * what firmware can notice); the debugger's side of read protection; the brown-out level and the resets on entry to stop and
 * standby. Error flags do not block the next operation: PM0059 names no such rule. It is firmware that refuses to go on.
 *
 * While BSY is set, silicon makes an access to the memory or a write to CR wait. Code in flash stalls anyway; for code in RAM,
 * DMA and one store-multiple, requests wait in a queue here and run one after the other, which leaves the same contents at the
 * same time.
 *
 * Real firmware needs: nearly all of it; system 0.5.2 launches the option bytes five times at each start.
 */
#include "peripherals/stm32f2/flash.h"

#include <glib.h>

enum { ACR, KEYR, OPTKEYR, SR, CR, OPTCR };
enum { IN_OTP };
enum { OUT_IRQ, OUT_PG, OUT_WDG_HARDWARE, OUT_OPTION_LOW, OUT_OPTION_HIGH };
enum { TIMER_END };

#define KEY1    UINT32_C(0x45670123)
#define KEY2    UINT32_C(0xCDEF89AB)
#define OPTKEY1 UINT32_C(0x08192A3B)
#define OPTKEY2 UINT32_C(0x4C5D6E7F)

#define SR_EOP    BIT(0)
#define SR_OPERR  BIT(1)
#define SR_WRPERR BIT(4)
#define SR_PGAERR BIT(5)
#define SR_PGPERR BIT(6)
#define SR_PGSERR BIT(7)
#define SR_BSY    BIT(16)

#define CR_PG    BIT(0)
#define CR_SER   BIT(1)
#define CR_MER   BIT(2)
#define CR_STRT  BIT(16)
#define CR_EOPIE BIT(24)
#define CR_ERRIE BIT(25)
#define CR_LOCK  BIT(31)

#define OPTCR_OPTLOCK BIT(0)
#define OPTCR_OPTSTRT BIT(1)
#define OPTCR_WDG_SW  BIT(5)
#define OPTCR_OPTIONS UINT32_C(0x0FFFFFEC) /* the bits that the option bytes hold */
#define OPTIONS_RESET UINT32_C(0x0FFFAAEC) /* of a new chip */

#define ROW 16 /* bytes */

/* Typical times of the data sheet. */
#define PROGRAM_TIME (16 * TICKS_PER_US)
/* The data sheet has no figure for the option bytes: erasing and programming a few words. */
#define OPTION_TIME (20 * TICKS_PER_MS)

static const struct reg_field acr_fields[] = {
    {"LATENCY", 0, 3, RW, STORED, NULL}, {"PRFTEN", 8, 1, RW, STORED, NULL}, {"ICEN", 9, 1, RW, STORED, NULL},
    {"DCEN", 10, 1, RW, STORED, NULL},   {"ICRST", 11, 1, RW, STORED, NULL}, {"DCRST", 12, 1, RW, STORED, NULL},
};
static const struct reg_field keyr_fields[] = {{"KEY", 0, 32, WO, EFFECT, "/flash/key"}};
static const struct reg_field optkeyr_fields[] = {{"OPTKEY", 0, 32, WO, EFFECT, "/flash/option-key"}};
static const struct reg_field sr_fields[] = {
    {"EOP", 0, 1, W1C, EFFECT, "/flash/end-of-operation"},
    {"OPERR", 1, 1, W1C, EFFECT, "/flash/error-interrupt"},
    {"WRPERR", 4, 1, W1C, EFFECT, "/flash/write-protection"},
    {"PGAERR", 5, 1, W1C, EFFECT, "/flash/program-alignment"},
    {"PGPERR", 6, 1, W1C, EFFECT, "/flash/program-parallelism"},
    {"PGSERR", 7, 1, W1C, EFFECT, "/flash/program-sequence"},
    {"BSY", 16, 1, RO, EFFECT, "/flash/program"},
};
static const struct reg_field cr_fields[] = {
    {"PG", 0, 1, RW, EFFECT, "/flash/program"},
    {"SER", 1, 1, RW, EFFECT, "/flash/sector-erase"},
    {"MER", 2, 1, RW, EFFECT, "/flash/mass-erase"},
    {"SNB", 3, 4, RW, EFFECT, "/flash/sector-erase"},
    {"PSIZE", 8, 2, RW, EFFECT, "/flash/program-parallelism"},
    {"STRT", 16, 1, W1S, EFFECT, "/flash/sector-erase"},
    {"EOPIE", 24, 1, RW, EFFECT, "/flash/end-of-operation"},
    {"ERRIE", 25, 1, RW, EFFECT, "/flash/error-interrupt"},
    {"LOCK", 31, 1, W1S, EFFECT, "/flash/key"},
};
static const struct reg_field optcr_fields[] = {
    {"OPTLOCK", 0, 1, W1S, EFFECT, "/flash/option-key"},
    {"OPTSTRT", 1, 1, W1S, EFFECT, "/flash/option-bytes"},
    {"BOR_LEV", 2, 2, RW, STORED, NULL}, /* the supply is on or off here, it has no slope */
    {"WDG_SW", 5, 1, RW, EFFECT, "/flash/hardware-watchdog"},
    {"nRST_STOP", 6, 1, RW, UNMODELLED, NULL},
    {"nRST_STDBY", 7, 1, RW, UNMODELLED, NULL},
    {"RDP", 8, 8, RW, EFFECT, "/flash/read-protection"},
    {"nWRP", 16, 12, RW, EFFECT, "/flash/write-protection"},
};

static const struct reg registers[] = {
    [ACR] = {"ACR", 0x00, 0, FIELDS(acr_fields)},
    [KEYR] = {"KEYR", 0x04, 0, FIELDS(keyr_fields)},
    [OPTKEYR] = {"OPTKEYR", 0x08, 0, FIELDS(optkeyr_fields)},
    [SR] = {"SR", 0x0C, 0, FIELDS(sr_fields)},
    [CR] = {"CR", 0x10, CR_LOCK, FIELDS(cr_fields)},
    [OPTCR] = {"OPTCR", 0x14, OPTIONS_RESET | OPTCR_OPTLOCK, FIELDS(optcr_fields)},
};

enum operation_kind { OP_PROGRAM, OP_ERASE, OP_MASS_ERASE, OP_OPTION, OP_OTP };

struct operation {
    uint8_t kind;
    uint8_t sector; /* OP_ERASE */
    uint8_t size;   /* OP_PROGRAM, in bytes */
    uint32_t offset;
    uint32_t value; /* OP_PROGRAM, OP_OPTION */
    ticks_t duration;
};

/* A store-multiple makes 14 requests at most. */
enum { QUEUE = 16 };

enum key_state { KEY_NONE, KEY_FIRST, KEY_BLOCKED };

struct flash {
    struct stm32f2_flash_persistent persistent; /* no reset touches it */
    struct operation queue[QUEUE];              /* the first one is under way */
    unsigned queued;
    ticks_t began;
    uint8_t key, optkey; /* enum key_state */
};

static const char *const input_names[] = {"otp"};
static const char *const output_names[] = {"irq", "pg", "wdg_hardware", "option_low", "option_high"};

/* ---- sectors and times ---- */

#define KB(N) (UINT32_C(1024) * (N))

uint32_t stm32f2_flash_sector_size(unsigned sector)
{
    return sector < 4 ? KB(16) : sector == 4 ? KB(64) : KB(128);
}

uint32_t stm32f2_flash_sector_offset(unsigned sector)
{
    return sector <= 4 ? sector * KB(16) : (sector - 4) * KB(128);
}

static unsigned sector_of(uint32_t offset)
{
    return offset < KB(64) ? offset / KB(16) : offset < KB(128) ? 4 : 4 + offset / KB(128);
}

static unsigned parallelism(const struct device *dev)
{
    return (dev->regs[CR] >> 8) & 3;
}

static ticks_t erase_time(const struct device *dev, unsigned sector)
{
    static const uint16_t ms[3][4] = {{400, 300, 250, 250}, {1200, 700, 550, 550}, {2000, 1300, 1000, 1000}};
    return ms[sector < 4 ? 0 : sector == 4 ? 1 : 2][parallelism(dev)] * TICKS_PER_MS;
}

static ticks_t mass_erase_time(const struct device *dev)
{
    static const uint8_t seconds[4] = {16, 11, 8, 8};
    return seconds[parallelism(dev)] * TICKS_PER_SECOND;
}

/* ---- lines ---- */

static bool unlocked(const struct device *dev)
{
    return (dev->regs[CR] & CR_LOCK) == 0;
}

static void drive(struct device *dev)
{
    uint32_t sr = dev->regs[SR], cr = dev->regs[CR];
    device_set_level(dev, OUT_IRQ, ((sr & SR_EOP) && (cr & CR_EOPIE)) || ((sr & SR_OPERR) && (cr & CR_ERRIE)));
    device_set_level(dev, OUT_PG, (cr & CR_PG) && unlocked(dev) ? 1u << parallelism(dev) : 0);
}

/* The words that memory shows; bits that mean nothing read as erased ones. */
static void drive_options(struct device *dev)
{
    const struct flash *f = dev->state;
    uint32_t options = f->persistent.option_bytes;
    device_set_level(dev, OUT_OPTION_LOW, 0xFFFF0013 | (options & 0xFFEC));
    device_set_level(dev, OUT_OPTION_HIGH, 0xFFFFF000 | ((options >> 16) & 0xFFF));
}

static void fail(struct device *dev, uint32_t flags)
{
    dev->regs[SR] |= flags;
    if (dev->regs[CR] & CR_ERRIE)
        dev->regs[SR] |= SR_OPERR;
    drive(dev);
}

/* ---- operations ---- */

static void publish(struct device *dev, const struct operation *op, const char *phase, const char *left)
{
    struct machine *m = dev->machine;
    static const char *const names[] = {
        [OP_PROGRAM] = "program", [OP_ERASE] = "erase", [OP_MASS_ERASE] = "mass-erase", [OP_OPTION] = "option"};
    if (op->kind == OP_OTP)
        return; /* published where the store went */
    struct event_field fields[8] = {FIELD_STRING("op", names[op->kind]), FIELD_STRING("phase", phase)};
    size_t n = 2;
    if (op->kind == OP_ERASE)
        fields[n++] = FIELD_INT("sector", op->sector);
    if (op->kind == OP_ERASE || op->kind == OP_PROGRAM) {
        fields[n++] = FIELD_HEX("address", 0x08000000 + op->offset);
        fields[n++] = FIELD_INT("size", op->kind == OP_ERASE ? stm32f2_flash_sector_size(op->sector) : op->size);
    }
    if (op->kind == OP_PROGRAM || op->kind == OP_OPTION)
        fields[n++] = FIELD_HEX("value", op->value);
    if (left != NULL)
        fields[n++] = FIELD_STRING("left", left);
    machine_publish_fields(m, "flash", fields, n);
}

static void begin(struct device *dev)
{
    struct flash *f = dev->state;
    const struct operation *op = &f->queue[0];
    f->began = machine_now(dev->machine);
    if (machine_mutated(dev->machine, MUTATION_STALE_ERROR_HARMLESS))
        dev->regs[SR] &= ~(SR_OPERR | SR_WRPERR | SR_PGAERR | SR_PGPERR | SR_PGSERR);
    dev->regs[SR] |= SR_BSY;
    for (unsigned sector = 0; sector < FLASH_SECTORS; sector++)
        if (op->kind == OP_MASS_ERASE || (op->kind == OP_ERASE && op->sector == sector))
            f->persistent.erase_counts[sector]++;
    device_schedule(dev, TIMER_END, f->began + op->duration);
    machine_stall_flash(dev->machine, f->began + op->duration);
    publish(dev, op, "begin", NULL);
}

static void request(struct device *dev, struct operation op)
{
    struct flash *f = dev->state;
    if (f->queued == QUEUE) {
        machine_report(dev->machine, "limit", "flash: more requests wait for BSY than this model holds; one is dropped");
        fail(dev, SR_PGSERR);
        return;
    }
    f->queue[f->queued++] = op;
    if (f->queued == 1)
        begin(dev);
}

/* Words that the chance of fraction/65536 has already erased. */
static void mix_erased(struct device *dev, uint32_t offset, uint32_t size, uint32_t fraction)
{
    struct flash *f = dev->state;
    uint32_t words = size / 4;
    g_autofree uint32_t *mixed = g_memdup2(device_flash(dev) + offset, size);
    for (uint32_t i = 0; i < words; i++)
        if ((noise_next(&f->persistent.noise) & 0xFFFF) < fraction)
            mixed[i] = UINT32_MAX;
    device_flash_write(dev, offset, mixed, size);
}

static void program(struct device *dev, const struct operation *op, uint32_t cleared)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < op->size; i++)
        bytes[i] = machine_mutated(dev->machine, MUTATION_PROGRAM_SETS_BITS)
                       ? (uint8_t)(op->value >> (8 * i))
                       : device_flash(dev)[op->offset + i] & (uint8_t) ~(cleared >> (8 * i));
    device_flash_write(dev, op->offset, bytes, op->size);
}

static uint32_t noise_bits(struct device *dev, uint32_t fraction)
{
    struct flash *f = dev->state;
    uint32_t bits = 0;
    for (unsigned i = 0; i < 32; i++)
        if ((noise_next(&f->persistent.noise) & 0xFFFF) < fraction)
            bits |= BIT(i);
    return bits;
}

/* Change what the operation under way changes: all of it at fraction 65536, a part by chance below, nothing at 0. */
static void apply(struct device *dev, const struct operation *op, uint32_t fraction)
{
    struct flash *f = dev->state;
    if (fraction == 0)
        return;
    bool all = fraction >= 65536;
    uint32_t offset = op->kind == OP_ERASE ? stm32f2_flash_sector_offset(op->sector) : 0;
    uint32_t size = op->kind == OP_ERASE ? stm32f2_flash_sector_size(op->sector) : device_flash_size(dev);
    if (op->kind == OP_ERASE && op->sector == 4 && machine_mutated(dev->machine, MUTATION_SECTOR_4_IS_128K))
        size = KB(128);
    switch ((enum operation_kind)op->kind) {
    case OP_PROGRAM:
        program(dev, op, ~op->value & (all ? UINT32_MAX : noise_bits(dev, fraction)));
        break;
    case OP_ERASE:
    case OP_MASS_ERASE:
        if (all)
            device_flash_fill(dev, offset, 0xFF, size);
        else
            mix_erased(dev, offset, size, fraction);
        break;
    case OP_OPTION: /* one small write: it is done or not */
        if (all || (noise_next(&f->persistent.noise) & 0xFFFF) < fraction)
            f->persistent.option_bytes = op->value;
        drive_options(dev);
        break;
    case OP_OTP:
        break;
    }
}

static void idle(struct device *dev)
{
    struct flash *f = dev->state;
    f->queued = 0;
    dev->regs[SR] &= ~SR_BSY;
    dev->regs[CR] &= ~CR_STRT;
    dev->regs[OPTCR] &= ~OPTCR_OPTSTRT;
    device_cancel(dev, TIMER_END);
    machine_stall_flash(dev->machine, 0);
}

static void timer(struct device *dev, unsigned timer_index)
{
    (void)timer_index;
    struct flash *f = dev->state;
    struct operation op = f->queue[0];
    apply(dev, &op, 65536);
    f->queued--;
    for (unsigned i = 0; i < f->queued; i++)
        f->queue[i] = f->queue[i + 1];
    publish(dev, &op, "end", NULL);
    if (f->queued != 0)
        begin(dev);
    else
        idle(dev);
    if (dev->regs[CR] & CR_EOPIE)
        dev->regs[SR] |= SR_EOP;
    drive(dev);
}

void stm32f2_flash_interrupt(struct device *dev, enum flash_interruption how, double fraction)
{
    static const char *const left[] = {[FLASH_KEEP_OLD] = "old", [FLASH_COMPLETE] = "complete", [FLASH_SEEDED] = "mixed"};
    struct flash *f = dev->state;
    if (f->queued == 0)
        return;
    struct operation op = f->queue[0];
    uint32_t chance = fraction <= 0 ? 0 : fraction >= 1 ? 65535 : (uint32_t)(fraction * 65535);
    apply(dev, &op, how == FLASH_KEEP_OLD ? 0 : how == FLASH_COMPLETE ? 65536 : chance);
    idle(dev);
    publish(dev, &op, "cut", left[how]);
}

/* ---- requests ---- */

static bool write_protected(const struct device *dev, unsigned sector)
{
    const struct flash *f = dev->state;
    return (f->persistent.option_bytes & BIT(16 + sector)) == 0 && !machine_mutated(dev->machine, MUTATION_WRPERR_IGNORED);
}

static void memory_store(struct device *dev, uint32_t offset, unsigned size, uint32_t value)
{
    uint32_t errors = 0;
    if (!unlocked(dev) || (dev->regs[CR] & CR_PG) == 0)
        errors |= SR_PGSERR;
    if (offset % ROW + size > ROW)
        errors |= SR_PGAERR;
    /* An unaligned store inside a row comes in smaller pieces over the bus. */
    if (size != 1u << parallelism(dev) || offset % size != 0)
        errors |= SR_PGPERR;
    /* What comes without PG is no request to program anything. */
    if ((errors & SR_PGSERR) == 0 && write_protected(dev, sector_of(offset)))
        errors |= SR_WRPERR;
    if (errors != 0) {
        fail(dev, errors);
        return;
    }
    request(dev, (struct operation){
                     .kind = OP_PROGRAM, .size = (uint8_t)size, .offset = offset, .value = value, .duration = PROGRAM_TIME});
}

static const char *refuse_at_once(struct device *dev, unsigned sector)
{
    const struct flash *f = dev->state;
    return f->queued != 0 ? "the firmware is erasing or programming" : write_protected(dev, sector) ? "write-protected" : NULL;
}

const char *stm32f2_flash_erase_at_once(struct device *dev, unsigned sector)
{
    struct flash *f = dev->state;
    struct operation op = {.kind = OP_ERASE, .sector = (uint8_t)sector, .offset = stm32f2_flash_sector_offset(sector)};
    const char *why = refuse_at_once(dev, sector);
    if (why != NULL)
        return why;
    f->persistent.erase_counts[sector]++;
    publish(dev, &op, "begin", NULL);
    apply(dev, &op, 65536);
    publish(dev, &op, "end", NULL);
    return NULL;
}

const char *stm32f2_flash_program_at_once(struct device *dev, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    const uint8_t *old = device_flash(dev) + offset;
    const char *why = refuse_at_once(dev, sector_of(offset));
    for (uint32_t i = 0; i < size && why == NULL; i++)
        if (bytes[i] & ~old[i])
            why = "not erased";
    if (why != NULL)
        return why;
    for (unsigned end = 0; end < 2; end++) {
        machine_publish(dev->machine, "flash", FIELD_STRING("op", "program"), FIELD_STRING("phase", end ? "end" : "begin"),
                        FIELD_HEX("address", 0x08000000 + offset), FIELD_INT("size", size));
        if (!end)
            device_flash_write(dev, offset, bytes, size);
    }
    return NULL;
}

static void start(struct device *dev)
{
    uint32_t cr = dev->regs[CR];
    unsigned sector = (cr >> 3) & 0xF;
    uint32_t error = 0;
    struct operation op = {.kind = OP_MASS_ERASE, .duration = mass_erase_time(dev)};
    bool sector_erase = cr & CR_SER;
    if (sector_erase == ((cr & CR_MER) != 0) || (sector_erase && sector >= FLASH_SECTORS)) {
        error = SR_PGSERR; /* both, of which neither is done; or nothing; or a sector that does not exist */
    } else if (sector_erase) {
        if (write_protected(dev, sector))
            error = SR_WRPERR;
        op = (struct operation){.kind = OP_ERASE,
                                .sector = (uint8_t)sector,
                                .offset = stm32f2_flash_sector_offset(sector),
                                .duration = erase_time(dev, sector)};
    } else {
        for (unsigned i = 0; i < FLASH_SECTORS; i++)
            if (write_protected(dev, i))
                error = SR_WRPERR;
    }
    if (error == 0) {
        request(dev, op);
        return;
    }
    const struct flash *f = dev->state;
    if (f->queued == 0)
        dev->regs[CR] &= ~CR_STRT;
    fail(dev, error);
}

/* ---- registers ---- */

static unsigned protection_level(uint32_t options)
{
    unsigned rdp = (options >> 8) & 0xFF;
    return rdp == 0xAA ? 0 : rdp == 0xCC ? 2 : 1;
}

/* Follow a key sequence; true when it is complete. */
static bool key_written(uint8_t *state, uint32_t value, uint32_t mask, uint32_t first, uint32_t second)
{
    bool complete = *state == KEY_FIRST && value == second && mask == UINT32_MAX;
    if (*state == KEY_BLOCKED)
        return false;
    if (complete)
        *state = KEY_NONE;
    else if (*state == KEY_NONE && value == first && mask == UINT32_MAX)
        *state = KEY_FIRST;
    else
        *state = KEY_BLOCKED;
    return complete;
}

static void launch_options(struct device *dev)
{
    const struct flash *f = dev->state;
    uint32_t options = dev->regs[OPTCR] & OPTCR_OPTIONS;
    if (protection_level(f->persistent.option_bytes) == 1 && protection_level(options) == 0)
        request(dev, (struct operation){.kind = OP_MASS_ERASE, .duration = mass_erase_time(dev)});
    request(dev, (struct operation){.kind = OP_OPTION, .value = options, .duration = OPTION_TIME});
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct flash *f = dev->state;
    switch (reg) {
    case KEYR:
        if (key_written(&f->key, value, mask, KEY1, KEY2))
            dev->regs[CR] &= ~CR_LOCK;
        else if (f->key == KEY_BLOCKED)
            dev->regs[CR] |= CR_LOCK;
        break;
    case OPTKEYR:
        if (key_written(&f->optkey, value, mask, OPTKEY1, OPTKEY2)) {
            if (protection_level(f->persistent.option_bytes) != 2)
                dev->regs[OPTCR] &= ~OPTCR_OPTLOCK;
        } else if (f->optkey == KEY_BLOCKED) {
            dev->regs[OPTCR] |= OPTCR_OPTLOCK;
        }
        break;
    case CR:
        if (old & CR_LOCK)
            dev->regs[CR] = old;
        else if (value & CR_STRT)
            start(dev);
        break;
    case OPTCR:
        if (old & OPTCR_OPTLOCK)
            dev->regs[OPTCR] = old;
        else if (value & OPTCR_OPTSTRT)
            launch_options(dev);
        break;
    default:
        break;
    }
    drive(dev);
}

/* A store into the OTP area, which is another device's, has been judged there. */
static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)in;
    switch ((enum flash_otp)signal->level) {
    case FLASH_OTP_IDLE:
        break;
    case FLASH_OTP_PROGRAMMED:
        request(dev, (struct operation){.kind = OP_OTP, .duration = PROGRAM_TIME});
        break;
    case FLASH_OTP_PROTECTED:
        fail(dev, SR_WRPERR);
        break;
    case FLASH_OTP_PARALLELISM:
        fail(dev, SR_PGPERR);
        break;
    case FLASH_OTP_SEQUENCE:
        fail(dev, SR_PGSERR);
        break;
    }
}

static const char *explain(struct device *dev, unsigned reg)
{
    const struct flash *f = dev->state;
    bool busy = dev->regs[SR] & SR_BSY;
    if (busy && (reg == SR || reg == CR || reg == OPTCR)) {
        static const char *const reasons[] = {
            [OP_PROGRAM] = "flash is being programmed: BSY clears 16us after the store",
            [OP_ERASE] = "a sector is being erased: BSY clears when that ends, after 0.25s to 2s",
            [OP_MASS_ERASE] = "all of the flash is being erased: BSY clears when that ends, after 8s to 16s",
            [OP_OPTION] = "the option bytes are being programmed: BSY clears when that ends",
            [OP_OTP] = "the OTP area is being programmed: BSY clears 16us after the store",
        };
        return reasons[f->queue[0].kind];
    }
    if (reg == SR)
        return (dev->regs[CR] & CR_EOPIE) ? "no flash operation is under way"
                                          : "no flash operation is under way, and EOP is never set while CR.EOPIE is 0";
    if (reg == CR && !unlocked(dev))
        return f->key == KEY_BLOCKED ? "a wrong key was written to KEYR: CR stays locked until the next reset"
                                     : "CR is locked: the two keys have not been written to KEYR";
    if (reg == OPTCR && (dev->regs[OPTCR] & OPTCR_OPTLOCK))
        return f->optkey == KEY_BLOCKED ? "a wrong key was written to OPTKEYR: OPTCR stays locked until the next reset"
                                        : "OPTCR is locked: the two keys have not been written to OPTKEYR";
    return NULL;
}

/* ---- life ---- */

static void init(struct device *dev)
{
    struct flash *f = dev->state;
    f->persistent.option_bytes = OPTIONS_RESET;
    f->persistent.noise = machine_seed(dev->machine) ^ UINT64_C(0x464C415348);
}

static void reset(struct device *dev, enum reset_kind kind)
{
    struct flash *f = dev->state;
    if (kind == RESET_BACKUP)
        return;
    if (f->queued != 0) {
        ticks_t elapsed = machine_now(dev->machine) - f->began;
        stm32f2_flash_interrupt(dev, FLASH_SEEDED, (double)elapsed / (double)f->queue[0].duration);
    }
    device_reset_registers(dev);
    if (machine_mutated(dev->machine, MUTATION_OPTIONS_LOST))
        f->persistent.option_bytes = OPTIONS_RESET;
    dev->regs[OPTCR] = f->persistent.option_bytes | OPTCR_OPTLOCK;
    f->key = f->optkey = KEY_NONE;
    drive(dev);
    drive_options(dev);
    device_set_level(dev, OUT_WDG_HARDWARE, (f->persistent.option_bytes & OPTCR_WDG_SW) == 0);
}

struct stm32f2_flash_persistent stm32f2_flash_get_persistent(const struct device *dev)
{
    const struct flash *f = dev->state;
    return f->persistent;
}

void stm32f2_flash_set_persistent(struct device *dev, struct stm32f2_flash_persistent persistent)
{
    struct flash *f = dev->state;
    f->persistent = persistent;
    f->persistent.option_bytes &= OPTCR_OPTIONS;
}

const struct device_class stm32f2_flash_class = {
    .name = "STM32F2 flash memory interface",
    .state_size = sizeof(struct flash),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = 1,
    .input_names = input_names,
    .output_names = output_names,
    .init = init,
    .reset = reset,
    .write = write,
    .timer = timer,
    .input = input,
    .explain = explain,
    .memory_store = memory_store,
};
