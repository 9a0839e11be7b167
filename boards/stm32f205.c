/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STM32F205xG: which block sits where, and how they are joined (RM0033 tables 1 "register boundary addresses", 20 "vector
 * table", 22 and 23 "DMA request mapping"; data sheet table 9 "alternate function mapping").
 */
#include "boards/stm32f205.h"

#include <glib.h>

#include "emu/core/cpu.h"
#include "emu/core/dwt.h"
#include "emu/core/nvic.h"
#include "peripherals/parts/or-gate.h"
#include "peripherals/stm32f2/adc.h"
#include "peripherals/stm32f2/backup-sram.h"
#include "peripherals/stm32f2/crc.h"
#include "peripherals/stm32f2/dac.h"
#include "peripherals/stm32f2/dbgmcu.h"
#include "peripherals/stm32f2/dma.h"
#include "peripherals/stm32f2/exti.h"
#include "peripherals/stm32f2/flash.h"
#include "peripherals/stm32f2/gpio.h"
#include "peripherals/stm32f2/i2c.h"
#include "peripherals/stm32f2/iwdg.h"
#include "peripherals/stm32f2/otg.h"
#include "peripherals/stm32f2/pwr.h"
#include "peripherals/stm32f2/rcc.h"
#include "peripherals/stm32f2/rng.h"
#include "peripherals/stm32f2/rtc.h"
#include "peripherals/stm32f2/sdio.h"
#include "peripherals/stm32f2/spi.h"
#include "peripherals/stm32f2/syscfg.h"
#include "peripherals/stm32f2/system-memory.h"
#include "peripherals/stm32f2/tim.h"
#include "peripherals/stm32f2/unmodelled.h"
#include "peripherals/stm32f2/usart.h"
#include "peripherals/stm32f2/wwdg.h"

static const struct stm32f2_gpio_config gpio_a = {.moder = 0xA8000000, .ospeedr = 0, .pupdr = 0x64000000};
static const struct stm32f2_gpio_config gpio_b = {.moder = 0x00000280, .ospeedr = 0x000000C0, .pupdr = 0x00000100};
static const struct stm32f2_gpio_config gpio_other = {0};
static const struct stm32f2_dma_config dma2 = {.memory_to_memory = true};

/* The order is that of resets: ports first, so that a timer's reset does not show on them. */
static const struct block {
    const char *name;
    const struct device_class *class;
    uint32_t base;
    const void *config;
    const char *gate, *reset; /* bits of RCC; NULL = always on */
} blocks[] = {
    {"GPIOA", &stm32f2_gpio_class, 0x40020000, &gpio_a, "RCC.AHB1ENR.0", "RCC.AHB1RSTR.0"},
    {"GPIOB", &stm32f2_gpio_class, 0x40020400, &gpio_b, "RCC.AHB1ENR.1", "RCC.AHB1RSTR.1"},
    {"GPIOC", &stm32f2_gpio_class, 0x40020800, &gpio_other, "RCC.AHB1ENR.2", "RCC.AHB1RSTR.2"},
    {"GPIOD", &stm32f2_gpio_class, 0x40020C00, &gpio_other, "RCC.AHB1ENR.3", "RCC.AHB1RSTR.3"},
    {"GPIOE", &stm32f2_gpio_class, 0x40021000, &gpio_other, "RCC.AHB1ENR.4", "RCC.AHB1RSTR.4"},
    {"GPIOF", &stm32f2_gpio_class, 0x40021400, &gpio_other, "RCC.AHB1ENR.5", "RCC.AHB1RSTR.5"},
    {"GPIOG", &stm32f2_gpio_class, 0x40021800, &gpio_other, "RCC.AHB1ENR.6", "RCC.AHB1RSTR.6"},
    {"GPIOH", &stm32f2_gpio_class, 0x40021C00, &gpio_other, "RCC.AHB1ENR.7", "RCC.AHB1RSTR.7"},
    {"GPIOI", &stm32f2_gpio_class, 0x40022000, &gpio_other, "RCC.AHB1ENR.8", "RCC.AHB1RSTR.8"},
    {"SYSCFG", &stm32f2_syscfg_class, 0x40013800, NULL, "RCC.APB2ENR.14", "RCC.APB2RSTR.14"},
    {"EXTI", &stm32f2_exti_class, 0x40013C00, NULL, NULL, NULL},
    {"SYSMEM", &stm32f2_system_memory_class, STM32F2_SYSTEM_MEMORY_BASE, NULL, NULL, NULL},
    {"PWR", &stm32f2_pwr_class, 0x40007000, NULL, "RCC.APB1ENR.28", "RCC.APB1RSTR.28"},
    {"RTC", &stm32f2_rtc_class, 0x40002800, NULL, NULL, NULL},
    {"BKPSRAM", &stm32f2_backup_sram_class, 0x40024000, NULL, "RCC.AHB1ENR.18", NULL},
    {"IWDG", &stm32f2_iwdg_class, 0x40003000, NULL, NULL, NULL},
    {"WWDG", &stm32f2_wwdg_class, 0x40002C00, NULL, "RCC.APB1ENR.11", "RCC.APB1RSTR.11"},
    {"DBGMCU", &stm32f2_dbgmcu_class, 0xE0042000, NULL, NULL, NULL},
    {"RNG", &stm32f2_rng_class, 0x50060800, NULL, "RCC.AHB2ENR.6", "RCC.AHB2RSTR.6"},
    {"CRC", &stm32f2_crc_class, 0x40023000, NULL, "RCC.AHB1ENR.12", "RCC.AHB1RSTR.12"},
    {"DMA1", &stm32f2_dma_class, 0x40026000, NULL, "RCC.AHB1ENR.21", "RCC.AHB1RSTR.21"},
    {"DMA2", &stm32f2_dma_class, 0x40026400, &dma2, "RCC.AHB1ENR.22", "RCC.AHB1RSTR.22"},
    {"TIM1", &stm32f2_tim_advanced_class, 0x40010000, NULL, "RCC.APB2ENR.0", "RCC.APB2RSTR.0"},
    {"TIM2", &stm32f2_tim_general32_class, 0x40000000, NULL, "RCC.APB1ENR.0", "RCC.APB1RSTR.0"},
    {"TIM3", &stm32f2_tim_general16_class, 0x40000400, NULL, "RCC.APB1ENR.1", "RCC.APB1RSTR.1"},
    {"TIM4", &stm32f2_tim_general16_class, 0x40000800, NULL, "RCC.APB1ENR.2", "RCC.APB1RSTR.2"},
    {"TIM5", &stm32f2_tim_general32_class, 0x40000C00, NULL, "RCC.APB1ENR.3", "RCC.APB1RSTR.3"},
    {"TIM6", &stm32f2_tim_basic_class, 0x40001000, NULL, "RCC.APB1ENR.4", "RCC.APB1RSTR.4"},
    {"TIM7", &stm32f2_tim_basic_class, 0x40001400, NULL, "RCC.APB1ENR.5", "RCC.APB1RSTR.5"},
    {"TIM8", &stm32f2_tim_advanced_class, 0x40010400, NULL, "RCC.APB2ENR.1", "RCC.APB2RSTR.1"},
    {"TIM9", &stm32f2_tim_two_channel_class, 0x40014000, NULL, "RCC.APB2ENR.16", "RCC.APB2RSTR.16"},
    {"TIM10", &stm32f2_tim_one_channel_class, 0x40014400, NULL, "RCC.APB2ENR.17", "RCC.APB2RSTR.17"},
    {"TIM11", &stm32f2_tim_one_channel_class, 0x40014800, NULL, "RCC.APB2ENR.18", "RCC.APB2RSTR.18"},
    {"TIM12", &stm32f2_tim_two_channel_class, 0x40001800, NULL, "RCC.APB1ENR.6", "RCC.APB1RSTR.6"},
    {"TIM13", &stm32f2_tim_one_channel_class, 0x40001C00, NULL, "RCC.APB1ENR.7", "RCC.APB1RSTR.7"},
    {"TIM14", &stm32f2_tim_one_channel_class, 0x40002000, NULL, "RCC.APB1ENR.8", "RCC.APB1RSTR.8"},
    {"USART1", &stm32f2_usart_class, 0x40011000, NULL, "RCC.APB2ENR.4", "RCC.APB2RSTR.4"},
    {"USART2", &stm32f2_usart_class, 0x40004400, NULL, "RCC.APB1ENR.17", "RCC.APB1RSTR.17"},
    {"USART3", &stm32f2_usart_class, 0x40004800, NULL, "RCC.APB1ENR.18", "RCC.APB1RSTR.18"},
    {"UART4", &stm32f2_usart_class, 0x40004C00, NULL, "RCC.APB1ENR.19", "RCC.APB1RSTR.19"},
    {"UART5", &stm32f2_usart_class, 0x40005000, NULL, "RCC.APB1ENR.20", "RCC.APB1RSTR.20"},
    {"USART6", &stm32f2_usart_class, 0x40011400, NULL, "RCC.APB2ENR.5", "RCC.APB2RSTR.5"},
    {"SPI1", &stm32f2_spi_class, 0x40013000, NULL, "RCC.APB2ENR.12", "RCC.APB2RSTR.12"},
    {"SPI2", &stm32f2_spi_class, 0x40003800, NULL, "RCC.APB1ENR.14", "RCC.APB1RSTR.14"},
    {"SPI3", &stm32f2_spi_class, 0x40003C00, NULL, "RCC.APB1ENR.15", "RCC.APB1RSTR.15"},
    {"I2C1", &stm32f2_i2c_class, 0x40005400, NULL, "RCC.APB1ENR.21", "RCC.APB1RSTR.21"},
    {"I2C2", &stm32f2_i2c_class, 0x40005800, NULL, "RCC.APB1ENR.22", "RCC.APB1RSTR.22"},
    {"I2C3", &stm32f2_i2c_class, 0x40005C00, NULL, "RCC.APB1ENR.23", "RCC.APB1RSTR.23"},
    {"ADC", &stm32f2_adc_class, 0x40012000, NULL, "ADC_CLOCK.out", "RCC.APB2RSTR.8"},
    {"DAC", &stm32f2_dac_class, 0x40007400, NULL, "RCC.APB1ENR.29", "RCC.APB1RSTR.29"},
    {"OTG_HS", &stm32f2_otg_hs_class, 0x40040000, NULL, "RCC.AHB1ENR.29", "RCC.AHB1RSTR.29"},
    {"OTG_FS", &stm32f2_otg_fs_class, 0x50000000, NULL, "RCC.AHB2ENR.7", "RCC.AHB2RSTR.7"},
    /* blocks of the chip that nothing on a Photon uses */
    {"CAN1", &stm32f2_unmodelled_1k_class, 0x40006400, NULL, NULL, NULL},
    {"CAN2", &stm32f2_unmodelled_1k_class, 0x40006800, NULL, NULL, NULL},
    {"ETH", &stm32f2_unmodelled_4k_class, 0x40028000, NULL, NULL, NULL},
    {"DCMI", &stm32f2_unmodelled_1k_class, 0x50050000, NULL, NULL, NULL},
    {"FSMC", &stm32f2_unmodelled_4k_class, 0xA0000000, NULL, NULL, NULL},
    {"BOOTROM", &stm32f2_unmodelled_boot_rom_class, 0x1FFF0000, NULL, NULL, NULL},
    {"ITM", &stm32f2_unmodelled_4k_class, 0xE0000000, NULL, NULL, NULL},
    {"FPB", &stm32f2_unmodelled_4k_class, 0xE0002000, NULL, NULL, NULL},
    {"TPIU", &stm32f2_unmodelled_4k_class, 0xE0040000, NULL, NULL, NULL},
    {"ETM", &stm32f2_unmodelled_4k_class, 0xE0041000, NULL, NULL, NULL},
    {"ROMTABLE", &stm32f2_unmodelled_4k_class, 0xE00FF000, NULL, NULL, NULL},
};

/* Clock nodes of RCC to the blocks' inputs. */
static const struct {
    const char *node, *input;
} clocks[] = {
    {"HCLK", "CPU.hclk"},    {"HCLK", "NVIC.hclk"},       {"HCLK", "DWT.hclk"},    {"HCLK", "DMA1.bus"},
    {"HCLK", "DMA2.bus"},    {"HCLK", "RNG.bus"},         {"PLL48CLK", "RNG.rng"}, {"RTCCLK", "RTC.rtc"},
    {"LSI", "IWDG.lsi"},     {"PCLK1", "WWDG.bus"},       {"PCLK2", "TIM1.bus"},   {"TIMCLK2", "TIM1.kernel"},
    {"PCLK1", "TIM2.bus"},   {"TIMCLK1", "TIM2.kernel"},  {"PCLK1", "TIM3.bus"},   {"TIMCLK1", "TIM3.kernel"},
    {"PCLK1", "TIM4.bus"},   {"TIMCLK1", "TIM4.kernel"},  {"PCLK1", "TIM5.bus"},   {"TIMCLK1", "TIM5.kernel"},
    {"PCLK1", "TIM6.bus"},   {"TIMCLK1", "TIM6.kernel"},  {"PCLK1", "TIM7.bus"},   {"TIMCLK1", "TIM7.kernel"},
    {"PCLK2", "TIM8.bus"},   {"TIMCLK2", "TIM8.kernel"},  {"PCLK2", "TIM9.bus"},   {"TIMCLK2", "TIM9.kernel"},
    {"PCLK2", "TIM10.bus"},  {"TIMCLK2", "TIM10.kernel"}, {"PCLK2", "TIM11.bus"},  {"TIMCLK2", "TIM11.kernel"},
    {"PCLK1", "TIM12.bus"},  {"TIMCLK1", "TIM12.kernel"}, {"PCLK1", "TIM13.bus"},  {"TIMCLK1", "TIM13.kernel"},
    {"PCLK1", "TIM14.bus"},  {"TIMCLK1", "TIM14.kernel"}, {"PCLK2", "USART1.bus"}, {"PCLK1", "USART2.bus"},
    {"PCLK1", "USART3.bus"}, {"PCLK1", "UART4.bus"},      {"PCLK1", "UART5.bus"},  {"PCLK2", "USART6.bus"},
    {"PCLK2", "SPI1.bus"},   {"PCLK1", "SPI2.bus"},       {"PCLK1", "SPI3.bus"},   {"PCLK1", "I2C1.bus"},
    {"PCLK1", "I2C2.bus"},   {"PCLK1", "I2C3.bus"},       {"PCLK2", "ADC.bus"},    {"PCLK1", "DAC.bus"},
    {"PCLK2", "SDIO.bus"},   {"PLL48CLK", "SDIO.sdio"},   {"HCLK", "OTG_HS.bus"},  {"PLL48CLK", "OTG_HS.usb"},
    {"HCLK", "OTG_FS.bus"},  {"PLL48CLK", "OTG_FS.usb"},
};

/* Wires of which several feed one input: the gate's name, then what it joins. */
static const struct {
    const char *name;
    const char *sources[4];
} gates[] = {
    {"ADC_CLOCK", {"RCC.APB2ENR.8", "RCC.APB2ENR.9", "RCC.APB2ENR.10"}},
    {"LINE24", {"TIM1.irq_brk", "TIM9.irq"}},
    {"LINE25", {"TIM1.irq_up", "TIM10.irq"}},
    {"LINE26", {"TIM1.irq_trg", "TIM11.irq"}},
    {"LINE43", {"TIM8.irq_brk", "TIM12.irq"}},
    {"LINE44", {"TIM8.irq_up", "TIM13.irq"}},
    {"LINE45", {"TIM8.irq_trg", "TIM14.irq"}},
    {"LINE54", {"TIM6.irq", "DAC.irq"}},
    {"DMA1_S1C3", {"TIM2.dma_up", "TIM2.dma_ch3"}},
    {"DMA1_S6C3", {"TIM2.dma_ch2", "TIM2.dma_ch4"}},
    {"DMA1_S7C3", {"TIM2.dma_up", "TIM2.dma_ch4"}},
    {"DMA1_S2C5", {"TIM3.dma_ch4", "TIM3.dma_up"}},
    {"DMA1_S4C5", {"TIM3.dma_ch1", "TIM3.dma_trig"}},
    {"DMA1_S0C6", {"TIM5.dma_ch3", "TIM5.dma_up"}},
    {"DMA1_S1C6", {"TIM5.dma_ch4", "TIM5.dma_trig"}},
    {"DMA1_S3C6", {"TIM5.dma_ch4", "TIM5.dma_trig"}},
    {"DMA2_S2C0", {"TIM8.dma_ch1", "TIM8.dma_ch2", "TIM8.dma_ch3"}},
    {"DMA2_S6C0", {"TIM1.dma_ch1", "TIM1.dma_ch2", "TIM1.dma_ch3"}},
    {"DMA2_S4C6", {"TIM1.dma_ch4", "TIM1.dma_trig", "TIM1.dma_com"}},
    {"DMA2_S7C7", {"TIM8.dma_ch4", "TIM8.dma_trig", "TIM8.dma_com"}},
};

static const struct {
    const char *output;
    unsigned irq;
} interrupts[] = {
    {"WWDG.irq", 0},           {"EXTI.irq16", 1},   {"EXTI.irq21", 2},   {"EXTI.irq22", 3},
    {"FLASH.irq", 4},          {"RCC.irq", 5},      {"EXTI.irq0", 6},    {"EXTI.irq1", 7},
    {"EXTI.irq2", 8},          {"EXTI.irq3", 9},    {"EXTI.irq4", 10},   {"DMA1.irq0", 11},
    {"DMA1.irq1", 12},         {"DMA1.irq2", 13},   {"DMA1.irq3", 14},   {"DMA1.irq4", 15},
    {"DMA1.irq5", 16},         {"DMA1.irq6", 17},   {"ADC.irq", 18},     {"EXTI.irq9_5", 23},
    {"LINE24.out", 24},        {"LINE25.out", 25},  {"LINE26.out", 26},  {"TIM1.irq_cc", 27},
    {"TIM2.irq", 28},          {"TIM3.irq", 29},    {"TIM4.irq", 30},    {"I2C1.irq_ev", 31},
    {"I2C1.irq_er", 32},       {"I2C2.irq_ev", 33}, {"I2C2.irq_er", 34}, {"SPI1.irq", 35},
    {"SPI2.irq", 36},          {"USART1.irq", 37},  {"USART2.irq", 38},  {"USART3.irq", 39},
    {"EXTI.irq15_10", 40},     {"EXTI.irq17", 41},  {"EXTI.irq18", 42},  {"LINE43.out", 43},
    {"LINE44.out", 44},        {"LINE45.out", 45},  {"TIM8.irq_cc", 46}, {"DMA1.irq7", 47},
    {"SDIO.irq", 49},          {"TIM5.irq", 50},    {"SPI3.irq", 51},    {"UART4.irq", 52},
    {"UART5.irq", 53},         {"LINE54.out", 54},  {"TIM7.irq", 55},    {"DMA2.irq0", 56},
    {"DMA2.irq1", 57},         {"DMA2.irq2", 58},   {"DMA2.irq3", 59},   {"DMA2.irq4", 60},
    {"OTG_FS.irq", 67},        {"DMA2.irq5", 68},   {"DMA2.irq6", 69},   {"DMA2.irq7", 70},
    {"USART6.irq", 71},        {"I2C3.irq_ev", 72}, {"I2C3.irq_er", 73}, {"OTG_HS.irq_ep1_out", 74},
    {"OTG_HS.irq_ep1_in", 75}, {"EXTI.irq20", 76},  {"OTG_HS.irq", 77},  {"RNG.irq", 80},
};

/* DMA requests: RM0033 tables 22 and 23. */
static const struct {
    const char *output, *input;
} requests[] = {
    {"SPI3.dma_rx", "DMA1.s0.c0"},   {"SPI3.dma_rx", "DMA1.s2.c0"},   {"SPI2.dma_rx", "DMA1.s3.c0"},
    {"SPI2.dma_tx", "DMA1.s4.c0"},   {"SPI3.dma_tx", "DMA1.s5.c0"},   {"SPI3.dma_tx", "DMA1.s7.c0"},
    {"I2C1.dma_rx", "DMA1.s0.c1"},   {"TIM7.dma_up", "DMA1.s2.c1"},   {"TIM7.dma_up", "DMA1.s4.c1"},
    {"I2C1.dma_rx", "DMA1.s5.c1"},   {"I2C1.dma_tx", "DMA1.s6.c1"},   {"I2C1.dma_tx", "DMA1.s7.c1"},
    {"TIM4.dma_ch1", "DMA1.s0.c2"},  {"TIM4.dma_ch2", "DMA1.s3.c2"},  {"TIM4.dma_up", "DMA1.s6.c2"},
    {"TIM4.dma_ch3", "DMA1.s7.c2"},  {"DMA1_S1C3.out", "DMA1.s1.c3"}, {"I2C3.dma_rx", "DMA1.s2.c3"},
    {"I2C3.dma_tx", "DMA1.s4.c3"},   {"TIM2.dma_ch1", "DMA1.s5.c3"},  {"DMA1_S6C3.out", "DMA1.s6.c3"},
    {"DMA1_S7C3.out", "DMA1.s7.c3"}, {"UART5.dma_rx", "DMA1.s0.c4"},  {"USART3.dma_rx", "DMA1.s1.c4"},
    {"UART4.dma_rx", "DMA1.s2.c4"},  {"USART3.dma_tx", "DMA1.s3.c4"}, {"UART4.dma_tx", "DMA1.s4.c4"},
    {"USART2.dma_rx", "DMA1.s5.c4"}, {"USART2.dma_tx", "DMA1.s6.c4"}, {"UART5.dma_tx", "DMA1.s7.c4"},
    {"DMA1_S2C5.out", "DMA1.s2.c5"}, {"DMA1_S4C5.out", "DMA1.s4.c5"}, {"TIM3.dma_ch2", "DMA1.s5.c5"},
    {"TIM3.dma_ch3", "DMA1.s7.c5"},  {"DMA1_S0C6.out", "DMA1.s0.c6"}, {"DMA1_S1C6.out", "DMA1.s1.c6"},
    {"TIM5.dma_ch1", "DMA1.s2.c6"},  {"DMA1_S3C6.out", "DMA1.s3.c6"}, {"TIM5.dma_ch2", "DMA1.s4.c6"},
    {"TIM5.dma_up", "DMA1.s6.c6"},   {"TIM6.dma_up", "DMA1.s1.c7"},   {"I2C2.dma_rx", "DMA1.s2.c7"},
    {"I2C2.dma_rx", "DMA1.s3.c7"},   {"USART3.dma_tx", "DMA1.s4.c7"}, {"DAC.dma1", "DMA1.s5.c7"},
    {"DAC.dma2", "DMA1.s6.c7"},      {"I2C2.dma_tx", "DMA1.s7.c7"},   {"ADC.dma1", "DMA2.s0.c0"},
    {"DMA2_S2C0.out", "DMA2.s2.c0"}, {"ADC.dma1", "DMA2.s4.c0"},      {"DMA2_S6C0.out", "DMA2.s6.c0"},
    {"ADC.dma2", "DMA2.s2.c1"},      {"ADC.dma2", "DMA2.s3.c1"},      {"ADC.dma3", "DMA2.s0.c2"},
    {"ADC.dma3", "DMA2.s1.c2"},      {"SPI1.dma_rx", "DMA2.s0.c3"},   {"SPI1.dma_rx", "DMA2.s2.c3"},
    {"SPI1.dma_tx", "DMA2.s3.c3"},   {"SPI1.dma_tx", "DMA2.s5.c3"},   {"USART1.dma_rx", "DMA2.s2.c4"},
    {"SDIO.dma", "DMA2.s3.c4"},      {"SDIO.dma_end", "DMA2.s3.end"}, {"USART1.dma_rx", "DMA2.s5.c4"},
    {"SDIO.dma", "DMA2.s6.c4"},      {"SDIO.dma_end", "DMA2.s6.end"}, {"USART1.dma_tx", "DMA2.s7.c4"},
    {"USART6.dma_rx", "DMA2.s1.c5"}, {"USART6.dma_rx", "DMA2.s2.c5"}, {"USART6.dma_tx", "DMA2.s6.c5"},
    {"USART6.dma_tx", "DMA2.s7.c5"}, {"TIM1.dma_trig", "DMA2.s0.c6"}, {"TIM1.dma_ch1", "DMA2.s1.c6"},
    {"TIM1.dma_ch2", "DMA2.s2.c6"},  {"TIM1.dma_ch1", "DMA2.s3.c6"},  {"DMA2_S4C6.out", "DMA2.s4.c6"},
    {"TIM1.dma_up", "DMA2.s5.c6"},   {"TIM1.dma_ch3", "DMA2.s6.c6"},  {"TIM8.dma_up", "DMA2.s1.c7"},
    {"TIM8.dma_ch1", "DMA2.s2.c7"},  {"TIM8.dma_ch2", "DMA2.s3.c7"},  {"TIM8.dma_ch3", "DMA2.s4.c7"},
    {"DMA2_S7C7.out", "DMA2.s7.c7"},
};

/* Timer outputs to the ports: alternate functions 1 (TIM1, 2), 2 (TIM3, 4, 5), 3 (TIM8 to 11), 9 (TIM12 to 14). */
static const struct {
    const char *output, *input;
} functions[] = {
    {"TIM1.ch1", "GPIOA.af1.8"},   {"TIM1.ch2", "GPIOA.af1.9"},   {"TIM1.ch3", "GPIOA.af1.10"},  {"TIM1.ch4", "GPIOA.af1.11"},
    {"TIM1.ch1n", "GPIOA.af1.7"},  {"TIM1.ch1n", "GPIOB.af1.13"}, {"TIM1.ch2n", "GPIOB.af1.0"},  {"TIM1.ch2n", "GPIOB.af1.14"},
    {"TIM1.ch3n", "GPIOB.af1.1"},  {"TIM1.ch3n", "GPIOB.af1.15"}, {"TIM1.ch1", "GPIOE.af1.9"},   {"TIM1.ch2", "GPIOE.af1.11"},
    {"TIM1.ch3", "GPIOE.af1.13"},  {"TIM1.ch4", "GPIOE.af1.14"},  {"TIM2.ch1", "GPIOA.af1.0"},   {"TIM2.ch1", "GPIOA.af1.5"},
    {"TIM2.ch1", "GPIOA.af1.15"},  {"TIM2.ch2", "GPIOA.af1.1"},   {"TIM2.ch2", "GPIOB.af1.3"},   {"TIM2.ch3", "GPIOA.af1.2"},
    {"TIM2.ch3", "GPIOB.af1.10"},  {"TIM2.ch4", "GPIOA.af1.3"},   {"TIM2.ch4", "GPIOB.af1.11"},  {"TIM3.ch1", "GPIOA.af2.6"},
    {"TIM3.ch1", "GPIOB.af2.4"},   {"TIM3.ch1", "GPIOC.af2.6"},   {"TIM3.ch2", "GPIOA.af2.7"},   {"TIM3.ch2", "GPIOB.af2.5"},
    {"TIM3.ch2", "GPIOC.af2.7"},   {"TIM3.ch3", "GPIOB.af2.0"},   {"TIM3.ch3", "GPIOC.af2.8"},   {"TIM3.ch4", "GPIOB.af2.1"},
    {"TIM3.ch4", "GPIOC.af2.9"},   {"TIM4.ch1", "GPIOB.af2.6"},   {"TIM4.ch1", "GPIOD.af2.12"},  {"TIM4.ch2", "GPIOB.af2.7"},
    {"TIM4.ch2", "GPIOD.af2.13"},  {"TIM4.ch3", "GPIOB.af2.8"},   {"TIM4.ch3", "GPIOD.af2.14"},  {"TIM4.ch4", "GPIOB.af2.9"},
    {"TIM4.ch4", "GPIOD.af2.15"},  {"TIM5.ch1", "GPIOA.af2.0"},   {"TIM5.ch2", "GPIOA.af2.1"},   {"TIM5.ch3", "GPIOA.af2.2"},
    {"TIM5.ch4", "GPIOA.af2.3"},   {"TIM8.ch1", "GPIOC.af3.6"},   {"TIM8.ch2", "GPIOC.af3.7"},   {"TIM8.ch3", "GPIOC.af3.8"},
    {"TIM8.ch4", "GPIOC.af3.9"},   {"TIM8.ch1n", "GPIOA.af3.5"},  {"TIM8.ch1n", "GPIOA.af3.7"},  {"TIM8.ch2n", "GPIOB.af3.0"},
    {"TIM8.ch2n", "GPIOB.af3.14"}, {"TIM8.ch3n", "GPIOB.af3.1"},  {"TIM8.ch3n", "GPIOB.af3.15"}, {"TIM9.ch1", "GPIOA.af3.2"},
    {"TIM9.ch2", "GPIOA.af3.3"},   {"TIM10.ch1", "GPIOB.af3.8"},  {"TIM11.ch1", "GPIOB.af3.9"},  {"TIM12.ch1", "GPIOB.af9.14"},
    {"TIM12.ch2", "GPIOB.af9.15"}, {"TIM13.ch1", "GPIOA.af9.6"},  {"TIM14.ch1", "GPIOA.af9.7"},
};

/* Everything else between blocks. Input captures look at one pad a channel: that of the Photon's pins where there is a choice.
 */
static const struct {
    const char *output, *input;
} wires[] = {
    {"PWR.dbp", "RCC.dbp"},
    {"PWR.dbp", "RTC.dbp"},
    {"PWR.dbp", "BKPSRAM.dbp"},
    {"PWR.regulator", "BKPSRAM.regulator"},
    {"PWR.stop", "RCC.stop"},
    {"PWR.pvd", "EXTI.line16"},
    {"NVIC.deepsleep", "PWR.deepsleep"},
    {"NVIC.trcena", "DWT.trcena"},
    {"RTC.any", "PWR.rtc_wakeup"},
    {"RTC.alarm", "EXTI.line17"},
    {"RTC.tamper", "EXTI.line21"},
    {"RTC.wakeup", "EXTI.line22"},
    {"OTG_FS.exti", "EXTI.line18"},
    {"OTG_HS.exti", "EXTI.line20"},
    {"IWDG.lsi_request", "RCC.lsi_request"},
    {"FLASH.wdg_hardware", "IWDG.hardware"},
    {"FLASH.pg", "SYSMEM.pg"},
    {"FLASH.option_low", "SYSMEM.option_low"},
    {"FLASH.option_high", "SYSMEM.option_high"},
    {"SYSMEM.otp", "FLASH.otp"},
    {"DBGMCU.IWDG_STOP", "IWDG.debug_freeze"},
    {"DBGMCU.WWDG_STOP", "WWDG.debug_freeze"},
    {"DBGMCU.RTC_STOP", "RTC.debug_freeze"},
    {"GPIOA.in0", "PWR.wkup_pin"},
    {"GPIOC.in13", "RTC.af1"},
    {"GPIOI.in8", "RTC.af2"},
    {"GPIOB.in6", "TIM4.ti1"},
    {"GPIOB.in7", "TIM4.ti2"},
    {"GPIOB.in8", "TIM4.ti3"},
    {"GPIOB.in9", "TIM4.ti4"},
    {"GPIOB.in4", "TIM3.ti1"},
    {"GPIOB.in5", "TIM3.ti2"},
    {"GPIOB.in0", "TIM3.ti3"},
    {"GPIOB.in1", "TIM3.ti4"},
    {"GPIOA.in0", "TIM5.ti1"},
    {"GPIOA.in1", "TIM5.ti2"},
    {"GPIOA.in2", "TIM5.ti3"},
    {"GPIOA.in3", "TIM5.ti4"},
    {"GPIOA.in8", "TIM1.ti1"},
    {"GPIOA.in9", "TIM1.ti2"},
    {"GPIOA.in10", "TIM1.ti3"},
    {"GPIOA.in11", "TIM1.ti4"},
    {"GPIOA.in5", "TIM2.ti1"},
    {"GPIOB.in3", "TIM2.ti2"},
    {"GPIOB.in10", "TIM2.ti3"},
    {"GPIOB.in11", "TIM2.ti4"},
    {"GPIOC.in6", "TIM8.ti1"},
    {"GPIOC.in7", "TIM8.ti2"},
    {"GPIOC.in8", "TIM8.ti3"},
    {"GPIOC.in9", "TIM8.ti4"},
    {"TIM5.trgo", "TIM1.itr0"},
    {"TIM2.trgo", "TIM1.itr1"},
    {"TIM3.trgo", "TIM1.itr2"},
    {"TIM4.trgo", "TIM1.itr3"},
    {"TIM1.trgo", "TIM2.itr0"},
    {"TIM8.trgo", "TIM2.itr1"},
    {"TIM3.trgo", "TIM2.itr2"},
    {"TIM4.trgo", "TIM2.itr3"},
    {"TIM1.trgo", "TIM3.itr0"},
    {"TIM2.trgo", "TIM3.itr1"},
    {"TIM5.trgo", "TIM3.itr2"},
    {"TIM4.trgo", "TIM3.itr3"},
    {"TIM1.trgo", "TIM4.itr0"},
    {"TIM2.trgo", "TIM4.itr1"},
    {"TIM3.trgo", "TIM4.itr2"},
    {"TIM8.trgo", "TIM4.itr3"},
    {"TIM2.trgo", "TIM5.itr0"},
    {"TIM3.trgo", "TIM5.itr1"},
    {"TIM4.trgo", "TIM5.itr2"},
    {"TIM8.trgo", "TIM5.itr3"},
    {"TIM1.trgo", "TIM8.itr0"},
    {"TIM2.trgo", "TIM8.itr1"},
    {"TIM4.trgo", "TIM8.itr2"},
    {"TIM5.trgo", "TIM8.itr3"},
    {"TIM2.trgo", "ADC.ext6"},
    {"TIM3.trgo", "ADC.ext8"},
    {"TIM8.trgo", "ADC.ext14"},
    {"SYSCFG.exti11", "ADC.ext15"},
    {"TIM6.trgo", "DAC.trig0"},
    {"TIM8.trgo", "DAC.trig1"},
    {"TIM7.trgo", "DAC.trig2"},
    {"TIM5.trgo", "DAC.trig3"},
    {"TIM2.trgo", "DAC.trig4"},
    {"TIM4.trgo", "DAC.trig5"},
    {"SYSCFG.exti9", "DAC.trig6"},
};

static void add_blocks(struct machine *m, const struct stm32f205_options *options)
{
    struct stm32f2_rcc_config *rcc = g_new0(struct stm32f2_rcc_config, 1);
    *rcc = (struct stm32f2_rcc_config){.hse_hz = options->hse_hz, .lse_hz = options->lse_hz, .lsi_hz = 32000};
    machine_own(m, rcc, g_free);
    for (unsigned i = 0; i < G_N_ELEMENTS(blocks); i++)
        machine_add_device(m, blocks[i].class, blocks[i].name, blocks[i].base, blocks[i].config);
    machine_add_device(m, &stm32f2_rcc_class, "RCC", 0x40023800, rcc);
    machine_add_device(m, &stm32f2_sdio_class, "SDIO", 0x40012C00, options->sdio);
    struct device *flash = machine_add_device(m, &stm32f2_flash_class, "FLASH", 0x40023C00, NULL);
    machine_add_device(m, &armv7m_cpu_class, "CPU", 0, NULL);
    machine_add_device(m, &armv7m_scs_class, "NVIC", 0xE000E000, NULL);
    machine_add_device(m, &armv7m_dwt_class, "DWT", 0xE0001000, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(gates); i++)
        machine_add_device(m, &or_gate_class, gates[i].name, 0, NULL);

    machine_add_flash(m, flash, 0x08000000, 0x100000, 0x00000000);
    machine_add_ram(m, "sram", 0x20000000, 0x20000);
    machine_add_bit_band(m, 0x20000000, 0x20000, 0x22000000);
    machine_add_bit_band(m, 0x40000000, 0x100000, 0x42000000);
}

static void join_blocks(struct machine *m)
{
    static const char *const inputs[] = {"a", "b", "c", "d"};
    char line[32];
    for (unsigned i = 0; i < G_N_ELEMENTS(gates); i++)
        for (unsigned k = 0; k < G_N_ELEMENTS(gates[i].sources) && gates[i].sources[k] != NULL; k++) {
            g_snprintf(line, sizeof line, "%s.%s", gates[i].name, inputs[k]);
            machine_connect(m, gates[i].sources[k], line);
        }
    for (unsigned i = 0; i < G_N_ELEMENTS(blocks); i++) {
        if (blocks[i].gate != NULL)
            machine_connect_gate(m, blocks[i].gate, blocks[i].name);
        if (blocks[i].reset != NULL)
            machine_connect_reset(m, blocks[i].reset, blocks[i].name);
    }
    machine_connect_gate(m, "RCC.APB2ENR.11", "SDIO");
    machine_connect_reset(m, "RCC.APB2RSTR.11", "SDIO");
    for (unsigned i = 0; i < G_N_ELEMENTS(clocks); i++)
        machine_connect_clock(m, clocks[i].node, clocks[i].input);
    for (unsigned i = 0; i < G_N_ELEMENTS(interrupts); i++) {
        g_snprintf(line, sizeof line, "NVIC.irq%u", interrupts[i].irq);
        machine_connect(m, interrupts[i].output, line);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(requests); i++)
        machine_connect(m, requests[i].output, requests[i].input);
    for (unsigned i = 0; i < G_N_ELEMENTS(functions); i++)
        machine_connect(m, functions[i].output, functions[i].input);
    for (unsigned i = 0; i < G_N_ELEMENTS(wires); i++)
        machine_connect(m, wires[i].output, wires[i].input);
    for (unsigned line_number = 0; line_number < 16; line_number++) {
        char output[32];
        g_snprintf(output, sizeof output, "SYSCFG.exti%u", line_number);
        g_snprintf(line, sizeof line, "EXTI.line%u", line_number);
        machine_connect(m, output, line);
        for (int port = 'A'; port <= 'I'; port++) {
            g_snprintf(output, sizeof output, "GPIO%c.in%u", port, line_number);
            g_snprintf(line, sizeof line, "SYSCFG.p%c%u", g_ascii_tolower((char)port), line_number);
            machine_connect(m, output, line);
        }
    }
}

void stm32f205_build(struct machine *m, const struct stm32f205_options *options)
{
    add_blocks(m, options);
    join_blocks(m);
}
