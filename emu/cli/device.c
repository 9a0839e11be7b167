/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device: tells about device files, makes and changes them. */
#include "emu/cli/device.h"

#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/value.h"
#include "images/module.h"
#include "images/set.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device COMMAND FILE [ARGUMENT...] [OPTION...]\n"
    "\n"
    "Device files: what a device keeps without power.\n"
    "\n"
    "Commands:\n"
    "  new FILE               make a device, as shipped or as options say\n"
    "  info FILE              tell what is in flash, what the firmware makes of it,\n"
    "                         and the settings (DCT)\n"
    "  explain FILE           tell what the next start will do, why, and what helps\n"
    "  dct FILE get [FIELD]   show settings: keys, server, flags, networks, ...\n"
    "  dct FILE set FIELD VALUE...\n"
    "                         change them\n"
    "  slot FILE ...          show, set or clear pending updates\n"
    "  keys FILE              have the firmware make the device's keys\n"
    "  write FILE ADDR IMAGE  put bytes into flash\n"
    "  erase FILE SECTOR...   erase sectors\n"
    "  corrupt FILE ADDR BIT  flip a bit in flash\n"
    "  diff FILE FILE         tell what differs between two devices\n"
    "\n"
    "Options:\n"
    "  --help                 this text; photon-emu device COMMAND --help tells more\n"
    "\n"
    "A file is replaced as a whole when a command has done its work, and never while\n"
    "a run has it open. Exit status: 0 done; 1 the devices differ; 2 wrong usage or\n"
    "unusable file; 4 internal error.\n";
/* clang-format on */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"new", device_new},         {"info", device_info}, {"explain", device_explain}, {"dct", device_dct},
                {"slot", device_slot},       {"keys", device_keys}, {"write", device_write},     {"erase", device_erase},
                {"corrupt", device_corrupt}, {"diff", device_diff}};

int cli_device(int argc, char **argv)
{
    if (argc < 2) {
        cli_complain("no command was given; photon-emu device --help lists them");
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help, stdout);
        return device_finish(EXIT_OK);
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", commands[i].name);
    }
    cli_complain("'%s' is no command of photon-emu device; it has: %s", argv[1], names->str);
    return EXIT_USAGE;
}

/* ---- arguments ---- */

bool device_arguments(const struct device_usage *u, const GOptionEntry *entries, GOptionGroup *group, int *argc, char ***argv,
                      int *status)
{
    gboolean wants_help = FALSE;
    const GOptionEntry own[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
                                {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    if (group == NULL)
        group = g_option_group_new("device", "", "", NULL, NULL);
    g_option_group_add_entries(group, own);
    if (entries != NULL)
        g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) error = NULL;
    *status = EXIT_USAGE;
    if (!g_option_context_parse(context, argc, argv, &error)) {
        cli_complain("%s; photon-emu device %s --help lists the options", error->message, u->command);
        return false;
    }
    if (wants_help) {
        fputs(u->help, stdout);
        *status = device_finish(EXIT_OK);
        return false;
    }
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) { /* what is behind it are no options, whatever it looks like */
        memmove(&(*argv)[1], &(*argv)[2], (size_t)(*argc - 1) * sizeof(char *));
        (*argc)--;
    }
    if (*argc - 1 < u->least || (u->most >= 0 && *argc - 1 > u->most)) {
        cli_complain("photon-emu device %s needs %s; --help tells more", u->command, u->arguments);
        return false;
    }
    return true;
}

bool device_address(const char *text, uint32_t *address)
{
    uint64_t value;
    if (value_unsigned(text, &value) && value < IMAGE_FLASH_SIZE)
        value += IMAGE_FLASH_BASE;
    else if (!value_unsigned(text, &value) || value < IMAGE_FLASH_BASE || value >= IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE) {
        cli_complain("'%s' is no address of flash: that is 0x08000000 to 0x080FFFFF", text);
        return false;
    }
    *address = (uint32_t)value;
    return true;
}

/* ---- the device ---- */

bool device_change_begin(struct device_change *change, const char *path)
{
    g_autoptr(GError) error = NULL;
    *change = (struct device_change){.device = g_new0(struct board_persistent, 1)};
    change->file = device_file_open(path, NULL, change->device, &error);
    if (change->file != NULL)
        return true;
    if (error != NULL)
        cli_complain("%s", error->message);
    else
        cli_complain("%s is not there; photon-emu device new makes a device", path);
    g_free(change->device);
    return false;
}

int device_change_end(struct device_change *change, int status)
{
    g_autoptr(GError) error = NULL;
    if (status == EXIT_OK && !device_file_save(change->file, change->device, &error)) {
        cli_complain("%s", error->message);
        status = EXIT_INTERNAL;
    }
    device_file_close(change->file);
    g_free(change->device);
    return device_finish(status);
}

bool device_look_begin(struct device_look *look, const char *path)
{
    g_autoptr(GError) error = NULL;
    *look = (struct device_look){.device = g_new0(struct board_persistent, 1)};
    if (device_file_read(path, look->device, &look->names, &error)) {
        look->board = board_find(look->names.board);
        if (look->board != NULL)
            return true;
        cli_complain("%s is a device of board %s, which this photon-emu does not know", path, look->names.board);
    } else {
        cli_complain("%s", error->message);
    }
    device_look_end(look);
    return false;
}

void device_look_end(struct device_look *look)
{
    g_free(look->device);
    g_free(look->names.board);
    g_free(look->names.set);
}

int device_finish(int status)
{
    if (fflush(stdout) == 0 || status != EXIT_OK)
        return status;
    cli_complain("the output could not be written");
    return EXIT_INTERNAL;
}

/* ---- words ---- */

void device_print(FILE *out, unsigned indent, unsigned values, const char *label, const char *text)
{
    enum { COLUMNS = 80 };
    unsigned column = indent + (unsigned)g_utf8_strlen(label, -1);
    fprintf(out, "%*s%s", (int)indent, "", label);
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (unsigned l = 0; lines[l] != NULL; l++) {
        if (l > 0) {
            putc('\n', out);
            column = 0;
        }
        fprintf(out, "%*s", column < values ? (int)(values - column) : *label != '\0' && l == 0 ? 1 : 0, "");
        column = MAX(values, column);
        g_auto(GStrv) words = g_strsplit(lines[l], " ", 0);
        for (unsigned i = 0; words[i] != NULL; i++) {
            unsigned length = (unsigned)g_utf8_strlen(words[i], -1);
            if (i > 0 && column + 1 + length > COLUMNS) {
                fprintf(out, "\n%*s", (int)values, "");
                column = values;
            } else if (i > 0) {
                putc(' ', out);
                column++;
            }
            fputs(words[i], out);
            column += length;
        }
    }
    putc('\n', out);
}

const char *device_sector_use(unsigned sector)
{
    static const char *const uses[BOARD_SECTORS] = {
        "bootloader",     "settings (DCT), copy 1", "settings (DCT), copy 2",
        "EEPROM, page 1", "EEPROM, page 2",         "system part 1",
        "system part 1",  "system part 2",          "system part 2",
        "user module",    "received updates",       "factory image, updates over 128 KB"};
    return sector < BOARD_SECTORS ? uses[sector] : "";
}

const char *device_module_state(const struct board_persistent *device, unsigned part)
{
    const struct image_place *place = &image_places[part];
    const uint8_t *area = device->flash + (place->address - IMAGE_FLASH_BASE);
    struct module module;
    if (module_parse(area, place->size, &module))
        return module.core ? "Core firmware" : !module.complete ? "cut off" : module.crc_good ? "CRC good" : "CRC wrong";
    for (uint32_t i = 0; i < place->size; i++)
        if (area[i] != 0xFF)
            return "no module";
    return "erased";
}
