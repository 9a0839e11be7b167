/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device write, erase, corrupt: changes of flash outside all rules. */
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/device.h"
#include "emu/cli/value.h"
#include "images/dct.h"
#include "images/file.h"
#include "images/load.h"
#include "images/set.h"

static uint8_t *flash_at(struct board_persistent *device, uint32_t address)
{
    return device->flash + (address - IMAGE_FLASH_BASE);
}

static void erase(struct board_persistent *device, unsigned sector)
{
    memset(flash_at(device, board_sector_address(sector)), 0xFF, board_sector_size(sector));
    device->erase_counts[sector]++;
}

/* What a change made of a module; nothing if it is as before. */
static void tell_modules(const struct board_persistent *before, const struct board_persistent *after)
{
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        const char *was = device_module_state(before, i), *is = device_module_state(after, i);
        if (strcmp(was, is) != 0)
            printf("%s: %s, was %s\n", image_places[i].name, is, was);
    }
    int was = dct_current_number(before->flash), is = dct_current_number(after->flash);
    if (was != is && is < 0)
        printf("settings (DCT): none, copy %d was current\n", was + 1);
    else if (was != is)
        printf("settings (DCT): copy %d is current now\n", is + 1);
    else if (is >= 0 && dct_copy_read(before->flash, (unsigned)is).crc_good &&
             !dct_copy_read(after->flash, (unsigned)is).crc_good)
        printf("settings (DCT): the CRC of the current copy is wrong now\n");
}

/* ---- write ---- */

/* clang-format off */
static const char write_help[] =
    "Usage: photon-emu device write FILE [ADDR] IMAGE [OPTION...]\n"
    "\n"
    "Put the bytes of IMAGE into flash at ADDR, whatever was there before. IMAGE is a\n"
    "raw binary, or an Intel HEX or ELF file, which bring their addresses along.\n"
    "What lies around them in their sectors stays.\n"
    "\n"
    "Options:\n"
    "  --erase  erase the sectors that are written to first, and count that\n"
    "  --help   this text\n";
/* clang-format on */

static void erase_under(struct board_persistent *device, const GPtrArray *segments)
{
    bool erased[BOARD_SECTORS] = {false};
    for (unsigned i = 0; i < segments->len; i++) {
        const struct image_segment *s = g_ptr_array_index(segments, i);
        uint32_t first = s->address < IMAGE_FLASH_SIZE ? s->address + IMAGE_FLASH_BASE : s->address;
        uint32_t last = first + (uint32_t)g_bytes_get_size(s->bytes) - 1;
        for (unsigned sector = board_sector(first); sector <= board_sector(last) && sector < BOARD_SECTORS; sector++) {
            if (!erased[sector])
                erase(device, sector);
            erased[sector] = true;
        }
    }
}

static void tell_written(const GPtrArray *segments)
{
    for (unsigned i = 0; i < segments->len; i++) {
        const struct image_segment *s = g_ptr_array_index(segments, i);
        char count[32];
        printf("wrote %s bytes at 0x%08X\n", image_count_string(g_bytes_get_size(s->bytes), count, sizeof count),
               s->address < IMAGE_FLASH_SIZE ? s->address + IMAGE_FLASH_BASE : s->address);
    }
}

static int write_segments(struct board_persistent *device, const GPtrArray *segments, bool erase_first)
{
    g_autoptr(GError) error = NULL;
    g_autofree struct board_persistent *before = g_memdup2(device, sizeof *device);
    /* Checked by writing it somewhere else: nothing may be erased for what does not fit. */
    g_autofree struct board_persistent *trial = g_memdup2(device, sizeof *device);
    struct image_layout *layout = image_layout_new();
    bool good = image_segments_apply(segments, trial->flash, layout, NULL, &error);
    image_layout_free(layout);
    if (!good) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    if (erase_first)
        erase_under(device, segments);
    layout = image_layout_new();
    image_segments_apply(segments, device->flash, layout, NULL, NULL);
    image_layout_free(layout);
    tell_written(segments);
    tell_modules(before, device);
    return EXIT_OK;
}

int device_write(int argc, char **argv)
{
    gboolean erase_first = FALSE;
    const GOptionEntry entries[] = {{"erase", 0, 0, G_OPTION_ARG_NONE, &erase_first, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"write", write_help, 2, 3, "FILE, ADDR and IMAGE"};
    int status;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    uint32_t address;
    if (argc == 4 && !device_address(argv[2], &address))
        return EXIT_USAGE;
    g_autoptr(GError) error = NULL;
    g_autofree char *argument = argc == 4 ? g_strdup_printf("0x%08X=%s", address, argv[3]) : g_strdup(argv[2]);
    g_autoptr(GPtrArray) segments = image_load(argument, &error);
    struct device_change change;
    if (segments == NULL) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    if (!device_change_begin(&change, argv[1]))
        return EXIT_USAGE;
    return device_change_end(&change, write_segments(change.device, segments, erase_first));
}

/* ---- erase ---- */

/* clang-format off */
static const char erase_help[] =
    "Usage: photon-emu device erase FILE SECTOR...\n"
    "\n"
    "Erase sectors, as the chip does: all bytes become 0xFF, and it is counted.\n"
    "SECTOR is a number from 0 to 11, or bootloader, dct, eeprom, system-part1,\n"
    "system-part2, user, ota or factory for the sectors of that.\n"
    "\n"
    "Options:\n"
    "  --help  this text\n";
/* clang-format on */

/* A bit for each sector; 0 after a complaint. */
static unsigned sectors_of(const char *text)
{
    static const struct {
        const char *name;
        unsigned sectors;
    } names[] = {{"bootloader", 1 << 0},   {"dct", 3 << 1},  {"eeprom", 3 << 3}, {"system-part1", 3 << 5},
                 {"system-part2", 3 << 7}, {"user", 1 << 9}, {"ota", 3 << 10},   {"factory", 1 << 11}};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i].name) == 0)
            return names[i].sectors;
    uint64_t sector;
    if (value_unsigned(text, &sector) && sector < BOARD_SECTORS)
        return 1U << sector;
    cli_complain("'%s' is no sector: it must be a number from 0 to 11, bootloader, dct, eeprom, system-part1, system-part2, "
                 "user, ota or factory",
                 text);
    return 0;
}

int device_erase(int argc, char **argv)
{
    const struct device_usage usage = {"erase", erase_help, 2, -1, "FILE and a SECTOR"};
    int status;
    unsigned sectors = 0;
    struct device_change change;
    if (!device_arguments(&usage, NULL, NULL, &argc, &argv, &status))
        return status;
    for (int i = 2; i < argc; i++) {
        unsigned more = sectors_of(argv[i]);
        if (more == 0)
            return EXIT_USAGE;
        sectors |= more;
    }
    if (!device_change_begin(&change, argv[1]))
        return EXIT_USAGE;
    g_autofree struct board_persistent *before = g_memdup2(change.device, sizeof *change.device);
    for (unsigned i = 0; i < BOARD_SECTORS; i++)
        if (sectors & 1U << i) {
            erase(change.device, i);
            printf("erased sector %u (0x%08X, %u KB): %s\n", i, board_sector_address(i), board_sector_size(i) / 1024,
                   device_sector_use(i));
        }
    tell_modules(before, change.device);
    return device_change_end(&change, EXIT_OK);
}

/* ---- corrupt ---- */

/* clang-format off */
static const char corrupt_help[] =
    "Usage: photon-emu device corrupt FILE ADDR BIT\n"
    "\n"
    "Flip bit BIT (0 to 7) of the byte at ADDR.\n"
    "\n"
    "Options:\n"
    "  --help  this text\n";
/* clang-format on */

int device_corrupt(int argc, char **argv)
{
    const struct device_usage usage = {"corrupt", corrupt_help, 3, 3, "FILE, ADDR and BIT"};
    int status;
    uint32_t address;
    uint64_t bit;
    struct device_change change;
    if (!device_arguments(&usage, NULL, NULL, &argc, &argv, &status))
        return status;
    if (!device_address(argv[2], &address))
        return EXIT_USAGE;
    if (!value_unsigned(argv[3], &bit) || bit > 7) {
        cli_complain("'%s' is no bit: it must be a number from 0 to 7", argv[3]);
        return EXIT_USAGE;
    }
    if (!device_change_begin(&change, argv[1]))
        return EXIT_USAGE;
    g_autofree struct board_persistent *before = g_memdup2(change.device, sizeof *change.device);
    uint8_t *byte = flash_at(change.device, address), was = *byte;
    *byte ^= (uint8_t)(1U << bit);
    printf("0x%08X: 0x%02X, was 0x%02X\n", address, *byte, was);
    tell_modules(before, change.device);
    return device_change_end(&change, EXIT_OK);
}
