/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory: reading, writing, and programming flash as a debug probe does. */
#include "emu/debug/gdb-internal.h"

/* Half a packet, in hexadecimal; and what one answer may look at. */
enum { MOST_READ = GDB_PACKET_SIZE / 2 - 8, MOST_CHECKED = 1 << 21 };

/* ---- the map ---- */

/*
 * GDB refuses to read what the map does not list, so it lists all that may be of interest. Peripherals are "ram" to it. Flash
 * is one region for each run of sectors of one size.
 */
char *gdb_memory_map(void)
{
    static const struct {
        const char *type;
        uint32_t start, length;
    } regions[] = {
        {"rom", 0x00000000, 0x00100000},                                  /* the boot alias */
        {"ram", 0x1FFF0000, 0x00010000},                                  /* system memory, OTP, option bytes */
        {"ram", 0x20000000, 0x00020000}, {"ram", 0x22000000, 0x00400000}, /* RAM and its bit-band alias */
        {"ram", 0x40000000, 0x20000000},                                  /* peripherals, and theirs */
        {"ram", 0xE0000000, 0x00100000},                                  /* private peripheral bus */
    };
    GString *s = g_string_new("<?xml version=\"1.0\"?>\n"
                              "<!DOCTYPE memory-map PUBLIC \"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
                              "\"http://sourceware.org/gdb/gdb-memory-map.dtd\">\n<memory-map>\n");
    for (unsigned i = 0; i < G_N_ELEMENTS(regions); i++)
        g_string_append_printf(s, "<memory type=\"%s\" start=\"0x%08x\" length=\"0x%x\"/>\n", regions[i].type, regions[i].start,
                               regions[i].length);
    for (unsigned first = 0, end; first < BOARD_SECTORS; first = end) {
        uint32_t size = board_sector_size(first);
        for (end = first; end < BOARD_SECTORS && board_sector_size(end) == size; end++)
            ;
        g_string_append_printf(s,
                               "<memory type=\"flash\" start=\"0x%08x\" length=\"0x%x\">"
                               "<property name=\"blocksize\">0x%x</property></memory>\n",
                               board_sector_address(first), size * (end - first), size);
    }
    g_string_append(s, "</memory-map>\n");
    return g_string_free(s, FALSE);
}

/* ---- reading and writing ---- */

static bool take_range(const char **args, uint32_t *address, uint32_t *size)
{
    return gdb_take_hex(args, address) && gdb_take(args, ',') && gdb_take_hex(args, size);
}

void gdb_read_memory(struct gdb_client *c, const char *args)
{
    uint32_t address, size;
    if (!take_range(&args, &address, &size) || *args != '\0') {
        gdb_send(c, "E01");
        return;
    }
    size = MIN(size, MOST_READ);
    g_autofree uint8_t *data = g_malloc(size + 1);
    size_t n = debug_read(c->server->machine, address, data, size);
    if (n == 0 && size > 0) {
        gdb_send(c, "E14"); /* EFAULT */
        return;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    gdb_put_bytes(text, data, n);
    gdb_send(c, text->str);
}

static void write_memory(struct gdb_client *c, uint32_t address, const uint8_t *data, uint32_t size)
{
    gdb_moved(c->server);
    if (debug_write(c->server->machine, address, data, size) == size)
        gdb_send(c, "OK");
    else if (board_sector(address) < BOARD_SECTORS)
        gdb_send_error(c, "flash is written with \"load\" or \"restore\", which erase it");
    else
        gdb_send(c, "E14");
}

void gdb_write_memory(struct gdb_client *c, const char *args)
{
    uint32_t address, size;
    if (!take_range(&args, &address, &size) || !gdb_take(&args, ':')) {
        gdb_send(c, "E01");
        return;
    }
    g_autoptr(GByteArray) bytes = gdb_take_bytes(args);
    if (bytes == NULL || bytes->len != size)
        gdb_send(c, "E01");
    else
        write_memory(c, address, bytes->data, size);
}

void gdb_write_binary(struct gdb_client *c, const char *args, size_t length)
{
    const char *end = args + length;
    uint32_t address, size;
    if (!take_range(&args, &address, &size) || !gdb_take(&args, ':') || (size_t)(end - args) != size)
        gdb_send(c, "E01");
    else
        write_memory(c, address, (const uint8_t *)args, size);
}

/* ---- flash ---- */

static void answer(struct gdb_client *c, bool good, const GError *error)
{
    gdb_moved(c->server);
    if (good)
        gdb_send(c, "OK");
    else
        gdb_send_error(c, "%s", error->message);
}

void gdb_flash(struct gdb_client *c, const char *packet, size_t length)
{
    const char *end = packet + length;
    g_autoptr(GError) error = NULL;
    struct machine *m = c->server->machine;
    uint32_t address, size;
    if (g_str_has_prefix(packet, "vFlashErase:")) {
        packet += strlen("vFlashErase:");
        if (take_range(&packet, &address, &size) && *packet == '\0') {
            bool good = board_flash_erase(m, address, size, &error);
            answer(c, good, error);
            return;
        }
    } else if (g_str_has_prefix(packet, "vFlashWrite:")) {
        packet += strlen("vFlashWrite:");
        if (gdb_take_hex(&packet, &address) && gdb_take(&packet, ':')) {
            bool good = board_flash_program(m, address, (const uint8_t *)packet, (uint32_t)(end - packet), &error);
            answer(c, good, error);
            return;
        }
    } else if (strcmp(packet, "vFlashDone") == 0) {
        gdb_send(c, "OK");
        return;
    }
    gdb_send(c, "E01");
}

/* ---- looking ---- */

/* qCRC, for compare-sections: CRC-32 with the most significant bit first (GDB manual, E.5). */
void gdb_crc(struct gdb_client *c, const char *args)
{
    uint32_t address, size;
    if (!take_range(&args, &address, &size) || *args != '\0' || size > MOST_CHECKED) {
        gdb_send(c, "E01");
        return;
    }
    g_autofree uint8_t *data = g_malloc(size + 1);
    if (debug_read(c->server->machine, address, data, size) != size) {
        gdb_send(c, "E14");
        return;
    }
    uint32_t crc = UINT32_MAX;
    for (uint32_t i = 0; i < size; i++) {
        crc ^= (uint32_t)data[i] << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 31 ? UINT32_C(0x04C11DB7) : 0);
    }
    g_autofree char *text = g_strdup_printf("C%08x", crc);
    gdb_send(c, text);
}

static const uint8_t *find_bytes(const uint8_t *data, size_t size, const void *pattern, size_t length)
{
    for (size_t i = 0; i + length <= size; i++)
        if (memcmp(data + i, pattern, length) == 0)
            return data + i;
    return NULL;
}

/* qSearch:memory, for find. */
void gdb_search(struct gdb_client *c, const char *args, size_t length)
{
    const char *end = args + length;
    uint32_t address, size;
    if (!gdb_take_hex(&args, &address) || !gdb_take(&args, ';') || !gdb_take_hex(&args, &size) || !gdb_take(&args, ';') ||
        args == end || size > MOST_CHECKED) {
        gdb_send(c, "E01");
        return;
    }
    size_t pattern = (size_t)(end - args);
    g_autofree uint8_t *data = g_malloc(size + 1);
    size_t n = debug_read(c->server->machine, address, data, size);
    const uint8_t *found = find_bytes(data, n, args, pattern);
    if (n == 0 && size > 0) {
        gdb_send(c, "E14");
    } else if (found == NULL) {
        gdb_send(c, "0");
    } else {
        g_autofree char *text = g_strdup_printf("1,%x", address + (uint32_t)(found - data));
        gdb_send(c, text);
    }
}
