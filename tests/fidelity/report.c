/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fidelity report: every bit of every register of the Photon, how far it is modelled, and the unit test that shows it.
 *
 *   fidelity SOURCE_DIR           fail if a bit with an effect has no test, or if docs/fidelity.md is out of date
 *   fidelity --write SOURCE_DIR   write docs/fidelity.md
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boards/board.h"
#include "peripherals/stm32f2/unmodelled.h"

static const char *const class_names[] = {[EFFECT] = "effect", [STORED] = "stored", [UNMODELLED] = "unmodelled"};

struct counts {
    unsigned fields[3], bits[3];
};

/* Devices of one class; a block that the chip has several times is listed once. */
struct block {
    const struct device_class *class;
    GPtrArray *names;
};

struct report {
    GHashTable *tests; /* GTest paths that there are */
    GString *text;
    struct counts total;
    unsigned complaints;
};

/* ---- the unit tests ---- */

static void add_tests(GHashTable *tests, const char *file)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(file, &text, NULL, &error))
        g_error("%s", error->message);
    g_autoptr(GRegex) regex = g_regex_new("g_test_add_func\\(\\s*\"(/[^\"]+)\"", G_REGEX_DEFAULT, G_REGEX_MATCH_DEFAULT, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_regex_match(regex, text, G_REGEX_MATCH_DEFAULT, &match);
    for (; g_match_info_matches(match); g_match_info_next(match, NULL))
        g_hash_table_add(tests, g_match_info_fetch(match, 1));
}

static GHashTable *find_tests(const char *source)
{
    GHashTable *tests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *folder = g_build_filename(source, "tests", "unit", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    if (dir == NULL)
        g_error("%s", error->message);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *file = g_build_filename(folder, name, NULL);
        if (g_str_has_prefix(name, "test-") && g_str_has_suffix(name, ".c"))
            add_tests(tests, file);
    }
    return tests;
}

/* ---- blocks ---- */

static void block_free(void *data)
{
    struct block *block = data;
    g_ptr_array_unref(block->names);
    g_free(block);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_blocks(const void *a, const void *b)
{
    const struct block *x = *(struct block *const *)a, *y = *(struct block *const *)b;
    return strcmp(g_ptr_array_index(x->names, 0), g_ptr_array_index(y->names, 0));
}

static GPtrArray *find_blocks(struct machine *m)
{
    GPtrArray *blocks = g_ptr_array_new_with_free_func(block_free), *devices = machine_devices(m);
    for (unsigned i = 0; i < devices->len; i++) {
        const struct device *dev = g_ptr_array_index(devices, i);
        struct block *block = NULL;
        for (unsigned k = 0; k < blocks->len && block == NULL; k++)
            if (((struct block *)g_ptr_array_index(blocks, k))->class == dev->class)
                block = g_ptr_array_index(blocks, k);
        if (block == NULL) {
            block = g_new0(struct block, 1);
            block->class = dev->class;
            block->names = g_ptr_array_new();
            g_ptr_array_add(blocks, block);
        }
        g_ptr_array_add(block->names, (gpointer)dev->name);
    }
    for (unsigned i = 0; i < blocks->len; i++)
        g_ptr_array_sort(((struct block *)g_ptr_array_index(blocks, i))->names, compare_names);
    g_ptr_array_sort(blocks, compare_blocks);
    return blocks;
}

static char *names_of(const struct block *block)
{
    GString *names = g_string_new(NULL);
    for (unsigned i = 0; i < block->names->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (const char *)g_ptr_array_index(block->names, i));
    return g_string_free(names, FALSE);
}

static bool is_unmodelled(const struct device_class *class)
{
    return class == &stm32f2_unmodelled_1k_class || class == &stm32f2_unmodelled_4k_class ||
           class == &stm32f2_unmodelled_boot_rom_class;
}

/* ---- registers ---- */

static void complain(struct report *report, const char *block, const struct reg *reg, const struct reg_field *field)
{
    if (field->test == NULL)
        fprintf(stderr, "%s %s.%s has an effect but names no test\n", block, reg->name, field->name);
    else
        fprintf(stderr, "%s %s.%s names the test %s, which is not in tests/unit\n", block, reg->name, field->name, field->test);
    report->complaints++;
}

static void count(struct counts *counts, const struct reg_field *field)
{
    counts->fields[field->class]++;
    counts->bits[field->class] += field->width;
}

static void report_field(struct report *report, const char *block, const struct reg *reg, const struct reg_field *field,
                         bool first)
{
    bool effect = field->class == EFFECT;
    if (effect && (field->test == NULL || !g_hash_table_contains(report->tests, field->test)))
        complain(report, block, reg, field);
    g_autofree char *name = first ? g_strdup_printf("0x%02X %s", reg->offset, reg->name) : g_strdup("");
    g_autofree char *bits = field->width == 1 ? g_strdup_printf("%u", field->lsb)
                                              : g_strdup_printf("%u:%u", field->lsb + field->width - 1u, field->lsb);
    g_autofree char *test = effect && field->test != NULL ? g_strdup_printf("`%s`", field->test) : g_strdup("");
    g_string_append_printf(report->text, "| %s | %s | %s | %s | %s |\n", name, field->name, bits, class_names[field->class],
                           test);
}

static int compare_registers(const void *a, const void *b)
{
    return (*(const struct reg *const *)a)->offset - (*(const struct reg *const *)b)->offset;
}

static int compare_fields(const void *a, const void *b)
{
    return (*(const struct reg_field *const *)a)->lsb - (*(const struct reg_field *const *)b)->lsb;
}

static void report_register(struct report *report, const char *block, const struct reg *reg, struct counts *counts)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new();
    for (unsigned i = 0; i < reg->n_fields; i++)
        g_ptr_array_add(fields, (gpointer)&reg->fields[i]);
    g_ptr_array_sort(fields, compare_fields);
    for (unsigned i = 0; i < fields->len; i++) {
        const struct reg_field *field = g_ptr_array_index(fields, i);
        report_field(report, block, reg, field, i == 0);
        count(counts, field);
    }
}

static void append_counts(GString *text, const char *name, const struct counts *c)
{
    g_string_append_printf(text, "| %s | %u (%u) | %u (%u) | %u (%u) |\n", name, c->fields[EFFECT], c->bits[EFFECT],
                           c->fields[STORED], c->bits[STORED], c->fields[UNMODELLED], c->bits[UNMODELLED]);
}

static struct counts report_registers(struct report *report, const struct block *block, const char *names)
{
    struct counts counts = {0};
    g_autoptr(GPtrArray) registers = g_ptr_array_new();
    for (unsigned i = 0; i < block->class->n_registers; i++)
        if (block->class->registers[i].name != NULL)
            g_ptr_array_add(registers, (gpointer)&block->class->registers[i]);
    g_ptr_array_sort(registers, compare_registers);
    g_string_append_printf(report->text, "\n## %s\n\n%s\n\n", names, block->class->name);
    g_string_append(report->text, "| register | field | bits | class | test |\n| --- | --- | --- | --- | --- |\n");
    for (unsigned i = 0; i < registers->len; i++)
        report_register(report, names, g_ptr_array_index(registers, i), &counts);
    for (unsigned i = 0; i < G_N_ELEMENTS(class_names); i++) {
        report->total.fields[i] += counts.fields[i];
        report->total.bits[i] += counts.bits[i];
    }
    return counts;
}

/* ---- the document ---- */

static const char introduction[] =
    "# Fidelity\n\n"
    "What the registers of the Photon do here, bit by bit. A bit with an *effect* does what the reference manual says, and the "
    "unit\n"
    "test beside it shows that; a *stored* one reads back and changes nothing else; an *unmodelled* one exists on the chip but "
    "not\n"
    "here, and is reported when firmware touches it. Bits that are not listed are reserved.\n\n"
    "This file is generated: `fidelity --write .` in the build folder's `tests/fidelity` writes it, a test compares it.\n";

static char *make_report(struct report *report, GPtrArray *blocks)
{
    GString *summary = g_string_new(introduction);
    report->text = g_string_new(NULL);
    g_string_append(summary,
                    "\n## Summary\n\nFields, and in brackets bits; a block that the chip has several times counts once.\n\n"
                    "| block | effect | stored | unmodelled |\n| --- | --- | --- | --- |\n");
    GString *missing =
        g_string_new("\n## Not modelled\n\nThese blocks read 0 and ignore writes; the first access is reported.\n\n");
    GString *plain = g_string_new("\n## Without registers\n\nMemories, and parts of the board and of the chip's inside.\n\n");
    for (unsigned i = 0; i < blocks->len; i++) {
        const struct block *block = g_ptr_array_index(blocks, i);
        g_autofree char *names = names_of(block);
        if (is_unmodelled(block->class)) {
            g_string_append_printf(missing, "- %s\n", names);
        } else if (block->class->n_registers == 0) {
            g_string_append_printf(plain, "- %s: %s\n", names, block->class->name);
        } else {
            struct counts counts = report_registers(report, block, names);
            append_counts(summary, names, &counts);
        }
    }
    append_counts(summary, "**all**", &report->total);
    g_string_append(summary, missing->str);
    g_string_append(summary, plain->str);
    g_string_append(summary, report->text->str);
    g_string_free(missing, TRUE);
    g_string_free(plain, TRUE);
    g_string_free(report->text, TRUE);
    return g_string_free(summary, FALSE);
}

static bool up_to_date(const char *file, const char *text)
{
    g_autofree char *present = NULL;
    return g_file_get_contents(file, &present, NULL, NULL) && strcmp(present, text) == 0;
}

int main(int argc, char **argv)
{
    bool write = argc == 3 && strcmp(argv[1], "--write") == 0;
    if (argc != 2 + write) {
        fprintf(stderr, "usage: fidelity [--write] SOURCE_DIR\n");
        return 2;
    }
    const char *source = argv[argc - 1];
    struct machine *m = board_machine(board_find("photon"), &BOARD_OPTIONS_DEFAULT);
    struct report report = {.tests = find_tests(source)};
    g_autoptr(GPtrArray) blocks = find_blocks(m);
    g_autofree char *text = make_report(&report, blocks);
    g_autofree char *file = g_build_filename(source, "docs", "fidelity.md", NULL);
    g_autoptr(GError) error = NULL;
    int status = report.complaints > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    if (write && !g_file_set_contents(file, text, -1, &error)) {
        fprintf(stderr, "%s\n", error->message);
        status = EXIT_FAILURE;
    } else if (!write && !up_to_date(file, text)) {
        fprintf(stderr, "%s is out of date: write it again with fidelity --write %s\n", file, source);
        status = EXIT_FAILURE;
    }
    g_hash_table_unref(report.tests);
    machine_free(m);
    return status;
}
