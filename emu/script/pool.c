/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/script/play.h"

enum { NO_JOB = -1, CHUNK = 1 << 16 };

struct worker {
    pid_t pid; /* 0: none */
    int fd;
    int job;
    unsigned last_group;
    bool has_group;
    gint64 deadline;
    GByteArray *inbox;
};

struct pool {
    const struct pool_work *work;
    struct worker *workers;
    bool *taken;
    unsigned left; /* jobs that are not done */
};

/* ---- in a worker ---- */

static bool read_all(int fd, void *data, size_t size)
{
    for (uint8_t *p = data; size > 0;) {
        ssize_t n = read(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const void *data, size_t size)
{
    for (const uint8_t *p = data; size > 0;) {
        ssize_t n = write(fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        size -= (size_t)n;
    }
    return true;
}

static void serve(const struct pool_work *work, int fd) G_GNUC_NORETURN;

static void serve(const struct pool_work *work, int fd)
{
    void *state = NULL;
    uint32_t job;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    while (read_all(fd, &job, sizeof job)) {
        g_autoptr(GVariant) answer = g_variant_ref_sink(work->serve(job, &state, work->data));
        g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new_variant(answer));
        uint32_t size = (uint32_t)g_variant_get_size(boxed);
        if (!write_all(fd, &size, sizeof size) || !write_all(fd, g_variant_get_data(boxed), size))
            break;
    }
    _exit(0); /* what the process that it is a copy of would do at its end is not its business */
}

/* ---- in the process that has the jobs ---- */

static bool start(struct pool *p, struct worker *w, GError **error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error(error, SCRIPT_ERROR, 0, "no process can be made: %s", g_strerror(errno));
        return false;
    }
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) {
        g_set_error(error, SCRIPT_ERROR, 0, "no process can be made: %s", g_strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(0);
        for (unsigned i = 0; i < p->work->processes; i++)
            if (p->workers[i].pid != 0)
                close(p->workers[i].fd);
        close(ends[0]);
        serve(p->work, ends[1]);
    }
    close(ends[1]);
    w->pid = pid;
    w->fd = ends[0];
    w->job = NO_JOB;
    w->has_group = false;
    g_byte_array_set_size(w->inbox, 0);
    return true;
}

/* End a worker; returns its status as waitpid has it. */
static int stop(struct worker *w, bool at_once)
{
    int status = 0;
    if (at_once)
        kill(w->pid, SIGKILL);
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    w->pid = 0;
    return status;
}

static unsigned group_of(const struct pool *p, unsigned job)
{
    return p->work->group != NULL ? p->work->group(job, p->work->data) : 0;
}

static bool group_is_worked_on(const struct pool *p, unsigned group)
{
    for (unsigned i = 0; i < p->work->processes; i++) {
        const struct worker *w = &p->workers[i];
        if (w->pid != 0 && w->job != NO_JOB && w->has_group && w->last_group == group)
            return true;
    }
    return false;
}

/* The first job of the group that the worker had; else the first of a group that nobody has; else the first. */
static int choose(const struct pool *p, const struct worker *w)
{
    int first = NO_JOB, unclaimed = NO_JOB;
    for (unsigned job = 0; job < p->work->jobs; job++) {
        if (p->taken[job])
            continue;
        unsigned group = group_of(p, job);
        if (w->has_group && group == w->last_group)
            return (int)job;
        if (first == NO_JOB)
            first = (int)job;
        if (unclaimed == NO_JOB && !group_is_worked_on(p, group))
            unclaimed = (int)job;
    }
    return unclaimed != NO_JOB ? unclaimed : first;
}

static void done(struct pool *p, struct worker *w, GVariant *answer, const char *why)
{
    unsigned job = (unsigned)w->job;
    w->job = NO_JOB;
    p->left--;
    p->work->done(job, answer, why, p->work->data);
}

/* Its end came before that of its job. */
static void lost(struct pool *p, struct worker *w, const char *why)
{
    int status = stop(w, why != NULL);
    g_autofree char *text = NULL;
    if (why == NULL && WIFSIGNALED(status))
        why = text =
            g_strdup_printf("photon-emu itself was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (why == NULL)
        why = text = g_strdup_printf("photon-emu itself ended with status %d", WEXITSTATUS(status));
    if (w->job != NO_JOB)
        done(p, w, NULL, why);
}

/* Give work to those that have none. */
static bool hand_out(struct pool *p, GError **error)
{
    for (unsigned i = 0; i < p->work->processes; i++) {
        struct worker *w = &p->workers[i];
        if (w->pid != 0 && w->job != NO_JOB)
            continue;
        int job = choose(p, w);
        if (job == NO_JOB)
            return true;
        if (w->pid == 0 && !start(p, w, error))
            return false;
        p->taken[job] = true;
        w->job = job;
        w->last_group = group_of(p, (unsigned)job);
        w->has_group = true;
        w->deadline = g_get_monotonic_time() + (gint64)p->work->watchdog * G_USEC_PER_SEC;
        uint32_t request = (uint32_t)job;
        if (!write_all(w->fd, &request, sizeof request))
            lost(p, w, NULL);
    }
    return true;
}

/* What it has sent; is the answer complete? */
static void hear(struct pool *p, struct worker *w)
{
    uint8_t chunk[CHUNK];
    ssize_t n = read(w->fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return;
    if (n <= 0) {
        lost(p, w, NULL);
        return;
    }
    g_byte_array_append(w->inbox, chunk, (guint)n);
    uint32_t size;
    if (w->inbox->len < sizeof size)
        return;
    memcpy(&size, w->inbox->data, sizeof size);
    if (w->inbox->len < sizeof size + size)
        return;
    g_autoptr(GBytes) bytes = g_bytes_new(w->inbox->data + sizeof size, size);
    g_byte_array_set_size(w->inbox, 0);
    g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARIANT, bytes, FALSE));
    g_autoptr(GVariant) answer = g_variant_get_variant(boxed);
    done(p, w, answer, NULL);
}

static void wait_for_one(struct pool *p)
{
    g_autofree GPollFD *polled = g_new0(GPollFD, p->work->processes);
    unsigned n = 0;
    gint64 now = g_get_monotonic_time(), deadline = G_MAXINT64;
    for (unsigned i = 0; i < p->work->processes; i++)
        if (p->workers[i].pid != 0 && p->workers[i].job != NO_JOB) {
            polled[n++] = (GPollFD){.fd = p->workers[i].fd, .events = G_IO_IN};
            deadline = MIN(deadline, p->workers[i].deadline);
        }
    g_poll(polled, n, (int)CLAMP((deadline - now) / 1000 + 1, 0, 60000));
    for (unsigned k = 0; k < n; k++)
        for (unsigned i = 0; i < p->work->processes; i++) {
            struct worker *w = &p->workers[i];
            if (w->pid == 0 || w->job == NO_JOB || w->fd != polled[k].fd)
                continue;
            if (polled[k].revents != 0) {
                hear(p, w);
            } else if (g_get_monotonic_time() >= w->deadline) {
                g_autofree char *why = g_strdup_printf(
                    "it took more than %u s of the host's time, and was ended by the watchdog (--watchdog)", p->work->watchdog);
                lost(p, w, why);
            }
            break;
        }
}

bool pool_run(const struct pool_work *work, GError **error)
{
    struct pool p = {.work = work, .left = work->jobs};
    p.workers = g_new0(struct worker, work->processes);
    p.taken = g_new0(bool, work->jobs);
    for (unsigned i = 0; i < work->processes; i++)
        p.workers[i].inbox = g_byte_array_new();
    bool good = true;
    while (p.left > 0 && good) {
        good = hand_out(&p, error);
        if (good && p.left > 0)
            wait_for_one(&p);
        if (good && work->interrupted != NULL && *work->interrupted) {
            g_set_error(error, SCRIPT_ERROR, 0, "it was interrupted");
            good = false;
        }
    }
    for (unsigned i = 0; i < work->processes; i++) {
        if (p.workers[i].pid != 0)
            stop(&p.workers[i], !good);
        g_byte_array_unref(p.workers[i].inbox);
    }
    g_free(p.workers);
    g_free(p.taken);
    return good;
}
