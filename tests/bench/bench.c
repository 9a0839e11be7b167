/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast: each workload on photon-emu, on QEMU, and on QEMU with -icount (its deterministic mode), in turn, several times;
 * medians and ratios. Figures of one run are comparable with each other only. Then real images (radio.h, debugger.h), and other
 * figures.
 *
 *   bench [--json FILE] [--runs N] [--only WORKLOAD]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/core/snapshot.h"
#include "tests/bench/debugger.h"
#include "tests/bench/median.h"
#include "tests/bench/radio.h"
#include "tests/firmware/run.h"

static const char *qemu = "qemu-system-arm";
static int runs = 5;
static const char *json_file, *only;

static const GOptionEntry options[] = {
    {"json", 0, 0, G_OPTION_ARG_FILENAME, &json_file, "write the results to FILE as JSON, too", "FILE"},
    {"runs", 0, 0, G_OPTION_ARG_INT, &runs, "runs of each, 5 unless given", "N"},
    {"only", 0, 0, G_OPTION_ARG_STRING, &only, "this workload alone; 'radio' and 'debugger' for real images", "WORKLOAD"},
    G_OPTION_ENTRY_NULL,
};

static double now(void)
{
    return (double)g_get_monotonic_time() / 1e6;
}

/* Seconds of host time that the firmware takes here; its virtual time in *virtual. */
static double run_here(const char *elf, double *virtual_time)
{
    const char *const loads[] = {elf, NULL};
    struct firmware_options o = {.cpi_num = 3, .cpi_den = 2, .loads = loads};
    g_autoptr(GError) error = NULL;
    double start = now();
    struct firmware *f = firmware_new(&o, &error);
    if (f == NULL) {
        fprintf(stderr, "bench: %s\n", error->message);
        exit(1);
    }
    if (!firmware_run(f, 200 * TICKS_PER_SECOND) || f->status != 0) {
        fprintf(stderr, "bench: %s did not end well; it wrote: %s\n", elf, f->console->str);
        exit(1);
    }
    double end = now();
    *virtual_time = (double)machine_now(f->machine) / (double)TICKS_PER_SECOND;
    firmware_free(f);
    return end - start;
}

/* The same on QEMU; 0 if it is not there or has no such hardware. */
static double run_qemu(const char *elf, bool icount)
{
    const char *argv[] = {qemu,
                          "-M",
                          "netduino2",
                          "-nographic",
                          "-monitor",
                          "none",
                          "-serial",
                          "none",
                          "-semihosting-config",
                          "enable=on,target=native",
                          "-kernel",
                          elf,
                          icount ? "-icount" : NULL,
                          "shift=3,sleep=off",
                          NULL};
    g_autofree char *out = NULL, *err = NULL; /* semihosting writes to either, by version */
    int status;
    double start = now();
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err, &status, NULL) || status != 0 ||
        strstr(out, "no ports") != NULL || strstr(err, "no ports") != NULL)
        return 0;
    return now() - start;
}

static char *first_line(const char *command)
{
    g_autofree char *out = NULL;
    if (!g_spawn_command_line_sync(command, &out, NULL, NULL, NULL) || out == NULL)
        return g_strdup("not found");
    return g_strndup(out, strcspn(out, "\n"));
}

static void cell(double value, const char *format)
{
    if (value > 0)
        printf(format, value);
    else
        printf("%10s", "-");
}

static long resident_kb(void)
{
    g_autofree char *text = NULL;
    const char *line = g_file_get_contents("/proc/self/status", &text, NULL, NULL) ? strstr(text, "VmRSS:") : NULL;
    return line != NULL ? strtol(line + 6, NULL, 10) : 0;
}

/* What is not a workload: start, size, snapshots, and whether an hour costs what its seconds cost. */
static void other_figures(const char *idle_elf)
{
    const char *const loads[] = {idle_elf, NULL};
    struct firmware_options o = {.cpi_num = 3, .cpi_den = 2, .loads = loads};
    long before = resident_kb();
    double start = now();
    struct firmware *f = firmware_new(&o, NULL);
    machine_run_instructions(f->machine, 1);
    printf("machine made and first instruction executed in %.1f ms\n", (now() - start) * 1e3);
    machine_run(f->machine, TICKS_PER_SECOND);
    printf("resident size of the process %ld MB, of which the machine %ld MB\n", resident_kb() / 1024,
           (resident_kb() - before) / 1024);
    enum { ROUNDS = 200 };
    double best = 1;
    for (int i = 0; i < ROUNDS; i++) {
        start = now();
        struct snapshot *s = machine_save(f->machine);
        machine_restore(f->machine, s);
        double took = now() - start;
        snapshot_free(s);
        machine_run(f->machine, machine_now(f->machine) + TICKS_PER_MS);
        if (i > 0 && took < best)
            best = took;
    }
    printf("snapshot and restore in %.0f us at best\n", best * 1e6);
    double first = 0, last = 0;
    for (int i = 0; i < 60; i++) {
        start = now();
        machine_run(f->machine, machine_now(f->machine) + TICKS_PER_SECOND / 4);
        if (i < 6)
            first += now() - start;
        if (i >= 54)
            last += now() - start;
    }
    printf("cost of the last tenth of a run to that of the first: %.2f\n", first > 0 ? last / first : 0);
    firmware_free(f);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new("- time workloads on photon-emu and on QEMU");
    g_option_context_add_main_entries(context, options, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || runs < 1 || runs > MAX_RUNS) {
        fprintf(stderr, "bench: %s\n", error != NULL ? error->message : "--runs can be 1 to 25");
        return 2;
    }
    g_auto(GStrv) elves = g_strsplit(BENCH_WORKLOADS, ":", -1);
    if (elves[0] == NULL || elves[0][0] == '\0') {
        fprintf(stderr, "bench: the workloads were not built: arm-none-eabi-gcc is missing; install gcc-arm-none-eabi\n");
        return 1;
    }
    GString *json = g_string_new("[");
    g_autofree char *qemu_version = first_line("qemu-system-arm --version");
    printf("photon-emu %s on Unicorn %s; %s; medians of %d runs, in turn\n", PHOTON_EMU_VERSION, engine_version(), qemu_version,
           runs);
    printf("%-10s %10s %10s %10s %10s %10s %12s\n", "workload", "here s", "QEMU s", "icount s", "QEMU/here", "icount/here",
           "virtual/host");
    for (unsigned i = 0; elves[i] != NULL; i++) {
        g_autofree char *base = g_path_get_basename(elves[i]);
        g_autofree char *name = g_strndup(base + strlen("bench-"), strlen(base) - strlen("bench-") - strlen(".elf"));
        if (only != NULL && strcmp(only, name) != 0)
            continue;
        double here[MAX_RUNS], plain[MAX_RUNS], icount[MAX_RUNS], virtual_time = 0;
        for (int k = 0; k < runs; k++) {
            here[k] = run_here(elves[i], &virtual_time);
            plain[k] = run_qemu(elves[i], false);
            icount[k] = run_qemu(elves[i], true);
        }
        double h = median(here, runs), q = median(plain, runs), c = median(icount, runs);
        printf("%-10s %10.3f ", name, h);
        cell(q, "%10.3f");
        printf(" ");
        cell(c, "%10.3f");
        printf(" ");
        cell(q / h, "%10.2f");
        printf(" ");
        cell(c / h, "%10.2f");
        printf("  %12.1f\n", virtual_time / h);
        fflush(stdout);
        g_string_append_printf(
            json,
            "%s\n{\"workload\":\"%s\",\"kind\":\"%s\",\"photon_emu_s\":%.4f,\"qemu_s\":%.4f,\"qemu_icount_s\":%.4f,"
            "\"ratio_qemu\":%.3f,\"ratio_icount\":%.3f,\"virtual_per_host\":%.2f}",
            json->len > 1 ? "," : "", name, g_str_has_prefix(name, "idle") ? "idle" : "busy", h, q, c, q / h, c / h,
            virtual_time / h);
    }
    if (only == NULL || strcmp(only, "radio") == 0)
        bench_radio(json);
    if (only == NULL || strcmp(only, "debugger") == 0)
        bench_debugger(json, runs);
    g_string_append(json, "\n]\n");
    if (only == NULL)
        other_figures(elves[g_strv_length(elves) - 1]);
    bool written = json_file == NULL || g_file_set_contents(json_file, json->str, -1, &error);
    g_string_free(json, TRUE);
    if (!written) {
        fprintf(stderr, "bench: %s\n", error->message);
        return 1;
    }
    return 0;
}
