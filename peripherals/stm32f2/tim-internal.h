/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of the timer: tim.c (registers, lines), tim-counter.c, tim-channel.c, tim-input.c, tim-registers.c. */
#ifndef PERIPHERALS_STM32F2_TIM_INTERNAL_H
#define PERIPHERALS_STM32F2_TIM_INTERNAL_H

#include "peripherals/stm32f2/tim.h"

/* In the order of their offsets: register n lies at 4 n in every class. */
enum tim_register {
    TIM_CR1,
    TIM_CR2,
    TIM_SMCR,
    TIM_DIER,
    TIM_SR,
    TIM_EGR,
    TIM_CCMR1,
    TIM_CCMR2,
    TIM_CCER,
    TIM_CNT,
    TIM_PSC,
    TIM_ARR,
    TIM_RCR,
    TIM_CCR1,
    TIM_CCR2,
    TIM_CCR3,
    TIM_CCR4,
    TIM_BDTR,
    TIM_DCR,
    TIM_DMAR,
    TIM_OR,
    TIM_REGISTERS
};

enum {
    CR1_CEN = BIT(0),
    CR1_UDIS = BIT(1),
    CR1_URS = BIT(2),
    CR1_OPM = BIT(3),
    CR1_DIR = BIT(4),
    CR1_ARPE = BIT(7),
    CR2_CCPC = BIT(0),
    CR2_CCUS = BIT(2),
    CR2_CCDS = BIT(3),
    CR2_TI1S = BIT(7),
    SMCR_ECE = BIT(14),
    SMCR_ETP = BIT(15),
    /* DIER and SR; CCxIE and CCxIF are at bit x, the DMA enables 8 bits higher, and so are the overcapture flags */
    TIM_UIF = BIT(0),
    TIM_CC1IF = BIT(1),
    TIM_COMIF = BIT(5),
    TIM_TIF = BIT(6),
    TIM_BIF = BIT(7),
    DIER_UDE = BIT(8),
    DIER_CC1DE = BIT(9),
    DIER_COMDE = BIT(13),
    DIER_TDE = BIT(14),
    SR_CC1OF = BIT(9),
    /* CCER, a nibble a channel */
    CCER_CC1E = BIT(0),
    CCER_CC1P = BIT(1),
    CCER_CC1NE = BIT(2),
    CCER_CC1NP = BIT(3),
    BDTR_OSSI = BIT(10),
    BDTR_BKE = BIT(12),
    BDTR_BKP = BIT(13),
    BDTR_AOE = BIT(14),
    BDTR_MOE = BIT(15),
};

/* CR2.MMS */
enum { MMS_RESET, MMS_ENABLE, MMS_UPDATE, MMS_COMPARE_PULSE, MMS_OC1REF };
/* SMCR.SMS */
enum { SMS_OFF, SMS_ENCODER1, SMS_ENCODER2, SMS_ENCODER3, SMS_RESET, SMS_GATED, SMS_TRIGGER, SMS_EXTERNAL };
/* SMCR.TS; 0 to 3 are the ITRs */
enum { TS_TI1F_ED = 4, TS_TI1FP1, TS_TI2FP2, TS_ETRF };
/* CCMRx.OCxM */
enum { OC_FROZEN, OC_ACTIVE, OC_INACTIVE, OC_TOGGLE, OC_FORCE_LOW, OC_FORCE_HIGH, OC_PWM1, OC_PWM2 };
/* CCMRx.CCxS; 1 and 2 are TIx of the channel itself and of its neighbour */
enum { CCS_OUTPUT, CCS_DIRECT, CCS_CROSSED, CCS_TRC };

enum { TIM_IN_TI1, TIM_IN_ETR = 4, TIM_IN_ITR0, TIM_IN_BRK = 9, TIM_INPUTS };

enum {
    TIM_OUT_CH1,
    TIM_OUT_CH1N = 4,
    TIM_OUT_TRGO = 7,
    TIM_OUT_IRQ,
    TIM_OUT_IRQ_BRK,
    TIM_OUT_IRQ_UP,
    TIM_OUT_IRQ_TRG,
    TIM_OUT_IRQ_CC,
    TIM_OUT_DMA_UP,
    TIM_OUT_DMA_CH1,
    TIM_OUT_DMA_TRIG = TIM_OUT_DMA_CH1 + 4,
    TIM_OUT_DMA_COM,
    TIM_OUTPUTS
};

enum { TIM_CLOCK_BUS, TIM_CLOCK_KERNEL };
enum { TIM_TIMER_COUNTER, TIM_TIMER_WAVE, TIM_TIMERS };
enum { TIM_CHANNELS = 4 };
/* Level of an output whose channel is an input: the pad is not driven. */
enum { TIM_RELEASED = 2 };

struct tim_traits {
    const struct device_class *class;
    unsigned channels;
    uint32_t max; /* of the counter */
    bool advanced;
};

struct tim_state {
    /* The clock that counts. edges of it have been dealt with; phase of them since the last step of the counter. */
    struct edge_counter clock;
    uint64_t edges;
    uint64_t phase;
    uint32_t cnt;
    /* What is in force, as opposed to what was written and waits for an update event (or a commutation event). */
    uint32_t psc, arr, repetitions;
    uint32_t compare[TIM_CHANNELS];
    uint32_t ccer, ccmr[2];
    uint8_t reference;              /* OCxREF of the modes that remember it, bit x - 1 */
    uint8_t captures[TIM_CHANNELS]; /* input edges so far, for ICxPSC */
    uint8_t etr_edges;              /* for ETPS */
    uint16_t levels;                /* of the input lines, by input number */
    bool changed;                   /* something happened that lines or the schedule must follow */
    uint8_t burst;                  /* index of the next DMAR access */
    uint8_t burst_line;             /* the request that a DMA burst repeats */
    uint8_t pulses[TIM_OUTPUTS];    /* to be sent when the state is consistent: their receivers may call back */
};

/* tim-registers.c */
const struct tim_traits *tim_traits(const struct device *dev);

/* tim-counter.c: nothing in here touches a line, so it may run on a copy of the device */

/* Bring the counter, flags and shadow registers to the present moment. */
void tim_advance(struct device *dev);
/* Let the prescaler see so many edges of its clock. */
void tim_clock_edges(struct device *dev, uint64_t n);
/* An update event; overflow: from the counter, not from EGR.UG or the slave mode controller. */
void tim_update(struct device *dev, bool overflow);
/* EGR.UG and slave mode reset: counter and prescaler start anew, with an update event. */
void tim_reinitialise(struct device *dev);
/* When the next thing happens that somebody waits for. */
ticks_t tim_next_event(const struct device *dev);
/* A compare match or capture of channel 0 to 3. */
void tim_channel_event(struct device *dev, unsigned channel);
/* A commutation event: preloaded CCxE, CCxNE and OCxM take effect. */
void tim_commutate(struct device *dev);
/* Remember a pulse on an output. */
void tim_pulse(struct device *dev, unsigned output);
bool tim_centre_aligned(const struct device *dev);

/* Where a free-running counter stands in its cycle, in steps. */
struct tim_cycle {
    uint64_t length, position;
};
/* False if the counter is blocked (ARR is 0) or beyond ARR. */
bool tim_cycle(const struct device *dev, struct tim_cycle *cycle);
/* Positions in the cycle at which a channel matches: 1 or 2. */
unsigned tim_match_positions(const struct device *dev, unsigned channel, uint64_t position[2]);
/* Steps, at least one, until the cycle comes to a position. */
uint64_t tim_steps_to(const struct tim_cycle *cycle, uint64_t position);
/* Moment at which the counter will have made so many steps more. */
ticks_t tim_when(const struct device *dev, uint64_t steps);

/* tim-channel.c: outputs */
unsigned tim_output_mode(const struct device *dev, unsigned channel);
unsigned tim_selection(const struct device *dev, unsigned channel);
bool tim_reference_level(const struct device *dev, unsigned channel);
/* Before the output mode changes: keep the level; after: obey a forced mode. */
void tim_keep_references(struct device *dev);
void tim_force_references(struct device *dev);
/* Does anybody see OCxREF? */
bool tim_output_used(const struct device *dev, unsigned channel);
void tim_drive_outputs(struct device *dev);

/* tim-input.c: capture and the slave mode controller */
void tim_input(struct device *dev, unsigned input, const struct signal *signal);
/* Put the levels of waves on used lines right; edges tells whether a difference counts as an edge. */
void tim_sample_waves(struct device *dev, bool edges);
/* When a wave on a used line changes next. */
ticks_t tim_next_wave_edge(const struct device *dev);
void tim_capture(struct device *dev, unsigned channel);
/* Does the internal clock reach the prescaler (but for CEN)? */
bool tim_internally_clocked(const struct device *dev);
/* A gated timer counts while this is true. */
bool tim_gate_open(const struct device *dev);
void tim_trigger_flag(struct device *dev);
void tim_break(struct device *dev);
bool tim_break_active(const struct device *dev);

/* tim.c */
void tim_reset(struct device *dev, enum reset_kind kind);
uint32_t tim_read(struct device *dev, unsigned reg, bool side_effects);
void tim_write(struct device *dev, unsigned reg, uint32_t old, uint32_t value, uint32_t mask);
void tim_timer(struct device *dev, unsigned timer);
void tim_clock_changed(struct device *dev, unsigned clock, struct frequency old);
const char *tim_explain(struct device *dev, unsigned reg);
/* Make lines and schedule follow the state. */
void tim_settle(struct device *dev);

#endif
