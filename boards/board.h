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

struct board {
    const char *name;  /* "photon" */
    const char *title; /* "Particle Photon" */
    uint16_t platform; /* Particle's platform id: 6 Photon, 8 P1 */
    void (*build)(struct machine *m, const struct board *board);
    const struct board_pin *pins; /* ends with a NULL name */
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
 * False and an error for an unknown name or value; the error lists what there is.
 */
bool board_input(struct machine *m, const struct board *board, const char *name, const char *value, GError **error);

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

#endif
