/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "images/file.h"
#include "images/module.h"
#include "images/set.h"
#include "tests/unit/module-fixture.h"
#include "tests/unit/source-root.h"

/* A folder of made-up sets: every test has its own. */
struct bench {
    char *sets;
};

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *child = g_build_filename(path, name, NULL);
        remove_tree(child);
    }
    g_remove(path);
}

static void set_up(struct bench *b, gconstpointer unused)
{
    (void)unused;
    b->sets = g_dir_make_tmp("test-image-set-XXXXXX", NULL);
}

static void tear_down(struct bench *b, gconstpointer unused)
{
    (void)unused;
    remove_tree(b->sets);
    g_free(b->sets);
}

static char *write_bytes(struct bench *b, const char *name, const void *data, size_t size)
{
    char *path = g_build_filename(b->sets, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
    return path;
}

static char *write_image(struct bench *b, const char *name, const struct fixture *f)
{
    g_autoptr(GByteArray) image = fixture_image(f);
    return write_bytes(b, name, image->data, image->len);
}

/* A whole set, with everything but a factory image. */
static void write_set(struct bench *b, const char *name, uint16_t platform)
{
    struct fixture fixtures[] = {FIXTURE_BOOTLOADER, FIXTURE_PART(1), FIXTURE_PART(2), FIXTURE_USER};
    static const char *const files[] = {"bootloader", "system-part1", "system-part2", "user"};
    for (unsigned i = 0; i < 4; i++) {
        g_autofree char *file = g_strdup_printf("%s/%s.bin", name, files[i]);
        fixtures[i].platform = platform;
        g_free(write_image(b, file, &fixtures[i]));
    }
}

static struct image_options options_for(const struct bench *b, const char *set)
{
    return (struct image_options){.sets = b->sets, .set = set, .platform = PLATFORM_PHOTON};
}

static void assert_refused(const struct image_options *options, int code, const char *part)
{
    g_autoptr(GError) error = NULL;
    struct image_set *set = image_set_load(options, &error);
    g_assert_null(set);
    g_assert_error(error, IMAGE_ERROR, code);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_assert_null(strchr(error->message, '\n'));
    g_assert_null(strstr(error->message, ". ")); /* one sentence */
    g_assert_true(g_str_has_suffix(error->message, "."));
}

/* ---- loading ---- */

static void test_load(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "9.0.0", 6);
    struct image_options options = options_for(b, "9.0.0");
    g_autoptr(GError) error = NULL;
    struct image_set *set = image_set_load(&options, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(set->name, ==, "9.0.0");
    g_assert_cmpuint(g_bytes_get_size(set->parts[IMAGE_BOOTLOADER]), ==, 2004);
    g_assert_cmpuint(g_bytes_get_size(set->parts[IMAGE_SYSTEM_PART2]), ==, 3004);
    g_assert_cmpuint(g_bytes_get_size(set->parts[IMAGE_USER]), ==, 1004);
    g_assert_null(set->parts[IMAGE_FACTORY]); /* the folder has none: erased */
    g_assert_true(g_str_has_suffix(set->files[IMAGE_USER], "9.0.0/user.bin"));

    g_autofree uint8_t *flash = g_malloc(IMAGE_FLASH_SIZE);
    memset(flash, 0xFF, IMAGE_FLASH_SIZE);
    struct image_layout *layout = image_layout_new();
    g_assert_true(image_set_apply(set, flash, layout, &error));
    g_assert_no_error(error);
    static const struct {
        uint32_t offset;
        unsigned part;
    } places[] = {{0, IMAGE_BOOTLOADER}, {0x20000, IMAGE_SYSTEM_PART1}, {0x60000, IMAGE_SYSTEM_PART2}, {0xA0000, IMAGE_USER}};
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        gsize size;
        const void *data = g_bytes_get_data(set->parts[places[i].part], &size);
        g_assert_cmpmem(flash + places[i].offset, size, data, size);
        g_assert_cmpuint(flash[places[i].offset + size], ==, 0xFF);
    }
    g_assert_cmpuint(flash[0xE0000], ==, 0xFF);
    /* and what else is put there meets it */
    g_assert_false(image_layout_claim(layout, 0x080A0000, 4, "file x.bin", NULL, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_OVERLAP);
    g_assert_nonnull(strstr(error->message, "--user none"));
    image_layout_free(layout);
    image_set_free(set);
}

static void test_folder(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "mine/here", 6);
    struct fixture user = FIXTURE_USER;
    g_free(write_image(b, "mine/here/factory.bin", &user));
    g_autofree char *path = g_build_filename(b->sets, "mine", "here", NULL);
    struct image_options options = options_for(b, path);
    g_autoptr(GError) error = NULL;
    struct image_set *set = image_set_load(&options, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(set->name, ==, path);
    g_assert_nonnull(set->parts[IMAGE_FACTORY]);
    image_set_free(set);
}

static void test_only_and_files(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "9.0.0", 6);
    struct fixture other = FIXTURE_USER;
    other.version = 77;
    g_autofree char *file = write_image(b, "other.bin", &other);
    struct image_options options = options_for(b, "9.0.0");
    options.only = 1 << IMAGE_BOOTLOADER | 1 << IMAGE_USER;
    options.file[IMAGE_USER] = file;
    options.file[IMAGE_SYSTEM_PART1] = "none";
    g_autoptr(GError) error = NULL;
    struct image_set *set = image_set_load(&options, &error);
    g_assert_no_error(error);
    g_assert_nonnull(set->parts[IMAGE_BOOTLOADER]);
    g_assert_null(set->parts[IMAGE_SYSTEM_PART1]);
    g_assert_null(set->parts[IMAGE_SYSTEM_PART2]);
    struct module m;
    g_assert_true(module_parse(g_bytes_get_data(set->parts[IMAGE_USER], NULL), 1004, &m));
    g_assert_cmpuint(m.header.version, ==, 77);
    image_set_free(set);

    /* nothing is wanted of a set: none is needed */
    options = options_for(b, NULL);
    options.sets = "/nonexistent";
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        options.file[i] = "none";
    options.file[IMAGE_FACTORY] = file;
    set = image_set_load(&options, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(set->name, ==, "none");
    g_assert_nonnull(set->parts[IMAGE_FACTORY]);
    image_set_free(set);
}

static void test_bad_parts(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "9.0.0", 6);
    struct image_options options = options_for(b, "9.0.0");
    g_autofree char *path = g_build_filename(b->sets, "bad.bin", NULL);
    options.file[IMAGE_USER] = path;
    assert_refused(&options, IMAGE_ERROR_MISSING, "is missing: user at 0x080A0000 needs it");

    g_free(write_bytes(b, "bad.bin", "", 0));
    assert_refused(&options, IMAGE_ERROR_TRUNCATED, "is empty");
    g_free(write_bytes(b, "bad.bin", "this is no module, but it is longer than its header", 51));
    assert_refused(&options, IMAGE_ERROR_FORMAT, "bad.bin cannot go to 0x080A0000 as user: it is no module image");

    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    g_free(write_bytes(b, "bad.bin", image->data, image->len - 1));
    assert_refused(&options, IMAGE_ERROR_TRUNCATED, "with 1,003 bytes of the 1,004");
    g_byte_array_set_size(image, 0x20001);
    memset(image->data + 1004, 0, 0x20001 - 1004);
    g_free(write_bytes(b, "bad.bin", image->data, image->len));
    assert_refused(&options, IMAGE_ERROR_TOO_LARGE, "with 131,073 bytes for a place of 131,072");
    f.length = 0x20000 - 3; /* one byte too long with its CRC */
    g_free(write_image(b, "bad.bin", &f));
    assert_refused(&options, IMAGE_ERROR_TOO_LARGE, "131,073 bytes");
    f.length = 0x20000 - 4;
    g_free(write_image(b, "bad.bin", &f));
    struct image_set *set = image_set_load(&options, NULL); /* just fits */
    g_assert_nonnull(set);
    image_set_free(set);

    f = FIXTURE_USER;
    f.platform = 8;
    g_free(write_image(b, "bad.bin", &f));
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "it is for platform 8 (P1), and the board is platform 6 (Photon)");
    f = FIXTURE_USER;
    f.start = 0x080C0000;
    g_free(write_image(b, "bad.bin", &f));
    assert_refused(&options, IMAGE_ERROR_ADDRESS, "made for 0x080C0000");
    f = FIXTURE_PART(2);
    g_free(write_image(b, "bad.bin", &f));
    assert_refused(&options, IMAGE_ERROR_FORMAT, "it is system part 2, and user part belongs there");
    f = (struct fixture){.start = 0x08005000, .length = 2000, .function = 3, .header = 0x10C};
    g_free(write_image(b, "bad.bin", &f));
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "it is firmware for a Core");
    /* every sentence about a part says what else can be done */
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "--user none --load 0x080A0000=/");

    /* a wrong CRC is a state that a device can be in */
    f = FIXTURE_USER;
    g_autoptr(GByteArray) corrupt = fixture_image(&f);
    corrupt->data[700] ^= 4;
    g_free(write_bytes(b, "bad.bin", corrupt->data, corrupt->len));
    set = image_set_load(&options, NULL);
    g_assert_nonnull(set);
    image_set_free(set);
}

static void test_incomplete_set(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "9.0.0", 6);
    g_autofree char *part = g_build_filename(b->sets, "9.0.0", "system-part2.bin", NULL);
    g_remove(part);
    struct image_options options = options_for(b, "9.0.0");
    assert_refused(&options, IMAGE_ERROR_MISSING, "9.0.0/system-part2.bin is missing: system-part2 at 0x08060000");
    options.only = 1 << IMAGE_BOOTLOADER;
    struct image_set *set = image_set_load(&options, NULL);
    g_assert_nonnull(set);
    image_set_free(set);
}

/* ---- finding ---- */

static void test_find(struct bench *b, gconstpointer unused)
{
    (void)unused;
    write_set(b, "98.9.0", 6);
    write_set(b, "98.10.0", 6);
    write_set(b, "98.10.0-rc.1", 6);
    write_set(b, "98.10.0-p1", 8);
    write_set(b, "99.0.0-p1", 8);
    g_free(write_bytes(b, "no-set/readme", "x", 1));
    g_autoptr(GError) error = NULL;
    g_autofree char *newest = image_set_newest(b->sets, PLATFORM_PHOTON, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(newest, ==, "98.10.0");
    g_autofree char *newest_p1 = image_set_newest(b->sets, PLATFORM_P1, &error);
    g_assert_cmpstr(newest_p1, ==, "99.0.0-p1");
    g_assert_null(image_set_newest(b->sets, PLATFORM_ELECTRON, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING);
    g_assert_nonnull(strstr(error->message, "scripts/fetch-images"));
    g_clear_error(&error);

    g_autofree char *photon = image_set_find(b->sets, "98.10.0", PLATFORM_PHOTON, &error);
    g_assert_true(g_str_has_suffix(photon, "/98.10.0"));
    g_autofree char *p1 = image_set_find(b->sets, "98.10.0", PLATFORM_P1, &error); /* that board's own first */
    g_assert_true(g_str_has_suffix(p1, "/98.10.0-p1"));
    g_assert_null(image_set_find(b->sets, "97.0.0", PLATFORM_PHOTON, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_MISSING);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, "97.0.0"));
    g_assert_nonnull(strstr(error->message, "98.9.0"));
    g_assert_null(strstr(error->message, "no-set"));
    g_clear_error(&error);
    g_assert_null(image_set_find(b->sets, "no-set", PLATFORM_PHOTON, NULL));

    struct image_options options = options_for(b, "98.10.0-p1");
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "platform 8 (P1)");
}

static void test_versions(void)
{
    static const char *const rising[] = {"0.5.2",       "0.10.0", "1.5.0-alpha", "1.5.0-rc.1", "1.5.0-rc.2",
                                         "1.5.0-rc.10", "1.5.0",  "1.5.0.1",     "1.15.0",     "2.3.1"};
    for (unsigned i = 0; i < G_N_ELEMENTS(rising); i++)
        for (unsigned j = 0; j < G_N_ELEMENTS(rising); j++) {
            int order = image_version_compare(rising[i], rising[j]);
            g_assert_cmpint(order < 0, ==, i < j);
            g_assert_cmpint(order > 0, ==, i > j);
        }
    g_assert_cmpint(image_version_compare("1.05.0", "1.5.0"), ==, 0);
    image_version_compare("", "-");
    image_version_compare("..", "1..");
}

static void test_parts(void)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmphex(image_parts_parse("bootloader", &error), ==, 1);
    g_assert_cmphex(image_parts_parse("user, system-part2", &error), ==, 1 << IMAGE_USER | 1 << IMAGE_SYSTEM_PART2);
    g_assert_no_error(error);
    g_assert_cmphex(image_parts_parse("bootloader,usr", &error), ==, 0);
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT);
    g_assert_nonnull(strstr(error->message, "\"usr\""));
    g_clear_error(&error);
    g_assert_cmphex(image_parts_parse("", &error), ==, 0);
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT);
}

/* ---- the real ones ---- */

static void test_real(void)
{
    g_autofree char *sets = source_sets();
    static const struct {
        const char *name;
        uint16_t platform;
    } all[] = {{"0.5.2", 6}, {"1.5.0", 6}, {"2.3.1", 6}, {"0.5.2", 8}, {"1.5.0", 8}, {"2.3.1", 8}};
    for (unsigned i = 0; i < G_N_ELEMENTS(all); i++) {
        struct image_options options = {.sets = sets, .set = all[i].name, .platform = all[i].platform};
        g_autoptr(GError) error = NULL;
        g_autofree char *folder = image_set_find(sets, all[i].name, all[i].platform, NULL);
        if (folder == NULL) {
            g_test_skip("the image sets are not there; scripts/fetch-images gets them");
            return;
        }
        struct image_set *set = image_set_load(&options, &error);
        g_assert_no_error(error);
        for (unsigned part = 0; part < IMAGE_PARTS; part++)
            g_assert_nonnull(set->parts[part]);
        g_assert_true(g_bytes_equal(set->parts[IMAGE_USER], set->parts[IMAGE_FACTORY]));
        image_set_free(set);
    }
    /* a Photon's set on a P1 and the other way round */
    g_autofree char *folder = image_set_find(sets, "1.5.0", 6, NULL);
    struct image_options options = {.sets = sets, .set = folder, .platform = 8};
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "platform 6 (Photon), and the board is platform 8 (P1)");
    options = (struct image_options){.sets = sets, .set = "1.5.0", .platform = 6};
    g_autofree char *doctor = g_build_filename(folder, "extra", "photon_doctor.bin", NULL);
    g_autofree char *voodoo = g_build_filename(folder, "extra", "voodoospark.bin", NULL);
    g_autofree char *electron = g_build_filename(folder, "extra", "electron_tinker.bin", NULL);
    options.file[IMAGE_USER] = voodoo;
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "firmware for a Core");
    options.file[IMAGE_USER] = electron;
    assert_refused(&options, IMAGE_ERROR_PLATFORM, "platform 10 (Electron)");
    options.file[IMAGE_USER] = doctor;
    struct image_set *set = image_set_load(&options, NULL);
    g_assert_nonnull(set);
    image_set_free(set);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(PATH, TEST) g_test_add(PATH, struct bench, NULL, set_up, TEST, tear_down)
    ADD("/image-set/load", test_load);
    ADD("/image-set/folder", test_folder);
    ADD("/image-set/only-and-files", test_only_and_files);
    ADD("/image-set/bad-parts", test_bad_parts);
    ADD("/image-set/incomplete-set", test_incomplete_set);
    ADD("/image-set/find", test_find);
    g_test_add_func("/image-set/versions", test_versions);
    g_test_add_func("/image-set/parts", test_parts);
    g_test_add_func("/image-set/real", test_real);
    return g_test_run();
}
