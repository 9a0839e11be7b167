/* SPDX-License-Identifier: GPL-2.0-or-later */
/* photon-emu device explain: what the device will do at its next start, and why, without running it. */
#include "emu/cli/cli.h"
#include "emu/cli/device-report.h"
#include "emu/cli/value.h"
#include "images/forecast.h"

/* clang-format off */
static const char help[] =
    "Usage: photon-emu device explain FILE [OPTION...]\n"
    "\n"
    "Tell what a device will do with its firmware at its next start, why, and what\n"
    "helps, by the rules of the bootloader and the system that it holds; nothing is\n"
    "run. photon-emu run --explain tells what happened in a run.\n"
    "\n"
    "Options:\n"
    "  --hold TIME  as if SETUP were held for that time from the start on\n"
    "  --help       this text\n";
/* clang-format on */

static void steps(const struct forecast *forecast)
{
    fputs("What will happen\n", stdout);
    for (unsigned i = 0; i < forecast->steps->len; i++) {
        const struct forecast_step *step = g_ptr_array_index(forecast->steps, i);
        char number[16];
        g_snprintf(number, sizeof number, "%u.", i + 1);
        device_print(stdout, 2, 6, number, step->text);
    }
    if (forecast->may_crash)
        device_print(stdout, 2, 6, "", "The parts do not go together: the system may crash instead.");
}

/* Of each place with which something is wrong, in the end. A place that is not reached suffers from another one. */
static void cures(const struct verdicts *verdicts)
{
    bool any = false;
    for (unsigned i = 0; i < PLACE_OTA; i++) {
        const struct module_verdict *v = &verdicts->place[i];
        if (v->cure == NULL || v->reason == REASON_NOT_REACHED || v->outcome == OUTCOME_UNUSED)
            continue;
        if (!any)
            fputs("\nWhy, and what helps\n", stdout);
        any = true;
        g_autofree char *text = g_strdup_printf("%s %s", v->cause, v->cure);
        device_print(stdout, 2, 6, "-", text);
    }
}

int device_explain(int argc, char **argv)
{
    g_autofree char *hold = NULL;
    const GOptionEntry entries[] = {{"hold", 0, 0, G_OPTION_ARG_STRING, &hold, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    const struct device_usage usage = {"explain", help, 1, 1, "one FILE"};
    int status;
    ticks_t held = 0;
    struct device_look look;
    if (!device_arguments(&usage, entries, NULL, &argc, &argv, &status))
        return status;
    if (hold != NULL && (!value_duration(hold, &held) || held > 3600 * TICKS_PER_SECOND)) {
        cli_complain("--hold '%s' is not understood: it must be a number with ms, s or min, such as 3.3s, up to one hour",
                     hold);
        return EXIT_USAGE;
    }
    if (!device_look_begin(&look, argv[1]))
        return EXIT_USAGE;
    struct verdict_facts facts = device_facts(&look);
    facts.setup_held_ms = (unsigned)(held / TICKS_PER_MS);
    struct forecast *forecast = forecast_new(look.device->flash, &facts);
    steps(forecast);
    cures(forecast->verdicts);
    forecast_free(forecast);
    device_look_end(&look);
    return device_finish(EXIT_OK);
}
