/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that let time pass, move hands, and switch the power. */
#include <string.h>

#include "emu/script/verbs.h"

#define RESET_PRESS (100 * TICKS_PER_MS)

static void mark(struct dut *d)
{
    d->mark = record_length(d->record);
}

static void give_input(lua_State *lua, struct dut *d, const char *name, const char *value)
{
    GError *error = NULL;
    if (!board_input(d->machine, d->board, name, value, &error))
        verbs_wrong_error(lua, error);
}

static int verb_run(lua_State *lua)
{
    ticks_t time = verbs_time(lua, 1, "run's time");
    verbs_wait(lua, time, NULL);
    return 0;
}

static int verb_run_until(lua_State *lua)
{
    static const char *const options[] = {"within", NULL};
    verbs_check_options(lua, 2, options);
    ticks_t within = verbs_within(lua, 2, VERBS_WITHIN);
    struct condition *condition = verbs_condition(lua, 1);
    lua_pushboolean(lua, verbs_wait(lua, within, condition) == DUT_MET);
    play_release(verbs_play(lua), condition);
    return 1;
}

/* ---- power ---- */

static int verb_power(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    luaL_checktype(lua, 1, LUA_TBOOLEAN);
    bool on = lua_toboolean(lua, 1);
    if (on == d->powered)
        verbs_wrong(lua, g_strdup_printf("the power is %s already", on ? "on" : "off"));
    if (on) {
        mark(d);
        dut_power_on(d);
    } else {
        dut_power_off(d);
    }
    return 0;
}

/* A field that is one of some words; its place in the list, or otherwise if there is no such field. */
static int word(lua_State *lua, const char *field, const char *const *words, int otherwise)
{
    if (lua_getfield(lua, 1, field) == LUA_TNIL) {
        lua_pop(lua, 1);
        return otherwise;
    }
    const char *text = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
    for (int i = 0; words[i] != NULL; i++)
        if (strcmp(words[i], text) == 0) {
            lua_pop(lua, 1);
            return i;
        }
    char *all = g_strjoinv(", ", (char **)words);
    char *sentence = g_strdup_printf("%s must be one of %s", field, all);
    g_free(all);
    verbs_wrong(lua, sentence);
}

static lua_Integer number(lua_State *lua, const char *field, lua_Integer least, lua_Integer most, lua_Integer otherwise)
{
    lua_Integer value = otherwise;
    if (lua_getfield(lua, 1, field) != LUA_TNIL)
        value = verbs_integer(lua, -1, field, least, most);
    lua_pop(lua, 1);
    return value;
}

static int verb_power_cut(lua_State *lua)
{
    static const char *const options[] = {"in_flash_op", "op", "sector", "at", "pattern", "within", NULL};
    static const char *const ops[] = {"erase", "program", "option", NULL};
    static const char *const patterns[] = {"old", "blank", "seeded", NULL};
    static const enum board_cut cuts[] = {BOARD_CUT_OLD, BOARD_CUT_BLANK, BOARD_CUT_SEEDED};
    if (lua_isnoneornil(lua, 1)) {
        lua_settop(lua, 0);
        lua_newtable(lua);
    }
    verbs_check_options(lua, 1, options);
    ticks_t within = verbs_within(lua, 1, VERBS_WITHIN);
    int op = word(lua, "op", ops, -1), pattern = word(lua, "pattern", patterns, 2);
    lua_Integer count = number(lua, "in_flash_op", 1, RECORD_MOST_EVENTS, 1), sector = number(lua, "sector", 0, 11, -1);
    lua_getfield(lua, 1, "at");
    lua_Number at = luaL_optnumber(lua, -1, 0.5);
    if (!(at >= 0 && at <= 1))
        verbs_wrong(lua, g_strdup("at must be a number from 0 to 1"));
    struct dut *d = verbs_powered(lua);
    d->cut.armed = true;
    d->cut.reached = false;
    d->cut.count = (unsigned)count;
    d->cut.op = op < 0 ? NULL : ops[op];
    d->cut.sector = (int)sector;
    enum dut_end end = verbs_wait(lua, within, NULL);
    d->cut.armed = false;
    if (end != DUT_CUT)
        verbs_fail(lua, g_strdup_printf("there was no such flash operation to cut the power in: %u more would have been needed",
                                        d->cut.count));
    dut_power_cut(d, cuts[pattern], at);
    return 0;
}

/* ---- hands ---- */

static const char *button(lua_State *lua)
{
    const char *name = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : "";
    if (strcmp(name, "setup") != 0 && strcmp(name, "reset") != 0)
        verbs_wrong(lua, g_strdup("a button is \"setup\" or \"reset\""));
    return name;
}

static int verb_press(lua_State *lua)
{
    const char *name = button(lua);
    give_input(lua, verbs_dut(lua), name, "pressed");
    return 0;
}

static int verb_release(lua_State *lua)
{
    const char *name = button(lua);
    give_input(lua, verbs_dut(lua), name, "released");
    return 0;
}

static void hold(lua_State *lua, const char *name, ticks_t time)
{
    struct dut *d = verbs_powered(lua);
    give_input(lua, d, name, "pressed");
    verbs_wait(lua, time, NULL);
    give_input(lua, d, name, "released");
}

static int verb_hold(lua_State *lua)
{
    const char *name = button(lua);
    hold(lua, name, verbs_time(lua, 2, "hold's time"));
    return 0;
}

static int verb_reset(lua_State *lua)
{
    hold(lua, "reset", RESET_PRESS);
    mark(verbs_dut(lua));
    return 0;
}

static int verb_input(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1), *value = luaL_checkstring(lua, 2);
    give_input(lua, verbs_dut(lua), name, value);
    return 0;
}

/* ---- forks ---- */

static int verb_fork(lua_State *lua)
{
    struct play *play = verbs_play(lua);
    struct dut *d = verbs_dut(lua);
    luaL_checktype(lua, 1, LUA_TFUNCTION);
    lua_settop(lua, 1);
    guint from = record_length(d->record);
    unsigned number = ++play->forks_made;
    struct dut_moment *moment = dut_save(d);
    play_own(play, moment, (GDestroyNotify)dut_moment_free);
    play->forks_open++;
    lua_call(lua, 0, 0);
    play->forks_open--;
    GError *error = NULL;
    g_autofree char *name = g_strdup_printf("fork%u", number);
    bool logged = play_log(play, from, name, &error);
    g_clear_pointer(&name, g_free);
    dut_back(d, moment);
    play_release(play, moment);
    if (!logged)
        verbs_wrong_error(lua, error);
    return 0;
}

/* ---- the rest ---- */

static int verb_mark(lua_State *lua)
{
    mark(verbs_dut(lua));
    return 0;
}

static int verb_skip(lua_State *lua)
{
    verbs_skip(lua, g_strdup(luaL_checkstring(lua, 1)));
}

static int verb_print(lua_State *lua)
{
    enum { MOST_OUTPUT = 1 << 20 };
    GString *output = verbs_play(lua)->output;
    int n = lua_gettop(lua);
    for (int i = 1; i <= n; i++) {
        const char *text = luaL_tolstring(lua, i, NULL);
        if (output->len < MOST_OUTPUT)
            g_string_append_printf(output, "%s%s", i > 1 ? "\t" : "", text);
        lua_pop(lua, 1);
    }
    if (output->len < MOST_OUTPUT)
        g_string_append_c(output, '\n');
    return 0;
}

const luaL_Reg verbs_act[] = {
    {"run", verb_run},     {"run_until", verb_run_until},
    {"power", verb_power}, {"power_cut", verb_power_cut},
    {"press", verb_press}, {"release", verb_release},
    {"hold", verb_hold},   {"reset", verb_reset},
    {"input", verb_input}, {"fork", verb_fork},
    {"mark", verb_mark},   {"skip", verb_skip},
    {"print", verb_print}, {NULL, NULL},
};
