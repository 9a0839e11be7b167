/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Boards: which blocks sit where, and which pin goes to which LED, button and radio. This header is the only door from the
 * program (cli, gui, script, debug, host) to boards and peripherals.
 */
#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include <glib.h>

#include "emu/core/cpu.h"
#include "emu/core/machine.h"
#include "emu/core/snapshot.h"

struct board_options;

struct board {
    const char *name;  /* "photon" */
    const char *title; /* "Particle Photon" */
    uint16_t platform; /* Particle's platform id: 6 Photon, 8 P1 */
    void (*build)(struct machine *m, const struct board *board, const struct board_options *options);
    const struct board_pin *pins; /* ends with a NULL name */
    struct {
        const char *reg_on, *interrupt; /* pads of WL_REG_ON and of the out-of-band interrupt */
    } radio;
};

struct board_pin {
    const char *name; /* as printed on the board: "D7" */
    const char *pad;  /* as in the STM32 data sheet: "PA13" */
    int adc_channel;  /* -1: none */
};

/* NULL if there is none of that name. */
const struct board *board_find(const char *name);
/* Names, ending with NULL. */
const char *const *board_names(void);

struct board_options {
    uint64_t seed;             /* of every noise source */
    uint32_t cpi_num, cpi_den; /* cycles an instruction takes; 3, 2 by default */
    bool strict_stored;        /* publish "stored" events too */
    bool wifi_absent;          /* without a radio: nothing answers on the SDIO bus */
};
#define BOARD_OPTIONS_DEFAULT ((struct board_options){.seed = 1, .cpi_num = 3, .cpi_den = 2})

/* A machine of that board with erased flash, sealed, with its CPU, not powered on yet. Free with machine_free. */
struct machine *board_machine(const struct board *board, const struct board_options *options);

/* ---- inputs: everything that comes from outside goes through here; each call is published as an event ---- */

/*
 * name and value:
 *   setup, reset            pressed | released         the buttons
 *   D0..D7, A0..A7, RX, TX  high | low | float         what drives a pin from outside
 *   A0..A7                  1234mV                     an analog voltage
 *   serial1                 text                       bytes for USART1's receiver (RX pin), sent one after the other
 *   wifi                    ssid=NAME,psk=KEY,...      a network comes, changes or goes: see board_network_set
 * False and an error for an unknown name or value; the error lists what there is.
 */
bool board_input(struct machine *m, const struct board *board, const char *name, const char *value, GError **error);

/* ---- the radio ---- */

enum board_interface { BOARD_STATION, BOARD_ACCESS_POINT };
enum { BOARD_ETHERNET_MAX = 1514 };

/*
 * What is on the air: "ssid=NAME,psk=KEY,channel=6,rssi=-50" sets a network, "ssid=NAME,off" takes it away; further words:
 * peripherals/bcm43362/air.h. Published as the input "wifi", the key not shown. False with an error that says what is wrong.
 */
bool board_network_set(struct machine *m, const char *text, GError **error);

/* The line that pulses when one of the functions below may have another answer; for machine_listen. NULL: there is no radio. */
const char *board_radio_line(const struct machine *m);
/* Is the station joined (and keyed), is the access point up? */
bool board_interface_up(const struct machine *m, enum board_interface interface);
/* What is behind the network that the station has joined; false: it has joined none. */
struct board_network {
    char ssid[33];
    bool no_dhcp, wrong_dns;
};
bool board_network_joined(const struct machine *m, struct board_network *network);
/*
 * Ethernet frames without checksum, 14 to BOARD_ETHERNET_MAX bytes. Take the next that the device has sent, of either
 * interface; false: there is none. Give one to the device; false: no frame, the interface is down, or no room now.
 */
bool board_radio_take(struct machine *m, enum board_interface *interface, uint8_t frame[BOARD_ETHERNET_MAX], size_t *length);
bool board_radio_give(struct machine *m, enum board_interface interface, const uint8_t *frame, size_t length);
bool board_radio_room(const struct machine *m, enum board_interface interface);

/* ---- USB ---- */

/*
 * The connector, as the host at the other end of its cable sees it: the OTG_HS port. The functions are those of
 * peripherals/stm32f2/otg.h, where they are described.
 */
enum board_usb_answer {
    BOARD_USB_TIMEOUT,
    BOARD_USB_ACK,
    BOARD_USB_NAK,
    BOARD_USB_STALL,
    BOARD_USB_DATA0,
    BOARD_USB_DATA1,
};

/* For machine_listen: pulses when an endpoint may have another answer than NAK; changes as the device comes and goes. */
extern const char board_usb_host_line[], board_usb_pullup_line[];
/* In events. */
extern const char board_usb_port[];

void board_usb_attach(struct machine *m);
void board_usb_detach(struct machine *m);
bool board_usb_attached(const struct machine *m);
bool board_usb_connected(const struct machine *m);
bool board_usb_bus_reset(struct machine *m);
bool board_usb_enabled(const struct machine *m);
bool board_usb_suspend(struct machine *m);
bool board_usb_resume(struct machine *m);
void board_usb_select(struct machine *m, unsigned address);
enum board_usb_answer board_usb_setup(struct machine *m, unsigned ep, const uint8_t data[8]);
enum board_usb_answer board_usb_out(struct machine *m, unsigned ep, const void *data, unsigned length, unsigned pid);
enum board_usb_answer board_usb_in(struct machine *m, unsigned ep, void *buffer, unsigned max, unsigned *length);
bool board_usb_in_ready(const struct machine *m, unsigned ep);
bool board_usb_out_ready(const struct machine *m, unsigned ep);

/* ---- what survives with power off ---- */

enum { BOARD_FLASH_SIZE = 0x100000, BOARD_OTP_SIZE = 528, BOARD_SECTORS = 12, BOARD_BACKUP_SRAM_SIZE = 4096 };

struct board_persistent {
    uint8_t flash[BOARD_FLASH_SIZE];
    uint8_t otp[BOARD_OTP_SIZE];
    uint32_t option_bytes;
    uint8_t unique_id[12];
    uint8_t mac[6];
    uint32_t erase_counts[BOARD_SECTORS];
    uint64_t noise; /* state of the random number generator's noise source */
    /* the backup domain: only kept with --vbat */
    bool has_backup;
    uint32_t backup_registers[20];
    uint32_t rtc_seconds_valid; /* reserved for the RTC's calendar: see rtc_state */
    uint8_t rtc_state[512];     /* plain bytes of the RTC block's own state */
    uint8_t backup_sram[BOARD_BACKUP_SRAM_SIZE];
};

/* A new device: erased flash, factory option bytes; unique id and MAC drawn from seed (0: the fixed ones of --no-device). */
void board_persistent_new(struct board_persistent *p, uint64_t seed);
/* Before machine_power_on, and after power-off. */
void board_persistent_store(struct machine *m, const struct board_persistent *p);
void board_persistent_fetch(struct machine *m, struct board_persistent *p);

/* Power on (the first time and after board_power_off); with p->has_backup false the backup domain starts empty. */
void board_power_on(struct machine *m, bool keep_backup);
/* Cut the power now: a flash operation under way is left half done (seeded). */
void board_power_off(struct machine *m);
/* What a flash operation that loses its power leaves behind. */
enum board_cut {
    BOARD_CUT_OLD,    /* as if it had not begun */
    BOARD_CUT_BLANK,  /* as if it had just ended: erased, or every bit to be cleared is */
    BOARD_CUT_SEEDED, /* each word old or erased, each bit cleared or not, by the noise source */
};
/* The same, with a say in what is left: progress is how far the operation had come, from 0 to 1, which is the chance of each
   word or bit to be done (BOARD_CUT_SEEDED only). */
void board_power_cut(struct machine *m, enum board_cut left, double progress);

/* ---- flash as one sees it from outside ---- */

/* Present contents, BOARD_FLASH_SIZE bytes, to be read freely. */
const uint8_t *board_flash(struct machine *m);
/* Where a sector begins (an address) and how long it is. */
uint32_t board_sector_address(unsigned sector);
uint32_t board_sector_size(unsigned sector);
/* The sector of an address; BOARD_SECTORS if it is not in flash. */
unsigned board_sector(uint32_t address);
/*
 * What a programmer does while the machine stands still: it takes no virtual time, and is published as if firmware had done it.
 * Erase every sector that the range touches; store bytes, over which only bits may be cleared. False and an error: the range is
 * not in flash, or the flash refuses, and what comes before the address that the error names is done.
 */
bool board_flash_erase(struct machine *m, uint32_t address, uint32_t size, GError **error);
bool board_flash_program(struct machine *m, uint32_t address, const uint8_t *bytes, uint32_t size, GError **error);

#endif
