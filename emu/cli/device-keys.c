/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device's keys: made by its own firmware at its first start, which takes it 2 to 20 s of virtual time, and which no
 * library for cryptography is needed for.
 */
#include <string.h>

#include "emu/cli/cli.h"
#include "emu/cli/device.h"
#include "emu/observe/condition.h"
#include "images/dct.h"

/* With the chip's own noise a key is found within 20 s nearly always. */
#define KEY_TIME (120 * TICKS_PER_SECOND)
/* The system then resets and starts again; what it writes into the DCT at that start it has written when it is in main. */
#define START_TIME (10 * TICKS_PER_SECOND)

struct wait {
    struct machine *machine;
    struct condition *condition;
    bool met;
};

static void listen(const struct event *event, void *data)
{
    struct wait *wait = data;
    if (!wait->met && condition_feed(wait->condition, event)) {
        wait->met = true;
        machine_stop(wait->machine);
    }
}

static bool await(struct machine *m, const char *condition, ticks_t time)
{
    struct wait wait = {.machine = m, .condition = condition_parse(condition, NULL)};
    ticks_t end = machine_now(m) + time;
    machine_subscribe(m, listen, &wait);
    while (!wait.met && machine_now(m) < end && machine_run(m, end) == RUN_STOPPED)
        continue;
    machine_unsubscribe(m, listen, &wait);
    condition_free(wait.condition);
    return wait.met;
}

bool device_has_keys(const struct board_persistent *device)
{
    const uint8_t *copy = dct_current(device->flash);
    return copy != NULL && dct_has_keys(copy);
}

bool device_make_keys(const struct board *board, struct board_persistent *device, ticks_t *took, GError **error)
{
    struct board_options options = BOARD_OPTIONS_DEFAULT;
    options.wifi_absent = true; /* it does not come to that */
    struct machine *m = board_machine(board, &options);
    g_autofree struct board_persistent *made = g_memdup2(device, sizeof *device);
    made->has_backup = false;
    board_persistent_store(m, made);
    board_power_on(m, false);
    bool good = await(m, "reset=software", KEY_TIME) && await(m, "backup.register=DR1 and backup.value=5", START_TIME);
    *took = machine_now(m);
    board_power_off(m);
    board_persistent_fetch(m, made);
    made->has_backup = false;
    machine_free(m);
    if (good && device_has_keys(made)) {
        *device = *made;
        return true;
    }
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                "the firmware made no keys within %u s of its first start: photon-emu run shows what it does instead",
                (unsigned)(KEY_TIME / TICKS_PER_SECOND));
    return false;
}

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device keys FILE\n"
    "\n"
    "Run the device's own firmware until it has made its pair of keys (RSA-1024) and\n"
    "has started again with them, then switch it off. That saves later runs the\n"
    "search for a key, which blinks white and takes 2 to 20 s of virtual time.\n"
    "\n"
    "Options:\n"
    "  --force  make new ones for a device that has keys\n"
    "  --help   this text\n";
/* clang-format on */

int device_keys(int argc, char **argv)
{
    gboolean force = FALSE;
    const GOptionEntry entries[] = {{"force", 0, 0, G_OPTION_ARG_NONE, &force, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"keys", help, 1, 1, "FILE"};
    int status;
    struct device_change change;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    if (!device_change_begin(&change, argv[1]))
        return EXIT_USAGE;
    const struct board *board = board_find(device_file_board(change.file));
    if (board == NULL) {
        cli_complain("%s is a device of board %s, which this photon-emu does not know", argv[1],
                     device_file_board(change.file));
        return device_change_end(&change, EXIT_USAGE);
    }
    if (device_has_keys(change.device)) {
        if (!force) {
            cli_complain("%s has keys already; --force has new ones made", argv[1]);
            return device_change_end(&change, EXIT_USAGE);
        }
        uint8_t *copy = dct_edit(change.device->flash);
        dct_set(copy, dct_field_find("private-key"), "none", NULL);
        dct_set(copy, dct_field_find("public-key"), "none", NULL);
    }
    g_autoptr(GError) error = NULL;
    ticks_t took;
    if (!device_make_keys(board, change.device, &took, &error)) {
        cli_complain("%s: %s", argv[1], error->message);
        return device_change_end(&change, EXIT_NOT_MET);
    }
    printf("%s made its keys within %.1f s of virtual time\n", argv[1], (double)took / (double)TICKS_PER_SECOND);
    return device_change_end(&change, EXIT_OK);
}
