/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image: tells about module images, makes them and changes them. */
#include <stdio.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image COMMAND [OPTION...] FILE...\n"
    "\n"
    "Module images: what is in them, what a device makes of them, and how to make\n"
    "and break them.\n"
    "\n"
    "Commands:\n"
    "  inspect    tell what a file is, whether its checksums are right, where it\n"
    "             belongs, and what an installed system would do with it\n"
    "  make       wrap a raw binary into a module\n"
    "  edit       change version, dependency, platform, ... and correct the\n"
    "             checksums, or break something on purpose\n"
    "  extract    take a module out of a file, such as the bootloader inside\n"
    "             system part 2 of 0.5.2\n"
    "  hexdump    show a file's bytes, with the fields of header and trailer named\n"
    "\n"
    "Options:\n"
    "  --help     this text; photon-emu image COMMAND --help tells about a command\n";
/* clang-format on */

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"inspect", image_inspect},
                {"make", image_make},
                {"edit", image_edit},
                {"extract", image_extract},
                {"hexdump", image_hexdump}};

int cli_image(int argc, char **argv)
{
    if (argc < 2) {
        cli_complain("no command was given; photon-emu image --help lists them");
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        fputs(help, stdout);
        return image_finish(EXIT_OK);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    cli_complain("'%s' is no command of photon-emu image; it has: inspect, make, edit, extract, hexdump", argv[1]);
    return EXIT_USAGE;
}
