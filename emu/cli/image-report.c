/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/image-report.h"

#include <string.h>

#include "boards/board.h"
#include "images/checks.h"
#include "images/embedded.h"
#include "images/file.h"

/* ---- an installed set ---- */

/* The platform of a set's files; a Photon's if they do not tell. */
static uint16_t platform_of(const char *folder)
{
    struct module module;
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        g_autofree char *path = g_strdup_printf("%s/%s.bin", folder, image_places[part].name);
        g_autoptr(GBytes) bytes = image_file_read(path, IMAGE_FLASH_SIZE, NULL);
        if (bytes != NULL && module_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), &module))
            return module.header.platform;
    }
    return PLATFORM_PHOTON;
}

struct image_host *image_host_new(const char *set, const char *board_name, GError **error)
{
    const struct board *board = board_name != NULL ? board_find(board_name) : NULL;
    if (board_name != NULL && board == NULL) {
        g_autofree char *names = g_strjoinv(", ", (char **)board_names());
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING, "--board '%s' is not known: it must be one of %s.", board_name,
                    names);
        return NULL;
    }
    uint16_t platform = board != NULL ? board->platform : PLATFORM_PHOTON;
    g_autofree char *folder = image_set_find(NULL, set, platform, error);
    if (folder == NULL)
        return NULL;
    if (board == NULL)
        platform = platform_of(folder);
    struct image_options options = {.set = folder, .platform = platform};
    struct image_set *files = image_set_load(&options, error);
    if (files == NULL)
        return NULL;
    struct image_host *host = g_new0(struct image_host, 1);
    host->name = g_strdup(set);
    host->platform = platform;
    host->flash = g_malloc(IMAGE_FLASH_SIZE);
    host->scratch = g_malloc(IMAGE_FLASH_SIZE);
    memset(host->flash, 0xFF, IMAGE_FLASH_SIZE);
    struct image_layout *layout = image_layout_new();
    bool good = image_set_apply(files, host->flash, layout, error);
    struct flash_view view = {host->flash, platform};
    host->flags_in_backup = bootloader_rules(view_header(&view, IMAGE_FLASH_BASE).version).flags_in_backup;
    image_layout_free(layout);
    image_set_free(files);
    if (!good)
        g_clear_pointer(&host, image_host_free);
    return host;
}

void image_host_free(struct image_host *host)
{
    g_free(host->name);
    g_free(host->flash);
    g_free(host->scratch);
    g_free(host);
}

/* ---- what is in a file ---- */

static bool all(const uint8_t *data, size_t size, uint8_t value)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] != value)
            return false;
    return true;
}

static bool is_text(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (data[i] < 0x20 ? strchr("\t\n\r\f", data[i]) == NULL || data[i] == 0 : data[i] >= 0x7F)
            return false;
    return true;
}

static char *describe_content(const uint8_t *data, size_t size)
{
    if (size == 1 && data[0] == 0xA5)
        return g_strdup(
            "The byte 0xA5, no module: written to offset 1753 of the settings area (DCT), it has the system look for an "
            "update in the OTA area at its next start.");
    if (all(data, size, 0xFF))
        return g_strdup("No module: every byte is 0xFF, as in erased flash.");
    if (all(data, size, 0))
        return g_strdup("No module: every byte is 0.");
    if (size >= 4 && memcmp(data, "\177ELF", 4) == 0)
        return g_strdup("No module: an ELF file, as a linker writes it; objcopy -O binary makes a raw binary of it.");
    if (size >= 2 && data[0] == ':' && g_ascii_isxdigit(data[1]) && is_text(data, size))
        return g_strdup("No module: an Intel HEX file; objcopy -I ihex -O binary makes a raw binary of it.");
    if (is_text(data, size))
        return g_strdup("No module: text.");
    if (size < MODULE_HEADER_SIZE)
        return g_strdup("No module: it is shorter than a module's header of 24 bytes.");
    return g_strdup("No module: there is no module header where a Photon or a Core looks for one.");
}

static void find_embedded(struct image_report *r)
{
    uint32_t offset = 0;
    struct module module;
    while (module_find_embedded(r->data, r->dfu.payload, &offset, &module)) {
        struct image_found found = {offset, module};
        g_array_append_val(r->embedded, found);
    }
}

static void look_at_elements(struct image_report *r)
{
    for (unsigned i = 0; r->is_dfu && i < r->dfu.elements->len; i++) {
        const struct dfu_element *e = &g_array_index(r->dfu.elements, struct dfu_element, i);
        struct image_found found = {.offset = e->offset};
        if (module_parse(r->data + e->offset, e->size, &found.module))
            g_array_append_val(r->elements, found);
    }
}

/* ---- what an installed system makes of it ---- */

static enum module_place place_of(const struct image_report *r)
{
    const struct image_place *place =
        r->is_module && !r->module.core ? view_place(r->module.header.function, r->module.header.index) : NULL;
    return place != NULL ? (enum module_place)(place - image_places) : PLACE_USER;
}

static struct verdicts *judge_with(const struct image_report *r, uint32_t address, uint32_t room)
{
    size_t size = r->is_module ? MIN(r->dfu.payload, r->module.size) : r->dfu.payload;
    if (size > room)
        return NULL;
    uint8_t *flash = r->host->scratch;
    memcpy(flash, r->host->flash, IMAGE_FLASH_SIZE);
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    facts.platform = r->host->platform;
    /* A new device: nobody has written StartupMode into its DCT, except for the bootloaders that keep their flags there. */
    if (r->host->flags_in_backup)
        facts.dct.startup_mode = 0xFF;
    /* sectors of 128 KB are erased as far as the file goes; the bootloader's has 16 */
    uint32_t erased = address < 0x08020000 ? room : (uint32_t)(size + 0x1FFFF) & ~0x1FFFFu;
    memset(flash + (address - IMAGE_FLASH_BASE), 0xFF, MIN(erased, room));
    memcpy(flash + (address - IMAGE_FLASH_BASE), r->data, size);
    return verdicts_new(flash, &facts);
}

static void judge(struct image_report *r)
{
    enum { OTA_ADDRESS = 0x080C0000, OTA_SIZE = 0x40000 };
    r->place = place_of(r);
    const struct image_place *place = &image_places[r->place];
    r->installed = judge_with(r, place->address, place->size);
    if (r->installed == NULL) {
        char room[32];
        r->no_room = g_strdup_printf("It does not fit: there are %s bytes at 0x%08X.",
                                     image_count_string(place->size, room, sizeof room), place->address);
    }
    r->update = judge_with(r, OTA_ADDRESS, OTA_SIZE);
}

struct image_report *image_report_new(const char *path, const uint8_t *data, size_t size, const struct image_host *host)
{
    struct image_report *r = g_new0(struct image_report, 1);
    r->path = path;
    r->data = data;
    r->size = size;
    r->host = host;
    r->embedded = g_array_new(FALSE, FALSE, sizeof(struct image_found));
    r->elements = g_array_new(FALSE, FALSE, sizeof(struct image_found));
    r->is_dfu = dfu_file_parse(data, size, &r->dfu);
    if (!r->is_dfu)
        r->dfu.payload = size;
    r->is_module = module_parse(data, r->dfu.payload, &r->module);
    if (!r->is_module && !r->dfu.dfuse)
        r->content = describe_content(data, r->dfu.payload);
    if (!r->dfu.dfuse)
        find_embedded(r);
    look_at_elements(r);
    if (host != NULL && !r->dfu.dfuse)
        judge(r);
    return r;
}

void image_report_free(struct image_report *r)
{
    g_free(r->content);
    g_free(r->no_room);
    g_array_unref(r->embedded);
    g_array_unref(r->elements);
    if (r->is_dfu)
        dfu_file_clear(&r->dfu);
    verdicts_free(r->installed);
    verdicts_free(r->update);
    g_free(r);
}

/* ---- where it belongs ---- */

char *image_report_valid_at(const struct module *m)
{
    const struct module_header *h = &m->header;
    const char *board = module_platform_name(h->platform);
    g_autofree char *whose = board != NULL ? g_strdup_printf("%s %s", strchr("AEIOU", board[0]) != NULL ? "an" : "a", board)
                                           : g_strdup_printf("platform %u", h->platform);
    if (m->core)
        return g_strdup_printf("0x%08X of a Core; nowhere on a Photon or P1", h->start);
    if (h->platform != PLATFORM_PHOTON && h->platform != PLATFORM_P1)
        return g_strdup_printf("0x%08X of %s; nowhere on a Photon or P1", h->start, whose);
    GString *text = g_string_new(NULL);
    for (unsigned part = 0; part < IMAGE_PARTS; part++) {
        const struct image_place *place = &image_places[part];
        if (place->function == h->function && place->index == h->index && place->start == h->start && m->size <= place->size)
            g_string_append_printf(text, "%s0x%08X (%s)", text->len != 0 ? " and " : "", place->address, place->name);
    }
    if (text->len == 0)
        g_string_append_printf(text, "nowhere: no place at 0x%08X takes such a module, or it is too large; meant for %s",
                               h->start, whose);
    else
        g_string_append_printf(text, " of %s", whose);
    return g_string_free(text, FALSE);
}
