/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the sentences of all starts to a text: repetitions told once, what matters picked, lines wrapped. */
#include <string.h>

#include "emu/observe/explain-internal.h"

enum { LONGEST_PERIOD = 4, LEAST_ROUNDS = 3 };

/* ---- notes ---- */

static void note_free(void *data)
{
    struct note *note = data;
    g_free(note->text);
    g_free(note->cure);
    g_free(note);
}

struct note *note_add(GPtrArray *notes, ticks_t when, enum weight weight, char *text, char *cure)
{
    struct note *note = g_new0(struct note, 1);
    *note = (struct note){when, weight, text, cure};
    g_ptr_array_add(notes, note);
    return note;
}

struct note *note_say(GPtrArray *notes, ticks_t when, enum weight weight, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct note *note = note_add(notes, when, weight, g_strdup_vprintf(format, arguments), NULL);
    va_end(arguments);
    return note;
}

static int compare_notes(const void *a, const void *b)
{
    const struct note *x = *(const struct note *const *)a, *y = *(const struct note *const *)b;
    return x->when < y->when ? -1 : x->when > y->when;
}

/* ---- chapters ---- */

struct chapter *chapter_new(const struct explain *e, const struct boot *b)
{
    struct chapter *c = g_new0(struct chapter, 1);
    c->begun = b->begun;
    c->ended = MIN(b->ended, e->now);
    c->by_itself = b->reset != NULL && b->next != START_BUTTON;
    c->power_off = b->power_off;
    c->notes = g_ptr_array_new_with_free_func(note_free);
    note_start(e, b, c->notes);
    note_loader(e, b, c->notes);
    note_system(e, b, c->notes);
    note_user(e, b, c->notes);
    note_faults(e, b, c->notes);
    note_network(e, b, c->notes);
    g_ptr_array_sort(c->notes, compare_notes);
    note_end(e, b, c->notes);
    bool from_outside = b->start == START_POWER || b->start == START_BUTTON;
    GString *signature = g_string_new(NULL);
    for (unsigned i = from_outside ? 1 : 0; i < c->notes->len; i++)
        g_string_append_printf(signature, "%s\n", ((const struct note *)g_ptr_array_index(c->notes, i))->text);
    c->signature = g_string_free(signature, FALSE);
    return c;
}

void chapter_free(void *data)
{
    struct chapter *c = data;
    if (c == NULL)
        return;
    g_ptr_array_unref(c->notes);
    g_free(c->signature);
    g_free(c);
}

static const struct chapter *chapter_at(GPtrArray *chapters, unsigned i)
{
    return g_ptr_array_index(chapters, i);
}

static bool same_round(GPtrArray *chapters, unsigned a, unsigned b, unsigned period)
{
    for (unsigned i = 0; i < period; i++) {
        const struct chapter *x = chapter_at(chapters, a + i), *y = chapter_at(chapters, b + i);
        if (!x->by_itself || !y->by_itself || strcmp(x->signature, y->signature) != 0)
            return false;
    }
    return true;
}

/* How often the starts from first on do the same, in the smallest period that comes three times; 1: not at all. */
static unsigned rounds_from(GPtrArray *chapters, unsigned first, unsigned *period)
{
    for (*period = 1; *period <= LONGEST_PERIOD; ++*period) {
        unsigned rounds = 1;
        while (first + (rounds + 1) * *period <= chapters->len &&
               same_round(chapters, first, first + rounds * *period, *period))
            rounds++;
        if (rounds >= LEAST_ROUNDS)
            return rounds;
    }
    return 1;
}

/* Without the last one, if the power ended it and has not come back. */
static unsigned whole_chapters(const struct explain *e)
{
    bool off = e->boot == NULL && e->chapters->len > 0 && chapter_at(e->chapters, e->chapters->len - 1)->power_off;
    return e->chapters->len - off;
}

/* A round that was begun: how many starts of it. */
static unsigned begun_round(GPtrArray *chapters, unsigned first, unsigned period, unsigned rounds)
{
    unsigned n = 0;
    while (n + 1 < period && first + period * rounds + n < chapters->len &&
           same_round(chapters, first + n, first + period * rounds + n, 1))
        n++;
    return n;
}

bool explain_repeats(const struct explain *e)
{
    GPtrArray *chapters = e->chapters;
    unsigned whole = whole_chapters(e);
    for (unsigned period = 1; period <= LONGEST_PERIOD && period * LEAST_ROUNDS <= whole; period++) {
        unsigned first = whole - period * LEAST_ROUNDS;
        if (same_round(chapters, first, first + period, period) && same_round(chapters, first, first + 2 * period, period))
            return true;
    }
    return false;
}

/* ---- all notes of a run ---- */

static bool is_told(GPtrArray *all, const char *text)
{
    for (unsigned i = 0; i < all->len; i++)
        if (strcmp(((const struct note *)g_ptr_array_index(all, i))->text, text) == 0)
            return true;
    return false;
}

/* What a start that was not finished does again, after a repetition, is part of that. */
static void take_notes(GPtrArray *all, const struct chapter *c, bool after_repetition)
{
    bool unfinished = after_repetition && !c->by_itself;
    for (unsigned i = 0; i < c->notes->len; i++) {
        struct note *note = g_ptr_array_index(c->notes, i);
        if (unfinished && is_told(all, note->text))
            continue;
        if (unfinished)
            note->weight = MIN(note->weight, WEIGHT_NORMAL);
        g_ptr_array_add(all, note);
    }
}

static void note_rounds(struct explain *e, GPtrArray *all, GPtrArray *own, unsigned first, unsigned period, unsigned rounds)
{
    unsigned begun = begun_round(e->chapters, first, period, rounds);
    const struct chapter *begin = chapter_at(e->chapters, first), *end = chapter_at(e->chapters, first + period * rounds - 1);
    bool to_the_end = first + period * rounds + begun == whole_chapters(e);
    bool over_gap = first < CHAPTERS_KEPT && first + period * rounds > CHAPTERS_KEPT;
    unsigned dropped = over_gap ? e->dropped / period : 0;
    double every = (double)(end->ended - begin->begun) / (double)TICKS_PER_SECOND / (rounds + dropped);
    char number[32];
    g_ascii_formatd(number, sizeof number, every < 1 ? "%.2f" : "%.1f", every);
    struct note *note = note_say(own, end->ended, WEIGHT_HEADLINE, "The same happened %u more times, every %s s%s",
                                 rounds + dropped - 1, number, to_the_end ? "; it never ends." : ".");
    g_ptr_array_add(all, note);
}

/* Everything in the order of time; own holds what is made here. last: the start that goes on, to be freed after use. */
static GPtrArray *gather(struct explain *e, GPtrArray *own, struct chapter **last)
{
    GPtrArray *all = g_ptr_array_new();
    bool repeated = false;
    for (unsigned i = 0; i < e->chapters->len;) {
        unsigned period, rounds = rounds_from(e->chapters, i, &period);
        for (unsigned k = 0; k < (rounds > 1 ? period : 1); k++)
            take_notes(all, chapter_at(e->chapters, i + k), repeated);
        if (rounds > 1)
            note_rounds(e, all, own, i, period, rounds);
        repeated = rounds > 1;
        i += rounds > 1 ? period * rounds + begun_round(e->chapters, i, period, rounds) : 1;
    }
    *last = NULL;
    if (e->boot != NULL) {
        explain_conclude(e, e->boot);
        *last = chapter_new(e, e->boot);
        take_notes(all, *last, repeated);
    }
    return all;
}

/* ---- wrapping ---- */

static const char *word_end(const char *word)
{
    const char *end = strchr(word, ' ');
    return end != NULL ? end : word + strlen(word);
}

/* Write text into lines from column EXPLAIN_INDENT on, if there is a file; how many lines it takes. */
static unsigned wrap(const char *text, FILE *file)
{
    unsigned lines = 1, column = EXPLAIN_INDENT;
    for (const char *word = text; *word != '\0';) {
        const char *end = word_end(word);
        unsigned length = (unsigned)g_utf8_strlen(word, end - word);
        bool first = column == EXPLAIN_INDENT;
        if (!first && column + 1 + length > EXPLAIN_COLUMNS) {
            lines++;
            column = EXPLAIN_INDENT;
            first = true;
            if (file != NULL)
                fprintf(file, "\n%*s", EXPLAIN_INDENT, "");
        }
        if (file != NULL)
            fprintf(file, "%s%.*s", first ? "" : " ", (int)(end - word), word);
        column += length + !first;
        word = *end == ' ' ? end + 1 : end;
    }
    return lines;
}

/* ---- choosing ---- */

enum choice { CHOSEN = 1, WITH_CURE = 2 };

static bool cure_comes_again(GPtrArray *all, const uint8_t *choices, unsigned i)
{
    const char *cure = ((const struct note *)g_ptr_array_index(all, i))->cure;
    for (unsigned k = i + 1; k < all->len; k++)
        if ((choices[k] & WITH_CURE) && g_strcmp0(((const struct note *)g_ptr_array_index(all, k))->cure, cure) == 0)
            return true;
    return false;
}

static bool text_comes_again(GPtrArray *all, unsigned i)
{
    const char *text = ((const struct note *)g_ptr_array_index(all, i))->text;
    for (unsigned k = i + 1; k < all->len; k++)
        if (strcmp(((const struct note *)g_ptr_array_index(all, k))->text, text) == 0)
            return true;
    return false;
}

/* The weightiest first, of these what can be cured, of these the latest; as many as there is room for. */
static void choose_some(GPtrArray *all, uint8_t *choices, enum weight least)
{
    unsigned used = 0;
    for (int order = 2 * WEIGHT_HEADLINE + 1; order >= 2 * (int)least; order--)
        for (unsigned i = all->len; i-- > 0;) {
            const struct note *note = g_ptr_array_index(all, i);
            if (2 * (int)note->weight + (note->cure != NULL) != order || text_comes_again(all, i))
                continue;
            bool has_cure = note->cure != NULL && !cure_comes_again(all, choices, i);
            unsigned lines = wrap(note->text, NULL), with_cure = lines + (has_cure ? wrap(note->cure, NULL) : 0);
            if (used > 0 && used + lines > EXPLAIN_SHORT_LINES)
                continue;
            bool cured = has_cure && (used == 0 || used + with_cure <= EXPLAIN_SHORT_LINES);
            choices[i] = cured ? CHOSEN | WITH_CURE : CHOSEN;
            used += cured ? with_cure : lines;
        }
}

static uint8_t *choose(GPtrArray *all, enum explain_form form)
{
    uint8_t *choices = g_new0(uint8_t, all->len + 1);
    if (form == EXPLAIN_SHORT) {
        bool any = false;
        for (unsigned i = 0; i < all->len; i++)
            any |= ((const struct note *)g_ptr_array_index(all, i))->weight > WEIGHT_DETAIL;
        choose_some(all, choices, any ? WEIGHT_NORMAL : WEIGHT_DETAIL);
        return choices;
    }
    for (unsigned i = all->len; i-- > 0;) {
        const struct note *note = g_ptr_array_index(all, i);
        choices[i] = note->cure != NULL && !cure_comes_again(all, choices, i) ? CHOSEN | WITH_CURE : CHOSEN;
    }
    return choices;
}

/* ---- the text ---- */

static void line_free(void *data)
{
    struct explain_line *line = data;
    g_free(line->label);
    g_free(line->text);
    g_free(line);
}

static void add_line(GPtrArray *lines, char *label, const char *text)
{
    struct explain_line *line = g_new(struct explain_line, 1);
    *line = (struct explain_line){label, g_strdup(text)};
    g_ptr_array_add(lines, line);
}

static char *time_string(ticks_t when)
{
    guint64 ms = when / TICKS_PER_MS;
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%03u s", ms / 1000, (unsigned)(ms % 1000));
}

static void led_line(const struct explain *e, GPtrArray *lines)
{
    const struct boot *b = e->boot;
    if (b == NULL || b->led == NULL)
        return;
    g_autofree char *text = g_strdup_printf("The LED shows: %s.", b->led);
    add_line(lines, time_string(e->now), text);
}

GPtrArray *explain_lines(struct explain *e, enum explain_form form)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(line_free);
    GPtrArray *own = g_ptr_array_new_with_free_func(note_free);
    struct chapter *last;
    GPtrArray *all = gather(e, own, &last);
    g_autofree uint8_t *choices = choose(all, form);
    for (unsigned i = 0; i < all->len; i++) {
        const struct note *note = g_ptr_array_index(all, i);
        if (choices[i] & CHOSEN)
            add_line(lines, time_string(note->when), note->text);
        if (choices[i] & WITH_CURE)
            add_line(lines, g_strdup("cure"), note->cure);
    }
    if (form == EXPLAIN_LONG)
        led_line(e, lines);
    g_ptr_array_unref(all);
    g_ptr_array_unref(own);
    chapter_free(last);
    return lines;
}

char *explain_text(struct explain *e, enum explain_form form)
{
    GPtrArray *lines = explain_lines(e, form);
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < lines->len; i++) {
        const struct explain_line *line = g_ptr_array_index(lines, i);
        g_string_append_printf(text, "%s  %s\n", line->label, line->text);
    }
    g_ptr_array_unref(lines);
    return g_string_free(text, FALSE);
}

void explain_print(struct explain *e, enum explain_form form, FILE *file)
{
    GPtrArray *lines = explain_lines(e, form);
    if (lines->len > 0)
        fputs(form == EXPLAIN_LONG ? "\nWhat happened, and why\n" : "\nWhat happened\n", file);
    for (unsigned i = 0; i < lines->len; i++) {
        const struct explain_line *line = g_ptr_array_index(lines, i);
        fprintf(file, "%*s  ", EXPLAIN_INDENT - 2, line->label);
        wrap(line->text, file);
        putc('\n', file);
    }
    g_ptr_array_unref(lines);
}
