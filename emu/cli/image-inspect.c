/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image inspect. */
#include "emu/cli/cli.h"
#include "emu/cli/image-report.h"
#include "emu/cli/image.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image inspect [OPTION...] FILE...\n"
    "\n"
    "Tell what each file is: module header, dependencies, checksums, trailer, modules\n"
    "inside it, DFU suffix and DfuSe container, and where it belongs. Firmware for a\n"
    "Core is recognised. Any file will do; one that is no module is described.\n"
    "\n"
    "Options:\n"
    "  --set NAME|DIR   an installed image set: also tell what its bootloader and\n"
    "                   system would do with the file, put in its place (by DFU or a\n"
    "                   programmer), and sent as an update\n"
    "  --board NAME     photon or p1 (default: the board that the set is for)\n"
    "  --json           an array of objects instead of text\n"
    "  --help           this text\n"
    "\n"
    "Example:\n"
    "  photon-emu image inspect photon_doctor.bin --set 0.5.2\n"
    "\n"
    "Exit status: 0, whatever the files are; 2 a file or set cannot be read.\n";
/* clang-format on */

static void clear_report(void *report)
{
    image_report_free(report);
}

static int inspect(char **paths, const struct image_host *host, bool json)
{
    int status = EXIT_OK;
    g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_autoptr(GPtrArray) reports = g_ptr_array_new_with_free_func(clear_report);
    for (unsigned i = 0; paths[i] != NULL; i++) {
        GBytes *file = image_input(paths[i]);
        if (file == NULL) {
            status = EXIT_USAGE;
            continue;
        }
        gsize size;
        const uint8_t *data = g_bytes_get_data(file, &size);
        g_ptr_array_add(bytes, file);
        struct image_report *report = image_report_new(paths[i], data, size, host);
        if (json) {
            g_ptr_array_add(reports, report);
            continue;
        }
        if (i != 0)
            putchar('\n');
        image_report_print(report, stdout);
        image_report_free(report);
        g_ptr_array_set_size(bytes, 0);
    }
    if (json) {
        g_autofree char *text = image_reports_json(reports);
        puts(text);
    }
    return image_finish(status);
}

static int run(int argc, char **argv, gboolean *wants_help, char **set, char **board, gboolean *json)
{
    const GOptionEntry entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, wants_help, NULL, NULL},
                                    {"set", 0, 0, G_OPTION_ARG_FILENAME, set, NULL, NULL},
                                    {"board", 0, 0, G_OPTION_ARG_STRING, board, NULL, NULL},
                                    {"json", 0, 0, G_OPTION_ARG_NONE, json, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    if (!image_options(entries, "inspect", &argc, &argv))
        return EXIT_USAGE;
    if (*wants_help) {
        fputs(help, stdout);
        return image_finish(EXIT_OK);
    }
    if (argc < 2) {
        cli_complain("no file was named; photon-emu image inspect --help tells what it can do");
        return EXIT_USAGE;
    }
    if (*board != NULL && *set == NULL) {
        cli_complain("--board tells the board of a set; give one with --set");
        return EXIT_USAGE;
    }
    struct image_host *host = NULL;
    g_autoptr(GError) error = NULL;
    if (*set != NULL && (host = image_host_new(*set, *board, &error)) == NULL) {
        cli_complain("--set: %s", error->message);
        return EXIT_USAGE;
    }
    int status = inspect(argv + 1, host, *json);
    if (host != NULL)
        image_host_free(host);
    return status;
}

int image_inspect(int argc, char **argv)
{
    gboolean wants_help = FALSE, json = FALSE;
    g_autofree char *set = NULL, *board = NULL;
    return run(argc, argv, &wants_help, &set, &board, &json);
}
