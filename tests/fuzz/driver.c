/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a fuzz target without libFuzzer: over the files given, then over mutations of them, which a seed determines.
 *
 *   fuzz-NAME [-n COUNT] [-t SECONDS] [-s SEED] [-o NUMBER] [-w FILE] [FILE|FOLDER...]
 *
 * -n: so many mutations (default 1000); -t: no more than so many seconds; -s: seed (default 1); -o: only this one; -w: write it
 * to FILE and do not run it. A folder that is not there has no files. The target runs in a child process: when that dies, or
 * takes more than 20 seconds over one input, the number of the input is told, and exit status is 1.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { LARGEST_INPUT = 1 << 16, LONGEST_SECONDS = 20 };

struct options {
    gint64 count, only;
    gint64 seed, seconds;
    char *write;
    char **paths;
};

/* ---- random numbers: splitmix64 ---- */

static uint64_t random64(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static uint32_t below(uint64_t *state, uint32_t limit)
{
    return limit == 0 ? 0 : (uint32_t)(random64(state) % limit);
}

/* ---- seeds ---- */

static void add_file(GPtrArray *seeds, const char *path)
{
    char *data;
    gsize size;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &data, &size, &error)) {
        fprintf(stderr, "%s\n", error->message);
        exit(2);
    }
    g_ptr_array_add(seeds, g_bytes_new_take(data, size));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_folder(GPtrArray *seeds, const char *path)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;)
        g_ptr_array_add(names, g_build_filename(path, name, NULL));
    if (names->len != 0)
        qsort(names->pdata, names->len, sizeof names->pdata[0], by_name); /* or the file system would decide */
    for (unsigned i = 0; i < names->len; i++)
        if (g_file_test(g_ptr_array_index(names, i), G_FILE_TEST_IS_REGULAR))
            add_file(seeds, g_ptr_array_index(names, i));
}

static GPtrArray *read_seeds(char **paths)
{
    GPtrArray *seeds = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (unsigned i = 0; paths != NULL && paths[i] != NULL; i++)
        if (g_file_test(paths[i], G_FILE_TEST_IS_REGULAR))
            add_file(seeds, paths[i]);
        else
            add_folder(seeds, paths[i]);
    if (seeds->len == 0) {
        uint8_t noise[256];
        uint64_t state = 0;
        for (unsigned i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)random64(&state);
        g_ptr_array_add(seeds, g_bytes_new(noise, 0));
        g_ptr_array_add(seeds, g_bytes_new(noise, sizeof noise));
    }
    return seeds;
}

/* ---- mutations ---- */

static void put_number(GByteArray *input, uint64_t *state)
{
    static const uint32_t interesting[] = {0,          1,          0x7F,       0x80,       0xFF,       0x100,
                                           0x7FFF,     0x8000,     0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000,
                                           0xFFFFFFFF, 0xFFFFFFFC, 0x08000000, 0x08020000, 0x08060000, 0x080A0000,
                                           0x080C0000, 0x080E0000, 0x08100000, 0x20000000, 0x20020000};
    uint32_t value = interesting[below(state, G_N_ELEMENTS(interesting))];
    unsigned width = 1U << below(state, 3);
    if (below(state, 4) == 0)
        value = input->len - below(state, 8);
    if (input->len < width)
        return;
    uint32_t at = below(state, input->len - width + 1);
    bool big = below(state, 4) == 0;
    for (unsigned i = 0; i < width; i++)
        input->data[at + (big ? width - 1 - i : i)] = (uint8_t)(value >> 8 * i);
}

static void insert(GByteArray *input, uint32_t at, const uint8_t *bytes, uint32_t n)
{
    uint32_t old = input->len;
    if (n == 0 || old + n > LARGEST_INPUT)
        return;
    g_autofree uint8_t *copy = g_memdup2(bytes, n);
    g_byte_array_set_size(input, old + n);
    memmove(input->data + at + n, input->data + at, old - at);
    memcpy(input->data + at, copy, n);
}

static void mutate_once(GByteArray *input, const GPtrArray *seeds, uint64_t *state)
{
    uint32_t at = below(state, input->len), n = 1 + below(state, MIN(64, MAX(input->len, 1)));
    uint8_t noise[16];
    gsize size;
    const uint8_t *other = g_bytes_get_data(g_ptr_array_index(seeds, below(state, seeds->len)), &size);
    switch (below(state, 9)) {
    case 0:
    case 1:
        if (input->len != 0)
            input->data[at] ^= (uint8_t)(1U << below(state, 8));
        break;
    case 2:
        if (input->len != 0)
            input->data[at] = (uint8_t)random64(state);
        break;
    case 3:
    case 4:
        put_number(input, state);
        break;
    case 5:
        for (unsigned i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)random64(state);
        insert(input, at, noise, 1 + below(state, sizeof noise));
        break;
    case 6:
        if (input->len != 0)
            g_byte_array_remove_range(input, at, MIN(n, input->len - at));
        break;
    case 7: /* a piece of itself, or of another seed */
        if (below(state, 2) == 0 && input->len != 0) {
            insert(input, at, input->data + at, MIN(n, input->len - at));
        } else if (size != 0) {
            uint32_t from = below(state, (uint32_t)size), length = 1 + below(state, 1024);
            insert(input, at, other + from, (uint32_t)MIN(length, size - from));
        }
        break;
    default:
        g_byte_array_set_size(input, at);
    }
}

/* Number 0 and up: the seeds as they are, then mutations. */
static GByteArray *make_input(const GPtrArray *seeds, gint64 number, gint64 seed)
{
    uint64_t state = (uint64_t)seed ^ (uint64_t)number * 0xD1342543DE82EF95;
    bool plain = number < seeds->len;
    GBytes *base = g_ptr_array_index(seeds, plain ? (guint)number : below(&state, seeds->len));
    gsize size;
    const uint8_t *data = g_bytes_get_data(base, &size);
    GByteArray *input = g_byte_array_new();
    g_byte_array_append(input, data, (guint)(plain ? size : MIN(size, LARGEST_INPUT)));
    for (unsigned n = plain ? 0 : 1 + below(&state, 6); n != 0; n--)
        mutate_once(input, seeds, &state);
    return input;
}

/* ---- running ---- */

static void run_one(const GPtrArray *seeds, gint64 number, gint64 seed)
{
    g_autoptr(GByteArray) input = make_input(seeds, number, seed);
    /* of exactly that size, for the sanitizer's sake */
    uint8_t *exact = malloc(input->len != 0 ? input->len : 1);
    if (input->len != 0)
        memcpy(exact, input->data, input->len);
    alarm(LONGEST_SECONDS);
    LLVMFuzzerTestOneInput(exact, input->len);
    alarm(0);
    free(exact);
}

static void run_all(const GPtrArray *seeds, const struct options *o, volatile gint64 *number)
{
    gint64 last = seeds->len + o->count, end = g_get_monotonic_time() + o->seconds * G_USEC_PER_SEC;
    for (gint64 i = o->only >= 0 ? o->only : 0; i < (o->only >= 0 ? o->only + 1 : last); i++) {
        *number = i;
        if (o->only < 0 && i >= seeds->len && o->seconds > 0 && g_get_monotonic_time() >= end)
            return;
        run_one(seeds, i, o->seed);
    }
    *number = o->only >= 0 ? 1 : last;
}

static bool parse(int argc, char **argv, struct options *o)
{
    const GOptionEntry entries[] = {{"count", 'n', 0, G_OPTION_ARG_INT64, &o->count, NULL, NULL},
                                    {"seconds", 't', 0, G_OPTION_ARG_INT64, &o->seconds, NULL, NULL},
                                    {"seed", 's', 0, G_OPTION_ARG_INT64, &o->seed, NULL, NULL},
                                    {"only", 'o', 0, G_OPTION_ARG_INT64, &o->only, NULL, NULL},
                                    {"write", 'w', 0, G_OPTION_ARG_FILENAME, &o->write, NULL, NULL},
                                    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->paths, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autoptr(GOptionContext) context = g_option_context_new("[FILE|FOLDER...]");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    if (g_option_context_parse(context, &argc, &argv, &error))
        return true;
    fprintf(stderr, "%s\n", error->message);
    return false;
}

int main(int argc, char **argv)
{
    struct options o = {.count = 1000, .only = -1, .seed = 1};
    if (!parse(argc, argv, &o))
        return 2;
    GPtrArray *seeds = read_seeds(o.paths);
    if (o.write != NULL) {
        g_autoptr(GByteArray) input = make_input(seeds, MAX(o.only, 0), o.seed);
        return g_file_set_contents(o.write, (const char *)input->data, input->len, NULL) ? 0 : 2;
    }
    gint64 *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (LLVMFuzzerInitialize != NULL)
        LLVMFuzzerInitialize(&argc, &argv);
    pid_t child = fork();
    if (child < 0 || number == MAP_FAILED)
        return 2;
    if (child == 0) {
        run_all(seeds, &o, number);
        g_ptr_array_unref(seeds);
        g_strfreev(o.paths);
        exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (good)
        printf("%" G_GINT64_FORMAT " inputs, seed %" G_GINT64_FORMAT "\n", *number, o.seed);
    else
        fprintf(stderr,
                "input %" G_GINT64_FORMAT " of seed %" G_GINT64_FORMAT " fails (%s %d): -s %" G_GINT64_FORMAT
                " -o %" G_GINT64_FORMAT " runs it alone, -w FILE besides writes it\n",
                *number, o.seed, WIFSIGNALED(status) ? "signal" : "status",
                WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), o.seed, *number);
    g_ptr_array_unref(seeds);
    g_strfreev(o.paths);
    return good ? 0 : 1;
}
