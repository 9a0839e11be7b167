/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the ADC: adc.c (lines, registers), adc-conversion.c (what converters do), adc-registers.c (tables). */
#ifndef PERIPHERALS_STM32F2_ADC_INTERNAL_H
#define PERIPHERALS_STM32F2_ADC_INTERNAL_H

#include "peripherals/stm32f2/adc.h"

enum { CONVERTERS = 3 };

/* Registers of one converter, in the order of their offsets: register n lies at 4 n. */
enum { SR, CR1, CR2, SMPR1, SMPR2, JOFR1, HTR = JOFR1 + 4, LTR, SQR1, SQR2, SQR3, JSQR, JDR1, DR = JDR1 + 4, REGISTERS };
enum { CSR = CONVERTERS * REGISTERS, CCR, CDR, ALL_REGISTERS };

enum {
    SR_AWD = BIT(0),
    SR_EOC = BIT(1),
    SR_JEOC = BIT(2),
    SR_JSTRT = BIT(3),
    SR_STRT = BIT(4),
    SR_OVR = BIT(5),
    CR1_EOCIE = BIT(5),
    CR1_AWDIE = BIT(6),
    CR1_JEOCIE = BIT(7),
    CR1_SCAN = BIT(8),
    CR1_AWDSGL = BIT(9),
    CR1_JAUTO = BIT(10),
    CR1_DISCEN = BIT(11),
    CR1_JDISCEN = BIT(12),
    CR1_JAWDEN = BIT(22),
    CR1_AWDEN = BIT(23),
    CR1_OVRIE = BIT(26),
    CR2_ADON = BIT(0),
    CR2_CONT = BIT(1),
    CR2_DMA = BIT(8),
    CR2_DDS = BIT(9),
    CR2_EOCS = BIT(10),
    CR2_ALIGN = BIT(11),
    CR2_JSWSTART = BIT(22),
    CR2_SWSTART = BIT(30),
    CCR_DDS = BIT(13),
    CCR_VBATE = BIT(22),
    CCR_TSVREFE = BIT(23),
};

enum { EXTERNAL_CHANNELS = 16, TRIGGERS = 16 };
/* Three converters, and one of the round before in the DMA modes that take two at a time. */
enum { MAX_WAITING = 4 };

enum {
    IN_EXT,
    IN_JEXT = IN_EXT + TRIGGERS,
    IN_CH = IN_JEXT + TRIGGERS,
    IN_DMA_LAST = IN_CH + EXTERNAL_CHANNELS,
    INPUTS = IN_DMA_LAST + CONVERTERS
};
enum { OUT_IRQ, OUT_DMA, OUTPUTS = OUT_DMA + CONVERTERS };
enum { TIMER_CONVERSION, TIMER_TRIGGER, TIMERS };

struct converter {
    bool regular, injected; /* a group is under way */
    bool converting, converting_injected;
    bool unread;                 /* DR holds data that nobody has read */
    bool dma_ended;              /* the DMA's last transfer is done and DDS is 0 */
    bool overrun;                /* regular conversions are stopped until OVR is cleared or the converter is switched off */
    uint8_t rank, injected_rank; /* next one of the group */
    uint8_t left;                /* conversions that this regular trigger still asks for, in discontinuous mode */
    uint64_t end;                /* of the conversion under way, in edges of ADCCLK */
};

struct item {
    uint16_t data;
    uint8_t converter;
};

struct adc {
    struct edge_counter clock; /* ADCCLK */
    struct converter c[CONVERTERS];
    uint32_t triggers;                         /* levels of the trigger lines */
    struct signal channels[EXTERNAL_CHANNELS]; /* the analog inputs as conversions up to now have seen them */
    struct item waiting[MAX_WAITING];          /* multi mode: what waits for a read of CDR, in order */
    uint8_t n_waiting;
    bool dma_ended; /* as above, for the DMA of multi mode */
};

static inline uint32_t *adc_reg_of(struct device *dev, unsigned i, unsigned reg)
{
    return &dev->regs[i * REGISTERS + reg];
}

static inline uint32_t adc_get(const struct device *dev, unsigned i, unsigned reg)
{
    return dev->regs[i * REGISTERS + reg];
}

/* adc-registers.c */
extern const struct reg adc_registers[ALL_REGISTERS];

/* adc-conversion.c: nothing in there drives a line */
unsigned adc_group_size(const struct device *dev);
unsigned adc_multi_dma_mode(const struct device *dev);
bool adc_follows(const struct device *dev, unsigned i);
bool adc_by_common_register(const struct device *dev, unsigned i);
bool adc_uses_dma(const struct device *dev, unsigned i);
void adc_look_at_channel(struct device *dev, unsigned channel);
uint64_t adc_edge_now(struct device *dev);
void adc_begin_conversion(struct device *dev, unsigned i, uint64_t edge);
bool adc_ready(const struct device *dev, unsigned i);
void adc_start_regular(struct device *dev, unsigned i, uint64_t edge);
void adc_start_injected(struct device *dev, unsigned i, uint64_t edge);
void adc_forget_waiting(struct adc *a, unsigned i);
void adc_consumed(struct device *dev, unsigned i);
bool adc_awaited(const struct device *dev, unsigned i);
void adc_advance(struct device *dev);

#endif
