/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image edit. */
#include <stdio.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"
#include "images/dfu-file.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image edit [OPTION...] FILE -o FILE\n"
    "\n"
    "Change a module's header and correct SHA-256 and CRC, or break it on purpose.\n"
    "With no change at all, only the checksums are corrected.\n"
    "\n"
    "Options:\n"
    "  -o, --output FILE    where to\n"
    "  --version N          new version\n"
    "  --platform NAME      photon, p1, core, electron, or a number\n"
    "  --function NAME, --index N, --start ADDR, --flags N, --product ID,V\n"
    "  --dep F,I,V|none     needs function F, index I, at least version V, such as\n"
    "                       system-part,2,108\n"
    "  --dep2 F,I,V|none    second dependency\n"
    "  --break WHAT         after all changes (repeatable):\n"
    "      crc              one bit of the CRC\n"
    "      sha              one bit of the SHA-256, with a CRC that fits\n"
    "      body             one bit of the code: CRC and SHA-256 are wrong\n"
    "      header           erased\n"
    "      platform         a P1's on a Photon's module, else a Photon's\n"
    "      function         'resource'\n"
    "      start            128 KB too far on\n"
    "      end              at the end of flash\n"
    "      dependency       the first one: version 65535\n"
    "      cut              the second half is missing\n"
    "                       (platform to dependency: the checksums fit)\n"
    "  --dfu-suffix V:P     put a DFU suffix behind it, for this USB device, such as\n"
    "                       2b04:d006 (a Photon)\n"
    "  --force              replace the output if it is there\n"
    "  --help               this text\n"
    "\n"
    "Example:\n"
    "  photon-emu image edit app.bin --dep system-part,2,3000 -o too-new.bin\n";
/* clang-format on */

static bool apply_breaks(GByteArray *image, const char *path, char **breaks)
{
    for (unsigned i = 0; breaks != NULL && breaks[i] != NULL; i++) {
        enum module_damage damage = module_damage_parse(breaks[i]);
        g_autoptr(GError) error = NULL;
        if (damage == DAMAGES) {
            cli_complain("--break '%s' is not known: it must be crc, sha, body, header, platform, function, start, end, "
                         "dependency or cut",
                         breaks[i]);
            return false;
        }
        if (!module_damage(image, damage, &error)) {
            cli_complain("%s: --break %s: %s", path, breaks[i], error->message);
            return false;
        }
    }
    return true;
}

static bool apply_suffix(GByteArray *image, const char *text)
{
    if (text == NULL)
        return true;
    g_auto(GStrv) ids = g_strsplit(text, ":", 0);
    guint64 vendor, product;
    if (g_strv_length(ids) != 2 || !g_ascii_string_to_unsigned(ids[0], 16, 0, 0xFFFF, &vendor, NULL) ||
        !g_ascii_string_to_unsigned(ids[1], 16, 0, 0xFFFF, &product, NULL)) {
        cli_complain("--dfu-suffix '%s' is not understood: it must be VENDOR:PRODUCT in hexadecimal, such as 2b04:d006", text);
        return false;
    }
    dfu_suffix_append(image, (uint16_t)vendor, (uint16_t)product);
    return true;
}

/* A suffix that is there is taken off: it would be wrong after any change. */
static GByteArray *read_module(const char *path)
{
    g_autoptr(GBytes) bytes = image_input(path);
    if (bytes == NULL)
        return NULL;
    gsize size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    struct dfu_file dfu;
    if (dfu_file_parse(data, size, &dfu)) {
        size = dfu.payload;
        dfu_file_clear(&dfu);
    }
    GByteArray *image = g_byte_array_new();
    g_byte_array_append(image, data, (guint)size);
    return image;
}

static int edit(const char *path, const char *output, const struct module_change *change, char **breaks, const char *suffix,
                bool force)
{
    g_autoptr(GByteArray) image = read_module(path);
    if (image == NULL)
        return EXIT_USAGE;
    g_autoptr(GError) error = NULL;
    if (!module_edit(image, change, &error)) {
        cli_complain("%s cannot be edited: %s", path, error->message);
        return EXIT_USAGE;
    }
    if (!apply_breaks(image, path, breaks) || !apply_suffix(image, suffix))
        return EXIT_USAGE;
    return image_output(output, image->data, image->len, force);
}

int image_edit(int argc, char **argv)
{
    gboolean wants_help = FALSE, force = FALSE;
    g_autofree char *output = NULL, *suffix = NULL;
    g_auto(GStrv) breaks = NULL;
    struct image_words words = {0};
    const GOptionEntry entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
                                    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, NULL, NULL},
                                    {"force", 0, 0, G_OPTION_ARG_NONE, &force, NULL, NULL},
                                    {"break", 0, 0, G_OPTION_ARG_STRING_ARRAY, &breaks, NULL, NULL},
                                    {"dfu-suffix", 0, 0, G_OPTION_ARG_STRING, &suffix, NULL, NULL},
                                    IMAGE_WORD_OPTIONS(words),
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    struct module_change change;
    int status = EXIT_USAGE;
    if (!image_options(entries, "edit", &argc, &argv)) {
        ;
    } else if (wants_help) {
        fputs(help, stdout);
        status = image_finish(EXIT_OK);
    } else if (argc != 2) {
        cli_complain("image edit takes one file; photon-emu image edit --help tells how");
    } else if (image_words_parse(&words, &change)) {
        status = edit(argv[1], output, &change, breaks, suffix, force);
    }
    image_words_clear(&words);
    return status;
}
