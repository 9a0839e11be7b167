/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/core/machine-internal.h"
#include "peripherals/stm32f2/rtc.h"
#include "tests/unit/device-test.h"

enum {
    BASE = 0x40002800,
    TR = BASE,
    DR = BASE + 0x04,
    CR = BASE + 0x08,
    ISR = BASE + 0x0C,
    PRER = BASE + 0x10,
    WUTR = BASE + 0x14,
    CALIBR = BASE + 0x18,
    ALRMAR = BASE + 0x1C,
    ALRMBR = BASE + 0x20,
    WPR = BASE + 0x24,
    TSTR = BASE + 0x30,
    TSDR = BASE + 0x34,
    TAFCR = BASE + 0x40,
    BKP0R = BASE + 0x50,
    BKP1R = BASE + 0x54,
    BKP19R = BASE + 0x9C,
};
enum {
    TSEDGE = 1 << 3,
    FMT = 1 << 6,
    ALRAE = 1 << 8,
    ALRBE = 1 << 9,
    WUTE = 1 << 10,
    TSE = 1 << 11,
    ALRAIE = 1 << 12,
    ALRBIE = 1 << 13,
    WUTIE = 1 << 14,
    TSIE = 1 << 15,
    ADD1H = 1 << 16,
    SUB1H = 1 << 17,
};
enum {
    ALRAWF = 1 << 0,
    ALRBWF = 1 << 1,
    WUTWF = 1 << 2,
    INITS = 1 << 4,
    RSF = 1 << 5,
    INITF = 1 << 6,
    INIT = 1 << 7,
    ALRAF = 1 << 8,
    ALRBF = 1 << 9,
    WUTF = 1 << 10,
    TSF = 1 << 11,
    TSOVF = 1 << 12,
    TAMP1F = 1 << 13,
};
#define MSK1  UINT32_C(0x00000080)
#define MSK2  UINT32_C(0x00008000)
#define MSK3  UINT32_C(0x00800000)
#define MSK4  UINT32_C(0x80000000)
#define WDSEL UINT32_C(0x40000000)

/* Lines of the probe. */
enum { DBP, FREEZE, AF1, AF2 };
enum { ALARM, TAMPER, WAKEUP, ANY };

#define CYCLE (TICKS_PER_SECOND / 32768)

static struct machine *bench_sealed(void)
{
    struct machine *m = bench_new();
    machine_add_device(m, &stm32f2_rtc_class, "RTC", BASE, NULL);
    machine_connect(m, "probe.out0", "RTC.dbp");
    machine_connect(m, "probe.out1", "RTC.debug_freeze");
    machine_connect(m, "probe.out2", "RTC.af1");
    machine_connect(m, "probe.out3", "RTC.af2");
    machine_connect(m, "RTC.alarm", "probe.in0");
    machine_connect(m, "RTC.tamper", "probe.in1");
    machine_connect(m, "RTC.wakeup", "probe.in2");
    machine_connect(m, "RTC.any", "probe.in3");
    machine_connect_clock(m, "RTCCLK", "RTC.rtc");
    machine_seal(m);
    return m;
}

/* With the LSE as its clock, unlocked. */
static struct machine *bench(void)
{
    struct machine *m = bench_sealed();
    machine_power_on(m);
    machine_set_clock(m, "RTCCLK", FREQUENCY_HZ(32768));
    probe_set(m, DBP, 1);
    reg_write(m, WPR, 0xCA);
    reg_write(m, WPR, 0x53);
    return m;
}

static void enter_init(struct machine *m)
{
    reg_write(m, ISR, 0xFFFFFFFF);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, ISR) & (INIT | INITF), ==, INIT | INITF);
}

static void leave_init(struct machine *m)
{
    reg_write(m, ISR, ~(uint32_t)INIT);
}

/* Set the clock; four cycles later its first second begins. */
static void set_calendar(struct machine *m, uint32_t tr, uint32_t dr)
{
    enter_init(m);
    reg_write(m, TR, tr);
    reg_write(m, DR, dr);
    leave_init(m);
    pass(m, 4 * CYCLE);
}

static void assert_calendar(struct machine *m, uint32_t tr, uint32_t dr)
{
    g_assert_cmphex(reg_read(m, TR), ==, tr);
    g_assert_cmphex(reg_read(m, DR), ==, dr);
}

static void seconds(struct machine *m, unsigned n)
{
    pass(m, n * TICKS_PER_SECOND);
}

static void reset_values(void)
{
    struct machine *m = bench_sealed();
    machine_power_on(m);
    static const uint32_t expected[][2] = {{TR, 0},        {DR, 0x2101}, {CR, 0},     {ISR, 7},    {PRER, 0x007F00FF},
                                           {WUTR, 0xFFFF}, {CALIBR, 0},  {ALRMAR, 0}, {ALRMBR, 0}, {WPR, 0},
                                           {TSTR, 0},      {TSDR, 0},    {TAFCR, 0},  {BKP0R, 0},  {BKP19R, 0}};
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmphex(reg_read(m, expected[i][0]), ==, expected[i][1]);
    struct device *dev = machine_device(m, "RTC");
    g_assert_nonnull(strstr(dev->class->explain(dev, 3), "RTCCLK is off"));
    machine_free(m);
}

static void calendar(void)
{
    static const struct {
        uint32_t tr, dr, next_tr, next_dr;
    } steps[] = {
        {0x000000, 0x002101, 0x000001, 0x002101}, {0x000009, 0x002101, 0x000010, 0x002101},
        {0x000059, 0x002101, 0x000100, 0x002101}, {0x095959, 0x002101, 0x100000, 0x002101},
        {0x195959, 0x002101, 0x200000, 0x002101}, {0x235959, 0x002101, 0x000000, 0x004102},
        {0x235959, 0x00E131, 0x000000, 0x002201}, /* 31 January, Sunday */
        {0x235959, 0x154228, 0x000000, 0x156301}, /* 28 February 2015 */
        {0x235959, 0x16E228, 0x000000, 0x162229}, /* 2016: leap year */
        {0x235959, 0x162229, 0x000000, 0x164301}, {0x235959, 0x002228, 0x000000, 0x004229},
        {0x235959, 0x152430, 0x000000, 0x154501}, {0x235959, 0x152930, 0x000000, 0x155001},
        {0x235959, 0x153031, 0x000000, 0x155101}, {0x235959, 0x155231, 0x000000, 0x166101},
        {0x235959, 0x995231, 0x000000, 0x006101},
    };
    struct machine *m = bench();
    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        uint32_t dr = steps[i].dr, next_dr = steps[i].next_dr;
        set_calendar(m, steps[i].tr, dr);
        assert_calendar(m, steps[i].tr, dr);
        pass(m, 32767 * CYCLE);
        assert_calendar(m, steps[i].tr, dr);
        pass(m, 2 * CYCLE); /* one for the second, one more for the shadow registers at most */
        assert_calendar(m, steps[i].next_tr, next_dr);
    }
    /* a long time without a look: 2015-12-31 to 2020-03-01 is 1522 days */
    set_calendar(m, 0x123456, 0x159231); /* Thursday */
    pass(m, 1522 * UINT64_C(86400) * TICKS_PER_SECOND + 2 * CYCLE);
    assert_calendar(m, 0x123456, 0x20E301); /* Sunday */
    machine_free(m);
}

static void twelve_hours(void)
{
    static const uint32_t steps[][2] = {{0x115959, 0x520000}, /* 11:59:59 am, noon */
                                        {0x525959, 0x410000}, /* 12:59:59 pm, 1 pm */
                                        {0x125959, 0x010000},
                                        {0x095959, 0x100000},
                                        {0x495959, 0x500000}};
    struct machine *m = bench();
    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        enter_init(m);
        reg_write(m, CR, FMT);
        reg_write(m, TR, steps[i][0]);
        reg_write(m, DR, 0x2101);
        leave_init(m);
        pass(m, 4 * CYCLE);
        seconds(m, 1);
        pass(m, 2 * CYCLE);
        assert_calendar(m, steps[i][1], 0x2101);
    }
    reg_write(m, CR, 0); /* FMT changes in initialisation mode only */
    g_assert_cmphex(reg_read(m, CR), ==, FMT);
    enter_init(m);
    reg_write(m, TR, 0x515959); /* 11:59:59 pm */
    leave_init(m);
    pass(m, 6 * CYCLE);
    seconds(m, 1);
    assert_calendar(m, 0x120000, 0x4102);
    machine_free(m);
}

static void prescaler(void)
{
    struct machine *m = bench();
    reg_write(m, PRER, 0); /* only in initialisation mode */
    g_assert_cmphex(reg_read(m, PRER), ==, 0x007F00FF);
    enter_init(m);
    reg_write(m, PRER, 0x000003E7); /* in two steps: 1000 synchronous ... */
    reg_write(m, PRER, 0x000703E7); /* ... times 8 asynchronous */
    reg_write(m, TR, 0);
    leave_init(m);
    g_assert_cmphex(reg_read(m, PRER), ==, 0x000703E7);
    pass(m, (4 + 8000 * 3 - 1) * CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 2);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 3);
    reg_read(m, DR);
    /* a shorter second does not make up for time gone by */
    pass(m, 3000 * CYCLE);
    enter_init(m);
    reg_write(m, PRER, 0x0000000F);
    reg_write(m, PRER, 0x000703E7);
    leave_init(m);
    pass(m, 4 * CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 3);
    pass(m, 8000 * CYCLE);
    pass(m, 2 * CYCLE);
    /* another rate of the clock, and none */
    reg_read(m, DR);
    machine_set_clock(m, "RTCCLK", FREQUENCY_HZ(16000));
    seconds(m, 4);
    g_assert_cmphex(reg_read(m, TR), ==, 0x12);
    machine_set_clock(m, "RTCCLK", FREQUENCY_STOPPED);
    seconds(m, 100);
    g_assert_cmphex(reg_read(m, TR), ==, 0x12);
    machine_free(m);
}

static void init(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x010203, 0x002101);
    g_assert_cmphex(reg_read(m, ISR) & (INITS | INIT | INITF), ==, 0); /* year 0 counts as not set */
    /* not in initialisation mode: no change */
    reg_write(m, TR, 0x111111);
    reg_write(m, DR, 0x112111);
    pass(m, 4 * CYCLE);
    assert_calendar(m, 0x010203, 0x002101);
    /* two clock cycles to get there */
    reg_write(m, ISR, 0xFFFFFFFF);
    g_assert_cmphex(reg_read(m, ISR) & (INIT | INITF), ==, INIT);
    reg_write(m, TR, 0x111111);
    pass(m, 2 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, ISR) & (INIT | INITF), ==, INIT);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & (INIT | INITF | RSF), ==, INIT | INITF);
    /* the calendar stands still */
    seconds(m, 10);
    leave_init(m);
    pass(m, 4 * CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 0x010203);
    reg_read(m, DR);
    set_calendar(m, 0x010203, 0x702101);
    g_assert_cmphex(reg_read(m, ISR) & INITS, ==, INITS);
    /* left before it was reached: nothing happened */
    pass(m, TICKS_PER_SECOND / 2);
    reg_write(m, ISR, 0xFFFFFFFF);
    pass(m, CYCLE);
    leave_init(m);
    pass(m, TICKS_PER_SECOND / 2 + CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 0x010204);
    machine_free(m);
}

static void synchronisation(void)
{
    struct machine *m = bench();
    /* RSF is set by the copies at every other cycle */
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, RSF);
    reg_write(m, ISR, ~(uint32_t)(RSF | INIT));
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, 0);
    pass(m, 2 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, RSF);

    /* initialisation mode clears it; what was set shows with the next copy */
    enter_init(m);
    reg_write(m, TR, 0x235959);
    reg_write(m, DR, 0x002101);
    g_assert_cmphex(reg_read(m, TR), ==, 0);
    reg_read(m, DR);
    leave_init(m);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, 0);
    g_assert_cmphex(reg_read(m, TR), ==, 0);
    reg_read(m, DR);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, RSF);
    /* reading TR locks DR until that is read */
    g_assert_cmphex(reg_read(m, TR), ==, 0x235959);
    uint32_t value;
    g_assert_true(machine_peek(m, DR, 4, &value)); /* a debugger's look unlocks nothing */
    seconds(m, 2);
    g_assert_cmphex(reg_read(m, DR), ==, 0x002101);
    g_assert_cmphex(reg_read(m, DR), ==, 0x004102);

    /* nor does a look at TR lock it; a second that begins between two copies shows with the next one */
    pass(m, CYCLE);
    set_calendar(m, 0x235959, 0x002101);
    pass(m, 100 * CYCLE);
    g_assert_true(machine_peek(m, TR, 4, &value));
    pass(m, 32668 * CYCLE);
    g_assert_true(machine_peek(m, TR, 4, &value));
    g_assert_cmphex(value, ==, 0x235959);
    g_assert_true(machine_peek(m, DR, 4, &value));
    g_assert_cmphex(value, ==, 0x002101);
    pass(m, CYCLE);
    g_assert_cmphex(reg_read(m, DR), ==, 0x004102);
    assert_calendar(m, 0, 0x004102);
    seconds(m, 1);

    /* a system reset resets the shadow registers until the next copy, and not the calendar */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, 0);
    assert_calendar(m, 0, 0x2101);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, ISR) & RSF, ==, RSF);
    assert_calendar(m, 0x000001, 0x004102);
    machine_free(m);
}

static void daylight_saving(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x013020, 0x002101);
    reg_write(m, CR, ADD1H);
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    pass(m, 2 * CYCLE);
    assert_calendar(m, 0x023020, 0x002101);
    reg_write(m, CR, SUB1H);
    reg_write(m, CR, SUB1H);
    pass(m, 2 * CYCLE);
    assert_calendar(m, 0x003020, 0x002101);
    reg_write(m, CR, SUB1H); /* not from hour 0 */
    pass(m, 2 * CYCLE);
    assert_calendar(m, 0x003020, 0x002101);
    machine_free(m);
}

static void write_protection(void)
{
    struct machine *m = bench_sealed();
    machine_power_on(m);
    machine_set_clock(m, "RTCCLK", FREQUENCY_HZ(32768));
    probe_set(m, DBP, 1);
    reg_write(m, CR, ALRAIE);
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    reg_write(m, ISR, INIT);
    g_assert_cmphex(reg_read(m, ISR), ==, 7);
    reg_write(m, TAFCR, 4); /* not protected */
    g_assert_cmphex(reg_read(m, TAFCR), ==, 4);
    reg_write(m, WPR, 0x53); /* wrong order */
    reg_write(m, WPR, 0xCA);
    reg_write(m, CR, ALRAIE);
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    reg_write(m, WPR, 0xCA);
    reg_write(m, WPR, 0x53);
    reg_write(m, CR, ALRAIE);
    g_assert_cmphex(reg_read(m, CR), ==, ALRAIE);
    g_assert_cmphex(reg_read(m, WPR), ==, 0);
    /* not affected by a system reset */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    reg_write(m, CR, ALRBIE);
    g_assert_cmphex(reg_read(m, CR), ==, ALRBIE);
    reg_write(m, WPR, 0xFF);
    reg_write(m, CR, 0);
    g_assert_cmphex(reg_read(m, CR), ==, ALRBIE);
    /* DBP protects everything, the keys included */
    probe_set(m, DBP, 0);
    reg_write(m, WPR, 0xCA);
    reg_write(m, WPR, 0x53);
    reg_write(m, TAFCR, 0);
    g_assert_cmphex(reg_read(m, TAFCR), ==, 4);
    probe_set(m, DBP, 1);
    reg_write(m, CR, 0);
    g_assert_cmphex(reg_read(m, CR), ==, ALRBIE);
    machine_free(m);
}

static void alarm_write(void)
{
    struct machine *m = bench();
    reg_write(m, ALRMAR, 0x11223344);
    g_assert_cmphex(reg_read(m, ALRMAR), ==, 0x11223344);
    reg_write(m, CR, ALRAE | ALRBE);
    g_assert_cmphex(reg_read(m, ISR) & 7, ==, WUTWF);
    reg_write(m, ALRMAR, 0);
    reg_write(m, ALRMBR, 0x11);
    g_assert_cmphex(reg_read(m, ALRMAR), ==, 0x11223344);
    g_assert_cmphex(reg_read(m, ALRMBR), ==, 0);
    reg_write(m, CR, ALRBE);
    pass(m, 2 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, ISR) & 7, ==, WUTWF);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & 7, ==, WUTWF | ALRAWF);
    reg_write(m, ALRMAR, 0);
    g_assert_cmphex(reg_read(m, ALRMAR), ==, 0);
    reg_write(m, CR, 0);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, ISR) & 7, ==, WUTWF | ALRAWF | ALRBWF);
    /* in initialisation mode always */
    reg_write(m, CR, ALRAE);
    enter_init(m);
    g_assert_cmphex(reg_read(m, ISR) & 3, ==, 0);
    reg_write(m, ALRMAR, 0x22);
    g_assert_cmphex(reg_read(m, ALRMAR), ==, 0x22);
    machine_free(m);
}

static void alarm(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x123450, 0x002115);
    reg_write(m, ALRMAR, 0x15123452);
    reg_write(m, ALRMBR, 0x15123454);
    reg_write(m, CR, ALRAE | ALRAIE | ALRBE);
    pass(m, 2 * TICKS_PER_SECOND - 1);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | ALRBF), ==, 0);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | ALRBF), ==, ALRAF);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 1);
    g_assert_cmpuint(probe_level(m, ANY), ==, 1);
    reg_write(m, ISR, ~(uint32_t)(ALRAF | INIT));
    g_assert_cmpuint(probe_level(m, ALARM), ==, 0);
    g_assert_cmpuint(probe_level(m, ANY), ==, 0);
    seconds(m, 2);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | ALRBF), ==, ALRBF);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 0); /* not enabled */
    reg_write(m, CR, ALRAE | ALRAIE | ALRBE | ALRBIE);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 1);
    /* the flags can be cleared without the keys, and survive a system reset */
    machine_apply_reset(m, RESET_SYSTEM, "standby");
    g_assert_cmpuint(probe_level(m, ALARM), ==, 1);
    reg_write(m, WPR, 0);
    reg_write(m, ISR, 0);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 0);
    /* once a day at 12:34:52, but the day is the 16th by then */
    seconds(m, 86400);
    g_assert_cmphex(reg_read(m, ISR) & ALRAF, ==, 0);
    /* am and pm differ */
    reg_write(m, WPR, 0xCA);
    reg_write(m, WPR, 0x53);
    enter_init(m);
    reg_write(m, CR, FMT);
    reg_write(m, TR, 0x515959);
    reg_write(m, ALRMAR, 0x80520000);
    leave_init(m);
    reg_write(m, CR, FMT | ALRAE);
    seconds(m, 10);
    g_assert_cmphex(reg_read(m, ISR) & ALRAF, ==, 0);
    seconds(m, 12 * 3600);
    g_assert_cmphex(reg_read(m, ISR) & ALRAF, ==, ALRAF);
    machine_free(m);
}

/* Alarms between 12:34:50 on Saturday the 15th and two days later, with a given setting. */
static unsigned count_alarms(uint32_t setting, unsigned duration)
{
    struct machine *m = bench();
    set_calendar(m, 0x123450, 0x00C115);
    reg_write(m, ALRMBR, setting);
    reg_write(m, CR, ALRBE | ALRBIE);
    for (unsigned i = 0; i < duration; i++) {
        seconds(m, 1);
        reg_write(m, ISR, ~(uint32_t)(ALRBF | INIT));
    }
    unsigned n = probe_rises(m, ALARM);
    machine_free(m);
    return n;
}

static void alarm_masks(void)
{
    g_assert_cmpuint(count_alarms(MSK4 | MSK3 | MSK2 | MSK1, 100), ==, 100);
    g_assert_cmpuint(count_alarms(MSK4 | MSK3 | MSK2 | 0x07, 600), ==, 10);
    g_assert_cmpuint(count_alarms(MSK4 | MSK3 | 0x3507, 7200), ==, 2);
    g_assert_cmpuint(count_alarms(MSK4 | MSK3 | MSK1 | 0x3600, 3600), ==, 60); /* each second of a minute */
    g_assert_cmpuint(count_alarms(MSK4 | 0x133500, 4000), ==, 1);
    g_assert_cmpuint(count_alarms(0x15123500, 100), ==, 1);
    g_assert_cmpuint(count_alarms(0x16123500, 100), ==, 0);
    g_assert_cmpuint(count_alarms(WDSEL | 0x06123500, 100), ==, 1);
    g_assert_cmpuint(count_alarms(WDSEL | 0x07123500, 100), ==, 0);
    g_assert_cmpuint(count_alarms(WDSEL | 0x07000000, 86400 / 2), ==, 1);
}

static void wakeup(void)
{
    static const unsigned dividers[] = {16, 8, 4, 2};
    for (unsigned i = 0; i < 4; i++) {
        struct machine *m = bench();
        reg_write(m, CR, i);
        reg_write(m, WUTR, 9);
        reg_write(m, CR, i | WUTE | WUTIE);
        for (unsigned k = 0; k < 3; k++) {
            pass(m, 10 * dividers[i] * CYCLE - 1);
            g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, 0);
            pass(m, 1);
            g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, WUTF);
            g_assert_cmpuint(probe_level(m, WAKEUP), ==, 1);
            g_assert_cmpuint(probe_level(m, ANY), ==, 1);
            reg_write(m, ISR, ~(uint32_t)(WUTF | INIT));
            g_assert_cmpuint(probe_level(m, WAKEUP), ==, 0);
        }
        reg_write(m, CR, i | WUTIE);
        seconds(m, 1);
        g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, 0);
        machine_free(m);
    }
    /* with the calendar's second, and with 2^16 more of them */
    for (unsigned i = 4; i < 8; i++) {
        uint64_t n = i < 6 ? 5 : 5 + 65536;
        struct machine *m = bench();
        set_calendar(m, 0, 0x2101);
        pass(m, TICKS_PER_SECOND / 2);
        reg_write(m, CR, i);
        reg_write(m, WUTR, 4);
        reg_write(m, CR, i | WUTE);
        pass(m, n * TICKS_PER_SECOND - TICKS_PER_SECOND / 2 - 1);
        g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, 0);
        pass(m, 1);
        g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, WUTF);
        g_assert_cmpuint(probe_level(m, WAKEUP), ==, 0);
        machine_free(m);
    }
    /* initialisation mode stops the seconds */
    struct machine *m = bench();
    set_calendar(m, 0, 0x2101);
    reg_write(m, CR, 4);
    reg_write(m, WUTR, 1);
    reg_write(m, CR, 4 | WUTE);
    seconds(m, 1);
    enter_init(m);
    seconds(m, 10);
    g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, 0);
    leave_init(m);
    pass(m, 4 * CYCLE + TICKS_PER_SECOND - 1);
    g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & WUTF, ==, WUTF);
    machine_free(m);
}

static void wakeup_write(void)
{
    struct machine *m = bench();
    reg_write(m, WUTR, 100);
    reg_write(m, CR, 1);
    reg_write(m, CR, 1 | WUTE);
    g_assert_cmphex(reg_read(m, ISR) & WUTWF, ==, 0);
    reg_write(m, WUTR, 1);
    reg_write(m, CR, 2 | WUTE);
    g_assert_cmphex(reg_read(m, WUTR), ==, 100);
    g_assert_cmphex(reg_read(m, CR), ==, 1 | WUTE);
    reg_write(m, CR, 2); /* not in the write that switches it off either */
    g_assert_cmphex(reg_read(m, CR), ==, 1);
    pass(m, 2 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, ISR) & WUTWF, ==, 0);
    reg_write(m, CR, 2);
    g_assert_cmphex(reg_read(m, CR), ==, 1);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & WUTWF, ==, WUTWF);
    reg_write(m, CR, 2);
    reg_write(m, WUTR, 1);
    g_assert_cmphex(reg_read(m, CR), ==, 2);
    g_assert_cmphex(reg_read(m, WUTR), ==, 1);
    machine_free(m);
}

static void timestamp(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x112233, 0x15D117);
    probe_set(m, AF1, 1); /* off */
    probe_set(m, AF1, 0);
    reg_write(m, CR, TSE | TSIE);
    probe_set(m, AF2, 1); /* the other pin */
    seconds(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & TSF, ==, 0);
    probe_set(m, AF1, 1);
    /* two ck_apre cycles */
    pass(m, 2 * 128 * CYCLE - 1);
    g_assert_cmphex(reg_read(m, ISR) & TSF, ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & (TSF | TSOVF), ==, TSF);
    g_assert_cmphex(reg_read(m, TSTR), ==, 0x112234);
    g_assert_cmphex(reg_read(m, TSDR), ==, 0xD117);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 1);
    g_assert_cmpuint(probe_level(m, ANY), ==, 1);
    probe_set(m, AF1, 0);
    g_assert_cmphex(reg_read(m, ISR) & (TSF | TSOVF), ==, TSF);
    seconds(m, 1);
    probe_set(m, AF1, 1); /* one more */
    g_assert_cmphex(reg_read(m, ISR) & (TSF | TSOVF), ==, TSF | TSOVF);
    g_assert_cmphex(reg_read(m, TSTR), ==, 0x112234);
    reg_write(m, ISR, ~(uint32_t)(TSF | INIT));
    g_assert_cmphex(reg_read(m, ISR) & (TSF | TSOVF), ==, TSOVF);
    g_assert_cmphex(reg_read(m, TSTR), ==, 0);
    g_assert_cmphex(reg_read(m, TSDR), ==, 0);
    reg_write(m, ISR, ~(uint32_t)(TSOVF | INIT));
    g_assert_cmphex(reg_read(m, ISR) & (TSF | TSOVF), ==, 0);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 0);
    /* falling edge, and the second pin */
    reg_write(m, CR, 0);
    reg_write(m, CR, TSEDGE);
    reg_write(m, TAFCR, 1 << 17);
    reg_write(m, CR, TSEDGE | TSE);
    probe_set(m, AF1, 0);
    seconds(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & TSF, ==, 0);
    probe_set(m, AF2, 0);
    seconds(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & TSF, ==, TSF);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 0);
    machine_free(m);
}

static void tamper(void)
{
    enum { TAMP1E = 1, TAMP1TRG = 2, TAMPIE = 4, TAMP1INSEL = 1 << 16 };
    struct machine *m = bench();
    reg_write(m, BKP0R, 0x11111111);
    reg_write(m, BKP19R, 0x22222222);
    probe_set(m, AF1, 1);
    g_assert_cmphex(reg_read(m, BKP0R), ==, 0x11111111);
    probe_set(m, AF1, 0);
    reg_write(m, TAFCR, TAMP1E | TAMPIE);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, 0);
    probe_set(m, AF2, 1);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, 0);
    probe_set(m, AF1, 1);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, TAMP1F);
    g_assert_cmphex(reg_read(m, BKP0R), ==, 0);
    g_assert_cmphex(reg_read(m, BKP19R), ==, 0);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 1);
    g_assert_cmpuint(probe_level(m, ANY), ==, 1);
    reg_write(m, TAFCR, 0);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 0);
    reg_write(m, ISR, ~(uint32_t)(TAMP1F | INIT));
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, 0);
    /* a level that is there when detection is switched on counts */
    reg_write(m, BKP0R, 1);
    reg_write(m, TAFCR, TAMP1E);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, TAMP1F);
    g_assert_cmphex(reg_read(m, BKP0R), ==, 0);
    g_assert_cmpuint(probe_level(m, TAMPER), ==, 0);
    /* falling, on the other pin */
    reg_write(m, TAFCR, 0);
    reg_write(m, ISR, ~(uint32_t)(TAMP1F | INIT));
    reg_write(m, TAFCR, TAMP1TRG | TAMP1INSEL | TAMP1E);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, 0);
    probe_set(m, AF1, 0);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, 0);
    probe_set(m, AF2, 0);
    g_assert_cmphex(reg_read(m, ISR) & TAMP1F, ==, TAMP1F);
    machine_free(m);
}

struct log {
    unsigned n;
    char name[8];
    uint64_t value, old;
};

static void note(const struct event *event, void *data)
{
    struct log *log = data;
    if (strcmp(event->kind, "backup") != 0)
        return;
    log->n++;
    g_strlcpy(log->name, event_field(event, "register")->string, sizeof log->name);
    log->value = event_field(event, "value")->hex;
    log->old = event_field(event, "old")->hex;
}

static void backup_registers(void)
{
    struct log log = {0};
    struct machine *m = bench_sealed();
    machine_subscribe(m, note, &log);
    machine_power_on(m);
    reg_write(m, BKP1R, 0xEDFA); /* protected by DBP, and by nothing else */
    g_assert_cmphex(reg_read(m, BKP1R), ==, 0);
    g_assert_cmpuint(log.n, ==, 0);
    probe_set(m, DBP, 1);
    for (unsigned i = 0; i < 20; i++)
        reg_write(m, BKP0R + 4 * i, 0x1000 + i);
    for (unsigned i = 0; i < 20; i++)
        g_assert_cmphex(reg_read(m, BKP0R + 4 * i), ==, 0x1000 + i);
    g_assert_cmpuint(log.n, ==, 20);
    g_assert_cmpstr(log.name, ==, "DR19");
    g_assert_true(machine_bus_write(m, BKP1R, 2, 0xEDFA));
    g_assert_cmpuint(log.n, ==, 21);
    g_assert_cmpstr(log.name, ==, "DR1");
    g_assert_cmphex(log.value, ==, 0xEDFA);
    g_assert_cmphex(log.old, ==, 0x1001);
    reg_write(m, BKP1R, 0xEDFA); /* no change */
    g_assert_cmpuint(log.n, ==, 21);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, BKP1R), ==, 0xEDFA);
    machine_request_reset(m, RESET_BACKUP, "bdrst");
    for (unsigned i = 0; i < 20; i++)
        g_assert_cmphex(reg_read(m, BKP0R + 4 * i), ==, 0);
    g_assert_cmpuint(log.n, ==, 41);
    machine_free(m);
}

static void backup_reset(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x112233, 0x15D117);
    reg_write(m, ALRMAR, MSK4 | MSK3 | MSK2 | MSK1);
    reg_write(m, WUTR, 0);
    reg_write(m, CR, ALRAE | ALRAIE | WUTE);
    reg_write(m, TAFCR, 4);
    seconds(m, 2);
    g_assert_cmpuint(probe_level(m, ALARM), ==, 1);
    /* nothing of it goes with a system or power reset */
    machine_apply_reset(m, RESET_SYSTEM, "software");
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmphex(reg_read(m, CR), ==, ALRAE | ALRAIE | WUTE);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | WUTF), ==, ALRAF | WUTF);
    seconds(m, 1);
    assert_calendar(m, 0x112236, 0x15D117);
    machine_request_reset(m, RESET_BACKUP, "bdrst");
    g_assert_cmpuint(probe_level(m, ALARM), ==, 0);
    g_assert_cmpuint(probe_level(m, ANY), ==, 0);
    static const uint32_t expected[][2] = {{CR, 0}, {PRER, 0x007F00FF}, {WUTR, 0xFFFF}, {ALRMAR, 0}, {TAFCR, 0},
                                           {TR, 0}, {DR, 0x2101},       {ISR, 7}};
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmphex(reg_read(m, expected[i][0]), ==, expected[i][1]);
    reg_write(m, CR, ALRAIE); /* protected again */
    g_assert_cmphex(reg_read(m, CR), ==, 0);
    /* it runs on from 0 */
    seconds(m, 5);
    assert_calendar(m, 0x5, 0x2101);
    machine_free(m);
}

/* A system reset in initialisation mode ends it. */
static void reset_in_init(void)
{
    struct machine *m = bench();
    enter_init(m);
    reg_write(m, TR, 0x112233);
    machine_apply_reset(m, RESET_SYSTEM, "software");
    g_assert_cmphex(reg_read(m, ISR) & (INIT | INITF), ==, 0);
    pass(m, 4 * CYCLE);
    seconds(m, 1);
    pass(m, 2 * CYCLE);
    g_assert_cmphex(reg_read(m, TR), ==, 0x112234);
    machine_free(m);
}

static void debug_freeze(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x112233, 0x15D117);
    reg_write(m, ALRMAR, MSK4 | MSK3 | MSK2 | 0x35);
    reg_write(m, CR, ALRAE);
    seconds(m, 1);
    probe_set(m, FREEZE, 1);
    seconds(m, 100);
    assert_calendar(m, 0x112234, 0x15D117);
    g_assert_cmphex(reg_read(m, ISR) & ALRAF, ==, 0);
    probe_set(m, FREEZE, 0);
    seconds(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & ALRAF, ==, ALRAF);
    machine_free(m);
}

static void kept(void)
{
    struct machine *m = bench();
    set_calendar(m, 0x235958, 0x155231);
    reg_write(m, ALRMAR, MSK4 | 0x000000);
    reg_write(m, CR, 4);
    reg_write(m, WUTR, 2);
    reg_write(m, CR, ALRAE | WUTE | WUTIE | 4);
    for (unsigned i = 0; i < 20; i++)
        reg_write(m, BKP0R + 4 * i, 0x1000 + i);
    pass(m, TICKS_PER_SECOND / 2);
    struct stm32f2_rtc_backup b = stm32f2_rtc_backup_get(machine_device(m, "RTC"));
    g_assert_cmphex(b.tr, ==, 0x235958);
    g_assert_cmphex(b.dr, ==, 0x155231);
    g_assert_cmpuint(b.since_second, ==, 16384);
    machine_free(m);

    struct log log = {0};
    m = bench_sealed();
    machine_subscribe(m, note, &log);
    stm32f2_rtc_backup_set(machine_device(m, "RTC"), &b);
    machine_apply_reset(m, RESET_POWER_ON, "power-on");
    g_assert_cmpuint(log.n, ==, 0);
    seconds(m, 10); /* no clock yet */
    machine_set_clock(m, "RTCCLK", FREQUENCY_HZ(32768));
    for (unsigned i = 0; i < 20; i++)
        g_assert_cmphex(reg_read(m, BKP0R + 4 * i), ==, 0x1000 + i);
    pass(m, 3 * TICKS_PER_SECOND / 2 - 1);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | WUTF), ==, 0);
    pass(m, 1);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | WUTF), ==, ALRAF);
    pass(m, TICKS_PER_SECOND);
    g_assert_cmphex(reg_read(m, ISR) & (ALRAF | WUTF), ==, ALRAF | WUTF);
    pass(m, 2 * CYCLE);
    assert_calendar(m, 0x000001, 0x166101);
    probe_set(m, DBP, 1);
    reg_write(m, CR, 0); /* still unlocked */
    g_assert_cmphex(reg_read(m, CR), ==, 4);
    machine_free(m);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtc/reset-values", reset_values);
    g_test_add_func("/rtc/calendar", calendar);
    g_test_add_func("/rtc/twelve-hours", twelve_hours);
    g_test_add_func("/rtc/prescaler", prescaler);
    g_test_add_func("/rtc/init", init);
    g_test_add_func("/rtc/synchronisation", synchronisation);
    g_test_add_func("/rtc/daylight-saving", daylight_saving);
    g_test_add_func("/rtc/write-protection", write_protection);
    g_test_add_func("/rtc/alarm-write", alarm_write);
    g_test_add_func("/rtc/alarm", alarm);
    g_test_add_func("/rtc/alarm-masks", alarm_masks);
    g_test_add_func("/rtc/wakeup", wakeup);
    g_test_add_func("/rtc/wakeup-write", wakeup_write);
    g_test_add_func("/rtc/timestamp", timestamp);
    g_test_add_func("/rtc/tamper", tamper);
    g_test_add_func("/rtc/backup-registers", backup_registers);
    g_test_add_func("/rtc/backup-reset", backup_reset);
    g_test_add_func("/rtc/reset-in-init", reset_in_init);
    g_test_add_func("/rtc/debug-freeze", debug_freeze);
    g_test_add_func("/rtc/kept", kept);
    return g_test_run();
}
