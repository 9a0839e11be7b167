/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Differential test of the CPU: random instruction sequences and exception scenarios run on photon-emu and on QEMU, one
 * instruction a block there, and must leave the same registers, flags, memory and traces. A difference is narrowed down to the
 * first unit of code that shows it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/differential/generator.h"

enum { SKIP = 77, MAX_UNITS = 256, PER_IMAGE = 1000, WAIT_SECONDS = 60 };

static struct {
    const char *qemu, *runner, *objdump, *work, *harness, *harness_alias;
    uint64_t seed;
    unsigned sequences, scenarios, iterations, differences_shown;

} option = {.qemu = "qemu-system-arm",
            .objdump = "arm-none-eabi-objdump",
            .work = ".",
            .seed = 1,
            .sequences = 10000,
            .scenarios = 500,
            .iterations = 30,
            .differences_shown = 3};

static bool step_by_option; /* QEMU before 8.1: -singlestep */

/* Where a part of the test runs on QEMU's side, and with what. */
struct target {
    const char *machine;
    uint32_t flash;
};

static const struct target netduino = {"netduino2", IMAGE_FLASH}, mps2 = {"mps2-an385", 0};

static struct coverage coverage;
static uint64_t instructions;
static unsigned differences;

/* ---- running things ---- */

/* Exit status, or -1 if it was killed or took too long. Its standard output goes to a file, if one is named. */
static int run(const char *const *argv, const char *output)
{
    GError *error = NULL;
    GPid pid;
    int out = output != NULL ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (output != NULL && out < 0) {
        fprintf(stderr, "differential: %s: %s\n", output, g_strerror(errno));
        exit(1);
    }
    if (!g_spawn_async_with_fds(NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                -1, out, -1, &error)) {
        fprintf(stderr, "differential: %s\n", error->message);
        exit(1);
    }
    if (out >= 0)
        close(out);
    int status = 0;
    for (int waited = 0; waitpid(pid, &status, WNOHANG) == 0; waited++) {
        if (waited == WAIT_SECONDS * 200) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            break;
        }
        g_usleep(5000);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *in_work(const char *name)
{
    return g_build_filename(option.work, name, NULL);
}

static char *contents(const char *path)
{
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

static const char *harness_of(const struct target *t)
{
    return t->flash != 0 ? option.harness : option.harness_alias;
}

static char *on_qemu(const struct target *t, const char *image, int *status)
{
    char *out = in_work("qemu.txt"), *chardev = g_strdup_printf("file,id=console,path=%s", out),
         *loader = g_strdup_printf("loader,file=%s,addr=0x%08X,force-raw=on", image, t->flash + IMAGE_OFFSET);
    const char *argv[] = {option.qemu,
                          "-M",
                          t->machine,
                          "-display",
                          "none",
                          "-monitor",
                          "none",
                          "-serial",
                          "none",
                          "-chardev",
                          chardev,
                          "-semihosting-config",
                          "enable=on,target=native,chardev=console",
                          "-kernel",
                          harness_of(t),
                          "-device",
                          loader,
                          step_by_option ? "-singlestep" : "-accel",
                          step_by_option ? NULL : "tcg,one-insn-per-tb=on",
                          NULL};
    *status = run(argv, NULL);
    char *text = contents(out);
    g_free(loader);
    g_free(chardev);
    g_free(out);
    return text;
}

static char *on_photon(const struct target *t, const char *image, int *status)
{
    char *out = in_work("photon.txt"), *load = g_strdup_printf("0x%08X=%s", t->flash + IMAGE_OFFSET, image);
    const char *argv[] = {option.runner, "--for", "30", harness_of(t), load, NULL};
    *status = run(argv, out);
    char *text = contents(out);
    char *comment = strstr(text, "# ");
    if (comment != NULL && (comment == text || comment[-1] == '\n')) {
        instructions += g_ascii_strtoull(comment + 2, NULL, 10);
        *comment = '\0';
    }
    g_free(load);
    g_free(out);
    return text;
}

/* ---- comparing ---- */

struct outcome {
    char **qemu, **photon; /* lines */
    int qemu_status, photon_status;
    unsigned count; /* sequences or scenarios in the image */
};

static char *write_image(const struct image_options *o, struct coverage *c, unsigned *count)
{
    char *path = in_work("image.bin");
    GByteArray *image = image_build(o, c, count);
    GError *error = NULL;
    if (!g_file_set_contents(path, (const char *)image->data, image->len, &error)) {
        fprintf(stderr, "differential: %s\n", error->message);
        exit(1);
    }
    g_byte_array_free(image, TRUE);
    return path;
}

static struct outcome outcome_of(const struct target *t, const struct image_options *o, struct coverage *c)
{
    struct outcome r;
    char *image = write_image(o, c, &r.count);
    char *qemu = on_qemu(t, image, &r.qemu_status), *photon = on_photon(t, image, &r.photon_status);
    r.qemu = g_strsplit(qemu, "\n", -1);
    r.photon = g_strsplit(photon, "\n", -1);
    g_free(qemu);
    g_free(photon);
    g_free(image);
    return r;
}

static void outcome_clear(struct outcome *r)
{
    g_strfreev(r->qemu);
    g_strfreev(r->photon);
}

/* First line from that one on that differs; the number of lines if none does. */
static unsigned first_difference(const struct outcome *r, unsigned i)
{
    if (i >= g_strv_length(r->qemu) || i >= g_strv_length(r->photon))
        return i;
    while (r->qemu[i] != NULL && r->photon[i] != NULL && strcmp(r->qemu[i], r->photon[i]) == 0)
        i++;
    return i;
}

static bool differs(const struct target *t, struct image_options o, unsigned index, unsigned unit_limit)
{
    static struct coverage ignored;
    uint64_t before = instructions;
    o.dump = index;
    o.unit_limit = unit_limit;
    struct outcome r = outcome_of(t, &o, &ignored);
    bool different = r.qemu_status != 0 || r.photon_status != 0 || g_strv_length(r.qemu) != g_strv_length(r.photon) ||
                     first_difference(&r, index) < g_strv_length(r.qemu);
    outcome_clear(&r);
    instructions = before;
    return different;
}

static void show(const char *title, char *const *lines, unsigned from, unsigned n)
{
    for (unsigned i = 0; i < from + n && lines[i] != NULL; i++)
        if (i >= from)
            printf("    %s %s\n", title, lines[i]);
}

static void disassemble(const struct target *t, uint32_t address, uint32_t size)
{
    char *image = in_work("image.bin"), *start = g_strdup_printf("--start-address=0x%X", address),
         *stop = g_strdup_printf("--stop-address=0x%X", address + size),
         *base = g_strdup_printf("--adjust-vma=0x%X", t->flash + IMAGE_OFFSET), *out = in_work("code.txt");
    const char *argv[] = {option.objdump, "-D", "-b", "binary", "-marm", "-Mforce-thumb", base, start, stop, image, NULL};
    if (run(argv, out) == 0) {
        char *text = contents(out), *code = strstr(text, "\n\n0");
        printf("%s\n", code != NULL ? code + 2 : text);
        g_free(text);
    }
    g_free(out);
    g_free(base);
    g_free(stop);
    g_free(start);
    g_free(image);
}

/* Cut the one that differs shorter and shorter; show the code up to the unit that makes the difference, and what both say. */
static void narrow(const struct target *t, struct image_options o, unsigned index)
{
    const char *what = o.scenarios ? "scenario" : "sequence";
    printf("  %s %u of seed %" G_GUINT64_FORMAT " on %s differs\n", what, o.first + index, o.seed, t->machine);
    if (!differs(t, o, index, G_MAXUINT)) {
        printf("    but not when it comes last\n");
        return;
    }
    unsigned good = 0, bad = MAX_UNITS;
    if (differs(t, o, index, 0)) {
        bad = 0;
    } else {
        while (bad - good > 1) {
            unsigned middle = (good + bad) / 2;
            if (differs(t, o, index, middle))
                bad = middle;
            else
                good = middle;
        }
    }
    static struct coverage ignored;
    unsigned count;
    o.dump = index;
    o.unit_limit = bad == 0 ? 0 : bad - 1;
    GByteArray *before = image_build(&o, &ignored, &count);
    guint before_size = before->len;
    g_byte_array_free(before, TRUE);
    o.unit_limit = bad;
    struct outcome r = outcome_of(t, &o, &ignored);
    GByteArray *image = image_build(&o, &ignored, &count);
    uint32_t code, run_at = 0;
    if (o.scenarios) {
        const struct image_scenario *s = (const void *)(image->data + sizeof(struct image_header));
        code = s[index].code;
    } else {
        const struct image_sequence *s = (const void *)(image->data + sizeof(struct image_header));
        code = s[index].code;
        run_at = s[index].run_at;
    }
    uint32_t end = t->flash + IMAGE_OFFSET + image->len - 4096;
    printf("    unit %u makes it; the unit adds %d bytes; the code runs at 0x%08X:\n", bad, (int)(image->len - before_size),
           run_at != 0 ? run_at : code);
    disassemble(t, code, end - code);
    g_byte_array_free(image, TRUE);
    unsigned line = first_difference(&r, index), from = line < 1 ? 0 : line - 1;
    printf("    first line that differs: %u (exit status of QEMU %d, of photon-emu %d)\n", line, r.qemu_status,
           r.photon_status);
    show("QEMU  ", r.qemu, from, 3);
    show("photon", r.photon, from, 3);
    outcome_clear(&r);
}

/* Run numbers first to first + n - 1, as many images as that takes. */
static void compare(const struct target *t, bool scenarios, unsigned first, unsigned n)
{
    for (unsigned end = first + n; first < end;) {
        unsigned some = MIN(end - first, PER_IMAGE);
        struct image_options o = {.seed = option.seed,
                                  .flash = t->flash,
                                  .scenarios = scenarios,
                                  .first = first,
                                  .n = some,
                                  .iterations = option.iterations,
                                  .dump = UINT32_MAX,
                                  .unit_limit = G_MAXUINT};
        struct outcome r = outcome_of(t, &o, &coverage);
        unsigned count = r.count;
        if (count == 0) {
            fprintf(stderr, "differential: nothing fits into an image\n");
            exit(1);
        }
        GArray *different = g_array_new(FALSE, FALSE, sizeof(unsigned));
        unsigned qemu = g_strv_length(r.qemu), photon = g_strv_length(r.photon);
        if (r.qemu_status != 0 || qemu < count) {
            printf("  QEMU: exit status %d after %u lines: %s\n", r.qemu_status, qemu, qemu > 1 ? r.qemu[qemu - 2] : "");
            differences++;
        }
        if (r.photon_status != 0)
            printf("  photon-emu: exit status %d after %u lines\n", r.photon_status, photon);
        for (unsigned i = 0; i < count; i++) {
            if (i >= qemu || (i < photon && strcmp(r.qemu[i], r.photon[i]) == 0))
                continue;
            g_array_append_val(different, i);
            if (r.photon_status != 0)
                break; /* it died there, or nearly */
        }
        outcome_clear(&r);
        differences += different->len;
        for (unsigned i = 0; i < different->len && i < option.differences_shown; i++)
            narrow(t, o, g_array_index(different, unsigned, i));
        if (different->len > option.differences_shown)
            printf("  and %u more\n", different->len - option.differences_shown);
        g_array_free(different, TRUE);
        printf("%s %u to %u on %s compared\n", scenarios ? "scenarios" : "sequences", first, first + count - 1, t->machine);
        fflush(stdout);
        first += count;
    }
}

/* ---- reports ---- */

static unsigned report_coverage(bool all)
{
    unsigned empty = 0, shapes = 0;
    for (unsigned i = 0; i < n_encodings; i++) {
        empty += coverage.emitted[i] == 0;
        if (all || coverage.emitted[i] == 0)
            printf("  %-26s %-3s %8" G_GUINT64_FORMAT "\n", encodings[i].name, encodings[i].form, coverage.emitted[i]);
    }
    for (unsigned condition = 0; condition < 15; condition++)
        for (unsigned mask = 1; mask < 16; mask++)
            shapes += coverage.it_shapes[condition][mask] != 0;
    /* fourteen conditions with every mask, AL without "else" */
    printf("%u encodings, %u of them not emitted; %u of %u IT blocks\n", n_encodings, empty, shapes, 14 * 15 + 4);
    return empty;
}

static int skip(const char *why)
{
    printf("differential # SKIP %s\n", why);
    return SKIP;
}

/* "QEMU emulator version 7.2.22 (Debian ...)"; false if it cannot be run. */
static bool find_qemu(void)
{
    const char *argv[] = {option.qemu, "--version", NULL};
    char *out = NULL;
    if (!g_spawn_sync(NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
                      NULL, NULL))
        return false;
    char *line_end = strchr(out, '\n'), *version = strstr(out, "version ");
    if (line_end != NULL)
        *line_end = '\0';
    unsigned major = 0, minor = 0;
    bool good = version != NULL && sscanf(version, "version %u.%u", &major, &minor) == 2;
    step_by_option = major < 8 || (major == 8 && minor < 1);
    if (good)
        printf("%s\n", out);
    g_free(out);
    return good;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    gint64 seed = 1;
    gint sequences = -1, scenarios = -1, iterations = -1, shown = -1;
    gboolean full = FALSE, table = FALSE;
    gchar *qemu = NULL, *runner = NULL, *work = NULL, *harness = NULL, *alias = NULL;
    const GOptionEntry entries[] = {
        {"harness", 0, 0, G_OPTION_ARG_FILENAME, &harness, "Firmware linked to flash", "ELF"},
        {"harness-alias", 0, 0, G_OPTION_ARG_FILENAME, &alias, "Firmware linked to the boot alias", "ELF"},
        {"runner", 0, 0, G_OPTION_ARG_FILENAME, &runner, "firmware-runner", "FILE"},
        {"qemu", 0, 0, G_OPTION_ARG_FILENAME, &qemu, "qemu-system-arm", "FILE"},
        {"work", 0, 0, G_OPTION_ARG_FILENAME, &work, "Folder for intermediate files", "DIR"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Of the random code (1)", "N"},
        {"sequences", 0, 0, G_OPTION_ARG_INT, &sequences, "How many sequences", "N"},
        {"scenarios", 0, 0, G_OPTION_ARG_INT, &scenarios, "How many random exception scenarios on each machine", "N"},
        {"iterations", 0, 0, G_OPTION_ARG_INT, &iterations, "Runs of each sequence", "N"},
        {"show", 0, 0, G_OPTION_ARG_INT, &shown, "Differences to narrow down in each image (3)", "N"},
        {"full", 0, 0, G_OPTION_ARG_NONE, &full, "Ten times as many sequences and scenarios", NULL},
        {"coverage", 0, 0, G_OPTION_ARG_NONE, &table, "Print the coverage table", NULL},
        G_OPTION_ENTRY_NULL};
    GOptionContext *context = g_option_context_new("- compare photon-emu with QEMU");
    g_option_context_add_main_entries(context, entries, NULL);
    GError *error = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
        fprintf(stderr, "differential: %s\n", error != NULL ? error->message : "too many arguments");
        return 2;
    }
    g_option_context_free(context);
    if (full) {
        option.sequences *= 10;
        option.scenarios *= 10;
    }
    option.seed = (uint64_t)seed;
    option.sequences = sequences >= 0 ? (unsigned)sequences : option.sequences;
    option.scenarios = scenarios >= 0 ? (unsigned)scenarios : option.scenarios;
    option.iterations = iterations >= 0 ? (unsigned)iterations : option.iterations;
    option.differences_shown = shown >= 0 ? (unsigned)shown : option.differences_shown;
    option.qemu = qemu != NULL ? qemu : option.qemu;
    option.work = work != NULL ? work : option.work;
    option.runner = runner;
    option.harness = harness;
    option.harness_alias = alias;
    if (harness == NULL || *harness == '\0' || alias == NULL || *alias == '\0')
        return skip("arm-none-eabi-gcc is not installed");
    if (!find_qemu())
        return skip("qemu-system-arm is not installed");
    if (g_mkdir_with_parents(option.work, 0777) != 0) {
        fprintf(stderr, "differential: %s: %s\n", option.work, g_strerror(errno));
        return 1;
    }

    compare(&netduino, false, 0, option.sequences);
    compare(&mps2, true, 0, scenario_n_fixed() + option.scenarios);
    compare(&netduino, true, scenario_n_fixed(), option.scenarios);
    unsigned empty = report_coverage(table);
    printf("%u sequences, %" G_GUINT64_FORMAT " instructions, %u exception scenarios, %u differences\n", option.sequences,
           instructions, scenario_n_fixed() + 2 * option.scenarios, differences);
    /* a part alone need not cover everything */
    return differences != 0 || (option.sequences != 0 && option.scenarios != 0 && empty != 0);
}
