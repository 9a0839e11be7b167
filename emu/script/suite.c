/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/suite.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "emu/script/pool.h"

#define STORY_TYPE  "(msssssssasa(sas))"
#define RESULT_TYPE "(umsmsmstd)"

/* ---- finding files ---- */

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_folder(GPtrArray *paths, const char *folder, GError **error)
{
    g_autoptr(GError) why = NULL;
    GDir *dir = g_dir_open(folder, 0, &why);
    if (dir == NULL) {
        g_set_error(error, SCRIPT_ERROR, 0, "%s cannot be read: %s", folder, why->message);
        return false;
    }
    GPtrArray *found = g_ptr_array_new();
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
        if (g_str_has_suffix(name, ".lua"))
            g_ptr_array_add(found, g_build_filename(folder, name, NULL));
    g_dir_close(dir);
    g_ptr_array_sort(found, compare_paths);
    bool any = found->len > 0;
    g_ptr_array_extend_and_steal(paths, found);
    if (!any)
        g_set_error(error, SCRIPT_ERROR, 0, "the folder %s holds no story (*.lua)", folder);
    return any;
}

static GPtrArray *find_files(char **paths, GError **error)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; paths[i] != NULL; i++) {
        if (g_file_test(paths[i], G_FILE_TEST_IS_DIR)) {
            if (!add_folder(files, paths[i], error)) {
                g_ptr_array_unref(files);
                return NULL;
            }
        } else if (g_file_test(paths[i], G_FILE_TEST_EXISTS)) {
            g_ptr_array_add(files, g_strdup(paths[i]));
        } else {
            g_set_error(error, SCRIPT_ERROR, 0, "there is no file or folder %s", paths[i]);
            g_ptr_array_unref(files);
            return NULL;
        }
    }
    return files;
}

/* ---- loading ---- */

static void scenario_free(void *data)
{
    struct scenario *s = data;
    g_free(s->name);
    g_strfreev(s->sets);
    g_free(s);
}

static void story_free(void *data)
{
    struct suite_story *s = data;
    g_free(s->path);
    g_free(s->stem);
    g_free(s->error);
    g_free(s->name);
    g_free(s->question);
    g_free(s->cause);
    g_free(s->cure);
    g_free(s->led);
    g_strfreev(s->sets);
    g_ptr_array_unref(s->scenarios);
    g_free(s);
}

static void case_free(void *data)
{
    struct suite_case *c = data;
    play_result_clear(&c->result);
    g_free(c);
}

/* Text of a script may hold any bytes. */
static GVariant *valid(const char *text)
{
    return g_variant_new_take_string(g_utf8_make_valid(text != NULL ? text : "", -1));
}

static GVariant *maybe(const char *text)
{
    return g_variant_new_maybe(G_VARIANT_TYPE_STRING, text != NULL ? valid(text) : NULL);
}

static GVariant *list(char **texts)
{
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE_STRING_ARRAY);
    for (unsigned i = 0; texts != NULL && texts[i] != NULL; i++)
        g_variant_builder_add_value(&builder, valid(texts[i]));
    return g_variant_builder_end(&builder);
}

static GVariant *serve_load(unsigned job, void **state, void *data)
{
    (void)state;
    const struct suite *suite = data;
    const struct suite_story *s = g_ptr_array_index(suite->stories, job);
    g_autoptr(GError) error = NULL;
    struct story_file *story = story_file_load(s->path, &error);
    GVariantBuilder scenarios;
    g_variant_builder_init(&scenarios, G_VARIANT_TYPE("a(sas)"));
    for (guint i = 0; story != NULL && i < story->scenarios->len; i++) {
        const struct scenario *scenario = g_ptr_array_index(story->scenarios, i);
        g_variant_builder_add(&scenarios, "(@s@as)", valid(scenario->name), list(scenario->sets));
    }
    GVariant *answer = g_variant_new("(@ms@s@s@s@s@s@s@as@a(sas))", maybe(error != NULL ? error->message : NULL),
                                     valid(story ? story->stem : s->stem), valid(story ? story->name : NULL),
                                     valid(story ? story->question : NULL), valid(story ? story->cause : NULL),
                                     valid(story ? story->cure : NULL), valid(story ? story->led : NULL),
                                     list(story ? story->sets : NULL), g_variant_builder_end(&scenarios));
    story_file_free(story);
    return answer;
}

static void loaded(unsigned job, GVariant *answer, const char *why, void *data)
{
    const struct suite *suite = data;
    struct suite_story *s = g_ptr_array_index(suite->stories, job);
    if (answer == NULL || !g_variant_is_of_type(answer, G_VARIANT_TYPE(STORY_TYPE))) {
        s->error = g_strdup_printf("%s: %s", s->path, why != NULL ? why : "the answer of a process was not understood");
        s->crashed = true;
        return;
    }
    g_autofree char *stem = NULL;
    g_autoptr(GVariantIter) scenarios = NULL;
    g_variant_get(answer, "(msssssss^asa(sas))", &s->error, &stem, &s->name, &s->question, &s->cause, &s->cure, &s->led,
                  &s->sets, &scenarios);
    struct scenario *scenario = g_new0(struct scenario, 1);
    while (g_variant_iter_next(scenarios, "(s^as)", &scenario->name, &scenario->sets)) {
        g_ptr_array_add(s->scenarios, scenario);
        scenario = g_new0(struct scenario, 1);
    }
    g_free(scenario);
}

static bool wanted(const struct suite_options *options, const struct suite_story *s, const struct scenario *scenario,
                   const char *set)
{
    if (options->sets != NULL && !g_strv_contains((const char *const *)options->sets, set))
        return false;
    if (options->filter == NULL)
        return true;
    g_autofree char *full = g_strdup_printf("%s/%s", s->stem, scenario->name);
    return g_pattern_match_simple(options->filter, scenario->name) || g_pattern_match_simple(options->filter, full);
}

/* Set by set, so that devices of one set are made once. */
static void list_cases(struct suite *suite, const struct suite_options *options)
{
    g_autoptr(GPtrArray) sets = g_ptr_array_new();
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        for (unsigned k = 0; s->error == NULL && s->sets[k] != NULL; k++)
            if (!g_ptr_array_find_with_equal_func(sets, s->sets[k], g_str_equal, NULL))
                g_ptr_array_add(sets, s->sets[k]);
    }
    for (guint k = 0; k < sets->len; k++)
        for (guint i = 0; i < suite->stories->len; i++) {
            const struct suite_story *s = g_ptr_array_index(suite->stories, i);
            for (guint n = 0; s->error == NULL && n < s->scenarios->len; n++) {
                const struct scenario *scenario = g_ptr_array_index(s->scenarios, n);
                const char *set = g_ptr_array_index(sets, k);
                if (!g_strv_contains((const char *const *)scenario->sets, set) || !wanted(options, s, scenario, set))
                    continue;
                struct suite_case *c = g_new0(struct suite_case, 1);
                *c = (struct suite_case){.story = s, .number = n, .scenario = scenario->name, .set = set};
                g_ptr_array_add(suite->cases, c);
            }
        }
}

static bool check_stems(const struct suite *suite, GError **error)
{
    g_autoptr(GHashTable) stems = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < suite->stories->len; i++) {
        struct suite_story *s = g_ptr_array_index(suite->stories, i);
        const struct suite_story *other = g_hash_table_lookup(stems, s->stem);
        if (other != NULL) {
            g_set_error(error, SCRIPT_ERROR, 0, "%s and %s have the same name, or are one file", other->path, s->path);
            return false;
        }
        g_hash_table_insert(stems, s->stem, s);
    }
    return true;
}

struct suite *suite_load(const struct suite_options *options, GError **error)
{
    GPtrArray *files = find_files(options->paths, error);
    if (files == NULL)
        return NULL;
    struct suite *suite = g_new0(struct suite, 1);
    suite->stories = g_ptr_array_new_with_free_func(story_free);
    suite->cases = g_ptr_array_new_with_free_func(case_free);
    for (guint i = 0; i < files->len; i++) {
        struct suite_story *s = g_new0(struct suite_story, 1);
        s->path = g_strdup(g_ptr_array_index(files, i));
        s->stem = g_path_get_basename(s->path);
        if (g_str_has_suffix(s->stem, ".lua"))
            s->stem[strlen(s->stem) - 4] = '\0';
        s->scenarios = g_ptr_array_new_with_free_func(scenario_free);
        g_ptr_array_add(suite->stories, s);
    }
    g_ptr_array_unref(files);
    struct pool_work work = {.jobs = suite->stories->len,
                             .processes = 1,
                             .watchdog = options->watchdog,
                             .interrupted = options->interrupted,
                             .data = suite,
                             .serve = serve_load,
                             .done = loaded};
    if (!check_stems(suite, error) || !pool_run(&work, error)) {
        suite_free(suite);
        return NULL;
    }
    list_cases(suite, options);
    return suite;
}

void suite_free(struct suite *suite)
{
    if (suite == NULL)
        return;
    g_ptr_array_unref(suite->cases);
    g_ptr_array_unref(suite->stories);
    g_free(suite);
}

/* ---- playing ---- */

struct playing {
    struct suite *suite;
    const struct suite_options *options;
    const char *folder; /* for devices with keys */
    const char *tag;
    guint told_so_far;
    void (*told)(const struct suite_case *c, void *data);
    void *data;
};

/* What a process keeps between cases. */
struct player {
    struct prepared *prepared;
    struct story_file *story;
};

static GVariant *pack(const struct play_result *result, double seconds)
{
    return g_variant_new("(u@ms@ms@mstd)", (guint32)result->verdict, maybe(result->message), maybe(result->details),
                         maybe(result->output), (guint64)result->time, seconds);
}

static GVariant *serve_play(unsigned job, void **state, void *data)
{
    const struct playing *p = data;
    const struct suite_case *c = g_ptr_array_index(p->suite->cases, job);
    gint64 began = g_get_monotonic_time();
    struct player *player = *state;
    if (player == NULL) {
        player = *state = g_new0(struct player, 1);
        player->prepared = prepared_new(p->folder, p->tag);
    }
    if (player->story == NULL || strcmp(player->story->path, c->story->path) != 0) {
        g_autoptr(GError) error = NULL;
        story_file_free(player->story);
        player->story = story_file_load(c->story->path, &error);
        if (player->story == NULL)
            return pack(&(struct play_result){.verdict = VERDICT_ERROR, .message = error->message}, 0);
    }
    struct play_result result = play_scenario(player->story, c->number, c->set, &p->options->play, player->prepared);
    GVariant *answer = pack(&result, (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC);
    play_result_clear(&result);
    return answer;
}

static void played(unsigned job, GVariant *answer, const char *why, void *data)
{
    struct playing *p = data;
    GPtrArray *cases = p->suite->cases;
    struct suite_case *c = g_ptr_array_index(cases, job);
    c->done = true;
    if (answer == NULL || !g_variant_is_of_type(answer, G_VARIANT_TYPE(RESULT_TYPE))) {
        c->crashed = true;
        c->result.verdict = VERDICT_ERROR;
        c->result.message =
            g_strdup_printf("%s: %s", c->story->path, why != NULL ? why : "the answer of a process was not understood");
    } else {
        guint32 verdict;
        guint64 time;
        g_variant_get(answer, "(umsmsmstd)", &verdict, &c->result.message, &c->result.details, &c->result.output, &time,
                      &c->host_seconds);
        c->result.verdict = (enum verdict)verdict;
        c->result.time = time;
    }
    for (; p->told_so_far < cases->len; p->told_so_far++) {
        const struct suite_case *next = g_ptr_array_index(cases, p->told_so_far);
        if (!next->done)
            return;
        p->told(next, p->data);
    }
}

/* Scenarios of one story on one set. */
static unsigned group(unsigned job, void *data)
{
    const struct playing *p = data;
    const struct suite_case *c = g_ptr_array_index(p->suite->cases, job);
    return g_str_hash(c->story->path) ^ (g_str_hash(c->set) << 1);
}

/* What tells this build of the program from another one; NULL if it cannot be told. */
static char *build_tag(void)
{
    g_autofree char *data = NULL;
    gsize size;
    return g_file_get_contents("/proc/self/exe", &data, &size, NULL)
               ? g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)data, size)
               : NULL;
}

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    if (dir == NULL)
        return;
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
}

static bool make_folder(const char *folder, const char *option, GError **error)
{
    if (folder == NULL || g_mkdir_with_parents(folder, 0777) == 0)
        return true;
    g_set_error(error, SCRIPT_ERROR, 0, "%s: the folder %s cannot be made: %s", option, folder, g_strerror(errno));
    return false;
}

bool suite_play(struct suite *suite, const struct suite_options *options, void (*told)(const struct suite_case *c, void *data),
                void *data, GError **error)
{
    g_autofree char *temporary = NULL, *tag = NULL;
    if (!make_folder(options->play.events, "--events", error) || !make_folder(options->cache, "--cache", error))
        return false;
    if (options->cache != NULL) {
        tag = build_tag();
    } else {
        temporary = g_dir_make_tmp("photon-emu-test-XXXXXX", error);
        if (temporary == NULL)
            return false;
    }
    struct playing playing = {.suite = suite,
                              .options = options,
                              .folder = options->cache != NULL && tag != NULL ? options->cache : temporary,
                              .tag = tag,
                              .told = told,
                              .data = data};
    struct pool_work work = {.jobs = suite->cases->len,
                             .processes = MAX(1, MIN(options->processes, suite->cases->len)),
                             .watchdog = options->watchdog,
                             .interrupted = options->interrupted,
                             .data = &playing,
                             .serve = serve_play,
                             .done = played,
                             .group = group};
    bool good = pool_run(&work, error);
    if (temporary != NULL)
        remove_folder(temporary);
    return good;
}
