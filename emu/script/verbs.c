/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "emu/script/verbs.h"

#define YEAR (86400.0 * 366)

struct play *verbs_play(lua_State *lua)
{
    return sandbox_owner(lua);
}

void verbs_register(lua_State *lua)
{
    const luaL_Reg *const lists[] = {verbs_dct,   verbs_edit, verbs_story,  verbs_act,     verbs_device, verbs_expect,
                                     verbs_image, verbs_look, verbs_memory, verbs_explain, verbs_usb};
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++)
        for (const luaL_Reg *verb = lists[i]; verb->name != NULL; verb++)
            lua_register(lua, verb->name, verb->func);
}

/* ---- ends ---- */

static void end(lua_State *lua, enum verdict verdict, char *sentence) G_GNUC_NORETURN;

static void end(lua_State *lua, enum verdict verdict, char *sentence)
{
    struct play *play = verbs_play(lua);
    char *where, *callers;
    play->verdict = verdict;
    play->verdict_given = true;
    sandbox_where(lua, &where, &callers);
    /* Owned by the play until the end: pushing a text can fail for want of memory. */
    char *text = g_strconcat(where, sentence, callers, NULL);
    play_own(play, text, g_free);
    g_free(where);
    g_free(callers);
    g_free(sentence);
    lua_pushstring(lua, text);
    lua_error(lua);
    g_assert_not_reached();
}

void verbs_fail(lua_State *lua, char *sentence)
{
    end(lua, VERDICT_FAILED, sentence);
}

void verbs_wrong(lua_State *lua, char *sentence)
{
    end(lua, VERDICT_ERROR, sentence);
}

void verbs_wrong_error(lua_State *lua, GError *error)
{
    char *sentence = g_strdup(error->message);
    g_error_free(error);
    verbs_wrong(lua, sentence);
}

void verbs_skip(lua_State *lua, char *reason)
{
    end(lua, VERDICT_SKIPPED, reason);
}

void verbs_free_string(void *string)
{
    g_string_free(string, TRUE);
}

/* ---- arguments ---- */

bool verbs_parse_time(const char *text, ticks_t *ticks)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}, {"h", 3600}};
    char *unit;
    if (!g_ascii_isdigit(text[0]) || (text[0] == '0' && (text[1] | 0x20) == 'x'))
        return false;
    double number = g_ascii_strtod(text, &unit);
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(unit, units[i].name) == 0 && number * units[i].seconds <= YEAR) {
            *ticks = (ticks_t)llround(number * units[i].seconds * (double)TICKS_PER_SECOND);
            return true;
        }
    return false;
}

ticks_t verbs_time(lua_State *lua, int index, const char *what)
{
    ticks_t ticks;
    const char *text = lua_type(lua, index) == LUA_TSTRING ? lua_tostring(lua, index) : NULL;
    if (text == NULL || !verbs_parse_time(text, &ticks))
        verbs_wrong(lua, g_strdup_printf("%s must be a text with a number and us, ms, s, min or h, such as \"3.2s\", not %s",
                                         what, text != NULL ? text : luaL_typename(lua, index)));
    return ticks;
}

struct condition *verbs_condition(lua_State *lua, int index)
{
    if (lua_type(lua, index) != LUA_TSTRING)
        verbs_wrong(lua, g_strdup_printf("a condition must be a text such as \"led=blinking yellow\", not %s",
                                         luaL_typename(lua, index)));
    GError *error = NULL;
    struct condition *condition = condition_parse(lua_tostring(lua, index), &error);
    if (condition == NULL)
        verbs_wrong_error(lua, error);
    play_own(verbs_play(lua), condition, (GDestroyNotify)condition_free);
    return condition;
}

void verbs_check_options(lua_State *lua, int index, const char *const *names)
{
    if (lua_isnoneornil(lua, index))
        return;
    if (!lua_istable(lua, index))
        verbs_wrong(lua,
                    g_strdup_printf("options must be a table such as {%s = ...}, not %s", names[0], luaL_typename(lua, index)));
    index = lua_absindex(lua, index);
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1)) {
        const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : NULL;
        bool known = false;
        for (unsigned i = 0; names[i] != NULL && name != NULL; i++)
            known |= strcmp(names[i], name) == 0;
        if (known)
            continue;
        char *all = g_strjoinv(", ", (char **)names);
        char *sentence = g_strdup_printf("there is no option \"%s\" here; there is: %s",
                                         name != NULL ? name : "(a value without a name)", all);
        g_free(all);
        verbs_wrong(lua, sentence);
    }
}

ticks_t verbs_within(lua_State *lua, int index, ticks_t otherwise)
{
    if (!lua_istable(lua, index))
        return otherwise;
    ticks_t within = otherwise;
    if (lua_getfield(lua, index, "within") != LUA_TNIL)
        within = verbs_time(lua, -1, "within");
    lua_pop(lua, 1);
    return within;
}

lua_Integer verbs_integer(lua_State *lua, int index, const char *what, lua_Integer least, lua_Integer most)
{
    int whole = 0;
    lua_Integer value = lua_type(lua, index) == LUA_TNUMBER ? lua_tointegerx(lua, index, &whole) : 0;
    if (!whole || value < least || value > most)
        verbs_wrong(lua, g_strdup_printf("%s must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, what,
                                         (gint64)least, (gint64)most));
    return value;
}

/* ---- the device ---- */

struct dut *verbs_dut(lua_State *lua)
{
    struct play *play = verbs_play(lua);
    if (!play->playing)
        verbs_wrong(lua, g_strdup("this can be used in the function of a scenario only"));
    if (play->dut == NULL)
        verbs_wrong(lua, g_strdup("there is no device yet: make one with device{}"));
    return play->dut;
}

struct dut *verbs_powered(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    if (!d->powered)
        verbs_wrong(lua, g_strdup("the device has no power: switch it on with power(true)"));
    return d;
}

struct dut *verbs_unpowered(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    if (d->powered)
        verbs_wrong(lua, g_strdup("this works while the device has no power only: switch it off with power(false)"));
    return d;
}

static char *time_text(ticks_t ticks)
{
    char text[32];
    event_time_string(ticks, text, sizeof text);
    text[strlen(text) - 6] = '\0'; /* milliseconds */
    return g_strdup_printf("%s s", text);
}

char *verbs_now(struct dut *d)
{
    return time_text(machine_now(d->machine));
}

void verbs_check_guards(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    const struct dut_guard *first = NULL;
    for (guint i = 0; i < d->guards->len; i++) {
        const struct dut_guard *guard = g_ptr_array_index(d->guards, i);
        if (guard->broken && (first == NULL || guard->when < first->when))
            first = guard;
    }
    if (first == NULL)
        return;
    char *when = time_text(first->when);
    char *sentence = g_strdup_printf("%s came about at %s, which must never be", first->text, when);
    g_free(when);
    verbs_fail(lua, sentence);
}

const char *verbs_pad(lua_State *lua, int index)
{
    struct dut *d = verbs_dut(lua);
    const char *name = luaL_checkstring(lua, index);
    for (const struct board_pin *pin = d->board->pins; pin->name != NULL; pin++)
        if (strcmp(pin->name, name) == 0)
            return pin->pad;
    verbs_wrong(lua, g_strdup_printf("the board %s has no pin \"%s\"", d->board->name, name));
}

enum dut_end verbs_wait(lua_State *lua, ticks_t time, struct condition *condition)
{
    struct dut *d = verbs_powered(lua);
    enum dut_end result = dut_wait(d, machine_now(d->machine) + time, condition);
    if (result == DUT_TIME || result == DUT_MET || result == DUT_CUT)
        return result;
    verbs_check_guards(lua);
    if (result == DUT_FULL)
        verbs_wrong(lua, g_strdup_printf("the device has published more than %d events", RECORD_MOST_EVENTS));
    verbs_wrong(lua,
                g_strdup_printf("the scenario has used up its %u s of virtual time; the header's limit = \"...\" changes that",
                                (unsigned)(verbs_play(lua)->story->limit / TICKS_PER_SECOND)));
}
