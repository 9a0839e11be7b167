/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/real.h"

#include <stdio.h>
#include <time.h>

#include "tests/unit/source-root.h"

double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool is_fetched(const struct generation *g)
{
    g_autofree char *sets = source_sets();
    struct image_set *set = image_set_load(&(struct image_options){.sets = sets, .set = g->set, .platform = 6}, NULL);
    if (set == NULL) {
        printf("%-10s there is no such image set; scripts/fetch-images gets it\n", g->set);
        return false;
    }
    image_set_free(set);
    return true;
}
