/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that get images, and tell about them. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/file.h"
#include "images/module.h"
#include "images/set.h"

void verbs_push_image(lua_State *lua, const char *name, GBytes *bytes)
{
    size_t size;
    const char *data = g_bytes_get_data(bytes, &size);
    lua_createtable(lua, 0, 2);
    lua_pushstring(lua, name);
    lua_setfield(lua, -2, "name");
    lua_pushlstring(lua, data, size);
    lua_setfield(lua, -2, "bytes");
}

const char *verbs_image_bytes(lua_State *lua, int index, const char *what, size_t *size)
{
    const char *bytes = NULL;
    if (lua_istable(lua, index)) {
        if (lua_getfield(lua, index, "bytes") == LUA_TSTRING)
            bytes = lua_tolstring(lua, -1, size);
        lua_pop(lua, 1); /* the table holds it */
    }
    if (bytes == NULL || *size == 0)
        verbs_wrong(lua, g_strdup_printf("%s must be an image, as set_image, extra, app, file and edit return them", what));
    return bytes;
}

unsigned verbs_part(lua_State *lua, int index)
{
    char name[32] = "";
    if (lua_type(lua, index) == LUA_TSTRING)
        g_strlcpy(name, lua_tostring(lua, index), sizeof name);
    g_strdelimit(name, "_", '-');
    for (unsigned i = 0; i < IMAGE_PARTS; i++)
        if (strcmp(image_places[i].name, name) == 0)
            return i;
    verbs_wrong(lua, g_strdup("a part is \"bootloader\", \"system_part1\", \"system_part2\", \"user\" or \"factory\""));
}

/* ---- getting them ---- */

static const struct board *board_of(const struct play *play)
{
    return board_find(play->story->board);
}

static struct play *playing(lua_State *lua)
{
    struct play *play = verbs_play(lua);
    if (!play->playing)
        verbs_wrong(lua, g_strdup("this can be used in the function of a scenario only"));
    return play;
}

/* Push the image and give up the bytes; or fail. */
static int push_file(lua_State *lua, char *path, GBytes *bytes, GError *error)
{
    struct play *play = verbs_play(lua);
    if (bytes == NULL) {
        g_free(path);
        verbs_wrong_error(lua, error);
    }
    play_own(play, bytes, (GDestroyNotify)g_bytes_unref);
    play_own(play, path, g_free);
    verbs_push_image(lua, path, bytes);
    play_release(play, path);
    play_release(play, bytes);
    return 1;
}

/* The folder of a set, to be freed; of the scenario's if none is named at index. */
static char *set_folder(lua_State *lua, int index)
{
    struct play *play = playing(lua);
    GError *error = NULL;
    const char *set = luaL_optstring(lua, index, play->set);
    char *folder = image_set_find(NULL, set, board_of(play)->platform, &error);
    if (folder == NULL && g_strcmp0(set, play->set) != 0) {
        g_error_free(error);
        verbs_skip(lua, g_strdup_printf("image set %s is not here: scripts/fetch-images gets it", set));
    }
    if (folder == NULL)
        verbs_wrong_error(lua, error);
    return folder;
}

static int verb_set_image(lua_State *lua)
{
    unsigned part = verbs_part(lua, 1);
    g_autofree char *folder = set_folder(lua, 2);
    char *path = g_strdup_printf("%s/%s.bin", folder, image_places[part].name);
    GError *error = NULL;
    GBytes *bytes = image_file_read(path, IMAGE_FLASH_SIZE, &error);
    g_clear_pointer(&folder, g_free); /* nothing is cleaned up behind an error */
    return push_file(lua, path, bytes, error);
}

static void check_file_name(lua_State *lua, const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL)
        verbs_wrong(lua, g_strdup("a file's name must not be empty, begin with / or hold \"..\""));
}

static int verb_extra(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    check_file_name(lua, name);
    g_autofree char *folder = set_folder(lua, 2);
    char *path = g_strdup_printf("%s/extra/%s.bin", folder, name);
    GError *error = NULL;
    GBytes *bytes = image_file_read(path, IMAGE_FLASH_SIZE, &error);
    g_clear_pointer(&folder, g_free);
    return push_file(lua, path, bytes, error);
}

static int verb_app(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1), *folder = playing(lua)->options->apps;
    check_file_name(lua, name);
    if (folder == NULL)
        verbs_skip(lua, g_strdup_printf("where our own user modules are was not said: photon-emu test --apps DIR"));
    char *path = g_strdup_printf("%s/%s.bin", folder, name);
    GError *error = NULL;
    GBytes *bytes = image_file_read(path, IMAGE_FLASH_SIZE, &error);
    if (bytes == NULL && g_error_matches(error, IMAGE_ERROR, IMAGE_ERROR_MISSING)) {
        char *reason = g_strdup_printf("%s has not been built", path);
        g_error_free(error);
        g_free(path);
        verbs_skip(lua, reason);
    }
    return push_file(lua, path, bytes, error);
}

static int verb_file(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    check_file_name(lua, name);
    g_autofree char *folder = g_path_get_dirname(playing(lua)->story->path);
    char *path = g_build_filename(folder, name, NULL);
    GError *error = NULL;
    GBytes *bytes = image_file_read(path, IMAGE_FLASH_SIZE, &error);
    g_clear_pointer(&folder, g_free);
    return push_file(lua, path, bytes, error);
}

/* ---- telling about them ---- */

static void set_number(lua_State *lua, const char *field, lua_Integer value)
{
    lua_pushinteger(lua, value);
    lua_setfield(lua, -2, field);
}

static void set_text(lua_State *lua, const char *field, const char *value)
{
    lua_pushstring(lua, value);
    lua_setfield(lua, -2, field);
}

void verbs_push_module(lua_State *lua, const uint8_t *area, size_t size)
{
    struct module module;
    bool erased = true;
    for (size_t i = 0; i < size && erased; i++)
        erased = area[i] == 0xFF;
    if (erased) {
        lua_pushnil(lua);
        return;
    }
    lua_newtable(lua);
    if (!module_parse(area, size, &module)) {
        set_text(lua, "check", "no header");
        return;
    }
    const struct module_header *h = &module.header;
    set_text(lua, "check", module.core ? "core" : !module.complete ? "cut off" : module.crc_good ? "good" : "wrong CRC");
    set_number(lua, "version", h->version);
    set_number(lua, "platform", h->platform);
    set_number(lua, "function_number", h->function);
    set_number(lua, "index", h->index);
    set_number(lua, "start", h->start);
    set_number(lua, "finish", h->end);
    set_number(lua, "size", module.size);
    lua_newtable(lua);
    lua_Integer n = 0;
    for (unsigned i = 0; i < 2; i++) {
        if (h->dependency[i].function == MODULE_NONE)
            continue;
        lua_newtable(lua);
        set_number(lua, "function_number", h->dependency[i].function);
        set_number(lua, "index", h->dependency[i].index);
        set_number(lua, "version", h->dependency[i].version);
        lua_rawseti(lua, -2, ++n);
    }
    lua_setfield(lua, -2, "dependencies");
}

static int verb_info(lua_State *lua)
{
    size_t size;
    const char *bytes = verbs_image_bytes(lua, 1, "info's argument", &size);
    verbs_push_module(lua, (const uint8_t *)bytes, size);
    return 1;
}

const luaL_Reg verbs_image[] = {{"set_image", verb_set_image}, {"extra", verb_extra}, {"app", verb_app},
                                {"file", verb_file},           {"info", verb_info},   {NULL, NULL}};
