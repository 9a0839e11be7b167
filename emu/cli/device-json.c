/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device as JSON; its members are listed in the man page. */
#include <string.h>

#include "emu/cli/device-report.h"
#include "images/forecast.h"
#include "images/set.h"

static void add_string(JsonBuilder *b, const char *name, const char *value)
{
    json_builder_set_member_name(b, name);
    if (value == NULL)
        json_builder_add_null_value(b);
    else
        json_builder_add_string_value(b, value);
}

static void add_text(JsonBuilder *b, const char *name, char *value)
{
    add_string(b, name, value);
    g_free(value);
}

static void add_int(JsonBuilder *b, const char *name, int64_t value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_int_value(b, value);
}

static void add_bool(JsonBuilder *b, const char *name, bool value)
{
    json_builder_set_member_name(b, name);
    json_builder_add_boolean_value(b, value);
}

static char *hex_number(uint32_t value)
{
    return g_strdup_printf("0x%08X", value);
}

static char *hex_bytes(const uint8_t *bytes, size_t size, const char *separator)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%s%02x", i > 0 ? separator : "", bytes[i]);
    return g_string_free(text, FALSE);
}

void device_json_print(JsonBuilder *builder)
{
    g_autoptr(JsonGenerator) generator = json_generator_new();
    JsonNode *root = json_builder_get_root(builder);
    json_generator_set_pretty(generator, TRUE);
    json_generator_set_root(generator, root);
    g_autofree char *text = json_generator_to_data(generator, NULL);
    puts(text);
    json_node_unref(root);
}

/* ---- settings ---- */

static void json_networks(JsonBuilder *b, const uint8_t *copy)
{
    struct dct_network network;
    json_builder_begin_array(b);
    for (unsigned i = 0; i < DCT_NETWORKS; i++)
        if (dct_network_get(copy, i, &network)) {
            g_autofree char *text = dct_network_string(&network);
            g_autofree char *valid = g_utf8_make_valid(text, -1);
            json_builder_add_string_value(b, valid);
        }
    json_builder_end_array(b);
}

void device_json_field(JsonBuilder *b, const uint8_t *copy, const struct dct_field *field)
{
    if (field->kind == DCT_WIFI) {
        json_networks(b, copy);
    } else if (dct_is_unset(copy, field)) {
        json_builder_add_null_value(b);
    } else if (field->kind == DCT_NUMBER || field->kind == DCT_NUMBER_BIG) {
        json_builder_add_int_value(b, dct_number(copy, field));
    } else {
        g_autofree char *text = dct_get(copy, field);
        json_builder_add_string_value(b, text);
    }
}

void device_json_fields(JsonBuilder *b, const uint8_t *copy)
{
    json_builder_begin_object(b);
    for (unsigned i = 0; dct_field(i) != NULL; i++) {
        json_builder_set_member_name(b, dct_field(i)->name);
        device_json_field(b, copy, dct_field(i));
    }
    json_builder_end_object(b);
}

static void json_dct(JsonBuilder *b, const uint8_t *flash)
{
    const uint8_t *current = dct_current(flash);
    json_builder_set_member_name(b, "dct");
    json_builder_begin_object(b);
    add_string(b, "generation", dct_generation(flash) == DCT_PLAIN ? "plain" : "versioned");
    json_builder_set_member_name(b, "current");
    if (current != NULL)
        json_builder_add_int_value(b, dct_current_number(flash) + 1);
    else
        json_builder_add_null_value(b);
    json_builder_set_member_name(b, "copies");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < DCT_COPIES; i++) {
        struct dct_copy c = dct_copy_read(flash, i);
        json_builder_begin_object(b);
        add_text(b, "address", hex_number(c.address));
        add_bool(b, "erased", c.erased);
        add_bool(b, "complete", c.complete);
        if (c.magic)
            add_bool(b, "marked_current", c.is_current != 0);
        if (c.has_version) {
            add_int(b, "sequence", c.sequence);
            add_bool(b, "crc_good", c.crc_good);
        }
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_set_member_name(b, "fields");
    if (current != NULL)
        device_json_fields(b, current);
    else
        json_builder_add_null_value(b);
    json_builder_end_object(b);
}

void device_json_slots(JsonBuilder *b, const struct device_look *look)
{
    struct verdict_facts facts = device_facts(look);
    json_builder_begin_array(b);
    for (unsigned i = 0; i < MODULE_SLOTS; i++) {
        const struct module_slot *slot = &facts.slot[i];
        bool pending = slot->magic == SLOT_PENDING;
        json_builder_begin_object(b);
        add_int(b, "slot", i);
        add_string(b, "state", pending ? "pending" : slot->magic == SLOT_FACTORY ? "factory" : "free");
        if (pending || slot->magic == SLOT_FACTORY) {
            g_autofree char *text = NULL;
            enum module_reason reason = verdict_slot(look->device->flash, facts.platform, slot, &text);
            add_text(b, "source", hex_number(slot->source));
            add_text(b, "destination", hex_number(slot->destination));
            add_int(b, "length", slot->length);
            add_int(b, "flags", slot->flags);
            add_int(b, "function", slot->function);
            add_bool(b, "taken", reason == REASON_GOOD);
            add_string(b, "reason", module_reason_name(reason));
            add_string(b, "text", text);
        }
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

/* ---- flash ---- */

static void json_module(JsonBuilder *b, const struct device_look *look, const struct module_verdict *v, unsigned part)
{
    json_builder_begin_object(b);
    add_string(b, "place", image_places[part].name);
    add_text(b, "address", hex_number(image_places[part].address));
    add_string(b, "state", device_module_state(look->device, part));
    if (v->has_module) {
        const struct module_header *h = &v->module.header;
        add_int(b, "function", h->function);
        add_int(b, "index", h->index);
        add_int(b, "version", h->version);
        add_int(b, "platform", h->platform);
        add_text(b, "start", hex_number(h->start));
        add_text(b, "end", hex_number(h->end));
        add_bool(b, "crc_good", v->module.complete && v->module.crc_good);
    }
    add_string(b, "outcome", module_outcome_name(v->outcome));
    add_string(b, "reason", module_reason_name(v->reason));
    add_string(b, "cause", v->cause);
    add_string(b, "effect", v->effect);
    add_string(b, "cure", v->cure);
    json_builder_end_object(b);
}

static void json_sectors(JsonBuilder *b, const struct device_look *look)
{
    json_builder_set_member_name(b, "sectors");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < BOARD_SECTORS; i++) {
        json_builder_begin_object(b);
        add_int(b, "sector", i);
        add_text(b, "address", hex_number(board_sector_address(i)));
        add_int(b, "size", board_sector_size(i));
        add_int(b, "erases", look->device->erase_counts[i]);
        add_int(b, "programmed", device_programmed(look->device, i));
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void json_backup(JsonBuilder *b, const struct board_persistent *device)
{
    json_builder_set_member_name(b, "backup_registers");
    if (!device->has_backup) {
        json_builder_add_null_value(b);
        return;
    }
    json_builder_begin_array(b);
    for (unsigned i = 0; i < G_N_ELEMENTS(device->backup_registers); i++)
        json_builder_add_int_value(b, device->backup_registers[i]);
    json_builder_end_array(b);
}

static void json_forecast(JsonBuilder *b, const uint8_t *flash, const struct verdict_facts *facts)
{
    struct forecast *forecast = forecast_new(flash, facts);
    json_builder_set_member_name(b, "next_start");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < forecast->steps->len; i++) {
        const struct forecast_step *step = g_ptr_array_index(forecast->steps, i);
        json_builder_begin_object(b);
        add_string(b, "step", forecast_step_name(step->kind));
        add_string(b, "text", step->text);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    forecast_free(forecast);
}

void device_json(JsonBuilder *b, const struct device_look *look)
{
    const struct board_persistent *d = look->device;
    struct verdict_facts facts = device_facts(look);
    struct verdicts *verdicts = verdicts_new(d->flash, &facts);
    json_builder_begin_object(b);
    add_string(b, "board", look->names.board);
    add_string(b, "set", look->names.set);
    add_text(b, "device_id", hex_bytes(d->unique_id, sizeof d->unique_id, ""));
    add_text(b, "mac", hex_bytes(d->mac, sizeof d->mac, ":"));
    add_text(b, "option_bytes", hex_number(d->option_bytes));
    add_text(b, "otp", hex_bytes(d->otp, sizeof d->otp, ""));
    json_backup(b, d);
    json_builder_set_member_name(b, "modules");
    json_builder_begin_array(b);
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        json_module(b, look, &verdicts->place[i], i);
    json_builder_end_array(b);
    json_sectors(b, look);
    json_dct(b, d->flash);
    json_builder_set_member_name(b, "slots");
    device_json_slots(b, look);
    json_forecast(b, d->flash, &facts);
    json_builder_end_object(b);
    verdicts_free(verdicts);
}
