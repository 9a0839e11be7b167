/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/core/cpu.h"

static const char help[] = "Usage: photon-emu COMMAND [OPTION...]\n"
                           "\n"
                           "An emulator of the Particle Photon that runs its real, unmodified firmware.\n"
                           "\n"
                           "Commands:\n"
                           "  run        switch a device on and show what it does\n"
                           "  device     make a device file, look into it, change it\n"
                           "  with-usb   run it for a program that finds it on USB\n"
                           "  serial     join the terminal to its serial port\n"
                           "  image      tell about module images, make and change them\n"
                           "  test       play stories about a device, and say what became of them\n"
                           "\n"
                           "Options:\n"
                           "  --help     this text; photon-emu COMMAND --help tells about a command\n"
                           "  --version  versions and licences\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {{"run", cli_run},       {"with-usb", cli_with_usb}, {"serial", cli_serial},
                {"device", cli_device}, {"image", cli_image},       {"test", cli_test}};

void cli_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    /* What a user typed may hold anything; the sentence stays one line. */
    for (char *p = text; *p; p++)
        if (g_ascii_iscntrl(*p))
            *p = ' ';
    size_t length = strlen(text);
    fprintf(stderr, "photon-emu: %s%s\n", text, length > 0 && text[length - 1] == '.' ? "" : ".");
}

static void version(void)
{
    printf("photon-emu %s\n"
           "Unicorn engine %s\n"
           "\n"
           "photon-emu's own sources are free software under the GNU General Public License,\n"
           "version 2 or (at your option) any later version. The program as a whole, with\n"
           "the Unicorn engine in it, is under the GNU General Public License, version 2\n"
           "only. There is NO WARRANTY, to the extent permitted by law.\n",
           PHOTON_EMU_VERSION, engine_version());
    if (engine_version_warning())
        printf("\n%s\n", engine_version_warning());
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN); /* a reader that went away is a write error like any other, */
    signal(SIGXFSZ, SIG_IGN); /* and so is a file that may not grow */
    if (argc < 2) {
        cli_complain("no command was given; photon-emu --help lists them");
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--version") == 0) {
        if (strcmp(argv[1], "--version") == 0)
            version();
        else
            fputs(help, stdout);
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_INTERNAL;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    g_autoptr(GString) names = g_string_new(NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", commands[i].name);
    cli_complain("'%s' is no command of photon-emu; it has: %s", argv[1], names->str);
    return EXIT_USAGE;
}
