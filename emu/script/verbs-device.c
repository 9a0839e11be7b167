/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb that makes a device: device{...}. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/set.h"

#define BOOT_WITHIN (60 * TICKS_PER_SECOND)

/* What it is made of; owned by the play, so that an error may end the scenario anywhere. */
struct plan {
    struct dut_options options;
    struct board_persistent *persistent;
    struct image_set *images;
    GString *wifi;
};

static void clear_input(void *data)
{
    struct dut_input *input = data;
    g_free(input->name);
    g_free(input->value);
}

static void plan_free(void *data)
{
    struct plan *plan = data;
    g_free(plan->persistent);
    if (plan->images != NULL)
        image_set_free(plan->images);
    g_array_unref(plan->options.inputs);
    g_string_free(plan->wifi, TRUE);
    g_free(plan);
}

static struct plan *plan_new(lua_State *lua)
{
    struct plan *plan = g_new0(struct plan, 1);
    plan->persistent = g_new0(struct board_persistent, 1);
    plan->options.inputs = g_array_new(FALSE, FALSE, sizeof(struct dut_input));
    g_array_set_clear_func(plan->options.inputs, clear_input);
    plan->wifi = g_string_new(NULL);
    play_own(verbs_play(lua), plan, plan_free);
    return plan;
}

/* ---- options: the table is at index 1, and fields are left on the stack as long as they are needed ---- */

static bool field(lua_State *lua, const char *name, int type, const char *what)
{
    int found = lua_getfield(lua, 1, name);
    if (found == LUA_TNIL)
        return false;
    if (found != type)
        verbs_wrong(lua, g_strdup_printf("%s must be %s", name, what));
    return true;
}

static void basics(lua_State *lua, struct plan *plan)
{
    struct play *play = verbs_play(lua);
    struct dut_options *o = &plan->options;
    o->set = field(lua, "set", LUA_TSTRING, "the name of an image set") ? lua_tostring(lua, -1) : play->set;
    o->board = board_find(play->story->board);
    if (field(lua, "board", LUA_TSTRING, "the name of a board"))
        o->board = board_find(lua_tostring(lua, -1));
    if (o->board == NULL)
        verbs_wrong(lua, g_strdup_printf("there is no board \"%s\"", lua_tostring(lua, -1)));
    o->vbat = field(lua, "vbat", LUA_TBOOLEAN, "true or false") && lua_toboolean(lua, -1);
    o->wifi_absent = field(lua, "wifi_absent", LUA_TBOOLEAN, "true or false") && lua_toboolean(lua, -1);
    o->seed = BOARD_OPTIONS_DEFAULT.seed;
    if (field(lua, "seed", LUA_TNUMBER, "a whole number"))
        o->seed = (uint64_t)verbs_integer(lua, -1, "seed", 0, G_MAXINT64);
}

/* What is at the parts' places in flash. */
static void install(lua_State *lua, struct plan *plan)
{
    struct play *play = verbs_play(lua);
    GError *error = NULL;
    unsigned only = IMAGE_ALL_PARTS;
    if (field(lua, "only", LUA_TSTRING, "a text with parts, such as \"bootloader,user\"")) {
        char text[128];
        g_strlcpy(text, lua_tostring(lua, -1), sizeof text);
        g_strdelimit(text, "_", '-');
        only = image_parts_parse(text, &error);
        if (only == 0)
            verbs_wrong_error(lua, error);
    }
    g_autoptr(GError) missing = NULL;
    g_autofree char *folder = image_set_find(NULL, plan->options.set, plan->options.board->platform, &missing);
    bool there = folder != NULL;
    g_clear_pointer(&folder, g_free);
    g_clear_error(&missing);
    if (!there && strcmp(plan->options.set, play->set) != 0)
        verbs_skip(lua, g_strdup_printf("image set %s is not here: scripts/fetch-images gets it", plan->options.set));
    struct image_options options = {.set = plan->options.set, .platform = plan->options.board->platform, .only = only};
    static const char *const fields[IMAGE_PARTS] = {"bootloader", "system_part1", "system_part2", "user", "factory"};
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        if (lua_getfield(lua, 1, fields[i]) != LUA_TNIL)
            options.file[i] = "none"; /* something else goes there */
        lua_pop(lua, 1);
    }
    plan->images = image_set_load(&options, &error);
    if (plan->images == NULL)
        verbs_wrong_error(lua, error);
    struct image_layout *layout = image_layout_new();
    bool good = image_set_apply(plan->images, plan->persistent->flash, layout, &error);
    image_layout_free(layout);
    if (!good)
        verbs_wrong_error(lua, error);
    for (unsigned i = 0; i < IMAGE_PARTS; i++) {
        int type = lua_getfield(lua, 1, fields[i]);
        if (type != LUA_TNIL && !(type == LUA_TSTRING && strcmp(lua_tostring(lua, -1), "none") == 0)) {
            size_t size = 0;
            const char *bytes = verbs_image_bytes(lua, -1, fields[i], &size);
            if (size > image_places[i].size)
                verbs_wrong(lua, g_strdup_printf("the image for %s has %zu bytes, and there is room for %u", fields[i], size,
                                                 image_places[i].size));
            memcpy(plan->persistent->flash + (image_places[i].address - IMAGE_FLASH_BASE), bytes, size);
        }
        lua_pop(lua, 1);
    }
}

/* What a device has that was switched on before: DCT and EEPROM sectors, and option bytes. */
static void take_keys(lua_State *lua, struct plan *plan)
{
    enum { FIRST_SECTOR = 1, LAST_SECTOR = 4 };
    int type = lua_getfield(lua, 1, "keys");
    if (type == LUA_TNIL || (type == LUA_TBOOLEAN && !lua_toboolean(lua, -1)))
        return;
    if (type != LUA_TBOOLEAN && type != LUA_TSTRING)
        verbs_wrong(lua, g_strdup("keys must be true, or the name of an image set"));
    const char *set = type == LUA_TSTRING ? lua_tostring(lua, -1) : plan->options.set;
    struct play *play = verbs_play(lua);
    struct board_persistent *keyed = g_new0(struct board_persistent, 1);
    play_own(play, keyed, g_free);
    GError *error = NULL;
    if (!prepared_keys(play->prepared, plan->options.board, set, keyed, &error))
        verbs_wrong_error(lua, error);
    uint32_t begin = board_sector_address(FIRST_SECTOR) - IMAGE_FLASH_BASE;
    uint32_t end = board_sector_address(LAST_SECTOR + 1) - IMAGE_FLASH_BASE;
    memcpy(plan->persistent->flash + begin, keyed->flash + begin, end - begin);
    plan->persistent->option_bytes = keyed->option_bytes;
    play_release(play, keyed);
}

static void backup(lua_State *lua, struct plan *plan)
{
    if (!field(lua, "backup", LUA_TTABLE, "a table such as {[1] = 0xEDFA}"))
        return;
    int table = lua_gettop(lua);
    dut_fresh_backup(plan->options.board, plan->persistent);
    for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
        lua_Integer n = verbs_integer(lua, -2, "the number of a backup register", 0, 19);
        plan->persistent->backup_registers[n] = (uint32_t)verbs_integer(lua, -1, "a backup register", 0, UINT32_MAX);
    }
}

static void add_input(struct plan *plan, const char *name, const char *value)
{
    struct dut_input input = {g_strdup(name), g_strdup(value)};
    g_array_append_val(plan->options.inputs, input);
}

static void append_escaped(GString *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == ',' || *text == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
}

/* The key of a network's table that comes after last; NULL behind the last. A table has no order that is the same on every run.
 */
static const char *next_word(lua_State *lua, int table, const char *last)
{
    const char *next = NULL;
    for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
        const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : NULL;
        int type = lua_type(lua, -1);
        if (key == NULL || (type != LUA_TSTRING && type != LUA_TNUMBER))
            verbs_wrong(lua, g_strdup("a network is a table such as {ssid = \"home\", psk = \"secret12\"}"));
        if ((last == NULL || strcmp(key, last) > 0) && (next == NULL || strcmp(key, next) < 0))
            next = key;
    }
    return next;
}

static void add_word(lua_State *lua, struct plan *plan, int table, const char *key)
{
    if (lua_getfield(lua, table, key) != LUA_TNIL) { /* a copy: a number becomes a text, but not in the table */
        g_string_append_printf(plan->wifi, "%s%s=", plan->wifi->len > 0 ? "," : "", key);
        append_escaped(plan->wifi, lua_tostring(lua, -1));
    }
    lua_pop(lua, 1);
}

/* A network: the text that the input takes, or a table of its words. */
static void add_network(lua_State *lua, struct plan *plan)
{
    if (lua_type(lua, -1) == LUA_TSTRING) {
        add_input(plan, "wifi", lua_tostring(lua, -1));
        return;
    }
    int table = lua_gettop(lua);
    g_string_truncate(plan->wifi, 0);
    const char *key = next_word(lua, table, NULL); /* looks at all of them */
    add_word(lua, plan, table, "ssid");            /* this one goes first */
    for (; key != NULL; key = next_word(lua, table, key))
        if (strcmp(key, "ssid") != 0)
            add_word(lua, plan, table, key);
    add_input(plan, "wifi", plan->wifi->str);
}

static void inputs(lua_State *lua, struct plan *plan)
{
    if (field(lua, "inputs", LUA_TTABLE, "a table such as {D0 = \"high\"}")) {
        int table = lua_gettop(lua);
        /* A table has no order; the names' own one makes every run the same. */
        for (const struct board_pin *pin = plan->options.board->pins; pin->name != NULL; pin++) {
            if (lua_getfield(lua, table, pin->name) == LUA_TSTRING)
                add_input(plan, pin->name, lua_tostring(lua, -1));
            lua_pop(lua, 1);
        }
        for (lua_pushnil(lua); lua_next(lua, table) != 0; lua_pop(lua, 1)) {
            bool known = false;
            for (const struct board_pin *pin = plan->options.board->pins; pin->name != NULL; pin++)
                known |= lua_type(lua, -2) == LUA_TSTRING && strcmp(pin->name, lua_tostring(lua, -2)) == 0;
            if (!known || lua_type(lua, -1) != LUA_TSTRING)
                verbs_wrong(lua, g_strdup("inputs holds pins of the board and their levels: {D0 = \"high\"}"));
        }
    }
    int type = lua_getfield(lua, 1, "wifi");
    if (type != LUA_TNIL && plan->options.wifi_absent)
        verbs_wrong(lua, g_strdup("wifi needs a radio; leave out wifi_absent"));
    if (type == LUA_TTABLE && lua_rawlen(lua, -1) > 0) {
        lua_Integer n = (lua_Integer)lua_rawlen(lua, -1);
        for (lua_Integer i = 1; i <= n; i++, lua_pop(lua, 1)) {
            lua_rawgeti(lua, -1, i);
            if (!lua_istable(lua, -1) && lua_type(lua, -1) != LUA_TSTRING)
                verbs_wrong(lua, g_strdup("wifi must be a network or a list of them"));
            add_network(lua, plan);
        }
    } else if (type == LUA_TTABLE || type == LUA_TSTRING) {
        add_network(lua, plan);
    } else if (type != LUA_TNIL) {
        verbs_wrong(lua, g_strdup("wifi must be a network such as {ssid = \"home\", psk = \"secret12\"}, or a list of them"));
    }
}

/* ---- making it ---- */

static struct dut *make(lua_State *lua, struct plan *plan, enum dut_end *end)
{
    struct play *play = verbs_play(lua);
    GError *error = NULL;
    struct dut *d;
    if (field(lua, "booted", LUA_TSTRING, "a condition such as \"led=blinking blue\"")) {
        ticks_t within = verbs_within(lua, 1, BOOT_WITHIN);
        d = prepared_booted(play->prepared, &plan->options, plan->persistent, lua_tostring(lua, -1), within, end, &error);
    } else {
        *end = DUT_MET;
        d = dut_new(&plan->options, plan->persistent, &error);
    }
    if (d == NULL)
        verbs_wrong_error(lua, error);
    return d;
}

static int verb_device(lua_State *lua)
{
    static const char *const options[] = {
        "set",    "board", "bootloader", "system_part1", "system_part2", "user",        "factory", "only",   "keys", "dct",
        "backup", "vbat",  "seed",       "inputs",       "wifi",         "wifi_absent", "booted",  "within", NULL};
    struct play *play = verbs_play(lua);
    if (!play->playing)
        verbs_wrong(lua, g_strdup("this can be used in the function of a scenario only"));
    if (play->forks_open > 0)
        verbs_wrong(lua, g_strdup("a device cannot be made in a fork, which puts back the one that there is"));
    if (lua_isnoneornil(lua, 1)) {
        lua_settop(lua, 0);
        lua_newtable(lua);
    }
    verbs_check_options(lua, 1, options);
    luaL_checkstack(lua, 40, NULL);
    struct plan *plan = plan_new(lua);
    basics(lua, plan);
    board_persistent_new(plan->persistent, 0);
    plan->persistent->noise = plan->options.seed;
    install(lua, plan);
    take_keys(lua, plan);
    verbs_dct_options(lua, plan->persistent);
    backup(lua, plan);
    inputs(lua, plan);
    ticks_t budget = play->story->limit;
    if (play->dut != NULL) { /* another one takes its place */
        GError *error = NULL;
        g_autofree char *name = g_strdup_printf("device%u", ++play->devices_made);
        bool logged = play_log(play, 0, name, &error);
        g_clear_pointer(&name, g_free);
        if (!logged)
            verbs_wrong_error(lua, error);
        budget = play->dut->budget;
        dut_free(play->dut);
        play->dut = NULL;
    }
    enum dut_end end;
    play->dut = make(lua, plan, &end);
    play->dut->budget = budget;
    if (end != DUT_MET)
        verbs_fail(lua, g_strdup_printf("the device did not come to %s in time", lua_tostring(lua, -1)));
    play->dut->mark = record_length(play->dut->record);
    play_release(play, plan);
    return 0;
}

const luaL_Reg verbs_device[] = {{"device", verb_device}, {NULL, NULL}};
