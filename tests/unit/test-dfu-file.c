/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib.h>
#include <string.h>

#include "images/dfu-file.h"
#include "tests/unit/module-fixture.h"

static void append16(GByteArray *a, unsigned value)
{
    uint8_t bytes[2];
    fixture_u16(bytes, value);
    g_byte_array_append(a, bytes, 2);
}

static void append32(GByteArray *a, uint32_t value)
{
    append16(a, value & 0xFFFF);
    append16(a, value >> 16);
}

/* After USB DFU 1.1, appendix B; its CRC is not inverted at the end. */
static void append_suffix(GByteArray *a, unsigned product, unsigned vendor, unsigned version)
{
    append16(a, 0x0250);
    append16(a, product);
    append16(a, vendor);
    append16(a, version);
    g_byte_array_append(a, (const uint8_t *)"UFD\x10", 4);
    append32(a, ~fixture_crc(a->data, a->len));
}

static void test_suffix(void)
{
    struct fixture f = FIXTURE_USER;
    g_autoptr(GByteArray) a = fixture_image(&f);
    unsigned length = a->len;
    struct dfu_file file;
    g_assert_false(dfu_file_parse(a->data, a->len, &file));
    append_suffix(a, 0xD006, 0x2B04, 0x0100);
    g_assert_true(dfu_file_parse(a->data, a->len, &file));
    g_assert_true(file.has_suffix);
    g_assert_false(file.dfuse);
    g_assert_cmpuint(file.payload, ==, length);
    g_assert_cmphex(file.suffix.vendor, ==, 0x2B04);
    g_assert_cmphex(file.suffix.product, ==, 0xD006);
    g_assert_cmphex(file.suffix.device, ==, 0x0250);
    g_assert_cmphex(file.suffix.version, ==, 0x0100);
    g_assert_true(file.suffix.crc_good);
    g_assert_true(dfu_suffix_fits(&file.suffix, 0x2B04, 0xD006));
    g_assert_false(dfu_suffix_fits(&file.suffix, 0x2B04, 0xD008));
    g_assert_false(dfu_suffix_fits(&file.suffix, 0x1D50, 0xD006));
    dfu_file_clear(&file);
    a->data[100] ^= 1;
    g_assert_true(dfu_file_parse(a->data, a->len, &file));
    g_assert_false(file.suffix.crc_good);
    dfu_file_clear(&file);
    /* any product of a vendor; any device */
    struct dfu_suffix any = {.vendor = 0x2B04, .product = DFU_ANY};
    g_assert_true(dfu_suffix_fits(&any, 0x2B04, 0xD008));
    g_assert_false(dfu_suffix_fits(&any, 0x1D50, 0x607F));
    any.vendor = DFU_ANY;
    g_assert_true(dfu_suffix_fits(&any, 0x1D50, 0x607F));
}

/* What we write is what the other reader of this test expects. */
static void test_append(void)
{
    g_autoptr(GByteArray) ours = g_byte_array_new(), theirs = g_byte_array_new();
    g_byte_array_append(ours, (const uint8_t *)"payload", 7);
    g_byte_array_append(theirs, (const uint8_t *)"payload", 7);
    dfu_suffix_append(ours, 0x2B04, 0xD006);
    append_suffix(theirs, 0xD006, 0x2B04, 0x0100);
    g_assert_cmpuint(ours->len, ==, 7 + 16);
    g_assert_cmpmem(ours->data + 9, 10, theirs->data + 9, 10); /* all but bcdDevice and CRC */
    g_assert_cmphex(ours->data[7] | ours->data[8] << 8, ==, 0xFFFF);
    struct dfu_file file;
    g_assert_true(dfu_file_parse(ours->data, ours->len, &file));
    g_assert_true(file.suffix.crc_good);
    dfu_file_clear(&file);
}

static void test_boards(void)
{
    uint16_t vendor, product;
    g_assert_true(dfu_ids_of_platform(6, &vendor, &product));
    g_assert_cmphex(vendor, ==, 0x2B04);
    g_assert_cmphex(product, ==, 0xD006);
    g_assert_true(dfu_ids_of_platform(8, &vendor, &product));
    g_assert_cmphex(product, ==, 0xD008);
    g_assert_false(dfu_ids_of_platform(77, &vendor, &product));
    g_assert_cmpstr(dfu_board_name(0x1D50, 0x607F), ==, "Core");
    g_assert_null(dfu_board_name(0x0483, 0xDF11));
}

/* A container of one target with elements of that many bytes, for addresses from 0x08020000 on; ends with a suffix. */
static GByteArray *container(unsigned elements, const uint32_t *sizes)
{
    GByteArray *a = g_byte_array_new();
    static const uint8_t zeros[512];
    uint32_t content = 0;
    for (unsigned i = 0; i < elements; i++)
        content += 8 + sizes[i];
    g_byte_array_append(a, (const uint8_t *)"DfuSe\x01", 6);
    append32(a, 11 + 274 + content);
    g_byte_array_append(a, (const uint8_t *)"\x01Target\x02", 8);
    append32(a, 1);
    g_byte_array_append(a, zeros, 255);
    append32(a, content);
    append32(a, elements);
    for (unsigned i = 0; i < elements; i++) {
        append32(a, 0x08020000 + 0x20000 * i);
        append32(a, sizes[i]);
        g_byte_array_append(a, zeros, sizes[i]);
    }
    append_suffix(a, 0xD006, 0x2B04, 0x011A);
    return a;
}

static void test_container(void)
{
    static const uint32_t sizes[] = {100, 300};
    g_autoptr(GByteArray) a = container(2, sizes);
    struct dfu_file file;
    g_assert_true(dfu_file_parse(a->data, a->len, &file));
    g_assert_null(file.problem);
    g_assert_true(file.dfuse);
    g_assert_cmpuint(file.elements->len, ==, 2);
    const struct dfu_element *second = &g_array_index(file.elements, struct dfu_element, 1);
    g_assert_cmpuint(second->alternate, ==, 2);
    g_assert_cmphex(second->address, ==, 0x08040000);
    g_assert_cmpuint(second->size, ==, 300);
    g_assert_cmpuint(second->offset, ==, 11 + 274 + 8 + 100 + 8);
    dfu_file_clear(&file);
}

/* One number of it wrong: a sentence, and nothing beyond the file is read (the sanitizer sees to that). */
static void test_broken_container(void)
{
    static const struct {
        uint32_t offset, value;
        const char *says;
    } wrong[] = {{5, 2, "format 2"},           {6, 5, "5 bytes long"},
                 {11, 0x58585858, "Target 1"}, {11 + 266, 0xFFFFFFFF, "cut short"},
                 {11 + 270, 3, "Element 3"},   {11 + 274 + 4, 0xFFFFFFF0, "Element 1"}};
    static const uint32_t sizes[] = {100, 300};
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GByteArray) a = container(2, sizes);
        if (wrong[i].offset == 5)
            a->data[5] = (uint8_t)wrong[i].value;
        else
            fixture_u32(a->data + wrong[i].offset, wrong[i].value);
        struct dfu_file file;
        g_assert_true(dfu_file_parse(a->data, a->len, &file));
        g_assert_nonnull(file.problem);
        g_test_message("%s", file.problem);
        g_assert_nonnull(strstr(file.problem, wrong[i].says));
        g_assert_true(g_str_has_suffix(file.problem, "."));
        dfu_file_clear(&file);
    }
}

static void test_cut_off(void)
{
    static const uint32_t sizes[] = {100, 300};
    g_autoptr(GByteArray) a = container(2, sizes);
    for (size_t size = 0; size < a->len; size++) {
        g_autofree uint8_t *piece = g_memdup2(a->data, size);
        struct dfu_file file;
        if (dfu_file_parse(piece, size, &file)) {
            g_assert_cmpint(file.problem == NULL, ==, size == a->len - DFU_SUFFIX_SIZE); /* the suffix alone is missing */
            dfu_file_clear(&file);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dfu-file/suffix", test_suffix);
    g_test_add_func("/dfu-file/append", test_append);
    g_test_add_func("/dfu-file/boards", test_boards);
    g_test_add_func("/dfu-file/container", test_container);
    g_test_add_func("/dfu-file/broken-container", test_broken_container);
    g_test_add_func("/dfu-file/cut-off", test_cut_off);
    return g_test_run();
}
