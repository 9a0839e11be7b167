/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image extract. */
#include <stdio.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"
#include "emu/cli/value.h"
#include "images/dfu-file.h"
#include "images/embedded.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image extract [OPTION...] FILE -o FILE\n"
    "\n"
    "Take a module out of a file: one that lies inside another (the bootloader in\n"
    "system part 2 of 0.5.2), in a copy of a device's flash, or before a DFU suffix.\n"
    "photon-emu image inspect lists them.\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE    where to\n"
    "  --offset N           the module that begins there; 0 is the one at the\n"
    "                       beginning (default: the only one that lies further in)\n"
    "  --force              replace the output if it is there\n"
    "  --help               this text\n"
    "\n"
    "Example:\n"
    "  photon-emu image extract system-part2-0.5.2-photon.bin -o bootloader.bin\n";
/* clang-format on */

/* The only module further in; complains if there is none, or more than one. */
static bool find_only(const char *path, const uint8_t *data, size_t size, uint32_t *offset, struct module *module)
{
    struct module more;
    *offset = 0;
    if (!module_find_embedded(data, size, offset, module)) {
        cli_complain("there is no module inside %s; --offset 0 takes the one at its beginning", path);
        return false;
    }
    uint32_t next = *offset;
    if (module_find_embedded(data, size, &next, &more)) {
        cli_complain("there is more than one module inside %s, at 0x%X and 0x%X at least; choose one with --offset", path,
                     *offset, next);
        return false;
    }
    return true;
}

static bool find_at(const char *path, const uint8_t *data, size_t size, const char *text, uint32_t *offset,
                    struct module *module)
{
    uint64_t value;
    if (!value_unsigned(text, &value)) {
        cli_complain("--offset '%s' is not understood: it must be a whole number, or hexadecimal with 0x", text);
        return false;
    }
    if (value >= size || !module_parse(data + value, size - value, module)) {
        cli_complain("there is no module at offset %s of %s", text, path);
        return false;
    }
    if (!module->complete) {
        cli_complain("the module at offset %s of %s is cut short", text, path);
        return false;
    }
    *offset = (uint32_t)value;
    return true;
}

static int extract(const char *path, const char *output, const char *where, bool force)
{
    g_autoptr(GBytes) bytes = image_input(path);
    if (bytes == NULL)
        return EXIT_USAGE;
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    uint32_t offset;
    struct module module;
    if (!(where != NULL ? find_at(path, data, size, where, &offset, &module) : find_only(path, data, size, &offset, &module)))
        return EXIT_USAGE;
    int status = image_output(output, data + offset, module.size, force);
    if (status == EXIT_OK) {
        g_autofree char *what = module_describe(&module);
        printf("offset 0x%X, %u bytes: %s\n", offset, module.size, what);
    }
    return image_finish(status);
}

int image_extract(int argc, char **argv)
{
    gboolean wants_help = FALSE, force = FALSE;
    g_autofree char *output = NULL, *offset = NULL;
    const GOptionEntry entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
                                    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, NULL, NULL},
                                    {"force", 0, 0, G_OPTION_ARG_NONE, &force, NULL, NULL},
                                    {"offset", 0, 0, G_OPTION_ARG_STRING, &offset, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    if (!image_options(entries, "extract", &argc, &argv))
        return EXIT_USAGE;
    if (wants_help) {
        fputs(help, stdout);
        return image_finish(EXIT_OK);
    }
    if (argc != 2) {
        cli_complain("image extract takes one file; photon-emu image extract --help tells how");
        return EXIT_USAGE;
    }
    return extract(argv[1], output, offset, force);
}
