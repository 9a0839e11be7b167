/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/cli/run-options.h"

#include <string.h>

#include "emu/cli/value.h"

/* How long a run with a condition waits for it unless told. */
#define DEFAULT_TIMEOUT (60 * TICKS_PER_SECOND)

/* What with-usb waits for unless told. */
#define DEVICE_THERE "usb=enumerate"

/* What GOption fills in: texts, every option as often as it was given. */
struct texts {
    bool errand; /* of with-usb: until is called when */
    gboolean help, no_device, vbat, realtime, gdb_wait, quiet, explain;
    char **device, **duration, **until, **then, **hold, **press, **input, **power_cycle, **speed, **cpi, **events, **trace,
        **wifi, **net, **allow, **forward, **softap, **softap_socket, **pcap, **gdb, **usbip, **serial, **usb_pcap,
        **usb_dfu_leave;
    GPtrArray *strict; /* char *, "" without a value */
    struct shape_texts shape;
};

static void texts_clear(struct texts *t)
{
    char **lists[] = {t->device, t->duration,      t->until,  t->then,  t->hold,  t->press,  t->input,    t->power_cycle,
                      t->speed,  t->cpi,           t->events, t->trace, t->wifi,  t->net,    t->allow,    t->forward,
                      t->softap, t->softap_socket, t->pcap,   t->gdb,   t->usbip, t->serial, t->usb_pcap, t->usb_dfu_leave};
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        g_strfreev(lists[i]);
    shape_texts_clear(&t->shape);
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

static bool parse_usb(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    struct listen_address address;
    if (!once(t->usbip, "--usbip", &text, error))
        return false;
    if (text && !listen_address_parse(text, &address, error)) {
        g_prefix_error(error, "--usbip ");
        return false;
    }
    if (text)
        listen_address_clear(&address);
    o->usb.usbip = g_strdup(text);
    if (!once(t->serial, "--serial", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--serial needs the name of a link to make");
    o->usb.serial = g_strdup(text);
    if (!once(t->usb_pcap, "--usb-pcap", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--usb-pcap needs the name of a file");
    o->usb.pcap = g_strdup(text);
    if (!once(t->usb_dfu_leave, "--usb-dfu-leave", &text, error))
        return false;
    if (text && strcmp(text, "abrupt") != 0 && strcmp(text, "clean") != 0)
        return bad(error, "--usb-dfu-leave '%s' is not understood: it must be clean or abrupt", text);
    o->usb.leave_abrupt = g_strcmp0(text, "abrupt") == 0;
    return true;
}

static bool parse_gdb(const struct texts *t, struct run_options *o, GError **error)
{
    const char *text;
    if (!once(t->gdb, "--gdb", &text, error))
        return false;
    if (t->gdb_wait && !text)
        return bad(error, "--gdb-wait needs a place to wait at: --gdb PORT");
    o->gdb = g_strdup(text);
    o->gdb_wait = t->gdb_wait;
    return true;
}

static bool parse_end(const struct texts *t, struct run_options *o, GError **error)
{
    const char *duration, *until;
    if (!once(t->duration, "--for", &duration, error))
        return false;
    if (t->until && t->until[1])
        return bad(error, "--%s may be given once only: join conditions by ' and ' or ' or ', or use --then",
                   t->errand ? "when" : "until");
    until = t->until ? t->until[0] : t->errand ? DEVICE_THERE : NULL;
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

/* Networks: whether the board understands them shows when there is one. */
static bool parse_wifi(const struct texts *t, struct run_options *o, GError **error)
{
    for (unsigned i = 0; t->wifi && t->wifi[i]; i++) {
        if (strcmp(t->wifi[i], "absent") == 0)
            o->wifi_absent = true;
        else
            g_ptr_array_add(o->wifi, g_strdup(t->wifi[i]));
    }
    if (o->wifi_absent && o->wifi->len > 0)
        return bad(error, "--wifi absent and --wifi %s cannot both be given", (char *)g_ptr_array_index(o->wifi, 0));
    return true;
}

static bool parse_network(const struct texts *t, struct run_options *o, GError **error)
{
    const struct {
        const char *option;
        char **values;
        bool (*take)(struct network_options *o, const char *text, GError **error);
    } kinds[] = {{"--net", t->net, network_options_net},
                 {"--allow", t->allow, network_options_allow},
                 {"--forward", t->forward, network_options_forward},
                 {"--softap", t->softap, network_options_softap}};
    for (unsigned k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (unsigned i = 0; kinds[k].values && kinds[k].values[i]; i++)
            if (!kinds[k].take(o->network, kinds[k].values[i], error)) {
                g_prefix_error(error, "%s ", kinds[k].option);
                return false;
            }
    const char *text;
    if (!network_options_check(o->network, error) || !once(t->softap_socket, "--softap-socket", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--softap-socket needs the name of a socket");
    o->network->softap_socket = g_strdup(text);
    if (!once(t->pcap, "--pcap", &text, error))
        return false;
    if (text && *text == '\0')
        return bad(error, "--pcap needs the name of a file");
    o->network->pcap = g_strdup(text);
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
    o->explain = t->explain;
    for (unsigned i = 0; t->trace && t->trace[i]; i++) {
        g_auto(GStrv) names = g_strsplit(t->trace[i], ",", -1);
        for (unsigned k = 0; names[k] || k == 0; k++) {
            unsigned trace = g_strcmp0(names[k], "mmio") == 0    ? TRACE_MMIO
                             : g_strcmp0(names[k], "exc") == 0   ? TRACE_EXCEPTIONS
                             : g_strcmp0(names[k], "flash") == 0 ? TRACE_FLASH
                             : g_strcmp0(names[k], "sdio") == 0  ? TRACE_SDIO
                             : g_strcmp0(names[k], "wlan") == 0  ? TRACE_WLAN
                             : g_strcmp0(names[k], "usb") == 0   ? TRACE_USB
                                                                 : 0;
            if (!trace)
                return bad(
                    error,
                    "--trace '%s' is not understood: it must be mmio, exc, flash, sdio, wlan and usb, or some of them, joined "
                    "by commas",
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
        FILES("device", device),
        FLAG("no-device", no_device),
        FLAG("vbat", vbat),
        TEXTS("for", duration),
        {t->errand ? "when" : "until", 0, 0, G_OPTION_ARG_STRING_ARRAY, &t->until, NULL, NULL},
        TEXTS("then", then),
        TEXTS("hold", hold),
        TEXTS("press", press),
        TEXTS("input", input),
        TEXTS("power-cycle", power_cycle),
        TEXTS("wifi", wifi),
        TEXTS("net", net),
        TEXTS("allow", allow),
        TEXTS("forward", forward),
        TEXTS("softap", softap),
        FILES("softap-socket", softap_socket),
        FILES("pcap", pcap),
        FILES("usbip", usbip),
        FILES("serial", serial),
        FILES("usb-pcap", usb_pcap),
        TEXTS("usb-dfu-leave", usb_dfu_leave),
        TEXTS("gdb", gdb),
        FLAG("gdb-wait", gdb_wait),
        FLAG("realtime", realtime),
        TEXTS("speed", speed),
        TEXTS("cpi", cpi),
        {"strict", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK, (void *)take_strict, NULL, NULL},
        FILES("events", events),
        TEXTS("trace", trace),
        FLAG("quiet", quiet),
        FLAG("explain", explain),
        {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    GOptionGroup *group = g_option_group_new("run", "", "", t, NULL);
    g_option_group_add_entries(group, entries);
    shape_add_options(&t->shape, group);
    g_option_context_set_main_group(context, group);
    g_option_context_set_help_enabled(context, FALSE);
    g_autoptr(GError) why = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &why))
        return bad(error, "%s; photon-emu %s --help lists the options", why->message, t->errand ? "with-usb" : "run");
    if (argc > 1)
        return bad(error, "'%s' is no option; photon-emu %s --help lists the options", argv[1], t->errand ? "with-usb" : "run");
    o->help = t->help;
    return o->help ||
           (shape_parse(&t->shape, &o->shape, error) && parse_device(t, o, error) && parse_numbers(t, o, error) &&
            parse_end(t, o, error) && parse_schedule(t, o, error) && parse_wifi(t, o, error) && parse_network(t, o, error) &&
            parse_usb(t, o, error) && parse_gdb(t, o, error) && parse_output(t, o, error));
}

static struct run_options *parse_all(int argc, char **argv, bool errand, GError **error)
{
    struct texts t = {.errand = errand, .strict = g_ptr_array_new_with_free_func(g_free)};
    struct run_options *o = g_new0(struct run_options, 1);
    o->stages = g_ptr_array_new_with_free_func(g_free);
    o->schedule = schedule_new();
    o->wifi = g_ptr_array_new_with_free_func(g_free);
    o->network = network_options_new();
    bool good = parse(argc, argv, &t, o, error);
    texts_clear(&t);
    if (good)
        return o;
    run_options_free(o);
    return NULL;
}

struct run_options *run_options_parse(int argc, char **argv, GError **error)
{
    return parse_all(argc, argv, false, error);
}

struct run_options *run_options_parse_errand(int argc, char **argv, GError **error)
{
    return parse_all(argc, argv, true, error);
}

void run_options_free(struct run_options *o)
{
    if (!o)
        return;
    shape_clear(&o->shape);
    g_free(o->device);
    g_ptr_array_unref(o->stages);
    g_array_unref(o->schedule);
    g_ptr_array_unref(o->wifi);
    network_options_free(o->network);
    usb_options_clear(&o->usb);
    g_free(o->gdb);
    g_free(o->events);
    g_free(o);
}
