/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options and files of photon-emu image. */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"
#include "emu/cli/value.h"
#include "images/file.h"

bool image_options(const GOptionEntry *entries, const char *command, int *argc, char ***argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) error = NULL;
    if (!g_option_context_parse(context, argc, argv, &error)) {
        cli_complain("%s; photon-emu image %s --help lists the options", error->message, command);
        return false;
    }
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) { /* what is behind it are files, whatever they look like */
        memmove(&(*argv)[1], &(*argv)[2], (size_t)(*argc - 1) * sizeof(char *));
        (*argc)--;
    }
    return true;
}

void image_words_clear(struct image_words *w)
{
    char **all[] = {&w->function, &w->index, &w->version, &w->platform, &w->start, &w->dep, &w->dep2, &w->product, &w->flags};
    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++)
        g_clear_pointer(all[i], g_free);
}

/* ---- numbers and names ---- */

static bool number(const char *text, uint64_t max, uint64_t *value)
{
    return value_unsigned(text, value) && *value <= max;
}

static bool take_number(const char *option, const char *text, uint64_t max, uint64_t *value)
{
    if (number(text, max, value))
        return true;
    cli_complain("%s '%s' is not understood: it must be a whole number from 0 to %" G_GUINT64_FORMAT ", or hexadecimal with 0x",
                 option, text, (guint64)max);
    return false;
}

static bool function_number(const char *text, uint64_t *value)
{
    static const char *const names[] = {"none",      "resource", "bootloader", "monolithic", "system-part",
                                        "user-part", "settings", "ncp",        "radio"};
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_ascii_strcasecmp(text, names[i]) == 0) {
            *value = i;
            return true;
        }
    return number(text, UINT8_MAX, value);
}

static bool platform_number(const char *text, uint64_t *value)
{
    for (unsigned i = 0; i <= UINT8_MAX; i++) {
        const char *name = module_platform_name(i);
        if (name != NULL && g_ascii_strcasecmp(text, name) == 0) {
            *value = i;
            return true;
        }
    }
    return number(text, UINT16_MAX, value);
}

static bool take_dependency(const char *option, const char *text, struct module_dependency *dependency)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    uint64_t function, index, version;
    if (strcmp(text, "none") == 0) {
        *dependency = (struct module_dependency){0};
        return true;
    }
    if (g_strv_length(parts) != 3 || !function_number(parts[0], &function) || !number(parts[1], UINT8_MAX, &index) ||
        !number(parts[2], UINT16_MAX, &version)) {
        cli_complain("%s '%s' is not understood: it must be FUNCTION,INDEX,VERSION such as system-part,2,108, or none", option,
                     text);
        return false;
    }
    *dependency = (struct module_dependency){(uint8_t)function, (uint8_t)index, (uint16_t)version};
    return true;
}

static bool take_product(const char *text, struct module_change *change)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", 0);
    uint64_t id, version;
    if (g_strv_length(parts) != 2 || !number(parts[0], UINT16_MAX, &id) || !number(parts[1], UINT16_MAX, &version)) {
        cli_complain("--product '%s' is not understood: it must be ID,VERSION, such as 1234,1", text);
        return false;
    }
    change->product = (uint16_t)id;
    change->product_version = (uint16_t)version;
    return true;
}

static bool parse_kind(const struct image_words *w, struct module_change *c)
{
    uint64_t value;
    if (w->function != NULL) {
        if (!function_number(w->function, &value)) {
            cli_complain("--function '%s' is not known: it must be bootloader, monolithic, system-part, user-part, resource, "
                         "settings, ncp, radio or a number up to 255",
                         w->function);
            return false;
        }
        c->function = (uint8_t)value;
        c->what |= CHANGE_FUNCTION;
    }
    if (w->platform != NULL) {
        if (!platform_number(w->platform, &value)) {
            cli_complain("--platform '%s' is not known: it must be photon, p1, core, electron or a number up to 65535",
                         w->platform);
            return false;
        }
        c->platform = (uint16_t)value;
        c->what |= CHANGE_PLATFORM;
    }
    return true;
}

static bool parse_numbers(const struct image_words *w, struct module_change *c)
{
    uint64_t index = 0, version = 0, start = 0, flags = 0;
    if ((w->index != NULL && !take_number("--index", w->index, UINT8_MAX, &index)) ||
        (w->version != NULL && !take_number("--version", w->version, UINT16_MAX, &version)) ||
        (w->start != NULL && !take_number("--start", w->start, UINT32_MAX, &start)) ||
        (w->flags != NULL && !take_number("--flags", w->flags, UINT8_MAX, &flags)))
        return false;
    c->index = (uint8_t)index;
    c->version = (uint16_t)version;
    c->start = (uint32_t)start;
    c->flags = (uint8_t)flags;
    c->what |= (w->index ? CHANGE_INDEX : 0) | (w->version ? CHANGE_VERSION : 0) | (w->start ? CHANGE_START : 0) |
               (w->flags ? CHANGE_FLAGS : 0);
    return true;
}

bool image_words_parse(const struct image_words *w, struct module_change *c)
{
    *c = (struct module_change){0};
    if (!parse_kind(w, c) || !parse_numbers(w, c) || (w->dep != NULL && !take_dependency("--dep", w->dep, &c->dependency[0])) ||
        (w->dep2 != NULL && !take_dependency("--dep2", w->dep2, &c->dependency[1])) ||
        (w->product != NULL && !take_product(w->product, c)))
        return false;
    c->what |= (w->dep ? CHANGE_DEPENDENCY : 0) | (w->dep2 ? CHANGE_DEPENDENCY2 : 0) | (w->product ? CHANGE_PRODUCT : 0);
    return true;
}

/* ---- files ---- */

GBytes *image_input(const char *path)
{
    g_autoptr(GError) error = NULL;
    GBytes *bytes = image_file_read(path, IMAGE_LARGEST_FILE, &error);
    if (bytes == NULL)
        cli_complain("%s", error->message);
    return bytes;
}

int image_output(const char *path, const void *data, size_t size, bool force)
{
    if (path == NULL) {
        cli_complain("-o is missing: it must name the file to be written");
        return EXIT_USAGE;
    }
    if (!force && g_file_test(path, G_FILE_TEST_EXISTS)) {
        cli_complain("%s is there already; give --force to replace it, or another name with -o", path);
        return EXIT_USAGE;
    }
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents(path, data, (gssize)size, &error))
        return EXIT_OK;
    cli_complain("%s cannot be written: %s", path, error->message);
    return g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) || g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_IO)
               ? EXIT_INTERNAL
               : EXIT_USAGE;
}

int image_finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    cli_complain("the standard output cannot be written");
    return EXIT_INTERNAL;
}
