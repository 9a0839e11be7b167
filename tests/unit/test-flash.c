/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peripherals/stm32f2/flash.h"

#include "peripherals/stm32f2/system-memory.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40023C00,
    ACR = BASE,
    KEYR = BASE + 4,
    OPTKEYR = BASE + 8,
    SR = BASE + 0xC,
    CR = BASE + 0x10,
    OPTCR = BASE + 0x14,
    MEMORY = 0x08000000
};
enum { EOP = 1, OPERR = 2, WRPERR = 0x10, PGAERR = 0x20, PGPERR = 0x40, PGSERR = 0x80, BSY = 0x10000 };
enum {
    PG = 1,
    SER = 2,
    MER = 4,
    X8 = 0,
    X16 = 0x100,
    X32 = 0x200,
    X64 = 0x300,
    STRT = 0x10000,
    EOPIE = 0x1000000,
    ERRIE = 0x2000000
};
#define LOCK    0x80000000u
#define SNB(N)  ((uint32_t)(N) << 3)
#define WORD_US (16 * TICKS_PER_US)
#define SECTOR5 0x08020000u

enum { OTP = 0x1FFF7800, UID = 0x1FFF7A10, SIZE = 0x1FFF7A22, OPTION_LOW = 0x1FFFC000, OPTION_HIGH = 0x1FFFC008 };

struct bench {
    struct machine *m;
    struct device *dev;
    GString *events;
};

static void note(const struct event *event, void *data)
{
    GString *log = data;
    g_string_append(log, event->kind);
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *f = &event->fields[i];
        if (f->type == EVENT_STRING)
            g_string_append_printf(log, " %s", f->string);
        else if (f->type == EVENT_INT)
            g_string_append_printf(log, " %s=%d", f->name, (int)f->integer);
        else if (f->type == EVENT_HEX)
            g_string_append_printf(log, " %s=%08X", f->name, (unsigned)f->hex);
    }
    g_string_append(log, ";");
}

static struct bench bench(void)
{
    struct machine *m = bench_new();
    struct device *dev = machine_add_device(m, &stm32f2_flash_class, "FLASH", BASE, NULL);
    machine_add_flash(m, dev, MEMORY, 0x100000, 0);
    machine_add_device(m, &stm32f2_system_memory_class, "SYSMEM", STM32F2_SYSTEM_MEMORY_BASE, NULL);
    machine_connect(m, "FLASH.irq", "probe.in0");
    machine_connect(m, "FLASH.wdg_hardware", "probe.in1");
    machine_connect(m, "FLASH.pg", "SYSMEM.pg");
    machine_connect(m, "FLASH.option_low", "SYSMEM.option_low");
    machine_connect(m, "FLASH.option_high", "SYSMEM.option_high");
    machine_connect(m, "SYSMEM.otp", "FLASH.otp");
    machine_seal(m);
    struct bench b = {m, dev, g_string_new(NULL)};
    machine_power_on(m);
    machine_subscribe(m, note, b.events);
    return b;
}

static void done(struct bench *b)
{
    machine_free(b->m);
    g_string_free(b->events, TRUE);
}

static void assert_events(struct bench *b, const char *expected)
{
    g_assert_cmpstr(b->events->str, ==, expected);
    g_string_truncate(b->events, 0);
}

static void unlock(struct machine *m)
{
    reg_write(m, KEYR, 0x45670123);
    reg_write(m, KEYR, 0xCDEF89AB);
}

static void option_unlock(struct machine *m)
{
    reg_write(m, OPTKEYR, 0x08192A3B);
    reg_write(m, OPTKEYR, 0x4C5D6E7F);
}

static void store(struct machine *m, uint32_t address, unsigned size, uint32_t value)
{
    g_assert_true(machine_bus_write(m, address, size, value));
}

static void system_reset(struct bench *b)
{
    b->dev->class->reset(b->dev, RESET_SYSTEM);
}

/* Let the operation under way end. */
static void finish(struct machine *m)
{
    pass(m, 20 * TICKS_PER_SECOND);
}

static void program_word(struct machine *m, uint32_t address, uint32_t value)
{
    reg_write(m, CR, PG | X32);
    store(m, address, 4, value);
    pass(m, WORD_US);
    reg_write(m, CR, 0);
}

static void launch_options(struct machine *m, uint32_t options)
{
    option_unlock(m);
    reg_write(m, OPTCR, options);
    reg_write(m, OPTCR, options | 2);
    finish(m);
}

static void reset_values(void)
{
    struct bench b = bench();
    g_assert_cmphex(reg_read(b.m, ACR), ==, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFAAED);
    g_assert_cmphex(reg_read(b.m, KEYR), ==, 0);
    reg_write(b.m, ACR, 0x703);
    g_assert_cmphex(reg_read(b.m, ACR), ==, 0x703);
    done(&b);
}

static void key(void)
{
    struct bench b = bench();
    reg_write(b.m, CR, PG);
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK); /* locked: nothing changes */
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, 0);
    reg_write(b.m, CR, PG | X32);
    reg_write(b.m, CR, PG | X32 | LOCK);
    g_assert_cmphex(reg_read(b.m, CR), ==, PG | X32 | LOCK);
    reg_write(b.m, CR, 0);
    g_assert_cmphex(reg_read(b.m, CR), ==, PG | X32 | LOCK);
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, PG | X32);
    reg_write(b.m, CR, LOCK);
    reg_write(b.m, KEYR, 0xCDEF89AB); /* wrong order */
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK); /* until the next reset */
    system_reset(&b);
    reg_write(b.m, KEYR, 0x45670123);
    reg_write(b.m, KEYR, 0x12345678); /* a wrong second key */
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK);
    g_assert_nonnull(b.dev->class->explain(b.dev, 4));
    system_reset(&b);
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, 0);
    reg_write(b.m, KEYR, 0x12345678); /* a wrong one locks an open register as well */
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK);
    done(&b);
}

static void option_key(void)
{
    struct bench b = bench();
    reg_write(b.m, OPTCR, 0);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFAAED);
    option_unlock(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFAAEC);
    reg_write(b.m, OPTCR, 0x0FFEAAED); /* lock with the same store */
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFEAAED);
    reg_write(b.m, OPTKEYR, 0x45670123);
    option_unlock(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR) & 1, ==, 1);
    unlock(b.m);
    g_assert_cmphex(reg_read(b.m, CR), ==, 0); /* the other lock has its own keys */
    system_reset(&b);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFAAED); /* never launched, so forgotten */
    option_unlock(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR) & 1, ==, 0);
    done(&b);
}

static void program(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    store(b.m, SECTOR5, 4, 0x12345678);
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0xFFFFFFFF);
    assert_events(&b, "flash program begin address=08020000 size=4 value=12345678;");
    pass(b.m, WORD_US - 1);
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0xFFFFFFFF);
    pass(b.m, 1);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0); /* no EOP: EOPIE is 0 */
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0x12345678);
    assert_events(&b, "flash program end address=08020000 size=4 value=12345678;");
    store(b.m, SECTOR5, 4, 0xF0F0F0F0); /* 1 to 0 only */
    pass(b.m, WORD_US);
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0x10305070);
    reg_write(b.m, CR, PG | X16);
    store(b.m, SECTOR5 + 6, 2, 0xBEEF);
    pass(b.m, WORD_US);
    reg_write(b.m, CR, PG | X8);
    store(b.m, SECTOR5 + 5, 1, 0x5A);
    pass(b.m, WORD_US);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 4), ==, 0xBEEF5AFF);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    done(&b);
}

static void alias_is_ignored(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    store(b.m, 0x0000000C, 4, 0);
    finish(b.m);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    g_assert_cmphex(reg_read(b.m, 0x0800000C), ==, 0xFFFFFFFF);
    done(&b);
}

/* Stores that come while BSY is set wait their turn: a store-multiple. */
static void queue(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    for (uint32_t i = 0; i < 14; i++)
        store(b.m, SECTOR5 + 4 * i, 4, i);
    reg_write(b.m, CR, 0); /* does not take back what was asked for */
    pass(b.m, 13 * WORD_US);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 48), ==, 12);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 52), ==, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    pass(b.m, WORD_US);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 52), ==, 13);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    done(&b);
}

static void program_sequence(void)
{
    struct bench b = bench();
    store(b.m, SECTOR5, 1, 0); /* locked */
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    reg_write(b.m, SR, PGSERR);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    unlock(b.m);
    reg_write(b.m, CR, X32);
    store(b.m, SECTOR5, 4, 0); /* PG is 0 */
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    reg_write(b.m, SR, PGSERR);
    reg_write(b.m, CR, STRT); /* neither SER nor MER */
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    g_assert_cmphex(reg_read(b.m, CR), ==, 0);
    reg_write(b.m, SR, PGSERR);
    reg_write(b.m, CR, SER | MER | STRT); /* both: neither is done */
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    reg_write(b.m, CR, SER | SNB(12) | STRT);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    assert_events(&b, "");
    /* a stale flag does not stop the hardware */
    program_word(b.m, SECTOR5, 0);
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    done(&b);
}

static void program_parallelism(void)
{
    static const struct {
        uint32_t psize;
        unsigned size;
    } wrong[] = {{X8, 2}, {X8, 4}, {X16, 1}, {X16, 4}, {X32, 1}, {X32, 2}, {X64, 4}};
    struct bench b = bench();
    unlock(b.m);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        reg_write(b.m, CR, PG | wrong[i].psize);
        store(b.m, SECTOR5, wrong[i].size, 0);
        g_assert_cmphex(reg_read(b.m, SR), ==, PGPERR);
        reg_write(b.m, SR, PGPERR);
    }
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0xFFFFFFFF);
    reg_write(b.m, CR, 0);
    store(b.m, SECTOR5, 4, 0); /* two things wrong at once, as devices show it */
    g_assert_cmphex(reg_read(b.m, SR), ==, PGPERR | PGSERR);
    done(&b);
}

static void program_alignment(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    store(b.m, SECTOR5 + 14, 4, 0); /* crosses a 128-bit row */
    g_assert_cmphex(reg_read(b.m, SR) & PGAERR, ==, PGAERR);
    reg_write(b.m, SR, 0xF3);
    store(b.m, SECTOR5 + 12, 4, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    done(&b);
}

static const struct {
    uint32_t start, size;
    unsigned ms[4]; /* x8, x16, x32, x64 */
} sectors[] = {
    {0x08000000, 0x4000, {400, 300, 250, 250}},      {0x08004000, 0x4000, {400, 300, 250, 250}},
    {0x08008000, 0x4000, {400, 300, 250, 250}},      {0x0800C000, 0x4000, {400, 300, 250, 250}},
    {0x08010000, 0x10000, {1200, 700, 550, 550}},    {0x08020000, 0x20000, {2000, 1300, 1000, 1000}},
    {0x08040000, 0x20000, {2000, 1300, 1000, 1000}}, {0x08060000, 0x20000, {2000, 1300, 1000, 1000}},
    {0x08080000, 0x20000, {2000, 1300, 1000, 1000}}, {0x080A0000, 0x20000, {2000, 1300, 1000, 1000}},
    {0x080C0000, 0x20000, {2000, 1300, 1000, 1000}}, {0x080E0000, 0x20000, {2000, 1300, 1000, 1000}},
};

static void sector_erase(void)
{
    struct bench b = bench();
    unlock(b.m);
    for (unsigned n = 0; n < G_N_ELEMENTS(sectors); n++) {
        uint32_t first = sectors[n].start, last = first + sectors[n].size - 4, next = last + 4;
        g_assert_cmphex(stm32f2_flash_sector_offset(n), ==, first - MEMORY);
        g_assert_cmphex(stm32f2_flash_sector_size(n), ==, sectors[n].size);
        device_flash_fill(b.dev, 0, 0xFF, 0x100000);
        if (n > 0)
            program_word(b.m, first - 4, 0);
        program_word(b.m, first, 0x11111111);
        program_word(b.m, last, 0x22222222);
        if (next < 0x08100000)
            program_word(b.m, next, 0);
        g_string_truncate(b.events, 0);
        uint32_t psize = n % 4;
        ticks_t time = sectors[n].ms[psize] * TICKS_PER_MS;
        reg_write(b.m, CR, SER | SNB(n) | psize << 8);
        reg_write(b.m, CR, SER | SNB(n) | psize << 8 | STRT);
        g_autofree char *begin =
            g_strdup_printf("flash erase begin sector=%u address=%08X size=%u;", n, first, sectors[n].size);
        assert_events(&b, begin);
        pass(b.m, time - 1);
        g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
        g_assert_cmphex(reg_read(b.m, CR) & STRT, ==, STRT);
        g_assert_cmphex(reg_read(b.m, first), ==, 0x11111111);
        pass(b.m, 1);
        g_assert_cmphex(reg_read(b.m, SR), ==, 0);
        g_assert_cmphex(reg_read(b.m, CR) & STRT, ==, 0);
        g_assert_cmphex(reg_read(b.m, first), ==, 0xFFFFFFFF);
        g_assert_cmphex(reg_read(b.m, last), ==, 0xFFFFFFFF);
        if (n > 0)
            g_assert_cmphex(reg_read(b.m, first - 4), ==, 0);
        if (next < 0x08100000)
            g_assert_cmphex(reg_read(b.m, next), ==, 0);
        g_autofree char *end = g_strdup_printf("flash erase end sector=%u address=%08X size=%u;", n, first, sectors[n].size);
        assert_events(&b, end);
    }
    struct stm32f2_flash_persistent p = stm32f2_flash_get_persistent(b.dev);
    for (unsigned n = 0; n < FLASH_SECTORS; n++)
        g_assert_cmpuint(p.erase_counts[n], ==, 1);
    done(&b);
}

static void mass_erase(void)
{
    static const unsigned seconds[4] = {16, 11, 8, 8};
    struct bench b = bench();
    unlock(b.m);
    for (uint32_t psize = 0; psize < 4; psize++) {
        program_word(b.m, MEMORY, 0);
        program_word(b.m, 0x080FFFFC, 0);
        reg_write(b.m, CR, MER | psize << 8 | STRT);
        pass(b.m, seconds[psize] * TICKS_PER_SECOND - 1);
        g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
        g_assert_cmphex(reg_read(b.m, MEMORY), ==, 0);
        pass(b.m, 1);
        g_assert_cmphex(reg_read(b.m, SR), ==, 0);
        g_assert_cmphex(reg_read(b.m, MEMORY), ==, 0xFFFFFFFF);
        g_assert_cmphex(reg_read(b.m, 0x080FFFFC), ==, 0xFFFFFFFF);
    }
    g_assert_cmpuint(stm32f2_flash_get_persistent(b.dev).erase_counts[11], ==, 4);
    done(&b);
}

static void write_protection(void)
{
    struct bench b = bench();
    unlock(b.m);
    program_word(b.m, SECTOR5 + 4, 0x55555555);
    launch_options(b.m, 0x0FDFAAEC); /* sector 5, as system 0.5.2 begins */
    reg_write(b.m, CR, PG | X32);
    store(b.m, SECTOR5, 4, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    reg_write(b.m, SR, WRPERR);
    store(b.m, 0x0803FFFC, 4, 0); /* its last word */
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    reg_write(b.m, SR, WRPERR);
    store(b.m, 0x08040000, 4, 0); /* sector 6 is open */
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    finish(b.m);
    reg_write(b.m, CR, SER | SNB(5) | X32 | STRT);
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    g_assert_cmphex(reg_read(b.m, CR) & STRT, ==, 0);
    reg_write(b.m, SR, WRPERR);
    reg_write(b.m, CR, MER | X32 | STRT); /* not while one sector is protected */
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    reg_write(b.m, SR, WRPERR);
    finish(b.m);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 4), ==, 0x55555555);
    g_assert_cmpuint(stm32f2_flash_get_persistent(b.dev).erase_counts[5], ==, 0);
    launch_options(b.m, 0x0FFFAAEC);
    reg_write(b.m, CR, SER | SNB(5) | X32 | STRT);
    finish(b.m);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 4), ==, 0xFFFFFFFF);
    done(&b);
}

static void end_of_operation(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32 | EOPIE);
    store(b.m, SECTOR5, 4, 0);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    pass(b.m, WORD_US);
    g_assert_cmphex(reg_read(b.m, SR), ==, EOP);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, CR, 0);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    reg_write(b.m, CR, EOPIE);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, SR, EOP);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    done(&b);
}

static void error_interrupt(void)
{
    struct bench b = bench();
    unlock(b.m);
    store(b.m, SECTOR5, 1, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR); /* OPERR only with ERRIE */
    reg_write(b.m, SR, PGSERR);
    reg_write(b.m, CR, ERRIE);
    store(b.m, SECTOR5, 1, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR | OPERR);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 1);
    reg_write(b.m, SR, OPERR);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR);
    g_assert_cmpuint(probe_level(b.m, 0), ==, 0);
    done(&b);
}

static void option_bytes(void)
{
    struct bench b = bench();
    option_unlock(b.m);
    g_assert_true(machine_bus_write(b.m, OPTCR + 2, 1, 0xDF)); /* byte access to nWRP, as firmware does it */
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FDFAAEC);
    g_assert_cmphex(reg_read(b.m, OPTION_HIGH), ==, 0xFFFFFFFF); /* not programmed yet */
    g_assert_true(machine_bus_write(b.m, OPTCR, 1, 0xEE));
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FDFAAEE);
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    assert_events(&b, "flash option begin value=0FDFAAEC;");
    finish(b.m);
    assert_events(&b, "flash option end value=0FDFAAEC;");
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FDFAAEC);
    g_assert_cmphex(reg_read(b.m, OPTION_LOW) & 0xFFFF, ==, 0xAAFF);
    g_assert_cmphex(reg_read(b.m, OPTION_HIGH) & 0xFFF, ==, 0xFDF);
    system_reset(&b);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FDFAAED);
    machine_power_on(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FDFAAED);
    struct stm32f2_flash_persistent p = stm32f2_flash_get_persistent(b.dev);
    g_assert_cmphex(p.option_bytes, ==, 0x0FDFAAEC);
    p.option_bytes = 0x0FFFAAEC;
    stm32f2_flash_set_persistent(b.dev, p);
    machine_power_on(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFAAED);
    done(&b);
}

static void hardware_watchdog(void)
{
    struct bench b = bench();
    g_assert_cmpuint(probe_level(b.m, 1), ==, 0);
    launch_options(b.m, 0x0FFFAACC);
    g_assert_cmpuint(probe_level(b.m, 1), ==, 0); /* a reset is required */
    system_reset(&b);
    g_assert_cmpuint(probe_level(b.m, 1), ==, 1);
    launch_options(b.m, 0x0FFFAAEC);
    g_assert_cmpuint(probe_level(b.m, 1), ==, 1);
    system_reset(&b);
    g_assert_cmpuint(probe_level(b.m, 1), ==, 0);
    done(&b);
}

static void read_protection(void)
{
    struct bench b = bench();
    unlock(b.m);
    program_word(b.m, SECTOR5, 0x12345678);
    launch_options(b.m, 0x0FFF00EC); /* level 1 */
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0x12345678);
    launch_options(b.m, 0x0FFF11EC); /* still level 1 */
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0x12345678);
    launch_options(b.m, 0x0FFFAAEC); /* back to level 0 erases all */
    g_assert_cmphex(reg_read(b.m, SECTOR5), ==, 0xFFFFFFFF);
    launch_options(b.m, 0x0FFFCCEC); /* level 2: for good */
    system_reset(&b);
    option_unlock(b.m);
    g_assert_cmphex(reg_read(b.m, OPTCR), ==, 0x0FFFCCED);
    done(&b);
}

static unsigned count_words(struct machine *m, uint32_t start, uint32_t size, uint32_t value)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < size; i += 4)
        n += reg_read(m, start + i) == value;
    return n;
}

/* Sector 1 full of zeros, its erase 100 of 250ms old. */
static struct bench erasing(void)
{
    struct bench b = bench();
    unlock(b.m);
    device_flash_fill(b.dev, 0x4000, 0, 0x4000);
    reg_write(b.m, CR, SER | SNB(1) | X32 | STRT);
    pass(b.m, 100 * TICKS_PER_MS);
    g_string_truncate(b.events, 0);
    return b;
}

static void interruption(void)
{
    struct bench b = erasing();
    stm32f2_flash_interrupt(b.dev, FLASH_KEEP_OLD, 0.5);
    assert_events(&b, "flash erase cut sector=1 address=08004000 size=16384 old;");
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    finish(b.m);
    g_assert_cmpuint(count_words(b.m, 0x08004000, 0x4000, 0), ==, 4096);
    g_assert_cmpuint(stm32f2_flash_get_persistent(b.dev).erase_counts[1], ==, 1);
    stm32f2_flash_interrupt(b.dev, FLASH_COMPLETE, 0.5); /* nothing under way */
    assert_events(&b, "");
    done(&b);

    b = erasing();
    stm32f2_flash_interrupt(b.dev, FLASH_COMPLETE, 0.5);
    g_assert_cmpuint(count_words(b.m, 0x08004000, 0x4000, 0xFFFFFFFF), ==, 4096);
    done(&b);

    b = erasing();
    stm32f2_flash_interrupt(b.dev, FLASH_SEEDED, 0.25);
    unsigned erased = count_words(b.m, 0x08004000, 0x4000, 0xFFFFFFFF);
    g_assert_cmpuint(erased, >, 4096 / 5);
    g_assert_cmpuint(erased, <, 4096 * 3 / 10);
    g_assert_cmpuint(erased + count_words(b.m, 0x08004000, 0x4000, 0), ==, 4096);
    g_assert_cmphex(reg_read(b.m, 0x08008000), ==, 0xFFFFFFFF);
    done(&b);
}

static void interrupted_program(void)
{
    struct bench b = bench();
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    uint32_t cleared = 0;
    for (uint32_t i = 0; i < 64; i++) {
        store(b.m, SECTOR5 + 4 * i, 4, 0x0000FFFF);
        store(b.m, SECTOR5 + 0x1000, 4, 0); /* waits, and is lost */
        stm32f2_flash_interrupt(b.dev, FLASH_SEEDED, 0.5);
        uint32_t word = reg_read(b.m, SECTOR5 + 4 * i);
        g_assert_cmphex(word & 0xFFFF, ==, 0xFFFF); /* no bit that was to stay */
        cleared += (uint32_t)__builtin_popcount(~word);
    }
    g_assert_cmpuint(cleared, >, 64 * 16 * 4 / 10);
    g_assert_cmpuint(cleared, <, 64 * 16 * 6 / 10);
    finish(b.m);
    g_assert_cmphex(reg_read(b.m, SECTOR5 + 0x1000), ==, 0xFFFFFFFF);
    done(&b);
}

/* A reset aborts the operation, at the point that it has reached. */
static void reset_while_busy(void)
{
    struct bench b = erasing();
    system_reset(&b);
    assert_events(&b, "flash erase cut sector=1 address=08004000 size=16384 mixed;");
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    g_assert_cmphex(reg_read(b.m, CR), ==, LOCK);
    unsigned erased = count_words(b.m, 0x08004000, 0x4000, 0xFFFFFFFF); /* 0.4 of it */
    g_assert_cmpuint(erased, >, 4096 * 7 / 20);
    g_assert_cmpuint(erased, <, 4096 * 9 / 20);
    finish(b.m);
    assert_events(&b, "");
    done(&b);
}

static void deterministic(void)
{
    struct bench a = erasing(), b = erasing();
    system_reset(&a);
    system_reset(&b);
    for (uint32_t i = 0; i < 0x4000; i += 4)
        g_assert_cmphex(reg_read(a.m, 0x08004000 + i), ==, reg_read(b.m, 0x08004000 + i));
    done(&a);
    done(&b);
}

/* ---- the information block ---- */

static void signature(void)
{
    struct bench b = bench();
    struct device *memory = machine_device(b.m, "SYSMEM");
    struct stm32f2_system_memory_persistent p = stm32f2_system_memory_get_persistent(memory);
    for (unsigned i = 0; i < sizeof p.unique_id; i++)
        p.unique_id[i] = (uint8_t)i;
    stm32f2_system_memory_set_persistent(memory, p);
    machine_power_on(b.m);
    g_assert_cmphex(reg_read(b.m, UID), ==, 0x03020100);
    g_assert_cmphex(reg_read(b.m, UID + 8), ==, 0x0B0A0908);
    uint32_t value;
    g_assert_true(machine_bus_read(b.m, SIZE, 2, &value));
    g_assert_cmpuint(value, ==, 1024);
    g_assert_true(machine_bus_read(b.m, UID + 5, 1, &value));
    g_assert_cmpuint(value, ==, 5);
    g_assert_cmphex(reg_read(b.m, OPTION_LOW) & 0xFFFF, ==, 0xAAFF);
    g_assert_cmphex(reg_read(b.m, OPTION_HIGH) & 0xFFF, ==, 0xFFF);
    done(&b);
}

static void otp(void)
{
    struct bench b = bench();
    g_assert_cmphex(reg_read(b.m, OTP), ==, 0xFFFFFFFF);
    store(b.m, OTP, 4, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGSERR); /* PG is 0 */
    reg_write(b.m, SR, PGSERR);
    unlock(b.m);
    reg_write(b.m, CR, PG | X32);
    store(b.m, OTP, 1, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, PGPERR);
    reg_write(b.m, SR, PGPERR);
    g_string_truncate(b.events, 0);
    store(b.m, OTP + 4, 4, 0x12345678);
    assert_events(&b, "flash otp end address=1FFF7804 size=4 value=12345678;");
    g_assert_cmphex(reg_read(b.m, SR), ==, BSY);
    pass(b.m, WORD_US);
    g_assert_cmphex(reg_read(b.m, SR), ==, 0);
    store(b.m, OTP + 4, 4, 0xF0F0F0F0); /* 1 to 0 only */
    finish(b.m);
    g_assert_cmphex(reg_read(b.m, OTP + 4), ==, 0x10305070);
    reg_write(b.m, CR, PG | X8);
    store(b.m, 0x1FFF7A01, 1, 0); /* locks block 1: 0x1FFF7820..3F */
    finish(b.m);
    store(b.m, 0x1FFF7820, 1, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    reg_write(b.m, SR, WRPERR);
    store(b.m, 0x1FFF783F, 1, 0);
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    reg_write(b.m, SR, WRPERR);
    store(b.m, 0x1FFF7840, 1, 0);
    finish(b.m);
    store(b.m, UID, 1, 0); /* never writable */
    g_assert_cmphex(reg_read(b.m, SR), ==, WRPERR);
    g_assert_cmphex(reg_read(b.m, 0x1FFF7820), ==, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(b.m, 0x1FFF7840), ==, 0xFFFFFF00);
    machine_power_on(b.m);
    g_assert_cmphex(reg_read(b.m, OTP + 4), ==, 0x10305070);
    struct stm32f2_system_memory_persistent p = stm32f2_system_memory_get_persistent(machine_device(b.m, "SYSMEM"));
    g_assert_cmphex(p.otp[4], ==, 0x70);
    g_assert_cmphex(p.otp[513], ==, 0);
    done(&b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flash/reset-values", reset_values);
    g_test_add_func("/flash/key", key);
    g_test_add_func("/flash/option-key", option_key);
    g_test_add_func("/flash/program", program);
    g_test_add_func("/flash/alias-is-ignored", alias_is_ignored);
    g_test_add_func("/flash/queue", queue);
    g_test_add_func("/flash/program-sequence", program_sequence);
    g_test_add_func("/flash/program-parallelism", program_parallelism);
    g_test_add_func("/flash/program-alignment", program_alignment);
    g_test_add_func("/flash/sector-erase", sector_erase);
    g_test_add_func("/flash/mass-erase", mass_erase);
    g_test_add_func("/flash/write-protection", write_protection);
    g_test_add_func("/flash/end-of-operation", end_of_operation);
    g_test_add_func("/flash/error-interrupt", error_interrupt);
    g_test_add_func("/flash/option-bytes", option_bytes);
    g_test_add_func("/flash/hardware-watchdog", hardware_watchdog);
    g_test_add_func("/flash/read-protection", read_protection);
    g_test_add_func("/flash/interruption", interruption);
    g_test_add_func("/flash/interrupted-program", interrupted_program);
    g_test_add_func("/flash/reset-while-busy", reset_while_busy);
    g_test_add_func("/flash/deterministic", deterministic);
    g_test_add_func("/system-memory/signature", signature);
    g_test_add_func("/system-memory/otp", otp);
    return g_test_run();
}
