/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Real-time clock and backup registers (RM0033 chapter 23).
 *
 * Models: the calendar with its prescalers, shadow registers and their synchronisation, initialisation mode, daylight saving,
 * write protection, both alarms, the wake-up timer, time-stamp, tamper detection, and the backup registers. All of it lies in
 * the backup domain: a system reset touches the shadow registers and RSF, INIT and INITF only. The STM32F2's RTC has neither
 * sub-seconds nor BYPSHAD.
 * Leaves out: coarse calibration and the reference clock (stored), the RTC_AF1 output (calibration and alarm output), and that
 * the shadow registers stand still in Stop mode.
 * Real firmware needs: backup registers DR0..DR10 (requests between system and bootloader); the unlock sequence, INITF, RSF,
 * two-step PRER, BCD time and date; alarm A and the wake-up flags for sleep modes.
 */
#include "peripherals/stm32f2/rtc.h"

#include <glib.h>
#include <string.h>

/* clang-format off */
enum {
    RTC_TR, RTC_DR, RTC_CR, RTC_ISR, RTC_PRER, RTC_WUTR, RTC_CALIBR, RTC_ALRMAR, RTC_ALRMBR, RTC_WPR, RTC_TSTR, RTC_TSDR,
    RTC_TAFCR, RTC_BKP0R,
    N_REGISTERS = RTC_BKP0R + STM32F2_RTC_BACKUP_REGISTERS,
};
/* clang-format on */

enum {
    CR_WUCKSEL = 7,
    CR_TSEDGE = BIT(3),
    CR_REFCKON = BIT(4),
    CR_FMT = BIT(6),
    CR_DCE = BIT(7),
    CR_ALRAE = BIT(8),
    CR_ALRBE = BIT(9),
    CR_WUTE = BIT(10),
    CR_TSE = BIT(11),
    CR_ALRAIE = BIT(12),
    CR_ALRBIE = BIT(13),
    CR_WUTIE = BIT(14),
    CR_TSIE = BIT(15),
    CR_ADD1H = BIT(16),
    CR_SUB1H = BIT(17),
    ISR_ALRAWF = BIT(0),
    ISR_ALRBWF = BIT(1),
    ISR_WUTWF = BIT(2),
    ISR_INITS = BIT(4),
    ISR_RSF = BIT(5),
    ISR_INITF = BIT(6),
    ISR_INIT = BIT(7),
    ISR_ALRAF = BIT(8),
    ISR_ALRBF = BIT(9),
    ISR_WUTF = BIT(10),
    ISR_TSF = BIT(11),
    ISR_TSOVF = BIT(12),
    ISR_TAMP1F = BIT(13),
    ISR_FLAGS = 0x3F00,
    TAFCR_TAMP1E = BIT(0),
    TAFCR_TAMP1TRG = BIT(1),
    TAFCR_TAMPIE = BIT(2),
    TAFCR_TAMP1INSEL = BIT(16),
    TAFCR_TSINSEL = BIT(17),
    TR_MASK = 0x007F7F7F,
    DR_MASK = 0x00FFFF3F,
    TSDR_MASK = 0x0000FF3F, /* no year */
    DR_RESET = 0x2101,
};

enum { IN_DBP, IN_DEBUG_FREEZE, IN_AF1, IN_AF2 };
enum { OUT_ALARM, OUT_TAMPER, OUT_WAKEUP, OUT_ANY };
enum { CLOCK_RTC };
enum { TIMER_SECOND, TIMER_WAKEUP, TIMER_TIMESTAMP, N_TIMERS };

/* Steps of the write protection. */
enum { LOCKED, FIRST_KEY, UNLOCKED };

#define NEVER UINT64_MAX

/* All *_at are counts of RTCCLK cycles. */
struct rtc_state {
    struct edge_counter clk;
    uint64_t second_at;                /* the second shown by tr and dr began */
    uint32_t tr, dr;                   /* the calendar */
    uint32_t previous_tr, previous_dr; /* one second earlier: the shadow registers lag */
    uint32_t shadow_tr, shadow_dr;
    uint64_t shadow_from;          /* the shadow registers stand still until then */
    uint32_t frozen_dr, dr_locked; /* TR was read: DR stays until it is read */
    uint32_t unlocked;
    uint64_t init_at;                     /* initialisation mode begins; NEVER while INIT is 0 */
    uint64_t rsf_at;                      /* RSF is set from then on */
    uint64_t alraw_at, alrbw_at, wutw_at; /* the same of the write flags, once the block is disabled */
    uint64_t wakeup_at;                   /* the wake-up timer gets to 0 */
    uint64_t timestamp_at;                /* TSF follows an event; NEVER: none under way */
    uint32_t stamp_tr, stamp_dr;
    uint32_t af; /* bit n: last constant level of af<n+1> */
};

/* ---- registers ---- */

static const struct reg_field tr_fields[] = {
    {"SU", 0, 4, RW, EFFECT, "/rtc/calendar"},      {"ST", 4, 3, RW, EFFECT, "/rtc/calendar"},
    {"MNU", 8, 4, RW, EFFECT, "/rtc/calendar"},     {"MNT", 12, 3, RW, EFFECT, "/rtc/calendar"},
    {"HU", 16, 4, RW, EFFECT, "/rtc/calendar"},     {"HT", 20, 2, RW, EFFECT, "/rtc/calendar"},
    {"PM", 22, 1, RW, EFFECT, "/rtc/twelve-hours"},
};
static const struct reg_field dr_fields[] = {
    {"DU", 0, 4, RW, EFFECT, "/rtc/calendar"},   {"DT", 4, 2, RW, EFFECT, "/rtc/calendar"},
    {"MU", 8, 4, RW, EFFECT, "/rtc/calendar"},   {"MT", 12, 1, RW, EFFECT, "/rtc/calendar"},
    {"WDU", 13, 3, RW, EFFECT, "/rtc/calendar"}, {"YU", 16, 4, RW, EFFECT, "/rtc/calendar"},
    {"YT", 20, 4, RW, EFFECT, "/rtc/calendar"},
};
static const struct reg_field cr_fields[] = {
    {"WUCKSEL", 0, 3, RW, EFFECT, "/rtc/wakeup"},
    {"TSEDGE", 3, 1, RW, EFFECT, "/rtc/timestamp"},
    {"REFCKON", 4, 1, RW, STORED, NULL},
    {"FMT", 6, 1, RW, EFFECT, "/rtc/twelve-hours"},
    {"DCE", 7, 1, RW, STORED, NULL},
    {"ALRAE", 8, 1, RW, EFFECT, "/rtc/alarm"},
    {"ALRBE", 9, 1, RW, EFFECT, "/rtc/alarm"},
    {"WUTE", 10, 1, RW, EFFECT, "/rtc/wakeup"},
    {"TSE", 11, 1, RW, EFFECT, "/rtc/timestamp"},
    {"ALRAIE", 12, 1, RW, EFFECT, "/rtc/alarm"},
    {"ALRBIE", 13, 1, RW, EFFECT, "/rtc/alarm"},
    {"WUTIE", 14, 1, RW, EFFECT, "/rtc/wakeup"},
    {"TSIE", 15, 1, RW, EFFECT, "/rtc/timestamp"},
    {"ADD1H", 16, 1, WO, EFFECT, "/rtc/daylight-saving"},
    {"SUB1H", 17, 1, WO, EFFECT, "/rtc/daylight-saving"},
    {"BKP", 18, 1, RW, STORED, NULL},
    {"POL", 20, 1, RW, UNMODELLED, NULL},
    {"OSEL", 21, 2, RW, UNMODELLED, NULL},
    {"COE", 23, 1, RW, UNMODELLED, NULL},
};
/* The stored bits hold the flags 13:8 alone; the others follow from the state. */
static const struct reg_field isr_fields[] = {
    {"ALRAWF", 0, 1, RO, EFFECT, "/rtc/alarm-write"},
    {"ALRBWF", 1, 1, RO, EFFECT, "/rtc/alarm-write"},
    {"WUTWF", 2, 1, RO, EFFECT, "/rtc/wakeup-write"},
    {"INITS", 4, 1, RO, EFFECT, "/rtc/init"},
    {"RSF", 5, 1, W0C, EFFECT, "/rtc/synchronisation"},
    {"INITF", 6, 1, RO, EFFECT, "/rtc/init"},
    {"INIT", 7, 1, RW, EFFECT, "/rtc/init"},
    {"ALRAF", 8, 1, W0C, EFFECT, "/rtc/alarm"},
    {"ALRBF", 9, 1, W0C, EFFECT, "/rtc/alarm"},
    {"WUTF", 10, 1, W0C, EFFECT, "/rtc/wakeup"},
    {"TSF", 11, 1, W0C, EFFECT, "/rtc/timestamp"},
    {"TSOVF", 12, 1, W0C, EFFECT, "/rtc/timestamp"},
    {"TAMP1F", 13, 1, W0C, EFFECT, "/rtc/tamper"},
};
static const struct reg_field prer_fields[] = {
    {"PREDIV_S", 0, 13, RW, EFFECT, "/rtc/prescaler"},
    {"PREDIV_A", 16, 7, RW, EFFECT, "/rtc/prescaler"},
};
static const struct reg_field wutr_fields[] = {{"WUT", 0, 16, RW, EFFECT, "/rtc/wakeup"}};
static const struct reg_field calibr_fields[] = {
    {"DC", 0, 5, RW, STORED, NULL},
    {"DCS", 7, 1, RW, STORED, NULL},
};
static const struct reg_field alarm_fields[] = {
    {"SU", 0, 4, RW, EFFECT, "/rtc/alarm"},           {"ST", 4, 3, RW, EFFECT, "/rtc/alarm"},
    {"MSK1", 7, 1, RW, EFFECT, "/rtc/alarm-masks"},   {"MNU", 8, 4, RW, EFFECT, "/rtc/alarm"},
    {"MNT", 12, 3, RW, EFFECT, "/rtc/alarm"},         {"MSK2", 15, 1, RW, EFFECT, "/rtc/alarm-masks"},
    {"HU", 16, 4, RW, EFFECT, "/rtc/alarm"},          {"HT", 20, 2, RW, EFFECT, "/rtc/alarm"},
    {"PM", 22, 1, RW, EFFECT, "/rtc/alarm"},          {"MSK3", 23, 1, RW, EFFECT, "/rtc/alarm-masks"},
    {"DU", 24, 4, RW, EFFECT, "/rtc/alarm-masks"},    {"DT", 28, 2, RW, EFFECT, "/rtc/alarm-masks"},
    {"WDSEL", 30, 1, RW, EFFECT, "/rtc/alarm-masks"}, {"MSK4", 31, 1, RW, EFFECT, "/rtc/alarm-masks"},
};
static const struct reg_field wpr_fields[] = {{"KEY", 0, 8, WO, EFFECT, "/rtc/write-protection"}};
static const struct reg_field tstr_fields[] = {
    {"SU", 0, 4, RO, EFFECT, "/rtc/timestamp"},  {"ST", 4, 3, RO, EFFECT, "/rtc/timestamp"},
    {"MNU", 8, 4, RO, EFFECT, "/rtc/timestamp"}, {"MNT", 12, 3, RO, EFFECT, "/rtc/timestamp"},
    {"HU", 16, 4, RO, EFFECT, "/rtc/timestamp"}, {"HT", 20, 2, RO, EFFECT, "/rtc/timestamp"},
    {"PM", 22, 1, RO, EFFECT, "/rtc/timestamp"},
};
static const struct reg_field tsdr_fields[] = {
    {"DU", 0, 4, RO, EFFECT, "/rtc/timestamp"},   {"DT", 4, 2, RO, EFFECT, "/rtc/timestamp"},
    {"MU", 8, 4, RO, EFFECT, "/rtc/timestamp"},   {"MT", 12, 1, RO, EFFECT, "/rtc/timestamp"},
    {"WDU", 13, 3, RO, EFFECT, "/rtc/timestamp"},
};
static const struct reg_field tafcr_fields[] = {
    {"TAMP1E", 0, 1, RW, EFFECT, "/rtc/tamper"},      {"TAMP1TRG", 1, 1, RW, EFFECT, "/rtc/tamper"},
    {"TAMPIE", 2, 1, RW, EFFECT, "/rtc/tamper"},      {"TAMP1INSEL", 16, 1, RW, EFFECT, "/rtc/tamper"},
    {"TSINSEL", 17, 1, RW, EFFECT, "/rtc/timestamp"}, {"ALARMOUTTYPE", 18, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field bkp_fields[] = {{"BKP", 0, 32, RW, EFFECT, "/rtc/backup-registers"}};

#define BKP(N) [RTC_BKP0R + N] = {"BKP" #N "R", 0x50 + 4 * N, 0, FIELDS(bkp_fields)}

static const struct reg registers[] = {
    [RTC_TR] = {"TR", 0x00, 0, FIELDS(tr_fields)},
    [RTC_DR] = {"DR", 0x04, DR_RESET, FIELDS(dr_fields)},
    [RTC_CR] = {"CR", 0x08, 0, FIELDS(cr_fields)},
    [RTC_ISR] = {"ISR", 0x0C, 0x07, FIELDS(isr_fields)},
    [RTC_PRER] = {"PRER", 0x10, 0x007F00FF, FIELDS(prer_fields)},
    [RTC_WUTR] = {"WUTR", 0x14, 0xFFFF, FIELDS(wutr_fields)},
    [RTC_CALIBR] = {"CALIBR", 0x18, 0, FIELDS(calibr_fields)},
    [RTC_ALRMAR] = {"ALRMAR", 0x1C, 0, FIELDS(alarm_fields)},
    [RTC_ALRMBR] = {"ALRMBR", 0x20, 0, FIELDS(alarm_fields)},
    [RTC_WPR] = {"WPR", 0x24, 0, FIELDS(wpr_fields)},
    [RTC_TSTR] = {"TSTR", 0x30, 0, FIELDS(tstr_fields)},
    [RTC_TSDR] = {"TSDR", 0x34, 0, FIELDS(tsdr_fields)},
    [RTC_TAFCR] = {"TAFCR", 0x40, 0, FIELDS(tafcr_fields)},
    BKP(0),
    BKP(1),
    BKP(2),
    BKP(3),
    BKP(4),
    BKP(5),
    BKP(6),
    BKP(7),
    BKP(8),
    BKP(9),
    BKP(10),
    BKP(11),
    BKP(12),
    BKP(13),
    BKP(14),
    BKP(15),
    BKP(16),
    BKP(17),
    BKP(18),
    BKP(19),
};
G_STATIC_ASSERT(G_N_ELEMENTS(registers) == N_REGISTERS);

/* ---- the calendar ---- */

static uint32_t from_bcd(uint32_t bcd)
{
    return 10 * (bcd >> 4) + (bcd & 15);
}

static uint32_t to_bcd(uint32_t n)
{
    return n / 10 << 4 | n % 10;
}

static uint32_t month_length(uint32_t month, uint32_t year)
{
    static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month == 2 && year % 4 == 0)
        return 29; /* 2000 to 2099: no exceptions */
    return month >= 1 && month <= 12 ? lengths[month - 1] : 31;
}

static uint32_t add_days(uint32_t dr, uint64_t days)
{
    uint32_t day = from_bcd(dr & 0x3F), month = from_bcd(dr >> 8 & 0x1F), year = from_bcd(dr >> 16 & 0xFF);
    uint32_t weekday = dr >> 13 & 7;
    if (weekday != 0) /* 0 is forbidden, and stays */
        weekday = (uint32_t)((weekday - 1 + days) % 7) + 1;
    for (; days > 0; days--) {
        if (++day <= month_length(month, year))
            continue;
        day = 1;
        if (++month <= 12)
            continue;
        month = 1;
        year = (year + 1) % 100;
    }
    return to_bcd(year) << 16 | weekday << 13 | to_bcd(month) << 8 | to_bcd(day);
}

/* Hour of the day, 0 to 23. */
static uint32_t hour_of(uint32_t tr, bool twelve)
{
    uint32_t hour = from_bcd(tr >> 16 & 0x3F);
    return twelve ? hour % 12 + (tr >> 22 & 1) * 12 : hour;
}

static void add_seconds(uint32_t *tr, uint32_t *dr, bool twelve, uint64_t seconds)
{
    uint64_t total = seconds + hour_of(*tr, twelve) * 3600 + from_bcd(*tr >> 8 & 0x7F) * 60 + from_bcd(*tr & 0x7F);
    *dr = add_days(*dr, total / 86400);
    uint32_t second = (uint32_t)(total % 86400), hour = second / 3600;
    uint32_t pm = *tr & BIT(22);
    if (twelve) {
        pm = hour >= 12 ? BIT(22) : 0;
        hour = (hour + 11) % 12 + 1;
    }
    *tr = pm | to_bcd(hour) << 16 | to_bcd(second / 60 % 60) << 8 | to_bcd(second % 60);
}

/* ---- time ---- */

static uint64_t count(const struct device *dev)
{
    const struct rtc_state *s = dev->state;
    return edge_counter_read(&s->clk, machine_now(dev->machine));
}

/* RTCCLK cycles a second. */
static uint64_t second_length(const struct device *dev)
{
    uint32_t prer = dev->regs[RTC_PRER];
    return (uint64_t)((prer >> 16 & 0x7F) + 1) * ((prer & 0x1FFF) + 1);
}

static bool in_init_mode(const struct device *dev)
{
    const struct rtc_state *s = dev->state;
    return s->init_at != NEVER && count(dev) >= s->init_at;
}

/* Advance the calendar to the present; in initialisation mode it stands still. */
static void settle(struct device *dev)
{
    struct rtc_state *s = dev->state;
    uint64_t now = MIN(count(dev), s->init_at), length = second_length(dev);
    if (now < s->second_at + length)
        return;
    uint64_t seconds = (now - s->second_at) / length;
    bool twelve = (dev->regs[RTC_CR] & CR_FMT) != 0;
    if (seconds > 1)
        add_seconds(&s->tr, &s->dr, twelve, seconds - 1);
    s->previous_tr = s->tr;
    s->previous_dr = s->dr;
    add_seconds(&s->tr, &s->dr, twelve, 1);
    s->second_at += seconds * length;
}

/* The calendar is copied to the shadow registers at every other RTCCLK cycle. */
static uint64_t next_copy(const struct device *dev)
{
    return (count(dev) | 1) + 1;
}

static void update_shadow(struct device *dev)
{
    struct rtc_state *s = dev->state;
    settle(dev);
    uint64_t copy = MIN(count(dev), s->init_at) & ~UINT64_C(1);
    if (copy < s->shadow_from)
        return;
    bool lags = copy < s->second_at;
    s->shadow_tr = lags ? s->previous_tr : s->tr;
    s->shadow_dr = lags ? s->previous_dr : s->dr;
}

/* ---- lines and timers ---- */

static void drive(struct device *dev)
{
    uint32_t isr = dev->regs[RTC_ISR], cr = dev->regs[RTC_CR];
    bool alarm = ((isr & ISR_ALRAF) && (cr & CR_ALRAIE)) || ((isr & ISR_ALRBF) && (cr & CR_ALRBIE));
    bool tamper = ((isr & ISR_TAMP1F) && (dev->regs[RTC_TAFCR] & TAFCR_TAMPIE)) || ((isr & ISR_TSF) && (cr & CR_TSIE));
    bool wakeup = (isr & ISR_WUTF) && (cr & CR_WUTIE);
    device_set_level(dev, OUT_ALARM, alarm);
    device_set_level(dev, OUT_TAMPER, tamper);
    device_set_level(dev, OUT_WAKEUP, wakeup);
    device_set_level(dev, OUT_ANY, alarm || tamper || wakeup);
}

static void schedule_at(struct device *dev, unsigned timer, uint64_t at)
{
    const struct rtc_state *s = dev->state;
    if (at == NEVER || !frequency_running(s->clk.f))
        device_cancel(dev, timer);
    else
        device_schedule(dev, timer, edge_counter_when(&s->clk, at));
}

static bool wakeup_counts_seconds(const struct device *dev)
{
    return (dev->regs[RTC_CR] & 4) != 0;
}

static void reschedule(struct device *dev)
{
    const struct rtc_state *s = dev->state;
    uint32_t cr = dev->regs[RTC_CR];
    uint64_t second = s->second_at + second_length(dev);
    schedule_at(dev, TIMER_SECOND, (cr & (CR_ALRAE | CR_ALRBE)) && second <= s->init_at ? second : NEVER);
    bool halted = wakeup_counts_seconds(dev) && s->wakeup_at > s->init_at;
    schedule_at(dev, TIMER_WAKEUP, (cr & CR_WUTE) && !halted ? s->wakeup_at : NEVER);
    schedule_at(dev, TIMER_TIMESTAMP, s->timestamp_at);
}

/* ---- alarms ---- */

static bool alarm_matches(const struct device *dev, uint32_t alarm)
{
    const struct rtc_state *s = dev->state;
    uint32_t mask = 0;
    for (unsigned i = 0; i < 3; i++) /* MSK1: seconds, MSK2: minutes, MSK3: hours */
        if ((alarm >> (8 * i + 7) & 1) == 0)
            mask |= UINT32_C(0x7F) << (8 * i);
    if ((s->tr ^ alarm) & mask)
        return false;
    if (alarm & BIT(31)) /* MSK4: day */
        return true;
    if (alarm & BIT(30)) /* WDSEL */
        return (s->dr >> 13 & 7) == (alarm >> 24 & 0xF);
    return (s->dr & 0x3F) == (alarm >> 24 & 0x3F);
}

static void check_alarms(struct device *dev)
{
    uint32_t cr = dev->regs[RTC_CR];
    if ((cr & CR_ALRAE) && alarm_matches(dev, dev->regs[RTC_ALRMAR]))
        dev->regs[RTC_ISR] |= ISR_ALRAF;
    if ((cr & CR_ALRBE) && alarm_matches(dev, dev->regs[RTC_ALRMBR]))
        dev->regs[RTC_ISR] |= ISR_ALRBF;
}

/* ---- wake-up timer ---- */

/* Steps from one WUTF to the next. */
static uint64_t wakeup_steps(const struct device *dev)
{
    uint64_t steps = dev->regs[RTC_WUTR] + 1;
    return (dev->regs[RTC_CR] & CR_WUCKSEL) >= 6 ? steps + 0x10000 : steps;
}

/* RTCCLK cycles a step. */
static uint64_t wakeup_step_length(const struct device *dev)
{
    return wakeup_counts_seconds(dev) ? second_length(dev) : 16u >> (dev->regs[RTC_CR] & 3);
}

static void start_wakeup(struct device *dev)
{
    struct rtc_state *s = dev->state;
    settle(dev);
    uint64_t from = wakeup_counts_seconds(dev) ? s->second_at : count(dev);
    s->wakeup_at = from + wakeup_steps(dev) * wakeup_step_length(dev);
}

/* ---- tamper and time-stamp ---- */

static void set_backup_register(struct device *dev, unsigned n, uint32_t value)
{
    uint32_t old = dev->regs[RTC_BKP0R + n];
    if (old == value)
        return;
    dev->regs[RTC_BKP0R + n] = value;
    char name[8];
    g_snprintf(name, sizeof name, "DR%u", n);
    machine_publish(dev->machine, "backup", FIELD_STRING("register", name), FIELD_HEX("value", value), FIELD_HEX("old", old));
}

static void clear_backup_registers(struct device *dev)
{
    for (unsigned n = 0; n < STM32F2_RTC_BACKUP_REGISTERS; n++)
        set_backup_register(dev, n, 0);
}

static void tamper_event(struct device *dev)
{
    if (dev->regs[RTC_ISR] & ISR_TAMP1F)
        return;
    dev->regs[RTC_ISR] |= ISR_TAMP1F;
    clear_backup_registers(dev);
}

static void timestamp_event(struct device *dev)
{
    struct rtc_state *s = dev->state;
    if (s->timestamp_at != NEVER || (dev->regs[RTC_ISR] & ISR_TSF)) {
        dev->regs[RTC_ISR] |= ISR_TSOVF;
        return;
    }
    settle(dev);
    s->stamp_tr = s->tr;
    s->stamp_dr = s->dr;
    /* RM0033: TSF is set two ck_apre cycles after the event. */
    s->timestamp_at = count(dev) + 2 * ((dev->regs[RTC_PRER] >> 16 & 0x7F) + 1);
}

static void pin_changed(struct device *dev, unsigned pin, uint32_t level)
{
    uint32_t cr = dev->regs[RTC_CR], tafcr = dev->regs[RTC_TAFCR];
    unsigned tamper_pin = tafcr & TAFCR_TAMP1INSEL ? 1 : 0, stamp_pin = tafcr & TAFCR_TSINSEL ? 1 : 0;
    bool tamper_level = (tafcr & TAFCR_TAMP1TRG) == 0, stamp_level = (cr & CR_TSEDGE) == 0;
    if (pin == tamper_pin && (tafcr & TAFCR_TAMP1E) && level == tamper_level)
        tamper_event(dev);
    if (pin == stamp_pin && (cr & CR_TSE) && level == stamp_level)
        timestamp_event(dev);
}

/* ---- register accesses ---- */

static uint32_t status(const struct device *dev)
{
    const struct rtc_state *s = dev->state;
    uint32_t isr = dev->regs[RTC_ISR] & ISR_FLAGS, cr = dev->regs[RTC_CR];
    uint64_t now = count(dev);
    bool init = in_init_mode(dev);
    if ((cr & CR_ALRAE) == 0 && now >= s->alraw_at && !init)
        isr |= ISR_ALRAWF;
    if ((cr & CR_ALRBE) == 0 && now >= s->alrbw_at && !init)
        isr |= ISR_ALRBWF;
    if ((cr & CR_WUTE) == 0 && now >= s->wutw_at)
        isr |= ISR_WUTWF;
    if (s->dr >> 16 != 0)
        isr |= ISR_INITS;
    if (now >= s->rsf_at && !init)
        isr |= ISR_RSF;
    if (init)
        isr |= ISR_INITF;
    if (s->init_at != NEVER)
        isr |= ISR_INIT;
    return isr;
}

static uint32_t read(struct device *dev, unsigned reg, bool side_effects)
{
    struct rtc_state *s = dev->state;
    switch (reg) {
    case RTC_TR:
        update_shadow(dev); /* of no consequence: the same as at the next access */
        if (side_effects && !s->dr_locked) {
            s->dr_locked = 1;
            s->frozen_dr = s->shadow_dr;
        }
        return s->shadow_tr;
    case RTC_DR: {
        update_shadow(dev);
        uint32_t dr = s->dr_locked ? s->frozen_dr : s->shadow_dr;
        if (side_effects)
            s->dr_locked = 0;
        return dr;
    }
    case RTC_ISR:
        settle(dev);
        return status(dev);
    default:
        return dev->regs[reg];
    }
}

static void leave_init_mode(struct device *dev)
{
    struct rtc_state *s = dev->state;
    bool was_in = in_init_mode(dev);
    uint64_t begun = s->init_at;
    s->init_at = NEVER;
    if (!was_in)
        return;
    /* RM0033: the calendar starts after four RTCCLK cycles. */
    s->second_at = count(dev) + 4;
    s->previous_tr = s->tr;
    s->previous_dr = s->dr;
    s->rsf_at = s->shadow_from = next_copy(dev);
    if ((dev->regs[RTC_CR] & CR_WUTE) && wakeup_counts_seconds(dev)) {
        /* What was left of the count goes on in whole seconds, which began anew. */
        uint64_t left = s->wakeup_at > begun ? s->wakeup_at - begun : 0, length = second_length(dev);
        s->wakeup_at = s->second_at + MAX((left + length - 1) / length, 1) * length;
    }
}

/* flags: what the write leaves of the flags; the other bits count only if the registers are not protected. */
static void write_isr(struct device *dev, uint32_t flags, uint32_t value, bool unprotected)
{
    struct rtc_state *s = dev->state;
    uint32_t cleared = dev->regs[RTC_ISR] & ~flags;
    dev->regs[RTC_ISR] &= flags;
    if (cleared & ISR_TSF)
        dev->regs[RTC_TSTR] = dev->regs[RTC_TSDR] = 0;
    if (!unprotected)
        return;
    if ((value & ISR_RSF) == 0 && (status(dev) & ISR_RSF))
        s->rsf_at = next_copy(dev);
    if ((value & ISR_INIT) && s->init_at == NEVER)
        s->init_at = count(dev) + 2;
    else if ((value & ISR_INIT) == 0 && s->init_at != NEVER)
        leave_init_mode(dev);
}

/* When a block's enable bit goes to 0, its registers can be written two RTCCLK cycles later. */
static void disabled(struct device *dev, uint32_t cleared, uint32_t bit, uint64_t *at)
{
    if (cleared & bit)
        *at = count(dev) + 2;
}

static void write_cr(struct device *dev, uint32_t old, uint32_t value)
{
    struct rtc_state *s = dev->state;
    uint32_t *cr = &dev->regs[RTC_CR], held = 0;
    if (!in_init_mode(dev))
        held |= CR_FMT | CR_DCE | CR_REFCKON;
    if ((old & CR_WUTE) || count(dev) < s->wutw_at)
        held |= CR_WUCKSEL;
    *cr = (*cr & ~held) | (old & held);
    uint32_t cleared = old & ~*cr, set = *cr & ~old;
    disabled(dev, cleared, CR_ALRAE, &s->alraw_at);
    disabled(dev, cleared, CR_ALRBE, &s->alrbw_at);
    disabled(dev, cleared, CR_WUTE, &s->wutw_at);
    if (set & CR_WUTE)
        start_wakeup(dev);
    if (in_init_mode(dev))
        return;
    bool twelve = (*cr & CR_FMT) != 0;
    uint32_t same_day = s->dr;
    if (value & CR_ADD1H)
        add_seconds(&s->tr, &s->dr, twelve, 3600);
    else if ((value & CR_SUB1H) && hour_of(s->tr, twelve) != 0)
        add_seconds(&s->tr, &same_day, twelve, 23 * 3600);
}

static void write_tafcr(struct device *dev, uint32_t old)
{
    const struct rtc_state *s = dev->state;
    uint32_t tafcr = dev->regs[RTC_TAFCR];
    if ((tafcr & TAFCR_TAMP1E) == 0 || (old & TAFCR_TAMP1E))
        return;
    /* RM0033: a pin that already has the level counts when detection is switched on. */
    uint32_t level = s->af >> (tafcr & TAFCR_TAMP1INSEL ? 1 : 0) & 1;
    if (level == ((tafcr & TAFCR_TAMP1TRG) == 0))
        tamper_event(dev);
}

static void write_key(struct device *dev, uint32_t key)
{
    struct rtc_state *s = dev->state;
    if (key == 0xCA)
        s->unlocked = FIRST_KEY;
    else
        s->unlocked = s->unlocked == FIRST_KEY && key == 0x53 ? UNLOCKED : LOCKED;
}

/* Whether a register takes what was written to it. */
static bool accepts(const struct device *dev, unsigned reg)
{
    const struct rtc_state *s = dev->state;
    if (device_input(dev, IN_DBP).level == 0)
        return false;
    if (reg == RTC_WPR || reg == RTC_TAFCR || reg >= RTC_BKP0R)
        return true;
    if (s->unlocked != UNLOCKED)
        return false;
    switch (reg) {
    case RTC_TR:
    case RTC_DR:
    case RTC_PRER:
    case RTC_CALIBR:
        return in_init_mode(dev);
    case RTC_ALRMAR:
        return in_init_mode(dev) || (status(dev) & ISR_ALRAWF);
    case RTC_ALRMBR:
        return in_init_mode(dev) || (status(dev) & ISR_ALRBWF);
    case RTC_WUTR:
        return (status(dev) & ISR_WUTWF) != 0;
    default:
        return true;
    }
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    struct rtc_state *s = dev->state;
    uint32_t wanted = dev->regs[reg];
    dev->regs[reg] = old; /* the time until now passed with the old settings */
    update_shadow(dev);
    bool accepted = accepts(dev, reg);
    if (reg == RTC_ISR && device_input(dev, IN_DBP).level != 0) {
        write_isr(dev, wanted | ~(uint32_t)ISR_FLAGS, value, accepted && (mask & 0xFF) != 0);
    } else if (!accepted) {
        return;
    } else if (reg >= RTC_BKP0R) {
        set_backup_register(dev, reg - RTC_BKP0R, wanted);
        return;
    } else {
        dev->regs[reg] = wanted;
    }
    switch (reg) {
    case RTC_TR:
        s->tr = ((s->tr & ~mask) | value) & TR_MASK;
        s->shadow_from = NEVER; /* until initialisation mode ends */
        break;
    case RTC_DR:
        s->dr = ((s->dr & ~mask) | value) & DR_MASK;
        s->shadow_from = NEVER;
        break;
    case RTC_PRER:
        s->second_at = s->init_at; /* the old length of a second does not matter any more */
        break;
    case RTC_CR:
        write_cr(dev, old, value);
        break;
    case RTC_TAFCR:
        write_tafcr(dev, old);
        break;
    case RTC_WPR:
        write_key(dev, value & 0xFF);
        break;
    }
    drive(dev);
    reschedule(dev);
}

/* ---- what happens by itself ---- */

static void timer(struct device *dev, unsigned which)
{
    struct rtc_state *s = dev->state;
    settle(dev);
    switch (which) {
    case TIMER_SECOND:
        check_alarms(dev);
        break;
    case TIMER_WAKEUP:
        dev->regs[RTC_ISR] |= ISR_WUTF;
        s->wakeup_at += wakeup_steps(dev) * wakeup_step_length(dev);
        break;
    case TIMER_TIMESTAMP:
        s->timestamp_at = NEVER;
        dev->regs[RTC_ISR] |= ISR_TSF;
        dev->regs[RTC_TSTR] = s->stamp_tr;
        dev->regs[RTC_TSDR] = s->stamp_dr & TSDR_MASK;
        break;
    }
    drive(dev);
    reschedule(dev);
}

static void follow_clock(struct device *dev)
{
    struct rtc_state *s = dev->state;
    bool frozen = device_input(dev, IN_DEBUG_FREEZE).level != 0;
    settle(dev);
    edge_counter_set_frequency(&s->clk, machine_now(dev->machine), frozen ? FREQUENCY_STOPPED : device_clock(dev, CLOCK_RTC));
    reschedule(dev);
}

static void clock_changed(struct device *dev, unsigned clock, struct frequency old)
{
    (void)clock;
    (void)old;
    follow_clock(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    struct rtc_state *s = dev->state;
    if (in == IN_DEBUG_FREEZE) {
        follow_clock(dev);
    } else if ((in == IN_AF1 || in == IN_AF2) && signal->period == 0) {
        unsigned pin = in - IN_AF1;
        uint32_t level = signal->level != 0;
        if ((s->af >> pin & 1) == level)
            return;
        s->af ^= BIT(pin);
        pin_changed(dev, pin, level);
        drive(dev);
        reschedule(dev);
    }
}

/* ---- reset ---- */

static void clear(struct device *dev)
{
    struct rtc_state *s = dev->state;
    uint32_t af = s->af;
    device_reset_registers(dev);
    *s = (struct rtc_state){
        .dr = DR_RESET,
        .previous_dr = DR_RESET,
        .shadow_dr = DR_RESET,
        .init_at = NEVER,
        .timestamp_at = NEVER,
        .rsf_at = 2,
        .af = af,
    };
    s->clk = (struct edge_counter){.f = FREQUENCY_STOPPED, .epoch = machine_now(dev->machine)};
}

static void reset(struct device *dev, enum reset_kind kind)
{
    struct rtc_state *s = dev->state;
    if (kind == RESET_BACKUP) {
        if (g_strcmp0(machine_reset_cause(dev->machine), "power-on") != 0 ||
            !machine_mutated(dev->machine, MUTATION_BACKUP_WITHOUT_VBAT))
            clear_backup_registers(dev);
        clear(dev);
    } else {
        settle(dev);
        leave_init_mode(dev);
        s->shadow_tr = 0;
        s->shadow_dr = DR_RESET;
        s->dr_locked = 0;
        s->rsf_at = s->shadow_from = next_copy(dev);
    }
    follow_clock(dev);
    drive(dev);
}

struct stm32f2_rtc_backup stm32f2_rtc_backup_get(const struct device *dev)
{
    settle((struct device *)dev);
    const struct rtc_state *s = dev->state;
    uint64_t now = count(dev);
    struct stm32f2_rtc_backup b = {
        .tr = s->tr,
        .dr = s->dr,
        .cr = dev->regs[RTC_CR],
        .flags = dev->regs[RTC_ISR] & ISR_FLAGS,
        .prer = dev->regs[RTC_PRER],
        .wutr = dev->regs[RTC_WUTR],
        .calibr = dev->regs[RTC_CALIBR],
        .alrmar = dev->regs[RTC_ALRMAR],
        .alrmbr = dev->regs[RTC_ALRMBR],
        .tstr = dev->regs[RTC_TSTR],
        .tsdr = dev->regs[RTC_TSDR],
        .tafcr = dev->regs[RTC_TAFCR],
        .unlocked = s->unlocked,
        .since_second = now > s->second_at ? MIN(now, s->init_at) - s->second_at : 0,
        .until_wakeup = s->wakeup_at > now ? s->wakeup_at - now : 0,
    };
    memcpy(b.bkp, &dev->regs[RTC_BKP0R], sizeof b.bkp);
    return b;
}

void stm32f2_rtc_backup_set(struct device *dev, const struct stm32f2_rtc_backup *b)
{
    struct rtc_state *s = dev->state;
    clear(dev);
    s->tr = s->previous_tr = b->tr;
    s->dr = s->previous_dr = b->dr;
    dev->regs[RTC_CR] = b->cr;
    dev->regs[RTC_ISR] = b->flags & ISR_FLAGS;
    dev->regs[RTC_PRER] = b->prer;
    dev->regs[RTC_WUTR] = b->wutr;
    dev->regs[RTC_CALIBR] = b->calibr;
    dev->regs[RTC_ALRMAR] = b->alrmar;
    dev->regs[RTC_ALRMBR] = b->alrmbr;
    dev->regs[RTC_TSTR] = b->tstr;
    dev->regs[RTC_TSDR] = b->tsdr;
    dev->regs[RTC_TAFCR] = b->tafcr;
    memcpy(&dev->regs[RTC_BKP0R], b->bkp, sizeof b->bkp);
    s->unlocked = b->unlocked;
    s->clk.base = b->since_second;
    s->wakeup_at = b->since_second + b->until_wakeup;
    follow_clock(dev);
}

/* ---- why nothing happens ---- */

static const char *explain(struct device *dev, unsigned reg)
{
    const struct rtc_state *s = dev->state;
    if (reg != RTC_ISR && reg != RTC_TR && reg != RTC_DR)
        return NULL;
    if (!frequency_running(s->clk.f))
        return "RTCCLK is off (RCC_BDCR: RTCEN, RTCSEL and the oscillator that it selects)";
    if (reg == RTC_ISR && s->init_at == NEVER)
        return "INIT is 0 (writes to it need PWR_CR.DBP and the keys in WPR)";
    return NULL;
}

static const char *const input_names[] = {"dbp", "debug_freeze", "af1", "af2"};
static const char *const output_names[] = {"alarm", "tamper", "wakeup", "any"};
static const char *const clock_names[] = {"rtc"};

const struct device_class stm32f2_rtc_class = {
    .name = "STM32F2 real-time clock",
    .state_size = sizeof(struct rtc_state),
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = G_N_ELEMENTS(output_names),
    .n_timers = N_TIMERS,
    .n_clocks = G_N_ELEMENTS(clock_names),
    .input_names = input_names,
    .output_names = output_names,
    .clock_names = clock_names,
    .reset = reset,
    .read = read,
    .write = write,
    .timer = timer,
    .input = input,
    .clock_changed = clock_changed,
    .explain = explain,
};
