/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device info. */
#include "emu/cli/cli.h"
#include "emu/cli/device-report.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device info FILE [OPTION...]\n"
    "\n"
    "Tell what a device holds: its modules and what its firmware makes of them, its\n"
    "sectors, its settings (DCT), its backup registers if they are kept, and what it\n"
    "will do at its next start. It may be running: then as it was before that.\n"
    "\n"
    "Options:\n"
    "  --json  as JSON, with keys and pass phrases\n"
    "  --help  this text\n";
/* clang-format on */

int device_info(int argc, char **argv)
{
    gboolean json = FALSE;
    const GOptionEntry entries[] = {{"json", 0, 0, G_OPTION_ARG_NONE, &json, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"info", help, 1, 1, "one FILE"};
    int status;
    struct device_look look;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    if (!device_look_begin(&look, argv[1]))
        return EXIT_USAGE;
    if (json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        device_json(builder, &look);
        device_json_print(builder);
    } else {
        device_report(stdout, &look, argv[1]);
    }
    device_look_end(&look);
    return device_finish(EXIT_OK);
}
