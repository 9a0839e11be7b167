/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that read what survives without power, and change it while there is none. */
#include <string.h>

#include "emu/script/verbs.h"
#include "images/set.h"

/* An address in flash and a length, as an offset. */
static uint32_t flash_range(lua_State *lua, int index, size_t length)
{
    lua_Integer address =
        verbs_integer(lua, index, "an address in flash", IMAGE_FLASH_BASE, IMAGE_FLASH_BASE + IMAGE_FLASH_SIZE - 1);
    if (length > IMAGE_FLASH_SIZE - (size_t)(address - IMAGE_FLASH_BASE))
        verbs_wrong(lua, g_strdup_printf("%zu bytes at 0x%08X reach beyond the flash", length, (unsigned)address));
    return (uint32_t)(address - IMAGE_FLASH_BASE);
}

static int verb_flash(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    size_t length = (size_t)verbs_integer(lua, 2, "a length", 1, IMAGE_FLASH_SIZE);
    uint32_t offset = flash_range(lua, 1, length);
    lua_pushlstring(lua, (const char *)dut_flash(d) + offset, length);
    return 1;
}

static int verb_flash_write(lua_State *lua)
{
    size_t length;
    const char *bytes = luaL_checklstring(lua, 2, &length);
    uint32_t offset = flash_range(lua, 1, length);
    struct dut *d = verbs_unpowered(lua);
    memcpy(d->persistent->flash + offset, bytes, length);
    d->changed = true;
    return 0;
}

static int verb_flash_erase(lua_State *lua)
{
    struct dut *d = verbs_unpowered(lua);
    int n = lua_gettop(lua);
    if (n == 0)
        verbs_wrong(lua, g_strdup("flash_erase needs a sector from 0 to 11"));
    for (int i = 1; i <= n; i++) {
        unsigned sector = (unsigned)verbs_integer(lua, i, "a sector", 0, BOARD_SECTORS - 1);
        memset(d->persistent->flash + (board_sector_address(sector) - IMAGE_FLASH_BASE), 0xFF, board_sector_size(sector));
    }
    d->changed = true;
    return 0;
}

static int verb_backup(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    lua_Integer n = verbs_integer(lua, 1, "the number of a backup register", 0, 19);
    if (!d->powered) {
        lua_pushinteger(lua, d->persistent->has_backup ? d->persistent->backup_registers[n] : 0);
        return 1;
    }
    g_autofree struct board_persistent *now = g_new0(struct board_persistent, 1);
    board_persistent_fetch(d->machine, now);
    lua_pushinteger(lua, now->backup_registers[n]);
    return 1;
}

static int verb_backup_set(lua_State *lua)
{
    struct dut *d = verbs_unpowered(lua);
    lua_Integer n = verbs_integer(lua, 1, "the number of a backup register", 0, 19);
    uint32_t value = (uint32_t)verbs_integer(lua, 2, "a backup register", 0, UINT32_MAX);
    if (d->was_powered && !d->vbat)
        verbs_wrong(lua, g_strdup("without vbat = true the backup registers are lost when the power goes"));
    if (!d->persistent->has_backup)
        dut_fresh_backup(d->board, d->persistent);
    d->persistent->backup_registers[n] = value;
    d->changed = true;
    return 0;
}

static int verb_option_bytes(lua_State *lua)
{
    struct dut *d = verbs_dut(lua);
    if (!d->powered) {
        lua_pushinteger(lua, d->persistent->option_bytes);
        return 1;
    }
    g_autofree struct board_persistent *now = g_new0(struct board_persistent, 1);
    board_persistent_fetch(d->machine, now);
    lua_pushinteger(lua, now->option_bytes);
    return 1;
}

static int verb_module(lua_State *lua)
{
    unsigned part = verbs_part(lua, 1);
    const uint8_t *area = dut_flash(verbs_dut(lua)) + (image_places[part].address - IMAGE_FLASH_BASE);
    verbs_push_module(lua, area, image_places[part].size);
    return 1;
}

const luaL_Reg verbs_memory[] = {
    {"flash", verb_flash},
    {"flash_write", verb_flash_write},
    {"flash_erase", verb_flash_erase},
    {"backup", verb_backup},
    {"backup_set", verb_backup_set},
    {"option_bytes", verb_option_bytes},
    {"module", verb_module},
    {NULL, NULL},
};
