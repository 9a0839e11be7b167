/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device, told to people. */
#include "emu/cli/device-report.h"

#include <string.h>

#include "images/file.h"
#include "images/forecast.h"
#include "images/set.h"

enum { INDENT = 2, VALUES = 17, FIELDS = 22 };

static void line(FILE *out, const char *label, char *text)
{
    device_print(out, INDENT, VALUES, label, text);
    g_free(text);
}

/* ---- the device itself ---- */

static char *hex(const uint8_t *bytes, size_t size, const char *separator)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%s%02x", i > 0 ? separator : "", bytes[i]);
    return g_string_free(text, FALSE);
}

static char *otp_string(const struct board_persistent *device)
{
    unsigned used = 0;
    for (unsigned i = 0; i < BOARD_OTP_SIZE; i++)
        used += device->otp[i] != 0xFF;
    return used == 0 ? g_strdup("empty") : g_strdup_printf("%u of %u bytes programmed", used, BOARD_OTP_SIZE);
}

static void report_identity(FILE *out, const struct device_look *look)
{
    const struct board_persistent *d = look->device;
    line(out, "device id", hex(d->unique_id, sizeof d->unique_id, ""));
    line(out, "MAC address", hex(d->mac, sizeof d->mac, ":"));
    g_autofree char *options = device_describe_option_bytes(d->option_bytes);
    line(out, "option bytes", g_strdup_printf("0x%08X: %s", d->option_bytes, options));
    line(out, "OTP", otp_string(d));
}

static void report_backup(FILE *out, const struct board_persistent *d)
{
    if (!d->has_backup) {
        line(out, "backup domain", g_strdup("not kept: the registers are 0 at the next start (run --vbat keeps them)"));
        return;
    }
    unsigned used = 0;
    for (unsigned i = 0; i < BOARD_BACKUP_SRAM_SIZE; i++)
        used += d->backup_sram[i] != 0;
    line(out, "backup domain", g_strdup_printf("kept; %u bytes of the backup SRAM are not 0", used));
    for (unsigned i = 0; i < G_N_ELEMENTS(d->backup_registers); i++) {
        uint32_t value = d->backup_registers[i];
        if (value == 0)
            continue;
        char label[16];
        g_snprintf(label, sizeof label, "  DR%u", i);
        g_autofree char *meaning = device_describe_backup(i, value);
        line(out, label, meaning != NULL ? g_strdup_printf("0x%08X  %s", value, meaning) : g_strdup_printf("0x%08X", value));
    }
}

/* ---- flash ---- */

static void report_sectors(FILE *out, const struct device_look *look)
{
    fputs("\nSectors\n   #  address       size   erased    used  for\n", out);
    for (unsigned i = 0; i < BOARD_SECTORS; i++) {
        uint32_t size = board_sector_size(i);
        fprintf(out, "  %2u  0x%08X  %3u KB  %6ux  %5.1f%%  %s\n", i, board_sector_address(i), size / 1024,
                look->device->erase_counts[i], 100.0 * device_programmed(look->device, i) / size, device_sector_use(i));
    }
}

static bool plain(const struct module_verdict *v)
{
    return v->outcome == OUTCOME_RUNS || v->outcome == OUTCOME_UNUSED ||
           (v->place == PLACE_FACTORY && v->outcome == OUTCOME_AVAILABLE);
}

static void report_modules(FILE *out, const struct device_look *look, const struct verdicts *verdicts)
{
    fputs("\nModules\n", out);
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        const struct module_verdict *v = &verdicts->place[i];
        g_autofree char *what = device_describe_module(look->device, i);
        line(out, image_places[i].name, g_strdup_printf("0x%08X  %s", image_places[i].address, what));
        if (plain(v))
            continue;
        const char *sentences[] = {v->cause, v->effect, v->cure};
        GString *text = g_string_new(NULL);
        for (unsigned k = 0; k < G_N_ELEMENTS(sentences); k++)
            if (sentences[k] != NULL)
                g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", sentences[k]);
        if (text->len > 0)
            line(out, "", g_string_free(text, FALSE));
        else
            g_string_free(text, TRUE);
    }
}

/* ---- settings ---- */

static char *copy_string(const struct dct_copy *c)
{
    if (c->erased)
        return g_strdup("erased");
    if (!c->magic)
        return g_strdup("no settings, though not erased");
    GString *text = g_string_new(NULL);
    if (c->write_incomplete != 0)
        g_string_append(text, "not completely written");
    else
        g_string_append(text, c->is_current != 0 ? "complete" : "complete, marked as replaced");
    if (!c->has_version)
        g_string_append(text, ", no version block (a system before 0.7.0 wrote it)");
    else
        g_string_append_printf(text, ", sequence number %u, CRC %s", c->sequence, c->crc_good ? "good" : "WRONG");
    return g_string_free(text, FALSE);
}

void device_report_copies(FILE *out, const uint8_t *flash)
{
    int current = dct_current_number(flash);
    if (current < 0)
        fputs("Settings (DCT): none; the firmware makes them at its first start\n", out);
    else
        fprintf(out, "Settings (DCT): copy %d is in use\n", current + 1);
    for (unsigned i = 0; i < DCT_COPIES; i++) {
        struct dct_copy c = dct_copy_read(flash, i);
        g_autofree char *text = copy_string(&c);
        char label[16];
        g_snprintf(label, sizeof label, "copy %u", i + 1);
        line(out, label, g_strdup_printf("0x%08X  %s", c.address, text));
    }
}

/* Nothing to be told: not set, or an entry that is free. */
static bool is_empty(const uint8_t *copy, const struct dct_field *field)
{
    if (field->kind == DCT_WIFI) {
        struct dct_network network;
        for (unsigned i = 0; i < DCT_NETWORKS; i++)
            if (dct_network_get(copy, i, &network))
                return false;
        return true;
    }
    if (dct_is_unset(copy, field))
        return true;
    for (unsigned i = 0; i < field->size; i++)
        if (copy[field->offset + i] != 0)
            return false;
    return field->kind != DCT_NUMBER && field->kind != DCT_NUMBER_BIG;
}

void device_report_fields(FILE *out, const struct board_persistent *device)
{
    const uint8_t *copy = dct_current(device->flash);
    if (copy == NULL)
        return;
    for (unsigned g = 0; g < DCT_GROUPS; g++) {
        bool any = false;
        for (unsigned i = 0; dct_field(i) != NULL; i++) {
            const struct dct_field *field = dct_field(i);
            if (field->group != g || is_empty(copy, field))
                continue;
            if (!any)
                fprintf(out, "  %s%s\n", dct_group_name(g),
                        g == DCT_GROUP_FLAGS && device_flags_in_backup(device) ? " (not used: they are in backup registers)"
                                                                               : "");
            any = true;
            g_autofree char *text = dct_describe(copy, field);
            device_print(out, 2 * INDENT, FIELDS + INDENT, field->name, text);
        }
    }
}

/* ---- slots ---- */

void device_report_slots(FILE *out, const struct device_look *look)
{
    const uint8_t *flash = look->device->flash, *copy = dct_current(flash);
    struct verdict_facts facts = device_facts(look);
    unsigned pending = 0;
    for (unsigned i = 0; copy != NULL && i < MODULE_SLOTS; i++) {
        char name[8];
        g_snprintf(name, sizeof name, "slot%u", i);
        g_autofree char *text = dct_describe(copy, dct_field_find(name));
        line(out, name, g_strdup(text));
        if (facts.slot[i].magic != SLOT_PENDING)
            continue;
        pending++;
        char *why = NULL;
        verdict_slot(flash, facts.platform, &facts.slot[i], &why);
        if (why != NULL)
            line(out, "", why);
    }
    if (pending == 0)
        fputs("no update is pending\n", out);
    struct verdicts *verdicts = verdicts_new(flash, &facts);
    if (pending > 0 && !verdicts->dct_usable && verdicts->dct_cause != NULL)
        device_print(out, 0, 0, "", verdicts->dct_cause);
    verdicts_free(verdicts);
}

/* ---- all ---- */

static void report_forecast(FILE *out, const struct device_look *look, const struct verdict_facts *facts)
{
    struct forecast *forecast = forecast_new(look->device->flash, facts);
    fputs("\nNext start\n", out);
    for (unsigned i = 0; i < forecast->steps->len; i++) {
        const struct forecast_step *step = g_ptr_array_index(forecast->steps, i);
        char number[8];
        g_snprintf(number, sizeof number, "%u.", i + 1);
        device_print(out, INDENT, 6, number, step->text);
    }
    if (forecast->may_crash)
        device_print(out, INDENT, INDENT, "", "The parts do not go together: the system may crash instead.");
    forecast_free(forecast);
}

void device_report(FILE *out, const struct device_look *look, const char *path)
{
    struct verdict_facts facts = device_facts(look);
    struct verdicts *verdicts = verdicts_new(look->device->flash, &facts);
    fprintf(out, "%s: %s, made from image set %s\n", path, look->board->title, look->names.set);
    report_identity(out, look);
    report_backup(out, look->device);
    report_modules(out, look, verdicts);
    report_sectors(out, look);
    putc('\n', out);
    device_report_copies(out, look->device->flash);
    device_report_fields(out, look->device);
    report_forecast(out, look, &facts);
    verdicts_free(verdicts);
}
