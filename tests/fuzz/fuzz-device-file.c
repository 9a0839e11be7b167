/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a device file. Random ones never pass its checksum and are never a megabyte long, so the input is also put into
 * a good file: at offsets that it gives, with the checksum corrected behind it.
 */
#include <string.h>

#include "boards/device-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DIGEST_SIZE = 32, SECTION_HEAD = 8, PIECE_HEAD = 4, PIECE_MOST = 32, NEAR = 2048 };

static void put32(GByteArray *out, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    g_byte_array_append(out, (const guint8 *)&value, sizeof value);
}

static void put_section(GByteArray *out, const char *tag, size_t size)
{
    g_byte_array_append(out, (const guint8 *)tag, 4);
    put32(out, (uint32_t)size);
    guint at = out->len;
    g_byte_array_set_size(out, at + (guint)size);
    memset(out->data + at, 0, size);
}

/* A file as boards/device-file.c describes it, without its checksum. */
static GByteArray *good_file(bool backup)
{
    static const guint8 magic[] = {0x89, 'P', 'H', 'D', '\r', '\n', 0x1A, '\n'};
    const struct board_persistent *p = NULL;
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, magic, sizeof magic);
    put32(out, 1);
    put_section(out, "BORD", 6);
    memcpy(out->data + out->len - 6, "photon", 6);
    put_section(out, "SET ", 5);
    memcpy(out->data + out->len - 5, "1.5.0", 5);
    put_section(out, "UID ", sizeof p->unique_id);
    put_section(out, "MAC ", sizeof p->mac);
    put_section(out, "OPTB", 4);
    put_section(out, "ERAS", sizeof p->erase_counts);
    put_section(out, "NOIS", sizeof p->noise);
    put_section(out, "OTP ", sizeof p->otp);
    put_section(out, "FLSH", sizeof p->flash);
    if (backup) {
        put_section(out, "BKPR", sizeof p->backup_registers);
        put_section(out, "RTCV", 4);
        put_section(out, "RTC ", sizeof p->rtc_state);
        put_section(out, "BKPS", sizeof p->backup_sram);
    }
    return out;
}

static void sum(GByteArray *file)
{
    uint8_t digest[DIGEST_SIZE];
    gsize size = sizeof digest;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, file->data, file->len);
    g_checksum_get_digest(checksum, digest, &size);
    put_section(file, "SHA2", sizeof digest);
    memcpy(file->data + file->len - sizeof digest, digest, sizeof digest);
}

/* Pieces over the file: an offset, from the front or from the end, a length, and bytes. */
static void put_pieces(GByteArray *file, const uint8_t *data, size_t size)
{
    while (size > PIECE_HEAD) {
        unsigned offset = (data[0] | data[1] << 8) % NEAR;
        size_t length = MIN(data[2] % PIECE_MOST + 1U, size - PIECE_HEAD);
        if (data[3] & 1)
            offset = file->len - NEAR + offset;
        length = MIN(length, file->len - offset);
        memcpy(file->data + offset, data + PIECE_HEAD, length);
        data += PIECE_HEAD + length;
        size -= PIECE_HEAD + length;
    }
}

static bool parse(const uint8_t *data, size_t size)
{
    static struct board_persistent device;
    struct device_names names = {NULL, NULL};
    g_autoptr(GError) error = NULL;
    if (!device_file_parse("input", data, size, &device, &names, &error)) {
        g_assert_nonnull(error);
        g_assert_true(g_str_has_prefix(error->message, "input "));
        return false;
    }
    g_assert_no_error(error);
    g_assert_true(g_utf8_validate(names.board, -1, NULL) && g_utf8_validate(names.set, -1, NULL));
    g_free(names.board);
    g_free(names.set);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    parse(data, size);
    if (size < 2)
        return 0;
    g_autoptr(GByteArray) file = good_file(data[0] & 1);
    put_pieces(file, data + 2, size - 2);
    if (data[0] & 2)
        g_byte_array_set_size(file, MIN(file->len, (guint)(data[1] << 13)));
    sum(file);
    if (data[0] & 4)
        g_byte_array_append(file, data, (guint)MIN(size, 64));
    bool good = parse(file->data, file->len);
    if (size == 2 && !(data[0] & 6))
        g_assert_true(good);
    return 0;
}
