/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of stories (docs/scenarios.md) share. A function that does not return ends the scenario; what is given to it
 * as owned is freed before.
 */
#ifndef EMU_SCRIPT_VERBS_H
#define EMU_SCRIPT_VERBS_H

#include <lauxlib.h>

#include "emu/script/play-internal.h"

#define VERBS_WITHIN (10 * TICKS_PER_SECOND)

struct play *verbs_play(lua_State *lua);

/* Make all verbs known to a state. */
void verbs_register(lua_State *lua);
extern const luaL_Reg verbs_story[], verbs_act[], verbs_dct[], verbs_device[], verbs_edit[], verbs_expect[], verbs_image[],
    verbs_look[], verbs_memory[], verbs_explain[], verbs_usb[];

/* ---- ends ---- */

/* The expectation does not hold, or the story is wrong, for that reason: an owned sentence. */
void verbs_fail(lua_State *lua, char *sentence) G_GNUC_NORETURN;
void verbs_wrong(lua_State *lua, char *sentence) G_GNUC_NORETURN;
void verbs_wrong_error(lua_State *lua, GError *error) G_GNUC_NORETURN;
void verbs_skip(lua_State *lua, char *reason) G_GNUC_NORETURN;

/* Of a GString, for play_own. */
void verbs_free_string(void *string);

/* ---- arguments ---- */

/* "3.2s", checked; what names it in messages. */
ticks_t verbs_time(lua_State *lua, int index, const char *what);
bool verbs_parse_time(const char *text, ticks_t *ticks);
/* A parsed condition, owned by the play; play_release it when it is done with. */
struct condition *verbs_condition(lua_State *lua, int index);
/* The argument is a table of options (or nothing, if it may be left out) with no other fields than these; names ends with NULL.
 */
void verbs_check_options(lua_State *lua, int index, const char *const *names);
/* Field "within" of the options at index (which may be none), or otherwise. */
ticks_t verbs_within(lua_State *lua, int index, ticks_t otherwise);
/* A whole number between two limits. */
lua_Integer verbs_integer(lua_State *lua, int index, const char *what, lua_Integer least, lua_Integer most);

/* ---- the device ---- */

/* There must be one; and it must have, or have no, power. */
struct dut *verbs_dut(lua_State *lua);
struct dut *verbs_powered(lua_State *lua);
struct dut *verbs_unpowered(lua_State *lua);
/* dut_wait; ends the scenario if a limit was reached or something came about that must not. */
enum dut_end verbs_wait(lua_State *lua, ticks_t time, struct condition *condition);
/* End the scenario if something came about that must not. */
void verbs_check_guards(lua_State *lua);
/* "PA13" for "D7". */
const char *verbs_pad(lua_State *lua, int index);
/* "3.014 s", the present time of the device. */
char *verbs_now(struct dut *d);

/* The option dct of device{}: its table is at index 1. */
void verbs_dct_options(lua_State *lua, struct board_persistent *persistent);

/* ---- images ---- */

/* Push an image; bytes stay the caller's. */
void verbs_push_image(lua_State *lua, const char *name, GBytes *bytes);
/* The bytes of an image at index, valid while it is on the stack; what names the argument. */
const char *verbs_image_bytes(lua_State *lua, int index, const char *what, size_t *size);
/* Push a table that describes the module at the start of an area; nil if the area is erased. */
void verbs_push_module(lua_State *lua, const uint8_t *area, size_t size);
/* "system_part1" or "system-part1". */
unsigned verbs_part(lua_State *lua, int index);

/* Push an event as a table. */
void verbs_push_event(lua_State *lua, const struct event *event);

#endif
