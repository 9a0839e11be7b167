/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as JSON. Numbers are numbers, addresses and checksums too; what is not known is left out, except that "module" and
 * "core" are always there.
 */
#include <json-glib/json-glib.h>

#include "emu/cli/image-report.h"

static void number(JsonBuilder *b, const char *name, int64_t value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, value);
}

static void boolean(JsonBuilder *b, const char *name, bool value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_boolean_value(b, value);
}

/* Names of files may be no UTF-8. */
static void text(JsonBuilder *b, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    json_builder_set_member_name(b, name);
    json_builder_add_string_value(b, valid);
}

static void dependencies(JsonBuilder *b, const struct module_header *h)
{
    json_builder_set_member_name(b, "dependencies");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < 2; i++) {
        if (h->dependency[i].function == MODULE_NONE)
            continue;
        char name[48];
        json_builder_begin_object(b);
        number(b, "function", h->dependency[i].function);
        number(b, "index", h->dependency[i].index);
        number(b, "version", h->dependency[i].version);
        text(b, "name", module_name(h->dependency[i].function, h->dependency[i].index, name, sizeof name));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void sums(JsonBuilder *b, const struct module *m)
{
    char hex[65];
    number(b, "crc", m->crc);
    boolean(b, "crc_good", m->crc_good);
    for (unsigned i = 0; i < 32; i++)
        g_snprintf(hex + 2 * i, 3, "%02x", m->sha256[i]);
    text(b, "sha256", hex);
    boolean(b, "sha256_good", m->sha256_good);
    number(b, "suffix_size", m->suffix);
    if (m->has_product) {
        number(b, "product", m->product);
        number(b, "product_version", m->product_version);
    }
}

static void module_members(JsonBuilder *b, const struct module *m)
{
    const struct module_header *h = &m->header;
    const char *release = h->function == MODULE_SYSTEM_PART  ? system_release(h->version)
                          : h->function == MODULE_BOOTLOADER ? bootloader_release(h->version)
                                                             : NULL;
    char name[48];
    g_autofree char *valid_at = image_report_valid_at(m);
    boolean(b, "core", m->core);
    text(b, "name", m->core ? "Core firmware" : module_name(h->function, h->index, name, sizeof name));
    number(b, "function", h->function);
    number(b, "index", h->index);
    number(b, "version", h->version);
    text(b, "release", release);
    number(b, "platform", h->platform);
    text(b, "platform_name", module_platform_name(h->platform));
    number(b, "start", h->start);
    number(b, "end", h->end);
    number(b, "flags", h->flags);
    number(b, "header_offset", m->header_offset);
    number(b, "module_size", m->size);
    dependencies(b, h);
    boolean(b, "complete", m->complete);
    if (m->complete)
        sums(b, m);
    if (m->has_vectors) {
        number(b, "stack", m->stack);
        number(b, "reset", m->entry);
    }
    text(b, "valid_at", valid_at);
}

static void found_modules(JsonBuilder *b, const char *name, const GArray *list)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_array(b);
    for (unsigned i = 0; i < list->len; i++) {
        const struct image_found *f = &g_array_index(list, struct image_found, i);
        json_builder_begin_object(b);
        number(b, "offset", f->offset);
        module_members(b, &f->module);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void dfu(JsonBuilder *b, const struct dfu_file *file)
{
    json_builder_set_member_name(b, "dfu");
    json_builder_begin_object(b);
    number(b, "payload", (int64_t)file->payload);
    if (file->has_suffix) {
        number(b, "vendor", file->suffix.vendor);
        number(b, "product", file->suffix.product);
        number(b, "device", file->suffix.device);
        number(b, "version", file->suffix.version);
        boolean(b, "crc_good", file->suffix.crc_good);
        text(b, "board", dfu_board_name(file->suffix.vendor, file->suffix.product));
    }
    boolean(b, "dfuse", file->dfuse);
    json_builder_set_member_name(b, "elements");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < file->elements->len; i++) {
        const struct dfu_element *e = &g_array_index(file->elements, struct dfu_element, i);
        json_builder_begin_object(b);
        number(b, "alternate", e->alternate);
        number(b, "address", e->address);
        number(b, "size", e->size);
        number(b, "offset", e->offset);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    text(b, "problem", file->problem);
    json_builder_end_object(b);
}

static void verdict(JsonBuilder *b, const char *name, const struct module_verdict *v)
{
    json_builder_set_member_name(b, name);
    json_builder_begin_object(b);
    number(b, "address", v->address);
    text(b, "outcome", module_outcome_name(v->outcome));
    text(b, "reason", module_reason_name(v->reason));
    text(b, "cause", v->cause);
    text(b, "effect", v->effect);
    text(b, "cure", v->cure);
    json_builder_end_object(b);
}

static void host(JsonBuilder *b, const struct image_report *r)
{
    json_builder_set_member_name(b, "installed_on");
    json_builder_begin_object(b);
    text(b, "set", r->host->name);
    text(b, "no_room", r->no_room);
    if (r->installed != NULL) {
        verdict(b, "there", &r->installed->place[r->place]);
        verdict(b, "user", &r->installed->place[PLACE_USER]);
        boolean(b, "user_runs", r->installed->user_runs);
    }
    if (r->update != NULL)
        verdict(b, "as_update", &r->update->place[PLACE_OTA]);
    json_builder_end_object(b);
}

static void report(JsonBuilder *b, const struct image_report *r)
{
    json_builder_begin_object(b);
    text(b, "file", r->path);
    number(b, "size", (int64_t)r->size);
    boolean(b, "module", r->is_module);
    if (r->is_module)
        module_members(b, &r->module);
    else
        boolean(b, "core", false);
    text(b, "content", r->content);
    found_modules(b, "embedded", r->embedded);
    if (r->is_dfu)
        dfu(b, &r->dfu);
    if (r->elements->len != 0)
        found_modules(b, "element_modules", r->elements);
    if (r->host != NULL)
        host(b, r);
    json_builder_end_object(b);
}

char *image_reports_json(GPtrArray *reports)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_array(b);
    for (unsigned i = 0; i < reports->len; i++)
        report(b, g_ptr_array_index(reports, i));
    json_builder_end_array(b);
    g_autoptr(JsonGenerator) generator = json_generator_new();
    g_autoptr(JsonNode) root = json_builder_get_root(b);
    json_generator_set_root(generator, root);
    json_generator_set_pretty(generator, TRUE);
    return json_generator_to_data(generator, NULL);
}
