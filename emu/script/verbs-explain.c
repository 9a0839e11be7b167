/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verbs that ask for the explanation of a run: it is told from the record and from the contents that no event tells. */
#include <string.h>

#include "emu/observe/explain.h"
#include "emu/script/verbs.h"

static struct explain *explain_record(const struct dut *d)
{
    struct explain *e = explain_new(d->board->platform, d->vbat);
    guint next = 0;
    for (guint i = 0; i < record_length(d->record); i++) {
        for (; next < d->contents->len; next++) {
            const struct dut_contents *c = g_ptr_array_index(d->contents, next);
            if (c->event != i)
                break;
            if (c->flash_alone)
                explain_flash(e, g_bytes_get_data(c->flash, NULL));
            else
                explain_contents(e, g_bytes_get_data(c->flash, NULL), c->has_backup ? c->backup_registers : NULL);
        }
        struct event event = record_get(d->record, i);
        explain_event(&event, e);
    }
    return e;
}

static void free_text(void *text)
{
    g_free(text);
}

/* Owned by the play: pushing it can fail for want of memory. */
static char *explanation(lua_State *lua, enum explain_form form)
{
    struct explain *e = explain_record(verbs_dut(lua));
    char *text = explain_text(e, form);
    explain_free(e);
    play_own(verbs_play(lua), text, free_text);
    return text;
}

static int verb_explanation(lua_State *lua)
{
    const char *form = luaL_optstring(lua, 1, "long");
    if (strcmp(form, "long") != 0 && strcmp(form, "short") != 0)
        verbs_wrong(lua, g_strdup_printf("an explanation is \"long\" or \"short\", not \"%s\"", form));
    char *text = explanation(lua, strcmp(form, "long") == 0 ? EXPLAIN_LONG : EXPLAIN_SHORT);
    lua_pushstring(lua, text);
    play_release(verbs_play(lua), text);
    return 1;
}

static int verb_expect_explained(lua_State *lua)
{
    int n = lua_gettop(lua);
    if (n == 0)
        verbs_wrong(lua, g_strdup("expect_explained needs a text that the explanation is to contain"));
    for (int i = 1; i <= n; i++)
        luaL_checkstring(lua, i);
    char *text = explanation(lua, EXPLAIN_LONG);
    for (int i = 1; i <= n; i++)
        if (strstr(text, lua_tostring(lua, i)) == NULL)
            verbs_fail(lua, g_strdup_printf("the explanation does not say \"%s\"; it says:\n%s", lua_tostring(lua, i), text));
    play_release(verbs_play(lua), text);
    return 0;
}

const luaL_Reg verbs_explain[] = {
    {"explanation", verb_explanation},
    {"expect_explained", verb_expect_explained},
    {NULL, NULL},
};
