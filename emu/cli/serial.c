/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu serial: a small terminal for the port that run --serial makes, or for any other. */
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emu/cli/cli.h"
#include "emu/cli/value.h"

enum { ESCAPE = 0x1D, RETRY_MS = 50, REST_MS = 500, FASTEST = 4000000 };

/* clang-format off */
static const char help[] =
    "Usage: photon-emu serial [OPTION...] PATH\n"
    "\n"
    "Join this terminal to a serial port, such as the one of photon-emu run --serial\n"
    "PATH. Waits for the port to be there, and again when it has gone. Ctrl-] ends\n"
    "it; so does the end of the input when that is no terminal, half a second later.\n"
    "\n"
    "Options:\n"
    "  --baud N     rate of the port (default: 9600); a Photon goes to DFU mode at\n"
    "               14400 and to listening mode at 28800\n"
    "  --once       end when the port goes\n"
    "  --help       this text\n"
    "\n"
    "Exit status: 0, or 2 for a wrong option or a path that is no serial port.\n";
/* clang-format on */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- terminals ---- */

static void make_raw(struct termios2 *t)
{
    t->c_iflag = IGNBRK;
    t->c_oflag = 0;
    t->c_lflag = 0;
    t->c_cflag = (t->c_cflag & ~(tcflag_t)(CSIZE | PARENB | CSTOPB)) | CS8 | CREAD | CLOCAL;
    t->c_cc[VMIN] = 1;
    t->c_cc[VTIME] = 0;
}

/* The port, as soon as it is there; -1: a signal came, or it is no port. */
static int open_port(const char *path, unsigned baud, bool *wrong)
{
    while (!interrupted) {
        int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        struct termios2 t;
        if (fd >= 0 && ioctl(fd, TCGETS2, &t) == 0) {
            make_raw(&t);
            t.c_cflag = (t.c_cflag & ~(tcflag_t)CBAUD) | BOTHER;
            t.c_ispeed = t.c_ospeed = baud;
            ioctl(fd, TCSETS2, &t);
            return fd;
        }
        if (fd >= 0 || (errno != ENOENT && errno != EIO && errno != ENXIO)) {
            cli_complain("%s is no serial port%s%s", path, fd < 0 ? ": " : "", fd < 0 ? g_strerror(errno) : "");
            if (fd >= 0)
                close(fd);
            *wrong = true;
            return -1;
        }
        g_usleep(RETRY_MS * 1000);
    }
    return -1;
}

/* ---- joining ---- */

static bool write_all(int fd, const char *bytes, ssize_t n)
{
    while (n > 0 && !interrupted) {
        ssize_t done = write(fd, bytes, (size_t)n);
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (done <= 0) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            poll(&p, 1, RETRY_MS);
            continue;
        }
        bytes += done;
        n -= done;
    }
    return true;
}

enum end { END_PORT, END_INPUT };

/* Until one of both ends. */
static enum end join(int port, bool *input_open)
{
    char bytes[4096];
    int64_t input_end = INT64_MAX;
    while (!interrupted) {
        struct pollfd p[2] = {{.fd = port, .events = POLLIN}, {.fd = *input_open ? STDIN_FILENO : -1, .events = POLLIN}};
        int wait = *input_open ? -1 : RETRY_MS;
        if (poll(p, 2, wait) < 0 && errno != EINTR)
            return END_PORT;
        if (p[0].revents) {
            ssize_t n = read(port, bytes, sizeof bytes);
            if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
                return END_PORT;
            if (n > 0 && !write_all(STDOUT_FILENO, bytes, n))
                return END_INPUT;
            if (n > 0 && !*input_open)
                input_end = g_get_monotonic_time() + REST_MS * 1000;
        }
        if (p[1].revents) {
            ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
            const char *escape = n > 0 && isatty(STDIN_FILENO) ? memchr(bytes, ESCAPE, (size_t)n) : NULL;
            if (escape)
                return END_INPUT;
            if (n > 0 && !write_all(port, bytes, n))
                return END_PORT;
            if (n == 0) {
                *input_open = false;
                input_end = g_get_monotonic_time() + REST_MS * 1000;
            }
        }
        if (g_get_monotonic_time() >= input_end)
            return END_INPUT;
    }
    return END_INPUT;
}

static int run(const char *path, unsigned baud, bool once)
{
    struct termios2 before;
    const struct sigaction end = {.sa_handler = on_signal};
    bool terminal = ioctl(STDIN_FILENO, TCGETS2, &before) == 0, wrong = false, input_open = true;
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGHUP, &end, NULL);
    int port = open_port(path, baud, &wrong);
    if (terminal && port >= 0) {
        struct termios2 raw = before;
        make_raw(&raw);
        ioctl(STDIN_FILENO, TCSETS2, &raw);
        fprintf(stderr, "Joined to %s; Ctrl-] ends.\r\n", path);
    }
    while (port >= 0) {
        enum end why = join(port, &input_open);
        close(port);
        port = why == END_PORT && !once && !interrupted ? open_port(path, baud, &wrong) : -1;
    }
    if (terminal)
        ioctl(STDIN_FILENO, TCSETS2, &before);
    return wrong ? EXIT_USAGE : EXIT_OK;
}

int cli_serial(int argc, char **argv)
{
    gboolean want_help = FALSE, once = FALSE;
    g_autofree char *baud_text = NULL;
    g_auto(GStrv) paths = NULL;
    const GOptionEntry entries[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &want_help, NULL, NULL},
        {"once", 0, 0, G_OPTION_ARG_NONE, &once, NULL, NULL},
        {"baud", 0, 0, G_OPTION_ARG_STRING, &baud_text, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, NULL},
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) why = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &why)) {
        cli_complain("%s; photon-emu serial --help lists the options", why->message);
        return EXIT_USAGE;
    }
    if (want_help) {
        fputs(help, stdout);
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_INTERNAL;
    }
    uint64_t baud = 9600;
    if (baud_text && (!value_unsigned(baud_text, &baud) || baud == 0 || baud > FASTEST)) {
        cli_complain("--baud '%s' is not understood: it must be a whole number from 1 to %d", baud_text, FASTEST);
        return EXIT_USAGE;
    }
    if (!paths || paths[1]) {
        cli_complain("serial needs the path of one port, such as the one of photon-emu run --serial PATH");
        return EXIT_USAGE;
    }
    return run(paths[0], (unsigned)baud, once);
}
