/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/run-options.h"

#include <string.h>

#include "emu/cli/value.h"

/* How long a run with a condition waits for it unless told. */
#define DEFAULT_TIMEOUT (60 * TICKS_PER_SECOND)

/* What GOption fills in: texts, every option as often as it was given. */
struct texts {
    gboolean help, no_device, vbat, realtime, quiet;
    char **set, **only, **parts[IMAGE_PARTS], **load, **device, **board, **duration, **until, **then, **hold, **press, **input,
        **power_cycle, **speed, **seed, **cpi, **events, **trace;
    GPtrArray *strict; /* char *, "" without a value */
};

static void texts_clear(struct texts *t)
{
    char **lists[] = {t->set,   t->only,  t->load,        t->device, t->board, t->duration, t->until,  t->then, t->hold,
                      t->press, t->input, t->power_cycle, t->speed,  t->seed,  t->cpi,      t->events, t->trace};
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        g_strfreev(t->parts[i]);
    g_ptr_array_unref(t->strict);
}

static gboolean take_strict(const char *name, const char *value, void *data, GError **error)
{
    (void)name;
    (void)error;
    struct texts *t = data;
    g_ptr_array_add(t->strict, g_strdup(value ? value : ""));
    return TRUE;
}

static bool bad(GError **error, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool bad(GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
    return false;
}

/* The value of an option that may be given once; NULL if it was not. */
static bool once(char **values, const char *option, const char **value, GError **error)
{
    *value = values ? values[0] : NULL;
    if (values && values[1])
        return bad(error, "%s may be given once only", option);
    return true;
}

static bool parse_board(const struct texts *t, struct run_options *o, GError **error)
{
    const char *name;
    if (!once(t->board, "--board", &name, error))
        return false;
    o->board = board_find(name ? name : "photon");
    if (!o->board) {
        g_autofree char *names = g_strjoinv(", ", (char **)board_names());
        return bad(error, "--board '%s' is not known: it must be one of %s", name, names);
    }
    return true;
}

static bool parse_images(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    if (!once(t->set, "--set", &text, error))
        return false;
    o->set = g_strdup(text);
    if (!once(t->only, "--only", &text, error))
        return false;
    if (text) {
        g_autoptr(GError) why = NULL;
        o->only = image_parts_parse(text, &why);
        if (why)
            return bad(error, "--only '%s' is not understood: %s", text, why->message);
    }
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        g_autofree char *option = g_strconcat("--", image_places[i].name, NULL);
        if (!once(t->parts[i], option, &text, error))
            return false;
        if (text && *text == '\0')
            return bad(error, "%s needs a file, or none", option);
        o->parts[i] = g_strdup(text);
        if (text && strcmp(text, "none") != 0 && o->only && !(o->only & (1U << i)))
            return bad(error, "%s gives an image that --only leaves out", option);
    }
    o->loads = g_strdupv(t->load);
    return true;
}

static bool parse_device(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    if (!once(t->device, "--device", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--device needs the name of a file");
    if (text && t->no_device)
        return bad(error, "--device and --no-device cannot both be given");
    o->device = g_strdup(text);
    o->vbat = t->vbat;
    return true;
}

static bool parse_numbers(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    if (!once(t->seed, "--seed", &text, error))
        return false;
    o->has_seed = text != NULL;
    o->seed = BOARD_OPTIONS_DEFAULT.seed;
    if (text && !value_unsigned(text, &o->seed))
        return bad(error, "--seed '%s' is not understood: it must be a whole number from 0 to 18446744073709551615", text);

    if (!once(t->cpi, "--cpi", &text, error))
        return false;
    o->cpi_num = BOARD_OPTIONS_DEFAULT.cpi_num;
    o->cpi_den = BOARD_OPTIONS_DEFAULT.cpi_den;
    if (text &&
        (!value_fraction(text, &o->cpi_num, &o->cpi_den) || o->cpi_num * 10 < o->cpi_den || o->cpi_num > o->cpi_den * 100))
        return bad(error, "--cpi '%s' is not understood: it must be a decimal number from 0.1 to 100, such as 1.5", text);

    if (!once(t->speed, "--speed", &text, error))
        return false;
    if (text && t->realtime)
        return bad(error, "--speed and --realtime cannot both be given");
    o->speed = t->realtime ? 1 : 0;
    if (text) {
        uint32_t num, den;
        if (!value_fraction(text, &num, &den) || (uint64_t)num * 1000 < den)
            return bad(error, "--speed '%s' is not understood: it must be a decimal number from 0.001 to 999, such as 0.5",
                       text);
        o->speed = (double)num / den;
    }
    return true;
}

static bool parse_end(const struct texts *t, struct run_options *o, GError **error)
{
    const char *duration, *until;
    if (!once(t->duration, "--for", &duration, error))
        return false;
    if (t->until && t->until[1])
        return bad(error, "--until may be given once only: join conditions by ' and ' or ' or ', or use --then");
    until = t->until ? t->until[0] : NULL;
    if (t->then && !until)
        return bad(error, "--then needs a first condition given by --until");
    o->duration = until ? DEFAULT_TIMEOUT : TICKS_NEVER;
    if (duration && (!value_duration(duration, &o->duration) || o->duration == 0))
        return bad(error, "--for '%s' is not understood: it must be " VALUE_DURATION_FORM ", and more than 0", duration);
    if (until)
        g_ptr_array_add(o->stages, g_strdup(until));
    for (unsigned i = 0; t->then && t->then[i]; i++)
        g_ptr_array_add(o->stages, g_strdup(t->then[i]));
    return true;
}

static bool parse_schedule(const struct texts *t, struct run_options *o, GError **error)
{
    const struct {
        char **values;
        bool (*add)(GArray *schedule, const char *text, GError **error);
    } kinds[] = {{t->hold, schedule_hold},
                 {t->press, schedule_press},
                 {t->input, schedule_input},
                 {t->power_cycle, schedule_power_cycle}};
    for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (unsigned i = 0; kinds[k].values && kinds[k].values[i]; i++)
            if (!kinds[k].add(o->schedule, kinds[k].values[i], error))
                return false;
    schedule_sort(o->schedule);
    return true;
}

static bool parse_output(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    if (!once(t->events, "--events", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--events needs the name of a file, or -");
    o->events = g_strdup(text);
    o->quiet = t->quiet;
    for (unsigned i = 0; t->trace && t->trace[i]; i++) {
        g_auto(GStrv) names = g_strsplit(t->trace[i], ",", -1);
        for (unsigned k = 0; names[k] || k == 0; k++) {
            unsigned trace = g_strcmp0(names[k], "mmio") == 0    ? TRACE_MMIO
                             : g_strcmp0(names[k], "exc") == 0   ? TRACE_EXCEPTIONS
                             : g_strcmp0(names[k], "flash") == 0 ? TRACE_FLASH
                                                                 : 0;
            if (!trace)
                return bad(error,
                           "--trace '%s' is not understood: it must be mmio, exc and flash, or some of them, joined by commas",
                           t->trace[i]);
            o->trace |= trace;
        }
    }
    for (unsigned i = 0; i < t->strict->len; i++) {
        const char *value = g_ptr_array_index(t->strict, i);
        if (*value != '\0' && strcmp(value, "stored") != 0)
            return bad(error, "--strict '%s' is not understood: it must be --strict or --strict=stored", value);
        o->strict = true;
        o->strict_stored |= *value != '\0';
    }
    return true;
}

static bool parse(int argc, char **argv, struct texts *t, struct run_options *o, GError **error)
{
#define TEXTS(NAME, FIELD)                                                                                                     \
    {                                                                                                                          \
        NAME, 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->FIELD, NULL, NULL                                                           \
    }
#define FILES(NAME, FIELD)                                                                                                     \
    {                                                                                                                          \
        NAME, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &t->FIELD, NULL, NULL                                                         \
    }
#define FLAG(NAME, FIELD)                                                                                                      \
    {                                                                                                                          \
        NAME, 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &t->FIELD, NULL, NULL                                                  \
    }
    const GOptionEntry entries[] = {
        {"help", 'h', 0, G_OPTION_ARG_NONE, &t->help, NULL, NULL},
        FILES("set", set),
        TEXTS("only", only),
        FILES("bootloader", parts[IMAGE_BOOTLOADER]),
        FILES("system-part1", parts[IMAGE_SYSTEM_PART1]),
        FILES("system-part2", parts[IMAGE_SYSTEM_PART2]),
        FILES("user", parts[IMAGE_USER]),
        FILES("factory", parts[IMAGE_FACTORY]),
        FILES("load", load),
        FILES("device", device),
        FLAG("no-device", no_device),
        FLAG("vbat", vbat),
        TEXTS("board", board),
        TEXTS("for", duration),
        TEXTS("until", until),
        TEXTS("then", then),
        TEXTS("hold", hold),
        TEXTS("press", press),
        TEXTS("input", input),
        TEXTS("power-cycle", power_cycle),
        FLAG("realtime", realtime),
        TEXTS("speed", speed),
        TEXTS("seed", seed),
        TEXTS("cpi", cpi),
        {"strict", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (void *)take_strict, NULL, NULL},
        FILES("events", events),
        TEXTS("trace", trace),
        FLAG("quiet", quiet),
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    GOptionGroup *group = g_option_group_new("run", "", "", t, NULL);
    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) why = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &why))
        return bad(error, "%s; photon-emu run --help lists the options", why->message);
    if (argc > 1)
        return bad(error, "'%s' is no option; photon-emu run --help lists the options", argv[1]);
    o->help = t->help;
    return o->help ||
           (parse_board(t, o, error) && parse_images(t, o, error) && parse_device(t, o, error) && parse_numbers(t, o, error) &&
            parse_end(t, o, error) && parse_schedule(t, o, error) && parse_output(t, o, error));
}

struct run_options *run_options_parse(int argc, char **argv, GError **error)
{
    struct texts t = {.strict = g_ptr_array_new_with_free_func(g_free)};
    struct run_options *o = g_new0(struct run_options, 1);
    o->stages = g_ptr_array_new_with_free_func(g_free);
    o->schedule = schedule_new();
    bool good = parse(argc, argv, &t, o, error);
    texts_clear(&t);
    if (good)
        return o;
    run_options_free(o);
    return NULL;
}

void run_options_free(struct run_options *o)
{
    if (!o)
        return;
    g_free(o->set);
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        g_free(o->parts[i]);
    g_strfreev(o->loads);
    g_free(o->device);
    g_ptr_array_unref(o->stages);
    g_array_unref(o->schedule);
    g_free(o->events);
    g_free(o);
}
