/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/play.h"

#include <string.h>

#include "emu/observe/story.h"
#include "emu/script/verbs.h"
#include "images/set.h"

enum { TAIL_LINES = 25, TAIL_EVENTS = 200000 };

/* ---- what is owned ---- */

struct owned {
    void *data;
    GDestroyNotify free;
};

static void owned_clear(void *data)
{
    struct owned *o = data;
    o->free(o->data);
}

GArray *play_owned_new(void)
{
    GArray *owned = g_array_new(FALSE, FALSE, sizeof(struct owned));
    g_array_set_clear_func(owned, owned_clear);
    return owned;
}

void play_own(struct play *play, void *data, GDestroyNotify free)
{
    struct owned o = {data, free};
    g_array_append_val(play->owned, o);
}

void play_release(struct play *play, void *data)
{
    for (guint i = play->owned->len; i-- > 0;)
        if (g_array_index(play->owned, struct owned, i).data == data) {
            g_array_remove_index(play->owned, i);
            return;
        }
}

/* ---- logs ---- */

bool play_log(struct play *play, guint from, const char *name, GError **error)
{
    if (play->options->events == NULL || play->dut == NULL)
        return true;
    g_autofree char *file = g_strdup_printf("%s.%02u.%s%s%s.jsonl", play->story->stem, play->number + 1, play->set,
                                            name != NULL ? "." : "", name != NULL ? name : "");
    g_autofree char *path = g_build_filename(play->options->events, file, NULL);
    struct json_log_header header = dut_log_header(play->dut);
    return record_write(play->dut->record, from, record_length(play->dut->record), path, &header, error);
}

/* ---- the report ---- */

static char *led_lines(struct dut *d)
{
    GString *text = g_string_new("The LED:");
    unsigned shown = 0;
    for (guint i = 0; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        const struct event_field *name = event_field(&event, "name"), *state = event_field(&event, "state");
        if (strcmp(event.kind, "led") != 0 || strcmp(name->string, "rgb") != 0)
            continue;
        g_string_append_printf(text, "%s %s (told at %.3f s)", shown++ > 0 ? "," : "", state->string,
                               (double)event.ticks / (double)TICKS_PER_SECOND);
    }
    g_string_append(text, shown > 0 ? "\n" : " nothing was to be told of it\n");
    return g_string_free(text, FALSE);
}

/* The end of the story that photon-emu run would tell. */
static char *last_lines(struct dut *d)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return g_strdup("");
    struct story *story = story_new(file, (struct story_options){.colour = STORY_PLAIN});
    guint n = record_length(d->record);
    for (guint i = n > TAIL_EVENTS ? n - TAIL_EVENTS : 0; i < n; i++) {
        struct event event = record_get(d->record, i);
        story_event(&event, story);
    }
    story_free(story);
    fclose(file);
    const char *from = text + size;
    for (unsigned lines = 0; from > text; from--)
        if (from[-1] == '\n' && from != text + size && ++lines == TAIL_LINES)
            break;
    char *tail = g_strconcat("The last events:\n", from, NULL);
    free(text);
    return tail;
}

static char *details(struct play *play)
{
    struct dut *d = play->dut;
    if (d == NULL)
        return NULL;
    g_autofree char *led = led_lines(d), *tail = last_lines(d), *now = verbs_now(d);
    return g_strdup_printf("Virtual time: %s%s\n%s%s", now, d->powered ? "" : ", without power", led, tail);
}

/* ---- playing ---- */

char *play_error_message(struct play *play)
{
    const char *text = lua_type(play->sandbox.lua, -1) == LUA_TSTRING ? lua_tostring(play->sandbox.lua, -1) : NULL;
    const char *path = play->loading != NULL ? play->loading->path : play->story->path;
    g_autofree char *name = g_path_get_basename(path);
    /* Lua's own messages about a whole file do not name it. */
    if (text != NULL && play->sandbox.limit == NULL && strstr(text, name) == NULL)
        return g_strdup_printf("%s: %s", path, text);
    if (text != NULL && (play->sandbox.limit == NULL || strstr(text, play->sandbox.limit) != NULL || play->verdict_given))
        return g_strdup(text);
    if (play->sandbox.limit != NULL)
        return g_strdup_printf("%s: %s", path, play->sandbox.limit);
    return g_strdup_printf("%s: error was called with a value that is no text", path);
}

static bool play_function(struct play *play)
{
    size_t size;
    const char *text = g_bytes_get_data(play->story->text, &size);
    struct sandbox *s = &play->sandbox;
    verbs_register(s->lua);
    if (!sandbox_load(s, text, size, play->story->path) || !sandbox_call(s, 0))
        return false;
    if (play->function == LUA_NOREF) {
        lua_pushfstring(s->lua, "%s: it names other scenarios when it runs again", play->story->path);
        return false;
    }
    play->playing = true;
    lua_rawgeti(s->lua, LUA_REGISTRYINDEX, play->function);
    lua_pushstring(s->lua, play->set);
    return sandbox_call(s, 1);
}

static void conclude(struct play *play, bool good, struct play_result *result)
{
    GError *error = NULL;
    result->verdict = good ? VERDICT_PASSED : play->verdict_given ? play->verdict : VERDICT_ERROR;
    if (!good)
        result->message = play_error_message(play);
    if (result->verdict >= VERDICT_FAILED)
        result->details = details(play);
    if (!play_log(play, 0, NULL, &error)) {
        g_free(result->message);
        result->message = g_strdup(error->message);
        result->verdict = VERDICT_ERROR;
        g_error_free(error);
    }
    if (play->output->len > 0)
        result->output = g_strdup(play->output->str);
    if (play->dut != NULL)
        result->time = machine_now(play->dut->machine);
}

struct play_result play_scenario(const struct story_file *story, unsigned number, const char *set,
                                 const struct play_options *options, struct prepared *prepared)
{
    struct play_result result = {0};
    g_autoptr(GError) missing = NULL;
    g_autofree char *folder = image_set_find(NULL, set, board_find(story->board)->platform, &missing);
    if (folder == NULL) {
        result.verdict = VERDICT_SKIPPED;
        result.message = g_strdup_printf("image set %s is not here: scripts/fetch-images gets it", set);
        return result;
    }
    struct play play = {.story = story,
                        .options = options,
                        .prepared = prepared,
                        .set = set,
                        .number = number,
                        .function = LUA_NOREF,
                        .owned = play_owned_new(),
                        .output = g_string_new(NULL)};
    if (sandbox_open(&play.sandbox, &play)) {
        conclude(&play, play_function(&play), &result);
        sandbox_close(&play.sandbox);
    } else {
        result.verdict = VERDICT_ERROR;
        result.message = g_strdup_printf("%s: there is no memory to run it", story->path);
    }
    /* Guards and moments go before the device that they are of. */
    if (play.dut != NULL)
        g_ptr_array_set_size(play.dut->guards, 0);
    g_array_unref(play.owned);
    dut_free(play.dut);
    g_string_free(play.output, TRUE);
    return result;
}

void play_result_clear(struct play_result *result)
{
    g_free(result->message);
    g_free(result->details);
    g_free(result->output);
    *result = (struct play_result){0};
}
