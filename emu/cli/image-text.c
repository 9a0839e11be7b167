/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report for people: at most 80 columns, where the names of files allow it. */
#include <string.h>

#include "emu/cli/image-report.h"
#include "images/file.h"
#include "images/rules.h"

enum { COLUMNS = 80, INDENT = 2, VALUES = 13 };

/* A label and a text that may take several lines. */
static void line(FILE *out, const char *label, const char *text)
{
    fprintf(out, "%*s%-*s", INDENT, "", VALUES - INDENT, label);
    unsigned column = VALUES;
    g_auto(GStrv) words = g_strsplit(text, " ", 0);
    for (unsigned i = 0; words[i] != NULL; i++) {
        unsigned length = (unsigned)g_utf8_strlen(words[i], -1);
        if (i != 0 && column + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", VALUES, "");
            column = VALUES;
        } else if (i != 0) {
            putc(' ', out);
            column++;
        }
        fputs(words[i], out);
        column += length;
    }
    putc('\n', out);
}

static void line_free(FILE *out, const char *label, char *text)
{
    line(out, label, text);
    g_free(text);
}

/* "system part 2 version 108 (0.6.2)" */
static char *dependency_string(const struct module_dependency *d)
{
    char name[48];
    const char *release = d->function == MODULE_SYSTEM_PART  ? system_release(d->version)
                          : d->function == MODULE_BOOTLOADER ? bootloader_release(d->version)
                                                             : NULL;
    module_name(d->function, d->index, name, sizeof name);
    return release != NULL ? g_strdup_printf("%s version %u (%s)", name, d->version, release)
                           : g_strdup_printf("%s version %u", name, d->version);
}

static char *title_string(const struct module *m)
{
    const struct module_header *h = &m->header;
    const char *platform = module_platform_name(h->platform);
    g_autofree char *board =
        platform != NULL ? g_strdup_printf("the %s", platform) : g_strdup_printf("platform %u", h->platform);
    const char *release = h->platform != PLATFORM_PHOTON && h->platform != PLATFORM_P1 ? NULL
                          : h->function == MODULE_SYSTEM_PART                          ? system_release(h->version)
                          : h->function == MODULE_BOOTLOADER                           ? bootloader_release(h->version)
                                                                                       : NULL;
    g_autofree char *since = release == NULL                    ? g_strdup("")
                             : h->function == MODULE_BOOTLOADER ? g_strdup_printf(" (since release %s)", release)
                                                                : g_strdup_printf(" (release %s)", release);
    char name[48];
    if (m->core)
        return g_strdup_printf("Core firmware, version %u%s: not for a Photon", h->version, since);
    return g_strdup_printf("%s, version %u%s, for %s", module_name(h->function, h->index, name, sizeof name), h->version, since,
                           board);
}

static void print_sums(FILE *out, const struct module *m)
{
    if (!m->complete) {
        char size[32];
        line_free(out, "CRC-32",
                  g_strdup_printf("cannot be checked: the file is cut short; the module has %s bytes",
                                  image_count_string(m->size, size, sizeof size)));
        return;
    }
    line_free(out, "CRC-32", g_strdup_printf("%08X, %s", m->crc, m->crc_good ? "good" : "WRONG"));
    line(out, "SHA-256", m->sha256_good ? "good" : "WRONG (no device checks it)");
    if (m->has_product && m->product == 0xFFFF)
        line_free(out, "trailer", g_strdup_printf("%u bytes, no product", m->suffix));
    else if (m->has_product)
        line_free(out, "trailer",
                  g_strdup_printf("%u bytes, product %u version %u", m->suffix, m->product, m->product_version));
    else
        line_free(out, "trailer", g_strdup_printf("%u bytes, without room for a product", m->suffix));
}

static void print_module(FILE *out, const struct module *m)
{
    const struct module_header *h = &m->header;
    line_free(out, "module", title_string(m));
    line_free(out, "range", g_strdup_printf("0x%08X to 0x%08X, header at offset 0x%X", h->start, h->end, m->header_offset));
    g_autofree char *first = dependency_string(&h->dependency[0]), *second = dependency_string(&h->dependency[1]);
    bool has[] = {h->dependency[0].function != MODULE_NONE, h->dependency[1].function != MODULE_NONE};
    line_free(out, "needs",
              g_strdup_printf("%s%s%s", has[0] ? first : "", has[0] && has[1] ? " and " : "",
                              has[1]   ? second
                              : has[0] ? ""
                                       : "no other module"));
    if (m->has_vectors)
        line_free(out, "vectors", g_strdup_printf("stack 0x%08X, reset 0x%08X", m->stack, m->entry));
    if (h->flags != 0)
        line_free(out, "flags", g_strdup_printf("0x%02X", h->flags));
    print_sums(out, m);
    line_free(out, "valid at", image_report_valid_at(m));
}

static char *ids_string(uint16_t vendor, uint16_t product)
{
    const char *board = dfu_board_name(vendor, product);
    return board != NULL ? g_strdup_printf("%04X:%04X, a %s", vendor, product, board)
                         : g_strdup_printf("%04X:%04X, none of Particle's boards", vendor, product);
}

static void print_suffix(FILE *out, const struct image_report *r)
{
    const struct dfu_suffix *s = &r->dfu.suffix;
    g_autofree char *ids = ids_string(s->vendor, s->product);
    bool any = s->vendor == DFU_ANY && s->product == DFU_ANY;
    line_free(out, "DFU suffix",
              g_strdup_printf("%u bytes, for %s%s, CRC %s", s->length, any ? "any device" : "USB device ", any ? "" : ids,
                              s->crc_good ? "good" : "WRONG"));
    uint16_t vendor, product, platform = r->host != NULL ? r->host->platform : PLATFORM_PHOTON;
    if (dfu_ids_of_platform(platform, &vendor, &product) && !dfu_suffix_fits(s, vendor, product)) {
        g_autofree char *board = ids_string(vendor, product);
        line_free(out, "", g_strdup_printf("It is for another device than %s: dfu-util refuses it there.", board));
    }
}

static void print_elements(FILE *out, const struct image_report *r)
{
    unsigned module = 0;
    line_free(out, "DfuSe",
              g_strdup_printf("a container with %u element%s", r->dfu.elements->len, r->dfu.elements->len == 1 ? "" : "s"));
    for (unsigned i = 0; i < r->dfu.elements->len; i++) {
        const struct dfu_element *e = &g_array_index(r->dfu.elements, struct dfu_element, i);
        g_autofree char *what = NULL;
        if (module < r->elements->len && g_array_index(r->elements, struct image_found, module).offset == e->offset)
            what = module_describe(&g_array_index(r->elements, struct image_found, module++).module);
        char size[32];
        line_free(out, "element",
                  g_strdup_printf("alternate %u, 0x%08X, %s bytes: %s", e->alternate, e->address,
                                  image_count_string(e->size, size, sizeof size), what != NULL ? what : "no module"));
    }
}

static void print_verdict(FILE *out, const char *label, const struct module_verdict *v)
{
    line_free(out, label,
              g_strdup_printf("%s %s%s%s", v->cause, v->effect, v->cure != NULL ? " " : "", v->cure != NULL ? v->cure : ""));
}

static void print_host(FILE *out, const struct image_report *r)
{
    if (r->no_room != NULL)
        line(out, "", r->no_room);
    if (r->installed != NULL) {
        fprintf(out, "%*son %s, at 0x%08X:\n", INDENT, "", r->host->name, image_places[r->place].address);
        print_verdict(out, "", &r->installed->place[r->place]);
        if (r->place != PLACE_USER)
            print_verdict(out, "user", &r->installed->place[PLACE_USER]);
    }
    if (r->update != NULL) {
        fprintf(out, "%*son %s, as an update over the air or serial:\n", INDENT, "", r->host->name);
        print_verdict(out, "", &r->update->place[PLACE_OTA]);
    }
}

void image_report_print(const struct image_report *r, FILE *out)
{
    char size[32];
    g_autofree char *name = g_filename_display_name(r->path);
    fprintf(out, "%s (%s byte%s)\n", name, image_count_string(r->size, size, sizeof size), r->size == 1 ? "" : "s");
    if (r->is_module)
        print_module(out, &r->module);
    else if (r->content != NULL)
        line(out, "content", r->content);
    size_t used = r->is_module && r->module.complete ? r->module.size : r->dfu.payload;
    for (unsigned i = 0; i < r->embedded->len; i++) {
        const struct image_found *f = &g_array_index(r->embedded, struct image_found, i);
        g_autofree char *what = module_describe(&f->module);
        line_free(out, f->offset < used ? "embedded" : "behind it", g_strdup_printf("at offset 0x%X: %s", f->offset, what));
    }
    if (r->is_module && r->module.complete && r->dfu.payload > r->module.size)
        line_free(out, "more",
                  g_strdup_printf("%s bytes behind the module",
                                  image_count_string(r->dfu.payload - r->module.size, size, sizeof size)));
    if (r->is_dfu && r->dfu.has_suffix)
        print_suffix(out, r);
    if (r->dfu.dfuse)
        print_elements(out, r);
    if (r->is_dfu && r->dfu.problem != NULL)
        line(out, "", r->dfu.problem);
    print_host(out, r);
}
