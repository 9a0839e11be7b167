/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files that a user named: bounded, and every failure is one sentence with the file's name. */
#ifndef IMAGES_FILE_H
#define IMAGES_FILE_H

#include <glib.h>
#include <stdint.h>

#define IMAGE_ERROR (image_error_quark())
GQuark image_error_quark(void);

enum image_error {
    IMAGE_ERROR_MISSING,   /* no such file or set */
    IMAGE_ERROR_READ,      /* it is there and cannot be read */
    IMAGE_ERROR_TRUNCATED, /* it ends before its own header says it does */
    IMAGE_ERROR_TOO_LARGE, /* it does not fit where it goes */
    IMAGE_ERROR_FORMAT,    /* it is not what it should be */
    IMAGE_ERROR_PLATFORM,  /* it is for another board */
    IMAGE_ERROR_OVERLAP,   /* something else lies there already */
    IMAGE_ERROR_ADDRESS,   /* there is no memory there, or no number was given */
};

/* The whole file, at most max bytes and never empty; NULL with an error otherwise. Pipes are read to their end. */
GBytes *image_file_read(const char *path, size_t max, GError **error);

/* "1,234,567", into a buffer of at least 28 bytes; returns the buffer. */
const char *image_count_string(uint64_t count, char *buffer, size_t size);

#endif
