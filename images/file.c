/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "images/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

G_DEFINE_QUARK(image - error - quark, image_error)

GBytes *image_file_read(const char *path, size_t max, GError **error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        int why = errno;
        g_set_error(error, IMAGE_ERROR, why == ENOENT ? IMAGE_ERROR_MISSING : IMAGE_ERROR_READ, "%s cannot be opened: %s.",
                    path, g_strerror(why));
        return NULL;
    }
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode)) {
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_READ, "%s is a folder; a file is needed here.", path);
        fclose(file);
        return NULL;
    }
    /* Not by the size that the system tells: a pipe has none, and a device file never ends. */
    GByteArray *bytes = g_byte_array_new();
    uint8_t block[16384];
    size_t n;
    while (bytes->len <= max && (n = fread(block, 1, sizeof block, file)) > 0)
        g_byte_array_append(bytes, block, (unsigned)n);
    int why = ferror(file) ? errno : 0;
    fclose(file);
    char limit[32];
    if (why != 0)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_READ, "%s cannot be read: %s.", path, g_strerror(why));
    else if (bytes->len == 0)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED, "%s is empty.", path);
    else if (bytes->len > max)
        g_set_error(error, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE, "%s is too large: there is room for %s bytes.", path,
                    image_count_string(max, limit, sizeof limit));
    else
        return g_byte_array_free_to_bytes(bytes);
    g_byte_array_unref(bytes);
    return NULL;
}

const char *image_count_string(uint64_t count, char *buffer, size_t size)
{
    char digits[24];
    g_snprintf(digits, sizeof digits, "%" G_GUINT64_FORMAT, (guint64)count);
    size_t length = strlen(digits), out = 0;
    for (size_t i = 0; i < length && out + 2 < size; i++) {
        if (i != 0 && (length - i) % 3 == 0)
            buffer[out++] = ',';
        buffer[out++] = digits[i];
    }
    buffer[out] = '\0';
    return buffer;
}
