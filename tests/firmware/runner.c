/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * firmware-runner [--cpi N[/D]] [--for SECONDS] FILE|ADDR=FILE...: run test firmware on a Photon and write what its console
 * says to standard output. Exit status: 0 success, 1 the firmware says otherwise, 2 wrong usage, 3 it died or did not end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/firmware/run.h"

static int usage(void)
{
    fprintf(stderr, "usage: firmware-runner [--cpi N[/D]] [--for SECONDS] FILE|ADDR=FILE...\n");
    return 2;
}

static bool parse_fraction(const char *text, uint32_t *num, uint32_t *den)
{
    char *end;
    *num = (uint32_t)strtoul(text, &end, 10);
    *den = 1;
    if (*end == '/')
        *den = (uint32_t)strtoul(end + 1, &end, 10);
    return *end == '\0' && *num != 0 && *den != 0;
}

int main(int argc, char **argv)
{
    struct firmware_options options = {.cpi_num = 1, .cpi_den = 1};
    double seconds = 600;
    int i = 1;
    for (; i + 1 < argc && g_str_has_prefix(argv[i], "--"); i += 2) {
        if (strcmp(argv[i], "--cpi") == 0   ? !parse_fraction(argv[i + 1], &options.cpi_num, &options.cpi_den)
            : strcmp(argv[i], "--for") == 0 ? (seconds = g_ascii_strtod(argv[i + 1], NULL)) <= 0
                                            : true)
            return usage();
    }
    if (i == argc)
        return usage();
    options.loads = (const char *const *)&argv[i];
    GError *error = NULL;
    struct firmware *f = firmware_new(&options, &error);
    if (f == NULL) {
        fprintf(stderr, "firmware-runner: %s\n", error->message);
        g_error_free(error);
        return 2;
    }
    bool alive = firmware_run(f, (ticks_t)(seconds * (double)TICKS_PER_SECOND));
    fwrite(f->console->str, 1, f->console->len, stdout);
    int status = f->ended ? f->status != 0 : 3;
    if (!alive)
        fprintf(stderr, "firmware-runner: it can never run on\n");
    else if (!f->ended)
        fprintf(stderr, "firmware-runner: it did not end in %g s of virtual time\n", seconds);
    firmware_free(f);
    return status;
}
