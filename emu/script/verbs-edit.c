/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that make images and change them. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/edit.h"

enum { ROOM = 0x40000 };

static void bytes_free(void *bytes)
{
    g_byte_array_unref(bytes);
}

/* A field of the table at index 2; with what: its bit in a change. */
static uint32_t number(lua_State *lua, const char *name, uint32_t most, unsigned what, struct module_change *change)
{
    uint32_t value = 0;
    if (lua_getfield(lua, 2, name) != LUA_TNIL) {
        value = (uint32_t)verbs_integer(lua, -1, name, 0, most);
        change->what |= what;
    }
    lua_pop(lua, 1);
    return value;
}

static struct module_dependency dependency(lua_State *lua, const char *name, unsigned what, struct module_change *change)
{
    static const char *const fields[] = {"function_number", "index", "version", NULL};
    static const lua_Integer most[] = {0xFF, 0xFF, 0xFFFF};
    lua_Integer values[3] = {0};
    if (lua_getfield(lua, 2, name) != LUA_TNIL) {
        if (!lua_istable(lua, -1))
            verbs_wrong(lua, g_strdup_printf("%s must be a table: {function_number = 4, index = 2, version = 17}", name));
        verbs_check_options(lua, -1, fields);
        for (unsigned i = 0; i < 3; i++) {
            lua_getfield(lua, -1, fields[i]);
            values[i] = lua_isnil(lua, -1) ? 0 : verbs_integer(lua, -1, fields[i], 0, most[i]);
            lua_pop(lua, 1);
        }
        change->what |= what;
    }
    lua_pop(lua, 1);
    return (struct module_dependency){(uint8_t)values[0], (uint8_t)values[1], (uint16_t)values[2]};
}

static struct module_change read_change(lua_State *lua)
{
    static const char *const options[] = {"version",    "platform",    "function_number", "index",           "start",  "flags",
                                          "dependency", "dependency2", "product",         "product_version", "damage", NULL};
    struct module_change change = {.product = 0xFFFF, .product_version = 0xFFFF};
    verbs_check_options(lua, 2, options);
    change.version = (uint16_t)number(lua, "version", 0xFFFF, CHANGE_VERSION, &change);
    change.platform = (uint16_t)number(lua, "platform", 0xFFFF, CHANGE_PLATFORM, &change);
    change.function = (uint8_t)number(lua, "function_number", 0xFF, CHANGE_FUNCTION, &change);
    change.index = (uint8_t)number(lua, "index", 0xFF, CHANGE_INDEX, &change);
    change.start = number(lua, "start", UINT32_MAX, CHANGE_START, &change);
    change.flags = (uint8_t)number(lua, "flags", 0xFF, CHANGE_FLAGS, &change);
    change.dependency[0] = dependency(lua, "dependency", CHANGE_DEPENDENCY, &change);
    change.dependency[1] = dependency(lua, "dependency2", CHANGE_DEPENDENCY2, &change);
    unsigned before = change.what;
    uint32_t product = number(lua, "product", 0xFFFF, CHANGE_PRODUCT, &change);
    uint32_t product_version = number(lua, "product_version", 0xFFFF, CHANGE_PRODUCT, &change);
    if (change.what != before) {
        change.product = (uint16_t)product;
        change.product_version = (uint16_t)product_version;
    }
    return change;
}

static enum module_damage read_damage(lua_State *lua)
{
    enum module_damage damage = DAMAGES;
    if (lua_getfield(lua, 2, "damage") != LUA_TNIL) {
        damage = lua_type(lua, -1) == LUA_TSTRING ? module_damage_parse(lua_tostring(lua, -1)) : DAMAGES;
        if (damage == DAMAGES) {
            GString *names = g_string_new("damage must be one of");
            for (unsigned i = 0; i < DAMAGES; i++)
                g_string_append_printf(names, " %s", module_damage_name((enum module_damage)i));
            verbs_wrong(lua, g_string_free(names, FALSE));
        }
    }
    lua_pop(lua, 1);
    return damage;
}

/* Damage it if asked to, push it, and give it up. */
static int finish(lua_State *lua, GByteArray *bytes, enum module_damage damage)
{
    struct play *play = verbs_play(lua);
    GError *error = NULL;
    if (damage != DAMAGES && !module_damage(bytes, damage, &error))
        verbs_wrong_error(lua, error);
    lua_createtable(lua, 0, 2);
    lua_pushlstring(lua, (const char *)bytes->data, bytes->len);
    lua_setfield(lua, -2, "bytes");
    play_release(play, bytes);
    return 1;
}

static int verb_edit(lua_State *lua)
{
    size_t size;
    const char *data = verbs_image_bytes(lua, 1, "edit's first argument", &size);
    lua_settop(lua, 2);
    luaL_checktype(lua, 2, LUA_TTABLE);
    struct module_change change = read_change(lua);
    enum module_damage damage = read_damage(lua);
    GByteArray *bytes = g_byte_array_append(g_byte_array_new(), (const guint8 *)data, (guint)size);
    play_own(verbs_play(lua), bytes, bytes_free);
    GError *error = NULL;
    if (change.what != 0 && !module_edit(bytes, &change, &error))
        verbs_wrong_error(lua, error);
    finish(lua, bytes, damage);
    lua_getfield(lua, 1, "name");
    lua_setfield(lua, -2, "name");
    return 1;
}

static int verb_make(lua_State *lua)
{
    size_t size;
    const char *binary = luaL_checklstring(lua, 1, &size);
    lua_settop(lua, 2);
    luaL_checktype(lua, 2, LUA_TTABLE);
    struct module_change change = read_change(lua);
    enum module_damage damage = read_damage(lua);
    GError *error = NULL;
    GByteArray *bytes = module_make((const uint8_t *)binary, size, &change, ROOM, &error);
    if (bytes == NULL)
        verbs_wrong_error(lua, error);
    play_own(verbs_play(lua), bytes, bytes_free);
    finish(lua, bytes, damage);
    lua_pushliteral(lua, "made by the story");
    lua_setfield(lua, -2, "name");
    return 1;
}

const luaL_Reg verbs_edit[] = {{"edit", verb_edit}, {"make", verb_make}, {NULL, NULL}};
