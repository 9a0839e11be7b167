/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoder against hand-written expectations from ARM DDI 0403E, and against binutils where they are installed: lines of
 * assembly with the expectation beside each, and a sweep over every first half-word compared with the disassembler.
 *
 * Expectations are text. An instruction reads
 *   LENGTH KIND [ends] [nocp] [it=XX] [size=N | signed=N] [rt=R] [rt2=R] [ADDRESS] [{R ...}] [CONSTANT] [rd=R] [rn=R rm=R]
 * [flags] [writes R ...] where only what the instruction has is written. ADDRESS is as in assembly: [r1+4], [r1+r2<<2], [r1-4]!
 * (written back), [r1],+4 (added afterwards), "db" in front for decrement before. CONSTANT is r0=0x1, r0+=0x1, or r0.hi=0x1 for
 * MOVT.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "emu/core/thumb.h"

enum { ORIGIN = 0x08001000 };

static const char *const kind_names[] = {
    [THUMB_PLAIN] = "plain",
    [THUMB_LOAD] = "load",
    [THUMB_STORE] = "store",
    [THUMB_LOAD_DUAL] = "load-dual",
    [THUMB_STORE_DUAL] = "store-dual",
    [THUMB_LOAD_MULTIPLE] = "load-multiple",
    [THUMB_STORE_MULTIPLE] = "store-multiple",
    [THUMB_LOAD_EXCLUSIVE] = "load-exclusive",
    [THUMB_STORE_EXCLUSIVE] = "store-exclusive",
    [THUMB_TABLE_BRANCH] = "table-branch",
    [THUMB_DIVIDE] = "divide",
    [THUMB_BRANCH] = "branch",
    [THUMB_SYSTEM] = "system",
    [THUMB_SVC] = "svc",
    [THUMB_BKPT] = "bkpt",
    [THUMB_WFI] = "wfi",
    [THUMB_WFE] = "wfe",
    [THUMB_YIELD] = "yield",
    [THUMB_UNDEFINED] = "undefined",
};

static const char *register_name(unsigned n)
{
    static const char *const names[] = {"r0", "r1", "r2",  "r3",  "r4",  "r5", "r6", "r7",
                                        "r8", "r9", "r10", "r11", "r12", "sp", "lr", "pc"};
    return n < G_N_ELEMENTS(names) ? names[n] : "(none)";
}

static void append_registers(GString *s, unsigned list)
{
    const char *separator = "";
    for (unsigned n = 0; n < 16; n++) {
        if (list >> n & 1) {
            g_string_append_printf(s, "%s%s", separator, register_name(n));
            separator = " ";
        }
    }
}

static void append_address(GString *s, const struct thumb_insn *i)
{
    bool multiple = i->kind == THUMB_LOAD_MULTIPLE || i->kind == THUMB_STORE_MULTIPLE;
    g_string_append_printf(s, "%s [%s", i->decrement_before ? " db" : "", register_name(i->rn));
    if (!multiple && !i->pre_index) {
        g_string_append_printf(s, "],%+d%s", i->offset, i->writeback ? "" : " (not written back)");
        return;
    }
    if (i->rm != THUMB_NONE)
        g_string_append_printf(s, "+%s", register_name(i->rm));
    if (i->shift)
        g_string_append_printf(s, "<<%u", i->shift);
    if (i->offset)
        g_string_append_printf(s, "%+d", i->offset);
    g_string_append(s, i->writeback ? "]!" : "]");
    if (multiple) {
        g_string_append(s, i->pre_index ? " (indexed) {" : " {");
        append_registers(s, i->reg_list);
        g_string_append_c(s, '}');
    }
}

static char *describe(const struct thumb_insn *i)
{
    GString *s = g_string_new(NULL);
    g_string_append_printf(s, "%u %s%s%s", i->length, kind_names[i->kind], i->ends_block ? " ends" : "",
                           i->coprocessor ? " nocp" : "");
    if (i->it_mask)
        g_string_append_printf(s, " it=%02x", i->it_mask);
    if (i->size)
        g_string_append_printf(s, " %s=%u", i->sign_extend ? "signed" : "size", i->size);
    if (i->rt != THUMB_NONE)
        g_string_append_printf(s, " rt=%s", register_name(i->rt));
    if (i->rt2 != THUMB_NONE)
        g_string_append_printf(s, " rt2=%s", register_name(i->rt2));
    if (i->size)
        append_address(s, i);
    else if (i->sign_extend || i->shift || i->offset || i->pre_index || i->writeback || i->reg_list || i->decrement_before)
        g_string_append(s, " (a memory access without size)");
    if (i->is_constant)
        g_string_append_printf(s, " %s=%#x", register_name(i->rd), i->constant);
    else if (i->is_add_constant)
        g_string_append_printf(s, " %s+=%#x", register_name(i->rd), i->constant);
    else if (i->is_movt)
        g_string_append_printf(s, " %s.hi=%#x", register_name(i->rd), i->constant);
    else if (i->rd != THUMB_NONE)
        g_string_append_printf(s, " rd=%s", register_name(i->rd));
    if (!i->size && i->rn != THUMB_NONE)
        g_string_append_printf(s, " rn=%s", register_name(i->rn));
    if (!i->size && i->rm != THUMB_NONE)
        g_string_append_printf(s, " rm=%s", register_name(i->rm));
    if (i->sets_flags)
        g_string_append(s, " flags");
    if (i->writes) {
        g_string_append(s, " writes ");
        append_registers(s, i->writes);
    }
    return g_string_free(s, FALSE);
}

static void check(uint32_t pc, uint16_t first, uint16_t second, const char *source, const char *expected)
{
    struct thumb_insn insn = thumb_decode(pc, first, second);
    g_autofree char *got = describe(&insn);
    if (strcmp(got, expected) != 0)
        g_error("%04x %04x \"%s\": decoded as \"%s\", expected \"%s\"", first, second, source, got, expected);
}

/* ---- encodings by hand ---- */

struct encoding {
    uint32_t pc;
    uint16_t first, second;
    const char *expected;
};

static void check_encodings(const struct encoding *table, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(table[i].pc, table[i].first, table[i].second, "", table[i].expected);
}

static void length(void)
{
    for (unsigned first = 0; first < 0x10000; first++) {
        unsigned expected = (first & 0xF800) == 0xE800 || (first & 0xF000) == 0xF000 ? 4 : 2;
        g_assert_cmpuint(thumb_length((uint16_t)first), ==, expected);
        g_assert_cmpuint(thumb_decode(ORIGIN, (uint16_t)first, 0).length, ==, expected);
    }
}

/* Align(PC, 4) with PC = address + 4; a negative offset is taken from the same base. */
static void pc_relative(void)
{
    static const struct encoding table[] = {
        {0x08001000, 0xA101, 0, "2 plain r1=0x8001008 writes r1"},
        {0x08001002, 0xA101, 0, "2 plain r1=0x8001008 writes r1"},
        {0x08001004, 0xA101, 0, "2 plain r1=0x800100c writes r1"},
        {0x08001002, 0xF20F, 0x1304, "4 plain r3=0x8001108 writes r3"}, /* ADR.W, forwards */
        {0x08001002, 0xF2AF, 0x0304, "4 plain r3=0x8001000 writes r3"}, /* backwards */
        {0x08001002, 0x4B02, 0, "2 load size=4 rt=r3 [pc+8] writes r3"},
        {0x08001002, 0xF85F, 0x3008, "4 load size=4 rt=r3 [pc-8] writes r3"},
    };
    check_encodings(table, G_N_ELEMENTS(table));
    g_assert_cmphex(thumb_literal_base(0x08001000), ==, 0x08001004);
    g_assert_cmphex(thumb_literal_base(0x08001002), ==, 0x08001004);
    g_assert_cmphex(thumb_literal_base(0xFFFFFFFE), ==, 0);
}

/* ThumbExpandImm (A5.3.2): MOV.W r0, #imm12 for each form. */
static void modified_immediate(void)
{
    static const struct {
        uint16_t imm12;
        uint32_t value;
    } table[] = {
        {0x0AB, 0x000000AB}, {0x1AB, 0x00AB00AB}, {0x2AB, 0xAB00AB00}, {0x3AB, 0xABABABAB}, {0x400, 0x80000000},
        {0x47F, 0xFF000000}, {0x480, 0x40000000}, {0x4FF, 0x7F800000}, {0x7D5, 0x01AA0000}, {0xF80, 0x00000100},
        {0xFFF, 0x000001FE}, {0xF00, 0x00000200}, {0x8AA, 0x00550000}, {0x82A, 0x00AA0000},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        uint16_t imm12 = table[i].imm12;
        struct thumb_insn insn =
            thumb_decode(ORIGIN, (uint16_t)(0xF04F | (imm12 >> 11) << 10), (uint16_t)((imm12 >> 8 & 7) << 12 | (imm12 & 0xFF)));
        g_assert_true(insn.is_constant);
        g_assert_cmphex(insn.constant, ==, table[i].value);
    }
}

static void undefined(void)
{
    static const struct encoding table[] = {
        /* 16 bits */
        {0, 0xDE00, 0, "2 undefined ends"}, /* UDF */
        {0, 0xDEFF, 0, "2 undefined ends"},
        {0, 0xB650, 0, "2 undefined ends"}, /* SETEND */
        {0, 0xB800, 0, "2 undefined ends"},
        {0, 0xB700, 0, "2 undefined ends"},
        {0, 0xBA80, 0, "2 undefined ends"}, /* HLT */
        {0, 0x4704, 0, "2 undefined ends"}, /* BXNS */
        {0, 0xB400, 0, "2 undefined ends"}, /* empty lists */
        {0, 0xBC00, 0, "2 undefined ends"},
        {0, 0xC000, 0, "2 undefined ends"},
        {0, 0xCF00, 0, "2 undefined ends"},
        /* permanently undefined, unallocated */
        {0, 0xF7F0, 0xA000, "4 undefined ends"}, /* UDF.W */
        {0, 0xF7FF, 0xAFFF, "4 undefined ends"},
        {0, 0xF7F0, 0x8000, "4 undefined ends"}, /* SMC */
        {0, 0xF000, 0xE800, "4 undefined ends"}, /* BLX immediate */
        {0, 0xF3AF, 0x8620, "4 undefined ends"}, /* CPSIE.W */
        {0, 0xF3DE, 0x8F00, "4 undefined ends"}, /* SUBS PC, LR */
        {0, 0xF3BF, 0x8F0F, "4 undefined ends"},
        {0, 0xEAA0, 0x0000, "4 undefined ends"}, /* data processing without an operation */
        {0, 0xF0A0, 0x0000, "4 undefined ends"},
        {0, 0xF220, 0x0000, "4 undefined ends"},
        {0, 0xE810, 0x8003, "4 undefined ends"}, /* RFE */
        {0, 0xE9A0, 0xC013, "4 undefined ends"}, /* SRS */
        {0, 0xF870, 0x0000, "4 undefined ends"}, /* load single of size 3 */
        {0, 0xF840, 0x0040, "4 undefined ends"}, /* index shifted by more than 3 */
        {0, 0xF850, 0x0A01, "4 undefined ends"}, /* neither indexed nor written back */
        {0, 0xF84F, 0x0C01, "4 undefined ends"}, /* store relative to PC */
        {0, 0xF8CF, 0x0001, "4 undefined ends"},
        {0, 0xF950, 0x0C01, "4 undefined ends"}, /* LDRSW */
        {0, 0xF900, 0x0C01, "4 undefined ends"}, /* signed store, Advanced SIMD */
        {0, 0xFB90, 0x00F1, "4 undefined ends"},
        /* 32-bit multiples that QEMU refuses */
        {0, 0xE890, 0x0002, "4 undefined ends"},
        {0, 0xE8B1, 0x0006, "4 undefined ends"},
        {0, 0xE89F, 0x0006, "4 undefined ends"},
        /* bit fields beyond bit 31, and upside down */
        {0, 0xF3C0, 0x70DF, "4 undefined ends"},
        {0, 0xF360, 0x1003, "4 undefined ends"},
        {0, 0xF341, 0x70C1, "4 undefined ends"},
        /* exclusives of and by the wrong registers */
        {0, 0xE842, 0x1D01, "4 undefined ends"}, /* STREX sp, ... */
        {0, 0xE842, 0x1F01, "4 undefined ends"},
        {0, 0xE842, 0x1201, "4 undefined ends"}, /* status in the base */
        {0, 0xE842, 0x1101, "4 undefined ends"}, /* status in the source */
        {0, 0xE842, 0xD001, "4 undefined ends"},
        {0, 0xE842, 0xF001, "4 undefined ends"},
        {0, 0xE84F, 0x1001, "4 undefined ends"},
        {0, 0xE851, 0xDF00, "4 undefined ends"}, /* LDREX sp, ... */
        {0, 0xE851, 0xFF00, "4 undefined ends"},
        {0, 0xE85F, 0x1F00, "4 undefined ends"},
        /* neighbours: one field beside a defined value */
        {0, 0xE851, 0x0E00, "4 undefined ends"}, /* LDREX */
        {0, 0xE8D1, 0x0E4F, "4 undefined ends"}, /* LDREXB */
        {0, 0xE8D1, 0x0F4E, "4 undefined ends"},
        {0, 0xE8C1, 0x0E42, "4 undefined ends"}, /* STREXB */
        {0, 0xE8D1, 0xE000, "4 undefined ends"}, /* TBB */
        {0, 0xE8D1, 0x7000, "4 undefined ends"},
        {0, 0xE8D1, 0xF020, "4 undefined ends"},
        {0, 0xE8C1, 0xF000, "4 undefined ends"},
        {0, 0xF3BF, 0x8F20, "4 undefined ends"}, /* CLREX */
        {0, 0xF3BE, 0x8F4F, "4 undefined ends"}, /* DSB */
        {0, 0xF3BF, 0x8E4F, "4 undefined ends"},
        {0, 0xF3BF, 0x874F, "4 undefined ends"},
        {0, 0xF3BF, 0xAF4F, "4 undefined ends"},
        {0, 0xF3AE, 0x8000, "4 undefined ends"}, /* NOP.W */
        {0, 0xF3A7, 0x8000, "4 undefined ends"},
        {0, 0xF3AF, 0x8100, "4 undefined ends"},
        {0, 0xF3AF, 0x8200, "4 undefined ends"},
        {0, 0xF3AF, 0x8400, "4 undefined ends"},
        {0, 0xF3AF, 0x8800, "4 undefined ends"},
        {0, 0xF380, 0x8908, "4 undefined ends"}, /* MSR */
        {0, 0xF380, 0x8A08, "4 undefined ends"},
        {0, 0xF380, 0xA808, "4 undefined ends"},
        {0, 0xF390, 0x8808, "4 undefined ends"},
        {0, 0xF3EE, 0x8000, "4 undefined ends"}, /* MRS */
        {0, 0xF3E7, 0x8000, "4 undefined ends"},
        {0, 0xF300, 0x0020, "4 undefined ends"}, /* SSAT */
        {0, 0xF700, 0x0000, "4 undefined ends"},
        {0, 0xFA0F, 0xF070, "4 undefined ends"}, /* SXTH */
        {0, 0xFA0F, 0xF0C0, "4 undefined ends"},
        {0, 0xFA0F, 0x7080, "4 undefined ends"},
        {0, 0xFA0F, 0xE080, "4 undefined ends"},
        {0, 0xFA0E, 0xF080, "4 undefined ends"}, /* SXTAH */
        {0, 0xFA01, 0xF010, "4 undefined ends"}, /* LSL */
        {0, 0xFA91, 0xF0C1, "4 undefined ends"}, /* REV */
        {0, 0xFAB1, 0xF091, "4 undefined ends"}, /* CLZ */
        /* ARMv8-M and later */
        {0, 0xE840, 0xF000, "4 undefined ends"}, /* TT */
        {0, 0xE8D0, 0x0FAF, "4 undefined ends"}, /* LDA */
        {0, 0xE8D1, 0x0F7F, "4 undefined ends"}, /* LDREXD */
        {0, 0xFAC1, 0xF082, "4 undefined ends"}, /* CRC32B */
    };
    check_encodings(table, G_N_ELEMENTS(table));
}

static void coprocessor(void)
{
    for (unsigned first = 0xE800; first < 0x10000; first++) {
        if ((first & 0xEC00) != 0xEC00)
            continue;
        for (unsigned second = 0; second < 0x10000; second += 0x0F1F)
            check(0, (uint16_t)first, (uint16_t)second, "coprocessor space",
                  (first & 0x0300) == 0x0300 ? "4 undefined ends" : "4 undefined ends nocp");
    }
}

/* Forms that the assembler avoids: ADDS and SUBS of a 3-bit immediate to the same register. */
static void short_immediate(void)
{
    static const struct encoding table[] = {
        {0, 0x1D49, 0, "2 plain r1+=0x5 flags writes r1"},
        {0, 0x1C80, 0, "2 plain r0+=0x2 flags writes r0"},
        {0, 0x1FD2, 0, "2 plain r2+=0xfffffff9 flags writes r2"},
        {0, 0x1E7F, 0, "2 plain r7+=0xffffffff flags writes r7"},
        {0, 0x18D2, 0, "2 plain flags writes r2"}, /* ADDS r2, r2, r3 */
    };
    check_encodings(table, G_N_ELEMENTS(table));
}

/* Unallocated and should-be-zero variants that execute. */
static void lenient(void)
{
    static const struct encoding table[] = {
        {0, 0xBF50, 0, "2 plain"}, /* hints */
        {0, 0xBFF0, 0, "2 plain"},
        {0, 0xF3AF, 0x8014, "4 plain"},
        {0, 0xF3AF, 0x80FF, "4 plain"}, /* DBG #15 */
        {0, 0xF837, 0xFC04, "4 plain"}, /* unallocated memory hints: LDRH and LDRSH of r15 */
        {0, 0xF9BF, 0xF004, "4 plain"},
        {0, 0xF810, 0xFE21, "4 load ends size=1 rt=pc [r0+33] writes pc"}, /* LDRBT of r15 is none */
        {0, 0xEA00, 0x0F01, "4 branch ends writes pc"},                    /* AND of r15 without flags */
        {0, 0xEA10, 0x0F01, "4 plain flags"},                              /* TST */
        {0, 0xE890, 0xC001, "4 load-multiple ends size=4 [r0] {r0 lr pc} writes r0 lr pc"},
        {0, 0xF811, 0xFB01, "4 load ends size=1 rt=pc [r1],+1 writes r1 pc"},
        {0, 0xF380, 0x8804, "4 system ends"}, /* MSR with flags to no register that has them */
        {0, 0xBF08, 0, "2 plain it=08"},
        {0, 0xBFE8, 0, "2 plain it=e8"}, /* IT AL */
        {0, 0xB660, 0, "2 system ends"}, /* CPSIE of nothing */
    };
    check_encodings(table, G_N_ELEMENTS(table));
}

/* ---- binutils ---- */

static void remove_folder(char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
}

/* Skips the test and returns false if a program is not installed. */
static bool installed(const char *program)
{
    g_autofree char *path = g_find_program_in_path(program);
    if (!path) {
        g_autofree char *reason = g_strdup_printf("%s is not installed", program);
        g_test_skip(reason);
    }
    return path;
}

static char *run(const char *const *argv)
{
    char *output = NULL;
    g_autofree char *errors = NULL;
    g_autoptr(GError) error = NULL;
    int status = 0;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status, &error))
        g_error("%s: %s", argv[0], error->message);
    if (!g_spawn_check_wait_status(status, &error))
        g_error("%s: %s\n%s", argv[0], error->message, errors);
    return output;
}

struct line {
    const char *source, *expected;
};

enum { STRIDE = 32 }; /* bytes a line may take */

/* Assemble the lines, each at its own multiple of STRIDE, and check the first instruction of each as if it were at ORIGIN. */
static void check_lines(const char *head, const struct line *lines, size_t count)
{
    if (!installed("arm-none-eabi-as") || !installed("arm-none-eabi-objcopy"))
        return;
    GString *source = g_string_new(head);
    g_string_append(source, "\n.syntax unified\n.thumb\n");
    for (size_t i = 0; i < count; i++)
        g_string_append_printf(source, ".org %u\n%s\n", (unsigned)i * STRIDE, lines[i].source);
    g_string_append_printf(source, ".org %u\n", (unsigned)count * STRIDE);

    char *folder = g_dir_make_tmp("thumb-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_autofree char *source_path = g_build_filename(folder, "lines.s", NULL);
    g_autofree char *object_path = g_build_filename(folder, "lines.o", NULL);
    g_autofree char *binary_path = g_build_filename(folder, "lines.bin", NULL);
    g_assert_true(g_file_set_contents(source_path, source->str, (gssize)source->len, NULL));
    g_string_free(source, TRUE);
    g_free(run((const char *const[]){"arm-none-eabi-as", "-mthumb", "-o", object_path, source_path, NULL}));
    g_free(run((const char *const[]){"arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", object_path, binary_path, NULL}));
    g_autofree char *contents = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(binary_path, &contents, &length, NULL));
    remove_folder(folder);
    g_assert_cmpuint(length, ==, count * STRIDE);
    for (size_t i = 0; i < count; i++) {
        uint16_t halves[2];
        memcpy(halves, contents + i * STRIDE, sizeof halves);
        check(ORIGIN, GUINT16_FROM_LE(halves[0]), GUINT16_FROM_LE(halves[1]), lines[i].source, lines[i].expected);
    }
}

static void assembled_16(void)
{
    static const struct line lines[] = {
        {"lsls r0, r1, #5", "2 plain flags writes r0"},
        {"lsls r7, r6, #31", "2 plain flags writes r7"},
        {"movs r2, r3", "2 plain flags writes r2"},
        {"lsrs r1, r2, #32", "2 plain flags writes r1"},
        {"asrs r3, r4, #1", "2 plain flags writes r3"},
        {"adds r0, r1, r2", "2 plain flags writes r0"},
        {"subs r5, r6, r7", "2 plain flags writes r5"},
        {"adds r0, r1, #3", "2 plain flags writes r0"},
        {"adds r1, r1, #3", "2 plain r1+=0x3 flags writes r1"},
        {"adds r1, #200", "2 plain r1+=0xc8 flags writes r1"},
        {"subs r2, r3, #7", "2 plain flags writes r2"},
        {"subs r4, r4, #1", "2 plain r4+=0xffffffff flags writes r4"},
        {"subs r4, #255", "2 plain r4+=0xffffff01 flags writes r4"},
        {"movs r3, #170", "2 plain r3=0xaa flags writes r3"},
        {"cmp r5, #17", "2 plain flags"},
        {"ands r0, r1", "2 plain flags writes r0"},
        {"eors r1, r2", "2 plain flags writes r1"},
        {"lsls r2, r3", "2 plain flags writes r2"},
        {"lsrs r3, r4", "2 plain flags writes r3"},
        {"asrs r4, r5", "2 plain flags writes r4"},
        {"adcs r5, r6", "2 plain flags writes r5"},
        {"sbcs r6, r7", "2 plain flags writes r6"},
        {"rors r7, r0", "2 plain flags writes r7"},
        {"tst r0, r1", "2 plain flags"},
        {"rsbs r1, r2, #0", "2 plain flags writes r1"},
        {"cmp r2, r3", "2 plain flags"},
        {"cmn r3, r4", "2 plain flags"},
        {"orrs r4, r5", "2 plain flags writes r4"},
        {"muls r5, r6, r5", "2 plain flags writes r5"},
        {"bics r6, r7", "2 plain flags writes r6"},
        {"mvns r7, r0", "2 plain flags writes r7"},
        {"add r8, r9", "2 plain writes r8"},
        {"add r3, sp, r3", "2 plain writes r3"},
        {"add sp, r3", "2 plain writes sp"},
        {"add pc, r1", "2 branch ends writes pc"},
        {"cmp r8, r1", "2 plain flags"},
        {"cmp r1, r9", "2 plain flags"},
        {"mov r8, r1", "2 plain writes r8"},
        {"mov r0, r12", "2 plain writes r0"},
        {"mov sp, r7", "2 plain writes sp"},
        {"mov lr, pc", "2 plain writes lr"},
        {"mov pc, lr", "2 branch ends writes pc"},
        {"bx lr", "2 branch ends writes pc"},
        {"bx r3", "2 branch ends writes pc"},
        {"blx r4", "2 branch ends writes lr pc"},
        {"ldr r3, [pc, #16]", "2 load size=4 rt=r3 [pc+16] writes r3"},
        {"str r0, [r1, r2]", "2 store size=4 rt=r0 [r1+r2]"},
        {"strh r1, [r2, r3]", "2 store size=2 rt=r1 [r2+r3]"},
        {"strb r2, [r3, r4]", "2 store size=1 rt=r2 [r3+r4]"},
        {"ldrsb r3, [r4, r5]", "2 load signed=1 rt=r3 [r4+r5] writes r3"},
        {"ldr r4, [r5, r6]", "2 load size=4 rt=r4 [r5+r6] writes r4"},
        {"ldrh r5, [r6, r7]", "2 load size=2 rt=r5 [r6+r7] writes r5"},
        {"ldrb r6, [r7, r0]", "2 load size=1 rt=r6 [r7+r0] writes r6"},
        {"ldrsh r7, [r0, r1]", "2 load signed=2 rt=r7 [r0+r1] writes r7"},
        {"str r0, [r1, #124]", "2 store size=4 rt=r0 [r1+124]"},
        {"ldr r0, [r1, #4]", "2 load size=4 rt=r0 [r1+4] writes r0"},
        {"strb r2, [r3, #31]", "2 store size=1 rt=r2 [r3+31]"},
        {"ldrb r2, [r3]", "2 load size=1 rt=r2 [r3] writes r2"},
        {"strh r4, [r5, #62]", "2 store size=2 rt=r4 [r5+62]"},
        {"ldrh r4, [r5, #2]", "2 load size=2 rt=r4 [r5+2] writes r4"},
        {"str r0, [sp, #1020]", "2 store size=4 rt=r0 [sp+1020]"},
        {"ldr r7, [sp, #8]", "2 load size=4 rt=r7 [sp+8] writes r7"},
        {"adr r1, . + 20", "2 plain r1=0x8001014 writes r1"},
        {"add r2, sp, #1020", "2 plain writes r2"},
        {"add sp, #508", "2 plain sp+=0x1fc writes sp"},
        {"sub sp, #16", "2 plain sp+=0xfffffff0 writes sp"},
        {"cbz r3, . + 32", "2 branch ends writes pc"},
        {"cbnz r7, . + 130", "2 branch ends writes pc"},
        {"sxth r0, r1", "2 plain writes r0"},
        {"sxtb r1, r2", "2 plain writes r1"},
        {"uxth r2, r3", "2 plain writes r2"},
        {"uxtb r3, r4", "2 plain writes r3"},
        {"push {r0, r2, lr}", "2 store-multiple size=4 db [sp]! {r0 r2 lr} writes sp"},
        {"push {r3}", "2 store-multiple size=4 db [sp]! {r3} writes sp"},
        {"pop {r1, r7}", "2 load-multiple size=4 [sp]! {r1 r7} writes r1 r7 sp"},
        {"pop {r4, pc}", "2 load-multiple ends size=4 [sp]! {r4 pc} writes r4 sp pc"},
        {"cpsid i", "2 system ends"},
        {"cpsie f", "2 system ends"},
        {"cpsid if", "2 system ends"},
        {"rev r0, r1", "2 plain writes r0"},
        {"rev16 r1, r2", "2 plain writes r1"},
        {"revsh r2, r3", "2 plain writes r2"},
        {"bkpt #171", "2 bkpt ends"},
        {"nop", "2 plain"},
        {"yield", "2 yield ends"},
        {"wfe", "2 wfe ends"},
        {"wfi", "2 wfi ends"},
        {"sev", "2 plain"},
        {"it eq; moveq r0, r1", "2 plain it=08"},
        {"ite gt; movgt r0, r1; movle r0, r2", "2 plain it=cc"},
        {"ittte ne; movne r0, r1; movne r1, r2; movne r2, r3; moveq r3, r4", "2 plain it=1d"},
        {"stmia r3!, {r0, r1, r7}", "2 store-multiple size=4 [r3]! {r0 r1 r7} writes r3"},
        {"ldmia r2!, {r0, r3}", "2 load-multiple size=4 [r2]! {r0 r3} writes r0 r2 r3"},
        {"ldmia r1, {r0, r1}", "2 load-multiple size=4 [r1] {r0 r1} writes r0 r1"},
        {"beq.n . + 64", "2 branch ends writes pc"},
        {"bgt.n . - 2", "2 branch ends writes pc"},
        {"udf #3", "2 undefined ends"},
        {"svc #5", "2 svc ends"},
        {"b.n . + 100", "2 branch ends writes pc"},
    };
    check_lines(".cpu cortex-m3", lines, G_N_ELEMENTS(lines));
}

static void assembled_data_processing(void)
{
    static const struct line lines[] = {
        /* shifted register */
        {"and.w r0, r1, r2, lsl #3", "4 plain writes r0"},
        {"ands.w r8, r1, r2", "4 plain flags writes r8"},
        {"tst.w r0, r1, ror #4", "4 plain flags"},
        {"bic.w r0, r1, r2, lsr #32", "4 plain writes r0"},
        {"bics.w r9, r1, r2", "4 plain flags writes r9"},
        {"orr.w r0, r1, r2, asr #1", "4 plain writes r0"},
        {"orrs.w r10, r1, r2", "4 plain flags writes r10"},
        {"mov.w r8, r9", "4 plain writes r8"},
        {"movs.w r8, r9", "4 plain flags writes r8"},
        {"lsl.w r0, r1, #3", "4 plain writes r0"},
        {"lsrs.w r8, r9, #3", "4 plain flags writes r8"},
        {"asr.w r11, r9, #31", "4 plain writes r11"},
        {"ror.w r0, r1, #7", "4 plain writes r0"},
        {"rrx r0, r1", "4 plain writes r0"},
        {"rrxs r12, r1", "4 plain flags writes r12"},
        {"orn r0, r1, r2", "4 plain writes r0"},
        {"orns r0, r1, r2, lsl #1", "4 plain flags writes r0"},
        {"mvn.w r0, r8", "4 plain writes r0"},
        {"mvns.w r0, r8, asr #3", "4 plain flags writes r0"},
        {"eor.w r0, r1, r2", "4 plain writes r0"},
        {"eors.w lr, r1, r2", "4 plain flags writes lr"},
        {"teq r0, r1", "4 plain flags"},
        {"add.w r0, r1, r2, lsl #2", "4 plain writes r0"},
        {"adds.w r8, r8, r2", "4 plain flags writes r8"},
        {"add.w sp, sp, r1, lsl #2", "4 plain writes sp"},
        {"cmn.w r0, r8", "4 plain flags"},
        {"adc.w r0, r1, r2", "4 plain writes r0"},
        {"adcs.w r0, r1, r2, lsl #1", "4 plain flags writes r0"},
        {"sbc.w r0, r1, r2", "4 plain writes r0"},
        {"sbcs.w r0, r1, r2, lsl #1", "4 plain flags writes r0"},
        {"sub.w r0, r1, r2", "4 plain writes r0"},
        {"subs.w r8, r1, r2", "4 plain flags writes r8"},
        {"sub.w sp, sp, r0", "4 plain writes sp"},
        {"cmp.w r0, r8, lsl #1", "4 plain flags"},
        {"rsb r0, r1, r2", "4 plain writes r0"},
        {"rsbs r0, r1, r2", "4 plain flags writes r0"},
        /* modified immediate */
        {"and r0, r1, #0xff00ff00", "4 plain writes r0"},
        {"ands r0, r1, #1", "4 plain flags writes r0"},
        {"tst r0, #1", "4 plain flags"},
        {"bic r0, r1, #1", "4 plain writes r0"},
        {"bics r0, r1, #1", "4 plain flags writes r0"},
        {"orr r0, r1, #1", "4 plain writes r0"},
        {"orrs r0, r1, #1", "4 plain flags writes r0"},
        {"mov.w r0, #0x00ab00ab", "4 plain r0=0xab00ab writes r0"},
        {"mov.w r1, #0xab00ab00", "4 plain r1=0xab00ab00 writes r1"},
        {"mov.w r8, #0xabababab", "4 plain r8=0xabababab writes r8"},
        {"movs.w r3, #0xff0", "4 plain r3=0xff0 flags writes r3"},
        {"mov.w r4, #0x80000000", "4 plain r4=0x80000000 writes r4"},
        {"mov.w r5, #0x1fe", "4 plain r5=0x1fe writes r5"},
        {"mvn r6, #0xff", "4 plain r6=0xffffff00 writes r6"},
        {"mvns r6, #0", "4 plain r6=0xffffffff flags writes r6"},
        {"orn r0, r1, #4", "4 plain writes r0"},
        {"orns r0, r1, #4", "4 plain flags writes r0"},
        {"eor r0, r1, #4", "4 plain writes r0"},
        {"eors r0, r1, #4", "4 plain flags writes r0"},
        {"teq r0, #0x55", "4 plain flags"},
        {"add.w r0, r1, #0x1000", "4 plain writes r0"},
        {"add.w r1, r1, #0x1000", "4 plain r1+=0x1000 writes r1"},
        {"adds.w r1, r1, #0x10000", "4 plain r1+=0x10000 flags writes r1"},
        {"add.w sp, sp, #0x400", "4 plain sp+=0x400 writes sp"},
        {"cmn r0, #5", "4 plain flags"},
        {"adc r0, r1, #1", "4 plain writes r0"},
        {"adcs r0, r0, #1", "4 plain flags writes r0"},
        {"sbc r0, r1, #1", "4 plain writes r0"},
        {"sbcs r0, r0, #1", "4 plain flags writes r0"},
        {"sub.w r2, r2, #0xff00", "4 plain r2+=0xffff0100 writes r2"},
        {"subs.w r2, r2, #256", "4 plain r2+=0xffffff00 flags writes r2"},
        {"sub.w r2, r3, #256", "4 plain writes r2"},
        {"sub.w sp, sp, #1024", "4 plain sp+=0xfffffc00 writes sp"},
        {"cmp.w r0, #0x100", "4 plain flags"},
        {"rsb r0, r0, #10", "4 plain writes r0"},
        {"rsbs.w r8, r1, #0", "4 plain flags writes r8"},
        /* plain immediate */
        {"addw r0, r1, #4095", "4 plain writes r0"},
        {"addw r3, r3, #0xabc", "4 plain r3+=0xabc writes r3"},
        {"subw r3, r3, #0xabc", "4 plain r3+=0xfffff544 writes r3"},
        {"subw r0, r1, #1", "4 plain writes r0"},
        {"adr.w r8, . + 256", "4 plain r8=0x8001100 writes r8"},
        {"adr.w r0, . - 16", "4 plain r0=0x8000ff0 writes r0"},
        {"movw r0, #0xabcd", "4 plain r0=0xabcd writes r0"},
        {"movw r12, #0x0800", "4 plain r12=0x800 writes r12"},
        {"movt r1, #0x1234", "4 plain r1.hi=0x1234 writes r1"},
        {"movt r9, #0xfedc", "4 plain r9.hi=0xfedc writes r9"},
        {"ssat r0, #16, r1", "4 plain writes r0"},
        {"ssat r2, #8, r1, lsl #4", "4 plain writes r2"},
        {"ssat r3, #8, r1, asr #3", "4 plain writes r3"},
        {"usat r0, #16, r1", "4 plain writes r0"},
        {"usat r4, #8, r1, asr #31", "4 plain writes r4"},
        {"bfi r0, r1, #4, #8", "4 plain writes r0"},
        {"bfi r8, r1, #0, #32", "4 plain writes r8"},
        {"bfc r0, #3, #5", "4 plain writes r0"},
        {"sbfx r0, r1, #2, #6", "4 plain writes r0"},
        {"sbfx r7, r1, #0, #32", "4 plain writes r7"},
        {"ubfx r0, r1, #31, #1", "4 plain writes r0"},
        /* register */
        {"lsl.w r0, r1, r2", "4 plain writes r0"},
        {"lsls.w r8, r9, r10", "4 plain flags writes r8"},
        {"lsr.w r0, r1, r2", "4 plain writes r0"},
        {"lsrs.w r8, r9, r10", "4 plain flags writes r8"},
        {"asr.w r0, r1, r2", "4 plain writes r0"},
        {"asrs.w r8, r9, r10", "4 plain flags writes r8"},
        {"ror.w r0, r1, r2", "4 plain writes r0"},
        {"rors.w r8, r9, r10", "4 plain flags writes r8"},
        {"sxtb.w r8, r9, ror #8", "4 plain writes r8"},
        {"sxth.w r8, r9", "4 plain writes r8"},
        {"uxtb.w r8, r9, ror #16", "4 plain writes r8"},
        {"uxth.w r8, r9, ror #24", "4 plain writes r8"},
        {"rev.w r8, r9", "4 plain writes r8"},
        {"rev16.w r8, r9", "4 plain writes r8"},
        {"rbit r8, r9", "4 plain writes r8"},
        {"revsh.w r8, r9", "4 plain writes r8"},
        {"clz r8, r9", "4 plain writes r8"},
        /* multiply, divide */
        {"mul r8, r9, r10", "4 plain writes r8"},
        {"mla r8, r9, r10, r11", "4 plain writes r8"},
        {"mls r8, r9, r10, r11", "4 plain writes r8"},
        {"smull r0, r1, r2, r3", "4 plain writes r0 r1"},
        {"umull r8, r1, r2, r3", "4 plain writes r1 r8"},
        {"smlal r0, r9, r2, r3", "4 plain writes r0 r9"},
        {"umlal r0, r1, r2, r3", "4 plain writes r0 r1"},
        {"sdiv r0, r1, r2", "4 divide rd=r0 rn=r1 rm=r2 writes r0"},
        {"udiv r8, r9, r10", "4 divide rd=r8 rn=r9 rm=r10 writes r8"},
    };
    check_lines(".cpu cortex-m3", lines, G_N_ELEMENTS(lines));
}

static void assembled_memory(void)
{
    static const struct line lines[] = {
        /* single */
        {"str.w r0, [r1, #4095]", "4 store size=4 rt=r0 [r1+4095]"},
        {"str.w r8, [r1, r2, lsl #3]", "4 store size=4 rt=r8 [r1+r2<<3]"},
        {"str r0, [r1, #-4]", "4 store size=4 rt=r0 [r1-4]"},
        {"str r0, [r1], #4", "4 store size=4 rt=r0 [r1],+4 writes r1"},
        {"str r0, [r1, #-255]!", "4 store size=4 rt=r0 [r1-255]! writes r1"},
        {"strt r0, [r1, #8]", "4 store size=4 rt=r0 [r1+8]"},
        {"strb.w r0, [r1, #4095]", "4 store size=1 rt=r0 [r1+4095]"},
        {"strb.w r8, [r1, r2]", "4 store size=1 rt=r8 [r1+r2]"},
        {"strb r0, [r1, #-4]", "4 store size=1 rt=r0 [r1-4]"},
        {"strb r0, [r1], #-1", "4 store size=1 rt=r0 [r1],-1 writes r1"},
        {"strb r0, [r1, #1]!", "4 store size=1 rt=r0 [r1+1]! writes r1"},
        {"strbt r0, [r1, #8]", "4 store size=1 rt=r0 [r1+8]"},
        {"strh.w r0, [r1, #4094]", "4 store size=2 rt=r0 [r1+4094]"},
        {"strh.w r8, [r1, r2, lsl #1]", "4 store size=2 rt=r8 [r1+r2<<1]"},
        {"strh r0, [r1, #-2]", "4 store size=2 rt=r0 [r1-2]"},
        {"strh r0, [r1], #2", "4 store size=2 rt=r0 [r1],+2 writes r1"},
        {"strh r0, [r1, #-2]!", "4 store size=2 rt=r0 [r1-2]! writes r1"},
        {"strht r0, [r1]", "4 store size=2 rt=r0 [r1]"},
        {"ldr.w r0, [r1, #4095]", "4 load size=4 rt=r0 [r1+4095] writes r0"},
        {"ldr.w r8, [r1, r2, lsl #2]", "4 load size=4 rt=r8 [r1+r2<<2] writes r8"},
        {"ldr r0, [r1, #-255]", "4 load size=4 rt=r0 [r1-255] writes r0"},
        {"ldr r0, [r1], #255", "4 load size=4 rt=r0 [r1],+255 writes r0 r1"},
        {"ldr r0, [r9, #-4]!", "4 load size=4 rt=r0 [r9-4]! writes r0 r9"},
        {"ldrt r0, [r1, #8]", "4 load size=4 rt=r0 [r1+8] writes r0"},
        {"ldrb.w r0, [r1, #4095]", "4 load size=1 rt=r0 [r1+4095] writes r0"},
        {"ldrb.w r8, [r1, r2, lsl #2]", "4 load size=1 rt=r8 [r1+r2<<2] writes r8"},
        {"ldrb r0, [r1, #-255]", "4 load size=1 rt=r0 [r1-255] writes r0"},
        {"ldrb r0, [r1], #1", "4 load size=1 rt=r0 [r1],+1 writes r0 r1"},
        {"ldrb r0, [r1, #1]!", "4 load size=1 rt=r0 [r1+1]! writes r0 r1"},
        {"ldrbt r0, [r1, #8]", "4 load size=1 rt=r0 [r1+8] writes r0"},
        {"ldrh.w r0, [r1, #4095]", "4 load size=2 rt=r0 [r1+4095] writes r0"},
        {"ldrh.w r8, [r1, r2, lsl #1]", "4 load size=2 rt=r8 [r1+r2<<1] writes r8"},
        {"ldrh r0, [r1, #-255]", "4 load size=2 rt=r0 [r1-255] writes r0"},
        {"ldrh r0, [r1], #2", "4 load size=2 rt=r0 [r1],+2 writes r0 r1"},
        {"ldrh r0, [r1, #2]!", "4 load size=2 rt=r0 [r1+2]! writes r0 r1"},
        {"ldrht r0, [r1, #8]", "4 load size=2 rt=r0 [r1+8] writes r0"},
        {"ldrsb.w r0, [r1, #4095]", "4 load signed=1 rt=r0 [r1+4095] writes r0"},
        {"ldrsb.w r8, [r1, r2, lsl #1]", "4 load signed=1 rt=r8 [r1+r2<<1] writes r8"},
        {"ldrsb r0, [r1, #-255]", "4 load signed=1 rt=r0 [r1-255] writes r0"},
        {"ldrsb r0, [r1], #-1", "4 load signed=1 rt=r0 [r1],-1 writes r0 r1"},
        {"ldrsb r0, [r1, #2]!", "4 load signed=1 rt=r0 [r1+2]! writes r0 r1"},
        {"ldrsbt r0, [r1, #8]", "4 load signed=1 rt=r0 [r1+8] writes r0"},
        {"ldrsh.w r0, [r1, #4095]", "4 load signed=2 rt=r0 [r1+4095] writes r0"},
        {"ldrsh.w r8, [r1, r2, lsl #1]", "4 load signed=2 rt=r8 [r1+r2<<1] writes r8"},
        {"ldrsh r0, [r1, #-255]", "4 load signed=2 rt=r0 [r1-255] writes r0"},
        {"ldrsh r0, [r1], #2", "4 load signed=2 rt=r0 [r1],+2 writes r0 r1"},
        {"ldrsh r0, [r1, #2]!", "4 load signed=2 rt=r0 [r1+2]! writes r0 r1"},
        {"ldrsht r0, [r1, #8]", "4 load signed=2 rt=r0 [r1+8] writes r0"},
        {"ldr.w r0, [pc, #16]", "4 load size=4 rt=r0 [pc+16] writes r0"},
        {"ldr.w r8, [pc, #-16]", "4 load size=4 rt=r8 [pc-16] writes r8"},
        {"ldrb r0, [pc, #17]", "4 load size=1 rt=r0 [pc+17] writes r0"},
        {"ldrh r0, [pc, #-18]", "4 load size=2 rt=r0 [pc-18] writes r0"},
        {"ldrsb r0, [pc, #19]", "4 load signed=1 rt=r0 [pc+19] writes r0"},
        {"ldrsh r0, [pc, #20]", "4 load signed=2 rt=r0 [pc+20] writes r0"},
        {"ldr.w pc, [r0, r1, lsl #2]", "4 load ends size=4 rt=pc [r0+r1<<2] writes pc"},
        {"ldr.w pc, [r3, #4]", "4 load ends size=4 rt=pc [r3+4] writes pc"},
        {"ldr.w pc, [pc, #8]", "4 load ends size=4 rt=pc [pc+8] writes pc"},
        {"ldr pc, [r5], #4", "4 load ends size=4 rt=pc [r5],+4 writes r5 pc"},
        {"pld [r0, #4]", "4 plain"},
        {"pld [r0, #-4]", "4 plain"},
        {"pld [r0, r1, lsl #1]", "4 plain"},
        {"pld [pc, #4]", "4 plain"},
        {"pli [r0, #4]", "4 plain"},
        {"pli [r0, #-4]", "4 plain"},
        {"pli [r0, r1]", "4 plain"},
        {"pli [pc, #4]", "4 plain"},
        /* multiple */
        {"stmia.w r8!, {r0, r9, lr}", "4 store-multiple size=4 [r8]! {r0 r9 lr} writes r8"},
        {"stmia.w r1, {r0, r2}", "4 store-multiple size=4 [r1] {r0 r2}"},
        {"ldmia.w r8, {r0, r9}", "4 load-multiple size=4 [r8] {r0 r9} writes r0 r9"},
        {"ldmia.w r3!, {r4, pc}", "4 load-multiple ends size=4 [r3]! {r4 pc} writes r3 r4 pc"},
        {"stmdb r5!, {r6, r7}", "4 store-multiple size=4 db [r5]! {r6 r7} writes r5"},
        {"stmdb r5, {r6, r7}", "4 store-multiple size=4 db [r5] {r6 r7}"},
        {"ldmdb r5, {r6, r8}", "4 load-multiple size=4 db [r5] {r6 r8} writes r6 r8"},
        {"ldmdb r5!, {r6, r8}", "4 load-multiple size=4 db [r5]! {r6 r8} writes r5 r6 r8"},
        {"push.w {r4, r8, lr}", "4 store-multiple size=4 db [sp]! {r4 r8 lr} writes sp"},
        {"pop.w {r4, r8, pc}", "4 load-multiple ends size=4 [sp]! {r4 r8 pc} writes r4 r8 sp pc"},
        {"push {r8}", "4 store size=4 rt=r8 [sp-4]! writes sp"},
        {"pop {r9}", "4 load size=4 rt=r9 [sp],+4 writes r9 sp"},
        /* dual */
        {"ldrd r0, r1, [r2, #8]", "4 load-dual size=4 rt=r0 rt2=r1 [r2+8] writes r0 r1"},
        {"ldrd r8, r1, [r2, #-1020]", "4 load-dual size=4 rt=r8 rt2=r1 [r2-1020] writes r1 r8"},
        {"ldrd r0, r1, [r2, #16]!", "4 load-dual size=4 rt=r0 rt2=r1 [r2+16]! writes r0 r1 r2"},
        {"ldrd r0, r1, [r2], #-4", "4 load-dual size=4 rt=r0 rt2=r1 [r2],-4 writes r0 r1 r2"},
        {"ldrd r0, r1, [pc, #16]", "4 load-dual size=4 rt=r0 rt2=r1 [pc+16] writes r0 r1"},
        {"ldrd r0, r1, [pc, #-16]", "4 load-dual size=4 rt=r0 rt2=r1 [pc-16] writes r0 r1"},
        {"strd r3, r4, [r5]", "4 store-dual size=4 rt=r3 rt2=r4 [r5]"},
        {"strd r3, r4, [sp, #-8]!", "4 store-dual size=4 rt=r3 rt2=r4 [sp-8]! writes sp"},
        {"strd r3, r9, [r5], #1020", "4 store-dual size=4 rt=r3 rt2=r9 [r5],+1020 writes r5"},
        /* exclusive */
        {"ldrex r0, [r1, #1020]", "4 load-exclusive size=4 rt=r0 [r1+1020] writes r0"},
        {"ldrex r9, [r1]", "4 load-exclusive size=4 rt=r9 [r1] writes r9"},
        {"ldrexb r0, [r1]", "4 load-exclusive size=1 rt=r0 [r1] writes r0"},
        {"ldrexh r0, [r1]", "4 load-exclusive size=2 rt=r0 [r1] writes r0"},
        {"strex r0, r1, [r2, #4]", "4 store-exclusive size=4 rt=r1 [r2+4] rd=r0 writes r0"},
        {"strexb r3, r1, [r2]", "4 store-exclusive size=1 rt=r1 [r2] rd=r3 writes r3"},
        {"strexh lr, r1, [r2]", "4 store-exclusive size=2 rt=r1 [r2] rd=lr writes lr"},
        {"clrex", "4 plain"},
    };
    check_lines(".cpu cortex-m3", lines, G_N_ELEMENTS(lines));
}

static void assembled_control(void)
{
    static const struct line lines[] = {
        {"tbb [pc, r0]", "4 table-branch ends size=1 [pc+r0] writes pc"},
        {"tbh [r1, r2, lsl #1]", "4 table-branch ends size=2 [r1+r2<<1] writes pc"},
        {"beq.w . + 4096", "4 branch ends writes pc"},
        {"ble.w . - 8", "4 branch ends writes pc"},
        {"b.w . + 8192", "4 branch ends writes pc"},
        {"b.w . - 64", "4 branch ends writes pc"},
        {"bl . + 1024", "4 branch ends writes lr pc"},
        {"bl . - 1024", "4 branch ends writes lr pc"},
        {"msr apsr_nzcvq, r0", "4 system ends flags"},
        {"msr xpsr_nzcvq, r1", "4 system ends flags"},
        {"msr basepri, r1", "4 system ends"},
        {"msr basepri_max, r1", "4 system ends"},
        {"msr primask, r8", "4 system ends"},
        {"msr faultmask, r8", "4 system ends"},
        {"msr msp, r2", "4 system ends writes sp"},
        {"msr psp, r2", "4 system ends writes sp"},
        {"msr control, r3", "4 system ends writes sp"},
        {"mrs r0, apsr", "4 plain writes r0"},
        {"mrs r8, psp", "4 plain writes r8"},
        {"mrs r1, xpsr", "4 plain writes r1"},
        {"mrs r2, control", "4 plain writes r2"},
        {"mrs r12, primask", "4 plain writes r12"},
        {"nop.w", "4 plain"},
        {"yield.w", "4 yield ends"},
        {"wfe.w", "4 wfe ends"},
        {"wfi.w", "4 wfi ends"},
        {"sev.w", "4 plain"},
        {"dbg #5", "4 plain"},
        {"dsb sy", "4 plain"},
        {"dmb sy", "4 plain"},
        {"isb sy", "4 system ends"},
        {"udf.w #5", "4 undefined ends"},
    };
    check_lines(".cpu cortex-m3", lines, G_N_ELEMENTS(lines));
}

/* What a Cortex-M7 has and a Cortex-M3 has not. */
static void assembled_lacking(void)
{
    static const char *const dsp[] = {
        "smlad r0, r1, r2, r3",  "smlsd r0, r1, r2, r3",  "smuad r0, r1, r2",         "smusd r0, r1, r2",
        "smlald r0, r1, r2, r3", "smlsld r0, r1, r2, r3", "smlabb r0, r1, r2, r3",    "smlatt r0, r1, r2, r3",
        "smulbb r0, r1, r2",     "smultt r0, r1, r2",     "smlalbt r0, r1, r2, r3",   "smlawb r0, r1, r2, r3",
        "smulwt r0, r1, r2",     "smmla r0, r1, r2, r3",  "smmls r0, r1, r2, r3",     "smmul r0, r1, r2",
        "umaal r0, r1, r2, r3",  "usad8 r0, r1, r2",      "usada8 r0, r1, r2, r3",    "qadd r0, r1, r2",
        "qsub r0, r1, r2",       "qdadd r0, r1, r2",      "qdsub r0, r1, r2",         "uadd8 r0, r1, r2",
        "sadd16 r0, r1, r2",     "qsub8 r0, r1, r2",      "uhasx r0, r1, r2",         "usub16 r0, r1, r2",
        "sel r0, r1, r2",        "pkhbt r0, r1, r2",      "pkhtb r0, r1, r2, asr #3", "ssat16 r0, #5, r1",
        "usat16 r0, #5, r1",     "sxtab r0, r1, r2",      "sxtah r0, r1, r2",         "uxtab r0, r1, r2",
        "uxtah r0, r1, r2",      "sxtb16 r0, r1",         "uxtab16 r0, r1, r2",
    };
    static const char *const coprocessors[] = {
        "vldr s0, [r0]",
        "vldr d1, [pc, #8]",
        "vstr s1, [r2, #4]",
        "vpush {s16-s31}",
        "vpop {d8}",
        "vldmia r0!, {s0-s3}",
        "vmov r0, s1",
        "vmov s1, r0",
        "vmov d0, r1, r2",
        "vadd.f32 s0, s1, s2",
        "vmul.f64 d0, d1, d2",
        "vcvt.s32.f32 s0, s0",
        "vmrs r0, fpscr",
        "vseleq.f32 s0, s1, s2",
        "mcr p15, 0, r0, c7, c0, 0",
        "mrc p15, 0, r0, c7, c0, 0",
        "mcrr p1, 2, r3, r4, c5",
        "mrrc p1, 2, r3, r4, c5",
        "cdp p1, 2, c3, c4, c5, 6",
        "cdp2 p1, 2, c3, c4, c5, 6",
        "ldc p1, c2, [r3, #4]",
        "stc2 p1, c2, [r3], #4",
        "mcr2 p1, 2, r3, c4, c5, 6",
        "ldc2l p1, c2, [r3]",
    };
    struct line lines[G_N_ELEMENTS(dsp) + G_N_ELEMENTS(coprocessors)];
    size_t n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(dsp); i++)
        lines[n++] = (struct line){dsp[i], "4 undefined ends"};
    for (size_t i = 0; i < G_N_ELEMENTS(coprocessors); i++)
        lines[n++] = (struct line){coprocessors[i], "4 undefined ends nocp"};
    check_lines(".cpu cortex-m7\n.fpu fpv5-d16", lines, n);
}

/* ---- the sweep ---- */

/* Mnemonics as objdump writes them, without ".n" and ".w". */
static const struct {
    enum thumb_kind kind;
    const char *mnemonics;
} known[] = {
    {THUMB_LOAD, "ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht"},
    {THUMB_STORE, "str strb strh strt strbt strht"},
    {THUMB_LOAD_DUAL, "ldrd"},
    {THUMB_STORE_DUAL, "strd"},
    {THUMB_LOAD_MULTIPLE, "ldmia ldmdb pop"},
    {THUMB_STORE_MULTIPLE, "stmia stmdb push"},
    {THUMB_LOAD_EXCLUSIVE, "ldrex ldrexb ldrexh"},
    {THUMB_STORE_EXCLUSIVE, "strex strexb strexh"},
    {THUMB_TABLE_BRANCH, "tbb tbh"},
    {THUMB_DIVIDE, "udiv sdiv"},
    {THUMB_BRANCH, "b beq bne bcs bcc bmi bpl bvs bvc bhi bls bge blt bgt ble bl bx blx cbz cbnz"},
    {THUMB_SYSTEM, "msr cpsie cpsid isb"},
    {THUMB_SVC, "svc"},
    {THUMB_BKPT, "bkpt"},
    {THUMB_WFI, "wfi"},
    {THUMB_WFE, "wfe"},
    {THUMB_YIELD, "yield"},
    {THUMB_UNDEFINED, "undefined udf hlt bxns blxns setend setpan smc hvc clrm"},
    {THUMB_PLAIN,
     "and ands tst bic bics orr orrs orn orns mov movs mvn mvns eor eors teq add adds cmn adc adcs sbc sbcs sub subs "
     "cmp rsb rsbs negs addw subw movw movt lsl lsls lsr lsrs asr asrs ror rors rrx rrxs ssat usat bfi bfc sbfx ubfx "
     "sxtb sxth uxtb uxth rev rev16 revsh rbit clz mul muls mla mls smull umull smlal umlal mrs "
     "nop sev sevl dbg csdb dsb dmb clrex pld pldw pli "
     "it itt ite ittt itte itet itee itttt ittte ittet ittee itett itete iteet iteee"},
};

static GHashTable *known_kinds(void)
{
    GHashTable *kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        g_auto(GStrv) names = g_strsplit(known[i].mnemonics, " ", -1);
        for (char **name = names; *name; name++)
            g_hash_table_insert(kinds, g_strdup(*name), (gpointer)&known[i].kind);
    }
    return kinds;
}

/* Register lists that ARM DDI 0403E calls UNPREDICTABLE for LDM and STM in 32 bits. */
static bool unpredictable_list(uint16_t first, uint16_t second)
{
    unsigned rn = first & 0xF;
    bool writes_back = first & 0x20;
    return (second & (second - 1)) == 0 || rn == 15 || (writes_back && (second >> rn & 1));
}

/* The same for the registers of LDREX and STREX, B and H too. */
static bool unpredictable_exclusive(enum thumb_kind kind, uint16_t first, uint16_t second)
{
    unsigned rn = first & 0xF, rt = second >> 12, rd = first & 0x80 ? second & 0xF : second >> 8 & 0xF;
    if (rn == 15 || rt == 13 || rt == 15)
        return true;
    return kind == THUMB_STORE_EXCLUSIVE && (rd == 13 || rd == 15 || rd == rn || rd == rt);
}

static bool unpredictable_field(const char *mnemonic, uint16_t second)
{
    unsigned lsb = (second >> 12 & 7) << 2 | (second >> 6 & 3), last = second & 31;
    return mnemonic[0] == 'b' ? last < lsb : lsb + last > 31;
}

/* What objdump shows as an instruction although the manual defines none with these operands; the decoder refuses those. */
static bool refused(enum thumb_kind kind, const char *mnemonic, uint16_t first, uint16_t second, const char *text)
{
    bool narrow = thumb_length(first) == 2;
    if (strstr(text, "<undefined>") || strstr(text, "{}"))
        return true;
    switch (kind) {
    case THUMB_BRANCH: /* BX, BLX: should be zero; BLX to an immediate is not in the M profile */
        return narrow ? (first & 0xFF00) == 0x4700 && (first & 7) : strcmp(mnemonic, "blx") == 0;
    case THUMB_SYSTEM: /* CPS of A; MSR: should be zero; CPS in 32 bits, MSR of SPSR */
        return narrow ? first & 4 : (second & 0x0300) || (first & 0xFFF0) != 0xF380;
    case THUMB_LOAD:
    case THUMB_STORE: /* no store is relative to PC; bits 11 to 6 of the form with an index */
        return (kind == THUMB_STORE && (first & 0xF) == 15) ||
               ((first & 0x80) == 0 && (second & 0x0800) == 0 && (second & 0x0FC0));
    case THUMB_LOAD_MULTIPLE:
    case THUMB_STORE_MULTIPLE:
        return !narrow && unpredictable_list(first, second);
    case THUMB_LOAD_EXCLUSIVE:
    case THUMB_STORE_EXCLUSIVE:
        return unpredictable_exclusive(kind, first, second);
    default: /* MRS: should be one; exception return of A */
        if (strcmp(mnemonic, "mrs") == 0)
            return first != 0xF3EF;
        if (strcmp(mnemonic, "subs") == 0)
            return first == 0xF3DE;
        return strstr("ubfx sbfx bfi bfc", mnemonic) && unpredictable_field(mnemonic, second);
    }
}

static void sweep_one(GHashTable *kinds, uint16_t first, uint16_t second, const char *hex, const char *text)
{
    struct thumb_insn insn = thumb_decode(ORIGIN, first, second);
    /* Bytes and half-words to PC are hints or UNPREDICTABLE, which objdump does not tell apart: lenient() has them. */
    if ((first & 0xFE50) == 0xF810 && second >> 12 == 15)
        return;
    g_assert_cmpuint(insn.length, ==, strlen(hex) == 4 ? 2 : 4);
    g_autofree char *mnemonic = g_strndup(text, strcspn(text, " .\t"));
    const enum thumb_kind *found = g_hash_table_lookup(kinds, mnemonic);
    enum thumb_kind expected = found ? *found : THUMB_UNDEFINED; /* the DSP, SIMD and later instructions */
    if (insn.kind == THUMB_UNDEFINED && expected != THUMB_UNDEFINED && refused(expected, mnemonic, first, second, text))
        return;
    if (expected == THUMB_PLAIN && (insn.writes & 0x8000) && strstr(text, "pc"))
        expected = THUMB_BRANCH;
    if (expected != insn.kind)
        g_error("%04x %04x \"%s\": decoded as %s", first, second, text, kind_names[insn.kind]);
}

static void sweep(void)
{
    static const uint16_t seconds[] = {0x0000, 0x0102, 0xF1F2, 0x8F4F, 0x5C10, 0xFE21, 0x8000, 0xF083, 0xF80F, 0x0FF0, 0xA567};
    if (!installed("arm-none-eabi-objdump"))
        return;
    g_autoptr(GArray) code = g_array_new(FALSE, FALSE, sizeof(uint16_t));
    for (unsigned first = 0; first < 0x10000; first++) {
        size_t count = first < 0xE800 ? 1 : G_N_ELEMENTS(seconds);
        for (size_t i = 0; i < count; i++) {
            uint16_t halves[2] = {GUINT16_TO_LE((uint16_t)first), GUINT16_TO_LE(seconds[i])};
            g_array_append_vals(code, halves, first < 0xE800 ? 1 : 2);
        }
        for (int i = 0; first >> 8 == 0xBF && i < 4; i++) { /* nothing but these in the IT block */
            uint16_t nop = GUINT16_TO_LE(0xBF00);
            g_array_append_val(code, nop);
        }
    }
    char *folder = g_dir_make_tmp("thumb-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_autofree char *path = g_build_filename(folder, "sweep.bin", NULL);
    g_assert_true(g_file_set_contents(path, code->data, (gssize)(code->len * sizeof(uint16_t)), NULL));
    g_autofree char *output = run((const char *const[]){"arm-none-eabi-objdump", "-D", "-z", "-b", "binary", "-m", "armv7e-m",
                                                        "-M", "force-thumb", path, NULL});
    remove_folder(folder);

    g_autoptr(GHashTable) kinds = known_kinds();
    unsigned seen = 0;
    for (char *line = output, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        g_auto(GStrv) fields = g_strsplit(line, "\t", 3); /* address, hex, text */
        if (g_strv_length(fields) < 3)
            continue;
        char *second = NULL;
        uint16_t first = (uint16_t)g_ascii_strtoull(g_strstrip(fields[1]), &second, 16);
        if (g_str_has_prefix(fields[2], "nop"))
            continue;
        seen++;
        sweep_one(kinds, first, (uint16_t)g_ascii_strtoull(second, NULL, 16), fields[1], fields[2]);
    }
    g_assert_cmpuint(seen, >=, 0xE800);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/thumb/length", length);
    g_test_add_func("/thumb/pc-relative", pc_relative);
    g_test_add_func("/thumb/modified-immediate", modified_immediate);
    g_test_add_func("/thumb/short-immediate", short_immediate);
    g_test_add_func("/thumb/undefined", undefined);
    g_test_add_func("/thumb/coprocessor", coprocessor);
    g_test_add_func("/thumb/lenient", lenient);
    g_test_add_func("/thumb/assembled/16-bit", assembled_16);
    g_test_add_func("/thumb/assembled/data-processing", assembled_data_processing);
    g_test_add_func("/thumb/assembled/memory", assembled_memory);
    g_test_add_func("/thumb/assembled/control", assembled_control);
    g_test_add_func("/thumb/assembled/lacking", assembled_lacking);
    g_test_add_func("/thumb/sweep", sweep);
    return g_test_run();
}
