/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters read n instructions apart in one basic block differ by n times the cycles that an instruction takes (timing.c). With
 * 3/2 cycles an instruction an odd n falls between two edges, so either of the two neighbours is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/firmware/run.h"

static int check(const char *elf, uint32_t num, uint32_t den)
{
    const char *const loads[] = {elf, NULL};
    struct firmware_options options = {.cpi_num = num, .cpi_den = den, .loads = loads};
    g_autoptr(GError) error = NULL;
    struct firmware *f = firmware_new(&options, &error);
    if (f == NULL) {
        printf("timing: %s\n", error->message);
        return 1;
    }
    int wrong = 0;
    unsigned seen = 0;
    if (!firmware_run(f, 10 * TICKS_PER_SECOND) || f->status != 0) {
        printf("timing: the firmware did not end well\n");
        wrong++;
    }
    g_auto(GStrv) lines = g_strsplit(f->console->str, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        char name[16];
        unsigned n, difference;
        if (sscanf(lines[i], "%15s %u %u", name, &n, &difference) != 3) {
            printf("timing: cannot read \"%s\"\n", lines[i]);
            wrong++;
            continue;
        }
        seen++;
        unsigned low = n * num / den, high = (n * num + den - 1) / den;
        if (difference != low && difference != high) {
            printf("timing: %s differs by %u over %u instructions of %u/%u cycles\n", name, difference, n, num, den);
            wrong++;
        }
    }
    if (seen != 60) {
        printf("timing: %u of 60 measurements came\n", seen);
        wrong++;
    }
    firmware_free(f);
    return wrong;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argv[1][0] == '\0') {
        printf("timing # SKIP there is no arm-none-eabi-gcc: install gcc-arm-none-eabi\n");
        return 77;
    }
    return check(argv[1], 1, 1) + check(argv[1], 3, 2) + check(argv[1], 2, 1) != 0;
}
