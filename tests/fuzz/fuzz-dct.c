/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as the settings of a device: everything that reads them, and every field written with its own text.
 *
 * The input begins with two bytes that choose the system and how the rest is spread over both copies: whole sectors are too
 * much to be guessed, so the bytes go over formatted copies, to offsets which the input gives.
 */
#include <string.h>

#include "images/dct.h"
#include "images/layout.h"
#include "images/module.h"
#include "images/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PART2 = 0x60000, PIECE_HEAD = 3, PIECE_MOST = 64, STEP = 8 };

static void put_system(uint8_t *flash, unsigned version)
{
    const uint8_t header[MODULE_HEADER_SIZE] = {
        0, 0, 0x06, 0x08, 0, 0x10, 0x06, 0x08, 0, 0, (uint8_t)version, (uint8_t)(version >> 8), 6, 0, 4, 2};
    memcpy(flash + PART2 + MODULE_HEADER_BEHIND_VECTORS, header, sizeof header);
}

/* Pieces: an offset in both sectors, a length, and bytes. */
static void put_pieces(uint8_t *flash, const uint8_t *data, size_t size)
{
    while (size > PIECE_HEAD) {
        unsigned offset = (data[0] | data[1] << 8) % (DCT_COPIES * DCT_COPY_SIZE);
        size_t length = MIN(MIN(data[2] % PIECE_MOST + 1U, size - PIECE_HEAD), DCT_COPIES * DCT_COPY_SIZE - offset);
        memcpy(flash + DCT_FLASH_OFFSET + offset, data + PIECE_HEAD, length);
        data += PIECE_HEAD + length;
        size -= PIECE_HEAD + length;
    }
}

static void read_all(const uint8_t *flash)
{
    struct verdict_facts facts = VERDICT_FACTS_DEFAULT;
    dct_facts(flash, NULL, &facts);
    const uint8_t *copy = dct_current(flash);
    if (copy == NULL)
        return;
    for (unsigned i = 0; dct_field(i) != NULL; i++) {
        g_free(dct_get(copy, dct_field(i)));
        g_autofree char *shown = dct_describe(copy, dct_field(i));
        g_assert_true(g_utf8_validate(shown, -1, NULL));
    }
}

/* What was read can be written, and is then the same. Some fields only, for each one's CRC takes its time. */
static void write_some(uint8_t *flash, unsigned which)
{
    uint8_t *copy = dct_edit(flash);
    for (unsigned i = which % STEP; dct_field(i) != NULL; i += STEP) {
        const struct dct_field *field = dct_field(i);
        if (field->kind == DCT_WIFI)
            continue;
        g_autofree char *text = dct_get(copy, field);
        if (!dct_set(copy, field, text, NULL))
            continue;
        g_autofree char *again = dct_get(copy, field);
        g_assert_cmpstr(again, ==, text);
    }
    struct dct_copy c = dct_copy_read(flash, (unsigned)dct_current_number(flash));
    g_assert_true(!c.has_version || c.crc_good);
}

static void networks(uint8_t *flash, const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, MIN(size, 200));
    uint8_t *copy = dct_edit(flash);
    struct dct_network network;
    bool off;
    g_autoptr(GError) error = NULL;
    if (dct_network_parse(text, &network, &off, &error)) {
        if (off)
            dct_network_remove(copy, network.ssid);
        else
            dct_network_add(copy, &network);
    } else {
        g_assert_nonnull(error);
    }
    for (unsigned i = 0; i < DCT_NETWORKS; i++)
        if (dct_network_get(copy, i, &network)) {
            g_autofree char *back = dct_network_string(&network);
            g_free(dct_network_describe(&network));
            struct dct_network again;
            if (memchr(network.ssid, 0, network.ssid_length) == NULL && dct_network_parse(back, &again, &off, NULL) && !off)
                g_assert_cmpmem(again.ssid, sizeof again.ssid, network.ssid, sizeof network.ssid);
        }
}

/* The input as the text of some fields. */
static void texts(uint8_t *flash, const uint8_t *data, size_t size, unsigned which)
{
    g_autofree char *text = g_strndup((const char *)data, MIN(size, 2600));
    uint8_t *copy = dct_edit(flash);
    for (unsigned i = which % STEP; dct_field(i) != NULL; i += STEP) {
        g_autoptr(GError) error = NULL;
        if (!dct_set(copy, dct_field(i), text, &error))
            g_assert_nonnull(error);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    static const unsigned systems[] = {17, 1502, 2302};
    static uint8_t flash[IMAGE_FLASH_SIZE]; /* nothing but what is set here is looked at */
    memset(flash + DCT_FLASH_OFFSET, 0xFF, DCT_COPIES * DCT_COPY_SIZE);
    put_system(flash, systems[data[0] % G_N_ELEMENTS(systems)]);
    uint8_t *copy = dct_edit(flash);
    if (data[1] & 1)
        memcpy(flash + DCT_FLASH_OFFSET + DCT_COPY_SIZE, copy, DCT_COPY_SIZE);
    if (data[1] & 2)
        memset(copy, 0xFF, DCT_COPY_SIZE);
    if (data[1] & 4)
        memset(flash + PART2, 0xFF, 0x1000);
    put_pieces(flash, data + 2, size - 2);
    read_all(flash);
    if (data[1] & 8) {
        write_some(flash, data[0] >> 5);
        read_all(flash);
    }
    if (data[1] & 16)
        networks(flash, data + 2, size - 2);
    if (data[1] & 32) {
        texts(flash, data + 2, size - 2, data[0] >> 5);
        read_all(flash);
    }
    return 0;
}
