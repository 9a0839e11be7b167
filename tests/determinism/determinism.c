/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One boot of a real image set, many ways: the event stream must be the same, byte for byte, and so must the machine's state.
 *
 *   determinism [GTest options] [SET...]
 *
 * -m slow tries more: 100 snapshots instead of a few, and every instruction of the boot under the access check. The SHA-256 of
 * the stream is printed, for comparison with another build.
 */
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boards/board.h"
#include "images/module.h"
#include "images/set.h"
#include "tests/determinism/recording.h"

static const char *const default_sets[] = {"0.5.2", "1.5.0", "2.3.1"};

#define BOOT (7 * TICKS_PER_SECOND)
/* So long the next instruction may take: the erase of a large sector. */
#define LONGEST_STALL (2 * TICKS_PER_SECOND)

/* Of the noise that the keys are made of: one with which they are soon made, on each set. As photon-emu run --seed 7. */
enum { SEED = 7 };

/* ---- a device from blank ---- */

static GBytes *persistent_of(const char *name)
{
    g_autoptr(GError) error = NULL;
    struct image_options wanted = {.set = name, .platform = PLATFORM_PHOTON, .only = IMAGE_ALL_PARTS};
    struct image_set *set = image_set_load(&wanted, &error);
    g_assert_no_error(error);
    struct board_persistent *p = g_new0(struct board_persistent, 1);
    struct image_layout *layout = image_layout_new();
    board_persistent_new(p, 0);
    p->noise = SEED;
    image_set_apply(set, p->flash, layout, &error);
    g_assert_no_error(error);
    image_layout_free(layout);
    image_set_free(set);
    return g_bytes_new_take(p, sizeof *p);
}

static struct machine *bare_machine(void)
{
    struct board_options options = BOARD_OPTIONS_DEFAULT;
    options.seed = SEED;
    return board_machine(board_find("photon"), &options);
}

/* A machine about to boot, and its recording. */
struct boot {
    struct machine *machine;
    struct recording *recording;
};

static struct boot boot_begin(GBytes *persistent)
{
    struct boot b = {.machine = bare_machine()};
    b.recording = recording_begin(b.machine, "set");
    board_persistent_store(b.machine, g_bytes_get_data(persistent, NULL));
    board_power_on(b.machine, false);
    return b;
}

static void boot_end(struct boot *b)
{
    recording_end(b->recording);
    machine_free(b->machine);
}

/* ---- what is expected: the boot in one go ---- */

struct reference {
    char *set;
    GBytes *persistent;
    char *text;
    size_t length;
    uint64_t instructions;
    struct machine_image *end;
    struct snapshot *reset; /* at the software reset behind the making of the keys ... */
    size_t reset_at;        /* ... and how long the stream was then */
    ticks_t reset_time;
};

static void stop_at_reset(const struct event *event, void *data)
{
    if (strcmp(event->kind, "reset") == 0)
        machine_stop(data);
}

/* Made when the first test asks for it. */
static const struct reference *reference_of(const void *data)
{
    struct reference *r = (struct reference *)data;
    if (r->text != NULL)
        return r;
    r->persistent = persistent_of(r->set);
    struct boot b = boot_begin(r->persistent);
    g_assert_cmpint(machine_run(b.machine, BOOT), ==, RUN_TIME);
    const char *text = recording_text(b.recording, &r->length);
    r->text = g_memdup2(text, r->length);
    r->instructions = machine_instructions(b.machine);
    r->end = machine_image_take(b.machine);
    boot_end(&b);
    return r;
}

static void reference_free(void *data)
{
    struct reference *r = data;
    g_free(r->set);
    if (r->text != NULL) {
        g_bytes_unref(r->persistent);
        g_free(r->text);
        machine_image_free(r->end);
    }
    snapshot_free(r->reset);
    g_free(r);
}

/* The boot b has come to its end: it must have gone as the reference did. */
static void assert_as_reference(const char *what, const struct reference *r, struct boot *b)
{
    size_t length;
    const char *text = recording_text(b->recording, &length);
    assert_same_stream(what, r->text, r->length, text, length);
    struct machine_image *end = machine_image_take(b->machine);
    assert_same_image(what, b->machine, r->end, end);
    machine_image_free(end);
}

/* From 1 to limit, short ones as likely as long ones. */
static uint64_t random_length(uint64_t limit)
{
    unsigned bits = (unsigned)g_test_rand_int_range(1, 1 + (int)g_bit_storage(limit));
    uint64_t any = (uint64_t)(uint32_t)g_test_rand_int() << 32 | (uint32_t)g_test_rand_int();
    return 1 + (any & ((UINT64_C(1) << bits) - 1)) % limit;
}

/* Find the reset, by a boot that is stopped there and goes on. */
static void find_reset(const void *data)
{
    struct reference *r = (struct reference *)reference_of(data);
    if (r->reset != NULL)
        return;
    struct boot b = boot_begin(r->persistent);
    machine_subscribe(b.machine, stop_at_reset, b.machine);
    g_assert_cmpint(machine_run(b.machine, BOOT), ==, RUN_STOPPED);
    machine_unsubscribe(b.machine, stop_at_reset, b.machine);
    recording_text(b.recording, &r->reset_at);
    r->reset = machine_save(b.machine);
    r->reset_time = machine_now(b.machine);
    machine_run(b.machine, BOOT);
    assert_as_reference("stopped at the reset", r, &b);
    boot_end(&b);
}

/* ---- the ways ---- */

/* Again, while other processes burn the host's time. */
static void test_host_load(const void *data)
{
    const struct reference *r = reference_of(data);
    pid_t burners[2];
    for (unsigned i = 0; i < G_N_ELEMENTS(burners); i++) {
        burners[i] = fork();
        g_assert_cmpint(burners[i], >=, 0);
        if (burners[i] == 0) {
            alarm(120); /* should this test die before it kills them */
            for (volatile unsigned n = 0;; n++) {
            }
        }
    }
    struct boot b = boot_begin(r->persistent);
    machine_run(b.machine, BOOT);
    for (unsigned i = 0; i < G_N_ELEMENTS(burners); i++) {
        kill(burners[i], SIGKILL);
        waitpid(burners[i], NULL, 0);
    }
    assert_as_reference("again", r, &b);
    boot_end(&b);
}

/* A random slice of the boot by time or by instructions. */
static void run_slice(struct machine *m, ticks_t longest)
{
    uint64_t length = random_length(longest);
    ticks_t now = machine_now(m);
    if (g_test_rand_bit())
        machine_run(m, MIN(now + length, BOOT));
    else if (now + 2 * longest + LONGEST_STALL < BOOT) /* must not go beyond the end */
        machine_run_instructions(m, 1 + length / 2048);
}

static void test_slices(const void *data)
{
    if (!g_test_slow()) {
        g_test_skip("with -m slow only; the interleaved machines run in slices as well");
        return;
    }
    const struct reference *r = reference_of(data);
    struct boot b = boot_begin(r->persistent);
    while (machine_now(b.machine) < BOOT)
        run_slice(b.machine, 20 * TICKS_PER_MS);
    assert_as_reference("in slices", r, &b);
    boot_end(&b);
}

static void test_stepped(const void *data)
{
    const struct reference *r = reference_of(data);
    find_reset(data);
    struct boot b = boot_begin(r->persistent);
    /* from the first instruction on, while keys are made, and around the reset behind them */
    const ticks_t from[] = {0, 2 * TICKS_PER_SECOND + random_length(TICKS_PER_SECOND), r->reset_time - 40 * TICKS_PER_US};
    for (unsigned i = 0; i < G_N_ELEMENTS(from); i++) {
        machine_run(b.machine, from[i]);
        for (unsigned step = 0; step < 10000; step++) {
            uint64_t before = machine_instructions(b.machine);
            machine_run_instructions(b.machine, 1);
            g_assert_cmpuint(machine_instructions(b.machine), >, before);
        }
    }
    machine_run(b.machine, BOOT);
    assert_as_reference("stepped", r, &b);
    boot_end(&b);
}

/* With a machine of another set in the same process, each for a while in turn. */
static void test_interleaved(const void *data)
{
    const struct reference *r = reference_of(data);
    const char *other = strcmp(r->set, default_sets[0]) == 0 ? default_sets[1] : default_sets[0];
    g_autofree char *folder = image_set_find(NULL, other, PLATFORM_PHOTON, NULL);
    GBytes *persistent = folder != NULL ? persistent_of(other) : g_bytes_ref(r->persistent);
    struct boot b = boot_begin(r->persistent), c = boot_begin(persistent);
    while (machine_now(b.machine) < BOOT) {
        run_slice(b.machine, 20 * TICKS_PER_MS);
        if (g_test_slow() || machine_now(c.machine) < 2 * TICKS_PER_SECOND)
            run_slice(c.machine, 20 * TICKS_PER_MS);
    }
    assert_as_reference("interleaved", r, &b);
    boot_end(&b);
    boot_end(&c);
    g_bytes_unref(persistent);
}

static void test_without_idle_skipping(const void *data)
{
    const struct reference *r = reference_of(data);
    struct boot b = boot_begin(r->persistent);
    machine_set_idle_skipping(b.machine, false);
    machine_run(b.machine, BOOT);
    assert_as_reference("without skipping idle loops", r, &b);
    boot_end(&b);
}

/* ---- snapshots ---- */

struct point {
    uint64_t instructions;
    struct snapshot *snapshot;
    size_t stream; /* its length then */
    ticks_t until; /* so far it is continued */
    struct machine_image *end;
};

static int compare_counts(const void *a, const void *b)
{
    uint64_t x = ((const struct point *)a)->instructions, y = ((const struct point *)b)->instructions;
    return x < y ? -1 : x > y;
}

/* Snapshots at those instruction counts of a boot. */
static struct boot save_points(const struct reference *r, struct point *points, unsigned n, ticks_t length)
{
    struct boot b = boot_begin(r->persistent);
    for (unsigned i = 0; i < n; i++) {
        struct point *p = &points[i];
        uint64_t present = machine_instructions(b.machine);
        if (p->instructions > present)
            machine_run_instructions(b.machine, p->instructions - present);
        recording_text(b.recording, &p->stream);
        p->snapshot = machine_save(b.machine);
        p->until = machine_now(b.machine) + length;
    }
    machine_run(b.machine, BOOT);
    assert_as_reference("with snapshots taken", r, &b);
    return b;
}

/* What the machine is in a while after each point, by a boot that knows no snapshots. */
static void find_ends(const struct reference *r, struct point *points, unsigned n)
{
    struct boot b = boot_begin(r->persistent);
    for (unsigned i = 0; i < n; i++) {
        machine_run(b.machine, points[i].until);
        points[i].end = machine_image_take(b.machine);
    }
    boot_end(&b);
}

static void continue_from(const struct reference *r, const struct point *p, struct machine *m, const char *where)
{
    g_autofree char *what = g_strdup_printf("from instruction %" G_GUINT64_FORMAT " in %s machine", p->instructions, where);
    machine_restore(m, p->snapshot);
    struct recording *recording = recording_begin(m, "set");
    machine_run(m, p->until);
    size_t length;
    const char *text = recording_text(recording, &length);
    assert_stream_continues(what, r->text + p->stream, r->length - p->stream, text, length, p->until);
    struct machine_image *end = machine_image_take(m);
    assert_same_image(what, m, p->end, end);
    machine_image_free(end);
    recording_end(recording);
}

static void test_snapshots(const void *data)
{
    const struct reference *r = reference_of(data);
    const unsigned n = g_test_slow() ? 100 : 10;
    const ticks_t length = (g_test_slow() ? 200 : 50) * TICKS_PER_MS;
    struct point *points = g_new0(struct point, n);
    /* the last one early enough to be continued within the reference */
    double last = (double)r->instructions * (double)(BOOT - 2 * length) / (double)BOOT;
    for (unsigned i = 0; i < n; i++)
        points[i].instructions = (uint64_t)g_test_rand_double_range(0, last);
    qsort(points, n, sizeof points[0], compare_counts);
    struct boot b = save_points(r, points, n, length);
    find_ends(r, points, n);
    recording_end(b.recording);
    for (unsigned i = 0; i < n; i++) {
        const struct point *p = &points[(unsigned)g_test_rand_int_range(0, (int)n)]; /* forth and back */
        continue_from(r, p, b.machine, "the same");
        continue_from(r, &points[i], b.machine, "the same");
        struct machine *fresh = bare_machine();
        continue_from(r, &points[i], fresh, "a fresh");
        machine_free(fresh);
    }
    machine_free(b.machine);
    for (unsigned i = 0; i < n; i++) {
        snapshot_free(points[i].snapshot);
        machine_image_free(points[i].end);
    }
    g_free(points);
}

/* ---- exact program counters ---- */

static void assert_exact(struct machine *m)
{
    struct access_check check = machine_access_check(m);
    g_test_message("%" G_GUINT64_FORMAT " accesses, %u instructions with a hook", check.accesses, check.hooks);
    g_assert_cmpuint(check.accesses, >, 1000);
    if (check.wrong > 0)
        g_error("%" G_GUINT64_FORMAT " accesses were given a wrong PC, the last 0x%08X instead of 0x%08X", check.wrong,
                check.found, check.truth);
}

static void test_accesses(const void *data)
{
    const struct reference *r = reference_of(data);
    if (g_test_slow()) {
        struct boot b = boot_begin(r->persistent);
        machine_check_accesses(b.machine);
        machine_run(b.machine, BOOT);
        assert_exact(b.machine);
        assert_as_reference("with accesses checked", r, &b);
        boot_end(&b);
        return;
    }
    find_reset(data);
    struct machine *m = bare_machine();
    machine_check_accesses(m);
    machine_restore(m, r->reset);
    struct recording *recording = recording_begin(m, "set");
    const ticks_t until = r->reset_time + 400 * TICKS_PER_MS;
    machine_run(m, until);
    assert_exact(m);
    size_t length;
    const char *text = recording_text(recording, &length);
    assert_stream_continues("with accesses checked", r->text + r->reset_at, r->length - r->reset_at, text, length, until);
    recording_end(recording);
    machine_free(m);
}

/* ---- the reference itself ---- */

static void test_reference(const void *data)
{
    const struct reference *r = reference_of(data);
    g_autofree char *sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)r->text, r->length);
    g_test_message("set %s, %" G_GUINT64_FORMAT " instructions, SHA-256 of the stream %s", r->set, r->instructions, sum);
    g_assert_cmpuint(r->length, >, 10000);
}

static void add(const char *set)
{
    static const struct {
        const char *name;
        void (*test)(const void *);
    } tests[] = {
        {"reference", test_reference},
        {"stopped", find_reset},
        {"host-load", test_host_load},
        {"slices", test_slices},
        {"stepped", test_stepped},
        {"interleaved", test_interleaved},
        {"no-idle-skipping", test_without_idle_skipping},
        {"snapshots", test_snapshots},
        {"accesses", test_accesses},
    };
    struct reference *r = g_new0(struct reference, 1);
    r->set = g_strdup(set);
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/determinism/%s/%s", set, tests[i].name);
        if (i + 1 < G_N_ELEMENTS(tests))
            g_test_add_data_func(path, r, tests[i].test);
        else
            g_test_add_data_func_full(path, r, tests[i].test, reference_free);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    const char *const *sets = argc > 1 ? (const char *const *)argv + 1 : default_sets;
    unsigned n = argc > 1 ? (unsigned)argc - 1 : G_N_ELEMENTS(default_sets);
    for (unsigned i = 0; i < n; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *folder = image_set_find(NULL, sets[i], PLATFORM_PHOTON, &error);
        if (folder == NULL) {
            printf("determinism # SKIP %s\n", error->message);
            return 77;
        }
        add(sets[i]);
    }
    return g_test_run();
}
