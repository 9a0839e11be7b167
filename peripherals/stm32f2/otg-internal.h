/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The OTG cores from inside; for otg*.c only. */
#ifndef PERIPHERALS_STM32F2_OTG_INTERNAL_H
#define PERIPHERALS_STM32F2_OTG_INTERNAL_H

#include "peripherals/stm32f2/otg.h"

enum { OTG_MAX_ENDPOINTS = 6, OTG_MAX_CHANNELS = 12, OTG_MAX_RAM = 1012 };

/* Registers of both cores; what only OTG_HS has is a hole in the table of OTG_FS. Endpoint n's are at DIEPCTL + n and so on. */
enum {
    GOTGCTL,
    GOTGINT,
    GAHBCFG,
    GUSBCFG,
    GRSTCTL,
    GINTSTS,
    GINTMSK,
    GRXSTSR,
    GRXSTSP,
    GRXFSIZ,
    HNPTXSTS,
    GI2CCTL,
    GCCFG,
    CID,
    HPTXFSIZ,
    DIEPTXF,
    DCFG = DIEPTXF + OTG_MAX_ENDPOINTS,
    DCTL,
    DSTS,
    DIEPMSK,
    DOEPMSK,
    DAINT,
    DAINTMSK,
    DVBUSDIS,
    DVBUSPULSE,
    DTHRCTL,
    DIEPEMPMSK,
    DEACHINT,
    DEACHINTMSK,
    DIEPEACHMSK1,
    DOEPEACHMSK1,
    DIEPCTL,
    DIEPINT = DIEPCTL + OTG_MAX_ENDPOINTS,
    DIEPTSIZ = DIEPINT + OTG_MAX_ENDPOINTS,
    DIEPDMA = DIEPTSIZ + OTG_MAX_ENDPOINTS,
    DTXFSTS = DIEPDMA + OTG_MAX_ENDPOINTS,
    DOEPCTL = DTXFSTS + OTG_MAX_ENDPOINTS,
    DOEPINT = DOEPCTL + OTG_MAX_ENDPOINTS,
    DOEPTSIZ = DOEPINT + OTG_MAX_ENDPOINTS,
    DOEPDMA = DOEPTSIZ + OTG_MAX_ENDPOINTS,
    PCGCCTL = DOEPDMA + OTG_MAX_ENDPOINTS,
    HCFG,
    HFIR,
    HFNUM,
    HPTXSTS,
    HAINT,
    HAINTMSK,
    HPRT,
    HCCHAR,
    HCSPLT = HCCHAR + OTG_MAX_CHANNELS,
    HCINT = HCSPLT + OTG_MAX_CHANNELS,
    HCINTMSK = HCINT + OTG_MAX_CHANNELS,
    HCTSIZ = HCINTMSK + OTG_MAX_CHANNELS,
    HCDMA = HCTSIZ + OTG_MAX_CHANNELS,
    OTG_N_REGISTERS = HCDMA + OTG_MAX_CHANNELS,
};

enum { CLOCK_BUS, CLOCK_USB, OTG_N_CLOCKS };
enum { TIMER_SOF, TIMER_EOPF, TIMER_IDLE, TIMER_SIGNAL, TIMER_MODE, OTG_N_TIMERS };
enum { IN_ID, OTG_N_INPUTS };
/* The last two are lines of OTG_HS only. */
enum {
    OUT_IRQ,
    OUT_EXTI,
    OUT_IRQ_WKUP,
    OUT_SOF,
    OUT_PULLUP,
    OUT_WAKEUP,
    OUT_HOST,
    OTG_FS_N_OUTPUTS,
    OUT_IRQ_EP1_OUT = OTG_FS_N_OUTPUTS,
    OUT_IRQ_EP1_IN,
    OTG_HS_N_OUTPUTS,
};

#define GOTGCTL_CIDSTS   BIT(16)
#define GOTGCTL_BSVLD    BIT(19)
#define GOTGINT_SEDET    BIT(2)
#define GAHBCFG_GINT     BIT(0)
#define GAHBCFG_TXFELVL  BIT(7)
#define GUSBCFG_PHYSEL   BIT(6)
#define GUSBCFG_FHMOD    BIT(29)
#define GUSBCFG_FDMOD    BIT(30)
#define GRSTCTL_CSRST    BIT(0)
#define GRSTCTL_HSRST    BIT(1)
#define GRSTCTL_FCRST    BIT(2)
#define GRSTCTL_RXFFLSH  BIT(4)
#define GRSTCTL_TXFFLSH  BIT(5)
#define GRSTCTL_COMMANDS (GRSTCTL_CSRST | GRSTCTL_HSRST | GRSTCTL_FCRST | GRSTCTL_RXFFLSH | GRSTCTL_TXFFLSH)

#define GINT_CMOD     BIT(0)
#define GINT_MMIS     BIT(1)
#define GINT_OTGINT   BIT(2)
#define GINT_SOF      BIT(3)
#define GINT_RXFLVL   BIT(4)
#define GINT_NPTXFE   BIT(5)
#define GINT_GINAKEFF BIT(6)
#define GINT_GONAKEFF BIT(7)
#define GINT_ESUSP    BIT(10)
#define GINT_USBSUSP  BIT(11)
#define GINT_USBRST   BIT(12)
#define GINT_ENUMDNE  BIT(13)
#define GINT_ISOODRP  BIT(14)
#define GINT_EOPF     BIT(15)
#define GINT_IEPINT   BIT(18)
#define GINT_OEPINT   BIT(19)
#define GINT_IISOIXFR BIT(20)
#define GINT_IISOOXFR BIT(21)
#define GINT_CIDSCHG  BIT(28)
#define GINT_SRQINT   BIT(30)
#define GINT_WKUPINT  BIT(31)

#define GCCFG_PWRDWN     BIT(16)
#define GCCFG_VBUSBSEN   BIT(19)
#define GCCFG_NOVBUSSENS BIT(21)

#define DCFG_NZLSOHSK    BIT(2)
#define DCTL_RWUSIG      BIT(0)
#define DCTL_SDIS        BIT(1)
#define DCTL_GINSTS      BIT(2)
#define DCTL_GONSTS      BIT(3)
#define DCTL_SGINAK      BIT(7)
#define DCTL_CGINAK      BIT(8)
#define DCTL_SGONAK      BIT(9)
#define DCTL_CGONAK      BIT(10)
#define DSTS_SUSPSTS     BIT(0)
#define DSTS_ENUMSPD     (3u << 1)
#define DSTS_FNSOF       (0x3FFFu << 8)
#define PCGCCTL_STPPCLK  BIT(0)
#define PCGCCTL_GATEHCLK BIT(1)

/* DIEPCTL and DOEPCTL */
#define EPCTL_USBAEP BIT(15)
#define EPCTL_DPID   BIT(16) /* the next packet is DATA1; isochronous: an odd frame */
#define EPCTL_NAKSTS BIT(17)
#define EPCTL_STALL  BIT(21)
#define EPCTL_CNAK   BIT(26)
#define EPCTL_SNAK   BIT(27)
#define EPCTL_SD0PID BIT(28)
#define EPCTL_SD1PID BIT(29)
#define EPCTL_EPDIS  BIT(30)
#define EPCTL_EPENA  BIT(31)
enum { EP_CONTROL, EP_ISOCHRONOUS, EP_BULK, EP_INTERRUPT };

#define EPINT_XFRC      BIT(0)
#define EPINT_EPDISD    BIT(1)
#define DIEPINT_TOC     BIT(3)
#define DIEPINT_ITTXFE  BIT(4)
#define DIEPINT_INEPNE  BIT(6)
#define DIEPINT_TXFE    BIT(7)
#define DOEPINT_STUP    BIT(3)
#define DOEPINT_OTEPDIS BIT(4)
#define DOEPINT_B2BSTUP BIT(6)

/* What a host does to the bus. */
enum host_phase {
    HOST_NONE,      /* no cable */
    HOST_IDLE,      /* a cable, but the port is not enabled */
    HOST_RESET,     /* reset is being signalled */
    HOST_RUNNING,   /* frames */
    HOST_SUSPENDED, /* no frames any more */
    HOST_RESUME,    /* resume is being signalled */
};

/* A FIFO in the core's RAM; place and depth are in its size register. */
struct fifo {
    uint32_t head, count; /* words */
};

struct otg {
    enum host_phase phase;
    uint32_t host_address; /* that tokens name */
    uint32_t frame;
    ticks_t frame_start;

    bool vbus;
    bool session; /* VBUS as the core takes it to be */
    bool pullup;
    bool host_mode;
    bool suspended;
    bool early; /* an idle bus was reported, the suspend not yet */

    bool ginak_effective, gonak_effective;
    bool gonak_wanted;      /* its entry waits for room in the receive FIFO */
    uint32_t setup_stage;   /* bit n: control endpoint n has got a SETUP, and no other token since */
    uint32_t setup_done;    /* bit n: the entry for the end of that stage waits for room */
    uint32_t control_in;    /* bit n: that SETUP asked for a transfer to the host */
    bool address_open;      /* a control transfer on endpoint 0 is under way, ... */
    uint32_t setup_address; /* ... begun at this address, at which it also ends */
    uint32_t ready;         /* endpoints with another answer than NAK: IN in bits 0..15, OUT in bits 16..31 */

    struct fifo rx, tx[OTG_MAX_ENDPOINTS];
    uint32_t rx_unread; /* data words on top of the receive FIFO, whose status word is popped */
    uint32_t ram[OTG_MAX_RAM];
};

/* ---- otg-registers.c ---- */

extern const struct reg otg_hs_registers[OTG_N_REGISTERS];
extern const struct reg otg_fs_registers[OTG_N_REGISTERS];

/* ---- otg.c ---- */

static inline bool otg_is_hs(const struct device *dev)
{
    return dev->class == &stm32f2_otg_hs_class;
}

static inline unsigned otg_endpoints(const struct device *dev)
{
    return otg_is_hs(dev) ? 6 : 4;
}

/* Let the lines follow the registers, after every change. */
void otg_update(struct device *dev);
/* Both domains of the core run: it can take part in a transaction. */
bool otg_awake(const struct device *dev);
/* The clock of the PHY's side runs. */
bool otg_clocked(const struct device *dev);

/* ---- otg-fifo.c ---- */

void otg_fifo_flush_all(struct device *dev);
void otg_fifo_flush_rx(struct device *dev);
void otg_fifo_flush_tx(struct device *dev, unsigned fifo); /* 16: all of them */

unsigned otg_rx_free(const struct device *dev);
void otg_rx_push(struct device *dev, uint32_t word); /* there must be room */
uint32_t otg_rx_top(const struct device *dev);       /* 0 if it is empty */
uint32_t otg_rx_pop(struct device *dev);

/* The transmit FIFO that an endpoint is assigned to. */
unsigned otg_tx_depth(const struct device *dev, unsigned ep);
unsigned otg_tx_count(const struct device *dev, unsigned ep);
unsigned otg_tx_free(const struct device *dev, unsigned ep);
bool otg_tx_empty(const struct device *dev, unsigned ep); /* or half empty, as GAHBCFG.TXFELVL says */
void otg_tx_push(struct device *dev, unsigned ep, uint32_t word);
uint32_t otg_tx_peek(const struct device *dev, unsigned ep, unsigned i);
void otg_tx_drop(struct device *dev, unsigned ep, unsigned words);

/* Everything above the registers: the FIFO windows and the RAM itself. */
uint32_t otg_fifo_read(struct device *dev, uint32_t offset, bool side_effects);
void otg_fifo_write(struct device *dev, uint32_t offset, uint32_t value);

/* ---- otg-endpoint.c ---- */

/* A word of the receive FIFO is read by way of GRXSTSP. */
uint32_t otg_status_pop(struct device *dev);
/* Entries that waited for room in the receive FIFO. */
void otg_push_waiting(struct device *dev);
void otg_in_control_written(struct device *dev, unsigned ep, uint32_t old, uint32_t value);
void otg_out_control_written(struct device *dev, unsigned ep, uint32_t old, uint32_t value);
void otg_device_control_written(struct device *dev, uint32_t value);
uint32_t otg_in_size(const struct device *dev, unsigned ep); /* DIEPTSIZ as read */
uint32_t otg_ready_endpoints(const struct device *dev);
/* Every endpoint but 0 goes inactive. */
void otg_deactivate_endpoints(struct device *dev);
/* At the end of a frame's periodic part. */
void otg_check_isochronous(struct device *dev);

/* ---- otg-port.c ---- */

/* The pull-up, VBUS and the watch for an idle bus follow registers, clocks and cable. */
void otg_port_update(struct device *dev);
void otg_port_timer(struct device *dev, unsigned timer);
/* The forced mode or the ID pin may have changed. */
void otg_mode_update(struct device *dev);
void otg_remote_wakeup(struct device *dev);
bool otg_id_is_a(const struct device *dev);

#endif
