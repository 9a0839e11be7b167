/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu image hexdump: header and trailer field by field, the rest in lines of 16 bytes. */
#include <stdio.h>

#include "emu/cli/cli.h"
#include "emu/cli/image.h"
#include "emu/cli/value.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu image hexdump [OPTION...] FILE\n"
    "\n"
    "Show a file's bytes. The fields of a module's header and trailer have a line\n"
    "each, with their names; equal lines are shown once, as '*'.\n"
    "\n"
    "Options:\n"
    "  --offset N    from here on (default: 0)\n"
    "  --length N    so many bytes (default: to the end)\n"
    "  --help        this text\n";
/* clang-format on */

struct field {
    uint32_t offset; /* in the file */
    unsigned size;
    const char *name;
};

struct dump {
    const uint8_t *data;
    uint64_t end;
    GArray *fields;      /* struct field, by offset */
    unsigned next;       /* field */
    const uint8_t *last; /* 16 bytes shown in full before; NULL: none */
    bool starred;
};

static void add_fields(struct dump *d, size_t size)
{
    static const struct field header[] = {
        {0, 4, "start address"},     {4, 4, "end address"},        {8, 1, "reserved"},       {9, 1, "flags"},
        {10, 2, "version"},          {12, 2, "platform"},          {14, 1, "function"},      {15, 1, "index"},
        {16, 1, "needs function"},   {17, 1, "needs index"},       {18, 2, "needs version"}, {20, 1, "needs function, 2nd"},
        {21, 1, "needs index, 2nd"}, {22, 2, "needs version, 2nd"}};
    static const struct field trailer[] = {
        {40, 2, "product"}, {38, 2, "product version"}, {36, 2, "reserved"}, {34, 32, "SHA-256"}, {2, 2, "size of trailer"}};
    struct module module;
    if (!module_parse(d->data, size, &module))
        return;
    static const struct field vectors[] = {{0, 4, "initial stack pointer"}, {4, 4, "reset vector"}};
    for (unsigned i = 0; module.has_vectors && i < G_N_ELEMENTS(vectors); i++)
        g_array_append_val(d->fields, vectors[i]);
    for (unsigned i = 0; i < G_N_ELEMENTS(header); i++) {
        struct field f = header[i];
        f.offset += module.header_offset;
        g_array_append_val(d->fields, f);
    }
    uint32_t length = module.size - 4;
    for (unsigned i = module.has_product ? 0 : 2; module.complete && i < G_N_ELEMENTS(trailer); i++) {
        struct field f = trailer[i];
        f.offset = length - f.offset;
        g_array_append_val(d->fields, f);
    }
    struct field crc = {length, 4, "CRC-32"};
    if (module.complete)
        g_array_append_val(d->fields, crc);
}

static void print_bytes(uint64_t offset, const uint8_t *bytes, unsigned n, const char *name)
{
    printf("%08" G_GINT64_MODIFIER "X ", (guint64)offset);
    for (unsigned i = 0; i < 16; i++)
        if (i < n)
            printf("%s%02X", i == 8 ? "  " : " ", bytes[i]);
        else
            fputs(i == 8 ? "    " : "   ", stdout);
    fputs("  ", stdout);
    if (name != NULL)
        fputs(name, stdout);
    for (unsigned i = 0; name == NULL && i < n; i++)
        putchar(bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '.');
    putchar('\n');
}

static bool same(const uint8_t *a, const uint8_t *b)
{
    for (unsigned i = 0; i < 16; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

/* The line that begins at offset; returns how many bytes it has. */
static unsigned print_line(struct dump *d, uint64_t offset)
{
    while (d->next < d->fields->len && offset >= g_array_index(d->fields, struct field, d->next).offset +
                                                     (uint64_t)g_array_index(d->fields, struct field, d->next).size)
        d->next++;
    const struct field *f = d->next < d->fields->len ? &g_array_index(d->fields, struct field, d->next) : NULL;
    uint64_t stop = MIN(d->end, (offset | 15) + 1);
    bool inside = f != NULL && offset >= f->offset;
    if (f != NULL)
        stop = MIN(stop, inside ? f->offset + f->size : f->offset);
    if (inside) /* a field of more than 16 bytes needs its own rhythm */
        stop = MIN(d->end, MIN(offset + 16, (uint64_t)f->offset + f->size));
    unsigned n = (unsigned)(stop - offset);
    const uint8_t *bytes = d->data + offset;
    bool full = n == 16 && !inside;
    if (full && d->last != NULL && stop != d->end && same(d->last, bytes)) {
        if (!d->starred)
            puts("*");
        d->starred = true;
        return n;
    }
    print_bytes(offset, bytes, n, !inside ? NULL : offset == f->offset ? f->name : "");
    d->last = full ? bytes : NULL;
    d->starred = false;
    return n;
}

static int hexdump(const char *path, const char *from, const char *length)
{
    uint64_t offset = 0, count = UINT64_MAX;
    if ((from != NULL && !value_unsigned(from, &offset)) || (length != NULL && !value_unsigned(length, &count))) {
        cli_complain("%s '%s' is not understood: it must be a whole number, or hexadecimal with 0x",
                     from != NULL && !value_unsigned(from, &offset) ? "--offset" : "--length",
                     from != NULL && !value_unsigned(from, &offset) ? from : length);
        return EXIT_USAGE;
    }
    g_autoptr(GBytes) bytes = image_input(path);
    if (bytes == NULL)
        return EXIT_USAGE;
    gsize size;
    struct dump d = {.data = g_bytes_get_data(bytes, &size)};
    if (offset >= size) {
        cli_complain("%s has no offset %s: it is %" G_GSIZE_FORMAT " bytes long", path, from, size);
        return EXIT_USAGE;
    }
    d.end = count < size - offset ? offset + count : size;
    d.fields = g_array_new(FALSE, FALSE, sizeof(struct field));
    add_fields(&d, size);
    while (offset < d.end)
        offset += print_line(&d, offset);
    printf("%08" G_GINT64_MODIFIER "X\n", (guint64)d.end);
    g_array_unref(d.fields);
    return image_finish(EXIT_OK);
}

int image_hexdump(int argc, char **argv)
{
    gboolean wants_help = FALSE;
    g_autofree char *offset = NULL, *length = NULL;
    const GOptionEntry entries[] = {{"help", 'h', 0, G_OPTION_ARG_NONE, &wants_help, NULL, NULL},
                                    {"offset", 0, 0, G_OPTION_ARG_STRING, &offset, NULL, NULL},
                                    {"length", 0, 0, G_OPTION_ARG_STRING, &length, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    if (!image_options(entries, "hexdump", &argc, &argv))
        return EXIT_USAGE;
    if (wants_help) {
        fputs(help, stdout);
        return image_finish(EXIT_OK);
    }
    if (argc != 2) {
        cli_complain("image hexdump takes one file; photon-emu image hexdump --help tells how");
        return EXIT_USAGE;
    }
    return hexdump(argv[1], offset, length);
}
