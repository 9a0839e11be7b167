/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that ask what the device has shown, and what it shows now. */
#include <string.h>

#include "emu/script/verbs.h"

static const char *string_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    return field != NULL && field->type == EVENT_STRING && field->string != NULL ? field->string : "";
}

static lua_Integer number_of(const struct event *event, const char *name)
{
    const struct event_field *field = event_field(event, name);
    return field == NULL ? -1 : field->type == EVENT_HEX ? (lua_Integer)field->hex : (lua_Integer)field->integer;
}

static bool is(const struct event *event, const char *kind)
{
    return strcmp(event->kind, kind) == 0;
}

void verbs_push_event(lua_State *lua, const struct event *event)
{
    luaL_checkstack(lua, 4, NULL);
    lua_createtable(lua, 0, (int)event->n_fields + 2);
    lua_pushstring(lua, event->kind);
    lua_setfield(lua, -2, "kind");
    lua_pushnumber(lua, (double)event->ticks / (double)TICKS_PER_SECOND);
    lua_setfield(lua, -2, "t");
    for (size_t i = 0; i < event->n_fields; i++) {
        const struct event_field *field = &event->fields[i];
        switch (field->type) {
        case EVENT_STRING:
            lua_pushstring(lua, field->string);
            break;
        case EVENT_INT:
            lua_pushinteger(lua, field->integer);
            break;
        case EVENT_HEX:
            lua_pushinteger(lua, (lua_Integer)field->hex);
            break;
        case EVENT_BOOL:
            lua_pushboolean(lua, field->boolean);
            break;
        case EVENT_REAL:
            lua_pushnumber(lua, field->real);
            break;
        }
        lua_setfield(lua, -2, field->name);
    }
}

/* ---- since the mark, in words ---- */

/* Words joined by separator, owned by the play so that an error cannot lose them; push and release them. */
static GString *words_new(lua_State *lua)
{
    GString *words = g_string_new(NULL);
    play_own(verbs_play(lua), words, verbs_free_string);
    return words;
}

static int push_words(lua_State *lua, GString *words)
{
    lua_pushlstring(lua, words->str, words->len);
    play_release(verbs_play(lua), words);
    return 1;
}

G_GNUC_PRINTF(3, 4) static void add(GString *words, const char *separator, const char *format, ...)
{
    if (words->len > 0)
        g_string_append(words, separator);
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(words, format, arguments);
    va_end(arguments);
}

static int verb_erases(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    GString *words = words_new(lua);
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (is(&event, "reset"))
            add(words, " ", "reset");
        else if (is(&event, "flash") && strcmp(string_of(&event, "op"), "erase") == 0 &&
                 strcmp(string_of(&event, "phase"), "begin") == 0)
            add(words, " ", "%d", (int)number_of(&event, "sector"));
    }
    return push_words(lua, words);
}

static int verb_resets(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    GString *words = words_new(lua);
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (is(&event, "reset"))
            add(words, " ", "%s", string_of(&event, "cause"));
    }
    return push_words(lua, words);
}

static int verb_trail(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    struct dut *d = verbs_dut(lua);
    GString *words = words_new(lua);
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (is(&event, "reset"))
            add(words, " ", "reset");
        else if (is(&event, "backup") && strcmp(string_of(&event, "register"), name) == 0)
            add(words, " ", "%X", (unsigned)number_of(&event, "value"));
    }
    return push_words(lua, words);
}

static int verb_led_story(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    GString *words = words_new(lua);
    const char *last = "";
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (!is(&event, "led") || strcmp(string_of(&event, "name"), "rgb") != 0)
            continue;
        /* one whose rhythm has settled at another period is the same state */
        if (strcmp(string_of(&event, "state"), last) != 0)
            add(words, ", ", "%s", string_of(&event, "state"));
        last = string_of(&event, "state");
    }
    return push_words(lua, words);
}

/* ---- since the mark, one by one ---- */

static bool matches(struct condition *condition, const struct event *event)
{
    if (condition == NULL)
        return true;
    condition_reset(condition);
    return condition_feed(condition, event);
}

static int verb_events(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    struct condition *condition = lua_isnoneornil(lua, 1) ? NULL : verbs_condition(lua, 1);
    lua_newtable(lua);
    lua_Integer n = 0;
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (!matches(condition, &event))
            continue;
        verbs_push_event(lua, &event);
        lua_rawseti(lua, -2, ++n);
    }
    if (condition != NULL)
        play_release(verbs_play(lua), condition);
    return 1;
}

static int verb_count(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    struct condition *condition = verbs_condition(lua, 1);
    lua_Integer n = 0;
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        n += matches(condition, &event);
    }
    play_release(verbs_play(lua), condition);
    lua_pushinteger(lua, n);
    return 1;
}

/* ---- now ---- */

static int verb_time(lua_State *lua)
{
    lua_pushnumber(lua, (double)machine_now(verbs_dut(lua)->machine) / (double)TICKS_PER_SECOND);
    return 1;
}

static int verb_led(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    const char *name = luaL_optstring(lua, 1, "rgb");
    int index = record_state(d->record, "led", name);
    if (index < 0) {
        lua_pushnil(lua);
        return 1;
    }
    struct event event = record_get(d->record, (guint)index);
    lua_pushstring(lua, string_of(&event, "state"));
    return 1;
}

static int verb_pin(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    const char *pad = verbs_pad(lua, 1);
    int level = record_state(d->record, "pin", pad), wave = record_state(d->record, "pwm", pad);
    if (wave > level) { /* told later */
        struct event event = record_get(d->record, (guint)wave);
        lua_pushinteger(lua, 1);
        lua_pushnumber(lua, event_field(&event, "frequency_hz")->real);
        lua_pushnumber(lua, event_field(&event, "duty")->real);
        return 3;
    }
    lua_pushnil(lua);
    if (level < 0)
        return 1;
    struct event event = record_get(d->record, (guint)level);
    if (event_field(&event, "level") != NULL && strcmp(string_of(&event, "drive"), "output") == 0)
        lua_pushinteger(lua, number_of(&event, "level"));
    return 1;
}

static int verb_joined(lua_State *lua)
{
    struct board_network network;
    if (board_network_joined(verbs_dut(lua)->machine, &network))
        lua_pushstring(lua, network.ssid);
    else
        lua_pushnil(lua);
    return 1;
}

static int verb_peek(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    uint32_t address = (uint32_t)verbs_integer(lua, 1, "an address", 0, UINT32_MAX), value;
    lua_Integer size = lua_isnoneornil(lua, 2) ? 4 : verbs_integer(lua, 2, "a size", 1, 4);
    if (size == 3 || address % size != 0)
        verbs_wrong(lua, g_strdup("peek looks at 1, 2 or 4 bytes, at a multiple of that"));
    if (machine_peek(d->machine, address, (unsigned)size, &value))
        lua_pushinteger(lua, value);
    else
        lua_pushnil(lua);
    return 1;
}

const luaL_Reg verbs_look[] = {
    {"erases", verb_erases}, {"resets", verb_resets}, {"trail", verb_trail},   {"led_story", verb_led_story},
    {"events", verb_events}, {"count", verb_count},   {"time", verb_time},     {"led", verb_led},
    {"pin", verb_pin},       {"peek", verb_peek},     {"joined", verb_joined}, {NULL, NULL},
};
