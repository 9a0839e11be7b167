/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/observe/story.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

enum {
    WIDTH = 80,
    TEXT_COLUMN = 23,   /* "    0.203 s  " and a word of nine */
    LONGEST_LINE = 200, /* of a port that never ends its lines */
};

#define PROGRAM_PAUSE  (50 * TICKS_PER_MS)  /* a longer one ends a run of programming */
#define BACKUP_PAUSE   (1 * TICKS_PER_MS)   /* of writes to backup registers */
#define SERIAL_PAUSE   (500 * TICKS_PER_MS) /* a line is told without its end */
#define PROGRESS_EVERY 250000               /* microseconds of the host */

struct programming {
    uint64_t bytes;
    uint32_t first, last; /* lowest and highest address, inclusive */
    ticks_t begun, ended;
};

struct port {
    char *name;
    GString *line;
    ticks_t last;
    bool after_return; /* CR LF is one end of a line */
};

struct story {
    FILE *file;
    struct story_options options;
    ticks_t told;                   /* time of the last line */
    struct programming programming; /* bytes 0: none */
    ticks_t program_begun, erase_begun;
    GString *backup; /* registers of a burst; empty: none */
    ticks_t backup_last;
    GPtrArray *ports;
    bool progress_shown;
    int64_t progress_last; /* host time; 0: never */
    ticks_t progress_ticks;
};

/* ---- lines ---- */

static void clear_progress(struct story *s)
{
    if (s->progress_shown)
        fputs("\r\033[K", s->file);
    s->progress_shown = false;
}

static int columns_of(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* How many bytes of text fit into so many columns: to the last blank, if there is one. */
static size_t fitting(const char *text, int room)
{
    const char *p = text, *blank = NULL;
    for (; *p != '\0'; p = g_utf8_next_char(p)) {
        if (*p == ' ')
            blank = p;
        room -= columns_of(g_utf8_get_char(p));
        if (room < 0)
            return (size_t)((blank != NULL && blank != text ? blank : p) - text);
    }
    return (size_t)(p - text);
}

/* Any bytes as text that a terminal only shows: what is not printable UTF-8 becomes \xNN. */
static char *harmless(const char *raw)
{
    GString *text = g_string_new(NULL);
    for (const char *p = raw; *p != '\0';) {
        gunichar c = g_utf8_get_char_validated(p, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        size_t length = valid ? (size_t)(g_utf8_next_char(p) - p) : 1;
        if (c == '\t')
            g_string_append_c(text, ' ');
        else if (valid && g_unichar_isprint(c))
            g_string_append_len(text, p, (gssize)length);
        else
            for (size_t i = 0; i < length; i++)
                g_string_append_printf(text, "\\x%02X", (unsigned char)p[i]);
        p += length;
    }
    return g_string_free(text, FALSE);
}

/* A swatch takes three columns in front of the text. */
static void tell(struct story *s, ticks_t when, const char *word, const char *swatch, const char *raw)
{
    clear_progress(s);
    s->told = MAX(s->told, when); /* what was held back may be older than the line before */
    g_autofree char *text = harmless(raw);
    uint64_t milliseconds = s->told / TICKS_PER_MS;
    fprintf(s->file, "%5" G_GUINT64_FORMAT ".%03u s  %-9.9s ", (guint64)(milliseconds / 1000), (unsigned)(milliseconds % 1000),
            word);
    int room = WIDTH - TEXT_COLUMN;
    if (swatch != NULL) {
        fprintf(s->file, "%s ", swatch);
        room -= 3;
    }
    for (const char *rest = text;;) {
        size_t bytes = fitting(rest, room);
        fprintf(s->file, "%.*s\n", (int)bytes, rest);
        rest += bytes;
        while (*rest == ' ')
            rest++;
        if (*rest == '\0')
            break;
        fprintf(s->file, "%*s", TEXT_COLUMN, "");
        room = WIDTH - TEXT_COLUMN;
    }
    fflush(s->file);
}

G_GNUC_PRINTF(4, 5) static void tell_format(struct story *s, ticks_t when, const char *word, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    tell(s, when, word, NULL, text);
}

/* ---- fields ---- */

static const char *string_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    return field != NULL && field->type == EVENT_STRING && field->string != NULL ? field->string : "";
}

static int64_t number_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    if (field == NULL)
        return 0;
    return field->type == EVENT_INT    ? field->integer
           : field->type == EVENT_HEX  ? (int64_t)field->hex
           : field->type == EVENT_REAL ? (int64_t)field->real
           : field->type == EVENT_BOOL ? field->boolean
                                       : 0;
}

static uint32_t address_of(const struct event *event, const char *name)
{
    return (uint32_t)number_of(event, name);
}

static bool is(const struct event *event, const char *field, const char *value)
{
    return strcmp(string_of(event, field), value) == 0;
}

/* "3,952" */
static char *count(uint64_t value)
{
    g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, (guint64)value);
    GString *text = g_string_new(NULL);
    size_t length = strlen(digits);
    for (size_t i = 0; i < length; i++) {
        if (i != 0 && (length - i) % 3 == 0)
            g_string_append_c(text, ',');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

/* "202 ms", "4.2 s", "35 us" */
static char *duration(ticks_t ticks)
{
    uint64_t us = (ticks + TICKS_PER_US / 2) / TICKS_PER_US;
    if (us < 1000)
        return g_strdup_printf("%u us", (unsigned)us);
    if (us < 1000000)
        return g_strdup_printf("%u ms", (unsigned)((us + 500) / 1000));
    uint64_t hundredths = (us + 5000) / 10000;
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%02u s", (guint64)(hundredths / 100), (unsigned)(hundredths % 100));
}

/* ---- flash ---- */

static void finish_programming(struct story *s)
{
    struct programming *p = &s->programming;
    if (p->bytes == 0)
        return;
    struct programming run = *p;
    p->bytes = 0;
    g_autofree char *bytes = count(run.bytes), *took = duration(run.ended - run.begun);
    const char *unit = run.bytes == 1 ? "byte" : "bytes";
    if (run.last - run.first + 1 == run.bytes)
        tell_format(s, run.ended, "flash", "programmed %s %s at 0x%08X in %s", bytes, unit, run.first, took);
    else
        tell_format(s, run.ended, "flash", "programmed %s %s in 0x%08X to 0x%08X in %s", bytes, unit, run.first, run.last,
                    took);
}

static void programmed(struct story *s, const struct event *event)
{
    struct programming *p = &s->programming;
    uint32_t address = address_of(event, "address"), size = address_of(event, "size");
    if (p->bytes == 0)
        *p = (struct programming){.first = address, .last = address, .begun = s->program_begun};
    p->bytes += size;
    p->first = MIN(p->first, address);
    p->last = MAX(p->last, address + size - 1);
    p->ended = event->ticks;
}

static char *flash_subject(const struct event *event)
{
    const char *op = string_of(event, "op");
    if (strcmp(op, "erase") == 0)
        return g_strdup_printf("sector %d (0x%08X, %u KB)", (int)number_of(event, "sector"), address_of(event, "address"),
                               address_of(event, "size") / 1024);
    if (strcmp(op, "mass-erase") == 0)
        return g_strdup("the whole flash");
    if (strcmp(op, "option") == 0)
        return g_strdup_printf("option bytes 0x%08X", address_of(event, "value"));
    if (strcmp(op, "otp") == 0)
        return g_strdup_printf("one-time area at 0x%08X", address_of(event, "address"));
    return g_strdup_printf("0x%08X", address_of(event, "address"));
}

static void flash_cut(struct story *s, const struct event *event, bool erase)
{
    static const struct {
        const char *left, *words;
    } outcomes[] = {{"old", "the old contents are left"}, {"complete", "it was just done"}, {"mixed", "a mixture is left"}};
    const char *words = "";
    for (unsigned i = 0; i < G_N_ELEMENTS(outcomes); i++)
        if (is(event, "left", outcomes[i].left))
            words = outcomes[i].words;
    g_autofree char *subject = flash_subject(event);
    finish_programming(s);
    tell_format(s, event->ticks, "flash", "%s %s was cut short: %s", erase ? "erasing" : "programming", subject, words);
}

static void flash(struct story *s, const struct event *event)
{
    bool erase = is(event, "op", "erase") || is(event, "op", "mass-erase");
    if (is(event, "phase", "begin")) {
        *(erase ? &s->erase_begun : &s->program_begun) = event->ticks;
        if (erase)
            finish_programming(s);
        return;
    }
    if (is(event, "phase", "cut")) {
        flash_cut(s, event, erase);
        return;
    }
    if (is(event, "op", "program")) {
        programmed(s, event);
        return;
    }
    finish_programming(s);
    g_autofree char *subject = flash_subject(event);
    if (erase) {
        g_autofree char *took = duration(event->ticks - s->erase_begun);
        tell_format(s, event->ticks, "flash", "erased %s in %s", subject, took);
    } else {
        tell_format(s, event->ticks, "flash", "programmed %s", subject);
    }
}

/* ---- LED ---- */

/* The nearest of the six levels of a terminal's colour cube: 0, 95, 135, 175, 215, 255. */
static int cube_level(int c)
{
    return c < 48 ? 0 : c < 115 ? 1 : (c - 35) / 40;
}

/* Two blanks on the LED's colour; NULL where there are no colours. */
static char *swatch(const struct story *s, int r, int g, int b)
{
    switch (s->options.colour) {
    case STORY_TRUE_COLOUR:
        return g_strdup_printf("\033[48;2;%d;%d;%dm  \033[0m", r, g, b);
    case STORY_256:
        return g_strdup_printf("\033[48;5;%dm  \033[0m", 16 + 36 * cube_level(r) + 6 * cube_level(g) + cube_level(b));
    case STORY_PLAIN:
        break;
    }
    return NULL;
}

static void led(struct story *s, const struct event *event)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (!is(event, "name", "rgb"))
        g_string_append_printf(text, "%s: ", string_of(event, "name"));
    g_string_append(text, string_of(event, "state"));
    int64_t period = number_of(event, "period_ms");
    if (period > 0) {
        g_autofree char *words = duration((ticks_t)period * TICKS_PER_MS);
        g_string_append_printf(text, ", period %s", words);
    }
    const struct event_field *since = event_field(event, "since");
    double now = (double)event->ticks / (double)TICKS_PER_SECOND;
    if (since != NULL && since->type == EVENT_REAL && now - since->real >= 0.05) {
        char number[32];
        g_string_append_printf(text, ", since %s s", g_ascii_formatd(number, sizeof number, "%.3f", since->real));
    }
    g_autofree char *colour = swatch(s, (int)number_of(event, "r"), (int)number_of(event, "g"), (int)number_of(event, "b"));
    tell(s, event->ticks, "led", colour, text->str);
}

/* ---- backup registers ---- */

static void finish_backup(struct story *s)
{
    if (s->backup->len == 0)
        return;
    g_autofree char *text = g_strdup(s->backup->str);
    g_string_truncate(s->backup, 0);
    tell(s, s->backup_last, "backup", NULL, text);
}

/* Small ones as people write them. */
static char *plain_number(uint32_t value)
{
    return g_strdup_printf(value < 256 ? "%u" : value < 0x10000 ? "0x%04X" : "0x%08X", value);
}

/* DR1 is the firmware's health word. */
static const char *health(uint32_t value)
{
    static const struct {
        uint32_t value;
        const char *meaning;
    } known[] = {{1, "starting"},
                 {2, "second try after a watchdog reset"},
                 {3, "third try after a watchdog reset"},
                 {4, "system: config"},
                 {5, "system: main"},
                 {6, "system: network loop"},
                 {7, "user: setup"},
                 {8, "user: loop"},
                 {9, "user: loop has run"},
                 {10, "preserve app"},
                 {0xEDFA, "DFU is asked for"},
                 {0x5AFE, "safe mode is asked for"},
                 {0xFFFF, "healthy"}};
    for (unsigned i = 0; i < G_N_ELEMENTS(known); i++)
        if (known[i].value == value)
            return known[i].meaning;
    return NULL;
}

static void backup(struct story *s, const struct event *event)
{
    uint32_t value = address_of(event, "value"), old = address_of(event, "old");
    const char *name = string_of(event, "register");
    if (strcmp(name, "DR1") == 0) {
        finish_backup(s);
        g_autofree char *from = plain_number(old), *to = plain_number(value);
        const char *meaning = health(value);
        tell_format(s, event->ticks, "backup", "DR1 %s -> %s%s%s%s", from, to, meaning != NULL ? " (" : "",
                    meaning != NULL ? meaning : "", meaning != NULL ? ")" : "");
        return;
    }
    if (s->backup->len != 0 && event->ticks - s->backup_last > BACKUP_PAUSE)
        finish_backup(s);
    g_autofree char *to = plain_number(value);
    g_string_append_printf(s->backup, "%s%s=%s", s->backup->len != 0 ? ", " : "", name, to);
    s->backup_last = event->ticks;
}

/* ---- serial ports ---- */

static void finish_line(struct story *s, struct port *port)
{
    if (port->line->len == 0)
        return;
    g_autofree char *text = g_strdup_printf("%s: %s", port->name, port->line->str);
    g_string_truncate(port->line, 0);
    tell(s, port->last, "serial", NULL, text);
}

static void port_free(void *data)
{
    struct port *port = data;
    g_free(port->name);
    g_string_free(port->line, TRUE);
    g_free(port);
}

static struct port *port_of(struct story *s, const char *name)
{
    for (unsigned i = 0; i < s->ports->len; i++) {
        struct port *port = g_ptr_array_index(s->ports, i);
        if (strcmp(port->name, name) == 0)
            return port;
    }
    struct port *port = g_new0(struct port, 1);
    port->name = g_strdup(name);
    port->line = g_string_new(NULL);
    g_ptr_array_add(s->ports, port);
    return port;
}

static void uart(struct story *s, const struct event *event)
{
    if (!is(event, "direction", "tx"))
        return;
    struct port *port = port_of(s, string_of(event, "port"));
    unsigned byte = (unsigned)number_of(event, "byte") & 0x1FF;
    bool line_feed_of_pair = byte == '\n' && port->after_return;
    port->after_return = byte == '\r';
    port->last = event->ticks;
    if (byte == '\n' || byte == '\r') {
        if (!line_feed_of_pair)
            finish_line(s, port);
        return;
    }
    if (byte == '\0' || byte > 0xFF)
        g_string_append_printf(port->line, "\\x%02X", byte);
    else
        g_string_append_c(port->line, (char)byte);
    if (port->line->len >= LONGEST_LINE)
        finish_line(s, port);
}

/* ---- the rest ---- */

static void reset(struct story *s, const struct event *event)
{
    static const struct {
        const char *cause, *words;
    } causes[] = {{"power-on", "power-on"},
                  {"pin", "by the RESET button"},
                  {"software", "by the software"},
                  {"iwdg", "by the watchdog (IWDG)"},
                  {"wwdg", "by the window watchdog (WWDG)"}};
    const char *cause = string_of(event, "cause"), *words = cause;
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        if (strcmp(causes[i].cause, cause) == 0)
            words = causes[i].words;
    tell(s, event->ticks, "reset", NULL, words);
}

static void fault(struct story *s, const struct event *event)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (is(event, "type", "lockup")) {
        g_string_printf(text, "locked up at PC 0x%08X: nothing but a reset gets it going again", address_of(event, "pc"));
    } else {
        g_string_append(text, string_of(event, "type"));
        if (!is(event, "cause", "") && !is(event, "cause", "none"))
            g_string_append_printf(text, ", %s", string_of(event, "cause"));
        g_string_append_printf(text, " at PC 0x%08X", address_of(event, "pc"));
        if (event_field(event, "address") != NULL)
            g_string_append_printf(text, ", address 0x%08X", address_of(event, "address"));
        if (!is(event, "taken", "") && !is(event, "taken", string_of(event, "type")))
            g_string_append_printf(text, ", taken as %s", string_of(event, "taken"));
    }
    tell(s, event->ticks, "fault", NULL, text->str);
}

static void module(struct story *s, const struct event *event)
{
    tell_format(s, event->ticks, "module", "%s: %s", string_of(event, "place"), string_of(event, "text"));
}

static void watchdog(struct story *s, const struct event *event)
{
    int64_t timeout = number_of(event, "timeout_ms");
    g_autofree char *words = duration((ticks_t)MAX(timeout, 0) * TICKS_PER_MS);
    tell_format(s, event->ticks, "watchdog", "%s %s%s%s", string_of(event, "name"),
                is(event, "op", "start") ? "is running" : string_of(event, "op"), timeout > 0 ? ", to be served every " : "",
                timeout > 0 ? words : "");
}

static void button(struct story *s, const struct event *event)
{
    tell_format(s, event->ticks, "button", "%s %s", string_of(event, "name"), string_of(event, "state"));
}

static void input(struct story *s, const struct event *event)
{
    tell_format(s, event->ticks, "input", "%s = %s", string_of(event, "name"), string_of(event, "value"));
}

static void power(struct story *s, const struct event *event)
{
    tell(s, event->ticks, "power", NULL, number_of(event, "on") != 0 ? "on" : "off");
}

static void usb(struct story *s, const struct event *event)
{
    static const struct {
        const char *op, *words;
    } ops[] = {
        {"attach", "cable plugged in"},     {"detach", "cable pulled out"}, {"connect", "the device shows itself"},
        {"disconnect", "the device hides"}, {"reset", "bus reset"},         {"remote-wakeup", "the device wakes the host"},
        {"import", "a program has it"},     {"release", "it is let go"},    {"no-answer", "the device does not answer"}};
    const char *op = string_of(event, "op"), *words = op;
    if (strcmp(op, "submit") == 0 || strcmp(op, "complete") == 0)
        return; /* transfers would drown the rest */
    if (strcmp(op, "enumerate") == 0) {
        tell_format(s, event->ticks, "usb", "%s: found %04x:%04x", string_of(event, "port"), address_of(event, "vendor"),
                    address_of(event, "product"));
        return;
    }
    if (strcmp(op, "cut-off") == 0) {
        tell_format(s, event->ticks, "usb", "%s: a USB/IP client was cut off: %s", string_of(event, "port"),
                    string_of(event, "text"));
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(ops); i++)
        if (strcmp(ops[i].op, op) == 0)
            words = ops[i].words;
    tell_format(s, event->ticks, "usb", "%s: %s", string_of(event, "port"), words);
}

/* Of networks; the others in their own words. Commands and the steps of a start would drown the rest. */
static void wifi(struct story *s, const struct event *event)
{
    static const struct {
        const char *op, *words;
    } plain[] = {{"up", "the radio is on"},
                 {"down", "the radio is off"},
                 {"scan", "the radio looks for networks"},
                 {"scan-aborted", "the search was given up"},
                 {"softap-down", "the device's own network is gone"}},
      named[] = {{"join", "looks for"}, {"join-failed", "cannot join"}, {"joined", "joined"},
                 {"leave", "leaves"},   {"link-lost", "lost"},          {"softap-up", "is a network itself:"}};
    const char *ssid = string_of(event, "ssid"), *reason = string_of(event, "reason");
    for (unsigned i = 0; i < G_N_ELEMENTS(plain); i++)
        if (is(event, "op", plain[i].op))
            tell_format(s, event->ticks, "wifi", "%s", plain[i].words);
    for (unsigned i = 0; i < G_N_ELEMENTS(named); i++) {
        if (!is(event, "op", named[i].op))
            continue;
        GString *text = g_string_new(NULL);
        g_string_printf(text, "the device %s \"%s\"", named[i].words, ssid);
        if (event_field(event, "channel") != NULL)
            g_string_append_printf(text, ", channel %d, %s", (int)number_of(event, "channel"), string_of(event, "security"));
        if (reason[0] != '\0')
            g_string_append_printf(text, ": %s", reason);
        tell(s, event->ticks, "wifi", NULL, text->str);
        g_string_free(text, TRUE);
    }
    if (is(event, "op", "scan-done"))
        tell_format(s, event->ticks, "wifi", "the radio has found %d network%s", (int)number_of(event, "found"),
                    number_of(event, "found") == 1 ? "" : "s");
    else if (is(event, "op", "mac"))
        tell_format(s, event->ticks, "wifi", "the %s has address %s now", string_of(event, "interface"),
                    string_of(event, "mac"));
    else if (is(event, "op", "dropped"))
        tell_format(s, event->ticks, "wifi", "a frame of %d bytes %s was dropped: %s", (int)number_of(event, "length"),
                    is(event, "direction", "tx") ? "to the radio" : "from the radio", string_of(event, "text"));
}

static void network(struct story *s, const struct event *event)
{
    const char *address = string_of(event, "address"), *protocol = string_of(event, "protocol");
    bool access_point = is(event, "interface", "access-point");
    if (is(event, "op", "lease"))
        tell_format(s, event->ticks, "network", access_point ? "the gateway got address %s" : "the device got address %s",
                    address);
    else if (is(event, "op", "name") && address[0] != '\0')
        tell_format(s, event->ticks, "network", "%s is %s", string_of(event, "name"), address);
    else if (is(event, "op", "name"))
        tell_format(s, event->ticks, "network", "%s is not known", string_of(event, "name"));
    else if (is(event, "protocol", "icmp"))
        tell_format(s, event->ticks, "network", "%s may not be reached: ping refused", address);
    else
        tell_format(s, event->ticks, "network", "%s:%d may not be reached: %s refused", address, (int)number_of(event, "port"),
                    protocol);
}

static void user_code(struct story *s, const struct event *event)
{
    tell_format(s, event->ticks, "user", "the user module was accepted: its code runs, at 0x%08X", address_of(event, "pc"));
}

static void user_loop(struct story *s, const struct event *event)
{
    tell_format(s, event->ticks, "user", "loop() runs, at 0x%08X", address_of(event, "pc"));
}

static void unmodelled(struct story *s, const struct event *event)
{
    const char *text = string_of(event, "text");
    if (text[0] != '\0')
        tell(s, event->ticks, "missing", NULL, text);
    else
        tell_format(s, event->ticks, "missing", "%s was used at PC 0x%08X and is not modelled", string_of(event, "field"),
                    address_of(event, "pc"));
}

static void note(struct story *s, const struct event *event)
{
    tell(s, event->ticks, event->kind, NULL, string_of(event, "text"));
}

/* A kind that this file knows nothing about: its fields as they are. */
static void anything(struct story *s, const struct event *event)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *field = &event->fields[i];
        char number[G_ASCII_DTOSTR_BUF_SIZE];
        g_string_append_printf(text, "%s%s ", i != 0 ? ", " : "", field->name);
        switch (field->type) {
        case EVENT_STRING:
            g_string_append(text, field->string != NULL ? field->string : "");
            break;
        case EVENT_INT:
            g_string_append_printf(text, "%" G_GINT64_FORMAT, (gint64)field->integer);
            break;
        case EVENT_HEX:
            g_string_append_printf(text, "0x%08" G_GINT64_MODIFIER "X", (guint64)field->hex);
            break;
        case EVENT_BOOL:
            g_string_append(text, field->boolean ? "yes" : "no");
            break;
        case EVENT_REAL:
            g_string_append(text, g_ascii_formatd(number, sizeof number, "%.3f", field->real));
            break;
        }
    }
    tell(s, event->ticks, event->kind, NULL, text->str);
}

static const struct {
    const char *kind;
    void (*tell)(struct story *s, const struct event *event); /* NULL: not worth a line */
} tellers[] = {
    {"flash", flash},
    {"uart", uart},
    {"light", NULL},
    {"pin", NULL},
    {"pwm", NULL},
    {"dac", NULL},
    {"led", led},
    {"reset", reset},
    {"fault", fault},
    {"module", module},
    {"backup", backup},
    {"button", button},
    {"input", input},
    {"power", power},
    {"watchdog", watchdog},
    {"stuck", note},
    {"gated", note},
    {"conflict", note},
    {"limit", note},
    {"dma", note},
    {"unmodelled", unmodelled},
    {"stored", NULL},
    {"exception", NULL},
    {"mmio", NULL},
    {"user-code", user_code},
    {"user-loop", user_loop},
    {"usb", usb},
    {"wifi", wifi},
    {"sdio", NULL},
    {"net", NULL},
    {"network", network},
};

/* Tell what has been held back and whose time is over. Before any line but its own kind's: lines come in the order of time. */
static void tell_overdue(struct story *s, const struct event *event, bool line_follows)
{
    bool programs = strcmp(event->kind, "flash") == 0;
    if (s->programming.bytes != 0 && ((line_follows && !programs) || event->ticks - s->programming.ended > PROGRAM_PAUSE))
        finish_programming(s);
    bool backs_up = strcmp(event->kind, "backup") == 0;
    if (s->backup->len != 0 && ((line_follows && !backs_up) || event->ticks - s->backup_last > BACKUP_PAUSE))
        finish_backup(s);
    bool reset_now = strcmp(event->kind, "reset") == 0;
    for (unsigned i = 0; i < s->ports->len; i++) {
        struct port *port = g_ptr_array_index(s->ports, i);
        if (reset_now || event->ticks - port->last > SERIAL_PAUSE)
            finish_line(s, port);
    }
}

void story_event(const struct event *event, void *data)
{
    struct story *s = data;
    void (*teller)(struct story * s, const struct event *event) = anything;
    for (unsigned i = 0; i < G_N_ELEMENTS(tellers); i++)
        if (strcmp(tellers[i].kind, event->kind) == 0) {
            teller = tellers[i].tell;
            break;
        }
    /* a byte on a port or the begin of an operation is not a line yet */
    tell_overdue(s, event, teller != NULL && teller != uart && !(teller == flash && is(event, "phase", "begin")));
    if (teller != NULL)
        teller(s, event);
}

void story_progress(struct story *s, ticks_t now, int64_t host_microseconds)
{
    if (!s->options.progress)
        return;
    int64_t passed = host_microseconds - s->progress_last;
    if (s->progress_last != 0 && passed < PROGRESS_EVERY)
        return;
    uint64_t milliseconds = now / TICKS_PER_MS;
    fprintf(s->file, "\r\033[K%5" G_GUINT64_FORMAT ".%03u s  ...", (guint64)(milliseconds / 1000),
            (unsigned)(milliseconds % 1000));
    if (s->progress_last != 0 && now >= s->progress_ticks) {
        double ratio = (double)(now - s->progress_ticks) / (double)TICKS_PER_SECOND * 1e6 / (double)passed;
        char number[32];
        fprintf(s->file, " at %s times real time", g_ascii_formatd(number, sizeof number, ratio < 10 ? "%.1f" : "%.0f", ratio));
    }
    fflush(s->file);
    s->progress_shown = true;
    s->progress_last = host_microseconds;
    s->progress_ticks = now;
}

void story_finish(struct story *s)
{
    finish_programming(s);
    finish_backup(s);
    for (unsigned i = 0; i < s->ports->len; i++)
        finish_line(s, g_ptr_array_index(s->ports, i));
    clear_progress(s);
    fflush(s->file);
}

/* ---- making one ---- */

struct story_options story_options_for(FILE *file)
{
    const char *no_colour = g_getenv("NO_COLOR"), *colour = g_getenv("COLORTERM"), *terminal = g_getenv("TERM");
    struct story_options options = {.colour = STORY_PLAIN};
    if (!isatty(fileno(file)) || terminal == NULL || strcmp(terminal, "dumb") == 0)
        return options;
    options.progress = true;
    if (no_colour != NULL && no_colour[0] != '\0')
        return options;
    if (colour != NULL && (strcmp(colour, "truecolor") == 0 || strcmp(colour, "24bit") == 0))
        options.colour = STORY_TRUE_COLOUR;
    else if (strstr(terminal, "256color") != NULL || (colour != NULL && colour[0] != '\0'))
        options.colour = STORY_256;
    return options;
}

struct story *story_new(FILE *file, struct story_options options)
{
    struct story *s = g_new0(struct story, 1);
    s->file = file;
    s->options = options;
    s->backup = g_string_new(NULL);
    s->ports = g_ptr_array_new_with_free_func(port_free);
    return s;
}

void story_free(struct story *s)
{
    if (s == NULL)
        return;
    story_finish(s);
    g_string_free(s->backup, TRUE);
    g_ptr_array_unref(s->ports);
    g_free(s);
}
