/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boards/device-file.h"

/* A folder of the test's own, and a device whose every byte is known. */
struct fixture {
    char *folder;
    char *path;
    struct board_persistent *p;
    struct board_persistent *read;
};

static void fill(void *data, size_t size, uint32_t seed)
{
    for (size_t i = 0; i < size; i++)
        ((uint8_t *)data)[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static void set_up(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    f->folder = g_dir_make_tmp("photon-emu-test-XXXXXX", NULL);
    g_assert_nonnull(f->folder);
    f->path = g_build_filename(f->folder, "my photon.device", NULL);
    f->p = g_new0(struct board_persistent, 1);
    f->read = g_new0(struct board_persistent, 1);
    fill(f->p->flash, sizeof f->p->flash, 1);
    fill(f->p->otp, sizeof f->p->otp, 2);
    f->p->option_bytes = 0x0FFFAAED;
    fill(f->p->unique_id, sizeof f->p->unique_id, 3);
    fill(f->p->mac, sizeof f->p->mac, 4);
    for (unsigned i = 0; i < BOARD_SECTORS; i++)
        f->p->erase_counts[i] = 1000 + i;
    f->p->noise = UINT64_C(0x0123456789ABCDEF);
}

static void fill_backup(struct board_persistent *p)
{
    p->has_backup = true;
    for (unsigned i = 0; i < G_N_ELEMENTS(p->backup_registers); i++)
        p->backup_registers[i] = 0xFFFF0000 + i;
    p->rtc_seconds_valid = 1;
    fill(p->rtc_state, sizeof p->rtc_state, 5);
    fill(p->backup_sram, sizeof p->backup_sram, 6);
}

static void tear_down(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GDir) dir = g_dir_open(f->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(f->folder, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(f->folder), ==, 0);
    g_free(f->folder);
    g_free(f->path);
    g_free(f->p);
    g_free(f->read);
}

static struct device_file *create(struct fixture *f)
{
    g_autoptr(GError) error = NULL;
    struct device_file *file = device_file_create(f->path, "photon", "1.5.0", f->p, &error);
    g_assert_no_error(error);
    g_assert_nonnull(file);
    return file;
}

static unsigned files_in(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned n = 0;
    while (g_dir_read_name(dir))
        n++;
    return n;
}

static void assert_equal(const struct board_persistent *a, const struct board_persistent *b)
{
    g_assert_cmpmem(a->flash, sizeof a->flash, b->flash, sizeof b->flash);
    g_assert_cmpmem(a->otp, sizeof a->otp, b->otp, sizeof b->otp);
    g_assert_cmphex(a->option_bytes, ==, b->option_bytes);
    g_assert_cmpmem(a->unique_id, sizeof a->unique_id, b->unique_id, sizeof b->unique_id);
    g_assert_cmpmem(a->mac, sizeof a->mac, b->mac, sizeof b->mac);
    g_assert_cmpmem(a->erase_counts, sizeof a->erase_counts, b->erase_counts, sizeof b->erase_counts);
    g_assert_cmphex(a->noise, ==, b->noise);
    g_assert_cmpint(a->has_backup, ==, b->has_backup);
    g_assert_cmpmem(a->backup_registers, sizeof a->backup_registers, b->backup_registers, sizeof b->backup_registers);
    g_assert_cmpuint(a->rtc_seconds_valid, ==, b->rtc_seconds_valid);
    g_assert_cmpmem(a->rtc_state, sizeof a->rtc_state, b->rtc_state, sizeof b->rtc_state);
    g_assert_cmpmem(a->backup_sram, sizeof a->backup_sram, b->backup_sram, sizeof b->backup_sram);
}

/* The file is refused with that code and a sentence that holds text, and the caller's struct stays as it was. */
static void assert_refused(struct fixture *f, const char *board, int code, const char *text)
{
    g_autoptr(GError) error = NULL;
    memset(f->read, 0xA5, sizeof *f->read);
    g_assert_null(device_file_open(f->path, board, f->read, &error));
    g_assert_error(error, DEVICE_FILE_ERROR, code);
    g_assert_nonnull(strstr(error->message, f->path));
    g_assert_nonnull(strstr(error->message, text));
    g_assert_null(strchr(error->message, '\n'));
    for (size_t i = 0; i < sizeof *f->read; i++)
        g_assert_cmphex(((const uint8_t *)f->read)[i], ==, 0xA5);
}

static void overwrite(struct fixture *f, const char *data, size_t length)
{
    g_assert_true(g_file_set_contents(f->path, data, (gssize)length, NULL));
}

static void test_absent(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    g_assert_null(device_file_open(f->path, "photon", f->read, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(files_in(f->folder), ==, 0);
}

static void test_round_trip(struct fixture *f, gconstpointer with_backup)
{
    if (with_backup)
        fill_backup(f->p);
    device_file_close(create(f));
    struct device_file *file = device_file_open(f->path, "photon", f->read, NULL);
    g_assert_nonnull(file);
    g_assert_cmpstr(device_file_set(file), ==, "1.5.0");
    assert_equal(f->p, f->read);
    device_file_close(file);
    g_assert_cmpuint(files_in(f->folder), ==, 1);
}

/* A run without --vbat leaves no backup domain behind, whatever the file held. */
static void test_backup_dropped(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    fill_backup(f->p);
    struct device_file *file = create(f);
    f->p->has_backup = false;
    g_assert_true(device_file_save(file, f->p, NULL));
    device_file_close(file);
    file = device_file_open(f->path, "photon", f->read, NULL);
    g_assert_false(f->read->has_backup);
    g_assert_cmphex(f->read->backup_registers[0], ==, 0);
    device_file_close(file);
}

static void test_save(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    struct device_file *file = create(f);
    f->p->flash[0x1234] ^= 0xFF;
    g_assert_true(device_file_save(file, f->p, NULL));
    f->p->erase_counts[9]++;
    g_assert_true(device_file_save(file, f->p, NULL));
    device_file_close(file);
    file = device_file_open(f->path, "photon", f->read, NULL);
    g_assert_nonnull(file);
    assert_equal(f->p, f->read);
    g_assert_cmpstr(device_file_set(file), ==, "1.5.0");
    device_file_close(file);
    g_assert_cmpuint(files_in(f->folder), ==, 1);
}

static void test_locked(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    struct device_file *file = create(f);
    assert_refused(f, "photon", DEVICE_FILE_IN_USE, "in use");
    g_assert_true(device_file_save(file, f->p, NULL));
    assert_refused(f, "photon", DEVICE_FILE_IN_USE, "in use"); /* the replacement is locked as well */
    device_file_close(file);
    file = device_file_open(f->path, "photon", f->read, NULL);
    g_assert_nonnull(file);
    assert_refused(f, "photon", DEVICE_FILE_IN_USE, "in use");
    device_file_close(file);
}

static void test_never_overwrites(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    overwrite(f, "precious", 8);
    g_autoptr(GError) error = NULL;
    g_assert_null(device_file_create(f->path, "photon", "1.5.0", f->p, &error));
    g_assert_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS);
    g_autofree char *left = NULL;
    g_assert_true(g_file_get_contents(f->path, &left, NULL, NULL));
    g_assert_cmpstr(left, ==, "precious");
    g_assert_cmpuint(files_in(f->folder), ==, 1);
}

static void test_cut_short(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    fill_backup(f->p);
    device_file_close(create(f));
    g_autofree char *data = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(f->path, &data, &length, NULL));
    overwrite(f, data, 0);
    assert_refused(f, "photon", DEVICE_FILE_FORMAT, "empty");
    /* every length near a section's edge at the front and at the end, and some in between */
    for (gsize cut = 1; cut < length; cut += cut < 256 || cut + 200 > length ? 1 : 39119) {
        overwrite(f, data, cut);
        assert_refused(f, "photon", DEVICE_FILE_FORMAT, "cut short");
    }
}

static void test_damaged(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    fill_backup(f->p);
    device_file_close(create(f));
    g_autofree char *data = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(f->path, &data, &length, NULL));
    for (gsize at = 0; at < length; at += at < 200 || at + 60 > length ? 1 : 50021) {
        data[at] ^= 0x10;
        overwrite(f, data, length);
        assert_refused(f, "photon", DEVICE_FILE_FORMAT, "");
        data[at] ^= 0x10;
    }
    g_autofree char *longer = g_malloc0(length + 1);
    memcpy(longer, data, length);
    overwrite(f, longer, length + 1);
    assert_refused(f, "photon", DEVICE_FILE_FORMAT, "damaged");
}

static void test_other_files(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    overwrite(f, "ELF, or whatever it is", 22);
    assert_refused(f, "photon", DEVICE_FILE_FORMAT, "not a device file");
    g_autofree char *big = g_malloc0(64 << 20);
    overwrite(f, big, 64 << 20);
    assert_refused(f, "photon", DEVICE_FILE_FORMAT, "not a device file");
    g_assert_cmpint(g_remove(f->path), ==, 0);
    g_assert_cmpint(mkfifo(f->path, 0600), ==, 0);
    assert_refused(f, "photon", DEVICE_FILE_ACCESS, "not a regular file");
    g_assert_cmpint(g_remove(f->path), ==, 0);
    g_assert_cmpint(g_mkdir(f->path, 0700), ==, 0);
    assert_refused(f, "photon", DEVICE_FILE_ACCESS, "not a regular file");
}

static void test_other_version(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    device_file_close(create(f));
    g_autofree char *data = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(f->path, &data, &length, NULL));
    data[8] = 2; /* the version follows the magic */
    overwrite(f, data, length);
    assert_refused(f, "photon", DEVICE_FILE_FORMAT, "another version of photon-emu (format 2; this one reads format 1)");
}

static void test_other_board(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    device_file_close(create(f));
    assert_refused(f, "p1", DEVICE_FILE_BOARD, "is a device of board photon, not p1");
}

/* A file size limit fails a write half-way, as a full disk does. */
/* Of any board, and its name told. */
static void test_any_board(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    device_file_close(create(f));
    struct device_file *file = device_file_open(f->path, NULL, f->read, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(device_file_board(file), ==, "photon");
    g_assert_cmpstr(device_file_set(file), ==, "1.5.0");
    g_assert_true(device_file_save(file, f->read, &error));
    device_file_close(file);
    file = device_file_open(f->path, "photon", f->read, &error);
    g_assert_no_error(error);
    device_file_close(file);
    assert_equal(f->p, f->read);
}

/* Looked at while it is locked; what cannot be used leaves everything as it was. */
static void test_read(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    g_autoptr(GError) error = NULL;
    struct device_names names = {NULL, NULL};
    struct device_file *file = create(f);
    g_assert_true(device_file_read(f->path, f->read, &names, &error));
    g_assert_no_error(error);
    assert_equal(f->p, f->read);
    g_assert_cmpstr(names.board, ==, "photon");
    g_assert_cmpstr(names.set, ==, "1.5.0");
    g_free(names.board);
    g_free(names.set);
    device_file_close(file);

    overwrite(f, "text", 4);
    names = (struct device_names){NULL, NULL};
    g_assert_false(device_file_read(f->path, f->read, &names, &error));
    g_assert_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_FORMAT);
    g_clear_error(&error);
    assert_equal(f->p, f->read);
    g_assert_null(names.board);
    g_assert_false(device_file_read(f->folder, f->read, &names, &error));
    g_assert_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS);
    g_clear_error(&error);
    g_assert_cmpint(g_remove(f->path), ==, 0);
    g_assert_false(device_file_read(f->path, f->read, &names, &error));
    g_assert_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS);
    g_assert_true(g_str_has_prefix(error->message, f->path));
}

static void test_no_space(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    struct device_file *file = create(f);
    struct rlimit before;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    struct rlimit small = {.rlim_cur = 300000, .rlim_max = before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    f->p->flash[0] ^= 0xFF;
    g_autoptr(GError) error = NULL, other_error = NULL;
    bool saved = device_file_save(file, f->p, &error);
    g_autofree char *other = g_build_filename(f->folder, "other", NULL);
    struct device_file *made = device_file_create(other, "photon", "1.5.0", f->p, &other_error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_assert_false(saved);
    g_assert_error(error, DEVICE_FILE_ERROR, DEVICE_FILE_WRITE);
    g_assert_nonnull(strstr(error->message, "is as it was"));
    g_assert_null(made);
    g_assert_error(other_error, DEVICE_FILE_ERROR, DEVICE_FILE_WRITE);
    g_assert_cmpuint(files_in(f->folder), ==, 1);
    assert_refused(f, "photon", DEVICE_FILE_IN_USE, "in use"); /* a failed save keeps the lock */
    device_file_close(file);
    file = device_file_open(f->path, "photon", f->read, NULL);
    g_assert_nonnull(file);
    f->p->flash[0] ^= 0xFF;
    assert_equal(f->p, f->read);
    device_file_close(file);
}

/* A link stays a link, a file its mode; a new one, which may hold a private key, is its owner's alone. */
static void test_names(struct fixture *f, gconstpointer unused)
{
    (void)unused;
    device_file_close(create(f));
    struct stat s;
    g_assert_cmpint(g_stat(f->path, &s), ==, 0);
    g_assert_cmpint(s.st_mode & 0777, ==, 0600);
    g_assert_cmpint(g_chmod(f->path, 0640), ==, 0);
    g_autofree char *link_path = g_build_filename(f->folder, "link", NULL);
    g_assert_cmpint(symlink("my photon.device", link_path), ==, 0);
    struct device_file *file = device_file_open(link_path, "photon", f->read, NULL);
    g_assert_nonnull(file);
    f->p->flash[7] ^= 0xFF;
    g_assert_true(device_file_save(file, f->p, NULL));
    device_file_close(file);
    g_assert_true(g_file_test(link_path, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpint(g_stat(f->path, &s), ==, 0);
    g_assert_cmpint(s.st_mode & 0777, ==, 0640);
    file = device_file_open(f->path, "photon", f->read, NULL);
    assert_equal(f->p, f->read);
    device_file_close(file);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(PATH, DATA, TEST) g_test_add("/device-file/" PATH, struct fixture, DATA, set_up, TEST, tear_down)
    ADD("absent", NULL, test_absent);
    ADD("round-trip", NULL, test_round_trip);
    ADD("round-trip-vbat", "", test_round_trip);
    ADD("backup-dropped", NULL, test_backup_dropped);
    ADD("save", NULL, test_save);
    ADD("locked", NULL, test_locked);
    ADD("never-overwrites", NULL, test_never_overwrites);
    ADD("cut-short", NULL, test_cut_short);
    ADD("damaged", NULL, test_damaged);
    ADD("other-files", NULL, test_other_files);
    ADD("other-version", NULL, test_other_version);
    ADD("other-board", NULL, test_other_board);
    ADD("any-board", NULL, test_any_board);
    ADD("read", NULL, test_read);
    ADD("no-space", NULL, test_no_space);
    ADD("names", NULL, test_names);
    return g_test_run();
}
