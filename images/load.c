/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/load.h"

#include <libelf.h>
#include <string.h>

#include "images/file.h"

/* ELF files carry symbols and debug information that is not loaded; HEX files are text. */
#define LARGEST_FILE (64u << 20)

void image_segment_free(struct image_segment *segment)
{
    if (segment == NULL)
        return;
    g_bytes_unref(segment->bytes);
    g_free(segment->label);
    g_free(segment);
}

static void add_segment(GPtrArray *segments, uint32_t address, const void *data, size_t size, const char *label)
{
    struct image_segment *segment = g_new0(struct image_segment, 1);
    segment->address = address;
    segment->bytes = g_bytes_new(data, size);
    segment->label = g_strdup(label);
    g_ptr_array_add(segments, segment);
}

/* ---- Intel HEX ---- */

struct hex_reader {
    const char *path;
    unsigned line;
    uint32_t upper; /* of extended address records */
    bool ended;
    uint32_t address; /* of run */
    GByteArray *run;  /* consecutive data records */
    GPtrArray *segments;
};

static bool hex_error(const struct hex_reader *r, GError **error, const char *what)
{
    g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT, "%s, line %u: %s.", r->path, r->line, what);
    return false;
}

static void hex_finish_run(struct hex_reader *r)
{
    if (r->run->len != 0)
        add_segment(r->segments, r->address, r->run->data, r->run->len, r->path);
    g_byte_array_set_size(r->run, 0);
}

static bool hex_data(struct hex_reader *r, uint32_t offset, const uint8_t *data, unsigned size, GError **error)
{
    uint32_t address = r->upper + offset;
    if (size == 0)
        return true;
    /* A record's bytes stay in its 64 KB: offsets wrap, which no tool writes on purpose. */
    if (offset + size > 0x10000 || address > UINT32_MAX - (size - 1))
        return hex_error(r, error, "the record runs across the end of its 64 KB block");
    if (r->run->len == 0 || address != r->address + r->run->len) {
        hex_finish_run(r);
        r->address = address;
    }
    g_byte_array_append(r->run, data, size);
    return true;
}

static bool hex_record(struct hex_reader *r, const uint8_t *record, unsigned length, GError **error)
{
    uint8_t sum = 0;
    for (unsigned i = 0; i < length; i++)
        sum = (uint8_t)(sum + record[i]);
    if (length < 5 || length != record[0] + 5u)
        return hex_error(r, error, "the length of the record is not what it says");
    if (sum != 0)
        return hex_error(r, error, "the checksum is wrong");
    const uint8_t *data = record + 4;
    unsigned size = record[0];
    uint32_t offset = (uint32_t)record[1] << 8 | record[2];
    uint32_t word = size == 2 ? (uint32_t)data[0] << 8 | data[1] : 0;
    switch (record[3]) {
    case 0:
        return hex_data(r, offset, data, size, error);
    case 1:
        r->ended = true;
        return true;
    case 2:
    case 4:
        if (size != 2)
            return hex_error(r, error, "an extended address record has two bytes of data");
        r->upper = word << (record[3] == 2 ? 4 : 16);
        return true;
    case 3:
    case 5:
        return true; /* where to start: a Cortex-M starts by its vector table */
    default:
        return hex_error(r, error, "the record is of an unknown type");
    }
}

static bool hex_line(struct hex_reader *r, const char *line, size_t length, GError **error)
{
    while (length != 0 && g_ascii_isspace(line[length - 1]))
        length--;
    if (length == 0)
        return true;
    if (r->ended)
        return hex_error(r, error, "there is more after the end record");
    if (line[0] != ':' || length % 2 == 0 || length > 1 + 2 * 260)
        return hex_error(r, error, "this is no Intel HEX record");
    uint8_t record[260];
    unsigned n = 0;
    for (size_t i = 1; i < length; i += 2) {
        int high = g_ascii_xdigit_value(line[i]), low = g_ascii_xdigit_value(line[i + 1]);
        if (high < 0 || low < 0)
            return hex_error(r, error, "this is no Intel HEX record");
        record[n++] = (uint8_t)(high << 4 | low);
    }
    return hex_record(r, record, n, error);
}

static bool load_hex(const char *path, const char *text, size_t size, GPtrArray *segments, GError **error)
{
    struct hex_reader r = {.path = path, .run = g_byte_array_new(), .segments = segments};
    bool ok = true;
    for (size_t at = 0; ok && at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end == NULL ? size - at : (size_t)(end - (text + at));
        r.line++;
        ok = hex_line(&r, text + at, length, error);
        at += length + 1;
    }
    if (ok && !r.ended) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "%s has no end record: it is cut short.", path);
        ok = false;
    }
    hex_finish_run(&r);
    g_byte_array_unref(r.run);
    return ok;
}

/* A colon and two bytes in hexadecimal: the start of any HEX file and of hardly any program. */
static bool looks_like_hex(const char *text, size_t size)
{
    for (unsigned i = 1; i < 11; i++)
        if (size < 11 || !g_ascii_isxdigit(text[i]))
            return false;
    return text[0] == ':';
}

/* ---- ELF ---- */

static bool elf_refuse(GError **error, const char *path, const char *what)
{
    g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT, "%s %s.", path, what);
    return false;
}

static bool load_elf_segments(Elf *elf, const char *path, const uint8_t *file, size_t size, GPtrArray *segments, GError **error)
{
    const Elf32_Ehdr *header = elf != NULL && elf_kind(elf) == ELF_K_ELF ? elf32_getehdr(elf) : NULL;
    if (header == NULL)
        return elf_refuse(error, path, "is no ELF file for a 32-bit processor");
    if (header->e_machine != EM_ARM || header->e_ident[EI_DATA] != ELFDATA2LSB)
        return elf_refuse(error, path, "is an ELF file for another processor; little-endian ARM is needed");
    if (header->e_type != ET_EXEC)
        return elf_refuse(error, path, "is an ELF file that is not linked to run (link it for 0x08000000)");
    size_t count;
    const Elf32_Phdr *program = elf32_getphdr(elf);
    if (elf_getphdrnum(elf, &count) != 0 || (program == NULL && count != 0)) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "%s is cut short: its program headers are missing.", path);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const Elf32_Phdr *p = &program[i];
        if (p->p_type != PT_LOAD || p->p_filesz == 0)
            continue;
        if (p->p_offset > size || p->p_filesz > size - p->p_offset) {
            g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "%s is cut short: its segment for 0x%08X is missing.", path,
                        p->p_paddr);
            return false;
        }
        add_segment(segments, p->p_paddr, file + p->p_offset, p->p_filesz, path);
    }
    return true;
}

static bool load_elf(const char *path, const uint8_t *file, size_t size, GPtrArray *segments, GError **error)
{
    /* libelf wants memory that it may write to */
    g_autofree char *copy = g_memdup2(file, size);
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory(copy, size);
    bool ok = load_elf_segments(elf, path, file, size, segments, error);
    elf_end(elf);
    return ok;
}

/* ---- the argument ---- */

static bool parse_address(const char *text, uint32_t *address)
{
    guint64 value;
    bool hex = g_ascii_strncasecmp(text, "0x", 2) == 0;
    if (!g_ascii_string_to_unsigned(hex ? text + 2 : text, hex ? 16 : 10, 0, UINT32_MAX, &value, NULL))
        return false;
    *address = (uint32_t)value;
    return true;
}

static uint32_t lowest_address(const GPtrArray *segments)
{
    uint32_t lowest = UINT32_MAX;
    for (unsigned i = 0; i < segments->len; i++)
        lowest = MIN(lowest, ((const struct image_segment *)g_ptr_array_index(segments, i))->address);
    return lowest;
}

static bool load_file(const char *path, const uint32_t *address, GPtrArray *segments, GError **error)
{
    g_autoptr(GBytes) bytes = image_file_read(path, LARGEST_FILE, error);
    if (bytes == NULL)
        return false;
    size_t size;
    const uint8_t *file = g_bytes_get_data(bytes, &size);
    if (size >= SELFMAG && memcmp(file, ELFMAG, SELFMAG) == 0) {
        if (!load_elf(path, file, size, segments, error))
            return false;
    } else if (looks_like_hex((const char *)file, size)) {
        if (!load_hex(path, (const char *)file, size, segments, error))
            return false;
    } else if (address == NULL) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_ADDRESS,
                    "%s is a raw binary, which does not say where it goes: give an address, as in 0x080A0000=%s.", path, path);
        return false;
    } else {
        add_segment(segments, *address, file, size, path);
    }
    if (segments->len == 0) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT, "%s has nothing to load in it.", path);
        return false;
    }
    uint32_t lowest = lowest_address(segments);
    if (address != NULL && *address != lowest) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_ADDRESS,
                    "%s carries its own addresses, from 0x%08X on: it cannot go to 0x%08X; leave the address out.", path,
                    lowest, *address);
        return false;
    }
    return true;
}

GPtrArray *image_load(const char *argument, GError **error)
{
    g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func((GDestroyNotify)image_segment_free);
    const char *equals = strchr(argument, '=');
    uint32_t address;
    bool given = false;
    if (equals != NULL) {
        g_autofree char *text = g_strndup(argument, (size_t)(equals - argument));
        given = parse_address(text, &address);
        /* a file name may have an equals sign in it, but an address begins with a digit */
        if (!given && (text[0] == '\0' || g_ascii_isdigit(text[0]))) {
            g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_ADDRESS,
                        "\"%s\" is no address: write ADDR=FILE with a number of 32 bits, as in 0x080A0000=app.bin.", text);
            return NULL;
        }
    }
    const char *path = given ? equals + 1 : argument;
    if (path[0] == '\0') {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_ADDRESS, "\"%s\" names no file: write ADDR=FILE, as in 0x080A0000=app.bin.",
                    argument);
        return NULL;
    }
    if (!load_file(path, given ? &address : NULL, segments, error))
        return NULL;
    return g_steal_pointer(&segments);
}

/* ---- into memory ---- */

static bool within(uint64_t address, uint64_t size, uint64_t base, uint64_t length)
{
    return address >= base && address + size <= base + length;
}

/* The same byte of flash has an address of its own and one in the alias at 0. */
static uint32_t unaliased(uint32_t address)
{
    return address < IMAGE_FLASH_SIZE ? address + IMAGE_FLASH_BASE : address;
}

static bool placeable(const struct image_segment *segment, bool ram_allowed, GError **error)
{
    uint32_t address = unaliased(segment->address);
    size_t size = g_bytes_get_size(segment->bytes);
    if (within(address, size, IMAGE_FLASH_BASE, IMAGE_FLASH_SIZE) ||
        (ram_allowed && within(address, size, IMAGE_RAM_BASE, IMAGE_RAM_SIZE)))
        return true;
    char count[32];
    bool begins = within(address, 1, IMAGE_FLASH_BASE, IMAGE_FLASH_SIZE) ||
                  (ram_allowed && within(address, 1, IMAGE_RAM_BASE, IMAGE_RAM_SIZE));
    g_set_error(error, IMAGE_ERROR, begins ? IMAGE_ERROR_TOO_LARGE : IMAGE_ERROR_ADDRESS,
                "%s does not fit into memory with its %s bytes at 0x%08X: flash is 0x08000000 to 0x080FFFFF%s.", segment->label,
                image_count_string(size, count, sizeof count), segment->address,
                ram_allowed ? ", RAM 0x20000000 to 0x2001FFFF" : ", and nothing else can be loaded here");
    return false;
}

bool image_segments_apply(const GPtrArray *segments, uint8_t *flash, struct image_layout *layout, GPtrArray *ram,
                          GError **error)
{
    for (unsigned i = 0; i < segments->len; i++)
        if (!placeable(g_ptr_array_index(segments, i), ram != NULL, error))
            return false;
    for (unsigned i = 0; i < segments->len; i++) {
        const struct image_segment *segment = g_ptr_array_index(segments, i);
        g_autofree char *label = g_strdup_printf("file %s", segment->label);
        if (!image_layout_claim(layout, unaliased(segment->address), (uint32_t)g_bytes_get_size(segment->bytes), label, NULL,
                                error))
            return false;
    }
    for (unsigned i = 0; i < segments->len; i++) {
        const struct image_segment *segment = g_ptr_array_index(segments, i);
        uint32_t address = unaliased(segment->address);
        size_t size;
        const void *data = g_bytes_get_data(segment->bytes, &size);
        if (within(address, size, IMAGE_FLASH_BASE, IMAGE_FLASH_SIZE))
            memcpy(flash + (address - IMAGE_FLASH_BASE), data, size);
        else
            add_segment(ram, address, data, size, segment->label);
    }
    return true;
}
