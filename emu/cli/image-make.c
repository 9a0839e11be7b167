/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image make. */
#include <stdio.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"
#include "images/checks.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image make [OPTION...] BINARY -o FILE\n"
    "\n"
    "Wrap a raw binary into a module: header, trailer, SHA-256 and CRC. The header is\n"
    "put in front of the binary, which must be linked for start + 24. A binary that\n"
    "begins with a vector table (bootloader, system part) is linked for the start and\n"
    "must leave 24 bytes at 0x184 free (0 or 0xFF) for the header.\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE    where to\n"
    "  --function NAME      user-part (default), system-part, bootloader,\n"
    "                       monolithic, resource, settings, ncp, radio, or a number\n"
    "  --index N            system parts: 1 or 2 (default: 1; bootloader: 0)\n"
    "  --version N          (default: 0)\n"
    "  --platform NAME      photon (default), p1, core, electron, or a number\n"
    "  --start ADDR         (default: where the module has its place on a Photon)\n"
    "  --dep F,I,V          needs function F, index I, at least version V, such as\n"
    "                       system-part,2,108\n"
    "  --dep2 F,I,V         and this\n"
    "  --product ID,V       product id and version (default: none)\n"
    "  --flags N            flags byte of the header (default: 0)\n"
    "  --force              replace FILE if it is there\n"
    "  --help               this text\n"
    "\n"
    "Example:\n"
    "  photon-emu image make app.raw --version 3 --dep system-part,2,17 -o app.bin\n";
/* clang-format on */

/* Defaults, and how much room there is. False after a complaint. */
static bool complete(struct module_change *c, uint32_t *room)
{
    if (!(c->what & CHANGE_FUNCTION))
        c->function = MODULE_USER_PART;
    if (!(c->what & CHANGE_INDEX))
        c->index = c->function == MODULE_BOOTLOADER || c->function == MODULE_MONOLITHIC ? 0 : 1;
    if (!(c->what & CHANGE_PLATFORM))
        c->platform = PLATFORM_PHOTON;
    const struct image_place *place = view_place(c->function, c->index);
    if (!(c->what & CHANGE_START)) {
        if (place == NULL) {
            cli_complain("--start is missing: a module with function %u and index %u has no place of its own", c->function,
                         c->index);
            return false;
        }
        c->start = place->start;
    }
    *room = place != NULL && c->start == place->start ? place->size : IMAGE_FLASH_SIZE;
    c->what |= CHANGE_FUNCTION | CHANGE_INDEX | CHANGE_PLATFORM | CHANGE_START;
    return true;
}

static int make(const char *path, const char *output, struct module_change *change, bool force)
{
    uint32_t room;
    if (!complete(change, &room))
        return EXIT_USAGE;
    g_autoptr(GBytes) binary = image_input(path);
    if (binary == NULL)
        return EXIT_USAGE;
    gsize size;
    const uint8_t *data = g_bytes_get_data(binary, &size);
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) image = module_make(data, size, change, room, &error);
    if (image == NULL) {
        cli_complain("%s cannot become a module: %s", path, error->message);
        return EXIT_USAGE;
    }
    return image_output(output, image->data, image->len, force);
}

int image_make(int argc, char **argv)
{
    gboolean wants_help = FALSE, force = FALSE;
    g_autofree char *output = NULL;
    struct image_words words = {0};
    const GOptionEntry entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
                                    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, NULL, NULL},
                                    {"force", 0, 0, G_OPTION_ARG_NONE, &force, NULL, NULL},
                                    IMAGE_WORD_OPTIONS(words),
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    struct module_change change;
    int status = EXIT_USAGE;
    if (!image_options(entries, "make", &argc, &argv)) {
        ;
    } else if (wants_help) {
        fputs(help, stdout);
        status = image_finish(EXIT_OK);
    } else if (argc != 2) {
        cli_complain("image make takes one binary; photon-emu image make --help tells how");
    } else if (image_words_parse(&words, &change)) {
        status = make(argv[1], output, &change, force);
    }
    image_words_clear(&words);
    return status;
}
