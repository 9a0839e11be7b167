/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a story: its header, and the names of its scenarios. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/file.h"

enum { LARGEST_FILE = 1 << 20, MOST_SCENARIOS = 500 };

#define LIMIT      (600 * TICKS_PER_SECOND)
#define MOST_LIMIT (86400 * TICKS_PER_SECOND)

G_DEFINE_QUARK(script - error - quark, script_error)

static void scenario_free(void *data)
{
    struct scenario *s = data;
    g_free(s->name);
    g_strfreev(s->sets);
    g_free(s);
}

void story_file_free(struct story_file *story)
{
    if (story == NULL)
        return;
    g_free(story->path);
    g_free(story->stem);
    g_bytes_unref(story->text);
    g_free(story->name);
    g_free(story->question);
    g_free(story->cause);
    g_free(story->cure);
    g_free(story->led);
    g_free(story->board);
    g_strfreev(story->sets);
    g_ptr_array_unref(story->scenarios);
    g_free(story);
}

/* ---- the verbs ---- */

static char *header_text(lua_State *lua, const char *field)
{
    if (lua_getfield(lua, 1, field) != LUA_TSTRING || lua_rawlen(lua, -1) == 0)
        verbs_wrong(lua, g_strdup_printf("the header lacks %s = \"...\"", field));
    char *text = g_strdup(lua_tostring(lua, -1));
    lua_pop(lua, 1);
    return text;
}

/* A list of names at the top of the stack, which is popped. */
static char **names(lua_State *lua, const char *what)
{
    if (!lua_istable(lua, -1) || lua_rawlen(lua, -1) == 0 || lua_rawlen(lua, -1) > 100)
        verbs_wrong(lua, g_strdup_printf("%s must be a list of image sets such as {\"0.5.2\", \"1.5.0\"}", what));
    lua_Unsigned n = lua_rawlen(lua, -1);
    for (lua_Unsigned i = 1; i <= n; i++, lua_pop(lua, 1))
        if (lua_rawgeti(lua, -1, (lua_Integer)i) != LUA_TSTRING)
            verbs_wrong(lua, g_strdup_printf("%s must be a list of image sets such as {\"0.5.2\", \"1.5.0\"}", what));
    GPtrArray *list = g_ptr_array_new();
    for (lua_Unsigned i = 1; i <= n; i++, lua_pop(lua, 1)) {
        lua_rawgeti(lua, -1, (lua_Integer)i);
        g_ptr_array_add(list, g_strdup(lua_tostring(lua, -1)));
    }
    g_ptr_array_add(list, NULL);
    lua_pop(lua, 1);
    return (char **)g_ptr_array_free(list, FALSE);
}

static int verb_story(lua_State *lua)
{
    static const char *const options[] = {"name", "question", "cause", "cure", "led", "sets", "board", "limit", NULL};
    struct story_file *story = verbs_play(lua)->loading;
    if (!lua_istable(lua, 1))
        verbs_wrong(lua, g_strdup("story needs a table: story{name = \"...\", ...}"));
    verbs_check_options(lua, 1, options);
    if (story == NULL)
        return 0; /* its header is known */
    if (story->name != NULL)
        verbs_wrong(lua, g_strdup("a file has one header, and there was story{} before"));
    story->name = header_text(lua, "name");
    story->question = header_text(lua, "question");
    story->cause = header_text(lua, "cause");
    story->cure = header_text(lua, "cure");
    story->led = header_text(lua, "led");
    lua_getfield(lua, 1, "sets");
    story->sets = names(lua, "sets");
    if (lua_getfield(lua, 1, "board") != LUA_TNIL) {
        lua_pop(lua, 1);
        story->board = header_text(lua, "board");
        if (board_find(story->board) == NULL)
            verbs_wrong(lua, g_strdup_printf("there is no board \"%s\"", story->board));
    } else {
        story->board = g_strdup("photon");
    }
    if (lua_getfield(lua, 1, "limit") != LUA_TNIL)
        story->limit = verbs_time(lua, -1, "limit");
    if (story->limit == 0 || story->limit > MOST_LIMIT)
        verbs_wrong(lua, g_strdup("limit must be more than 0 and up to 24h"));
    return 0;
}

static void check_name(lua_State *lua, const struct story_file *story)
{
    if (lua_type(lua, 1) != LUA_TSTRING || lua_rawlen(lua, 1) == 0 || strpbrk(lua_tostring(lua, 1), "*?/\n") != NULL)
        verbs_wrong(lua, g_strdup("a scenario begins with its name, a text without * ? / and new lines: scenario(\"name\", "
                                  "function(set) ... end)"));
    for (guint i = 0; i < story->scenarios->len; i++)
        if (strcmp(((struct scenario *)g_ptr_array_index(story->scenarios, i))->name, lua_tostring(lua, 1)) == 0)
            verbs_wrong(lua, g_strdup_printf("there is a scenario \"%s\" already", lua_tostring(lua, 1)));
}

static int verb_scenario(lua_State *lua)
{
    static const char *const options[] = {"sets", NULL};
    struct play *play = verbs_play(lua);
    bool has_options = lua_istable(lua, 2);
    if (has_options)
        verbs_check_options(lua, 2, options);
    if (!lua_isfunction(lua, has_options ? 3 : 2))
        verbs_wrong(lua, g_strdup("a scenario needs a function: scenario(\"name\", function(set) ... end)"));
    if (play->loading == NULL) {
        if (play->playing)
            verbs_wrong(lua, g_strdup("a scenario cannot be inside another one"));
        if (play->seen++ == play->number) {
            lua_settop(lua, has_options ? 3 : 2);
            play->function = luaL_ref(lua, LUA_REGISTRYINDEX);
        }
        return 0;
    }
    struct story_file *story = play->loading;
    if (story->name == NULL)
        verbs_wrong(lua, g_strdup("the header story{} comes before the first scenario"));
    check_name(lua, story);
    if (story->scenarios->len >= MOST_SCENARIOS)
        verbs_wrong(lua, g_strdup_printf("a story has at most %d scenarios", MOST_SCENARIOS));
    struct scenario *s = g_new0(struct scenario, 1);
    s->name = g_strdup(lua_tostring(lua, 1));
    g_ptr_array_add(story->scenarios, s);
    if (has_options && lua_getfield(lua, 2, "sets") != LUA_TNIL)
        s->sets = names(lua, "sets");
    else
        s->sets = g_strdupv(story->sets);
    for (unsigned i = 0; s->sets[i] != NULL; i++)
        if (!g_strv_contains((const char *const *)story->sets, s->sets[i]))
            verbs_wrong(lua, g_strdup_printf("the set %s of the scenario is not among those of the story", s->sets[i]));
    return 0;
}

const luaL_Reg verbs_story[] = {{"story", verb_story}, {"scenario", verb_scenario}, {NULL, NULL}};

/* ---- loading ---- */

static bool run_file(struct story_file *story, GError **error)
{
    size_t size;
    const char *text = g_bytes_get_data(story->text, &size);
    struct play play = {.loading = story, .function = LUA_NOREF, .owned = play_owned_new()};
    if (!sandbox_open(&play.sandbox, &play)) {
        g_set_error(error, SCRIPT_ERROR, 0, "%s: there is no memory to run it", story->path);
        g_array_unref(play.owned);
        return false;
    }
    play.output = g_string_new(NULL);
    verbs_register(play.sandbox.lua);
    bool good = sandbox_load(&play.sandbox, text, size, story->path) && sandbox_call(&play.sandbox, 0);
    if (!good) {
        g_autofree char *message = play_error_message(&play);
        g_set_error(error, SCRIPT_ERROR, 0, "%s", message);
    } else if (story->name == NULL || story->scenarios->len == 0) {
        g_set_error(error, SCRIPT_ERROR, 0, "%s: it has no %s", story->path,
                    story->name == NULL ? "header: story{name = \"...\", ...}"
                                        : "scenario: scenario(\"name\", function(set) ... end)");
        good = false;
    }
    sandbox_close(&play.sandbox);
    g_string_free(play.output, TRUE);
    g_array_unref(play.owned);
    return good;
}

struct story_file *story_file_load(const char *path, GError **error)
{
    GBytes *text = image_file_read(path, LARGEST_FILE, error);
    if (text == NULL)
        return NULL;
    struct story_file *story = g_new0(struct story_file, 1);
    story->path = g_strdup(path);
    story->stem = g_path_get_basename(path);
    if (g_str_has_suffix(story->stem, ".lua"))
        story->stem[strlen(story->stem) - 4] = '\0';
    story->text = text;
    story->limit = LIMIT;
    story->scenarios = g_ptr_array_new_with_free_func(scenario_free);
    if (run_file(story, error))
        return story;
    story_file_free(story);
    return NULL;
}
