/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu's subcommands and what they return to the shell. */
#ifndef EMU_CLI_CLI_H
#define EMU_CLI_CLI_H

enum exit_status {
    EXIT_OK = 0,       /* what was asked for came about, or the time was over and nothing was asked for */
    EXIT_NOT_MET = 1,  /* a condition did not come about in time; or --strict found something missing */
    EXIT_USAGE = 2,    /* wrong usage, or a file that cannot be used */
    EXIT_DEAD = 3,     /* the firmware can never run again */
    EXIT_INTERNAL = 4, /* an error of photon-emu or of the system below it: no space left, ... */
};

/* A sentence on the standard error stream, with the program's name in front and a full stop behind. */
void cli_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* argv[0] is the subcommand's name. */
int cli_run(int argc, char **argv);
int cli_device(int argc, char **argv);
int cli_image(int argc, char **argv);
int cli_test(int argc, char **argv);
int cli_with_usb(int argc, char **argv);
int cli_serial(int argc, char **argv);

#endif
