/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/firmware/run.h"

#include <string.h>

#include "images/load.h"

enum { END_MARK = 4 };

static void heard(const struct event *event, void *data)
{
    struct firmware *f = data;
    if (f->ended || strcmp(event->kind, "uart") != 0 || strcmp(event_field(event, "direction")->string, "tx") != 0)
        return;
    char byte = (char)event_field(event, "byte")->integer;
    if (f->end_mark) {
        f->ended = true;
        f->status = byte - '0';
        machine_stop(f->machine);
    } else if (byte == END_MARK) {
        f->end_mark = true;
    } else {
        g_string_append_c(f->console, byte);
    }
}

static bool load(struct board_persistent *device, const char *const *loads, GError **error)
{
    struct image_layout *layout = image_layout_new();
    bool good = true;
    for (; *loads != NULL && good; loads++) {
        GPtrArray *segments = image_load(*loads, error);
        good = segments != NULL && image_segments_apply(segments, device->flash, layout, NULL, error);
        if (segments != NULL)
            g_ptr_array_unref(segments);
    }
    image_layout_free(layout);
    return good;
}

struct firmware *firmware_new(const struct firmware_options *options, GError **error)
{
    struct board_persistent *device = g_new(struct board_persistent, 1);
    board_persistent_new(device, 0);
    if (!load(device, options->loads, error)) {
        g_free(device);
        return NULL;
    }
    struct board_options board = BOARD_OPTIONS_DEFAULT;
    board.cpi_num = options->cpi_num;
    board.cpi_den = options->cpi_den;
    struct firmware *f = g_new0(struct firmware, 1);
    f->machine = board_machine(board_find("photon"), &board);
    f->console = g_string_new(NULL);
    board_persistent_store(f->machine, device);
    g_free(device);
    machine_subscribe(f->machine, heard, f);
    board_power_on(f->machine, false);
    return f;
}

void firmware_free(struct firmware *f)
{
    machine_free(f->machine);
    g_string_free(f->console, TRUE);
    g_free(f);
}

bool firmware_run(struct firmware *f, ticks_t time)
{
    ticks_t until = machine_now(f->machine) + time;
    while (!f->ended) {
        enum run_result result = machine_run(f->machine, until);
        if (result == RUN_DEAD)
            return false;
        if (result == RUN_TIME)
            break;
    }
    return true;
}
