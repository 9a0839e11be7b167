/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/set.h"

#include <stdlib.h>
#include <string.h>

#include "images/file.h"
#include "images/module.h"

const struct image_place image_places[IMAGE_PARTS] = {
    [IMAGE_BOOTLOADER] = {"bootloader", 0x08000000, 0x4000, 0x08000000, MODULE_BOOTLOADER, 0},
    [IMAGE_SYSTEM_PART1] = {"system-part1", 0x08020000, 0x40000, 0x08020000, MODULE_SYSTEM_PART, 1},
    [IMAGE_SYSTEM_PART2] = {"system-part2", 0x08060000, 0x40000, 0x08060000, MODULE_SYSTEM_PART, 2},
    [IMAGE_USER] = {"user", 0x080A0000, 0x20000, 0x080A0000, MODULE_USER_PART, 1},
    [IMAGE_FACTORY] = {"factory", 0x080E0000, 0x20000, 0x080A0000, MODULE_USER_PART, 1},
};

/* A folder without these leaves their areas erased. */
static bool optional(unsigned part)
{
    return part == IMAGE_USER || part == IMAGE_FACTORY;
}

/* ---- versions ---- */

static int compare_identifiers(const char *a, size_t a_length, const char *b, size_t b_length)
{
    bool a_number = a_length != 0, b_number = b_length != 0;
    for (size_t i = 0; i < a_length; i++)
        a_number = a_number && g_ascii_isdigit(a[i]);
    for (size_t i = 0; i < b_length; i++)
        b_number = b_number && g_ascii_isdigit(b[i]);
    if (a_number != b_number)
        return a_number ? -1 : 1;
    if (a_number) {
        for (; a_length > 1 && *a == '0'; a++)
            a_length--;
        for (; b_length > 1 && *b == '0'; b++)
            b_length--;
        if (a_length != b_length)
            return a_length < b_length ? -1 : 1;
    }
    int order = memcmp(a, b, MIN(a_length, b_length));
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

/* Dot by dot; a side that ends first counts as ended. */
static int compare_dotted(const char *a, size_t a_length, const char *b, size_t b_length, int ended)
{
    const char *a_end = a + a_length, *b_end = b + b_length;
    while (a < a_end && b < b_end) {
        const char *a_dot = memchr(a, '.', (size_t)(a_end - a)), *b_dot = memchr(b, '.', (size_t)(b_end - b));
        if (a_dot == NULL)
            a_dot = a_end;
        if (b_dot == NULL)
            b_dot = b_end;
        int order = compare_identifiers(a, (size_t)(a_dot - a), b, (size_t)(b_dot - b));
        if (order != 0)
            return order;
        a = a_dot < a_end ? a_dot + 1 : a_end;
        b = b_dot < b_end ? b_dot + 1 : b_end;
    }
    return a < a_end ? -ended : b < b_end ? ended : 0;
}

int image_version_compare(const char *a, const char *b)
{
    size_t a_release = strcspn(a, "-"), b_release = strcspn(b, "-");
    int order = compare_dotted(a, a_release, b, b_release, -1);
    if (order != 0)
        return order;
    const char *a_rest = a + a_release, *b_rest = b + b_release;
    if (*a_rest == '\0' || *b_rest == '\0') /* a release is newer than its candidates */
        return (*a_rest == '\0') - (*b_rest == '\0');
    return compare_dotted(a_rest + 1, strlen(a_rest + 1), b_rest + 1, strlen(b_rest + 1), -1);
}

static int compare_names(const void *a, const void *b)
{
    return image_version_compare(*(char *const *)a, *(char *const *)b);
}

/* ---- where sets are ---- */

static void add_folder(GPtrArray *folders, char *folder)
{
    for (unsigned i = 0; i < folders->len; i++)
        if (g_str_equal(g_ptr_array_index(folders, i), folder)) {
            g_free(folder);
            return;
        }
    g_ptr_array_add(folders, folder);
}

static void add_folders_of_program(GPtrArray *folders)
{
    g_autofree char *folder = g_file_read_link("/proc/self/exe", NULL);
    for (unsigned i = 0; folder != NULL && i < 4; i++) {
        char *parent = g_path_get_dirname(folder);
        g_free(folder);
        folder = parent;
        add_folder(folders, g_build_filename(folder, "image-sets", NULL));
    }
}

static GPtrArray *set_folders(const char *sets)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    if (sets != NULL)
        add_folder(folders, g_strdup(sets));
    const char *environment = g_getenv("PHOTON_EMU_SETS");
    if (environment != NULL && environment[0] != '\0')
        add_folder(folders, g_strdup(environment));
    add_folder(folders, g_build_filename(g_get_user_data_dir(), "photon-emu", "sets", NULL));
    add_folder(folders, g_strdup("image-sets"));
    add_folders_of_program(folders);
    return folders;
}

static bool is_set(const char *folder)
{
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        g_autofree char *file = g_strdup_printf("%s/%s.bin", folder, image_places[part].name);
        if (g_file_test(file, G_FILE_TEST_EXISTS))
            return true;
    }
    return false;
}

char **image_set_names(const char *sets)
{
    g_autoptr(GPtrArray) folders = set_folders(sets);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *names = g_ptr_array_new();
    for (unsigned i = 0; i < folders->len; i++) {
        const char *folder = g_ptr_array_index(folders, i);
        g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
        for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
            g_autofree char *path = g_build_filename(folder, name, NULL);
            if (name[0] == '.' || g_hash_table_contains(seen, name) || !is_set(path))
                continue;
            char *copy = g_strdup(name);
            g_hash_table_add(seen, copy);
            g_ptr_array_add(names, copy);
        }
    }
    if (names->len != 0)
        qsort(names->pdata, names->len, sizeof names->pdata[0], compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static char *find_by_name(const char *sets, const char *name)
{
    if (strchr(name, '/') != NULL || g_str_equal(name, ".") || g_str_equal(name, ".."))
        return NULL;
    g_autoptr(GPtrArray) folders = set_folders(sets);
    for (unsigned i = 0; i < folders->len; i++) {
        g_autofree char *path = g_build_filename(g_ptr_array_index(folders, i), name, NULL);
        if (is_set(path))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* "-p1"; "" for a Photon. NULL for a platform without a name. */
static char *suffix_of(uint16_t platform)
{
    const char *name = module_platform_name(platform);
    if (name == NULL)
        return NULL;
    if (platform == PLATFORM_PHOTON)
        return g_strdup("");
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_strdelimit(g_strdup_printf("-%s", lower), " ", '-');
}

static char *find_for_platform(const char *sets, const char *name, uint16_t platform)
{
    g_autofree char *suffix = suffix_of(platform);
    if (suffix != NULL && suffix[0] != '\0') {
        g_autofree char *own = g_strconcat(name, suffix, NULL);
        char *folder = find_by_name(sets, own);
        if (folder != NULL)
            return folder;
    }
    return find_by_name(sets, name);
}

#define HOW_TO_GET_SETS "run scripts/fetch-images, or give a folder with bootloader.bin, system-part1.bin and system-part2.bin"

char *image_set_find(const char *sets, const char *name, uint16_t platform, GError **error)
{
    char *folder = find_for_platform(sets, name, platform);
    if (folder != NULL)
        return folder;
    if (g_file_test(name, G_FILE_TEST_IS_DIR))
        return g_strdup(name);
    g_auto(GStrv) names = image_set_names(sets);
    g_autofree char *list = g_strjoinv(", ", names);
    if (list[0] == '\0')
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING,
                    "No image set %s is to be found, nor any other: " HOW_TO_GET_SETS ".", name);
    else
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING, "There is no image set or folder %s; there are: %s.", name, list);
    return NULL;
}

/* The platform that a set's system part 1 is for, or -1. */
static int platform_of_set(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "system-part1.bin", NULL);
    g_autoptr(GBytes) bytes = image_file_read(path, image_places[IMAGE_SYSTEM_PART1].size, NULL);
    struct module module;
    if (bytes == NULL || !module_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &module))
        return -1;
    return module.header.platform;
}

char *image_set_newest(const char *sets, uint16_t platform, GError **error)
{
    g_auto(GStrv) names = image_set_names(sets);
    for (unsigned i = g_strv_length(names); i-- > 0;) {
        g_autofree char *folder = find_by_name(sets, names[i]);
        if (folder != NULL && platform_of_set(folder) == platform)
            return g_strdup(names[i]);
    }
    const char *name = module_platform_name(platform);
    g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING, "There is no image set for the %s: " HOW_TO_GET_SETS ".",
                name != NULL ? name : "board");
    return NULL;
}

/* ---- checking a part ---- */

static void refuse(GError **error, enum image_error code, const char *path, unsigned part, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* FILE cannot go to ADDRESS as PLACE: reason, and what else can be done. */
static void refuse(GError **error, enum image_error code, const char *path, unsigned part, const char *format, ...)
{
    const struct image_place *place = &image_places[part];
    va_list args;
    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, IMAGE_ERROR, code,
                "%s cannot go to 0x%08X as %s: %s; give another file or \"none\" with --%s, or put it there unchecked with "
                "--%s none --load 0x%08X=%s.",
                path, place->address, place->name, reason, place->name, place->name, place->address, path);
}

static bool check_size(const char *path, unsigned part, const struct module *module, size_t size, GError **error)
{
    char is[32], should[32];
    uint32_t room = image_places[part].size;
    if (module->size > room || size > room) {
        refuse(error, IMAGE_ERROR_TOO_LARGE, path, part, "it is too large, with %s bytes for a place of %s",
               image_count_string(MAX(size, module->size), is, sizeof is), image_count_string(room, should, sizeof should));
        return false;
    }
    if (!module->complete) {
        refuse(error, IMAGE_ERROR_TRUNCATED, path, part, "it is cut short, with %s bytes of the %s that its header promises",
               image_count_string(size, is, sizeof is), image_count_string(module->size, should, sizeof should));
        return false;
    }
    return true;
}

static bool check_part(const char *path, unsigned part, uint16_t platform, GBytes *bytes, GError **error)
{
    const struct image_place *place = &image_places[part];
    size_t size;
    const uint8_t *data = g_bytes_get_data(bytes, &size);
    struct module module;
    char is[48], should[48];
    if (!module_parse(data, size, &module)) {
        refuse(error, IMAGE_ERROR_FORMAT, path, part, "it is no module image (it has no module header)");
        return false;
    }
    const struct module_header *h = &module.header;
    if (module.core) {
        refuse(error, IMAGE_ERROR_PLATFORM, path, part, "it is firmware for a Core");
        return false;
    }
    if (h->function != place->function || h->index != place->index) {
        refuse(error, IMAGE_ERROR_FORMAT, path, part, "it is %s, and %s belongs there",
               module_name(h->function, h->index, is, sizeof is),
               module_name(place->function, place->index, should, sizeof should));
        return false;
    }
    if (h->platform != platform) {
        const char *its = module_platform_name(h->platform), *ours = module_platform_name(platform);
        refuse(error, IMAGE_ERROR_PLATFORM, path, part, "it is for platform %u (%s), and the board is platform %u (%s)",
               h->platform, its != NULL ? its : "unknown", platform, ours != NULL ? ours : "unknown");
        return false;
    }
    if (h->start != place->start) {
        refuse(error, IMAGE_ERROR_ADDRESS, path, part, "it is made for 0x%08X, not for 0x%08X", h->start, place->start);
        return false;
    }
    return check_size(path, part, &module, size, error);
}

/* ---- loading ---- */

static bool load_part(struct image_set *set, unsigned part, const char *path, uint16_t platform, GError **error)
{
    /* more than fits, so that the sentence can tell how much too large it is */
    g_autoptr(GError) why = NULL;
    g_autoptr(GBytes) bytes = image_file_read(path, IMAGE_FLASH_SIZE, &why);
    if (bytes == NULL) {
        if (g_error_matches(why, IMAGE_ERROR, IMAGE_ERROR_MISSING))
            g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING,
                        "%s is missing: %s at 0x%08X needs it; give another file or \"none\" with --%s.", path,
                        image_places[part].name, image_places[part].address, image_places[part].name);
        else if (g_error_matches(why, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE))
            refuse(error, IMAGE_ERROR_TOO_LARGE, path, part, "it is too large, with more bytes than the whole flash");
        else
            g_propagate_error(error, g_steal_pointer(&why));
        return false;
    }
    if (!check_part(path, part, platform, bytes, error))
        return false;
    set->parts[part] = g_steal_pointer(&bytes);
    set->files[part] = g_strdup(path);
    return true;
}

static bool find_folder(struct image_set *set, const struct image_options *options, GError **error)
{
    g_autofree char *newest = options->set == NULL ? image_set_newest(options->sets, options->platform, error) : NULL;
    const char *name = options->set != NULL ? options->set : newest;
    if (name == NULL)
        return false;
    set->folder = image_set_find(options->sets, name, options->platform, error);
    if (set->folder == NULL)
        return false;
    g_autofree char *base = g_path_get_basename(set->folder);
    bool named = !g_str_equal(set->folder, name);
    g_free(set->name);
    set->name = g_strdup(named ? base : name);
    return true;
}

static bool load_parts(struct image_set *set, const struct image_options *options, GError **error)
{
    unsigned wanted = options->only != 0 ? options->only : IMAGE_ALL_PARTS;
    bool folder_needed = options->set != NULL; /* a name that was given must be right even if nothing is taken from it */
    for (unsigned part = 0; part < IMAGE_PARTS; part++)
        if ((wanted & 1u << part) && options->file[part] == NULL)
            folder_needed = true;
    if (folder_needed && !find_folder(set, options, error))
        return false;
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        const char *file = options->file[part];
        if (!(wanted & 1u << part) || (file != NULL && g_str_equal(file, "none")))
            continue;
        g_autofree char *own = NULL;
        if (file == NULL) {
            own = g_strdup_printf("%s/%s.bin", set->folder, image_places[part].name);
            if (optional(part) && !g_file_test(own, G_FILE_TEST_EXISTS))
                continue;
            file = own;
        }
        if (!load_part(set, part, file, options->platform, error))
            return false;
    }
    return true;
}

struct image_set *image_set_load(const struct image_options *options, GError **error)
{
    struct image_set *set = g_new0(struct image_set, 1);
    set->name = g_strdup("none");
    if (load_parts(set, options, error))
        return set;
    image_set_free(set);
    return NULL;
}

void image_set_free(struct image_set *set)
{
    if (set == NULL)
        return;
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        g_clear_pointer(&set->parts[part], g_bytes_unref);
        g_free(set->files[part]);
    }
    g_free(set->folder);
    g_free(set->name);
    g_free(set);
}

bool image_set_apply(const struct image_set *set, uint8_t *flash, struct image_layout *layout, GError **error)
{
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        if (set->parts[part] == NULL)
            continue;
        g_autofree char *remedy = g_strdup_printf("--%s none", image_places[part].name);
        if (!image_layout_claim(layout, image_places[part].address, (uint32_t)g_bytes_get_size(set->parts[part]),
                                set->files[part], remedy, error))
            return false;
    }
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        if (set->parts[part] == NULL)
            continue;
        size_t size;
        const void *data = g_bytes_get_data(set->parts[part], &size);
        memcpy(flash + (image_places[part].address - IMAGE_FLASH_BASE), data, size);
    }
    return true;
}

unsigned image_parts_parse(const char *text, GError **error)
{
    g_auto(GStrv) words = g_strsplit(text, ",", 0);
    unsigned parts = 0;
    for (unsigned i = 0; words[i] != NULL; i++) {
        unsigned part = 0;
        while (part < IMAGE_PARTS && !g_str_equal(g_strstrip(words[i]), image_places[part].name))
            part++;
        if (part == IMAGE_PARTS) {
            g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT,
                        "\"%s\" is no part of a set; the parts are bootloader, system-part1, system-part2, user and factory.",
                        words[i]);
            return 0;
        }
        parts |= 1u << part;
    }
    if (parts == 0)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT,
                    "No part is named; the parts are bootloader, system-part1, system-part2, user and factory.");
    return parts;
}
