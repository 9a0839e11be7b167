/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that say what must be, or must never be. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/set.h"

static const char *const within_only[] = {"within", NULL};

/* ---- values in words, and compared ---- */

enum { DEEPEST = 8, LONGEST_TEXT = 400 };

static void describe(lua_State *lua, int index, GString *out, unsigned depth);

static void describe_text(const char *text, size_t length, GString *out)
{
    g_string_append_c(out, '"');
    for (size_t i = 0; i < length && out->len < LONGEST_TEXT; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7F)
            g_string_append_c(out, (char)c);
        else
            g_string_append_printf(out, "\\x%02X", c);
    }
    g_string_append_c(out, '"');
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Keys in the order that pairs has: numbers from 1, then texts. Only texts are sorted here; that is all that is compared. */
static void describe_table(lua_State *lua, int index, GString *out, unsigned depth)
{
    bool first = true;
    luaL_checkstack(lua, 8, NULL);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    g_string_append_c(out, '{');
    lua_Integer n = (lua_Integer)lua_rawlen(lua, index);
    for (lua_Integer i = 1; i <= n && out->len < LONGEST_TEXT; i++, lua_pop(lua, 1)) {
        g_string_append(out, first ? "" : ", ");
        first = false;
        lua_rawgeti(lua, index, i);
        describe(lua, lua_gettop(lua), out, depth + 1);
    }
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING)
            g_ptr_array_add(keys, (gpointer)lua_tostring(lua, -2)); /* held by the table */
    g_ptr_array_sort(keys, compare_texts);
    for (guint i = 0; i < keys->len && out->len < LONGEST_TEXT; i++, lua_pop(lua, 1)) {
        g_string_append_printf(out, "%s%s = ", first ? "" : ", ", (const char *)g_ptr_array_index(keys, i));
        first = false;
        lua_pushstring(lua, g_ptr_array_index(keys, i));
        lua_rawget(lua, index);
        describe(lua, lua_gettop(lua), out, depth + 1);
    }
    g_string_append_c(out, '}');
}

static void describe(lua_State *lua, int index, GString *out, unsigned depth)
{
    size_t length;
    const char *text;
    switch (lua_type(lua, index)) {
    case LUA_TSTRING:
        text = lua_tolstring(lua, index, &length);
        describe_text(text, length, out);
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(lua, index))
            g_string_append_printf(out, lua_tointeger(lua, index) > 0xFFFF ? "0x%" G_GINT64_MODIFIER "X" : "%" G_GINT64_FORMAT,
                                   (gint64)lua_tointeger(lua, index));
        else
            g_string_append_printf(out, "%.9g", lua_tonumber(lua, index));
        break;
    case LUA_TBOOLEAN:
        g_string_append(out, lua_toboolean(lua, index) ? "true" : "false");
        break;
    case LUA_TTABLE:
        if (depth < DEEPEST)
            describe_table(lua, index, out, depth);
        else
            g_string_append(out, "{...}");
        break;
    default:
        g_string_append(out, luaL_typename(lua, index));
    }
}

/* The same; with part, fields of actual that expected lacks do not count. */
static bool equal(lua_State *lua, int actual, int expected, bool part, unsigned depth)
{
    if (!lua_istable(lua, actual) || !lua_istable(lua, expected))
        return lua_compare(lua, actual, expected, LUA_OPEQ);
    if (depth >= DEEPEST)
        verbs_wrong(lua, g_strdup("tables that are compared may be 8 deep"));
    bool same = true;
    int top = lua_gettop(lua);
    luaL_checkstack(lua, 8, NULL);
    for (lua_pushnil(lua); same && lua_next(lua, expected) != 0; lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_rawget(lua, actual);
        same = equal(lua, lua_gettop(lua), lua_gettop(lua) - 1, false, depth + 1);
        lua_pop(lua, 1);
    }
    lua_settop(lua, top); /* a key may be left */
    for (lua_pushnil(lua); same && !part && lua_next(lua, actual) != 0; lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        same = lua_rawget(lua, expected) != LUA_TNIL;
        lua_pop(lua, 1);
    }
    lua_settop(lua, top);
    return same;
}

static int verb_expect_equal(lua_State *lua)
{
    const char *what = luaL_optstring(lua, 3, "the value");
    lua_settop(lua, 3);
    bool same = equal(lua, 1, 2, false, 0);
    lua_settop(lua, 3);
    if (same)
        return 0;
    struct play *play = verbs_play(lua);
    GString *is = g_string_new(NULL), *ought = g_string_new(NULL);
    play_own(play, is, verbs_free_string);
    play_own(play, ought, verbs_free_string);
    describe(lua, 1, is, 0);
    describe(lua, 2, ought, 0);
    verbs_fail(lua, g_strdup_printf("%s is %s, and not %s", what, is->str, ought->str));
}

static int verb_fail(lua_State *lua)
{
    verbs_fail(lua, g_strdup(luaL_checkstring(lua, 1)));
}

/* ---- conditions ---- */

/* Wait for a condition in words; fail with what is missing. Pushes the time at which it came about. */
static int await(lua_State *lua, const char *text, ticks_t within)
{
    struct play *play = verbs_play(lua);
    lua_pushstring(lua, text);
    struct condition *condition = verbs_condition(lua, -1);
    lua_pop(lua, 1);
    struct dut *d = verbs_powered(lua);
    enum dut_end end = verbs_wait(lua, within, condition);
    play_release(play, condition);
    if (end != DUT_MET) {
        char *now = verbs_now(d);
        const int led = record_state(d->record, "led", "rgb");
        const struct event event = led >= 0 ? record_get(d->record, (guint)led) : (struct event){0};
        const struct event_field *state = led >= 0 ? event_field(&event, "state") : NULL;
        char *sentence =
            g_strdup_printf("%s did not come about within %.6g s, by %s (the LED: %s)", text,
                            (double)within / (double)TICKS_PER_SECOND, now, state != NULL ? state->string : "not named yet");
        g_free(now);
        verbs_fail(lua, sentence);
    }
    lua_pushnumber(lua, (double)d->met_at / (double)TICKS_PER_SECOND);
    return 1;
}

static int verb_expect(lua_State *lua)
{
    const char *text = luaL_checkstring(lua, 1);
    verbs_check_options(lua, 2, within_only);
    return await(lua, text, verbs_within(lua, 2, VERBS_WITHIN));
}

static int verb_expect_led(lua_State *lua)
{
    verbs_check_options(lua, 2, within_only);
    ticks_t within = verbs_within(lua, 2, VERBS_WITHIN);
    const char *text = lua_pushfstring(lua, "led=%s", luaL_checkstring(lua, 1));
    return await(lua, text, within);
}

static int verb_expect_joined(lua_State *lua)
{
    struct dut *d = verbs_powered(lua);
    struct board_network network;
    verbs_check_options(lua, 1, within_only);
    ticks_t within = verbs_within(lua, 1, VERBS_WITHIN);
    if (board_network_joined(d->machine, &network)) {
        lua_pushnumber(lua, (double)machine_now(d->machine) / (double)TICKS_PER_SECOND);
        return 1;
    }
    return await(lua, "wifi.op=joined", within);
}

static int verb_expect_pin(lua_State *lua)
{
    const char *pad = verbs_pad(lua, 1), *level = luaL_checkstring(lua, 2);
    verbs_check_options(lua, 3, within_only);
    ticks_t within = verbs_within(lua, 3, VERBS_WITHIN);
    const char *text;
    if (strcmp(level, "high") == 0 || strcmp(level, "low") == 0) {
        text = lua_pushfstring(lua, "pin.pin=%s and pin.drive=output and pin.level=%d", pad, strcmp(level, "high") == 0);
    } else if (strcmp(level, "float") == 0) {
        if (record_state(verbs_powered(lua)->record, "pin", pad) < 0)
            return 0; /* it was never driven */
        text = lua_pushfstring(lua, "pin.pin=%s and pin.drive=input", pad);
    } else {
        verbs_wrong(lua, g_strdup("the level of a pin is \"high\", \"low\" or \"float\""));
    }
    return await(lua, text, within);
}

static int verb_expect_never(lua_State *lua)
{
    struct play *play = verbs_play(lua);
    bool function = lua_isfunction(lua, 2);
    ticks_t time = function ? 0 : verbs_time(lua, 2, "the time (or a function)");
    lua_settop(lua, 2);
    struct dut *d = verbs_powered(lua);
    struct dut_guard *guard = g_new0(struct dut_guard, 1);
    play_own(play, guard, g_free);
    guard->text = lua_tostring(lua, 1); /* on the stack as long as the guard is there */
    guard->condition = verbs_condition(lua, 1);
    dut_guard_begin(d, guard);
    if (function)
        lua_call(lua, 0, 0);
    else
        verbs_wait(lua, time, NULL);
    verbs_check_guards(lua);
    dut_guard_end(d, guard);
    play_release(play, guard->condition);
    play_release(play, guard);
    return 0;
}

/* ---- resets and erases ---- */

static unsigned count_resets(const struct dut *d)
{
    unsigned n = 0;
    for (guint i = d->mark; i < record_length(d->record); i++)
        n += strcmp(record_get(d->record, i).kind, "reset") == 0;
    return n;
}

static int verb_expect_resets(lua_State *lua)
{
    struct play *play = verbs_play(lua);
    unsigned wanted = (unsigned)verbs_integer(lua, 1, "the number of resets", 0, 100000);
    verbs_check_options(lua, 2, within_only);
    struct dut *d = verbs_dut(lua);
    if (lua_istable(lua, 2)) {
        ticks_t end = machine_now(d->machine) + verbs_within(lua, 2, 0);
        lua_pushliteral(lua, "reset");
        struct condition *condition = verbs_condition(lua, -1);
        for (ticks_t now; count_resets(d) < wanted && (now = machine_now(d->machine)) < end;)
            verbs_wait(lua, end - now, condition);
        play_release(play, condition);
    }
    unsigned found = count_resets(d);
    if (found == wanted)
        return 0;
    char *now = verbs_now(d);
    char *sentence = g_strdup_printf("there were %u resets by %s, and not %u", found, now, wanted);
    g_free(now);
    verbs_fail(lua, sentence);
}

/* The sectors, a bit each, whose erase is at that phase since the mark. */
static unsigned erased_sectors(const struct dut *d, const char *phase)
{
    unsigned sectors = 0;
    for (guint i = d->mark; i < record_length(d->record); i++) {
        struct event event = record_get(d->record, i);
        if (strcmp(event.kind, "flash") != 0 || strcmp(event_field(&event, "phase")->string, phase) != 0)
            continue;
        const char *op = event_field(&event, "op")->string;
        if (strcmp(op, "erase") == 0)
            sectors |= 1u << event_field(&event, "sector")->integer;
        else if (strcmp(op, "mass-erase") == 0)
            sectors |= (1u << BOARD_SECTORS) - 1;
    }
    return sectors;
}

static char *list_sectors(unsigned sectors, const char *before, const char *between)
{
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < BOARD_SECTORS; i++)
        if (sectors & (1u << i))
            g_string_append_printf(text, "%s%s%u", text->len > 0 ? between : "", before, i);
    return g_string_free(text, FALSE);
}

/* Sectors from the first argument on; *options is the index of what follows them. */
static unsigned sector_arguments(lua_State *lua, int *options)
{
    unsigned sectors = 0;
    int i = 1;
    for (; lua_type(lua, i) == LUA_TNUMBER; i++)
        sectors |= 1u << verbs_integer(lua, i, "a sector", 0, BOARD_SECTORS - 1);
    *options = i;
    return sectors;
}

static int verb_expect_erased(lua_State *lua)
{
    int options;
    unsigned wanted = sector_arguments(lua, &options);
    verbs_check_options(lua, options, within_only);
    if (wanted == 0)
        verbs_wrong(lua, g_strdup("expect_erased needs a sector from 0 to 11"));
    struct dut *d = verbs_dut(lua);
    unsigned missing = wanted & ~erased_sectors(d, "end");
    if (missing != 0 && lua_istable(lua, options)) {
        ticks_t within = verbs_within(lua, options, 0);
        char *text = list_sectors(missing, "flash-erase=", " and ");
        play_own(verbs_play(lua), text, g_free);
        await(lua, text, within);
        play_release(verbs_play(lua), text);
        return 0;
    }
    if (missing == 0)
        return 0;
    char *list = list_sectors(missing, "", ", "), *now = verbs_now(d);
    char *sentence = g_strdup_printf("sector %s was not erased by %s", list, now);
    g_free(list);
    g_free(now);
    verbs_fail(lua, sentence);
}

static int verb_expect_not_erased(lua_State *lua)
{
    int options;
    unsigned forbidden = sector_arguments(lua, &options);
    if (!lua_isnoneornil(lua, options))
        verbs_wrong(lua, g_strdup("expect_not_erased takes sectors from 0 to 11, or nothing"));
    if (forbidden == 0)
        forbidden = (1u << BOARD_SECTORS) - 1;
    unsigned found = erased_sectors(verbs_dut(lua), "begin") & forbidden;
    if (found == 0)
        return 0;
    char *list = list_sectors(found, "", ", ");
    char *sentence = g_strdup_printf("sector %s was erased, or begun to be", list);
    g_free(list);
    verbs_fail(lua, sentence);
}

/* ---- modules ---- */

#define LOOK_EVERY (100 * TICKS_PER_MS)

/* Pushes what is there; is it what is expected at index 2? */
static bool module_is(lua_State *lua, struct dut *d, unsigned part)
{
    verbs_push_module(lua, dut_flash(d) + (image_places[part].address - IMAGE_FLASH_BASE), image_places[part].size);
    if (lua_type(lua, 2) == LUA_TSTRING)
        return lua_isnil(lua, -1);
    return equal(lua, lua_gettop(lua), 2, true, 0);
}

static int verb_expect_module(lua_State *lua)
{
    static const char *const fields[] = {"check", "version", "platform", "function_number", "index",
                                         "start", "finish",  "size",     "dependencies",    NULL};
    unsigned part = verbs_part(lua, 1);
    bool none = lua_type(lua, 2) == LUA_TSTRING && strcmp(lua_tostring(lua, 2), "none") == 0;
    if (!none && !lua_istable(lua, 2))
        verbs_wrong(lua, g_strdup("expect_module needs a table such as {version = 3, check = \"good\"}, or \"none\""));
    if (!none)
        verbs_check_options(lua, 2, fields);
    verbs_check_options(lua, 3, within_only);
    struct dut *d = verbs_dut(lua);
    ticks_t end = machine_now(d->machine) + verbs_within(lua, 3, 0);
    lua_settop(lua, 3);
    for (ticks_t now; !module_is(lua, d, part) && (now = machine_now(d->machine)) < end; lua_settop(lua, 3))
        verbs_wait(lua, MIN(LOOK_EVERY, end - now), NULL);
    lua_settop(lua, 3);
    if (module_is(lua, d, part))
        return 0;
    lua_settop(lua, 3);
    module_is(lua, d, part);
    lua_replace(lua, 3);
    lua_settop(lua, 3);
    struct play *play = verbs_play(lua);
    GString *is = g_string_new(NULL), *ought = g_string_new(NULL);
    play_own(play, is, verbs_free_string);
    play_own(play, ought, verbs_free_string);
    describe(lua, 3, is, 0);
    describe(lua, 2, ought, 0);
    verbs_fail(lua, g_strdup_printf("the module at %s is %s, and not %s", image_places[part].name,
                                    lua_isnil(lua, 3) ? "none (the area is erased)" : is->str, ought->str));
}

const luaL_Reg verbs_expect[] = {
    {"expect", verb_expect},
    {"expect_led", verb_expect_led},
    {"expect_joined", verb_expect_joined},
    {"expect_pin", verb_expect_pin},
    {"expect_never", verb_expect_never},
    {"expect_resets", verb_expect_resets},
    {"expect_erased", verb_expect_erased},
    {"expect_not_erased", verb_expect_not_erased},
    {"expect_module", verb_expect_module},
    {"expect_equal", verb_expect_equal},
    {"fail", verb_fail},
    {NULL, NULL},
};
