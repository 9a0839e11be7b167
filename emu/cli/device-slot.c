/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device slot: updates that the bootloader is to put in place at the next start. */
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/device-report.h"
#include "emu/cli/device.h"
#include "emu/cli/value.h"
#include "images/dct.h"
#include "images/file.h"
#include "images/module.h"
#include "images/set.h"
#include "images/verdict.h"

enum { OTA_ADDRESS = 0x080C0000, OTA_SIZE = 0x40000, FIRST_PENDING = 1 };

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device slot FILE [OPTION]\n"
    "       photon-emu device slot FILE set IMAGE [N] [OPTION...]\n"
    "       photon-emu device slot FILE clear [N]\n"
    "\n"
    "Updates that were received and wait for the next start. Without more, tell what\n"
    "is pending and whether the bootloader will take it. set puts the module IMAGE\n"
    "where an update is received (0x080C0000), over the sectors that it needs, and\n"
    "makes an entry for it in slot N (1 to 4; default: the first that is free). clear\n"
    "frees slot N, or all four.\n"
    "\n"
    "Options:\n"
    "  --at ADDR  put IMAGE there\n"
    "  --json     as JSON\n"
    "  --help     this text\n";
/* clang-format on */

static const struct dct_field *slot_field(unsigned n)
{
    char name[8];
    g_snprintf(name, sizeof name, "slot%u", n);
    return dct_field_find(name);
}

static bool is_pending(const uint8_t *copy, unsigned n)
{
    return module_slot_read(copy + slot_field(n)->offset).magic == SLOT_PENDING;
}

static int show(const char *path, bool json)
{
    struct device_look look;
    if (!device_look_begin(&look, path))
        return EXIT_USAGE;
    if (json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        device_json_slots(builder, &look);
        device_json_print(builder);
    } else {
        device_report_slots(stdout, &look);
    }
    device_look_end(&look);
    return device_finish(EXIT_OK);
}

/* A number from 1 to 4. */
static bool slot_number(const char *text, unsigned *n)
{
    uint64_t value;
    if (!value_unsigned(text, &value) || value < FIRST_PENDING || value >= MODULE_SLOTS) {
        cli_complain("'%s' is no slot of a pending update: these are 1 to 4", text);
        return false;
    }
    *n = (unsigned)value;
    return true;
}

/* ---- set ---- */

static bool find_free(const uint8_t *copy, unsigned *n)
{
    for (*n = FIRST_PENDING; *n < MODULE_SLOTS; ++*n)
        if (!is_pending(copy, *n))
            return true;
    cli_complain("all four slots are pending; name the one to be replaced, or clear them");
    return false;
}

/* Erase the sectors and put it there, as if it had been received. */
static void receive(struct board_persistent *device, uint32_t address, const uint8_t *data, size_t size)
{
    for (unsigned s = board_sector(address); s <= board_sector(address + (uint32_t)size - 1); s++) {
        memset(device->flash + (board_sector_address(s) - IMAGE_FLASH_BASE), 0xFF, board_sector_size(s));
        device->erase_counts[s]++;
    }
    memcpy(device->flash + (address - IMAGE_FLASH_BASE), data, size);
}

static bool check_room(uint32_t address, size_t size, const char *path)
{
    char count[32];
    if (address >= OTA_ADDRESS && size <= OTA_SIZE && address - OTA_ADDRESS <= OTA_SIZE - size)
        return true;
    cli_complain("%s does not fit with its %s bytes at 0x%08X: updates are received in 0x080C0000 to 0x080FFFFF", path,
                 image_count_string(size, count, sizeof count), address);
    return false;
}

static int set_slot(struct board_persistent *device, const char *path, GBytes *image, uint32_t address, unsigned wanted)
{
    size_t size;
    const uint8_t *data = g_bytes_get_data(image, &size);
    struct module module;
    if (!check_room(address, size, path))
        return EXIT_USAGE;
    if (!module_parse(data, size, &module) || module.core) {
        cli_complain("%s is no module for a Photon or P1: there is nothing to tell where the bootloader is to put it", path);
        return EXIT_USAGE;
    }
    uint8_t *copy = dct_edit(device->flash);
    unsigned n = wanted;
    if (n == 0 && !find_free(copy, &n))
        return EXIT_USAGE;
    bool had_factory = strcmp(device_module_state(device, IMAGE_FACTORY), "CRC good") == 0;
    receive(device, address, data, size);
    struct module_slot slot = {.magic = SLOT_PENDING,
                               .source = address,
                               .destination = module.header.start,
                               .length = module.size,
                               .flags = SLOT_CHECK_CRC | SLOT_CHECK_DESTINATION | SLOT_CHECK_FUNCTION,
                               .function = module.header.function};
    uint8_t bytes[MODULE_SLOT_SIZE];
    module_slot_write(&slot, bytes);
    dct_set_bytes(copy, slot_field(n), bytes, sizeof bytes, NULL);
    g_autofree char *what = module_describe(&module);
    printf("slot %u: %s\n", n, what);
    if (had_factory && strcmp(device_module_state(device, IMAGE_FACTORY), "CRC good") != 0)
        printf("the factory image is gone: an update of over 128 KB is received over it\n");
    return EXIT_OK;
}

static int set(const char *path, const char *image_path, const char *number, const char *at)
{
    uint32_t address = OTA_ADDRESS;
    unsigned n = 0;
    struct device_change change;
    if ((at != NULL && !device_address(at, &address)) || (number != NULL && !slot_number(number, &n)))
        return EXIT_USAGE;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) image = image_file_read(image_path, IMAGE_FLASH_SIZE, &error);
    if (image == NULL) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    if (!device_change_begin(&change, path))
        return EXIT_USAGE;
    return device_change_end(&change, set_slot(change.device, image_path, image, address, n));
}

/* ---- clear ---- */

static int clear(const char *path, const char *number)
{
    unsigned n = 0;
    struct device_change change;
    if (number != NULL && !slot_number(number, &n))
        return EXIT_USAGE;
    if (!device_change_begin(&change, path))
        return EXIT_USAGE;
    uint8_t *copy = dct_current(change.device->flash) != NULL ? dct_edit(change.device->flash) : NULL;
    for (unsigned i = FIRST_PENDING; copy != NULL && i < MODULE_SLOTS; i++)
        if (number == NULL || i == n)
            dct_set_bytes(copy, slot_field(i), "", 0, NULL);
    return device_change_end(&change, EXIT_OK);
}

int device_slot(int argc, char **argv)
{
    g_autofree char *at = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {{"at", 0, 0, G_OPTION_ARG_STRING, &at, NULL, NULL},
                                    {"json", 0, 0, G_OPTION_ARG_NONE, &json, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"slot", help, 1, 4, "FILE, and perhaps set IMAGE or clear"};
    int status;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    bool is_set = argc >= 4 && strcmp(argv[2], "set") == 0;
    if ((at != NULL && !is_set) || (json && argc > 2)) {
        cli_complain("--%s is no option of this form of device slot; --help tells more", at != NULL && !is_set ? "at" : "json");
        return EXIT_USAGE;
    }
    if (argc == 2)
        return show(argv[1], json);
    if (is_set)
        return set(argv[1], argv[3], argc == 5 ? argv[4] : NULL, at);
    if (strcmp(argv[2], "clear") == 0 && argc <= 4)
        return clear(argv[1], argc == 4 ? argv[3] : NULL);
    cli_complain("photon-emu device slot FILE goes on with set IMAGE, with clear, or not at all; --help tells more");
    return EXIT_USAGE;
}
