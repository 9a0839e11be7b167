/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>

#include "images/file.h"
#include "images/module.h"
#include "images/set.h"
#include "tests/unit/device-test.h"
#include "tests/unit/module-fixture.h"
#include "tests/unit/source-root.h"

static void test_user(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module m;
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_cmphex(m.header.start, ==, 0x080A0000);
    g_assert_cmphex(m.header.end, ==, 0x080A0000 + 1000);
    g_assert_cmpuint(m.header.version, ==, 3);
    g_assert_cmpuint(m.header.platform, ==, 6);
    g_assert_cmpuint(m.header.function, ==, MODULE_USER_PART);
    g_assert_cmpuint(m.header.index, ==, 1);
    g_assert_cmpuint(m.header.dependency[0].function, ==, MODULE_SYSTEM_PART);
    g_assert_cmpuint(m.header.dependency[0].index, ==, 2);
    g_assert_cmpuint(m.header.dependency[0].version, ==, 108);
    g_assert_cmpuint(m.header.dependency[1].function, ==, MODULE_NONE);
    g_assert_cmpuint(m.header_offset, ==, 0);
    g_assert_cmpuint(m.size, ==, 1004);
    g_assert_true(m.complete);
    g_assert_true(m.crc_good);
    g_assert_true(m.sha256_good);
    g_assert_false(m.has_vectors);
    g_assert_false(m.core);
    g_assert_cmpuint(m.suffix, ==, 40);
    g_assert_true(m.has_product);
    g_assert_cmpuint(m.product, ==, 6);
    g_assert_cmpuint(m.product_version, ==, 2);
    g_autofree char *text = module_describe(&m);
    g_assert_cmpstr(text, ==,
                    "user part, version 3 for the Photon, 0x080A0000 to 0x080A03E8, needs system part 2 version 108, CRC good");
}

static void test_behind_vectors(void)
{
    struct fixture f = FIXTURE_BOOTLOADER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module m;
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_cmphex(m.header_offset, ==, 0x184);
    g_assert_true(m.has_vectors);
    g_assert_cmphex(m.stack, ==, 0x20020000);
    g_assert_cmphex(m.entry, ==, 0x08000201);
    g_assert_true(m.crc_good);
    /* the rule: first word & 0x2FF10000 == 0x20000000 */
    g_assert_cmphex(module_header_offset(0x20020000), ==, 0x184);
    g_assert_cmphex(module_header_offset(0x2001FFF8), ==, 0);
    g_assert_cmphex(module_header_offset(0x20005000), ==, 0x184);
    g_assert_cmphex(module_header_offset(0x080A0000), ==, 0);
    g_assert_cmphex(module_header_offset(0xFFFFFFFF), ==, 0);
}

static void test_core(void)
{
    struct fixture f = {.start = 0x08005000, .length = 2000, .version = 207, .function = 3, .header = 0x10C};
    g_autoptr(GByteArray) image = fixture_image(&f);
    fixture_u32(image->data, 0x20005000);
    fixture_sign(&f, image);
    struct module m;
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_true(m.core);
    g_assert_cmphex(m.header_offset, ==, 0x10C);
    g_assert_true(m.crc_good);
    g_autofree char *text = module_describe(&m);
    g_assert_cmpstr(text, ==, "Core firmware, version 207 for the Core, 0x08005000 to 0x080057D0, CRC good");
    /* a Photon's image with a header there is not one */
    f.platform = 6;
    g_autoptr(GByteArray) other = fixture_image(&f);
    g_assert_false(module_parse(other->data, other->len, &m));
}

static void test_checks(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module m;
    image->data[500] ^= 1; /* covered by both */
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_false(m.crc_good);
    g_assert_false(m.sha256_good);
    image->data[500] ^= 1;
    image->data[1000 - 34] ^= 1; /* the SHA-256 itself: covered by the CRC */
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_false(m.crc_good);
    g_assert_false(m.sha256_good);
    image->data[1000 - 34] ^= 1;
    image->data[1000 - 2] = 36; /* behind the SHA-256: the CRC alone */
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_false(m.crc_good);
    g_assert_true(m.sha256_good);
    g_assert_false(m.has_product); /* the short suffix has none */
    image->data[1000 - 2] = 40;
    image->data[1003] ^= 1; /* the stored CRC */
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_false(m.crc_good);
    g_assert_true(m.sha256_good);
    g_autofree char *text = module_describe(&m);
    g_assert_nonnull(strstr(text, "CRC wrong"));
}

static void test_crc(void)
{
    g_assert_cmphex(module_crc32((const uint8_t *)"123456789", 9), ==, 0xCBF43926); /* the check value of CRC-32 */
    g_assert_cmphex(module_crc32(NULL, 0), ==, 0);
}

static void test_cut_off(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module m;
    for (size_t size = 0; size < image->len; size++) {
        /* memory of exactly that size, so that the sanitizer sees any byte read behind it */
        g_autofree uint8_t *piece = g_memdup2(image->data, size);
        bool found = module_parse(piece, size, &m);
        g_assert_cmpint(found, ==, size >= MODULE_HEADER_SIZE);
        if (found)
            g_assert_false(m.complete);
    }
    f = FIXTURE_BOOTLOADER;
    g_autoptr(GByteArray) vectors = fixture_image(&f);
    for (size_t size = 0; size < 0x1A0; size++) {
        g_autofree uint8_t *piece = g_memdup2(vectors->data, size);
        g_assert_cmpint(module_parse(piece, size, &m), ==, size >= 0x184 + MODULE_HEADER_SIZE);
    }
}

static void test_more_behind(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    g_byte_array_set_size(image, 0x20000);
    memset(image->data + 1004, 0xFF, 0x20000 - 1004);
    struct module m;
    g_assert_true(module_parse(image->data, image->len, &m));
    g_assert_true(m.complete);
    g_assert_true(m.crc_good);
    g_assert_cmpuint(m.size, ==, 1004);
}

static void test_no_module(void)
{
    struct module m;
    g_autofree uint8_t *data = g_malloc(4096);
    for (unsigned fill = 0; fill < 256; fill++) {
        memset(data, (int)fill, 4096);
        g_assert_false(module_parse(data, 4096, &m));
    }
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    static const struct {
        unsigned offset;
        uint32_t value;
    } lies[] = {
        {0, 0x07FFFFFF},           /* below flash */
        {4, 0x08100001},           /* beyond it */
        {4, 0x080A0000},           /* no length */
        {4, 0x0809FFFF},           /* ends before it begins */
        {4, 0x080A0000 + 24 + 35}, /* no room for the trailer */
        {12, 0x00000006},          /* function 0 */
        {12, 0x01090006},          /* function 9 */
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(lies); i++) {
        g_autofree uint8_t *copy = g_memdup2(image->data, image->len);
        fixture_u32(copy + lies[i].offset, lies[i].value);
        g_assert_false(module_parse(copy, image->len, &m));
    }
}

/* Any bytes: no answer matters, only that there is one. */
static void test_any_bytes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    struct module m;
    for (unsigned round = 0; round < 2000; round++) {
        struct fixture f = round % 2 ? FIXTURE_USER : FIXTURE_BOOTLOADER;
        g_autoptr(GByteArray) image = fixture_image(&f);
        for (unsigned i = 0; i < 3; i++)
            image->data[f.header + (unsigned)g_rand_int_range(rand, 0, 24)] = (uint8_t)g_rand_int(rand);
        size_t size = (size_t)g_rand_int_range(rand, 0, (int)image->len);
        g_autofree uint8_t *piece = g_memdup2(image->data, size);
        if (module_parse(piece, size, &m))
            g_free(module_describe(&m));
    }
}

static void test_names(void)
{
    char name[48];
    g_assert_cmpstr(module_name(MODULE_BOOTLOADER, 0, name, sizeof name), ==, "bootloader");
    g_assert_cmpstr(module_name(MODULE_SYSTEM_PART, 1, name, sizeof name), ==, "system part 1");
    g_assert_cmpstr(module_name(MODULE_USER_PART, 1, name, sizeof name), ==, "user part");
    g_assert_cmpstr(module_name(0x80, 0xEA, name, sizeof name), ==, "function 128, index 234");
    g_assert_cmpstr(module_platform_name(0), ==, "Core");
    g_assert_cmpstr(module_platform_name(6), ==, "Photon");
    g_assert_cmpstr(module_platform_name(8), ==, "P1");
    g_assert_cmpstr(module_platform_name(10), ==, "Electron");
    g_assert_null(module_platform_name(999));
}

/* ---- events ---- */

static void note(const struct event *event, void *data)
{
    GString *seen = data;
    g_assert_cmpstr(event->kind, ==, "module");
    g_string_append_printf(seen, "%s %s;", event_field(event, "place")->string, event_field(event, "check")->string);
    if (strcmp(event_field(event, "check")->string, "good") == 0)
        g_assert_cmpstr(event_field(event, "text")->string, ==,
                        "version 3 for the Photon, needs system part 2 version 108, CRC good");
}

static void test_publish(void)
{
    struct machine *m = bench_new();
    machine_seal(m);
    machine_power_on(m);
    g_autoptr(GString) seen = g_string_new(NULL);
    machine_subscribe(m, note, seen);
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    g_byte_array_set_size(image, 0x1000);
    module_publish(m, "user", image->data, image->len, 0x080A0000);
    image->data[600] ^= 1;
    module_publish(m, "user", image->data, image->len, 0x080A0000);
    module_publish(m, "factory", image->data, 500, 0x080E0000);
    memset(image->data, 0x55, image->len);
    module_publish(m, "user", image->data, image->len, 0x080A0000);
    memset(image->data, 0xFF, image->len);
    module_publish(m, "user", image->data, image->len, 0x080A0000);
    g_assert_cmpstr(seen->str, ==, "user good;user wrong CRC;factory cut off;user no header;");
    machine_free(m);
}

/* ---- the real ones ---- */

struct real {
    const char *set, *file;
    uint32_t bytes, start, end;
    unsigned version, platform, function, index;
    struct module_dependency needs[2];
    uint32_t crc; /* 0: only that it is good */
    unsigned suffix;
};

static const struct real real[] = {
    {"0.5.2", "system-part1.bin", 250956, 0x08020000, 0x0805D448, 17, 6, 4, 1, {{0}}, 0x078F9E74, 40},
    {"0.5.2", "system-part2.bin", 187492, 0x08060000, 0x0808DC60, 17, 6, 4, 2, {{4, 1, 17}, {0}}, 0x318BA506, 40},
    {"0.5.2", "bootloader.bin", 14052, 0x08000000, 0x080036E0, 7, 6, 2, 0, {{0}}, 0, 40},
    {"0.5.2", "user.bin", 3952, 0x080A0000, 0x080A0F6C, 2, 6, 5, 1, {{4, 2, 1}, {0}}, 0xBA4F59AB, 36},
    {"1.5.0", "bootloader.bin", 15336, 0x08000000, 0x08003BE4, 501, 6, 2, 0, {{0}}, 0x353263FB, 40},
    {"1.5.0", "system-part1.bin", 238408, 0x08020000, 0x0805A344, 1502, 6, 4, 1, {{4, 2, 207}, {0}}, 0x9B67A6C6, 40},
    {"1.5.0", "system-part2.bin", 261048, 0x08060000, 0x0809FBB4, 1502, 6, 4, 2, {{4, 1, 1502}, {2, 0, 400}}, 0x48958319, 40},
    {"1.5.0", "user.bin", 5324, 0x080A0000, 0x080A14C8, 3, 6, 5, 1, {{4, 2, 6}, {0}}, 0x4A738441, 40},
    {"1.5.0", "extra/photon_doctor.bin", 6888, 0x080A0000, 0x080A1AE4, 4, 6, 5, 1, {{4, 2, 108}, {0}}, 0x7E794DCD, 40},
    {"2.3.1", "bootloader.bin", 15124, 0x08000000, 0x08003B10, 1006, 6, 2, 0, {{0}}, 0xD8161977, 40},
    {"2.3.1", "system-part1.bin", 241496, 0x08020000, 0x0805AF54, 2302, 6, 4, 1, {{4, 2, 207}, {0}}, 0x13055D01, 40},
    {"2.3.1", "system-part2.bin", 260984, 0x08060000, 0x0809FB74, 2302, 6, 4, 2, {{4, 1, 2302}, {2, 0, 1003}}, 0xBDED86F5, 40},
    {"0.5.2-p1", "user.bin", 4740, 0x080A0000, 0x080A1280, 2, 8, 5, 1, {{4, 2, 3}, {0}}, 0, 40},
    {"0.5.2-p1", "bootloader.bin", 14916, 0x08000000, 0x08003A40, 7, 8, 2, 0, {{0}}, 0, 40},
    {"1.5.0", "extra/electron_tinker.bin", 5776, 0x08080000, 0x0808168C, 3, 10, 5, 1, {{4, 2, 10}, {0}}, 0, 40},
    {"0.5.2", "extra/core_tinker.bin", 82864, 0x08005000, 0x080193AC, 0, 0, 3, 0, {{0}}, 0, 40},
    {"1.5.0", "extra/core_tinker.bin", 98932, 0x08005000, 0x0801D270, 207, 0, 3, 0, {{0}}, 0, 40},
    {"1.5.0", "extra/voodoospark.bin", 87060, 0x08005000, 0x0801A410, 0, 0, 3, 0, {{0}}, 0, 40},
};

static void check_real(const struct real *r, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = image_file_read(path, 0x100000, &error);
    g_assert_no_error(error);
    g_test_message("%s", path);
    struct module m;
    g_assert_cmpuint(g_bytes_get_size(bytes), ==, r->bytes);
    g_assert_true(module_parse(g_bytes_get_data(bytes, NULL), r->bytes, &m));
    g_assert_cmphex(m.header.start, ==, r->start);
    g_assert_cmphex(m.header.end, ==, r->end);
    g_assert_cmpuint(m.header.version, ==, r->version);
    g_assert_cmpuint(m.header.platform, ==, r->platform);
    g_assert_cmpuint(m.header.function, ==, r->function);
    g_assert_cmpuint(m.header.index, ==, r->index);
    g_assert_cmpuint(m.header.flags, ==, 0);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(m.header.dependency[i].function, ==, r->needs[i].function);
        g_assert_cmpuint(m.header.dependency[i].index, ==, r->needs[i].index);
        g_assert_cmpuint(m.header.dependency[i].version, ==, r->needs[i].version);
    }
    g_assert_cmpuint(m.size, ==, r->bytes);
    g_assert_true(m.complete);
    g_assert_true(m.crc_good);
    g_assert_true(m.sha256_good);
    if (r->crc != 0)
        g_assert_cmphex(m.crc, ==, r->crc);
    g_assert_cmpuint(m.suffix, ==, r->suffix);
    g_assert_cmpint(m.core, ==, r->platform == 0);
}

static void test_real(void)
{
    g_autofree char *sets = source_sets();
    for (unsigned i = 0; i < G_N_ELEMENTS(real); i++) {
        g_autofree char *folder = image_set_find(sets, real[i].set, PLATFORM_PHOTON, NULL);
        if (folder == NULL) {
            g_test_skip("the image sets are not there; scripts/fetch-images gets them");
            return;
        }
        g_autofree char *path = g_build_filename(folder, real[i].file, NULL);
        check_real(&real[i], path);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/module/user", test_user);
    g_test_add_func("/module/behind-vectors", test_behind_vectors);
    g_test_add_func("/module/core", test_core);
    g_test_add_func("/module/checks", test_checks);
    g_test_add_func("/module/crc", test_crc);
    g_test_add_func("/module/cut-off", test_cut_off);
    g_test_add_func("/module/more-behind", test_more_behind);
    g_test_add_func("/module/no-module", test_no_module);
    g_test_add_func("/module/any-bytes", test_any_bytes);
    g_test_add_func("/module/names", test_names);
    g_test_add_func("/module/publish", test_publish);
    g_test_add_func("/module/real", test_real);
    return g_test_run();
}
