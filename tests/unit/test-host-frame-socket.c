/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames on a UNIX socket: a good peer, and bad ones. */
#include "emu/host/frame-socket.h"

#include <glib/gstdio.h>
#include <sys/un.h>

#include "tests/unit/host-test.h"

struct fixture {
    char *folder, *path;
    struct frame_socket *s;
    struct inbox *in;
    GArray *fds;
};

static struct fixture set_up(void)
{
    struct fixture f = {.folder = g_dir_make_tmp(NULL, NULL), .in = inbox_new()};
    g_autoptr(GError) error = NULL;
    f.path = g_build_filename(f.folder, "s", NULL);
    f.fds = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    f.s = frame_socket_new(f.path, inbox_add, f.in, &error);
    g_assert_no_error(error);
    return f;
}

static void tear_down(struct fixture *f)
{
    frame_socket_free(f->s);
    g_assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_rmdir(f->folder), ==, 0);
    inbox_free(f->in);
    g_array_unref(f->fds);
    g_free(f->path);
    g_free(f->folder);
}

static int dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_strlcpy(name.sun_path, path, sizeof name.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(connect(fd, (const struct sockaddr *)(const void *)&name, sizeof name), ==, 0);
    return fd;
}

static void serve(struct fixture *f)
{
    for (unsigned i = 0; i < 3; i++) {
        g_array_set_size(f->fds, 0);
        frame_socket_poll_fill(f->s, f->fds);
        poll((struct pollfd *)(void *)f->fds->data, f->fds->len, 10);
        frame_socket_dispatch(f->s, (const struct pollfd *)(void *)f->fds->data, f->fds->len);
    }
}

static void put(int fd, uint32_t said, const void *data, size_t length)
{
    uint8_t header[4];
    write_be32(header, said);
    g_assert_cmpint(send(fd, header, 4, 0), ==, 4);
    g_assert_cmpint(send(fd, data, length, 0), ==, (ssize_t)length);
}

static void test_frames(void)
{
    struct fixture f = set_up();
    uint8_t frame[60] = {0}, back[64];
    frame[12] = 0x86, frame[13] = 0xDD;
    frame_socket_send(f.s, frame, sizeof frame); /* to nobody */
    int fd = dial(f.path);
    g_assert_false(frame_socket_attached(f.s));
    serve(&f);
    g_assert_true(frame_socket_attached(f.s));
    put(fd, 60, frame, 60);
    put(fd, 60, frame, 30); /* the rest later */
    serve(&f);
    g_assert_nonnull(inbox_next(f.in));
    assert_inbox_empty(f.in);
    g_assert_cmpint(send(fd, frame + 30, 30, 0), ==, 30);
    serve(&f);
    g_assert_nonnull(inbox_next(f.in));
    frame_socket_send(f.s, frame, sizeof frame);
    g_assert_cmpint(recv(fd, back, sizeof back, MSG_WAITALL), ==, 64);
    g_assert_cmpuint(read_be32(back), ==, 60);
    g_assert_cmpmem(back + 4, 60, frame, 60);
    close(fd);
    serve(&f);
    g_assert_false(frame_socket_attached(f.s));
    fd = dial(f.path); /* and the next one */
    serve(&f);
    g_assert_true(frame_socket_attached(f.s));
    frame_socket_replug(f.s);
    g_assert_cmpint(recv(fd, back, 1, 0), ==, 0);
    close(fd);
    tear_down(&f);
}

/* Frames of no length or too long are dropped, and the next ones are not; a length that cannot be one ends the talk. */
static void test_bad_frames(void)
{
    struct fixture f = set_up();
    g_autofree uint8_t *large = g_malloc0(3000);
    uint8_t frame[14] = {[12] = 0x86, [13] = 0xDD};
    int fd = dial(f.path);
    serve(&f);
    put(fd, 0, "", 0);
    put(fd, 13, large, 13);
    put(fd, 1515, large, 1515);
    put(fd, 3000, large, 3000);
    put(fd, 14, frame, 14);
    serve(&f);
    g_assert_nonnull(inbox_next(f.in));
    assert_inbox_empty(f.in);
    put(fd, 0x474554, "GET /", 5);
    serve(&f);
    g_assert_false(frame_socket_attached(f.s));
    close(fd);
    tear_down(&f);
}

/* A peer that never reads holds nothing up. */
static void test_deaf(void)
{
    struct fixture f = set_up();
    uint8_t frame[1514] = {0};
    int fd = dial(f.path);
    serve(&f);
    for (unsigned i = 0; i < 5000; i++)
        frame_socket_send(f.s, frame, sizeof frame);
    g_assert_true(frame_socket_attached(f.s));
    close(fd);
    serve(&f);
    g_assert_false(frame_socket_attached(f.s));
    tear_down(&f);
}

static void refused(const char *path, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_assert_null(frame_socket_new(path, inbox_add, NULL, &error));
    g_assert_nonnull(strstr(error->message, why));
    g_assert_nonnull(strstr(error->message, path));
}

static void test_paths(void)
{
    struct fixture f = set_up();
    g_autofree char *file = g_build_filename(f.folder, "file", NULL), *long_name = g_strnfill(200, 'x');
    refused(f.path, "in use");
    g_assert_true(g_file_set_contents(file, "precious", -1, NULL));
    refused(file, "in use");
    g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    g_unlink(file);
    refused(long_name, "long");
    refused("/nonexistent/s", "No such");
    /* one that was left over by a crash is replaced */
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_strlcpy(name.sun_path, file, sizeof name.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(fd, (const struct sockaddr *)(const void *)&name, sizeof name), ==, 0);
    close(fd);
    struct frame_socket *s = frame_socket_new(file, inbox_add, f.in, NULL);
    g_assert_nonnull(s);
    frame_socket_free(s);
    tear_down(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/host/frame-socket/frames", test_frames);
    g_test_add_func("/host/frame-socket/bad-frames", test_bad_frames);
    g_test_add_func("/host/frame-socket/deaf", test_deaf);
    g_test_add_func("/host/frame-socket/paths", test_paths);
    return g_test_run();
}
