/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Lua state for stories: no way to the host, the same result on every run, and limits on instructions and memory.
 *
 * There is no pcall, coroutine or metatable, so that nothing can catch the error of a limit or run with the limit off.
 */
#ifndef EMU_SCRIPT_SANDBOX_H
#define EMU_SCRIPT_SANDBOX_H

#include <glib.h>
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

struct sandbox {
    lua_State *lua;
    size_t memory, most_memory; /* bytes */
    uint64_t instructions_left;
    const char *limit; /* which one was reached: a sentence; NULL: none */
    void *owner;       /* of the verbs: whatever sandbox_open was given */
};

#define SANDBOX_INSTRUCTIONS UINT64_C(200000000)
#define SANDBOX_MEMORY       ((size_t)64 << 20)

/* False if there is no memory for one. */
bool sandbox_open(struct sandbox *s, void *owner);
void sandbox_close(struct sandbox *s);

void *sandbox_owner(lua_State *lua);

/* Compile a file's text; path is for messages. On an error a message is left on the stack, as by the two below. */
bool sandbox_load(struct sandbox *s, const char *text, size_t length, const char *path);
/* Call the function below its arguments, for no results. */
bool sandbox_call(struct sandbox *s, int arguments);

/* "FILE:LINE: " of the script's line that called the running function, and of the lines that called that one, to be written
   behind a sentence: " (called from FILE:LINE)". Free both with g_free. */
void sandbox_where(lua_State *lua, char **where, char **callers);

#endif
