/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register tables and lines of the six timer classes (RM0033 12.4, 13.4, 14.4, 14.5, 15.4).
 *
 * CCMRx holds two layouts, of output and of input channels; where their fields share bits the table names both.
 * ARR resets to all ones, as on the chip.
 */
#include <glib.h>

#include "peripherals/stm32f2/tim-internal.h"

/* clang-format off */
static const struct reg_field cr1_full[] = {
    {"CEN", 0, 1, RW, EFFECT, "/tim/up-counting"},
    {"UDIS", 1, 1, RW, EFFECT, "/tim/update-disable"},
    {"URS", 2, 1, RW, EFFECT, "/tim/update-request-source"},
    {"OPM", 3, 1, RW, EFFECT, "/tim/one-pulse"},
    {"DIR", 4, 1, RW, EFFECT, "/tim/down-counting"},
    {"CMS", 5, 2, RW, EFFECT, "/tim/centre-aligned"},
    {"ARPE", 7, 1, RW, EFFECT, "/tim/auto-reload-preload"},
    {"CKD", 8, 2, RW, STORED, NULL},
};
static const struct reg_field cr1_two_channel[] = {
    {"CEN", 0, 1, RW, EFFECT, "/tim/up-counting"},
    {"UDIS", 1, 1, RW, EFFECT, "/tim/update-disable"},
    {"URS", 2, 1, RW, EFFECT, "/tim/update-request-source"},
    {"OPM", 3, 1, RW, EFFECT, "/tim/one-pulse"},
    {"ARPE", 7, 1, RW, EFFECT, "/tim/auto-reload-preload"},
    {"CKD", 8, 2, RW, STORED, NULL},
};
static const struct reg_field cr1_one_channel[] = {
    {"CEN", 0, 1, RW, EFFECT, "/tim/up-counting"},
    {"UDIS", 1, 1, RW, EFFECT, "/tim/update-disable"},
    {"URS", 2, 1, RW, EFFECT, "/tim/update-request-source"},
    {"ARPE", 7, 1, RW, EFFECT, "/tim/auto-reload-preload"},
    {"CKD", 8, 2, RW, STORED, NULL},
};
static const struct reg_field cr1_basic[] = {
    {"CEN", 0, 1, RW, EFFECT, "/tim/up-counting"},
    {"UDIS", 1, 1, RW, EFFECT, "/tim/update-disable"},
    {"URS", 2, 1, RW, EFFECT, "/tim/update-request-source"},
    {"OPM", 3, 1, RW, EFFECT, "/tim/one-pulse"},
    {"ARPE", 7, 1, RW, EFFECT, "/tim/auto-reload-preload"},
};
static const struct reg_field cr2_advanced[] = {
    {"CCPC", 0, 1, RW, EFFECT, "/tim/commutation"},
    {"CCUS", 2, 1, RW, EFFECT, "/tim/commutation"},
    {"CCDS", 3, 1, RW, EFFECT, "/tim/dma-on-update"},
    {"MMS", 4, 3, RW, EFFECT, "/tim/master-modes"},
    {"TI1S", 7, 1, RW, EFFECT, "/tim/xor-input"},
    {"OIS1", 8, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS1N", 9, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS2", 10, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS2N", 11, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS3", 12, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS3N", 13, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OIS4", 14, 1, RW, EFFECT, "/tim/idle-levels"},
};
static const struct reg_field cr2_general[] = {
    {"CCDS", 3, 1, RW, EFFECT, "/tim/dma-on-update"},
    {"MMS", 4, 3, RW, EFFECT, "/tim/master-modes"},
    {"TI1S", 7, 1, RW, EFFECT, "/tim/xor-input"},
};
static const struct reg_field cr2_master[] = {
    {"MMS", 4, 3, RW, EFFECT, "/tim/master-modes"},
};
static const struct reg_field smcr_full[] = {
    {"SMS", 0, 3, RW, EFFECT, "/tim/slave-modes"},
    {"TS", 4, 3, RW, EFFECT, "/tim/trigger-selection"},
    {"MSM", 7, 1, RW, STORED, NULL},
    {"ETF", 8, 4, RW, STORED, NULL},
    {"ETPS", 12, 2, RW, EFFECT, "/tim/external-trigger"},
    {"ECE", 14, 1, RW, EFFECT, "/tim/external-trigger"},
    {"ETP", 15, 1, RW, EFFECT, "/tim/external-trigger"},
};
static const struct reg_field smcr_two_channel[] = {
    {"SMS", 0, 3, RW, EFFECT, "/tim/slave-modes"},
    {"TS", 4, 3, RW, EFFECT, "/tim/trigger-selection"},
    {"MSM", 7, 1, RW, STORED, NULL},
};
static const struct reg_field dier_advanced[] = {
    {"UIE", 0, 1, RW, EFFECT, "/tim/update-interrupt"},
    {"CC1IE", 1, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC2IE", 2, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC3IE", 3, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC4IE", 4, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"COMIE", 5, 1, RW, EFFECT, "/tim/commutation"},
    {"TIE", 6, 1, RW, EFFECT, "/tim/trigger-interrupt"},
    {"BIE", 7, 1, RW, EFFECT, "/tim/break"},
    {"UDE", 8, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC1DE", 9, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC2DE", 10, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC3DE", 11, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC4DE", 12, 1, RW, EFFECT, "/tim/dma-requests"},
    {"COMDE", 13, 1, RW, EFFECT, "/tim/commutation"},
    {"TDE", 14, 1, RW, EFFECT, "/tim/dma-requests"},
};
static const struct reg_field dier_general[] = {
    {"UIE", 0, 1, RW, EFFECT, "/tim/update-interrupt"},
    {"CC1IE", 1, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC2IE", 2, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC3IE", 3, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC4IE", 4, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"TIE", 6, 1, RW, EFFECT, "/tim/trigger-interrupt"},
    {"UDE", 8, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC1DE", 9, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC2DE", 10, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC3DE", 11, 1, RW, EFFECT, "/tim/dma-requests"},
    {"CC4DE", 12, 1, RW, EFFECT, "/tim/dma-requests"},
    {"TDE", 14, 1, RW, EFFECT, "/tim/dma-requests"},
};
static const struct reg_field dier_two_channel[] = {
    {"UIE", 0, 1, RW, EFFECT, "/tim/update-interrupt"},
    {"CC1IE", 1, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"CC2IE", 2, 1, RW, EFFECT, "/tim/compare-interrupt"},
    {"TIE", 6, 1, RW, EFFECT, "/tim/trigger-interrupt"},
};
static const struct reg_field dier_one_channel[] = {
    {"UIE", 0, 1, RW, EFFECT, "/tim/update-interrupt"},
    {"CC1IE", 1, 1, RW, EFFECT, "/tim/compare-interrupt"},
};
static const struct reg_field dier_basic[] = {
    {"UIE", 0, 1, RW, EFFECT, "/tim/update-interrupt"},
    {"UDE", 8, 1, RW, EFFECT, "/tim/dma-requests"},
};
static const struct reg_field sr_advanced[] = {
    {"UIF", 0, 1, W0C, EFFECT, "/tim/lazy-flags"},
    {"CC1IF", 1, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC2IF", 2, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC3IF", 3, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC4IF", 4, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"COMIF", 5, 1, W0C, EFFECT, "/tim/commutation"},
    {"TIF", 6, 1, W0C, EFFECT, "/tim/trigger-interrupt"},
    {"BIF", 7, 1, W0C, EFFECT, "/tim/break"},
    {"CC1OF", 9, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC2OF", 10, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC3OF", 11, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC4OF", 12, 1, W0C, EFFECT, "/tim/overcapture"},
};
static const struct reg_field sr_general[] = {
    {"UIF", 0, 1, W0C, EFFECT, "/tim/lazy-flags"},
    {"CC1IF", 1, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC2IF", 2, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC3IF", 3, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC4IF", 4, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"TIF", 6, 1, W0C, EFFECT, "/tim/trigger-interrupt"},
    {"CC1OF", 9, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC2OF", 10, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC3OF", 11, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC4OF", 12, 1, W0C, EFFECT, "/tim/overcapture"},
};
static const struct reg_field sr_two_channel[] = {
    {"UIF", 0, 1, W0C, EFFECT, "/tim/lazy-flags"},
    {"CC1IF", 1, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC2IF", 2, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"TIF", 6, 1, W0C, EFFECT, "/tim/trigger-interrupt"},
    {"CC1OF", 9, 1, W0C, EFFECT, "/tim/overcapture"},
    {"CC2OF", 10, 1, W0C, EFFECT, "/tim/overcapture"},
};
static const struct reg_field sr_one_channel[] = {
    {"UIF", 0, 1, W0C, EFFECT, "/tim/lazy-flags"},
    {"CC1IF", 1, 1, W0C, EFFECT, "/tim/compare-flags"},
    {"CC1OF", 9, 1, W0C, EFFECT, "/tim/overcapture"},
};
static const struct reg_field sr_basic[] = {
    {"UIF", 0, 1, W0C, EFFECT, "/tim/lazy-flags"},
};
static const struct reg_field egr_advanced[] = {
    {"UG", 0, 1, WO, EFFECT, "/tim/update-request-source"},
    {"CC1G", 1, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC2G", 2, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC3G", 3, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC4G", 4, 1, WO, EFFECT, "/tim/event-generation"},
    {"COMG", 5, 1, WO, EFFECT, "/tim/commutation"},
    {"TG", 6, 1, WO, EFFECT, "/tim/event-generation"},
    {"BG", 7, 1, WO, EFFECT, "/tim/break"},
};
static const struct reg_field egr_general[] = {
    {"UG", 0, 1, WO, EFFECT, "/tim/update-request-source"},
    {"CC1G", 1, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC2G", 2, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC3G", 3, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC4G", 4, 1, WO, EFFECT, "/tim/event-generation"},
    {"TG", 6, 1, WO, EFFECT, "/tim/event-generation"},
};
static const struct reg_field egr_two_channel[] = {
    {"UG", 0, 1, WO, EFFECT, "/tim/update-request-source"},
    {"CC1G", 1, 1, WO, EFFECT, "/tim/event-generation"},
    {"CC2G", 2, 1, WO, EFFECT, "/tim/event-generation"},
    {"TG", 6, 1, WO, EFFECT, "/tim/event-generation"},
};
static const struct reg_field egr_one_channel[] = {
    {"UG", 0, 1, WO, EFFECT, "/tim/update-request-source"},
    {"CC1G", 1, 1, WO, EFFECT, "/tim/event-generation"},
};
static const struct reg_field egr_basic[] = {
    {"UG", 0, 1, WO, EFFECT, "/tim/update-request-source"},
};
static const struct reg_field ccmr1_fields[] = {
    {"CC1S", 0, 2, RW, EFFECT, "/tim/capture"},
    {"OC1FE_IC1PSC0", 2, 1, RW, EFFECT, "/tim/capture-prescaler"},
    {"OC1PE_IC1PSC1", 3, 1, RW, EFFECT, "/tim/compare-preload"},
    {"OC1M_IC1F", 4, 3, RW, EFFECT, "/tim/output-modes"},
    {"OC1CE_IC1F3", 7, 1, RW, STORED, NULL},
    {"CC2S", 8, 2, RW, EFFECT, "/tim/capture"},
    {"OC2FE_IC2PSC0", 10, 1, RW, EFFECT, "/tim/capture-prescaler"},
    {"OC2PE_IC2PSC1", 11, 1, RW, EFFECT, "/tim/compare-preload"},
    {"OC2M_IC2F", 12, 3, RW, EFFECT, "/tim/output-modes"},
    {"OC2CE_IC2F3", 15, 1, RW, STORED, NULL},
};
static const struct reg_field ccmr2_fields[] = {
    {"CC3S", 0, 2, RW, EFFECT, "/tim/capture"},
    {"OC3FE_IC3PSC0", 2, 1, RW, EFFECT, "/tim/capture-prescaler"},
    {"OC3PE_IC3PSC1", 3, 1, RW, EFFECT, "/tim/compare-preload"},
    {"OC3M_IC3F", 4, 3, RW, EFFECT, "/tim/output-modes"},
    {"OC3CE_IC3F3", 7, 1, RW, STORED, NULL},
    {"CC4S", 8, 2, RW, EFFECT, "/tim/capture"},
    {"OC4FE_IC4PSC0", 10, 1, RW, EFFECT, "/tim/capture-prescaler"},
    {"OC4PE_IC4PSC1", 11, 1, RW, EFFECT, "/tim/compare-preload"},
    {"OC4M_IC4F", 12, 3, RW, EFFECT, "/tim/output-modes"},
    {"OC4CE_IC4F3", 15, 1, RW, STORED, NULL},
};
static const struct reg_field ccmr1_one_channel[] = {
    {"CC1S", 0, 2, RW, EFFECT, "/tim/capture"},
    {"OC1FE_IC1PSC0", 2, 1, RW, EFFECT, "/tim/capture-prescaler"},
    {"OC1PE_IC1PSC1", 3, 1, RW, EFFECT, "/tim/compare-preload"},
    {"OC1M_IC1F", 4, 3, RW, EFFECT, "/tim/output-modes"},
    {"OC1CE_IC1F3", 7, 1, RW, STORED, NULL},
};
static const struct reg_field ccer_advanced[] = {
    {"CC1E", 0, 1, RW, EFFECT, "/tim/pwm"},
    {"CC1P", 1, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC1NE", 2, 1, RW, EFFECT, "/tim/complementary"},
    {"CC1NP", 3, 1, RW, EFFECT, "/tim/complementary"},
    {"CC2E", 4, 1, RW, EFFECT, "/tim/pwm"},
    {"CC2P", 5, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC2NE", 6, 1, RW, EFFECT, "/tim/complementary"},
    {"CC2NP", 7, 1, RW, EFFECT, "/tim/complementary"},
    {"CC3E", 8, 1, RW, EFFECT, "/tim/pwm"},
    {"CC3P", 9, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC3NE", 10, 1, RW, EFFECT, "/tim/complementary"},
    {"CC3NP", 11, 1, RW, EFFECT, "/tim/complementary"},
    {"CC4E", 12, 1, RW, EFFECT, "/tim/pwm"},
    {"CC4P", 13, 1, RW, EFFECT, "/tim/pwm-polarity"},
};
static const struct reg_field ccer_general[] = {
    {"CC1E", 0, 1, RW, EFFECT, "/tim/pwm"},
    {"CC1P", 1, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC1NP", 3, 1, RW, EFFECT, "/tim/capture-edges"},
    {"CC2E", 4, 1, RW, EFFECT, "/tim/pwm"},
    {"CC2P", 5, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC2NP", 7, 1, RW, EFFECT, "/tim/capture-edges"},
    {"CC3E", 8, 1, RW, EFFECT, "/tim/pwm"},
    {"CC3P", 9, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC3NP", 11, 1, RW, EFFECT, "/tim/capture-edges"},
    {"CC4E", 12, 1, RW, EFFECT, "/tim/pwm"},
    {"CC4P", 13, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC4NP", 15, 1, RW, EFFECT, "/tim/capture-edges"},
};
static const struct reg_field ccer_two_channel[] = {
    {"CC1E", 0, 1, RW, EFFECT, "/tim/pwm"},
    {"CC1P", 1, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC1NP", 3, 1, RW, EFFECT, "/tim/capture-edges"},
    {"CC2E", 4, 1, RW, EFFECT, "/tim/pwm"},
    {"CC2P", 5, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC2NP", 7, 1, RW, EFFECT, "/tim/capture-edges"},
};
static const struct reg_field ccer_one_channel[] = {
    {"CC1E", 0, 1, RW, EFFECT, "/tim/pwm"},
    {"CC1P", 1, 1, RW, EFFECT, "/tim/pwm-polarity"},
    {"CC1NP", 3, 1, RW, EFFECT, "/tim/capture-edges"},
};
static const struct reg_field cnt_16[] = {
    {"CNT", 0, 16, RW, EFFECT, "/tim/up-counting"},
};
static const struct reg_field cnt_32[] = {
    {"CNT", 0, 32, RW, EFFECT, "/tim/wide-counter"},
};
static const struct reg_field psc_fields[] = {
    {"PSC", 0, 16, RW, EFFECT, "/tim/prescaler"},
};
static const struct reg_field arr_16[] = {
    {"ARR", 0, 16, RW, EFFECT, "/tim/up-counting"},
};
static const struct reg_field arr_32[] = {
    {"ARR", 0, 32, RW, EFFECT, "/tim/wide-counter"},
};
static const struct reg_field rcr_fields[] = {
    {"REP", 0, 8, RW, EFFECT, "/tim/repetition"},
};
static const struct reg_field ccr1_16[] = {
    {"CCR1", 0, 16, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr1_32[] = {
    {"CCR1", 0, 32, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr2_16[] = {
    {"CCR2", 0, 16, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr2_32[] = {
    {"CCR2", 0, 32, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr3_16[] = {
    {"CCR3", 0, 16, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr3_32[] = {
    {"CCR3", 0, 32, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr4_16[] = {
    {"CCR4", 0, 16, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field ccr4_32[] = {
    {"CCR4", 0, 32, RW, EFFECT, "/tim/compare-flags"},
};
static const struct reg_field bdtr_fields[] = {
    {"DTG", 0, 8, RW, STORED, NULL},
    {"LOCK", 8, 2, RW, STORED, NULL},
    {"OSSI", 10, 1, RW, EFFECT, "/tim/idle-levels"},
    {"OSSR", 11, 1, RW, STORED, NULL},
    {"BKE", 12, 1, RW, EFFECT, "/tim/break"},
    {"BKP", 13, 1, RW, EFFECT, "/tim/break"},
    {"AOE", 14, 1, RW, EFFECT, "/tim/break"},
    {"MOE", 15, 1, RW, EFFECT, "/tim/main-output-enable"},
};
static const struct reg_field dcr_fields[] = {
    {"DBA", 0, 5, RW, EFFECT, "/tim/dma-burst"},
    {"DBL", 8, 5, RW, EFFECT, "/tim/dma-burst"},
};
static const struct reg_field dmar_16[] = {
    {"DMAB", 0, 16, WO, EFFECT, "/tim/dma-burst"},
};
static const struct reg_field dmar_32[] = {
    {"DMAB", 0, 32, WO, EFFECT, "/tim/dma-burst"},
};
static const struct reg_field or_general32[] = {
    {"TI4_RMP", 6, 2, RW, UNMODELLED, NULL},
    {"ITR1_RMP", 10, 2, RW, UNMODELLED, NULL},
};
static const struct reg_field or_one_channel[] = {
    {"TI1_RMP", 0, 2, RW, UNMODELLED, NULL},
};
static const struct reg advanced[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_full)},
    [TIM_CR2] = {"CR2", 0x04, 0, FIELDS(cr2_advanced)},
    [TIM_SMCR] = {"SMCR", 0x08, 0, FIELDS(smcr_full)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_advanced)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_advanced)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_advanced)},
    [TIM_CCMR1] = {"CCMR1", 0x18, 0, FIELDS(ccmr1_fields)},
    [TIM_CCMR2] = {"CCMR2", 0x1C, 0, FIELDS(ccmr2_fields)},
    [TIM_CCER] = {"CCER", 0x20, 0, FIELDS(ccer_advanced)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_16)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, 0xFFFF, FIELDS(arr_16)},
    [TIM_RCR] = {"RCR", 0x30, 0, FIELDS(rcr_fields)},
    [TIM_CCR1] = {"CCR1", 0x34, 0, FIELDS(ccr1_16)},
    [TIM_CCR2] = {"CCR2", 0x38, 0, FIELDS(ccr2_16)},
    [TIM_CCR3] = {"CCR3", 0x3C, 0, FIELDS(ccr3_16)},
    [TIM_CCR4] = {"CCR4", 0x40, 0, FIELDS(ccr4_16)},
    [TIM_BDTR] = {"BDTR", 0x44, 0, FIELDS(bdtr_fields)},
    [TIM_DCR] = {"DCR", 0x48, 0, FIELDS(dcr_fields)},
    [TIM_DMAR] = {"DMAR", 0x4C, 0, FIELDS(dmar_16)},
};
static const struct reg general32[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_full)},
    [TIM_CR2] = {"CR2", 0x04, 0, FIELDS(cr2_general)},
    [TIM_SMCR] = {"SMCR", 0x08, 0, FIELDS(smcr_full)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_general)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_general)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_general)},
    [TIM_CCMR1] = {"CCMR1", 0x18, 0, FIELDS(ccmr1_fields)},
    [TIM_CCMR2] = {"CCMR2", 0x1C, 0, FIELDS(ccmr2_fields)},
    [TIM_CCER] = {"CCER", 0x20, 0, FIELDS(ccer_general)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_32)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, UINT32_MAX, FIELDS(arr_32)},
    [TIM_CCR1] = {"CCR1", 0x34, 0, FIELDS(ccr1_32)},
    [TIM_CCR2] = {"CCR2", 0x38, 0, FIELDS(ccr2_32)},
    [TIM_CCR3] = {"CCR3", 0x3C, 0, FIELDS(ccr3_32)},
    [TIM_CCR4] = {"CCR4", 0x40, 0, FIELDS(ccr4_32)},
    [TIM_DCR] = {"DCR", 0x48, 0, FIELDS(dcr_fields)},
    [TIM_DMAR] = {"DMAR", 0x4C, 0, FIELDS(dmar_32)},
    [TIM_OR] = {"OR", 0x50, 0, FIELDS(or_general32)},
};
static const struct reg general16[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_full)},
    [TIM_CR2] = {"CR2", 0x04, 0, FIELDS(cr2_general)},
    [TIM_SMCR] = {"SMCR", 0x08, 0, FIELDS(smcr_full)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_general)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_general)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_general)},
    [TIM_CCMR1] = {"CCMR1", 0x18, 0, FIELDS(ccmr1_fields)},
    [TIM_CCMR2] = {"CCMR2", 0x1C, 0, FIELDS(ccmr2_fields)},
    [TIM_CCER] = {"CCER", 0x20, 0, FIELDS(ccer_general)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_16)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, 0xFFFF, FIELDS(arr_16)},
    [TIM_CCR1] = {"CCR1", 0x34, 0, FIELDS(ccr1_16)},
    [TIM_CCR2] = {"CCR2", 0x38, 0, FIELDS(ccr2_16)},
    [TIM_CCR3] = {"CCR3", 0x3C, 0, FIELDS(ccr3_16)},
    [TIM_CCR4] = {"CCR4", 0x40, 0, FIELDS(ccr4_16)},
    [TIM_DCR] = {"DCR", 0x48, 0, FIELDS(dcr_fields)},
    [TIM_DMAR] = {"DMAR", 0x4C, 0, FIELDS(dmar_16)},
};
static const struct reg two_channel[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_two_channel)},
    [TIM_CR2] = {"CR2", 0x04, 0, FIELDS(cr2_master)},
    [TIM_SMCR] = {"SMCR", 0x08, 0, FIELDS(smcr_two_channel)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_two_channel)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_two_channel)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_two_channel)},
    [TIM_CCMR1] = {"CCMR1", 0x18, 0, FIELDS(ccmr1_fields)},
    [TIM_CCER] = {"CCER", 0x20, 0, FIELDS(ccer_two_channel)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_16)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, 0xFFFF, FIELDS(arr_16)},
    [TIM_CCR1] = {"CCR1", 0x34, 0, FIELDS(ccr1_16)},
    [TIM_CCR2] = {"CCR2", 0x38, 0, FIELDS(ccr2_16)},
};
static const struct reg one_channel[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_one_channel)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_one_channel)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_one_channel)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_one_channel)},
    [TIM_CCMR1] = {"CCMR1", 0x18, 0, FIELDS(ccmr1_one_channel)},
    [TIM_CCER] = {"CCER", 0x20, 0, FIELDS(ccer_one_channel)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_16)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, 0xFFFF, FIELDS(arr_16)},
    [TIM_CCR1] = {"CCR1", 0x34, 0, FIELDS(ccr1_16)},
    [TIM_OR] = {"OR", 0x50, 0, FIELDS(or_one_channel)},
};
static const struct reg basic[TIM_REGISTERS] = {
    [TIM_CR1] = {"CR1", 0x00, 0, FIELDS(cr1_basic)},
    [TIM_CR2] = {"CR2", 0x04, 0, FIELDS(cr2_master)},
    [TIM_DIER] = {"DIER", 0x0C, 0, FIELDS(dier_basic)},
    [TIM_SR] = {"SR", 0x10, 0, FIELDS(sr_basic)},
    [TIM_EGR] = {"EGR", 0x14, 0, FIELDS(egr_basic)},
    [TIM_CNT] = {"CNT", 0x24, 0, FIELDS(cnt_16)},
    [TIM_PSC] = {"PSC", 0x28, 0, FIELDS(psc_fields)},
    [TIM_ARR] = {"ARR", 0x2C, 0xFFFF, FIELDS(arr_16)},
};
/* clang-format on */

/* A class has the lines whose names its list holds; the others are not there. */
static const char *const advanced_inputs[TIM_INPUTS] = {"ti1",  "ti2",  "ti3",  "ti4",  "etr",
                                                        "itr0", "itr1", "itr2", "itr3", "brk"};
static const char *const general_inputs[TIM_INPUTS] = {"ti1", "ti2", "ti3", "ti4", "etr", "itr0", "itr1", "itr2", "itr3"};
static const char *const two_channel_inputs[TIM_INPUTS] = {"ti1", "ti2", NULL, NULL, NULL, "itr0", "itr1", "itr2", "itr3"};
static const char *const one_channel_inputs[TIM_INPUTS] = {"ti1"};
static const char *const basic_inputs[TIM_INPUTS] = {NULL};

static const char *const advanced_outputs[TIM_OUTPUTS] = {[TIM_OUT_CH1] = "ch1",
                                                          "ch2",
                                                          "ch3",
                                                          "ch4",
                                                          [TIM_OUT_CH1N] = "ch1n",
                                                          "ch2n",
                                                          "ch3n",
                                                          [TIM_OUT_TRGO] = "trgo",
                                                          [TIM_OUT_IRQ_BRK] = "irq_brk",
                                                          "irq_up",
                                                          "irq_trg",
                                                          "irq_cc",
                                                          [TIM_OUT_DMA_UP] = "dma_up",
                                                          "dma_ch1",
                                                          "dma_ch2",
                                                          "dma_ch3",
                                                          "dma_ch4",
                                                          [TIM_OUT_DMA_TRIG] = "dma_trig",
                                                          "dma_com"};
static const char *const general_outputs[TIM_OUTPUTS] = {[TIM_OUT_CH1] = "ch1",
                                                         "ch2",
                                                         "ch3",
                                                         "ch4",
                                                         [TIM_OUT_TRGO] = "trgo",
                                                         "irq",
                                                         [TIM_OUT_DMA_UP] = "dma_up",
                                                         "dma_ch1",
                                                         "dma_ch2",
                                                         "dma_ch3",
                                                         "dma_ch4",
                                                         "dma_trig"};
static const char *const two_channel_outputs[TIM_OUTPUTS] = {[TIM_OUT_CH1] = "ch1", "ch2", [TIM_OUT_TRGO] = "trgo", "irq"};
static const char *const one_channel_outputs[TIM_OUTPUTS] = {[TIM_OUT_CH1] = "ch1", [TIM_OUT_IRQ] = "irq"};
static const char *const basic_outputs[TIM_OUTPUTS] = {[TIM_OUT_TRGO] = "trgo", "irq", [TIM_OUT_DMA_UP] = "dma_up"};

static const char *const clocks[] = {"bus", "kernel"};

#define TIM_CLASS(NAME, TABLE)                                                                                                 \
    const struct device_class stm32f2_tim_##TABLE##_class = {                                                                  \
        .name = (NAME),                                                                                                        \
        .state_size = sizeof(struct tim_state),                                                                                \
        .registers = (TABLE),                                                                                                  \
        .n_registers = TIM_REGISTERS,                                                                                          \
        .window = 0x400,                                                                                                       \
        .n_inputs = TIM_INPUTS,                                                                                                \
        .n_outputs = TIM_OUTPUTS,                                                                                              \
        .n_timers = TIM_TIMERS,                                                                                                \
        .n_clocks = G_N_ELEMENTS(clocks),                                                                                      \
        .input_names = TABLE##_inputs,                                                                                         \
        .output_names = TABLE##_outputs,                                                                                       \
        .clock_names = clocks,                                                                                                 \
        .reset = tim_reset,                                                                                                    \
        .read = tim_read,                                                                                                      \
        .write = tim_write,                                                                                                    \
        .timer = tim_timer,                                                                                                    \
        .input = tim_input,                                                                                                    \
        .clock_changed = tim_clock_changed,                                                                                    \
        .explain = tim_explain,                                                                                                \
    }

#define general32_inputs  general_inputs
#define general16_inputs  general_inputs
#define general32_outputs general_outputs
#define general16_outputs general_outputs

TIM_CLASS("STM32F2 advanced-control timer", advanced);
TIM_CLASS("STM32F2 general-purpose 32-bit timer", general32);
TIM_CLASS("STM32F2 general-purpose 16-bit timer", general16);
TIM_CLASS("STM32F2 general-purpose two-channel timer", two_channel);
TIM_CLASS("STM32F2 general-purpose one-channel timer", one_channel);
TIM_CLASS("STM32F2 basic timer", basic);

static const struct tim_traits traits[] = {
    {&stm32f2_tim_general32_class, 4, UINT32_MAX, false}, {&stm32f2_tim_general16_class, 4, 0xFFFF, false},
    {&stm32f2_tim_advanced_class, 4, 0xFFFF, true},       {&stm32f2_tim_two_channel_class, 2, 0xFFFF, false},
    {&stm32f2_tim_one_channel_class, 1, 0xFFFF, false},   {&stm32f2_tim_basic_class, 0, 0xFFFF, false},
};

const struct tim_traits *tim_traits(const struct device *dev)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(traits); i++)
        if (traits[i].class == dev->class)
            return &traits[i];
    g_assert_not_reached();
}
