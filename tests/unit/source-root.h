/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the source tree, for tests: found by where the test itself was compiled from, whatever the working directory is. */
#ifndef TESTS_UNIT_SOURCE_ROOT_H
#define TESTS_UNIT_SOURCE_ROOT_H

#include <glib.h>

/* source_path("docs/events.schema.json") */
static inline char *source_path(const char *relative)
{
    g_autofree char *unit = g_path_get_dirname(__FILE__);
    g_autofree char *path = g_build_filename(unit, "..", "..", relative, NULL);
    return g_canonicalize_filename(path, NULL);
}

/* Where scripts/fetch-images put the sets: to be given as the folder that is looked at first; PHOTON_EMU_SETS goes before it.
 */
static inline char *source_sets(void)
{
    const char *environment = g_getenv("PHOTON_EMU_SETS");
    return environment != NULL && environment[0] != '\0' ? g_strdup(environment) : source_path("image-sets");
}

#endif
