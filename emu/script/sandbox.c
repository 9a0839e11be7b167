/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "emu/script/sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

enum { HOOK_EVERY = 10000, LONGEST_STRING = 16 << 20, MOST_CALLERS = 6 };

static struct sandbox *sandbox_of(lua_State *lua)
{
    return *(struct sandbox **)lua_getextraspace(lua);
}

void *sandbox_owner(lua_State *lua)
{
    return sandbox_of(lua)->owner;
}

/* ---- limits ---- */

static void *allocate(void *data, void *old, size_t old_size, size_t size)
{
    struct sandbox *s = data;
    size_t held = old != NULL ? old_size : 0; /* old_size says what kind of thing is wanted if old is NULL */
    if (size == 0) {
        free(old);
        s->memory -= held;
        return NULL;
    }
    if (size > held && s->memory + (size - held) > s->most_memory) {
        s->limit = "the script wants more memory than a story may have (64 MB)";
        return NULL;
    }
    void *new = realloc(old, size);
    if (new != NULL)
        s->memory += size - held;
    return new;
}

static void count(lua_State *lua, lua_Debug *debug)
{
    (void)debug;
    struct sandbox *s = sandbox_of(lua);
    if (s->instructions_left > HOOK_EVERY) {
        s->instructions_left -= HOOK_EVERY;
        return;
    }
    s->instructions_left = 0;
    s->limit = "the script has run 200 million instructions of Lua: is there an endless loop?";
    luaL_where(lua, 0);
    lua_pushstring(lua, s->limit);
    lua_concat(lua, 2);
    lua_error(lua);
}

/* ---- the same on every run ---- */

/* Numbers, then texts, then false and true. */
static int rank(lua_State *lua, int index)
{
    switch (lua_type(lua, index)) {
    case LUA_TNUMBER:
        return 0;
    case LUA_TSTRING:
        return 1;
    case LUA_TBOOLEAN:
        return 2;
    default:
        return -1;
    }
}

static int less(lua_State *lua)
{
    int a = rank(lua, 1), b = rank(lua, 2);
    if (a != b)
        lua_pushboolean(lua, a < b);
    else if (a == 2)
        lua_pushboolean(lua, !lua_toboolean(lua, 1) && lua_toboolean(lua, 2));
    else
        lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
    return 1;
}

/* upvalues: sorted keys, position */
static int next_pair(lua_State *lua)
{
    for (;;) {
        lua_Integer position = lua_tointeger(lua, lua_upvalueindex(2)) + 1;
        lua_pushinteger(lua, position);
        lua_replace(lua, lua_upvalueindex(2));
        lua_settop(lua, 1);
        if (lua_rawgeti(lua, lua_upvalueindex(1), position) == LUA_TNIL)
            return 1;
        lua_pushvalue(lua, -1);
        if (lua_rawget(lua, 1) != LUA_TNIL) /* it may have been taken out meanwhile */
            return 2;
    }
}

static int pairs(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    lua_pushvalue(lua, lua_upvalueindex(1)); /* table.sort */
    lua_newtable(lua);
    lua_Integer n = 0;
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        if (rank(lua, -2) < 0)
            return luaL_error(lua, "pairs goes through a table whose keys are numbers, texts, false and true only");
        lua_pushvalue(lua, -2);
        lua_rawseti(lua, 3, ++n);
    }
    lua_pushvalue(lua, 2);
    lua_pushvalue(lua, 3);
    lua_pushcfunction(lua, less);
    lua_call(lua, 2, 0);
    lua_pushvalue(lua, 3);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 2);
    lua_pushvalue(lua, 1);
    return 2;
}

/* string.rep runs without counting instructions; upvalue: Lua's own. */
static int repeat(lua_State *lua)
{
    size_t length, between = 0;
    luaL_checklstring(lua, 1, &length);
    lua_Integer times = luaL_checkinteger(lua, 2);
    luaL_optlstring(lua, 3, "", &between);
    if (times > 0 && (size_t)times > LONGEST_STRING / (length + between + 1))
        return luaL_error(lua, "string.rep makes strings of up to 16 MB");
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

/* ---- the libraries ---- */

static void keep_only(lua_State *lua, const char *const *names)
{
    lua_newtable(lua);
    for (unsigned i = 0; names[i] != NULL; i++) {
        lua_getglobal(lua, names[i]);
        lua_setfield(lua, -2, names[i]);
    }
    lua_pushglobaltable(lua);
    for (lua_pushnil(lua); lua_next(lua, -2) != 0;) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_pushnil(lua);
        lua_rawset(lua, -4); /* a field that is there may be cleared while one goes through a table */
    }
    lua_pop(lua, 1);
    for (unsigned i = 0; names[i] != NULL; i++) {
        lua_getfield(lua, -1, names[i]);
        lua_setglobal(lua, names[i]);
    }
    lua_pop(lua, 1);
}

static void without(lua_State *lua, const char *library, const char *name)
{
    lua_getglobal(lua, library);
    lua_pushnil(lua);
    lua_setfield(lua, -2, name);
    lua_pop(lua, 1);
}

static int open_libraries(lua_State *lua)
{
    static const luaL_Reg libraries[] = {{LUA_GNAME, luaopen_base},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_MATHLIBNAME, luaopen_math},
                                         {LUA_UTF8LIBNAME, luaopen_utf8}};
    static const char *const names[] = {"assert", "error", "ipairs", "select", "tonumber", "tostring",
                                        "type",   "table", "string", "math",   "utf8",     NULL};
    for (unsigned i = 0; i < G_N_ELEMENTS(libraries); i++) {
        luaL_requiref(lua, libraries[i].name, libraries[i].func, 1);
        lua_pop(lua, 1);
    }
    keep_only(lua, names);
    without(lua, "string", "dump");
    without(lua, "table", "move"); /* may go on for ever without counting instructions */
    lua_getglobal(lua, "table");
    lua_getfield(lua, -1, "sort");
    lua_pushcclosure(lua, pairs, 1);
    lua_setglobal(lua, "pairs");
    lua_pop(lua, 1);
    lua_getglobal(lua, "string");
    lua_getfield(lua, -1, "rep");
    lua_pushcclosure(lua, repeat, 1);
    lua_setfield(lua, -2, "rep");
    lua_pop(lua, 1);
    lua_getglobal(lua, "math");
    lua_getfield(lua, -1, "randomseed");
    lua_pushinteger(lua, 1);
    lua_call(lua, 1, 0);
    lua_pop(lua, 1);
    without(lua, "math", "randomseed");
    return 0;
}

bool sandbox_open(struct sandbox *s, void *owner)
{
    *s = (struct sandbox){.most_memory = SANDBOX_MEMORY, .instructions_left = SANDBOX_INSTRUCTIONS, .owner = owner};
    s->lua = lua_newstate(allocate, s);
    if (s->lua == NULL)
        return false;
    *(struct sandbox **)lua_getextraspace(s->lua) = s;
    lua_pushcfunction(s->lua, open_libraries);
    if (lua_pcall(s->lua, 0, 0, 0) != LUA_OK) {
        sandbox_close(s);
        return false;
    }
    lua_sethook(s->lua, count, LUA_MASKCOUNT, HOOK_EVERY);
    return true;
}

void sandbox_close(struct sandbox *s)
{
    if (s->lua != NULL)
        lua_close(s->lua);
    s->lua = NULL;
}

/* ---- running ---- */

bool sandbox_load(struct sandbox *s, const char *text, size_t length, const char *path)
{
    g_autofree char *name = g_strconcat("@", path, NULL);
    return luaL_loadbufferx(s->lua, text, length, name, "t") == LUA_OK;
}

bool sandbox_call(struct sandbox *s, int arguments)
{
    return lua_pcall(s->lua, arguments, 0, 0) == LUA_OK;
}

void sandbox_where(lua_State *lua, char **where, char **callers)
{
    GString *first = g_string_new(NULL), *rest = g_string_new(NULL);
    lua_Debug debug;
    unsigned found = 0;
    for (int level = 0; found <= MOST_CALLERS && lua_getstack(lua, level, &debug); level++) {
        lua_getinfo(lua, "Sl", &debug);
        if (debug.currentline <= 0)
            continue;
        if (found == 0)
            g_string_append_printf(first, "%s:%d: ", debug.short_src, debug.currentline);
        else
            g_string_append_printf(rest, "%s%s:%d", found == 1 ? " (called from " : ", ", debug.short_src, debug.currentline);
        found++;
    }
    if (rest->len > 0)
        g_string_append_c(rest, ')');
    *where = g_string_free(first, FALSE);
    *callers = g_string_free(rest, FALSE);
}
