/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Register tables of the OTG cores (RM0033 29.16 and 30.12).
 *
 * Stored are the settings of what a full-speed device without DMA has no use for (SRP and HNP, ULPI, timing of the PHY,
 * thresholds for the DMA) and the flags of events that cannot come up here. Unmodelled are the DMA, test modes, SRP and HNP
 * themselves, the I2C PHY and the whole host side.
 *
 * Two reset values differ from the manual, where it contradicts itself: GRSTCTL has AHBIDL set (every driver waits for it), and
 * DIEPTXF0 has the depth that HNPTXSTS shows as free.
 */
#include "peripherals/stm32f2/otg-internal.h"

#include <glib.h>

/* ---- global ---- */

static const struct reg_field gotgctl[] = {
    {"SRQSCS", 0, 1, RO, STORED, NULL},         {"SRQ", 1, 1, RW, UNMODELLED, NULL},  {"HNGSCS", 8, 1, RO, STORED, NULL},
    {"HNPRQ", 9, 1, RW, UNMODELLED, NULL},      {"HSHNPEN", 10, 1, RW, STORED, NULL}, {"DHNPEN", 11, 1, RW, STORED, NULL},
    {"CIDSTS", 16, 1, RO, EFFECT, "/otg/mode"}, {"DBCT", 17, 1, RO, STORED, NULL},    {"ASVLD", 18, 1, RO, STORED, NULL},
    {"BSVLD", 19, 1, RO, EFFECT, "/otg/vbus"},
};
static const struct reg_field gotgint[] = {
    {"SEDET", 2, 1, W1C, EFFECT, "/otg/vbus"}, {"SRSSCHG", 8, 1, W1C, STORED, NULL},  {"HNSSCHG", 9, 1, W1C, STORED, NULL},
    {"HNGDET", 17, 1, W1C, STORED, NULL},      {"ADTOCHG", 18, 1, W1C, STORED, NULL}, {"DBCDNE", 19, 1, W1C, STORED, NULL},
};
static const struct reg_field fs_gahbcfg[] = {
    {"GINT", 0, 1, RW, EFFECT, "/otg/interrupt-masks"},
    {"TXFELVL", 7, 1, RW, EFFECT, "/otg/tx-fifo-levels"},
    {"PTXFELVL", 8, 1, RW, STORED, NULL},
};
static const struct reg_field hs_gahbcfg[] = {
    {"GINT", 0, 1, RW, EFFECT, "/otg/interrupt-masks"},
    {"HBSTLEN", 1, 4, RW, STORED, NULL},
    {"DMAEN", 5, 1, RW, UNMODELLED, NULL},
    {"TXFELVL", 7, 1, RW, EFFECT, "/otg/tx-fifo-levels"},
    {"PTXFELVL", 8, 1, RW, STORED, NULL},
};
static const struct reg_field fs_gusbcfg[] = {
    {"TOCAL", 0, 3, RW, STORED, NULL},         {"PHYSEL", 6, 1, WO, STORED, NULL},
    {"SRPCAP", 8, 1, RW, STORED, NULL},        {"HNPCAP", 9, 1, RW, STORED, NULL},
    {"TRDT", 10, 4, RW, STORED, NULL},         {"FHMOD", 29, 1, RW, EFFECT, "/otg/mode"},
    {"FDMOD", 30, 1, RW, EFFECT, "/otg/mode"}, {"CTXPKT", 31, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field hs_gusbcfg[] = {
    {"TOCAL", 0, 3, RW, STORED, NULL},         {"PHYSEL", 6, 1, RW, EFFECT, "/otg/connect"},
    {"SRPCAP", 8, 1, RW, STORED, NULL},        {"HNPCAP", 9, 1, RW, STORED, NULL},
    {"TRDT", 10, 4, RW, STORED, NULL},         {"PHYLPCS", 15, 1, RW, STORED, NULL},
    {"ULPIFSLS", 17, 1, RW, STORED, NULL},     {"ULPIAR", 18, 1, RW, STORED, NULL},
    {"ULPICSM", 19, 1, RW, STORED, NULL},      {"ULPIEVBUSD", 20, 1, RW, STORED, NULL},
    {"ULPIEVBUSI", 21, 1, RW, STORED, NULL},   {"TSDPS", 22, 1, RW, STORED, NULL},
    {"PCCI", 23, 1, RW, STORED, NULL},         {"PTCI", 24, 1, RW, STORED, NULL},
    {"ULPIIPD", 25, 1, RW, STORED, NULL},      {"FHMOD", 29, 1, RW, EFFECT, "/otg/mode"},
    {"FDMOD", 30, 1, RW, EFFECT, "/otg/mode"}, {"CTXPKT", 31, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field grstctl[] = {
    {"CSRST", 0, 1, W1S, EFFECT, "/otg/core-reset"},
    {"HSRST", 1, 1, W1S, EFFECT, "/otg/core-reset"},
    {"FCRST", 2, 1, W1S, EFFECT, "/otg/core-reset"},
    {"RXFFLSH", 4, 1, W1S, EFFECT, "/otg/flush"},
    {"TXFFLSH", 5, 1, W1S, EFFECT, "/otg/flush"},
    {"TXFNUM", 6, 5, RW, EFFECT, "/otg/flush"},
    {"DMAREQ", 30, 1, RO, STORED, NULL},
    {"AHBIDL", 31, 1, RO, EFFECT, "/otg/reset-values"},
};
static const struct reg_field gintsts[] = {
    {"CMOD", 0, 1, RO, EFFECT, "/otg/mode"},
    {"MMIS", 1, 1, W1C, EFFECT, "/otg/mode-mismatch"},
    {"OTGINT", 2, 1, RO, EFFECT, "/otg/vbus"},
    {"SOF", 3, 1, W1C, EFFECT, "/otg/sof"},
    {"RXFLVL", 4, 1, RO, EFFECT, "/otg/bulk-out"},
    {"NPTXFE", 5, 1, RO, EFFECT, "/otg/tx-fifo-levels"},
    {"GINAKEFF", 6, 1, RO, EFFECT, "/otg/global-in-nak"},
    {"GONAKEFF", 7, 1, RO, EFFECT, "/otg/global-out-nak"},
    {"ESUSP", 10, 1, W1C, EFFECT, "/otg/suspend"},
    {"USBSUSP", 11, 1, W1C, EFFECT, "/otg/suspend"},
    {"USBRST", 12, 1, W1C, EFFECT, "/otg/bus-reset"},
    {"ENUMDNE", 13, 1, W1C, EFFECT, "/otg/bus-reset"},
    {"ISOODRP", 14, 1, W1C, EFFECT, "/otg/isochronous"},
    {"EOPF", 15, 1, W1C, EFFECT, "/otg/sof"},
    {"IEPINT", 18, 1, RO, EFFECT, "/otg/endpoint-interrupts"},
    {"OEPINT", 19, 1, RO, EFFECT, "/otg/endpoint-interrupts"},
    {"IISOIXFR", 20, 1, W1C, EFFECT, "/otg/isochronous"},
    {"IPXFR_INCOMPISOOUT", 21, 1, W1C, EFFECT, "/otg/isochronous"},
    {"DATAFSUSP", 22, 1, W1C, STORED, NULL},
    {"HPRTINT", 24, 1, RO, STORED, NULL},
    {"HCINT", 25, 1, RO, STORED, NULL},
    {"PTXFE", 26, 1, RO, STORED, NULL},
    {"CIDSCHG", 28, 1, W1C, EFFECT, "/otg/mode"},
    {"DISCINT", 29, 1, W1C, STORED, NULL},
    {"SRQINT", 30, 1, W1C, EFFECT, "/otg/vbus"},
    {"WKUPINT", 31, 1, W1C, EFFECT, "/otg/resume"},
};
#define MASK_BIT(NAME, BIT)                                                                                                    \
    {                                                                                                                          \
        NAME, BIT, 1, RW, EFFECT, "/otg/interrupt-masks"                                                                       \
    }
static const struct reg_field gintmsk[] = {
    MASK_BIT("MMISM", 1),
    MASK_BIT("OTGINT", 2),
    MASK_BIT("SOFM", 3),
    MASK_BIT("RXFLVLM", 4),
    MASK_BIT("NPTXFEM", 5),
    MASK_BIT("GINAKEFFM", 6),
    MASK_BIT("GONAKEFFM", 7),
    MASK_BIT("ESUSPM", 10),
    MASK_BIT("USBSUSPM", 11),
    MASK_BIT("USBRST", 12),
    MASK_BIT("ENUMDNEM", 13),
    MASK_BIT("ISOODRPM", 14),
    MASK_BIT("EOPFM", 15),
    {"EPMISM", 17, 1, RW, STORED, NULL},
    MASK_BIT("IEPINT", 18),
    MASK_BIT("OEPINT", 19),
    MASK_BIT("IISOIXFRM", 20),
    MASK_BIT("IPXFRM_IISOOXFRM", 21),
    {"FSUSPM", 22, 1, RW, STORED, NULL},
    {"PRTIM", 24, 1, RW, STORED, NULL},
    {"HCIM", 25, 1, RW, STORED, NULL},
    MASK_BIT("PTXFEM", 26),
    MASK_BIT("CIDSCHGM", 28),
    {"DISCINT", 29, 1, RW, STORED, NULL},
    MASK_BIT("SRQIM", 30),
    MASK_BIT("WUIM", 31),
};
static const struct reg_field grxsts[] = {
    {"EPNUM", 0, 4, RO, EFFECT, "/otg/bulk-out"},      {"BCNT", 4, 11, RO, EFFECT, "/otg/bulk-out"},
    {"DPID", 15, 2, RO, EFFECT, "/otg/bulk-out"},      {"PKTSTS", 17, 4, RO, EFFECT, "/otg/bulk-out"},
    {"FRMNUM", 21, 4, RO, EFFECT, "/otg/isochronous"},
};
static const struct reg_field grxfsiz[] = {{"RXFD", 0, 16, RW, EFFECT, "/otg/fifo-full"}};
static const struct reg_field dieptxf[] = {
    {"INEPTXSA", 0, 16, RW, EFFECT, "/otg/fifo-ram"},
    {"INEPTXFD", 16, 16, RW, EFFECT, "/otg/tx-fifo-levels"},
};
static const struct reg_field dieptxf0[] = {
    {"TX0FSA", 0, 16, RW, EFFECT, "/otg/fifo-ram"},
    {"TX0FD", 16, 16, RW, EFFECT, "/otg/tx-fifo-levels"},
};
static const struct reg_field hnptxsts[] = {
    {"NPTXFSAV", 0, 16, RO, EFFECT, "/otg/tx-fifo-levels"},
    {"NPTQXSAV", 16, 8, RO, STORED, NULL},
    {"NPTXQTOP", 24, 7, RO, STORED, NULL},
};
static const struct reg_field gi2cctl[] = {
    {"RWDATA", 0, 8, RW, UNMODELLED, NULL},     {"REGADDR", 8, 8, RW, UNMODELLED, NULL},
    {"ADDR", 16, 7, RW, UNMODELLED, NULL},      {"I2CEN", 23, 1, RW, UNMODELLED, NULL},
    {"ACK", 24, 1, RW, UNMODELLED, NULL},       {"I2CDEVADR", 26, 2, RW, UNMODELLED, NULL},
    {"I2CDATSE0", 28, 1, RW, UNMODELLED, NULL}, {"RW", 30, 1, RW, UNMODELLED, NULL},
    {"BSYDNE", 31, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field fs_gccfg[] = {
    {"PWRDWN", 16, 1, RW, EFFECT, "/otg/connect"},  {"VBUSASEN", 18, 1, RW, STORED, NULL},
    {"VBUSBSEN", 19, 1, RW, EFFECT, "/otg/vbus"},   {"SOFOUTEN", 20, 1, RW, STORED, NULL},
    {"NOVBUSSENS", 21, 1, RW, EFFECT, "/otg/vbus"},
};
static const struct reg_field hs_gccfg[] = {
    {"PWRDWN", 16, 1, RW, EFFECT, "/otg/connect"}, {"I2CPADEN", 17, 1, RW, UNMODELLED, NULL},
    {"VBUSASEN", 18, 1, RW, STORED, NULL},         {"VBUSBSEN", 19, 1, RW, EFFECT, "/otg/vbus"},
    {"SOFOUTEN", 20, 1, RW, STORED, NULL},         {"NOVBUSSENS", 21, 1, RW, EFFECT, "/otg/vbus"},
};
static const struct reg_field cid[] = {{"PRODUCT_ID", 0, 32, RW, STORED, NULL}};
static const struct reg_field hptxfsiz[] = {
    {"PTXSA", 0, 16, RW, UNMODELLED, NULL},
    {"PTXFD", 16, 16, RW, UNMODELLED, NULL},
};

/* ---- device ---- */

static const struct reg_field fs_dcfg[] = {
    {"DSPD", 0, 2, RW, STORED, NULL}, /* the embedded PHY is a full-speed one whatever this says */
    {"NZLSOHSK", 2, 1, RW, EFFECT, "/otg/status-stall"},
    {"DAD", 4, 7, RW, EFFECT, "/otg/address"},
    {"PFIVL", 11, 2, RW, EFFECT, "/otg/sof"},
};
static const struct reg_field hs_dcfg[] = {
    {"DSPD", 0, 2, RW, STORED, NULL},          {"NZLSOHSK", 2, 1, RW, EFFECT, "/otg/status-stall"},
    {"DAD", 4, 7, RW, EFFECT, "/otg/address"}, {"PFIVL", 11, 2, RW, EFFECT, "/otg/sof"},
    {"PERSCHIVL", 24, 2, RW, STORED, NULL},
};
static const struct reg_field dctl[] = {
    {"RWUSIG", 0, 1, RW, EFFECT, "/otg/remote-wakeup"},
    {"SDIS", 1, 1, RW, EFFECT, "/otg/connect"},
    {"GINSTS", 2, 1, RO, EFFECT, "/otg/global-in-nak"},
    {"GONSTS", 3, 1, RO, EFFECT, "/otg/global-out-nak"},
    {"TCTL", 4, 3, RW, UNMODELLED, NULL},
    {"SGINAK", 7, 1, WO, EFFECT, "/otg/global-in-nak"},
    {"CGINAK", 8, 1, WO, EFFECT, "/otg/global-in-nak"},
    {"SGONAK", 9, 1, WO, EFFECT, "/otg/global-out-nak"},
    {"CGONAK", 10, 1, WO, EFFECT, "/otg/global-out-nak"},
    {"POPRGDNE", 11, 1, RW, STORED, NULL},
};
static const struct reg_field dsts[] = {
    {"SUSPSTS", 0, 1, RO, EFFECT, "/otg/suspend"},
    {"ENUMSPD", 1, 2, RO, EFFECT, "/otg/bus-reset"},
    {"EERR", 3, 1, RO, STORED, NULL},
    {"FNSOF", 8, 14, RO, EFFECT, "/otg/sof"},
};
#define EP_MASK_BIT(NAME, BIT)                                                                                                 \
    {                                                                                                                          \
        NAME, BIT, 1, RW, EFFECT, "/otg/endpoint-interrupts"                                                                   \
    }
static const struct reg_field fs_diepmsk[] = {
    EP_MASK_BIT("XFRCM", 0),
    EP_MASK_BIT("EPDM", 1),
    EP_MASK_BIT("TOM", 3),
    EP_MASK_BIT("ITTXFEMSK", 4),
    {"INEPNMM", 5, 1, RW, STORED, NULL},
    EP_MASK_BIT("INEPNEM", 6),
};
static const struct reg_field hs_diepmsk[] = {
    EP_MASK_BIT("XFRCM", 0),
    EP_MASK_BIT("EPDM", 1),
    EP_MASK_BIT("TOM", 3),
    EP_MASK_BIT("ITTXFEMSK", 4),
    {"INEPNMM", 5, 1, RW, STORED, NULL},
    EP_MASK_BIT("INEPNEM", 6),
    {"TXFURM", 8, 1, RW, STORED, NULL},
    {"BIM", 9, 1, RW, STORED, NULL},
};
static const struct reg_field fs_doepmsk[] = {
    EP_MASK_BIT("XFRCM", 0),
    EP_MASK_BIT("EPDM", 1),
    EP_MASK_BIT("STUPM", 3),
    EP_MASK_BIT("OTEPDM", 4),
};
static const struct reg_field hs_doepmsk[] = {
    EP_MASK_BIT("XFRCM", 0),   EP_MASK_BIT("EPDM", 1),           EP_MASK_BIT("STUPM", 3),          EP_MASK_BIT("OTEPDM", 4),
    EP_MASK_BIT("B2BSTUP", 6), {"OPEM", 8, 1, RW, STORED, NULL}, {"BOIM", 9, 1, RW, STORED, NULL},
};
static const struct reg_field daint[] = {
    {"IEPINT", 0, 16, RO, EFFECT, "/otg/endpoint-interrupts"},
    {"OEPINT", 16, 16, RO, EFFECT, "/otg/endpoint-interrupts"},
};
static const struct reg_field daintmsk[] = {
    {"IEPM", 0, 16, RW, EFFECT, "/otg/endpoint-interrupts"},
    {"OEPM", 16, 16, RW, EFFECT, "/otg/endpoint-interrupts"},
};
static const struct reg_field dvbusdis[] = {{"VBUSDT", 0, 16, RW, STORED, NULL}};
static const struct reg_field dvbuspulse[] = {{"DVBUSP", 0, 12, RW, STORED, NULL}};
static const struct reg_field dthrctl[] = {
    {"NONISOTHREN", 0, 1, RW, STORED, NULL}, {"ISOTHREN", 1, 1, RW, STORED, NULL},  {"TXTHRLEN", 2, 9, RW, STORED, NULL},
    {"RXTHREN", 16, 1, RW, STORED, NULL},    {"RXTHRLEN", 17, 9, RW, STORED, NULL}, {"ARPEN", 27, 1, RW, STORED, NULL},
};
static const struct reg_field diepempmsk[] = {{"INEPTXFEM", 0, 16, RW, EFFECT, "/otg/tx-fifo-levels"}};
static const struct reg_field deachint[] = {
    {"IEP1INT", 1, 1, RO, EFFECT, "/otg/ep1-interrupts"},
    {"OEP1INT", 17, 1, RO, EFFECT, "/otg/ep1-interrupts"},
};
static const struct reg_field deachintmsk[] = {
    {"IEP1INTM", 1, 1, RW, EFFECT, "/otg/ep1-interrupts"},
    {"OEP1INTM", 17, 1, RW, EFFECT, "/otg/ep1-interrupts"},
};
#define EP1_MASK_BIT(NAME, BIT)                                                                                                \
    {                                                                                                                          \
        NAME, BIT, 1, RW, EFFECT, "/otg/ep1-interrupts"                                                                        \
    }
static const struct reg_field diepeachmsk1[] = {
    EP1_MASK_BIT("XFRCM", 0),
    EP1_MASK_BIT("EPDM", 1),
    EP1_MASK_BIT("TOM", 3),
    EP1_MASK_BIT("ITTXFEMSK", 4),
    {"INEPNMM", 5, 1, RW, STORED, NULL},
    EP1_MASK_BIT("INEPNEM", 6),
    {"TXFURM", 8, 1, RW, STORED, NULL},
    {"BIM", 9, 1, RW, STORED, NULL},
    {"NAKM", 13, 1, RW, STORED, NULL},
};
static const struct reg_field doepeachmsk1[] = {
    EP1_MASK_BIT("XFRCM", 0),          EP1_MASK_BIT("EPDM", 1),
    EP1_MASK_BIT("STUPM", 3),          EP1_MASK_BIT("OTEPDM", 4),
    EP1_MASK_BIT("B2BSTUP", 6),        {"OPEM", 8, 1, RW, STORED, NULL},
    {"BIM", 9, 1, RW, STORED, NULL},   {"BERRM", 12, 1, RW, STORED, NULL},
    {"NAKM", 13, 1, RW, STORED, NULL}, {"NYETM", 14, 1, RW, STORED, NULL},
};

/* ---- endpoints ---- */

static const struct reg_field diepctl0[] = {
    {"MPSIZ", 0, 2, RW, EFFECT, "/otg/control-read"},
    {"USBAEP", 15, 1, RO, EFFECT, "/otg/bus-reset"},
    {"NAKSTS", 17, 1, RO, EFFECT, "/otg/nak"},
    {"EPTYP", 18, 2, RO, EFFECT, "/otg/control-read"},
    {"STALL", 21, 1, W1S, EFFECT, "/otg/stall-control"},
    {"TXFNUM", 22, 4, RW, EFFECT, "/otg/fifo-ram"},
    {"CNAK", 26, 1, WO, EFFECT, "/otg/nak"},
    {"SNAK", 27, 1, WO, EFFECT, "/otg/nak"},
    {"EPDIS", 30, 1, W1S, EFFECT, "/otg/endpoint-disable"},
    {"EPENA", 31, 1, W1S, EFFECT, "/otg/control-read"},
};
static const struct reg_field diepctl[] = {
    {"MPSIZ", 0, 11, RW, EFFECT, "/otg/bulk-in"},
    {"USBAEP", 15, 1, RW, EFFECT, "/otg/bus-reset"},
    {"EONUM_DPID", 16, 1, RO, EFFECT, "/otg/toggle"},
    {"NAKSTS", 17, 1, RO, EFFECT, "/otg/nak"},
    {"EPTYP", 18, 2, RW, EFFECT, "/otg/isochronous"},
    {"STALL", 21, 1, RW, EFFECT, "/otg/stall"},
    {"TXFNUM", 22, 4, RW, EFFECT, "/otg/fifo-ram"},
    {"CNAK", 26, 1, WO, EFFECT, "/otg/nak"},
    {"SNAK", 27, 1, WO, EFFECT, "/otg/nak"},
    {"SD0PID_SEVNFRM", 28, 1, WO, EFFECT, "/otg/toggle"},
    {"SD1PID_SODDFRM", 29, 1, WO, EFFECT, "/otg/toggle"},
    {"EPDIS", 30, 1, W1S, EFFECT, "/otg/endpoint-disable"},
    {"EPENA", 31, 1, W1S, EFFECT, "/otg/bulk-in"},
};
static const struct reg_field fs_diepint[] = {
    {"XFRC", 0, 1, W1C, EFFECT, "/otg/bulk-in"},       {"EPDISD", 1, 1, W1C, EFFECT, "/otg/endpoint-disable"},
    {"TOC", 3, 1, W1C, EFFECT, "/otg/unacknowledged"}, {"ITTXFE", 4, 1, W1C, EFFECT, "/otg/nak"},
    {"INEPNE", 6, 1, W1C, EFFECT, "/otg/nak"},         {"TXFE", 7, 1, RO, EFFECT, "/otg/tx-fifo-levels"},
};
static const struct reg_field hs_diepint[] = {
    {"XFRC", 0, 1, W1C, EFFECT, "/otg/bulk-in"},
    {"EPDISD", 1, 1, W1C, EFFECT, "/otg/endpoint-disable"},
    {"TOC", 3, 1, W1C, EFFECT, "/otg/unacknowledged"},
    {"ITTXFE", 4, 1, W1C, EFFECT, "/otg/nak"},
    {"INEPNE", 6, 1, W1C, EFFECT, "/otg/nak"},
    {"TXFE", 7, 1, RO, EFFECT, "/otg/tx-fifo-levels"},
    {"TXFIFOUDRN", 8, 1, W1C, STORED, NULL},
    {"BNA", 9, 1, W1C, STORED, NULL},
    {"PKTDRPSTS", 11, 1, W1C, STORED, NULL},
    {"BERR", 12, 1, W1C, STORED, NULL},
    {"NAK", 13, 1, W1C, STORED, NULL},
};
static const struct reg_field dieptsiz0[] = {
    {"XFRSIZ", 0, 7, RW, EFFECT, "/otg/control-read"},
    {"PKTCNT", 19, 2, RW, EFFECT, "/otg/control-read"},
};
static const struct reg_field dieptsiz[] = {
    {"XFRSIZ", 0, 19, RW, EFFECT, "/otg/bulk-in"},
    {"PKTCNT", 19, 10, RW, EFFECT, "/otg/bulk-in"},
    {"MCNT", 29, 2, RW, STORED, NULL},
};
static const struct reg_field epdma[] = {{"DMAADDR", 0, 32, RW, UNMODELLED, NULL}};
static const struct reg_field dtxfsts[] = {{"INEPTFSAV", 0, 16, RO, EFFECT, "/otg/tx-fifo-levels"}};
static const struct reg_field doepctl0[] = {
    {"MPSIZ", 0, 2, RO, EFFECT, "/otg/control-write"},
    {"USBAEP", 15, 1, RO, EFFECT, "/otg/bus-reset"},
    {"NAKSTS", 17, 1, RO, EFFECT, "/otg/nak"},
    {"EPTYP", 18, 2, RO, EFFECT, "/otg/control-write"},
    {"SNPM", 20, 1, RW, STORED, NULL},
    {"STALL", 21, 1, W1S, EFFECT, "/otg/stall-control"},
    {"CNAK", 26, 1, WO, EFFECT, "/otg/nak"},
    {"SNAK", 27, 1, WO, EFFECT, "/otg/nak"},
    {"EPDIS", 30, 1, RO, STORED, NULL}, /* the manual: endpoint 0 OUT cannot be disabled */
    {"EPENA", 31, 1, W1S, EFFECT, "/otg/control-write"},
};
static const struct reg_field doepctl[] = {
    {"MPSIZ", 0, 11, RW, EFFECT, "/otg/bulk-out"},
    {"USBAEP", 15, 1, RW, EFFECT, "/otg/bus-reset"},
    {"EONUM_DPID", 16, 1, RO, EFFECT, "/otg/toggle"},
    {"NAKSTS", 17, 1, RO, EFFECT, "/otg/nak"},
    {"EPTYP", 18, 2, RW, EFFECT, "/otg/isochronous"},
    {"SNPM", 20, 1, RW, STORED, NULL},
    {"STALL", 21, 1, RW, EFFECT, "/otg/stall"},
    {"CNAK", 26, 1, WO, EFFECT, "/otg/nak"},
    {"SNAK", 27, 1, WO, EFFECT, "/otg/nak"},
    {"SD0PID_SEVNFRM", 28, 1, WO, EFFECT, "/otg/toggle"},
    {"SD1PID_SODDFRM", 29, 1, WO, EFFECT, "/otg/toggle"},
    {"EPDIS", 30, 1, W1S, EFFECT, "/otg/endpoint-disable"},
    {"EPENA", 31, 1, W1S, EFFECT, "/otg/bulk-out"},
};
static const struct reg_field fs_doepint[] = {
    {"XFRC", 0, 1, W1C, EFFECT, "/otg/bulk-out"},
    {"EPDISD", 1, 1, W1C, EFFECT, "/otg/endpoint-disable"},
    {"STUP", 3, 1, W1C, EFFECT, "/otg/control-read"},
    {"OTEPDIS", 4, 1, W1C, EFFECT, "/otg/nak"},
    {"B2BSTUP", 6, 1, W1C, EFFECT, "/otg/back-to-back-setup"},
};
static const struct reg_field hs_doepint[] = {
    {"XFRC", 0, 1, W1C, EFFECT, "/otg/bulk-out"},
    {"EPDISD", 1, 1, W1C, EFFECT, "/otg/endpoint-disable"},
    {"STUP", 3, 1, W1C, EFFECT, "/otg/control-read"},
    {"OTEPDIS", 4, 1, W1C, EFFECT, "/otg/nak"},
    {"B2BSTUP", 6, 1, W1C, EFFECT, "/otg/back-to-back-setup"},
    {"NYET", 14, 1, W1C, STORED, NULL},
};
static const struct reg_field doeptsiz0[] = {
    {"XFRSIZ", 0, 7, RW, EFFECT, "/otg/control-write"},
    {"PKTCNT", 19, 1, RW, EFFECT, "/otg/control-write"},
    {"STUPCNT", 29, 2, RW, EFFECT, "/otg/back-to-back-setup"},
};
static const struct reg_field doeptsiz[] = {
    {"XFRSIZ", 0, 19, RW, EFFECT, "/otg/bulk-out"},
    {"PKTCNT", 19, 10, RW, EFFECT, "/otg/bulk-out"},
    {"RXDPID_STUPCNT", 29, 2, RW, EFFECT, "/otg/isochronous"},
};

/* ---- power, host ---- */

static const struct reg_field pcgcctl[] = {
    {"STPPCLK", 0, 1, RW, EFFECT, "/otg/clock-off"},
    {"GATEHCLK", 1, 1, RW, EFFECT, "/otg/clock-off"},
    {"PHYSUSP", 4, 1, RO, EFFECT, "/otg/suspend"},
};
static const struct reg_field hcfg[] = {
    {"FSLSPCS", 0, 2, RW, UNMODELLED, NULL},
    {"FSLSS", 2, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field hfir[] = {{"FRIVL", 0, 16, RW, UNMODELLED, NULL}};
static const struct reg_field hfnum[] = {
    {"FRNUM", 0, 16, RO, UNMODELLED, NULL},
    {"FTREM", 16, 16, RO, UNMODELLED, NULL},
};
static const struct reg_field hptxsts[] = {
    {"PTXFSAVL", 0, 16, RO, UNMODELLED, NULL},
    {"PTXQSAV", 16, 8, RO, UNMODELLED, NULL},
    {"PTXQTOP", 24, 8, RO, UNMODELLED, NULL},
};
static const struct reg_field haint[] = {{"HAINT", 0, 16, RO, UNMODELLED, NULL}};
static const struct reg_field haintmsk[] = {{"HAINTM", 0, 16, RW, UNMODELLED, NULL}};
static const struct reg_field hprt[] = {
    {"PCSTS", 0, 1, RO, UNMODELLED, NULL},    {"PCDET", 1, 1, W1C, UNMODELLED, NULL}, {"PENA", 2, 1, W1C, UNMODELLED, NULL},
    {"PENCHNG", 3, 1, W1C, UNMODELLED, NULL}, {"POCA", 4, 1, RO, UNMODELLED, NULL},   {"POCCHNG", 5, 1, W1C, UNMODELLED, NULL},
    {"PRES", 6, 1, RW, UNMODELLED, NULL},     {"PSUSP", 7, 1, W1S, UNMODELLED, NULL}, {"PRST", 8, 1, RW, UNMODELLED, NULL},
    {"PLSTS", 10, 2, RO, UNMODELLED, NULL},   {"PPWR", 12, 1, RW, UNMODELLED, NULL},  {"PTCTL", 13, 4, RW, UNMODELLED, NULL},
    {"PSPD", 17, 2, RO, UNMODELLED, NULL},
};
static const struct reg_field hcchar[] = {
    {"MPSIZ", 0, 11, RW, UNMODELLED, NULL},  {"EPNUM", 11, 4, RW, UNMODELLED, NULL},  {"EPDIR", 15, 1, RW, UNMODELLED, NULL},
    {"LSDEV", 17, 1, RW, UNMODELLED, NULL},  {"EPTYP", 18, 2, RW, UNMODELLED, NULL},  {"MCNT", 20, 2, RW, UNMODELLED, NULL},
    {"DAD", 22, 7, RW, UNMODELLED, NULL},    {"ODDFRM", 29, 1, RW, UNMODELLED, NULL}, {"CHDIS", 30, 1, W1S, UNMODELLED, NULL},
    {"CHENA", 31, 1, W1S, UNMODELLED, NULL},
};
static const struct reg_field hcsplt[] = {
    {"PRTADDR", 0, 7, RW, UNMODELLED, NULL},  {"HUBADDR", 7, 7, RW, UNMODELLED, NULL},
    {"XACTPOS", 14, 2, RW, UNMODELLED, NULL}, {"COMPLSPLT", 16, 1, RW, UNMODELLED, NULL},
    {"SPLITEN", 31, 1, RW, UNMODELLED, NULL},
};
static const struct reg_field hcint[] = {
    {"XFRC", 0, 1, W1C, UNMODELLED, NULL},  {"CHH", 1, 1, W1C, UNMODELLED, NULL},    {"AHBERR", 2, 1, W1C, UNMODELLED, NULL},
    {"STALL", 3, 1, W1C, UNMODELLED, NULL}, {"NAK", 4, 1, W1C, UNMODELLED, NULL},    {"ACK", 5, 1, W1C, UNMODELLED, NULL},
    {"NYET", 6, 1, W1C, UNMODELLED, NULL},  {"TXERR", 7, 1, W1C, UNMODELLED, NULL},  {"BBERR", 8, 1, W1C, UNMODELLED, NULL},
    {"FRMOR", 9, 1, W1C, UNMODELLED, NULL}, {"DTERR", 10, 1, W1C, UNMODELLED, NULL},
};
static const struct reg_field hcintmsk[] = {{"HCINTM", 0, 11, RW, UNMODELLED, NULL}};
static const struct reg_field hctsiz[] = {
    {"XFRSIZ", 0, 19, RW, UNMODELLED, NULL},
    {"PKTCNT", 19, 10, RW, UNMODELLED, NULL},
    {"DPID", 29, 2, RW, UNMODELLED, NULL},
    {"DOPING", 31, 1, RW, UNMODELLED, NULL},
};

/* ---- tables ---- */

#define REG(R, OFFSET, RESET, ARRAY)   [R] = {#R, (OFFSET), (RESET), FIELDS(ARRAY)}
#define EP(R, N, OFFSET, RESET, ARRAY) [(R) + (N)] = {#R #N, (OFFSET) + 0x20 * (N), (RESET), FIELDS(ARRAY)}
#define TXF(N)                         [DIEPTXF + (N)] = {"DIEPTXF" #N, 0x104 + 4 * ((N)-1), 0x02000400, FIELDS(dieptxf)}

#define SHARED                                                                                                                 \
    REG(GOTGCTL, 0x000, 0x00000800, gotgctl), REG(GOTGINT, 0x004, 0, gotgint), REG(GRSTCTL, 0x010, 0x80000000, grstctl),       \
        REG(GINTSTS, 0x014, 0x04000020, gintsts), REG(GINTMSK, 0x018, 0, gintmsk), REG(GRXSTSR, 0x01C, 0, grxsts),             \
        REG(GRXSTSP, 0x020, 0, grxsts),                                                                                        \
        REG(GRXFSIZ, 0x024, 0x00000200, grxfsiz), [DIEPTXF] = {"DIEPTXF0", 0x028, 0x02000200, FIELDS(dieptxf0)},               \
                                                  REG(HNPTXSTS, 0x02C, 0x00080200, hnptxsts),                                  \
                                                  REG(HPTXFSIZ, 0x100, 0x02000600, hptxfsiz), TXF(1), TXF(2), TXF(3),          \
                                                  REG(DCTL, 0x804, 0, dctl), REG(DSTS, 0x808, 0x00000010, dsts),               \
                                                  REG(DAINT, 0x818, 0, daint), REG(DAINTMSK, 0x81C, 0, daintmsk),              \
                                                  REG(DVBUSDIS, 0x828, 0x000017D7, dvbusdis),                                  \
                                                  REG(DVBUSPULSE, 0x82C, 0x000005B8, dvbuspulse),                              \
                                                  REG(DIEPEMPMSK, 0x834, 0, diepempmsk), REG(PCGCCTL, 0xE00, 0, pcgcctl),      \
                                                  REG(HCFG, 0x400, 0, hcfg), REG(HFIR, 0x404, 0x0000EA60, hfir),               \
                                                  REG(HFNUM, 0x408, 0x00003FFF, hfnum),                                        \
                                                  REG(HPTXSTS, 0x410, 0x00080100, hptxsts), REG(HAINT, 0x414, 0, haint),       \
                                                  REG(HAINTMSK, 0x418, 0, haintmsk), REG(HPRT, 0x440, 0, hprt)

#define ENDPOINT0(DIEPINT_FIELDS, DOEPINT_FIELDS)                                                                              \
    EP(DIEPCTL, 0, 0x900, 0x00008000, diepctl0), EP(DIEPINT, 0, 0x908, 0x80, DIEPINT_FIELDS),                                  \
        EP(DIEPTSIZ, 0, 0x910, 0, dieptsiz0), EP(DTXFSTS, 0, 0x918, 0, dtxfsts), EP(DOEPCTL, 0, 0xB00, 0x00008000, doepctl0),  \
        EP(DOEPINT, 0, 0xB08, 0x80, DOEPINT_FIELDS), EP(DOEPTSIZ, 0, 0xB10, 0, doeptsiz0)
#define ENDPOINT(N, DIEPINT_FIELDS, DOEPINT_FIELDS)                                                                            \
    EP(DIEPCTL, N, 0x900, 0, diepctl), EP(DIEPINT, N, 0x908, 0x80, DIEPINT_FIELDS), EP(DIEPTSIZ, N, 0x910, 0, dieptsiz),       \
        EP(DTXFSTS, N, 0x918, 0, dtxfsts), EP(DOEPCTL, N, 0xB00, 0, doepctl), EP(DOEPINT, N, 0xB08, 0x80, DOEPINT_FIELDS),     \
        EP(DOEPTSIZ, N, 0xB10, 0, doeptsiz)
#define ENDPOINT_DMA(N) EP(DIEPDMA, N, 0x914, 0, epdma), EP(DOEPDMA, N, 0xB14, 0, epdma)

#define CHANNEL(N)                                                                                                             \
    EP(HCCHAR, N, 0x500, 0, hcchar), EP(HCINT, N, 0x508, 0, hcint), EP(HCINTMSK, N, 0x50C, 0, hcintmsk),                       \
        EP(HCTSIZ, N, 0x510, 0, hctsiz)
#define CHANNEL_HS(N) CHANNEL(N), EP(HCSPLT, N, 0x504, 0, hcsplt), EP(HCDMA, N, 0x514, 0, epdma)

const struct reg otg_hs_registers[OTG_N_REGISTERS] = {
    SHARED,
    REG(GAHBCFG, 0x008, 0, hs_gahbcfg),
    REG(GUSBCFG, 0x00C, 0x00000A00, hs_gusbcfg),
    REG(GI2CCTL, 0x030, 0x02000400, gi2cctl),
    REG(GCCFG, 0x038, 0, hs_gccfg),
    REG(CID, 0x03C, 0x00001200, cid),
    TXF(4),
    TXF(5),
    REG(DCFG, 0x800, 0x02200000, hs_dcfg),
    REG(DIEPMSK, 0x810, 0, hs_diepmsk),
    REG(DOEPMSK, 0x814, 0, hs_doepmsk),
    REG(DTHRCTL, 0x830, 0, dthrctl),
    REG(DEACHINT, 0x838, 0, deachint),
    REG(DEACHINTMSK, 0x83C, 0, deachintmsk),
    REG(DIEPEACHMSK1, 0x844, 0, diepeachmsk1),
    REG(DOEPEACHMSK1, 0x884, 0, doepeachmsk1),
    ENDPOINT0(hs_diepint, hs_doepint),
    ENDPOINT(1, hs_diepint, hs_doepint),
    ENDPOINT(2, hs_diepint, hs_doepint),
    ENDPOINT(3, hs_diepint, hs_doepint),
    ENDPOINT(4, hs_diepint, hs_doepint),
    ENDPOINT(5, hs_diepint, hs_doepint),
    ENDPOINT_DMA(0),
    ENDPOINT_DMA(1),
    ENDPOINT_DMA(2),
    ENDPOINT_DMA(3),
    ENDPOINT_DMA(4),
    ENDPOINT_DMA(5),
    CHANNEL_HS(0),
    CHANNEL_HS(1),
    CHANNEL_HS(2),
    CHANNEL_HS(3),
    CHANNEL_HS(4),
    CHANNEL_HS(5),
    CHANNEL_HS(6),
    CHANNEL_HS(7),
    CHANNEL_HS(8),
    CHANNEL_HS(9),
    CHANNEL_HS(10),
    CHANNEL_HS(11),
};

const struct reg otg_fs_registers[OTG_N_REGISTERS] = {
    SHARED,
    REG(GAHBCFG, 0x008, 0, fs_gahbcfg),
    REG(GUSBCFG, 0x00C, 0x00000A00, fs_gusbcfg),
    REG(GCCFG, 0x038, 0, fs_gccfg),
    REG(CID, 0x03C, 0x00001000, cid),
    REG(DCFG, 0x800, 0x02200000, fs_dcfg),
    REG(DIEPMSK, 0x810, 0, fs_diepmsk),
    REG(DOEPMSK, 0x814, 0, fs_doepmsk),
    ENDPOINT0(fs_diepint, fs_doepint),
    ENDPOINT(1, fs_diepint, fs_doepint),
    ENDPOINT(2, fs_diepint, fs_doepint),
    ENDPOINT(3, fs_diepint, fs_doepint),
    CHANNEL(0),
    CHANNEL(1),
    CHANNEL(2),
    CHANNEL(3),
    CHANNEL(4),
    CHANNEL(5),
    CHANNEL(6),
    CHANNEL(7),
};
