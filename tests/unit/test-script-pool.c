/* SPDX-License-Identifier: GPL-2.0-or-later */
/* emu/script/pool: every job is done once or its loss is told; neither a crash nor silence stops the others. */
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "emu/script/pool.h"

enum { JOBS = 12 };

enum behaviour { GOOD, CRASH, LEAVE, HANG };

struct work {
    enum behaviour behaviour[JOBS];
    unsigned times[JOBS];
    int process[JOBS];
    char *why[JOBS];
};

static GVariant *serve(unsigned job, void **state, void *data)
{
    const struct work *work = data;
    if (*state == NULL)
        *state = g_new0(unsigned, 1);
    unsigned served = ++*(unsigned *)*state;
    switch (work->behaviour[job]) {
    case CRASH: {
        const struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGABRT, SIG_DFL);
        raise(SIGKILL);
        break;
    }
    case LEAVE:
        _exit(9);
    case HANG:
        for (;;)
            pause();
    case GOOD:
        break;
    }
    g_autofree char *large = g_strnfill(200000 + job, 'x'); /* more than a socket takes at once */
    return g_variant_new("(uuus)", job, served, (guint32)getpid(), large);
}

static void done(unsigned job, GVariant *answer, const char *why, void *data)
{
    struct work *work = data;
    work->times[job]++;
    work->why[job] = g_strdup(why);
    if (answer == NULL)
        return;
    guint32 number, served, process;
    const char *large;
    g_variant_get(answer, "(uuu&s)", &number, &served, &process, &large);
    g_assert_cmpuint(number, ==, job);
    g_assert_cmpuint(strlen(large), ==, 200000 + job);
    g_assert_cmpuint(served, >=, 1);
    work->process[job] = (int)process;
}

static void run(struct work *work, unsigned processes, unsigned watchdog, unsigned (*group)(unsigned, void *))
{
    const struct pool_work p = {
        .jobs = JOBS, .processes = processes, .watchdog = watchdog, .data = work, .serve = serve, .done = done, .group = group};
    g_autoptr(GError) error = NULL;
    g_assert_true(pool_run(&p, &error));
    g_assert_no_error(error);
    for (unsigned i = 0; i < JOBS; i++)
        g_assert_cmpuint(work->times[i], ==, 1);
}

static void clear(struct work *work)
{
    for (unsigned i = 0; i < JOBS; i++)
        g_free(work->why[i]);
}

static void test_all(void)
{
    for (unsigned processes = 1; processes <= 3; processes++) {
        struct work work = {0};
        run(&work, processes, 60, NULL);
        for (unsigned i = 0; i < JOBS; i++) {
            g_assert_null(work.why[i]);
            g_assert_cmpint(work.process[i], !=, (int)getpid());
        }
        clear(&work);
    }
}

static void test_lost(void)
{
    struct work work = {.behaviour = {[1] = CRASH, [4] = LEAVE, [5] = CRASH, [11] = LEAVE}};
    run(&work, 2, 60, NULL);
    for (unsigned i = 0; i < JOBS; i++) {
        const char *text = work.behaviour[i] == CRASH ? "signal 9" : work.behaviour[i] == LEAVE ? "status 9" : NULL;
        if (text == NULL)
            g_assert_null(work.why[i]);
        else
            g_assert_nonnull(strstr(work.why[i], text));
    }
    clear(&work);
}

static void test_watchdog(void)
{
    struct work work = {.behaviour = {[2] = HANG}};
    run(&work, 2, 1, NULL);
    for (unsigned i = 0; i < JOBS; i++)
        if (i == 2)
            g_assert_nonnull(strstr(work.why[i], "more than 1 s"));
        else
            g_assert_null(work.why[i]);
    clear(&work);
}

static unsigned halves(unsigned job, void *data)
{
    (void)data;
    return job / (JOBS / 2);
}

/* Two processes and two groups: each has one, if both begin at the same time. */
static void test_groups(void)
{
    struct work work = {0};
    run(&work, 1, 60, halves);
    for (unsigned i = 1; i < JOBS; i++)
        g_assert_cmpint(work.process[i], ==, work.process[0]);
    clear(&work);
    struct work two = {0};
    run(&two, 2, 60, halves);
    g_assert_cmpint(two.process[0], !=, two.process[JOBS / 2]);
    clear(&two);
}

static void test_interrupted(void)
{
    struct work work = {0};
    const volatile sig_atomic_t interrupted = 1;
    const struct pool_work p = {
        .jobs = JOBS, .processes = 2, .watchdog = 60, .interrupted = &interrupted, .data = &work, .serve = serve, .done = done};
    g_autoptr(GError) error = NULL;
    g_assert_false(pool_run(&p, &error));
    g_assert_nonnull(strstr(error->message, "interrupted"));
    clear(&work);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/script/pool/all", test_all);
    g_test_add_func("/script/pool/lost", test_lost);
    g_test_add_func("/script/pool/watchdog", test_watchdog);
    g_test_add_func("/script/pool/groups", test_groups);
    g_test_add_func("/script/pool/interrupted", test_interrupted);
    return g_test_run();
}
