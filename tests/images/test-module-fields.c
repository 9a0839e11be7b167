/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fetched images field by field, as they were decoded by hand, and what lies inside them. */
#include <string.h>

#include "images/embedded.h"
#include "images/file.h"
#include "images/set.h"
#include "tests/unit/source-root.h"

static const struct {
    const char *set, *file;
    uint32_t size, end, crc;
    uint16_t version, platform;
    uint8_t function, index;
    struct module_dependency dependency[2];
} images[] = {
    {"0.5.2", "bootloader", 14052, 0x080036E0, 0x706CD056, 7, 6, 2, 0, {{0}, {0}}},
    {"0.5.2", "system-part1", 250956, 0x0805D448, 0x078F9E74, 17, 6, 4, 1, {{0}, {0}}},
    {"0.5.2", "system-part2", 187492, 0x0808DC60, 0x318BA506, 17, 6, 4, 2, {{4, 1, 17}, {0}}},
    {"0.5.2", "user", 3952, 0x080A0F6C, 0xBA4F59AB, 2, 6, 5, 1, {{4, 2, 1}, {0}}},
    {"1.5.0", "bootloader", 15336, 0x08003BE4, 0x353263FB, 501, 6, 2, 0, {{0}, {0}}},
    {"1.5.0", "system-part1", 238408, 0x0805A344, 0x9B67A6C6, 1502, 6, 4, 1, {{4, 2, 207}, {0}}},
    {"1.5.0", "system-part2", 261048, 0x0809FBB4, 0x48958319, 1502, 6, 4, 2, {{4, 1, 1502}, {2, 0, 400}}},
    {"1.5.0", "user", 5324, 0x080A14C8, 0x4A738441, 3, 6, 5, 1, {{4, 2, 6}, {0}}},
    {"1.5.0", "extra/photon_doctor", 6888, 0x080A1AE4, 0x7E794DCD, 4, 6, 5, 1, {{4, 2, 108}, {0}}},
    {"1.5.0", "extra/electron_tinker", 5776, 0x0808168C, 0xB3934494, 3, 10, 5, 1, {{4, 2, 10}, {0}}},
    {"1.5.0", "extra/core_tinker", 98932, 0x0801D270, 0x4D1C66CD, 207, 0, 3, 0, {{0}, {0}}},
    {"1.5.0-p1", "user", 5324, 0x080A14C8, 0x70E7C48C, 3, 8, 5, 1, {{4, 2, 6}, {0}}},
    {"1.5.0-p1", "extra/p1_doctor", 6888, 0x080A1AE4, 0, 4, 8, 5, 1, {{4, 2, 108}, {0}}},
    {"2.3.1", "bootloader", 15124, 0x08003B10, 0xD8161977, 1006, 6, 2, 0, {{0}, {0}}},
    {"2.3.1", "system-part1", 241496, 0x0805AF54, 0x13055D01, 2302, 6, 4, 1, {{4, 2, 207}, {0}}},
    {"2.3.1", "system-part2", 260984, 0x0809FB74, 0xBDED86F5, 2302, 6, 4, 2, {{4, 1, 2302}, {2, 0, 1003}}},
};

static bool no_images;

/* A file of a set: where it is, or would be. */
static char *set_file(const char *set, const char *name)
{
    g_autofree char *sets = source_sets();
    g_autofree char *folder = image_set_find(sets, set, PLATFORM_PHOTON, NULL);
    return g_strdup_printf("%s/%s.bin", folder != NULL ? folder : set, name);
}

static void fields(void)
{
    unsigned read = 0;
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        g_autofree char *path = set_file(images[i].set, images[i].file);
        g_autoptr(GBytes) bytes = image_file_read(path, 1 << 20, NULL);
        if (bytes == NULL)
            continue;
        read++;
        gsize size;
        const uint8_t *data = g_bytes_get_data(bytes, &size);
        struct module m;
        g_test_message("%s", path);
        g_assert_true(module_parse(data, size, &m));
        g_assert_cmpuint(size, ==, images[i].size);
        g_assert_cmpuint(m.size, ==, images[i].size);
        g_assert_cmphex(m.header.end, ==, images[i].end);
        g_assert_true(m.crc_good && m.sha256_good);
        if (images[i].crc != 0)
            g_assert_cmphex(m.crc, ==, images[i].crc);
        g_assert_cmpuint(m.header.version, ==, images[i].version);
        g_assert_cmpuint(m.header.platform, ==, images[i].platform);
        g_assert_cmpuint(m.header.function, ==, images[i].function);
        g_assert_cmpuint(m.header.index, ==, images[i].index);
        g_assert_cmpint(m.core, ==, images[i].platform == PLATFORM_CORE);
        for (unsigned d = 0; d < 2; d++) {
            g_assert_cmpuint(m.header.dependency[d].function, ==, images[i].dependency[d].function);
            g_assert_cmpuint(m.header.dependency[d].index, ==, images[i].dependency[d].index);
            g_assert_cmpuint(m.header.dependency[d].version, ==, images[i].dependency[d].version);
        }
        uint32_t offset = 0;
        struct module inner;
        bool carries = strcmp(images[i].set, "0.5.2") == 0 && strcmp(images[i].file, "system-part2") == 0;
        g_assert_cmpint(module_find_embedded(data, size, &offset, &inner), ==, carries);
        if (carries) {
            g_assert_cmphex(offset, ==, 0x28500);
            g_assert_cmpuint(inner.size, ==, 14052);
            g_assert_cmpuint(inner.header.version, ==, 7);
            g_assert_cmpuint(inner.header.function, ==, MODULE_BOOTLOADER);
        }
    }
    if (read == 0)
        g_test_skip("no image set; scripts/fetch-images gets them");
    no_images = read == 0;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/images/module-fields", fields);
    int status = g_test_run();
    return status == 0 && no_images ? 77 : status;
}
