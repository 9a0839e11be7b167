/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register tables of the ADC (RM0033 10.13): three converters, then the common registers. */
#include "peripherals/stm32f2/adc-internal.h"

/* clang-format off */
static const struct reg_field sr_fields[] = {
    {"AWD", 0, 1, W0C, EFFECT, "/adc/watchdog"},
    {"EOC", 1, 1, W0C, EFFECT, "/adc/single"},
    {"JEOC", 2, 1, W0C, EFFECT, "/adc/injected"},
    {"JSTRT", 3, 1, W0C, EFFECT, "/adc/injected"},
    {"STRT", 4, 1, W0C, EFFECT, "/adc/single"},
    {"OVR", 5, 1, W0C, EFFECT, "/adc/overrun"},
};
static const struct reg_field cr1_fields[] = {
    {"AWDCH", 0, 5, RW, EFFECT, "/adc/watchdog"},
    {"EOCIE", 5, 1, RW, EFFECT, "/adc/interrupts"},
    {"AWDIE", 6, 1, RW, EFFECT, "/adc/interrupts"},
    {"JEOCIE", 7, 1, RW, EFFECT, "/adc/interrupts"},
    {"SCAN", 8, 1, RW, EFFECT, "/adc/scan"},
    {"AWDSGL", 9, 1, RW, EFFECT, "/adc/watchdog"},
    {"JAUTO", 10, 1, RW, EFFECT, "/adc/auto-injection"},
    {"DISCEN", 11, 1, RW, EFFECT, "/adc/discontinuous"},
    {"JDISCEN", 12, 1, RW, EFFECT, "/adc/injected-discontinuous"},
    {"DISCNUM", 13, 3, RW, EFFECT, "/adc/discontinuous"},
    {"JAWDEN", 22, 1, RW, EFFECT, "/adc/watchdog"},
    {"AWDEN", 23, 1, RW, EFFECT, "/adc/watchdog"},
    {"RES", 24, 2, RW, EFFECT, "/adc/resolution"},
    {"OVRIE", 26, 1, RW, EFFECT, "/adc/interrupts"},
};
static const struct reg_field cr2_fields[] = {
    {"ADON", 0, 1, RW, EFFECT, "/adc/single"},
    {"CONT", 1, 1, RW, EFFECT, "/adc/continuous"},
    {"DMA", 8, 1, RW, EFFECT, "/adc/dma"},
    {"DDS", 9, 1, RW, EFFECT, "/adc/dma-last"},
    {"EOCS", 10, 1, RW, EFFECT, "/adc/end-of-each"},
    {"ALIGN", 11, 1, RW, EFFECT, "/adc/alignment"},
    {"JEXTSEL", 16, 4, RW, EFFECT, "/adc/injected-triggers"},
    {"JEXTEN", 20, 2, RW, EFFECT, "/adc/injected-triggers"},
    {"JSWSTART", 22, 1, WO, EFFECT, "/adc/injected"},
    {"EXTSEL", 24, 4, RW, EFFECT, "/adc/triggers"},
    {"EXTEN", 28, 2, RW, EFFECT, "/adc/triggers"},
    {"SWSTART", 30, 1, WO, EFFECT, "/adc/single"},
};
static const struct reg_field smpr1_fields[] = {
    {"SMP10", 0, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP11", 3, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP12", 6, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP13", 9, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP14", 12, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP15", 15, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP16", 18, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP17", 21, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP18", 24, 3, RW, EFFECT, "/adc/sampling-time"},
};
static const struct reg_field smpr2_fields[] = {
    {"SMP0", 0, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP1", 3, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP2", 6, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP3", 9, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP4", 12, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP5", 15, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP6", 18, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP7", 21, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP8", 24, 3, RW, EFFECT, "/adc/sampling-time"},
    {"SMP9", 27, 3, RW, EFFECT, "/adc/sampling-time"},
};
static const struct reg_field jofr1_fields[] = {
    {"JOFFSET1", 0, 12, RW, EFFECT, "/adc/injected"},
};
static const struct reg_field jofr2_fields[] = {
    {"JOFFSET2", 0, 12, RW, EFFECT, "/adc/injected"},
};
static const struct reg_field jofr3_fields[] = {
    {"JOFFSET3", 0, 12, RW, EFFECT, "/adc/injected"},
};
static const struct reg_field jofr4_fields[] = {
    {"JOFFSET4", 0, 12, RW, EFFECT, "/adc/injected"},
};
static const struct reg_field htr_fields[] = {
    {"HT", 0, 12, RW, EFFECT, "/adc/watchdog"},
};
static const struct reg_field ltr_fields[] = {
    {"LT", 0, 12, RW, EFFECT, "/adc/watchdog"},
};
static const struct reg_field sqr1_fields[] = {
    {"SQ13", 0, 5, RW, EFFECT, "/adc/scan"},
    {"SQ14", 5, 5, RW, EFFECT, "/adc/scan"},
    {"SQ15", 10, 5, RW, EFFECT, "/adc/scan"},
    {"SQ16", 15, 5, RW, EFFECT, "/adc/scan"},
    {"L", 20, 4, RW, EFFECT, "/adc/scan"},
};
static const struct reg_field sqr2_fields[] = {
    {"SQ7", 0, 5, RW, EFFECT, "/adc/scan"},
    {"SQ8", 5, 5, RW, EFFECT, "/adc/scan"},
    {"SQ9", 10, 5, RW, EFFECT, "/adc/scan"},
    {"SQ10", 15, 5, RW, EFFECT, "/adc/scan"},
    {"SQ11", 20, 5, RW, EFFECT, "/adc/scan"},
    {"SQ12", 25, 5, RW, EFFECT, "/adc/scan"},
};
static const struct reg_field sqr3_fields[] = {
    {"SQ1", 0, 5, RW, EFFECT, "/adc/scan"},
    {"SQ2", 5, 5, RW, EFFECT, "/adc/scan"},
    {"SQ3", 10, 5, RW, EFFECT, "/adc/scan"},
    {"SQ4", 15, 5, RW, EFFECT, "/adc/scan"},
    {"SQ5", 20, 5, RW, EFFECT, "/adc/scan"},
    {"SQ6", 25, 5, RW, EFFECT, "/adc/scan"},
};
static const struct reg_field jsqr_fields[] = {
    {"JSQ1", 0, 5, RW, EFFECT, "/adc/injected"},
    {"JSQ2", 5, 5, RW, EFFECT, "/adc/injected"},
    {"JSQ3", 10, 5, RW, EFFECT, "/adc/injected"},
    {"JSQ4", 15, 5, RW, EFFECT, "/adc/injected"},
    {"JL", 20, 2, RW, EFFECT, "/adc/injected"},
};
static const struct reg_field jdr_fields[] = {
    {"JDATA", 0, 16, RO, EFFECT, "/adc/injected"},
};
static const struct reg_field dr_fields[] = {
    {"DATA", 0, 16, RO, EFFECT, "/adc/single"},
};
static const struct reg_field csr_fields[] = {
    {"AWD1", 0, 1, RO, EFFECT, "/adc/common-status"},
    {"EOC1", 1, 1, RO, EFFECT, "/adc/common-status"},
    {"JEOC1", 2, 1, RO, EFFECT, "/adc/common-status"},
    {"JSTRT1", 3, 1, RO, EFFECT, "/adc/common-status"},
    {"STRT1", 4, 1, RO, EFFECT, "/adc/common-status"},
    {"OVR1", 5, 1, RO, EFFECT, "/adc/common-status"},
    {"AWD2", 8, 1, RO, EFFECT, "/adc/common-status"},
    {"EOC2", 9, 1, RO, EFFECT, "/adc/common-status"},
    {"JEOC2", 10, 1, RO, EFFECT, "/adc/common-status"},
    {"JSTRT2", 11, 1, RO, EFFECT, "/adc/common-status"},
    {"STRT2", 12, 1, RO, EFFECT, "/adc/common-status"},
    {"OVR2", 13, 1, RO, EFFECT, "/adc/common-status"},
    {"AWD3", 16, 1, RO, EFFECT, "/adc/common-status"},
    {"EOC3", 17, 1, RO, EFFECT, "/adc/common-status"},
    {"JEOC3", 18, 1, RO, EFFECT, "/adc/common-status"},
    {"JSTRT3", 19, 1, RO, EFFECT, "/adc/common-status"},
    {"STRT3", 20, 1, RO, EFFECT, "/adc/common-status"},
    {"OVR3", 21, 1, RO, EFFECT, "/adc/common-status"},
};
static const struct reg_field ccr_fields[] = {
    {"MULTI", 0, 5, RW, EFFECT, "/adc/simultaneous"},
    {"DELAY", 8, 4, RW, STORED, NULL},
    {"DDS", 13, 1, RW, EFFECT, "/adc/dma-last"},
    {"DMA", 14, 2, RW, EFFECT, "/adc/multi-dma"},
    {"ADCPRE", 16, 2, RW, EFFECT, "/adc/prescaler"},
    {"VBATE", 22, 1, RW, EFFECT, "/adc/internal-channels"},
    {"TSVREFE", 23, 1, RW, EFFECT, "/adc/internal-channels"},
};
static const struct reg_field cdr_fields[] = {
    {"DATA1", 0, 16, RO, EFFECT, "/adc/simultaneous"},
    {"DATA2", 16, 16, RO, EFFECT, "/adc/simultaneous"},
};
#define CONVERTER(N)                                    \
    [((N) - 1) * REGISTERS + SR] = {"ADC" #N "_SR", 0x100 * ((N) - 1) + 0x00, 0, FIELDS(sr_fields)}, \
    [((N) - 1) * REGISTERS + CR1] = {"ADC" #N "_CR1", 0x100 * ((N) - 1) + 0x04, 0, FIELDS(cr1_fields)}, \
    [((N) - 1) * REGISTERS + CR2] = {"ADC" #N "_CR2", 0x100 * ((N) - 1) + 0x08, 0, FIELDS(cr2_fields)}, \
    [((N) - 1) * REGISTERS + SMPR1] = {"ADC" #N "_SMPR1", 0x100 * ((N) - 1) + 0x0C, 0, FIELDS(smpr1_fields)}, \
    [((N) - 1) * REGISTERS + SMPR2] = {"ADC" #N "_SMPR2", 0x100 * ((N) - 1) + 0x10, 0, FIELDS(smpr2_fields)}, \
    [((N) - 1) * REGISTERS + JOFR1] = {"ADC" #N "_JOFR1", 0x100 * ((N) - 1) + 0x14, 0, FIELDS(jofr1_fields)}, \
    [((N) - 1) * REGISTERS + JOFR1 + 1] = {"ADC" #N "_JOFR2", 0x100 * ((N) - 1) + 0x18, 0, FIELDS(jofr2_fields)}, \
    [((N) - 1) * REGISTERS + JOFR1 + 2] = {"ADC" #N "_JOFR3", 0x100 * ((N) - 1) + 0x1C, 0, FIELDS(jofr3_fields)}, \
    [((N) - 1) * REGISTERS + JOFR1 + 3] = {"ADC" #N "_JOFR4", 0x100 * ((N) - 1) + 0x20, 0, FIELDS(jofr4_fields)}, \
    [((N) - 1) * REGISTERS + HTR] = {"ADC" #N "_HTR", 0x100 * ((N) - 1) + 0x24, 0xFFF, FIELDS(htr_fields)}, \
    [((N) - 1) * REGISTERS + LTR] = {"ADC" #N "_LTR", 0x100 * ((N) - 1) + 0x28, 0, FIELDS(ltr_fields)}, \
    [((N) - 1) * REGISTERS + SQR1] = {"ADC" #N "_SQR1", 0x100 * ((N) - 1) + 0x2C, 0, FIELDS(sqr1_fields)}, \
    [((N) - 1) * REGISTERS + SQR2] = {"ADC" #N "_SQR2", 0x100 * ((N) - 1) + 0x30, 0, FIELDS(sqr2_fields)}, \
    [((N) - 1) * REGISTERS + SQR3] = {"ADC" #N "_SQR3", 0x100 * ((N) - 1) + 0x34, 0, FIELDS(sqr3_fields)}, \
    [((N) - 1) * REGISTERS + JSQR] = {"ADC" #N "_JSQR", 0x100 * ((N) - 1) + 0x38, 0, FIELDS(jsqr_fields)}, \
    [((N) - 1) * REGISTERS + JDR1] = {"ADC" #N "_JDR1", 0x100 * ((N) - 1) + 0x3C, 0, FIELDS(jdr_fields)}, \
    [((N) - 1) * REGISTERS + JDR1 + 1] = {"ADC" #N "_JDR2", 0x100 * ((N) - 1) + 0x40, 0, FIELDS(jdr_fields)}, \
    [((N) - 1) * REGISTERS + JDR1 + 2] = {"ADC" #N "_JDR3", 0x100 * ((N) - 1) + 0x44, 0, FIELDS(jdr_fields)}, \
    [((N) - 1) * REGISTERS + JDR1 + 3] = {"ADC" #N "_JDR4", 0x100 * ((N) - 1) + 0x48, 0, FIELDS(jdr_fields)}, \
    [((N) - 1) * REGISTERS + DR] = {"ADC" #N "_DR", 0x100 * ((N) - 1) + 0x4C, 0, FIELDS(dr_fields)}

const struct reg adc_registers[ALL_REGISTERS] = {
    CONVERTER(1),
    CONVERTER(2),
    CONVERTER(3),
    [CSR] = {"CSR", 0x300, 0, FIELDS(csr_fields)},
    [CCR] = {"CCR", 0x304, 0, FIELDS(ccr_fields)},
    [CDR] = {"CDR", 0x308, 0, FIELDS(cdr_fields)},
};
/* clang-format on */
