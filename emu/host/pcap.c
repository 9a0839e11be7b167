/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/host/pcap.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* Blocks are of the writer's byte order, which the magic number tells; fields begin at multiples of four. */
enum { SECTION_HEADER = 0x0A0D0D0A, INTERFACE_DESCRIPTION = 1, ENHANCED_PACKET = 6 };
enum { IF_NAME = 2, IF_TSRESOL = 9, EPB_FLAGS = 2 };
enum { FLAGS_INBOUND = 1, FLAGS_OUTBOUND = 2 };

struct pcap {
    FILE *file;
    char *path;
    GByteArray *block;
    int failure; /* errno of the first write that failed */
};

static void put(struct pcap *p, const void *data, size_t length)
{
    static const uint8_t zeros[4];
    g_byte_array_append(p->block, data, (guint)length);
    g_byte_array_append(p->block, zeros, (guint)(-length & 3));
}

static void put32(struct pcap *p, uint32_t value)
{
    put(p, &value, sizeof value);
}

static void put16s(struct pcap *p, uint16_t first, uint16_t second)
{
    const uint16_t both[2] = {first, second};
    put(p, both, sizeof both);
}

static void option(struct pcap *p, uint16_t code, const void *value, size_t length)
{
    put16s(p, code, (uint16_t)length);
    put(p, value, length);
}

/* Write the block of that type whose body was put. */
static void write_block(struct pcap *p, uint32_t type)
{
    uint32_t head[2] = {type, p->block->len + 12};
    bool good = fwrite(head, sizeof head, 1, p->file) == 1 && fwrite(p->block->data, p->block->len, 1, p->file) == 1 &&
                fwrite(&head[1], sizeof head[1], 1, p->file) == 1;
    if (!good && p->failure == 0)
        p->failure = errno;
    g_byte_array_set_size(p->block, 0);
}

struct pcap *pcap_open(const char *path, unsigned link_type, const char *const names[], GError **error)
{
    FILE *file = fopen(path, "wbe");
    if (file == NULL) {
        int why = errno;
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "%s cannot be written: %s", path, g_strerror(why));
        return NULL;
    }
    struct pcap *p = g_new0(struct pcap, 1);
    p->file = file;
    p->path = g_strdup(path);
    p->block = g_byte_array_new();
    put32(p, 0x1A2B3C4D);
    put16s(p, 1, 0); /* version */
    put32(p, UINT32_MAX);
    put32(p, UINT32_MAX); /* no length of the section is told */
    write_block(p, SECTION_HEADER);
    for (unsigned i = 0; names[i] != NULL; i++) {
        static const uint8_t nanoseconds = 9;
        put16s(p, (uint16_t)link_type, 0);
        put32(p, 0); /* no limit of length */
        option(p, IF_NAME, names[i], strlen(names[i]));
        option(p, IF_TSRESOL, &nanoseconds, 1);
        put32(p, 0); /* end of options */
        write_block(p, INTERFACE_DESCRIPTION);
    }
    return p;
}

void pcap_frame(struct pcap *p, unsigned interface, bool inbound, ticks_t when, const uint8_t *frame, size_t length)
{
    uint64_t ns = (uint64_t)((unsigned __int128)when * 1000000000 / TICKS_PER_SECOND);
    uint32_t flags = inbound ? FLAGS_INBOUND : FLAGS_OUTBOUND;
    put32(p, interface);
    put32(p, (uint32_t)(ns >> 32));
    put32(p, (uint32_t)ns);
    put32(p, (uint32_t)length);
    put32(p, (uint32_t)length);
    put(p, frame, length);
    option(p, EPB_FLAGS, &flags, sizeof flags);
    put32(p, 0);
    write_block(p, ENHANCED_PACKET);
}

bool pcap_close(struct pcap *p, GError **error)
{
    if (p == NULL)
        return true;
    if (fclose(p->file) != 0 && p->failure == 0)
        p->failure = errno;
    bool good = p->failure == 0;
    if (!good)
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(p->failure), "%s cannot be written: %s", p->path,
                    g_strerror(p->failure));
    g_free(p->path);
    g_byte_array_unref(p->block);
    g_free(p);
    return good;
}
