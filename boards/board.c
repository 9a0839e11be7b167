/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boards/board.h"

#include <string.h>

#include "boards/boards.h"
#include "boards/panel.h"
#include "peripherals/bcm43362/bcm43362.h"
#include "peripherals/stm32f2/backup-sram.h"
#include "peripherals/stm32f2/flash.h"
#include "peripherals/stm32f2/gpio.h"
#include "peripherals/stm32f2/pwr.h"
#include "peripherals/stm32f2/rcc.h"
#include "peripherals/stm32f2/rng.h"
#include "peripherals/stm32f2/rtc.h"
#include "peripherals/stm32f2/system-memory.h"

static const struct board *const boards[] = {&board_photon, &board_p1};

static const char *const names[] = {"photon", "p1", NULL};

const struct board *board_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(boards); i++)
        if (strcmp(boards[i]->name, name) == 0)
            return boards[i];
    return NULL;
}

const char *const *board_names(void)
{
    return names;
}

struct machine *board_machine(const struct board *board, const struct board_options *options)
{
    struct machine *m = machine_new(options->seed);
    board->build(m, board, options);
    machine_seal(m);
    machine_set_strict_stored(m, options->strict_stored);
    machine_add_cpu(m, options->cpi_num, options->cpi_den);
    return m;
}

/* ---- inputs ---- */

static bool bad_input(GError **error, const char *name, const char *value, const char *allowed)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "input \"%s\" cannot be \"%s\"; it can be %s", name, value,
                allowed);
    return false;
}

static void publish_input(struct machine *m, const char *name, const char *value)
{
    machine_publish(m, "input", FIELD_STRING("name", name), FIELD_STRING("value", value));
}

static bool button(struct machine *m, const char *name, const char *value, GError **error)
{
    bool pressed = strcmp(value, "pressed") == 0;
    if (!pressed && strcmp(value, "released") != 0)
        return bad_input(error, name, value, "pressed or released");
    publish_input(m, name, value);
    if (strcmp(name, "reset") == 0)
        machine_hold_reset(m, pressed, "pin");
    else
        device_set_level(machine_device(m, "PANEL"), panel_pad("PC7"), pressed ? EXT_LOW : EXT_OPEN);
    return true;
}

static bool pin_input(struct machine *m, const struct board_pin *pin, const char *value, GError **error)
{
    struct device *panel = machine_device(m, "PANEL");
    static const struct {
        const char *value;
        uint32_t level;
    } levels[] = {{"low", EXT_LOW}, {"high", EXT_HIGH}, {"float", EXT_OPEN}};
    for (unsigned i = 0; i < G_N_ELEMENTS(levels); i++)
        if (strcmp(value, levels[i].value) == 0) {
            publish_input(m, pin->name, value);
            device_set_level(panel, panel_pad(pin->pad), levels[i].level);
            if (pin->adc_channel >= 0)
                device_set_level(panel, PANEL_PADS + (unsigned)pin->adc_channel,
                                 levels[i].level == EXT_OPEN   ? UINT32_MAX
                                 : levels[i].level == EXT_HIGH ? 3300
                                                               : 0);
            return true;
        }
    guint64 millivolts;
    size_t length = strlen(value);
    if (pin->adc_channel >= 0 && length > 2 && strcmp(value + length - 2, "mV") == 0) {
        g_autofree char *number = g_strndup(value, length - 2);
        if (g_ascii_string_to_unsigned(number, 10, 0, 3300, &millivolts, NULL)) {
            publish_input(m, pin->name, value);
            device_set_level(panel, panel_pad(pin->pad), millivolts >= 1650 ? EXT_HIGH : EXT_LOW);
            device_set_level(panel, PANEL_PADS + (unsigned)pin->adc_channel, (uint32_t)millivolts);
            return true;
        }
    }
    return bad_input(error, pin->name, value,
                     pin->adc_channel >= 0 ? "low, high, float or a voltage from 0mV to 3300mV" : "low, high or float");
}

bool board_input(struct machine *m, const struct board *board, const char *name, const char *value, GError **error)
{
    if (strcmp(name, "setup") == 0 || strcmp(name, "reset") == 0)
        return button(m, name, value, error);
    if (strcmp(name, "serial1") == 0) {
        if (!panel_send(machine_device(m, "PANEL"), value, strlen(value)))
            return bad_input(error, name, value, "up to 4096 characters that were not sent yet");
        publish_input(m, name, value);
        return true;
    }
    if (strcmp(name, "wifi") == 0)
        return board_network_set(m, value, error);
    GString *all = g_string_new("setup, reset, serial1, wifi");
    for (const struct board_pin *pin = board->pins; pin->name != NULL; pin++) {
        if (strcmp(pin->name, name) == 0) {
            g_string_free(all, TRUE);
            return pin_input(m, pin, value, error);
        }
        g_string_append_printf(all, ", %s", pin->name);
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "the board %s has no input \"%s\"; it has %s", board->name,
                name, all->str);
    g_string_free(all, TRUE);
    return false;
}

/* ---- what survives with power off ---- */

/* What the RTC section of a device file holds. */
struct rtc_state {
    struct stm32f2_rtc_backup rtc;
    uint32_t bdcr;
    uint32_t regulator;
};
G_STATIC_ASSERT(sizeof(struct rtc_state) <= sizeof((struct board_persistent *)NULL)->rtc_state);

void board_persistent_new(struct board_persistent *p, uint64_t seed)
{
    /* of --no-device: an id of the usual shape (lot "Photon"), and a MAC of Particle's range */
    static const uint8_t fixed_id[12] = {0x2A, 0x00, 0x1F, 0x00, 0x0A, 0x47, 0x33, 0x34, 0x36, 0x34, 0x33, 0x31};
    static const uint8_t fixed_mac[6] = {0x6C, 0x0B, 0x84, 0x00, 0x00, 0x01};
    memset(p, 0, sizeof *p);
    memset(p->flash, 0xFF, sizeof p->flash);
    memset(p->otp, 0xFF, sizeof p->otp);
    p->option_bytes = 0x0FFFAAEC;
    memcpy(p->unique_id, fixed_id, sizeof fixed_id);
    memcpy(p->mac, fixed_mac, sizeof fixed_mac);
    p->noise = 1;
    if (seed == 0)
        return;
    uint64_t state = seed;
    uint64_t a = noise_next(&state), b = noise_next(&state);
    memcpy(p->unique_id, &a, 4); /* the wafer's coordinates and number; the lot's text stays */
    memcpy(p->mac + 3, &b, 3);
    p->noise = noise_next(&state);
}

void board_persistent_store(struct machine *m, const struct board_persistent *p)
{
    struct device *flash = machine_device(m, "FLASH");
    device_flash_write(flash, 0, p->flash, sizeof p->flash);
    struct stm32f2_flash_persistent f = {.option_bytes = p->option_bytes, .noise = p->noise ^ UINT64_C(0xA5A5A5A5A5A5A5A5)};
    memcpy(f.erase_counts, p->erase_counts, sizeof f.erase_counts);
    stm32f2_flash_set_persistent(flash, f);
    struct stm32f2_system_memory_persistent s;
    memcpy(s.otp, p->otp, sizeof s.otp);
    memcpy(s.unique_id, p->unique_id, sizeof s.unique_id);
    stm32f2_system_memory_set_persistent(machine_device(m, "SYSMEM"), s);
    stm32f2_rng_noise_set(machine_device(m, "RNG"), p->noise);
    if (machine_device(m, "WLAN") != NULL)
        bcm43362_set_mac(machine_device(m, "WLAN"), p->mac);
    if (!p->has_backup)
        return;
    struct rtc_state state;
    memcpy(&state, p->rtc_state, sizeof state);
    memcpy(state.rtc.bkp, p->backup_registers, sizeof state.rtc.bkp);
    stm32f2_rtc_backup_set(machine_device(m, "RTC"), &state.rtc);
    stm32f2_rcc_backup_set(machine_device(m, "RCC"), state.bdcr);
    stm32f2_pwr_backup_set(machine_device(m, "PWR"), state.regulator != 0);
    stm32f2_backup_sram_set(machine_device(m, "BKPSRAM"), p->backup_sram);
}

void board_persistent_fetch(struct machine *m, struct board_persistent *p)
{
    struct device *flash = machine_device(m, "FLASH");
    memcpy(p->flash, device_flash(flash), sizeof p->flash);
    struct stm32f2_flash_persistent f = stm32f2_flash_get_persistent(flash);
    p->option_bytes = f.option_bytes;
    memcpy(p->erase_counts, f.erase_counts, sizeof p->erase_counts);
    struct stm32f2_system_memory_persistent s = stm32f2_system_memory_get_persistent(machine_device(m, "SYSMEM"));
    memcpy(p->otp, s.otp, sizeof p->otp);
    memcpy(p->unique_id, s.unique_id, sizeof p->unique_id);
    p->noise = stm32f2_rng_noise_get(machine_device(m, "RNG"));
    struct rtc_state state = {.rtc = stm32f2_rtc_backup_get(machine_device(m, "RTC")),
                              .bdcr = stm32f2_rcc_backup_get(machine_device(m, "RCC")),
                              .regulator = stm32f2_pwr_backup_get(machine_device(m, "PWR"))};
    memset(p->rtc_state, 0, sizeof p->rtc_state);
    memcpy(p->rtc_state, &state, sizeof state);
    memcpy(p->backup_registers, state.rtc.bkp, sizeof p->backup_registers);
    stm32f2_backup_sram_get(machine_device(m, "BKPSRAM"), p->backup_sram);
}

void board_power_on(struct machine *m, bool keep_backup)
{
    machine_publish(m, "power", FIELD_BOOL("on", true));
    if (keep_backup)
        machine_power_on_with_battery(m);
    else
        machine_power_on(m);
}

void board_power_off(struct machine *m)
{
    board_power_cut(m, BOARD_CUT_SEEDED, 0.5);
}

void board_power_cut(struct machine *m, enum board_cut left, double progress)
{
    static const enum flash_interruption interruptions[] = {
        [BOARD_CUT_OLD] = FLASH_KEEP_OLD, [BOARD_CUT_BLANK] = FLASH_COMPLETE, [BOARD_CUT_SEEDED] = FLASH_SEEDED};
    stm32f2_flash_interrupt(machine_device(m, "FLASH"), interruptions[left], progress);
    machine_publish(m, "power", FIELD_BOOL("on", false));
}

/* ---- flash as one sees it from outside ---- */

#define FLASH_BASE UINT32_C(0x08000000)

const uint8_t *board_flash(struct machine *m)
{
    return device_flash(machine_device(m, "FLASH"));
}

uint32_t board_sector_address(unsigned sector)
{
    return FLASH_BASE + stm32f2_flash_sector_offset(sector);
}

uint32_t board_sector_size(unsigned sector)
{
    return stm32f2_flash_sector_size(sector);
}

unsigned board_sector(uint32_t address)
{
    unsigned sector = 0;
    while (sector < BOARD_SECTORS && address - board_sector_address(sector) >= board_sector_size(sector))
        sector++;
    return sector;
}

static bool refuse(GError **error, const char *what, uint32_t address, const char *why)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM, "flash at 0x%08X cannot be %s: %s", address, what, why);
    return false;
}

static bool in_flash(uint32_t address, uint32_t size)
{
    return address - FLASH_BASE < BOARD_FLASH_SIZE && size <= BOARD_FLASH_SIZE - (address - FLASH_BASE);
}

bool board_flash_erase(struct machine *m, uint32_t address, uint32_t size, GError **error)
{
    if (!in_flash(address, size))
        return refuse(error, "erased", address, "the range does not lie in flash");
    if (size == 0)
        return true;
    for (unsigned sector = board_sector(address); sector <= board_sector(address + size - 1); sector++) {
        const char *why = stm32f2_flash_erase_at_once(machine_device(m, "FLASH"), sector);
        if (why != NULL)
            return refuse(error, "erased", board_sector_address(sector), why);
    }
    return true;
}

bool board_flash_program(struct machine *m, uint32_t address, const uint8_t *bytes, uint32_t size, GError **error)
{
    if (!in_flash(address, size))
        return refuse(error, "programmed", address, "the range does not lie in flash");
    while (size > 0) {
        unsigned sector = board_sector(address);
        uint32_t part = MIN(size, board_sector_address(sector) + board_sector_size(sector) - address);
        const char *why = stm32f2_flash_program_at_once(machine_device(m, "FLASH"), address - FLASH_BASE, bytes, part);
        if (why != NULL)
            return refuse(error, "programmed", address, why);
        address += part;
        bytes += part;
        size -= part;
    }
    return true;
}
