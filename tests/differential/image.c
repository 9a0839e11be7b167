/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "tests/differential/generator.h"

/* Literal loads reach so far; nothing that changes from image to image may lie there. */
enum { LITERAL_REACH = 4096 };

static uint64_t seed_of(uint64_t seed, unsigned kind, unsigned number)
{
    struct random r = {seed ^ (uint64_t)kind << 56 ^ (uint64_t)number << 20};
    uint64_t high = random_word(&r);
    return high << 32 | random_word(&r);
}

static void put(GByteArray *image, uint32_t offset, const void *data, uint32_t size)
{
    g_assert(offset + size <= image->len);
    memcpy(image->data + offset, data, size);
}

static void append_code(GByteArray *image, const GArray *code)
{
    g_byte_array_append(image, (const guint8 *)code->data, 2 * code->len);
    while (image->len % 4 != 0)
        g_byte_array_append(image, (const guint8 *)"", 1);
}

/* The code of one and its entry in the table. */
static void generate(const struct image_options *o, unsigned index, uint32_t address, GArray *code, struct coverage *coverage,
                     void *entry)
{
    unsigned number = o->first + index, limit = index == o->dump ? o->unit_limit : G_MAXUINT;
    uint64_t seed = seed_of(o->seed, o->scenarios, number);
    if (o->scenarios) {
        struct image_scenario *s = entry;
        *s = (struct image_scenario){.seed = (uint32_t)seed, .code = address};
        scenario_generate(seed, number, o->flash, address, limit, code, coverage, s);
        return;
    }
    struct image_sequence *s = entry;
    *s = (struct image_sequence){.seed = (uint32_t)seed, .code = address, .run_at = address};
    if (number % 4 == 1)
        s->run_at = CODE_RAM;
    else if (number % 8 == 2)
        s->run_at = address - o->flash;
    sequence_generate(seed, o->flash, s->run_at, limit, code, coverage);
    s->size = 2 * code->len;
    g_assert(s->size <= CODE_RAM_SIZE);
}

GByteArray *image_build(const struct image_options *o, struct coverage *coverage, unsigned *count)
{
    uint32_t base = o->flash + IMAGE_OFFSET,
             size = o->scenarios ? sizeof(struct image_scenario) : sizeof(struct image_sequence);
    struct image_header header = {.magic = IMAGE_MAGIC, .iterations = o->iterations, .dump = o->dump};
    header.table = base + sizeof header;
    uint32_t tables = (uint32_t)sizeof header + o->n * size;
    GByteArray *image = g_byte_array_new();
    g_byte_array_set_size(image, (tables + 3) / 4 * 4 + LITERAL_REACH);
    memset(image->data, 0, image->len);
    GArray *code = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    *count = 0;
    for (unsigned i = 0; i < o->n && (i == 0 || i - 1 != o->dump); i++) {
        union {
            struct image_sequence sequence;
            struct image_scenario scenario;
        } entry;
        struct coverage mine = *coverage;
        g_array_set_size(code, 0);
        generate(o, i, base + image->len, code, &mine, &entry);
        if (image->len + 2 * code->len + 4 > IMAGE_END - IMAGE_OFFSET - LITERAL_REACH)
            break;
        *coverage = mine;
        append_code(image, code);
        put(image, (uint32_t)sizeof header + i * size, &entry, size);
        ++*count;
    }
    g_array_free(code, TRUE);
    if (o->scenarios)
        header.n_scenarios = *count;
    else
        header.n_sequences = *count;
    put(image, 0, &header, sizeof header);
    guint end = image->len;
    g_byte_array_set_size(image, end + LITERAL_REACH);
    memset(image->data + end, 0, LITERAL_REACH);
    return image;
}
