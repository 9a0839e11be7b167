/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Layout, all numbers little-endian:
 *
 *   magic      8 bytes, with a byte above 127 and line ends, so that a transfer as text is noticed
 *   version    u32, FORMAT_VERSION
 *   sections   tag (4 characters), length (u32), contents; those of the table below, in its order
 *   "SHA2"     u32 32, then the SHA-256 of every byte before this section
 *
 * The lock is an flock of the file itself. A replacement is locked before it gets the file's name, so that the name is never
 * without a lock while a run lasts; who opens the file checks after locking that the name still means what was locked.
 */
#include "boards/device-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT_VERSION = 1, DIGEST_SIZE = 32, SECTION_HEADER = 8, NAME_MAX_LENGTH = 255, SIZE_MAX_READ = 4 * 1024 * 1024 };

static const uint8_t magic[8] = {0x89, 'P', 'H', 'D', '\r', '\n', 0x1A, '\n'};

struct device_file {
    char *path;  /* with symbolic links followed, so that a rename replaces the file and not the link */
    char *given; /* as the user calls it, for messages */
    char *board;
    char *set;
    int fd; /* holds the lock */
};

G_DEFINE_QUARK(device_file_error, device_file_error)

const char *device_file_set(const struct device_file *file)
{
    return file->set;
}

const char *device_file_board(const struct device_file *file)
{
    return file->board;
}

/* ---- contents ---- */

static void put32(GByteArray *out, uint32_t value)
{
    value = GUINT32_TO_LE(value);
    g_byte_array_append(out, (const uint8_t *)&value, sizeof value);
}

static void put64(GByteArray *out, uint64_t value)
{
    value = GUINT64_TO_LE(value);
    g_byte_array_append(out, (const uint8_t *)&value, sizeof value);
}

static void put_section(GByteArray *out, const char *tag, const void *data, size_t length)
{
    g_byte_array_append(out, (const uint8_t *)tag, 4);
    put32(out, (uint32_t)length);
    g_byte_array_append(out, data, (guint)length);
}

static void put_words(GByteArray *out, const char *tag, const uint32_t *words, size_t n)
{
    g_byte_array_append(out, (const uint8_t *)tag, 4);
    put32(out, (uint32_t)(4 * n));
    for (size_t i = 0; i < n; i++)
        put32(out, words[i]);
}

static void digest(const uint8_t *data, size_t length, uint8_t result[DIGEST_SIZE])
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, data, (gssize)length);
    gsize size = DIGEST_SIZE;
    g_checksum_get_digest(sum, result, &size);
}

static GByteArray *encode(const struct device_file *file, const struct board_persistent *p)
{
    GByteArray *out = g_byte_array_sized_new(BOARD_FLASH_SIZE + 8192);
    g_byte_array_append(out, magic, sizeof magic);
    put32(out, FORMAT_VERSION);
    put_section(out, "BORD", file->board, strlen(file->board));
    put_section(out, "SET ", file->set, strlen(file->set));
    put_section(out, "UID ", p->unique_id, sizeof p->unique_id);
    put_section(out, "MAC ", p->mac, sizeof p->mac);
    put_words(out, "OPTB", &p->option_bytes, 1);
    put_words(out, "ERAS", p->erase_counts, BOARD_SECTORS);
    g_byte_array_append(out, (const uint8_t *)"NOIS", 4);
    put32(out, sizeof p->noise);
    put64(out, p->noise);
    put_section(out, "OTP ", p->otp, sizeof p->otp);
    put_section(out, "FLSH", p->flash, sizeof p->flash);
    if (p->has_backup) {
        put_words(out, "BKPR", p->backup_registers, G_N_ELEMENTS(p->backup_registers));
        put_words(out, "RTCV", &p->rtc_seconds_valid, 1);
        put_section(out, "RTC ", p->rtc_state, sizeof p->rtc_state);
        put_section(out, "BKPS", p->backup_sram, sizeof p->backup_sram);
    }
    uint8_t sum[DIGEST_SIZE];
    digest(out->data, out->len, sum);
    put_section(out, "SHA2", sum, sizeof sum);
    return out;
}

/* What is left to be read. */
struct input {
    const uint8_t *at;
    size_t left;
};

enum section_result { SECTION_OK, SECTION_OTHER, SECTION_SHORT };

/* Take the next section if it has that tag; *data then points at its contents. */
static enum section_result take_section(struct input *in, const char *tag, const uint8_t **data, size_t *length)
{
    if (in->left < SECTION_HEADER)
        return SECTION_SHORT;
    uint32_t size;
    memcpy(&size, in->at + 4, sizeof size);
    size = GUINT32_FROM_LE(size);
    if (memcmp(in->at, tag, 4) != 0)
        return SECTION_OTHER;
    if (size > in->left - SECTION_HEADER)
        return SECTION_SHORT;
    *data = in->at + SECTION_HEADER;
    *length = size;
    in->at += SECTION_HEADER + size;
    in->left -= SECTION_HEADER + size;
    return SECTION_OK;
}

/* The same for a section of known size, copied to destination. */
static enum section_result take_bytes(struct input *in, const char *tag, void *destination, size_t size)
{
    const uint8_t *data;
    size_t length;
    enum section_result result = take_section(in, tag, &data, &length);
    if (result != SECTION_OK)
        return result;
    if (length != size)
        return SECTION_OTHER;
    memcpy(destination, data, size);
    return SECTION_OK;
}

static enum section_result take_words(struct input *in, const char *tag, uint32_t *words, size_t n)
{
    enum section_result result = take_bytes(in, tag, words, 4 * n);
    for (size_t i = 0; i < n && result == SECTION_OK; i++)
        words[i] = GUINT32_FROM_LE(words[i]);
    return result;
}

static enum section_result take_name(struct input *in, const char *tag, char **name)
{
    const uint8_t *data;
    size_t length;
    enum section_result result = take_section(in, tag, &data, &length);
    if (result != SECTION_OK)
        return result;
    if (length > NAME_MAX_LENGTH || memchr(data, 0, length) || !g_utf8_validate((const char *)data, (gssize)length, NULL))
        return SECTION_OTHER;
    g_free(*name);
    *name = g_strndup((const char *)data, length);
    return SECTION_OK;
}

static enum section_result take_all(struct input *in, struct board_persistent *p, char **board, char **set)
{
    enum section_result r;
    if ((r = take_name(in, "BORD", board)) || (r = take_name(in, "SET ", set)) ||
        (r = take_bytes(in, "UID ", p->unique_id, sizeof p->unique_id)) ||
        (r = take_bytes(in, "MAC ", p->mac, sizeof p->mac)) || (r = take_words(in, "OPTB", &p->option_bytes, 1)) ||
        (r = take_words(in, "ERAS", p->erase_counts, BOARD_SECTORS)) ||
        (r = take_bytes(in, "NOIS", &p->noise, sizeof p->noise)) || (r = take_bytes(in, "OTP ", p->otp, sizeof p->otp)) ||
        (r = take_bytes(in, "FLSH", p->flash, sizeof p->flash)))
        return r;
    p->noise = GUINT64_FROM_LE(p->noise);
    r = take_words(in, "BKPR", p->backup_registers, G_N_ELEMENTS(p->backup_registers));
    if (r == SECTION_OTHER && in->left >= SECTION_HEADER && memcmp(in->at, "SHA2", 4) == 0)
        return SECTION_OK;
    if (r || (r = take_words(in, "RTCV", &p->rtc_seconds_valid, 1)) ||
        (r = take_bytes(in, "RTC ", p->rtc_state, sizeof p->rtc_state)) ||
        (r = take_bytes(in, "BKPS", p->backup_sram, sizeof p->backup_sram)))
        return r;
    p->has_backup = true;
    return SECTION_OK;
}

bool device_file_parse(const char *name, const uint8_t *data, size_t length, struct board_persistent *p,
                       struct device_names *names, GError **error)
{
    if (length < sizeof magic || memcmp(data, magic, sizeof magic) != 0) {
        bool begun = length < sizeof magic && length > 0 && memcmp(data, magic, length) == 0;
        g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_FORMAT,
                    begun         ? "%s is cut short"
                    : length == 0 ? "%s is empty, not a device file"
                                  : "%s is not a device file",
                    name);
        return false;
    }
    struct input in = {data + sizeof magic, length - sizeof magic};
    uint32_t version = 0;
    if (in.left >= sizeof version) {
        memcpy(&version, in.at, sizeof version);
        version = GUINT32_FROM_LE(version);
        in.at += sizeof version;
        in.left -= sizeof version;
        if (version != FORMAT_VERSION) {
            g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_FORMAT,
                        "%s was written by another version of photon-emu (format %u; this one reads format %d)", name, version,
                        FORMAT_VERSION);
            return false;
        }
    }
    g_autofree struct board_persistent *read = g_new0(struct board_persistent, 1);
    g_autofree char *board = NULL;
    g_autofree char *set = NULL;
    enum section_result result = take_all(&in, read, &board, &set);
    const uint8_t *end = in.at;
    uint8_t stored[DIGEST_SIZE], computed[DIGEST_SIZE];
    if (result == SECTION_OK)
        result = take_bytes(&in, "SHA2", stored, sizeof stored);
    if (result == SECTION_SHORT) {
        g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_FORMAT, "%s is cut short", name);
        return false;
    }
    if (result == SECTION_OK) {
        digest(data, (size_t)(end - data), computed);
        if (memcmp(stored, computed, sizeof stored) != 0 || in.left > 0)
            result = SECTION_OTHER;
    }
    if (result == SECTION_OTHER) {
        g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_FORMAT, "%s is damaged: its contents do not match its checksum",
                    name);
        return false;
    }
    memcpy(p, read, sizeof *p);
    names->board = g_steal_pointer(&board);
    names->set = g_steal_pointer(&set);
    return true;
}

/* Of a board's own name, or any if the file has none yet. */
static bool decode(struct device_file *file, const uint8_t *data, size_t length, struct board_persistent *p, GError **error)
{
    g_autofree struct board_persistent *read = g_new0(struct board_persistent, 1);
    struct device_names names;
    if (!device_file_parse(file->given, data, length, read, &names, error))
        return false;
    bool good = file->board == NULL || strcmp(names.board, file->board) == 0;
    if (good)
        memcpy(p, read, sizeof *p);
    else
        g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_BOARD, "%s is a device of board %s, not %s", file->given, names.board,
                    file->board);
    g_free(file->board);
    g_free(file->set);
    file->board = names.board;
    file->set = names.set;
    return good;
}

/* ---- the file ---- */

static void fail(GError **error, enum device_file_error code, const struct device_file *file, const char *what, int cause)
{
    g_set_error(error, DEVICE_FILE_ERROR, code, "%s cannot be %s: %s", file->given, what, g_strerror(cause));
}

static struct device_file *device_file_new(const char *path, const char *board, const char *set)
{
    struct device_file *file = g_new0(struct device_file, 1);
    char *real = realpath(path, NULL);
    file->path = g_strdup(real ? real : path);
    free(real);
    file->given = g_strdup(path);
    file->board = g_strdup(board);
    file->set = g_strdup(set);
    file->fd = -1;
    return file;
}

void device_file_close(struct device_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    g_free(file->path);
    g_free(file->given);
    g_free(file->board);
    g_free(file->set);
    g_free(file);
}

static bool write_all(int fd, const uint8_t *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        length -= (size_t)n;
    }
    return true;
}

/* A finished, locked file beside the real one; its name goes to *temporary. -1 and errno if that did not work out. */
static int write_beside(const struct device_file *file, const struct board_persistent *p, char **temporary)
{
    g_autoptr(GByteArray) contents = encode(file, p);
    char *name = g_strconcat(file->path, ".XXXXXX", NULL);
    /* Readable by the owner alone: a device's private key is in its flash. */
    int fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) {
        struct stat old;
        bool done = write_all(fd, contents->data, contents->len) &&
                    (file->fd < 0 || (fstat(file->fd, &old) == 0 && fchmod(fd, old.st_mode & 07777) == 0)) && fsync(fd) == 0 &&
                    flock(fd, LOCK_EX | LOCK_NB) == 0;
        if (!done) {
            int cause = errno;
            unlink(name);
            close(fd);
            errno = cause;
            fd = -1;
        }
    }
    if (fd < 0)
        g_free(name);
    else
        *temporary = name;
    return fd;
}

/* A name in a folder lasts only when the folder itself is on the disk. */
static void sync_folder(const struct device_file *file)
{
    g_autofree char *folder = g_path_get_dirname(file->path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* some file systems cannot; the contents are whole in any case */
        close(fd);
    }
}

bool device_file_save(struct device_file *file, const struct board_persistent *p, GError **error)
{
    g_autofree char *temporary = NULL;
    int fd = write_beside(file, p, &temporary);
    if (fd < 0) {
        fail(error, DEVICE_FILE_WRITE, file, "written, and is as it was", errno);
        return false;
    }
    if (rename(temporary, file->path) != 0) {
        fail(error, DEVICE_FILE_WRITE, file, "replaced, and is as it was", errno);
        unlink(temporary);
        close(fd);
        return false;
    }
    sync_folder(file);
    close(file->fd);
    file->fd = fd;
    return true;
}

struct device_file *device_file_create(const char *path, const char *board, const char *set, const struct board_persistent *p,
                                       GError **error)
{
    struct device_file *file = device_file_new(path, board, set);
    g_autofree char *temporary = NULL;
    int fd = write_beside(file, p, &temporary);
    if (fd < 0) {
        fail(error, DEVICE_FILE_WRITE, file, "made", errno);
    } else {
        /* Unlike a rename, a link never replaces anything; but there are file systems without links. */
        bool named = link(temporary, file->path) == 0;
        int cause = errno;
        if (!named && (cause == EPERM || cause == EOPNOTSUPP || cause == ENOSYS) && access(file->path, F_OK) != 0)
            named = rename(temporary, file->path) == 0;
        else
            unlink(temporary);
        if (named) {
            file->fd = fd;
            sync_folder(file);
            return file;
        }
        fail(error, cause == EEXIST ? DEVICE_FILE_ACCESS : DEVICE_FILE_WRITE, file, "made", cause);
        close(fd);
    }
    device_file_close(file);
    return NULL;
}

/* Open and lock what the name means now. -1 with an error, or without one if there is no such file. */
static int open_locked(const struct device_file *file, GError **error)
{
    for (;;) {
        /* Not blocking: the name may be that of a pipe. */
        int fd = open(file->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0) {
            if (errno != ENOENT)
                fail(error, DEVICE_FILE_ACCESS, file, "opened", errno);
            return -1;
        }
        struct stat opened, named;
        if (fstat(fd, &opened) != 0 || !S_ISREG(opened.st_mode)) {
            g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS, "%s is not a regular file", file->given);
        } else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
            if (errno == EWOULDBLOCK)
                g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_IN_USE, "%s is in use by another photon-emu", file->given);
            else
                fail(error, DEVICE_FILE_ACCESS, file, "locked", errno);
        } else if (stat(file->path, &named) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino) {
            return fd;
        } else {
            close(fd); /* replaced between opening and locking: it is another file now */
            continue;
        }
        close(fd);
        return -1;
    }
}

static GByteArray *read_all(int fd)
{
    GByteArray *data = g_byte_array_new();
    uint8_t piece[65536];
    while (data->len <= SIZE_MAX_READ) {
        ssize_t n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int cause = errno;
            g_byte_array_unref(data);
            errno = cause;
            return NULL;
        }
        if (n == 0)
            return data;
        g_byte_array_append(data, piece, (guint)n);
    }
    return data;
}

struct device_file *device_file_open(const char *path, const char *board, struct board_persistent *p, GError **error)
{
    struct device_file *file = device_file_new(path, board, "");
    file->fd = open_locked(file, error);
    if (file->fd >= 0) {
        g_autofree char *folder = g_path_get_dirname(file->path);
        g_autoptr(GByteArray) data = read_all(file->fd);
        if (!data)
            fail(error, DEVICE_FILE_ACCESS, file, "read", errno);
        else if (decode(file, data->data, data->len, p, error)) {
            /* Better said before a long run than after it. */
            if (access(folder, W_OK | X_OK) == 0)
                return file;
            g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS,
                        "%s cannot be replaced after a run: its folder is read-only", file->given);
        }
    }
    device_file_close(file);
    return NULL;
}

bool device_file_read(const char *path, struct board_persistent *p, struct device_names *names, GError **error)
{
    struct device_file file = {.given = (char *)path, .fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    struct stat status;
    bool good = false;
    if (file.fd < 0) {
        fail(error, DEVICE_FILE_ACCESS, &file, "opened", errno);
        return false;
    }
    if (fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        g_set_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS, "%s is not a regular file", path);
    } else {
        g_autoptr(GByteArray) data = read_all(file.fd);
        if (data == NULL)
            fail(error, DEVICE_FILE_ACCESS, &file, "read", errno);
        else
            good = device_file_parse(path, data->data, data->len, p, names, error);
    }
    close(file.fd);
    return good;
}
