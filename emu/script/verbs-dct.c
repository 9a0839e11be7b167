/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs about the system's settings, the DCT. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/dct.h"

static const struct dct_field *find_field(lua_State *lua, int index)
{
    const struct dct_field *field = lua_type(lua, index) == LUA_TSTRING ? dct_field_find(lua_tostring(lua, index)) : NULL;
    if (field == NULL) {
        char *names = dct_field_names();
        char *sentence = g_strdup_printf("the DCT has no field \"%s\"; it has %s",
                                         lua_type(lua, index) == LUA_TSTRING ? lua_tostring(lua, index) : "(no text)", names);
        g_free(names);
        verbs_wrong(lua, sentence);
    }
    return field;
}

static bool is_number(const struct dct_field *field)
{
    return field->kind == DCT_NUMBER || field->kind == DCT_NUMBER_BIG;
}

static int verb_dct(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    const struct dct_field *field = find_field(lua, 1);
    const uint8_t *copy = dct_current(dut_flash(d));
    if (copy == NULL) {
        lua_pushnil(lua);
    } else if (is_number(field)) {
        lua_pushinteger(lua, dct_number(copy, field));
    } else {
        char *text = dct_get(copy, field);
        play_own(verbs_play(lua), text, g_free);
        lua_pushstring(lua, text);
        play_release(verbs_play(lua), text);
    }
    return 1;
}

static void set_text(lua_State *lua, uint8_t *copy, const struct dct_field *field, int index)
{
    GError *error = NULL;
    if (!dct_set(copy, field, lua_tostring(lua, index), &error))
        verbs_wrong_error(lua, error);
}

/* The value at index: a number, a text as dct_set has it, {bytes = ...}, or a list of texts that are set one after the other.
 */
static void set_field(lua_State *lua, uint8_t *copy, const struct dct_field *field, int index)
{
    GError *error = NULL;
    size_t length;
    switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
        if (!is_number(field))
            verbs_wrong(lua, g_strdup_printf("the DCT's field %s is no number", field->name));
        if (!dct_set_number(copy, field, (uint32_t)verbs_integer(lua, index, field->name, 0, UINT32_MAX)))
            verbs_wrong(lua, g_strdup_printf("the number is too large for the DCT's field %s", field->name));
        return;
    case LUA_TSTRING:
        set_text(lua, copy, field, index);
        return;
    case LUA_TTABLE:
        if (lua_getfield(lua, index, "bytes") == LUA_TSTRING) {
            const char *bytes = lua_tolstring(lua, -1, &length);
            if (!dct_set_bytes(copy, field, bytes, length, &error))
                verbs_wrong_error(lua, error);
            lua_pop(lua, 1);
            return;
        }
        lua_pop(lua, 1);
        for (lua_Integer i = 1, n = (lua_Integer)lua_rawlen(lua, index); i <= n; i++, lua_pop(lua, 1)) {
            if (lua_rawgeti(lua, index, i) != LUA_TSTRING)
                verbs_wrong(lua, g_strdup_printf("the list for the DCT's field %s must hold texts", field->name));
            set_text(lua, copy, field, lua_gettop(lua));
        }
        return;
    default:
        verbs_wrong(
            lua, g_strdup_printf("the DCT's field %s takes a number, a text, {bytes = ...} or a list of texts", field->name));
    }
}

static int verb_dct_set(lua_State *lua)
{
    const struct dct_field *field = find_field(lua, 1);
    struct dut *d = verbs_unpowered(lua);
    lua_settop(lua, 2);
    set_field(lua, dct_edit(d->persistent->flash), field, 2);
    d->changed = true;
    return 0;
}

void verbs_dct_options(lua_State *lua, struct board_persistent *persistent)
{
    int type = lua_getfield(lua, 1, "dct");
    if (type == LUA_TNIL)
        return;
    if (type != LUA_TTABLE)
        verbs_wrong(lua, g_strdup("dct must be a table such as {[\"factory-reset\"] = 0xAAAA}"));
    int table = lua_gettop(lua);
    for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1))
        find_field(lua, -2);
    uint8_t *copy = dct_edit(persistent->flash);
    /* A table has no order; that of the fields makes every run the same. */
    for (unsigned i = 0; dct_field(i) != NULL; i++)
        for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1))
            if (find_field(lua, -2) == dct_field(i))
                set_field(lua, copy, dct_field(i), lua_gettop(lua));
}

const luaL_Reg verbs_dct[] = {{"dct", verb_dct}, {"dct_set", verb_dct_set}, {NULL, NULL}};
