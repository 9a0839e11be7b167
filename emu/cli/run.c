/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu run: puts a device together, listens to it, and lets it run from power-on to power-off. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "boards/board.h"
#include "boards/device-file.h"
#include "emu/cli/cli.h"
#include "emu/cli/gdb-bridge.h"
#include "emu/cli/run-errand.h"
#include "emu/cli/run-loop.h"
#include "emu/cli/run-options.h"
#include "emu/cli/trace.h"
#include "emu/host/bridge.h"
#include "emu/host/network.h"
#include "emu/host/usb-doors.h"
#include "emu/observe/condition.h"
#include "emu/observe/explain.h"
#include "emu/observe/json-log.h"
#include "emu/observe/story.h"
#include "images/load.h"
#include "images/module.h"
#include "images/set.h"

struct run {
    struct run_options *options;
    GPtrArray *stages; /* struct condition * */

    struct board_persistent *persistent;
    char *set;                /* name of the set that the device was made from */
    bool new_device;          /* options->device is still to be made */
    struct device_file *file; /* NULL: none */
    GPtrArray *ram;           /* struct image_segment *: what --load puts into RAM */

    struct machine *machine;
    struct bridges *bridges;
    struct bridge *network; /* one of them */
    struct usb_doors *usb;  /* NULL: no cable */
    struct run_errand *errand;
    struct gdb_server *debugger;
    FILE *out; /* where the story goes */
    struct story *story;
    struct explain *explain; /* NULL: nobody wants to know */
    struct json_log *log;
    struct trace_printer trace;
    struct run_loop loop;
    bool log_failed;
    int status; /* of a failure, or as a debugged program ended */
};

static bool fail(struct run *run, int status, const GError *error)
{
    if (run->story)
        story_finish(run->story);
    cli_complain("%s", error->message);
    run->status = status;
    return false;
}

/* ---- before anything is touched ---- */

static bool read_conditions(struct run *run)
{
    for (unsigned i = 0; i < run->options->stages->len; i++) {
        g_autoptr(GError) error = NULL;
        struct condition *c = condition_parse(g_ptr_array_index(run->options->stages, i), &error);
        if (!c) {
            g_prefix_error(&error, "%s: ", i > 0 ? "--then" : run->errand ? "--when" : "--until");
            return fail(run, EXIT_USAGE, error);
        }
        g_ptr_array_add(run->stages, c);
    }
    return true;
}

static struct machine *make_machine(const struct run_options *o)
{
    struct board_options board = BOARD_OPTIONS_DEFAULT;
    board.seed = o->shape.seed;
    board.cpi_num = o->cpi_num;
    board.cpi_den = o->cpi_den;
    board.strict_stored = o->strict_stored;
    board.wifi_absent = o->wifi_absent;
    return board_machine(o->shape.board, &board);
}

/* Put the networks of --wifi on the air. */
static bool set_networks(struct run *run, struct machine *m)
{
    const GPtrArray *wifi = run->options->wifi;
    for (unsigned i = 0; i < wifi->len; i++) {
        g_autoptr(GError) error = NULL;
        if (!board_network_set(m, g_ptr_array_index(wifi, i), &error)) {
            g_prefix_error(&error, "--wifi: ");
            return fail(run, EXIT_USAGE, error);
        }
    }
    return true;
}

/* Whether the board takes all inputs: asked of a machine that is thrown away, so that a mistake shows before the run. */
static bool try_inputs(struct run *run)
{
    GArray *schedule = run->options->schedule;
    bool any = run->options->wifi->len > 0;
    for (unsigned i = 0; i < schedule->len; i++)
        any |= g_array_index(schedule, struct action, i).name != NULL;
    if (!any)
        return true;
    struct machine *m = make_machine(run->options);
    bool good = set_networks(run, m);
    for (unsigned i = 0; i < schedule->len && good; i++) {
        const struct action *a = &g_array_index(schedule, struct action, i);
        g_autoptr(GError) error = NULL;
        if (a->name && !board_input(m, run->options->shape.board, a->name, a->value, &error)) {
            g_prefix_error(&error, "--input: ");
            good = fail(run, EXIT_USAGE, error);
        }
    }
    machine_free(m);
    return good;
}

/* Do two names mean one file? */
static bool same_file(const char *a, const char *b)
{
    GStatBuf x, y;
    return g_stat(a, &x) == 0 && g_stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What is written is emptied when it is opened: it must be none of the files that the run reads. */
static bool check_output(struct run *run, const char *option, const char *path)
{
    const struct run_options *o = run->options;
    bool read = false;
    if (!path || strcmp(path, "-") == 0)
        return true;
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        read |= o->shape.parts[i] && same_file(path, o->shape.parts[i]);
    for (unsigned i = 0; o->shape.loads && o->shape.loads[i]; i++) {
        const char *equals = strchr(o->shape.loads[i], '=');
        read |= same_file(path, o->shape.loads[i]) || (equals && same_file(path, equals + 1));
    }
    read |= o->device && (same_file(path, o->device) || strcmp(path, o->device) == 0);
    if (!read)
        return true;
    cli_complain("%s would overwrite %s, which this run needs", option, path);
    run->status = EXIT_USAGE;
    return false;
}

static bool check_outputs(struct run *run)
{
    const struct run_options *o = run->options;
    const char *pcap = o->network->pcap;
    if (pcap && o->events && (same_file(pcap, o->events) || strcmp(pcap, o->events) == 0)) {
        cli_complain("--pcap and --events cannot both be %s", pcap);
        run->status = EXIT_USAGE;
        return false;
    }
    if (o->usb.pcap && ((o->events && (same_file(o->usb.pcap, o->events) || strcmp(o->usb.pcap, o->events) == 0)) ||
                        (pcap && (same_file(o->usb.pcap, pcap) || strcmp(o->usb.pcap, pcap) == 0)))) {
        cli_complain("--usb-pcap and another output cannot both be %s", o->usb.pcap);
        run->status = EXIT_USAGE;
        return false;
    }
    return check_output(run, "--events", o->events) && check_output(run, "--pcap", pcap) &&
           check_output(run, "--usb-pcap", o->usb.pcap);
}

/* ---- what the device holds ---- */

/* A device file that is there: it holds what the device holds; images named one by one are programmed over it. */
static bool use_device(struct run *run)
{
    const struct run_options *o = run->options;
    run->set = g_strdup(device_file_set(run->file));
    if (o->shape.only || (o->shape.set && strcmp(o->shape.set, run->set) != 0)) {
        cli_complain("%s shapes a new device, but %s is there already and was made from set %s",
                     o->shape.only ? "--only" : "--set", o->device, run->set);
        run->status = EXIT_USAGE;
        return false;
    }
    run->persistent->has_backup &= o->vbat;
    g_autoptr(GError) error = NULL;
    return shape_change(&o->shape, run->persistent, run->ram, &error) || fail(run, EXIT_USAGE, error);
}

static bool make_device(struct run *run)
{
    const struct run_options *o = run->options;
    g_autoptr(GError) error = NULL;
    run->new_device = o->device != NULL;
    return shape_new(&o->shape, run->new_device, run->persistent, run->ram, &run->set, &error) || fail(run, EXIT_USAGE, error);
}

static bool put_together(struct run *run)
{
    const struct run_options *o = run->options;
    if (o->device) {
        g_autoptr(GError) error = NULL;
        run->file = device_file_open(o->device, o->shape.board->name, run->persistent, &error);
        if (error)
            return fail(run, EXIT_USAGE, error);
    }
    return run->file ? use_device(run) : make_device(run);
}

/* ---- listening ---- */

static void log_failed(void *data)
{
    struct run *run = data;
    run->log_failed = true;
    run_loop_stop(&run->loop);
}

static bool open_network(struct run *run)
{
    g_autoptr(GError) error = NULL;
    run->bridges = bridges_new(run->machine);
    run->network = network_new(run->machine, run->options->network, &error);
    if (!run->network)
        return fail(run, EXIT_USAGE, error);
    bridges_add(run->bridges, run->network);
    return true;
}

static bool open_usb(struct run *run)
{
    g_autoptr(GError) error = NULL;
    struct run_errand *e = run->errand;
    run->usb = usb_doors_new(run->machine, run->bridges, &run->options->usb, e ? &e->door : NULL, &error);
    if (error)
        return fail(run, EXIT_USAGE, error);
    if (e)
        e->open(e, usb_doors_host(run->usb), run->bridges);
    return true;
}

static bool open_outputs(struct run *run)
{
    const struct run_options *o = run->options;
    g_autoptr(GError) error = NULL;
    /* The standard output is that of the program that an errand runs. */
    run->out = run->errand || g_strcmp0(o->events, "-") == 0 ? stderr : stdout;
    if (run->new_device) {
        run->file = device_file_create(o->device, o->shape.board->name, run->set, run->persistent, &error);
        if (!run->file)
            return fail(run, g_error_matches(error, DEVICE_FILE_ERROR, DEVICE_FILE_ACCESS) ? EXIT_USAGE : EXIT_INTERNAL, error);
    }
    if (o->events) {
        struct json_log_header header = {.board = o->shape.board->name,
                                         .set = run->set,
                                         .seed = o->shape.seed,
                                         .cpi_num = o->cpi_num,
                                         .cpi_den = o->cpi_den};
        run->log = json_log_open(o->events, &header, &error);
        if (!run->log)
            return fail(run, EXIT_USAGE, error);
        json_log_on_error(run->log, log_failed, run);
        machine_subscribe(run->machine, json_log_event, run->log);
    }
    if (!o->quiet) {
        struct story_options look = story_options_for(run->out);
        look.progress &= !o->trace && !run->errand; /* its line would mix with theirs */
        run->story = story_new(run->out, look);
        machine_subscribe(run->machine, story_event, run->story);
    }
    if (!o->quiet || o->explain) {
        run->explain = explain_new(o->shape.board->platform, o->vbat);
        explain_contents(run->explain, run->persistent->flash,
                         run->persistent->has_backup ? run->persistent->backup_registers : NULL);
        explain_attach(run->explain, run->machine);
    }
    if (o->trace) {
        run->trace = (struct trace_printer){.machine = run->machine, .file = run->out, .what = o->trace};
        machine_set_trace(run->machine, (o->trace & TRACE_MMIO) != 0, (o->trace & TRACE_EXCEPTIONS) != 0);
        machine_subscribe(run->machine, trace_event, &run->trace);
    }
    return true;
}

static void close_outputs(struct run *run)
{
    struct machine *m = run->machine;
    if (run->story) {
        machine_unsubscribe(m, story_event, run->story);
        story_free(run->story);
        run->story = NULL;
    }
    explain_free(run->explain);
    run->explain = NULL;
    if (run->options->trace)
        machine_unsubscribe(m, trace_event, &run->trace);
    if (run->log) {
        g_autoptr(GError) error = NULL;
        machine_unsubscribe(m, json_log_event, run->log);
        if (!json_log_close(run->log, &error))
            fail(run, EXIT_INTERNAL, error);
        run->log = NULL;
    }
    g_autoptr(GError) error = NULL;
    if (run->network && !network_close_capture(run->network, &error))
        fail(run, EXIT_INTERNAL, error);
    g_clear_error(&error);
    if (run->usb && !usb_doors_close_capture(run->usb, &error))
        fail(run, EXIT_INTERNAL, error);
    if (fflush(run->out) != 0 && !run->options->quiet)
        clearerr(run->out); /* nobody reads the story: no reason to fail */
}

/* ---- the run ---- */

static void name_modules(struct run *run)
{
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        module_publish(run->machine, image_places[i].name,
                       run->persistent->flash + (image_places[i].address - IMAGE_FLASH_BASE), image_places[i].size,
                       image_places[i].address);
}

/* What survives goes to the device file. */
static bool keep(struct run *run)
{
    if (!run->file)
        return true;
    g_autoptr(GError) error = NULL;
    board_persistent_fetch(run->machine, run->persistent);
    run->persistent->has_backup = run->options->vbat;
    return device_file_save(run->file, run->persistent, &error) || fail(run, EXIT_INTERNAL, error);
}

static bool power_cycle(void *data)
{
    struct run *run = data;
    board_power_off(run->machine);
    if (!keep(run))
        return false;
    board_power_on(run->machine, run->options->vbat);
    return true;
}

/* ---- what a debugger may ask of the run ---- */

static void debugger_quits(void *data, int status)
{
    struct run *run = data;
    run->status = status;
    run_loop_stop(&run->loop);
}

static void debugger_sets_speed(void *data, double speed)
{
    ((struct run *)data)->loop.speed = speed;
}

static double speed_now(void *data)
{
    return ((struct run *)data)->loop.speed;
}

static void debugger_moved_machine(void *data)
{
    bridges_replug(((struct run *)data)->bridges);
}

static bool open_debugger(struct run *run)
{
    const struct run_options *o = run->options;
    const struct gdb_owner owner = {.power_cycle = power_cycle,
                                    .quit = debugger_quits,
                                    .set_speed = debugger_sets_speed,
                                    .speed = speed_now,
                                    .replug = debugger_moved_machine,
                                    .data = run};
    g_autoptr(GError) error = NULL;
    if (!o->gdb)
        return true;
    run->debugger = gdb_server_new(run->machine, o->shape.board, &owner);
    bridges_add(run->bridges, gdb_bridge_new(run->debugger));
    if (!gdb_server_listen(run->debugger, o->gdb, &error))
        return fail(run, EXIT_USAGE, error);
    if (o->gdb_wait)
        gdb_server_wait(run->debugger);
    if (!o->quiet) {
        fprintf(run->out, "GDB: target extended-remote :%u%s\n", gdb_server_port(run->debugger),
                o->gdb_wait ? "; waiting for it" : "");
        fflush(run->out);
    }
    return true;
}

static void pause_run(ticks_t now, void *data)
{
    struct run *run = data;
    if (run->story)
        story_progress(run->story, now, g_get_monotonic_time());
    /* Who goes at real time, or with company, is watched; a failure is kept for the end. */
    if (run->log && (run->options->speed > 0 || network_options_any(run->options->network) || run->usb))
        (void)json_log_flush(run->log, NULL);
}

static char *seconds(ticks_t ticks)
{
    uint64_t ms = ticks / TICKS_PER_MS;
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%03u s", ms / 1000, (unsigned)(ms % 1000));
}

/* Say how it ended, and with what status. */
static int conclude(struct run *run, enum run_end end, uint32_t pc, const GError *error)
{
    const struct run_options *o = run->options;
    struct run_loop *loop = &run->loop;
    g_autofree char *now = seconds(machine_now(run->machine));
    if (run->story)
        story_finish(run->story);
    switch (end) {
    case RUN_END_MET: {
        g_autofree char *met = seconds(loop->met);
        if (!o->quiet)
            fprintf(run->out, "%s came about at %s\n", loop->stages->len > 1 ? "all conditions" : "the condition", met);
        return EXIT_OK;
    }
    case RUN_END_DEAD:
        if (loop->lockup != TICKS_NEVER) {
            g_autofree char *since = seconds(loop->lockup);
            cli_complain("the firmware is locked up at PC 0x%08X since %s and no watchdog runs: it can never run again",
                         loop->lockup_pc, since);
        } else {
            cli_complain("the firmware is asleep at PC 0x%08X and nothing can ever wake it", pc);
        }
        return EXIT_DEAD;
    case RUN_END_MISSING:
        cli_complain("--strict: %s", loop->missing);
        return EXIT_NOT_MET;
    case RUN_END_INPUT:
        cli_complain("--input: %s", error->message);
        return EXIT_USAGE;
    case RUN_END_TIME:
    case RUN_END_STOPPED:
    case RUN_END_BREAK:
        break;
    }
    if (run->log_failed || run->status != EXIT_OK)
        return EXIT_INTERNAL;
    if (loop->stage < loop->stages->len) {
        cli_complain("'%s' did not come about by %s of virtual time", (char *)g_ptr_array_index(o->stages, loop->stage), now);
        return EXIT_NOT_MET;
    }
    return EXIT_OK;
}

static int run_machine(struct run *run)
{
    const struct run_options *o = run->options;
    struct machine *m = run->machine;
    run->loop = (struct run_loop){.machine = m,
                                  .board = o->shape.board,
                                  .end = o->duration,
                                  .schedule = o->schedule,
                                  .stages = run->stages,
                                  .speed = o->speed,
                                  .bridges = run->bridges,
                                  .debugger = run->debugger,
                                  .strict = o->strict,
                                  .power_cycle = power_cycle,
                                  .pause = pause_run,
                                  .data = run};
    board_persistent_store(m, run->persistent);
    run_loop_begin(&run->loop);
    name_modules(run);
    if (!set_networks(run, m)) {
        run_loop_end(&run->loop);
        return run->status;
    }
    board_power_on(m, run->persistent->has_backup);
    for (unsigned i = 0; i < run->ram->len; i++) {
        const struct image_segment *s = g_ptr_array_index(run->ram, i);
        gsize size;
        const uint8_t *bytes = g_bytes_get_data(s->bytes, &size);
        for (gsize k = 0; k < size; k++)
            machine_bus_write(m, s->address + (uint32_t)k, 1, bytes[k]);
    }
    g_autoptr(GError) error = NULL;
    enum run_end end = run->errand ? run->errand->drive(run->errand, &run->loop, &error) : run_loop_run(&run->loop, &error);
    uint32_t pc = machine_pc(m);
    board_power_off(m);
    bool kept = keep(run);
    int status = conclude(run, end, pc, error);
    if (!kept)
        status = EXIT_INTERNAL;
    run_loop_end(&run->loop);
    if (run->explain)
        explain_print(run->explain, o->explain ? EXPLAIN_LONG : EXPLAIN_SHORT, run->out);
    return status;
}

/* Bits without effect that the firmware set: a list, once each, for --strict=stored. */
static void note_stored(const struct event *event, void *data)
{
    const struct event_field *field = event_field(event, "field");
    if (strcmp(event->kind, "stored") == 0 && field && field->type == EVENT_STRING)
        g_hash_table_add(data, g_strdup(field->string));
}

static void list_stored(FILE *out, GHashTable *stored)
{
    g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(stored), (GCompareFunc)strcmp);
    fprintf(out, "bits set that are stored only: %u\n", g_hash_table_size(stored));
    for (GList *l = names; l; l = l->next)
        fprintf(out, "  %s\n", (const char *)l->data);
}

static int execute(struct run *run)
{
    const struct run_options *o = run->options;
    if (!read_conditions(run) || !try_inputs(run) || !check_outputs(run) || !put_together(run))
        return run->status;
    if (engine_version_warning())
        cli_complain("%s", engine_version_warning());
    run->machine = make_machine(o);
    if (!open_network(run) || !open_usb(run) || !open_outputs(run) || !open_debugger(run))
        return run->status;
    g_autoptr(GHashTable) stored = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    if (o->strict_stored)
        machine_subscribe(run->machine, note_stored, stored);
    int status = run_machine(run);
    close_outputs(run);
    if (o->strict_stored)
        list_stored(run->out, stored);
    if (run->status == EXIT_OK && status == EXIT_OK && run->errand)
        return run->errand->status;
    return run->status != EXIT_OK ? run->status : status;
}

int run_with_errand(struct run_options *options, struct run_errand *errand)
{
    struct run run = {.options = options, .errand = errand};
    run.stages = g_ptr_array_new_with_free_func((GDestroyNotify)condition_free);
    run.ram = g_ptr_array_new_with_free_func((GDestroyNotify)image_segment_free);
    run.persistent = g_new0(struct board_persistent, 1);
    int status = execute(&run);
    if (run.machine) {
        if (run.story || run.log || run.explain)
            close_outputs(&run);
        bridges_free(run.bridges);
        usb_doors_free(run.usb);
        machine_free(run.machine);
    }
    device_file_close(run.file);
    g_ptr_array_unref(run.stages);
    g_ptr_array_unref(run.ram);
    g_free(run.persistent);
    g_free(run.set);
    run_options_free(run.options);
    return status;
}

int cli_run(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    struct run_options *options = run_options_parse(argc, argv, &error);
    if (!options) {
        cli_complain("%s", error->message);
        return EXIT_USAGE;
    }
    if (options->help) {
        fputs(run_help, stdout);
        run_options_free(options);
        return fflush(stdout) == 0 ? EXIT_OK : EXIT_INTERNAL;
    }
    return run_with_errand(options, NULL);
}
