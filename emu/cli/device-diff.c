/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device diff: what differs, from the large to the small. */
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/device-report.h"
#include "images/file.h"
#include "images/set.h"

enum { INDENT = 2, VALUES = 21, RANGES = 12, GAP = 16 };

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device diff FILE FILE [OPTION...]\n"
    "\n"
    "Tell what differs between two devices: their identity, modules, settings (DCT),\n"
    "sectors, and the ranges of bytes. The first one's value comes first.\n"
    "\n"
    "Options:\n"
    "  --all   every range of bytes, not only the first few\n"
    "  --help  this text\n"
    "\n"
    "Exit status: 0 no difference, 1 some, 2 an unusable file.\n";
/* clang-format on */

struct pair {
    const struct device_look *a, *b;
    bool any;          /* something differs */
    const char *title; /* to be printed before the next difference */
};

static void begin(struct pair *p, const char *title)
{
    p->title = title;
}

static void tell_text(struct pair *p, const char *label, const char *text)
{
    if (p->title != NULL)
        printf("%s%s\n", p->any ? "\n" : "", p->title);
    p->title = NULL;
    p->any = true;
    device_print(stdout, INDENT, VALUES, label, text);
}

static void tell(struct pair *p, const char *label, const char *a, const char *b)
{
    g_autofree char *text = strlen(a) + strlen(b) < 40 ? g_strdup_printf("%s -> %s", a, b) : g_strdup_printf("%s\n-> %s", a, b);
    tell_text(p, label, text);
}

static void compare(struct pair *p, const char *label, const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        tell(p, label, a, b);
}

static char *hex(const uint8_t *bytes, size_t size)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}

static void compare_identity(struct pair *p)
{
    const struct board_persistent *a = p->a->device, *b = p->b->device;
    begin(p, "Device");
    compare(p, "board", p->a->names.board, p->b->names.board);
    compare(p, "set", p->a->names.set, p->b->names.set);
    const struct {
        const char *label;
        const uint8_t *a, *b;
        size_t size;
    } parts[] = {{"device id", a->unique_id, b->unique_id, sizeof a->unique_id},
                 {"MAC address", a->mac, b->mac, sizeof a->mac}};
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *x = hex(parts[i].a, parts[i].size), *y = hex(parts[i].b, parts[i].size);
        compare(p, parts[i].label, x, y);
    }
    if (a->option_bytes != b->option_bytes) {
        g_autofree char *x = device_describe_option_bytes(a->option_bytes), *y = device_describe_option_bytes(b->option_bytes);
        tell(p, "option bytes", x, y);
    }
    if (memcmp(a->otp, b->otp, sizeof a->otp) != 0)
        tell(p, "OTP", "some bytes", "others");
    if (a->noise != b->noise)
        tell(p, "noise source", "one state", "another");
}

static void compare_backup(struct pair *p)
{
    const struct board_persistent *a = p->a->device, *b = p->b->device;
    begin(p, "Backup domain");
    if (a->has_backup != b->has_backup) {
        tell(p, "kept", a->has_backup ? "yes" : "no", b->has_backup ? "yes" : "no");
        return;
    }
    if (!a->has_backup)
        return;
    for (unsigned i = 0; i < G_N_ELEMENTS(a->backup_registers); i++) {
        char label[8], x[12], y[12];
        g_snprintf(label, sizeof label, "DR%u", i);
        g_snprintf(x, sizeof x, "0x%08X", a->backup_registers[i]);
        g_snprintf(y, sizeof y, "0x%08X", b->backup_registers[i]);
        compare(p, label, x, y);
    }
    if (memcmp(a->rtc_state, b->rtc_state, sizeof a->rtc_state) != 0)
        tell(p, "RTC", "one state", "another");
    if (memcmp(a->backup_sram, b->backup_sram, sizeof a->backup_sram) != 0)
        tell(p, "backup SRAM", "some bytes", "others");
}

static void compare_modules(struct pair *p)
{
    begin(p, "Modules");
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        const struct image_place *place = &image_places[i];
        g_autofree char *a = device_describe_module(p->a->device, i), *b = device_describe_module(p->b->device, i);
        uint32_t offset = place->address - IMAGE_FLASH_BASE;
        if (strcmp(a, b) != 0)
            tell(p, place->name, a, b);
        else if (memcmp(p->a->device->flash + offset, p->b->device->flash + offset, place->size) != 0)
            tell(p, place->name, a, "the same, but other bytes");
    }
}

static char *current_string(const uint8_t *flash)
{
    int current = dct_current_number(flash);
    if (current < 0)
        return g_strdup("none");
    struct dct_copy c = dct_copy_read(flash, (unsigned)current);
    return c.has_version
               ? g_strdup_printf("copy %d, sequence number %u, CRC %s", current + 1, c.sequence, c.crc_good ? "good" : "WRONG")
               : g_strdup_printf("copy %d", current + 1);
}

static void compare_dct(struct pair *p)
{
    const uint8_t *a = dct_current(p->a->device->flash), *b = dct_current(p->b->device->flash);
    begin(p, "Settings (DCT)");
    g_autofree char *x = current_string(p->a->device->flash), *y = current_string(p->b->device->flash);
    compare(p, "in use", x, y);
    for (unsigned i = 0; a != NULL && b != NULL && dct_field(i) != NULL; i++) {
        const struct dct_field *field = dct_field(i);
        if (memcmp(a + field->offset, b + field->offset, field->size) == 0)
            continue;
        g_autofree char *was = dct_describe(a, field), *is = dct_describe(b, field);
        tell(p, field->name, was, strcmp(was, is) == 0 ? "another value" : is);
    }
}

static uint32_t differing(const struct pair *p, uint32_t offset, uint32_t size)
{
    uint32_t n = 0;
    for (uint32_t i = offset; i < offset + size; i++)
        n += p->a->device->flash[i] != p->b->device->flash[i];
    return n;
}

static void compare_sectors(struct pair *p)
{
    begin(p, "Sectors");
    for (unsigned i = 0; i < BOARD_SECTORS; i++) {
        uint32_t n = differing(p, board_sector_address(i) - IMAGE_FLASH_BASE, board_sector_size(i));
        uint32_t x = p->a->device->erase_counts[i], y = p->b->device->erase_counts[i];
        if (n == 0 && x == y)
            continue;
        char label[16], count[32];
        g_autoptr(GString) text = g_string_new(NULL);
        if (x != y)
            g_string_append_printf(text, "erases: %u -> %u%s", x, y, n > 0 ? "; " : "");
        if (n > 0)
            g_string_append_printf(text, "%s bytes differ", image_count_string(n, count, sizeof count));
        g_snprintf(label, sizeof label, "sector %u", i);
        tell_text(p, label, text->str);
    }
}

/* Where the next difference ends: differences less than GAP bytes apart are one range. */
static uint32_t range_end(const struct pair *p, uint32_t start)
{
    uint32_t end = start + 1;
    for (uint32_t i = end; i < IMAGE_FLASH_SIZE && i - end < GAP; i++)
        if (p->a->device->flash[i] != p->b->device->flash[i])
            end = i + 1;
    return end;
}

static char *sample(const uint8_t *bytes, uint32_t size)
{
    g_autofree char *text = hex(bytes, MIN(size, 8));
    return g_strdup_printf("%s%s", text, size > 8 ? "..." : "");
}

static void compare_bytes(struct pair *p, bool all)
{
    const uint8_t *a = p->a->device->flash, *b = p->b->device->flash;
    unsigned ranges = 0;
    begin(p, "Bytes");
    for (uint32_t i = 0; i < IMAGE_FLASH_SIZE; i++) {
        if (a[i] == b[i])
            continue;
        uint32_t end = range_end(p, i);
        if (ranges++ < RANGES || all) {
            char label[32];
            g_autofree char *x = sample(a + i, end - i), *y = sample(b + i, end - i);
            g_snprintf(label, sizeof label, "0x%08X, %u", IMAGE_FLASH_BASE + i, end - i);
            tell(p, label, x, y);
        }
        i = end - 1;
    }
    if (ranges > RANGES && !all)
        printf("  and %u ranges more; --all shows them\n", ranges - RANGES);
}

int device_diff(int argc, char **argv)
{
    gboolean all = FALSE;
    const GOptionEntry entries[] = {{"all", 0, 0, G_OPTION_ARG_NONE, &all, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"diff", help, 2, 2, "two FILEs"};
    int status;
    struct device_look a, b;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    if (!device_look_begin(&a, argv[1]))
        return EXIT_USAGE;
    if (!device_look_begin(&b, argv[2])) {
        device_look_end(&a);
        return EXIT_USAGE;
    }
    struct pair pair = {.a = &a, .b = &b};
    compare_identity(&pair);
    compare_backup(&pair);
    compare_modules(&pair);
    compare_dct(&pair);
    compare_sectors(&pair);
    compare_bytes(&pair, all);
    device_look_end(&a);
    device_look_end(&b);
    return device_finish(pair.any ? EXIT_NOT_MET : EXIT_OK);
}
