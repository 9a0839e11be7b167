/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/shape.h"

#include <string.h>
#include <sys/random.h>

#include "emu/cli/value.h"
#include "images/load.h"

static bool bad(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool bad(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_propagate_error(error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments));
    va_end(arguments);
    return false;
}

/* ---- options ---- */

void shape_add_options(struct shape_texts *t, GOptionGroup *group)
{
    GOptionEntry entries[5 + IMAGE_PARTS + 1] = {
        {"board", 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->board, NULL, NULL},
        {"set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &t->set, NULL, NULL},
        {"only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->only, NULL, NULL},
        {"load", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &t->load, NULL, NULL},
        {"seed", 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->seed, NULL, NULL},
    };
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        entries[5 + i] = (GOptionEntry){image_places[i].name, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &t->parts[i], NULL, NULL};
    g_option_group_add_entries(group, entries);
}

void shape_texts_clear(struct shape_texts *t)
{
    char **lists[] = {t->board, t->set, t->only, t->load, t->seed};
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        g_strfreev(t->parts[i]);
}

/* The value of an option that may be given once; NULL if it was not. */
static bool once(char **values, const char *option, const char **value, GError **error)
{
    *value = values ? values[0] : NULL;
    return !values || !values[1] || bad(error, "%s may be given once only", option);
}

static bool parse_board(const struct shape_texts *t, struct shape *s, GError **error)
{
    const char *name;
    if (!once(t->board, "--board", &name, error))
        return false;
    s->board = board_find(name ? name : "photon");
    if (s->board)
        return true;
    g_autofree char *names = g_strjoinv(", ", (char **)board_names());
    return bad(error, "--board '%s' is not known: it must be one of %s", name, names);
}

static bool parse_images(const struct shape_texts *t, struct shape *s, GError **error)
{
    const char *text;
    if (!once(t->set, "--set", &text, error))
        return false;
    s->set = g_strdup(text);
    if (!once(t->only, "--only", &text, error))
        return false;
    if (text) {
        g_autoptr(GError) why = NULL;
        s->only = image_parts_parse(text, &why);
        if (why)
            return bad(error, "--only '%s' is not understood: %s", text, why->message);
    }
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        g_autofree char *option = g_strconcat("--", image_places[i].name, NULL);
        if (!once(t->parts[i], option, &text, error))
            return false;
        if (text && *text == '\0')
            return bad(error, "%s needs a file, or none", option);
        s->parts[i] = g_strdup(text);
        if (text && strcmp(text, "none") != 0 && s->only && !(s->only & (1U << i)))
            return bad(error, "%s gives an image that --only leaves out", option);
    }
    s->loads = g_strdupv(t->load);
    return true;
}

static bool parse_seed(const struct shape_texts *t, struct shape *s, GError **error)
{
    const char *text;
    if (!once(t->seed, "--seed", &text, error))
        return false;
    s->has_seed = text != NULL;
    s->seed = BOARD_OPTIONS_DEFAULT.seed;
    return !text || value_unsigned(text, &s->seed) ||
           bad(error, "--seed '%s' is not understood: it must be a whole number from 0 to 18446744073709551615", text);
}

bool shape_parse(const struct shape_texts *t, struct shape *s, GError **error)
{
    return parse_board(t, s, error) && parse_images(t, s, error) && parse_seed(t, s, error);
}

void shape_clear(struct shape *s)
{
    g_free(s->set);
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        g_free(s->parts[i]);
    g_strfreev(s->loads);
}

/* ---- the device ---- */

/* Images and --load files into flash; parts: those to be installed, a bit each. What no option names comes from the set, if
   use_set. */
static bool install(const struct shape *s, unsigned parts, bool use_set, struct board_persistent *device, GPtrArray *ram,
                    char **name, GError **error)
{
    struct image_options wanted = {.set = use_set ? s->set : NULL, .platform = s->board->platform, .only = parts};
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        wanted.file[i] = s->parts[i] || use_set ? s->parts[i] : "none";
    struct image_layout *layout = image_layout_new();
    struct image_set *set = parts ? image_set_load(&wanted, error) : NULL;
    bool good = !parts || set;
    if (set) {
        /* What was in an area that gets a new image is gone. */
        for (unsigned i = 0; i < IMAGE_PARTS; i++)
            if (parts & (1U << i))
                memset(device->flash + (image_places[i].address - IMAGE_FLASH_BASE), 0xFF, image_places[i].size);
        good = image_set_apply(set, device->flash, layout, error);
        if (good && name)
            *name = g_strdup(set->name);
        image_set_free(set);
    }
    for (unsigned i = 0; good && s->loads && s->loads[i]; i++) {
        GPtrArray *segments = image_load(s->loads[i], error);
        good = segments && image_segments_apply(segments, device->flash, layout, ram, error);
        if (!good)
            g_prefix_error(error, "--load: ");
        if (segments)
            g_ptr_array_unref(segments);
    }
    image_layout_free(layout);
    return good;
}

bool shape_new(const struct shape *s, bool chance, struct board_persistent *device, GPtrArray *ram, char **set, GError **error)
{
    uint64_t seed = 0;
    if (chance) {
        seed = s->seed;
        if (!s->has_seed && getrandom(&seed, sizeof seed, 0) != sizeof seed)
            seed = (uint64_t)g_get_real_time();
    }
    board_persistent_new(device, seed);
    if (s->has_seed)
        device->noise = s->seed;
    /* --set none: nothing but what the other options name */
    return install(s, s->only ? s->only : IMAGE_ALL_PARTS, g_strcmp0(s->set, "none") != 0, device, ram, set, error);
}

bool shape_change(const struct shape *s, struct board_persistent *device, GPtrArray *ram, GError **error)
{
    if (s->has_seed)
        device->noise = s->seed;
    unsigned parts = 0;
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        parts |= s->parts[i] ? 1U << i : 0;
    return install(s, parts, false, device, ram, NULL, error);
}
