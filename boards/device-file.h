/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device file: what of a board survives with its power off (struct board_persistent), on disk.
 *
 * It is locked while it is open and replaced as a whole: after a crash it is either as before or as after, never in between.
 */
#ifndef BOARDS_DEVICE_FILE_H
#define BOARDS_DEVICE_FILE_H

#include <glib.h>

#include "boards/board.h"

#define DEVICE_FILE_ERROR device_file_error_quark()
GQuark device_file_error_quark(void);

/* Every error's message is one sentence that begins with the file's name and ends without a full stop. */
enum device_file_error {
    DEVICE_FILE_IN_USE, /* somebody else has it open */
    DEVICE_FILE_FORMAT, /* no device file, or of another version, cut short, damaged */
    DEVICE_FILE_BOARD,  /* of another board */
    DEVICE_FILE_ACCESS, /* cannot be opened, read or made */
    DEVICE_FILE_WRITE,  /* could not be written, for want of space for example; what was there is untouched */
};

struct device_file;

/*
 * Open the file at path for a board of that name (NULL: of any), locked, and read it into *p. *p is changed on success only.
 * NULL and no error if there is no such file; NULL and an error if it cannot be used.
 */
struct device_file *device_file_open(const char *path, const char *board, struct board_persistent *p, GError **error);

/* Make a new file of that path, locked, holding *p; set names the image set that its flash came from. Never overwrites. */
struct device_file *device_file_create(const char *path, const char *board, const char *set, const struct board_persistent *p,
                                       GError **error);

/* Replace the contents at one stroke. The backup domain is written if p->has_backup. */
bool device_file_save(struct device_file *file, const struct board_persistent *p, GError **error);

/* Name of the image set that the device was made from, and of its board. */
const char *device_file_set(const struct device_file *file);
const char *device_file_board(const struct device_file *file);

/* Unlock. */
void device_file_close(struct device_file *file);

/* ---- to look at only ---- */

struct device_names {
    char *board, *set; /* to be freed with g_free */
};

/*
 * Read a file without locking it: what it held when it was last replaced, also while a run has it open. *p and *names are
 * changed on success only. A file that is not there is an error here.
 */
bool device_file_read(const char *path, struct board_persistent *p, struct device_names *names, GError **error);
/* The same of bytes; name stands for the file's in messages. */
bool device_file_parse(const char *name, const uint8_t *data, size_t length, struct board_persistent *p,
                       struct device_names *names, GError **error);

#endif
