/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <elf.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "images/file.h"
#include "images/load.h"

static char *folder;

static char *write_file(const char *name, const void *data, size_t size)
{
    char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, data, (gssize)size, NULL));
    return path;
}

static GPtrArray *load_text(const char *name, const char *text, const char *address, GError **error)
{
    g_autofree char *path = write_file(name, text, strlen(text));
    g_autofree char *argument = address != NULL ? g_strdup_printf("%s=%s", address, path) : g_strdup(path);
    return image_load(argument, error);
}

static const struct image_segment *segment(GPtrArray *segments, unsigned i)
{
    g_assert_cmpuint(i, <, segments->len);
    return g_ptr_array_index(segments, i);
}

static void assert_segment(GPtrArray *segments, unsigned i, uint32_t address, const char *bytes, size_t size)
{
    const struct image_segment *s = segment(segments, i);
    gsize length;
    const void *data = g_bytes_get_data(s->bytes, &length);
    g_assert_cmphex(s->address, ==, address);
    g_assert_cmpmem(data, length, bytes, size);
}

/* It fails with that code, and the sentence has that in it and ends like one. */
static void assert_refused(GPtrArray *segments, GError **error, int code, const char *part)
{
    g_assert_null(segments);
    g_assert_error(*error, IMAGE_ERROR, code);
    g_test_message("%s", (*error)->message);
    g_assert_nonnull(strstr((*error)->message, part));
    g_assert_true(g_str_has_suffix((*error)->message, "."));
    g_clear_error(error);
}

/* ---- raw ---- */

static void test_raw(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) segments = load_text("raw.bin", "hello", "0x080A0000", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(segments->len, ==, 1);
    assert_segment(segments, 0, 0x080A0000, "hello", 5);
    g_autoptr(GPtrArray) decimal = load_text("raw.bin", "x", "536870912", &error);
    g_assert_no_error(error);
    assert_segment(decimal, 0, 0x20000000, "x", 1);
    assert_refused(load_text("raw.bin", "hello", NULL, &error), &error, IMAGE_ERROR_ADDRESS, "raw binary");
}

static void test_bad_arguments(void)
{
    g_autoptr(GError) error = NULL;
    assert_refused(image_load("0x080A0000=", &error), &error, IMAGE_ERROR_ADDRESS, "names no file");
    assert_refused(image_load("", &error), &error, IMAGE_ERROR_ADDRESS, "names no file");
    assert_refused(image_load("=file", &error), &error, IMAGE_ERROR_ADDRESS, "no address");
    assert_refused(image_load("12q=file", &error), &error, IMAGE_ERROR_ADDRESS, "\"12q\" is no address");
    assert_refused(image_load("0x=file", &error), &error, IMAGE_ERROR_ADDRESS, "no address");
    assert_refused(image_load("0x100000000=file", &error), &error, IMAGE_ERROR_ADDRESS, "no address");
    assert_refused(image_load("0x-5=file", &error), &error, IMAGE_ERROR_ADDRESS, "no address");
    assert_refused(image_load("0=/nonexistent/file", &error), &error, IMAGE_ERROR_MISSING,
                   "/nonexistent/file cannot be opened");
    g_autofree char *argument = g_strdup_printf("0=%s", folder);
    assert_refused(image_load(argument, &error), &error, IMAGE_ERROR_READ, "is a folder");
    assert_refused(load_text("empty", "", "0", &error), &error, IMAGE_ERROR_TRUNCATED, "is empty");
    assert_refused(image_load("0=/dev/zero", &error), &error, IMAGE_ERROR_TOO_LARGE, "too large"); /* and it ends */
    g_autofree char *equals = write_file("a=b.elf", "\177ELF", 4);
    assert_refused(image_load(equals, &error), &error, IMAGE_ERROR_FORMAT, "a=b.elf is no ELF file");
}

/* ---- Intel HEX ---- */

static void test_hex(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) segments = load_text("app.hex",
                                              ":020000040800F2\n"
                                              ":0400000001020304F2\r\n"
                                              ":0400040005060708DE\n"
                                              "\n"
                                              ":020100001122CA\n"
                                              ":0400000508000101ED\n"
                                              ":020000022000DC\n" /* a segment address: 0x2000 << 4 */
                                              ":01001000aa45\n"
                                              ":00000001FF\n",
                                              NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(segments->len, ==, 3);
    assert_segment(segments, 0, 0x08000000, "\1\2\3\4\5\6\7\10", 8);
    assert_segment(segments, 1, 0x08000100, "\x11\x22", 2);
    assert_segment(segments, 2, 0x00020010, "\xAA", 1);
}

static void test_bad_hex(void)
{
    g_autoptr(GError) error = NULL;
    static const struct {
        const char *text;
        int code;
        const char *part;
    } bad[] = {
        {":0400000001020304F3\n:00000001FF\n", IMAGE_ERROR_FORMAT, "line 1: the checksum is wrong"},
        {":0400000001020304F2\n", IMAGE_ERROR_TRUNCATED, "no end record"},
        {":0400000001020304F2\n:00000001FF\n:00000001FF\n", IMAGE_ERROR_FORMAT, "line 3: there is more"},
        {":0400000001020304F2\nhello\n", IMAGE_ERROR_FORMAT, "line 2: this is no Intel HEX"},
        {":0400000601020304EC\n:00000001FF\n", IMAGE_ERROR_FORMAT, "unknown type"},
        {":0100000408F3\n:00000001FF\n", IMAGE_ERROR_FORMAT, "two bytes"},
        {":02FFFF000102FD\n:00000001FF\n", IMAGE_ERROR_FORMAT, "64 KB"},
        {":00000001FF\n", IMAGE_ERROR_FORMAT, "nothing to load"},
        {":0400000001020304F\n:00000001FF\n", IMAGE_ERROR_FORMAT, "this is no Intel HEX"},
    };
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_refused(load_text("bad.hex", bad[i].text, NULL, &error), &error, bad[i].code, bad[i].part);
    const char *good = ":020000040800F2\n:0400000001020304F2\n:00000001FF\n";
    assert_refused(load_text("good.hex", good, "0x080A0000", &error), &error, IMAGE_ERROR_ADDRESS,
                   "carries its own addresses, from 0x08000000");
    g_autoptr(GPtrArray) same = load_text("good.hex", good, "0x08000000", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(same->len, ==, 1);
}

/* ---- ELF ---- */

struct elf_file {
    Elf32_Ehdr header;
    Elf32_Phdr program[3];
    char text[16];
    char data[8];
};

static struct elf_file elf_example(void)
{
    struct elf_file e = {.header = {.e_ident = {0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
                                    .e_type = ET_EXEC,
                                    .e_machine = EM_ARM,
                                    .e_version = EV_CURRENT,
                                    .e_phoff = offsetof(struct elf_file, program),
                                    .e_ehsize = sizeof(Elf32_Ehdr),
                                    .e_phentsize = sizeof(Elf32_Phdr),
                                    .e_phnum = 3},
                         .program = {{.p_type = PT_LOAD,
                                      .p_offset = offsetof(struct elf_file, text),
                                      .p_vaddr = 0x08000000,
                                      .p_paddr = 0x08000000,
                                      .p_filesz = 16,
                                      .p_memsz = 16},
                                     {.p_type = PT_LOAD, /* initialised data: lives in RAM, is loaded to flash */
                                      .p_offset = offsetof(struct elf_file, data),
                                      .p_vaddr = 0x20000000,
                                      .p_paddr = 0x08000010,
                                      .p_filesz = 8,
                                      .p_memsz = 64},
                                     {.p_type = PT_LOAD, .p_vaddr = 0x20000040, .p_paddr = 0x20000040, .p_memsz = 64}}};
    memcpy(e.text, "sixteen bytes...", sizeof e.text);
    memcpy(e.data, "eight...", sizeof e.data);
    return e;
}

static GPtrArray *load_elf_example(const struct elf_file *e, size_t size, GError **error)
{
    g_autofree char *path = write_file("app.elf", e, size);
    return image_load(path, error);
}

static void test_elf(void)
{
    g_autoptr(GError) error = NULL;
    struct elf_file e = elf_example();
    g_autoptr(GPtrArray) segments = load_elf_example(&e, sizeof e, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(segments->len, ==, 2);
    assert_segment(segments, 0, 0x08000000, "sixteen bytes...", 16);
    assert_segment(segments, 1, 0x08000010, "eight...", 8);
}

static void test_bad_elf(void)
{
    g_autoptr(GError) error = NULL;
    struct elf_file e = elf_example();
    e.header.e_machine = EM_386;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_FORMAT, "another processor");
    e = elf_example();
    e.header.e_ident[EI_CLASS] = ELFCLASS64;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_FORMAT, "32-bit");
    e = elf_example();
    e.header.e_type = ET_REL;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_FORMAT, "not linked");
    e = elf_example();
    assert_refused(load_elf_example(&e, sizeof e - 1, &error), &error, IMAGE_ERROR_TRUNCATED, "segment for 0x08000010");
    e.program[0].p_offset = UINT32_MAX - 4;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_TRUNCATED, "segment for 0x08000000");
    e = elf_example();
    e.header.e_phoff = 0xFFFFFF00;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_TRUNCATED, "program headers");
    e = elf_example();
    e.header.e_phnum = 0;
    assert_refused(load_elf_example(&e, sizeof e, &error), &error, IMAGE_ERROR_FORMAT, "nothing to load");
}

/* Whatever is changed or cut off: an answer, never more. */
static void test_any_bytes(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);
    for (unsigned round = 0; round < 500; round++) {
        struct elf_file e = elf_example();
        uint8_t *bytes = (uint8_t *)&e;
        for (unsigned i = 0; i < 3; i++)
            bytes[g_rand_int_range(rand, 4, sizeof e)] = (uint8_t)g_rand_int(rand);
        GPtrArray *segments = load_elf_example(&e, (size_t)g_rand_int_range(rand, 1, sizeof e + 1), NULL);
        if (segments != NULL)
            g_ptr_array_unref(segments);
        g_autofree char *hex = g_strdup(":020000040800F2\n:0400000001020304F2\n:0400040005060708DE\n:00000001FF\n");
        for (unsigned i = 0; i < 2; i++)
            hex[g_rand_int_range(rand, 11, (int)strlen(hex))] = (char)g_rand_int_range(rand, 1, 128);
        segments = load_text("any.hex", hex, NULL, NULL);
        if (segments != NULL)
            g_ptr_array_unref(segments);
    }
}

/* ---- into memory ---- */

static void assert_apply(const char *address, const char *text, uint8_t *flash, struct image_layout *layout, GPtrArray *ram,
                         int code, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) segments = load_text("x.bin", text, address, &error);
    g_assert_no_error(error);
    bool ok = image_segments_apply(segments, flash, layout, ram, &error);
    if (part == NULL) {
        g_assert_no_error(error);
        g_assert_true(ok);
        return;
    }
    g_assert_false(ok);
    g_assert_error(error, IMAGE_ERROR, code);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
}

static void test_apply(void)
{
    g_autofree uint8_t *flash = g_malloc(IMAGE_FLASH_SIZE);
    memset(flash, 0xFF, IMAGE_FLASH_SIZE);
    struct image_layout *layout = image_layout_new();
    g_autoptr(GPtrArray) ram = g_ptr_array_new_with_free_func((GDestroyNotify)image_segment_free);
    assert_apply("0x080A0000", "user", flash, layout, ram, 0, NULL);
    g_assert_cmpmem(flash + 0xA0000, 5, "user\xFF", 5);
    assert_apply("0x080FFFFC", "last", flash, layout, ram, 0, NULL);
    g_assert_cmpmem(flash + 0xFFFFC, 4, "last", 4);
    assert_apply("0x00000000", "alias", flash, layout, ram, 0, NULL);
    g_assert_cmpmem(flash, 5, "alias", 5);
    assert_apply("0x2001FFFC", "ram.", flash, layout, ram, 0, NULL);
    g_assert_cmpuint(ram->len, ==, 1);
    assert_segment(ram, 0, 0x2001FFFC, "ram.", 4);

    assert_apply("0x080FFFFD", "over", flash, layout, ram, IMAGE_ERROR_TOO_LARGE, "its 4 bytes at 0x080FFFFD");
    assert_apply("0x2001FFFD", "over", flash, layout, ram, IMAGE_ERROR_TOO_LARGE, "does not fit");
    assert_apply("0x40000000", "x", flash, layout, ram, IMAGE_ERROR_ADDRESS, "RAM 0x20000000");
    assert_apply("0xFFFFFFFF", "xx", flash, layout, ram, IMAGE_ERROR_ADDRESS, "does not fit");
    assert_apply("0x20000000", "x", flash, layout, NULL, IMAGE_ERROR_ADDRESS, "nothing else");
    assert_apply("0x080A0003", "x", flash, layout, ram, IMAGE_ERROR_OVERLAP, "at 0x080A0003");
    assert_apply("0x0809FFFD", "four", flash, layout, ram, IMAGE_ERROR_OVERLAP, "at 0x080A0000");
    assert_apply("0x08000004", "x", flash, layout, ram, IMAGE_ERROR_OVERLAP, "overlaps"); /* the alias is the same memory */
    assert_apply("0x080A0004", "next", flash, layout, ram, 0, NULL);
    g_assert_cmpmem(flash + 0xA0000, 8, "usernext", 8);
    image_layout_free(layout);
}

static void test_all_or_nothing(void)
{
    g_autofree uint8_t *flash = g_malloc0(IMAGE_FLASH_SIZE);
    struct image_layout *layout = image_layout_new();
    g_autoptr(GPtrArray) ram = g_ptr_array_new_with_free_func((GDestroyNotify)image_segment_free);
    g_autoptr(GError) error = NULL;
    struct elf_file e = elf_example();
    e.program[1].p_paddr = 0x60000000;
    g_autoptr(GPtrArray) segments = load_elf_example(&e, sizeof e, &error);
    g_assert_no_error(error);
    g_assert_false(image_segments_apply(segments, flash, layout, ram, &error));
    for (unsigned i = 0; i < 32; i++)
        g_assert_cmpuint(flash[i], ==, 0);
    g_assert_cmpuint(ram->len, ==, 0);
    image_layout_free(layout);
}

static void test_count(void)
{
    char text[32];
    g_assert_cmpstr(image_count_string(0, text, sizeof text), ==, "0");
    g_assert_cmpstr(image_count_string(999, text, sizeof text), ==, "999");
    g_assert_cmpstr(image_count_string(1000, text, sizeof text), ==, "1,000");
    g_assert_cmpstr(image_count_string(UINT64_MAX, text, sizeof text), ==, "18,446,744,073,709,551,615");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("test-load-XXXXXX", NULL);
    g_test_add_func("/load/raw", test_raw);
    g_test_add_func("/load/bad-arguments", test_bad_arguments);
    g_test_add_func("/load/hex", test_hex);
    g_test_add_func("/load/bad-hex", test_bad_hex);
    g_test_add_func("/load/elf", test_elf);
    g_test_add_func("/load/bad-elf", test_bad_elf);
    g_test_add_func("/load/any-bytes", test_any_bytes);
    g_test_add_func("/load/apply", test_apply);
    g_test_add_func("/load/all-or-nothing", test_all_or_nothing);
    g_test_add_func("/load/count", test_count);
    int status = g_test_run();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
    g_rmdir(folder);
    g_free(folder);
    return status;
}
