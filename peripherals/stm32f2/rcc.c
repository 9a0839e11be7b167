/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reset and clock control (RM0033 chapter 5, start-up times from the STM32F205 data sheet).
 *
 * Models: the clock tree with HSI, HSE, PLL, LSE and LSI, prescalers, timer clocks and the RTC clock as exact fractions; ready
 * flags after the oscillators' start-up times, and their interrupts; the rule that the system clock changes to ready sources
 * only and that a source in use cannot be switched off; enable and reset bits as lines; reset flags; the backup domain control
 * register; what Stop mode does to the clocks.
 * Leaves out: failures of the HSE and hence the clock security system, both MCO pins, the I2S clock behind the PLLI2S (its
 * ready flag is there), spread spectrum, HSI trimming, clock gating in sleep mode (LPENR), and the time a wake-up from Stop
 * mode takes.
 * Real firmware needs: the HSE ready within 0x500 reads of CR, PLLRDY, SWS, LSERDY (all waited for), enable bits, CSR flags
 * that tell a watchdog reset from others, and a BDCR that survives a reset.
 */
#include "peripherals/stm32f2/rcc.h"

#include <glib.h>
#include <string.h>

#include "emu/core/machine.h"

/* clang-format off */
enum {
    RCC_CR, RCC_PLLCFGR, RCC_CFGR, RCC_CIR,
    RCC_AHB1RSTR, RCC_AHB2RSTR, RCC_AHB3RSTR, RCC_APB1RSTR, RCC_APB2RSTR,
    RCC_AHB1ENR, RCC_AHB2ENR, RCC_AHB3ENR, RCC_APB1ENR, RCC_APB2ENR,
    RCC_AHB1LPENR, RCC_AHB2LPENR, RCC_AHB3LPENR, RCC_APB1LPENR, RCC_APB2LPENR,
    RCC_BDCR, RCC_CSR, RCC_SSCGR, RCC_PLLI2SCFGR,
};
/* clang-format on */

enum {
    CR_HSION = BIT(0),
    CR_HSIRDY = BIT(1),
    CR_HSEON = BIT(16),
    CR_HSERDY = BIT(17),
    CR_HSEBYP = BIT(18),
    CR_PLLON = BIT(24),
    CR_PLLRDY = BIT(25),
    CR_PLLI2SON = BIT(26),
    CR_PLLI2SRDY = BIT(27),
    PLLCFGR_PLLM = 0x3F,
    PLLCFGR_PLLSRC = BIT(22),
    BDCR_LSEON = BIT(0),
    BDCR_LSERDY = BIT(1),
    BDCR_LSEBYP = BIT(2),
    BDCR_RTCSEL = 3 << 8,
    BDCR_RTCEN = BIT(15),
    BDCR_BDRST = BIT(16),
    CSR_LSION = BIT(0),
    CSR_LSIRDY = BIT(1),
    CSR_RMVF = BIT(24),
    CSR_BORRSTF = BIT(25),
    CSR_PINRSTF = BIT(26),
    CSR_PORRSTF = BIT(27),
    CSR_SFTRSTF = BIT(28),
    CSR_IWDGRSTF = BIT(29),
    CSR_WWDGRSTF = BIT(30),
};
#define CSR_LPWRRSTF BIT(31)
#define CSR_FLAGS    UINT32_C(0xFE000000)

enum { SW_HSI, SW_HSE, SW_PLL };

/* In the order of their bits in CIR; also the timers. */
enum oscillator { LSI, LSE, HSI, HSE, PLL, PLLI2S, N_OSCILLATORS };

enum { IN_DBP, IN_LSI_REQUEST, IN_STOP };
/* One output a bit of the five enable and the five reset registers, in the order of the registers. */
enum { OUT_RESETS = 0, OUT_ENABLES = 5 * 32, OUT_IRQ = 10 * 32, N_OUTPUTS };

/* ---- registers ---- */

static const struct reg_field cr_fields[] = {
    {"HSION", 0, 1, RW, EFFECT, "/rcc/hsi"},
    {"HSIRDY", 1, 1, RO, EFFECT, "/rcc/hsi"},
    {"HSITRIM", 3, 5, RW, STORED, NULL},
    {"HSICAL", 8, 8, RO, STORED, NULL},
    {"HSEON", 16, 1, RW, EFFECT, "/rcc/hse"},
    {"HSERDY", 17, 1, RO, EFFECT, "/rcc/hse"},
    {"HSEBYP", 18, 1, RW, EFFECT, "/rcc/bypass"},
    {"CSSON", 19, 1, RW, STORED, NULL},
    {"PLLON", 24, 1, RW, EFFECT, "/rcc/pll"},
    {"PLLRDY", 25, 1, RO, EFFECT, "/rcc/pll"},
    {"PLLI2SON", 26, 1, RW, EFFECT, "/rcc/plli2s"},
    {"PLLI2SRDY", 27, 1, RO, EFFECT, "/rcc/plli2s"},
};
static const struct reg_field pllcfgr_fields[] = {
    {"PLLM", 0, 6, RW, EFFECT, "/rcc/pll-factors"},  {"PLLN", 6, 9, RW, EFFECT, "/rcc/pll-factors"},
    {"PLLP", 16, 2, RW, EFFECT, "/rcc/pll-factors"}, {"PLLSRC", 22, 1, RW, EFFECT, "/rcc/pll-factors"},
    {"PLLQ", 24, 4, RW, EFFECT, "/rcc/pll-factors"},
};
static const struct reg_field cfgr_fields[] = {
    {"SW", 0, 2, RW, EFFECT, "/rcc/switch"},
    {"SWS", 2, 2, RO, EFFECT, "/rcc/switch"},
    {"HPRE", 4, 4, RW, EFFECT, "/rcc/prescalers"},
    {"PPRE1", 10, 3, RW, EFFECT, "/rcc/prescalers"},
    {"PPRE2", 13, 3, RW, EFFECT, "/rcc/prescalers"},
    {"RTCPRE", 16, 5, RW, EFFECT, "/rcc/rtc-clock"},
    {"MCO1", 21, 2, RW, STORED, NULL},
    {"I2SSRC", 23, 1, RW, STORED, NULL},
    {"MCO1PRE", 24, 3, RW, STORED, NULL},
    {"MCO2PRE", 27, 3, RW, STORED, NULL},
    {"MCO2", 30, 2, RW, STORED, NULL},
};
#define IRQ_FIELDS(NAME, N)                                                                                                    \
    {NAME "RDYF", N, 1, RO, EFFECT, "/rcc/interrupts"}, {NAME "RDYIE", 8 + N, 1, RW, EFFECT, "/rcc/interrupts"},               \
    {                                                                                                                          \
        NAME "RDYC", 16 + N, 1, WO, EFFECT, "/rcc/interrupts"                                                                  \
    }
static const struct reg_field cir_fields[] = {
    IRQ_FIELDS("LSI", 0),
    IRQ_FIELDS("LSE", 1),
    IRQ_FIELDS("HSI", 2),
    IRQ_FIELDS("HSE", 3),
    IRQ_FIELDS("PLL", 4),
    IRQ_FIELDS("PLLI2S", 5),
    {"CSSF", 7, 1, RO, STORED, NULL}, /* the HSE never fails */
    {"CSSC", 23, 1, WO, STORED, NULL},
};

#define RST(NAME, N)                                                                                                           \
    {                                                                                                                          \
        NAME "RST", N, 1, RW, EFFECT, "/rcc/reset-lines"                                                                       \
    }
#define EN(NAME, N)                                                                                                            \
    {                                                                                                                          \
        NAME "EN", N, 1, RW, EFFECT, "/rcc/enable-lines"                                                                       \
    }
#define LP(NAME, N)                                                                                                            \
    {                                                                                                                          \
        NAME "LPEN", N, 1, RW, STORED, NULL                                                                                    \
    }

#define AHB1_GPIO(X)                                                                                                           \
    X("GPIOA", 0), X("GPIOB", 1), X("GPIOC", 2), X("GPIOD", 3), X("GPIOE", 4), X("GPIOF", 5), X("GPIOG", 6), X("GPIOH", 7),    \
        X("GPIOI", 8), X("CRC", 12), X("DMA1", 21), X("DMA2", 22)
#define AHB1_ETH(X)                                                                                                            \
    X("ETHMAC", 25), X("ETHMACTX", 26), X("ETHMACRX", 27), X("ETHMACPTP", 28), X("OTGHS", 29), X("OTGHSULPI", 30)
#define AHB2(X) X("DCMI", 0), X("CRYP", 4), X("HASH", 5), X("RNG", 6), X("OTGFS", 7)
#define AHB3(X) X("FSMC", 0)
#define APB1(X)                                                                                                                \
    X("TIM2", 0), X("TIM3", 1), X("TIM4", 2), X("TIM5", 3), X("TIM6", 4), X("TIM7", 5), X("TIM12", 6), X("TIM13", 7),          \
        X("TIM14", 8), X("WWDG", 11), X("SPI2", 14), X("SPI3", 15), X("USART2", 17), X("USART3", 18), X("UART4", 19),          \
        X("UART5", 20), X("I2C1", 21), X("I2C2", 22), X("I2C3", 23), X("CAN1", 25), X("CAN2", 26), X("PWR", 28), X("DAC", 29)
#define APB2(X)                                                                                                                \
    X("TIM1", 0), X("TIM8", 1), X("USART1", 4), X("USART6", 5), X("SDIO", 11), X("SPI1", 12), X("SYSCFG", 14), X("TIM9", 16),  \
        X("TIM10", 17), X("TIM11", 18)
#define APB2_ADC(X) X("ADC1", 8), X("ADC2", 9), X("ADC3", 10)

static const struct reg_field ahb1rstr_fields[] = {AHB1_GPIO(RST), RST("ETHMAC", 25), RST("OTGHS", 29)};
static const struct reg_field ahb2rstr_fields[] = {AHB2(RST)};
static const struct reg_field ahb3rstr_fields[] = {AHB3(RST)};
static const struct reg_field apb1rstr_fields[] = {APB1(RST)};
static const struct reg_field apb2rstr_fields[] = {APB2(RST), RST("ADC", 8)};
static const struct reg_field ahb1enr_fields[] = {AHB1_GPIO(EN), EN("BKPSRAM", 18), AHB1_ETH(EN)};
static const struct reg_field ahb2enr_fields[] = {AHB2(EN)};
static const struct reg_field ahb3enr_fields[] = {AHB3(EN)};
static const struct reg_field apb1enr_fields[] = {APB1(EN)};
static const struct reg_field apb2enr_fields[] = {APB2(EN), APB2_ADC(EN)};
static const struct reg_field ahb1lpenr_fields[] = {AHB1_GPIO(LP),   LP("FLITF", 15),   LP("SRAM1", 16),
                                                    LP("SRAM2", 17), LP("BKPSRAM", 18), AHB1_ETH(LP)};
static const struct reg_field ahb2lpenr_fields[] = {AHB2(LP)};
static const struct reg_field ahb3lpenr_fields[] = {AHB3(LP)};
static const struct reg_field apb1lpenr_fields[] = {APB1(LP)};
static const struct reg_field apb2lpenr_fields[] = {APB2(LP), APB2_ADC(LP)};

static const struct reg_field bdcr_fields[] = {
    {"LSEON", 0, 1, RW, EFFECT, "/rcc/lse"},        {"LSERDY", 1, 1, RO, EFFECT, "/rcc/lse"},
    {"LSEBYP", 2, 1, RW, EFFECT, "/rcc/bypass"},    {"RTCSEL", 8, 2, RW, EFFECT, "/rcc/rtc-clock"},
    {"RTCEN", 15, 1, RW, EFFECT, "/rcc/rtc-clock"}, {"BDRST", 16, 1, RW, EFFECT, "/rcc/backup-reset"},
};
static const struct reg_field csr_fields[] = {
    {"LSION", 0, 1, RW, EFFECT, "/rcc/lsi"},
    {"LSIRDY", 1, 1, RO, EFFECT, "/rcc/lsi"},
    {"RMVF", 24, 1, WO, EFFECT, "/rcc/reset-flags"},
    {"BORRSTF", 25, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"PINRSTF", 26, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"PORRSTF", 27, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"SFTRSTF", 28, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"IWDGRSTF", 29, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"WWDGRSTF", 30, 1, RO, EFFECT, "/rcc/reset-flags"},
    {"LPWRRSTF", 31, 1, RO, EFFECT, "/rcc/reset-flags"},
};
static const struct reg_field sscgr_fields[] = {
    {"MODPER", 0, 13, RW, STORED, NULL},
    {"INCSTEP", 13, 15, RW, STORED, NULL},
    {"SPREADSEL", 30, 1, RW, STORED, NULL},
    {"SSCGEN", 31, 1, RW, STORED, NULL},
};
static const struct reg_field plli2scfgr_fields[] = {
    {"PLLI2SN", 6, 9, RW, STORED, NULL},
    {"PLLI2SR", 28, 3, RW, STORED, NULL},
};

static const struct reg registers[] = {
    [RCC_CR] = {"CR", 0x00, 0x00000083, FIELDS(cr_fields)}, /* HSICAL is the factory's: 0 here */
    [RCC_PLLCFGR] = {"PLLCFGR", 0x04, 0x24003010, FIELDS(pllcfgr_fields)},
    [RCC_CFGR] = {"CFGR", 0x08, 0, FIELDS(cfgr_fields)},
    [RCC_CIR] = {"CIR", 0x0C, 0, FIELDS(cir_fields)},
    [RCC_AHB1RSTR] = {"AHB1RSTR", 0x10, 0, FIELDS(ahb1rstr_fields)},
    [RCC_AHB2RSTR] = {"AHB2RSTR", 0x14, 0, FIELDS(ahb2rstr_fields)},
    [RCC_AHB3RSTR] = {"AHB3RSTR", 0x18, 0, FIELDS(ahb3rstr_fields)},
    [RCC_APB1RSTR] = {"APB1RSTR", 0x20, 0, FIELDS(apb1rstr_fields)},
    [RCC_APB2RSTR] = {"APB2RSTR", 0x24, 0, FIELDS(apb2rstr_fields)},
    [RCC_AHB1ENR] = {"AHB1ENR", 0x30, 0x00100000, FIELDS(ahb1enr_fields)},
    [RCC_AHB2ENR] = {"AHB2ENR", 0x34, 0, FIELDS(ahb2enr_fields)},
    [RCC_AHB3ENR] = {"AHB3ENR", 0x38, 0, FIELDS(ahb3enr_fields)},
    [RCC_APB1ENR] = {"APB1ENR", 0x40, 0, FIELDS(apb1enr_fields)},
    [RCC_APB2ENR] = {"APB2ENR", 0x44, 0, FIELDS(apb2enr_fields)},
    [RCC_AHB1LPENR] = {"AHB1LPENR", 0x50, 0x7E6791FF, FIELDS(ahb1lpenr_fields)},
    [RCC_AHB2LPENR] = {"AHB2LPENR", 0x54, 0x000000F1, FIELDS(ahb2lpenr_fields)},
    [RCC_AHB3LPENR] = {"AHB3LPENR", 0x58, 0x00000001, FIELDS(ahb3lpenr_fields)},
    [RCC_APB1LPENR] = {"APB1LPENR", 0x60, 0x36FEC9FF, FIELDS(apb1lpenr_fields)},
    [RCC_APB2LPENR] = {"APB2LPENR", 0x64, 0x00075F33, FIELDS(apb2lpenr_fields)},
    [RCC_BDCR] = {"BDCR", 0x70, 0, FIELDS(bdcr_fields)},
    [RCC_CSR] = {"CSR", 0x74, 0x0E000000, FIELDS(csr_fields)},
    [RCC_SSCGR] = {"SSCGR", 0x80, 0, FIELDS(sscgr_fields)},
    [RCC_PLLI2SCFGR] = {"PLLI2SCFGR", 0x84, 0x20003000, FIELDS(plli2scfgr_fields)},
};

/* ---- oscillators ---- */

static const struct {
    unsigned reg;
    uint32_t on, ready;
    ticks_t start_up;
    unsigned stop_cycles; /* of its own, from the end of its enable bit to the end of its ready flag */
} oscillators[N_OSCILLATORS] = {
    [LSI] = {RCC_CSR, CSR_LSION, CSR_LSIRDY, 15 * TICKS_PER_US, 3}, /* data sheet: typical */
    /* The data sheet says 2 s for a bare crystal. Photons, which wait for LSERDY without end in their first milliseconds, set
       their health word 1.6 to 8 ms after a cold start, so theirs is much faster. */
    [LSE] = {RCC_BDCR, BDCR_LSEON, BDCR_LSERDY, TICKS_PER_MS, 6},
    [HSI] = {RCC_CR, CR_HSION, CR_HSIRDY, 22 * TICKS_PER_US / 10, 6}, /* data sheet: typical */
    /* The data sheet says 2 ms for a bare crystal. The firmware gives up after 0x500 reads of CR, some 0.7 ms at 16 MHz, and
       real Photons do run on their HSE: the 26 MHz source that their radio module shares is faster. */
    [HSE] = {RCC_CR, CR_HSEON, CR_HSERDY, 300 * TICKS_PER_US, 6},
    /* Lock time: 75 to 200 us with the VCO at 192 MHz, 100 to 300 us at 432 MHz. */
    [PLL] = {RCC_CR, CR_PLLON, CR_PLLRDY, 200 * TICKS_PER_US, 0},
    [PLLI2S] = {RCC_CR, CR_PLLI2SON, CR_PLLI2SRDY, 200 * TICKS_PER_US, 0},
};

static bool is_on(const struct device *dev, enum oscillator o)
{
    if (o == LSI && device_input(dev, IN_LSI_REQUEST).level != 0)
        return true;
    return (dev->regs[oscillators[o].reg] & oscillators[o].on) != 0;
}

static bool is_ready(const struct device *dev, enum oscillator o)
{
    return (dev->regs[oscillators[o].reg] & oscillators[o].ready) != 0;
}

/* The ready flag of an oscillator that was switched off stays for some cycles. */
static bool is_running(const struct device *dev, enum oscillator o)
{
    return is_on(dev, o) && is_ready(dev, o);
}

static enum oscillator pll_source(const struct device *dev)
{
    return dev->regs[RCC_PLLCFGR] & PLLCFGR_PLLSRC ? HSE : HSI;
}

/* Rate of an oscillator that is not a PLL while it runs; 0: there is none. */
static uint32_t rate(const struct device *dev, enum oscillator o)
{
    const struct stm32f2_rcc_config *config = dev->config;
    switch (o) {
    case LSI:
        return config->lsi_hz;
    case LSE:
        return config->lse_hz;
    case HSI:
        return 16000000;
    case HSE:
        return config->hse_hz;
    default:
        return 0;
    }
}

static bool can_start(const struct device *dev, enum oscillator o)
{
    if (o == PLL || o == PLLI2S)
        return is_running(dev, pll_source(dev)) && (dev->regs[RCC_PLLCFGR] & PLLCFGR_PLLM) >= 2;
    return rate(dev, o) != 0;
}

static uint32_t system_clock(const struct device *dev)
{
    return dev->regs[RCC_CFGR] >> 2 & 3;
}

/* Directly or as the source of the PLL: the hardware then keeps it on. */
static bool in_use(const struct device *dev, enum oscillator o)
{
    switch (system_clock(dev)) {
    case SW_HSI:
        return o == HSI;
    case SW_HSE:
        return o == HSE;
    default:
        return o == PLL || o == pll_source(dev);
    }
}

/* ---- the clock tree ---- */

static struct frequency output(const struct device *dev, enum oscillator o)
{
    return is_running(dev, o) ? FREQUENCY_HZ(rate(dev, o)) : FREQUENCY_STOPPED;
}

static unsigned ahb_divider(uint32_t hpre)
{
    static const uint16_t dividers[8] = {2, 4, 8, 16, 64, 128, 256, 512};
    return hpre & 8 ? dividers[hpre & 7] : 1;
}

static unsigned apb_divider(uint32_t ppre)
{
    return ppre & 4 ? 2u << (ppre & 3) : 1;
}

static struct frequency rtc_clock(const struct device *dev)
{
    uint32_t bdcr = dev->regs[RCC_BDCR];
    if ((bdcr & BDCR_RTCEN) == 0)
        return FREQUENCY_STOPPED;
    switch ((bdcr & BDCR_RTCSEL) >> 8) {
    case 1:
        return output(dev, LSE);
    case 2:
        return output(dev, LSI);
    case 3: {
        uint32_t divider = dev->regs[RCC_CFGR] >> 16 & 31;
        return divider < 2 ? FREQUENCY_STOPPED : frequency_scale(output(dev, HSE), 1, divider);
    }
    default:
        return FREQUENCY_STOPPED;
    }
}

static void set_apb_clocks(struct machine *m, struct frequency hclk, uint32_t ppre, const char *bus, const char *timers)
{
    unsigned divider = apb_divider(ppre);
    struct frequency pclk = frequency_scale(hclk, 1, divider);
    machine_set_clock(m, bus, pclk);
    machine_set_clock(m, timers, divider == 1 ? pclk : frequency_scale(pclk, 2, 1));
}

static void drive_clocks(struct device *dev)
{
    struct machine *m = dev->machine;
    uint32_t pllcfgr = dev->regs[RCC_PLLCFGR], cfgr = dev->regs[RCC_CFGR];
    struct frequency hsi = output(dev, HSI), hse = output(dev, HSE), vco = FREQUENCY_STOPPED;
    if (is_running(dev, PLL))
        vco = frequency_scale(pll_source(dev) == HSE ? hse : hsi, pllcfgr >> 6 & 0x1FF, pllcfgr & PLLCFGR_PLLM);
    struct frequency sysclk = hsi;
    if (system_clock(dev) == SW_HSE)
        sysclk = hse;
    else if (system_clock(dev) == SW_PLL)
        sysclk = frequency_scale(vco, 1, 2 * ((pllcfgr >> 16 & 3) + 1));
    struct frequency hclk = frequency_scale(sysclk, 1, ahb_divider(cfgr >> 4 & 15));
    uint32_t pllq = pllcfgr >> 24 & 15;

    machine_set_clock(m, "HSI", hsi);
    machine_set_clock(m, "HSE", hse);
    machine_set_clock(m, "LSE", output(dev, LSE));
    machine_set_clock(m, "LSI", output(dev, LSI));
    machine_set_clock(m, "SYSCLK", sysclk);
    machine_set_clock(m, "HCLK", hclk);
    set_apb_clocks(m, hclk, cfgr >> 10 & 7, "PCLK1", "TIMCLK1");
    set_apb_clocks(m, hclk, cfgr >> 13 & 7, "PCLK2", "TIMCLK2");
    machine_set_clock(m, "PLL48CLK", pllq < 2 ? FREQUENCY_STOPPED : frequency_scale(vco, 1, pllq));
    machine_set_clock(m, "RTCCLK", rtc_clock(dev));
}

/* ---- changes ---- */

static void drive_irq(struct device *dev)
{
    uint32_t cir = dev->regs[RCC_CIR];
    device_set_level(dev, OUT_IRQ, (cir & cir >> 8 & 0x3F) != 0);
}

/* SWS follows SW as soon as the wanted source is ready. */
static void switch_system_clock(struct device *dev)
{
    static const enum oscillator sources[] = {[SW_HSI] = HSI, [SW_HSE] = HSE, [SW_PLL] = PLL};
    uint32_t sw = dev->regs[RCC_CFGR] & 3;
    if (sw <= SW_PLL && is_running(dev, sources[sw]))
        dev->regs[RCC_CFGR] = (dev->regs[RCC_CFGR] & ~UINT32_C(0xC)) | sw << 2;
}

static void start(struct device *dev, enum oscillator o)
{
    dev->regs[oscillators[o].reg] &= ~oscillators[o].ready;
    if (can_start(dev, o))
        device_schedule(dev, o, machine_now(dev->machine) + oscillators[o].start_up);
    else
        device_cancel(dev, o);
}

/* A PLL without its source loses lock, and starts anew when the source is back. */
static void follow_source(struct device *dev, enum oscillator pll)
{
    if (is_on(dev, pll) && (is_ready(dev, pll) || device_timer_due(dev, pll) != TICKS_NEVER) != can_start(dev, pll))
        start(dev, pll);
}

static void follow_sources(struct device *dev)
{
    follow_source(dev, PLL);
    follow_source(dev, PLLI2S);
}

/* The enable bit of an oscillator changed. */
static void switched(struct device *dev, enum oscillator o)
{
    if (is_on(dev, o)) {
        start(dev, o);
    } else if (is_ready(dev, o) && oscillators[o].stop_cycles != 0) {
        ticks_t stop = frequency_ticks(FREQUENCY_HZ(rate(dev, o)), oscillators[o].stop_cycles);
        device_schedule(dev, o, machine_now(dev->machine) + stop);
    } else {
        dev->regs[oscillators[o].reg] &= ~oscillators[o].ready;
        device_cancel(dev, o);
    }
}

static void timer(struct device *dev, unsigned o)
{
    if (!is_on(dev, o)) {
        dev->regs[oscillators[o].reg] &= ~oscillators[o].ready;
        return;
    }
    dev->regs[oscillators[o].reg] |= oscillators[o].ready;
    if (dev->regs[RCC_CIR] & BIT(8 + o))
        dev->regs[RCC_CIR] |= BIT(o);
    follow_sources(dev);
    switch_system_clock(dev);
    drive_clocks(dev);
    drive_irq(dev);
}

static void write_cr(struct device *dev, uint32_t old)
{
    static const enum oscillator here[] = {HSI, HSE, PLL, PLLI2S};
    uint32_t *cr = &dev->regs[RCC_CR];
    for (unsigned i = 0; i < G_N_ELEMENTS(here); i++)
        if (in_use(dev, here[i]))
            *cr |= old & oscillators[here[i]].on;
    if (old & CR_HSEON)
        *cr = (*cr & ~(uint32_t)CR_HSEBYP) | (old & CR_HSEBYP);
    for (unsigned i = 0; i < G_N_ELEMENTS(here); i++)
        if ((*cr ^ old) & oscillators[here[i]].on)
            switched(dev, here[i]);
    follow_sources(dev);
    drive_clocks(dev);
}

static void write_pllcfgr(struct device *dev, uint32_t old)
{
    uint32_t cr = dev->regs[RCC_CR], locked = 0;
    if (cr & CR_PLLON)
        locked = UINT32_MAX;
    else if (cr & CR_PLLI2SON)
        locked = PLLCFGR_PLLM | PLLCFGR_PLLSRC; /* what both PLLs share */
    dev->regs[RCC_PLLCFGR] = (dev->regs[RCC_PLLCFGR] & ~locked) | (old & locked);
}

static void write_bdcr(struct device *dev, uint32_t old)
{
    uint32_t *bdcr = &dev->regs[RCC_BDCR];
    if (device_input(dev, IN_DBP).level == 0) {
        *bdcr = old;
        return;
    }
    if (*bdcr & BDCR_BDRST) {
        *bdcr = old | BDCR_BDRST;
        if ((old & BDCR_BDRST) == 0)
            machine_request_reset(dev->machine, RESET_BACKUP, "bdrst");
        return;
    }
    if (old & BDCR_RTCSEL) /* can be chosen once */
        *bdcr = (*bdcr & ~(uint32_t)BDCR_RTCSEL) | (old & BDCR_RTCSEL);
    if (old & BDCR_LSEON)
        *bdcr = (*bdcr & ~(uint32_t)BDCR_LSEBYP) | (old & BDCR_LSEBYP);
    if ((*bdcr ^ old) & BDCR_LSEON)
        switched(dev, LSE);
    drive_clocks(dev);
}

static void write_csr(struct device *dev, uint32_t old, uint32_t value)
{
    if (value & CSR_RMVF)
        dev->regs[RCC_CSR] &= ~CSR_FLAGS;
    if (((dev->regs[RCC_CSR] ^ old) & CSR_LSION) == 0 || device_input(dev, IN_LSI_REQUEST).level != 0)
        return;
    switched(dev, LSI);
    drive_clocks(dev);
}

static void drive_lines(struct device *dev, unsigned reg, uint32_t bits)
{
    unsigned first = reg >= RCC_AHB1ENR ? OUT_ENABLES + 32 * (reg - RCC_AHB1ENR) : OUT_RESETS + 32 * (reg - RCC_AHB1RSTR);
    for (unsigned i = 0; i < 32; i++)
        if (bits & BIT(i))
            device_set_level(dev, first + i, dev->regs[reg] >> i & 1);
}

static void write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask)
{
    (void)mask;
    switch (reg) {
    case RCC_CR:
        write_cr(dev, old);
        break;
    case RCC_PLLCFGR:
        write_pllcfgr(dev, old);
        break;
    case RCC_CFGR:
        switch_system_clock(dev);
        drive_clocks(dev);
        break;
    case RCC_CIR:
        dev->regs[RCC_CIR] &= ~(value >> 16 & 0x3F);
        drive_irq(dev);
        break;
    case RCC_BDCR:
        write_bdcr(dev, old);
        break;
    case RCC_CSR:
        write_csr(dev, old, value);
        break;
    default:
        if (reg >= RCC_AHB1RSTR && reg <= RCC_APB2ENR)
            drive_lines(dev, reg, dev->regs[reg] ^ old);
    }
}

/* ---- Stop mode ---- */

static const uint32_t main_oscillators =
    CR_HSION | CR_HSIRDY | CR_HSEON | CR_HSERDY | CR_PLLON | CR_PLLRDY | CR_PLLI2SON | CR_PLLI2SRDY;

static void stop_changed(struct device *dev, bool stop)
{
    for (unsigned o = HSI; o <= PLLI2S; o++)
        device_cancel(dev, o);
    dev->regs[RCC_CR] &= ~main_oscillators;
    if (!stop)
        dev->regs[RCC_CR] |= CR_HSION | CR_HSIRDY;
    dev->regs[RCC_CFGR] &= ~UINT32_C(0xF);
    drive_clocks(dev);
}

static void input(struct device *dev, unsigned in, const struct signal *signal)
{
    if (in == IN_STOP) {
        stop_changed(dev, signal->level != 0);
    } else if (in == IN_LSI_REQUEST && (dev->regs[RCC_CSR] & CSR_LSION) == 0) {
        switched(dev, LSI);
        drive_clocks(dev);
    }
}

/* ---- reset ---- */

static uint32_t reset_flags(enum reset_kind kind, const char *cause)
{
    static const struct {
        const char *cause;
        uint32_t flags;
    } causes[] = {
        /* NRST is pulled low by every reset from inside as well. */
        {"pin", CSR_PINRSTF},
        {"software", CSR_SFTRSTF | CSR_PINRSTF},
        {"iwdg", CSR_IWDGRSTF | CSR_PINRSTF},
        {"wwdg", CSR_WWDGRSTF | CSR_PINRSTF},
        {"low-power", CSR_LPWRRSTF | CSR_PINRSTF},
        {"brown-out", CSR_BORRSTF | CSR_PINRSTF},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        if (cause != NULL && strcmp(cause, causes[i].cause) == 0)
            return causes[i].flags;
    return kind == RESET_POWER_ON ? CSR_PORRSTF | CSR_BORRSTF | CSR_PINRSTF : 0;
}

static bool by_bdrst(const struct device *dev)
{
    const char *cause = machine_reset_cause(dev->machine);
    return cause != NULL && strcmp(cause, "bdrst") == 0;
}

static void reset(struct device *dev, enum reset_kind kind)
{
    if (kind == RESET_BACKUP) {
        dev->regs[RCC_BDCR] &= by_bdrst(dev) ? BDCR_BDRST : 0;
        device_cancel(dev, LSE);
        drive_clocks(dev);
        return;
    }
    uint32_t bdcr = dev->regs[RCC_BDCR] & ~(uint32_t)BDCR_BDRST;
    uint32_t flags = dev->regs[RCC_CSR] & CSR_FLAGS;
    ticks_t lse_due = device_timer_due(dev, LSE);
    const char *cause = machine_reset_cause(dev->machine);
    if (kind == RESET_POWER_ON && g_strcmp0(cause, "brown-out") != 0)
        flags = 0;
    device_reset_registers(dev);
    dev->regs[RCC_BDCR] = bdcr;
    dev->regs[RCC_CSR] = flags | reset_flags(kind, cause);
    if (g_strcmp0(cause, "software") == 0 && machine_mutated(dev->machine, MUTATION_SOFTWARE_WITHOUT_PINRST))
        dev->regs[RCC_CSR] &= ~(uint32_t)CSR_PINRSTF;
    if (lse_due != TICKS_NEVER)
        device_schedule(dev, LSE, lse_due);
    if (is_on(dev, LSI))
        start(dev, LSI);
    for (unsigned reg = RCC_AHB1RSTR; reg <= RCC_APB2ENR; reg++)
        drive_lines(dev, reg, UINT32_MAX);
    drive_clocks(dev);
    drive_irq(dev);
}

uint32_t stm32f2_rcc_backup_get(const struct device *dev)
{
    return dev->regs[RCC_BDCR] & ~(uint32_t)BDCR_BDRST;
}

void stm32f2_rcc_backup_set(struct device *dev, uint32_t bdcr)
{
    bdcr &= BDCR_LSEON | BDCR_LSEBYP | BDCR_RTCSEL | BDCR_RTCEN;
    if ((bdcr & BDCR_LSEON) && can_start(dev, LSE))
        bdcr |= BDCR_LSERDY;
    dev->regs[RCC_BDCR] = bdcr;
}

/* ---- why nothing happens ---- */

static const char *why_not_ready(const struct device *dev, enum oscillator o)
{
    static const char *const off[N_OSCILLATORS] = {"LSI is off", "LSE is off", "HSI is off",
                                                   "HSE is off", "PLL is off", "PLLI2S is off"};
    if (is_ready(dev, o))
        return NULL;
    if (!is_on(dev, o))
        return off[o];
    if (can_start(dev, o))
        return NULL; /* under way */
    if (o == HSE)
        return "this board has no HSE crystal";
    if (o == LSE)
        return "this board has no 32.768 kHz crystal";
    if (o == PLL || o == PLLI2S) {
        if ((dev->regs[RCC_PLLCFGR] & PLLCFGR_PLLM) < 2)
            return "PLLM is below 2";
        return pll_source(dev) == HSE ? "the PLL's source HSE does not run" : "the PLL's source HSI does not run";
    }
    return NULL;
}

static const char *explain(struct device *dev, unsigned reg)
{
    switch (reg) {
    case RCC_CR: {
        g_autoptr(GString) text = g_string_new(NULL);
        for (unsigned o = HSI; o <= PLLI2S; o++) {
            const char *why = why_not_ready(dev, o);
            if (why != NULL)
                g_string_append_printf(text, "%s%s", text->len != 0 ? ", " : "", why);
        }
        return text->len != 0 ? g_intern_string(text->str) : NULL;
    }
    case RCC_CFGR: {
        static const char *const waits[] = {"HSI, which SW selects, does not run", "HSE, which SW selects, does not run",
                                            "PLL, which SW selects, does not run", "SW = 3 selects nothing"};
        uint32_t sw = dev->regs[RCC_CFGR] & 3;
        return sw != system_clock(dev) ? waits[sw] : NULL;
    }
    case RCC_BDCR:
        if (!is_on(dev, LSE) && device_input(dev, IN_DBP).level == 0)
            return "LSE is off, and BDCR is write-protected (PWR_CR.DBP is 0)";
        return why_not_ready(dev, LSE);
    case RCC_CSR:
        return why_not_ready(dev, LSI);
    default:
        return NULL;
    }
}

/* ---- class ---- */

#define LINES10(R, D) R D "0", R D "1", R D "2", R D "3", R D "4", R D "5", R D "6", R D "7", R D "8", R D "9"
#define LINES(R)      LINES10(R, "."), LINES10(R, ".1"), LINES10(R, ".2"), R ".30", R ".31"

static const char *const input_names[] = {"dbp", "lsi_request", "stop"};
static const char *const output_names[N_OUTPUTS] = {
    LINES("AHB1RSTR"),
    LINES("AHB2RSTR"),
    LINES("AHB3RSTR"),
    LINES("APB1RSTR"),
    LINES("APB2RSTR"),
    LINES("AHB1ENR"),
    LINES("AHB2ENR"),
    LINES("AHB3ENR"),
    LINES("APB1ENR"),
    LINES("APB2ENR"),
    "irq",
};

const struct device_class stm32f2_rcc_class = {
    .name = "STM32F2 reset and clock control",
    .registers = registers,
    .n_registers = G_N_ELEMENTS(registers),
    .window = 0x400,
    .n_inputs = G_N_ELEMENTS(input_names),
    .n_outputs = N_OUTPUTS,
    .n_timers = N_OSCILLATORS,
    .input_names = input_names,
    .output_names = output_names,
    .reset = reset,
    .write = write,
    .timer = timer,
    .input = input,
    .explain = explain,
};
