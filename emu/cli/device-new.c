/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device new: a device as shipped, and with what options change about it. */
#include "emu/cli/cli.h"
#include "emu/cli/device.h"
#include "emu/cli/shape.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device new FILE [OPTION...]\n"
    "\n"
    "Make a device: bootloader, system parts, user module and factory image of an\n"
    "image set, empty settings, and a new id and MAC address. No file is replaced.\n"
    "\n"
    "Options:\n"
    "  --set NAME|DIR           image set: a fetched one, or a folder; 'none' for\n"
    "                           none (default: the newest fetched set)\n"
    "  --only PART[,PART...]    only these: bootloader, system-part1, system-part2,\n"
    "                           user, factory\n"
    "  --bootloader FILE|none   this image, or nothing, instead of the set's; also\n"
    "                           --system-part1, --system-part2, --user, --factory\n"
    "  --load [ADDR=]FILE       put a raw binary, an Intel HEX or an ELF file into\n"
    "                           flash (repeatable)\n"
    "  --board NAME             photon (default) or p1\n"
    "  --seed N                 draw id, MAC and noise from N, not by chance\n"
    "  --with-keys              run its firmware until it has made its keys\n"
    "  --help                   this text\n";
/* clang-format on */

static int make(const char *path, const struct shape *shape, bool with_keys)
{
    g_autofree struct board_persistent *device = g_new0(struct board_persistent, 1);
    g_autofree char *set = NULL;
    g_autoptr(GError) error = NULL;
    ticks_t took;
    if (!shape_new(shape, true, device, NULL, &set, &error)) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    if (with_keys && g_file_test(path, G_FILE_TEST_EXISTS)) { /* better said before a long run than after it */
        cli_complain("%s is there already, and is not replaced", path);
        return EXIT_USAGE;
    }
    if (with_keys && !device_make_keys(shape->board, device, &took, &error)) {
        cli_complain("--with-keys: %s", error->message);
        return EXIT_NOT_MET;
    }
    struct device_file *file = device_file_create(path, shape->board->name, set, device, &error);
    if (file == NULL) {
        cli_complain("%s", error->message);
        return g_error_matches(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS) ? EXIT_USAGE : EXIT_INTERNAL;
    }
    device_file_close(file);
    return EXIT_OK;
}

int device_new(int argc, char **argv)
{
    gboolean with_keys = FALSE;
    const GOptionEntry entries[] = {{"with-keys", 0, 0, G_OPTION_ARG_NONE, &with_keys, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"new", help, 1, 1, "the name of one FILE"};
    struct shape_texts texts = {0};
    struct shape shape = {0};
    int status;
    GOptionGroup *group = g_option_group_new("device", "", "", NULL, NULL);
    shape_add_options(&texts, group);
    if (device_arguments(&usage, entries, group, &argc, &argv, &status)) {
        g_autoptr(GError) error = NULL;
        if (!shape_parse(&texts, &shape, &error))
            cli_complain("%s", error->message);
        else
            status = make(argv[1], &shape, with_keys);
        shape_clear(&shape);
    }
    shape_texts_clear(&texts);
    return status;
}
