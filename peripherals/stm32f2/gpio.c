/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * General-purpose I/O port (RM0033 chapter 6).
 *
 * Models: mode, output type, pulls, input and output data, atomic set and reset, the configuration lock and its key sequence,
 * alternate functions (as lines from the peripherals), reset values of ports A and B.
 * Leaves out: slew rate (OSPEEDR is stored), analog levels, the one-cycle sampling delay of IDR.
 * Real firmware needs: BSRR as two halfwords, IDR with pull-ups and driven levels, TIM2 on PA1..PA3 for the RGB LED.
 */
#include "peripherals/stm32f2/gpio.h"

#include <glib.h>
#include <string.h>

enum { MODER, OTYPER, OSPEEDR, PUPDR, IDR, ODR, BSRR, LCKR, AFRL, AFRH };
enum { PINS = 16, FUNCTIONS = 16 };
enum { IN_EXT = 0, IN_AF = PINS };
enum { OUT_PIN = 0, OUT_IN = PINS };
enum mode { MODE_INPUT, MODE_OUTPUT, MODE_AF, MODE_ANALOG };

#define LCKK BIT(16)

/* What was last published of a pin. */
enum shown { SHOWN_NOTHING, SHOWN_INPUT, SHOWN_OPEN, SHOWN_LOW, SHOWN_HIGH, SHOWN_WAVE };

struct gpio {
    uint8_t shown[PINS];
    struct signal wave[PINS]; /* of those with SHOWN_WAVE */
    uint8_t lock_step;        /* writes of the lock key sequence seen so far */
    bool locked;
};

#define EACH_PIN(F) F(0), F(1), F(2), F(3), F(4), F(5), F(6), F(7), F(8), F(9), F(10), F(11), F(12), F(13), F(14), F(15)

#define MODER_FIELD(N)                                                                                                         \
    {                                                                                                                          \
        "MODER" #N, 2 * (N), 2, RW, EFFECT, "/gpio/modes"                                                                      \
    }
#define OTYPER_FIELD(N)                                                                                                        \
    {                                                                                                                          \
        "OT" #N, N, 1, RW, EFFECT, "/gpio/open-drain"                                                                          \
    }
#define OSPEEDR_FIELD(N)                                                                                                       \
    {                                                                                                                          \
        "OSPEEDR" #N, 2 * (N), 2, RW, STORED, NULL                                                                             \
    }
#define PUPDR_FIELD(N)                                                                                                         \
    {                                                                                                                          \
        "PUPDR" #N, 2 * (N), 2, RW, EFFECT, "/gpio/pulls"                                                                      \
    }
#define IDR_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "IDR" #N, N, 1, RO, EFFECT, "/gpio/input"                                                                              \
    }
#define ODR_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "ODR" #N, N, 1, RW, EFFECT, "/gpio/output"                                                                             \
    }
#define BS_FIELD(N)                                                                                                            \
    {                                                                                                                          \
        "BS" #N, N, 1, WO, EFFECT, "/gpio/set-reset"                                                                           \
    }
#define BR_FIELD(N)                                                                                                            \
    {                                                                                                                          \
        "BR" #N, 16 + (N), 1, WO, EFFECT, "/gpio/set-reset"                                                                    \
    }
#define LCK_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "LCK" #N, N, 1, RW, EFFECT, "/gpio/lock"                                                                               \
    }
#define AFR_FIELD(N)                                                                                                           \
    {                                                                                                                          \
        "AFR" #N, 4 * ((N) % 8), 4, RW, EFFECT, "/gpio/alternate-function"                                                     \
    }

static const struct reg_field moder_fields[] = {EACH_PIN(MODER_FIELD)};
static const struct reg_field otyper_fields[] = {EACH_PIN(OTYPER_FIELD)};
static const struct reg_field ospeedr_fields[] = {EACH_PIN(OSPEEDR_FIELD)};
static const struct reg_field pupdr_fields[] = {EACH_PIN(PUPDR_FIELD)};
static const struct reg_field idr_fields[] = {EACH_PIN(IDR_FIELD)};
static const struct reg_field odr_fields[] = {EACH_PIN(ODR_FIELD)};
static const struct reg_field bsrr_fields[] = {EACH_PIN(BS_FIELD), EACH_PIN(BR_FIELD)};
static const struct reg_field lckr_fields[] = {EACH_PIN(LCK_FIELD), {"LCKK", 16, 1, RW, EFFECT, "/gpio/lock"}};
static const struct reg_field afrl_fields[] = {AFR_FIELD(0), AFR_FIELD(1), AFR_FIELD(2), AFR_FIELD(3),
                                               AFR_FIELD(4), AFR_FIELD(5), AFR_FIELD(6), AFR_FIELD(7)};
static const struct reg_field afrh_fields[] = {AFR_FIELD(8),  AFR_FIELD(9),  AFR_FIELD(10), AFR_FIELD(11),
                                               AFR_FIELD(12), AFR_FIELD(13), AFR_FIELD(14), AFR_FIELD(15)};

/* Reset values of MODER, OSPEEDR and PUPDR differ between ports: see reset(). */
static const struct reg registers[] = {
    [MODER] = {"MODER", 0x00, 0, FIELDS(moder_fields)},
    [OTYPER] = {"OTYPER", 0x04, 0, FIELDS(otyper_fields)},
    [OSPEEDR] = {"OSPEEDR", 0x08, 0, FIELDS(ospeedr_fields)},
    [PUPDR] = {"PUPDR", 0x0C, 0, FIELDS(pupdr_fields)},
    [IDR] = {"IDR", 0x10, 0, FIELDS(idr_fields)},
    [ODR] = {"ODR", 0x14, 0, FIELDS(odr_fields)},
    [BSRR] = {"BSRR", 0x18, 0, FIELDS(bsrr_fields)},
    [LCKR] = {"LCKR", 0x1C, 0, FIELDS(lckr_fields)},
    [AFRL] = {"AFRL", 0x20, 0, FIELDS(afrl_fields)},
    [AFRH] = {"AFRH", 0x24, 0, FIELDS(afrh_fields)},
};

#define EXT_NAME(N) "ext" #N
#define AF_NAMES(N)                                                                                                            \
    "af" #N ".0", "af" #N ".1", "af" #N ".2", "af" #N ".3", "af" #N ".4", "af" #N ".5", "af" #N ".6", "af" #N ".7",            \
        "af" #N ".8", "af" #N ".9", "af" #N ".10", "af" #N ".11", "af" #N ".12", "af" #N ".13", "af" #N ".14", "af" #N ".15"
#define PIN_NAME(N) "pin" #N
#define IN_NAME(N)  "in" #N
static const char *const input_names[PINS + FUNCTIONS * PINS] = {EACH_PIN(EXT_NAME), EACH_PIN(AF_NAMES)};
static const char *const output_names[2 * PINS] = {EACH_PIN(PIN_NAME), EACH_PIN(IN_NAME)};

static enum mode pin_mode(const struct device *dev, unsigned pin)
{
    return (enum mode)((dev->regs[MODER] >> (2 * pin)) & 3);
}

static unsigned pin_function(const struct device *dev, unsigned pin)
{
    return (dev->regs[AFRL + pin / 8] >> (4 * (pin % 8))) & 0xF;
}

static const char *pin_name(const struct device *dev, unsigned pin, char *buffer, size_t size)
{
    g_snprintf(buffer, size, "P%c%u", dev->name[strlen(dev->name) - 1], pin);
    return buffer;
}

/* ---- what a pad carries ---- */

/* The output stage in front of the output type: false if it is off. */
static bool stage(const struct device *dev, unsigned pin, struct signal *s)
{
    enum mode mode = pin_mode(dev, pin);
    if (mode == MODE_OUTPUT) {
        *s = (struct signal){.level = (dev->regs[ODR] >> pin) & 1};
        return true;
    }
    if (mode != MODE_AF)
        return false;
    unsigned line = IN_AF + pin_function(dev, pin) * PINS + pin;
    if (!device_input_connected(dev, line))
        return false;
    *s = device_input(dev, line);
    return s->period != 0 || s->level < AF_RELEASED;
}

/* What the pad carries while the chip does not drive it. */
static struct signal undriven(const struct device *dev, unsigned pin)
{
    if (device_input_connected(dev, IN_EXT + pin)) {
        struct signal ext = device_input(dev, IN_EXT + pin);
        if (ext.period != 0 || ext.level <= EXT_HIGH)
            return ext;
        if (ext.level != EXT_OPEN)
            return (struct signal){.level = ext.level == EXT_WEAK_HIGH};
    }
    bool pull_up = ((dev->regs[PUPDR] >> (2 * pin)) & 3) == 1;
    return (struct signal){.level = pull_up && pin_mode(dev, pin) != MODE_ANALOG};
}

static void report_conflict(struct device *dev, unsigned pin, const struct signal *driven)
{
    if (!device_input_connected(dev, IN_EXT + pin))
        return;
    struct signal ext = device_input(dev, IN_EXT + pin);
    if (ext.period != 0 || ext.level > EXT_HIGH || (driven->period == 0 && driven->level == ext.level))
        return;
    char name[8];
    machine_report(dev->machine, "conflict", "%s: the chip drives %s while the outside drives %s",
                   pin_name(dev, pin, name, sizeof name),
                   driven->period != 0  ? "a wave"
                   : driven->level != 0 ? "high"
                                        : "low",
                   ext.level != 0 ? "high" : "low");
}

/* ---- events ---- */

static void publish(struct device *dev, unsigned pin, enum shown shown, const struct signal *s)
{
    struct gpio *g = dev->state;
    char name[8];
    pin_name(dev, pin, name, sizeof name);
    if (shown == SHOWN_WAVE) {
        const struct signal *held = &g->wave[pin];
        if (g->shown[pin] == SHOWN_WAVE && held->period == s->period && held->high == s->high)
            return;
        g->wave[pin] = *s;
        g->shown[pin] = SHOWN_WAVE;
        machine_publish(dev->machine, "pwm", FIELD_STRING("pin", name),
                        FIELD_REAL("frequency_hz", (double)TICKS_PER_SECOND / (double)s->period),
                        FIELD_REAL("duty", (double)s->high / (double)s->period));
        return;
    }
    if (g->shown[pin] == shown || (g->shown[pin] == SHOWN_NOTHING && shown == SHOWN_INPUT))
        return;
    g->shown[pin] = (uint8_t)shown;
    if (shown == SHOWN_INPUT || shown == SHOWN_OPEN)
        machine_publish(dev->machine, "pin", FIELD_STRING("pin", name),
                        FIELD_STRING("drive", shown == SHOWN_OPEN ? "open" : "input"));
    else
        machine_publish(dev->machine, "pin", FIELD_STRING("pin", name), FIELD_INT("level", shown == SHOWN_HIGH),
                        FIELD_STRING("drive", "output"));
}

static void update(struct device *dev, unsigned pin)
{
    struct signal pad = undriven(dev, pin), out = {0};
    enum shown shown = SHOWN_INPUT;
    if (stage(dev, pin, &out)) {
        bool open_drain = dev->regs[OTYPER] & BIT(pin);
        bool high = out.period == 0 && out.level != 0;
        shown = out.period != 0 ? SHOWN_WAVE : !high ? SHOWN_LOW : open_drain ? SHOWN_OPEN : SHOWN_HIGH;
        if (!open_drain)
            report_conflict(dev, pin, &out);
        if (!open_drain || (out.period == 0 && !high))
            pad = out;
        else if (out.period != 0)
            pad =
                pad.period == 0 && pad.level == 0 ? (struct signal){.level = 0} : out; /* high only if something pulls it up */
    }
    device_set_signal(dev, OUT_PIN + pin, pad);
    device_set_signal(dev, OUT_IN + pin, pin_mode(dev, pin) == MODE_ANALOG ? (struct signal){0} : pad);
    publish(dev, pin, shown, &out);
}

static void update_pins(struct device *dev, uint32_t pins)
{
    for (unsigned pin = 0; pin < PINS; pin++)
        if (pins & BIT(pin))
            update(dev, pin);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    (void)signal;
    unsigned pin = in % PINS;
    if (in >= IN_AF && (pin_mode(dev, pin) != MODE_AF || pin_function(dev, pin) != (in - IN_AF) / PINS))
        return;
    update(dev, pin);
}

/* ---- registers ---- */

/* Bits of a register that belong to the locked pins. */
static uint32_t locked_bits(const struct device *dev, unsigned reg)
{
    const struct gpio *g = dev->state;
    if (!g->locked)
        return 0;
    unsigned width = reg == OTYPER ? 1 : reg == AFRL || reg == AFRH ? 4 : 2;
    uint32_t bits = 0;
    for (unsigned pin = 0; pin < PINS; pin++)
        if ((dev->regs[LCKR] & BIT(pin)) && (width != 4 || pin / 8 == reg - AFRL))
            bits |= field_mask((uint8_t)(width == 4 ? 4 * (pin % 8) : width * pin), (uint8_t)width);
    return bits;
}

/* Pins whose bits in a register changed. */
static uint32_t changed_pins(unsigned reg, uint32_t changed)
{
    uint32_t pins = 0;
    for (unsigned pin = 0; pin < PINS; pin++) {
        uint32_t bits = reg == MODER || reg == PUPDR  ? field_mask((uint8_t)(2 * pin), 2)
                        : reg == AFRL && pin < 8      ? field_mask((uint8_t)(4 * pin), 4)
                        : reg == AFRH && pin >= 8     ? field_mask((uint8_t)(4 * (pin - 8)), 4)
                        : reg == OTYPER || reg == ODR ? BIT(pin)
                                                      : 0;
        if (changed & bits)
            pins |= BIT(pin);
    }
    return pins;
}

/* The key: LCKK = 1, 0, 1 in three word writes with the same LCK bits, then a read. Anything else starts over. */
static void write_lock(struct device *dev, uint32_t old, uint32_t value, uint32_t mask)
{
    struct gpio *g = dev->state;
    if (g->locked || mask != UINT32_MAX) {
        dev->regs[LCKR] = old;
        g->lock_step = 0;
        return;
    }
    bool key = value & LCKK;
    bool same = ((value ^ old) & 0xFFFF) == 0;
    if (key && g->lock_step == 2 && same)
        g->lock_step = 3;
    else if (!key && g->lock_step == 1 && same)
        g->lock_step = 2;
    else
        g->lock_step = key ? 1 : 0;
    dev->regs[LCKR] &= ~LCKK; /* reads as 1 only once the lock holds */
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    if (reg == LCKR) {
        write_lock(dev, old, value, mask);
        return;
    }
    if (reg == BSRR) {
        old = dev->regs[ODR];
        dev->regs[ODR] = (old & ~(value >> 16)) | (value & 0xFFFF); /* where both are written, set wins */
        reg = ODR;
    } else if (reg != ODR && reg != IDR) {
        uint32_t keep = locked_bits(dev, reg);
        dev->regs[reg] = (dev->regs[reg] & ~keep) | (old & keep);
    }
    if (dev->regs[reg] != old)
        update_pins(dev, changed_pins(reg, dev->regs[reg] ^ old));
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    struct gpio *g = dev->state;
    if (reg == LCKR && side_effects && g->lock_step == 3) {
        g->locked = true;
        g->lock_step = 0;
        dev->regs[LCKR] |= LCKK;
    }
    if (reg != IDR)
        return dev->regs[reg];
    uint32_t value = 0;
    for (unsigned pin = 0; pin < PINS; pin++) {
        struct signal s = device_output(dev, OUT_IN + pin);
        if (signal_level_at(&s, machine_now(dev->machine)) != 0)
            value |= BIT(pin);
    }
    return value;
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP)
        return;
    struct gpio *g = dev->state;
    const struct stm32f2_gpio_config *config = dev->config;
    device_reset_registers(dev);
    if (config != NULL) {
        dev->regs[MODER] = config->moder;
        dev->regs[OSPEEDR] = config->ospeedr;
        dev->regs[PUPDR] = config->pupdr;
    }
    g->lock_step = 0;
    g->locked = false;
    update_pins(dev, 0xFFFF);
}

static const char *explain(struct device *dev, unsigned reg)
{
    (void)dev;
    if (reg == IDR)
        return "no pin of this port changes: nothing outside drives it, and no peripheral either";
    if (reg == LCKR)
        return "the lock key sequence was not kept to: LCKK 1, 0, 1 in three word writes with the same LCK bits, then a read";
    return NULL;
}

const struct device_class stm32f2_gpio_class = {
    .name = "STM32F2 general-purpose I/O port",
    .state_size = sizeof(struct gpio),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .input_names = input_names,
    .output_names = output_names,
    .reset = reset,
    .read = read,
    .write = write,
    .input = input,
    .explain = explain,
};
