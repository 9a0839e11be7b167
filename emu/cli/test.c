/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu test: plays stories (docs/scenarios.md) and reports what became of them. */
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/script/report.h"
#include "emu/script/suite.h"

enum { EXIT_SKIPPED = 77, MOST_PROCESSES = 256, WATCHDOG = 300, LONGEST_WATCHDOG = 86400 };

/* clang-format off */
static const char help[] =
    "Usage: photon-emu test [OPTION...] FILE|DIR...\n"
    "\n"
    "Play stories about a device, with real images, and report what became of them.\n"
    "docs/scenarios.md tells how to write one.\n"
    "\n"
    "Options:\n"
    "  -j N                 with N processes (default: one a processor)\n"
    "  --filter PATTERN     only scenarios whose name, or STORY/NAME, matches;\n"
    "                       * and ? stand for anything\n"
    "  --sets SET[,SET...]  only on these image sets\n"
    "  --junit FILE         also write the results as JUnit XML\n"
    "  --tap                report as TAP version 14\n"
    "  --events DIR         write each scenario's events there, as JSON logs\n"
    "  --apps DIR           where our own user modules are (NAME.bin; default:\n"
    "                       images/apps beside the program)\n"
    "  --cache DIR          keep devices that have made their keys there\n"
    "  --watchdog SECONDS   of host time that a scenario may take (default: 300)\n"
    "  --list               list the stories and their scenarios, and play nothing\n"
    "  --markdown           with --list: as a table\n"
    "  --help               this text\n"
    "\n"
    "Exit status: 0 all passed, 1 one failed, 2 an option or a story is wrong or a\n"
    "limit was reached, 4 an error of photon-emu, 77 all were skipped.\n";
/* clang-format on */

struct test_options {
    gboolean help, tap, list, markdown;
    gint processes, watchdog;
    char *filter, *sets, *junit, *events, *apps, *cache;
    char **paths;
};

static void clear(struct test_options *o)
{
    g_free(o->filter);
    g_free(o->sets);
    g_free(o->junit);
    g_free(o->events);
    g_free(o->apps);
    g_free(o->cache);
    g_strfreev(o->paths);
}

static bool parse(int argc, char **argv, struct test_options *o)
{
    const GOptionEntry entries[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &o->help, NULL, NULL},
        {"jobs", 'j', 0, G_OPTION_ARG_INT, &o->processes, NULL, NULL},
        {"filter", 0, 0, G_OPTION_ARG_STRING, &o->filter, NULL, NULL},
        {"sets", 0, 0, G_OPTION_ARG_STRING, &o->sets, NULL, NULL},
        {"junit", 0, 0, G_OPTION_ARG_FILENAME, &o->junit, NULL, NULL},
        {"tap", 0, 0, G_OPTION_ARG_NONE, &o->tap, NULL, NULL},
        {"events", 0, 0, G_OPTION_ARG_FILENAME, &o->events, NULL, NULL},
        {"apps", 0, 0, G_OPTION_ARG_FILENAME, &o->apps, NULL, NULL},
        {"cache", 0, 0, G_OPTION_ARG_FILENAME, &o->cache, NULL, NULL},
        {"watchdog", 0, 0, G_OPTION_ARG_INT, &o->watchdog, NULL, NULL},
        {"list", 0, 0, G_OPTION_ARG_NONE, &o->list, NULL, NULL},
        {"markdown", 0, 0, G_OPTION_ARG_NONE, &o->markdown, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->paths, NULL, NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) why = NULL;
    g_auto(GStrv) arguments = g_new0(char *, argc + 1);
    for (int i = 0; i < argc; i++) /* -j2 is usual, and unknown to GOption */
        arguments[i] = g_str_has_prefix(argv[i], "-j") && g_ascii_isdigit(argv[i][2])
                           ? g_strdup_printf("--jobs=%s", argv[i] + 2)
                           : g_strdup(argv[i]);
    if (!g_option_context_parse_strv(context, &arguments, &why)) {
        cli_complain("%s; photon-emu test --help lists the options", why->message);
        return false;
    }
    if (o->help)
        return true;
    const char *wrong = NULL;
    if (o->paths == NULL)
        wrong = "test needs the files or folders of stories, such as tests/scenarios";
    else if (o->processes < 1 || o->processes > MOST_PROCESSES)
        wrong = "-j must be a whole number from 1 to 256";
    else if (o->watchdog < 1 || o->watchdog > LONGEST_WATCHDOG)
        wrong = "--watchdog must be a whole number of seconds from 1 to 86400";
    else if (o->markdown && !o->list)
        wrong = "--markdown goes with --list";
    if (wrong != NULL)
        cli_complain("%s", wrong);
    return wrong == NULL;
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static void catch_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}; /* a second one ends the process at once */
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
}

struct telling {
    unsigned number;
    bool tap;
};

static void tell(const struct suite_case *c, void *data)
{
    struct telling *telling = data;
    report_case(stdout, c, ++telling->number, telling->tap);
}

static int status_of(const struct suite *suite)
{
    struct report_counts n = report_count(suite);
    if (n.crashed > 0)
        return EXIT_INTERNAL;
    if (n.errors > 0)
        return EXIT_USAGE;
    if (n.failed > 0)
        return EXIT_NOT_MET;
    return n.passed == 0 && n.skipped > 0 ? EXIT_SKIPPED : EXIT_OK;
}

/* All were skipped: say why, as the tests of this program do. */
static void say_skipped(const struct suite *suite)
{
    const struct suite_case *first = g_ptr_array_index(suite->cases, 0);
    printf("%s # SKIP %s\n", first->story->stem, first->result.message);
}

static bool write_junit(const struct suite *suite, const char *path)
{
    g_autoptr(GError) error = NULL;
    GString *xml = report_junit(suite);
    bool good = g_file_set_contents(path, xml->str, (gssize)xml->len, &error);
    if (!good)
        cli_complain("--junit: %s cannot be written: %s", path, error->message);
    g_string_free(xml, TRUE);
    return good;
}

static int list(const struct suite *suite, bool markdown)
{
    int status = EXIT_OK;
    report_list(stdout, suite, markdown);
    for (guint i = 0; i < suite->stories->len; i++) {
        const struct suite_story *s = g_ptr_array_index(suite->stories, i);
        if (s->error == NULL)
            continue;
        cli_complain("%s", s->error);
        status = s->crashed ? EXIT_INTERNAL : EXIT_USAGE;
    }
    return status;
}

static int play(struct suite *suite, const struct suite_options *options, const struct test_options *o)
{
    g_autoptr(GError) error = NULL;
    unsigned broken = report_count(suite).errors;
    if (suite->cases->len == 0 && broken == 0) {
        cli_complain("no scenario matches --filter and --sets");
        return EXIT_USAGE;
    }
    report_begin(stdout, suite, o->tap);
    struct telling telling = {.number = broken, .tap = o->tap};
    if (suite->cases->len > 0 && !suite_play(suite, options, tell, &telling, &error)) {
        cli_complain("%s", error->message);
        return EXIT_INTERNAL;
    }
    report_end(stdout, suite, o->tap);
    int status = status_of(suite);
    if (status == EXIT_SKIPPED && !o->tap)
        say_skipped(suite);
    if (o->junit != NULL && !write_junit(suite, o->junit))
        status = EXIT_INTERNAL;
    return status;
}

/* Where the build puts our own user modules, beside the program; NULL if they are not there. */
static char *own_apps(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *folder = program != NULL ? g_path_get_dirname(program) : NULL;
    g_autofree char *apps = folder != NULL ? g_build_filename(folder, "images", "apps", NULL) : NULL;
    return apps != NULL && g_file_test(apps, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&apps) : NULL;
}

static int run(const struct test_options *o)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) sets = o->sets != NULL ? g_strsplit(o->sets, ",", -1) : NULL;
    g_autofree char *apps = o->apps != NULL ? g_strdup(o->apps) : own_apps();
    struct suite_options options = {.paths = o->paths,
                                    .processes = (unsigned)o->processes,
                                    .watchdog = (unsigned)o->watchdog,
                                    .interrupted = &interrupted,
                                    .filter = o->filter,
                                    .sets = sets,
                                    .cache = o->cache,
                                    .play = {.apps = apps, .events = o->events}};
    catch_signals();
    struct suite *suite = suite_load(&options, &error);
    if (suite == NULL) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    int status = o->list ? list(suite, o->markdown) : play(suite, &options, o);
    suite_free(suite);
    return fflush(stdout) == 0 ? status : EXIT_INTERNAL;
}

int cli_test(int argc, char **argv)
{
    struct test_options o = {.processes = (gint)MIN(g_get_num_processors(), MOST_PROCESSES), .watchdog = WATCHDOG};
    int status = EXIT_USAGE;
    if (parse(argc, argv, &o)) {
        if (o.help)
            fputs(help, stdout);
        status = o.help ? (fflush(stdout) == 0 ? EXIT_OK : EXIT_INTERNAL) : run(&o);
    }
    clear(&o);
    return status;
}
