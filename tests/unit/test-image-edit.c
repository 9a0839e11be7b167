/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing, breaking and making modules; and finding those that lie in others. */
#include <glib.h>

#include "images/edit.h"
#include "images/embedded.h"
#include "images/file.h"
#include "tests/unit/module-fixture.h"

static struct module parse(const GByteArray *image)
{
    struct module m;
    g_assert_true(module_parse(image->data, image->len, &m));
    return m;
}

static void assert_good(const GByteArray *image)
{
    struct module m = parse(image);
    g_assert_true(m.complete);
    g_assert_true(m.crc_good);
    g_assert_true(m.sha256_good);
}

/* ---- edit ---- */

static void test_edit(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module_change c = {.what = CHANGE_VERSION | CHANGE_DEPENDENCY | CHANGE_DEPENDENCY2 | CHANGE_PRODUCT | CHANGE_FLAGS,
                              .version = 0x1234,
                              .flags = 0x80,
                              .dependency = {{4, 2, 3000}, {2, 0, 501}},
                              .product = 77,
                              .product_version = 5};
    g_assert_true(module_edit(image, &c, NULL));
    assert_good(image);
    struct module m = parse(image);
    g_assert_cmphex(m.header.version, ==, 0x1234);
    g_assert_cmphex(m.header.flags, ==, 0x80);
    g_assert_cmpuint(m.header.dependency[0].version, ==, 3000);
    g_assert_cmpuint(m.header.dependency[1].function, ==, 2);
    g_assert_cmpuint(m.header.dependency[1].version, ==, 501);
    g_assert_cmpuint(m.product, ==, 77);
    g_assert_cmpuint(m.product_version, ==, 5);
    /* the rest as it was */
    g_assert_cmphex(m.header.start, ==, 0x080A0000);
    g_assert_cmpuint(m.header.platform, ==, 6);
    g_assert_cmpuint(m.header.function, ==, 5);
    for (unsigned i = 24; i < 1000 - 40; i++)
        g_assert_cmphex(image->data[i], ==, (uint8_t)(i * 7 + 3));
}

static void test_edit_behind_vectors(void)
{
    struct fixture f = FIXTURE_PART(2);
    g_autoptr(GByteArray) image = fixture_image(&f);
    struct module_change c = {.what = CHANGE_START | CHANGE_INDEX | CHANGE_PLATFORM | CHANGE_FUNCTION,
                              .start = 0x08020000,
                              .index = 1,
                              .platform = 8,
                              .function = 4};
    g_assert_true(module_edit(image, &c, NULL));
    assert_good(image);
    struct module m = parse(image);
    g_assert_cmphex(m.header.start, ==, 0x08020000);
    g_assert_cmphex(m.header.end, ==, 0x08020000 + 3000);
    g_assert_cmpuint(m.header.index, ==, 1);
    g_assert_cmpuint(m.header.platform, ==, 8);
}

/* No change: the checksums alone. */
static void test_sign(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) image = fixture_image(&f);
    g_autoptr(GByteArray) before = fixture_image(&f);
    struct module_change nothing = {0};
    image->data[500] ^= 0x40;
    g_assert_false(parse(image).crc_good);
    image->data[500] ^= 0x40;
    image->data[1001] ^= 0x40;
    g_assert_true(module_edit(image, &nothing, NULL));
    g_assert_cmpmem(image->data, image->len, before->data, before->len);
}

static void test_edit_refused(void)
{
    struct fixture f = FIXTURE_USER;
    struct module_change c = {.what = CHANGE_VERSION, .version = 9};
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) image = fixture_image(&f);
    g_autoptr(GByteArray) before = fixture_image(&f);
    g_byte_array_set_size(image, 600);
    g_assert_false(module_edit(image, &c, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED);
    g_assert_cmpmem(image->data, image->len, before->data, 600);
    g_clear_error(&error);
    memset(image->data, 0, 24);
    g_assert_false(module_edit(image, &c, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT);
    g_clear_error(&error);
    /* the short trailer has no room for a product */
    f.suffix = 36;
    g_autoptr(GByteArray) old = fixture_image(&f);
    c = (struct module_change){.what = CHANGE_PRODUCT, .product = 1};
    g_assert_false(module_edit(old, &c, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT);
}

/* ---- damage ---- */

static void test_damage(void)
{
    static const struct {
        const char *name;
        bool crc, sha;
    } kinds[] = {{"crc", false, true},     {"sha", true, false},  {"body", false, false},    {"platform", true, true},
                 {"function", true, true}, {"start", true, true}, {"dependency", true, true}};
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct fixture f = i % 2 == 0 ? FIXTURE_USER : FIXTURE_PART(1);
        g_autoptr(GByteArray) image = fixture_image(&f);
        g_test_message("%s", kinds[i].name);
        g_assert_true(module_damage(image, module_damage_parse(kinds[i].name), NULL));
        struct module m = parse(image);
        g_assert_cmpint(m.crc_good, ==, kinds[i].crc);
        g_assert_cmpint(m.sha256_good, ==, kinds[i].sha);
        g_assert_cmpint(m.header.platform, ==, strcmp(kinds[i].name, "platform") == 0 ? 8 : 6);
        g_assert_cmphex(m.header.start, ==, f.start + (strcmp(kinds[i].name, "start") == 0 ? 0x20000 : 0));
        if (strcmp(kinds[i].name, "function") == 0)
            g_assert_cmpuint(m.header.function, ==, MODULE_RESOURCE);
        if (strcmp(kinds[i].name, "dependency") == 0) {
            g_assert_cmpuint(m.header.dependency[0].version, ==, 65535);
            g_assert_cmpuint(m.header.dependency[0].function, ==, 4);
        }
    }
}

static void test_damage_beyond_parsing(void)
{
    struct fixture f = FIXTURE_USER;
    struct module m;
    g_autoptr(GByteArray) erased = fixture_image(&f);
    g_assert_true(module_damage(erased, DAMAGE_HEADER, NULL));
    g_assert_false(module_parse(erased->data, erased->len, &m));
    g_assert_cmphex(erased->data[24], ==, (uint8_t)(24 * 7 + 3));
    g_autoptr(GByteArray) cut = fixture_image(&f);
    g_assert_true(module_damage(cut, DAMAGE_CUT, NULL));
    g_assert_cmpuint(cut->len, ==, 502);
    g_assert_false(parse(cut).complete);
    g_autoptr(GByteArray) end = fixture_image(&f);
    g_assert_true(module_damage(end, DAMAGE_END, NULL));
    g_assert_cmphex(parse(end).header.end, ==, 0x08100000);
    g_assert_cmpuint(module_damage_parse("nonsense"), ==, DAMAGES);
    for (unsigned i = 0; i < DAMAGES; i++)
        g_assert_cmpuint(module_damage_parse(module_damage_name(i)), ==, i);
    /* not twice: there is no header any more */
    g_autoptr(GError) error = NULL;
    g_assert_false(module_damage(erased, DAMAGE_CRC, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_FORMAT);
}

/* ---- make ---- */

static const struct module_change user_change = {.what = CHANGE_FUNCTION | CHANGE_INDEX | CHANGE_PLATFORM | CHANGE_START |
                                                         CHANGE_VERSION | CHANGE_DEPENDENCY,
                                                 .function = 5,
                                                 .index = 1,
                                                 .platform = 6,
                                                 .start = 0x080A0000,
                                                 .version = 3,
                                                 .dependency = {{4, 2, 17}}};

static void test_make(void)
{
    uint8_t code[101];
    for (unsigned i = 0; i < sizeof code; i++)
        code[i] = (uint8_t)(i + 1);
    g_autoptr(GByteArray) image = module_make(code, sizeof code, &user_change, 0x20000, NULL);
    g_assert_nonnull(image);
    assert_good(image);
    struct module m = parse(image);
    g_assert_cmpuint(m.header_offset, ==, 0);
    g_assert_cmphex(m.header.start, ==, 0x080A0000);
    g_assert_cmphex(m.header.end, ==, 0x080A0000 + 24 + 104 + 40);
    g_assert_cmpuint(m.size, ==, image->len);
    g_assert_cmpuint(m.header.version, ==, 3);
    g_assert_cmpuint(m.header.dependency[0].version, ==, 17);
    g_assert_cmpuint(m.header.dependency[1].function, ==, MODULE_NONE);
    g_assert_cmpmem(image->data + 24, sizeof code, code, sizeof code);
    g_assert_cmpuint(m.suffix, ==, 40);
    g_assert_cmphex(m.product, ==, 0xFFFF);
    /* the smallest of all */
    g_autoptr(GByteArray) tiny = module_make(code, 1, &user_change, 0x20000, NULL);
    assert_good(tiny);
}

static void test_make_behind_vectors(void)
{
    uint8_t code[0x300];
    struct module_change c = user_change;
    c.function = 2;
    c.start = 0x08000000;
    memset(code, 0x5A, sizeof code);
    fixture_u32(code, 0x20020000);
    memset(code + 0x184, 0xFF, 24);
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) image = module_make(code, sizeof code, &c, 0x4000, &error);
    g_assert_no_error(error);
    assert_good(image);
    g_assert_cmphex(parse(image).header_offset, ==, 0x184);
    g_assert_cmphex(parse(image).header.end, ==, 0x08000000 + 0x300 + 40);
    g_assert_cmphex(image->data[0x183], ==, 0x5A);
    g_assert_cmphex(image->data[0x184 + 24], ==, 0x5A);
    code[0x190] = 0;
    g_assert_null(module_make(code, sizeof code, &c, 0x4000, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_OVERLAP);
    g_clear_error(&error);
    g_assert_null(module_make(code, 0x190, &c, 0x4000, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_TRUNCATED);
}

static void test_make_room(void)
{
    g_autofree uint8_t *code = g_malloc0(0x20000);
    uint32_t most = 0x20000 - 24 - 40 - 4;
    g_autoptr(GError) error = NULL;
    g_autoptr(GByteArray) full = module_make(code, most, &user_change, 0x20000, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(full->len, ==, 0x20000);
    assert_good(full);
    g_assert_null(module_make(code, most + 1, &user_change, 0x20000, &error));
    g_assert_error(error, IMAGE_ERROR, IMAGE_ERROR_TOO_LARGE);
}

/* ---- embedded ---- */

static void test_embedded(void)
{
    struct fixture outer = FIXTURE_PART(2), inner = FIXTURE_BOOTLOADER, second = FIXTURE_USER;
    outer.length = 8000;
    g_autoptr(GByteArray) image = fixture_image(&outer);
    g_autoptr(GByteArray) first = fixture_image(&inner);
    g_autoptr(GByteArray) other = fixture_image(&second);
    struct module m;
    uint32_t offset = 0;
    g_assert_false(module_find_embedded(image->data, image->len, &offset, &m));
    memcpy(image->data + 1000, first->data, first->len);
    memcpy(image->data + 1000 + first->len + 4, other->data, other->len);
    memcpy(image->data + 6002, other->data, other->len); /* at no multiple of 4 */
    fixture_sign(&outer, image);
    g_assert_true(module_find_embedded(image->data, image->len, &offset, &m));
    g_assert_cmpuint(offset, ==, 1000);
    g_assert_cmpuint(m.header.function, ==, MODULE_BOOTLOADER);
    g_assert_true(module_find_embedded(image->data, image->len, &offset, &m));
    g_assert_cmpuint(offset, ==, 1000 + first->len + 4);
    g_assert_cmpuint(m.header.function, ==, MODULE_USER_PART);
    g_assert_false(module_find_embedded(image->data, image->len, &offset, &m));
    /* with a wrong CRC it is none */
    image->data[1000 + 500] ^= 1;
    offset = 0;
    g_assert_true(module_find_embedded(image->data, image->len, &offset, &m));
    g_assert_cmpuint(m.header.function, ==, MODULE_USER_PART);
}

/* Headers at every word, each of which asks for a CRC over the whole file: the search must not take forever. */
static void test_embedded_hostile(void)
{
    size_t size = 4 << 20;
    g_autofree uint8_t *data = g_malloc(size);
    memset(data, 0x28, size);
    for (size_t i = 0; i + 24 <= size; i += 24) {
        fixture_u32(data + i, 0x08000000);
        fixture_u32(data + i + 4, 0x08000000 + 0xF0000 / 4 * 4);
        data[i + 12] = 6;
        data[i + 13] = 0;
        data[i + 14] = 5;
    }
    uint32_t offset = 0;
    struct module m;
    gint64 begin = g_get_monotonic_time();
    g_assert_false(module_find_embedded(data, size, &offset, &m));
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 20 * G_USEC_PER_SEC);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/image-edit/edit", test_edit);
    g_test_add_func("/image-edit/behind-vectors", test_edit_behind_vectors);
    g_test_add_func("/image-edit/sign", test_sign);
    g_test_add_func("/image-edit/refused", test_edit_refused);
    g_test_add_func("/image-edit/damage", test_damage);
    g_test_add_func("/image-edit/damage-beyond-parsing", test_damage_beyond_parsing);
    g_test_add_func("/image-edit/make", test_make);
    g_test_add_func("/image-edit/make-behind-vectors", test_make_behind_vectors);
    g_test_add_func("/image-edit/make-room", test_make_room);
    g_test_add_func("/image-edit/embedded", test_embedded);
    g_test_add_func("/image-edit/embedded-hostile", test_embedded_hostile);
    return g_test_run();
}
