/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu with-usb: runs a program of this machine that uses the emulated device on USB, without the kernel's help. */
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/cli/cli.h"
#include "emu/cli/run-errand.h"
#include "emu/host/umockdev-bridge.h"

/* How long (virtual time) the device may take to show itself once the condition holds; the program then starts without it. */
#define DEVICE_TIME (5 * TICKS_PER_SECOND)
/* How long the device runs on behind the program unless told: a DFU leave acts half a second after it was asked for. */
#define REST_TIME (3 * TICKS_PER_SECOND)
enum { POLL_US = 20000, JOIN_US = 10000000, EXIT_SIGNALLED = 128 };

/* clang-format off */
static const char help[] =
    "Usage: photon-emu with-usb [OPTION...] -- COMMAND [ARGUMENT...]\n"
    "       photon-emu with-usb --usbip [HOST:]PORT|PATH -- COMMAND [ARGUMENT...]\n"
    "\n"
    "Switch a device on and run a program of this machine that finds it on USB:\n"
    "dfu-util, lsusb, particle-cli, or whatever uses libusb. Neither the kernel nor\n"
    "root has to help. The second form joins a device that runs already, with the\n"
    "same --usbip.\n"
    "\n"
    "Options are those of photon-emu run, but for these:\n"
    "  --when CONDITION     start COMMAND when this has come about and the device is\n"
    "                       on USB (default: when it is on USB)\n"
    "  --then CONDITION     when COMMAND has ended, run on until this comes about\n"
    "                       (repeatable; default: for 3s)\n"
    "  --for TIME           how long to wait for a condition (default: 60s)\n"
    "\n"
    "The story goes to the standard error stream, the standard output is COMMAND's.\n"
    "\n"
    "Exit status: that of COMMAND, 128 and the signal's number if one ended it; 1 if\n"
    "a condition did not come about, and otherwise that of photon-emu run.\n";
/* clang-format on */

/* ---- the program ---- */

struct program {
    char **arguments;
    GPid pid; /* 0: not running */
    int status;
};

static bool program_start(struct program *p, struct umockdev_bridge *usb)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) environment = umockdev_bridge_environment(usb, g_get_environ());
    if (g_spawn_async(NULL, p->arguments, environment,
                      G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, &p->pid,
                      &error))
        return true;
    cli_complain("%s", error->message);
    p->status = EXIT_USAGE;
    return false;
}

/* Has it ended? */
static bool program_ended(struct program *p)
{
    int status;
    if (waitpid(p->pid, &status, WNOHANG) != p->pid)
        return false;
    p->pid = 0;
    p->status = WIFSIGNALED(status) ? EXIT_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
    return true;
}

static void program_kill(struct program *p)
{
    if (p->pid == 0)
        return;
    kill(p->pid, SIGTERM);
    for (unsigned i = 0; i < 50 && !program_ended(p); i++)
        g_usleep(POLL_US);
    if (p->pid == 0)
        return;
    kill(p->pid, SIGKILL);
    waitpid(p->pid, NULL, 0);
    p->pid = 0;
}

/* ---- with a device of its own ---- */

enum phase { BEFORE, FINDING, SHOWING, RUNNING, AFTER };

struct with_usb {
    struct run_errand errand;
    struct run_options *options;
    struct program program;
    struct umockdev_bridge *usb;
    struct run_loop *loop;
    struct usb_host *host;
    enum phase phase;
    ticks_t give_up; /* on finding the device */
};

/* The program as a peer outside: while it runs, idle virtual time passes no faster than that of the host. */
struct program_bridge {
    struct bridge bridge;
    struct with_usb *w;
};

static void end_phase(struct with_usb *w, enum phase next)
{
    w->phase = next;
    if (next == AFTER)
        run_loop_stop(w->loop);
}

static void program_dispatch(struct bridge *bridge, const struct pollfd *fds, unsigned n)
{
    struct with_usb *w = ((struct program_bridge *)bridge)->w;
    (void)fds;
    (void)n;
    bool late = w->phase == FINDING && machine_now(w->loop->machine) >= w->give_up;
    if (w->phase == FINDING && usb_host_device(w->host) != NULL)
        end_phase(w, SHOWING);
    if (late || (w->phase == SHOWING && umockdev_bridge_ready(w->usb)))
        end_phase(w, program_start(&w->program, w->usb) ? RUNNING : AFTER);
    if (w->phase == RUNNING && program_ended(&w->program))
        end_phase(w, AFTER);
}

static bool program_attached(const struct bridge *bridge)
{
    const struct with_usb *w = ((const struct program_bridge *)bridge)->w;
    return w->phase == SHOWING || w->phase == RUNNING;
}

static void program_free(struct bridge *bridge)
{
    g_free(bridge);
}

static const struct bridge_class program_class = {
    .name = "program", .dispatch = program_dispatch, .attached = program_attached, .free = program_free};

static void open_errand(struct run_errand *errand, struct usb_host *host, struct bridges *bridges)
{
    struct with_usb *w = (struct with_usb *)errand;
    struct program_bridge *b = g_new0(struct program_bridge, 1);
    b->bridge.class = &program_class;
    b->w = w;
    w->host = host;
    bridges_add(bridges, &b->bridge);
}

static enum run_end drive(struct run_errand *errand, struct run_loop *loop, GError **error)
{
    struct with_usb *w = (struct with_usb *)errand;
    ticks_t patience = loop->end;
    w->loop = loop;
    loop->break_at = 1;
    enum run_end end = run_loop_run(loop, error);
    if (end != RUN_END_BREAK)
        return end;

    w->usb = umockdev_bridge_new(&w->errand.door);
    w->give_up = machine_now(loop->machine) + DEVICE_TIME;
    w->phase = FINDING;
    loop->free = true;
    loop->end = TICKS_NEVER;
    end = run_loop_run(loop, error);
    program_kill(&w->program);
    umockdev_bridge_free(w->usb);
    w->usb = NULL;
    errand->status = w->program.status;
    if (w->phase != AFTER || run_loop_signalled())
        return end;

    bool more = loop->stages->len > 1;
    loop->stop = false;
    loop->break_at = 0;
    loop->free = !more;
    loop->end = machine_now(loop->machine) + (more ? patience : REST_TIME);
    return run_loop_run(loop, error);
}

static int run_device(struct with_usb *w, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    w->options = run_options_parse_errand(argc, argv, &error);
    if (!w->options) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    g_autofree char *folder = g_dir_make_tmp("photon-emu-XXXXXX", &error);
    if (!folder) {
        cli_complain("no folder for a socket can be made: %s", error->message);
        run_options_free(w->options);
        return EXIT_INTERNAL;
    }
    w->errand.door.path = g_build_filename(folder, "usb", NULL);
    w->errand.open = open_errand;
    w->errand.drive = drive;
    int status = run_with_errand(w->options, &w->errand);
    g_rmdir(folder);
    listen_address_clear(&w->errand.door);
    return status;
}

/* ---- joining one that runs ---- */

static int join(struct with_usb *w, const char *where)
{
    g_autoptr(GError) error = NULL;
    struct listen_address address;
    if (!listen_address_parse(where, &address, &error)) {
        cli_complain("--usbip %s", error->message);
        return EXIT_USAGE;
    }
    int fd = listen_socket_connect(&address, &error);
    if (fd < 0) {
        cli_complain("--usbip: %s", error->message);
        listen_address_clear(&address);
        return EXIT_USAGE;
    }
    close(fd);
    struct umockdev_bridge *usb = umockdev_bridge_new(&address);
    for (unsigned i = 0; i < JOIN_US / POLL_US && !umockdev_bridge_ready(usb); i++)
        g_usleep(POLL_US);
    if (program_start(&w->program, usb))
        while (!program_ended(&w->program))
            g_usleep(POLL_US / 4);
    umockdev_bridge_free(usb);
    listen_address_clear(&address);
    return w->program.status;
}

/* The value of --usbip; NULL: it is not there. */
static const char *joined(int argc, char **argv)
{
    if (argc > 1 && g_str_has_prefix(argv[1], "--usbip="))
        return argv[1] + strlen("--usbip=");
    return argc > 2 && strcmp(argv[1], "--usbip") == 0 ? argv[2] : NULL;
}

int cli_with_usb(int argc, char **argv)
{
    struct with_usb w = {0};
    int own = 1;
    while (own < argc && strcmp(argv[own], "--") != 0)
        own++;
    for (int i = 1; i < own; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return fflush(stdout) == 0 ? EXIT_OK : EXIT_INTERNAL;
        }
    if (own + 1 >= argc) {
        cli_complain("with-usb needs a program behind --, such as: photon-emu with-usb -- dfu-util -l");
        return EXIT_USAGE;
    }
    w.program.arguments = argv + own + 1;
    const char *where = joined(own, argv);
    if (!where)
        return run_device(&w, own, argv);
    if (own > 2 + (strcmp(argv[1], "--usbip") == 0)) {
        cli_complain("--usbip joins a device that is running; no other option goes with it");
        return EXIT_USAGE;
    }
    return join(&w, where);
}
