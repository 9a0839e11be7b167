/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device dct: settings, shown and changed. */
#include <json-glib/json-glib.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/device-report.h"
#include "emu/cli/device.h"
#include "images/dct.h"
#include "images/file.h"
#include "images/rules.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device dct FILE get [FIELD] [OPTION...]\n"
    "       photon-emu device dct FILE set FIELD VALUE [FIELD VALUE]...\n"
    "       photon-emu device dct FILE fields\n"
    "\n"
    "The settings in flash (DCT). get shows those that are set, or one of them; set\n"
    "changes the current copy and corrects its CRC; fields lists them all.\n"
    "\n"
    "VALUE is a number, a word, a text, hexadecimal bytes, @FILE for the bytes of a\n"
    "file, or none. For the field wifi it is a network that is added to the list, or\n"
    "taken from it:\n"
    "  photon-emu device dct x.photon set wifi ssid=home,psk=secretpass\n"
    "  photon-emu device dct x.photon set wifi ssid=home,off\n"
    "with security=open, wep, wpa, wpa2 (default with a psk), mixed; channel=6;\n"
    "bssid=02:00:00:00:00:01; none takes all.\n"
    "\n"
    "Options:\n"
    "  --raw   get FIELD: its bytes as they are\n"
    "  --json  get: as JSON\n"
    "  --help  this text\n";
/* clang-format on */

static const struct dct_field *field_of(const char *name)
{
    const struct dct_field *field = dct_field_find(name);
    if (field == NULL)
        cli_complain("'%s' is no field of the settings; photon-emu device dct FILE fields lists them", name);
    return field;
}

/* ---- get ---- */

static int get_all(const struct device_look *look, const uint8_t *copy, bool json)
{
    if (!json) {
        device_report_copies(stdout, look->device->flash);
        device_report_fields(stdout, look->device);
        return EXIT_OK;
    }
    g_autoptr(JsonBuilder) builder = json_builder_new();
    device_json_fields(builder, copy);
    device_json_print(builder);
    return EXIT_OK;
}

static int get_one(const uint8_t *copy, const struct dct_field *field, bool raw, bool json)
{
    if (json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, field->name);
        device_json_field(builder, copy, field);
        json_builder_end_object(builder);
        device_json_print(builder);
    } else if (raw) {
        size_t size = field->kind == DCT_KEY && dct_key_size(copy, field) != 0 ? dct_key_size(copy, field) : field->size;
        fwrite(copy + field->offset, 1, size, stdout);
    } else {
        g_autofree char *text = dct_get(copy, field);
        puts(text);
    }
    return EXIT_OK;
}

static int get(const char *path, const char *name, bool raw, bool json)
{
    const struct dct_field *field = name != NULL ? field_of(name) : NULL;
    if (name != NULL && field == NULL)
        return EXIT_USAGE;
    if (raw && (json || field == NULL)) {
        cli_complain("--raw shows the bytes of one field%s", json ? ", and --json none" : "");
        return EXIT_USAGE;
    }
    struct device_look look;
    if (!device_look_begin(&look, path))
        return EXIT_USAGE;
    const uint8_t *copy = dct_current(look.device->flash);
    int status = EXIT_USAGE;
    if (copy == NULL)
        cli_complain("%s has no settings yet: its firmware makes them at its first start, and device dct set does", path);
    else
        status = field != NULL ? get_one(copy, field, raw, json) : get_all(&look, copy, json);
    device_look_end(&look);
    return device_finish(status);
}

/* ---- set ---- */

static bool set_from_file(uint8_t *copy, const struct dct_field *field, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = image_file_read(path, 65536, error);
    if (bytes == NULL)
        return false;
    size_t size;
    const void *data = g_bytes_get_data(bytes, &size);
    return dct_set_bytes(copy, field, data, size, error);
}

static bool set_one(uint8_t *copy, const struct dct_field *field, const char *value)
{
    g_autoptr(GError) error = NULL;
    if (value[0] == '@' ? set_from_file(copy, field, value + 1, &error) : dct_set(copy, field, value, &error))
        return true;
    cli_complain("%s", error->message);
    return false;
}

/* Since 0.7.0 the record of system flags lies in backup registers, and what the DCT says does not count. */
static void warn_of_flags(const struct board_persistent *device, const struct dct_field *field)
{
    if (field->group == DCT_GROUP_FLAGS && device_flags_in_backup(device))
        fprintf(stderr,
                "photon-emu: note: the bootloader of this device keeps its flags in backup registers and does not look at %s "
                "in the settings.\n",
                field->name);
}

static int set(const char *path, int n, char **pairs)
{
    struct device_change change;
    for (int i = 0; i < n; i += 2)
        if (field_of(pairs[i]) == NULL)
            return EXIT_USAGE;
    if (n == 0 || n % 2 != 0) {
        cli_complain("photon-emu device dct FILE set needs a FIELD and a VALUE, or several of them");
        return EXIT_USAGE;
    }
    if (!device_change_begin(&change, path))
        return EXIT_USAGE;
    uint8_t *copy = dct_edit(change.device->flash);
    int status = EXIT_OK;
    for (int i = 0; i < n && status == EXIT_OK; i += 2)
        if (!set_one(copy, dct_field_find(pairs[i]), pairs[i + 1]))
            status = EXIT_USAGE;
    for (int i = 0; i < n && status == EXIT_OK; i += 2)
        warn_of_flags(change.device, dct_field_find(pairs[i]));
    return device_change_end(&change, status);
}

/* ---- fields ---- */

static int list_fields(void)
{
    for (unsigned g = 0; g < DCT_GROUPS; g++) {
        printf("%s%s\n", g > 0 ? "\n" : "", dct_group_name(g));
        for (unsigned i = 0; dct_field(i) != NULL; i++) {
            const struct dct_field *field = dct_field(i);
            if (field->group != g)
                continue;
            const char *since = field->since > 0 ? system_release_since(field->since) : NULL;
            g_autofree char *text =
                since != NULL ? g_strdup_printf("%s (since %s)", field->text, since) : g_strdup(field->text);
            device_print(stdout, 2, 22, field->name, text);
        }
    }
    return device_finish(EXIT_OK);
}

int device_dct(int argc, char **argv)
{
    gboolean raw = FALSE, json = FALSE;
    const GOptionEntry entries[] = {{"raw", 0, 0, G_OPTION_ARG_NONE, &raw, NULL, NULL},
                                    {"json", 0, 0, G_OPTION_ARG_NONE, &json, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"dct", help, 2, -1, "FILE and get, set or fields"};
    int status;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    if (strcmp(argv[2], "get") == 0 && argc <= 4)
        return get(argv[1], argc == 4 ? argv[3] : NULL, raw, json);
    if (raw || json) {
        cli_complain("--%s is an option of device dct FILE get", raw ? "raw" : "json");
        return EXIT_USAGE;
    }
    if (strcmp(argv[2], "set") == 0)
        return set(argv[1], argc - 3, argv + 3);
    if (strcmp(argv[2], "fields") == 0 && argc == 3)
        return list_fields();
    cli_complain("'%s' is not understood: photon-emu device dct FILE goes on with get, set or fields; --help tells more",
                 argv[argc > 4 || strcmp(argv[2], "fields") == 0 ? argc - 1 : 2]);
    return EXIT_USAGE;
}
